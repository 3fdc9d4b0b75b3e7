"""At the end of a run: the counts of `tests/tally.py`, printed (`--counts`) or kept in a file (`RXSTRUCT_COUNTS=counts.json`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import tally


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--counts", action="store_true", help="print how many inputs each class of tests has tried")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--counts"):
        terminalreporter.section("inputs tried")
        for what, number in sorted(tally.COUNTS.items()):
            terminalreporter.write_line(f"{number:>12,}  {what}")
    if kept := os.environ.get("RXSTRUCT_COUNTS"):
        passed, failed = (
            sum(len(terminalreporter.stats.get(outcome, ())) for outcome in outcomes) for outcomes in ENDS
        )
        tally.keep(Path(kept), passed=passed, failed=failed)


ENDS = ("passed",), ("failed", "error")
