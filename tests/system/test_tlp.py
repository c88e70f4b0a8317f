"""The Traffic Light Protocol from the outside: a label that comes by API, mail or command decides what leaves; it stands first in
every letter; lowering it takes the source's consent."""
import re

import pytest
from test_kit import case_of, case_staff, file_report, letters, open_site, parts, plain, staff
from test_mailin import CASE, mail, pipe

HELD = "Its TLP label does not let it go to this party"
BANK = "https://pay.maple-demo.com.tw/login"


@pytest.fixture
def world(make_site):
    return open_site(make_site, mailin_address=CASE)


def by_staff(site, observable, *more):
    return site.json("report", "--observable", observable, "--class", "phishing", *more)["case"]


def settled(site):
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")


def test_what_is_forbidden_does_not_leave(world):
    number = by_staff(world, BANK, "--tlp", "red", "--text", "words of a closed circle", "--email", "ann@reporter.example",
                      "--share-words")
    settled(world)
    case = case_staff(world, number)
    assert case["tlp"] == "TLP:RED"
    [notice] = case["notices"]
    assert notice["state"] == "waiting" and notice["why_waiting"].startswith(HELD)
    refused = world.run("case", "approve", number, check=False)
    assert refused.returncode == 1 and "TLP:RED" in refused.stderr and "lower the label" in refused.stderr
    # The reporter hears of it; of the matter nothing, in no part of the letter.
    world.advance("3d")
    settled(world)
    sent = world.outbox()
    assert {m["To"] for m in sent} == {"ann@reporter.example"}
    for m in sent:
        assert "[TLP:RED]" in m["Subject"]
        for text in (m["Subject"], *parts(m)):
            assert not re.search("maple|words of a|False site", text, re.I), text
    # With the source's consent it goes.
    for args in ([], ["--consent-of", "Li, Example Bank"], ["--consent-of", "Li", "--consent-by", "fax", "--consent-at", "2026-01-01"]):
        no = world.run("tlp", "set", number, "amber", *args, check=False)
        assert no.returncode == 1 and "consent" in no.stderr
    world.run("tlp", "set", number, "amber", "--consent-of", "Li, Example Bank", "--consent-by", "phone", "--consent-at", "2026-01-01")
    world.run("case", "approve", number)
    settled(world)
    [letter] = letters(world, notice["email"])
    assert f"[{number}] [TLP:AMBER]" in letter["Subject"]
    entries = [s for s in case_staff(world, number)["steps"] if "lowered" in s["text"]]
    assert len(entries) == 1 and "Li, Example Bank, by telephone" in entries[0]["more"]


def test_a_label_stands_first_in_every_letter(world):
    for lang, sentence in (("en", "Share this only in your organisation and with your own clients, as far as they need it."),
                           ("zh-TW", "僅限貴單位內部")):
        filed = file_report(world, BANK, email=f"{lang.lower()}@reporter.example", language=lang, tlp="TLP:AMBER")
        assert case_of(world, filed)["tlp"] == "TLP:AMBER"
        settled(world)
        [letter] = letters(world, f"{lang.lower()}@reporter.example")
        text, rich = parts(letter)
        assert f"[{filed['case']}] [TLP:AMBER]" in letter["Subject"]
        assert text.splitlines()[0].startswith("TLP:AMBER  ") and sentence in text.splitlines()[0]
        body = plain(rich.split("<body>", 1)[1])
        assert body.startswith("TLP:AMBER") and sentence in body
    bad = world.post("/api/v1/reports", json={"description": "x", "tlp": "TLP:BLUE"})
    assert bad.status == 422 and bad.json()["errors"][0]["pointer"] == "#/tlp"
    assert file_report(world, "https://a.birch-demo.com.tw/", tlp=None)


@pytest.mark.parametrize("subject, label", [("[TLP:RED] a false page", "TLP:RED"), ("TLP:AMBER+STRICT: a false page", "TLP:AMBER+STRICT"),
                                            ("tlp:white a false page", "TLP:CLEAR"), ("a false page", "TLP:AMBER")])
@pytest.mark.one_store
def test_a_label_in_a_subject(world, subject, label):
    done = pipe(world, mail(f"Look: {BANK}", subject=subject, ident="l1"))
    assert case_staff(world, done["case"])["tlp"] == label


def test_on_the_case_page(world):
    number = by_staff(world, BANK)
    settled(world)
    lee = staff(world, "lee", "handler")
    page = lee.get(f"/staff/case/{number}").text
    assert 'data-tlp="amber"' in page and "TLP:AMBER" in page

    def post(**data):
        return lee.act(number, "label", **data)
    assert world.post(f"/staff/case/{number}/label", {"reason": "red"}).status in (303, 401, 403)
    assert case_staff(world, number)["tlp"] == "TLP:AMBER"
    assert post(reason="red").status == 303
    assert case_staff(world, number)["tlp"] == "TLP:RED"
    assert post(reason="green").status == 422
    assert post(reason="green", text="Li", how="mail", at="2999-01-01T10:00").status == 422
    assert post(reason="purple").status == 422
    assert case_staff(world, number)["tlp"] == "TLP:RED"
    assert post(reason="green", text="Li of the bank", how="mail", at="2026-01-01T10:00").status == 303
    assert case_staff(world, number)["tlp"] == "TLP:GREEN"
    assert "Li of the bank" in lee.get(f"/staff/case/{number}").text


@pytest.mark.one_store
def test_table_and_defaults(world):
    rows = {r["recipient"]: r for r in world.json("tlp", "table")}
    assert rows["holder"]["TLP:AMBER"] and not rows["holder"]["TLP:AMBER+STRICT"] and not rows["public"]["TLP:GREEN"]
    assert world.json("tlp", "default") == [{"class": "*", "source": "*", "label": "TLP:AMBER"}]
    world.run("tlp", "default", "green", "--class", "phishing")
    assert case_staff(world, by_staff(world, BANK))["tlp"] == "TLP:GREEN"
    assert world.run("tlp", "default", "blue", check=False).returncode == 2
    assert world.run("tlp", "default", "red", "--class", "fishing", check=False).returncode == 1
