"""Every role of staff before every address of staff, from the outside: what the table of permissions says is what happens.

The addresses are read from the route table, so that a new one without a row here fails. Which permission each needs is written
down here a second time; who has it comes from `nicert user roles`, whose table has a unit test of its own.
"""
import json
import re

import pytest
from conftest import ROOT
from test_kit import Person, accept_invite, fields, plain, sign_in, staff

ROLES = ("handler", "lead", "officer", "legal", "dpo", "director", "auditor", "admin")
ANY = None  # whoever is signed in
CASE_ACTS = {"approve": "approve-notice", "cancel": "approve-notice", "escalate": "approve-notice", "digest-now": "approve-notice", "write": "write-party",
             "reporters": "write-party", "note": "add-note", "answer": "write-party", "opinion": "give-opinion", "close": "close-case", "reopen": "close-case", "task": "do-task",
             "hold": "approve-notice", "resume": "approve-notice", "skip": "approve-notice", "forward": "approve-notice", "label": "label-case",
             "verify": "close-case",
             "merge": "merge-case", "unmerge": "merge-case", "split": "merge-case", "link": "merge-case", "unlink": "merge-case"}
NEEDS = {
    ("GET", "/staff"): "see-queue", ("GET", "/staff/case/*"): "see-case", ("GET", "/staff/file/*"): "see-file",
    ("GET", "/staff/tasks"): "see-queue", ("GET", "/staff/health"): "see-health", ("GET", "/staff/figures"): "see-figures", ("GET", "/staff/figures.csv"): "see-figures", ("GET", "/staff/figures.json"): "see-figures",
    ("GET", "/staff/account"): ANY, ("GET", "/staff/views"): "see-views",
    ("POST", "/staff/account/end"): ANY, ("POST", "/staff/sign-out"): ANY, ("POST", "/staff/case/*/*"): CASE_ACTS,
    ("POST", "/staff/case/*/sort"): "sort-case", ("POST", "/staff/bulk"): "sort-case",
    ("POST", "/staff/bulk/approve"): "approve-notice", ("POST", "/staff/bulk/close"): "close-case",
    ("POST", "/staff/saved"): "sort-case", ("POST", "/staff/saved/drop"): "sort-case",
    ("GET", "/staff/zones"): "see-registry", ("GET", "/staff/zones/*"): "see-registry", ("GET", "/staff/zones/*/diff"): "see-registry",
    ("GET", "/staff/zones/*/plan"): "set-policy", ("POST", "/staff/zones/*/plan"): "set-policy",
    ("POST", "/staff/zones/*/withdraw"): "set-policy", ("GET", "/staff/zones/*/idn"): "see-registry", ("GET", "/staff/why"): "see-registry",
    ("GET", "/staff/lifecycle"): "see-registry", ("GET", "/staff/lifecycle.csv"): "see-registry",
    ("GET", "/staff/registrars"): "see-registry", ("GET", "/staff/reviews"): "see-review", ("GET", "/staff/reviews/*/*"): "see-review",
    ("GET", "/staff/reviews/*/*/paper/*"): "see-review", ("POST", "/staff/reviews/*/*/paper"): "review-registrant",
    ("POST", "/staff/reviews/*/*/decide"): "review-registrant",
    ("GET", "/staff/case/*/share"): "share", ("POST", "/staff/case/*/share"): "share",
    ("GET", "/staff/partner"): "set-partner", ("POST", "/staff/partner"): "set-partner", ("GET", "/staff/ladders"): "see-queue",
    ("GET", "/staff/ladder"): "see-queue", ("POST", "/staff/ladder"): "set-ladder", ("POST", "/staff/referral"): "set-ladder",
    ("GET", "/staff/bases"): "see-queue", ("POST", "/staff/basis"): "set-ladder",
    ("POST", "/staff/partners/*/programs"): "set-partner", ("POST", "/staff/partners/*/programs/end"): "set-partner",
    ("GET", "/staff/partners"): "see-partners", ("GET", "/staff/partners/*"): "see-partners", ("GET", "/staff/shares"): "see-partners",
    ("GET", "/staff/shares.csv"): "see-partners", ("GET", "/staff/shares.json"): "see-partners",
    ("GET", "/staff/templates"): "see-case", ("GET", "/staff/templates/*/*"): "see-case", ("POST", "/staff/templates/*/*"): "set-template",
    ("POST", "/staff/templates/*/*/restore"): "set-template", ("GET", "/staff/templates/*/*/diff"): "see-case",
    ("GET", "/staff/proposals"): "see-case", ("GET", "/staff/propose/*"): "propose", ("POST", "/staff/propose/*"): "propose",
    ("GET", "/staff/surveys"): "see-survey", ("GET", "/staff/surveys/*"): "see-survey", ("GET", "/staff/surveys/*/report"): "see-survey",
    **{(m, "/staff/surveys/questionnaires" + rest): "run-survey" for m in ("GET", "POST")
       for rest in ("", "/*", "/*/text", "/*/question/*", "/*/preview", "/*/preview/*")},
    ("POST", "/staff/surveys/questionnaires/*/study"): "run-survey",
    ("GET", "/staff/surveys/*/words"): "code-answers", ("GET", "/staff/surveys/*/words/*"): "code-answers",
    ("POST", "/staff/surveys/*/quotes/*"): "code-answers",
    ("GET", "/staff/surveys/*/interviews"): "code-answers", ("POST", "/staff/surveys/*/interviews"): "run-survey",
    ("GET", "/staff/surveys/*/interviews/*"): "code-answers", ("GET", "/staff/surveys/*/interviews/*/person"): "run-survey", ("POST", "/staff/surveys/*/interviews/*/person"): "run-survey",
    ("GET", "/staff/surveys/*/guide"): "see-survey", ("POST", "/staff/surveys/*/guide"): "run-survey",
    ("POST", "/staff/surveys/*/themes"): "code-answers", ("GET", "/staff/surveys/*/themes/*"): "code-answers",
    ("POST", "/staff/surveys/*/themes/*"): "code-answers",
    ("GET", "/staff/surveys/*/cross"): "see-survey", ("GET", "/staff/surveys/*/past"): "see-survey",
    ("POST", "/staff/surveys/*/past"): "run-survey", ("POST", "/staff/surveys/*/past/remove"): "run-survey",
    **{(m, f"/staff/surveys/*/{form}"): "run-survey" for m in ("GET", "POST") for form in ("list", "exclude")},
    ("GET", "/staff/surveys/*/figures.csv"): "see-survey", ("GET", "/staff/surveys/*/figures.xlsx"): "see-survey",
}
# What may be done there depends on what is there: tested where such a thing is made.
BY_THING = {("POST", "/staff/proposals/*/*"): "test_proposal.py", ("POST", "/staff/surveys/*/*"): "test_survey_report.py",
            ("POST", "/staff/surveys/*/words/*/*"): "test_survey_words.py",
            ("POST", "/staff/surveys/*/interviews/*/*"): "test_interview.py"}
# What fills the stars, in order. A thing that is not there is 404 to whoever may look for it, 403 to the others.
STARS = {"/staff/file/*": ["0" * 64], "/staff/zones": ["test"], "/staff/partners": ["nobody"], "/staff/surveys/questionnaires": ["none", "1"], "/staff/surveys": ["none", "none"], "/staff/templates": ["notice", "en"], "/staff/reviews": ["CON-9", "com.test", "0" * 64]}
# Without a queue the first page is another one.
ELSEWHERE = {("GET", "/staff")}


def routes():
    """(method, pattern) of every address that asks for a member of staff."""
    text = (ROOT / "src/front/web/routes.c").read_text()
    found = re.findall(r'\{\s*"(GET|POST)",\s*"([^"]+)",\s*\w+,\s*([^,]+),', text)
    return [(m, p) for m, p, flags in found if "HTTP_STAFF" in flags]


@pytest.fixture
def office(make_site):
    site = make_site(**{"form.min_fill": 0, "test.clock": "on"})
    rules = site.dir / "test.policy"
    rules.write_text("terms 1-10\ngeneral open\nexpiry suspend\n")
    site.run("zone", "add", "test", "--policy", rules)
    return site.serve()


def filled(pattern, case):
    stars = [case] if "/case/" in pattern or "/propose/" in pattern else next((v for k, v in STARS.items() if pattern.startswith(k)), [])
    for star in stars:
        pattern = pattern.replace("*", star, 1)
    assert "*" not in pattern, f"what fills {pattern}?"
    return pattern


def allowed(answer):
    return answer.status != 403 and "/staff/sign-in" not in answer.headers.get("Location", "")


def tries(case):
    """(method, path, permission) of everything."""
    for method, pattern in routes():
        if where := BY_THING.get((method, pattern)):
            assert re.search(r"\b403\b", (ROOT / "tests/system" / where).read_text()), f"{where} refuses nobody"
            continue
        assert (method, pattern) in NEEDS, f"{method} {pattern}: which permission does it need?"
        need = NEEDS[method, pattern]
        if pattern == "/staff/sign-out":
            continue
        if isinstance(need, dict):
            for act, permission in need.items():
                yield method, f"/staff/case/{case}/{act}", permission
        else:
            yield method, filled(pattern, case), need


def test_every_role_before_every_address(office):
    case = office.json("report", "--observable", "http://one.test/login", "--class", "phishing", "--text", "look")["case"]
    may = {r["role"]: set(r["may"]) for r in json.loads(office.run("user", "roles", "--json").stdout)}
    assert tuple(may) == ROLES
    wrong = []
    for role in ROLES:
        person = staff(office, f"its-{role}", role)
        csrf = fields(person.get("/staff/account").text)["csrf"]
        for method, path, need in tries(case):
            if method == "GET":
                answer = person.get(path)
            else:
                answer = person.post(path, {"csrf": csrf, "id": "999999", "text": "x", "reason": "none", "session": "no"})
            expected = need is ANY or need in may[role]
            if (method, path) in ELSEWHERE and not expected:
                assert answer.status == 303 and person.get(answer.headers["Location"]).status == 200, (role, answer)
            elif allowed(answer) != expected:
                wrong.append(f"{role}: {method} {path} needs {need}: {answer.status}")
            if method == "POST" and role == "auditor" and need is not ANY and answer.status != 403:
                wrong.append(f"an auditor changed something: {path}: {answer.status}")
    assert not wrong, "\n".join(wrong)


COMMANDS = {("case", "list"): "see-queue", ("case", "show", "CASE"): "see-case", ("case", "approve", "CASE"): "approve-notice",
            ("case", "close", "CASE", "--reason", "fixed"): "close-case"}


def test_commands_in_somebodys_name(office):
    may = {r["role"]: set(r["may"]) for r in json.loads(office.run("user", "roles", "--json").stdout)}
    for role in ROLES:
        office.run("user", "add", f"its-{role}", "--role", role)
        case = office.json("report", "--observable", f"http://{role}.test/", "--class", "phishing")["case"]
        for words, need in COMMANDS.items():
            done = office.run(*[case if w == "CASE" else w for w in words], "--as", f"its-{role}", check=False)
            assert (done.returncode == 0) == (need in may[role]), (role, words, done.stderr)
            assert done.returncode == 0 or need in done.stderr


def test_no_buttons_that_would_be_refused(office):
    case = office.json("report", "--observable", "http://one.test/login", "--class", "phishing")["case"]
    for role in ("auditor", "legal"):
        person = staff(office, f"its-{role}", role)
        page = person.get(f"/staff/case/{case}").text
        acts = set(re.findall(r'action="/staff/case/[^/"]+/(\w+)"', page))
        assert acts <= ({"note", "opinion", "task"} if role == "legal" else set()), (role, acts)
        assert ('id="note"' in page) == (role == "legal")
        assert not re.search(r'action="/staff/case/', person.get("/staff/tasks").text) or role == "legal"


# ── accounts ──

@pytest.mark.one_store
def test_roles_by_command(office):
    made = office.json("user", "add", "ann", "--role", "registry-officer", "--role", "admin")
    assert office.json("user", "show", "ann")["roles"] == "officer admin"
    ann = Person(office)
    sign_in(ann, "ann", accept_invite(ann, made["link"]))
    # The first person of the installation has not come yet: ann is the only administrator who can sign in.
    for words in (("role", "ann", "handler"), ("disable", "ann")):
        done = office.run("user", *words, check=False)
        assert done.returncode == 1 and "only administrator" in done.stderr, words
    assert ann.get("/staff/health").status == 200
    for words, why in ((("role", "ann", "boss"), "expected one or several of handler"), (("role", "ann", "auditor", "admin"), "no other role"),
                       (("role", "nobody", "lead"), "no account nobody"), (("add", "ben", "--role", "system"), "system")):
        done = office.run("user", *words, check=False)
        assert done.returncode in (1, 2) and why in done.stderr, (words, done.stderr)
    # A change ends the session at once.
    assert office.json("user", "role", "ann", "lead", "admin")["roles"] == "lead admin"
    assert "/staff/sign-in" in ann.get("/staff").headers["Location"]
    assert {r["login"]: r["roles"] for r in office.json("user", "list")}["ann"] == "lead admin"
    page = office.run("user", "roles").stdout
    assert "see-personal-case" in page and "console-read" not in page


def test_sessions(office):
    adam = staff(office, "adam", "admin")
    made = office.json("user", "add", "hana", "--role", "handler")
    hana = Person(office)
    secret = accept_invite(hana, made["link"])
    sign_in(hana, "hana", secret)
    listed = office.json("user", "sessions", "hana")
    assert len(listed) == 1 and listed[0]["address"] == "127.0.0.1" and listed[0]["browser"] == "Python"
    mine = plain(hana.get("/staff/account").text)
    assert "127.0.0.1" in mine and "This one" in mine and "Other people" not in mine
    # An administrator sees and ends it; hana can't do that to adam.
    theirs = adam.get("/staff/account").text
    assert "hana" in theirs
    whose = re.search(r'name="account" value="(\d+)"[^>]*><input[^>]*name="session" value="([0-9a-f]{16})"', theirs)
    csrf = fields(hana.get("/staff/account").text)["csrf"]
    adams = office.json("user", "sessions", "adam")[0]["session"]
    assert hana.post("/staff/account/end", {"csrf": csrf, "account": "1", "session": adams}).status == 403
    assert hana.post("/staff/account/end", {"csrf": csrf, "session": adams}).status == 404
    assert hana.post("/staff/account/end", {"csrf": "no", "session": adams}).status == 403
    csrf = fields(theirs)["csrf"]
    assert adam.post("/staff/account/end", {"csrf": csrf, "account": whose.group(1), "session": whose.group(2)}).status == 303
    assert "/staff/sign-in" in hana.get("/staff").headers["Location"]
    assert office.json("user", "sessions", "hana") == []
    # Everywhere, by command and by oneself.
    assert office.json("user", "sign-out", "adam")["ended"] == 1
    assert "/staff/sign-in" in adam.get("/staff/account").headers["Location"]
    assert office.json("user", "sign-out", "adam")["ended"] == 0
    office.advance("2m")  # each code works once
    sign_in(hana, "hana", secret)
    csrf = fields(hana.get("/staff/account").text)["csrf"]
    assert hana.post("/staff/account/end", {"csrf": csrf}).status == 303
    assert office.json("user", "sessions") == []


# ── who looked ──

def test_who_looked_at_personal_data(make_site):
    site = make_site(**{"form.min_fill": 0, "test.clock": "on"}).serve()
    one = site.json("report", "--observable", "http://one-shop.com.tw/login", "--class", "phishing", "--email", "ann@citizen.example")["case"]
    site.json("report", "--observable", "http://two-shop.com.tw/login", "--class", "phishing", "--email", "bob@citizen.example")
    hana, dora = staff(site, "hana", "handler"), staff(site, "dora", "dpo")
    for _ in range(3):
        assert hana.get(f"/staff/case/{one}").status == 200
    seen = site.json("privacy", "views")
    assert [(v["who"], v["page"], v["about"], v["people"]) for v in seen] == [("hana", "case", one, 1)]
    assert site.json("privacy", "views", "--of", "ann@citizen.example") == seen == site.json("privacy", "views", "--by", "hana")
    assert site.json("privacy", "views", "--of", "bob@citizen.example") == [] == site.json("privacy", "views", "--by", "dora")
    # Somebody joins the case, and later: each time a fact of its own.
    site.json("report", "--observable", "http://one-shop.com.tw/login", "--class", "phishing", "--email", "bob@citizen.example")
    site.until(lambda: "bob@citizen.example" in hana.get(f"/staff/case/{one}").text, "the page to have the second report")
    assert len(site.json("privacy", "views", "--of", "bob@citizen.example")) == 1
    site.advance("11m")
    hana.get(f"/staff/case/{one}")
    assert len(site.json("privacy", "views", "--by", "hana")) == 3
    # The shell is somebody too, and an export.
    site.run("case", "show", one)
    site.run("privacy", "export", "ann@citizen.example")
    of_ann = site.json("privacy", "views", "--of", "ann@citizen.example")
    assert [(v["who"], v["page"]) for v in of_ann[:2]] == [("cli", "export"), ("cli", "case")]
    exported = site.json("privacy", "export", "ann@citizen.example")
    assert len(exported["viewed"]) == 5 and "hana" not in str(exported["viewed"])
    # The page, for the data-protection officer; a handler does not read it.
    assert hana.get("/staff/views").status == 403
    page = plain(dora.get("/staff/views?of=ann@citizen.example").text)
    assert "hana" in page and one in page
    assert "Nobody looked" in plain(dora.get("/staff/views?by=dora").text)
    assert "Nobody is known by that" in plain(dora.get("/staff/views?of=nobody@citizen.example").text)
    for words in (("--of", "nobody@citizen.example"), ("--by", "nobody"), ("--max", "0")):
        assert site.run("privacy", "views", *words, check=False).returncode in (1, 2)
    # What is refused was not seen.
    site.run("report", "--observable", "http://three-shop.com.tw/", "--class", "personal-data", "--email", "cat@citizen.example")
    number = site.until(lambda: site.json("case", "list", "--search", "three-shop.com.tw"), "the words to be found")[0]["case"]
    assert hana.get(f"/staff/case/{number}").status == 403
    assert site.json("privacy", "views", "--of", "cat@citizen.example") == []
    assert dora.get(f"/staff/case/{number}").status == 200
    assert site.json("privacy", "views", "--of", "cat@citizen.example")[0]["who"] == "dora"
