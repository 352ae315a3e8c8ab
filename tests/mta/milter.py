"""The MTA's side of the milter protocol (version 6), to talk to a milter without an MTA."""
import socket
import struct

LEADING_SPACE = 0x100000  # SMFIP_HDR_LEADSPC
ALL_ACTIONS = 0x1FF
FINAL = b"acdrty"
ANSWERS = {b"a": "accept", b"c": "continue", b"d": "discard", b"r": "reject", b"t": "tempfail",
           b"y": "reply", b"s": "skip"}


class Answer:
    """What a milter said to one command: verdict, reply text, header edits."""

    def __init__(self):
        self.verdict = None
        self.text = ""
        self.edits = []

    def inserted(self, name):
        """The values of header fields with this name that the milter added."""
        return [value for _, field, value in self.edits if field.lower() == name.lower()]


class Client:
    """One connection to a milter. steps: the protocol flags offered (no reply is skipped)."""

    def __init__(self, address, steps=LEADING_SPACE, timeout=30, actions=ALL_ACTIONS):
        """address: a path, or (host, port); actions: what the MTA lets milters do."""
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.write(b"O", struct.pack(">III", 6, actions, steps))
        kind, data = self.read()
        assert kind == b"O", "no negotiation: %r" % kind
        self.version, self.actions, self.steps = struct.unpack(">III", data[:12])

    def write(self, kind, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + kind + data)

    def read(self):
        head = self.stream.read(5)
        if len(head) < 5:
            raise EOFError("the milter hung up")
        length = struct.unpack(">I", head[:4])[0]
        return head[4:], self.stream.read(length - 1)

    def macros(self, command, **values):
        """The macros for a command (its letter); names as keywords, `auth_authen` for {auth_authen}."""
        text = command
        for name, value in values.items():
            text += _string(name if len(name) == 1 else "{%s}" % name) + _string(value)
        self.write(b"D", text)

    def command(self, kind, data=b""):
        """Sends a command and collects everything up to the verdict."""
        self.write(kind, data)
        answer = Answer()
        while answer.verdict is None:
            kind, data = self.read()
            if kind in ANSWERS:
                answer.verdict = ANSWERS[kind]
                answer.text = data.rstrip(b"\0").decode("utf-8", "replace")
            elif kind == b"i":
                name, value = data[4:].split(b"\0")[:2]
                answer.edits.append((struct.unpack(">I", data[:4])[0], name.decode(), value))
            elif kind == b"h":
                name, value = data.split(b"\0")[:2]
                answer.edits.append((None, name.decode(), value))
        return answer

    def connect(self, name="client.example.org", address="192.0.2.1", **macros):
        self.macros(b"C", **macros)
        return self.command(b"C", _string(name) + b"4" + struct.pack(">H", 25) + _string(address))

    def message(self, message, sender="sender@example.org", recipients=("rcpt@example.net",),
                chunk=65535, queue_id="QID"):
        """One whole message, from MAIL to end of message; returns the answer that decided."""
        self.macros(b"M", mail_addr=sender)
        steps = [(b"M", _string("<%s>" % sender))]
        steps += [(b"R", _string("<%s>" % r)) for r in recipients]
        steps += [(b"T", b"")]
        steps += [(b"L", name + b"\0" + value + b"\0") for name, value in self.fields(message)]
        steps += [(b"N", b"")]
        body = message.partition(b"\r\n\r\n")[2]
        steps += [(b"B", body[i:i + chunk]) for i in range(0, len(body), chunk)]
        for kind, data in steps:
            if kind == b"T":
                self.macros(b"T", i=queue_id)
            answer = self.command(kind, data)
            if answer.verdict not in ("continue", "skip"):
                return answer
        self.macros(b"E", i=queue_id)
        return self.command(b"E")

    def fields(self, message):
        """Header fields as an MTA hands them over: LF before a continuation."""
        found = []
        for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            if line[:1] in (b" ", b"\t") and found:
                found[-1] += b"\n" + line
            elif line:
                found.append(line)
        for field in found:
            name, _, value = field.partition(b":")
            if not self.steps & LEADING_SPACE and value[:1] == b" ":
                value = value[1:]
            yield name, value

    def abort(self):
        self.write(b"A")

    def quit(self):
        self.write(b"Q")
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()


def _string(text):
    return (text if isinstance(text, bytes) else text.encode("utf-8")) + b"\0"
