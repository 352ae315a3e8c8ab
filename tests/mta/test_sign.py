#!/usr/bin/python3
"""Signing, as it is delivered by a real MTA and judged by other people's verifiers."""
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import gatepost, keys, messages, postfix, proc, sink, smtp, tap, world
from mta.world import OUTSIDE, by_mta, plain, signatures, someone, unsigned

KEYS = [("rsa.example", "r1", "rsa"), ("ed.example", "e1", "ed25519"),
        ("both.example", "r1", "rsa"), ("both.example", "e1", "ed25519"),
        ("example.com", "r1", "rsa"), ("example.org", "r1", "rsa"),
        ("mx.example.com", "r1", "rsa"), ("xn--bcher-kva.example", "r1", "rsa")]
DOMAINS = {"rsa": "rsa.example", "ed25519": "ed.example", "both": "both.example"}
ALGORITHMS = {"rsa": ["rsa"], "ed25519": ["ed25519"], "both": ["rsa", "ed25519"]}
FORMS = ("relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed")
MANY = ["from", "to", "subject", "date", "message-id", "references", "comments", "keywords",
        "list-unsubscribe", "x-case", "x-empty", "x-blank"]
OPTIONS = {"outbound_daemons": ["ORIGINATING"], "reinjection_daemons": ["reinject"],
           "sign_subdomains": False, "login_domains": "off", "on_own_domain": "accept"}

_world = []


def w():
    if not _world:
        _world.append(world.World(KEYS, **OPTIONS))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


# ---- every kind of message, key and canonical form ----

_batches = {}


def batch(form):
    """Sends every message of the matrix in one form, once; deliveries by recipient."""
    if form in _batches:
        return _batches[form]
    here = base(canonicalization=form, sign_headers=MANY)
    sent = {}
    with here.mta.session() as client:
        for kind, domain in DOMAINS.items():
            for name, more, body in messages.matrix():
                sent[name, kind] = "%s@sink.example.net" % len(sent) + "." + form.replace("/", ".")
                reply = client.send(messages.build(domain, name, more, body), "ann@" + domain,
                                    [sent[name, kind]], "BODY=8BITMIME")
                tap.equal(reply[0], 250, name)
    _batches[form] = {key: here.sink.to(recipient)[0] for key, recipient in sent.items()}
    return _batches[form]


@tap.limit(120)
@tap.cases(*[("%s, %s, %s" % (form, kind, name), form, kind, name) for form in FORMS
             for kind in DOMAINS for name, _, _ in messages.matrix()])
def test_matrix(case):
    _, form, kind, name = case
    delivery = batch(form)[name, kind]
    tags = w().signed(delivery, DOMAINS[kind], ALGORITHMS[kind])
    for tag in tags:
        tap.equal(tag["c"], form)


@tap.limit(240)
@tap.cases(*FORMS)
def test_ten_megabytes(form):
    here = base(canonicalization=form, sign_headers=MANY)
    delivery = here.send(messages.plain("both.example", "large", messages.lines(10 << 20)),
                         "ann@both.example")
    here.signed(delivery, "both.example", ["rsa", "ed25519"])


@tap.cases(*FORMS)
def test_B02_the_space_after_the_colon(form):
    here = base(canonicalization=form)
    for subject in (b"hi", b" hi", b"  hi", b"\t hi", b" hi "):
        message = plain().replace(b"Subject: test", b"Subject:" + subject)
        delivery = here.send(message.replace(b"Message-ID: ", b"Message-ID:\r\n "))
        tap.equal(delivery.fields("Subject"), [subject])
        here.signed(delivery, "example.com")


def test_field_is_folded_within_78_columns():
    here = base(sign_headers=MANY)
    delivery = here.send(messages.plain("both.example"), "ann@both.example")
    for value in delivery.fields("DKIM-Signature"):
        for line in (b"DKIM-Signature:" + value).split(b"\r\n"):
            assert len(line) <= 78, "%d columns: %r" % (len(line), line)
            assert line[:1] in (b"D", b"\t"), "a fold begins with a tab: %r" % line
        assert value.startswith(b" ") and not value.startswith(b"  "), value


def test_B63_field_is_above_received_rsa_first():
    here = base()
    delivery = here.send(messages.plain("both.example"), "ann@both.example")
    names = [name.lower() for name, _ in delivery.fields()][:4]
    tap.equal(names[:3], [b"dkim-signature", b"dkim-signature", b"received"])
    tap.equal([t["a"] for t in signatures(delivery)], ["rsa-sha256", "ed25519-sha256"])


def test_time_of_signing():
    before = int(time.time())
    tags = signatures(base().send(plain()))[0]
    assert before <= int(tags["t"]) <= int(time.time()), tags
    tap.equal(tags["v"], "1")
    assert "x" not in tags and "l" not in tags, tags


# ---- which fields ----

def test_B06_oversigned_once_more_than_present():
    here = base(sign_headers=["from", "to", "subject", "date"],
                oversign_headers=["from", "subject", "cc"])
    names = signatures(here.send(plain()))[0]["h"].lower().split(":")
    tap.equal(sorted(names), ["cc", "date", "from", "from", "subject", "subject", "to"])
    lone = here.send(plain().replace(b"Subject: test\r\n", b""))
    tap.equal(signatures(lone)[0]["h"].lower().split(":").count("subject"), 1)
    here.signed(lone, "example.com")


def test_B06_oversigning_forbids_a_second_field():
    here = base(oversign_headers=["from", "subject"])
    delivery = here.send(plain())
    here.signed(delivery, "example.com")
    forged = b"Subject: forged\r\n" + delivery.data
    for name, results in here.verifiers.results(forged).items():
        assert [r.status for r in results] != ["pass"], name


def test_fields_added_on_the_way_are_not_signed():
    tags = signatures(base().send(plain()))[0]
    names = tags["h"].lower().split(":")
    for name in ("received", "return-path", "dkim-signature", "authentication-results"):
        assert name not in names, names


def test_repeated_fields_are_signed_from_the_bottom():
    here = base(sign_headers=["from", "comments"], oversign_headers=["from"])
    delivery = here.send(plain(more=b"Comments: one\r\nComments: two\r\n"))
    here.signed(delivery, "example.com")
    tap.equal(signatures(delivery)[0]["h"].lower().split(":").count("comments"), 2)


# ---- whose mail, which key ----

def test_two_domains():
    here = base()
    here.signed(here.send(plain("example.com")), "example.com")
    here.signed(here.send(plain("example.org"), "ann@example.org"), "example.org")


def test_envelope_sender_does_not_matter():
    here = base()
    here.signed(here.send(plain("example.org"), "list-bounces@example.com"), "example.org")
    here.signed(here.send(plain("example.org"), ""), "example.org")


def test_domain_in_capitals():
    here = base()
    here.signed(here.send(plain("EXAMPLE.Com")), "example.com")


def test_domain_without_a_key():
    here = base()
    unsigned(here.send(plain("nokey.example")))
    record = here.log_of_last()
    assert "no key" in record["unsigned"], record


def test_subdomain_signed_by_parent():
    here = base(sign_subdomains=True)
    here.signed(here.send(plain("a.b.example.org")), "example.org")


def test_subdomain_without_the_option():
    unsigned(base(sign_subdomains=False).send(plain("a.b.example.org")))


def test_subdomain_with_its_own_key():
    here = base(sign_subdomains=True)
    here.signed(here.send(plain("mx.example.com")), "mx.example.com")


def test_name_that_only_ends_alike():
    unsigned(base(sign_subdomains=True).send(plain("notexample.org")))


def test_mail_from_outside():
    """Refused as it claims our domain; and not signed where it is let in."""
    here = base(on_own_domain="reject")
    here.send(plain(), who=OUTSIDE, want=550)
    tap.equal(here.log_of_last()["rule"], "own_domain")
    here = base(on_own_domain="accept")
    unsigned(here.send(plain(), who=OUTSIDE))
    tap.equal(here.log_of_last()["dir"], "in")


def test_mail_from_outside_over_ipv6():
    unsigned(base(on_own_domain="accept").send(plain(), who={"address": "2001:db8::1", "name": "six.example"}))


def test_internal_networks():
    here = base(internal_networks=["198.51.100.0/24", "2001:db8:1::/48"], on_own_domain="accept")
    here.signed(here.send(plain(), who={"address": "198.51.100.7", "name": "pc.example"}),
                "example.com")
    here.signed(here.send(plain(), who={"address": "2001:db8:1::7", "name": "pc.example"}),
                "example.com")
    unsigned(here.send(plain(), who={"address": "198.51.101.7", "name": "pc.example"}))
    unsigned(here.send(plain()))


def test_authenticated_client_outside():
    here = base()
    here.signed(here.send(plain(), who=someone("ann@example.com")), "example.com")
    record = here.log_of_last()
    tap.equal((record["dir"], record["login"]), ("out", "ann@example.com"))


def test_outbound_daemon():
    here = base()
    here.signed(here.send(plain(), port=here.mta.submission, who=OUTSIDE), "example.com")


def test_B69_reinjected_mail_is_not_signed_again():
    here = base()
    first = here.send(plain(), who=someone("ann@example.com"))
    again = here.send(first.data, port=here.mta.reinject)
    tap.equal(len(signatures(again)), 1)
    here.signed(again, "example.com")
    tap.equal(here.log_of_last()["dir"], "returned")


def test_B69_own_signature_that_holds_is_enough():
    here = base()
    first = here.send(plain(), who=someone("ann@example.com"))
    again = here.send(first.data)
    tap.equal(again.fields("DKIM-Signature"), first.fields("DKIM-Signature"))
    record = here.log_of_last()
    tap.equal((record["dir"], record["why"]),
              ("returned", "signed here already, comes back from a filter"))


@tap.cases("body", "subject", "signature")
def test_B69_what_a_filter_changed_is_signed_again(part):
    here = base()
    first = here.send(plain(), who=someone("ann@example.com"))
    changed = {"body": lambda m: m + b"-- added\r\n",
               "subject": lambda m: m.replace(b"Subject: ", b"Subject: [x] "),
               "signature": lambda m: re.sub(rb"(\bb=)(.)", lambda b: b[1] + (b"B" if b[2] == b"A" else b"A"),
                                             m, count=1)}[part](first.data)
    tap.equal(changed == first.data, False)
    again = here.send(changed)
    tap.equal(len(again.fields("DKIM-Signature")), 2)
    tap.equal(here.log_of_last()["dir"], "out")


def test_B69_an_authenticated_client_is_signed_in_any_case():
    here = base()
    first = here.send(plain(), who=someone("ann@example.com"))
    again = here.send(first.data, who=someone("ann@example.com"))
    tap.equal(len(again.fields("DKIM-Signature")), 2)


def test_sendmail_command():
    here = base()
    recipient = here.address()
    here.mta.sendmail(plain().replace(b"\r\n", b"\n"), "ann@example.com", [recipient])
    here.signed(here.sink.to(recipient)[0], "example.com")


def test_bounce_is_signed():
    here = base()
    with here.mta.session() as client:
        tap.equal(client.send(plain(), "bobs-bounce@example.com", ["bounce@sink.example.net"])[0],
                  250)
    delivery = here.sink.to("bobs-bounce@example.com")[0]
    tap.equal(delivery.sender, "")
    if by_mta(postfix=True, sendmail=False):  # its bounces reach no milter
        here.signed(delivery, "mx.example.com")
    else:
        unsigned(delivery)


@tap.cases(("U-label", "bücher.example"), ("A-label", "xn--bcher-kva.example"),
           ("capitals", "BÜCHER.example"))
def test_B10_internationalised_domain(case):
    here = base()
    delivery = here.send(plain(case[1]), "ann@example.com", parameters=world.UTF8)
    tags = signatures(delivery)
    tap.equal([t["d"] for t in tags], ["xn--bcher-kva.example"])
    if case[0] != by_mta(postfix=None, sendmail="capitals"):  # its bytes are damaged on the way: test_sendmail.py
        here.signed(delivery, "xn--bcher-kva.example")


def test_B11_utf8_in_fields():
    here = base()
    delivery = here.send(plain(subject="Grüße"), parameters=world.UTF8)
    here.signed(delivery, "example.com")


# ---- authors that are none ----

NO_AUTHOR = [
    ("B09 several From fields", b"From: a@example.com\r\nFrom: b@example.org\r\n", "out_several_from"),
    ("two alike", b"From: a@example.com\r\nFrom: a@example.com\r\n", "out_several_from"),
    ("not an address", b"From: <<ann at home>>\r\n", "out_malformed_from"),
    ("empty", b"From: \r\n", "out_malformed_from"),
    ("several domains", b"From: a@example.com, b@example.org\r\n", "out_several_from"),
    ("B23 encoded", b"From: =?utf-8?q?ann=40example.com?=\r\n", "out_malformed_from"),
    ("unclosed quote", b"From: \"ann <ann@example.com>\r\n", "out_malformed_from")]


def with_from(field):
    return re.sub(rb"From: .*?\r\n", field.replace(b"\\", b"\\\\"), plain(), count=1)


@tap.cases(*NO_AUTHOR)
def test_refused(case):
    here = base()
    here.send(with_from(case[1]), want=550)
    record = here.log_of_last()
    tap.equal((record["rule"], record["verdict"], record["action"]), (case[2], "reject", "reject"))


@tap.cases(*NO_AUTHOR)
def test_not_signed(case):
    """Where the configuration lets such mail out, it is not signed."""
    here = base(on_out_several_from="accept", on_out_malformed_from="accept")
    unsigned(here.send(with_from(case[1])))
    record = here.log_of_last()
    assert record["unsigned"], "the log says why"
    tap.equal((record["cases"], record["verdict"]), (case[2], "accept"))


def test_not_signed_for_a_name():
    unsigned(base().send(with_from(b"From: \"ann@example.com\" <ann@nokey.example>\r\n")))


@tap.cases(("B12 comma in the name", b"From: \"\\\"Widgets, Inc.\\\"\" <orders@example.com>\r\n"),
           ("B12 apostrophes", b"From: \"'B, A' via List\" <list@example.com>\r\n"),
           ("bare address", b"From: ann@example.com\r\n"),
           ("comment", b"From: ann@example.com (Ann (at home))\r\n"),
           ("folded", b"From:\r\n Ann\r\n\t<ann@example.com>\r\n"),
           ("two of one domain", b"From: a@example.com, b@example.com\r\nSender: a@example.com\r\n"),
           ("address in the name", b"From: \"ceo@example.org\" <ann@example.com>\r\n"))
def test_author_is_found(case):
    here = base()
    message = plain().replace(b"From: Ann Example <ann@example.com>\r\n", case[1])
    here.signed(here.send(message), "example.com")


# ---- B15: logins and the domains they write as ----

def test_B15_login_refused():
    here = base(login_domains="refuse")
    here.daemon.mark()
    code, text = here.mta.send(plain("example.com"), "m@example.org", ["x@y.example"],
                           **someone("mallory@example.org"))
    tap.equal(code, 550, text)
    assert text.startswith("5.7.1"), text
    tap.equal(here.log_of_last()["login"], "mallory@example.org")


def test_B15_login_of_the_same_domain():
    here = base(login_domains="refuse")
    here.signed(here.send(plain(), who=someone("ann@example.com")), "example.com")


def test_B15_login_named_in_the_configuration():
    here = base(login_domains="refuse", login={"mallory@example.org": ["example.com"]})
    here.signed(here.send(plain(), who=someone("mallory@example.org")), "example.com")
    here.send(plain("rsa.example"), who=someone("mallory@example.org"), want=550)


def test_B15_login_only_logged():
    here = base(login_domains="log")
    here.signed(here.send(plain(), who=someone("mallory@example.org")), "example.com")
    assert "login" in here.log_of_last()["warning"]


def test_B15_login_not_looked_at():
    here = base(login_domains="off")
    here.signed(here.send(plain(), who=someone("mallory@example.org")), "example.com")


# ---- options of signing ----

def test_signing_domain_from_sender():
    here = base(signing_domain="sender")
    message = plain("nokey.example", more=b"Sender: list@example.org\r\n")
    here.signed(here.send(message), "example.org")


def test_signing_domain_from_sender_without_the_field():
    here = base(signing_domain="sender")
    here.signed(here.send(plain("example.org")), "example.org")


def test_signing_domain_fixed():
    here = base(signing_domain="example.org")
    here.signed(here.send(plain("nokey.example")), "example.org")


def test_lifetime():
    here = base(signature_lifetime=86400)
    delivery = here.send(plain())
    tags = here.signed(delivery, "example.com")[0]
    tap.equal(int(tags["x"]) - int(tags["t"]), 86400)


@tap.cases(("none", None), ("domain", "@example.com"), ("author", "ann@example.com"))
def test_identity(case):
    here = base(sign_identity=case[0])
    tags = here.signed(here.send(plain()), "example.com")[0]
    tap.equal(tags.get("i"), case[1])


def test_identity_of_a_subdomain():
    here = base(sign_identity="author", sign_subdomains=True)
    tags = here.signed(here.send(plain("mail.example.org")), "example.org")[0]
    tap.equal(tags.get("i"), "ann@mail.example.org")


# ---- what may break on the way ----

def test_B07_long_line_is_signed_with_a_warning():
    here = base()
    here.send(plain(body=b"x" * 1200 + b"\r\n"))
    note = here.log_of_last().get("signature_may_break", "")
    assert "1200" in note, "the log warns of the long line: %r" % note


def test_B07_longest_allowed_line():
    here = base()
    here.signed(here.send(plain(body=b"x" * 998 + b"\r\n")), "example.com")
    assert "signature_may_break" not in here.log_of_last()


def test_B08_eight_bit_to_a_server_without_8bitmime():
    here = base()
    here.send(plain(body="Grüße\r\n".encode()), parameters="BODY=8BITMIME")
    note = here.log_of_last().get("signature_may_break", "")
    assert re.search(r"8.?bit", note, re.I), "the log warns of 8-bit text: %r" % note


# ---- sessions ----

def test_fifty_messages_in_one_session():
    here = base()
    recipients = [here.address() for _ in range(50)]
    with here.mta.session() as client:
        for number, recipient in enumerate(recipients):
            domain = ("example.com", "example.org", "nokey.example")[number % 3]
            tap.equal(client.send(plain(domain, subject=str(number)), "ann@" + domain,
                                  [recipient])[0], 250)
    for number, recipient in enumerate(recipients):
        tags = signatures(here.sink.to(recipient)[0])
        want = (["example.com"], ["example.org"], [])[number % 3]
        tap.equal([t["d"] for t in tags], want, recipient)
    here.signed(here.sink.to(recipients[-1])[0], "example.org")


def test_nothing_is_left_of_an_abandoned_message():
    here = base()
    recipient = here.address()
    with here.mta.session() as client:
        client.mail("x@example.org")
        client.rcpt("other@sink.example.net")
        client.command("RSET", 250)
        client.ehlo()
        client.command("NOOP", 250)
        tap.equal(client.send(plain(), "ann@example.com", [recipient])[0], 250)
    delivery = here.sink.to(recipient)[0]
    tap.equal(delivery.recipients, [recipient])
    here.signed(delivery, "example.com")


STEPS = (("connect", []), ("helo", [b"EHLO x"]), ("mail", [b"EHLO x", b"MAIL FROM:<a@example.com>"]),
         ("rcpt", [b"EHLO x", b"MAIL FROM:<a@example.com>", b"RCPT TO:<b@sink.example.net>"]),
         ("data", [b"EHLO x", b"MAIL FROM:<a@example.com>", b"RCPT TO:<b@sink.example.net>",
                   b"DATA"]))


@tap.cases(*STEPS, ("header", STEPS[-1][1]), ("body", STEPS[-1][1]), ("dot", STEPS[-1][1]))
def test_client_vanishes(case):
    name, commands = case
    here = base()
    for _ in range(5):
        client = smtp.Client(here.mta.mx)
        for command in commands:
            assert client.command(command)[0] in (250, 354)
        if name == "header":
            client.raw(b"From: a@example.com\r\nSubj")
        if name in ("body", "dot"):
            client.raw(plain(body=messages.lines(70000)))
        if name == "dot":
            client.raw(b".\r\n")
        client.vanish()
    here.signed(here.send(plain()), "example.com")


@tap.limit(120)
def test_many_at_once():
    here = base()
    failed = []
    recipients = [here.address() for _ in range(16 * 12)]

    def run(mine):
        with here.mta.session() as client:
            for recipient in mine:
                reply = client.send(messages.plain("both.example", recipient), "ann@both.example",
                                    [recipient])
                if reply[0] != 250:
                    failed.append(reply)

    threads = [threading.Thread(target=run, args=(recipients[i::16],)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal(failed, [])
    for recipient in recipients:
        tap.equal(len(signatures(here.sink.to(recipient)[0])), 2, recipient)
    for recipient in recipients[::12]:
        here.signed(here.sink.to(recipient)[0], "both.example", ["rsa", "ed25519"])


# ---- hostile messages ----

# What is not taken by us; and by Sendmail, which hands no field over 64 KB to a milter.
REFUSED = {"ten thousand fields": {552}, "only a body": {550}, "nothing": {550}, "a thousand From": {550},
           "deep comments": {550}}
if world.MTA == "sendmail":
    REFUSED.update({"NUL": {421, 554}, "bare CR": {421, 554}, "bare LF": {421, 554}, "a megabyte of one field": {451}})


@tap.cases(("NUL", plain(body=b"a\0b\r\n", more=b"X-Case: a\0b\r\n")),
           ("bare CR", plain(body=b"a\rb\r\rc\r\n", more=b"X-Case: a\rb\r\n")),
           ("bare LF", plain(body=b"a\nb\n\nc\r\n")),
           ("no colon", b"From: ann@example.com\r\nthis is no field\r\n\r\nbody\r\n"),
           ("space before colon", plain(more=b"X-Case : odd\r\nSubject : two\r\n")),
           ("only a body", b"\r\nbody\r\n"),
           ("nothing", b""),
           ("ten thousand fields", plain(more=b"X-Case: field\r\n" * 10000)),
           ("a megabyte of one field", plain(more=b"X-Case: " + b"x" * 900 + b"\r\n "
                                             + (b"y" * 900 + b"\r\n ") * 1200 + b"z\r\n")),
           ("a thousand From", plain(more=b"From: a@example.com\r\n" * 1000)),
           ("deep comments", plain().replace(b"From: ", b"From: " + b"(" * 800 + b")" * 100)))
def test_survives(case):
    here = base()
    code, text = here.mta.send(case[1], "ann@example.com", [here.address()])
    assert code in (REFUSED.get(case[0]) or {250}), (code, text)
    here.signed(here.send(plain()), "example.com")


# ---- the log ----

def test_one_line_for_each_message():
    here = base()
    mark = here.daemon.mark()
    for _ in range(3):
        here.send(plain())
    found = [l for l in here.daemon.lines()[mark:] if "action=" in l]
    tap.equal(len(found), 3)
    record = gatepost.record(found[0])
    tap.equal((record["signed"], record["keys"], record["action"]),
              ("example.com", "r1:rsa-sha256", "accept"))
    assert re.match(r"^[0-9A-F]{6,}$|^[0-9A-Za-z]{10,}$", record["id"]), record


def test_hostile_values_stay_one_line():
    here = base()
    mark = here.daemon.mark()
    here.send(plain("nokey.example").replace(b"ann@nokey.example", b"\"a b=c\\\"d\"@nokey.example"),
              "\"x action=reject \"@example.com")
    found = [l for l in here.daemon.lines()[mark:] if "action=" in l]
    tap.equal(len(found), 1)
    tap.equal(gatepost.record(found[0])["action"], "accept")


def test_json():
    here = base(log_format="json")
    here.send(plain())
    record = here.log_of_last()
    tap.equal((record["event"], record["signed"], record["action"]), ("mail", "example.com", "accept"))


# ---- another way to reach it ----

@world.behind("postfix", "Debian locks its smtpd in; Sendmail runs where it was started")
def test_chroot_and_unix_socket():
    here = w()
    jail = postfix.Postfix("unix:gatepost/milter.sock", here.sink, chroot=True)
    folder = os.path.join(jail.spool, "gatepost")
    os.mkdir(folder)
    other = gatepost.Gatepost(here.keys.dir, listen=["unix:" + folder + "/milter.sock"],
                              socket_mode="0666")
    recipient = here.address()
    tap.equal(smtp.send(jail.mx, plain(), "ann@example.com", [recipient])[0], 250)
    here.signed(here.sink.to(recipient)[0], "example.com")
    tap.equal(other.stop(), 0)
    jail.stop()


def test_ends_clean():
    tap.equal(w().daemon.stop(), 0)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
