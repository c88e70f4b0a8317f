"""Figures of EPP: the whole server on one core, the load on the other, TLS 1.3 kept open. Each beside the limits of the same run: a
greeting for what is asked, the same rows inserted bare for what is made."""
import json
import re
import shutil
import statistics
import subprocess

from place import Skipped, Unmeasured, free_port, run, values

ID = "load"
ROUNDS = 3


class Spoken:
    """What eppload printed."""

    def __init__(self, bench, door, sessions, seconds, verb, prefix="a", rate=0, names=None):
        words = [*(["-r", rate] if rate else []), *(["-n", names] if names else []), door["port"], door["certificate"], door["key"], ID,
                 door["password"], sessions, seconds, verb, prefix]
        done = subprocess.run(["taskset", "-c", "1", *(str(w) for w in (bench.tool("eppload"), *words))], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        found = re.search(r"done (\d+)/s ok (\d+) other (\d+) p50 (\d+) us p99 (\d+) us max (\d+) us", done.stdout)
        if not found or int(found.group(3)):
            raise Unmeasured("eppload: " + (done.stderr.strip().splitlines() or ["no answer"])[-1][:300])
        self.rate, self.ok, self.other, self.p50, self.p99, self.max = map(int, found.groups())


def epp(bench, site, names, word, floors):
    """`names`: a file whose first column are names of the registry that is served by `site`."""
    from figures import Figure
    if not shutil.which("taskset"):
        raise Skipped("no taskset here")
    door = json.loads(run(bench.nicert, "registrar", "add", ID, "--credit", 1000000000, "--sessions", 300, "--rate", 100000, "-d", site.dir,
                          "--json"))
    door["port"] = free_port()
    site.serve(**{"epp.listen": f"127.0.0.1:{door['port']}", "epp.unauthenticated": 1024})
    for pid in site.pids():
        run("taskset", "-acp", 0, pid)
    best = {}
    for verb in ("hello", "check", "info"):
        best[verb] = statistics.median(Spoken(bench, door, 8, 2, verb, names=names).rate for _ in range(ROUNDS))
    made = statistics.median(Spoken(bench, door, 64, 3, "create", f"c{i}-", names=names).rate for i in range(ROUNDS))
    paced = Spoken(bench, door, 200, 5, "create", "paced-", rate=500, names=names)
    site.stop()
    bare = {}
    for group in (64, 1):
        shutil.copy(site.dir / "nicert.db", site.dir / "bare.db")
        bare[group] = values(run("taskset", "-c", 0, bench.tool("creates"), site.dir / "bare.db", group, 3))["creates"]
        for path in site.dir.glob("bare.db*"):
            path.unlink()
    yield Figure(f"EPP domain:check, {word}, one core", best["check"], "/s", ("≥", 15000) if floors else None, best["hello"], "a greeting")
    yield Figure("EPP domain:info", best["info"], "/s", ("≥", 10000) if floors else None, best["hello"], "a greeting")
    yield Figure("EPP domain:create, 64 sessions", made, "/s", ("≥", max(2500, 0.7 * bare[64])) if floors else None, bare[64], "bare inserts, 64 a commit")
    yield Figure("    beside one commit each", made, "/s", None, bare[1], "bare inserts, one a commit")
    yield Figure("    200 sessions at 500/s, p99", paced.p99 / 1000, "ms", ("<", 100) if floors else None, paced.p50 / 1000, "their median")
