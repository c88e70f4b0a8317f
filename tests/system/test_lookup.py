"""RDAP and WHOIS as other people's programs see them: ICANN's JSON schemas, its RDAP test cases by id, curl, Debian's whois."""
import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.parse

import published
import pytest
from test_console import user
from test_kit import staff
from test_privacy import rows

NAMES = """name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers
maple.com.tw,2015-03-01,2037-03-01,cedar,Maple Trading Ltd,org,TW,clientTransferProhibited,ns1.maple.com.tw ns2.other.net
mei.idv.tw,2018-01-01,2037-01-01,cedar,Mei Chen Private,person,TW,ok,
茶園示範.台灣,2020-02-02,2037-02-02,bamboo,茶園有限公司,org,TW,active,ns1.maple.com.tw
bare.tw,,,,,,,,
"""
HOLDINGS = """2|apnic|20261101|5|19830613|20261101|+1000
apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated|A91
apnic|TW|ipv4|1.160.0.0|768|20091204|assigned|A92
apnic|JP|ipv4|1.0.16.0|4096|20110412|allocated|A93
apnic|TW|ipv6|2001:b000::|20|20050101|allocated|A91
apnic|TW|asn|3462|1|19940101|allocated|A91
"""
CONTACTS = """resource,organisation,role,email,phone,lang,source,verified_at
1.34.0.0/15,Big Telecom,abuse,abuse@telecom.example,+886.21,zh-TW,irt,2026-01-01
as3462,Big Telecom,abuse,noc@telecom.example,,zh-TW,irt,
maple.com.tw,Maple Trading Ltd,abuse,abuse@maple.example,,zh-TW,registry,
mei.idv.tw,Mei Chen Private,admin,mei.private@mail.example,,zh-TW,registry,
sponsor:cedar,Cedar Names,abuse,abuse@cedar.example,+886.22,en,registry,
sponsor:bamboo,Bamboo Names,abuse,abuse@bamboo.example,,en,registry,
"""
BOOT = {"services": [[["net", "com"], ["https://rdap.verisign.example/v1/"]]]}
BOOT4 = {"services": [[["1.0.0.0/8"], ["https://rdap.apnic.example/"]]]}

DOMAINS = ["maple.com.tw", "mei.idv.tw", "茶園示範.台灣", "xn--hdsu80fzxb04l.xn--kpry57d", "bare.tw"]


@pytest.fixture
def registry(site, tmp_path):
    for kind, text in (("names", NAMES), ("holdings", HOLDINGS), ("contacts", CONTACTS), ("origins", "1.34.0.0/15,3462,Big Telecom\n")):
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        site.run("import", kind, path)
    for name, boot in (("dns", BOOT), ("ipv4", BOOT4)):
        (tmp_path / f"{name}.json").write_text(json.dumps(boot))
    site.run("lookup", "bootstrap", tmp_path / "dns.json", tmp_path / "ipv4.json")
    return site.serve()


def rdap(site, path, status=200, **more):
    got = site.get("/rdap/" + urllib.parse.quote(path, safe="/?=&*:%"), **more)
    assert got.status == status, f"{path}: {got}"
    assert got.headers["Access-Control-Allow-Origin"] == "*", path
    if got.body:
        assert got.headers["Content-Type"] == "application/rdap+json", path
    return got


def whois(site, line):
    with socket.create_connection(site.whois, timeout=10) as s:
        s.sendall(line.encode() + b"\r\n")
        got = b""
        while part := s.recv(65536):
            got += part
    return got.decode("utf-8")


# ── ICANN's schemas ──

@pytest.fixture
def valid():
    schemas, why = published.rdap_schemas()
    if not schemas:
        pytest.skip(why)
    return schemas


@pytest.mark.parametrize("kind,what", [("domain", d) for d in DOMAINS] + [
    ("domain", "34.1.in-addr.arpa"), ("nameserver", "ns1.maple.com.tw"), ("entity", "cedar"), ("ip", "1.34.5.6"),
    ("ip", "1.160.0.0/24"), ("ip", "2001:b000::/20"), ("autnum", "3462")])
@pytest.mark.one_store
def test_schema(registry, valid, kind, what):
    for lang in ("en", "zh-TW"):
        valid(kind, rdap(registry, f"{kind}/{what}", headers={"Accept-Language": lang}).json())


@pytest.mark.one_store
def test_schema_of_errors(registry, valid):
    for path, status in (("domain/absent.tw", 404), ("ip/nonsense", 400), ("autnum/x", 400), ("frob/x", 400),
                         ("domains?name=a*.tw", 422), ("domains", 400), ("entities?handle=ced*", 401)):
        for lang in ("en", "zh-TW"):
            document = rdap(registry, path, status, headers={"Accept-Language": lang}).json()
            valid("error", document)
            assert document["errorCode"] == status and document["lang"] == lang
    assert document["title"] == "請先表明身分" and document["description"] == ["這項搜尋僅供合作夥伴使用"]


BAD = [("ip/nonsense", 400), ("ip/1.2.3.4/64", 400), ("ip/203.0.113.9", 404), ("ip/0.0.0.0/0", 404), ("autnum/x", 400), ("autnum/64512", 404),
       ("autnum/4294967296", 400), ("domain/absent.tw", 404), ("domain/.", 400), ("domain/a..tw", 400), ("domain/-a.tw", 400), ("domain/a b.tw", 400),
       (f"domain/{'a' * 64}.tw", 400), ("domain/xn--zz.tw", 400), ("domain/1.2.3", 400), ("domain/tw", 404), ("domain/☃☃.tw", 400),
       ("domain/\u0301a.tw", 400), ("domain/example.test", 404), ("domain/www.maple.com.tw", 404), (f"domain/{'a.' * 130}tw", 400), ("nameserver/ns9.absent.tw", 404),
       ("nameserver/x", 400), ("nameserver/ns9.maple.com.tw", 404), ("entity/NOBODY", 404), (f"entity/{'e' * 256}", 400), ("frob/x", 400), ("domains", 400),
       ("domains?name=*", 422), ("domains?name=a*.tw", 422), ("domains?name=ab*c*.tw", 422), ("domains?name=abc*d.tw", 422), ("domains?name=abcd*", 422),
       ("domains?name=茶園示*.台灣", 422), ("nameservers?name=ns1.茶*", 422), ("domains?nsIp=x", 422), ("domains?nsLdhName=a*b", 422), ("domains?name=map*.com.tw&sort=frob", 400), ("domains?name=map*.com.tw&cursor=zz", 400),
       ("domains?name=map*.com.tw&fieldSet=x", 400), ("domains?name=map*.com.tw&sort=name,name,name,name", 400), ("entities?fn=x*", 401),
       ("domains/reverse_search/entity?fn=x", 401), ("domain/maple.com.tw?at=2026-01-01", 401), ("domain/%ff.tw", 400)]


@pytest.mark.one_store
@pytest.mark.parametrize("more", [{}, {"at": "2001-01-01"}])
def test_errors_are_said_in_the_readers_language(registry, more):
    key = {"Authorization": f"Bearer {partner(registry)}"} if more else {}
    for path, status in BAD if not more else [("domain/maple.com.tw", 404), ("entity/cedar", 404), ("ip/1.34.5.6", 404), ("autnum/3463", 404),
                                              ("domain/mei.idv.tw?purpose=" + "x" * 300, 400), ("domains/reverse_search/entity", 400),
                                              ("domains/reverse_search/entity?fn=a&handle=b", 501), ("domains/reverse_search/entity?fn=a&role=x", 400)]:
        path = "%s%sat=%s" % (path, "&" if "?" in path else "?", more["at"]) if more else path
        said = {}
        for lang in ("en", "zh-TW"):
            got = registry.get("/rdap/" + urllib.parse.quote(path, safe="/?=&*:%"), headers={"Accept-Language": lang, **key})
            assert got.status == status, (path, got)
            document = got.json()
            said[lang] = [document["title"], *document["description"]]
            assert len(said[lang]) == 2 and all(said[lang]), (path, said)
        assert not any("\u4e00" <= c <= "\u9fff" for text in said["en"] for c in text), (path, said)
        assert all(any("\u4e00" <= c <= "\u9fff" for c in text) for text in said["zh-TW"]), (path, said)
    for method, path, status, head in (("POST", "/rdap/domain/maple.com.tw", 405, {}), ("GET", "/rdap/domain/%2e%2e/x", 400, {}), ("GET", "/rdap/domain/%00", 400, {}),
                                       ("GET", "/rdap/domain/maple.com.tw?%ff", 400, {}), ("GET", "/rdap/help", 400, {f"X-{i}": "x" for i in range(70)})):
        got = registry.get(path, method=method, headers={"Accept-Language": "zh-TW", **head})
        assert got.status == status and got.headers["Content-Type"] == "application/rdap+json", (path, got)
        assert all(any("\u4e00" <= c <= "\u9fff" for c in text) for text in got.json()["description"]), got.text
    for path in ("/api/v1/reports/%ff", "/api/%2e%2e/v1"):
        assert registry.get(path).headers["Content-Type"].startswith("application/problem+json")
    got = registry.get("/rdap/domain/maple.com.tw", headers={"Accept-Language": "zh-TW", "Authorization": "Bearer nonsense"}).json()
    assert got["description"] == ["這個權杖不屬於任何合作夥伴"]


# ── what is told, and to whom ──

def partner(site, *more):
    return site.json("partner", "add", "acme", "--purpose", "abuse handling", *more)["token"]


def test_person_for_public_and_partner(registry):
    document = rdap(registry, "domain/mei.idv.tw").text
    text = whois(registry, "mei.idv.tw")
    for secret in ("Mei Chen", "mei.private"):
        assert secret not in document and secret not in text
    redacted = json.loads(document)["redacted"]
    assert {"Registrant Name"} <= {r["name"].get("type") for r in redacted}
    assert any(r["method"] == "replacementValue" for r in redacted)
    for r in redacted:  # RFC 9537 §4.2: a path that is still there is the postPath
        assert r["pathLang"] == "jsonpath" and ("postPath" in r) != ("prePath" in r) and r["reason"]
        assert r["method"] in (("emptyValue", "replacementValue") if "postPath" in r else ("removal", "replacementValue")), r
    assert f"{registry.url}/contact/mei.idv.tw" in document and "REDACTED" in text
    token = partner(registry)
    before = registry.run("journal", "head").stdout.splitlines()[1]
    for auth in (f"Bearer {token}", "Basic " + base64.b64encode(f"acme:{token}".encode()).decode()):
        got = rdap(registry, "domain/mei.idv.tw?purpose=case+17", headers={"Authorization": auth})
        assert "mei.private@mail.example" in got.text and "redacted" not in got.json()
        assert "no-store" in got.headers["Cache-Control"]
    assert int(registry.run("journal", "head").stdout.splitlines()[1]) >= int(before) + 2
    registry.run("partner", "disable", "acme")
    for auth in (f"Bearer {token}", "Bearer x", "Basic !!", "Frob x"):
        got = rdap(registry, "domain/mei.idv.tw", 401, headers={"Authorization": auth})
        assert "WWW-Authenticate" in got.headers and "mei.private" not in got.text
    assert "mei.private" not in rdap(registry, "domain/mei.idv.tw").text  # not from a cache either


def test_every_disclosure_is_in_the_journal(registry, store_url):
    """Over RDAP and at the command line: who, what parts, what for. What the public sees is none."""
    def told():
        sql = "SELECT payload FROM journal_entry WHERE verb = 'disclosed' ORDER BY seq"
        return [json.loads(payload) for payload, in rows(registry, store_url, sql)]
    token = partner(registry)
    rdap(registry, "domain/mei.idv.tw"), registry.run("lookup", "show", "mei.idv.tw")
    assert told() == []
    rdap(registry, "domain/mei.idv.tw?purpose=case 17", headers={"Authorization": f"Bearer {token}"})
    shown = registry.run("lookup", "show", "mei.idv.tw", "--as", "staff", "--purpose", "letter of the court")
    assert "mei.private@mail.example" in shown.stdout
    first, second = told()
    assert (first["level"], first["partner"], first["purpose"]) == ("partner", "acme", "case 17") and "Email" in first["parts"]
    assert (second["level"], second["purpose"]) == ("staff", "letter of the court") and "Email" in second["parts"]
    # A former version, and what a search finds that isn't for everybody, whatever is shown of it; without the name that was asked for.
    registry.run("zone", "add", "test")
    registry.run("registrar", "add", "alpha", "--name", "Alpha Secret Names")
    for path in ("domain/maple.com.tw?at=2026-01-01", "entities?fn=Alpha*&fieldSet=id", "entities?fn=Nobody*"):
        rdap(registry, path, headers={"Authorization": f"Bearer {token}"})
    former, search = told()[2:]
    assert former["at"].startswith("2026-01-01") and former["parts"] == [] and former["purpose"] == "abuse handling"
    assert search["found"] == ["alpha"]
    subjects = [s for s, in rows(registry, store_url, "SELECT subject FROM journal_entry WHERE verb = 'disclosed' ORDER BY seq")]
    assert subjects[2:] == ["maple.com.tw", "/rdap/entities?fn="]


def test_a_session_of_staff_opens_what_its_role_reads(registry, store_url):
    registry.run("zone", "add", "test")
    registry.run("registrar", "add", "cedar", "--name", "Cedar Names", "--credit", "1000")
    hana, dirk, chen = staff(registry, "hana", "handler"), staff(registry, "dirk", "director"), user(registry, "cedar", "chen")
    got = hana.get("/rdap/domain/mei.idv.tw?purpose=case%2018")
    assert got.status == 200 and "mei.private@mail.example" in got.text and "no-store" in got.headers["Cache-Control"]
    told = [json.loads(p) for p, in rows(registry, store_url, "SELECT payload FROM journal_entry WHERE verb = 'disclosed'")]
    assert [(t["level"], t["purpose"]) for t in told] == [("staff", "case 18")]
    for other in (dirk, chen):  # a director reads figures; a registrar's people come in by the same door
        got = other.get("/rdap/domain/mei.idv.tw")
        assert got.status == 200 and "mei.private" not in got.text and "redacted" in got.json()
        assert other.get("/rdap/domain/mei.idv.tw?at=2026-01-01").status == 401
    assert hana.get("/rdap/domain/maple.com.tw?at=2026-11-01").status in (200, 404)


@pytest.mark.one_store
def test_history_is_for_partners(registry):
    token = partner(registry)
    rdap(registry, "domain/maple.com.tw?at=2026-01-01", 401)
    rdap(registry, "domain/maple.com.tw?at=2001-01-01", 404, headers={"Authorization": f"Bearer {token}"})
    rdap(registry, "domain/maple.com.tw?at=2026-01-01", headers={"Authorization": f"Bearer {token}"})
    rdap(registry, "domain/maple.com.tw?at=nonsense", 400, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.one_store
def test_searches(registry):
    token = {"Authorization": f"Bearer {partner(registry)}"}
    found = rdap(registry, "domains?name=map*.com.tw&fieldSet=id").json()
    assert [d["ldhName"] for d in found["domainSearchResults"]] == ["maple.com.tw"]
    assert {"paging", "sorting", "subsetting"} <= set(found["rdapConformance"])
    assert rdap(registry, "domains?name=absent*.tw").json()["domainSearchResults"] == []
    assert rdap(registry, "entities?handle=cedar", headers=token).json()["entitySearchResults"][0]["handle"] == "cedar"
    rdap(registry, "domains?name=map*.com.tw&sort=frob", 400)
    rdap(registry, "domains?name=map*.com.tw&fieldSet=frob", 400)
    rdap(registry, "domains?name=map*.com.tw&cursor=zz", 400)
    rdap(registry, "domains/reverse_search/entity?handle=X1", 401)
    # Files are not searched for what they say of a name: that is said with the empty result, beside the other notices.
    for lang, title in (("en", "Search Policy"), ("zh-TW", "搜尋政策")):
        for path in ("domains/reverse_search/entity?handle=cedar&role=registrar", "entities?fn=Maple*", "domains?name=map*.com.tw"):
            notices = rdap(registry, path, headers={**token, "Accept-Language": lang}).json()["notices"]
            assert (title in [n["title"] for n in notices]) == ("map*" not in path) and len(notices) > 2, (path, notices)
    assert rdap(registry, "domains/reverse_search/entity?handle=X1", headers=token).json()["domainSearchResults"] == []


@pytest.mark.one_store
def test_headers(registry):
    got = rdap(registry, "domain/maple.com.tw")
    assert rdap(registry, "domain/maple.com.tw", 304, headers={"If-None-Match": got.headers["ETag"]}).body == b""
    for path in ("help", "domains?name=map*.com.tw&fieldSet=id"):
        tag = rdap(registry, path).headers["ETag"]
        assert rdap(registry, path, 304, headers={"If-None-Match": tag}).body == b""
        assert rdap(registry, path, method="HEAD").headers["ETag"] == tag
    key = {"Authorization": f"Bearer {partner(registry)}"}
    for path in ("domain/maple.com.tw", "help", "domains?name=map*.com.tw", "entities?handle=A91", "domains/reverse_search/entity?handle=X1"):
        for accept in ("image/png", "text/plain", "application/rdap+json;q=0", "*/*;q=0", "application/*;q=0.0, */*", "*/*, application/rdap+json;q=0"):
            error = rdap(registry, path, 406, headers={**key, "Accept": accept}).json()
            assert error["errorCode"] == 406
        for accept in ("application/rdap+json", "application/json", "*/*", "text/html", "application/rdap+json; q=0.1, */*;q=0",
                       "application/json;q=0, application/*"):
            rdap(registry, path, headers={**key, "Accept": accept})
    if shutil.which("curl"):
        done = subprocess.run(["curl", "-fsS", f"{registry.url}/rdap/domain/maple.com.tw"], capture_output=True, text=True, timeout=20)
        assert json.loads(done.stdout)["ldhName"] == "maple.com.tw", done.stderr
    options = rdap(registry, "domain/maple.com.tw", 204, method="OPTIONS")
    assert "Authorization" in options.headers["Access-Control-Allow-Headers"]
    notices = rdap(registry, "help", headers={"Accept-Language": "zh-TW"}).json()
    assert notices["lang"] == "zh-TW" and any("使用條款" == n["title"] for n in notices["notices"])


@pytest.mark.one_store
def test_redirects(registry):
    for path, where in (("domain/example.net", "https://rdap.verisign.example/v1/domain/example.net"),
                        ("ip/1.0.16.1", "https://rdap.apnic.example/ip/1.0.16.1")):
        assert rdap(registry, path, 302).headers["Location"] == where
    rdap(registry, "domain/absent.tw", 404)


def test_notices(registry):
    rdap(registry, "domain/maple.com.tw")
    registry.run("lookup", "notice", "terms", "en", "--title", "House rules", "--text", "Be kind.", "--link", "https://x.example/")
    registry.until(lambda: "House rules" in rdap(registry, "domain/maple.com.tw").text, "the notice")
    zh = {"Accept-Language": "zh-TW"}
    assert "House rules" in rdap(registry, "domain/maple.com.tw", headers=zh).text  # English where there is nothing else
    registry.run("lookup", "notice", "terms", "zh-TW", "--title", "本站條款", "--text", "請善待他人。", "--link", "https://x.example/zh")
    registry.until(lambda: "本站條款" in rdap(registry, "domain/maple.com.tw", headers=zh).text, "the notice in Chinese")
    for path in ("domain/maple.com.tw", "help", "domains?name=map*.com.tw"):
        for headers, title, text, other in ((zh, "本站條款", "請善待他人。", "House rules"), ({"Accept-Language": "en"}, "House rules", "Be kind.", "本站條款")):
            got = rdap(registry, path, headers=headers)
            notice, = (n for n in got.json()["notices"] if n["title"] == title)
            assert notice["description"] == [text] and other not in got.text, path


@pytest.mark.one_store
def test_the_zones_other_spelling(registry, valid):
    """A name under the zone's other spelling is the same one: RFC 9083 §5.3's `variants` says so, and WHOIS."""
    document = rdap(registry, "domain/茶園示範.台湾").json()
    valid("domain", document)
    assert document["unicodeName"] == "茶園示範.台灣"
    assert document["variants"] == [{"relation": ["registered", "conjoined"],
                                     "variantNames": [{"ldhName": "xn--hdsu80fzxb04l.xn--kprw13d", "unicodeName": "茶園示範.台湾"}]}]
    assert "Variant: xn--hdsu80fzxb04l.xn--kprw13d (茶園示範.台湾)" in whois(registry, "茶園示範.台湾")
    assert "variants" not in rdap(registry, "domain/茶園示範.台灣").json()


@pytest.mark.one_store
def test_whois_is_named_where_it_is(registry):
    assert rdap(registry, "domain/maple.com.tw").json()["port43"]
    registry.stop()
    registry.serve(**{"whois.listen": ""})
    assert "port43" not in rdap(registry, "domain/maple.com.tw").json()


# ── fresh ──

def test_change_is_seen_within_a_second(registry, tmp_path):
    for _ in range(3):  # warm
        rdap(registry, "domain/maple.com.tw"), rdap(registry, "domain/MAPLE.com.tw"), whois(registry, "maple.com.tw")
    (tmp_path / "names.csv").write_text(NAMES.replace("Maple Trading Ltd", "Oak Trading Ltd"), encoding="utf-8")
    registry.run("import", "names", tmp_path / "names.csv")
    end = time.monotonic() + 1
    while time.monotonic() < end:
        if all("Oak Trading" in s for s in (rdap(registry, "domain/maple.com.tw").text, whois(registry, "maple.com.tw"))):
            break
    time.sleep(0.2)
    for _ in range(20):
        for text in (rdap(registry, "domain/maple.com.tw").text, rdap(registry, "domain/MAPLE.com.tw").text, whois(registry, "maple.com.tw")):
            assert "Oak Trading" in text


# ── WHOIS ──

@pytest.mark.one_store
def test_whois_clients(registry):
    host, port = registry.whois
    if not shutil.which("whois"):
        pytest.skip("no whois")

    def client(what):
        return subprocess.run(["whois", "-h", host, "-p", str(port), what], capture_output=True, text=True, timeout=20).stdout
    assert "Domain Name: maple.com.tw" in client("maple.com.tw")
    assert "茶園有限公司" in client("茶園示範.台灣")
    assert "Origin AS: AS3462" in client("1.34.5.6")
    assert "AS Number: AS3462" in client("AS3462")
    assert "No match" in client("absent.tw")
    if shutil.which("curl"):
        done = subprocess.run(["curl", "-s", f"telnet://{host}:{port}"], input="maple.com.tw\r\n", capture_output=True, text=True, timeout=20)
        assert "Domain Name: maple.com.tw" in done.stdout


@pytest.mark.one_store
def test_whois_is_hard_to_upset(registry):
    assert "Ask with one line" in whois(registry, "help")
    assert "refer: whois.apnic.net" in whois(registry, "1.0.16.1")
    for line in ("\x01\x02", "a" * 400, "x y z", "-T dn,ace maple.com.tw", "'; DROP TABLE names_domain; --", "%s%n"):
        assert whois(registry, line)
    slow = [socket.create_connection(registry.whois) for _ in range(20)]  # say nothing
    for s in slow[:10]:
        s.sendall(b"map")
    began = time.monotonic()
    assert "Domain Name" in whois(registry, "maple.com.tw") and time.monotonic() - began < 1
    for s in slow:
        s.close()
    for line in (b"a" * 5000 + b"\r\n", b"a" * 600, b"maple\0.com.tw\r\n"):  # no question: said, not merely cut off
        with socket.create_connection(registry.whois, timeout=5) as s:
            s.sendall(line)
            assert s.recv(1000).startswith(b"% The query is one line"), line[:20]
    with socket.create_connection(registry.whois, timeout=5) as s:  # a line that ends with the connection's half
        s.sendall(b"maple.com.tw")
        s.shutdown(socket.SHUT_WR)
        assert b"Domain Name: maple.com.tw" in s.recv(4096)
    # Who is sent on from a zone of ours comes back; others are sent on.
    for name in ("absent.tw", "www.maple.com.tw", "茶園.台灣", "nameserver ns9.absent.tw"):
        assert "refer:" not in whois(registry, name), name
    assert "refer: whois.iana.org" in whois(registry, "absent.example")


@pytest.mark.one_store
def test_check_finds_no_difference(registry):
    found = registry.json("check", "lookup")
    assert found["different"] == 0
    assert found["kinds"]["imported domains"] == 4 and found["kinds"]["networks"] == 3 and found["kinds"]["holders"] == 2, found
    assert registry.json("check", "lookup", "--sample", "1")["checked"] < found["checked"]
    assert "checked, 0 differ" in registry.run("check", "lookup").stdout
    for _ in range(2):  # what is made for it, and what is kept
        assert registry.json("check", "lookup", "--served") == found
    registry.stop()
    silent = registry.run("check", "lookup", "--served", check=False)
    assert silent.returncode == 1 and "the server does not answer at http://127.0.0.1:" in silent.stderr and len(silent.stderr.splitlines()) == 1, silent
