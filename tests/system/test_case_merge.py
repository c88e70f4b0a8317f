"""Two reports that are one case: merged on the page, taken apart by command; the reporter's link and receipt through it all."""
import pytest
from test_kit import case_of, case_staff, check_receipt, file_report, open_site, plain, receipt_of, staff

MAPLE, BIRCH = "https://parcel-fee.maple-demo.com.tw/pay", "https://login.maple-demo.com.tw/other"


@pytest.fixture
def demo(make_site):
    return open_site(make_site)


def proves(site, filed):
    """The receipt, checked by another program, is of the number that the report was filed under."""
    vkey = site.get("/journal/key").text
    assert check_receipt(receipt_of(site, filed), vkey)["case"] == filed["case"]


def test_merge_and_back(demo):
    a = file_report(demo, MAPLE, email="ann@citizen.example", language="en")
    b = file_report(demo, BIRCH, email="bob@citizen.example", language="en")
    assert a["case"] != b["case"]
    hana, adam = staff(demo, "hana", "handler"), staff(demo, "adam", "admin")
    page = hana.get(f"/staff/case/{b['case']}").text
    assert "Merge into another case" in page and "Split off a case" in page
    for act in ("merge", "split", "link", "unlink", "unmerge"):
        assert adam.post(f"/staff/case/{b['case']}/{act}", {"reason": a["case"], "pick": "o1"}).status == 403, act
    assert hana.act(b["case"], "merge", reason=b["case"]).status == 422
    assert hana.act(b["case"], "merge", reason=a["case"].lower(), text="the same gang").status == 303

    hana.lang = "zh-TW"  # a refusal is said in the language of who acts
    answer = hana.act(b["case"], "merge", reason=a["case"])
    assert answer.status == 409 and f"案件 {b['case']} 已併入 {a['case']}" in plain(answer.text), plain(answer.text)
    hana.lang = "en"

    merged = case_of(demo, b)
    assert merged["case"] == a["case"] and [o["value"] for o in merged["observables"]] == [BIRCH]
    assert "ann@" not in str(merged) and MAPLE not in str(merged)
    assert MAPLE in str(case_of(demo, a)) and BIRCH not in str(case_of(demo, a))
    assert a["case"] in hana.get(f"/staff/case/{b['case']}").text
    assert demo.json("case", "show", a["case"])["other_cases"][0]["how"] == "merged-from"
    proves(demo, b)
    again = demo.run("case", "merge", a["case"], b["case"], check=False)
    assert again.returncode == 1 and "merged into" in again.stderr

    back = demo.json("case", "unmerge", b["case"], "--as", "hana")
    assert back["case"] == b["case"] and back["state"] != "closed" and len(back["reporters"]) == 1
    assert case_of(demo, b)["case"] == b["case"]
    proves(demo, b)


def test_split_and_link(demo):
    a = file_report(demo, MAPLE, BIRCH, email="ann@citizen.example", language="en")
    hana = staff(demo, "hana", "handler")
    ids = {o["value"]: o["id"] for o in case_staff(demo, a["case"])["observables"]}
    answer = hana.act(a["case"], "split", pick=f"o{ids[BIRCH]}", text="another story")
    assert answer.status == 303
    number = answer.headers["Location"].split("/")[-1].split("?")[0]
    new = demo.json("case", "show", number)
    assert number != a["case"] and [o["value"] for o in new["observables"]] == [BIRCH]
    assert {t["how"] for t in new["other_cases"]} == {"split-from"}
    assert file_report(demo, BIRCH)["case"] == number
    linked = demo.json("case", "link", number, a["case"], "--note", "one hand")
    assert [t["note"] for t in linked["other_cases"] if t["how"] == "related"] == ["one hand"]
    assert "one hand" in hana.get(f"/staff/case/{a['case']}").text
    assert not [t for t in demo.json("case", "unlink", a["case"], number)["other_cases"] if t["how"] == "related"]
    refused = demo.run("case", "split", a["case"], "o999999", check=False)
    assert refused.returncode == 1 and "has no observable" in refused.stderr
