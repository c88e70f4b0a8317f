"""What the other tests share: the sample country, mail, people with accounts, form pages, and a verifier of receipts that was
written from the C2SP texts and RFC 6962 alone. Tested here against the examples of those texts.
"""
import base64
import hashlib
import hmac
import html
import http.cookiejar
import json
import os
import re
import struct
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import published
import pytest
from conftest import ROOT, Answer, StayHere, console_errors, multipart, pairs

SAMPLE = ROOT / "src/cli/demo"
IMPORTS = (("holdings", "holdings.txt"), ("origins", "origins.csv"), ("names", "names.csv"), ("contacts", "contacts.csv"))
PASSWORD = "a long sentence nobody guesses"


def fill(site):
    """The sample country, as `nicert demo` has it."""
    for kind, name in IMPORTS:
        site.run("import", kind, SAMPLE / name)
    return site


def open_site(make_site, **sets):
    """A served site with the sample country, a clock that moves, and no brake on forms and reports unless `sets` says so."""
    given = {"test.clock": "on", "form.min_fill": 0, "report.per_net_hour": 1000000, "mail.from": "cert@demo.example",
             "site.contact": "cert@demo.example", **sets}
    return fill(make_site(**given)).serve()


def file_report(site, *observables, status=201, key=None, **more):
    """POST /api/v1/reports; the answer's JSON."""
    body = {k: v for k, v in {"observables": list(observables) or None, **more}.items() if v is not None}
    answer = site.post("/api/v1/reports", json=body, headers={"Idempotency-Key": key} if key else None)
    assert answer.status == status, answer
    return answer.json()


def case_of(site, filed):
    """What the reporter sees of it."""
    answer = site.get(f"/api/v1/cases/{filed['case']}?token={filed['token']}")
    assert answer.status == 200, answer
    return answer.json()


def case_staff(site, number):
    return site.json("case", "show", number)


def receipt_of(site, filed):
    """The bytes of the receipt, once it is made."""
    def made():
        answer = site.get(filed["receipt_url"])
        assert answer.status in (200, 202), answer
        return answer.status == 200 and answer.body
    return site.until(made, "the receipt")


def journal_size(site):
    """Entries in the journal, signed or not."""
    return site.json("journal", "verify")["entries"]


def verified(site):
    """`nicert journal verify` says that all is well; what it counted."""
    found = site.json("journal", "verify")
    assert found["ok"] is True
    return found


# ── pages ──

def fields(page):
    """{name: value} of a page's hidden fields; of several the last."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if 'type="hidden"' in tag and name:
            found[name.group(1)] = html.unescape(value.group(1)) if value else ""
    return found


def plain(page):
    """The text of a page as a person reads it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def form_back(page, **typed):
    """The form came back: the summary of what is wrong leads to fields that are there, and what was typed stands in it."""
    assert 'class="errsum"' in page and 'role="alert"' in page
    summary = page.split('class="errsum"', 1)[1].split("</div>", 1)[0]
    anchors = re.findall(r'href="#([^"]+)"', summary)
    assert anchors and all(f'id="{a}"' in page for a in anchors), anchors
    for value in typed.values():
        assert html.escape(value, quote=True).replace("&#x27;", "&#39;") in page or html.escape(value, quote=False) in page, value
    return anchors


def area(page, name):
    """What stands in a text area."""
    return html.unescape(re.search(rf'<textarea\b[^>]*\bname="{name}"[^>]*>\n?(.*?)</textarea>', page, re.S).group(1))


# ── mail ──

def parts(message):
    """(text, HTML) of a letter."""
    text, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and rich is not None, "a letter has a text and an HTML part"
    return text.get_content(), rich.get_content()


def links(message):
    """Every address that a letter leads to, from both its parts."""
    text, rich = parts(message)
    found = re.findall(r"https?://[^\s<>\"]+", text) + [html.unescape(u) for u in re.findall(r'href="(https?://[^"]+)"', rich)]
    return list(dict.fromkeys(u.rstrip(".,") for u in found))


def link(message, kind):
    """The one link of a letter to /answer/, /case/ or /confirm/; text and HTML lead to the same."""
    text, rich = parts(message)
    found = {u for u in links(message) if f"/{kind}/" in u}
    assert len(found) == 1, f"links to /{kind}/: {found}"
    assert next(iter(found)) in text and next(iter(found)) in html.unescape(rich)
    return next(iter(found))


def letters(site, to=None, subject=""):
    return [m for m in site.outbox() if (to is None or to in m["To"]) and subject in m["Subject"]]


def letter(site, to, subject=""):
    """The only letter to `to` whose subject holds `subject`; waits for it."""
    site.until(lambda: letters(site, to, subject), f"a letter to {to}")
    found = letters(site, to, subject)
    assert len(found) == 1, [m["Subject"] for m in found]
    return found[0]


# ── staff ──

def totp(secret, at):
    """RFC 6238 with SHA-1, six digits, 30 seconds; `secret` in base32, `at` in seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


def server_now(site):
    """Seconds since 1970 as the server counts them: the test clock's offset is eight bytes of microseconds."""
    path = site.dir / "clock"
    return time.time() + (struct.unpack("<q", path.read_bytes())[0] / 1e6 if path.exists() and path.stat().st_size == 8 else 0)


class Person:
    """Somebody with a cookie jar, no script and no automatic redirects."""

    def __init__(self, site, lang="en"):
        self.site, self.lang, self.jar = site, lang, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), StayHere(),
                                                  urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path, body=None, headers=None):
        request = urllib.request.Request(urllib.parse.urljoin(self.site.url, path), data=body,
                                         headers={"Accept-Language": self.lang, **(headers or {})})
        try:
            with self.opener.open(request, timeout=20) as r:
                return Answer(r.status, r.headers, r.read(), r.url)
        except urllib.error.HTTPError as e:
            with e:
                return Answer(e.code, e.headers, e.read(), request.full_url)

    def get(self, path):
        return self.ask(path)

    def post(self, path, data, files=None):
        if files is not None:
            body, kind = multipart(pairs(data), files)
        else:
            body, kind = urllib.parse.urlencode(pairs(data)).encode(), "application/x-www-form-urlencoded"
        return self.ask(path, body, {"Content-Type": kind})

    def go(self, answer, status=303):
        """Follows a redirect that a form answered with."""
        assert answer.status == status, answer
        return self.get(answer.headers["Location"])

    def act(self, number, name, **data):
        """A staff act on a case; the form's token comes from the case's page."""
        csrf = fields(self.get(f"/staff/case/{number}").text)["csrf"]
        return self.post(f"/staff/case/{number}/{name}", {"csrf": csrf, **data})


def accept_invite(person, link, password=PASSWORD):
    """Password and second factor behind a one-time link. Returns the secret; its next code signs in (sign_in)."""
    page = person.get(link)
    assert page.status == 200, page
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page.text).group(1)
    done = person.post(link, {"password": password, "again": password, "code": totp(secret, server_now(person.site))})
    assert done.status == 303 and "/staff/sign-in" in done.headers["Location"], plain(done.text)
    return secret


def sign_in(person, login, secret, password=PASSWORD):
    """With the code after the present one: accepted for a step of the clock on either side, so neither a code used a moment ago
    nor a slow machine gets in the way."""
    answer = person.post("/staff/sign-in", {"login": login, "password": password, "next": "/staff",
                                            "code": totp(secret, server_now(person.site) + 30)})
    assert answer.status == 303, plain(answer.text)
    first = person.get("/staff")
    assert first.status == 200 or "/sign-in" not in first.headers.get("Location", ""), "a session, whatever it may see"
    return person


def another(token):
    """The same but for its last letter."""
    return token[:-1] + ("a" if token[-1] != "a" else "b")


def staff(site, login, *roles, lang="en"):
    """A new account, signed in over plain HTTP."""
    made = site.json("user", "add", login, *[w for r in roles for w in ("--role", r)])
    person = Person(site, lang)
    return sign_in(person, login, accept_invite(person, made["link"]))


# ── looks: each page is seen in each language, in each width and in each scheme ──

LOOKS = [("en", 390, "light"), ("zh-TW", 390, "dark"), ("en", 1280, "dark"), ("zh-TW", 1280, "light")]


def dress(browser, width, scheme):
    """The window's width and the system's colours."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def come_in(browser, site, person):
    browser.get(site.url + "/robots.txt")
    for c in person.jar:
        browser.add_cookie({"name": c.name, "value": c.value, "path": "/"})


def leave(browser):
    browser.delete_all_cookies()


FACTS = "return [document.documentElement.lang, document.documentElement.scrollWidth, document.title, document.querySelectorAll('h1').length]"
WIDER = """
return [...document.querySelectorAll('body *')].filter(e => { const r = e.getBoundingClientRect(); return r.width && r.right > innerWidth + 1
  && !e.closest('.tblwrap, pre, [tabindex="0"]') }).slice(0, 3).map(e => e.outerHTML.slice(0, 120))"""


def faults(browser, axe, name, lang, width):
    """What is wrong with the page as it stands, as sentences."""
    found = [f"{v['id']} ({v['impact']}): {v['help']}: {v['where'][:2]}" for v in axe(browser)]
    said, wide, title, headings = browser.execute_script(FACTS)
    if said != lang:
        found.append("the page's language is not said")
    if wide > width:
        found.append(f"scrolls sideways at {width} px: {browser.execute_script(WIDER)}")
    if not title or headings != 1:
        found.append("no title, or not one heading of the first level")
    if any("Content Security Policy" in e or "Uncaught" in e for e in console_errors(browser)):
        found.append("the console complains")
    return [f"{name} ({lang}, {width} px): {f}" for f in found]


def picture(browser, name, width, scheme):
    """The whole page as it stands, into $NICERT_PICTURES; where that is not set nobody looks at pictures."""
    if folder := os.environ.get("NICERT_PICTURES"):
        height = browser.execute_script("return document.documentElement.scrollHeight")
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": min(height, 6000), "deviceScaleFactor": 1, "mobile": False})
        browser.save_screenshot(f"{folder}/{re.sub('[^a-z0-9]+', '-', name)}-{browser.find_element('css selector', 'html').get_attribute('lang')}-{width}-{scheme}.png")
        dress(browser, width, scheme)


def walk(make_browser, axe, site, person, *paths, unfold=False):
    """What is wrong with these pages, as `person` sees them in every look, with `unfold` once more with all that is folded open."""
    found = []
    for lang in ("en", "zh-TW"):
        browser = make_browser(lang, 1280)
        for _, width, scheme in (look for look in LOOKS if look[0] == lang):
            dress(browser, width, scheme)
            leave(browser)
            come_in(browser, site, person)
            for path in paths:
                browser.get(urllib.parse.urljoin(site.url, path))
                name = re.sub("[a-z2-7]{26}", "link", path.replace(site.url, ""))
                found.extend(faults(browser, axe, name, lang, width))
                if unfold:
                    browser.execute_script("document.querySelectorAll('main details').forEach(d => d.open = true)")
                    found.extend(faults(browser, axe, f"{name}, all open", lang, width))
                picture(browser, name, width, scheme)
    return found


# ── receipts, verified by somebody else ──

class Bad(Exception):
    pass


def need(true, why):
    if not true:
        raise Bad(why)


def b64(text):
    """RFC 4648 §4, and only the one spelling of each value."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as e:
        raise Bad("not base64") from e
    need(base64.b64encode(raw).decode() == text, "base64 in another spelling")
    return raw


def lines_of(text):
    need(text.endswith("\n"), "no newline at the end")
    return text[:-1].split("\n")


class Key:
    """c2sp.org/signed-note: NAME+HASH+BASE64(type ‖ key), hash = first 4 bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""

    def __init__(self, text):
        self.name, hashed, rest = text.strip().split("+", 2)
        blob = b64(rest)
        need(blob[0] == 1 and len(blob) == 33, "not an Ed25519 key")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + blob).digest()[:4]
        need(self.id.hex() == hashed, "the key's hash differs")
        self.public = blob[1:]

    def verify(self, signature, message):
        ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519", reason="no python3-cryptography")
        from cryptography.exceptions import InvalidSignature
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature as e:
            raise Bad("the signature is not the key's") from e


def open_note(note, key):
    """The text of a signed note that `key` signed; no other signatures are there."""
    at = note.rfind("\n\n")
    need(at > 0, "a note has text, an empty line, signatures")
    text, signatures = note[:at + 1], lines_of(note[at + 2:])
    need(len(signatures) == 1, "one signature")
    m = re.fullmatch("— ([^ +]+) ([A-Za-z0-9+/=]+)", signatures[0])
    need(m, "a signature line begins with an em dash")
    blob = b64(m.group(2))
    need(m.group(1) == key.name and blob[:4] == key.id and len(blob) == 68, "somebody else's signature")
    key.verify(blob[4:], text.encode())
    return text


def decimal(text):
    need(re.fullmatch("0|[1-9][0-9]*", text), "not a plain decimal")
    return int(text)


def open_checkpoint(note, key):
    """c2sp.org/tlog-checkpoint: origin, size, root hash."""
    lines = lines_of(open_note(note, key))
    need(len(lines) == 3 and lines[0] == key.name, "origin, size, root")
    root = b64(lines[2])
    need(len(root) == 32, "the root has 32 bytes")
    return decimal(lines[1]), root


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(leaves):
    """RFC 6962 §2.1, from its definition."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def root_from(leaf, index, size, path):
    """RFC 9162 §2.1.3.2: the root that a proof of inclusion leads to."""
    need(0 <= index < size, "the entry lies outside the tree")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        need(sn > 0, "the proof is too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the proof is too short")
    return r


def check_proof(proof, leaf, key):
    """c2sp.org/tlog-proof: header, index, hashes, empty line, checkpoint. Returns (index, size)."""
    head, _, note = proof.partition("\n\n")
    lines = head.split("\n")
    need(lines[0] == "c2sp.org/tlog-proof@v1", "the proof's first line")
    m = re.fullmatch("index (.+)", lines[1] if len(lines) > 1 else "")
    need(m, "the proof's index")
    path = [b64(line) for line in lines[2:]]
    need(all(len(p) == 32 for p in path), "a hash has 32 bytes")
    size, root = open_checkpoint(note, key)
    index = decimal(m.group(1))
    need(root_from(leaf_hash(leaf), index, size, path) == root, "the proof leads to another root")
    return index, size


def check_receipt(data, vkey):
    """Raises Bad, or returns what the receipt proves."""
    key = Key(vkey)
    try:
        text = data.decode("utf-8")
        twice = []
        r = json.loads(text, object_pairs_hook=lambda p: twice.extend({k for k, _ in p if [x for x, _ in p].count(k) > 1}) or dict(p))
        need(not twice, "a member stands twice")
        need(isinstance(r, dict) and list(r) == ["version", "case", "filed_at", "digest", "entry", "salt", "proof", "witnessed"], "members")
        need(r["version"] == 1 and r["witnessed"] == [], "version, witnesses")
        # One spelling: compact, as it came.
        need(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" == text, "another spelling")
        entry = json.loads(r["entry"])
        need(entry["subject"] == r["case"] and entry["at"] == r["filed_at"] and entry["verb"] == "report-filed", "the entry tells otherwise")
        need(entry["payload"]["digest"] == r["digest"], "the entry holds another digest")
        leaf = hashlib.sha256(b64(r["salt"]) + r["entry"].encode()).digest()
        index, size = check_proof(r["proof"], leaf, key)
    except Bad:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as e:
        raise Bad(f"not a receipt: {e!r}") from e
    return {"case": r["case"], "filed_at": r["filed_at"], "digest": r["digest"], "index": index, "size": size}


def nicert_verifies(program, path, vkey):
    """(exit code, standard error) of `nicert receipt verify` anywhere, without a data folder."""
    done = subprocess.run([program, "receipt", "verify", str(path), "--key", vkey], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=20, cwd="/")
    return done.returncode, done.stderr


# ── the kit itself ──

@pytest.mark.parametrize("at,code", [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
                                     (2000000000, "279037"), (20000000000, "353130")])
def test_totp_examples(at, code):
    """RFC 6238, appendix B; six of its eight digits."""
    assert totp(base64.b32encode(b"12345678901234567890").decode(), at) == code


def test_note_example():
    """The example of c2sp.org/signed-note."""
    note = ("If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n")
    key = Key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert open_note(note, key).startswith("If you think")
    with pytest.raises(Bad):
        open_note(note.replace("think", "thank"), key)


def test_inclusion_of_every_leaf_of_small_trees():
    def path(leaves, i):
        if len(leaves) == 1:
            return []
        k = 1
        while k * 2 < len(leaves):
            k *= 2
        return path(leaves[:k], i) + [tree_root(leaves[k:])] if i < k else path(leaves[k:], i - k) + [tree_root(leaves[:k])]
    for n in range(1, 20):
        leaves = [bytes([x]) for x in range(n)]
        for i in range(n):
            assert root_from(leaf_hash(leaves[i]), i, n, path(leaves, i)) == tree_root(leaves)
            if n > 1:
                with pytest.raises(Bad):
                    need(root_from(leaf_hash(leaves[i]), (i + 1) % n, n, path(leaves, i)) == tree_root(leaves), "moved")


def test_published_forms_are_asked_of_epp(testdata):
    """What every test hears over EPP is held against the schemas of others, which do refuse."""
    if why := published.no_epp_schemas():
        pytest.skip(why)
    with pytest.raises(AssertionError, match="greeting"):
        published.hold_frames(['<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svID>x</svID></greeting></epp>'])
    assert published.hold() == (0, 0)


def test_published_forms_are_asked_of_rdap(testdata):
    """Over RDAP likewise."""
    if why := published.rdap_schemas()[1]:
        pytest.skip(why)
    with pytest.raises(AssertionError, match="errorCode"):
        published.hold_documents([json.dumps({"rdapConformance": ["rdap_level_0"], "errorCode": "404"})])
    assert published.hold() == (0, 0)
