"""Suspending a name needs two people: proposed on a page, signed by another, seen by EPP, RDAP and WHOIS, over by itself."""
import datetime
import email.message
import email.policy
import socket

import pytest
from test_console import epp
from test_epp import create_contact, command, create_domain, on
from test_kit import file_report, form_back, letters, parts, plain, server_now, staff


@pytest.fixture
def registry(make_site):
    site = make_site(**{"test.clock": "on", "form.min_fill": 0, "report.per_net_hour": 1000000, "mail.from": "cert@demo.example"})
    policy = site.dir.parent / "waits.policy"
    policy.write_text("terms 1-10\ngeneral open\nlabel-min 3\nname-servers 0-13\nprice create 800 TWD per-year\n")
    site.run("zone", "add", "waits", "--policy", policy)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000", "--name", f"{h} Names", "--email", f"abuse@{h}.example")
                       for h in ("alpha", "beta")}
    site.serve()
    site.alpha = epp(site, "alpha")
    site.alpha.ask(create_contact("CON1"), 1000)
    site.alpha.ask(create_domain("bad.waits", "CON1"), 1000)
    return site


def whois(site, line):
    with socket.create_connection(site.whois, timeout=10) as s:
        s.sendall(line.encode() + b"\r\n")
        return b"".join(iter(lambda: s.recv(65536), b"")).decode()


def doors(site):
    """What each of them says."""
    return {"serverHold" in str(epp(site, "alpha").ask(command(on("info", "domain", "<o:name>bad.waits</o:name>")), 1000)),
            "server hold" in site.get("/rdap/domain/bad.waits").text, "serverHold" in whois(site, "bad.waits")}


def held(site, yes=True):
    """Is it kept out of the DNS? Every door comes to say so: what is looked up often is remembered for a moment."""
    site.until(lambda: doors(site) == {yes}, f"all doors to say {yes}")
    return True


def form_reply(letter, text):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = letter["To"], letter["From"], "Re: " + letter["Subject"]
    m["Message-ID"], m["In-Reply-To"] = "<back@holder.example>", letter["Message-ID"]
    m.set_content(text)
    return bytes(m)


def day(site, ahead):
    return datetime.datetime.fromtimestamp(server_now(site) + ahead * 86400, datetime.timezone.utc).date().isoformat()


def test_two_people(registry):
    filed = file_report(registry, "https://bad.waits/login", language="en", **{"class": "phishing"})
    case = filed["case"]
    olga, otto, hana = staff(registry, "olga", "officer"), staff(registry, "otto", "officer"), staff(registry, "hana", "handler")
    assert held(registry, False)
    assert f'href="/staff/propose/{case}"' in olga.get(f"/staff/case/{case}").text
    path, csrf = f"/staff/propose/{case}", None
    page = olga.get(path)
    csrf = page.text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    given = {"csrf": csrf, "target": "bad.waits", "basis": "emergency", "reference": "Clause 12", "reason": "It <steals> from people.",
             "until": day(registry, 30)}
    form_back(refused := olga.post(path, given).text, reference="Clause 12")
    assert "On this basis it can last 3 days at most" in plain(refused)
    assert olga.post(path, {**given, "target": "other.waits", "until": day(registry, 2)}).status == 422
    assert olga.post(path, {**given, "csrf": "wrong"}).status == 403
    page = olga.go(olga.post(path, {**given, "until": day(registry, 2)}))
    assert "suspend bad.waits" in plain(page.text) and "It &lt;steals&gt; from people." in page.text
    assert "Take back" in page.text and "Sign and carry out" not in page.text, "who proposed it does not sign it"
    (one,) = registry.json("proposal", "list")
    act = f"/staff/proposals/{one['id']}"
    assert olga.post(f"{act}/second", {"csrf": csrf}).status == 409
    their = {p: p.get("/staff/proposals").text.split('name="csrf" value="', 1)[1].split('"', 1)[0] for p in (otto, hana)}
    assert "Sign and carry out" not in hana.get("/staff/proposals").text
    assert hana.post(f"{act}/second", {"csrf": their[hana]}).status == 403
    assert held(registry, False)
    assert otto.post(f"{act}/refuse", {"csrf": their[otto], "text": ""}).status == 422
    page = otto.go(otto.post(f"{act}/second", {"csrf": their[otto]}))
    assert "Signed and carried out" in plain(page.text) and "in force" in plain(page.text)
    assert held(registry)
    told, *_ = registry.until(lambda: letters(registry, subject="A measure: bad.waits"), "the letter to the holder")
    # What its holder writes back is for staff to read; it is no word of the reporter's.
    back = form_reply(told, "This is a mistake, the page is ours.")
    assert registry.json("mailin", input=back)["case"] == case
    seen = registry.json("case", "show", case)
    assert "This is a mistake" not in str(seen["reporters"]) and "read" in {t["kind"] for t in seen["tasks"]}
    for part in parts(letters(registry, subject="A measure: bad.waits")[0]):
        assert "Clause 12" in part and "How to object" in part
    assert "Carried out: suspend bad.waits" in [s["text"] for s in registry.json("case", "show", case)["steps"]]
    # another is set for longer; the first ends and undoes nothing
    words = ["proposal", "add", case, "suspend-name", "bad.waits", "--basis", "court-order", "--reference", "2031-1", "--reason", "Still there.",
             "--until", day(registry, 10)]
    refused = registry.run(*words, check=False)
    assert refused.returncode == 1 and "--as USER" in refused.stderr, "a shell is no person"
    two = registry.json(*words, "--as", "hana")
    refused = registry.run("proposal", "second", two["id"], "--as", "hana", check=False)
    assert refused.returncode == 1 and "your role does not allow" in refused.stderr
    assert registry.json("proposal", "second", two["id"], "--as", "olga")["state"] == "carried-out"
    registry.advance("4d")
    registry.until(lambda: registry.json("proposal", "show", one["id"])["state"] == "undone", "the first to end")
    assert held(registry)
    registry.kill()  # what is due comes after a start, too
    registry.run("clock", "advance", "8d")
    registry.serve()
    registry.until(lambda: registry.json("proposal", "show", two["id"])["state"] == "undone", "the second to end")
    assert held(registry, False)
    assert registry.json("proposal", "list") == [] and len(registry.json("proposal", "list", "--all")) == 2
    assert registry.json("journal", "verify")["ok"] is True


def test_a_name_of_others_is_not_ours_to_suspend(registry):
    filed = file_report(registry, "https://elsewhere.example/x", "bad.waits", language="en", **{"class": "phishing"})
    registry.json("user", "add", "hana", "--role", "handler")
    refused = registry.run("proposal", "add", filed["case"], "suspend-name", "elsewhere.example", "--basis", "court-order", "--reference", "1",
                           "--reason", "x", "--until", day(registry, 2), "--as", "hana", check=False)
    assert refused.returncode == 1 and "in no zone of ours" in refused.stderr and "sponsor" in refused.stderr


def test_the_holder_of_a_name_of_ours_is_told(registry):
    """The register is what the desk asks: a name created over EPP a moment ago has a holder who can be written to."""
    filed = file_report(registry, "https://www.bad.waits/login", language="en", **{"class": "phishing"})
    (notice,) = registry.json("case", "show", filed["case"])["notices"]
    assert notice["role"] == "holder" and notice["state"] == "waiting"
    registry.run("case", "approve", filed["case"])
    [letter] = registry.until(lambda: letters(registry, notice["email"]), "the notice")
    assert filed["case"] in letter["Subject"] and "bad.waits/login" in parts(letter)[0]
