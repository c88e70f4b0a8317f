"""Findings of little weight: many in a day, one letter with a table, a CSV and XARF; the grave ones at once."""
import csv
import datetime
import email.message
import email.policy
import io
import json
import os
import re

import pytest
from test_kit import Person, case_staff, letters, link, open_site, parts, plain, server_now, staff
from test_share import xarf_mistakes

HOLDER = "abuse@kestrel.example"
MANY = 200
SUBJECT = "Digest of"


@pytest.fixture
def desk(make_site):
    return open_site(make_site, **{"mailin.address": "case@demo.example", "digest.at": "08:30", "site.zone": 480})


def found(site, value, kind="scanner"):
    return site.json("report", "--observable", value, "--class", kind)["case"]


def quiet(site):
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def to_digest(site, due):
    """Moves the clock past the time of the digest."""
    site.advance(f"{int(due - server_now(site)) + 2}s")


def files_of(message):
    return {a.get_filename(): a.get_content() for a in message.iter_attachments()}


def text_of(content):
    return content if isinstance(content, str) else content.decode()


def reply(site, letter, body):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = HOLDER, letter["Reply-To"], "Re: " + letter["Subject"]
    m["Message-ID"] = f"<{abs(hash(body))}@kestrel.example>"
    m["In-Reply-To"] = letter["Message-ID"]
    m.set_content(body)
    return site.json("mailin", input=bytes(m))


def test_two_hundred_findings_one_letter(desk, testdata):
    cases = [found(desk, f"192.0.2.{i}") for i in range(1, MANY + 1)]
    alone, other = found(desk, "192.0.2.240"), found(desk, "203.0.113.9")
    grave = found(desk, "http://192.0.2.250/login", "phishing")
    quiet(desk)
    assert [m["Subject"].split("] ")[0] for m in letters(desk, HOLDER)] == [f"[{grave}"]
    waits = {d["email"]: d for d in desk.json("digest", "list")}
    assert waits[HOLDER]["notices"] == MANY + 1 and waits["abuse@cedar.example"]["notices"] == 1 and other
    assert re.search(r"T00:30:00", waits[HOLDER]["due_at"])  # 08:30 in UTC+8
    shown = desk.json("digest", "show", HOLDER)
    assert len(shown["findings"]) == MANY + 1 and shown["findings"][0]["case"] == cases[0]
    # One is sent alone, from its page.
    hana = staff(desk, "hana", "handler")
    page = hana.get(f"/staff/case/{alone}")
    assert "Goes out in the digest of" in plain(page.text)
    notice = case_staff(desk, alone)["notices"][0]
    assert notice["digest_at"] == waits[HOLDER]["due_at"]
    assert hana.act(alone, "digest-now", id=notice["id"]).status == 303
    assert hana.act(alone, "digest-now", id=notice["id"]).status == 409
    desk.until(lambda: case_staff(desk, alone)["notices"][0]["sent_at"], "its own letter")
    assert len(letters(desk, HOLDER)) == 2
    # The morning.
    to_digest(desk, when(waits[HOLDER]["due_at"]))
    desk.until(lambda: all(case_staff(desk, c)["notices"][0]["state"] == "sent" for c in (cases[0], cases[99], cases[-1])), "the digest")
    digests = letters(desk, HOLDER, SUBJECT)
    assert len(digests) == 1 and len(letters(desk, HOLDER)) == 3
    check_letter(desk, digests[0], cases, testdata)
    check_answers(desk, digests[0], cases)
    quiet(desk)
    assert len(letters(desk, HOLDER, SUBJECT)) == 1
    assert {d["state"] for d in desk.json("digest", "list")} == {"sent"}
    assert "told in the digest of" in json.dumps(case_staff(desk, cases[5]))
    keep_picture(digests[0])


def keep_picture(letter):
    """PREVIEW_DIR=folder: the letter's HTML, to look at."""
    if os.environ.get("PREVIEW_DIR"):
        with open(os.path.join(os.environ["PREVIEW_DIR"], "digest.html"), "w") as f:
            f.write(parts(letter)[1])


def check_letter(site, letter, cases, testdata):
    assert letter["Subject"].startswith("[TLP:AMBER] ") and letter["Subject"].endswith(f"findings: {MANY}")
    text, rich = parts(letter)
    assert text.startswith("TLP:AMBER") and "hxxp" in text
    for part in (text, rich):
        assert len(set(re.findall(r"NC-\d+-\d+", part))) == 50 and "150 more in the attached file" in part
    assert rich.count("<tr>") == 51 and "<code" in rich
    files = files_of(letter)
    assert sorted(files) == ["findings.csv", "findings.xarf.json"]
    rows = list(csv.DictReader(io.StringIO(text_of(files["findings.csv"]), newline="")))
    assert len(rows) == MANY and [r["case"] for r in rows] == cases
    assert [r["value"] for r in rows] == [f"192.0.2.{i}" for i in range(1, MANY + 1)]
    assert len({r["answer"] for r in rows}) == MANY and all(r["answer_by"] and r["first_seen"] and r["reminder"] == "no" for r in rows)
    assert Person(site).get(rows[77]["answer"]).status == 200
    reports = json.loads(text_of(files["findings.xarf.json"]))
    assert [r["source_identifier"] for r in reports] == [r["value"] for r in rows]
    assert len({r["report_id"] for r in reports}) == MANY
    for report in reports[:: MANY // 10]:
        assert not xarf_mistakes(testdata, report), report


def check_answers(site, letter, cases):
    person = Person(site)
    url = link(letter, "notices")
    page = person.get(url)
    assert page.status == 200 and cases[0] in page.text
    ids = re.findall(r'name="notice" value="(\d+)"', page.text)
    assert len(ids) == MANY
    first = str(case_staff(site, cases[0])["notices"][0]["id"])
    assert first in ids
    assert person.post(url, [("notice", first), ("answer", "fixed"), ("text", "Cleaned.")]).status == 303
    assert case_staff(site, cases[0])["notices"][0]["state"] == "answered"
    assert case_staff(site, cases[1])["notices"][0]["state"] == "sent"
    assert re.fullmatch(r"case\+d\d+-[a-z2-7]+@demo\.example", letter["Reply-To"])
    assert reply(site, letter, f"Fixed. That is {cases[1]}.")["fate"] == "answered"
    assert case_staff(site, cases[1])["notices"][0]["state"] == "answered"
    assert reply(site, letter, "Fixed.")["fate"] == "kept"
    last = case_staff(site, cases[-1])
    assert last["notices"][0]["state"] == "sent" and "read which case it means" in json.dumps(last)


def test_next_day_and_by_hand(desk):
    first = found(desk, "192.0.2.1")
    refused = desk.run("digest", "send", "nobody@kestrel.example", check=False)
    assert refused.returncode == 1 and "nicert digest list" in refused.stderr
    desk.json("user", "add", "vera", "--role", "auditor")
    refused = desk.run("digest", "send", HOLDER, "--as", "vera", check=False)
    assert refused.returncode == 1 and "approve" in refused.stderr
    assert "Sends it now" in desk.run("digest", "--help").stdout
    assert desk.json("digest", "send", HOLDER)["state"] == "made"
    desk.until(lambda: case_staff(desk, first)["notices"][0]["state"] == "sent", "the digest")
    second = found(desk, "192.0.2.2")
    due = desk.json("digest", "show", HOLDER)["due_at"]
    to_digest(desk, when(due))
    desk.until(lambda: case_staff(desk, second)["notices"][0]["state"] == "sent", "the next digest")
    found_in = [sorted(set(re.findall(r"NC-\d+-\d+", parts(m)[0]))) for m in letters(desk, HOLDER, SUBJECT)]
    assert sorted(found_in) == sorted([[first], [second]])


def test_policy_is_data(desk):
    rows = desk.json("desk-policy", "list")
    row = ("scanner", "cli", "staff")
    assert [r["notices"] for r in rows if (r["class"], r["source"], r["confidence"]) == row] == ["digest"]
    refused = desk.run("desk-policy", "set", *row, "tomorrow", check=False)
    assert refused.returncode == 2 and "at-once" in refused.stderr
    assert desk.run("desk-policy", "set", "scanner", "fax", "staff", "click", check=False).returncode == 1
    desk.run("desk-policy", "set", *row, "at-once")
    case = found(desk, "192.0.2.1")
    desk.until(lambda: case_staff(desk, case)["notices"][0]["sent_at"], "its letter")
    assert desk.json("digest", "list") == []
    desk.run("desk-policy", "set", *row, "click")
    assert case_staff(desk, found(desk, "192.0.2.2"))["notices"][0]["state"] == "waiting"
