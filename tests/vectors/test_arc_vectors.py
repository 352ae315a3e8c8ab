#!/usr/bin/python3
"""The official ARC suite: what chains are worth, and what a seal looks like.

usage: test_arc_vectors.py [ARC-VECTORS]   prints TAP, one line for each case

The suite's fields have their tags in another order than ours, so b= cannot be the
same. Instead ours is validated, and so is the suite's own: it is over what we hash."""

import os
import re
import subprocess
import sys
import tempfile

DRIVER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("GATEPOST_BUILD", "."), "tests/vectors/arc-vectors")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("GATEPOST_SHARED", os.path.join(TOP, "..", "shared"))
FIELDS = {"AS": "ARC-Seal", "AMS": "ARC-Message-Signature", "AAR": "ARC-Authentication-Results"}


def crlf(text):
    return re.sub(r"\r?\n", "\r\n", text)


def squeeze(text):
    return "".join(text.split())


def tags(value):
    """Its tags but b=, whose bytes depend on the order of the others."""
    pairs = (t.split("=", 1) for t in squeeze(value).split(";") if t)
    return {p[0]: p[1] for p in pairs if p[0] != "b"}


def fold(value):
    """A field of the suite, which folds it for the eye: what was signed has no fold within a tag."""
    if ";" in value and "b=" in value:
        return "; ".join(squeeze(tag) for tag in value.split(";") if tag.strip())
    return "\n ".join(line.strip() for line in value.strip().splitlines())


def write_zone(path, records):
    with open(path, "w") as f:
        for name, text in (records or {}).items():
            text = "".join(text.splitlines())
            strings = " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))
            f.write(f"{name}. TXT {strings}\n")


class Suite:
    def __init__(self, folder):
        self.n = self.failed = 0
        self.zone = os.path.join(folder, "zone")
        self.message = os.path.join(folder, "message")
        self.key = os.path.join(folder, "key")
        self.results = os.path.join(folder, "results")

    def ok(self, bad, name):
        self.n += 1
        self.failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {self.n} - {name}", flush=True)
        for problem in bad:
            for line in str(problem).splitlines():
                print("# " + line)

    def run(self, what, message, *more):
        with open(self.message, "w", newline="") as f:
            f.write(crlf(message))
        return subprocess.run((DRIVER, what, self.message, self.zone) + more, check=True, timeout=60,
                              stdout=subprocess.PIPE).stdout.decode()

    # ---- validation ----

    def validation(self, name, case):
        want = str(case["cv"]).lower() or "fail"  # "": the newest seal says cv=fail (5.2, step 2)
        got = self.run("verify", case["message"] or "").split()
        self.ok([f"want {want}: {got}"] if got[0] != want else [], f"validation {name}: {case['description']}")

    # ---- sealing ----

    def merged_results(self, case):
        """The results of all Authentication-Results fields of the sealer's own (RFC 8617 4.1.1)."""
        head = case["message"].split("\n\n", 1)[0]
        found = []
        for value in re.findall(r"^Authentication-Results:((?:.*\n[ \t])*.*)", head, re.M | re.I):
            server, _, results = value.partition(";")
            if server.strip() == case["srv-id"]:
                found.append(results.strip().rstrip(";"))
        return crlf(f" {case['srv-id']}; " + "; ".join(found or ["none"]))

    def check_set(self, case, fields, whose):
        """What is wrong with a set on top of the case's message, when it is validated."""
        message = "".join(f"{FIELDS[f]}:{fields[f]}\n" for f in FIELDS) + case["message"]
        fails = tags(fields["AS"])["cv"] == "fail"
        got = self.run("own-seal" if fails else "verify", message).split()
        return [] if got[0] == "pass" else [f"{whose} set: {got}"]

    def sealing(self, name, case, scenario):
        with open(self.results, "w", newline="") as f:
            f.write(self.merged_results(case))
        out = self.run("seal", case["message"], self.key, scenario["domain"], scenario["sel"],
                       str(case["t"]), case["sig-headers"], self.results)
        got = {k: m.group(1) for k, v in FIELDS.items()
               for m in [re.search(v + r":((?:.*\n[ \t])*.*)", out.replace("\r\n", "\n"))] if m}
        bad = []
        if not case["AS"].strip():
            bad = [out] if out else []
        elif len(got) != 3:
            bad = ["not sealed"]
        else:
            bad += [f"{f}: {got[f]}\nwant: {case[f]}" for f in ("AS", "AMS") if tags(got[f]) != tags(case[f])]
            if squeeze(got["AAR"]) != squeeze(case["AAR"]):
                bad.append(f"AAR: {got['AAR']}\nwant: {case['AAR']}")
            bad += self.check_set(case, got, "our")
            bad += self.check_set(case, {f: " " + fold(case[f]) for f in FIELDS}, "the suite's")
        self.ok(bad, f"sealing {name}: {case['description']}")

    def scenario(self, s):
        write_zone(self.zone, s.get("txt-records"))
        if "privatekey" in s:
            with open(self.key, "w") as f:
                f.write(s["privatekey"])
        for name, case in s["tests"].items():
            if "privatekey" in s:
                self.sealing(name, case, s)
            else:
                self.validation(name, case)


def main():
    files = [os.path.join(SHARED, "vectors", n) for n in ("arc-validation-tests.yml", "arc-sign-tests.yml")]
    try:
        import yaml
    except ImportError:
        print("1..0 # SKIP python3-yaml is not there")
        return 0
    missing = [f for f in files if not os.path.exists(f)]
    if missing:
        print(f"1..0 # SKIP {missing[0]} is not there")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(folder)
        for path in files:
            with open(path) as f:
                for scenario in yaml.safe_load_all(f):
                    suite.scenario(scenario)
    print(f"1..{suite.n}")
    return 1 if suite.failed else 0


sys.exit(main())
