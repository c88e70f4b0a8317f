"""What anybody may read about us: how a report is handled, and security.txt."""
import datetime
import re

import pytest
from test_kit import Person, plain


def fields_of(text):
    """RFC 9116 §2: lines of "Name: value" or comments, nothing else; §4: CRLF or LF, UTF-8."""
    assert text.endswith("\n")
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            m = re.fullmatch(r"([A-Za-z0-9-]+): (\S.*)", line)
            assert m, line
            found.append((m.group(1).lower(), m.group(2)))
    return found


def check_security_txt(site, answer):
    assert answer.status == 200 and answer.headers["Content-Type"].lower() == "text/plain; charset=utf-8"
    found = fields_of(answer.text)
    names = [n for n, _ in found]
    known = {"acknowledgments", "canonical", "contact", "encryption", "expires", "hiring", "policy", "preferred-languages"}
    assert set(names) <= known and "contact" in names
    assert names.count("expires") == 1 and names.count("preferred-languages") <= 1
    expires = datetime.datetime.fromisoformat(dict(found)["expires"].replace("Z", "+00:00"))
    ahead = expires - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=30) < ahead < datetime.timedelta(days=366), "§2.5.5: less than a year"
    for name, value in found:
        if name in ("contact", "canonical", "encryption", "policy"):
            assert re.match(r"(https?|mailto|tel|openpgp4fpr|dns):\S+$", value), (name, value)
        if name == "preferred-languages":
            assert all(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", t) for t in value.split(", "))
    assert ("canonical", f"{site.url}/.well-known/security.txt") in found
    return found


@pytest.mark.one_store
def test_security_txt(make_site):
    site = make_site(**{"site.contact": "cert@nic.example", "site.key": "openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f"}).serve()
    found = check_security_txt(site, site.get("/.well-known/security.txt"))
    assert found[0] == ("contact", "mailto:cert@nic.example")
    assert dict(found)["encryption"].startswith("openpgp4fpr:")
    for name, value in found:
        if name == "policy":
            assert site.get(value.replace(site.url, "")).status == 200
    for wrong in ("site.key=key.asc", "site.key=http://nic.example/key.asc", "site.key=https://a b"):
        done = site.run("holder", "x.tw", "--set", wrong, check=False)
        assert done.returncode != 0 and "site.key" in done.stderr


@pytest.mark.one_store
def test_security_txt_of_a_fresh_installation(make_site):
    site = make_site().serve()
    assert "encryption" not in dict(check_security_txt(site, site.get("/.well-known/security.txt")))


def test_how_a_report_is_handled(make_site):
    site = make_site().serve()
    page = plain(site.get("/how-we-handle-a-report").text)
    for words in ("False site (phishing)", "24 hours", "3 days", "45 working hours", "90 working hours", "Tell the supervising authority"):
        assert words in page, words
    # What it says is what the desk does, also after that has changed.
    site.run("ladder", "set", "spam", "remind=5w", "sponsor=6w", "task=9w")
    site.until(lambda: "11 working hours" in plain(site.get("/how-we-handle-a-report").text), "the new ladder")
    assert "通報如何處理" in Person(site, "zh-TW").get("/how-we-handle-a-report").text
    assert 'href="/how-we-handle-a-report"' in site.get("/").text
