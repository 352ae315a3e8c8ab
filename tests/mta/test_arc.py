#!/usr/bin/python3
"""ARC behind a real MTA: what arrives is validated, and what goes on is sealed.

Others made the chains that come in (dkimpy, Mail::DKIM), and judge those that go out."""
import base64
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import arc, arrival, gatepost, proc, tap, world
from mta.arc import instances, set_of, tags
from mta.world import plain

KEYS = [("example.com", "r1", "rsa"), ("first.example", "r1", "rsa"), ("second.example", "r1", "rsa")]
OURS = [("seal.example", "e1", "ed25519"), ("seal.example", "r1", "rsa"), ("seal.example", "r2", "rsa"),
        ("ed.example", "e1", "ed25519")]
SEAL = {"arc_seal_domain": "seal.example"}
FORMS = ("relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed")
SET = [b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results"]


def records(zone):
    zone.add_txt("example.com", "v=spf1 ip4:192.0.2.1 ip4:127.0.0.0/8 -all")
    zone.add_txt("_dmarc.example.com", "v=DMARC1; p=none")


_world = []
_others = []


def w():
    if not _world:
        _world.append(arrival.Arrivals(KEYS, records, ours=OURS))
        _others.append(arc.Others(_world[0].keys))
    return _world[0]


def others():
    w()
    return _others[0]


def base(**options):
    w().configure(**options)
    return w()


def reply_to(here, message, recipients, sender="ann@example.com"):
    """Sends a message from outside; (code, text)."""
    here.daemon.mark()
    return here.mta.send(message, sender, recipients, "BODY=8BITMIME", **world.OUTSIDE)


def receive(here, message, recipients=None):
    recipients = recipients or [here.address()]
    code, text = reply_to(here, message, recipients)
    tap.equal(code, 250, text)
    return here.sink.to(recipients[0])[0]


def results_of(delivery):
    """The one Authentication-Results field of ours, parsed: (raw value, results by method)."""
    raw = delivery.fields("Authentication-Results")
    ours = [v for v in raw if arrival.parse(arrival.unfolded(v))[0] == arrival.ID]
    tap.equal(len(ours), 1, "results of ours")
    return ours[0], {r.method: r.result for r in arrival.parse(arrival.unfolded(ours[0]))[1]}


def sealed(here, delivery, instance, cv, chain="pass", by=("seal.example", "r1")):
    """Insists on a set of ours with that instance and status, on top, and on what others say."""
    seal, message, results = set_of(delivery, instance)
    want = {"i": str(instance), "cv": cv, "d": by[0], "s": by[1], "a": "rsa-sha256"}
    got = tags(seal)
    tap.equal({k: got[k] for k in want}, want)
    tap.equal([n for n, _ in delivery.fields()][:3], SET)
    tap.equal([v for _, v in delivery.fields()][:3], [seal, message, results])
    mine = results_of(delivery)[0]
    tap.equal(arrival.unfolded(results), "i=%d; %s" % (instance, arrival.unfolded(mine)))
    others().insist(delivery.data, chain)
    line = here.log_of_last()
    tap.equal((line["sealed"], line["seal_key"], line["seal_instance"]), (*by, str(instance)))


def untouched(here, delivery, reason, before=b""):
    """Insists on no set but those that were there, and on the reason in the log."""
    names = [n.lower() for n, _ in delivery.fields() if n.lower().startswith(b"arc-")]
    tap.equal(len(names), len(re.findall(rb"(?im)^arc-", before)))
    line = here.log_of_last()
    assert "sealed" not in line, line
    if reason is None:
        assert "unsealed" not in line, line
    else:
        assert re.search(reason, line["unsealed"]), line


# ---- sealing: one set, chains, all forms ----

@tap.limit(120)
@tap.cases(*FORMS)
def test_B60_first_set(form):
    here = base(canonicalization=form, **SEAL)
    got = receive(here, plain())
    sealed(here, got, 1, "none")
    tap.equal(tags(set_of(got, 1)[1])["c"], form)


ODD = (b"Subject:  two  spaces \t\r\n\tand a fold\r\nX-Other: x\r\n"
       b"Message-ID:\r\n <odd@example.com>\r\n")


@tap.limit(120)
@tap.cases(*FORMS)
def test_B60_long_results_and_odd_spaces(form):
    """Several results, so that all three fields are folded; odd spaces in what is signed."""
    here = base(canonicalization=form, **SEAL)
    message = re.sub(rb"(?m)^(Subject|Message-ID):.*\r\n", b"", plain(body=b"a  b \r\n\r\n \t\r\n\r\n"))
    for selector in range(4):
        message = (b"DKIM-Signature: v=1; a=rsa-sha256; d=d%d.example.com; s=s; h=from; bh=; b=\r\n"
                   % selector) + message
    got = receive(here, ODD + message)
    sealed(here, got, 1, "none")
    assert len(set_of(got, 1)[2].split(b"\r\n")) > 5, set_of(got, 1)[2]
    assert "dkim-signature:dkim-signature" in tags(set_of(got, 1)[1])["h"]


@tap.limit(120)
@tap.cases(*[("%s, %s" % (sealer, form), sealer, form) for sealer in ("dkimpy", "perl")
             for form in ("relaxed/relaxed", "simple/simple")])
def test_B56_after_a_chain_of_two(case):
    _, sealer, form = case
    here = base(canonicalization=form, **SEAL)
    seal = getattr(others(), "seal_" + sealer)
    message = seal(seal(plain(), "first.example"), "second.example", cv="pass")
    others().insist(message, "pass")
    got = receive(here, message)
    tap.equal(results_of(got)[1]["arc"], "pass")
    tap.equal(instances(got), [3, 2, 1])
    sealed(here, got, 3, "pass")


def test_B56_broken_chain():
    """Ours says so, covers nothing but itself, and ends it: nobody, we neither, seals on."""
    here = base(**SEAL)
    message = others().seal_dkimpy(plain(), "first.example").replace(b"Subject: ", b"Subject: changed ")
    got = receive(here, message)
    tap.equal(results_of(got)[1]["arc"], "fail")
    sealed(here, got, 2, "fail", "fail")
    own_set_only(here, got, 2)
    stripped = got.data.split(b"\r\n\r\n")[0]
    again = receive(here, got.data)
    tap.equal(results_of(again)[1]["arc"], "fail")
    untouched(here, again, "failed already", stripped)


def own_set_only(here, delivery, instance):
    """Verifies our seal by hand over our own set alone (5.1.2): openssl and nothing of ours."""
    seal, message, results = set_of(delivery, instance)
    fields = [(b"arc-authentication-results", results), (b"arc-message-signature", message),
              (b"arc-seal", re.sub(rb"(;\s*b=)[^;]*", rb"\1", seal))]
    data = b"\r\n".join(n + b":" + b" ".join(arc.unfolded(v).split()) for n, v in fields)
    folder = proc.folder("gp-seal-")
    for name, octets in (("sig", base64.b64decode(tags(seal)["b"])), ("data", data)):
        with open(os.path.join(folder, name), "wb") as out:
            out.write(octets)
    public = os.path.join(folder, "public")
    subprocess.run(["openssl", "pkey", "-in", here.own.path("seal.example", "r1"), "-pubout", "-out",
                    public], check=True)
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature",
                    os.path.join(folder, "sig"), os.path.join(folder, "data")], check=True,
                   stdout=subprocess.DEVNULL)


def test_sealed_twice_here():
    """Two hosts of one site: the second one's set stands above the first one's."""
    here = base(**SEAL)
    first = receive(here, plain())
    second = receive(here, first.data)
    tap.equal(instances(second), [2, 1])
    sealed(here, second, 2, "pass")


@tap.limit(300)
def test_fifty_sets():
    """The 51st is not added, and the chain of fifty stays as it is."""
    here = base(**SEAL)
    here.keys.add("short.example", "r1", "rsa", 1024)  # dkimpy computes by itself, and slowly
    here.server.restart()
    message = plain()
    for i in range(50):
        message = others().seal_dkimpy(message, "short.example", cv="pass" if i else "none")
    others().insist(message, "pass")
    got = receive(here, message)
    tap.equal(results_of(got)[1]["arc"], "pass")
    untouched(here, got, "as many ARC sets", message)


# ---- where the status comes from ----

FORGED = (b"Authentication-Results: mx.example.com; dmarc=fail; arc=pass policy.sealer=first.example\r\n",
          b"Authentication-Results: other.example; arc=pass\r\n",
          b"Authentication-Results: mx.example.com; arc=fail\r\n",
          b"ARC-Results: arc=fail\r\nX-ARC-Seal: i=1; cv=fail\r\n")


@tap.cases(*enumerate(FORGED))
def test_B57_no_chain_but_results_that_say_so(case):
    _, field = case
    here = base(**SEAL)
    got = receive(here, field + plain())
    assert "arc" not in results_of(got)[1]
    sealed(here, got, 1, "none")


def test_B57_good_chain_with_bad_dmarc():
    here = base(**SEAL)
    message = FORGED[2] + others().seal_dkimpy(plain("nobody.example"), "first.example")
    got = receive(here, message)
    tap.equal(results_of(got)[1]["arc"], "pass")
    sealed(here, got, 2, "pass")


# ---- broken sets ----

NAMES = ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results")
VALUES = ("0", "51", "100", "-1", "", "x", "1x", "99999999999999999999", "\x01", "2147483648", "4294967297")
_chain = []


def good_chain():
    if not _chain:
        _chain.append(others().seal_dkimpy(others().seal_dkimpy(plain(), "first.example"),
                                           "second.example", cv="pass"))
    return _chain[0]


def split(message):
    head, _, body = message.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", head), body


def joined(fields, body):
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


def is_of(field, name, instance):
    head, _, value = field.partition(b":")
    return head.decode() == name and re.search(rb"(?:^|[;\s])i=%d\b" % instance, arc.unfolded(value))


def missing(message, name, instance):
    fields, body = split(message)
    return joined([f for f in fields if not is_of(f, name, instance)], body)


def doubled(message, name, instance):
    fields, body = split(message)
    return joined([g for f in fields for g in ([f, f] if is_of(f, name, instance) else [f])], body)


def numbered(message, name, instance, text):
    fields, body = split(message)
    return joined([re.sub(rb"\bi=%d\b" % instance, b"i=" + text.encode(), f, count=1)
                   if is_of(f, name, instance) else f for f in fields], body)


def gap(message):
    """1, 3."""
    for name in NAMES:
        message = numbered(message, name, 2, "3")
    return message


JUNK = [
    ("seal x", b"ARC-Seal: x\r\n"), ("seal without tags", b"ARC-Seal: i=1; none\r\n"),
    ("empty seal", b"ARC-Seal:\r\n"), ("empty results", b"ARC-Authentication-Results:\r\n"),
    ("results with null", b"ARC-Authentication-Results: i=1; mx.example.com; (null)=pass\r\n"),
    ("long b", b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=first.example; s=r1; b=" + b"A" * 60000 + b"\r\n"),
    ("long b, folded", b"ARC-Message-Signature: i=1; a=rsa-sha256; d=first.example; s=r1; h=from; bh=x;\r\n b="
     + b"QUJD" * 16 + b"\r\n " * 1 + b"\r\n ".join([b"QUJD" * 18] * 400) + b"\r\n"),
    ("odd bytes", b"ARC-Seal: i=1; a=\xff\xfe; \x80=\x01; cv=none\r\n"),
    ("many seals", b"".join(b"ARC-Seal: i=%d; cv=pass; a=rsa-sha256; d=first.example; s=r1; b=QQ==\r\n" % i
                            for i in range(1, 300))),
    ("ends itself", b"ARC-Seal: i=1; a=rsa-sha256; cv=fail; d=first.example; s=r1; b=QQ==\r\n"),
]


def broken():
    """(name, function of the good chain of two, how it is sealed)."""
    for name in NAMES:
        for instance in (1, 2):
            yield "no %s at %d" % (name, instance), lambda m, n=name, i=instance: missing(m, n, i)
            yield "two %s at %d" % (name, instance), lambda m, n=name, i=instance: doubled(m, n, i)
            for text in VALUES:
                yield ("%s at %d becomes %r" % (name, instance, text),
                       lambda m, n=name, i=instance, t=text: numbered(m, n, i, t))
    yield "gap", gap
    yield "only the results at 2", lambda m: missing(missing(m, NAMES[0], 2), NAMES[1], 2)
    for name, junk in JUNK:
        yield name, lambda m, j=junk: j + plain()
        yield name + " above a chain", lambda m, j=junk: j + m


BROKEN = list(broken())


@tap.limit(300)
@tap.cases("sealing", "not sealing")
def test_B58(how):
    """Each of the three fields missing, doubled and misnumbered, gaps, junk: arc=fail, and no more."""
    here = base(**(SEAL if how == "sealing" else {}))
    pid = here.daemon.pid("gate")
    for name, change in BROKEN:
        message = change(good_chain())
        assert message != good_chain(), name
        got = receive(here, message)
        tap.equal(results_of(got)[1].get("arc"), "fail", name)
        tap.equal(got.body, split(message)[1], name)
        if how == "sealing":
            seals_failure(here, got, name)
        else:
            untouched(here, got, None, message.partition(b"\r\n\r\n")[0])
    tap.equal(here.daemon.pid("gate"), pid, "the gate")
    for program, verdict in others().verdicts(got.data).items():
        assert verdict != "pass", program


def seals_failure(here, got, name):
    """What failed is sealed as failed, or, where it cannot be continued, left alone."""
    line = here.log_of_last()
    if "unsealed" in line:
        assert re.search("failed already|as many ARC sets", line["unsealed"]), (name, line)
        return
    seal, _, _ = set_of(got, int(line["seal_instance"]))
    tap.equal(tags(seal)["cv"], "fail", name)
    own_set_only(here, got, int(line["seal_instance"]))


@tap.cases("4096", "8192")
def test_B58_seal_by_a_long_key(bits):
    here = base(**SEAL)
    here.keys.add("long.example", "r" + bits, "rsa", int(bits))
    here.server.restart()
    message = others().seal_dkimpy(plain(), "long.example", "r" + bits)
    got = receive(here, message)
    tap.equal(results_of(got)[1]["arc"], "pass")
    sealed(here, got, 2, "pass")


# ---- for whom ----

@tap.cases(
    ("all", ["*"], ["a@sink.example.net"], True),
    ("nobody of these", ["other.example"], ["a@sink.example.net"], False),
    ("domain", ["sink.example.net"], ["b@SINK.example.net"], True),
    ("domain is not below", ["example.net"], ["c@sink.example.net"], False),
    ("below", [".example.net"], ["d@sink.example.net"], True),
    ("below is not itself", [".sink.example.net"], ["e@sink.example.net"], False),
    ("address", ["List@sink.example.net"], ["list@sink.example.net"], True),
    ("another address", ["list@sink.example.net"], ["f@sink.example.net"], False),
    ("not these", ["*", "!sink.example.net"], ["g@sink.example.net"], False),
    ("not these but that", ["!sink.example.net", "h@sink.example.net"], ["h@sink.example.net"], True),
    ("one of several", ["i@sink.example.net"], ["j@sink.example.net", "i@sink.example.net"], True),
    ("U-label", ["b\u00fccher.example"], ["k@xn--bcher-kva.example"], True))
def test_for_whom(case):
    _, wanted, recipients, seal = case
    here = base(arc_seal_for=wanted, **SEAL)
    here.sink.clear()
    got = receive(here, plain(), recipients)
    if seal:
        sealed(here, got, 1, "none")
    else:
        untouched(here, got, None)


def test_off_unless_configured():
    here = base()
    got = receive(here, plain())
    untouched(here, got, None)


def test_our_own_mail_is_not_sealed():
    here = base(**SEAL)
    got = here.send(plain("ed.example"))
    tap.equal(got.fields("ARC-Seal"), [])
    tap.equal(len(got.fields("DKIM-Signature")), 1)


def test_results_and_received_spf_below():
    here = base(received_spf=True, **SEAL)
    got = receive(here, plain())
    tap.equal([n for n, _ in got.fields()][:6],
              SET + [b"Authentication-Results", b"Received-SPF", b"Received"])


# ---- mail that a list manager brings back ----

LISTS = {"arc_list_daemons": ["ORIGINATING", "reinject"], "reinjection_daemons": ["reinject"], **SEAL}


def as_list(message):
    """What a mailing list does to a message."""
    head, _, body = message.partition(b"\r\n\r\n")
    head = head.replace(b"\r\nSubject: ", b"\r\nSubject: [list] ")
    return head + b"\r\nList-Id: <list.example>\r\n\r\n" + body + b"-- \r\nfooter\r\n"


def from_list(here, message, port=None, who=world.INSIDE):
    return here.send(message, "list-bounces@seal.example", port=port or here.mta.submission, who=who)


def continued(here, before, after, instance):
    """Insists on one more set, with what was sealed at arrival, and that others find the chain good."""
    tap.equal(instances(after), list(range(instance, 0, -1)))
    seal, _, results = set_of(after, instance)
    tap.equal((tags(seal)["cv"], tags(seal)["d"]), ("pass", "seal.example"))
    tap.equal(arrival.unfolded(results).partition(";")[2],
              arrival.unfolded(set_of(before, instance - 1)[2]).partition(";")[2])
    tap.equal([n for n, _ in after.fields()][:3], SET)
    others().insist(after.data, "pass")
    tap.equal(here.log_of_last()["seal_instance"], str(instance))


@tap.cases(*[("%s, %s" % (port, form), port, form) for port in ("submission", "reinject") for form in FORMS])
def test_list_changes_what_was_sealed(case):
    _, port, form = case
    here = base(canonicalization=form, **LISTS)
    before = receive(here, others().seal_dkimpy(plain(), "first.example"))
    changed = as_list(before.data)
    others().insist(changed, "fail")
    after = from_list(here, changed, getattr(here.mta, port))
    continued(here, before, after, 3)
    tap.equal(after.body, changed.partition(b"\r\n\r\n")[2])


def test_list_mail_of_our_own_domain_is_signed_too():
    """A list that writes itself into From: the signatures stand below the set."""
    here = base(**LISTS)
    before = receive(here, plain("nobody.example"))
    munged = as_list(before.data).replace(b"@nobody.example", b"@seal.example")
    after = from_list(here, munged)
    continued(here, before, after, 2)
    here.verifiers.insist(after.data, "seal.example", ["rsa", "rsa", "ed25519"])


def test_list_with_another_key_by_now():
    here = base(**LISTS)
    before = receive(here, plain())
    here.configure(arc_seal_selector="r2", **LISTS)
    after = from_list(here, as_list(before.data))
    tap.equal(tags(set_of(after, 2)[0])["s"], "r2")
    continued(here, before, after, 2)


def test_list_mail_without_a_chain():
    here = base(**LISTS)
    got = from_list(here, plain())
    untouched(here, got, None)


@tap.cases(
    ("results", lambda m: m.replace(b"spf=pass", b"spf=fail").replace(b"dmarc=fail", b"dmarc=pass"), "does not hold"),
    ("seal", lambda m: m.replace(b"ARC-Seal: i=1; a=rsa-sha256; cv=none;", b"ARC-Seal: i=1; a=rsa-sha256; cv=none; x=y;"),
     "does not hold"),
    ("message signature", lambda m: m.replace(b"c=relaxed/relaxed", b"c=relaxed/simple"), "does not hold"),
    ("one field less", lambda m: missing(m, "ARC-Authentication-Results", 1), "."),
    ("a set of a stranger on top", lambda m: others().seal_dkimpy(m, "second.example", cv="pass"), "not ours"),
    ("our name on top", lambda m: m.replace(b"s=r1", b"s=e1"), "not ours"))
def test_list_mail_with_a_chain_that_is_not_what_we_sealed(case):
    _, change, reason = case
    here = base(**LISTS)
    before = receive(here, plain())
    changed = change(as_list(before.data))
    assert changed != as_list(before.data)
    got = from_list(here, changed)
    untouched(here, got, reason, changed.partition(b"\r\n\r\n")[0])


@tap.cases(("outside client", world.OUTSIDE, LISTS),
           ("no such daemon", world.INSIDE, {**LISTS, "arc_list_daemons": ["other"]}))
def test_what_comes_from_no_list_is_not_continued(case):
    """Whoever has a sealed message may change it, but we do not seal that as good."""
    _, who, options = case
    here = base(**options)
    before = receive(here, plain())
    got = from_list(here, as_list(before.data), who=who)
    seals = [tags(v) for v in got.fields("ARC-Seal")]
    assert [t["i"] for t in seals if t["cv"] == "pass"] == [], seals
    assert set(others().verdicts(got.data).values()) <= {"fail", "none"}


def test_list_while_the_signer_does_not_answer():
    here = base(signer_timeout=1, **LISTS)
    before = receive(here, plain())
    pid = here.daemon.pid("signer")
    os.kill(pid, signal.SIGSTOP)
    try:
        here.send(as_list(before.data), port=here.mta.submission, want=451)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert here.log_of_last()["unsealed"]


# ---- keys ----

def test_selector():
    here = base(arc_seal_selector="r2", **SEAL)
    sealed(here, receive(here, plain()), 1, "none", by=("seal.example", "r2"))


def fails_to_start(options):
    """gatepost's complaints, by --check and at start."""
    here = w()
    path = os.path.join(proc.folder("gp-conf-"), "bad.conf")
    lines = {"listen": ["inet:%d@127.0.0.1" % proc.free_port()], "keys_dir": here.own.dir, "user": "root"}
    with open(path, "w") as out:
        out.write("# a comment\n" + gatepost.written({**lines, **options}))
    said = []
    for arguments in (["--check"], []):
        run = subprocess.run([gatepost.program(), "-c", path, *arguments], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=proc.patience(30))
        tap.equal(run.returncode, 1, run.stdout)
        said.append(run.stdout.decode())
    return path, said


@tap.cases(
    ("no key", {"arc_seal_domain": "none.example"}, "5: arc_seal_domain: expected a domain that has an RSA key"),
    ("only Ed25519", {"arc_seal_domain": "ed.example"}, "5: arc_seal_domain: expected a domain that has an RSA key"),
    ("no such selector", {"arc_seal_domain": "seal.example", "arc_seal_selector": "r3"},
     "6: arc_seal_selector: expected the selector of an RSA key of seal.example"),
    ("selector of Ed25519", {"arc_seal_domain": "seal.example", "arc_seal_selector": "e1"},
     "6: arc_seal_selector: expected the selector"),
    ("no domain", {"arc_seal_for": ["*"]}, "5: arc_seal_for: expected arc_seal_domain too"),
    ("nothing verified", {"arc_seal_domain": "seal.example", "verify": False},
     "5: arc_seal_domain: expected verify = true"),
    ("bad recipient", {"arc_seal_domain": "seal.example", "arc_seal_for": ["@x"]}, "6: arc_seal_for: expected"))
def test_refused_at_start(case):
    _, options, complaint = case
    path, said = fails_to_start(options)
    for text in said:
        assert "%s:%s" % (path, complaint) in text, text


def test_refused_at_reload():
    """The old configuration stays in force, and mail goes on being sealed."""
    here = base(**SEAL)
    line = here.daemon.reload(arc_seal_domain="ed.example")
    assert "refused" in line, line
    assert re.search(r"gatepost\.conf:\d+: arc_seal_domain: expected a domain", here.daemon.text())
    sealed(here, receive(here, plain()), 1, "none")
    here.daemon.reload(**SEAL)


# ---- the signer is away ----

@tap.cases(("tempfail", 451), ("reject", 550), ("accept", 250))
def test_signer_does_not_answer(case):
    choice, code = case
    here = base(on_seal_failure=choice, signer_timeout=1, **SEAL)
    pid = here.daemon.pid("signer")
    recipient = here.address()
    os.kill(pid, signal.SIGSTOP)
    try:
        got = reply_to(here, plain(), [recipient])
    finally:
        os.kill(pid, signal.SIGCONT)
    tap.equal(got[0], code, got[1])
    line = here.log_of_last()
    assert line["unsealed"], line
    assert "sealed" not in line, line
    if code == 250:
        delivered = here.sink.to(recipient)[0]
        tap.equal(delivered.fields("ARC-Seal"), [])
        tap.equal(results_of(delivered)[1]["dmarc"], "pass")
    time.sleep(1)
    sealed(here, receive(here, plain()), 1, "none")


def test_chain_whose_keys_cannot_be_had():
    """It is not sealed as failed: others may still get an answer."""
    here = base(message_dns_timeout=1, **SEAL)
    message = others().seal_dkimpy(plain(), "first.example")
    os.kill(here.server.pid, signal.SIGSTOP)
    try:
        here.daemon.hup()
        got = receive(here, message.replace(b"s=r1", b"s=r9"))
    finally:
        os.kill(here.server.pid, signal.SIGCONT)
    untouched(here, got, "cannot be judged", message)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
