"""Surveys: invitations queued and drained to a Postfix and to a server that keeps nothing, the cross-tab, and closing; on both stores."""
import contextlib
import os
import signal
import subprocess
import sys
import time

import postfix
from place import Site, Skipped, Unmeasured, children, free_port, keep_to_core, on_core, run, values

LETTER = 3600  # bytes, about what an invitation has
CONNECTIONS = 4  # mail.connections, and the bare client's
TO_POSTFIX = 5000  # letters
QUESTIONNAIRE = """questionnaire bench
  en Our services
  zh-TW 我們的服務
consent
  en We count your answers.
  zh-TW 我們會統計您的回答。
section s
  en Use
  zh-TW 使用
question q single
  en Are you satisfied?
  zh-TW 您滿意嗎？
  option yes
    en Yes
    zh-TW 是
  option no
    en No
    zh-TW 否
"""


class Sink:
    """sink.c; taken() ends it and gives what it counted."""

    def __init__(self, bench):
        self.bench, self.port = bench, free_port()
        self.process = subprocess.Popen([str(bench.tool("sink")), str(self.port)], stdout=subprocess.PIPE, text=True)

    def rate(self, n):
        return values(run(self.bench.tool("sink"), self.port, n, LETTER, CONNECTIONS))["rate"]

    def taken(self):
        self.process.send_signal(signal.SIGTERM)
        return values(self.process.communicate(timeout=30)[0])

    def __enter__(self):
        time.sleep(0.2)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


def queued(site, people, folder):
    """The seconds of the three commands that make invitations of a list."""
    (folder / "q.txt").write_text(QUESTIONNAIRE, encoding="utf-8")
    with open(folder / "people.csv", "w", encoding="utf-8") as f:
        f.write("email,lang\n")
        f.writelines(f"somebody{i:06d}@somewhere.example.tw,{'zh-TW' if i % 2 else 'en'}\n" for i in range(people))
    site.command("survey", "import", folder / "q.txt")
    site.command("survey", "new", "s", "bench")
    return sum(site.command("survey", *words).seconds for words in
               (("group", "s", "all", "--list", folder / "people.csv"), ("draw", "s"), ("open", "s", "--until", "30d", "--set", "survey.rate=0")))


def drained(bench, site, people, sink_rate):
    """Letters a second, from the first to the last as the server saw them."""
    with Sink(bench) as sink:
        site.serve(**{"mail.url": f"smtp://127.0.0.1:{sink.port}", "mail.connections": CONNECTIONS})
        until = time.monotonic() + 60 + 100 * people / max(1, sink_rate)
        while site.metric("mail_sent_total") < people:
            if time.monotonic() > until:
                raise Unmeasured(f"{site.metric('mail_sent_total')} of {people} letters went out")
            time.sleep(0.2)
        site.stop()
        got = sink.taken()
    if got["taken"] != people:
        raise Unmeasured(f"{got['taken']:.0f} letters for {people} people")
    return (people - 1) / max(1e-9, got["last_s"] - got["first_s"])


def letter(bench):
    """A file with an invitation as it goes out."""
    with Site(bench, "one") as site:
        queued(site, 1, site.dir)
        site.serve()
        until = time.monotonic() + 30
        while not (found := list((site.dir / "outbox").glob("*.eml"))):
            if time.monotonic() > until:
                raise Unmeasured("no letter was made")
            time.sleep(0.1)
        kept = bench.tmp / "letter.eml"
        kept.write_bytes(found[0].read_bytes().replace(b"\r\n", b"\n"))
    return kept


def relayed(bench, store, url):
    """To a Postfix that has a core to itself, as a relay elsewhere has; all else is on the other one. Beside what its own client
    hands it of the same letter to as many addresses, before and after."""
    from figures import Figure
    with postfix.running(bench.tmp / "postfix", on_core(1)) as port, Site(bench, "relayed", url) as site:
        what = ["-N", "-F", str(letter(bench))]
        queued(site, TO_POSTFIX, site.dir)
        before = postfix.fed(port, TO_POSTFIX, CONNECTIONS, what, on_core(0))
        site.serve(**{"mail.url": f"smtp://127.0.0.1:{port}?tls=off", "mail.connections": CONNECTIONS})
        keep_to_core(0, site.pids() + (children(bench.postgres().process.pid) if url else []))
        seen = [(time.monotonic(), site.metric("mail_sent_total"))]
        while seen[-1][1] < TO_POSTFIX:
            time.sleep(0.2)
            seen.append((time.monotonic(), site.metric("mail_sent_total")))
            if seen[-1][0] > seen[0][0] + 300:
                raise Unmeasured(f"{seen[-1][1]} of {TO_POSTFIX} letters went out")
        site.stop()
        own = (before + postfix.fed(port, TO_POSTFIX, CONNECTIONS, what, on_core(0))) / 2
    # Up to the last look at which some were left: after the very last letter a look comes late.
    (began, first), (ended, last) = next(s for s in seen if s[1]), seen[-2]
    return Figure(f"invitations drained to a Postfix, {store}", (last - first) / (ended - began), "/s", ("≥", own), own,
                  f"its own client, {CONNECTIONS} connections")


def surveys(bench):
    from figures import Figure
    people = int(os.environ.get("BENCH_PEOPLE", "100000"))
    word = f"{people:,}"
    with Sink(bench) as sink:
        rate = sink.rate(min(people, 20000))
    for store in ("SQLite", "PostgreSQL"):
        try:
            url = bench.postgres().database() if store == "PostgreSQL" else None
            tally = bench.postgres().database() if store == "PostgreSQL" else f"sqlite:{bench.tmp}/surveys.db"
        except Skipped:
            continue
        got = values(run(bench.tool("bench_surveys"), tally, people))
        with Site(bench, "surveys", url) as site:
            took = queued(site, people, site.dir)
            yield Figure(f"{word} invitations queued, {store}", took, "s", ("<", 10), got["bare_s"], "bare sorted insert")
            yield Figure("    drained to a server that keeps nothing", drained(bench, site, people, rate), "/s", None, rate,
                         f"a bare client that makes no letter, {CONNECTIONS} connections")
        try:
            yield relayed(bench, store, bench.postgres().database() if url else None)
        except Skipped as e:
            print(f"# drained to a Postfix: {e}", file=sys.stderr)
        yield Figure(f"    cross-tab, 100 questions × 10 segments, {store}", got["cross_s"], "s", ("<", 1), got["loop_s"],
                     "counting arrays in memory")
        yield Figure(f"    closing with as many answers, {store}", got["close_s"], "s", None, None, "")
        yield Figure("    the longest write elsewhere meanwhile", got["close_wait_s"], "s", None, got["write_s"], "the median before")
        yield Figure("    the longest about the study", got["close_study_s"], "s", None, got["write_s"], "the median before")
