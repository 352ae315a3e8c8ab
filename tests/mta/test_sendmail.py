#!/usr/bin/python3
"""Signing and verifying behind a real Sendmail, with the lines of conf/sendmail.mc.

What Sendmail does otherwise than Postfix, each shown by a test below:
  - Without leading space negotiated, or with it, the space after the colon comes and goes as written.
  - It quotes the display name that has an apostrophe, and folds long address lists anew, after
    the milter has signed: such a field (To, Cc, ...) must be left out of sign_headers.
  - Its own bounces are shown to no milter.
  - Local submission (the command sendmail) comes by SMTP on loopback.
"""
import os
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import dnsserver, gatepost, messages, proc, sendmail, smtp, tap, verify, world
from mta.world import plain, signatures, unsigned

KEYS = [("example.com", "r1", "rsa"), ("example.org", "r1", "rsa"),
        ("both.example", "r1", "rsa"), ("both.example", "e1", "ed25519"),
        (sendmail.NAME, "r1", "rsa")]
LOGINS = ("ann@example.com", "mallory@example.org")
OUTSIDE = {"outside": True}
FORMS = ("relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed")
MANY = ["from", "to", "subject", "date", "message-id", "references", "comments", "keywords",
        "list-unsubscribe", "x-case", "x-empty", "x-blank"]

_world = []


def someone(login):
    return {"outside": True, "login": login}


class SendmailWorld(world.World):
    """gatepost behind Sendmail; clients are those of Sendmail.session()."""

    def _start_mta(self, main):
        return sendmail.Sendmail(self.daemon.port, self.sink, LOGINS)

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
        try:
            sendmail.debs()
        except sendmail.Missing as reason:
            tap.skip(str(reason))
        _world.append(SendmailWorld(KEYS, internal_networks=["127.0.0.1/32"], login_domains="off"))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()

# ---- every kind of message and canonical form ----

_batches = {}


def batch(form):
    """Sends every message of the matrix in one form, once; deliveries by name."""
    if form in _batches:
        return _batches[form]
    here = base(canonicalization=form, sign_headers=MANY)
    sent = {}
    with here.postfix.session() as client:
        for name, more, body in messages.matrix():
            sent[name] = here.address()
            reply = client.send(messages.build("both.example", name, more, body),
                                "ann@both.example", [sent[name]], "BODY=8BITMIME")
            tap.equal(reply[0], 250, name)
    _batches[form] = {key: here.sink.to(recipient)[0] for key, recipient in sent.items()}
    return _batches[form]


@tap.limit(120)
@tap.cases(*[("%s, %s" % (form, name), form, name) for form in FORMS
             for name, _, _ in messages.matrix()])
def test_matrix(case):
    _, form, name = case
    for tag in w().signed(batch(form)[name], "both.example", ["rsa", "ed25519"]):
        tap.equal(tag["c"], form)


if __name__ == "__main__":
    tap.main(globals(), needs=[gatepost.program()])
