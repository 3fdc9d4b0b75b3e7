"""`share_latest`: several readers, one request."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.scheduler import (
    EventLoopScheduler,
    ImmediateScheduler,
    NewThreadScheduler,
    ThreadPoolScheduler,
    VirtualTimeScheduler,
)
from reactivex.subject import Subject

from rxstruct.errors import LimitExceeded, SourceFailed
from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.operators.share_latest import share_latest
from rxstruct.stream import Stream
from rxstruct.testing.storyboards import storyboard

from .drawings import drawing

PATIENCE_SECONDS = 60
"""Until a test that hangs fails; none that works comes near."""


class Requests:
    """A source that counts its subscriptions."""

    def __init__(self) -> None:
        self.made = 0
        self.subject: Subject[Any] = Subject()
        self.source: Observable[Any] = rx.defer(self._make)

    def _make(self, _scheduler: object) -> Observable[Any]:
        self.made += 1
        self.subject = Subject()
        return self.subject

    @property
    def alive(self) -> bool:
        return bool(self.subject.observers)


def test_one_reader_sees_the_source() -> None:
    """For one subscriber it is as if it were not there."""
    storyboard(drawing(share_latest), share_latest())


def test_two_branches_of_one_request() -> None:
    """With a selector every branch gets every item, from one subscription to the source."""
    storyboard(
        """
        source  --a-----b-----|
                ^-------------!
        merged  --(aA)--(bB)--|
        """,
        share_latest(lambda shared: rx.merge(shared, shared.pipe(ops.map(str.upper)))),
    )


def test_merged_branches_are_all_attached_before_a_source_that_emits_at_once() -> None:
    """All branches are attached before the source is subscribed, also those of `rx.merge`, and of one inside another."""
    items: list[str] = []
    rx.of("a", "b").pipe(
        share_latest(
            lambda shared: rx.merge(
                shared,
                rx.merge(shared.pipe(ops.map(str.upper)), shared.pipe(ops.map(lambda item: item * 2))),
            )
        )
    ).subscribe(items.append)
    assert items == ["a", "A", "aa", "b", "B", "bb"]


def nested(shared: Observable[int], depth: int) -> Observable[int]:
    """One branch, merged with the next, and that with the next, so many times."""
    return shared if depth == 0 else rx.merge(nested(shared, depth - 1), shared)


@pytest.mark.parametrize("depth", [1, 3, 6])
@pytest.mark.parametrize(
    "scheduler", [None, ImmediateScheduler(), NewThreadScheduler(), ThreadPoolScheduler(2), EventLoopScheduler()]
)
def test_merges_in_merges_are_attached_first_on_every_scheduler(
    depth: int, scheduler: abc.SchedulerBase | None
) -> None:
    """However deep its merges are nested, and whatever threads they attach their branches on, no branch misses an item."""
    items: list[int] = []
    done = threading.Event()
    rx.of(*range(10)).pipe(share_latest(lambda shared: nested(shared, depth))).subscribe(
        items.append, None, done.set, scheduler=scheduler
    )
    assert done.wait(PATIENCE_SECONDS)
    assert sorted(items) == sorted([*range(10)] * (depth + 1))


def test_a_branch_that_takes_its_time_is_waited_for() -> None:
    """On a scheduler of threads the request starts once the slowest branch is attached."""
    others_are_attached = threading.Event()
    done = threading.Event()
    items: list[int] = []

    def last_of_all(shared: Observable[int]) -> Observable[int]:
        assert others_are_attached.wait(PATIENCE_SECONDS)
        return shared

    def branches(shared: Observable[int]) -> Observable[int]:
        quick = rx.defer(lambda _: (others_are_attached.set(), shared)[1])
        slow = rx.defer(lambda _: last_of_all(shared))
        return rx.merge(rx.merge(slow, shared), quick)

    rx.of(1, 2).pipe(share_latest(branches)).subscribe(items.append, None, done.set, scheduler=NewThreadScheduler())
    assert done.wait(PATIENCE_SECONDS)
    assert sorted(items) == [1, 1, 1, 2, 2, 2]


def test_late_subscribers_get_the_newest_item_at_once() -> None:
    """Who comes late starts with the newest item, and misses nothing after it."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    early: list[int] = []
    late: list[int] = []
    shared.subscribe(early.append)
    requests.subject.on_next(1)
    requests.subject.on_next(2)
    shared.subscribe(late.append)
    assert late == [2]
    requests.subject.on_next(3)
    assert (early, late, requests.made) == ([1, 2, 3], [2, 3], 1)


@pytest.mark.parametrize("error", [None, ValueError("foreign")])
def test_after_the_end_there_is_the_last_item_and_the_terminal(error: Exception | None) -> None:
    """After the end nothing is requested again: the last item comes, then the completion or the error."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    shared.subscribe(on_error=lambda _: None)
    requests.subject.on_next(1)
    requests.subject.on_next(2)
    if error is None:
        requests.subject.on_completed()
    else:
        requests.subject.on_error(error)
    for _ in range(2):
        notifications: list[Any] = []
        shared.pipe(ops.materialize()).subscribe(notifications.append)
        item, end = notifications
        assert item.value == 2
        assert getattr(end, "exception", None) is error
    assert requests.made == 1


def test_the_last_one_to_leave_closes_the_request() -> None:
    """The source is disposed when the last subscriber leaves, not before; the next one starts it anew, with nothing old."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    first, second = shared.subscribe(), shared.subscribe()
    requests.subject.on_next(1)
    first.dispose()
    assert requests.alive
    second.dispose()
    assert not requests.alive
    seen: list[int] = []
    shared.subscribe(seen.append)
    assert (seen, requests.made, requests.alive) == ([], 2, True)


def test_linger_keeps_the_request_for_a_while() -> None:
    """Within `linger` seconds a new subscriber joins the request that goes on; after them it is closed."""
    clock = VirtualTimeScheduler()
    requests = Requests()
    shared = requests.source.pipe(share_latest(linger=10, scheduler=clock))
    shared.subscribe().dispose()
    requests.subject.on_next(1)
    clock.advance_to(9)
    seen: list[int] = []
    subscription = shared.subscribe(seen.append)
    assert (seen, requests.made) == ([1], 1)
    clock.advance_to(15)
    assert requests.alive
    subscription.dispose()
    clock.advance_to(24)
    assert requests.alive
    clock.advance_to(26)
    assert not requests.alive


def test_a_request_that_ends_while_lingering_keeps_its_result() -> None:
    """A result that nobody waited for is there for who comes next."""
    clock = VirtualTimeScheduler()
    requests = Requests()
    shared = requests.source.pipe(share_latest(linger=10, scheduler=clock))
    shared.subscribe().dispose()
    requests.subject.on_next(1)
    requests.subject.on_completed()
    clock.advance_to(100)
    seen: list[Any] = []
    shared.subscribe(seen.append, None, lambda: seen.append("end"))
    assert (seen, requests.made) == ([1, "end"], 1)


def test_an_error_while_lingering_is_not_kept() -> None:
    """After an error that nobody was there for, the next subscriber starts anew."""
    requests = Requests()
    shared = requests.source.pipe(share_latest(linger=10, scheduler=VirtualTimeScheduler()))
    shared.subscribe().dispose()
    requests.subject.on_error(SourceFailed("gone"))
    errors: list[Exception] = []
    shared.subscribe(on_error=errors.append)
    assert (errors, requests.made, requests.alive) == ([], 2, True)


def test_a_selectors_request_lives_as_long_as_the_result() -> None:
    """With a selector, branches may come and go: the request is closed with the result."""
    requests = Requests()
    seen: list[Any] = []
    subscription = requests.source.pipe(
        share_latest(lambda shared: rx.concat(shared.pipe(ops.take(1)), shared.pipe(ops.map(str))))
    ).subscribe(seen.append)
    requests.subject.on_next(1)
    requests.subject.on_next(2)
    assert (seen, requests.made, requests.alive) == ([1, "1", "2"], 1, True)
    subscription.dispose()
    assert not requests.alive


def test_a_result_that_is_over_closes_the_request() -> None:
    """When the selector's result completes, the source is disposed; one that needs nothing asks for nothing."""
    requests = Requests()
    requests.source.pipe(share_latest(lambda shared: shared.pipe(ops.take(1)))).subscribe()
    requests.subject.on_next(1)
    assert (requests.made, requests.alive) == (1, False)
    requests.source.pipe(share_latest(lambda shared: rx.empty())).subscribe()
    assert requests.made == 1


def test_a_selector_that_raises() -> None:
    """What the selector raises arrives as `on_error`."""

    def selector(shared: Stream[int]) -> Observable[int]:
        raise ValueError("no")

    errors: list[Exception] = []
    rx.of(1).pipe(share_latest(selector)).subscribe(on_error=errors.append)
    assert [str(error) for error in errors] == ["no"]


def test_a_subscriber_that_raises_ends_it_for_all() -> None:
    """One subscriber's exception goes to the producer; the others are told; the next subscriber starts anew."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    bug = ValueError("bug")
    told: list[Exception] = []

    def callback(item: int) -> None:
        raise bug

    shared.subscribe(on_error=told.append)
    shared.subscribe(callback)
    shared.subscribe(on_error=told.append)
    with pytest.raises(ValueError, match="bug"):
        requests.subject.on_next(1)
    assert [(type(error), error.__cause__) for error in told] == [(SourceFailed, bug)] * 2
    assert not requests.alive
    shared.subscribe()
    assert requests.made == 2


def test_one_without_on_error_does_not_hide_what_another_raised() -> None:
    """The producer gets what the first subscriber raised, also where another one then has no `on_error` to hear of it."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())

    def callback(item: int) -> None:
        raise ValueError("bug")

    shared.subscribe(callback)
    shared.subscribe()
    with pytest.raises(ValueError, match=r"^bug$"):
        requests.subject.on_next(1)


def test_one_without_on_error_does_not_keep_the_error_from_the_others() -> None:
    """The error reaches every subscriber, also those after one that does not handle it."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    told: list[Exception] = []
    shared.subscribe()
    shared.subscribe(on_error=told.append)
    error = ValueError("foreign")
    with pytest.raises(ValueError, match="foreign"):
        requests.subject.on_error(error)
    assert told == [error]


def test_order_holds_for_all_when_one_makes_the_source_emit() -> None:
    """An item that a subscriber's callback provokes comes after the current one, for every subscriber."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    first: list[int] = []
    second: list[int] = []

    def callback(item: int) -> None:
        first.append(item)
        if item == 1:
            requests.subject.on_next(2)

    shared.subscribe(callback)
    shared.subscribe(second.append)
    requests.subject.on_next(1)
    assert (first, second) == ([1, 2], [1, 2])


def test_joining_and_leaving_from_inside_a_callback() -> None:
    """Subscribing and disposing inside a callback works, and each item still comes once."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    joined: list[int] = []

    def join(item: int) -> None:
        if item == 1:
            shared.subscribe(joined.append)
            leaving.dispose()

    left: list[int] = []
    shared.subscribe(join)
    leaving = shared.subscribe(left.append)
    requests.subject.on_next(1)
    requests.subject.on_next(2)
    assert joined == [1, 2]
    assert left == []


def test_subscribers_on_many_threads() -> None:
    """Subscribers that come from many threads during a request each get consecutive items up to the end, one call at a time."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    shared.subscribe()
    logs: list[list[int]] = [[] for _ in range(8)]
    threads = [threading.Thread(target=shared.subscribe, args=(log.append,)) for log in logs]
    for number in range(2000):
        if number % 200 == 100 and number < 1600:
            threads[number // 200].start()
        requests.subject.on_next(number)
    for thread in threads:
        thread.join()
    requests.subject.on_next(2000)
    for log in logs:
        assert log == list(range(log[0], 2001))


class Blocked:
    """A subscriber that joins on a thread of its own, and there stays with its first item until it is let go."""

    def __init__(self, shared: Observable[Any]) -> None:
        self.items: list[Any] = []
        self.errors: list[Exception] = []
        self._has_begun = threading.Event()
        self._may_go_on = threading.Event()
        self._thread = threading.Thread(target=shared.subscribe, args=(self._take, self.errors.append))
        self._thread.start()
        assert self._has_begun.wait(PATIENCE_SECONDS)

    def _take(self, item: Any) -> None:
        self.items.append(item)
        self._has_begun.set()
        assert self._may_go_on.wait(PATIENCE_SECONDS)

    def let_go(self) -> None:
        self._may_go_on.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


def test_one_that_is_busy_on_another_thread_holds_nobody_up() -> None:
    """What comes while a subscriber blocks a thread of its own reaches the others at once, and that one when it is ready."""
    requests = Requests()
    shared = requests.source.pipe(share_latest())
    quick: list[int] = []
    shared.subscribe(quick.append)
    requests.subject.on_next(1)
    slow = Blocked(shared)
    for number in (2, 3):
        requests.subject.on_next(number)
    assert (quick, slow.items) == ([1, 2, 3], [1])
    slow.let_go()
    assert slow.items == [1, 2, 3]
    requests.subject.on_next(4)
    assert (quick, slow.items) == ([1, 2, 3, 4], [1, 2, 3, 4])


def test_what_waits_for_one_that_is_busy_is_limited() -> None:
    """Where its buffer is full, a subscriber gets what is in it, and then `LimitExceeded`; the others go on."""
    requests = Requests()
    shared = requests.source.pipe(share_latest(buffer=2))
    quick: list[int] = []
    shared.subscribe(quick.append)
    requests.subject.on_next(1)
    slow = Blocked(shared)
    for number in (2, 3, 4, 5):
        requests.subject.on_next(number)
    slow.let_go()
    assert slow.items == [1, 2, 3]
    (error,) = slow.errors
    assert isinstance(error, LimitExceeded)
    assert error.limit == "buffer"
    assert "raise buffer=" in str(error)
    requests.subject.on_next(6)
    assert quick == [1, 2, 3, 4, 5, 6]
    assert requests.made == 1


def test_snapshots_that_wait_for_one_that_is_busy_are_conflated() -> None:
    """A full buffer of snapshots keeps the newest of them, which has all that the ones before it had."""
    requests = Requests()
    shared = requests.source.pipe(accumulate_json(), share_latest(buffer=2))
    shared.subscribe()
    requests.subject.on_next("[1,")
    slow = Blocked(shared)
    for number in (2, 3, 4, 5):
        requests.subject.on_next(f"{number},")
    slow.let_go()
    assert [snapshot.value for snapshot in slow.items] == [[1], [1, 2], [1, 2, 3, 4, 5]]
    assert slow.errors == []


def test_impossible_options() -> None:
    """`linger` can't be negative, nor go with a selector; a buffer has room for an item."""
    with pytest.raises(ValueError, match="buffer=0"):
        share_latest(buffer=0)
    with pytest.raises(ValueError, match="from 0"):
        share_latest(linger=-1)
    with pytest.raises(ValueError, match="selector"):
        share_latest(lambda shared: shared, linger=1)
