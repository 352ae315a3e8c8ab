"""What the tests of the document inspectors share: asking inspect-file."""
import json
import os
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import proc, tap

PROGRAM = os.path.join(proc.build(), "tests/filter/inspect-file")


class Report:
    def __init__(self, answer):
        self.findings = [(f["rule"], f["name"], f["reason"]) for f in answer["findings"]]
        self.rules = {f["rule"] for f in answer["findings"]}
        self.parts = answer["parts"]
        self.microseconds = answer["microseconds"]
        self.peak_megabytes = answer["peak_kilobytes"] >> 10   # of all questions so far

    def reason(self, rule):
        return next(f[2] for f in self.findings if f[0] == rule)

    def __str__(self):
        return "\n".join("%s: %s: %s" % f for f in self.findings) or "nothing found"


class Inspector:
    """inspect-file at work: one process for all questions, a new one where it died over one."""

    def __init__(self):
        self.child = None

    def ask(self, words):
        """The lines that it answers to that command line."""
        if self.child is None:
            self.errors = tempfile.TemporaryFile()
            self.child = proc.start([PROGRAM, "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        words = [os.fsencode(w) for w in words]
        try:
            self.child.stdin.write(b"".join(w + b"\0" for w in [b"%d" % len(words), *words]))
            self.child.stdin.flush()
        except BrokenPipeError:
            pass
        slow = threading.Timer(proc.patience(60), self.child.kill)
        slow.start()
        try:
            return list(self._lines())
        finally:
            slow.cancel()

    def _lines(self):
        for line in self.child.stdout:
            if line == b"\n":
                return
            yield line
        status = self.child.wait()
        self.errors.seek(0)
        said, self.child = self.errors.read().decode(errors="replace"), None
        raise AssertionError("inspect-file: %d %s" % (status, said))


_inspector = Inspector()


def ask_all(contents, *options):
    """What inspect-file finds in attachments with those contents."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(i)) for i in range(len(contents))]
        for path, content in zip(paths, contents):
            with open(path, "wb") as file:
                file.write(content)
        lines = _inspector.ask([*options, *paths])
    return [Report(json.loads(line)) for line in lines]


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
