"""A holder's programs: notices read and answered over the API, by the link of a letter and by a token that the address's reader made;
who must not get in, what comes twice, and the page on which tokens are made and taken back."""
import json
import re
import subprocess

import pytest
from conftest import ROOT
from test_contact_check import asked, enrolled, say
from test_digest import to_digest, when
from test_kit import Person, case_staff, journal_size, letter, letters, link, open_site, plain, staff
from test_notices import ASKED, EMAIL, ask, page_link, told
from test_pages import LOOKS, come_in, dress, faults, leave

NOWHERE = "a" * 26
KESTREL = ("kestrel-demo.tw", "www.kestrel-demo.tw", "shop.kestrel-demo.tw")


def api(site, token, path="/notices", **more):
    return site.get("/api/v1" + path, headers={"Authorization": f"Bearer {token}"}, **more)


def send(site, token, notice, body, key=None, where="notices"):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return site.post(f"/api/v1/{where}/{notice}/answer", json=body, headers={**headers, **({"Idempotency-Key": key} if key else {})})


def pointers(answer):
    assert answer.headers.get_content_type() == "application/problem+json" and answer.json()["status"] == answer.status, answer
    return [e["pointer"] for e in answer.json().get("errors", [])]


def new_token(site, page, label="Ticket system"):
    """Made on the page behind the link of all notices."""
    said = Person(site).post(page + "/programs", {"label": label})
    assert said.status == 200 and label in plain(said.text)
    return re.search(r'id="secret">([a-z2-7]{26})<', said.text)[1]


@pytest.fixture
def site(make_site):
    site = enrolled(open_site(make_site))
    say(site, asked(site, EMAIL), "right")
    return site


@pytest.fixture
def page(site):
    ask(site, EMAIL)
    return page_link(site).replace(site.url, "")


def refused(answer):
    """401 in one form, whatever is wrong with the token."""
    assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith('Bearer realm="nicert"'), answer
    return answer.text


def test_by_the_links_of_letters(site, page):
    cases = told(site, *KESTREL)
    one = link(letters(site, EMAIL, cases[0])[0], "answer").rsplit("/", 1)[1]
    all_of_them = page.rsplit("/", 1)[1]
    for answer in (site.get(f"/api/v1/notices?token={all_of_them}"), api(site, all_of_them)):
        found = answer.json()
        assert (answer.status, found["total"], found["next_after"]) == (200, 3, None)
        assert [n["case"] for n in found["notices"]] == cases and answer.headers["Cache-Control"] == "no-store"
    first, second, third = found["notices"]
    assert first["url"] == f"{site.url}/answer/{one}" and first["token"] == one and first["state"] == "sent" and first["due"]
    assert api(site, all_of_them, f"/notices?after={first['notice']}").json()["notices"] == [second, third]
    # The link of one notice: that notice.
    assert site.get(f"/api/v1/notices?token={one}").json() == {"total": 1, "notices": [first], "next_after": None}
    view = site.get(f"/api/v1/notices/{one}").json()
    assert view["observables"] == [{"value": "https://kestrel-demo.tw/login", "kind": "url"}] and view["answer"] is None
    assert view == site.get(f"/api/v1/notices/{first['notice']}?token={all_of_them}").json()
    def steady(shown):  # how far a holder may put it off counts from now
        return {k: v for k, v in shown.items() if k != "latest_until"}
    assert steady(api(site, one, f"/notices/{first['notice']}").json()) == steady(view) and api(site, one, f"/notices/{second['notice']}").status == 404
    # Looking changed nothing; the answer does, once.
    size = journal_size(site)
    said = send(site, None, one, {"answer": "fixed", "text": "Cleaned."})
    assert said.status == 200 and said.json() == {"case": cases[0], "answer": "fixed", "text": "Cleaned.", "until": None}
    assert case_staff(site, cases[0])["state"] == "answered" and journal_size(site) > size
    size = journal_size(site)
    assert send(site, None, one, {"answer": "fixed", "text": "Cleaned."}).json() == said.json() and journal_size(site) == size
    assert api(site, all_of_them).json()["total"] == 2 and site.get(f"/api/v1/notices?token={one}").json()["total"] == 0
    assert site.get(f"/api/v1/notices/{one}").json()["answer"]["text"] == "Cleaned."


def test_an_answer_once_by_its_key(site, page):
    [case] = told(site, KESTREL[0])
    all_of_them = page.rsplit("/", 1)[1]
    [n] = api(site, all_of_them).json()["notices"]
    latest = site.get(f"/api/v1/notices/{n['token']}").json()["latest_until"]
    wait = {"answer": "need-until", "until": latest, "text": "A spare part is on its way."}
    assert send(site, None, n["token"], wait, key="k1").status == 200
    size = journal_size(site)
    for key in ("k1", "other", None):
        assert send(site, None, n["token"], wait, key=key).status == 200
    assert journal_size(site) == size and api(site, all_of_them).json()["notices"][0]["extended"]
    # Something else came since: the late repeat of the first changes nothing, a new answer needs a key of its own.
    assert send(site, None, n["token"], {"answer": "fixed"}, key="k2").status == 200
    size = journal_size(site)
    assert send(site, None, n["token"], wait, key="k1").status == 200
    assert send(site, None, n["token"], {"answer": "not-ours"}, key="k1").status == 409
    assert journal_size(site) == size and case_staff(site, case)["state"] == "answered"
    assert send(site, None, n["token"], {"answer": "fixed"}, key="x" * 129).status == 400
    # Closed: the same again is still heard, another answer is not taken.
    site.run("case", "close", case, "--reason", "fixed")
    assert send(site, None, n["token"], {"answer": "fixed"}).status == 200
    assert send(site, None, n["token"], {"answer": "not-ours"}).status == 409


def test_what_is_no_answer(site, page):
    told(site, KESTREL[0])
    [n] = api(site, page.rsplit("/", 1)[1]).json()["notices"]
    size = journal_size(site)
    for body, where in (({}, "/answer"), ({"answer": "perhaps"}, "/answer"), ({"answer": 7}, "/answer"), ({"answer": "fixed", "note": "x"}, "/note"),
                        ({"answer": "fixed", "text": "x" * 10001}, "/text"), ({"answer": "fixed", "text": "bell \a"}, "/text"),
                        ({"answer": "need-until"}, "/until"), ({"answer": "need-until", "until": "2026-11-24"}, "/until"),
                        ({"answer": "need-until", "until": "2020-01-01T00:00:00Z"}, "/until"), ({"answer": "need-until", "until": "2099-01-01T00:00:00Z"}, "/until"),
                        ({"answer": "fixed", "a/b~": "x"}, "/a~1b~0")):
        answer = send(site, None, n["token"], body)
        assert answer.status == 422 and pointers(answer) == ["#" + where], (body, answer.text)
    for raw in (b"", b"[]", b"{", b'{"answer":"fixed","answer":"fixed"}'):
        assert site.post(f"/api/v1/notices/{n['token']}/answer", raw, headers={"Content-Type": "application/json"}).status == 400
    assert site.get(f"/api/v1/notices?token={n['token']}&after=x").status == 422
    assert journal_size(site) == size


def test_a_token_of_a_program(site, page):
    cases = told(site, *KESTREL[:2], "maple-demo.com.tw")
    token = new_token(site, page)
    found = api(site, token).json()
    assert [n["case"] for n in found["notices"]] == cases[:2]
    first, second = found["notices"]
    assert api(site, token, f"/notices/{first['notice']}").json()["case"] == cases[0]
    assert send(site, token, first["notice"], {"answer": "fixed", "text": "By machine."}).status == 200
    size = journal_size(site)
    assert send(site, token, first["notice"], {"answer": "fixed", "text": "By machine."}).status == 200 and journal_size(site) == size
    assert case_staff(site, cases[0])["state"] == "answered"
    # Nobody else's notice, whatever its number; in the URL a program's token opens nothing.
    maple = link(letter(site, "abuse@maple.example", cases[2]), "answer").rsplit("/", 1)[1]
    other = site.get(f"/api/v1/notices/{maple}").json()["notice"]
    for n in (other, 999999, 0):
        assert api(site, token, f"/notices/{n}").status == 404 and send(site, token, n, {"answer": "not-ours"}).status == 404
    assert site.get(f"/api/v1/notices?token={token}").status == 404
    assert case_staff(site, cases[2])["state"] == "notified"
    # One form of refusal.
    texts = {refused(api(site, t)) for t in (NOWHERE, token.upper(), token + "a", "x" * 5000, "")}
    texts |= {refused(site.get("/api/v1/notices")), refused(api(site, token, "/shares")), refused(site.get(f"/api/v1/notices/{other}"))}
    texts |= {refused(site.get("/api/v1/notices", headers={"Authorization": f"Basic {token}"})), refused(send(site, NOWHERE, first["notice"], {"answer": "fixed"}))}
    texts |= {refused(site.post("/api/v1/reports", json={"description": "x"}, headers={"Authorization": f"Bearer {token}"}))}
    assert len(texts) == 1
    # It is in no row of the database, and the journal knows who it was by its number alone.
    [row] = site.json("api-token", "list", "--contacts")
    assert (row["owner"], row["label"]) == (EMAIL, "Ticket system")
    site.until(lambda: site.json("api-token", "list", "--contacts")[0]["used_at"], "its use to be written down")
    for name in ("nicert.db", "nicert.db-wal"):
        path = site.dir / name
        assert not path.exists() or token.encode() not in path.read_bytes()


def test_taken_back_over_and_no_longer_verified(site, page):
    told(site, KESTREL[0])
    token, second, third = (new_token(site, page, label) for label in ("one", "two", "three"))
    ids = {t["label"]: t["id"] for t in site.json("api-token", "list", "--contacts")}
    person = Person(site)
    shown = person.get(page + "/programs")
    assert all(w in plain(shown.text) for w in ("one", "two", "three")) and token not in shown.text and shown.headers["X-Robots-Tag"] == "noindex"
    ended = person.go(person.post(page + "/programs/end", {"token": ids["one"]}))
    assert "Taken back" in plain(ended.text)
    refused(api(site, token))
    assert person.post(page + "/programs/end", {"token": ids["one"]}).status == 404 and api(site, second).status == 200
    site.run("api-token", "revoke", ids["two"])
    refused(api(site, second))
    assert site.run("api-token", "revoke", ids["two"], check=False).returncode == 1
    # Another address's page does not reach it.
    say(site, asked(site, "it@harbour.example"), "right")
    ask(site, "it@harbour.example")
    site.until(lambda: letters(site, "it@harbour.example", ASKED), "the letter")
    other = link(letters(site, "it@harbour.example", ASKED)[0], "notices").replace(site.url, "")
    assert person.post(other + "/programs/end", {"token": ids["three"]}).status == 404
    assert api(site, new_token(site, other)).json() == {"total": 0, "notices": [], "next_after": None}
    # Its address is wrong now: the token rests until the address is right again.
    held = new_token(site, other, "held")
    say(site, asked(site, "it@harbour.example"), "wrong", email="new@harbour.example")
    refused(api(site, held)), refused(send(site, held, 1, {"answer": "fixed"}))
    say(site, asked(site, "it@harbour.example"), "right")
    assert api(site, held).status == 200
    # Erased with its address; over after a year.
    fourth = new_token(site, other, "four")
    site.run("privacy", "erase", "it@harbour.example", "--yes")
    refused(api(site, fourth))
    assert api(site, third).status == 200
    site.advance("366d")
    refused(api(site, third))
    assert site.json("api-token", "list", "--contacts") == [] and len(site.json("api-token", "list", "--contacts", "--all")) == 3


def test_how_many_and_how_often(make_site):
    site = enrolled(open_site(make_site, **{"api.per_token_hour": 5}))
    say(site, asked(site, EMAIL), "right")
    ask(site, EMAIL)
    page = page_link(site).replace(site.url, "")
    made = [new_token(site, page, f"no {i}") for i in range(10)]
    full = Person(site).post(page + "/programs", {"label": "one more"})
    assert full.status == 409 and "ten already" in plain(full.text)
    assert Person(site).post(page + "/programs", {"label": "x" * 81}).status in (409, 422)
    assert [api(site, made[0]).status for _ in range(6)] == [200] * 5 + [429]
    late = api(site, made[0])
    assert late.status == 429 and int(late.headers["Retry-After"]) > 0 and api(site, made[1]).status == 200
    # Who guesses is told to stop, in the same way.
    seen = [api(site, NOWHERE).status for _ in range(40)]
    assert seen[0] == 401 and seen[-1] == 429 and api(site, made[1]).status == 200


def test_an_address_that_nobody_confirmed(make_site):
    """The link in a digest opens the notices of an address that was never asked; it makes no tokens."""
    site = open_site(make_site, **{"digest.at": "08:30"})
    site.json("report", "--observable", "192.0.2.7", "--class", "scanner")
    [waits] = site.json("digest", "list")
    to_digest(site, when(waits["due_at"]))
    page = link(letter(site, EMAIL, "Digest of"), "notices").replace(site.url, "")
    site.until(lambda: api(site, page.rsplit("/", 1)[1]).json()["total"] == 1, "the notice to be sent")
    person = Person(site)
    assert "confirmed address" in plain(person.get(page + "/programs").text) and 'name="label"' not in person.get(page + "/programs").text
    assert person.post(page + "/programs", {"label": "x"}).status == 403
    for gone in (f"/notices/{NOWHERE}/programs", f"/notices/{NOWHERE}/programs/end"):
        assert person.post(gone, {"label": "x", "token": "1"}).status == 404
    assert person.get(f"/notices/{NOWHERE}/programs").status == 404
    assert site.json("api-token", "list", "--contacts") == []


@pytest.mark.one_store
def test_the_examples_of_the_readme(site, page):
    """Each line runs as it stands there, but for the host, the numbers and the token."""
    told(site, KESTREL[0])
    contact = new_token(site, page)
    site.run("peer", "add", "jpcert", "--name", "JPCERT/CC", "--kind", "national-cert", "--mail", "cert@jpcert.example", "--ceiling", "amber")
    number = site.json("report", "--observable", "https://maple-demo.com.tw/", "--class", "phishing")["case"]
    site.run("share", "add", number, "--to", "jpcert")
    partner = site.json("api-token", "add", "jpcert")["token"]
    notice, share = api(site, contact).json()["notices"][0]["notice"], site.json("share", "list")[0]["id"]
    lines = [line.split("  #")[0].strip() for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("    curl -H")]
    assert len(lines) == 5
    for line in lines:
        line = line.replace("curl ", "curl -fsS ", 1).replace("https://cert.example.tw", site.url)
        line = line.replace("/notices/12/", f"/notices/{notice}/").replace("/shares/7/", f"/shares/{share}/")
        done = subprocess.run(["bash", "-c", line], env={"PATH": "/usr/bin:/bin", "TOKEN": contact if "/notices" in line else partner}, capture_output=True, text=True)
        assert done.returncode == 0 and json.loads(done.stdout), (line, done.stderr)
    assert case_staff(site, number)["steps"] and site.json("share", "list")[0]["state"] == "handled"


def put_in(browser, site, path):
    """A token's form, sent; the page with the new token."""
    browser.get(site.url + path)
    browser.find_element("css selector", "#label").send_keys("Ticket system")
    browser.execute_script("document.querySelector('#label').form.requestSubmit()")
    site.until(lambda: browser.find_elements("css selector", "#secret"), "the token")


@pytest.mark.one_store
def test_pages_shut_nobody_out(site, page, make_browser, axe):
    new_token(site, page, "A program with a rather long name that somebody gave it, to be told apart")
    site.run("peer", "add", "jp", "--name", "JP team", "--kind", "national-cert", "--mail", "cert@jp.example")
    olga = staff(site, "olga", "officer")
    found = []
    for lang, width, scheme in LOOKS:
        browser = make_browser(lang=lang)
        dress(browser, width, scheme)
        put_in(browser, site, page + "/programs")
        found += faults(browser, axe, "token made", lang, width)
        come_in(browser, site, olga)
        put_in(browser, site, "/staff/partners/jp")
        found += faults(browser, axe, "partner's token made", lang, width)
        leave(browser)
    assert not found, "\n".join(found)
