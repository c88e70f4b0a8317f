#!/usr/bin/python3
"""gen_load.py N DIR [--seed S] [--zone tw]: writes names.csv, contacts.csv and hosts.csv of a registry of N names, as
`nicert load names` takes them. The same seed gives the same bytes. The registrars are reg-01 … reg-13.

A contact for every 1.0 names, shared unevenly; a quarter of the names have two hosts below themselves with glue, the rest are
served by their registrar's name servers or by others outside the zone; one in eight is signed.
"""
import argparse
import os
import random

WORDS = ("star ocean smart green formosa jade tiger cloud data net shop tea rice bike travel home studio design lab soft tech "
         "auto bank health farm book music photo energy solar metal paper glass water river hill island city town gold silver").split()
SURNAMES = "Chen Lin Huang Chang Lee Wang Wu Liu Tsai Yang Hsu Cheng Hsieh Kuo Hung Tseng Chiu Liao Lai Chou".split()
GIVEN = "Mei-Ling Chih-Wei Ya-Ting Chia-Hao Yu-Chen Shu-Fen Wei-Lun Hsin-Yi Po-Han Pei-Shan Tzu-Yang Li-Hua".split()
CITIES = [("Taipei", "臺北市"), ("Kaohsiung", "高雄市"), ("Taichung", "臺中市"), ("Tainan", "臺南市")]
STATUSES = ["", "", "", "clientTransferProhibited", "clientTransferProhibited clientDeleteProhibited", "serverTransferProhibited"]
SECOND = ["com", "com", "com", "org", "idv", "", "", ""]
REGISTRARS = [f"reg-{i:02d}" for i in range(1, 14)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("count", type=int)
    p.add_argument("dir")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--zone", default="tw")
    a = p.parse_args()
    rng = random.Random(a.seed)
    os.makedirs(a.dir, exist_ok=True)
    n = a.count
    with open(f"{a.dir}/contacts.csv", "w", encoding="utf-8") as out:
        out.write("handle,registrar,int_name,int_org,int_street1,int_city,int_pc,int_cc,loc_name,loc_city,loc_cc,voice,email,person,"
                  "lang,verified,created\n")
        for i in range(n):
            name = f"{rng.choice(SURNAMES)} {rng.choice(GIVEN)}"
            city, here = rng.choice(CITIES)
            person = rng.random() < 0.4
            org = "" if person else f"{rng.choice(WORDS).title()} {rng.choice(WORDS).title()} Ltd"
            local = "王小明" if rng.random() < 0.5 else ""
            out.write(f"C{i:08d},{REGISTRARS[i * 7 % 13]},{name},{org},{rng.randint(1, 900)} Road,{city},{rng.randint(100, 999)},TW,"
                      f"{local},{here if local else ''},{'TW' if local else ''},+886.2{rng.randint(10000000, 99999999)},"
                      f"c{i}@mail{i % 97}.example.net,{'yes' if person else 'no'},zh-TW,{'2025-03-01' if i % 3 else ''},"
                      f"20{rng.randint(10, 25)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}\n")
    with open(f"{a.dir}/names.csv", "w", encoding="utf-8") as out, open(f"{a.dir}/hosts.csv", "w", encoding="utf-8") as hosts:
        out.write("name,registrar,registrant,admin,tech,nameservers,ds,created,expires,status\n")
        hosts.write("host,registrar,addresses\n")
        for i in range(n):
            w = rng.choice(WORDS) + ("-" + rng.choice(WORDS) if rng.random() < 0.6 else "")
            second = rng.choice(SECOND)
            name = f"{w}{i:x}.{second + '.' if second else ''}{a.zone}"
            reg = REGISTRARS[min(12, int(rng.expovariate(0.4)))]
            holder = f"C{min(n - 1, int(rng.random() ** 2 * n)):08d}"
            tech = f"C{rng.randrange(n):08d}"
            kind = rng.random()
            if kind < 0.25:
                ns = f"ns1.{name} ns2.{name}"
                hosts.write(f"ns1.{name},,198.51.{i % 250}.{i % 199 + 1} 2001:db8::{i % 65535:x}\n"
                            f"ns2.{name},,203.0.{i % 112}.{i % 199 + 1}\n")
            elif kind < 0.9:
                k = rng.randrange(200)
                ns = f"ns1.dns{k}.{reg}.example.net ns2.dns{k}.{reg}.example.net"
            else:
                ns = ""
            ds = f"{i % 65536}/13/2/{i:064x}" if rng.random() < 0.125 and ns else ""
            out.write(f"{name},{reg},{holder},{holder},{tech},{ns},{ds},20{rng.randint(10, 25)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)},"
                      f"20{rng.randint(27, 33)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)},{rng.choice(STATUSES)}\n")


if __name__ == "__main__":
    main()
