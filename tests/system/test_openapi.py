"""/api/openapi.json: a valid OpenAPI 3.1 document that says what the server really does, no more and no less."""
import json
import re
import subprocess

import pytest
from conftest import ROOT, fetch_npm
from test_kit import case_of, file_report, letters, link, open_site, receipt_of

pytestmark = pytest.mark.one_store
URL = "https://parcel-fee.maple-demo.com.tw/pay"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

@pytest.fixture
def schema():
    return pytest.importorskip("jsonschema", reason="no python3-jsonschema")


@pytest.fixture
def demo(make_site):
    return open_site(make_site)


def document(site):
    answer = site.get("/api/openapi.json")
    assert answer.status == 200 and answer.headers.get_content_type() == "application/json"
    return answer.json()


def operations(doc):
    return [(m.upper(), path, op) for path, item in doc["paths"].items() for m, op in item.items() if m in METHODS]


def validator(path):
    """What @seriousme/openapi-schema-validator says of a file: {"valid": bool, "errors": …}, by the OpenAPI Initiative's own schemas."""
    folder, why = fetch_npm("@seriousme/openapi-schema-validator")
    if not folder:
        pytest.skip(why)
    done = subprocess.run(["node", folder / "bin/validate-api-cli.js", path], capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


def test_a_validator_accepts_it(demo, tmp_path):
    doc = document(demo)
    assert doc["openapi"].startswith("3.1.")
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(doc))
    said = validator(path)
    assert said["valid"], said
    # The validator does look: each of these is one step away from what is served.
    where, op = next((where, op) for where, item in doc["paths"].items() for op in item.values() if op.get("parameters"))
    for name, broken in {
            "no title": {**doc, "info": {"version": "1"}},
            "an operation without answers": {**doc, "paths": {where: {"get": {"operationId": "x", "responses": "none"}}}},
            "a parameter that is nowhere": {**doc, "paths": {where: {"get": {**op, "parameters": [{"name": "x", "in": "air"}]}}}}}.items():
        path.write_text(json.dumps(broken))
        assert not validator(path)["valid"], name


def test_it_is_openapi(demo, schema):
    doc = document(demo)
    assert doc["servers"][0]["url"] == demo.url
    ids = [op["operationId"] for _, _, op in operations(doc)]
    assert len(set(ids)) == len(ids) and all(ids)
    for method, path, op in operations(doc):
        named = {p["name"] for p in op.get("parameters", []) if p.get("in") == "path"}
        assert named == set(re.findall(r"\{([^}]+)\}", path)), (method, path)
    for name, s in doc["components"]["schemas"].items():
        schema.Draft202012Validator.check_schema(s), name


def resolve(doc, s):
    """Schemas with their references put in place."""
    if isinstance(s, list):
        return [resolve(doc, x) for x in s]
    if not isinstance(s, dict):
        return s
    if "$ref" in s:
        at = doc
        for part in s["$ref"][2:].split("/"):
            at = at[part]
        return resolve(doc, at)
    return {k: resolve(doc, v) for k, v in s.items()}


def schema_of(doc, method, path, status):
    r = doc["paths"][path][method]["responses"]
    r = resolve(doc, r.get(str(status)) or r[f"{str(status)[0]}XX"])
    return next(iter(r["content"].values()))["schema"]


def asked_by(site):
    """What a party and a partner may ask for: a notice's token, a share's number, a partner's credentials."""
    site.run("peer", "add", "jp", "--name", "JP", "--kind", "national-cert", "--ceiling", "amber", "--mail", "cert@jp.example")
    case = site.json("report", "--observable", "https://kestrel-demo.tw/login", "--class", "phishing")["case"]
    site.run("share", "add", case, "--to", "jp", "--text", "Ours.")
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    notice = link(letters(site, "abuse@kestrel.example", case)[0], "answer").rsplit("/", 1)[1]
    return {"notice": notice, "partner": "Bearer " + site.json("api-token", "add", "jp")["token"],
            "share": str(site.json("share", "list")[0]["id"])}


def test_every_route_is_documented(demo):
    """The table in the source, read as text; and what is documented answers."""
    doc = document(demo)
    said = {(m, re.sub(r"\{[^}]+\}", "*", path)) for m, path, _ in operations(doc)}
    rows = set()
    for path in sorted((ROOT / "src/front/api").glob("*.c")):
        text = path.read_text()
        for table in re.findall(r"const struct route \w+\[\] = \{(.*?)\n\};", text, re.S):
            rows |= set(re.findall(r'\{\s*"([A-Z]+)",\s*"(/[^"]*)"', table))
    assert rows and said == rows, f"only documented: {said - rows}; only routed: {rows - said}"
    filed, by = file_report(demo, URL), asked_by(demo)
    for method, path, _ in operations(doc):
        at = path.replace("{number}", filed["case"]).replace("{notice}", by["notice"]).replace("{share}", by["share"])
        assert "{" not in at
        answer = demo.get(at, method=method, body=b"{}" if method in ("POST", "PUT", "PATCH") else None,
                          headers={"Content-Type": "application/json", **({"Authorization": by["partner"]} if "/shares" in path else {})})
        assert answer.status not in (404, 405, 500, 501), (method, path, answer)
        # No other method slips in.
        for other in {"DELETE", "PUT", "PATCH", "POST", "GET"} - {m for m, p, _ in operations(doc) if p == path}:
            refused = demo.get(at, method=other, body=b"" if other != "GET" else None)
            assert refused.status == 405 and method in refused.headers["Allow"], (other, path, refused)


def test_answers_are_as_described(demo, schema):
    doc = document(demo)

    def check(answer, method, path, status=200):
        schema.validate(answer, schema_of(doc, method, path, status), cls=schema.Draft202012Validator)
    filed = file_report(demo, URL, "192.0.2.55", "海風示範.台灣", "d41d8cd98f00b204e9800998ecf8427e", email="r@citizen.example", language="en",
                        **{"class": "phishing"}, description="words", share_words=True, record_only=False)
    check(filed, "post", "/api/v1/reports", 201)
    for _ in range(2):
        view = case_of(demo, filed)
        check(view, "get", "/api/v1/cases/{number}")
        demo.run("case", "approve", filed["case"])
    receipt_of(demo, filed)
    check(demo.get(filed["receipt_url"]).json(), "get", "/api/v1/cases/{number}/receipt")
    for thing in ("maple-demo.com.tw", "lin-demo.idv.tw", "192.0.2.1", "192.0.2.0/25", "AS64496", "https://example.com/", "8.8.8.8"):
        check(demo.get(f"/api/v1/holder?thing={thing}").json(), "get", "/api/v1/holder")
    for path in ("/api/v1/cases/NC-2026-000001?token=x", "/api/v1/holder", "/api/v1/cases/NC-2026-000001"):
        answer = demo.get(path)
        check(answer.json(), "get", "/api/v1/holder", answer.status)
    # The request's own schema takes what the server takes, and refuses what it refuses.
    body = resolve(doc, doc["paths"]["/api/v1/reports"]["post"]["requestBody"]["content"]["application/json"]["schema"])
    for report in ({"description": "x"}, {"observables": [URL]}, {"observables": [URL], "email": None, "class": None, "language": None}, {},
                   {"email": "a@b.example"}, {"observables": URL}, {"observables": [7]}, {"description": "x", "surprise": 1},
                   {"description": "x", "record_only": "yes"}, {"description": 7}):
        fits = schema.Draft202012Validator(body).is_valid(report)
        assert (demo.post("/api/v1/reports", json=report).status == 201) == fits, report


def test_answers_to_parties_are_as_described(demo, schema):
    doc, by = document(demo), asked_by(demo)
    who = {"Authorization": by["partner"]}

    def check(answer, method, path, status=200):
        assert answer.status == status, answer
        schema.validate(answer.json(), schema_of(doc, method, path, status), cls=schema.Draft202012Validator)
    notice, share = f"/api/v1/notices/{by['notice']}", f"/api/v1/shares/{by['share']}"
    said = {"answer": "need-until", "until": demo.get(notice).json()["latest_until"], "text": "Soon."}
    for body in (None, said, {"answer": "fixed"}):
        if body:
            check(demo.post(notice + "/answer", json=body), "post", "/api/v1/notices/{notice}/answer")
        check(demo.get(notice), "get", "/api/v1/notices/{notice}")
        check(demo.get(f"/api/v1/notices?token={by['notice']}"), "get", "/api/v1/notices")
    for word in (None, "received", "handled"):
        if word:
            check(demo.post(share + "/answer", json={"answer": word, "text": word}, headers=who), "post", "/api/v1/shares/{share}/answer")
        check(demo.get(share, headers=who), "get", "/api/v1/shares/{share}")
        check(demo.get("/api/v1/shares", headers=who), "get", "/api/v1/shares")
    check(demo.get(share + "/xarf.json", headers=who), "get", "/api/v1/shares/{share}/xarf.json")
    demo.run("tlp", "set", demo.get(notice).json()["case"], "red")
    check(demo.get(share, headers=who), "get", "/api/v1/shares/{share}")
    check(demo.get(share + "/xarf.json", headers=who), "get", "/api/v1/shares/{share}/xarf.json", 403)
    check(demo.get(share), "get", "/api/v1/shares/{share}", 401)
    # The request's own schema takes what the server takes.
    for path, at, headers, bodies in (
            ("/api/v1/notices/{notice}/answer", notice, {}, ({"answer": "fixed"}, {"answer": "fixed", "text": None}, {}, {"answer": "x"}, {"answer": "fixed", "y": 1})),
            ("/api/v1/shares/{share}/answer", share, who, ({"answer": "handled"}, {"answer": "refused", "text": "No."}, {}, {"answer": "silent"}, {"answer": "handled", "until": None}))):
        takes = schema.Draft202012Validator(resolve(doc, doc["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]))
        for body in bodies:
            assert (demo.post(at + "/answer", json=body, headers=headers).status == 200) == takes.is_valid(body), (path, body)
