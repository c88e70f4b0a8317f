"""The main job, walked from end to end: a report arrives, whoever is responsible is told in their language, answers or stays
silent, the reporter hears of each step, and a stranger can check the receipt.
"""
import base64
import hashlib
import ipaddress
import random
import re
from datetime import datetime, timezone

import pytest
from conftest import Site, console_errors
from test_kit import (PASSWORD, Bad, Key, Person, case_of, case_staff, check_proof, check_receipt, file_report, leaf_hash, letter,
                      letters, link, nicert_verifies, node_hash, open_checkpoint, open_site, parts, plain, receipt_of, server_now, totp,
                      verified)

HAN = re.compile(r"[\u4e00-\u9fff]")


# ── the countries it is walked in ──

def sample_country(make_site):
    site = open_site(make_site)
    return site, {
        "url": "https://parcel-fee.maple-demo.com.tw/pay", "given_url": "hxxps://parcel-fee[.]maple-demo[.]com[.]tw/pay",
        "address": "192.0.2.55", "name_holder": ("abuse@maple.example", "zh-TW", "Maple Trading Demo Ltd"),
        "address_holder": ("abuse@kestrel.example", "en", "Kestrel Hosting Demo"), "sponsor": ("abuse@cedar-names.example", "zh-TW")}


def real_country(make_site, testdata, folder):
    """Taiwan's statistics of 2021 and the networks that announce them; names and contacts are made up here."""
    numbers = testdata / "numbers"
    files = [numbers / n for n in ("delegated-apnic-20210715-TW.txt", "origin-TW-v4.csv", "origin-TW-v6.csv")]
    if missing := [f.name for f in files if not f.exists()]:
        pytest.skip(f"not in NICERT_TESTDATA: {', '.join(missing)}")
    blocks = [line.split("|") for line in files[0].read_text().splitlines() if "|ipv4|" in line and not line.startswith("#")]
    block = next(b for b in blocks if b[3] == "140.110.0.0")
    prefix = ipaddress.ip_network((block[3], 32 - (int(block[4]) - 1).bit_length()))
    names, contacts = folder / "names.csv", folder / "contacts.csv"
    names.write_text("name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n" + "".join(
        f"n{i}-walk.com.tw,2015-03-02,2036-03-02,reg{i % 7},Holder {i} Walk,org,TW,active,\n" for i in range(2000)))
    contacts.write_text("resource,organisation,role,email,phone,lang,source,verified_at\n"
                        "n77-walk.com.tw,Holder 77 Walk,abuse,abuse@n77.example,,zh-TW,registry,2026-01-01\n"
                        "sponsor:reg0,Registrar 0 Walk,abuse,abuse@reg0.example,,zh-TW,registry,2026-01-01\n"
                        f"{prefix},Walk Network,abuse,abuse@net.example,,en,registry,2026-01-01\n")
    site = make_site(**{"test.clock": "on", "form.min_fill": 0, "mail.from": "cert@demo.example", "site.contact": "cert@demo.example"})
    site.run("import", "holdings", files[0], "--complete", "TW")
    site.run("import", "origins", files[1], files[2])
    site.run("import", "names", names)
    site.run("import", "contacts", contacts)
    site.serve()
    return site, {
        "url": "http://login.n77-walk.com.tw/bank?x=1", "given_url": "hxxp://login[.]n77-walk[.]com[.]tw/bank?x=1",
        "address": str(prefix[4242]), "name_holder": ("abuse@n77.example", "zh-TW", "Holder 77 Walk"),
        "address_holder": ("abuse@net.example", "en", "Walk Network"), "sponsor": ("abuse@reg0.example", "zh-TW")}


# ── the people in it ──

def set_up_admin(site, browser):
    """The one-time link that `nicert init` printed: password and second factor, in the browser. Returns the secret."""
    from selenium.webdriver.common.by import By
    browser.get(site.admin_link)
    secret = browser.find_element(By.ID, "secret").text.strip()
    for name, text in (("password", PASSWORD), ("again", PASSWORD), ("code", totp(secret, server_now(site)))):
        browser.find_element(By.NAME, name).send_keys(text)
    press(browser, "form[action^='/staff/invite/'] button")
    assert "/staff/sign-in" in browser.current_url, browser.page_source
    return secret


def press(browser, css):
    """Clicks what the selector names and waits until the page it leads to is there."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.by import By
    button = browser.find_element(By.CSS_SELECTOR, css)
    browser.execute_script("window.before = true")
    button.click()

    def there():
        try:
            return browser.execute_script("return !window.before && document.readyState == 'complete'")
        except WebDriverException:  # between two pages
            return False
    Site.until(there, f"the page behind {css}")


def sign_in_browser(site, browser, secret, login="admin"):
    from selenium.webdriver.common.by import By
    browser.get(site.url + "/staff")
    for name, text in (("login", login), ("password", PASSWORD), ("code", totp(secret, server_now(site) + 30))):
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)
    press(browser, "form[action='/staff/sign-in'] button")
    assert browser.current_url.rstrip("/").endswith("/staff"), browser.page_source


def text_of(browser):
    from selenium.webdriver.common.by import By
    return browser.find_element(By.TAG_NAME, "main").text


def check_notice(message, to, lang, number, observable, party):
    """A notice: to whom, in which language, about what, and how to answer."""
    text, rich = parts(message)
    assert message["To"] == to and f"[{number}]" in message["Subject"]
    assert message["Content-Language"] == lang and f'<html lang="{lang}"' in rich
    if lang == "en":
        assert "your answer is needed" in message["Subject"]
        assert "What to do" in text and "If nobody answers" in text and not HAN.search(text)
    else:
        subject = message["Subject"].replace(f"[{number}]", "")
        assert HAN.search(subject) and not re.search("[a-z]{4}", subject), f"the subject is not in Chinese: {subject}"
        assert not re.search(r"\b(the|your|answer|holder|address)\b", re.sub(r"https?://\S+", "", text)), text
    # The same in both parts; a harmful address is not one to click on.
    shown = observable.replace("http", "hxxp", 1) if "://" in observable else observable
    assert shown in text and f'href="{observable}"' not in rich and observable.split("://")[-1] in plain(rich)
    assert party not in ("", None) and number in text and number in rich
    assert "reply" not in message.keys() and message["Message-Id"] and message["Auto-Submitted"] == "auto-generated"
    return link(message, "answer")


def news_of(site, to, text):
    """The only letter with this news."""
    def found():
        return [m for m in letters(site, to, "News") if text in parts(m)[0]]
    site.until(found, f"news: {text}")
    assert len(found()) == 1
    return found()[0]


# ── the walk ──

def walk(site, where, make_browser, nicert, folder, changes=20):
    reporter_mail = "chen@citizen.example"
    to_name, name_lang, name_party = where["name_holder"]
    to_address, address_lang, address_party = where["address_holder"]

    # A report arrives.
    filed = file_report(site, where["given_url"], where["address"], description="The page asks for the card number.",
                        email=reporter_mail, language="en", **{"class": "phishing"})
    assert re.fullmatch(r"NC-\d{4}-\d{6}", filed["case"])
    assert filed["observables"] == [{"value": where["url"], "kind": "url", "attributed": True},
                                    {"value": where["address"], "kind": "ipv4", "attributed": True}]
    number = filed["case"]
    reporter = Person(site)

    def page():
        answer = reporter.get(filed["url"])
        assert answer.status == 200 and answer.headers["Referrer-Policy"] == "no-referrer"
        return plain(answer.text)
    assert number in page() and "a person checks the report" in page() and name_party in page()
    assert case_of(site, filed)["state"] == "received" and {n["state"] for n in case_of(site, filed)["notices"]} == {"waiting"}
    receipt_letter = letter(site, reporter_mail)
    assert link(receipt_letter, "case") == filed["url"]
    assert letters(site, to_name) == [] and letters(site, to_address) == []

    # The first administrator comes in through the one-time link, and approves.
    browser = make_browser()
    secret = set_up_admin(site, browser)
    again = Person(site).get(site.admin_link)
    assert again.status == 404, "the link opens once"
    sign_in_browser(site, browser, secret)
    press(browser, f"a[href='/staff/case/{number}']")
    assert where["url"] in text_of(browser) and where["address"] in text_of(browser) and reporter_mail in text_of(browser)
    press(browser, f"form[action='/staff/case/{number}/approve'] button")
    assert "done=approve" in browser.current_url
    assert console_errors(browser) == []

    # Both holders are told, each in their language. The reporter's address is not confirmed: no news.
    name_notice, address_notice = letter(site, to_name), letter(site, to_address)
    name_link = check_notice(name_notice, to_name, name_lang, number, where["url"], name_party)
    address_link = check_notice(address_notice, to_address, address_lang, number, where["address"], address_party)
    assert name_link != address_link
    for m in (name_notice, address_notice):
        for part in parts(m):
            assert "chen" not in part and "citizen.example" not in part and "card number" not in part
    site.until(lambda: case_of(site, filed)["state"] == "notified", "the state notified")
    assert f"We told the holder ({name_party})" in page() and f"We told the holder ({address_party})" in page()
    assert len(letters(site, reporter_mail)) == 1, "an unconfirmed address gets one letter"

    # The reporter confirms: opening the link is not enough, the button is.
    confirm = link(receipt_letter, "confirm")
    assert reporter.get(confirm).status == 200
    assert case_staff(site, number)["reporters"][0]["confirmed"] is False
    assert reporter.post(confirm, {}).status == 200
    assert case_staff(site, number)["reporters"][0]["confirmed"] is True

    # One holder answers through the link, without an account.
    holder = Person(site, name_lang)
    asked = holder.get(name_link)
    assert asked.status == 200 and f'<html lang="{name_lang}"' in asked.text and where["url"] in plain(asked.text)
    assert "chen" not in asked.text and "card number" not in asked.text
    done = holder.go(holder.post(name_link, {"answer": "fixed", "text": "An old plug-in; it is removed."}))
    assert done.status == 200 and "An old plug-in; it is removed." in done.text
    assert f"Answer from the holder ({name_party}): it is fixed" in page()
    assert "An old plug-in" not in page(), "the holder's words are for staff"
    news = news_of(site, reporter_mail, f"Answer from the holder ({name_party}): it is fixed")
    assert news["In-Reply-To"] == receipt_letter["Message-Id"] and link(news, "case") == filed["url"]
    assert "An old plug-in" not in parts(news)[0]

    # The other stays silent past the deadline: the next in its chain is told.
    before = len(site.outbox())
    due = next(n["due"] for n in case_of(site, filed)["notices"] if n["role"] == "holder" and n["state"] == "sent")
    left = datetime.fromisoformat(due.replace("Z", "+00:00")) - datetime.fromtimestamp(server_now(site), timezone.utc)
    assert 23 * 3600 < left.total_seconds() <= 24 * 3600
    site.advance("23h")
    assert len(site.outbox()) == before and "No answer" not in page()
    site.advance("61m")
    site.until(lambda: any(n["state"] == "silent" for n in case_of(site, filed)["notices"]), "the silence to be noticed")
    told = [n for n in case_staff(site, number)["notices"] if n["role"] != "holder"]
    assert len(told) == 1 and told[0]["state"] in ("approved", "sent") and told[0]["email"] != to_address
    assert f"No answer from the holder ({address_party}) for 24 hours" in page() and "Next in line" in page()
    next_notice = site.until(lambda: letters(site, told[0]["email"], "your help as the ") + letters(site, told[0]["email"], "協助"), "the letter to the next in line")[-1]
    assert link(next_notice, "answer") not in (name_link, address_link)
    news_of(site, reporter_mail, f"No answer from the holder ({address_party})")
    assert site.get(address_link).status == 200, "a late answer is still welcome"

    # The case is closed, and everybody hears of it.
    press(browser, "a[href='/staff']")
    browser.get(f"{site.url}/staff/case/{number}")
    if "/staff/sign-in" in browser.current_url:  # the session ended with the day
        sign_in_browser(site, browser, secret)
        browser.get(f"{site.url}/staff/case/{number}")
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select
    Select(browser.find_element(By.ID, "reason")).select_by_value("fixed")
    press(browser, f"form[action='/staff/case/{number}/close'] button")
    assert case_of(site, filed)["state"] == "closed" and case_of(site, filed)["close_reason"] == "fixed"
    closed = letter(site, reporter_mail, "Closed")
    assert link(closed, "case") == filed["url"] and "This case is closed" in page()

    # The receipt, checked by the program and by somebody else's.
    receipt = receipt_of(site, filed)
    vkey = site.get("/journal/key").text.strip()
    assert site.run("journal", "key").stdout.strip() == vkey
    assert site.run("receipt", "get", number).stdout.encode() == receipt
    path = folder / "receipt.json"
    path.write_bytes(receipt)
    facts = check_receipt(receipt, vkey)
    assert facts["case"] == number and facts["digest"] == case_of(site, filed)["digest"]
    assert nicert_verifies(nicert, path, vkey)[0] == 0
    changed_bytes_fail(nicert, path, receipt, vkey, changes)
    verified(site)
    check_log(site, vkey, facts)


def changed_bytes_fail(nicert, path, receipt, vkey, times):
    """Any change of any byte is noticed, by both verifiers."""
    rng = random.Random(20261122)
    good = 0
    for i in range(times):
        changed = bytearray(receipt)
        at = rng.randrange(len(changed)) if i < times - 10 else len(changed) - 1 - (times - 1 - i)
        changed[at] ^= rng.choice([1, 2, 4, 8, 16, 32, 64, 128, 255])
        try:
            check_receipt(bytes(changed), vkey)
            good += 1
        except Bad:
            pass
        bad = path.with_name("changed.json")
        bad.write_bytes(bytes(changed))
        code, said = nicert_verifies(nicert, bad, vkey)
        assert code == 1 and said, f"byte {at} changed from {receipt[at]} to {changed[at]}: exit {code}"
    assert good == 0
    for changed in (receipt[:-1], receipt + b"\n", receipt + b" ", b" " + receipt, b"", receipt * 2):
        bad.write_bytes(changed)
        assert nicert_verifies(nicert, bad, vkey)[0] == 1
        with pytest.raises(Bad):
            check_receipt(changed, vkey)
    # Somebody else's key of the same name says no, too.
    name, _, blob = vkey.split("+", 2)
    other = b"\1" + hashlib.sha256(base64.b64decode(blob)).digest()
    stranger = f"{name}+{hashlib.sha256(name.encode() + bytes([10]) + other).hexdigest()[:8]}+{base64.b64encode(other).decode()}"
    assert nicert_verifies(nicert, path, stranger)[0] == 1
    with pytest.raises(Bad):
        check_receipt(receipt, stranger)


def check_log(site, vkey, facts):
    """The published log as a monitor sees it: the head's root follows from the leaf tiles, the receipt's entry lies in them."""
    key = Key(vkey)
    note = site.get("/journal/checkpoint").text
    size, root = open_checkpoint(note, key)
    assert size >= facts["size"] and size < 256
    tile = site.get(f"/journal/tile/0/000.p/{size}").body
    hashes = [tile[i:i + 32] for i in range(0, len(tile), 32)]
    assert len(hashes) == size and tree_of(hashes) == root
    bundle = site.get(f"/journal/tile/entries/000.p/{size}").body
    entries = []
    while bundle:
        n = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2:2 + n])
        bundle = bundle[2 + n:]
    assert [leaf_hash(e) for e in entries] == hashes and all(len(e) == 32 for e in entries), "the public entries are commitments"
    for n in (0, size - 1):
        proof = site.run("journal", "prove", n).stdout
        assert check_proof(proof, entries[n], key)[0] == n


def tree_of(hashes):
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(tree_of(hashes[:k]), tree_of(hashes[k:]))


def test_sample_country(make_site, make_browser, nicert, tmp_path, store_kind):
    site, where = sample_country(make_site)
    walk(site, where, make_browser, nicert, tmp_path, changes=200 if store_kind == "sqlite" else 20)


def test_real_country(make_site, make_browser, nicert, tmp_path, testdata):
    site, where = real_country(make_site, testdata, tmp_path)
    walk(site, where, make_browser, nicert, tmp_path)
