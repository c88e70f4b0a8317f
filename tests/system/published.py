"""What others have published about the form of our answers: the EPP schemas and ICANN's for RDAP. Every EPP frame and every RDAP document
that any test hears is kept here, and held against them when the test ends (conftest's fixture `published_forms`).
"""
import copy
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

FRAMES, DOCUMENTS = [], []
DATA = Path(os.environ.get("NICERT_TESTDATA") or "/nonexistent")

# ── EPP ──

EPP_SCHEMAS = ("eppcom-1.0", "epp-1.0", "host-1.0", "domain-1.0", "contact-1.0", "secDNS-1.1", "rgp-1.0", "fee-1.0", "allocationToken-1.0",
               "changePoll-1.0", "loginSec-1.0", "maintenance-1.0", "ttl-1.0", "b-dn")


def xmllint(folder, files):
    spaces = [(re.search(r'targetNamespace\s*=\s*"([^"]+)"', path.read_text()).group(1), path)
              for path in (DATA / "epp/xsd" / f"{n}.xsd" for n in EPP_SCHEMAS)]
    everything = folder / "all.xsd"
    everything.write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:all">' +
                          "".join(f'<import namespace="{uri}" schemaLocation="{path.as_uri()}"/>' for uri, path in spaces) + "</schema>")
    return subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(everything), *files], capture_output=True, text=True, cwd=folder)


def no_epp_schemas():
    """Why frames are held against nothing, or None; test_kit says it once for all tests."""
    if not shutil.which("xmllint"):
        return "no xmllint (libxml2-utils): EPP frames are held against no schema"
    return None if (DATA / "epp/xsd").is_dir() else "no epp/xsd in NICERT_TESTDATA: EPP frames are held against no schema"


def hold_frames(frames):
    """Against all schemas at once. Two answers that differ in the server's id alone are one."""
    if not frames or no_epp_schemas():
        return 0
    once = list({re.sub("<svTRID>.*?</svTRID>", "", frame): frame for frame in frames}.values())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i, frame in enumerate(once):
            (folder / f"{i}.xml").write_text(frame, encoding="utf-8")
        for at in range(0, len(once), 2000):
            done = xmllint(folder, [f"{i}.xml" for i in range(at, min(at + 2000, len(once)))])
            if done.returncode:
                said = [line for line in done.stderr.splitlines() if not line.endswith(" validates")]
                raise AssertionError("\n".join(said[:5]) + "\n" + once[int(said[0].split(".")[0])])
    return len(once)


# ── RDAP ──

# What they were written for is the gTLD profile; members of extensions that came later are taken out before the check,
# and said here. cidr0 and arin_originas0 are NRO's, `redacted` is RFC 9537, `network` RFC 9083 §5.3 (they forget it).
LATER = {"redacted", "cidr0_cidrs", "arin_originas0_originautnums", "network", "networks", "autnums", "paging_metadata", "sorting_metadata",
         "subsetting_metadata", "reverse_search_properties", "reverse_search_properties_mapping"}
# Not asked of a ccTLD: test_rdap_*.json are fixtures of ICANN's own tool, profile/ is the gTLD profile.
RDAP_SCHEMAS = {"domain": "rdap_domain.json", "nameserver": "rdap_nameserver.json", "entity": "rdap_entity.json",
                "ip": "rdap_ip_network.json", "autnum": "rdap_autnum.json", "help": "rdap_help.json", "error": "rdap_error.json",
                "nameservers": "rdap_nameservers.json", "conformance": "rdap_conformance.json"}
FOUND = {"domainSearchResults": "domain", "nameserverSearchResults": "nameserver", "entitySearchResults": "entity"}


def without(value, drop):
    if isinstance(value, dict):
        return {k: without(v, drop) for k, v in value.items() if k not in drop}
    return [without(v, drop) for v in value] if isinstance(value, list) else value


class RdapSchemas:
    """schemas(kind, document) raises AssertionError for what the schema of this kind does not allow."""

    def __init__(self, jsonschema):
        self.jsonschema, self.made, self.store = jsonschema, {}, {}
        for path in (DATA / "rdap/icann-schemas/resources/json-schema").rglob("*.json"):
            schema = json.loads(path.read_text(encoding="utf-8"))
            own = schema.get("$id", path.name)
            # jcard.json names parts of itself by $id and then refers to itself by #/definitions: one of the two has to go.
            self.store[path.name] = self.store[own] = dict(without(schema, {"$id"}), **{"$id": own})

    def validator(self, kind):
        if kind not in self.made:
            name = RDAP_SCHEMAS[kind]
            resolver = self.jsonschema.RefResolver(name, self.store[name], store=copy.deepcopy(self.store))
            self.made[kind] = self.jsonschema.Draft7Validator(self.store[name], resolver=resolver)
        return self.made[kind]

    def part(self, kind, document):
        self(kind, dict(document, rdapConformance=["rdap_level_0"]))

    def errors(self, kind, value):
        errors = list(self.validator(kind).iter_errors(value))
        assert not errors, "\n".join(f"{list(e.absolute_path)}: {e.message[:300]}" for e in errors[:5])

    def __call__(self, kind, document):
        if kind in ("ip", "autnum"):  # any object may have `lang` (RFC 9083 §4.4); these two schemas forgot it
            document = {k: v for k, v in document.items() if k != "lang"}
        for network in document.get("networks", []) + ([document["network"]] if "network" in document else []):
            self.part("ip", network)
        for autnum in document.get("autnums", []):
            self.part("autnum", autnum)
        self.errors(kind, without(document, LATER))
        self.conformance(document)

    def conformance(self, document):
        self.errors("conformance", document["rdapConformance"])
        assert "rdap_level_0" in document["rdapConformance"]

    def any(self, document):
        """A document that says itself what it is."""
        found = [k for k in FOUND if k in document]
        if "errorCode" in document:
            self("error", document)
        elif "subsetting_metadata" in document and document["subsetting_metadata"]["currentFieldSet"] != "full":
            self.conformance(document)  # RFC 8982 §4: a part of an object has no schema
        elif found:  # only the search for name servers has one; what it finds has its own
            for one in document[found[0]]:
                self.part(FOUND[found[0]], one)
        elif "objectClassName" in document:
            self({"ip network": "ip"}.get(document["objectClassName"], document["objectClassName"]), document)
        else:
            self("help", document)


@functools.cache
def rdap_schemas():
    """RdapSchemas and None, or None and why there are none."""
    try:
        import jsonschema
    except ImportError:
        return None, "no python3-jsonschema"
    if not (DATA / "rdap/icann-schemas/resources/json-schema").is_dir():
        return None, "no rdap/icann-schemas in NICERT_TESTDATA"
    return RdapSchemas(jsonschema), None


def hold_documents(documents):
    schemas, _ = rdap_schemas() if documents else (None, None)
    once = {re.sub(r'"eventDate":"[^"]*"', "", text): text for text in documents} if schemas else {}
    for text in once.values():
        try:
            schemas.any(json.loads(text))
        except AssertionError as e:
            raise AssertionError(f"{e}\n{text[:3000]}") from None
    return len(once)


def hold():
    """All that was heard since the last time."""
    frames, documents = FRAMES[:], DOCUMENTS[:]
    FRAMES.clear()
    DOCUMENTS.clear()
    return hold_frames(frames), hold_documents(documents)
