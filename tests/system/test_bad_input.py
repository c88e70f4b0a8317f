"""What nobody should send: broken framing, too much, too slow, not text, somebody else's forms, more than a fair share."""
import contextlib
import json
import re
import socket
import time
from urllib.parse import urlencode, urlparse

import pytest
from test_kit import Person, area, case_staff, fields, file_report, form_back, journal_size, open_site, plain, staff

pytestmark = pytest.mark.one_store
URL = "https://parcel-fee.maple-demo.com.tw/pay"


@pytest.fixture
def demo(make_site):
    return open_site(make_site)


class Wire:
    """A connection as bytes."""

    def __init__(self, site, timeout=10):
        at = urlparse(site.url)
        self.s = socket.create_connection((at.hostname, at.port), timeout)
        self.buffer = b""

    def send(self, data):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.s.sendall(data)
        return self

    def read_more(self):
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            if data := self.s.recv(65536):
                self.buffer += data
                return True
        return False

    def answer(self):
        """(status, {header: value}, body) of the next answer; None when the connection ended without one."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.read_more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        n = int(headers.get("content-length", 0))
        while len(self.buffer) < n and self.read_more():
            pass
        body, self.buffer = self.buffer[:n], self.buffer[n:]
        return int(lines[0].split()[1]), headers, body

    def closed(self):
        """Nothing more comes."""
        while self.read_more():
            pass
        return self.buffer == b""


def raw(site, data, **more):
    return Wire(site, **more).send(data).answer()


def request(line, *headers, body=b""):
    return "\r\n".join([f"{line} HTTP/1.1", "Host: x", *headers, "", ""]).encode("utf-8", "surrogateescape") + body


REPORT = json.dumps({"observables": [URL]}).encode()
SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


# ── framing ──

@pytest.mark.parametrize("headers,body", [
    (["Content-Length: 5", "Content-Length: 6"], b"hello!"),
    (["Content-Length: 5", "Content-Length: 5"], b"hello"),
    (["Content-Length: 5, 5"], b"hello"),
    (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n" + SMUGGLED),
    (["Transfer-Encoding: chunked", "Content-Length: 5"], b"0\r\n\r\n" + SMUGGLED),
    (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    (["Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n"),
    (["Transfer-Encoding: xchunked"], b"0\r\n\r\n" + SMUGGLED),
    (["Content-Length: -1"], b""),
    (["Content-Length: +5"], b"hello"),
    (["Content-Length: 0x5"], b"hello"),
    (["Content-Length: 99999999999999999999"], b"hello"),
    ([f"X-{i}: y" for i in range(80)], b""),
    (["Host: y"], b""),
], ids=lambda x: str(x)[:60])
def test_framing_that_two_could_read_differently(demo, headers, body):
    """400 and the end of the connection: what follows is never taken for a second request."""
    size = journal_size(demo)
    wire = Wire(demo).send(request("POST /api/v1/reports", "Content-Type: application/json", *headers, body=body))
    got = wire.answer()
    assert got is None or got[0] in (400, 413, 501), got
    assert got is None or got[1].get("connection", "").lower() == "close"
    assert got is None or b"</header>" not in got[2]  # a program is not answered by one of our pages
    wire.closed()
    assert b" 200 " not in wire.buffer and b"# HELP" not in wire.buffer and b" 201 " not in wire.buffer
    assert journal_size(demo) == size and demo.healthy()


def test_pipelined_requests_are_answered_in_order(demo):
    wire = Wire(demo).send(request("GET /healthz") + request("GET /nowhere") + request("GET /robots.txt"))
    assert [wire.answer()[0] for _ in range(3)] == [200, 404, 200]


@pytest.mark.parametrize("path,status", [
    ("/%00", 400), ("/%ff", 400), ("/report/../staff", 400), ("/./report", 400), ("/%2e%2e/etc/passwd", 400), ("/assets/%2e%2e%2f%2e%2e", 400),
    ("//report", 404), ("/report%2f", 404), ("/report?x=%ff", 400), ("/report?at=%00", 400), ("/case/" + "a" * 3000, 404),
    ("/" + "a" * 20000, 431), ("/report?" + "&".join(f"f{i}=" for i in range(2000)), 400), ("*", 400),
], ids=lambda x: str(x)[:40])
def test_paths(demo, path, status):
    got = raw(demo, request(f"GET {path}"))
    allowed = {status, 400, 404, 414, 431} if status in (400, 404, 431) else {status}
    assert got and got[0] in allowed, got
    assert demo.healthy()


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
                                  b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n", b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
                                  b"GET / HTTP/1.1\r\n\xff\xfe: \x00\r\n\r\n", b"A" * 100000], ids=lambda b: repr(b[:24]))
def test_not_http(demo, data):
    got = raw(demo, data, timeout=1)
    assert got is None or got[0] in (200, 400, 404, 405, 408, 414, 431, 501, 505), got
    assert demo.healthy()


def test_methods(demo):
    assert demo.get("/report", method="DELETE").status == 405 and "GET" in demo.get("/report", method="DELETE").headers["Allow"]
    answer = demo.get("/api/v1/reports")
    assert answer.status == 405 and answer.headers["Allow"] == "POST"
    assert demo.get("/", method="HEAD").status == 200 and demo.get("/", method="HEAD").body == b""
    assert raw(demo, request("FROBNICATE /"))[0] in (400, 405, 501)


def test_a_target_with_a_host(demo):
    """RFC 9112 §3.2.2: accepted; but its host is nobody we know, and stands nowhere in the answer."""
    got = raw(demo, request("GET http://evil.example/report"))
    assert got[0] in (200, 400, 421) and b"evil.example" not in got[2] and "evil" not in str(got[1])
    got = raw(demo, b"GET /staff HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert got[0] == 303 and got[1]["location"].startswith("/staff/sign-in")


# ── size and pace ──

def test_words_that_are_too_long(demo):
    """Not 429: sending it again would not help."""
    answer = demo.post("/api/v1/reports", json={"description": "x" * 20001})
    assert answer.status == 422 and [e["pointer"] for e in answer.json()["errors"]] == ["#/description"], answer


@pytest.mark.parametrize("more", [[("surprise", "1")], [("description", "a"), ("description", "b")], [("email", "a@b.example"), ("email", "")]],
                         ids=["unknown", "twice", "twice and empty"])
def test_a_form_with_other_fields_than_the_page(demo, more):
    person, size = Person(demo), journal_size(demo)
    typed = {k: v for k, v in fields(person.get("/report").text).items() if k not in dict(more)}
    answer = person.post("/report", [*typed.items(), ("observables", URL), *more])
    assert answer.status == 422 and "not on this page" in plain(answer.text) and URL in answer.text, plain(answer.text)
    assert journal_size(demo) == size


@pytest.mark.parametrize("path, typed", [("/case", {"number": "TW-2026-000001"}), ("/notices", {}), ("/newsletter", {"language": "en"}), ("/mynames", {}),
                                         ("/complaint", {"kind": "name", "about": "maple-demo.com.tw", "description": "Not theirs."})])
def test_every_form_with_other_fields_than_its_page(demo, path, typed):
    person, size, said = Person(demo), journal_size(demo), "somebody@citizen.example"
    typed = {**fields(person.get(path).text), **typed, "email": said}
    answer = person.post(path, {**typed, "surprise": "1"})
    assert answer.status == 422 and "not on this page" in plain(answer.text) and said in answer.text, plain(answer.text)
    assert journal_size(demo) == size and "not on this page" not in plain(person.post(path, typed).text)


def test_a_case_and_an_answer_with_other_fields(demo):
    """Behind a link: words that were typed are there still."""
    filed, person = file_report(demo, URL), Person(demo)
    for path in (f"/case/{filed['token']}/ask", f"/case/{filed['token']}/add"):
        answer = person.post(path, {"question" if path.endswith("ask") else "text": "What became of it?", "surprise": "1"})
        assert answer.status == 422 and "not on this page" in plain(answer.text) and "What became of it?" in answer.text, plain(answer.text)


def test_too_large(demo):
    big = json.dumps({"description": "x" * (1 << 20)})
    answer = demo.post("/api/v1/reports", data=big.encode(), headers={"Content-Type": "application/json"})
    assert answer.status == 413 and answer.headers.get_content_type() == "application/problem+json"
    # Announced only: refused without waiting for it.
    began = time.monotonic()
    assert raw(demo, request("POST /api/v1/reports", "Content-Type: application/json", "Content-Length: 1000000000"))[0] == 413
    assert time.monotonic() - began < 3
    # In chunks, without a word beforehand.
    wire = Wire(demo).send(request("POST /api/v1/reports", "Content-Type: application/json", "Transfer-Encoding: chunked"))
    for _ in range(40):
        wire.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    assert wire.answer()[0] == 413
    answer = Person(demo).post("/report", {"description": "x" * 20001})
    assert answer.status == 422 and "description" in form_back(answer.text)
    # What a handler refused goes when its connection is done with, a moment after the answer.
    demo.until(lambda: list((demo.dir / "tmp").iterdir()) == [], "the refused uploads to be removed")
    assert demo.json("case", "list") == []


LARGE = 10 * 1024 * 1024 + 1


@pytest.mark.parametrize("files, said", [
    ([("files", "a.mp4", "video/mp4", b"x" * LARGE), ("files", "b.txt", "text/plain", b"small")], "A file is larger than 10 MB"),
    ([("files", f"f{i}", "x/y", b"x%d" % i) for i in range(6)], "at most 5 files"),
    ([("files", "a.mp4", "video/mp4", b"x" * 6 * LARGE)], "too large together"),
], ids=["a large file", "six files", "more than is taken"])
def test_files_too_large_for_the_form(demo, files, said):
    """The words come back, and the files that could be taken need not be chosen again."""
    person = Person(demo)
    answer = person.post("/report", {**fields(person.get("/report").text), "observables": URL, "description": "It asks for my card."}, files=files)
    form_back(answer.text, observables=URL, description="It asks for my card.")
    assert answer.status == 413 and said in plain(answer.text), plain(answer.text)
    assert answer.text.count('name="kept"') == (0 if "together" in said else min(len(files) - ("larger" in said), 5))
    filed = file_report(demo, URL)
    answer = person.post(f"/case/{filed['token']}/add", {"text": "One more picture."}, files=files)
    assert answer.status == 413 and said in plain(answer.text) and "One more picture." in answer.text, plain(answer.text)
    demo.until(lambda: list((demo.dir / "tmp").iterdir()) == [], "the refused uploads to be removed")
    assert len(demo.json("case", "list")) == 1


def test_a_text_too_large_for_the_form(demo):
    person = Person(demo)
    answer = person.post("/report", {**fields(person.get("/report").text), "observables": URL, "description": "字" * (1 << 20)}, files=[])
    form_back(answer.text, observables=URL)
    assert answer.status == 413 and "The text is too long" in plain(answer.text)
    assert 20000 < len(area(answer.text, "description").encode()) <= 1 << 16 and set(area(answer.text, "description")) == {"字"}
    assert demo.json("case", "list") == []


def test_too_short(demo):
    """A body shorter than announced is not a report, however the client goes away."""
    wire = Wire(demo, timeout=2).send(request("POST /api/v1/reports", "Content-Type: application/json", f"Content-Length: {len(REPORT) + 1}", body=REPORT))
    wire.s.shutdown(socket.SHUT_WR)
    got = wire.answer()
    assert got is None or got[0] in (400, 408)
    wire = Wire(demo).send(request("POST /report", "Content-Type: multipart/form-data; boundary=q7q7", "Content-Length: 400",
                                   body=b'--q7q7\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc'))
    wire.s.close()
    demo.until(lambda: list((demo.dir / "tmp").iterdir()) == [], "the half upload to be removed")
    assert demo.json("case", "list") == []


def test_slow_clients(make_site):
    """Bytes that drip are not waited for, and hold nobody else up."""
    demo = open_site(make_site, **{"http.timeout": 1})
    wires = [Wire(demo, timeout=15) for _ in range(30)]
    began, dead = time.monotonic(), set()
    text = request("POST /api/v1/reports", "Content-Type: application/json", "Content-Length: 2000", "X-Slow: " + "y" * 200, body=b"{" * 2000)
    at = 0
    while time.monotonic() - began < 8 and len(dead) < len(wires):
        for i, w in enumerate(wires):
            if i not in dead:
                try:
                    w.s.sendall(text[at:at + 1])
                except OSError:
                    dead.add(i)
        at += 1
        assert demo.get("/healthz", timeout=3).status == 200
        time.sleep(0.2)
    assert len(dead) == len(wires), f"{len(wires) - len(dead)} of {len(wires)} slow connections still live after 8 s"
    # One that was in the middle of its body is told.
    wire = Wire(demo).send(request("POST /api/v1/reports", "Content-Type: application/json", "Content-Length: 50", body=b"{"))
    got = wire.answer()
    assert got is None or got[0] == 408
    demo.until(lambda: int(re.search(r"^nicert_http_open_connections (\d+)$", demo.get("/metrics").text, re.M).group(1)) <= 3,
               "the slow connections to be gone")


# ── text ──

@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\x00b"], ids=repr)
def test_not_utf8(demo, bad):
    person = Person(demo)
    token = fields(person.get("/report").text)["form"].encode()
    quoted = b"".join(b"%%%02x" % c for c in bad)
    answer = person.ask("/report", b"form=" + token + b"&observables=" + URL.encode() + b"&description=see " + quoted, {"Content-Type": "application/x-www-form-urlencoded"})
    part = b'--q7q7\r\nContent-Disposition: form-data; name="observables"\r\n\r\n' + URL.encode() + \
           b'\r\n--q7q7\r\nContent-Disposition: form-data; name="description"\r\n\r\nsee ' + bad + b"\r\n--q7q7--\r\n"
    for answer in (answer, person.ask("/report", part, {"Content-Type": "multipart/form-data; boundary=q7q7"})):
        form_back(answer.text, observables=URL)
        assert answer.status == 400 and "question marks" in plain(answer.text), plain(answer.text)
        assert area(answer.text, "description").startswith("see ") and "?" in area(answer.text, "description")
    answer = demo.post("/api/v1/reports", data=b'{"description":"' + bad + b'"}', headers={"Content-Type": "application/json"})
    assert answer.status in (400, 422) and answer.headers.get_content_type() == "application/problem+json"
    done = demo.run("report", "--text", "-", input=bad, check=False)
    assert done.returncode == 1 and done.stderr.startswith("nicert: ")
    assert demo.json("case", "list") == []


@pytest.mark.parametrize("text", ["\u202etxt.exe", "line\u2028two", "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{7*7}} %s %n ${x}",
                                  "\u200b\u200d👩‍👩‍👧", "a\tb\r\nc", "=cmd|' /C calc'!A0", "x" * 20000], ids=lambda t: repr(t[:16]))
def test_any_text_is_kept_and_escaped(demo, text):
    filed = file_report(demo, URL, description=text)
    shown = staff(demo, "hana", "handler").get(f"/staff/case/{filed['case']}").text
    assert "<script>alert" not in shown and "<img src=x" not in shown
    kept = case_staff(demo, filed["case"])["reporters"][0]["words"]
    assert kept.replace("\r\n", "\n") == text.replace("\r\n", "\n")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"observables":[]}', b'{"description":"a","description":"b"}',
                                  b"[" * 100000, b'{"a":' * 5000, b'{"description":1e999}', b'{"description":"\\ud800"}', b"{} {}",
                                  b'{"observables":["' + URL.encode() + b'"]}x'], ids=lambda b: repr(b[:32]))
def test_json_that_is_no_report(demo, body):
    answer = demo.post("/api/v1/reports", data=body, headers={"Content-Type": "application/json"})
    assert answer.status in (400, 422), answer
    problem(answer)
    assert demo.json("case", "list") == []


def problem(answer):
    """RFC 9457."""
    assert answer.headers.get_content_type() == "application/problem+json"
    p = answer.json()
    assert p["type"] == "about:blank" and p["status"] == answer.status and p["title"]
    assert all(isinstance(e["detail"], str) and isinstance(e["pointer"], str) for e in p.get("errors", []))
    return p


def test_api_errors_are_problem_documents(demo):
    filed = file_report(demo, URL)
    cases = {
        ("GET", "/api/v1/cases/NC-2026-999999?token=x"): 404, ("GET", f"/api/v1/cases/{filed['case']}"): 422,
        ("GET", f"/api/v1/cases/{filed['case']}?token=wrong"): 404, ("GET", f"/api/v1/cases/NC-1999-000001?token={filed['token']}"): 404,
        ("GET", f"/api/v1/cases/{filed['case']}/receipt?token=x"): 404, ("GET", "/api/v1/holder"): 422,
        ("GET", "/api/v1/holder?thing=maple-demo.com.tw&at=yesterday"): 422, ("GET", "/api/v1/holder?thing=%20"): 422,
        ("GET", "/api/v1/nothing"): 404, ("GET", "/api/v1/reports"): 405, ("DELETE", "/api/openapi.json"): 405,
    }
    for (method, path), status in cases.items():
        answer = demo.get(path, method=method)
        assert answer.status == status, answer
        assert problem(answer)["status"] == status
    answer = demo.post("/api/v1/reports", data=b"x=1", headers={"Content-Type": "text/plain"})
    assert answer.status == 415 and problem(answer)
    answer = demo.post("/api/v1/reports", json={"observables": [URL]}, headers={"Idempotency-Key": "x" * 129})
    assert answer.status in (400, 422) and problem(answer)
    # A client that asks for JSON gets it elsewhere too; a browser gets a page.
    assert demo.get("/nowhere", headers={"Accept": "application/json"}).headers.get_content_type() == "application/problem+json"
    assert demo.get("/nowhere", headers={"Accept": "text/html"}).headers.get_content_type() == "text/html"
    assert filed["token"] not in demo.log()


# ── forms ──

def test_form_comes_back_with_what_was_typed(demo):
    typed = {"observables": "not an address\n" + URL, "description": 'I said "<b>no</b>" & left', "email": "nobody@", "class": "phishing",
             "share_words": "1"}
    for lang, words in (("en", "3 answers"), ("zh-TW", "項")):
        person = Person(demo, lang)
        answer = person.post("/report", {**fields(person.get("/report").text), **typed, "class": "no-such"})
        assert answer.status == 422 and answer.headers.get_content_type() == "text/html"
        wrong = form_back(answer.text, description=typed["description"], email=typed["email"])
        assert set(wrong) == {"class", "observables", "email"}, wrong
        assert "not an address" in answer.text and re.search(r'name="share_words" value="1" checked', answer.text)
        for field in wrong:
            tag = re.search(rf'<(?:input|textarea|select)[^>]*id="{field}"[^>]*>', answer.text).group(0)
            if field != "class":
                assert 'aria-invalid="true"' in tag and f"{field}-e" in tag
        assert re.search("<title>(Error|錯誤)", answer.text) and words in plain(answer.text)
    person = Person(demo)
    answer = person.post("/report", {**fields(person.get("/report").text), **typed, "observables": URL, "email": ""})
    assert answer.status == 303


def test_form_without_its_token(demo):
    person = Person(demo)
    for token in ("", "x", "1-abc-def", fields(person.get("/report").text)["form"][:-1] + "!"):
        answer = person.post("/report", {"form": token, "observables": URL})
        assert answer.status == 422 and form_back(answer.text, observables=URL)
        # What came back can be sent.
        fresh = fields(answer.text)["form"]
        assert fresh != token
    assert demo.json("case", "list") == []
    # One from long ago.
    old = fields(person.get("/report").text)["form"]
    demo.run("clock", "advance", "30d")
    assert person.post("/report", {"form": old, "observables": URL}).status == 422


def test_form_sent_faster_than_people_type(make_site):
    demo = open_site(make_site, **{"form.min_fill": 5})
    person = Person(demo)
    token = fields(person.get("/report").text)
    answer = person.post("/report", {**token, "observables": URL})
    assert answer.status == 422 and form_back(answer.text, observables=URL)
    demo.run("clock", "advance", "6s")
    assert person.post("/report", {**fields(answer.text), "observables": URL}).status == 303, "the same page, a little later"


def from_network(address):
    return {"X-Forwarded-For": address}


def test_a_fair_share_for_each_network(make_site):
    """The budget counts a /24 and a /48 as one, as seen by the proxy in front; a stranger's header is not believed."""
    demo = open_site(make_site, **{"report.per_net_hour": 5, "http.trusted_proxies": "127.0.0.1/32,10.0.0.0/8"})

    def file_from(address):
        return demo.post("/api/v1/reports", json={"observables": [URL]}, headers=from_network(address))
    assert [file_from(f"198.18.7.{i}").status for i in range(5)] == [201] * 5
    answer = file_from("198.18.7.200")
    assert answer.status == 429 and problem(answer) and int(answer.headers["Retry-After"]) > 0
    assert file_from("198.18.8.1").status == 201
    assert [file_from(f"2001:4860:7:{i}::{i}").status for i in range(5)] == [201] * 5
    assert file_from("2001:4860:7:ffff::1").status == 429 and file_from("2001:4860:8::1").status == 201
    # The nearest address that is no proxy of ours counts: what a client wrote before it does not.
    assert file_from("203.0.113.1, 198.18.7.9, 10.1.2.3").status == 429
    assert file_from("198.18.7.9, 198.18.9.9").status == 201
    # The form and additions draw on the same.
    person = Person(demo)
    body = urlencode({**fields(person.get("/report").text), "observables": URL}).encode()
    answer = person.ask("/report", body, {"Content-Type": "application/x-www-form-urlencoded", **from_network("198.18.7.77")})
    assert answer.status == 429 and form_back(answer.text, observables=URL)
    # An hour later there is room again.
    demo.run("clock", "advance", "61m")
    assert file_from("198.18.7.1").status == 201


def test_forwarded_headers_of_strangers(make_site):
    demo = open_site(make_site, **{"report.per_net_hour": 3})
    got = [demo.post("/api/v1/reports", json={"observables": [URL]}, headers=from_network(f"198.18.{i}.1")).status for i in range(5)]
    assert got == [201, 201, 201, 429, 429]


# ── staff ──

STAFF_PAGES = ["/staff", "/staff/tasks", "/staff/health", "/staff/case/NC-2026-000001", "/staff/file/" + "0" * 64]


def test_staff_pages_without_a_session(demo):
    filed = file_report(demo, URL)
    for person, cookie in ((Person(demo), None), (Person(demo), "staff=" + "a" * 26), (Person(demo), "staff=; staff=x"), (Person(demo), "staff=%00")):
        for path in STAFF_PAGES:
            answer = person.ask(path, headers={"Cookie": cookie} if cookie else None)
            assert answer.status == 303 and answer.headers["Location"].startswith("/staff/sign-in"), answer
            assert filed["case"] not in answer.text
    size = journal_size(demo)
    for act in ("approve", "close", "note", "cancel"):
        answer = Person(demo).post(f"/staff/case/{filed['case']}/{act}", {"csrf": "x", "reason": "fixed", "text": "x", "id": "1"})
        assert answer.status in (303, 403) and "done=" not in (answer.headers["Location"] or "")
    assert journal_size(demo) == size


def test_forms_of_somebody_elses_session(demo):
    filed = file_report(demo, URL)
    hana, igor = staff(demo, "hana", "handler"), staff(demo, "igor", "handler")
    stolen = fields(igor.get("/staff").text)["csrf"]
    size = journal_size(demo)
    for csrf in (None, "", "x" * 26, stolen, stolen[:-1]):
        answer = hana.post(f"/staff/case/{filed['case']}/note", {"text": "forged", **({"csrf": csrf} if csrf is not None else {})})
        assert answer.status == 403, answer
    assert journal_size(demo) == size
    cookie = [c for c in hana.jar if c.name == "staff"][0]
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "Lax"
    assert hana.act(filed["case"], "note", text="an honest one").status == 303
    # Signing out ends the session, on the server too.
    assert hana.post("/staff/sign-out", {"csrf": fields(hana.get("/staff").text)["csrf"]}).status == 303
    assert hana.ask("/staff", headers={"Cookie": f"staff={cookie.value}"}).status == 303


def test_who_may_what(demo):
    """Administrators keep the machine and see no case; handlers work on cases and see no machine."""
    filed = file_report(demo, URL, email="r@citizen.example", language="en")
    handler, admin, officer = (staff(demo, login, role) for login, role in (("hana", "handler"), ("adam", "admin"), ("olga", "officer")))
    assert [p.get("/staff/health").status for p in (handler, admin, officer)] == [403, 200, 200]
    assert [p.get(f"/staff/case/{filed['case']}").status for p in (handler, admin, officer)] == [200, 403, 200]
    token = fields(admin.get("/staff/health").text)["csrf"]
    for act in ("approve", "close", "note", "reporters", "cancel", "escalate", "write"):
        answer = admin.post(f"/staff/case/{filed['case']}/{act}", {"csrf": token, "id": "1", "text": "x", "reason": "fixed"})
        assert answer.status == 403, (act, answer)
    assert admin.get("/staff/file/" + "0" * 64).status == 403
    assert "r@citizen.example" not in admin.get("/staff").text
    # The shell acts as an account with that account's permissions.
    for login, words, code in (("hana", ["case", "show", filed["case"]], 0), ("adam", ["case", "show", filed["case"]], 1),
                               ("adam", ["case", "approve", filed["case"]], 1), ("nobody", ["case", "list"], 1),
                               ("hana", ["case", "approve", filed["case"]], 0)):
        done = demo.run(*words, "--as", login, check=False)
        assert done.returncode == code, (login, words, done.stderr)
    assert case_staff(demo, filed["case"])["notices"][0]["state"] in ("approved", "sent")
    # Out of use: at once.
    demo.run("user", "disable", "hana")
    assert handler.get("/staff").status == 303


def test_guessing_passwords_slows_down(demo):
    hana = staff(demo, "hana", "handler")
    stranger = Person(demo)
    seen = []
    for login in ("hana", "no-such-person"):
        for _ in range(9):
            answer = stranger.post("/staff/sign-in", {"login": login, "password": "a guess that is wrong", "code": "000000"})
            seen.append(answer.status)
            assert answer.status in (403, 429) and "Set-Cookie" not in answer.headers
        assert seen[-1] == 429
    # The answer does not tell whether there is such an account, and whoever is in stays in.
    assert seen[:9] == seen[9:18]
    assert hana.get("/staff").status == 200


def test_staff_are_sent_back_only_to_our_pages(demo):
    for next_page in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/staff//evil.example", "javascript:alert(1)", "/staff\\..\\x"):
        page = Person(demo).get("/staff/sign-in?" + urlencode({"next": next_page})).text
        assert fields(page)["next"] == "/staff", next_page
