"""The daemon under test: started with a configuration, watched, and ended."""
import json
import os
import re
import signal
import socket
import subprocess
import threading

from . import proc

REPORTS = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehavior|"
                     r"runtime error:|\*\*\* stack smashing|Assertion .* failed")


def program(name="gatepost"):
    return os.path.join(proc.build(), name)


HOOKED = "tests/scan/gatepost-hooked"   # a scanner that does what a message tells it


def written(options):
    """A configuration file from a dict: lists, numbers, booleans and strings; `login` is a dict of lists."""
    lines = []
    for name, value in options.items():
        if name == "login":
            lines += ["login %s {\n\tdomains = %s\n}" % (_value(login), _value(domains))
                      for login, domains in value.items()]
        else:
            lines.append("%s = %s" % (name, _value(value)))
    return "\n".join(lines) + "\n"


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(_value(v) for v in value) + "}"
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')


def _descendants(pid):
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % entry) as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(entry))
    found = list(children.get(pid, []))
    for child in found:
        found += children.get(child, [])
    return found


def title(pid):
    """A process's title, or an empty string when it is gone."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as line:
            return line.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


class Gatepost:
    """Starts at once unless start=False. Options are those of the configuration file."""

    def __init__(self, keys, start=True, as_user=None, environment=None, wrapper=(),
                 binary="gatepost", **options):
        """
        keys: a folder (or None to leave keys_dir out); as_user: an account to start
        the program as; wrapper: a command line to put in front of the program.
        """
        self.base = proc.folder("gp-daemon-")
        self.config = os.path.join(self.base, "gatepost.conf")
        self.errors = os.path.join(self.base, "stderr")
        self.port = proc.free_port()
        self.as_user = as_user
        self.environment = environment or {}
        self.wrapper = list(wrapper)
        self.binary = binary
        self.options = {"listen": ["inet:%d@127.0.0.1" % self.port], "authserv_id": "mx.example.com"}
        if keys is not None:
            self.options["keys_dir"] = keys
        if os.geteuid() == 0 and as_user is None:
            self.options["user"] = "root"
        self.options.update(options)
        self.child = None
        self.notify = Notify()
        self._mark = 0
        self._clean = 0
        self.write_config()
        if start:
            self.start()

    @property
    def milter(self):
        """The address as Postfix's smtpd_milters wants it."""
        return "inet:127.0.0.1:%d" % self.port

    def write_config(self, **changes):
        """Writes the file anew with changed options (None takes one out); the daemon is not told."""
        self.options.update(changes)
        chosen = {k: v for k, v in self.options.items() if v is not None}
        self.write_text(written(chosen))

    def write_text(self, text):
        temporary = self.config + ".new"
        with open(temporary, "w") as out:
            out.write(text)
        os.chmod(temporary, 0o644)
        os.rename(temporary, self.config)

    def start(self, wait=True):
        command = self.wrapper + [program(self.binary), "-c", self.config]
        if self.as_user:
            command = ["setpriv", "--reuid", self.as_user, "--regid", "nogroup",
                       "--clear-groups", *command]
        environment = dict(os.environ, ASAN_OPTIONS="abort_on_error=0:detect_leaks=1",
                           UBSAN_OPTIONS="print_stacktrace=1",
                           TSAN_OPTIONS="halt_on_error=0:second_deadlock_stack=1")
        environment["NOTIFY_SOCKET"] = self.notify.path
        environment.update(self.environment)
        self.notify.seen = []  # what an earlier start said is not this one's
        self.child = proc.start(command, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=open(self.errors, "ab"))
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=15):
        """Waits until it says READY=1 by sd_notify(3); fails at once when it ends instead."""
        proc.wait_until(lambda: self.notify.has("READY=1") or self._ended(),
                        proc.patience(seconds), "gatepost is ready")

    def wait_end(self, seconds=15):
        """Waits for the end of a daemon that shall not start; its exit status."""
        proc.wait_until(lambda: self.child.poll() is not None, proc.patience(seconds),
                        "gatepost ends")
        return proc.stop(self.child)

    def _ended(self):
        if self.child.poll() is not None:
            raise RuntimeError("gatepost ended with %d:\n%s" % (self.child.returncode, self.text()))
        return False

    def stop(self, seconds=30):
        """Ends it with SIGTERM; its exit status, once it has ended in the time."""
        if self.child is None:
            return None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(proc.patience(seconds))
            except subprocess.TimeoutExpired:
                self.kill_all()
                raise proc.Timeout("gatepost did not end %g s after SIGTERM" % proc.patience(seconds))
        status = proc.stop(self.child)
        self.child = None
        self.insist_clean()
        return status

    def kill_all(self):
        """The last resort: every process of this daemon, by its id."""
        for pid in _descendants(self.child.pid) + [self.child.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def reload(self, **changes):
        """Writes changed options, sends SIGHUP and waits; the log line that says how it went."""
        self.write_config(**changes)
        return self.hup()

    def hup(self):
        seen = len(self.lines())
        self.child.send_signal(signal.SIGHUP)
        return self.wait_line(r"reloaded|reload (failed|refused)", since=seen)

    # ---- the log ----

    def text(self):
        try:
            with open(self.errors, errors="replace") as log:
                return log.read()
        except OSError:
            return ""

    def lines(self):
        return self.text().splitlines()

    def tail(self, count=15):
        return "gatepost's log:\n" + "\n".join("  " + line for line in self.lines()[-count:])

    def mark(self):
        """Remembers where the log stands; wait_line() looks from there on."""
        self._mark = len(self.lines())
        return self._mark

    def wait_line(self, pattern, seconds=10, since=None):
        """The first line (after mark() or since) that matches a regular expression."""
        begin = self._mark if since is None else since

        def look():
            return next((l for l in self.lines()[begin:] if re.search(pattern, l, re.I)), None)
        return proc.wait_until(look, proc.patience(seconds), "a log line with /%s/" % pattern)

    def records(self):
        """The log lines as dicts, whichever format they have; lines that are neither are left out."""
        return [r for r in map(record, self.lines()) if r]

    def insist_clean(self):
        """Fails when a sanitizer or an assertion has said anything since this was last asked."""
        whole = self.text()
        text, self._clean = whole[self._clean:], len(whole)
        found = REPORTS.search(text)
        if found:
            raise AssertionError("in gatepost's log:\n" + text[max(0, found.start() - 500):
                                                               found.start() + 5000])

    # ---- the processes ----

    def processes(self):
        """{pid: title} of the supervisor and all below it."""
        pids = [self.child.pid] + _descendants(self.child.pid)
        return {pid: title(pid) for pid in pids}

    def pids(self, role):
        """The processes of a role: gate, signer, scanner."""
        return [pid for pid, text in self.processes().items()
                if re.search(r"\b%s\b" % role, text) and pid != self.child.pid]

    def pid(self, role, seconds=10):
        """The one process of a role, once it is there."""
        return proc.wait_until(lambda: self.pids(role), proc.patience(seconds),
                               "a process named %s; there are %s" % (role, self.processes()))[0]


def record(line):
    """One log line as a dict: JSON, or key=value words with quotes where needed; else None."""
    start = line.find("{")
    if start >= 0:
        try:
            return json.loads(line[start:])
        except ValueError:
            pass
    words = re.findall(r'([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|\S*)', line)
    return {k: v[1:-1].replace('\\"', '"').replace("\\\\", "\\") if v[:1] == '"' else v
            for k, v in words} or None


def rss(pid):
    """Resident bytes of a process."""
    with open("/proc/%d/statm" % pid) as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def thread_count(pid):
    return len(os.listdir("/proc/%d/task" % pid))


def fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def status(pid, name):
    """A line of /proc/PID/status, e.g. Uid."""
    with open("/proc/%d/status" % pid) as lines:
        return next(line.split()[1:] for line in lines if line.startswith(name + ":"))


def memory_holds(pid, octets):
    """Whether these bytes are anywhere in the readable memory of a process."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            bounds, mode = line.split()[:2]
            if mode[0] != "r" or "[v" in line:
                continue
            low, high = (int(x, 16) for x in bounds.split("-"))
            if _region_holds(memory, low, high, octets):
                return True
    return False


def _region_holds(memory, low, high, octets, step=1 << 24):
    rest = b""
    for place in range(low, high, step):
        try:
            memory.seek(place)
            block = memory.read(min(step, high - place))
        except (OSError, ValueError):
            return False
        if octets in rest + block:
            return True
        rest = block[-len(octets):]
    return False


class Notify:
    """The receiving end of sd_notify(3), for one daemon of a test; reads at once, as systemd does."""

    def __init__(self):
        self.path = os.path.join(proc.folder("gp-notify-"), "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self.seen += self.socket.recv(4096).decode().splitlines()

    def has(self, word):
        """Whether a line has been received."""
        return word in self.seen
