"""What can go wrong on the way: each takes a `Reply` and returns one that fails.

A fault strikes at a *place* in the body: `after_events=n` or `after_bytes=n`, by default at its very start (the
response's head has been sent by then). A place beyond the end is the end. Faults can be stacked:
`stall(slow(answer(…), 200), after_events=3)`.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from .exchange import Cut, End, ReceivedRequest, Reply, Reset, Stall, Step, Wait
from .wire import EventEnds, delta_event, error_event


def cut(reply: Reply, *, after_events: int | None = None, after_bytes: int | None = None) -> Reply:
    """The connection is closed there (FIN), with the rest of the body still owed."""
    return _strike(reply, lambda request: [Cut()], after_events, after_bytes)


def reset(reply: Reply, *, after_events: int | None = None, after_bytes: int | None = None) -> Reply:
    """The connection is broken off there (RST), which may also lose what was sent just before."""
    return _strike(reply, lambda request: [Reset()], after_events, after_bytes)


def stall(
    reply: Reply,
    *,
    after_events: int | None = None,
    after_bytes: int | None = None,
    until: threading.Event | None = None,
) -> Reply:
    """From there on nothing comes, with the connection open; where `until` is given, the rest once it is set."""
    return _strike(reply, lambda request: [Stall(until)], after_events, after_bytes)


def malformed(reply: Reply, *, after_events: int | None = None, after_bytes: int | None = None) -> Reply:
    """An event whose data is not JSON comes in between."""
    return _strike(reply, lambda request: [b'data: {"id":"chatcmpl-loopback","cho\n\n'], after_events, after_bytes)


def invalid_utf8(reply: Reply, *, after_events: int | None = None, after_bytes: int | None = None) -> Reply:
    """An event comes in between whose text holds the byte FF, which is nowhere valid in UTF-8."""
    return _strike(
        reply,
        lambda request: [delta_event(request, "<bad>").replace(b"<bad>", b"\xff")],
        after_events,
        after_bytes,
    )


def error_object(
    reply: Reply,
    *,
    message: str = "the model is overloaded",
    code: str = "server_error",
    after_events: int | None = None,
    after_bytes: int | None = None,
) -> Reply:
    """The provider reports an error in mid-stream, after a status of 200, and ends the body."""
    return _strike(reply, lambda request: [error_event(request, message, code), End()], after_events, after_bytes)


def slow(reply: Reply, bytes_per_second: float) -> Reply:
    """The body comes one byte at a time (a slow loris)."""

    def steps(request: ReceivedRequest) -> Iterator[Step]:
        for step in reply.steps(request):
            if not isinstance(step, bytes):
                yield step
                continue
            for byte in step:
                yield bytes([byte])
                yield Wait(1 / bytes_per_second)

    return replace(reply, steps=steps)


def gzipped(reply: Reply) -> Reply:
    """The body is compressed, and says so; each piece can be read as it comes."""

    def steps(request: ReceivedRequest) -> Iterator[Step]:
        compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        for step in reply.steps(request):
            yield compressor.compress(step) + compressor.flush(zlib.Z_SYNC_FLUSH) if isinstance(step, bytes) else step
        yield compressor.flush()

    return replace(reply, steps=steps, headers={**reply.headers, "content-encoding": "gzip"})


def content_type(reply: Reply, value: str) -> Reply:
    """The same body under another content type."""
    return replace(reply, headers={**reply.headers, "content-type": value})


def _strike(
    reply: Reply,
    fault: Callable[[ReceivedRequest], Iterable[Step]],
    after_events: int | None,
    after_bytes: int | None,
) -> Reply:
    """The reply with the fault's steps put in at the place, or at the end where the body ends before it."""
    if after_events is not None and after_bytes is not None:
        raise TypeError("give after_events or after_bytes, not both")

    def steps(request: ReceivedRequest) -> Iterator[Step]:
        share_before = _bytes_before(after_bytes or 0) if after_events is None else _events_before(after_events)
        struck = False
        for step in reply.steps(request):
            if struck or not isinstance(step, bytes):
                yield step
                continue
            before = share_before(step)
            yield step[:before]
            if before < len(step):
                yield from fault(request)
                yield step[before:]
                struck = True
        if not struck:
            yield from fault(request)

    return replace(reply, steps=steps)


def _bytes_before(count: int) -> Callable[[bytes], int]:
    """Shown a body piece by piece, says how many bytes of each piece are among the first `count`."""
    left = count

    def share(piece: bytes) -> int:
        nonlocal left
        before = min(left, len(piece))
        left -= before
        return before

    return share


def _events_before(count: int) -> Callable[[bytes], int]:
    """Shown a body piece by piece, says how many bytes of each piece belong to the first `count` events."""
    left = count
    event_ends = EventEnds()

    def share(piece: bytes) -> int:
        nonlocal left
        if left == 0:
            return 0
        ends = event_ends.feed(piece)
        if left <= len(ends):
            before, left = ends[left - 1], 0
            return before
        left -= len(ends)
        return len(piece)

    return share


__all__ = ["content_type", "cut", "error_object", "gzipped", "invalid_utf8", "malformed", "reset", "slow", "stall"]
