#!/usr/bin/python3
"""The attachment filter: the scanner's walls, what happens when one falls, actions through a real Postfix."""
import base64
import hashlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from filter import containers
from mta import gatepost, proc, tap, world
from mta.world import OUTSIDE

HEAD = b"From: Ann <ann@%s>\r\nTo: bob@sink.example.net\r\nSubject: test\r\n" \
    b"Date: Wed, 01 Jan 2025 00:00:00 +0000\r\nMessage-ID: <1@%s>\r\nMIME-Version: 1.0\r\n"
ELF = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0" + bytes(200)


def message(name="notes.txt", content=b"hello", domain=b"other.example", more=b"",
            media=b"application/octet-stream"):
    """A message with a text and one attachment."""
    return HEAD % (domain, domain) + more + \
        b"Content-Type: multipart/mixed; boundary=sep\r\n\r\n" \
        b"--sep\r\nContent-Type: text/plain\r\n\r\nhello\r\n" \
        b"--sep\r\nContent-Type: " + media + b"\r\nContent-Transfer-Encoding: base64\r\n" \
        b"Content-Disposition: attachment; filename=\"" + name.encode() + b"\"\r\n\r\n" + \
        base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--sep--\r\n"


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def hooked(what):
    return message(more=b"X-Hook: " + what.encode() + b"\r\n")


# ---- the command ----

def scan(*files, data=None, binary="gatepost", options=(), config=None):
    """(exit status, stdout, stderr) of gatepost scan."""
    command = [gatepost.program(binary)] + (["-c", config] if config else []) + \
        ["scan", *options, *files]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=proc.patience(60))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def config(**options):
    path = os.path.join(proc.folder("gp-scan-"), "gatepost.conf")
    with open(path, "w") as out:
        out.write(gatepost.written(options))
    return path


def saved(data):
    path = os.path.join(proc.folder("gp-scan-"), "m.eml")
    with open(path, "wb") as out:
        out.write(data)
    return path


def test_command_bad_command_line():
    """Each line says whose complaint it is."""
    for options in ["--frob"], ["--clamd", "inet:3310"], ["--clamd", "inet:x@y"], ["--clamd", "/ctl"]:
        status, out, err = scan("x", options=options, config=config())
        tap.equal((status, out), (2, ""), "status")
        assert err.startswith("gatepost scan: "), err


def test_command_bad_configuration():
    status, out, err = scan("x", config=config(scan_depth=1000, on_script="explode"))
    tap.equal((status, out), (2, ""), "status")
    tap.equal([line[:15] for line in err.splitlines()], ["gatepost scan: "] * 2, "lines")


def test_command_cannot_write():
    with open("/dev/full", "w") as full:
        done = subprocess.run([gatepost.program(), "-c", config(), "scan", saved(message())], stdout=full,
                              stderr=subprocess.PIPE, timeout=proc.patience(60))
    tap.equal((done.returncode, done.stderr), (2, b"gatepost scan: cannot write: No space left on device\n"))


def test_command_progress():
    """A complaint does not stand behind the number of messages that are done."""
    ours, theirs = pty.openpty()
    command = [gatepost.program(), "-c", config(), "scan", *[saved(message())] * 9, "/nonexistent"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, timeout=proc.patience(60))
    os.close(theirs)
    said = os.read(ours, 4096)
    assert b"\r9 of 10\r\x1b[Kgatepost scan: /nonexistent: " in said, said
    os.close(ours)


def test_command_exempt_hash():
    """What is exempt is told as such, and not as what it would be otherwise."""
    exempt = config(filter_exempt_hashes=[hashlib.sha256(PROGRAM).hexdigest()])
    status, out, _ = scan(saved(program()), options=["--json"], config=exempt)
    report = json.loads(out)
    tap.equal((status, report["verdict"]), (0, "clean"), "verdict")
    tap.equal({f["action"] for f in report["findings"]}, {"exempt"}, "actions")
    _, out, _ = scan(saved(program()), config=exempt)
    assert "  exempt: executable (a program), a.zip/run.exe: " in out, out


def test_command_clean():
    status, out, err = scan(saved(message()), config=config())
    tap.equal((status, err), (0, ""), "status")
    assert ": clean\n" in out and '"notes.txt"' in out, out


def test_command_json():
    status, out, _ = scan(saved(message()), "-", data=message("a b.txt"), options=["--json", "--hashes"],
                          config=config())
    first, second = map(json.loads, out.splitlines())
    tap.equal(status, 0, "status")
    tap.equal((first["verdict"], first["findings"], second["file"]), ("clean", [], "-"), "report")
    names = [p["name"] for p in second["parts"]]
    assert "a b.txt" in names, names
    part = second["parts"][names.index("a b.txt")]
    tap.equal((part["size"], part["sha256"]),
              (5, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"), "part")


def test_command_missing_file():
    status, out, err = scan("/nonexistent", saved(message()), options=["--json"], config=config())
    tap.equal(status, 2, "status")
    assert "No such file" in err and '"error"' in out and '"clean"' in out, (out, err)


def test_command_terminal_is_safe():
    name = "x\x1b[2Jy\u202egpj.exe"
    data = message("NAME").replace(b"NAME", name.encode())
    _, out, _ = scan(saved(data), config=config())
    assert "\x1b" not in out and "\u202e" not in out, repr(out)
    assert "\\u{202e}" in out, out


@tap.cases(("notes.txt", b"hello there\n", "clean"), ("run.exe", b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(300), "hold"),
           ("picture.png", b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(300), "hold"),
           ("gr\u00fc\u00dfe & so.zip", zipped("a\r\nb.txt", b"x"), "clean"), ("a: b.html", b"<p>hello: there</p>\n", "clean"),
           ("run.eml", HEAD % (b"a", b"a") + b"Content-Disposition: attachment; filename=run.exe\n\nMZ", "hold"))
def test_command_takes_a_file_that_is_no_message(case):
    """As an attachment of its name; what begins with a header field is a message whatever its name."""
    name, content, verdict = case
    path = os.path.join(proc.folder("gp-scan-"), name)
    with open(path, "wb") as out:
        out.write(content)
    status, out, err = scan(path, options=["--json"], config=config())
    report = json.loads(out)
    tap.equal((status, report["verdict"], err), (0 if verdict == "clean" else 1, verdict, ""), "report")
    if not name.endswith(".eml"):
        tap.equal((report["parts"][0]["name"], report["parts"][0]["size"]), (name, len(content)), "part")


def test_command_unix_line_ends():
    _, out, _ = scan("-", data=message().replace(b"\r\n", b"\n"), config=config())
    assert '"notes.txt", 5 bytes' in out, out


# charsets for which a library would load a converter when a message names them
LATE = ["windows-1254", "iso-8859-16", "ibm1399", "tscii", "iso-2022-cn-ext", "no-such-charset"]


@tap.cases(*LATE)
def test_charset_is_not_loaded_late(charset):
    """GMime and libarchive ask for converters; the wall is shut, and that is no reason to die."""
    name = charset.encode()
    more = b"X-Raw: gr\xfc\xdfe\r\nComments: =?" + name + b"?Q?=FE=FD?=\r\n"
    archive = zipped("n.txt", b"x").replace(b"n.txt", b"\xfe.txt")
    data = message("=?%s?Q?=FE=FD?=" % charset, archive, more=more,
                   media=b"application/zip; charset=" + name)
    status, out, err = scan(saved(data), options=["--json"], config=config())
    assert status in (0, 1), err
    assert "error" not in json.loads(out), out


WALLED = ["open-file", "write-file", "stat", "socket", "unix-socket", "fork", "vfork", "exec", "kill",
          "tgkill", "ptrace", "map-executable", "send-elsewhere"]


@tap.cases(*WALLED)
def test_wall_kills(what):
    """What a scanner that was taken over would try ends it, and the next message is scanned."""
    if proc.sanitized():
        tap.skip("no sandbox with sanitizers")
    bad, good = saved(hooked(what)), saved(message())
    status, out, err = scan(good, bad, good, binary=gatepost.HOOKED, config=config())
    tap.equal(status, 2, "status")
    assert "the scanner died (Bad system call)" in err, err
    tap.equal(out.count(": clean"), 2, "clean ones")
    assert not os.path.exists("/tmp/gatepost-was-here")


@tap.cases(("abort", "Aborted"), ("segfault", "Segmentation fault"), ("exit", ""),
           ("nonsense", "talked nonsense"), ("memory", "Aborted"))
def test_command_outlives_scanner(case):
    what, why = case
    if proc.sanitized():
        tap.skip("the sanitizer has its own way to die")
    bad, good = saved(hooked(what)), saved(message())
    status, out, err = scan(bad, good, binary=gatepost.HOOKED, config=config(scan_memory="256M"))
    tap.equal((status, out.count(": clean")), (2, 1), "status")
    assert why in err and err.count("\n") == 1, err


@tap.cases(*containers.greedy_archives())
def test_command_greedy_archive(kind):
    """An archive that asks for gigabytes ends as a finding, and not as a scanner that died."""
    if proc.sanitized():
        tap.skip("memory is not limited with sanitizers")
    status, out, err = scan(saved(message("a.bin", containers.greedy_archives()[kind])), options=["--json"],
                            config=config(scan_memory="512M"))
    tap.equal((status, err), (1, ""), "status")
    tap.equal([f["rule"] for f in json.loads(out)["findings"]], ["cannot_inspect"], "rules")


def test_command_scanner_begins_anew():
    """A scanner ends after 1000 messages; none of them is lost at that."""
    status, out, err = scan(*[saved(message())] * 2010, config=config())
    tap.equal((status, out.count(": clean"), err), (0, 2010, ""), "status, clean ones")


@tap.cases("hang", "spin")
def test_command_time_limit(what):
    began = time.monotonic()
    status, out, err = scan(saved(hooked(what)), saved(message()), binary=gatepost.HOOKED,
                            config=config(scan_timeout=1))
    tap.equal((status, out.count(": clean")), (2, 1), "status")
    assert "took too long" in err, err
    assert time.monotonic() - began < proc.patience(10)


# ---- the daemon ----

_world = {}


def w(binary="gatepost"):
    if binary not in _world:
        _world[binary] = world.World([("example.com", "r1", "rsa")], binary=binary, scanners=2,
                                     verify=False, scan_timeout=2)
    return _world[binary]


def base(binary="gatepost", **options):
    w(binary).configure(**options)
    return w(binary)


def arrive(world_, data, want=250, **who):
    """Sends from outside; the record of the log, and the reply's text."""
    world_.daemon.mark()
    code, text = world_.mta.send(data, "ann@other.example", [world_.address()], **(who or OUTSIDE))
    tap.equal(code, want, "reply (%s)" % text)
    return world_.log_of_last(), text


def test_daemon_clean():
    record, _ = arrive(base(), message())
    tap.equal((record["filter"], record.get("filter_rule")), ("done", None), "log")


def test_daemon_text_is_not_scanned():
    text = HEAD % (b"other.example", b"other.example") + b"Content-Type: text/plain\r\n\r\nhello\r\n"
    record, _ = arrive(base(), text)
    tap.equal(record["filter"], "text", "log")


def test_daemon_filter_off():
    record, _ = arrive(base(filter=False), message())
    tap.equal(record.get("filter"), None, "log")


@tap.cases(("sender", {"filter_exempt_senders": ["other.example"]}),
           ("network", {"filter_exempt_networks": ["192.0.2.0/24"]}),
           ("recipient", {"filter_exempt_recipients": ["sink.example.net"]}))
def test_daemon_exempt(case):
    record, _ = arrive(base(**case[1]), message())
    tap.equal((record["filter"], record["filter_exempt"]), ("exempt", case[0]), "log")


def test_daemon_log_shows_what_a_name_hides():
    """No name turns the order of what an admin reads, nor moves a terminal's cursor."""
    data = message("NAME").replace(b"NAME", "x\u202egpj\u009b2J.exe".encode())
    place = base()
    arrive(place, data)
    line = place.daemon.wait_line(r"\bmail\b.*action")
    assert 'attachment="x\\u{202e}gpj\\u{009b}2J.exe"' in line, line
    assert "\u202e" not in line and "\u009b" not in line, line


def test_daemon_exempt_recipients_must_be_all():
    place = base(filter_exempt_recipients=["sink.example.net", "!r0@sink.example.net"])
    place.daemon.mark()
    code, _ = place.mta.send(program(), "ann@other.example", [place.address(), "r0@sink.example.net"],
                             **OUTSIDE)
    record = place.log_of_last()
    tap.equal((code, record["action"], record.get("filter_exempt")), (250, "hold", None), "log")


def held(world_):
    """How many messages are on hold."""
    return world_.mta.held()


@tap.cases("segfault", "open-file", "nonsense", "exit", "hang")
def test_daemon_scanner_fails(what):
    """The message gets on_scan_failure, the log says so, the next ones are scanned."""
    if proc.sanitized():
        tap.skip("the sanitizer has its own way to die")
    place = base(gatepost.HOOKED)
    before = held(place)
    record, _ = arrive(place, hooked(what))
    tap.equal((record["action"], record["filter"], record["filter_rule"]),
              ("hold", "failed", "scan_failure"), "log")
    proc.wait_until(lambda: held(place) == before + 1, 10, "it is on hold")
    for _ in range(4):
        record, _ = arrive(place, message())
        tap.equal(record["filter"], "done", "the next one")
    proc.wait_until(lambda: len(place.daemon.pids("scanner")) == 2, 10, "a new scanner")


@tap.cases(("mark", 250, "accept"), ("reject", 550, "reject"), ("discard", 250, "discard"),
           ("tempfail", 451, "tempfail"), ("off", 250, "accept"))
def test_daemon_actions(case):
    action, code, done = case
    if proc.sanitized():
        tap.skip("the sanitizer has its own way to die")
    place = base(gatepost.HOOKED, on_scan_failure=action)
    record, text = arrive(place, hooked("exit"), want=code)
    tap.equal(record["action"], done, "log (%s)" % record)
    if action == "reject":
        assert text.startswith("5.7.1 This message could not be looked into (scan_failure)"), text
    if action == "tempfail":
        assert text.startswith("4.7.1 This message could not be looked into (scan_failure)"), text
    if action == "mark":
        delivery = place.send(hooked("exit"), "ann@other.example", place.mta.mx, OUTSIDE)
        tap.equal(delivery.fields("X-Gatepost-Filter"),
                  [b" mark; rule=scan_failure; the message: the scanner died"], "mark")


def test_daemon_forged_mark_is_removed():
    place = base(gatepost.HOOKED, on_scan_failure="mark")
    delivery = place.send(message(more=b"X-Gatepost-Filter: clean\r\n"), "a@other.example",
                          place.mta.mx, OUTSIDE)
    tap.equal(delivery.fields("X-Gatepost-Filter"), [], "marks")


PROGRAM = zipped("run.exe", b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(500))


def program(**options):
    return message("a.zip", PROGRAM, media=b"application/zip", **options)


def test_daemon_program_in_zip_is_held():
    place = base()
    before = held(place)
    record, _ = arrive(place, program())
    tap.equal((record["action"], record["filter_rule"]), ("hold", "executable"), "log")
    assert record["attachment"] == "a.zip/run.exe", record
    proc.wait_until(lambda: held(place) == before + 1, 10, "it is on hold")


def test_daemon_refusal_names_attachment_and_rule():
    record, text = arrive(base(on_executable="reject"), program(), want=550)
    tap.equal(text, "5.7.1 This message has a program: a.zip/run.exe (executable)", "reply")
    tap.equal(record["action"], "reject", "log")


def test_daemon_refusal_names_the_page():
    _, text = arrive(base(on_executable="reject", policy_link="https://example.com/refused"), program(),
                     want=550)
    tap.equal(text, "5.7.1 This message has a program: a.zip/run.exe (executable); "
              "see https://example.com/refused", "reply")


@tap.cases(("mime_ambiguity", "Mail programs read this message differently: doubled_field: "
            "contradicting Content- fields"),
           ("limit", "This message is over the limits of the filter: too many parts"))
def test_daemon_refusal_of_a_whole_message(case):
    rule, words = case
    data = message(more=b"Content-Type: text/plain\r\n") if rule == "mime_ambiguity" else \
        message().replace(b"--sep--", b"--sep\r\n\r\nx\r\n" * 12 + b"--sep--")
    _, text = arrive(base(scan_mime_parts=10, on_mime_ambiguity="reject", on_limit="reject",
                          on_doubled_field="accept"), data, want=550)
    tap.equal(text, "5.7.1 %s (%s)" % (words, rule), "reply")


def test_daemon_mark_names_attachment_and_rule():
    off = {"on_" + r: "off" for r in ("blocked_name", "type_mismatch")}
    place = base(on_executable="mark", **off)
    delivery = place.send(program(), "ann@other.example", place.mta.mx, OUTSIDE)
    value = b"".join(delivery.fields("X-Gatepost-Filter")).replace(b"\r\n\t", b" ")
    assert value.startswith(b" mark; rule=executable; a.zip/run.exe: "), value


@tap.cases("all", "executable")
def test_daemon_dry_run(what):
    """The message goes on, but log and header say what would have been done."""
    off = {"on_" + r: "off" for r in ("blocked_name", "type_mismatch")}
    place = base(dry_run=[what], on_executable="reject", **off)
    place.daemon.mark()
    delivery = place.send(program(), "ann@other.example", place.mta.mx, OUTSIDE)
    value = b"".join(delivery.fields("X-Gatepost-Filter")).replace(b"\r\n\t", b" ")
    assert value.startswith(b" accept; would=reject; would_rule=executable (dry run); a.zip/run.exe: "), value
    record = place.log_of_last()
    tap.equal((record["action"], record["filter_would"], record["filter_would_rule"],
               record["would_attachment"]), ("accept", "reject", "executable", "a.zip/run.exe"), "log")


@tap.cases("archive", "program")
def test_daemon_exempt_hash(what):
    """Of the archive as it was attached, or of what lies in it."""
    with zipfile.ZipFile(io.BytesIO(PROGRAM)) as archive:
        content = PROGRAM if what == "archive" else archive.read("run.exe")
    record, _ = arrive(base(filter_exempt_hashes=[hashlib.sha256(content).hexdigest()]), program())
    tap.equal((record["action"], record.get("filter_rule"), record["filter_exempt"]),
              ("accept", None, "hash"), "log")


def test_daemon_exempt_login():
    ours = program(domain=b"example.com")
    for exempt, action in (["ann@example.com"], "accept"), ([], "hold"):
        place = base(filter_exempt_logins=exempt)
        place.daemon.mark()
        code, text = place.mta.send(ours, "ann@example.com", [place.address()],
                                    **world.someone("ann@example.com"))
        tap.equal(code, 250, text)
        record = place.log_of_last()
        tap.equal((record["dir"], record["login"], record["action"], record.get("filter_exempt")),
                  ("out", "ann@example.com", action, "login" if exempt else None), "log")


def test_daemon_scanner_killed_while_it_scans():
    if proc.sanitized():
        tap.skip("signals are the sanitizer's")
    place = base(gatepost.HOOKED, scan_timeout=30)
    killer = threading.Timer(1, lambda: [os.kill(pid, signal.SIGKILL)
                                         for pid in place.daemon.pids("scanner")])
    killer.start()
    record, _ = arrive(place, hooked("hang"))
    tap.equal((record["action"], record["filter_rule"], record["filter_reason"]),
              ("hold", "scan_failure", "the scanner died"), "log")
    record, _ = arrive(place, message())
    tap.equal(record["filter"], "done", "the next one")


def test_daemon_messages_wait_for_a_scanner():
    """More at once than there are scanners: each waits its turn, and none is shared."""
    place = base()
    place.daemon.mark()
    replies = []

    def send():
        replies.append(place.mta.send(message(content=os.urandom(200000)), "ann@other.example",
                                      [place.address()], **OUTSIDE)[0])
    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal(replies, [250] * 12, "replies")
    proc.wait_until(lambda: len([r for r in place.daemon.records() if r.get("filter") == "done"]) >= 12,
                    10, "the log says that all were scanned")


def test_daemon_idle_scanners_are_replaced():
    place = base()
    for pid in place.daemon.pids("scanner"):
        os.kill(pid, signal.SIGKILL)
    for _ in range(3):
        record, _ = arrive(place, message())
        tap.equal(record["filter"], "done", "log")


def test_daemon_gate_dies_scanners_follow():
    place = base()
    old = place.daemon.pids("scanner")
    os.kill(place.daemon.pid("gate"), signal.SIGKILL)
    proc.wait_until(lambda: len(set(place.daemon.pids("scanner")) - set(old)) == 2, 15, "new scanners")
    proc.wait_until(lambda: place.daemon.pids("gate"), 10, "a new gate")
    record, _ = arrive(place, message())
    tap.equal(record["filter"], "done", "log")


if __name__ == "__main__":
    world.main(globals())
