"""The top level of a document, as `distinct_fields` and `progress` look at it: its fields, or the elements of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from ..incremental import JsonSnapshot
from ..partial import is_closed
from ..partial.access import fields_of
from ..partial.state import origin_of, unrooted
from ..typing import Segment


def names_in(partial: Any) -> Sequence[Segment]:
    """The fields (of a list: the indices) that have begun to show, in the order in which they did."""
    shown = unrooted(partial)
    return range(len(shown)) if isinstance(shown, list | tuple) else list(fields_of(shown))


class FirstNames(Sequence[Segment]):
    """The first so many of a list of names that only grows. (A tuple would cost as much as there are, each time.)"""

    def __init__(self, names: list[Segment], count: int) -> None:
        self._names = names
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Segment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Segment]: ...
    def __getitem__(self, index: int | slice) -> Segment | Sequence[Segment]:
        found = range(self._count)[index]
        return self._names[found] if isinstance(found, int) else tuple(self._names[each] for each in found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class ClosedNames:
    """The names that have closed, followed from item to item, so that each is looked at once, however many there are."""

    def __init__(self) -> None:
        self.known: set[Segment] = set()
        self._in_order: list[Segment] = []
        self._children = 0
        """How many children of an object have been looked at: more than are known, where keys are repeated."""
        self._elements = 0

    def __contains__(self, name: Segment | None) -> bool:
        return name in self.known or (isinstance(name, int) and name < self._elements)

    @property
    def so_far(self) -> Sequence[Segment]:
        """All of them, in the order in which they closed."""
        return range(self._elements) if self._elements else FirstNames(self._in_order, len(self._in_order))

    def advance(self, item: Any) -> Sequence[Segment]:
        """Those that have newly closed."""
        names = self._candidates(item)
        if isinstance(names, range):
            has_open_element = bool(names) and not is_closed(item, names[-1])
            closed = range(self._elements, len(names) - has_open_element)
            self._elements = closed.stop
            return closed
        newly = tuple(dict.fromkeys(name for name in names if name not in self.known and is_closed(item, name)))
        self.known.update(newly)
        self._in_order += newly
        return newly

    def _candidates(self, item: Any) -> Sequence[Segment]:
        if not isinstance(item, JsonSnapshot):
            return names_in(item)
        level = item.root_level
        if level >= len(item.spine):
            value = item.value
            return range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else ()
        container, count = item.spine[level], item.counts[level]
        if not container.is_object:
            return range(count + item.has_open_child(level))
        before, self._children = self._children, count
        return container.keys[before:count]


def attempt_in(item: Any, before: int) -> int:
    """Which attempt at an answer an item belongs to; where it does not say, to that of the item before."""
    snapshot = origin_of(item)
    return before if snapshot is None else snapshot.origin.number


def repeats_a_field(item: Any) -> bool:
    """Whether the document has a field twice at its top level, be the second one open."""
    snapshot = origin_of(item)
    return (
        snapshot is not None
        and snapshot.root_level < len(snapshot.spine)
        and snapshot.spine[snapshot.root_level].repeats_a_key
    )
