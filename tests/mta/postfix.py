"""A throw-away Postfix on loopback, with all its files below one temporary folder.

Ports (attributes of the same name):
  mx          clients from anywhere; XCLIENT says who the client is
  submission  the same with the daemon name ORIGINATING
  reinject    the same with the daemon name reinject, as behind a content filter
All mail goes on to one SMTP sink, whatever its domain.
"""
import grp
import os
import pwd
import shutil
import signal
import subprocess
import time

from . import proc, smtp

DAEMONS = "/usr/lib/postfix/sbin"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "private", "saved", "trace")

MAIN = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "daemon_directory": DAEMONS,
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "myhostname": "mx.example.com",
    "myorigin": "$myhostname",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "alias_maps": "",
    "local_recipient_maps": "",
    "inet_protocols": "all",
    "local_header_rewrite_clients": "",
    "smtp_dns_support_level": "disabled",
    "smtpd_peername_lookup": "no",
    "relay_domains": "static:all",
    "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
    "smtpd_client_connection_count_limit": "0",
    "smtpd_client_connection_rate_limit": "0",
    "smtpd_soft_error_limit": "1000",
    "smtpd_hard_error_limit": "2000",
    "smtpd_timeout": "300s",
    "strict_rfc821_envelopes": "no",
    "message_size_limit": "0",
    "default_process_limit": "300",
    "in_flow_delay": "0s",
    "initial_destination_concurrency": "20",
    "queue_run_delay": "3s",
    "minimal_backoff_time": "3s",
    "maximal_backoff_time": "6s",
    "smtp_tls_security_level": "none",
    "smtpd_tls_security_level": "none",
    "milter_default_action": "tempfail",
    "milter_connect_timeout": "10s",
    "milter_command_timeout": "30s",
    "milter_content_timeout": "60s",
    "internal_mail_filter_classes": "bounce",
}

SERVICES = """\
pickup    unix  n - n 60   1 pickup
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
verify    unix  - - n -    1 verify
proxymap  unix  - - n -    - proxymap
smtp      unix  - - n -    - smtp
relay     unix  - - n -    - smtp
error     unix  - - n -    - error
retry     unix  - - n -    - error
discard   unix  - - n -    - discard
showq     unix  n - n -    - showq
flush     unix  n - n -    0 flush
anvil     unix  - - n -    1 anvil
scache    unix  - - n -    1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def documented():
    """The settings of conf/postfix-main.cf, without those that say where the milter is."""
    with open(os.path.join(proc.top(), "conf", "postfix-main.cf")) as lines:
        pairs = [line.partition(" = ") for line in lines if line[0] not in "#\n"]
    return {name: value.strip() for name, _, value in pairs if not name.endswith("smtpd_milters")}


class Postfix:
    """Starts at once; stop() or the end of the program ends it."""

    name = "postfix"

    def __init__(self, milter, sink, chroot=False, main=None):
        """milter: what smtpd_milters says (an address, or empty); main: further settings."""
        self.base = proc.folder("gp-postfix-")
        self.config = os.path.join(self.base, "etc")
        self.spool = os.path.join(self.base, "spool")
        self.log = os.path.join(self.base, "maillog")
        self.mx, self.submission, self.reinject = (proc.free_port() for _ in range(3))
        self.chroot = chroot
        self._make_folders()
        self._write_main(milter, sink.port, main or {})
        self._write_master()
        self._child = None
        self.start()

    def start(self):
        self._child = proc.start([os.path.join(DAEMONS, "master"), "-c", self.config, "-d"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=open(os.path.join(self.base, "stderr"), "wb"))
        for port in (self.mx, self.submission, self.reinject):
            proc.wait_until(lambda: proc.listening(port) or self._ended(), 15,
                            "Postfix listens on port %d" % port)

    def stop(self):
        if self._child is not None:
            proc.stop(self._child, 5)
            self._child = None

    def _ended(self):
        if self._child.poll() is not None:
            raise RuntimeError("Postfix did not start:\n" + self.tail())
        return False

    @property
    def pid(self):
        return self._child.pid

    def tail(self, lines=30):
        """The last lines of its log."""
        text = ""
        for path in (os.path.join(self.base, "stderr"), self.log):
            if os.path.exists(path):
                with open(path, errors="replace") as log:
                    text += log.read()
        return "\n".join(text.splitlines()[-lines:])

    def sendmail(self, message, sender, recipients=("rcpt@sink.example.net",)):
        """Local submission by sendmail(1)."""
        subprocess.run(["/usr/sbin/sendmail", "-C", self.config, "-i", "-f", sender, "--",
                        *recipients], input=message, check=True, timeout=30)

    def session(self, port=None, **who):
        """A greeted SMTP session of a client with this address, name and login; from this host without any."""
        return smtp.session(port or self.mx, **who)

    def send(self, message, sender, recipients, parameters="", **who):
        """One message in a session of its own; returns (code, text) of the reply that decided."""
        with self.session(**who) as client:
            return client.send(message, sender, recipients, parameters)

    def queued(self):
        """How many messages wait in the queue."""
        return sum(len(files) for name in ("active", "deferred", "incoming", "maildrop")
                   for _, _, files in os.walk(os.path.join(self.spool, name)))

    def held(self):
        """How many messages are in the hold queue."""
        return sum(len(files) for _, _, files in os.walk(os.path.join(self.spool, "hold")))

    def release(self):
        """Lets go what is in the hold queue."""
        subprocess.run(["/usr/sbin/postsuper", "-c", self.config, "-H", "ALL"], check=True,
                       timeout=30, stderr=subprocess.DEVNULL)
        self.flush()

    def flush(self):
        """Tries everything in the queue now."""
        subprocess.run(["/usr/sbin/postqueue", "-c", self.config, "-f"], check=True, timeout=30,
                       stderr=subprocess.DEVNULL)

    def reload(self, **settings):
        """Changes settings of main.cf in the running Postfix."""
        with open(os.path.join(self.config, "main.cf")) as main:
            text = main.read()
        self._write("main.cf", text + "".join("%s = %s\n" % item for item in settings.items()))
        self._child.send_signal(signal.SIGHUP)

    def _make_folders(self):
        postfix = pwd.getpwnam("postfix").pw_uid
        postdrop = grp.getgrnam("postdrop").gr_gid
        os.mkdir(self.config)
        os.mkdir(self.spool)
        for name in QUEUES:
            os.mkdir(os.path.join(self.spool, name), 0o700)
            os.chown(os.path.join(self.spool, name), postfix, -1)
        for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            path = os.path.join(self.spool, name)
            os.mkdir(path)
            os.chown(path, postfix, postdrop)
            os.chmod(path, mode)
        os.mkdir(os.path.join(self.spool, "pid"))
        os.mkdir(os.path.join(self.base, "data"), 0o700)
        os.chown(os.path.join(self.base, "data"), postfix, -1)
        if self.chroot:
            self._fill_chroot()

    def _fill_chroot(self):
        etc = os.path.join(self.spool, "etc")
        os.mkdir(etc)
        for name in ("services", "localtime", "nsswitch.conf", "hosts"):
            if os.path.exists("/etc/" + name):
                shutil.copy("/etc/" + name, etc)

    def _write_main(self, milter, sink_port, extra):
        settings = dict(MAIN)
        settings.update({
            "queue_directory": self.spool,
            "data_directory": os.path.join(self.base, "data"),
            "maillog_file": self.log,
            "maillog_file_prefixes": "/var, /dev/stdout, " + self.base,
            "default_transport": "smtp:[127.0.0.1]:%d" % sink_port,
            "relay_transport": "smtp:[127.0.0.1]:%d" % sink_port,
            "smtpd_milters": milter,
            "non_smtpd_milters": milter,
        })
        settings.update(extra)
        self._write("main.cf", "".join("%s = %s\n" % item for item in settings.items()))

    def _write(self, name, text):
        """A file that looks old: Postfix waits before it reads one that may still be changing."""
        path = os.path.join(self.config, name)
        with open(path, "w") as out:
            out.write(text)
        os.utime(path, (time.time() - 60, time.time() - 60))

    def _write_master(self):
        jail = "y" if self.chroot else "n"
        daemon = "127.0.0.1:%d inet n - " + jail + " - - smtpd\n"
        text = daemon % self.mx
        text += daemon % self.submission + "  -o milter_macro_daemon_name=ORIGINATING\n"
        text += daemon % self.reinject + "  -o milter_macro_daemon_name=reinject\n"
        if self.chroot:
            text += SERVICES.replace("cleanup   unix  n - n", "cleanup   unix  n - y")
        else:
            text += SERVICES
        self._write("master.cf", text)
