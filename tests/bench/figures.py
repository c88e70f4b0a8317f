"""The figures: each function measures some and yields them as Figure, beside a reference of the same run."""
import contextlib
import email
import http.client
import json
import os
import sqlite3
import statistics
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import postfix
from lookups import rdap_whois
from place import Site, Skipped, Unmeasured, free_port, kilobytes, run, values
from registrars import epp
from surveys import surveys

ROUNDS = 5
SECONDS = 2.5
MB = 1 << 20


@dataclass
class Figure:
    """`floor` is ("≥" or "<", number); `ref` a number of the same unit. A name that begins with blanks belongs to the one before."""
    name: str
    value: float
    unit: str
    floor: tuple = None
    ref: float = None
    ref_name: str = ""

    @property
    def good(self):
        if not self.floor:
            return None
        least, most = self.floor[0] == "≥", self.floor[0] == "≤"
        return self.value >= self.floor[1] if least else self.value <= self.floor[1] if most else self.value < self.floor[1]

    @property
    def ratio(self):
        return self.value / self.ref if self.ref else None


# ── addresses in memory ──

def addresses(bench):
    got = values(run(bench.tool("bench_rangeindex")))
    for family, floor in ((4, 5e6), (6, 4e6)):
        value = got[f"rangeindex_v{family}"]
        yield Figure(f"IPv{family} look-ups, 1 M prefixes, one core", value, "/s", ("≥", floor), got[f"binary_search_v{family}"],
                     "plain binary search")
        yield Figure("    beside memory", value, "/s", None, got[f"memory_read_v{family}"], "one random read")


# ── mail ──

def python_parser(files):
    """Messages a second of Python's email package: parsed, every part decoded."""
    texts, done, began = [f.read_bytes() for f in files], 0, time.monotonic()
    while time.monotonic() - began < SECONDS:
        for text in texts:
            for part in email.message_from_bytes(text).walk():
                if not part.is_multipart():
                    part.get_payload(decode=True)
        done += len(texts)
    return done / (time.monotonic() - began)


def mail(bench):
    data = os.environ.get("NICERT_TESTDATA")
    files = sorted(Path(data or "").glob("cert/arf/maildir/bsd/arf-*.eml"))
    if not data or not files:
        raise Skipped("$NICERT_TESTDATA has no cert/arf")
    got = values(run(bench.tool("bench_mailin"), *files))
    yield Figure("ARF messages read, one core", got["parsed"], "/s", ("≥", 10000), python_parser(files), "Python's email package")
    port = free_port()
    with Site(bench, "mail") as site:
        site.serve(**{"mailin.listen": f"127.0.0.1:{port}"})
        load = values(run(str(Path(__file__).parent / "lmtpload.py"), str(port), "4", "32"))
    try:
        taken, why = postfix.accepted(bench.tmp / "postfix"), "Postfix, accepted and thrown away"
    except (Skipped, Unmeasured) as e:
        taken, why = None, f"no Postfix beside it: {e}"
    yield Figure("messages over LMTP, durable and filed, 32 connections", load["taken"], "/s", ("≥", 1000), taken, why)


# ── the desk's pages over very many cases ──

DESK = [("queue", "queue, first page"), ("queue_deep", "    its last page"), ("list", "list with what is due"), ("filter_queue", "    one queue"),
        ("filter_level", "    one level"), ("filter_tag", "    one tag"), ("filter_due", "    one person's, due today"),
        ("filter_many", "    five filters at once"), ("filter_none", "    a tag that no case has"), ("filter_closed", "    the same among closed ones"),
        ("filter_search", "    filtered, with a word"),
        ("case", "a case, as staff see it"), ("search_number", "search: beginning of a number"), ("search_name", "    a name"),
        ("search_rare", "    a rare word"), ("search_bigram", "    two Han characters"), ("search_two_bigrams", "    twice two of them"),
        ("search_five_words", "    five words"), ("search_phrase", "    words in quotes"), ("search_nothing", "    nothing found"),
        ("search_begins", "    the beginning of a word"), ("search_closed", "    twice two Han characters, closed"), ("search_deep", "    page 4,000 of two Han characters")]
CASES = (100_000, 1_000_000)  # open, closed
CASES_LARGE = (100_000, 5_000_000)


def desk(bench):
    count = CASES_LARGE if bench.large else CASES
    where = bench.tmp / "desk.db"
    yield from desk_of(bench, f"sqlite:{where}", count, "")
    for file in bench.tmp.glob("desk.db*"):
        file.unlink()
    pg = bench.postgres()
    where = pg.database()
    run(bench.tool("bench_desk"), where, *count, "fill")
    pg.swept(where, "desk_case")  # as it is within a minute wherever PostgreSQL has its defaults
    yield from desk_of(bench, where, count, "PostgreSQL: ")


def desk_of(bench, url, count, where):
    got = values(run(bench.tool("bench_desk"), url, *count))
    word = f"{short(count[0])} cases open, {short(count[1])} closed"
    yield Figure(f"{where}cases indexed, {word}", got["index_cases_s"], "/s")
    for key, name in DESK:
        yield Figure(name if name.startswith(" ") else where + name, got[f"{key}_ms"], "ms", ("<", 50), got[f"{key}_most_ms"], "the slowest of 40")
    yield Figure("    three common words, never in one case", got["search_apart_ms"], "ms")  # every block is read: it grows with the cases
    yield Figure(f"{where}figures of a year", got["figures_year_ms"], "ms", ("≤", 1000))
    yield Figure("    of 13 weeks", got["figures_quarter_ms"], "ms", ("≤", 300))
    yield Figure("    days counted again", got["figures_days_s"], "/s")


# ── holdings ──

def holdings(bench):
    data = os.environ.get("NICERT_TESTDATA")
    file = Path(data or "") / "numbers/delegated-apnic-20210715.txt.gz"
    if not data or not file.exists():
        raise Skipped("$NICERT_TESTDATA has no numbers/delegated-apnic-20210715.txt.gz")
    took, raw = [], []
    for i in range(3):
        with Site(bench, "holdings") as site:
            took.append(site.command("import", "holdings", file).seconds)
            raw.append(values(run(bench.tool("raw"), "holdings", file, site.dir / "raw.db"))["seconds"])
    yield Figure("import holdings, 69,826 records", statistics.median(took), "s", ("<", 1), statistics.median(raw), "bare sorted insert")


# ── names: import, memory, look-ups, start; and how each grows ──

def names(bench):
    own = {}
    for count in [10_000, 100_000, 1_000_000] + ([5_000_000] if bench.large else []):
        with Site(bench, f"names{count}") as site:
            yield from names_of(bench, site, count, own)


def short(count):
    return f"{count // 1_000_000} M" if count >= 1_000_000 else f"{count // 1000} k"


def names_of(bench, site, count, own):
    word = f"{short(count)} names"
    big = count >= 1_000_000
    data = bench.names(count)
    if big:
        site.serve()
        load = site.load(3600, connections=8, rate=50, prefix="during", wait=False)
    imported = site.fill(count)
    if big:
        load.terminate()
        answered = site.judged(load)
        site.stop()
    seconds = sum(i.seconds for i in imported)
    raw = values(run(bench.tool("raw"), "names", data / "names.csv", site.dir / "raw.db"))["seconds"]
    (site.dir / "raw.db").unlink()
    yield Figure(f"import {word} and contacts" + (", serving" if big else ""), seconds, "s", ("<", 30) if count == 1_000_000 else None, raw,
                 "bare sorted insert")
    own[count] = max(i.own for i in imported)
    before = own.get(100_000)
    yield Figure("    its own memory at the most", own[count] / MB, "MB", ("<", 1.25 * before / MB) if big and before else None,
                 max(i.resident for i in imported) / MB, "resident, with mapped file")
    if big:
        yield Figure("    reports filed meanwhile, p99", answered.p99 / 1000, "ms", None, answered.p50 / 1000, "their median")
        yield Figure("    the slowest of them", answered.max / 1000, "ms")
    yield from lookups(bench, site.url, word, floor=1e5 if count == 1_000_000 else None)
    if big:
        yield from start(bench, site, word)


# ── a registry taken over: names with their contacts and hosts ──

LOADED = ["registry_contact", "registry_host", "registry_host_addr", "registry_domain", "registry_domain_contact", "registry_domain_ns",
          "registry_domain_ds", "registry_history", "work_due"]


def bare_copy(source, target):
    """Seconds and rows of the same rows in the same tables with the same indices: one transaction, in order of their ids, and no rule."""
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA cache_size=-98304")
        db.execute("ATTACH ? AS src", [str(source)])
        marks = ",".join("?" * len(LOADED))
        for (sql,) in db.execute(f"SELECT sql FROM src.sqlite_master WHERE tbl_name IN ({marks}) AND sql IS NOT NULL ORDER BY type DESC",
                                 LOADED).fetchall():
            db.execute(sql)
        began, rows = time.monotonic(), 0
        db.execute("BEGIN")
        for table in LOADED:
            rows += db.execute(f"INSERT INTO main.{table} SELECT * FROM src.{table} ORDER BY rowid").rowcount
        db.execute("COMMIT")
        return time.monotonic() - began, rows


def registry(bench):
    own = {}
    for count in [100_000, 1_000_000] + ([5_000_000] if bench.large else []):
        with Site(bench, f"registry{count}") as site:
            yield from registry_of(bench, site, count, own)


def registry_of(bench, site, count, own):
    word, big = f"{short(count)} names", count >= 1_000_000
    data = bench.registry(count)
    site.command("zone", "add", "tw")
    for i in range(1, 14):
        site.command("registrar", "add", f"reg-{i:02d}", "--name", f"Registrar {i}", "--email", f"r{i}@example.net")
    if big:
        site.serve()
        load = site.load(3600, connections=8, rate=50, prefix="meanwhile", wait=False)
    took = site.command("load", "names", *(data / f"{k}.csv" for k in ("names", "contacts", "hosts")), "--zone", "tw")
    if big:
        load.terminate()
        answered = site.judged(load)
        site.settle()
        site.stop()
    seconds, rows = bare_copy(site.dir / "nicert.db", site.dir / "bare.db")
    (site.dir / "bare.db").unlink()
    yield Figure(f"registry taken over, {word}, contacts, hosts" + (", serving" if big else ""), took.seconds, "s", None, seconds,
                 "bare inserts of the same rows")
    yield Figure("    rows written", rows / took.seconds, "/s", None, rows / seconds, "the same rows bare")
    own[count] = took.own
    before = own.get(100_000)
    yield Figure("    its own memory at the most", took.own / MB, "MB", ("<", 1.25 * before / MB) if big and before else None,
                 took.resident / MB, "resident, with mapped files")
    if big:
        yield Figure("    reports filed meanwhile, p99", answered.p99 / 1000, "ms", None, answered.p50 / 1000, "their median")
        yield Figure("    the slowest of them", answered.max / 1000, "ms")
    yield from epp(bench, site, data / "names.csv", word, big)


def lookups(bench, url, word, floor=None, where=""):
    got = values(run(bench.tool("lookup"), url, 2))
    yield Figure(f"{where}answers for a name, {word}", got["names_find"], "/s", ("≥", floor) if floor else None, got["raw"], "bare SELECT by key")
    yield Figure("    for a host below it", got["host_find"], "/s", None, got["raw"], "bare SELECT by key")
    yield Figure("    with its whole chain", got["holder_find"], "/s", ("≥", floor) if floor else None, got["raw"], "bare SELECT by key")
    yield Figure("    the chain, a transaction each", got["holder_request"], "/s", None, got["raw"], "bare SELECT by key")


def start(bench, site, word):
    took, raw = [], []
    for _ in range(3):
        took.append(site.serve())
        site.stop()
        began = time.monotonic()
        run("sqlite3", site.dir / "nicert.db", "SELECT count(*) FROM import_source")
        raw.append(time.monotonic() - began)
    yield Figure(f"serve ready, {word} in the store", statistics.median(took), "s", ("<", 0.3), statistics.median(raw),
                 "sqlite3, one SELECT")


# ── reports ──

SIDES = {"grouped": {}, "alone": {"store.group": 1}}


def reports_round(bench, side, seconds, store=None, env=None):
    """One round on a fresh folder: names are imported, so that each report finds its holder."""
    with Site(bench, "reports", store) as site:
        site.fill(10_000)
        site.serve(env=env, **SIDES[side])
        site.load(0.3, connections=1, prefix="warm")
        return site.load(seconds)


def interleaved(bench, rounds, seconds, stores=lambda: None, env=None):
    """Loads of both sides, which take turns so that both meet the same machine."""
    got = {side: [] for side in SIDES}
    for _ in range(rounds):
        for side in SIDES:
            got[side].append(reports_round(bench, side, seconds, stores(), env))
    return {side: statistics.median(x.rate for x in loads) for side, loads in got.items()}, got


def commits(bench, group, env=None):
    """Reports of twelve bare inserts that the disk takes in a second, so many a commit."""
    file = bench.tmp / "commits.db"
    try:
        return values(run(bench.tool("raw"), "commits", file, group, 1.5, env=dict(os.environ, **(env or {}))))["reports"]
    finally:
        for path in bench.tmp.glob("commits.db*"):
            path.unlink()


def receipt_times(site, count):
    """Milliseconds from asking to the answer, and from the answer to the receipt, of reports filed one after another."""
    answers, receipts = [], []
    for i in range(count):
        c = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
        body = json.dumps({"observables": [f"https://receipt-{i}.example.com.tw/"]})
        began = time.monotonic()
        c.request("POST", "/api/v1/reports", body, {"Content-Type": "application/json"})
        filed = json.loads(c.getresponse().read())
        answered = time.monotonic()
        path = filed["receipt_url"].split("/", 3)[3]
        while True:
            c.request("GET", f"/{path}")
            answer = c.getresponse()
            answer.read()
            if answer.status == 200:
                break
            if time.monotonic() - answered > 20:
                raise Unmeasured("no receipt within 20 s")
            time.sleep(0.01)
        receipts.append(1e3 * (time.monotonic() - answered))
        answers.append(1e3 * (answered - began))
        c.close()
    return answers, receipts


def receipts(bench):
    with Site(bench, "receipts") as site:
        site.serve()
        answers, waits = receipt_times(site, 100)
        yield Figure("receipt after a report, the slowest of 100", max(waits), "ms", ("<", 1000), statistics.median(answers), "the answer, median")
        yield Figure("    median", statistics.median(waits), "ms")


def reports(bench):
    rate, loads = interleaved(bench, ROUNDS, SECONDS * (4 if bench.large else 1))
    yield Figure("reports over HTTP, 64 clients", rate["grouped"], "/s", ("≥", 3000), commits(bench, 64), "bare commits of 64")
    yield Figure("    median of their p99", statistics.median(x.p99 for x in loads["grouped"]) / 1000, "ms")
    yield Figure("    CPU of all processes a report", statistics.median(x.cpu_usec for x in loads["grouped"]), "µs", None,
                 statistics.median(x.cpu_usec for x in loads["alone"]), "one commit each")
    yield Figure("    written a report", statistics.median(x.wrote for x in loads["grouped"]) / 1024, "kB", None,
                 statistics.median(x.wrote for x in loads["alone"]) / 1024, "one commit each")
    yield Figure("    one commit each", rate["alone"], "/s", None, commits(bench, 1), "bare commits of 1")
    yield Figure("    together against each alone", rate["grouped"] / rate["alone"], "times", ("≥", 2))


def slow_reports(bench):
    slow = {"SLOWSYNC_US": "5000", "LD_PRELOAD": str(bench.tool("slowvfs.so"))}
    rate, _ = interleaved(bench, ROUNDS, SECONDS, env=slow)
    if rate["alone"] > 1.05 / 0.005:
        raise Unmeasured("the delayed disk: more commits than it lets through, so the delay was not there")
    yield Figure("reports, every fsync 5 ms later", rate["grouped"], "/s", None, commits(bench, 64, slow), "bare commits of 64")
    yield Figure("    one commit each", rate["alone"], "/s", None, commits(bench, 1, slow), "bare commits of 1")
    yield Figure("    together against each alone", rate["grouped"] / rate["alone"], "times", ("≥", 15))


def journal(bench):
    """Reports a second while the journal is empty and once it is long."""
    goal = 1_000_000 if bench.large else 100_000
    with Site(bench, "journal") as site:
        site.fill(10_000)
        site.serve()
        first = site.load(SECONDS, prefix="first")
        turn = 0
        while site.metric("journal_entries") < goal:
            turn += 1
            site.load(3, prefix=f"fill{turn}x")
        last = site.load(SECONDS, prefix="last")
        yield Figure(f"reports after {short(goal)} journal entries", last.rate, "/s", None, first.rate, "with none before")
        yield Figure("    CPU of all processes a report", last.cpu_usec, "µs", None, first.cpu_usec, "with none before")
        yield Figure("    written a report", last.wrote / 1024, "kB", None, first.wrote / 1024, "with none before")


# ── PostgreSQL ──

def postgres(bench):
    pg = bench.postgres()
    rate, _ = interleaved(bench, ROUNDS, SECONDS, pg.database)
    yield Figure("PostgreSQL: reports over HTTP", rate["grouped"], "/s", None, rate["alone"], "one commit each")
    slow = bench.slow_postgres()
    rate, _ = interleaved(bench, ROUNDS, SECONDS, slow.database)
    if rate["alone"] > 1.05 / 0.005:
        raise Unmeasured("PostgreSQL on the delayed disk: more commits than it lets through, so the delay was not there")
    yield Figure("PostgreSQL: reports, every fsync 5 ms later", rate["grouped"], "/s", None, rate["alone"], "one commit each")
    yield Figure("    together against each alone", rate["grouped"] / rate["alone"], "times")
    count = 1_000_000
    with Site(bench, "pgnames", pg.database()) as site:
        yield Figure(f"PostgreSQL: import {short(count)} names and contacts", sum(i.seconds for i in site.fill(count)), "s")
        yield from lookups(bench, site.url, f"{short(count)} names", where="PostgreSQL: ")


# ── memory ──

PAGES = ["/", "/lookup", "/lookup?q=maple-demo.com.tw", "/lookup?q=192.0.2.55", "/report", "/case", "/privacy", "/accessibility", "/staff/sign-in",
         "/api/openapi.json", "/api/v1/holder?q=maple-demo.com.tw", "/healthz", "/metrics", "/journal/checkpoint", "/journal/key",
         "/journal/tile/0/000", "/assets/nicert.css", "/favicon.ico", "/robots.txt", "/.well-known/security.txt", "/nothing-here"]


def page(port, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}{path}", timeout=20) as r:
            r.read()
    except urllib.error.HTTPError as e:
        e.close()
        if e.code >= 500:
            raise Unmeasured(f"{path} answers {e.code}") from e


def memory(bench):
    site = Site(bench, "demo", make=False)
    with site:
        run(bench.nicert, "demo", site.dir, *site.words(site.sets))
        site.serve()
        for _ in range(10):
            for path in PAGES:
                page(site.port, path)
        pss = sum(kilobytes(pid, "smaps_rollup", "Pss") for pid in site.pids())
        own = sum(kilobytes(pid, "smaps_rollup", "Pss_Anon") for pid in site.pids())
        yield Figure("all processes, demo data, every page asked", pss * 1024 / MB, "MB", ("<", 64), own * 1024 / MB, "without mapped files")


ALL = [addresses, mail, desk, holdings, names, registry, receipts, reports, slow_reports, journal, rdap_whois, memory, postgres,
       surveys]
