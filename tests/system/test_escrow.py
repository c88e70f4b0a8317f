"""Deposits with an escrow agent: made from one snapshot, encrypted and signed with real keys, read back and compared."""
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from test_load import CONTACTS, HOSTS, NAMES, files

NS = {"rde": "urn:ietf:params:xml:ns:rde-1.0"} | {
    f"rde{k}": f"urn:ietf:params:xml:ns:rde{k}-1.0" for k in ("Header", "Domain", "Host", "Contact", "Registrar", "IDN", "NNDN", "EppParams")
} | {"domain": "urn:ietf:params:xml:ns:domain-1.0", "contact": "urn:ietf:params:xml:ns:contact-1.0",
     "secDNS": "urn:ietf:params:xml:ns:secDNS-1.1"}


@pytest.fixture
def keys():
    """A folder of keys with a short name (gpg's socket lies in it): ours and the agent's."""
    if not shutil.which("gpg"):
        pytest.skip("no gpg here")
    folder = Path(tempfile.mkdtemp(prefix="ngpg-", dir="/tmp"))
    for who in ("registry@example.net", "agent@example.org"):
        subprocess.run(["gpg", "--homedir", folder, "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", who, "default",
                        "default", "never"], check=True, capture_output=True)
    yield folder
    subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def gpg(keys, *words, **more):
    return subprocess.run(["gpg", "--homedir", str(keys), "--batch", "--quiet", "--trust-model", "always", *map(str, words)],
                          check=True, capture_output=True, **more).stdout


@pytest.fixture
def registry(site, tmp_path):
    site.run("zone", "add", "tw")
    for name in ("alpha", "bravo"):
        site.run("registrar", "add", name, "--name", f"{name.title()} & Sons", "--email", f"{name}@example.net")
    site.run("load", "names", *files(tmp_path, contacts=CONTACTS, hosts=HOSTS, names=NAMES), "--zone", "tw")
    return site


def deposit(site, keys, out, **more):
    out.mkdir(exist_ok=True)
    return site.json("escrow", "deposit", "--zone", "tw", "--out", out, "--recipient", "agent@example.org", "--sign",
                     "registry@example.net", "--keys", keys, **more)


def verify(site, keys, path, *words, **more):
    return site.json("escrow", "verify", path, "--keys", keys, *words, **more)


def unpacked(keys, path):
    tar = gpg(keys, "--decrypt", path)
    got = subprocess.run(["tar", "xO"], input=tar, check=True, capture_output=True).stdout
    listed = subprocess.run(["tar", "t"], input=tar, check=True, capture_output=True).stdout.decode().split()
    return listed, got


def test_a_deposit_says_what_the_registry_knows(registry, keys, tmp_path):
    made = deposit(registry, keys, tmp_path / "out")
    assert re.fullmatch(r"tw_\d{4}-\d\d-\d\d_full_S1_R0\.ryde", made["file"]) and made["resend"] == 0
    path = tmp_path / "out" / made["file"]
    assert sorted(p.name for p in path.parent.iterdir()) == [made["file"], made["file"].replace(".ryde", ".sig")]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made["sha256"] and path.stat().st_size == made["bytes"]
    assert made["objects"] == {"registrar": 2, "idnTable": 0, "contact": 2, "host": 3, "domain": 3, "nndn": 0}
    # The signature is over the encrypted file, and gpg itself says so.
    gpg(keys, "--verify", path.with_suffix(".sig"), path)
    listed, text = unpacked(keys, path)
    assert listed == [made["file"].replace(".ryde", ".xml")]
    root = ET.fromstring(text)
    assert root.get("type") == "FULL" and root.get("id") == made["deposit"] and root.get("resend") == "0"
    assert root.findtext("rde:watermark", namespaces=NS) == made["watermark"]
    header = root.find("rde:contents/rdeHeader:header", NS)
    counts = {c.get("uri").rsplit(":", 1)[1]: int(c.text) for c in header.findall("rdeHeader:count", NS)}
    assert counts["rdeDomain-1.0"] == 3 and counts["rdeContact-1.0"] == 2 and counts["rdeHost-1.0"] == 3
    maple = next(d for d in root.iterfind("rde:contents/rdeDomain:domain", NS) if d.findtext("rdeDomain:name", namespaces=NS) ==
                 "maple.com.tw")
    assert maple.findtext("rdeDomain:registrant", namespaces=NS) == "H-2"
    assert [(c.get("type"), c.text) for c in maple.findall("rdeDomain:contact", NS)] == [("admin", "H-1"), ("tech", "H-1"), ("tech", "H-2")]
    assert {h.text for h in maple.iterfind("rdeDomain:ns/domain:hostObj", NS)} == {"ns1.maple.com.tw", "ns9.other.example"}
    assert maple.find("rdeDomain:status", NS).get("s") == "clientTransferProhibited"
    assert maple.findtext("rdeDomain:secDNS/secDNS:dsData/secDNS:keyTag", namespaces=NS) == "4711"
    assert maple.findtext("rdeDomain:exDate", namespaces=NS) == "2037-02-03T00:00:00Z"
    contact = root.find("rde:contents/rdeContact:contact", NS)
    assert contact.find("rdeContact:postalInfo[@type='loc']/contact:name", NS).text == "王小明"
    host = next(h for h in root.iterfind("rde:contents/rdeHost:host", NS) if h.findtext("rdeHost:name", namespaces=NS) == "ns1.maple.com.tw")
    assert {(a.get("ip"), a.text) for a in host.findall("rdeHost:addr", NS)} == {("v4", "198.51.100.1"), ("v6", "2001:db8::1")}
    assert root.findtext("rde:contents/rdeRegistrar:registrar/rdeRegistrar:name", namespaces=NS) == "Alpha & Sons"
    # The secret that only its hash is known of is in no form there.
    assert b"a-secret" not in text and b"authInfo" not in text
    # Again on the same day: counted, and a file of its own.
    again = deposit(registry, keys, tmp_path / "out")
    assert again["resend"] == 1 and again["file"].endswith("_R1.ryde") and again["deposit"] == made["deposit"]
    rows = registry.json("escrow", "list")
    assert [r["file"] for r in rows] == [again["file"], made["file"]] and rows[0]["objects"]["domain"] == 3
    assert rows[1]["sha256"] == made["sha256"] and "agent@example.org" in rows[1]["recipients"]


def test_verify_compares_with_the_registry(registry, keys, tmp_path):
    registry.run("clock", "advance", "2s")  # a deposit counts in seconds: what it holds was there before its own
    path = tmp_path / "out" / deposit(registry, keys, tmp_path / "out")["file"]
    got = verify(registry, keys, path, "--compare")
    assert got["zone"] == "tw" and got["signer"] and got["compared"]["differences"] == []
    assert got["compared"]["same"] == 12 and got["compared"]["different"] == 0
    # What came later is no fault …
    registry.run("clock", "advance", "1d")
    more = files(tmp_path, more="name,registrar,registrant,expires\nlater.tw,alpha,H-1,2037-01-01\n")
    registry.run("load", "names", *more, "--zone", "tw")
    got = verify(registry, keys, path, "--compare")
    assert got["compared"]["new_since"] == 1 and got["compared"]["same"] == 12
    # … what was tampered with is: the XML with another registrant and one host less, not signed by anybody
    _, text = unpacked(keys, path)
    wrong = text.replace(b"<rdeDomain:registrant>H-2<", b"<rdeDomain:registrant>H-1<", 1)
    wrong = re.sub(rb"<rdeHost:host><rdeHost:name>ns9.*?</rdeHost:host>\n", b"", wrong).replace(
        b'rdeHost-1.0">3</', b'rdeHost-1.0">2</')
    plain = tmp_path / "wrong.xml"
    plain.write_bytes(wrong)
    done = registry.run("escrow", "verify", plain, "--compare", "--json", check=False)
    assert done.returncode == 1 and "differ" in done.stderr
    got = json.loads(done.stdout)
    assert got.get("signer") is None and got["compared"]["different"] == 1 and got["compared"]["only_in_registry"] == 1
    how = {d["key"]: d["text"] for d in got["compared"]["differences"]}
    assert "- registrant: H-2" not in how["maple.com.tw"] and "- registrant: H-1" in how["maple.com.tw"]
    assert "+ registrant: H-2" in how["maple.com.tw"] and "ns9.other.example" in how


def test_what_is_damaged_is_refused(registry, keys, tmp_path):
    out = tmp_path / "out"
    path = out / deposit(registry, keys, out)["file"]
    sig = path.with_suffix(".sig")
    # another file under this signature
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    done = registry.run("escrow", "verify", path, "--keys", keys, check=False)
    assert done.returncode == 1 and "signature is not good" in done.stderr
    path.write_bytes(raw)
    # no signature
    kept = sig.read_bytes()
    sig.unlink()
    assert registry.run("escrow", "verify", path, "--keys", keys, check=False).returncode == 1
    sig.write_bytes(kept)
    assert registry.run("escrow", "verify", path, "--keys", keys).returncode == 0
    # whoever has not the agent's key can't read it
    empty = Path(tempfile.mkdtemp(prefix="ngpg-", dir="/tmp"))
    public = tmp_path / "registry.asc"
    public.write_bytes(gpg(keys, "--armor", "--export", "registry@example.net"))
    registry.run("escrow", "key", public, "--keys", empty)
    done = registry.run("escrow", "verify", path, "--keys", empty, check=False)
    assert done.returncode == 1 and "can't be decrypted" in done.stderr
    subprocess.run(["gpgconf", "--homedir", str(empty), "--kill", "all"], capture_output=True)
    shutil.rmtree(empty, ignore_errors=True)
    # structure and counts
    _, text = unpacked(keys, path)
    for change, said in [((b'rdeDomain-1.0">3</', b'rdeDomain-1.0">4</'), "counts 4"),
                         ((b"<rdeDomain:clID>", b"<rdeDomain:nonsense>x</rdeDomain:nonsense><rdeDomain:clID>"), "nonsense"),
                         ((b"</rdeDomain:name>", b""), "line"), ((b"type=\"FULL\"", b"type=\"DIFF\""), "FULL"),
                         ((b"?>\n", b"?>\n<!DOCTYPE d [<!ENTITY e \"x\">]>\n"), "DTD"),
                         ((b"<rdeDomain:roid>D1-NIC</rdeDomain:roid>", b""), "roid is missing")]:
        bad = tmp_path / "bad.xml"
        assert change[0] in text, change
        bad.write_bytes(text.replace(*change, 1))
        done = registry.run("escrow", "verify", bad, check=False)
        assert done.returncode == 1 and said in done.stderr, (change, done.stderr)
    cut = tmp_path / "cut.xml"
    cut.write_bytes(text[:len(text) // 2])
    assert registry.run("escrow", "verify", cut, check=False).returncode == 1


def test_nothing_is_left_of_a_deposit_that_failed(registry, keys, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for words in (["--recipient", "nobody@example.com", "--sign", "registry@example.net"],
                  ["--recipient", "agent@example.org", "--sign", "nobody@example.com"]):
        done = registry.run("escrow", "deposit", "--zone", "tw", "--out", out, *words, "--keys", keys, check=False)
        assert done.returncode == 1 and done.stderr
    done = registry.run("escrow", "deposit", "--zone", "example", "--out", out, "--recipient", "agent@example.org", "--sign",
                        "registry@example.net", "--keys", keys, check=False)
    assert done.returncode == 1
    assert registry.run("escrow", "deposit", "--zone", "tw", check=False).returncode == 2
    assert list(out.iterdir()) == [] and registry.json("escrow", "list") == []


def test_the_deposit_is_one_instant(registry, keys, tmp_path):
    """Names that come while it is made are not half in it: what is in it refers to what is in it."""
    registry.serve()
    rows = "name,registrar,registrant,nameservers,expires\n" + "".join(f"n{i}.tw,alpha,H-1,ns{i}.out.example,2037-01-01\n" for i in range(5000))
    load = subprocess.Popen([registry.program, "load", "names", str(files(tmp_path, many=rows)[0]), "--zone", "tw", "-d",
                             str(registry.dir)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for i in range(3):
        path = tmp_path / "out" / deposit(registry, keys, tmp_path / "out")["file"]
        _, text = unpacked(keys, path)
        hosts = set(re.findall(rb"<rdeHost:name>([^<]+)<", text))
        assert set(re.findall(rb"<domain:hostObj>([^<]+)<", text)) <= hosts
        verify(registry, keys, path)
    assert load.wait() == 0
