"""A response's body, sans-IO: bytes in, typed events out, whichever API it is.

What goes in: the bytes of the body, cut anywhere. What comes out: typed events.
What always holds:

1. What an event decodes to is given out before the error that a later one raises, also within one chunk.
2. Once the provider has said that the stream is over, the dialect's `ended` is True and the rest is ignored.
3. Whatever is not an event of the API raises SourceFailed, with the text that it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from jiter import from_json

from ..errors import RxStructError, SourceFailed, excerpt
from ..limits import MAX_EVENT_BYTES
from .events import Event
from .sse import SseDecoder
from .surrogates import SurrogateMender

EXCERPT_LENGTH = 120


class Dialect(Protocol):
    """Reads the JSON events of one API's stream; keeps what must be remembered from one to the next."""

    ended: bool
    """Whether the provider has said that nothing more is to come."""

    def decode(self, event: Any) -> list[Event]:
        """The typed events that one JSON event holds."""
        ...

    def done(self) -> list[Event]:
        """What `[DONE]` means."""
        ...


class BodyDecoder:
    """Reads the body of one response.

    >>> from rxstruct.sources.chat_completions import ChatCompletionsDecoder
    >>> decoder = BodyDecoder(ChatCompletionsDecoder())
    >>> list(decoder.feed(b'data: {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}\\n\\n'))
    [TextDelta(text='Hi', choice=0, output_index=0, phase=None)]

    Args:
        dialect: the API's own decoder.
        content_type: what the server said that the body is; for the error where it is no event stream.
        max_event_bytes: the most bytes that one event may have.
    """

    __slots__ = ("_content_type", "_dialect", "_mender", "_sse", "_started")

    def __init__(
        self, dialect: Dialect, *, content_type: str = "text/event-stream", max_event_bytes: int = MAX_EVENT_BYTES
    ) -> None:
        self._dialect = dialect
        self._content_type = content_type
        self._sse = SseDecoder(max_event_bytes=max_event_bytes)
        self._mender = SurrogateMender()
        self._started = False

    def feed(self, chunk: bytes) -> Iterable[Event]:
        """The typed events that this chunk completes. Must be read to its end before the next call."""
        if self._dialect.ended:
            return ()
        data = self._sse.whole_event(chunk)
        return self._read_all(self._sse.feed(chunk)) if data is None else self._read(data)

    def _read_all(self, found: Iterable[bytes]) -> Iterator[Event]:
        for data in found:
            yield from self._read(data)
            if self._dialect.ended:
                return

    def finish(self) -> Iterator[Event]:
        """The typed events that the end of the body completes; EOFError if it came inside an event."""
        if self._dialect.ended:
            return
        for data in self._sse.finish():
            if not is_whole(data):
                raise EOFError("the connection was closed inside an event")
            yield from self._read(data)
        if not self._started:
            raise SourceFailed(
                f"the server sent no event at all, but a body of type {excerpt(self._content_type)}; "
                "is the base_url right, and can this endpoint stream?"
            )

    def _read(self, data: bytes) -> list[Event]:
        self._started = True
        try:
            events = self._dialect.decode(from_json(data))
        except RxStructError:
            raise
        except Exception:
            return self._read_unusual(data)
        if self._mender.waiting:
            return [self._mender.mend(each) for each in events]
        return events

    def _read_unusual(self, data: bytes) -> list[Event]:
        """The typed events of what is no JSON object that jiter reads and the dialect knows; or the error that says why not."""
        if data.startswith(b"[DONE]"):
            return self._dialect.done()
        if not data.strip():
            return []
        # jiter refuses an escaped lone surrogate, which is JSON all the same; json.loads takes it, but of bytes takes also what
        # is no UTF-8.
        try:
            event = json.loads(data.decode())
        except ValueError as error:
            shown = excerpt(data.decode("utf-8", "replace"), EXCERPT_LENGTH)
            raise SourceFailed(f"the provider sent an event that is not JSON: {shown}") from error
        return [self._mender.mend(each) for each in read_event(self._dialect, event)]


def is_whole(data: bytes) -> bool:
    """Whether the data of an event that no blank line has ended is all of it."""
    if data.startswith(b"[DONE]"):
        return True
    try:
        json.loads(data.decode())
    except ValueError:
        return False
    return True


def read_event(dialect: Dialect, event: Any) -> list[Event]:
    """The typed events of one JSON event; SourceFailed where it has a shape that the API does not have."""
    try:
        return dialect.decode(event)
    except RxStructError:
        raise
    except Exception as error:
        shown = excerpt(json.dumps(event, default=repr), EXCERPT_LENGTH)
        raise SourceFailed(f"the provider sent an event of an unknown shape: {shown}") from error
