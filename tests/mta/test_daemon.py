#!/usr/bin/python3
"""The processes: start, reload, death, end, and what each may see."""
import os
import pwd
import re
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mta import gatepost, keys, load, messages, milter, proc, sink, tap, verify, world
from mta.world import OUTSIDE, plain, signatures, unsigned

AWAY = world.by_mta(postfix="4.7.1", sendmail="4.3.2")  # what the MTA says when nobody listens
_world = []


def w():
    if not _world:
        _world.append(world.World([("example.com", "r1", "rsa"), ("example.com", "e1", "ed25519"),
                                   ("mx.example.com", "r1", "rsa")],
                                  signer_timeout=5))
    return _world[0]


def base(**options):
    w().configure(**options)
    return w()


def direct(daemon):
    """A connection to the milter itself, as from an inside client."""
    client = milter.Client(("127.0.0.1", daemon.port))
    client.connect("localhost", "127.0.0.1")
    return client


def signed_directly(daemon, domain="example.com"):
    client = direct(daemon)
    answer = client.message(plain(domain), "ann@" + domain)
    client.quit()
    return answer


def account(here, mail):
    """Insists that what was accepted arrived, and all of it signed; returns the deliveries."""
    accepted = mail.accepted()
    mine = lambda m: m.recipients[0].startswith(mail.prefix + "-")
    found = here.sink.wait_where(mine, len(accepted), 60)
    tap.equal(sorted(m.recipients[0] for m in found), sorted(accepted), "delivered")
    for delivery in found:
        tap.equal(len(signatures(delivery)), 2, "signatures of " + delivery.recipients[0])
    return found


def verified(here, delivery, *zones):
    """Whether every signature passes with the keys of one of the zones."""
    return any(all(r.status == "pass" for r in verify.dkimpy(delivery.data, zone))
               for zone in zones)


# ---- reload ----

@tap.limit(120)
def test_B21_reload_under_load_drops_nothing():
    here = base()
    mail = load.Load(here.mta.mx, 16, prefix="reload")
    for number in range(6):
        time.sleep(0.25)
        line = here.daemon.reload(signature_lifetime=3600 + number)
        assert "reloaded" in line, line
    mail.finish()
    here.daemon.reload(signature_lifetime=None)
    tap.equal(mail.lost, [], "sessions lost")
    tap.equal(mail.others(), [], "refusals")
    least = 16
    assert len(mail.replies) > least, "the load was no load: %d messages" % len(mail.replies)
    for delivery in account(here, mail)[::10]:
        assert verified(here, delivery, here.keys.zone)


def test_B21_bad_file_leaves_the_old_one_running():
    here = base()
    here.daemon.write_text("listen = {\"inet:%d@127.0.0.1\"}\nno_such_option = 1\n" % here.daemon.port)
    line = here.daemon.hup()
    assert "failed" in line, line
    assert "no_such_option" in here.daemon.text(), "the log names the option"
    here.signed(here.send(plain()), "example.com", ["rsa", "ed25519"])
    here.daemon.reload()


def test_B21_missing_file_leaves_the_old_one_running():
    here = base()
    os.rename(here.daemon.config, here.daemon.config + ".away")
    line = here.daemon.hup()
    assert "failed" in line, line
    here.signed(here.send(plain()), "example.com", ["rsa", "ed25519"])
    here.daemon.reload()


def test_B21_what_needs_a_restart_is_said():
    here = base()
    other = "inet:%d@127.0.0.1" % proc.free_port()
    mark = here.daemon.mark()
    here.daemon.reload(listen=here.daemon.options["listen"] + [other])
    here.daemon.wait_line(r"listen.*restart|restart.*listen", since=mark)
    here.daemon.reload(listen=here.daemon.options["listen"][:1])


def test_B21_open_session_keeps_its_configuration():
    here = base()
    with here.mta.session() as client:
        client.command("NOOP", 250)
        first, second = here.address(), here.address()
        tap.equal(client.send(plain(), "ann@example.com", [first])[0], 250)
        here.configure(internal_networks=["198.51.100.0/24"])
        tap.equal(client.send(plain(), "ann@example.com", [second])[0], 250)
    for recipient in (first, second):
        tap.equal(len(signatures(here.sink.to(recipient)[0])), 2, recipient)
    unsigned(here.send(plain("nokey.example")))


def test_new_key_after_reload():
    here = base()
    unsigned(here.send(plain("new.example"), "ann@new.example"))
    here.keys.add("new.example", "n1", "rsa", publish=False)
    here.daemon.hup()
    tags = signatures(here.send(plain("new.example"), "ann@new.example"))
    tap.equal([(t["d"], t["s"]) for t in tags], [("new.example", "n1")])


def test_key_taken_away():
    here = base()
    here.keys.add("gone.example", "n1", "rsa", publish=False)
    here.daemon.hup()
    tap.equal(len(signatures(here.send(plain("gone.example")))), 1)
    os.unlink(here.keys.path("gone.example", "n1"))
    here.daemon.hup()
    unsigned(here.send(plain("gone.example")))


def test_B19_unreadable_key_at_reload_keeps_the_old_ones():
    here = base()
    bad = here.keys.path("example.com", "broken")
    with open(bad, "w") as out:
        out.write("-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n")
    os.chmod(bad, 0o600)
    line = here.daemon.hup()
    assert "refused" in line or "failed" in line, line
    assert bad in here.daemon.text(), "the log names the path"
    here.signed(here.send(plain()), "example.com", ["rsa", "ed25519"])
    os.unlink(bad)
    here.daemon.hup()


@tap.limit(120)
def test_B20_key_replaced_under_load():
    here = base()
    old = keys.dnsserver.Zone()
    old.records = list(here.keys.zone.records)
    mail = load.Load(here.mta.mx, 8, prefix="replaced")
    time.sleep(0.5)
    here.keys.add("example.com", "r1", "rsa")
    here.keys.add("example.com", "e1", "ed25519")
    here.daemon.hup()
    time.sleep(0.5)
    mail.finish()
    tap.equal(mail.lost + mail.others(), [])
    found = account(here, mail)
    fits = [(verified(here, m, old), verified(here, m, here.keys.zone)) for m in found]
    assert (False, False) not in fits, "a message fits neither the old keys nor the new ones"
    assert (True, False) in fits and (False, True) in fits, "no change was seen"
    here.publish()


@tap.limit(120)
def test_B20_selector_changed_under_load():
    here = base()
    mail = load.Load(here.mta.mx, 8, prefix="selector")
    time.sleep(0.5)
    here.keys.add("example.com", "r2", "rsa")
    os.unlink(here.keys.path("example.com", "r1"))
    here.daemon.hup()
    time.sleep(0.5)
    mail.finish()
    tap.equal(mail.lost + mail.others(), [])
    found = account(here, mail)
    assert all(verified(here, m, here.keys.zone) for m in found)
    tap.equal({t["s"] for m in found for t in signatures(m)}, {"r1", "r2", "e1"}, "selectors")
    here.publish()


def test_no_descriptor_leaks_over_reloads():
    here = base()
    here.daemon.hup()
    before = {pid: gatepost.fds(pid) for pid in here.daemon.processes()}
    for _ in range(20):
        here.daemon.hup()
    after = {pid: gatepost.fds(pid) for pid in here.daemon.processes()}
    tap.equal(after, before, "descriptors")


def test_memory_is_flat_over_reloads():
    if proc.sanitized():
        tap.skip("a sanitizer keeps freed memory")
    here = base()
    for _ in range(20):
        here.daemon.hup()
    before = {pid: gatepost.rss(pid) for pid in here.daemon.processes()}
    for _ in range(40):
        here.daemon.hup()
    for pid, text in here.daemon.processes().items():
        grown = gatepost.rss(pid) - before[pid]
        assert grown < 1 << 20, "%s grew by %d bytes" % (text, grown)


# ---- a process dies ----

@tap.limit(180)
def test_signer_killed_under_load():
    here = base()
    mail = load.Load(here.mta.mx, 16, prefix="signer")
    for _ in range(3):
        time.sleep(0.6)
        pid = here.daemon.pid("signer")
        os.kill(pid, signal.SIGKILL)
        proc.wait_until(lambda: [p for p in here.daemon.pids("signer") if p != pid],
                        proc.patience(5), "a new signer")
    time.sleep(1)
    mail.finish()
    tap.equal(mail.lost, [], "sessions lost")
    for code, text in mail.others():
        tap.equal((code, text[:5]), (451, "4.7.1"), text)
    account(here, mail)
    tap.note("%d accepted, %d put off" % (len(mail.accepted()), len(mail.others())))


def test_signer_is_back_within_a_second():
    here = base()
    time.sleep(3.1)
    began = time.monotonic()
    os.kill(here.daemon.pid("signer"), signal.SIGKILL)
    proc.wait_until(lambda: signed_directly(here.daemon).edits, proc.patience(5), "signing works")
    took = time.monotonic() - began
    assert took < proc.patience(1), "it took %.2f s" % took


@tap.limit(180)
def test_gate_killed_under_load():
    here = base()
    mail = load.Load(here.mta.mx, 8, prefix="gate")
    for _ in range(2):
        time.sleep(0.6)
        pid = here.daemon.pid("gate")
        os.kill(pid, signal.SIGKILL)
        proc.wait_until(lambda: [p for p in here.daemon.pids("gate") if p != pid],
                        proc.patience(5), "a new gate")
    time.sleep(1)
    mail.finish()
    for code, text in mail.others():
        tap.equal((code, text[:5]), (451, AWAY), text)
    account(here, mail)
    tap.note("%d accepted, %d put off" % (len(mail.accepted()), len(mail.others())))


def test_gate_is_back_within_a_second():
    here = base()
    time.sleep(3.1)
    began = time.monotonic()
    os.kill(here.daemon.pid("gate"), signal.SIGKILL)

    def works():
        try:
            return signed_directly(here.daemon).edits
        except (OSError, EOFError):
            return False
    proc.wait_until(works, proc.patience(5), "signing works")
    took = time.monotonic() - began
    assert took < proc.patience(1), "it took %.2f s" % took


def stopped_signer(here):
    pid = here.daemon.pid("signer")
    os.kill(pid, signal.SIGSTOP)
    return pid


@tap.cases(("tempfail", 451, "4.7.1"), ("reject", 550, "5.7.1"))
def test_on_sign_failure(case):
    choice, code, extended = case
    here = base(on_sign_failure=choice, signer_timeout=1)
    pid = stopped_signer(here)
    try:
        reply = here.mta.send(plain(), "ann@example.com", [here.address()])
        tap.equal((reply[0], reply[1].split()[0]), (code, extended))
    finally:
        os.kill(pid, signal.SIGCONT)
    here.signed(here.send(plain()), "example.com", ["rsa", "ed25519"])


def test_on_sign_failure_accept():
    here = base(on_sign_failure="accept", signer_timeout=1)
    pid = stopped_signer(here)
    try:
        unsigned(here.send(plain()))
        assert here.log_of_last()["unsigned"], "the log says why"
    finally:
        os.kill(pid, signal.SIGCONT)
    here.signed(here.send(plain()), "example.com", ["rsa", "ed25519"])


def test_mail_from_outside_needs_no_signer():
    here = base(signer_timeout=1)
    pid = stopped_signer(here)
    try:
        unsigned(here.send(plain("other.example"), who=OUTSIDE))
        unsigned(here.send(plain("nokey.example")))
    finally:
        os.kill(pid, signal.SIGCONT)


# ---- the end ----

def fresh(**options):
    """A daemon of the test's own with one key."""
    store = keys.Keys().add("example.com", "r1", "rsa")
    daemon = gatepost.Gatepost(store.dir, **options)
    tap.explain_with(daemon.tail)
    return daemon


def begun(client):
    """A message up to its first header field."""
    client.macros(b"M", mail_addr="ann@example.com")
    client.command(b"M", b"<ann@example.com>\0")
    client.command(b"R", b"<bob@example.net>\0")
    client.command(b"T")
    client.command(b"L", b"From\0 ann@example.com\0")


def test_B68_stop_lets_messages_finish():
    daemon = fresh(stop_timeout=20)
    clients = [direct(daemon) for _ in range(10)]
    for client in clients:
        begun(client)
    daemon.child.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert daemon.child.poll() is None, "it ended with messages in flight"
    for client in clients:
        client.command(b"N")
        client.command(b"B", b"hello\r\n")
        answer = client.command(b"E")
        tap.equal((answer.verdict in ("accept", "continue"),
                   len(answer.inserted("DKIM-Signature"))), (True, 1))
    tap.equal(daemon.stop(), 0, "exit status")


def test_B68_stop_is_bounded():
    daemon = fresh(stop_timeout=1)
    client = direct(daemon)
    begun(client)
    began = time.monotonic()
    tap.equal(daemon.stop(), 0, "exit status")
    took = time.monotonic() - began
    assert took < proc.patience(4), "it took %.1f s" % took
    client.close()


def test_stop_with_nothing_to_do_is_quick():
    daemon = fresh(stop_timeout=30)
    idle = direct(daemon)
    began = time.monotonic()
    tap.equal(daemon.stop(), 0, "exit status")
    took = time.monotonic() - began
    assert took < proc.patience(2), "it took %.1f s" % took
    idle.close()


@tap.limit(120)
def test_stop_under_load_loses_nothing():
    here = base()
    mail = load.Load(here.mta.mx, 8, prefix="stop")
    time.sleep(0.6)
    tap.equal(here.daemon.stop(), 0, "exit status")
    here.daemon.notify.seen.clear()
    here.daemon.start()
    time.sleep(0.6)
    mail.finish()
    for code, text in mail.others():
        tap.equal((code, text[:5]), (451, AWAY), text)
    account(here, mail)


def test_supervisor_killed_takes_all_with_it():
    daemon = fresh(stop_timeout=1)
    pids = [p for p in daemon.processes() if p != daemon.child.pid]
    daemon.child.kill()
    daemon.child.wait()

    def gone():
        return not any(re.search(r"gate|signer", gatepost.title(pid)) for pid in pids)
    proc.wait_until(gone, proc.patience(5), "gate and signer end")


def test_sigint_ends_like_sigterm():
    daemon = fresh()
    daemon.child.send_signal(signal.SIGINT)
    tap.equal(daemon.wait_end(), 0)


# ---- connections ----

def test_B68_connect_and_close():
    here = base()
    pid = here.daemon.pid("gate")
    for _ in range(200):
        socket.create_connection(("127.0.0.1", here.daemon.port)).close()
    for garbage in (b"\0", b"\0\0\0\1", b"\xff\xff\xff\xffO", b"GET / HTTP/1.0\r\n\r\n",
                    b"\0\0\0\1Q", b"\0\0\0\0", b"\0\0\0\5Oabcd"):
        with socket.create_connection(("127.0.0.1", here.daemon.port)) as probe:
            probe.sendall(garbage)
    here.signed(here.send(plain()), "example.com", ["rsa", "ed25519"])
    tap.equal(here.daemon.pid("gate"), pid, "the gate is the same process")


@tap.cases(*range(0, 9))
def test_B68_milter_connection_ends_at_any_step(step):
    here = base()
    pid = here.daemon.pid("gate")
    before = gatepost.fds(pid)
    todo = [lambda c: c.connect("localhost", "127.0.0.1"),
            lambda c: c.command(b"H", b"helo\0"),
            lambda c: c.command(b"M", b"<ann@example.com>\0"),
            lambda c: c.command(b"R", b"<bob@example.net>\0"),
            lambda c: c.command(b"L", b"From\0 ann@example.com\0"),
            lambda c: c.command(b"N"),
            lambda c: c.command(b"B", b"hello\r\n"),
            lambda c: c.write(b"E")]
    for _ in range(20):
        client = milter.Client(("127.0.0.1", here.daemon.port))
        for action in todo[:step]:
            action(client)
        client.close()
    proc.wait_until(lambda: gatepost.fds(pid) <= before, proc.patience(10), "descriptors are closed")
    tap.equal(len(signed_directly(here.daemon).edits), 2)
    tap.equal(here.daemon.pid("gate"), pid, "the gate is the same process")


@tap.cases("abort at once", "end without a beginning", "header before mail", "two ends",
           "body before header", "mail twice")
def test_steps_out_of_order(case):
    here = base()
    pid = here.daemon.pid("gate")
    client = direct(here.daemon)
    client.socket.settimeout(1)
    commands = {"abort at once": [(b"A", b"")],
                "end without a beginning": [(b"E", b"")],
                "header before mail": [(b"L", b"From\0 x@example.com\0")],
                "two ends": [(b"M", b"<a@example.com>\0"), (b"E", b""), (b"E", b"")],
                "body before header": [(b"M", b"<a@example.com>\0"), (b"B", b"x")],
                "mail twice": [(b"M", b"<a@example.com>\0"), (b"M", b"<b@example.com>\0")]}[case]
    try:
        for kind, data in commands:
            if kind == b"A":
                client.abort()
            else:
                answer = client.command(kind, data)
                assert not answer.inserted("DKIM-Signature"), case
    except (EOFError, TimeoutError):
        pass  # libmilter hangs up, or passes over what is out of order
    client.close()
    tap.equal(len(signed_directly(here.daemon).edits), 2)
    tap.equal(here.daemon.pid("gate"), pid, "the gate is the same process")


def test_without_leading_space():
    here = base()
    client = milter.Client(("127.0.0.1", here.daemon.port), steps=0)
    client.connect("localhost", "127.0.0.1")
    answer = client.message(plain(), "ann@example.com")
    client.quit()
    values = answer.inserted("DKIM-Signature")
    tap.equal(len(values), 2)
    assert not any(value.startswith(b" ") for value in values), values
    field = b"DKIM-Signature: " + values[0].replace(b"\n", b"\r\n") + b"\r\n"
    assert verified(here, world_delivery(field + plain()), here.keys.zone)
    here.daemon.wait_line("space after", since=0)


def world_delivery(data):
    return sink.Delivery("", [], "", data)


@tap.limit(120)
def test_a_thousand_idle_connections():
    here = base()
    pid = here.daemon.pid("gate")
    time.sleep(0.5)
    before = gatepost.fds(pid), gatepost.thread_count(pid), gatepost.rss(pid)
    clients = [direct(here.daemon) for _ in range(1000)]
    time.sleep(0.5)
    after = gatepost.fds(pid), gatepost.thread_count(pid), gatepost.rss(pid)
    tap.equal(len(signed_directly(here.daemon).edits), 2)
    tap.note("1000 idle connections: %d descriptors, %d threads, %d KB more"
             % (after[0] - before[0], after[1] - before[1], (after[2] - before[2]) >> 10))
    assert after[1] < 100, "%d threads" % after[1]
    if not proc.sanitized():
        assert after[2] - before[2] < 20 << 20, "%d bytes more" % (after[2] - before[2])
    for client in clients:
        client.close()
    proc.wait_until(lambda: gatepost.fds(pid) <= before[0] + 2, proc.patience(10),
                    "descriptors are closed")


@tap.limit(120)
@tap.cases(("comments", b"From: " + b"(" * 10000 + b")" * 10000 + b" ann@example.com\r\n"),
           ("groups", b"From: " + b"g:" * 10000 + b" ann@example.com" + b";" * 10000 + b"\r\n"),
           ("brackets", b"From: " + b"<" * 10000 + b"ann@example.com" + b">" * 10000 + b"\r\n"),
           ("addresses", b"From: " + b"ann@example.com,\r\n " * 3000 + b"ann@example.com\r\n"),
           ("encoded words", b"From: " + b"=?utf-8?q?=3D?=\r\n " * 3000 + b" <ann@example.com>\r\n"),
           ("results", b"Authentication-Results: " + b"(" * 10000 + b"\r\n" + b"From: ann@example.com\r\n"),
           ("tags", b"DKIM-Signature: " + b"a=b;" * 10000 + b"\r\n" + b"From: ann@example.com\r\n"),
           ("MIME parts", b"From: ann@example.com\r\nContent-Type: multipart/mixed; boundary=b0\r\n"))
def test_B95_deep_nesting_on_small_stacks(case):
    """Threads with 256 KB: depth has its limit, and what is large is on the heap."""
    name, fields = case
    body = b"x\r\n"
    if name == "MIME parts":
        body = b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (i, i + 1)
                        for i in range(10000))
    daemon = small_stacks()
    gate = daemon.pid("gate")
    for address in ("127.0.0.1", "192.0.2.1"):
        client = milter.Client(("127.0.0.1", daemon.port), timeout=proc.patience(60))
        client.connect("localhost", address)
        client.message(fields + b"Subject: x\r\n\r\n" + body, "ann@example.com")
        client.quit()
    tap.equal(daemon.pid("gate"), gate, "the gate")
    daemon.insist_clean()


_small = []


def small_stacks():
    if not _small:
        store = keys.Keys().add("example.com", "r1", "rsa")
        _small.append(gatepost.Gatepost(store.dir, resolver=["127.0.0.1@9"], wrapper=[
            "/bin/sh", "-c", "ulimit -s %d; exec \"$0\" \"$@\"" % (1024 if proc.sanitized() else 256)]))
        with open("/proc/%d/limits" % _small[0].pid("gate")) as limits:
            assert re.search(r"Max stack size +(262144|1048576) ", limits.read()), "the limit is not in force"
    return _small[0]


# ---- sockets ----

def folder():
    return proc.folder("gp-socket-")


def refuses(daemon, *words):
    """Insists that a daemon ends with an error that has these words in one line."""
    status = daemon.wait_end(10)
    assert status not in (0, None) and status > 0, "exit status %s" % status
    assert any(all(word in line for word in words) for line in daemon.lines()), daemon.tail()
    daemon.insist_clean()


def unstarted(keys_dir=None, **options):
    if keys_dir is None:
        keys_dir = keys.Keys().add("example.com", "e1", "ed25519").dir
    daemon = gatepost.Gatepost(keys_dir, start=False, **options)
    daemon.start(wait=False)
    return daemon


def test_B83_stale_socket_is_replaced():
    path = os.path.join(folder(), "milter.sock")
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.close()
    daemon = fresh(listen=["unix:" + path])
    client = milter.Client(path)
    client.connect("localhost", "127.0.0.1")
    tap.equal(len(client.message(plain(), "ann@example.com").edits), 1)
    client.quit()
    tap.equal(daemon.stop(), 0)
    assert not os.path.exists(path), "the socket is left behind"


def test_B83_live_socket_is_left_alone():
    path = os.path.join(folder(), "milter.sock")
    first = fresh(listen=["unix:" + path])
    refuses(unstarted(listen=["unix:" + path]), path)
    client = milter.Client(path)
    client.connect("localhost", "127.0.0.1")
    tap.equal(len(client.message(plain(), "ann@example.com").edits), 1)
    client.quit()
    tap.equal(first.stop(), 0)


def test_B83_missing_folder():
    path = os.path.join(folder(), "nowhere", "milter.sock")
    refuses(unstarted(listen=["unix:" + path]), os.path.dirname(path), "No such file or directory")


def test_B83_other_file_is_left_alone():
    path = os.path.join(folder(), "milter.sock")
    with open(path, "w") as out:
        out.write("precious")
    refuses(unstarted(listen=["unix:" + path]), path)
    with open(path) as file:
        tap.equal(file.read(), "precious")


def test_B83_mode_and_group():
    path = os.path.join(folder(), "milter.sock")
    daemon = fresh(listen=["unix:" + path], socket_mode="0620", socket_group="postdrop")
    facts = os.stat(path)
    tap.equal((stat.S_IMODE(facts.st_mode), facts.st_gid),
              (0o620, __import__("grp").getgrnam("postdrop").gr_gid))
    tap.equal(daemon.stop(), 0)


def test_B83_mode_whatever_the_umask():
    path = os.path.join(folder(), "milter.sock")
    daemon = fresh(listen=["unix:" + path], socket_mode="0666",
                   wrapper=["/bin/sh", "-c", "umask 0077; exec \"$0\" \"$@\""])
    tap.equal(stat.S_IMODE(os.stat(path).st_mode), 0o666)
    tap.equal(daemon.stop(), 0)


def test_port_in_use():
    port = proc.free_port()
    with socket.create_server(("127.0.0.1", port)):
        refuses(unstarted(listen=["inet:%d@127.0.0.1" % port]), str(port))


def test_several_sockets():
    path = os.path.join(folder(), "milter.sock")
    port = proc.free_port()
    daemon = fresh(listen=["unix:" + path, "inet:%d@127.0.0.1" % port])
    for address in (path, ("127.0.0.1", port)):
        client = milter.Client(address)
        client.connect("localhost", "127.0.0.1")
        tap.equal(len(client.message(plain(), "ann@example.com").edits), 1)
        client.quit()
    tap.equal(daemon.stop(), 0)


# ---- start ----

def test_ready_is_notified():
    daemon = fresh()
    assert daemon.notify.has("READY=1")
    daemon.hup()
    proc.wait_until(lambda: daemon.notify.has("RELOADING=1"), 5, "RELOADING=1")
    daemon.stop()
    assert daemon.notify.has("STOPPING=1"), daemon.notify.seen


def test_missing_configuration_file():
    daemon = gatepost.Gatepost(None, start=False)
    os.unlink(daemon.config)
    daemon.start(wait=False)
    refuses(daemon, daemon.config)


def test_wrong_configuration_names_file_and_line():
    daemon = gatepost.Gatepost(None, start=False)
    daemon.write_text("# one\nlisten = {\"inet:%d@127.0.0.1\"}\nno_such_option = 3\n" % daemon.port)
    daemon.start(wait=False)
    refuses(daemon, daemon.config, ":3", "no_such_option")


def test_missing_keys_folder():
    path = os.path.join(folder(), "no-keys")
    refuses(unstarted(path), path)


def test_B19_unreadable_key_at_start():
    store = keys.Keys().add("example.com", "r1", "rsa")
    path = store.path("example.com", "r1")
    for name in (store.dir, os.path.dirname(path)):
        os.chmod(name, 0o755)
    refuses(unstarted(store.dir, user="daemon", signer_user="nobody"), path)


def test_B18_key_that_others_can_read():
    store = keys.Keys().add("example.com", "r1", "rsa")
    path = store.path("example.com", "r1")
    os.chmod(path, 0o644)
    for name in (store.dir, os.path.dirname(path)):
        os.chmod(name, 0o755)
    refuses(unstarted(store.dir), path, "644")


def test_unknown_account():
    refuses(unstarted(user="no-such-account-here"), "no-such-account-here")


# ---- who sees what ----

def separated():
    """A daemon started as root whose gate is `daemon` and whose signer is `nobody`."""
    nobody = pwd.getpwnam("nobody").pw_uid
    store = keys.Keys(owner=nobody).add("example.com", "r1", "rsa")
    daemon = gatepost.Gatepost(store.dir, user="daemon", signer_user="nobody")
    tap.explain_with(daemon.tail)
    return daemon, store


def test_privileges_are_dropped():
    if os.geteuid() != 0:
        tap.skip("needs root")
    daemon, store = separated()
    for role, name in (("gate", "daemon"), ("signer", "nobody")):
        pid, who = daemon.pid(role), pwd.getpwnam(name)
        tap.equal(gatepost.status(pid, "Uid"), [str(who.pw_uid)] * 4, role)
        tap.equal(gatepost.status(pid, "Gid"), [str(who.pw_gid)] * 4, role)
        assert gatepost.status(pid, "Groups") in ([], [str(who.pw_gid)]), role
        tap.equal(gatepost.status(pid, "CapEff"), ["0" * 16], role)
        tap.equal(gatepost.status(pid, "NoNewPrivs"), ["1"], role)
    tap.equal(len(signed_directly(daemon).edits), 1)
    tap.equal(daemon.hup().count("reloaded"), 1)
    tap.equal(len(signed_directly(daemon).edits), 1)
    tap.equal(daemon.stop(), 0)


def needles(store):
    """Byte strings that only a process with the private key has: of the file, the DER, the numbers."""
    with open(store.path("example.com", "r1"), "rb") as pem:
        lines = pem.read().splitlines()
    der = store.secret("example.com", "r1")
    text = subprocess.run(["openssl", "pkey", "-in", store.path("example.com", "r1"), "-text",
                           "-noout"], check=True, stdout=subprocess.PIPE).stdout.decode()
    prime = re.search(r"prime1:\s*([0-9a-f:\s]+)", text).group(1)
    number = int(re.sub(r"[^0-9a-f]", "", prime), 16)
    return [lines[10], der[700:732], number.to_bytes(128, "little")[:32],
            number.to_bytes(128, "big")[:32]]


def test_only_the_signer_has_the_key():
    if proc.sanitized():
        tap.skip("the memory of a sanitized process is too large to search")
    daemon, store = separated()
    for _ in range(3):
        tap.equal(len(signed_directly(daemon).edits), 1)
    secrets = needles(store)
    signer = daemon.pid("signer")
    assert any(gatepost.memory_holds(signer, s) for s in secrets), "the control: the signer has it"
    for pid in [daemon.pid("gate"), daemon.child.pid]:
        for number, secret in enumerate(secrets):
            assert not gatepost.memory_holds(pid, secret), \
                "%s holds secret %d" % (gatepost.title(pid), number)
    tap.equal(daemon.stop(), 0)


def test_no_process_dumps_core():
    daemon = fresh()
    for role in ("gate", "signer"):
        with open("/proc/%d/limits" % daemon.pid(role)) as limits:
            line = next(l for l in limits if l.startswith("Max core file size"))
        tap.equal(line.split()[4:6], ["0", "0"], role)
    daemon.stop()


def test_started_without_root():
    if os.geteuid() != 0:
        tap.skip("the other tests do just that")
    nobody = pwd.getpwnam("nobody").pw_uid
    store = keys.Keys(owner=nobody).add("example.com", "r1", "rsa")
    daemon = gatepost.Gatepost(store.dir, as_user="nobody")
    tap.explain_with(daemon.tail)
    tap.equal(len(signed_directly(daemon).edits), 1)
    tap.equal(len([l for l in daemon.lines() if "warning" in l]), 1, "warnings")
    for role in ("gate", "signer"):
        tap.equal(gatepost.status(daemon.pid(role), "Uid"), [str(nobody)] * 4, role)
    tap.equal(daemon.stop(), 0)


def test_nothing_is_left_open():
    """Children have only what is theirs: no listening socket at the signer, no key file anywhere."""
    daemon, store = separated()
    tap.equal(len(signed_directly(daemon).edits), 1)
    for pid in daemon.processes():
        for name in os.listdir("/proc/%d/fd" % pid):
            target = os.readlink("/proc/%d/fd/%s" % (pid, name))
            assert not target.startswith(store.dir), target
    inodes = set()
    with open("/proc/net/tcp") as table:
        for row in map(str.split, table):
            if row[1].endswith(":%04X" % daemon.port):
                inodes.add("socket:[%s]" % row[9])
    signer = daemon.pid("signer")
    mine = {os.readlink("/proc/%d/fd/%s" % (signer, n)) for n in os.listdir("/proc/%d/fd" % signer)}
    assert inodes and not inodes & mine, "the signer holds the milter socket"
    daemon.stop()


def test_memory_is_flat_over_messages():
    if proc.sanitized():
        tap.skip("a sanitizer keeps freed memory")
    here = base()
    client = direct(here.daemon)
    large = plain(body=messages.lines(200000))

    def some(count):
        for number in range(count):
            client.message(large if number % 10 == 0 else plain(), "ann@example.com")
            begun(client)
            client.abort()
    some(300)
    pids = [here.daemon.pid("gate"), here.daemon.pid("signer")]
    before = [gatepost.rss(pid) for pid in pids]
    some(1200)
    grown = [gatepost.rss(pid) - b for pid, b in zip(pids, before)]
    client.quit()
    assert max(grown) < 1 << 20, "gate and signer grew by %s bytes" % grown


def test_ends_clean():
    tap.equal(w().daemon.stop(), 0)


if __name__ == "__main__":
    world.main(globals(), needs=[gatepost.program()])
