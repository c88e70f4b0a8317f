"""What a month holds beside reports, answers and the queue, a small share of each: cases that turn out to be one, a holder's bulk
findings in one letter a day, letters that come back, mail under PGP. What must hold of each afterwards is in checks.py."""
import csv
import datetime
import email
import io
import re
import shutil
import subprocess
import tempfile
import threading
from collections import Counter, defaultdict

import country
from test_kit import fields

PARTY = country.HOLDER_WITH_A_KEY


class Ring:
    """The keys of others, under one roof; one gpg at a time."""

    def __init__(self):
        self.home, self.lock = tempfile.mkdtemp(prefix="g", dir="/tmp"), threading.Lock()  # short: a socket's name has 107 bytes

    def run(self, *args, input=None):
        with self.lock:
            return subprocess.run(["gpg", "--homedir", self.home, "--batch", "--quiet", "--no-tty", "--trust-model", "always", "--pinentry-mode",
                                   "loopback", "--passphrase", "", "--digest-algo", "SHA512", *args], input=input, capture_output=True, check=True)

    def end(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(self.home, ignore_errors=True)


def part_of(text):
    return ("Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n").encode()


def around(kind, protocol, *parts):
    """RFC 3156: multipart/signed or multipart/encrypted."""
    more = "; micalg=pgp-sha512" if kind == "signed" else ""
    head = f'Content-Type: multipart/{kind}{more}; protocol="application/{protocol}"; boundary="pp"\r\n\r\n'.encode()
    return head + b"".join(b"--pp\r\n" + p + b"\r\n" for p in parts) + b"--pp--\r\n"


def bounce_of(letter, ident):
    """RFC 3464, with the headers of what came back."""
    return (f"From: MAILER-DAEMON@relay.example\r\nTo: {country.CASE}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: {ident}\r\n"
            "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\r\n\r\n"
            "--q\r\n\r\nSorry.\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
            f"Final-Recipient: rfc822; {letter.to}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--q\r\n"
            f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {letter.id}\r\nReply-To: {letter.reply_to}\r\n\r\n--q--\r\n").encode()


class Acts:
    """Of a Month, which has the wire, the clock and the staff."""

    def begin_acts(self):
        self.merged, self.apart = [], []  # (from, into) as it stands at the end; numbers that were taken apart again
        self.digests, self.found = [], []  # letters with their rows; (network, address) that staff found
        self.bounced = {}  # Message-ID of a letter: its address
        self.ring, self.own = None, None
        self.sealed, self.signed, self.unsigned = [], [], []  # reports under PGP; Message-IDs of a party's answers, and of those without a signature
        self.mistakes = []

    # ── PGP ──

    def prepare_pgp(self, folder):
        if not shutil.which("gpg"):
            self.say("without PGP: no gpg")
            return
        self.ring, self.own = Ring(), self.site.json("pgp", "init")["fingerprint"]
        self.ring.run("--import", input=self.site.run("pgp", "export").stdout.encode())
        for address in (*self.land.with_keys, PARTY):
            self.ring.run("--quick-generate-key", f"Somebody <{address}>", "future-default", "default", "1y")
            (folder / "key.asc").write_bytes(self.ring.run("--armor", "--export", address).stdout)
            self.site.run("pgp", "import", folder / "key.asc", "--party", address, *(["--always-signs"] if address == PARTY else []))
        self.land.pgp = True

    def seal(self, r):
        """An encrypted and signed report."""
        data = self.ring.run("--armor", "--recipient", self.own, "--local-user", r.email, "--sign", "--encrypt",
                             input=part_of(r.words + "\n" + "\n".join(r.things))).stdout
        self.sealed.append(r)
        return (self.land.head(r, "...").encode() + around("encrypted", "pgp-encrypted", b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
                b"Content-Type: application/octet-stream\r\n\r\n" + data.replace(b"\n", b"\r\n")))

    def opened(self, raw):
        """(the letter inside, the head outside): a letter to somebody with a key must be closed, and signed by us."""
        m = email.message_from_bytes(raw)
        if m.get_content_type() != "multipart/encrypted":
            if self.ring and m["To"] in (*self.land.with_keys, PARTY):
                self.mistakes.append(f"{m['To']}: a letter in clear")
            return m, m
        done = self.ring.run("--status-fd", "2", "--decrypt", input=m.get_payload()[1].get_payload(decode=True))
        if f"VALIDSIG {self.own}".encode() not in done.stderr and b"GOODSIG" not in done.stderr:
            self.mistakes.append(f"{m['To']}: {done.stderr[-200:]!r}")
        return email.message_from_bytes(done.stdout), m

    def do_pgp(self, letter):
        """Sometimes forgets to sign: then says it again."""
        token, part = letter.link("answer"), part_of("Fixed. We took it down.")
        for with_signature in (False, True) if country.number_of(token) % 3 == 0 else (True,):
            ident = f"<{'signed' if with_signature else 'plain'}.{token}@party.example>"
            head = (f"From: {letter.to}\r\nTo: {letter.reply_to}\r\nSubject: Re: your letter\r\nMessage-ID: {ident}\r\nIn-Reply-To: {letter.id}\r\n"
                    "MIME-Version: 1.0\r\n").encode()
            body = part
            if with_signature:
                made = self.ring.run("--armor", "--local-user", PARTY, "--detach-sign", input=part).stdout
                body = around("signed", "pgp-signature", part, b"Content-Type: application/pgp-signature\r\n\r\n" + made.replace(b"\n", b"\r\n"))
            self.hand_in(letter.to, head + body, letter.reply_to)
            (self.signed if with_signature else self.unsigned).append((ident, letter.id))

    # ── bulk findings ──

    def prepare_findings(self):
        """Networks that somebody here holds."""
        self.held = [n for n in self.land.networks[:40] if self.site.json("holder", self.land.address(n))["responsible"]]

    def find(self, day, number):
        """What a scan of staff's finds in one network: each is a case, all are one letter."""
        if number % 7 not in (0, 2, 4):
            return
        network = self.held[number % len(self.held)]
        made = [(network, a) for a in dict.fromkeys(self.land.address(network) for _ in range(max(4, self.total // 1000)))]

        def one(x):
            self.site.run("report", "--observable", x[1], "--class", "scanner")
        with self.work(day, "found"):
            for _ in self.pool.map(one, made):
                pass
        self.found += made
        day.did["found"] += len(made)

    def read_digest(self, letter, message):
        rows = next(p for p in message.walk() if p.get_filename() == "findings.csv").get_payload(decode=True).decode("utf-8-sig")
        letter.rows, letter.day = list(csv.DictReader(io.StringIO(rows, newline=""))), self.slot
        self.digests.append(letter)

    def do_digest(self, letter):
        where = f"/notices/{letter.link('notices')}"
        status, _, page = self.wire.ask("GET", where)
        ids = re.findall(r'name="notice" value="(\d+)"', page)
        if status == 200 and ids:
            status, _, _ = self.wire.ask("POST", where, [("answer", "fixed"), ("text", "Cleaned."), *(("notice", i) for i in ids)])
            self.told("digest", status, (303, 409, 422))  # something was answered or closed meanwhile

    # ── letters that come back ──

    def do_bounce(self, letter):
        ident = f"<b.{country.number_of(letter.id)}@relay.example>"
        for _ in range(2 if country.number_of(letter.id) % 4 == 0 else 1):  # some relays say it twice
            self.hand_in("", bounce_of(letter, ident))
        with self.lock:
            self.bounced[letter.id] = (ident, letter.to)

    # ── cases that are one ──

    def merge(self, person, numbers, day):
        """Each of some cases into the one before it; what was mistaken is taken apart. Returns the cases that are left."""
        gone = set()
        for i in range(1, len(numbers), 40):
            into, number = numbers[i - 1], numbers[i]
            csrf = fields(person.get(f"/staff/case/{number}").text).get("csrf")
            status = person.post(f"/staff/case/{number}/merge", {"csrf": csrf, "reason": into, "text": "The same hand."}).status
            self.told("merge", status, (303, 403, 409))  # one is about personal data
            if status != 303:
                continue
            day.did["merge"] += 1
            if country.number_of(number, "apart") % 4 == 0:
                status = person.post(f"/staff/case/{number}/unmerge", {"csrf": csrf}).status
                self.told("unmerge", status, (303,))
                self.apart.append(number)
            else:
                gone.add(number)
                self.merged.append((number, into))
        return [n for n in numbers if n not in gone]


# ── what must hold of it ──

def merges_hold(month, ask):
    """A report's own number leads to the case that it is part of now, for whoever filed it; nothing stayed behind."""
    into, filed = dict(month.merged), defaultdict(list)
    for r in month.reports:
        if r.case:
            filed[r.case].append(r)
    looked = 0
    for number in [*into, *month.apart]:
        last = number
        while last in into:
            last = into[last]
        for r in filed[number][:3]:
            status, _, text = month.wire.ask("GET", f"/api/v1/cases/{number}?token={r.key}")
            assert status == 200 and f'"case":"{last}"' in text, (number, last, status, text[:300])
            looked += 1
    left = ask(month.site, "SELECT c.number FROM desk_case c WHERE c.merged_into <> 0 AND EXISTS (SELECT 1 FROM desk_report r WHERE r.case_id = c.id)")
    assert not left, left[:5]
    kept = int(ask(month.site, "SELECT count(*) FROM desk_case WHERE merged_into <> 0")[0][0])
    assert kept == len(into), (kept, len(into))
    return {"merged": kept, "taken apart": len(month.apart), "links of merged reports": looked}


def seen_again_after_closing(month, ask, rows):
    """What is found again while its case is open joins it; afterwards it is news."""
    found = defaultdict(list)
    for d, row in rows:
        found[d.to, row["value"]].append((row["first_seen"], row["case"]))
    for key, seen in found.items():
        for (_, before), (at, _) in zip(sorted(seen), sorted(seen)[1:]):
            closed = int(ask(month.site, f"SELECT closed_at FROM desk_case WHERE number = '{before}'")[0][0])
            assert closed and closed / 1e6 <= datetime.datetime.fromisoformat(at).timestamp() + 1, (key, seen, closed)


def found_of(month, ask, value):
    """What the program knows of something found, for whoever looks into it."""
    return ask(month.site, "SELECT c.number, c.state, c.opened_at, c.merged_into, o.open, o.responsible, n.id, n.state, n.email, n.reason, n.created_at, n.sent_at, "
               f"m.digest, m.again FROM desk_observable o JOIN desk_case c ON c.id = o.case_id LEFT JOIN desk_notice n ON n.case_id = c.id "
               f"LEFT JOIN desk_digest_notice m ON m.notice = n.id WHERE o.value = '{value}' LIMIT 40")


def digests_hold(month, ask):
    """Each finding stands in one letter, as new; a holder gets one letter a day; none waits whose time has come."""
    rows = [(d, row) for d in month.digests for row in d.rows if row["reminder"] == "no"]
    told = Counter((d.to, row["value"], row["answer"]) for d, row in rows)
    twice = [v for v, n in told.items() if n > 1]
    assert not twice, twice[:5]
    seen_again_after_closing(month, ask, rows)
    # What joined a case whose holder had been told stands in that letter, and in no digest.
    sent = ask(month.site, "SELECT DISTINCT o.value FROM desk_notice n JOIN desk_notice_obs x ON x.notice_id = n.id JOIN desk_observable o ON o.id = x.obs_id "
               "WHERE n.sent_at > 0 AND NOT EXISTS (SELECT 1 FROM desk_digest_notice m WHERE m.notice = n.id AND m.again = 0)")
    bad, heard = {to for _, to in month.bounced.values()}, {value for _, value, _ in told} | {value for value, in sent}
    lost = [x for x in month.found if x[1] not in heard and f"abuse@net{month.land.networks.index(x[0])}.example" not in bad]
    closed = {v for v, in ask(month.site, "SELECT o.value FROM desk_observable o JOIN desk_case c ON c.id = o.case_id WHERE c.state = 4")}
    lost = [x for x in lost if x[1] not in closed]  # closed before the morning: then nobody is told
    assert not lost, (lost[:5], [found_of(month, ask, value) for _, value in lost[:3]])
    many = [x for x, n in Counter((d.to, d.day) for d in month.digests).items() if n > 1]
    assert not many, many[:5]
    open_ones = ask(month.site, f"SELECT email, due_at FROM desk_digest WHERE made_at = 0 AND due_at < {month.now() - 600 * 10 ** 6}")
    assert not open_ones, open_ones[:5]
    return {"digests": len(month.digests), "findings in them": sum(told.values()), "largest digest": max((len(d.rows) for d in month.digests), default=0)}


def bounces_hold(month, ask):
    """Each was believed once; the addresses, and no other, are known as failing."""
    fates = Counter(row[0] for row in ask(month.site, "SELECT fate FROM desk_mail WHERE message_id LIKE '%@relay.example%'"))
    assert set(fates) <= {"bounced"} and fates["bounced"] == len(month.bounced), (fates, len(month.bounced))
    failing = {row[0] for row in ask(month.site, "SELECT email FROM who_contact_failing")}
    assert failing == {to for _, to in month.bounced.values()}, failing
    tasks = int(ask(month.site, "SELECT count(*) FROM work_task WHERE kind = 'address-failing'")[0][0])
    assert tasks >= len(failing), (tasks, failing)
    ids = ",".join("'" + i.strip("<>") + "'" for i in month.bounced) or "''"
    still = ask(month.site, "SELECT n.id, n.state, n.email, n.message_id, n.sent_at, m.digest, m.again, m.told FROM desk_notice n LEFT JOIN desk_digest_notice m ON m.notice = n.id "
                            f"JOIN desk_case c ON c.id = n.case_id WHERE c.state < 4 AND n.state IN (1, 2) AND trim(n.message_id, '<>') IN ({ids})")
    assert not still, still[:5]
    return {"bounced": fates["bounced"], "failing addresses": len(failing)}


def pgp_holds(month, ask):
    """Signed reports are known as such; a party that always signs is believed when it does, and only then."""
    if not month.ring:
        return {}
    assert not month.mistakes, month.mistakes[:3]
    judged = {row[0].strip("<>"): row[1:] for row in
              ask(month.site, "SELECT m.message_id, m.fate, m.notice_id, p.encrypted, p.signature, p.doubt FROM desk_mail m JOIN desk_mail_pgp p ON p.mail = m.id")}
    for r in month.sealed:
        fate, _, encrypted, signature, doubt = judged[r.key.strip("<>")]
        assert (fate, encrypted, signature, doubt) == ("filed", "1", "good", ""), (r.key, judged[r.key.strip("<>")])
    for ident, _ in month.signed:
        fate, _, _, signature, doubt = judged[ident.strip("<>")]
        assert fate in ("answered", "kept") and (signature, doubt) == ("good", ""), (ident, judged[ident.strip("<>")])
    for ident, _ in month.unsigned:
        fate, _, _, signature, doubt = judged[ident.strip("<>")]
        assert (fate, signature, doubt) == ("kept", "none", "unsigned"), (ident, judged[ident.strip("<>")])
    return {"reports under PGP": len(month.sealed), "signed answers": len(month.signed), "unsigned, not believed": len(month.unsigned)}
