"""What `make run` does once the packages are there: the demo folder, made and served, and each thing that it says where to find."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_kit import Person, plain


def test_a_demo_is_where_it_says(make_site):
    site = make_site(command="demo").serve()
    again = subprocess.run([site.program, "demo", site.dir], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert again.returncode == 1 and str(site.dir) in again.stderr, again
    text, person = site.run("where").stdout, Person(site)
    found = dict(re.findall(r"^  (Portal|Staff sign-in|Notices) +(\S+)", text, re.M))
    assert found == {"Portal": f"{site.url}/", "Staff sign-in": f"{site.url}/staff/sign-in", "Notices": f"{site.dir}/outbox"}, text
    said = site.json("where")
    assert (said["portal"], said["sign_in"], said["outbox"]) == tuple(found.values())
    assert "Report a problem" in plain(person.get(found["Portal"]).text) and "Sign in" in plain(person.get(found["Staff sign-in"]).text)
    first = person.get(site.admin_link)
    assert first.status == 200 and "password" in plain(first.text).lower(), plain(first.text)
    assert {"Maple Trading Demo Ltd"} <= {c["holder"] for c in site.json("case", "list")}
    site.until(lambda: list(Path(found["Notices"]).glob("*.eml")), "the receipts of the sample reports")
    assert "Maple" in site.run("holder", "shop.maple-demo.com.tw").stdout
    if not shutil.which("curl"):
        pytest.skip("no curl")
    filed = subprocess.run(["sh", "-c", re.search(r"curl -s .*\n.*'$", text, re.M).group(0)], capture_output=True, text=True, check=True).stdout
    number = re.search(r"NC-\d{4}-\d{6}", filed).group(0)
    assert number in [c["case"] for c in site.json("case", "list")], filed
