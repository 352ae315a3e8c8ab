"""What most system tests share: keys, DNS, sink, verifiers, one gatepost behind one MTA.

The MTA is Postfix, or what `--mta NAME` on the command line says. Where the two differ in what
a test sees, the test says so: by_mta() chooses between the values that are right for each.
"""
import re
import sys

from . import dnsserver, gatepost, keys, messages, postfix, proc, sendmail, sink, tap, verify

MTAS = ("postfix", "sendmail")
MTA = sys.argv[sys.argv.index("--mta") + 1] if "--mta" in sys.argv else MTAS[0]
assert MTA in MTAS, MTA

# Parameters of MAIL for mail with UTF-8 in its header: Debian's Sendmail does not know SMTPUTF8, and lets it through.
UTF8 = "SMTPUTF8" if MTA == "postfix" else "BODY=8BITMIME"
INSIDE = {}
OUTSIDE = {"address": "192.0.2.1", "name": "outside.example"}


def someone(login):
    """A client outside who has logged in."""
    return dict(OUTSIDE, login=login)


def main(names, needs=()):
    """tap.main() behind the chosen MTA; skips all where there is none."""
    try:
        if MTA == "sendmail":
            sendmail.prepare()
    except sendmail.Missing as why:
        print("TAP version 13\n1..0 # SKIP %s" % why)
        sys.exit(0)
    tap.main(names, needs)


def by_mta(**values):
    """The value for the MTA at hand, e.g. by_mta(postfix=1, sendmail=2)."""
    return values[MTA]


def behind(mta, why):
    """Marks a test of what only one MTA does; it is no part of the run behind the other."""
    assert why
    return tap.only_if(MTA == mta)


def start_mta(daemons, where, main=None):
    """The MTA with these milters, in their order; main: settings of main.cf, or lines of sendmail.mc."""
    if MTA == "sendmail":
        return sendmail.Sendmail([d.port for d in daemons], where, main or "")
    return postfix.Postfix(", ".join(d.milter for d in daemons), where, main=main)


class World:
    """Starts everything once. configure() reloads the daemon where a test wants other options."""

    def __init__(self, key_list, records=None, main=None, server=None, ours=None, **options):
        """
        key_list: (domain, selector, algorithm) of each key; records: a function that adds to the
        zone, which has the keys already; server: another DNS server, with its port (without it,
        unbound with the zone); main: as for start_mta(); ours: like key_list, the keys that the
        daemon holds, whose domains it so takes for its own, while those in key_list belong to
        others (without it, the daemon holds those in key_list).
        """
        self.keys = keys.Keys()
        self.own = self.keys if ours is None else keys.Keys()
        for store, wanted in (self.keys, key_list), (self.own, ours or ()):
            for domain, selector, algorithm in wanted:
                store.add(domain, selector, algorithm)
        if ours is not None:
            self.keys.zone.records += self.own.zone.records
        if records:
            records(self.keys.zone)
        self.dns_port = server.port if server else proc.free_port()
        self.server = server
        self.base = dict(options, resolver=["127.0.0.1@%d" % self.dns_port])
        self.publish()
        self.sink = sink.Sink()
        self.daemon = gatepost.Gatepost(self.own.dir, **self.base)
        self.mta = start_mta([self.daemon], self.sink, main)
        self.current = {}
        self._verifiers = None
        self._serial = 0
        tap.on_failure(lambda: self.daemon.tail())
        tap.after_each(self.daemon.insist_clean)

    def publish(self):
        """Starts the DNS server, or starts it anew with what the zone holds by now."""
        if self.server is None:
            self.server = dnsserver.Server(self.keys.zone, self.dns_port)
        elif isinstance(self.server, dnsserver.Server):
            self.server.restart()
        self._verifiers = None

    @property
    def verifiers(self):
        if self._verifiers is None:
            self._verifiers = verify.All(self.keys.zone, self.dns_port)
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
        code, text = self.mta.send(message, sender, [recipient], parameters, port=port, **who)
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
