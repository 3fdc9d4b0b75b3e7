"""Recordings: what was written is played again, to the character and to the hundredth of a second."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Subject
from reactivex import operators as ops
from reactivex.scheduler import HistoricalScheduler
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.recorded import Recorded

from rxstruct.errors import ContentFiltered, JsonInvalid, LimitExceeded, Refused, SourceFailed, Truncated
from rxstruct.operators import accumulate_json
from rxstruct.sources import from_deltas, from_openai, from_recording, record, replay
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

from .clients import sync_client

on_next, on_completed, on_error = ReactiveTest.on_next, ReactiveTest.on_completed, ReactiveTest.on_error
SUBSCRIBED = ReactiveTest.subscribed


def played(path: Path, **options: Any) -> list[tuple[float, str, Any]]:
    """When, in ticks after the subscription, a recording says what; an error as its type and message."""
    scheduler = TestScheduler()
    results = scheduler.start(lambda: from_recording(path, **options), disposed=10**6)
    return [(message.time - SUBSCRIBED, *said(message)) for message in results.messages]


def said(message: Recorded[Any]) -> tuple[str, Any]:
    match message.value.kind:
        case "N":
            return "next", message.value.value
        case "E":
            return "error", message.value.exception
        case _:
            return "end", None


def recorded_in_virtual_time(path: Path, *messages: Any) -> None:
    """Record a source that says such things at such ticks (one is a second)."""
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(*messages)
    scheduler.start(lambda: source.pipe(record(path)), disposed=10**6)


def test_a_recording_plays_as_it_was(tmp_path: Path) -> None:
    """The same deltas come at the same times, to the same end."""
    path = tmp_path / "a.jsonl"
    recorded_in_virtual_time(path, on_next(205, "a"), on_next(205, "é\n"), on_next(250, '😀"'), on_completed(300))
    assert played(path) == [(5, "next", "a"), (5, "next", "é\n"), (50, "next", '😀"'), (100, "end", None)]


def test_speed(tmp_path: Path) -> None:
    """`speed` divides the times; at `math.inf` nothing waits."""
    path = tmp_path / "a.jsonl"
    recorded_in_virtual_time(path, on_next(210, "a"), on_completed(300))
    assert [time for time, *_ in played(path, speed=2)] == [5, 50]
    assert [said for _, *said in played(path, speed=math.inf)] == [["next", "a"], ["end", None]]
    for speed in (0, -1, math.nan):
        with pytest.raises(ValueError, match="above 0"):
            from_recording(path, speed=speed)


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (Truncated("cut", reason="length"), {"reason": "length"}),
        (Refused("no", refusal="No."), {"refusal": "No."}),
        (ContentFiltered("filtered"), {}),
        (LimitExceeded("long", limit="max_event_bytes"), {"limit": "max_event_bytes"}),
        (SourceFailed("gone"), {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_source_s_errors_are_recorded(tmp_path: Path, error: Exception, details: dict[str, Any]) -> None:
    """A recording fails as its source did: the same error, with its message and what else it says."""
    path = tmp_path / "a.jsonl"
    recorded_in_virtual_time(path, on_next(210, "a"), on_error(220, error))
    (_, (time, kind, raised)) = played(path)
    assert (time, kind, type(raised), str(raised)) == (20, "error", type(error), str(error))
    assert {name: getattr(raised, name) for name in details} == details


@pytest.mark.parametrize("error", [JsonInvalid("bad", position=3), OSError("gone")])
def test_other_errors_are_recorded_as_failures(tmp_path: Path, error: Exception) -> None:
    """Any other error is played as SourceFailed, by its name."""
    path = tmp_path / "a.jsonl"
    recorded_in_virtual_time(path, on_error(220, error))
    ((_, _, raised),) = played(path)
    assert isinstance(raised, SourceFailed)
    assert type(error).__name__ in str(raised)


def test_a_live_stream_is_recorded_to_the_character(tmp_path: Path) -> None:
    """What came over HTTP is passed on, and played again, delta by delta."""
    path = tmp_path / "a.jsonl"
    with (
        LoopbackServer(answer({"name": "Ada 😀"})) as server,
        sync_client(server.base_url) as client,
    ):
        live = list(from_openai(client, model="any", messages=[{"role": "user", "content": "Go"}]).pipe(record(path)))
    assert list(from_recording(path, speed=math.inf)) == live
    assert all(json.loads(line)["at"] >= 0 for line in path.read_text().splitlines())


def test_a_recording_that_was_left(tmp_path: Path) -> None:
    """A recording whose reader left before the end is on the disk, and says so when it is played."""
    path = tmp_path / "a.jsonl"
    replay("abcdefgh").pipe(record(path), ops.take(1)).subscribe()
    ((_, _, delta), (_, _, error)) = played(path)
    assert delta == "abcd"
    assert "broken off" in str(error)


def test_each_subscription_records_anew(tmp_path: Path) -> None:
    """A second subscription replaces what the first one wrote."""
    path = tmp_path / "a.jsonl"
    for _ in range(2):
        replay("ab", cuts=1).pipe(record(path)).subscribe()
    assert [delta for _, _, delta in played(path)] == ["a", "b", None]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        '{"at": 1}',
        '{"delta": "x"}',
        '{"at": "x", "delta": "x"}',
        '{"at": 1, "delta": 3}',
        '{"at": 1, "end": 3}',
        '{"at": -1, "delta": "x"}',
        '{"at": NaN, "delta": "x"}',
        '{"at": 1e400, "delta": "x"}',
    ],
)
def test_what_is_no_recording(tmp_path: Path, text: str) -> None:
    """A file of anything else is SourceFailed before its first item, with the line that is wrong."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"at": 0, "delta": "x"}\n' + text)
    ((_, kind, error),) = played(path)
    assert kind == "error"
    assert isinstance(error, SourceFailed)
    assert "this is no line of a recording" in str(error)


def test_a_recorded_limit_without_its_name(tmp_path: Path) -> None:
    """An error that was written down by somebody else, without all that it says, is played as a failure."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"at": 0, "end": "LimitExceeded", "message": "too long"}')
    ((_, _, error),) = played(path)
    assert isinstance(error, SourceFailed)
    assert "LimitExceeded" in str(error)
    assert "too long" in str(error)


def test_what_is_no_delta(tmp_path: Path) -> None:
    """Snapshots or partials are not recorded: the stream fails with the way out, and so does the recording."""
    path = tmp_path / "a.jsonl"
    errors: list[Exception] = []
    replay('{"a": 1}').pipe(accumulate_json(), record(path)).subscribe(on_error=errors.append)
    assert [str(error) for error in errors] == [
        "record() takes deltas, and got a JsonSnapshot: put it before accumulate_json()"
    ]
    ((_, _, error),) = played(path)
    assert str(error) == str(errors[0])


def test_a_path_that_cannot_be_opened(tmp_path: Path) -> None:
    """A file that is not there, or can't be written, is SourceFailed, caused by the OSError."""
    for stream in (from_recording(tmp_path / "none"), replay("x").pipe(record(tmp_path / "no" / "where"))):
        errors: list[Exception] = []
        stream.subscribe(on_error=errors.append)
        assert isinstance(errors[0], SourceFailed)
        assert isinstance(errors[0].__cause__, OSError)


FULL = Path("/dev/full")
"""A device that takes nothing, as a full disk does; writing is buffered, so that a short text fails only at its end."""


@pytest.mark.skipif(not FULL.exists(), reason="no such device here")
@pytest.mark.parametrize("deltas", [["{}"], ["x" * 100] * 1000], ids=["short", "long"])
def test_a_disk_that_is_full(deltas: list[str]) -> None:
    """What can't be written is SourceFailed, caused by the OSError, be it in the middle or at the end."""
    errors: list[Exception] = []
    from_deltas(deltas).pipe(record(FULL)).subscribe(on_error=errors.append)
    (error,) = errors
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, OSError)


@pytest.mark.skipif(not FULL.exists(), reason="no such device here")
def test_the_source_s_error_matters_more_than_the_disk() -> None:
    """A source that fails while the disk is full, and a reader that leaves then, hear nothing of the disk."""
    source: Subject[str] = Subject()
    errors: list[Exception] = []
    failure = Truncated("cut")
    source.pipe(record(FULL)).subscribe(on_error=errors.append)
    source.pipe(record(FULL)).subscribe().dispose()
    source.on_next("{}")
    source.on_error(failure)
    assert errors == [failure]


def test_disposing_while_a_delta_comes(tmp_path: Path) -> None:
    """Disposed from another thread at any moment, also between a delta's arrival and its writing, the source hears of nothing."""

    class Clock(HistoricalScheduler):
        @property
        def now(self) -> datetime:
            reached.append(self)
            if len(reached) > 1:
                subscription.dispose()
            return super().now

    source: Subject[str] = Subject()
    reached: list[Any] = []
    items: list[str] = []
    subscription = source.pipe(record(tmp_path / "a.jsonl")).subscribe(items.append, scheduler=Clock())
    source.on_next("a")
    assert len(reached) == 2
    assert items == []


def test_the_file_is_closed_as_its_reader_leaves(tmp_path: Path) -> None:
    """Disposing writes out what had come."""
    path = tmp_path / "a.jsonl"
    source: Subject[str] = Subject()
    subscription = source.pipe(record(path)).subscribe()
    source.on_next("a")
    subscription.dispose()
    assert json.loads(path.read_text())["delta"] == "a"


# Without a file


@given(st.text(), st.data())
def test_replay_gives_the_text(document: str, data: st.DataObject) -> None:
    """`replay` gives the whole text, in the pieces that it is told, none of them empty."""
    size = data.draw(st.integers(1, 9))
    pieces = list(replay(document, cuts=size))
    assert "".join(pieces) == document
    assert all(len(piece) == size for piece in pieces[:-1])
    offsets = sorted(data.draw(st.lists(st.integers(0, len(document)))))
    pieces = list(replay(document, cuts=offsets))
    assert "".join(pieces) == document
    assert all(pieces)


@pytest.mark.parametrize("cuts", [0, -1, [2, 1], [9]])
def test_cuts_that_make_no_sense(cuts: Any) -> None:
    """Sizes below one, and offsets out of order or beyond the text, are refused."""
    with pytest.raises(ValueError, match="cuts="):
        replay("abc", cuts=cuts)


def test_from_deltas_reads_anew() -> None:
    """A list, or a function, is read anew by each subscription; an iterator is refused, with the way out."""
    for deltas in (["a", "b"], lambda: iter(["a", "b"])):
        stream = from_deltas(deltas)
        assert [list(stream), list(stream)] == [["a", "b"]] * 2
    with pytest.raises(TypeError, match="pass a function"):
        from_deltas(iter(["a"]))


def test_from_deltas_leaves_what_it_reads() -> None:
    """What the function returned is closed as the reader leaves, and its exceptions are SourceFailed."""
    closed: list[bool] = []

    def deltas() -> Any:
        try:
            yield "a"
            yield "b"
            raise OSError("gone")
        finally:
            closed.append(True)

    from_deltas(deltas).pipe(ops.take(1)).subscribe()
    assert closed == [True]
    with pytest.raises(SourceFailed, match="gone"):
        from_deltas(deltas).final()
