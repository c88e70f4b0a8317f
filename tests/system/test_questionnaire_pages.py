"""Questionnaires edited on pages: by forms in both languages, as text, previewed as people will see them; a study in the field goes on
as it is; who may not."""
import html
import re
import time

import pytest

from test_kit import fields, staff, walk
from test_pages import come_in
from test_survey_pages import CORPUS

BASE = "/staff/surveys/questionnaires"
TEXT = """questionnaire q
  en Our services
  zh-TW 我們的服務
consent
  en We count.
  zh-TW 我們統計。

section use
  en Use
  zh-TW 使用

question a single required
  en Do you use it?
  zh-TW 您使用嗎？
  option yes
    en Yes
    zh-TW 是
  option no ends
    en No
    zh-TW 否

question why open
  en Why?
  zh-TW 為什麼？
  ask if a = yes

section more
  en More
  zh-TW 更多

question age number 0 120
  en How old are you?
  zh-TW 您幾歲？
"""


class Editor:
    def __init__(self, site, person):
        self.site, self.person = site, person

    def page(self, rest=""):
        answer = self.person.get(f"{BASE}/q{rest}")
        assert answer.status == 200, answer
        return html.unescape(answer.text)

    def send(self, rest="", **data):
        page = self.person.get(f"{BASE}/q").text
        base = re.search(r'name="base" value="(\d+)"', page).group(1)
        return self.person.post(f"{BASE}/q{rest}", {"csrf": fields(page)["csrf"], "base": base, **{k.replace("_", "-"): v for k, v in data.items()}})

    def text(self):
        return self.site.run("survey", "export", "q").stdout

    def order(self):
        return re.findall(r"^(?:section|question) (\S+)", self.text(), re.M)


@pytest.fixture
def editor(served, tmp_path):
    (tmp_path / "q.txt").write_text(TEXT, encoding="utf-8")
    served.run("survey", "import", tmp_path / "q.txt")
    return Editor(served, staff(served, "olga", "officer"))


def test_parts_are_added_moved_changed_and_removed(editor):
    assert editor.order() == ["use", "a", "why", "more", "age"]
    assert editor.send(act="question-add", id_of="more", id="sex", kind="open", text_en="Sex?", text_zh_TW="x").status == 303
    assert editor.send(act="question-up", id_of="sex").status == 303
    assert editor.send(act="section-add", new_id="end", section_en="End", section_zh_TW="結束").status == 303
    assert editor.order() == ["use", "a", "why", "more", "sex", "age", "end"]
    assert "This section has no question." in editor.page()
    assert editor.send(act="question-down", id_of="age").status == 303
    assert editor.order() == ["use", "a", "why", "more", "sex", "end", "age"]
    assert editor.send(act="question-remove", id_of="sex").status == 303
    assert editor.send(act="section-up", id_of="end").status == 303
    assert editor.send(act="section-remove", id_of="more").status == 303
    assert editor.order() == ["use", "a", "why", "end", "age"]
    assert editor.send(act="section", id_of="end", new_id="end", section_en="The end", section_zh_TW="結束").status == 303
    assert editor.send(act="head", title_en="Services", title_zh_TW="服務", consent_en="C\r\nD", consent_zh_TW="同意").status == 303
    assert "  en Services\n" in editor.text() and "  en C\n  en D\n" in editor.text() and "  en The end\n" in editor.text()
    assert "Everybody gets through" in editor.page()


def test_a_question_by_its_form(editor):
    shown = editor.page("/question/a")
    assert 'value="yes"' in shown and 'name="o1-ends" value="1" checked' in shown
    done = editor.send("/question/a", id="a", kind="multiple", required="1", text_en="Which?", text_zh_TW="哪個？",
                       **{"o0-id": "yes", "o0-place": "3", "o0-en": "Yes", "o0-zh-TW": "是", "o1-id": "no", "o1-gone": "1",
                          "o2-id": "none", "o2-place": "9", "o2-en": "None", "o2-zh-TW": "沒有", "o2-exclusive": "1",
                          "o3-id": "maybe", "o3-place": "1", "o3-en": "Maybe", "o3-zh-TW": "也許"})
    assert done.status == 303 and done.headers["Location"].endswith("#a")
    block = re.search(r"question a .*?(?=\n\nquestion)", editor.text(), re.S).group()
    assert re.findall(r"^(?:question|  option) .*", block, re.M) == ["question a multiple required", "  option maybe", "  option yes", "  option none exclusive"]
    # A rule is a row of the form: skipping changes, and one that can't be is said at once.
    done = editor.send("/question/why", id="why", kind="open", text_en="Why?", text_zh_TW="為何？", c0_item="a", c0_is="not", c0_options="yes maybe")
    assert done.status == 303 and "  ask if a != yes maybe\n" in editor.text() or "  ask if a != maybe yes\n" in editor.text()
    assert editor.send("/question/why", id="why", kind="open", text_en="W", text_zh_TW="為", c0_item="a", c0_is="is", c0_options="nothing").status == 422
    assert editor.send("/question/why", id="why", kind="number", min="1", max="7", text_en="W", text_zh_TW="為").status == 303
    assert "question why number 1 7\n" in editor.text()


def test_what_is_refused_changes_nothing(editor):
    before = editor.text()
    for rest, data, why in (("", {"act": "question-up", "id_of": "a"}, "stands first"), ("", {"act": "question-remove", "id_of": "a"}, "expected a question"),
                            ("", {"act": "section-remove", "id_of": "use"}, "has questions"),
                            ("", {"act": "question-add", "id_of": "use", "id": "A b", "kind": "open"}, "short name"),
                            ("", {"act": "question-add", "id_of": "use", "id": "why", "kind": "open"}, "stands twice"),
                            ("", {"act": "question-add", "id_of": "use", "id": "z", "kind": "x\nsection evil"}, "kind"),
                            ("/question/a", {"id": "a\nquestion evil open", "kind": "single"}, "short name"),
                            ("/question/why", {"id": "why", "kind": "open", "c0_item": "a", "c0_is": "is", "c0_options": "yes\nsection evil"}, "short names"),
                            ("/text", {"text": "questionnaire q\r\nwhat\r\n"}, "line 2"), ("/text", {"text": "questionnaire other\r\n"}, "name stays")):
        done = editor.send(rest, **data)
        page = html.unescape(done.text)
        assert done.status in (409, 422) and "Nothing was changed" in page and why in page, (data, done.status, page[:3000])
    assert editor.text() == before
    assert editor.send(act="what", id_of="a").status == 404 and editor.person.get(f"{BASE}/nothing").status == 404
    assert editor.person.get(f"{BASE}/q/question/nothing").status == 404


def test_two_people_at_once(editor):
    page = editor.person.get(f"{BASE}/q").text
    old = {"csrf": fields(page)["csrf"], "base": "1", "act": "question-remove", "id-of": "why"}
    assert editor.send(act="question-remove", id_of="age").status == 303
    clash = editor.person.post(f"{BASE}/q", old)
    assert clash.status == 409 and "changed meanwhile" in html.unescape(clash.text) and "why" in editor.order()


def test_faults_are_shown_at_once(editor):
    editor.send("/text", text=TEXT.replace("option no ends", "option no").replace("\n", "\r\n"))
    assert "Everybody gets through" in editor.page()
    editor.send("/text", text=TEXT.replace("option yes\n", "option yes ends\n").replace("\n", "\r\n"))
    page = editor.page()
    assert "is asked of nobody" in page or "Nobody gets to this question" in page
    editor.send("/text", text=TEXT.replace("  zh-TW 為什麼？\n", "").replace("\n", "\r\n"))
    assert re.search(r'href="#why">why</a> A text is missing in one language', editor.page())
    (status,) = {editor.person.get(BASE).status}
    assert status == 200 and "One thing to mend" in editor.person.get(BASE).text


def test_a_new_one(editor):
    csrf = fields(editor.person.get(BASE).text)["csrf"]
    made = editor.person.post(BASE, {"csrf": csrf, "name": "fresh", "title-en": "Fresh", "title-zh-TW": "新的"})
    assert made.status == 303 and "There is no question yet." in editor.person.get(f"{BASE}/fresh").text
    assert editor.person.post(BASE, {"csrf": csrf, "name": "fresh", "title-en": "F"}).status == 409
    assert editor.person.post(BASE, {"csrf": csrf, "name": "../x", "title-en": "F"}).status == 422


def test_the_field_goes_on_as_it_is(editor, tmp_path):
    site = editor.site
    (tmp_path / "people.csv").write_text("email,lang\nanna@example.tw,en\n")
    site.run("survey", "new", "s", "q")
    site.run("survey", "group", "s", "all", "--list", tmp_path / "people.csv")
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "30d")
    link = f"/survey/{site.json('survey', 'links', 's')[0]['token']}"
    assert "goes on asking it" in editor.page()
    assert editor.send("/question/a", id="a", kind="open", text_en="Something else", text_zh_TW="別的").status == 422  # why looks at its options
    assert editor.send(act="question-remove", id_of="why").status == 303
    assert editor.send("/question/a", id="a", kind="open", text_en="Something else", text_zh_TW="別的").status == 303
    site.post(link)
    page = site.get(f"{link}/1").text
    assert "Do you use it?" in page and "Something else" not in page
    assert site.json("survey", "studies")[0]["version"] == 1
    assert "goes on asking it" not in editor.page()  # the last version is in no field


def settled(site):
    """Entries of the journal once no more come: what a text of ours says is looked at after a start."""
    before = site.metric("journal_entries")
    time.sleep(0.5)
    return before if site.metric("journal_entries") == before else 0


def test_the_preview_is_what_people_see_and_keeps_nothing(editor, tmp_path):
    site, person = editor.site, editor.person
    journal = site.until(lambda: settled(site), "the journal to be still")
    for lang, begin, question in (("en", "I agree, begin", "Do you use it?"), ("zh-TW", "我同意，開始填答", "您使用嗎？")):
        page = person.get(f"{BASE}/q/preview?lang={lang}")
        assert begin in page.text and f'action="{BASE}/q/preview"' in page.text

        def press(path, **data):
            nonlocal page
            hidden = {k: v for k, v in fields(page.text).items() if k in ("csrf", "state", "revision")}
            page = person.post(f"{BASE}/q/preview{path}", {**hidden, **data})
            return page
        assert question in press("").text
        assert press("/1").status == 422
        assert press("/1", q0="0").status == 200 and 'name="q1"' in page.text  # the answer brought a question onto the page
        assert 'name="q2"' in press("/1", q0="0", q1="because").text
        assert f'action="{BASE}/q/preview/send"' in press("/2", q2="40").text
        assert press("/send").status == 200
    # Hostile state is none.
    for state in ("zz", "f" * 20000, "00" * 3, "-1"):
        csrf = fields(person.get("/staff/account").text)["csrf"]
        assert person.post(f"{BASE}/q/preview/1", {"csrf": csrf, "state": state, "q0": "0"}).status in (200, 422)
    assert person.get(f"{BASE}/q/preview/2").status == 303
    assert site.metric("journal_entries") == journal
    # The same page as a person's, but for where it leads.
    (tmp_path / "people.csv").write_text("email,lang\nanna@example.tw,en\n")
    site.run("survey", "new", "s", "q")
    site.run("survey", "group", "s", "all", "--list", tmp_path / "people.csv")
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "30d")
    link = f"/survey/{site.json('survey', 'links', 's')[0]['token']}"
    site.post(link)
    csrf = fields(person.get("/staff/account").text)["csrf"]
    person.get(f"{BASE}/q/preview?lang=en")
    shown, real = person.post(f"{BASE}/q/preview", {"csrf": csrf}).text, site.get(f"{link}/1").text

    def controls(text):
        return re.findall(r'<(?:fieldset|legend|input type="(?:radio|checkbox)")[^>]*>', text)
    assert controls(shown) == controls(real) and len(controls(real)) > 3


def test_who_may_not(editor):
    site = editor.site
    for login, role in (("hana", "handler"), ("adam", "admin"), ("dora", "director")):
        person = staff(site, login, role)
        csrf = fields(person.get("/staff/account").text)["csrf"]
        for path in (BASE, f"{BASE}/q", f"{BASE}/q/text", f"{BASE}/q/question/a", f"{BASE}/q/preview", f"{BASE}/q/preview/1"):
            assert person.get(path).status == 403, (role, path)
        for path in (BASE, f"{BASE}/q", f"{BASE}/q/text", f"{BASE}/q/question/a", f"{BASE}/q/preview", f"{BASE}/q/preview/1"):
            assert person.post(path, {"csrf": csrf, "base": "1", "act": "question-remove", "id-of": "why", "name": "x"}).status == 403, (role, path)
    assert site.get(f"{BASE}/q").status == 303 and editor.order()[2] == "why"


@pytest.mark.one_store
def test_on_a_phone(editor, make_browser):
    """A question is changed with a thumb: its words, an option more, and up it goes."""
    browser = make_browser("en", 500, 844)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    browser.implicitly_wait(30)
    come_in(browser, editor.site, editor.person)
    browser.get(f"{editor.site.url}{BASE}/q")

    def press(xpath):
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        at = browser.find_element("xpath", xpath)
        browser.execute_script("arguments[0].scrollIntoView({block:'center'})", at)
        at.click()
    press('//a[contains(@href, "/question/a") and contains(., "Edit")]')
    words = browser.find_element("id", "text-en")
    words.clear()
    words.send_keys("Do you use our register?")
    for field, text in (("o2-id", "rarely"), ("o2-en", "Rarely"), ("o2-zh-TW", "很少")):
        browser.find_element("id", field).send_keys(text)
    press('//main//button[normalize-space()="Save"]')
    editor.site.until(lambda: "Do you use our register?" in editor.text(), "the change")
    assert "  option rarely\n    en Rarely\n    zh-TW 很少\n" in editor.text()
    press('//tr[@id="age"]//button[@value="question-up"]')
    editor.site.until(lambda: editor.order() == ["use", "a", "why", "age", "more"], "the move")


@pytest.mark.one_store
def test_the_pages_shut_nobody_out(editor, make_browser, axe):
    editor.site.run("survey", "import", CORPUS)
    found = walk(make_browser, axe, editor.site, editor.person, BASE, f"{BASE}/q", f"{BASE}/q/text", f"{BASE}/q/question/a",
                 f"{BASE}/q/question/why", f"{BASE}/q/preview", f"{BASE}/services-2020", unfold=True)
    assert not found, "\n".join(found)
