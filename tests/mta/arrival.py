"""Mail that arrives from outside, and what the daemon writes about it.

An Arrivals is a world whose daemon asks a DNS server of the test. receive()
sends one message and returns an Arrival, whose results are read from the
field by a parser of our own.
"""
import collections
import json
import os
import re
import subprocess

from . import gatepost, proc, tap, world

CLIENT = "192.0.2.1"
ID = "mx.example.com"

Result = collections.namedtuple("Result", "method result reason properties")


class Arrival:
    """A message as it was delivered; field is the value of our Authentication-Results, unfolded."""

    def __init__(self, delivery):
        self.delivery = delivery
        self.data = delivery.data
        self.names = [name.strip().lower() for name, _ in delivery.fields()]
        first = delivery.fields()[0]
        assert first[0] == b"Authentication-Results", "the first field is %r" % (first,)
        self.raw = first[1]
        self.field = unfolded(self.raw)
        self.id, self.results = parse(self.field)

    def of(self, method):
        return [r for r in self.results if r.method == method]

    def one(self, method, identity=None):
        """The result of a method; for SPF of one identity: "mailfrom" or "helo"."""
        found = self.of(method)
        if identity:
            found = [r for r in found if "smtp." + identity in r.properties]
        assert len(found) == 1, "%d results of %s: %s" % (len(found), method, self.field)
        return found[0]

    def insist(self, method, result, reason="", identity=None):
        """The result of a method is this, for a reason that matches."""
        got = self.one(method, identity)
        tap.equal(got.result, result, "%s (%s)" % (method, self.field))
        assert re.search(reason, got.reason), "%s: %r is not /%s/" % (method, got.reason, reason)
        return got


def unfolded(value):
    return value.replace(b"\r\n", b"").replace(b"\t", b" ").decode("utf-8").strip()


def parse(text):
    """(authserv-id, results) of a field that has been unfolded."""
    word = r'(?:"(?:[^"\\]|\\.)*"|[^\s;"]|[^\s;"]*"(?:[^"\\]|\\.)*")+'
    parts = [p.strip() for p in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+', text)]
    results = []
    for part in parts[1:]:
        pairs = re.findall(r"([\w.-]+)=(%s)" % word, part)
        if not pairs:
            tap.equal(part, "none", "result")
            continue
        properties = {name: _plain(value) for name, value in pairs[1:]}
        reason = properties.pop("reason", "")
        results.append(Result(pairs[0][0], pairs[0][1], reason, properties))
    return _plain(parts[0]), results


def _plain(value):
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"(@.*)?', value)
    return re.sub(r"\\(.)", r"\1", quoted[1]) + (quoted[2] or "") if quoted else value


class Arrivals(world.World):
    """A world in which mail arrives from CLIENT, unless another client is told; without `ours` no domain is our own."""

    def __init__(self, key_list, records=None, ours=(), **options):
        super().__init__(key_list, records, ours=ours, **options)

    def receive(self, message, sender="ann@example.com", helo=None, parameters="", who=None):
        who = who or {"address": CLIENT, "name": "outside.example"}
        recipient = self.address()
        self.daemon.mark()
        with self.mta.session(**who) as client:
            if helo is not None:
                client.ehlo(helo)
            code, text = client.send(message, sender, [recipient], parameters)
        tap.equal(code, 250, "reply (%s)" % text)
        return Arrival(self.sink.to(recipient)[0])

    def zone_file(self):
        """The zone as `gatepost verify --zone` wants it."""
        path = os.path.join(self.daemon.base, "zone")
        with open(path, "w") as out:
            for name, rdata in self.keys.zone.records:
                out.write("%s. 300 IN %s %s\n" % (name, rdata.rdtype.name, rdata.to_text()))
        return path


class Verify:
    """`gatepost verify` with a zone file; a call returns (exit status, JSON object, standard error)."""

    def __init__(self, zone, config):
        self.zone, self.config = zone, config

    def __call__(self, message, *arguments):
        return verify(message, "--zone", self.zone, *arguments, config=self.config)


def verify(message, *arguments, config=None, path="-", json_wanted=True):
    command = [gatepost.program()] + (["-c", config] if config else []) + ["verify", *arguments]
    command += ["--json"] if json_wanted else []
    run = subprocess.run(command + [path], input=message, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=proc.patience(60))
    text = run.stdout.decode("utf-8")
    errors = run.stderr.decode("utf-8", "replace")
    found = gatepost.REPORTS.search(errors)
    assert not found, errors
    return run.returncode, json.loads(text) if json_wanted and text else text, errors
