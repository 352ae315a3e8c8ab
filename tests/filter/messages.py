"""What the tests of whole messages share: asking gatepost scan."""
import json
import os
import subprocess
import tempfile

from mta import proc

AT_ONCE = 500


def scan(messages):
    """The reports of gatepost scan with the configuration's defaults, in the order of the messages."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(i)) for i in range(len(messages))]
        for path, message in zip(paths, messages):
            with open(path, "wb") as file:
                file.write(message)
        conf = os.path.join(folder, "gatepost.conf")
        open(conf, "w", encoding="ascii").close()
        for at in range(0, len(paths), AT_ONCE):
            done = subprocess.run([os.path.join(proc.build(), "gatepost"), "-c", conf, "scan", "--json",
                                   *paths[at:at + AT_ONCE]], stdout=subprocess.PIPE)
            yield from map(json.loads, done.stdout.splitlines())


def rules_of(report):
    return {f["rule"] for f in report.get("findings", [])}
