"""A month at the desk, at a fiftieth of its full rate (`make month` does it whole): who reports is answered once, what is counted is
right, nothing that was to be done is lost."""
import sys
from pathlib import Path

from conftest import free_ports

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / "month"), str(TESTS / "bench")]
import checks  # noqa: E402
import country  # noqa: E402
import month  # noqa: E402

REPORTS = 1000


def test_month(make_site, testdata, tmp_path):
    port = free_ports(1)[0]
    site = make_site(**month.SETS)
    m = month.Month(site, port, testdata, REPORTS, slots=month.FEW_SLOTS)
    m.prepare(tmp_path)
    site.serve(mailin_listen=f"127.0.0.1:{port}")
    try:
        m.run()
        found = checks.all_well(m)
    finally:
        m.end()
    did = sum((d.did for d in m.days), start=type(m.days[0].did)())
    assert len(m.reports) == REPORTS and found["closed"] > REPORTS // 20 and found["silent"] > 0, found
    assert did["answer"] and did["approve"] and did["close"] and not +m.refused, (did, m.refused)
    assert all(found[k] for k in ("merged", "taken apart", "links of merged reports", "digests", "findings in them", "bounced")), found
    assert found["largest digest"] > 2, found
    assert not m.ring or all(found[k] for k in ("reports under PGP", "signed answers", "unsigned, not believed")), found
    assert country.CASE.endswith(country.HOST)
