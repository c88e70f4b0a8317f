"""Registry files come in: real ones whole, newer ones with history, bad ones with every line named; and who holds what."""
import csv
import gzip
import json
import os
import pty
import re
import select
import subprocess
import time
from datetime import datetime, timedelta

import pytest
from test_kit import fill, open_site, verified

HEAD_NAMES = "name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n"
HEAD_CONTACTS = "resource,organisation,role,email,phone,lang,source,verified_at\n"


@pytest.fixture
def numbers(testdata):
    folder = testdata / "numbers"
    if not folder.is_dir():
        pytest.skip("no numbers in NICERT_TESTDATA")
    return folder


def bring(site, kind, *files, **more):
    """Results of an import, one a file."""
    out = site.run("import", kind, *files, "--json", timeout=300, **more).stdout
    return [json.loads(line) for line in out.splitlines()]


def who(site, thing, at=None):
    return site.json("holder", thing, *(["--at", at] if at else []))


def records(path):
    """Records of a delegated file that hold something."""
    with (gzip.open(path, "rt") if path.suffix == ".gz" else open(path)) as f:
        return [p for p in (line.strip().split("|") for line in f) if len(p) >= 7 and p[2] in ("ipv4", "ipv6", "asn") and p[5] != "summary" and p[0] != "2"]


# ── real files ──

def test_delegated_files(site, numbers):
    files = sorted(numbers.glob("delegated-*"))
    assert files, "the folder is there, its files are not"
    first = {}
    for path in files:
        result = bring(site, "holdings", path)[0]
        found = records(path)
        assert result["imported"] and result["bad"] == 0 and result["conflicts"] == 0
        assert result["good"] == len(found) and result["added"] + result["unchanged"] + result["changed"] == result["good"], result
        first[path] = result
    for path in files:
        again = bring(site, "holdings", path)[0]
        assert (again["added"], again["changed"], again["closed"]) == (0, 0, 0) and again["digest"] == first[path]["digest"], again
        assert again["unchanged"] == first[path]["good"]
    # A few of each, as the files say.
    for path in files:
        found = [r for r in records(path) if r[5] in ("allocated", "assigned") and r[2] == "ipv4"]
        for r in found[::max(1, len(found) // 5)]:
            answer = who(site, r[3])
            assert answer["country"] == r[1] and answer["source"] == f"holdings:{r[0]}" and answer["responsible"] == (r[1] == "TW"), (r, answer)
            assert answer["valid_from"].startswith(f"{r[6][:4]}-{r[6][4:6]}-{r[6][6:]}"), (r, answer)
    verified(site)


def test_origins_in_both_forms(site, numbers):
    prefixes, ranges = [numbers / n for n in ("origin-TW-v4.csv", "origin-TW-v6.csv")], numbers / "asn-ipv6.csv.gz"
    for result in bring(site, "origins", *prefixes):
        assert result["imported"] and result["bad"] == 0 and result["added"] == result["good"] > 1000
    result = bring(site, "origins", ranges)[0]
    assert result["imported"] and result["good"] > 100000 and result["bad"] == 0
    again = bring(site, "origins", ranges)[0]
    assert (again["added"], again["changed"], again["closed"]) == (0, 0, 0)
    with gzip.open(ranges, "rt") as f:
        first, last, asn, name = next(csv.reader(f))
    upstream = next(link for link in who(site, first)["chain"] if link["role"] == "upstream")
    assert upstream["handle"] == f"AS{asn}" and upstream["name"] == name and last


def test_who_holds_it_in_taiwan(site, numbers, tmp_path):
    names, contacts = tmp_path / "names.csv", tmp_path / "contacts.csv"
    names.write_text(HEAD_NAMES + "example.com.tw,2015-03-02,2036-03-02,reg,Example Ltd,org,TW,active,\n"
                     "海風示範.台灣,2019-10-28,2036-10-28,reg,海風示範商行,org,TW,active,\n")
    contacts.write_text(HEAD_CONTACTS + "1.34.0.0/15,Hinet,abuse,abuse@hinet.example,,zh-TW,registry,2026-01-01\n"
                        "AS3462,Hinet,abuse,noc@hinet.example,,zh-TW,registry,\nexample.com.tw,Example Ltd,abuse,abuse@example.example,,en,registry,\n"
                        "sponsor:reg,A Registrar,abuse,abuse@reg.example,,en,registry,\n")
    site.run("import", "holdings", numbers / "delegated-apnic-20210715-TW.txt", "--complete", "TW")
    site.run("import", "origins", numbers / "origin-TW-v4.csv", numbers / "origin-TW-v6.csv")
    site.run("import", "names", names)
    site.run("import", "contacts", contacts)
    a = who(site, "1.34.5.6")
    assert list(a)[:8] == ["query", "kind", "matched", "country", "responsible", "chain", "valid_from", "source"]
    assert set(a) - {"elsewhere", "valid_from_is", "first_seen", "last_seen"} == {"query", "kind", "matched", "country", "responsible", "chain", "valid_from", "source"}
    assert (a["query"], a["kind"], a["country"], a["responsible"], a["source"]) == ("1.34.5.6", "address", "TW", True, "holdings:apnic")
    assert a["matched"] == "1.34.0.0/15"
    for link in a["chain"]:
        assert list(link) == ["role", "name", "handle", "contacts"] and link["role"] in ("holder", "sponsor", "upstream", "authority")
        for c in link["contacts"]:
            assert list(c) == ["role", "email", "lang", "verified"] and isinstance(c["verified"], bool)
    assert a["chain"][0]["contacts"][0] == {"role": "abuse", "email": "abuse@hinet.example", "lang": "zh-TW", "verified": True}
    upstream = next(link for link in a["chain"] if link["role"] == "upstream")
    assert upstream["handle"] == "AS3462" and "Chunghwa" in upstream["name"] and upstream["contacts"][0]["verified"] is False
    assert who(site, "AS3462")["matched"] == "AS3462" and who(site, "as3462")["responsible"] is True and who(site, "AS3462")["kind"] == "asn"
    six = who(site, "2001:b000::1")
    assert six["kind"] == "address" and six["country"] == "TW" and six["matched"].startswith("2001:b0") and six["responsible"] is True
    assert who(site, "2001:B000:0:0::1")["matched"] == six["matched"]
    # A name in any writing, and the URL that only looks like somebody else's.
    forms = ["海風示範.台灣", "xn--90ww4wz2bh32c.xn--kpry57d", "XN--90WW4WZ2BH32C.XN--KPRY57D", "www.海風示範.台灣", "海風示範。台灣", "海風示範.台灣."]
    assert {who(site, f)["matched"] for f in forms} == {"xn--90ww4wz2bh32c.xn--kpry57d"}
    for f in ("EXAMPLE.COM.TW", "Www.Example.Com.Tw", "https://www.example.com.tw/login?x=y#z"):
        assert who(site, f)["matched"] == "example.com.tw", f
    url = who(site, "https://www.bank.example@www.example.com.tw:8443/login")
    assert url["kind"] == "url" and url["matched"] == "example.com.tw"
    assert who(site, "https://example.com.tw@1.34.5.6/")["matched"] == "1.34.0.0/15"
    # When.
    assert who(site, "1.34.5.6", "2000-01-01")["responsible"] is False and who(site, "1.34.5.6", "2021-01-01T00:00:00Z")["responsible"] is True
    assert who(site, "example.com.tw", "2014-01-01")["responsible"] is False
    # Not ours: who can be asked instead.
    other = who(site, "8.8.8.8")
    assert other["responsible"] is False and other["elsewhere"] and other["matched"] is None
    for bad in ("", "not a thing at all", "300.1.1.1.1.1", "http://", "AS99999999999"):
        done = site.run("holder", bad, "--json", check=False)
        assert done.returncode in (0, 1, 2)
        assert done.returncode != 0 or '"responsible":false' in done.stdout


# ── newer files ──

def stats(path, day, *lines, version=True):
    body = [f"2|test|{day}|{len(lines)}|20000101|{day}|+0000"] if version else []
    path.write_text("\n".join([*body, *lines]) + "\n")
    return path


OLD = ["test|TW|ipv4|192.0.2.0|256|20100101|allocated|aaa", "test|TW|ipv4|198.51.100.0|256|20100101|allocated|bbb", "test|JP|ipv4|203.0.113.0|256|20100101|assigned|ccc"]


def test_a_newer_file_keeps_history(site, tmp_path):
    a = stats(tmp_path / "a.txt", "20200101", *OLD)
    b = stats(tmp_path / "b.txt", "20210601", OLD[0], "test|JP|ipv4|198.51.100.0|256|20210401|allocated|ddd")
    assert bring(site, "holdings", a)[0]["added"] == 3
    site.run("clock", "advance", "3d")
    result = bring(site, "holdings", b)[0]
    assert (result["added"], result["changed"], result["closed"], result["unchanged"]) == (0, 1, 1, 1), result
    assert who(site, "198.51.100.7")["country"] == "JP"
    assert who(site, "hxxp://198[.]51[.]100[.]7/x")["country"] == "JP"  # as reports have it
    assert who(site, "198.51.100.7", "2021-03-31")["country"] == "TW" and who(site, "198.51.100.7", "2021-04-02")["country"] == "JP"
    assert who(site, "198.51.100.7", "2009-12-31")["matched"] is None
    assert who(site, "203.0.113.1")["matched"] is None and who(site, "203.0.113.1", "2021-05-31")["country"] == "JP"
    answer = who(site, "192.0.2.1")
    assert answer["valid_from"].startswith("2010-01-01") and answer["valid_from_is"] == "recorded"
    # When we saw it is told apart from what the record says.
    first, second = answer["first_seen"], answer["last_seen"]
    assert datetime.fromisoformat(second) - datetime.fromisoformat(first) >= timedelta(days=3)
    gone, came = who(site, "198.51.100.7", "2021-03-31"), who(site, "198.51.100.7")
    assert (gone["first_seen"], gone["last_seen"], came["first_seen"]) == (first, second, second)
    assert f"seen     {first} to {second}" in site.run("holder", "192.0.2.1").stdout
    # What comes back begins anew.
    c = stats(tmp_path / "c.txt", "20220601", *OLD)
    bring(site, "holdings", c)
    assert who(site, "203.0.113.1")["country"] == "JP" and who(site, "203.0.113.1", "2021-12-31")["matched"] is None
    verified(site)


def test_part_of_a_country_closes_nothing(site, tmp_path):
    bring(site, "holdings", stats(tmp_path / "a.txt", "20200101", *OLD))
    part = stats(tmp_path / "part.txt", "20210601", OLD[0], version=False)
    assert bring(site, "holdings", part)[0]["closed"] == 0
    assert who(site, "198.51.100.7")["country"] == "TW"
    # Said to be the whole of TW: closes TW's, and nobody else's.
    result = bring(site, "holdings", part, "--complete", "TW")[0]
    assert result["closed"] == 1 and who(site, "198.51.100.7")["matched"] is None and who(site, "203.0.113.1")["country"] == "JP"
    for wrong in ("Taiwan", "T1", "-d"):
        assert site.run("import", "holdings", part, "--complete", wrong, check=False).returncode == 2


def test_names_change_hands(site, tmp_path):
    old, new = tmp_path / "a.csv", tmp_path / "b.csv"
    old.write_text(HEAD_NAMES + "one.tw,2015-01-01,2036-01-01,r1,First,org,TW,active,ns1.one.tw ns2.one.tw\ntwo.tw,2015-01-01,2036-01-01,r1,Two,org,TW,active,\n")
    new.write_text(HEAD_NAMES + "one.tw,2015-01-01,2036-01-01,r2,Second,org,TW,active,\n")
    bring(site, "names", old)
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    site.run("clock", "advance", "1d")
    result = bring(site, "names", new)[0]
    assert result["changed"] == 1 and result["closed"] == 0
    assert who(site, "one.tw")["chain"][0]["name"] == "Second" and who(site, "one.tw", before)["chain"][0]["name"] == "First"
    assert who(site, "two.tw")["responsible"] is True
    result = bring(site, "names", new, "--complete", "TW")[0]
    assert result["closed"] == 1 and who(site, "two.tw")["responsible"] is False and who(site, "two.tw", before)["responsible"] is True


def test_the_sample_country_twice(make_site):
    site = fill(make_site(test_clock="on"))
    before = who(site, "maple-demo.com.tw")
    site.run("clock", "advance", "1h")
    fill(site)
    after = who(site, "maple-demo.com.tw")
    assert after["last_seen"] > before["last_seen"] and {**after, "last_seen": before["last_seen"]} == before


# ── bad files ──

BAD = {
    "holdings": ("2|test|20200101|4|20000101|20200101|+0000\n" + OLD[0] + "\ntest|TW|ipv4|999.0.2.0|256|20100101|allocated|x\n" + OLD[1] +
                 "\ntest|TW|ipv4|10.0.0.0|many|20100101|allocated\n", [3, 5]),
    "origins": ("192.0.2.0/24,64496,Good\n192.0.2.0/33,64496,Bad\n198.51.100.0,198.51.100.255,64497,Good\n198.51.100.9,198.51.100.1,1,Backwards\n"
                "2001:db8::/32,AS?,Bad\n", [2, 4, 5]),
    "names": (HEAD_NAMES + "good.tw,2015-01-01,2036-01-01,r,H,org,TW,active,\nbad name.tw,2015-01-01,2036-01-01,r,H,org,TW,active,\n"
              "also.tw,2015-13-45,,r,H,org,TW,active,\nkind.tw,2015-01-01,,r,H,robot,TW,active,\nshort.tw,2015\n", [3, 4, 5, 6]),
    "contacts": (HEAD_CONTACTS + "good.tw,O,abuse,a@b.example,,en,s,\ngood.tw,O,boss,a@b.example,,en,s,\ngood.tw,O,abuse,not-an-address,,en,s,\n"
                 "not a thing!,O,abuse,a@b.example,,en,s,\n", [3, 4, 5]),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_lines_are_all_named(site, tmp_path, kind):
    text, bad = BAD[kind]
    path = tmp_path / f"{kind}.txt"
    path.write_text(text)
    head = site.run("journal", "verify", "--json").stdout
    done = site.run("import", kind, path, check=False)
    assert done.returncode == 1 and "nothing was imported" in done.stderr and "--keep-going" in done.stderr
    assert [int(n) for n in re.findall(rf"^{re.escape(str(path))}:(\d+): (?!note)", done.stderr, re.M)] == bad, done.stderr
    assert site.run("journal", "verify", "--json").stdout == head, "nothing is nothing"
    result = bring(site, kind, path, "--keep-going")[0]
    assert result["bad"] == len(bad) and result["imported"] and result["good"] > 0 and result["added"] == result["good"]
    verified(site)


@pytest.mark.one_store
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b"no,such,header\n1,2,3\n", b"\x1f\x8b\x08not gzip"], ids=repr)
def test_not_such_a_file(site, tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    # "Complete" and empty would close a whole country.
    for kind in BAD:
        done = site.run("import", kind, path, *([] if content.strip() else ["--complete", "TW"]), check=False)
        assert done.returncode == 1 and str(path) in done.stderr, (kind, done)
    done = site.run("import", "names", tmp_path / "not-there.csv", check=False)
    assert done.returncode == 1 and "not-there.csv" in done.stderr
    assert site.run("import", "names", tmp_path, check=False).returncode == 1
    assert site.run("import", "nonsense", path, check=False).returncode == 2


@pytest.mark.one_store
@pytest.mark.one_store
@pytest.mark.parametrize("kind, lines, said", [
    ("holdings", ["apnic|TW|ipv4|203.0.112.0|256|20000101|allocated", "apnic|JP|ipv4|203.0.112.0|256|20000101|allocated"], "203.0.112.0/24"),
    ("holdings", ["apnic|TW|asn|3462|1|20000101|allocated", "apnic|JP|asn|3462|1|20000101|allocated"], "AS3462"),
    ("origins", ["203.0.112.0/24,3462,HINET", "203.0.112.0/24,3462,Somebody else"], "203.0.112.0/24 AS3462"),
    ("names", [HEAD_NAMES.strip(), "x.com.tw,2015-01-01,2030-01-01,s,A,org,TW,active,", "x.com.tw,2015-01-01,2030-01-01,s,B,org,TW,active,"], "x.com.tw"),
])
def test_two_lines_that_disagree(site, tmp_path, kind, lines, said):
    """Each names the other and the thing, as people write it; which is right nobody guesses."""
    path = tmp_path / "file"
    path.write_text("\n".join(lines) + "\n")
    done = site.run("import", kind, path, check=False)
    first = len(lines) - 1
    assert done.returncode == 1, done
    for line, other in ((first, first + 1), (first + 1, first)):
        assert f"{path}:{line}: line {other} says something else of the same: {said}\n" in done.stdout + done.stderr, done.stdout + done.stderr


def test_two_files_one_bad(site, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(HEAD_NAMES + "good.tw,2015-01-01,2036-01-01,r,H,org,TW,active,\n")
    bad.write_text(HEAD_NAMES + "bad name.tw,2015-01-01,2036-01-01,r,H,org,TW,active,\n")
    assert site.run("import", "names", bad, good, check=False).returncode == 1
    assert who(site, "good.tw")["responsible"] is True


@pytest.mark.one_store
def test_while_the_server_runs(make_site, tmp_path):
    """An import takes effect at once in a server that runs, and all of it or none."""
    site = open_site(make_site)
    names = tmp_path / "names.csv"
    names.write_text(HEAD_NAMES + "".join(f"n{i}.tw,2015-01-01,2036-01-01,r,H{i},org,TW,active,\n" for i in range(5000)))
    assert site.get("/api/v1/holder?thing=n1.tw").json()["responsible"] is False
    site.run("import", "names", names)
    assert all(site.get(f"/api/v1/holder?thing=n{i}.tw").json()["responsible"] for i in (0, 2500, 4999))
    assert site.get("/api/v1/holder?thing=maple-demo.com.tw").json()["responsible"] is True


# ── on a terminal ──

@pytest.mark.one_store
def test_progress_on_a_terminal(site, nicert, tmp_path):
    """A bar appears for what takes longer than a second, is gone afterwards, and never stands in a file."""
    path = tmp_path / "many.csv"
    with open(path, "w") as f:
        f.write(HEAD_NAMES)
        for i in range(250000):
            f.write(f"n{i:06d}.tw,2015-01-01,2036-01-01,r{i % 50},Holder {i},org,TW,active,ns1.n{i % 99}.tw ns2.n{i % 99}.tw\n")
    master, slave = pty.openpty()
    env = dict(os.environ, TERM="xterm", COLUMNS="80")
    process = subprocess.Popen([nicert, "import", "names", str(path), "-d", str(site.dir)], stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    seen = b""
    while process.poll() is None or select.select([master], [], [], 0)[0]:
        if select.select([master], [], [], 0.2)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
    os.close(master)
    assert process.wait(60) == 0
    text = seen.decode()
    percents = [int(p) for p in re.findall(r"(\d+) ?%", text)]
    assert len(percents) >= 2 and max(percents) <= 100, text[-300:]
    assert text.rstrip().splitlines()[-1].split("\r")[-1].strip("\x1b[K ").startswith(str(path)), text[-300:]
    done = site.run("import", "names", path)
    assert "\r" not in done.stdout + done.stderr and "%" not in done.stderr
