"""`sse`: server-sent events that keep a copy of the document up to date, for the browser client of this package.

What goes in: snapshots or partials. What comes out: events. What always holds:

1. An event without a name is a patch: a list of operations, or, with `append`, a text alone. A text alone lengthens what the
   last operation of the patch before has written: it stands for one `append` at that operation's path.
2. Events have ids, which count. A text alone has none: it goes on with the event before it, and would cost three times as much.
   A reader that comes back gets the whole document first, wherever it had got to, so its id need not be exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from reactivex import Observable

from ..incremental.patches import Patch
from ..typing import JsonValue
from .frames import Frames
from .json_patches import StatePatcher, check_states
from .responses import response_of
from .wire import EVENT_STREAM, UNBUFFERED, described, json_text

if TYPE_CHECKING:
    from fastapi.sse import ServerSentEvent
    from starlette.responses import Response

F = TypeVar("F")

LONGEST_ID = 18
"""Digits of an id that a client may come back with: no more than any number of events needs, as `int` refuses 4,301."""

COMPLETED, FAILED = "completed", "failed"
NO_ID = 0
RESERVED = {COMPLETED, FAILED, "", "message", "error", "open"}


class NamedEvent(NamedTuple):
    """An event of your own beside the patches: `merge` such items into the stream that `sse` is given."""

    name: str
    """What the browser's `addEventListener` takes; not one that `sse` or the browser itself uses."""
    data: JsonValue


def sse(source: Observable[Any], *, append: bool = True) -> Frames[bytes]:
    """Send a document as server-sent events, while it is being written.

    ```
    partials  ------x--------------------y------------------|
    sse             id:1                 id:2               id:3
                    data:[{"op":"add"…   data:[{"op":…      event:completed
    ```

    Example:
        >>> import asyncio
        >>> import rxstruct as rxs
        >>> from rxstruct.sinks import sse
        >>> async def main() -> None:
        ...     async for frame in sse(rxs.replay('{"name":"Ada"}', cuts=10).pipe(rxs.accumulate_json())):
        ...         print(frame.decode(), end="")
        >>> asyncio.run(main())
        id:1
        data:[{"op":"add","path":"","value":{"name":"A"}}]
        <BLANKLINE>
        id:2
        data:[{"op":"append","path":"/name","value":"da"}]
        <BLANKLINE>
        id:3
        event:completed
        data:{}
        <BLANKLINE>

    Args:
        source: snapshots or partials; `NamedEvent`s may come among them.
        append: say that a string has grown with `append`, as for `json_patches`, and, where it goes on growing, with the new text
            alone. The browser client of this package (`browser_client`) understands both, and they cost the wire much less. True
            by default; with False any RFC 6902 library applies what is sent.

    Emits an event without a name for each patch; one with its own name for each `NamedEvent`; last, one called `completed`, or
    `failed`, whose data is `{"error": "Truncated", "message": "…"}` (and the `path` of an invalid field). A patch that is a text
    and not a list, such as `data:"ce"`, lengthens what the operation before it wrote. Ids count from 1; such a text has none.
    A late or returning reader of a stream behind `share_latest()` gets the whole document in its first patch and goes on from
    there; with its `Last-Event-ID` header, which `sse_response` reads by itself, the ids go on, too.
    Errors: none but in-band, as above; `ready` raises one that comes before the first item.

    Source: HTML Standard, "Server-sent events", <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
    """
    check_states(source, "sse()")
    return Frames(source, SseEncoder(_to_bytes, append=append))


def sse_response(source: Observable[Any], *, append: bool = True) -> Response:
    """The HTTP response of `sse`, for Starlette and FastAPI: return it from a route.

    Args:
        source: as for `sse`.
        append: as for `sse`.

    Returns:
        A response with the right headers. A failure before the first item sets its status; a client that leaves disposes the
        pipeline, up to the model's HTTP stream.
    """
    return response_of(sse(source, append=append))


def sse_events(source: Observable[Any], *, append: bool = True) -> Frames[ServerSentEvent]:
    """The events of `sse` for FastAPI's own support: a route with `response_class=EventSourceResponse` yields them.

    Args:
        source: as for `sse`.
        append: as for `sse`.
    """
    check_states(source, "sse_events()")
    return Frames(source, SseEncoder(_to_fastapi, append=append))


class SseEncoder(Generic[F]):
    """Server-sent events, in whichever form a framework takes them: made of a name, an id, and the data as JSON."""

    media_type = EVENT_STREAM
    headers: Mapping[str, str] = UNBUFFERED

    def __init__(self, make: Callable[[str, int, str], F], *, append: bool) -> None:
        self._make = make
        self._states = StatePatcher(append=append)
        self._last_id = 0
        self._last_path: str | None = None
        """Where the last operation of all that were sent has written."""

    def begin(self, last_event_id: str) -> Iterable[F]:
        if last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) <= LONGEST_ID:
            self._last_id = int(last_event_id)
        return ()

    def item(self, item: Any) -> Iterable[F]:
        if isinstance(item, NamedEvent):
            if item.name in RESERVED or not item.name.isprintable():
                raise ValueError(f"NamedEvent({item.name!r}): this name is taken, or can't be sent; choose another one")
            yield self._event(item.name, item.data)
        elif patch := self._states.patch(item):
            yield self._patch(patch)

    def completed(self) -> Iterable[F]:
        yield self._event(COMPLETED, {})

    def failed(self, error: Exception) -> Iterable[F]:
        yield self._event(FAILED, described(error))

    def idle(self) -> Iterable[F]:
        yield self._make("", NO_ID, "")

    def _patch(self, patch: Patch) -> F:
        first, last_path = patch[0], self._last_path
        self._last_path = patch[-1]["path"]
        if len(patch) == 1 and first["op"] == "append" and first["path"] == last_path:
            return self._make("", NO_ID, json_text(first["value"]))
        return self._event("", patch)

    def _event(self, name: str, data: JsonValue) -> F:
        self._last_id += 1
        return self._make(name, self._last_id, json_text(data))


def _to_bytes(name: str, number: int, data: str) -> bytes:
    if not data:
        return b":\n\n"
    numbered = f"id:{number}\n" if number else ""
    named = f"event:{name}\n" if name else ""
    return f"{numbered}{named}data:{data}\n\n".encode()


def _to_fastapi(name: str, number: int, data: str) -> ServerSentEvent:
    from fastapi.sse import ServerSentEvent

    if not data:
        return ServerSentEvent(comment="")
    return ServerSentEvent(raw_data=data, event=name or None, id=str(number) if number else None)
