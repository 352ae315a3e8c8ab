#!/usr/bin/python3
"""The virus scanner: real clamd behind a real MTA, and clamds that are away, stall, die or lie."""
import base64
import bz2
import gzip
import io
import json
import os
import quopri
import subprocess
import sys
import tarfile
import threading
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import clamd, gatepost, proc, tap, world
from mta.world import OUTSIDE

HEAD = b"From: Ann <ann@%s>\r\nTo: bob@sink.example.net\r\nSubject: test\r\n" \
    b"Date: Wed, 01 Jan 2025 00:00:00 +0000\r\nMessage-ID: <1@%s>\r\nMIME-Version: 1.0\r\n"
_made = {}


def real():
    if not clamd.program():
        tap.skip("clamd is not installed (clamav-daemon)")
    if "clamd" not in _made:
        _made["clamd"] = clamd.Clamd()
    return _made["clamd"]


def w(**options):
    """Only the virus scanner acts."""
    if "world" not in _made:
        off = {"on_" + name: "off" for name in RULES if name != "virus"}
        _made["world"] = world.World([("example.com", "r1", "rsa")], scanners=2, verify=False,
                                     clamd_timeout=20, **off)
    _made["world"].configure(**options)
    return _made["world"]


def rules():
    """The rules, from the configuration in force."""
    folder = proc.folder("gp-scan-")
    with open(os.path.join(folder, "c"), "w"):
        pass
    text = subprocess.run([gatepost.program(), "-c", os.path.join(folder, "c"), "--print-config"],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    lines = text[text.index("# Attachments"):].splitlines()
    return [line.split()[0][3:] for line in lines if line.startswith("on_")
            and not line.startswith("on_clamd")]


RULES = rules()


def message(body, encoding, name="x.bin", domain=b"other.example"):
    return HEAD % (domain, domain) + b"Content-Type: multipart/mixed; boundary=sep\r\n\r\n" \
        b"--sep\r\nContent-Type: text/plain\r\n\r\nhello\r\n" \
        b"--sep\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: " + \
        encoding + b"\r\nContent-Disposition: attachment; filename=\"" + name.encode() + \
        b"\"\r\n\r\n" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n--sep--\r\n"


def base64ed(content, **options):
    return message(base64.encodebytes(content), b"base64", **options)


def uuencoded(content):
    import binascii
    lines = [binascii.b2a_uu(content[i:i + 45]) for i in range(0, len(content), 45)]
    return b"begin 644 x.bin\n" + b"".join(lines) + b"`\nend\n"


def zipped(content, name="x.bin"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def tarred(content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("x.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def send(place, data, want, **who):
    place.daemon.mark()
    sender = "ann@example.com" if who.get("login") else "ann@other.example"
    code, text = place.mta.send(data, sender, [place.address()], **(who or OUTSIDE))
    tap.equal(code, want, "reply (%s)" % text)
    return place.log_of_last(), text


def infected(place, data, **who):
    record, text = send(place, data, 550, **who)
    tap.equal((record["action"], record["filter_rule"]), ("reject", "virus"), "log")
    assert text.startswith("5.7.1 This message has a virus: ") and clamd.NAME in text, text
    return record


EICAR = clamd.EICAR
WAYS = {
    "7bit": message(EICAR, b"7bit"),
    "8bit": message(b"gr\xc3\xbcn " + EICAR, b"8bit"),
    "base64": base64ed(EICAR),
    "quoted-printable": message(quopri.encodestring(EICAR), b"quoted-printable"),
    "uuencode": message(uuencoded(EICAR), b"x-uuencode"),
    "in-text": HEAD % (b"other.example", b"other.example") + b"\r\n" + EICAR + b"\r\n",
    "zip": base64ed(zipped(EICAR), name="x.zip"),
    "zip-zip": base64ed(zipped(zipped(EICAR), "y.zip"), name="x.zip"),
    "zip-tar-gz": base64ed(zipped(tarred(EICAR), "y.tgz"), name="x.zip"),
    "gz-bz2": base64ed(gzip.compress(bz2.compress(EICAR)), name="x.bin.bz2.gz"),
    "five-zips": base64ed(zipped(zipped(zipped(zipped(zipped(EICAR), "4.zip"), "3.zip"), "2.zip"),
                                 "1.zip"), name="0.zip"),
}


@tap.cases(*WAYS)
@tap.limit(120)
def test_eicar(way):
    infected(w(clamd=real().unix), WAYS[way])


def test_eicar_over_tcp():
    infected(w(clamd=real().inet), WAYS["zip-zip"])


def test_eicar_of_our_own_user():
    """What a user of ours sends is refused, and the log names him."""
    mail = base64ed(EICAR, domain=b"example.com")
    record = infected(w(clamd=real().unix), mail, **world.someone("ann@example.com"))
    tap.equal((record["dir"], record["login"]), ("out", "ann@example.com"), "log")


def test_eicar_with_a_name_clamd_cannot_see():
    """clamd itself opens nothing here: it sees what the scanner unpacked."""
    only = clamd.Clamd(ScanArchive="no", ScanMail="no") if clamd.program() else real()
    infected(w(clamd=only.unix), WAYS["zip-zip"])
    infected(w(clamd=only.unix), WAYS["quoted-printable"])
    only.stop()


def test_clean():
    record, _ = send(w(clamd=real().unix), base64ed(zipped(b"harmless")), 250)
    tap.equal((record["filter"], record.get("filter_rule")), ("done", None), "log")


def test_on_virus_discard():
    record, _ = send(w(clamd=real().unix, on_virus="discard"), WAYS["base64"], 250)
    tap.equal(record["action"], "discard", "log")


def test_clamd_goes_and_comes_back():
    place = w(clamd=real().unix)
    real().stop()
    record, text = send(place, WAYS["base64"], 451)
    assert text.startswith("4.3.0 The virus scanner is not available"), text
    assert "cannot be reached" in record["filter_failure"], record
    real().start()
    infected(place, WAYS["base64"])


def command(data, address):
    done = subprocess.run([gatepost.program(), "scan", "--json", "--clamd", address, "-"], input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=proc.patience(60))
    return done.returncode, json.loads(done.stdout)


def test_command():
    status, report = command(WAYS["zip"], real().unix)
    found = [(f["name"], f["reason"]) for f in report["findings"] if f["rule"] == "virus"]
    tap.equal((status, report["verdict"]), (1, "reject"), "verdict")
    assert ("x.bin", clamd.NAME) in found, found
    status, report = command(WAYS["zip"], "unix:/nonexistent")
    tap.equal(status, 2, "status without clamd")
    assert "cannot be reached" in report["error"], report


# ---- clamds that do not what they should ----

BAD = {
    "silent": lambda command, data: None,
    "closes": lambda command, data: b"",
    "nonsense": lambda command, data: b"hello\0",
    "no-end": lambda command, data: b"stream: OK",
    "twice": lambda command, data: b"stream: OK\0stream: OK\0",
    "long": lambda command, data: b"x" * 5000,
    "error": lambda command, data: b"stream: Can't allocate memory ERROR\0",
    "control": lambda command, data: b"stream: X\x1b[2J FOUND\0",
}


@tap.cases(*BAD)
def test_bad_clamd(kind):
    """The message is put off, and the service goes on."""
    fake = clamd.Fake(BAD[kind])
    record, _ = send(w(clamd=fake.unix, clamd_timeout=1), base64ed(b"x"), 451)
    tap.equal((record["action"], record["filter"]), ("tempfail", "put off"), "log")
    assert record["filter_failure"].startswith("clamd"), record


@tap.cases(("accept", 250, "accept"), ("reject", 550, "reject"), ("tempfail", 451, "tempfail"))
def test_on_clamd_failure(case):
    action, code, done = case
    place = w(clamd="unix:/nonexistent/clamd", on_clamd_failure=action)
    record, _ = send(place, base64ed(b"x"), code)
    tap.equal(record["action"], done, "log")


def test_clamd_dies_while_it_scans():
    hears = threading.Event()

    def die(command, data):
        hears.set()
        return b""
    place = w(clamd=clamd.Fake(die).unix)
    send(place, base64ed(b"x"), 451)
    assert hears.is_set()


def test_stream_where_descriptors_are_refused():
    def answer(command, data):
        if command == "zFILDES":
            return b"No file descriptor received. ERROR\0"
        return b"stream: Bad FOUND\0" if b"ATTACHED" in data else b"stream: OK\0"
    fake = clamd.Fake(answer)
    record, text = send(w(clamd=fake.unix), base64ed(b"ATTACHED"), 550)
    tap.equal(record["filter_rule"], "virus", "log")
    tap.equal(fake.commands[0], "zFILDES", "what it is asked first")
    tap.equal(fake.commands.count("zFILDES"), fake.commands.count("zINSTREAM"), "questions")


def test_clamd_gets_message_and_parts():
    fake = clamd.Fake(lambda command, data: b"fd[9]: OK\0")
    send(w(clamd=fake.unix), base64ed(zipped(b"INNERMOST"), name="a.zip"), 250)
    seen = [fake.heard[i] for i in sorted(fake.heard)]
    assert b"INNERMOST" in seen, seen
    assert zipped(b"INNERMOST") [:4] in [s[:4] for s in seen]
    assert b"\nSubject: test" in seen[0], "the message itself is asked about while it is scanned: %r" % seen


def test_time_is_for_the_message():
    """However many parts there are, and however slowly each is answered."""
    def answer(command, data):
        time.sleep(0.9)
        return b"fd[9]: OK\0"
    data = base64ed(b"x").replace(b"--sep\r\n", PART * 8 + b"--sep\r\n", 1)
    record, _ = send(w(clamd=clamd.Fake(answer).unix, clamd_timeout=2), data, 451)
    tap.equal(record["filter_failure"], "clamd: no answer in time", "log")
    assert int(record["filter_ms"]) < 4000, record


def test_failure_after_another_finding():
    """clamd says of a part that it is too large, and nothing of the message: that is no answer."""
    def answer(command, data):
        return b"" if b"Subject" in data else b"INSTREAM size limit exceeded. ERROR\0"
    record, _ = send(w(clamd=clamd.Fake(answer).unix), base64ed(b"x"), 451)
    tap.equal((record["filter"], record["action"]), ("put off", "tempfail"), "log")


def test_virus_before_a_failure():
    """A virus that was named counts, whatever comes after."""
    def answer(command, data):
        return b"" if b"Subject" in data else b"stream: Bad FOUND\0"
    fake = clamd.Fake(answer)
    record, _ = send(w(clamd=fake.unix), base64ed(b"x"), 550)
    tap.equal((record["filter_rule"], record["action"]), ("virus", "reject"), "log")
    status, report = command(base64ed(b"x"), fake.unix)
    tap.equal((status, report["verdict"]), (1, "reject"), "command")


def many_files(n):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for i in range(n):
            archive.writestr("%d.txt" % i, b"x")
    return out.getvalue()


PART = b"--sep\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n"


def test_files_in_archives_leave_room_for_parts():
    def answer(command, data):
        return b"fd[9]: Bad FOUND\0" if data.startswith(b"ATTACHED") else b"fd[9]: OK\0"
    archive = base64.encodebytes(many_files(300)).replace(b"\n", b"\r\n")
    first = PART.replace(b"\r\n\r\nx", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + archive)
    data = base64ed(b"ATTACHED").replace(b"--sep\r\n", first + b"--sep\r\n", 1)
    fake = clamd.Fake(answer)
    record, _ = send(w(clamd=fake.unix), data, 550)
    tap.equal((record["filter_rule"], record["attachment"]), ("virus", "x.bin"), "log")
    _, report = command(data, fake.unix)
    parts = [report["parts"][f["part"]]["name"] for f in report["findings"] if f["rule"] == "virus"]
    tap.equal(parts, ["x.bin"], "the part that a finding points to")


def test_more_parts_than_are_asked_about():
    fake = clamd.Fake(lambda command, data: b"fd[9]: OK\0")
    data = base64ed(b"x").replace(b"--sep\r\n", PART * 250 + b"--sep\r\n", 1)
    record, _ = send(w(clamd=fake.unix, on_limit="hold"), data, 250)
    tap.equal((record["action"], record["filter_rule"], record["filter_reason"]),
              ("hold", "limit", "too much for the virus scanner"), "log")


def test_too_large_for_streams():
    place = w(clamd=clamd.Fake(lambda c, d: b"INSTREAM size limit exceeded. ERROR\0").unix, on_limit="hold")
    record, _ = send(place, base64ed(b"x"), 250)
    tap.equal((record["action"], record["filter_rule"]), ("hold", "limit"), "log")


if __name__ == "__main__":
    world.main(globals())
