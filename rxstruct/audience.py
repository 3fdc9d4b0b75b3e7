"""Several subscribers of one stream, each told in its own time: `Audience`, `Inbox`, `tell`.

What goes in: items, an end, and subscribers, at any time and from any thread. What comes out: calls of their observers. What
always holds:

1. A subscriber is told all in order, one call at a time, also when items, subscribers and departures come from several threads or
   from inside a callback. One that is busy on another thread holds nobody up: what it is to be told waits in its inbox.
2. One that comes late is told first what the stream keeps for it, and then what follows that: nothing is lost between the two.
3. What a subscriber raises goes to whoever brought the item; it is told no more, and the others hear of it as `SourceFailed`.

An audience only keeps the books, under its lock, and returns the inboxes that have something new: `tell` alone calls out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any, Generic, TypeAlias, TypeVar

from reactivex import abc
from reactivex.disposable import CompositeDisposable, Disposable, RefCountDisposable

from .errors import LimitExceeded, SourceFailed, printable
from .iteration import Flow
from .policy import stop

T = TypeVar("T")

Notify: TypeAlias = Callable[[abc.ObserverBase[T]], None]
GiveUp: TypeAlias = Callable[[BaseException], None]


class Inbox(Generic[T]):
    """What one subscriber is still to be told: by one thread at a time, which others that bring more leave it to.

    Args:
        observer: the subscriber.
        capacity: how many items may wait; None where what they are made of is limited already.
        flow: what becomes of an item for which there is no room.
    """

    def __init__(self, observer: abc.ObserverBase[T], *, capacity: int | None = None, flow: Flow = Flow.PIECES) -> None:
        self.observer = observer
        self.fail: Callable[[BaseException], Any] = lambda raised: None
        """Where the subscriber's reader hears of what its own pipeline has raised."""
        self._capacity = capacity
        self._flow = flow
        self._items: deque[T] = deque()
        self._end: Notify[T] | None = None
        self._is_being_told = False
        self._lock = Lock()

    def put(self, item: T) -> None:
        with self._lock:
            if self._end is not None:
                return
            if self._capacity is None or len(self._items) < self._capacity:
                self._items.append(item)
            elif self._flow is Flow.STATE:
                self._items[-1] = item
            else:
                self._end = failing(too_slow(self._capacity))

    def put_end(self, end: Notify[T]) -> None:
        with self._lock:
            self._end = self._end or end

    def tell(self) -> None:
        """Tell the subscriber all that waits, unless a caller further up the stack, or on another thread, is already at it."""
        with self._lock:
            if self._is_being_told:
                return
            self._is_being_told = True  # for good where the subscriber raises, or hears of the end
        while True:
            with self._lock:
                if self._items:
                    item = self._items.popleft()
                elif self._end is not None:
                    break
                else:
                    self._is_being_told = False
                    return
            self.observer.on_next(item)
        self._end(self.observer)

    def close(self) -> None:
        """The subscriber has left: nothing more is told."""
        with self._lock:
            self._items.clear()
            self._end = lambda observer: None


class Audience(Generic[T]):
    """The subscribers of one stream, and what it keeps for those who come late.

    Args:
        memory: how many items are kept: the newest one, or with None all.
        capacity, flow: of each subscriber's inbox.
    """

    def __init__(self, *, memory: int | None = 1, capacity: int | None = None, flow: Flow = Flow.PIECES) -> None:
        self.kept: deque[T] = deque(maxlen=memory)
        self.end: Notify[T] | None = None
        self._capacity = capacity
        self._flow = flow
        self._inboxes: list[Inbox[T]] = []
        self._lock = Lock()

    @property
    def is_empty(self) -> bool:
        """Nobody listens."""
        return not self._inboxes

    def greeting(self) -> Iterable[T]:
        """What one who comes late is told first."""
        return self.kept

    def join(self, observer: abc.ObserverBase[T]) -> Inbox[T]:
        """Add a subscriber, who is still to be told what it has missed."""
        inbox = Inbox(observer, capacity=self._capacity, flow=self._flow)
        with self._lock:
            for item in self.greeting():
                inbox.put(item)
            if self.end is None:
                self._inboxes.append(inbox)
            else:
                inbox.put_end(self.end)
        return inbox

    def leave(self, inbox: Inbox[T]) -> None:
        inbox.close()
        with self._lock:
            if inbox in self._inboxes:
                self._inboxes.remove(inbox)

    def put(self, item: T) -> Sequence[Inbox[T]]:
        """One more item for all."""
        with self._lock:
            if self.end is not None:
                return ()
            self.kept.append(item)
            for inbox in self._inboxes:
                inbox.put(item)
            return tuple(self._inboxes)

    def put_end(self, end: Notify[T]) -> Sequence[Inbox[T]]:
        """The end for all, also for those who are still to come."""
        with self._lock:
            if self.end is not None:
                return ()
            self.end = end
            inboxes, self._inboxes = self._inboxes, []
            for inbox in inboxes:
                inbox.put_end(end)
            return inboxes


def tell(inboxes: Iterable[Inbox[Any]], give_up: GiveUp) -> None:
    """Tell subscribers what waits for them.

    Args:
        inboxes: theirs.
        give_up: called with what the first of them has raised, to end the stream for the others; then that is raised here.
    """
    failure: BaseException | None = None
    for inbox in inboxes:
        try:
            inbox.tell()
        except BaseException as raised:
            failure = failure or raised
            inbox.close()
            stop(inbox.observer)
            inbox.fail(raised)
    if failure is None:
        return
    try:
        give_up(failure)
    finally:
        raise failure


def sharing(audience: Audience[T], source: RefCountDisposable, give_up: GiveUp) -> abc.Subscription[T]:
    """How to subscribe to a stream that has this audience, and keeps a source alive for as long as somebody listens."""

    def subscribe(observer: abc.ObserverBase[T], _scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        share = source.disposable
        inbox = audience.join(observer)
        tell([inbox], give_up)
        return CompositeDisposable(Disposable(lambda: audience.leave(inbox)), share)

    return subscribe


def completing(observer: abc.ObserverBase[Any]) -> None:
    """The end of a stream that completes."""
    observer.on_completed()


def failing(error: Exception) -> Notify[Any]:
    """The end of a stream that fails."""
    return lambda observer: observer.on_error(error)


def another_raised(raised: BaseException, stream: str) -> SourceFailed:
    """What the other subscribers of a stream hear when one has raised."""
    error = SourceFailed(
        f"another subscriber of {stream} raised {printable(repr(raised))}, which ended the request for all"
    )
    error.__cause__ = raised
    return error


def too_slow(waiting: int) -> LimitExceeded:
    return LimitExceeded(
        f"{waiting} items of share_latest() wait for a subscriber that is still busy on another thread: raise buffer=, "
        "or let it read in a loop of its own, with iterate()",
        limit="buffer",
    )
