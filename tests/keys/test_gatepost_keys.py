#!/usr/bin/python3
"""The command line of gatepost-keys, against a DNS server of our own. Prints TAP.

GATEPOST_KEYS names the program (default: ./gatepost-keys)."""

import base64
import json
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading

PROGRAM = os.path.abspath(os.environ.get("GATEPOST_KEYS", "./gatepost-keys"))


class Dns:
    """Answers TXT questions from a dict: name -> list of records, each a list of strings.
    A name that maps to an int gets that rcode; to None, no answer at all."""

    def __init__(self):
        self.records = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            answer = self.answer(query)
            if answer:
                self.socket.sendto(answer, peer)

    def answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        question = query[12:at + 5]
        found = self.records.get(".".join(labels), 3)
        if found is None:
            return None
        rcode, answers = (found, []) if isinstance(found, int) else (0, found)
        body = b""
        for strings in answers:
            data = b"".join(bytes([len(s)]) + s.encode() for s in strings)
            body += b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(data)) + data
        if len(body) > 1100:
            return query[:2] + struct.pack("!HHHHH", 0x8380, 1, 0, 0, 0) + question
        return query[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, len(answers), 0, 0) \
            + question + body


class Place:
    """A folder of keys and a configuration that names it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="gatepost-keys.")
        self.keys = os.path.join(self.dir, "keys")
        self.conf = os.path.join(self.dir, "gatepost.conf")
        self.dns = Dns()
        with open(self.conf, "w") as f:
            f.write('keys_dir = "%s"\nresolver = {"127.0.0.1@%d"}\n' % (self.keys, self.dns.port))

    def run(self, *args, status=0, config=True):
        before = ["-c", self.conf] if config else ["--keys-dir", self.keys]
        r = subprocess.run([PROGRAM, *before, *args], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=60)
        assert r.returncode == status, (args, r.returncode, r.stdout, r.stderr)
        return r

    def show(self, domain, *args):
        return json.loads(self.run("show", domain, "--json", *args).stdout)

    def publish(self, domain):
        for k in self.show(domain):
            self.dns.records[k["name"]] = [k["strings"]]

    def files(self):
        return sorted(os.path.relpath(os.path.join(d, f), self.keys)
                      for d, _, names in os.walk(self.keys) for f in names)

    def path(self, *names):
        return os.path.join(self.keys, *names)


def generate_makes_both_kinds(p):
    out = p.run("generate", "example.com").stdout
    files = p.files()
    assert len(files) == 2, files
    assert re.fullmatch(r"example\.com/\d{8}e\.pem", files[0]), files
    assert re.fullmatch(r"example\.com/\d{8}r\.pem", files[1]), files
    for f in files:
        assert stat.S_IMODE(os.stat(p.path(f)).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(p.keys).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(p.path("example.com")).st_mode) == 0o700
    kinds = {k["algorithm"]: k for k in p.show("example.com")}
    assert kinds["rsa"]["bits"] == 2048 and kinds["ed25519"]["bits"] == 256
    assert all(k["status"] == "active" for k in kinds.values())
    for k in kinds.values():
        assert k["name"] + ". IN TXT (" in out, out
    assert "gatepost-keys check example.com" in out


def generate_takes_options(p):
    p.run("generate", "--type", "rsa", "--bits", "1024", "--selector", "S1", "a.example")
    p.run("generate", "--type=ed25519", "--selector=s2", "b.example", "c.example")
    p.run("generate", "--selector=s3", "d.example")
    assert p.files() == ["a.example/s1.pem", "b.example/s2.pem", "c.example/s2.pem",
                         "d.example/s3-ed25519.pem", "d.example/s3.pem"], p.files()
    assert p.show("a.example")[0]["bits"] == 1024
    assert [k["algorithm"] for k in p.show("d.example", "--selector", "s3")] == ["rsa"]


def generate_never_overwrites(p):
    p.run("generate", "--selector=s1", "--type=ed25519", "example.com")
    before = open(p.path("example.com/s1.pem")).read()
    r = p.run("generate", "--selector=s1", "--type=ed25519", "example.com", status=1)
    assert "exists already: nothing was made" in r.stderr, r.stderr
    r = p.run("generate", "--activate", "--selector=s1", "example.com", status=1)
    assert p.files() == ["example.com/s1.pem"], p.files()
    assert open(p.path("example.com/s1.pem")).read() == before
    # the second of two names is taken: neither is made
    p.run("generate", "--selector=x-ed25519", "--type=rsa", "--bits=1024", "--activate",
          "example.com")
    p.run("generate", "--selector=x", "example.com", status=1)
    assert p.files() == ["example.com/s1.pem", "example.com/x-ed25519.pem"], p.files()
    # a retired key's selector is not used again: its record may still be cached
    p.run("retire", "example.com", "s1")
    p.run("generate", "--selector=s1", "--type=ed25519", "example.com", status=1)


def B10_generate_folds_spellings(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "B\u00fccher.Example.")
    assert p.files() == ["xn--bcher-kva.example/s1.pem"], p.files()
    assert p.show("xn--bcher-kva.example")[0]["name"] == "s1._domainkey.xn--bcher-kva.example"
    # a folder that is there in another spelling is used, not doubled
    os.rename(p.path("xn--bcher-kva.example"), p.path("b\u00fccher.example"))
    p.run("generate", "--type=ed25519", "--selector=s2", "xn--bcher-kva.example")
    assert p.files() == ["b\u00fccher.example/s1.pem", "b\u00fccher.example/s2.pem.pending"]


def B20_a_second_key_waits_for_the_DNS(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com")
    out = p.run("generate", "--type=ed25519", "--selector=s2", "example.com").stdout
    assert "gatepost-keys activate example.com s2" in out, out
    assert p.files() == ["example.com/s1.pem", "example.com/s2.pem.pending"]
    assert {k["selector"]: k["status"] for k in p.show("example.com")} == \
        {"s1": "active", "s2": "pending"}
    name = "s2._domainkey.example.com"
    right = p.show("example.com", "--selector=s2")[0]["strings"]
    other = p.show("example.com", "--selector=s1")[0]["strings"]
    for records, word in (
            (3, "missing"),
            ([], "missing"),
            ([other], "differs (p= is another key)"),
            ([[right[0].replace("k=ed25519; ", "")]], "differs (k= is another algorithm)"),
            ([[right[0] + "v=DKIM1; k=ed25519; p=" + right[0][-44:]]], "differs"),
            ([["v=DKIM1; k=ed25519; p="]], "revoked"),
            ([right, other], "several records"),
            (2, "DNS error"),
            (5, "DNS error")):
        p.dns.records[name] = records
        r = p.run("activate", "example.com", "s2", status=1)
        assert name + ": " + word in r.stderr, (records, r.stderr)
        assert p.files() == ["example.com/s1.pem", "example.com/s2.pem.pending"]
    p.dns.records[name] = [right]
    out = p.run("activate", "example.com", "s2").stdout
    assert "reload" in out
    assert p.files() == ["example.com/s1.pem", "example.com/s2.pem"]
    r = p.run("activate", "example.com", "s2", status=1)
    assert "is active already" in r.stderr
    r = p.run("activate", "example.com", "s9", status=1)
    assert "has no pending key s9" in r.stderr


def B20_activate_is_all_or_nothing_and_can_be_forced(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com")
    p.run("generate", "--type=ed25519", "--selector=s2", "example.com")
    p.run("generate", "--type=ed25519", "--selector=s3", "example.com")
    p.dns.records["s2._domainkey.example.com"] = \
        [p.show("example.com", "--selector=s2")[0]["strings"]]
    p.run("activate", "example.com", "s2", "s3", status=1)
    assert p.files() == ["example.com/s1.pem", "example.com/s2.pem.pending",
                         "example.com/s3.pem.pending"]
    p.run("activate", "--force", "example.com", "s2", "s3")
    assert p.files() == ["example.com/s1.pem", "example.com/s2.pem", "example.com/s3.pem"]
    p.run("generate", "--activate", "--type=ed25519", "--selector=s4", "example.com")
    assert "example.com/s4.pem" in p.files()


def a_server_that_is_silent_is_an_error_in_time(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com")
    p.dns.records["s1._domainkey.example.com"] = None
    r = p.run("check", "example.com", status=1)
    assert "DNS error" in r.stdout and "timed out" in r.stdout, r.stdout


def check_says_what_is_published(p):
    p.run("generate", "a.example", "b.example")
    p.publish("a.example")
    out = p.run("check", "a.example").stdout
    assert len(re.findall(r" ok\b", out)) == 2, out
    out = p.run("check", status=1).stdout
    assert len(re.findall(r" ok\b", out)) == 2, out
    assert len(re.findall(r" missing\b", out)) == 2, out
    results = json.loads(p.run("check", "--json", status=1).stdout)
    assert sorted(r["result"] for r in results) == ["missing", "missing", "ok", "ok"]
    assert "\033" not in out
    r = p.run("check", "nokeys.example", status=1)
    assert "nokeys.example has no key" in r.stderr


def B27_check_joins_strings(p):
    p.run("generate", "--type=rsa", "--selector=s1", "example.com")
    value = p.show("example.com")[0]["value"]
    name = "s1._domainkey.example.com"
    for strings in ([value[:17], value[17:100], value[100:300], value[300:]],
                    [value[:200], "", value[200:]],
                    [value.replace("p=", "p= ")[:250], " " + value.replace("p=", "p= ")[250:]]):
        p.dns.records[name] = [strings]
        p.run("check", "example.com")


def B26_ed25519_record_is_the_bare_key(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com")
    value = p.show("example.com")[0]["value"]
    m = re.fullmatch(r"v=DKIM1; k=ed25519; p=([A-Za-z0-9+/]{43}=)", value)
    assert m and len(base64.b64decode(m.group(1))) == 32
    der = subprocess.run(["openssl", "pkey", "-in", p.path("example.com/s1.pem"), "-pubout",
                          "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
    assert der[-32:] == base64.b64decode(m.group(1))


def B26_a_key_that_does_not_verify_is_not_shown(p):
    p.run("generate", "--type=rsa", "--bits=1024", "--selector=s1", "example.com")
    path = p.path("example.com/s1.pem")
    der = bytearray(subprocess.run(
        ["openssl", "rsa", "-in", path, "-traditional", "-outform", "DER"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    der[40] ^= 0x55  # within the modulus
    with open(path, "w") as f:
        f.write("-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----\n"
                % base64.b64encode(der).decode())
    r = p.run("show", "example.com", status=1)
    assert r.stdout == "" and "does not verify" in r.stderr, r
    out = p.run("check", status=1).stdout
    assert "bad key" in out, out


def B27_zone_file_passes_a_checker(p):
    p.run("generate", "--type=rsa", "--bits=4096", "--selector=s1", "example.com")
    p.run("generate", "--selector=s2", "example.com")
    zone = p.run("show", "example.com").stdout
    for s in re.findall(r'"([^"]*)"', zone):
        assert len(s) <= 255
    checker = shutil.which("nsd-checkzone") or shutil.which("named-checkzone") \
        or shutil.which("nsd-checkzone", path="/usr/sbin:/sbin") \
        or shutil.which("named-checkzone", path="/usr/sbin:/sbin")
    if not checker:
        return "no zone checker here"
    path = os.path.join(p.dir, "zone")
    with open(path, "w") as f:
        f.write("$TTL 60\n@ IN SOA ns.example.com. root.example.com. 1 2 3 4 5\n"
                "@ IN NS ns.example.com.\nns IN A 127.0.0.1\n" + zone)
    r = subprocess.run([checker, "example.com", path], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
    assert r.returncode == 0, r.stdout
    return None


def generate_prints_a_zone_file(p):
    out = p.run("generate", "--selector=s1", "example.com").stdout
    shown = p.run("show", "example.com").stdout
    assert shown in out


def show_plain_is_name_and_value(p):
    p.run("generate", "--type=rsa", "--selector=s1", "example.com")
    lines = p.run("show", "--plain", "example.com").stdout.splitlines()
    k = p.show("example.com")[0]
    assert lines == [k["name"], k["value"]]
    assert "".join(k["strings"]) == k["value"]
    assert p.run("show", "other.example", status=1).stdout == ""
    assert "has no key s9" in p.run("show", "--selector=s9", "example.com", status=1).stderr


def B18_list_marks_unsafe_files(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "a.example", "b.example")
    p.run("list")
    os.chmod(p.path("a.example/s1.pem"), 0o644)
    r = p.run("list", status=1)
    line, = [x for x in r.stdout.splitlines() if x.startswith("a.example")]
    assert "mode 0644" in line and "chmod 600 " in line, line
    keys = json.loads(p.run("list", "--json", status=1).stdout)
    assert [k["problem"] is None for k in keys] == [False, True], keys
    p.run("list", "b.example")
    os.chmod(p.path("b.example"), 0o777)
    r = p.run("list", "b.example", status=1)
    assert "mode 0777" in r.stdout and "chmod go-w " in r.stdout, r.stdout


def B19_root_keys_for_another_signer(p):
    if os.geteuid() != 0:
        return "needs root"
    with open(p.conf, "a") as f:
        f.write('signer_user = "nobody"\n')
    nobody = subprocess.run(["id", "-u", "nobody"], stdout=subprocess.PIPE, text=True)
    os.chmod(p.dir, 0o755)
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com")
    assert os.stat(p.path("example.com/s1.pem")).st_uid == int(nobody.stdout)
    assert os.stat(p.path("example.com")).st_uid == int(nobody.stdout)
    p.run("list")
    os.chown(p.path("example.com/s1.pem"), 0, 0)
    out = p.run("list", status=1).stdout
    path = p.path("example.com/s1.pem")
    assert "%s: owner root, mode 0600" % path in out, out
    assert "chown nobody: %s && chmod 600 %s" % (path, path) in out, out
    with open(p.conf, "a") as f:
        f.write('signer_user = "no-such-account"\n')
    p.run("list", status=1)
    return None


def retire_keeps_the_file(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com")
    out = p.run("retire", "example.com", "s1").stdout
    assert "for a week" in out and "leaves unsigned" in out, out
    assert p.files() == ["example.com/s1.pem.retired"]
    p.run("retire", "example.com", "s1", status=1)


def wrong_usage_exits_with_2(p):
    for args in ([], ["nonsense"], ["generate"], ["activate", "example.com"],
                 ["generate", "--bits", "1023", "a.example"],
                 ["generate", "--bits", "many", "a.example"],
                 ["generate", "--type", "dsa", "a.example"],
                 ["generate", "--selector", "-x", "a.example"],
                 ["generate", "no domain"], ["generate", "a.example", "b..example"],
                 ["list", "--force"], ["show", "--activate", "a.example"],
                 ["check", "--unknown"]):
        p.run(*args, status=2)
    assert not os.path.exists(p.keys)


def help_and_version(p):
    out = p.run("--help").stdout
    for word in ("generate", "activate", "retire", "show", "check", "list", "--force", "--bits"):
        assert word in out
    assert all(len(line) <= 90 for line in out.splitlines())
    assert p.run("--version").stdout.startswith("gatepost-keys ")


def keys_dir_needs_no_configuration(p):
    p.run("generate", "--type=ed25519", "--selector=s1", "example.com", config=False)
    assert "s1" in p.run("list", config=False).stdout
    os.rename(p.conf, p.conf + ".gone")
    r = p.run("list", status=1)
    assert "gatepost.conf" in r.stderr, r.stderr


def many_keys_are_checked_at_once(p):
    domains = ["d%d.example" % i for i in range(150)]
    p.run("generate", "--type=ed25519", "--selector=s1", *domains)
    for d in domains[1:]:
        p.publish(d)
    results = json.loads(p.run("check", "--json", status=1).stdout)
    assert len(results) == 150
    assert [r["domain"] for r in results if r["result"] != "ok"] == ["d0.example"]


TESTS = [
    generate_makes_both_kinds, generate_takes_options, generate_never_overwrites,
    generate_prints_a_zone_file, B10_generate_folds_spellings,
    B20_a_second_key_waits_for_the_DNS, B20_activate_is_all_or_nothing_and_can_be_forced,
    a_server_that_is_silent_is_an_error_in_time, check_says_what_is_published,
    B27_check_joins_strings, B26_ed25519_record_is_the_bare_key,
    B26_a_key_that_does_not_verify_is_not_shown, B27_zone_file_passes_a_checker,
    show_plain_is_name_and_value, B18_list_marks_unsafe_files, B19_root_keys_for_another_signer,
    retire_keeps_the_file, wrong_usage_exits_with_2, help_and_version,
    keys_dir_needs_no_configuration, many_keys_are_checked_at_once,
]


def main():
    failures = 0
    print("1..%d" % len(TESTS))
    for number, test in enumerate(TESTS, 1):
        place = Place()
        try:
            skip = test(place)
            print("ok %d - %s%s" % (number, test.__name__, " # SKIP " + skip if skip else ""))
        except Exception as e:  # a failed test is one more line, not the end
            failures += 1
            print("not ok %d - %s" % (number, test.__name__))
            print("# " + repr(e).replace("\n", "\n# "))
        finally:
            shutil.rmtree(place.dir)
        sys.stdout.flush()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
