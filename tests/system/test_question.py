"""A reporter asks, staff answer that reporter: on the page, and by mail once the address is confirmed."""
from test_kit import Person, case_staff, fields, file_report, form_back, letter, letters, link, open_site, plain, staff

URL = "https://parcel-fee.maple-demo.com.tw/pay"


def ask(person, filed, text, status=303):
    answer = person.post(filed["url"] + "/ask", {"question": text})
    assert answer.status == status, plain(answer.text)
    return answer


def test_asked_and_answered(make_site):
    site = open_site(make_site)
    ann = file_report(site, URL, email="ann@citizen.example", language="en", **{"class": "phishing"})
    bob = file_report(site, URL, email="bob@citizen.example", language="zh-TW", **{"class": "phishing"})
    assert ann["case"] == bob["case"]
    for email in ("ann@citizen.example", "bob@citizen.example"):
        assert Person(site).post(link(letter(site, email), "confirm"), {}).status == 200
    person = Person(site)
    page = plain(person.go(ask(person, ann, "Did they take <b>my</b> card number?")).text)
    assert "We have your question." in page and "Did they take <b>my</b> card number?" in page
    assert "card number" not in site.get(bob["url"]).text
    hana = staff(site, "hana", "handler")
    desk = hana.get(f"/staff/case/{ann['case']}")
    assert "Questions of reporters" in desk.text and "&lt;b&gt;my&lt;/b&gt;" in desk.text
    assert "A reporter asks something: answer them" in plain(hana.get("/staff/tasks").text)
    question = case_staff(site, ann["case"])["questions"][0]
    site.until(lambda: site.metric("mail_behind") == 0, "the post to be out")
    before = len(letters(site))
    done = hana.post(f"/staff/case/{ann['case']}/answer", {"csrf": fields(desk.text)["csrf"], "id": question["id"], "text": "No: they had a name only."})
    assert done.status == 303 and "done=answer" in done.headers["Location"]
    assert "Answered." in plain(hana.get(done.headers["Location"]).text)
    got = site.until(lambda: [m for m in letters(site, "ann@citizen.example", "A message about") if "a name only" in m.get_body(("plain",)).get_content()], "the answer")
    assert link(got[0], "case") == ann["url"]
    assert "We answered your question" in plain(site.get(ann["url"]).text) and "a name only" not in site.get(bob["url"]).text
    assert len(letters(site)) == before + 1
    assert not [t for t in case_staff(site, ann["case"])["tasks"] if t["kind"] == "question" and not t["done_at"]]
    # Twice is refused, and so is whoever may not.
    again = hana.post(f"/staff/case/{ann['case']}/answer", {"csrf": fields(desk.text)["csrf"], "id": question["id"], "text": "Once more."})
    assert again.status == 409
    view = site.get(f"/api/v1/cases/{ann['case']}?token={ann['token']}").json()
    assert view["questions"][0]["answer"] == "No: they had a name only."
    assert site.get(f"/api/v1/cases/{bob['case']}?token={bob['token']}").json()["questions"] == []


def test_what_is_refused(make_site):
    site = open_site(make_site)
    filed = file_report(site, URL, **{"class": "phishing"})
    person = Person(site)
    assert form_back(ask(person, filed, "  ", status=422).text) == ["question"]
    form_back(ask(person, filed, "much " * 5000, status=422).text)
    assert "Write your question" in plain(ask(person, filed, "\x1b\x0c", status=422).text)
    for _ in range(5):
        ask(person, filed, "Well?")
    assert "wait for our answer" in plain(ask(person, filed, "Well?", status=429).text)
    assert person.post("/case/nobodys/ask", {"question": "who?"}).status == 404
    person.post(filed["url"] + "/withdraw", {})
    assert 'action="/case/' not in person.get(filed["url"]).text or "/ask" not in person.get(filed["url"]).text
    ask(person, filed, "Still?", status=409)
