#!/usr/bin/python3
"""Policy through a real MTA: what is refused, held, marked or put off, and what the reply says."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import arrival, tap, world
from mta.world import OUTSIDE, plain

KEYS = [("esp.example", "r1", "rsa"), ("list.example", "r1", "rsa"), ("good.example", "r1", "rsa")]
OURS = [("own.example", "r1", "rsa")]

_world = []


def records(zone):
    zone.add_txt("_dmarc.reject.example", "v=DMARC1; p=reject")


def w():
    if not _world:
        _world.append(arrival.Arrivals(KEYS, records, ours=OURS))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


def answer(message, sender="ann@other.example", recipient=None, who=OUTSIDE):
    """(code, text) of the reply."""
    w().daemon.mark()
    return w().mta.send(message, sender, [recipient or w().address()], **who)


def refused(message, code, begin, rule, **options):
    got, text = answer(message, **options)
    tap.equal((got, text[:len(begin)]), (code, begin), "reply (%s)" % text)
    record = w().log_of_last()
    tap.equal(record.get("rule"), rule, "rule (%s)" % record)
    return text


def test_B86_forged_mail_is_refused_by_default():
    base()
    text = refused(plain("reject.example"), 550, "5.7.26", "dmarc_reject")
    assert "reject.example" in text, text


def test_B87_own_domain_without_proof():
    base()
    text = refused(plain("own.example"), 550, "5.7.1", "own_domain")
    assert "own.example" in text, text


if __name__ == "__main__":
    world.main(globals())
