"""Reports: every door leads to the same case, nobody is told more than they may know, nothing happens by looking."""
import datetime
import hashlib
import json
import re
import urllib.parse

import pytest
from conftest import ask
from test_kit import (Person, another, case_of, case_staff, check_receipt, fields, file_report, form_back, journal_size, letter, letters, link, links, open_site,
                      parts, plain, receipt_of, server_now, staff, verified)

URL = "https://parcel-fee.maple-demo.com.tw/pay"


@pytest.fixture
def demo(make_site):
    """The sample country, served."""
    return open_site(make_site)


def send_form(site, files=None, lang="en", person=None, **typed):
    """GET /report, type, send. Returns the person and the answer."""
    person = person or Person(site, lang)
    page = person.get("/report")
    assert page.status == 200
    return person, person.post("/report", {**fields(page.text), **typed}, files)


def filed_by(person, answer):
    """{"case", "token", "url"} of a form that was taken."""
    assert answer.status == 303, plain(answer.text)
    path = urllib.parse.urlparse(answer.headers["Location"]).path
    page = person.get(answer.headers["Location"])
    number = re.search(r"NC-\d{4}-\d{6}", page.text).group(0)
    token = path.rsplit("/", 1)[1]
    return {"case": number, "token": token, "url": f"{person.site.url}{path}", "page": page,
            "receipt_url": f"{person.site.url}/api/v1/cases/{number}/receipt?token={token}"}


# ── the same from every door ──

def door_urlencoded(site, obs, **r):
    return filed_by(*send_form(site, observables="\n".join(obs), description=r["description"], email=r["email"], **{"class": r["class"]}))


def door_multipart(site, obs, **r):
    return filed_by(*send_form(site, files=[], observables=" ".join(obs), description=r["description"], email=r["email"],
                               **{"class": r["class"]}))


def door_api(site, obs, **r):
    return file_report(site, *obs, description=r["description"], email=r["email"], language="en", **{"class": r["class"]})


def door_cli(site, obs, **r):
    words = [w for o in obs for w in ("--observable", o)]
    return site.json("report", *words, "--text", r["description"], "--email", r["email"], "--lang", "en", "--class", r["class"])


def essence(view):
    """What a case is about and whom it goes to, without numbers, times and the way it came."""
    return {"class": view["class"], "rsit": view["rsit"],
            "observables": sorted((o["value"].split("/door")[0], o["kind"], o["responsible"], o["matched"], o["mention"],
                                   tuple((c["role"], c["name"], c["handle"], c["email"]) for c in o["chain"])) for o in view["observables"]),
            "notices": sorted((n["role"], n["party"], n["email"], n["lang"], n["observables"]) for n in view["notices"]),
            "reporter": [(r["email"], r["language"], r["confirmed"], r["share_words"]) for r in view["reporters"]],
            "words": [r["words"].split("door")[0] for r in view["reporters"]]}


def test_every_door_leads_to_the_same_case(demo):
    doors = [door_urlencoded, door_multipart, door_api, door_cli]
    seen = []
    for i, door in enumerate(doors):
        demo.get("/healthz")
        filed = door(demo, [f"hxxps://parcel-fee[.]maple-demo[.]com[.]tw/door{i}", f"http://203.0.113.7{i}/door"],
                     description=f"Seen at door{i}, and wrote to help@cedar-demo.net.tw", email=f"r{i}@citizen.example", **{"class": "phishing"})
        view = case_staff(demo, filed["case"])
        found = essence(view)
        found["observables"] = [(re.sub(r"203\.0\.113\.7\d", "203.0.113.70", o[0]), *o[1:]) for o in found["observables"]]
        found["reporter"] = [(re.sub(r"r\d@", "r@", r[0]), *r[1:]) for r in found["reporter"]]
        seen.append(found)
        assert case_of(demo, filed)["case"] == filed["case"]
        assert receipt_of(demo, filed)
    assert all(s == seen[0] for s in seen[1:]), seen
    assert len(seen[0]["notices"]) == 2 and seen[0]["words"] == ["Seen at "]
    # What comes from the machine's own shell is the staff's word and goes out at once; the others wait for a click.
    states = [[n["state"] for n in case_staff(demo, c["case"])["notices"]] for c in demo.json("case", "list")]
    assert sum("waiting" in s for s in states) == 3


@pytest.mark.one_store
def test_observables_are_read_as_people_write_them(demo):
    given = {
        "hxxp://shop[.]maple-demo[.]com[.]tw/login": "http://shop.maple-demo.com.tw/login",
        "hXXps[:]//shop.maple-demo[dot]com(.)tw/a?b=c#d": "https://shop.maple-demo.com.tw/a?b=c",
        "MAPLE-DEMO.COM.TW": "maple-demo.com.tw",
        "maple-demo.com.tw.": "maple-demo.com.tw",
        "192[.]0[.]2[.]55": "192.0.2.55",
        "2001:DB8:55:0:0::10": "2001:db8:55::10",
        "192.0.2.0/25": "192.0.2.0/25",
        "as64496": "AS64496",
        "help[at]maple-demo[.]com[.]tw": "help@maple-demo.com.tw",
        "海風示範.台灣": "xn--90ww4wz2bh32c.xn--kpry57d",
        "d41d8cd98f00b204e9800998ecf8427e": "d41d8cd98f00b204e9800998ecf8427e",
    }
    filed = file_report(demo, *given)
    found = [o["value"] for o in filed["observables"]]
    want = list(dict.fromkeys(given.values()))
    assert found == want, [(f, w) for f, w in zip(found, want) if f != w]


# ── retries ──

def test_a_retry_gets_the_first_answer(demo):
    first = file_report(demo, URL, key="k1", description="once")
    size = journal_size(demo)
    again = file_report(demo, URL, key="k1", description="once")
    assert again == first and journal_size(demo) == size
    other = file_report(demo, URL, key="k2", description="another")
    assert other["case"] == first["case"] and other["token"] != first["token"] and journal_size(demo) > size
    person, answer = send_form(demo, observables="https://b.maple-demo.com.tw/", description="twice")
    sent = filed_by(person, answer)
    # The same key with another report is a mistake, and nothing of it is taken for filed.
    for _ in range(2):
        refused = demo.post("/api/v1/reports", json={"description": "not the same"}, headers={"Idempotency-Key": "k1"})
        assert refused.status == 422 and "take a new key" in refused.json()["detail"], refused.text
    size = journal_size(demo)
    # The same page sent twice (a double click): the form's own token is its key.
    page = person.get("/report")
    typed = {**fields(page.text), "observables": "https://c.maple-demo.com.tw/"}
    one, two = person.post("/report", typed), person.post("/report", typed)
    assert one.status == two.status == 303 and one.headers["Location"] == two.headers["Location"]
    assert sent["case"] != filed_by(person, one)["case"]
    # Gone back to, changed and sent again it is another report: what was typed is not lost.
    three = person.post("/report", {**typed, "description": "and they phoned me"})
    assert three.status == 303 and three.headers["Location"] != one.headers["Location"]
    assert "and they phoned me" in json.dumps(case_staff(demo, filed_by(person, three)["case"]))
    a = demo.json("report", "--observable", "https://d.maple-demo.com.tw/", "--idempotency-key", "x")
    assert demo.json("report", "--observable", "https://d.maple-demo.com.tw/", "--idempotency-key", "x") == a


@pytest.mark.one_store
@pytest.mark.parametrize("body,pointers", [
    ({"observables": [URL], "surprise": 1}, ["#/surprise"]),
    ({"observables": [URL], "a/b": 1, "c~d": 2}, ["#/a~1b", "#/c~0d"]),
    ({"observables": "x"}, ["#/observables"]),
    ({"observables": [URL, 7]}, ["#/observables/1"]),
    ({"observables": [URL], "class": "no-such"}, ["#/class"]),
    ({"observables": [URL], "email": "nobody"}, ["#/email"]),
    ({"observables": [URL], "record_only": "yes"}, ["#/record_only"]),
    ({"observables": [URL], "language": "中文"}, ["#/language"]),
    ({"observables": [URL], "language": "zh-"}, ["#/language"]),
    ({"observables": [URL], "language": "overlylong"}, ["#/language"]),
    ({"description": ["x"]}, ["#/description"]),
    ({}, ["#"]),
], ids=lambda x: str(x)[:40])
def test_what_is_wrong_with_a_report_is_named(demo, body, pointers):
    answer = demo.post("/api/v1/reports", json=body)
    assert answer.status == 422 and answer.headers.get_content_type() == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422 and problem["title"] and [e["pointer"] for e in problem["errors"]] == pointers
    assert demo.json("case", "list") == []


# ── files ──

HOSTILE = b"<!doctype html><script>alert(document.domain)</script>" + bytes(range(256))


def test_files_are_kept_by_digest_and_never_shown(demo):
    sha = hashlib.sha256(HOSTILE).hexdigest()
    person, answer = send_form(demo, files=[("files", "../../evil.html", "text/html", HOSTILE), ("files", "圖.png", "image/png", b"\x89PNG" * 9)],
                               observables=URL)
    filed = filed_by(person, answer)
    kept = demo.dir / "files" / sha[:2] / sha[2:]
    assert kept.read_bytes() == HOSTILE and kept.stat().st_mode & 0o077 == 0
    assert [p for p in (demo.dir / "tmp").iterdir()] == [], "nothing is left behind of an upload"
    shown = [f for r in case_staff(demo, filed["case"])["reporters"] for f in r["files"]]
    assert [(f["sha256"], f["size"]) for f in shown][0] == (sha, len(HOSTILE)) and "/" not in shown[0]["name"] and shown[1]["name"] == "圖.png"
    assert sha not in person.get(filed["url"]).text and "evil.html" not in Person(demo).get("/").text
    # No way to it for the public.
    for path in (f"/staff/file/{sha}", f"/files/{sha[:2]}/{sha[2:]}", f"/assets/{sha}", f"/case/{filed['token']}/{sha}"):
        assert person.get(path).status in (303, 404), path
    handler = staff(demo, "hana", "handler")
    got = handler.get(f"/staff/file/{sha}?case={filed['case']}")
    assert got.status == 200 and got.body == HOSTILE and got.headers.get_content_type() == "application/octet-stream"
    assert got.headers.get_content_disposition() == "attachment" and got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"] and "evil" not in got.headers["Content-Disposition"]
    assert handler.get("/staff/file/" + "0" * 64).status == 404 and handler.get("/staff/file/..%2f..%2fcore.key").status in (400, 404)
    # The shell's files go the same way.
    path = demo.dir.parent / "from-shell.bin"
    path.write_bytes(HOSTILE + b"2")
    demo.run("report", "--observable", URL, "--file", path)
    sha2 = hashlib.sha256(HOSTILE + b"2").hexdigest()
    assert (demo.dir / "files" / sha2[:2] / sha2[2:]).exists()


@pytest.mark.one_store
def test_files_come_back_with_the_form(demo):
    """A mistake elsewhere does not cost the upload: it is kept, and the form that comes back refers to it."""
    person, answer = send_form(demo, files=[("files", "proof.txt", "text/plain", b"proof")], observables=URL, email="not an address")
    assert answer.status == 422 and form_back(answer.text, observables=URL, email="not an address") == ["email"]
    kept = re.search(r'name="kept" value="([^"]+)"', answer.text).group(1)
    again = person.post("/report", {**fields(answer.text), "observables": URL, "kept": kept}, files=[])
    filed = filed_by(person, again)
    files = case_staff(demo, filed["case"])["reporters"][0]["files"]
    assert [(f["name"], f["sha256"]) for f in files] == [("proof.txt", hashlib.sha256(b"proof").hexdigest())]
    # Only what was really sent comes back: the reference is sealed.
    forged = person.post("/report", {**fields(person.get("/report").text), "observables": "https://e.maple-demo.com.tw/",
                                     "kept": "x" + kept[1:]}, files=[])
    if forged.status == 303:
        assert case_staff(demo, filed_by(person, forged)["case"])["reporters"][0]["files"] == []


# ── who is told, and who is not ──

@pytest.mark.one_store
def test_anonymous(demo):
    filed = file_report(demo, URL, description="I would rather not say.")
    view = case_staff(demo, filed["case"])
    assert view["reporters"][0]["email"] is None and view["notices"][0]["state"] == "waiting" and "Nobody stands behind" in view["notices"][0]["why_waiting"]
    assert demo.outbox() == []
    page = Person(demo).get(filed["url"])
    assert page.status == 200 and filed["case"] in page.text and Person(demo).get(another(filed["url"])).status == 404
    assert receipt_of(demo, filed)


def test_record_only(demo):
    filed = file_report(demo, URL, record_only=True, email="r@citizen.example", language="en", **{"class": "phishing"})
    view = case_of(demo, filed)
    assert view["state"] == "closed" and view["close_reason"] == "record-only" and view["notices"] == []
    assert "Kept for the record only" in plain(Person(demo).get(filed["url"]).text)
    # It takes nobody in, and nobody joins it.
    assert file_report(demo, URL)["case"] != filed["case"]
    assert receipt_of(demo, filed)
    letter(demo, "r@citizen.example", "We have your report")
    demo.advance("30d")
    assert letters(demo, "maple.example") == []


def test_no_contact_next_in_chain(demo):
    filed = file_report(demo, "https://nobody-demo.tw/x", email="r@citizen.example", language="en", **{"class": "phishing"})
    view = case_staff(demo, filed["case"])
    assert [(n["role"], n["email"]) for n in view["notices"]] == [("sponsor", "abuse@cedar-names.example")]
    assert [t["kind"] for t in view["tasks"]] == ["find-contact"] and "contact of the holder" in view["tasks"][0]["text"].lower()
    page = plain(Person(demo).get(filed["url"]).text)
    assert "No usable contact of the holder" in page and "the sponsor (Cedar Names Demo)" in page
    hana = staff(demo, "hana", "handler")
    tasks = hana.get("/staff/tasks").text
    assert filed["case"] in tasks and "Find a contact of the holder" in plain(tasks)
    assert hana.act(filed["case"], "approve").status == 303
    notice = letter(demo, "abuse@cedar-names.example")
    assert notice["Content-Language"] == "zh-TW" and "nobody-demo.tw" in parts(notice)[0]
    task = case_staff(demo, filed["case"])["tasks"][0]["id"]
    assert hana.act(filed["case"], "task", id=task).status == 303
    assert case_staff(demo, filed["case"])["tasks"][0]["done_at"]


def test_two_reporters_one_notice(demo):
    one = file_report(demo, URL, email="one@citizen.example", language="en", description="first secret words", **{"class": "phishing"})
    two = file_report(demo, "hxxps://parcel-fee[.]maple-demo[.]com[.]tw/pay", "https://other.maple-demo.com.tw/", email="two@citizen.example",
                      language="zh-TW", description="second secret words")
    assert two["case"] == one["case"] and two["token"] != one["token"]
    demo.run("case", "approve", one["case"])
    notice = letter(demo, "abuse@maple.example")
    assert URL in parts(notice)[0].replace("hxxp", "http")
    three = file_report(demo, URL, description="third")
    assert three["case"] == one["case"]
    view = case_staff(demo, one["case"])
    assert len(view["notices"]) == 1 and view["notices"][0]["observables"] == 2 and len(view["reporters"]) == 3
    demo.run("case", "approve", one["case"])
    assert len(letters(demo, "abuse@maple.example")) == 1
    # Each sees their own, and that others reported too.
    for mine, other, words in ((one, "two@", "second"), (two, "one@", "first")):
        page = Person(demo).get(mine["url"]).text
        assert other not in page and words not in page and "2 other people reported the same" in plain(page)
        assert case_of(demo, mine)["others"] == 2 and other not in str(case_of(demo, mine)) and words not in str(case_of(demo, mine))
    assert [o["value"] for o in case_of(demo, one)["observables"]] == [URL]
    assert receipt_of(demo, one) != receipt_of(demo, two)
    verified(demo)


@pytest.mark.parametrize("kind", ["registered-abuse", "phishing-domain"])
def test_registered_for_abuse_goes_to_the_sponsor(demo, kind):
    filed = file_report(demo, "https://海風示範.台灣/", email="r@citizen.example", language="zh-TW", **{"class": kind})
    assert [n["role"] for n in case_staff(demo, filed["case"])["notices"]] == ["sponsor"]
    demo.run("case", "approve", filed["case"])
    letter(demo, "abuse@bamboo-names.example")
    for _ in range(4):  # silence after silence: up the chain, never down
        demo.advance("3d")
        demo.until(lambda: all(n["state"] != "sent" for n in case_staff(demo, filed["case"])["notices"][:1]), "the silence to be noticed")
    demo.until(lambda: any(n["role"] == "authority" and n["state"] in ("sent", "silent") for n in case_staff(demo, filed["case"])["notices"]),
               "the authority to be told")
    assert "holder" not in [n["role"] for n in case_staff(demo, filed["case"])["notices"]]
    assert letters(demo, "seawind.example") == []


SECRETS = ("林示範", "lin@lin.example", "lin@")


def test_nobody_sees_another_partys_personal_data(demo):
    """A name held by a natural person: who they are and how to reach them stands nowhere that is public."""
    filed = file_report(demo, "https://shop.lin-demo.idv.tw/x", email="r@citizen.example", language="zh-TW", description="private words",
                        **{"class": "phishing"})
    demo.run("case", "approve", filed["case"])
    own = letter(demo, "lin@lin.example")
    for part in parts(own):
        assert "citizen.example" not in part and "private words" not in part
    answer_link = link(own, "answer")
    demo.advance("25h")
    sponsors = letter(demo, "abuse@bamboo-names.example")
    for part in parts(sponsors):
        assert not any(s in part for s in SECRETS), "the next in line learns the name of a natural person"
        assert "citizen.example" not in part and "private words" not in part
    public = ["/", "/lookup?q=lin-demo.idv.tw", "/lookup?q=https://shop.lin-demo.idv.tw/x", "/api/v1/holder?thing=lin-demo.idv.tw",
              filed["url"], filed["url"] + "/receipt", filed["url"] + "/receipt.json", filed["url"] + "/withdraw", filed["receipt_url"],
              f"/api/v1/cases/{filed['case']}?token={filed['token']}", link(sponsors, "answer"), "/case", "/metrics",
              "/journal/checkpoint", "/journal/tile/entries/000.p/5"]
    receipt_of(demo, filed)
    for lang in ("en", "zh-TW"):
        for path in public:
            answer = Person(demo, lang).get(path)
            assert answer.status == 200, answer
            seen = answer.body.decode("utf-8", "replace")
            assert not any(s in seen for s in SECRETS), path
            if path not in (filed["url"],):
                assert "r@citizen.example" not in seen, path
            if "/answer/" in path:
                assert "private words" not in seen
    holders_page = Person(demo, "zh-TW").get(answer_link).text
    assert "citizen.example" not in holders_page and "private words" not in holders_page
    for m in letters(demo, "r@citizen.example"):
        assert not any(s in part for part in parts(m) for s in SECRETS)
    # Staff see all of it.
    assert "林示範" in staff(demo, "hana", "handler").get(f"/staff/case/{filed['case']}").text


@pytest.mark.one_store
@pytest.mark.parametrize("share", [True, False])
def test_words_reach_the_holder_only_if_ticked(demo, share):
    more = {"share_words": "1"} if share else {}
    person, answer = send_form(demo, observables=URL, description="Grandmother nearly paid, NT$ 58.", email="r@citizen.example", **more)
    filed = filed_by(person, answer)
    demo.run("case", "approve", filed["case"])
    notice = letter(demo, "abuse@maple.example")
    page = Person(demo).get(link(notice, "answer")).text
    for seen in (*parts(notice), page):
        assert ("Grandmother nearly paid" in seen) == share
        assert "citizen.example" not in seen


@pytest.mark.one_store
def test_letters_are_in_the_reporters_language(demo):
    for lang, words in (("en", "We have your report"), ("zh-TW", "通報")):
        person, answer = send_form(demo, lang=lang, observables=f"https://{lang.lower()}.maple-demo.com.tw/", email=f"{lang}@citizen.example")
        filed_by(person, answer)
        m = letter(demo, f"{lang}@citizen.example")
        assert m["Content-Language"] == lang and words in m["Subject"] + parts(m)[0]


# ── looking changes nothing ──

def test_get_never_changes_state(demo):
    """Scanners in mail systems open every link."""
    filed = file_report(demo, URL, "192.0.2.55", email="r@citizen.example", language="en", description="words", **{"class": "phishing"})
    demo.run("case", "approve", filed["case"])
    letter(demo, "abuse@maple.example"), letter(demo, "abuse@kestrel.example"), letter(demo, "r@citizen.example")
    demo.until(lambda: case_of(demo, filed)["state"] == "notified", "both notices to be sent")
    demo.until(lambda: [n["state"] for n in case_of(demo, filed)["notices"]] == ["sent", "sent"], "both notices to be sent")
    found = {u for m in demo.outbox() for u in links(m)}
    assert {k for u in found for k in ("case", "confirm", "answer") if f"/{k}/" in u} == {"case", "confirm", "answer"}
    before, size, mails = case_staff(demo, filed["case"]), journal_size(demo), len(demo.outbox())
    for u in sorted(found):
        assert u.startswith(demo.url), u
        for method in ("GET", "HEAD", "GET"):
            assert ask(u, method=method, follow=True).status == 200, u
    assert journal_size(demo) == size and case_staff(demo, filed["case"]) == before and len(demo.outbox()) == mails
    # The pages behind them hold the buttons; pressing one does it.
    confirm = next(u for u in found if "/confirm/" in u)
    assert Person(demo).post(confirm, {}).status == 200 and journal_size(demo) > size


@pytest.mark.one_store
def test_tokens_are_not_in_the_database(demo):
    """A copy of the database opens nothing: neither links, nor invitations, nor sessions."""
    filed = file_report(demo, URL, email="r@citizen.example", language="en", **{"class": "phishing"})
    demo.run("case", "approve", filed["case"])
    notice, mine = letter(demo, "abuse@maple.example"), letter(demo, "r@citizen.example")
    invite = demo.json("user", "add", "hana", "--role", "handler")["link"]
    hana = staff(demo, "hanb", "handler")
    session = next(c.value for c in hana.jar if c.name == "staff")
    tokens = [filed["token"], *(link(m, k).rsplit("/", 1)[1] for m, k in ((notice, "answer"), (mine, "confirm"))), invite.rsplit("/", 1)[1],
              demo.admin_link.rsplit("/", 1)[1], session]
    demo.stop()
    stored = b"".join(p.read_bytes() for p in demo.dir.iterdir() if p.name.startswith("nicert.db"))
    assert filed["case"].encode() in stored
    for token in tokens:
        assert len(token) >= 22 and token.encode() not in stored
        assert hashlib.sha256(token.encode()).digest() in stored, "what opens it is kept as its SHA-256"
    assert len(set(tokens)) == len(tokens)
    # The log does not tell them either.
    assert not any(t in demo.log() for t in tokens)


@pytest.mark.one_store
def test_headers_of_private_pages(demo):
    filed = file_report(demo, URL, email="r@citizen.example", language="en", **{"class": "phishing"})
    demo.run("case", "approve", filed["case"])
    answer = link(letter(demo, "abuse@maple.example"), "answer")
    confirm = link(letter(demo, "r@citizen.example"), "confirm")
    for path in ("/", "/report", "/case", "/lookup", "/privacy", "/accessibility", "/staff/sign-in", "/nowhere", filed["url"],
                 filed["url"] + "/receipt", filed["url"] + "/withdraw", answer, confirm):
        h = demo.get(path).headers
        assert h["Referrer-Policy"] == "no-referrer", path
        policy = dict(d.strip().split(" ", 1) for d in h["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'", path
        assert policy["form-action"] == "'self'" and "unsafe" not in h["Content-Security-Policy"], path
        assert h["X-Content-Type-Options"] == "nosniff" and h["Cache-Control"] == "no-store", path
    for path in (filed["url"], answer):
        assert "noindex" in demo.get(path).headers["X-Robots-Tag"]
    assert all(f"Disallow: /{p}/" in demo.get("/robots.txt").text for p in ("case", "answer"))


# ── the reporter goes on ──

def test_reporter_adds_and_withdraws(demo):
    filed = file_report(demo, URL, email="r@citizen.example", language="en", **{"class": "phishing"})
    person = Person(demo)
    done = person.post(filed["url"] + "/add", {"text": "It is back under /pay2"}, files=[("files", "shot.png", "image/png", b"png" * 50)])
    assert "You added something" in plain(person.go(done).text)
    view = case_staff(demo, filed["case"])
    assert any(f["name"] == "shot.png" for r in view["reporters"] for f in r["files"])
    receipt_of(demo, filed)
    assert person.get(filed["url"] + "/withdraw").status == 200 and case_staff(demo, filed["case"])["reporters"][0]["withdrawn"] is False
    assert person.post(filed["url"] + "/withdraw", {}).status == 200
    assert case_staff(demo, filed["case"])["reporters"][0]["withdrawn"] is True
    # The receipt stays; nobody else reported, so the case is over, and no letter says so to whoever left.
    assert check_receipt(receipt_of(demo, filed), demo.get("/journal/key").text)["case"] == filed["case"]
    assert case_staff(demo, filed["case"])["state"] == "closed"
    hana = staff(demo, "hana", "handler")
    assert filed["case"] in hana.get("/staff?view=closed").text
    assert [m["Subject"] for m in letters(demo, "r@citizen.example", "Closed")] == []
    assert letters(demo, "maple.example") == []


def test_pasted_text_is_taken_without_its_form_feeds(demo):
    person = Person(demo)
    form = {**fields(person.get("/report").text), "observables": URL, "description": "Page one.\x0cPage\x0b two.\x07\x85", "email": "", "class": "phishing"}
    done = person.post("/report", form)
    assert done.status == 303, plain(done.text)
    page = done.headers["Location"].split("?")[0]
    assert person.post(page + "/add", {"text": "More:\x0c that."}).status == 303
    assert person.post(page + "/add", {"text": "\x0c\x07"}).status == 422
    number = re.search(r"NC-\d{4}-\d{6}", person.get(page).text).group(0)
    told = json.dumps(case_staff(demo, number))
    assert "Page one.\\nPage\\n two." in told and "\\u00" not in told, told


def test_answers_of_a_party(demo):
    """More time moves the deadline, "not ours" goes up the chain, and an answer can be changed until the case is closed."""
    filed = file_report(demo, URL, "192.0.2.55", "203.0.113.9", **{"class": "phishing"})
    demo.run("case", "approve", filed["case"])
    maple, kestrel, cedar = (link(letter(demo, f"abuse@{n}.example"), "answer") for n in ("maple", "kestrel", "cedar"))
    holder = Person(demo)
    bad = holder.post(maple, {"text": "words without an answer"})
    assert bad.status == 422 and form_back(bad.text, text="words without an answer") == ["a-fixed"]
    assert holder.post(maple, {"answer": "need-until", "until": "2001-01-01"}).status == 422
    day = (datetime.datetime.fromtimestamp(server_now(demo), datetime.timezone.utc) + datetime.timedelta(days=5)).date().isoformat()
    assert holder.post(maple, {"answer": "need-until", "until": day}).status == 303
    assert holder.post(kestrel, {"answer": "not-ours"}).status == 303
    assert holder.post(cedar, {"answer": "false-alarm", "text": "a test of ours"}).status == 303
    states = {n["email"]: n for n in case_staff(demo, filed["case"])["notices"]}
    assert states["abuse@maple.example"]["answer"] == "need-until" and states["abuse@maple.example"]["until"].startswith(day)
    assert states["abuse@cedar.example"]["answer_text"] == "a test of ours"
    demo.until(lambda: letters(demo, "cert@demo.example"), "the next in line of an address that is not theirs")
    # The silence that was announced is not noticed before the day that was asked for.
    demo.advance("3d")
    assert next(n for n in case_staff(demo, filed["case"])["notices"] if n["email"] == "abuse@maple.example")["state"] in ("sent", "answered")
    assert letters(demo, "abuse@cedar-names.example") == []
    assert holder.post(maple, {"answer": "fixed"}).status == 303
    assert {n["email"]: n for n in case_staff(demo, filed["case"])["notices"]}["abuse@maple.example"]["answer"] == "fixed"
    demo.run("case", "close", filed["case"], "--reason", "fixed")
    assert "This case is closed" in plain(holder.get(maple).text)
    assert holder.post(maple, {"answer": "false-alarm"}).status == 409


@pytest.mark.one_store
def test_no_tokens_in_what_a_shell_user_sees_by_chance(demo):
    """The private link is told once, to whoever filed; later views tell numbers."""
    filed = file_report(demo, URL)
    for words in (["case", "list"], ["case", "show", filed["case"]]):
        assert filed["token"] not in demo.run(*words).stdout and filed["token"] not in demo.run(*words, "--json").stdout


# ── what stands beside the form, behind the report, and between staff and a party ──

@pytest.mark.parametrize("lang, said", [
    ("en", ["What we keep", "Reporter's e-mail address", "Kept for one year.", "Kept for 2 years.", "in the country we serve", "see, correct or erase it",
            "You need not give it"]),
    ("zh-TW", ["我們會保存的資料", "保存 1 年", "保存 2 年", "在我們服務的國家境內", "查閱、更正、刪除或停止利用", "可以選擇不提供"]),
])
def test_what_is_kept_is_said_before_send(demo, lang, said):
    """Taiwan's PDPA Art. 8: purpose, kinds of data, period, area and use, rights, and what follows from giving none."""
    page = Person(demo, lang).get("/report").text
    form, notice = page.index('action="/report"'), page.index('id="pn"')
    send = page.index('<button class="btn btn--main', form)
    assert form < notice < send, "the notice does not stand before the button"
    text = plain(page[notice:send])
    assert all(s in text for s in said), text
    if lang != "en":
        assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 200 and "Reporter" not in text, text


def test_a_receipt_is_also_a_page(demo):
    """It holds what the file holds: the digest of what was filed, the entry and its salt, its time and the proof; and how to check it."""
    filed = file_report(demo, URL)
    receipt = json.loads(receipt_of(demo, filed))
    page = Person(demo).get(f"/case/{filed['token']}/receipt")
    text = plain(page.text)
    for held in (receipt["case"], receipt["digest"], receipt["filed_at"], receipt["entry"], receipt["salt"], demo.get("/journal/key").text.strip()):
        assert held in text, (held, text)
    assert plain(receipt["proof"]) in text
    assert "@media print" in demo.get(re.search(r'href="(/assets/[^"]+\.css)"', page.text).group(1)).text


def test_staff_write_to_a_party(demo):
    """In their letter, in their language, to who got the notice; nobody else sees the words."""
    filed = file_report(demo, URL, email="ming@citizen.example")
    hana, words = staff(demo, "hana", "handler"), "Which server was it? Please tell us its name."
    path = f"/staff/case/{filed['case']}"
    demo.run("case", "approve", filed["case"])
    letter(demo, "abuse@maple.example")
    page = hana.get(path).text
    choice = re.search(rf'action="{path}/write".*?<option value="(\d+)"', page, re.S).group(1)
    csrf = fields(page)["csrf"]
    assert hana.post(f"{path}/write", {"csrf": csrf, "id": choice, "text": ""}).status == 422
    assert hana.post(f"{path}/write", {"csrf": csrf, "id": "999999", "text": words}).status in (404, 422)
    assert Person(demo).post(f"{path}/write", {"csrf": csrf, "id": choice, "text": words}).status in (303, 401, 403)
    assert hana.post(f"{path}/write", {"csrf": csrf, "id": choice, "text": words}).status == 303
    demo.until(lambda: len(letters(demo, "abuse@maple.example")) == 2, "the letter")
    text, html = parts(letters(demo, "abuse@maple.example")[1])
    assert words in text and words in plain(html) and filed["case"] in text
    assert words in plain(hana.get(path).text)
    assert words not in plain(Person(demo).get(filed["url"]).text) and not any(words in parts(m)[0] for m in letters(demo, "ming@citizen.example"))
