"""A survey as people see it: the letter, the pages without scripts on a phone, in both languages; what a link can and can't do."""
import html
import json
import re
from pathlib import Path

import pytest
from test_kit import Person

CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus" / "questionnaire" / "services"
PEOPLE = [("anna@example.tw", "en"), ("bao@example.tw", "zh-TW"), ("chen@example.tw", "zh-TW")]


@pytest.fixture
def field(site, tmp_path):
    """{address: path of the link}; the study is open and served."""
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    people = tmp_path / "people.csv"
    people.write_text("email,lang\n" + "".join(f"{e},{lang}\n" for e, lang in PEOPLE))
    site.run("survey", "group", "s", "all", "--list", people)
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "30d")
    site.serve()
    return {x["email"]: f"/survey/{x['token']}" for x in site.json("survey", "links", "s")}


def revision(page):
    return re.search(r'name="revision" value="(\d+)"', page.text).group(1)


def begin(site, link):
    answer = site.post(link)
    assert answer.status == 303 and answer.headers["Location"] == f"{link}/1"
    return site.get(f"{link}/1")


def fill(site, link):
    """Every page of it, as somebody who uses names and is happy."""
    page = begin(site, link)
    went = site.post(f"{link}/1", {"revision": revision(page), "q0": "0"})
    assert went.headers["Location"] == f"{link}/1"  # the answer brought a question onto the page
    page = site.get(f"{link}/1")
    assert 'name="q1"' in page.text
    assert site.post(f"{link}/1", {"revision": revision(page), "q0": "0", "q1": "12"}).headers["Location"] == f"{link}/2"
    page = site.get(f"{link}/2")
    assert 'name="q4"' not in page.text
    assert site.post(f"{link}/2", {"revision": revision(page), "q2": "4", "q3": "5"}).headers["Location"] == f"{link}/2"
    page = site.get(f"{link}/2")
    assert site.post(f"{link}/2", {"revision": revision(page), "q2": "4", "q3": "5", "q4": "0", "q5": "=1+1 <b>"}).headers["Location"] == f"{link}/3"
    page = site.get(f"{link}/3")
    assert site.post(f"{link}/send", {"revision": revision(page)}).status == 303
    return site.get(link)


def funnel(site):
    return site.json("survey", "funnel", "s")[-1]


def shows(site, **figures):
    now = funnel(site)
    assert now == dict(now, **figures)


def test_the_letter_leads_to_the_form_and_the_form_to_figures(site, field):
    letters = site.until(lambda: len(site.outbox()) == 3 and {m["To"]: m for m in site.outbox()}, "three letters")
    for address, lang in PEOPLE:
        m = letters[address]
        text = m.get_body(("plain",)).get_content()
        assert field[address] in text and m["Content-Language"] == lang
        assert m["List-Unsubscribe"] == f"<{site.url}{field[address]}/stop>" and m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letters["bao@example.tw"]["Subject"] == "服務滿意度調查"
    site.until(lambda: funnel(site)["sent"] == 3, "the sending to be written down")
    link = field["anna@example.tw"]
    assert site.get(link).status == 200 and site.get(link).status == 200
    shows(site, opened=1, started=0, filled=0)
    done = fill(site, link)
    assert "We have your answers" in done.text
    shows(site, invited=3, opened=1, started=1, filled=1)
    # Sent off is sent off.
    assert site.post(f"{link}/1", {"revision": "1", "q0": "0"}).headers["Location"] == link
    assert site.post(link).headers["Location"] == link
    site.run("survey", "close", "s")
    assert site.get(link).status == 410 and site.post(f"{link}/withdraw").status == 410
    got = {(f["item"], f["what"]): f for f in site.json("survey", "report", "s")["figures"]}
    assert got["used", "names"]["mark"] == "hidden"  # one answer


def test_links_that_lead_nowhere(site, field):
    link = field["anna@example.tw"]
    unknown = link[:-1] + ("a" if link[-1] != "a" else "b")
    for path in (unknown, "/survey/x", "/survey/" + "a" * 200, f"{unknown}/1"):
        assert site.get(path).status == 404
    assert site.post(unknown).status == 404 and site.post(f"{unknown}/1", {"revision": "1"}).status == 404
    assert site.get(f"{link}/1").headers["Location"] == link  # not begun
    begin(site, link)
    assert site.get(f"{link}/99").status == 404 and site.get(f"{link}/0").status == 404
    assert site.get(link).headers["X-Robots-Tag"] == "noindex"


def test_a_link_that_is_passed_on_answers_once(site, field):
    """Whoever has it then can take the answers back, but neither reads nor changes them, nor answers again."""
    link = field["anna@example.tw"]
    fill(site, link)
    other = Person(site)
    page = other.get(link)
    assert "This link can't be used to answer again." in html.unescape(page.text) and "=1+1" not in page.text
    for path, data in ((link, {}), (f"{link}/1", {"revision": "1", "q0": "0"}), (f"{link}/send", {"revision": "4"})):
        assert other.post(path, data).headers["Location"] == link
    assert other.get(f"{link}/1").headers["Location"] == link
    shows(site, started=1, filled=1)


def test_what_a_page_refuses(site, field):
    link = field["anna@example.tw"]
    page = begin(site, link)
    empty = site.post(f"{link}/1", {"revision": revision(page)})
    assert empty.status == 422 and "Choose an answer" in empty.text
    alone = site.post(f"{link}/1", [("revision", revision(page)), ("q0", "0"), ("q0", "3")])
    assert alone.status == 422 and "go together" in html.unescape(alone.text)
    assert site.post(f"{link}/1", {"revision": revision(page), "q0": "17"}).status == 422
    site.post(f"{link}/1", {"revision": revision(page), "q0": "0"})
    page = site.get(f"{link}/1")
    many = site.post(f"{link}/1", {"revision": revision(page), "q0": "0", "q1": "41"})
    assert many.status == 422 and "from 0 to 40" in many.text
    # Sending before all is there leads back to what is missing.
    assert site.post(f"{link}/send", {"revision": revision(page)}).headers["Location"] == f"{link}/2"
    assert funnel(site)["filled"] == 0
    # Who uses nothing is asked nothing more.
    assert site.post(f"{link}/1", {"revision": revision(page), "q0": "3"}).headers["Location"] == f"{link}/3"


def test_two_windows(site, field):
    link = field["anna@example.tw"]
    one = two = begin(site, link)
    assert site.post(f"{link}/1", {"revision": revision(one), "q0": "0"}).status == 303
    clash = site.post(f"{link}/1", {"revision": revision(two), "q0": "1"})
    assert clash.status == 409 and "changed in another window" in clash.text
    assert re.search(r'value="1"[^>]* checked', clash.text)  # what was typed here
    assert site.post(f"{link}/1", {"revision": revision(clash), "q0": "1"}).status == 303
    assert re.search(r'name="q0" value="1"[^>]* checked', site.get(f"{link}/1").text)


def test_answers_are_taken_back_and_letters_stopped(site, field, tmp_path):
    link = field["anna@example.tw"]
    fill(site, link)
    assert "deleted" in site.post(f"{link}/withdraw").text
    assert site.get(link).status == 410 and site.post(link).status == 410
    assert funnel(site)["filled"] == 0
    # RFC 8058: the mail program posts, nobody looks at a page. Looking changes nothing.
    stop = f"{field['bao@example.tw']}/stop"
    assert site.get(stop).status == 200
    assert site.post(stop, {"List-Unsubscribe": "One-Click"}).status == 200
    assert site.post(stop, {"List-Unsubscribe": "One-Click"}).status == 200
    assert site.post("/survey/aaaaaaaaaaaaaaaaaaaaaaaaaa/stop", {"List-Unsubscribe": "One-Click"}).status == 404
    people = tmp_path / "again.csv"
    people.write_text("email\nanna@example.tw\nBAO@example.tw\n")
    site.run("survey", "new", "t", "services-2020")
    site.run("survey", "group", "t", "all", "--list", people)
    assert site.json("survey", "draw", "t")["groups"][0] == dict(site.json("survey", "draw", "t")["groups"][0], found=2, excluded=1, drawn=1)


def test_who_was_asked_lately_is_left_in_peace(site, field, tmp_path):
    site.until(lambda: funnel(site)["sent"] == 3, "the letters to be written down")
    people = tmp_path / "again.csv"
    people.write_text("email\nANNA@example.tw\nnew@example.tw\n")

    def drawn(name, *quiet):
        site.run("survey", "new", name, "services-2020", *quiet)
        site.run("survey", "group", name, "all", "--list", people)
        group = site.json("survey", "draw", name)["groups"][0]
        return group["excluded"], group["drawn"]
    assert drawn("t", "--quiet", "30") == (1, 1) and drawn("u") == (0, 2)
    assert site.run("survey", "new", "v", "services-2020", "--quiet", "366", check=False).returncode == 2
    site.run("privacy", "erase", "anna@example.tw", "--yes")  # nothing is remembered of her, a hash neither
    people.write_text("email\nanna@example.tw\nnew@example.tw\nbao@example.tw\n")
    assert drawn("w", "--quiet", "30") == (1, 2)
    site.advance("31d")
    assert drawn("x", "--quiet", "30") == (0, 3)


def test_a_person_is_exported_and_erased(site, field):
    link = field["anna@example.tw"]
    fill(site, link)
    told = site.run("privacy", "export", "anna@example.tw").stdout
    assert '"s"' in told and "names" in told and "=1+1 <b>" in told
    kept = json.loads(told)["parts"]["surveys"]
    assert kept["surveys"][0] == dict(kept["surveys"][0], email="anna@example.tw", group="all", language="en", filled=True, stopped=False)
    assert kept["lists"] == [{"study": "s", "group": "all", "language": "en", "segment": "", "excluded": False}]
    site.run("privacy", "erase", "anna@example.tw", "--yes")
    assert site.get(link).status == 404
    shows(site, invited=3, filled=0)
    assert "anna@example.tw" not in [x["email"] for x in site.json("survey", "links", "s")]
    # After the end the answers are nobody's: an export tells of the invitation only.
    other = field["bao@example.tw"]
    fill(site, other)
    site.run("survey", "close", "s")
    told = site.run("privacy", "export", "bao@example.tw").stdout
    assert '"s"' in told and "=1+1" not in told
    assert funnel(site)["cleaned"] == 1
    # In a year the addresses go by themselves; what was counted stays.
    site.advance("366d")
    site.until(lambda: not site.json("survey", "links", "s"), "the addresses to be gone")
    shows(site, invited=3, cleaned=1)


def test_a_study_closes_at_its_time(site, field):
    link = field["anna@example.tw"]
    begin(site, link)
    site.advance("31d")
    assert site.get(link).status == 410 and site.post(f"{link}/1", {"revision": "1", "q0": "0"}).status == 410
    site.until(lambda: site.json("survey", "studies")[0]["state"] == "closed", "the study to close")
    shows(site, started=1, filled=0, cleaned=0)


def test_a_stop_reaches_studies_that_are_drawn_already(site, field, tmp_path):
    site.until(lambda: len(site.outbox()) == 3, "the letters of the first study")
    people = tmp_path / "again.csv"
    people.write_text("email\nanna@example.tw\nbao@example.tw\n")
    site.run("survey", "new", "t", "services-2020")
    site.run("survey", "group", "t", "all", "--list", people)
    site.run("survey", "draw", "t")
    assert site.post(f"{field['bao@example.tw']}/stop", {"List-Unsubscribe": "One-Click"}).status == 200
    site.run("survey", "open", "t", "--until", "30d")
    site.until(lambda: len(site.outbox()) == 4, "the one letter that is left")
    site.until(lambda: site.json("survey", "funnel", "t")[-1]["sent"] == 1, "the sending to be written down")
    assert site.metric("mail_behind") == 0 and [m["To"] for m in site.outbox()[3:]] == ["anna@example.tw"]


def test_a_network_sends_so_much_and_may_still_stop(make_site, tmp_path):
    site = make_site(test_clock="on", report_per_net_hour=2)
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    (tmp_path / "people.csv").write_text("email,lang\nanna@example.tw,en\n")
    site.run("survey", "group", "s", "all", "--list", tmp_path / "people.csv")
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "30d")
    site.serve()
    link = f"/survey/{site.json('survey', 'links', 's')[0]['token']}"
    page = begin(site, link)
    assert site.post(f"{link}/1", {"revision": revision(page), "q0": "0"}).status == 303
    page = site.get(f"{link}/1")
    over = site.post(f"{link}/1", {"revision": revision(page), "q0": "0", "q1": "12"})
    assert over.status == 429 and 'value="12"' in over.text and int(over.headers["Retry-After"]) > 0  # nothing that was typed is lost
    for path in (f"{link}/send", f"{link}/withdraw"):
        assert site.post(path, {"revision": revision(page)}).status == 429
    assert site.post(f"{link}/stop", {"List-Unsubscribe": "One-Click"}).status == 200


@pytest.mark.one_store
@pytest.mark.parametrize("lang,agree,next_,send,thanks", [("en", "I agree, begin", "Save and go on", "Send my answers", "Thank you"),
                                                          ("zh-TW", "我同意，開始填答", "儲存並繼續", "送出我的回答", "謝謝您")])
def test_on_a_phone(site, field, make_browser, lang, agree, next_, send, thanks):
    browser = make_browser(lang, 500, 844)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})

    browser.implicitly_wait(30)  # a click returns before the next page is there

    def press(word):
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        browser.find_element("xpath", f'//button[.="{word}"]').click()

    def choose(name, value):
        at = browser.find_element("css selector", f'[name="{name}"][value="{value}"]')
        browser.execute_script("arguments[0].scrollIntoView({block:'center'})", at)
        at.click()
    browser.get(site.url + field["chen@example.tw"])
    press(agree)
    choose("q0", 0)
    press(next_)
    browser.find_element("id", "q1").send_keys("7")
    press(next_)
    choose("q2", 3)
    choose("q3", 5)
    press(next_)
    choose("q4", 1)
    press(next_)
    press(send)
    browser.find_element("xpath", f'//h1[contains(., "{thanks}")]')
    assert funnel(site)["filled"] == 1
    assert not [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]
