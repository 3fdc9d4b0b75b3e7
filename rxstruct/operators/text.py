"""`text`: a string field as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc

from ..incremental import JsonSnapshot
from ..incremental.changes import Follower
from ..partial.paths import no_text
from ..stream import Flow, Stream
from ..typing import EACH, Each, Segment
from .following import check_segments, check_source, follow, listen_to_states

NO_TEXT = (int, float, list, dict)


def text(*path: Segment | Each) -> Callable[[Observable[Any]], Stream[str]]:
    """Emit the text that a string field has gained since the last emission: for a typewriter, or for speech.

    ```storyboard
    deltas  --a--b--c--|
    text    --x--y--z--|

    a  {"body":"Once
    b = ' upon\\\\n'
    c  a time"}
    x  Once
    y = ' upon\\n'
    z  a time
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> deltas = rx.of('{"title":"T","body":"Once', " upon", ' a time"}')
        >>> deltas.pipe(rxs.accumulate_json(), rxs.text("body")).subscribe(print)
        Once
         upon
         a time
        <...>

    Args:
        path: where the string stands: keys of the document on snapshots, field names on partials, indices; `EACH` for the
            strings of every element, one after the other.

    Emits pieces that joined give the string's decoded text, each once, however the upstream was cut or throttled: the raw
    text, on partials too, whatever validators make of it when it closes. It costs what the new text costs, not what the
    string has grown to.
    Completes with the source.
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials. A path that the model
    cannot have, or that is no string's, is a `PathInvalid`, as the pipeline is built, or where the model is not known there, at
    the first item that shows it. (With `EACH`, elements that are no strings are passed over there.)
    """

    check_segments("text", path)

    def operator(source: Observable[Any]) -> Stream[str]:
        check_source(source, path, is_text=True)

        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            follower: Follower[Any] | None = None
            more_text: Callable[[JsonSnapshot], str | None] | None = None

            def on_next(item: Any) -> None:
                # Most deltas of a long answer only lengthen a string.
                more = more_text(item) if more_text is not None else None
                if more:
                    observer.on_next(more)
                elif more is None:
                    advance(item)

            def advance(item: Any) -> None:
                nonlocal follower, more_text
                if follower is None:
                    follower = follow(item, path, raw_text=True)
                    more_text = follower.more_text if isinstance(item, JsonSnapshot) else None
                for change in follower.advance(item):
                    if change.kind == "appended":
                        observer.on_next(change.text)
                    elif EACH not in path and isinstance(change.value, NO_TEXT):
                        observer.on_error(no_text(path))
                        return

            return listen_to_states(source, observer, on_next, operator="text()", patterns=[path], scheduler=scheduler)

        return Stream(subscribe, flow=Flow.PIECES)

    return operator
