"""What must hold after the month, asked of the database, the journal and the letters."""
import csv
import io
import sqlite3
import subprocess
import time
from collections import Counter

import acts


def ask(site, sql):
    """Rows of numbers and texts, from either store."""
    url = site.sets.get("store.url")
    if not url:
        with sqlite3.connect(f"file:{site.dir}/nicert.db?mode=ro", uri=True) as db:
            return [tuple(map(str, row)) for row in db.execute(sql)]
    done = subprocess.run(["psql", "-q", "-X", "--csv", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", sql], capture_output=True, text=True, check=True)
    return [tuple(row) for row in csv.reader(io.StringIO(done.stdout))]


def fate_of(site, r):
    """What the program knows of a report by mail, for whoever looks into it."""
    key = (r.key or "").strip("<>").replace("'", "''")
    return r.key, r.email, ask(site, f"SELECT fate, kind, answer, at FROM desk_mail WHERE trim(message_id, '<>') = '{key}'")


def answered_once(month):
    """One receipt for each report whose sender gave an address and is no robot; none for the others, none to anybody else."""
    assert not month.strays, month.strays[:3]
    wrong = [r for r in month.reports if r.answered != r.due]
    assert not wrong, (Counter((r.door, r.due, r.answered) for r in wrong), [fate_of(month.site, r) for r in wrong[:3]])
    return sum(r.answered for r in month.reports)


# What lists count of a case beside what there is to count; each must find no case. A closed one stands in no queue: what came by mail
# afterwards is a task of the list of tasks alone.
RECOUNTS = {
    "reports": "SELECT c.number FROM desk_case c WHERE c.nreports <> (SELECT count(*) FROM desk_report r WHERE r.case_id = c.id)",
    "observables": "SELECT c.number FROM desk_case c WHERE c.nobs <> (SELECT count(*) FROM desk_observable o WHERE o.case_id = c.id)",
    "notices that wait": "SELECT c.number FROM desk_case c WHERE c.waiting <> (SELECT count(*) FROM desk_notice n WHERE n.case_id = c.id AND n.state = 0)",
    "open tasks": "SELECT c.number FROM desk_case c WHERE c.tasks <> CASE WHEN c.state = 4 THEN 0 ELSE "
                  "(SELECT count(*) FROM work_task t WHERE t.subject = c.number AND t.done_at = 0) END",
    "closed and still observed": "SELECT c.number FROM desk_case c WHERE c.state = 4 AND EXISTS (SELECT 1 FROM desk_observable o WHERE o.case_id = c.id AND o.open = 1)",
    "sent, and neither answered nor with a next step": "SELECT c.number FROM desk_case c JOIN desk_notice n ON n.case_id = c.id WHERE n.state = 2 AND c.state < 4 "
                                                      "AND NOT EXISTS (SELECT 1 FROM desk_climb k WHERE k.notice_id = n.id)",
}
SUMS = ("SELECT sum(us), sum(party), sum(closed), sum(notices), sum(tasks) FROM desk_tally",
        "SELECT sum(CASE queue WHEN 0 THEN 1 ELSE 0 END), sum(CASE queue WHEN 1 THEN 1 ELSE 0 END), sum(CASE queue WHEN 2 THEN 1 ELSE 0 END), "
        "sum(waiting), sum(tasks) FROM desk_case")


def counted_right(site):
    for what, sql in RECOUNTS.items():
        found = ask(site, sql)
        assert not found, f"{what}: {len(found)} cases, {found[:5]}"
    kept, counted = (ask(site, sql)[0] for sql in SUMS)
    assert kept == counted, (kept, counted)
    return dict(zip(("ours", "theirs", "closed", "notices", "tasks"), map(int, counted)))


def nothing_lost(site):
    """Each task that the journal tells of is there, open or done; nothing that fell due failed or was put off; no follower passed over an entry."""
    told = int(ask(site, "SELECT count(*) FROM journal_entry WHERE room = 'work' AND verb = 'task-added'")[0][0])
    there, done = map(int, ask(site, "SELECT count(*), sum(CASE WHEN done_at > 0 THEN 1 ELSE 0 END) FROM work_task")[0])
    finished = int(ask(site, "SELECT count(*) FROM journal_entry WHERE room = 'work' AND verb = 'task-done'")[0][0])
    assert (told, finished) == (there, done), (told, there, finished, done)
    assert ask(site, "SELECT kind, error FROM work_due WHERE tries > 0") == []
    assert ask(site, "SELECT name, seq, why FROM journal_parked") == []
    return there


WALK_ROWS = 3000  # of a walk, on average; a table with fewer rows is often walked on purpose
WALK_SHARE = 0.1  # walks for each report


def walked(site):
    """How often PostgreSQL has walked each table so far, and the rows read so; SQLite doesn't count them (system tests look at its plans)."""
    if not site.sets.get("store.url"):
        return {}
    return {table: (int(scans), int(rows)) for table, scans, rows in ask(site, "SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables")}


def walks(days):
    """Of the last week, the most rows first: [(table, walks for each report, rows of a walk)]."""
    before, after, reports = days[20].walked, days[27].walked, sum(d.did["file"] for d in days[21:28])
    found = []
    for table, (scans, rows) in after.items():
        scans, rows = (now - then for now, then in zip((scans, rows), before.get(table, (0, 0))))
        if scans > 0:
            found.append((table, scans / reports, rows / scans))
    return sorted(found, key=lambda w: -w[1] * w[2])


def nothing_walks(month):
    """A large table is walked by nothing that people do."""
    long = [w for w in walks(month.days) if w[1] > WALK_SHARE and w[2] > WALK_ROWS]
    assert not long, f"walked (table, walks for each report, rows of a walk): {long}"


def all_well(month):
    site = month.site
    site.until(lambda: ask(site, f"SELECT count(*) FROM work_due WHERE at <= {month.now()}") == [("0",)], "what has fallen due to be done", 300)
    for _ in range(60):  # what followed from that, and what was still on its way
        month.read_letters(month.days[-1])
        if all(r.answered >= r.due for r in month.reports):
            break
        time.sleep(1)
    found = {"receipts": answered_once(month), **counted_right(site), "all tasks": nothing_lost(site)}
    found.update(acts.merges_hold(month, ask), **acts.digests_hold(month, ask), **acts.bounces_hold(month, ask), **acts.pgp_holds(month, ask))
    nothing_walks(month)
    assert int(ask(site, "SELECT count(*) FROM desk_report")[0][0]) == len(month.reports) + len(month.found)
    verified = site.json("journal", "verify", timeout=1200)
    assert verified["ok"] is True
    return {**found, "entries": verified["entries"], "silent": int(ask(site, "SELECT count(*) FROM desk_notice WHERE state = 4")[0][0])}
