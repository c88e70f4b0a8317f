"""Appointments of interviews, told by letter with a file for calendars and reminded of, and the search over what was said: by commands
and on pages, on both stores."""
import datetime
import re
import time

import pytest
from test_interview import AT, act, begun, consent, link_of, noted, people, plan, refused, say, shown  # noqa: F401
from test_kit import Person, form_back, letter, letters, parts, plain, server_now, walk

PLACE = "會議室 B; 3rd floor, \\ by the lift"


def appoint(site, no, *words):
    return site.json("survey", "interview", "appoint", "s", f"I-{no}", *words)


def listed(site):
    return [(i["interview"], i["appointment"]) for i in site.json("survey", "interview", "list", "s")]


def iso(site, hours):
    """A full hour so many hours from now."""
    return time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(server_now(site) + hours * 3600))


def calendar(message):
    """(method of the part, {name: (parameters, value)}) of the one iCalendar file of a letter, read by RFC 5545 §3.1."""
    [part] = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    raw = part.get_payload(decode=True)
    assert part.get_filename() == "appointment.ics" and part.get_param("charset").lower() == "utf-8" and part.get_param("component") == "VEVENT"
    lines = raw.split(b"\r\n")
    assert lines.pop() == b"" and b"\n" not in b"".join(lines) and all(len(x) <= 75 for x in lines)
    for x in lines:
        x.decode("utf-8")  # no character is cut
    unfolded = raw.decode("utf-8").replace("\r\n ", "").split("\r\n")[:-1]
    assert unfolded[0] == "BEGIN:VCALENDAR" and unfolded[-1] == "END:VCALENDAR" and unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 1
    found = {}
    for x in unfolded:
        m = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', x)
        assert m, x
        found[m.group(1)] = (m.group(2), m.group(3))
    assert found["METHOD"][1] == part.get_param("method") and found["VERSION"][1] == "2.0" and found["PRODID"][1]
    return part.get_param("method"), found


def value(text):
    """A TEXT value, RFC 5545 §3.3.11."""
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) in "nN" else m.group(1), text)


def compact(stamp):
    return stamp.replace("-", "").replace(":", "")


# ── by command ──

def test_an_appointment_is_told_moved_reminded_and_taken_away(begun):  # noqa: F811
    site = begun.serve(site_zone=480)
    plan(site, "chen@example.tw", "registrar", "--lang", "zh-TW")
    path = link_of(letter(site, "chen@example.tw"))
    refused(site, "cid", "has not agreed to talk", "interview", "appoint", "s", "I-1", "--at", "3d")
    say(site, path, talk="yes", quote="no")
    for who in ("ann", "bob", "adam", "aud", "dpo"):
        refused(site, who, "run-survey:", "interview", "appoint", "s", "I-1", "--at", "3d")
    first = iso(site, 74)
    told = appoint(site, 1, "--at", first, "--minutes", 45, "--place", PLACE, "--as", "cid")
    assert told == {"interview": 1, "appointment": first, "same": False}
    m = letter(site, "chen@example.tw", "訪談時間：")
    assert m["Content-Language"] in (None, "zh-TW") and "45" in parts(m)[0] and PLACE in parts(m)[0] and "UTC+8" in parts(m)[0]
    method, event = calendar(m)
    start = datetime.datetime.strptime(first, "%Y-%m-%dT%H:%M:%SZ")
    assert method == "REQUEST" and event["DTSTART"] == ("", compact(first)) and event["SEQUENCE"][1] == "0" and event["STATUS"][1] == "CONFIRMED"
    assert event["DTEND"] == ("", (start + datetime.timedelta(minutes=45)).strftime("%Y%m%dT%H%M%SZ"))
    assert value(event["LOCATION"][1]) == PLACE and event["ATTENDEE"][1] == "mailto:chen@example.tw" and 'CN="Ms Chen"' in event["ATTENDEE"][0]
    assert event["ORGANIZER"][1] == "mailto:" + m["From"].addresses[0].addr_spec and re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"][1])
    assert path not in str(event), "the personal link stays out of calendars, which others read"
    page = Person(site, "zh-TW").get(path).text
    assert PLACE in page.replace("&#39;", "'") and "UTC+8" in page and "45" in plain(page)
    # Where it is tells who it is.
    one = shown(site, 1)
    assert (one["appointment"], one["minutes"]) == (first, 45) and "place" not in str(one) and PLACE not in site.run("survey", "interview", "show", "s", "I-1").stdout
    assert shown(site, 1, "--who")["who"]["place"] == PLACE
    # The same again is nothing to tell.
    assert appoint(site, 1, "--at", first, "--minutes", 45, "--place", PLACE)["same"]
    second = iso(site, 98)
    appoint(site, 1, "--at", second)
    site.until(lambda: len(letters(site, "chen@example.tw", "訪談時間：")) == 2, "the letter about the new time")
    moved = max(letters(site, "chen@example.tw", "訪談時間："), key=lambda x: calendar(x)[1]["SEQUENCE"][1])
    method, again = calendar(moved)
    assert method == "REQUEST" and again["UID"] == event["UID"] and again["SEQUENCE"][1] == "1" and again["DTSTART"][1] == compact(second)
    assert "LOCATION" not in again and moved["Message-ID"] != m["Message-ID"]
    # The day before, once; the time that is no more is not reminded of.
    site.run("clock", "advance", "60h")
    site.until(site.healthy, "health")
    assert letters(site, "chen@example.tw", "明天") == []
    site.run("clock", "advance", "15h")
    reminder = letter(site, "chen@example.tw", "明天")
    assert [p for p in reminder.walk() if p.get_content_type() == "text/calendar"] == [] and reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    site.run("survey", "interview", "appoint", "s", "I-1", "--cancel")
    off = letter(site, "chen@example.tw", "取消")
    method, gone = calendar(off)
    assert method == "CANCEL" and gone["UID"] == event["UID"] and int(gone["SEQUENCE"][1]) > int(again["SEQUENCE"][1]) and gone["STATUS"][1] == "CANCELLED"
    refused(site, "cid", "has no appointment", "interview", "appoint", "s", "I-1", "--cancel")
    assert shown(site, 1)["appointment"] is None and "UTC+8" not in Person(site).get(path).text
    site.run("clock", "advance", "2d")
    assert len(letters(site, "chen@example.tw")) == 5  # the question, two times, the reminder, none any more
    site.run("journal", "verify")


def test_a_program_for_calendars_reads_it(begun):  # noqa: F811
    icalendar = pytest.importorskip("icalendar", reason="no python3-icalendar")
    site = begun.serve(site_zone=480)
    plan(site, "chen@example.tw", "registrar", "--lang", "zh-TW")
    say(site, link_of(letter(site, "chen@example.tw")), talk="yes", quote="no")
    when, place = iso(site, 74), 'Room 3; "east", 臺北市中正區羅斯福路二段九號四樓之二，請由側門進入' + "，" * 20
    appoint(site, 1, "--at", when, "--minutes", 45, "--place", place)
    m = letter(site, "chen@example.tw", "訪談時間：")
    [part] = [p for p in m.walk() if p.get_content_type() == "text/calendar"]
    read = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    [event] = read.walk("VEVENT")
    start = datetime.datetime.strptime(when, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert (read["METHOD"], read["VERSION"], read.errors, event.errors) == ("REQUEST", "2.0", [], [])
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (start, start + datetime.timedelta(minutes=45))
    assert event["LOCATION"] == place and event["ATTENDEE"] == "mailto:chen@example.tw" and event["ATTENDEE"].params["CN"] == "Ms Chen"
    assert event["SUMMARY"] and event["UID"] and event["CLASS"] == "PRIVATE" and event["STATUS"] == "CONFIRMED"


def test_times_that_are_none(begun):  # noqa: F811
    site = begun
    plan(site, "a@example.tw", "isp", "--no-letter")
    consent(site, 1, talk="yes")
    for words in (("--at", "2026-12-01"), ("--at", "soon"), ("--at", "-3d"), (), ("--at", "3d", "--cancel"), ("--at", "3d", "--minutes", "4"),
                  ("--at", "3d", "--minutes", "481")):
        assert site.run("survey", "interview", "appoint", "s", "I-1", *words, check=False).returncode == 2, words
    for words, why in ((("--at", "2001-01-01T10:00Z"), "in the future"), (("--at", "500d"), "366 days"), (("--at", "3d", "--place", "x" * 201), "200 bytes"),
                       (("--at", "3d", "--place", "a\nb"), "a line of"), (("--at", "3d", "--as", "nobody"), "nobody")):
        done = site.run("survey", "interview", "appoint", "s", "I-1", *words, check=False)
        assert done.returncode and why in done.stderr, (words, done.stderr)
    assert site.run("survey", "interview", "appoint", "s", "I-2", "--at", "3d", check=False).returncode == 1
    assert shown(site, 1)["appointment"] is None


def test_what_is_next_stands_first(begun):  # noqa: F811
    site = begun
    for i in range(6):
        plan(site, f"p{i}@example.tw", "isp", "--no-letter")
    for no in (1, 3, 4, 5):
        consent(site, no, talk="yes")
    consent(site, 6, talk="no")
    appoint(site, 5, "--at", iso(site, 50), "--no-letter")
    appoint(site, 3, "--at", iso(site, 99), "--no-letter")
    noted(site, 4, "said")
    assert [i for i, _ in listed(site)] == [5, 3, 1, 2, 4, 6]
    table = site.run("survey", "interview", "list", "s").stdout.split("\n")
    assert re.match(r"INTERVIEW +STATE +APPOINTMENT", table[0]) and re.match(r"I-5 +agreed +20\d\d-", table[1])
    # Past and not noted yet still waits for somebody; one that was held has no more to come.
    site.run("clock", "advance", "60h")
    assert [i for i, _ in listed(site)] == [5, 3, 1, 2, 4, 6]
    noted(site, 5, "said")
    assert [i for i, _ in listed(site)] == [3, 1, 2, 4, 5, 6]


def test_no_letter_to_who_wants_none_or_took_it_back(begun):  # noqa: F811
    site = begun.serve()
    for name in ("a", "b", "c"):
        plan(site, f"{name}@example.tw", "isp")
    own = {n: link_of(letter(site, f"{n}@example.tw")) for n in ("a", "b", "c")}
    for path in own.values():
        say(site, path, talk="yes", quote="no")
    # a: told, then wants no letters: no reminder.
    appoint(site, 1, "--at", iso(site, 50))
    letter(site, "a@example.tw", "Our appointment")
    site.post(own["a"] + "/stop", {"List-Unsubscribe": "One-Click"})
    assert "wants no letters" in site.run("survey", "interview", "appoint", "s", "I-1", "--at", "4d", check=False).stderr
    assert shown(site, 1)["appointment"] == iso(site, 50)
    appoint(site, 1, "--at", iso(site, 51), "--no-letter")
    # b: takes it back at the link: no appointment, no reminder.
    appoint(site, 2, "--at", iso(site, 50))
    letter(site, "b@example.tw", "Our appointment")
    say(site, own["b"], 200, talk="no")
    assert (shown(site, 2)["state"], shown(site, 2)["appointment"]) == ("withdrawn", None)
    # c: is erased.
    appoint(site, 3, "--at", iso(site, 50), "--place", "Room 9")
    letter(site, "c@example.tw", "Our appointment")
    [kept] = __import__("json").loads(site.run("privacy", "export", "c@example.tw").stdout)["parts"]["interviews"]["interviews"]
    assert (kept["appointment"], kept["minutes"], kept["place"]) == (iso(site, 50), 60, "Room 9")
    site.run("privacy", "erase", "c@example.tw", "--yes")
    assert shown(site, 3)["appointment"] is None
    site.run("clock", "advance", "30h")
    # Somebody else's reminder comes, and nothing before it was one of theirs.
    plan(site, "d@example.tw", "isp", "--no-letter")
    consent(site, 4, talk="yes")
    appoint(site, 4, "--at", iso(site, 30))
    site.run("clock", "advance", "8h")
    letter(site, "d@example.tw", "Tomorrow")
    assert [m["To"] for m in letters(site, None, "Tomorrow")] == ["d@example.tw"]


# ── search ──

def test_search_over_notes_and_quotes(begun):  # noqa: F811
    site = begun
    for i in range(2):
        plan(site, f"p{i}@example.tw", "isp", "--no-letter")
        consent(site, i + 1, talk="yes", quote="yes")
    first = noted(site, 1, "It is Slow in May, and nobody\nanswers the telephone.\n" + "padding " * 40, 3)
    second = noted(site, 2, "網站被駭之後，政府機關的流程比較久。ＦＡＸ only")
    quote = site.json("survey", "quote", "s", "--note", first, "--text", "It is Slow in May, […]", "--as", "ann")["quote"]

    def found(words, *more):
        return [(f["interview"], f["note"], f["quote"]) for f in site.json("survey", "interview", "search", "s", words, *more, "--as", "ann")["found"]]
    note, said = (1, first, None), (1, first, quote)
    assert found("slow") == found("SLOW may") == found("may \"it is\"") == [note, said]
    assert found("telephone slow") == found("\"nobody answers\"") == [note] and found("\"answers nobody\"") == [] == found("slow 流程")
    assert found("流程") == found("被駭") == found("久") == found("網站被駭 fax") == [(2, second, None)] and found("站流") == []
    assert found("low") == found("\"low in\"") == [] and found("\"slow in ma\"") == [note, said]
    [f] = [f for f in site.json("survey", "interview", "search", "s", "padding")["found"]]
    assert len(f["text"]) < 200 and f["question"] == 3
    for words, why in (("", "search for"), ("x" * 101, "100 bytes"), ("\x01", "plain text"), ('""', "search for")):
        done = site.run("survey", "interview", "search", "s", words, check=False)
        assert done.returncode == 1 and why in done.stderr, words
    for who in ("adam", "aud", "dpo"):
        refused(site, who, "code-answers:", "interview", "search", "s", "slow")
    for words in (("s",), ("s", "a", "b")):
        assert site.run("survey", "interview", "search", *words, check=False).returncode == 2
    assert site.run("survey", "interview", "search", "none", "a", check=False).returncode == 1
    # What was taken back is not found any more.
    site.run("survey", "interview", "consent", "s", "I-1", "--talk", "yes", "--how", "on paper")
    assert found("slow") == [note]
    site.run("survey", "interview", "withdraw", "s", "I-1", "--how", "on paper")
    assert found("slow") == []


def test_pages_of_what_was_found(begun):  # noqa: F811
    """All of it once, over pages; with exactly a page there is no other."""
    site = begun
    plan(site, "a@example.tw", "isp", "--no-letter")
    consent(site, 1, talk="yes")
    notes = [noted(site, 1, f"word {i}" if i % 2 else f"odd one {i}", 0) for i in range(104)]
    wanted = [n for i, n in enumerate(notes) if i % 2]
    got, start = [], []
    while True:
        page = site.json("survey", "interview", "search", "s", "word", *start)
        got += [f["note"] for f in page["found"]]
        if page["next"] is None:
            break
        assert len(page["found"]) == 50
        start = ["--from", page["next"]]
    assert got == wanted and start
    assert re.search(r"^more: --from \d+$", site.run("survey", "interview", "search", "s", "word").stdout, re.M)
    site.run("survey", "interview", "note", "s", "I-1", "--note", notes[1], "--drop")
    site.run("survey", "interview", "note", "s", "I-1", "--note", notes[3], "--drop")
    assert site.json("survey", "interview", "search", "s", "word")["next"] is None
    assert site.run("survey", "interview", "search", "s", "word", "--from", "x", check=False).returncode == 2


# ── pages ──

def local(site, hours):
    """As a datetime-local field sends it, in the site's zone."""
    return time.strftime("%Y-%m-%dT%H:00", time.gmtime(server_now(site) + hours * 3600))


def test_an_appointment_on_pages(people, begun):  # noqa: F811
    site = begun
    ann, cid = people["ann"], people["cid"]
    plan(site, "chen@example.tw", "registrar", "--lang", "en")
    path = link_of(letter(site, "chen@example.tw"))
    one, person = f"{AT}/interviews/1", f"{AT}/interviews/1/person"
    assert 'name="at"' not in cid.get(person).text
    act(cid, person, 409, act="set", at=local(site, 50), minutes="60")
    say(site, path, talk="yes", quote="no")
    for n in ("ann", "adam", "aud", "dpo"):
        act(people[n], person, 403, act="set", at=local(site, 50), minutes="60")
        act(people[n], person, 403, act="off")
    back = act(cid, person, 422, act="set", at="", minutes="x", place="x" * 300)
    assert form_back(back.text) == ["at", "minutes", "place"] and 'value="x"' in back.text
    assert form_back(act(cid, person, 422, act="set", at="2001-01-01T10:00", minutes="60").text) == ["at"]
    act(cid, person, 409, act="off")
    assert act(cid, person, act="set", at=local(site, 50), minutes="30", place="Room <b>2</b>").headers["Location"].endswith("?done=interview-appointed")
    assert shown(site, 1)["appointment"] == iso(site, 50)
    assert "Room <b>2</b>" in parts(letter(site, "chen@example.tw", "Our appointment"))[0]
    page = ann.get(one).text
    assert "30 minutes" in page and "Room" not in page and "Room &lt;b&gt;2" in cid.get(person).text
    # What stands there comes back as it is.
    form = cid.get(person).text
    assert f'value="{local(site, 50)}"' in form and 'value="30"' in form
    assert "Room &lt;b&gt;2" in site.get(path).text and "Our appointment" in site.get(path).text
    assert iso(site, 50) in ann.get(f"{AT}/interviews").text
    site.post(path + "/stop", {"List-Unsubscribe": "One-Click"})
    clash = act(cid, person, 409, act="set", at=local(site, 60), minutes="30")
    assert form_back(clash.text) == ["no-letter"] and f'value="{local(site, 60)}"' in clash.text
    act(cid, person, **{"act": "set", "at": local(site, 60), "minutes": "30", "no-letter": "1"})
    act(cid, person, **{"act": "off", "no-letter": "1"})
    assert shown(site, 1)["appointment"] is None and act(cid, f"{AT}/interviews/x/person", 404, act="off")
    assert len(letters(site, "chen@example.tw")) == 2


def test_search_and_pages_of_the_list(people, begun):  # noqa: F811
    site = begun
    ann = people["ann"]
    for i in range(53):
        plan(site, f"p{i}@example.tw", "isp", "--no-letter")
    consent(site, 53, talk="yes", quote="yes")
    note = noted(site, 53, "政府機關的流程比較久 <script>alert(1)</script>", 3)
    site.json("survey", "quote", "s", "--note", note, "--text", "政府機關的流程比較久 […]", "--as", "bob")
    first, second = ann.get(f"{AT}/interviews").text, ann.get(f"{AT}/interviews?page=2").text
    assert "1 to 50 of 53" in first and "51 to 53 of 53" in second and "page=2" in first and "page=1" in second

    def rows(page):
        return re.findall(r'<th scope="row"><a class="res" translate="no" href="[^"]*/interviews/(\d+)">I-', page.split("</table>")[0])
    assert rows(first) == [*map(str, range(1, 51))] and rows(second) == ["51", "52", "53"]
    for odd in ("0", "-1", "x", "999"):
        assert ann.get(f"{AT}/interviews?page={odd}").status == 200
    found = ann.get(f"{AT}/interviews?q=%E6%B5%81%E7%A8%8B").text
    assert found.count("<mark>流程</mark>") == 2 and f"interviews/53#n{note}" in found and "<script>alert" not in found
    assert "No note and no quote" in ann.get(f"{AT}/interviews?q=nothing").text
    long = ann.get(f"{AT}/interviews?q=" + "x" * 200)
    assert long.status == 422 and form_back(long.text) == ["q"]
    assert people["adam"].get(f"{AT}/interviews?q=a").status == 403


@pytest.mark.one_store
def test_the_pages_of_appointments_shut_nobody_out(people, begun, make_browser, axe):  # noqa: F811
    site = begun
    links = []
    for i in range(4):
        plan(site, f"p{i}@example.tw", "registrar", "--lang", "en")
        links.append(link_of(letter(site, f"p{i}@example.tw")))
    for i in (0, 1, 3):
        say(site, links[i], talk="yes", quote="yes", named="no")
    appoint(site, 4, "--at", iso(site, 200), "--place", "https://meet.example/" + "a-long-room-without-an-end-" * 6)
    appoint(site, 2, "--at", iso(site, 30))
    note = noted(site, 1, "It takes two weeks, says Ms Lin.\n" + "a-long-word-without-an-end" * 12 + "\n流程太久")
    site.json("survey", "quote", "s", "--note", note, "--text", "It takes two weeks, […]", "--as", "ann")
    site.run("clock", "advance", "40h")
    cid = people["cid"] = __import__("test_kit").staff(site, "cid3", "officer")
    found = walk(make_browser, axe, site, cid, f"{AT}/interviews", f"{AT}/interviews?q=takes", f"{AT}/interviews?q=%E6%B5%81%E7%A8%8B", f"{AT}/interviews/4/person",
                 f"{AT}/interviews/1/person", f"{AT}/interviews/4?done=interview-appointed")
    found += walk(make_browser, axe, site, Person(site), links[3], links[1])
    assert not found, "\n".join(found)
