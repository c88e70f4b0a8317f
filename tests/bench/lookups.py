"""Figures of RDAP and WHOIS: server CPU an answer beside nginx with files of the same bytes, times at 70 % of the peak, WHOIS beside
a loop that answers a constant, idle connections."""
import contextlib
import http.client
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import time
import urllib.parse

from place import Site, Skipped, Unmeasured, core_of_its_own, cpu_seconds, free_port, keep_to_core, kilobytes, on_core, run

HOT = 100_000
IDLE = 10_000
PACED = 15
CACHE = "512m"


class Asked:
    """What ask.c printed, and the CPU of the server's processes meanwhile: those on one core, the asking on the other."""

    def __init__(self, bench, pids, *words):
        keep_to_core(0, pids())
        before = cpu_seconds(pids())
        done = subprocess.run([str(w) for w in (*on_core(1), bench.tool("ask"), *words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        found = re.search(r"done (\d+)/s ok (\d+) other (\d+) p50 (\d+) us p99 (\d+) us max (\d+) us stopped (\d+) us", done.stdout)
        if not found:
            raise Unmeasured("ask: " + (done.stderr.strip().splitlines() or ["no answer"])[-1])
        self.rate, self.ok, self.other, self.p50, self.p99, self.max, self.stopped = map(int, found.groups())
        if self.other:
            raise Unmeasured(f"{self.other} of {self.ok + self.other} look-ups were not answered: {done.stderr.strip()[:200]}")
        self.cpu = (cpu_seconds(pids()) - before) * 1e6 / max(1, self.ok)


class Nginx:
    """Two workers, the access log off, as many open files kept as there are."""

    def __init__(self, bench, root, files):
        if not shutil.which("nginx"):
            raise Skipped("no nginx here")
        self.port, self.dir = free_port(), bench.tmp / "nginx"
        self.dir.mkdir()
        temp = "".join(f"{kind}_temp_path {self.dir}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.dir / "nginx.conf").write_text(
            f"{'user root; ' if os.getuid() == 0 else ''}worker_processes 2; daemon off; pid {self.dir}/pid; error_log {self.dir}/error.log;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; {temp}"
            f"default_type application/rdap+json; open_file_cache max={files} inactive=600s; open_file_cache_valid 600s;\n"
            f"server {{ listen 127.0.0.1:{self.port}; root {root}; }} }}\n")
        self.process = subprocess.Popen(["nginx", "-e", f"{self.dir}/error.log", "-c", f"{self.dir}/nginx.conf"], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.closing(socket.socket()) as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise Unmeasured("nginx did not start")

    def pids(self):
        children = run("ps", "-o", "pid=", "--ppid", str(self.process.pid)).split()
        return [self.process.pid, *map(int, children)]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def names_file(bench, count, take):
    """The names of the generated file, one a line; the first `take` of them in an order of their own."""
    path = bench.tmp / f"names-{take}.txt"
    if not path.exists():
        with open(bench.names(count) / "names.csv", encoding="utf-8") as f:
            names = [n for n in (line.split(",", 1)[0] for line in f) if n != "name" and '"' not in n]
        step = max(1, len(names) // take)
        path.write_text("\n".join(names[::step][:take]) + "\n", encoding="utf-8")
    return path


def rdap_whois(bench):
    count = 5_000_000 if bench.large else 1_000_000
    word = "5 M" if bench.large else "1 M"
    seconds = 10 if bench.large else 3
    with Site(bench, "lookups") as site:
        site.fill(count)
        whois = free_port()
        site.serve(**{"rdap.per_net_hour": 0, "whois.per_net_hour": 0, "lookup.cache": CACHE, "whois.listen": f"127.0.0.1:{whois}"})
        hot, every = names_file(bench, count, HOT), names_file(bench, count, count)
        with core_of_its_own():
            yield from rdap(bench, site, hot, every, word, seconds)
            yield searches(site, every, word)
            yield from whois_of(bench, site, whois, hot, seconds)
        yield from idle(bench, site)


def rdap(bench, site, hot, every, word, seconds):
    from figures import Figure
    root = bench.tmp / "www"
    (root / "rdap/domain").mkdir(parents=True)
    for folder in (bench.tmp, root, root / "rdap", root / "rdap/domain"):
        folder.chmod(0o755)
    Asked(bench, site.pids, "-c", 8, "-s", 600, "-w", root / "rdap/domain", site.port, hot, "/rdap/domain")
    for path in (root / "rdap/domain").iterdir():
        path.chmod(0o644)
    # Of the files nginx gets as many as it may keep open in a worker, so that its cache of them always hits.
    files = min(HOT, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2 - 1000)
    some = bench.tmp / "some.txt"
    some.write_text("".join(hot.read_text().splitlines(keepends=True)[:files]))
    nginx = Nginx(bench, root, files + 100)
    try:
        Asked(bench, nginx.pids, "-s", seconds, nginx.port, some, "/rdap/domain")
        rounds = [(Asked(bench, site.pids, "-s", seconds, site.port, hot, "/rdap/domain"),
                   Asked(bench, nginx.pids, "-s", seconds, nginx.port, some, "/rdap/domain")) for _ in range(3)]
        peak = statistics.median(s.rate for s, _ in rounds)
        # A second each: a machine that stops for 20 ms would be all that the p99 of a longer round shows.
        paced = [(Asked(bench, site.pids, "-r", 0.7 * peak, "-s", 1, site.port, hot, "/rdap/domain"),
                  Asked(bench, nginx.pids, "-r", 0.7 * peak, "-s", 1, nginx.port, some, "/rdap/domain")) for _ in range(PACED)]
        # Last: what it reads of the store drives out what the hot ones need. The first round has the database mapped, as nginx's had its files opened.
        Asked(bench, site.pids, "-u", "-s", 3 * seconds, site.port, every, "/rdap/domain")
        cold = [Asked(bench, site.pids, "-u", "-s", seconds, site.port, every, "/rdap/domain") for _ in range(3)]
    finally:
        nginx.stop()
    ref = statistics.median(n.cpu for _, n in rounds)
    yield Figure("RDAP, CPU an answer, 100,000 hot names", statistics.median(s.cpu for s, _ in rounds), "µs", ("<", 1.3 * ref), ref,
                 "nginx, files of the same bytes")
    yield Figure(f"    cold, uniform over {word} names", statistics.median(c.cpu for c in cold), "µs", ("<", 3 * ref), ref, "nginx, hot files")
    yield Figure("    hot answers", peak, "/s", None, statistics.median(n.rate for _, n in rounds), "nginx")
    own, other = ([a.p99 / 1000 for a in asked] for asked in zip(*paced))
    yield Figure(f"    p99 at 70 % of that, median of {PACED} seconds", statistics.median(own), "ms", ("≤", 2), statistics.median(other),
                 "nginx at the same rate")
    yield Figure("    in the worst of them", max(own), "ms", None, max(other), "nginx")
    yield Figure("    the machine stopped who asks, a second", statistics.mean(s.stopped for s, _ in paced) / 1000, "ms", None,
                 statistics.mean(n.stopped for _, n in paced) / 1000, "while nginx was asked; not counted above")
    yield Figure("    cold answers", statistics.median(c.rate for c in cold), "/s")


def searches(site, every, word):
    """First pages, over prefixes of names that are there: of three letters (the least that is permitted), and longer ones; by name
    servers, and with an order and a count. A pattern that is refused is answered as well."""
    from figures import Figure
    names = every.read_text(encoding="utf-8").split("\n")[::20011][:40]
    asked = [f"/rdap/domains?name={n[:k]}*.{n.split('.', 1)[1]}" for n in names for k in (3, 5) if len(n.split(".")[0]) > k]
    asked += [a + "&sort=expirationDate:d&count=true" for a in asked[:20]]
    asked += [f"/rdap/domains?nsLdhName=ns{i}.reg-{i:02}.example.net" for i in (1, 2, 3)]
    asked += ["/rdap/domains?nsLdhName=ns1.reg-*", "/rdap/nameservers?name=ns1.reg*", "/rdap/domains?name=a*.tw", "/rdap/domains?nsIp=192.0.2.1"]
    took = []
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    for path in asked:
        best = 9.0
        for _ in range(3):
            began = time.monotonic()
            connection.request("GET", urllib.parse.quote(path, safe="/?=&*:.-"))
            answer = connection.getresponse()
            answer.read()
            best = min(best, time.monotonic() - began)
        if answer.status not in (200, 422):
            raise Unmeasured(f"{path}: {answer.status}")
        took.append(best)
    connection.close()
    return Figure(f"RDAP, a search's first page over {word} names, worst", max(took) * 1000, "ms", ("≤", 20), statistics.median(took) * 1000,
                  f"the median of {len(took)} patterns")


def whois_of(bench, site, port, hot, seconds):
    from figures import Figure
    spare = free_port()
    constant = subprocess.Popen([str(bench.tool("ask")), "-S", "700", str(spare)])
    try:
        time.sleep(0.3)
        rounds = [(Asked(bench, site.pids, "-W", "-c", 32, "-s", seconds, port, hot),
                   Asked(bench, lambda: [constant.pid], "-W", "-c", 32, "-s", seconds, spare, hot)) for _ in range(3)]
    finally:
        constant.terminate()
        constant.wait()
    ref = statistics.median(c.rate for _, c in rounds)
    yield Figure("WHOIS, 100,000 hot names", statistics.median(s.rate for s, _ in rounds), "/s", ("≥", 0.8 * ref), ref,
                 "a loop that answers a constant")
    yield Figure("    CPU an answer", statistics.median(s.cpu for s, _ in rounds), "µs", None, statistics.median(c.cpu for _, c in rounds),
                 "that loop")


def idle(bench, site):
    from figures import MB, Figure
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < IDLE + 500:
        raise Skipped(f"only {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    site.stop()
    site.serve(**{"lookup.cache": "0", "http.connections": IDLE + 100, "http.timeout": 600})
    before = sum(kilobytes(pid, "smaps_rollup", "Pss_Anon") for pid in site.pids())
    sockets = []
    try:
        for _ in range(IDLE):
            s = socket.create_connection(("127.0.0.1", site.port), timeout=20)
            s.sendall(b"GET /rdap/help HTTP/1.1\r\nHost: x\r\n\r\n")
            if not s.recv(65536).startswith(b"HTTP/1.1 200"):
                raise Unmeasured("an idle connection was not answered")
            sockets.append(s)
        after = sum(kilobytes(pid, "smaps_rollup", "Pss_Anon") for pid in site.pids())
    finally:
        for s in sockets:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    yield Figure(f"{IDLE:,} idle connections, own memory", after * 1024 / MB, "MB", ("<", 128), before * 1024 / MB, "before them")
