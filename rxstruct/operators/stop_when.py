"""`stop_when`: stop paying for an answer as soon as there is enough of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

from ..audience import Inbox, Notify, completing, failing
from ..policy import listen
from ..stream import Stream

T = TypeVar("T")


def stop_when(condition: Callable[[T], bool] | Observable[Any]) -> Callable[[Observable[T]], Stream[T]]:
    """Close the request once a condition holds, then complete with the last item as it is.

    ```storyboard
    source             --a--b--c--d--|
    until it is above  --a--b--(c|)

    a  1
    b  2
    c  3
    d  4
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of(1, 2, 3, 4).pipe(rxs.stop_when(lambda number: number > 2)).subscribe(print)
        1
        2
        3
        <...>

    Args:
        condition: a predicate, tried on each item; or an Observable, whose first item or completion stops the stream.

    Emits the source's items; with a predicate, the one for which it holds is the last.
    Completes with the source, or at that point, once the source has been disposed. The last partial may then be open: `is_closed`
    says False of it, and `progress()` ends below 1.0.
    Errors: a TypeError at once for a condition that is neither; what the source, the predicate or the Observable fails with, as
    it is.
    """
    if isinstance(condition, Observable):
        return _stop_at(condition)
    if not callable(condition):
        raise TypeError(
            f"stop_when({condition!r}): give it a function of the item that says whether to stop, or an Observable"
        )
    return _stop_after(condition)


def _stop_after(predicate: Callable[[T], bool]) -> Callable[[Observable[T]], Stream[T]]:
    def operator(source: Observable[T]) -> Stream[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            upstream = CompositeDisposable()

            def on_next(item: T) -> None:
                if upstream.is_disposed:
                    return
                try:
                    enough = predicate(item)
                except Exception as error:
                    upstream.dispose()
                    observer.on_error(error)
                    return
                if enough:
                    upstream.dispose()
                observer.on_next(item)
                if enough:
                    observer.on_completed()

            upstream.add(listen(source, observer, on_next, scheduler=scheduler))
            return upstream

        return Stream.like(source, subscribe)

    return operator


def _stop_at(notifier: Observable[Any]) -> Callable[[Observable[T]], Stream[T]]:
    def operator(source: Observable[T]) -> Stream[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            upstream = CompositeDisposable()
            inbox = Inbox(observer)  # the notifier may call on another thread than the source

            def on_next(item: T) -> None:
                inbox.put(item)
                inbox.tell()

            def end(how: Notify[T]) -> None:
                upstream.dispose()
                inbox.put_end(how)
                inbox.tell()

            def stop(_item: Any = None) -> None:
                end(completing)

            def fail(error: Exception) -> None:
                end(failing(error))

            # The notifier first: one that has already something to say keeps the request from being made.
            upstream.add(listen(notifier, observer, stop, on_error=fail, on_completed=stop, scheduler=scheduler))
            if not upstream.is_disposed:
                upstream.add(listen(source, observer, on_next, on_error=fail, on_completed=stop, scheduler=scheduler))
            return upstream

        return Stream.like(source, subscribe)

    return operator
