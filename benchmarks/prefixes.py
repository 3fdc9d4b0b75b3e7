"""Beside parsing the prefix anew on every delta, and beside a chain of operators that do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from . import pipelines
from .documents import KB, document
from .lines import Line, at_most, plain
from .timing import Timing, repeated, take_turns

TITLE = "Beside parsing the prefix anew on every delta, and beside operators that do nothing"
VALUES_BOUNDS = {4: 0.7, 16: 0.35, 64: 0.14}
PARTIALS_BOUNDS = {4: 1.2, 16: 0.6, 64: 0.25}
MAPS_BOUND = 4.5
PIPELINES = [
    pipelines.values,
    pipelines.partials,
    pipelines.jiter_prefixes,
    pipelines.pydantic_prefixes,
    pipelines.three_maps,
]


def lines(quick: bool) -> Iterator[Line]:
    """The report, from 4 to 64 KB."""
    for size in VALUES_BOUNDS:
        report = document("report", size * KB)
        for pipeline in PIPELINES[:4]:
            pipelines.check(pipeline, report)
        rounds, times = (3, 1) if quick else (9 if size < 64 else 3, max(1, 16 // size))
        runs = [repeated(pipelines.run(pipeline, report), times) for pipeline in PIPELINES]
        values, partials, jiter, pydantic, maps = take_turns(*runs, rounds=rounds)
        yield at_most(
            f"`accumulate_json`, each value read, vs jiter on the prefix, {size} KB",
            values.over(jiter),
            VALUES_BOUNDS[size],
            beside(values, jiter),
        )
        yield at_most(
            f"`accumulate_json` + `to_partial` vs jiter on the prefix (untyped), {size} KB",
            partials.over(jiter),
            PARTIALS_BOUNDS[size],
            beside(partials, jiter),
        )
        yield at_most(
            f"the same vs three `map`s that do nothing, {size} KB",
            partials.over(maps),
            MAPS_BOUND,
            beside(partials, maps),
        )
        yield plain(
            f"pydantic's `experimental_allow_partial` on the prefix (dicts) vs the same, {size} KB",
            f"{pydantic.over(partials):.3g} × ({beside(pydantic, partials)})",
        )


def beside(ours: Timing, theirs: Timing) -> str:
    """Both figures of a ratio."""
    return f"{ours.microseconds:.3g} and {theirs.microseconds:.3g} µs per delta"


__all__ = ["TITLE", "beside", "lines"]
