"""What the registry does to names beside registrars' commands, seen over EPP: restore with its report, allocation tokens, the lock,
maintenance."""
import re

import pytest
from test_epp import NS, Client, command, create_contact, create_domain, info, on

POLICY = """
grace add 0d
restore-report 7d
registry-lock on
reserved gold auctioned
price create 10 TWD per-year
price renew 10 TWD per-year
price restore 40 TWD
"""
REPORT = ("<r:report><r:preData>before</r:preData><r:postData>after</r:postData><r:delTime>2026-01-01T00:00:00Z</r:delTime>"
          "<r:resTime>2026-01-02T00:00:00Z</r:resTime><r:resReason>Registrant error</r:resReason><r:statement>Not resold.</r:statement>"
          "<r:statement>True.</r:statement></r:report>")


@pytest.fixture
def registry(site, tmp_path):
    policy = tmp_path / "waits.policy"
    policy.write_text(POLICY)
    site.run("zone", "add", "waits", "--policy", policy)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000") for h in ("alpha", "beta")}
    return site.serve()


def entered(site, handle="alpha"):
    c = Client(site, site.registrars[handle])
    c.login()
    return c


def restore(name, op, body=""):
    return command(on("update", "domain", f"<o:name>{name}</o:name>"),
                   f'<r:update xmlns:r="{NS}rgp-1.0"><r:restore op="{op}">{body}</r:restore></r:update>')


def delete(name):
    return command(on("delete", "domain", f"<o:name>{name}</o:name>"))


def credit(site, handle="alpha"):
    return next(r["credit"] for r in site.json("registrar", "list") if r["id"] == handle)


def polled(c):
    """Every message that waits, acknowledged."""
    found = []
    while 'code="1301"' in (answer := c.ask(command('<poll op="req"/>'))):
        found.append(answer)
        c.ask(command('<poll op="ack" msgID="%s"/>' % re.search(r'<msgQ count="\d+" id="(\d+)"', answer).group(1)), 1000)
    return found


def rdap(site, name):
    return site.get(f"/rdap/domain/{name}").json()["status"]


def test_a_restore_waits_for_its_report(registry):
    c = entered(registry)
    c.ask(create_contact("CON-1"), 1000)
    c.ask(create_domain("back.waits", "CON-1"), 1000)
    c.ask(delete("back.waits"), 1001)
    before = credit(registry)
    c.ask(restore("back.waits", "request"), 1000)
    assert before - credit(registry) == 4000
    answer = c.ask(info("back.waits"), 1000)
    assert 's="pendingRestore"' in answer and 's="pendingDelete"' in answer
    assert {"pending restore", "pending delete"} <= set(rdap(registry, "back.waits"))
    # Nobody reports: it falls back, the registrar is told, and asks again.
    registry.advance("7d")
    registry.until(lambda: "redemption period" in rdap(registry, "back.waits"), "the restore to lapse")
    c = entered(registry)
    assert any("restore-lapsed" in m for m in polled(c))
    c.ask(restore("back.waits", "report", REPORT), 2304)
    c.ask(restore("back.waits", "request"), 1000)
    c.ask(restore("back.waits", "report", REPORT), 1000)
    assert 's="pending' not in c.ask(info("back.waits"), 1000)
    history = registry.json("history", "domain", "back.waits")
    assert [h["verb"] for h in history][-5:] == ["domain-deleted", "domain-restore-requested", "domain-restore-lapsed", "domain-restore-requested",
                                                 "domain-restored"]
    assert history[-1]["object"]["restore_report"]["statements"] == ["Not resold.", "True."]
    assert "Registrant error" in registry.run("history", "domain", "back.waits").stdout
    registry.run("ledger", "reconcile")
    registry.run("journal", "verify")


def test_a_registrar_is_changed(registry):
    """`registrar set`: what is given and nothing else; the next login and the next message go by it."""
    before = registry.json("registrar", "show", "alpha")
    for words in ((), ("--rate", "0"), ("--sessions", "many"), ("--low-balance", "-1")):
        assert registry.run("registrar", "set", "alpha", *words, check=False).returncode == 2, words
    for words in (("--email", "nobody"), ("--lang", "no tag"), ("--name", "")):
        assert registry.run("registrar", "set", "alpha", *words, check=False).returncode == 1, words
    assert registry.json("registrar", "show", "alpha") == before
    changed = registry.json("registrar", "set", "alpha", "--name", "Alpha Names", "--email", "ops@alpha.example", "--sessions", "1", "--low-balance", "995")
    assert changed == {**before, "name": "Alpha Names", "email": "ops@alpha.example", "session_max": 1, "low_balance": 99500}
    assert "warned    below NT$ 995" in registry.run("registrar", "set", "alpha", "--lang", "zh-TW").stdout
    last = registry.json("history", "registrar", "alpha")[-1]
    assert last["verb"] == "registrar-changed" and last["object"]["lang"] == "zh-TW" and last["object"]["session_max"] == 1
    c = entered(registry)
    assert "session limit" in Client(registry, registry.registrars["alpha"]).login(2502).lower()
    c.ask(create_contact("CON-1"), 1000)
    c.ask(create_domain("one.waits", "CON-1"), 1000)
    assert [m for m in polled(c) if "Credit is low: NT$ 990 left" in m]
    registry.run("journal", "verify")


def test_tokens(registry):
    given = registry.json("token", "add", "gold.waits", "--registrar", "alpha", "--note", "won the auction")
    spare = registry.json("token", "add", "waits")
    assert [t["state"] for t in registry.json("token", "list")] == ["usable", "usable"]
    assert given["token"] not in registry.run("token", "list", "--all", "--json").stdout

    def create(token):
        return create_domain("gold.waits", "CON-1").replace("<clTRID>", f'<extension><t:allocationToken xmlns:t="{NS}allocationToken-1.0">{token}'
                                                            "</t:allocationToken></extension><clTRID>")
    a, b = entered(registry), entered(registry, "beta")
    a.ask(create_contact("CON-1"), 1000)
    b.ask(create_domain("gold.waits", "CON-1"), 2308)
    b.ask(create(given["token"]), 2201)
    registry.run("token", "revoke", spare["id"])
    assert registry.run("token", "revoke", spare["id"], check=False).returncode == 1
    b.ask(create(spare["token"]), 2201)
    a.ask(create(given["token"]), 1000)
    a.ask(create(given["token"]), 2201)  # used
    assert [(t["state"], t.get("used_for")) for t in registry.json("token", "list", "--all")] == [("revoked", None), ("used", "gold.waits")]
    assert given["token"] not in registry.log()
    registry.run("journal", "verify")


def test_lock(registry):
    c = entered(registry)
    c.ask(create_contact("CON-1"), 1000)
    c.ask(create_domain("bank.waits", "CON-1"), 1000)
    registry.run("user", "add", "hana", "--role", "handler")
    assert "lock-name" in registry.run("lock", "bank.waits", "--reason", "no", "--as", "hana", check=False).stderr
    registry.run("lock", "bank.waits", "--reason", "court order 17")
    assert {"server update prohibited", "server delete prohibited", "server transfer prohibited"} <= set(rdap(registry, "bank.waits"))
    hold = command(on("update", "domain", '<o:name>bank.waits</o:name><o:add><o:status s="clientHold"/></o:add>'))
    c.ask(hold, 2304)
    c.ask(delete("bank.waits"), 2304)
    ds = ("<s:dsData><s:keyTag>1</s:keyTag><s:alg>13</s:alg><s:digestType>2</s:digestType><s:digest>" + "AB" * 32 + "</s:digest></s:dsData>")
    c.ask(command(on("update", "domain", "<o:name>bank.waits</o:name>"), f'<s:update xmlns:s="{NS}secDNS-1.1"><s:add>{ds}</s:add></s:update>'), 1000)
    assert registry.json("unlock", "bank.waits", "--for", "30m", "--reason", "key ceremony")["state"] == "open"
    registry.until(lambda: "server update prohibited" not in rdap(registry, "bank.waits"), "the lock to be off for everybody")
    c.ask(hold, 1000)
    registry.advance("31m")
    registry.until(lambda: "server update prohibited" in rdap(registry, "bank.waits"), "the lock to be back")
    c = entered(registry)
    c.ask(hold.replace("add>", "rem>"), 2304)
    told = "".join(polled(c))
    assert "court order 17" in told and 'op="locked"' in told and 'op="unlocked"' in told
    text = registry.run("history", "domain", "bank.waits").stdout
    assert "court order 17" in text and "key ceremony" in text and re.search(r"clock +domain-locked", text)
    registry.run("zone", "add", "plain")
    c.ask(create_domain("free.plain", "CON-1"), 1000)
    assert "offers no registry lock" in registry.run("lock", "free.plain", "--reason", "why not", check=False).stderr
    registry.run("unlock", "bank.waits", "--for-good", "--reason", "the order was lifted")
    c.ask(hold.replace("add>", "rem>"), 1000)


def test_maintenance(registry):
    words = ("--start", "2099-01-01T00:00:00Z", "--end", "2099-01-01T02:00:00Z", "--systems", "EPP full, RDAP partial", "--reason", "new disks",
             "--reason-zh", "更換硬碟", "--link", "https://status.example.tw/1")
    made = registry.json("maintenance", "add", *words)
    registry.run("maintenance", "change", made["id"], "--end", "2099-01-01T03:00:00Z")

    def ask(c, what, code=1000):
        return c.ask(command(f'<info><m:info xmlns:m="{NS}epp:maintenance-1.0">{what}</m:info></info>'), code)
    for handle in ("alpha", "beta"):
        c = entered(registry, handle)
        assert "<maint:end>2099-01-01T03:00:00Z</maint:end>" in ask(c, "<m:list/>")
        answer = ask(c, f"<m:id>{made['id']}</m:id>")
        assert '<maint:description lang="zh-TW">更換硬碟<' in answer and "<maint:detail>https://status.example.tw/1<" in answer
        assert "<maint:name>RDAP</maint:name><maint:impact>partial<" in answer
        assert '<maint:environment type="ote"/>' in answer  # time can be moved here
        assert [re.search("<maint:pollType>(.*?)<", m).group(1) for m in polled(c)] == ["create", "update"]
    registry.run("maintenance", "cancel", made["id"])
    assert registry.run("maintenance", "cancel", made["id"], check=False).returncode == 1
    c = entered(registry)
    assert "<maint:id>" not in ask(c, "<m:list/>")
    ask(c, f"<m:id>{made['id']}</m:id>", 2303)
    assert ["<maint:pollType>delete<" in m for m in polled(c)] == [True]
    assert registry.json("maintenance", "list") == [] and registry.json("maintenance", "list", "--all")[0]["reason"] == "new disks"
