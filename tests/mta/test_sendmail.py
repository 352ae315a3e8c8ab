#!/usr/bin/python3
"""What Sendmail does otherwise than Postfix, with the lines of conf/sendmail.mc.

The other suites run behind it too (--mta sendmail), with the values that differ beside the test.
Here is what it alone does:
  - It changes address fields after the milter has seen them: quotes round display names (unless
    confMUST_QUOTE_CHARS says otherwise), a space after each comma, a domain for a bare name,
    new folds (which only simple header canonicalization minds), a byte 0x7F before each byte
    from 0x80 to 0x9F of an address (raw UTF-8).
  - It adds a missing Date and Message-ID, after the milter too.
  - It refuses NUL, bare CR and bare LF itself.
  - It shows its own bounces to no milter. What sendmail(1) submits comes by SMTP on loopback.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if "--mta" not in sys.argv:
    sys.argv += ["--mta", "sendmail"]
from mta import gatepost, messages, proc, sendmail, tap, verify, world
from mta.world import OUTSIDE, plain, signatures, unsigned

KEYS = [("example.com", "r1", "rsa"), ("both.example", "r1", "rsa"), ("both.example", "e1", "ed25519"),
        (sendmail.NAME, "r1", "rsa")]
STRANGER = "stranger.example"  # a domain that is not ours: mail from outside may claim it
# Lines above those of conf/sendmail.mc: what an admin may have set, and what must not last.
UNFRIENDLY = "define(`confMAX_MIME_HEADER_LENGTH', `256/128')dnl"
MANY = ["from", "to", "subject", "date", "message-id", "references", "comments", "keywords",
        "list-unsubscribe", "x-case", "x-empty", "x-blank"]

_world = []


def w():
    if not _world:
        _world.append(world.World(KEYS, main=UNFRIENDLY, login_domains="off"))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


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


def test_utf8_in_addresses_is_damaged():
    """Debian's Sendmail does not know SMTPUTF8: it marks bytes that it uses itself, and forgets to take the marks away."""
    here = base()
    delivery = here.send(addressed("<a@Äpfel.example>".encode()), parameters="BODY=8BITMIME")
    tap.equal(delivery.fields("To"), [b" <a@\xc3\x7f\x84pfel.example>"], "the README is wrong")
    assert not passes(here, delivery)
    here.signed(here.send(addressed("Ägidius <a@äpfel.example>".encode()), parameters="BODY=8BITMIME"), "example.com")


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
        with here.mta.session() as client:
            code, text = client.send(message, "ann@example.com", [here.address()])
        assert code in (421, 554) and "not allowed" in text, (code, text)
    here.signed(here.send(plain()), "example.com")


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
    here.mta.sendmail(message.replace(b"\r\n", b"\n"), "ann@example.com", case[1])
    here.signed(here.sink.to(recipient)[0], "example.com")
    tap.equal(here.log_of_last()["client"], "127.0.0.1")


def test_bounces_reach_no_milter():
    here = base()
    mark = here.daemon.mark()
    with here.mta.session() as client:
        tap.equal(client.send(plain(), "bobs-bounce@example.com", ["bounce@sink.example.net"])[0],
                  250)
    delivery = here.sink.to("bobs-bounce@example.com")[0]
    tap.equal(delivery.sender, "")
    assert b"MAILER-DAEMON@" + sendmail.NAME.encode() in delivery.fields("From")[0], delivery.head
    unsigned(delivery)
    tap.equal(len([l for l in here.daemon.lines()[mark:] if "action=" in l]), 1)


def test_gatepost_away_and_back():
    here = base()
    here.daemon.stop()
    with here.mta.session() as client:
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
    tap.equal(w().mta.queued(), 0)
    w().mta.stop()


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
