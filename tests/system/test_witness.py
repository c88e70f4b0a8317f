"""The time as witnessed: a real time stamping authority (openssl ts) stamps signed heads; its token rides in the receipt and is checked
with openssl and the authority's certificate alone."""
import base64
import http.server
import json
import subprocess
import threading

import pytest

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {dir}/serial
crypto_device = builtin
signer_cert = {dir}/tsa.pem
signer_key = {dir}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
[req]
distinguished_name = dn
[dn]
[ext]
extendedKeyUsage = critical,timeStamping
"""


def openssl(*args, **kw):
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, **kw)


@pytest.fixture
def authority(tmp_path):
    """An RFC 3161 server on loopback; .url, .cert, .asked."""
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(dir=folder))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "tsa.key", "-out", folder / "tsa.pem", "-days", "30",
            "-subj", "/CN=Test authority", "-config", folder / "tsa.cnf", "-extensions", "ext")

    class Stamp(http.server.BaseHTTPRequestHandler):
        asked = 0

        def do_POST(self):
            Stamp.asked += 1
            (folder / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl("ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", folder / "q.tsq", "-out", folder / "r.tsr")
            reply = (folder / "r.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Stamp)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url, server.cert, server.handler = f"http://127.0.0.1:{server.server_port}/tsa", folder / "tsa.pem", Stamp
    yield server
    server.shutdown()


def witnessed_receipt(site, filed):
    def stamped():
        answer = site.get(filed["receipt_url"])
        return answer.status == 200 and answer.json()["witnessed"] and answer.body
    return site.until(stamped, "the receipt with its time stamp")


def test_a_receipt_carries_the_authoritys_time(site, authority, tmp_path):
    site.serve(**{"journal.witness": f"rfc3161:{authority.url}"})
    filed = json.loads(site.run("report", "--text", "a false page", "--observable", "https://x.example.tw/", "--json").stdout)
    body = witnessed_receipt(site, filed)
    mark, = json.loads(body)["witnessed"]
    assert mark["kind"] == "rfc3161"

    # The token is over the checkpoint note in the proof, byte for byte.
    note = json.loads(body)["proof"].split("\n\n", 1)[1]
    (tmp_path / "note").write_text(note)
    (tmp_path / "token").write_bytes(base64.b64decode(mark["token"]))
    openssl("ts", "-verify", "-data", tmp_path / "note", "-in", tmp_path / "token", "-token_in", "-CAfile", authority.cert)
    (tmp_path / "note").write_text(note.replace("\n", "\r\n", 1))
    with pytest.raises(subprocess.CalledProcessError):
        openssl("ts", "-verify", "-data", tmp_path / "note", "-in", tmp_path / "token", "-token_in", "-CAfile", authority.cert)

    (tmp_path / "receipt.json").write_bytes(body)
    key = site.run("journal", "key").stdout.strip()
    said = site.run("receipt", "verify", tmp_path / "receipt.json", "--key", key).stdout
    assert f"seen at {mark['time']} by /CN=Test authority" in said
    assert site.json("receipt", "verify", tmp_path / "receipt.json", "--key", key, "--tsa", authority.cert)["witnessed_at"] == mark["time"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "x.key", "-out", tmp_path / "x.pem", "-days", "30", "-subj", "/CN=Other")
    other = site.run("receipt", "verify", tmp_path / "receipt.json", "--key", key, "--tsa", tmp_path / "x.pem", check=False)
    assert other.returncode == 1 and "not vouched for" in other.stderr
    # A changed byte within the token fails, wherever it is.
    at = body.index(mark["token"].encode())
    for i in range(at, at + len(mark["token"]), 7):
        bad = bytearray(body)
        bad[i] = ord("A") if bad[i] != ord("A") else ord("B")
        (tmp_path / "bad.json").write_bytes(bad)
        assert site.run("receipt", "verify", tmp_path / "bad.json", "--key", key, check=False).returncode == 1, f"byte {i}"


@pytest.mark.one_store
def test_a_witness_that_is_away_delays_nothing(site):
    site.serve(**{"journal.witness": "rfc3161:http://127.0.0.1:9/tsa"})
    filed = json.loads(site.run("report", "--text", "a false page", "--observable", "https://x.example.tw/", "--json").stdout)
    answer = site.until(lambda: (a := site.get(filed["receipt_url"])).status == 200 and a, "the receipt")
    assert answer.json()["witnessed"] == []
    site.until(lambda: site.metric("witness_failures_total"), "a failure to be counted")
