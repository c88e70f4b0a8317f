"""What a study needs besides its groups by rule, on pages alone: a group from a list of addresses, who is not asked, last time's
figures. A form that is refused comes back with what was typed."""
import datetime
import gzip
import html
import re

import pytest
from test_kit import LOOKS, come_in, dress, faults, fields, form_back, leave, picture, plain, staff, walk
from test_survey_outside import answers, closed, people
from test_survey_report import rows_of
from test_survey_study import CORPUS, figures, questionnaire, write

LIST = "email,lang,segment\nAnna@example.tw,en,north\nbao@example.tw,zh-TW,south\nanna@example.tw,en,north\n"
CLASSES = ["associate", "very-small", "small", "medium", "large", "very-large", "extra-large"]


@pytest.fixture
def begun(site):
    """A study s without groups; olga runs surveys, hana may only see them."""
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    site.serve()
    return site, staff(site, "olga", "officer"), staff(site, "hana", "handler")


def send(person, form, files=None, study="s", **data):
    csrf = fields(person.get("/staff/account").text)["csrf"]
    return person.post(f"/staff/surveys/{study}/{form}", {"csrf": csrf, **data}, [("file", "people.csv", "text/csv", f) for f in files or []])


def groups(site, study="s"):
    return {g["group"]: g for g in site.json("survey", "draw", study)["groups"]}


def journal(site, study="s"):
    """(verb, entry) of each of the study's."""
    return rows_of(site, f"SELECT verb, payload FROM journal_entry WHERE subject = '{study}' ORDER BY seq")


def verbs(site, study="s"):
    return [verb for verb, _ in journal(site, study)]


# ── a group from a list ──

def test_a_group_from_lines_or_a_file(begun):
    site, olga, hana = begun
    assert "/staff/surveys/s/list" in olga.get("/staff/surveys/s").text and "/list" not in hana.get("/staff/surveys/s").text
    page = plain(olga.get("/staff/surveys/s/list").text)
    assert "At most 10 MB and 1,000,000 addresses" in page and "email,lang,segment anna@example.tw,zh-TW,north" in page
    made = send(olga, "list", name="pasted", en="Pasted ones", zh="貼上的人", text=LIST.replace("\n", "\r\n"))
    assert made.headers["Location"] == "/staff/surveys/s?done=survey-group" and "Pasted ones list" in plain(olga.go(made).text)
    assert send(olga, "list", [b"\xef\xbb\xbf" + LIST.replace("bao", "chen").encode()], name="filed", sample="1").status == 303
    found = groups(site)
    assert (found["pasted"]["found"], found["pasted"]["drawn"]) == (2, 2)
    assert (found["filed"]["found"], found["filed"]["earlier"], found["filed"]["drawn"]) == (2, 1, 1)
    assert {x["email"]: x["lang"] for x in site.json("survey", "links", "s")} == {"anna@example.tw": "en", "bao@example.tw": "zh-TW", "chen@example.tw": "zh-TW"}
    # The same file by the command is the same group.
    path = write(site.dir / "l.csv", ["email"], [["dora@example.tw"]])
    for study in ("t", "u"):
        site.run("survey", "new", study, "services-2020")
    site.run("survey", "group", "t", "one", "--list", path)
    assert send(olga, "list", [path.read_bytes()], study="u", name="one").status == 303
    assert groups(site, "t")["one"]["rule"] == groups(site, "u")["one"]["rule"]
    # People are drawn: no group is added any more.
    assert olga.get("/staff/surveys/s/list").status == 409 and send(olga, "list", name="late", text=LIST).status == 409
    assert hana.get("/staff/surveys/u/list").status == 403 and send(hana, "list", study="u", name="x", text=LIST).status == 403
    assert olga.get("/staff/surveys/none/list").status == 404 and send(olga, "list", study="none", name="x", text=LIST).status == 404


HOSTILE = [
    ("email\nanna@example.tw\nno address\n", ["Line 3", "expected an e-mail address"]),
    ("name,email\nx,anna@example.tw\n", ["Line 1", "expected the columns email, lang and segment"]),
    ("anna@example.tw\n", ["Line 1", "expected the columns"]),
    ("email,lang\nanna@example.tw\n", ["Line 2", "as many fields as in the header"]),
    ('email\n"anna@example.tw\n', ["Line 2", "as many fields"]),
    ("email\n=HYPERLINK(1)\n", ["Line 2", "expected an e-mail address"]),
    ("email\n<script>alert(1)</script>\n", ["Line 2", "expected an e-mail address"]),
    ("email,segment\nanna@example.tw," + "x" * 41 + "\n", ["Line 2", "at most 40 characters"]),
    ("email,lang\nanna@example.tw," + "x" * 60 + "\n", ["Line 2", "expected a language"]),
    ("email\n" + "x" * 70000 + "\n", ["Line 2", "longer than 65536 bytes"]),
    ("email\n", ["There is no address in it"]),
]


@pytest.mark.parametrize("n", range(len(HOSTILE)))
def test_what_is_wrong_with_a_list_is_said_with_its_line(begun, n):
    site, olga, _ = begun
    text, said = HOSTILE[n]
    typed = {"name": "north", "en": "North", "zh": "北區", "sample": "12"}
    for files, field in (([], text), ([text.encode()], "")):
        back = send(olga, "list", files, **typed, text=field)
        assert back.status == 422 and all(word in html.unescape(plain(back.text)) for word in said), plain(back.text)
        assert "<script>alert" not in back.text
        shown = typed if len(text) > 65536 and files else {**typed, "text": text.rstrip("\n")}  # a large file has to be chosen again
        assert form_back(back.text, **shown) == ["file" if files else "text"]
    assert groups_of(site) == set() and verbs(site) == ["study-made"]


def groups_of(site):
    return {r["group"] for r in site.json("survey", "funnel", "s")} - {"all"}


def test_what_no_list_can_be(begun):
    site, olga, _ = begun
    good = {"name": "north"}
    for files, text, why in (([], "", "Choose a file, or paste its lines"), ([LIST.encode()], LIST, "not both"),
                             ([gzip.compress(LIST.encode())], "", "compressed"), ([b"email\nanna@example.tw\n\xff\xfe@x\n"], "", "not UTF-8"),
                             ([b"email\nan\x00na@example.tw\n"], "", "not UTF-8"), ([], "email\n" + "a@b.tw\n" * 50000, "too much for this field")):
        back = send(olga, "list", files, **good, text=text)
        assert back.status == 422 and why in html.unescape(back.text), (why, back)
    many = send(olga, "list", **good, text="email\n" + "x\n" * 150)
    assert many.status == 422 and "100 lines are wrong" in many.text and "there may be more" in many.text
    for bad, field in (({"name": ""}, "g-name"), ({"name": "North!"}, "g-name"), ({"name": "north", "en": "x" * 201}, "g-en"), ({"name": "north", "sample": "none"}, "g-sample")):
        back = send(olga, "list", **bad, text=LIST)
        assert back.status == 422 and form_back(back.text, text=LIST.rstrip("\n")) == [field], bad
        assert send(olga, "list", [LIST.encode()], **bad).text.count("Anna@example.tw,en,north") == 1  # its lines come back
    assert send(olga, "list", [b"email\n" + b"a@b.tw\n" * 20000], name="").text.count("Choose the file again") >= 1
    assert groups_of(site) == set()
    assert send(olga, "list", **good, text=LIST).status == 303
    again = send(olga, "list", **good, text=LIST)
    assert again.status == 409 and form_back(again.text, text=LIST.rstrip("\n"), name="north") == ["g-name"] and "is there already" in again.text
    zh = staff(site, "mei", "officer", lang="zh-TW")
    back = send(zh, "list", name="北", text="email\nno address\n")
    assert "第 2 行" in back.text and "電子郵件地址" in back.text and "錯誤" in back.text
    assert send(olga, "list", [b"email\n" + b"x@example.tw\n" * 820000], **good).status == 413  # more than 10 MB


def test_a_large_list(begun):
    """As large as a file may be; the server answers others meanwhile."""
    site, olga, _ = begun
    rows = "email\n" + "".join(f"{i:06d}@e.tw\n" for i in range(250000))
    assert send(olga, "list", [rows.encode()], name="all").status == 303
    assert send(olga, "exclude", [rows[:6 + 12 * 100000].encode()]).status == 303
    assert "no group asks: 100000." in plain(olga.get("/staff/surveys/s").text)
    assert groups(site)["all"] == dict(groups(site)["all"], found=250000, excluded=100000, drawn=150000)


# ── by rule: the class is chosen ──

def test_a_group_by_rule_is_chosen_with_what_it_takes(begun):
    site, olga, _ = begun
    page = olga.get("/staff/surveys/s").text
    offered = re.findall(r'<option value="([^"]*)"', page.split('id="g-rule"', 1)[1].split("</select>", 1)[0])
    rules = {r["rule"]: r for r in site.json("survey", "rules")}
    assert rules["members"]["choices"] == CLASSES and rules["names"]["argument"] is None and rules["names-registered"]["argument"] == "DAYS"
    assert offered == [o for r in rules.values() for o in [r["rule"], *(f"{r['rule']} {c}" for c in r["choices"])]]
    assert send(olga, "group", name="ip", rule="members very-small").status == 303
    assert send(olga, "group", name="names", rule="names", days="").status == 303
    assert send(olga, "group", name="new", rule="names-registered", days="30").status == 303
    assert [g["rule"] for g in groups(site).values()] == ["members very-small", "names", "names-registered 30"]
    site.run("survey", "new", "t", "services-2020")
    typed = {"name": "x", "en": "Ex", "zh": "某", "sample": "3"}
    for rule, days, field in (("members tiny", "", "g-rule"), ("everybody", "", "g-rule"), ("names-registered", "36501", "g-days"), ("names-registered", "", "g-days"),
                              ("names x", "", "g-rule"), ("names-registered 5", "5", "g-rule")):
        back = send(olga, "group", study="t", **typed, rule=rule, days=days)
        assert back.status == 422 and form_back(back.text, **typed) == [field], (rule, days)
    back = send(olga, "group", study="t", **typed, rule="members small", days="0")
    assert '<option value="members small" selected>' in back.text and "1 to 36500" in back.text
    assert 'value="365"' in olga.get("/staff/surveys/t").text


# ── who is not asked ──

def test_addresses_are_excluded(begun):
    site, olga, hana = begun
    send(olga, "list", name="all", text=LIST)
    page = plain(olga.get("/staff/surveys/s").text)
    assert "no group asks: 0." in page
    done = send(olga, "exclude", text="email\nANNA@example.tw\nnobody@example.tw\n")
    assert done.headers["Location"] == "/staff/surveys/s?done=survey-exclude"
    page = olga.go(done).text
    assert "no group asks: 2." in plain(page) and "anna@example.tw" not in page.lower()  # how many, not whom
    assert groups(site)["all"] == dict(groups(site)["all"], found=2, excluded=1, drawn=1)
    # Once people are drawn it takes another draw, and the page says so.
    assert "draw again afterwards" in plain(olga.get("/staff/surveys/s/exclude").text)
    assert send(olga, "exclude", [b"email,lang\nbao@example.tw,en\n"]).status == 303
    page = plain(olga.get("/staff/surveys/s").text)
    assert "no group asks: 3." in page and "among the people drawn: 1." in page
    assert groups(site)["all"]["drawn"] == 0 and "among the people drawn" not in plain(olga.get("/staff/surveys/s").text)
    for text, why in HOSTILE[:6]:
        back = send(olga, "exclude", text=text)
        assert back.status == 422 and form_back(back.text, text=text.rstrip("\n")) == ["text"] and why[1] in html.unescape(plain(back.text))
    assert hana.get("/staff/surveys/s/exclude").status == 403 and send(hana, "exclude", text=LIST).status == 403
    assert olga.get("/staff/surveys/none/exclude").status == 404
    site.run("survey", "new", "t", "services-2020")
    site.run("survey", "group", "t", "all", "--list", write(site.dir / "l.csv", ["email"], [["x@example.tw"]]))
    site.run("survey", "draw", "t")
    site.run("survey", "open", "t", "--until", "5d")
    assert olga.get("/staff/surveys/t/exclude").status == 409 and send(olga, "exclude", study="t", text=LIST).status == 409
    assert verbs(site).count("addresses-excluded") == 2 and "@" not in str(journal(site))


# ── last time's figures ──

def test_last_time_is_typed_replaced_and_removed(site, tmp_path):
    closed(site, tmp_path, "now", {"a": people("a", 40), "b": people("b", 30)}, answers("a", 20, 40, 20) + answers("b", 10, 30, 9))
    site.serve()
    olga, hana = staff(site, "olga", "officer"), staff(site, "hana", "handler")

    def keep(person=olga, **data):
        return send(person, "past", study="now", **data)
    page = plain(olga.get("/staff/surveys/now/past").text)
    assert "Nothing so far" in page and "Group a" in page and "Service 0" in page
    assert "/staff/surveys/now/past" in olga.get("/staff/surveys/now/report").text
    done = keep(item="overall", n="30", base="50", label="2019")
    assert done.headers["Location"] == "/staff/surveys/now/past?done=survey-past" and "2019 60.0 30 of 50" in plain(olga.go(done).text)
    assert keep(item="services.s0", percent="74.3", segment="a", label="the printed report").status == 303
    assert "Group a the printed report 74.3 rounded" in plain(olga.get("/staff/surveys/now/past").text)
    changes = {c["item"]: c for c in figures(site, "now")[1]["changes"]}
    assert changes["overall"]["before"] == "60.0" and changes["overall"]["points"] == "-18.6"  # 29 of 70
    assert "2019" in plain(olga.get("/staff/surveys/now/report").text)
    # Replaced: the form shows what stands there.
    form = olga.get("/staff/surveys/now/past?item=services.s0&segment=a").text
    assert "Replace the figure" in form and 'value="74.3"' in form and re.search(r'<option value="a" selected>', form) and '<option value="services.s0" selected>' in form
    # A percentage and its base are the count that gives them.
    assert keep(item="services.s0", percent="74.3", base="35", segment="a", label="2019").status == 303
    assert "Group a 2019 74.3 26 of 35" in plain(olga.get("/staff/surveys/now/past").text)
    assert keep(item="overall", n="35", base="50", percent="70.0").status == 303 and "last time 70.0 35 of 50" in plain(olga.get("/staff/surveys/now/past").text)
    gone = send(olga, "past/remove", study="now", item="overall", segment="")
    assert gone.status == 303 and "The figure is removed" in plain(olga.go(gone).text) and "35 of 50" not in plain(olga.get("/staff/surveys/now/past").text)
    assert send(olga, "past/remove", study="now", item="overall", segment="").status == 404
    assert "overall" not in {c["item"] for c in figures(site, "now")[1]["changes"]}
    assert verbs(site, "now").count("past-figure-set") == 4 and verbs(site, "now").count("past-figure-removed") == 1
    # Who may only see surveys.
    seen = hana.get("/staff/surveys/now/past")
    assert seen.status == 200 and "26 of 35" in plain(seen.text) and "<form" not in seen.text.split("<main", 1)[1].split("</main", 1)[0]
    assert keep(hana, item="overall", n="1", base="2").status == send(hana, "past/remove", study="now", item="services.s0", segment="a").status == 403
    assert staff(site, "adam", "admin").get("/staff/surveys/now/past").status == 403
    # Published: it stays.
    site.run("survey", "publish", "now")
    page = olga.get("/staff/surveys/now/past")
    assert "don't change any more" in html.unescape(page.text) and 'id="figure"' not in page.text and "26 of 35" in plain(page.text)
    assert keep(item="overall", n="1", base="2").status == 409 and send(olga, "past/remove", study="now", item="services.s0", segment="a").status == 409
    assert site.run("survey", "past", "now", "services.s0", "--segment", "a", "--remove", check=False).returncode == 1
    assert "26 of 35" in plain(olga.get("/staff/surveys/now/past").text)


IMPOSSIBLE = [
    ({"percent": "96.8", "base": "57"}, "percent", "no count of 57 gives 96.8 %: 55 are 96.5 %, 56 are 98.2 %"),
    ({"percent": "74.3", "base": "5000"}, "percent", "3713 to 3717 of 5000 give that percentage"),
    ({"n": "36", "base": "50", "percent": "74.3"}, "percent", "36 of 50 are 72.0 %"),
    ({"n": "51", "base": "50"}, "n", "a part is not larger than its whole"),
    ({"n": "36"}, "base", "of how many answers"),
    ({"base": "50"}, "n", "expected a count and its base, or a percentage"),
    ({}, "n", "expected a count and its base, or a percentage"),
    ({"n": "-1", "base": "50"}, "n", "a whole number"),
    ({"n": "1", "base": "0"}, "base", "a whole number"),
    ({"n": "1", "base": "9" * 13}, "base", "a whole number"),
    ({"percent": "74"}, "percent", "with its one decimal"),
    ({"percent": "100.1"}, "percent", "with its one decimal"),
    ({"percent": "74.3", "item": "comment"}, "item", "Choose what the figure is of"),
    ({"percent": "74.3", "item": "<b>"}, "item", "Choose what the figure is of"),
    ({"percent": "74.3", "label": "x" * 201}, "label", "one short line"),
    ({"percent": "74.3", "segment": "nobody"}, "segment", "Choose whom the figure is of"),
]


def test_a_figure_that_can_not_be(site, tmp_path):
    """Nothing that no count can give is kept, and the command says the same."""
    (tmp_path / "q.txt").write_text(questionnaire(), encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")
    site.run("survey", "new", "s", "services")
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email"], [["x@example.tw"]]), "--en", "The group")
    olga = staff(site.serve(), "olga", "officer")
    assert "The group" in olga.get("/staff/surveys/s/past").text  # before anybody is drawn, too
    for typed, field, why in IMPOSSIBLE:
        sent = {"item": "overall", "segment": "g", **typed}
        back = send(olga, "past", **sent)
        assert back.status == 422 and why in html.unescape(plain(back.text)), (typed, plain(back.text))
        assert form_back(back.text, **{k: v for k, v in typed.items() if k not in ("item", "segment")}) == [field], typed
        assert field == "segment" or '<option value="g" selected>' in back.text
    assert "Nothing so far" in plain(olga.get("/staff/surveys/s/past").text)
    for args, why in ((("--percent", "96.8", "--base", "57"), "no count of 57 gives 96.8 %"), (("--percent", "74.3", "--base", "5000"), "3713 to 3717"), (("--counts", "51/50"), "larger than its whole")):
        done = site.run("survey", "past", "s", "overall", *args, check=False)
        assert done.returncode == 1 and why in done.stderr
    for args in ((), ("--counts", "1/2", "--percent", "50.0"), ("--counts", "1/2", "--base", "2"), ("--percent", "74"), ("--base", "50")):
        assert site.run("survey", "past", "s", "overall", *args, check=False).returncode == 2
    site.run("survey", "past", "s", "overall", "--percent", "74.3", "--base", "35")
    assert "26 of 35" in plain(olga.get("/staff/surveys/s/past").text)
    site.run("survey", "past", "s", "overall", "--remove")
    assert "26 of 35" not in plain(olga.get("/staff/surveys/s/past").text)
    zh = send(staff(site, "mei", "officer", lang="zh-TW"), "past", item="overall", percent="96.8", base="57")
    assert "96.5" in zh.text and "no count" not in zh.text


# ── begun, framed and compared on pages ──

def test_a_study_without_a_terminal(site, tmp_path):
    """Everything but the answers themselves, which people give."""
    site.serve()
    olga = staff(site, "olga", "officer")

    def post(path, **data):
        return olga.post(path, {"csrf": fields(olga.get("/staff/account").text)["csrf"], **data})
    (tmp_path / "q.txt").write_text(questionnaire(), encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")  # the editor's pages have tests of their own
    assert post("/staff/surveys/questionnaires/services/study", name="y").status == 303
    assert send(olga, "list", study="y", name="all", text="email\n" + "".join(f"p{i}@example.tw\n" for i in range(12))).status == 303
    assert send(olga, "exclude", study="y", text="email\np0@example.tw\n").status == 303
    assert send(olga, "past", study="y", item="overall", n="36", base="50", label="2019").status == 303
    assert post("/staff/surveys/y/draw").status == 303 and post("/staff/surveys/y/open", until=str(datetime.date.today() + datetime.timedelta(30))).status == 303
    links = site.json("survey", "links", "y")
    assert len(links) == 11
    header = ["group", "seconds", *(f"services.s{i}" for i in range(8)), "overall"]
    site.run("survey", "collect", "y", write(tmp_path / "a.csv", header, [["all", 300, *["4", "5"] * 4, "yes" if i < 6 else "no"] for i in range(11)]))
    assert post("/staff/surveys/y/close").status == 303
    assert "2019" in plain(olga.get("/staff/surveys/y/report").text) and "-17.5" in plain(olga.get("/staff/surveys/y/report").text)  # 6 of 11, 36 of 50


def refused(make_browser, axe, site, person, path, typed):
    """The form as it comes back when this was typed into it by hand, in every look."""
    found = []
    browsers = {lang: make_browser(lang, 1280) for lang in ("en", "zh-TW")}
    for lang, width, scheme in LOOKS:
        browser = browsers[lang]
        dress(browser, width, scheme)
        leave(browser)
        come_in(browser, site, person)
        browser.get(site.url + path)
        for field, text in typed.items():
            browser.find_element("id", field).send_keys(text)
        at = browser.find_element("id", next(iter(typed))).find_element("xpath", "ancestor::form//button")
        browser.execute_script("arguments[0].click()", at)
        browser.implicitly_wait(30)
        browser.find_element("css selector", ".errsum")
        found += faults(browser, axe, f"{path} refused", lang, width)
        picture(browser, f"{path} refused", width, scheme)
    return found


@pytest.mark.one_store
def test_the_pages_shut_nobody_out(begun, make_browser, axe, tmp_path):
    site, olga, _ = begun
    send(olga, "list", name="all", en="Everybody we know", zh="所有認識的人", text=LIST)
    send(olga, "exclude", text="email\nbao@example.tw\n")
    found = walk(make_browser, axe, site, olga, "/staff/surveys/s", "/staff/surveys/s/list", "/staff/surveys/s/exclude")
    found += refused(make_browser, axe, site, olga, "/staff/surveys/s/list", {"g-name": "North!", "text": "email,segment\nno address," + "x" * 50 + "\nanna@example.tw\n"})
    found += refused(make_browser, axe, site, olga, "/staff/surveys/s/exclude", {"text": "no header\n"})
    found += refused(make_browser, axe, site, olga, "/staff/surveys/s", {"g-name": "all"})
    site.run("survey", "draw", "s")
    send(olga, "exclude", text="email\nanna@example.tw\n")
    closed(site, tmp_path, "now", {"a": people("a", 40)}, answers("a", 20, 40, 20))
    send(olga, "past", study="now", item="overall", n="30", base="50", label="2019")
    send(olga, "past", study="now", item="services.s0", percent="74.3", segment="a", label="the printed report")
    found += walk(make_browser, axe, site, olga, "/staff/surveys/s", "/staff/surveys/now/past", "/staff/surveys/now/past?item=overall&segment=", "/staff/surveys/now/report")
    found += refused(make_browser, axe, site, olga, "/staff/surveys/now/past", {"percent": "96.8", "base": "57", "label": "2019"})
    assert not found, "\n".join(found)
