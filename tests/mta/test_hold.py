#!/usr/bin/python3
"""`gatepost hold` with a real Postfix and a real Sendmail: held mail is listed, shown, released, deleted.

A small milter holds whatever comes, as gatepost does, and can be told to let
everything through, to see what the MTA alone makes of a message.
"""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import clamd, dnsserver, gatepost, holder, keys, postfix, proc, sendmail, signers, sink, smtp
from mta import syslog, tap, verify

FIELD = "hold; rule=bad_file; invoice.zip holds\n\ta program, invoice.exe"
REASON = "invoice.zip holds a program, invoice.exe"
MTA_REASON = "held by a test"
ANN, BOB, EVE = "ann@sink.example.net", "bob@sink.example.net", "Eve@Sink.example.net"


class Held:
    """One MTA whose milter holds everything, and `gatepost hold` for it."""

    def __init__(self):
        self.sink = sink.Sink()
        self.holder = holder.Holder(FIELD, MTA_REASON)
        self.syslog = syslog.Syslog()
        self.mta = self.start()
        self.config = os.path.join(proc.folder("gp-hold-"), "gatepost.conf")
        self.configure()

    def configure(self, **options):
        with open(self.config, "w") as out:
            out.write(gatepost.written(dict(self.options(), **options)))
        os.chmod(self.config, 0o644)

    def command(self, *arguments):
        command = [gatepost.program(), "-c", self.config, "hold", *arguments]
        if arguments[:1] in (("release",), ("delete",)):
            command = self.syslog.inside(*command)  # these are logged
        return self.inside(*command)

    def run(self, *arguments, want=0, env=None):
        """Runs it and insists on the exit status; (stdout, stderr) as text."""
        env = dict(os.environ, LC_ALL="C.UTF-8", **(env or {}))
        env.pop("SUDO_USER", None) if "SUDO_USER" not in env else None
        got = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, env=env,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=proc.patience(30))
        out, err = got.stdout.decode("utf-8", "strict"), got.stderr.decode("utf-8", "replace")
        tap.equal(got.returncode, want, "exit status of %r (%s)" % (arguments, err))
        return out, err

    def raw(self, queue_id):
        return subprocess.run(self.command("show", "--raw", queue_id), check=True,
                              stdout=subprocess.PIPE, timeout=proc.patience(30)).stdout

    def held(self):
        return json.loads(self.run("list", "--json")[0])["held"]

    def ids(self):
        return [h["id"] for h in self.held()]

    def send(self, message, sender="joe@example.org", recipients=(ANN,), parameters="BODY=8BITMIME",
             want=1):
        """Sends a message; what is held of it (one message, or as many as wanted)."""
        self.submit(message, sender, recipients, parameters)
        now = self.held()
        new = [h for h in now if h["id"] not in self.known]
        self.known = {h["id"] for h in now}
        tap.equal(len(new), want, "held messages")
        return new[0] if want == 1 else new

    def submit(self, message, sender="joe@example.org", recipients=(ANN,),
               parameters="BODY=8BITMIME"):
        with self.session() as client:
            code, text = client.send(message, sender, recipients, parameters)
        tap.equal(code, 250, text)

    def let_through(self, message, sender="joe@example.org", recipients=(ANN,),
                    parameters="BODY=8BITMIME"):
        """The message as the MTA delivers it when nobody holds it."""
        self.sink.clear()
        field, reason, self.holder.field, self.holder.reason = (
            self.holder.field, self.holder.reason, None, None)
        try:
            self.submit(message, sender, recipients, parameters)
            return self.sink.wait_for(1)[0]
        finally:
            self.holder.field, self.holder.reason = field, reason

    def clean(self):
        ids = self.ids()
        if ids:
            self.run("delete", *ids)
        self.known = set()
        self.sink.clear()
        self.syslog.clear()


class WithPostfix(Held):
    name = "postfix"
    main = {}

    def start(self):
        return postfix.Postfix(self.holder.milter, self.sink, main=self.main)

    def options(self):
        return {"mta": "auto", "mta_config": self.mta.config}

    def inside(self, *command):
        return list(command)

    def session(self):
        return smtp.session(self.mta.mx)

    def has(self, queue_id):
        """The files of a message, wherever they are."""
        return [os.path.join(path, queue_id) for path, _, names in os.walk(self.mta.spool)
                if queue_id in names]


class WithLongIds(WithPostfix):
    name = "postfix, long ids and hashed folders"
    main = {"enable_long_queue_ids": "yes", "hash_queue_names": "deferred, defer, hold",
            "hash_queue_depth": "2"}


class WithSendmail(Held):
    name = "sendmail"

    def start(self):
        return sendmail.Sendmail([self.holder.port], self.sink)

    def options(self):
        return {"mta": "sendmail", "mta_config": self.mta.config,
                "mta_programs": os.path.dirname(self.mta.program)}

    def inside(self, *command):
        return self.mta._inside(*command)

    def session(self):
        return self.mta.session()

    def has(self, queue_id):
        return [os.path.join(path, name) for path, _, names in
                os.walk(os.path.join(self.mta.base, "queue")) for name in names
                if name[2:] == queue_id]


MTAS = [m.name for m in (WithPostfix, WithLongIds, WithSendmail)]
_worlds = {}


def world(name):
    """The MTA of that name, with nothing held and nothing delivered."""
    if os.geteuid() != 0:
        tap.skip("held mail is root's business, and we are not")
    kind = {m.name: m for m in (WithPostfix, WithLongIds, WithSendmail)}[name]
    if name not in _worlds:
        try:
            _worlds[name] = kind()
        except sendmail.Missing as reason:
            _worlds[name] = str(reason)
    if isinstance(_worlds[name], str):
        tap.skip(_worlds[name])
    _worlds[name].clean()
    return _worlds[name]


def plain(subject="hello", body=b"Hello.\r\n"):
    head = "Date: Wed, 25 Nov 2026 08:00:00 +0000\r\nFrom: Joe <joe@example.org>\r\n" \
           "To: ann@sink.example.net\r\nMessage-ID: <1@example.org>\r\n"
    return head.encode() + b"Subject: " + (subject.encode() if isinstance(subject, str)
                                           else subject) + b"\r\n\r\n" + body


def with_program():
    return plain().replace(b"\r\n\r\nHello.\r\n", b"\r\nMIME-Version: 1.0\r\n"
                           b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                           b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
                           b"--b\r\nContent-Type: application/octet-stream; name=run.exe\r\n"
                           b"Content-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAAEAAAA\r\n--b--\r\n")


def below_trace(data):
    """A delivered message from its Date on: without what was added on the way."""
    return data[data.index(b"Date: Wed, 25 Nov 2026 08:00:00"):]


# ---- list and show ----

@tap.cases(*MTAS)
def test_list(name):
    here = world(name)
    tap.equal(here.run("list"), ("", ""))
    tap.equal(here.held(), [])
    got = here.send(plain("=?utf-8?q?Gr=C3=BC=C3=9Fe?=,\r\n folded"), "joe@example.org", [ANN, BOB])
    tap.equal(got["sender"], "joe@example.org")
    tap.equal(got["recipients"], [ANN, BOB])
    tap.equal(got["subject"], "Gr\u00fc\u00dfe, folded")
    tap.equal(got["rule"], "bad_file")
    tap.equal(got["reason"], REASON)
    assert abs(got["arrived"] - time.time()) < 60, got["arrived"]
    assert 200 < got["size"] < 900, got["size"]
    row = here.run("list")[0].rstrip("\n").split("\t")
    tap.equal(row[0], got["id"])
    assert re.match(r"\d+[sm]$", row[1]), row
    tap.equal(row[2:], ["joe@example.org", ANN + " +1", "Gr\u00fc\u00dfe, folded", REASON])


@tap.cases(*MTAS)
def test_the_oldest_first(name):
    here = world(name)
    ids = []
    for i in range(3):
        ids.append(here.send(plain("number %d" % i))["id"])
        time.sleep(1.1)
    tap.equal(here.ids(), ids)


@tap.cases(*MTAS)
def test_show(name):
    here = world(name)
    got = here.send(plain("a subject"), "", [ANN, BOB])
    text, err = here.run("show", got["id"])
    tap.equal(err, "")
    for line in ("id         " + got["id"], "from       <>", "to         " + ANN,
                 "           " + BOB, "subject    a subject", "rule       bad_file",
                 "reason     " + REASON, "From: Joe <joe@example.org>", "Subject: a subject"):
        assert line in text.split("\n"), (line, text)
    shown = json.loads(here.run("show", "--json", got["id"])[0])
    fields = {f["name"]: f["value"] for f in shown.pop("header")}
    tap.equal(shown.pop("mta"), "sendmail" if name == "sendmail" else "postfix")
    tap.equal(shown.pop("scan")["verdict"], "clean")
    tap.equal(shown, got)
    tap.equal(fields["From"], "Joe <joe@example.org>")
    tap.equal(fields["Subject"], "a subject")
    assert got["id"] in fields["Received"], fields


@tap.cases(*MTAS)
def test_show_parts(name):
    """What is in a held message, by the filter: the tree of parts, and why."""
    here = world(name)
    queue_id = here.send(with_program())["id"]
    text = here.run("show", queue_id)[0]
    assert '"run.exe"' in text and "  hold: executable (a program), run.exe: " in text, text
    scan = json.loads(here.run("show", "--json", queue_id)[0])["scan"]
    tap.equal([f["rule"] for f in scan["findings"]], ["executable"], "rules")
    tap.equal([p["declared"] for p in scan["parts"]],
              ["multipart/mixed", "text/plain", "application/octet-stream"], "parts")


@tap.cases(("a virus", True), ("away", False))
def test_show_asks_the_virus_scanner(case):
    """A message that is held for a virus is not shown as clean; without clamd the rest is shown."""
    here = world("postfix")
    fake = clamd.Fake(lambda command, data: b"fd[9]: Bad FOUND\0")
    here.configure(clamd=fake.unix if case[1] else "unix:/nonexistent/clamd")
    try:
        queue_id = here.send(plain())["id"]
        scan = json.loads(here.run("show", "--json", queue_id)[0])["scan"]
        tap.equal([f["rule"] for f in scan["findings"]], ["virus"] if case[1] else [], "rules")
        text, err = here.run("show", queue_id)
        assert ("  reject: virus (a virus), " in text) == case[1], text
        assert "\nparts: %s\n" % ("reject" if case[1] else "clean") in text, text
        assert ("gatepost hold: without the virus scanner: " in err) != case[1], err
    finally:
        here.configure()


@tap.cases(*MTAS)
def test_show_raw(name):
    here = world(name)
    message = plain(body=b"8 bit \xe9\r\n.\r\n..\r\nFrom here\r\n\r\nend\r\n")
    raw = here.raw(here.send(message)["id"])
    tap.equal(below_trace(raw), message.replace(b"\r\n", b"\n"))


@tap.cases(*MTAS)
def test_held_by_another(name):
    here = world(name)
    here.holder.field = None
    try:
        got = here.send(plain())
        tap.equal(got["rule"], "")
        tap.equal(got["reason"], MTA_REASON if name == "sendmail" else "")
        if name != "sendmail":
            assert "it was not gatepost that held it" in here.run("show", got["id"])[0]
            tap.equal(here.run("list")[0].rstrip("\n").split("\t")[-1], "-")
        here.holder.field = "mark; rule=spf_softfail; SPF softfail"
        got = here.send(plain())
        tap.equal(got["reason"], MTA_REASON if name == "sendmail" else "")
    finally:
        here.holder.field = FIELD


HOSTILE = (
    ("escape", b"\x1b[2J\x1b]0;owned\x07", "?[2J?]0;owned?"),
    ("encoded escape", b"=?utf-8?q?=1B[31mred=0A=0Aforged_line?=", "?[31mred forged line"),
    ("C1", b"=?utf-8?q?=C2=9B31m?=", "?31m"),
    ("right to left", "=?utf-8?b?4oCuZXhlLmdwag==?=".encode(), "?exe.gpj"),
    ("no UTF-8", b"\xff\xfe caf\xe9", "\ufffd\ufffd caf\ufffd"),
    ("tabs", b"a\tb\tc", "a b c"),
    ("zalgo", "z\u0301\u0301\u0301\u0301\u0301z".encode(), "z\u0301\u0301z"),
    ("a marker of postcat", b"*** HEADER EXTRACTED hold/x ***", "*** HEADER EXTRACTED hold/x ***"),
    ("forged reason", b"x\r\nX-Gatepost-Policy: hold; rule=none; harmless", "x"),
)


@tap.limit(120)
@tap.cases(*MTAS)
def test_hostile_subjects(name):
    here = world(name)
    cases = {"%s@sink.example.net" % what.replace(" ", "-").replace("'", ""): (subject, shown)
             for what, subject, shown in HOSTILE
             if name != "sendmail" or b"\x07" not in subject}  # Sendmail takes it out itself
    for recipient, (subject, _) in cases.items():
        here.submit(plain(subject), "joe@example.org", [recipient])
    out = here.run("list")[0]
    rows = {row.split("\t")[3]: row.split("\t") for row in out.split("\n")[:-1]}
    tap.equal(sorted(rows), sorted(cases))
    for recipient, (subject, shown) in cases.items():
        row = rows[recipient]
        tap.equal(row[4:], [shown, REASON], recipient)
        text = here.run("show", row[0])[0]
        assert "subject    " + shown in text.split("\n"), text
        bad = [c for c in text + out if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"]
        tap.equal(bad, [], recipient)


@tap.cases(*MTAS)
def test_hostile_addresses(name):
    here = world(name)
    sender, recipient = '"a b\\"; rm -rf /"@example.org', "`reboot`$x@sink.example.net"
    got = here.send(plain(), sender, [recipient, "'`x`'@sink.example.net"])
    tap.equal(got["recipients"], [recipient, "'`x`'@sink.example.net"])
    assert "rm -rf" in got["sender"], got
    here.run("release", got["id"])
    tap.equal(here.sink.wait_for(1)[0].sender, sender)


@tap.cases(*MTAS)
def test_a_table_on_a_terminal(name):
    here = world(name)
    here.send(plain("\u6f22\u5b57" * 60 + " wide"))
    here.send(plain("=?utf-8?q?=1B[31m?=" + "long " * 60), "x" * 60 + "@example.org", [ANN, BOB])
    for columns in (100, 132):
        lines = on_terminal(here.command("list"), columns)
        assert lines[0].startswith("\x1b[1mID"), lines
        tap.equal(len(lines), 4)
        for line in lines:
            line = line.replace("\x1b[1m", "").replace("\x1b[0m", "")
            assert "\x1b" not in line, line
            wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
            assert wide <= columns, (wide, line)
        assert "\u2026" in lines[1] and "\u2026" in lines[2], lines


def on_terminal(command, columns):
    """The lines that a command writes to a terminal that wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = dict(os.environ, LC_ALL="C.UTF-8")
    env.pop("NO_COLOR", None)
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    text = b""
    try:
        while True:
            piece = os.read(master, 65536)
            if not piece:
                break
            text += piece
    except OSError:
        pass  # the other side is closed
    os.close(master)
    child.wait(30)
    return text.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").split("\n")


@tap.cases("postfix", "sendmail")
def test_raw_is_not_for_a_terminal(name):
    here = world(name)
    lines = on_terminal(here.command("show", "--raw", here.send(plain())["id"]), 80)
    assert len(lines) <= 2 and "harm a terminal" in " ".join(lines), lines


# ---- release and delete ----

BODIES = (
    ("lone dot", b"before\r\n.\r\n..\r\n...\r\nafter\r\n"),
    ("8 bit", b"\xe9\xff\x80 latin and worse\r\n"),
    ("long lines", b"x" * 900 + b"\r\n" + b"y" * 997 + b"\r\n"),
    ("From in the body", b"From joe Wed Nov 25 08:00:00 2026\r\n>From\r\n"),
    ("blank at the end", b"text\r\n\r\n\r\n"),
    ("empty", b""),
    ("trailing space", b"text \t \r\n \r\n"),
    ("large", b"0123456789 abcdefghijklmnopqrstuvwxyz\r\n" * 60000),
    ("bare LF", b"one\ntwo\r\nthree\n.\nfour\r\n"),
    ("postcat's words", b"*** MESSAGE FILE END hold/x ***\r\n*** ENVELOPE RECORDS hold/y ***\r\n"),
)


@tap.limit(180)
@tap.cases(*MTAS)
def test_B78_release_is_byte_for_byte(name):
    """Each body as the MTA delivers it when nobody holds it, and after hold and release."""
    here = world(name)
    cases = {"%s@sink.example.net" % what.replace(" ", "-").replace("'", ""): plain(body=body)
             for what, body in BODIES
             if what != "bare LF" or name != "sendmail"}  # Sendmail refuses it itself
    free = {recipient: here.let_through(message, "", [recipient])
            for recipient, message in cases.items()}
    here.sink.clear()
    for recipient, message in cases.items():
        here.submit(message, "", [recipient])
    held = {h["recipients"][0]: h["id"] for h in here.held()}
    tap.equal(sorted(held), sorted(cases))
    out, err = here.run("release", *held.values())
    tap.equal((out, err), ("".join("%s released\n" % i for i in held.values()), ""))
    for recipient in cases:
        got, want = here.sink.to(recipient)[0], free[recipient]
        tap.equal((got.sender, got.recipients), ("", [recipient]))
        tap.equal(got.parameters, want.parameters, recipient)
        tap.equal(below_trace(got.data), below_trace(want.data), recipient)
        tap.equal(len(got.fields("Received")), len(want.fields("Received")), "Received fields")
        assert held[recipient].encode() in got.fields("Received")[0]
    tap.equal(here.held(), [])
    tap.equal(here.sink.count(), len(cases))


@tap.cases(*MTAS)
def test_B78_dkim_passes_after_release(name):
    here = world(name)
    made = keys.Keys()
    made.add("example.org", "s1", "rsa")
    server = dnsserver.Server(made.zone)
    message = plain(body=b"signed \xe9\r\n.\r\n\r\nend\r\n")
    for form in ("simple/simple", "relaxed/relaxed"):
        signed = signers.DkimPy(made).sign(message, "example.org", "s1", "rsa", form)
        here.run("release", here.send(signed)["id"])
        data = here.sink.wait_for(1)[0].data
        assert data.startswith(b"X-Gatepost-Policy: hold"), data[:80]
        verify.All(made.zone, server.port).insist(data, "example.org", ["rsa"])
        here.sink.clear()


@tap.cases(*MTAS)
def test_B78_release_for_one_of_two(name):
    here = world(name)
    message = plain(body=b"for two \xe9\r\n.\r\n")
    free = here.let_through(message, "", [ANN])
    here.sink.clear()
    got = here.send(message, "", [ANN, BOB, EVE])
    out, err = here.run("release", "--for", BOB, got["id"], "--json")
    tap.equal(err, "")
    result = json.loads(out)["results"][0]
    tap.equal(result["result"], "released")
    tap.equal(result["recipients"], [BOB])
    assert result["queue_id"] != got["id"], result
    delivery = here.sink.wait_for(1)[0]
    tap.equal((delivery.sender, delivery.recipients), ("", [BOB]))
    tap.equal(below_trace(delivery.data), below_trace(free.data))
    tap.equal(delivery.parameters, free.parameters)
    left = here.held()
    tap.equal([(h["id"], h["recipients"], h["reason"]) for h in left], [(got["id"], [ANN, EVE], REASON)])
    proc.wait_until(lambda: not here.has(result["queue_id"]), 10, "nothing is left of the copy")

    # addresses: the domain without case, the local part with it
    here.run("release", "--for", "eve@sink.example.net", got["id"], want=1)
    here.sink.clear()
    here.run("release", "--for", "Eve@SINK.example.net", got["id"])
    tap.equal(here.sink.wait_for(1)[0].recipients, [EVE])
    # the last one needs no copy
    here.sink.clear()
    here.run("release", "--for", ANN, got["id"])
    tap.equal(here.sink.wait_for(1)[0].recipients, [ANN])
    tap.equal(here.held(), [])
    time.sleep(0.5)
    tap.equal(here.sink.count(), 1)
    proc.wait_until(lambda: not here.has(got["id"]), 10, "nothing is left in the queue")


@tap.cases(*MTAS)
def test_release_for_several(name):
    here = world(name)
    got = here.send(plain(), recipients=[ANN, BOB, EVE])
    here.run("release", got["id"], "--for", ANN, "--for", EVE)
    seen = here.sink.wait_where(lambda m: True, 1)
    proc.wait_until(lambda: sorted(r for m in here.sink.messages for r in m.recipients) ==
                    sorted([ANN, EVE]), 10, "both have it")
    tap.equal([h["recipients"] for h in here.held()], [[BOB]])
    here.run("delete", got["id"])
    tap.equal(here.held(), [])
    assert seen


@tap.cases(*MTAS)
def test_dsn_wishes_stay_with_their_recipient(name):
    here = world(name)
    with here.session() as client:
        client.command("MAIL FROM:<joe@example.org> RET=HDRS ENVID=e1", 250)
        client.command("RCPT TO:<%s> NOTIFY=NEVER ORCPT=rfc822;first@example.net" % ANN, 250)
        client.command("RCPT TO:<%s> NOTIFY=FAILURE ORCPT=rfc822;second@example.net" % BOB, 250)
        tap.equal(client.data(plain())[0], 250)
    got = here.held()[0]
    here.run("release", "--for", ANN, got["id"])
    tap.equal(here.sink.wait_for(1)[0].recipients, [ANN])
    here.run("release", got["id"])
    tap.equal(here.sink.wait_for(2)[1].recipients, [BOB])


@tap.cases(*MTAS)
def test_release_for_another(name):
    here = world(name)
    got = here.send(plain(), recipients=[ANN, BOB])
    out, err = here.run("release", "--for", "nobody@sink.example.net", got["id"], want=1)
    tap.equal(out, "")
    assert "not held for this recipient" in err, err
    tap.equal(here.ids(), [got["id"]])


@tap.cases(*MTAS)
def test_several_at_once(name):
    here = world(name)
    ids = [here.send(plain("number %d" % i))["id"] for i in range(4)]
    unknown = ids[0][:-1] + ("B" if ids[0][-1] != "B" else "C") if name != "sendmail" else \
        ids[0][:8] + "999999"
    out, err = here.run("release", ids[0], unknown, ids[1], ids[0], "--json", want=1)
    tap.equal([(r["id"], r["result"]) for r in json.loads(out)["results"]],
              [(ids[0], "released"), (unknown, "not held"), (ids[1], "released")])
    here.sink.wait_for(2)
    out, err = here.run("delete", ids[2], unknown, want=1)
    tap.equal(out, ids[2] + " deleted\n")
    tap.equal(err, "gatepost hold: %s: no such message is held\n" % unknown)
    tap.equal(here.ids(), ids[3:])
    proc.wait_until(lambda: not any(here.has(i) for i in ids[:3]), 10, "the files are gone")
    tap.equal(here.sink.count(), 2)


@tap.cases(*MTAS)
def test_what_was_released_is_not_deleted(name):
    here = world(name)
    got = here.send(plain())
    here.run("release", got["id"])
    for command in ("delete", "release", "show"):
        assert "no such message is held" in here.run(command, got["id"], want=1)[1]
    here.sink.wait_for(1)


# ---- who did it ----

@tap.cases(*MTAS)
def test_B78_the_log_says_who(name):
    here = world(name)
    got = here.send(plain(), "", [ANN, BOB])
    here.run("release", "--for", BOB, got["id"], env={"SUDO_USER": "carol"})
    line = here.syslog.wait_line("release .*split_from=" + got["id"])
    who = login_name() or "carol"
    for word in ("by=" + who, "result=released", "split_from=" + got["id"], "from=<>", "to=" + BOB,
                 "rcpts=1", "rule=bad_file", 'reason="%s"' % REASON):
        assert word in line, (word, line)
    assert re.match(r"<22>.*gatepost\[\d+\]: hold: info: release ", line), line
    here.run("delete", got["id"], env={"SUDO_USER": "x\ny=z"} if login_name() is None else None)
    line = here.syslog.wait_line("delete .*id=" + got["id"])
    assert "to=" + ANN in line, line
    assert "\n" not in line.rstrip("\n"), line


def login_name():
    try:
        with open("/proc/self/loginuid") as f:
            uid = int(f.read())
    except (OSError, ValueError):
        return None
    if uid == 0xffffffff:
        return None
    import pwd
    return pwd.getpwuid(uid).pw_name


# ---- what goes wrong ----

BAD_IDS = ("ALL", "", "-", "../../etc/passwd", "A B", "$(id)", "4jZ\nBx", "*", "x" * 200, "ABC")


@tap.cases("postfix", "sendmail")
def test_bad_ids(name):
    here = world(name)
    got = here.send(plain())
    for bad in BAD_IDS:
        for command in ("release", "delete", "show"):
            out, err = here.run(command, "--", bad, want=2)
            tap.equal(out, "", bad)
            assert "not a queue id" in err, (bad, err)
    tap.equal(here.ids(), [got["id"]])


LINES = (
    (), ("lst",), ("list", "4jZBxy3zw3z1bgqp"), ("show",), ("show", "A1B2C3D4E5", "A1B2C3D4E6"),
    ("release",), ("delete",), ("list", "--raw"), ("show", "--raw", "--json", "A1B2C3D4E5"),
    ("delete", "--for", ANN, "A1B2C3D4E5"), ("list", "--for", ANN), ("list", "--nonsense"),
    ("list", "--mta", "exim"), ("list", "--queue-config", "etc"), ("release", "--for"),
)


def test_bad_command_lines():
    here = world("postfix")
    for line in LINES:
        out, err = here.run(*line, want=2)
        tap.equal(out, "", line)
        assert "usage: " in err, (line, err)


@tap.cases("postfix", "sendmail")
def test_root_is_needed(name):
    here = world(name)
    here.send(plain())
    for arguments in (("list",), ("release", here.ids()[0]), ("list", "--json")):
        command = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups",
                   gatepost.program(), "-c", here.config, "hold", *arguments]
        got = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        tap.equal(got.returncode, 2)
        tap.equal(got.stdout, b"")
        assert b"this needs root" in got.stderr, got.stderr


def test_no_mail_server():
    here = world("postfix")
    empty = proc.folder("gp-empty-")
    here.configure(mta_programs=empty, mta="auto")
    try:
        assert "no mail server found" in here.run("list", want=2)[1]
        here.configure(mta_programs=empty, mta="postfix")
        assert "postqueue cannot be run" in here.run("list", want=2)[1]
        here.configure(mta="sendmail", mta_config="/nowhere/sendmail.cf")
        assert "/nowhere/sendmail.cf" in here.run("list", want=2)[1]
    finally:
        here.configure()


@tap.cases("postfix", "sendmail")
def test_the_command_line_wins(name):
    here = world(name)
    got = here.send(plain())
    here.configure(mta="auto", mta_config="/nowhere")
    try:
        out, _ = here.run("list", "--mta", name, "--queue-config", here.mta.config)
        assert out.startswith(got["id"]), out
    finally:
        here.configure()


def test_postfix_is_down():
    """Held mail can be managed while Postfix is stopped; it goes out after the start."""
    here = world("postfix")
    got = here.send(plain(), recipients=[ANN, BOB])
    here.mta.stop()
    try:
        tap.equal([h["id"] for h in json.loads(here.run("list", "--json")[0])["held"]], [got["id"]])
        here.run("release", "--for", ANN, got["id"])
    finally:
        here.mta.start()
    tap.equal(here.sink.wait_for(1)[0].recipients, [ANN])
    tap.equal([h["recipients"] for h in here.held()], [[BOB]])


def test_sendmail_is_at_work_on_it():
    """What Sendmail has locked is left alone."""
    here = world("sendmail")
    got = here.send(plain(), recipients=[ANN, BOB])
    path = os.path.join(here.mta.base, "queue", "hf" + got["id"])
    with open(path, "r+b") as control:
        fcntl.flock(control, fcntl.LOCK_EX)
        for arguments in (("delete", got["id"]), ("release", "--for", ANN, got["id"])):
            assert "Sendmail is at work on it" in here.run(*arguments, want=1)[1]
    tap.equal([h["recipients"] for h in here.held()], [[ANN, BOB]])


# ---- with gatepost itself as the milter ----

@tap.cases("postfix", "sendmail")
def test_what_gatepost_holds(name):
    """From the gate's verdict to the release, with a forged reason in the message."""
    here = world(name)
    daemon = gatepost.Gatepost(keys.Keys().dir, on_doubled_field="hold", verify=False)
    tap.explain_with(daemon.tail)
    mta, here.mta = here.mta, None
    try:
        if name == "sendmail":
            here.mta = sendmail.Sendmail([daemon.port], here.sink)
        else:
            here.mta = postfix.Postfix(daemon.milter, here.sink)
        here.configure()
        message = (b"X-Gatepost-Policy: hold; rule=none; forged\r\n" +
                   plain("one\r\nSubject: two", b"signed \xe9\r\n.\r\n"))
        got = here.send(message, "", [ANN, BOB])
        tap.equal(got["rule"], "doubled_field")
        assert got["reason"] and "forged" not in here.run("show", got["id"])[0], got
        here.run("release", got["id"], "--for", BOB)
        here.run("release", got["id"])
        proc.wait_until(lambda: sorted(r for m in here.sink.messages for r in m.recipients) ==
                        [ANN, BOB], 20, "both have it")
        for delivery in here.sink.messages:
            tap.equal(delivery.sender, "")
            tap.equal(below_trace(delivery.data), below_trace(message))
            tap.equal(len(delivery.fields("X-Gatepost-Policy")), 1)
        tap.equal(here.held(), [])
        judged = [r for r in daemon.records() if r.get("action") == "hold"]
        tap.equal(len(judged), 1, "messages that the gate has seen")
    finally:
        if here.mta is not None:
            here.mta.stop()
        here.mta = mta
        here.configure()
        daemon.stop()


# ---- many ----

@tap.limit(180)
def test_many_messages():
    """10,000 held messages: copies of one, under ids of their own."""
    here = world("postfix, long ids and hashed folders")
    count = 2000 if proc.sanitized() else 10000
    multiply(here, here.send(plain("one of many"))["id"], count - 1)
    began = time.monotonic()
    got = here.held()
    seconds = time.monotonic() - began
    tap.equal(len(got), count)
    tap.equal({(h["subject"], h["reason"]) for h in got}, {("one of many", REASON)})
    tap.note("hold list of %d messages took %.2f s" % (count, seconds))
    assert seconds < proc.patience(20), seconds
    began = time.monotonic()
    here.run("delete", *[h["id"] for h in got])
    tap.note("hold delete of them took %.2f s" % (time.monotonic() - began))
    tap.equal(here.held(), [])


def multiply(here, queue_id, count):
    source = here.has(queue_id)[0]
    data = open(source, "rb").read()
    owner = os.stat(source)
    for _ in range(count):
        path = os.path.join(os.path.dirname(source), "new")
        with open(path, "wb") as out:
            out.write(data)
        os.chown(path, owner.st_uid, owner.st_gid)
        os.chmod(path, 0o700)
        os.rename(path, os.path.join(os.path.dirname(source), queue_id[:11] + base51(os.stat(path).st_ino)))


def base51(number):
    digits = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxy"
    text = ""
    while number:
        number, rest = divmod(number, 51)
        text = digits[rest] + text
    return text


if __name__ == "__main__":
    tap.main(globals(), needs=[gatepost.program()])
