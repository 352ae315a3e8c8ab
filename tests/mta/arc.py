"""ARC by other people's programs: chains that come in, and verifiers of what goes out.

Sealers make chains as other hosts would, and verifiers say "pass", "fail" or
"none": dkimpy and Mail::DKIM, both ways.
"""
import os
import re
import subprocess

import dkim

from . import proc

PERL_SIGN = r"""
use strict; use warnings;
use Mail::DKIM::ARC::Signer;
my ($file, $key, $domain, $selector, $chain) = @ARGV;
my $arc = Mail::DKIM::ARC::Signer->new(Algorithm => 'rsa-sha256', Domain => $domain,
    Selector => $selector, SrvId => $domain, KeyFile => $key, Chain => $chain);
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
my %txt = map { chomp; split / /, $_, 2 } <$z>;
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


class Others:
    """The programs, with the keys of a keys.Keys."""

    def __init__(self, keys):
        self.keys = keys
        self.base = proc.folder("gp-arc-")
        self._texts = {}

    def _file(self, name, octets):
        path = os.path.join(self.base, name)
        with open(path, "wb") as out:
            out.write(octets)
        return path

    def _perl(self, script, message, *arguments):
        return subprocess.run(["/usr/bin/perl", "-e", script, self._file("message", message),
                               *arguments], check=True, timeout=proc.patience(60),
                              stdout=subprocess.PIPE).stdout

    def _rsa(self, domain, selector):
        """A key as both programs want it; kept, since a chain of fifty asks for it fifty times."""
        path = self.keys.path(domain, selector)
        if path not in self._texts:
            self._texts[path] = subprocess.run(
                ["openssl", "rsa", "-in", path, "-traditional"], check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return self._texts[path]

    # ---- sealing ----

    def seal_dkimpy(self, message, domain, selector="r1", cv="none", names=None, results=None):
        """The message with a new set on top; names: what the message signature covers; results: what it tells."""
        told = results or b"arc=%s; spf=pass smtp.mailfrom=ann@example.com" % cv.encode()
        results = b"Authentication-Results: %s; %s\r\n" % (domain.encode(), told)
        fields = dkim.arc_sign(results + message, selector.encode(), domain.encode(),
                               self._rsa(domain, selector), domain.encode(), include_headers=names)
        return b"".join(re.sub(rb"\r?\n", b"\r\n", f.rstrip(b"\r\n")) + b"\r\n" for f in fields) + message

    def seal_perl(self, message, domain, selector="r1", cv="none"):
        results = b"Authentication-Results: %s; arc=%s; spf=pass smtp.mailfrom=ann@example.com\r\n" % (
            domain.encode(), cv.encode())
        key = self._file("key", self._rsa(domain, selector))
        return self._perl(PERL_SIGN, results + message, key, domain, selector, cv) + message

    # ---- verifying ----

    def dkimpy(self, message):
        def lookup(name, timeout=5):
            return self.keys.zone.txt(name.decode() if isinstance(name, bytes) else name)
        cv, _, _ = dkim.arc_verify(message, dnsfunc=lookup)
        return cv.decode() if cv else "none"

    def mail_dkim(self, message):
        zone = b"".join(n.encode() + b" " + t + b"\n" for n, t in self.keys.zone.texts())
        return self._perl(PERL_VERIFY, message, self._file("zone", zone)).decode().split(" ")[0]

    def verdicts(self, message):
        return {"dkimpy": self.dkimpy(message), "Mail::DKIM": self.mail_dkim(message)}

    def insist(self, message, want):
        """
        Fails unless every verifier says so of the chain: "pass", or "fail" for what must
        not pass (dkimpy says "none" of a chain that was sealed as failed).
        """
        for name, got in self.verdicts(message).items():
            if (got == "pass") != (want == "pass"):
                raise AssertionError("%s says %s, not %s, of\n%s" % (
                    name, got, want, message.decode("utf-8", "replace")))


# ---- what a set says ----

def tags(value):
    """The tags of an ARC-Seal or ARC-Message-Signature, white space taken out."""
    text = re.sub(r"\s+", "", value.decode("ascii"))
    return dict(part.split("=", 1) for part in text.split(";") if part)


def unfolded(value):
    return re.sub(rb"\r\n(?=[ \t])", b"", value)


def set_of(delivery, instance):
    """The (ARC-Seal, ARC-Message-Signature, ARC-Authentication-Results) of an instance, raw."""
    found = []
    for name in ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"):
        mine = [v for v in delivery.fields(name)
                if re.search(rb"(?:^|[;\s])i\s*=\s*%d\b" % instance, unfolded(v))]
        assert len(mine) == 1, "%d %s with i=%d:\n%s" % (len(mine), name, instance,
                                                         delivery.head.decode())
        found += mine
    return tuple(found)


def instances(delivery):
    return [int(tags(v)["i"]) for v in delivery.fields("ARC-Seal")]
