"""An SMTP client that sends exactly the bytes it is given."""
import base64
import socket

from . import proc


class Refused(AssertionError):
    """The server answered other than was expected."""

    def __init__(self, command, code, text):
        super().__init__("%s: %d %s" % (command, code, text))
        self.code = code
        self.text = text


class Client:
    """One SMTP session. Each command waits for its reply unless it says otherwise."""

    def __init__(self, port, address="127.0.0.1", timeout=None, greet=True, source=None):
        """source: an address of this host to connect from."""
        self.socket = socket.create_connection((address, port), timeout or proc.patience(60),
                                               source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.last = None
        if greet:
            self.expect("connect", 220, self.reply())

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.quit()
        self.vanish()

    def reply(self):
        """The next reply: (code, text); code 0 where the server hung up."""
        lines = []
        while True:
            line = self.stream.readline()
            if not line:
                return 0, "connection closed"
            lines.append(line[4:].decode("utf-8", "replace").rstrip("\r\n"))
            if line[3:4] != b"-":
                self.last = int(line[:3]), "\n".join(lines)
                return self.last

    @staticmethod
    def expect(command, want, reply):
        """Returns the text of a reply of the wanted code (or class, 2 to 5), else raises Refused."""
        code, text = reply
        if code != want and code // 100 != want:
            raise Refused(command, code, text)
        return text

    def raw(self, octets):
        self.socket.sendall(octets)

    def command(self, line, want=None):
        """Sends a line and returns the reply; with want, insists on its code."""
        octets = line if isinstance(line, bytes) else line.encode("utf-8")
        self.raw(octets + b"\r\n")
        reply = self.reply()
        if want is not None:
            self.expect(octets.decode("utf-8", "replace")[:80], want, reply)
        return reply

    def ehlo(self, name="client.example.org"):
        return self.command("EHLO " + name, 250)[1]

    def xclient(self, address=None, name=None, login=None):
        """Says who the client is, as a trusted proxy would; then greets again."""
        words = []
        if address is not None:
            words.append("ADDR=" + (("IPV6:" + address) if ":" in address else address))
        words += ["NAME=" + name] if name is not None else []
        words += ["LOGIN=" + login] if login is not None else []
        self.command("XCLIENT " + " ".join(words), 220)
        return self.ehlo()

    def login(self, name, password):
        """AUTH PLAIN."""
        secret = base64.b64encode(b"\0%s\0%s" % (name.encode(), password.encode()))
        return self.command("AUTH PLAIN " + secret.decode(), 235)

    def mail(self, sender, parameters=""):
        return self.command("MAIL FROM:<%s>%s" % (sender, parameters and " " + parameters))

    def rcpt(self, recipient):
        return self.command("RCPT TO:<%s>" % recipient)

    def data(self, message):
        """Sends DATA, the message with dots doubled, and the final dot; returns the last reply."""
        reply = self.command("DATA")
        if reply[0] != 354:
            return reply
        self.raw(stuffed(message) + b".\r\n")
        return self.reply()

    def send(self, message, sender, recipients=("rcpt@sink.example.net",), parameters=""):
        """One whole message; returns the reply that decided: of the first refusal, or of the dot."""
        reply = self.mail(sender, parameters)
        for recipient in recipients:
            if reply[0] // 100 == 2:
                reply = self.rcpt(recipient)
        return self.data(message) if reply[0] // 100 == 2 else reply

    def quit(self):
        try:
            self.command("QUIT")
        except OSError:
            pass

    def vanish(self):
        """Closes the connection without a word."""
        self.stream.close()
        self.socket.close()


def stuffed(message):
    """A message as DATA carries it: dots doubled; the last line ended."""
    out = message.replace(b"\r\n.", b"\r\n..")
    if out.startswith(b"."):
        out = b"." + out
    if out and not out.endswith(b"\r\n"):
        out += b"\r\n"
    return out


def session(port, address=None, name=None, login=None):
    """A greeted session as a given client (address, name, login); from this host without any."""
    client = Client(port)
    client.ehlo()
    if (address, name, login) != (None, None, None):
        client.xclient(address, name, login)
    return client


def send(port, message, sender, recipients=("rcpt@sink.example.net",), parameters="", **who):
    """One message in a session of its own; returns (code, text) of the reply that decided."""
    with session(port, **who) as client:
        return client.send(message, sender, recipients, parameters)
