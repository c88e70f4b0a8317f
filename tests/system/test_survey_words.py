"""Open answers coded by two people who don't see each other's codes, their agreement, the search, and quotes that another person
lets out: by commands and on pages, on both stores."""
import csv
import io
import json

import pytest
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
    site.run("survey", "publish", "s")
    refused(site, "ann", "published", "codebook", "s", "why", "--add", "late", "--en", "Late", "--zh", "晚")
    refused(site, "ann", "published", "code", "s", "why", "--answer", 1, "--codes", "slow")


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
