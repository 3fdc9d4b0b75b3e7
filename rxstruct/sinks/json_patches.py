"""`json_patches`: what is new in each state, as a patch for a copy of the document elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from reactivex import Observable, abc

from ..incremental import JsonSnapshot
from ..incremental.changes import Follower, JsonView
from ..incremental.patches import Patch, Patcher, differences
from ..incremental.snapshot import value_at
from ..incremental.text import OpenString
from ..partial import dump
from ..partial.following import PartialView
from ..partial.state import is_ours, state_of
from ..policy import listen
from ..stream import Flow, Stream
from ..typing import ABSENT, JsonValue, Path


def json_patches(*, append: bool = False) -> Callable[[Observable[Any]], Stream[Patch]]:
    """Say what is new as JSON Patches (RFC 6902), for a copy of the document in a browser or another process.

    ```storyboard
    deltas   --a--b--c--|
    patches  --x--y--z--|

    a  {"name":"A
    b  da","tags":["x","
    c  y"]}
    x  [{"op": "add", "path": "", "value": {"name": "A"}}]
    y  [{"op": "replace", "path": "/name", "value": "Ada"}, {"op": "add", "path": "/tags", "value": ["x", ""]}]
    z  [{"op": "replace", "path": "/tags/1", "value": "y"}]
    ```

    Example:
        >>> import rxstruct as rxs
        >>> from rxstruct.sinks import json_patches
        >>> rxs.replay('{"name":"Ada"}', cuts=10).pipe(
        ...     rxs.accumulate_json(), json_patches(append=True)
        ... ).subscribe(print)
        [{'op': 'add', 'path': '', 'value': {'name': 'A'}}]
        [{'op': 'append', 'path': '/name', 'value': 'da'}]
        <...>

    Args:
        append: say that a string has grown by an operation of its own, `append`, which holds only the new text. It is not in
            RFC 6902; `jsonpatch.JsonPatchWithAppend` applies it, and so does the browser client of `rxstruct.sinks`. By
            default False: any RFC 6902 library applies the patches, at the price of each open string as a whole.

    Emits a list of operations for each snapshot or partial that changed something: applied in order, to any document, they leave
    what the state shows (of a partial: its `dump`). They come from the parse itself and cost what is new; but a patch of a
    partial in which more has happened than that a text grew costs a dump of it, because validators may have changed anything.
    Completes with the source.
    Errors: the source's, as they are.

    Source: RFC 6902, <https://www.rfc-editor.org/rfc/rfc6902>.
    """

    def operator(source: Observable[Any]) -> Stream[Patch]:
        check_states(source, "json_patches()")

        def subscribe(
            observer: abc.ObserverBase[Patch], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            states = StatePatcher(append=append)

            def on_next(item: Any) -> None:
                patch = states.patch(item)
                if patch:
                    observer.on_next(patch)

            return listen(source, observer, on_next, scheduler=scheduler)

        return Stream(subscribe, flow=Flow.PIECES)

    return operator


def check_states(source: Observable[Any], sink: str) -> None:
    """Refuse a stream of which it is known that its items are pieces of text, elements or patches."""
    if Flow.of(source) is Flow.PIECES:
        raise TypeError(
            f"{sink} takes snapshots or partials, and each item of this stream is only what is new: "
            "put accumulate_json(), and to_partial() for partials, before it, and nothing like text() or json_patches()"
        )


def check_state(item: Any) -> None:
    """Refuse what the package emits that is no state of a document: it would be sent as if it were one."""
    if is_ours(item):
        raise TypeError(
            f"a sink takes snapshots or partials, and got a value of type {type(item).__name__}: leave out the operator that "
            "makes it, or send it beside them, as a NamedEvent of sse()"
        )


class StatePatcher:
    """Makes a patch of each state that it is shown: snapshots, or partials, of one document."""

    def __init__(self, *, append: bool = False) -> None:
        self._patcher = Patcher(append=append)
        self._follower = Follower(JsonView())
        self._partials = PartialPatcher(append=append)

    def patch(self, state: Any) -> Patch:
        """What is new since the last state."""
        if isinstance(state, JsonSnapshot):
            return self._patcher.patch(self._follower.advance(state))
        return self._partials.patch(state)


class PartialPatcher:
    """Makes a patch of each partial, by comparing its dump with the last one.

    Between two partials of which only the open string differs, as most do, it takes just the new text, unless something in the
    model's dump might depend on that string.
    """

    def __init__(self, *, append: bool) -> None:
        self._append = append
        self._shown: JsonValue = ABSENT
        self._open: OpenString | None = None
        """The open string, where it shows in the dump as it is."""
        self._open_path: Path = ()
        self._open_end = 0

    def patch(self, partial: Any) -> Patch:
        state, kind = state_of(partial), cast(Any, type(partial))
        snapshot = None if state is None else state.snapshot
        if snapshot is not None and self._open is not None and snapshot.open_string is self._open:
            return self._lengthen(self._open.since(self._open_end, snapshot.string_end), snapshot.string_end)
        check_state(partial)
        before, self._shown = self._shown, dump(partial)
        self._open = None
        if snapshot is not None and snapshot.open_string is not None and is_dumped_as_is(kind):
            self._follow(snapshot.open_string, partial, snapshot)
        if before is ABSENT:
            return [{"op": "add", "path": "", "value": self._shown}]
        return list(differences(before, self._shown, append=self._append))

    def _lengthen(self, text: str, end: int) -> Patch:
        self._open_end = end
        before, self._shown = self._shown, lengthened(self._shown, self._open_path, text)
        whole = value_at(self._shown, self._open_path)
        return list(differences(value_at(before, self._open_path), whole, append=self._append, path=self._open_path))

    def _follow(self, string: OpenString, partial: Any, snapshot: JsonSnapshot) -> None:
        path = path_of_open_string(partial, snapshot)
        if path is not None and value_at(self._shown, path) == string.read(snapshot.string_end):
            self._open, self._open_path, self._open_end = string, path, snapshot.string_end


@lru_cache(maxsize=512)
def is_dumped_as_is(kind: Any) -> bool:
    """Whether no value in the dump of a model depends on another: it has no computed fields and no serializers."""
    schema = repr(getattr(kind, "__pydantic_core_schema__", "'serialization'"))
    return "'serialization'" not in schema and "'computed-field'" not in schema


def path_of_open_string(partial: Any, snapshot: JsonSnapshot) -> Path | None:
    """Where the string that is being written stands in the dump; None where the model ignores it."""
    view = PartialView()
    view.snapshot(partial)
    spine = zip(snapshot.spine, snapshot.counts, strict=True)
    segments = [view.segment(view.shape(partial, level), *each) for level, each in enumerate(spine)]
    path = tuple(segment for segment in segments[0 if snapshot.lines else 1 :] if segment is not None)
    return path if len(path) == len(segments) - (not snapshot.lines) else None


def lengthened(value: JsonValue, path: Path, text: str) -> JsonValue:
    """A copy in which the string at a path has grown; it shares all that is not on the way there."""
    if not path:
        return value + text
    copy = value.copy()
    copy[path[0]] = lengthened(value[path[0]], path[1:], text)
    return copy
