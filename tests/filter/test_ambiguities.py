#!/usr/bin/python3
"""A program in a message that mail programs read differently is found, or the message is held as ambiguous."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ambiguities
from documents import tap
from mta import proc

AT_ONCE = 500


def scan(messages):
    """The reports of gatepost scan, in the order of the messages."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(i)) for i in range(len(messages))]
        for path, message in zip(paths, messages):
            with open(path, "wb") as file:
                file.write(message)
        conf = os.path.join(folder, "gatepost.conf")
        open(conf, "w", encoding="ascii").close()
        for at in range(0, len(paths), AT_ONCE):
            done = subprocess.run([os.path.join(proc.build(), "gatepost"), "-c", conf, "scan", "--json",
                                   *paths[at:at + AT_ONCE]], stdout=subprocess.PIPE)
            yield from map(json.loads, done.stdout.splitlines())


def all_held(named):
    named = list(named)
    passed = []
    for (name, message), report in zip(named, scan([m for _, m in named]), strict=True):
        if not {f["rule"] for f in report.get("findings", [])} & {"executable", "mime_ambiguity", "cannot_inspect"}:
            passed.append((name, message))
    tap.note("%d messages" % len(named))
    if passed and os.environ.get("GATEPOST_KEEP"):
        for number, (_, message) in enumerate(passed):
            with open(os.path.join(os.environ["GATEPOST_KEEP"], str(number)), "wb") as file:
                file.write(message)
    assert not passed, "%d passed:\n%s" % (len(passed), "\n".join(name for name, _ in passed[:20]))


def test_each_member():
    all_held(ambiguities.singly())


def test_two_families():
    all_held(ambiguities.in_pairs(4))


if __name__ == "__main__":
    tap.main(globals())
