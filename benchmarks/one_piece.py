"""A document that comes in one piece, beside `json.loads`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from . import pipelines
from .documents import KB, SHAPES, document
from .lines import Line, at_most
from .timing import Run, take_turns

TITLE = "A document of 1 MB that comes in one piece, beside `json.loads`"
BOUND = 8.0


def lines(quick: bool) -> Iterator[Line]:
    """1 MB of each shape."""
    for shape in ["report"] if quick else SHAPES:
        whole = document(shape, 1024 * KB, 1024 * KB * 8)
        pipelines.check(pipelines.partials, whole)
        values, partials, loads = take_turns(
            pipelines.run(pipelines.values, whole),
            pipelines.run(pipelines.partials, whole),
            Run(partial(json.loads, whole.text), 1),
            rounds=5,
        )
        figures = f"{values.microseconds / 1e3:.3g} and {loads.microseconds / 1e3:.3g} ms"
        yield at_most(
            f"1 MB in one piece vs `json.loads`, {shape}: `accumulate_json`", values.over(loads), BOUND, figures
        )
        figures = f"{partials.microseconds / 1e3:.3g} ms"
        yield at_most(f"… and `to_partial` ({shape})", partials.over(loads), BOUND, figures)


__all__ = ["TITLE", "lines"]
