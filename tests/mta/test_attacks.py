#!/usr/bin/python3
"""Attacks from the literature, on the running milter: refused, or stated truthfully in the header.

CK: "Composition Kills: A Case Study of Email Sender Authentication" (Chen, Paxson, Jiang; USENIX
    Security 2020), by its numbers A1 to A13, B1 to B3 and sections.
WL: "Weak Links in Authentication Chains" (Shen et al.; USENIX Security 2021), A1 to A14.
FP: "Forward Pass" (Liu et al.; EuroS&P 2023), by section.

The configuration is the default. legit.example is the victim, with p=reject; attacker.example has
SPF and DKIM in order.
"""
import base64
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import arc, arrival, attack, gatepost, postfix, signers, tap, world
from mta.attack import Attack
from mta.world import by_mta, plain

KEYS = [("attacker.example", "s1", "rsa"), ("legit.example", "s1", "rsa"), ("list.example", "s1", "rsa"),
        ("other-list.example", "s1", "rsa")]
OURS = [("own.example", "s1", "rsa"), ("ours.example", "s1", "rsa")]
AUTHOR = b"From: admin@legit.example\r\n"
ATTACKER = b"From: any@attacker.example\r\n"
# Domains that one reader cuts where another one goes on: all of them belong to attacker.example.
INJECTED = ["legit.example(", "legit.example'", 'legit.example"', "legit.example;", "legit.example\\",
            "legit.example,", "legit.example)", "legit.example=", "legit.example/", "legit.example%00",
            "legit.example<", "legit.example:"]


def escaped(name):
    """A name as a zone file has it."""
    return re.sub(r'([()"\';\\$@ ])', r"\\\1", name)


def records(zone):
    zone.add_txt("legit.example", "v=spf1 -all")
    zone.add_txt("_dmarc.legit.example", "v=DMARC1; p=reject")
    zone.add_txt("_dmarc.bank.example", "v=DMARC1; p=reject")
    zone.add_txt("attacker.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("_dmarc.attacker.example", "v=DMARC1; p=none")
    zone.add_txt("list.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("other-list.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("_dmarc.strict.example", "v=DMARC1; p=reject; adkim=s; aspf=s")
    zone.add_txt("mail.strict.example", "v=spf1 ip4:192.0.2.1 -all")
    zone.add_txt("strict.example", "v=spf1 -all")
    zone.add_txt("spaces.example", "v=spf1 -all")
    zone.add_txt("_dmarc.spaces.example", "V = DMARC1 ;P=Reject")
    zone.add_txt("_dmarc.version.example", "v=dmarc1; p=reject")
    zone.add_txt("_dmarc.broken.example", "v=DMARC1; p=reject; rf=afrfruf=mailto:a@example.com; fo=1")
    key = zone.txt("s1._domainkey.attacker.example")
    zone.add_txt("s1._domainkey.mail.strict.example", key)
    for begin in INJECTED:
        zone.add_txt(escaped(begin + ".attacker.example"), "v=spf1 ip4:192.0.2.1 -all")
        zone.add_txt("s1._domainkey." + escaped(begin + ".attacker.example"), key)


_world = []


def w():
    if not _world:
        _world.append(arrival.Arrivals(KEYS, records, ours=OURS,
                                       main=by_mta(postfix=postfix.documented(), sendmail="")))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


# ---- messages ----

def message(*fields, body=b"Hello\r\n", rest=True):
    """A message whose fields of origin are these, byte for byte; rest: with those that every message has."""
    common = b"To: bob@own.example\r\nSubject: hello\r\nDate: Mon, 01 Jan 2024 10:00:00 +0000\r\n" \
             b"Message-ID: <1@attacker.example>\r\n"
    return b"".join(fields) + (common if rest else b"") + b"\r\n" + body


def author(text):
    """A message From something."""
    return message(b"From: " + attack.octets(text) + b"\r\n")


def signed(text, domain="attacker.example", key="attacker.example", selector="s1", **tags):
    """Signed by a key; with tags= that lie about whose it is."""
    return signers.by_hand(text, w().keys.path(key, "s1"), domain, selector, **tags)


def b64(text):
    return "=?utf-8?B?%s?=" % base64.b64encode(text.encode()).decode()


# ---- CK 4: within the server ----

CONFUSED = [
    # What SPF checks is not what DMARC compares.
    Attack("CK A1 subdomain in MAIL FROM that does not exist", message(AUTHOR), "refused dmarc_reject",
           sender="any@nx.legit.example"),
    Attack("CK A1 HELO of the attacker, MAIL FROM of the victim", message(AUTHOR), "refused dmarc_reject",
           sender="any@legit.example"),
    Attack("CK A1 HELO of the victim", message(AUTHOR), "refused dmarc_reject", helo="legit.example"),
    Attack("CK A2 open comment", message(AUTHOR), by_mta(postfix="refused dmarc_reject", sendmail="mta"),
           sender="(any@legit.example"),
    Attack("CK A2 comment", message(AUTHOR), "refused dmarc_reject", sender="(any@legit.example)"),
    Attack("CK A2 comment before", message(AUTHOR), "refused dmarc_reject", sender="(x)any@legit.example"),
    Attack("WL A3 null sender", message(AUTHOR), "refused dmarc_reject", sender=""),
    Attack("WL A3 null sender, HELO of the victim", message(AUTHOR), "refused dmarc_reject", sender="",
           helo="legit.example"),
    Attack("WL A2 MAIL FROM is another than From", message(AUTHOR), "refused dmarc_reject"),
    Attack("CK A5 two at signs", message(AUTHOR), by_mta(postfix="refused dmarc_reject", sendmail="mta"),
           sender="any@legit.example'@attacker.example"),
    Attack("CK A5 quoted", message(AUTHOR), "refused dmarc_reject", sender='"any@legit.example"@attacker.example'),
    Attack("CK A5 route", message(AUTHOR), "refused dmarc_reject",
           sender="@legit.example,@any.example:'any@attacker.example"),
    Attack("CK A5 source route of the attacker", message(AUTHOR), "refused dmarc_reject",
           sender="@attacker.example:any@legit.example"),
    Attack("CK A5 percent", message(AUTHOR), "refused dmarc_reject", sender="any%legit.example@attacker.example"),
]


@tap.cases(*CONFUSED)
def test_confused_identities(case):
    attack.try_on(base(), case)


# What each MTA takes as a domain of MAIL FROM; the others are refused by it at once.
TAKEN = by_mta(postfix="(\\", sendmail="';\\=/%")


@tap.cases(*[(domain, domain) for domain in INJECTED])
def test_injection_by_mail_from(case):
    """CK A5, for the victim: refused. As the attacker: no results but true ones."""
    sender = "any@%s.attacker.example" % case[1]
    here = base()
    taken = case[1][len("legit.example")] in TAKEN
    attack.try_on(here, Attack(case[0], message(AUTHOR), "refused dmarc_reject" if taken else "mta", sender=sender))
    attack.try_on(here, Attack(case[0], message(ATTACKER), "dmarc=fail header.from=attacker.example" if taken else "mta",
                               sender=sender))


HELOS = ["legit.example(.attacker.example", "attacker.example;dmarc=pass", "attacker.example; dmarc=pass header.from=legit.example",
         '";dmarc=pass header.from=legit.example', "x(", "x\\", "mx.example.com; dkim=pass header.d=legit.example", "[127.0.0.1]; spf=pass"]


@tap.cases(*HELOS)
def test_injection_by_helo(helo):
    attack.try_on(base(), Attack(helo, message(ATTACKER), "dmarc=pass header.from=attacker.example", helo=helo))
    attack.try_on(base(), Attack(helo, message(AUTHOR), "refused dmarc_reject", helo=helo))


SIGNED = [
    ("CK A3 NUL in the selector", {"domain": "legit.example", "selector": "s1._domainkey.attacker.example.\0.any"}, "mta"),
    ("CK A3 NUL in the domain", {"domain": "legit.example\0.attacker.example"}, "mta"),
    ("CK A3 NUL behind the domain", {"domain": "attacker.example\0.legit.example"}, "mta"),
    ("CK A3 escaped NUL", {"domain": "legit.example", "selector": "s1._domainkey.attacker.example.\\000.any"}, "refused dmarc_reject"),
    ("CK A3 percent", {"domain": "legit.example", "selector": "s1._domainkey.attacker.example.%00.any"}, "refused dmarc_reject"),
    ("selector with a dot at the end", {"domain": "legit.example", "selector": "s1._domainkey.attacker.example."}, "refused dmarc_reject"),
    ("selector with a newline", {"domain": "legit.example", "selector": "s1._domainkey.attacker.example\r\n ."}, "refused dmarc_reject"),
    ("selector of the attacker", {"domain": "legit.example", "selector": "s1._domainkey.attacker.example"}, "refused dmarc_reject"),
    ("key of the attacker", {"domain": "legit.example"}, "refused dmarc_reject"),
    ("i= of the victim", {"i": "admin@legit.example"}, "refused dmarc_reject"),
    ("i= that ends as d=", {"i": "admin@legit.example.attacker.example"}, "refused dmarc_reject"),
    ("d= twice", {"domain": "attacker.example; d=legit.example"}, "refused dmarc_reject"),
    ("d= in capitals of another tag", {"D": "legit.example"}, "refused dmarc_reject"),
    ("d= with a space", {"domain": "attacker.example legit.example"}, "refused dmarc_reject"),
    ("d= with a comma", {"domain": "attacker.example,legit.example"}, "refused dmarc_reject"),
    ("d= of the parent", {"domain": "example"}, "refused dmarc_reject"),
    ("d= with a dot at the end", {"domain": "legit.example."}, "refused dmarc_reject"),
    ("d= in wide letters", {"domain": "ｌegit.example"}, "refused dmarc_reject"),
    ("d= below", {"domain": "nx.legit.example"}, "refused dmarc_reject"),
    ("no h=From", {"h": "subject"}, "refused dmarc_reject"),
    ("an encoded d=", {"domain": "=?utf-8?q?legit.example?="}, "refused dmarc_reject"),
    ("an injected value of another tag", {"z": "x; dmarc=pass header.from=legit.example"}, "refused dmarc_reject"),
    ("an injected identity", {"i": "\"; dmarc=pass header.from=legit.example; x=\"@attacker.example"}, "refused dmarc_reject"),
]


@tap.cases(*SIGNED, *[("CK A4 " + begin, {"domain": begin + ".attacker.example"}, "refused dmarc_reject")
                       for begin in INJECTED])
def test_signature_of_another(case):
    """For the victim it is refused; as the attacker, the header says nothing that is not so."""
    name, tags, want = case
    here = base()
    attack.try_on(here, Attack(name, signed(message(AUTHOR), **tags), want))
    attack.try_on(here, Attack(name, signed(message(ATTACKER), **tags),
                               want if want == "mta" else "dmarc=pass header.from=attacker.example"))


# ---- CK 5.1, WL A4: which From ----

SEVERAL = "refused several_from"
MALFORMED = "refused malformed_from"
PASS = "dmarc=pass header.from=attacker.example"  # for the attacker, and that is so
FIELDS = [
    ("CK A6 attacker first", [ATTACKER, AUTHOR], SEVERAL),
    ("CK A6 victim first", [AUTHOR, ATTACKER], SEVERAL),
    ("CK A6 alike", [AUTHOR, AUTHOR], SEVERAL),
    ("CK A6 apart", [ATTACKER, b"Subject: x\r\n", AUTHOR], SEVERAL),
    ("CK A6 capitals", [ATTACKER, b"FROM: admin@legit.example\r\n"], SEVERAL),
    ("CK A6 small letters", [b"from: admin@legit.example\r\n", ATTACKER], SEVERAL),
    ("CK A6 empty", [b"From:\r\n", ATTACKER], by_mta(postfix=SEVERAL, sendmail=PASS)),  # Sendmail drops empty fields
    ("CK A6 three", [ATTACKER, ATTACKER, AUTHOR], SEVERAL),
    ("CK A7 space behind the name", [ATTACKER, b"From : admin@legit.example\r\n"], SEVERAL),
    ("CK A7 space behind the first name", [b"From : admin@legit.example\r\n", ATTACKER], PASS),
    ("CK A7 space behind the first name, lower", [b"X-Other: x\r\n", b"From : admin@legit.example\r\n", ATTACKER], SEVERAL),
    ("CK A7 tab behind the name", [ATTACKER, b"From\t: admin@legit.example\r\n"], SEVERAL),
    # "From " at the very beginning is what a mailbox has between messages: neither MTA delivers it.
    ("CK A7 only one with a space, first", [b"From : admin@legit.example\r\n"], MALFORMED),
    ("CK A7 only one with a space", [b"X-Other: x\r\n", b"From : admin@legit.example\r\n"], "refused dmarc_reject"),
    ("CK A7 only one with a tab", [b"From\t: admin@legit.example\r\n"], "refused dmarc_reject"),
    ("CK A7 no space behind the colon", [ATTACKER, b"From:admin@legit.example\r\n"], SEVERAL),
    ("CK A7 folded at once", [ATTACKER, b"From:\r\n admin@legit.example\r\n"], SEVERAL),
    # The header ends where its syntax does: what follows is the body, for us as for the MTA.
    ("CK A7 space before the first", [b" From: any@attacker.example\r\n", AUTHOR], MALFORMED),
    ("CK A7 folded name", [b"From\r\n : any@attacker.example\r\n", AUTHOR], MALFORMED),
    ("CK A7 folded name, second", [AUTHOR, b"From\r\n : any@attacker.example\r\n"], "refused dmarc_reject"),
    ("CK A7 space before another", [ATTACKER, b"X-Other: x\r\n", b" From: admin@legit.example\r\n"], PASS),
    ("CK A8 only Sender", [b"Sender: admin@legit.example\r\n"], MALFORMED),
    ("CK A8 only Resent-From", [b"Resent-From: admin@legit.example\r\n"], MALFORMED),
    ("CK A8 only Reply-To", [b"Reply-To: admin@legit.example\r\n"], MALFORMED),
    ("CK B3 empty From and Sender", [b"From:\r\n", b"Sender: admin@legit.example\r\n"], MALFORMED),
    ("CK A8 From and Sender", [ATTACKER, b"Sender: admin@legit.example\r\n"], PASS),
    ("CK A8 Sender of the attacker", [AUTHOR, b"Sender: any@attacker.example\r\n"], "refused dmarc_reject"),
    ("CK A8 From and Resent-From", [ATTACKER, b"Resent-From: admin@legit.example\r\n"], PASS),
    ("CK A8 From of a list and its Original-From", [ATTACKER, b"X-Original-From: admin@legit.example\r\n"], PASS),
    ("a name that looks like it", [ATTACKER, "Fr\u043em: admin@legit.example\r\n".encode()], PASS),
    ("a name with an invisible sign", [ATTACKER, "From\u200b: admin@legit.example\r\n".encode()], PASS),
    ("a name with a control character", [ATTACKER, b"From\x08: admin@legit.example\r\n"], PASS),
    ("a wide colon", [ATTACKER, "From\uff1a admin@legit.example\r\n".encode()], PASS),
    ("a field without a name", [ATTACKER, b": admin@legit.example\r\n"], PASS),
]


@tap.cases(*FIELDS)
def test_which_from(case):
    name, fields, want, *marked = case
    attack.try_on(base(), Attack(name, message(*fields), want, marked=marked[0] if marked else None))


def test_CK_A7_above_is_no_fold_of_ours():
    """Our fields are above one that begins with white space: they must not swallow it, nor it them."""
    got = attack.try_on(base(on_malformed_from="accept"),
                        Attack("", message(b" From: any@attacker.example\r\n", b"X: x\r\n"), "dmarc=none"))
    assert b"attacker" not in got.fields("Authentication-Results")[0].partition(b"iprev")[2], got.head


# ---- CK 5.2, WL A5 to A7, A12 to A14: which address ----

ADDRESSES = [
    ("CK A9 two, the attacker first", "<any@attacker.example>, <admin@legit.example>", SEVERAL),
    ("CK A9 two, the victim first", "<admin@legit.example>, <any@attacker.example>", SEVERAL),
    ("CK A13 one with a bracket", "admin@legit.example, <any@attacker.example>", SEVERAL),
    ("CK A13 behind the bracket", "<any@attacker.example>admin@legit.example", MALFORMED),
    ("CK A13 before the bracket", "admin@legit.example<any@attacker.example>", MALFORMED),
    ("CK A13 no comma", "<admin@legit.example> <any@attacker.example>", MALFORMED),
    ("CK A13 a semicolon", "admin@legit.example; any@attacker.example", MALFORMED),
    ("CK A10 encoded and another", b64("<admin@legit.example>") + ",<any@attacker.example>", MALFORMED),
    ("CK A10 encoded before another", b64("admin@legit.example") + " <any@attacker.example>", PASS),
    ("CK A10 quoted-printable", "=?utf-8?Q?=3Cadmin=40legit.example=3E?= <any@attacker.example>", PASS),
    ("CK B2 encoded alone", b64("admin@legit.example"), MALFORMED),
    ("CK B2 encoded in brackets", "<%s>" % b64("admin@legit.example"), MALFORMED),
    ("CK B2 encoded domain", "admin@" + b64("legit.example"), MALFORMED),
    ("WL A7 two encoded words", b64("admin@leg") + " " + b64("it.example"), MALFORMED),
    ("WL A7 encoded with a NUL", b64("admin@legit.example\0") + " <any@attacker.example>", PASS),
    ("WL A7 encoded with a line end", b64("x\r\nFrom: admin@legit.example\r\n") + " <any@attacker.example>", PASS),
    ("CK A11 route", "<@attacker.example,@any.example:admin@legit.example>", "refused dmarc_reject"),
    ("CK A11 route through the victim", "<@legit.example,@any.example:any@attacker.example>", PASS),
    ("CK A11 route without brackets", "@attacker.example:admin@legit.example", MALFORMED),
    ("CK A12 quoted pair", "<admin@legit.example>\\, <any@attacker.example>", MALFORMED),
    ("CK A12 quoted at sign", "admin\\@legit.example@attacker.example", MALFORMED),
    ("CK A12 quoted local part", "\"admin@legit.example\"@attacker.example", PASS),
    ("CK A12 quoted local part and bracket", "\"admin@legit.example> \"@attacker.example", PASS),
    ("B12 a comma and quotes in the name", "\"\\\"Widgets, Inc.\\\"\" <any@attacker.example>", PASS),
    ("B12 apostrophes", "\"'B, A' via List\" <any@attacker.example>", PASS),
    ("WL A6 the name is an address", "\"admin@legit.example\" <any@attacker.example>", PASS),
    ("WL A6 a comment is an address", "any@attacker.example (admin@legit.example)", PASS),
    ("WL A6 comments within", "any@(admin@legit.example)attacker.example", PASS),
    ("WL A6 comment in the domain", "admin@legit(attacker).example", "refused dmarc_reject"),
    ("WL A6 open comment", "any@attacker.example (admin@legit.example", MALFORMED),
    ("WL A6 open quote", "\"any@attacker.example <admin@legit.example>", MALFORMED),
    ("WL A6 two at signs", "admin@legit.example@attacker.example", MALFORMED),
    ("WL A6 empty brackets", "admin@legit.example <>", MALFORMED),
    ("WL A6 stray bracket", "admin@legit.example>", MALFORMED),
    ("WL A6 percent", "admin%legit.example@attacker.example", PASS),
    ("WL A6 bang", "legit.example!admin@attacker.example", PASS),
    ("WL A6 backslash in the domain", "admin@legit.example\\.attacker.example", MALFORMED),
    ("WL A6 %00", "admin@legit.example%00.attacker.example", MALFORMED),
    ("WL A6 slash", "admin@legit.example/.attacker.example", MALFORMED),
    ("WL A6 a hash", "admin@legit.example#.attacker.example", MALFORMED),
    ("WL A6 a question mark", "admin@legit.example?.attacker.example", MALFORMED),
    ("WL A6 a dot at the end", "admin@legit.example.", MALFORMED),
    ("WL A6 capitals", "ADMIN@LEGIT.EXAMPLE", "refused dmarc_reject"),
    ("WL A6 folded", "\r\n admin@legit.example", "refused dmarc_reject"),
    ("WL A6 folded in the domain", "admin@legit.\r\n example", "refused dmarc_reject"),
    ("WL A6 folded within a label", "admin@leg\r\n it.example", MALFORMED),
    ("WL A6 many lines", "\r\n " * 60 + "admin@legit.example", "refused dmarc_reject"),
    ("WL A6 a long name", "x" * 900 + "\r\n <admin@legit.example>", "refused dmarc_reject"),
    ("WL A5 group", "friends: admin@legit.example;", "refused dmarc_reject"),
    ("WL A5 group of both", "friends: admin@legit.example, any@attacker.example;", SEVERAL),
    ("WL A5 group and another", "friends: admin@legit.example;, any@attacker.example", SEVERAL),
    ("WL A5 empty group", "admin@legit.example:;", MALFORMED),
    ("WL A5 empty group and another", "friends:;, any@attacker.example", PASS),
    ("WL A5 nested groups", "a: b: admin@legit.example;;", MALFORMED),
    ("literal", "admin@[192.0.2.1]", MALFORMED),
    # The authors of these are strangers, and called so: header.from is what DNS is asked for.
    ("WL A12 homograph", "admin@l\u0435git.example", "dmarc=none header.from=xn--lgit-v4d.example"),
    ("WL A12 homograph as an A-label", "admin@xn--lgit-v4d.example", "dmarc=none header.from=xn--lgit-v4d.example"),
    ("WL A12 wide letters", "admin@\uff4c\uff45git.example", "refused dmarc_reject"),
    ("WL A12 kelvin sign", "admin@ban\u212a.example", "refused dmarc_reject"),
    ("WL A13 zero width space", "admin@leg\u200bit.example", "refused dmarc_reject"),
    ("WL A13 soft hyphen", "admin@leg\u00adit.example", "refused dmarc_reject"),
    ("WL A13 word joiner", "admin@leg\u2060it.example", "refused dmarc_reject"),
    ("CK B1 space of U+2000", "admin@legit.example\u2000", MALFORMED),
    ("CK B1 no-break space", "admin@legit.example\u00a0", MALFORMED),
    ("WL A13 U+061C", "admin@legit.example\u061c", MALFORMED),
    ("WL A13 line separator", "admin@legit.example\u2028.attacker.example", MALFORMED),
    ("WL A13 wide at sign", "admin\uff20legit.example", MALFORMED),
    ("WL A13 wide at sign before another", "admin\uff20legit.example <any@attacker.example>", PASS),
    ("WL A13 small at sign", "admin\ufe6blegit.example", MALFORMED),
    ("WL A13 ideographic full stop", "admin@legit\u3002example", MALFORMED),
    ("WL A13 one dot leader", "admin@legit\u2024example", MALFORMED),
    ("WL A13 wide brackets", "any@attacker.example\uff1cadmin@legit.example\uff1e", MALFORMED),
    ("WL A13 backspaces", "any@attacker.example\x08\x08\x08\x08", MALFORMED),
    ("WL A13 escape", "admin@legit.example\x1b[8m.attacker.example", MALFORMED),
    ("WL A14 right to left", "\"\u202eelpmaxe.tigel@nimda\u202c\" <any@attacker.example>", PASS),
    ("WL A14 right to left in the domain", "admin@\u202eelpmaxe.tigel", MALFORMED),
    ("WL A14 isolate", "\u2067elpmaxe.tigel@nimda\u2069 any@attacker.example", MALFORMED),
]


@tap.cases(*ADDRESSES)
def test_which_address(case):
    name, text, want, *marked = case
    attack.try_on(base(), Attack(name, author(text), want, marked=marked[0] if marked else None))


@tap.cases(*[(name, text) for name, text, *_ in ADDRESSES if "admin" in text or "nimda" in text])
def test_let_in_it_is_checked_all_the_same(case):
    """Where such mail is let in, none passes as the victim's, and where one could be shown it is refused."""
    here = base(on_malformed_from="mark", on_several_from="mark")
    found = outcome(here, author(case[1]))
    assert not [d for d in found if d.endswith("legit.example")], found


def outcome(here, made):
    """The domains of dmarc=pass in what was delivered; () where it was refused."""
    recipient = here.address()
    code, text = attack.sent(here, Attack("", made, ""), recipient, world.OUTSIDE)
    if code != 250:
        return ()
    got = arrival.Arrival(here.sink.to(recipient)[0])
    attack.insist_parsed_alike(got)
    return tuple(r.properties.get("header.from", "") for r in got.of("dmarc") if r.result == "pass")


# ---- WL A8, CK A1: names below ----

@tap.cases(("WL A8 no such name", "nx.legit.example", "refused dmarc_reject"),
           ("WL A8 deep", "a.b.c.d.e.f.g.h.i.legit.example", "refused dmarc_reject"),
           ("WL A8 of our own", "nx.own.example", "refused own_domain"),
           ("WL A8 looks like it", "legit.example.attacker.example", "dmarc=pass header.from=legit.example.attacker.example"),
           ("WL A8 ends alike", "notlegit.example", "dmarc=none header.from=notlegit.example"))
def test_names_below(case):
    name, domain, want = case
    attack.try_on(base(), Attack(name, author("admin@" + domain), want))
    attack.try_on(base(), Attack(name, signed(author("admin@" + domain), domain="attacker.example"), want))


@tap.cases(("B53 no record", "localhost.localdomain", "dmarc=none header.from=localhost.localdomain"),
           ("B53 one label", "localhost", "dmarc=none header.from=localhost"),
           ("B50 spaces and capitals", "spaces.example", "refused dmarc_reject"),
           ("B50 a version that is none", "version.example", "dmarc=none header.from=version.example"),
           ("B51 a semicolon is missing", "broken.example", "refused dmarc_reject"),
           ("B93 strict", "strict.example", "refused dmarc_reject"),
           ("B93 strict, the name itself", "mail.strict.example", "dmarc=pass header.from=mail.strict.example"))
def test_record(case):
    """SPF and DKIM pass for mail.strict.example."""
    name, domain, want = case
    attack.try_on(base(), Attack(name, signed(author("a@" + domain), domain="mail.strict.example"), want,
                                 sender="any@mail.strict.example"))


@tap.cases("own.example", "ours.example", "x.own.example")
def test_own_domain(domain):
    """CK, WL A2: mail from outside in our own name, whatever the envelope says."""
    made = author("ceo@" + domain)
    for sender in ("any@attacker.example", "ceo@" + domain, ""):
        attack.try_on(base(), Attack(domain, made, "refused own_domain", sender=sender))
    attack.try_on(base(), Attack(domain, signed(made), "refused own_domain"))


# ---- CK 6: replays ----

def genuine(**tags):
    """A message of the victim's, signed by it."""
    return signed(message(AUTHOR), domain="legit.example", key="legit.example", **tags)


VICTIMS = "dmarc=pass header.from=legit.example, dkim=pass header.d=legit.example"
REPLAYS = [
    ("as it was", lambda: genuine(), VICTIMS, None),
    ("CK 6.1 second Subject, not oversigned", lambda: b"Subject: forged\r\n" + genuine(), VICTIMS, "doubled_field"),
    ("CK 6.1 second To", lambda: b"To: victim@own.example\r\n" + genuine(), VICTIMS, "doubled_field"),
    ("CK 6.1 second Date", lambda: b"Date: Tue, 02 Jan 2024 10:00:00 +0000\r\n" + genuine(), VICTIMS, "doubled_field"),
    ("CK 6.1 Content-Type that was not signed", lambda: b"Content-Type: text/html\r\n" + genuine(), VICTIMS, None),
    ("CK 6.1 second Subject with a space", lambda: b"Subject : forged\r\n" + genuine(), VICTIMS, "doubled_field"),
    ("CK 6.1 second Subject below", lambda: genuine().replace(b"\r\n\r\n", b"\r\nSubject: forged\r\n\r\n", 1), "refused dmarc_reject", None),
    ("CK 6.1 oversigned", lambda: b"Subject: forged\r\n" + oversigned(), "refused dmarc_reject", None),
    ("CK 6.1 second From above", lambda: ATTACKER + genuine(), SEVERAL, None),
    ("CK 6.1 second From with a space", lambda: b"X: x\r\nFrom : any@attacker.example\r\n" + genuine(), SEVERAL, None),
    ("CK 6.1 From changed", lambda: genuine().replace(b"From: admin", b"From: ceo"), "refused dmarc_reject", None),
    ("CK 6.2 l= and more text", lambda: genuine(l=7) + b"more\r\n", "refused dmarc_reject", None),
    ("CK 6.2 l=0", lambda: genuine(l=0, bh="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), "refused dmarc_reject", None),
    ("CK 6.2 l= and another Content-Type", lambda: b"Content-Type: multipart/mixed; boundary=x\r\n" + genuine(l=7)
     + b"--x\r\nContent-Type: text/html\r\n\r\nforged\r\n--x--\r\n", "refused dmarc_reject", None),
    ("body changed", lambda: genuine().replace(b"Hello", b"Hallo"), "refused dmarc_reject", None),
    ("twice", lambda: genuine().partition(b"\r\n")[0] + b"\r\n" + genuine(), "dmarc=pass header.from=legit.example", None),
    ("as the attacker's", lambda: genuine().replace(b"From: admin@legit", b"From: any@attacker"), PASS, None),
]


def oversigned():
    import dkim
    with open(w().keys.path("legit.example", "s1"), "rb") as pem:
        key = pem.read()
    made = message(AUTHOR)
    field = dkim.sign(made, b"s1", b"legit.example", arc.Others(w().keys)._rsa("legit.example", "s1"),
                      include_headers=[b"from", b"from", b"subject", b"subject"])
    assert key
    return field + made


@tap.cases(*REPLAYS)
def test_replay(case):
    """What is signed is the victim's, and is said to be so: only what is not signed can be forged."""
    name, make, want, marked = case
    attack.try_on(base(), Attack(name, make(), want, marked=marked, genuine=True))


# ---- WL A1, CK 6.3: with an account of ours ----

@tap.cases(("WL A1 another domain of ours", b"From: ceo@ours.example\r\n", "550 5.7.1"),
           ("CK 6.3 two From fields", b"From: ann@own.example\r\nFrom: ceo@ours.example\r\n", "550 5.6.0"),
           ("CK 6.3 two addresses", b"From: ann@own.example, ceo@ours.example\r\n", "550 5.6.0"),
           ("CK 6.3 encoded", b"From: =?utf-8?q?ceo=40ours.example?=\r\n", "550 5.6.0"),
           ("CK 6.3 no From, but Sender", b"Sender: ceo@ours.example\r\n", "550 5.6.0"),
           ("CK 6.3 route", b"From: <@own.example:ceo@ours.example>\r\n", "550 5.7.1"))
def test_with_an_account(case):
    _, fields, reply = case
    here = base()
    code, text = here.mta.send(message(fields), "ann@own.example", [here.address()], **world.someone("ann@own.example"))
    tap.equal("%d %s" % (code, text[:5]), reply, text)


def test_with_an_account_not_as_a_stranger():
    """WL A2: whoever has an account may write as a domain that is not ours, and gets no signature for it."""
    here = base()
    recipient = here.address()
    code, text = here.mta.send(message(AUTHOR), "ann@own.example", [recipient], **world.someone("ann@own.example"))
    tap.equal(code, 250, text)
    delivery = here.sink.to(recipient)[0]
    tap.equal(delivery.fields("DKIM-Signature") + delivery.fields("ARC-Seal"), [])


# ---- WL A9 to A11, FP: forwarding, lists, ARC ----

FOOTED = message(AUTHOR, b"List-Id: <l.list.example>\r\n", body=b"Hello\r\n-- \r\na list\r\n")
GOOD = b"dmarc=pass header.from=legit.example; dkim=pass header.d=legit.example"


def sealed(made, domain="list.example", cv="none", results=GOOD):
    """With an ARC set whose results say that it was authentic."""
    return arc.Others(w().keys).seal_dkimpy(made, domain, "s1", cv, results=results)


FORWARDED = [
    ("FP 5.1 open forwarding: the forwarder's SPF", FOOTED, {}, "refused dmarc_reject"),
    ("WL A10 the forwarder signs", lambda: signed(FOOTED, "list.example", "list.example"), {}, "refused dmarc_reject"),
    ("WL A10 the forwarder signs in the victim's name", lambda: signed(FOOTED, "legit.example", "list.example"), {},
     "refused dmarc_reject"),
    ("WL A9 forwarded as it was", lambda: genuine(), {}, VICTIMS),
    ("a list's footer, no ARC", lambda: genuine() + b"-- \r\na list\r\n", {}, "refused dmarc_reject"),
    ("WL A11 ARC of a sealer nobody trusts", lambda: sealed(FOOTED), {}, "refused dmarc_reject"),
    ("FP 5.3 ARC of a sealer nobody trusts, while another is trusted", lambda: sealed(FOOTED, "attacker.example"),
     {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("ARC of a trusted sealer", lambda: sealed(FOOTED), {"trusted_arc_sealers": ["list.example"]},
     "dmarc=fail header.from=legit.example, arc=pass"),
    ("WL A11 changed after a trusted sealer", lambda: sealed(FOOTED).replace(b"Subject: ", b"Subject: forged "),
     {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("WL A11 a trusted sealer that says it was forged", lambda: sealed(FOOTED, results=b"dmarc=fail header.from=legit.example"),
     {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("WL A11 a trusted sealer on top of the attacker's", lambda: sealed(sealed(FOOTED, "attacker.example"), cv="pass",
     results=b"arc=pass; dmarc=fail header.from=legit.example"), {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("WL A11 the attacker on top of a trusted sealer", lambda: sealed(sealed(FOOTED), "attacker.example", "pass", b"arc=pass; " + GOOD),
     {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("WL A11 AAR without a seal", lambda: b"ARC-Authentication-Results: i=1; list.example; " + GOOD + b"\r\n" + FOOTED,
     {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("WL A11 a seal in a trusted name by another key", lambda: sealed(FOOTED, "attacker.example").replace(
        b"attacker.example", b"list.example").replace(b"any@list.example", b"any@attacker.example"),
     {"trusted_arc_sealers": ["list.example"]}, "refused dmarc_reject"),
    ("FP 5.4 a list writes its own From", lambda: signed(message(b"From: Admin via List <l@list.example>\r\n",
     b"Reply-To: admin@legit.example\r\n"), "list.example", "list.example"), {}, "dmarc=none header.from=list.example, dkim=pass header.d=list.example"),
    ("our results in the message", lambda: b"Authentication-Results: mx.example.com; " + GOOD + b"\r\n" + FOOTED, {},
     "refused dmarc_reject"),
    ("Received-SPF in the message", lambda: b"Received-SPF: pass client-ip=192.0.2.1; envelope-from=x@legit.example\r\n" + FOOTED,
     {}, "refused dmarc_reject"),
]


@tap.limit(90)
@tap.cases(*FORWARDED)
def test_forwarded(case):
    name, make, options, want = case
    attack.try_on(base(**options), Attack(name, make() if callable(make) else make, want, sender="bounce@list.example",
                                          helo="list.example", genuine="legit.example" in name or want == VICTIMS))


# ---- smuggling (CERT VU#302671), NUL ----

SMUGGLED = b"MAIL FROM:<admin@legit.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" + message(AUTHOR) + b".\r\n"
ENDS = [("LF . LF", b"\n.\n"), ("LF . CRLF", b"\n.\r\n"), ("CRLF . LF", b"\r\n.\n"), ("CR . CR", b"\r.\r"), ("CR . CRLF", b"\r.\r\n"),
        ("CRLF . CR", b"\r\n.\r"), ("CRLF . CR CRLF", b"\r\n.\r\r\n"), ("LF . CR LF CR", b"\n.\r\n\r"), ("CRLF NUL . CRLF", b"\r\n\0.\r\n"),
        ("CRLF . NUL CRLF", b"\r\n.\0\r\n")]


@tap.cases(*ENDS)
def test_smuggling(case):
    """What follows such an end is either part of the message, or a message by the attacker, and judged as such."""
    _, end = case
    here = base()
    first, second = here.address(), here.address()
    with here.mta.session(**world.OUTSIDE) as client:
        client.ehlo("attacker.example")
        assert client.mail("any@attacker.example")[0] == 250 and client.rcpt(first)[0] == 250
        client.command("DATA", 354)
        client.raw(message(ATTACKER) + b"x" + end + SMUGGLED % second.encode())
        code, text = client.reply()
        tap.note("%d %s" % (code, text))
    here.daemon.wait_line("action=accept") if code == 250 else None
    if code == 250:
        here.sink.to(first)
    tap.equal([m for m in here.sink.messages if second in m.recipients], [], "smuggled")


@tap.cases(("in the address", b"From: admin@legit.example\0.attacker.example\r\n"),
           ("behind the address", b"From: any@attacker.example\0, admin@legit.example\r\n"),
           ("in the name", b"From: \"admin@legit.example\0\" <any@attacker.example>\r\n"),
           ("in another field", ATTACKER + b"X-Other: a\0b\r\n"))
def test_WL_A6_NUL(case):
    """A milter sees a field up to the first NUL; so no such message may come in (conf/postfix-main.cf)."""
    attack.try_on(base(), Attack(case[0], message(case[1]), "mta"))


# Both MTAs hand over names without the white space behind them, and take what is no name for the end of the header.
@tap.cases("Subject : x", "X : x", "X\t: x", "=?utf-8?q?From?=: admin@legit.example", "From =: x", "Fr om: admin@legit.example",
           "From(x): admin@legit.example", "\"From\": admin@legit.example", ">From: admin@legit.example", "From;: admin@legit.example")
def test_odd_names(field):
    attack.try_on(base(), Attack(field, message(ATTACKER, field.encode() + b"\r\n"), PASS,
                                 marked="doubled_field" if field[0] == "S" else None))


def test_ends_clean():
    tap.equal(w().daemon.stop(), 0)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
