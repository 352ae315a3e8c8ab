"""Attacks on those who read mail: what is sent, and what must come of it.

An Attack is one message with its envelope; want says how it ends:
  "refused RULE"    gatepost refuses it, for that rule of policy
  "mta"             the MTA itself does, whatever it answers
  "METHOD=RESULT [PROPERTY=VALUE]..., ..."
                    it is delivered, and the header states these results, each once
Behind both MTAs; a dict tells what differs, by the MTA's name.
"""
import re

import authres

from . import arrival, tap, world

VICTIM = "legit.example"  # publishes p=reject, and nobody here may send for it
OWN = "own.example"
# What no header may say, whatever was sent: that the victim, or we, were behind it.
NEVER = ("dmarc", "header.from"), ("dkim", "header.d"), ("spf", "smtp.mailfrom")


class Attack:
    def __init__(self, name, message, want, sender="any@attacker.example", helo="attacker.example", genuine=False,
                 parameters=None, marked=None):
        """
        genuine: a signature of the victim's is in it that is good, and may be called so;
        marked: the rule in X-Gatepost-Policy, where it is delivered.
        """
        self.name, self.message, self.sender, self.helo = name, message, sender, helo
        self.want = want[world.MTA] if isinstance(want, dict) else want
        self.marked = marked[world.MTA] if isinstance(marked, dict) else marked
        self.genuine = genuine
        self.parameters = world.UTF8 if parameters is None else parameters

    def __str__(self):
        return self.name


def try_on(here, attack, **who):
    """Sends it from outside and insists on its end; the delivery where there is one."""
    recipient = here.address()
    here.daemon.mark()
    code, text = sent(here, attack, recipient, dict(world.OUTSIDE, **who))
    if attack.want == "mta":
        assert code // 100 in (4, 5), "the MTA took it (%d %s)" % (code, text)
        tap.equal([l for l in here.daemon.lines()[here.daemon._mark:] if "action=accept" in l], [], "accepted")
        return None
    if attack.want.startswith("refused "):
        tap.equal(code // 100, 5, "reply (%d %s)" % (code, text))
        record = here.log_of_last()
        tap.equal((record["action"], record.get("rule")), ("reject", attack.want.split()[1]))
        return None
    tap.equal(code, 250, "reply (%s)" % text)
    delivery = here.sink.to(recipient)[0]
    insist_truth(here, attack, delivery)
    return delivery


def sent(here, attack, recipient, who):
    with here.mta.session(**who) as client:
        if attack.helo is not None:
            code, text = client.command(b"EHLO " + octets(attack.helo))
            if code != 250:
                return code, text
        code, text = client.command(b"MAIL FROM:<" + octets(attack.sender) + b"> " + attack.parameters.encode())
        if code != 250:
            return code, text
        code, text = client.rcpt(recipient)
        return client.data(attack.message) if code == 250 else (code, text)


def octets(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def insist_truth(here, attack, delivery):
    """One field of ours, which an independent parser reads as we do, and which says what it should."""
    got = arrival.Arrival(delivery)
    ours = [v for v in delivery.fields("Authentication-Results") if octets(arrival.ID) in v]
    tap.equal(len(ours), 1, "results of ours")
    assert len(delivery.fields("From")) <= 1, "several From fields: %s" % delivery.fields("From")
    insist_parsed_alike(got)
    if not attack.genuine:
        for method, name in NEVER:
            for result in got.of(method):
                value = result.properties.get(name, "").rpartition("@")[2].lower().rstrip(".")
                lies = result.result == "pass" and re.search(r"(^|\.)(%s|%s)$" % (VICTIM, OWN), value)
                assert not lies, "it says %s" % (result,)
    for wanted in filter(None, attack.want.split(", ")):
        insist_result(got, wanted)
    value = [arrival.unfolded(v) for v in delivery.fields("X-Gatepost-Policy")]
    tap.equal([re.search(r"rule=(\w+)", v).group(1) for v in value], [attack.marked] if attack.marked else [], "marks")
    tap.equal(delivery.fields("DKIM-Signature") if b"DKIM-Signature" not in attack.message else [], [], "signatures")


def insist_parsed_alike(got):
    parsed = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + got.field)
    tap.equal(parsed.authserv_id, arrival.ID, "authserv-id")
    tap.equal([(r.method, r.result) for r in parsed.results], [(r.method, r.result) for r in got.results], got.field)
    for theirs, mine in zip(parsed.results, got.results):
        found = {"%s.%s" % (p.type, p.name): p.value.rstrip() for p in theirs.properties}
        # authres leaves quoted pairs as they are
        tap.equal(found, {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in mine.properties.items()},
                  got.field)


def insist_result(got, wanted):
    words = wanted.split(" ")
    method, result = words[0].split("=")
    pairs = dict(w.split("=", 1) for w in words[1:])
    found = [r for r in got.of(method) if all(r.properties.get(n) == v for n, v in pairs.items())]
    tap.equal([r.result for r in found], [result], "%s (%s)" % (wanted, got.field))
