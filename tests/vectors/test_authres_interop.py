#!/usr/bin/python3
"""B65, B03: whatever stands in a value, others read the same results from the field: the grammar
of RFC 8601 as a regular expression, and python3-authres, which knows neither UTF-8 nor a quoted
authserv-id.

usage: test_authres_interop.py [AUTHRES-WRITE]   prints TAP"""

import os
import random
import re
import subprocess
import sys

DRIVER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("GATEPOST_BUILD", "."), "tests/vectors/authres-write")

VALUES = [
    b"", b" ", b"   ", b"example.com", b"user@example.com", b'a;b@example.com', b'"', b'\\', b'\\"', b'(', b')', b'()',
    b'a"; dkim=pass header.d=bank.example', b"a\r\nSubject: x", b"a\0b", b"\xff\xfe", "grün@example.com".encode(),
    b"a@b@c.example", b"user@[192.0.2.1]", b"2001:db8::1", b"ab/cd+e=", b".a..b.@example.com", b"@example.com",
    b"x" * 1000, b"word " * 100, "ü".encode() * 300, b"; none", b"=?utf-8?q?x?=", b"a b@example.com", b"-", b"<>",
]
IDS = ["mx.example.com", "mx.example.com/4ABCD", "mx (comment)", 'quo"te', "semi;colon", "mx.example.com 1"]
ALPHABET = [bytes([c]) for c in b'ab.@ \t\r\n"\\();=/,<>[]:?-_\0\x7f\xff'] + ["ü".encode(), "\u0085".encode()]


QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"'
TOKEN = r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
VALUE = rf"(?:{TOKEN}|{QUOTED})"
ATOM = r"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~]+"
LOCAL = rf"(?:{ATOM}(?:\.{ATOM})*|{QUOTED})"
DOMAIN = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
KEYWORD = r"[A-Za-z0-9-]*[A-Za-z0-9]"
PROPERTY = rf"[ \t]+{KEYWORD}\.{KEYWORD}=(?:(?:{LOCAL})?@{DOMAIN}|{VALUE})"
RESULT = rf";[ \t]+({KEYWORD})=({KEYWORD})(?:[ \t]+reason={VALUE})?(?:{PROPERTY})*"
FIELD = re.compile(rf"Authentication-Results: ({VALUE}){RESULT}{RESULT}")


def by_grammar(text):
    """(authserv-id, results), or None."""
    m = FIELD.fullmatch(text)
    if m is None:
        return None
    ident = m[1]
    if ident[0] == '"':
        ident = re.sub(r"\\(.)", r"\1", ident[1:-1])
    return ident, [(m[2], m[3]), (m[4], m[5])]


def write(ident, charset, value):
    run = subprocess.run((DRIVER, ident, charset), input=value, stdout=subprocess.PIPE, check=True)
    return run.stdout.decode("utf-8").rstrip("\n")


def judge(authres, ident, field):
    """None, or what is wrong with the field."""
    if not field.startswith("Authentication-Results: ") or field[24] in " \t":
        return "not exactly one space"
    lines = field.split("\r\n")
    if any(c in line for line in lines for c in "\r\n\0"):
        return "a bare line end"
    if any(not line.strip() for line in lines) or any(line[0] not in " \t" for line in lines[1:]):
        return "a bad fold"
    expected = (ident, [("spf", "pass"), ("dmarc", "fail")])
    if by_grammar("".join(lines)) != expected:
        return "not by the grammar"
    if authres is None or not field.isascii() or not re.fullmatch(DOMAIN, ident):
        return None
    try:
        parsed = authres.AuthenticationResultsHeader.parse("".join(lines))
    except authres.SyntaxError as e:
        return e
    seen = (parsed.authserv_id, [(r.method, r.result) for r in parsed.results])
    return None if seen == expected else seen


def main():
    try:
        import authres
    except ImportError:
        print("# python3-authres is not there: only the grammar is asked")
        authres = None
    random.seed(8601)
    values = VALUES + [b"".join(random.choices(ALPHABET, k=random.randint(1, 30))) for _ in range(400)]
    tests = [("mx.example.com", "ascii", values), ("mx.example.com", "utf8", values)]
    tests += [(ident, "ascii", VALUES[:6]) for ident in IDS]
    failed = 0
    for n, (ident, charset, some) in enumerate(tests, 1):
        bad = []
        for value in some:
            field = write(ident, charset, value)
            wrong = judge(authres, ident, field)
            if wrong is not None:
                bad.append((value, field, wrong))
        failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {n} - B03 B65: {ident} {charset}, {len(some)} values")
        for b in bad[:5]:
            print(f"# {b!r}")
    print(f"1..{len(tests)}")
    return 1 if failed else 0


sys.exit(main())
