"""What a machine does to a program: the disk fills, the database is locked, away or newer, the signer hangs, somebody says stop."""
import contextlib
import hashlib
import importlib.machinery
import importlib.util
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest
from conftest import ROOT
from test_kill import THREADS, Load, count_cases, finish
from test_kit import (Person, case_of, check_receipt, fields, file_report, form_back, letters, open_site, receipt_of, staff, verified)

URL = "https://parcel-fee.maple-demo.com.tw/pay"


def all_there(site, filed):
    for f in filed:
        assert case_of(site, f)["case"] == f["case"]
    verified(site)


def busy(answer):
    """503 that says so: a problem document with a sentence and when to come back."""
    assert answer.status == 503, answer
    p = answer.json()
    assert p["status"] == 503 and re.search(r"[a-z]{3,} [a-z]{2,}", p.get("detail", "")), p
    assert int(answer.headers["Retry-After"]) > 0
    return True


# ── a full disk ──

@pytest.fixture
def small_disk(tmp_path):
    """The data folder to be, on a disk of its own."""
    if os.getuid() != 0:
        pytest.skip("not root: no small disk can be mounted")
    folder = tmp_path / "site"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


BIG = [("files", "a.bin", "x/y", b"x" * 3000000)]
NO_ROOM = "We could not store a file. Send the form again without it, or later."


def left_behind(folder):
    return [p.name for p in folder.rglob("upload-*")]


def fill_up(folder):
    fd = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for block in (1 << 20, 1 << 12, 1):
        with contextlib.suppress(OSError):
            while os.write(fd, b"\0" * block):
                pass
    os.close(fd)


@pytest.mark.one_store
def test_disk_full(small_disk, make_site):
    site = open_site(make_site)
    person = Person(site)
    page = fields(person.get("/report").text)
    filed = [file_report(site, URL, key=f"before-{i}") for i in range(5)]
    for turn in range(2):
        fill_up(small_disk)
        refused = 0
        for i in range(400):
            answer = site.post("/api/v1/reports", json={"observables": [URL], "description": "x" * 5000}, headers={"Idempotency-Key": f"{turn}-{i}"})
            if answer.status == 201:
                filed.append(answer.json())
            else:
                refused += busy(answer)
                if refused == 5:
                    break
        assert refused == 5, "the disk is full and nothing was refused"
        # People read on, and the form comes back with what they typed and a sentence.
        assert site.get("/").status == 200 and case_of(site, filed[0])["case"]
        answer = person.post("/report", {**page, "observables": URL, "description": "typed with care " * 200})
        assert answer.status == 503 and form_back(answer.text, description="typed with care") and "Nothing you typed is lost" in answer.text
        # So it does when it is the file that finds no room; what came of it is gone.
        big = person.post("/report", {**page, "observables": URL, "description": "typed beside a file"}, files=BIG)
        assert big.status == 503 and form_back(big.text, description="typed beside a file") and NO_ROOM in big.text, big
        assert not left_behind(small_disk)
        assert set(site.roles()) >= {"core", "signer"}
        os.unlink(small_disk / "filler")
        site.until(lambda: site.post("/api/v1/reports", json={"observables": [URL]}).status == 201, "service to resume")
        filed.append(file_report(site, URL, key=f"after-{turn}"))
        assert receipt_of(site, filed[-1])
    answer = person.post("/report", {**page, "observables": URL, "description": "typed with care " * 200}, files=BIG)
    assert answer.status == 303
    kept = hashlib.sha256(BIG[0][3]).hexdigest()
    assert (small_disk / "files" / kept[:2] / kept[2:]).read_bytes() == BIG[0][3] and not left_behind(small_disk)
    all_there(site, filed)
    assert "a role ended" not in site.log()


# ── a store that is away ──

@pytest.mark.one_store
def test_store_locked_for_a_moment(make_site):
    """A short lock (a backup, somebody's shell) is waited for."""
    site = open_site(make_site)
    db = sqlite3.connect(site.dir / "nicert.db", isolation_level=None, check_same_thread=False)
    db.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(1.5, lambda: db.execute("ROLLBACK"))
    release.start()
    began = time.monotonic()
    filed = file_report(site, URL)
    assert 1 < time.monotonic() - began < 10
    release.join()
    all_there(site, [filed])


@pytest.mark.one_store
def test_store_locked_for_long(make_site):
    """Longer than anybody waits: 503 in a bounded time, pages are still read, then all is well."""
    site = open_site(make_site)
    first = file_report(site, URL)
    db = sqlite3.connect(site.dir / "nicert.db", isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    answer = site.post("/api/v1/reports", json={"observables": [URL]}, headers={"Idempotency-Key": "k"}, timeout=60)
    assert busy(answer) and time.monotonic() - began < 40
    assert case_of(site, first)["case"] == first["case"] and site.healthy()
    db.execute("ROLLBACK")
    second = site.until(lambda: (a := site.post("/api/v1/reports", json={"observables": [URL]}, headers={"Idempotency-Key": "k"})).status == 201 and a.json(),
                        "service to resume")
    all_there(site, [first, second])


@pytest.fixture
def own_postgres(store_kind):
    """A server of this test's own, which it may stop. None on SQLite."""
    if store_kind == "sqlite":
        pytest.skip("SQLite has no server that could go away")
    path = ROOT / "tests/run"
    loader = importlib.machinery.SourceFileLoader("tests_run", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tests_run", loader))

    sys.modules["tests_run"] = module  # dataclasses look their module up
    loader.exec_module(module)
    server = module.TempPg().start()
    if not server.url:
        pytest.skip(server.why)
    # The common server forgets its last commits when it is killed; this one keeps what it said.
    postgres_stop(server)
    server.process.args = [w.replace("synchronous_commit=off", "synchronous_commit=on") for w in server.process.args]
    postgres_start(server)
    yield server
    server.stop()


def postgres_stop(server, how=signal.SIGINT):
    server.process.send_signal(how)
    server.process.wait(20)


def postgres_start(server):
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    log = open(f"{server.dir}/log", "ab")
    with log:
        server.process = subprocess.Popen(server.process.args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **owner)
    server.wait(type(server).binaries(), "postgres")


def test_postgres_goes_and_comes_back(own_postgres, make_site):
    """Under load: writes wait, are tried again, then refused with 503; nothing acknowledged is lost; then it works again."""
    site = open_site(make_site, **{"store.url": own_postgres.url})
    over = threading.Event()
    handler = staff(site, "hana", "handler")
    threads = [Load(site, f"t{i}", over, None if i else handler) for i in range(THREADS)]
    for t in threads:
        t.start()
    for how in (signal.SIGINT, signal.SIGQUIT):
        time.sleep(1)
        postgres_stop(own_postgres, how)
        time.sleep(1)
        answer = site.get("/healthz", timeout=20)
        assert answer.status == 503, answer
        began = time.monotonic()
        answer = site.post("/api/v1/reports", json={"observables": [URL]}, timeout=60)
        assert busy(answer) and time.monotonic() - began < 30
        postgres_start(own_postgres)
        site.until(site.healthy, "health")
    time.sleep(1)
    done = finish(threads, over)
    assert sum(t.refused for t in threads) > 0 and count_cases(site) == len(done) > 50
    all_there(site, list(done.values())[:100])
    # Counted by name: reading hundreds of letters again and again would take the machine from those that write them.
    wanted = len(threads[0].approved)
    site.until(lambda: len(list((site.dir / "outbox").glob("*.eml"))) >= wanted, f"{wanted} approved notices to be sent", 240)
    assert len(letters(site, "abuse@maple.example")) == len(threads[0].approved)
    assert receipt_of(site, list(done.values())[-1])
    assert "a role ended" not in site.log()


# ── a signer that is away ──

def test_signer_hangs(make_site):
    """Reports are taken without it; receipts are made when it is back."""
    site = open_site(make_site)
    vkey = site.get("/journal/key").text
    assert check_receipt(receipt_of(site, file_report(site, URL)), vkey)
    signer = site.roles()["signer"]
    os.kill(signer, signal.SIGSTOP)
    try:
        began = time.monotonic()
        filed = [file_report(site, URL, key=f"k{i}") for i in range(20)]
        assert time.monotonic() - began < 5, "filing waits for the signer"
        time.sleep(0.5)
        for f in (filed[0], filed[-1]):
            answer = site.get(f["receipt_url"])
            assert answer.status == 202 and int(answer.headers["Retry-After"]) > 0
            page = Person(site).get(f["url"] + "/receipt.json")
            assert page.status == 202 and "being made" in page.text
            assert Person(site).get(f["url"]).status == 200
    finally:
        os.kill(signer, signal.SIGCONT)
    for f in filed:
        assert check_receipt(receipt_of(site, f), vkey)["case"] == f["case"]
    verified(site)


def test_signer_killed(make_site):
    site = open_site(make_site)
    vkey = site.get("/journal/key").text
    filed = []
    for _ in range(3):
        site.until(lambda: "signer" in site.roles(), "the signer")
        site.kill("signer")
        filed += [file_report(site, URL) for _ in range(5)]
    for f in filed:
        assert check_receipt(receipt_of(site, f), vkey)["case"] == f["case"]
    assert site.get("/journal/key").text == vkey


# ── versions ──

def test_a_newer_database_is_refused(make_site, store_url):
    site = open_site(make_site)
    filed = file_report(site, URL)
    site.stop()
    sql = "INSERT INTO store_migration(version, name, applied_at) VALUES(999999, 'from the future', 1)"
    back = "DELETE FROM store_migration WHERE version = 999999"

    def change(text):
        if store_url:
            subprocess.run(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", store_url, "-c", text], check=True, capture_output=True)
        else:
            with contextlib.closing(sqlite3.connect(site.dir / "nicert.db")) as db, db:
                db.execute(text)
    change(sql)
    for words in (["serve"], ["case", "list"], ["journal", "verify"], ["report", "--observable", URL]):
        done = site.run(*words, check=False, timeout=20)
        assert done.returncode == 1 and "newer nicert" in done.stderr and "from the future" in done.stderr, done
    change(back)
    site.serve()
    all_there(site, [filed])


# ── stopping ──

def test_term_under_load(make_site):
    """SIGTERM: what runs is finished, what comes is refused, all of it within seconds; nothing acknowledged is lost."""
    site = open_site(make_site)
    handler = staff(site, "hana", "handler")
    over = threading.Event()
    threads = [Load(site, f"t{i}", over, None if i else handler, pause=0) for i in range(8)]
    for t in threads:
        t.start()
    for _ in range(3):
        time.sleep(0.7)
        site.stop()
        site.serve()
    done = finish(threads, over)
    assert count_cases(site) == len(done) > 30
    all_there(site, list(done.values())[-50:])
    # Counted by name: reading hundreds of letters again and again would take the machine from those that write them.
    wanted = len(threads[0].approved)
    site.until(lambda: len(list((site.dir / "outbox").glob("*.eml"))) >= wanted, f"{wanted} approved notices to be sent", 240)
    assert len(letters(site, "abuse@maple.example")) == len(threads[0].approved)


@pytest.mark.one_store
def test_term_while_a_client_dawdles(make_site):
    """Somebody in the middle of a body, and somebody who only connected, don't keep the server from stopping."""
    site = open_site(make_site)
    host, port = urllib.parse.urlparse(site.url).netloc.split(":")
    with socket.create_connection((host, port)) as half, socket.create_connection((host, port)):
        half.sendall(b"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
        time.sleep(0.3)
        site.stop()


@pytest.mark.one_store
def test_a_second_server_on_one_folder(make_site):
    """Said clearly, and the first goes on."""
    site = open_site(make_site)
    done = site.run("serve", check=False, timeout=20)
    assert done.returncode == 1 and re.search("already|in use|another", done.stderr + done.stdout), done
    assert file_report(site, URL)
