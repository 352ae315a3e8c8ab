"""A DNS server on loopback (unbound) that answers from records written in the test."""
import os
import re
import subprocess

import dns.rdataclass
import dns.rdatatype
import dns.zone

from . import proc

CONFIG = """\
server:
	interface: 127.0.0.1@{port}
	username: ""
	chroot: ""
	directory: "{base}"
	pidfile: ""
	use-syslog: no
	logfile: "{base}/log"
	do-ip6: no
	do-daemonize: no
	module-config: "iterator"
	num-threads: 1
	local-zone: "." static
{silent}
{records}
remote-control:
	control-enable: no
"""


class Zone:
    """Records by name and type. Names end without a dot here."""

    def __init__(self):
        self.records = []

    def add_text(self, text):
        """Adds records written as a zone file (what `gatepost-keys show` prints)."""
        zone = dns.zone.from_text("$TTL 300\n" + text, origin=".", relativize=False, check_origin=False)
        for name, ttl, rdata in zone.iterate_rdatas():
            self.records.append((name.to_text().rstrip("."), rdata))

    def add_txt(self, name, value):
        """Adds a TXT record, cut into strings of at most 255 octets."""
        octets = value if isinstance(value, bytes) else value.encode()
        parts = [octets[i:i + 255] for i in range(0, len(octets), 255)] or [b""]
        quoted = " ".join('"%s"' % p.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
                          for p in parts)
        self.add_text("%s. 300 IN TXT %s\n" % (name, quoted))

    def add(self, name, kind, data):
        """Adds one record of any type."""
        self.add_text("%s. 300 IN %s %s\n" % (name, kind, data))

    def txt(self, name):
        """The text of a name's TXT record, strings joined; None where there is none."""
        wanted = name.rstrip(".").lower()
        for owner, rdata in self.records:
            if owner.lower() == wanted and rdata.rdtype == dns.rdatatype.TXT:
                return b"".join(rdata.strings)
        return None

    def texts(self):
        """Every TXT record as (name, text)."""
        return [(owner, b"".join(rdata.strings)) for owner, rdata in self.records
                if rdata.rdtype == dns.rdatatype.TXT]


def _unquoted(name):
    """A name that may stand within quotes of unbound's configuration."""
    return re.sub(r"\\?([^\w\\.*-])", lambda m: "\\%03d" % ord(m[1]), name)


class Server:
    """Serves a Zone; names without records do not exist. Nothing leaves this host.

    Questions about the `silent` names, and those below them, are never answered.
    """

    def __init__(self, zone, port=None, silent=()):
        self.zone = zone
        self.silent = silent
        self.port = port or proc.free_port()
        self.base = proc.folder("gp-dns-")
        self._child = None
        self.start()

    @property
    def address(self):
        """As gatepost's `resolver` option wants it."""
        return "127.0.0.1@%d" % self.port

    def start(self):
        config = os.path.join(self.base, "unbound.conf")
        with open(config, "w") as out:
            out.write(CONFIG.format(port=self.port, base=self.base, silent=self._silent_zones(),
                                    records=self._local_data()))
        self._child = proc.start(["/usr/sbin/unbound", "-d", "-c", config],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        proc.wait_until(lambda: proc.listening(self.port) or self._ended(), 15, "DNS server listens")

    @property
    def pid(self):
        return self._child.pid

    def stop(self):
        if self._child is not None:
            proc.stop(self._child, 5)
            self._child = None

    def restart(self):
        """Serves what the zone holds by now."""
        self.stop()
        self.start()

    def _ended(self):
        if self._child.poll() is not None:
            with open(os.path.join(self.base, "log"), errors="replace") as log:
                raise RuntimeError("the DNS server did not start: " + log.read()[-2000:])
        return False

    def _silent_zones(self):
        return "\n".join('\tlocal-zone: "%s." deny' % name for name in self.silent)

    def _local_data(self):
        lines = []
        for name, rdata in self.zone.records:
            record = "%s. 300 IN %s %s" % (_unquoted(name), dns.rdatatype.to_text(rdata.rdtype),
                                          rdata.to_text())
            lines.append("\tlocal-data: '%s'" % record)
        return "\n".join(lines)
