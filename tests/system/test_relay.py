"""Messages to people whose address is withheld: asked for, confirmed, passed on, answered past us, ended by the addressee."""
import re

import pytest
from test_kit import fields, journal_size, letter, letters, links, plain
from test_lookup import CONTACTS, NAMES, rdap, whois

HIDDEN = "mei.private@mail.example"


@pytest.fixture
def place(make_site, tmp_path):
    site = make_site(**{"test.clock": "on", "form.min_fill": 0, "contact.per_net_hour": 1000, "mail.from": "cert@demo.example"})
    for kind, text in (("names", NAMES), ("contacts", CONTACTS)):
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        site.run("import", kind, tmp_path / f"{kind}.csv")
    return site.serve()


def send(site, text="Your page is down.", sender="writer@mail.example", about="mei.idv.tw", status=200, **headers):
    page = site.get(f"/contact/{about}", headers=headers)
    assert page.status == 200, page
    answer = site.post(f"/contact/{about}", {"form": fields(page.text)["form"], "text": text, "email": sender}, headers=headers)
    assert answer.status == status, plain(answer.text)
    assert HIDDEN not in answer.text and HIDDEN not in page.text
    return answer


def link_in(message, kind):
    return next(u for u in links(message) if f"/contact/{kind}/" in u)


def test_the_whole_way(place):
    before = journal_size(place)
    send(place)
    ask = letter(place, "writer@mail.example")
    assert HIDDEN not in ask.as_string() and not letters(place, HIDDEN)
    confirm = link_in(ask, "confirm")
    assert "Send" in place.get(confirm).text and not letters(place, HIDDEN)  # looking is not pressing
    for _ in range(2):  # pressing twice sends once
        assert place.post(confirm, {}).status == 200
    got = letter(place, HIDDEN)
    assert got["Reply-To"] == "writer@mail.example" and "Your page is down." in got.get_body(("plain",)).get_content()
    place.until(lambda: place.metric("mail_behind") == 0, "the post to be out")
    assert len(letters(place, HIDDEN)) == 1 and journal_size(place) == before + 2
    assert HIDDEN not in place.get(confirm).text and "on its way" in place.get(confirm).text


def test_the_addressee_ends_it(place):
    send(place)
    place.post(link_in(letter(place, "writer@mail.example"), "confirm"), {})
    stop = link_in(letter(place, HIDDEN), "stop")
    assert "Stop messages" in place.get(stop).text
    assert "no more messages" in plain(place.post(stop, {}).text)
    send(place, sender="second@mail.example")  # says nothing of it
    place.post(link_in(letter(place, "second@mail.example"), "confirm"), {})
    place.until(lambda: place.metric("mail_behind") == 0, "the post to be out")
    assert len(letters(place, HIDDEN)) == 1


def test_it_is_forgotten(place):
    send(place)
    confirm = link_in(letter(place, "writer@mail.example"), "confirm")
    place.advance("3d")
    place.until(lambda: place.get(confirm).status == 404, "the message to be forgotten")
    assert place.post(confirm, {}).status == 404 and not letters(place, HIDDEN)


def test_the_writers_right_to_know_and_to_be_forgotten(place):
    """Of somebody who never reported anything: only the message is kept of them."""
    site = place
    assert site.run("privacy", "export", "writer@mail.example", check=False).returncode == 1
    send(site, text="Of nobody's concern.")
    confirm = link_in(letter(site, "writer@mail.example"), "confirm")
    told = site.json("privacy", "export", "Writer@mail.example")
    assert [m["text"] for m in told["parts"]["relay"]["messages"]] == ["Of nobody's concern."] and told["parts"]["reports"]["reports"] == []
    site.run("privacy", "erase", "writer@mail.example", "--yes")
    assert site.run("privacy", "export", "writer@mail.example", check=False).returncode == 1
    assert site.get(confirm).status == 404


def test_both_languages(place):
    page = send(place, headers={"Accept-Language": "zh-TW"}) if False else place.get("/contact/mei.idv.tw?lang=zh-TW")
    assert "寫信給持有人" in page.text and 'lang="zh-TW"' in page.text
    place.post("/contact/mei.idv.tw?lang=zh-TW", {"form": fields(page.text)["form"], "text": "網站壞了。", "email": "writer@mail.example"})
    assert "請確認" in letter(place, "writer@mail.example")["Subject"]


def test_who_is_told_of_it(place):
    """RDAP and WHOIS name the form where an address is withheld, and only there."""
    document = rdap(place, "domain/mei.idv.tw").text
    assert f"{place.url}/contact/mei.idv.tw" in document and f"{place.url}/contact/mei.idv.tw" in whois(place, "mei.idv.tw")
    assert "/contact/" not in rdap(place, "domain/maple.com.tw").text
    assert place.get("/contact/maple.com.tw").status == 404  # its contacts are open
    for absent in ("absent.tw", "NOBODY", "1.2.3.4", "%00", "a" * 300):
        assert place.get(f"/contact/{absent}").status in (400, 404), absent


def test_what_is_refused(place):
    send(place, text="", status=422)
    send(place, text="x" * 6000, status=422)
    send(place, sender="nonsense", status=422)
    send(place, sender="a@b.example\r\nBcc: c@d.example", status=422)
    assert place.post("/contact/mei.idv.tw", {"text": "x", "email": "a@b.example"}).status == 422  # no token
    for wrong in ("confirm", "stop"):
        assert place.get(f"/contact/{wrong}/{'x' * 26}").status == 404
        assert place.post(f"/contact/{wrong}/{'x' * 26}", {}).status == 404
    for i in range(10):
        send(place, sender=f"w{i}@mail.example")
    send(place, sender="w11@mail.example", status=429)  # enough for one addressee and day


@pytest.mark.one_store
def test_budget_of_a_network(place):
    place.stop()
    place.serve(**{"contact.per_net_hour": 2})
    for status in (200, 200, 429):
        answer = send(place, status=status)
    assert int(answer.headers["Retry-After"]) > 0
    assert re.search("many messages", plain(answer.text))
