"""The registrar's console: who gets in, what each registrar sees of the other, every act through its two pages, bulk jobs.

Driven over plain HTTP as a browser without script does, and once with a real browser.
"""
import csv
import io
import re
import urllib.parse

import pytest
from conftest import console_errors
from test_epp import SECRET, Client, command, create_contact, on
from test_epp_clients import certificate
from test_kit import PASSWORD, Person, accept_invite, fields, plain, server_now, staff, totp

HEADER = "action,name,years,registrant,admin,tech,billing,ns,status\n"


def come_in(person, login, secret):
    answer = person.post("/staff/sign-in", {"login": login, "password": PASSWORD, "next": "/console",
                                            "code": totp(secret, server_now(person.site) + 30)})
    assert answer.status == 303 and answer.headers["Location"].endswith("/console"), plain(answer.text)
    assert person.get("/console").status == 200
    return person


def user(site, registrar, login, may="users", lang="en"):
    """A registrar's person, signed in; the session leads to /console."""
    made = site.json("registrar", "user", "add", registrar, login, "--may", may)
    person = Person(site, lang)
    secret = accept_invite(person, made["link"])
    return come_in(person, login, secret)


def zone(site, more=""):
    """The zone `test`, where names cost money and mistakes can be undone."""
    path = site.dir.parent / "test.policy"
    path.write_text("terms 1-10\ngeneral open\nlabel-min 3\nname-servers 0-13\ngrace add 5d\ngrace renew 5d\ngrace transfer 5d\ngrace redemption 30d\n"
                    "grace pending-delete 5d\nexpiry suspend\ntransfer-wait 5d\nprice create 800 TWD per-year\nprice renew 800 TWD per-year\n"
                    "price restore 2000 TWD\nprice transfer 0 TWD\n" + more)
    site.run("zone", "add", "test", "--policy", path)


@pytest.fixture
def registry(site):
    """A running site with the zone `test`, two registrars who have money, and a person of each."""
    zone(site)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000", "--name", h.title() + " Names") for h in ("alpha", "beta")}
    site.serve()
    site.alpha, site.beta = user(site, "alpha", "anna"), user(site, "beta", "bert")
    return site


def epp(site, handle):
    client = Client(site, site.registrars[handle])
    client.login()
    return client


def form(person, path, data=None, status=200):
    """What a form's first page answers to."""
    page = person.get(path)
    assert page.status == 200, (path, plain(page.text)[:400])
    answer = person.post(path, {**fields(page.text), **(data or {})})
    assert answer.status == status, (path, answer.status, plain(answer.text)[:600])
    return answer


def sure(person, path, page):
    """Presses the button of the second page; the page it leads to."""
    hidden = fields(page.text)
    assert hidden.get("sure") == "1", plain(page.text)[:500]
    answer = person.post(path, hidden)
    assert answer.status in (200, 303), plain(answer.text)[:600]
    return person.get(answer.headers["Location"]) if answer.status == 303 else answer


def do(person, path, data=None):
    return sure(person, path, form(person, path, data))


def contact(person, handle, name="Maple Trading Ltd."):
    page = person.get("/console/contacts/new")
    answer = person.post("/console/contacts/new", {
        **fields(page.text), "handle": handle, "kind": "org", "loc-name": "Lin", "loc-org": name, "loc-street1": "1 Test Road", "loc-city": "Taipei",
        "loc-pc": "100", "loc-cc": "TW", "email": "lin@maple.example", "voice": "+886.212345678", "lang": "zh-TW"})
    assert answer.status == 303, plain(answer.text)[:600]
    return handle


def register(person, name, holder, years=1, ns=""):
    page = person.get("/console/register?name=" + urllib.parse.quote(name))
    assert page.status == 200 and "is free" in plain(page.text), plain(page.text)[:500]
    first = person.post("/console/register", {**fields(page.text), "name": name, "years": years, "registrant": holder, "ns": ns})
    assert first.status == 200, plain(first.text)[:600]
    return sure(person, "/console/register", first)


def csv_of(answer):
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv"), answer
    return list(csv.DictReader(io.StringIO(answer.text)))


def job_ended(site, person, path, *states):
    def there():
        text = plain(person.get(path).text)
        return any(s in text for s in states) and text
    return site.until(there, f"the job to be {states}")


# ── who gets in ──

def test_each_on_their_side(registry):
    olga = staff(registry, "olga", "officer", "admin")
    for path in ("/staff/tasks", "/staff/health", "/staff/case/NC-2026-000001"):
        assert registry.alpha.get(path).status == 403, path
    home = registry.alpha.get("/staff")
    assert home.status == 303 and home.headers["Location"].endswith("/console")
    assert olga.get("/console/contacts").status == 403
    home = olga.get("/console")
    assert home.status == 303 and home.headers["Location"].endswith("/staff")
    csrf = fields(registry.alpha.get("/console").text)["csrf"]
    assert registry.alpha.post("/staff/case/NC-2026-000001/note", {"csrf": csrf, "text": "x"}).status == 403
    stranger = Person(registry)
    for path in ("/console", "/console/ledger", "/console/name/example.test"):
        answer = stranger.get(path)
        assert answer.status == 303 and "/staff/sign-in" in answer.headers["Location"]
    assert [a["login"] for a in registry.json("user", "list") if a["login"] in ("anna", "bert")] == []


def test_levels(registry):
    contact(registry.alpha, "CON-A")
    register(registry.alpha, "levels.test", "CON-A")
    reader, writer = user(registry, "alpha", "rita", "read"), user(registry, "alpha", "wim", "write")
    assert reader.get("/console/name/levels.test").status == 200
    assert 'href="/console/name/levels.test/renew"' not in reader.get("/console/name/levels.test").text
    csrf = fields(reader.get("/console").text)["csrf"]
    for path in ("/console/name/levels.test/renew", "/console/name/levels.test/delete", "/console/register", "/console/transfers/new",
                 "/console/contacts/new", "/console/hosts/new", "/console/messages", "/console/ledger/warning", "/console/bulk", "/console/selected"):
        assert reader.post(path, {"csrf": csrf, "sure": "1", "years": "1", "text": HEADER}).status == 403, path
    for person in (reader, writer):
        csrf = fields(person.get("/console").text)["csrf"]
        assert person.get("/console/access").status == 403
        for act in ("person", "cert", "uncert", "password", "disable"):
            assert person.post(f"/console/access/{act}", {"csrf": csrf, "sure": "1", "login": "anna", "role": "users"}).status == 403, act
    assert writer.get("/console/name/levels.test/renew").status == 200


def test_no_form_from_elsewhere(registry):
    contact(registry.alpha, "CON-A")
    register(registry.alpha, "form.test", "CON-A")
    for csrf in ({}, {"csrf": "wrong"}, {"csrf": fields(registry.beta.get("/console").text)["csrf"]}):
        assert registry.alpha.post("/console/name/form.test/delete", {"sure": "1", **csrf}).status == 403
    assert "Active" in plain(registry.alpha.get("/console/name/form.test").text)


def test_nothing_of_the_other_registrar(registry):
    """Every route that names an object, asked by who does not sponsor it."""
    alpha, beta = registry.alpha, registry.beta
    contact(alpha, "CON-A")
    contact(beta, "CON-B")
    register(alpha, "mine.test", "CON-A")
    page = form(alpha, "/console/hosts/new", {"name": "ns1.mine.test", "addrs": "192.0.2.1"})
    assert sure(alpha, "/console/hosts/new", page).status == 200
    made = alpha.post("/console/bulk", {"csrf": fields(alpha.get("/console").text)["csrf"], "text": HEADER + "renew,mine.test,1,,,,,,\n"})
    job = made.headers["Location"]
    paths = ["/console/name/mine.test", "/console/contact/CON-A", "/console/host/ns1.mine.test", job, job + "/result.csv"]
    acts = [f"/console/name/mine.test/{a}" for a in ("renew", "ns", "ds", "contacts", "status", "authinfo", "delete", "restore", "report", "approve", "reject", "cancel")]
    acts += [f"/console/{k}/{a}" for k in ("contact/CON-A", "host/ns1.mine.test") for a in ("edit", "delete")]
    csrf = fields(beta.get("/console").text)["csrf"]
    for path in paths + acts:
        assert alpha.get(path).status in (200, 404), path
        assert beta.get(path).status == 404, path
    for path in [*acts, job + "/start", job + "/stop"]:
        answer = beta.post(path, {"csrf": csrf, "sure": "1", "years": "1", "expires": "1", "ns": "", "loc-name": "X", "email": "x@y.example"})
        assert answer.status == 404, (path, answer.status)
    for path in ("/console?q=mine", "/console/contacts?q=CON-A", "/console/hosts", "/console/transfers", "/console/messages", "/console/ledger", "/console/bulk"):
        text = beta.get(path).text
        assert "mine.test" not in re.sub(r'value="[^"]*"', "", text) and "CON-A</a>" not in text, path
    # Through the forms of its own: another's contact can be named as EPP allows, another's name can't be touched in bulk.
    made = beta.post("/console/bulk", {"csrf": csrf, "text": HEADER + "delete,mine.test,,,,,,,\nrenew,mine.test,1,,,,,,\n"})
    text = job_ended(registry, beta, made.headers["Location"], "Ready to start")
    assert "Would be refused: 1" in text
    beta.post(made.headers["Location"] + "/start", {"csrf": csrf})
    rows = csv_of(beta.get(made.headers["Location"] + "/result.csv"))
    assert all(r["state"] != "done" for r in rows)
    assert "Active" in plain(alpha.get("/console/name/mine.test").text)
    # Access of the other registrar.
    for act, data in (("disable", {"login": "anna"}),):
        assert beta.post(f"/console/access/{act}", {"csrf": csrf, "sure": "1", **data}).status in (403, 404, 422)
    assert alpha.get("/console").status == 200


def test_disabled_people_and_registrars(registry):
    second = user(registry, "alpha", "axel", "write")
    assert "axel" in do(registry.alpha, "/console/access/disable?login=axel", {"login": "axel"}).text
    assert second.get("/console").status == 303
    registry.run("registrar", "disable", "alpha")
    assert registry.until(lambda: registry.alpha.get("/console").status == 403, "the switched-off registrar to be out")
    assert registry.beta.get("/console").status == 200


# ── a name's life ──

def test_a_names_life(registry):
    alpha, beta = registry.alpha, registry.beta
    contact(alpha, "CON-A")
    page = alpha.get("/console/register?name=life.test")
    assert "Registration" in plain(page.text)
    done = register(alpha, "life.test", "CON-A", 2, "ns1.elsewhere.example\nns2.elsewhere.example")
    assert "Registered." in plain(done.text) and "ns1.elsewhere.example" in done.text
    assert "can't be registered" in plain(alpha.get("/console/register?name=life.test").text)
    # Renew: the second page has the price; nothing happens without its button; the same button twice renews once.
    price = form(alpha, "/console/name/life.test/renew", {"years": "1"})
    assert "Nothing has been changed yet" in plain(price.text) and "costs" in plain(price.text)
    before = plain(alpha.get("/console/ledger").text)
    assert "Renewal" not in before
    hidden = fields(price.text)
    assert alpha.post("/console/name/life.test/renew", hidden).status == 303
    assert alpha.post("/console/name/life.test/renew", hidden).status == 422
    assert plain(alpha.get("/console/ledger").text).count("Renewal") == 1
    # Name servers, DS, contacts, statuses, code.
    assert "ns3.elsewhere.example" in do(alpha, "/console/name/life.test/ns", {"ns": "ns3.elsewhere.example"}).text
    ds = "12345 13 2 " + "ab" * 32
    assert "ab" * 32 in do(alpha, "/console/name/life.test/ds", {"ds": ds}).text
    assert form(alpha, "/console/name/life.test/ds", {"ds": "1 2 nonsense"}, 422).text.count('class="errsum"') == 1
    contact(alpha, "CON-T", "Tech Ltd.")
    assert "CON-T" in do(alpha, "/console/name/life.test/contacts", {"registrant": "CON-A", "tech": "CON-T"}).text
    assert "No contact" not in form(alpha, "/console/name/life.test/contacts", {"registrant": "CON-X"}, 422).text
    assert "clientTransferProhibited" in do(alpha, "/console/name/life.test/status", {"clientTransferProhibited": "1"}).text
    unlocked = form(alpha, "/console/name/life.test/status", {})
    assert "clientTransferProhibited" not in re.sub(r"<form.*?</form>", "", sure(alpha, "/console/name/life.test/status", unlocked).text.split("History")[0], flags=re.S)
    shown = do(alpha, "/console/name/life.test/authinfo")
    code = re.search(r'id="secret">([a-z2-7]{26})<', shown.text).group(1)
    # Transfer: wrong code, then the right one; the other side refuses, then approves.
    assert form(beta, "/console/transfers/new", {"name": "life.test", "code": "wrong", "years": "1"}, 422)
    asked = do(beta, "/console/transfers/new", {"name": "life.test", "code": code, "years": "1"})
    assert "life.test" in asked.text and "to you" in plain(asked.text)
    assert "has asked for this name" in plain(alpha.get("/console/name/life.test").text)
    assert "CON-A" not in beta.get("/console/name/life.test").text
    messages = alpha.get("/console/messages")
    assert "Transfer of a name" in plain(messages.text)
    assert alpha.post("/console/messages", fields(messages.text)).status == 303
    assert "No message waits" in plain(alpha.get("/console/messages").text)
    do(alpha, "/console/name/life.test/reject")
    assert beta.get("/console/name/life.test").status == 404
    do(beta, "/console/transfers/new", {"name": "life.test", "code": code, "years": "1"})
    do(alpha, "/console/name/life.test/approve")
    assert alpha.get("/console/name/life.test").status == 404
    assert beta.get("/console/name/life.test").status == 200
    # What the registry kept says who it was.
    rows = registry.json("history", "domain", "life.test")
    assert any((r.get("frame") or "").startswith("anna/WEB-") for r in rows), rows
    registry.run("ledger", "reconcile")


def test_delete_in_add_grace_and_later(registry):
    alpha = registry.alpha
    contact(alpha, "CON-A")
    register(alpha, "oops.test", "CON-A")
    page = form(alpha, "/console/name/oops.test/delete")
    assert "get back" in plain(page.text)
    sure(alpha, "/console/name/oops.test/delete", page)
    assert alpha.get("/console/name/oops.test").status == 404
    register(alpha, "later.test", "CON-A")
    registry.advance("20d")
    alpha = user(registry, "alpha", "late")
    page = form(alpha, "/console/name/later.test/delete")
    assert "get back" not in plain(page.text)
    sure(alpha, "/console/name/later.test/delete", page)
    text = plain(alpha.get("/console/name/later.test").text)
    if "Redemption" in text:
        do(alpha, "/console/name/later.test/restore")
        assert "Restored" in plain(alpha.get("/console/name/later.test").text)
    registry.run("ledger", "reconcile")


def test_a_restore_is_completed_by_its_report(site):
    """RFC 3915 §4.2.5, where the zone's rules want a report."""
    zone(site, "restore-report 7d\n")
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000", "--name", h) for h in ("alpha", "beta")}
    site.serve()
    alpha = user(site, "alpha", "anna")
    contact(alpha, "CON-A")
    register(alpha, "later.test", "CON-A")
    assert alpha.get("/console/name/later.test/report").status == 200  # the registry judges when it is sent
    site.advance("20d")
    alpha = user(site, "alpha", "late")
    do(alpha, "/console/name/later.test/delete")
    page = alpha.get("/console/name/later.test").text
    assert "/later.test/restore" in page and "/later.test/report" not in page
    after = do(alpha, "/console/name/later.test/restore")
    assert "Send its report in time" in plain(after.text) and "/later.test/report" in after.text and "/later.test/restore" not in after.text
    whole = {"reason": "The holder asked for it.", "for-holder": "on", "true": "on"}
    for missing in whole:
        assert missing in form(alpha, "/console/name/later.test/report", {k: v for k, v in whole.items() if k != missing}, 422).text
    done = do(alpha, "/console/name/later.test/report", whole)
    assert "the report is sent" in plain(done.text) and "Redemption" not in plain(done.text)
    assert form(alpha, "/console/name/later.test/report", whole, 422)  # there is nothing to report any more
    kept = site.json("history", "domain", "later.test")
    assert "The holder asked for it." in str(kept) and "domain-restored" in str(kept) or "domain-updated" in str(kept)
    beta = user(site, "beta", "bert")
    assert beta.get("/console/name/later.test/report").status == 404
    site.run("ledger", "reconcile")


def test_refused_for_want_of_money(site):
    zone(site)
    site.run("registrar", "add", "poor", "--credit", "1")
    site.serve()
    poor = user(site, "poor", "pia")
    contact(poor, "CON-P")
    page = poor.get("/console/register?name=dear.test")
    answer = poor.post("/console/register", {**fields(page.text), "name": "dear.test", "years": "1", "registrant": "CON-P"})
    assert answer.status == 422 and "balance is too low" in plain(answer.text)


# ── lists ──

def test_list_of_names(registry):
    alpha = registry.alpha
    contact(alpha, "CON-A", "楓葉貿易有限公司")
    lines = "".join(f"create,name-{i:03}.test,{1 + i % 3},CON-A,,,,,\n" for i in range(130))
    job = run_job(registry, alpha, HEADER + lines)
    assert "Done: 130. Refused: 0." in plain(alpha.get(job).text)
    seen, path = [], "/console"
    while path:
        page = alpha.get(path)
        assert page.status == 200
        seen += re.findall(r'<a class="res" translate="no" href="/console/name/([^"]+)"', page.text)
        more = re.search(r'<a href="([^"]+)">Next page</a>', page.text)
        path = more and more.group(1).replace("&amp;", "&")
    assert seen == sorted(seen) and len(seen) == 130 and len(set(seen)) == 130
    first = alpha.get("/console").text
    assert "<dd>130</dd>" in first and "楓葉貿易有限公司" in first
    names = lambda q: re.findall(r'href="/console/name/([^"/]+)"', alpha.get("/console?" + q).text)
    assert names("q=me-01") == [f"name-{i:03}.test" for i in range(10, 20)]
    assert names("q=%25") == [] and names("q=_") == []
    assert names("state=redemption") == [] and len(names("state=active")) == 50
    assert names("expires=30") == []
    by_expiry = names("sort=expires")
    assert all(int(n[5:8]) % 3 == 0 for n in by_expiry[:40])
    assert all(int(n[5:8]) % 3 == 2 for n in names("sort=latest")[:40])
    assert alpha.get("/console?sort=expires&after=nonsense").status == 422
    assert names("zone=test")[:1] == ["name-000.test"] and names("zone=tw") == []
    # Chosen names become a job.
    answer = alpha.post("/console/selected", [("csrf", fields(first)["csrf"]), ("do", "lock"), ("name", "name-000.test"), ("name", "name-001.test")])
    assert answer.status == 303, plain(answer.text)
    job_ended(registry, alpha, answer.headers["Location"], "Ready to start")
    alpha.post(answer.headers["Location"] + "/start", {"csrf": fields(first)["csrf"]})
    job_ended(registry, alpha, answer.headers["Location"], "Done: 2. ")
    assert "clientTransferProhibited" in alpha.get("/console/name/name-001.test").text


def test_contacts_and_hosts(registry):
    alpha = registry.alpha
    contact(alpha, "CON-A")
    register(alpha, "hosts.test", "CON-A")
    page = alpha.get("/console/contact/CON-A")
    assert "Maple Trading" in page.text and "hosts.test" in page.text and "not confirmed" in page.text
    page = alpha.get("/console/contact/CON-A/edit")
    typed = {**fields(page.text), "loc-name": "Lin", "loc-org": "", "loc-city": "Tainan", "loc-cc": "TW", "email": "new@maple.example", "voice": "", "lang": "en"}
    assert alpha.post("/console/contact/CON-A/edit", {**typed, "email": "no address"}).status == 422
    assert alpha.post("/console/contact/CON-A/edit", typed).status == 303
    text = plain(alpha.get("/console/contact/CON-A").text)
    assert "Tainan" in text and "new@maple.example" in text and "Maple Trading" not in text
    form(alpha, "/console/contact/CON-A/delete", status=422)  # a name uses it
    contact(alpha, "CON-FREE")
    do(alpha, "/console/contact/CON-FREE/delete")
    assert alpha.get("/console/contact/CON-FREE").status == 404
    form(alpha, "/console/hosts/new", {"name": "ns1.hosts.test", "addrs": "not an address"}, 422)
    do(alpha, "/console/hosts/new", {"name": "ns1.hosts.test", "addrs": "192.0.2.1\n2001:db8::1"})
    assert "ns1.hosts.test" in do(alpha, "/console/name/hosts.test/ns", {"ns": "ns1.hosts.test"}).text
    do(alpha, "/console/host/ns1.hosts.test/edit", {"addrs": "192.0.2.7"})
    text = plain(alpha.get("/console/host/ns1.hosts.test").text)
    assert "192.0.2.7" in text and "2001:db8::1" not in text and "hosts.test" in text
    form(alpha, "/console/host/ns1.hosts.test/delete", status=422)
    assert "ns1.hosts.test" in alpha.get("/console/hosts?q=ns1").text


# ── money ──

def test_ledger(registry):
    alpha = registry.alpha
    contact(alpha, "CON-A")
    register(alpha, "money.test", "CON-A")
    registry.run("registrar", "deposit", "alpha", "500", "--note", "=cmd|' /C calc'!A0")
    page = alpha.get("/console/ledger")
    assert "Registration" in plain(page.text) and "Deposit" in plain(page.text)
    rows = csv_of(alpha.get("/console/ledger.csv"))
    assert {r["kind"] for r in rows} >= {"deposit", "domain-create"}
    notes = [r["note"] for r in rows]
    assert "'=cmd|' /C calc'!A0" in notes and not any(n[:1] in "=+@-" for n in notes if n)
    fee = next(r for r in rows if r["kind"] == "domain-create")
    assert float(fee["amount"]) < 0 and fee["about"] == "money.test"
    month = rows[0]["time"][:7]
    assert csv_of(alpha.get("/console/ledger.csv?month=" + month))
    assert csv_of(alpha.get("/console/ledger.csv?month=2001-01")) == [] and "No entry here" in plain(alpha.get("/console/ledger?month=2001-01").text)
    registry.advance("62d")
    alpha = user(registry, "alpha", "later")
    registry.run("registrar", "deposit", "alpha", "700")
    now = csv_of(alpha.get("/console/ledger.csv"))[0]["time"][:7]
    assert [r["amount"] for r in csv_of(alpha.get("/console/ledger.csv?month=" + now))] == ["700.00"]
    assert len(csv_of(alpha.get("/console/ledger.csv?month=" + month))) == len(rows)
    page = alpha.get("/console/ledger/warning")
    assert alpha.post("/console/ledger/warning", {**fields(page.text), "below": "-5"}).status == 422
    assert alpha.post("/console/ledger/warning", {**fields(page.text), "below": "2000000"}).status == 303
    register(alpha, "warn.test", "CON-A")
    assert "The balance is low" in plain(alpha.get("/console/messages").text)


# ── access ──

def test_certificates_and_password(registry, tmp_path):
    alpha = registry.alpha
    mine = registry.registrars["alpha"]
    text = open(mine["certificate"], encoding="utf-8").read()
    other = open(registry.registrars["beta"]["certificate"], encoding="utf-8").read()
    assert mine["fingerprint"] in alpha.get("/console/access").text
    assert "private key" in plain(form(alpha, "/console/access/cert", {"pem": open(mine["key"]).read() + text}, 422).text)
    form(alpha, "/console/access/cert", {"pem": "nonsense"}, 422)
    assert "another registrar's" in plain(form(alpha, "/console/access/cert", {"pem": other}, 422).text)
    new = certificate(registry, "new")
    do(alpha, "/console/access/cert", {"pem": open(new["certificate"], encoding="utf-8").read()})
    do(alpha, "/console/access/uncert?print=" + mine["fingerprint"], {"print": mine["fingerprint"]})
    shown = do(alpha, "/console/access/password")
    password = re.search(r'id="secret">(\S{16})<', shown.text).group(1)
    client = Client(registry, {**new, "id": "alpha"})
    client.login(2200, id="alpha", password=mine["password"])
    client.login(1000, id="alpha", password=password)
    made = form(alpha, "/console/access/person", {"login": "carla", "name": "Carla", "role": "read"})
    invited = Person(registry)
    secret = accept_invite(invited, re.search(r'id="secret">(\S+/staff/invite/\S+?)<', made.text).group(1))
    assert come_in(invited, "carla", secret).get("/console/ledger").status == 200
    assert [u["may"] for u in registry.json("registrar", "user", "list", "alpha") if u["login"] == "carla"] == ["read"]
    assert registry.run("registrar", "user", "add", "nobody", "x1", check=False).returncode == 1
    assert registry.run("registrar", "user", "disable", "beta", "carla", check=False).returncode == 1


# ── bulk ──

def run_job(site, person, text):
    csrf = fields(person.get("/console/bulk").text)["csrf"]
    answer = person.post("/console/bulk", {"csrf": csrf}, files=[("file", "changes.csv", "text/csv", text.encode())])
    assert answer.status == 303, plain(answer.text)[:800]
    path = answer.headers["Location"]
    job_ended(site, person, path, "Ready to start")
    assert person.post(path + "/start", {"csrf": csrf}).status == 303
    job_ended(site, person, path, "Done ")
    return path


def test_bulk(registry):
    alpha = registry.alpha
    contact(alpha, "CON-A")
    contact(registry.beta, "CON-B")
    register(registry.beta, "foreign.test", "CON-B")
    csrf = fields(alpha.get("/console/bulk").text)["csrf"]
    wrong = alpha.post("/console/bulk", {"csrf": csrf, "text": HEADER + "create,a.test,99,CON-A,,,,,\nfly,b.test,,,,,,,\ndelete,c.test,1,,,,,,\n"})
    text = plain(wrong.text)
    assert wrong.status == 422 and "3 lines are wrong" in text and all(f" {n} " in text for n in (2, 3, 4)), text[:900]
    assert alpha.post("/console/bulk", {"csrf": csrf, "text": "what,ever\n"}).status == 422
    assert alpha.post("/console/bulk", {"csrf": csrf, "text": ""}).status == 422
    many = HEADER + "delete,a.test,,,,,,,\n" * 10001
    assert alpha.post("/console/bulk", {"csrf": csrf}, files=[("file", "x.csv", "text/csv", many.encode())]).status == 422
    path = run_job(registry, alpha, HEADER + "create,one.test,2,CON-A,,CON-A,,ns1.x.example ns2.x.example,\n"
                   "ns,one.test,,,,,,ns3.x.example,\nstatus,one.test,,,,,,,+clientHold\ndelete,foreign.test,,,,,,,\n"
                   "create,two.test,1,CON-A,,,,,\ndelete,two.test,,,,,,,\nrenew,gone.test,1,,,,,,\n")
    rows = csv_of(alpha.get(path + "/result.csv"))
    assert [r["state"] for r in rows] == ["done", "done", "done", "refused", "done", "done", "refused"], rows
    assert "sponsors" in rows[3]["said"] and float(rows[0]["cost"]) > 0 and float(rows[5]["cost"]) < 0
    page = alpha.get("/console/name/one.test").text
    assert "ns3.x.example" in page and "ns1.x.example" not in page and "clientHold" in page
    assert alpha.get("/console/name/two.test").status == 404
    assert registry.beta.get("/console/name/foreign.test").status == 200
    assert alpha.post(path + "/start", {"csrf": csrf}).status == 409
    registry.run("ledger", "reconcile")


def test_bulk_survives_a_kill(registry):
    alpha = registry.alpha
    contact(alpha, "CON-A")
    csrf = fields(alpha.get("/console/bulk").text)["csrf"]
    text = HEADER + "".join(f"create,k{i:04}.test,1,CON-A,,,,,\n" for i in range(300))
    path = alpha.post("/console/bulk", {"csrf": csrf, "text": text}).headers["Location"]
    job_ended(registry, alpha, path, "Ready to start")
    alpha.post(path + "/start", {"csrf": csrf})
    registry.until(lambda: "k0003.test" in alpha.get("/console?q=k0003").text.split("<tbody>")[-1], "the first rows")
    registry.kill()
    registry.serve()
    job_ended(registry, alpha, path, "Done ")
    rows = csv_of(alpha.get(path + "/result.csv"))
    assert len(rows) == 300 and all(r["state"] == "done" for r in rows)
    entries = csv_of(alpha.get("/console/ledger.csv"))
    paid = [r["about"] for r in entries if r["kind"] == "domain-create"]
    assert len(paid) == 300 and len(set(paid)) == 300, "each row once"
    registry.run("ledger", "reconcile")


def test_bulk_stopped_with_its_registrar(registry):
    """A job of a registrar that is switched off does nothing more."""
    alpha = registry.alpha
    contact(alpha, "CON-A")
    csrf = fields(alpha.get("/console/bulk").text)["csrf"]
    path = alpha.post("/console/bulk", {"csrf": csrf, "text": HEADER + "create,never.test,1,CON-A,,,,,\n"}).headers["Location"]
    job_ended(registry, alpha, path, "Ready to start")
    assert alpha.post(path + "/stop", {"csrf": csrf}).status == 303
    assert "Stopped" in plain(alpha.get(path).text)
    assert alpha.post(path + "/start", {"csrf": csrf}).status == 409
    assert "never.test" not in alpha.get("/console").text.split("<tbody>")[-1]


# ── with EPP beside it, and in a browser ──

def test_the_same_rows_as_epp(registry):
    client = epp(registry, "alpha")
    client.ask(create_contact("CON-E"), 1000)
    client.ask(command(on("create", "domain", f"<o:name>epp.test</o:name><o:registrant>CON-E</o:registrant><o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>")), 1000)
    page = registry.alpha.get("/console/name/epp.test")
    assert page.status == 200 and "CON-E" in page.text
    do(registry.alpha, "/console/name/epp.test/status", {"clientHold": "1"})
    assert 's="clientHold"' in client.ask(command(on("info", "domain", "<o:name>epp.test</o:name>")), 1000)
    client.close()


@pytest.mark.one_store
def test_in_a_browser(registry, make_browser):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select
    contact(registry.alpha, "CON-A")
    browser = make_browser()
    browser.get(registry.url + "/robots.txt")
    for c in registry.alpha.jar:
        browser.add_cookie({"name": c.name, "value": c.value, "path": "/"})
    browser.get(registry.url + "/console")
    browser.find_element(By.LINK_TEXT, "Register a name").click()
    browser.find_element(By.NAME, "name").send_keys("browser.test")
    browser.find_element(By.CSS_SELECTOR, "form.filters button").click()
    registry.until(lambda: browser.find_elements(By.ID, "registrant"), "the answer")
    browser.find_element(By.ID, "registrant").send_keys("CON-A")
    browser.find_element(By.CSS_SELECTOR, "main form.panel button").click()
    registry.until(lambda: "Nothing has been changed yet" in browser.page_source, "the second page")
    button = browser.find_element(By.CSS_SELECTOR, "main form.panel button")
    assert button.text.startswith("Register")
    button.click()
    registry.until(lambda: browser.current_url.split("?")[0].endswith("/console/name/browser.test"), "the name's page")
    browser.find_element(By.LINK_TEXT, "Renew").click()
    Select(browser.find_element(By.ID, "years")).select_by_value("2")
    browser.find_element(By.CSS_SELECTOR, "main form.panel button").click()
    registry.until(lambda: "Nothing has been changed yet" in browser.page_source, "the price")
    browser.find_element(By.CSS_SELECTOR, "main form.panel button").click()
    registry.until(lambda: "Renewed." in browser.page_source, "the renewal")
    browser.get(registry.url + "/console")
    browser.find_element(By.CSS_SELECTOR, "tbody input[type=checkbox]").click()
    browser.find_element(By.CSS_SELECTOR, ".bulk button").click()
    registry.until(lambda: "Ready to start" in browser.page_source, "the dry run, page reloading itself")
    browser.find_element(By.CSS_SELECTOR, "main form.panel button").click()
    registry.until(lambda: "Done: 1. " in browser.page_source, "the job")
    browser.find_element(By.XPATH, "//button[text()='Sign out']").click()
    registry.until(lambda: "sign-in" in browser.current_url, "to be out")
    assert not [e for e in console_errors(browser) if "Content Security Policy" in e or "Uncaught" in e]
