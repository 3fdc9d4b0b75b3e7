"""How many inputs each class of tests has tried, so that one command can print it."""

import json
from collections import Counter
from pathlib import Path

COUNTS: Counter[str] = Counter()


def count(what: str, number: int = 1) -> None:
    """Add to the count of `what`, which names a class of inputs in the words of the docs: "cuts of JSONTestSuite files"."""
    COUNTS[what] += number


def keep(path: Path, *, passed: int, failed: int) -> None:
    """Write the counts of a run, and how many of its tests passed and failed, for `make trust` to read."""
    counts = {"passed": passed, "failed": failed, "counts": dict(sorted(COUNTS.items()))}
    path.write_text(json.dumps(counts, indent=2, ensure_ascii=False) + "\n", "utf-8")
