"""What a page or the API refuses is said in the reader's language: a sample of each room, asked for in Traditional Chinese."""
import json
import re

import pytest
from test_console import contact, form, user, zone
from test_interview import AT, GUIDE, act, begun, consent, people, plan  # noqa: F401
from test_interview_meet import local
from test_kit import another, case_of, file_report, open_site, plain, staff  # noqa: F401

HAN = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"\b[A-Za-z][a-z']+(?: [a-z][a-z']+){2,}")  # three words in a row
PROBLEM = "application/problem+json"


def chinese(text):
    """Said in Chinese, without a sentence left in English."""
    assert HAN.search(text), text
    assert not SENTENCE.search(text), (SENTENCE.findall(text), text)
    return text


def main_of(answer):
    [text] = re.findall(r"<main.*?</main>", answer.text, re.S)
    return chinese(plain(text))


# ── pages ──

def test_interviews(people, begun):  # noqa: F811
    cid, person = people["cid"], f"{AT}/interviews/1/person"
    cid.lang = "zh-TW"
    plan(begun, "chen@example.tw", "registrar", "--lang", "zh-TW")
    later = {"act": "set", "at": local(begun, 50), "minutes": "60"}
    assert "I-1：對方尚未同意受訪" in main_of(act(cid, person, 409, **later))
    assert consent(begun, 1, talk="yes", quote="no") == "agreed"
    assert "I-1 沒有排定訪談時間" in main_of(act(cid, person, 409, act="off"))
    main_of(act(cid, person, 422, act="set", at="2001-01-01T10:00", minutes="60"))
    wrong = act(cid, f"{AT}/guide", 422, text=GUIDE + "only English\n").text
    assert "第 7 行：格式為「English | 中文」" in plain(wrong)
    # The same in English, for who reads that.
    cid.lang = "en"
    assert "I-1 has no appointment" in plain(act(cid, person, 409, act="off").text)


def test_acts_on_a_case(make_site):
    site = open_site(make_site)
    olga = staff(site, "olga", "officer", lang="zh-TW")
    number = file_report(site, description="A page asks for card numbers.")["case"]
    refused = olga.act(number, "note", text="")
    assert refused.status == 422 and "請寫些內容" in main_of(refused)
    refused = olga.act(number, "merge", other="NC-2026-999999")
    assert refused.status in (404, 422), refused
    main_of(refused)
    refused = olga.act(number, "close", text="", reason="")
    assert refused.status == 422 and "請從清單選擇原因" in main_of(refused)
    refused = olga.act(number, "close", text="x" * 20001, reason="fixed")
    assert refused.status == 422, refused
    main_of(refused)


def test_acts_of_the_console(site):
    zone(site)
    for handle in ("alpha", "beta"):
        site.json("registrar", "add", handle, "--credit", "1000000", "--name", handle.title())
    site.serve()
    anna = user(site, "alpha", "anna")
    contact(anna, "MAPLE1", "Maple")
    anna.lang = "zh-TW"
    data = {"handle": "MAPLE1", "kind": "org", "loc-name": "Lin", "loc-org": "Maple", "loc-street1": "Road", "loc-city": "Taipei", "loc-pc": "100",
            "loc-cc": "TW", "email": "lin@maple.example", "voice": "+886.212345678", "lang": "zh-TW"}
    again = form(anna, "/console/contacts/new", data, 422)
    assert "已經存在。（已有聯絡人 MAPLE1）" in main_of(again)
    # Another registrar's people may not; nor staff.
    olga = staff(site, "olga", "officer", lang="zh-TW")
    refused = olga.get("/console/contacts")
    assert refused.status == 403 and "控制台供受理註冊機構使用" in main_of(refused)


# ── the API ──

@pytest.mark.one_store
def test_problems_of_the_api(make_site):
    site = open_site(make_site)
    filed = file_report(site, description="A page asks for card numbers.")
    lines = {"Accept-Language": "zh-TW"}

    def ask(method, path, headers, body=None):
        raw = {"body": body if isinstance(body, bytes) else json.dumps(body).encode()} if body is not None else {}
        return site.get(path, method=method, headers={**headers, **({"Content-Type": "application/json"} if raw else {})}, **raw)
    asked = {
        "members": ("POST", "/api/v1/reports", {"description": 7, "colour": "x", "observables": ["???", 5], "tlp": "pink", "class": "none"}),
        "nothing": ("POST", "/api/v1/reports", {}),
        "broken": ("POST", "/api/v1/reports", b'{"a":1'),
        "twice": ("POST", "/api/v1/reports", b'{"email":null,"email":null}'),
        "no object": ("POST", "/api/v1/reports", []),
        "long": ("POST", "/api/v1/reports", {"description": "x" * 30000}),
        "a form": ("POST", "/api/v1/reports", None),
        "holder": ("GET", "/api/v1/holder?at=x", None),
        "no holder": ("GET", "/api/v1/holder?thing=@@@", None),
        "no case": ("GET", f"/api/v1/cases/{filed['case']}?token={another(filed['token'])}", None),
        "no token": ("GET", f"/api/v1/cases/{filed['case']}", None),
        "nobody": ("GET", "/api/v1/shares", None),
        "nowhere": ("GET", "/api/v1/nowhere", None),
        "method": ("DELETE", "/api/v1/holder", None)}
    for name, (method, path, body) in asked.items():
        en, zh = ask(method, path, {}, body), ask(method, path, lines, body)
        assert en.status == zh.status >= 400, (name, en, zh)
        for answer, lang in ((en, "en"), (zh, "zh-TW")):
            assert answer.headers["Content-Type"] == PROBLEM and answer.headers["Content-Language"] == lang, (name, answer.headers)
            assert "Accept-Language" in answer.headers["Vary"], name
        e, z = en.json(), zh.json()
        assert e.keys() == z.keys() and (e["type"], e["status"]) == (z["type"], z["status"]) == ("about:blank", en.status), (name, z)
        assert [f["pointer"] for f in e.get("errors", [])] == [f["pointer"] for f in z.get("errors", [])], name
        for word in ([z["title"], z["detail"]] + [f["detail"] for f in z.get("errors", [])]):
            chinese(word)
        assert not HAN.search(en.text), (name, en.text)
    assert ask("GET", "/api/v1/nowhere", {"Accept-Language": "en;q=0.9, zh-TW;q=0.5"}).headers["Content-Language"] == "en"
    assert case_of(site, filed)["case"] == filed["case"]
