#!/usr/bin/python3
"""`gatepost verify --zone --json`: its exit status, what it prints, what it takes, by tables."""
import base64
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import arrival, gatepost, keys, messages, proc, signers, tap

IP4, IP6 = "192.0.2.1", "2001:db8::1"
NOW = 1700000000
_keys = []


def key():
    if not _keys:
        _keys.append(keys.Keys().add("example.com", "r1").add("example.com", "e1", "ed25519"))
    return _keys[0]


def record(selector="r1"):
    return key().zone.txt(selector + "._domainkey.example.com").decode()


def txt(name, *strings):
    return "%s. 300 IN TXT %s\n" % (name, " ".join('"%s"' % s.replace("\\", "\\\\").replace('"', '\\"') for s in strings))


def key_zone(text=None, size=200, name="r1._domainkey.example.com"):
    text = record() if text is None else text
    return txt(name, *[text[i:i + size] for i in range(0, len(text), size)] or [""])


def plain(**options):
    return messages.plain("example.com", **options)


def signed(message=None, domain="example.com", selector="r1", **tags):
    return signers.by_hand(message or plain(), key().path("example.com", "r1"), domain, selector, **tags)


def written(text):
    path = os.path.join(proc.folder("gp-verify-"), "zone")
    with open(path, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
    return path


def verify(message, zone="", *arguments, **options):
    """(exit status, object)."""
    status, found, errors = arrival.verify(message, "--zone", written(zone), "--time", str(NOW), *arguments, **options)
    if status == 2:
        raise AssertionError(errors)
    return status, found


# ---- SPF: CASES.md and the corners of RFC 7208 ----

MX3 = "".join("p.example. MX %d m%d.example.\nm%d.example. A 192.0.2.%d\n" % (i, i, i, 50 + i) for i in range(3))
SPF = [  # name, zone of p.example, client, result, further: helo, sender, explanation, reason
    ("ip4", txt("p.example", "v=spf1 ip4:192.0.2.0/24 -all"), IP4, "pass", {}),
    ("fail by -all", txt("p.example", "v=spf1 -all"), IP4, "fail", {}),
    ("softfail", txt("p.example", "v=spf1 ~all"), IP4, "softfail", {}),
    ("neutral without all", txt("p.example", "v=spf1"), IP4, "neutral", {}),
    ("no record", "", IP4, "none", {}),
    ("two records", txt("p.example", "v=spf1 -all") + txt("p.example", "v=spf1 +all"), IP4, "permerror", {}),
    ("B27 several strings", txt("p.example", "v=spf1 ip4:192.0", ".2.1 -a", "ll"), IP4, "pass", {}),
    ("timeout", "p.example. TIMEOUT\n", IP4, "temperror", {}),
    ("servfail", "p.example. SERVFAIL TXT\n", IP4, "temperror", {}),
    ("B28 CNAME", "p.example. CNAME q.example.\n" + txt("q.example", "v=spf1 +all"), IP4, "pass", {}),
    ("B28 two includes of one name", txt("p.example", "v=spf1 include:a.example include:b.example -all") +
     txt("a.example", "v=spf1 ip4:192.0.2.9 -all") + "b.example. CNAME a.example.\n", IP4, "fail", {}),
    ("CNAME loop", "p.example. CNAME q.example.\nq.example. CNAME p.example.\n", IP4, "temperror", {}),
    ("B37 nibbles", txt("p.example", "v=spf1 exists:%{ir}.%{v}._spf.example.com -all") + "1" + ".0" * 23 +
     ".8.b.d.0.1.0.0.2.ip6._spf.example.com. A 127.0.0.2\n", IP6, "pass", {}),
    ("B38 %{h} and %{d}", txt("p.example", "v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.example.net -all") +
     txt("192.0.2.1._ip.mail.example.org._ehlo.p.example._spf.example.net", "v=spf1 +all"), IP4, "pass", {"helo": "mail.example.org"}),
    ("B38 %{d} within an include", txt("p.example", "v=spf1 include:b.example -all") + txt("b.example", "v=spf1 include:%{d}.x.example.net -all") +
     txt("b.example.x.example.net", "v=spf1 exists:%{o}.%{l}.y.example -all") + "p.example.ann.y.example. A 127.0.0.2\n", IP4, "pass", {}),
    ("B39 mx without AAAA", txt("p.example", "v=spf1 mx ip6:2001:db8::/32 -all") + MX3, IP6, "pass", {}),
    ("B39 six that do not exist", txt("p.example", "v=spf1 " + "".join("a:n%d.example " % i for i in range(6)) + "+all"), IP4, "permerror", {}),
    ("B41 control character", txt("p.example", "v=spf1 ip4:192.0.2.1\\008 -all").replace("\\\\008", "\\008"), IP4, "permerror", {}),
    ("B41 ipv4:", txt("p.example", "v=spf1 ipv4:192.0.2.0/24 -all"), IP4, "permerror", {}),
    ("B41 8-bit record beside a good one", 'p.example. TXT "\\255\\254 caf\\233"\n' + txt("p.example", "v=spf1 +all"), IP4, "pass", {}),
    ("B41 syntax error after what matches", txt("p.example", "v=spf1 ip4:192.0.2.1 mistake:x -all"), IP4, "permerror", {}),
    ("B42 include fails", txt("p.example", "v=spf1 include:i.example +all") + "i.example. SERVFAIL\n", IP4, "temperror", {}),
    ("B42 include without SPF", txt("p.example", "v=spf1 include:i.example +all") + txt("i.example", "x"), IP4, "permerror", {}),
    ("B42 redirect without SPF", txt("p.example", "v=spf1 redirect=i.example"), IP4, "permerror", {}),
    ("B42 include that is neutral", txt("p.example", "v=spf1 include:i.example -all") + txt("i.example", "v=spf1 ?all"), IP4, "fail", {}),
    ("explanation", txt("p.example", "v=spf1 -all exp=e.example") + txt("e.example", "not %{i} for %{s}"), IP4, "fail",
     {"explanation": "not 192.0.2.1 for ann@p.example"}),
    ("eleven look-ups", txt("p.example", "v=spf1 " + "a:p.example " * 11 + "+all") + "p.example. A 192.0.2.99\n", IP4, "permerror", {}),
    ("ten look-ups", txt("p.example", "v=spf1 " + "a:p.example " * 10 + "+all") + "p.example. A 192.0.2.99\n", IP4, "pass", {}),
    ("mapped address", txt("p.example", "v=spf1 ip4:192.0.2.1 -all"), "::ffff:192.0.2.1", "pass", {}),
    ("B44 null sender", txt("mail.example.org", "v=spf1 +all"), IP4, "pass", {"sender": "", "helo": "mail.example.org"}),
    ("B44 null sender, no record", "", IP4, "none", {"sender": "", "helo": "mail.example.org"}),
    ("B44 literal", "", IP4, "none", {"sender": "", "helo": "[192.0.2.9]"}),
    ("B44 one label", txt("localhost", "v=spf1 -all"), IP4, "none", {"sender": "", "helo": "localhost"}),
    ("B45 HELO passes, MAIL FROM has none", txt("h.example", "v=spf1 +all"), IP4, "none", {"helo": "h.example", "spf_helo": "pass"}),
    ("no address", txt("p.example", "v=spf1 +all"), IP4, "none", {"sender": "<>x"}),
]


@tap.cases(*SPF)
def test_spf(case):
    _, zone, ip, result, more = case
    sender, helo = more.get("sender", "ann@p.example"), more.get("helo", "client.example")
    status, found = verify(plain(), zone, "--ip", ip, "--helo", helo, "--mail-from", sender)
    tap.equal(found["spf"]["result"], result, "SPF (%s)" % found["spf"])
    tap.equal(found["spf"]["explanation"], more.get("explanation", ""))
    tap.equal(status, 0 if result == "pass" else 1, "exit status")
    if result in ("permerror", "temperror"):
        assert found["spf"]["reason"], found["spf"]
    if "spf_helo" in more:
        tap.equal(found["spf_helo"]["result"], more["spf_helo"])
    field = arrival.parse(found["authentication_results"])[1]
    tap.equal([r.result for r in field if r.method == "spf"][0], result)


@tap.cases(("spf_lookups", "spf_lookups = 3", "v=spf1 a:x.example a:x.example a:x.example a:x.example +all", "permerror"),
           ("spf_lookups, enough", "spf_lookups = 4", "v=spf1 a:x.example a:x.example a:x.example a:x.example +all", "pass"),
           ("spf_void_lookups", "spf_void_lookups = 0", "v=spf1 a:n.example +all", "permerror"),
           ("spf_void_lookups, enough", "spf_void_lookups = 1", "v=spf1 a:n.example +all", "pass"))
def test_limits(case):
    _, option, text, result = case
    zone = txt("p.example", text) + "x.example. A 192.0.2.99\n"
    _, found = verify(plain(), zone, "--ip", IP4, "--mail-from", "ann@p.example", config=written(option + "\n"))
    tap.equal(found["spf"]["result"], result, found["spf"]["reason"])


# ---- DKIM ----

def field(**tags):
    """A signature field that is no true signature."""
    wanted = {"v": "1", "a": "rsa-sha256", "d": "example.com", "s": "r1", "h": "from", "bh": "A" * 43 + "=", "b": "QUJD"}
    wanted.update(tags)
    return ("DKIM-Signature: " + ";\r\n ".join("%s=%s" % i for i in wanted.items() if i[1] is not None) + "\r\n").encode() + plain()


DER = base64.b64encode(subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], check=True, stdout=subprocess.PIPE,
                       input=subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519"], check=True,
                                            stdout=subprocess.PIPE).stdout).stdout).decode()
ED = base64.b64encode(b"k" * 32).decode()
DKIM = [  # name, message, zone of the key, result, reason
    ("good", signed, key_zone, "pass", ""),
    ("no signature", plain, "", None, ""),
    ("no key", signed, "", "permerror", "no key"),
    ("timeout", signed, "r1._domainkey.example.com. TIMEOUT\n", "temperror", ""),
    ("B30 servfail", signed, "r1._domainkey.example.com. SERVFAIL\n", "temperror", ""),
    ("B27 pieces of 7", signed, lambda: key_zone(size=7), "pass", ""),
    ("B27 pieces of 255", signed, lambda: key_zone(size=255), "pass", ""),
    ("B28 CNAME", signed, lambda: "r1._domainkey.example.com. CNAME k.example.net.\n" + key_zone(name="k.example.net"), "pass", ""),
    ("B28 DNAME", signed, lambda: "_domainkey.example.com. DNAME keys.example.net.\n" + key_zone(name="r1.keys.example.net"), "pass", ""),
    ("CNAME loop", signed, "r1._domainkey.example.com. CNAME r1._domainkey.example.com.\n", "temperror", ""),
    ("B25 no v=", signed, lambda: key_zone(record().replace("v=DKIM1; ", "")), "pass", ""),
    ("B25 v=DKIM1.0", signed, lambda: key_zone(record().replace("v=DKIM1", "v=DKIM1.0")), "permerror", "v="),
    ("B25 v= not first", signed, lambda: key_zone(record().replace("v=DKIM1; ", "") + "; v=DKIM1"), "permerror", "v="),
    ("B26 pasted twice", lambda: field(a="ed25519-sha256"),
     lambda: key_zone("v=DKIM1; k=ed25519; p=%s v=DKIM1; k=ed25519; p=%s" % (ED, ED)), "permerror", ""),
    ("B26 DER", lambda: field(a="ed25519-sha256"), lambda: key_zone("v=DKIM1; k=ed25519; p=" + DER), "permerror", ""),
    ("B23 encoded words", lambda: b"DKIM-Signature: =?UTF-8?Q?v=3D1;_a=3Drsa-sha256?=\r\n" + plain(), key_zone, "permerror", ""),
    ("B11 i=", lambda: field(i="gr\u00fcn@example.com"), key_zone, "fail", "body changed"),
    ("B11 a=", lambda: field(a="rs\u00e4-sha256"), key_zone, "permerror", "a="),
    ("B32 l= and more", lambda: signed(l=len(messages.BODY)) + b"more\r\n", key_zone, "policy", "not signed"),
    ("B32 l=0", lambda: field(l="0"), key_zone, "fail", ""),
    ("B32 l= too large", lambda: signed(l=99999), key_zone, "permerror", "l="),
    ("B32 l= overflows", lambda: signed(l="99999999999999999999"), key_zone, "permerror", "l="),
    ("B34 expired", lambda: signed(t=NOW - 7200, x=NOW - 3600), key_zone, "policy", "expired"),
    ("B34 x= is t=", lambda: signed(t=NOW - 60, x=NOW - 60), key_zone, "permerror", "x="),
    ("B34 future", lambda: signed(t=NOW + 86400), key_zone, "policy", "future"),
    ("B34 slow clock", lambda: signed(t=NOW + 60), key_zone, "pass", ""),
    ("B90 bh= of 1 byte", lambda: field(bh="QQ=="), key_zone, "permerror", "bh="),
    ("B90 bh= of 10 KB", lambda: field(bh="QUJD\r\n " * 2500), key_zone, "permerror", "bh="),
    ("B90 b= empty", lambda: field(b=""), key_zone, "permerror", "b="),
    ("B90 DER with more bytes", signed, lambda: key_zone(grown(record())), "permerror", ""),
    ("B91 ten thousand names", lambda: field(h="from:" + ":\r\n ".join("x%d" % i for i in range(10000))), key_zone, "permerror", "too long"),
    ("B91 one name five thousand times", lambda: field(h="from:" + ":\r\n ".join(["subject"] * 5000)), key_zone, "permerror", "h="),
    ("h= without from", lambda: signed(h="subject"), key_zone, "permerror", "From is not signed"),
    ("revoked", signed, lambda: key_zone("v=DKIM1; p="), "permerror", "revoked"),
    ("testing", signed, lambda: key_zone(record() + "; t=y"), "pass", "testing"),
    ("testing, changed", lambda: signed() + b"x\r\n", lambda: key_zone(record() + "; t=y"), "neutral", "testing"),
    ("not for email", signed, lambda: key_zone(record() + "; s=tlsrpt"), "permerror", "email"),
    ("sha1 only", signed, lambda: key_zone(record() + "; h=sha1"), "permerror", "sha256"),
]


def grown(text):
    """The key with bytes after its end."""
    der = base64.b64decode(text.partition("p=")[2])
    return text.partition("p=")[0] + "p=" + base64.b64encode(der + b"\0\0\0").decode()


@tap.cases(*DKIM)
def test_dkim(case):
    _, message, zone, result, reason = case
    status, found = verify(message(), zone() if callable(zone) else zone)
    tap.equal([d["result"] for d in found["dkim"]], [result] if result else [], found["dkim"])
    field_results = [r.result for r in arrival.parse(found["authentication_results"])[1] if r.method == "dkim"]
    tap.equal(field_results, [result or "none"])
    counts = result == "pass" and "testing" not in reason
    tap.equal(status, 0 if counts else 1, "exit status")
    if result:
        assert re.search(reason, found["dkim"][0]["reason"]), found["dkim"]


@tap.cases(512, 1023, 1024, 2048, 4096)
def test_B90_key_sizes(bits):
    folder = proc.folder("gp-bits-")
    path = os.path.join(folder, "k.pem")
    subprocess.run(["openssl", "genrsa", "-out", path, str(bits)], check=True, stderr=subprocess.DEVNULL)
    public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    message = signers.by_hand(plain(), path, "example.com", "r1")
    _, found = verify(message, key_zone("v=DKIM1; p=" + base64.b64encode(public).decode()))
    tap.equal(found["dkim"][0]["result"], "pass" if bits >= 1024 else "permerror", found["dkim"])
    if bits >= 1024:
        tap.equal(found["dkim"][0]["bits"], bits)


def test_json_members():
    zone = key_zone() + txt("p.example", "v=spf1 +all") + "1.2.0.192.in-addr.arpa. PTR c.example.\nc.example. A 192.0.2.1\n"
    status, found = verify(signed(), zone, "--ip", IP4, "--helo", "c.example", "--mail-from", "ann@p.example")
    tap.equal(status, 0)
    for name, members in (("spf", {"result": "pass", "domain": "p.example", "mechanism": "+all", "explanation": "", "reason": ""}),
                          ("iprev", {"result": "pass", "ip": IP4, "name": "c.example", "reason": ""})):
        for member, value in members.items():
            tap.equal(found[name][member], value, name + "." + member)
    for member, value in {"result": "pass", "domain": "example.com", "selector": "r1", "algorithm": "rsa-sha256",
                          "bits": 2048, "counts": True, "reason": ""}.items():
        tap.equal(found["dkim"][0][member], value, member)
    assert "\n" not in found["authentication_results"] and "\t" not in found["authentication_results"]


def test_B44_the_senders_name_of_the_message():
    """Without --mail-from, what Return-Path says."""
    zone = txt("p.example", "v=spf1 +all")
    _, found = verify(b"Return-Path: <ann@p.example>\r\n" + plain(), zone, "--ip", IP4)
    tap.equal((found["spf"]["result"], found["spf"]["domain"]), ("pass", "p.example"))


@tap.cases(("pass", "1.2.0.192.in-addr.arpa. PTR c.example.\nc.example. A 192.0.2.1\n", IP4, "pass"),
           ("another address", "1.2.0.192.in-addr.arpa. PTR c.example.\nc.example. A 192.0.2.2\n", IP4, "fail"),
           ("no name", "", IP4, "fail"), ("timeout", "1.2.0.192.in-addr.arpa. TIMEOUT\n", IP4, "temperror"),
           ("IPv6", "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa. PTR c.example.\nc.example. AAAA 2001:DB8:0::1\n", IP6, "pass"),
           ("B28 CNAME", "1.2.0.192.in-addr.arpa. CNAME 1.sub.2.0.192.in-addr.arpa.\n1.sub.2.0.192.in-addr.arpa. PTR c.example.\n"
            "c.example. CNAME d.example.\nd.example. A 192.0.2.1\n", IP4, "pass"),
           ("eleven names", "".join("1.2.0.192.in-addr.arpa. PTR n%d.example.\n" % i for i in range(300)), IP4, "fail"))
def test_iprev(case):
    _, zone, ip, result = case
    _, found = verify(plain(), zone, "--ip", ip)
    tap.equal(found["iprev"]["result"], result, found["iprev"])


# ---- what it is given ----

def variants():
    whole = signed(plain(body=b"one\r\n\r\n  two \r\n\r\n"))
    yield "CRLF", whole
    yield "LF", whole.replace(b"\r\n", b"\n")
    yield "mbox line", b"From ann@example.com Mon Jan  1 10:00:00 2024\r\n" + whole
    yield "mbox line, LF", (b"From ann@example.com Mon Jan  1 10:00:00 2024\r\n" + whole).replace(b"\r\n", b"\n")
    yield "fields above", b"Received: from x\r\n\tby y; now\r\nAuthentication-Results: x; none\r\n" + whole


@tap.cases(*["CRLF", "LF", "mbox line", "mbox line, LF", "fields above"])
def test_line_ends(name):
    _, found = verify(dict(variants())[name], key_zone())
    tap.equal(found["dkim"][0]["result"], "pass", found["dkim"])


@tap.cases(*["CRLF", "LF"])
def test_zone_line_ends(name):
    zone = "; a comment\n\n$TTL 60\n" + key_zone() + txt("p.example", "v=spf1 +all") + "b.example. IN A 192.0.2.7 ; x\n"
    if name == "CRLF":
        zone = zone.replace("\n", "\r\n")
    status, found = verify(signed(), zone, "--ip", IP4, "--mail-from", "ann@p.example")
    tap.equal((status, found["spf"]["result"], found["dkim"][0]["result"]), (0, "pass", "pass"))


def test_zone_without_final_dots_and_newline():
    zone = (key_zone() + txt("p.example", "v=spf1 a:b.example -all")).replace(". 300", " 300") + "b.example 60 A 192.0.2.1"
    _, found = verify(signed(), zone, "--ip", IP4, "--mail-from", "ann@p.example")
    tap.equal((found["spf"]["result"], found["dkim"][0]["result"]), ("pass", "pass"))


@tap.cases(("empty", b""), ("one byte", b"x"), ("NULs", b"\0" * 1000), ("only line ends", b"\r\n" * 50), ("only LF", b"\n"), ("only CR", b"\r\r\r"),
           ("random", bytes((i * 7919 + i // 256 * 104729) % 256 for i in range(200000))),
           ("no header end", b"From: a@example.com"), ("only a signature", b"DKIM-Signature: v=1"),
           ("a long line", b"From: a@example.com\r\nX: " + b"y" * 900000), ("deep comments", b"From: " + b"(" * 100000 + b"\r\n\r\n"),
           ("hundred thousand fields", b"X: y\r\n" * 100000 + b"\r\n"))
def test_garbage(case):
    status, found, _ = arrival.verify(case[1], "--zone", written(""), "--ip", IP4)
    tap.equal(status, 1)
    assert found["dkim"] == [] or {d["result"] for d in found["dkim"]} == {"permerror"}, found["dkim"]


@tap.limit(120)
def test_huge_file():
    path = os.path.join(proc.folder("gp-huge-"), "huge")
    with open(path, "wb") as out:
        out.write(signed())
        out.truncate(300 * 1024 * 1024)
    status, found, errors = arrival.verify(None, "--zone", written(""), path=path)
    tap.equal((status, found), (2, ""))
    assert "too large" in errors, errors


def test_large_file():
    message = signed(messages.plain("example.com", body=messages.lines(30 << 20)))
    _, found = verify(message, key_zone())
    tap.equal(found["dkim"][0]["result"], "pass")


def test_B36_three_hundred_signatures():
    domains = ["d%d.example" % i for i in range(300)]
    message = b"".join(field(d=d).partition(b"From:")[0] for d in domains) + plain()
    _, found = verify(message, "".join("r1._domainkey.%s. TIMEOUT\n" % d for d in domains))
    results = [d["result"] for d in found["dkim"]]
    tap.equal((len(results), results[:8], set(results[8:])), (300, ["temperror"] * 8, {"policy"}))


@tap.cases(("refuse", "policy", 1), ("pass", "pass", 1), ("count", "pass", 0))
def test_partial_signatures(case):
    option, result, exit_status = case
    message = signed(l=len(messages.BODY)) + b"more\r\n"
    status, found = verify(message, key_zone(), config=written('partial_signatures = "%s"\n' % option))
    tap.equal((status, found["dkim"][0]["result"], found["dkim"][0]["counts"]), (exit_status, result, option == "count"))


# ---- the command line ----

def run(*arguments, message=b""):
    got = subprocess.run([gatepost.program(), "verify", *arguments], input=message, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=proc.patience(30))
    return got.returncode, got.stdout.decode(), got.stderr.decode("utf-8", "replace")


BAD = [("nothing", [], "usage"), ("two files", ["a", "b"], "usage"), ("no such option", ["--bogus", "-"], "bogus"),
       ("no such file", ["/nonexistent/x"], "/nonexistent/x"), ("a folder", ["/tmp"], "/tmp"),
       ("bad address", ["--ip", "192.0.2", "-"], "192.0.2"), ("address and bits", ["--ip", "192.0.2.1/24", "-"], "192.0.2.1/24"),
       ("bad time", ["--time", "soon", "-"], "soon"), ("negative time", ["--time", "-1", "-"], "-1"),
       ("no such zone", ["--zone", "/nonexistent/zone", "-"], "/nonexistent/zone"),
       ("argument missing", ["--mail-from"], "mail-from")]


@tap.cases(*BAD)
def test_bad_arguments(case):
    _, arguments, text = case
    status, out, errors = run(*arguments)
    tap.equal((status, out), (2, ""))
    assert text in errors, errors


@tap.cases(("no type", "a.example.\n"), ("unknown type", "a.example. FOO x\n"), ("bad address", "a.example. A 1.2.3\n"),
           ("unclosed string", 'a.example. TXT "x\n'), ("binary", b"\xff\xfe\0\1" * 100), ("long string", 'a.example. TXT "%s"\n' % ("x" * 256)),
           ("bad name", "a..example. A 192.0.2.1\n"), ("name too long", "a." * 200 + " A 192.0.2.1\n"), ("more than needed", "a.example. A 192.0.2.1 x\n"),
           ("parenthesis", "a.example. TXT ( x\n"))
def test_bad_zone(case):
    path = written(case[1])
    status, out, errors = run("--zone", path, "-", message=plain())
    tap.equal((status, out), (2, ""))
    assert path in errors and re.search(r": line [12]: \w", errors), errors


def test_bad_configuration():
    path = written("verify = maybe\n")
    got = subprocess.run([gatepost.program(), "-c", path, "verify", "--zone", written(""), "-"], input=plain(),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=proc.patience(30))
    tap.equal((got.returncode, got.stdout), (2, b""))
    assert (path + ":1").encode() in got.stderr, got.stderr


def test_help():
    status, out, errors = run("--help")
    tap.equal((status, errors), (0, ""))
    assert "--zone" in out, out


def test_output_for_people():
    status, out, _ = run("--zone", written(key_zone() + txt("p.example", "v=spf1 -all exp=e.example") + txt("e.example", "go away")),
                         "--ip", IP4, "--mail-from", "ann@p.example", "--helo", "x.example", "-", message=signed())
    tap.equal(status, 0)
    lines = out.splitlines()
    assert re.match(r"DKIM +pass +example\.com, selector r1, rsa-sha256", lines[0]), lines
    assert any(re.match(r"SPF +fail +p\.example: go away", l) for l in lines), lines
    assert any(re.match(r"iprev +fail +192\.0\.2\.1", l) for l in lines), lines
    assert "\nAuthentication-Results: " in out, out
    assert "\r" not in out, out


if __name__ == "__main__":
    tap.main(globals(), needs=[gatepost.program()])
