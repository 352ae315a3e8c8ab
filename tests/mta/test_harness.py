#!/usr/bin/python3
"""The test harness itself: Postfix, sink, DNS and verifiers, with OpenDKIM in gatepost's place."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import dnsserver, keys, milter, postfix, proc, sink, smtp, tap, verify

MESSAGE = (b"From: Ann <ann@example.com>\r\nTo: bob@sink.example.net\r\nSubject:  two\r\n"
           b"Date: Mon, 01 Jan 2024 10:00:00 +0000\r\nMessage-ID:\r\n <1@example.com>\r\n\r\n"
           b"hello  \r\n.dot\r\n..two\r\n\tGr\xc3\xbc\xc3\x9fe\r\n\r\n\r\n")


class World:
    """Everything once, on first use."""

    def __init__(self):
        self.keys = keys.Keys()
        self.keys.add("example.com", "r1", "rsa").add("example.com", "e1", "ed25519")
        self.sink = sink.Sink()
        self.dns = dnsserver.Server(self.keys.zone)
        self.verifiers = verify.All(self.keys.zone, self.dns.port)
        self.signer = self._opendkim()
        self.postfix = postfix.Postfix("inet:127.0.0.1:%d" % self.signer, self.sink)

    def _opendkim(self):
        port = proc.free_port()
        base = proc.folder("gp-signer-")
        config = os.path.join(base, "opendkim.conf")
        with open(config, "w") as out:
            out.write("Mode s\nDomain example.com\nSelector r1\nKeyFile %s\nUserID root\n"
                      "Canonicalization relaxed/simple\nRequireSafeKeys no\nSyslog no\n"
                      "InternalHosts 127.0.0.1\nSocket inet:%d@127.0.0.1\n"
                      % (self.keys.path("example.com", "r1"), port))
        proc.start(["/usr/sbin/opendkim", "-f", "-x", config], end=signal.SIGKILL,
                   stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
        proc.wait_until(lambda: proc.listening(port), 10, "OpenDKIM listens")
        return port


_world = []


def world():
    if not _world:
        _world.append(World())
        tap.on_failure(lambda: _world[0].postfix.tail())
    return _world[0]


def delivered(to, **options):
    reply = smtp.send(world().postfix.mx, MESSAGE, "ann@example.com", [to], **options)
    tap.equal(reply[0], 250, reply[1])
    return world().sink.to(to)[0]


def test_delivers_the_bytes():
    got = delivered("bytes@sink.example.net", address="192.0.2.1", name="out.example")
    tap.equal(got.body, MESSAGE.partition(b"\r\n\r\n")[2])
    tap.equal(got.fields("Subject"), [b"  two"])
    tap.equal(got.fields("Message-ID"), [b"\r\n <1@example.com>"])
    assert b"192.0.2.1" in got.fields("Received")[0]
    assert not got.fields("DKIM-Signature"), "signed for a client outside"


def test_login_reaches_the_milter():
    got = delivered("login@sink.example.net", address="192.0.2.1", name="out.example", login="ann")
    assert got.fields("DKIM-Signature"), "OpenDKIM signs for authenticated clients"


def test_verifiers_agree():
    got = delivered("verify@sink.example.net")
    world().verifiers.insist(got.data, "example.com", ["rsa"])


def test_verifiers_can_fail():
    got = delivered("broken@sink.example.net").data.replace(b"hello", b"hallo")
    for name, results in world().verifiers.results(got).items():
        tap.equal([r.status for r in results], ["fail"], name)


def test_sendmail_command():
    world().postfix.sendmail(MESSAGE.replace(b"\r\n", b"\n"), "ann@example.com",
                             ["local@sink.example.net"])
    got = world().sink.to("local@sink.example.net")[0]
    world().verifiers.insist(got.data, "example.com", ["rsa"])


def test_bounce_goes_back():
    with smtp.session(world().postfix.mx) as client:
        tap.equal(client.send(MESSAGE, "bob@example.com", ["bounce@sink.example.net"])[0], 250)
    got = world().sink.to("bob@example.com")[0]
    tap.equal(got.sender, "")
    assert b"no such mailbox" in got.body


def test_milter_client():
    client = milter.Client(("127.0.0.1", world().signer))
    client.connect("localhost", "127.0.0.1")
    answer = client.message(MESSAGE, "ann@example.com", chunk=7)
    client.quit()
    tap.equal(answer.verdict, "accept")
    tap.equal(len(answer.inserted("DKIM-Signature")), 1)


def test_chroot():
    other = postfix.Postfix("", world().sink, chroot=True)
    tap.equal(smtp.send(other.mx, MESSAGE, "ann@example.com", ["jail@sink.example.net"])[0], 250)
    world().sink.to("jail@sink.example.net")
    other.stop()


def test_dns_splits_long_records():
    assert len(world().keys.zone.txt("r1._domainkey.example.com")) > 255


if __name__ == "__main__":
    tap.main(globals())
