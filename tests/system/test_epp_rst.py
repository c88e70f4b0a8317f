"""The EPP cases of ICANN's Registry System Testing, each a test with its id, over raw TLS.

The cases are read from $NICERT_TESTDATA/epp/rst/cases.yaml, so that a new one without a place in CASES fails. All share one
running site a store, and make their objects under random names.
"""
import concurrent.futures
import contextlib
import datetime
import os
import random
import re
import socket
import ssl
import string
import subprocess
import time
import warnings
from pathlib import Path

import pytest
from conftest import Site, database
from test_epp import EXTENSIONS, NS, OBJECTS, SECRET, Client, command, info, on

POLICY = """terms 1-10
grace add 5d
grace renew 5d
grace transfer 5d
grace redemption 30d
grace pending-delete 5d
expiry auto-renew
transfer-wait 5d
general open
name-servers 0-13
price create 800 TWD per-year
price renew 800 TWD per-year
price transfer 0 TWD
price restore 2000 TWD
"""
DIGEST = "49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE69FD46E6C4B45C55D4AC69CB"
SYNTAX = (2001, 2003, 2004, 2005, 2306)  # which of them depends on who notices first: schema, range or policy


# ── the site ──

class World:
    """A running site with the zones test and other, and three registrars with money."""

    def __init__(self, site):
        self.site = site
        policy = site.dir / "test.policy"
        policy.write_text(POLICY)
        for zone in ("test", "other"):
            site.run("zone", "add", zone, "--policy", policy)
        self.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000", "--sessions", "150", "--rate", "1000")
                           for h in ("alpha", "beta", "gamma")}
        site.serve()

    def client(self, handle=None):
        return Speaker(self.site, self.registrars[handle] if handle else None)

    def enter(self, handle="alpha"):
        c = self.client(handle)
        c.login(1000)
        return c

    @contextlib.contextmanager
    def two(self):
        a, b = self.enter("alpha"), self.enter("beta")
        yield a, b
        a.close()
        b.close()


class Speaker(Client):
    """test_epp's client, with words for what the cases do."""

    def result(self, frame):
        """Code and answer."""
        answer = self.ask(frame)
        assert answer, "the server closed"
        return int(re.search(r'<result code="(\d+)"', answer).group(1)), answer

    def done(self, frame):
        code, answer = self.result(frame)
        assert 1000 <= code < 2000, answer
        return answer

    def refused(self, frame, *codes):
        code, answer = self.result(frame)
        assert code in codes if codes else code >= 2000, answer
        return answer

    # objects

    def contact(self, **more):
        handle = f"C-{word(10)}"
        self.done(contact_frame(handle, **more))
        return handle

    def domain(self, zone="test", **more):
        name = f"{word()}.{zone}"
        self.done(domain_frame(name, more.pop("registrant", None) or self.contact(), **more))
        return name

    def host(self, name=None, *addrs):
        name = name or f"ns.{word()}.example"
        self.done(host_frame(name, *addrs))
        return name

    def info(self, kind, key):
        return self.done(command(on("info", kind, f"<o:{key_of(kind)}>{key}</o:{key_of(kind)}>")))


def word(n=12):
    return "".join(random.choices(string.ascii_lowercase, k=n))


def key_of(kind):
    return "id" if kind == "contact" else "name"


def about(verb, kind, key, more="", attributes="", extension=""):
    return command(on(verb, kind, f"<o:{key_of(kind)}>{key}</o:{key_of(kind)}>{more}", attributes), extension)


def delete(kind, key):
    return about("delete", kind, key)


def update(kind, key, add="", rem="", chg="", extension=""):
    parts = "".join(f"<o:{tag}>{body}</o:{tag}>" for tag, body in (("add", add), ("rem", rem), ("chg", chg)) if body)
    return about("update", kind, key, parts, extension=extension)


def status(*names):
    return "".join(f'<o:status s="{s}"/>' for s in names)


def postal(kind="int", name="Chen Mei", org="Acme", street=("1 Road", "Floor 2"), city="Taipei", sp="TP", pc="100", cc="TW"):
    def one(tag, text):
        return "" if text is None else f"<o:{tag}>{text}</o:{tag}>"
    addr = "".join(one("street", s) for s in street) + one("city", city) + one("sp", sp) + one("pc", pc) + one("cc", cc)
    return f'<o:postalInfo type="{kind}">{one("name", name)}{one("org", org)}<o:addr>{addr}</o:addr></o:postalInfo>'


def contact_frame(handle, voice="+886.223456789", voice_x="12", fax="+886.223456780", fax_x="34", email="chen@example.org", both=False, **more):
    def phone(tag, number, ext):
        return "" if number is None else f'<o:{tag} x="{ext}">{number}</o:{tag}>' if ext else f"<o:{tag}>{number}</o:{tag}>"
    forms = postal(**more) + (postal("loc", name="陳美", org="頂尖", street=("一路 1 號",), city="臺北", sp="臺北") if both else "")
    mail = "" if email is None else f"<o:email>{email}</o:email>"
    return command(on("create", "contact", f"<o:id>{handle}</o:id>{forms}{phone('voice', voice, voice_x)}{phone('fax', fax, fax_x)}{mail}"
                      f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>"))


def domain_frame(name, registrant, years=None, ns=(), raw_ns=None, ds=None, pw=SECRET, contacts=None, unit="y"):
    period = "" if years is None else f'<o:period unit="{unit}">{years}</o:period>'
    servers = raw_ns or "".join(f"<o:hostObj>{h}</o:hostObj>" for h in ns)
    who = f"<o:registrant>{registrant}</o:registrant>" if registrant else ""
    others = "".join(f'<o:contact type="{t}">{contacts or registrant}</o:contact>' for t in ("admin", "tech")) if contacts or registrant else ""
    extension = f'<secDNS:create xmlns:secDNS="{NS}secDNS-1.1">{ds}</secDNS:create>' if ds else ""
    return command(on("create", "domain", f"<o:name>{name}</o:name>{period}" + (f"<o:ns>{servers}</o:ns>" if servers else "") +
                      f"{who}{others}<o:authInfo><o:pw>{pw}</o:pw></o:authInfo>"), extension)


def host_frame(name, *addrs):
    return command(on("create", "host", f"<o:name>{name}</o:name>" + "".join(address(a) for a in addrs)))


def address(a):
    return f'<o:addr ip="v{6 if ":" in a else 4}">{a}</o:addr>'


def ds_data(tag=12345, alg=13, kind=2, digest=DIGEST):
    return (f"<secDNS:dsData><secDNS:keyTag>{tag}</secDNS:keyTag><secDNS:alg>{alg}</secDNS:alg><secDNS:digestType>{kind}</secDNS:digestType>"
            f"<secDNS:digest>{digest}</secDNS:digest></secDNS:dsData>")


def secdns_update(body):
    return f'<secDNS:update xmlns:secDNS="{NS}secDNS-1.1">{body}</secDNS:update>'


def transfer(op, name, pw=None, years=None):
    body = (f'<o:period unit="y">{years}</o:period>' if years else "") + (f"<o:authInfo><o:pw>{pw}</o:pw></o:authInfo>" if pw else "")
    return about("transfer", "domain", name, body, f' op="{op}"')


def element(answer, tag):
    found = re.search(rf"<(?:\w+:)?{tag}\b[^>]*>([^<]*)<", answer)
    return found.group(1) if found else None


def has_status(answer, name):
    return re.search(rf'<\w+:status s="{name}"', answer) is not None


def rgp(answer):
    return re.findall(r'<rgp:rgpStatus s="(\w+)"', answer)


def years_later(day, n):
    y, rest = day.split("-", 1)
    return f"{int(y) + n:04d}-{rest}".replace("02-29", "03-01")


def available(answer, key):
    return re.search(rf'avail="([01])">{re.escape(key)}<', answer).group(1) == "1"


def check(kind, *keys):
    return command(on("check", kind, "".join(f"<o:{key_of(kind)}>{k}</o:{key_of(kind)}>" for k in keys)))


# ── the cases ──

def service(w):
    """epp-01. What depends on the place of installation (names and addresses in the DNS, port 700, a public CA) is not asked."""
    trust = ssl.create_default_context(cafile=str(w.site.dir / "epp.crt"))
    with trust.wrap_socket(socket.create_connection(w.site.epp, timeout=10), server_hostname="127.0.0.1") as s:
        assert s.version() in ("TLSv1.2", "TLSv1.3")
    for version, may in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1, False)):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            tls.minimum_version = tls.maximum_version = version
        with socket.create_connection(w.site.epp, timeout=10) as plain:
            if not may:
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    tls.wrap_socket(plain)
                continue
            with tls.wrap_socket(plain) as s:  # RFC 9325 §4.2: forward secrecy, authenticated encryption
                assert re.fullmatch(r"ECDHE-\w+-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305)", s.cipher()[0]), s.cipher()
        weak = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        weak.check_hostname, weak.verify_mode, weak.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
        with socket.create_connection(w.site.epp, timeout=10) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
            weak.wrap_socket(plain)


def greeting(w):
    """epp-02. launch-1.0 is asked for by plans for new generic top levels only, and not offered."""
    c = w.client()
    g = c.greeting
    assert 3 <= len(element(g, "svID")) <= 64
    at = datetime.datetime.strptime(element(g, "svDate")[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    assert abs((at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 30
    assert re.findall("<version>(.*?)</version>", g) == ["1.0"]
    langs = re.findall("<lang>(.*?)</lang>", g)
    assert "en" in langs and all(re.fullmatch(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", tag) for tag in langs)
    assert sorted(re.findall("<objURI>(.*?)</objURI>", g)) == sorted(NS + o for o in OBJECTS)
    assert sorted(re.findall("<extURI>(.*?)</extURI>", g)) == sorted(NS + e for e in EXTENSIONS)
    c.close()


def authentication(w):
    """epp-03, with the login security extension."""
    gamma, beta = w.registrars["gamma"], w.registrars["beta"]

    def login(c, who, password):
        uris = "".join(f"<objURI>{NS}{o}</objURI>" for o in OBJECTS) + "<svcExtension>"
        uris += "".join(f"<extURI>{NS}{e}</extURI>" for e in EXTENSIONS) + "</svcExtension>"
        return c.result(command(f"<login><clID>{who}</clID><pw>[LOGIN-SECURITY]</pw><options><version>1.0</version><lang>en</lang></options>"
                                f"<svcs>{uris}</svcs></login>", f'<l:loginSec xmlns:l="{NS}epp:loginSec-1.0"><l:pw>{password}</l:pw></l:loginSec>'))[0]

    def fails(c, who, password):
        code = login(c, who, password)
        assert code in (2200, 2501), code
        c.close()
    for certificate, who, password in (("gamma", "x" + word(8), gamma["password"]), ("gamma", "gamma", word(16)), ("beta", "gamma", gamma["password"]),
                                       (None, "gamma", gamma["password"])):
        fails(w.client(certificate), who, password)
    stranger = w.site.dir / "stranger"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=stranger",
                    "-keyout", f"{stranger}.key", "-out", f"{stranger}.crt"], check=True, capture_output=True)
    fails(Speaker(w.site, dict(gamma, certificate=f"{stranger}.crt", key=f"{stranger}.key")), "gamma", gamma["password"])
    c = w.client("gamma")
    deadline = time.monotonic() + 60  # failures of this certificate are answered more and more slowly
    while (code := login(c, "gamma", gamma["password"])) != 1000:
        assert time.monotonic() < deadline and code in (2200, 2400, 2501), code
        time.sleep(1)
        c = w.client("gamma") if code >= 2500 else c
    c.close()
    c = w.client("beta")
    assert login(c, "beta", beta["password"]) == 1000
    c.close()


def domain_check(w):
    """epp-04."""
    with w.two() as (a, b):
        taken, free = a.domain(), f"{word()}.test"
        for c in (a, b):
            answer = c.done(check("domain", taken, free))
            assert not available(answer, taken) and available(answer, free)
            for bad in ("-a.test", "a-.test", "a_b.test", "a..test", f"{'a' * 64}.test", "a b.test", ".test", "test", "ab--cd.test", "a!.test"):
                code, answer = c.result(check("domain", bad))
                assert code in (2001, 2004, 2005) or (code == 1000 and 'avail="0"' in answer), (bad, answer)


def host_check(w):
    """epp-05."""
    with w.two() as (a, b):
        taken, free = a.host(), f"ns.{word()}.example"
        answer = b.done(check("host", taken, free))
        assert not available(answer, taken) and available(answer, free)
        for bad in ("-a.test", "a-.b.test", "a_b.test", "a..test", f"{'a' * 64}.test", "a b.test"):
            code, answer = a.result(check("host", bad))
            assert code in (2001, 2004, 2005) or (code == 1000 and 'avail="0"' in answer), (bad, answer)


def contact_check(w):
    """epp-06."""
    with w.two() as (a, b):
        taken, free = a.contact(), f"C-{word()}"
        answer = b.done(check("contact", taken, free))
        assert not available(answer, taken) and available(answer, free)
        for bad in ("ab", "a" * 17):
            code, answer = a.result(check("contact", bad))
            assert code in (2001, 2004, 2005) or (code == 1000 and 'avail="0"' in answer), (bad, answer)


def contact_create(w):
    """epp-07."""
    with w.two() as (a, _):
        for wrong in ({"name": ""}, {"name": None}, {"city": ""}, {"city": None}, {"cc": ""}, {"cc": None}, {"cc": "ZZ"}, {"cc": "tw"}, {"cc": "TWN"},
                      {"cc": "T1"}, {"email": ""}, {"email": None}, {"email": "nobody"}, {"email": "a@b@example.org"}, {"email": "@example.org"},
                      {"kind": "any"}, {"kind": ""}, {"voice": "0223456789"}, {"voice": "+886223456789"}, {"voice": "+8860.1"},
                      {"voice": "+886.123456789012345"}, {"fax": "02"}, {"name": "n" * 256}, {"org": "o" * 256}, {"street": ("s" * 256,)},
                      {"street": ("1", "2", "3", "4")}, {"city": "c" * 256}, {"sp": "p" * 256}, {"pc": "1" * 17}):
            a.refused(contact_frame(f"C-{word(10)}", **wrong), *SYNTAX)
        for handle in ("", "ab", "a" * 17):
            a.refused(contact_frame(handle), *SYNTAX)
        handle = a.contact(both=True)
        answer = a.info("contact", handle)
        for text in (handle, "Chen Mei", "Acme", "1 Road", "Floor 2", "Taipei", "TP", "100", "TW", "chen@example.org", "陳美", "臺北", 'type="int"', 'type="loc"',
                     '<contact:voice x="12">+886.223456789<', '<contact:fax x="34">+886.223456780<'):
            assert text in answer, (text, answer)
        a.refused(contact_frame(handle), 2302)


def contact_access(w):
    """epp-08."""
    with w.two() as (a, b):
        handle = a.contact()
        b.refused(about("info", "contact", handle), 2201)
        b.refused(update("contact", handle, chg="<o:email>other@example.org</o:email>"), 2201)
        b.refused(delete("contact", handle), 2201)


def contact_update(w):
    """epp-09."""
    with w.two() as (a, _):
        handle = a.contact(both=True)
        for wrong in (postal("any"), postal(cc="ZZ"), postal(cc=""), postal(city=""), postal(name=""), postal(org="o" * 256), postal(street=("s" * 256,)),
                      postal(sp="p" * 256), postal(pc="1" * 17), "<o:voice>12</o:voice>", "<o:fax>12</o:fax>", "<o:email>nobody</o:email>", "<o:email/>"):
            a.refused(update("contact", handle, chg=wrong), *SYNTAX)
        for wrong in ("linked", "pendingDelete", "serverUpdateProhibited", "clientHold", "nonsense"):
            a.refused(update("contact", handle, add=status(wrong)))
        changed = postal(name="Lin An", org="Bonsai", street=("2 Lane",), city="Tainan", sp="TN", pc="700", cc="JP")
        local = postal("loc", name="林安", org="盆栽", street=("二巷",), city="臺南", sp="臺南", pc="700")
        a.done(update("contact", handle, chg=f'{changed}{local}<o:voice x="9">+886.61234567</o:voice><o:fax x="8">+886.61234568</o:fax>'
                      "<o:email>lin@example.org</o:email>"))
        answer = a.info("contact", handle)
        for text in ("Lin An", "Bonsai", "2 Lane", "Tainan", "TN", "700", "JP", "林安", "盆栽", "二巷", "臺南", "lin@example.org", '<contact:voice x="9">+886.61234567<',
                     '<contact:fax x="8">+886.61234568<'):
            assert text in answer, (text, answer)
        assert "Floor 2" not in answer and "Chen Mei" not in answer
        for s in ("clientDeleteProhibited", "clientTransferProhibited", "clientUpdateProhibited"):
            a.done(update("contact", handle, add=status(s)))
            assert has_status(a.info("contact", handle), s)
            if s == "clientUpdateProhibited":
                a.refused(update("contact", handle, chg="<o:email>x@example.org</o:email>"), 2304)
            if s == "clientDeleteProhibited":
                a.refused(delete("contact", handle), 2304)
            a.done(update("contact", handle, rem=status(s)))
            assert not has_status(a.info("contact", handle), s)


def contact_delete(w):
    """epp-10."""
    with w.two() as (a, _):
        handle = a.contact()
        a.ask(delete("contact", handle), 1000)
        a.refused(about("info", "contact", handle), 2303)


def host_create(w):
    """epp-11."""
    with w.two() as (a, _):
        for zone in ("test", "other"):
            above = a.domain(zone)
            for addrs in (("192.0.2.1",), ("2001:db8::1",), ("192.0.2.2", "2001:db8::2")):
                name = f"{word(6)}.{above}"
                answer = a.info("host", a.host(name, *addrs))
                assert element(answer, "name") == name and re.findall(r'<host:addr ip="v[46]">(.*?)<', answer) == list(addrs)
            a.refused(host_frame(f"ns.{word()}.{zone}", "192.0.2.1"))  # below nothing
            for wrong in ("300.1.1.1", "192.0.2", "2001:db8::g", "192.0.2.1/24", ""):
                a.refused(host_frame(f"{word(6)}.{above}", wrong), *SYNTAX)
            a.refused(command(on("create", "host", f'<o:name>{word(6)}.{above}</o:name><o:addr ip="v6">192.0.2.1</o:addr>')), *SYNTAX)
            for closed in ("127.0.0.1", "10.1.2.3", "fe80::1"):
                a.refused(host_frame(f"{word(6)}.{above}", closed), *SYNTAX)
        for bad in ("-a.example", "a_b.example", "a..example", f"{'a' * 64}.example", "", "a b.example"):
            a.refused(host_frame(bad), *SYNTAX)
        name = a.host()
        assert element(a.info("host", name), "name") == name
        a.refused(host_frame(name), 2302)
        a.refused(host_frame(f"ns.{word()}.example", "192.0.2.1"))  # glue that is not ours to publish


def host_access(w):
    """epp-12."""
    with w.two() as (a, b):
        for name in (a.host(), a.host(f"ns.{a.domain()}", "192.0.2.1")):
            b.refused(update("host", name, add=status("clientDeleteProhibited")), 2201)
            b.refused(update("host", name, add=address("192.0.2.9")), 2201)


def host_update(w):
    """epp-13."""
    with w.two() as (a, _):
        name = a.host(f"ns.{a.domain()}", "192.0.2.1")
        for s in ("clientDeleteProhibited", "clientUpdateProhibited"):
            a.done(update("host", name, add=status(s)))
            assert has_status(a.info("host", name), s)
            a.done(update("host", name, rem=status(s)))
            assert not has_status(a.info("host", name), s)
        for s in ("linked", "ok", "serverDeleteProhibited", "pendingDelete", "clientHold", "nonsense"):
            a.refused(update("host", name, add=status(s)))
        for wrong in ("300.1.1.1", "2001:db8::g", "127.0.0.1"):
            a.refused(update("host", name, add=address(wrong)), *SYNTAX)
        a.done(update("host", name, add=address("2001:db8::5") + address("192.0.2.5"), rem=address("192.0.2.1")))
        answer = a.info("host", name)
        assert sorted(re.findall(r'<host:addr ip="v[46]">(.*?)<', answer)) == ["192.0.2.5", "2001:db8::5"]


def domain_create(w):
    """epp-14: a thick registry with host objects."""
    with w.two() as (a, b):
        who, server = a.contact(), a.host()
        for bad in ("-a.test", "a-.test", "a_b.test", f"{'a' * 64}.test", "a..test", "ab--cd.test", "a b.test", "", f"a.{word()}.nozone"):
            a.refused(domain_frame(bad, who), *SYNTAX)
        for years in (0, 11, 99, 100, -1, "x", "1.5"):
            a.refused(domain_frame(f"{word()}.test", who, years), *SYNTAX)
        a.refused(domain_frame(f"{word()}.test", who, 12, unit="q"), *SYNTAX)
        a.refused(domain_frame(f"{word()}.test", f"N-{word(8)}"), 2303, 2306)
        a.refused(domain_frame(f"{word()}.test", who, contacts=f"N-{word(8)}"), 2303, 2306)
        a.refused(domain_frame(f"{word()}.test", who, ns=(f"ns.{word()}.example",)), 2303, 2306)
        a.refused(domain_frame(f"{word()}.test", None), 2003, 2306)
        a.refused(domain_frame(f"{word()}.test", who, raw_ns=f"<o:hostAttr><o:hostName>{server}</o:hostName></o:hostAttr>"), 2001, 2102, 2306)
        for wrong in (dict(tag=65536), dict(tag=-1), dict(alg=256), dict(kind=256), dict(digest="XYZ"), dict(digest="ABC"), dict(digest=""), dict(digest=DIGEST[2:])):
            a.refused(domain_frame(f"{word()}.test", who, ds=ds_data(**wrong)))
        for c, handle, zone in ((a, "alpha", "test"), (b, "beta", "test"), (a, "alpha", "other"), (b, "beta", "other")):
            years, server = random.randint(1, 10), c.host()
            name = c.domain(zone, years=years, ns=(server,), ds=ds_data())
            answer = c.info("domain", name)
            assert re.fullmatch(r"(\w|_){1,80}-\w{1,8}", element(answer, "roid")), answer
            assert element(answer, "crID") == element(answer, "clID") == handle
            assert element(answer, "exDate") == years_later(element(answer, "crDate"), years)
            assert server in answer and element(answer, "keyTag") == "12345" and element(answer, "digest").upper() == DIGEST
            assert rgp(answer) == ["addPeriod"]
        a.done(domain_frame(f"{word()}.test", who, pw=""))
        a.refused(domain_frame(f"{word()}.test", who, pw="2fooBAR"), 2306)
        a.refused(domain_frame(name, who), 2302)


def integrity(w):
    """epp-15."""
    with w.two() as (a, _):
        who, server = a.contact(), a.host()
        a.domain(registrant=who, ns=(server,))
        for kind, key in (("contact", who), ("host", server)):
            assert has_status(a.info(kind, key), "linked")
            a.refused(delete(kind, key), 2305)
            a.info(kind, key)


def domain_update(w):
    """epp-16."""
    with w.two() as (a, b):
        name, other, first, second = a.domain(), a.contact(), a.host(), a.host()
        for s in ("clientDeleteProhibited", "clientHold", "clientRenewProhibited", "clientTransferProhibited", "clientUpdateProhibited"):
            a.done(update("domain", name, add=status(s)))
            assert has_status(a.info("domain", name), s)
            a.done(update("domain", name, rem=status(s)))
            assert not has_status(a.info("domain", name), s)
        for s in ("ok", "inactive", "pendingDelete", "pendingTransfer", "serverHold", "linked", "nonsense"):
            a.refused(update("domain", name, add=status(s)))
        servers = "<o:ns><o:hostObj>{}</o:hostObj></o:ns>".format
        a.done(update("domain", name, add=servers(first)))
        assert first in a.info("domain", name)
        a.done(update("domain", name, add=servers(second), rem=servers(first)))
        answer = a.info("domain", name)
        assert second in answer and first not in answer
        a.refused(update("domain", name, add=servers(f"ns.{word()}.example")), 2303, 2306)
        a.refused(update("domain", name, add=f"<o:ns><o:hostAttr><o:hostName>{first}</o:hostName></o:hostAttr></o:ns>"), 2001, 2102, 2306)
        a.done(update("domain", name, chg=f"<o:registrant>{other}</o:registrant>"))
        assert element(a.info("domain", name), "registrant") == other
        a.done(update("domain", name, extension=secdns_update(f"<secDNS:add>{ds_data()}</secDNS:add>")))
        assert element(a.info("domain", name), "keyTag") == "12345"
        a.done(update("domain", name, extension=secdns_update(f"<secDNS:rem>{ds_data()}</secDNS:rem><secDNS:add>{ds_data(tag=54321)}</secDNS:add>")))
        assert element(a.info("domain", name), "keyTag") == "54321"
        a.done(update("domain", name, extension=secdns_update("<secDNS:rem><secDNS:all>true</secDNS:all></secDNS:rem>")))
        assert "dsData" not in a.info("domain", name)
        b.refused(update("domain", name, add=status("clientHold")), 2201)


def renew(w):
    """epp-18."""
    def frame(name, day, years):
        return about("renew", "domain", name, f'<o:curExpDate>{day}</o:curExpDate><o:period unit="y">{years}</o:period>')
    with w.two() as (a, b):
        name = a.domain(years=1)
        day = element(a.info("domain", name), "exDate")
        for years in (1, 2):
            a.done(frame(name, day[:10], years))
            answer, later = a.info("domain", name), years_later(day, years)
            day = element(answer, "exDate")
            assert day == later and "renewPeriod" in rgp(answer)
        a.refused(frame(name, day[:10], 7), 2004, 2105, 2306)
        a.refused(frame(name, day[:10], 0), *SYNTAX)
        a.refused(frame(name, day[:10], 100), *SYNTAX)
        a.refused(frame(name, years_later(day, 1)[:10], 1), 2004, 2306)
        a.refused(frame(name, "tomorrow", 1), 2001, 2005)
        b.refused(frame(name, day[:10], 1), 2201)
        assert element(a.info("domain", name), "exDate") == day
        a.done(frame(name, day[:10], 6))


def set_authinfo(a, name, pw):
    a.done(update("domain", name, chg=f"<o:authInfo><o:pw>{pw}</o:pw></o:authInfo>"))


def asked_for(a, b, years=None):
    """A name of a, with a password, that b asks to have."""
    name, pw = a.domain(years=2), "Aq9!" + word(24) + "Z7#"
    a.refused(update("domain", name, chg="<o:authInfo><o:pw>weak</o:pw></o:authInfo>"))
    set_authinfo(a, name, pw)
    b.refused(transfer("request", name, "Wrong9!" + word(20)), 2202)
    b.refused(transfer("request", name, pw, 11), 2004, 2306)
    b.ask(transfer("request", name, pw, years), 1001)
    assert has_status(a.info("domain", name), "pendingTransfer")
    b.refused(transfer("request", name, pw), 2300)
    return name, pw


def transfer_approved(w):
    """epp-19."""
    with w.two() as (a, b):
        name, pw = asked_for(a, b, 1)
        was = element(a.info("domain", name), "exDate")
        b.refused(transfer("approve", name), 2201)
        a.done(transfer("approve", name))
        answer = b.info("domain", name)
        assert element(answer, "clID") == "beta" and "transferPeriod" in rgp(answer) and not has_status(answer, "pendingTransfer")
        assert element(answer, "exDate") == years_later(was, 1)
        a.refused(transfer("request", name, pw), 2202)  # used up
        # No transfer carries a name beyond ten years from now.
        late, pw = a.domain(years=10), "Aq9!" + word(24) + "Z7#"
        was = element(a.info("domain", late), "exDate")
        set_authinfo(a, late, pw)
        code, _ = b.result(transfer("request", late, pw, 1))
        if code < 2000:
            a.done(transfer("approve", late))
            limit = years_later(datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S"), 10)
            assert element(b.info("domain", late), "exDate")[:19] <= limit


def transfer_refused(w):
    """epp-20."""
    with w.two() as (a, b):
        name, _ = asked_for(a, b)
        a.done(transfer("reject", name))
        answer = a.info("domain", name)
        assert element(answer, "clID") == "alpha" and not has_status(answer, "pendingTransfer")


def domain_delete(w):
    """epp-21."""
    with w.two() as (a, b):
        who, server = a.contact(), a.host()
        name = a.domain(registrant=who, ns=(server,))
        b.refused(delete("domain", name), 2201)
        code, answer = a.result(delete("domain", name))
        assert code in (1000, 1001), answer
        if code == 1001:
            code, answer = a.result(info(name))
            assert code == 2303 or has_status(answer, "pendingDelete"), answer
            return
        a.refused(info(name), 2303)
        for kind, key in (("contact", who), ("host", server)):
            a.done(delete(kind, key))
            a.refused(about("info", kind, key), 2303)


def host_rename(w):
    """epp-23."""
    def to(name, new):
        return update("host", name, chg=f"<o:name>{new}</o:name>")
    with w.two() as (a, b):
        name, mine, theirs = a.host(), a.domain(), b.domain()
        for bad in ("-a.example", "a_b.example", "a..example", f"{'a' * 64}.example"):
            a.refused(to(name, bad), *SYNTAX)
        assert not available(a.done(check("domain", theirs)), theirs)
        a.refused(to(name, f"ns.{theirs}"), 2201, 2305, 2306)
        a.refused(to(name, f"ns.{word()}.test"), 2303, 2305, 2306)
        outside = f"ns.{word()}.example"
        a.done(to(name, outside))
        assert element(a.info("host", outside), "name") == outside
        a.refused(about("info", "host", name), 2303)
        inside = f"ns.{mine}"
        a.done(to(outside, inside))
        assert element(a.info("host", inside), "name") == inside
        used = a.host()
        b.domain(ns=(used,))
        a.refused(to(used, f"ns.{word()}.example"), 2305)
        a.info("host", used)


def host_delete(w):
    """epp-24."""
    with w.two() as (a, _):
        for name in (a.host(), a.host(f"ns.{a.domain()}", "192.0.2.1")):
            a.ask(delete("host", name), 1000)
            a.refused(about("info", "host", name), 2303)


def subordinate_host(w):
    """epp-25."""
    with w.two() as (a, b):
        above = a.domain()
        b.refused(host_frame(f"ns1.{above}", "192.0.2.1"))
        b.refused(host_frame(f"ns2.{above}", "2001:db8::1"))
        code, _ = b.result(host_frame(f"ns3.{above}"))
        assert code >= 2000 or element(a.info("host", f"ns3.{above}"), "clID") == "alpha"


def wide_glue(w):
    """epp-26."""
    with w.two() as (a, b):
        above = a.domain(ns=(a.host(), a.host()))
        b.refused(host_frame(f"ns.{above}", "192.0.2.1"))
        b.refused(host_frame(f"ns.{above}", "192.0.2.1", "2001:db8::1"))


def glueless(w):
    """epp-27."""
    with w.two() as (a, b):
        above = a.domain(ns=(a.host(), a.host()))
        if b.result(host_frame(f"ns.{above}"))[0] < 2000:
            a.refused(update("domain", above, add=f"<o:ns><o:hostObj>ns.{above}</o:hostObj></o:ns>"))


CASES = {
    "epp-01": service, "epp-02": greeting, "epp-03": authentication, "epp-04": domain_check, "epp-05": host_check, "epp-06": contact_check,
    "epp-07": contact_create, "epp-08": contact_access, "epp-09": contact_update, "epp-10": contact_delete, "epp-11": host_create,
    "epp-12": host_access, "epp-13": host_update, "epp-14": domain_create, "epp-15": integrity, "epp-16": domain_update,
    "epp-17": "one service port: there is no other whose answers could differ",
    "epp-18": renew, "epp-19": transfer_approved, "epp-20": transfer_refused, "epp-21": domain_delete, "epp-23": host_rename,
    "epp-24": host_delete, "epp-25": subordinate_host, "epp-26": wide_glue, "epp-27": glueless,
}


# ── running them ──

@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request, nicert, tmp_path_factory):
    with database(request.param) as url:
        site = Site(nicert, tmp_path_factory.mktemp("rst") / "site", url)
        try:
            yield World(site)
            site.stop()
            assert "a role ended" not in site.log() and "Sanitizer" not in site.log(), site.log()[-3000:]
        finally:
            site.end()


def case_ids():
    path = Path(os.environ.get("NICERT_TESTDATA", "")) / "epp" / "rst" / "cases.yaml"
    published = re.findall(r"^(epp-\d+):", path.read_text(encoding="utf-8"), re.M) if path.is_file() else []
    return sorted({*CASES, *published})


@pytest.mark.parametrize("case", case_ids())
def test_case(world, case):
    does = CASES.get(case, None)
    assert does, f"{case} is new: it needs a test, or a line that says why not"
    if isinstance(does, str):
        pytest.skip(does)
    does(world)


def test_one_name_for_a_hundred_sessions(world):
    """Exactly one has it, and only that one has paid."""
    def credit():
        return {r["id"]: r["credit"] for r in world.site.json("registrar", "list")}
    sessions = [world.enter(("alpha", "beta")[i % 2]) for i in range(100)]
    contacts = {h: world.enter(h) for h in ("alpha", "beta")}
    handles = {h: c.contact() for h, c in contacts.items()}
    before, name = credit(), f"{word()}.test"
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        codes = list(pool.map(lambda c: c.result(domain_frame(name, handles[c.registrar["id"]]))[0], sessions))
    assert codes.count(1000) == 1 and codes.count(2302) == 99, codes
    winner = sessions[codes.index(1000)]
    assert element(winner.info("domain", name), "clID") == winner.registrar["id"]
    for c in [*sessions, *contacts.values()]:
        c.close()
    after = credit()
    assert {h: before[h] - after[h] for h in before} == {h: 80000 if h == winner.registrar["id"] else 0 for h in before}
    assert world.site.json("ledger", "reconcile")["transactions"] > 0
