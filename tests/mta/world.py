"""What most system tests share: keys, DNS, sink, verifiers, one gatepost behind one Postfix."""
import re

from . import dnsserver, gatepost, keys, messages, postfix, sink, smtp, tap, verify

INSIDE = {}
OUTSIDE = {"address": "192.0.2.1", "name": "outside.example"}


def someone(login):
    """A client outside who has logged in."""
    return dict(OUTSIDE, login=login)


class World:
    """Starts everything once. configure() reloads the daemon where a test wants other options."""

    def __init__(self, key_list, main=None, **options):
        """key_list: (domain, selector, algorithm) of each key."""
        self.keys = keys.Keys()
        for domain, selector, algorithm in key_list:
            self.keys.add(domain, selector, algorithm)
        self.base = options
        self.sink = sink.Sink()
        self.daemon = gatepost.Gatepost(self.keys.dir, **options)
        self.postfix = self._start_mta(main)
        self.current = {}
        self._verifiers = None
        self._serial = 0
        tap.on_failure(lambda: self.daemon.tail())
        tap.after_each(self.daemon.insist_clean)

    def _start_mta(self, main):
        return postfix.Postfix(self.daemon.milter, self.sink, main=main)

    @property
    def verifiers(self):
        if self._verifiers is None:
            self.dns = dnsserver.Server(self.keys.zone)
            self._verifiers = verify.All(self.keys.zone, self.dns.port)
        return self._verifiers

    def configure(self, **options):
        """The options of this test; those of earlier tests are forgotten, deaths too."""
        if self.daemon.child is None or self.daemon.child.poll() is not None:
            self.daemon.notify.seen.clear()
            self.daemon.start()
        if options == self.current:
            return
        changes = {name: self.base.get(name) for name in self.current}
        changes.update(options)
        line = self.daemon.reload(**changes)
        assert "reloaded" in line, line
        self.current = options

    def address(self):
        """A recipient that no other message has."""
        self._serial += 1
        return "r%d@sink.example.net" % self._serial

    def send(self, message, sender="ann@example.com", port=None, who=INSIDE, parameters="", want=250):
        """Sends a message and returns it as delivered (None where it shall be refused, with want)."""
        recipient = self.address()
        self.daemon.mark()
        code, text = smtp.send(port or self.postfix.mx, message, sender, [recipient], parameters,
                               **who)
        tap.equal(code, want, "reply (%s)" % text)
        return self.sink.to(recipient)[0] if want == 250 else None

    def signed(self, delivery, domain, algorithms=("rsa",)):
        """Insists on good signatures of a domain, and no others; their tags, top to bottom."""
        tags = signatures(delivery)
        tap.equal(sorted((t["d"], t["a"]) for t in tags),
                  sorted((domain, a + "-sha256") for a in algorithms), "signatures")
        self.verifiers.insist(delivery.data, domain, algorithms)
        return tags

    def log_of_last(self):
        """The log record of the last message sent by send()."""
        return gatepost.record(self.daemon.wait_line(r"\bmail\b.*action"))


def unsigned(delivery):
    tap.equal(delivery.fields("DKIM-Signature"), [], "signatures")


def signatures(delivery):
    """The tags of every DKIM-Signature, top to bottom, white space taken out."""
    return [tag_list(value) for value in delivery.fields("DKIM-Signature")]


def tag_list(value):
    text = re.sub(r"\s+", "", value.decode("ascii"))
    return dict(part.split("=", 1) for part in text.split(";") if part)


def plain(domain="example.com", **options):
    return messages.plain(domain, **options)
