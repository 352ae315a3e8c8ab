"""What the tests of the document inspectors share: asking inspect-file."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import proc, tap

PROGRAM = os.path.join(proc.build(), "tests/filter/inspect-file")


class Report:
    def __init__(self, answer):
        self.findings = [(f["rule"], f["name"], f["reason"]) for f in answer["findings"]]
        self.rules = {f["rule"] for f in answer["findings"]}
        self.parts = answer["parts"]
        self.microseconds = answer["microseconds"]

    def reason(self, rule):
        return next(f[2] for f in self.findings if f[0] == rule)

    def __str__(self):
        return "\n".join("%s: %s: %s" % f for f in self.findings) or "nothing found"


def ask_all(contents, *options):
    """What inspect-file finds in attachments with those contents, in one run."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(i)) for i in range(len(contents))]
        for path, content in zip(paths, contents):
            with open(path, "wb") as file:
                file.write(content)
        child = subprocess.run([PROGRAM, *options, *paths], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=60)
    if child.returncode != 0:
        raise AssertionError("inspect-file: %d %s" % (child.returncode, child.stderr.decode()))
    return [Report(json.loads(line)) for line in child.stdout.splitlines()]


def ask(content, *options):
    return ask_all([content], *options)[0]


def found(content, *rules, within="", options=()):
    """Exactly these rules, and the text in some reason."""
    report = ask(content, *options)
    assert report.rules == set(rules), "expected %s, but:\n%s" % (sorted(rules), report)
    assert any(within in f[2] for f in report.findings) or not within, \
        "no reason has %r:\n%s" % (within, report)
    return report


def clean(content, *options):
    return found(content, options=options)
