"""`nicert why` and the same on a page and over EPP: who may have a name, at what price, and which row and which days say so."""
import re
import time

import pytest
from test_console import user
from test_epp import command, create_contact, create_domain, entered, on
from test_kit import plain, server_now, staff

POLICY = """terms 1-10
label-min 3
second-level open.test open anybody
second-level mail.test email-check anybody who can be reached
second-level firm.test review companies
second-level radio.test licence broadcasters
second-level own.test restricted the registry
second-level old.test closed no new ones
reserved gold {gold} auctioned in spring
blocked fake {fake} a court's order
released ab {ab} a fair of two days
reserved silver always kept
blocked later {later} not yet
price create 800 TWD per-year
price renew 700 TWD per-year
price transfer 50 TWD
price restore 2000 TWD
"""


def day(site, days):
    return time.strftime("%Y-%m-%d", time.gmtime(server_now(site) + days * 86400))


@pytest.fixture
def registry(make_site):
    site = make_site(**{"test.clock": "on"})
    rules = site.dir / "test.policy"
    rules.write_text("terms 1-10\n")
    site.run("zone", "add", "test", "--policy", rules)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "100000", "--name", h.title()) for h in ("alpha",)}
    site.serve()
    site.days = {"gold": f"..{day(site, 2)}", "fake": f"{day(site, -1)}..{day(site, 2)}", "ab": f"{day(site, 1)}..{day(site, 2)}", "later": f"{day(site, 1)}.."}
    rules.write_text(POLICY.format(**site.days))
    site.run("policy", "set", "test", rules)
    return site


def why(site, name, registrar="alpha"):
    """(may, the answer of the rule that says no or of the lists, its line)."""
    said = site.json("why", name, *(("--registrar", registrar) if registrar else ()))
    rows = [r for r in said["rules"] if not r["ok"]] or [r for r in said["rules"] if r["rule"] == "lists"]
    return said["may"], rows[0]["text"], rows[0].get("line")


def test_lists_have_days(registry):
    a = entered(registry, "alpha")
    a.ask(create_contact("CON-1"), 1000)

    def available(name):
        return re.search(rf'avail="([01])">{name}<', a.ask(command(on("check", "domain", f"<o:name>{name}</o:name>")), 1000)).group(1) == "1"
    last = day(registry, 2)
    assert why(registry, "gold.test") == (False, f"reserved to {last}: auctioned in spring", 9)
    assert why(registry, "fake.test") == (False, f"blocked from {day(registry, -1)} to {last}: a court's order", 10)
    assert why(registry, "silver.test") == (False, "reserved: always kept", 12)
    assert not why(registry, "ab.test")[0]
    may, text, line = why(registry, "later.test")
    assert may and line == 13 and text == f"blocked only from {day(registry, 1)}: not yet"
    for name in ("gold", "fake", "ab"):
        assert not available(f"{name}.test")
        a.ask(create_domain(f"{name}.test", "CON-1"), 2308)
    assert available("later.test")
    registry.advance("1d")
    assert why(registry, "ab.test")[0] and not why(registry, "later.test")[0] and not why(registry, "gold.test")[0]
    a.ask(create_domain("later.test", "CON-1"), 2308)
    registry.advance("2d")  # the last day is over
    assert why(registry, "gold.test")[0] and why(registry, "fake.test")[0] and not why(registry, "ab.test")[0]
    assert why(registry, "gold.test")[1] == f"reserved only to {last}: auctioned in spring"
    a.ask(create_domain("gold.test", "CON-1"), 1000)
    a.ask(create_domain("later.test", "CON-1"), 2308)
    a.close()


def test_by_whom_and_at_what_price(registry):
    by = {"plain.test": "anybody", "x.open.test": "anybody", "abc.open.test": "anybody", "abc.mail.test": "email-check", "abc.firm.test": "review",
          "abc.radio.test": "licence", "abc.own.test": "registry", "silver.test": "registry", "ab.test": "registry", "abc.old.test": "nobody",
          "fake.test": "nobody", "a_b.test": "nobody", "abc.nowhere": "nobody"}
    by["x.open.test"] = "registry"  # too short for everybody else
    for name, who in by.items():
        said = registry.json("why", name)
        assert said["by"] == who and said["may"] == (who != "nobody"), name
    assert not registry.json("why", "silver.test", "--registrar", "alpha")["may"]
    said = registry.run("why", "silver.test").stdout
    assert "may be registered now, by the registry alone" in said and "(line 12 of the policy)" in said and "version 2 of zone test, in force since" in said
    for price in ("NT$ 800 a year", "renewal NT$ 700 a year", "transfer NT$ 50", "restore NT$ 2,000"):
        assert price in said, said
    olga = staff(registry, "olga", "officer")
    page = plain(olga.get("/staff/why?name=abc.firm.test").text)
    assert "may be registered now, by whoever is let in after a look at papers" in page and "NT$ 2,000" in page
    # A registrar asks in its console and gets the same answer.
    anna = user(registry, "alpha", "anna")
    assert "auctioned in spring" in plain(anna.get("/console/register?name=gold.test").text)


@pytest.mark.one_store
def test_names_that_were_imported_are_said_before_they_are_lost(site):
    names = site.dir / "names.csv"
    names.write_text("name,holder\none.tw,One\ntwo.com.tw,Two\nthree.jp,Three\n")
    site.run("import", "names", names)
    assert site.json("holder", "one.tw")["responsible"]
    said = site.run("zone", "add", "tw").stderr
    assert "2 names that were imported under tw" in said and "nicert load names" in said, said
    assert "imported" not in site.run("zone", "add", "test").stderr


def test_rules_are_of_a_zone_that_is_ours(site):
    """A zone that was mistyped is not opened; nor does a variant zone get rules, and with them names, of its own."""
    rules = site.dir / "some.policy"
    rules.write_text("terms 1-10\n")
    site.run("zone", "add", "tw")
    site.run("zone", "add", "台灣")
    refused = site.run("policy", "set", "tv", rules, check=False)
    assert refused.returncode == 1 and "`nicert zone add tv`" in refused.stderr, refused
    refused = site.run("policy", "set", "台湾", rules, check=False)
    assert refused.returncode == 1 and "holds the names of xn--kpry57d" in refused.stderr, refused
    assert not site.json("why", "flower.tv")["may"] and not site.json("why", "flower.台湾")["may"]
    site.run("policy", "set", "台灣", rules)


@pytest.mark.one_store
def test_tables_that_are_missing_are_said(site, testdata):
    said = site.run("zone", "add", "tw").stderr
    assert "does without `idn-table zh rfc3743 rfc3743_tw.txt`" in said, said
    assert not site.json("why", "測試.tw")["may"]
    rules = site.dir / "tw.policy"
    rules.write_text(site.run("policy", "show", "tw").stdout.replace("# its file was not there: ", ""))
    site.run("policy", "set", "tw", rules, "--tables", testdata / "idn")
    assert site.json("why", "測試.tw")["may"]
    assert not site.run("zone", "add", "台灣", "--tables", testdata / "idn").stderr
    assert site.json("why", "測試.台灣")["may"]
