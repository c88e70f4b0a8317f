"""A role killed at any instant loses nothing that was acknowledged, and does nothing twice.

20 kills a store; `make torture` sets NICERT_KILLS to 200.
"""
import http.client
import os
import random
import re
import shutil
import threading
import time

from test_kit import Bad, case_of, check_receipt, fields, file_report, letters, open_site, receipt_of, staff, verified

KILLS = int(os.environ.get("NICERT_KILLS", "20"))
THREADS = 4


class Load(threading.Thread):
    """Files reports one after another, each under a key of its own, again and again until it is acknowledged. With a `handler`
    it has each notice approved, too.
    """

    def __init__(self, site, name, over, handler=None, pause=0.015):
        super().__init__(daemon=True)
        self.site, self.label, self.over, self.handler, self.pause = site, name, over, handler, pause
        self.csrf = fields(handler.get("/staff").text)["csrf"] if handler else None
        self.done, self.approved, self.tries, self.refused, self.wrong, self.longest = {}, set(), 0, 0, None, 0.0

    def run(self):
        n = 0
        try:
            while not self.over.is_set():
                n += 1
                key = f"{self.label}-{n}"
                self.done[key] = self.insist(lambda k=key: self.file(k), {201}).json()
                if self.handler:
                    number = self.done[key]["case"]
                    # 409: it was approved already, by a try whose answer was lost.
                    answer = self.insist(lambda c=number: self.handler.post(f"/staff/case/{c}/approve", {"csrf": self.csrf}), {303, 409})
                    assert answer.status == 409 or f"/staff/case/{number}" in answer.headers["Location"], answer.headers["Location"]
                    self.approved.add(number)
                time.sleep(self.pause)
        except Exception as e:
            self.wrong = f"{self.label}-{n}: {e!r}"

    def file(self, key):
        return self.site.post("/api/v1/reports", headers={"Idempotency-Key": key}, timeout=15,
                              json={"observables": [f"https://{key}.maple-demo.com.tw/"], "class": "phishing"})

    def insist(self, ask, wanted):
        """Asks until the answer's status is a wanted one. Only a broken connection and 503 are reasons to ask again."""
        began = time.monotonic()
        while time.monotonic() - began < 60:
            self.tries += 1
            try:
                answer = ask()
            except (OSError, http.client.HTTPException):
                pass
            else:
                if answer.status in wanted:
                    self.longest = max(self.longest, time.monotonic() - began)
                    return answer
                if answer.status != 503:
                    raise AssertionError(answer)
                self.refused += 1
            time.sleep(0.05)
        raise AssertionError("no answer within a minute")


def load(site, over, approve=True):
    handler = staff(site, "hana", "handler") if approve else None
    threads = [Load(site, f"t{i}", over, None if i else handler) for i in range(THREADS)]
    for t in threads:
        t.start()
    return threads


def finish(threads, over):
    """{key: answer} of everything that was acknowledged."""
    over.set()
    for t in threads:
        t.join(90)
        assert not t.is_alive() and t.wrong is None, t.wrong
    return {k: a for t in threads for k, a in t.done.items()}


def count_cases(site):
    """What `nicert case list` lists and says there is more."""
    listed = site.run("case", "list", "--all").stdout
    more = re.search(r"^(\d+) more;", listed, re.M)
    return len(re.findall(r"^NC-", listed, re.M)) + (int(more.group(1)) if more else 0)


def nothing_lost(site, done):
    """Each acknowledged report is there, once: as many cases as answers, retries get the first answer, receipts verify."""
    vkey = site.get("/journal/key").text
    for key, filed in done.items():
        assert [o["value"] for o in case_of(site, filed)["observables"]] == [f"https://{key}.maple-demo.com.tw/"]
    assert len({f["case"] for f in done.values()}) == len(done)
    assert count_cases(site) == len(done), "cases that nobody was told of"
    for key, filed in random.sample(sorted(done.items()), min(30, len(done))):
        try:
            check_receipt(receipt_of(site, filed), vkey)
        except Bad as e:
            raise AssertionError(f"{key}: {e}") from e
        assert file_report(site, f"https://{key}.maple-demo.com.tw/", key=key, **{"class": "phishing"}) == filed
    verified(site)


def each_notice_once(site, threads):
    """Every approved notice lies in the folder, one file each; no half-written one is left."""
    want = threads[0].approved

    def told():
        return [m["Subject"].split("]")[0][1:] for m in letters(site, "abuse@maple.example")]
    folder = site.dir / "outbox"

    def missing():
        return len(want) - len(list(folder.glob("*.eml")))
    # Each is signed by a gpg of its own, one after the other: a tenth of a second on a slow machine, and as much again under load. One
    # that was in the hands of the role that signs when this was killed is put off for five minutes.
    for _ in range(3):
        end = time.monotonic() + max(60, len(want) // 4)
        while missing() > 0 and time.monotonic() < end:
            time.sleep(0.1)
        if missing() > 0:
            site.run("clock", "advance", "6m")
    site.until(lambda: missing() <= 0, f"{len(want)} approved notices to be sent")
    assert sorted(told()) == sorted(want), "a notice twice, or one that nobody approved"
    numbers = {f["case"]: f for f in threads[0].done.values()}
    site.until(lambda: all(case_of(site, numbers[n])["state"] == "notified" for n in want), "every sending to be noted")
    assert sorted(told()) == sorted(want)
    assert [p.name for p in folder.iterdir() if not p.name.endswith(".eml")] == []


def kill_one(site, role, since):
    """Kills it and waits until all is well again; how long that took."""
    began = time.monotonic()
    site.killed = True
    if role == "supervisor":
        os.kill(site.process.pid, 9)
        site.process.wait()
        site.process = None
        since.update(dict.fromkeys(since, 0))
        site.serve()
    else:
        since[role] += 1
        before = site.roles().get(role)
        if before is None:
            return None
        os.kill(before, 9)
        site.until(lambda: site.roles().get(role, before) != before, f"{role} to be started again")
    site.until(site.healthy, "health")
    return time.monotonic() - began


def all_roles(make_site):
    """A site on which every role has work: where there is a gpg, each letter is signed by the role that holds the key."""
    def with_key(**sets):
        site = make_site(**sets)
        site.json("pgp", "init")
        return site
    return open_site(with_key, **{"pgp.sign": "on"}) if shutil.which("gpg") else open_site(make_site)


def test_kill_anything_at_any_moment(make_site, store_kind, record_property):
    site = all_roles(make_site)
    weights = {"core": 5, "signer": 3, "pgp": 3 * ("pgp" in site.roles()), "supervisor": 2}
    over, rng, since, killed, slowest = threading.Event(), random.Random(), dict.fromkeys(site.roles(), 0), [], 0.0
    threads = load(site, over)
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.02, 0.5))
        # The supervisor waits longer for a role that keeps dying; a new supervisor has no memory of it.
        role = "supervisor" if max(since.values()) >= 4 else rng.choices(list(weights), list(weights.values()))[0]
        took = kill_one(site, role, since)
        killed += [role] if took is not None else []
        slowest = max(slowest, took or 0)
        assert all(t.wrong is None for t in threads), [t.wrong for t in threads]
    time.sleep(0.3)
    done = finish(threads, over)
    assert len(done) > 3 * KILLS
    nothing_lost(site, done)
    each_notice_once(site, threads)
    record_property("figure", f"{store_kind}: {len(killed)} kills ({', '.join(f'{killed.count(r)} {r}' for r in sorted(set(killed)))}), "
                    f"{len(done)} reports acknowledged in {sum(t.tries for t in threads)} tries ({sum(t.refused for t in threads)} times 503), "
                    f"slowest {max(t.longest for t in threads):.1f} s, back within {slowest:.1f} s; {len(threads[0].approved)} notices, "
                    "each sent once")


def test_power_cut(make_site):
    """Everything at once, several times."""
    site = open_site(make_site)
    over = threading.Event()
    threads = load(site, over)
    for _ in range(max(3, KILLS // 10)):
        time.sleep(random.uniform(0.1, 0.6))
        site.kill()
        site.serve()
    done = finish(threads, over)
    nothing_lost(site, done)
    each_notice_once(site, threads)
