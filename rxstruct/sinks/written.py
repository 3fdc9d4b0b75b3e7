"""`WrittenText`: the JSON text itself, piece by piece, for protocols whose clients parse it."""

from __future__ import annotations

from typing import Any

from ..incremental import JsonSnapshot
from ..partial import dump
from ..partial.state import origin_of
from .json_patches import check_state
from .wire import json_text


class WrittenText:
    """Says what each item of a stream adds to the document's text: deltas as they are, snapshots and partials from theirs."""

    def __init__(self) -> None:
        self._snapshot: JsonSnapshot | None = None
        self._end = -1

    def more(self, item: Any) -> str:
        """What is new; without the prose and whitespace around a document that was looked for (`locate="find"`)."""
        if isinstance(item, str):
            return item
        check_state(item)
        known = origin_of(item)
        snapshot = self._snapshot = known or self._snapshot
        if snapshot is None:
            return json_text(dump(item)) if self._end < 0 else ""
        start = self._end if self._end >= 0 else _start_of_root(snapshot)
        self._end = _end_of_root(snapshot) if known is not None else _newest_end_of_root(snapshot)
        return snapshot.text_buffer.slice(start, self._end)


def _start_of_root(snapshot: JsonSnapshot) -> int:
    if snapshot.lines:
        return 0
    root = snapshot.spine[0]
    if snapshot.counts[0]:
        return root.starts[0]
    if len(snapshot.spine) > 1:
        return snapshot.spine[1].start
    return snapshot.open_string.start - 1 if snapshot.open_string is not None else 0


def _end_of_root(snapshot: JsonSnapshot) -> int:
    return snapshot.spine[0].ends[0] if snapshot.counts[0] and not snapshot.lines else snapshot.position


def _newest_end_of_root(snapshot: JsonSnapshot) -> int:
    """The same of the newest state of the snapshot's document, which goes on in the same containers and the same text."""
    root = snapshot.spine[0]
    return root.ends[0] if root.ends and not snapshot.lines else snapshot.text_buffer.length
