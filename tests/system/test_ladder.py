"""What follows when nobody answers, on the real program: working hours over a holiday and a made-up day, steps held and
brought forward from the case page, referral by letter, and the commands that show and set all this."""
import datetime

import pytest
from test_kit import case_of, case_staff, file_report, letter, letters, open_site, parts, plain, server_now, staff

UTC = datetime.timezone.utc

def holder_of(site, number):
    return case_staff(site, number)["notices"][0]["email"]


class Working:
    """Nine to six in UTC, reckoned hour by hour, unlike the program does it."""

    def __init__(self, off=(), made=()):
        self.off, self.made = set(off), set(made)

    def counts(self, moment):
        day = moment.date()
        works = day in self.made or (moment.weekday() < 5 and day not in self.off)
        return works and 9 <= moment.hour < 18

    def add(self, begin, hours):
        left, step, t = hours * 60, datetime.timedelta(minutes=1), begin
        while left > 0:
            left -= self.counts(t)
            t += step
        return t


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def to(site, moment):
    """Moves the clock to a moment (a little past it)."""
    wait = int(moment.timestamp()) + 1 - int(server_now(site))
    assert wait >= 0
    site.advance(f"{wait}s")


def test_calendar(site):
    shown = site.json("calendar", "show")
    assert shown["hours"]["mon"] == "09:00-18:00" and shown["hours"]["sun"] == "-" and shown["days"] == []
    days = site.dir.parent / "days.csv"
    days.write_text("date,title,working\n2031-10-10,National Day,no\n2031-10-11,Made up,yes\n")
    assert site.json("calendar", "import", days)["changed"] == 2
    assert site.json("calendar", "import", days)["changed"] == 0
    assert [d["working"] for d in site.json("calendar", "show")["days"]] == [False, True]
    assert site.run("calendar", "reckon", "2031-10-09T17:00:00Z", "2h").stdout.strip() == "2031-10-11T10:00:00Z"
    site.run("calendar", "holiday", "remove", "2031-10-11")
    assert site.run("calendar", "reckon", "2031-10-09T17:00:00Z", "2h").stdout.strip() == "2031-10-13T10:00:00Z"
    site.run("calendar", "hours", "fri", "-")
    site.run("calendar", "hours", "mon", "13:00-14:00,15:00-20:00")
    assert site.json("calendar", "reckon", "2031-10-09T17:00:00Z", "3h")["to"] == "2031-10-13T16:00:00Z"
    for words, why in ((("holiday", "remove", "2031-10-11"), "calendar show"), (("holiday", "add", "2031-13-01", "X"), "2026-10-10"),
                       (("hours", "mon", "18:00-09:00"), "09:00-12:00"), (("hours", "moonday", "-"), "made-up"),
                       (("reckon", "now", "2 hours"), "8h"), (("import", str(days) + ".none"), "days.csv.none")):
        refused = site.run("calendar", *words, check=False)
        assert refused.returncode in (1, 2) and why in refused.stderr, refused.stderr


@pytest.fixture
def demo(make_site):
    return open_site(make_site)


def test_working_hours_over_a_holiday(demo):
    now = datetime.datetime.fromtimestamp(server_now(demo), UTC)
    friday = now.date() + datetime.timedelta(days=(4 - now.weekday()) % 7 + 7)
    saturday = friday + datetime.timedelta(days=1)
    demo.run("calendar", "holiday", "add", friday.isoformat(), "A day off")
    demo.run("calendar", "holiday", "add", saturday.isoformat(), "Made up", "--working")
    demo.run("ladder", "set", "spam", "remind=12w", "sponsor=15w", "task=3h")
    thursday = datetime.datetime.combine(friday - datetime.timedelta(days=1), datetime.time(12), UTC)
    to(demo, thursday)
    filed = file_report(demo, "https://www.maple-demo.com.tw/x", email="r@citizen.example", language="en", **{"class": "spam"})
    demo.run("case", "approve", filed["case"])
    address = holder_of(demo, filed["case"])
    letter(demo, address)
    sent = when(demo.until(lambda: case_staff(demo, filed["case"])["notices"][0]["sent_at"], "the letter to be written down"))
    work = Working([friday], [saturday])
    remind, silent = work.add(sent, 12), work.add(sent, 27)
    assert remind.date() == saturday and silent.date() > saturday
    plan = demo.json("ladder", "preview", filed["case"])
    assert [p["what"] for p in plan] == ["remind", "sponsor", "task"]
    assert abs(when(plan[0]["at"]) - remind) < datetime.timedelta(minutes=2)
    assert abs(when(plan[1]["at"]) - silent) < datetime.timedelta(minutes=2)
    seen = case_of(demo, filed)
    assert when(seen["notices"][0]["due"]) == when(plan[1]["at"]) and seen["notices"][0]["then"] == "remind"
    assert any(s["state"] == "next" and s["text"].startswith("A reminder to") for s in seen["steps"])
    to(demo, remind - datetime.timedelta(minutes=5))
    assert len(letters(demo, address)) == 1
    to(demo, remind + datetime.timedelta(minutes=5))
    demo.until(lambda: len(letters(demo, address)) == 2, "the reminder")
    text = parts(letters(demo, address)[-1])[0]
    assert "We have no answer yet" in text or "尚未收到回覆" in text
    to(demo, silent - datetime.timedelta(minutes=5))
    assert case_staff(demo, filed["case"])["notices"][0]["state"] == "sent"
    to(demo, silent + datetime.timedelta(minutes=5))
    demo.until(lambda: len(case_staff(demo, filed["case"])["notices"]) == 2, "the sponsor to be told")
    assert case_staff(demo, filed["case"])["notices"][0]["state"] == "silent"


def test_referral_and_steps_by_hand(demo):
    refused = demo.run("ladder", "set", "spam", "referral:port-office=1h", check=False)
    assert refused.returncode == 1 and "nicert ladder referral port-office" in refused.stderr
    demo.run("ladder", "referral", "port-office", "--title", "Port Office", "--email", "desk@port.example", "--lang", "zh-TW")
    demo.run("ladder", "set", "spam", "remind=20h", "referral:port-office=20h", "task=20h")
    filed = file_report(demo, "https://www.maple-demo.com.tw/x", email="r@citizen.example", language="en",
                        description="private words", **{"class": "spam"})
    demo.run("case", "approve", filed["case"])
    address = holder_of(demo, filed["case"])
    letter(demo, address)
    demo.until(lambda: case_staff(demo, filed["case"])["notices"][0]["sent_at"], "the letter to be written down")
    notice = case_staff(demo, filed["case"])["notices"][0]["id"]
    demo.run("ladder", "step", filed["case"], notice, "hold", "--why", "They rang.")
    demo.advance("30h")
    assert [p["held"] for p in demo.json("ladder", "preview", filed["case"])] == [True] * 3
    assert len(letters(demo, address)) == 1
    hana = staff(demo, "hana", "handler")
    page = hana.get(f"/staff/case/{filed['case']}")
    assert "On hold: a reminder" in plain(page.text) and "They rang." in page.text
    assert hana.act(filed["case"], "resume", id=notice).status == 303
    assert hana.act(filed["case"], "hold", id=notice, text="").status == 422
    assert hana.act(filed["case"], "hold", id=notice, text="Again.").status == 303
    assert hana.act(filed["case"], "skip", id=notice, text="Reminded by telephone.").status == 303
    page = hana.get(f"/staff/case/{filed['case']}")
    assert "Then the case is referred" in plain(page.text)
    assert hana.act(filed["case"], "forward", id=notice).status == 303
    sent = letter(demo, "desk@port.example")
    assert filed["case"] in sent["Subject"] and "移請貴單位處理" in sent["Subject"]
    for part in parts(sent):
        assert "private words" not in part and "citizen.example" not in part and "hxxps://www.maple-demo.com.tw/x" in part
    assert any("referred to: Port Office" in s["text"] for s in case_of(demo, filed)["steps"])
    refused = demo.run("ladder", "step", filed["case"], notice, "later", check=False)
    assert refused.returncode == 2 and "hold, resume, skip or now" in refused.stderr
    demo.run("ladder", "step", filed["case"], notice, "now")
    refused = demo.run("ladder", "step", filed["case"], notice, "now", check=False)
    assert refused.returncode == 1 and "no further step" in refused.stderr
    shown = demo.json("ladder", "show", "--class", "spam", "--history")
    assert len(shown) == 2 and [r["what"] for r in shown[-1]["rungs"]] == ["remind", "referral", "task"]
    assert "your role does not allow" in demo.run("ladder", "set", "spam", "task=1h", "--as", "hana", check=False).stderr


WALKS = {  # class: (thing, hours of each rung as `ladder set` takes them, who is told by them: address, language, subject, first lines)
    "compromised": ("198.51.100.9", ("remind=9w", "upstream=9w", "authority=9w", "referral:port-office=9w", "task=9w"), (
        ("noc@maple.example", "zh-TW", "遭入侵：請您回覆", "遭入侵\n\n您好：\n\n我們收到一件通報，需要您協助處理：遭入侵。\n"),
        ("noc@maple.example", "zh-TW", "遭入侵：仍請您回覆", "遭入侵\n\n您好：\n\n本中心曾於 "),
        ("abuse@kestrel.example", "en", "Broken into: your help as the upstream network is needed",
         "Broken into\n\nHello,\n\nWe have a report about something that your network carries: "
         "Broken into. We ask you to act on your side.\n"),
        ("cert@demo.example", "en", "Broken into: your help as the national authority is needed",
         "Broken into\n\nHello,\n\nA case has come to you as the national authority: Broken into. "
         "Here is what we know and what was tried.\n"),
        ("desk@port.example", "zh-TW", "移請貴單位處理：遭入侵", "遭入侵\n\n您好：\n\n本中心移請貴單位處理一起案件：遭入侵。"))),
    "spam": ("https://www.maple-demo.com.tw/x", ("remind=9w", "sponsor=9w", "authority=9w", "referral:port-office=9w", "task=9w"), (
        ("abuse@maple.example", "zh-TW", "垃圾郵件：請您回覆", "垃圾郵件\n\n您好：\n\n"),
        ("abuse@maple.example", "zh-TW", "垃圾郵件：仍請您回覆", "垃圾郵件\n\n您好：\n\n本中心曾於 "),
        ("abuse@cedar-names.example", "zh-TW", "垃圾郵件：請受理註冊商協助",
         "垃圾郵件\n\n您好：\n\n本中心接獲通報，內容涉及由貴單位受理註冊的項目：垃圾郵件。請貴單位協助處理。\n"),
        ("cert@demo.example", "en", "Spam: your help as the national authority is needed",
         "Spam\n\nHello,\n\nA case has come to you as the national authority: Spam. Here is what we know and what was tried.\n"),
        ("desk@port.example", "zh-TW", "移請貴單位處理：垃圾郵件", "垃圾郵件\n\n您好：\n\n本中心移請貴單位處理一起案件：垃圾郵件。"))),
}


def of_case(site, number):
    """Its letters to parties, in the order of their going out."""
    return [m for m in site.outbox() if number in m["Subject"] and "citizen.example" not in m["To"]]


def reads(message, number, to, lang, subject, begins):
    text = parts(message)[0].replace("\r\n", "\n")
    assert message["To"] == to and message["Content-Language"] == lang
    assert message["Subject"] == f"[{number}] [TLP:AMBER] {subject}"
    assert text.split("\n\n", 1)[1].startswith(begins), text


def test_the_whole_ladder(demo):
    """A name and a network, from the holder to the referral: each letter at its working hour, over a holiday and a week-end, in the
    words for whoever is told, once."""
    now = datetime.datetime.fromtimestamp(server_now(demo), UTC)
    friday = now.date() + datetime.timedelta(days=(4 - now.weekday()) % 7 + 7)
    demo.run("calendar", "holiday", "add", friday.isoformat(), "A day off")
    demo.run("ladder", "referral", "port-office", "--title", "Port Office", "--email", "desk@port.example", "--lang", "zh-TW")
    to(demo, datetime.datetime.combine(friday - datetime.timedelta(days=2), datetime.time(12), UTC))
    cases, work = {}, Working([friday])
    for kind, (thing, rungs, _) in WALKS.items():
        demo.run("ladder", "set", kind, *rungs)
        cases[kind] = file_report(demo, thing, **{"class": kind})["case"]
        demo.run("case", "approve", cases[kind])

    def newest(number):
        return case_staff(demo, number)["notices"][-1]

    for step in range(5):
        for kind, number in cases.items():
            demo.until(lambda n=number: len(of_case(demo, n)) > step, f"letter {step} of {kind}")
            assert len(of_case(demo, number)) == step + 1
            reads(of_case(demo, number)[step], number, *WALKS[kind][2][step])
        if step == 4:
            break
        due = []
        for kind, number in cases.items():
            if step != 1:  # a reminder goes out on the notice's own time
                began = when(demo.until(lambda n=number: newest(n)["sent_at"], "the letter to be written down"))
            else:
                began = when(newest(number)["sent_at"])
            at = work.add(began, 18 if step == 1 else 9)
            plan = demo.json("ladder", "preview", number)[0]
            assert plan["what"] == WALKS[kind][1][step].split("=")[0].split(":")[0]
            assert abs(when(plan["at"]) - at) < datetime.timedelta(minutes=2), (kind, step)
            due.append(at)
        to(demo, min(due) - datetime.timedelta(minutes=5))
        assert all(len(of_case(demo, n)) == step + 1 for n in cases.values())
        to(demo, max(due) + datetime.timedelta(minutes=5))
    sent = {kind: [parts(m)[0] for m in of_case(demo, number)] for kind, number in cases.items()}
    for kind, role in (("compromised", "the upstream network"), ("spam", "the sponsor")):
        assert [r in sent[kind][3] for r in ("- We wrote to the holder on ", f"- We wrote to {role} on ")] == [True, True], sent[kind][3]
    assert [sent[kind][4].count("尚未收到回覆。") for kind in WALKS] == [3, 3], sent["spam"][4]
    assert "- We wrote to the holder on " in sent["compromised"][2] and "通知持有人，尚未收到回覆。" in sent["spam"][2]
    to(demo, max(due) + datetime.timedelta(days=30))
    demo.until(lambda: all("nobody-answered" in {t["kind"] for t in case_staff(demo, n)["tasks"]} for n in cases.values()), "the tasks at the top")
    assert [len(of_case(demo, n)) for n in cases.values()] == [5, 5]
