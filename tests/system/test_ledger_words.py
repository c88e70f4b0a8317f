"""What the ledger's commands say of themselves, and of books that somebody changed behind their back."""
import contextlib
import sqlite3

import pytest


def test_one_is_said_as_one(site):
    assert "0 transactions with 0 lines in 0 accounts: sums" in site.run("ledger", "reconcile").stdout
    site.run("registrar", "add", "REG1", "--email", "r1@example.tw")
    site.run("ledger", "deposit", "REG1", "1000")
    assert "1 transaction with 2 lines in 2 accounts: sums" in site.run("ledger", "reconcile").stdout


def kept(amount):
    """REG1's balance, as its account says."""
    return f"UPDATE ledger_account SET balance = {amount} WHERE id = 'registrar:REG1';"


# By hand, with all sums made to fit: the journal alone knows better. What is done to deposits of 1000, 2000 and 3000, and what is said.
TAMPERED = {
    "missing": ("DELETE FROM ledger_line WHERE tx = 2; DELETE FROM ledger_tx WHERE id = 2; UPDATE ledger_line SET balance = 400000 WHERE tx = 3"
                " AND line = 1;" + kept(400000), "transaction 2 is in the journal and not in the ledger"),
    "the last is missing": ("DELETE FROM ledger_line WHERE tx = 3; DELETE FROM ledger_tx WHERE id = 3;" + kept(300000),
                            "transaction 3 is in the journal and not in the ledger"),
    "all are missing": ("DELETE FROM ledger_line; DELETE FROM ledger_tx;" + kept(0), "transaction 1 is in the journal and not in the ledger"),
    "extra": ("INSERT INTO ledger_tx SELECT 4, at, actor, kind, subject, note, reverses FROM ledger_tx WHERE id = 1;"
              "INSERT INTO ledger_line VALUES (4, 0, 2, -100000, NULL), (4, 1, 1, 100000, 700000);" + kept(700000),
              "transaction 4 has no entry in the journal"),
    "differs": ("UPDATE ledger_line SET amount = -500000 WHERE tx = 3 AND line = 0;"
                "UPDATE ledger_line SET amount = 500000, balance = 800000 WHERE tx = 3 AND line = 1;" + kept(800000),
                "transaction 3 is not what the journal says of it"),
    "a sum": (kept(600001), "account registrar:REG1 says 600001, its lines sum to 600000"),
}


@pytest.mark.one_store
@pytest.mark.parametrize("what", TAMPERED)
def test_books_that_were_changed(site, what):
    """The entry is named, and the exit status is 1, as the manual says."""
    sql, said = TAMPERED[what]
    site.run("registrar", "add", "REG1")
    for amount in (1000, 2000, 3000):
        site.run("ledger", "deposit", "REG1", amount)
    assert site.json("ledger", "reconcile") == {"transactions": 3, "lines": 6, "accounts": 2}
    with contextlib.closing(sqlite3.connect(site.dir / "nicert.db")) as db, db:
        db.executescript(sql)
    for more in ((), ("--json",)):
        done = site.run("ledger", "reconcile", *more, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"nicert: {said}\n")
