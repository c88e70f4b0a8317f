"""Every page, in both languages, on a telephone and on a desk, light and dark: nothing that shuts somebody out.

Four looks cover every pair of these: each page is seen in each language, in each width and in each scheme.
"""
import re
import time
import urllib.parse

import pytest
import test_console
import test_contact_check
from test_survey_study import CORPUS
from test_kit import LOOKS, Person, come_in, dress, faults, file_report, leave, letter, link, open_site, receipt_of, server_now, staff

pytestmark = pytest.mark.one_store
URL = "https://parcel-fee.maple-demo.com.tw/pay"
WORDS = {"en": ("中文", "zh-TW"), "zh-TW": ("English", "en")}
LONG = "https://a-very-long-name-that-goes-on-and-on." + "x" * 60 + ".maple-demo.com.tw/" + "path/" * 60


class Places:
    """A site in which something is going on, and the addresses of its pages."""

    def __init__(self, make_site):
        self.site = site = open_site(make_site)
        both = file_report(site, URL, "192.0.2.55", LONG, email="r@citizen.example", language="en", share_words=True, **{"class": "phishing"},
                           description="They wrote:\n" + "a long line without an end " * 40)
        silent = file_report(site, "https://nobody-demo.tw/", "203.0.113.77", "d41d8cd98f00b204e9800998ecf8427e", **{"class": "malware"})
        waiting = file_report(site, "https://海風示範.台灣/", "https://elsewhere.example/", "8.8.8.8", **{"class": "registered-abuse"})
        record = file_report(site, "https://b.maple-demo.com.tw/", record_only=True)
        closed = file_report(site, "https://c.maple-demo.com.tw/", **{"class": "spam"})
        file_report(site, URL, email="second@citizen.example", language="zh-TW")
        for filed in (both, silent, closed):
            site.run("case", "approve", filed["case"])
        confirm = link(letter(site, "r@citizen.example"), "confirm")
        Person(site).post(both["url"] + "/ask", {"question": "Is it gone? " + "x" * 90})
        answer = link(letter(site, "abuse@kestrel.example"), "answer")
        answered = link(letter(site, "abuse@maple.example", both["case"]), "answer")
        assert Person(site).post(answered, {"answer": "need-until", "until": Places.day(site), "text": "We look into it."}).status == 303
        over = link(letter(site, "abuse@maple.example", closed["case"]), "answer")
        site.run("case", "close", closed["case"], "--reason", "fixed")
        site.run("clock", "advance", "8d")
        bulk = site.json("report", "--observable", "198.51.100.9", "--class", "scanner")
        receipt_of(site, both)
        invite = site.json("user", "add", "ines", "--role", "handler")["link"]
        site.run("peer", "add", "jpcert", "--name", "JPCERT/CC", "--kind", "national-cert", "--country", "JP", "--mail", "info@jpcert.example")
        self.staff = staff(site, "olga", "officer", "admin", "handler")
        site.run("proposal", "add", silent["case"], "null-address", "203.0.113.77", "--basis", "court-order", "--reference", "2031-17",
                 "--reason", "It takes orders from 4,000 machines.", "--until", Places.day(site), "--as", "olga")
        q = urllib.parse.quote
        self.public = {
            "home": "/", "report": "/report", "report?at": "/report?at=" + q(URL), "find": "/case", "lookup": "/lookup",
            "lookup name": "/lookup?q=maple-demo.com.tw", "lookup person": "/lookup?q=lin-demo.idv.tw", "lookup url": "/lookup?q=" + q(LONG),
            "lookup idn": "/lookup?q=" + q("海風示範.台灣"), "lookup address": "/lookup?q=192.0.2.1", "lookup elsewhere": "/lookup?q=8.8.8.8",
            "lookup nonsense": "/lookup?q=" + q("not a thing"), "privacy": "/privacy", "rfc2350": "/rfc2350", "process": "/how-we-handle-a-report", "accessibility": "/accessibility",
            "case new": both["url"] + "?new=1", "case asked": both["url"] + "?asked=1", "case silent": silent["url"], "case waiting": waiting["url"], "case record": record["url"],
            "case closed": closed["url"], "receipt": both["url"] + "/receipt", "withdraw": both["url"] + "/withdraw", "confirm": confirm,
            "answer": answer, "answer given": answered + "?sent=1", "answer closed": over, "sign-in": "/staff/sign-in?welcome=1", "invite": invite,
            "not found": "/nowhere",
            "notices ask": "/notices", **self.contact_of(site), **self.newsletter_of(site), **self.interview_of(site),
        }
        self.inside = {
            "queue": "/staff", "queue waiting": "/staff?view=waiting-us", "queue empty": "/staff?q=nothing-like-this", "tasks": "/staff/tasks",
            "health": "/staff/health", "staff case": f"/staff/case/{both['case']}", "staff case silent": f"/staff/case/{silent['case']}?done=approve",
            "signatures": "/staff/proposals?done=proposed", "signatures all": "/staff/proposals?view=all",
            "ladders": "/staff/ladders?done=referral", "ladder": "/staff/ladder?class=spam&severity=*", "bases": "/staff/bases?id=court-order",
            "partner new": "/staff/partner", "partner change": "/staff/partner?handle=jpcert",
            "propose": f"/staff/propose/{silent['case']}",
            "staff case digest": f"/staff/case/{bulk['case']}",
            "staff case waiting": f"/staff/case/{waiting['case']}", "staff case closed": f"/staff/case/{closed['case']}",
        }

        self.inside |= self.letters_of(site)
        self.inside |= {"interviews": "/staff/surveys/talks/interviews?done=interview-planned", "interview": "/staff/surveys/talks/interviews/1?question=2&quote=1",
                        "interview who": "/staff/surveys/talks/interviews/1/person", "interview guide": "/staff/surveys/talks/guide?from=1", "theme": "/staff/surveys/talks/themes/slow"}
        self.console_of(site)

    @staticmethod
    def letters_of(site):
        """A letter in words of our own, and one as delivered."""
        path = site.dir / "words.txt"
        path.write_text("{class}\n\n" + "a-long-word-without-an-end" * 20 + "\n\n{#things}\n- {thing}\n{/things}\n{link}\n")
        site.run("template", "set", "notice", path, "--note", "try")
        at = "/staff/templates"
        return {"letters": at, "letter": f"{at}/notice/en?done=template", "letter delivered": f"{at}/share/zh-TW", "letter diff": f"{at}/notice/en/diff?a=0&b=1"}

    @staticmethod
    def newsletter_of(site):
        Person(site).post("/newsletter", {"email": "reader@citizen.example", "language": "en"})
        own = link(letter(site, "reader@citizen.example"), "newsletter")
        return {"newsletter": "/newsletter", "newsletter link": own, "newsletter stop": own + "/stop"}

    @staticmethod
    def interview_of(site):
        """Two people who were asked; one agreed, and something was said."""
        text = "# Us | 我們\nWhat do you do with us? | 您和我們往來做什麼？\n" + "A-rather-long-question-" * 8 + "? | " + "很長的問題" * 20 + "\n"
        (site.dir / "guide.txt").write_text(text, encoding="utf-8")
        (site.dir / "more.txt").write_text(text + "Anything else? | 其他？\n", encoding="utf-8")
        site.run("survey", "import", CORPUS)
        site.run("survey", "new", "talks", "services-2020")
        own = []
        for guide, name in (("guide.txt", "a"), ("more.txt", "b")):
            site.run("survey", "guide", "set", "talks", site.dir / guide)
            site.run("survey", "interview", "add", "talks", "--name", "林小姐", "--email", f"{name}@talks.example", "--kind", "isp", "--no-letter")
            own.append(site.json("survey", "interview", "show", "talks", f"I-{len(own) + 1}", "--who")["who"]["link"])
        site.run("survey", "interview", "consent", "talks", "I-1", "--talk", "yes", "--quote", "yes", "--how", "on paper")
        site.run("survey", "interview", "note", "talks", "I-1", "--text", "a-long-word-without-an-end" * 20)
        site.run("survey", "theme", "add", "talks", "slow", "--en", "It takes too long", "--zh", "太慢了")
        site.run("survey", "interview", "note", "talks", "I-1", "--note", "1", "--themes", "slow")
        return {"interview held": own[0] + "?done=1", "interview asked": own[1], "interview stop": own[1] + "/stop"}

    @staticmethod
    def contact_of(site):
        """A contact that said yes and sees its notices; one that is asked."""
        test_contact_check.enrolled(site)
        verify = test_contact_check.asked(site, "abuse@kestrel.example")
        test_contact_check.say(site, verify, "right")
        asked = test_contact_check.asked(site, "noc@maple.example")
        Person(site).post("/notices", {"email": "abuse@kestrel.example"})
        notices = link(letter(site, "abuse@kestrel.example", "Your open notices"), "notices")
        assert Person(site).post(notices + "/programs", {"label": "Ticket system"}).status == 200
        return {"contact asked": asked, "contact yes": verify + "?done=right", "notices": notices, "notices done": notices + "?done=answer",
                "programs": notices + "/programs?done=end"}

    def console_of(self, site):
        """A registrar with something of everything."""
        test_console.zone(site)
        site.run("registrar", "add", "cedar", "--name", "Cedar Names", "--credit", "100000")
        self.registrar = cedar = test_console.user(site, "cedar", "chen")
        test_console.contact(cedar, "CON-A", "竹里茶館")
        test_console.register(cedar, "bamboo-tea.test", "CON-A", 1, "ns1.dns.example\nns2.dns.example")
        test_console.register(cedar, "a-rather-long-name-that-somebody-wanted-all-the-same.test", "CON-A", 3)
        test_console.do(cedar, "/console/hosts/new", {"name": "ns1.bamboo-tea.test", "addrs": "192.0.2.1"})
        test_console.do(cedar, "/console/name/bamboo-tea.test/ds", {"ds": "12345 13 2 " + "ab" * 32})
        job = test_console.run_job(site, cedar, test_console.HEADER + "renew,bamboo-tea.test,1,,,,,,\nrenew,nobody.test,1,,,,,,\n")
        name = "/console/name/bamboo-tea.test"
        self.console = {
            "console names": "/console", "console none": "/console?q=nothing", "console name": name, "console renew": name + "/renew",
            "console ns": name + "/ns", "console ds": name + "/ds", "console people": name + "/contacts", "console statuses": name + "/status",
            "console delete": name + "/delete", "console register": "/console/register?name=free.test",
            "console taken": "/console/register?name=bamboo-tea.test", "console transfers": "/console/transfers",
            "console transfer": "/console/transfers/new", "console contacts": "/console/contacts", "console contact": "/console/contact/CON-A",
            "console contact form": "/console/contact/CON-A/edit", "console hosts": "/console/hosts",
            "console host": "/console/host/ns1.bamboo-tea.test", "console messages": "/console/messages", "console ledger": "/console/ledger",
            "console warning": "/console/ledger/warning", "console access": "/console/access", "console cert": "/console/access/cert",
            "console person": "/console/access/person", "console bulk": "/console/bulk", "console job": job, "console help": "/console/help",
        }

    @staticmethod
    def day(site):
        return time.strftime("%Y-%m-%d", time.gmtime(server_now(site) + 3 * 86400))


@pytest.fixture
def places(make_site):
    return Places(make_site)


def look_at(browser, site, axe, pages, lang, width):
    found = []
    for name, path in pages.items():
        browser.get(urllib.parse.urljoin(site.url, path))
        assert "/staff/sign-in" not in browser.current_url or "sign-in" in name, f"{name}: not signed in"
        found += faults(browser, axe, name, lang, width)
    return found


def look_at_mistakes(browser, site, axe, lang, width):
    """Forms that come back."""
    found = []
    for name, path, css in (("report wrong", "/report", "form[action='/report'] button.btn--main"), ("find wrong", "/case", "form[action='/case'] button"),
                            ("sign-in wrong", "/staff/sign-in", "form[action='/staff/sign-in'] button")):
        browser.get(site.url + path)
        browser.execute_script("document.querySelectorAll('form').forEach(f => f.noValidate = true)")
        browser.find_element("css selector", css).click()
        site.until(lambda: browser.find_elements("css selector", ".errsum"), f"{name}: the form to come back")
        found += faults(browser, axe, name, lang, width)
    return found


def look_at_deeds(browser, site, axe, lang, width):
    """The second page of a change, and a form of the console that comes back."""
    found = []
    for name, path, mark in (("console price", "/console/name/bamboo-tea.test/renew", "input[name=sure]"),
                             ("console wrong", "/console/transfers/new", ".errsum")):
        browser.get(site.url + path)
        browser.find_element("css selector", "main form.panel button").click()
        site.until(lambda: browser.find_elements("css selector", mark), f"{name}: the next page")
        found += faults(browser, axe, name, lang, width)
    return found


def look_at_a_letter(browser, site, axe, lang, width):
    """A template that comes back, and one looked at on a case."""
    found = []
    for name, number, mark in (("letter wrong", "NC-1999-000001", ".errsum"), ("letter looked at", "NC-2026-000001", "#look iframe")):
        browser.get(site.url + "/staff/templates/receipt/en")
        number = site.json("case", "list")[0]["case"] if mark != ".errsum" else number
        browser.find_element("css selector", "#case").send_keys(number)
        browser.find_element("css selector", "button[value=look]").click()
        site.until(lambda: browser.find_elements("css selector", mark), f"{name}: the next page")
        found += faults(browser, axe, name, lang, width)
    # In the look it will have: the mail's own style, and no other that a letter might smuggle in.
    browser.switch_to.frame(browser.find_element("css selector", "#look iframe"))
    if browser.find_element("css selector", "footer").value_of_css_property("border-top-style") != "solid":
        found.append(f"letter looked at ({lang}, {width}): without its style")
    browser.switch_to.default_content()
    return found


def test_every_page(places, make_browser, axe):
    found = []
    for lang in ("en", "zh-TW"):
        browser = make_browser(lang=lang)
        for _, width, scheme in (look for look in LOOKS if look[0] == lang):
            dress(browser, width, scheme)
            leave(browser)
            found += look_at(browser, places.site, axe, places.public, lang, width)
            found += look_at_mistakes(browser, places.site, axe, lang, width)
            come_in(browser, places.site, places.staff)
            found += look_at(browser, places.site, axe, places.inside, lang, width)
            found += look_at_a_letter(browser, places.site, axe, lang, width)
            leave(browser)
            come_in(browser, places.site, places.registrar)
            found += look_at(browser, places.site, axe, places.console, lang, width)
            found += look_at_deeds(browser, places.site, axe, lang, width)
    assert not found, "\n".join(found)


def test_language_switch(places):
    """One link, named in its own language, leads to the same page in the other; the choice stays."""
    for person, pages in ((Person(places.site), places.public), (places.staff, places.inside), (places.registrar, places.console)):
        for name, path in pages.items():
            person.lang = "en"
            page = person.get(path)
            if name in ("invite", "confirm", "not found"):
                continue
            m = re.search(r'<a class="lang[^"]*" href="([^"]+)" lang="([^"]+)" hreflang="([^"]+)">([^<]+)</a>', page.text)
            if not m and person in (places.staff, places.registrar):
                m = re.search(r'<a[^>]* href="([^"]+)"[^>]* lang="([^"]+)" hreflang="([^"]+)"[^>]*>([^<]+)</a>', page.text)
            assert m, name
            now = re.search(r'<html lang="([^"]+)"', page.text).group(1)
            assert (m.group(4), m.group(2)) == WORDS[now] and m.group(3) == m.group(2), name
            other = person.get(m.group(1).replace("&amp;", "&"))
            assert other.status == page.status and f'<html lang="{m.group(2)}"' in other.text, name
            assert other.headers["Content-Language"] == m.group(2)
            # It stays, whatever the browser asks for; and back.
            assert f'<html lang="{m.group(2)}"' in person.get("/privacy").text
            person.get("/?lang=en")


FOCUS = """
const e = document.activeElement, l = e.closest('label'), r = e.getBoundingClientRect();
const parts = e.type == 'date';  // the browser marks the day, month and year inside by itself
const ring = x => { const s = getComputedStyle(x); return (s.outlineStyle != 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow != 'none' };
return [e.tagName + ' ' + (e.id || e.name || e.textContent || '').trim().slice(0, 30), parts || e.matches(':focus-visible'),
        parts || ring(e) || (l && ring(l)), r.width > 0 && r.height > 0, e === document.body,
        e.getAttribute('href')];"""


def tab(browser):
    for kind in ("keyDown", "keyUp"):
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keyboard_focus_is_seen(places, browser, scheme):
    dress(browser, 1280, scheme)
    come_in(browser, places.site, places.staff)
    for name in ("home", "report", "case new", "answer", "staff case", "queue"):
        browser.get(urllib.parse.urljoin(places.site.url, {**places.public, **places.inside}[name]))
        seen = []
        for i in range(30):
            tab(browser)
            what, visible, marked, sized, end, href = browser.execute_script(FOCUS)
            if end or (i > 2 and what in seen[:1]):
                break
            seen.append(what)
            assert visible and marked and sized, f"{name}: the focus on {what} is not seen"
            if i == 0 and "staff" not in name and name != "queue":
                assert href == "#main", f"{name}: the first stop skips to the content"
        assert len(seen) >= 5, (name, seen)


def test_without_script(places, make_browser):
    """Scripts are off: the report is filed all the same."""
    from selenium.webdriver.common.by import By
    browser = make_browser(arguments=["--blink-settings=scriptEnabled=false"])
    browser.get(places.site.url + "/report")
    browser.find_element(By.ID, "observables").send_keys("https://plain.maple-demo.com.tw/")
    browser.find_element(By.CSS_SELECTOR, "form[action='/report'] button.btn--main").click()
    places.site.until(lambda: "/case/" in browser.current_url, "the case's page")
    assert re.search(r"NC-\d{4}-\d{6}", browser.title)


def test_no_page_fetches_from_elsewhere(places):
    """Every address a page loads is ours, and what is loaded may be kept for ever."""
    for person, pages in ((Person(places.site), places.public), (places.staff, places.inside), (places.registrar, places.console)):
        for name, path in pages.items():
            text = person.get(path).text
            loaded = re.findall(r'<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)="([^"]+)"', text)
            assert loaded and all(u.startswith("/assets/") for u in loaded), (name, loaded)
            assert "style=" not in text and not re.search(r"\son\w+=", re.sub(r"<textarea.*?</textarea>|<p.*?</p>", "", text, flags=re.S)), name
    for u in set(loaded):
        answer = places.site.get(u)
        assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"] and answer.headers["X-Content-Type-Options"] == "nosniff"
