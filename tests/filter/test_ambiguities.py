#!/usr/bin/python3
"""A program in a message that mail programs read differently is found, or the message is held as ambiguous."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ambiguities
from documents import tap
from messages import rules_of, scan

GOOD = {"executable", "mime_ambiguity", "cannot_inspect"}


def all_held(named):
    named = list(named)
    reports = scan([message for _, message in named])
    passed = [name for (name, _), report in zip(named, reports, strict=True) if not rules_of(report) & GOOD]
    tap.note("%d messages" % len(named))
    assert not passed, "%d passed:\n%s" % (len(passed), "\n".join(passed[:20]))


@tap.limit(300)
def test_each_member():
    all_held(ambiguities.singly())


@tap.limit(300)
def test_two_families():
    all_held(ambiguities.in_pairs(4))


def test_first_line():
    """A message all the same for gatepost scan, and not a file."""
    for name, message in ambiguities.PLAIN.items():
        all_held(("%s: %r" % (name, line), line + message) for line in (
            b"\0", b"\xef\xbb\xbf", b"=", b"garbage\r\n", b"Fro\0m: a\r\n", b" \r\n", b">From x\r\n", b"\n", b"\r\n"))


def test_names():
    all_held(ambiguities.names())


if __name__ == "__main__":
    tap.main(globals())
