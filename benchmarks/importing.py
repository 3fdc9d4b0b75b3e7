"""`import rxstruct` beside importing what it stands on."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator

from .lines import Line, at_most

TITLE = "Importing"
BOUND = 1.5


def lines(quick: bool) -> Iterator[Line]:
    """Each in new processes, which take turns."""
    rounds = 5 if quick else 11
    pairs = [(cpu_of("import rxstruct"), cpu_of("import pydantic, reactivex")) for _ in range(rounds)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(figures) * 1e3 for figures in zip(*pairs, strict=True))
    what = "`import rxstruct` vs `import pydantic, reactivex`, whole processes"
    yield at_most(what, ratio, BOUND, f"{ours:.0f} and {theirs:.0f} ms")


def cpu_of(statement: str) -> float:
    """Seconds of CPU time of a Python process that does nothing else."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


__all__ = ["TITLE", "lines"]
