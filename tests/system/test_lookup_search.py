"""RDAP's searches (RFC 9082 §3.2) with order and pages (8977), parts (8982) and reverse search (9536); former versions; holders by
their opaque id; what harvesters meet; two processes on one database."""
import json
import os
import re
import socket
import subprocess
import time
import urllib.parse
import uuid

import pytest
import test_console
from conftest import Site, free_ports
from test_epp import NS, SECRET, command, create_contact, on
from test_kit import server_now, staff
from test_lookup import CONTACTS, HOLDINGS, NAMES, partner, rdap, registry, valid, whois  # noqa: F401

SERVERS = "ns1.big-host.example ns2.big-host.example"
MANY = "".join(f"many{i:03}.tw,20{10 + i % 9}-01-01,2037-01-{1 + i % 28:02},cedar,Holder {i},org,TW,ok,{SERVERS}\n" for i in range(120))


@pytest.fixture
def searched(registry, tmp_path):  # noqa: F811
    path = tmp_path / "many.csv"
    path.write_text(NAMES + MANY, encoding="utf-8")
    registry.run("import", "names", path)
    registry.token = {"Authorization": f"Bearer {partner(registry)}"}
    registry.until(lambda: rdap(registry, "domains?name=many*.tw").json()["domainSearchResults"], "the import to be seen")
    return registry


def names_of(answer, key="ldhName"):
    results = next(v for k, v in answer.items() if k.endswith("SearchResults"))
    return [r[key] for r in results]


def all_pages(site, path, **more):
    """Everything, following `next`; the pages' sizes."""
    found, sizes = [], []
    while path:
        answer = rdap(site, path, **more).json()
        found += names_of(answer)
        sizes.append(answer["paging_metadata"]["pageSize"])
        links = answer["paging_metadata"].get("links", [])
        path = links[0]["href"].split("/rdap/", 1)[1] if links else None
    return found, sizes


def test_pages_and_order(searched):
    """RFC 8977: pages, a count, orders by name and by dates, both ways."""
    want = [f"many{i:03}.tw" for i in range(120)]
    assert all_pages(searched, "domains?name=many*.tw&fieldSet=id") == (want, [50, 50, 20])
    counted = rdap(searched, "domains?name=many*.tw&fieldSet=id&count=true").json()
    assert counted["paging_metadata"]["totalCount"] == 120
    assert all_pages(searched, "domains?name=many*.tw&fieldSet=id&sort=name:d")[0] == want[::-1]
    by_date = all_pages(searched, "domains?name=many*.tw&fieldSet=id&sort=registrationDate:d,name&count=true")[0]
    assert by_date == sorted(want, key=lambda n: (-(int(n[4:7]) % 9), n))
    sorts = {s["property"] for s in counted["sorting_metadata"]["availableSorts"]}
    assert sorts == {"name", "registrationDate", "lastChangedDate", "expirationDate", "transferDate"}
    assert rdap(searched, "domains?name=many*.tw&sort=expirationDate").json()["sorting_metadata"]["currentSort"] == "expirationDate"
    for wrong in ("sort=email", "sort=name:x", "sort=name,name,name,name", "fieldSet=x", "cursor=zz"):
        rdap(searched, f"domains?name=many*.tw&{wrong}", 400)
    for scans in ("ma*.tw", "*.tw", "many*", "m*ny.tw", "many*.*"):
        rdap(searched, f"domains?name={scans}", 422)


def test_field_sets(searched):
    """RFC 8982: full, brief, id."""
    sizes = [len(rdap(searched, f"domains?name=map*.com.tw&fieldSet={s}").body) for s in ("full", "brief", "id")]
    assert sizes[0] > sizes[1] > sizes[2]
    one = rdap(searched, "domains?name=map*.com.tw&fieldSet=id").json()
    assert set(one["domainSearchResults"][0]) == {"objectClassName", "ldhName", "links"}
    assert one["subsetting_metadata"]["currentFieldSet"] == "id"


def test_by_name_server(searched):
    """nsLdhName, nsIp and name servers over imported zones."""
    want = [f"many{i:03}.tw" for i in range(120)]
    assert all_pages(searched, "domains?nsLdhName=ns1.big-host.example&fieldSet=id")[0] == want
    assert all_pages(searched, "domains?nsLdhName=ns2.big*&fieldSet=id")[0] == want
    assert names_of(rdap(searched, "domains?nsLdhName=ns1.maple.com.tw&fieldSet=id").json()) == ["maple.com.tw", "xn--hdsu80fzxb04l.xn--kpry57d"]
    assert names_of(rdap(searched, "domains?nsLdhName=ns9.maple.com.tw").json()) == []
    assert names_of(rdap(searched, "domains?nsIp=192.0.2.1").json()) == []
    assert names_of(rdap(searched, "nameservers?name=ns1.map*").json()) == ["ns1.maple.com.tw"]
    assert names_of(rdap(searched, "nameservers?ip=2001:db8::1").json()) == []
    rdap(searched, "domains?nsIp=nonsense", 422)
    rdap(searched, "domains?nsLdhName=n*", 422)


def test_a_changed_import_is_searched_anew(searched, tmp_path):
    path = tmp_path / "again.csv"
    path.write_text(NAMES + MANY.replace("many007.tw,", "many007.tw,", 1).replace(SERVERS, "ns1.other-host.example", 1), encoding="utf-8")
    searched.run("import", "names", path)
    searched.until(lambda: names_of(rdap(searched, "domains?nsLdhName=ns1.other-host.example").json()) == ["many000.tw"], "the new server")
    assert "many000.tw" not in all_pages(searched, "domains?nsLdhName=ns1.big-host.example&fieldSet=id")[0]


def test_names_of_a_zone_taken_over_are_no_search(site, tmp_path):
    """However many were imported of a zone that is the registry's own by now, a search of their server is answered."""
    rows = "".join(f"many{i:05}.{'tw' if i % 1000 == 7 else 'test'},2020-01-01,2037-01-01,cedar,H,org,TW,ok,{SERVERS}\n" for i in range(9000))
    (tmp_path / "names.csv").write_text(NAMES + rows, encoding="utf-8")
    site.run("import", "names", tmp_path / "names.csv")
    test_console.zone(site)
    site.serve()
    for server in SERVERS.split():
        assert names_of(rdap(site, f"domains?nsLdhName={server}").json()) == [f"many{i:05}.tw" for i in range(7, 9000, 1000)]
    assert names_of(rdap(site, "domains?nsLdhName=ns1.maple.com.tw&fieldSet=id").json()) == ["maple.com.tw", "xn--hdsu80fzxb04l.xn--kpry57d"]


def test_entities_and_who_may(searched):
    token = searched.token
    for path in ("entities?handle=ced*", "entities?fn=Cedar*", "domains/reverse_search/entity?fn=Cedar*",
                 "nameservers/reverse_search/entity?handle=cedar"):
        got = rdap(searched, path, 401)
        assert "WWW-Authenticate" in got.headers
    assert names_of(rdap(searched, "entities?handle=A91", headers=token).json(), "handle") == ["A91"]
    assert names_of(rdap(searched, "entities?handle=ced*", headers=token).json(), "handle") == []  # a sponsor of files, no object
    assert names_of(rdap(searched, "entities?fn=Nobody*", headers=token).json(), "handle") == []
    rdap(searched, "entities?fn=N*", 422, headers=token)
    assert names_of(rdap(searched, "domains/reverse_search/entity?email=x@example.tw", headers=token).json()) == []
    rdap(searched, "domains/reverse_search/entity?fn=Cedar&role=frob", 400, headers=token)
    rdap(searched, "domains/reverse_search/entity?role=registrant", 400, headers=token)
    rdap(searched, "domains/reverse_search/entity?fn=A&handle=B", 501, headers=token)
    rdap(searched, "nameservers/reverse_search/entity?email=a@example.tw", 501, headers=token)
    help_ = rdap(searched, "help").json()
    assert {"searchableResourceType": "domains", "relatedResourceType": "entity", "property": "role"} in help_["reverse_search_properties"]


@pytest.mark.one_store
def test_levels_are_configured(make_site, tmp_path):
    site = make_site(**{"rdap.entity_search": "public", "rdap.reverse_search": "staff"}).serve()
    assert names_of(rdap(site, "entities?handle=ABC*").json(), "handle") == []
    got = rdap(site, "entities?handle=ABC*&sort=email", 400)  # an order tells of what is withheld
    assert "sort" in got.text
    site.run("registrar", "add", "cedar", "--name", "Cedar Names", "--credit", "100")
    assert names_of(rdap(site, "entities?fn=Cedar*").json(), "handle") == ["cedar"]
    token = {"Authorization": f"Bearer {partner(site)}"}
    rdap(site, "domains/reverse_search/entity?handle=X", 401)
    rdap(site, "domains/reverse_search/entity?handle=X", 403, headers=token)
    bad = site.run("serve", "--set", "rdap.entity_search=frob", check=False)
    assert bad.returncode != 0 and "public, partner or staff" in bad.stderr


@pytest.mark.one_store
def test_nobody_is_found_by_what_is_withheld(site):
    """Searches that are open to everybody find no contact by a name or an address that is not shown."""
    test_console.zone(site)
    site.registrars = {"alpha": site.json("registrar", "add", "alpha", "--credit", "100000")}
    site.serve(**{"rdap.entity_search": "public", "rdap.reverse_search": "public"})
    alpha = test_console.epp(site, "alpha")
    alpha.ask(create_contact("CON-1").replace("<o:org>Acme</o:org>", ""), 1000)
    alpha.ask(command(on("create", "domain", "<o:name>tea.test</o:name><o:registrant>CON-1</o:registrant>"
                                             f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>")), 1000)
    token = {"Authorization": f"Bearer {partner(site)}"}
    document = rdap(site, "entity/CON-1", headers=token).json()
    card = {line[0]: line[3] for line in document["vcardArray"][1]}
    by_name, by_reverse_name, by_address = (f"{path}={urllib.parse.quote(card[what])}" for path, what in
                                            (("entities?fn", "fn"), ("domains/reverse_search/entity?fn", "fn"), ("domains/reverse_search/entity?email", "email")))
    def found(path, key, **more):
        return names_of(site.get("/rdap/" + path, **more).json(), key)
    assert found(by_name, "handle") == [] and found(by_name, "handle", headers=token) == ["CON-1"]
    # Who may not find them is told that there may be some.
    by_partners = "Contacts are found by this search by partners only."
    assert by_partners in site.get("/rdap/" + by_name).text and by_partners not in site.get("/rdap/" + by_name, headers=token).text
    assert site.get(f"/rdap/{by_name}&count=true").json()["paging_metadata"]["totalCount"] == 0
    for path in (by_reverse_name, by_address):
        got = site.get("/rdap/" + path)
        assert got.status == 401 and "WWW-Authenticate" in got.headers, got
        assert found(path, "ldhName", headers=token) == ["tea.test"]
    assert found("domains/reverse_search/entity?handle=CON-1", "ldhName") == ["tea.test"]  # a handle is shown


def test_holder_by_opaque_id(searched, valid):  # noqa: F811
    """delegated-extended's opaque id is an entity: what it holds, and who can be written to."""
    document = rdap(searched, "entity/A91").json()
    assert {n["handle"].split("|")[2] for n in document["networks"]} == {"1.34.0.0", "2001:b000::"}
    assert document["autnums"][0]["startAutnum"] == 3462
    assert "Big Telecom" in json.dumps(document) and "abuse@telecom.example" in json.dumps(document)
    text = whois(searched, "entity A91")
    assert "Holder ID: A91" in text and "AS Number: AS3462" in text and "Network: 1.34.0.0 - 1.35.255.255" in text
    rdap(searched, "entity/A93", 404)  # held in another country
    valid("entity", document)
    old = rdap(searched, "entity/A91?at=2008-01-01", headers=searched.token).json()
    assert {n["handle"].split("|")[2] for n in old["networks"]} == {"2001:b000::"}
    rdap(searched, "entity/A91?at=1980-01-01", 404, headers=searched.token)
    rdap(searched, "entity/A91?at=2008-01-01", 401)


# ── redirects (RFC 7480 §5.2) ──

@pytest.mark.one_store
def test_where_others_objects_are(registry, tmp_path):  # noqa: F811
    (tmp_path / "asn.json").write_text(json.dumps({"services": [[["4608-4865"], ["https://rdap.apnic.example/"]]]}))
    (tmp_path / "ipv6.json").write_text(json.dumps({"services": [[["2400::/12"], ["https://rdap.apnic.example/"]]]}))
    registry.run("lookup", "bootstrap", tmp_path / "asn.json", tmp_path / "ipv6.json")
    for path, where in (("autnum/4700", "https://rdap.apnic.example/autnum/4700"),
                        ("ip/2400:1::/32", "https://rdap.apnic.example/ip/2400:1::/32"),
                        ("domain/%E4%BE%8B.com", "https://rdap.verisign.example/v1/domain/")):
        got = rdap(registry, path, 302)
        assert got.headers["Location"].startswith(where), got.headers["Location"]
    for path in ("autnum/64512", "ip/fe80::1", "entity/NOBODY", "nameserver/ns1.absent.example"):
        rdap(registry, path, 404)
    evil = registry.get("/rdap/domain/x%0d%0aSet-Cookie:a=b.com")
    assert evil.status == 400 and "Set-Cookie" not in evil.headers


# ── harvesters ──

@pytest.mark.one_store
def test_harvesters_are_slowed(registry):  # noqa: F811
    registry.stop()
    registry.serve(**{"rdap.per_net_hour": 200, "whois.per_net_hour": 100})
    got = [registry.get("/rdap/domain/maple.com.tw") for _ in range(40)]
    late = [g for g in got if g.status == 429]
    assert got[0].status == 200 and late, "a network that asks and asks is told to wait"
    assert 1 <= int(late[0].headers["Retry-After"]) <= 3600 and late[0].json()["errorCode"] == 429
    answers = [whois(registry, "maple.com.tw") for _ in range(30)]
    assert "Domain Name" in answers[0] and "try again in" in answers[-1]
    assert registry.metric("lookup_limited_rdap_total") == len(late)
    assert registry.metric("lookup_limited_whois_total") == sum("try again in" in a for a in answers)
    for path in ("/lookup?q=maple.com.tw", "/api/v1/holder?thing=maple.com.tw"):  # these tell the same, out of the same budget
        registry.stop()
        registry.serve(**{"rdap.per_net_hour": 200})
        got = [registry.get(path) for _ in range(40)]
        late = [g for g in got if g.status == 429]
        assert all(g.status == 200 for g in got[:20]) and late and 1 <= int(late[0].headers["Retry-After"]) <= 3600, path
        assert registry.metric("lookup_limited_rdap_total") == len(late)
        assert registry.get("/rdap/domain/maple.com.tw").status == 429 and registry.get("/lookup").status == 200
    hana = staff(registry, "hana", "handler")
    assert all(hana.get(path).status == 200 for path in ("/lookup?q=maple.com.tw", "/api/v1/holder?thing=maple.com.tw", "/rdap/domain/maple.com.tw"))
    registry.stop()
    registry.serve()  # as installed people don't meet it
    assert all(registry.get("/lookup?q=maple.com.tw").status == 200 for _ in range(100))


def usual_time(ask):
    """Of 21 answers the one in the middle: no one of them that meets a busy machine counts."""
    took = []
    for _ in range(21):
        began = time.monotonic()
        ask()
        took.append(time.monotonic() - began)
    return sorted(took)[10]


@pytest.mark.one_store
def test_a_slow_reader_holds_up_nobody(searched):
    """Neither in RDAP nor in WHOIS: beside them an answer takes about the time that it takes without them."""
    asks = [lambda: rdap(searched, "domain/maple.com.tw"), lambda: whois(searched, "entity A91")]
    alone = [usual_time(ask) for ask in asks]
    slow = []
    for _ in range(50):  # ask for large pages and read nothing
        s = socket.create_connection(searched.url.split("//")[1].split(":"))
        for _ in range(8):
            s.sendall(b"GET /rdap/domains?name=many*.tw HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.append(s)
    for _ in range(100):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the least there is
        s.connect(searched.whois)
        s.sendall(b"entity A91\r\n")
        slow.append(s)
    for before, ask in zip(alone, asks):
        assert usual_time(ask) <= 1 + 5 * before
    for s in slow:
        s.close()


# ── two processes on one PostgreSQL ──

def second(site, tmp_path):
    """Another process on the site's database."""
    other = object.__new__(Site)
    other.__dict__.update(site.__dict__)
    http_port, whois_port = free_ports(2)
    other.url, other.whois, other.process = f"http://127.0.0.1:{http_port}", ("127.0.0.1", whois_port), None
    other.logfile = tmp_path / "other.log"
    return other.serve(**{"http.listen": f"127.0.0.1:{http_port}", "whois.listen": f"127.0.0.1:{whois_port}", "epp.listen": ""})


def test_two_processes_agree(site, tmp_path, store_kind):
    if store_kind != "postgresql":
        pytest.skip("SQLite has one process")
    for kind, text in (("names", NAMES), ("holdings", HOLDINGS), ("contacts", CONTACTS)):
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        site.run("import", kind, tmp_path / f"{kind}.csv")
    site.serve()
    other = second(site, tmp_path)
    try:
        def said():
            return [f(s) for s in (site, other) for f in (lambda s: rdap(s, "domain/maple.com.tw").text, lambda s: whois(s, "maple.com.tw"))]
        for turn in range(4):
            said(), said()  # into both caches
            (tmp_path / "names.csv").write_text(NAMES.replace("Maple Trading Ltd", f"Turn {turn} Ltd"), encoding="utf-8")
            site.run("import", "names", tmp_path / "names.csv")
            time.sleep(1)  # the promise: after a second nobody says the old one
            for text in said() + said():
                assert f"Turn {turn} Ltd" in text
    finally:
        other.stop()


# ── a change of one object that another's answer tells ──

def test_changes_elsewhere_are_seen(site, tmp_path, store_kind):
    """Linked and unlinked, a renamed host, its addresses, a transferred and a deleted domain, a period that ends: a second later no answer that was
    kept tells otherwise, on any process, and it is what rows say; former versions know a renamed host."""
    test_console.zone(site)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "100000") for h in ("alpha", "beta")}
    site.serve()
    processes = [site, second(site, tmp_path)] if store_kind == "postgresql" else [site]
    alpha, beta = test_console.epp(site, "alpha"), test_console.epp(site, "beta")
    token = {"Authorization": f"Bearer {partner(site)}"}
    asked = [("entity/CON-1", "entity CON-1"), ("nameserver/ns1.out.example", "nameserver ns1.out.example"), ("domain/tea.test", "tea.test"),
             ("nameserver/ns.tea.test", "nameserver ns.tea.test"), ("nameserver/dns.tea.test", "nameserver dns.tea.test")]

    def said():
        return [(path, s.get("/rdap/" + path).text, whois(s, line)) for s in processes for path, line in asked]

    def after(change, want):
        said(), said()  # into every cache
        change()
        time.sleep(1)
        kept = said()
        for path, document, text in kept:
            for part, there in want.get(path, {}).items():
                assert (part in document) == there, (path, part, document)
        site.until(lambda: site.json("check", "lookup")["different"] == 0, "the check")
        return kept

    def now():
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(server_now(site)))

    def domain(verb, name, rest):
        return command(on(verb, "domain", f"<o:name>{name}</o:name>{rest}"))
    pw = f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>"
    alpha.ask(create_contact("CON-1"), 1000), alpha.ask(command(on("create", "host", "<o:name>ns1.out.example</o:name>")), 1000)
    linked = {path: {"associated": True} for path in ("entity/CON-1", "nameserver/ns1.out.example")}
    apart = {path: {"associated": False} for path in linked}
    tea = "<o:ns><o:hostObj>ns1.out.example</o:hostObj></o:ns><o:registrant>CON-1</o:registrant>" + pw
    after(lambda: alpha.ask(domain("create", "tea.test", tea), 1000), linked)
    ns = "<o:{0}><o:ns><o:hostObj>{1}</o:hostObj></o:ns></o:{0}>"
    after(lambda: alpha.ask(domain("update", "tea.test", ns.format("rem", "ns1.out.example")), 1000), {"nameserver/ns1.out.example": {"associated": False}})
    alpha.ask(command(on("create", "host", '<o:name>ns.tea.test</o:name><o:addr ip="v4">192.0.2.7</o:addr>')), 1000)
    after(lambda: alpha.ask(domain("update", "tea.test", ns.format("add", "ns.tea.test")), 1000),
          {"domain/tea.test": {"ns.tea.test": True, "192.0.2.7": True}, "nameserver/ns.tea.test": {"associated": True}})
    after(lambda: alpha.ask(command(on("update", "host", '<o:name>ns.tea.test</o:name><o:add><o:addr ip="v4">192.0.2.9</o:addr></o:add>')), 1000),
          {"domain/tea.test": {"192.0.2.9": True}, "nameserver/ns.tea.test": {"192.0.2.9": True}})
    before = now()
    kept = after(lambda: alpha.ask(command(on("update", "host", "<o:name>ns.tea.test</o:name><o:chg><o:name>dns.tea.test</o:name></o:chg>")), 1000),
                        {"domain/tea.test": {"dns.tea.test": True, '"ns.tea.test"': False}, "nameserver/ns.tea.test": {"errorCode": True},
                         "nameserver/dns.tea.test": {"errorCode": False}})
    assert all("No match" in text for path, _, text in kept if path == "nameserver/ns.tea.test")
    for at, name in ((before, "ns.tea.test"), (now(), "dns.tea.test")):
        assert [n["ldhName"] for n in rdap(site, f"domain/tea.test?at={at}", headers=token).json()["nameservers"]] == [name]

    def transfer():
        beta.ask(command(f'<transfer op="request"><o:transfer xmlns:o="{NS}domain-1.0"><o:name>tea.test</o:name>{pw}</o:transfer></transfer>'), 1001)
        alpha.ask(command(f'<transfer op="approve"><o:transfer xmlns:o="{NS}domain-1.0"><o:name>tea.test</o:name></o:transfer></transfer>'), 1000)
    after(transfer, {path: {'"beta"': True, '"alpha"': False} for path in ("domain/tea.test", "nameserver/dns.tea.test")})
    after(lambda: site.advance("6d"), {"domain/tea.test": {"transfer period": False, "add period": False}})
    beta.ask(domain("update", "tea.test", ns.format("rem", "dns.tea.test")), 1000)
    after(lambda: beta.ask(command(on("delete", "host", "<o:name>dns.tea.test</o:name>")), 1000), {"nameserver/dns.tea.test": {"errorCode": True}})
    after(lambda: beta.ask(domain("delete", "tea.test", ""), 1001), {"domain/tea.test": {"pending delete": True}})
    after(lambda: site.advance("36d"), {**apart, "domain/tea.test": {"errorCode": True}, "nameserver/dns.tea.test": {"errorCode": True}})
    for process in processes[1:]:
        process.stop()


def test_prefixes_in_any_locale(make_site, tmp_path, store_kind):
    """A database whose own order of texts puts `-` and capitals elsewhere finds the same names."""
    if store_kind != "postgresql":
        pytest.skip("SQLite compares bytes")
    base = os.environ["NICERT_TEST_PG"]
    name = "icu" + uuid.uuid4().hex[:10]
    psql = ["psql", "-q", "-X", "-t", "-v", "ON_ERROR_STOP=1", base, "-c"]
    made = subprocess.run([*psql, f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' ENCODING 'UTF8'"],
                          capture_output=True, text=True)
    if made.returncode:
        pytest.skip("this PostgreSQL has no ICU: " + made.stderr.strip())
    try:
        url = re.sub(r"^(postgres(?:ql)?://[^/]*/)[^?]*", rf"\g<1>{name}", base)
        site = make_site(**{"store.url": url})
        rows = "".join(f"{n},2020-01-01,2037-01-01,cedar,H,org,TW,ok,ns1.{n}\n" for n in ("a-b-c.tw", "a-bc.tw", "abc.tw", "a-b--x.tw", "abcd.tw"))
        (tmp_path / "n.csv").write_text(NAMES.splitlines()[0] + "\n" + rows)
        site.run("import", "names", tmp_path / "n.csv")
        site.serve()
        assert names_of(rdap(site, "domains?name=a-b*.tw").json()) == ["a-b--x.tw", "a-b-c.tw", "a-bc.tw"]
        assert names_of(rdap(site, "nameservers?name=ns1.a-b*").json()) == ["ns1.a-b--x.tw", "ns1.a-b-c.tw", "ns1.a-bc.tw"]
        columns = subprocess.run([*psql[:-2], url, "-c", "SELECT count(*) FROM information_schema.columns WHERE collation_name = 'C'"
                                  " AND table_name LIKE 'registry_%'"], capture_output=True, text=True, check=True)
        assert int(columns.stdout) >= 12  # the registry's own keys, names and handles
        site.stop()
    finally:
        subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], capture_output=True)
