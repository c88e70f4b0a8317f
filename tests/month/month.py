"""A month at a CERT's desk, on the real program with a clock that is moved: citizens report through every door, parties answer by
link or by mail or not at all, staff work their queue on weekdays. `Month.run` does it, `checks.py` looks at what is left."""
import contextlib
import datetime
import email
import http.client
import ipaddress
import json
import os
import random
import re
import smtplib
import struct
import threading
import time
import urllib.parse
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import acts
import checks
import country
from conftest import children
from place import cpu_seconds
from test_kit import Person, accept_invite, fields, server_now, sign_in

DAYS = 30
SLOTS = [(4, 0.35), (4, 0.4), (16, 0.25)]  # hours until the next, part of the day's reports; the first begins at nine, the last is the night
FEW_SLOTS = [(8, 0.7), (16, 0.3)]
CLIENTS = 6
IDLE_SECONDS = 5  # longer, and the server may be about to close it
STAFF = ("an", "bo", "chi")
UTC = datetime.timezone.utc
SETS = {"test.clock": "on", "http.trusted_proxies": "127.0.0.1", "form.min_fill": 0, "report.per_net_hour": 1000000, "mailin.address": country.CASE, "mail.from": country.CASE,
        "site.contact": country.CASE, "epp.listen": "", "whois.listen": ""}


class Wire:
    """HTTP over connections that stay open, one a thread."""

    def __init__(self, site):
        self.where, self.mine = urllib.parse.urlparse(site.url).netloc, threading.local()

    def ask(self, method, path, data=None, headers=None):
        """(status, Location, text)."""
        body = urllib.parse.urlencode(data).encode() if isinstance(data, (dict, list)) else data
        # Each from a network of its own, as people are: a network may try only so many links.
        headers = {"X-Forwarded-For": str(ipaddress.IPv4Address(random.randrange(10 << 24, 11 << 24))), **(headers or {})}
        if body is not None:
            headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        for again in (True, False):
            c, used = getattr(self.mine, "c", None), getattr(self.mine, "used", 0)
            self.mine.used = time.monotonic()
            if c and self.mine.used - used > IDLE_SECONDS:
                c.close()
                c = None
            if not c:
                c = self.mine.c = http.client.HTTPConnection(self.where, timeout=120)
            try:
                c.request(method, path, body, headers)
                r = c.getresponse()
                return r.status, r.headers.get("Location"), r.read().decode()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                c.close()
                self.mine.c = None
                if not again or method != "GET":  # what was sent once is not sent twice
                    raise


class Letter:
    """What a program reads of one of ours: enough to know what it is and where it leads."""

    def __init__(self, m, head):
        self.to, self.id = head["To"], head["Message-Id"]
        self.replies, self.reply_to = (m[k] or head[k] for k in ("In-Reply-To", "Reply-To"))
        self.receipt, self.digest = "-receipt-" in self.id, "-digest-" in self.id
        text = next(p for p in m.walk() if p.get_content_type() == "text/plain").get_payload(decode=True).decode()
        self.links = set(re.findall(r"/(case|answer|confirm|notices)/([a-z2-7]{26})\b", text))

    def link(self, kind):
        return next((t for k, t in self.links if k == kind), None)


class Day:
    """Of one day: what was done, and the server's seconds of processor for each kind of work."""

    def __init__(self):
        self.did, self.cpu, self.seconds = Counter(), defaultdict(float), defaultdict(float)
        self.walked = {}  # at its end, see checks.walked


class Month(acts.Acts):
    def __init__(self, site, lmtp_port, data, reports, say=lambda text: None, slots=SLOTS, seed=1):
        self.site, self.lmtp_port, self.total, self.say, self.slots = site, lmtp_port, reports, say, slots
        self.land = country.Country(data, reports, seed)
        self.rng = self.land.rng
        self.wire, self.pool, self.lock = Wire(site), ThreadPoolExecutor(CLIENTS), threading.Lock()
        self.mail = threading.local()
        self.reports, self.by_key = [], {}
        self.seen, self.later = set(), defaultdict(list)  # letters that were read; slot: what parties do in it
        self.strays, self.refused = [], Counter()
        self.put_off = set()  # cases that staff will not look at again
        self.days, self.slot = [], 0
        self.begin_acts()

    # ── around it ──

    def prepare(self, folder):
        self.land.write(folder)
        self.site.run("import", "holdings", self.land.data / "numbers/delegated-apnic-20210715-TW.txt")
        self.site.run("import", "origins", self.land.data / "numbers/origin-TW-v4.csv")
        self.site.run("import", "names", folder / "names.csv")
        self.site.run("import", "contacts", folder / "contacts.csv")
        for i in range(len(self.land.arf)):  # what a mail says of itself: whether it may be answered
            sample = self.land.feedback(country.Report(email="a@citizen.example", key=f"<sample{i}@citizen.example>"), i)
            if not json.loads(self.site.run("mailin", "--dry-run", input=sample).stdout)["answerable"]:
                self.land.quiet.add(i)
        self.prepare_findings()
        self.prepare_pgp(folder)

    def end(self):
        if self.ring:
            self.ring.end()

    def staff_of(self, login, role):
        made = self.site.json("user", "add", login, "--role", role)
        person = Person(self.site)
        return person, accept_invite(person, made["link"])

    @contextlib.contextmanager
    def work(self, day, kind):
        pids = [self.site.process.pid, *children(self.site.process.pid)]
        cpu, began = cpu_seconds(pids), time.monotonic()
        yield
        day.cpu[kind] += cpu_seconds(pids) - cpu
        day.seconds[kind] += time.monotonic() - began

    def settle(self):
        """All letters are out and all that has fallen due is done."""
        self.site.until(lambda: self.site.metric("mail_behind") == 0, "the post to be out", 1200)

    def now(self):
        return int(server_now(self.site) * 1e6)

    def advance(self, hours):
        """As `nicert clock advance`, which writes the same eight bytes."""
        path = self.site.dir / "clock"
        by = struct.unpack("<q", path.read_bytes())[0] if path.stat().st_size == 8 else 0
        with open(path, "r+b") as f:
            f.write(struct.pack("<q", by + int(hours * 3600e6)))

    # ── citizens ──

    def smtp(self):
        used, self.mail.used = getattr(self.mail, "used", 0), time.monotonic()
        if self.mail.used - used > IDLE_SECONDS:
            if used:
                self.mail.c.close()
            self.mail.c = smtplib.LMTP("127.0.0.1", self.lmtp_port)
        return self.mail.c

    def hand_in(self, sender, message, to=country.CASE):
        assert self.smtp().sendmail(sender, [to], message) == {}

    def by_api(self, r):
        body = {"observables": r.things, "description": r.words, "language": r.lang, "class": r.kind}
        if r.email:
            body["email"] = r.email
        status, _, text = self.wire.ask("POST", "/api/v1/reports", json.dumps(body).encode(), {"Content-Type": "application/json"})
        assert status == 201, text
        r.key, r.case = json.loads(text)["token"], json.loads(text)["case"]

    def by_web(self, r):
        tongue = {"Accept-Language": r.lang}
        _, _, page = self.wire.ask("GET", "/report", headers=tongue)
        status, where, text = self.wire.ask("POST", "/report", {**fields(page), "observables": "\n".join(r.things), "description": r.words,
                                                                "class": r.kind, "email": r.email or ""}, tongue)
        assert status == 303, text
        r.key = urllib.parse.urlparse(where).path.rsplit("/", 1)[1]

    def file(self, r):
        if r.door == "pgp":
            self.hand_in(r.email, self.seal(r))
        elif r.message:
            self.hand_in(r.email, r.message)
            r.message = None
        else:
            (self.by_web if r.door == "web" else self.by_api)(r)
        with self.lock:
            self.by_key[r.key] = r

    def citizens(self, day, number, share):
        before = round(self.total * (number + sum(s for _, s in self.slots[:share])) / DAYS)
        after = round(self.total * (number + sum(s for _, s in self.slots[:share + 1])) / DAYS)
        made = [self.land.report(number) for _ in range(after - before)]
        with self.work(day, "file"):
            for _ in self.pool.map(self.file, made):
                pass
        self.reports += made
        day.did["file"] += len(made)

    # ── letters, and what people do about them ──

    def read_letters(self, day):
        with self.work(day, "mail"):
            self.settle()
        fresh = [e.path for e in os.scandir(self.site.dir / "outbox") if e.name.endswith(".eml") and e.name not in self.seen]
        for path in fresh:
            self.seen.add(os.path.basename(path))
            with open(path, "rb") as f:
                message, head = self.opened(f.read())
            self.read(Letter(message, head), message)
        day.did["mail"] += len(fresh)

    def read(self, letter, message):
        if letter.receipt:
            key = letter.replies or letter.link("case")
            r = self.by_key.get(key)
            if not r or r.email != letter.to:
                self.strays.append((letter.to, letter.id))
                return
            r.answered += 1
            confirm = letter.link("confirm")
            if confirm and self.rng.random() < 0.3:
                self.later[self.slot + 1].append(("confirm", confirm))
            return
        if letter.digest:
            self.read_digest(letter, message)
        if letter.digest or letter.link("answer"):
            self.party(letter)

    def party(self, letter):
        manner, wait = country.Country.manner(letter.to), self.rng.randrange(1, 7)
        if manner == "silent":
            return
        wait += 12 if manner == "late" else 0
        if manner == "bounce":
            wait, what = 1, "bounce"
        elif letter.digest:
            what = "digest"
        elif self.ring and letter.to == acts.PARTY:
            what = "pgp"
        else:
            what = "mail" if manner == "mail" and letter.reply_to else "link"
        self.later[self.slot + wait].append((what, letter))

    def people(self, day):
        todo = self.later.pop(self.slot, [])
        with self.work(day, "answer"):
            for _ in self.pool.map(lambda x: getattr(self, f"do_{x[0]}")(x[1]), todo):
                pass
        day.did["answer"] += len(todo)

    def told(self, what, status, good):
        with self.lock:
            self.refused[f"{what} {status}"] += status not in good

    def do_confirm(self, token):
        status, _, _ = self.wire.ask("POST", f"/confirm/{token}", {})
        self.told("confirm", status, (200, 303))

    def do_link(self, letter):
        token = letter.link("answer")
        kind = country.number_of(token) % 10
        data = {"answer": ("need-until" if kind == 7 else "false-alarm" if kind == 8 else "not-ours" if kind == 9 else "fixed"), "text": "Done."}
        if kind == 7:
            until = datetime.datetime.fromtimestamp(server_now(self.site) + 3 * 86400, UTC)
            data["until"] = until.date().isoformat()
        status, _, _ = self.wire.ask("POST", f"/answer/{token}", data)
        self.told("answer", status, (303, 409))  # 409: the case was closed meanwhile

    def do_mail(self, letter):
        text = (f"From: {letter.to}\r\nTo: {letter.reply_to}\r\nSubject: Re: your letter\r\nMessage-ID: <re.{letter.link('answer')}@party.example>\r\n"
                f"In-Reply-To: {letter.id}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                "Fixed. We took it down.\r\n")
        self.hand_in(letter.to, text.encode(), letter.reply_to)

    # ── staff ──

    def queue(self, person, limit):
        """Numbers of cases that wait for us, due first."""
        numbers = []
        for page in range(1, 400):
            text = person.get(f"/staff?view=waiting-us&page={page}").text
            found = re.findall(r'<a class="res" href="/staff/case/(NC-[\d-]+)"', text)
            numbers += [n for n in found if n not in self.put_off]
            if not found or len(numbers) >= limit or f"page={page + 1}" not in text:
                break
        return list(dict.fromkeys(numbers))[:limit]

    def handle(self, person, number, day):
        page = person.get(f"/staff/case/{number}")
        if page.status != 200:
            self.told("case", page.status, (403,))
            self.put_off.add(number)
            return
        csrf = fields(page.text).get("csrf")

        def act(name, **data):
            status = person.post(f"/staff/case/{number}/{name}", {"csrf": csrf, **data}).status
            self.told(name, status, (303, 409))
            with self.lock:
                day.did[name] += 1
            return status
        if f'/staff/case/{number}/approve"' in page.text:
            act("approve")
            if "pass-on" not in page.text:
                return
        for task in set(re.findall(r'/task"><input type="hidden" name="csrf" value="[^"]*"><input type="hidden" name="id" value="(\d+)"', page.text)):
            act("task", id=task)
        if act("verify") == 303:
            act("close", reason="fixed")
        elif country.number_of(number) % 8:
            act("close", reason=("referred", "record-only", "false-alarm", "not-reproducible")[country.number_of(number, "why") % 4])
        else:
            act("note", text="Nobody here answers for it; left for another look.")
            self.put_off.add(number)

    def desk(self, day):
        with self.work(day, "staff"):
            people = [sign_in(p, login, secret) for login, (p, secret) in self.staff.items()]
            limit = max(10, self.total // DAYS // (len(self.slots) - 1))
            numbers = self.merge(people[0], self.queue(people[0], limit), day)

            def share(k):
                for number in numbers[k::len(people)]:
                    self.handle(people[k], number, day)
            for _ in self.pool.map(share, range(len(people))):
                pass
        day.did["staff"] += len(numbers)

    # ── the month ──

    def run(self):
        self.staff = {login: self.staff_of(login, "handler") for login in STAFF}
        now = datetime.datetime.fromtimestamp(server_now(self.site), UTC)
        monday = (now + datetime.timedelta(days=7 - now.weekday())).replace(hour=9, minute=0, second=0)
        self.advance((monday - now).total_seconds() / 3600)
        for number in range(DAYS):
            day = Day()
            self.days.append(day)
            for part, (hours, _) in enumerate(self.slots):
                self.citizens(day, number, part)
                if part == 0:
                    self.find(day, number)
                self.read_letters(day)
                self.people(day)
                if number % 7 < 5 and part + 1 < len(self.slots):
                    self.desk(day)
                self.advance(hours)
                self.slot += 1
            day.walked = checks.walked(self.site)
            self.say(self.line(number, day))
        for _ in range(3):  # what the last day sets in motion
            self.read_letters(day)

    def line(self, number, day):
        parts = [f"day {number + 1:2}"]
        for kind in ("file", "mail", "answer", "staff"):
            n = day.did[kind]
            each = f"{1e3 * day.cpu[kind] / n:6.2f}" if n else "     -"
            parts.append(f"{kind} {n:5} {day.seconds[kind]:6.1f} s {each} ms each")
        return "  ".join(parts)
