"""What system tests stand on: the real binary, a data folder on either store, a running server, a browser.

A test that asks for `site` runs twice, on SQLite and on PostgreSQL; @pytest.mark.one_store keeps it to SQLite. Whatever isn't
there (PostgreSQL, chromium, npm, $NICERT_TESTDATA) skips with its reason.
"""
import contextlib
import email
import email.policy
import fcntl
import glob
import json as jsonlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import plans
import published
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
START_SECONDS = 60
STOP_SECONDS = 30


def pytest_configure(config):
    config.addinivalue_line("markers", "one_store: the store makes no difference to this test; SQLite is enough")


def pytest_generate_tests(metafunc):
    if "store_kind" in metafunc.fixturenames:
        one = metafunc.definition.get_closest_marker("one_store")
        metafunc.parametrize("store_kind", ["sqlite"] if one else ["sqlite", "postgresql"])


# ── HTTP ──

class Answer:
    """Of a request: .status, .headers (names in any case), .body (bytes), .text, .json(), .url (after redirects)."""

    def __init__(self, status, headers, body, url):
        self.status, self.headers, self.body, self.url = status, headers, body, url

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return jsonlib.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.url} {self.body[:300]!r}>"


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(url, method="GET", body=None, headers=None, follow=False, timeout=20):
    """One request, no proxy. Any status is an Answer, not an exception."""
    handlers = [urllib.request.ProxyHandler({})] + ([] if follow else [StayHere()])
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as r:
            answer = Answer(r.status, r.headers, r.read(), r.url)
    except urllib.error.HTTPError as e:
        with e:
            answer = Answer(e.code, e.headers, e.read(), url)
    if answer.body and answer.headers["Content-Type"] == "application/rdap+json":
        published.DOCUMENTS.append(answer.text)
    return answer


@pytest.fixture(autouse=True)
def published_forms():
    """Whatever a test heard over EPP and RDAP is as the published schemas want it."""
    yield
    published.hold()


def multipart(fields, files):
    """`fields`: pairs; `files`: (field, name, type, bytes). Returns body and content type."""
    mark, out = uuid.uuid4().hex, b""
    for name, value in fields:
        out += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for field, name, kind, data in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        out += head.encode() + data + b"\r\n"
    return out + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def pairs(data):
    return list(data.items()) if isinstance(data, dict) else list(data)


def free_ports(n):
    """Below the range the kernel hands out itself, so that nothing takes them between here and the server's start."""
    found = []
    while len(found) < n:
        port = random.randint(12000, 30000)
        with contextlib.closing(socket.socket()) as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


# ── a data folder and its server ──

def dotted(sets):
    """test_clock="on" is test.clock=on: the first underscore stands for the dot."""
    return [word for k, v in sets.items() for word in ("--set", f"{k if '.' in k else k.replace('_', '.', 1)}={v}")]


def ended(pid):
    """Whether or not somebody has asked for its exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def children(pid):
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = Path(path).read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid:
                child = int(path.split("/")[2])
                found += [child, *children(child)]
    return found


class Site:
    """A data folder made by `nicert init` (or `nicert demo`). Ports are chosen here and written into its configuration."""

    def __init__(self, program, folder, store_url=None, country="TW", command="init", **sets):
        self.program, self.dir, self.process, self.killed = program, Path(folder), None, False
        self.logfile = self.dir.parent / f"{self.dir.name}.log"
        http, epp, whois = free_ports(3)
        self.url, self.epp, self.whois = f"http://127.0.0.1:{http}", ("127.0.0.1", epp), ("127.0.0.1", whois)
        self.sets = {"http.listen": f"127.0.0.1:{http}", "epp.listen": f"127.0.0.1:{epp}",
                     "whois.listen": f"127.0.0.1:{whois}", "public.url": self.url}
        if store_url:
            self.sets["store.url"] = store_url
        else:  # PostgreSQL's sequences would have gaps, and cases other numbers
            self.sets["test.rehearse"] = "on"
        done = subprocess.run([program, command, str(self.dir), "--json", *(["--country", country] if country and command == "init" else []),
                               *dotted(dict(self.sets, **sets))], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"nicert {command}: {done.stderr}"
        said = jsonlib.loads(done.stdout)
        self.admin_link = said.get("admin_link") or said.get("sign_in")

    # commands

    def run(self, *args, check=True, input=None, timeout=120):
        """A command on this folder; `input` is text or bytes. CompletedProcess with text."""
        if isinstance(input, bytes):
            input = input.decode("utf-8", "surrogateescape")
        given = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run([self.program, *map(str, args), "-d", str(self.dir)], capture_output=True, encoding="utf-8",
                              errors="surrogateescape", timeout=timeout, **given)
        if check and done.returncode != 0:
            raise AssertionError(f"nicert {' '.join(map(str, args))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *args, **more):
        return jsonlib.loads(self.run(*args, "--json", **more).stdout)

    # the server

    def serve(self, wait=True, **sets):
        """Starts it; returns when it logged `ready` and /healthz answers 200."""
        assert not self.process, "it runs already"
        at = self.logfile.stat().st_size if self.logfile.exists() else 0
        with open(self.logfile, "ab") as out:
            self.process = subprocess.Popen([self.program, "serve", "-d", str(self.dir), *dotted(sets)], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, start_new_session=True)
        if wait:
            self.wait_ready(at)
        return self

    def wait_ready(self, log_from=0):
        def ready():
            assert self.process.poll() is None, f"serve ended with {self.process.returncode}:\n{self.log()[-3000:]}"
            return re.search(r'msg="?ready\b', self.log(log_from)) and self.healthy()
        self.until(ready, "the server to be ready", START_SECONDS)

    def healthy(self):
        try:
            return self.get("/healthz", timeout=5).status == 200
        except OSError:
            return False

    def stop(self):
        """SIGTERM; it must end by itself with 0."""
        process, self.process = self.process, None
        if not process:
            return
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.end(process)
            raise AssertionError(f"still there {STOP_SECONDS} s after SIGTERM:\n{self.log()[-3000:]}")
        assert code == 0, f"exit {code} after SIGTERM ({time.monotonic() - began:.1f} s):\n{self.log()[-3000:]}"

    def end(self, process=None):
        """Whatever is left, without asking."""
        process = process or self.process
        self.process = None
        if process and process.poll() is None:
            family = [process.pid, *children(process.pid)]
            for pid in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            # A listening socket is free when its process is, which may still be at the disk.
            self.until(lambda: all(ended(pid) for pid in family), "the family to be gone")

    def roles(self):
        """{role: pid} of what the supervisor runs now."""
        found = {}
        for pid in children(self.process.pid):
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
                if "--role" in words:
                    found[words[words.index("--role") + 1]] = pid
        return found

    def kill(self, role=None, sig=signal.SIGKILL):
        """Kills a role ("core", "signer"), or without a name the whole family at once, as a power cut would."""
        self.killed = True
        if role is None:
            self.end()
        else:
            os.kill(self.roles()[role], sig)

    def log(self, start=0):
        if not self.logfile.exists():
            return ""
        with open(self.logfile, "rb") as f:
            f.seek(start)
            return f.read().decode(errors="replace")

    @staticmethod
    def until(true, what, seconds=60):
        """Asks until the answer is true, and returns it. The time is far more than a slow machine needs: it decides nothing."""
        end = time.monotonic() + seconds
        while not (answer := true()):
            assert time.monotonic() < end, f"waited {seconds} s for {what}"
            time.sleep(0.05)
        return answer

    def advance(self, by):
        """Moves the clock, once every letter that is due has gone and the sending is written down: deadlines count from there."""
        if self.process:
            self.until(lambda: self.metric("mail_behind") == 0, "the post to be out")
        self.run("clock", "advance", by)

    def metric(self, name):
        return int(re.search(rf"^nicert_{name} (\d+)$", self.get("/metrics").text, re.M).group(1))

    # what it says

    def get(self, path, **more):
        return ask(urllib.parse.urljoin(self.url, path), **more)

    def post(self, path, data=None, json=None, files=None, headers=None, **more):
        """`json` as such, `data` as a form (bytes as they are), with `files` as multipart."""
        headers = dict(headers or {})
        if json is not None:
            body, kind = jsonlib.dumps(json, ensure_ascii=False).encode(), "application/json"
        elif files:
            body, kind = multipart(pairs(data or {}), files)
        elif isinstance(data, bytes):
            body, kind = data, "application/octet-stream"
        else:
            body, kind = urllib.parse.urlencode(pairs(data or {})).encode(), "application/x-www-form-urlencoded"
        headers.setdefault("Content-Type", kind)
        return ask(urllib.parse.urljoin(self.url, path), method="POST", body=body, headers=headers, **more)

    def outbox(self):
        """The messages sent so far, parsed, oldest first. One may be forgotten while they are read."""
        found = []
        for path in (self.dir / "outbox").glob("*.eml"):
            with contextlib.suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path.name, path.read_bytes()))
        return [email.message_from_bytes(data, policy=email.policy.default) for _, _, data in sorted(found)]


def find_program():
    path = Path(os.environ.get("NICERT_BIN") or Path(os.environ.get("NICERT_BUILD") or ROOT / "build") / "nicert")
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is not there: make", pytrace=False)
    return str(path)


@pytest.fixture(scope="session")
def nicert():
    """Path of the program: build/nicert, or what NICERT_BIN says."""
    return find_program()


@contextlib.contextmanager
def database(kind):
    """None for "sqlite"; else the URL of a database of its own, dropped afterwards."""
    if kind == "sqlite":
        yield None
        return
    base = os.environ.get("NICERT_TEST_PG")
    if not base:
        pytest.skip("no PostgreSQL")
    name = "s" + uuid.uuid4().hex[:12]
    psql = ["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", base, "-c"]
    subprocess.run([*psql, f"CREATE DATABASE {name}"], check=True, capture_output=True)
    try:
        yield re.sub(r"^(postgres(?:ql)?://[^/]*/)[^?]*", rf"\g<1>{name}", base)
    finally:
        subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], capture_output=True)


@pytest.fixture
def store_url(store_kind):
    """What `database` gives for this test's store."""
    with database(store_kind) as url:
        yield url


@pytest.fixture
def make_site(nicert, tmp_path, store_url):
    """make_site(country="TW", **sets): the first data folder of a test; ended and looked over afterwards."""
    made = []

    def make(**more):
        assert not made, "one site a test: they would share a database"
        made.append(Site(nicert, tmp_path / "site", store_url, **more))
        return made[0]
    yield make
    for site in made:
        try:
            site.stop()
            assert site.killed or "a role ended" not in site.log(), f"a role died:\n{site.log()[-3000:]}"
            assert "Sanitizer" not in site.log(), site.log()[-5000:]
            assert not plans.walks(site.log()), plans.walks(site.log())
        finally:
            site.end()


@pytest.fixture
def site(make_site):
    """An initialised data folder whose clock can be moved; not yet served."""
    return make_site(test_clock="on")


@pytest.fixture
def served(site):
    """The same with its server running."""
    return site.serve()


@pytest.fixture(scope="session")
def testdata():
    """The folder of real data, NICERT_TESTDATA."""
    path = os.environ.get("NICERT_TESTDATA")
    if not path or not os.path.isdir(path):
        pytest.skip("NICERT_TESTDATA is not set")
    return Path(path)


# ── a browser ──

def browser_missing():
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "no selenium"
    for name in ("chromium", "chromedriver"):
        path = shutil.which(name)
        if not path:
            return f"no {name}"
        if os.path.realpath(path).startswith("/snap/") or os.path.realpath(path).endswith("/snap"):
            return f"{name} is a snap, which can't be driven from here"
    return None


@pytest.fixture
def make_browser(tmp_path):
    """make_browser(lang="en", width=1280, height=900): a fresh chromium profile each, ended with the test."""
    if why := browser_missing():
        pytest.skip(why)
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    made = []

    def make(lang="en", width=1280, height=900, arguments=()):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                     "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                     "--no-proxy-server", f"--window-size={width},{height}", f"--lang={lang}",
                     f"--user-data-dir={tmp_path}/chromium{len(made)}", *arguments):
            options.add_argument(word)
        options.add_experimental_option("prefs", {"intl.accept_languages": lang})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(service=Service(shutil.which("chromedriver"), log_path=f"{tmp_path}/chromedriver.log"), options=options)
        driver.set_page_load_timeout(30)
        made.append(driver)
        return driver
    yield make
    for driver in made:
        with contextlib.suppress(Exception):
            driver.quit()


@pytest.fixture
def browser(make_browser):
    """A chromium driven by selenium."""
    return make_browser()


def console_errors(browser):
    """What the page's console holds against it since the last call (content policy, missing files, exceptions)."""
    return [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]


# ── tools from npm ──

def fetch_npm(package):
    """The folder of a package at the version of package-lock.json; why not, when npm can't fetch it."""
    wanted = jsonlib.loads((HERE / "package-lock.json").read_text())["packages"][f"node_modules/{package}"]["version"]
    folder = HERE / "node_modules" / package

    def there():
        with contextlib.suppress(OSError, ValueError, KeyError):
            return jsonlib.loads((folder / "package.json").read_text())["version"] == wanted
        return False
    # Test files run side by side; one fetches, the others wait.
    with open(HERE / "package-lock.json", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if there():
            return folder, None
        if not shutil.which("npm"):
            return None, "no npm"
        try:
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True,
                                  text=True, timeout=120, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None, f"npm could not fetch {package} within two minutes"
        if there():
            return folder, None
        return None, f"npm could not fetch {package}: " + " ".join((done.stderr.strip().splitlines() or ["?"])[:1])


# ── accessibility ──

@pytest.fixture(scope="session")
def axe():
    """axe(browser, tags=…): the violations of WCAG 2.2 A and AA on the page as it stands: [{"id", "impact", "help", "where"}]."""
    folder, why = fetch_npm("axe-core")
    if not folder:
        pytest.skip(why)
    text = (folder / "axe.min.js").read_text(encoding="utf-8")

    def look(browser, tags=("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")):
        # The debugger evaluates whatever the page's content policy says, so the policy stays as it is.
        def evaluate(code, **more):
            got = browser.execute_cdp_cmd("Runtime.evaluate", dict(expression=code, returnByValue=True, **more))
            assert "exceptionDetails" not in got, got["exceptionDetails"]
            return got["result"].get("value")
        if evaluate("typeof axe") == "undefined":  # the browser's first page; it puts the program into each later one by itself
            browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": text})
            evaluate(text + "\n;0")
        options = jsonlib.dumps({"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"], "iframes": False, "preload": False})
        found = evaluate(f"axe.run(document, {options}).then(r => JSON.stringify(r.violations))", awaitPromise=True)
        return [{"id": v["id"], "impact": v["impact"], "help": v["help"],
                 "where": [f"{n['target']}: {n.get('failureSummary', '')}" for n in v["nodes"]]} for v in jsonlib.loads(found)]
    return look
