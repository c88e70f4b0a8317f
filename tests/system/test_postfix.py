"""Between Postfix and a reporter: letters out through it, reports in through it, both with TLS and with either side away for a
while. Postfix runs beside the machine's own, from a folder of the test; its master wants root."""
import email
import email.policy
import os
import shutil
import smtplib
import subprocess

import pytest
from conftest import free_ports
from test_mailin import CASE, HOST, mail
from test_smtp import file_report, part

pytestmark = [pytest.mark.one_store,
              pytest.mark.skipif(not shutil.which("postfix", path="/usr/sbin"), reason="no postfix"),
              pytest.mark.skipif(os.getuid() != 0, reason="Postfix starts only as root")]

MAIN = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtputf8_enable = yes
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {dir}/relay.pem
smtpd_tls_key_file = {dir}/relay.key
smtpd_recipient_restrictions = check_recipient_access texthash:{dir}/access, permit_mynetworks, reject
virtual_mailbox_domains = reporter.example, holder.example
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:all
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = inline:{{ {host}=lmtp:inet:127.0.0.1:{lmtp} }}
relay_domains = {host}
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
"""

MASTER = """\
{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
smtp unix - - n - - smtp
"""


class Postfix:
    def __init__(self, folder, lmtp):
        self.dir, self.port = folder, free_ports(1)[0]
        for sub in ("queue", "data", "mail"):
            (folder / sub).mkdir()
        shutil.chown(folder / "data", "postfix")
        os.chown(folder / "mail", 65534, 65534)
        for parent in (folder, *folder.parents):  # the delivery agent is nobody, and pytest's folders are for root alone
            if parent.stat().st_uid == os.getuid():
                parent.chmod(parent.stat().st_mode | 0o011)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=relay.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "relay.key",
                        "-out", folder / "relay.pem"], check=True, capture_output=True)
        (folder / "access").write_text("nobody@reporter.example 550 5.1.1 no such mailbox\nlater@reporter.example 450 4.2.0 greylisted\n")
        (folder / "main.cf").write_text(MAIN.format(dir=folder, host=HOST, lmtp=lmtp))
        (folder / "master.cf").write_text(MASTER.format(port=f"127.0.0.1:{self.port}"))
        self.run("start")

    def run(self, command):
        done = subprocess.run(["/usr/sbin/postfix", "-c", self.dir, command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + self.log()

    def log(self):
        path = self.dir / "log"
        return path.read_text() if path.exists() else ""

    def to(self, address):
        """virtual(8) delivers to mail/ADDRESS-INDEPENDENT path `all`: one mbox, each letter with whom it was delivered to."""
        box = self.dir / "mail" / "all"
        if not box.exists():
            return []
        letters = (b"\n" + box.read_bytes()).split(b"\nFrom ")[1:]
        found = [email.message_from_bytes(m.partition(b"\n")[2], policy=email.policy.default) for m in letters]
        return [m for m in found if m["Delivered-To"] == address]

    def hand_in(self, message, sender="ming@reporter.example"):
        with smtplib.SMTP("127.0.0.1", self.port) as c:
            c.starttls()
            assert c.sendmail(sender, [CASE], message) == {}


@pytest.fixture
def post(make_site, tmp_path):
    """A site behind a Postfix, and that Postfix."""
    lmtp = free_ports(1)[0]
    folder = tmp_path / "postfix"
    folder.mkdir()
    relay = Postfix(folder, lmtp)
    site = make_site(test_clock="on", public_url=f"https://{HOST}", mailin_address=CASE, mailin_listen=f"127.0.0.1:{lmtp}")
    shutil.copy(folder / "relay.pem", site.dir / "relay.pem")
    site.relay = relay
    site.mail_url = f"smtp://127.0.0.1:{relay.port}?tls=require&ca={site.dir}/relay.pem"
    yield site
    relay.run("stop")


def test_letters_leave_through_it(post):
    post.serve(mail_url=post.mail_url)
    filed = file_report(post, "mei@reporter.example", language="zh-TW", observables=["https://harbour-lantern.example/card"])
    [m] = post.until(lambda: post.relay.to("mei@reporter.example"), "the receipt")
    assert "with ESMTPS" in m["Received"] and filed["case"] in m["Subject"] and m["Auto-Submitted"] == "auto-generated"
    assert "我們已收到通報" in part(m, "plain") and filed["url"] in part(m, "html") and not m.defects


def test_one_refused_one_put_off_the_others_go(post):
    post.serve(mail_url=post.mail_url)
    for who in ("nobody", "later", "mei"):
        file_report(post, f"{who}@reporter.example")
    post.until(lambda: post.relay.to("mei@reporter.example"), "the letter behind the refused ones")
    post.until(lambda: post.metric("mail_bounced_total") == 1, "the refusal for good")
    (post.relay.dir / "access").write_text("")
    post.relay.run("reload")
    post.until(lambda: post.advance("1h") or post.relay.to("later@reporter.example"), "the letter that was put off")
    assert not post.relay.to("nobody@reporter.example") and len(post.relay.to("mei@reporter.example")) == 1


def test_a_report_by_mail_is_answered_by_mail(post):
    post.serve(mail_url=post.mail_url)
    post.relay.hand_in(mail("See https://evil.example.net/login", ident="one"))
    post.relay.hand_in(mail("See https://evil.example.net/login", ident="one"))  # a repeat of the sender's server
    [m] = post.until(lambda: post.relay.to("ming@reporter.example"), "the receipt")
    [case] = [r["case"] for r in post.json("case", "list")]
    assert case in m["Subject"] and "mailing loop" not in post.relay.log()
    post.until(lambda: post.metric("mailin_messages_total") == 2, "both deliveries")
    assert len(post.relay.to("ming@reporter.example")) == 1


def test_either_side_away_for_a_while(post):
    """What Postfix took while we were down comes when we are back; what we wrote while it was down goes when it is."""
    post.relay.hand_in(mail("While you were out: https://evil.example.net/a", ident="out"))
    post.until(lambda: "status=deferred" in post.relay.log(), "Postfix to find nobody at the door")
    post.serve(mail_url=post.mail_url)
    post.until(lambda: post.relay.to("ming@reporter.example"), "the report from the queue, and its receipt")
    post.relay.run("stop")
    file_report(post, "mei@reporter.example")
    post.until(lambda: post.metric("mail_retries_total") >= 1, "a delivery that found nobody")
    post.relay.run("start")
    post.advance("1d")
    post.until(lambda: post.relay.to("mei@reporter.example"), "the letter, a day later")
    assert len(post.relay.to("mei@reporter.example")) == 1
