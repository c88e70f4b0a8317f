"""Where benchmarks run: data folders with a server, a PostgreSQL that keeps its promises (fsync on), generated names."""
import contextlib
import glob
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(os.path.realpath(__file__)).parent.parent.parent
START_SECONDS = 30


class Unmeasured(Exception):
    """A figure that could not be had, with the reason."""


class Skipped(Exception):
    """Figures that need what is not here."""


def run(*words, **more):
    """A program to its end; its text. Anything but exit 0 is Unmeasured."""
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise Unmeasured(f"{Path(str(words[0])).name} {words[1] if len(words) > 1 else ''}: {last[0]}")
    return done.stdout


def values(text):
    """`name value` lines."""
    return {k: float(v) for k, v in (line.split() for line in text.splitlines() if line.strip())}


def free_port():
    while True:
        port = random.randint(12000, 30000)
        with contextlib.closing(socket.socket()) as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


# ── memory ──

def children(pid):
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(Path(path).read_text().rsplit(")", 1)[1].split()[1]) == pid:
                child = int(path.split("/")[2])
                found += [child, *children(child)]
    return found


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # gone meanwhile
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def bytes_written(pids):
    """By their system calls, so whatever the cache does later; 0 where /proc doesn't tell."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(re.search(r"^wchar: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.M).group(1))
    return total


def others_share():
    """The part of the machine that other programs take, over half a second."""
    def ticks():
        fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]
    all_before, idle_before = ticks()
    time.sleep(0.5)
    all_after, idle_after = ticks()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def kilobytes(pid, file, key):
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


class Watched:
    """A command run to its end: seconds, peak of its resident memory and of the part that is its own (anonymous), in bytes. The
    resident memory also counts pages of the mapped database, which the kernel takes back when anybody needs them."""

    def __init__(self, words):
        began = time.monotonic()
        with tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen([str(w) for w in words], stdout=subprocess.DEVNULL, stderr=err, stdin=subprocess.DEVNULL)
            self.own = 0
            sampler = threading.Thread(target=self.sample, args=(process.pid,))
            sampler.start()
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            sampler.join()
            err.seek(0)
            said = err.read().strip().splitlines()
        self.resident = usage.ru_maxrss * 1024
        if process.returncode != 0:
            raise Unmeasured(f"nicert {words[1]} {words[2]}: {said[-1] if said else process.returncode}")

    def sample(self, pid):
        with contextlib.suppress(OSError):
            while kilobytes(pid, "status", "VmSize"):
                self.own = max(self.own, kilobytes(pid, "status", "RssAnon") * 1024)
                time.sleep(0.02)


# ── cores ──

def cores():
    """One for the servers and one for who asks, which is the first: it has the machine's own work, too. None where there are not two
    to choose from."""
    allowed = sorted(os.sched_getaffinity(0))
    return [allowed[1], allowed[0]] if len(allowed) > 1 and shutil.which("taskset") else []


def on_core(core):
    """The beginning of a command that keeps to one core."""
    return ["taskset", "-c", str(cores()[core])] if cores() else []


@contextlib.contextmanager
def core_of_its_own():
    """Keeps the machine's other programs away from the servers' core, as far as one may (root): each stop of some milliseconds
    would be said of the server. Theirs again afterwards."""
    were = {}
    try:
        for path in glob.glob("/proc/[0-9]*/task/[0-9]*") if cores() else []:
            process, thread = int(path.split("/")[2]), int(path.rsplit("/", 1)[1])
            with contextlib.suppress(OSError):  # the kernel's own, or somebody else's
                if process == os.getpid():
                    continue
                allowed = os.sched_getaffinity(thread)
                if len(allowed) > 1:
                    os.sched_setaffinity(thread, {cores()[1]})
                    were[thread] = allowed
        yield
    finally:
        for thread, allowed in were.items():
            with contextlib.suppress(OSError):
                os.sched_setaffinity(thread, allowed)


def keep_to_core(core, pids):
    for pid in pids if cores() else []:
        run("taskset", "-acp", cores()[core], pid)


# ── a data folder and its server ──

class Site:
    """Made by `nicert init`; `store` is a URL, None for SQLite in the folder."""

    def __init__(self, bench, name, store=None, make=True, **sets):
        self.bench, self.dir, self.store = bench, bench.tmp / name, store
        self.process, self.lines = None, []
        self.port = free_port()
        self.sets = {"http.listen": f"127.0.0.1:{self.port}", "epp.listen": "", "whois.listen": "", "report.per_net_hour": 1000000,
                     "public.url": f"http://127.0.0.1:{self.port}"} | ({"store.url": store} if store else {})
        if make:
            run(bench.nicert, "init", self.dir, "--country", "TW", *self.words(self.sets))

    @staticmethod
    def words(sets):
        return [w for k, v in sets.items() for w in ("--set", f"{k}={v}")]

    @property
    def url(self):
        return self.store or f"sqlite:{self.dir}/nicert.db"

    def command(self, *words):
        return Watched([self.bench.nicert, *words, "-d", self.dir])

    def fill(self, count):
        """Names and contacts, of a size that is made once. Returns the two commands' seconds and memory."""
        data = self.bench.names(count)
        return self.command("import", "names", data / "names.csv"), self.command("import", "contacts", data / "contacts.csv")

    def serve(self, env=None, **sets):
        """Starts it and returns the seconds from exec to the line that says ready."""
        self.lines = []
        began = time.monotonic()
        self.process = subprocess.Popen([self.bench.nicert, "serve", "-d", self.dir, *self.words(self.sets), *self.words(sets)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        env=dict(os.environ, **(env or {})), start_new_session=True)
        ready = threading.Event()
        took = []
        reader = threading.Thread(target=self.read, args=(began, ready, took), daemon=True)
        reader.start()
        if not ready.wait(START_SECONDS) or not took:
            self.stop()
            raise Unmeasured("serve did not become ready: " + " / ".join(self.lines[-2:]))
        return took[0]

    def read(self, began, ready, took):
        for line in self.process.stderr:
            if not ready.is_set() and re.search(r'msg="?ready\b', line):
                took.append(time.monotonic() - began)
                ready.set()
            self.lines = self.lines[-200:] + [line.rstrip()]
        ready.set()

    def stop(self):
        process, self.process = self.process, None
        if not process:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def pids(self):
        return [self.process.pid, *children(self.process.pid)]

    def metric(self, name):
        text = run("curl", "-s", "--noproxy", "*", f"http://127.0.0.1:{self.port}/metrics")
        found = re.search(rf"^nicert_{name} (\d+)$", text, re.M)
        if not found:
            raise Unmeasured(f"/metrics has no {name}")
        return int(found.group(1))

    def settle(self, seconds=600):
        """Waits until the letters of what was filed are out, so that what is measured next has the core to itself."""
        end = time.monotonic() + seconds
        while self.metric("mail_behind"):
            if time.monotonic() > end:
                raise Unmeasured("the post was never out")
            time.sleep(0.2)

    def load(self, seconds, connections=64, rate=0, prefix="a", wait=True):
        """Reports about names that are registered. A Load, or the running process when not `wait`."""
        names = self.bench.names(10_000) / "names.csv"
        words = [self.bench.tool("load"), *(["-r", rate] if rate else []), "-n", names, self.port, connections, seconds,
                 "/api/v1/reports", prefix]
        cpu, wrote = cpu_seconds(self.pids()), bytes_written(self.pids())
        process = subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not wait:
            return process
        load = self.judged(process)
        load.cpu_usec = (cpu_seconds(self.pids()) - cpu) * 1e6 / max(1, load.ok)
        load.wrote = (bytes_written(self.pids()) - wrote) / max(1, load.ok)
        return load

    def judged(self, process):
        """Its Load; when that fails, with what the server said of it."""
        try:
            return Load(process)
        except Unmeasured as e:
            time.sleep(0.2)
            said = [line for line in self.lines if re.search("level=(warn|error)", line)]
            raise Unmeasured(" / ".join([str(e), *said[-3:]])) from e

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Load:
    """What load.c printed; cpu_usec and wrote: what all processes of the server spent on a report, and wrote to files and sockets."""

    def __init__(self, process):
        out, err = process.communicate()
        found = re.search(r"done (\d+)/s ok (\d+) other (\d+) p50 (\d+) us p99 (\d+) us max (\d+) us", out)
        if not found:
            raise Unmeasured("load: " + (err.strip().splitlines() or ["no answer"])[-1])
        self.rate, self.ok, self.other, self.p50, self.p99, self.max = map(int, found.groups())
        if self.other:
            raise Unmeasured(f"{self.other} of {self.ok + self.other} reports were not taken: {err.strip()[:200]}")


# ── PostgreSQL ──

class Postgres:
    """A server with its defaults, so durable, on a socket in a temporary folder; gone at the end."""

    def __init__(self):
        self.process = self.dir = None
        self.count = 0

    def start(self, preload=None):
        """`preload`: a library that the server and its processes load first; it is copied to where their user may read."""
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(re.sub(r"\D", "", p) or 0))
        if not found:
            raise Skipped("no PostgreSQL here")
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        self.dir = tempfile.mkdtemp(prefix="npb-", dir="/tmp")
        if owner:
            shutil.chown(self.dir, "postgres", "postgres")
        run(f"{found[-1]}/initdb", "-D", f"{self.dir}/d", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", cwd="/",
            **owner)
        env = dict(os.environ)
        if preload:
            env["LD_PRELOAD"] = shutil.copy(preload, self.dir)
        self.process = subprocess.Popen(
            [f"{found[-1]}/postgres", "-D", f"{self.dir}/d", "-c", "listen_addresses=", "-c", f"unix_socket_directories={self.dir}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True,
            env=env, **owner)
        for _ in range(600):
            if subprocess.run([f"{found[-1]}/pg_isready", "-q", "-h", self.dir]).returncode == 0:
                return self
            time.sleep(0.05)
        raise Unmeasured("PostgreSQL did not start")

    def database(self):
        """A new empty one; its URL."""
        self.count += 1
        run("psql", "-q", "-h", self.dir, "-U", "postgres", "-c", f"CREATE DATABASE b{self.count}")
        return f"postgresql:///b{self.count}?host={self.dir}&user=postgres"

    def swept(self, url, table):
        """Autovacuum has come by since the table was filled."""
        for _ in range(300):
            done = run("psql", "-q", "-t", "-A", url, "-c", f"SELECT count(*) FROM pg_stat_user_tables WHERE relname = '{table}' AND last_autovacuum > '-infinity'")
            if done.strip() == "1":
                return
            time.sleep(1)
        raise Unmeasured(f"autovacuum did not come by {table} in five minutes")

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGQUIT)  # without a last checkpoint: nothing of it is kept
            self.process.wait(60)
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)


# ── all of it ──

class Bench:
    """The build, temporary files on its disk, and what is made once and used by several figures."""

    def __init__(self, build, large):
        self.build, self.large = Path(build).resolve(), large
        self.nicert = self.build / "nicert"
        if not os.access(self.nicert, os.X_OK):
            sys.exit(f"bench: {self.nicert} is not there; build it first")
        self.tmp = Path(tempfile.mkdtemp(prefix="tmp-", dir=self.build / "tests/bench"))
        self.pg = self.slow_pg = None

    def tool(self, name):
        return self.build / "tests/bench" / name

    def postgres(self):
        self.pg = self.pg or Postgres().start()
        return self.pg

    def slow_postgres(self):
        """One whose every fsync takes 5 ms longer."""
        self.slow_pg = self.slow_pg or Postgres().start(preload=self.tool("slowsync.so"))
        return self.slow_pg

    def names(self, count):
        """The folder with names.csv and contacts.csv, kept in the build folder for the next time."""
        return self.generated("gen_names.py", "names", count)

    def registry(self, count):
        """Likewise names.csv, contacts.csv and hosts.csv of a registry to be taken over."""
        return self.generated("gen_load.py", "registry", count)

    def generated(self, program, what, count):
        generator = ROOT / "tests/tools" / program
        stamp = hashlib.sha256(generator.read_bytes()).hexdigest()[:8]
        folder = self.build / "tests/bench" / f"{what}-{count}-{stamp}"
        if not folder.exists():
            for old in folder.parent.glob(f"{what}-{count}-*"):
                shutil.rmtree(old)
            made = Path(tempfile.mkdtemp(dir=self.tmp))
            run(sys.executable, generator, count, made)
            made.rename(folder)
        return folder

    def close(self):
        for server in (self.pg, self.slow_pg):
            if server:
                server.stop()
        shutil.rmtree(self.tmp, ignore_errors=True)
