"""Server-Sent Events, sans-IO: bytes in, the data of each event out.

What goes in: the bytes of a response body, cut anywhere (also inside a UTF-8 character or between CR and LF).
What comes out: the data of each event, as bytes, in order; names, ids and comments are dropped, for no provider's meaning
depends on them.
What always holds:

1. Cuts don't matter: the same bytes give the same events, however they were cut.
2. Lines end with CR, LF or CRLF; a byte order mark at the start is skipped; several `data` lines are joined by LF.
3. An event is given out as soon as its blank line has arrived; one that the body's end cut off from its blank line is given
   out by `finish`, because some providers leave that line out.
4. Linear, and bounded: an event of more than `max_event_bytes` raises LimitExceeded before it is put together.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import LimitExceeded

MAX_EVENT_BYTES = 16 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SseDecoder:
    """Turns the bytes of an event stream into the data of its events.

    >>> decoder = SseDecoder()
    >>> list(decoder.feed(b'data: {"a"')), list(decoder.feed(b': 1}\\n\\ndata: [DONE]\\n\\n'))
    ([], [b'{"a": 1}', b'[DONE]'])

    Args:
        max_event_bytes: the most bytes that one event may have; default 16 MiB.
    """

    __slots__ = ("_after_carriage_return", "_data", "_event_bytes", "_line", "_line_bytes", "_max", "_started")

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._line: list[bytes] = []  # the pieces of the line that has not ended yet
        self._line_bytes = 0
        self._data: list[bytes] = []  # the data lines of the event that has not ended yet
        self._event_bytes = 0
        self._after_carriage_return = False
        self._started = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that this chunk completes. Must be read to its end before the next call."""
        if self._after_carriage_return and chunk:
            self._after_carriage_return = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._after_carriage_return = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        rest = lines.pop()
        for line in lines:
            if self._line:
                line = self._join(line)
            if not line:
                if self._data:
                    yield self._dispatch()
            else:
                self._read(line)
        if rest:
            self._keep(rest)

    def finish(self) -> Iterator[bytes]:
        """The data of the event that the end of the body left open, if any."""
        if self._line:
            self._read(self._join(b""))
        if self._data:
            yield self._dispatch()

    def _keep(self, piece: bytes) -> None:
        self._line.append(piece)
        self._line_bytes += len(piece)
        self._check(self._line_bytes)

    def _join(self, end: bytes) -> bytes:
        self._check(self._line_bytes + len(end))
        line = b"".join((*self._line, end))
        self._line.clear()
        self._line_bytes = 0
        return line

    def _read(self, line: bytes) -> None:
        if not self._started:
            self._started = True
            line = line.removeprefix(BYTE_ORDER_MARK)
        if line.startswith(b"data:"):
            self._event_bytes += len(line)
            self._check(self._event_bytes)
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line == b"data":
            self._data.append(b"")

    def _dispatch(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._event_bytes = 0
        return data

    def _check(self, size: int) -> None:
        if size > self._max:
            raise LimitExceeded(
                f"one event of the stream is longer than {self._max} bytes; raise max_event_bytes if this is meant",
                limit="max_event_bytes",
            )


__all__ = ["MAX_EVENT_BYTES", "SseDecoder"]
