"""Killed while letters go out to a relay: each arrives, and none twice but one on each connection whose 250 was lost with the process. 15
kills a store; `make torture` sets NICERT_KILLS to 200."""
import os
import random
import time
from collections import Counter

import pytest
from test_kit import file_report, open_site, verified

pytest.importorskip("aiosmtpd.controller", reason="no python3-aiosmtpd")
from test_smtp import Relay  # noqa: E402
from test_survey_remind import drawn  # noqa: E402

CONNECTIONS = 2
KILLS = int(os.environ.get("NICERT_KILLS", "15"))
REPORTS = 8  # between two kills; two letters each: the receipt, and to confirm the address


class Counting(Relay):
    """Knows what came without a look at every letter."""

    def __init__(self, folder):
        super().__init__(folder)
        self.took, self.heard = Counter(), set()

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        with self.lock:
            m = self.letters.pop()
            self.took[str(m["Message-ID"])] += 1
            self.heard.add(str(m["To"]))
        return answer

    def missing(self, people):
        with self.lock:
            return len(set(people) - self.heard)


def test_a_relay_hears_nothing_twice(make_site, tmp_path, store_kind, record_property):
    people = [f"p{i}@example.tw" for i in range(40 * KILLS)]
    relay = Counting(tmp_path).start(tls=False)
    site = open_site(make_site, **{"mail.url": relay.url("?tls=off"), "report.per_net_hour": 100000, "mail.connections": CONNECTIONS})
    try:
        drawn(site, tmp_path, [(p, "en" if i % 2 else "zh-TW") for i, p in enumerate(people)])
        site.run("survey", "open", "s", "--until", "30d")
        rng, filed = random.Random(7), []
        for i in range(KILLS):
            before = relay.took.total()
            for j in range(REPORTS):
                filed.append(f"r{i}-{j}@citizen.example")
                file_report(site, f"https://t{i}-{j}.maple-demo.com.tw/", email=filed[-1])
            site.until(lambda: relay.took.total() > before + 5, "some letters")
            time.sleep(rng.uniform(0, 0.05))
            site.kill()
            site.serve()
        # Six hundred a minute, whatever was killed meanwhile.
        site.until(lambda: not relay.missing([*people, *filed]) and site.metric("mail_behind") == 0, "the post to be out", 300 + len(people) // 5)
        took = relay.took
        twice = {k: n for k, n in took.items() if n > 1}
        assert sum(n - 1 for n in twice.values()) <= KILLS * CONNECTIONS and max(took.values()) <= 3, twice
        verified(site)
        record_property("figure", f"{store_kind}: {len(took)} letters through {KILLS} kills, {len(twice)} of them twice")
    finally:
        relay.stop()
