"""What every driver does: read the streams, go through each as many rounds as told, and say how long it took.

What goes in (stdin) and what comes out (the file that the first argument names) is one JSON object; see `comparison.py`. It needs
the standard library alone.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Stream(NamedTuple):
    """A document's deltas, and the server-sent events that bring them in each of the two APIs of OpenAI."""

    deltas: list[str]
    chat_events: list[str]
    responses_events: list[str]


def serve(read: Callable[[Stream], Any]) -> None:
    """Time `read`, which goes through a stream to its end, looks at every item, and returns the last as plain JSON values."""
    results = []
    for job in json.load(sys.stdin):
        stream = Stream(**job["stream"])
        timed = [timed_read(read, stream) for _ in range(job["rounds"])]
        seconds = [taken for taken, _ in timed]
        peak = peak_of(read, stream) if job["with_peak"] else None
        results.append({"seconds": seconds, "final": timed[0][1], "peak": peak})
    Path(sys.argv[1]).write_text(json.dumps(results), encoding="utf-8")


def timed_read(read: Callable[[Stream], Any], stream: Stream) -> tuple[float, Any]:
    gc.collect()
    start = time.process_time()
    final = read(stream)
    return time.process_time() - start, final


def peak_of(read: Callable[[Stream], Any], stream: Stream) -> int:
    """Bytes at the highest point, above the start."""
    gc.collect()
    tracemalloc.start()
    start, _ = tracemalloc.get_traced_memory()
    read(stream)
    peak = tracemalloc.get_traced_memory()[1] - start
    tracemalloc.stop()
    return peak


__all__ = ["Stream", "serve"]
