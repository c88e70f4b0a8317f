"""Who may register where not everybody may: `nicert review`, over EPP from the request to the registrar's message. And docs/policy.md."""
import re

import pytest
from conftest import ROOT
from test_epp import create_contact, create_domain, entered, info

POLICY = "terms 1-10\ngeneral open\nsecond-level com.test review businesses\nsecond-level edu.test restricted schools\nprice create 800 TWD per-year\n"


@pytest.fixture
def registry(site):
    rules = site.dir / "test.policy"
    rules.write_text(POLICY)
    site.run("zone", "add", "test", "--policy", rules)
    site.registrars = {"alpha": site.json("registrar", "add", "alpha", "--credit", "100000")}
    return site.serve()


def credit(site):
    return site.json("registrar", "show", "alpha")["credit"]


def test_review(registry):
    a = entered(registry, "alpha")
    for handle in ("CON-1", "CON-2"):
        a.ask(create_contact(handle), 1000)
    assert registry.json("review", "list") == []
    before = credit(registry)
    a.ask(create_domain("one.com.test", "CON-1"), 1001)
    a.ask(create_domain("two.com.test", "CON-1"), 1001)
    a.ask(create_domain("three.com.test", "CON-2"), 1001)
    assert [(r["contact"], r["place"], r["state"]) for r in registry.json("review", "list")] == [
        ("CON-1", "com.test", "open"), ("CON-2", "com.test", "open")]
    assert 's="pendingCreate"' in a.ask(info("one.com.test"), 1000)

    assert registry.json("review", "approve", "CON-1", "com.test")["state"] == "approved"
    for name in ("one.com.test", "two.com.test"):
        assert "pendingCreate" not in a.ask(info(name), 1000)
    a.ask(create_domain("four.com.test", "CON-1"), 1000)  # asked once

    assert registry.run("review", "refuse", "CON-2", "com.test", check=False).returncode == 2  # no reason given
    registry.run("review", "refuse", "CON-2", "com.test", "--reason", "no such company")
    a.ask(info("three.com.test"), 2303)
    a.ask(create_domain("three.com.test", "CON-2"), 2308)
    assert before - credit(registry) == 3 * 80000  # what was refused is refunded
    assert registry.json("review", "list") == []
    decided = {r["contact"]: (r["state"], r["reason"]) for r in registry.json("review", "list", "--all")}
    assert decided == {"CON-1": ("approved", ""), "CON-2": ("refused", "no such company")}
    a.close()


@pytest.mark.one_store
def test_what_is_no_decision(registry):
    entered(registry, "alpha").ask(create_contact("CON-1"), 1000)
    for args in (("CON-1", "edu.test"), ("CON-1", "test"), ("CON-1", "nowhere"), ("CON-1", "x.com.test"), ("NOBODY", "com.test")):
        done = registry.run("review", "approve", *args, check=False)
        assert done.returncode == 1 and re.match(r"nicert: .", done.stderr), (args, done)
    assert registry.json("review", "list", "--all") == []


@pytest.mark.one_store
def test_policy_reference(site):
    assert site.run("policy", "reference").stdout == (ROOT / "docs/policy.md").read_text(encoding="utf-8"), "nicert policy reference > docs/policy.md"
