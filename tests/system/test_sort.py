"""Where cases belong: levels, queues, people, tags; lists that filter by these; many cases at once; saved views."""
import html
import json
import re
import urllib.parse

import pytest
from test_kit import fields, file_report, open_site, picture, plain, server_now, staff
from test_pages import LOOKS, come_in, dress, faults


@pytest.fixture
def desk(make_site):
    """At nine in the morning: what is due in a day is due tomorrow, at whatever hour this runs."""
    site = open_site(make_site)
    site.advance(f"{(33 * 3600 - int(server_now(site))) % 86400}s")
    return site


def listed(page):
    return re.findall(r'<th scope="row"><a class="res" href="/staff/case/([^"]+)"', page)


def post(person, path, page, **data):
    """A form with its csrf; lists are fields that come several times."""
    pairs = [("csrf", fields(page)["csrf"])] + [(k, v) for k, many in data.items() for v in (many if isinstance(many, list) else [many])]
    return person.ask(path, urllib.parse.urlencode(pairs).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def test_sorting_by_page_and_command(desk):
    numbers = [desk.json("report", "--observable", f"https://parcel-fee.maple-demo.com.tw/{i}", "--class", kind)["case"]
               for i, kind in enumerate(("phishing", "scanner", "phishing", "spam"))]
    wei, root = staff(desk, "wei", "handler"), staff(desk, "root", "admin")
    first = f"/staff/case/{numbers[0]}"
    page = wei.get(first).text
    assert "Sort the case" in page and "Coordination" in plain(page)
    done = post(wei, f"{first}/sort", page, who="wei", queue="research", severity="4", tags="bank Tax", **{"class": "leak"})
    assert done.status == 303, plain(done.text)
    seen = plain(wei.get(first).text)
    for words in ("It is now the case of wei", "Severity: Level 4 (most severe)", "Moved to the queue Research & Development", "Tags: bank tax",
                  "It is now seen as: Data published without right"):
        assert words in seen, words
    shown = desk.json("case", "show", numbers[0])
    assert (shown["assignee"], shown["severity"], shown["queue"], shown["tags"], shown["class"]) == ("wei", "4", "research", "bank tax", "leak")

    # Who may not, and what can't be.
    assert root.get(first).status == 403
    assert post(root, f"{first}/sort", root.get("/staff/health").text, who="-").status == 403
    assert post(wei, f"{first}/sort", page, who="root").status == 422
    assert post(wei, f"{first}/sort", page, queue="nowhere").status == 404
    assert wei.ask(f"{first}/sort", b"who=-", {"Content-Type": "application/x-www-form-urlencoded"}).status == 403  # no csrf
    assert desk.json("case", "show", numbers[0])["assignee"] == "wei"

    # The same by command.
    desk.run("case", "assign", numbers[1], "wei")
    desk.run("case", "queue", numbers[1], "consulting")
    desk.run("case", "severity", numbers[1], "3")
    desk.run("case", "tag", numbers[1], "bank, 釣魚")
    assert desk.json("case", "tag", numbers[1], "--remove", "bank")["tags"] == "釣魚"
    assert [q["id"] for q in desk.json("queue", "list")] == ["information-gathering", "coordination", "research", "consulting"]
    assert [s["id"] for s in desk.json("severity", "list")] == ["1", "2", "3", "4"]
    assert {t["id"] for t in desk.json("tag", "list")} == {"bank", "tax", "釣魚"}
    assert desk.run("queue", "add", "night", "Nights", "--as", "wei", check=False).returncode != 0
    assert desk.json("queue", "add", "night", "Nights")[-1] == {"id": "night", "title": "Nights"}
    assert desk.run("case", "assign", numbers[1], "-", "--as", "root", check=False).returncode != 0
    cases = lambda *a: {c["case"] for c in desk.json("case", "list", *a)}  # noqa: E731
    assert cases("--queue", "research") == {numbers[0]} and cases("--severity", "3") == {numbers[1]}
    assert cases("--assignee", "wei") == set(numbers[:2]) and cases("--assignee", "-") == set(numbers[2:])
    assert cases("--tag", "釣魚") == {numbers[1]} and cases("--class", "phishing") == {numbers[2]}
    assert cases("--due") == set()


def test_the_scale_is_rows(desk):
    """A level among the others, and one more than the gravest; renamed; by whom it may be done; in the journal."""
    desk.run("severity", "add", "2-plus", "Between", "--before", "3")
    desk.run("severity", "add", "5", "Gravest")
    desk.run("severity", "set", "5", "Graver than grave")
    levels = desk.json("severity", "list")
    assert [r["id"] for r in levels] == ["1", "2", "2-plus", "3", "4", "5"] and levels[-1]["title"] == "Graver than grave"
    number = desk.json("report", "--observable", "https://parcel-fee.maple-demo.com.tw/", "--class", "phishing")["case"]
    assert desk.json("case", "severity", number, "2-plus")["severity"] == "2-plus"
    for wrong in (("add", "5", "Twice"), ("set", "6", "None"), ("add", "7", "x", "--before", "9"), ("add", "Bad id", "x"), ("add", "8", "")):
        assert desk.run("severity", *wrong, check=False).returncode == 1, wrong
    staff(desk, "wei", "handler"), staff(desk, "ofi", "officer")
    assert desk.run("severity", "add", "6", "x", "--as", "wei", check=False).returncode == 1
    desk.run("severity", "add", "6", "x", "--as", "ofi")
    assert len(desk.json("severity", "list")) == 7


def test_the_list(desk):
    numbers = [desk.json("report", "--observable", f"https://parcel-fee.maple-demo.com.tw/{i}", "--class", kind)["case"]
               for i, kind in enumerate(("phishing", "spam", "spam", "phishing"))]
    wei, root = staff(desk, "wei", "handler"), staff(desk, "root", "admin")
    page = wei.get("/staff").text
    assert set(listed(page)) == set(numbers) and "Overdue and due today" not in page
    # Filters stand folded, on a phone and elsewhere, until one is in use.
    assert '<details class="fold" data-key="f"><summary>Filters' in page
    assert '<details class="fold" data-key="f" open><summary>Filters' in wei.get("/staff?who=me").text
    assert post(wei, "/staff/bulk", page, back="/staff?view=open", who="me").headers["Location"].endswith("done=bulk-none")
    assert post(wei, "/staff/bulk", page, back="/staff?view=open", case=numbers[:1]).headers["Location"].endswith("done=bulk-what")

    # First it is shown, then it is done.
    chosen = {"back": "/staff?view=open", "who": "me", "queue": "research", "tags": "wave", "case": numbers[:3]}
    ask = post(wei, "/staff/bulk", page, **chosen)
    assert ask.status == 200 and "Change 3 cases?" in plain(ask.text) and all(n in ask.text for n in numbers[:3]) and numbers[3] not in ask.text
    assert desk.json("case", "list", "--tag", "wave") == []
    done = post(wei, "/staff/bulk", ask.text, sure="1", **chosen)
    assert done.status == 303 and done.headers["Location"] == "/staff?view=open&done=bulk"
    for who in ("me", "wei"):
        assert set(listed(wei.get(f"/staff?who={who}&queue=research").text)) == set(numbers[:3])
    assert listed(wei.get("/staff?who=-").text) == numbers[3:]
    assert set(listed(wei.get("/staff?tag=wave&class=spam").text)) == set(numbers[1:3])
    assert set(listed(wei.get("/staff?tag=wave&q=maple-demo.com.tw&view=all").text)) <= set(numbers[:3])
    # All or none; the page never leads out of the house.
    desk.run("case", "close", numbers[3], "--reason", "fixed")
    bad = post(wei, "/staff/bulk", ask.text, sure="1", tags="late", case=[numbers[0], numbers[3]], back="https://evil.example/")
    assert bad.status == 409 and desk.json("case", "list", "--tag", "late") == []
    good = post(wei, "/staff/bulk", ask.text, sure="1", tags="late", case=[numbers[0]], back="https://evil.example/")
    assert good.headers["Location"] == "/staff?done=bulk"
    assert post(root, "/staff/bulk", root.get("/staff/health").text, sure="1", tags="no", case=numbers[:1]).status == 403

    # A name for a list, of this person alone.
    here = "/staff?view=open&tag=wave"
    assert post(wei, "/staff/saved", page, name="The wave <1>", back=here).headers["Location"] == here
    page = wei.get(here).text
    assert f'href="{html.escape(here)}" aria-current="page">The wave &lt;1&gt;' in page
    assert "The wave" not in staff(desk, "mei", "handler").get("/staff").text
    assert post(root, "/staff/saved", root.get("/staff/health").text, name="x", back=here).status == 403
    post(wei, "/staff/saved/drop", page, name="The wave <1>", back=here)
    assert "The wave" not in wei.get("/staff").text

    # A day later two of them are due: they stand on top.
    desk.advance("20h")
    wei = staff(desk, "ann", "handler")  # sessions have ended
    page = wei.get("/staff").text
    assert "Overdue and due today" in page and listed(page)[0] == numbers[0] and set(listed(page)) == set(numbers[:3])
    assert listed(wei.get("/staff?due=today").text) == [numbers[0]]
    assert json.dumps(desk.json("case", "list", "--due")).count(numbers[0]) == 1


def test_many_are_approved_and_closed(desk):
    """Each for itself: what can't be done says why; each case has its entry; closing can be taken back case by case."""
    phish, scan = ([desk.json("report", "--observable", f"https://parcel-fee.maple-demo.com.tw/{kind}{i}", "--class", kind)["case"]
                    for i in range(2)] for kind in ("phishing", "consultation"))
    wei, audit = staff(desk, "wei", "handler"), staff(desk, "aud", "auditor")
    page = wei.get("/staff").text
    assert 'formaction="/staff/bulk/approve"' in page and 'formaction="/staff/bulk/close"' in page
    waiting = [n for n in phish + scan if any(x["state"] == "waiting" for x in desk.json("case", "show", n)["notices"])]
    other = [n for n in phish + scan if n not in waiting]
    assert waiting
    desk.run("case", "close", phish[0], "--reason", "fixed")
    open_ = [n for n in waiting if n != phish[0]]
    ask = post(wei, "/staff/bulk/approve", page, back="/staff?view=open", case=phish + scan)
    assert ask.status == 200 and f"Approve the waiting notices of {len(phish + scan)} cases?" in plain(ask.text)
    assert all(x["state"] != "approved" for n in open_ for x in desk.json("case", "show", n)["notices"])
    done = post(wei, "/staff/bulk/approve", ask.text, sure="1", back="/staff?view=open", case=phish + scan + ["NC-2026-999999"])
    text = plain(done.text)
    assert done.status == 200 and f"The waiting notices of {len(open_)} cases are approved" in text, text
    assert "no case NC-2026-999999" in text and phish[0] in text and all(n in text for n in other)
    for n in open_:
        assert not any(x["state"] == "waiting" for x in desk.json("case", "show", n)["notices"]), n

    assert post(wei, "/staff/bulk/close", page, back="/staff", case=scan).headers["Location"].endswith("done=bulk-why")
    ask = post(wei, "/staff/bulk/close", page, back="/staff", reason="false-alarm", case=phish + scan)
    assert "Close 4 cases?" in plain(ask.text) and "It was a false alarm" in plain(ask.text)
    done = post(wei, "/staff/bulk/close", ask.text, sure="1", back="/staff", reason="false-alarm", case=phish + scan)
    assert "3 cases are closed" in plain(done.text) and phish[0] in done.text
    by_itself = json.dumps(desk.json("case", "show", phish[0])).count("Case closed")
    for n in phish[1:] + scan:
        view = desk.json("case", "show", n)
        assert view["state"] == "closed" and json.dumps(view).count("Case closed") == by_itself > 0, n
    assert post(wei, f"/staff/case/{scan[0]}/reopen", page).status == 303
    assert desk.json("case", "show", scan[0])["state"] != "closed"
    bad = post(wei, "/staff/bulk/close", ask.text, sure="1", back="/staff", reason="nonsense", case=scan)
    assert bad.status == 422 and desk.json("case", "show", scan[0])["state"] != "closed"
    for path in ("/staff/bulk/approve", "/staff/bulk/close"):
        assert post(audit, path, audit.get("/staff/account").text, sure="1", reason="fixed", case=scan).status == 403


@pytest.mark.one_store
def test_pages_in_every_look(desk, make_browser, axe, tmp_path):
    wei = staff(desk, "wei", "handler")
    numbers = [desk.json("report", "--observable", f"https://parcel-fee.maple-demo.com.tw/{i}", "--class", "phishing")["case"] for i in range(3)]
    desk.run("case", "tag", numbers[0], "bank")
    desk.run("case", "assign", numbers[0], "wei")
    for lang, width, scheme in LOOKS:
        browser = make_browser(lang=lang, width=width)
        come_in(browser, desk, wei)
        dress(browser, width, scheme)
        for name, path in (("list", "/staff?who=me"), ("case", f"/staff/case/{numbers[0]}")):
            browser.get(desk.url + path)
            browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
            picture(browser, name, width, scheme)
            assert not (wrong := faults(browser, axe, name, lang, width)), (path, lang, width, wrong)


@pytest.mark.one_store
def test_keys_move_and_never_send(desk, make_browser, axe):
    wei = staff(desk, "wei", "handler")
    numbers = [desk.json("report", "--observable", f"https://parcel-fee.maple-demo.com.tw/{i}", "--class", "phishing")["case"] for i in range(2)]
    browser = make_browser(lang="en", width=1280)
    come_in(browser, desk, wei)

    def press(*keys):
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(browser).send_keys(*keys).perform()

    def at():
        return browser.switch_to.active_element
    browser.get(desk.url + "/staff")
    press("j")
    assert at().text == numbers[0]
    press("j", "j")
    assert at().text == numbers[1]
    press("x", "k", "x")
    assert len(browser.find_elements("css selector", "input[name=case]:checked")) == 2
    press("/")
    assert at().get_attribute("id") == "jump"
    press("?jk")
    assert at().get_attribute("value") == "?jk"  # while somebody types, keys are letters
    browser.get(f"{desk.url}/staff/case/{numbers[0]}")
    press("s")
    assert at().get_attribute("id") == "sort-who"
    browser.get(f"{desk.url}/staff/case/{numbers[0]}")
    press("n")
    assert at().get_attribute("id") == "note"
    browser.get(f"{desk.url}/staff/case/{numbers[0]}")
    press("t")
    assert browser.current_url.endswith("/staff/tasks")
    press("?")
    dialog = browser.find_element("id", "keys")
    assert dialog.is_displayed() and not faults(browser, axe, "keys", "en", 1280)
    dialog.find_element("css selector", "label").click()
    dialog.find_element("css selector", "form button").click()
    press("q")
    assert browser.current_url.endswith("/staff/tasks")  # switched off, and that is kept
    browser.get(desk.url + "/staff")
    press("t")
    assert browser.current_url.endswith("/staff")
    browser.find_element("css selector", "[data-keys]").click()
    assert browser.find_element("id", "keys").is_displayed()
    assert all(desk.json("case", "show", n)["state"] == "notified" for n in numbers)


def test_older_cases_are_searched_when_asked(make_site):
    """Of words in quotes the newest hundred cases are read; a link, or an option, goes on in the older ones."""
    desk = open_site(make_site)
    filed = [file_report(desk, f"http://h{i}.example.net/", description="My bank account is frozen", **{"class": "phishing"}) for i in range(105)]
    numbers = [f["case"] for f in filed]
    desk.until(lambda: desk.run("case", "list", "--search", "frozen").stderr == "", "the index to know the words")
    wei = staff(desk, "wei", "handler")
    page = wei.get("/staff?view=all&q=" + urllib.parse.quote('"bank account"')).text
    assert "Older cases were not searched." in page and listed(page)[0] == numbers[-1]
    older = html.unescape(re.search(r'<a href="([^"]+)">Search older cases</a>', page)[1])
    page = wei.get(older).text
    assert sorted(listed(page)) == sorted(numbers[:5]) and "Older cases were not searched." not in page
    assert "Nothing found" in wei.get(re.sub(r"below=\d+", "below=1", older)).text
    said = desk.run("case", "list", "--search", '"bank account"')
    below = re.search(r"--below (\d+) searches them", said.stderr)[1]
    found = desk.json("case", "list", "--search", '"bank account"', "--below", below)
    assert {c["case"] for c in found} == set(numbers[:5])
    assert desk.run("case", "list", "--search", "frozen", "--below", "soon", check=False).returncode == 2
