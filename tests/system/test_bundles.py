"""Chinese names: a name and its variants are one object. Who may have them, who opens and releases them, who sees them."""
import re
import urllib.parse

import pytest
from test_console import contact as console_contact
from test_console import do, form, user
from test_epp import command, create_contact, create_domain, entered, info, on
from test_kit import Person, journal_size, plain
from test_registrant import ask, contact, one_letter, page_of

NAME, MEMBER = "xn--kprw13d.test", "xn--kpry57d.test"  # 台湾.test, 台灣.test


@pytest.fixture
def registry(make_site, testdata):
    site = make_site(**{"test.clock": "on", "mail.from": "registry@nic.example", "form.min_fill": 0})
    rules = site.dir / "zh.policy"
    rules.write_text("terms 1-10\nexpiry suspend\nregistry-lock on\nidn-table zh rfc3743 rfc3743_tw.txt\n")
    site.run("zone", "add", "test", "--policy", rules, "--tables", testdata / "idn")
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000", "--name", h.title() + " Names", "--email", f"help@{h}.example")
                       for h in ("alpha", "beta")}
    return site.serve()


def active(site, name=NAME):
    """Which variants lead to the name, by its history."""
    bundle = site.json("history", "domain", name)[-1]["object"]["variants"]
    return sorted(v["name"] for v in bundle if v["active"] and v["name"] != name)


def bundle(answer):
    found = re.search(r"<b-dn:bundle>(.*?)</b-dn:bundle>", answer, re.S).group(1)
    return re.findall(r'<b-dn:(rdn|bdn) uLabel="([^"]+)">([^<]+)<', found)


def test_one_object(registry):
    """RFC 9095: every answer about any member lists all; no member is another's."""
    a, b = entered(registry, "alpha"), entered(registry, "beta")
    a.ask(create_contact("CON-1"), 1000)
    b.ask(create_contact("CON-2"), 1000)
    made = bundle(a.ask(create_domain(NAME, "CON-1"), 1000))
    assert made[0] == ("rdn", "台湾.test", NAME) and ("bdn", "台灣.test", MEMBER) in made
    members = [name for _, _, name in made]
    assert len(members) == len(set(members)) > 2
    for name in members:
        assert f'avail="0">{name}<' in b.ask(command(on("check", "domain", f"<o:name>{name}</o:name>")), 1000)
        b.ask(create_domain(name, "CON-2"), 2302)
        b.ask(create_domain(name, "CON-2").replace("beta", "alpha"), 2302)
        seen = bundle(a.ask(info(name), 1000))
        assert seen[0] == made[0] and sorted(seen) == sorted(made), name
    # A label that is part traditional, part simplified is nobody's.
    b.ask(create_domain("xn--g6ws64d.test", "CON-2"), 2306)
    for verb, more in (("renew", f"<o:curExpDate>{re.search(r'exDate>([0-9-]{10})', a.ask(info(NAME))).group(1)}</o:curExpDate>"), ("delete", "")):
        answer = a.ask(command(on(verb, "domain", f"<o:name>{members[-1]}</o:name>{more}")), 1000)
        assert sorted(bundle(answer)) == sorted(made), verb
    # Which of them is asked for makes no difference to what they are.
    for name in members:
        again = bundle(a.ask(create_domain(name, "CON-1"), 1000))
        assert again[0][2] == name and {n for _, _, n in again} == set(members), name
        a.ask(command(on("delete", "domain", f"<o:name>{name}</o:name>")), 1000)


def test_opened_and_released_in_the_console(registry):
    anna, bert = user(registry, "alpha", "anna"), user(registry, "beta", "bert")
    a = entered(registry, "alpha")
    console_contact(anna, "CON-A")
    a.ask(create_domain(NAME, "CON-A"), 1000)
    a.ask(create_domain("plain.test", "CON-A"), 1000)
    path = f"/console/name/{NAME}/variants"
    page = anna.get(f"/console/name/{NAME}")
    assert path in page.text and "台灣.test" in page.text and active(registry) == []
    assert "/variants" not in anna.get("/console/name/plain.test").text and anna.get("/console/name/plain.test/variants").status == 404
    assert bert.get(path).status == 404
    assert "Nothing is changed by this" in plain(form(anna, path, {}, status=422).text)

    seen = do(anna, path, {MEMBER: "1"})
    assert "The spellings are changed" in plain(seen.text) and active(registry) == [MEMBER]
    page = anna.get(path).text
    assert re.search(rf'name="{MEMBER}"[^>]* checked', page) and page.count(" checked") == 1
    # What is not one of its members is not taken; the form has no such field, and the registry judges itself.
    assert "Nothing is changed" in plain(form(anna, path, {MEMBER: "1", "xn--fiq228c.test": "1"}, status=422).text)
    # Locked it stays as it is.
    registry.run("lock", NAME, "--reason", "asked for by its holder")
    answer = anna.post(path, {"csrf": re.search(r'name="csrf" value="([^"]+)"', page).group(1)})
    assert answer.status == 422 and active(registry) == [MEMBER], plain(answer.text)
    registry.run("unlock", NAME, "--for-good", "--reason", "over")
    page = anna.get(path)
    first = anna.post(path, {"csrf": re.search(r'name="csrf" value="([^"]+)"', page.text).group(1)})
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', first.text))
    assert hidden["sure"] == "1"
    assert anna.post(path, hidden).status == 303 and active(registry) == []


def test_opened_and_released_by_the_holder(registry):
    a = entered(registry, "alpha")
    a.ask(contact("MEI", "mei@holder.example"), 1000)
    a.ask(contact("OTHER", "other@holder.example"), 1000)
    a.ask(create_domain(NAME, "MEI"), 1000)
    a.ask(create_domain("xn--fiq228c.test", "OTHER"), 1000)  # 中文.test
    ask(registry, "mei@holder.example")
    link = page_of(one_letter(registry, "mei@holder.example"))
    mei = Person(registry)
    page = mei.get(link)
    assert f"/variants?name={NAME}" in page.text
    assert "First confirm" in plain(mei.get(f"{link}/variants?name={NAME}").text)
    assert mei.post(link + "/variants", {"name": NAME, "variant": MEMBER}).status == 409 and active(registry) == []
    mei.post(link + "/confirm", {})
    page = mei.get(f"{link}/variants?name={urllib.parse.quote('台灣.test')}")  # by any member
    assert page.status == 200 and "台灣.test" in page.text and "checked" not in page.text
    answer = mei.post(link + "/variants", [("name", NAME), ("variant", MEMBER)])
    assert answer.status == 303 and "spellings are changed" in plain(mei.get(answer.headers["Location"]).text)
    assert active(registry) == [MEMBER]
    # The same once more is done, and changes nothing.
    versions, size = len(registry.json("history", "domain", NAME)), journal_size(registry)
    assert mei.post(link + "/variants", [("name", NAME), ("variant", MEMBER)]).status == 303
    assert len(registry.json("history", "domain", NAME)) == versions and journal_size(registry) == size
    last = registry.json("history", "domain", NAME)[-1]
    assert last["actor"] == "holder:MEI" and last["verb"] == "domain-updated"
    told = a.ask(command('<poll op="req"/>'))
    assert NAME in told and "holder:MEI" in told
    # Not another's name, not what is no member, not more than there are.
    assert mei.post(link + "/variants", {"name": "xn--fiq228c.test"}).status == 404
    assert mei.post(link + "/variants", {"name": NAME, "variant": "xn--fiq228c.test"}).status >= 400 and active(registry) == [MEMBER]
    a.ask(command(on("update", "domain", f'<o:name>{NAME}</o:name><o:add><o:status s="clientUpdateProhibited"/></o:add>')), 1000)
    assert mei.post(link + "/variants", {"name": NAME}).status == 409 and active(registry) == [MEMBER]
    a.ask(command(on("update", "domain", f'<o:name>{NAME}</o:name><o:rem><o:status s="clientUpdateProhibited"/></o:rem>')), 1000)
    assert mei.post(link + "/variants", {"name": NAME}).status == 303 and active(registry) == []
