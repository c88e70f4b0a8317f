"""Reminders of a survey: who has one and who hasn't, in the letters themselves; a relay that refuses; who may set them."""
import asyncio
from pathlib import Path

from test_kit import fields, staff
from test_smtp import relay  # noqa: F401
from test_survey_pages import fill, funnel

CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus" / "questionnaire" / "services"
PEOPLE = [("anna@example.tw", "en"), ("bao@example.tw", "zh-TW"), ("chen@example.tw", "zh-TW"), ("dina@example.tw", "en")]


def drawn(site, tmp_path, people=PEOPLE):
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    path = tmp_path / "people.csv"
    path.write_text("email,lang\n" + "".join(f"{e},{lang}\n" for e, lang in people))
    site.run("survey", "group", "s", "all", "--list", path)
    site.run("survey", "draw", "s")


def links(site):
    return {x["email"]: f"/survey/{x['token']}" for x in site.json("survey", "links", "s")}


def sent(site, n):
    site.until(lambda: funnel(site)["sent"] == n, f"{n} invitations")


def test_only_who_has_not_answered_is_reminded(site, tmp_path):
    drawn(site, tmp_path)
    assert "days of its field" in site.run("survey", "remind", "s", check=False).stderr
    assert site.json("survey", "remind", "s", "--after", "7")["reminder"] == 1
    site.run("survey", "remind", "s", "--after", "14")
    site.run("survey", "open", "s", "--until", "30d")
    site.serve()
    sent(site, 4)
    link = links(site)
    fill(site, link["anna@example.tw"])
    assert site.post(f"{link['bao@example.tw']}/stop", {"List-Unsubscribe": "One-Click"}).status == 200
    site.advance("6d")
    assert funnel(site)["reminded"] == 0
    site.advance("25h")
    site.until(lambda: funnel(site)["reminded"] == 2, "the first reminder")
    letters = site.outbox()[4:]
    assert sorted(m["To"] for m in letters) == ["chen@example.tw", "dina@example.tw"]
    chen, dina = sorted(letters, key=lambda m: m["To"])
    assert chen["Content-Language"] == "zh-TW" and "服務滿意度調查" in chen["Subject"] and chen["Subject"] != "服務滿意度調查"
    assert dina["Subject"].startswith("Reminder: ")
    for m in letters:
        text = m.get_body(("plain",)).get_content()
        assert link[m["To"]] in text and m["List-Unsubscribe"] == f"<{site.url}{link[m['To']]}/stop>"
        assert m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert ("It is open until" if m is dina else "填答期限至") in text
    # The second goes to who is left; the one who answered meanwhile has none.
    fill(site, link["chen@example.tw"])
    site.advance("7d")
    site.until(lambda: site.json("survey", "reminders", "s")[1]["letters"] == 1, "the second reminder")
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    assert [m["To"] for m in site.outbox()[6:]] == ["dina@example.tw"] and funnel(site)["reminded"] == 2
    site.run("survey", "close", "s")
    assert "too late" in site.run("survey", "remind", "s", check=False).stderr


def test_answering_while_letters_go_out(site, tmp_path, relay):  # noqa: F811
    """The relay holds the first reminder until the others' minds are made up."""
    state = {"armed": False, "held": False, "go": False}
    take = relay.handle_DATA

    async def slowly(server, session, envelope):
        if state["armed"] and not state["held"]:
            state["held"] = True
            while not state["go"]:
                await asyncio.sleep(0.02)
        return await take(server, session, envelope)
    relay.handle_DATA = slowly
    drawn(site, tmp_path)
    site.run("survey", "open", "s", "--until", "30d")
    relay.start()
    site.serve(mail_url=relay.url(), mail_connections=1)
    sent(site, 4)
    link = links(site)
    site.advance("3d")
    state["armed"] = True
    relay.says["dina@example.tw"] = "550 5.1.1 nobody here"
    assert site.json("survey", "remind", "s")["waiting"] == 4
    site.until(lambda: state["held"], "the first reminder at the relay")
    fill(site, link["bao@example.tw"])
    state["go"] = True
    site.until(lambda: funnel(site)["failed"] == 1, "the refusal")
    site.until(lambda: funnel(site)["reminded"] == 2, "two reminders")
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    reminders = [m["To"] for m in relay.letters[4:]]
    assert reminders == ["anna@example.tw", "chen@example.tw"]
    assert funnel(site)["filled"] == 1


def test_reminders_that_can_not_be(site, tmp_path):
    drawn(site, tmp_path)
    site.run("survey", "open", "s", "--until", "10d")
    for words, why in ((("--after", "0"), "1 to 365"), (("--after", "x"), "1 to 365"), (("--after", "2", "--at", "3d"), "one of"),
                       (("--at", "yesterday"), "--at"), (("--at", "2001-01-01"), "over already"), (("--after", "10"), "earlier day"),
                       (("--drop", "1"), "still to come"), (("--drop", "9"), "--drop")):
        done = site.run("survey", "remind", "s", *words, check=False)
        assert done.returncode != 0 and why in done.stderr, (words, done.stderr)
    for day in ("2", "4", "6"):
        site.run("survey", "remind", "s", "--after", day)
    assert "3 reminders" in site.run("survey", "remind", "s", "--after", "8", check=False).stderr
    site.run("survey", "remind", "s", "--drop", "2")
    assert [r["days"] for r in site.json("survey", "reminders", "s")] == [2, 6]
    for login, role in (("hana", "handler"), ("adam", "admin")):
        site.run("user", "add", login, "--role", role)
        assert "run-survey:" in site.run("survey", "remind", "s", "--as", login, check=False).stderr
        assert "run-survey:" in site.run("survey", "remind", "s", "--drop", "1", "--as", login, check=False).stderr
    assert "see-survey:" in site.run("survey", "reminders", "s", "--as", "adam", check=False).stderr
    assert len(site.json("survey", "reminders", "s", "--as", "hana")) == 2


def test_reminders_on_the_page(site, tmp_path):
    drawn(site, tmp_path)
    site.serve()
    olga, hana = staff(site, "olga", "officer"), staff(site, "hana", "handler")

    def act(person, name, **data):
        return person.post(f"/staff/surveys/s/{name}", {"csrf": fields(person.get("/staff/account").text)["csrf"], **data})
    assert act(olga, "remind", days="7").status == 303
    assert act(olga, "remind", days="0").status == 422
    page = olga.get("/staff/surveys/s").text
    assert "day 7 of the field" in page and 'action="/staff/surveys/s/unremind"' in page
    assert 'action="/staff/surveys/s/remind"' not in hana.get("/staff/surveys/s").text
    assert act(hana, "remind", days="9").status == 403
    assert act(olga, "unremind", number="1").status == 303 and site.json("survey", "reminders", "s") == []
    assert act(olga, "unremind", number="1").status == 404
