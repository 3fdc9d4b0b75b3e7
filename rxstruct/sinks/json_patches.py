"""`json_patches`: what is new in each state, as a patch for a copy of the document elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc

from ..incremental import JsonSnapshot
from ..incremental.changes import Follower, JsonView
from ..incremental.patches import Patch, Patcher, differences
from ..partial import dump
from ..policy import listen
from ..stream import Flow, Stream
from ..typing import ABSENT, JsonValue


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
    what the state shows (of a partial: its `dump`). On snapshots they come from the parse itself and cost what is new; on
    partials, which validators may have their say on, each costs a dump of the partial, so throttle a fast stream of a long one.
    Completes with the source.
    Errors: the source's, as they are.

    Source: RFC 6902, <https://www.rfc-editor.org/rfc/rfc6902>.
    """

    def operator(source: Observable[Any]) -> Stream[Patch]:
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


class StatePatcher:
    """Makes a patch of each state that it is shown: snapshots, or partials, of one document."""

    def __init__(self, *, append: bool = False) -> None:
        self._append = append
        self._patcher = Patcher(append=append)
        self._follower = Follower(JsonView())
        self._shown: JsonValue = ABSENT

    def patch(self, state: Any) -> Patch:
        """What is new since the last state."""
        if isinstance(state, JsonSnapshot):
            return self._patcher.patch(self._follower.advance(state))
        before, self._shown = self._shown, dump(state)
        if before is ABSENT:
            return [{"op": "add", "path": "", "value": self._shown}]
        return list(differences(before, self._shown, append=self._append))


__all__ = ["StatePatcher", "json_patches"]
