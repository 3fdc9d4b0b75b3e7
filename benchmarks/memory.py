"""Peak memory of a stream of which only the newest item is kept: tracemalloc, above the start."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from . import pipelines
from .documents import KB, document
from .lines import Line, at_most, plain

TITLE = "Memory at the highest point, in times the text"
BOUND = 6.0


def lines(quick: bool) -> Iterator[Line]:
    """A report of 1 MB (256 KB in quick mode); beside it, what jiter takes, which keeps the prefix and the newest value."""
    size = 256 if quick else 1024
    report = document("report", size * KB)
    ratio = peak_of(lambda: pipelines.partials(report)) / len(report.text)
    yield at_most(f"peak memory of a {size} KB stream that keeps only the newest partial, vs the text", ratio, BOUND)
    ratio = peak_of(lambda: pipelines.snapshots(report)) / len(report.text)
    yield plain("… that keeps only the newest snapshot", f"{ratio:.3g} ×")
    short = document("report", 64 * KB)
    ratio = peak_of(lambda: pipelines.jiter_prefixes(short)) / len(short.text)
    yield plain("… jiter on the prefix, 64 KB", f"{ratio:.3g} ×")


def peak_of(function: Callable[[], Any]) -> int:
    """Bytes at the highest point."""
    gc.collect()
    tracemalloc.start()
    try:
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        function()
        return tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()


__all__ = ["TITLE", "lines", "peak_of"]
