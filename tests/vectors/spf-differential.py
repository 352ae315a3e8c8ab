#!/usr/bin/python3
"""Random SPF records, checked by gatepost and by pyspf; prints where they differ.

usage: spf-differential.py SPF-VECTORS [SEED [ROUNDS]]    each round is one zone with 60 checks

Not part of the check. Left out of the records is what pyspf 2.0.14 is known to get wrong: %{d0}, "%%" and %{c} in
unknown modifiers, the same unknown modifier twice, "include" of the domain itself behind a match. It also counts void
look-ups by query: differences with %{p}, where ours has two void terms, are expected.
"""
import random
import subprocess
import sys
import tempfile
import urllib.parse

import spf

HOSTS = """a.example A 192.0.2.1
a.example A 192.0.2.130
a.example AAAA 2001:db8::1
b.example A 198.51.100.7
b.example AAAA 2001:db8:0:1::7
m.example MX 10 a.example
m.example MX 20 b.example
n.example MX 10 b.example
s.example SERVFAIL
1.2.0.192.in-addr.arpa PTR a.example
7.100.51.198.in-addr.arpa PTR b.example
7.100.51.198.in-addr.arpa PTR x.r1.example
x.r1.example A 198.51.100.7
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR a.example
1.2.0.192.e.example A 127.0.0.2
user.e.example A 127.0.0.2
example.e.example A 127.0.0.2
in-addr.e.example A 127.0.0.2
a.example.e.example A 127.0.0.2
"""
CLIENTS = ["192.0.2.1", "192.0.2.200", "198.51.100.7", "203.0.113.9", "2001:db8::1", "2001:db8:0:1::7", "2001:db9::1",
           "::ffff:192.0.2.1"]
NAMES = ["a.example", "b.example", "m.example", "n.example", "nx.example", "nx2.example", "%{d}", "%{h}", "%{o}",
         "s.example", "a.example.", "%{d1}.e.example", "%{l}.e.example", "%{ir}.e.example", "%{i}.e.example",
         "%{v}.e.example", "%{p}.e.example", "%{s}.e.example", "%{L2r-+}.e.example", "a..example", "%{H}.b.example"]
BAD = ["foo", "a:", "ip4:1.2.3", "a:%{x}.example", "a/33", "moo:x", "exp=", "ip6:::1/129", "redirect=", "all:x", "1=2",
       "ptr/24", "include", "-exp=a.example", "a:x", "a:example.1", "mx//129", "ip4:192.0.2.1//24"]
RECORDS = 8


def name(r):
    return r.choice(NAMES)


def record_name(r):
    return "r%d.example" % r.randrange(RECORDS + 1)


def cidr(r):
    return r.choice(["", "", "", "/24", "/0", "//64", "/25//48", "//0", "/32//128", "/1//1"])


def term(r):
    q = r.choice(["", "", "", "+", "-", "~", "?"])
    kind = r.randrange(100)
    if kind < 4:
        return r.choice(BAD)
    if kind < 8:
        return "x%d" % r.randrange(10000) + r.choice(["=y", ".bar=%{d}", "_="])
    if kind < 30:
        return q + "include:" + record_name(r)
    if kind < 42:
        return q + r.choice(["a", "A", "a:" + name(r)]) + cidr(r)
    if kind < 54:
        return q + r.choice(["mx", "mx:" + name(r), "mx:m.example"]) + cidr(r)
    if kind < 66:
        return q + r.choice(["ip4:192.0.2.0/24", "ip4:198.51.100.7", "ip4:0.0.0.0/0", "ip4:192.0.2.1/32", "ip4:10.0.0.0/8"])
    if kind < 78:
        return q + r.choice(["ip6:2001:db8::/32", "ip6:2001:db8::1", "ip6:::/0", "ip6:2001:DB8:0:1::/64", "ip6:::ffff:192.0.2.1"])
    if kind < 84:
        return q + r.choice(["ptr", "ptr:" + name(r), "ptr:example"])
    if kind < 94:
        return q + "exists:" + name(r)
    return q + "all"


def record(r):
    terms = [term(r) for _ in range(r.randrange(6))]
    if r.random() < 0.5:
        terms.append(r.choice("-~?+") + "all")
    if r.random() < 0.25:
        terms.insert(r.randrange(len(terms) + 1), "redirect=" + record_name(r))
    if r.random() < 0.1:
        terms.append("exp=a.example")
    return " ".join(["v=spf1"] + terms)


def make_zone(r):
    lines = HOSTS
    for i in range(RECORDS):
        text = record(r)
        while "r%d.example" % i in text:  # pyspf takes it for an error even where it is never come to
            text = record(r)
        lines += 'r%d.example TXT "%s"\n' % (i, text)
        lines += "r%d.example A 203.0.113.%d\n" % (i, 5 + i)
    return lines


class Dns:
    """What pyspf asks, out of the same zone text."""

    def __init__(self, text):
        self.data = {}
        for line in text.splitlines():
            owner, kind, *rest = line.split(" ", 2)
            self.data.setdefault(owner.lower(), []).append((kind, rest[0] if rest else ""))

    def lookup(self, owner, kind, *_args, **_kw):
        owner = owner.rstrip(".").lower()
        if any(len(label) > 63 for label in owner.split(".")) or "" in owner.split("."):
            return []
        found = self.data.get(owner, [])
        if ("SERVFAIL", "") in found:
            raise spf.TempError("DNS SERVFAIL")
        return [((owner, kind), self.value(kind, v)) for k, v in found if k == kind]

    @staticmethod
    def value(kind, text):
        if kind == "TXT":
            return (text.strip('"').encode(),)
        if kind == "MX":
            preference, host = text.split()
            return (int(preference), host)
        if kind in ("A", "AAAA"):
            return spf.ipaddress.ip_address(text) if kind == "AAAA" and hasattr(spf, "ipaddress") else text
        return text


def pyspf(dns, ip, helo, sender):
    spf.DNSLookup = dns.lookup
    query = spf.query(ip, sender, helo, receiver="receiver.example", strict=True, timeout=0, querytime=0)
    try:
        return query.check()[0], query.mechanism or ""
    except Exception as e:  # its own faults are of interest, too
        return "exception %r" % e, ""


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    total = differ = 0
    seen = {}
    for number in range(seed, seed + rounds):
        r = random.Random(number)
        text = make_zone(r)
        dns = Dns(text)
        cases = [(r.choice(CLIENTS), r.choice(["mail.example.net", "a.example", "[192.0.2.1]", "x"]),
                  r.choice(["user", "a-b+c", ""]), "r%d.example" % r.randrange(RECORDS)) for _ in range(60)]
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
            zone.write(text)
            zone.flush()
            lines = "".join("\t".join(urllib.parse.quote(f, safe=":.") for f in c + ("mailfrom",)) + "\n" for c in cases)
            ours = subprocess.run([program, zone.name], input=lines, stdout=subprocess.PIPE, text=True, check=True)
        for case, line in zip(cases, ours.stdout.splitlines()):
            ip, helo, local, domain = case
            theirs = pyspf(dns, ip, helo, local + "@" + domain)
            mine = line.split("\t")
            total += 1
            if mine[0] == theirs[0]:
                continue
            differ += 1
            key = (mine[0], mine[3].split(" in ")[0][:30], theirs[0])
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= 2:
                print("seed %d: %s: ours %s, pyspf %s (%s)" % (number, case, mine, theirs, dns.data[domain][0][1]))
    for key, n in sorted(seen.items(), key=lambda item: -item[1]):
        print("%6d %s" % (n, key))
    print("%d of %d differ" % (differ, total))


main()
