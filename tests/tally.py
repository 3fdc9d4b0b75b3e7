"""How many inputs each class of tests has tried, so that one command can print it."""

from collections import Counter

COUNTS: Counter[str] = Counter()


def count(what: str, number: int = 1) -> None:
    """Add to the count of `what`, which names a class of inputs in the words of the docs: "cuts of JSONTestSuite files"."""
    COUNTS[what] += number
