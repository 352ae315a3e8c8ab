"""A milter that holds every message, for tests of what an admin does with held mail.

It speaks the protocol (version 6) as far as an MTA needs for that: at the end of
a message it inserts the field that says why, and asks for quarantine.
"""
import socket
import struct
import threading

from . import proc

ADD_HEADERS, QUARANTINE = 0x01, 0x20
CONNECTION_STEPS = b"DQA"  # macros, the end of a session, an abandoned message: no answer


class Holder:
    """Listens on a loopback port in threads of this process."""

    def __init__(self, field=" hold; rule=test; held by a test", reason="held by a test"):
        """field: the value of X-Gatepost-Policy, None for no field; reason: what the MTA is told,
        None for letting the message through."""
        self.field = field
        self.reason = reason
        self.port = proc.free_port()
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def milter(self):
        return "inet:127.0.0.1:%d" % self.port

    def _serve(self):
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._session, args=(connection,), daemon=True).start()

    def _session(self, connection):
        with connection, connection.makefile("rwb") as stream:
            while True:
                head = stream.read(5)
                if len(head) < 5:
                    return
                length, kind = struct.unpack(">I", head[:4])[0], head[4:]
                stream.read(length - 1)
                if kind == b"Q":
                    return
                for answer in self._answers(kind):
                    stream.write(struct.pack(">I", len(answer)) + answer)
                stream.flush()

    def _answers(self, kind):
        if kind == b"O":
            return [b"O" + struct.pack(">III", 6, ADD_HEADERS | QUARANTINE, 0)]
        if kind in CONNECTION_STEPS:
            return []
        if kind != b"E":
            return [b"c"]
        answers = []
        if self.field is not None:
            field = b"X-Gatepost-Policy\0" + self.field.strip().encode() + b"\0"
            answers.append(b"i" + struct.pack(">I", 0) + field)
        if self.reason is not None:
            answers.append(b"q" + self.reason.encode() + b"\0")
        return answers + [b"a"]
