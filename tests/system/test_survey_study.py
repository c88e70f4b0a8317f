"""A whole study by commands: a questionnaire, groups, a sample, the field, answers, cleaning, figures. The counts of a study
published in 2020 come out exactly, on both stores."""
import csv
import hashlib
import random
import re
import subprocess
from pathlib import Path

import pytest
from test_epp import SECRET, Client, command, create_contact, create_domain, info, on
from test_kit import Person, letter, link, plain, staff

CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus" / "questionnaire" / "services"
# invited, opened, filled, cleaned; shares opened and complete
GROUPS = {"registrants": (59244, 17104, 2747, 1534, 28.9, 2.6), "members": (1534, 600, 146, 91, 39.1, 5.9),
          "partners": (316, 163, 79, 57, 51.6, 18.0), "readers": (4312, 2078, 731, 566, 48.2, 13.1)}
SERVICES = [(732, 1005, 72.8), (500, 622, 80.4), (233, 323, 72.1), (172, 248, 69.4), (167, 227, 73.6), (94, 130, 72.3),
            (81, 103, 78.6), (22, 31, 71.0)]
HEADER = ["group", "state", "seconds", *(f"services.s{i}" for i in range(8)), "overall"]
SEGMENTS = {"alliance": (18, 22, 81.8), "government": (15, 17, 88.2), "abroad": (4, 7, 57.1)}
OVERALL = {"registrants": 1100, "members": 70, "readers": 424}


def words(indent, en, zh):
    return f"{indent}en {en}\n{indent}zh-TW {zh}\n"


def questionnaire(name="services", overall="Are you satisfied with us?"):
    text = f"questionnaire {name}\n" + words("  ", "Our services", "我們的服務") + "consent\n" + words("  ", "Of your own will.", "自願填答。")
    text += "\nsection all\n" + words("  ", "Services", "服務") + "\nquestion services grid\n" + words("  ", "How satisfied are you?", "您滿意嗎？")
    text += "  low\n" + words("    ", "Not at all", "非常不滿意") + "  high\n" + words("    ", "Very", "非常滿意")
    text += "  unknown\n" + words("    ", "I don't use it", "未使用")
    for i in range(8):
        text += f"  row s{i}\n" + words("    ", f"Service {i}", f"服務{i}")
    text += "\nquestion overall single\n" + words("  ", overall, "整體而言您滿意嗎？")
    return text + "  option yes\n" + words("    ", "Yes", "滿意") + "  option no\n" + words("    ", "No", "不滿意")


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
    return path


def golden_answers():
    """{group: [row]}: kept ones first (group, state, seconds, eight services, overall), then those to be cleaned away, then
    those who only looked. The last column is the segment."""
    kept = [{"group": g, "services": [""] * 8, "overall": "no", "segment": ""} for g, n in GROUPS.items() for _ in range(n[3])]
    at = 0
    for service, (satisfied, users, _) in enumerate(SERVICES):
        for i in range(users):
            kept[at % len(kept)]["services"][service] = (4 + i % 2) if i < satisfied else 1 + i % 3
            at += 1
    for row in kept:
        row["services"] = [s or "unknown" for s in row["services"]]
    rows = {g: [r for r in kept if r["group"] == g] for g in GROUPS}
    for g, n in OVERALL.items():
        for row in rows[g][:n]:
            row["overall"] = "yes"
    at = 0
    for name, (satisfied, n, _) in SEGMENTS.items():
        for row in rows["partners"][at:at + satisfied]:
            row["overall"] = "yes"
        for row in rows["partners"][at:at + n]:
            row["segment"] = name
        at += n
    out = {}
    for g, (_, opened, filled, cleaned, *_) in GROUPS.items():
        out[g] = [[g, "filled", 300, *r["services"], r["overall"], r["segment"]] for r in rows[g]]
        for i in range(filled - cleaned):
            out[g].append([[g, "filled", 30, *["4"] * 4, *["unknown"] * 4, "yes", ""],      # a speeder
                           [g, "filled", 300, *["3"] * 8, "no", ""],                       # a straight line
                           [g, "filled", 300, "5", *[""] * 7, "", ""]][i % 3])               # mostly empty
        out[g] += [[g, "opened", "", *[""] * 10]] * (opened - filled)
    return out


@pytest.fixture
def study(site, tmp_path):
    """make(name, lists, answers): a study of the questionnaire, run to its end, or with answers None to its opening. `more`:
    columns at the end of the answers."""
    def make(name, lists, answers, text=questionnaire(), more=()):
        (tmp_path / "q.txt").write_text(text, encoding="utf-8")
        site.run("survey", "import", tmp_path / "q.txt")
        site.run("survey", "new", name, "services")
        for group, people in lists.items():
            site.run("survey", "group", name, group, "--list", write(tmp_path / f"{group}.csv", ["email", "lang", "segment"], people))
        site.run("survey", "draw", name, "--seed", "7")
        site.run("survey", "open", name, "--until", "30d")
        if answers is None:
            return
        site.run("survey", "collect", name, write(tmp_path / "answers.csv", [*HEADER, *more], answers))
        site.run("survey", "close", name)
    return make


def figures(site, name, segment=None, *more):
    answer = site.json("survey", "report", name, *(["--segment", segment] if segment else []), *more)
    return {(f["item"], f["what"]): f for f in answer["figures"]}, answer


def test_a_published_study_is_rebuilt(site, study):
    lists = {}
    for g, n in GROUPS.items():
        lists[g] = [(f"{g}{i:06}@example.tw", "zh-TW" if i % 2 else "en", "") for i in range(n[0])]
    at = 0
    for name, (_, n, _) in SEGMENTS.items():
        for i in range(at, at + n):
            lists["partners"][i] = (*lists["partners"][i][:2], name)
        at += n
    answers = golden_answers()
    study("year-2020", lists, [row for g in GROUPS for row in answers[g]], more=["segment"])
    taken = site.json("survey", "clean", "year-2020")
    assert sum(taken.values()) == sum(n[2] - n[3] for n in GROUPS.values()) and min(taken["speeder"], taken["straight-line"], taken["partial"]) > 0
    funnel = {f["group"]: f for f in site.json("survey", "funnel", "year-2020")}
    for g, (invited, opened, filled, cleaned, looked, complete) in GROUPS.items():
        assert [funnel[g][k] for k in ("invited", "opened", "filled", "cleaned")] == [invited, opened, filled, cleaned]
        assert (funnel[g]["opened_share"], funnel[g]["completion"]) == (looked, complete)

    got, _ = figures(site, "year-2020")
    for i, (satisfied, users, share) in enumerate(SERVICES):
        top = got[f"services.s{i}", "top-2"]
        assert (top["n"], top["base"], top["figure"]) == (satisfied, users, share)
    assert got["services", "unweighted-mean"]["figure"] == 73.8 and got["services", "weighted-mean"]["figure"] == 74.4
    for name, (n, base, share) in SEGMENTS.items():
        yes = figures(site, "year-2020", name)[0]["overall", "yes"]
        assert (yes["n"], yes["base"], yes["figure"], yes["mark"]) == (n, base, share, "small")

    site.run("survey", "past", "year-2020", "overall", "--segment", "readers", "--percent", "74.3", "--label", "2019")
    change = figures(site, "year-2020", "readers")[1]["changes"][0]
    assert (change["before"], change["now"], change["points"]) == ("74.3", "74.9", "+0.6") and "rounded" in change["note"]
    site.run("survey", "past", "year-2020", "overall", "--segment", "readers", "--counts", "408/549", "--label", "2019")
    change = figures(site, "year-2020", "readers")[1]["changes"][0]
    assert (change["before"], change["points"], change["note"]) == ("74.3", "+0.6", "")

    # What was published is in the journal; after that nothing changes any more. Whoever has the file can check it.
    digest = site.json("survey", "publish", "year-2020")["digest"]
    assert digest == hashlib.sha256(site.run("survey", "report", "year-2020", "--csv").stdout.encode()).hexdigest()
    assert site.json("survey", "studies")[0]["digest"] == digest
    for refused in (("clean", "year-2020"), ("clean", "year-2020", "--undo", "speeder"), ("publish", "year-2020"),
                    ("past", "year-2020", "overall", "--percent", "1.0")):
        assert "published" in site.run("survey", *refused, check=False).stderr
    site.run("journal", "verify")
    site.serve()
    for lang in ("en", "zh-TW"):
        read = {"/surveys/year-2020": Person(site, lang), "/staff/surveys/year-2020": staff(site, f"olga-{lang.lower()}", "officer", lang=lang)}
        for path, figures_there in (("/surveys/year-2020", ("73.8", "74.4")), ("/staff/surveys/year-2020", ("28.9", "2.6"))):
            text = plain(read[path].get(path).text)
            for figure in figures_there:
                assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", text), (lang, path, figure)


SMALL = {"a": [(f"a{i}@example.tw", "en", "north" if i < 3 else "") for i in range(40)], "b": [(f"b{i}@example.tw", "en", "") for i in range(12)]}


def small_answers(yes):
    return [["a", "filled", 300, *[str(1 + (i + k) % 5) for k in range(8)], "yes" if i < yes else "no"] for i in range(35)]


def test_few_are_hidden_and_cleaning_is_undone(site, study):
    study("s", SMALL, small_answers(20) + [["b", "filled", 5, *["4"] * 8, "yes"]] * 2)
    before = figures(site, "s")[0]["overall", "yes"]
    assert (before["n"], before["base"], before["mark"]) == (22, 37, "enough")
    assert site.json("survey", "clean", "s") == {"speeder": 2, "straight-line": 0, "duplicate": 0, "partial": 0}
    assert figures(site, "s")[0]["overall", "yes"]["base"] == 35
    assert site.json("survey", "clean", "s")["speeder"] == 0  # once
    assert site.json("survey", "clean", "s", "--undo", "speeder") == {"put_back": 2}
    assert figures(site, "s")[0]["overall", "yes"] == before
    assert "nothing was taken out" in site.run("survey", "clean", "s", "--undo", "speeder", check=False).stderr
    # Two answers of group b, three of the segment: neither count nor share is told.
    for few in ("b", "north"):
        hidden = figures(site, "s", few)[0]["overall", "yes"]
        assert (hidden["n"], hidden["base"], hidden["figure"], hidden["mark"]) == (None, None, None, "hidden")
        assert ",,,hidden" in site.run("survey", "report", "s", "--segment", few, "--csv").stdout
    assert "no group or segment" in site.run("survey", "report", "s", "--segment", "south", check=False).stderr


def test_years_are_compared_only_when_they_can_be(site, study, tmp_path):
    study("first", SMALL, small_answers(20))
    study("second", SMALL, small_answers(27))
    changes = {c["item"]: c for c in figures(site, "second", None, "--against", "first")[1]["changes"]}
    assert (changes["overall"]["before"], changes["overall"]["now"], changes["overall"]["points"]) == ("57.1", "77.1", "+20.0")
    study("third", SMALL, small_answers(27), questionnaire(overall="Are you happy with us?"))
    changes = {c["item"]: c for c in figures(site, "third", None, "--against", "first")[1]["changes"]}
    assert "worded otherwise" in changes["overall"]["note"] and changes["overall"]["points"] == "-"
    assert changes["services.s0"]["points"] == "0.0"
    study("fourth", dict(SMALL, b=SMALL["b"][:5]), small_answers(27), questionnaire(overall="Are you happy with us?"))
    changes = figures(site, "fourth", None, "--against", "third")[1]["changes"]
    assert changes and all("frame of group b" in c["note"] for c in changes)


def test_groups_are_disjoint_and_a_seed_draws_the_same(site, tmp_path):
    site.run("survey", "import", CORPUS)
    people = [f"p{i}@example.tw" for i in range(300)]
    rng = random.Random(1)
    first, second, out = (sorted(rng.sample(people, n)) for n in (120, 150, 20))
    site.run("survey", "new", "s", "services-2020")
    for name, group in (("first", first), ("second", second)):
        site.run("survey", "group", "s", name, "--list", write(tmp_path / "l.csv", ["email"], [[e.upper()] for e in group]), "--sample", "40")
    site.run("survey", "exclude", "s", write(tmp_path / "x.csv", ["email"], [[e] for e in out]))
    drawn = site.json("survey", "draw", "s", "--seed", "11")["groups"]
    assert drawn[0] == dict(drawn[0], found=120, earlier=0, excluded=len(set(first) & set(out)), drawn=40)
    both = set(first) & set(second)
    assert drawn[1] == dict(drawn[1], found=150, earlier=len(both), excluded=len(set(second) & set(out) - both), drawn=40)

    def asked():
        return [x["email"] for x in site.json("survey", "links", "s")]
    once = asked()
    assert len(set(once)) == 80 and not set(once) & set(out) and set(once[:40]) <= set(first) and set(once[40:]) <= set(second) - set(first)
    site.run("survey", "draw", "s", "--seed", "12")
    assert asked() != once
    site.run("survey", "draw", "s", "--seed", "11")
    assert asked() == once
    site.run("survey", "open", "s", "--until", "5d")
    for refused in (("draw", "s"), ("group", "s", "more", "--rule", "names"), ("open", "s", "--until", "5d")):
        assert "is in the field" in site.run("survey", *refused, check=False).stderr


def test_a_field_that_can_not_be(site, tmp_path):
    """It ends on a day that somebody may live to see, and it asks somebody."""
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    site.run("survey", "group", "s", "g", "--rule", "names")
    site.run("survey", "draw", "s")
    assert "asks nobody" in site.run("survey", "open", "s", "--until", "5d", check=False).stderr
    site.run("survey", "new", "t", "services-2020")
    site.run("survey", "group", "t", "g", "--list", write(tmp_path / "l.csv", ["email"], [["p@example.tw"]]))
    site.run("survey", "draw", "t")
    for until in ("99999999d", "106751991d", "731d", "2999-12-31"):
        assert "within 730 days" in site.run("survey", "open", "t", "--until", until, check=False).stderr, until
    for until in ("0d", "2020-01-01"):
        assert "in the future" in site.run("survey", "open", "t", "--until", until, check=False).stderr, until
    site.run("survey", "open", "t", "--until", "700d")


def test_the_registry_finds_people(site, tmp_path):
    site.run("survey", "import", CORPUS)
    site.run("registrar", "add", "REG1", "--email", "r1@example.tw")
    site.serve()
    for who, kind in (("who", "phishing"), ("leaked", "personal-data"), ("silent", "phishing")):
        site.run("report", "--text", "A false bank page.", "--email", f"{who}@example.tw", "--observable", f"http://{who}.example/", "--class", kind)
        if who != "silent":
            assert site.post(link(letter(site, f"{who}@example.tw"), "confirm"), {}).status == 200
    site.run("survey", "new", "s", "services-2020")
    for rule in site.json("survey", "rules"):
        site.run("survey", "group", "s", rule["rule"], "--rule", f"{rule['rule']} 365" if rule["argument"] == "DAYS" else rule["rule"])
    found = {g["group"]: g["drawn"] for g in site.json("survey", "draw", "s")["groups"]}
    assert (found["registrars"], found["asked-desk"], found["names-registered"]) == (1, 1, 0)
    assert [x["email"] for x in site.json("survey", "links", "s")] == ["r1@example.tw", "who@example.tw"]
    # A rule is a question that is kept: whoever it finds on the day of the draw is asked.
    site.run("registrar", "add", "REG2", "--email", "r2@example.tw")
    site.run("survey", "draw", "s")
    assert [x["email"] for x in site.json("survey", "links", "s")] == ["r1@example.tw", "r2@example.tw", "who@example.tw"]
    site.run("survey", "new", "t", "services-2020")
    assert "no rule" in site.run("survey", "group", "t", "g", "--rule", "everybody", check=False).stderr
    for rule, why in (("names-registered long", "number of days"), ("names-registered 36501", "1 to 36500"), ("names 30", "expected nothing")):
        assert why in site.run("survey", "group", "t", "g", "--rule", rule, check=False).stderr, rule
    (members,) = [r for r in site.json("survey", "rules") if r["argument"] == "CLASS"]
    assert members["rule"] == "members" and members["choices"][0] == "associate" and len(members["choices"]) == 7
    assert "has no group" in site.run("survey", "draw", "t", check=False).stderr


def test_holders_by_what_became_of_their_names(site, tmp_path):
    """Registered, renewed by somebody or by the day of expiry, transferred: in the last year or not."""
    (tmp_path / "zone.policy").write_text("expiry auto-renew\ngrace add 0d\n")
    site.run("zone", "add", "held", "--policy", tmp_path / "zone.policy")
    registrars = {h: site.json("registrar", "add", h, "--credit", "1000") for h in ("alpha", "beta")}
    site.serve()

    def entered(handle):
        client = Client(site, registrars[handle])
        client.login()
        return client

    def made(client, *names):
        for name in names:
            client.ask(create_contact(f"C-{name}").replace("chen@example.org", f"{name}@holder.example"), 1000)
            client.ask(create_domain(f"{name}.held", f"C-{name}"), 1000)

    def names(client, verb, name, body, code, attributes=""):
        client.ask(command(on(verb, "domain", f"<o:name>{name}.held</o:name>{body}", attributes)), code)
    alpha = entered("alpha")
    made(alpha, "auto", "long", "moved")
    expiry = re.search(r"<(?:\w+:)?exDate>(\d{4}-\d\d-\d\d)", alpha.ask(info("long.held"), 1000)).group(1)
    names(alpha, "renew", "long", f'<o:curExpDate>{expiry}</o:curExpDate><o:period unit="y">5</o:period>', 1000)
    for _ in range(20):  # past the day of expiry, a step at a time, as days go
        site.advance("20d")
    alpha, beta = entered("alpha"), entered("beta")
    made(alpha, "new")
    names(beta, "transfer", "moved", f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>", 1001, ' op="request"')
    names(alpha, "transfer", "moved", "", 1000, ' op="approve"')
    site.run("survey", "import", CORPUS)
    want = {"names": {"auto", "long", "moved", "new"}, "names-registered": {"new"}, "names-renewed": {"auto", "moved"}, "names-transferred": {"moved"},
            "names-renewed 500": {"auto", "long", "moved"}, "names-registered 500": {"auto", "long", "moved", "new"}}
    for i, (rule, people) in enumerate(want.items()):
        site.run("survey", "new", f"s{i}", "services-2020")
        site.run("survey", "group", f"s{i}", "g", "--rule", rule)
        site.run("survey", "draw", f"s{i}")
        assert {x["email"].split("@")[0] for x in site.json("survey", "links", f"s{i}")} == people, rule


HELD = [("198.18.0.0/15", "large"), ("10.0.0.0/22", "very-small"), ("10.4.0.0/22", "small"), ("10.4.4.0/24", "small"), ("10.8.0.0/22", "inside"),
        ("10.8.1.0/24", "inside"), ("203.0.113.0/24", "both"), ("2001:db8::/32", "both"), ("AS64500", "associate"), ("AS64501", "very-small"),
        ("example.tw", "nobody")]
CLASSES = {"large": "large", "very-small": "very-small", "small": "small", "inside": "very-small", "both": "small", "associate": "associate"}


def test_members_by_the_class_of_what_they_hold(site, tmp_path):
    """Counted over all that an address answers for, what lies inside of something else once; the classes are the segments."""
    site.run("survey", "import", CORPUS)
    with open(tmp_path / "contacts.csv", "w") as f:
        f.write("resource,organisation,role,email,phone,lang,source,verified_at\n")
        f.writelines(f"{what},Somebody,abuse,{who}@member.example,,en,registry,\n" for what, who in HELD)
    site.run("import", "contacts", tmp_path / "contacts.csv")
    site.run("survey", "new", "s", "services-2020")
    site.run("survey", "group", "s", "small", "--rule", "members small")
    site.run("survey", "group", "s", "others", "--rule", "members")
    refused = site.run("survey", "group", "s", "none", "--rule", "members tiny", check=False)
    assert refused.returncode == 1 and "very-large" in refused.stderr, refused.stderr
    groups = {g["group"]: g for g in site.json("survey", "draw", "s")["groups"]}
    assert (groups["small"]["drawn"], groups["others"]["found"], groups["others"]["earlier"], groups["others"]["drawn"]) == (2, 6, 2, 4)
    assert {x["email"].split("@")[0] for x in site.json("survey", "links", "s")} == set(CLASSES)
    for who, tier in CLASSES.items():
        site.run("survey", "new", who, "services-2020")
        site.run("survey", "group", who, "one", "--rule", f"members {tier}")
        site.run("survey", "draw", who)
        assert f"{who}@member.example" in [x["email"] for x in site.json("survey", "links", who)], (who, tier)


def test_questionnaires_have_versions(site, tmp_path):
    text = CORPUS.read_text(encoding="utf-8")
    assert site.json("survey", "import", CORPUS) == {"questionnaire": "services-2020", "version": 1, "same": False}
    assert site.json("survey", "import", CORPUS)["same"] is True
    assert site.run("survey", "export", "services-2020").stdout == text
    site.run("survey", "new", "s", "services-2020")
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email"], [["a@example.tw"]]))
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "5d")
    changed = tmp_path / "q.txt"
    changed.write_text(text.replace("Speed", "Haste"), encoding="utf-8")
    refused = site.run("survey", "import", changed, check=False)
    assert refused.returncode == 1 and "in the field" in refused.stderr and "--new-version" in refused.stderr
    assert site.json("survey", "import", changed, "--new-version")["version"] == 2
    assert site.run("survey", "export", "services-2020", "--version", "1").stdout == text
    assert site.json("survey", "studies")[0]["version"] == 1
    assert [v["field"] for v in site.json("survey", "show", "services-2020")] == ["s", None]
    assert len(site.json("survey", "list")) == 1


def test_a_faulty_questionnaire_does_not_open(site, nicert, tmp_path):
    faulty = tmp_path / "q.txt"
    faulty.write_text(CORPUS.read_text(encoding="utf-8").replace("    zh-TW 速度\n", ""), encoding="utf-8")
    done = subprocess.run([nicert, "survey", "check", faulty], capture_output=True, text=True)
    assert done.returncode == 1 and "row speed has no text in zh-TW" in done.stdout
    site.run("survey", "import", faulty)
    site.run("survey", "new", "s", "services-2020")
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email"], [["a@example.tw"]]))
    site.run("survey", "draw", "s")
    assert "no text in zh-TW" in site.run("survey", "open", "s", "--until", "5d", check=False).stderr
    faulty.write_text("questionnaire q\nsection\n")
    done = subprocess.run([nicert, "survey", "check", faulty], capture_output=True, text=True)
    assert done.returncode == 1 and "q.txt:2: section: something is missing" in done.stderr


def test_lines_that_are_wrong_are_named(site, study, tmp_path):
    with pytest.raises(AssertionError, match=r"answers.csv:2: 9 is no option of services.s0\n.*answers.csv:3: nobody is no group"):
        study("s", SMALL, [["a", "filled", 1, "9", *[""] * 8], ["nobody", "filled", 1, *[""] * 9]])
    # What only the whole can say of a line names it, too.
    site.run("survey", "new", "u", "services")
    site.run("survey", "group", "u", "g", "--list", write(tmp_path / "u.csv", ["email"], [["u@example.tw"]]))
    site.run("survey", "draw", "u")
    site.run("survey", "open", "u", "--until", "5d")
    late = write(tmp_path / "late.csv", ["group", "invitation", "state"], [["g", "", "opened"], ["g", "999999", "opened"]])
    assert "late.csv:3: group 1 has no invitation 999999" in site.run("survey", "collect", "u", late, check=False).stderr
    bad = write(tmp_path / "bad.csv", ["email"], [["not an address"], ["a@example.tw"]])
    site.run("survey", "new", "t", "services")
    assert 'bad.csv:2: "not an address"' in site.run("survey", "group", "t", "g", "--list", bad, check=False).stderr
    assert "before it is closed" in site.run("survey", "report", "s", check=False).stderr


def test_who_may_not(site, study):
    """Handlers see figures, officers run studies and read words; administrators and nobody else do neither."""
    for login, role in (("hana", "handler"), ("olga", "officer"), ("adam", "admin")):
        site.run("user", "add", login, "--role", role)
    study("s", SMALL, small_answers(20))

    def refused(who, permission, *words):
        done = site.run("survey", *words, "--as", who, check=False)
        assert done.returncode == 1 and done.stdout == "" and f"{permission}:" in done.stderr, (who, words, done.stderr)
    people = site.dir / "list.csv"
    people.write_text("email\na@example.tw\n")
    for who in ("hana", "adam"):
        for words in (("import", CORPUS), ("new", "t", "services"), ("group", "s", "g", "--list", people), ("exclude", "s", people), ("draw", "s"),
                      ("open", "s", "--until", "5d"), ("close", "s"), ("clean", "s"), ("clean", "s", "--undo", "speeder"),
                      ("past", "s", "overall", "--percent", "74.3"), ("publish", "s")):
            refused(who, "run-survey", *words)
        refused(who, "see-answers", "answers", "s", "overall")
        refused(who, "see-links", "links", "s")
    for words in (("report", "s"), ("funnel", "s"), ("report", "s", "--csv")):
        refused("adam", "see-survey", *words)
        site.run("survey", *words, "--as", "hana")
    for words in (("studies",), ("advice", "s")):
        refused("adam", "see-survey", *words)
        site.run("survey", *words, "--as", "hana")
    assert "no such account" in site.run("survey", "report", "s", "--as", "nobody", check=False).stderr
    assert not site.json("privacy", "views")
    site.run("survey", "links", "s", "--as", "olga")
    assert [(v["page"], v["about"], v["who"]) for v in site.json("privacy", "views")] == [("survey-links", "survey:s", "olga")]
    site.run("survey", "clean", "s", "--as", "olga")
    site.run("survey", "publish", "s", "--as", "olga")
    site.run("survey", "report", "s", "--as", "adam")  # public now


def test_words_are_read_once_the_study_is_closed(site, tmp_path):
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email"], [[f"p{i}@example.tw"] for i in range(3)]))
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "5d")
    rows = [["g", "used-none", "More slots"], ["g", "used-none", "=HYPERLINK(1)"], ["g", "used-none", 'Slow,\n\n"very"']]
    header = ["group", "state", "words"]
    site.run("survey", "collect", "s", write(tmp_path / "a.csv", header, [[g, "filled", w] for g, _, w in rows]))
    assert "once it is closed" in site.run("survey", "answers", "s", "words", check=False).stderr
    site.run("survey", "close", "s")
    assert sorted(w["text"] for w in site.json("survey", "answers", "s", "words")) == ["=HYPERLINK(1)", "More slots", 'Slow,\n\n"very"']
    assert [w["text"] for w in site.json("survey", "answers", "s", "words", "--search", "SLOT")] == ["More slots"]
    assert [(v["page"], v["about"]) for v in site.json("privacy", "views")] == [("survey-answers", "survey:s")]  # within ten minutes
    assert "takes words" in site.run("survey", "answers", "s", "months", check=False).stderr


def test_what_is_collected_is_said_plainly(site, study, tmp_path):
    """A state that is none is refused, so are answers that would be dropped; words may have lines."""
    study("s", SMALL, None)
    lines = [["a", "bogus", *[""] * 10], ["a", "withdrawn", *[""] * 10], ["a", "opened", "", "5", *[""] * 8]]
    said = site.run("survey", "collect", "s", write(tmp_path / "bad.csv", HEADER, lines), check=False).stderr
    for what in ('bad.csv:2: state "bogus"', 'bad.csv:3: state "withdrawn"', 'bad.csv:4: a line "opened" has answers'):
        assert what in said
    assert site.json("survey", "funnel", "s")[-1]["filled"] == 0
    site.run("survey", "collect", "s", write(tmp_path / "ok.csv", HEADER, [["a", "", *[""] * 10]]))
    assert site.json("survey", "funnel", "s")[-1]["filled"] == 1


def test_links_begin_no_formula(site, study, tmp_path):
    """An address may begin as a formula does: what is opened in a spreadsheet must not."""
    study("s", {"a": [("=cmd@example.tw", "en", ""), ("+1@example.tw", "en", "")]}, None)
    rows = list(csv.DictReader(site.run("survey", "links", "s").stdout.splitlines()))
    assert sorted(r["email"] for r in rows) == ["'+1@example.tw", "'=cmd@example.tw"] and all("/survey/" in r["link"] for r in rows)
    assert sorted(x["email"] for x in site.json("survey", "links", "s")) == ["+1@example.tw", "=cmd@example.tw"]


def test_paper_names_its_invitation(site, tmp_path):
    """Who is named can't answer again by the link; everybody else still can."""
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "s", "services-2020")
    site.run("survey", "group", "s", "g", "--list", write(tmp_path / "l.csv", ["email", "lang"], [[f"p{i}@example.tw", "en"] for i in range(3)]))
    site.run("survey", "draw", "s")
    site.run("survey", "open", "s", "--until", "5d")
    site.serve()
    people = {x["email"]: x for x in site.json("survey", "links", "s")}
    assert site.run("survey", "links", "s").stdout.splitlines()[0] == "email,lang,link,invitation"
    page = {e: f"/survey/{x['token']}" for e, x in people.items()}

    def collect(*rows, check=True):
        return site.run("survey", "collect", "s", write(tmp_path / "a.csv", ["group", "invitation", "words"], rows), check=check)
    collect(["g", "", "of nobody known"], ["g", people["p0@example.tw"]["invitation"], "on paper"])
    assert "We have your answers" in site.get(page["p0@example.tw"]).text
    for free in ("p1@example.tw", "p2@example.tw"):
        assert "I agree, begin" in site.get(page[free]).text
    assert "answered already" in collect(["g", people["p0@example.tw"]["invitation"], "twice"], check=False).stderr
    assert "no invitation 9999" in collect(["g", "9999", "x"], check=False).stderr
    assert "expected a number" in collect(["g", "first", "x"], check=False).stderr
    assert site.post(page["p0@example.tw"] + "/withdraw").status == 410
    site.run("survey", "close", "s")
    assert [w["text"] for w in site.json("survey", "answers", "s", "words")] == ["of nobody known"]


def test_a_recommendation_moves_to_another_day(site, study):
    study("s", SMALL, small_answers(20))
    site.run("survey", "advise", "s", "--en", "Answer faster", "--zh", "加快回覆", "--owner", "Desk", "--due", "2027-06-30")
    number = site.json("survey", "advice", "s")[0]["advice"]
    site.run("survey", "advise", "s", "--change", number, "--state", "doing", "--due", "2027-09-30")
    assert site.json("survey", "advice", "s")[0] == dict(site.json("survey", "advice", "s")[0], state="doing", due_at="2027-09-30T00:00:00Z", owner="Desk",
                                                               late=False)
    # Whoever reads the report sees what was to be done by now and is not.
    site.run("survey", "publish", "s")
    site.run("survey", "advise", "s", "--change", number, "--state", "doing", "--due", "2026-01-31")
    assert site.json("survey", "advice", "s")[0]["late"] and "doing, late" in site.run("survey", "advice", "s").stdout
    site.serve()
    assert "being done late" in plain(site.get("/surveys/s").text)
    site.run("survey", "advise", "s", "--change", number, "--state", "done")
    assert not site.json("survey", "advice", "s")[0]["late"] and "late" not in plain(site.get("/surveys/s").text)
