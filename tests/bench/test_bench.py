#!/usr/bin/python3
"""The benchmarks work, whatever they find: the speed of a busy machine is no test. Prints TAP.

usage: test_bench.py [folder where `make` and `make test-programs` were run]
"""
import json
import os
import subprocess
import sys

BUILD = sys.argv[1] if len(sys.argv) > 1 else '.'
HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = ['--build', BUILD, '--quick', '--json', '--rounds', '1', '--sizes', '4K',
          '--connections', '2', '--only', 'null,gatepost']
count, failed = 0, 0


def ok(name, good, why=''):
    global count, failed
    count += 1
    failed += not good
    print(f'{"ok" if good else "not ok"} {count} - {name}', flush=True)
    if not good and why:
        print('# ' + str(why).replace('\n', '\n# '))


def run(program, *options):
    done = subprocess.run([os.path.join(HERE, program), *COMMON, *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    result = json.loads(done.stdout) if done.returncode == 0 else {}
    return result, done.stderr.decode(errors='replace')[-2000:]


def has_rows(rows, *names):
    return ([r['subject'] for r in rows] == list(names)
            and all(r['cpu_us'] > 0 and r['per_second'] > 0 and r['p99_us'] > 0 for r in rows))


def main():
    found, err = run('bench')
    ok('bench: every message is signed', has_rows(found.get('results', []), 'null', 'gatepost'), err)
    ok('bench: the bound is told', found.get('bounds', [{}])[0].get('ratio', 0) > 0, found)
    found, err = run('bench-verify', '--scenes', 'cold')
    ok('bench-verify: every message is verified', has_rows(found.get('warm', []), 'null', 'gatepost'), err)
    ok('bench-verify: also those from new domains', has_rows(found.get('cold', []), 'gatepost'), err)
    ok('bench-verify: the bound is told', found.get('bounds', [{}])[0].get('ratio', 0) > 0, found)
    found, err = run('bench-verify', '--scenes', '', '--sets', '0')
    ok('bench-verify: and those without a chain', has_rows(found.get('warm', []), 'null', 'gatepost'), err)
    ok('bench-verify: it says so', found.get('sets') == 0, found)
    print(f'1..{count}')
    return 1 if failed else 0


sys.exit(main())
