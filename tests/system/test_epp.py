"""EPP through the whole program: commands make a zone and registrars, a TLS client speaks, kill -9 loses nothing that was answered."""
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time

import published
import pytest

EPP = "urn:ietf:params:xml:ns:epp-1.0"
NS = "urn:ietf:params:xml:ns:"
SECRET = "Abcdefgh1234567890XYZ!"
EXTENSIONS = ["secDNS-1.1", "rgp-1.0", "epp:fee-1.0", "allocationToken-1.0", "changePoll-1.0", "epp:loginSec-1.0",
              "epp:unhandled-namespaces-1.0", "epp:secure-authinfo-transfer-1.0", "epp:ttl-1.0", "epp:b-dn"]
OBJECTS = ["domain-1.0", "host-1.0", "contact-1.0", "epp:maintenance-1.0"]


def command(body, extension=""):
    ext = f"<extension>{extension}</extension>" if extension else ""
    return f'<epp xmlns="{EPP}"><command>{body}{ext}<clTRID>ABC-12345</clTRID></command></epp>'


def on(verb, kind, body, attributes=""):
    return f'<{verb}{attributes}><o:{verb} xmlns:o="{NS}{kind}-1.0">{body}</o:{verb}></{verb}>'


def create_contact(handle):
    return command(on("create", "contact", f"<o:id>{handle}</o:id><o:postalInfo type=\"int\"><o:name>Chen Mei</o:name><o:org>Acme</o:org>"
                      "<o:addr><o:street>1 Road</o:street><o:city>Taipei</o:city><o:cc>TW</o:cc></o:addr></o:postalInfo>"
                      f"<o:email>chen@example.org</o:email><o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>"))


def create_domain(name, contact):
    return command(on("create", "domain", f"<o:name>{name}</o:name><o:registrant>{contact}</o:registrant>"
                      f"<o:contact type=\"admin\">{contact}</o:contact><o:contact type=\"tech\">{contact}</o:contact>"
                      f"<o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>"))


def info(name):
    return command(on("info", "domain", f"<o:name>{name}</o:name>"))


class Client:
    def __init__(self, site, registrar=None):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        if registrar:
            tls.load_cert_chain(registrar["certificate"], registrar["key"])
        self.registrar = registrar
        self.sock = tls.wrap_socket(socket.create_connection(site.epp, timeout=20))
        self.greeting = self.hear()

    def hear(self):
        """The next frame, or None when the server closed."""
        data = b""
        want = 4
        while len(data) < want:
            try:
                part = self.sock.recv(want - len(data))
            except (ConnectionError, ssl.SSLError):
                return None
            if not part:
                return None
            data += part
            if len(data) == 4 and want == 4:
                want = struct.unpack(">I", data)[0]
        published.FRAMES.append(data[4:].decode())
        return published.FRAMES[-1]

    def say(self, frame):
        data = frame.encode() if isinstance(frame, str) else frame
        self.sock.sendall(struct.pack(">I", len(data) + 4) + data)

    def ask(self, frame, code=None):
        self.say(frame)
        answer = self.hear()
        if code is not None:
            assert answer and f'code="{code}"' in answer, answer
        return answer

    def login(self, code=1000, **other):
        who = dict(self.registrar or {}, **other)
        objects = "".join(f"<objURI>{NS}{o}</objURI>" for o in OBJECTS)
        extensions = "".join(f"<extURI>{NS}{e}</extURI>" for e in EXTENSIONS)
        return self.ask(command(f"<login><clID>{who['id']}</clID><pw>{who['password']}</pw><options><version>1.0</version><lang>en</lang>"
                                f"</options><svcs>{objects}<svcExtension>{extensions}</svcExtension></svcs></login>"), code)

    def close(self):
        self.sock.close()


@pytest.fixture
def registry(site):
    """A running site with a zone `test` and two registrars, who have money."""
    site.run("zone", "add", "test")
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000") for h in ("alpha", "beta")}
    site.serve()
    return site


def entered(site, handle):
    client = Client(site, site.registrars[handle])
    client.login()
    return client


@pytest.mark.one_store
def test_greeting(registry):
    c = Client(registry)
    when = re.search(r"<svDate>(.*?)</svDate>", c.greeting).group(1)
    assert abs(time.mktime(time.strptime(when, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone - time.time()) < 30
    for uri in OBJECTS:
        assert f"<objURI>{NS}{uri}</objURI>" in c.greeting
    for uri in EXTENSIONS:
        assert f"<extURI>{NS}{uri}</extURI>" in c.greeting
    assert "<lang>en</lang>" in c.greeting
    c.close()


@pytest.mark.one_store
def test_who_may_come_in(registry):
    alpha, beta = registry.registrars["alpha"], registry.registrars["beta"]
    c = Client(registry)
    c.login(2200, id="alpha", password=alpha["password"])  # no certificate
    c.close()
    c = Client(registry, beta)
    c.login(2200, id="alpha", password=alpha["password"])  # another registrar's
    c.login(2200, id="nobody", password=alpha["password"])
    assert 'code="2002"' in c.ask(info("example.test"))
    c.login(1000)
    c.close()
    c = entered(registry, "alpha")
    assert 'code="1500"' in c.ask(command("<logout/>"))
    assert c.hear() is None


def test_life_of_a_name(registry):
    a, b = entered(registry, "alpha"), entered(registry, "beta")
    a.ask(create_contact("CON-1"), 1000)
    assert 'avail="1">example.test<' in a.ask(command(on("check", "domain", "<o:name>example.test</o:name>")), 1000)
    a.ask(create_domain("example.test", "CON-1"), 1000)
    assert 'avail="0">example.test<' in b.ask(command(on("check", "domain", "<o:name>example.test</o:name>")), 1000)
    answer = a.ask(info("example.test"), 1000)
    assert "<domain:clID>alpha</domain:clID>" in answer and "<domain:registrant>CON-1</domain:registrant>" in answer
    assert "CON-1" not in b.ask(info("example.test"), 1000)
    b.ask(command(on("delete", "domain", "<o:name>example.test</o:name>")), 2201)
    b.ask(command(on("transfer", "domain", f"<o:name>example.test</o:name><o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>", ' op="request"')), 1001)
    answer = a.ask(command('<poll op="req"/>'), 1301)
    assert "<domain:trStatus>pending</domain:trStatus>" in answer
    a.ask(command('<poll op="ack" msgID="%s"/>' % re.search(r'<msgQ count="\d+" id="(\d+)"', answer).group(1)), 1000)
    a.ask(command(on("transfer", "domain", "<o:name>example.test</o:name>", ' op="reject"')), 1000)
    # In the history the frame stands with the change.
    assert "ABC-12345/" in registry.run("history", "domain", "example.test").stdout
    a.close()
    b.close()


NET_EPP = r"""
use strict; use warnings; use Net::EPP::Simple;
my ($port, $id, $pw, $cert, $key) = @ARGV;
my $epp = Net::EPP::Simple->new(host => '127.0.0.1', port => $port, user => $id, pass => $pw, timeout => 10, verify => 1, ca_file => $ENV{CA},
	key => $key, cert => $cert, passphrase => '') or die "no session: $Net::EPP::Simple::Error";
my $addr = { street => ['1 Road'], city => 'Taipei', sp => 'TP', pc => '100', cc => 'TW' };
$epp->create_contact({ id => 'CON-P', postalInfo => { int => { name => 'Chen Mei', org => 'Acme', addr => $addr } },
	voice => '+886.223456789', email => 'chen@example.org', authInfo => $ENV{SECRET} }) or die "contact: $Net::EPP::Simple::Code $Net::EPP::Simple::Message";
print "available ", $epp->check_domain('perl.test'), "\n";
$epp->create_domain({ name => 'perl.test', period => 1, registrant => 'CON-P', contacts => { admin => 'CON-P', tech => 'CON-P' },
	status => [], ns => [], authInfo => $ENV{SECRET} }) or die "domain: $Net::EPP::Simple::Code $Net::EPP::Simple::Message";
print "available ", $epp->check_domain('perl.test'), "\n";
my $info = $epp->domain_info('perl.test') or die "info: $Net::EPP::Simple::Message";
print "sponsor $info->{clID} registrant $info->{registrant}\n";
$epp->logout;
"""


@pytest.mark.one_store
def test_a_client_of_other_people(registry):
    """Net::EPP::Simple, which many registrars' tools are built on."""
    if not shutil.which("perl") or subprocess.run(["perl", "-MNet::EPP::Simple", "-e1"], capture_output=True).returncode:
        pytest.skip("no Net::EPP (libnet-epp-perl)")
    alpha = registry.registrars["alpha"]
    done = subprocess.run(["perl", "-e", NET_EPP, str(registry.epp[1]), "alpha", alpha["password"], alpha["certificate"], alpha["key"]],
                          capture_output=True, text=True, timeout=60, env={"SECRET": SECRET, "CA": str(registry.dir / "epp.crt"), "PATH": "/usr/bin:/bin"})
    assert done.stdout.splitlines() == ["available 1", "available 0", "sponsor alpha registrant CON-P"], done.stdout + done.stderr


@pytest.mark.one_store
def test_bad_input_hurts_only_who_sends_it(registry):
    good = entered(registry, "alpha")
    bomb = ('<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) +
            f']><epp xmlns="{EPP}"><hello>&j;</hello></epp>')
    outside = f'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><epp xmlns="{EPP}"><hello>&x;</hello></epp>'
    for frame in (bomb, outside, "<" * 5000, b"\xff\xfe<epp/>", "<a>" * 2000, ""):
        c = Client(registry)
        if frame:
            answer = c.ask(frame, 2001)
            assert "root:" not in answer
        else:
            c.sock.sendall(struct.pack(">I", 4))
            assert c.hear() is None
        c.close()
    for length in (2 ** 31, 2 ** 32 - 1, 0, 3):
        c = Client(registry)
        c.sock.sendall(struct.pack(">I", length) + b"x" * 10)
        assert c.hear() is None
        c.close()
    assert 'code="2303"' in good.ask(info("nothing.test"))
    good.close()


def test_a_replayed_command_is_a_new_one(registry):
    """RFC 5730 §2.5: clTRID is the client's own mark. Said twice a command is done twice, or refused for what is there."""
    c = entered(registry, "alpha")
    c.ask(create_contact("CON-1"), 1000)
    first = c.ask(create_domain("twice.test", "CON-1"), 1000)
    again = c.ask(create_domain("twice.test", "CON-1"), 2302)
    expiry = re.search("<domain:exDate>(.*?)T", first).group(1)
    renew = command(on("renew", "domain", f"<o:name>twice.test</o:name><o:curExpDate>{expiry}</o:curExpDate>"))
    once = re.search("<domain:exDate>(.*?)<", c.ask(renew, 1000)).group(1)
    assert once > expiry
    c.ask(renew, 2004)  # the date in it is of before
    assert f"<domain:exDate>{once}<" in c.ask(info("twice.test"), 1000)
    other = Client(registry, registry.registrars["alpha"])
    other.login(1000)
    last = other.ask(renew, 2004)
    marks = [re.search("<clTRID>ABC-12345</clTRID><svTRID>(.*?)</svTRID>", a).group(1) for a in (first, again, last)]
    assert len(set(marks)) == 3
    for each in (c, other):
        each.close()


@pytest.mark.one_store
def test_idle_strangers_do_not_keep_registrars_out(registry):
    idle = []
    for _ in range(80):
        try:
            idle.append(socket.create_connection(registry.epp, timeout=5))
        except OSError:
            break
    time.sleep(0.5)
    for s in idle:
        s.close()
    entered(registry, "alpha").close()


def test_what_was_answered_survives_a_kill(registry):
    entered(registry, "alpha").ask(create_contact("CON-1"), 1000)
    done, stop = [], threading.Event()

    def create(n):
        try:
            c = entered(registry, "alpha")
            for i in range(100000):
                name = f"kill-{n}-{i}.test"
                answer = c.ask(create_domain(name, "CON-1"))
                if not answer:
                    return
                if 'code="1000"' in answer:
                    done.append(name)
        except OSError:
            pass
        finally:
            stop.set()

    threads = [threading.Thread(target=create, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    time.sleep(2)
    registry.kill("core")
    for t in threads:
        t.join(30)
    assert stop.is_set() and len(done) > 20
    registry.until(lambda: registry.healthy(), "core to be back")
    c = entered(registry, "alpha")
    for name in done[-200:]:
        c.ask(info(name), 1000)
    c.close()
