"""A registry taken over with `nicert load names`: what is right is there at once, what is wrong is said before anything changes,
and a load that was killed is brought to its end by the same command."""
import contextlib
import gzip
import json
import signal
import socket
import sqlite3
import subprocess
import sys

import pytest
from conftest import ROOT

CONTACTS = """handle,registrar,int_name,int_org,int_street1,int_city,int_pc,int_cc,loc_name,loc_city,loc_cc,voice,email,person,lang,verified,created,authinfo
H-1,alpha,Wang Xiaoming,,1 Test Road,Taipei,100,TW,王小明,臺北市,TW,+886.212345678,wang@example.com,yes,zh-TW,2025-01-01,2010-01-02,
H-2,bravo,Ann Maple,"Maple, Ltd",2 Test Road,Taipei,100,TW,,,,,ann@maple.example,no,en,,,secret-2-secret-2
"""
HOSTS = """host,registrar,addresses
ns1.maple.com.tw,,198.51.100.1 2001:db8::1
ns9.other.example,bravo,
"""
NAMES = """name,registrar,registrant,admin,tech,nameservers,ds,created,updated,expires,status,authinfo
maple.com.tw,alpha,H-2,H-1,H-1 H-2,ns1.maple.com.tw ns9.other.example,4711/13/2/{ds},2009-02-03,2020-01-01,2037-02-03,clientTransferProhibited ok,
pine.tw,bravo,H-1,,H-1,ns1.maple.com.tw ns.elsewhere.example,,2015-01-01,,2037-01-01,,a-secret-of-16-chars
old.tw,bravo,H-1,,,,,2001-01-01,,2026-01-01,,
""".replace("{ds}", "ab" * 32)


def files(folder, **texts):
    paths = []
    for name, text in texts.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


@pytest.fixture
def zone(site):
    """.tw is ours, with two registrars."""
    site.run("zone", "add", "tw")
    for name in ("alpha", "bravo"):
        site.run("registrar", "add", name, "--name", name.title(), "--email", f"{name}@example.net")
    return site


def counts(site):
    got = site.json("load", "list")
    return {k: got[0][k]["done"] for k in ("names", "contacts", "hosts")} if got else None


def whois(site, line):
    with socket.create_connection(site.whois, timeout=10) as s:
        s.sendall(line.encode() + b"\r\n")
        got = b""
        while part := s.recv(65536):
            got += part
    return got.decode("utf-8")


def test_what_is_loaded_is_there(zone, tmp_path):
    paths = files(tmp_path, contacts=CONTACTS, hosts=HOSTS, names=NAMES)
    packed = tmp_path / "contacts.csv.gz"
    packed.write_bytes(gzip.compress(paths[0].read_bytes()))
    zone.serve()
    assert zone.get("/rdap/domain/maple.com.tw").status == 404  # and the answer is remembered
    got = zone.json("load", "names", packed, *paths[1:], "--zone", "tw")
    assert got["loaded"] and got["bad"] == 0
    assert [got[k]["loaded"] for k in ("names", "contacts", "hosts")] == [3, 2, 3] and got["hosts_made"] == 1
    zone.until(lambda: zone.get("/rdap/domain/maple.com.tw").status == 200, "RDAP to know the name")
    d = zone.get("/rdap/domain/maple.com.tw").json()
    assert {n["ldhName"] for n in d["nameservers"]} == {"ns1.maple.com.tw", "ns9.other.example"}
    assert d["secureDNS"]["dsData"][0]["keyTag"] == 4711 and "client transfer prohibited" in d["status"]
    assert {e["eventAction"]: e["eventDate"] for e in d["events"]}["registration"].startswith("2009-02-03")
    assert zone.get("/rdap/nameserver/ns1.maple.com.tw").json()["ipAddresses"]["v4"] == ["198.51.100.1"]
    assert "pine.tw" in whois(zone, "pine.tw").lower()
    assert zone.json("holder", "www.pine.tw")["matched"] == "pine.tw"
    # the first version of each object
    for kind, handle in (("domain", "maple.com.tw"), ("contact", "H-1"), ("host", "ns1.maple.com.tw")):
        versions = zone.json("history", kind, handle)
        assert "loaded" in json.dumps(versions), (kind, versions)
    # expired long ago: suspended, and released when its time comes
    assert "serverHold" in json.dumps(zone.json("history", "domain", "old.tw"))
    assert zone.run("journal", "verify").returncode == 0
    # the same files again change nothing
    again = zone.json("load", "names", packed, *paths[1:], "--zone", "tw")
    assert again["done_before"] and again["names"]["loaded"] == 0


def test_names_have_a_place_under_rules_set_for_later_too(zone, tmp_path):
    paths = files(tmp_path, contacts=CONTACTS, hosts=HOSTS, names=NAMES)
    rules = tmp_path / "tw.policy"
    rules.write_text(zone.run("policy", "show", "tw").stdout + "second-level pine.tw open everybody\n", encoding="utf-8")
    zone.run("policy", "set", "tw", rules, "--from", "2036-01-01")
    refused = zone.run("load", "names", *paths, "--zone", "tw", check=False)
    assert refused.returncode == 1 and "pine.tw would lose its place under the policy from 2036-01-01 on (version 2)" in refused.stderr, refused
    zone.run("policy", "withdraw", "tw", "2")
    zone.run("load", "names", *paths, "--zone", "tw")
    assert zone.run("check", "names").stdout.split() == ["3", "checked,", "0", "differ"]


@pytest.mark.one_store
def test_check_lists_names_that_are_not_found_where_they_are_kept(zone, tmp_path):
    zone.run("load", "names", *files(tmp_path, contacts=CONTACTS, hosts=HOSTS, names=NAMES), "--zone", "tw")
    with contextlib.closing(sqlite3.connect(zone.dir / "nicert.db")) as db, db:
        db.execute("UPDATE registry_domain SET key = 'tw/other' WHERE name = 'pine.tw'")
    said = zone.run("check", "names", check=False)
    assert said.returncode == 1 and "pine.tw  kept as tw/other, but the rules make tw/pine" in said.stdout, said
    found = json.loads(zone.run("check", "names", "--json", check=False).stdout)
    assert found == {"names": [{"name": "pine.tw", "kept_as": "tw/other", "made": "tw/pine"}], "checked": 3, "different": 1}


def test_time_goes_on_for_what_is_loaded(zone, tmp_path):
    names = NAMES.replace("pine.tw,bravo,H-1,,H-1,ns1.maple.com.tw ns.elsewhere.example,,2015-01-01,,2037-01-01",
                          "pine.tw,bravo,H-1,,H-1,ns.elsewhere.example,,2015-01-01,,2027-03-01")
    zone.run("load", "names", *files(tmp_path, contacts=CONTACTS, hosts=HOSTS, names=names), "--zone", "tw")
    zone.serve()
    zone.until(lambda: "domain-suspended" not in zone.run("history", "domain", "pine.tw").stdout, "nothing before its time")
    zone.advance("120d")
    zone.until(lambda: "suspended" in zone.run("history", "domain", "pine.tw").stdout, "the name to be suspended at its expiry")
    zone.until(lambda: zone.get("/rdap/domain/old.tw").status == 404, "the name that expired before to be released")


WRONG_NAMES = """name,registrar,registrant,tech,nameservers,ds,expires,status
good.tw,alpha,H-1,,,,2037-01-01,
good.tw,alpha,H-1,,,,2037-01-01,
a.b.tw,alpha,H-1,,,,2037-01-01,
other.example,alpha,H-1,,,,2037-01-01,
nobody.tw,gamma,H-1,,,,2037-01-01,
missing.tw,alpha,H-9,,,,2037-01-01,
when.tw,alpha,H-1,,,,tomorrow,
glue.tw,alpha,H-1,,ns1.glue.tw,,2037-01-01,
lame.tw,alpha,H-1,,ns1.never.tw,,2037-01-01,
sig.tw,alpha,H-1,,,1/13/1/abcd,2037-01-01,
state.tw,alpha,H-1,,,,2037-01-01,clientTransferprohibited
-bad-.tw,alpha,H-1,,,,2037-01-01,
short.tw,alpha,H-1
"""
EXPECTED = {3: "stands on line 2", 4: "more than one label", 5: "expected a name under tw", 6: "no registrar", 7: "H-9",
            8: "expires: expected a time", 9: "needs an address", 10: "ns1.never.tw", 11: "ds: expected", 12: "no status",
            13: "", 14: "expected 8 fields"}


def test_all_that_is_wrong_is_said_and_nothing_is_changed(zone, tmp_path):
    contacts = CONTACTS + "H-3,alpha,Nobody,,,Taipei,,XX,,,,,nobody@example.com,,,,,\nH-2,alpha,Ann,,,Taipei,,TW,,,,,a@b.example,,,,,\n"
    hosts = "host,registrar,addresses\nns1.glue.tw,,\nns1.free.tw,,192.0.2.1\nns.out.example,alpha,192.0.2.1\nns2.glue.tw,,10.1.1.1\n"
    paths = files(tmp_path, contacts=contacts, hosts=hosts, names=WRONG_NAMES)
    before = zone.json("journal", "head")
    done = zone.run("load", "names", *paths, "--zone", "tw", check=False)
    assert done.returncode == 1 and "nothing was loaded" in done.stderr
    for line, text in EXPECTED.items():
        said = [s for s in done.stderr.splitlines() if s.startswith(f"{paths[2]}:{line}:")]
        assert len(said) == 1 and text in said[0], (line, said)
    for text in (f"{paths[0]}:4: ", f"{paths[0]}:5: handle: H-2 stands on line 3 too", f"{paths[1]}:3: host: the domain above",
                 f"{paths[1]}:4: addresses: a host outside", f"{paths[1]}:5: addresses: expected addresses that can be reached"):
        assert text in done.stderr, text
    assert zone.json("journal", "head") == before and counts(zone) is None
    # dry run: the same, and nothing either
    assert zone.run("load", "names", *paths, "--zone", "tw", "--dry-run", check=False).returncode == 1
    assert zone.run("load", "names", *paths, "--zone", "tw", "--dry-run", "--keep-going").returncode == 0
    assert counts(zone) is None
    # the good ones
    got = zone.json("load", "names", *paths, "--zone", "tw", "--keep-going")
    assert got["names"]["loaded"] == 1 and got["contacts"]["loaded"] == 2
    # what is there already is said of other files that have it
    again = files(tmp_path, more="name,registrar,registrant,expires\ngood.tw,alpha,H-1,2037-01-01\nfresh.tw,alpha,H-1,2037-01-01\n")
    done = zone.run("load", "names", *again, "--zone", "tw", check=False)
    assert done.returncode == 1 and "more.csv:2: the name good" in done.stderr and "more.csv:3" not in done.stderr
    assert zone.json("load", "names", *again, "--zone", "tw", "--keep-going")["names"]["loaded"] == 1


def test_wrong_usage(zone, tmp_path):
    paths = files(tmp_path, names="nothing,known\n1,2\n")
    assert zone.run("load", "names", *paths, check=False).returncode == 2
    done = zone.run("load", "names", *paths, "--zone", "tw", check=False)
    assert done.returncode == 1 and f"{paths[0]}:1: expected a CSV header" in done.stderr
    assert zone.run("load", "names", *paths, "--zone", "example", check=False).returncode == 1
    assert zone.run("load", "names", tmp_path / "absent.csv", "--zone", "tw", check=False).returncode == 1


@pytest.mark.one_store
def test_bundles(make_site, testdata, tmp_path):
    site = make_site()
    site.run("zone", "add", "tw", "--tables", testdata / "idn")
    site.run("registrar", "add", "alpha", "--name", "Alpha", "--email", "a@example.net")
    contacts = "handle,registrar,int_name,int_city,int_cc,email\nH-1,alpha,Wang,Taipei,TW,w@example.com\n"
    head = "name,registrar,registrant,lang,active,expires\n"
    wrong = head + "台灣.tw,alpha,H-1,,,2037-01-01\n台湾.tw,alpha,H-1,,,2037-01-01\nไทย.tw,alpha,H-1,,,2037-01-01\n"
    done = site.run("load", "names", *files(tmp_path, contacts=contacts, names=wrong), "--zone", "tw", check=False)
    assert done.returncode == 1 and "names.csv:3: name: " in done.stderr and "itself or a variant" in done.stderr
    assert "names.csv:4: name: ไทย" in done.stderr
    other = head + "台灣.tw,alpha,H-1,zh,台湾.tw 中文.tw,2037-01-01\n"
    done = site.run("load", "names", *files(tmp_path, contacts=contacts, names=other), "--zone", "tw", check=False)
    assert done.returncode == 1 and "names.csv:2: active: xn--fiq228c.tw is no variant" in done.stderr, done.stderr
    right = head + "台灣.tw,alpha,H-1,zh,台湾.tw,2037-01-01\n"
    site.run("load", "names", *files(tmp_path, contacts=contacts, names=right), "--zone", "tw")
    site.serve()
    got = site.get("/rdap/domain/xn--kprw13d.tw")  # 台湾.tw, the variant
    assert got.status == 200 and got.json()["variants"]


def registry_of(tmp_path, count):
    folder = tmp_path / f"load-{count}"
    subprocess.run([sys.executable, ROOT / "tests/tools/gen_load.py", str(count), folder], check=True)
    return [folder / f"{k}.csv" for k in ("contacts", "hosts", "names")]


def test_a_load_waits_while_another_writes(zone, nicert, store_url, tmp_path):
    if store_url:
        pytest.skip("PostgreSQL has several writers")
    other = sqlite3.connect(zone.dir / "nicert.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    paths = files(tmp_path, contacts=CONTACTS, hosts=HOSTS, names=NAMES)
    process = subprocess.Popen([nicert, "load", "names", *map(str, paths), "--zone", "tw", "-d", str(zone.dir)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(13)  # the store itself waits 10 s for the lock
    other.execute("ROLLBACK")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert counts(zone) == {"names": 3, "contacts": 2, "hosts": 3}


def test_a_killed_load_is_brought_to_its_end(site, nicert, tmp_path):
    site.run("zone", "add", "tw")
    for i in range(1, 14):
        site.run("registrar", "add", f"reg-{i:02d}", "--name", "R", "--email", "r@example.net")
    paths = registry_of(tmp_path, 20000)
    words = [nicert, "load", "names", *map(str, paths), "--zone", "tw", "-d", str(site.dir)]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    killed = False
    with contextlib.suppress(AssertionError):
        site.until(lambda: process.poll() is not None or (counts(site) or {"names": 0})["names"] > 0, "names to be written")
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
        killed = True
    process.wait()
    # While it is unfinished other files are refused, and what was written answers like any other object.
    if killed and site.json("load", "list")[0]["state"] == "running":
        other = files(tmp_path, other="name,registrar,registrant,expires\nlater.tw,reg-01,C00000001,2037-01-01\n")
        done = site.run("load", "names", *other, "--zone", "tw", check=False)
        assert done.returncode == 1 and "left half-way" in done.stderr
        got = site.json("load", "names", *paths, "--zone", "tw")
        assert got["resumed"] > 0
        assert got["resumed"] + sum(got[k]["loaded"] for k in ("names", "contacts", "hosts")) == sum(
            site.json("load", "list")[0][k]["all"] for k in ("names", "contacts", "hosts"))
    row = site.json("load", "list")[0]
    assert row["state"] == "done" and row["names"] == {"all": 20000, "done": 20000} and row["contacts"]["done"] == 20000
    assert site.run("journal", "verify").returncode == 0
    name = paths[2].read_text().splitlines()[20000].split(",")[0]
    assert site.json("holder", name)["matched"] == name
