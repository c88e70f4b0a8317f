"""Cases shared with partners, from the outside: what leaves and to whom, the page behind the link, machine forms that others can
read, reminders and silence, replies by mail, totals both ways, who must not get in."""
import csv
import io
import json

import pytest
from test_kit import Person, case_staff, fields, letter, letters, link, open_site, parts, plain, staff
from test_mailin import CASE, mail, pipe, understood, with_json
from test_pages import LOOKS, come_in, dress, faults, leave, look_at

BANK = "https://pay.maple-demo.com.tw/login?a=1"


@pytest.fixture
def world(make_site):
    site = open_site(make_site, mailin_address=CASE)
    for handle, kind, ceiling, *more in (("jp", "national-cert", "amber", "--country", "JP", "--languages", "en ja"),
                                         ("sector", "sector-cert", "green"), ("police", "police", "red", "--languages", "zh-TW"),
                                         ("club", "alliance", "red"), ("quiet", "national-cert", "red", "--channel", "none")):
        site.run("peer", "add", handle, "--name", f"{handle.upper()} team", "--kind", kind, "--ceiling", ceiling,
                 "--mail", f"cert@{handle}.example", "--mail", f"two@{handle}.example", *more)
    return site


def a_case(site, *more):
    return site.json("report", "--observable", BANK, "--observable", "192.0.2.55", "--class", "phishing", "--text", "words of Ann",
                     "--email", "ann@reporter.example", "--tlp", "amber", *more)["case"]


def settled(site):
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")


def shared(site, number, *to, **more):
    site.run("share", "add", number, *[w for t in to for w in ("--to", t)], *[w for k, v in more.items() for w in (f"--{k}", v)])
    settled(site)


def state(site, number):
    return {s["partner"]: s["state"] for s in site.json("share", "list", "--case", number)}


def test_the_whole_road(world, testdata):
    number = a_case(world)
    shared(world, number, "jp", "police", text="Please have the page taken down.")
    assert state(world, number) == {"jp": "delivered", "police": "delivered"}
    m = letter(world, "cert@jp.example")
    text, rich = parts(m)
    assert f"[{number}] [TLP:AMBER]" in m["Subject"] and text.startswith("TLP:AMBER  Share this only")
    assert "hxxps://pay.maple-demo.com.tw/login?a=1" in text and "Please have the page taken down." in text
    assert "ann@" not in bytes(m).decode() and "words of Ann" not in text
    assert "與貴單位分享" in letter(world, "cert@police.example")["Subject"]
    # What is attached: a table, and a report of XARF for each thing, valid against its schema and read back by our own parser.
    files = {f.get_filename(): f.get_content() for f in m.iter_attachments()}
    rows = list(csv.DictReader(io.StringIO(files[f"{number}.csv"])))
    assert [(r["kind"], r["value"]) for r in rows] == [("url", BANK), ("ipv4", "192.0.2.55")]
    assert {r["tlp"] for r in rows} == {"TLP:AMBER"} and {r["rsit"] for r in rows} == {"fraud:phishing"}
    reports = [json.loads(files[f"{number}-{i}.xarf.json"]) for i in (1, 2)]
    for report in reports:
        assert not xarf_mistakes(testdata, report), report
        assert "tlp:amber" in report["tags"]
    for report, value in zip(reports, (BANK, "192.0.2.55")):
        read = understood_json(world, report)
        assert read["kind"] == "xarf" and value in [o["value"] for o in read["observables"]]
    # Somebody else's desk that is like ours takes the label with it.
    back = pipe(world, with_json(json.dumps({**reports[0], "source_identifier": "203.0.113.9", "url": "https://203.0.113.9/x",
                                             "tags": ["tlp:amber+strict", "tlp:green"]}).encode(), "back"))
    assert case_staff(world, back["case"])["tlp"] == "TLP:AMBER+STRICT"
    # The page: looking changes nothing; three answers do.
    page = link(m, "share").replace(world.url, "")
    partner = Person(world)
    for _ in range(2):
        seen = partner.get(page)
        assert seen.status == 200 and "pay.maple-demo.com.tw" in seen.text and "words of Ann" not in seen.text
        assert "noindex" in seen.headers["X-Robots-Tag"]
    assert state(world, number)["jp"] == "delivered"
    assert partner.post(page, {"answer": "perhaps"}).status == 422
    assert partner.get(page + "/observables.csv").text == files[f"{number}.csv"].replace("\r\n", "\n").replace("\n", "\r\n")
    assert partner.get(page + "/xarf.json").json() == reports
    assert "Thank you" in partner.go(partner.post(page, {"answer": "received"})).text
    assert state(world, number)["jp"] == "received"
    assert partner.post(page, {"answer": "handled", "text": "Taken down by the host."}).status == 303
    assert partner.post(page, {"answer": "received"}).status == 409
    assert state(world, number)["jp"] == "handled"
    steps = [s["text"] for s in case_staff(world, number)["steps"]]
    for words in ("Shared with JP team", "JP team was told", "JP team has it", "JP team has dealt with it"):
        assert words in steps
    # Silence of the other one is noticed, once, with a reminder before.
    world.advance("8d")
    world.until(lambda: len(letters(world, "cert@police.example")) == 2, "the reminder")
    assert state(world, number)["police"] == "delivered"
    [first, reminder] = letters(world, "cert@police.example")
    assert not list(reminder.iter_attachments()) and "maple" not in "".join(parts(reminder))
    world.advance("14d")
    world.until(lambda: state(world, number)["police"] == "silent", "silence")
    assert [t["kind"] for t in case_staff(world, number)["tasks"]].count("share-silent") == 1
    assert len(letters(world, "cert@jp.example")) == 1
    totals = {t["partner"]: t for t in world.json("share", "totals")}
    assert totals["jp"]["by_state"]["handled"] == 1 and totals["police"]["by_state"]["silent"] == 1 and totals["club"]["sent"] == 0


def xarf_mistakes(testdata, report):
    jsonschema = pytest.importorskip("jsonschema", reason="no python3-jsonschema")
    folder = testdata / "cert/xarf/schemas"
    store = {s["$id"]: s for s in (json.loads(p.read_text()) for p in folder.rglob("*.json"))}
    [schema] = [s for s in store.values() if s["$id"].endswith(f"{report['category']}-{report['type'].replace('_', '-')}.json")]
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return [e.message for e in jsonschema.Draft202012Validator(schema, resolver=resolver, format_checker=checker).iter_errors(report)]


def understood_json(site, report):
    return understood(site, with_json(json.dumps(report).encode()))


def test_what_the_label_forbids(world):
    number = a_case(world)
    for to, why in (("sector", "stricter than this partner may have"), ("club", "partners of this kind"), ("quiet", "No channel")):
        no = world.run("share", "add", number, "--to", "jp", "--to", to, check=False)
        assert no.returncode == 1 and why in no.stderr and to in no.stderr
    world.run("peer", "disable", "jp")
    assert "disabled" in world.run("share", "add", number, "--to", "jp", check=False).stderr
    world.run("peer", "change", "jp", "--enable")
    assert world.json("share", "list") == []
    preview = world.json("share", "add", number, "--to", "jp", "--to", "club", "--preview")
    assert [bool(t["why_not"]) for t in preview["to"]] == [False, True] and BANK in preview["csv"] and len(preview["xarf"]) == 2
    settled(world)
    assert world.json("share", "list") == [] and not letters(world, "cert@jp.example")
    shared(world, number, "jp")
    assert "has it already" in world.run("share", "add", number, "--to", "jp", check=False).stderr
    # The label becomes stricter: the page shows nothing of it any more, and nobody gets it anew.
    page = link(letter(world, "cert@jp.example"), "share").replace(world.url, "")
    world.run("tlp", "set", number, "red")
    seen = world.get(page)
    assert seen.status == 200 and "maple" not in seen.text and "TLP:RED" in seen.text
    assert world.get(page + "/observables.csv").status == 403 and world.get(page + "/xarf.json").status == 403
    assert "partners of this kind" in world.run("share", "add", number, "--to", "police", check=False).stderr
    # RED goes to a person whom the source named, and its matter not by mail.
    assert world.run("share", "add", number, "--to", "police", "--person", "Chief Lin", check=False).returncode == 1
    world.run("share", "add", number, "--to", "police", "--person", "Chief Lin", "--named-by", "Li of the bank")
    settled(world)
    m = letter(world, "cert@police.example")
    assert "Chief Lin" in parts(m)[0] and "[TLP:RED]" in m["Subject"]
    assert "maple" not in bytes(m).decode() and not list(m.iter_attachments())
    assert "pay.maple-demo.com.tw" in world.get(link(m, "share").replace(world.url, "")).text
    # Kept for the record only: nobody is told.
    record = world.json("report", "--observable", "https://x.birch.example/", "--record-only")["case"]
    assert "record" in world.run("share", "add", record, "--to", "jp", check=False).stderr


def test_by_mail_and_both_ways(world):
    number = a_case(world)
    shared(world, number, "jp")
    m = letter(world, "cert@jp.example")
    said = pipe(world, mail("We are on it.", sender="somebody@jp.example", subject="Re: " + m["Subject"], In_Reply_To=m["Message-ID"]))
    assert (said["case"], said["fate"]) == (number, "kept")
    assert state(world, number)["jp"] == "received"
    case = case_staff(world, number)
    assert "Mail from JP team" in [s["text"] for s in case["steps"]]
    assert any("partner" in t["text"].lower() for t in case["tasks"] if t["kind"] == "read")
    # A stranger who knows the number proves nothing.
    shared(world, number, "police")
    pipe(world, mail("We have it", sender="evil@evil.example", subject="Re: " + m["Subject"], ident="no1"))
    assert state(world, number)["police"] == "delivered"
    # What they report counts the other way.
    pipe(world, mail("Look at https://pay.birch-demo.com.tw/x", sender="two@jp.example", subject="[TLP:GREEN] phishing", ident="r1"))
    [total] = [t for t in world.json("share", "totals") if t["partner"] == "jp"]
    assert (total["sent"], total["reports_from_them"]) == (1, 1)


def test_staff_pages_and_who_must_not_get_in(world):
    number = a_case(world)
    lee = staff(world, "lee", "handler")
    root = staff(world, "root2", "admin")
    form = f"/staff/case/{number}/share"
    page = lee.get(form).text
    csrf = fields(page)["csrf"]
    look = lee.post(form, [("csrf", csrf), ("to", "jp"), ("to", "club"), ("text", "Take it down <now>")])
    assert look.status == 200 and BANK in look.text and "Take it down &lt;now&gt;" in look.text
    assert "May have it" in plain(look.text) and "partners of this kind" in plain(look.text)
    assert world.json("share", "list") == []
    assert lee.post(form, [("csrf", csrf)]).status == 422
    assert lee.post(form, [("csrf", csrf), ("to", "club"), ("step", "send")]).status == 409
    assert lee.post(form, [("csrf", "wrong"), ("to", "jp"), ("step", "send")]).status == 403
    done = lee.go(lee.post(form, [("csrf", csrf), ("to", "jp"), ("step", "send"), ("text", "Take it down")]))
    assert "Shared with JP team" in plain(done.text)
    settled(world)
    for path in ("/staff/shares", "/staff/partners", "/staff/partners/jp"):
        assert "JP team" in lee.get(path).text
    [row] = csv.DictReader(io.StringIO(lee.get("/staff/shares.csv").text))
    assert (row["case"], row["partner"], row["state"]) == (number, "jp", "delivered")
    assert lee.get("/staff/shares.json?partner=jp").json()[0]["case"] == number
    assert lee.get("/staff/shares.json?partner=club").json() == []
    assert lee.get("/staff/partners/nobody").status == 404
    for path in (form, "/staff/shares", "/staff/partners", "/staff/partners/jp", "/staff/shares.csv", "/staff/shares.json"):
        assert root.get(path).status == 403, path
        assert world.get(path).status == 303, path
    world.json("user", "add", "kim", "--role", "handler")
    refused = world.run("peer", "add", "x", "--name", "X", "--kind", "police", "--mail", "a@x.example", "--as", "kim", check=False)
    assert refused.returncode == 1 and "set-partner" in refused.stderr
    # Tokens are not guessed, and are in no row of the database.
    token = link(letter(world, "cert@jp.example"), "share").rsplit("/", 1)[1]
    for guess in ("a" * 26, token[:-1], token.upper(), token + "a", "1"):
        assert world.get(f"/share/{guess}").status == 404
        assert world.post(f"/share/{guess}", {"answer": "handled"}).status == 404
    assert world.get(f"/answer/{token}").status == 404 and world.get(f"/case/{token}").status == 404
    for name in ("nicert.db", "nicert.db-wal"):
        path = world.dir / name
        assert not path.exists() or token.encode() not in path.read_bytes()


@pytest.mark.one_store
def test_what_a_partner_may_be(world):
    for args in (("--kind", "club"), ("--country", "jp"), ("--mail", "nobody"), ("--fingerprint", "12"), ("--form", "pdf"),
                 ("--channel", "fax"), ("--mail", "cert@jp.example")):
        base = {"--name": "N", "--kind": "police", "--mail": "n@n.example", **dict([args])}
        no = world.run("peer", "add", "n", *[w for pair in base.items() for w in pair], check=False)
        assert no.returncode == 1 and args[0].strip("-") in no.stderr, args
    assert world.run("peer", "add", "n", "--name", "N", "--kind", "police", "--ceiling", "pink", check=False).returncode == 2
    assert world.run("peer", "show", "n", check=False).returncode == 1
    world.run("peer", "change", "jp", "--fingerprint", "0123 4567 89ab cdef 0123 4567 89AB CDEF 0123 4567", "--person", "Aki")
    jp = world.json("peer", "show", "jp")
    assert jp["fingerprint"] == "0123456789ABCDEF0123456789ABCDEF01234567" and jp["mail"] == ["cert@jp.example", "two@jp.example"]
    # A contact's right.
    told = json.loads(world.run("privacy", "export", "two@jp.example").stdout)
    assert told["parts"]["partners"]["contact_of"][0]["person"] == "Aki"
    world.run("privacy", "erase", "two@jp.example", "--yes")
    jp = world.json("peer", "show", "jp")
    assert jp["mail"] == ["cert@jp.example"] and jp["person"] is None


def previewed(browser, site, path):
    """The form of a share, with two partners chosen and the preview asked for."""
    browser.get(site.url + path)
    for handle in ("jp", "club"):
        browser.find_element("css selector", f"input[value={handle}]").click()
    browser.find_element("css selector", "#text").send_keys("Please have the page taken down.")
    browser.execute_script("document.querySelector('main form.panel').requestSubmit()")
    site.until(lambda: browser.find_elements("css selector", "#preview"), "the preview")


@pytest.mark.one_store
def test_pages_shut_nobody_out(world, make_browser, axe):
    number, second = a_case(world), world.json("report", "--observable", "https://b.maple-demo.com.tw/", "--class", "malware")["case"]
    shared(world, number, "jp", "police", text="Please have the page taken down.")
    page = link(letter(world, "cert@jp.example"), "share").replace(world.url, "")
    assert Person(world).post(page, {"answer": "handled", "text": "Taken down by the host."}).status == 303
    other = link(letter(world, "cert@police.example"), "share").replace(world.url, "")
    lee = staff(world, "lee", "handler", "officer")
    for label in ("SIEM", ""):
        world.run("api-token", "add", "jp", "--label", label)
    inside = {"case": f"/staff/case/{number}?done=share", "share": f"/staff/case/{second}/share", "shares": "/staff/shares",
              "partners": "/staff/partners", "partner": "/staff/partners/jp"}
    found = []
    for lang, width, scheme in LOOKS:
        browser = make_browser(lang=lang)
        dress(browser, width, scheme)
        found += look_at(browser, world, axe, {"shared": other, "shared answered": page + "?sent=1"}, lang, width)
        come_in(browser, world, lee)
        found += look_at(browser, world, axe, inside, lang, width)
        previewed(browser, world, f"/staff/case/{second}/share")
        found += faults(browser, axe, "preview", lang, width)
        leave(browser)
    assert not found, "\n".join(found)
