#!/usr/bin/python3
"""Ordinary mail goes through: the messages of test suites that Debian's packages bring."""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from debian_sources import Sources, Unavailable

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("GATEPOST_BUILD", os.path.join(TOP, "build"))
CACHE = os.path.join(TOP, "build", "debian-sources")
# where messages are, how many there are at least, and what of them is held for a good reason
PYTHON = ("/usr/lib/python3*/test/test_email/data", 40, {
    # a part behind the closing boundary, which some programs show
    "msg_15.txt": {"mime_ambiguity"}})
SOURCES = {
    "gmime": ("*/tests", 15, {
        # pieces of a message: what the whole is shows only where they are joined
        "message-partial.%d.eml" % i: {"cannot_inspect"} for i in range(3)}),
    "notmuch": ("*/test", 300, {}),
    "mailutils": ("*", 10, {}),
}


def scan(folders):
    """The count of messages, and the rules by the name of each that is not clean."""
    with tempfile.NamedTemporaryFile() as defaults:
        done = subprocess.run([os.path.join(TOP, "tests/ordinary"), "--gatepost",
                               os.path.join(BUILD, "gatepost"), "-c", defaults.name, "--list",
                               *folders], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    for line in text.splitlines():
        print("# " + line)
    found, rules = {}, None
    for line in text.splitlines():
        rule = re.match(r" {4}([a-z_]+): ", line)
        if re.match(r"/.*: (hold|reject|mark|clean)$", line):
            rules = found.setdefault(os.path.basename(line.rpartition(": ")[0]), set())
        elif rule and rules is not None:
            rules.add(rule[1])
    total = re.search(r"^(\d+) messages:", text, re.M)
    return int(total[1]) if total and done.returncode == 0 else 0, found


def check(number, what, folders, least, held):
    total, found = scan(folders)
    for name in sorted(set(found) | set(held)):
        if found.get(name) != held.get(name):
            print("# %s: %s, expected: %s" % (name, found.get(name, "clean"), held.get(name, "clean")))
    good = total >= least and found == held
    print("%sok %d - %s: %d messages" % ("" if good else "not ", number, what, total), flush=True)
    return good


def skip(number, what, why):
    print("ok %d - %s # SKIP %s" % (number, what, why), flush=True)
    return True


def check_source(number, sources, package):
    where, least, held = SOURCES[package]
    try:
        folder = sources.get(package)
    except Unavailable as e:
        return skip(number, package, "the source of %s cannot be fetched: %s" % (package, e))
    return check(number, package, glob.glob(os.path.join(glob.escape(folder), where)), least, held)


def main():
    print("TAP version 13\n1..%d" % (1 + len(SOURCES)), flush=True)
    where, least, held = PYTHON
    folders = glob.glob(where)
    good = check(1, "Python", folders, least, held) if folders else \
        skip(1, "Python", "libpython3.11-testsuite is not installed")
    sources = Sources(CACHE)
    for number, package in enumerate(SOURCES, 2):
        good = check_source(number, sources, package) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
