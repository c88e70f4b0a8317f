"""Mail in: every sample understood as what it is; reports, replies, delivery reports and loops through each door; nothing
acknowledged is lost, nothing is answered twice."""
import base64
import email.message
import email.policy
import json
import os
import random
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from conftest import free_ports
from test_kit import staff
from test_smtp import NAME, know_the_holder
from test_survey_report import rows_of

HOST = "cert.example.tw"
CASE = f"case@{HOST}"
SURVEY = Path(__file__).parent.parent / "fuzz" / "corpus" / "questionnaire" / "services"


def mail(text, sender="ming@reporter.example", subject="A false bank page", ident=None, to=CASE, **headers):
    """A plain message as bytes; headers with _ for -."""
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = sender, to, subject
    m["Message-ID"] = f"<{ident or abs(hash((text, subject, sender)))}@reporter.example>"
    for key, value in headers.items():
        m[key.replace("_", "-")] = value
    m.set_content(text)
    return bytes(m)


def letter(ident, text=None, sender="a@reporter.example", subject="x"):
    """To be filled with parts; headers only where there is no text yet."""
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"], m["Message-ID"] = sender, CASE, subject, f"<{ident}@reporter.example>"
    if text is not None:
        m.set_content(text)
    return m


def as_html(html, ident="html"):
    m = letter(ident)
    m.set_content(html, subtype="html")
    return bytes(m)


def understood(site, message, *args):
    return json.loads(site.run("mailin", "--dry-run", *args, input=message).stdout)


def pipe(site, message, *args):
    return site.json("mailin", *args, input=message)


@pytest.fixture
def post(make_site):
    """A site that mail reaches, not served."""
    return make_site(test_clock="on", public_url=f"https://{HOST}", mailin_address=CASE)


def letters_to(site, address):
    return [m for m in site.outbox() if m["To"] == address]


def plain(m):
    return m.get_body(("plain",)).get_content()


# ── what each sample is ──

ARF = {  # feedback type, source, further observables
    "arf-01": ("abuse", "192.0.2.89", ["example.ed.jp"]), "arf-02": ("abuse", "192.0.2.8", ["example.com"]),
    "arf-11": ("abuse", "192.0.2.2", []), "arf-12": ("opt-out", "192.0.2.89", []),
    "arf-14": ("abuse", "192.0.2.2", ["amazonses.com"]), "arf-15": ("abuse", "192.0.2.222", []),
    "arf-16": ("abuse", "192.0.2.1", ["example.com", "example.org"]), "arf-17": ("abuse", "192.0.2.3", []),
    "arf-18": ("auth-failure", "192.0.2.222", ["example.net"]), "arf-19": ("auth-failure", "203.0.113.2", ["example.net"]),
    "arf-20": ("auth-failure", "203.0.113.2", ["example.net"]), "arf-21": ("abuse", "198.51.100.224", []),
    "arf-22": ("abuse", "203.0.113.245", []), "arf-23": ("abuse", "203.0.113.245", []), "arf-24": ("abuse", "203.0.113.245", []),
    "arf-25": ("abuse", "10.0.0.1", ["example.com"]),
}
BOUNCES = {  # recipient, action, status, final
    "01": ("userunknown@bouncehammer.jp", "failed", "5.1.1", True), "03": ("kijitora@example.com", "failed", "5.0.0", True),
    "04": ("kijitora@mailx-53.neko.example.edu", "failed", "5.5.0", True), "06": ("kijitora@example.net", "failed", "5.5.0", True),
    "07": ("kijitora@example.net", "delayed", "4.4.0", False), "08": ("kijitora@example.net", "failed", "5.7.1", True),
    "09": ("kijitora-nyaaaaaan@example.co.jp", "delayed", "4.3.0", False), "10": ("kijitora@example.jp", "failed", "5.1.6", True),
    "26": ("kijitora@example.or.jp", "failed", "5.1.1", True), "28": ("kijitora@neko.example.jp", "deliverable", "2.1.5", False),
    "29": ("kijitora@example.com", "failed", "5.5.0", True), "34": ("kijitora@example.com", "delayed", "4.4.1", False),
    "35": ("kijitora@nyaan.example.com", "failed", "5.0.0", True), "36": ("kijitora@nyaan.example.com", "failed", "4.0.0", True),
    "37": ("kijitora@neko.nyaan.example.com", "failed", None, True), "38": ("kijitora-nyaan@example.jp", "failed", None, True),
    "39": ("kijitora@nyaan.example.net", "failed", None, True), "40": ("kijitora@nyaan.neko.example.com", "failed", "4.4.6", True),
    "42": ("jane.doe@some-domain.net", "failed", "5.0.0", True), "43": ("jp1rb6cm3@mozmail.com", "failed", "4.3.0", True),
    "51": ("kijitora@example.de", "failed", "5.0.0", True), "52": ("neko@libsisimai.org", "failed", "4.0.0", True),
    "53": ("sironeko@example.jp", "failed", "4.0.0", True), "54": ("sotoneko@haineko.org", "failed", "4.0.0", True),
    "55": ("sotoneko@nora.nyaan.jp", "delayed", "4.4.1", False), "56": ("siro@neko1.nyaan.jp", "failed", "4.4.1", True),
    "57": ("otsu-sakaba-hunter-neko-nyaaaaaaan@ezweb.ne.jp", "failed", "5.0.0", True),
    "58": ("otsu-sakaba-hunter-neko-nyaaaaaaan@ezweb.ne.jp", "failed", "5.0.0", True),
    "59": ("neko@libsisimai.org", "failed", "4.0.0", True), "60": ("kijitora@example.jp", "failed", "5.1.8", True),
    "61": ("kijitora@example.com", "failed", "5.0.0", True), "62": ("nekonyaan@gmal.com", "failed", "4.0.0", True),
    "63": ("libsisimai-2@googlegroups.com", "failed", "5.1.1", True), "64": ("maildebug@example.jpn", "failed", "4.0.0", True),
    "65": ("kijitora@example.it", "failed", "5.0.0", True), "66": ("mikeneko@example.com", "failed", "5.0.0", True),
}


@pytest.mark.one_store
def test_every_arf_sample(post, testdata):
    files = sorted((testdata / "cert/arf/maildir/bsd").glob("arf-*.eml"))
    assert {f.stem for f in files} == {*ARF, "arf-26"}
    for f in files:
        m = understood(post, f.read_bytes())
        if f.stem == "arf-26":
            assert m["kind"] == "auto" and not m["answerable"] and not m["observables"]
            continue
        category, source, more = ARF[f.stem]
        values = [o["value"] for o in m["observables"]]
        assert (m["kind"], m["scheme"], m["category"]) == ("arf", "arf", category), f
        assert source in values and set(more) <= set(values) and m["reported"], (f, values)
        assert "rcpt" not in (m["details"] or "").lower(), f


@pytest.mark.one_store
def test_every_delivery_report(post, testdata):
    files = sorted((testdata / "cert/arf/maildir").rglob("rfc3464-*.eml"))
    assert {f.stem[-2:] for f in files} == set(BOUNCES)
    for f in files:
        m = understood(post, f.read_bytes())
        b = m["bounce"]
        assert m["kind"] == "bounce" and not m["answerable"] and not m["observables"], f
        assert (b["recipient"], b["action"], b["status"], b["final"]) == BOUNCES[f.stem[-2:]], f


XARF_CLASS = {
    "connection/ddos": "ddos", "connection/infected_host": "compromised", "connection/login_attack": "brute-force",
    "connection/port_scan": "scanner", "connection/reconnaissance": "scanner", "connection/scraping": "scanner",
    "connection/sql_injection": "scanner", "connection/vulnerability_scan": "scanner", "content/brand_infringement": "registered-abuse",
    "content/csam": "other", "content/csem": "other", "content/exposed_data": "leak", "content/fraud": "phishing", "content/malware": "malware",
    "content/phishing": "phishing", "content/remote_compromise": "compromised", "content/suspicious_registration": "phishing-domain",
    "copyright/copyright": "other", "copyright/cyberlocker": "other", "copyright/link_site": "other", "copyright/p2p": "other",
    "copyright/ugc_platform": "other", "copyright/usenet": "other", "infrastructure/botnet": "c2",
    "infrastructure/compromised_server": "compromised", "messaging/bulk_messaging": "spam", "messaging/spam": "spam",
    "reputation/blocklist": "other", "reputation/threat_intelligence": "other", "vulnerability/cve": "vulnerable",
    "vulnerability/misconfiguration": "vulnerable", "vulnerability/open_service": "vulnerable",
}


def with_json(data, ident="x"):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"], m["Message-ID"] = "reports@monitor.example", CASE, "Abuse report", f"<{ident}@monitor.example>"
    m["X-XARF"] = "PLAIN"
    m.set_content("Please see the attached report. Questions: https://monitor.example/help\n")
    m.add_attachment(data, maintype="application", subtype="json", filename="xarf.json")
    return bytes(m)


@pytest.mark.one_store
def test_every_xarf_sample(post, testdata):
    files = sorted((testdata / "cert/xarf/samples").glob("*.json"))
    assert len(files) == len(XARF_CLASS)
    for f in files:
        data = json.loads(f.read_text())
        m = understood(post, with_json(f.read_bytes(), f.stem))
        category = f"{data['category']}/{data['type']}"
        values = [o["value"] for o in m["observables"]]
        assert (m["kind"], m["scheme"], m["category"]) == ("xarf", "xarf", category), f
        assert values[0] == data["source_identifier"].lower(), (f, values)
        url = data.get("url") or data.get("infringing_url")
        assert not url or url in values or url + "/" in values, (f, values)
        assert data.get("destination_ip") not in values and "https://monitor.example/help" not in values, (f, values)
        done = pipe(post, with_json(f.read_bytes(), f.stem))
        assert done["fate"] == "filed"
        view = post.json("case", "show", done["case"])
        joined = len(view["reporters"]) > 1
        assert joined or view["class"] == XARF_CLASS[category], f


@pytest.mark.one_store
def test_several_xarf_reports(post, testdata):
    """An array, as digests and shares of ours attach it, several attachments, and one that is the letter's own text."""
    def sample(name):
        return json.loads((testdata / f"cert/xarf/samples/{name}.json").read_text())
    one, two = "content-phishing", "connection-ddos"
    a, b = sample(one), sample(two)
    kinds = [f"{x['category']}/{x['type']}" for x in (a, b)]
    several = email.message_from_bytes(with_json(json.dumps(a).encode(), "parts"), policy=email.policy.SMTP)
    several.add_attachment(json.dumps(b).encode(), maintype="application", subtype="json", filename="b.json")
    for message in (with_json(json.dumps([a, b]).encode(), "array"), bytes(several)):
        m = understood(post, message)
        assert (m["kind"], m["scheme"], m["category"]) == ("xarf", "xarf", kinds[0])
        values = [o["value"] for o in m["observables"]]
        assert {a["source_identifier"].lower(), b["source_identifier"].lower()} <= set(values), values
        assert all(x["type"] in m["details"] for x in (a, b))
        tasks = post.json("case", "show", pipe(post, message)["case"])["tasks"]
        assert any("several kinds" in t["text"] for t in tasks)
    same = understood(post, with_json(json.dumps([a, {**a, "source_identifier": "192.0.2.9"}]).encode(), "same"))
    assert "192.0.2.9" in [o["value"] for o in same["observables"]]
    for n, text in enumerate((json.dumps(a, indent=1), json.dumps([a]))):
        plain = letter(f"plain{n}", text, sender="reports@monitor.example")
        plain["X-XARF"] = "PLAIN"
        m = understood(post, bytes(plain))
        assert (m["kind"], m["category"]) == ("xarf", kinds[0])
        contact = a["reporter"]["contact"]
        assert a["source_identifier"].lower() in (values := [o["value"] for o in m["observables"]]) and contact not in values
    assert understood(post, bytes(letter("list", "[1] see http://evil.example.net/")))["kind"] == "plain"


@pytest.mark.one_store
def test_old_xarf(post):
    body = ("--b\r\nContent-Type: text/plain\r\n\r\nA login attack.\r\n--b\r\nContent-Type: text/plain; name=\"report.txt\"\r\n\r\n---\r\n"
            "Reported-From: abuse@monitor.example\r\nCategory: abuse\r\nReport-Type: login-attack\r\nService: ssh\r\nVersion: 0.1\r\n"
            "User-Agent: tool 1\r\nDate: Sun, 22 Nov 2026 13:00:00 +0800\r\nSource-Type: ip-address\r\nSource: 192.0.2.77\r\nPort: 22\r\n"
            "Report-ID: 1@monitor.example\r\nSchema-URL: http://www.x-arf.org/schema/abuse_login-attack_0.1.2.json\r\n"
            "--b\r\nContent-Type: text/plain; name=\"logfile.log\"\r\n\r\nsshd: failed for root from 192.0.2.77\r\n--b--\r\n")
    head = (f"From: abuse@monitor.example\r\nTo: {CASE}\r\nSubject: abuse report about 192.0.2.77\r\nX-ARF: Yes\r\nMIME-Version: 1.0\r\n"
            "Message-ID: <old@monitor.example>\r\nContent-Type: multipart/mixed; boundary=b; charset=utf-8\r\n\r\n")
    m = understood(post, (head + body).encode())
    assert (m["kind"], m["scheme"], m["category"]) == ("xarf", "x-arf", "login_attack")
    assert [o["value"] for o in m["observables"]] == ["192.0.2.77"] and "ssh" in m["details"]


# ── what people send ──

FORWARDS = [
    "Please stop this.\n\n---------- Forwarded message ---------\nFrom: Bank <x@fake.example>\nDate: Sun, 22 Nov 2026\nSubject: Your card\n"
    "To: <me@reporter.example>\n\nPay at hxxps://evil[.]example[.]net/pay\n",
    "請處理。\n\n-----原始郵件-----\n寄件者： Bank <x@fake.example>\n日期： 2026年11月22日\n收件者： me@reporter.example\n主旨： Your card\n\n"
    "請到 https://evil.example.net/pay 付款\n",
    "FYI\n\nFrom: Bank <x@fake.example>\nSent: Sunday, November 22, 2026 1:00 PM\nTo: me@reporter.example\nSubject: Your card\n\n"
    "Pay at https://evil.example.net/pay\n",
    "Begin forwarded message:\n\nFrom: Bank <x@fake.example>\nSubject: Your card\nDate: 22 November 2026\nTo: me@reporter.example\n\n"
    "Pay at https://evil.example.net/pay\n",
]


@pytest.mark.one_store
def test_forwarded_inline(post):
    for i, text in enumerate(FORWARDS):
        m = understood(post, mail(text, subject="Fwd: Your card", ident=f"f{i}"))
        assert (m["reported"]["from"], m["reported"]["subject"]) == ("x@fake.example", "Your card"), i
        assert [o["value"] for o in m["observables"]] == ["https://evil.example.net/pay"], i
        assert "evil" not in m["text"] and (m["text"] or i == 3), (i, m["text"])


@pytest.mark.one_store
def test_words_around_a_picture(post):
    """Each inline text is read; what a mailing list adds behind a line is no word of the author's."""
    for kind, texts in (("plain", ["first http://one.example.net/a", "second http://two.example.net/b", "____________\nlist http://list.example.org/"]),
                        ("html", ["<p>first http://one.example.net/a", "<p>second http://two.example.net/b"])):
        m = letter("tit" + kind)
        m.make_mixed()
        for i, text in enumerate(texts):
            part = email.message.EmailMessage(policy=email.policy.SMTP)
            part.set_content(text, subtype=kind)
            m.attach(part)
            if not i:
                m.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png", disposition="inline")
        found = understood(post, bytes(m))
        assert [o["value"] for o in found["observables"]] == ["http://one.example.net/a", "http://two.example.net/b"], kind
        assert "first" in found["text"] and "second" in found["text"] and "list" not in found["text"]


@pytest.mark.one_store
def test_forwarded_as_attachment(post):
    inner = (b"Received: from mx.reporter.example (mx [10.1.1.1]) by inbox.reporter.example; Sun, 22 Nov 2026 13:00:00 +0800\r\n"
             b"Received: from evil.example (unknown [192.0.2.50]) by mx.reporter.example; Sun, 22 Nov 2026 12:59:00 +0800\r\n"
             b"Received: from forged.example ([192.0.2.99]) by evil.example; Sun, 22 Nov 2026 12:58:00 +0800\r\n"
             b"From: Bank <service@bank.example>\r\nSubject: Your card\r\n\r\nSee http://evil.example.net/pay now\r\n")
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"], m["Message-ID"] = "a@reporter.example", CASE, "Spam", "<att@reporter.example>"
    m.set_content("I got this.")
    m.add_attachment(email.message_from_bytes(inner, policy=email.policy.SMTP))
    found = understood(post, bytes(m))
    assert found["reported"]["source"] == "192.0.2.50" and found["reported"]["from"] == "service@bank.example"
    assert [o["value"] for o in found["observables"]] == ["192.0.2.50", "http://evil.example.net/pay"]
    assert found["files"] == [{"name": "message.eml", "type": "message/rfc822"}]


def spam(n, host="192.0.2.5"):
    return (f"Received: from evil{n}.example (unknown [{host}{n}]) by mx.reporter.example; Sun, 22 Nov 2026 12:59:00 +0800\r\n"
            f"From: Bank <service{n}@bank.example>\r\nSubject: card {n}\r\nMessage-ID: <in{n}@bank.example>\r\n\r\n"
            f"See http://evil{n}.example.net/pay now\r\n").encode()


def enclosed(m, *messages):
    for one in messages:
        m.add_attachment(email.message_from_bytes(one, policy=email.policy.SMTP))
    return m


@pytest.mark.one_store
def test_several_forwarded(post):
    """Each message that is passed on is read and kept, also one whose sender's program calls it a file of bytes."""
    m = enclosed(letter("three", "I got these."), spam(1), spam(2))
    m.add_attachment(spam(3), maintype="application", subtype="octet-stream", filename="phish.EML")
    m.add_attachment(b"\x00\x01\x02", maintype="application", subtype="octet-stream", filename="not.eml")
    found = understood(post, bytes(m))
    assert [o["value"] for o in found["observables"]] == [x for n in (1, 2, 3) for x in (f"192.0.2.5{n}", f"http://evil{n}.example.net/pay")]
    assert [found["reported"]["source"], *(r["source"] for r in found["reported_beside"])] == ["192.0.2.51", "192.0.2.52", "192.0.2.53"]
    assert [f["name"] for f in found["files"]] == ["message.eml", "message.eml", "phish.EML", "not.eml"]
    view = post.json("case", "show", pipe(post, bytes(m))["case"])
    words = view["reporters"][0]["words"]
    assert all(f"service{n}@bank.example" in words and f"evil{n}.example.net/pay" in words for n in (1, 2, 3))
    assert len(view["reporters"][0]["files"]) == 4


@pytest.mark.one_store
@pytest.mark.parametrize("sender,subject,inner", [("helpdesk@corp.example", "Fwd: phish", True), ("helpdesk@reporter.example", "phish", True),
                                                  ("mallory@evil.example", "Your card", False)])
def test_forward_of_a_forward(post, sender, subject, inner):
    """The innermost is reported; a letter of a stranger that encloses another is reported itself."""
    outer = (f"Received: from pc (pc [192.0.2.200]) by mx; Sun, 22 Nov 2026 12:59:00 +0800\r\nFrom: {sender}\r\nSubject: {subject}\r\n"
             "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nAn employee got this.\r\n--q\r\n"
             "Content-Type: message/rfc822\r\n\r\n").encode() + spam(9) + b"\r\n--q--\r\n"
    found = understood(post, bytes(enclosed(letter("nested", "The help desk asks."), outer)))
    if inner:
        assert (found["reported"]["source"], found["reported"]["from"]) == ("192.0.2.59", "service9@bank.example")
        assert [o["value"] for o in found["observables"]] == ["192.0.2.59", "http://evil9.example.net/pay"]
        assert "The help desk asks." in found["text"] and "An employee got this." in found["text"]
    else:
        assert (found["reported"]["source"], found["reported"]["from"]) == ("192.0.2.200", sender)
    assert len(found["files"]) == 1 and not found["reported_beside"]


@pytest.mark.one_store
def test_disguised_link(post):
    html = '<p>Bank: <a href="https://evil.example.net/login?a=1&amp;b=2">https://www.bank.com.tw/</a> &#x4E2D;</p><script>x("http://no.example")</script>'
    m = as_html(html)
    found = understood(post, m)
    assert found["links"] == [{"shown": "https://www.bank.com.tw/", "target": "https://evil.example.net/login?a=1&b=2", "differs": True}]
    assert [o["value"] for o in found["observables"]] == ["https://evil.example.net/login?a=1&b=2"] and "中" in found["text"]
    view = post.json("case", "show", pipe(post, m)["case"])
    assert "disguised link: shown as https://www.bank.com.tw/, leads to https://evil" in view["reporters"][0]["words"]
    assert [o["value"] for o in view["observables"]] == ["https://evil.example.net/login?a=1&b=2"]


@pytest.mark.one_store
@pytest.mark.parametrize("target", ["https://www.harbour-demo.org.tw.e8.example.net/login", "https://e8.example.net/?next=www.harbour-demo.org.tw",
                                    "https://e8.example.net/www.harbour-demo.org.tw", "https://www.harbour-demo.org.tw@e8.example.net/"])
def test_disguised_link_that_holds_the_name_it_shows(post, target):
    """Whose name is misused hears nothing: it is nowhere among the observables."""
    m = as_html(f'<p>This phishing site asks for my password</p><a href="{target}">https://www.harbour-demo.org.tw/</a>')
    found = understood(post, m)
    assert [o["value"] for o in found["observables"]] == [target.replace("www.harbour-demo.org.tw@", "")] and found["links"][0]["differs"]
    view = post.json("case", "show", pipe(post, m)["case"])
    assert len(view["observables"]) == 1 and "e8.example.net" in view["observables"][0]["value"]


@pytest.mark.one_store
@pytest.mark.parametrize("html,target", [
    ('<base href="https://e5.example.net/a/b?c"><a href="login">https://bank.com.tw</a>', "https://e5.example.net/a/login"),
    ('<base href="https://e5.example.net"><a href="login">https://bank.com.tw</a>', "https://e5.example.net/login"),
    ('<base href="https://e5.example.net/a/b"><a href="/login">https://bank.com.tw</a>', "https://e5.example.net/login"),
    ('<base href="https://no.example.net/a/b"><a href="//e5.example.net/x">https://bank.com.tw</a>', "https://e5.example.net/x"),
    ('<map><area shape="rect" href="https://e4.example.net/pay"></map>', "https://e4.example.net/pay"),
    ("<A HREF='hxxps://e10[.]example[.]net/q'>bank.com</A>", "https://e10.example.net/q"),
    ('<base href="https://e3.example.net/"><form action="p.php"><input></form>', "https://e3.example.net/p.php"),
    ('<a href="mailto:x@bank.com.tw">write</a><a href="#top">up</a><a href="tel:+886212345678">call</a><a href="here.html">on</a>', None)])
def test_where_links_lead(post, html, target):
    m = understood(post, as_html(html))
    assert [x["target"] for x in m["links"]] == ([target] if target else [])
    assert [o["value"] for o in m["observables"]] == ([target] if target else [])


@pytest.mark.one_store
@pytest.mark.parametrize("charset,said", [("big5", "big5"), ("gb18030", "gb2312"), ("utf-8", "utf-8"), ("utf-8", "x-nonsense"), ("big5", None),
                                          ("cp950", "utf-8")])
def test_character_sets(post, charset, said):
    text = "這個網站是假的，請處理：https://evil.example.net/a"
    kind = f"Content-Type: text/plain{f'; charset={said}' if said else ''}\r\nContent-Transfer-Encoding: 8bit\r\n"
    m = understood(post, f"From: a@b.example\r\nSubject: x\r\n{kind}\r\n".encode() + text.encode(charset))
    assert [o["value"] for o in m["observables"]] == ["https://evil.example.net/a"]
    if (charset, said) != ("cp950", "utf-8"):
        assert m["text"] == text and m["language"] == "zh-TW"


TONGUES = {"zh-Hans": "这个网站是假的~请处理", "ja": "このサイトは偽物です", "ko": "이 사이트는 가짜입니다", "ru": "Это поддельный сайт", "uk": "Це підроблений сайт",
           "th": "เว็บไซต์นี้เป็นของปลอม", "el": "Αυτός ο ιστότοπος", "he": "אתר זה מזויף", "ar": "هذا الموقع مزيف", "tr": "Bu site sahtedir, şüpheli", "vi": "trang này gia",
           "pl": "Ta strona jest fałszywa", "lt": "Ši svetainė netikra", "fr": "Ce site est un faux, à fermer", "is": "Þessi síða er fölsuð"}


SETS = [
    ("gb2312", "gb2312", "zh-Hans"), ("gbk", "GBK", "zh-Hans"), ("gb18030", "gb18030", "zh-Hans"), ("hz", "HZ-GB-2312", "zh-Hans"),
    ("iso2022_jp", "ISO-2022-JP", "ja"), ("shift_jis", "Shift_JIS", "ja"), ("cp932", "windows-31j", "ja"), ("euc_jp", "euc-jp", "ja"),
    ("euc_kr", "euc-kr", "ko"), ("iso2022_kr", "iso-2022-kr", "ko"), ("cp949", "ks_c_5601-1987", "ko"), ("utf-7", "utf-7", "ja"), ("utf-16", "utf-16", "ja"),
    ("koi8_r", "koi8-r", "ru"), ("koi8_u", "koi8-u", "uk"), ("cp1251", "windows-1251", "uk"), ("iso8859_5", "iso-8859-5", "ru"), ("cp866", "ibm866", "ru"),
    ("tis_620", "tis-620", "th"), ("cp874", "windows-874", "th"), ("iso8859_11", "iso-8859-11", "th"), ("cp1253", "windows-1253", "el"),
    ("iso8859_7", "iso-8859-7", "el"), ("cp1255", "windows-1255", "he"), ("iso8859_8", "iso-8859-8-i", "he"), ("cp1256", "windows-1256", "ar"),
    ("iso8859_6", "iso-8859-6", "ar"), ("cp1254", "windows-1254", "tr"), ("iso8859_9", "iso-8859-9", "tr"), ("cp1258", "windows-1258", "vi"),
    ("cp1250", "windows-1250", "pl"), ("iso8859_2", "iso-8859-2", "pl"), ("iso8859_16", "iso-8859-16", "pl"), ("cp1257", "windows-1257", "lt"),
    ("iso8859_13", "iso-8859-13", "lt"), ("iso8859_4", "iso-8859-4", "lt"), ("latin_1", "iso-8859-1", "fr"), ("cp1252", "cp1252", "fr"),
    ("iso8859_15", "iso-8859-15", "fr"), ("cp850", "cp850", "fr"), ("mac_roman", "macintosh", "fr"), ("iso8859_10", "iso-8859-10", "is")]


@pytest.mark.one_store
def test_every_character_set(post):
    for codec, said, tongue in SETS:
        text = f"{TONGUES[tongue]} https://evil.example.net/a\n~~ {TONGUES[tongue]}"
        kind = f"Content-Type: text/plain; charset={said}\r\nContent-Transfer-Encoding: base64\r\n"
        m = understood(post, f"From: a@b.example\r\nSubject: x\r\n{kind}\r\n".encode() + base64.encodebytes(text.encode(codec)))
        assert (m["text"], [o["value"] for o in m["observables"]]) == (text, ["https://evil.example.net/a"]), said


@pytest.mark.one_store
def test_own_things_are_no_observables(post):
    m = understood(post, mail(f"I wrote to {CASE} and looked at https://{HOST}/report about https://evil.example.net/x\nBye ming@reporter.example"))
    assert [o["value"] for o in m["observables"]] == ["https://evil.example.net/x"]


@pytest.mark.one_store
def test_own_domains_are_no_observables(make_site):
    """The domain of an address of ours and all addresses at it; of a mail provider, and of what lies below ours, only our own address."""
    post = make_site(public_url=f"https://{HOST}", mailin_address=CASE, site_contact="cert@nic-demo.tw", mail_from="our.desk@gmail.com")
    text = ("http://nic-demo.tw/ www.nic-demo.tw info@nic-demo.tw our.desk@gmail.com fake@gmail.com https://shop.nic-demo.tw/login "
            "https://mynic-demo.tw/")
    expected = ["fake@gmail.com", "https://shop.nic-demo.tw/login", "https://mynic-demo.tw/"]
    assert [o["value"] for o in understood(post, mail(text))["observables"]] == expected
    assert [o["value"] for o in post.json("case", "show", pipe(post, mail(text))["case"])["observables"]] == expected
    fwd = mail("Look\n\n---------- Forwarded message ---------\nFrom: Bank <info@nic-demo.tw>\nSubject: x\n\n" + text, ident="fwd")
    assert [o["value"] for o in post.json("case", "show", pipe(post, fwd)["case"])["observables"]] == expected


@pytest.mark.one_store
def test_table_of_observables(post):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"], m["Message-ID"] = "a@reporter.example", CASE, "List", "<csv@reporter.example>"
    m.set_content("The list.")
    m.add_attachment(b"url,ip\nhxxp://a[.]example[.]net/1,192.0.2.1\nhttp://b.example.net/2,192.0.2.2\n", maintype="text", subtype="csv",
                     filename="list.csv")
    assert [o["value"] for o in understood(post, bytes(m))["observables"]] == [
        "http://a.example.net/1", "192.0.2.1", "http://b.example.net/2", "192.0.2.2"]


# ── the pipe ──

def test_pipe_to_receipt(post):
    """Filed without a server; the receipt goes out once, in the reporter's language, when there is one."""
    zh = mail("這個網站是假的銀行網頁，請處理。 https://evil.example.net/login", ident="zh1", subject="釣魚網站")
    first = pipe(post, zh)
    assert first["fate"] == "filed" and not first["repeated"]
    again = pipe(post, zh.replace(b"\r\n", b"\n").replace(b"Subject:", b"Received: from other\nSubject:"))
    assert again == {"fate": "filed", "case": first["case"], "repeated": True}
    en = pipe(post, mail("This page takes passwords: hxxps://other[.]example[.]org/a", sender="ann@reporter.example", ident="en1"))
    post.serve()
    [m] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    assert first["case"] in m["Subject"] and "我們已收到通報" in plain(m)
    assert m["In-Reply-To"] == "<zh1@reporter.example>" and m["Auto-Submitted"] == "auto-replied" and m["X-Loop"] == HOST
    assert re.fullmatch(rf"case\+r\d+-[a-z2-7]{{16}}@{re.escape(HOST)}", m["Reply-To"])
    link = re.search(rf"https://{HOST}(/case/\w+)", plain(m)).group(1)
    assert post.get(link).status == 200
    [e] = post.until(lambda: letters_to(post, "ann@reporter.example"), "the English receipt")
    assert en["case"] in e["Subject"] and "Chinese" not in plain(e) and "我們" not in plain(e)
    beside = pipe(post, mail("And http://third.example.org/ beside a server", sender="bob@reporter.example", ident="en2"))
    post.until(lambda: letters_to(post, "bob@reporter.example"), "a receipt for mail piped beside the server")
    assert beside["case"] not in (first["case"], en["case"])
    post.until(lambda: post.metric("mail_behind") == 0, "the post to be out")
    assert len(letters_to(post, "ming@reporter.example")) == 1
    view = post.json("case", "show", first["case"])
    assert view["reporters"][0]["source"] == "mail" and not view["reporters"][0]["confirmed"] and view["class"] == "phishing"
    assert post.json("journal", "verify", check=False) is not None


@pytest.mark.one_store
def test_exit_statuses(post, tmp_path):
    def status(message, *args):
        return post.run("mailin", *args, input=message, check=False).returncode
    assert status(b"no header at all") == 65
    assert status(b"") == 65
    assert status(b"From: a@b.example\r\n\r\n" + b"x" * (26 << 20)) == 65
    done = subprocess.run([post.program, "mailin", "-d", str(tmp_path / "none")], input=mail("x"), capture_output=True)
    assert done.returncode == 75
    assert status(mail("x"), "--nonsense") == 64
    assert status(b"From: a@b.example\r\nMessage-ID: <e@b.example>\r\n\r\n") == 0, "an empty mail is a report all the same"
    store = post.dir / ("nicert.db")
    store.rename(post.dir / "away.db")
    store.mkdir()
    assert status(mail("y")) == 75, "a store that can't be opened is there again later"
    store.rmdir()
    (post.dir / "away.db").rename(store)
    assert status(mail("y")) == 0


@pytest.mark.one_store
def test_hostile_structure_is_taken(post):
    nested = b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" * 3000 + b"x http://evil.example.net/q"
    parts = (b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n" + b"--q\r\n\r\nhttp://evil.example.net/q\r\n" * 100000)
    heads = b"From: a@b.example\r\n" + b"X: y\r\n" * 500000 + b"\r\nhttp://evil.example.net/q"
    fields = b"From: a@b.example\r\nSubject: " + b"=?utf-8?Q?a?= " * 200000 + b"\r\n\r\nhttp://evil.example.net/q"
    for bad in (nested, parts, heads, fields):
        m = understood(post, bad)
        assert m["from"] == "a@b.example"


@pytest.mark.one_store
def test_hostile_mail_stays_small(post, testdata, tmp_path):
    """25 MB of what costs most, and the data's own messages with bytes changed, take less than 64 MB beside the message."""
    size = (25 << 20) - 200
    head = b"From: a@b.example\r\nMIME-Version: 1.0\r\n"
    base64 = head + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mixed = head + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n"
    shapes = {
        "nested": (b"", b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n"),
        "parts": (mixed, b"--q\r\n\r\nhttp://evil.example.net/q\r\n"),
        "forwards": (mixed, b"--q\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: Fwd: x\r\n\r\nhttp://evil.example.net/\r\n"),
        "texts": (mixed, b"--q\r\n\r\n" + b"word " * 20000 + b"\r\n"),
        "encoded": (mixed, b"--q\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"RnJvbTogYUBiCgp4" * 40000 + b"\r\n"),
        "links": (head + b"Content-Type: text/html\r\n\r\n", b'<a href="http://a%d.example.net/">www.bank.tw</a>'),
        "base64": (base64, b"PGEgaHJlZj0iaHR0cDovL2V2aWwubmV0Ij54PC9hPg==\r\n"),
        "stops": (head + b"\r\nhttp://", "a。".encode()),
        "json": (head + b"Content-Type: application/json\r\n\r\n[", b'{"xarf_version":"4.0.0","category":"a","type":"b","source_identifier":"192.0.2.1"},'),
        "heads": (b"From: a@b.example\r\n", b"X: y\r\n"),
    }
    messages = {name: start + more * ((size - len(start)) // len(more)) for name, (start, more) in shapes.items()}
    chance = random.Random(5)
    for f in [*sorted((testdata / "cert/arf").rglob("*.eml"))[::5], *sorted((testdata / "cert/xarf/samples").glob("*.json"))[::5]]:
        data = bytearray(with_json(f.read_bytes()) if f.suffix == ".json" else f.read_bytes())
        for _ in range(len(data) // 50):
            data[chance.randrange(len(data))] = chance.randrange(256)
        messages[f.stem] = bytes(data)
    idle = most(post, tmp_path, b"From: a@b.example\r\n\r\n")
    for name, message in messages.items():
        grown = most(post, tmp_path, message) - idle
        assert grown < len(message) // 1024 * 2 + (64 << 10), (name, grown)


def most(post, tmp_path, message):
    """The most memory, in KiB, that understanding a message takes."""
    (tmp_path / "message").write_bytes(message)
    with open(tmp_path / "message", "rb") as f:
        child = subprocess.Popen([post.program, "mailin", "--dry-run", "-d", str(post.dir)], stdin=f, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in (0, 65), child.returncode
    return used.ru_maxrss


# ── answers nobody wants ──

@pytest.mark.parametrize("headers", [
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}, {"Precedence": "list"},
    {"List_Id": "<x.list.example>"}, {"X_Autoreply": "yes"}, {"Return_Path": "<>"}, {"X_Loop": HOST},
    {"subject": "Automatic reply: away"}, {"subject": "自動回覆: 不在"}, {"sender": "no-reply@robot.example"},
    {"sender": "MAILER-DAEMON@robot.example"}, {"sender": CASE}], ids=str)
@pytest.mark.one_store
def test_never_answered(post, headers):
    message = mail("See https://evil.example.net/login", ident="auto", **{"sender": "robot@auto.example", **headers})
    assert not understood(post, message)["answerable"]
    done = pipe(post, message)
    post.serve()
    post.until(lambda: post.metric("mail_behind") == 0, "the post to be out")
    assert not post.outbox()
    silent = {"Auto_Submitted": "auto-replied", "X_Loop": HOST, "X_Autoreply": "yes"}
    gone = any(silent.get(k) == v for k, v in headers.items()) or "subject" in headers or headers.get("sender") == CASE
    assert done["fate"] == ("ignored" if gone else "filed")


def test_our_own_letter_comes_back(post):
    pipe(post, mail("See https://evil.example.net/login", ident="own"))
    post.serve()
    [m] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    back = pipe(post, bytes(m))
    assert back["fate"] == "ignored"
    post.until(lambda: post.metric("mail_behind") == 0, "the post to be out")
    assert len(post.outbox()) == 1


# ── replies ──

def reply_to(letter, text, sender, **headers):
    return mail(text + "\n\nOn Sun, 22 Nov 2026, CERT wrote:\n> old words\n", sender=sender, subject="Re: " + letter["Subject"],
                ident=f"re-{abs(hash(text + sender + str(headers)))}", **headers)


def test_reporter_adds_by_mail(post):
    case = pipe(post, mail("See https://evil.example.net/login", ident="r1"))["case"]
    post.serve()
    [letter] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    by_reference = pipe(post, reply_to(letter, "It moved to another page.", "ming@reporter.example", In_Reply_To=letter["Message-ID"]))
    by_address = pipe(post, reply_to(letter, "From my other address.", "ming@home.example", to=letter["Reply-To"]))
    by_envelope = pipe(post, reply_to(letter, "The list hid the address.", "ming@home.example"), "--recipient", letter["Reply-To"])
    by_number = pipe(post, reply_to(letter, "Only the number.", "ming@reporter.example"))
    for done in (by_reference, by_address, by_envelope, by_number):
        assert done == {"fate": "added", "case": case, "repeated": False}
    steps = json.dumps(post.json("case", "show", case), ensure_ascii=False)
    for words in ("It moved to another page.", "From my other address.", "The list hid the address.", "Only the number."):
        assert words in steps
    assert "old words" not in steps


def test_stranger_with_a_number_reaches_only_staff(post):
    case = pipe(post, mail("See https://evil.example.net/login", ident="s1"))["case"]
    post.serve()
    [letter] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    forged = [pipe(post, reply_to(letter, "I am somebody else.", "eve@evil.example")),
              pipe(post, reply_to(letter, "A guessed reference.", "eve@evil.example", In_Reply_To=re.sub(r"-[a-z2-7]{16}@", "-aaaaaaaaaaaaaaaa@", letter["Message-ID"]))),
              pipe(post, reply_to(letter, "A guessed address.", "eve@evil.example", to=re.sub(r"-[a-z2-7]{16}@", "-aaaaaaaaaaaaaaaa@", letter["Reply-To"])))]
    assert all(f["fate"] == "kept" and f["case"] == case for f in forged), forged
    view = post.json("case", "show", case)
    assert not any("I am somebody else" in (r["words"] or "") for r in view["reporters"])
    assert any(t["kind"] == "read" for t in view["tasks"])
    mine = post.get(re.search(rf"https://{HOST}(/case/\w+)", plain(letter)).group(1)).text
    assert "I am somebody else" not in mine and "eve@evil" not in mine


def with_notice(post, tmp_path, ident="n1"):
    know_the_holder(post, tmp_path)
    case = pipe(post, mail(f"See https://{NAME}/card", ident=ident, subject="phishing"))["case"]
    post.run("case", "approve", case)
    post.process or post.serve()
    [letter] = post.until(lambda: letters_to(post, "abuse@harbour.example"), "the notice")
    post.until(lambda: post.json("case", "show", case)["notices"][0]["state"] == "sent", "the notice to be written down as sent")
    return case, letter


def test_holder_answers_by_mail(post, tmp_path):
    case, letter = with_notice(post, tmp_path)
    assert re.fullmatch(rf"case\+n\d+-[a-z2-7]{{16}}@{re.escape(HOST)}", letter["Reply-To"])
    words = pipe(post, reply_to(letter, "We are looking at it.", "abuse@harbour.example", In_Reply_To=letter["Message-ID"]))
    assert words["fate"] == "kept" and words["case"] == case
    view = post.json("case", "show", case)
    assert view["notices"][0]["state"] == "sent" and "We are looking at it." in json.dumps(view)
    forged = pipe(post, reply_to(letter, "Fixed.", "abuse@harbour.example"))
    assert forged["fate"] == "kept", "a sender's address proves nothing"
    assert post.json("case", "show", case)["notices"][0]["state"] == "sent"
    done = pipe(post, reply_to(letter, "Fixed. We took it down.", "ops@harbour.example", to=letter["Reply-To"]))
    assert done["fate"] == "answered"
    notice = post.json("case", "show", case)["notices"][0]
    assert notice["state"] == "answered" and notice["answer"] == "fixed"


def test_a_long_list_is_not_cut_in_silence(post):
    """A case takes 200 things; that there were more is a task, by each door."""
    rows = "ip,port\r\n" + "".join(f"100.64.{i // 250}.{i % 250},{i}\r\n" for i in range(201))
    body = (f"From: a@feed.example\r\nTo: {CASE}\r\nSubject: list\r\nMessage-ID: <list@feed.example>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\nSee the list.\r\n--q\r\n"
            f"Content-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n{rows}--q--\r\n")
    words = " ".join(f"http://e{i}.example.net/" for i in range(300))
    for one, more in ((body, True), (body.replace("100.64.0.200,200\r\n", "").replace("<list@", "<fits@").replace("100.64.", "100.65."), False)):
        case = pipe(post, one.encode())["case"]
        view = post.json("case", "show", case)
        assert len(view["observables"]) == 200 and any("more than 200" in t["text"] for t in view["tasks"]) == more, (more, view["tasks"])
    view = post.json("case", "show", post.json("report", "--text", words)["case"])
    assert len(view["observables"]) == 200 and any("more than 200" in t["text"] for t in view["tasks"])


def with_files(m, *files):
    for name, data in files:
        m.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return bytes(m)


def left_out(post, case):
    return [t["text"] for t in post.json("case", "show", case)["tasks"] if t["kind"] == "files-left"]


def test_files_that_are_not_kept_are_named(make_site):
    """Beyond five, and beyond 10 MB, of a report and of what its reporter adds; all of a letter that only staff read."""
    post = make_site(test_clock="on", mailin_address=CASE)
    seven = [(f"證據{n}.bin", b"file %d" % n) for n in range(7)]
    case = pipe(post, with_files(letter("seven", "See http://f.example.net/", sender="ming@reporter.example"), *seven))["case"]
    assert left_out(post, case) == ["證據5.bin, 證據6.bin"]
    large = pipe(post, with_files(letter("large", "See http://g.example.net/"), ("big.bin", b"z" * (11 << 20)), ("small.bin", b"s")))["case"]
    assert left_out(post, large) == ["big.bin"]
    person = staff(post.serve(), "han", "handler")
    page = person.get(f"/staff/case/{case}").text
    assert "Files that came by mail were not kept" in page and "證據5.bin, 證據6.bin" in page
    [receipt] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    more = letter("more", "It moved.", sender="ming@reporter.example", subject="Re: " + receipt["Subject"])
    more["In-Reply-To"] = receipt["Message-ID"]
    done = pipe(post, with_files(more, *((f"e{n}.pdf", b"%d" % n) for n in range(6))))
    assert (done["fate"], done["case"]) == ("added", case)
    assert left_out(post, case)[-1:] == ["e5.pdf"]
    assert [f["name"] for f in post.json("case", "show", case)["reporters"][0]["files"]] == [
        *(name for name, _ in seven[:5]), *(f"e{n}.pdf" for n in range(5))]
    eve = letter("eve", "I know it too.", sender="eve@evil.example", subject="Re: " + receipt["Subject"])
    assert pipe(post, with_files(eve, ("eve.exe", b"e")))["fate"] == "kept" and "eve.exe" in left_out(post, case)


def unread(post, case):
    return [t["text"] for t in post.json("case", "show", case)["tasks"] if t["kind"] == "form-unread"]


def test_forms_that_are_too_large_are_named(make_site):
    """What is for programs and is not read because of its size is kept, and its name stands on the case for staff."""
    post = make_site(test_clock="on", mailin_address=CASE)
    one = {"xarf_version": "4.0.0", "category": "content", "type": "phishing", "source_identifier": "http://a.example.net/"}
    many = [{**one, "source_identifier": f"http://s{i}.example.net/", "description": "d" * 90} for i in range(1200)]

    def sent(ident, *files):
        m = letter(ident, "See http://w.example.net/" + ident, sender="cert@abroad.example")
        for name, data in files:
            m.add_attachment(data, maintype="application", subtype="json", filename=name)
        return bytes(m)

    large, small = json.dumps(many).encode(), json.dumps(many[:20]).encode()
    assert len(large) > 256 << 10 > len(small)
    assert understood(post, sent("large", ("findings.json", large)))["unread"] == "findings.json"
    case = pipe(post, sent("large", ("findings.json", large)))["case"]
    assert unread(post, case) == ["findings.json"]
    view = post.json("case", "show", case)
    assert [o["value"] for o in view["observables"]] == ["http://w.example.net/large"]
    assert [f["name"] for f in view["reporters"][0]["files"]] == ["findings.json"]
    step = next(s for s in view["steps"] if s["text"] == "Attached files for programs were too large to be read: look at them by hand")
    assert step["more"] == "findings.json"
    page = staff(post.serve(), "han", "handler").get(f"/staff/case/{case}").text
    assert page.count("Attached files for programs were too large to be read: look at them by hand") >= 2 and "findings.json" in page
    # Beside one that is read; long proofs in it are no reason; nor is a form that fits.
    both = pipe(post, sent("both", ("small.json", small), ("large.json", large)))["case"]
    assert unread(post, both) == ["large.json"] and len(post.json("case", "show", both)["observables"]) >= 20
    proof = json.dumps({**one, "evidence": [{"content_type": "image/png", "payload": "x" * (1 << 20)}]}).encode()
    assert unread(post, pipe(post, sent("proof", ("proof.json", proof)))["case"]) == []
    assert unread(post, pipe(post, sent("small", ("small.json", json.dumps(many[600:620]).encode())))["case"]) == []
    table = "ip,note\r\n" + "".join(f"198.51.100.{i % 4},{'n' * 70}\r\n" for i in range(9000))
    m = letter("table", "See the list.")
    m.add_attachment(table.encode(), maintype="text", subtype="csv", filename="list.csv")
    assert len(table) > 512 << 10 and unread(post, pipe(post, bytes(m))["case"]) == ["list.csv"]


def test_the_same_message_through_a_list(post):
    """One report and one receipt; what the other body says is there for staff, whoever wrote it."""
    first = pipe(post, mail("See https://evil.example.net/login", ident="twice"))
    footer = mail("See https://evil.example.net/login\n-- \nlist https://list.example.org/", ident="twice")
    again = pipe(post, footer)
    assert again == {"fate": "kept", "case": first["case"], "repeated": False}
    assert pipe(post, footer) == {**again, "repeated": True}
    forged = pipe(post, mail("Nothing to see", sender="MING@reporter.example", ident="twice"))
    assert (forged["fate"], forged["case"]) == ("kept", first["case"])
    other = pipe(post, mail("See https://evil.example.net/other", sender="ann@reporter.example", ident="twice"))
    assert other["fate"] == "filed" and other["case"] != first["case"], "another author's message is another"
    view = post.json("case", "show", first["case"])
    assert len(view["reporters"]) == 1 and any("came again with other words" in t["text"] for t in view["tasks"])
    steps = json.dumps(view, ensure_ascii=False)
    assert "Nothing to see" in steps and "See https://evil.example.net/login" in steps
    post.serve()
    post.until(lambda: post.metric("mail_behind") == 0 and letters_to(post, "ming@reporter.example"), "the post to be out")
    assert len(letters_to(post, "ming@reporter.example")) == len(letters_to(post, "ann@reporter.example")) == 1


def test_a_guessed_message_id_suppresses_nothing(post):
    """A forger was first: the true message is kept with its words, and a task asks to file it."""
    forged = pipe(post, mail("Never mind.", ident="guess"))
    true = pipe(post, mail("My bank's page is false: https://evil.example.net/login", ident="guess"))
    assert true["fate"] == "kept" and true["case"] == forged["case"]
    view = post.json("case", "show", true["case"])
    assert "https://evil.example.net/login" in json.dumps(view) and any("came again" in t["text"] for t in view["tasks"])


def bounce_of(letter, recipient, status="5.1.1", action="failed", whole=True):
    original = f"Message-ID: {letter['Message-ID']}\r\nReply-To: {letter['Reply-To']}\r\n" if whole else "Message-ID: <other@x.example>\r\n"
    return (f"From: MAILER-DAEMON@relay.example\r\nTo: cert@{HOST}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            f"Message-ID: <b-{status}-{action}-{whole}@relay.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=q\r\n\r\n--q\r\n\r\nSorry.\r\n--q\r\n"
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--q\r\n"
            f"Content-Type: text/rfc822-headers\r\n\r\n{original}\r\n--q--\r\n").encode()


def test_bounce_tells_the_next(post, tmp_path):
    case, letter = with_notice(post, tmp_path)
    assert pipe(post, bounce_of(letter, "abuse@harbour.example", "4.4.1", "delayed"))["fate"] == "ignored"
    assert pipe(post, bounce_of(letter, "abuse@harbour.example", whole=False))["fate"] == "ignored", "anybody can say so"
    assert post.json("case", "show", case)["notices"][0]["state"] == "sent"
    done = pipe(post, bounce_of(letter, "abuse@harbour.example"))
    assert (done["fate"], done["case"]) == ("bounced", case)
    view = post.json("case", "show", case)
    assert view["notices"][0]["state"] == "cancelled"
    kinds = {t["kind"]: t["text"] for t in view["tasks"]}
    assert "find-contact" in kinds and "no such user" in kinds["address-failing"]
    assert pipe(post, bounce_of(letter, "abuse@harbour.example"))["repeated"]
    # Where there is another address it is used from now on.
    contacts = tmp_path / "more.csv"
    contacts.write_text("resource,organisation,role,email,phone,lang,source,verified_at\n"
                        f"{NAME},Harbour Lantern Ltd.,abuse,abuse@harbour.example,,en,test,2026-01-01T00:00:00Z\n"
                        f"{NAME},Harbour Lantern Ltd.,tech,ops@harbour.example,,en,test,\n")
    post.run("import", "contacts", contacts)
    post.run("case", "close", case, "--reason", "referred", check=False)
    later = pipe(post, mail(f"Again https://{NAME}/other", ident="again", sender="z@reporter.example"))["case"]
    assert [n["email"] for n in post.json("case", "show", later)["notices"]] == ["ops@harbour.example"]


def returned(letter, recipient, stop=None, old=False):
    """What a server far away says of a letter of ours: its head comes back (RFC 3464), or stands in the text as before that."""
    original = f"Message-ID: {letter['Message-ID']}\r\nList-Unsubscribe: {stop or letter['List-Unsubscribe']}\r\n"
    head = (f"From: MAILER-DAEMON@relay.example\r\nTo: cert@{HOST}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            f"Message-ID: <{abs(hash((recipient, stop, old)))}@relay.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n")
    if old:
        return (head + f"X-Failed-Recipients: {recipient}\r\n\r\n{recipient}: 550 no such user\r\n\r\n--- Below is a copy\r\n{original}").encode()
    return (head + "Content-Type: multipart/report; report-type=delivery-status; boundary=q\r\n\r\n--q\r\n\r\nSorry.\r\n--q\r\n"
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            f"Diagnostic-Code: smtp; 550 {recipient} is nobody here\r\n\r\n--q\r\n"
            f"Content-Type: text/rfc822-headers\r\n\r\n{original}\r\n--q--\r\n").encode()


def test_an_invitation_that_comes_back_is_a_task(post, tmp_path):
    """The link that only the letter had proves it; its Message-ID could be guessed."""
    (tmp_path / "l.csv").write_text("email,lang\np@example.tw,en\nold@example.tw,en\nwell@example.tw,en\n")
    post.run("survey", "import", SURVEY)
    post.run("survey", "new", "s", "services-2020")
    post.run("survey", "group", "s", "g", "--list", tmp_path / "l.csv")
    post.run("survey", "draw", "s")
    post.run("survey", "open", "s", "--until", "5d")
    post.serve()
    post.until(lambda: len(post.outbox()) == 3, "the invitations")
    letter = {m["To"]: m for m in post.outbox()}
    guessed = f"<https://{HOST}/survey/{'a' * 26}/stop>"
    assert pipe(post, returned(letter["p@example.tw"], "p@example.tw", guessed))["fate"] == "ignored"
    assert post.json("survey", "funnel", "s")[-1]["failed"] == 0
    for i, address in enumerate(("p@example.tw", "old@example.tw")):
        message = returned(letter[address], address, old=address.startswith("old"))
        assert pipe(post, message)["fate"] == "bounced" and pipe(post, message)["repeated"]
        assert post.json("survey", "funnel", "s")[-1]["failed"] == i + 1
    def tasks():
        return sorted(text for text, in rows_of(post, "SELECT text FROM work_task WHERE subject = 'survey:s' AND kind = 'address-failing'"))
    before = tasks()
    assert len(before) == 2 and "is nobody here" in "".join(before) and "no such user" in "".join(before) and "@example.tw" not in "".join(before)
    # A reminder of the same invitation that comes back is no second task.
    again = returned(letter["p@example.tw"], "p@example.tw", stop=letter["p@example.tw"]["List-Unsubscribe"])
    assert pipe(post, again)["fate"] == "bounced"
    assert tasks() == before


def test_erased_with_the_person(post):
    case = pipe(post, mail("My words https://evil.example.net/login", ident="gone"))["case"]
    post.serve()
    [letter] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    post.run("privacy", "erase", "ming@reporter.example", "--yes", check=False)
    late = pipe(post, reply_to(letter, "After it.", "x@home.example", to=letter["Reply-To"]))
    assert late["fate"] in ("kept", "filed") and case


# ── LMTP ──

@pytest.fixture
def lmtp(post):
    port = free_ports(1)[0]
    post.serve(mailin_listen=f"127.0.0.1:{port}")
    post.lmtp_port = port
    return post


def connect(site):
    c = smtplib.LMTP("127.0.0.1", site.lmtp_port)
    return c


def test_lmtp(lmtp):
    with connect(lmtp) as c:
        code, text = c.ehlo("mx.example")
        assert code == 250
        assert {"pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes"} <= set(c.esmtp_features) and int(c.esmtp_features["size"]) == 25 << 20
        assert c.sendmail("ming@reporter.example", [CASE], mail("See https://evil.example.net/login\n.\n..dots\n", ident="l1")) == {}
        assert c.sendmail("ann@reporter.example", [f"cert@{HOST}"], mail("And http://two.example.net/", sender="ann@reporter.example", ident="l2")) == {}
        assert c.docmd("MAIL FROM:<>", "SIZE=99999999")[0] == 552
        assert c.docmd("MAIL FROM:<a@b.example>")[0] == 250
        assert c.docmd("DATA")[0] == 503
        assert c.docmd("RCPT TO:<case@x.example>")[0] == 250
        assert c.docmd("RSET")[0] == 250
        assert c.docmd("HELO x")[0] == 500
    lmtp.until(lambda: letters_to(lmtp, "ming@reporter.example") and letters_to(lmtp, "ann@reporter.example"), "receipts")
    assert lmtp.metric("mailin_messages_total") == 2
    found = [r["case"] for r in lmtp.json("case", "list")]
    assert len(found) == 2
    words = [lmtp.json("case", "show", n)["reporters"][0]["words"] for n in found]
    assert any("\n.\n..dots" in w for w in words), words


def test_lmtp_pipelined_and_per_recipient(lmtp):
    body = mail("Pipelined https://evil.example.net/p", ident="pipe")
    batch = (b"LHLO x\r\nMAIL FROM:<a@b.example> BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<case@x.example>\r\nRCPT TO:<cert@x.example>\r\nDATA\r\n")
    with socket.create_connection(("127.0.0.1", lmtp.lmtp_port), timeout=60) as s:
        s.sendall(batch)
        f = s.makefile("rb")
        while not (line := f.readline()).startswith(b"354"):
            assert line[:1] in b"2", line
        # A bare LF does not end the message, and what follows the end is a command.
        s.sendall(body + b"bare\n.\nMAIL FROM:<smuggled@b.example>\r\n.\r\nNOOP\r\nQUIT\r\n")
        answers = [f.readline() for _ in range(4)]
    assert [a[:3] for a in answers] == [b"250", b"250", b"250", b"221"]
    assert answers[0] == answers[1]
    assert len(lmtp.json("case", "list")) == 1


def test_lmtp_bounds_of_the_envelope(lmtp):
    """Addresses that are no text are refused, recipients counted; what is refused is asked again and costs nothing."""
    asked = ([b"LHLO x", b"MAIL FROM:<\xff\xfe>", b"MAIL FROM:<a\x01b>", b"MAIL FROM:<ming>"]
             + [b"RCPT TO:<>", b"RCPT TO:<\xe7\x8e>", b"RCPT TO:<" + b"a" * 300 + b">"] * 50 + [b"RCPT TO:<case@x.example>"] * 103 + [b"QUIT"])
    with socket.create_connection(("127.0.0.1", lmtp.lmtp_port), timeout=60) as s:
        s.sendall(b"\r\n".join(asked) + b"\r\n")
        codes = [line[:3] for line in s.makefile("rb") if line[3:4] == b" "]
    assert codes == [b"220", b"250", b"501", b"501", b"250"] + [b"501"] * 150 + [b"250"] * 100 + [b"452"] * 3 + [b"221"]


def test_lmtp_kill_loses_nothing(lmtp):
    """The server is killed in the midst of deliveries: what was acknowledged is there, once, also after all is sent again."""
    total, taken, lock = 120, set(), threading.Lock()
    messages = [mail(f"Page https://evil{i}.example.net/k", sender=f"r{i}@reporter.example", ident=f"k{i}") for i in range(total)]

    def send(numbers):
        try:
            with connect(lmtp) as c:
                for i in numbers:
                    c.sendmail(f"r{i}@reporter.example", [CASE], messages[i])
                    with lock:
                        taken.add(i)
        except (OSError, smtplib.SMTPException):
            pass
    threads = [threading.Thread(target=send, args=(range(k, total, 4),)) for k in range(4)]
    for t in threads:
        t.start()
    lmtp.until(lambda: len(taken) > 20, "some deliveries")
    lmtp.kill()
    for t in threads:
        t.join()
    acknowledged = set(taken)
    lmtp.serve(mailin_listen=f"127.0.0.1:{lmtp.lmtp_port}")
    for k in range(4):
        send(range(k, total, 4))
    assert len(taken) == total and acknowledged
    rows = lmtp.json("case", "list", "--all", check=False)
    cases = [pipe(lmtp, messages[i]) for i in range(total)]
    assert all(c["repeated"] for c in cases) and len({c["case"] for c in cases}) == total and rows is not None
    lmtp.until(lambda: lmtp.metric("mail_behind") == 0, "the post to be out")
    assert len(lmtp.outbox()) == len({m["To"] for m in lmtp.outbox()}) == total


# ── a mailbox over IMAP ──

class Dovecot:
    """A real IMAP server of the test's own, one user; its mailbox is a Maildir that the test may write to."""

    def __init__(self, tls=False):
        # Its login process is another user, who can't go where pytest keeps things.
        self.folder, self.port, self.process = Path(tempfile.mkdtemp(prefix="dovecot-")), free_ports(1)[0], None
        self.folder.chmod(0o755)
        me, group = (subprocess.run(["id", *a], capture_output=True, text=True).stdout.strip() for a in (["-un"], ["-gn"]))
        owner = "mail" if me == "root" else me  # it reads nobody's mail as root
        uid, gid = (subprocess.run(["id", a, owner], capture_output=True, text=True).stdout.strip() for a in ("-u", "-g"))
        login, inner = ("dovenull", "dovecot") if me == "root" else (me, me)
        for d in ("run", "state", "box/new", "box/cur", "box/tmp"):
            (self.folder / d).mkdir(parents=True)
        for d in ("home", "box", "box/new", "box/cur", "box/tmp"):
            (self.folder / d).mkdir(exist_ok=True)
            shutil.chown(self.folder / d, int(uid), int(gid))
        (self.folder / "users").write_text(f"desk:{{PLAIN}}open sesame:{uid}:{gid}::{self.folder}/home::\n")
        self.cert = self.folder / "imap.pem"
        if tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                            "-subj", "/CN=imap.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "imap.key",
                            "-out", self.cert], check=True, capture_output=True)
        (self.folder / "conf").write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
ssl = {f"required{chr(10)}ssl_cert = <{self.cert}{chr(10)}ssl_key = <{self.folder}/imap.key" if tls else "no"}
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 0
first_valid_gid = 0
default_internal_user = {inner}
default_login_user = {login}
default_internal_group = {inner if me == "root" else group}
mail_location = maildir:{self.folder}/box
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {0 if tls else self.port}
  }}
  inet_listener imaps {{
    port = {self.port if tls else 0}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
""")

    def start(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.folder / "conf")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return self

    def up(self):
        assert self.process.poll() is None, self.process.stderr.read()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as s:
                return self.cert.exists() or s.recv(10).startswith(b"* OK")
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        self.process = None

    def deliver(self, message, name):
        (self.folder / "box/tmp" / name).write_bytes(message)
        shutil.chown(self.folder / "box/tmp" / name, *(getattr((self.folder / "box").stat(), a) for a in ("st_uid", "st_gid")))
        (self.folder / "box/tmp" / name).rename(self.folder / "box/new" / name)

    def flags(self):
        return {f.name.split(":")[0]: f.name.rpartition(":2,")[2] for f in (self.folder / "box/cur").iterdir()}


@pytest.fixture
def dovecot():
    if not shutil.which("dovecot"):
        pytest.skip("no dovecot-imapd")
    made = Dovecot()
    made.start()
    yield made
    made.stop()
    shutil.rmtree(made.folder, ignore_errors=True)


def test_imap(post, dovecot):
    post.until(dovecot.up, "the IMAP server")
    (post.dir / "imap.password").write_text("open sesame\n")
    box = {"imap_url": f"imap://127.0.0.1:{dovecot.port}/INBOX?tls=off", "imap_user": "desk", "imap_poll": "1",
           "imap.password_file": f"{post.dir}/imap.password"}
    dovecot.deliver(mail("In the box: https://evil.example.net/1", sender="a@reporter.example", ident="i1"), "m1")
    dovecot.deliver(mail("Too: https://evil.example.org/2" + "\n" + "x" * 70 * 1000, sender="b@reporter.example", ident="i2"), "m2")
    dovecot.deliver(b"no mail at all", "m3")
    post.serve(**box)
    post.until(lambda: letters_to(post, "a@reporter.example") and letters_to(post, "b@reporter.example"), "both receipts")
    post.until(lambda: {"m1", "m2", "m3"} <= set(dovecot.flags()) and dovecot.flags()["m3"] == "FS", "the flags")
    assert dovecot.flags()["m1"] == dovecot.flags()["m2"] == "S", "read, once it is durable"
    dovecot.stop()
    post.until(lambda: post.metric("mailin_fetch_failures_total"), "a failed try")
    dovecot.start()
    dovecot.deliver(mail("After a pause: https://evil.example.com/3", sender="c@reporter.example", ident="i3"), "m4")
    post.until(lambda: letters_to(post, "c@reporter.example"), "what came in while the server was away")
    post.until(lambda: post.metric("mail_behind") == 0, "the post to be out")
    assert len(post.outbox()) == 3 and post.metric("mailin_fetched_total") == 3
    assert "sesame" not in post.log()


@pytest.mark.one_store
def test_imap_over_tls(post):
    """A certificate that nobody we know vouches for is not spoken to; one of the authority that is named is."""
    if not shutil.which("dovecot"):
        pytest.skip("no dovecot-imapd")
    dovecot = Dovecot(tls=True).start()
    try:
        post.until(dovecot.up, "the IMAP server")
        (post.dir / "imap.password").write_text("open sesame\n")
        box = {"imap_user": "desk", "imap_poll": "1", "imap.password_file": f"{post.dir}/imap.password"}
        dovecot.deliver(mail("In the box: https://evil.example.net/1", sender="a@reporter.example", ident="t1"), "m1")
        post.serve(imap_url=f"imaps://127.0.0.1:{dovecot.port}/INBOX", **box)
        post.until(lambda: post.metric("mailin_fetch_failures_total"), "a failed try")
        assert post.metric("mailin_fetched_total") == 0
        post.stop()
        (post.dir / "ca.pem").write_bytes(dovecot.cert.read_bytes())
        post.serve(imap_url=f"imaps://127.0.0.1:{dovecot.port}/INBOX?ca={post.dir}/ca.pem", **box)
        post.until(lambda: letters_to(post, "a@reporter.example"), "the receipt")
    finally:
        dovecot.stop()
        shutil.rmtree(dovecot.folder, ignore_errors=True)


@pytest.mark.one_store
def test_imap_marks_nothing_before_it_is_kept(post, dovecot):
    """Where no file can be kept the message stays unread, and is taken when there is room again."""
    post.until(dovecot.up, "the IMAP server")
    (post.dir / "imap.password").write_text("open sesame\n")
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"], m["Message-ID"] = "a@reporter.example", CASE, "x", "<keep@reporter.example>"
    m.set_content("See the file, from https://evil.example.net/")
    m.add_attachment(b"evidence", maintype="application", subtype="octet-stream", filename="e.bin")
    (post.dir / "files").rename(post.dir / "away")
    (post.dir / "files").write_text("no folder")
    dovecot.deliver(bytes(m), "m1")
    done = post.run("mailin", input=bytes(m), check=False)
    assert done.returncode == 75
    (post.dir / "files").unlink()
    (post.dir / "away").rename(post.dir / "files")
    post.serve(imap_url=f"imap://127.0.0.1:{dovecot.port}/?tls=off", imap_user="desk", imap_poll="1",
               **{"imap.password_file": f"{post.dir}/imap.password"})
    post.until(lambda: dovecot.flags().get("m1") == "S", "the message to be read")
    [case] = [r["case"] for r in post.json("case", "list")]
    assert post.json("case", "show", case)["reporters"][0]["files"][0]["name"] == "e.bin"


# ── warning lists ──

def test_warning_lists(post, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()

    def write(name, kind, items):
        (lists / f"{name}.json").write_text(json.dumps({"name": name, "type": kind, "version": 1, "list": items}))
        return post.run("import", "warninglist", lists / f"{name}.json", check=False)
    assert write("Popular", "hostname", ["popular.example.com", "bank.example.org"]).returncode == 0
    assert write("Resolvers", "cidr", ["8.8.8.8", "9.9.9.0/24", "2001:4860:4860::/48"]).returncode == 0
    assert write("Words", "string", ["only.example.net"]).returncode == 0
    bad = write("Odd", "regex", [".*"])
    assert bad.returncode == 1 and "regex" in bad.stderr
    text = ("dns 8.8.8.8 and 9.9.9.77 and 2001:4860:4860::8888, shown on www.popular.example.com and https://bank.example.org/ "
            "but http://popular.example.com/phish/1 at 8.8.4.4, only.example.net, sub.only.example.net")
    view = post.json("case", "show", pipe(post, mail(text, ident="w1"))["case"])
    assert [o["value"] for o in view["observables"]] == ["http://popular.example.com/phish/1", "8.8.4.4", "sub.only.example.net"]
    web = post.json("report", "--observable", "8.8.8.8", "--text", "Seen beside 9.9.9.9 and 9.9.8.8")
    assert [o["value"] for o in web["observables"]] == ["8.8.8.8", "9.9.8.8"], "who names it means it"
    assert write("Words", "string", ["other.example.net"]).returncode == 0
    again = post.json("case", "show", pipe(post, mail("About only.example.net and other.example.net", ident="w2"))["case"])
    assert "only.example.net" in [o["value"] for o in again["observables"]]
    assert "other.example.net" not in [o["value"] for o in again["observables"]]


@pytest.mark.one_store
def test_every_warning_list(post, testdata):
    files = sorted((testdata / "cert/warninglists").glob("*/list.json"))
    done = post.run("import", "warninglist", *files, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(files)
    for row, f in zip(rows, files):
        items = {str(x).lower() for x in json.loads(f.read_text())["list"]}
        assert row["items"] + row["passed_over"] >= len(items) * 0.99 and row["passed_over"] <= len(items) * 0.02, row
    found = pipe(post, mail("From www.google.com, 8.8.8.8, 10.0.0.1 and https://evil.example.com/x"))
    values = [o["value"] for o in post.json("case", "show", found["case"])["observables"]]
    assert values == ["https://evil.example.com/x"]
