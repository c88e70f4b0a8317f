"""The look-up page and the form that reaches a holder: what they say, for everybody and for staff; axe; both languages, phone and wide."""
import json
import urllib.parse

import pytest
import test_console
import test_pages
from test_kit import picture, plain, staff
from test_lookup import NAMES, registry  # noqa: F401
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
        text = other.get("/lookup?q=tea.test").text
        assert "tea.test" in text and "History" not in plain(text) and "domain-created" not in text
    assert told() == []
    text = clerk.get("/lookup?q=tea.test").text
    assert "History" in plain(text) and "domain-created" in text and "registrar:cedar" in text
    (actor, subject, what), = told()
    assert actor.startswith("staff:") and subject == "tea.test" and what["level"] == "staff" and what["history"] is True


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
