#!/usr/bin/python3
"""Verifying mail while DNS does everything wrong: the results that the RFCs ask for, in time, no mail lost."""
import copy
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(sys.path[0], "dns"))
import hostile
from mta import arrival, gatepost, milter, proc, signers, tap, world
from mta.arrival import CLIENT
from mta.world import plain

KEYS = [("example.com", "r1", "rsa")]
SPF = b"v=spf1 ip4:192.0.2.1 -all"
LOOKUP, MESSAGE = 2, 4  # seconds: dns_timeout, message_dns_timeout
SLACK = 5


def text_of(q):
    """What is published at a name: the key, or an SPF record."""
    if "_domainkey" in q.name.lower():
        return _key[0]
    if q.name.lower().endswith(".slow.example"):
        return b"v=spf1 ip4:198.51.100.1 -all"
    return _special.get(q.name.lower(), SPF)


def strings_of(text, size=255):
    return [text[i:i + size] for i in range(0, len(text), size)]


def record_of(q, name=None):
    return hostile.record(name or q.name, hostile.TXT, hostile.strings(*strings_of(text_of(q))))


def good(q):
    if q.type == hostile.TXT:
        return q.reply(record_of(q))
    if q.type == hostile.PTR:
        return q.reply(hostile.record(q.name, hostile.PTR, hostile.name("client.example")))
    if q.type == hostile.A:
        return q.reply(hostile.record(q.name, hostile.A, bytes([192, 0, 2, 1])))
    return q.reply(authority=[hostile.soa(q.zone)])


def long_record(q, size):
    """A record that only TCP carries."""
    text = text_of(q)
    if "_domainkey" in q.name.lower():
        parts = strings_of(text + b"; n=" + b"x" * size)
    else:
        parts = strings_of(SPF.replace(b"ip4", b"ip4:198.51.100.7 " * (size // 17) + b"ip4"))
    return q.reply(hostile.record(q.name, hostile.TXT, hostile.strings(*parts)))


def answer(q):
    """The first label of a name, without digits, says how it is answered."""
    how = re.sub(r"\d", "", q.name.split(".")[0].lower())
    if q.type == hostile.PTR:
        how = {"66": "never", "67": "servfail", "68": "nx"}.get(q.name.split(".")[0], "good")
    rest = q.name.partition(".")[2]
    if how == "late":
        began = _first.setdefault(q.name.lower(), time.monotonic())
        yield max(0.0, began + 1.0 - time.monotonic()), good(q)
    elif how == "nx":
        yield 0, q.reply(rcode=hostile.NXDOMAIN, authority=[hostile.soa(q.zone)])
    elif how == "strings":
        yield 0, q.reply(hostile.record(q.name, hostile.TXT, hostile.strings(b"", *strings_of(text_of(q), 7), b"")))
    elif how in ("large", "huge"):
        size = 3000 if how == "large" else 40000
        yield 0, long_record(q, size) if q.tcp else q.reply(flags=hostile.TRUNCATED)
    elif how == "cname":
        target = "good." + rest
        yield 0, q.reply(hostile.record(q.name, hostile.CNAME, hostile.name(target)), record_of(q, target))
    elif how == "race":
        for i in range(1, 20):
            yield 0, q.reply(hostile.record(q.name, hostile.TXT, hostile.strings(b"v=spf1 +all")),
                             id=(q.id + i) & 0xffff)
        yield 0.1, good(q)
    elif how == "loop":
        other = ("loop1." if q.name.lower().startswith("loop0") else "loop0.") + rest
        yield 0, q.reply(hostile.record(q.name, hostile.CNAME, hostile.name(other)))
    elif how == "twice":
        yield 0, q.reply(record_of(q), record_of(q))
    elif how in ("never", "servfail", "refused", "formerr", "wrongid", "wrongname", "garbage", "lies", "empty",
                 "tcpless", "self", "badtxt"):
        yield from getattr(hostile, "do_" + how)(q)
    else:
        yield 0, good(q)


_key = []
_first = {}    # when a late name was first asked for: repeating the question does not begin anew
_special = {}  # SPF records of single names
_world = []


def w():
    if not _world:
        server = hostile.Server(proc.free_port(), answer=answer)
        _world.append(arrival.Arrivals(KEYS, server=server, dns_timeout=LOOKUP, message_dns_timeout=MESSAGE))
        _key.append(_world[0].keys.zone.txt("r1._domainkey.example.com"))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


def signed(selector, domain="example.com", message=None):
    path = w().keys.path("example.com", "r1")
    return signers.by_hand(message or plain(), path, domain, selector)


_serial = [0]


def fresh(how):
    """A label that was never asked for, so that nothing is remembered of it."""
    _serial[0] += 1
    return "%s%d" % (how, 10 + _serial[0])


def timed(*arguments, within=MESSAGE, **options):
    began = time.monotonic()
    got = w().receive(*arguments, **options)
    taken = time.monotonic() - began
    assert taken < proc.patience(within + SLACK), "it took %.1f s: %s" % (taken, got.field)
    return got


# ---- one fault at a time ----

FAULTS = [  # how DNS answers, DKIM, SPF
    ("good", "pass", "pass"),
    ("late", "pass", "pass"),
    ("never", "temperror", "temperror"),
    ("servfail", "temperror", "temperror"),
    ("refused", "temperror", "temperror"),
    ("formerr", "temperror", "temperror"),
    ("wrongid", "temperror", "temperror"),
    ("wrongname", "temperror", "temperror"),
    ("garbage", "temperror", "temperror"),
    ("tcpless", "temperror", "temperror"),
    ("race", "pass", "pass"),
    ("nx", "permerror", "none"),
    ("empty", "permerror", "none"),
    ("B27 strings", "pass", "pass"),
    ("large", "pass", "pass"),
    ("huge", "permerror", "permerror"),  # longer than we read: an error of the domain's, told as such
    ("B28 cname", "pass", "pass"),
    ("B28 loop", "temperror", "temperror"),
    ("B28 self", "temperror", "temperror"),
    ("twice", "pass", "permerror"),
]


@tap.cases(*FAULTS)
def test_fault(case):
    name, dkim, spf = case
    how = name.split()[-1]
    base()
    label = "loop0" if how == "loop" else fresh(how)
    got = timed(signed(label), "ann@%s.example.net" % (label if how == "loop" else fresh(how)))
    got.insist("dkim", dkim)
    got.insist("spf", spf, identity="mailfrom")
    got.insist("iprev", "pass")


@tap.cases(("192.0.2.66", "temperror"), ("192.0.2.67", "temperror"), ("192.0.2.68", "fail"), (CLIENT, "pass"))
def test_iprev(case):
    address, result = case
    base()
    timed(plain(), "ann@good.example.net", who={"address": address, "name": "x"}).insist("iprev", result)


def test_B30_key_server_that_never_answers():
    """A temporary error of DNS refuses nothing and is no pass and no fail."""
    base()
    got = timed(signed(fresh("never")), "ann@good.example.net")
    got.insist("dkim", "temperror", "never")
    got.insist("spf", "pass", identity="mailfrom")
    tap.equal(w().log_of_last()["action"], "accept")


def test_spf_include_that_fails():
    """B42: an include without an answer is a temporary error."""
    here = base()
    zone_file = os.path.join(here.daemon.base, "include-zone")
    with open(zone_file, "w") as out:
        out.write('a.example. TXT "v=spf1 include:b.example -all"\nb.example. SERVFAIL\n')
    _, found, _ = arrival.verify(plain(), "--zone", zone_file, "--ip", CLIENT, "--mail-from", "x@a.example")
    tap.equal(found["spf"]["result"], "temperror")


# ---- the server goes and comes ----

@tap.limit(120)
def test_server_down():
    here = base()
    here.server.stop()
    try:
        got = timed(signed(fresh("good")), "ann@%s.example.net" % fresh("good"))
        got.insist("dkim", "temperror")
        got.insist("spf", "temperror", identity="mailfrom")
        got = timed(plain(), "ann@%s.example.net" % fresh("good"), who={"address": "192.0.2.40", "name": "x"})
        got.insist("iprev", "temperror")
    finally:
        here.server.start()

    def passes():
        return timed(signed(fresh("good"))).one("dkim").result == "pass"
    proc.wait_until(passes, proc.patience(40), "verifies again once the server is back")


# ---- one time limit for all of a message ----

@tap.limit(120)
def test_one_limit_for_dkim_spf_and_helo_together():
    """Each answer comes in time, but one after the other they do not: the sum counts."""
    base()
    domain = fresh("late") + ".example.net"
    includes = b" ".join(b"include:late%d.slow.example" % i for i in range(800, 809))
    _special[domain] = b"v=spf1 " + includes + b" -all"
    got = timed(signed(fresh("never")), "ann@" + domain, helo=domain)
    got.insist("dkim", "temperror")
    got.insist("spf", "temperror", identity="mailfrom")
    ms = int(w().log_of_last()["ms"])
    assert ms < (MESSAGE + 1.5) * 1000 * proc.patience(1), "%d ms for a message_dns_timeout of %d s" % (ms, MESSAGE)


@tap.limit(180)
def test_B36_three_hundred_signatures():
    """Of 300 domains at a server that never answers: a few look-ups, in the time of one message."""
    here = base()
    domains = ["%s.many.example" % fresh("never") for _ in range(300)]
    field = (b"DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=never; h=from; bh=" + b"A" * 43 + b"=; b=" + b"A" * 342 + b"==\r\n")
    message = b"".join(field % d.encode() for d in domains) + plain()
    before = len(here.server.asked)
    got = timed(message, "ann@good.example.net")
    asked = {n for n, _ in here.server.asked[before:] if n.endswith("many.example")}
    assert len(asked) <= 8, asked
    results = [r.result for r in got.of("dkim")]
    tap.equal(results[:8], ["temperror"] * 8)
    tap.equal(set(results[8:]), {"policy"})
    assert len(results) <= 40, len(results)
    record = here.log_of_last()
    assert len(record["dkim"]) < 3000, len(record["dkim"])


def test_B36_the_authors_signature_comes_first():
    here = base()
    field = (b"DKIM-Signature: v=1; a=rsa-sha256; d=%s.many.example; s=never; h=from; bh=" + b"A" * 43 + b"=; b=AAAA\r\n")
    message = b"".join(field % fresh("never").encode() for _ in range(30)) + signed("good")
    got = timed(message, "ann@good.example.net")
    passed = [r.properties["header.d"] for r in got.of("dkim") if r.result == "pass"]
    tap.equal(passed, ["example.com"])


def another(**options):
    """The same world with a daemon and an MTA of its own: for options that need a restart."""
    here = copy.copy(base())
    here.daemon = gatepost.Gatepost(here.own.dir, resolver=here.daemon.options["resolver"],
                                    authserv_id=arrival.ID, **options)
    here.mta = world.start_mta([here.daemon], here.sink)
    return here


def judged(daemon, message, sender):
    """The results for a message that an MTA's process of its own hands over, without the cost of one."""
    client = milter.Client(("127.0.0.1", daemon.port), timeout=60)
    client.connect(address=CLIENT)
    answer = client.message(message, sender)
    client.quit()
    return arrival.parse(arrival.unfolded(answer.inserted("Authentication-Results")[0]))[1]


@tap.limit(240)
def test_other_mail_flows_while_a_hundred_wait():
    """One server for all, which answers some names and never the others."""
    here = another(dns_timeout=20, message_dns_timeout=25)
    waiting = [signed(fresh("never")) for _ in range(100)]
    others = [(signed(fresh("good")), "ann@%s.example.net" % fresh("good")) for _ in range(10)]
    ends = []
    threads = [threading.Thread(target=lambda m: ends.append(judged(here.daemon, m, "ann@good.example.net")),
                                args=(m,)) for m in waiting]
    here.receive(plain())  # Postfix's processes are there
    before = len(here.server.asked)
    for thread in threads:
        thread.start()
    end = time.monotonic() + proc.patience(12)
    while len({n for n, _ in here.server.asked[before:] if n.startswith("never")}) < 100:
        assert time.monotonic() < end, "not all are asked for"
        time.sleep(0.5)
    for message, sender in others:
        sent = time.monotonic()
        got = here.receive(message, sender)
        taken = time.monotonic() - sent
        got.insist("dkim", "pass")
        got.insist("spf", "pass", identity="mailfrom")
        assert taken < proc.patience(5), "a message of %.1f s while others wait" % taken
    tap.equal(sum(t.is_alive() for t in threads), 100, "those who still wait")
    for thread in threads:
        thread.join()
    tap.equal({r.result for results in ends for r in results if r.method == "dkim"}, {"temperror"})
    tap.equal(len(ends), 100)
    tap.equal(here.daemon.stop(), 0)
    here.mta.stop()


# ---- B97, B85 ----

def verified(client, selector, domain):
    answer = client.message(signed_once(selector), "ann@" + domain)
    return answer.inserted("Authentication-Results")[0]


def signed_once(selector):
    """Not a good signature: only the look-up matters here."""
    return (b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=%s; h=from; bh=" % selector.encode()
            + b"A" * 43 + b"=; b=AAAA\r\n" + plain())


@tap.limit(300)
def test_B97_open_files_stay_flat():
    here = base()
    gate = here.daemon.pid("gate")

    def burst(count):
        client = milter.Client(("127.0.0.1", here.daemon.port))
        client.connect(address=CLIENT)
        for _ in range(count):
            verified(client, fresh("good"), fresh("good") + ".example.net")
        client.quit()

    burst(300)
    before = gatepost.fds(gate)
    for _ in range(3):
        here.server.stop()
        burst(3)
        here.server.start()
        burst(200)
    proc.wait_until(lambda: gatepost.fds(gate) <= before + 4, proc.patience(45),
                    "open files: %d before, now %d" % (before, gatepost.fds(gate)))
    tap.equal(here.daemon.pid("gate"), gate, "the gate")


@tap.limit(120)
def test_B85_resolv_conf_is_followed():
    """As the file says, and as it says later; nothing else is asked."""
    if os.geteuid() != 0:
        tap.skip("needs root, to give the daemon a resolv.conf of its own")
    folder = proc.folder("gp-resolv-")
    path = os.path.join(folder, "resolv.conf")
    # Servers in resolv.conf have no port: each has an address of its own, on port 53.
    try:
        first, second = (hostile.Server(53, address, answer=answer) for address in ("127.0.53.1", "127.0.53.2"))
    except OSError as error:
        tap.skip("port 53 on loopback: %s" % error)
    write_at_once(path, "nameserver 127.0.53.1\n")
    wrapper = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
               "mount --bind %s /etc/resolv.conf && exec \"$@\"" % path, "sh"]
    other = gatepost.Gatepost(base().own.dir, wrapper=wrapper, authserv_id=arrival.ID, dns_timeout=2)
    try:
        insist_asked(other, first, second)
        with open(path, "w") as out:  # in place: the bind mount shows the same file
            out.write("nameserver 127.0.53.2\n")
        proc.wait_until(lambda: is_asked(other, second), proc.patience(40), "the new server is asked")
        before = len(first.asked)
        insist_asked(other, second, first)
        tap.equal(len(first.asked), before, "questions to the old server")
    finally:
        tap.equal(other.stop(), 0)
        first.stop()
        second.stop()


def write_at_once(path, text):
    with open(path + ".new", "w") as out:
        out.write(text)
    os.rename(path + ".new", path)


def is_asked(daemon, server):
    client = milter.Client(("127.0.0.1", daemon.port))
    client.connect(address=CLIENT)
    selector = fresh("good")
    verified(client, selector, "good.example.net")
    client.quit()
    return server.times(selector + "._domainkey.example.com") > 0


def insist_asked(daemon, server, other):
    before = len(other.asked)
    assert is_asked(daemon, server), server.asked
    tap.equal(len(other.asked), before, "questions to another server")


def test_no_mail_is_lost():
    tap.equal(w().mta.queued(), 0)


def test_ends_clean():
    tap.equal(w().daemon.stop(), 0)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
