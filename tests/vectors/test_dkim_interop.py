#!/usr/bin/python3
"""Messages that dkimpy and Mail::DKIM signed verify here, and what is changed does not;
the Authentication-Results fields that come of it are read back by python3-authres.

usage: test_dkim_interop.py [DKIM-VERIFY]   prints TAP"""

import base64
import itertools
import os
import subprocess
import sys
import tempfile

DRIVER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("GATEPOST_BUILD", "."), "tests/vectors/dkim-verify")

BODIES = {
    "plain": b"Hello\r\n",
    "spaces": b" Hello  there \t\r\n\t x  y\r\n",
    "blank end": b"Hello\r\n\r\n\r\n",
    "white end": b"Hello\r\n \t\r\n\r\n",
    "empty": b"",
    "only blank": b"\r\n\r\n",
    "8-bit": "Grüße\r\n".encode(),
    "long": b"x" * 70000 + b"\r\n",
}
HEADERS = {
    "usual": b"From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: A  test\r\nDate: now\r\n",
    "folded": b"From: Ann\r\n  <ann@example.com>\r\nTo:\r\n bob@example.org\r\nSubject:\tA \t test \r\n\t  x\r\n",
    "tight": b"from:ann@example.com\r\nSUBJECT:x\r\nTo:  bob@example.org \r\n",
    "doubled": b"From: ann@example.com\r\nTo: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nSubject: y\r\n",
    "empty": b"From: ann@example.com\r\nSubject:\r\nTo: \r\n",
    "utf-8": "From: Änn <ann@example.com>\r\nSubject: Grüße\r\n".encode(),
}
CANONS = ("simple", "relaxed")

PERL = r"""
use strict; use warnings;
use Mail::DKIM::Signer; use Mail::DKIM::PrivateKey;
my ($file, $key, $method, $algorithm, $selector) = @ARGV;
my $dkim = Mail::DKIM::Signer->new(Algorithm => $algorithm, Method => $method,
    Domain => 'example.com', Selector => $selector, KeyFile => $key);
open my $in, '<:raw', $file or die $!;
local $/;
my $message = <$in>;
$dkim->PRINT($message); $dkim->CLOSE;
binmode STDOUT;
print $dkim->signature->as_string, "\r\n", $message;
"""


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, name, more=""):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}")
        for line in str(more).splitlines() if not good else ():
            print("# " + line)

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}")


def openssl(*args, data=None):
    return subprocess.run(("openssl",) + args, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout


def make_keys(folder):
    """A zone file, and the private keys by selector."""
    rsa, ed = os.path.join(folder, "rsa.pem"), os.path.join(folder, "ed.pem")
    openssl("genrsa", "-traditional", "-out", rsa, "2048")
    public = openssl("rsa", "-in", rsa, "-pubout", "-outform", "DER")
    openssl("genpkey", "-algorithm", "ed25519", "-out", ed)
    raw = openssl("pkey", "-in", ed, "-outform", "DER")[-32:]
    raw_public = openssl("pkey", "-in", ed, "-pubout", "-outform", "DER")[-32:]
    p = base64.b64encode(public).decode()
    zone = os.path.join(folder, "zone")
    with open(zone, "w") as f:
        f.write(f's1._domainkey.example.com. TXT "v=DKIM1; k=rsa; p={p[:200]}" "{p[200:]}"\n')
        f.write(f'e1._domainkey.example.com. TXT "v=DKIM1; k=ed25519; p={base64.b64encode(raw_public).decode()}"\n')
    return zone, {"s1": open(rsa, "rb").read(), "e1": base64.b64encode(raw)}, rsa


class Verifier:
    def __init__(self, folder, zone):
        self.file, self.zone = os.path.join(folder, "message"), zone

    def __call__(self, message):
        """[(status, domain, selector, counts, reason)], and the field."""
        with open(self.file, "wb") as f:
            f.write(message)
        run = subprocess.run((DRIVER, self.file, self.zone), stdout=subprocess.PIPE, check=True)
        lines, field = run.stdout.decode().split("AR:\n", 1)
        return [tuple(l.split(" ", 4)) for l in lines.splitlines()], field.rstrip("\n")


def passes(results):
    return bool(results) and all(r[0] == "pass" for r in results)


def dkimpy_matrix(tap, verify, keys):
    try:
        import dkim
    except ImportError:
        tap.skip("dkimpy", "python3-dkim is not there")
        return
    for i, ((hname, head), (bname, body)) in enumerate(itertools.product(HEADERS.items(), BODIES.items())):
        if i % 3 != 0:  # each header and each body has its turn
            continue
        bad = []
        message = head + b"\r\n" + body
        for canon, selector, length in itertools.product(
                itertools.product(CANONS, CANONS), ("s1", "e1"), (False, True)):
            algorithm = b"rsa-sha256" if selector == "s1" else b"ed25519-sha256"
            signature = dkim.sign(message, selector.encode(), b"example.com", keys[selector],
                                  canonicalize=tuple(c.encode() for c in canon), length=length,
                                  signature_algorithm=algorithm)
            results, _ = verify(signature + message)
            changed, _ = verify(signature + message.replace(b"ann@", b"bnn@", 1))
            if not passes(results) or passes(changed):
                bad.append((canon, selector, length, results, changed))
        tap.ok(not bad, f"dkimpy: header {hname}, body {bname}", bad)


def mail_dkim_matrix(tap, verify, keyfile, folder):
    file = os.path.join(folder, "unsigned")
    probe = subprocess.run(("perl", "-MMail::DKIM::Signer", "-e1"), stderr=subprocess.DEVNULL)
    if probe.returncode != 0:
        tap.skip("Mail::DKIM", "libmail-dkim-perl is not there")
        return
    for method in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"):
        bad = []
        for hname, bname in (("usual", "spaces"), ("folded", "white end"), ("tight", "blank end"),
                             ("doubled", "plain"), ("empty", "only blank"), ("utf-8", "8-bit")):
            with open(file, "wb") as f:
                f.write(HEADERS[hname] + b"\r\n" + BODIES[bname])
            signed = subprocess.run(("perl", "-e", PERL, file, keyfile, method, "rsa-sha256", "s1"),
                                    stdout=subprocess.PIPE, check=True).stdout
            results, _ = verify(signed)
            if not passes(results):
                bad.append((hname, bname, results))
        tap.ok(not bad, f"Mail::DKIM: {method}", bad)


def fields_read_back(tap, verify, keys):
    """B65: an independent parser reads what is written, and sees the same results."""
    try:
        import authres
        import dkim
    except ImportError:
        tap.skip("B65 fields", "python3-authres or python3-dkim is not there")
        return
    message = HEADERS["usual"] + b"\r\n" + BODIES["plain"]
    good = dkim.sign(message, b"s1", b"example.com", keys["s1"])
    cases = {
        "no signature": message,
        "a good one": good + message,
        "a changed body": good + message + b"x\r\n",
        "no key": good.replace(b"s=s1", b"s=s9") + message,
        "a syntax error": b"DKIM-Signature: v=1; a=\"; spf=pass (\r\n" + message,
        "hostile tags": b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=\"x; h=from; bh=QQ==; b=QQ==\r\n" + message,
        "several": good + good.replace(b"s=s1", b"s=s9") + b"DKIM-Signature: x\r\n" + message,
    }
    for name, text in cases.items():
        results, field = verify(text)
        try:
            unfolded = field.replace("\r\n", "")
            parsed = authres.AuthenticationResultsHeader.parse(unfolded)
            seen = [r.result for r in parsed.results if r.method == "dkim"]
            same = (seen == [r[0] for r in results] and parsed.authserv_id == "mx.example.com"
                    and len(parsed.results) == (len(results) or len(seen) or len(parsed.results)))
        except authres.SyntaxError as e:
            same, seen = False, e
        one_space = field.startswith("Authentication-Results: mx") and "\n\n" not in field
        tap.ok(same and one_space, f"B03 B65: {name}", f"{field}\n{seen} {results}")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        zone, keys, keyfile = make_keys(folder)
        verify = Verifier(folder, zone)
        fields_read_back(tap, verify, keys)
        mail_dkim_matrix(tap, verify, keyfile, folder)
        dkimpy_matrix(tap, verify, keys)
    print(f"1..{tap.n}")
    return 1 if tap.failed else 0


sys.exit(main())
