"""Children, ports, temporary folders and waiting: what every throw-away server needs.

Everything started through this module ends with the test program, also after
an exception or a signal; each child is stopped by its own process id.
"""
import atexit
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

_children = []
_folders = []
_keep = False


class Timeout(AssertionError):
    """Something did not happen in the time that it had."""


def top():
    """The top of the source tree."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def build():
    """The build folder that is tested."""
    return os.path.abspath(os.environ.get("GATEPOST_BUILD") or os.path.join(top(), "build"))


def sanitized():
    """Whether the tested build runs under a sanitizer (and so is slower)."""
    return os.environ.get("GATEPOST_SANITIZED", "") != ""


def patience(seconds):
    """A time limit, longer where the machine or the build is slow."""
    return seconds * (4 if sanitized() else 1) * float(os.environ.get("GATEPOST_PATIENCE", "1"))


def folder(prefix="gp-", parent=None):
    """A temporary folder (below parent) that other accounts can traverse; removed at the end."""
    path = tempfile.mkdtemp(prefix=prefix, dir=parent)
    os.chmod(path, 0o755)
    _folders.append(path)
    return path


def free_port(address="127.0.0.1"):
    """A TCP and UDP port that is free now, outside the range of outgoing connections."""
    for _ in range(500):
        port = random.SystemRandom().randrange(10200, 32000)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((address, port))
        except OSError:
            continue
        return port
    raise RuntimeError("no free port on " + address)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(argv, end=signal.SIGTERM, **options):
    """A child process that ends with us, by the signal `end`. Options as for subprocess.Popen."""
    child = subprocess.Popen(argv, preexec_fn=_die_with_parent, **options)
    child.end_signal = end
    _children.append(child)
    return child


def stop(child, grace=10):
    """Ends a child and returns its exit code; kills it after the grace."""
    if child.poll() is None:
        child.send_signal(child.end_signal)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child in _children:
        _children.remove(child)
    return child.returncode


def wait_until(condition, seconds, what):
    """Waits for a true value and returns it; Timeout names what was awaited."""
    end = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Timeout("not within %g s: %s" % (seconds, what))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def listening(port, address="127.0.0.1"):
    """Whether a TCP port of this machine is open, without connecting to it."""
    want = "%08X:%04X" % (int.from_bytes(socket.inet_aton(address), sys.byteorder), port)
    with open("/proc/net/tcp") as table:
        return any(row[1] == want and row[3] == "0A" for row in map(str.split, table))


def keep_running():
    """Leaves children and folders behind when the program ends."""
    global _keep
    _keep = True


def stop_all():
    """Ends every child, the last one first, and removes the folders."""
    if _keep:
        return
    for child in reversed(_children[:]):
        stop(child)
    if os.environ.get("GATEPOST_KEEP_FILES"):
        return
    while _folders:
        _remove(_folders.pop())


def _remove(path):
    """Removes a folder into which the children of a child may still write for a moment."""
    for _ in range(20):
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.exists(path):
            return
        time.sleep(0.05)


def _on_signal(number, frame):
    sys.exit(128 + number)


def end_on_signals():
    """Signals that end a program end it through the clean-up."""
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, _on_signal)


atexit.register(stop_all)
