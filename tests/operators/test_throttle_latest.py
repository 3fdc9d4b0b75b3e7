"""`throttle_latest`: the first at once, then at most one per period, always the newest."""

from __future__ import annotations

import asyncio
import threading

import pytest
from reactivex.scheduler import CurrentThreadScheduler, NewThreadScheduler, VirtualTimeScheduler
from reactivex.subject import Subject

from rxstruct.operators.throttle_latest import throttle_latest
from rxstruct.testing.storyboards import storyboard

from .drawings import drawing


def test_at_most_one_per_period() -> None:
    """The first passes at once, then the newest of each period; what waits at the end comes before the completion."""
    storyboard(drawing(throttle_latest), throttle_latest(0.04))


def test_what_waits_comes_before_an_error() -> None:
    """An error does not swallow the item that is waiting."""
    storyboard(
        """
        source  -ab-c-#
        result  -a----(c#)

        #  Truncated("cut off")
        """,
        throttle_latest(0.2),
    )


def test_steady_items_do_not_starve_it() -> None:
    """Items that keep coming faster than the period pass at its pace."""
    storyboard(
        """
        source  abcdefghij|
        result  a--d--g--j|
        """,
        throttle_latest(0.03),
    )


def test_slow_items_pass_at_once() -> None:
    """Items further apart than the period pass as they come."""
    storyboard(
        """
        source  a----b----c----|
        result  a----b----c----|
        """,
        throttle_latest(0.03),
    )


def test_disposing_stops_the_timer() -> None:
    """Nothing comes after dispose, though an item was waiting."""
    storyboard(
        """
        source  ^-ab----c
        result  --a--!
        """,
        throttle_latest(0.05),
    )


def test_a_callback_that_raises_on_the_timer_closes_the_source() -> None:
    """An exception in a callback that the timer calls disposes the source, and goes to the timer's scheduler."""
    source: Subject[int] = Subject()
    clock = VirtualTimeScheduler()

    def callback(item: int) -> None:
        if item == 2:
            raise ValueError(item)

    source.pipe(throttle_latest(1, scheduler=clock)).subscribe(callback)
    source.on_next(1)
    source.on_next(2)
    with pytest.raises(ValueError, match="2"):
        clock.start()
    assert source.observers == []


def test_on_reactivex_own_timers() -> None:
    """With no scheduler and no loop, reactivex's timer threads deliver what waits, while the source is silent."""
    source: Subject[int] = Subject()
    arrived = threading.Event()
    items: list[int] = []

    def on_next(item: int) -> None:
        items.append(item)
        if item == 3:
            arrived.set()

    source.pipe(throttle_latest(0.2)).subscribe(on_next)
    for number in (1, 2, 3):
        source.on_next(number)
    assert arrived.wait(10)
    assert items == [1, 3]


def test_on_the_current_thread() -> None:
    """A scheduler that waits on the source's own thread delivers what waits when the wait is over, not with the next item."""
    source: Subject[int] = Subject()
    items: list[int] = []
    source.pipe(throttle_latest(0.01)).subscribe(items.append, scheduler=CurrentThreadScheduler())
    source.on_next(1)
    source.on_next(2)
    assert items == [1, 2]


def test_on_a_thread_scheduler() -> None:
    """With a thread scheduler given to `subscribe`, it measures the period."""
    source: Subject[int] = Subject()
    arrived = threading.Event()
    items: list[tuple[int, bool]] = []

    def on_next(item: int) -> None:
        items.append((item, threading.current_thread() is threading.main_thread()))
        if item == 3:
            arrived.set()

    source.pipe(throttle_latest(0.2)).subscribe(on_next, scheduler=NewThreadScheduler())
    for number in (1, 2, 3):
        source.on_next(number)
    assert arrived.wait(10)
    assert items == [(1, True), (3, False)]


def test_on_the_running_loop() -> None:
    """Inside a coroutine the running loop measures the period, and delivers on its own thread."""

    async def main() -> list[tuple[int, bool]]:
        source: Subject[int] = Subject()
        arrived = asyncio.Event()
        items: list[tuple[int, bool]] = []

        def on_next(item: int) -> None:
            items.append((item, threading.current_thread() is threading.main_thread()))
            if item == 3:
                arrived.set()

        source.pipe(throttle_latest(0.2)).subscribe(on_next)
        for number in (1, 2, 3):
            source.on_next(number)
        await asyncio.wait_for(arrived.wait(), 10)
        return items

    assert asyncio.run(main()) == [(1, True), (3, True)]


def test_a_source_that_keeps_the_clock_from_ticking() -> None:
    """Where a timer can't run in time, an item that comes after the period passes all the same."""
    clock = VirtualTimeScheduler()
    source: Subject[int] = Subject()
    items: list[int] = []
    source.pipe(throttle_latest(1, scheduler=clock)).subscribe(items.append)
    source.on_next(1)
    source.on_next(2)
    clock.sleep(5)
    source.on_next(3)
    assert items == [1, 3]


def test_a_period_of_nothing_is_refused() -> None:
    """A period has to be above 0."""
    with pytest.raises(ValueError, match="above 0"):
        throttle_latest(0)
