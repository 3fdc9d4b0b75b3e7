"""The table of `make trust` says what came of it, and it holds only if nothing failed anywhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from .soak.soak import Memory, Soaked
from .trust import BEGIN, END, PAGE, Trust

SOAKED = Soaked(
    streams=200,
    endings=Counter({"whole": 150, "reset": 50}),
    samples={100: Memory(90_000_000, 1, 5000), 200: Memory(91_000_000, 1, 5001)},
)
TRUST = Trust(
    suite={"passed": 1000, "failed": 0, "counts": {"texts": 12345, "faults injected": 6, "streams soaked": 200}},
    soaked=SOAKED,
    fuzzed={"core": 7890},
    fuzzing_failed=False,
    mutants={"made": 3000, "killed": 2990, "unexplained": 0},
)


def test_the_table() -> None:
    """Documents and trouble stand apart; each number is there, and what failed."""
    titles = {section.title: section.rows for section in TRUST.sections()}
    assert titles["Inputs tried"] == {"texts": "12,345"}
    assert titles["Trouble made"] == {"faults injected": "6"}
    assert titles["Fuzzed"] == {"inputs to core": "7,890"}
    assert titles["Mutants"] == {"made": "3,000", "killed": "2,990", "unexplained": "0"}
    assert titles["Soaked"]["… reset"] == "50"
    assert set(titles["Found"].values()) == {"1,000", "0"}
    assert TRUST.holds


@pytest.mark.parametrize(
    "failed",
    [
        replace(TRUST, suite={**TRUST.suite, "failed": 1}),
        replace(TRUST, soaked=replace(SOAKED, leaks=["a thread"])),
        replace(TRUST, fuzzing_failed=True),
        replace(TRUST, mutants={"unexplained": 1}),
    ],
    ids=["a test", "a leak", "a fuzzed input", "a mutant"],
)
def test_what_fails_shows(failed: Trust) -> None:
    """A test, a leak, a fuzzed input or a mutant that nobody explains: any of them, and it does not hold."""
    assert not failed.holds
    assert list(map(str, failed.sections())) != list(map(str, TRUST.sections()))


def test_the_page_has_a_place_for_it() -> None:
    """The page on what is promised has the marks between which the table is written."""
    text = PAGE.read_text("utf-8")
    assert text.index(BEGIN) < text.index(END)
