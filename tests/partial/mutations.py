"""Documents that are still JSON and no longer, perhaps, what the model wants."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

other_values = st.sampled_from(
    [None, True, False, 0, -1, 7, 1e9, 0.5, "", "x", "2024-01-01", "a rather long text", [], [1], ["x"], {}, {"a": 1}]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [path, *(place for segment, child in children for place in places(child, (*path, segment)))]


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """`document` with one or two of its values replaced, removed, renamed, repeated or reordered."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        found = [place for place in places(document) if place]
        if not found:
            return draw(other_values.map(copy.deepcopy))
        *parents, last = draw(st.sampled_from(found))
        holder = document
        for segment in parents:
            holder = holder[segment]
        change(draw, holder, last)
    return document


def change(draw: st.DrawFn, holder: Any, at: Any) -> None:
    what = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add", "move"]))
    if what == "replace":
        holder[at] = draw(other_values.map(copy.deepcopy))
    elif what == "remove":
        del holder[at]
    elif what == "add" and isinstance(holder, dict):
        holder["surplus"] = draw(other_values.map(copy.deepcopy))
    elif what == "add":
        holder.insert(at, copy.deepcopy(holder[at]))
    elif isinstance(holder, dict):  # move: to the end
        holder[at] = holder.pop(at)
    else:
        holder.append(holder.pop(at))
