"""`nicert survey figures`: the figures of surveys as they were counted, the same on random data by Python's fractions, and what it
says of lines that are wrong."""
import json
import math
import random
import subprocess
from fractions import Fraction

import pytest

USERS = [(732, 1005, "72.8"), (500, 622, "80.4"), (233, 323, "72.1"), (172, 248, "69.4"), (167, 227, "73.6"), (94, 130, "72.3"),
         (81, 103, "78.6"), (22, 31, "71.0")]
Z = 1.959963984540054
SHOWN, SMALL = 5, 30


@pytest.fixture
def figures(nicert, tmp_path):
    """Runs the command on a file with this text. CompletedProcess."""
    def run(text, *options):
        path = tmp_path / "survey.csv"
        path.write_text(text, encoding="utf-8")
        return subprocess.run([nicert, "survey", "figures", str(path), *options], capture_output=True, text=True, timeout=60)
    return run


def csv(rows, head="label,satisfied,base,claimed"):
    return "\n".join([head, *(",".join(map(str, r)) for r in rows)]) + "\n"


def half_up(x):
    """An exact number to one decimal, as a float that prints so."""
    return math.floor(x * 10 + Fraction(1, 2)) / 10


def test_users_of_a_year(figures):
    done = figures(csv([(f"service {i}", n, base, claimed) for i, (n, base, claimed) in enumerate(USERS)]))
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert [line.split()[4] for line in lines[1:9]] == [claimed for _, _, claimed in USERS]
    assert "impossible" not in done.stdout
    assert lines[-2:] == ["unweighted mean of 8 items: 73.8 %", "weighted mean, 2001 of 2689: 74.4 %"]


def test_small_bases_and_impossible_claims(figures):
    done = figures(csv([("printed wrong", 55, 57, "96.8%"), ("few", 4, 7, "57.1 %"), ("very few", 3, 4, ""), ("nobody", 0, 0, "")]))
    assert done.returncode == 0, done.stderr
    wrong, few, very_few, nobody = done.stdout.splitlines()[1:5]
    assert "impossible for this base" in wrong and "96.5" in wrong
    assert few.endswith("small base") and "57.1" in few
    for line in (very_few, nobody):
        assert line.endswith("hidden") and "<5" in line and "75.0" not in line
    assert done.stdout.splitlines()[-1] == "weighted mean, 59 of 64: 92.2 %"


def test_only_hidden_items_have_no_mean(figures):
    done = figures(csv([("a", 1, 2, "")]), "--json")
    answer = json.loads(done.stdout)
    assert (answer["mean_items"], answer["unweighted_mean"], answer["weighted_mean"]) == (0, None, None)
    assert answer["items"][0]["base"] is None and answer["items"][0]["share"] is None
    assert "unweighted mean of 0 items: none" in figures(csv([("a", 1, 2, "")])).stdout


def wilson(n, base):
    p = n / base
    middle, half = p + Z * Z / (2 * base), Z * math.sqrt(p * (1 - p) / base + Z * Z / (4 * base * base))
    return [100 * max(0, min(1, (middle + sign * half) / (1 + Z * Z / base))) for sign in (-1, 1)]


def random_rows(rng):
    rows = []
    for i in range(rng.randint(1, 60)):
        base = rng.choice([rng.randint(0, 40), rng.randint(1, 5000), rng.randint(1, 10**12)])
        n = rng.choice([0, base, rng.randint(0, base)])
        claimed = rng.choice(["", f"{rng.randint(0, 1000) / 10:.1f}", str(rng.randint(0, 100)), f"{half_up(Fraction(100 * n, base or 1)):.1f}"])
        rows.append((f"item {i}", n, base, claimed))
    return rows


def possible(claimed, base):
    """By trying the counts around the claim."""
    digits = len(claimed.partition(".")[2])
    unit = 10**digits
    middle = int(Fraction(claimed) * base / 100)
    reach = range(max(0, middle - 2), min(base, middle + 2) + 1)
    return base > 0 and any(math.floor(Fraction(100 * unit * n, base) + Fraction(1, 2)) == Fraction(claimed) * unit for n in reach)


@pytest.mark.parametrize("seed", range(12))
def test_random_counts_agree_with_fractions(figures, seed):
    rows = random_rows(random.Random(seed))
    done = figures(csv(rows), "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    shown = [(n, base) for _, n, base, _ in rows if base >= SHOWN]
    assert len(answer["items"]) == len(rows) and answer["mean_items"] == len(shown)
    for (label, n, base, claimed), got in zip(rows, answer["items"]):
        assert got["label"] == label and got["mark"] == ("hidden" if base < SHOWN else "small" if base < SMALL else "enough")
        if claimed and base < 10**6:
            assert got["possible"] == possible(claimed, base), (n, base, claimed)
        if base >= SHOWN:
            assert got["share"] == half_up(Fraction(100 * n, base))
            low, high = wilson(n, base)
            assert abs(got["low"] - low) < 0.0501 and abs(got["high"] - high) < 0.0501
    if shown:
        assert answer["unweighted_mean"] == half_up(sum(Fraction(100 * n, b) for n, b in shown) / len(shown))
        assert answer["weighted_mean"] == half_up(Fraction(100 * sum(n for n, _ in shown), sum(b for _, b in shown)))


def test_every_bad_line_is_told_and_nothing_is_printed(figures, tmp_path):
    done = figures(csv([("good", 1, 50, ""), ("", 1, 50, ""), ("a", "x", 50, ""), ("b", 60, 50, ""), ("c", -1, "1.5", ""), ("d", 1, 50, "high"),
                        ("e", 1, 50, "100.1"), ("f", 1)]))
    assert done.returncode == 1 and done.stdout == ""
    told = [line.removeprefix(f"nicert: {tmp_path}/survey.csv:").split(":")[0] for line in done.stderr.splitlines()]
    assert told == ["3", "4", "5", "6", "6", "7", "8", "9"]
    assert all("expected" in line for line in done.stderr.splitlines())


@pytest.mark.parametrize("text", ["", "label,base\n", "label,satisfied,base\n", "label,satisfied,base,other\n", "label,satisfied,base\n\xff,1,\n"])
def test_files_without_items(figures, text):
    done = figures(text)
    assert done.returncode == 1 and done.stdout == "" and "survey.csv:" in done.stderr


def test_usage(nicert):
    def run(*words):
        return subprocess.run([nicert, "survey", *words], capture_output=True, text=True, timeout=60)
    assert run("figures").returncode == 2
    assert run("figures", "a", "b").returncode == 2
    assert run("figures", "/nonexistent.csv").returncode == 1
    assert run("figures", "--help").returncode == 0 and "claimed" in run("figures", "--help").stdout
