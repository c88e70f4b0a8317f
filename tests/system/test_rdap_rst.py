"""ICANN's RDAP test cases (rdap/rst/cases.yaml of $NICERT_TESTDATA) each by its id, and its JSON schemas each by its file: a test, or why
there is none."""
import re

import pytest
from published import RDAP_SCHEMAS
from test_lookup import rdap, registry, valid  # noqa: F401

pytestmark = pytest.mark.one_store
ASKED = {"domain": "maple.com.tw", "nameserver": "ns1.maple.com.tw", "entity": "cedar"}


def query(kind):
    def check(site, valid):  # noqa: F811
        document = rdap(site, f"{kind}/{ASKED[kind]}").json()
        valid(kind, document)
        assert document["objectClassName"] == kind
    return check


def head(kind):
    def check(site, valid):  # noqa: F811
        asked, got = (rdap(site, f"{kind}/{ASKED[kind]}", method=m) for m in ("HEAD", "GET"))
        assert asked.body == b"" and asked.headers["Content-Length"] == str(len(got.body))
    return check


def absent(*paths):
    def check(site, valid):  # noqa: F811
        for path in paths:
            valid("error", rdap(site, path, 404).json())
            assert rdap(site, path, 404, method="HEAD").body == b""
    return check


def help_is_valid(site, valid):  # noqa: F811
    valid("help", rdap(site, "help").json())


def same_from_each(site, valid):  # noqa: F811
    """rdap-92: every connection, every front end says the same."""
    def ask():
        document = rdap(site, "domain/maple.com.tw").json()
        document["events"] = [e for e in document["events"] if e["eventAction"] != "last update of RDAP database"]
        return document
    assert len({str(ask()) for _ in range(5)}) == 1


CASES = {
    "rdap-01": query("domain"), "rdap-02": query("nameserver"), "rdap-03": query("entity"), "rdap-04": help_is_valid,
    "rdap-05": head("domain"), "rdap-06": head("nameserver"), "rdap-07": head("entity"),
    "rdap-08": absent("domain/zzqq-absent.tw", "domain/zzqq-absent.com.tw"),
    "rdap-09": absent("nameserver/ns9.maple.com.tw", "nameserver/ns1.absent.example"),  # internal and external
    "rdap-10": absent("entity/ZZ-ABSENT"),
    "rdap-91": "TLS belongs to the proxy in front (docs/nginx.conf, test_nginx.py): this program speaks HTTP to it",
    "rdap-92": same_from_each,
}

# Of resources/json-schema; parts are pulled in by $ref from the whole ones, which RDAP_SCHEMAS in published.py names.
NOT_ASKED = {
    "test_rdap_": "a fixture of the conformance tool's own tests",
    "profile": "the gTLD profile of 2019/2024: its redaction, registrar ids (IANA) and notices bind gTLD registries by contract",
    "rdap_asEventActor": "asEventActor is for entities that only acted; ours have their roles at the object",
    "rdap_domain_name": "of the conformance tool's own command line",
    "jcard_categories": "no other schema refers to it; jcard.json has the same",
    "rdap_entity_without_asEventActor": "a part of rdap_entity.json",
}


def test_search_results(registry, valid):  # noqa: F811
    valid("nameservers", rdap(registry, "nameservers?name=ns1.map*").json())


@pytest.mark.parametrize("case", CASES)
def test_case(registry, valid, case):  # noqa: F811
    if isinstance(CASES[case], str):
        pytest.skip(CASES[case])
    CASES[case](registry, valid)


def test_no_case_is_forgotten(testdata):
    path = testdata / "rdap/rst/cases.yaml"
    if not path.exists():
        pytest.skip("no rdap/rst in NICERT_TESTDATA")
    assert set(re.findall(r"^(rdap-\d+):", path.read_text(encoding="utf-8"), re.M)) == set(CASES)


def test_no_schema_is_forgotten(testdata):
    folder = testdata / "rdap/icann-schemas/resources/json-schema"
    if not folder.is_dir():
        pytest.skip("no rdap/icann-schemas in NICERT_TESTDATA")
    text = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.json")}
    used, todo = set(), list(RDAP_SCHEMAS.values())
    while todo:  # what the whole ones pull in
        name = todo.pop()
        if name in used or name not in text:
            continue
        used.add(name)
        todo += re.findall(r'"\$ref"\s*:\s*"([\w.]+\.json)', text[name])
    left = [n for n in text if n not in used and not any(n.startswith(reason) for reason in NOT_ASKED)]
    assert left == [], left
