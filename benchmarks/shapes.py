"""What a typed partial on every delta costs, for every shape of document, length, and length of delta."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import pipelines
from .documents import KB, SHAPES, Document, document
from .lines import Line, plain
from .pipelines import Latest
from .timing import seconds_of

TITLE = "A typed partial on every delta: all shapes, lengths and deltas"
LENGTHS = (1, 16, 256, 1024)
DELTA_LENGTHS = (1, 4, 32)
WHOLE = 100_000_000
LEAST_DELTAS = 4_000
"""Short documents are gone through as often as that takes."""


def lines(quick: bool) -> Iterator[Line]:
    """From 1 KB to 1 MB, and from one character to the whole; in quick mode up to 16 KB, and in deltas of about 4 only."""
    for shape in SHAPES:
        yield of_lengths(shape, LENGTHS[:2] if quick else LENGTHS)
        if not quick:
            yield of_deltas(shape, 64)


def of_lengths(shape: str, lengths: Sequence[int]) -> Line:
    """Documents of so many KB."""
    costs = [f"{cost(document(shape, length * KB)):.3g}" for length in lengths]
    what = f"{shape}: {', '.join(map(str, lengths))} KB in deltas of about 4 characters"
    return plain(what, f"{', '.join(costs)} µs per delta")


def of_deltas(shape: str, length: int) -> Line:
    """A document of so many KB, cut in several ways."""
    costs = [f"{cost(document(shape, length * KB, delta)):.3g}" for delta in DELTA_LENGTHS]
    whole = cost(document(shape, length * KB, WHOLE)) / 1e3
    what = f"{shape}: {length} KB in deltas of {', '.join(map(str, DELTA_LENGTHS))} characters; in one"
    return plain(what, f"{', '.join(costs)} µs per delta; {whole:.3g} ms")


def cost(document: Document) -> float:
    """Microseconds per delta; each time, the object at the end is compared with `json.loads`, which is not timed."""
    last = Latest()
    times = min(20, max(1, LEAST_DELTAS // len(document.deltas)))
    seconds = 0.0
    for _ in range(times):
        seconds += seconds_of(lambda: last(pipelines.partials(document)))
        pipelines.compare(last.item, document)
    return seconds / times / len(document.deltas) * 1e6


__all__ = ["TITLE", "lines"]
