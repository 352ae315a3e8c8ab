"""A DNS server on loopback that answers as badly as it is told to.

The first label of a name says how; see the functions below whose names begin
with do_. A function yields (delay in seconds, packet) for each packet to send;
over TCP a packet of None closes the connection.
"""
import random
import socket
import struct
import threading
import time

A, CNAME, SOA, PTR, MX, TXT, AAAA, DNAME, OPT, RRSIG = 1, 5, 6, 12, 15, 16, 28, 39, 41, 46
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5
TRUNCATED = 0x0200


def name(text):
    """A name in the form of the wire, not compressed."""
    labels = [l.encode() for l in text.rstrip(".").split(".") if l]
    return b"".join(bytes([len(l)]) + l for l in labels) + b"\0"


def record(owner, kind, data, ttl=300):
    return name(owner) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def strings(*parts):
    return b"".join(bytes([len(p)]) + p for p in parts)


def soa(zone, minimum=77):
    return record(zone, SOA, name("ns." + zone) + name("root." + zone) +
                  struct.pack(">5I", 1, 3600, 600, 86400, minimum))


class Question:
    def __init__(self, packet, tcp):
        self.packet, self.tcp = packet, tcp
        self.id = struct.unpack(">H", packet[:2])[0]
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1"))
            at += 1 + packet[at]
        self.type = struct.unpack(">H", packet[at + 1:at + 3])[0]
        self.name = ".".join(labels)
        self.zone = ".".join(labels[-2:])
        self.wire = packet[12:at + 5]

    def reply(self, *answers, rcode=NOERROR, flags=0, authority=(), question=None, id=None):
        """A response to this question."""
        head = struct.pack(">6H", self.id if id is None else id, 0x8180 | flags | rcode, 1,
                           len(answers), len(authority), 0)
        return head + (question or self.wire) + b"".join(answers) + b"".join(authority)

    def txt(self, *parts, owner=None, **options):
        return self.reply(record(owner or self.name, TXT, strings(*parts), **options))


def do_good(q):
    if q.type == A:
        yield 0, q.reply(record(q.name, A, bytes([192, 0, 2, 1])))
    elif q.type == TXT:
        yield 0, q.txt(b"hello")
    else:
        yield 0, q.reply(authority=[soa(q.zone)])


def do_zero(q):
    yield 0, q.txt(b"ttl 0", ttl=0)


def do_strings(q):
    yield 0, q.txt(b"v=DKIM1; k=rsa; p=", b"", b"A" * 255, b"B" * 200, b"C" * 100)


def do_large(q):
    """Over 512 octets in one UDP packet."""
    yield 0, q.txt(*[bytes([65 + i]) * 200 for i in range(4)])


def do_huge(q):
    if not q.tcp:
        yield 0, q.reply(flags=TRUNCATED)
    else:
        yield 0, q.txt(*[b"x" * 250] * 160)


def do_tcpless(q):
    yield 0, None if q.tcp else q.reply(flags=TRUNCATED)


def do_servfail(q):
    yield 0, q.reply(rcode=SERVFAIL)


def do_refused(q):
    yield 0, q.reply(rcode=REFUSED)


def do_formerr(q):
    yield 0, q.reply(rcode=FORMERR)


_first = {}


def do_late(q):
    """As a resolver does that needs a while itself: repeated queries do not make it start anew."""
    began = _first.setdefault(q.name.lower(), time.monotonic())
    yield max(0.0, began + 1.5 - time.monotonic()), q.txt(b"late")


def do_never(q):
    return iter(())


def do_wrongid(q):
    yield 0, q.reply(record(q.name, TXT, strings(b"evil")), id=q.id ^ 1)


def do_race(q):
    """Forged answers first, then the true one."""
    for i in range(1, 20):
        yield 0, q.reply(record(q.name, TXT, strings(b"evil")), id=(q.id + i) & 0xffff)
    yield 0.1, q.txt(b"true")


def do_wrongname(q):
    other = name("other." + q.zone) + q.wire[-4:]
    yield 0, q.reply(record("other." + q.zone, TXT, strings(b"evil")), question=other)


def do_garbage(q):
    for size in (0, 1, 11, 12, 13, 40, 500):
        yield 0, q.packet[:2] + random.randbytes(size)
    yield 0, q.packet
    yield 0, q.reply()[:-3]


def do_lies(q):
    """A header that promises records which are not there; a name that points at itself."""
    packet = bytearray(q.txt(b"x"))
    packet[6:8] = b"\xff\xff"
    yield 0, bytes(packet)
    yield 0, q.reply(b"\xc0\x0c"[:1] + bytes([len(q.wire) + 12]) + b"\0\x10\0\1\0\0\0\5\0\2\1x")


def do_twice(q):
    yield 0, q.txt(b"once")
    yield 0, q.txt(b"twice")


def do_nxsoa(q):
    yield 0, q.reply(rcode=NXDOMAIN, authority=[soa(q.zone)])


def do_nxbare(q):
    yield 0, q.reply(rcode=NXDOMAIN)


def do_empty(q):
    yield 0, q.reply(authority=[soa(q.zone)])


def do_loop(q):
    """Two names that point at each other."""
    number, _, rest = q.name.partition(".")[2].partition(".")
    yield 0, q.reply(record(q.name, CNAME, name("loop.%d.%s" % (1 - int(number), rest))))


def do_self(q):
    yield 0, q.reply(record(q.name, CNAME, name(q.name)))


def do_chain(q):
    """chain.N.zone: N CNAMEs, one in each response."""
    number, _, rest = q.name.partition(".")[2].partition(".")
    if int(number) == 0:
        yield 0, q.txt(b"end of the chain")
    else:
        yield 0, q.reply(record(q.name, CNAME, name("chain.%d.%s" % (int(number) - 1, rest)), ttl=20))


def do_whole(q):
    """A CNAME with its target in one response, with RRSIG and foreign records between."""
    target = "target." + q.zone
    signature = struct.pack(">HBBIIIH", TXT, 13, 3, 300, 2**31, 1, 7) + name(q.zone) + b"s" * 64
    yield 0, q.reply(record("stray." + q.zone, TXT, strings(b"stray")),
                     record(q.name, RRSIG, signature),
                     record(q.name, CNAME, name(target)),
                     record(target, RRSIG, signature),
                     record(target, A, bytes(4)),
                     record(target, TXT, strings(b"wh", b"ole")))


def do_target(q):
    yield 0, q.txt(b"wh", b"ole")


def do_under(q):
    """under.d.zone: a DNAME above the name, with the CNAME made from it."""
    owner = q.name.partition(".")[2]
    if q.name.endswith(".to." + q.zone):
        yield 0, q.txt(b"renamed")
    else:
        target = "under.to." + q.zone
        yield 0, q.reply(record(owner, DNAME, name("to." + q.zone)),
                         record(q.name, CNAME, name(target)),
                         record(target, TXT, strings(b"renamed")))


def do_case(q):
    yield 0, q.txt(b"any case", owner=q.name.swapcase())


def do_mail(q):
    if q.type == PTR:
        yield 0, q.reply(record(q.name, PTR, name("Host.EXAMPLE.com")),
                         record(q.name, PTR, b"\5a.b\\\x07\0"))
    else:
        yield 0, q.reply(record(q.name, MX, b"\0\x0a" + name("MX1.Example.COM")),
                         record(q.name, MX, b"\0\0\0"))


def do_many(q):
    if not q.tcp:
        yield 0, q.reply(flags=TRUNCATED)
    else:
        yield 0, q.reply(*[record(q.name, A, b"\1\0\0\2") for _ in range(300)])


def do_badtxt(q):
    """A string that is longer than its record."""
    yield 0, q.reply(record(q.name, TXT, b"\x03abc\xc8def"))


class Server:
    """Runs in threads of its own; stop() closes its ports, start() opens the same ones again."""

    def __init__(self, port, address="127.0.0.1", answer=None):
        self.port, self.address, self.answer = port, address, answer
        self.asked = []  # (name in lower case, type), as they came
        self.start()

    def start(self):
        self.running = True
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.udp.bind((self.address, self.port))
        self.tcp.bind((self.address, self.port))
        self.tcp.listen(50)
        self.threads = [threading.Thread(target=f, daemon=True) for f in (self._udp, self._tcp)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.running = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (self.address, self.port))
        self.tcp.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.udp.close()
        self.tcp.close()

    def times(self, asked):
        return sum(1 for n, _ in self.asked if n == asked.lower())

    def _packets(self, packet, tcp):
        question = Question(packet, tcp)
        self.asked.append((question.name.lower(), question.type))
        if self.answer:
            return self.answer(question)
        how = globals().get("do_" + question.name.split(".")[0].lower(), do_good)
        return how(question)

    def _udp(self):
        while True:
            packet, sender = self.udp.recvfrom(65535)
            if not self.running:
                return
            try:
                for delay, answer in self._packets(packet, False):
                    if delay == 0:
                        self.udp.sendto(answer, sender)
                    else:
                        threading.Timer(delay, self._send_late, (self.udp, answer, sender)).start()
            except (IndexError, struct.error):
                pass

    @staticmethod
    def _send_late(udp, answer, sender):
        try:
            udp.sendto(answer, sender)
        except OSError:
            pass

    def _tcp(self):
        while self.running:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self._talk(connection)
        except (OSError, IndexError, struct.error):
            pass

    def _talk(self, connection):
        with connection, connection.makefile("rb") as stream:
            head = stream.read(2)
            while len(head) == 2:
                packet = stream.read(struct.unpack(">H", head)[0])
                for delay, answer in self._packets(packet, True):
                    time.sleep(delay)
                    if answer is None:
                        return
                    connection.sendall(struct.pack(">H", len(answer)) + answer)
                head = stream.read(2)
