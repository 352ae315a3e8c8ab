"""A network of the test program's own, in which every address is of this host.

So a client can connect from any address (192.0.2.1, 2001:db8::1), which is how an MTA that
takes nobody's word for it sees a client "outside".
"""
import ctypes
import os
import shutil
import subprocess

CLONE_NEWNET = 0x40000000


class Missing(Exception):
    """Why it is not possible here."""


def enter():
    """Moves this process there, with all that it starts from now on. Call it before any thread."""
    if not shutil.which("ip"):
        raise Missing("there is no ip (iproute2)")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise Missing("no network of our own: " + os.strerror(ctypes.get_errno()))
    _write("/proc/sys/net/ipv6/ip_nonlocal_bind", "1")
    for command in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
        made = subprocess.run(["ip", *command.split()], stderr=subprocess.PIPE)
        if made.returncode != 0:
            raise Missing("ip %s: %s" % (command, made.stderr.decode().strip()))


def _write(path, text):
    try:
        with open(path, "w") as out:
            out.write(text)
    except OSError as error:
        raise Missing(str(error)) from error
