#!/usr/bin/python3
"""Files within attached messages, mailboxes and winmail.dat are found (B75)."""
import base64
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from containers import *
from documents import ask, clean, found, tap

HELLO = b"Good morning,\r\nnothing of interest today.\r\n"


def message(*attachments, subject=b"Hello"):
    """A message with a text and attachments: (name, content)."""
    out = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: %s\r\nMIME-Version: 1.0\r\n" % subject
    if not attachments:
        return out + b"Content-Type: text/plain\r\n\r\n" + HELLO
    out += b"Content-Type: multipart/mixed; boundary=\"=_x%d\"\r\n\r\n" % len(attachments[0][1])
    mark = b"--=_x%d" % len(attachments[0][1])
    out += mark + b"\r\nContent-Type: text/plain\r\n\r\n" + HELLO
    for name, content in attachments:
        kind = b"message/rfc822" if name is None else b"application/octet-stream"
        out += mark + b"\r\nContent-Type: " + kind + b"\r\n"
        if name is None:
            out += b"\r\n" + content + b"\r\n"
            continue
        out += b"Content-Disposition: attachment; filename=\"" + name.encode() + b"\"\r\n" + \
            b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n")
    return out + mark + b"--\r\n"


def test_b75_message_as_a_file():
    content = message(("run.exe", TEXT))
    for options in ((), ("-n", "a.eml"), ("-n", "a.bin", "-t", "application/octet-stream"),
                    ("-t", "message/rfc822")):
        report = found(content, "executable", options=options)
        assert report.findings[0][1].endswith("/run.exe"), report


def test_b75_three_deep():
    content = message(("run.exe", TEXT))
    for _ in range(3):
        content = message((None, content))
    found(content, "executable")
    content = message(("run.exe", TEXT))
    for i in range(3):
        content = message(("%d.eml" % i, content))
    found(content, "executable")
    found(zip_of({"a.eml": content}), "executable")


def test_b75_too_deep():
    content = message(("run.exe", TEXT))
    for i in range(30):
        content = message(("%d.eml" % i, content))
    report = ask(content)
    assert "cannot_inspect" in report.rules, report
    content = message(("run.exe", TEXT))
    for i in range(100):
        content = message((None, content))
    report = ask(content)
    assert report.rules & {"cannot_inspect", "executable"}, report


def test_bare_line_ends():
    found(message(("run.exe", TEXT)).replace(b"\r\n", b"\n"), "executable")


def test_ordinary_messages():
    clean(message())
    clean(message(("list.csv", b"1;2\r\n")), "-n", "a.eml")
    clean(HELLO)
    clean(b"From: here to there\r\nis a way.\r\n")
    clean(b"Subject: one\r\nNote: two\r\nlast line")
    clean(b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\nFrom: A <a@a.example>\n"
          b"Date: Wed, 25 Nov 2026 08:00:00 +0000\nSubject: [PATCH] Fix it\n\n---\n x.c | 2 +-\n\n"
          b"diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n", "-n", "0001-fix.patch")


def test_mailbox():
    box = b"".join(b"From a@a.example Wed Nov 25 08:00:00 2026\n" + m.replace(b"\r\n", b"\n") + b"\n"
                   for m in (message(), message(("run.exe", TEXT)), message(("start.js", TEXT))))
    found(box, "executable", "script")
    found(box, "executable", "script", options=["-n", "archive.mbox"])
    clean(b"From a@a.example Wed Nov 25 08:00:00 2026\n" + message() + b"\n")


def test_piece_of_a_message():
    found(message(), "cannot_inspect", options=["-t", "message/partial"])


def test_large_mailbox_in_time():
    one = b"From a@a.example Wed Nov 25 08:00:00 2026\n" + message().replace(b"\r\n", b"\n") + b"\n"
    report = ask(one * 30000)
    assert report.microseconds < 30e6, report.microseconds
    tap.note("%.1f s" % (report.microseconds / 1e6))


# ---- TNEF ----

def attribute(level, number, kind, data):
    return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xffff)


def pad(data):
    return data + bytes(-len(data) % 4)


def prop(number, kind, value, name=None):
    out = struct.pack("<HH", kind, number)
    if name is not None:
        name = name.encode("utf-16-le") + b"\0\0"
        out += bytes(16) + struct.pack("<II", 1, len(name)) + pad(name)
    if kind in (0x1e, 0x1f, 0x0d, 0x102):
        return out + struct.pack("<II", 1, len(value)) + pad(value)
    return out + pad(value)


def props(*values):
    return struct.pack("<I", len(values)) + b"".join(values)


def wide(text):
    return text.encode("utf-16-le") + b"\0\0"


def tnef(*attributes):
    return struct.pack("<IH", 0x223e9f78, 1) + attribute(1, 0x9006, 8, b"\0\0\1\0") + b"".join(attributes)


BEGIN = attribute(2, 0x9002, 6, bytes(14))


def title(name):
    return attribute(2, 0x8010, 1, name + b"\0")


def data(content):
    return attribute(2, 0x800f, 6, content)


def attached(*values):
    return attribute(2, 0x9005, 6, props(*values))


def test_b75_winmail():
    report = found(tnef(BEGIN, title(b"run.exe"), data(TEXT)), "executable")
    assert report.findings[0][1].endswith("/run.exe"), report
    report = found(tnef(BEGIN, title(b"a.txt"), data(PROGRAM)), "executable", "type_mismatch")
    found(tnef(BEGIN, title(b"a.zip"), data(zip_of({"run.exe": TEXT}))), "executable")
    found(tnef(BEGIN, title(b"a.txt"), data(TEXT), BEGIN, title(b"run.js"), data(TEXT)), "script")
    clean(tnef(BEGIN, title(b"a.txt"), data(TEXT)), "-n", "winmail.dat", "-t", "application/ms-tnef")


@tap.cases(0x3001, 0x3704, 0x3707, 0x3708, 0x370d)
def test_b75_winmail_names(number):
    for value in (prop(number, 0x1f, wide("run.exe")), prop(number, 0x1e, b"run.exe\0")):
        found(tnef(BEGIN, title(b"a.txt"), data(TEXT), attached(value)), "executable")
        found(tnef(BEGIN, attached(prop(0x8001, 3, bytes(4), "some name"), prop(0x0e20, 3, bytes(4)),
                                   prop(0x3007, 0x40, bytes(8)), value), data(TEXT)), "executable")


def test_b75_winmail_message_within():
    inner = tnef(BEGIN, title(b"run.exe"), data(TEXT))
    found(tnef(BEGIN, title(b"Hello"), attached(prop(0x3701, 0x0d, bytes(16) + inner))), "executable")
    found(message(("winmail.dat", inner)), "executable")


def test_winmail_data_twice():
    found(tnef(BEGIN, title(b"a.bin"), data(PROGRAM), data(TEXT)), "executable")
    found(tnef(BEGIN, title(b"a.bin"), data(PROGRAM), attached(prop(0x3701, 0x102, TEXT))), "executable")


def test_winmail_damaged():
    whole = tnef(BEGIN, title(b"run.exe"), data(TEXT * 10))
    found(whole[:-300], "cannot_inspect", "executable")
    found(tnef(BEGIN, attribute(2, 0x9005, 6, struct.pack("<I", 5) + prop(0x3707, 0x1f, wide("run.exe")))),
          "cannot_inspect", "executable")
    clean(whole.replace(b"run.exe", b"run.txt") + b"\r\n")


def rich_text(content):
    """Compressed, with letters only."""
    packed = b"".join(b"\0" + content[i:i + 8] for i in range(0, len(content), 8))
    return struct.pack("<II4sI", len(packed) + 12, len(content), b"LZFu", 0) + packed


def test_winmail_rich_text():
    bad = b"{\\rtf1 {\\object\\objemb{\\*\\objclass Package}{\\*\\objdata 01050000}}}"
    for body in (rich_text(bad), struct.pack("<II4sI", len(bad) + 12, len(bad), b"MELA", 0) + bad):
        report = ask(tnef(attribute(1, 0x9003, 6, props(prop(0x1009, 0x102, body)))))
        assert "rtf_object" in report.rules, report
    clean(tnef(attribute(1, 0x9003, 6, props(prop(0x1009, 0x102, rich_text(b"{\\rtf1 Hello}"))))))


def test_rich_text_references():
    """The example of MS-OXRTFCP 4.1.1."""
    example = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    report = ask(tnef(attribute(1, 0x9003, 6, props(prop(0x1009, 0x102, example)))))
    assert not report.rules and report.parts[1]["size"] == 43, (report.parts, report)


if __name__ == "__main__":
    tap.main(globals())
