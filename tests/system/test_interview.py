"""Interviews of a study: the guide, consent behind a personal link, notes, themes and quotes that another person lets out, by commands and
on pages, on both stores."""
import html
import json
import re

import pytest
from test_kit import Person, fields, form_back, letter, letters, plain, staff, walk
from test_mailin import returned
from test_survey_study import write
from test_survey_words import QUESTIONS

GUIDE = """# How you use it | 您如何使用
What do you do with us? | 您和我們往來做什麼？
How long does it take? | 需要多久？

# Wishes | 期望
What should be better? | 哪裡可以更好？
"""
HOSTILE = "=cmd() <script>alert(1)</script> & Ms Chen\nof Cedar says: 很慢 in May"
WHO = {"ann": "handler", "bob": "lead", "cid": "officer", "dan": "handler", "adam": "admin", "aud": "auditor", "dpo": "dpo"}
YES = {"talk": "yes", "quote": "yes", "named": "no"}


@pytest.fixture
def begun(site, tmp_path):
    """A study with a guide, and everybody who may and may not."""
    for login, role in WHO.items():
        site.run("user", "add", login, "--role", role)
    (tmp_path / "q.txt").write_text(QUESTIONS, encoding="utf-8")
    site.run("survey", "import", tmp_path / "q.txt")
    site.run("survey", "new", "s", "q")
    (tmp_path / "guide.txt").write_text(GUIDE, encoding="utf-8")
    assert "no guide" in site.run("survey", "interview", "add", "s", "--name", "A", "--email", "a@example.tw", "--kind", "isp", check=False).stderr
    assert site.json("survey", "guide", "set", "s", tmp_path / "guide.txt") == {"study": "s", "version": 1, "questions": 3, "same": False}
    return site


def closed(site, tmp_path):
    """Through its field, so that its report can be published."""
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email"], [["p@example.tw"]]))
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "5d")
    site.run("survey", "close", "s")


def plan(site, email, kind="registrar", *more):
    return site.json("survey", "interview", "add", "s", "--name", "Ms Chen", "--email", email, "--organisation", "Cedar", "--kind", kind, *more)["interview"]


def consent(site, no, **said):
    words = [w for k, v in said.items() for w in (f"--{k}", v)]
    return site.json("survey", "interview", "consent", "s", f"I-{no}", *words, "--how", "on paper")["state"]


def noted(site, no, text, question=1, who="ann"):
    return site.json("survey", "interview", "note", "s", f"I-{no}", "--question", question, "--text", text, "--as", who)["note"]


def shown(site, no, *more):
    return site.json("survey", "interview", "show", "s", f"I-{no}", *more)


def refused(site, who, why, *words):
    done = site.run("survey", *words, "--as", who, check=False)
    assert done.returncode == 1 and done.stdout == "" and why in done.stderr, (who, words, done.stderr)


# ── by command ──

def test_from_guide_to_report_by_command(begun, tmp_path):
    site = begun
    no = plan(site, "chen@example.tw", "registrar", "--no-letter")
    assert no == 1 and "not agreed to talk" in site.run("survey", "interview", "note", "s", "I-1", "--text", "x", check=False).stderr
    assert consent(site, 1, talk="yes", quote="yes", named="no") == "agreed"
    note = noted(site, 1, HOSTILE, 3)
    one = shown(site, 1)
    assert (one["state"], one["talk"], one["quote"], one["named"], one["how"], one["said_by"]) == ("held", True, True, False, "on paper", "cli")
    assert one["noted"][0]["text"] == HOSTILE and "who" not in one and "chen" not in json.dumps(one).replace(HOSTILE, "").lower().replace("ms chen", "")
    site.run("survey", "theme", "add", "s", "slow", "--en", "=Slow", "--zh", "很慢", "--about", "It takes long", "--as", "ann")
    site.run("survey", "interview", "note", "s", "I-1", "--note", note, "--themes", "slow", "--as", "bob")
    assert "no theme" in site.run("survey", "interview", "note", "s", "I-1", "--note", note, "--themes", "slow,fast", check=False).stderr
    [theme] = site.json("survey", "theme", "list", "s")
    assert (theme["theme"], theme["interviews"], theme["notes"]) == ("slow", 1, 1)
    assert [p["text"] for p in site.json("survey", "theme", "show", "s", "slow")] == [HOSTILE]
    refused(site, "ann", "nothing else may be changed", "quote", "s", "--note", note, "--text", "It is fast")
    quote = site.json("survey", "quote", "s", "--note", note, "--text", "[…] 很慢 […]", "--as", "ann")["quote"]
    refused(site, "ann", "another person decides", "quote", "s", "--approve", quote)
    site.run("survey", "quote", "s", "--approve", quote, "--as", "bob")
    [listed] = site.json("survey", "quotes", "s", "--as", "ann")
    assert (listed["quote"], listed["interview"], listed["note"], listed["state"]) == (quote, 1, note, "approved") and listed["original"] == HOSTILE
    # A note with a quote keeps the words that are quoted.
    refused(site, "ann", f"quote {quote} is taken", "interview", "note", "s", "I-1", "--note", note, "--text", "It is fast")
    refused(site, "bob", "another person's", "interview", "note", "s", "I-1", "--note", note, "--text", "很慢")
    site.run("survey", "interview", "note", "s", "I-1", "--note", note, "--text", "It is 很慢 in June", "--as", "ann")
    assert shown(site, 1)["noted"][0]["was"][0]["text"] == HOSTILE
    closed(site, tmp_path)
    site.run("survey", "publish", "s")
    assert shown(site, 1)["noted"][0]["was"] == []
    refused(site, "ann", "published", "interview", "note", "s", "I-1", "--text", "late")
    refused(site, "cid", "published", "guide", "set", "s", tmp_path / "guide.txt")
    site.run("survey", "quote", "s", "--drop", quote)
    assert site.json("survey", "quotes", "s") == []


def test_versions_of_the_guide(begun, tmp_path):
    site = begun
    plan(site, "a@example.tw", "isp", "--no-letter")
    plan(site, "b@example.tw", "isp", "--no-letter")
    consent(site, 1, talk="yes")
    (tmp_path / "two.txt").write_text(GUIDE + "Anything else? | 其他？\n", encoding="utf-8")
    assert site.json("survey", "guide", "set", "s", tmp_path / "two.txt")["version"] == 2
    assert site.json("survey", "guide", "set", "s", tmp_path / "two.txt")["same"]
    assert [i["guide"] for i in site.json("survey", "interview", "list", "s")] == [1, 2]
    assert [(g["version"], g["interviews"]) for g in site.json("survey", "guide", "history", "s")] == [(2, 1), (1, 1)]
    assert site.json("survey", "guide", "show", "s", "--against", 1)["changes"] == ["+ Anything else? | 其他？"]
    assert site.run("survey", "guide", "show", "s", "--version", 1).stdout == GUIDE
    for text, why in (("What?\n", "line 1: expected"), ("# A | 甲\n", "has questions"), ("a | b | c\n", "line 1"), ("\xff", "plain UTF-8")):
        (tmp_path / "bad.txt").write_bytes(text.encode("latin-1" if text == "\xff" else "utf-8"))
        assert why in site.run("survey", "guide", "set", "s", tmp_path / "bad.txt", check=False).stderr, text
    (tmp_path / "big.txt").write_text("x" * 40000)
    assert "larger" in site.run("survey", "guide", "set", "s", tmp_path / "big.txt", check=False).stderr


def test_who_may_not(begun):
    site = begun
    plan(site, "a@example.tw", "isp", "--no-letter")
    consent(site, 1, talk="yes", quote="yes")
    note = noted(site, 1, "words")
    for who in ("ann", "bob", "adam", "aud", "dpo"):
        refused(site, who, "run-survey:", "interview", "add", "s", "--name", "B", "--email", "b@example.tw", "--kind", "isp")
        refused(site, who, "run-survey:", "interview", "consent", "s", "I-1", "--talk", "no", "--how", "x")
        refused(site, who, "run-survey:", "interview", "withdraw", "s", "I-1", "--how", "x")
        if who not in ("ann", "bob"):
            for words in (("interview", "list", "s"), ("interview", "show", "s", "I-1"), ("interview", "note", "s", "I-1", "--text", "x"),
                          ("theme", "list", "s"), ("theme", "add", "s", "x", "--en", "X", "--zh", "甲"), ("quote", "s", "--note", note, "--text", "words")):
                refused(site, who, "code-answers:", *words)
    # Whose it was is for who runs the survey, and every look is written down.
    refused(site, "ann", "run-survey:", "interview", "show", "s", "I-1", "--who")
    assert not site.json("privacy", "views")
    who = shown(site, 1, "--who", "--as", "cid")["who"]
    assert who["email"] == "a@example.tw" and "/interview/" in who["link"]
    assert [(v["page"], v["about"]) for v in site.json("privacy", "views")] == [("interview-notes", "interview:s/I-1"), ("interview", "interview:s/I-1")]
    assert site.run("survey", "interview", "show", "s", "I-9", check=False).returncode == 1
    for words in (("list",), ("show", "s"), ("show", "s", "x"), ("odd", "s"), ("consent", "s", "I-1", "--talk", "maybe", "--how", "x"), ("list", "s", "I-1")):
        assert site.run("survey", "interview", *words, check=False).returncode == 2, words


def test_looks_at_what_was_said_are_written_down(begun):
    """By commands and on pages; where nothing was said there is nothing to write down."""
    site = begun
    site.serve()
    gus = staff(site, "gus", "handler")
    plan(site, "a@example.tw", "isp", "--no-letter")
    consent(site, 1, talk="yes", quote="yes")
    site.run("survey", "theme", "add", "s", "slow", "--en", "Slow", "--zh", "很慢")
    at = "/staff/surveys/s"

    def looked():
        seen = [(v["who"], v["page"], v["about"]) for v in reversed(site.json("privacy", "views"))]
        site.advance("11m")  # later it is another look
        return seen[len(before):]

    before = []
    shown(site, 1, "--as", "ann")
    site.json("survey", "theme", "show", "s", "slow", "--as", "ann")
    site.json("survey", "interview", "search", "s", "words", "--as", "ann")
    for path in ("interviews", "interviews/1", "themes/slow", "themes/none", "interviews/9"):
        gus.get(f"{at}/{path}")
    assert looked() == []
    note = noted(site, 1, "a few words")
    site.run("survey", "interview", "note", "s", "I-1", "--note", note, "--themes", "slow", "--as", "bob")
    assert looked() == []
    notes, study = ("interview-notes", "interview:s/I-1"), ("interview-notes", "survey:s")
    for ask, what in ((lambda: shown(site, 1, "--as", "ann"), ("ann", *notes)),
                      (lambda: site.json("survey", "theme", "show", "s", "slow", "--as", "bob"), ("bob", *study)),
                      (lambda: site.json("survey", "interview", "search", "s", "words", "--as", "ann"), ("ann", *study)),
                      (lambda: "a few words" in gus.get(f"{at}/interviews/1").text, ("gus", *notes)),
                      (lambda: "a few words" in gus.get(f"{at}/themes/slow").text, ("gus", *study)),
                      (lambda: "a few <mark>words" in gus.get(f"{at}/interviews?q=words").text, ("gus", *study)),
                      (lambda: "Only leave things out" in act(gus, f"{at}/interviews/1/quote", 422, id=str(note), words="other").text, ("gus", *notes))):
        before = site.json("privacy", "views")
        assert ask() and looked() == [what], what
    site.run("survey", "quote", "s", "--note", note, "--text", "a few words", "--as", "ann")
    for ask, what in ((lambda: gus.get(f"{at}/interviews").status == 200, ("gus", *study)),
                      (lambda: site.json("survey", "quotes", "s", "--as", "bob"), ("bob", "survey-quotes", "survey:s"))):
        before = site.json("privacy", "views")
        assert ask() and looked() == [what], what
    assert "what was said in interviews interview:s/I-1" in plain(staff(site, "dora", "dpo").get("/staff/views").text)


def test_erasing_somebody_takes_the_words_along(begun):
    site = begun
    plan(site, "Chen@example.tw", "isp", "--no-letter")
    consent(site, 1, talk="yes", quote="yes", named="yes")
    noted(site, 1, "words of Chen")
    told = json.loads(site.run("privacy", "export", "chen@example.tw").stdout)
    [kept] = told["parts"]["interviews"]["interviews"]
    assert (kept["name"], kept["organisation"], kept["notes"][0]["text"], kept["named"]) == ("Ms Chen", "Cedar", "words of Chen", True)
    site.run("privacy", "erase", "chen@example.tw", "--yes")
    one = shown(site, 1)
    assert (one["state"], one["noted"], one["kind"]) == ("withdrawn", [], "")
    assert "not kept any more" in site.run("survey", "interview", "show", "s", "I-1", "--who", check=False).stderr


# ── behind the link ──

def asked(site, email, kind="registrar", lang="en"):
    plan(site, email, kind, "--lang", lang)
    return link_of(letter(site, email))


def link_of(message):
    return re.search(r"https?://\S+/interview/[a-z2-7]{26}(?=\s)", message.get_body(("plain",)).get_content()).group(0)


def say(site, path, status=303, **said):
    page = site.get(path)
    answer = site.post(path, {"guide": fields(page.text).get("guide", "0"), **said})
    assert answer.status == status, (answer.status, answer.text[:2000])
    return answer


def test_the_link_asks_and_takes_back(begun):
    site = begun.serve()
    path = asked(site, "chen@example.tw", lang="zh-TW")
    m = letter(site, "chen@example.tw")
    assert m["Content-Language"] == "zh-TW" and m["List-Unsubscribe"] == f"<{path}/stop>" and m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = site.get(path)
    assert page.status == 200 and page.headers["X-Robots-Tag"] == "noindex" and "How long does it take?" in page.text and "Ms Chen" not in page.text
    assert shown(site, 1)["state"] == "planned"  # looking changes nothing
    back = say(site, path, 422)
    assert form_back(back.text) == ["talk", "quote", "named"]
    back = say(site, path, 422, talk="yes", quote="yes")
    assert form_back(back.text) == ["named"] and re.search(r'name="quote" value="yes"[^>]*checked', back.text)
    done = site.get(say(site, path, **YES).headers["Location"])
    assert "What you decided is kept." in done.text and re.search(r'name="named" value="no"[^>]*checked', done.text)
    one = shown(site, 1)
    assert (one["state"], one["talk"], one["quote"], one["named"], one["how"], one["said_by"]) == ("agreed", True, True, False, None, None)
    note = noted(site, 1, "It is slow")
    quote = site.json("survey", "quote", "s", "--note", note, "--text", "It is slow", "--as", "ann")["quote"]
    site.run("survey", "quote", "s", "--approve", quote, "--as", "bob")
    assert "deleted at once" in site.get(path).text
    say(site, path, talk="yes", quote="no")
    assert site.json("survey", "quotes", "s") == [] and len(shown(site, 1)["noted"]) == 1
    gone = say(site, path, 200, talk="no")
    assert "It is taken back" in gone.text
    assert (shown(site, 1)["state"], shown(site, 1)["noted"]) == ("withdrawn", [])
    assert site.get(path).status == 404 and site.post(path, {"guide": "1", **YES}).status == 404


def test_other_links_and_other_questions(begun, tmp_path):
    site = begun.serve()
    path = asked(site, "a@example.tw")
    other = asked(site, "b@example.tw")
    token = path.rsplit("/", 1)[1]
    for wrong in ("x", "a" * 26, "a" * 200, token[:-1], token.upper(), "%3Cscript%3E"):
        for end in ("", "/stop"):
            assert site.get(f"/interview/{wrong}{end}").status == 404 and site.post(f"/interview/{wrong}{end}", YES).status == 404, wrong
    # Neither is a link of a survey, nor the other way round; nor does one interview's open another's.
    assert site.get(f"/survey/{token}").status == 404
    say(site, path, **YES)
    assert shown(site, 2)["state"] == "planned"
    (tmp_path / "two.txt").write_text(GUIDE + "More? | 還有？\n", encoding="utf-8")
    old = fields(site.get(other).text)["guide"]
    site.run("survey", "guide", "set", "s", tmp_path / "two.txt")
    clash = site.post(other, {"guide": old, **YES})
    assert clash.status == 409 and "Nothing was kept" in clash.text and "More?" in clash.text and shown(site, 2)["state"] == "planned"
    assert "More?" not in site.get(path).text
    # One click: no more letters, and no interview.
    assert site.get(other + "/stop").status == 200 and shown(site, 2)["state"] == "planned"
    assert site.post(other + "/stop", {"List-Unsubscribe": "One-Click"}).status == 200
    assert shown(site, 2)["state"] == "declined"
    site.run("survey", "new", "t", "q")
    site.run("survey", "guide", "set", "t", tmp_path / "two.txt")
    words = ("survey", "interview", "add", "t", "--name", "B", "--email", "b@example.tw", "--kind", "isp")
    assert "no letters about surveys" in site.run(*words, check=False).stderr
    site.run(*words, "--no-letter")
    plan(site, "c@example.tw")
    letter(site, "c@example.tw")
    assert len(letters(site, "b@example.tw")) == 1
    # Erased, the link leads nowhere.
    site.run("privacy", "erase", "a@example.tw", "--yes")
    assert site.get(path).status == 404


# ── pages ──

@pytest.fixture
def people(begun):
    begun.serve()
    return {n: staff(begun, f"{n}2", role) for n, role in WHO.items()}


AT = "/staff/surveys/s"


def act(person, path, status=303, **data):
    csrf = fields(person.get("/staff/account").text)["csrf"]
    done = person.post(path, [("csrf", csrf), *[(k, v) for k, vs in data.items() for v in ([vs] if isinstance(vs, str) else vs)]])
    assert done.status == status, (path, done.status, done.text[:3000])
    return done


def test_the_whole_way_on_pages(people, begun, tmp_path):
    site = begun
    ann, bob, cid, dan = (people[n] for n in ("ann", "bob", "cid", "dan"))
    assert f"{AT}/interviews" in cid.get(AT).text and "No interviews yet" in cid.get(f"{AT}/interviews").text
    assert f"{AT}/interviews" not in people["aud"].get(AT).text and f"{AT}/guide" in people["aud"].get(AT).text
    back = act(cid, f"{AT}/guide", 422, text=GUIDE + "only English\n")
    assert form_back(back.text) == ["text"] and "line 7" in back.text and "only English" in back.text
    act(cid, f"{AT}/guide", text=GUIDE.replace("\n", "\r\n") + "Anything else? | 其他？")
    assert site.json("survey", "guide", "show", "s")["version"] == 2 and "\r" not in site.json("survey", "guide", "show", "s")["text"]
    assert "<ins>Anything else?" in cid.get(f"{AT}/guide?from=1&to=2").text and 'name="text"' not in ann.get(f"{AT}/guide").text
    # Asking
    back = act(cid, f"{AT}/interviews", 422, name="", email="nobody", kind="", organisation="<b>Cedar</b>")
    assert form_back(back.text) == ["name", "email", "kind"] and "&lt;b&gt;Cedar" in back.text
    act(cid, f"{AT}/interviews", name="Ms Chen", email="chen@example.tw", kind="registrar", organisation="<b>Cedar</b>", language="en")
    assert act(cid, f"{AT}/interviews", 409, name="Ms Chen", email="CHEN@example.tw", kind="isp").text.count("errsum") == 1
    path = link_of(letter(site, "chen@example.tw"))
    one = f"{AT}/interviews/1"
    act(ann, f"{one}/note", 409, question="1", text="too early")
    assert "Nothing is noted before" in ann.get(one).text and f'action="{one}/note"' not in ann.get(one).text
    say(site, path, talk="yes", quote="yes", named="yes")
    page = ann.get(one).text
    assert "Ms Chen" not in page and "Cedar" not in page and "chen@" not in page and "person" not in page.split("<main")[1]
    # Notes
    assert form_back(act(ann, f"{one}/note", 422, question="3", text=" ").text) == ["text"]
    act(ann, f"{one}/note", 422, question="x", text="a")
    act(ann, f"{one}/note", question="3", text=HOSTILE.replace("\n", "\r\n"))
    act(bob, f"{one}/note", question="0", text="Something else")
    page = ann.get(one).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Ms Chen<br>" in page.replace("\n", "")
    assert page.count(f'action="{one}/drop"') == 1 and cid.get(one).text.count(f'action="{one}/drop"') == 2
    first, second = [n["note"] for n in sorted(shown(site, 1)["noted"], key=lambda n: -n["question"])]
    assert "Ms Chen" in ann.get(f"{one}?change={first}").text.split('id="text"')[1].split("</textarea>")[0]
    act(bob, f"{one}/change", 403, id=str(first), text="x")
    act(ann, f"{one}/change", id=str(first), text=html.unescape(HOSTILE) + " again")
    assert "worded otherwise before" in ann.get(one).text
    # Themes
    assert form_back(act(ann, f"{AT}/themes", 422, id="Bad Name", en="", zh="甲").text) == ["id", "en"]
    act(ann, f"{AT}/themes", id="slow", en="Slow <i>", zh="很慢", about="It takes long")
    act(ann, f"{AT}/themes", id="odd", en="Odd", zh="怪")
    act(bob, f"{one}/themes", id=str(first), theme=["slow", "odd"])
    act(bob, f"{one}/themes", id=str(second), theme="slow")
    act(bob, f"{one}/themes", 422, id=str(second), theme="none")
    act(ann, f"{AT}/themes/odd", 409)
    act(bob, f"{one}/themes", id=str(first), theme="slow")
    act(ann, f"{AT}/themes/odd")
    theme = ann.get(f"{AT}/themes/slow")
    assert "Interviews 1 Notes 2" in plain(theme.text) and "What should be better?" in theme.text and "<i>" not in theme.text.split("<main")[1].split('class="i')[0]
    # Quotes
    back = act(ann, f"{one}/quote", 422, id=str(first), words="It is fast")
    assert form_back(back.text) == ["words"] and "It is fast</textarea>" in back.text
    act(ann, f"{one}/quote", 404, id="999", words="x")
    act(ann, f"{one}/quote", id=str(first), words="[…] says: 很慢 […]")
    number = site.json("survey", "quotes", "s")[0]["quote"]
    assert 'value="approve"' not in ann.get(f"{AT}/interviews").text and 'value="approve"' in bob.get(f"{AT}/interviews").text
    act(ann, f"{AT}/quotes/{number}", 403, act="approve", of="interviews")
    assert act(bob, f"{AT}/quotes/{number}", act="approve", of="interviews").headers["Location"].endswith("/interviews?done=words-quoted")
    closed(site, tmp_path)
    assert "[…] says: 很慢 […]</blockquote>" in cid.get(f"{AT}/report").text
    site.run("survey", "publish", "s")
    public = site.get("/surveys/s").text
    assert "[…] says: 很慢 […]</blockquote><figcaption" in public and "Ms Chen, &lt;b&gt;Cedar&lt;/b&gt;</figcaption>" in public and "I-1" not in public
    # What was agreed is taken back at the link, also from the public report: first the name, then the quote.
    assert "nothing can be added" in site.get(path).text
    say(site, path, talk="yes", quote="yes", named="no")
    assert "Ms Chen" not in site.get("/surveys/s").text and "registrar" not in site.get("/surveys/s").text and "says: 很慢" in site.get("/surveys/s").text
    assert say(site, path, 409, talk="yes", quote="yes", named="yes").text.count("nothing can be added") == 1
    say(site, path, talk="yes", quote="no")
    assert "blockquote" not in site.get("/surveys/s").text


def test_who_may_not_on_pages(people, begun):
    site = begun
    ann, cid = people["ann"], people["cid"]
    act(cid, f"{AT}/interviews", name="Ms Chen", email="chen@example.tw", kind="registrar", organisation="Cedar")
    one = f"{AT}/interviews/1"
    for n in ("ann", "adam", "aud", "dpo"):
        assert people[n].get(f"{one}/person").status == 403
        act(people[n], f"{one}/consent", 403, talk="yes", how="x")
    for n in ("adam", "aud", "dpo"):
        for path in ("note", "change", "drop", "themes", "quote"):
            act(people[n], f"{one}/{path}", 403, id="1", text="x", question="1", words="x")
        assert people[n].get(one).status == people[n].get(f"{AT}/interviews").status == 403
    assert ann.get(f"{AT}/interviews/2").status == ann.get(f"{AT}/interviews/x").status == ann.get(f"{AT}/themes/none").status == 404
    act(ann, f"{one}/odd", 404)
    assert f"{one}/person" not in ann.get(one).text and f"{one}/person" in cid.get(one).text
    who = cid.get(f"{one}/person").text
    assert "Ms Chen" in who and "chen@example.tw" in who and "/interview/" in who
    assert [(v["page"], v["about"]) for v in site.json("privacy", "views")] == [("interview", "interview:s/I-1")]
    # Consent on paper
    assert form_back(act(cid, f"{one}/consent", 422, talk="yes", how="").text) == ["how"]
    act(cid, f"{one}/consent", talk="yes", how="on <b>paper</b>")
    assert shown(site, 1)["state"] == "agreed" and "on &lt;b&gt;paper" in cid.get(one).text
    act(ann, f"{one}/note", question="1", text="words")
    act(ann, f"{one}/quote", 409, id=str(shown(site, 1)["noted"][0]["note"]), words="words")
    act(cid, f"{one}/consent", how="by telephone")
    assert shown(site, 1)["state"] == "withdrawn" and cid.get(f"{one}/person").status == 404


def test_small_kinds_are_not_named(begun, tmp_path):
    site = begun
    for i in range(4):
        plan(site, f"p{i}@example.tw", "registrar" if i < 3 else "isp", "--no-letter")
        consent(site, i + 1, talk="yes", quote="yes")
        note = noted(site, i + 1, f"words number {i}")
        quote = site.json("survey", "quote", "s", "--note", note, "--text", f"words number {i}", "--as", "ann")["quote"]
        site.run("survey", "quote", "s", "--approve", quote, "--as", "bob")
    closed(site, tmp_path)
    site.run("survey", "publish", "s")
    site.serve()
    text = plain(site.get("/surveys/s").text)
    assert text.count("a registrar") == 3 and "provider" not in text and "words number 3" in text
    site.run("survey", "interview", "withdraw", "s", "I-2", "--how", "by telephone")
    text = plain(site.get("/surveys/s").text)
    assert "a registrar" not in text and "words number 0" in text and "words number 1" not in text


@pytest.mark.one_store
def test_a_letter_that_is_refused_leaves_a_task(begun, tmp_path):
    """Which names the interview, never the address."""
    from test_smtp import Relay
    relay = Relay(tmp_path)
    relay.says["gone@example.tw"] = "550 5.1.1 no such mailbox gone@example.tw"
    relay.start(tls=False)
    try:
        begun.serve(mail_url=relay.url())
        plan(begun, "gone@example.tw")
        plan(begun, "here@example.tw")
        begun.until(lambda: relay.to("here@example.tw"), "the other's letter")
    finally:
        relay.stop()
    assert [i["letter_refused"] for i in begun.json("survey", "interview", "list", "s")] == [True, False]
    tasks = plain(staff(begun, "olga", "officer").get("/staff/tasks").text)
    assert "interview I-1: the invitation was refused" in tasks and "gone@" not in tasks
    # What was taken and came back later is the same.
    [came] = relay.to("here@example.tw")
    assert begun.json("mailin", input=returned(came, "here@example.tw"))["fate"] == "bounced"
    assert [i["letter_refused"] for i in begun.json("survey", "interview", "list", "s")] == [True, True]


@pytest.mark.one_store
def test_without_script_on_a_phone(begun, make_browser):
    from selenium.webdriver.common.by import By
    site = begun.serve()
    for i, (lang, kept) in enumerate((("en", "What you decided is kept."), ("zh-TW", "您的決定已保存。"))):
        path = asked(site, f"p{i}@example.tw", lang=lang)
        browser = make_browser(lang, 500, 844, arguments=["--blink-settings=scriptEnabled=false"])
        browser.get(path)
        for name, value in YES.items():
            browser.find_element(By.CSS_SELECTOR, f"input[name={name}][value={value}]").click()
        browser.find_element(By.CSS_SELECTOR, "form button.btn--main").click()
        site.until(lambda: kept in browser.page_source, "what was decided")
        assert shown(site, i + 1)["state"] == "agreed"


@pytest.mark.one_store
def test_the_pages_shut_nobody_out(people, begun, make_browser, axe, tmp_path):
    site = begun
    ann, bob, cid = (people[n] for n in ("ann", "bob", "cid"))
    links = [asked(site, f"p{i}@example.tw", "registrar" if i < 3 else "isp") for i in range(5)]
    say(site, links[0], talk="yes", quote="yes", named="yes")
    say(site, links[1], **YES)
    say(site, links[2], talk="no")
    one = f"{AT}/interviews/1"
    act(ann, f"{one}/note", question="2", text="It takes two weeks. Ms Lin of Cedar Names helps, yet nobody answers the telephone.\n" + "a-long-word-without-an-end" * 12)
    act(bob, f"{one}/note", question="0", text="政府機關的流程比較久，尤其是五月。")
    act(ann, f"{AT}/themes", id="slow", en="It takes too long", zh="太慢了", about="Waiting for an answer, or for a name to be there")
    act(ann, f"{AT}/themes", id="people", en="Helpful people", zh="人很親切")
    notes = {n["question"]: n["note"] for n in shown(site, 1)["noted"]}
    act(ann, f"{one}/themes", id=str(notes[2]), theme=["slow", "people"])
    act(ann, f"{one}/quote", id=str(notes[2]), words="It takes two weeks. […] nobody answers the telephone. […]")
    act(ann, f"{one}/quote", id=str(notes[0]), words="[…] 尤其是五月。")
    assert [q["quote"] for q in site.json("survey", "quotes", "s")]
    act(bob, f"{AT}/quotes/{site.json('survey', 'quotes', 's')[0]['quote']}", act="approve", of="interviews")
    act(cid, f"{AT}/guide", text=GUIDE + "Anything else? | 其他？")
    closed(site, tmp_path)

    def look(person, *paths):
        return walk(make_browser, axe, site, person, *paths)
    found = look(Person(site), links[0], links[2] + "?done=1", links[3], links[4] + "/stop")
    found += look(bob, f"{AT}/interviews", f"{one}?quote={notes[2]}", f"{one}?change={notes[0]}", f"{AT}/themes/slow", f"{AT}/themes/people", f"{AT}/guide")
    found += look(cid, f"{AT}/interviews/4", f"{one}/person", f"{AT}/guide?from=1&to=2", f"{AT}/report", f"{AT}")
    assert not found, "\n".join(found)
