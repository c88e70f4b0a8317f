"""Killed while invitations go out: each letter lies in the folder once, nobody is left out, and the funnel counts all of them. Killed
while a large study closes: it goes on where it was."""
import random
import re
import time

from test_kit import staff, verified
from test_survey_pages import funnel
from test_survey_remind import drawn
from test_survey_report import rows_of
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


MANY = 12000  # answers and as many invitations: twelve steps


def test_a_large_study_goes_on_closing(site, tmp_path, record_property):
    drawn(site, tmp_path, [(f"p{i}@example.tw", "en") for i in range(MANY)])
    site.run("survey", "open", "s", "--until", "1d")
    site.run("survey", "collect", "s", write(tmp_path / "paper.csv", ["group", "words"], [["all", f"words {i}"] for i in range(MANY)]))
    site.advance("2d")

    def state():
        return next(s["state"] for s in site.json("survey", "studies") if s["study"] == "s")

    def left():
        return int(rows_of(site, "SELECT count(*) FROM voice_response WHERE id > 0")[0][0])
    site.serve()
    olga, kills = staff(site, "olga", "officer"), 0
    for _ in range(3):
        end = time.monotonic() + 60
        while "The answers lose their way back" not in (page := olga.get("/staff/surveys/s").text) and "Apply the cleaning rules" not in page:
            assert time.monotonic() < end, page
        site.kill()
        if state() != "closing":
            break
        kills += 1
        assert funnel(site)["cleaned"] == MANY
        assert "study s is closing" in site.run("survey", "report", "s", check=False).stderr
        assert "study s is closing" in site.run("survey", "publish", "s", check=False).stderr
        site.serve()
    assert kills, "it was closed before it was killed"
    record_property("figure", f"killed {kills} times while it closed; {left()} answers were still to be done at the last")
    if site.process:
        site.kill()
    # Where nothing is served the command goes to the end.
    if state() == "closing":
        assert site.json("survey", "close", "s")["state"] == "closed"
    assert state() == "closed" and left() == 0 and funnel(site)["cleaned"] == MANY
    assert len(site.json("survey", "answers", "s", "words", "--search", "words 77")) == 111
    site.serve()
    verified(site)
