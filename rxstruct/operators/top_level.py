"""The top level of a document, as `distinct_fields` and `progress` look at it: its fields, or the elements of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..incremental import JsonSnapshot
from ..partial import closed_fields, is_closed
from ..partial.following import unrooted
from ..typing import Segment


def closed_names(item: Any) -> Sequence[Segment]:
    """The fields (of a list: the indices) that have closed, in the order in which they did."""
    if isinstance(item, JsonSnapshot):
        return _closed_in_snapshot(item)
    item = unrooted(item)
    if isinstance(item, list | tuple):
        has_open_element = bool(item) and not is_closed(item, len(item) - 1)
        return range(len(item) - has_open_element)
    return closed_fields(item)


def _closed_in_snapshot(snapshot: JsonSnapshot) -> Sequence[Segment]:
    level = 0 if snapshot.lines else 1
    if level < len(snapshot.spine):
        container, count = snapshot.spine[level], snapshot.counts[level]
        return list(dict.fromkeys(container.keys[:count])) if container.is_object else range(count)
    value = snapshot.value
    if isinstance(value, list):
        return range(len(value))
    return list(value) if isinstance(value, dict) else ()


__all__ = ["closed_names"]
