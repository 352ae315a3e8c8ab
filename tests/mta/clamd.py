"""Virus scanners: a real clamd with a signature of the test's own, and servers that only look like one."""
import contextlib
import itertools
import os
import shutil
import socket
import struct
import subprocess
import threading

from . import proc

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Test.Eicar.UNOFFICIAL"


def program():
    return shutil.which("clamd", path="/usr/sbin:/usr/bin")


class Clamd:
    """Runs clamd with one signature; on a unix socket and a TCP port."""

    def __init__(self, **options):
        self.base = proc.folder("gp-clamd-")
        os.chmod(self.base, 0o755)
        self.path = os.path.join(self.base, "ctl")
        self.port = proc.free_port()
        with open(os.path.join(self.base, "test.ndb"), "w") as out:
            out.write("Test.Eicar:0:*:%s\n" % EICAR.hex())
        lines = {"DatabaseDirectory": self.base, "LocalSocket": self.path, "TCPSocket": self.port,
                 "TCPAddr": "127.0.0.1", "Foreground": "yes", "TemporaryDirectory": self.base,
                 "LogFile": os.path.join(self.base, "log"), "SelfCheck": 3600, **options}
        self.config = os.path.join(self.base, "clamd.conf")
        with open(self.config, "w") as out:
            out.writelines("%s %s\n" % item for item in lines.items())
        self.start()

    @property
    def unix(self):
        return "unix:" + self.path

    @property
    def inet(self):
        return "inet:%d@127.0.0.1" % self.port

    def start(self):
        self.child = proc.start([program(), "-c", self.config], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        proc.wait_until(self._answers, proc.patience(60), "clamd is ready")

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            try:
                s.connect(self.path)
                s.sendall(b"zPING\0")
                return s.recv(10) == b"PONG\0"
            except OSError:
                return False

    def stop(self):
        proc.stop(self.child)


class Fake:
    """Answers each command as told: a function of (command, data) that returns bytes, or None for silence."""

    def __init__(self, answer):
        self.path = os.path.join(proc.folder("gp-clamd-"), "ctl")
        self.unix = "unix:" + self.path
        self.answer = answer
        self.commands = []
        self.heard = {}     # what was to be looked at, by the order in which it was called
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        os.chmod(os.path.dirname(self.path), 0o755)
        os.chmod(self.path, 0o666)
        self._socket.listen(100)
        self._silent = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        for number in itertools.count():
            client, _ = self._socket.accept()
            threading.Thread(target=self._one, args=(number, client), daemon=True).start()

    def _one(self, number, client):
        command = b""
        while not command.endswith(b"\0"):
            got = client.recv(1)
            if not got:
                return
            command += got
        data = self._stream(client) if command == b"zINSTREAM\0" else self._descriptor(client)
        self.commands.append(command.rstrip(b"\0").decode())
        self.heard[number] = data
        reply = self.answer(self.commands[-1], data)
        if reply is None:
            self._silent.append(client)
            return
        with contextlib.suppress(BrokenPipeError):  # nobody waits any more
            client.sendall(reply)
        client.close()

    @staticmethod
    def _exactly(client, n):
        data = b""
        while len(data) < n:
            got = client.recv(n - len(data))
            if not got:
                raise EOFError
            data += got
        return data

    def _stream(self, client):
        data = b""
        while True:
            n = struct.unpack(">I", self._exactly(client, 4))[0]
            if n == 0:
                return data
            data += self._exactly(client, n)

    @staticmethod
    def _descriptor(client):
        _, fds, _, _ = socket.recv_fds(client, 1, 1)
        with os.fdopen(fds[0], "rb") as file:
            return os.pread(file.fileno(), 1 << 30, 0)
