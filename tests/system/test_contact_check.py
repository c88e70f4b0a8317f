"""Contacts are asked twice a year whether their mail is read: turns, the letter, its page, silence, a wrong address, a pause."""
import datetime
import re

import pytest
from test_kit import Person, journal_size, letters, link, open_site, plain, server_now, staff

DAY = 86400
SUBJECTS = {"Is this still the right address?", "Reminder: is this still the right address?", "這個地址仍然正確嗎？", "提醒：這個地址仍然正確嗎？"}


def questions(site, email=None):
    """Letters that ask, in either language."""
    return [m for m in letters(site, email) if m["Subject"] in SUBJECTS]


def checks(site):
    return {c["email"]: c for c in site.json("contact", "verify", "list", "--all")}


def seconds(iso):
    return datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()


def enrolled(site):
    site.run("contact", "verify", "run")
    site.until(lambda: len(checks(site)) > 5 and "abuse@maple.example" in checks(site), "the walk")
    return site


def asked(site, email, **more):
    before = len(questions(site, email))
    site.run("contact", "verify", "run", email)
    return link(site.until(lambda: questions(site, email)[before:], f"the question to {email}")[0], "contact/verify")


def page(site, url):
    answer = Person(site).get(url)
    assert answer.status == 200, answer
    return plain(answer.text)


def say(site, url, answer, status=303, **more):
    got = Person(site).post(url, {"answer": answer, **more})
    assert got.status == status, plain(got.text)
    return got


@pytest.fixture
def place(make_site):
    return enrolled(open_site(make_site))


def test_turns_are_spread(place):
    found, now = checks(place), server_now(place)
    turns = sorted(seconds(c["next_at"]) - now for c in found.values())
    assert turns[0] > 29 * DAY and turns[-1] < 365 * DAY
    assert len({int(t // 3600) for t in turns}) > len(turns) // 2
    assert all(c["state"] == "waiting" and c["asked_at"] is None for c in found.values())
    assert "192.0.2.0/24" in found["abuse@kestrel.example"]["stands_for"] and "kestrel-demo.tw" in found["abuse@kestrel.example"]["stands_for"]
    assert found["owner@seawind.example"]["stands_for"] == ["海風示範.台灣"]
    assert not questions(place)
    size = journal_size(place)
    place.run("contact", "verify", "run")
    place.until(lambda: place.json("contact", "verify", "list") == [], "nobody to be asked")
    assert journal_size(place) == size  # nothing new was found


def test_the_link_says_right(place):
    email = "it@harbour.example"
    assert checks(place)[email]["verified_at"] is None
    url = asked(place, email)
    size = journal_size(place)
    seen = page(place, url)
    assert email in seen and "harbour-demo.org.tw" in seen and "Yes, this is right" in seen
    page(place, url)
    assert checks(place)[email]["state"] == "asked" and checks(place)[email]["verified_at"] is None and journal_size(place) == size
    say(place, url, "right")
    now = server_now(place)
    after = checks(place)[email]
    assert after["state"] == "waiting" and abs(seconds(after["verified_at"]) - now) < DAY
    assert 170 * DAY < seconds(after["next_at"]) - now <= 182 * DAY
    chain = place.json("holder", "harbour-demo.org.tw")
    assert '"verified": true' in str(chain).replace("True", "true").replace("'", '"')
    assert "last said yes" in page(place, url)
    place.advance("29d")
    assert len(letters(place, email)) == 1


def test_export_and_erase(place):
    email = "owner@seawind.example"
    told = place.json("privacy", "export", email)["parts"]["address"]
    assert told["address"] == email and told["state"] == "waiting" and told["stands_for"] == ["xn--90ww4wz2bh32c.xn--kpry57d"]
    url = asked(place, email)
    place.run("privacy", "erase", email, "--yes")
    assert email not in checks(place) and Person(place).get(url).status == 404
    place.advance("40d")
    place.until(lambda: place.metric("mail_behind") == 0, "the post")
    assert not questions(place, email)  # no reminder: its turn has gone with it


def test_silence(place):
    email = "owner@seawind.example"
    url = asked(place, email)
    place.advance("14d")
    reminder = place.until(lambda: questions(place, email)[1:], "the reminder")[0]
    assert reminder["Subject"].startswith("提醒") and link(reminder, "contact/verify") == url
    assert checks(place)[email]["state"] == "reminded"
    place.advance("13d")
    assert checks(place)[email]["state"] == "reminded"
    place.advance("2d")
    place.until(lambda: checks(place)[email]["state"] == "silent", "the end of patience")
    officer = staff(place, "officer", "officer")
    seen = plain(officer.get("/staff/tasks").text)
    assert "A contact does not answer" in seen and email in seen and "海風示範.台灣" in seen
    place.advance("100d")
    assert len(letters(place, email)) == 2
    place.advance("90d")
    place.until(lambda: len(letters(place, email)) == 3, "the next half-year's letter")
    say(place, link(letters(place, email)[-1], "contact/verify"), "right")
    assert checks(place)[email]["state"] == "waiting"
    assert Person(place).get(url).status == 404  # the older letter's link


def test_wrong_address(place):
    email = "it@teafield.example"
    url = asked(place, email)
    say(place, url, "wrong", 422, email="no address")
    say(place, url, "wrong", 422, text="x" * 600)
    assert checks(place)[email]["state"] == "asked"
    say(place, url, "wrong", email="new@teafield.example", text="She has <b>left</b>.")
    after = checks(place)[email]
    assert after["state"] == "wrong" and after["verified_at"] is None
    officer = staff(place, "officer", "officer")
    tasks = officer.get("/staff/tasks").text
    assert "new@teafield.example" in tasks and "<b>left" not in tasks
    number = re.search(r'action="/staff/case/contact(?::|%3A)(\d+)/task".*?name="id" value="(\d+)"', tasks, re.S)
    csrf = re.search(r'name="csrf" value="([^"]+)"', tasks)[1]
    assert officer.post(f"/staff/case/contact:{number[1]}/task", {"csrf": csrf, "id": number[2], "back": "tasks"}).status == 303
    assert officer.post(f"/staff/case/contact:{number[1]}/task", {"csrf": csrf, "id": 99999}).status == 404
    assert "new@teafield.example" not in officer.get("/staff/tasks").text
    say(place, url, "right")  # a second thought
    assert checks(place)[email]["state"] == "waiting"


def test_who_may_and_what_is_no_link(place):
    staff(place, "hand", "handler")
    refused = place.run("contact", "verify", "run", "it@harbour.example", "--as", "hand", check=False)
    assert refused.returncode == 1 and "check-contact" in refused.stderr
    assert place.run("contact", "verify", "list", "--as", "hand", check=False).returncode == 1
    unknown = place.run("contact", "verify", "run", "nobody@nowhere.example", check=False)
    assert unknown.returncode == 1 and "no such contact" in unknown.stderr
    for token in ("a" * 26, "x", "a" * 500):
        assert Person(place).get(f"/contact/verify/{token}").status == 404
        assert Person(place).post(f"/contact/verify/{token}", {"answer": "right"}).status == 404


def test_never_more_than_so_many_a_day(make_site):
    site = enrolled(open_site(make_site, **{"contact.verify_per_day": 2, "contact.verify_days": 12, "contact.verify_wait": 1}))
    addresses = set(checks(site))
    for _ in range(40):
        site.advance("1d")
        site.until(lambda: site.metric("mail_behind") == 0, "the post")
        now = server_now(site)
        fresh = [c for c in checks(site).values() if c["asked_at"] and now - seconds(c["asked_at"]) < DAY - 60]
        assert len(fresh) <= 2, fresh
    told = {m["To"] for m in questions(site)}
    assert len(told) > len(addresses) // 2


def test_pause(make_site):
    site = enrolled(open_site(make_site))
    asked(site, "it@harbour.example")
    site.stop()
    site.serve(**{"contact.verify": "off"})
    for _ in range(4):
        site.advance("90d")
        site.until(lambda: site.metric("mail_behind") == 0, "the post")
    assert len(questions(site)) == 1
    assert checks(site)["it@harbour.example"]["state"] == "asked"


def test_contacts_of_nothing_are_forgotten(make_site, tmp_path):
    site = open_site(make_site, **{"contact.verify_days": 60})
    (tmp_path / "more.csv").write_text("resource,role,email\nunregistered-thing.tw,abuse,a@unregistered.example\n", encoding="utf-8")
    site.run("import", "contacts", tmp_path / "more.csv")
    enrolled(site)
    assert "a@unregistered.example" not in checks(site)
