"""What a delta costs late in a long document beside what it costs in a short one."""

from __future__ import annotations

from collections.abc import Iterator

from . import pipelines
from .documents import KB, Document, document
from .lines import Line, at_most
from .prefixes import beside
from .timing import Timing, repeated, take_turns

TITLE = "Late in a long document beside a short one"
BOUNDS = {256: 1.3, 1024: 1.5}


def lines(quick: bool) -> Iterator[Line]:
    """The report, with a typed partial on every delta."""
    for size, bound in BOUNDS.items():
        if quick and size > 256:
            return
        long, short = compare(document("report", 4 * KB), document("report", size * KB), rounds=3)
        yield at_most(
            f"growth: a delta of a {size} KB report vs one of a 4 KB report",
            long.over(short),
            bound,
            beside(long, short),
        )


def compare(short: Document, long: Document, rounds: int) -> tuple[Timing, Timing]:
    """The timing of the long document, and of the short one so many times over that it takes as long."""
    pipelines.check(pipelines.partials, short)
    pipelines.check(pipelines.partials, long)
    times = max(1, len(long.deltas) // len(short.deltas))
    long_timing, short_timing = take_turns(
        pipelines.run(pipelines.partials, long),
        repeated(pipelines.run(pipelines.partials, short), times),
        rounds=rounds,
    )
    return long_timing, short_timing


__all__ = ["TITLE", "compare", "lines"]
