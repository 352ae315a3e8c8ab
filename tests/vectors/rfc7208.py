#!/usr/bin/python3
"""The test suite of RFC 7208, case by case, explanations included.

usage: rfc7208.py PROGRAM...    PROGRAM is spf-vectors, with a wrapper like valgrind before it

The suite is vectors/rfc7208-tests.yml in $GATEPOST_SHARED, or in the folder "shared" beside the tree.
Prints TAP.
"""
import os
import subprocess
import sys
import tempfile
import urllib.parse

import yaml

TYPES = ["A", "AAAA", "MX", "PTR", "TXT"]


def suite_path():
    here = os.path.dirname(os.path.abspath(__file__))
    shared = os.environ.get("GATEPOST_SHARED", os.path.join(here, "../../../shared"))
    return os.path.join(shared, "vectors/rfc7208-tests.yml")


def escape(text, keep):
    """As a zone file has it: \\DDD for every byte that is not plain."""
    return "".join(c if c.isalnum() and c.isascii() or c in keep else "\\%03d" % ord(c) for c in text)


def owner(name):
    return escape(name.rstrip("."), "-_.") + "."


def rdata(kind, value):
    if kind == "TXT":
        strings = value if isinstance(value, list) else [value]
        chunks = [s[i:i + 255] for s in strings for i in range(0, max(len(s), 1), 255)]
        return " ".join('"%s"' % escape(s, "-_. ") for s in chunks or [""])
    if kind == "MX":
        return "%d %s" % (value[0], owner(value[1]))
    if kind in ("PTR", "CNAME"):
        return owner(value)
    return value


def records(entries):
    """The (type, value) pairs of a name, records of type SPF taken as TXT where there is no TXT (see the suite's head)."""
    pairs = [next(iter(e.items())) for e in entries if isinstance(e, dict)]
    if not any(kind == "TXT" for kind, _ in pairs):
        pairs += [("TXT", value) for kind, value in pairs if kind == "SPF"]
    pairs = [(kind, value) for kind, value in pairs if kind != "SPF" and value != "NONE"]
    if "TIMEOUT" in entries:  # of all types that are not given
        pairs += [("TIMEOUT", kind) for kind in TYPES if kind not in [k for k, _ in pairs]]
    return pairs


def zone_text(zonedata):
    lines = []
    for name, entries in zonedata.items():
        lines.append("%s HINFO \"a\" \"b\"" % owner(name))  # the name exists, whatever is below
        for kind, value in records(entries):
            lines.append("%s %s %s" % (owner(name), kind, rdata(kind, value)))
    return "\n".join(lines) + "\n"


def case_line(test):
    local, _, domain = test["mailfrom"].rpartition("@")
    fields = [test["host"], test["helo"], local, domain, "mailfrom"]
    return "\t".join(urllib.parse.quote(f, safe=".:@-") for f in fields) + "\n"


def run(program, scenario):
    tests = scenario["tests"]
    with tempfile.NamedTemporaryFile("w", suffix=".zone", encoding="ascii") as zone:
        zone.write(zone_text(scenario["zonedata"]))
        zone.flush()
        lines = "".join(case_line(t) for t in tests.values())
        done = subprocess.run(program + [zone.name], input=lines, stdout=subprocess.PIPE,
                              text=True, check=False)
    answers = [line.split("\t") for line in done.stdout.splitlines()]
    if done.returncode != 0:
        answers = answers[:len(tests) - 1]  # the last is not ok
    return answers + [["no answer", "", "", ""]] * (len(tests) - len(answers))


def verdict(test, answer):
    """What is wrong, or None."""
    allowed = test["result"] if isinstance(test["result"], list) else [test["result"]]
    if answer[0] not in allowed:
        return "%s in place of %s (%s)" % (answer[0], "/".join(allowed), answer[3])
    if "explanation" in test and answer[0] == "fail":
        wanted = "" if test["explanation"] == "DEFAULT" else test["explanation"]
        if answer[2] != wanted:
            return "explanation %r in place of %r" % (answer[2], wanted)
    return None


def main():
    path = suite_path()
    if not os.path.exists(path):
        print("1..0 # SKIP no test suite at %s" % path)
        return 0
    with open(path, encoding="utf-8") as f:
        scenarios = list(yaml.load_all(f, Loader=yaml.BaseLoader))
    for scenario in scenarios:
        for entries in scenario["zonedata"].values():
            for e in entries:
                if isinstance(e, dict) and "MX" in e:
                    e["MX"] = [int(e["MX"][0]), e["MX"][1]]
    print("1..%d" % sum(len(s["tests"]) for s in scenarios))
    n = failed = 0
    for scenario in scenarios:
        for (name, test), answer in zip(scenario["tests"].items(), run(sys.argv[1:], scenario)):
            n += 1
            wrong = verdict(test, answer)
            failed += wrong is not None
            print("%sok %d - %s" % ("not " if wrong else "", n, name))
            if wrong:
                print("# %s: %s" % (scenario["description"], wrong))
    print("# %d of %d" % (n - failed, n))
    return 1 if failed else 0


sys.exit(main())
