"""PGP in the mail, with the system's gpg as the other side: both directions, everything that must be doubted, and that only the
role that runs gpg ever has the secret key."""
import contextlib
import email
import email.policy
import os
import re
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from conftest import children, free_ports
from test_mailin import CASE, HOST, letters_to, mail, pipe, with_notice
from test_smtp import NAME, know_the_holder

pytestmark = pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg (Debian package gnupg)")
HOLDER = "abuse@harbour.example"
OLD = ["--faked-system-time", "20200601T000000"]


class Gpg:
    """A key ring of somebody else's."""

    def __init__(self, home):
        self.home = Path(home)

    def run(self, *args, input=None, check=True):
        return subprocess.run(["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--no-tty", "--trust-model", "always",
                               "--pinentry-mode", "loopback", "--passphrase", "", *args], input=input, capture_output=True,
                              check=check)

    def make(self, address, *when, expires="1y"):
        self.run(*when, "--quick-generate-key", f"Somebody <{address}>", "future-default", "default", expires)
        return self.run("--armor", "--export", address).stdout

    def fingerprint(self, address):
        lines = self.run("--with-colons", "--fingerprint", address).stdout.decode().splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr"))


@pytest.fixture
def gpg():
    """rings(): a new ring each time, in a short path (a socket's name has 107 bytes)."""
    made = []

    def ring():
        made.append(tempfile.mkdtemp(prefix="g", dir="/tmp"))
        return Gpg(made[-1])
    yield ring
    for home in made:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def post(make_site):
    """A site with a key, that mail reaches, not served."""
    site = make_site(test_clock="on", public_url=f"https://{HOST}", mailin_address=CASE, mail_from=f"cert@{HOST}",
                     site_name="Cert of Test")
    site.own = site.json("pgp", "init")["fingerprint"]
    return site


def bind(site, ring, address, tmp_path, *more, key=None):
    path = tmp_path / "key.asc"
    path.write_bytes(key or ring.run("--armor", "--export", address).stdout)
    return site.json("pgp", "import", path, "--party", address, *more)


def knows_us(site, ring):
    ring.run("--import", input=site.run("pgp", "export").stdout.encode())


def inner(text, subject=None):
    head = f"Subject: {subject}\r\n" if subject else ""
    return (f"Content-Type: text/plain; charset=utf-8\r\n{head}\r\n" + text.replace("\n", "\r\n") + "\r\n").encode()


def outer(sender, ident, content, subject="...", to=CASE, **headers):
    more = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    return (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{ident}@pgp.example>\r\n{more}"
            "MIME-Version: 1.0\r\n").encode() + content


def encrypted(data, sender, ident, **more):
    """RFC 3156 §4 around armour."""
    body = (b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="e"\r\n\r\n--e\r\n'
            b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--e\r\n"
            b"Content-Type: application/octet-stream\r\n\r\n" + data.replace(b"\n", b"\r\n") + b"\r\n--e--\r\n")
    return outer(sender, ident, body, **more)


def signed(part, signature, sender, ident, **more):
    """RFC 3156 §5."""
    body = (b'Content-Type: multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="s"\r\n\r\n--s\r\n'
            + part + b"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature.replace(b"\n", b"\r\n") + b"\r\n--s--\r\n")
    return outer(sender, ident, body, **more)


def detached(ring, key, part, *when):
    return ring.run(*when, "--armor", "--digest-algo", "SHA512", "--local-user", key, "--detach-sign", input=part).stdout


def seal(ring, site, key, part, *when):
    return ring.run(*when, "--armor", "--recipient", site.own, "--local-user", key, "--sign", "--encrypt", input=part).stdout


def about(site, case):
    """What PGP says of the newest message of a case, its tasks, the state of its first notice."""
    view = site.json("case", "show", case)
    return view["pgp"][0] if view["pgp"] else None, [t["text"] for t in view["tasks"]], view


# ── reports ──

def test_encrypted_and_signed_report(post, gpg, tmp_path):
    ring = gpg()
    ring.make("mei@partner.example")
    knows_us(post, ring)
    bind(post, ring, "mei@partner.example", tmp_path)
    data = seal(ring, post, "mei@partner.example", inner("A false bank at https://evil.example.net/login", "A false bank page"))
    done = pipe(post, encrypted(data, "Mei <mei@partner.example>", "e1"))
    assert done["fate"] == "filed"
    seen, tasks, view = about(post, done["case"])
    assert seen["encrypted"] and seen["signature"] == "good" and not seen["doubt"]
    assert seen["bound_to"] == "mei@partner.example" and seen["fingerprint"] == ring.fingerprint("mei@partner.example")
    assert "evil.example.net" in str(view["observables"]) and not [t for t in tasks if "Check" in t]
    assert "A false bank page" in view["reporters"][0]["words"], "the subject inside is the true one"
    assert pipe(post, encrypted(data, "Mei <mei@partner.example>", "e1"))["repeated"]


def test_inline_and_clearsigned(post, gpg, tmp_path):
    ring = gpg()
    ring.make("mei@partner.example")
    knows_us(post, ring)
    bind(post, ring, "mei@partner.example", tmp_path)
    text = b"A false bank at https://evil.example.net/login\n"
    one = pipe(post, mail(seal(ring, post, "mei@partner.example", text).decode(), "mei@partner.example", ident="i1"))
    seen, _, view = about(post, one["case"])
    assert seen["encrypted"] and seen["signature"] == "good" and "evil.example.net" in str(view["observables"])
    clear = ring.run("--local-user", "mei@partner.example", "--clearsign", input=b"Another at https://worse.example.org/x\n").stdout
    two = pipe(post, mail("Unsigned https://injected.example.org/y\n" + clear.decode(), "mei@partner.example", ident="i2"))
    seen, _, view = about(post, two["case"])
    assert not seen["encrypted"] and seen["signature"] == "good"
    assert "worse.example.org" in str(view["observables"]) and "injected" not in str(view), "what stands beside it is not signed"


def test_encrypted_for_somebody_else(post, gpg):
    ring = gpg()
    ring.make("other@cert.example")
    data = ring.run("--armor", "--recipient", "other@cert.example", "--encrypt", input=inner("secret")).stdout
    post.serve()
    done = pipe(post, encrypted(data, "ming@reporter.example", "o1"))
    seen, tasks, _ = about(post, done["case"])
    assert done["fate"] == "filed" and seen["doubt"] == "other-key"
    assert any("another key" in t for t in tasks)
    [receipt] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    assert f"https://{HOST}/pgp.asc" in receipt.get_body(("plain",)).get_content()
    assert post.get("/pgp.asc").text == post.run("pgp", "export").stdout
    assert f"Encryption: https://{HOST}/pgp.asc" in post.get("/.well-known/security.txt").text


def test_bomb(post, gpg):
    ring = gpg()
    ring.make("ming@reporter.example")
    knows_us(post, ring)
    data = ring.run("--armor", "--compress-level", "9", "--recipient", post.own, "--encrypt", input=b"\0" * (300 << 20)).stdout
    assert len(data) < 10 << 20
    done = pipe(post, encrypted(data, "ming@reporter.example", "bomb"))
    seen, tasks, _ = about(post, done["case"])
    assert seen["doubt"] == "too-large" and any("too large" in t for t in tasks)


def test_damaged(post, gpg):
    ring = gpg()
    ring.make("ming@reporter.example")
    knows_us(post, ring)
    raw = bytearray(ring.run("--recipient", post.own, "--encrypt", input=inner(os.urandom(2000).hex())).stdout)
    raw[len(raw) // 2] ^= 0x55
    data = subprocess.run(["gpg", "--enarmor"], input=bytes(raw), capture_output=True, check=True).stdout
    data = data.replace(b"PGP ARMORED FILE", b"PGP MESSAGE")
    seen, tasks, _ = about(post, pipe(post, encrypted(data, "ming@reporter.example", "d1"))["case"])
    assert seen["doubt"] == "damaged" and any("damaged" in t for t in tasks)


def test_more_than_the_role_takes(post, gpg, tmp_path):
    """It stays too large, so it is filed as it is, and never asked for again."""
    ring = gpg()
    ring.make("mei@partner.example")
    bind(post, ring, "mei@partner.example", tmp_path)
    part = inner("See https://evil.example.net/login") + b"\n" * (14 << 20)  # each becomes two bytes where it is signed
    done = pipe(post, signed(part, detached(ring, "mei@partner.example", b"anything"), "mei@partner.example", "large"))
    seen, tasks, view = about(post, done["case"])
    assert done["fate"] == "filed" and seen["doubt"] == "too-large" and not seen["encrypted"]
    assert any("too large" in t for t in tasks) and "evil.example.net" in str(view["observables"])


def test_a_text_vouches_only_for_itself(post, gpg, tmp_path):
    """A signature within one part says nothing of what is attached beside it."""
    ring = gpg()
    ring.make("mei@partner.example")
    knows_us(post, ring)
    bind(post, ring, "mei@partner.example", tmp_path)
    clear = ring.run("--local-user", "mei@partner.example", "--clearsign", input=b"See https://evil.example.net/login\n").stdout
    closed = seal(ring, post, "mei@partner.example", b"See https://worse.example.net/login\n")

    def send(ident, text, *others):
        parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text, *others]
        body = b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n' + b"".join(b"--m\r\n" + p + b"\r\n" for p in parts) + b"--m--\r\n"
        return about(post, pipe(post, outer("mei@partner.example", ident, body))["case"])
    forged = b"Content-Type: text/plain\r\n\r\nAlso take down https://innocent.example.org/x"
    for ident, text in (("p1", clear), ("p2", closed)):
        seen, tasks, _ = send(ident, text, forged)
        assert seen["signature"] == "good" and seen["doubt"] == "partly" and seen["encrypted"] == (text is closed)
        assert any("covers only the text" in t for t in tasks)
    seen, tasks, _ = send("p3", clear)
    assert seen["signature"] == "good" and not seen["doubt"], "alone it is the whole message"


def test_the_worst_signature_counts(post, gpg, tmp_path):
    ring, stranger = gpg(), gpg()
    ring.make("mei@partner.example")
    stranger.make("eve@stranger.example")
    bind(post, ring, "mei@partner.example", tmp_path)
    part = inner("See https://evil.example.net/login")

    def raw(who, key, data):
        return who.run("--digest-algo", "SHA512", "--local-user", key, "--detach-sign", input=data).stdout

    def send(ident, *signatures):
        data = subprocess.run(["gpg", "--enarmor"], input=b"".join(signatures), capture_output=True, check=True).stdout
        data = data.replace(b"PGP ARMORED FILE", b"PGP SIGNATURE")
        return about(post, pipe(post, signed(part, data, "mei@partner.example", ident))["case"])[0]
    good, other = raw(ring, "mei@partner.example", part), raw(stranger, "eve@stranger.example", part)
    changed = raw(ring, "mei@partner.example", part + b"x")
    assert send("w1", good)["signature"] == "good"
    assert send("w2", changed, good)["signature"] == "bad"
    assert send("w3", good, other)["signature"] == "unknown-key"
    assert send("w4", changed, other)["signature"] == "bad"
    assert send("w5", *[good] * 20)["signature"] == "good"
    assert send("w6", *[good] * 21)["signature"] == "bad", "so many nobody means"


@pytest.mark.one_store
def test_without_a_key_of_ours_nothing_is_judged(post, gpg, tmp_path):
    """Neither taken for unsigned nor read: doubted, kept, a task; and what was learned of a party stays."""
    case, letter = with_notice(post, tmp_path)
    ring = gpg()
    ring.make(HOLDER)
    knows_us(post, ring)
    bind(post, ring, HOLDER, tmp_path)
    part = inner("See https://evil.example.net/login")
    for i in range(3):
        pipe(post, signed(part, detached(ring, HOLDER, part), HOLDER, f"learn{i}"))
    assert post.json("pgp", "list")[0]["always_signs"]
    post.stop()
    (post.dir / "keys" / "pgp").rename(tmp_path / "away")
    for ident, message, closed in (
            ("n1", signed(part, detached(ring, HOLDER, part), HOLDER, "n1"), False),
            ("n2", encrypted(seal(ring, post, HOLDER, part), HOLDER, "n2"), True)):
        done = pipe(post, message)
        seen, tasks, _ = about(post, done["case"])
        assert done["fate"] == "filed" and seen["doubt"] == "no-key-here" and seen["encrypted"] == closed, ident
        assert any("can't be looked at here" in t for t in tasks)
    done = pipe(post, answer(letter, "n3", ring, HOLDER))
    assert done["fate"] == "kept" and about(post, case)[2]["notices"][0]["state"] == "sent", "not taken for the party's answer"
    assert post.json("pgp", "list")[0]["always_signs"], "no message without a signature has come"
    (tmp_path / "away").rename(post.dir / "keys" / "pgp")


# ── answers ──

def answer(letter, ident, ring, key, *when, data=None, tamper=False):
    part = inner("Fixed. We took it down.")
    signature = detached(ring, key, data or part, *when)
    part = part.replace(b"took", b"TOOK") if tamper else part
    return signed(part, signature, HOLDER, ident, to=letter["Reply-To"], subject="Re: it")


def test_answers_are_believed_only_with_the_right_key(post, gpg, tmp_path):
    case, letter = with_notice(post, tmp_path)
    ring, stranger, old = gpg(), gpg(), gpg()
    ring.make(HOLDER)
    stranger.make(HOLDER)
    stranger.make("second@partner.example")
    old.make(HOLDER, "--faked-system-time", "20200101T000000")
    bind(post, ring, HOLDER, tmp_path, "--always-signs")
    bind(post, stranger, "second@partner.example", tmp_path)
    plain = outer(HOLDER, "a-none", inner("Fixed."), to=letter["Reply-To"])
    doubted = [
        (plain, "unsigned", "none", "always signs"),
        (answer(letter, "a-tampered", ring, HOLDER, tamper=True), "changed", "bad", "changed after"),
        (answer(letter, "a-unknown", stranger, f"=Somebody <{HOLDER}>"), "wrong-key", "unknown-key", "not bound"),
        (answer(letter, "a-second", stranger, "second@partner.example"), "wrong-key", "good", "not bound"),
    ]
    for message, doubt, signature, sentence in doubted:
        done = pipe(post, message)
        seen, tasks, view = about(post, case)
        assert done["fate"] == "kept" and seen["doubt"] == doubt and seen["signature"] == signature, (doubt, seen)
        assert any(sentence in t for t in tasks), tasks
        assert view["notices"][0]["state"] == "sent", f"{doubt}: not the party's answer"
    assert about(post, case)[0]["bound_to"] == "second@partner.example"
    bind(post, old, HOLDER, tmp_path)
    done = pipe(post, answer(letter, "a-expired", old, HOLDER, *OLD))
    seen, tasks, view = about(post, case)
    assert done["fate"] == "kept" and seen["doubt"] == "expired-key" and seen["signature"] == "expired-key"
    assert view["notices"][0]["state"] == "sent" and any("has expired" in t for t in tasks)
    bind(post, ring, HOLDER, tmp_path, "--always-signs")
    done = pipe(post, answer(letter, "a-good", ring, HOLDER))
    seen, _, view = about(post, case)
    assert done["fate"] == "answered" and seen["signature"] == "good" and not seen["doubt"]
    assert view["notices"][0]["answer"] == "fixed"


@pytest.mark.one_store
def test_that_a_party_always_signs_is_learned(post, gpg, tmp_path):
    ring = gpg()
    ring.make("mei@partner.example")
    bind(post, ring, "mei@partner.example", tmp_path)

    def send(i, with_signature=True):
        part = inner(f"See https://evil{i}.example.net/login")
        message = signed(part, detached(ring, "mei@partner.example", part), "mei@partner.example", f"l{i}") if with_signature \
            else outer("mei@partner.example", f"l{i}", part)
        return about(post, pipe(post, message)["case"])[0]
    assert send(0, False) is None and not post.json("pgp", "list")[0]["always_signs"]
    for i in range(1, 4):
        assert send(i)["signature"] == "good"
    assert post.json("pgp", "list")[0]["always_signs"]
    assert send(4, False)["doubt"] == "unsigned"


# ── letters ──

def opened(ring, message):
    """What a recipient's gpg makes of an encrypted letter: the message inside and gpg's words."""
    parts = list(message.iter_parts())
    assert message.get_content_type() == "multipart/encrypted" and parts[0].get_content_type() == "application/pgp-encrypted"
    done = ring.run("--status-fd", "2", "--decrypt", input=parts[1].get_content() if isinstance(parts[1].get_content(), bytes)
                    else parts[1].get_content().encode())
    return email.message_from_bytes(done.stdout, policy=email.policy.default), done.stderr.decode()


def test_letter_to_a_party_with_a_key(post, gpg, tmp_path):
    ring = gpg()
    ring.make(HOLDER)
    knows_us(post, ring)
    bind(post, ring, HOLDER, tmp_path)
    know_the_holder(post, tmp_path)
    post.serve()
    filed = post.json("report", "--observable", f"https://{NAME}/card", "--text", "False", "--email", "ming@reporter.example")
    letters = post.until(lambda: letters_to(post, HOLDER) or (post.run("case", "approve", filed["case"], check=False) and None),
                         "the notice")
    [raw] = [p.read_text() for p in (post.dir / "outbox").glob("*.eml") if HOLDER in p.read_text()]
    assert NAME not in raw.replace(HOLDER, "") and letters[0]["Subject"] == f"[{filed['case']}]"
    inside, words = opened(ring, letters[0])
    assert "GOODSIG" in words and post.own in words
    assert NAME in inside.get_body(("plain",)).get_content() and filed["case"] in inside["Subject"]
    assert len(inside["Subject"]) > len(letters[0]["Subject"])


def test_letter_waits_for_a_new_key(post, gpg, tmp_path):
    ring, old = gpg(), gpg()
    old.make(HOLDER, "--faked-system-time", "20200101T000000")
    ring.make(HOLDER)
    knows_us(post, ring)
    bind(post, old, HOLDER, tmp_path)
    assert post.json("pgp", "list")[0]["expired"]
    know_the_holder(post, tmp_path)
    post.serve()
    filed = post.json("report", "--observable", f"https://{NAME}/card", "--text", "False", "--email", "ming@reporter.example")
    post.run("case", "approve", filed["case"], check=False)
    post.until(lambda: [t for t in about(post, filed["case"])[1] if "A letter waits" in t], "the task")
    assert not letters_to(post, HOLDER)
    bind(post, ring, HOLDER, tmp_path)
    [letter] = post.until(lambda: letters_to(post, HOLDER), "the letter that waited, at once")
    inside, _ = opened(ring, letter)
    assert NAME in inside.get_body(("plain",)).get_content()


def spoil(site, store_url, address):
    """What is kept of a key is no key any more: a fault of ours."""
    sql = f"UPDATE who_pgp_key SET armour = 'nothing' WHERE address = '{address}'"
    if store_url:
        subprocess.run(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", store_url, "-c", sql], check=True, capture_output=True)
        return
    with contextlib.closing(sqlite3.connect(site.dir / "nicert.db")) as db:
        db.execute(sql)
        db.commit()


def test_a_fault_of_ours_never_sends_in_clear(post, gpg, tmp_path, store_url):
    ring = gpg()
    ring.make(HOLDER)
    bind(post, ring, HOLDER, tmp_path)
    spoil(post, store_url, HOLDER)
    know_the_holder(post, tmp_path)
    post.serve(pgp_expired="clear")
    filed = post.json("report", "--observable", f"https://{NAME}/card", "--text", "False", "--email", "ming@reporter.example")
    post.run("case", "approve", filed["case"], check=False)
    post.until(lambda: letters_to(post, "ming@reporter.example"), "mail that needs no key")
    tasks = post.until(lambda: [t["text"] for t in post.json("case", "show", filed["case"])["tasks"] if t["kind"] == "letter-failing"],
                       "the task")
    assert HOLDER in tasks[0] and not letters_to(post, HOLDER)
    view = post.json("case", "show", filed["case"])
    assert view["notices"][0]["state"] == "approved" and len(view["notices"]) == 1, "the address is not to blame"
    bind(post, ring, HOLDER, tmp_path)
    post.until(lambda: letters_to(post, HOLDER), "the letter")


def own_expires(site, when):
    subprocess.run(["gpg", "--homedir", str(site.dir / "keys" / "pgp"), "--batch", "--quick-set-expire", site.own, when], check=True,
                   capture_output=True)


@pytest.mark.one_store
def test_our_own_key_has_expired(post, gpg, tmp_path):
    """A letter that must be encrypted waits even where an expired key of theirs would not hold it; other mail goes."""
    ring = gpg()
    ring.make(HOLDER)
    knows_us(post, ring)
    bind(post, ring, HOLDER, tmp_path)
    know_the_holder(post, tmp_path)
    own_expires(post, "seconds=1")
    time.sleep(2)  # decisive only in that the second is over
    post.serve(pgp_expired="clear", pgp_sign="on")
    filed = post.json("report", "--observable", f"https://{NAME}/card", "--text", "False", "--email", "ming@reporter.example")
    post.run("case", "approve", filed["case"], check=False)
    post.until(lambda: [t for t in about(post, filed["case"])[1] if "A letter waits: our own PGP key" in t], "the task")
    [receipt] = post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    assert receipt.get_content_type() == "multipart/alternative", "without a signature, which nobody can make now"
    assert any("without a signature" in t for t in about(post, filed["case"])[1])
    assert not letters_to(post, HOLDER)
    own_expires(post, "1y")
    post.run("clock", "advance", "61m")
    [letter] = post.until(lambda: letters_to(post, HOLDER), "the letter that waited")
    ring.run("--import", input=subprocess.run(["gpg", "--homedir", str(post.dir / "keys" / "pgp"), "--armor", "--export", post.own],
                                              check=True, capture_output=True).stdout)
    assert NAME in opened(ring, letter)[0].get_body(("plain",)).get_content()


@pytest.mark.one_store
def test_signed_for_everybody(post, gpg, tmp_path):
    ring = gpg()
    ring.make("ming@reporter.example")
    knows_us(post, ring)
    post.serve(pgp_sign="on")
    pipe(post, mail("See https://evil.example.net/login", ident="s1"))
    post.until(lambda: letters_to(post, "ming@reporter.example"), "the receipt")
    [path] = (post.dir / "outbox").glob("*.eml")
    raw = path.read_bytes()
    mark = re.search(rb'multipart/signed;.*?boundary="([^"]+)"', raw, re.S).group(1)
    pieces = raw.split(b"--" + mark)
    part = pieces[1].removeprefix(b"\r\n").removesuffix(b"\r\n")
    (tmp_path / "sig").write_bytes(pieces[2].split(b"\r\n\r\n", 1)[1])
    (tmp_path / "part").write_bytes(part)
    done = ring.run("--status-fd", "1", "--verify", str(tmp_path / "sig"), str(tmp_path / "part"))
    assert b"GOODSIG" in done.stdout and post.own.encode() in done.stdout
    (tmp_path / "part").write_bytes(part.replace(b"a", b"b", 1))
    assert ring.run("--verify", str(tmp_path / "sig"), str(tmp_path / "part"), check=False).returncode


# ── the role ──

def role(site, name):
    """The pid of a role of the running server."""
    for pid in children(site.process.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:  # a child that has ended meanwhile
            continue
        if b"--role" in words and words[words.index(b"--role") + 1] == name.encode():
            return pid
    return None


def stopped_role(post, gpg, tmp_path, ident):
    """LMTP's port, an encrypted message of a partner whose key is bound, and the pid of the role, which is stopped."""
    ring = gpg()
    ring.make("mei@partner.example")
    knows_us(post, ring)
    bind(post, ring, "mei@partner.example", tmp_path)
    [port] = free_ports(1)
    post.serve(mailin_listen=f"127.0.0.1:{port}")
    data = encrypted(seal(ring, post, "mei@partner.example", inner("See https://evil.example.net/login")), "mei@partner.example", ident)
    pid = post.until(lambda: role(post, "pgp"), "the role")
    os.kill(pid, signal.SIGSTOP)
    return port, data, pid


def handed_over(port, data):
    """A conversation in which the message was given away and is not answered yet."""
    lmtp = smtplib.LMTP("127.0.0.1", port, timeout=90)
    lmtp.ehlo("mx.example")
    lmtp.mail("mei@partner.example")
    lmtp.rcpt(CASE)
    lmtp.putcmd("data")
    assert lmtp.getreply()[0] == 354
    lmtp.send(data + b"\r\n.\r\n")
    return lmtp


@pytest.mark.one_store
def test_role_killed_and_away(post, gpg, tmp_path):
    """A message that comes while the role is stopped is put off, not lost and not taken unread; it goes in afterwards."""
    port, data, pid = stopped_role(post, gpg, tmp_path, "k1")
    lmtp = handed_over(port, data)
    time.sleep(1)  # not decisive: killed in the middle or before, the message must come out whole
    post.killed = True
    os.kill(pid, signal.SIGKILL)
    code = lmtp.getreply()[0]
    assert code in (250, 451), "put off, or answered by the next role"
    if code == 451:
        assert not post.json("case", "list")
    lmtp.close()
    post.until(lambda: role(post, "pgp") not in (None, pid), "a new role")
    with smtplib.LMTP("127.0.0.1", port, timeout=90) as again:
        assert again.sendmail("mei@partner.example", [CASE], data) == {}
    [case] = post.json("case", "list")
    assert about(post, case["case"])[0]["signature"] == "good"


@pytest.mark.one_store
def test_gpg_holds_no_other_mail_up(post, gpg, tmp_path):
    """While gpg does not answer, other connections of both loops go on; then what waited for it goes in."""
    port, data, pid = stopped_role(post, gpg, tmp_path, "h1")
    try:
        waits = handed_over(port, data)
        for i in range(12):
            with smtplib.LMTP("127.0.0.1", port, timeout=20) as other:
                assert other.sendmail("ann@reporter.example", [CASE], mail(f"See https://evil{i}.example.org/", "ann@reporter.example",
                                                                          ident=f"o{i}")) == {}
        assert len(post.json("case", "list")) == 12
    finally:
        os.kill(pid, signal.SIGCONT)
    assert waits.getreply()[0] == 250
    waits.close()
    assert len(post.json("case", "list")) == 13


@pytest.mark.one_store
def test_keys_of_others_do_not_stay_in_the_ring(post, gpg, tmp_path):
    ring = gpg()
    ring.make(HOLDER)
    ring.make("before@partner.example")
    knows_us(post, ring)
    bind(post, ring, HOLDER, tmp_path)
    know_the_holder(post, tmp_path)
    home = Gpg(post.dir / "keys" / "pgp")

    def held():
        listed = home.run("--with-colons", "--list-keys").stdout.decode().splitlines()
        return sum(line.startswith("pub:") for line in listed), home.fingerprint(post.own)
    home.run("--import", input=ring.run("--armor", "--export", "before@partner.example").stdout)
    assert held()[0] == 2
    part = inner("See https://evil.example.net/login")
    assert about(post, pipe(post, signed(part, detached(ring, HOLDER, part), HOLDER, "r1"))["case"])[0]["signature"] == "good"
    assert held() == (1, post.own), "neither the one asked about nor what a killed role left"
    assert not (home.home / "pubring.kbx~").exists()
    post.serve()
    filed = post.json("report", "--observable", f"https://{NAME}/card", "--text", "False")
    post.until(lambda: letters_to(post, HOLDER) or (post.run("case", "approve", filed["case"], check=False) and None), "the notice")
    post.until(lambda: held() == (1, post.own), "the ring to be as before")


@pytest.mark.one_store
def test_only_the_role_has_the_key(post):
    home = post.dir / "keys" / "pgp"
    assert home.stat().st_mode & 0o777 == 0o700
    post.serve()
    core, pgp = post.until(lambda: (role(post, "core"), role(post, "pgp")), "the roles")
    assert core and pgp
    opened_by_core = [os.readlink(f"/proc/{core}/fd/{fd}") for fd in os.listdir(f"/proc/{core}/fd")]
    assert opened_by_core and not [p for p in opened_by_core if "/keys" in p]
    status = Path(f"/proc/{pgp}/status").read_text()
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
    for pid in children(pgp):
        with contextlib.suppress(FileNotFoundError):  # it has ended since
            assert b"gpg" in (Path(f"/proc/{pid}/cmdline").read_bytes() or b"gpg (a zombie)")


@pytest.mark.one_store
def test_commands(post, gpg, tmp_path):
    ring = gpg()
    ring.make("mei@partner.example")
    ring.make("two@partner.example")
    assert "holds a key already" in post.run("pgp", "init", check=False).stderr
    key = bind(post, ring, "mei@partner.example", tmp_path)
    assert key["fingerprint"] == ring.fingerprint("mei@partner.example") and key["encrypts"] and not key["expired"]
    both = tmp_path / "both.asc"
    both.write_bytes(ring.run("--armor", "--export").stdout)
    assert "exactly one public key" in post.run("pgp", "import", both, "--party", "x@y.example", check=False).stderr
    secret = tmp_path / "secret.asc"
    secret.write_bytes(ring.run("--armor", "--export-secret-keys", "mei@partner.example").stdout)
    assert "secret key" in post.run("pgp", "import", secret, "--party", "x@y.example", check=False).stderr
    both.write_text("no key at all")
    assert post.run("pgp", "import", both, "--party", "x@y.example", check=False).returncode == 1
    assert post.run("pgp", "import", both, check=False).returncode == 2
    assert [k["address"] for k in post.json("pgp", "list")] == ["mei@partner.example"]
    assert key["fingerprint"] in post.run("pgp", "list").stdout
    assert "BEGIN PGP PUBLIC KEY" in post.json("pgp", "export", "--party", "mei@partner.example")["key"]
    assert post.json("pgp", "remove", "MEI@partner.example")["removed"]
    assert "no key here" in post.run("pgp", "remove", "mei@partner.example", check=False).stderr
    assert post.json("pgp", "list") == []
    assert not list((post.dir / "tmp").glob("pgp-*")), "throw-away folders go"
