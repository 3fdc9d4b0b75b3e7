"""Run a `JsonDocument` by hand: what it says after each delta, and the error that ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rxstruct.errors import RxStructError
from rxstruct.incremental import JsonDocument, JsonSnapshot

from .reference import NOTHING


@dataclass
class Run:
    """`states[n]` is the newest snapshot once n characters have gone in, for every n at which a delta ended; the end of the
    text may add a last one."""

    states: dict[int, JsonSnapshot | None] = field(default_factory=dict)
    emitted: list[JsonSnapshot] = field(default_factory=list)
    error: RxStructError | None = None

    @property
    def last(self) -> JsonSnapshot:
        return self.emitted[-1]


def run(deltas: Iterable[str], *, finish: bool = True, **options: Any) -> Run:
    """Feed `deltas`, then end the text."""
    document, result, position = JsonDocument(**options), Run(), 0
    newest: JsonSnapshot | None = None
    try:
        for delta in deltas:
            position += len(delta)
            snapshot = document.feed(delta)
            if snapshot is not None:
                newest = snapshot
                result.emitted.append(snapshot)
            result.states[position] = newest
        if finish and (snapshot := document.finish()) is not None:
            result.emitted.append(snapshot)
    except RxStructError as error:
        result.error = error
    return result


def value_of(snapshot: JsonSnapshot | None) -> Any:
    return NOTHING if snapshot is None else snapshot.value


def same(left: Any, right: Any) -> bool:
    """Equal to the last bit and in the same order: `1`, `1.0` and `True` differ, and so do `0.0` and `-0.0`."""
    return repr(left) == repr(right)
