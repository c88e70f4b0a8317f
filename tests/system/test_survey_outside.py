"""A study as somebody from outside tries it: what was typed is never dropped, who comes back goes on where they stopped, differences
come from counts, groups stand side by side, and what can't be compared says why in the reader's language."""
import csv
import datetime
import html
import io
import math
import random
import re
import statistics
import xml.etree.ElementTree as ET
import zipfile
from fractions import Fraction

import pytest
from test_kit import fields, plain, staff, walk
from test_questionnaire_pages import BASE
from test_survey_report import XLSX
from test_survey_study import SMALL, figures, questionnaire, write

ASKED = """questionnaire all
  en Services
  zh-TW 服務
consent
  en We count.
  zh-TW 我們統計。

section use
  en Use
  zh-TW 使用

question used multiple
  en What do you use?
  zh-TW 您使用什麼？
  option names
    en Names
    zh-TW 名稱
  option other text
    en Something else
    zh-TW 其他

question years number 0 40
  en For how many years?
  zh-TW 幾年了？
  ask if used = names

section more
  en More
  zh-TW 更多

question again single
  en Again?
  zh-TW 再次？
  option yes
    en Yes
    zh-TW 會
  option no
    en No
    zh-TW 不會

section end
  en End
  zh-TW 最後

question better open
  en What should be better?
  zh-TW 應改善什麼？
"""


def tenths(x):
    """Half away from zero, one decimal."""
    n = abs(x) * 10
    return math.copysign(int(n + Fraction(1, 2)), x) / 10


def opened(site, folder, text=ASKED, name="s"):
    (folder / "q.txt").write_text(text, encoding="utf-8")
    site.run("survey", "import", folder / "q.txt")
    site.run("survey", "new", name, text.split()[1])
    site.run("survey", "group", name, "all", "--list", write(folder / "l.csv", ["email", "lang"], [["anna@example.tw", "en"], ["bao@example.tw", "zh-TW"]]))
    site.run("survey", "draw", name)
    site.run("survey", "open", name, "--until", "30d")
    return {x["email"]: f"/survey/{x['token']}" for x in site.json("survey", "links", name)}


def send(site, link, page, **typed):
    revision = re.search(r'name="revision" value="(\d+)"', site.get(f"{link}/{page}").text).group(1)
    return site.post(f"{link}/{page}", {"revision": revision, **typed})


# ── answering ──

def test_what_was_written_in_is_not_dropped(served, tmp_path):
    site, link = served, opened(served, tmp_path)["anna@example.tw"]
    site.post(link)
    for chosen in ({}, {"q0": "0"}):
        back = send(site, link, 1, t0="radio spectrum", **chosen)
        assert back.status == 422 and 'value="radio spectrum"' in back.text and "Choose the answer that it belongs to" in html.unescape(back.text)
    assert send(site, link, 1, q0="1", t0="radio spectrum").status == 303
    assert 'value="radio spectrum"' in site.get(f"{link}/1").text
    assert send(site, link, 1, q0="0").status == 303  # deleted by hand
    assert "radio spectrum" not in site.get(f"{link}/1").text
    # Digits of a keyboard for Chinese, and blanks around them.
    for typed, kept in (("１２", "12"), (" 7 ", "7")):
        assert send(site, link, 1, q0="0", q1=typed).headers["Location"] == f"{link}/2"
        assert f'value="{kept}"' in site.get(f"{link}/1").text
    assert send(site, link, 1, q0="0", q1="４１").status == 422 and send(site, link, 1, q0="0", q1="十二").status == 422


def test_who_comes_back_goes_on_where_they_stopped(served, tmp_path):
    """Also where no answer must be given: no page is passed over."""
    site, link = served, opened(served, tmp_path)["anna@example.tw"]
    site.post(link)
    assert site.get(link).headers["Location"] == f"{link}/1"
    send(site, link, 1, q0="1")
    assert site.get(link).headers["Location"] == f"{link}/2"
    send(site, link, 2, q2="0")
    assert site.get(link).headers["Location"] == f"{link}/3"
    send(site, link, 3, q3="All")
    assert site.get(link).headers["Location"] == f"{link}/4" and "last question" in site.get(f"{link}/4").text


# ── the editor ──

def test_what_was_typed_into_the_editor_is_not_dropped(served, tmp_path):
    (tmp_path / "q.txt").write_text(ASKED, encoding="utf-8")
    served.run("survey", "import", tmp_path / "q.txt")
    olga, before = staff(served, "olga", "officer"), served.run("survey", "export", "all").stdout
    page = olga.get(f"{BASE}/all/question/again").text
    sent = {"csrf": fields(page)["csrf"], "base": "1", "id": "again", "kind": "single", "text-en": "Again?", "text-zh-TW": "再次？",
            "o0-id": "yes", "o0-en": "Yes", "o0-zh-TW": "會", "o1-id": "no", "o1-en": "No", "o1-zh-TW": "不會"}
    for more, why, typed in (({"o2-en": "Perhaps"}, "has no short name", "Perhaps"), ({"o1-id": ""}, "has no short name", "不會"),
                             ({"c0-options": "names"}, "which answer it depends on", "names")):
        done = olga.post(f"{BASE}/all/question/again", {**sent, **more})
        assert done.status == 422 and why in html.unescape(done.text) and f'value="{typed}"' in done.text, more
    assert served.run("survey", "export", "all").stdout == before
    assert olga.post(f"{BASE}/all/question/again", {**sent, "o1-id": "", "o1-gone": "1", "o2-id": "maybe", "o2-en": "Perhaps", "o2-zh-TW": "也許"}).status == 303
    assert "option maybe" in served.run("survey", "export", "all").stdout and "option no" not in served.run("survey", "export", "all").stdout


def test_a_study_is_begun_on_pages(site, tmp_path):
    """From its questionnaire to the letters, by who runs surveys alone."""
    (tmp_path / "q.txt").write_text(ASKED, encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")
    for i in range(6):
        site.run("registrar", "add", f"REG{i}", "--email", f"r{i}@example.tw")
    site.serve()
    olga, hana = staff(site, "olga", "officer"), staff(site, "hana", "handler")

    def post(path, person=olga, **data):
        return person.post(path, {"csrf": fields(person.get("/staff/account").text)["csrf"], **data})
    assert "Begin a study" in olga.get(f"{BASE}/all").text
    made = post(f"{BASE}/all/study", name="y1", quiet="30")
    assert made.headers["Location"] == "/staff/surveys/y1?done=survey-new" and "Say whom it asks" in plain(olga.go(made).text)
    for bad, status in (({"name": "y1"}, 409), ({"name": "Y 1"}, 422), ({"name": "questionnaires"}, 422), ({"name": "y2", "quiet": "many"}, 422)):
        assert post(f"{BASE}/all/study", **bad).status == status, bad
    assert post(f"{BASE}/none/study", name="y2").status == 404 and post(f"{BASE}/all/study", hana, name="y2").status == 403
    group = {"name": "reg", "en": "Registrars", "zh": "受理註冊商", "rule": "registrars", "days": "365", "sample": "4"}
    for bad in ({"name": ""}, {"rule": "everybody"}, {"rule": "list x"}, {"days": "0"}, {"sample": "-1"}, {"en": "x" * 300}):
        assert post("/staff/surveys/y1/group", **{**group, **bad}).status == 422, bad
    assert post("/staff/surveys/y1/draw").status == 409  # nobody to draw from
    assert post("/staff/surveys/y1/group", **group).status == 303 and post("/staff/surveys/y1/group", **group).status == 409
    assert post("/staff/surveys/y1/group", **{**group, "name": "ip", "rule": "members"}).status == 303
    assert plain(olga.get("/staff/surveys/y1").text).count("members 0") == 1  # their class would stand after it, no days
    assert [post(f"/staff/surveys/y1/{act}", hana, **group).status for act in ("group", "draw", "open")] == [403] * 3
    assert post("/staff/surveys/y1/open", until="2099-01-01").status == 409  # nobody is drawn yet
    assert post("/staff/surveys/y1/draw", seed="eleven").status == 422 and post("/staff/surveys/y1/draw", seed="11").status == 303
    links = site.json("survey", "links", "y1")
    page = plain(olga.get("/staff/surveys/y1").text)
    assert len(links) == 4 and "The letters go out at once, 4 of them" in page and "Registrars registrars 6 0 0 4" in page
    assert "Open the field" not in hana.get("/staff/surveys/y1").text
    assert post("/staff/surveys/y1/open", until="soon").status == 422 and post("/staff/surveys/y1/open", until="2001-01-01").status == 422
    assert post("/staff/surveys/y1/open", until=str(datetime.date.today() + datetime.timedelta(30))).status == 303
    site.until(lambda: len(site.outbox()) == 4, "the letters")
    assert sorted(m["To"] for m in site.outbox()) == sorted(x["email"] for x in links)
    chinese = staff(site, "mei", "officer", lang="zh-TW")
    made = post(f"{BASE}/all/study", chinese, name="y3")
    page = plain(chinese.go(made).text)
    assert made.status == 303 and "新增群組" in page and "可在此營運的受理註冊商" in page


# ── figures ──

def closed(site, folder, name, groups, rows, text=questionnaire(), close=True):
    """`groups`: {name: [(address, segment)]}."""
    (folder / "q.txt").write_text(text, encoding="utf-8")
    site.run("survey", "import", folder / "q.txt")
    site.run("survey", "new", name, "services")
    for group, people in groups.items():
        path = write(folder / f"{name}-{group}.csv", ["email", "lang", "segment"], [(e, "en", s) for e, s in people])
        site.run("survey", "group", name, group, "--list", path, "--en", f"Group {group}", "--zh", f"群組 {group}")
    site.run("survey", "draw", name, "--seed", "7")
    site.run("survey", "open", name, "--until", "30d")
    header = ["group", "segment", "seconds", *(f"services.s{i}" for i in range(8)), "overall"]
    site.run("survey", "collect", name, write(folder / f"{name}-answers.csv", header, rows))
    if close:
        site.run("survey", "close", name)


def people(group, n, segment=""):
    return [(f"{group}{i}@example.tw", segment) for i in range(n)]


def answers(group, satisfied, n, yes=0, segment=""):
    """n of a group, of whom so many gave each service 4 or 5."""
    return [[group, segment, 300, *[str(4 + (i + k) % 2 if i < satisfied else 1 + (i + k) % 3) for k in range(8)], "yes" if i < yes else "no"]
            for i in range(n)]


def test_a_gap_is_subtracted_before_it_is_rounded(site, tmp_path):
    low, high = next((a, b) for a in range(1, 41) for b in range(1, 47)
                     if tenths(Fraction(100 * b, 47) - Fraction(100 * a, 41)) != round(tenths(Fraction(100 * b, 47)) - tenths(Fraction(100 * a, 41)), 1) and b > a)
    closed(site, tmp_path, "g", {"a": people("a", 41), "b": people("b", 47)}, answers("a", low, 41) + answers("b", high, 47))
    olga = staff(site.serve(), "olga", "officer")
    page = plain(olga.get("/staff/surveys/g/report").text)
    a, b = Fraction(100 * low, 41), Fraction(100 * high, 47)
    assert f"Service 0 {tenths(a)} Group a {tenths(b)} Group b {tenths(b - a)}" in page


def test_a_small_base_is_marked_beside_its_figure(site, tmp_path):
    closed(site, tmp_path, "g", {"a": people("a", 12)}, answers("a", 6, 12, 9))
    site.serve()
    for lang, word in (("en", "12 (small)"), ("zh-TW", "12（偏少）")):
        person = staff(site, f"olga{lang[:2]}", "officer", lang=lang)
        assert word in plain(person.get("/staff/surveys/g/report").text)


def test_what_was_not_asked_is_in_no_mean(site, tmp_path):
    """A line of a file has a number although its person was not asked for one."""
    opened(site, tmp_path)
    site.run("survey", "new", "t", "all")
    site.run("survey", "group", "t", "all", "--list", write(tmp_path / "m.csv", ["email"], [[f"m{i}@example.tw"] for i in range(12)]))
    site.run("survey", "draw", "t")
    site.run("survey", "open", "t", "--until", "30d")
    rows = [["all", "names", 10]] * 6 + [["all", "other", 40]] * 6
    site.run("survey", "collect", "t", write(tmp_path / "t.csv", ["group", "used", "years"], rows))
    site.run("survey", "close", "t")
    got = figures(site, "t")[0]
    assert (got["years", "answered"]["n"], got["years", "answered"]["base"]) == (6, 6)
    assert (got["years", "number-mean"]["base"], got["years", "number-mean"]["figure"], got["years", "number-median"]["figure"]) == (6, 10.0, 10.0)


def test_a_report_says_all_that_it_has(site, tmp_path):
    """Both means of a grid, named; who left a choice empty; words in the language that they were written in."""
    rows = answers("a", 20, 40, 30)
    for row in rows[:4]:
        row[-1] = ""
    for row in rows[:9]:
        row[3] = "unknown"
    closed(site, tmp_path, "g", {"a": people("a", 40)}, rows)
    site.run("survey", "say", "g", "top", "--zh", "比去年好。")
    shares = [Fraction(sum(r[3 + k] in "45" for r in rows), sum(r[3 + k] != "unknown" for r in rows)) for k in range(8)]
    n, base = sum(r[3 + k] in "45" for r in rows for k in range(8)), sum(r[3 + k] != "unknown" for r in rows for k in range(8))
    site.serve()
    for lang, means, empty in (("en", ("unweighted mean of 8 rows: each row counts the same", "weighted mean: each answer counts the same"), "(left empty)"),
                               ("zh-TW", ("8 列的未加權平均：每列比重相同", "加權平均：每份回答比重相同"), "（未填）")):
        page = staff(site, f"olga{lang[:2]}", "officer", lang=lang).get("/staff/surveys/g/report").text
        text = plain(page)
        assert f"{means[0]} {tenths(100 * sum(shares) / 8)} %" in text and f"{means[1]} {tenths(Fraction(100 * n, base))} % ({n} / {base})" in text
        assert f"{empty} 4 40 10.0" in text and 'lang="zh-TW">比去年好。' in page


def sheet(body, number):
    """[[value]] of a sheet: numbers are numbers."""
    z = zipfile.ZipFile(io.BytesIO(body))
    shared = ["".join(t.text or "" for t in si.iter(XLSX + "t")) for si in ET.fromstring(z.read("xl/sharedStrings.xml"))]
    return [[shared[int(c.find(XLSX + "v").text)] if c.get("t") == "s" else float(c.find(XLSX + "v").text) for c in row.iter(XLSX + "c") if c.find(XLSX + "v") is not None]
            for row in ET.fromstring(z.read(f"xl/worksheets/sheet{number}.xml")).iter(XLSX + "row")]


def wilson(n, base):
    z, p = 1.959963984540054, n / base
    middle, half = (p + z * z / (2 * base)) / (1 + z * z / base), z / (1 + z * z / base) * math.sqrt(p * (1 - p) / base + z * z / (4 * base * base))
    return [math.floor(1000 * x + 0.5) / 10 for x in (middle - half, middle + half)]


def test_groups_side_by_side(site, tmp_path):
    """Shares, intervals and tests against another computation; nothing under five is told, nor found by taking others away."""
    groups = {"a": people("a", 50), "b": people("b", 40), "c": people("c", 12), "d": people("d", 3)}
    parts = {"a": (40, 50, 45), "b": (8, 40, 12), "c": (6, 12, 6), "d": (1, 3, 1)}
    closed(site, tmp_path, "g", groups, [row for g, (s, n, yes) in parts.items() for row in answers(g, s, n, yes)])
    got = {(c["item"], c["what"], c["segment"]): c for c in site.json("survey", "cross", "g")}
    all_yes, everybody = sum(p[2] for p in parts.values()), sum(p[1] for p in parts.values())
    for g in "ab":
        s, n, yes = parts[g]
        cell = got["overall", "yes", g]
        assert (cell["n"], cell["base"], cell["figure"]) == (yes, n, tenths(Fraction(100 * yes, n)))
        assert [cell["low"], cell["high"]] == wilson(yes, n)
        pooled = all_yes / everybody
        z = (yes / n - (all_yes - yes) / (everybody - n)) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / (everybody - n)))
        assert abs(cell["p"] - math.erfc(abs(z) / math.sqrt(2))) < 0.00006 and cell["others"] == ("higher" if z > 0 else "lower")
        top = got["services.s0", "top-2", g]
        assert (top["n"], top["base"]) == (s, n)
        assert got["services.s0", "mean", g]["others"] == top["others"]
    # d has three answers. Shown, the others would tell of it: c goes too, the smallest of them.
    for g in "cd":
        assert all(got["overall", "yes", g][k] is None for k in ("n", "base", "figure", "low", "high", "p")) and got["overall", "yes", g]["mark"] == "hidden"
        assert figures(site, "g", g)[0]["overall", "yes"]["n"] is None
    everyone = got["overall", "yes", ""]
    assert (everyone["n"], everyone["base"], everyone["p"]) == (all_yes, everybody, None) and [everyone["low"], everyone["high"]] == wilson(all_yes, everybody)
    assert len(site.json("survey", "cross", "g", "overall")) == 2 * 5 and len(site.json("survey", "cross", "g", "services.s3")) == 9 * 5
    rows = list(csv.DictReader(io.StringIO(site.run("survey", "cross", "g", "--csv").stdout)))
    assert len(rows) == len(got) and rows[1]["segment"] == "a" and {r["n"] for r in rows if r["segment"] == "d"} == {""}
    assert "no item" in site.run("survey", "cross", "g", "nothing", check=False).stderr
    site.serve()
    for lang, title, more in (("en", "Group a", "higher than the others"), ("zh-TW", "群組 a", "高於其他人")):
        page = plain(staff(site, f"olga{lang[:2]}", "officer", lang=lang).get("/staff/surveys/g/cross").text)
        assert title in page and more in page and "90.0" in page


def two_sided(t, df):
    """Of Student's distribution, by adding up its density (Simpson) from 0 to |t|."""
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    steps, end = 2000, abs(t)
    at = [scale * (1 + (end * i / steps) ** 2 / df) ** (-(df + 1) / 2) for i in range(steps + 1)]
    return 1 - 2 * end / steps / 3 * (at[0] + at[-1] + 4 * sum(at[1:-1:2]) + 2 * sum(at[2:-1:2]))


def welch(a, b):
    va, vb = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return two_sided((statistics.mean(a) - statistics.mean(b)) / math.sqrt(va + vb), df)


def z_test(a, b):
    """(n, base) twice."""
    pooled = (a[0] + b[0]) / (a[1] + b[1])
    return math.erfc(abs(a[0] / a[1] - b[0] / b[1]) / math.sqrt(pooled * (1 - pooled) * (1 / a[1] + 1 / b[1])) / math.sqrt(2)) if 0 < pooled < 1 else 1


def chosen(rng, n, group):
    """n lines; what somebody doesn't use, or leaves empty, is in no base of a row."""
    weights = [rng.random() + 0.1 for _ in range(5)]
    return [[group, "", 300, *rng.choices(["1", "2", "3", "4", "5", "unknown", ""], [*weights, 0.3, 0.2], k=8), rng.choice(["yes", "no", "no", ""])]
            for _ in range(n)]


@pytest.mark.one_store
@pytest.mark.parametrize("seed", [1, 2])
def test_random_answers_agree_with_fractions(site, tmp_path, seed):
    """Boxes, means, differences between years and both tests, against another computation."""
    rng = random.Random(seed)
    groups = {g: people(g, rng.randint(60, 90)) for g in "ab"}
    years = {}
    for year in ("before", "now"):
        years[year] = [row for g in groups for row in chosen(rng, len(groups[g]) - rng.randint(0, 9), g)]
        closed(site, tmp_path, year, groups, years[year])

    def points(rows, k):
        return [int(r[3 + k]) for r in rows if r[3 + k].isdigit()]
    tested = 0
    now = {g: [r for r in years["now"] if not g or r[0] == g] for g in ("", "a", "b")}
    cross = {(c["item"], c["what"], c["segment"]): c for c in site.json("survey", "cross", "now")}
    for g, rows in now.items():
        got, _ = figures(site, "now", g or None)
        boxes = []
        for k in range(8):
            p, item = points(rows, k), f"services.s{k}"
            for what, n in (("top-2", sum(x >= 4 for x in p)), ("bottom-2", sum(x <= 2 for x in p))):
                assert (got[item, what]["n"], got[item, what]["base"], got[item, what]["figure"]) == (n, len(p), tenths(Fraction(100 * n, len(p)))), (item, what)
            assert got[item, "mean"]["figure"] == math.floor(Fraction(100 * sum(p), len(p)) + Fraction(1, 2)) / 100
            boxes.append((sum(x >= 4 for x in p), len(p)))
            if g:
                others = points([r for r in years["now"] if r[0] != g], k)
                assert abs(cross[item, "mean", g]["p"] - welch(p, others)) < 0.00006, item
                assert abs(cross[item, "top-2", g]["p"] - z_test(boxes[-1], (sum(x >= 4 for x in others), len(others)))) < 0.00006, item
                tested += 2
        assert got["services", "unweighted-mean"]["figure"] == tenths(sum(Fraction(100 * n, base) for n, base in boxes) / 8)
        assert got["services", "weighted-mean"]["figure"] == tenths(Fraction(100 * sum(n for n, _ in boxes), sum(b for _, b in boxes)))
    assert tested == 32
    changes = {c["item"]: c["points"] for c in figures(site, "now", None, "--against", "before")[1]["changes"]}
    for k in range(8):
        a, b = (points(years[y], k) for y in ("before", "now"))
        by = tenths(Fraction(100 * sum(x >= 4 for x in b), len(b)) - Fraction(100 * sum(x >= 4 for x in a), len(a)))
        assert float(changes[f"services.s{k}"].replace("−", "-")) == by


def test_segments_of_lists_stand_apart_from_groups(site, tmp_path):
    members = [*people("n", 40, "北區"), *people("s", 35, "=1+1")]
    rows = answers("a", 20, 40, 30, "北區") + answers("a", 10, 35, 5, "=1+1")
    closed(site, tmp_path, "g", {"a": members}, rows)
    lines = list(csv.reader(io.StringIO(site.run("survey", "cross", "g", "overall", "--csv").stdout)))
    told = {(r[1], r[2]): r[3:6] for r in lines[1:]}
    assert told["yes", "北區"] == ["30", "40", "75.0"] and told["yes", "'=1+1"] == ["5", "35", "14.3"]
    olga = staff(site.serve(), "olga", "officer")
    assert "北區" not in plain(olga.get("/staff/surveys/g/cross").text) and "北區" in plain(olga.get("/staff/surveys/g/cross?by=list").text)


def test_one_of_two_equal_answers_is_kept(site, tmp_path):
    """The other was too fast: then this is nobody's double. Answers have random numbers, so which comes first differs from pair to pair."""
    points = [["1", "2", "3", "4", "5", "1", str(1 + i // 5), str(1 + i % 5)] for i in range(16)]
    rows = [["a", "", seconds, *p, "yes"] for p in points for seconds in (5, 300)]
    more = "\nquestion more single\n  en More?\n  zh-TW 還有？\n  option yes\n    en Yes\n    zh-TW 有\n  option no\n    en No\n    zh-TW 沒有\n"
    closed(site, tmp_path, "g", {"a": people("a", 60)}, [*rows, ["a", "", 300, *points[0], "yes"]], questionnaire() + more)
    taken = site.json("survey", "clean", "g")
    assert taken == {"speeder": 16, "straight-line": 0, "duplicate": 1, "partial": 0}
    assert figures(site, "g")[0]["overall", "yes"]["base"] == 16
    site.run("survey", "clean", "g", "--undo", "duplicate")
    assert site.json("survey", "clean", "g")["duplicate"] == 1


def test_what_a_file_or_a_name_can_not_say(site, tmp_path):
    closed(site, tmp_path, "g", {"a": people("a", 12)}, answers("a", 6, 12, 9), close=False)
    twice = write(tmp_path / "twice.csv", ["group", "overall", "overall"], [["a", "yes", ""]])
    assert "stands twice" in site.run("survey", "collect", "g", twice, check=False).stderr
    assert "no group or segment" in site.run("survey", "past", "g", "overall", "--percent", "74.3", "--segment", "nowhere", check=False).stderr
    assert site.json("survey", "past", "g", "overall", "--percent", "74.3", "--segment", "a") == {"study": "g"}


# ── against last time ──

def test_no_figure_of_an_open_study_is_told(site, tmp_path):
    closed(site, tmp_path, "now", {"a": people("a", 40)}, answers("a", 20, 40, 20))
    closed(site, tmp_path, "open", {"a": people("a", 40)}, answers("a", 20, 40, 10), close=False)
    assert "not closed yet" in site.run("survey", "report", "now", "--against", "open", check=False).stderr
    assert "this study" in site.run("survey", "report", "now", "--against", "now", check=False).stderr
    olga = staff(site.serve(), "olga", "officer")
    assert olga.get("/staff/surveys/now/report?against=open").status == 404


def test_few_answers_of_last_time_are_not_told(site, tmp_path):
    closed(site, tmp_path, "now", {"a": people("a", 40)}, answers("a", 20, 40, 20))
    site.run("survey", "past", "now", "overall", "--counts", "1/3", "--label", "2019")
    change = figures(site, "now")[1]["changes"][0]
    assert (change["before"], change["points"]) == ("-", "-") and "too few" in change["note"]


def test_years_are_compared_on_pages(site, tmp_path):
    text = questionnaire()
    closed(site, tmp_path, "first", SMALL_GROUPS, answers("a", 20, 35, 20), text)
    skip = text.replace("整體而言您滿意嗎？\n", "整體而言您滿意嗎？\n  ask if services.s0 = 4 5\n")
    assert skip != text
    closed(site, tmp_path, "second", SMALL_GROUPS, answers("a", 26, 35, 26), skip)
    changes = {c["item"]: c for c in figures(site, "second", None, "--against", "first")[1]["changes"]}
    assert changes["overall"]["points"] == "-" and "asked of others" in changes["overall"]["note"]
    assert changes["services.s0"]["points"] == f"+{tenths(Fraction(100 * 6, 35))}"
    site.serve()
    for lang, refused in (("en", "was asked of others"), ("zh-TW", "無法比較")):
        person = staff(site, f"olga{lang[:2]}", "officer", lang=lang)
        report = person.get("/staff/surveys/second/report?against=first")
        assert report.status == 200 and refused in plain(report.text) and f"+{tenths(Fraction(100 * 6, 35))}" in plain(report.text)
        assert "too few answers to show" not in report.text and 'selected>first<' in report.text
        assert person.get("/staff/surveys/second/report?against=third").status == 404
        sheets = [sheet(person.get("/staff/surveys/second/figures.xlsx?against=first").body, i) for i in (2, 3)]
        (speed,) = [r for r in sheets[0] if r[0] == "services.s0"]
        assert speed[1:5] == ["first", tenths(Fraction(100 * 20, 35)), tenths(Fraction(100 * 26, 35)), tenths(Fraction(100 * 6, 35))]
        assert ["services.s0", "top-2", "How satisfied are you? Service 0", "4 or 5, %", "您滿意嗎？ 服務0", "4 或 5 分，%"] in sheets[1]
    # Everybody: only against what is published, too.
    site.run("survey", "publish", "second")
    assert site.get("/surveys/second").status == 200 and site.get("/surveys/second?against=first").status == 404
    assert 'value="first"' not in site.get("/surveys/second").text
    site.run("survey", "publish", "first")
    public = site.get("/surveys/second?against=first")
    assert public.status == 200 and "was asked of others" in html.unescape(public.text)


SMALL_GROUPS = {"a": [(e, s) for e, _, s in SMALL["a"]]}


@pytest.mark.one_store
def test_the_pages_shut_nobody_out(site, make_browser, axe, tmp_path):
    closed(site, tmp_path, "first", {"a": people("a", 50), "b": people("b", 40)}, answers("a", 20, 50, 20) + answers("b", 30, 40, 8))
    closed(site, tmp_path, "now", {"a": people("a", 50), "b": people("b", 40)}, answers("a", 40, 50, 45) + answers("b", 8, 40, 12),
           questionnaire(overall="Are you happy?"))
    olga = staff(site.serve(), "olga", "officer")
    site.run("survey", "publish", "now")
    browser = make_browser("en", 1280)
    browser.get(site.url + "/surveys/now")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})  # browsers print no backgrounds: the key has to ask for its colours
    kept = browser.execute_script("return [...document.querySelectorAll('.key li')].map(e => getComputedStyle(e, '::before').printColorAdjust)")
    assert kept and set(kept) == {"exact"}
    found = walk(make_browser, axe, site, olga, "/surveys", "/figures", "/staff/surveys/now/cross", "/staff/surveys/now/report?against=first")
    assert not found, "\n".join(found)
