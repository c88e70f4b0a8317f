"""What staff set on pages: ladders, whom a case is referred to, legal bases, partners. Who may not is tested in test_roles.py."""
import html
import re
import urllib.parse

import pytest
from test_kit import fields, form_back, journal_size, open_site, plain, staff


@pytest.fixture
def desk(make_site):
    site = open_site(make_site)
    site.olga = staff(site, "olga", "officer")
    site.hana = staff(site, "hana", "handler")
    return site


def values(page):
    """What a form would send as it stands."""
    found = fields(page)
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name and 'type="checkbox"' in tag:
            if " checked" in tag:
                found[name.group(1)] = value.group(1)
        elif name:
            found[name.group(1)] = html.unescape(value.group(1)) if value else ""
    for name, inner in re.findall(r'<select\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        options = re.findall(r'<option value="([^"]*)"( selected)?', inner)
        found[name] = html.unescape(next((v for v, s in options if s), options[0][0]))
    for name, inner in re.findall(r'<textarea\b[^>]*\bname="([^"]*)"[^>]*>\n?(.*?)</textarea>', page, re.S):
        found[name] = html.unescape(inner)
    return found


def form_at(person, path, action):
    page = person.get(path)
    assert page.status == 200, plain(page.text)
    return values(re.search(rf'<form\b[^>]*action="{action}".*?</form>', page.text, re.S).group(0))


def ladder(site, class_):
    return [r for r in site.json("ladder", "show", "--history") if r["class"] == class_]


def test_a_new_ladder(desk):
    listed = plain(desk.hana.get("/staff/ladders").text)
    assert "Every kind that has none of its own" in listed and "working hours: a reminder" in listed
    assert "/staff/ladder?class=" in desk.olga.get("/staff/ladders").text
    path = "/staff/ladder?class=spam&severity=*"
    assert 'action="/staff/ladder"' not in desk.hana.get(path).text  # no form that would be refused
    form = form_at(desk.olga, path, "/staff/ladder")
    assert form["what0"] == "remind"  # it begins with what is in force
    given = {**form, "what0": "remind", "hours0": "5", "clock0": "w", "what1": "task", "hours1": "30", "clock1": "h"}
    given.update({f"what{i}": "" for i in range(2, 16)})
    before = len(ladder(desk, "spam"))
    # Wrong first: no hours, a day that has gone, no step at all.
    assert "hours1" in form_back(desk.olga.post("/staff/ladder", {**given, "hours1": "often"}).text)
    assert "from" in form_back(desk.olga.post("/staff/ladder", {**given, "from": "2020-01-01"}).text)
    assert "from" in form_back(desk.olga.post("/staff/ladder", {**given, "from": "soon"}).text)
    assert "what0" in form_back(desk.olga.post("/staff/ladder", {**given, "what0": "", "what1": ""}).text)
    assert desk.olga.post("/staff/ladder", {**given, "class": "nothing"}).status == 404
    assert len(ladder(desk, "spam")) == before
    done = desk.olga.post("/staff/ladder", given)
    assert done.status == 303, plain(done.text)
    assert "in force" in plain(desk.olga.get(done.headers["Location"]).text)
    new = ladder(desk, "spam")[-1]
    assert [(r["what"], r["hours"], r["clock"]) for r in new["rungs"]] == [("remind", 5, "working"), ("task", 30, "always")] and new["by"]
    # One that begins later stands beside it.
    assert desk.olga.post("/staff/ladder", {**given, "hours0": "6", "from": "2099-01-31"}).status == 303
    page = plain(desk.hana.get(path).text)
    assert "in force" in page and "2099" in page
    assert ladder(desk, "spam")[-1]["valid_from"].startswith("2099-01-31")
    assert [r["rungs"][0]["hours"] for r in desk.json("ladder", "show") if r["class"] == "spam"] == [5]


def test_whom_to_refer_to(desk):
    form = form_at(desk.olga, "/staff/ladders", "/staff/referral")
    size = journal_size(desk)
    assert form_back(desk.olga.post("/staff/referral", {**form, "id": "The Police", "title": "x"}).text) == ["id"]
    assert form_back(desk.olga.post("/staff/referral", {**form, "id": "coastguard", "title": "Coast guard", "email": "no"}).text) == ["email"]
    assert journal_size(desk) == size
    done = desk.olga.post("/staff/referral", {**form, "id": "coastguard", "title": "Coast guard <of the north>", "email": "duty@coast.example", "lang": "zh-TW"})
    assert done.status == 303
    assert "Coast guard <of the north> coastguard duty@coast.example zh-TW" in " ".join(plain(desk.hana.get("/staff/ladders").text).split())
    spam = form_at(desk.olga, "/staff/ladder?class=spam", "/staff/ladder")
    assert desk.olga.post("/staff/ladder", {**spam, "what3": "referral:coastguard", "hours3": "8", "clock3": "w"}).status == 303
    assert any(r.get("whom") == "coastguard" for r in ladder(desk, "spam")[-1]["rungs"])


def test_legal_bases(desk):
    assert "Court order" in plain(desk.hana.get("/staff/bases").text) and "<form class=\"panel" not in desk.hana.get("/staff/bases").text
    form = form_at(desk.olga, "/staff/bases?id=court-order", "/staff/basis")
    assert form["id"] == "court-order" and int(form["days"]) > 0
    assert form_back(desk.olga.post("/staff/basis", {**form, "days": "4000"}).text) == ["days"]
    assert desk.olga.post("/staff/basis", {**form, "days": "77"}).status == 303
    assert re.search(r"court-order 77 days", plain(desk.hana.get("/staff/bases").text))
    form = form_at(desk.olga, "/staff/bases", "/staff/basis")
    assert set(form_back(desk.olga.post("/staff/basis", {**form, "id": "No", "title": "", "days": "x"}).text)) == {"id", "title", "days"}
    before = plain(desk.hana.get("/staff/bases").text)
    taken = desk.olga.post("/staff/basis", {**form, "id": "court-order", "title": "Mine", "days": "3000"})
    assert taken.status == 422 and form_back(taken.text) == ["id"] and "There is one of this short name." in plain(taken.text)
    assert plain(desk.hana.get("/staff/bases").text) == before
    assert desk.olga.post("/staff/basis", {**form, "id": "decree", "title": "Emergency decree", "days": "3", "legal": "1"}).status == 303
    assert "Emergency decree decree 3 days by a legal adviser" in plain(desk.hana.get("/staff/bases").text)
    case = desk.json("report", "--observable", "http://maple-demo.com.tw/x", "--class", "phishing")["case"]
    assert 'value="decree"' in desk.hana.get(f"/staff/propose/{case}").text


def test_a_partner(desk):
    assert desk.hana.get("/staff/partner").status == 403 and "/staff/partner\"" not in desk.hana.get("/staff/partners").text
    form = form_at(desk.olga, "/staff/partner", "/staff/partner")
    given = {**form, "handle": "jpcert", "name": "JPCERT/CC", "country": "JP", "kind": "national-cert", "mail": "info@jpcert.example\nir@jpcert.example", "langs": "ja en", "ceiling": "amber"}
    for wrong, field in (({"handle": "JP CERT"}, "handle"), ({"name": ""}, "name"), ({"country": "jpn"}, "country"), ({"kind": ""}, "kind"),
                         ({"mail": "nobody"}, "mail"), ({"mail": "\n".join(f"a{i}@x.example" for i in range(6))}, "mail"), ({"fingerprint": "AB"}, "fingerprint"),
                         ({"ceiling": "pink"}, "ceiling"), ({"channel": "pigeon"}, "channel"), ({"form": "paper"}, "form")):
        back = desk.olga.post("/staff/partner", {**given, **wrong})
        assert back.status == 422 and form_back(back.text) == [field], (wrong, plain(back.text))
    done = desk.olga.post("/staff/partner", given)
    assert done.status == 303 and done.headers["Location"].endswith("/staff/partners/jpcert"), plain(done.text)
    there = desk.json("peer", "show", "jpcert")
    assert there["mail"] == ["info@jpcert.example", "ir@jpcert.example"] and there["ceiling"] == "TLP:AMBER" and there["country"] == "JP"
    assert form_back(desk.olga.post("/staff/partner", {**given, "mail": "other@jpcert.example"}).text) == ["handle"]  # a second of that name
    # Changed, no longer shared with, and again.
    link = re.search(r'href="(/staff/partner\?handle=[^"]+)"', desk.olga.get("/staff/partners/jpcert").text).group(1)
    form = form_at(desk.olga, urllib.parse.unquote(link), "/staff/partner")
    assert form["mail"].split() == there["mail"] and form["active"] == "1"
    assert desk.olga.post("/staff/partner", {**form, "name": "JPCERT Coordination Center"}).status == 303
    assert desk.json("peer", "show", "jpcert")["name"] == "JPCERT Coordination Center"
    off = {k: v for k, v in form.items() if k != "active"}
    assert desk.olga.post("/staff/partner", off).status == 303
    assert "disabled" in plain(desk.hana.get("/staff/partners").text)
    assert desk.olga.post("/staff/partner", {**form, "active": "1"}).status == 303
    assert "disabled" not in plain(desk.hana.get("/staff/partners").text)
    assert desk.olga.post("/staff/partner", {**form, "handle": "nobody"}).status == 404
