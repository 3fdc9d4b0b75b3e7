"""`changes`: the whole log of a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc

from ..incremental.changes import Change, Follower
from ..stream import Flow, Stream
from .following import follow, listen_to_states


def changes() -> Callable[[Observable[Any]], Stream[Change]]:
    """Tell everything that happens to a document, one change at a time.

    ```storyboard
    deltas   --a-------b-------c---|
    changes  --(opq)---(rst)---(uv)|

    a  {"name":"A
    b  da","tags":[
    c  ]}
    o = ((), "opened", {}, "")
    p = (("name",), "opened", "", "")
    q = (("name",), "appended", None, "A")
    r = (("name",), "appended", None, "da")
    s = (("name",), "closed", "Ada", "")
    t = (("tags",), "opened", [], "")
    u = (("tags",), "closed", [], "")
    v = ((), "closed", {"name": "Ada", "tags": []}, "")
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"name":"A', 'da"}').pipe(rxs.accumulate_json(), rxs.changes()).subscribe(
        ...     lambda change: print(change.path, change.kind, repr(change.text or change.value))
        ... )
        () opened {}
        ('name',) opened ''
        ('name',) appended 'A'
        ('name',) appended 'da'
        ('name',) closed 'Ada'
        () closed {'name': 'Ada'}
        <...>

    Emits a `Change(path, kind, value, text)` for every string, list and object that `opened`, all text `appended` to a
    string, and every value that `closed`, in the order of the text; on partials, with the model's names and values. However
    the upstream was cut or throttled, it is the same log, but that a string's text may come in fewer pieces. (Of a dataclass of
    which nothing but the finished instance is seen, which does not say what was set, the defaults are in the log as well.)
    Completes with the source.
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials.
    """

    def operator(source: Observable[Any]) -> Stream[Change]:
        def subscribe(
            observer: abc.ObserverBase[Change], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            follower: Follower[Any] | None = None

            def on_next(item: Any) -> None:
                nonlocal follower
                follower = follower or follow(item)
                for change in follower.advance(item):
                    observer.on_next(change)

            return listen_to_states(source, observer, on_next, operator="changes()", scheduler=scheduler)

        return Stream(subscribe, flow=Flow.PIECES)

    return operator
