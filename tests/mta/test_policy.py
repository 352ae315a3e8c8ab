#!/usr/bin/python3
"""Policy through a real MTA: what is refused, put off, held, marked or let in, and what the reply says."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(sys.path[0], "dns"))
import hostile
from mta import arc, arrival, gatepost, milter, proc, signers, tap, world
from mta.world import OUTSIDE, plain

KEYS = [("esp.example", "r1", "rsa"), ("list.example", "r1", "rsa"), ("reject.example", "r1", "rsa"),
        ("evil.example", "r1", "rsa")]
OURS = [("own.example", "r1", "rsa")]
MARK = "X-Gatepost-Policy"


def records(zone):
    zone.add_txt("pass.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("fail.example", "v=spf1 -all")
    zone.add_txt("own.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("reject.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("_dmarc.reject.example", "v=DMARC1; p=reject")
    zone.add_txt("_dmarc.quarantine.example", "v=DMARC1; p=quarantine")
    zone.add_txt("_dmarc.none.example", "v=DMARC1; p=none")
    zone.add_txt("_dmarc.sub.example", "v=DMARC1; p=none; sp=reject")
    zone.add_txt("_dmarc.testing.example", "v=DMARC1; p=reject; t=y; pct=0")
    zone.add_txt("_dmarc.m.long.example", "v=DMARC1; p=reject")
    zone.add_txt("_dmarc.long.example", "v=DMARC1; p=none; sp=quarantine")
    # published by us for the newsletter service, which has the private half
    zone.add_txt("esp._domainkey.own.example", zone.txt("r1._domainkey.esp.example"))


_world = []


def w():
    if not _world:
        _world.append(arrival.Arrivals(KEYS, records, ours=OURS))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


def answer(here, message, sender="ann@pass.example", recipients=None, who=OUTSIDE):
    """Sends a message from outside; (code, text)."""
    recipients = recipients or [here.address()]
    here.daemon.mark()
    return here.mta.send(message, sender, recipients, **who)


def refused(here, message, code, begin, rule, **options):
    """Insists on the reply and the log; the reply's text."""
    got, text = answer(here, message, **options)
    tap.note("%d %s" % (got, text))
    tap.equal((got, text[:len(begin)]), (code, begin), "reply (%s)" % text)
    line = here.log_of_last()
    action = "reject" if code >= 500 else "tempfail"
    tap.equal((line.get("rule"), line["verdict"], line["action"]), (rule, action, action), line)
    return text


def let_in(here, message, **options):
    """Insists on acceptance; (delivery, log record)."""
    recipient = here.address()
    code, text = answer(here, message, recipients=[recipient], **options)
    tap.equal(code, 250, text)
    line = here.log_of_last()
    tap.equal(line["action"], "accept", line)
    return here.sink.to(recipient)[0], line


def dmarc_of(delivery):
    values = [arrival.parse(arrival.unfolded(v))[1] for v in delivery.fields("Authentication-Results")]
    return [r for r in values[0] if r.method == "dmarc"][0]


def mark_of(delivery):
    marks = delivery.fields(MARK)
    assert len(marks) == 1, marks
    return re.sub(r"\s+", " ", marks[0].decode()).strip()


def by_us(message, selector="esp", domain="own.example", key=("esp.example", "r1"), **tags):
    return signers.by_hand(message, w().keys.path(*key), domain, selector, **tags)


# ---- DMARC ----

@tap.limit(90)
def test_B86_forged_mail_is_refused_by_default():
    here = base()
    text = refused(here, plain("reject.example"), 550, "5.7.26", "dmarc_reject")
    assert "reject.example" in text and "no aligned SPF or DKIM pass" in text, text
    delivery, line = let_in(here, plain("reject.example"), sender="ann@reject.example")
    tap.equal((dmarc_of(delivery).result, line["verdict"]), ("pass", "accept"))
    tap.equal(delivery.fields(MARK), [])


def test_quarantine_is_marked_by_default():
    here = base()
    delivery, line = let_in(here, plain("quarantine.example"))
    mark = mark_of(delivery)
    assert mark.startswith("mark; rule=dmarc_quarantine; Mail from quarantine.example"), mark
    tap.equal((line["verdict"], line["rule"]), ("mark", "dmarc_quarantine"))
    tap.equal(dmarc_of(delivery).properties["policy.disposition"], "quarantine")
    names = [n for n, _ in delivery.fields()]
    tap.equal([n.decode() for n in names[:3]], ["Authentication-Results", MARK, "Received"])


@tap.limit(90)
def test_hold():
    """In the MTA's quarantine, and as it should be when it is released."""
    here = base(on_dmarc_quarantine="hold")
    recipient = here.address()
    code, text = answer(here, plain("quarantine.example"), recipients=[recipient])
    tap.equal(code, 250, text)
    line = here.log_of_last()
    tap.equal((line["verdict"], line["rule"], line["action"]), ("hold", "dmarc_quarantine", "hold"))
    proc.wait_until(lambda: here.mta.held() == 1, proc.patience(5), "a message is held")
    time.sleep(0.5)
    tap.equal(here.sink.to(recipient, 0), [], "delivered though held")
    here.mta.release()
    delivery = here.sink.to(recipient)[0]
    assert mark_of(delivery).startswith("hold; rule=dmarc_quarantine;"), mark_of(delivery)
    tap.equal(dmarc_of(delivery).properties["policy.disposition"], "quarantine")


def test_hold_without_a_quarantine():
    here = base(on_dmarc_quarantine="hold")
    client = milter.Client(("127.0.0.1", here.daemon.port), actions=0x1FF & ~0x20)
    here.daemon.mark()
    try:
        client.connect()
        got = client.message(plain("quarantine.example"), sender="ann@pass.example")
    finally:
        client.quit()
    tap.equal((got.verdict, got.text[:9]), ("reply", "451 4.3.0"), got.text)
    line = here.log_of_last()
    tap.equal((line["verdict"], line["action"]), ("hold", "tempfail"))
    assert "no quarantine" in line["warning"], line


@tap.cases(*[(enforce, hold, p) for enforce in ("accept", "reject") for hold in ("accept", "hold")
             for p in ("none", "quarantine", "reject")])
def test_B54_the_table_of_the_manual(case):
    """on_dmarc_reject, on_dmarc_quarantine, p=: what the MTA does is what log and field say."""
    enforce, hold, p = case
    here = base(on_dmarc_reject=enforce, on_dmarc_quarantine=hold)
    want = {"none": "accept", "quarantine": hold, "reject": enforce}[p]
    before = here.mta.held()
    recipient = here.address()
    code, text = answer(here, plain(p + ".example"), recipients=[recipient])
    tap.equal(here.log_of_last()["action"], want)
    tap.equal(code, 550 if want == "reject" else 250, text)
    if want == "reject":
        return
    if want == "hold":
        proc.wait_until(lambda: here.mta.held() == before + 1, proc.patience(5), "held")
        here.mta.release()
    results = dmarc_of(here.sink.to(recipient)[0])
    tap.equal((results.result, results.properties["policy.published"]), ("fail", p))
    tap.equal(results.properties["policy.disposition"], "quarantine" if want == "hold" else "none")
    tap.equal(results.properties.get("policy.override"),
              "local_policy" if want == "accept" and p != "none" else None)


def test_mailing_list_mail_with_p_none_passes_untouched():
    message = (b"List-Id: <l.list.example>\r\nSender: l-bounces@list.example\r\n"
               + plain("none.example", body=b"Hello\r\n-- \r\na footer\r\n"))
    delivery, line = let_in(base(), message, sender="l-bounces@list.example")
    tap.equal((line["verdict"], line.get("rule"), line["dmarc"]), ("accept", None, "fail"))
    tap.equal(delivery.fields(MARK), [])
    assert delivery.data.endswith(message), "the message was changed"


def test_B45_a_pass_of_helo_is_none():
    here = base()
    message = plain("reject.example")
    with here.mta.session(**OUTSIDE) as client:
        client.ehlo("pass.example")
        here.daemon.mark()
        code, text = client.send(message, "x@nx.reject.example", [here.address()])
    tap.equal((code, text[:6]), (550, "5.7.26"), text)


def test_B45_results_in_the_message_are_none():
    forged = (b"Received-SPF: pass client-ip=192.0.2.1; envelope-from=ann@reject.example;\r\n"
              b"Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=reject.example;"
              b" dmarc=pass header.from=reject.example\r\n")
    refused(base(), forged + plain("reject.example"), 550, "5.7.26", "dmarc_reject")


@tap.cases(("B48 sp of the organizational domain", "x.y.sub.example", "reject"),
           ("B48 the domain itself", "sub.example", "accept"),
           ("B48 a nearer record that is not its own", "a.b.m.long.example", "mark"),
           ("B49 t=y takes one off, pct is ignored", "testing.example", "mark"),
           ("B49 13 labels", "a.b.c.d.e.f.g.h.i.j.k.sub.example", "reject"))
def test_policy_of_a_domain_below(case):
    _, domain, want = case
    here = base()
    code, text = answer(here, plain(domain))
    tap.equal(here.log_of_last()["verdict"], want, text)
    tap.equal(code, 550 if want == "reject" else 250)


# ---- domains of ours ----

@tap.limit(90)
def test_B87_own_domain_from_outside():
    here = base(policy_link="https://own.example/mail")
    text = refused(here, plain("own.example"), 550, "5.7.1", "own_domain")
    assert "own.example" in text and text.endswith("; see https://own.example/mail"), text
    refused(here, plain("below.own.example"), 550, "5.7.1", "own_domain")


def test_B87_own_newsletter_by_a_service():
    """Signed by the service with our domain; MAIL FROM is the service's."""
    delivery, line = let_in(base(), by_us(plain("own.example")), sender="bounce@esp.example")
    tap.equal((line["verdict"], line.get("cases")), ("accept", None))
    tap.equal(delivery.fields(MARK), [])
    changed = by_us(plain("own.example")).replace(b"Subject: ", b"Subject: changed ")
    refused(base(), changed, 550, "5.7.1", "own_domain", sender="bounce@esp.example")


def test_B87_our_user_by_a_list():
    """Changed and sent back; by default a forgery, by exemption not."""
    message = plain("own.example", body=b"Hello\r\n-- \r\na footer\r\n")
    by_list = by_us(message, "r1", "list.example", ("list.example", "r1"))
    refused(base(), by_list, 550, "5.7.1", "own_domain")
    _, line = let_in(base(exempt_dkim_domains=["list.example"]), by_list)
    tap.equal((line["verdict"], line["exempt"], line["cases"]), ("accept", "DKIM domain", "own_domain"))
    refused(base(exempt_dkim_domains=["list.example"]), message, 550, "5.7.1", "own_domain")


def sealed(message, results, domain="list.example"):
    """With a first ARC set of that domain, whose results are these."""
    import dkim
    here = w()
    others = arc.Others(here.keys)
    field = b"Authentication-Results: %s; %s\r\n" % (domain.encode(), results)
    fields = dkim.arc_sign(field + message, b"r1", domain.encode(), others._rsa(domain, "r1"),
                           domain.encode())
    return b"".join(re.sub(rb"\r?\n", b"\r\n", f.rstrip(b"\r\n")) + b"\r\n" for f in fields) + message


@tap.cases("reject.example", "own.example")
def test_B87_trusted_sealer(domain):
    """A list that has changed the message and says that it was authentic when it came there."""
    rule = {"reject.example": ("5.7.26", "dmarc_reject"), "own.example": ("5.7.1", "own_domain")}[domain]
    good = b"dmarc=pass header.from=" + domain.encode()
    message = sealed(plain(domain), good)
    here = base(trusted_arc_sealers=["list.example"])
    delivery, line = let_in(here, message)
    tap.equal((line["exempt"], line["arc"], line["verdict"]), ("trusted ARC sealer", "pass", "accept"))
    if domain == "reject.example":
        tap.equal(dmarc_of(delivery).properties["policy.override"], "trusted_forwarder")
    refused(here, message.replace(b"Subject: ", b"Subject: changed "), 550, *rule)
    refused(here, sealed(plain(domain), b"dmarc=fail header.from=" + domain.encode()), 550, *rule)
    refused(here, sealed(plain(domain), b"dmarc=pass header.from=evil.example"), 550, *rule)
    refused(here, sealed(plain(domain), good, "evil.example"), 550, *rule)
    refused(base(), message, 550, *rule)


def test_own_address_in_the_display_name():
    message = plain("pass.example").replace(b"Ann Example", b'"ceo@own.example"')
    delivery, line = let_in(base(), message)
    assert mark_of(delivery).startswith("mark; rule=own_display_name;"), mark_of(delivery)
    tap.equal(line["rule"], "own_display_name")


# ---- authors ----

@tap.cases(("B09 two From fields", b"From: a@pass.example\r\nFrom: ceo@pass.example\r\n", "several_from"),
           ("B09 two of other domains", b"From: a@pass.example\r\nFrom: b@none.example\r\n", "several_from"),
           ("two domains", b"From: a@pass.example, b@none.example\r\n", "several_from"),
           ("none", b"", "malformed_from"),
           ("B92 stray bracket", b"From: user@example.net>\r\n", "malformed_from"))
def test_no_single_author(case):
    _, field, rule = case
    message = re.sub(rb"From: .*?\r\n", field, plain(), count=1)
    refused(base(), message, 550, "5.6.0", rule)


def test_B92_quoted_pair():
    message = re.sub(rb"From: .*?\r\n", lambda _: b'From: "a \\" b" <user@pass.example>\r\n', plain(), count=1)
    _, line = let_in(base(), message)
    tap.equal((line["author"], line["verdict"]), ("pass.example", "accept"))


def test_B92_let_in_it_is_checked_all_the_same():
    here = base(on_malformed_from="accept", on_several_from="accept")
    for field, rule in ((b"From: user@reject.example>\r\n", "dmarc_reject"),
                        (b"From: ceo@own.example>\r\n", "own_domain"),
                        (b"From: a@pass.example\r\nFrom: b@reject.example\r\n", "dmarc_reject")):
        message = re.sub(rb"From: .*?\r\n", field, plain(), count=1)
        code, text = answer(here, message)
        tap.equal((code, here.log_of_last()["rule"]), (550, rule), text)
    let_in(here, plain().replace(b"ann@example.com>", b"ann@pass.example>>"))


def test_B09_at_submission():
    here = base()
    message = plain().replace(b"From: ", b"From: b@own.example\r\nFrom: ", 1)
    code, text = here.mta.send(message, "ann@own.example", [here.address()],
                           port=here.mta.submission, **world.someone("ann@own.example"))
    tap.equal((code, text[:5]), (550, "5.6.0"), text)


# ---- SPF, relaying, malformed mail ----

def test_spf_fail():
    here = base(on_spf_fail="reject")
    text = refused(here, plain("pass.example"), 550, "5.7.23", "spf_fail", sender="x@fail.example")
    assert "fail.example" in text, text
    _, line = let_in(base(), plain("pass.example"), sender="x@fail.example")
    tap.equal((line["spf"], line["cases"]), ("fail", "spf_fail"))


def test_relay_guard():
    here = base(local_domains=["own.example"])
    refused(here, plain("pass.example"), 550, "5.7.1 Relaying", "relay", recipients=["x@else.example"])
    refused(here, plain("pass.example"), 550, "5.7.1 Relaying", "relay", recipients=["x@else.example"], sender="")
    code, text = answer(here, plain("pass.example"), recipients=["x@else.example", "bob@own.example"])
    tap.equal(code, 250, text)
    code, text = here.mta.send(plain("own.example"), "ann@own.example", ["x@else.example"],
                           **world.someone("ann@own.example"))
    tap.equal(code, 250, text)


def test_malformed_mail_is_marked():
    delivery, line = let_in(base(), b"Subject: one\r\n" + plain("pass.example"))
    assert mark_of(delivery).startswith("mark; rule=doubled_field;"), mark_of(delivery)
    tap.equal(line["cases"], "doubled_field")


@world.behind("postfix", "Sendmail refuses it")
def test_bare_cr_in_the_body():
    """Postfix makes a space of it before a milter sees it, unless told otherwise."""
    here = base(on_bare_cr="reject")
    here.mta.reload(cleanup_replace_stray_cr_lf="no")
    time.sleep(1)
    refused(here, plain("pass.example", body=b"a\rb\r\n"), 550, "5.6.0", "bare_cr")
    let_in(here, plain("pass.example", body=b"a\r\n\r\nb\r\n"))


@tap.limit(120)
def test_header_limit_let_in():
    """
    Nothing was read: the results say so, and no forged ones stay, above the limit or
    below. It takes two: by default what the filter cannot look into is held, too.
    """
    here = base(on_header_limit="accept", on_scan_failure="off", max_header_fields=100)
    forged = b"Authentication-Results: mx.example.com; dmarc=pass\r\nX-Gatepost-Policy: accept\r\n"
    message = forged + b"X-Filler: x\r\n" * 120 + forged * 3 + plain("reject.example")
    delivery, line = let_in(here, message)
    tap.equal((line["cases"], line["verdict"], line.get("dmarc")), ("header_limit", "accept", None))
    tap.equal([v.strip() for v in delivery.fields("Authentication-Results")], [b"mx.example.com; none"])
    tap.equal(mark_of(delivery), "accept; nothing was checked, the header is over the limits")


# ---- marks that were there before ----

def test_forged_marks_are_removed():
    here = base()
    forged = [b"X-Gatepost-Policy: accept; rule=none\r\n", b"x-gatepost-POLICY:\r\n folded\r\n", b"X-Gatepost-Policy: 3\r\n"]
    message = forged[0] + b"X-A: 1\r\n" + forged[1] + forged[2] + b"X-B: 2\r\n" + plain("pass.example") + b"x"
    delivery, line = let_in(here, message)
    tap.equal(delivery.fields(MARK), [])
    tap.equal([n for n, _ in delivery.fields() if n.startswith(b"X-")], [b"X-A", b"X-B"])
    tap.equal(line["forged_results"], "3")


# ---- dry run, exemptions ----

@tap.cases("all", "dmarc_reject")
def test_dry_run(what):
    here = base(dry_run=[what])
    delivery, line = let_in(here, plain("reject.example"))
    tap.equal((line["verdict"], line["would"], line["would_rule"]), ("accept", "reject", "dmarc_reject"))
    mark = mark_of(delivery)
    assert mark.startswith("accept; would=reject; would_rule=dmarc_reject (dry run); Mail from reject.example"), mark
    tap.equal(dmarc_of(delivery).properties["policy.override"], "local_policy")
    message = plain().replace(b"From: ", b"From: b@pass.example\r\nFrom: ", 1)
    code, _ = answer(here, message)
    tap.equal(code, 250 if what == "all" else 550)


@tap.cases(("network", {"exempt_networks": ["192.0.2.0/24"]}), ("author domain", {"exempt_authors": ["reject.example"]}),
           ("recipient", {"exempt_recipients": ["sink.example.net"]}))
def test_exemption(case):
    _, line = let_in(base(**case[1]), plain("reject.example"))
    tap.equal((line["exempt"], line["verdict"], line["cases"]), (case[0], "accept", "dmarc_reject"))
    refused(base(), plain("reject.example"), 550, "5.7.26", "dmarc_reject")


def test_without_verifying():
    here = base(verify=False)
    recipient = here.address()
    code, text = answer(here, plain("reject.example"), recipients=[recipient])
    tap.equal(code, 250, text)
    tap.equal(here.sink.to(recipient)[0].fields("Authentication-Results"), [])
    refused(here, plain().replace(b"From: ", b"From: b@own.example\r\nFrom: ", 1), 550, "5.6.0", "several_from")


# ---- gatepost verify says the same ----

@tap.cases(("forged", "reject.example", "reject", "550", "dmarc_reject"),
           ("quarantine", "quarantine.example", "mark", "250", "dmarc_quarantine"),
           ("a domain that we have a key for", "own.example", "reject", "550", "own_domain"),
           ("nothing", "none.example", "accept", "250", ""))
def test_verify_tells_the_verdict(case):
    _, domain, action, code, rule = case
    here = base()
    check = arrival.Verify(here.zone_file(), here.daemon.config)
    _, told, _ = check(plain(domain), "--ip", "192.0.2.1", "--mail-from", "ann@pass.example", "--rcpt", "bob@own.example")
    verdict = told["verdict"]
    tap.equal((verdict["action"], verdict["code"], verdict["rule"]), (action, code, rule))
    tap.equal(answer(here, plain(domain))[0], int(code))
    _, text, _ = arrival.verify(plain(domain), "--zone", here.zone_file(), "--ip", "192.0.2.1", "--mail-from",
                                "ann@pass.example", config=here.daemon.config, json_wanted=False)
    assert re.search(r"^policy +%s +%s" % (action, rule), text, re.M), text
    assert ("reply  550 5.7." in text) == (action == "reject"), text


def test_verify_knows_recipients():
    here = base(local_domains=["own.example"], exempt_recipients=["eve@own.example"])
    check = arrival.Verify(here.zone_file(), here.daemon.config)

    def verdict(domain, *recipients):
        arguments = [a for r in recipients for a in ("--rcpt", r)]
        told = check(plain(domain), "--ip", "192.0.2.1", "--mail-from", "ann@pass.example", *arguments)[1]
        return told["verdict"]["rule"], told["verdict"]["exempt"]
    tap.equal(verdict("pass.example", "x@else.example"), ("relay", ""))
    tap.equal(verdict("pass.example", "x@else.example", "bob@own.example"), ("", ""))
    tap.equal(verdict("pass.example"), ("", ""))
    tap.equal(verdict("reject.example", "eve@own.example"), ("", "recipient"))
    tap.equal(verdict("reject.example", "eve@own.example", "bob@own.example"), ("dmarc_reject", ""))


# ---- B30: DNS that does not answer ----

VICTIM = {"_dmarc.victim.example": b"v=DMARC1; p=reject", "victim.example": b"v=spf1 include:1.victim.example -all",
          "1.victim.example": b"v=spf1 include:2.victim.example -all",
          "2.victim.example": b"v=spf1 include:3.victim.example -all",
          "3.victim.example": b"v=spf1 ip4:198.51.100.7 -all"}
_hostile = []


def names(q):
    """Names of victim.example are good ones, "never" is never answered, others do not exist."""
    text = VICTIM.get(q.name.lower())
    if "never" in q.name.lower():
        yield from hostile.do_never(q)
    elif text is not None and q.type == hostile.TXT:
        yield 0, q.reply(hostile.record(q.name, hostile.TXT, hostile.strings(text)))
    else:
        yield 0, q.reply(rcode=hostile.NXDOMAIN, authority=[hostile.soa(q.zone)])


def unanswered(**options):
    if not _hostile:
        server = hostile.Server(proc.free_port(), answer=names)
        _hostile.append(arrival.Arrivals(KEYS, ours=OURS, server=server, dns_timeout=10, message_dns_timeout=4))
    _hostile[0].configure(**options)
    return _hostile[0]


def stalled(message, serial):
    """With signatures whose keys are never answered."""
    return b"".join(by_us(message, "never%d%d" % (serial, i), "evil.example", ("evil.example", "r1"))
                    .partition(b"\r\n")[0] + b"\r\n" for i in range(3)) + message


@tap.limit(60)
def test_B30_tempfail_reaches_the_mta():
    message = by_us(plain("victim.example"), "never", "victim.example", ("evil.example", "r1"))
    here = unanswered(on_dns_temperror="tempfail")
    refused(here, message, 451, "4.4.3", "dns_temperror", sender="x@else.example")
    here = unanswered()
    _, line = let_in(here, message, sender="x@else.example")
    tap.equal((line["dmarc"], line["verdict"], line["cases"]), ("temperror", "accept", "dns_temperror"))


@tap.limit(60)
@tap.cases("x@victim.example", "x@else.example", "x@never.example", "x@never.victim.example")
def test_B30_unanswered_names_of_a_stranger_hide_no_forgery(sender):
    """They use up the time that a check has, and yet the author domain's policy is found and kept."""
    here = unanswered()
    here.daemon.stop()  # with it goes what it remembers of DNS
    here.daemon.start()
    serial = len(sender)
    if sender == "x@never.victim.example":  # its own domain's name: this one could have been a pass
        _, line = let_in(here, stalled(plain("victim.example"), serial), sender=sender)
        tap.equal(line["dmarc"], "temperror")
        return
    refused(here, stalled(plain("victim.example"), serial), 550, "5.7.26", "dmarc_reject", sender=sender)


@tap.limit(60)
def test_B30_own_domain_is_put_off_not_refused():
    here = unanswered()
    message = by_us(plain("own.example"), "never", "own.example", ("evil.example", "r1"))
    refused(here, message, 451, "4.7.1", "own_domain", sender="x@else.example")
    refused(here, plain("own.example"), 550, "5.7.1", "own_domain", sender="x@never.example")


def test_ends_clean():
    for here in _world + _hostile:
        tap.equal(here.daemon.stop(), 0)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
