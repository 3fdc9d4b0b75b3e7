"""`stop_when`: the request is closed as soon as there is enough."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex.subject import Subject

from rxstruct.operators.stop_when import stop_when
from rxstruct.testing.storyboards import storyboard

from .drawings import drawing

PATIENCE_SECONDS = 60
"""Until a test that hangs fails; none that works comes near."""


def test_a_predicate() -> None:
    """The item for which the predicate holds is the last, and the source is disposed."""
    storyboard(drawing(stop_when), stop_when(lambda item: int(item) > 2))


def test_the_source_is_disposed() -> None:
    """The subscription to the source ends with the stream."""
    storyboard(
        """
        source  --a--b--c--d--|
                ^-------!
        result  --a--b--(c|)
        """,
        stop_when(lambda item: item == "c"),
    )


def test_the_request_is_closed_before_the_last_item_is_seen() -> None:
    """Whoever sees the last item can rely on the source being disposed."""
    source: Subject[int] = Subject()
    alive: list[int] = []
    source.pipe(stop_when(lambda number: number > 1)).subscribe(lambda _: alive.append(len(source.observers)))
    source.on_next(1)
    source.on_next(2)
    assert alive == [1, 0]


def test_a_stream_that_never_satisfies_it() -> None:
    """Where the predicate never holds, the stream completes with its source."""
    storyboard(
        """
        source  --a--b--|
        result  --a--b--|
        """,
        stop_when(lambda item: False),
    )


def test_a_predicate_that_raises() -> None:
    """What the predicate raises arrives as `on_error`, and the source is disposed."""
    storyboard(
        """
        source  --a--b--|
                ^-!
        result  --#

        #  ZeroDivisionError()
        """,
        stop_when(lambda item: 1 / 0 > 1),
    )


def until(source: Observable[Any], stop: Observable[Any]) -> Observable[Any]:
    return source.pipe(stop_when(stop))


def test_an_observable() -> None:
    """The first item of an Observable stops the stream."""
    storyboard(
        """
        source  --a--b--c--d--|
                ^------!
        stop    -------x
        result  --a--b-|
        """,
        until,
    )


def test_an_observable_that_fails() -> None:
    """An error of the Observable is the stream's."""
    storyboard(
        """
        source  --a--b--c--d--|
        stop    -------#
        result  --a--b-#

        #  Truncated("cut off")
        """,
        until,
    )


def test_an_observable_that_has_already_something_to_say() -> None:
    """An Observable that emits at once stops the stream before the source is asked for anything."""
    asked: list[str] = []
    source = rx.defer(lambda _: asked.append("asked") or rx.of(1))
    ended: list[str] = []
    source.pipe(stop_when(rx.empty())).subscribe(on_completed=lambda: ended.append("completed"))
    assert (asked, ended) == ([], ["completed"])


def test_an_observable_that_fails_at_once() -> None:
    """One that has already failed keeps the source from being asked, too."""
    asked: list[str] = []
    source = rx.defer(lambda _: asked.append("asked") or rx.of(1))
    errors: list[Exception] = []
    error = ValueError("no")
    source.pipe(stop_when(rx.throw(error))).subscribe(on_error=errors.append)
    assert (asked, errors) == ([], [error])


def test_an_observable_that_fires_on_another_thread() -> None:
    """A stop from another thread disposes the source at once; completion waits until the subscriber has done with its item."""
    source: Subject[int] = Subject()
    stop: Subject[None] = Subject()
    log: list[Any] = []

    def on_next(_item: int) -> None:
        log.append("begin")
        thread = Thread(target=stop.on_next, args=(None,))
        thread.start()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
        log.append(source.observers)
        log.append("end")

    source.pipe(stop_when(stop)).subscribe(on_next, None, lambda: log.append("completed"))
    source.on_next(1)
    assert log == ["begin", [], "end", "completed"]


@pytest.mark.parametrize("end", [1, 2])
def test_nothing_is_asked_after_the_stop(end: int) -> None:
    """The predicate is not tried again on a source that emits on within `subscribe`."""
    tried: list[int] = []

    def predicate(number: int) -> bool:
        tried.append(number)
        return number == end

    def subscribe(observer: Any, _scheduler: Any = None) -> None:
        for number in (1, 2, 3):
            observer.on_next(number)

    Observable(subscribe).pipe(stop_when(predicate)).subscribe()
    assert tried == list(range(1, end + 1))
