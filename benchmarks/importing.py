"""`import rxstruct` beside importing what it stands on."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator

from .lines import Line, at_most, plain

TITLE = "Importing"
BOUND = 1.5


BARE = "import pydantic, reactivex"
EVERYTHING = "from rxstruct import *"


def lines(quick: bool) -> Iterator[Line]:
    """Each in new processes, which take turns. Names are imported when they are first used, so all of them are measured, too."""
    rounds = 5 if quick else 11
    rows = [[cpu_of(statement) for statement in ("import rxstruct", EVERYTHING, BARE)] for _ in range(rounds)]
    ours, everything, bare = (statistics.median(figures) * 1e3 for figures in zip(*rows, strict=True))
    ratio = statistics.median(row[0] / row[2] for row in rows)
    yield at_most(f"`import rxstruct` vs `{BARE}`, whole processes", ratio, BOUND, f"{ours:.0f} and {bare:.0f} ms")
    ratio = statistics.median(row[1] / row[2] for row in rows)
    yield plain(f"`{EVERYTHING}` vs the same", f"{ratio:.3g} × ({everything:.0f} ms)")


def cpu_of(statement: str) -> float:
    """Seconds of CPU time of a Python process that does nothing else."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


__all__ = ["TITLE", "lines"]
