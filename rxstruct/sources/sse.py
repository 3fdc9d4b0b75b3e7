"""Server-Sent Events, sans-IO: bytes in, the data of each event out.

What goes in: the bytes of a response body, cut anywhere (also inside a UTF-8 character or between CR and LF).
What comes out: the data of each event, as bytes, in order; names, ids and comments are dropped, for no provider's meaning
depends on them.
What always holds:

1. Cuts don't matter: the same bytes give the same events, however they were cut.
2. Lines end with CR, LF or CRLF; a byte order mark at the start is skipped; several `data` lines are joined by LF.
3. An event is given out as soon as its blank line has arrived; one that the body's end cut off from its blank line is given
   out by `finish`, because some providers leave that line out.
4. Linear, and bounded: an event whose `data` lines have more than `max_event_bytes`, or a longer line of any other kind, raises
   LimitExceeded before it is put together.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import LimitExceeded
from ..limits import MAX_EVENT_BYTES

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_FEED, CARRIAGE_RETURN = b"\n\r"  # as integers, which are looked for many times as fast as bytes are


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
        self._data: list[bytes] = []  # what the data lines of the event that has not ended yet say
        self._event_bytes = 0
        self._after_carriage_return = False
        self._started = False

    def whole_event(self, chunk: bytes) -> bytes | None:
        """The data of a chunk that is one event on a single line, which most reads bring; None, and not read, if it is not."""
        data = chunk[6:-2]
        if (
            LINE_FEED in data
            or CARRIAGE_RETURN in data
            or not chunk.startswith(b"data: ")
            or not chunk.endswith(b"\n\n")
            or len(chunk) > self._max
            or self._line
            or self._data
            or self._after_carriage_return
        ):
            return None
        self._started = True
        return data

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that this chunk completes. Must be read to its end before the next call."""
        if not chunk:
            return
        if self._after_carriage_return:
            chunk = chunk.removeprefix(b"\n")
        self._after_carriage_return = chunk.endswith(b"\r")
        lines = chunk.splitlines()  # of bytes: at CR, LF and CRLF, and nowhere else
        rest = lines.pop() if lines and not chunk.endswith((b"\n", b"\r")) else b""
        data = self._data
        for line in lines:
            if self._line:
                line = self._join(line)
            if not line:
                self._started = True
                if data:
                    yield data[0] if len(data) == 1 else b"\n".join(data)
                    data.clear()
                    self._event_bytes = 0
                continue
            value = line[6:] if line.startswith(b"data: ") else self._read_other(line)
            self._started = True
            if value is not None:
                self._event_bytes += len(line)
                self._check(self._event_bytes)
                data.append(value)
        if rest:
            self._keep(rest)

    def finish(self) -> Iterator[bytes]:
        """The data of the event that the end of the body left open, if any."""
        return self.feed(b"\n\n")

    def _keep(self, piece: bytes) -> None:
        self._line.append(piece)
        self._line_bytes += len(piece)
        self._check(self._line_bytes)

    def _join(self, end: bytes) -> bytes:
        line = b"".join((*self._line, end))
        self._line.clear()
        self._line_bytes = 0
        return line

    def _read_other(self, line: bytes) -> bytes | None:
        """The data of a line that does not begin as nearly all do; None where it has none."""
        self._check(len(line))
        if not self._started:
            line = line.removeprefix(BYTE_ORDER_MARK)
        field, _, value = line.partition(b":")
        return value.removeprefix(b" ") if field == b"data" else None

    def _check(self, size: int) -> None:
        if size > self._max:
            raise LimitExceeded(
                f"an event of the stream is longer than {self._max} bytes: to allow it, raise max_event_bytes of openai_events()",
                limit="max_event_bytes",
            )
