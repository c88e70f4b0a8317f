#!/usr/bin/python3
"""gen_names.py N DIR [--seed S] [--zone tw]: writes DIR/names.csv (N registered names) and DIR/contacts.csv to match.

The same seed gives the same bytes. The mixture is that of a middle-sized country zone: three names in four belong to
organisations, about one in eight is internationalised (half of those written in Unicode), 30 sponsors share the zone
very unevenly, most names are served by their sponsor's name servers.
"""
import argparse
import os
import random

HAN = "台灣中華電信資訊科技網路國際企業股份有限公司大學醫院銀行保險食品旅遊建設文化出版工業農場茶花東南西北高雄新竹"
WORDS = ("star ocean smart green formosa jade tiger cloud data net shop tea rice bike travel home studio design lab soft tech "
         "auto bank health farm book music photo energy solar metal paper glass water river hill island city town gold silver").split()
SURNAMES = "Chen Lin Huang Chang Lee Wang Wu Liu Tsai Yang Hsu Cheng Hsieh Kuo Hung Tseng Chiu Liao Lai Chou".split()
GIVEN = "Mei-Ling Chih-Wei Ya-Ting Chia-Hao Yu-Chen Shu-Fen Wei-Lun Hsin-Yi Po-Han Pei-Shan Tzu-Yang Li-Hua".split()
FORMS = ["Co., Ltd.", "Inc.", "Corporation", "Association", "Foundation", "Studio"]
SECOND = [("com", 46), ("", 32), ("org", 6), ("idv", 10), ("net", 1), ("game", 1), ("ebiz", 1), ("club", 3)]
STATUSES = [("ok", 80), ("clientTransferProhibited", 15), ("serverHold", 2), ("pendingDelete", 1), ("", 2)]
SPONSORS = 30
DAY = 86400
START, END = 788918400, 1782864000  # 1995-01-01, 2026-07-01


def iso(seconds):
    import time
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def quoted(field):
    return '"' + field.replace('"', '""') + '"' if any(c in field for c in ',"') else field


def row(out, fields):
    out.write(",".join(quoted(f) for f in fields) + "\n")


class Zone:
    def __init__(self, seed, zone):
        self.rng = random.Random(seed)
        self.zone = zone
        self.sponsors = [f"reg-{i:02d}" for i in range(1, SPONSORS + 1)]
        self.shares = [1 / (i + 1) for i in range(SPONSORS)]

    def pick(self, weighted):
        return self.rng.choices([w[0] for w in weighted], [w[1] for w in weighted])[0]

    def label(self, n):
        """A label that no other n gives: the number is spelled into it."""
        rng = self.rng
        if rng.random() < 0.12:
            han = "".join(rng.choice(HAN) for _ in range(rng.randint(2, 4)))
            text = f"{han}{n}"
            return text if rng.random() < 0.5 else "xn--" + text.encode("punycode").decode()
        word = rng.choice(WORDS) + (rng.choice(("-", "")) + rng.choice(WORDS) if rng.random() < 0.6 else "")
        text = f"{word}{n:x}"
        return text.upper() if rng.random() < 0.01 else text

    def name(self, n):
        label = self.label(n)
        plain = label.isascii() and not label.lower().startswith("xn--")
        second = self.pick(SECOND) if plain else ""
        zone = self.zone if plain or self.zone != "tw" or self.rng.random() < 0.5 else "xn--kpry57d"
        return ".".join(p for p in (label, second, zone) if p), second

    def holder(self, second):
        rng = self.rng
        if second == "idv" or rng.random() < 0.22:
            return f"{rng.choice(SURNAMES)} {rng.choice(GIVEN)}", "person"
        if rng.random() < 0.3:
            return "".join(rng.choice(HAN) for _ in range(rng.randint(3, 6))) + "股份有限公司", "org"
        return f"{rng.choice(WORDS).title()} {rng.choice(WORDS).title()} {rng.choice(FORMS)}", "org"

    def nameservers(self, name, sponsor):
        rng = self.rng
        p = rng.random()
        if p < 0.05:
            return ""
        if p < 0.75:
            return " ".join(f"ns{i}.{sponsor}.example.net" for i in range(1, rng.randint(2, 4) + 1))
        return f"ns1.{name} ns2.{name}" if name.isascii() else f"ns1.{sponsor}.example.net"

    def record(self, n):
        rng = self.rng
        name, second = self.name(n)
        registered = rng.randrange(START, END)
        expires = registered + DAY * 365 * (1 + (END - registered) // (DAY * 365) + rng.randint(0, 2))
        sponsor = rng.choices(self.sponsors, self.shares)[0]
        holder, kind = self.holder(second)
        country = rng.choices(["TW", "HK", "US", "JP", ""], [93, 2, 2, 2, 1])[0]
        return [name, iso(registered), iso(expires), sponsor, holder, kind, country, self.pick(STATUSES),
                self.nameservers(name, sponsor)]


def write_names(zone, count, path, contacts):
    with open(path, "w", encoding="utf-8") as out:
        out.write("name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n")
        for n in range(count):
            record = zone.record(n)
            row(out, record)
            if zone.rng.random() < 0.02:
                verified = iso(zone.rng.randrange(END - 700 * DAY, END)) if zone.rng.random() < 0.6 else ""
                row(contacts, [record[0], record[4], "abuse", f"abuse{n}@{zone.pick([('mail', 1), ('post', 1)])}.example.net", "",
                               zone.rng.choice(["zh-TW", "en", ""]), "registry", verified])


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("count", type=int)
    args.add_argument("dir")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--zone", default="tw")
    args = args.parse_args()
    os.makedirs(args.dir, exist_ok=True)
    zone = Zone(args.seed, args.zone)
    with open(os.path.join(args.dir, "contacts.csv"), "w", encoding="utf-8") as contacts:
        contacts.write("resource,organisation,role,email,phone,lang,source,verified_at\n")
        for i, sponsor in enumerate(zone.sponsors):
            row(contacts, [f"sponsor:{sponsor}", f"Registrar {i + 1} Ltd.", "abuse", f"abuse@{sponsor}.example.net", "+886.2.12345678",
                           "zh-TW", "registry", "2026-03-01"])
            row(contacts, [f"sponsor:{sponsor}", f"Registrar {i + 1} Ltd.", "tech", f"tech@{sponsor}.example.net", "", "zh-TW", "registry",
                           ""])
        write_names(zone, args.count, os.path.join(args.dir, "names.csv"), contacts)


if __name__ == "__main__":
    main()
