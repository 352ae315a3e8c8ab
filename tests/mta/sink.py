"""An SMTP server that keeps what it is given, byte for byte."""
import os
import socket
import threading
import time

from . import proc


class Delivery:
    """One message as it arrived: envelope and bytes (CRLF, dots undone)."""

    def __init__(self, sender, recipients, parameters, data):
        self.sender = sender
        self.recipients = recipients
        self.parameters = parameters
        self.data = data

    @property
    def head(self):
        return self.data.partition(b"\r\n\r\n")[0] + b"\r\n"

    @property
    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]

    def fields(self, name=None):
        """The header fields in order, folded as they are: (name, text after the colon)."""
        found = []
        for line in self.head.split(b"\r\n"):
            if line[:1] in (b" ", b"\t") and found:
                found[-1] += b"\r\n" + line
            elif line:
                found.append(line)
        pairs = [tuple(f.partition(b":")[::2]) for f in found]
        if name is None:
            return pairs
        return [v for n, v in pairs if n.strip().lower() == name.lower().encode()]


class Sink:
    """Listens on a loopback port, in threads of this process."""

    def __init__(self, eight_bit=True, utf8=True, refuse=None, folder=None):
        """
        refuse: a function of a recipient that is true where it shall be refused for
        good; folder: where each message is also written to a file.
        """
        self.eight_bit = eight_bit
        self.utf8 = utf8
        self.refuse = refuse or (lambda recipient: recipient.startswith("bounce"))
        self.messages = []
        self._changed = threading.Condition()
        self.folder = folder
        self.port = proc.free_port()
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=256)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._socket.close()

    def clear(self):
        with self._changed:
            self.messages = []

    def count(self):
        with self._changed:
            return len(self.messages)

    def wait_for(self, n, seconds=20):
        """The messages, once there are at least n; fails after the time."""
        return self.wait_where(lambda m: True, n, seconds)

    def wait_where(self, wanted, n=1, seconds=20):
        """The messages for which wanted(message) is true, once there are at least n of them."""
        end = time.monotonic() + proc.patience(seconds)
        with self._changed:
            while True:
                found = [m for m in self.messages if wanted(m)]
                if len(found) >= n:
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise proc.Timeout("the sink has %d of %d messages after %g s"
                                       % (len(found), n, proc.patience(seconds)))
                self._changed.wait(left)

    def to(self, recipient, n=1, seconds=20):
        """The messages for one recipient, once there are n."""
        return self.wait_where(lambda m: recipient in m.recipients, n, seconds)

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._session, args=(connection,), daemon=True).start()

    def _session(self, connection):
        try:
            with connection, connection.makefile("rwb") as stream:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._talk(stream)
        except OSError:
            pass

    def _talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 sink.example.net ESMTP")
        sender, parameters, recipients = "", "", []
        for line in iter(stream.readline, b""):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            verb = text[:4].upper()
            if verb == "EHLO":
                say("\r\n".join(self._greeting()))
            elif verb == "MAIL":
                sender, parameters = _path(text)
                recipients = []
                say("250 ok")
            elif verb == "RCPT":
                recipient = _path(text)[0]
                if self.refuse(recipient):
                    say("550 5.1.1 no such mailbox")
                else:
                    recipients.append(recipient)
                    say("250 ok")
            elif verb == "DATA" and not recipients:
                say("554 no recipients")
            elif verb == "DATA":
                say("354 go on")
                data = _receive(stream)
                self._keep(Delivery(sender, recipients, parameters, data))
                say("250 kept")
            elif verb == "QUIT":
                say("221 bye")
                return
            elif verb in ("RSET", "NOOP", "HELO"):
                say("250 ok")
            else:
                say("502 what?")

    def _keep(self, delivery):
        with self._changed:
            self.messages.append(delivery)
            if self.folder:
                path = os.path.join(self.folder, "%04d.eml" % len(self.messages))
                with open(path, "wb") as out:
                    out.write(delivery.data)
            self._changed.notify_all()

    def _greeting(self):
        words = ["sink.example.net", "PIPELINING"]
        words += ["8BITMIME"] if self.eight_bit else []
        words += ["SMTPUTF8"] if self.utf8 else []
        return ["250-" + w for w in words[:-1]] + ["250 " + words[-1]]


def _path(command):
    inside, _, rest = command.partition("<")[2].partition(">")
    return inside, rest.strip()


def _receive(stream):
    lines = []
    while True:
        line = stream.readline()
        if line == b".\r\n":
            return b"".join(lines)
        if not line:
            raise OSError("connection lost in DATA")
        lines.append(line[1:] if line[:1] == b"." else line)
