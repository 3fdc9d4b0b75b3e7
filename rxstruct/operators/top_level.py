"""The top level of a document, as `distinct_fields` and `progress` look at it: its fields, or the elements of a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..incremental import JsonSnapshot
from ..partial import is_closed
from ..partial.access import fields_of
from ..partial.state import origin_of, unrooted
from ..typing import Segment


def names_in(item: Any) -> Sequence[Segment]:
    """The fields (of a list: the indices) that have begun to show, in the order in which they did."""
    if isinstance(item, JsonSnapshot):
        return _names_in_snapshot(item)
    item = unrooted(item)
    return range(len(item)) if isinstance(item, list | tuple) else list(fields_of(item))


def newly_closed(item: Any, known: Collection[Segment]) -> Sequence[Segment]:
    """Those of them that have closed and are not known."""
    names = names_in(item)
    if isinstance(names, range):
        has_open_element = bool(names) and not is_closed(item, names[-1])
        return range(len(known), len(names) - has_open_element)
    return tuple([name for name in names if name not in known and is_closed(item, name)])


def attempt_in(item: Any, before: int) -> int:
    """Which attempt at an answer an item belongs to; where it does not say, to that of the item before."""
    snapshot = origin_of(item)
    return before if snapshot is None else snapshot.document.attempt


def _names_in_snapshot(snapshot: JsonSnapshot) -> Sequence[Segment]:
    level = snapshot.root_level
    if level < len(snapshot.spine):
        container = snapshot.spine[level]
        count = snapshot.counts[level] + snapshot.has_open_child(level)
        return list(dict.fromkeys(container.keys[:count])) if container.is_object else range(count)
    value = snapshot.value
    return range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else ()


__all__ = ["attempt_in", "names_in", "newly_closed"]
