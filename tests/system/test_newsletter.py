"""The newsletter's readers: giving an address, the letter, saying yes, one click that ends it; lists of staff; a study's frame."""
import json
import re

import pytest

from test_kit import link, letter, plain
from test_mailin import pipe, returned
from test_survey_report import rows_of
from test_survey_pages import CORPUS

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def ask(site, email, language="en"):
    answer = site.post("/newsletter", {"email": email, "language": language})
    assert answer.status == 200, answer
    return answer


def path_of(site, email):
    return link(letter(site, email), "newsletter")


def readers(site):
    return {r["email"]: r for r in site.json("newsletter", "list")}


def test_from_an_address_to_no_more(served):
    site = served
    first = ask(site, "Mei@Example.tw", "zh-TW")
    m = letter(site, "mei@example.tw")
    path = link(m, "newsletter")
    assert m["Content-Language"] == "zh-TW" and m["List-Unsubscribe"] == f"<{path}/stop>"
    assert m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # Looking confirms nothing.
    page = site.get(path)
    assert page.status == 200 and page.headers["X-Robots-Tag"] == "noindex"
    assert not readers(site)["mei@example.tw"]["confirmed_at"]
    assert site.post(path, {"language": "en"}).status == 200
    mei = readers(site)["mei@example.tw"]
    assert mei["confirmed_at"] and mei["language"] == "en" and mei["source"] == "form"
    # Known or not, the answer is the same.
    def body(answer):
        return re.sub(r'value="[^"]*"', "", answer.text)
    known, unknown = ask(site, "mei@example.tw", "zh-TW"), ask(site, "nobody@example.tw", "zh-TW")
    assert body(known) == body(unknown) == body(first)
    assert readers(site)["mei@example.tw"]["language"] == "en"
    assert site.get(f"{path}/stop").status == 200 and "mei@example.tw" in readers(site)
    assert site.post(f"{path}/stop", ONE_CLICK).status == 200
    assert "mei@example.tw" not in readers(site)
    assert site.post(f"{path}/stop", ONE_CLICK).status == 200 and site.get(path).status == 404
    assert site.post("/newsletter/aaaaaaaaaaaaaaaaaaaaaaaaaa/stop", ONE_CLICK).status == 200
    assert site.post(path, {"language": "en"}).status == 404


def test_one_letter_an_hour_and_a_week_to_confirm(served):
    site = served
    for _ in range(3):
        ask(site, "mei@example.tw")
    site.until(lambda: len(site.outbox()) == 1, "the letter")
    site.advance("61m")
    ask(site, "mei@example.tw")
    site.until(lambda: len(site.outbox()) == 2, "a second letter")
    path = link(site.outbox()[-1], "newsletter")
    assert path == link(site.outbox()[0], "newsletter")
    site.post(path, {"language": "en"})
    site.advance("61m")
    ask(site, "mei@example.tw")
    site.until(lambda: len(site.outbox()) == 3, "a third letter")
    assert "already" in site.outbox()[-1].get_body(("plain",)).get_content() and path in site.outbox()[-1].get_body(("plain",)).get_content()
    ask(site, "never@example.tw")
    site.until(lambda: len(site.outbox()) == 4, "the letter to somebody who never answers")
    site.advance("8d")
    site.until(lambda: "never@example.tw" not in readers(site), "the forgetting")
    assert "mei@example.tw" in readers(site)


def test_what_is_refused(served):
    site = served
    refused = [site.post("/newsletter", {"email": "not an address"}).status for _ in range(60)]
    assert refused[0] == 422 and 429 in refused and set(refused) == {422, 429}
    for path in ("/newsletter/x", "/newsletter/" + "a" * 26, "/newsletter/" + "a" * 200):
        assert site.get(path).status == 404 and site.post(path, {"language": "en"}).status == 404


def test_lists_and_who_may(served, tmp_path):
    site = served
    path = tmp_path / "readers.csv"
    path.write_text("email,lang\nanna@example.tw,en\n=cmd@example.tw,zh-TW\nANNA@example.tw,en\n")
    assert site.json("newsletter", "import", path) == {"lines": 3, "added": 2}
    assert site.json("newsletter", "import", path)["added"] == 0
    text = site.run("newsletter", "export").stdout
    assert "\n'=cmd@example.tw,zh-TW," in text.replace("\r", "")
    stop = re.search(r"anna@example\.tw,en,(\S+)", text).group(1)
    assert stop.startswith(f"{site.url}/newsletter/")
    site.run("newsletter", "remove", "=cmd@example.tw")
    assert list(readers(site)) == ["anna@example.tw"]
    assert "no such reader" in site.run("newsletter", "remove", "x@example.tw", check=False).stderr
    (tmp_path / "bad.csv").write_text("email\nnot an address\n")
    assert "bad.csv:2" in site.run("newsletter", "import", tmp_path / "bad.csv", check=False).stderr
    for login, role in (("hana", "handler"), ("adam", "admin"), ("olga", "officer")):
        site.run("user", "add", login, "--role", role)
    for who in ("hana", "adam"):
        for words in (("list",), ("export",), ("import", path), ("remove", "anna@example.tw")):
            done = site.run("newsletter", *words, "--as", who, check=False)
            assert done.returncode == 1 and "run-newsletter:" in done.stderr and "anna" not in done.stdout, (who, words)
    assert [r["email"] for r in site.json("newsletter", "list", "--as", "olga")] == ["anna@example.tw"]
    assert any(v["page"] == "newsletter" for v in site.json("privacy", "views"))


def test_readers_are_asked_by_a_study(served):
    site = served
    ask(site, "later@example.tw")
    ask(site, "mei@example.tw", "zh-TW")
    site.post(path_of(site, "mei@example.tw"), {"language": "zh-TW"})
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "n", "services-2020")
    assert "newsletter" in site.run("survey", "rules").stdout
    site.run("survey", "group", "n", "readers", "--rule", "newsletter")
    [group] = site.json("survey", "draw", "n")["groups"]
    assert group["found"] == group["drawn"] == 1
    assert [(x["email"], x["lang"]) for x in site.json("survey", "links", "n")] == [("mei@example.tw", "zh-TW")]


def test_a_reader_is_exported_and_erased(served):
    site = served
    ask(site, "mei@example.tw")
    path = path_of(site, "mei@example.tw")
    site.post(path, {"language": "en"})
    told = json.loads(site.run("privacy", "export", "mei@example.tw").stdout)
    [kept] = told["parts"]["newsletter"]["newsletter"]
    assert kept["email"] == "mei@example.tw" and kept["confirmed_at"]
    site.run("privacy", "erase", "mei@example.tw", "--yes")
    assert readers(site) == {} and site.get(path).status == 404


def issue(site, number):
    """What a list server sends from the export, by address: each letter has its reader's link."""
    return {r["email"]: {"Message-ID": f"<issue-{number}-{i}@list.example>", "List-Unsubscribe": f"<{r['unsubscribe']}>"}
            for i, r in enumerate(site.json("newsletter", "export"))}


def comes_back(site, message, address, number, status="5.1.1", action="failed", diagnostic="550 "):
    m = returned(message, address).replace(b"Message-ID: <", f"Message-ID: <{number}-".encode(), 1).replace(b"Status: 5.1.1", f"Status: {status}".encode())
    return pipe(site, m.replace(b"Action: failed", f"Action: {action}".encode()).replace(b"smtp; 550 ", f"smtp; {diagnostic}".encode()))["fate"]


def vacation(site, message, number):
    """RFC 3834, from who is away."""
    return pipe(site, (f"From: mei@example.tw\r\nTo: cert@registry.example\r\nSubject: Away until Monday\r\nMessage-ID: <away-{number}@example.tw>\r\n"
                       f"In-Reply-To: {message['Message-ID']}\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\nI am away.\r\n\r\n"
                       f"> List-Unsubscribe: {message['List-Unsubscribe']}\r\n").encode())["fate"]


def test_issues_that_come_back(served, tmp_path):
    site = served
    path = tmp_path / "readers.csv"
    path.write_text("email,lang\nanna@example.tw,en\nmei@example.tw,zh-TW\n")
    site.run("newsletter", "import", path)

    def tasks():
        return int(rows_of(site, "SELECT count(*) FROM work_task WHERE subject = 'newsletter' AND kind = 'address-failing'")[0][0])
    mei, anna = "mei@example.tw", "anna@example.tw"
    first = issue(site, 1)
    # For now, or by somebody's machine, or with a link that nobody has: nothing.
    assert comes_back(site, first[mei], mei, "a", "4.4.1", "delayed", "421 ") == "ignored"
    assert comes_back(site, first[mei], mei, "b", "4.2.2", diagnostic="452 ") == "ignored"
    assert vacation(site, first[mei], 1) == "ignored"
    forged = dict(first[mei], **{"List-Unsubscribe": f"<{site.url}/newsletter/{'a' * 26}/stop>"})
    assert comes_back(site, forged, mei, "c") == "ignored"
    assert [readers(site)[x]["returns"] for x in (anna, mei)] == [0, 0]
    # One issue counts once, whoever gives it back, on three days.
    for number in (1, 2, 3):
        came = issue(site, number)
        assert comes_back(site, came[mei], mei, f"{number}-1") == comes_back(site, came[mei], mei, f"{number}-2") == "bounced"
        assert readers(site)[mei]["returns"] == number and (not readers(site)[mei]["failing_since"]) == (number < 3) and tasks() == (number == 3)
        site.advance("30d")
    assert list(issue(site, 4)) == [anna] and [r["email"] for r in site.json("newsletter", "list", "--failing")] == [mei]
    assert comes_back(site, came[mei], mei, "late") == "bounced" and readers(site)[mei]["returns"] == 3
    site.run("survey", "import", CORPUS)
    site.run("survey", "new", "n", "services-2020")
    site.run("survey", "group", "n", "readers", "--rule", "newsletter")
    assert site.json("survey", "draw", "n")["groups"][0]["found"] == 1
    # What came back long ago is forgotten: Anna's two and one more are not three.
    for number, wait in enumerate(("2d", "101d", "2d")):
        assert comes_back(site, issue(site, wait)[anna], anna, f"anna-{number}") == "bounced"
        assert readers(site)[anna]["returns"] == (1, 2, 1)[number]
        site.advance(wait)
    assert not readers(site)[anna]["failing_since"]
    # The person says that mail comes again; or staff do.
    link_ = came[mei]["List-Unsubscribe"].strip("<>").removesuffix("/stop")
    assert "Send it to me again" in plain(site.get(link_).text) and "comes back" in plain(site.get(link_).text)
    assert site.post(link_, {"language": "zh-TW"}).status == 200 and "Send it to me again" not in plain(site.get(link_).text)
    assert sorted(issue(site, 5)) == [anna, mei] and readers(site)[mei]["returns"] == 0
    assert "not failing" in site.run("newsletter", "resume", mei, check=False).stderr
    for number in (6, 7, 8):
        comes_back(site, issue(site, number)[mei], mei, str(number))
        site.advance("2d")
    assert readers(site)[mei]["failing_since"] and tasks() == 1, "one task for all, until it is done"
    site.run("newsletter", "resume", mei)
    assert mei in issue(site, 9) and site.json("newsletter", "list", "--failing") == []
    # No fact and no task has the address, nor the server's words.
    told = "".join(t for t, in rows_of(site, "SELECT text FROM work_task WHERE subject = 'newsletter'"))
    assert "@" not in told and "nobody here" not in told
    kept = json.loads(site.run("privacy", "export", mei).stdout)["parts"]["newsletter"]["newsletter"][0]
    assert kept["returns"] == 0 and kept["failing_since"] is None


@pytest.mark.one_store
@pytest.mark.parametrize("lang,send,yes,end", [("en", "Send me the link", "Yes, send it to me", "End it"), ("zh-TW", "寄連結給我", "是，請寄給我", "結束訂閱")])
def test_on_a_phone(served, make_browser, lang, send, yes, end):
    site = served
    browser = make_browser(lang, 500, 844)

    def press(text):
        browser.find_element("xpath", f"//button[normalize-space()='{text}']").click()
    browser.get(site.url + "/newsletter")
    browser.find_element("id", "email").send_keys("mei@example.tw")
    press(send)
    path = path_of(site, "mei@example.tw")
    browser.get(path)
    press(yes)
    site.until(lambda: readers(site)["mei@example.tw"]["confirmed_at"], "the confirmation")
    assert readers(site)["mei@example.tw"]["confirmed_at"] and readers(site)["mei@example.tw"]["language"] == lang
    browser.get(f"{path}/stop")
    press(end)
    site.until(lambda: readers(site) == {}, "the reader to be gone")
