"""What the ledger's commands say of themselves."""


def test_one_is_said_as_one(site):
    assert "0 transactions with 0 lines in 0 accounts: sums" in site.run("ledger", "reconcile").stdout
    site.run("registrar", "add", "REG1", "--email", "r1@example.tw")
    site.run("ledger", "deposit", "REG1", "1000")
    assert "1 transaction with 2 lines in 2 accounts: sums" in site.run("ledger", "reconcile").stdout
