"""`throttle_latest`: fewer items for a slow consumer, and always the newest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import RLock
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from ..options import check_seconds
from ..policy import listen, timing_scheduler
from ..stream import Stream
from ..typing import ABSENT, Absent

T = TypeVar("T")


def throttle_latest(
    seconds: float, *, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[T]], Stream[T]]:
    """Pass the first item at once, then at most one per period: always the newest.

    ```storyboard
    source     -a-bc-d-------e-(f|)
    per 40 ms  -a---c---d----e-(f|)

    a  1
    b  2
    c  3
    d  4
    e  5
    f  6
    ```

    Unlike `throttle_first` it never drops the last item; unlike `debounce` it does not starve while items keep coming.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of(1, 2, 3).pipe(rxs.throttle_latest(60)).subscribe(print)
        1
        3
        <...>

    Args:
        seconds: the length of a period, above 0, at most a billion; a ValueError otherwise.
        scheduler: what measures it; by default the one given to `subscribe`, else the running loop's, else reactivex's own.

    Emits items of the source, as they are.
    Completes with the source. An item that is still waiting comes before the terminal, be it completion or an error.
    Errors: the source's, as they are.
    """
    check_seconds("seconds", seconds)
    period = timedelta(seconds=seconds)

    def operator(source: Observable[T]) -> Stream[T]:
        def subscribe(observer: abc.ObserverBase[T], given: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            clock = timing_scheduler(scheduler, given)
            lock = RLock()  # the timer may run on a thread of its own
            timer = SerialDisposable()
            upstream = CompositeDisposable(timer)
            due = clock.now
            waiting: T | Absent = ABSENT

            def emit(item: T) -> None:
                nonlocal due, waiting
                waiting = ABSENT
                due = clock.now + period
                observer.on_next(item)

            def emit_waiting() -> None:
                if not isinstance(waiting, Absent):
                    emit(waiting)

            def on_timer(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
                with lock:
                    try:
                        emit_waiting()
                    except BaseException:
                        upstream.dispose()
                        raise

            def on_next(item: T) -> None:
                nonlocal waiting
                with lock:
                    now = clock.now
                    if now >= due:
                        emit(item)
                        return
                    is_first = waiting is ABSENT
                    waiting = item  # before the timer is set: on this thread's own scheduler that is when it fires
                    if is_first:
                        timer.disposable = clock.schedule_relative(due - now, on_timer)

            def on_error(error: Exception) -> None:
                with lock:
                    timer.dispose()
                    emit_waiting()
                    observer.on_error(error)

            def on_completed() -> None:
                with lock:
                    timer.dispose()
                    emit_waiting()
                    observer.on_completed()

            upstream.add(
                listen(source, observer, on_next, on_error=on_error, on_completed=on_completed, scheduler=given)
            )
            return upstream

        return Stream.like(source, subscribe)

    return operator
