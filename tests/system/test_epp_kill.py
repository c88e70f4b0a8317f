"""Registrars at work while roles are killed: no answered command is lost, nothing is paid for that is not there, nothing is there
unpaid. And many who only hold a connection.

20 kills a store; `make torture` sets NICERT_KILLS to 200.
"""
import random
import resource
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

import pytest
from test_epp import Client, command, create_contact, create_domain, info, on
from test_epp_registry import credit
from test_kill import KILLS, kill_one

THREADS, PRICE = 4, 1000


class Registrar(threading.Thread):
    """Creates, renews and deletes one name after another; after a broken connection it looks what became of the last command.
    `there` is what must exist (name: years), `gone` what must not, `unsure` what was under way.
    """

    def __init__(self, site, handle, n, over):
        super().__init__(daemon=True)
        self.site, self.handle, self.n, self.over = site, handle, n, over
        self.there, self.gone, self.acked, self.broken, self.wrong, self.client = {}, set(), 0, 0, None, None

    def run(self):
        rng, i = random.Random(self.n), 0
        try:
            while not self.over.is_set():
                i += 1
                name = f"k{self.n}-{i}.test"
                self.create(name)
                if rng.random() < 0.4:
                    self.renew(name)
                if rng.random() < 0.4:
                    self.delete(name)
        except Exception as e:
            self.wrong = f"{self.n}: {e!r}"
        finally:
            if self.client:
                self.client.close()

    def ask(self, frame):
        """An answer, from a session of its own; None when it was lost on the way."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if not self.client:
                    client = Client(self.site, self.site.registrars[self.handle])
                    if not client.greeting or 'code="1000"' not in (client.login(None) or ""):
                        client.close()
                        time.sleep(0.05)
                        continue
                    self.client = client
                answer = self.client.ask(frame)
            except (OSError, ssl.SSLError):
                answer = None
                sent = self.client is not None
            else:
                sent = True
            if answer:
                self.acked += 1
                return answer
            if self.client:
                self.client.close()
                self.client = None
            self.broken += 1
            if sent:
                return None
            time.sleep(0.05)
        raise AssertionError("no answer within a minute")

    def look(self, name):
        """The name's expiry as it is, or None: it is not there."""
        while True:
            answer = self.ask(info(name))
            if answer and 'code="1000"' in answer:
                return answer.split("<domain:exDate>")[1][:10]
            if answer and 'code="2303"' in answer:
                return None
            assert not answer or 'code="2400"' in answer, answer

    def until_done(self, frame, name, done):
        """Asks until `done(expiry of the name)`; a lost answer is no reason to think anything of it. What was answered holds."""
        for _ in range(200):
            answer = self.ask(frame())
            if answer and 'code="1000"' in answer:
                assert done(self.look(name)), f"{name}: answered 1000, and then it is otherwise"
                return
            assert not answer or 'code="2400"' in answer, answer
            if done(self.look(name)):
                return
        raise AssertionError(f"{name}: never done")

    def create(self, name):
        self.until_done(lambda: create_domain(name, f"CON-{self.handle}"), name, lambda x: x is not None)
        self.there[name] = 1

    def renew(self, name):
        was = self.look(name)
        self.until_done(lambda: command(on("renew", "domain", f"<o:name>{name}</o:name><o:curExpDate>{was}</o:curExpDate>")), name,
                        lambda x: x and int(x[:4]) == int(was[:4]) + 1)
        self.there[name] += 1

    def delete(self, name):
        self.until_done(lambda: command(on("delete", "domain", f"<o:name>{name}</o:name>")), name, lambda x: x is None)
        del self.there[name]
        self.gone.add(name)


@pytest.fixture
def registry(site, tmp_path):
    policy = tmp_path / "test.policy"
    policy.write_text("price create 10 TWD per-year\nprice renew 10 TWD per-year\n")
    site.run("zone", "add", "test", "--policy", policy)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "100000000", "--rate", "10000", "--sessions", "5000") for h in ("alpha", "beta")}
    site.serve()
    for handle, given in site.registrars.items():
        c = Client(site, given)
        c.login()
        c.ask(create_contact(f"CON-{handle}"), 1000)
        c.close()
    return site


def test_kill_while_registrars_work(registry, store_kind, capsys):
    site, over, rng, since, killed = registry, threading.Event(), random.Random(), {"core": 0, "signer": 0}, 0
    before = {h: credit(site, h) for h in site.registrars}
    threads = [Registrar(site, ("alpha", "beta")[n % 2], n, over) for n in range(THREADS)]
    for t in threads:
        t.start()
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.02, 0.4))
        role = "supervisor" if max(since.values()) >= 4 else rng.choices(["core", "signer", "supervisor"], [6, 2, 2])[0]
        killed += kill_one(site, role, since) is not None
        assert all(t.wrong is None for t in threads), [t.wrong for t in threads]
    over.set()
    for t in threads:
        t.join(120)
        assert not t.is_alive() and t.wrong is None, t.wrong
    # Each registrar paid for the years it has, and for nothing else; what was deleted in its first days was paid back.
    c = Client(site, site.registrars["alpha"])
    c.login()
    for t in threads:
        for name in t.there:
            c.ask(info(name), 1000)
        for name in random.sample(sorted(t.gone), min(50, len(t.gone))):
            c.ask(info(name), 2303)
    c.close()
    for handle in site.registrars:
        years = sum(sum(t.there.values()) for t in threads if t.handle == handle)
        assert before[handle] - credit(site, handle) == years * PRICE, f"{handle}: {years} years"
    site.run("ledger", "reconcile")
    site.run("journal", "verify")
    with capsys.disabled():
        print(f"\n{store_kind}: {killed} kills, {sum(t.acked for t in threads)} answers, {sum(t.broken for t in threads)} connections broken, "
              f"{sum(len(t.there) for t in threads)} names there, {sum(len(t.gone) for t in threads)} deleted; every year paid once")


def resident(site):
    """MB of the core's memory that is its own."""
    text = Path(f"/proc/{site.roles()['core']}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(("Private_", "Shared_Dirty"))) / 1024


@pytest.fixture
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 8192:
        pytest.skip(f"no more than {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.one_store
def test_sessions_at_rest(many_files, registry, capsys):
    """Registrars keep connections open all day: 3,000 in the long run, where each login's password takes its time."""
    number = 3000 if KILLS >= 200 else 150
    first, held, began = resident(registry), [], time.monotonic()
    for i in range(number):
        c = Client(registry, registry.registrars[("alpha", "beta")[i % 2]])
        c.login()
        held.append(c)
    took, used = time.monotonic() - began, resident(registry) - first
    for c in random.sample(held, 100):
        c.ask(info("nothing.test"), 2303)
    assert registry.metric("epp_sessions") == number
    with capsys.disabled():
        print(f"\n{number} sessions opened in {took:.0f} s; {used:.0f} MB for them, {1000 * used / number:.0f} kB each")
    assert used < 32 + number * 0.04
    for c in held:
        c.close()


@pytest.mark.one_store
def test_strangers_are_few(many_files, registry, capsys):
    """3,000 connections of many networks that never log in: their number and memory are bounded, and registrars come in."""
    site, before, strangers = registry, resident(registry), []
    for i in range(3000):
        s = socket.socket()
        s.settimeout(5)
        try:
            s.bind((f"127.{1 + i % 60}.0.1", 0))
            s.connect(site.epp)
            strangers.append(s)
        except OSError:
            s.close()
    for handle in site.registrars:
        c = Client(site, site.registrars[handle])
        c.login()
        for _ in range(20):
            c.ask(info("nothing.test"), 2303)
        c.close()
    held, used = site.metric("epp_connections"), resident(site) - before
    with capsys.disabled():
        print(f"\n{len(strangers)} strangers, {held} held, {used:.0f} MB")
    assert held <= 520 and used < 64
    for s in strangers:
        s.close()


@pytest.mark.one_store
def test_frames_that_never_end(registry):
    """Slow frames are a connection's own trouble."""
    slow = [Client(registry, registry.registrars["beta"]) for _ in range(30)]
    for s in slow:
        s.sock.sendall(struct.pack(">I", 60000) + b"<epp")
    c = Client(registry, registry.registrars["alpha"])
    c.login()
    for _ in range(20):
        c.ask(info("nothing.test"), 2303)
    for s in [c, *slow]:
        s.close()
