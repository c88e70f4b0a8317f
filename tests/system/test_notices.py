"""A holder's open notices in one place: the link by mail for who answered our question, the list, an answer to several."""
import re

import pytest
from test_contact_check import asked, enrolled, questions, say
from test_kit import Person, case_staff, file_report, journal_size, letters, link, links, open_site, plain

EMAIL = "abuse@kestrel.example"
ASKED = "Your open notices"


def quiet(site):
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")


def ask(site, email, status=200):
    answer = Person(site).post("/notices", {"email": email})
    assert answer.status == status, answer
    return plain(answer.text)


def told(site, *names):
    """Cases with a notice to Kestrel Hosting that went out."""
    cases = []
    for name in names:
        filed = file_report(site, f"https://{name}/login")
        site.run("case", "approve", filed["case"])
        cases.append(filed["case"])
    site.until(lambda: all(case_staff(site, c)["state"] == "notified" for c in cases), "the notices to go out")
    return cases


@pytest.fixture
def place(make_site):
    return enrolled(open_site(make_site))


@pytest.fixture
def verified(place):
    say(place, asked(place, EMAIL), "right")
    return place


def page_link(site, n=1):
    site.until(lambda: len(letters(site, EMAIL, ASKED)) >= n, "the letter")
    return link(letters(site, EMAIL, ASKED)[n - 1], "notices")


def test_one_answer_for_every_address(verified):
    told(verified, "kestrel-demo.tw")
    texts = {ask(verified, e).replace(e, "") for e in (EMAIL, "it@harbour.example", "stranger@nowhere.example")}
    assert len(texts) == 1
    page_link(verified)
    verified.until(lambda: questions(verified, "it@harbour.example"), "the question first")
    quiet(verified)
    assert not letters(verified, "it@harbour.example", ASKED) and not letters(verified, "stranger@nowhere.example")
    ask(verified, "no address", 422)
    ask(verified, "it@harbour.example")
    quiet(verified)
    assert len(letters(verified, "it@harbour.example")) == 1  # one question a day


def test_the_list_and_one_answer_to_several(verified):
    cases = told(verified, "kestrel-demo.tw", "www.kestrel-demo.tw", "shop.kestrel-demo.tw")
    ask(verified, EMAIL.upper())
    url = page_link(verified)
    size = journal_size(verified)
    person = Person(verified)
    page = person.get(url)
    assert page.status == 200 and all(c in page.text for c in cases) and "3 notices" in plain(page.text)
    assert journal_size(verified) == size
    ids = re.findall(r'name="notice" value="(\d+)"', page.text)
    assert len(ids) == 3
    chosen = [("notice", i) for i in ids]
    for wrong in ([("answer", "fixed")], chosen, [*chosen, ("answer", "need-until")], [*chosen, ("answer", "fixed"), ("text", "x" * 10001)]):
        assert person.post(url, wrong).status == 422
    assert person.post(url, [*chosen, ("notice", "999999"), ("answer", "fixed")]).status == 422
    assert journal_size(verified) == size
    one = re.search(r'href="(/answer/[a-z2-7]{26})"', page.text)[1]
    assert person.get(one).status == 200
    answer = person.post(url, [*chosen[:2], ("answer", "fixed"), ("text", "Cleaned.")])
    assert answer.status == 303
    after = plain(person.go(answer).text)
    assert "We have your answer" in after and "One notice" in after
    states = sorted(case_staff(verified, c)["state"] for c in cases)
    assert states == ["answered", "answered", "notified"]
    verified.run("case", "close", [c for c in cases if case_staff(verified, c)["state"] == "notified"][0], "--reason", "fixed")
    assert "Nothing waits for you" in plain(person.get(url).text)


def test_the_link_ends(verified):
    told(verified, "kestrel-demo.tw")
    ask(verified, EMAIL)
    url = page_link(verified)
    assert Person(verified).get(url).status == 200
    verified.advance("25h")
    assert Person(verified).get(url).status == 404
    assert Person(verified).post(url, {"notice": "1", "answer": "fixed"}).status == 404
    for _ in range(7):
        ask(verified, EMAIL)
    quiet(verified)
    verified.until(lambda: len(letters(verified, EMAIL, ASKED)) >= 6, "letters")
    quiet(verified)
    assert len(letters(verified, EMAIL, ASKED)) == 6  # five a day


def test_others_see_nothing(verified):
    told(verified, "kestrel-demo.tw", "maple-demo.com.tw")
    ask(verified, EMAIL)
    text = Person(verified).get(page_link(verified)).text
    assert "kestrel-demo.tw" in text and "maple-demo" not in text
    assert Person(verified).get("/notices/" + "a" * 26).status == 404
    assert not any("/notices/" in u for m in letters(verified, "abuse@maple.example") for u in links(m))
