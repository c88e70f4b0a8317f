"""The way back to one's case: the same page whether number and address belong together or not, and the link by mail."""
import re

from test_kit import Person, file_report, form_back, journal_size, letter, letters, link, open_site, plain

SAID = "the link is on its way to you"
URL = "http://maple-demo.com.tw/pay"


def ask(site, number, email, lang="en", status=200):
    answer = Person(site, lang).post("/case", {"number": number, "email": email})
    assert answer.status == status, plain(answer.text)
    return answer


def sent(site, email):
    return letters(site, email, "The link to your case")


def of_nobody(page, *typed):
    """The page without what was typed."""
    for text in typed:
        page = page.replace(text, "")
    return re.sub(r'name="csrf" value="[^"]*"|id="[0-9a-f]{8,}"', "", page)


def test_the_link_comes_by_mail(make_site):
    site = open_site(make_site)
    filed = file_report(site, URL, email="r@citizen.example", language="en", **{"class": "phishing"})
    letter(site, "r@citizen.example")
    size = journal_size(site)
    wrong = ask(site, filed["case"], "else@citizen.example")
    no_case = ask(site, "NC-2026-999999", "r@citizen.example")
    assert journal_size(site) - size >= 2
    right = ask(site, filed["case"], "r@citizen.example")
    for other in (wrong, no_case):
        assert other.status == right.status and SAID in plain(other.text)
        assert {k: v for k, v in other.headers.items() if k not in ("Date", "Content-Length")} == \
               {k: v for k, v in right.headers.items() if k not in ("Date", "Content-Length")}
    assert of_nobody(wrong.text, filed["case"], "else@citizen.example") == of_nobody(right.text, filed["case"], "r@citizen.example")
    found = site.until(lambda: sent(site, "r@citizen.example"), "the letter")[0]
    assert link(found, "case") == filed["url"] and filed["case"] in found["Subject"]
    assert "was asked for" in plain(site.get(filed["url"]).text)
    # A second time at once: answered the same, no second letter; nor did anything go to the other address.
    assert SAID in plain(ask(site, filed["case"].lower(), "R@citizen.example").text)
    site.advance("1h")
    ask(site, filed["case"], "r@citizen.example")
    site.until(lambda: len(sent(site, "r@citizen.example")) == 2, "the letter an hour later")
    assert letters(site, "else@citizen.example") == []


def test_in_the_reporters_language(make_site):
    site = open_site(make_site)
    filed = file_report(site, URL, email="r@citizen.example", language="zh-TW", **{"class": "phishing"})
    ask(site, filed["case"], "r@citizen.example", lang="en")
    found = site.until(lambda: [m for m in letters(site, "r@citizen.example") if "案件連結" in m["Subject"]], "the letter")[0]
    assert link(found, "case") == filed["url"]


def test_what_is_typed_wrong(make_site):
    site = open_site(make_site)
    size = journal_size(site)
    assert form_back(ask(site, "", "no address", status=422).text) == ["number", "email"]
    assert journal_size(site) == size
