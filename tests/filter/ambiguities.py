"""Messages that mail programs read differently, each with a program attached.

A family is a place in a message and what can stand there instead. Every
member, and every two of different families together, still lets some mail
program get at the program.
"""
import base64
import binascii
import itertools
import quopri
import random

from containers import PROGRAM, TEXT as HARMLESS

TOP = b"Received: by mx.b.example\r\nFrom: a@a.example\r\nTo: b@b.example\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"


def crlf(data):
    return data.replace(b"\n", b"\r\n")


BASE64 = crlf(base64.encodebytes(PROGRAM))
QP = crlf(quopri.encodestring(PROGRAM, quotetabs=True)) + b"\r\n"
UU = b"begin 644 a.dat\r\n" + b"".join(
    crlf(binascii.b2a_uu(PROGRAM[i:i + 45], backtick=True)) for i in range(0, len(PROGRAM), 45)) + b"`\r\nend\r\n"


def attachment(encoding, data, boundary=b"foo"):
    return b"--" + boundary + b"\r\nContent-Type: application/octet-stream\r\n" \
        b"Content-Transfer-Encoding: " + encoding + b"\r\n" \
        b"Content-Disposition: attachment; filename=\"a.dat\"\r\n\r\n" + data


def mixed(parts, boundary=b"foo", top=TOP):
    return top + b"Content-Type: multipart/mixed; boundary=\"" + boundary + b"\"\r\n\r\n" + \
        parts + b"--" + boundary + b"--\r\n"


TEXT = b"--foo\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nHello\r\n"
NESTED = b"--foo\r\nContent-Type: message/rfc822\r\n\r\n" + \
    mixed(attachment(b"base64", BASE64, b"bar"), b"bar")
# what the families are applied to
PLAIN = {
    "base64": mixed(TEXT + attachment(b"base64", BASE64)),
    "quoted-printable": mixed(TEXT + attachment(b"quoted-printable", QP)),
    "uuencode": mixed(TEXT + attachment(b"x-uuencode", UU)),
    "uuencoded in a text": TOP + b"Content-Type: text/plain\r\n\r\nHello\r\n" + UU,
    "the whole message": TOP + b"Content-Type: application/octet-stream; name=\"a.dat\"\r\n"
                         b"Content-Transfer-Encoding: base64\r\n\r\n" + BASE64,
    "an attached message": mixed(TEXT + NESTED),
}

FAMILIES = {
    "type of the whole": (b"multipart/mixed", [
        b"MULTIPART/MIXED", b"multipart/x-none", b"\"multipart/mixed\"", b"multipart /mixed",
        b"multipart/ mixed", b"multi(c)part/mixed", b"multipart/mixed (c)", b"multipart", b"multipart/",
        b"=?us-ascii?q?multipart/mixed?=", b"multipart/mixed,", b"text/plain, multipart/mixed",
        b"text/plain;multipart/mixed", b"multipart/mixed/x", b"multipart\\mixed", b"multipart\x0c/mixed",
        b"mult!ipart/mixed", b"x/y", b"text/plain", b"application/octet-stream", b"message/partial",
        b"multipart/alternative", b"multipart/signed", b"multipart/related", b"multipart/encrypted",
        b"multipart/report", b"multipart/parallel", b"multipart/appledouble", b"multipart/form-data"]),
    "type of the part": (b"application/octet-stream", [
        b"text/plain", b"text/html", b"image/jpeg", b"x", b"", b"application/pgp-encrypted",
        b"text/calendar", b"message/delivery-status", b"message/disposition-notification",
        b"application/pgp-signature", b"text/plain; charset=utf-7", b"text/x-uuencode", b"text/rfc822-headers",
        b"(c)application/octet-stream", b"application/octet-stream, text/plain", b"\"text/plain\"",
        b"text/plain; boundary=foo", b"application/octet-stream; charset=utf-16", b"video/\x00mpeg"]),
    "Content-Type, the field": (b"Content-Type: ", [
        b"Content-Type:", b"Content-Type : ", b"Content-Type\t: ", b"CONTENT-TYPE: ", b"Content-Type:\r\n ",
        b"Content-Type: \r\n\t", b"Content-Type: text/plain\r\nContent-Type: ", b"Content_Type: ",
        b"Content Type: ", b"Content-Type:: ", b"Content-Type\x00: ", b"X: y\rContent-Type: ",
        b"X: y\nContent-Type: ", b"X: y\n\rContent-Type: ", b"Content-Type: \r\nContent-Type: ",
        b"Content-Type\r\n : ", b" Content-Type: ", b"\xef\xbb\xbfContent-Type: ", b"Content-Type(c): "]),
    "boundary, the parameter": (b"boundary=", [
        b"BOUNDARY=", b"boundary =", b"boundary= ", b"boundary\t=\t", b"\"boundary\"=",
        b"boundary*=us-ascii''", b"boundary*0=", b"boundary*0*=us-ascii''", b"boundary=x; boundary=",
        b"boundary(c)=", b"boundary=(c)", b"xboundary=", b"charset=\"boundary=x\"; boundary=", b"; boundary=",
        b"name=\"x; boundary=y\"; boundary=", b"boundary==", b"boundary:", b"x; boundary=", b"\r\n\tboundary=",
        b"\r\nboundary=", b"boundary\r\n =", b"boundary=\"\"; boundary="]),
    "boundary, the value": (b"\"foo\"", [
        b"foo", b"\"f\\oo\"", b"\"foo", b"foo\"", b"\"foo \"", b"'foo'", b"\"=?us-ascii?q?foo?=\"",
        b"\"foo\"; boundary=\"bar\"", b"\"bar\"; boundary=\"foo\"", b"foo(c)", b"(c)foo", b"\"foo\"bar",
        b"\"foo\";x", b"\"foo\",", b"\"\"", b"\"f%6fo\"", b"\"FOO\"", b"\"fo\"", b"\"foo\x00\"",
        b"\"fo\r\n o\"", b"\"fo\\\r\n o\"", b"<foo>", b"\"foo\tx\"", b"foo bar", b"\"" + b"foo" * 30 + b"\""]),
    "delimiter": (b"--foo\r\n", [
        b"--foo \r\n", b"--foo\t\r\n", b" --foo\r\n", b"\t--foo\r\n", b"--foo--\r\n", b"--foox\r\n", b"--FOO\r\n",
        b"-- foo\r\n", b"---foo\r\n", b"--foo\n", b"--foo\r", b"\r--foo\r\n", b"\n--foo\r\n", b"--foo;\r\n",
        b"--foo\x00\r\n", b"--foo --\r\n", b"--foo--\r\n\r\n--foo\r\n", b"--foo\r\n--foo\r\n", b"--foo\x0b\r\n",
        b"--foo\r\n\r\n", b"--fo\r\n", b"--\"foo\"\r\n", b"--foo-\r\n", b"x--foo\r\n"]),
    "closing delimiter": (b"--foo--", [
        b"--foo--x", b"--foo-- x", b"--foo", b"--foo-", b"", b" --foo--", b"--foo--\r\n--foo", b"--FOO--"]),
    "a part outside": (b"--foo\r\n", [
        b"Content-Type: text/plain\r\n\r\nHello\r\n--foo--\r\n--foo\r\n",
        b"--foo\r\n\r\n--foo--\r\n\r\n--foo\r\n", b"--foo--\r\n--foo\r\n", b"--foo--\r\n",
        b"--foo--\r\n\r\n", b""]),
    "Content-Transfer-Encoding, the field": (b"Content-Transfer-Encoding: ", [
        b"Content-Transfer-Encoding:", b"Content-Transfer-Encoding : ", b"Content-Transfer-Encoding\t: ",
        b"CONTENT-TRANSFER-ENCODING: ", b"Content-Transfer-Encoding:\r\n ", b"Content_Transfer_Encoding: ",
        b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: ",
        b"Content-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: ",
        b"Content-Transfer-Encoding: \r\nContent-Transfer-Encoding: ", b"Content-Transfer-Encoding:: ",
        b"Content-Transfer-Encoding(c): ", b"Content-Transfer-Encoding\x00: ", b"Content-Transfer-Encoding\r\n : ",
        b"X: y\rContent-Transfer-Encoding: ", b"X: y\nContent-Transfer-Encoding: ",
        b"Content-Transfer-Encoding:\x0b"]),
    "base64, the token": (b"Encoding: base64", [b"Encoding: " + token for token in (
        b"BASE64", b"\"base64\"", b"base64;", b"base64; x=y", b"base64 x", b"x base64", b"(c)base64", b"base64(c)",
        b"(c)base64(c)", b"=?us-ascii?q?base64?=", b"base64,7bit", b"7bit,base64", b"base-64", b"base 64", b"b",
        b"x-base64", b"'base64'", b"<base64>", b"base64.", b"bas\\e64", b"base64\x00", b"base64\x0b", b"base64\r\n ",
        b"7bit", b"8bit", b"binary", b"none", b"", b"uuencode")]),
    "base64, the beginning": (b"TVoA", [
        b"T\r\nVoA", b"T VoA", b"T\x00VoA", b"T!VoA", b"T-VoA", b"T=VoA", b"TV=\r\noA", b"=TVoA", b"====TVoA",
        b"\r\n\r\nTVoA", b"TV\xa0oA", b"T\tVoA", b"-TVoA", b"TVoA,", b"\xef\xbb\xbfTVoA",
        b"TVpQ\r\nTVoA", b"T.VoA"]),
    "quoted-printable": (b"=00=00", [
        b"=\r\n=00=00", b"= \r\n=00=00", b"=\t\r\n=00=00", b"=\n=00=00", b"=00=00=\r\n", b"=00=\r=00"]),
    "quoted-printable, the beginning": (b"MZ=00", [b"=4DZ=00", b"=4d=5a=00", b"=4D=\r\nZ=00", b"M=5A=00", b"M=\r\nZ=00"]),
    "uuencode": (b"begin 644 ", [
        b"begin 0644 ", b"begin 644  ", b"begin\t644\t", b"begin ", b"begin 644 \"", b"BEGIN 644 ", b"begin 999 ",
        b"begin 644\r\n", b"begin 100644 "]),
    "uuencode, the end": (b"`\r\nend", [b"end", b" \r\nend", b"", b"`\r\n", b"`\r\nEND", b"`\r\n\r\nend"]),
    "header and body": (b"\r\n\r\n", [
        b"\n\n", b"\r\r", b"\r\n \r\n", b"\r\n\t\r\n", b"\n\r\n", b"\r\n\n", b"\r\n\r\r\n", b"\r\r\n\r\r\n",
        b"\r\ngarbage\r\n\r\n", b"\r\n--foo\r\n\r\n", b"\r\nFrom x\r\n\r\n", b"\r\n:\r\n\r\n", b"\r\n\x0b\r\n\r\n"]),
    "second line": (b"From: a@a", [
        b"\r\nFrom: a@a", b" \r\nFrom: a@a", b"From x\r\nFrom: a@a", b">From x\r\nFrom: a@a", b"garbage\r\nFrom: a@a",
        b"\xef\xbb\xbfFrom: a@a", b"\x00From: a@a"]),
    "version": (b"MIME-Version: 1.0\r\n", [
        b"", b"MIME-Version: 2.0\r\n", b"MIME-Version: (c)1.0\r\n", b"MIME-Version:\r\n", b"Mime-version: 1.0(c)\r\n"]),
    "disposition": (b"Content-Disposition: attachment; filename=\"a.dat\"\r\n", [
        b"", b"Content-Disposition: inline\r\n", b"Content-Disposition: attachment\r\n",
        b"Content-Disposition: attachment; filename=a.txt; filename=a.exe\r\n",
        b"Content-Disposition: inline; filename*0=a.; filename*1=txt\r\n", b"Content-Disposition:\r\n"]),
    "attached message": (b"message/rfc822", [
        b"MESSAGE/RFC822", b"message/global", b"message/news", b"message/rfc822 (c)", b"message/x-rfc822",
        b"message/partial", b"message/external-body; access-type=URL", b"message/http", b"message", b"text/rfc822",
        b"message/delivery-status", b"message/disposition-notification", b"text/plain", b"multipart/mixed; boundary=bar",
        b"application/octet-stream", b"message/rfc822\r\nContent-Transfer-Encoding: base64"]),
}


def places(message, token):
    at = message.find(token)
    while at >= 0:
        yield at
        at = message.find(token, at + 1)


def members(message, family):
    """Each member, in each place where the family can stand."""
    token, others = FAMILIES[family]
    for other in others:
        for at in places(message, token):
            yield other, message[:at] + other + message[at + len(token):]


def singly():
    for (name, message), family in itertools.product(PLAIN.items(), FAMILIES):
        for other, member in members(message, family):
            yield "%s, %s: %r" % (name, family, other), member


def in_pairs(each):
    """Of every two families some members, always the same."""
    chance = random.Random(1)
    for name, message in PLAIN.items():
        for one, two in itertools.combinations(FAMILIES, 2):
            first = list(members(message, one))
            for _ in range(each if first else 0):
                other, changed = chance.choice(first)
                second = list(members(changed, two))
                if second:
                    another, changed = chance.choice(second)
                    yield "%s, %s: %r with %s: %r" % (name, one, other, two, another), changed


# parameters that some program reads as the name run.exe
NAMES = [
    b"filename=\"run.exe\"", b"filename=run.exe", b"FILENAME=run.exe", b"filename = run.exe", b"\"filename\"=run.exe",
    b"filename (c)=run.exe", b"(c)filename=run.exe", b"filename=(c)run.exe", b"filename=(\"run.exe\"", b"file(c)name=run.exe",
    b"\x0bfilename=run.exe", b"filename=\x0c\"run.exe\"", b"filename\x00=run.exe", b"filename.=run.exe",
    b"filename*=run.exe", b"filename**=run.exe", b"filename*=utf-8''run%2Eexe", b"filename*=utf-8'en'\"run.exe\"a.txt",
    b"filename*=utf-8'en'\"=?utf-8?Q?run=2Eexe?=\"", b"filename*=''run.exe", b"filename*=utf-8''run%2Eexe=",
    b"filename*0=run.; filename*1=exe", b"filename*1=exe; filename*0=run.", b"filename*=run.; filename*1=exe",
    b"filename*0=run.;; filename*=exe", b"filename*0&=run.; filename*1=exe", b"filename*.0=run.; filename*1=exe",
    b"filename*0*=utf-8''run; filename*1*=%2Eexe", b"filename*0=*0\"run.\"; filename*1=exe",
    b"filename*0=a.txt=\"run.exe\"", b"filename*0=\"ru\"n.; filename*1=exe", b"filename=.\"run.exe\"", b"filename=\"run.exe",
    b"filename=run.exe\"", b"filename=\"run.exe;\"", b"filename=\"run.exe; a.txt\"", b"filename=\"run.exe\"a.txt",
    b"filename=run.exe a.txt", b"filename=\"run.exe\" \"a.txt\"", b"filename=\"r\\un.exe\"", b"filename=\"run.exe.\"",
    b"filename=\"run.exe \"", b"filename=\r\n run.exe", b"filename=run%2Eexe",
    b"filename==?utf-8?q?run=2Eexe?=", b"filename=\"=?utf-8?b?cnVuLmV4ZQ==?=\"", b"filename=\"=?utf-8?b?cnVuLmV4ZQ?=\"",
    b"filename=\"=?utf-8?q?run?= =?utf-8?q?.exe?=\"", b"filename=\"=?utf-8?q?run?=.exe\"", b"filename=\"=?utf-8*en?q?run.exe?=\"",
    b"filename=\"=?none?q?run.exe?=\"", b"filename=a.txt; filename=run.exe", b"filename=run.exe; filename=a.txt",
    b"filename=a.txt; filename*=utf-8''run.exe", b"filename*=utf-8''a.txt; filename=run.exe", b"name=run.exe", b";;filename=run.exe",
    b",filename=run.exe", b"x filename=run.exe", b"x=\"y; filename=run.exe\"", b"x=(y; filename=run.exe)"]


def names():
    coded = b"Content-Transfer-Encoding: base64\r\n\r\n" + crlf(base64.encodebytes(HARMLESS))
    kind = b"Content-Type: application/octet-stream"
    for name in NAMES:
        yield "disposition; %r" % name, mixed(
            TEXT + b"--foo\r\n" + kind + b"\r\nContent-Disposition: attachment; " + name + b"\r\n" + coded)
        name = name.replace(b"filename", b"name").replace(b"FILENAME", b"NAME")
        yield "type; %r" % name, mixed(TEXT + b"--foo\r\n" + kind + b"; " + name + b"\r\n" + coded)
