#!/usr/bin/python3
"""The resolver against a DNS server that does everything wrong, and against a real one.

Each test has a server of its own on loopback and asks through tests/dns/dns-query.
"""
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hostile
from mta import dnsserver, proc, tap

SLACK = 3  # seconds beyond a time limit: only that there is one is tested here


class Resolver:
    """dns-query, asked line by line."""

    def __init__(self, *options):
        self.child = proc.start([os.path.join(proc.build(), "tests/dns/dns-query"), *options],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def send(self, line):
        self.child.stdin.write(line + "\n")

    def line(self):
        got = self.child.stdout.readline()
        if not got:
            raise AssertionError("dns-query ended: %s" % self.child.wait())
        return got.strip()

    def ask(self, line):
        """One answer; what a line tells, but for the name, type and TTL."""
        self.send(line)
        return told(self.line())

    def number(self, what, line="usage"):
        self.send(line)
        return int(re.search(what + r"=(\d+)", self.line()).group(1))

    def end(self):
        self.child.stdin.close()
        tap.equal(self.child.wait(proc.patience(20)), 0, "exit status of dns-query")


def told(line):
    status, reason = re.fullmatch(r"\S+ \S+ (\S+(?: secure)?) ttl=\d+ reason=(.*)", line).groups()
    return (status + " " + reason).replace("  | ", " | ").strip()


def ttl(line):
    return int(re.search(r" ttl=(\d+)", line).group(1))


def pair(*options, answer=None):
    server = hostile.Server(proc.free_port(), answer=answer)
    return server, Resolver("-s", "127.0.0.1@%d" % server.port, *options)


@tap.cases(
    ("good.zone.example TXT", "OK | 5:hello"),
    ("GOOD.Zone.Example. A", r"OK | 4:\192\000\002\001"),
    ("B27 strings.zone.example TXT", "OK | 573:v=DKIM1; k=rsa; p=" + "A" * 82),
    ("B27 large.zone.example TXT", "OK | 800:" + "A" * 100),
    ("B27 huge.zone.example TXT", "OK | 40000:" + "x" * 100),
    ("many.zone.example A", "OK" + r" | 4:\001\000\000\002" * 100),
    ("tcpless.zone.example TXT", "TEMPFAIL"),
    ("servfail.zone.example TXT", "TEMPFAIL SERVFAIL"),
    ("refused.zone.example TXT", "TEMPFAIL"),
    ("formerr.zone.example TXT", "TEMPFAIL"),
    ("never.zone.example TXT", "TEMPFAIL timed out"),
    ("wrongid.zone.example TXT", "TEMPFAIL timed out"),
    ("race.zone.example TXT", "OK | 4:true"),
    ("wrongname.zone.example TXT", "TEMPFAIL"),
    ("garbage.zone.example TXT", "TEMPFAIL"),
    ("lies.zone.example TXT", "TEMPFAIL"),
    ("twice.zone.example TXT", "OK | 4:once"),
    ("nxsoa.zone.example TXT", "NXDOMAIN no such name"),
    ("nxbare.zone.example TXT", "NXDOMAIN no such name"),
    ("empty.zone.example TXT", "NODATA no such record"),
    ("badtxt.zone.example TXT", "TEMPFAIL"),
    ("B28 loop.0.zone.example TXT", "TEMPFAIL"),
    ("B28 self.zone.example TXT", "TEMPFAIL"),
    ("B28 chain.8.zone.example TXT", "OK | 16:end of the chain"),
    ("B28 chain.40.zone.example TXT", "TEMPFAIL"),
    ("B28 whole.zone.example TXT", "OK | 5:whole"),
    ("B28 under.d.zone.example TXT", "OK | 7:renamed"),
    ("case.zone.example TXT", "OK | 8:any case"),
    ("mail.zone.example MX", "OK | 10 mx1.example.com | 0"),
    ("mail.zone.example PTR", r"OK | 0 host.example.com | 0 a\046b\092\007"),
    ("a..zone.example TXT", "BADNAME not a domain name"),
    ("x" * 64 + ".example TXT", "BADNAME not a domain name"),
    ("some.test TXT", "OK | 5:hello"),
    ("10.in-addr.arpa TXT", "OK | 5:hello"),
    ('we"ird\\;(x)$name@.zone.example TXT', "OK | 5:hello"),
)
def test_answer(case):
    server, resolver = pair("-t", "1500")
    question, want = case
    began = time.monotonic()
    got = resolver.ask(re.sub(r"^B\d\d ", "", question))
    if want == "TEMPFAIL":
        got = got.split(" ")[0]
    tap.equal(got, want)
    if time.monotonic() - began > proc.patience(1.5 + SLACK):
        raise AssertionError("took %.1f s" % (time.monotonic() - began))
    resolver.end()
    server.stop()


def test_names_are_asked_as_they_are():
    """Bytes that mean something in a zone file reach the server unchanged."""
    server, resolver = pair()
    name = 'a"b\\;(c)$d@e.zone.example'
    resolver.ask(name + " TXT")
    tap.equal(server.times(name), 1, "look-ups")
    resolver.end()


@tap.cases(("nxsoa.zone.example", 77), ("empty.zone.example", 77), ("nxbare.zone.example", 30),
           ("chain.2.zone.example", 20), ("good.zone.example", 300))
def test_ttl(case):
    server, resolver = pair()
    resolver.send(case[0] + " TXT")
    tap.equal(ttl(resolver.line()), case[1], "TTL")
    resolver.end()


@tap.cases("good", "nxsoa", "nxbare", "empty", "servfail", "zero")
def test_answers_are_kept(how):
    """Negative answers too, failures for a while, and TTL 0 for the floor."""
    server, resolver = pair()
    name = how + ".zone.example"
    first = resolver.ask(name + " TXT")
    asked = server.times(name)
    for spelt in (name, name.upper(), name + "."):
        tap.equal(resolver.ask(spelt + " TXT"), first)
    tap.equal(server.times(name), asked, "look-ups")
    tap.equal(resolver.number("asked"), 1, "look-ups started")
    resolver.end()


def test_nothing_is_kept_without_a_cache():
    server, resolver = pair("-c", "0")
    for _ in range(3):
        resolver.ask("good.zone.example TXT")
    tap.equal(resolver.number("asked"), 3, "look-ups started")
    tap.equal(resolver.number("answers"), 0, "answers kept")
    resolver.end()


def test_the_cache_is_bounded():
    server, resolver = pair("-c", "1000000")
    resolver.send("flood 3000 10 zone.example TXT")
    resolver.line()
    resolver.send("usage")
    answers, kept = map(int, re.search(r"answers=(\d+) bytes=(\d+)", resolver.line()).groups())
    if not (0 < answers < 1000 and 500000 < kept <= 1000000):
        raise AssertionError("%d answers, %d bytes" % (answers, kept))
    resolver.end()


def test_identical_lookups_are_joined():
    server, resolver = pair()
    resolver.send(" ".join(["late.joined.example TXT", "LATE.joined.example. TXT"] * 8))
    for _ in range(16):
        tap.equal(told(resolver.line()), "OK | 4:late")
    tap.equal(resolver.number("asked"), 1, "look-ups started")
    resolver.end()


def test_a_slow_domain_delays_only_its_own():
    server, resolver = pair("-t", "2500")
    slow = " ".join("never.n%d.example TXT" % i for i in range(20))
    began = time.monotonic()
    resolver.send("good.zone.example TXT " + slow)
    tap.equal(told(resolver.line()), "OK | 5:hello")
    if time.monotonic() - began > proc.patience(1.5):
        raise AssertionError("the good domain waited for the slow ones")
    for _ in range(20):
        tap.equal(told(resolver.line()), "TEMPFAIL timed out")
    if time.monotonic() - began > proc.patience(2.5 + SLACK):
        raise AssertionError("the slow domains were waited for one by one")
    tap.equal(resolver.ask("good.other.example TXT"), "OK | 5:hello")
    resolver.end()


def test_a_deadline_is_the_waiters_own():
    """Who waits less gets less; the look-up goes on, and its answer is there for the next."""
    server, resolver = pair()
    resolver.send("deadline 100")
    tap.equal(resolver.ask("late.deadline.example TXT"), "TEMPFAIL timed out")
    resolver.send("deadline 10000")
    tap.equal(resolver.ask("late.deadline.example TXT"), "OK | 4:late")
    tap.equal(resolver.number("asked"), 1, "look-ups started")
    resolver.end()


def test_an_answer_after_the_timeout_is_kept():
    server, resolver = pair("-t", "300")
    tap.equal(resolver.ask("late.kept.example TXT"), "TEMPFAIL timed out")
    proc.wait_until(lambda: resolver.ask("late.kept.example TXT") == "OK | 4:late",
                    proc.patience(10), "the late answer")
    resolver.end()


def test_too_many_at_once():
    server, resolver = pair("-m", "5", "-t", "1000")
    resolver.send(" ".join("never.n%d.example TXT" % i for i in range(8)))
    got = [told(resolver.line()) for _ in range(8)]
    tap.equal(got, ["TEMPFAIL timed out"] * 5 + ["TEMPFAIL too many look-ups under way"] * 3)
    resolver.end()


def test_shutdown_with_lookups_under_way():
    server, resolver = pair()
    resolver.ask("good.zone.example TXT")
    resolver.send("deadline 50")
    resolver.ask("never.a.example TXT")
    resolver.send("deadline 20000")
    resolver.send("shutdown never.a.example TXT late.shutdown.example TXT never.b.example A")
    for _ in range(3):
        tap.equal(told(resolver.line()), "TEMPFAIL shutting down")
    tap.equal(resolver.ask("good.other.example TXT"), "TEMPFAIL shutting down")
    resolver.end()


def test_end_with_lookups_under_way():
    server, resolver = pair("-t", "200")
    resolver.send(" ".join("never.n%d.example TXT" % i for i in range(20)))
    for _ in range(20):
        resolver.line()
    resolver.end()


def test_many_threads():
    server, resolver = pair("-f", "0", "-c", "20000", "-t", "5000")
    names = " ".join("%s.z%d.example TXT" % (how, i) for i in range(6)
                     for how in ("good", "zero", "nxsoa", "servfail"))
    resolver.send("threads 8 30 " + names)
    tap.equal(resolver.line(), "OK=%d" % (8 * 30 * 12))
    resolver.end()


# ---- servers that go and come ----

def flood(resolver, n, suffix):
    resolver.send("flood %d 20 %s TXT" % (n, suffix))
    return int(re.match(r"OK=(\d+)", resolver.line()).group(1))


@tap.limit(180)
def test_b97_open_files_stay_flat():
    """The server alive, dead, and alive again; GATEPOST_LOOKUPS=100000 is the full case."""
    many = int(os.environ.get("GATEPOST_LOOKUPS", "2000"))
    server, resolver = pair("-t", "300", "-c", "100000")
    flood(resolver, 100, "first.example")
    files = resolver.number("files")
    for turn in range(2):
        tap.equal(flood(resolver, many // 2, "up%d.example" % turn), many // 2, "answers")
        server.stop()
        tap.equal(flood(resolver, 40, "down%d.example" % turn), 0, "answers of a dead server")
        server.start()
        proc.wait_until(lambda: flood(resolver, 1, "up%f.example" % time.monotonic()) == 1,
                        proc.patience(30), "an answer after the restart")
    proc.wait_until(lambda: resolver.number("under_way") == 0, proc.patience(60),
                    "the end of all look-ups")
    still = resolver.number("files")
    assert still <= files, "open files: %d at first, %d at the end" % (files, still)
    resolver.end()


def test_a_dead_server_beside_a_living_one():
    server = hostile.Server(proc.free_port())
    resolver = Resolver("-s", "127.0.0.1@%d" % proc.free_port(), "-s", "127.0.0.1@%d" % server.port)
    tap.equal(flood(resolver, 40, "zone.example"), 40, "answers")
    resolver.end()


def own_address():
    """An address of loopback where this test may open port 53."""
    for last in range(2, 250):
        address = "127.53.%d.%d" % (os.getpid() % 250, last)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, 53))
                return address
            except PermissionError:
                tap.skip("port 53 needs root")
            except OSError:
                continue
    tap.skip("port 53 is taken on all of loopback")


def test_b85_resolv_conf_is_read_again():
    addresses = [own_address()]
    one = hostile.Server(53, addresses[0], lambda q: iter([(0, q.txt(b"one"))]))
    addresses.append(own_address())
    two = hostile.Server(53, addresses[1], lambda q: iter([(0, q.txt(b"two"))]))
    path = os.path.join(proc.folder(), "resolv.conf")
    write(path, "# made by hand\nsearch example.com\nnameserver %s\noptions edns0\n" % addresses[0])
    resolver = Resolver("-r", path, "-c", "0")
    tap.equal(resolver.ask("a.example TXT"), "OK | 3:one")
    write(path + ".new", "nameserver %s\n" % addresses[1])
    os.rename(path + ".new", path)
    time.sleep(1.1)
    tap.equal(resolver.ask("b.example TXT"), "OK | 3:two")
    os.unlink(path)
    time.sleep(1.1)
    tap.equal(resolver.ask("c.example TXT"), "OK | 3:two")
    tap.equal([one.times("a.example"), two.times("a.example"), one.times("b.example")], [1, 0, 0])
    resolver.end()


def write(path, text):
    with open(path, "w") as out:
        out.write(text)


def peers(pid):
    """Whom the UDP and TCP sockets of a process are connected to, as the kernel prints it."""
    mine = set()
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            mine.add(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        except OSError:
            pass
    for table in ("udp", "udp6", "tcp", "tcp6"):
        with open("/proc/net/" + table) as rows:
            for row in list(rows)[1:]:
                columns = row.split()
                if "socket:[%s]" % columns[9] in mine:
                    yield columns[2]


def test_b85_no_other_server_is_asked():
    """Also when the only server fails: the root servers are nobody's business here."""
    server, resolver = pair("-t", "1500")
    resolver.send("never.zone.example TXT servfail.zone.example TXT refused.zone.example TXT")
    want = "0100007F:%04X" % server.port
    found = set()
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        found |= set(peers(resolver.child.pid))
        time.sleep(0.01)
    tap.equal(found, {want}, "peers")
    for _ in range(3):
        resolver.line()
    resolver.end()


def test_b85_no_resolv_conf():
    child = subprocess.run([os.path.join(proc.build(), "tests/dns/dns-query"), "-r", "/nonexistent"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    tap.equal((child.returncode, child.stderr),
              (1, "dns-query: /nonexistent: No such file or directory\n"))


def test_a_server_that_is_no_address():
    child = subprocess.run([os.path.join(proc.build(), "tests/dns/dns-query"), "-s", "dns.example"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    tap.equal(child.returncode, 1)
    tap.equal("DNS server dns.example: " in child.stderr, True, child.stderr)


# ---- DNSSEC ----

class Signed:
    """The zone signed.example, whose key is the trust anchor."""

    def __init__(self):
        import dns.dnssec
        import dns.rrset
        from cryptography.hazmat.primitives.asymmetric import ec
        self.private = ec.generate_private_key(ec.SECP256R1())
        key = dns.dnssec.make_dnskey(self.private.public_key(), "ECDSAP256SHA256", flags=257)
        self.keys = dns.rrset.from_rdata("signed.example.", 300, key)
        self.anchor = "signed.example. IN DNSKEY %s\n" % key.to_text()

    def signed(self, rrset):
        import dns.dnssec
        import dns.name
        import dns.rrset
        signature = dns.dnssec.sign(rrset, self.private, dns.name.from_text("signed.example."),
                                    self.keys[0], lifetime=86400)
        return [rrset, dns.rrset.from_rdata(rrset.name, 300, signature)]

    def answer(self, question):
        import dns.message
        import dns.rrset
        query = dns.message.from_wire(question.packet)
        reply = dns.message.make_response(query, recursion_available=True)
        how = question.name.split(".")[0].lower()
        if question.type == 48 and how == "signed":
            reply.answer = self.signed(self.keys)
        elif question.type == hostile.TXT:
            rrset = dns.rrset.from_text(question.name + ".", 300, "IN", "TXT", '"good"')
            reply.answer = self.signed(rrset)
            if how == "forged":
                reply.answer[0] = dns.rrset.from_text(question.name + ".", 300, "IN", "TXT", '"evil"')
            elif how == "stripped":
                del reply.answer[1]
            elif not question.name.endswith("signed.example"):
                del reply.answer[1]
        yield 0, reply.to_wire()


@tap.cases(("good.signed.example", "OK secure | 4:good"), ("forged.signed.example", "TEMPFAIL bogus"),
           ("stripped.signed.example", "TEMPFAIL bogus"), ("elsewhere.example", "OK | 4:good"))
def test_dnssec(case):
    try:
        zone = Signed()
    except (ImportError, AttributeError) as error:
        tap.skip("no signing here: %s" % error)
    anchor = os.path.join(proc.folder(), "anchor")
    write(anchor, zone.anchor)
    server, resolver = pair("-a", anchor, answer=zone.answer)
    tap.equal(resolver.ask(case[0] + " TXT").split(":", 1)[0], case[1].split(":", 1)[0])
    resolver.end()


def test_no_trust_anchor_file():
    child = subprocess.run([os.path.join(proc.build(), "tests/dns/dns-query"), "-s", "127.0.0.1",
                            "-a", "/nonexistent"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    tap.equal((child.returncode, child.stderr),
              (1, "dns-query: /nonexistent: No such file or directory\n"))


# ---- a real server ----

def test_a_real_server():
    zone = dnsserver.Zone()
    zone.add_txt("key._domainkey.example.com", "v=DKIM1; p=" + "A" * 700)
    zone.add("alias.example.com", "CNAME", "host.example.com.")
    zone.add("host.example.com", "A", "192.0.2.7")
    zone.add("example.com", "MX", "10 Host.example.com.")
    server = dnsserver.Server(zone)
    resolver = Resolver("-s", "127.0.0.1@%d" % server.port)
    tap.equal(resolver.ask("key._domainkey.example.com TXT")[:27], "OK | 711:v=DKIM1; p=AAAAAAA")
    tap.equal(resolver.ask("alias.example.com A"), r"OK | 4:\192\000\002\007")
    tap.equal(resolver.ask("example.com MX"), "OK | 10 host.example.com")
    tap.equal(resolver.ask("example.com A"), "NODATA no such record")
    tap.equal(resolver.ask("gone.example.com A"), "NXDOMAIN no such name")
    resolver.end()


if __name__ == "__main__":
    tap.main(globals())
