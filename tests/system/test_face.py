"""The face that users and scripts rely on: commands, help, exit codes, the first start, health and the way down."""
import json
import os
import re
import subprocess
import time

import pytest
from conftest import ROOT, find_program

PROMISED = """
init serve import:holdings import:origins import:names import:contacts holder report case:list case:show case:approve
case:close journal:head journal:key journal:prove journal:verify receipt:get receipt:verify clock:advance backup restore
check demo user:add user:list privacy:export privacy:erase
""".split()


def run(*args, **more):
    return subprocess.run([find_program(), *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **more)


def listed():
    """(name, sub or None) of each line of the command list."""
    found = []
    for line in run("--help").stdout.splitlines():
        if m := re.match(r"  (\S+)(?: (\S+))?  ", line):
            found.append(m.groups())
    return found


def test_the_manual_has_every_command():
    """An entry's first line names commands of one word or two; "case list|show" are two of them."""
    text = (ROOT / "docs/nicert.1").read_text()
    heads = [re.sub(r"\\f[BIR]", "", e.split("\n")[0]).replace("\\-", "-") for e in text.split(".SH COMMANDS")[1].split(".SH FILES")[0].split(".TP\n")[1:]]
    missing = [(name, sub) for name, sub in listed()
               if not any(re.search(rf"(?:^|[\s,|]){re.escape(name)}\b", h) and (not sub or sub in re.findall(r"[\w-]+", h)) for h in heads)]
    assert missing == []


def test_help_lists_commands():
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert "Usage: nicert" in done.stdout and len(listed()) >= 10


@pytest.mark.parametrize("command", PROMISED)
def test_promised_command(command):
    name, _, sub = command.partition(":")
    assert (name, sub or None) in listed()


# Make a folder, are given one, or need none.
WITHOUT_DIR = [w.split() for w in ("init", "demo", "restore", "receipt verify", "user roles", "policy reference", "idn load", "survey figures",
                                   "survey check", "survey rules", "tlp table", "template vars")]


def test_every_command_has_help():
    for name, sub in listed():
        words = [name, sub] if sub else [name]
        done = run(*words, "--help")
        assert done.returncode == 0 and done.stderr == "", words
        assert done.stdout.startswith(f"Usage: nicert {' '.join(words)}"), words
        assert "--help" in done.stdout and "--json" in done.stdout, words
        assert ("-d DIR" in done.stdout) == (words not in WITHOUT_DIR), words
        if sub:
            group = run(name, "--help")
            assert group.returncode == 0 and sub in group.stdout, words


def test_version_of_the_build():
    done = run("--version")
    assert done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout)


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["case"], ["case", "frobnicate"], ["holder"], ["init"], ["init", "a", "b"],
                                   ["serve", "--frobnicate"], ["serve", "-d"], ["serve", "--set"], ["holder", "x", "--at"]],
                         ids=lambda w: " ".join(w) or "nothing")
def test_wrong_usage_is_2(words, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2 and (done.stderr + done.stdout).strip() and os.listdir(tmp_path) == []


@pytest.mark.parametrize("words", [["holder", "example.tw"], ["serve"], ["case", "list"], ["journal", "head"]], ids=" ".join)
def test_no_data_folder_is_1(words, tmp_path):
    done = run(*words, "-d", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert done.stderr.startswith("nicert: ") and "nothing" in done.stderr and os.listdir(tmp_path) == []


@pytest.mark.one_store
def test_bad_settings_are_refused(site):
    for setting in ("no.such.key=1", "http.listen=nowhere", "http.timeout=0", "test.clock=perhaps", "http.listen"):
        done = site.run("serve", "--set", setting, check=False)
        assert done.returncode in (1, 2) and setting.split("=")[0] in done.stderr, setting


@pytest.mark.one_store
def test_bad_config_file_names_file_and_line(site):
    path = site.dir / "nicert.conf"
    path.write_text(path.read_text() + "http.listen 8080\n")
    line = len(path.read_text().splitlines())
    done = site.run("holder", "example.tw", check=False)
    assert done.returncode == 1 and re.search(rf"nicert\.conf:{line}\b", done.stderr), done.stderr


def test_init_makes_a_private_folder(site):
    assert site.admin_link.startswith(site.url)
    assert (site.dir / "nicert.conf").exists()
    assert os.stat(site.dir).st_mode & 0o077 == 0
    for folder, _, files in os.walk(site.dir):
        for name in files:
            path = os.path.join(folder, name)
            assert not name.endswith(".key") or os.stat(path).st_mode & 0o077 == 0, path


def test_init_twice_is_refused(site):
    before = {p: (site.dir / p).read_bytes() for p in os.listdir(site.dir) if (site.dir / p).is_file()}
    done = run("init", str(site.dir))
    assert done.returncode == 1 and "nothing was changed" in done.stderr
    kept = {p: b for p, b in before.items() if not p.startswith("nicert.db")}
    assert all((site.dir / p).read_bytes() == b for p, b in kept.items())


def test_empty_lists(site):
    listed_cases = site.json("case", "list")
    assert not (listed_cases.get("cases") if isinstance(listed_cases, dict) else listed_cases)
    assert site.run("journal", "head").stdout
    assert site.run("journal", "verify").returncode == 0


def test_healthz(served):
    answer = served.get("/healthz")
    assert answer.status == 200
    assert set(served.roles()) >= {"core", "signer"}


def test_metrics(served):
    served.get("/")
    answer = served.get("/metrics")
    assert answer.status == 200 and answer.headers.get_content_type() == "text/plain"
    series = 0
    for line in answer.text.splitlines():
        assert re.fullmatch(r'#.*|[a-zA-Z_:][\w:]*(\{[a-zA-Z_]\w*="[^"\n]*"(,[a-zA-Z_]\w*="[^"\n]*")*\})? [-+.\deEinfNa]+', line), line
        series += not line.startswith("#")
    assert series > 5


def test_openapi(served):
    answer = served.get("/api/openapi.json")
    assert answer.status == 200 and answer.headers.get_content_type() == "application/json"
    document = answer.json()
    assert document["openapi"].startswith("3.") and "/api/v1/reports" in document["paths"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                assert operation["responses"], f"{method} {path}"
    # Every reference leads somewhere.
    for ref in set(re.findall(r'"\$ref":\s*"#/([^"]+)"', json.dumps(document))):
        at = document
        for part in ref.split("/"):
            at = at[part]


@pytest.mark.one_store
def test_openapi_operations_exist(served):
    """A documented path that isn't routed would answer 404 in the words of the router; an unknown case's 404 says so in JSON."""
    for path, methods in served.get("/api/openapi.json").json()["paths"].items():
        concrete = re.sub(r"\{[^}]+\}", "1", path)
        for method in methods:
            if method == "get":
                assert served.get(concrete).status != 405, path
            elif method == "post":
                assert served.post(concrete, json={}).status not in (404, 405, 500) or "{" in path, path


@pytest.mark.one_store
def test_pages_of_the_promise(served):
    for path in ("/", "/report", "/.well-known/security.txt", "/journal/key"):
        assert served.get(path, follow=True).status == 200, path
    assert served.get("/no-such-page").status == 404
    assert served.get("/staff").status in (302, 303, 401, 403)


@pytest.mark.one_store
def test_security_headers(served):
    headers = served.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src" in policy and "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_term_stops_in_seconds(served):
    pids = [served.process.pid, *served.roles().values()]
    began = time.monotonic()
    served.stop()
    assert time.monotonic() - began < 5
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_starts_again_where_it_was(served):
    head = served.run("journal", "head").stdout
    served.stop()
    served.serve()
    assert served.run("journal", "head").stdout.splitlines()[0] == head.splitlines()[0]


@pytest.mark.parametrize("role", ["core", "signer"])
def test_a_killed_role_comes_back(served, role):
    before = served.roles()[role]
    served.kill(role)
    served.until(lambda: served.roles().get(role, before) != before, f"{role} to be started again")
    served.until(served.healthy, "health")
    served.stop()


@pytest.mark.one_store
def test_nothing_stays_after_a_killed_supervisor(served):
    pids = list(served.roles().values())
    os.kill(served.process.pid, 9)
    served.process.wait()
    served.process = None
    served.until(lambda: not any(os.path.exists(f"/proc/{p}") for p in pids), "the roles to end with their supervisor")
    served.serve()


@pytest.mark.one_store
def test_test_clock(site):
    assert site.run("clock", "advance", "7d").returncode == 0


@pytest.mark.one_store
def test_clock_stays_without_the_setting(make_site):
    done = make_site().run("clock", "advance", "7d", check=False)
    assert done.returncode == 1 and "test.clock" in done.stderr


def test_the_settings_page_is_the_table_in_the_code(nicert):
    """docs/config.md is what `nicert config --markdown` prints."""
    done = subprocess.run([nicert, "config", "--markdown"], capture_output=True, text=True, check=True)
    assert done.stdout == (ROOT / "docs" / "config.md").read_text()


@pytest.mark.one_store
def test_every_setting_for_machines(nicert):
    done = subprocess.run([nicert, "config", "--json"], capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    page = (ROOT / "docs" / "config.md").read_text()
    assert [r["key"] for r in rows] == re.findall(r"^\| `([a-z0-9_.]+)` \|", page, re.M)
    assert all(r["doc"] and r["kind"] and ("min" in r) == (r["kind"] in ("number", "seconds", "bytes")) for r in rows)
    assert next(r["default"] for r in rows if r["key"] == "http.listen") in page
