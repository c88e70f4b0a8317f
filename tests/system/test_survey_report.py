"""Reports of surveys: staff pages, the words and recommendations beside figures, spreadsheets, the public page and its receipt."""
import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from test_kit import Person, fields, plain, staff, walk
from test_survey_study import CORPUS, SMALL, questionnaire, small_answers, write

sys.path.append(str(Path(__file__).resolve().parent.parent / "month"))
from checks import ask as rows_of  # noqa: E402

XLSX = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def ran(site, tmp_path):
    """A study of two groups that is closed; group b is named like a formula."""
    (tmp_path / "q.txt").write_text(questionnaire(), encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")
    site.run("survey", "new", "year", "services")
    groups = {"a": SMALL["a"], "c": [(f"c{i}@example.tw", "zh-TW", "") for i in range(60)], "b": SMALL["b"]}
    for name, people in groups.items():
        site.run("survey", "group", "year", name, "--list", write(tmp_path / "l.csv", ["email", "lang", "segment"], people), "--en", f"Group {name}",
                 "--zh", f"群組{name}")
    site.run("survey", "draw", "year")
    site.run("survey", "open", "year", "--until", "30d")
    header = ["group", "state", "seconds", *(f"services.s{i}" for i in range(8)), "overall"]
    others = [["c", "filled", 300, *[str(3 + (i + k) % 3) for k in range(8)], "yes"] for i in range(40)]
    rows = small_answers(20) + others + [["b", "filled", 5, *["4"] * 8, "yes"]] * 2
    site.run("survey", "collect", "year", write(tmp_path / "answers.csv", header, rows))
    return site.serve()


def act(person, name, **data):
    page = person.get("/staff/surveys/year").text
    return person.post(f"/staff/surveys/year/{name}", {"csrf": fields(page)["csrf"], **data})


def cells(body):
    """[[value]] of the first sheet: a text, a number or None."""
    z = zipfile.ZipFile(io.BytesIO(body))
    assert z.testzip() is None
    shared = ["".join(t.text or "" for t in si.iter(XLSX + "t")) for si in ET.fromstring(z.read("xl/sharedStrings.xml"))]
    sheet = ET.fromstring(z.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(XLSX + "f"))  # no formula
    rows = []
    for row in sheet.iter(XLSX + "row"):
        out = {}
        for c in row.iter(XLSX + "c"):
            v = c.find(XLSX + "v")
            if v is not None:
                out[re.match("[A-Z]+", c.get("r")).group()] = shared[int(v.text)] if c.get("t") == "s" else float(v.text)
        rows.append(out)
    return rows


def test_from_the_field_to_a_public_report(ran):
    site = ran
    olga, hana, adam = staff(site, "olga", "officer"), staff(site, "hana", "handler"), staff(site, "adam", "admin")
    assert "in the field" in plain(olga.get("/staff/surveys").text)
    assert adam.get("/staff/surveys").status == adam.get("/staff/surveys/year").status == 403
    assert hana.get("/staff/surveys/year").status == 200 and act(hana, "close").status == 403
    assert olga.get("/staff/surveys/year/report").status == 409 and olga.get("/staff/surveys/none").status == 404
    assert act(olga, "close").headers["Location"].endswith("?done=survey-close")
    assert act(olga, "clean").status == 303
    page = plain(olga.get("/staff/surveys/year").text)
    assert "speeder 2 0" in page, page
    assert act(olga, "undo", reason="speeder").status == 303 and "speeder 0 2" in plain(olga.get("/staff/surveys/year").text)
    assert act(olga, "undo", reason="speeder").status == 404
    act(olga, "clean")
    site.run("survey", "past", "year", "overall", "--percent", "74.3", "--label", "2019")
    assert site.get("/surveys/year").status == 404  # not public yet
    assert "No report is published yet" in plain(site.get("/surveys").text) and "/surveys" not in site.get("/figures").text
    for who, status in ((olga, 200), (hana, 200), (adam, 403)):
        assert [who.get(f"/staff/surveys/year/{f}").status for f in ("report", "figures.csv", "figures.xlsx")] == [status] * 3

    # Words and recommendations
    assert act(olga, "say", place="services", en="<b>Better</b> than before.", zh="比以前好。").status == 303
    assert act(olga, "say", place="nowhere", en="x").status == 404
    # An empty field leaves its words; the form shows what is there.
    assert act(olga, "say", place="services", en="<b>Better</b> than last year.", zh="").status == 303
    form = olga.get("/staff/surveys/year/report?place=services").text
    assert "\n比以前好。</textarea>" in form and "&lt;b&gt;Better&lt;/b&gt; than last year.</textarea>" in form
    assert fields(form)["place"] == "services" and "比以前好。</textarea>" not in olga.get("/staff/surveys/year/report").text
    assert act(olga, "say", place="services", en="", zh=" ").status == 422
    back = act(olga, "advise", en="Answer faster", zh="", owner="", due="tomorrow")
    assert back.status == 422 and 'value="Answer faster"' in back.text and back.text.count('aria-invalid="true"') == 3
    assert act(olga, "advise", en="Answer faster", zh="加快回覆", owner="Service desk", due="2027-06-30").status == 303
    number = site.json("survey", "advice", "year")[0]["advice"]
    assert act(hana, "advice", id=number, state="done").status == 403
    assert act(olga, "advice", id=number, state="doing").status == 303 and act(olga, "advice", id=number, state="odd").status == 422
    report = olga.get("/staff/surveys/year/report").text
    assert "&lt;b&gt;Better" in report and "<b>Better" not in report and "being done" in report

    # Published: everybody sees it, figures and words are frozen, recommendations go on.
    assert act(olga, "publish").status == 303
    assert act(olga, "say", place="top", en="Late").status == 409
    public = site.get("/surveys/year")
    assert public.status == 200 and public.text.count("<svg") >= 5 and "Service desk" in public.text and "csrf" not in public.text
    text = plain(public.text)
    assert "Gap between groups" in text and "65.0 Group c 25.0" in text and "+5.7 *" in text
    assert "from rounded figures" in text and site.json("survey", "studies")[0]["digest"] in text
    # From the figures, which every page leads to, to the list and the report.
    for lang, title in (("en", "Our services year"), ("zh-TW", "我們的服務 year")):
        person = Person(site, lang)
        assert 'href="/surveys"' in person.get("/figures").text
        listed = person.get("/surveys")
        assert title in plain(listed.text) and 'href="/surveys/year"' in listed.text and "from=" not in listed.text
    act(olga, "advice", id=number, state="done")
    assert "Answer faster Service desk" in plain(site.get("/surveys/year").text)
    # The receipt is checked as those of cases are.
    receipt = site.until(lambda: (lambda a: a if a.status == 200 else None)(site.get("/surveys/year/receipt.json")), "the receipt")
    path = site.dir / "r.json"
    path.write_bytes(receipt.body)
    key = site.run("journal", "key").stdout.strip()
    assert site.run("receipt", "verify", path, "--key", key).returncode == 0
    path.write_text(receipt.text.replace(receipt.json()["digest"][:8], "00000000"))
    assert site.run("receipt", "verify", path, "--key", key, check=False).returncode == 1


@pytest.mark.one_store
def test_published_surveys_are_listed_in_pages(site, tmp_path):
    (tmp_path / "q.txt").write_text(questionnaire(), encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")
    people = write(tmp_path / "l.csv", ["email"], [["p@example.tw"]])
    for i in range(21):
        site.run("survey", "new", f"s{i}", "services")
        site.run("survey", "group", f"s{i}", "g", "--list", people)
        for words in (("draw",), ("open", "--until", "5d"), ("close",), ("publish",)):
            site.run("survey", words[0], f"s{i}", *words[1:])
    site.serve()
    first = site.get("/surveys").text
    assert re.findall(r'href="/surveys/(s\d+)"', first) == [f"s{i}" for i in range(20, 0, -1)]
    following = re.search(r'href="(/surveys\?from=\d+)"', first).group(1)
    assert re.findall(r'href="/surveys/(s\d+)"', site.get(following).text) == ["s0"]
    assert "No report is published yet" in plain(site.get("/surveys?from=99").text) and site.get("/surveys?from=x").status == 200


def test_spreadsheets_hold_numbers_and_never_formulas(ran, tmp_path):
    site = ran
    site.run("survey", "close", "year")
    site.run("survey", "past", "year", "overall", "--percent", "74.3", "--label", "=1+1")
    site.run("survey", "publish", "year")
    figures = [f for f in site.json("survey", "report", "year")["figures"]]
    rows = cells(site.get("/surveys/year/figures.xlsx").body)
    assert list(rows[0].values()) == ["segment", "item", "what", "n", "base", "figure", "mark"] and len(rows) == len(figures) + 1
    for row, f in zip(rows[1:], figures):
        assert (row["B"], row["C"], row.get("D"), row.get("E")) == (f["item"], f["what"], f["n"], f["base"])
        assert abs(row["F"] - f["figure"]) < 0.006
    path = tmp_path / "f.xlsx"
    site.run("survey", "report", "year", "--xlsx", path, "--segment", "b")
    hidden = cells(path.read_bytes())[1:]
    assert hidden and all("D" not in r and "F" not in r for r in hidden)  # two answers: nothing is told
    strings = zipfile.ZipFile(path).read("xl/sharedStrings.xml").decode()
    assert "<f>" not in zipfile.ZipFile(path).read("xl/worksheets/sheet2.xml").decode() and "services" in strings
    csv = site.get("/surveys/year/figures.csv").text
    assert hashlib.sha256(csv.encode()).hexdigest() == site.json("survey", "studies")[0]["digest"]
    assert csv.startswith("segment,item,what,n,base,figure,mark\n") and len(csv.splitlines()) == len(figures) + 1


def outlives_its_answers(site, study):
    """Ten years on no answer is left, and the report says what it said, to the byte that its receipt holds."""
    def said():
        site.until(site.healthy, "health")
        return (site.get(f"/surveys/{study}/figures.csv").text, plain(site.get(f"/surveys/{study}").text),
                site.json("survey", "report", study, "--segment", "g"))
    before = said()
    site.run("clock", "advance", "3700d")
    site.until(lambda: rows_of(site, "SELECT (SELECT count(*) FROM voice_response) + (SELECT count(*) FROM voice_word)") == [("0",)], "the answers to be forgotten")
    csv, page, segment = said()
    assert (csv, segment) == (before[0], before[2]) and hashlib.sha256(csv.encode()).hexdigest() == site.json("survey", "studies")[0]["digest"]
    assert page == before[1], (page, before[1])


def test_numbers_are_told_by_mean_and_median(site, tmp_path):
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "n", "services-2020")
    site.run("survey", "group", "n", "g", "--list", write(tmp_path / "l.csv", ["email"], [[f"n{i}@example.tw"] for i in range(9)]))
    site.run("survey", "draw", "n")
    site.run("survey", "open", "n", "--until", "5d")
    rows = [["g", "names", years] for years in (1, 2, 8, 9, 40, 40)] + [["g", "names", ""]]
    site.run("survey", "collect", "n", write(tmp_path / "a.csv", ["group", "used", "years"], rows))
    site.run("survey", "close", "n")
    site.run("survey", "publish", "n")
    site.serve()
    assert "For how many years? Answers 6 Mean 16.67 Median 8.5" in plain(site.get("/surveys/n").text)
    lines = site.get("/surveys/n/figures.csv").text.splitlines()
    assert '"","years","number-mean",100,6,16.67,small' in lines and '"","years","number-median",6,6,8.5,small' in lines
    sheet = {(r["B"], r["C"]): r["F"] for r in cells(site.get("/surveys/n/figures.xlsx").body)[1:] if "F" in r}
    assert abs(sheet["years", "number-mean"] - 100 / 6) < 1e-9 and sheet["years", "number-median"] == 8.5
    outlives_its_answers(site, "n")


@pytest.mark.one_store
def test_the_pages_shut_nobody_out(ran, make_browser, axe):
    site = ran
    olga = staff(site, "olga", "officer")
    act(olga, "close")
    act(olga, "clean")
    site.run("survey", "past", "year", "overall", "--percent", "74.3", "--label", "2019")
    act(olga, "say", place="services", en="Better than before.", zh="比以前好。")
    act(olga, "advise", en="Answer faster", zh="加快回覆", owner="Service desk", due="2027-06-30")
    act(olga, "publish")
    found = walk(make_browser, axe, site, olga, "/staff/surveys", "/staff/surveys/year", "/staff/surveys/year/report", "/surveys/year")
    assert not found, "\n".join(found)
