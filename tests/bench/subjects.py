"""What the benchmarks share: milters started and stopped, CPU time, the load, medians."""
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SIZES = {'4K': 4096, '64K': 65536, '1M': 1048576}
START_SECONDS = 20


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- processes: started here, measured as a tree, ended by their ids ----

def children_of():
    """Process id -> ids of its children, for all processes there are."""
    tree = {}
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            with open(f'/proc/{name}/stat', 'rb') as f:
                # the name of the program stands in brackets and may hold anything
                parent = int(f.read().rpartition(b')')[2].split()[1])
        except OSError:
            continue
        tree.setdefault(parent, []).append(int(name))
    return tree


def family(pid):
    tree, found, todo = children_of(), [], [pid]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo.extend(tree.get(pid, []))
    return found


def cpu_ns(pids):
    """User and system time of whole processes, also of threads that have ended."""
    # The clock of another process, see clock_getcpuclockid(3).
    return {pid: time.clock_gettime_ns((~pid << 3) | 2) for pid in pids}


class Subject:
    """A milter that is measured."""

    expects = None   # the header field that it must add to every message
    asks_dns = False

    def __init__(self, name, place):
        self.name, self.place = name, place
        self.dir = os.path.join(place.dir, name)
        os.mkdir(self.dir, 0o755)
        self.socket = os.path.join(self.dir, 'socket')
        self.process = None

    def command(self):
        raise NotImplementedError

    def missing(self):
        """Why it cannot run here; None where it can."""
        return None

    def start(self):
        self.log = open(os.path.join(self.dir, 'log'), 'wb')
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f'{self.name} did not start: {self.log_tail()}')
            time.sleep(0.02)

    def answers(self):
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(self.socket)
            return True
        except OSError:
            return False
        finally:
            s.close()

    def log_tail(self):
        with open(os.path.join(self.dir, 'log'), 'rb') as f:
            return f.read()[-500:].decode(errors='replace').strip() or 'nothing in its log'

    def parts(self):
        """The processes that see a message, one after the other, as subjects of their own."""
        return [self]

    def message(self, path):
        """The file that it is given in place of this one."""
        return path

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            say(f'{self.name} does not stop: killed')
        # Its session is its own, so this group holds nothing but what was started here.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()
        self.process = None


class Null(Subject):
    def command(self):
        return [self.place.program('milter-null'), 'unix:' + self.socket]


class NullMinimal(Subject):
    def command(self):
        return [self.place.program('milter-null'), '--minimal', 'unix:' + self.socket]


class Place:
    """The folder of one run, and where the programs are."""

    def __init__(self, args):
        self.build = args.build
        self.gatepost = args.gatepost or os.path.join(args.build, 'gatepost')
        self.gatepost_options = ''.join(o + '\n' for o in args.gatepost_option)
        self.dir = tempfile.mkdtemp(prefix='gatepost-bench-')
        os.chmod(self.dir, 0o755)

    def program(self, name):
        return os.path.join(self.build, 'tests/bench', name)

    def make_key(self, path):
        os.makedirs(os.path.dirname(path), 0o700)
        subprocess.run(['openssl', 'genpkey', '-quiet', '-algorithm', 'RSA', '-pkeyopt',
                        'rsa_keygen_bits:2048', '-out', path], check=True)
        os.chmod(path, 0o600)

    def remove(self):
        shutil.rmtree(self.dir)


# ---- measuring ----

class Load:
    """What milter-load is told, but for the socket."""

    def __init__(self, connections, messages, *options):
        self.connections, self.messages, self.options = connections, messages, list(options)

    def command(self, subject):
        options = [subject.message(o) if before == '--message' else o
                   for before, o in zip([''] + self.options, self.options)]
        return [subject.place.program('milter-load'), '--json', '-c', str(self.connections),
                '-n', str(self.messages), '--deadline', '300', *options,
                'unix:' + subject.socket]


def run_load(subject, load):
    done = subprocess.run(load.command(subject), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(f'{subject.name}: milter-load: exit {done.returncode}: '
                           + done.stderr.decode(errors='replace')[-500:])
    result = json.loads(done.stdout)
    if subject.expects is not None:
        added = sum(result['headers'].get(subject.expects, {}).values())
        if added != load.messages:
            raise RuntimeError(f'{subject.name}: {added} of {load.messages} messages '
                               f'got a {subject.expects} field')
    return result


def measure(subject, load):
    """Of several parts the CPU time and latencies are added: each sees every message."""
    found = [measure_part(part, load) for part in subject.parts()]
    total = {key: sum(f[key] for f in found) for key in found[0]}
    total['per_second'] = 1 / sum(1 / f['per_second'] for f in found)
    return total


def measure_part(subject, load):
    pids = family(subject.process.pid)
    before = cpu_ns(pids)
    result = run_load(subject, load)
    # A worker may still be at the end of its last session.
    time.sleep(0.05)
    if sorted(family(subject.process.pid)) != sorted(pids):
        raise RuntimeError(f'{subject.name}: a process ended or began while it was measured')
    after = cpu_ns(pids)
    latency = result['eom_latency_us']
    return {'cpu_us': sum(after[p] - before[p] for p in pids) / 1e3 / load.messages,
            'per_second': load.messages / (result['elapsed_us'] / 1e6),
            'p50_us': latency['p50'], 'p99_us': latency['p99'],
            'load_cpu_us': result['load_cpu_us'] / load.messages}


def bare_crypto(place, sizes, seconds):
    """CPU microseconds of each operation by itself."""
    out = subprocess.run([place.program('bare-crypto'), str(seconds)]
                         + [str(SIZES[s]) for s in sizes], check=True, stdout=subprocess.PIPE).stdout
    found = json.loads(out)
    times = {name.removesuffix('_ns').replace('_', ' '): ns / 1e3
             for name, ns in found.items() if name != 'sha256_ns'}
    return {**times, **{'sha256 ' + s: found['sha256_ns'][str(SIZES[s])] / 1e3 for s in sizes}}


def median_of(samples):
    return {key: statistics.median(s[key] for s in samples) for key in samples[0]}


def ratio_of(mine, base, floors):
    """CPU over a null milter and the crypto.

    Each round gives a ratio of figures that were taken one after the other,
    so that a machine that gets busier does not count; the median stands.
    """
    return statistics.median(m['cpu_us'] / (b['cpu_us'] + f)
                             for m, b, f in zip(mine, base, floors))


# ---- the command line ----

def add_options(p, subjects):
    p.add_argument('--build', default=TOP, help='folder where make was run (top of the tree)')
    p.add_argument('--gatepost', help='the program to measure (BUILD/gatepost)')
    p.add_argument('--gatepost-option', action='append', default=[], metavar='LINE',
                   help='one more line for its configuration; repeatable')
    p.add_argument('--only', help='subjects, comma separated: ' + ', '.join(subjects))
    p.add_argument('--sizes', default='4K,64K,1M')
    p.add_argument('--connections', default='1,4,64')
    p.add_argument('--per-session', type=int, default=20, help='messages in one session (20)')
    p.add_argument('--rounds', type=int, help='(5; 3 with --quick)')
    p.add_argument('--quick', action='store_true', help='fewer messages and rounds')
    p.add_argument('--json', action='store_true')


def parse_options(p, subjects):
    args = p.parse_args()
    for name in 'milter-null', 'milter-load', 'bare-crypto':
        if not os.access(os.path.join(args.build, 'tests/bench', name), os.X_OK):
            p.error(f'{args.build}/tests/bench/{name} is not there: run "make test-programs" in the folder where gatepost '
                    'is built, and name it with --build')
    args.sizes = args.sizes.split(',')
    args.connections = [int(n) for n in args.connections.split(',')]
    args.names = args.only.split(',') if args.only else list(subjects)
    args.rounds = args.rounds or (3 if args.quick else 5)
    unknown = [n for n in args.names if n not in subjects]
    unknown += [s for s in args.sizes if s not in SIZES]
    if unknown:
        p.error('unknown: ' + ', '.join(unknown))
    return args


def start_all(args, place, kinds, subjects):
    """Appends to subjects what was started, so that it can be stopped also when one fails."""
    for name in args.names:
        subject = kinds[name](name, place)
        why = subject.missing()
        asked_for = args.only or (name == 'gatepost' and args.gatepost)
        if why is not None and asked_for:
            raise RuntimeError(f'{name}: {why}')
        if why is not None:
            say(f'{name} is left out: {why}')
            continue
        subjects.append(subject)
        subject.start()


def print_rows(samples, ratios):
    """One line for each subject in each cell (size, connections)."""
    print(f'{"size":>5} {"conn":>5}  {"subject":<19}{"CPU us":>9}{"msg/s":>9}{"eom p50 ms":>12}'
          f'{"eom p99 ms":>12}{"x null":>9}{"x minimal":>11}')
    last = None
    for name, size, connections in sorted(samples, key=lambda i: (SIZES[i[1]], i[2])):
        r = median_of(samples[name, size, connections])
        if last not in (None, (size, connections)):
            print()
        last = size, connections
        columns = [ratios.get((name, null, size, connections)) for null in ('null', 'null-minimal')]
        texts = ['' if c is None else f'{c:.2f}' for c in columns]
        print(f'{size:>5} {connections:>5}  {name:<19}{r["cpu_us"]:>9.0f}{r["per_second"]:>9.0f}'
              f'{r["p50_us"] / 1e3:>12.3f}{r["p99_us"] / 1e3:>12.3f}{texts[0]:>9}{texts[1]:>11}')


def all_ratios(samples, crypto, floor_us):
    """(subject, null, size, connections) -> CPU over null milter + bare crypto."""
    found = {}
    for name, size, connections in samples:
        floors = [floor_us(bare, size) for bare in crypto]
        for null in ('null', 'null-minimal'):
            base = samples.get((null, size, connections))
            if base is not None and name not in ('null', 'null-minimal'):
                found[name, null, size, connections] = ratio_of(
                    samples[name, size, connections], base, floors)
    return found


def json_rows(samples):
    return [{'subject': n, 'size': s, 'connections': c,
             **{k: round(v, 1) for k, v in median_of(v).items()}}
            for (n, s, c), v in samples.items()]


def judged(ratios, sizes, limit, aim):
    """The ratios that are bounded, and whether they are within the bounds."""
    return [{'subject': name, 'size': size, 'connections': connections, 'ratio': round(ratio, 3),
             'limit': limit, 'aim': aim, 'within_limit': ratio <= limit, 'within_aim': ratio <= aim}
            for (name, null, size, connections), ratio in ratios.items()
            if null == 'null' and size in sizes]


def print_judged(found):
    for v in found:
        word = ('within the aim' if v['within_aim'] else
                'within the limit' if v['within_limit'] else 'OVER THE LIMIT')
        print(f'  {v["subject"]:<19}{v["size"]:>4} {v["connections"]:>4} connections: '
              f'{v["ratio"]:.2f}  {word}')


def turns(subjects, args, make_load, messages, crypto_seconds):
    """The rounds: (subject, size, connections) -> samples, and what the crypto took each time."""
    samples, crypto = {}, []
    for number in range(args.rounds):
        crypto.append(bare_crypto(subjects[0].place, args.sizes, crypto_seconds))
        for size in args.sizes:
            for n in args.connections:
                load = make_load(size, n, max(n, messages[size]))
                for subject in subjects:
                    samples.setdefault((subject.name, size, n), []).append(measure(subject, load))
                say(f'round {number + 1} of {args.rounds}: {size}, {n} connections: '
                    + ', '.join(f'{s.name} {samples[s.name, size, n][-1]["cpu_us"]:.0f} us'
                                for s in subjects))
    return samples, crypto
