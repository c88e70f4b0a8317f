"""A partner's programs: what was shared, its machine forms and the answer over the API, reports that it files; labels, totals, who
must not get in, and the tokens that staff give and take back."""
import csv
import io
import re

import pytest
from test_kit import Person, case_of, case_staff, fields, file_report, journal_size, letters, open_site, plain, staff
from test_party_api import NOWHERE, api, pointers, refused, send
from test_share import BANK, a_case, settled, shared, state, xarf_mistakes


@pytest.fixture
def world(make_site):
    site = open_site(make_site)
    for handle, kind, ceiling in (("jp", "national-cert", "amber"), ("kr", "national-cert", "red"), ("police", "police", "red")):
        site.run("peer", "add", handle, "--name", f"{handle.upper()} team", "--kind", kind, "--ceiling", ceiling, "--mail", f"cert@{handle}.example")
    return site


def token_of(site, handle, *more):
    return site.json("api-token", "add", handle, *more)["token"]


def as_partner(site, token, body, key=None):
    return site.post("/api/v1/reports", json=body, headers={"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})})


def totals(site):
    return {t["partner"]: t["reports_from_them"] for t in site.json("share", "totals")}


def test_what_was_shared(world, testdata):
    first, second = a_case(world), world.json("report", "--observable", "https://b.birch-demo.com.tw/", "--class", "malware")["case"]
    shared(world, first, "jp", "kr", text="Please have the page taken down.")
    shared(world, second, "jp")
    jp, kr = token_of(world, "jp", "--label", "SIEM"), token_of(world, "kr")
    found = api(world, jp, "/shares").json()
    assert [(s["case"], s["state"], s["tlp"], s["for_one_person"]) for s in found["shares"]] == [
        (first, "delivered", "TLP:AMBER", False), (second, "delivered", "TLP:AMBER", False)] and found["next_after"] is None
    one, two = (s["share"] for s in found["shares"])
    assert [s["share"] for s in api(world, jp, f"/shares?after={one}").json()["shares"]] == [two]
    view = api(world, jp, f"/shares/{one}")
    assert view.headers["Cache-Control"] == "no-store" and view.json()["text"] == "Please have the page taken down."
    assert view.json()["observables"][0] == {"value": BANK, "kind": "url", "country": "TW"}
    assert "words of Ann" not in view.text and "ann@" not in view.text
    [row, _] = csv.DictReader(io.StringIO(api(world, jp, f"/shares/{one}/observables.csv").text))
    assert row["value"] == BANK and row["tlp"] == "TLP:AMBER"
    reports = api(world, jp, f"/shares/{one}/xarf.json").json()
    assert len(reports) == 2 and not any(xarf_mistakes(testdata, r) for r in reports)
    # Looking is no answer; the same answer twice is one; nothing goes back to "received".
    assert state(world, first)["jp"] == "delivered"
    size = journal_size(world)
    for _ in range(2):
        said = send(world, jp, one, {"answer": "received"}, where="shares")
        assert said.status == 200 and said.json() == {"case": first, "answer": "received", "text": None}
    assert journal_size(world) == size + 1 and state(world, first) == {"jp": "received", "kr": "delivered"}
    assert send(world, jp, one, {"answer": "handled", "text": "Taken down."}, where="shares").status == 200
    assert send(world, jp, one, {"answer": "received"}, where="shares").status == 409
    assert send(world, jp, two, {"answer": "refused", "text": "Not in our country."}, where="shares").status == 200
    assert api(world, jp, f"/shares/{one}").json()["answer"] == "Taken down." and state(world, second) == {"jp": "refused"}
    steps = [s["text"] for s in case_staff(world, first)["steps"]]
    assert "JP team has it" in steps and "JP team has dealt with it" in steps
    size = journal_size(world)
    for body, where in (({}, "/answer"), ({"answer": "fixed"}, "/answer"), ({"answer": "handled", "text": "x" * 10001}, "/text"),
                        ({"answer": "handled", "text": "bell \a"}, "/text"), ({"answer": "handled", "until": None}, "/until")):
        answer = send(world, jp, one, body, where="shares")
        assert answer.status == 422 and pointers(answer) == ["#" + where], (body, answer.text)
    # Another's share, or none: the same.
    mine = api(world, kr, "/shares").json()["shares"][0]["share"]
    for path in (f"/shares/{mine}", "/shares/999999", "/shares/0", "/shares/x", f"/shares/{mine}/observables.csv", f"/shares/{mine}/xarf.json"):
        assert api(world, jp, path).status == 404, path
    assert send(world, jp, mine, {"answer": "handled"}, where="shares").status == 404
    assert api(world, jp, "/shares?after=x").status == 422
    assert journal_size(world) == size and state(world, first)["kr"] == "delivered"


def test_labels_hold_here_too(world):
    number = a_case(world)
    shared(world, number, "jp")
    token = token_of(world, "jp")
    [share] = api(world, token, "/shares").json()["shares"]
    world.run("tlp", "set", number, "red")
    view = api(world, token, f"/shares/{share['share']}")
    assert view.json()["withheld"] and view.json()["observables"] == [] and "maple" not in view.text and view.json()["tlp"] == "TLP:RED"
    for name in ("observables.csv", "xarf.json"):
        no = api(world, token, f"/shares/{share['share']}/{name}")
        assert no.status == 403 and no.headers.get_content_type() == "application/problem+json" and "maple" not in no.text
    # RED is for a named person; the organisation's token is nobody in person.
    world.run("share", "add", number, "--to", "police", "--person", "Chief Lin", "--named-by", "Li of the bank")
    settled(world)
    police = token_of(world, "police")
    [named] = api(world, police, "/shares").json()["shares"]
    assert named["for_one_person"] and named["tlp"] == "TLP:RED"
    for path in ("", "/observables.csv", "/xarf.json"):
        no = api(world, police, f"/shares/{named['share']}{path}")
        assert no.status == 403 and "maple" not in no.text and "Lin" not in no.text
    assert send(world, police, named["share"], {"answer": "handled"}, where="shares").status == 403
    assert state(world, number)["police"] == "delivered"


def test_it_files_with_us(world):
    ours = file_report(world, BANK, description="seen by a citizen")["case"]
    jp, kr = token_of(world, "jp"), token_of(world, "kr")
    joined = as_partner(world, jp, {"observables": [BANK], "description": "Our sinkhole saw it.", "class": "phishing"}, key="a")
    assert joined.status == 201 and joined.json()["case"] == ours
    filed = as_partner(world, jp, {"observables": ["https://x.maple-demo.com.tw/"], "class": "phishing", "tlp": "TLP:GREEN"}, key="b")
    assert filed.status == 201 and filed.json()["case"] != ours
    assert case_of(world, filed.json())["case"] == filed.json()["case"]
    case = case_staff(world, filed.json()["case"])
    [r] = case["reporters"]
    assert (r["source"], r["partner"], r["email"], case["tlp"]) == ("partner", "JP team", None, "TLP:GREEN")
    # Confirmed by its token: the notice of such a class does not wait for a click.
    assert case["notices"][0]["state"] in ("approved", "sent")
    assert [r["source"] for r in case_staff(world, ours)["reporters"]] == ["api", "partner"]
    # A retry is one report, to this partner alone.
    again = as_partner(world, jp, {"observables": ["https://x.maple-demo.com.tw/"], "class": "phishing", "tlp": "TLP:GREEN"}, key="b")
    assert again.json()["token"] == filed.json()["token"] and totals(world) == {"jp": 2, "kr": 0, "police": 0}
    assert as_partner(world, kr, {"observables": ["https://y.birch-demo.com.tw/"]}, key="b").json()["token"] != filed.json()["token"]
    assert totals(world) == {"jp": 2, "kr": 1, "police": 0}
    # Its ceiling binds both ways; whoever has none agreed says so first.
    world.until(lambda: world.metric("mail_behind") == 0, "the post to be out")
    size = journal_size(world)
    for label in ("TLP:RED", "TLP:AMBER+STRICT"):
        no = as_partner(world, jp, {"observables": ["https://z.birch-demo.com.tw/"], "tlp": label})
        assert no.status == 422 and pointers(no) == ["#/tlp"] and "TLP:AMBER" in no.text
    no = as_partner(world, jp, {"observables": ["https://z.birch-demo.com.tw/"], "email": "ann@reporter.example"})
    assert no.status == 422 and pointers(no) == ["#/email"]
    assert journal_size(world) == size
    assert as_partner(world, kr, {"observables": ["https://z.birch-demo.com.tw/"], "tlp": "TLP:RED"}).status == 201
    # With an address of theirs: a receipt to it, and counted once.
    assert as_partner(world, jp, {"observables": ["https://w.birch-demo.com.tw/"], "email": "CERT@jp.example"}).status == 201
    world.until(lambda: letters(world, "cert@jp.example"), "the receipt")
    assert totals(world)["jp"] == 3
    assert world.json("figures")["reports_by_source"]["partner"] == 5
    page = staff(world, "lee", "handler").get(f"/staff/case/{filed.json()['case']}")
    assert "JP team" in plain(page.text) and "partner's program" in plain(page.text)


def test_who_must_not_get_in(world):
    number = a_case(world)
    shared(world, number, "jp")
    token, over = token_of(world, "jp"), token_of(world, "jp", "--until", "2030-01-01")
    share = api(world, token, "/shares").json()["shares"][0]["share"]
    world.json("user", "add", "kim", "--role", "handler")
    for words in (("add", "jp"), ("revoke", "1")):
        no = world.run("api-token", *words, "--as", "kim", check=False)
        assert no.returncode == 1 and "set-partner" in no.stderr
    assert world.run("api-token", "list", "--as", "kim").returncode == 0
    for words in (("add", "nobody"), ("add", "jp", "--until", "2020-01-01"), ("add", "jp", "--label", "x" * 81)):
        assert world.run("api-token", *words, check=False).returncode == 1, words
    assert world.run("api-token", "revoke", "x", check=False).returncode == 2
    texts = {refused(api(world, t, path)) for t in (NOWHERE, token[:-1], "") for path in ("/shares", f"/shares/{share}", f"/shares/{share}/xarf.json")}
    texts |= {refused(world.get("/api/v1/shares")), refused(world.get(f"/api/v1/shares?token={token}")), refused(api(world, token, "/notices"))}
    size = journal_size(world)
    texts |= {refused(as_partner(world, NOWHERE, {"description": "in a partner's name"})), refused(send(world, NOWHERE, share, {"answer": "handled"}, where="shares"))}
    assert len(texts) == 1 and journal_size(world) == size
    # RDAP's tokens are others, and this one opens nothing there.
    assert world.get("/rdap/domain/maple-demo.com.tw", headers={"Authorization": f"Bearer {token}"}).status == 401
    # Taken back, over, the partner disabled.
    world.run("api-token", "revoke", world.json("api-token", "list")[-1]["id"])
    refused(api(world, token, "/shares"))
    assert api(world, over, "/shares").status == 200
    world.run("peer", "disable", "jp")
    refused(api(world, over, "/shares")), refused(as_partner(world, over, {"description": "x"}))
    assert world.run("api-token", "add", "jp", check=False).returncode == 1
    world.run("peer", "change", "jp", "--enable")
    assert api(world, over, "/shares").status == 200
    world.advance("2000d")
    refused(api(world, over, "/shares"))


def test_on_its_page(world):
    olga, lee = staff(world, "olga", "officer"), staff(world, "lee", "handler")
    page = "/staff/partners/jp"
    csrf = fields(olga.get(page).text)["csrf"]
    assert olga.post(page + "/programs", {"label": "SIEM"}).status == 403  # no csrf
    made = olga.post(page + "/programs", {"csrf": csrf, "label": "SIEM <1>"})
    token = re.search(r'id="secret">([a-z2-7]{26})<', made.text)[1]
    assert made.status == 200 and "SIEM &lt;1&gt;" in made.text and made.headers["Cache-Control"] == "no-store"
    assert api(world, token, "/shares").json() == {"shares": [], "next_after": None}
    assert token not in olga.get(page).text
    long = olga.post(page + "/programs", {"csrf": csrf, "label": "x" * 81})
    assert long.status == 422 and "One line" in plain(long.text)
    [row] = world.json("api-token", "list")
    assert (row["owner"], row["label"], row["side"]) == ("jp", "SIEM <1>", "partner")
    # A handler sees that there is one, and has no form.
    seen = lee.get(page).text
    assert "SIEM" in seen and "/programs" not in seen
    own = fields(lee.get("/staff/account").text)["csrf"]
    for path in ("/programs", "/programs/end"):
        assert lee.post(page + path, {"csrf": own, "label": "x", "token": row["id"]}).status == 403
    # Of another partner's page it is not.
    assert olga.post("/staff/partners/kr/programs/end", {"csrf": csrf, "token": row["id"]}).status == 404
    assert olga.post(page + "/programs/end", {"csrf": csrf, "token": "x"}).status == 422
    assert "Taken back" in plain(olga.go(olga.post(page + "/programs/end", {"csrf": csrf, "token": row["id"]})).text)
    refused(api(world, token, "/shares"))
    assert Person(world).post(page + "/programs", {"label": "x"}).status in (303, 403)
