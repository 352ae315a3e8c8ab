"""Keys for tests, made with openssl(1): keys_dir/<domain>/<selector>.pem and the zone that publishes them."""
import base64
import os
import subprocess

from . import dnsserver, proc


def _openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, **options).stdout


class Keys:
    """A folder of private keys, and their public halves as DNS records in a Zone."""

    def __init__(self, owner=0):
        self.dir = os.path.join(proc.folder("gp-keys-"), "keys")
        self.owner = owner
        self.zone = dnsserver.Zone()
        os.mkdir(self.dir, 0o700)
        os.chown(self.dir, owner, -1)

    def path(self, domain, selector):
        return os.path.join(self.dir, domain, selector + ".pem")

    def add(self, domain, selector, algorithm="rsa", bits=2048, publish=True):
        """Makes a key (over an older one of the same name, at once) and publishes it."""
        path = self.path(domain, selector)
        if not os.path.isdir(os.path.dirname(path)):
            os.mkdir(os.path.dirname(path), 0o700)
            os.chown(os.path.dirname(path), self.owner, -1)
        kind = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:%d" % bits]
        if algorithm == "ed25519":
            kind = ["-algorithm", "ED25519"]
        text = _openssl("genpkey", *kind)
        temporary = path + ".new"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(text)
        os.chown(temporary, self.owner, -1)
        os.rename(temporary, path)
        if publish:
            self.publish(domain, selector, algorithm)
        return self

    def publish(self, domain, selector, algorithm="rsa"):
        """Puts the record of a key into the zone, in the place of an older one."""
        name = "%s._domainkey.%s" % (selector, domain)
        self.zone.records = [r for r in self.zone.records if r[0] != name]
        public = _openssl("pkey", "-in", self.path(domain, selector), "-pubout", "-outform", "DER")
        if algorithm == "ed25519":
            public = public[-32:]
        self.zone.add_txt(name, b"v=DKIM1; k=%s; p=%s"
                          % (algorithm.encode(), base64.b64encode(public)))

    def secret(self, domain, selector):
        """The private key's DER bytes."""
        return _openssl("pkey", "-in", self.path(domain, selector), "-outform", "DER")
