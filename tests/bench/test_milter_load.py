#!/usr/bin/python3
"""milter-load against milter-null, and against milters that misbehave. Prints TAP.

usage: test_milter_load.py [folder where `make bench-programs` was run]
"""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else '.'
LOAD = os.path.join(BUILD, 'tests/bench/milter-load')
NULL = os.path.join(BUILD, 'tests/bench/milter-null')
COMMANDS = ['connect', 'helo', 'mail', 'rcpt', 'data', 'header', 'eoh', 'body', 'eom']
NO_REPLY = 0x0ff080   # SMFIP_NR_*
LEADING_SPACE = 0x100000
SKIP = 0x400
NO_BODY, NO_HEADERS, NO_EOH, NO_DATA, NO_HELO = 0x10, 0x20, 0x40, 0x200, 0x2
count, failed = 0, 0


def ok(name, good, why=''):
    global count, failed
    count += 1
    failed += not good
    print(f'{"ok" if good else "not ok"} {count} - {name}', flush=True)
    if not good and why:
        print('# ' + str(why).replace('\n', '\n# '))


def load(address, *options):
    done = subprocess.run([LOAD, '--json', '--timeout', '5', '--deadline', '30', *options, address],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    result = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, result, done.stderr.decode()


# ---- a milter of the test's own: records the packets, answers as it is told ----

def packet(command, data=b''):
    return struct.pack('>I', len(data) + 1) + command + data


def accepted_options(protocol=0, actions=0x1ff, lists=b''):
    return packet(b'O', struct.pack('>III', 6, actions, protocol) + lists)


class Scripted:
    """One session; `answers` maps a command to the bytes that answer it."""

    def __init__(self, folder, name, options, answers=None):
        self.address = 'unix:' + os.path.join(folder, name)
        self.options, self.answers, self.seen = options, answers or {}, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.address[5:])
        self.listener.listen(5)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        s, _ = self.listener.accept()
        s.settimeout(10)
        f = s.makefile('rb')
        try:
            while len(head := f.read(5)) == 5:
                self.seen.append((head[4:], f.read(struct.unpack('>I', head[:4])[0] - 1)))
                if answer := self.answer(head[4:]):
                    s.sendall(answer)
        except OSError:
            pass
        f.close()
        s.close()

    def answer(self, command):
        if command == b'O':
            return self.options
        return self.answers.get(command, b'' if command in b'DAQ' else packet(b'c'))

    def commands(self):
        self.thread.join(10)
        return b''.join(c for c, _ in self.seen)

    def data(self, command):
        self.thread.join(10)
        return [d for c, d in self.seen if c == command]


# ---- tests ----

def test_null(address, what):
    code, r, err = load(address, '-n', '60', '-c', '8', '-s', '7')
    ok(f'{what}: every message gets its answer', code == 0 and r['replies']['continue'] == 60, err)
    ok(f'{what}: inserted header fields are counted',
       r['headers'].get('X-Null', {}).get('inserted') == 60, r)
    ok(f'{what}: a latency for each', r['eom_latency_us']['samples'] == 60, r)
    for command in COMMANDS:
        code, r, err = load(address, '-n', '6', '-c', '3', '--disconnect-at', command)
        alive, after, _ = load(address, '-n', '1')
        ok(f'{what}: client that vanishes after {command}; the milter lives',
           code == 0 and r['replies']['disconnected'] == 6 and alive == 0
           and after['replies']['continue'] == 1, err)
    code, r, err = load(address, '-n', '4', '-s', '2', '--abort')
    ok(f'{what}: ABORT instead of end of message', code == 0 and r['replies']['aborted'] == 4, err)
    code, r, err = load(address, '-n', '2', '--size', '1M', '--mta', 'sendmail')
    ok(f'{what}: body in chunks, as Sendmail sends it',
       code == 0 and r['replies']['continue'] == 2, err)
    start = time.monotonic()
    code, r, err = load(address, '-n', '2', '-s', '2', '--hold', '0.2@data')
    ok(f'{what}: waits where it is told to', code == 0 and time.monotonic() - start >= 0.4, err)


def test_rate(address):
    start = time.monotonic()
    code, _, err = load(address, '-n', '21', '-c', '3', '--rate', '100')
    took = time.monotonic() - start
    ok('21 messages at 100 a second take 0.2 s', code == 0 and 0.2 <= took < 2, f'{took} {err}')


def test_file_and_dump(folder):
    path, dump = os.path.join(folder, 'mail'), os.path.join(folder, 'dump')
    with open(path, 'wb') as f:
        f.write(b'From: a@example.com\r\nSubject : two\r\n\tlines\nX-%n:%n\n\nbody\n.\r\n')
    silent = {c: b'' for c in (b'C', b'H', b'M', b'R', b'T', b'L', b'N', b'B')}
    m = Scripted(folder, 'file', accepted_options(NO_REPLY | LEADING_SPACE), {
        **silent,
        b'E': packet(b'i', struct.pack('>I', 1) + b'A-R\0 x "y"\0') + packet(b'h', b'B\0v\0')
        + packet(b'm', struct.pack('>I', 2) + b'C\0\0') + packet(b'p')
        + packet(b'q', b'why\0') + packet(b'y', b'550 5.7.1 no\0')})
    code, r, err = load(m.address, '--message', path, '--dump', dump)
    ok('a message from a file: header fields byte for byte, folds as LF',
       m.data(b'L') == [b'From\0 a@example.com\0', b'Subject\0 two\n\tlines\0', b'X-%n\0%n\0'],
       m.data(b'L'))
    ok('its body as CRLF text', m.data(b'B') == [b'body\r\n.\r\n'] and m.data(b'E') == [b''],
       m.data(b'B'))
    with open(dump) as f:
        lines = [json.loads(line) for line in f]
    ok('the dump tells reply and edits', len(lines) == 1 and lines[0]['outcome'] == 'reject'
       and lines[0]['reply'] == '550 5.7.1 no' and lines[0]['quarantined']
       and lines[0]['leading_space'] and lines[0]['edits'] == [
           {'op': 'insert_header', 'index': 1, 'name': 'A-R', 'value': ' x "y"'},
           {'op': 'add_header', 'name': 'B', 'value': 'v'},
           {'op': 'delete_header', 'index': 2, 'name': 'C', 'value': ''},
           {'op': 'quarantine', 'reason': 'why'}], lines)
    ok('and the figures agree', code == 0 and r['replies']['reject'] == 1 and r['quarantined'] == 1
       and r['headers']['A-R']['inserted'] == 1, err)


def test_many_files(folder):
    for n in (1, 2):
        with open(os.path.join(folder, f'{n}.eml'), 'w') as f:
            f.write(f'N: {n}\n\n' + 'body\n' * n)
    m = Scripted(folder, 'many', accepted_options(LEADING_SPACE))
    code, _, err = load(m.address, '-n', '3', '-s', '3', '--domains', '2',
                        '--message', os.path.join(folder, '%d.eml'), '--from', 'a@d%d.example')
    ok('a message file for each domain', code == 0 and [d[:4] for d in m.data(b'L')]
       == [b'N\0 1', b'N\0 2', b'N\0 1'] and [len(d) for d in m.data(b'B')] == [6, 12, 6],
       (m.data(b'L'), err))
    ok('its sender to go with it', [d.partition(b'>')[0] for d in m.data(b'M')]
       == [b'<a@d1.example', b'<a@d2.example', b'<a@d1.example'], m.data(b'M'))
    code, _, err = load(m.address, '--domains', '3', '--message', os.path.join(folder, '%d.eml'))
    ok('one of them is missing: exit 2', code == 2 and '3.eml' in err, err)


def test_negotiation(folder):
    m = Scripted(folder, 'all', accepted_options())
    code, _, err = load(m.address, '--size', '100')
    ok('the order of commands, macros first, with replies everywhere', code == 0
       and m.commands() == b'ODCDHDMDRDT' + b'DL' * 12 + b'DNDBDEAAQ',
       (m.commands(), err))
    ok('without SMFIP_HDR_LEADSPC one space is eaten',
       b'Date\0Mon, 24 Nov 2025 10:15:30 +0100\0' in m.data(b'L'), m.data(b'L'))
    ok('the offer is version 6 with all actions and protocol flags',
       m.data(b'O') == [struct.pack('>III', 6, 0x1ff, 0x1fffff)], m.data(b'O'))

    m = Scripted(folder, 'quiet', accepted_options(
        NO_REPLY | NO_HELO | NO_DATA | NO_HEADERS | NO_EOH | NO_BODY),
        {c: b'' for c in (b'C', b'M', b'R')})
    code, _, err = load(m.address, '--size', '200000')
    ok('declined commands are not sent, declined replies not awaited', code == 0
       and m.commands() == b'ODCDDMDRDDEAAQ' and m.data(b'E') == [b''], (m.commands(), err))

    m = Scripted(folder, 'skip', accepted_options(SKIP), {b'B': packet(b's')})
    code, _, err = load(m.address, '--size', '200000')
    ok('SKIP ends the body', code == 0 and len(m.data(b'B')) == 1 and m.data(b'E') == [b''], err)

    lists = struct.pack('>I', 2) + b'{auth_authen}, i, nonesuch {mail_addr}\0' \
        + struct.pack('>I', 6) + b'\0'
    m = Scripted(folder, 'lists', accepted_options(0, 0x1ff, lists))
    code, _, err = load(m.address, '--macro', 'auth_authen=u%d@x', '--from', 'a@b')
    ok('macros that the milter asked for; an empty list is none; a queue id only from DATA on',
       b'M{auth_authen}\0u1@x\0{mail_addr}\0a@b\0' in m.data(b'D') and code == 0
       and b'Ti\0004BENCH1\0' in m.data(b'D') and b'Ni\0004BENCH1\0' in m.data(b'D'),
       (m.data(b'D'), err))


def test_envelope(folder):
    m = Scripted(folder, 'rcpts', accepted_options(), {})
    refusals = [packet(b'y', b'450 4.7.1 later\0'), packet(b'c')]
    m.answer_any = m.answer
    m.answer = lambda c: refusals.pop(0) if c == b'R' else m.answer_any(c)
    code, r, err = load(m.address, '--rcpt', 'x@y', '--rcpt', '', '--from', '', '--client',
                        '2001:db8::1', '--client-name', 'n', '--client-port', '258')
    ok('a refused recipient leaves the others; empty addresses', code == 0
       and r['replies']['continue'] == 1 and m.data(b'R') == [b'<x@y>\0', b'<>\0']
       and m.data(b'M') == [b'<>\0SIZE=4096\0'], (m.data(b'R'), err))
    ok('the client as it was given', m.data(b'C') == [b'n\x006\x01\x022001:db8::1\0'], m.data(b'C'))

    m = Scripted(folder, 'domains', accepted_options())
    load(m.address, '-n', '3', '-s', '3', '--domains', '2')
    senders = [b'<author@d%d.example.com>\0SIZE=4096\0' % d for d in (1, 2, 1)]
    ok('domains take turns', m.data(b'M') == senders
       and b'From\0An Author <author@d2.example.com>\0' in m.data(b'L'), m.data(b'M'))

    m = Scripted(folder, 'refuse', accepted_options(), {b'C': packet(b't')})
    code, r, err = load(m.address)
    ok('a session refused at connect', code == 0 and r['replies']['tempfail'] == 1
       and m.commands() == b'ODCQ', (m.commands(), err))


def test_hostile(folder):
    cases = {
        'flags that were not offered': (accepted_options(0x40000000), {}),
        'actions that were not offered': (accepted_options(0, 0x8000), {}),
        'short negotiation': (packet(b'O', b'\0\0\0\6'), {}),
        'malformed list of macros': (accepted_options(0, 0x1ff, b'\0\0\0\1abc'), {}),
        'packet of no length': (accepted_options(), {b'M': b'\0\0\0\0c'}),
        'packet of 4 GB': (accepted_options(), {b'M': b'\xff\xff\xff\xffc'}),
        'no such reply': (accepted_options(), {b'M': packet(b'Z')}),
        'edit before end of message': (accepted_options(), {b'M': packet(b'h', b'a\0b\0')}),
        'edit without the action': (accepted_options(0, 0), {b'E': packet(b'h', b'a\0b\0')}),
        'edit without its value': (accepted_options(), {b'E': packet(b'h', b'a\0')}),
        'edit with a tail': (accepted_options(), {b'E': packet(b'h', b'a\0b\0c')}),
        'endless edits': (accepted_options(), {b'E': packet(b'h', b'a\0b\0') * 2000}),
        'SKIP outside the body': (accepted_options(SKIP), {b'L': packet(b's')}),
        'malformed reply code': (accepted_options(), {b'E': packet(b'y', b'250 fine\0')}),
    }
    for i, (name, (options, answers)) in enumerate(cases.items()):
        m = Scripted(folder, f'hostile{i}', options, answers)
        code, r, err = load(m.address)
        ok(f'hostile milter: {name}: protocol error, exit 1',
           code == 1 and r['replies']['protocol_error'] == 1 and 'protocol error' in err, (r, err))

    m = Scripted(folder, 'twice', accepted_options(), {b'E': packet(b'c') * 2})
    code, r, _ = load(m.address, '-n', '2', '-s', '2')
    ok('hostile milter: a reply to nothing', code == 1 and r['replies']['continue'] == 1
       and r['replies']['protocol_error'] == 1, r)
    m = Scripted(folder, 'slow', accepted_options(), {b'E': b''})
    code, r, _ = load(m.address, '--timeout', '0.3')
    ok('no reply: time-out, exit 3', code == 3 and r['replies']['timeout'] == 1, r)
    m = Scripted(folder, 'progress', accepted_options(), {b'E': packet(b'p') + packet(b'a')})
    code, r, _ = load(m.address)
    ok('progress, then ACCEPT', code == 0 and r['replies']['accept'] == 1, r)
    code, r, _ = load('unix:' + os.path.join(folder, 'nobody'), '-n', '3')
    ok('nobody there: refused, exit 3', code == 3 and r['replies']['refused'] == 3, r)
    for bad in ([], ['nonsense'], ['--rate', '-1', 'unix:/x'], ['--hold', '1@noon', 'unix:/x'],
                ['-n', '0', 'unix:/x'], ['--macro', '=', 'unix:/x']):
        done = subprocess.run([LOAD, *bad], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ok(f'usage: {bad}: exit 2', done.returncode == 2)


def wait_for(path):
    for _ in range(500):
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(path)
            return
        except OSError:
            time.sleep(0.01)
        finally:
            s.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        nulls = []
        try:
            for name, options in (('full', []), ('minimal', ['--minimal'])):
                path = os.path.join(folder, name)
                nulls.append(subprocess.Popen([NULL, *options, 'unix:' + path],
                                              start_new_session=True))
                wait_for(path)
                test_null('unix:' + path, name)
                ok(f'{name}: still the same process', nulls[-1].poll() is None)
            test_rate('unix:' + path)
        finally:
            for p in nulls:
                p.terminate()
                p.wait()
        test_file_and_dump(folder)
        test_many_files(folder)
        test_negotiation(folder)
        test_envelope(folder)
        test_hostile(folder)
    print(f'1..{count}')
    return 1 if failed else 0


sys.exit(main())
