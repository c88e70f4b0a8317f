"""Texts about us that are numbered and signed: security.txt (RFC 9116 §2.3) and who we are (RFC 2350)."""
import datetime
import re
import shutil

import pytest
from test_kit import Person, journal_size, plain
from test_pgp import gpg, knows_us  # noqa: F401
from test_process import check_security_txt, fields_of

needs_gpg = pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg (Debian package gnupg)")
SETTINGS = {"test.clock": "on", "mail.from": "cert@nic.example", "site.contact": "cert@nic.example", "site.name": "Cert of Test", "site.zone": 480}
SECTIONS = ["1", "1.1", "1.2", "1.3", "1.4", *[f"2.{i}" for i in range(1, 12)], "2", "3", "3.1", "3.2", "3.3", "3.4", "4", "4.1", "4.2", "4.3",
            "5", "5.1", "5.1.1", "5.1.2", "5.1.3", "5.2", "6", "7"]
SECURITY = "/.well-known/security.txt"


def text(site, lang="en", kind="txt"):
    answer = Person(site, lang).get("/rfc2350." + kind)
    assert answer.status == 200, plain(answer.text)
    return answer.text


def section(whole, number):
    return re.search(rf"^{re.escape(number)} (.+\n(?:   .*\n|\n(?!\d))*)", whole, re.M).group(1)


def version(whole):
    return int(re.search(r"version (\d+)", section(whole, "1.1")).group(1))


def signed_by(ring, site, armoured, tmp_path):
    """What gpg says is in it; whose the signature is."""
    path = tmp_path / "signed.asc"
    path.write_text(armoured)
    done = ring.run("--status-fd", "2", "--decrypt", path, check=False)
    status = done.stderr.decode()
    assert "GOODSIG" in status and "VALIDSIG" in status, status
    assert ring.run("--verify", path, check=False).returncode == 0
    return done.stdout.decode(), re.search(r"VALIDSIG \S+ .* (\S{40})$", status, re.M).group(1)


def test_what_it_says(make_site):
    site = make_site(**SETTINGS, **{"cert.constituency": "Everybody in the country", "cert.constituency_zh": "全國", "cert.phone": "+886 2 5550 0100"}).serve()
    whole = text(site)
    assert [m for m in re.findall(r"^(\d[\d.]*) ", whole, re.M)] == sorted(SECTIONS, key=lambda n: [int(x) for x in n.split(".")])
    assert "Cert of Test" in section(whole, "2.1") and "UTC+08:00" in section(whole, "2.3") and "+886 2 5550 0100" in section(whole, "2.4")
    assert "Everybody in the country" in section(whole, "3.2") and "Not stated." in section(whole, "3.3")
    assert "fraud:phishing" in section(whole, "4.1") and "TLP:AMBER+STRICT" in section(whole, "4.2")
    assert "Information Gathering" in section(whole, "5.1") and f"{site.url}/report" in section(whole, "6")
    assert "no PGP key" in section(whole, "2.8") and "not signed" in section(whole, "1.4")
    assert max(len(line) for line in whole.splitlines()) <= 76
    assert Person(site).get("/rfc2350.txt.asc").status == 404
    page = Person(site).get("/rfc2350")
    assert page.status == 200 and "Everybody in the country" in plain(page.text) and "/rfc2350.txt.asc" not in page.text
    assert 'href="/rfc2350"' in site.get("/").text
    zh = text(site, "zh-TW")
    assert "服務對象" in zh and "全國" in section(zh, "3.2") and "未載明。" in section(zh, "3.3")


def test_versions(make_site):
    site = make_site(**SETTINGS).serve()
    first = text(site)
    assert version(first) == 1
    size = journal_size(site)
    site.stop()
    site.serve()
    assert text(site) == first and journal_size(site) == size  # the same is no news
    # What the desk does has changed: the text follows, with a new number, and says so in the journal.
    site.run("ladder", "set", "spam", "remind=5w", "sponsor=6w", "task=9w")
    site.until(lambda: "11 working hours" in section(text(site), "4.1") and version(text(site)) == 2, "the new ladder")
    site.until(lambda: journal_size(site) >= size + 3, "a fact for each language")
    site.stop()
    site.serve(**{"cert.authority": "The law of 2018"})
    assert "The law of 2018" in section(text(site), "3.4") and version(text(site)) == 3


@needs_gpg
def test_signed(make_site, gpg, tmp_path):  # noqa: F811
    site = make_site(**SETTINGS)
    own = site.json("pgp", "init")["fingerprint"]
    site.serve()
    ring = gpg()
    knows_us(site, ring)
    armoured = site.until(lambda: "BEGIN PGP SIGNED" in site.get(SECURITY).text and site.get(SECURITY), "the signature")
    assert armoured.headers["Content-Type"].lower() == "text/plain; charset=utf-8"
    said, who = signed_by(ring, site, armoured.text, tmp_path)
    assert who == own
    found = fields_of(said)
    assert ("canonical", f"{site.url}{SECURITY}") in found and dict(found)["encryption"] == f"{site.url}/pgp.asc"
    for lang in ("en", "zh-TW"):
        site.until(lambda: Person(site, lang).get("/rfc2350.txt.asc").status == 200, "the signed description")
        said, who = signed_by(ring, site, text(site, lang, "txt.asc"), tmp_path)
        assert who == own and said == text(site, lang)
        assert own in said
    # Kept over a restart, and renewed before it is over.
    before = site.get(SECURITY).text
    site.stop()
    site.serve()
    assert site.get(SECURITY).text == before
    site.advance("149d")
    assert site.get(SECURITY).text == before
    site.advance("2d")
    after = site.until(lambda: site.get(SECURITY).text != before and "BEGIN PGP SIGNED" in site.get(SECURITY).text and site.get(SECURITY), "the renewal")
    said, _ = signed_by(ring, site, after.text, tmp_path)
    ahead = datetime.datetime.fromisoformat(dict(fields_of(said))["expires"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=325) < ahead < datetime.timedelta(days=335)  # 180 from then
    # Another setting: never signed for what it no longer says.
    site.stop()
    site.serve(**{"site.contact": "desk@nic.example"})
    assert "desk@nic.example" in site.get(SECURITY).text
    again = site.until(lambda: "BEGIN PGP SIGNED" in site.get(SECURITY).text and site.get(SECURITY).text, "the new signature")
    assert "desk@nic.example" in signed_by(ring, site, again, tmp_path)[0]


def test_unsigned_stays_as_it_was(make_site):
    site = make_site(**SETTINGS).serve()
    check_security_txt(site, site.get(SECURITY))
    site.advance("200d")
    expires = dict(fields_of(site.get(SECURITY).text))["expires"]
    ahead = datetime.datetime.fromisoformat(expires.replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=200) < ahead
