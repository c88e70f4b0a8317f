"""Letters through a real SMTP server (aiosmtpd): TLS, refusals for now and for good, a relay that is away or hangs up."""
import asyncio
import email
import email.policy
import json
import re
import ssl
import subprocess
import threading
import time

import pytest

controller = pytest.importorskip("aiosmtpd.controller", reason="no python3-aiosmtpd")
from aiosmtpd.smtp import AuthResult  # noqa: E402
from conftest import free_ports  # noqa: E402
from test_kit import open_site, staff  # noqa: E402

pytestmark = pytest.mark.one_store
NAME = "harbour-lantern.example"


class Relay:
    """Keeps what it takes. `says` gives a recipient's answer; `cut` recipients lose the connection after the message."""

    def __init__(self, folder):
        self.letters, self.tries, self.says, self.cut, self.lock = [], [], {}, set(), threading.Lock()
        self.dislikes = set()  # whose letters are refused for their words
        self.slow = 0  # seconds before it answers a recipient, and a letter
        self.port, self.cert, self.key, self.server = free_ports(1)[0], folder / "relay.pem", folder / "relay.key", None
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=relay.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key, "-out", self.cert],
                       check=True, capture_output=True)

    def start(self, tls=True, password=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)

        def check(server, session, envelope, mechanism, data):
            return AuthResult(success=data.password == password, handled=False)
        self.server = controller.Controller(self, hostname="127.0.0.1", port=self.port, tls_context=context if tls else None,
                                            require_starttls=bool(tls and password), authenticator=check,
                                            auth_required=bool(password))
        self.server.start()
        return self

    def stop(self):
        if self.server:
            self.server.stop()
        self.server = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(self.slow)
        with self.lock:
            self.tries.append(address)
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.dislikes & set(envelope.rcpt_tos):
            return "554 5.7.1 this looks like phishing"
        await asyncio.sleep(self.slow)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        message.bytes, message.tls, message.envelope = envelope.content, session.ssl is not None, envelope
        message.connection = session.peer
        with self.lock:
            self.letters.append(message)
            cut = self.cut & set(envelope.rcpt_tos)
            self.cut -= cut
        if cut:
            server.transport.abort()
        return "250 OK"

    def to(self, address):
        with self.lock:
            return [m for m in self.letters if m["To"] == address]

    def url(self, options=""):
        return f"smtp://127.0.0.1:{self.port}{options}"


@pytest.fixture
def relay(tmp_path):
    made = Relay(tmp_path)
    yield made
    made.stop()


def file_report(site, address, words="A page asks for card numbers.", observables=(), **more):
    """Over the API, as anybody may; a report is there when this returns."""
    answer = site.post("/api/v1/reports", json={"description": words, "observables": list(observables), "email": address, **more})
    assert answer.status == 201, answer
    return answer.json()


def know_the_holder(site, tmp_path, contact="abuse@harbour.example", lang="en"):
    names, contacts = tmp_path / "names.csv", tmp_path / "contacts.csv"
    names.write_text("name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n"
                     f"{NAME},2020-01-01T00:00:00Z,2030-01-01T00:00:00Z,S1,Harbour Lantern Ltd.,org,TW,ok,ns1.{NAME}\n")
    contacts.write_text("resource,organisation,role,email,phone,lang,source,verified_at\n"
                        f"{NAME},Harbour Lantern Ltd.,abuse,{contact},,{lang},test,2026-01-01T00:00:00Z\n")
    site.run("import", "names", names)
    site.run("import", "contacts", contacts)


def part(message, kind):
    return message.get_body((kind,)).get_content()


def test_receipt_over_tls(site, relay):
    relay.start()
    (site.dir / "relay.pem").write_bytes(relay.cert.read_bytes())
    site.serve(mail_url=relay.url(f"?tls=require&ca={site.dir}/relay.pem"))
    filed = file_report(site, "mei@reporter.example", language="zh-TW", observables=[f"https://{NAME}/card"])
    [m] = site.until(lambda: relay.to("mei@reporter.example"), "the receipt")
    assert m.tls and m.envelope.rcpt_tos == ["mei@reporter.example"] and "SIZE=" in " ".join(m.envelope.mail_options)
    assert filed["case"] in m["Subject"] and m["Auto-Submitted"] == "auto-generated" and m["Message-ID"]
    assert m.envelope.mail_from == m["From"].addresses[0].addr_spec
    assert filed["url"] in part(m, "plain") and filed["url"] in part(m, "html")
    assert "我們已收到通報" in part(m, "plain") and 'lang="zh-TW"' in part(m, "html")
    assert NAME in part(m, "plain") and f"https://{NAME}" not in part(m, "plain") + part(m, "html")
    assert not m.defects and all(len(line) <= 998 for line in m.bytes.split(b"\r\n"))
    assert "<img" not in part(m, "html") and "style=" not in part(m, "html")
    assert site.metric("mail_sent_total") == 1


def test_notice_reaches_the_holder(site, relay, tmp_path):
    know_the_holder(site, tmp_path)
    relay.start()
    site.serve(mail_url=relay.url())
    number = site.json("report", "--observable", f"https://{NAME}/card", "--class", "phishing")["case"]
    site.run("case", "approve", number, check=False)
    [m] = site.until(lambda: relay.to("abuse@harbour.example"), "the notice")
    text = part(m, "plain")
    assert number in m["Subject"] and f"hxxps://{NAME}/card" in text
    link = re.search(r"http\S+/answer/\S+", text).group()
    assert link in part(m, "html")
    assert site.get(link).status == 200
    assert "Harbour" not in m["To"]
    site.until(lambda: site.json("case", "show", number)["notices"][0]["state"] == "sent", "the notice to be written down as sent")


def test_no_certificate_no_letter(site, relay):
    relay.start()
    site.serve(mail_url=relay.url("?tls=require"))
    file_report(site, "mei@reporter.example")
    site.until(lambda: site.metric("mail_retries_total"), "a failed try")
    assert not relay.letters and not relay.tries


def test_password(site, relay):
    relay.start(password=b"open sesame")
    (site.dir / "relay.pem").write_bytes(relay.cert.read_bytes())
    site.serve(mail_url=f"smtp://desk:open%20sesame@127.0.0.1:{relay.port}?ca={site.dir}/relay.pem")
    file_report(site, "mei@reporter.example")
    assert site.until(lambda: relay.to("mei@reporter.example"), "the receipt")[0].tls
    assert "sesame" not in site.log()


def test_plain_relay_and_one_connection(site, relay):
    relay.start(tls=False)
    for i in range(5):
        site.run("report", "--email", f"r{i}@reporter.example", "--text", "It happened again.", "--observable", f"h{i}.{NAME}")
    site.serve(mail_url=relay.url())
    site.until(lambda: len(relay.letters) == 5, "five receipts")
    assert len({m.connection for m in relay.letters}) == 1 and not relay.letters[0].tls
    assert len({m["Message-ID"] for m in relay.letters}) == 5


def test_put_off_recipient_holds_nobody_up(site, relay):
    relay.says["busy@reporter.example"] = "450 4.2.0 greylisted, come back later"
    relay.start()
    site.serve(mail_url=relay.url())
    file_report(site, "busy@reporter.example")
    file_report(site, "mei@reporter.example")
    site.until(lambda: relay.to("mei@reporter.example"), "the other's receipt")
    assert relay.tries.count("busy@reporter.example") == 1
    relay.says.clear()
    site.run("clock", "advance", "6m")
    site.until(lambda: relay.to("busy@reporter.example"), "the letter that was put off")
    assert relay.tries.count("busy@reporter.example") == 2
    site.run("clock", "advance", "2d")
    file_report(site, "late@reporter.example")
    site.until(lambda: relay.to("late@reporter.example"), "a letter two days later")
    assert len(relay.to("busy@reporter.example")) == 1


def test_a_letter_put_off_keeps_its_words(site, relay, tmp_path):
    """Its template was changed in between: it says what it would have said at its first try."""
    relay.says["busy@reporter.example"] = "450 4.2.0 greylisted, come back later"
    relay.start()
    site.serve(mail_url=relay.url())
    file_report(site, "busy@reporter.example")
    site.until(lambda: relay.tries, "the first try")
    (tmp_path / "new.txt").write_text("Other words\n\nWe say it otherwise.\n{link} {confirm}\n")
    site.run("template", "set", "receipt", tmp_path / "new.txt")
    file_report(site, "mei@reporter.example")
    site.until(lambda: relay.to("mei@reporter.example"), "the other's receipt")
    assert "We say it otherwise." in part(relay.to("mei@reporter.example")[0], "plain")
    relay.says.clear()
    site.run("clock", "advance", "6m")
    site.until(lambda: relay.to("busy@reporter.example"), "the letter that was put off")
    late = relay.to("busy@reporter.example")[0]
    assert "Thank you. We have your report." in part(late, "plain") and "We have your report" in late["Subject"]


def test_put_off_for_two_days_is_given_up(site, relay):
    relay.says["busy@reporter.example"] = "452 4.2.2 mailbox full"
    relay.start()
    site.serve(mail_url=relay.url())
    file_report(site, "busy@reporter.example")
    for tries, pause in enumerate(["6m", "16m", "31m", "61m", "121m", "241m", "481m", "721m", "1441m"], 1):
        site.until(lambda: relay.tries.count("busy@reporter.example") == tries, f"try {tries}")
        assert site.metric("mail_bounced_total") == 0
        # The next date is set in the write that follows the try.
        file_report(site, f"r{tries}@reporter.example")
        site.until(lambda: relay.to(f"r{tries}@reporter.example"), "another's letter")
        site.run("clock", "advance", pause)
    site.until(lambda: site.metric("mail_bounced_total") == 1, "the letter to be given up")
    assert relay.tries.count("busy@reporter.example") == 10


def test_refused_recipient_is_staff_work(site, relay, tmp_path):
    know_the_holder(site, tmp_path, contact="gone@harbour.example")
    relay.says["gone@harbour.example"] = "550 5.1.1 no such mailbox"
    relay.start()
    site.serve(mail_url=relay.url())
    number = site.json("report", "--observable", f"https://{NAME}/card", "--class", "phishing")["case"]
    site.run("case", "approve", number, check=False)
    site.until(lambda: site.metric("mail_bounced_total"), "the refusal")
    file_report(site, "mei@reporter.example")
    site.until(lambda: relay.to("mei@reporter.example"), "a letter after it")
    assert relay.tries.count("gone@harbour.example") == 1
    shown = site.run("case", "show", number, "--json").stdout
    assert "gone@harbour.example" in shown and "no such mailbox" in shown


def test_refused_words_say_nothing_of_the_address(make_site, relay):
    """A contact is doubted when its address is refused, not when a filter did not like the letter."""
    relay.start()
    site = open_site(make_site, mail_url=relay.url())
    site.run("contact", "verify", "run")

    def state(email):
        return {c["email"]: c["state"] for c in site.json("contact", "verify", "list", "--all")}.get(email)
    site.until(lambda: state("it@harbour.example") and state("abuse@maple.example"), "the walk")
    relay.dislikes.add("it@harbour.example")
    relay.says["abuse@maple.example"] = "550 5.1.1 no such mailbox"
    site.run("contact", "verify", "run", "it@harbour.example")
    site.run("contact", "verify", "run", "abuse@maple.example")
    site.until(lambda: state("abuse@maple.example") == "refused", "the refusal of the address")
    assert site.metric("mail_bounced_total") == 2 and relay.tries.count("it@harbour.example") == 1
    assert state("it@harbour.example") == "asked"


def test_slow_relay(site, relay):
    """Each answer takes a second: letters go in their order, a stop in the midst of one comes soon, and none is lost or sent twice."""
    people = [f"r{i}@reporter.example" for i in range(5)]
    for i, address in enumerate(people):
        site.run("report", "--email", address, "--text", "It happened again.", "--observable", f"h{i}.{NAME}")
    relay.slow = 1
    relay.start()
    site.serve(mail_url=relay.url())
    site.until(lambda: len(relay.letters) == 2, "two letters")
    began = time.monotonic()
    site.stop()
    assert time.monotonic() - began < 8, "the letter in hand has 3 s"
    assert len(relay.letters) < len(people)
    site.serve(mail_url=relay.url())
    site.until(lambda: len(relay.letters) >= len(people), "the others")
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    assert [m["To"] for m in relay.letters] == people


def test_relay_away(site, relay):
    """Staff see that letters wait, since when and why; the queue goes by itself when the relay is back."""
    site.serve(mail_url=relay.url())
    person = staff(site, "ina", "admin")

    def followers():
        return [f for f in json.loads(site.run("check", "--json", check=False).stdout) if f["check"] == "followers"]
    for i in range(3):
        file_report(site, f"r{i}@reporter.example")
    site.until(lambda: followers()[0]["result"] == "warn", "the check to warn")
    assert re.match(r"mail waits with \d+ entries, \d+ tries so far: .*127.0.0.1", followers()[0]["text"])
    page = person.get("/staff/health").text
    assert "leave the house for now" in page and "Everything that should leave" not in page and str(relay.port) in page
    assert site.healthy() and site.metric("mail_retries_total")
    relay.start()
    site.until(lambda: len(relay.letters) == 3, "the receipts")
    site.until(lambda: followers() == [{"check": "followers", "result": "ok", "text": "nothing waits or is parked"}], "the check")
    assert site.metric("mail_repeated_total") == 0
    page = person.get("/staff/health").text
    assert "leave the house for now" not in page and "Everything that should leave" in page


def test_connection_lost_after_the_message(site, relay):
    relay.cut.add("mei@reporter.example")
    relay.start()
    site.serve(mail_url=relay.url())
    file_report(site, "mei@reporter.example")
    site.until(lambda: len(relay.letters) == 2, "the repeat")
    first, second = relay.letters
    assert first["Message-ID"] == second["Message-ID"] and first.bytes == second.bytes
    site.until(lambda: site.metric("mail_repeated_total") == 1, "the repeat to be counted")


def test_killed_core_repeats_nothing_it_finished(site, relay):
    relay.start()
    site.serve(mail_url=relay.url())
    file_report(site, "mei@reporter.example")
    site.until(lambda: site.metric("mail_sent_total") == 1, "the receipt")
    site.kill()
    site.serve(mail_url=relay.url())
    file_report(site, "next@reporter.example")
    site.until(lambda: relay.to("next@reporter.example"), "the next receipt")
    assert len(relay.to("mei@reporter.example")) == 1
