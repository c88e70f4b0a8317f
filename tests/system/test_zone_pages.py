"""The registry officers' pages: rules and their versions, why a name may be registered, what time will do, who is let in. And complaints."""
import csv
import html
import io
import re
import time
import urllib.parse

import pytest
from test_epp import create_contact, create_domain, entered, info
from test_kit import Person, fields, picture, plain, server_now, staff
from test_pages import LOOKS, come_in, dress, faults, leave

POLICY = ("# rules of the zone\nterms 1-10\ngeneral open\nsecond-level com.test review businesses\nlabel-min 3\nexpiry suspend\n"
          "price create 800 TWD per-year\nprice renew 800 TWD per-year\n")
PAPER = b"%PDF-1.4 a certificate of incorporation"


@pytest.fixture
def registry(make_site):
    site = make_site(**{"test.clock": "on", "mail.from": "registry@nic.example", "form.min_fill": 0, "report.per_net_hour": 1000000})
    rules = site.dir / "test.policy"
    rules.write_text(POLICY)
    site.run("zone", "add", "test", "--policy", rules)
    site.registrars = {"alpha": site.json("registrar", "add", "alpha", "--credit", "100000", "--name", "Alpha Names", "--email", "help@alpha.example")}
    return site.serve()


def names_in(registry):
    a = entered(registry, "alpha")
    a.ask(create_contact("CON-1"), 1000)
    for name in ("one.test", "two.test"):
        a.ask(create_domain(name, "CON-1"), 1000)
    a.ask(create_domain("shop.com.test", "CON-1"), 1001)
    return a


def day(site, days):
    return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(server_now(site) + days * 86400))


def plan(person, text, when, seal=None):
    page = person.get("/staff/zones/test/plan").text
    data = {"csrf": fields(page)["csrf"], "text": text.replace("\n", "\r\n"), "from": when}
    return person.post("/staff/zones/test/plan", {**data, **({"seal": seal} if seal else {})})


def test_versions_of_the_rules(registry):
    names_in(registry)
    olga = staff(registry, "olga", "officer")
    assert "test" in plain(olga.get("/staff/zones").text)
    page = plain(olga.get("/staff/zones/test").text)
    assert "second-level com.test review businesses" in page and "In force" in page

    when = day(registry, 20)
    for wrong, line in ((POLICY + "frobnicate on\n", 9), (POLICY.replace("terms 1-10", "terms 0-10"), 2), (POLICY + "idn-table zh lgr other.xml\n", 9)):
        back = plan(olga, wrong, when)
        assert back.status == 422 and f"ine {line}" in plain(back.text), (wrong, plain(back.text))
    for missing in (("", when), (POLICY, ""), (POLICY, "2020-01-01T00:00"), (POLICY, "yesterday")):
        assert plan(olga, *missing).status == 422, missing

    new = POLICY.replace("renew 800", "renew 900").replace("label-min 3", "label-min 4")
    checked = plan(olga, new, when)
    seen = plain(checked.text)
    assert checked.status == 200 and "Price of renewal" in seen and "900" in seen and "Shortest label" in seen
    assert "3 names that are registered are touched" in seen
    assert len(registry.json("policy", "history", "test")) == 1  # a check sets nothing
    seal = fields(checked.text)["seal"]
    other = plan(olga, new.replace("900", "950"), when, seal)
    assert other.status == 200 and len(registry.json("policy", "history", "test")) == 1  # not what was shown
    done = plan(olga, new, when, seal)
    assert done.status == 303, plain(done.text)
    assert len(registry.json("policy", "history", "test")) == 2
    assert "Comes" in plain(olga.get("/staff/zones/test").text)
    assert "renew 800" in registry.run("policy", "show", "test").stdout

    diff = olga.get("/staff/zones/test/diff?a=1&b=2")
    assert re.search(r"<del>price renew 800 TWD per-year</del>", diff.text) and re.search(r"<ins>price renew 900 TWD per-year</ins>", diff.text)
    assert olga.get("/staff/zones/test/diff?a=1&b=9").status == 404 and olga.get("/staff/zones/nowhere").status == 404

    csrf = fields(olga.get("/staff/zones/test/plan").text)["csrf"]
    assert olga.post("/staff/zones/test/withdraw", {"csrf": csrf, "version": "1"}).status == 409  # in force
    assert olga.post("/staff/zones/test/withdraw", {"csrf": csrf, "version": "2"}).status == 303
    assert olga.post("/staff/zones/test/withdraw", {"csrf": csrf, "version": "2"}).status == 409
    assert "Withdrawn" in plain(olga.get("/staff/zones/test").text)
    registry.advance("21d")
    assert "renew 800" in registry.run("policy", "show", "test").stdout  # it never came
    assert registry.json("why", "new.test")["renew"]["amount"] == 80000

    # The next one has a number of its own, and comes in its time.
    olga = staff(registry, "olive", "officer")
    when = day(registry, 10)
    assert plan(olga, new, when, fields(plan(olga, new, when).text)["seal"]).status == 303
    assert [v["version"] for v in registry.json("policy", "history", "test")] == [1, 2, 3]
    registry.advance("11d")
    assert registry.json("why", "new.test")["renew"]["amount"] == 90000


def test_who_must_not_get_in(registry):
    """A handler and an administrator are no registry officers; without a session there is nothing."""
    names_in(registry)
    gets = ["/staff/zones", "/staff/zones/test", "/staff/zones/test/diff?a=1&b=1", "/staff/zones/test/plan", "/staff/zones/test/idn", "/staff/why?name=one.test",
            "/staff/lifecycle", "/staff/lifecycle.csv", "/staff/registrars", "/staff/reviews", "/staff/reviews/CON-1/com.test",
            "/staff/reviews/CON-1/com.test/paper/" + "0" * 64]
    posts = ["/staff/zones/test/plan", "/staff/zones/test/withdraw", "/staff/reviews/CON-1/com.test/paper", "/staff/reviews/CON-1/com.test/decide"]
    nobody = Person(registry)
    for path in gets:
        assert nobody.get(path).status == 303 and "/staff/sign-in" in nobody.get(path).headers["Location"], path
    for login, role in (("hana", "handler"), ("adam", "admin")):
        person = staff(registry, login, role)
        assert "/staff/zones" not in person.get("/staff/health" if role == "admin" else "/staff").text
        csrf = fields(person.get("/staff/health" if role == "admin" else "/staff").text)["csrf"]
        for path in gets:
            assert person.get(path).status == 403, (login, path)
        for path in posts:
            answer = person.post(path, {"csrf": csrf, "text": POLICY, "from": day(registry, 5), "version": "1", "decision": "approve"})
            assert answer.status == 403, (login, path)
    olga = staff(registry, "olga", "officer")
    for path in posts:
        assert olga.post(path, {"csrf": "x", "decision": "approve"}).status == 403, path  # not from the session
    assert registry.json("review", "list")[0]["state"] == "open" and len(registry.json("policy", "history", "test")) == 1


def test_reviews(registry):
    a = names_in(registry)
    olga = staff(registry, "olga", "officer")
    assert "CON-1" in olga.get("/staff/reviews").text
    page = olga.get("/staff/reviews/CON-1/com.test")
    assert all(t in plain(page.text) for t in ("Chen Mei", "shop.com.test", "No papers yet."))
    csrf = fields(page.text)["csrf"]
    done = olga.post("/staff/reviews/CON-1/com.test/paper", {"csrf": csrf}, files=[("files", "papers of acme.pdf", "application/pdf", PAPER)])
    assert done.status == 303, plain(done.text)
    page = olga.get("/staff/reviews/CON-1/com.test").text
    link = html.unescape(re.search(r'href="(/staff/reviews/[^"]+/paper/[0-9a-f]{64})"', page).group(1))
    paper = olga.get(link)
    assert paper.body == PAPER and "attachment" in paper.headers["Content-Disposition"] and paper.headers["Content-Type"] == "application/octet-stream"
    assert olga.get(link[:-64] + "0" * 64).status == 404
    post = lambda **data: olga.post("/staff/reviews/CON-1/com.test/decide", {"csrf": csrf, **data})  # noqa: E731
    assert post().status == 422 and post(decision="refuse").status == 422 and post(decision="refuse", reason="x" * 300).status == 422
    assert registry.json("review", "list")[0]["state"] == "open"
    assert post(decision="approve", reason="seen").status == 303
    assert "pendingCreate" not in a.ask(info("shop.com.test"), 1000)
    assert registry.json("review", "list", "--all")[0]["decided_by"].startswith("staff:")
    assert "CON-1" not in olga.get("/staff/reviews").text and "CON-1" in olga.get("/staff/reviews?view=all").text
    assert post(decision="refuse", reason="the papers were false").status == 303
    a.ask(create_domain("next.com.test", "CON-1"), 2308)


def test_why_and_lifecycle(registry):
    names_in(registry)
    olga = staff(registry, "olga", "officer")
    for name, word in (("free.test", "may be registered now"), ("one.test", "can't be registered now"), ("not a name", "can't")):
        page = olga.get("/staff/why?name=" + urllib.parse.quote(name))
        assert page.status == 200 and word in plain(page.text), name
        for row in registry.json("why", name)["rules"]:
            assert row["text"] in plain(page.text).replace("  ", " "), (name, row)
    assert "can't be registered now" in plain(olga.get("/staff/why?name=ab.test&registrar=alpha").text)  # too short for a registrar
    page = plain(olga.get("/staff/why?name=free.test&registrar=alpha").text)
    assert "alpha has NT$" in page and "the fee is" in page

    until = time.strftime("%Y-%m-%d", time.gmtime(server_now(registry) + 380 * 86400))
    page = olga.get(f"/staff/lifecycle?until={until}&zone=test")
    assert page.status == 200 and "one.test" in plain(page.text) and "expires, out of the net" in plain(page.text)
    table = olga.get(f"/staff/lifecycle.csv?until={until}")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    steps = registry.json("lifecycle", "preview", "--until", until)
    assert [(r["name"], r["event"]) for r in rows] == [(s["name"], s["event"]) for s in steps["steps"]] and len(rows) >= 2
    for wrong in ("until=2199-01-01", "until=soon", "until=" + until + "&zone=%20x%20y"):
        assert olga.get("/staff/lifecycle?" + wrong).status == 422 and olga.get("/staff/lifecycle.csv?" + wrong).status == 422
    page = plain(olga.get("/staff/registrars").text)
    assert "Alpha Names" in page and "NT$ 97,600" in page and "help@alpha.example" in page


@pytest.mark.one_store
def test_tables_compared(site, testdata):
    files = [testdata / "idn" / f for f in ("lgr-zh.xml", "rfc3743_tw.txt")]
    said = site.json("idn", "load", *files, "--compare")
    assert [t["size"] for t in said["tables"]] == [19722, 19557] and len(said["differences"]) > 4000
    assert all(re.match(r"U\+[0-9A-F]{4,5} .*(first|second) table|U\+", d) for d in said["differences"])
    assert site.json("idn", "load", files[0], files[0], "--compare")["differences"] == []
    text = site.run("idn", "load", *files, "--compare").stdout
    assert all(d in text for d in said["differences"][:50])


@pytest.mark.one_store
def test_letters_and_variants(make_site, testdata):
    site = make_site(**{"test.clock": "on"})
    rules = site.dir / "zh.policy"
    rules.write_text("terms 1-10\nidn-table zh rfc3743 rfc3743_tw.txt\nidn-table lgr lgr lgr-zh.xml\n")
    site.run("zone", "add", "test", "--policy", rules, "--tables", testdata / "idn")
    site.serve()
    olga = staff(site, "olga", "officer")
    page = olga.get("/staff/zones/test/idn?label=" + urllib.parse.quote("台灣"))
    assert page.status == 200 and "臺灣" in page.text and "variant labels in all" in plain(page.text)
    assert olga.get("/staff/zones/test/idn?label=" + urllib.parse.quote("a.b")).status == 422
    assert "Where two tables disagree" in olga.get("/staff/zones/test/idn").text
    # New rules keep the tables of the version before; they need no file.
    text = rules.read_text() + "blocked abc nobody gets it\n"
    when = day(site, 3)
    checked = plan(olga, text, when)
    assert checked.status == 200, plain(checked.text)
    assert plan(olga, text, when, fields(checked.text)["seal"]).status == 303
    site.advance("4d")
    assert site.json("why", "台灣.test")["may"] and not site.json("why", "abc.test")["may"]


def test_complaints(registry):
    names_in(registry)
    person = Person(registry)

    def send(**data):
        return person.post("/complaint", {"form": fields(person.get("/complaint").text)["form"], **data})
    for wrong in ({}, {"kind": "name-complaint", "about": "one.test"}, {"kind": "x", "about": "one.test", "description": "it is"},
                  {"kind": "name-complaint", "about": "not a name", "description": "it is"}, {"kind": "registrar-complaint", "description": "no"},
                  {"kind": "name-complaint", "about": "one.test", "description": "x", "email": "nobody"}):
        back = send(**wrong)
        assert back.status == 422 and "errsum" in back.text, wrong
    done = send(kind="name-complaint", about="one.test", description="Its holder does not exist.", email="c@citizen.example")
    assert done.status == 303 and done.headers["Location"].startswith("/case/")
    page = plain(person.get(done.headers["Location"]).text)
    number = re.search(r"NC-\d{4}-\d{6}", page).group(0)
    seen = registry.json("case", "show", number)
    assert seen["class"] == "name-complaint" and seen["observables"][0]["value"] == "one.test", seen
    assert all(n["state"] == "waiting" for n in seen.get("notices", [])), seen  # nobody is told without a click
    done = send(kind="registrar-complaint", about="Alpha Names", description="It does not answer.")
    assert done.status == 303
    number = re.search(r"NC-\d{4}-\d{6}", plain(person.get(done.headers["Location"]).text)).group(0)
    assert registry.json("case", "show", number)["class"] == "registrar-complaint"
    olga = staff(registry, "olga", "officer")
    assert "Complaint about a registrar" in plain(olga.get("/staff?view=all").text)


@pytest.mark.one_store
def test_pages_look(registry, make_browser, axe):
    """Both languages, both widths, light and dark: nothing that shuts somebody out."""
    from test_registrant import ask, one_letter, page_of
    names_in(registry)
    rules = registry.dir / "next.policy"
    rules.write_text(POLICY.replace("renew 800", "renew 900"))
    registry.run("policy", "set", "test", rules, "--from", day(registry, 30) + ":00Z")
    notice = page_of(one_letter(registry, "chen@example.org"))
    ask(registry, "chen@example.org")
    link = page_of(one_letter(registry, "chen@example.org", 2))
    olga = staff(registry, "olga", "officer", "admin")
    until = time.strftime("%Y-%m-%d", time.gmtime(server_now(registry) + 380 * 86400))
    public = {"ask": "/mynames", "names": link, "notice": notice, "complaint": "/complaint", "code not yet": link + "/code?name=one.test"}
    inside = {"zones": "/staff/zones", "zone": "/staff/zones/test", "diff": "/staff/zones/test/diff?a=1&b=2", "plan": "/staff/zones/test/plan",
              "why": "/staff/why", "why name": "/staff/why?name=one.test", "lifecycle": f"/staff/lifecycle?until={until}", "idn": "/staff/zones/test/idn",
              "registrars": "/staff/registrars", "reviews": "/staff/reviews", "review": "/staff/reviews/CON-1/com.test"}
    found = []
    for lang in ("en", "zh-TW"):
        browser = make_browser(lang=lang)
        for _, width, scheme in (look for look in LOOKS if look[0] == lang):
            dress(browser, width, scheme)
            leave(browser)
            for name, path in public.items():
                browser.get(urllib.parse.urljoin(registry.url, path))
                found += faults(browser, axe, name, lang, width)
                picture(browser, name, width, scheme)
            come_in(browser, registry, olga)
            for name, path in inside.items():
                browser.get(urllib.parse.urljoin(registry.url, path))
                found += faults(browser, axe, name, lang, width)
                picture(browser, name, width, scheme)
    assert not found, "\n".join(found)
