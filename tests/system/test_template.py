"""The words of letters: set by staff, looked at on a case, carried by the next letter in their language, and given back."""
import json
import re

import pytest
from test_kit import Person, fields, file_report, form_back, journal_size, letter, letters, link, open_site, parts, plain, staff

LEAST = "{#things}\n- {thing}{part}\n{/things}\n\n   {link}\n"
URLS = [f"https://{n}.maple-demo.com.tw/pay" for n in "abcdefgh"]
PAGE = "/staff/templates/receipt/en"
RECEIPT = "## Dear reporter\n\nWe read {case}.\n\n{link}\n{?confirm}\n{confirm}\n{/confirm}\n"


@pytest.fixture
def site(make_site):
    return open_site(make_site)


def said(message):
    """(text, HTML), with the ends of lines as Python has them."""
    return [p.replace("\r\n", "\n") for p in parts(message)]


def put(site, name, text):
    path = site.dir / name
    path.write_text(text)
    return path


def words(site, purpose, lang="en", version=None):
    more = () if version is None else ("--version", version)
    return site.json("template", "show", purpose, "--lang", lang, *more)


def test_the_next_letter_carries_the_words(site):
    lena = staff(site, "lena", "lead")
    file_report(site, URLS[0], email="before@citizen.example", language="en", **{"class": "phishing"})
    assert "Thank you. We have your report." in said(letter(site, "before@citizen.example"))[0]
    page = lena.get(PAGE).text
    assert "Thank you. We have your report." in page and "{confirm}" in page
    form = {**fields(page), "subject": "{class}: thank you", "text": RECEIPT, "html": "", "note": "Shorter.", "do": "set", "case": ""}
    answer = lena.post(PAGE, form)
    assert answer.status == 303 and answer.headers["Location"].endswith("?done=template")
    assert "have these words" in plain(lena.get(answer.headers["Location"]).text)
    filed = file_report(site, URLS[1], email="after@citizen.example", language="en", **{"class": "phishing"})
    got = letter(site, "after@citizen.example")
    text, rich = said(got)
    assert got["Subject"] == f"[{filed['case']}] [TLP:AMBER] False site (phishing): thank you"
    assert text.startswith("TLP:AMBER  ") and f"Dear reporter\n-------------\n\nWe read {filed['case']}.\n" in text
    assert "<h2>Dear reporter</h2>" in rich and "TLP:AMBER</b>" in rich
    assert "Thank you" not in text + rich and filed["case"] in text.split("\n-- \n")[1]
    assert Person(site).get(link(got, "confirm")).status == 200 and Person(site).get(link(got, "case")).status == 200
    # In the other language nothing changed.
    file_report(site, URLS[2], email="zh@citizen.example", language="zh-TW", **{"class": "phishing"})
    assert "謝謝您，我們已收到通報" in said(letter(site, "zh@citizen.example"))[0]
    facts = [r for r in site.json("template", "history", "receipt") if r["version"]]
    assert [(r["version"], r["by"], r["note"]) for r in facts] == [(1, "lena", "Shorter.")]
    # HTML of their own, in Chinese, for a party.
    site.run("template", "set", "notice", put(site, "zh.txt", "請處理 {class}\n\n您好\n" + LEAST + "---html---\n<p>您好 <b>{case}</b></p>\n{#things}<p>{thing}</p>{/things}\n"
                                              '<a href="{link}">在此回覆</a>\n'), "--lang", "zh-TW")
    assert words(site, "notice", "zh-TW")["html"].startswith("<p>您好")
    assert words(site, "notice")["version"] == 0
    notice = told(site, "https://www.maple-demo.com.tw/x", "abuse@maple.example")
    assert "請處理" in notice["Subject"] and "在此回覆</a>" in said(notice)[1]
    assert "Your help" not in notice["Subject"] and words(site, "sponsor", "zh-TW")["version"] == 0


def told(site, thing, to, kind="phishing"):
    """The one letter to a party about a report of this thing."""
    case = file_report(site, thing, **{"class": kind})["case"]
    site.run("case", "approve", case)
    return letter(site, to, case)


def test_each_party_is_told_in_words_of_its_own(site):
    """Words set for the holder stay the holder's; the next in line begin with those delivered, and can be given their own."""
    site.run("template", "set", "notice", put(site, "notice.txt", "HOLDER {class}\n\n{before}{why}\n" + LEAST), "--lang", "zh-TW")
    assert "HOLDER" in told(site, "https://www.maple-demo.com.tw/1", "abuse@maple.example")["Subject"]
    first = told(site, "https://nobody-demo.tw/1", "abuse@cedar-names.example")
    assert "HOLDER" not in first["Subject"] and first["Subject"].endswith("假網站（釣魚）：請受理註冊商協助")
    for part in said(first):
        assert "我們沒有可以聯絡到持有人的信箱。" in part and "HOLDER" not in part
    site.run("template", "set", "sponsor", put(site, "sponsor.txt", "SPONSOR {class}\n\n{#told}\n- {outcome}\n{/told}\n{!told}\nNOBODY TOLD\n{/told}\n" + LEAST), "--lang", "zh-TW")
    second = told(site, "https://www.kestrel-demo.tw/1", "abuse@cedar-names.example", "registered-abuse")
    assert "SPONSOR" in second["Subject"] and "\nNOBODY TOLD\n" in said(second)[0] and "<p>NOBODY TOLD</p>" in said(second)[1]
    assert not letters(site, "abuse@kestrel.example")
    # What each can say, what it can't do without, and a look at it on a case.
    for purpose in ("sponsor", "upstream", "authority"):
        assert {"told", "outcome", "before", "why", "steps"} <= {v["name"] for v in site.json("template", "vars", purpose)}
        bad = site.run("template", "set", purpose, put(site, "bad.txt", "x\n\n{#things}\n{thing}\n{/things}\n"), check=False)
        assert bad.returncode == 1 and "can't do without {link}" in bad.stderr
        bad = site.run("template", "set", purpose, put(site, "bad.txt", "x\n\n{outcome}\n" + LEAST), check=False)
        assert bad.returncode == 1 and "{outcome} belongs between {#told} and {/told}" in bad.stderr
    assert site.run("template", "set", "notice", put(site, "bad.txt", "x\n\n{#told}\n{outcome}\n{/told}\n" + LEAST), check=False).returncode == 1
    case = re.search(r"NC-\d+-\d+", letter(site, "abuse@maple.example")["Subject"]).group()
    site.until(lambda: site.json("case", "show", case)["notices"][0]["sent_at"], "the letter to be written down")
    for lang, sentence in (("en", "We wrote to the holder on "), ("zh-TW", "通知持有人，尚未收到回覆。")):
        look = site.json("template", "preview", "authority", case, "--lang", lang)
        assert sentence in look["text"] and sentence in look["html"] and case in look["subject"]
    lena = staff(site, "lena", "lead")
    page = lena.get("/staff/templates/upstream/en").text
    assert "{#told} … {/told}" in page and "Notice to the upstream network" in plain(page)
    form = {**fields(page), "subject": "Look: {class}", "text": "{#told}\n- {outcome}\n{/told}\n" + LEAST, "html": "", "note": "", "case": case, "do": "look"}
    assert "- We wrote to the holder on " in plain(lena.post("/staff/templates/upstream/en", form).text)


def test_what_can_not_be_kept_comes_back(site):
    lena = staff(site, "lena", "lead")
    base = fields(lena.get(PAGE).text)
    good = {**base, "subject": "x", "text": RECEIPT, "html": "", "note": "", "do": "set", "case": ""}
    for change, field, why in (({"text": RECEIPT + "{cas}"}, "text", "line 9: this letter has no variable {cas}"),
                               ({"text": "hello"}, "text", "can't do without {link}"),
                               ({"text": RECEIPT + "{?next}"}, "text", "{?next} is never closed"),
                               ({"html": "<p>{link} {confirm}</p>\n<script>x</script>"}, "html", "line 2: <script> may not stand"),
                               ({"subject": ""}, "subject", "one line of words"), ({"note": "y" * 501}, "note", "at most 500"),
                               ({"text": "x" * 33000}, "text", "33000 bytes"), ({"html": "<p>{link}{confirm}"}, "html", "<p> is not closed")):
        answer = lena.post(PAGE, {**good, **change})
        assert answer.status == 422, (change, answer)
        assert form_back(answer.text, **({} if field in ("note", "text") else change)) == [field]
        assert why in plain(answer.text), (change, why)
        lena.lang = "zh-TW"  # whoever writes is told in their language
        told = re.findall(r'class="err" id=.*?class="sr">[^<]*</span>(.*?)</span>', lena.post(PAGE, {**good, **change}).text, re.S)
        assert told and all(re.search("[\u4e00-\u9fff]", t) for t in told), (change, told)
        lena.lang = "en"
    assert words(site, "receipt")["version"] == 0
    for text, why in (("x\n\n" + RECEIPT + "{cas}", "no variable {cas}"), ("\n", "subject: "), ("x\n\n", "text: write the letter")):
        done = site.run("template", "set", "receipt", put(site, "bad.txt", text), check=False)
        assert done.returncode == 1 and why in done.stderr, done.stderr
    assert site.run("template", "set", "poem", put(site, "x.txt", "x"), check=False).returncode == 2
    assert site.run("template", "set", "receipt", site.dir / "not-there", check=False).returncode == 1
    assert lena.get("/staff/templates/holder-code/en").status == 404
    assert lena.get("/staff/templates/receipt/fr").status == 404
    # Two at once: the second is told, and keeps what was written.
    assert lena.post(PAGE, good).status == 303
    late = lena.post(PAGE, {**good, "text": RECEIPT + "late"})
    assert late.status == 409 and "version 1 meanwhile" in plain(late.text) and RECEIPT.split("\n")[0] + "" in late.text
    assert words(site, "receipt")["version"] == 1


def test_a_look_keeps_nothing(site):
    lena = staff(site, "lena", "lead")
    filed = file_report(site, URLS[0], email="r@citizen.example", language="en", share_words=True, description="It asked for <my> card.", **{"class": "phishing"})
    case = filed["case"]
    letter(site, "r@citizen.example")
    lena.get(f"/staff/case/{case}")  # the view is written down once
    before, mails = journal_size(site), len(site.outbox())
    page = "/staff/templates/notice/en"
    form = {**fields(lena.get(page).text), "subject": "Look: {class}", "text": "Hi {host}\n\n{?words}\n> {words}\n{/words}\n" + LEAST, "html": "", "note": "",
            "case": case, "do": "look"}
    shown = lena.post(page, form)
    assert shown.status == 200
    seen = plain(shown.text)
    assert f"[{case}] [TLP:AMBER] Look: False site (phishing)" in seen and "> It asked for <my> card." in seen and "hxxps://a.maple-demo.com.tw/pay" in seen
    policy = shown.headers["Content-Security-Policy"]
    assert "style-src 'self' 'sha256-" in policy and "unsafe-inline" not in policy, policy
    assert "sha256" not in lena.get(page).headers["Content-Security-Policy"]
    assert 'sandbox=""' in shown.text and "&lt;blockquote&gt;" in shown.text and "&amp;lt;my&amp;gt; card" in shown.text
    assert "Look: {class}" in shown.text and "/answer/xxxxxx" in shown.text
    assert lena.post(page, {**form, "case": "NC-1999-000001"}).status == 422
    assert lena.post(page, {**form, "text": "{cas}"}).status == 422
    assert site.json("template", "preview", "receipt", case)["text"].count(case) >= 2
    assert json.loads(site.run("template", "preview", "notice", case, "--json", "--lang", "zh-TW").stdout)["subject"].endswith("假網站（釣魚）：請您回覆")
    mine = site.run("template", "preview", "notice", case, "--file", put(site, "look.txt", "My words\n\nplain\n" + LEAST), "--as", "lena").stdout
    assert "My words" in mine and "\nplain\n" in mine
    assert words(site, "notice")["version"] == 0 and len(site.outbox()) == mails
    facts = site.json("journal", "verify")["entries"] - before
    assert facts <= 1, "a look is a view of personal data at most"  # by the command, as somebody else


def test_who_may(site):
    case = file_report(site, URLS[0], **{"class": "phishing"})["case"]
    for role in ("handler", "auditor", "legal", "dpo"):
        person = staff(site, f"its-{role}", role)
        page = person.get(PAGE)
        assert page.status == 200 and "Thank you. We have your report." in page.text and "<textarea" not in page.text
        csrf = fields(person.get("/staff/account").text)["csrf"]
        for act in ("set", "look"):
            answer = person.post(PAGE, {"csrf": csrf, "base": "0", "subject": "x", "text": RECEIPT, "html": "", "case": case, "do": act})
            assert answer.status == 403 and "set-template" in plain(answer.text), (role, act)
        assert person.post(PAGE + "/restore", {"csrf": csrf, "base": "0", "version": "0"}).status == 403
        done = site.run("template", "set", "receipt", put(site, "x.txt", "x\n\n" + RECEIPT), "--as", f"its-{role}", check=False)
        assert done.returncode == 1 and "set-template" in done.stderr
        assert site.run("template", "preview", "receipt", case, "--as", f"its-{role}", check=False).returncode == 1
        assert len(site.json("template", "list", "--as", f"its-{role}")) == 26
    for role in ("admin", "director"):
        person = staff(site, f"its-{role}", role)
        assert person.get(PAGE).status == 403 and person.get("/staff/templates").status == 403
        assert 'href="/staff/templates"' not in person.get("/staff/account").text
        assert site.run("template", "show", "receipt", "--as", f"its-{role}", check=False).returncode == 1
    olga = staff(site, "olga", "officer")
    assert "<textarea" in olga.get(PAGE).text
    good = {**fields(olga.get(PAGE).text), "subject": "x", "text": RECEIPT, "html": "", "note": "", "do": "set", "case": ""}
    assert olga.post(PAGE, {**good, "csrf": "no"}).status == 403
    assert words(site, "receipt")["version"] == 0


def test_back_to_an_earlier_version(site):
    olga = staff(site, "olga", "officer")
    for i in (1, 2):
        site.run("template", "set", "receipt", put(site, "x.txt", f"Subject {i}\n\n{RECEIPT}\nNumber {i}.\n"), "--note", f"try {i}", "--as", "olga")
    page = olga.get(PAGE).text
    assert "try 1" in page and "try 2" in page and "As delivered" in page
    other = plain(olga.get(PAGE + "/diff?a=1&b=2").text)
    assert "Number 1." in other and "Number 2." in other and "Subject 1" in other
    assert olga.get(PAGE + "/diff?a=1&b=9").status == 404 and olga.get(PAGE + "/diff?a=x&b=1").status == 404
    assert "-Number 1.\n+Number 2.\n" in site.run("template", "show", "receipt", "--diff", "1").stdout
    form = fields(page)
    assert olga.post(PAGE + "/restore", {"csrf": form["csrf"], "base": "2", "version": "1"}).status == 303
    now = words(site, "receipt")
    assert (now["version"], now["subject"], now["by"]) == (3, "Subject 1", "olga")
    assert olga.post(PAGE + "/restore", {"csrf": form["csrf"], "base": "2", "version": "0"}).status == 409
    assert site.json("template", "restore", "receipt", "0", "--note", "enough")["version"] == 4
    now = words(site, "receipt")
    assert now["delivered"] and now["version"] == 4 and "Thank you. We have your report." in now["text"]
    assert site.run("template", "restore", "receipt", "0", check=False).returncode == 1  # it is so already
    assert site.run("template", "restore", "receipt", "9", check=False).returncode == 1
    filed = file_report(site, URLS[0], email="r@citizen.example", language="en", **{"class": "phishing"})
    got = letter(site, "r@citizen.example")
    assert got["Subject"] == f"[{filed['case']}] [TLP:AMBER] We have your report: False site (phishing)" and "Thank you." in said(got)[0]
    assert [r["version"] for r in site.json("template", "history", "receipt")] == [4, 3, 2, 1, 0]
    # What `show` prints, `set` takes.
    printed = site.run("template", "show", "notice").stdout
    site.run("template", "set", "notice", put(site, "same.txt", printed.replace("Hello,", "Good day,")))
    assert words(site, "notice")["text"] == words(site, "notice", version=0)["text"].replace("Hello,", "Good day,")
    assert "Good day," in site.run("template", "preview", "notice", filed["case"]).stdout

