"""Time passes over names: .tw's expiry among holidays, by a clock that is moved."""
import datetime
import re

from test_epp import command, create_contact, create_domain, entered, info, on, registry  # noqa: F401


def at(when):
    return datetime.datetime.fromisoformat(when.replace("Z", "+00:00"))


def holidays(after):
    """Seven days that begin before a name of one year ends, a bridge after them, and two days in its grace, as a policy's rows; and their ends."""
    first = after.replace(year=after.year + 1, day=min(after.day, 28)).date() - datetime.timedelta(days=2)
    day = lambda n: first + datetime.timedelta(days=n)
    rows = f"holiday {day(0)}..{day(6)} Lunar New Year\nholiday {day(7)} bridge\nholiday {day(10)}..{day(11)} Lantern Festival\n"
    midnight = lambda d: datetime.datetime.combine(d, datetime.time(), datetime.timezone.utc)
    return rows, midnight(day(8)), midnight(day(12))


def test_a_name_that_ends_within_holidays(registry):
    """.tw's expiry: suspended when the holidays are over; days of another holiday do not count in what follows."""
    rows, over, second_over = holidays(datetime.datetime.now(datetime.timezone.utc))
    rules = registry.dir.parent / "holidays.policy"
    rules.write_text("general open\nexpiry suspend\nexpiry-grace 3d\nrelease-from 5d\ngrace add 0d\ngrace redemption 0d\ngrace pending-delete 0d\n" + rows)
    registry.run("zone", "add", "feast", "--policy", rules)
    a, day = entered(registry, "alpha"), datetime.timedelta(days=1)
    a.ask(create_contact("CON-1"), 1000)
    for name in ("kept.feast", "gone.feast"):
        a.ask(create_domain(name, "CON-1"), 1000)
    ends = at(re.search("<domain:exDate>(.*?)<", a.ask(info("gone.feast"), 1000)).group(1))
    assert over - 8 * day < ends < over, (ends, over)
    released = over + 7 * day  # five days, and the two of the second holiday
    assert second_over < released
    steps = registry.json("lifecycle", "preview", "--until", (released + day).strftime("%Y-%m-%d"))["steps"]
    foreseen = [(s["event"], at(s["at"])) for s in steps if s["name"] == "gone.feast"]
    assert foreseen == [("suspend", over), ("release", released)]

    def to(when):
        """The clock is moved there; a client that sat through it logs in again."""
        now = at(registry.run("clock", "advance", "1s").stdout.strip())
        registry.advance(f"{int((when - now).total_seconds())}s")
        return entered(registry, "alpha")

    hour = datetime.timedelta(hours=1)
    a = to(ends + hour)  # expired, within the holidays
    assert "serverHold" not in a.ask(info("gone.feast"), 1000)
    a = to(over - hour)
    assert "serverHold" not in a.ask(info("gone.feast"), 1000)
    to(over + hour)
    registry.until(lambda: registry.json("history", "domain", "gone.feast")[-1]["object"]["life"] == "suspended", "the suspension")
    # Renewed on what would be the fifth day: the second holiday's days are not of the three.
    a = to(second_over + hour / 2)
    a.ask(command(on("renew", "domain", f"<o:name>kept.feast</o:name><o:curExpDate>{ends.date()}</o:curExpDate>")), 1000)
    a = to(over + 5 * day + 2 * hour)
    a.ask(command(on("renew", "domain", f"<o:name>gone.feast</o:name><o:curExpDate>{ends.date()}</o:curExpDate>")), 2105)
    a = to(released - hour)
    assert "gone.feast" in a.ask(info("gone.feast"), 1000)
    to(released + hour)
    registry.until(lambda: registry.json("history", "domain", "gone.feast")[-1]["object"] is None, "the release")
    told = [(h["verb"], at(h["at"])) for h in registry.json("history", "domain", "gone.feast")]
    assert [v for v, _ in told] == ["domain-created", "domain-suspended", "domain-released"], told
    assert over <= told[1][1] < over + 2 * hour and released <= told[2][1] < released + 2 * hour
    assert "gone.feast" in entered(registry, "alpha").ask(info("gone.feast"), 2303)
    registry.run("journal", "verify")
