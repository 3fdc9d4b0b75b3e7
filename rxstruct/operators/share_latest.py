"""`share_latest`: several readers, one request.

What goes in: one source, any number of subscribers, at any time. What comes out: to each of them the newest item at once, then
the source's items and terminal. What always holds:

1. At most one upstream subscription is alive. It begins with the first subscriber (with a selector: once every branch is
   attached), and is disposed when the last one has left.
2. Every subscriber sees items in the source's order, one call at a time, also when items, subscribers and departures come from
   several threads or from inside a callback: what happens is queued, and one of the callers works the queue off.
3. After the source's end, a subscriber gets the last item and the terminal, and nothing is requested again.
4. A subscriber that raises ends the request for all: the exception goes to the producer, the others get `SourceFailed`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeAlias, TypeVar, overload

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable
from reactivex.scheduler import CurrentThreadScheduler

from ..errors import SourceFailed, check_seconds, printable
from ..policy import listen, stop, timing_scheduler
from ..stream import Stream
from ..typing import ABSENT, Absent

T = TypeVar("T")
R = TypeVar("R")


@overload
def share_latest(
    selector: None = None, *, linger: float = 0, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[T]], Stream[T]]: ...


@overload
def share_latest(
    selector: Callable[[Stream[T]], Observable[R]], *, linger: float = 0, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[T]], Stream[R]]: ...


def share_latest(
    selector: Callable[[Stream[T]], Observable[R]] | None = None,
    *,
    linger: float = 0,
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
        scheduler: what measures `linger`; by default the one given to `subscribe`, else the running loop's, else reactivex's own.

    Emits the source's items (with a selector, what that makes of them); a late subscriber's first is the newest.
    Completes with the source; who subscribes after that gets the last item and the terminal. If all leave before the end, the
    source is disposed, and the next subscriber starts it anew.
    Errors: the source's, as they are; `SourceFailed` if another subscriber's callback raised, which ends the request for all
    (its exception is the `__cause__`).
    """
    check_seconds("linger", linger, or_zero=True)
    if selector is None:
        return _share(linger, scheduler)
    if linger:
        raise ValueError("linger has no use with a selector: there the request lives as long as the result")
    if not callable(selector):
        raise TypeError(f"share_latest({selector!r}): the selector is a function of the shared stream")
    return _share_within(selector)


def _share(linger: float, scheduler: abc.SchedulerBase | None) -> Callable[[Observable[T]], Stream[T]]:
    def operator(source: Observable[T]) -> Stream[T]:
        lock = RLock()
        departure = SerialDisposable()
        newest_hub: _Hub[T] = _Hub(source)

        def subscribe(observer: abc.ObserverBase[T], given: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            nonlocal newest_hub
            with lock:
                if newest_hub.is_closed:
                    newest_hub = _Hub(source)
                hub = newest_hub
                leave = hub.join(observer)
                departure.disposable = Disposable()

            def close_if_deserted(_scheduler: abc.SchedulerBase | None = None, _state: Any = None) -> None:
                with lock:
                    if not hub.is_deserted:
                        return
                    hub.is_closed = True
                hub.dispose()

            def on_leaving() -> None:
                leave()
                if linger and hub.is_deserted:
                    clock = timing_scheduler(scheduler, given)
                    departure.disposable = clock.schedule_relative(linger, close_if_deserted)
                else:
                    close_if_deserted()

            hub.work()
            hub.connect(given)
            return Disposable(on_leaving)

        return Stream.like(source, subscribe)

    return operator


def _share_within(selector: Callable[[Stream[T]], Observable[R]]) -> Callable[[Observable[T]], Stream[R]]:
    def operator(source: Observable[T]) -> Stream[R]:
        def subscribe(observer: abc.ObserverBase[R], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            hub: _Hub[T] = _Hub(source)
            everything = CompositeDisposable(hub)
            all_attached = False

            def subscribe_branch(
                branch: abc.ObserverBase[T], _scheduler: abc.SchedulerBase | None = None
            ) -> abc.DisposableBase:
                leave = hub.join(branch)
                hub.work()
                if all_attached:
                    hub.connect(scheduler)
                return Disposable(leave)

            def start(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
                nonlocal all_attached
                all_attached = True
                if not hub.is_deserted:
                    hub.connect(scheduler)

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
            everything.add(
                listen(
                    result,
                    observer,
                    observer.on_next,
                    on_error=on_error,
                    on_completed=on_completed,
                    scheduler=scheduler,
                )
            )
            # Scheduled, because so does rx.merge subscribe to its branches.
            everything.add((scheduler or CurrentThreadScheduler.singleton()).schedule(start))
            return everything

        return Stream(subscribe)

    return operator


class _Hub(abc.ObserverBase[T], abc.DisposableBase, Generic[T]):
    """One upstream subscription, and its subscribers."""

    def __init__(self, source: Observable[T]) -> None:
        self.is_closed = False
        self._source = source
        self._upstream = SingleAssignmentDisposable()
        self._is_connected = False
        self._lock = RLock()
        self._joined = 0
        self._observers: list[abc.ObserverBase[T]] = []
        self._newest: T | Absent = ABSENT
        self._end: _Notify[T] | None = None
        self._tasks: deque[Callable[[], None]] = deque()
        self._is_working = False

    @property
    def is_deserted(self) -> bool:
        """Nobody is left, and there is no result to keep for later."""
        return not self._joined and self._end is None

    def connect(self, scheduler: abc.SchedulerBase | None) -> None:
        """Subscribe to the source, once."""
        with self._lock:
            if self._is_connected:
                return
            self._is_connected = True
        self._upstream.disposable = listen(self._source, self, self.on_next, scheduler=scheduler)

    def dispose(self) -> None:
        self._upstream.dispose()

    def join(self, observer: abc.ObserverBase[T]) -> Callable[[], None]:
        """Add a subscriber, to be greeted in its turn (`work`); returns what removes it."""
        has_left = False

        def greet() -> None:
            if has_left:
                return
            self._observers.append(observer)
            newest = self._newest
            if not isinstance(newest, Absent):
                self._notify([observer], lambda one: one.on_next(newest))
            if self._end is not None:
                self._notify([observer], self._end)

        def leave() -> None:
            nonlocal has_left
            with self._lock:
                has_left = True
                self._joined -= 1
                if observer in self._observers:
                    self._observers.remove(observer)

        with self._lock:
            self._joined += 1
            self._tasks.append(greet)
        return leave

    def on_next(self, value: T) -> None:
        def pass_on() -> None:
            if self._end is not None:
                return
            self._newest = value
            self._notify(self._observers, lambda observer: observer.on_next(value))

        self._tasks.append(pass_on)
        self.work()

    def on_error(self, error: Exception) -> None:
        self._finish(lambda observer: observer.on_error(error))

    def on_completed(self) -> None:
        self._finish(lambda observer: observer.on_completed())

    def _finish(self, end: _Notify[T]) -> None:
        def pass_on() -> None:
            self._end = end
            self._notify(self._observers, end)
            self._observers.clear()  # with the subscription, which refers to them in turn
            self.dispose()

        self._tasks.append(pass_on)
        self.work()

    def work(self) -> None:
        """Do what is queued, in order, unless a caller further up the stack, or on another thread, is already at it."""
        with self._lock:
            if self._is_working:
                return
            self._is_working = True
        failure: BaseException | None = None
        while task := self._next_task():
            try:
                task()
            except BaseException as raised:
                failure = failure or raised
        if failure is not None:
            raise failure

    def _next_task(self) -> Callable[[], None] | None:
        with self._lock:
            if self._tasks:
                return self._tasks.popleft()
            self._is_working = False
            return None

    def _notify(self, observers: list[abc.ObserverBase[T]], notify: _Notify[T]) -> None:
        failure: BaseException | None = None
        for observer in tuple(observers):
            try:
                notify(observer)
            except BaseException as raised:
                failure = failure or raised
                stop(observer)
                if observer in self._observers:
                    self._observers.remove(observer)
        if failure is None:
            return
        if self._end is None:
            self._give_up(failure)
        raise failure

    def _give_up(self, failure: BaseException) -> None:
        self.is_closed = True
        self.dispose()
        error = SourceFailed(
            f"another subscriber of share_latest() raised {printable(repr(failure))}, which ended the request for all"
        )
        error.__cause__ = failure
        self._end = lambda observer: observer.on_error(error)
        self._notify(self._observers, self._end)


_Notify: TypeAlias = Callable[[abc.ObserverBase[T]], None]


__all__ = ["share_latest"]
