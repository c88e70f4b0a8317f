"""`nicert history … --at TIME`: what an object was at a moment, of everything a registrar did to it."""
import json
import re

import pytest
from test_epp import SECRET, command, create_contact, create_domain, entered, on


@pytest.fixture
def registry(site):
    rules = site.dir.parent / "test.policy"
    rules.write_text("general open\nexpiry suspend\ngrace add 5d\ngrace redemption 0d\ngrace pending-delete 0d\n")
    site.run("zone", "add", "test", "--policy", rules)
    site.registrars = {h: site.json("registrar", "add", h, "--credit", "1000000") for h in ("alpha", "beta")}
    return site.serve()


def update(kind, body):
    return command(on("update", kind, body))


def transfer(op, name):
    return command(on("transfer", "domain", f"<o:name>{name}</o:name><o:authInfo><o:pw>{SECRET}</o:pw></o:authInfo>", f' op="{op}"'))


def test_what_a_name_was_at_a_time(registry):
    a, b, steps = entered(registry, "alpha"), entered(registry, "beta"), []

    def did(client, code, *frames):
        """One more step; its time is an hour later, before the next."""
        for frame in frames:
            client.ask(frame, code)
        steps.append(registry.run("clock", "advance", "1h").stdout.strip())

    def at(i, *more, kind="domain", name="one.test"):
        return registry.run("history", kind, name, "--at", steps[i], *more, check=False)

    did(a, 1000, create_contact("CON-1"), create_contact("CON-2"))
    a.ask(create_domain("host.test", "CON-1"), 1000)
    a.ask(command(on("create", "host", "<o:name>ns1.host.test</o:name><o:addr>192.0.2.1</o:addr>")), 1000)
    did(a, 1000, create_domain("one.test", "CON-1"))
    did(a, 1000, update("domain", "<o:name>one.test</o:name><o:add><o:ns><o:hostObj>ns1.host.test</o:hostObj></o:ns></o:add>"
                                  "<o:chg><o:registrant>CON-2</o:registrant></o:chg>"))
    did(a, 1000, update("host", "<o:name>ns1.host.test</o:name><o:chg><o:name>ns9.host.test</o:name></o:chg>"))
    b.ask(transfer("request", "one.test"), 1001)
    did(a, 1000, transfer("approve", "one.test"))
    did(b, 1000, command(on("delete", "domain", "<o:name>one.test</o:name>")))

    # Before it was made: nothing, said so, in either form.
    for more in ((), ("--json",)):
        done = at(0, *more)
        assert (done.returncode, done.stdout) == (1, "") and "one.test: nothing is known of it at that time" in done.stderr
    held = [(o["sponsor"], o["registrant"], o["ns"], o.get("transferred_at") is not None)
            for o in (json.loads(at(i, "--json").stdout) for i in range(1, 5))]
    assert held == [("alpha", "CON-1", [], False), ("alpha", "CON-2", ["ns1.host.test"], False),
                    ("alpha", "CON-2", ["ns9.host.test"], False),  # the host's new name, though the name itself has no version of it
                    ("beta", "CON-2", ["ns9.host.test"], True)]
    # The text says who made it so, and by which frame.
    first, text = at(2).stdout.splitlines()
    assert first.startswith("# domain-updated at ") and " by registrar:alpha, frame ABC-12345/" in first and json.loads(text)["registrant"] == "CON-2"
    assert at(4).stdout.startswith("# domain-transfer-approved at ")
    # The host by both its names, each while it had it.
    for i, name in ((2, "ns1.host.test"), (3, "ns9.host.test")):
        assert json.loads(at(i, "--json", kind="host", name=name).stdout)["name"] == name
    assert at(3, kind="host", name="ns1.host.test").returncode == 1
    # Gone: who deleted it; and when another has it, what the other has.
    done = at(5)
    assert done.returncode == 1 and re.search(r"one\.test was deleted at \S+Z by registrar:beta", done.stderr)
    did(a, 1000, create_domain("one.test", "CON-1"))
    assert [json.loads(at(i, "--json").stdout)["sponsor"] for i in (3, 4, 6)] == ["alpha", "beta", "alpha"]
    assert "was deleted" in at(5).stderr
    assert registry.run("history", "domain", "one.test", "--at", "soon", check=False).returncode == 2
