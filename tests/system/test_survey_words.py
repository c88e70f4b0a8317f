"""Open answers coded by two people who don't see each other's codes, their agreement, the search, and quotes that another person
lets out: by commands and on pages, on both stores."""
import csv
import html
import io
import json
import random
import re
from fractions import Fraction

import pytest
from test_kit import fields, plain, staff, walk
from test_survey_report import outlives_its_answers
from test_survey_study import write

QUESTIONS = """questionnaire q
  en Our services
  zh-TW 我們的服務
consent
  en Of your own will.
  zh-TW 自願填答。
section s
  en S
  zh-TW 節
question why open
  en What should be better?
  zh-TW 哪裡可以更好？
question also open
  en Anything else?
  zh-TW 其他？
"""
HOSTILE = ["=HYPERLINK(\"http://evil.test\")", "<script>alert(1)</script> & 很慢", "@SUM(1+1)", "+886 2 Ms Chen was slow", "-1+1 price"]
WHO = {"ann": "handler", "bob": "lead", "cid": "officer", "dan": "handler", "adam": "admin", "aud": "auditor"}


@pytest.fixture
def closed(site, tmp_path):
    """A closed study of 40 people, with everybody who may and may not."""
    for login, role in WHO.items():
        site.run("user", "add", login, "--role", role)
    (tmp_path / "q.txt").write_text(QUESTIONS, encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")
    site.run("survey", "new", "s", "q")
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email"], [[f"p{i}@example.tw"] for i in range(40)]))
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "5d")
    rows = [["g", HOSTILE[i] if i < 5 else f"words {i}", "Help DESK" if i == 7 else ""] for i in range(40)]
    site.run("survey", "collect", "s", write(tmp_path / "a.csv", ["group", "why", "also"], rows))
    assert "once it is closed" in site.run("survey", "codebook", "s", "why", "--add", "slow", "--en", "Slow", "--zh", "慢", check=False).stderr
    site.run("survey", "close", "s")
    return site


def refused(site, who, why, *words):
    done = site.run("survey", *words, "--as", who, check=False)
    assert done.returncode == 1 and done.stdout == "" and why in done.stderr, (who, words, done.stderr)


def answers(site, who, *more):
    return site.json("survey", "code", "s", "why", "--as", who, *more)


def code(site, who, tmp_path, choose):
    rows = [[a["answer"], choose(a["text"])] for a in answers(site, who)["list"]]
    site.run("survey", "code", "s", "why", "--file", write(tmp_path / f"{who}.csv", ["answer", "codes"], rows), "--as", who)
    site.run("survey", "code", "s", "why", "--done", "--as", who)


def codebook(site):
    site.run("survey", "codebook", "s", "why", "--add", "slow", "--en", "=Slow", "--zh", "很慢", "--about", "It takes long", "--as", "ann")
    site.run("survey", "codebook", "s", "why", "--add", "price", "--en", "Price", "--zh", "價格", "--as", "bob")


def test_two_code_apart_and_a_third_decides(closed, tmp_path):
    site = closed
    assert "no codes yet" in site.run("survey", "code", "s", "why", "--answer", 1, "--codes", "", "--as", "ann", check=False).stderr
    codebook(site)
    assert [c["code"] for c in site.json("survey", "codebook", "s", "why")] == ["slow", "price"]
    first = answers(site, "ann")
    assert first["answers"] == 40 and sorted(a["answer"] for a in first["list"]) == list(range(1, 41)) and set(first["list"][0]) == {
        "answer", "text", "mine", "first", "second", "agreed"}
    code(site, "ann", tmp_path, lambda t: "slow" if "slow" in t or "慢" in t or t.startswith("words 1") else "")
    # Bob sees nothing of it, nor does anybody else.
    for who in ("bob", "cid"):
        assert {(a["first"], a["second"], a["agreed"]) for a in answers(site, who, "--all")["list"]} == {(None, None, None)}
    refused(site, "bob", "when both are done", "agreement", "s", "why")
    refused(site, "cid", "when both are done", "code", "s", "why", "--differ")
    refused(site, "dan", "you are no coder", "code", "s", "why", "--done")
    assert "already" not in site.run("survey", "code", "s", "why", "--answer", 1, "--codes", "", "--as", "bob").stderr
    refused(site, "dan", "two coders already", "code", "s", "why", "--answer", 1, "--codes", "")
    refused(site, "bob", "39 answers", "code", "s", "why", "--done")
    code(site, "bob", tmp_path, lambda t: "slow" if "slow" in t or t.startswith("words 1") else "price" if "price" in t else "")
    # Ann: slow in 12 (two hostile ones, ten "words 1x"); Bob may have coded number 1 with nothing.
    one = next(a for a in answers(site, "cid", "--all")["list"] if a["answer"] == 1)
    got = site.json("survey", "agreement", "s", "why", "--as", "cid")
    slow, price = got["codes"]
    texts = {a["answer"]: a for a in answers(site, "cid", "--all")["list"]}
    both = sum("slow" in (a["first"] or "") and "slow" in (a["second"] or "") for a in texts.values())
    assert slow["both"] == both and sum(slow[k] for k in ("both", "first_only", "second_only", "neither")) == 40
    observed, ann, bob = (slow["both"] + slow["neither"]) / 40, slow["both"] + slow["first_only"], slow["both"] + slow["second_only"]
    chance = (ann * bob + (40 - ann) * (40 - bob)) / 1600
    assert abs(slow["kappa"] - (observed - chance) / (1 - chance)) < 0.0006 and ann == 12
    assert price["first_only"] == 0 and got["differ"] == got["undecided"] > 0 and got["same"] == 40 - got["differ"] and one["text"]
    # What differs is decided by one who coded nothing; then it is in the report.
    differ = answers(site, "cid", "--differ")["list"]
    refused(site, "ann", "run-survey", "code", "s", "why", "--decide", "--answer", differ[0]["answer"], "--codes", "slow")
    assert not [f for f in site.json("survey", "report", "s")["figures"] if f["what"].startswith("code:")]
    decided = write(tmp_path / "d.csv", ["answer", "codes"], [[a["answer"], "slow" if "慢" in a["text"] or "words" in a["text"] else ""] for a in differ])
    site.run("survey", "code", "s", "why", "--decide", "--file", decided, "--as", "cid")
    figures = {f["what"]: f for f in site.json("survey", "report", "s")["figures"] if f["item"] == "why"}
    agreed = sum("slow" in (a["agreed"] or "") for a in answers(site, "cid", "--all")["list"])
    assert (figures["code:slow"]["n"], figures["code:slow"]["base"], figures["code:slow"]["mark"]) == (agreed, 40, "enough")
    assert figures["code:slow"]["figure"] == round(agreed / 40 * 100 + 1e-9, 1)
    rows = list(csv.reader(io.StringIO(site.run("survey", "report", "s", "--csv").stdout)))
    assert ["", "why", "code:slow", str(agreed), "40", f"{agreed / 0.4:.1f}", "enough"] in rows
    site.run("survey", "report", "s", "--xlsx", tmp_path / "r.xlsx")
    assert (tmp_path / "r.xlsx").read_bytes()[:2] == b"PK"
    # What a code means doesn't change under those who have it, and nothing changes once the report is out.
    refused(site, "ann", "retired, not deleted", "codebook", "s", "why", "--delete", "slow")
    refused(site, "ann", "doesn't change", "codebook", "s", "why", "--add", "slow", "--en", "Fast", "--zh", "快")
    site.run("survey", "codebook", "s", "why", "--retire", "price", "--as", "ann")
    chen = next(a for a in answers(site, "ann", "--all")["list"] if "Chen" in a["text"])["answer"]
    site.run("survey", "quote", "s", "--item", "why", "--answer", chen, "--text", "[…] Ms ▇▇▇ was slow", "--as", "ann")
    site.run("survey", "quote", "s", "--approve", 1, "--as", "bob")
    site.run("survey", "publish", "s")
    refused(site, "ann", "published", "codebook", "s", "why", "--add", "late", "--en", "Late", "--zh", "晚")
    refused(site, "ann", "published", "code", "s", "why", "--answer", 1, "--codes", "slow")
    outlives_its_answers(site.serve(), "s")
    # The quote, too; the answer it was taken from is no more.
    assert "[…] Ms ▇▇▇ was slow" in site.get("/surveys/s").text
    kept = {"quote": 1, "state": "approved", "item": "why", "answer": None, "text": "[…] Ms ▇▇▇ was slow", "original": None}
    [told] = site.json("survey", "quotes", "s", "--as", "cid")
    assert {k: told[k] for k in kept} == kept
    page = staff(site, "gus", "officer").get("/staff/surveys/s/words").text
    assert "[…] Ms ▇▇▇ was slow forgotten" in plain(page) and "Answer " not in plain(page).split("[…] Ms")[1]
    site.run("survey", "quote", "s", "--drop", 1, "--as", "cid")
    assert "blockquote" not in site.get("/surveys/s").text


@pytest.mark.one_store
def test_random_codes_agree_with_fractions(closed, tmp_path):
    """Cohen's kappa of each code, and of all codes as one table."""
    site, rng = closed, random.Random(8)
    codebook(site)
    for who in ("ann", "bob"):
        code(site, who, tmp_path, lambda t: " ".join(c for c in ("slow", "price") if rng.random() < (0.7 if len(t) % 2 else 0.3)))
    rows = answers(site, "cid", "--all")["list"]
    has_code = {c: [(c in (a["first"] or "").split(), c in (a["second"] or "").split()) for a in rows] for c in ("slow", "price")}

    def kappa(*tables):
        """Pooled: of the means of what was observed and what was to be expected."""
        observed = expected = Fraction(0)
        for pairs in tables:
            n, first, second = len(pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
            observed += Fraction(sum(a == b for a, b in pairs), n) / len(tables)
            expected += Fraction(first * second + (n - first) * (n - second), n * n) / len(tables)
        return (observed - expected) / (1 - expected)
    got = site.json("survey", "agreement", "s", "why", "--as", "cid")
    for c in got["codes"]:
        assert abs(c["kappa"] - kappa(has_code[c["code"]])) < 0.0006, c
    assert abs(got["kappa"] - kappa(has_code["slow"], has_code["price"])) < 0.0006


def test_who_may_not_code_or_quote(closed):
    site = closed
    codebook(site)
    for who in ("adam", "aud"):
        for words in (("codebook", "s", "why"), ("codebook", "s", "why", "--add", "x", "--en", "X", "--zh", "甲"), ("code", "s", "why"),
                      ("code", "s", "why", "--answer", 1, "--codes", "slow"), ("agreement", "s", "why"), ("quotes", "s"),
                      ("quote", "s", "--item", "why", "--answer", 1, "--text", "x"), ("quote", "s", "--approve", 1)):
            refused(site, who, "code-answers:", *words)
    for who in ("adam", "aud", "ann", "bob"):
        refused(site, who, "see-answers:", "search", "s", "slow")
    refused(site, "ann", "takes words", "code", "s", "nothing")
    refused(site, "ann", "no code of why", "code", "s", "why", "--answer", 1, "--codes", "slow,fast")
    refused(site, "ann", "no answer 41", "code", "s", "why", "--answer", 41, "--codes", "slow")


def test_words_are_found_in_every_question(closed):
    site = closed
    found = site.json("survey", "search", "s", "help desk", "--as", "cid")
    assert found == {"found": [{"item": "also", "answer": None, "text": "Help DESK"}], "next": None}
    assert [f["text"] for f in site.json("survey", "search", "s", "很慢")["found"]] == [HOSTILE[1]]
    assert site.json("survey", "search", "s", "nobody wrote this")["found"] == []
    assert site.run("survey", "search", "s", "x" * 101, check=False).returncode == 1
    many = site.json("survey", "search", "s", "words")
    assert len(many["found"]) == 35 and many["next"] is None


def test_a_quote_needs_another_person(closed):
    site = closed
    codebook(site)
    chen = next(a for a in answers(site, "ann")["list"] if "Chen" in a["text"])["answer"]

    def quote(who, text, check=True):
        return site.run("survey", "quote", "s", "--item", "why", "--answer", chen, "--text", text, "--json", "--as", who, check=check)
    for text in ("Ms Chen was fast", "[…]", "Chen was slow", "+886 2 Ms Lin was slow"):
        assert "nothing else may be changed" in quote("ann", text, check=False).stderr
    number = json.loads(quote("ann", "[…] Ms ▇▇▇ was slow").stdout)["quote"]
    refused(site, "ann", "another person decides", "quote", "s", "--approve", number)
    site.run("survey", "quote", "s", "--approve", number, "--as", "bob")
    refused(site, "cid", "approved already", "quote", "s", "--refuse", number)
    listed = site.json("survey", "quotes", "s", "--as", "ann")
    assert [(q["quote"], q["state"], q["text"], q["original"]) for q in listed] == [(number, "approved", "[…] Ms ▇▇▇ was slow", HOSTILE[3])]
    refused(site, "ann", "run-survey", "quote", "s", "--drop", number)
    site.run("survey", "quote", "s", "--drop", number, "--as", "cid")
    assert site.json("survey", "quotes", "s") == []


def looks(site):
    """Who looked at what, of how many people; oldest first."""
    return [(v["who"], v["page"], v["about"], v["people"]) for v in reversed(site.json("privacy", "views"))]


def test_looks_at_answers_are_written_down(closed):
    """By commands: codes, kappas and codebooks show nobody's words, and an empty list neither."""
    site = closed
    codebook(site)
    site.json("survey", "quotes", "s", "--as", "ann")
    site.json("survey", "codebook", "s", "why", "--as", "ann")
    assert answers(site, "ann", "--all")["list"] and looks(site) == [("ann", "survey-coding", "survey:s/why", 0)]
    text = answers(site, "ann")["list"][0]
    site.run("survey", "quote", "s", "--item", "why", "--answer", text["answer"], "--text", text["text"], "--as", "ann")
    site.json("survey", "quotes", "s", "--as", "bob")
    site.json("survey", "search", "s", "words", "--as", "cid")
    assert looks(site)[1:] == [("bob", "survey-quotes", "survey:s", 0), ("cid", "survey-answers", "survey:s", 0)]


# ── pages ──

def act(person, item, name, status=303, **data):
    page = person.get(f"/staff/surveys/s/words/{item}")
    done = person.post(f"/staff/surveys/s/words/{item}/{name}", [("csrf", fields(page.text)["csrf"]), *[(k, v) for k, vs in data.items() for v in ([vs] if isinstance(vs, str) else vs)]])
    assert done.status == status, (name, done.status, done.text[:2000])
    return done


def quote_act(person, number, name):
    page = person.get("/staff/surveys/s/words")
    return person.post(f"/staff/surveys/s/quotes/{number}", {"csrf": fields(page.text)["csrf"], "act": name}).status


def code_on_pages(person, choose):
    """Page by page until none is left; returns how many pages."""
    pages = 0
    while rows := re.findall(r'<b class="num" aria-hidden="true">(\d+)</b><p dir="auto">(.*?)</p>', person.get("/staff/surveys/s/words/why").text, re.S):
        act(person, "why", "code", **{f"a{no}": choose(html.unescape(text)) for no, text in rows})
        pages += 1
    return pages


@pytest.fixture
def people(closed):
    closed.serve()
    return {n: staff(closed, f"{n}2", role) for n, role in WHO.items()}


def test_coding_and_quotes_on_pages(people, closed):
    site = closed
    ann, bob, cid, dan = (people[n] for n in ("ann", "bob", "cid", "dan"))
    for n in ("adam", "aud"):
        assert people[n].get("/staff/surveys/s/words").status == people[n].get("/staff/surveys/s/words/why").status == 403
    assert ann.get("/staff/surveys/s/words/nothing").status == 404 and ann.get("/staff/surveys/none/words").status == 404
    assert "/staff/surveys/s/words" in ann.get("/staff/surveys/s").text
    # The search is for those who may read answers.
    assert "Search what people wrote" not in ann.get("/staff/surveys/s/words?q=words").text
    found = cid.get("/staff/surveys/s/words?q=%E5%BE%88%E6%85%A2").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 很慢" in found and "<script>alert" not in found
    assert "Nobody wrote that." in cid.get("/staff/surveys/s/words?q=zebra").text
    assert looks(site) == [("cid2", "survey-answers", "survey:s", 0)]
    # A codebook
    back = act(ann, "why", "add", 422, id="long", en="Slow", zh="甲" * 67, about="When it is slow")  # 201 bytes, 67 letters
    assert "66 Chinese characters" in plain(back.text) and 'value="' + "甲" * 67 + '"' in back.text and "When it is slow" in back.text
    back = act(ann, "why", "add", 422, id="Bad Name", en="", zh="甲")
    assert back.text.count('aria-invalid="true"') == 2 and 'value="Bad Name"' in back.text and 'value="甲"' in back.text
    act(ann, "why", "add", id="slow", en="=Slow <i>", zh="很慢", about="It takes long")
    act(bob, "why", "add", id="price", en="Price", zh="價格")
    act(ann, "why", "add", id="odd", en="Odd", zh="怪")
    act(ann, "why", "delete", id="odd")
    assert people["adam"].post("/staff/surveys/s/words/why/code", {"csrf": fields(people["adam"].get("/staff/account").text)["csrf"], "a1": "slow"}).status == 403
    # Two people, apart
    assert code_on_pages(ann, lambda t: "slow" if "slow" in t or "慢" in t else "-") == 2
    assert act(ann, "why", "code").headers["Location"].endswith("done=words-none")
    assert "Where the two differ" not in bob.get("/staff/surveys/s/words/why").text
    assert bob.get("/staff/surveys/s/words/why?list=differ").status == 409
    act(bob, "why", "done", 409)
    code_on_pages(bob, lambda t: "slow" if "slow" in t else "price" if "price" in t else "-")
    act(dan, "why", "code", 409, a1="slow")
    act(ann, "why", "done")
    act(ann, "why", "code", 409, a1="slow")
    act(bob, "why", "done")
    page = plain(ann.get("/staff/surveys/s/words/why").text)
    assert "The same codes 38 of 40 answers" in page and "To be decided 2" in page, page
    # By hand: slow is in two of Ann's and one of Bob's, the same one: (40 × 39 − (2 + 38 × 39)) / (1600 − 1484) = 76 / 116.
    assert re.search(r"slow It takes long 1 1 0 0\.655", page), page
    assert "−" not in page.split("Kappa over all codes")[1][:10]
    # A third decides.
    differ = cid.get("/staff/surveys/s/words/why?list=differ").text
    numbers = re.findall(r'<b class="num" aria-hidden="true">(\d+)</b>', differ)
    assert len(numbers) == 2 and "Save the decisions" in differ and "Save the decisions" not in ann.get("/staff/surveys/s/words/why?list=differ").text
    act(ann, "why", "decide", 403, **{f"a{numbers[0]}": "slow"})
    assert "what was written, by topic" not in cid.get("/staff/surveys/s/report").text
    act(cid, "why", "decide", **{f"a{no}": ["slow", "price"] for no in numbers})
    report = cid.get("/staff/surveys/s/report").text
    assert "what was written, by topic" in report and "=Slow &lt;i&gt;" in report and "<i>" not in report
    assert "=Slow &lt;i&gt; 3 40 7.5" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", report)), report
    # Quotes
    chen = re.search(r'<b class="num" aria-hidden="true">(\d+)</b><p dir="auto">\+886', ann.get("/staff/surveys/s/words/why?list=mine").text
                     + ann.get("/staff/surveys/s/words/why?list=mine&from=21").text).group(1)
    assert "+886 2 Ms Chen was slow</textarea>" in ann.get(f"/staff/surveys/s/words/why?quote={chen}").text
    back = act(ann, "why", "quote", 422, no=chen, text="Ms Chen was fast")
    assert "Ms Chen was fast</textarea>" in back.text and "Only leave things out" in back.text
    act(ann, "why", "quote", 404, no="999", text="x")
    act(ann, "why", "quote", no=chen, text="[…] Ms ▇▇▇ was slow")
    number = site.json("survey", "quotes", "s")[0]["quote"]
    assert 'value="approve"' not in ann.get("/staff/surveys/s/words").text and 'value="approve"' in bob.get("/staff/surveys/s/words").text
    assert quote_act(ann, number, "approve") == 403 and quote_act(bob, number, "odd") == 422
    assert "Ms ▇▇▇" not in cid.get("/staff/surveys/s/report").text
    assert quote_act(bob, number, "approve") == 303 and quote_act(dan, number, "refuse") == 409
    site.run("survey", "publish", "s")
    public = site.get("/surveys/s").text
    assert "<blockquote dir=\"auto\">[…] Ms ▇▇▇ was slow</blockquote>" in public and "Chen" not in public and "staff:" not in public
    assert '"why","code:slow",3,40,7.5,enough' in site.get("/surveys/s/figures.csv").text
    assert quote_act(dan, number, "drop") == 403 and quote_act(cid, number, "drop") == 303
    assert "blockquote" not in site.get("/surveys/s").text


def test_looks_on_pages_are_written_down(people, closed):
    site = closed
    ann, bob = people["ann"], people["bob"]
    ann.get("/staff/surveys/s/words")
    ann.get("/staff/surveys/s/words/why")  # no codes: no answers yet
    ann.get("/staff/surveys/s/words?q=words")  # not for her, and not shown
    assert looks(site) == []
    act(ann, "why", "add", id="slow", en="Slow", zh="慢")
    for _ in range(2):
        assert "Answer 1" in ann.get("/staff/surveys/s/words/why").text
    ann.get("/staff/surveys/s/words/why?list=mine")  # empty
    assert looks(site) == [("ann2", "survey-coding", "survey:s/why", 0)]
    # Also where a form comes back with the answer it quotes: ten minutes later it is another look.
    site.advance("11m")
    page = act(ann, "why", "quote", 422, no="1", text="something else")
    assert "Only leave things out" in page.text and len(looks(site)) == 2
    text = re.search(r'<b class="num" aria-hidden="true">1</b><p dir="auto">(.*?)</p>', page.text, re.S).group(1)
    act(ann, "why", "quote", no="1", text=html.unescape(text))
    assert "As it was written" in bob.get("/staff/surveys/s/words").text
    assert looks(site)[2:] == [("bob2", "survey-quotes", "survey:s", 0)]
    # Where staff see looks; the fact names nobody.
    page = plain(staff(site, "dora", "dpo").get("/staff/views").text)
    assert "quotes, with the answers they are from survey:s" in page and "answers to a question of a survey survey:s/why" in page


@pytest.mark.one_store
def test_the_pages_shut_nobody_out(people, closed, make_browser, axe):
    site = closed
    ann, bob, cid = (people[n] for n in ("ann", "bob", "cid"))
    act(ann, "why", "add", id="slow", en="It takes too long", zh="太慢了", about="Waiting for an answer, or for a name to be there")
    act(ann, "why", "add", id="price", en="Price", zh="價格")
    code_on_pages(ann, lambda t: "slow" if "slow" in t or "慢" in t else "-")
    act(bob, "why", "code", a1=["price", "slow"])

    def look(person, *paths):
        return walk(make_browser, axe, site, person, *paths)
    found = look(bob, "/staff/surveys/s/words", "/staff/surveys/s/words/why", "/staff/surveys/s/words/why?list=mine&quote=1", "/staff/surveys/s/words/also")
    act(ann, "why", "done")
    code_on_pages(bob, lambda t: "-")
    act(bob, "why", "done")
    act(ann, "why", "quote", no="2", text=next(a["text"] for a in site.json("survey", "code", "s", "why", "--all")["list"] if a["answer"] == 2))
    assert quote_act(bob, site.json("survey", "quotes", "s")[0]["quote"], "approve") == 303
    found += look(cid, "/staff/surveys/s/words?q=words", "/staff/surveys/s/words/why?list=differ")
    for a in site.json("survey", "code", "s", "why", "--differ")["list"]:
        act(cid, "why", "decide", **{f"a{a['answer']}": "slow"})
    found += look(cid, "/staff/surveys/s/report", "/staff/surveys/s/words/why")
    assert not found, "\n".join(found)
