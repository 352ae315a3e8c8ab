#!/usr/bin/python3
"""Programs in the formats of the Macintosh, and in the message types that hold no content of their own."""
import base64
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from containers import PROGRAM, TEXT, zip_of
from documents import ask, clean, found, tap
from messages import rules_of, scan

TO_BINHEX = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                            b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr")
HEAD = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
NOTE = b"(This file must be converted with BinHex 4.0)\r\n"


# ---- BinHex ----

def runs(data):
    """Repeated bytes shortened (RFC 1741)."""
    out, i = b"", 0
    while i < len(data):
        n = 1
        while i + n < len(data) and data[i + n] == data[i] and n < 255:
            n += 1
        one = b"\x90\0" if data[i] == 0x90 else data[i:i + 1]
        out += one + bytes([0x90, n]) if n > 3 else one * n
        i += n
    return out


def forks(name, data, resource=b""):
    return bytes([len(name)]) + name + b"\0TEXTttxt" + bytes(2) + struct.pack(">II", len(data), len(resource)) + \
        bytes(2) + data + bytes(2) + resource + bytes(2)


def letters(data):
    text = b":" + base64.b64encode(data).rstrip(b"=").translate(TO_BINHEX) + b":"
    return b"\r\n".join(text[i:i + 64] for i in range(0, len(text), 64)) + b"\r\n"


def binhex(name, data, resource=b""):
    return letters(runs(forks(name, data, resource)))


def message(body, kind=b"text/plain", encoding=b"7bit", more=b""):
    return HEAD + b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n" + more + \
        b"\r\n" + body


def one(content):
    report, = scan([content])
    return report


def holds(content, *rules):
    report = one(content)
    assert set(rules) <= rules_of(report), report
    return report


def is_clean(content):
    report = one(content)
    assert report["verdict"] == "clean", report


@tap.cases(("in a text", b"text/plain", b"7bit", NOTE), ("by its type", b"application/mac-binhex40", b"7bit", NOTE),
           ("without the note", b"application/mac-binhex40", b"7bit", b""),
           ("as an encoding", b"application/octet-stream", b"mac-binhex40", NOTE),
           ("as another encoding", b"application/octet-stream", b"x-binhex", NOTE))
def test_binhex(case):
    _, kind, encoding, note = case
    report = holds(message(note + b"\r\n" + binhex(b"a.dat", PROGRAM), kind, encoding), "executable")
    assert any(p["name"] == "a.dat" for p in report["parts"]), report
    holds(message(note + binhex(b"run.exe", TEXT), kind, encoding), "executable")


def test_binhex_encoded_again():
    packed = base64.encodebytes(NOTE + binhex(b"a.dat", PROGRAM)).replace(b"\n", b"\r\n")
    for kind in (b"application/mac-binhex40", b"text/plain", b"application/octet-stream; name=a.hqx"):
        holds(message(packed, kind, b"base64"), "executable")


def test_binhex_resource_fork():
    holds(message(NOTE + binhex(b"a.txt", TEXT, PROGRAM)), "executable")


def test_binhex_of_an_archive():
    holds(message(NOTE + binhex(b"a.zip", zip_of({"run.exe": TEXT}))), "executable")


def test_binhex_harmless():
    is_clean(message(NOTE + binhex(b"a.txt", TEXT), b"application/mac-binhex40; name=a.hqx"))
    is_clean(message(b"It says:\r\n" + NOTE + b"What is that?\r\n: I do not know.\r\n"))


def test_binhex_damaged():
    whole = binhex(b"a.txt", TEXT)
    assert "mime_ambiguity" in rules_of(one(message(NOTE + whole[:200])))


def test_binhex_bomb():
    """Each two bytes make 255."""
    bomb = letters(forks(b"a.dat", b"\0", b"") [:-5] + b"\0\x90\xff" + b"\x90\xff" * 2000000)
    assert rules_of(one(message(NOTE + bomb))) & {"limit", "cannot_inspect", "mime_ambiguity"}


# ---- AppleSingle, AppleDouble, MacBinary ----

def apple(magic, *entries):
    """Entries: (number, content)."""
    out, at = struct.pack(">II16sH", magic, 0x20000, b"", len(entries)), 26 + 12 * len(entries)
    for number, content in entries:
        out += struct.pack(">III", number, at, len(content))
        at += len(content)
    return out + b"".join(content for _, content in entries)


def macbinary(name, data, resource=b""):
    def pad(b):
        return b + bytes(-len(b) % 128)
    return b"\0" + bytes([len(name)]) + name.ljust(63, b"\0") + b"TEXTttxt" + bytes(10) + \
        struct.pack(">II", len(data), len(resource)) + bytes(37) + pad(data) + pad(resource)


SINGLE, DOUBLE = 0x51600, 0x51607


def test_apple_single():
    found(apple(SINGLE, (3, b"a.dat"), (1, PROGRAM)), "executable")
    report = found(apple(SINGLE, (3, b"run.exe"), (9, bytes(32)), (1, TEXT)), "executable")
    assert report.findings[0][1].endswith("/run.exe"), report
    found(apple(SINGLE, (1, zip_of({"run.exe": TEXT})), (3, b"a.zip")), "executable")
    clean(apple(SINGLE, (3, b"a.txt"), (1, TEXT)))


def test_apple_double():
    found(apple(DOUBLE, (9, bytes(32)), (2, PROGRAM)), "executable")
    clean(apple(DOUBLE, (9, bytes(32)), (2, bytes(286))), "-t", "application/applefile", "-n", "a.txt")


def test_apple_damaged():
    whole = apple(SINGLE, (3, b"run.exe"), (1, TEXT))
    assert {"executable", "cannot_inspect"} <= ask(whole[:-100]).rules
    assert "cannot_inspect" in ask(whole[:40]).rules
    for twice in (((1, PROGRAM), (1, TEXT)), ((1, TEXT), (1, PROGRAM)), ((3, b"a.exe"), (3, b"a.txt"), (1, TEXT))):
        assert "cannot_inspect" in ask(apple(SINGLE, *twice)).rules
    assert "cannot_inspect" in ask(struct.pack(">II16sH", SINGLE, 0, b"", 65535) + bytes(100000)).rules


def test_macbinary():
    found(macbinary(b"a.dat", PROGRAM), "executable")
    found(macbinary(b"run.exe", TEXT), "executable")
    found(macbinary(b"a.txt", TEXT, PROGRAM), "executable")
    clean(macbinary(b"a.txt", TEXT))


def multipart(kind, *parts):
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + \
        b"".join(b"--b\r\n" + p + b"\r\n" for p in parts) + b"--b--\r\n"


def coded(kind, content, name=None):
    return b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n" + \
        (b"Content-Disposition: attachment; filename=\"" + name + b"\"\r\n" if name else b"") + b"\r\n" + \
        base64.encodebytes(content).replace(b"\n", b"\r\n")


def test_multipart_appledouble():
    header = coded(b"application/applefile", apple(DOUBLE, (9, bytes(32)), (2, bytes(286))), b"a.pdf")
    picture = coded(b"image/gif", b"GIF89a\1\0\1\0\0\0\0;", b"a.gif")
    is_clean(multipart(b"appledouble", header.replace(b"a.pdf", b"a.gif"), picture))
    holds(multipart(b"appledouble", header, coded(b"application/pdf", PROGRAM, b"a.pdf")), "executable")


# ---- messages that hold no content of their own, or what nobody can read ----

def test_external_body():
    def elsewhere(parameters):
        return multipart(b"mixed", b"Content-Type: message/external-body; " + parameters +
                         b"\r\n\r\nContent-Type: text/plain\r\nContent-ID: <a@a.example>\r\n\r\n")
    is_clean(elsewhere(b"name=\"draft-a-01.txt\"; site=\"ftp.example.com\"; access-type=\"anon-ftp\"; directory=\"drafts\""))
    is_clean(elsewhere(b"access-type=URL; URL=\"http://www.example.com\""))
    is_clean(elsewhere(b"access-type=URL; URL=\"http://www.example.com/a.html?b.exe\""))
    holds(elsewhere(b"access-type=URL; URL=\"http://www.example.com/run.exe?a=b\""), "executable")
    holds(elsewhere(b"name=\"run.exe\"; site=\"ftp.example.com\"; access-type=\"anon-ftp\""), "executable")


def test_partial():
    holds(HEAD + b"Content-Type: message/partial; id=\"a@a.example\"; number=1; total=2\r\n\r\n" + HEAD + b"\r\nHello\r\n",
          "cannot_inspect")


def test_multipart_encrypted():
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    armour = b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + base64.encodebytes(bytes(range(250))).replace(b"\n", b"\r\n") + \
        b"=abcd\r\n-----END PGP MESSAGE-----\r\n"
    is_clean(multipart(b"encrypted", version, b"Content-Type: application/octet-stream\r\n\r\n" + armour))
    is_clean(multipart(b"encrypted", version, coded(b"application/octet-stream", armour)))
    for content in (b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nMZ" +
                    b"=00" * 20 + b"=\r\n" + b"=00" * 20 + b"\r\n", coded(b"application/octet-stream", PROGRAM)):
        holds(multipart(b"encrypted", version, content), "executable")


if __name__ == "__main__":
    tap.main(globals())
