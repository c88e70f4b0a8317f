"""A person's rights, and what a backup must not bring back: erased data stays erased, signed heads never go back."""
import contextlib
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import time
import urllib.parse

import pytest
from test_kit import (Key, Person, case_of, case_staff, check_proof, check_receipt, file_report, journal_size, letter, letters, link, open_checkpoint,
                      open_site, receipt_of, staff, verified)

URL = "https://parcel-fee.maple-demo.com.tw/pay"
MAIL, WORDS, MORE, EVIDENCE = "wanda.walker@citizen.example", "quixotic zebra 怪異斑馬", "ultramarine giraffe", b"evidence of wanda" * 40
SHA = hashlib.sha256(EVIDENCE).hexdigest()


def rows(site, store_url, sql):
    """Of the database itself, as lists of texts; NULL is empty."""
    if store_url:
        out = subprocess.run(["psql", "-q", "-X", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", store_url, "-c", sql], check=True,
                             capture_output=True, text=True).stdout
        return [line.split("\x1f") for line in out.splitlines()]
    with contextlib.closing(sqlite3.connect(site.dir / "nicert.db")) as db:
        return [["" if v is None else str(v) for v in r] for r in db.execute(sql)]


def dump(site, store_url):
    if store_url:
        return subprocess.run(["pg_dump", "--inserts", store_url], check=True, capture_output=True).stdout
    with contextlib.closing(sqlite3.connect(site.dir / "nicert.db")) as db:
        return "\n".join(db.iterdump()).encode()


def someone(site):
    """A person's report with words, a file and an addition; somebody else reported the same."""
    person = Person(site)
    page = person.get("/report").text
    token = re.search(r'name="form" value="([^"]+)"', page).group(1)
    done = person.post("/report", {"form": token, "observables": URL, "description": WORDS, "email": MAIL, "class": "phishing"},
                       files=[("files", "wandas-proof.bin", "x/y", EVIDENCE)])
    assert done.status == 303
    url = site.url + done.headers["Location"].split("?")[0]
    number = re.search(r"NC-\d{4}-\d{6}", person.get(url).text).group(0)
    token = url.rsplit("/", 1)[1]
    assert person.post(url + "/add", {"text": MORE}, files=[]).status == 303
    assert person.post(link(letter(site, MAIL), "confirm"), {}).status == 200
    other = file_report(site, URL, email="other@citizen.example", description="the other's words")
    assert other["case"] == number
    return {"case": number, "token": token, "url": url, "receipt_url": f"/api/v1/cases/{number}/receipt?token={token}"}, other


def kept_file(site):
    return site.dir / "files" / SHA[:2] / SHA[2:]


def nothing_left(site, store_url, filed):
    site.until(lambda: not kept_file(site).exists(), "the file to be removed")
    site.until(lambda: SHA.encode() not in dump(site, store_url), "its name to be forgotten")
    texts = (MAIL, "wanda", "quixotic", "怪異斑馬", "ultramarine", "wandas-proof")
    site.until(lambda: not any(text.encode() in dump(site, store_url) for text in texts), "the index of words to be written anew")
    assert site.run("privacy", "export", MAIL, check=False).returncode == 1
    assert not any(r["email"] == MAIL for r in case_staff(site, filed["case"])["reporters"])


def test_addresses_are_kept_for_a_year(make_site):
    """After a case is closed; not of who has a younger one. What lay in the outbox goes with them, and the journal stays whole."""
    site = open_site(make_site)
    filed, other = someone(site)
    site.run("case", "approve", filed["case"])
    letter(site, "abuse@maple.example")
    site.run("case", "close", filed["case"], "--reason", "fixed")
    site.until(lambda: site.metric("mail_behind") == 0, "the letters about the closing")
    site.advance("200d")
    earlier = set((site.dir / "outbox").glob("*.eml"))
    younger = file_report(site, "https://another.maple-demo.com.tw/", email="other@citizen.example")
    site.until(lambda: site.metric("mail_behind") == 0, "the letters about the younger one")
    for path in set((site.dir / "outbox").glob("*.eml")) - earlier:  # a folder knows the machine's time only
        os.utime(path, (time.time() + 200 * 86400,) * 2)
    site.advance("164d")
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    assert letters(site, MAIL) and MAIL in [r["email"] for r in case_staff(site, filed["case"])["reporters"]]
    site.advance("2d")
    site.until(lambda: MAIL not in [r["email"] for r in case_staff(site, filed["case"])["reporters"]], "the address to be forgotten")
    site.until(lambda: not letters(site, MAIL), "the letters to leave the outbox")
    assert site.run("privacy", "export", MAIL, check=False).returncode == 1
    # The words stay a year longer; the other has a case that is open, and the letters of its time.
    assert {r["words"] for r in case_staff(site, filed["case"])["reporters"]} == {f"{WORDS}\n\n{MORE}", "the other's words"}
    assert [r["email"] for r in case_staff(site, younger["case"])["reporters"]] == ["other@citizen.example"] and letters(site, "other@citizen.example")
    assert Person(site).get(filed["url"]).status == 200 and verified(site)["ok"]
    site.advance("366d")
    site.until(lambda: {r["words"] for r in case_staff(site, filed["case"])["reporters"]} == {""}, "the words to be forgotten")
    site.until(lambda: not kept_file(site).exists(), "the file to be removed")


def test_export_and_erase(make_site, store_url):
    site = open_site(make_site)
    filed, other = someone(site)
    mine, others = receipt_of(site, filed), receipt_of(site, other)
    vkey = site.get("/journal/key").text
    out = json.loads(site.run("privacy", "export", MAIL).stdout)
    assert out["email"] == MAIL and out["language"] == "en" and out["confirmed_at"]
    report = out["parts"]["reports"]["reports"][0]
    assert report["case"] == filed["case"] and report["words"] == WORDS and [a["text"] for a in report["additions"]] == [MORE]
    assert [(f["name"], f["sha256"]) for f in report["files"]] == [("wandas-proof.bin", SHA)]
    assert "report-filed" in [e["verb"] for e in out["journal"]] and "other@" not in json.dumps(out) and "the other's words" not in json.dumps(out)
    assert kept_file(site).read_bytes() == EVIDENCE

    # Said without --yes it only says so.
    done = site.run("privacy", "erase", MAIL, check=False)
    assert done.returncode == 1 and "--yes" in done.stderr and json.loads(site.run("privacy", "export", MAIL).stdout)["email"] == MAIL
    size, entries = journal_size(site), {e["entry"]: e for e in out["journal"]}
    erased = json.loads(site.run("privacy", "erase", MAIL, "--yes", "--json").stdout)
    assert erased["entries"] == len(entries) > 0

    # Of its entries stay place, time and verb; the tree stays as it was.
    for seq, at, actor, room, subject, verb, payload, salt in rows(
            site, store_url, "SELECT seq, at, actor, room, subject, verb, payload, salt FROM journal_entry ORDER BY seq"):
        if int(seq) in entries:
            assert (actor, room, subject, payload, salt) == ("", "", "", "", "") and int(at) > 0 and verb == entries[int(seq)]["verb"]
    assert verified(site)["erased"] == len(entries) and journal_size(site) > size
    said = site.run("journal", "verify").stdout
    assert f"{len(entries)} erased, proof intact" in said
    nothing_left(site, store_url, filed)
    staff_page = staff(site, "hana", "handler")
    for word in (MAIL, "wanda", "quixotic", "怪異"):
        # The index of words follows a moment later.
        site.until(lambda: filed["case"] not in staff_page.get(f"/staff?view=all&q={urllib.parse.quote(word)}").text, f"{word} to find nothing")
    page = staff_page.get(f"/staff/case/{filed['case']}").text
    assert "wanda" not in page and "quixotic" not in page and "other@citizen.example" in page
    # The private link opens nothing any more; a receipt in somebody's hands stays true.
    assert Person(site).get(filed["url"]).status == 404 and site.get(filed["receipt_url"]).status == 404
    assert check_receipt(mine, vkey)["case"] == filed["case"]
    assert receipt_of(site, other) and check_receipt(others, vkey)
    # The case goes on for the other, and nobody writes to whoever was erased.
    before = len(letters(site, MAIL))
    site.run("case", "approve", filed["case"])
    letter(site, "abuse@maple.example")
    site.run("case", "close", filed["case"], "--reason", "fixed")
    assert case_of(site, other)["state"] == "closed" and len(letters(site, MAIL)) == before
    # The same person may come again, as somebody new.
    again = file_report(site, "https://b.maple-demo.com.tw/", email=MAIL)
    assert json.loads(site.run("privacy", "export", MAIL).stdout)["person"] != erased["person"]
    assert case_staff(site, again["case"])["reporters"][0]["confirmed"] is False
    assert site.run("privacy", "export", "nobody@nowhere.example", check=False).returncode == 1
    verified(site)


@pytest.mark.one_store
def test_erased_bytes_leave_the_file(make_site, store_url):
    """SQLite overwrites what it frees: once the write-ahead log is folded in, the words are in no page of the file."""
    site = open_site(make_site)
    filed, _ = someone(site)
    site.run("privacy", "erase", MAIL, "--yes")
    nothing_left(site, store_url, filed)
    site.stop()
    site.run("journal", "head")
    raw = b"".join(p.read_bytes() for p in site.dir.iterdir() if p.name.startswith("nicert.db"))
    assert filed["case"].encode() in raw
    for text in (MAIL, "quixotic", "ultramarine", "wandas-proof"):
        assert text.encode() not in raw, text


def test_restore_replays_erasures_and_heads_never_go_back(make_site, store_url, tmp_path):
    site = open_site(make_site)
    filed, other = someone(site)
    receipt = receipt_of(site, other)
    backup = tmp_path / "backup"
    site.run("backup", backup)
    assert backup.stat().st_mode & 0o077 == 0
    # After the backup: an erasure, and signed heads the backup knows nothing of.
    site.run("privacy", "erase", MAIL, "--yes")
    late = file_report(site, "https://late.maple-demo.com.tw/")
    late_receipt = receipt_of(site, late)
    old_key = site.get("/journal/key").text.strip()
    old_size, _ = open_checkpoint(site.get("/journal/checkpoint").text, Key(old_key))
    # Not over a running server, not without the word.
    for words in ([], ["--replace"]):
        done = site.run("restore", backup, site.dir, *words, check=False)
        assert done.returncode == 1 and "stop" in done.stderr and site.healthy()
    site.stop()
    assert site.run("restore", backup, site.dir, check=False).returncode == 1
    done = site.run("restore", backup, site.dir, "--replace")
    assert "journal renew" in done.stdout and (site.dir.parent / "site.before").is_dir()
    assert case_staff(site, filed["case"])["case"] == filed["case"]
    assert verified(site)["erased"] > 0, "the erasure was not replayed"
    site.serve()
    nothing_left(site, store_url, filed)
    assert site.get(f"/api/v1/cases/{late['case']}?token={late['token']}").status == 404

    # Behind the signed head nothing is signed, though reports are taken.
    waiting = file_report(site, "https://waiting.maple-demo.com.tw/")
    for _ in range(20):
        file_report(site, "https://waiting.maple-demo.com.tw/")
    time.sleep(1.5)
    assert site.get(waiting["receipt_url"]).status == 202, "a head was signed behind, or on another branch than, the last one"
    assert "journal renew" in site.log()
    note = site.get("/journal/checkpoint")
    if note.status == 200:
        assert open_checkpoint(note.text, Key(old_key))[0] <= old_size
    done = site.run("journal", "renew", check=False)
    assert done.returncode == 1 and "stop" in done.stderr
    site.stop()

    # A new origin begins; its first entry cites the head that was lost.
    size = journal_size(site)
    new_key = site.run("journal", "renew").stdout.strip().splitlines()[-1]
    assert Key(new_key).name != Key(old_key).name
    site.serve()
    assert site.get("/journal/key").text.strip() == new_key
    cite = rows(site, store_url, f"SELECT verb, payload FROM journal_entry WHERE seq = {size}")[0]
    assert cite[0] == "origin-begun"
    told = json.loads(cite[1])
    assert told["old_origin"] == Key(old_key).name and told["old_size"] >= old_size and re.fullmatch("[0-9a-f]{64}", told["old_root"])
    fresh = receipt_of(site, waiting)
    assert check_receipt(fresh, new_key)["case"] == waiting["case"]
    assert check_proof(site.run("journal", "prove", size).stdout, commitment(site, store_url, size), Key(new_key))[0] == size
    # What was signed before stays true under the old key, and false under the new.
    assert check_receipt(receipt, old_key) and check_receipt(late_receipt, old_key)
    for data, key in ((receipt, new_key), (fresh, old_key)):
        path = tmp_path / "r.json"
        path.write_bytes(data)
        assert site.run("receipt", "verify", path, "--key", key, check=False).returncode == 1
    verified(site)
    # A second time there is nothing to renew.
    site.stop()
    assert site.run("journal", "renew", check=False).returncode == 1


def commitment(site, store_url, seq):
    value = rows(site, store_url, f"SELECT {'encode(commitment, chr(104)||chr(101)||chr(120))' if store_url else 'hex(commitment)'} FROM journal_entry WHERE seq = {seq}")
    return bytes.fromhex(value[0][0])


def test_restore_to_an_empty_place(make_site, store_url, tmp_path):
    """Another machine: the folder is lost, the erased.list was kept elsewhere."""
    site = open_site(make_site)
    filed, _ = someone(site)
    backup = tmp_path / "backup"
    site.run("backup", backup)
    site.run("privacy", "erase", MAIL, "--yes")
    kept = tmp_path / "erased.list"
    kept.write_bytes((site.dir / "erased.list").read_bytes())
    assert MAIL not in kept.read_text()
    site.stop()
    site.dir.rename(tmp_path / "lost")
    if store_url:
        subprocess.run(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", store_url, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"], check=True,
                       capture_output=True)
    site.run("restore", backup, site.dir, "--erased", kept)
    site.serve()
    nothing_left(site, store_url, filed)
    verified(site)
    assert site.run("check").returncode == 0
