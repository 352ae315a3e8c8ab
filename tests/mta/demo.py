#!/usr/bin/python3
"""gatepost at work, on this machine only: a message from submission to verified signature, and one held and released.

usage: tests/demo            shows it and takes everything down again
       tests/demo --keep     leaves it running, and says how to talk to it
       tests/demo --stop     ends what --keep left running
"""
import base64
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import dnsserver, gatepost, postfix, proc, sink, smtp, verify

DOMAIN = "example.com"
MESSAGE = (b"From: Ann Example <ann@example.com>\r\n"
           b"To: Bob <bob@sink.example.net>\r\n"
           b"Subject: Lunch on Friday?\r\n"
           b"Date: %s\r\n"
           b"Message-ID: <lunch.%d@example.com>\r\n"
           b"MIME-Version: 1.0\r\n"
           b"Content-Type: text/plain; charset=utf-8\r\n"
           b"\r\n"
           b"Hello Bob,\r\n\r\nshall we meet at noon?\r\n\r\nAnn\r\n")
OUTSIDE = {"address": "192.0.2.7", "name": "phone.example.net"}
END = b"\0\n"  # all is said; children hold the pipe open
PID_FILE = os.path.join(proc.build(), "demo.pid")


def paint(text, code):
    colour = os.isatty(1) and "NO_COLOR" not in os.environ or os.environ.get("DEMO_COLOUR")
    return "\033[%sm%s\033[0m" % (code, text) if colour else text


class Steps:
    """What is done, told as it happens, and the table at the end."""

    def __init__(self):
        self.rows = []

    def say(self, text):
        print(paint("==>", "1;34"), text, flush=True)

    def result(self, what, good, detail):
        self.rows.append((what, good, detail))

    def good(self):
        return bool(self.rows) and all(row[1] for row in self.rows)

    def table(self):
        width = max(len(row[0]) for row in self.rows)
        print()
        for what, good, detail in self.rows:
            mark = paint("yes", "32") if good else paint("NO ", "31")
            print("  %-*s  %s  %s" % (width, what, mark, detail))
        print()


def keys_program(keys_dir, *arguments):
    done = subprocess.run([gatepost.program("gatepost-keys"), "--keys-dir", keys_dir, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        sys.exit("gatepost-keys %s failed:\n%s" % (" ".join(arguments), text))
    return text


class Demo:
    def __init__(self):
        self.steps = Steps()
        self.base = proc.folder("gp-demo-")
        self.inbox = os.path.join(self.base, "inbox")
        self.keys_dir = os.path.join(self.base, "keys")
        os.mkdir(self.inbox)
        os.mkdir(self.keys_dir, 0o700)

    def run(self):
        self.make_keys()
        self.start_dns()
        self.start_gatepost()
        self.start_postfix()
        delivery = self.send_as_user()
        if delivery:
            self.show(delivery)
            self.verify(delivery)
        self.send_as_stranger()
        self.hold_a_program()
        self.steps.table()
        return self.steps.good()

    def make_keys(self):
        self.steps.say("Making keys for %s: gatepost-keys generate %s" % (DOMAIN, DOMAIN))
        keys_program(self.keys_dir, "generate", DOMAIN)
        self.records = keys_program(self.keys_dir, "show", DOMAIN)
        self.zone = dnsserver.Zone()
        self.zone.add_text(self.records)
        names = [name for name, _ in self.zone.texts()]
        self.steps.result("keys made", bool(names), ", ".join(n.partition(".")[0] for n in names))

    def start_dns(self):
        self.steps.say("Publishing the records of gatepost-keys show on a DNS server of our own")
        self.dns = dnsserver.Server(self.zone)
        self.steps.result("records published", True, "127.0.0.1, port %d" % self.dns.port)

    def start_gatepost(self):
        self.steps.say("Starting gatepost")
        self.daemon = gatepost.Gatepost(self.keys_dir, resolver=[self.dns.address],
                                        outbound_daemons=["ORIGINATING"])
        names = [t.rpartition(": ")[2] for p, t in self.daemon.processes().items()
                 if p != self.daemon.child.pid]
        self.steps.result("gatepost runs", True, "with the processes " + " and ".join(sorted(set(names))))

    def start_postfix(self):
        self.steps.say("Starting a Postfix that asks gatepost about every message")
        self.sink = sink.Sink(folder=self.inbox)
        self.postfix = postfix.Postfix(self.daemon.milter, self.sink)
        self.steps.result("Postfix runs", True, "127.0.0.1, port %d" % self.postfix.mx)

    def message(self):
        date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
        return MESSAGE % (date.encode(), time.time_ns())

    def send_as_user(self):
        self.steps.say("Sending a message as ann@%s, logged in from %s" % (DOMAIN, OUTSIDE["address"]))
        code, text = smtp.send(self.postfix.submission, self.message(), "ann@" + DOMAIN,
                               ["bob@sink.example.net"], login="ann@" + DOMAIN, **OUTSIDE)
        self.steps.result("Postfix took the message", code == 250, "%d %s" % (code, text))
        return self.sink.to("bob@sink.example.net")[0] if code == 250 else None

    def show(self, delivery):
        self.steps.say("The message as it was delivered:")
        print()
        for line in delivery.data.decode("utf-8", "replace").split("\r\n"):
            print("    " + line)
        log = next((l for l in self.daemon.lines() if " signed=" in l), None)
        if log:
            self.steps.say("gatepost's one line about it:")
            print("\n    " + "\n    ".join(wrapped(log, 96)) + "\n")

    def verify(self, delivery):
        self.steps.say("Asking verifiers that others wrote")
        want = len(self.zone.texts())
        results = verify.All(self.zone, self.dns.port).results(delivery.data)
        for name in ("dkimpy", "OpenDKIM"):
            good = len(results[name]) == want and all(r.status == "pass" for r in results[name])
            self.steps.result("%s confirms it" % name, good, words(results[name]))
        known = [r for r in results["Mail::DKIM"] if "unsupported" not in r.detail]
        self.steps.result("Mail::DKIM confirms it", bool(known) and
                          all(r.status == "pass" for r in known), words(known))

    def send_as_stranger(self):
        self.steps.say("Sending the same as a stranger from %s, who cannot prove to be ann"
                       % OUTSIDE["address"])
        code, text = smtp.send(self.postfix.mx, self.message(), "ann@" + DOMAIN,
                               ["eve@sink.example.net"], **OUTSIDE)
        self.steps.result("a stranger is refused", (code, text[:5]) == (550, "5.7.1"),
                          "%d %s" % (code, text))

    def hold_command(self, *arguments):
        config = os.path.join(self.keys_dir, "..", "hold.conf")
        with open(config, "w") as out:
            out.write(gatepost.written({"mta": "postfix", "mta_config": self.postfix.config}))
        return subprocess.run([gatepost.program(), "-c", config, "hold", *arguments], check=True,
                              stdout=subprocess.PIPE).stdout.decode()

    def hold_a_program(self):
        self.steps.say("Sending a program in a zip file, from outside")
        code, text = smtp.send(self.postfix.mx, with_program(), "joe@partner.example",
                               ["bob@sink.example.net"], **OUTSIDE)
        self.steps.result("Postfix took a program in a zip file", code == 250,
                          "%d %s" % (code, text))
        self.steps.say("gatepost hold list")
        listed = self.hold_command("list")
        print("\n    " + "\n    ".join(listed.rstrip().splitlines()) + "\n")
        held = json.loads(self.hold_command("list", "--json"))["held"]
        self.steps.result("it is held", len(held) == 1, held[0]["reason"] or "no reason" if held else "")
        if not held:
            return
        self.steps.say("gatepost hold release %s" % held[0]["id"])
        before = len(self.sink.messages)
        self.hold_command("release", held[0]["id"])
        self.postfix.flush()
        proc.wait_until(lambda: len(self.sink.messages) > before, 20, "the released message")
        self.steps.result("released, it is delivered", b"report.zip" in self.sink.messages[-1].data,
                          "byte for byte, and not held again")

    def how_to_talk(self):
        lines = ["It keeps running. Talk to it:", "",
                 "  send     swaks --server 127.0.0.1:%d --from ann@%s --to bob@sink.example.net"
                 % (self.postfix.mx, DOMAIN),
                 "  by hand  telnet 127.0.0.1 %d   (this host is an inside client; as a stranger, say"
                 % self.postfix.mx,
                 "           after EHLO: XCLIENT ADDR=192.0.2.7 NAME=phone.example.net)",
                 "  inbox    %s" % self.inbox,
                 "  DNS      dig @127.0.0.1 -p %d TXT %s" % (self.dns.port, self.zone.texts()[0][0]),
                 "  config   %s   (then: kill -HUP %d)" % (self.daemon.config, self.daemon.child.pid),
                 "  keys     gatepost-keys --keys-dir %s show %s" % (self.keys_dir, DOMAIN),
                 "  log      %s" % self.daemon.errors,
                 "  postfix  %s" % self.postfix.log,
                 "  stop     tests/demo --stop", ""]
        print("\n".join(lines), flush=True)


def with_program():
    """A message with a zip file, and what is not the report that it says."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.pdf.exe", b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(500))
    return (b"From: Joe <joe@partner.example>\r\nTo: Bob <bob@sink.example.net>\r\n"
            b"Subject: The report\r\nDate: " +
            time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime()).encode() +
            b"\r\nMessage-ID: <report@partner.example>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: application/zip; name=\"report.zip\"\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" +
            base64.encodebytes(out.getvalue()).replace(b"\n", b"\r\n"))


def wrapped(text, width):
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= width:
            yield line
            line = "    " + word
        else:
            line = line + " " + word if line else word
    yield line


def words(results):
    return ", ".join("%s %s" % (r.algorithm, r.status) for r in results) or "no signature"


# ---- left running ----

def running():
    """The process id that --keep left, or None."""
    try:
        with open(PID_FILE) as file:
            pid = int(file.read())
        return pid if re.search(r"demo\.py", gatepost.title(pid)) else None
    except (OSError, ValueError):
        return None


def stop():
    pid = running()
    if pid is None:
        print("no demo is running")
        return 0
    os.kill(pid, signal.SIGTERM)
    proc.wait_until(lambda: gatepost.title(pid) == "", 40, "the demo ends")
    print("the demo is stopped")
    return 0


def keep():
    """Runs the demo in a process that stays; this one shows what it says."""
    if running():
        print("a demo is running already; tests/demo --stop ends it", file=sys.stderr)
        return 1
    if os.isatty(1):
        os.environ["DEMO_COLOUR"] = "1"
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        stay(writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as said:
        for line in said:
            if line == END:
                break
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    if running() == pid:
        return 0
    return 1


def stay(writer):
    os.setsid()
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    os.close(writer)
    proc.end_on_signals()
    demo = Demo()
    if not demo.run():
        sys.exit(1)
    with open(PID_FILE, "w") as file:
        file.write(str(os.getpid()))
    demo.how_to_talk()
    os.write(1, END)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        while True:
            signal.pause()
    finally:
        os.unlink(PID_FILE)


def main():
    arguments = sys.argv[1:]
    if arguments == ["--stop"]:
        return stop()
    if arguments == ["--keep"]:
        return keep()
    if arguments:
        print(__doc__)
        return 0 if arguments == ["--help"] else 2
    proc.end_on_signals()
    return 0 if Demo().run() else 1


if __name__ == "__main__":
    sys.exit(main())
