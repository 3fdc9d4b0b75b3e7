"""Process CPU time, taken so that two figures can be compared.

A busy machine slows everything down, but not evenly. So what is to be compared takes turns, round by round; a ratio is the median
of the rounds' own ratios, and a figure in microseconds is the median of the rounds.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Run(NamedTuple):
    """Something to time, and how many deltas it takes."""

    function: Callable[[], Any]
    deltas: int


class Timing(NamedTuple):
    """How long each round of one run took."""

    seconds: list[float]
    deltas: int

    @property
    def microseconds(self) -> float:
        """CPU time per delta."""
        return statistics.median(self.seconds) / self.deltas * 1e6

    def over(self, other: Timing) -> float:
        """How many times the other's cost per delta this one is."""
        ratios = [mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True)]
        return statistics.median(ratios) * other.deltas / self.deltas


def seconds_of(function: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    function()
    return time.process_time() - start


def take_turns(*runs: Run, rounds: int) -> list[Timing]:
    """Time the runs, one after the other, as many rounds as told."""
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for taken, run in zip(seconds, runs, strict=True):
            taken.append(seconds_of(run.function))
    return [Timing(taken, run.deltas) for taken, run in zip(seconds, runs, strict=True)]


def repeated(run: Run, times: int) -> Run:
    """A short run so many times over, to be timed as one."""

    def function() -> None:
        for _ in range(times):
            run.function()

    return Run(function, run.deltas * times)


__all__ = ["Run", "Timing", "repeated", "seconds_of", "take_turns"]
