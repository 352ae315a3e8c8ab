"""A throw-away Sendmail on loopback, unpacked from Debian's packages into a folder of its own.

The packages conflict with Postfix's, so that they cannot be installed: they
are fetched once (apt-get download) into build/sendmail-debs and unpacked for
each instance. The lines for the milter are those of conf/sendmail.mc, with the
port of the test.

Ports (attributes of the same name), for clients from anywhere, by IPv4 and IPv6:
  mx          daemon name MTA
  submission  daemon name ORIGINATING
  reinject    daemon name reinject

There is no XCLIENT: a client "outside" is one that connects from there, which a
network of our own makes possible (network.py; prepare() is called first). All mail
goes on to one SMTP sink, whatever its domain; only the postmaster of this host stays here.
"""
import fcntl
import glob
import os
import shutil
import signal
import subprocess

from . import network, proc, smtp

PACKAGES = ("sendmail-base", "sendmail-bin", "sendmail-cf")
LIBEXEC = "usr/libexec/sendmail/sendmail"
SHARE = "usr/share/sendmail/cf"
NAME = "mx.example.com"
LOGINS = ("ann@example.com", "ann@ours.example", "ann@own.example", "mallory@example.org")
PASSWORD = "secret"

MAIN = """\
include(`%(root)s/%(share)s/debian/autoconf.m4')dnl
define(`_USE_ETC_MAIL_')dnl
OSTYPE(`debian')dnl
define(`QUEUE_DIR', `%(base)s/queue')dnl
define(`confPID_FILE', `%(base)s/pid')dnl
define(`STATUS_FILE', `%(base)s/statistics')dnl
define(`confHOST_STATUS_DIRECTORY')dnl
define(`confDEAD_LETTER_DROP', `%(base)s/dead.letter')dnl
define(`ALIAS_FILE', `%(base)s/aliases')dnl
define(`confCW_FILE', `%(base)s/local-host-names')dnl
define(`confCT_FILE', `%(base)s/trusted-users')dnl
define(`confCR_FILE', `%(base)s/relay-domains')dnl
define(`confDOMAIN_NAME', `%(name)s')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confSERVICE_SWITCH_FILE', `%(base)s/service.switch')dnl
define(`confTO_IDENT', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `0')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confCHECK_ALIASES', `False')dnl
define(`confMIN_FREE_BLOCKS', `0')dnl
define(`confSAFE_QUEUE', `False')dnl
define(`confDELIVERY_MODE', `interactive')dnl
define(`confMAX_HEADERS_LENGTH', `0')dnl
define(`confALLOW_BOGUS_HELO', `True')dnl
define(`confAUTH_MECHANISMS', `PLAIN')dnl
TRUST_AUTH_MECH(`PLAIN')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
%(daemons)s
define(`SMART_HOST', `relay:[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h %(sink)d')dnl
define(`confCON_EXPENSIVE', `False')dnl
%(more)s
%(milter)s
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
ESASL_CONF_PATH=%(base)s/sasl
"""

SUBMIT = """\
include(`%(root)s/%(share)s/debian/autoconf.m4')dnl
define(`_USE_ETC_MAIL_')dnl
OSTYPE(`debian')dnl
define(`MSP_QUEUE_DIR', `%(base)s/queue-client')dnl
define(`confPID_FILE', `%(base)s/pid-client')dnl
define(`STATUS_FILE', `%(base)s/statistics-client')dnl
define(`confHOST_STATUS_DIRECTORY')dnl
define(`confDEAD_LETTER_DROP', `%(base)s/dead.letter')dnl
define(`confCT_FILE', `%(base)s/trusted-users')dnl
define(`confDOMAIN_NAME', `%(name)s')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confSERVICE_SWITCH_FILE', `%(base)s/service.switch')dnl
define(`confRUN_AS_USER', `mail:mail')dnl
define(`confTRUSTED_USER', `mail')dnl
define(`confQUEUE_LA', `1000')dnl
define(`_MTA_HOST_', `[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h %(mx)d')dnl
define(`LOCAL_MAILER_ARGS', `TCP $h %(mx)d')dnl
FEATURE(`msp', `[127.0.0.1]')dnl
"""


DAEMON = "DAEMON_OPTIONS(`Name=%s, Family=%s, Addr=%s, Port=%d, M=E')dnl"


class Missing(Exception):
    """Why there is no Sendmail on this machine."""


def prepare():
    """What comes before anything else is started: fetches the packages, moves to a network of our own."""
    debs()
    try:
        network.enter()
    except network.Missing as why:
        raise Missing(str(why)) from why


def debs():
    """The packages' files, fetched if they are not there yet; raises Missing."""
    _insist_on_tools()
    folder = os.environ.get("GATEPOST_SENDMAIL_DEBS") or os.path.join(proc.top(), "build",
                                                                      "sendmail-debs")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = [p for p in PACKAGES if not _files(folder, p)]
        if wanted:
            _download(folder, wanted)
    return [path for p in PACKAGES for path in _files(folder, p)]


def _insist_on_tools():
    for tool in ("m4", "dpkg", "saslpasswd2", "unshare"):
        if not shutil.which(tool):
            raise Missing("there is no " + tool)
    if os.geteuid() != 0 or subprocess.run(["unshare", "--uts", "--mount", "true"],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        raise Missing("Sendmail is started by root, in namespaces of its own; not possible here")


def _files(folder, package):
    """The newest file of a package, as a list; none where there is none."""
    return sorted(glob.glob(os.path.join(folder, package + "_*.deb")), key=os.path.getmtime)[-1:]


def _download(folder, names):
    text = _apt(folder, "download", *names)
    if text is not None:
        _apt(folder, "update")
        text = _apt(folder, "download", *names)
    if text is not None:
        raise Missing("Sendmail's packages cannot be downloaded: " + text)


def _apt(folder, *arguments):
    """Runs apt-get; None where it succeeds, else its last words."""
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=1", "-o",
               "Acquire::http::Timeout=15", *arguments]
    try:
        got = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=90)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if got.returncode == 0:
        return None
    return " ".join(got.stdout.decode("utf-8", "replace").split("\n")[-2:]).strip()


def documented(port, name="gatepost"):
    """The lines of conf/sendmail.mc, with another port and another name for the filter."""
    with open(os.path.join(proc.top(), "conf", "sendmail.mc")) as lines:
        text = lines.read()
    assert text.count("inet:8891@") == 2, "conf/sendmail.mc says inet:8891 twice"
    return text.replace("inet:8891@", "inet:%d@" % port).replace("`gatepost'", "`%s'" % name)


class Sendmail:
    """Starts at once; stop() or the end of the program ends it."""

    name = "sendmail"

    def __init__(self, milter_ports, sink, more=""):
        """
        milter_ports: where one gatepost or more listen (inet, loopback), in their
        order; more: lines above those of conf/sendmail.mc. LOGINS may log in, with PASSWORD.
        """
        self.base = proc.folder("gp-sendmail-", _parent())
        self.root = os.path.join(self.base, "root")
        self.mx, self.submission, self.reinject = (proc.free_port() for _ in range(3))
        for path in debs():
            subprocess.run(["dpkg", "-x", path, self.root], check=True, timeout=60)
        self.program = os.path.join(self.root, LIBEXEC)
        self._make_folders()
        self._make_logins(LOGINS)
        facts = {"root": self.root, "share": SHARE, "base": self.base, "name": NAME,
                 "mx": self.mx, "daemons": self._daemons(), "sink": sink.port, "more": more,
                 "milter": "".join(documented(port, "gatepost" + "-second" * number)
                                   for number, port in enumerate(milter_ports))}
        self.config = self._make_cf("main", MAIN % facts)
        self.submit_config = self._make_cf("submit", SUBMIT % facts)
        self._child = None
        self.start()

    def start(self):
        """In a namespace of its own, for the host's name: without one that is fully
        qualified and known, Sendmail waits a minute at start. /etc/hosts knows it there."""
        self._child = proc.start(self._inside(self.program, "-bD", "-q1h", "-C", self.config),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=open(os.path.join(self.base, "stderr"), "ab"))
        for port in (self.mx, self.submission, self.reinject):
            proc.wait_until(lambda: proc.listening(port) or self._ended(), proc.patience(20),
                            "Sendmail listens on port %d" % port)

    def stop(self):
        if self._child is not None:
            proc.stop(self._child, 5)
            self._child = None

    def _ended(self):
        if self._child.poll() is not None:
            raise RuntimeError("Sendmail did not start:\n" + self.tail())
        return False

    def _inside(self, *command):
        script = ('hostname %s && mount --bind "$1/hosts" /etc/hosts && '
                  'mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"' % NAME)
        return ["unshare", "--uts", "--mount", "sh", "-c", script, "sh", self.base, *command]

    def tail(self, lines=30):
        """The last lines that it wrote to its standard error."""
        with open(os.path.join(self.base, "stderr"), errors="replace") as text:
            return "\n".join(text.read().splitlines()[-lines:])

    def sendmail(self, message, sender, recipients=()):
        """Local submission as by sendmail(1); without recipients, those of the message (-t)."""
        command = [self.program, "-Ac", "-C", self.submit_config, "-i", "-f", sender]
        command += ["--", *recipients] if recipients else ["-t"]
        subprocess.run(self._inside(*command), input=message, check=True, timeout=60)

    def queued(self):
        """How many messages wait in the queue."""
        return len(glob.glob(os.path.join(self.base, "queue", "[qQ]f*")))

    def held(self):
        """How many messages are in the quarantine."""
        return len(glob.glob(os.path.join(self.base, "queue", "hf*")))

    def release(self):
        """Lets go what is in the quarantine."""
        subprocess.run(self._inside(self.program, "-C", self.config, "-qQ", "-Q"), timeout=60,
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.flush()

    def flush(self):
        """Tries everything in the queue now."""
        subprocess.run(self._inside(self.program, "-C", self.config, "-q"), timeout=60, check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def session(self, port=None, address="127.0.0.1", name=None, login=None):
        """A greeted SMTP session of a client at the address, where wanted logged in (name is nothing here)."""
        client = smtp.Client(port or self.mx, "::1" if ":" in address else "127.0.0.1", source=address)
        client.ehlo()
        if login is not None:
            client.login(login, PASSWORD)
        return client

    def send(self, message, sender, recipients, parameters="", **who):
        """One message in a session of its own; returns (code, text) of the reply that decided."""
        with self.session(**who) as client:
            return client.send(message, sender, recipients, parameters)

    def _daemons(self):
        return "\n".join(DAEMON % (name, family, address, port) for name, port in
                         (("MTA", self.mx), ("ORIGINATING", self.submission), ("reinject", self.reinject))
                         for family, address in (("inet", "127.0.0.1"), ("inet6", "::1")))

    def _make_folders(self):
        for name, mode in (("queue", 0o700), ("queue-client", 0o700), ("sasl", 0o755)):
            os.mkdir(os.path.join(self.base, name), mode)
        shutil.chown(os.path.join(self.base, "queue-client"), "mail", "mail")
        for name in ("local-host-names", "trusted-users", "relay-domains", "aliases", "statistics",
                     "statistics-client", "stderr"):
            self._write(name, "")
        self._write("hosts", "127.0.0.1 localhost\n127.0.0.1 %s mx\n192.0.2.1 outside.example\n" % NAME)
        self._write("service.switch", "hosts files\naliases files\n")
        self._write("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\naliases: files\n")

    def _make_logins(self, logins):
        """Accounts of SASL: a file of passwords that only this instance knows."""
        table = os.path.join(self.base, "sasl", "sasldb2")
        self._write("sasl/Sendmail.conf", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                    "sasldb_path: %s\nmech_list: PLAIN\n" % table)
        for login in logins:
            user, _, realm = login.partition("@")
            subprocess.run(["saslpasswd2", "-f", table, "-p", "-c", "-u", realm, user],
                           input=PASSWORD.encode(), check=True, timeout=30)

    def _write(self, name, text):
        with open(os.path.join(self.base, name), "w") as out:
            out.write(text)

    def _make_cf(self, name, text):
        source = os.path.join(self.base, name + ".mc")
        self._write(name + ".mc", text)
        share = os.path.join(self.root, SHARE)
        made = subprocess.run(["m4", "-D_CF_DIR_=%s/" % share, os.path.join(share, "m4", "cf.m4"),
                               source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        errors = made.stderr.decode()
        if made.returncode != 0 or "m4:" in errors or "ERROR" in errors:
            raise RuntimeError("m4 says of %s:\n%s" % (source, errors))
        self._write(name + ".cf", made.stdout.decode())
        return os.path.join(self.base, name + ".cf")


def _parent():
    """Where no folder above is writable by all: Sendmail trusts no queue elsewhere."""
    return "/run" if os.access("/run", os.W_OK) else "/var/lib"
