"""A holder's own page: the link by mail, what stands behind it, the code for a transfer, the check of an address, notices of new rules."""
import json
import re
import socket
import time

import pytest
from test_epp import SECRET, command, create_domain, entered, info, on
from test_kit import Person, another, letters, links, parts, plain
from test_mailin import bounce_of, pipe

POLICY = ("terms 1-10\ngeneral open\nsecond-level club.test email-check anybody who can be reached\nprice create 800 TWD per-year\n"
          "price renew 800 TWD per-year\nexpiry suspend\ngrace redemption 0d\ngrace pending-delete 0d\n")


def contact(handle, email):
    return command(on("create", "contact", f"<o:id>{handle}</o:id><o:postalInfo type=\"int\"><o:name>Chen Mei</o:name><o:addr><o:street>1 Road"
                      "</o:street><o:city>Taipei</o:city><o:cc>TW</o:cc></o:addr></o:postalInfo>"
                      f"<o:email>{email}</o:email><o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>"))


def names_in(registry, *, email="Mei@holder.example", admin=None):
    """Two names of one holder with alpha."""
    a = entered(registry, "alpha")
    a.ask(contact("MEI", email), 1000)
    a.ask(contact("OTHER", "other@holder.example"), 1000)
    for name in ("one.test", "two.test"):
        a.ask(create_domain(name, "MEI"), 1000)
    return a


@pytest.fixture
def registry(make_site):
    site = make_site(**{"test.clock": "on", "mail.from": "registry@nic.example", "form.min_fill": 0})
    rules = site.dir / "test.policy"
    rules.write_text(POLICY)
    site.run("zone", "add", "test", "--policy", rules)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000", "--name", h.title() + " Names", "--email", f"help@{h}.example")
                       for h in ("alpha", "beta")}
    return site.serve()


def page_of(message):
    """The one link to /mynames/ of a letter."""
    found = [u for u in links(message) if "/mynames/" in u]
    assert len(found) == 1, found
    text, rich = parts(message)
    assert found[0] in text and found[0] in rich
    return found[0]


def ask(site, email, name="", lang="en"):
    person = Person(site)
    person.lang = lang
    return person.post("/mynames", {"email": email, "name": name})


def one_letter(site, email, n=1):
    return site.until(lambda: len(letters(site, email)) >= n and letters(site, email), f"letter {n} to {email}")[n - 1]


def quiet(site):
    """Everything that was to be written has been."""
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")


def test_the_link_and_the_code(registry):
    a = names_in(registry)
    known, unknown = ask(registry, "mei@HOLDER.example"), ask(registry, "nobody@holder.example")
    assert known.status == unknown.status == 200
    assert plain(known.text).replace("mei@HOLDER.example", "") == plain(unknown.text).replace("nobody@holder.example", "")
    link = page_of(one_letter(registry, "mei@holder.example"))
    quiet(registry)
    assert letters(registry, "nobody@holder.example") == []
    token = link.rsplit("/", 1)[1]
    assert re.fullmatch(r"[a-z2-7]{26}", token)

    holder = Person(registry)
    page = holder.get(link)
    assert page.status == 200 and "no-store" in page.headers["Cache-Control"]
    seen = plain(page.text)
    for text in ("one.test", "two.test", "Alpha Names", "help@alpha.example", "address not confirmed"):
        assert text in seen, text
    assert "/code?name" not in page.text  # first the address is confirmed
    assert holder.get(link).text == page.text  # looking changes nothing
    assert registry.json("history", "contact", "MEI")[-1]["verb"] == "contact-created"
    assert holder.post(link + "/code", {"name": "one.test"}).status == 409

    done = holder.post(link + "/confirm", {})
    assert done.status == 303 and done.headers["Location"].endswith("done=confirm")
    assert registry.json("history", "contact", "MEI")[-1]["verb"] == "contact-verified"
    page = holder.get(link)
    assert "address not confirmed" not in plain(page.text) and "/code?name=one.test" in page.text

    before = holder.get(link + "/code?name=one.test")
    assert before.status == 200 and "Show me the code" in before.text
    given = holder.post(link + "/code", {"name": "one.test"})
    assert given.status == 200 and "no-store" in given.headers["Cache-Control"]
    code = re.search(r'<span class="res res--l" translate="no">([a-z2-7]{26})</span>', given.text).group(1)
    assert code not in holder.get(link).text

    told = one_letter(registry, "Mei@holder.example")
    assert "one.test" in told["Subject"] and code not in "".join(parts(told)) and "help@alpha.example" in parts(told)[0]
    told = a.ask(command('<poll op="req"/>'))
    assert "one.test" in told and code not in told and "holder:MEI" in told
    b = entered(registry, "beta")
    transfer = '<transfer op="request"><o:transfer xmlns:o="urn:ietf:params:xml:ns:domain-1.0"><o:name>{}</o:name><o:authInfo><o:pw>{}</o:pw>' \
               "</o:authInfo></o:transfer></transfer>"
    b.ask(command(transfer.format("one.test", SECRET)), 2202)  # the one before is over
    b.ask(command(transfer.format("one.test", code)), 1001)
    assert holder.post(link + "/code", {"name": "one.test"}).status == 409  # about to move
    journal = [h["verb"] for h in registry.json("history", "domain", "one.test")]
    assert "domain-updated" in journal

    # The code ends with its time; the link with its own.
    code = re.search(r'translate="no">([a-z2-7]{26})</span>', holder.post(link + "/code", {"name": "two.test"}).text).group(1)
    registry.advance("2d")
    assert holder.get(link).status == 404 and holder.post(link + "/code", {"name": "two.test"}).status == 404
    registry.advance("13d")
    registry.until(lambda: not json.loads(registry.run("history", "domain", "two.test", "--json").stdout)[-1]["object"]["authinfo"],
                   "the code to be forgotten")
    entered(registry, "beta").ask(command(transfer.format("two.test", code)), 2202)


def test_who_must_not_get_in(registry, store_url):
    """Other people's names, other links, guesses, the database itself."""
    a = names_in(registry)
    a.ask(create_domain("other.test", "OTHER"), 1000)
    ask(registry, "mei@holder.example")
    mine = page_of(one_letter(registry, "mei@holder.example"))
    person = Person(registry)
    assert person.post(mine + "/confirm", {}).status == 303
    assert "other.test" not in person.get(mine).text
    for name in ("other.test", "nowhere.test", "test", "", "xn--", "a" * 300):
        assert person.get(f"{mine}/code?name={name}").status == 404, name
        assert person.post(mine + "/code", {"name": name}).status == 404, name
    verbs = [h["verb"] for h in registry.json("history", "domain", "other.test")]
    assert verbs == ["domain-created"]
    assert "contact-verified" not in [h["verb"] for h in registry.json("history", "contact", "OTHER")]
    for wrong in ("a" * 26, another(mine.rsplit("/", 1)[1]), "x", "%00", "a" * 5000):
        for act in ("", "/confirm", "/read", "/code"):
            answer = person.post(f"/mynames/{wrong}{act}", {"name": "one.test"}) if act else person.get(f"/mynames/{wrong}")
            assert answer.status in (400, 404, 414, 431), (wrong, act, answer)
    from test_privacy import dump
    assert mine.rsplit("/", 1)[1].encode() not in dump(registry, store_url)

    # A name given with the address: only its holder gets the letter.
    ask(registry, "mei@holder.example", "two.test")
    one_letter(registry, "mei@holder.example", 2)
    ask(registry, "mei@holder.example", "other.test")
    quiet(registry)
    assert len(letters(registry, "mei@holder.example")) == 2
    for email, name in (("no address", ""), ("a@b.example", "not a name"), ("", "")):
        back = ask(registry, email, name)
        assert back.status == 422 and "errsum" in back.text
    # Nobody is buried in letters.
    for _ in range(8):
        ask(registry, "mei@holder.example")
    quiet(registry)
    assert len(letters(registry, "mei@holder.example")) <= 5


def test_an_admin_contact_sees_but_gets_no_code(registry):
    a = names_in(registry)
    a.ask(command(on("create", "domain", "<o:name>shop.test</o:name><o:registrant>OTHER</o:registrant><o:contact type=\"admin\">MEI</o:contact>"
                     f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>")), 1000)
    ask(registry, "mei@holder.example", lang="zh-TW")
    message = one_letter(registry, "mei@holder.example")
    assert "您的網域名稱" in message["Subject"]
    link, person = page_of(message), Person(registry)
    person.post(link + "/confirm", {})
    page = person.get(link)
    assert "shop.test" in page.text and "/code?name=shop.test" not in page.text
    assert person.post(link + "/code", {"name": "shop.test"}).status == 409


def test_an_address_is_checked(registry):
    """second-level … email-check: the name waits for the registrant's answer."""
    a = entered(registry, "alpha")
    before = registry.json("registrar", "show", "alpha")["credit"]
    a.ask(contact("ANN", "ann@holder.example"), 1000)
    a.ask(contact("BOB", "bob@holder.example"), 1000)
    for name in ("one.club.test", "two.club.test"):
        a.ask(create_domain(name, "ANN"), 1001)
    a.ask(create_domain("bob.club.test", "BOB"), 1001)
    message = one_letter(registry, "ann@holder.example")
    assert "one.club.test" in message["Subject"] or "two.club.test" in message["Subject"]
    quiet(registry)
    assert len(letters(registry, "ann@holder.example")) == 1  # one letter for both
    link, person = page_of(message), Person(registry)
    assert "Not registered yet" in plain(person.get(link).text)
    assert 'pendingCreate' in a.ask(info("one.club.test"), 1000)
    assert person.post(link + "/confirm", {}).status == 303
    for name in ("one.club.test", "two.club.test"):
        assert "pendingCreate" not in a.ask(info(name), 1000)
    a.ask(create_domain("three.club.test", "ANN"), 1000)  # asked once
    late = page_of(one_letter(registry, "bob@holder.example"))
    registry.advance("14d")
    registry.until(lambda: 'code="2303"' in entered(registry, "alpha").ask(info("bob.club.test")), "the name to be refused")
    assert before - registry.json("registrar", "show", "alpha")["credit"] == 3 * 80000  # refunded
    assert Person(registry).get(late).status == 404
    told, c = "", entered(registry, "alpha")
    while 'code="1300"' not in (answer := c.ask(command('<poll op="req"/>'))):
        told += answer
        c.ask(command(f'<poll op="ack" msgID="{re.search(r"msgQ[^>]*id=.(.+?).[ />]", answer).group(1)}"/>'), 1000)
    assert "bob.club.test was refused" in told and "one.club.test was let through" in told


def test_new_rules_are_announced(registry):
    a = names_in(registry)
    a.ask(create_domain("other.test", "OTHER"), 1000)
    a.ask(contact("FAR", "名@holder.example"), 1000)  # no relay takes this address: it bounces
    a.ask(create_domain("far.test", "FAR"), 1000)
    rules = registry.dir / "next.policy"
    # What touches no name that is registered is announced to nobody.
    rules.write_text(POLICY.replace("create 800", "create 700"))
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20 * 86400))
    registry.run("policy", "set", "test", rules, "--from", when)
    rules.write_text(POLICY.replace("renew 800", "renew 900"))
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86400))
    registry.run("policy", "set", "test", rules, "--from", when)
    message = one_letter(registry, "mei@holder.example")
    one_letter(registry, "other@holder.example")
    text = parts(message)[0]
    assert "test" in message["Subject"] and "Price of renewal" in text and "900" in text and "Price of registration" not in text
    quiet(registry)
    assert len(letters(registry, "mei@holder.example")) == 1  # one, for two names
    link, person = page_of(message), Person(registry)
    page = plain(person.get(link).text)
    assert "900" in page and "I have read it" in page
    sums = registry.json("policy", "notices", "test")
    assert [(s["policy_version"], s["made"], s["sent"], s["read"], s["bounced"], s["under_way"]) for s in sums] == [(3, 3, 2, 0, 1, False)]
    assert person.post(link + "/read", {}).status == 303
    assert person.post(link + "/read", {}).status == 303  # once
    assert registry.json("policy", "notices", "test")[0]["read"] == 1
    each = {n["email"]: n for n in registry.json("policy", "notices", "test", "--version", "3")}
    assert each["mei@holder.example"]["read_at"] and each["other@holder.example"]["sent_at"] and not each["other@holder.example"].get("read_at")
    assert each["名@holder.example"]["bounced_at"] and "sent_at" not in each["名@holder.example"]
    # Other links can't be "read".
    ask(registry, "mei@holder.example")
    other = page_of(one_letter(registry, "mei@holder.example", 2))
    assert Person(registry).post(other + "/read", {}).status == 404
    # Ninety days after the change nobody knows any more whom they went to, only how many.
    registry.advance("121d")
    registry.until(lambda: "@" not in registry.run("policy", "notices", "test", "--version", "3").stdout, "the addresses to be forgotten")
    assert registry.json("policy", "notices", "test")[0]["sent"] == 2 and Person(registry).get(link).status == 404


def test_everybody_sees_whether_an_address_answers(registry):
    """RFC 9083 §10.2.2 `validated`, WHOIS and the page: as the holder confirmed it."""
    a = names_in(registry)
    registry.run("zone", "add", "nat")
    a.ask(create_domain("one.nat", "MEI"), 1000)

    def seen():
        """As RDAP (the domain's holder, the contact itself), WHOIS and the page say it: yes, no, or not of one mind yet."""
        rdap = registry.get("/rdap/domain/one.nat").json()
        holder = next(e for e in rdap["entities"] if "registrant" in e["roles"])
        with socket.create_connection(registry.whois, timeout=10) as s:
            s.sendall(b"one.nat\r\n")
            whois = b"".join(iter(lambda: s.recv(4096), b"")).decode()
        page = plain(registry.get("/lookup?q=one.nat").text)
        return {"validated" in holder.get("status", []), "validated" in registry.get("/rdap/entity/MEI").json()["status"],
                re.search(r"Registrant Email Verified: (\w+)", whois).group(1) == "yes",
                re.search(r"address (not )?confirmed", page).group(0) == "address confirmed"}
    assert seen() == {False}
    ask(registry, "mei@holder.example")
    link = page_of(one_letter(registry, "mei@holder.example"))
    assert Person(registry).post(link + "/confirm", {}).status == 303
    registry.until(lambda: seen() == {True}, "the state to be seen")
    # The desk's notice comes back: everybody sees that too, and the sponsor is told.
    case = registry.json("report", "--observable", "http://one.nat/login", "--class", "phishing", "--text", "look")["case"]
    registry.run("case", "approve", case)
    notice = registry.until(lambda: next((m for m in letters(registry, "mei@holder.example") if case in (m["Subject"] or "")), None), "the notice")
    assert pipe(registry, bounce_of(notice, "mei@holder.example"))["fate"] == "bounced"
    registry.until(lambda: seen() == {False}, "the state to be taken back")
    registry.run("check", "lookup")
