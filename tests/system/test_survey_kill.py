"""Killed while invitations go out: each letter lies in the folder once, nobody is left out, and the funnel counts all of them."""
import random
import re
import time

from test_kit import verified
from test_survey_pages import funnel
from test_survey_remind import drawn
from test_survey_study import write

PEOPLE = 430  # three batches, the last one not full


def lying(site):
    """{number of the invitation: to whom} of what lies in the folder; each name is a Message-ID."""
    found = {}
    for path in (site.dir / "outbox").glob("*.eml"):
        number = re.match(r"survey-(\d+)[@_]", path.name)
        assert number, path.name
        assert number.group(1) not in found, "a letter twice"
        found[number.group(1)] = re.search(r"^To: <?([^>\s]+)", path.read_text(), re.M).group(1)
    return found


def count(site):
    return sum(1 for _ in (site.dir / "outbox").glob("*.eml"))


def killed_at(site, letters, pause, role=None):
    """Kills when so many lie there and a moment later; with a role only that one, which is started again."""
    end = time.monotonic() + 60
    while count(site) < letters:
        assert time.monotonic() < end, f"{letters} letters"
    time.sleep(pause)
    if role:
        before = site.roles()[role]
        site.kill(role)
        site.until(lambda: site.roles().get(role, before) != before, f"{role} to be started again")
    else:
        site.kill()


def answered_on_paper(site, tmp_path, numbers):
    """Of people who have their letter, while nothing runs."""
    site.run("survey", "collect", "s", write(tmp_path / "paper.csv", ["group", "invitation", "words"], [["all", n, "on paper"] for n in numbers]))


def test_each_invitation_goes_out_once(site, tmp_path, store_kind, record_property):
    drawn(site, tmp_path, [(f"p{i}@example.tw", "en" if i % 2 else "zh-TW") for i in range(PEOPLE)])
    link = {x["email"]: f"/survey/{x['token']}" for x in site.json("survey", "links", "s")}
    site.run("survey", "open", "s", "--until", "30d")
    rng, unsaid, quick = random.Random(6), 0, set()
    for i in range(8):
        site.serve()
        killed_at(site, min(1 + 53 * i, PEOPLE), rng.uniform(0, 0.05), "core" if i % 4 == 3 else None)
        if site.process:
            site.kill()
        there = lying(site)
        unsaid += len(there) - funnel(site)["sent"]
        # Some answer at once, before it is written down that their letter went out.
        new = sorted(set(there) - quick, key=int)[-2:]
        if new:
            answered_on_paper(site, tmp_path, new)
            quick.update(new)
    assert unsaid > 0, "no kill came between a letter and what is written down of it"
    site.serve()
    site.until(lambda: funnel(site)["sent"] == PEOPLE, "all of them to be sent")
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    there = lying(site)
    assert sorted(there.values()) == sorted(link)
    f = funnel(site)
    assert (f["invited"], f["sent"], f["failed"], f["filled"]) == (PEOPLE, PEOPLE, 0, len(quick))
    verified(site)
    record_property("figure", f"{store_kind}: {unsaid} letters lay there without being written down when it was killed; each went out once")
