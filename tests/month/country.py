"""The country of the month: names and who answers for them, networks, and reports in the shapes that real ones have (samples of
ARF and XARF, lists of malicious addresses, real names and networks). The same seed gives the same month."""
import csv
import gzip
import hashlib
import json
import random
import re

HOST = "cert.example.tw"
CASE = f"case@{HOST}"
KINDS = [("phishing", 50), ("malware", 14), ("spam", 10), ("scanner", 8), ("compromised", 7), ("brute-force", 5), ("vulnerable", 4),
         ("other", 1.6), ("personal-data", 0.4)]
# Who may report under PGP; an address that nobody confirmed has five receipts a day at most (desk_int.h), so in a large month they are more.
WITH_KEYS = [f"signs{i}@citizen.example" for i in range(20)]
# A party that always signs.
HOLDER_WITH_A_KEY = "abuse@holder0.example"
DOORS = [("web", 40), ("api", 30), ("mail", 16), ("arf", 8), ("xarf", 6)]
WORDS = ["我收到簡訊要我付包裹費用，點進去是假的網頁。", "這個網站冒充銀行，要求輸入信用卡號碼。", "I got a message about a parcel; the page asks for my card.",
         "This shop copies ours and takes passwords.", "有人一直從這個位址嘗試登入我們的主機。", "They guess passwords on our server all night.",
         "公司網站被植入釣魚頁面，請協助處理。", "Our customers are sent here by text message."]
NAME_COLUMNS = ["name", "registered", "expires", "sponsor", "holder", "holder_kind", "country", "status", "nameservers"]
CONTACT_COLUMNS = ["resource", "organisation", "role", "email", "phone", "lang", "source", "verified_at"]


def number_of(text, salt=""):
    return int.from_bytes(hashlib.sha256(f"{salt}{text}".encode()).digest()[:6], "big")


def pick(rng, weighted):
    return rng.choices([w[0] for w in weighted], [w[1] for w in weighted])[0]


class Report:
    """One of a citizen or a machine. `key` is what its receipt is known by: the token of its page, or its Message-ID. `due`: how
    many receipts it must get."""
    __slots__ = ("door", "email", "lang", "kind", "things", "words", "message", "key", "answered", "due", "case")

    def __init__(self, **values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))


class Country:
    def __init__(self, data, reports, seed=1):
        self.data, self.rng, self.made = data, random.Random(seed), 0
        with gzip.open(data / "lists/domains-100k.txt.gz", "rt") as f:
            labels = [line.split(".")[0] for line in f if re.match(r"[a-z0-9-]{4,40}\.", line)]
        labels = list(dict.fromkeys(labels))
        self.names = [f"{x}.com.tw" for x in self.rng.sample(labels, max(60, reports // 25))]
        with open(data / "numbers/origin-TW-v4.csv", newline="") as f:
            self.networks = self.rng.sample([row[0] for row in csv.reader(f)], 100)
        with open(data / "cert/urls/urlhaus.csv", newline="") as f:
            self.bad = [r["url"] for r in csv.DictReader(f) if r["label"] == "1" and r["url"].isascii() and len(r["url"]) < 300]
        self.arf = [p.read_bytes() for p in sorted((data / "cert/arf/maildir/bsd").glob("arf-*.eml")) if p.stem != "arf-26"]
        self.quiet = set()  # indexes of those that ask for no answer
        self.pgp = False  # do some report under PGP?
        self.with_keys = WITH_KEYS[:max(3, reports // 2500)]
        self.xarf = [json.loads(p.read_text()) for p in sorted((data / "cert/xarf/samples").glob("*.json"))]
        self.frequent = [f"often{i}@citizen.example" for i in range(max(8, reports // 250))]
        self.waves = max(4, reports // 500)

    # what the registry knows

    def write(self, folder):
        """names.csv and contacts.csv. Three names to a holder."""
        sponsors = [f"sponsor-{i}" for i in range(12)]
        with open(folder / "names.csv", "w", newline="") as f:
            out = csv.writer(f, lineterminator="\n")
            out.writerow(NAME_COLUMNS)
            for i, name in enumerate(self.names):
                out.writerow([name, "2015-03-02", "2036-03-02", sponsors[i % 12], f"Holder {i // 3} Ltd", "org", "TW", "active", ""])
        with open(folder / "contacts.csv", "w", newline="") as f:
            out = csv.writer(f, lineterminator="\n")
            out.writerow(CONTACT_COLUMNS)
            for i, name in enumerate(self.names):
                out.writerow([name, f"Holder {i // 3} Ltd", "abuse", f"abuse@holder{i // 3}.example", "", "zh-TW" if i % 2 else "en", "registry", ""])
            for s in sponsors:
                out.writerow([f"sponsor:{s}", f"{s} Names", "abuse", f"abuse@{s}.example", "", "en", "registry", ""])
            for i, net in enumerate(self.networks):
                out.writerow([net, f"Network {i}", "abuse", f"abuse@net{i}.example", "", "zh-TW", "registry", ""])

    @staticmethod
    def manner(email):
        """How a party deals with our letters: always the same for an address."""
        if email == HOLDER_WITH_A_KEY:
            return "link"
        if number_of(email, "reach") % 20 == 0:
            return "bounce"
        return ("link", "link", "link", "link", "mail", "mail", "silent", "silent", "silent", "late")[number_of(email, "manner") % 10]

    # what people report

    def address(self, network=None):
        net, bits = (network or self.rng.choice(self.networks)).split("/")
        base = int.from_bytes(bytes(map(int, net.split("."))), "big")
        return ".".join(map(str, (base + self.rng.randrange(1, 1 << (32 - int(bits)))).to_bytes(4, "big")))

    def fresh(self, rng):
        path = re.sub(r"^https?://[^/]*", "", rng.choice(self.bad)) or "/login"
        where = rng.random()
        if where < 0.62:
            return f"https://{rng.choice(self.names)}{path}"
        if where < 0.82:
            return rng.choice(self.bad)
        return f"http://{self.address()}:{rng.randrange(1024, 65000)}{path[:60]}"

    def thing(self, day):
        """Most people meet what others meet too: waves of a few days, the first of them the largest."""
        if self.rng.random() < 0.55:
            rank = min(int(self.rng.expovariate(4 / self.waves)), self.waves - 1)
            return self.fresh(random.Random(f"wave {day // 4} {rank}"))
        return self.fresh(self.rng)

    def report(self, day):
        rng, n = self.rng, self.made
        self.made += 1
        door = pick(rng, DOORS)
        r = Report(door=door, lang=rng.choice(("zh-TW", "zh-TW", "en")), kind=pick(rng, KINDS), words=rng.choice(WORDS), answered=0)
        r.things = [self.thing(day)] + ([self.fresh(rng)] if rng.random() < 0.15 else [])
        r.email = rng.choice(self.frequent) if rng.random() < 0.04 else f"r{n}@citizen.example"
        if door in ("web", "api"):
            r.email = r.email if rng.random() < 0.85 else None
            r.due = int(r.email is not None)
            return r
        r.due = 1
        r.key = f"<{n}.month@citizen.example>"
        if door == "mail" and self.pgp and rng.random() < 0.03:
            r.door, r.email = "pgp", rng.choice(self.with_keys)
            return r  # acts.py closes it
        r.message = {"mail": self.letter, "arf": self.feedback, "xarf": self.machine}[door](r)
        return r

    @staticmethod
    def head(r, subject):
        return f"From: {r.email}\r\nTo: {CASE}\r\nSubject: {subject}\r\nMessage-ID: {r.key}\r\nMIME-Version: 1.0\r\n"

    def letter(self, r):
        shown = [t.replace("http", "hxxp", 1).replace(".", "[.]", 1) if self.rng.random() < 0.3 else t for t in r.things]
        return (self.head(r, "phishing") + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                + r.words + "\r\n" + "\r\n".join(shown) + "\r\n").encode()

    def feedback(self, r, sample=None):
        """A sample under a sender and number of its own, about one of our networks."""
        sample = self.rng.randrange(len(self.arf)) if sample is None else sample
        r.due = int(sample not in self.quiet)
        head, _, body = self.arf[sample].replace(b"\r\n", b"\n").partition(b"\n\n")
        head = re.sub(rb"(?mi)^(from|to|message-id|reply-to|sender|return-path|x-loop):.*\n(?:[ \t].*\n)*", b"", head + b"\n")
        body = re.sub(rb"(?mi)^source(-ip)?:.*$", lambda m: b"Source-IP: " + self.address().encode(), body)
        head = f"From: {r.email}\nTo: {CASE}\nMessage-ID: {r.key}\n".encode() + head.rstrip(b"\n")
        return (head + b"\n\n" + body).replace(b"\n", b"\r\n")

    def machine(self, r):
        data = dict(self.rng.choice(self.xarf), source_identifier=self.address())
        text = json.dumps(data, ensure_ascii=True)
        return (self.head(r, "Abuse report") + "X-XARF: PLAIN\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\n"
                "Please see the attached report.\r\n--q\r\nContent-Type: application/json; name=\"xarf.json\"\r\n"
                "Content-Disposition: attachment; filename=\"xarf.json\"\r\n\r\n" + text + "\r\n--q--\r\n").encode()
