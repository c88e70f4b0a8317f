"""A role killed at any instant loses nothing that was acknowledged, and does nothing twice.

20 kills a store; NICERT_KILLS=200 for torture.
"""
import os
import random
import threading
import time
import urllib.error

from test_kit import (Bad, Person, case_of, check_receipt, file_report, letter, letters, link, open_site, receipt_of, verified)

KILLS = int(os.environ.get("NICERT_KILLS", "20"))
THREADS = 4
CONFIRMED = "watch@citizen.example"


class Load(threading.Thread):
    """Files reports one after another, each under a key of its own, again and again until it is acknowledged."""

    def __init__(self, site, name, over, pause=0.015, **more):
        super().__init__(daemon=True)
        self.site, self.label, self.over, self.pause, self.more = site, name, over, pause, more
        self.done, self.tries, self.refused, self.wrong, self.longest = {}, 0, 0, None, 0.0

    def run(self):
        n = 0
        while not self.over.is_set() and not self.wrong:
            n += 1
            self.file(f"{self.label}-{n}")
            time.sleep(self.pause)

    def file(self, key):
        began = time.monotonic()
        while time.monotonic() - began < 60:
            self.tries += 1
            try:
                answer = self.site.post("/api/v1/reports", headers={"Idempotency-Key": key}, timeout=15,
                                        json={"observables": [f"https://{key}.maple-demo.com.tw/"], "class": "phishing", **self.more})
            except (urllib.error.URLError, OSError, ValueError) as e:
                if isinstance(e, urllib.error.HTTPError):
                    self.wrong = repr(e)
                    return
            except Exception as e:  # http.client: the connection ended within the answer
                if type(e).__module__ != "http.client":
                    self.wrong = repr(e)
                    return
            else:
                if answer.status == 201:
                    self.done[key] = answer.json()
                    self.longest = max(self.longest, time.monotonic() - began)
                    return
                if answer.status != 503:
                    self.wrong = repr(answer)
                    return
                self.refused += 1
            time.sleep(0.05)
        self.wrong = f"{key} was not acknowledged within a minute"


def load(site, over, **more):
    threads = [Load(site, f"t{i}", over, **({"email": CONFIRMED, "language": "en"} if i == 0 else {}), **more) for i in range(THREADS)]
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


def confirmed_reporter(site):
    """An address that was confirmed: its reports of this kind need no click."""
    file_report(site, "https://first.maple-demo.com.tw/", email=CONFIRMED, language="en")
    assert Person(site).post(link(letter(site, CONFIRMED), "confirm"), {}).status == 200


def nothing_lost(site, done, before=1):
    """Each acknowledged report is there once: the numbers have no gap and no more, retries get the first answer, receipts verify."""
    vkey = site.get("/journal/key").text
    for key, filed in done.items():
        view = case_of(site, filed)
        assert [o["value"] for o in view["observables"]] == [f"https://{key}.maple-demo.com.tw/"]
    last = file_report(site, "https://last.maple-demo.com.tw/")
    numbers = sorted(int(f["case"].rsplit("-", 1)[1]) for f in done.values())
    assert len(set(numbers)) == len(numbers), "a case twice"
    assert int(last["case"].rsplit("-", 1)[1]) == len(done) + before + 1, "cases that nobody was told of"
    for key, filed in random.sample(sorted(done.items()), min(30, len(done))):
        try:
            check_receipt(receipt_of(site, filed), vkey)
        except Bad as e:
            raise AssertionError(f"{key}: {e}") from e
        more = {"email": CONFIRMED, "language": "en"} if key.startswith("t0-") else {}
        again = file_report(site, f"https://{key}.maple-demo.com.tw/", key=key, **{"class": "phishing"}, **more)
        assert again == filed
    verified(site)


def each_notice_once(site, done):
    """Every approved notice lies in the folder, one file each; no half-written one is left."""
    want = {filed["case"] for key, filed in done.items() if key.startswith("t0-")}

    def told():
        return [m["Subject"].split("]")[0][1:] for m in letters(site, "abuse@maple.example")]
    site.until(lambda: set(told()) >= want, 60, "every approved notice to be sent")
    found = told()
    assert sorted(found) == sorted(want), "a notice twice, or one that nobody approved"
    ids = [m["Message-Id"] for m in site.outbox()]
    assert len(ids) == len(set(ids))
    site.until(lambda: all(case_of(site, done[k])["state"] == "notified" for k in done if k.startswith("t0-")), 60, "every sending to be noted")
    assert [p.name for p in (site.dir / "outbox").iterdir() if not p.name.endswith(".eml")] == []


def kill_one(site, role, since):
    """Kills it and waits until all is well again; how long that took."""
    began = time.monotonic()
    site.killed = True
    if role == "supervisor":
        os.kill(site.process.pid, 9)
        site.process.wait()
        site.process = None
        since.update(core=0, signer=0)
        site.serve()
    else:
        since[role] += 1
        before = site.roles().get(role)
        if before is None:
            return None
        os.kill(before, 9)
        site.until(lambda: site.roles().get(role, before) != before, 15, f"{role} to be started again")
    site.until(site.healthy, 15, "health")
    return time.monotonic() - began


def test_kill_anything_at_any_moment(make_site, store_kind, capsys):
    site = open_site(make_site, **{"log.level": "warn"} if KILLS > 100 else {})
    confirmed_reporter(site)
    over, rng, since, killed, slowest = threading.Event(), random.Random(), {"core": 0, "signer": 0}, [], 0.0
    threads = load(site, over)
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.02, 0.5))
        # The supervisor waits longer for a role that keeps dying; a new supervisor has no memory of it.
        role = "supervisor" if max(since.values()) >= 4 else rng.choices(["core", "signer", "supervisor"], [5, 3, 2])[0]
        took = kill_one(site, role, since)
        killed += [role] if took is not None else []
        slowest = max(slowest, took or 0)
        assert all(t.wrong is None for t in threads), [t.wrong for t in threads]
    time.sleep(0.3)
    done = finish(threads, over)
    assert len(done) > 3 * KILLS
    nothing_lost(site, done)
    each_notice_once(site, done)
    with capsys.disabled():
        print(f"\n{store_kind}: {len(killed)} kills ({', '.join(f'{killed.count(r)} {r}' for r in sorted(set(killed)))}), {len(done)} reports "
              f"acknowledged in {sum(t.tries for t in threads)} tries ({sum(t.refused for t in threads)} times 503), slowest "
              f"{max(t.longest for t in threads):.1f} s, back within {slowest:.1f} s; {len(site.outbox())} letters")


def test_power_cut(make_site):
    """Everything at once, several times."""
    site = open_site(make_site)
    confirmed_reporter(site)
    over = threading.Event()
    threads = load(site, over)
    for _ in range(max(3, KILLS // 10)):
        time.sleep(random.uniform(0.1, 0.6))
        site.kill()
        site.serve()
    done = finish(threads, over)
    nothing_lost(site, done)
    each_notice_once(site, done)
