"""The Server-Sent Events decoder, against the standard read word for word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.errors import LimitExceeded
from rxstruct.sources.sse import SseDecoder
from tests.tally import count

from .sse_reference import events_of

pieces = st.sampled_from(
    [
        *(b"data: ", b"data:", b"data", b": comment", b"event: x", b"id: 1", b"retry", b"datax: y", b" "),
        *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n", b"\n\r"),
        *('{"a": "é"}'.encode(), "😀".encode(), "\u2028".encode(), b"\x0b\x0c\x85", b"\xef\xbb\xbf", b"[DONE]"),
    ]
)
bodies = st.lists(pieces, max_size=12).map(b"".join)


def decode(pieces: list[bytes], **options: int) -> Iterator[bytes]:
    decoder = SseDecoder(**options)
    for piece in pieces:
        yield from decoder.feed(piece)
    yield from decoder.finish()


@given(bodies, st.data())
def test_cuts_do_not_matter(body: bytes, data: st.DataObject) -> None:
    """However a body is cut, also between CR and LF and inside a character, its events are those of the standard."""
    wanted = events_of(body)
    assert list(decode([body])) == wanted
    assert list(decode([body[at : at + 1] for at in range(len(body))])) == wanted
    offsets = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    assert list(decode([body[a:b] for a, b in zip([0, *offsets], [*offsets, len(body)], strict=True)])) == wanted
    count("bodies of server-sent events")


def test_an_event_comes_with_its_blank_line() -> None:
    """An event is given out by the read that brings its blank line, not by the next one."""
    decoder = SseDecoder()
    assert list(decoder.feed(b"data: 1\n")) == []
    assert list(decoder.feed(b"\ndata: 2\r\n\r")) == [b"1", b"2"]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"\xef\xbb\xbfdata: 1\n\n", [b"1"]),
        (b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n", [b"1"]),
        (b"\n\xef\xbb\xbfdata: 1\n\n", []),
        (b": keep-alive\n\ndata: 1\n\n", [b"1"]),
        (b"event: x\nid: 7\nretry: 1\ndata: 1\n\n", [b"1"]),
        (b"data: a\ndata:b\ndata\n\n", [b"a\nb\n"]),
        (b"data: 1\n\ndata: [DONE]", [b"1", b"[DONE]"]),
        (b"data:  two spaces\n\n", [b" two spaces"]),
    ],
    ids=[
        "byte order mark",
        "a mark elsewhere",
        "a mark on the second line",
        "comment",
        "other fields",
        "several data lines",
        "no last blank line",
        "one space",
    ],
)
def test_forms(body: bytes, events: list[bytes]) -> None:
    """Each form of an event is read as the standard says."""
    assert list(decode([body])) == events


@pytest.mark.parametrize("cut", [1, 7, 1000])
@pytest.mark.parametrize("line", [b"data: ", b": ", b"data: x\n" * 20 + b"data: "])
def test_an_endless_event_is_refused(cut: int, line: bytes) -> None:
    """An event, or a line, that is longer than its limit is refused by the limit's name, after what came before it."""
    body = b"data: 1\n\n" + line + b"x" * 200 + b"\n"
    found: list[bytes] = []
    with pytest.raises(LimitExceeded, match="max_event_bytes") as raised:
        found.extend(decode([body[at : at + cut] for at in range(0, len(body), cut)], max_event_bytes=100))
    assert raised.value.limit == "max_event_bytes"
    assert found == [b"1"]


@pytest.mark.parametrize("line", [b"data: ", b"data:", b": "])
def test_the_limit_is_the_same_at_all_cuts(line: bytes) -> None:
    """Whether an event is too long is a function of its bytes: of its lines as they are written, not as they arrive."""
    for length in range(8, 14):
        body = b"data: 1\n\n" + line.ljust(length, b"x") + b"\n\n"
        assert [is_refused([body[:at], body[at:]], 10) for at in range(len(body))] == [length > 10] * len(body)


def is_refused(pieces: list[bytes], limit: int) -> bool:
    try:
        return not list(decode(pieces, max_event_bytes=limit))
    except LimitExceeded:
        return True


def test_a_long_line_in_small_pieces() -> None:
    """A line of half a megabyte that comes byte by byte is put together once, not at every byte (which would take minutes)."""
    text = b"x" * 500_000
    assert list(decode([b"data: ", *[b"x"] * len(text), b"\n\n"])) == [text]
