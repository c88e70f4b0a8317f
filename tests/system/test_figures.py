"""The desk in numbers: pages, CSV, JSON and command say the same; what the public is not told."""
import csv
import io
import json

from test_kit import Person, plain, staff

LONG = "an-uncommonly-long-name-that-somebody-registered-all-the-same.com.tw"


def some(site):
    for i in range(7):
        site.run("report", "--observable", f"http://shop-{i}.com.tw/login", "--class", "phishing")
    for i in range(2):
        site.run("report", "--observable", f"http://{LONG}/{i}", "--class", "spam")
    for row in site.json("case", "list")[:6]:
        site.run("case", "close", row["case"], "--reason", "fixed")


def test_figures(make_site):
    site = make_site(**{"form.min_fill": 0, "test.clock": "on"}).serve()
    dana = staff(site, "dana", "director")
    empty = plain(dana.get("/staff/figures").text)
    assert "Nothing was reported in this time" in empty and "<svg" not in empty
    assert "There is little to count yet" in plain(Person(site).get("/figures").text)
    some(site)
    site.until(lambda: dana.get("/staff/figures.json").json()["closed"] == 6, "the figures to be up to date")
    data = dana.get("/staff/figures.json").json()
    assert (data["reports"], data["cases"], data["closed"]) == (9, data["cases"], 6)
    assert {c["class"]: c["reports"] for c in data["classes"]} == {"phishing": 7, "spam": 2}
    assert sum(w["cases"] for w in data["weeks"]) == data["cases"] and data["spans"]["closed"]["cases"] == 6
    assert data == json.loads(site.run("figures", "--json").stdout)
    answer = dana.get("/staff/figures.csv")
    assert answer.headers.get_content_type() == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.text == site.run("figures", "--csv").stdout.replace("\n", "\r\n").replace("\r\r", "\r")
    assert sum(int(r["value"]) for r in rows if r["kind"] == "reports") == 9
    assert {r["what"]: int(r["value"]) for r in rows if r["kind"] == "closed-of-class"} == {c["class"]: c["closed"] for c in data["classes"]}
    page = dana.get("/staff/figures").text
    assert page.count("<svg") >= 4 and page.count("<title id=") == page.count("<desc id=") >= 4
    assert "9 reports, " in site.run("figures").stdout
    # Another period; and what is none.
    assert dana.get("/staff/figures.json?from=2020-01-01&to=2020-03-01").json()["reports"] == 0
    for wrong in ("from=2026-03-01&to=2026-02-01", "from=soon", "from=1990-01-01"):
        back = dana.get(f"/staff/figures?{wrong}")
        assert back.status == 422 and "Give two days" in plain(back.text)
        assert dana.get(f"/staff/figures.csv?{wrong}").status == 422
    assert site.run("figures", "--from", "soon", check=False).returncode == 1
    # The public: no names, and not the two of spam.
    public = plain(Person(site).get("/figures").text)
    assert "False site" in public and "Spam" not in public and LONG[:20] not in public and "com.tw" not in public
    assert Person(site, "zh-TW").get("/figures").status == 200
    assert Person(site).get("/staff/figures.csv").status == 303
    # Days that are over come from their rows; counted again from nothing it is the same.
    site.advance("50h")
    told = site.json("figures")
    assert (told["reports"], told["closed"], told["spans"]) == (9, 6, data["spans"])
    assert site.json("figures", "rebuild")["days"] in (2, 3) and site.json("figures") == told
    assert " days counted" in site.run("figures", "rebuild").stdout
