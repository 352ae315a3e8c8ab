#!/usr/bin/python3
"""Signing and verifying behind a real Sendmail, with the lines of conf/sendmail.mc.

What Sendmail does otherwise than Postfix, each shown by a test below:
  - It changes address fields after the milter has seen them: quotes round display names (unless
    confMUST_QUOTE_CHARS says otherwise), a space after each comma, a domain for a bare name,
    new folds (which only simple header canonicalization minds).
  - It adds a missing Date and Message-ID, after the milter too.
  - It refuses NUL, bare CR and bare LF itself.
  - It shows its own bounces to no milter. What sendmail(1) submits comes by SMTP on loopback.
"""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import gatepost, load, messages, proc, sendmail, smtp, tap, verify, world
from mta.world import plain, signatures, unsigned

KEYS = [("example.com", "r1", "rsa"), ("example.org", "r1", "rsa"),
        ("both.example", "r1", "rsa"), ("both.example", "e1", "ed25519"),
        (sendmail.NAME, "r1", "rsa")]
LOGINS = ("ann@example.com", "mallory@example.org")
OUTSIDE = {"outside": True}
STRANGER = "stranger.example"  # a domain that is not ours: mail from outside may claim it
# Lines above those of conf/sendmail.mc: what an admin may have set, and what must not last.
UNFRIENDLY = "define(`confMAX_MIME_HEADER_LENGTH', `256/128')dnl"
FORMS = ("relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed")
MANY = ["from", "to", "subject", "date", "message-id", "references", "comments", "keywords",
        "list-unsubscribe", "x-case", "x-empty", "x-blank"]

_world = []


def someone(login):
    return {"outside": True, "login": login}


class SendmailWorld(world.World):
    """gatepost behind Sendmail; clients are those of Sendmail.session()."""

    def _start_mta(self, main):
        return sendmail.Sendmail(self.daemon.port, self.sink, LOGINS, UNFRIENDLY)

    def ask_own_dns(self):
        """Starts the daemon anew with the DNS server of the test as its resolver."""
        self.daemon.stop()
        assert self.verifiers
        self.base["resolver"] = ["127.0.0.1@%d" % self.dns.port]
        self.daemon.write_config(**self.base)
        self.configure()

    def send(self, message, sender="ann@example.com", who=world.INSIDE, parameters="", want=250,
             **session):
        recipient = self.address()
        self.daemon.mark()
        with self.postfix.session(**who, **session) as client:
            code, text = client.send(message, sender, [recipient], parameters)
        tap.equal(code, want, "reply (%s)" % text)
        return self.sink.to(recipient)[0] if want == 250 else None


def w():
    if not _world:
        _world.append(SendmailWorld(KEYS, internal_networks=["127.0.0.1/32"], login_domains="off"))
        _world[0].ask_own_dns()
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


# ---- every kind of message and canonical form ----

ROWS = [row for row in messages.matrix()
        if "chunk_end" not in row[0] or row[0].endswith(("-1", "+0"))]
_batches = {}


def batch(form):
    """Sends every message of the matrix in one form, once; deliveries by name."""
    if form in _batches:
        return _batches[form]
    here = base(canonicalization=form, sign_headers=MANY)
    sent = {}
    with here.postfix.session() as client:
        for name, more, body in ROWS:
            sent[name] = here.address()
            reply = client.send(messages.build("both.example", name, more, body),
                                "ann@both.example", [sent[name]], "BODY=8BITMIME")
            tap.equal(reply[0], 250, name)
    _batches[form] = {key: here.sink.to(recipient)[0] for key, recipient in sent.items()}
    return _batches[form]


@tap.limit(120)
@tap.cases(*[("%s, %s" % (form, row[0]), form, row[0]) for form in FORMS for row in ROWS])
def test_matrix(case):
    _, form, name = case
    for tag in w().signed(batch(form)[name], "both.example", ["rsa", "ed25519"]):
        tap.equal(tag["c"], form)


@tap.cases(*FORMS)
def test_B02_the_space_after_the_colon(form):
    here = base(canonicalization=form)
    for subject in (b"hi", b" hi", b"  hi", b"\t hi", b" hi "):
        message = plain().replace(b"Subject: test", b"Subject:" + subject)
        delivery = here.send(message.replace(b"Message-ID: ", b"Message-ID:\r\n "))
        tap.equal(delivery.fields("Subject"), [subject])
        here.signed(delivery, "example.com")


# ---- where fields land, and what they look like ----

def first_fields(delivery, n):
    return [(name.decode(), value) for name, value in delivery.fields()[:n]]


def test_B63_signatures_are_above_received():
    delivery = base().send(messages.plain("both.example"), "ann@both.example")
    tap.equal([name for name, _ in first_fields(delivery, 4)],
              ["DKIM-Signature", "DKIM-Signature", "Received", "From"])
    tap.equal([t["a"] for t in signatures(delivery)], ["rsa-sha256", "ed25519-sha256"])


def test_B63_results_are_above_received():
    delivery = base(received_spf=True).send(plain(STRANGER), who=OUTSIDE)
    tap.equal([name for name, _ in first_fields(delivery, 4)],
              ["Authentication-Results", "Received-SPF", "Received", "From"])


def broken(delivery):
    """A signed message that is no longer what was signed."""
    return delivery.data.replace(b"Subject: ", b"Subject: changed ")


@tap.cases("signed", "nothing to check", "good", "broken", "malformed")
def test_B03_one_space_after_the_colon(case):
    here = base(received_spf=True, on_own_domain="accept")
    signed = here.send(plain())
    sent = {"signed": plain(), "nothing to check": plain(), "good": signed.data,
            "broken": broken(signed), "malformed": b"DKIM-Signature: v=1; a=\r\n" + plain()}[case]
    delivery = here.send(sent, who=world.INSIDE if case == "signed" else OUTSIDE)
    added = [f for f in first_fields(delivery, 2) if f[0] != "Received"]
    assert added, "nothing was added"
    for name, value in added:
        assert re.match(rb" [^ \t\r\n]", value), "%s:%r" % (name, value)


def test_lines_are_folded_within_78_columns():
    here = base(sign_headers=MANY)
    for delivery in (here.send(messages.plain("both.example"), "ann@both.example"),
                     here.send(plain(STRANGER), who=OUTSIDE)):
        for name, value in first_fields(delivery, 2):
            for line in (name.encode() + b":" + value).split(b"\r\n"):
                assert name == "Received" or len(line) <= 78, line


def test_B70_long_signature_is_not_cut():
    here = base()
    here.keys.add("long.example", "r4096", bits=4096)
    here.daemon.hup()
    delivery = here.send(plain("long.example"))
    tags = signatures(delivery)[0]
    tap.equal((tags["d"], len(tags["b"])), ("long.example", 684))
    assert passes(here, delivery), "the signature fails"


def test_B70_signed_mime_fields_are_not_cut():
    more = (b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8; name=\"" + b"x" * 200
            + b"\"\r\nContent-Description: " + b"y" * 400 + b"\r\n")
    here = base()
    here.signed(here.send(plain(more=more)), "example.com")


def passes(here, delivery):
    """Whether dkimpy finds signatures, and all of them good."""
    results = verify.dkimpy(delivery.data, here.keys.zone)
    return bool(results) and all(r.status == "pass" for r in results)


# ---- what comes in ----

def test_incoming_mail_is_verified():
    here = base(on_own_domain="accept")
    signed = here.send(messages.plain("both.example"), "ann@both.example")
    for message, result in ((signed.data, b"pass"), (broken(signed), b"fail")):
        delivery = here.send(message, "ann@both.example", who=OUTSIDE)
        value = delivery.fields("Authentication-Results")[0]
        tap.equal(re.findall(rb"dkim=(\w+)", value), [result] * 2, value)
        tap.equal(len(signatures(delivery)), 2, "signatures")


# ---- results that are forged ----

FORGED = {2: b"AUTHENTICATION-results: Mx.Example.COM; dkim=pass header.d=example.org",
          3: b"Authentication-Results: (a comment) mx.example.com 1; spf=pass",
          5: b"authentication-results:\r\n\tmx.example.com\r\n\t; dmarc=pass",
          8: b"Authentication-Results: \"mx.example.com\"; none"}
FOREIGN = {1: b"Authentication-Results: list.example.org; dkim=pass header.d=example.org",
           4: b"Authentication-Results:mx.example.com.example.org; spf=fail",
           6: b"Authentication-Results:  other.example\t;\r\n  dkim=none  ",
           7: b"Authentication-Results: xmx.example.com; none"}


def test_B62_forged_results_are_removed():
    """Eight fields: those that pretend to be ours go, the others stay as they were."""
    here = base()
    fields = {**FORGED, **FOREIGN}
    more = b"".join(fields[i] + b"\r\nX-Between: %d\r\n" % i for i in sorted(fields))
    delivery = here.send(plain(STRANGER, more=more), who=OUTSIDE)
    found = [b":".join(f) for f in delivery.fields()
             if f[0].lower() in (b"authentication-results", b"x-between")]
    assert found[0].startswith(b"Authentication-Results: mx.example.com;"), found[0]
    want = [line for i in sorted(fields) for line in
            ([fields[i]] if i in FOREIGN else []) + [b"X-Between: %d" % i]]
    tap.equal(found[1:], want)
    tap.equal(here.log_of_last()["forged_results"], "4")


def test_B66_results_of_others_keep_their_signature():
    here = base(sign_headers=["from", "authentication-results"], oversign_headers=["from"])
    foreign = FOREIGN[1] + b"\r\n"
    signed = here.send(plain(more=foreign))
    delivery = here.send(FORGED[2] + b"\r\n" + signed.data, who=OUTSIDE)
    tap.equal(len(delivery.fields("Authentication-Results")), 2)
    assert passes(here, delivery), "the signature fails"


# ---- what Sendmail changes after us ----

NAMES = (b"'Ann Example' <%s>", b"Ann O'Hara <%s>", b"John Q. Public <%s>",
         b"\"B, A\" <%s>", b"\"'B, A' via List\" <%s>")


def addressed(to=b"bob@example.org", author=b"ann@example.com"):
    message = plain().replace(b"To: bob@sink.example.net", b"To: " + to)
    return re.sub(rb"From: [^\r]*", lambda _: b"From: " + author, message, count=1)


@tap.cases(*NAMES)
def test_B08_display_names_are_left_alone(name):
    here = base()
    to, author = name % b"bob@example.org", name % b"ann@example.com"
    delivery = here.send(addressed(to, author))
    tap.equal(delivery.fields("To") + delivery.fields("From"), [b" " + to, b" " + author])
    here.signed(delivery, "example.com")


@tap.cases(("comma", b"a@example.org,b@example.org"), ("bare name", b"bob"))
def test_B08_changed_address_lists(case):
    """Signed, the field breaks the signature; left out of sign_headers it does not."""
    here = base()
    message = addressed(case[1])
    assert not passes(here, here.send(message)), "Sendmail has changed: the README is wrong"
    here = base(sign_headers=["from", "subject", "date"], oversign_headers=["from", "subject"])
    here.signed(here.send(message), "example.com")


@tap.cases(("relaxed/relaxed", True), ("simple/relaxed", False))
def test_B08_long_lists_are_folded_anew(case):
    """Relaxed header canonicalization, the default, does not mind."""
    here = base(canonicalization=case[0])
    to = b", ".join(b"someone%d@example.org" % i for i in range(12))
    delivery = here.send(addressed(to))
    assert delivery.fields("To") != [b" " + to], "Sendmail has changed: the README is wrong"
    tap.equal(passes(here, delivery), case[1])


@tap.cases("Date", "Message-ID")
def test_field_that_sendmail_adds(name):
    here = base()
    delivery = here.send(re.sub(rb"%s: [^\r]*\r\n" % name.encode(), b"", plain(), count=1))
    tap.equal(len(delivery.fields(name)), 1)
    here.signed(delivery, "example.com")


@tap.cases(("CR", b"a\rb\r\n"), ("LF", b"a\nb\r\n"), ("NUL", b"a\0b\r\n"))
def test_bare_ends_and_nul_are_refused_by_sendmail(case):
    here = base()
    for message in (plain(body=case[1]), plain(more=b"X-Case: " + case[1])):
        with here.postfix.session() as client:
            code, text = client.send(message, "ann@example.com", [here.address()])
        assert code in (421, 554) and "not allowed" in text, (code, text)
    here.signed(here.send(plain()), "example.com")


# ---- whose mail ----

def test_authenticated_client_outside():
    here = base()
    here.signed(here.send(plain(), who=someone("ann@example.com")), "example.com")
    record = here.log_of_last()
    tap.equal((record["dir"], record["why"], record["login"], record["client"]),
              ("out", "authenticated", "ann@example.com", sendmail.OUTSIDE))


def test_mail_from_outside():
    here = base()
    unsigned(here.send(plain(STRANGER), who=OUTSIDE))
    record = here.log_of_last()
    tap.equal((record["dir"], record["client"], record["daemon"]),
              ("in", sendmail.OUTSIDE, "MTA"))


def test_outbound_daemon():
    here = base(outbound_daemons=["MSA"])
    here.signed(here.send(plain(), who=OUTSIDE, port=here.postfix.submission), "example.com")
    tap.equal(here.log_of_last()["daemon"], "MSA")
    unsigned(here.send(plain(STRANGER), who=OUTSIDE))


def test_queue_id_is_sendmails():
    here = base()
    delivery = here.send(plain())
    found = re.search(rb"\bid (\S+)", delivery.fields("Received")[0])
    tap.equal(here.log_of_last()["id"], found.group(1).decode())


@tap.cases(("to the recipients of the message", ()), ("to others", ("others@sink.example.net",)))
def test_sendmail_command(case):
    here = base()
    recipient = (case[1] or (here.address(),))[0]
    message = plain().replace(b"bob@sink.example.net", recipient.encode())
    here.daemon.mark()
    here.postfix.sendmail(message.replace(b"\r\n", b"\n"), "ann@example.com", case[1])
    here.signed(here.sink.to(recipient)[0], "example.com")
    tap.equal(here.log_of_last()["client"], "127.0.0.1")


def test_bounces_reach_no_milter():
    here = base()
    mark = here.daemon.mark()
    with here.postfix.session() as client:
        tap.equal(client.send(plain(), "bobs-bounce@example.com", ["bounce@sink.example.net"])[0],
                  250)
    delivery = here.sink.to("bobs-bounce@example.com")[0]
    tap.equal(delivery.sender, "")
    assert b"MAILER-DAEMON@" + sendmail.NAME.encode() in delivery.fields("From")[0], delivery.head
    unsigned(delivery)
    tap.equal(len([l for l in here.daemon.lines()[mark:] if "action=" in l]), 1)


# ---- replies ----

def test_B15_login_refused():
    here = base(login_domains="refuse")
    recipient = here.address()
    here.daemon.mark()
    with here.postfix.session(**someone("mallory@example.org")) as client:
        tap.equal(client.send(plain(), "m@example.org", [recipient]),
                  (550, "5.7.1 This login may not send mail as example.com"))
        tap.equal(client.send(plain("example.org"), "m@example.org", [recipient])[0], 250)
    here.signed(here.sink.to(recipient)[0], "example.org")
    tap.equal(here.daemon.wait_line("action=reject") is None, False)


@tap.cases(("tempfail", 451, "4.7.1"), ("reject", 550, "5.7.1"))
def test_signer_does_not_answer(case):
    choice, code, extended = case
    here = base(on_sign_failure=choice, signer_timeout=1)
    pid = here.daemon.pid("signer")
    os.kill(pid, signal.SIGSTOP)
    try:
        with here.postfix.session() as client:
            reply = client.send(plain(), "ann@example.com", [here.address()])
        tap.equal((reply[0], reply[1].split()[0]), (code, extended))
    finally:
        os.kill(pid, signal.SIGCONT)
    here.signed(here.send(plain()), "example.com")


# ---- sessions ----

def test_many_messages_in_one_session():
    here = base()
    recipients = [here.address() for _ in range(15)]
    domains = ("example.com", "example.org", "nokey.example")
    with here.postfix.session() as client:
        for number, recipient in enumerate(recipients):
            domain = domains[number % 3]
            tap.equal(client.send(plain(domain, subject=str(number)), "ann@" + domain,
                                  [recipient])[0], 250)
    for number, recipient in enumerate(recipients):
        delivery = here.sink.to(recipient)[0]
        tap.equal(delivery.fields("Subject"), [b" %d" % number])
        want = [domains[number % 3]] if number % 3 < 2 else []
        tap.equal([t["d"] for t in signatures(delivery)], want, recipient)
        assert not want or passes(here, delivery), recipient


def test_nothing_is_left_of_an_abandoned_message():
    here = base()
    recipient = here.address()
    with here.postfix.session() as client:
        client.mail("x@example.org")
        client.rcpt("other@sink.example.net")
        client.command("RSET", 250)
        client.ehlo()
        tap.equal(client.send(plain(), "ann@example.com", [recipient])[0], 250)
    delivery = here.sink.to(recipient)[0]
    tap.equal(delivery.recipients, [recipient])
    here.signed(delivery, "example.com")


STEPS = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "header", "body", "dot")
COMMANDS = (b"EHLO x", b"MAIL FROM:<a@example.com>", b"RCPT TO:<b@sink.example.net>", b"DATA")


@tap.cases(*STEPS)
def test_client_vanishes_after(step):
    here = base()
    client = smtp.Client(here.postfix.mx)
    for command in COMMANDS[:STEPS.index(step)]:
        assert client.command(command)[0] in (250, 354)
    if step == "header":
        client.raw(b"From: a@example.com\r\nSubj")
    if step in ("body", "dot"):
        client.raw(plain(body=messages.lines(70000)))
    if step == "dot":
        client.raw(b".\r\n")
    client.vanish()
    here.signed(here.send(plain()), "example.com")
    here.daemon.insist_clean()


# ---- a process dies ----

@tap.limit(120)
@tap.cases("signer", "gate")
def test_killed_under_load(role):
    """Whatever is accepted is signed and delivered once; the rest is put off."""
    here = base()
    mail = load.Load(here.postfix.mx, 6, prefix=role)
    proc.wait_until(lambda: len(mail.accepted()) >= 6, proc.patience(15), "some mail")
    pid = here.daemon.pid(role)
    os.kill(pid, signal.SIGKILL)
    proc.wait_until(lambda: [p for p in here.daemon.pids(role) if p != pid], proc.patience(10),
                    "a new " + role)
    before = len(mail.accepted())
    proc.wait_until(lambda: len(mail.accepted()) >= before + 6, proc.patience(20), "mail flows")
    mail.finish()
    for code, text in mail.others():
        assert code in (421, 451), (code, text)
    accepted = mail.accepted()
    found = here.sink.wait_where(lambda m: m.recipients[0].startswith(role + "-"), len(accepted), 60)
    tap.equal(sorted(m.recipients[0] for m in found), sorted(accepted), "delivered")
    for delivery in found:
        tap.equal([t["d"] for t in signatures(delivery)], ["example.com"])
    tap.note("%d accepted, %d put off" % (len(accepted), len(mail.others())))


def test_gatepost_away_and_back():
    here = base()
    here.daemon.stop()
    with here.postfix.session() as client:
        code, text = client.send(plain(), "ann@example.com", [here.address()])
    tap.equal((code, text[:5]), (451, "4.3.2"), text)
    here = base()
    here.signed(here.send(plain()), "example.com")


def test_readme_says_what_is_tested():
    with open(os.path.join(proc.top(), "README.md")) as readme:
        section = readme.read().partition("\n## Sendmail\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^    ((?:INPUT_MAIL_FILTER|define)\(.*)$", section, re.M)
    tested = sendmail.documented(8891).splitlines()
    tap.equal([line for line in lines if line + "dnl" not in tested], [])
    tap.equal(len(lines), 3)


def test_ends_clean():
    tap.equal(w().daemon.stop(), 0)
    tap.equal(w().postfix.queued(), 0)
    w().postfix.stop()


if __name__ == "__main__":
    try:
        sendmail.debs()
    except sendmail.Missing as why:
        print("TAP version 13\n1..0 # SKIP %s" % why)
        sys.exit(0)
    tap.main(globals(), needs=[gatepost.program()])
