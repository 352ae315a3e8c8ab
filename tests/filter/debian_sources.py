"""The sources of Debian's packages, fetched by apt into a folder of their own.

The system's configuration and lists are left alone: apt gets a state of its
own, with deb-src lines for the mirrors that the system's deb lines name.
"""
import fcntl
import glob
import os
import re
import shutil
import subprocess
import tarfile
import time

LIMIT = 200      # seconds for all packages together
PATIENCE = 3600  # seconds until what could not be fetched is tried again
# what the system does after an update concerns its own lists and archives
CONFIGURATION = """\
Dir::Etc::sourcelist "{apt}/sources.list";
Dir::Etc::sourceparts "{apt}/parts";
Dir::State::lists "{apt}/lists";
Dir::Cache "{apt}/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Retries "1";
APT::Sandbox::User "root";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


class Unavailable(Exception):
    """What cannot be fetched, and why."""


def is_debian(uri):
    """Other archives beside Debian's bring no sources, and none that are asked for here."""
    return re.fullmatch(r"[a-z+]+://\S*/debian(-\w+)*/?", uri)


def one_line_entries(text):
    for line in text.splitlines():
        entry = re.fullmatch(r"deb(\s+\[[^]]*\])?\s+(\S+)(\s.*)", line.strip())
        if entry and is_debian(entry[2]):
            yield "deb-src%s %s%s" % (entry[1] or "", entry[2], entry[3])


def stanzas(text):
    for stanza in re.split(r"\n\s*\n", text):
        stanza = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
        types = re.search(r"^Types:.*$", stanza, re.M)
        uris = re.search(r"^URIs:\s*(.*)$", stanza, re.M)
        if types and "deb" in types[0].split() and uris and all(map(is_debian, uris[1].split())):
            yield stanza.replace(types[0], "Types: deb-src")


def read(pattern):
    for path in sorted(glob.glob(pattern)):
        with open(path, encoding="utf-8", errors="replace") as file:
            yield file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Sources:
    """A cache of source packages; one run at a time fills it."""

    def __init__(self, folder):
        self.folder = folder
        self.apt = os.path.join(folder, "apt")
        self.until = time.monotonic() + LIMIT
        self.updated = False
        os.makedirs(folder, exist_ok=True)

    def lock(self):
        """Held until the file is closed."""
        file = open(os.path.join(self.folder, "lock"), "w", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def run(self, *arguments, folder=None):
        command = ["apt-get", "-q", "-c", self.apt + "/apt.conf", *arguments]
        left = self.until - time.monotonic()
        if left <= 0:
            raise Unavailable("no time left")
        try:
            done = subprocess.run(command, cwd=folder, timeout=left,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as e:
            raise Unavailable("apt-get took too long") from e
        except OSError as e:
            raise Unavailable(str(e)) from e
        if done.returncode != 0:
            errors = re.findall(r"^E: (.*)$", done.stdout.decode(errors="replace"), re.M)
            raise Unavailable(errors[0] if errors else "apt-get failed")

    def update(self):
        """The lists of sources, once a run."""
        if self.updated:
            return
        for name in ("parts", "lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.apt, name), exist_ok=True)
        write(self.apt + "/apt.conf", CONFIGURATION.format(apt=self.apt))
        lines, deb822 = [], []
        for text in [*read("/etc/apt/sources.list"), *read("/etc/apt/sources.list.d/*.list")]:
            lines += one_line_entries(text)
        for text in read("/etc/apt/sources.list.d/*.sources"):
            deb822 += stanzas(text)
        write(self.apt + "/sources.list", "\n".join(lines) + "\n")
        write(self.apt + "/parts/debian.sources", "\n\n".join(deb822) + "\n")
        self.run("update")
        self.updated = True

    def fetch(self, package, scratch):
        self.update()
        self.run("--only-source", "--download-only", "source", package, folder=scratch)
        archives = glob.glob(os.path.join(scratch, "*.orig.tar.*[!c]"))
        if not archives:
            raise Unavailable("there is no original archive")
        for path in archives:
            with tarfile.open(path) as tar:
                tar.extractall(scratch, members=[m for m in tar if is_plain(m)])
            os.unlink(path)

    def get(self, package):
        """The folder with the unpacked source; raises Unavailable."""
        folder, failed = os.path.join(self.folder, package), os.path.join(self.folder, package + ".failed")
        with self.lock():
            if os.path.isdir(folder):
                return folder
            if os.path.exists(failed) and time.time() - os.path.getmtime(failed) < PATIENCE:
                raise Unavailable("".join(read(glob.escape(failed))))
            scratch = folder + ".new"
            shutil.rmtree(scratch, ignore_errors=True)
            os.makedirs(scratch)
            try:
                self.fetch(package, scratch)
            except (Unavailable, OSError, tarfile.TarError) as e:
                write(failed, str(e))
                shutil.rmtree(scratch, ignore_errors=True)
                raise Unavailable(str(e)) from e
            os.rename(scratch, folder)
        return folder


def is_plain(member):
    """Files and folders within the archive's own folder."""
    parts = member.name.split("/")
    return (member.isfile() or member.isdir()) and ".." not in parts and not member.name.startswith("/")
