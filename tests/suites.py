#!/usr/bin/python3
"""Builds gatepost, runs every test, and says how it went.

usage: tests/check [--quick | --thorough] [--only SUITE]... [--list] [--verbose]
  --quick    the build, unit tests, and system tests of the ordinary build only
  --thorough every system test in both builds, a deeper search by clang-tidy, a minute for each
             fuzz target: an hour or two
  --only     one suite (or a shell pattern of names), with the builds that it needs
  --list     the names of the suites
  --verbose  show the tests' own output as it comes

Every test program prints TAP, which is kept in build/check-logs. The last
line is "N passed, N failed"; the exit status is 1 when anything failed.
"""
import concurrent.futures
import fnmatch
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(TOP, "build", "check-logs")
CORES = os.cpu_count() or 2
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
VERBOSE = "--verbose" in sys.argv
QUICKLY = "--quick" in sys.argv
THOROUGH = "--thorough" in sys.argv

BUILDS = {
    "build": ["--enable-werror"],
    "build-asan": ["--enable-werror", "--enable-sanitizers=address,undefined", "CFLAGS=-O1 -g"],
    "build-tsan": ["--enable-werror", "--enable-sanitizers=thread", "CFLAGS=-O1 -g"],
    "build-fuzz": ["--enable-fuzzers", "--enable-sanitizers=address,undefined", "CC=clang",
                   "CFLAGS=-O1 -g"],
}
LIMIT = 600   # seconds for one test program
FUZZ = 130    # seconds of processor time for all fuzz targets together
TIDY = ("-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,"
        "-clang-analyzer-security.insecureAPI.strcpy,-clang-analyzer-optin.performance.Padding,bugprone-*,-bugprone-easily-swappable-parameters,"
        "-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,"
        "-bugprone-macro-parentheses,-bugprone-sizeof-expression,-bugprone-not-null-terminated-result,"
        "-bugprone-reserved-identifier,-bugprone-branch-clone,-bugprone-assignment-in-if-condition")


def paint(text, colour):
    codes = {"red": 31, "green": 32, "yellow": 33, "bold": 1}
    return "\033[%dm%s\033[0m" % (codes[colour], text) if COLOUR else text


class Job:
    """One test program: what to run, and in which suite its results count."""

    def __init__(self, suite, name, command, build="build", env=None, limit=LIMIT, alone=False,
                 tap=True):
        """
        tap: the program prints TAP; otherwise it is one test, judged by its exit status.
        alone: nothing else runs meanwhile, since it measures time.
        """
        self.suite = suite
        self.name = name
        self.command = command
        self.build = build
        self.env = env or {}
        self.limit = limit
        self.alone = alone
        self.tap = tap
        self.seconds = 0.0
        self.passed = self.skipped = 0
        self.failures = []  # (name, lines of diagnostics)
        self.unsteady = []  # the failures at first, where the job was run again

    @property
    def waits(self):
        """Whether it waits for real servers most of its time, rather than to compute."""
        return self.suite.partition("-")[0] in REAL

    @property
    def log(self):
        return os.path.join(LOGS, re.sub(r"[^\w.-]+", "_", "%s-%s" % (self.suite, self.name)) + ".tap")

    def run(self):
        began = time.monotonic()
        with open(self.log, "wb") as log:
            status = self._execute(log)
        self.seconds = time.monotonic() - began
        with open(self.log, errors="replace") as log:
            lines = log.read().splitlines()
        if self.tap:
            self._judge_tap(lines, status)
        else:
            self._judge_status(lines, status)
        return self

    def _execute(self, log):
        env = dict(os.environ, srcdir=TOP, CMOCKA_MESSAGE_OUTPUT="TAP",
                   GATEPOST_BUILD=os.path.join(TOP, self.build))
        env.update(self.env)
        folder = os.path.join(TOP, self.build) if os.path.isdir(os.path.join(TOP, self.build)) else TOP
        try:
            child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=subprocess.STDOUT, env=env, cwd=folder,
                                     start_new_session=True,
                                     preexec_fn=None if self.waits else give_way)
        except OSError as error:
            log.write(("# cannot run: %s\n" % error).encode())
            return "it could not be run"
        try:
            status = child.wait(self.limit)
        except BaseException as error:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                return "it did not end within %d s" % self.limit
            raise
        if status < 0:
            return "killed by signal %d" % -status
        return "exit status %d" % status if status else None

    def _judge_status(self, lines, status):
        if status is None:
            self.passed = 1
        else:
            self.failures.append((self.name, [status] + lines[-60:]))

    def _judge_tap(self, lines, status):
        planned = seen = 0
        plan = False
        stray = []
        for line in lines:
            found = re.match(r"\s*(not )?ok\b\s*\d*\s*-?\s*(.*)", line)
            if found:
                seen += 1
                self._count(found.group(1), found.group(2), stray)
                stray = []
            elif re.match(r"\s*1\.\.\d+", line):
                words = line.strip()[3:].split(None, 1)
                planned += int(words[0])
                plan = True
                if planned == 0:
                    self.skipped += 1
            elif self.failures and self.after_failure:
                self.failures[-1][1].append(line.lstrip("# ") if not line.startswith("# ") else line[2:])
            else:
                stray.append(line)
        tail = lines[-40:]
        if not plan:
            self.failures.append((self.name, ["there is no TAP plan; " + (status or "it ended well")] + tail))
        elif planned != seen:
            self.failures.append((self.name, ["%d tests planned, %d seen; %s"
                                              % (planned, seen, status or "it ended well")] + tail))
        elif status and not self.failures:
            self.failures.append((self.name, ["all passed, but: " + status] + tail))

    after_failure = False

    def _count(self, failed, rest, before):
        name, _, directive = rest.partition("# ")
        self.after_failure = False
        if re.match(r"(skip|todo)", directive, re.I):
            self.skipped += 1
        elif failed:
            self.failures.append((name.strip(), before[-20:]))
            self.after_failure = True
        else:
            self.passed += 1


def give_way():
    """What only computes leaves the processor to what real servers and clocks wait for."""
    os.nice(10)


# ---- what there is ----

def programs(pattern):
    return [p for p in sorted(glob.glob(os.path.join(TOP, pattern)))
            if os.path.isfile(p) and os.access(p, os.X_OK)]


def name_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def unit_jobs(suite, build):
    for source in sorted(glob.glob(os.path.join(TOP, "tests/unit/test_*.c"))):
        program = os.path.join(TOP, build, "tests/unit", name_of(source))
        yield Job(suite, name_of(source), [program], build, sanitizer(build))


def script_jobs(suite, pattern, build="build", **options):
    for path in programs(pattern):
        yield Job(suite, name_of(path), [path], build, sanitizer(build), **options)


def sanitizer(build):
    if build == "build":
        return {}
    return {"GATEPOST_SANITIZED": build.partition("-")[2],
            "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


def vector_jobs(suite, build):
    """The one for SPF wants to be told which program answers; the others find theirs."""
    for job in script_jobs(suite, "tests/vectors/*", build):
        if job.name == "rfc7208":
            job.command.append(os.path.join(TOP, build, "tests/vectors/spf-vectors"))
        yield job


# Test programs that run behind Sendmail too, and the tests of each where not all of them: those
# for which it is the MTA that matters, and not the milter's or the resolver's side.
BEHIND_SENDMAIL = {
    "test_sign": (), "test_verify": (), "test_results": (), "test_policy": (), "test_attacks": (),
    "test_scan": ("daemon",), "test_clamd": (),
    "test_arc": ("B56", "B57", "B60", "ends_clean"),
    "test_daemon": ("under_load", "open_session", "on_sign_failure", "needs_no_signer", "connect_and_close"),
    "test_verify_dns": ("B30", "server_down", "one_limit", "B36", "other_mail", "no_mail_is_lost", "ends_clean"),
}


# Test programs that send hostile mail run with the sanitizers, the others as it is shipped.
HOSTILE = ("test_sign", "test_verify", "test_results", "test_policy", "test_attacks", "test_arc")


def mta_jobs(suite, build):
    """Once each, in one of the builds; both where that is asked for."""
    for job in behind_both(suite, build):
        hostile = job.name.partition(" ")[0] in HOSTILE
        if THOROUGH or QUICKLY or hostile == (build == "build-asan"):
            yield job


def behind_both(suite, build):
    """Behind Postfix, and where it matters behind Sendmail."""
    yield from script_jobs(suite, "tests/mta/test_*.py", build)
    for name, chosen in BEHIND_SENDMAIL.items():
        path = os.path.join(TOP, "tests/mta", name + ".py")
        command = [path, "--mta", "sendmail"] + [word for c in chosen for word in ("-k", c)]
        yield Job(suite, name + " (Sendmail)", command, build, sanitizer(build))


def tsan_jobs():
    for path, chosen in (("tests/mta/test_daemon.py", "under_load"),
                         ("tests/mta/test_sign.py", "at_once")):
        if os.path.exists(os.path.join(TOP, path)):
            yield Job("mta-tsan", name_of(path), [os.path.join(TOP, path), "-k", chosen],
                      "build-tsan", sanitizer("build-tsan"))


def fuzz_sources():
    return sorted(glob.glob(os.path.join(TOP, "tests/fuzz/fuzz_*.c")))


def fuzz_jobs():
    if not shutil.which("clang"):
        return
    seconds = 60 if THOROUGH else max(4, FUZZ // len(fuzz_sources()))
    # the same choices each time: what only luck finds belongs to the thorough run
    seed = [] if THOROUGH else ["-seed=1"]
    for source in fuzz_sources():
        name = name_of(source)
        corpus = os.path.join(TOP, "build-fuzz", "corpus-" + name)
        os.makedirs(corpus, exist_ok=True)
        command = [os.path.join(TOP, "build-fuzz/tests/fuzz", name), "-max_total_time=%d" % seconds, *seed,
                   "-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=8192", "-print_final_stats=0", "-verbosity=0",
                   "-artifact_prefix=%s/" % LOGS, corpus]
        seeds = glob.glob(os.path.join(TOP, "tests/fuzz", "corpus", name.replace("fuzz_", ""))) + \
            glob.glob(os.path.join(TOP, "tests/fuzz", "corpus", name))
        yield Job("fuzz", name, command + seeds, "build-fuzz", limit=seconds + 120, tap=False)


def c_sources():
    found = []
    for folder in ("milter", "keys", "conf", "tests"):
        for path, _, names in os.walk(os.path.join(TOP, folder)):
            found += [os.path.join(path, n) for n in sorted(names) if n.endswith(".c")]
    return sorted(found)


def compiled(path):
    """Whether the Makefile knows a source (one that nobody compiles cannot be parsed alike)."""
    with open(os.path.join(TOP, "Makefile.am")) as makefile:
        return os.path.relpath(path, TOP) in makefile.read()


def pkg_config():
    packages = ["libcrypto", "libbsd-overlay", "libconfuse", "libidn2", "libseccomp", "libunbound",
                "libevent_core", "jansson", "cmocka", "gmime-3.0", "libmagic", "libarchive", "zlib",
                "expat"]
    flags = []
    for package in packages:
        got = subprocess.run(["pkg-config", "--cflags", package], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        flags += got.stdout.decode().split()
    return flags


def include_flags():
    return ["-I" + TOP + "/milter", "-I" + TOP, "-I" + TOP + "/build", "-I" + TOP + "/tests/unit",
            "-DSYSCONFDIR=\"/etc\"", "-DHAVE_CONFIG_H", "-D_GNU_SOURCE"]


def analyzer_depth():
    """How far clang's analyzer follows one function; its own limit takes minutes for all files."""
    return [] if THOROUGH else ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=40000"]


def same_packages():
    """What README has people install is what tests/packages has for building, and no package is named twice."""
    with open(os.path.join(TOP, "README.md")) as readme:
        command = re.search(r"apt install (build-essential(?:.*\\\n)*.*)", readme.read()).group(1)
    told = set(command.replace("\\", " ").split()) - {"build-essential"}
    with open(os.path.join(TOP, "tests/packages")) as packages:
        listed = [line.split()[1] for line in packages if line.startswith("build ")]
    same = {"pkgconf": "pkg-config"}
    mine = {same.get(p, p) for p in listed} - {"gcc", "libc6-dev", "make"}  # build-essential
    if told == mine and len(listed) == len(set(listed)):
        return 0
    print("README.md alone: %s; tests/packages alone: %s" % (sorted(told - mine), sorted(mine - told)))
    return 1


def lint_jobs():
    yield Job("lint", "packages", [sys.executable, os.path.abspath(__file__), "--same-packages"], tap=False)
    sources = [s for s in c_sources() if compiled(s)]
    product = [s for s in sources if "/tests/" not in s]
    if shutil.which("clang-format"):
        headers = [h for f in ("milter", "keys", "conf", "tests") for h in
                   glob.glob(os.path.join(TOP, f, "**", "*.h"), recursive=True)]
        yield Job("lint", "clang-format", ["clang-format", "--dry-run", "-Werror", *c_sources(),
                                           *headers], tap=False)
    if shutil.which("clang-tidy"):
        for source in product:
            yield Job("lint", "clang-tidy " + os.path.relpath(source, TOP),
                      ["clang-tidy", "--quiet", "--checks=" + TIDY, "--warnings-as-errors=*", source,
                       "--", "-std=gnu17", *analyzer_depth(), *include_flags(), *pkg_config()],
                      tap=False)
    if shutil.which("cppcheck"):
        yield Job("lint", "cppcheck",
                  ["cppcheck", "--quiet", "-j", str(CORES), "--std=c11", "--error-exitcode=1",
                   "--enable=warning,portability", "--inline-suppr", "--suppress=missingInclude",
                   "--suppress=*:/usr/include/*", "-I/usr/include/bsd",
                   *include_flags(), *product], tap=False)
    if shutil.which("mandoc"):
        for page in sorted(p for folder in ("conf", "keys", "milter") for n in "1578" for p in
                           glob.glob(os.path.join(TOP, folder, "**", "*." + n), recursive=True)):
            yield Job("lint", "mandoc " + os.path.relpath(page, TOP),
                      ["mandoc", "-T", "lint", "-W", "warning", page], tap=False)


def all_jobs():
    """Every test program, in the order in which they run."""
    if THOROUGH or QUICKLY:
        yield from plain_too()
    yield from script_jobs("keys", "tests/keys/*.py")
    yield from script_jobs("keys", "tests/keys/*.sh")
    yield from script_jobs("dns", "tests/dns/test_*.py")
    yield from [j for j in vector_jobs("vectors", "build")
                if THOROUGH or QUICKLY or "interop" in j.name]
    yield from mta_jobs("mta", "build")
    yield from script_jobs("bench", "tests/bench/test_*", alone=True)
    yield from unit_jobs("unit-asan", "build-asan")
    yield from [j for j in vector_jobs("vectors-asan", "build-asan") if "interop" not in j.name]
    yield from script_jobs("filter-asan", "tests/filter/test_*.py", "build-asan")
    yield from mta_jobs("mta-asan", "build-asan")
    if THOROUGH:
        yield from script_jobs("keys-asan", "tests/keys/*.py", "build-asan")
        yield from script_jobs("dns-asan", "tests/dns/test_*.py", "build-asan")
    yield from script_jobs("dns-tsan", "tests/dns/test_*.py", "build-tsan", alone=True)
    yield from tsan_jobs()
    yield from fuzz_jobs()
    yield from lint_jobs()


def plain_too():
    """What the sanitizers' builds run otherwise."""
    yield from unit_jobs("unit", "build")
    yield from script_jobs("filter", "tests/filter/test_*.py")


REAL = ("mta", "dns")  # real servers, real clocks
QUICK = ("build", "unit", "keys", "dns", "vectors", "filter", "mta")


# ---- running ----

def report(job):
    bad = len(job.failures)
    word = paint("FAIL", "red") if bad else paint(" ok ", "green") if job.passed else \
        paint("skip", "yellow")
    counts = "%d passed" % job.passed
    counts += ", %d failed" % bad if bad else ""
    counts += ", %d skipped" % job.skipped if job.skipped else ""
    print("%s  %-11s %-38s %s  (%.1f s)" % (word, job.suite, job.name, counts, job.seconds), flush=True)


def targets(folder):
    """What to build; everything where nothing is said."""
    if folder == "build-fuzz":
        return ["fuzz-programs"]
    if folder == "build" and not (THOROUGH or QUICKLY or "--only" in sys.argv):
        return ["all", "test-programs"]
    if folder == "build-tsan":
        return ["gatepost", "gatepost-keys", "tests/dns/dns-query"]
    return []


def build_job(folder):
    script = 'top=$1; . "$top/tests/lib.sh"; shift; build "$@"'
    return Job("build", folder, ["/bin/sh", "-c", script, "sh", TOP, folder, *BUILDS[folder]],
               env={"JOBS": str(CORES), "TARGETS": " ".join(targets(folder))}, limit=900, tap=False)


def run_builds(needed):
    jobs = []
    for folder in BUILDS:
        if folder in needed:
            jobs.append(build_job(folder).run())
            report(jobs[-1])
    return jobs


def try_again(job):
    """Once more, alone and with patience: a busy machine is no fault; what fails twice is one."""
    job.unsteady = job.failures
    shutil.copy(job.log, job.log.replace(".tap", ".first.tap"))
    job.passed = job.skipped = 0
    job.failures = []
    job.env["GATEPOST_PATIENCE"] = "3"
    job.run()
    report(job)


def run_alone(jobs, done):
    for job in jobs:
        done.append(job.run())
        report(job)


def run_together(jobs, done):
    """What waits and what computes, each on as many threads as there are cores."""
    for job in jobs:
        job.env.setdefault("GATEPOST_PATIENCE", "3")
    with concurrent.futures.ThreadPoolExecutor(CORES) as waiting, \
            concurrent.futures.ThreadPoolExecutor(CORES) as computing:
        futures = [(waiting if job.waits else computing).submit(job.run) for job in jobs]
        for future in concurrent.futures.as_completed(futures):
            done.append(future.result())
            report(done[-1])


def run_jobs(jobs):
    done = []
    run_together([j for j in jobs if not j.alone], done)
    run_alone([j for j in jobs if j.alone], done)
    for job in done:
        if job.failures and job.suite.partition("-")[0] in REAL:
            try_again(job)
    return done


def print_failures(jobs):
    for job in jobs:
        for name, lines in job.failures:
            print("\n%s %s / %s: %s" % (paint("FAILED", "red"), job.suite, job.name, name))
            for line in lines[:60]:
                print("    " + line[:300])
            print("    (all of it: %s)" % os.path.relpath(job.log, TOP))


def print_unsteady(jobs):
    for job in jobs:
        for name, lines in job.unsteady:
            if name not in [failed for failed, _ in job.failures]:
                print("%s %s / %s: %s passed only at the second try; at first:" %
                      (paint("unsteady", "yellow"), job.suite, job.name, name))
                for line in lines[:20]:
                    print("    " + line[:300])


def print_table(jobs):
    suites = {}
    for job in jobs:
        row = suites.setdefault(job.suite, [0, 0, 0, 0.0])
        row[0] += job.passed
        row[1] += len(job.failures)
        row[2] += job.skipped
        row[3] += job.seconds
    print("\n%-12s %7s %7s %8s %9s" % ("suite", "passed", "failed", "skipped", "seconds"))
    for suite, row in suites.items():
        line = "%-12s %7d %7d %8d %9.1f" % (suite, *row)
        print(paint(line, "red") if row[1] else line)


def main():
    arguments = sys.argv[1:]
    if arguments == ["--same-packages"]:
        return same_packages()
    if "--help" in arguments or "-h" in arguments:
        print(__doc__)
        return 0
    only = [arguments[i + 1] for i, a in enumerate(arguments[:-1]) if a == "--only"]
    known = set(arguments) - set(only) - {"--quick", "--thorough", "--only", "--list", "--verbose"}
    if known or arguments[-1:] == ["--only"]:
        print(__doc__, file=sys.stderr)
        return 2
    os.makedirs(LOGS, exist_ok=True)
    jobs = list(all_jobs())
    if "--list" in arguments:
        print("\n".join(dict.fromkeys(["build"] + [j.suite for j in jobs])))
        return 0
    if QUICKLY:
        jobs = [j for j in jobs if j.suite in QUICK]
    if only:
        jobs = [j for j in jobs if any(fnmatch.fnmatch(j.suite, o) for o in only)]
    return run(jobs)


def run(jobs):
    began = time.monotonic()
    builds = run_builds({"build"} | {j.build for j in jobs})
    broken = {j.name for j in builds if j.failures}
    done = builds + run_jobs([j for j in jobs if j.build not in broken])
    print_failures(done)
    print_unsteady(done)
    print_table(done)
    passed, failed, skipped = (sum(x) for x in zip(*(
        (j.passed, len(j.failures), j.skipped) for j in done)))
    print("\nall of it took %d s" % (time.monotonic() - began))
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""),
          flush=True)
    return 1 if failed else 0


def stop(number, frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        os._exit(130)
