"""The target on Server-Sent Events: any cut of any bytes gives the events of the standard."""

from __future__ import annotations

from collections.abc import Iterable

from rxstruct.errors import LimitExceeded
from rxstruct.limits import MAX_EVENT_BYTES
from rxstruct.sources.sse import SseDecoder
from tests.sources.sse_reference import events_of

from .cutting import cut, parsed

SMALL_LIMIT = 24


def fuzz_sse(data: bytes) -> None:
    """Raise if the decoder disagrees with the standard, or with itself at another cut."""
    choice, lengths, body = parsed(data)
    if choice % 2:
        limited(body, cut(body, lengths))
        return
    wanted = events_of(body)
    for pieces in cut(body, lengths), cut(body, (1,)), [body]:
        events, was_refused = decoded(pieces)
        assert events == wanted, (events, wanted)
        assert not was_refused


def limited(body: bytes, pieces: list[bytes]) -> None:
    """With a limit, too, cuts don't matter; what comes before it is given out, and no event is longer."""
    wanted = events_of(body)
    events, was_refused = decoded([body], max_event_bytes=SMALL_LIMIT)
    for others in pieces, cut(body, (1,)):
        assert decoded(others, max_event_bytes=SMALL_LIMIT) == (events, was_refused)
    assert events == wanted[: len(events)]
    assert was_refused or events == wanted
    assert all(len(event) <= SMALL_LIMIT for event in events)


def decoded(pieces: Iterable[bytes], *, max_event_bytes: int = MAX_EVENT_BYTES) -> tuple[list[bytes], bool]:
    """The data of the events, and whether the limit ended them."""
    decoder, events = SseDecoder(max_event_bytes=max_event_bytes), []
    try:
        for piece in pieces:
            events.extend(decoder.feed(piece))
        events.extend(decoder.finish())
    except LimitExceeded:
        return events, True
    return events, False
