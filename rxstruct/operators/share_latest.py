"""`share_latest`: several readers, one request.

What goes in: one source, any number of subscribers, at any time. What comes out: to each of them the newest item at once, then
the source's items and terminal. What always holds:

1. At most one upstream subscription is alive. It begins with the first subscriber (with a selector: once every branch is
   attached), and is disposed when the last one has left.
2. Every subscriber sees items in the source's order, one call at a time, also when items, subscribers and departures come from
   several threads or from inside a callback. One that is busy on another thread holds nobody up: its items wait in its inbox.
3. After the source's end, a subscriber gets the last item and the terminal, and nothing is requested again; but for an error
   that came while nobody was there.
4. A subscriber that raises ends the request for all: the exception goes to the producer, the others get `SourceFailed`.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, Generic, TypeVar, overload

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable
from reactivex.scheduler import CurrentThreadScheduler

from ..attaching import Attaching
from ..audience import Audience, Inbox, Notify, another_raised, completing, failing, tell
from ..iteration import ReaderScheduler, reader_of
from ..limits import BUFFER
from ..options import check_count, check_seconds
from ..policy import listen, timing_scheduler, typed
from ..stream import Flow, Stream

T = TypeVar("T")
R = TypeVar("R")


@overload
def share_latest(
    selector: None = None, *, linger: float = 0, buffer: int = BUFFER, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[T]], Stream[T]]: ...


@overload
def share_latest(
    selector: Callable[[Stream[T]], Observable[R]],
    *,
    linger: float = 0,
    buffer: int = BUFFER,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Stream[R]]: ...


def share_latest(
    selector: Callable[[Stream[T]], Observable[R]] | None = None,
    *,
    linger: float = 0,
    buffer: int = BUFFER,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Stream[Any]]:
    """Give any number of readers one upstream subscription, which is one request and one bill.

    ```storyboard
    source  --a--b--c--|
    shared  --a--b--c--|

    a  1
    b  2
    c  3
    ```

    A source that emits at once would be over before a second subscriber came: a selector attaches all its branches first, and
    starts the request only then. Without one the first subscriber starts it, and later ones join with the newest item.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> from reactivex import operators as ops
        >>> rx.of(1, 2).pipe(
        ...     rxs.share_latest(lambda shared: rx.merge(shared, shared.pipe(ops.map(lambda number: number * 10))))
        ... ).subscribe(print)
        1
        10
        2
        20
        <...>

    Args:
        selector: makes the result from the shared stream, as in `publish(selector)`. The request lives as long as the result.
        linger: without a selector, for how many seconds the request goes on after the last subscriber has left; 0 by default.
            It is a ValueError with a selector, or below 0.
        buffer: how many items may wait for a subscriber that joined on another thread, and is still busy there; 1,024 by default.
            Beyond that the newest snapshot or partial stands for those before it.
        scheduler: what measures `linger`; by default the one given to `subscribe`, else the running loop's, else reactivex's own.

    Emits the source's items (with a selector, what that makes of them); a late subscriber's first is the newest.
    Completes with the source; who subscribes after that gets the last item and the terminal. If all leave before the end, the
    source is disposed, and the next subscriber starts it anew; so does one that comes after an error that nobody was there for.
    Errors: the source's, as they are; `SourceFailed` if another subscriber's callback raised, which ends the request for all
    (its exception is the `__cause__`); `LimitExceeded` for a subscriber alone whose buffer is full, of items that each count.
    """
    check_seconds("linger", linger, or_zero=True)
    check_count("buffer", buffer, 1)
    if selector is None:
        return _share(linger, buffer, scheduler)
    if linger:
        raise ValueError("linger has no use with a selector: there the request lives as long as the result")
    if not callable(selector):
        raise TypeError(f"share_latest({selector!r}): the selector is a function of the shared stream")
    return _share_within(selector, buffer)


def _share(linger: float, buffer: int, scheduler: abc.SchedulerBase | None) -> Callable[[Observable[T]], Stream[T]]:
    def operator(source: Observable[T]) -> Stream[T]:
        lock = RLock()
        departure = SerialDisposable()
        newest_hub: _Hub[T] = _Hub(source, buffer)

        def subscribe(observer: abc.ObserverBase[T], given: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            nonlocal newest_hub
            with lock:
                if newest_hub.is_closed:
                    newest_hub = _Hub(source, buffer)
                hub = newest_hub
                inbox = hub.join(observer)
                reader = reader_of(given)
                if reader is not None:
                    inbox.fail = reader.fail
                departure.disposable = Disposable()

            def close_if_deserted(_scheduler: abc.SchedulerBase | None = None, _state: Any = None) -> None:
                with lock:
                    if not hub.is_deserted:
                        return
                    hub.is_closed = True
                hub.dispose()

            def on_leaving() -> None:
                hub.leave(inbox)
                if linger and hub.is_deserted:
                    clock = timing_scheduler(scheduler, given)
                    departure.disposable = clock.schedule_relative(linger, close_if_deserted)
                else:
                    close_if_deserted()

            hub.tell(inbox)
            hub.connect(hub.scheduler_like(given))
            return Disposable(on_leaving)

        return Stream.like(source, subscribe)

    return operator


def _share_within(selector: Callable[[Stream[T]], Observable[R]], buffer: int) -> Callable[[Observable[T]], Stream[R]]:
    def operator(source: Observable[T]) -> Stream[R]:
        def subscribe(observer: abc.ObserverBase[R], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            hub: _Hub[T] = _Hub(source, buffer)
            everything = CompositeDisposable(hub)
            all_attached = False

            def subscribe_branch(
                branch: abc.ObserverBase[T], _scheduler: abc.SchedulerBase | None = None
            ) -> abc.DisposableBase:
                inbox = hub.join(branch)
                hub.tell(inbox)
                if all_attached:
                    hub.connect(scheduler)
                return Disposable(lambda: hub.leave(inbox))

            def start(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
                nonlocal all_attached
                all_attached = True
                if not hub.is_deserted:
                    hub.connect(scheduler)

            def schedule_start() -> None:
                everything.add((scheduler or CurrentThreadScheduler.singleton()).schedule(start))

            def on_error(error: Exception) -> None:
                everything.dispose()
                observer.on_error(error)

            def on_completed() -> None:
                everything.dispose()
                observer.on_completed()

            try:
                result = selector(Stream.like(source, subscribe_branch))
                if not isinstance(result, Observable):
                    raise TypeError(
                        f"the selector of share_latest() returned a {type(result).__name__}: it has to return a stream made of "
                        "the shared one, such as rx.merge(…) of several"
                    )
            except Exception as error:
                observer.on_error(error)
                return everything
            attaching = Attaching(scheduler, schedule_start)
            subscribing = attaching.begin()
            everything.add(
                listen(
                    result,
                    observer,
                    observer.on_next,
                    on_error=on_error,
                    on_completed=on_completed,
                    scheduler=attaching,
                )
            )
            subscribing.dispose()
            return everything

        return Stream(subscribe)

    return operator


class _Hub(abc.ObserverBase[T], abc.DisposableBase, Generic[T]):
    """One upstream subscription, and its subscribers."""

    def __init__(self, source: Observable[T], buffer: int) -> None:
        self.is_closed = False
        self._source = source
        self._upstream = SingleAssignmentDisposable()
        self._is_connected = False
        self._lock = Lock()
        self._audience: Audience[T] = Audience(capacity=buffer, flow=Flow.of(source))

    @property
    def is_deserted(self) -> bool:
        """Nobody is left, and there is no result to keep for later."""
        return self._audience.is_empty and self._audience.end is None

    def scheduler_like(self, scheduler: abc.SchedulerBase | None) -> abc.SchedulerBase | None:
        """The scheduler of a subscriber, as the source gets it: what one reader has room for must not set the pace of all."""
        reader = reader_of(scheduler)
        return scheduler if reader is None else ReaderScheduler(reader.loop, self.fail)

    def fail(self, raised: BaseException) -> bool:
        """What was raised between the source and here ends it for all: whether anybody hears of it."""
        is_heard = not self._audience.is_empty
        self.on_error(typed(raised))
        return is_heard

    def connect(self, scheduler: abc.SchedulerBase | None) -> None:
        """Subscribe to the source, once."""
        with self._lock:
            if self._is_connected:
                return
            self._is_connected = True
        self._upstream.disposable = listen(self._source, self, self.on_next, scheduler=scheduler)

    def dispose(self) -> None:
        self._upstream.dispose()

    def join(self, observer: abc.ObserverBase[T]) -> Inbox[T]:
        """Add a subscriber, who is still to be told (`tell`) what it has missed."""
        return self._audience.join(observer)

    def leave(self, inbox: Inbox[T]) -> None:
        self._audience.leave(inbox)

    def tell(self, inbox: Inbox[T]) -> None:
        """Tell a subscriber what waits for it. What its callback raises ends the request for all, and is raised here."""
        tell([inbox], self._give_up)

    def on_next(self, value: T) -> None:
        tell(self._audience.put(value), self._give_up)

    def on_error(self, error: Exception) -> None:
        if self.is_deserted:
            self.is_closed = True  # nobody hears of it: the next one starts anew
        self._finish(failing(error))

    def on_completed(self) -> None:
        self._finish(completing)

    def _finish(self, end: Notify[T]) -> None:
        inboxes = self._audience.put_end(end)
        self.dispose()
        tell(inboxes, self._give_up)

    def _give_up(self, raised: BaseException) -> None:
        if self._audience.end is None:
            self.is_closed = True
            self._finish(failing(another_raised(raised, "share_latest()")))
