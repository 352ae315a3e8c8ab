#!/usr/bin/python3
"""Authentication-Results through a real MTA: forged fields go, others' stay, ours is at the top."""
import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import arrival, gatepost, milter, signers, tap, verify, world
from mta.arrival import CLIENT
from mta.world import OUTSIDE, plain, signatures

KEYS = [("example.com", "r1", "rsa"), ("list.example", "r1", "rsa")]
OURS = [("ours.example", "r1", "rsa")]
NAME = b"Authentication-Results"

FORGED = [
    ("plain", b"Authentication-Results: mx.example.com; dkim=pass header.d=bank.example"),
    ("case of the id", b"Authentication-Results: MX.Example.COM; spf=pass"),
    ("case of the name", b"AUTHENTICATION-results: mx.example.com; spf=pass"),
    ("quoted", b"Authentication-Results: \"mx.example.com\"; spf=pass"),
    ("quoted pair", b"Authentication-Results: \"mx\\.exam\\ple.com\"; spf=pass"),
    ("comment before", b"Authentication-Results: (a; \"b\" (c)) mx.example.com; spf=pass"),
    ("comment after", b"Authentication-Results: mx.example.com (mine); spf=pass"),
    ("comment touching", b"Authentication-Results:(x)mx.example.com(y);spf=pass"),
    ("folded at once", b"Authentication-Results:\r\n mx.example.com; spf=pass"),
    ("folded within", b"Authentication-Results: mx.example.com\r\n\t; spf=pass"),
    ("folds and comments", b"Authentication-Results:\r\n\t(a)\r\n (b\r\n c) mx.example.com\r\n (d);\r\n\tdkim=pass"),
    ("version", b"Authentication-Results: mx.example.com 1; spf=pass"),
    ("version in comments", b"Authentication-Results: mx.example.com (v) 1 (x); spf=pass"),
    ("trailing dot", b"Authentication-Results: mx.example.com.; spf=pass"),
    ("quoted, trailing dot", b"Authentication-Results: \"mx.example.com.\"; spf=pass"),
    ("space before colon", b"Authentication-Results : mx.example.com; spf=pass"),
    ("tab before colon", b"Authentication-Results\t: mx.example.com; spf=pass"),
    ("spaces before colon", b"authentication-results  \t : mx.example.com; spf=pass"),
    ("no space after colon", b"Authentication-Results:mx.example.com;spf=pass"),
    ("tabs", b"Authentication-Results:\t\tmx.example.com\t;\tspf=pass"),
    ("none", b"Authentication-Results: mx.example.com; none"),
    ("only the id", b"Authentication-Results: mx.example.com"),
    ("encoded word", b"Authentication-Results: =?utf-8?q?mx=2Eexample=2Ecom?=; spf=pass"),
    ("unclosed comment", b"Authentication-Results: (mx.example.com; spf=pass"),
    ("unclosed quote", b"Authentication-Results: \"mx.example.com; spf=pass"),
    ("semicolon first", b"Authentication-Results: ; mx.example.com; spf=pass"),
    ("long", b"Authentication-Results: mx.example.com;" + b"\r\n\tdkim=pass header.d=bank.example;" * 40
     + b"\r\n\tspf=pass"),
]
FOREIGN = [
    ("other", b"Authentication-Results: list.example.org; dkim=pass header.d=mx.example.com"),
    ("longer at the end", b"Authentication-Results: mx.example.com.evil.example; spf=pass"),
    ("longer at the beginning", b"Authentication-Results: smx.example.com; spf=pass"),
    ("below", b"Authentication-Results: a.mx.example.com; spf=pass"),
    ("our id in a comment", b"Authentication-Results: other.example (mx.example.com); spf=pass"),
    ("our id in a value", b"Authentication-Results: \"other.example\"; spf=pass smtp.helo=mx.example.com"),
    ("B94 without an id", b"Authentication-Results: dkim=pass header.d=bank.example"),
    ("B94 semicolon in a comment", b"Authentication-Results: other.example;\r\n spf=pass (x; y=z (\"; mx.example.com)) a.b=c"),
    ("B94 nested comments", b"Authentication-Results: (a (b (c))) other.example (d (e)); dkim=none"),
    ("odd spaces", b"authentication-RESULTS:   other.example  ;  spf=pass\t"),
    ("folded", b"Authentication-Results:\r\n\tother.example;\r\n\t spf=pass"),
    ("another name", b"X-Authentication-Results: mx.example.com; spf=pass"),
    ("another name that begins alike", b"Authentication-Results-Original: mx.example.com; dkim=pass"),
    ("ARC", b"ARC-Authentication-Results: i=1; mx.example.com; dkim=pass"),
]

_world = []


def w():
    if not _world:
        _world.append(arrival.Arrivals(KEYS, ours=OURS, reinjection_daemons=["reinject"]))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


def others(got):
    """The fields of the message below ours and Postfix's, byte for byte."""
    lines = got.delivery.head.split(b"\r\n")
    fields = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\r\n" + line
        elif line:
            fields.append(line)
    start = next(i for i, f in enumerate(fields) if f.lower().startswith(b"received:"))
    return fields[start + 1:]


def is_results(field):
    return field.partition(b":")[0].rstrip().lower() == NAME.lower()


def shuffled(fields, seed):
    mixed = list(fields)
    random.Random(seed).shuffle(mixed)
    return mixed


def message_of(fields):
    return b"".join(f + b"\r\n" for f in fields) + plain()


REST = plain().partition(b"\r\n\r\n")[0].split(b"\r\n")


def insist_only(got, kept):
    """The message has these fields and the ordinary ones, nothing else and in this order; and our one."""
    tap.equal(others(got), list(kept) + REST)
    tap.equal(got.names.count(NAME.lower()), 1 + sum(map(is_results, kept)))
    tap.equal(got.one("dkim").result, "none")


@tap.cases(*FORGED)
def test_forged(case):
    name, field = case
    here = base()
    got = here.receive(message_of([field]))
    insist_only(got, [])
    tap.equal(here.log_of_last()["forged_results"], "1")


@tap.cases(*FOREIGN)
def test_foreign(case):
    _, field = case
    here = base()
    got = here.receive(message_of([field]))
    insist_only(got, [field])
    assert "forged_results" not in here.log_of_last()


@tap.cases(1, 2, 3, 4, 5, 6)
def test_B62_all_forms_between_others(seed):
    mixed = shuffled([f for _, f in FORGED + FOREIGN], seed)
    here = base()
    got = here.receive(message_of(mixed))
    insist_only(got, [f for f in mixed if f in [x for _, x in FOREIGN]])
    tap.equal(here.log_of_last()["forged_results"], str(len(FORGED)))


def test_B62_numbers_2_3_5_8():
    fields = [b"Authentication-Results: n%d.example; spf=pass" % i for i in range(1, 9)]
    for number, form in ((2, 2), (3, 5), (5, 11), (8, 13)):
        fields[number - 1] = FORGED[form][1]
    got = base().receive(message_of(fields))
    insist_only(got, [fields[i - 1] for i in (1, 4, 6, 7)])


@tap.limit(180)
def test_B62_hundreds():
    forged = [f.replace(b"spf=pass", b"spf=pass smtp.helo=n%d.example" % i)
              for i in range(14) for _, f in FORGED]
    foreign = [b"Authentication-Results: n%d.example;\r\n  spf=pass  smtp.helo=a" % i for i in range(400)]
    mixed = shuffled(forged + foreign, 7)
    here = base()
    got = here.receive(message_of(mixed))
    kept = set(foreign)
    insist_only(got, [f for f in mixed if f in kept])
    tap.equal(here.log_of_last()["forged_results"], str(len(forged)))


@tap.cases("top", "between", "bottom")
def test_forged_in_any_place(place):
    here = base()
    message = plain()
    if place == "top":
        message = FORGED[0][1] + b"\r\n" + message
    elif place == "between":
        message = message.replace(b"Subject:", FORGED[6][1] + b"\r\nSubject:")
    else:
        message = message.replace(b"\r\n\r\n", b"\r\n" + FORGED[1][1] + b"\r\n\r\n", 1)
    insist_only(here.receive(message), [])


@tap.limit(180)
@tap.cases(("too many fields", b"X-Filler: x\r\n" * 6000), ("too many bytes", (b"X-Filler: " + b"x" * 980 + b"\r\n") * 1200))
def test_forged_below_the_limit_of_the_header(case):
    """A forged field does not survive by hiding behind more fields than are read."""
    here = base()
    message = case[1] + FORGED[0][1] + b"\r\n" + plain()
    recipient = here.address()
    here.daemon.mark()
    code, text = here.mta.send(message, "ann@example.com", [recipient], **OUTSIDE)
    tap.equal((code, text[:5]), (552, "5.3.4"))
    record = here.log_of_last()
    tap.equal((record["action"], record.get("dkim")), ("reject", None))


def test_many_foreign_fields_are_fast():
    """Thousands that begin in a way which is hard to read."""
    fields = [b"Authentication-Results: " + b"(" * 300 + b"\r\n"] * 300
    fields += [b"Authentication-Results: " + b"\"\\" * 400 + b"\r\n"] * 300
    base().receive(b"".join(fields) + plain())


# ---- where ours is, and how it is written ----

def test_B63_ours_is_above_received():
    got = base().receive(message_of([f for _, f in FOREIGN[:3]]))
    tap.equal(got.names[:3], [b"authentication-results", b"received", b"authentication-results"])


def test_B63_two_milters_in_a_row():
    here = base()
    second = gatepost.Gatepost(here.own.dir, authserv_id="second.example", resolver=here.daemon.options["resolver"])
    both = world.start_mta([here.daemon, second], here.sink)
    recipient = here.address()
    forged = b"Authentication-Results: second.example; dkim=pass\r\n" + FORGED[0][1] + b"\r\n"
    tap.equal(both.send(forged + plain(), "ann@example.com", [recipient], **OUTSIDE)[0], 250)
    delivery = here.sink.to(recipient)[0]
    tap.equal([n.lower() for n, _ in delivery.fields()][:3], [NAME.lower(), NAME.lower(), b"received"])
    ids = [arrival.parse(arrival.unfolded(v))[0] for v in delivery.fields("Authentication-Results")]
    tap.equal(ids, ["second.example", "mx.example.com"])
    tap.equal(second.stop(), 0)
    both.stop()


BROKEN = [("none", b""), ("permerror", b"DKIM-Signature: x\r\n"), ("bad tags", b"DKIM-Signature: v=1; a=\"; spf=pass (\r\n"),
          ("no key", b"DKIM-Signature: v=1; a=rsa-sha256; d=nx.example; s=x; h=from; bh=" + b"A" * 43 + b"=; b=AAAA\r\n"),
          ("fail", b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=r1; h=from; bh=" + b"A" * 43 + b"=; b=AAAA\r\n"),
          ("hostile selector", b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=\";\r\n spf=pass; h=from; bh=QQ==; b=QQ==\r\n")]


@tap.cases(*BROKEN)
def test_B03_one_space_after_the_colon(case):
    _, field = case
    got = base().receive(field + plain())
    assert re.match(rb" mx", got.raw), got.raw
    for line in got.raw.split(b"\r\n")[1:]:
        assert line[:1] in b"\t " and line.strip(), got.raw
    assert b"\n" not in got.raw.replace(b"\r\n", b""), got.raw


@tap.cases(*BROKEN)
def test_B03_without_leading_space(case):
    """An MTA that keeps the space to itself (as Sendmail may) writes it itself."""
    _, field = case
    here = base()
    client = milter.Client(("127.0.0.1", here.daemon.port), steps=0)
    client.connect()
    answer = client.message(field + plain())
    client.quit()
    values = answer.inserted("Authentication-Results")
    tap.equal([v[:15] for v in values], [b"mx.example.com;"])
    tap.equal([i for i, n, _ in answer.edits if n == "Authentication-Results"], [0])


SENDERS = ['"a;b"@example.com', '"x y"@example.com', '"; dkim=pass header.d=bank.example"@example.com', "a@[192.0.2.1]",
           "a=b@example.com", '"\\"quote\\\\"@example.com', "a/b+c@example.com"]


@tap.cases(*SENDERS)
def test_B65_sender(sender):
    import authres
    got = base().receive(plain(), sender)
    parsed = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + got.field)
    tap.equal([r.method for r in parsed.results], [r.method for r in got.results])
    tap.equal([r.result for r in parsed.results], [r.result for r in got.results])
    tap.equal([r.method for r in got.results], ["dkim", "spf", "spf", "dmarc", "iprev"])
    tap.equal(got.of("dkim")[0].result, "none")


@tap.cases("[192.0.2.9]", "a;b", "x\"y", "(c)", "mail.example.com; dkim=pass", "-", "a" * 250)
def test_B65_helo(helo):
    import authres
    got = base().receive(plain(), helo=helo)
    parsed = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + got.field)
    tap.equal([r.method for r in parsed.results], ["dkim", "spf", "spf", "dmarc", "iprev"])
    tap.equal(got.one("dkim").result, "none")


def test_lines_are_short():
    got = base().receive(BROKEN[3][1] * 5 + plain(), "someone.with.a.rather.long.name@example.com")
    for line in (b"Authentication-Results:" + got.raw).split(b"\r\n"):
        assert len(line) <= 78, line


# ---- others' results ----

def signed_with_results(field):
    """A list's signature that covers the results it wrote."""
    path = w().keys.path("list.example", "r1")
    return signers.by_hand(field + b"\r\n" + plain(), path, "list.example", "r1",
                           h="from:subject:authentication-results")


def test_B66_signatures_over_others_results_still_verify():
    here = base()
    message = signed_with_results(FOREIGN[0][1])
    got = here.receive(FORGED[0][1] + b"\r\n" + message)
    got.insist("dkim", "pass")
    after = verify.dkimpy(got.data, here.keys.zone)
    tap.equal([(r.domain, r.status) for r in after], [("list.example", "pass")])


def test_remove_authserv_ids():
    here = base(remove_authserv_ids=["old.example.com", "mx2.example.com"])
    gone = [b"Authentication-Results: OLD.example.com.; spf=pass", b"Authentication-Results: (x)\"mx2.example.com\" 1; spf=pass",
            FORGED[0][1]]
    kept = [FOREIGN[0][1], b"Authentication-Results: older.example.com; spf=pass"]
    insist_only(here.receive(message_of([gone[0], kept[0], gone[1], kept[1], gone[2]])), kept)


def test_trusted_authserv_ids():
    here = base(trusted_authserv_ids=["mx.example.com"])
    got = here.receive(message_of([FORGED[0][1], FOREIGN[0][1]]))
    tap.equal(others(got), [FORGED[0][1], FOREIGN[0][1]] + REST)
    here = base(trusted_authserv_ids=["filter.example.com"], remove_authserv_ids=["filter.example.com"])
    kept = [b"Authentication-Results: filter.example.com; spf=pass"]
    insist_only(here.receive(message_of([FORGED[1][1]] + kept)), kept)


def test_forged_results_in_mail_of_our_own():
    """A user who pretends: the field goes, and the signature is over what is left."""
    here = base()
    delivery = here.send(FORGED[0][1] + b"\r\n" + plain("ours.example"),
                         who=dict(OUTSIDE, login="ann@ours.example"))
    tap.equal(delivery.fields("Authentication-Results"), [])
    tap.equal(len(signatures(delivery)), 1)
    tap.equal(here.log_of_last()["forged_results"], "1")


# ---- B69: content filters ----

def test_B69_back_from_a_filter_on_loopback():
    here = base()
    first = here.receive(plain(), "ann@example.org")
    recipient = here.address()
    here.daemon.mark()
    tap.equal(here.mta.send(first.data, "ann@example.org", [recipient])[0], 250)
    again = here.sink.to(recipient)[0]
    tap.equal(again.fields("Authentication-Results"), [first.raw])
    tap.equal(signatures(again), [])
    record = here.log_of_last()
    tap.equal((record["dir"], record.get("dkim"), record.get("forged_results")), ("returned", None, None))
    assert "filter" in record["why"], record


def test_B69_back_by_a_reinjection_daemon():
    """Whatever address the filter's host has, and with what it has added above."""
    here = base()
    first = here.receive(plain(), "ann@example.org")
    recipient = here.address()
    here.daemon.mark()
    changed = b"X-Filter: clean\r\n" + first.data
    tap.equal(here.mta.send(changed, "ann@example.org", [recipient], port=here.mta.reinject, **OUTSIDE)[0], 250)
    again = here.sink.to(recipient)[0]
    tap.equal(again.fields("Authentication-Results"), [first.raw])
    tap.equal(signatures(again), [])
    record = here.log_of_last()
    tap.equal((record["dir"], record["why"]), ("returned", "reinjection daemon"))


def test_B69_our_results_from_outside_are_forged():
    here = base()
    first = here.receive(plain())
    again = here.receive(first.data)
    tap.equal(again.names.count(NAME.lower()), 1)
    tap.equal(here.log_of_last()["forged_results"], "1")


def test_B69_a_login_cannot_pretend_to_be_a_filter():
    here = base()
    forged = FORGED[0][1] + b"\r\n" + plain("ours.example")
    delivery = here.send(forged, who=dict(OUTSIDE, address="127.0.0.1", login="ann@ours.example"))
    tap.equal((len(signatures(delivery)), delivery.fields("Authentication-Results")), (1, []))


def test_ends_clean():
    tap.equal(w().daemon.stop(), 0)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
