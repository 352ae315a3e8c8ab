"""A stand-in for the system's log: what a program under test sends to /dev/log."""
import os
import re
import socket
import threading

from . import proc


class Syslog:
    """Keeps what comes. A program is started with the command line of inside()."""

    def __init__(self):
        self.path = os.path.join(proc.folder("gp-syslog-"), "log")
        self._lines = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        os.chmod(self.path, 0o666)
        threading.Thread(target=self._serve, daemon=True).start()

    def inside(self, *command):
        """The command in a mount namespace where /dev/log is this one."""
        script = ('mkdir -p "$1.dev" && mount --bind /dev "$1.dev" && '
                  'mount -t tmpfs -o mode=755 none /dev && for n in null zero urandom tty; do '
                  ': >/dev/$n && mount --bind "$1.dev/$n" /dev/$n; done && '
                  'ln -s "$1" /dev/log && shift && exec "$@"')
        return ["unshare", "--mount", "sh", "-c", script, "sh", self.path, *command]

    def clear(self):
        self._lines = []

    def wait_line(self, pattern, seconds=10):
        """The first line that matches a regular expression."""
        return proc.wait_until(lambda: next((l for l in self._lines if re.search(pattern, l)), None),
                               proc.patience(seconds), "a line in syslog with /%s/" % pattern)

    def _serve(self):
        while True:
            line = self._socket.recv(65536).decode("utf-8", "replace")
            self._lines.append(line)
