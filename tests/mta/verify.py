"""Three independent verifiers of DKIM signatures: dkimpy, OpenDKIM and Mail::DKIM.

Each returns a list of Result, one for each signature, top to bottom. dkimpy
and OpenDKIM know rsa-sha256 and ed25519-sha256; Debian 12's Mail::DKIM
(1.20230212) knows rsa-sha256 only and calls the other invalid.
"""
import collections
import os
import re
import signal
import subprocess

import dkim

from . import milter, proc

Result = collections.namedtuple("Result", "domain selector algorithm status detail")


def dkimpy(message, zone):
    """By dkimpy, keys from a dnsserver.Zone."""
    def lookup(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        return zone.txt(name)

    results = []
    count = sum(1 for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n")
                if line.lower().startswith(b"dkim-signature:"))
    for index in range(count):
        verifier = dkim.DKIM(message, minkey=1024)
        try:
            good = verifier.verify(idx=index, dnsfunc=lookup)
            detail = ""
        except dkim.DKIMException as error:
            good, detail = False, str(error)
        fields = verifier.signature_fields or {}
        results.append(Result(_text(fields, b"d"), _text(fields, b"s"), _text(fields, b"a"),
                              "pass" if good else "fail", detail))
    return results


def _text(fields, tag):
    return (fields.get(tag) or b"").decode("utf-8", "replace")


class OpenDkim:
    """A verifying OpenDKIM, asked by the milter protocol; its keys come from a Zone at start."""

    def __init__(self, zone):
        self.base = proc.folder("gp-opendkim-")
        self.port = proc.free_port()
        names = os.path.join(self.base, "dns")
        with open(names, "wb") as out:
            for name, text in zone.texts():
                out.write(name.encode() + b" " + text + b"\n")
        config = os.path.join(self.base, "opendkim.conf")
        with open(config, "w") as out:
            out.write("Mode v\nAlwaysAddARHeader yes\nAuthservID verifier\nUserID root\n"
                      "Syslog no\nMaximumHeaders 0\nTestDNSData file:%s\nSocket inet:%d@127.0.0.1\n"
                      % (names, self.port))
        self._child = proc.start(["/usr/sbin/opendkim", "-f", "-x", config],
                                 end=signal.SIGKILL,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=open(os.path.join(self.base, "stderr"), "wb"))
        proc.wait_until(lambda: proc.listening(self.port) or self._ended(), 15, "OpenDKIM listens")

    def _ended(self):
        if self._child.poll() is not None:
            with open(os.path.join(self.base, "stderr"), errors="replace") as errors:
                raise RuntimeError("OpenDKIM did not start: " + errors.read())
        return False

    def stop(self):
        proc.stop(self._child)

    def __call__(self, message):
        client = milter.Client(("127.0.0.1", self.port))
        try:
            client.connect()
            answer = client.message(message)
        finally:
            client.quit()
        if answer.verdict not in ("accept", "continue"):
            return [Result("", "", "", answer.verdict, answer.text)]
        return [r for value in answer.inserted("Authentication-Results")
                for r in self._results(value.decode("utf-8", "replace"))]

    @staticmethod
    def _results(value):
        for part in value.split(";"):
            found = re.match(r'\s*dkim=(\w+)\s*(?:reason="([^"]*)")?', part)
            properties = dict(re.findall(r"header\.(\w+)=(\S+)", part))
            if found and "d" in properties:
                yield Result(properties["d"], properties.get("s", ""), properties.get("a", ""),
                             found.group(1), found.group(2) or "")


class MailDkim:
    """Mail::DKIM in one perl process, which asks the DNS server on the given port."""

    def __init__(self, dns_port):
        self.base = proc.folder("gp-maildkim-")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "verify.pl")
        self._child = proc.start(["/usr/bin/perl", script, str(dns_port)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def stop(self):
        self._child.stdin.close()
        proc.stop(self._child)

    def __call__(self, message):
        path = os.path.join(self.base, "message")
        with open(path, "wb") as out:
            out.write(message)
        self._child.stdin.write(path.encode() + b"\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline().decode("utf-8", "replace")
        if not line:
            raise RuntimeError("Mail::DKIM ended")
        return [Result(*part.split("/", 4)) for part in line.rstrip("\n").split("\t") if part]


class All:
    """The three together, for one zone and the DNS server that serves it."""

    def __init__(self, zone, dns_port):
        self.zone = zone
        self.opendkim = OpenDkim(zone)
        self.mail_dkim = MailDkim(dns_port)

    def results(self, message):
        """Results by verifier's name."""
        return {"dkimpy": dkimpy(message, self.zone), "OpenDKIM": self.opendkim(message),
                "Mail::DKIM": self.mail_dkim(message)}

    def insist(self, message, domain, algorithms):
        """
        Fails unless every verifier finds exactly these signatures of the domain,
        and all of them pass. algorithms: "rsa", "ed25519", in any order.
        """
        for name, results in self.results(message).items():
            known = [a for a in algorithms if name != "Mail::DKIM" or a == "rsa"]
            want = sorted(a + "-sha256" for a in known)
            ours = [r for r in results if r.domain.lower() == domain.lower()
                    and not r.detail.startswith("invalid (unsupported algorithm ed25519")]
            bad = [r for r in ours if r.status != "pass"]
            if bad:
                raise AssertionError("%s says %s" % (name, bad))
            got = sorted(r.algorithm for r in ours)
            if got != want:
                raise AssertionError("%s found %s of %s, not %s; all: %s"
                                     % (name, got, domain, want, results))
