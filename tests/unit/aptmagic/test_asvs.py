"""The table of tests/README.md is true: what it names exists, and nothing in reach is left out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| `([^`]+)` \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "tests" / "README.md").read_text())

# Of ASVS 5.0.0, levels 1 and 2: chapter and section, and how many requirements it has.
SECTIONS = {
    "6.1": 3,
    "6.2": 12,
    "6.3": 4,
    "6.4": 4,
    "6.5": 5,
    "6.6": 3,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 2,
    "7.6": 2,
    "8.1": 2,
    "8.2": 3,
    "8.3": 1,
    "8.4": 1,
    "9.1": 3,
    "9.2": 4,
    "10.1": 2,
    "10.2": 2,
    "10.3": 4,
    "10.4": 11,
    "10.5": 5,
}


def test_nothing_in_reach_is_left_out() -> None:
    wanted = {
        f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)
    }
    assert wanted - {number for number, _, _ in ROWS} == set()


def test_each_requirement_has_one_row_in_its_place() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, _, _ in ROWS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("proof", sorted({proof for _, _, proof in ROWS}))
def test_what_proves_it_exists(proof: str) -> None:
    if "::" in proof:
        file, _, name = proof.partition("::")
        assert re.search(rf"def test_{name}\b", (ROOT / "tests" / file).read_text())
    else:
        file, _, heading = proof.partition("#")
        lines = (ROOT / file).read_text().splitlines()
        headings = {_anchor(line) for line in lines if line.startswith("#")}
        assert heading in headings


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lstrip("# ").lower()).replace(" ", "-")
