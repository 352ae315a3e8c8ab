"""A small runner of tests that prints TAP.

A test is a function whose name begins with test_. It passes unless it raises;
tap.skip(reason) skips. With @tap.cases(...) one function is many tests.
"""
import fnmatch
import os
import signal
import sys
import time
import traceback

from . import proc

_on_failure = []
_in_this_test = []
_after_each = []


class Skipped(Exception):
    pass


def skip(reason):
    raise Skipped(reason)


def after_each(check):
    """Registers a function that is called after each test and raises where something is wrong."""
    _after_each.append(check)


def cases(*values):
    """Runs the test once for each value; a value's name is its text, or its first item's."""
    def mark(function):
        function.tap_cases = values
        return function
    return mark


def limit(seconds):
    """Gives a test another time limit than the usual 60 seconds."""
    def mark(function):
        function.tap_limit = seconds
        return function
    return mark


def only_if(condition):
    """Leaves the test out, as if it was not written, unless the condition holds."""
    def mark(function):
        function.tap_left_out = not condition
        return function
    return mark


def on_failure(tell):
    """Registers a function whose text is shown below each failure from now on."""
    _on_failure.append(tell)


def explain_with(tell):
    """The same for the running test only."""
    _in_this_test.append(tell)


def note(text):
    """A line for the reader, of no consequence."""
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def equal(got, want, what=""):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what or "value", got, want))


def main(names, needs=()):
    """
    Runs the tests of a module's globals() and exits; needs: programs without
    which there is nothing to run. Arguments: -k PATTERN (any number of them),
    -l (list).
    """
    arguments = sys.argv[1:]
    patterns = [p for word, p in zip(arguments, arguments[1:]) if word == "-k"]
    tests = [t for t in _collect(names) if _selected(t[0], patterns)]
    if "-l" in arguments:
        print("\n".join(name for name, _, _ in tests))
        sys.exit(0)
    for path in needs:
        if not os.access(path, os.X_OK):
            print("Bail out! there is no %s: build first" % path)
            sys.exit(1)
    proc.end_on_signals()
    signal.signal(signal.SIGALRM, _too_long)
    print("TAP version 13\n1..%d" % len(tests), flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        failed += not _run(number, *test)
    sys.exit(1 if failed else 0)


def _collect(names):
    for name, function in list(names.items()):
        if not name.startswith("test_") or not callable(function):
            continue
        if getattr(function, "tap_left_out", False):
            continue
        if not hasattr(function, "tap_cases"):
            yield name[5:], function, ()
            continue
        for value in function.tap_cases:
            label = value[0] if isinstance(value, (tuple, list)) else value
            yield "%s[%s]" % (name[5:], label), function, (value,)


def _selected(name, patterns):
    return not patterns or any(p in name or fnmatch.fnmatch(name, p) for p in patterns)


def _too_long(number, frame):
    raise proc.Timeout("the test took too long")


def _run(number, name, function, arguments):
    began = time.monotonic()
    _in_this_test.clear()
    try:
        signal.setitimer(signal.ITIMER_REAL,
                         proc.patience(getattr(function, "tap_limit", 60)))
        function(*arguments)
        for check in _after_each:
            check()
    except Skipped as reason:
        _say("ok %d - %s # SKIP %s" % (number, name, reason))
        return True
    except Exception as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _say("not ok %d - %s" % (number, name))
        _explain(error)
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    slow = time.monotonic() - began
    _say("ok %d - %s%s" % (number, name, " # time=%.1fs" % slow if slow > 5 else ""))
    return True


def _say(line):
    print(line.replace("\n", " "), flush=True)


def _explain(error):
    places = [f for f in traceback.extract_tb(error.__traceback__)
              if os.path.basename(f.filename) != "tap.py"]
    note("%s: %s" % (type(error).__name__, error))
    for place in places[-3:]:
        note("  at %s:%d: %s" % (os.path.basename(place.filename), place.lineno, place.line))
    for tell in _in_this_test or _on_failure:
        try:
            note(tell())
        except Exception as other:
            note("no further facts: %s" % other)
