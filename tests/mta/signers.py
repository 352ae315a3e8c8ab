"""Four programs of other people that sign: dkimpy, OpenDKIM, Mail::DKIM and rspamd.

Each signer has a name, the canonical forms and algorithms it can do, and
sign(message, domain, selector, algorithm, form), which returns the signed
message.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request

import dkim

from . import milter, proc

FORMS = ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed")
RSA, ED25519 = "rsa", "ed25519"

PERL = r"""
use strict; use warnings;
use Mail::DKIM::Signer;
my ($file, $key, $method, $domain, $selector) = @ARGV;
my $dkim = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => $method,
    Domain => $domain, Selector => $selector, KeyFile => $key);
open my $in, '<:raw', $file or die $!;
local $/;
$dkim->PRINT(<$in>); $dkim->CLOSE;
binmode STDOUT;
print $dkim->signature->as_string;
"""


def seed(path):
    """The 32 secret bytes of an Ed25519 key."""
    return subprocess.run(["openssl", "pkey", "-in", path, "-outform", "DER"], check=True,
                          stdout=subprocess.PIPE).stdout[-32:]


def by_hand(message, path, domain, selector, **tags):
    """A signature relaxed/simple by an RSA key, with tags as they are given: t=, x=, l=, h= ..."""
    head, _, body = message.partition(b"\r\n\r\n")
    wanted = {"v": "1", "a": "rsa-sha256", "c": "relaxed/simple", "d": domain, "s": selector,
              "h": "from:subject"}
    wanted.update({name: str(value) for name, value in tags.items()})
    canonical = re.sub(rb"(\r\n)*\Z", b"\r\n", body, count=1)
    wanted["bh"] = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    value = "; ".join("%s=%s" % item for item in wanted.items()) + "; b="
    data = b"".join(_relaxed(head, name) for name in wanted["h"].split(":"))
    data += b"dkim-signature:" + value.encode()
    made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", path], input=data,
                          stdout=subprocess.PIPE, check=True).stdout
    return b"DKIM-Signature: " + value.encode() + base64.b64encode(made) + b"\r\n" + message


def _relaxed(head, name):
    """The last field of a name in the relaxed form."""
    fields = re.split(rb"\r\n(?![ \t])", head)
    value = [f.partition(b":")[2] for f in fields if f.lower().startswith(name.encode() + b":")][-1]
    return name.encode() + b":" + b" ".join(value.split()) + b"\r\n"


class DkimPy:
    name, forms, algorithms = "dkimpy", FORMS, (RSA, ED25519)

    def __init__(self, keys):
        self.keys = keys

    def sign(self, message, domain, selector, algorithm, form):
        path = self.keys.path(domain, selector)
        if algorithm == RSA:
            secret = subprocess.run(["openssl", "rsa", "-in", path, "-traditional"], check=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        else:
            secret = base64.b64encode(seed(path))
        field = dkim.sign(message, selector.encode(), domain.encode(), secret,
                          canonicalize=tuple(f.encode() for f in form.split("/")),
                          signature_algorithm=algorithm.encode() + b"-sha256")
        return field + message


class MailDkim:
    name, forms, algorithms = "Mail::DKIM", FORMS, (RSA,)

    def __init__(self, keys):
        self.keys = keys
        self.base = proc.folder("gp-perlsigner-")

    def sign(self, message, domain, selector, algorithm, form):
        plain = os.path.join(self.base, "message")
        key = os.path.join(self.base, "key")
        with open(plain, "wb") as out:
            out.write(message)
        subprocess.run(["openssl", "rsa", "-in", self.keys.path(domain, selector), "-traditional",
                        "-out", key], check=True, stderr=subprocess.DEVNULL)
        field = subprocess.run(["/usr/bin/perl", "-e", PERL, plain, key, form, domain, selector],
                               check=True, stdout=subprocess.PIPE, timeout=60).stdout
        return field.rstrip(b"\r\n") + b"\r\n" + message


class OpenDkim:
    """One signing OpenDKIM for each form and algorithm, started when it is first needed."""

    name, forms, algorithms = "OpenDKIM", FORMS, (RSA, ED25519)

    def __init__(self, keys):
        self.keys = keys
        self.base = proc.folder("gp-opendkimsigner-")
        self.ports = {}

    def sign(self, message, domain, selector, algorithm, form):
        client = milter.Client(("127.0.0.1", self._port(domain, selector, algorithm, form)))
        client.connect("localhost", "127.0.0.1")
        answer = client.message(message, "ann@" + domain)
        client.quit()
        value = answer.inserted("DKIM-Signature")[0]
        return b"DKIM-Signature:" + value.replace(b"\n", b"\r\n") + b"\r\n" + message

    def _port(self, *what):
        if what not in self.ports:
            self.ports[what] = self._start(*what)
        return self.ports[what]

    def _start(self, domain, selector, algorithm, form):
        port = proc.free_port()
        config = os.path.join(self.base, "%d.conf" % port)
        with open(config, "w") as out:
            out.write("Mode s\nDomain %s\nSelector %s\nKeyFile %s\nUserID root\nSyslog no\n"
                      "SignatureAlgorithm %s-sha256\nCanonicalization %s\nRequireSafeKeys no\n"
                      "InternalHosts 127.0.0.1\nSocket inet:%d@127.0.0.1\n"
                      % (domain, selector, self.keys.path(domain, selector), algorithm, form, port))
        proc.start(["/usr/sbin/opendkim", "-f", "-x", config], end=signal.SIGKILL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        proc.wait_until(lambda: proc.listening(port), proc.patience(10), "OpenDKIM listens")
        return port


class Rspamd:
    """Asked over HTTP; it always signs relaxed/relaxed."""

    name, forms, algorithms = "rspamd", ("relaxed/relaxed",), (RSA, ED25519)

    CONFIG = """\
options {{ pidfile = "{base}/pid"; filters = "dkim"; local_addrs = "127.0.0.0/8"; tempdir = "{base}";
	url_tld = "{base}/suffixes"; hs_cache_dir = "{base}"; disable_hyperscan = true;
	control_socket = "{base}/control mode=0600"; rrd = "";
	dns {{ nameserver = ["127.0.0.1:9"]; timeout = 1ms; retransmits = 1; }} }}
logging {{ type = "file"; filename = "{base}/log"; level = "info"; }}
lua = "/usr/share/rspamd/rules/rspamd.lua";
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
modules {{ path = "/usr/share/rspamd/plugins/dkim_signing.lua"; }}
dkim_signing {{ sign_local = true; allow_envfrom_empty = true; allow_hdrfrom_mismatch = true;
	allow_username_mismatch = true; use_esld = false; use_domain = "header"; check_pubkey = false;
	domain {{
{domains}	}} }}
"""

    def __init__(self, keys):
        self.keys = keys
        self.base = proc.folder("gp-rspamd-")
        os.chmod(self.base, 0o700)
        self.port = None

    def sign(self, message, domain, selector, algorithm, form):
        if self.port is None:
            self._start()
        request = urllib.request.Request("http://127.0.0.1:%d/checkv2" % self.port, message, {
            "From": "ann@" + domain, "Rcpt": "bob@example.net", "IP": "127.0.0.1",
            "Helo": "localhost"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            answer = json.loads(reply.read())
        values = answer["dkim-signature"]
        values = [values] if isinstance(values, str) else values
        value = next(v for v in values if "s=%s;" % selector in v)
        folded = value.replace("\r\n", "\n").replace("\n", "\r\n")
        return b"DKIM-Signature: " + folded.encode() + b"\r\n" + message

    def _start(self):
        """One process with every key of the folder."""
        with open(os.path.join(self.base, "suffixes"), "w") as out:
            out.write("com\nnet\norg\nexample\n")
        self.port = proc.free_port()
        config = os.path.join(self.base, "rspamd.conf")
        with open(config, "w") as out:
            out.write(self.CONFIG.format(base=self.base, port=self.port, domains=self._domains()))
        proc.start(["/usr/bin/rspamd", "-f", "-i", "-c", config], stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.base, "stderr"), "wb"))
        proc.wait_until(lambda: proc.listening(self.port), proc.patience(30), "rspamd listens")

    def _domains(self):
        text = ""
        for domain in sorted(os.listdir(self.keys.dir)):
            selectors = ""
            for name in sorted(os.listdir(os.path.join(self.keys.dir, domain))):
                path = os.path.join(self.base, domain + "-" + name)
                with open(path, "wb") as out:
                    out.write(self._key(os.path.join(self.keys.dir, domain, name)))
                selectors += '{ selector = "%s"; path = "%s"; }, ' % (name[:-4], path)
            text += '\t\t"%s" { selectors = [ %s ]; }\n' % (domain, selectors)
        return text

    @staticmethod
    def _key(path):
        """As rspamd wants it: an Ed25519 key as the base64 of its 32 bytes."""
        kind = subprocess.run(["openssl", "pkey", "-in", path, "-noout", "-text"], check=True,
                              stdout=subprocess.PIPE).stdout
        if b"ED25519" in kind:
            return base64.b64encode(seed(path))
        with open(path, "rb") as pem:
            return pem.read()


def available(keys):
    """Those that are installed."""
    found = [DkimPy(keys)]
    if os.access("/usr/sbin/opendkim", os.X_OK):
        found.append(OpenDkim(keys))
    if subprocess.run(["/usr/bin/perl", "-MMail::DKIM::Signer", "-e1"],
                      stderr=subprocess.DEVNULL).returncode == 0:
        found.append(MailDkim(keys))
    if shutil.which("rspamd"):
        found.append(Rspamd(keys))
    return found
