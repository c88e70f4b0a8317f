"""docs/nginx.conf is an example that works: nginx with TLS and HTTP/2 in front, and nicert sees the visitor's address, not nginx's."""
import json
import re
import shutil
import ssl
import subprocess
import time
import urllib.request

import pytest

from conftest import ROOT, free_ports

pytestmark = pytest.mark.one_store


@pytest.fixture
def front(site, tmp_path):
    """The example with this test's ports and paths, running; .url and .log."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not program:
        pytest.skip("no nginx")
    port, = free_ports(1)
    folder = tmp_path / "nginx"
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "k.pem", "-out", folder / "c.pem",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    conf = (ROOT / "docs" / "nginx.conf").read_text()
    conf = conf.replace("127.0.0.1:8080", site.url.split("//")[1]).replace("cert.example.tw;", "localhost;", 1)
    conf = re.sub(r"\tlisten \[::\].*\n", "", conf).replace("listen 443", f"listen 127.0.0.1:{port}")
    conf = conf.replace("/etc/ssl/certs/cert.example.tw.pem", str(folder / "c.pem"))
    conf = conf.replace("/etc/ssl/private/cert.example.tw.key", str(folder / "k.pem"))
    conf = conf.replace("/var/log/nginx/nicert.log", str(folder / "access.log"))
    temp = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"pid {folder}/pid; error_log {folder}/error.log; daemon off; events {{}}\nhttp {{ {temp}\n{conf}\n}}\n")
    subprocess.run([program, "-t", "-c", folder / "nginx.conf"], check=True, capture_output=True)
    site.serve(**{"http.trusted_proxies": "127.0.0.1,::1", "public.url": f"https://localhost:{port}", "report.per_net_hour": "2"})
    process = subprocess.Popen([program, "-c", folder / "nginx.conf"])
    site.front, site.front_log, site.front_ca = f"https://localhost:{port}", folder / "access.log", folder / "c.pem"
    time.sleep(0.5)
    yield site
    process.terminate()
    process.wait(10)


def ask(front, path, body=None, address="198.51.100.7"):
    request = urllib.request.Request(front.front + path, data=body and json.dumps(body).encode(),
                                     headers={"X-Forwarded-For": address, "Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=front.front_ca)))
    try:
        with opener.open(request, timeout=20) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def test_the_example_serves_and_keeps_secrets_out_of_its_log(front):
    assert ask(front, "/")[0] == 200
    status, filed = ask(front, "/api/v1/reports", {"description": "false page at https://a.example.tw/"})
    filed = json.loads(filed)
    assert status == 201
    token = filed["token"]
    assert ask(front, f"/case/{token}")[0] == 200
    time.sleep(0.3)
    log = front.front_log.read_text()
    assert "/api/v1/reports" in log and token not in log


def test_visitors_behind_it_have_budgets_of_their_own(front):
    """nginx appends the address it saw (this machine), which is trusted; the one before it is the visitor's claim to nginx, so a second
    hop counts: two reports an hour for each network."""
    report = {"description": "false page"}
    seen = [ask(front, "/api/v1/reports", report, address)[0] for address in ("198.51.100.7",) * 3 + ("203.0.113.9",)]
    assert seen == [201, 201, 429, 201]
