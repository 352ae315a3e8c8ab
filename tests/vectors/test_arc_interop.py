#!/usr/bin/python3
"""ARC both ways with dkimpy and Mail::DKIM: their chains pass here, ours pass there, and
so do chains that all of us made together; what is changed passes nowhere.

usage: test_arc_interop.py [ARC-VECTORS]   prints TAP"""

import base64
import itertools
import os
import subprocess
import sys
import tempfile

DRIVER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("GATEPOST_BUILD", "."), "tests/vectors/arc-vectors")

MESSAGES = {
    "usual": b"From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: A  test\r\nDate: now\r\n"
             b"Message-ID: <1@example.com>\r\n\r\nHello\r\n",
    "folded": b"From: Ann\r\n  <ann@example.com>\r\nTo:\r\n bob@example.org\r\nSubject:\tA \t test \r\n\t  x\r\n"
              b"Date: now\r\n\r\n Hello  there \t\r\n\t x  y\r\n \t\r\n\r\n",
    "doubled": b"From: ann@example.com\r\nTo: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n"
               b"Subject: y\r\nDate: now\r\n\r\nHello\r\n\r\n\r\n",
    "utf-8": "From: Änn <ann@example.com>\r\nTo: x\r\nSubject: Grüße\r\nDate: now\r\n\r\nGrüße\r\n".encode(),
    "empty body": b"From: ann@example.com\r\nTo: x\r\nSubject: \r\nDate: now\r\n\r\n",
}
NAMES = "from:to:subject:date:message-id:dkim-signature"
RESULTS = b" mx.example.com;\r\n\tspf=pass smtp.mailfrom=ann@example.com;\r\n\tdkim=none"
OLD_RESULTS = b"Authentication-Results: mx.example.com; arc=%s; spf=pass smtp.mailfrom=ann@example.com\r\n"

PERL_SIGN = r"""
use strict; use warnings;
use Mail::DKIM::ARC::Signer;
my ($file, $key, $chain) = @ARGV;
my $arc = Mail::DKIM::ARC::Signer->new(Algorithm => 'rsa-sha256', Domain => 'example.com',
    Selector => 's1', SrvId => 'mx.example.com', KeyFile => $key, Chain => $chain);
open my $in, '<:raw', $file or die $!;
local $/;
my $message = <$in>;
$arc->PRINT($message); $arc->CLOSE;
binmode STDOUT;
print map { s/\r?\n/\r\n/gr . "\r\n" } $arc->as_strings;
"""

PERL_VERIFY = r"""
use strict; use warnings;
use Mail::DKIM::ARC::Verifier;
my ($file, $zone) = @ARGV;
open my $z, '<', $zone or die $!;
my %txt;
while (<$z>) { my ($name, $text) = /^(\S+)\. TXT (.*)/ or next;
    $txt{$name} = join '', $text =~ /"([^"]*)"/g; }
{ package Record; sub type { 'TXT' } sub txtdata { $_[0]{t} } }
{ no warnings 'redefine';
  *Mail::DKIM::DNS::query = sub { my ($n, $type) = @_;
    return exists $txt{$n} ? (bless { t => $txt{$n} }, 'Record') : (); }; }
my $arc = Mail::DKIM::ARC::Verifier->new;
open my $in, '<:raw', $file or die $!;
local $/;
my $message = <$in>;
$arc->PRINT($message); $arc->CLOSE;
print $arc->result, ' ', $arc->result_detail, "\n";
"""


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, bad, name):
        self.n += 1
        self.failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {self.n} - {name}", flush=True)
        for line in "\n".join(map(str, bad)).splitlines():
            print("# " + line)

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}")


class Tools:
    """Ours and theirs: seal(message, cv) gives the fields, verify(message) a status."""

    def __init__(self, folder):
        self.message, self.zone, self.key, self.results = (
            os.path.join(folder, n) for n in ("message", "zone", "key", "results"))
        with open(self.results, "wb") as f:
            f.write(RESULTS)
        subprocess.run(("openssl", "genrsa", "-traditional", "-out", self.key, "2048"), check=True,
                       stderr=subprocess.DEVNULL)
        der = subprocess.run(("openssl", "rsa", "-in", self.key, "-pubout", "-outform", "DER"), check=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
        with open(self.zone, "w") as f:
            f.write(f's1._domainkey.example.com. TXT "{self.record[:200]}" "{self.record[200:]}"\n')

    def run(self, message, *command):
        with open(self.message, "wb") as f:
            f.write(message)
        return subprocess.run(command, check=True, timeout=60, stdout=subprocess.PIPE).stdout

    def seal_ours(self, message, cv):
        return self.run(message, DRIVER, "seal", self.message, self.zone, self.key, "example.com", "s1",
                        "1700000000", NAMES, self.results)

    def verify_ours(self, message):
        return self.run(message, DRIVER, "verify", self.message, self.zone).decode().split(" ", 1)[0]

    def seal_dkimpy(self, message, cv):
        import dkim
        fields = dkim.arc_sign(OLD_RESULTS % cv.encode() + message, b"s1", b"example.com",
                               open(self.key, "rb").read(), b"mx.example.com")
        return b"".join(f.rstrip(b"\r\n") + b"\r\n" for f in fields)

    def verify_dkimpy(self, message):
        import dkim
        cv, _, reason = dkim.arc_verify(message, dnsfunc=lambda name, timeout=5: self.record.encode())
        return cv.decode() if cv else "none"

    def seal_perl(self, message, cv):
        return self.run(OLD_RESULTS % cv.encode() + message, "perl", "-e", PERL_SIGN, self.message, self.key, cv)

    def verify_perl(self, message):
        return self.run(message, "perl", "-e", PERL_VERIFY, self.message, self.zone).decode().split(" ", 1)[0]


def have_dkimpy():
    try:
        import dkim
        return hasattr(dkim, "arc_sign")
    except ImportError:
        return False


def have_perl():
    return subprocess.run(("perl", "-MMail::DKIM::ARC::Signer", "-e1"), stderr=subprocess.DEVNULL).returncode == 0


def changed(message):
    """The message with one thing about it that is signed changed: (what, message)."""
    at = message.index(b"\r\nFrom:")
    yield "From", message[:at] + message[at:].replace(b"ann@", b"bnn@", 1)
    yield "body", message + b"more\r\n"
    yield "results", message.replace(b"spf=pass", b"spf=fail", 1)
    yield "newest set", message.replace(b"ARC-Seal:", b"X-Seal:", 1)


def try_chain(tools, sealers, verifiers, message):
    """What goes wrong with a message that those seal, one after the other."""
    bad = []
    for i, sealer in enumerate(sealers):
        message = getattr(tools, "seal_" + sealer)(message, "pass" if i else "none") + message
    for verifier in verifiers:
        verify = getattr(tools, "verify_" + verifier)
        if verify(message) != "pass":
            bad.append(f"{verifier}: {verify(message)}\n{message.decode()}")
    for what, other in changed(message):
        if other == message or tools.verify_ours(other) != "fail":
            bad.append(f"changed {what}: {tools.verify_ours(other)}")
    return bad


def main():
    tap = Tap()
    others = [n for n, there in (("dkimpy", have_dkimpy()), ("perl", have_perl())) if there]
    for name in {"dkimpy", "perl"} - set(others):
        tap.skip(name, {"dkimpy": "python3-dkim", "perl": "libmail-dkim-perl"}[name] + " is not there")
    everybody = ["ours"] + others
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(folder)
        for name, message in MESSAGES.items():
            for sealer in everybody:
                tap.ok(try_chain(tools, [sealer], everybody, message), f"{name}: sealed by {sealer}")
        for n in (2, 3):
            for sealers in itertools.product(everybody, repeat=n):
                if "ours" in sealers and (n == 2 or len(set(sealers)) == n):
                    tap.ok(try_chain(tools, sealers, everybody, MESSAGES["usual"]),
                           f"B56: sealed by {', '.join(sealers)}")
        failed = tools.seal_ours(b"ARC-Seal: x\r\n" + MESSAGES["usual"], "fail") + b"ARC-Seal: x\r\n" + MESSAGES["usual"]
        tap.ok([v for v in everybody if getattr(tools, "verify_" + v)(failed) == "pass"],
               "B56: a failed chain that we sealed passes nowhere")
        tap.ok([1] if tools.seal_ours(failed, "fail") else [], "B56: and is not sealed again")
    print(f"1..{tap.n}")
    return 1 if tap.failed else 0


sys.exit(main())
