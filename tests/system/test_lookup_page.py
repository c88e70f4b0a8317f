"""The look-up page and the form that reaches a holder: what they say, for everybody and for staff; axe; both languages, phone and wide."""
import json
import re
import urllib.parse

import pytest
import test_console
import test_pages
from test_epp import SECRET, command, create_contact, on
from test_kit import picture, plain, staff
from test_lookup import NAMES, rdap, registry, whois  # noqa: F401
from test_privacy import rows

pytestmark = pytest.mark.one_store


def page(site, q, **more):
    return site.get("/lookup?" + urllib.parse.urlencode({"q": q}), **more)


def test_whatever_is_typed(registry):  # noqa: F811
    for q, kind, machine in (("maple.com.tw", "Domain name", "/rdap/domain/maple.com.tw"), ("www.maple.com.tw", "Domain name", "/rdap/domain/maple.com.tw"),
                             ("https://maple.com.tw/x?y", "maple.com.tw", "/rdap/domain/maple.com.tw"), ("1.34.5.6", "Address", "/rdap/ip/1.34.5.6"),
                             ("AS3462", "AS number", "/rdap/autnum/3462"), ("A91", "Contact or registrar", "/rdap/entity/A91"),
                             ("cedar", "Contact or registrar", "/rdap/entity/cedar")):
        got = page(registry, q)
        assert got.status == 200, (q, got)
        text = plain(got.text)
        assert kind in text and machine in got.text and "Report a problem with this" in text, (q, text)
        assert registry.get(machine).status == 200
    for q, told in (("cedar", ("Cedar Names", "Abuse contact abuse@cedar.example")), ("A91", ("Big Telecom", "1.34.0.0/15", "2001:b000::/20", "AS3462"))):
        details = plain(page(registry, q).text.split("<h2>Details</h2>")[1].split("</section>")[0])
        assert all(t in details for t in told), (q, details)
    registry.stop()
    registry.serve(site_name="Centre of Test", site_name_zh="測試中心")
    text = plain(page(registry, "maple.com.tw", headers={"Accept-Language": "zh-TW"}).text)
    assert "國家主管機關 測試中心" in text and "Centre of Test" not in text, text
    assert "Paid until" in page(registry, "maple.com.tw").text and "whois -h" in page(registry, "maple.com.tw").text
    assert page(registry, "NOBODY").status == 422 and page(registry, "no..name").status == 422
    assert "<script>" not in page(registry, "<script>alert(1)</script>").text


def test_a_person_is_reached_by_the_form(registry):  # noqa: F811
    got = page(registry, "mei.idv.tw")
    assert 'href="/contact/mei.idv.tw"' in got.text and "Mei Chen" not in got.text and "mei.private" not in got.text
    assert 'href="/contact/' not in page(registry, "maple.com.tw").text


def test_history_is_for_staff(site, store_url):
    """For whom RDAP tells former versions, and written down as there."""
    test_console.zone(site)
    for handle in ("cedar", "birch"):
        site.run("registrar", "add", handle, "--credit", "100000")
    site.serve()
    cedar = test_console.user(site, "cedar", "chen")
    test_console.contact(cedar, "CON-A", "Tea Ltd")
    test_console.register(cedar, "tea.test", "CON-A", 1, "ns1.dns.example\nns2.dns.example")
    clerk, others = staff(site, "hana", "handler"), (cedar, test_console.user(site, "birch", "bo"), staff(site, "dirk", "director"))

    def told():
        return [(actor, subject, json.loads(payload)) for actor, subject, payload in
                rows(site, store_url, "SELECT actor, subject, payload FROM journal_entry WHERE verb = 'disclosed' ORDER BY seq")]
    assert "History" not in plain(page(site, "tea.test").text)
    for other in others:
        assert other.get("/rdap/domain/tea.test?at=2099-01-01").status == 401
        refused = other.get("/api/v1/holder?thing=tea.test&at=2099-01-01")
        assert refused.status == 401 and "Bearer" in refused.headers["WWW-Authenticate"] and "Tea" not in refused.text, refused
        text = other.get("/lookup?q=tea.test").text
        assert "tea.test" in text and "History" not in plain(text) and "domain-created" not in text
    assert told() == []
    text = clerk.get("/lookup?q=tea.test").text
    assert "History" in plain(text) and "domain-created" in text and "registrar:cedar" in text
    (actor, subject, what), = told()
    assert actor.startswith("staff:") and subject == "tea.test" and what["level"] == "staff" and what["history"] is True
    then = "/api/v1/holder?thing=tea.test&at=2099-01-01"
    token = site.json("partner", "add", "acme", "--purpose", "abuse handling")["token"]
    assert site.get(then).status == 401 and site.get(then, headers={"Authorization": "Bearer x"}).status == 401
    for got in (clerk.get(then), site.get(then, headers={"Authorization": f"Bearer {token}"})):
        assert got.json()["responsible"] is True
    assert [(w["level"], w["at"]) for _, _, w in told()[1:]] == [("staff", "2099-01-01T00:00:00Z"), ("partner", "2099-01-01T00:00:00Z")]
    assert told()[2][0] == "partner:acme" and told()[2][2]["purpose"] == "abuse handling"


def seen_by_everybody(site, name):
    """The addresses that each door shows of a name, but for its registrar's."""
    api = site.get("/api/v1/holder?" + urllib.parse.urlencode({"thing": name}))
    assert api.status == 200 and [c["role"] for c in api.json()["chain"]][0] == "holder", api
    doors = {"rdap": rdap(site, f"domain/{name}").text, "whois": whois(site, name), "page": page(site, name).text, "api": api.text}
    return {door: set(re.findall(r"[\w.-]+@[\w.-]+", text)) - {"abuse@cedar.example"} for door, text in doors.items()}, "".join(doors.values())


def test_every_door_withholds_the_same(registry):  # noqa: F811
    """A natural person's address, one that asked to be withheld, a registrant's own: in no door; a role contact's and one that asked to be shown: in all."""
    registry.stop()
    registry.run("zone", "add", "test")
    registry.registrars = {"cedar": registry.json("registrar", "add", "cedar", "--name", "Cedar Names", "--credit", "100000")}
    registry.serve()
    client = test_console.epp(registry, "cedar")
    for handle, org, flag in (("ORG", True, None), ("ROLE", True, None), ("SHY", True, 0), ("PERSON", False, None), ("OPEN", False, 1)):
        frame = create_contact(handle).replace("chen@example.org", f"{handle.lower()}@mail.example")
        frame = frame if org else frame.replace("<o:org>Acme</o:org>", "")
        if flag is not None:
            frame = frame.replace("</o:authInfo>", f'</o:authInfo><o:disclose flag="{flag}"><o:email/></o:disclose>')
        client.ask(frame, 1000)
    for registrant, tech, shown in (("ORG", None, ()), ("ORG", "ROLE", ("role",)), ("ORG", "SHY", ()), ("ORG", "PERSON", ()), ("ORG", "OPEN", ("open",)),
                                    ("PERSON", None, ()), ("PERSON", "ROLE", ("role",)), ("OPEN", None, ("open",)), ("SHY", None, ())):
        name = f"{registrant}-{tech}.test".lower()
        contacts = "".join(f'<o:contact type="{t}">{tech}</o:contact>' for t in ("admin", "tech") if tech)
        client.ask(command(on("create", "domain", f"<o:name>{name}</o:name><o:registrant>{registrant}</o:registrant>{contacts}"
                                                  f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>")), 1000)
        doors, text = seen_by_everybody(registry, name)
        want = {f"{who}@mail.example" for who in shown}
        assert doors["rdap"] == want and doors["whois"] == want, (name, doors)
        assert doors["page"] <= want and doors["api"] == want, (name, doors)
        assert "Chen Mei" not in text, name
        assert "Acme" in text or registrant in ("PERSON", "OPEN"), name
    for name, want in (("maple.com.tw", {"abuse@maple.example"}), ("mei.idv.tw", set())):
        assert set(map(frozenset, seen_by_everybody(registry, name)[0].values())) == {frozenset(want)}, name
    assert "registry" in registry.json("holder", "org-person.test")["source"]  # an operator sees whom letters reach
    assert [c["email"] for c in registry.json("holder", "org-person.test")["chain"][0]["contacts"]][0] == "person@mail.example"


def test_pages_are_for_everybody(registry, make_browser, axe):  # noqa: F811
    """axe, no sideways scrolling, pictures (into $NICERT_PICTURES when it is set) in each language, width and scheme."""
    pages = {"lookup": "/lookup", "lookup name": "/lookup?q=maple.com.tw", "lookup person": "/lookup?q=mei.idv.tw", "lookup address": "/lookup?q=1.34.5.6",
             "lookup asn": "/lookup?q=AS3462", "lookup holder": "/lookup?q=A91", "lookup wrong": "/lookup?q=no..name", "contact": "/contact/mei.idv.tw"}
    found = []
    for lang in ("en", "zh-TW"):
        browser = make_browser(lang)
        for width, scheme in ((390, "light"), (1280, "dark"), (1280, "light")):
            test_pages.dress(browser, width, scheme)
            for name, path in pages.items():
                browser.get(registry.url + path)
                found += test_pages.faults(browser, axe, name, lang, width)
                picture(browser, name, width, scheme)
    assert not found, "\n".join(found)
