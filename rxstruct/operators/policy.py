"""The one home of what every operator does about errors and teardown.

What goes in: a source, and the callbacks of one subscription. What comes out: the subscription.
What always holds:

1. An exception raised by a consumer's callback disposes the subscription, up to the source (so a request is closed), and then
   goes on to whoever produced the item, as it is. It is never turned into `on_error`, and never swallowed.
2. Disposing works at any moment, also while the source is still inside its own `subscribe`.
3. The scheduler given to `subscribe` reaches the source.

That nothing follows a terminal is reactivex's own work: every `Observable.subscribe` wraps its observer in one that stops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

A = TypeVar("A")


def listen(
    source: Observable[A],
    observer: abc.ObserverBase[Any],
    on_next: Callable[[A], None],
    *,
    on_error: Callable[[Exception], None] | None = None,
    on_completed: Callable[[], None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> abc.DisposableBase:
    """Subscribe an operator's callbacks to its source; a terminal that has no callback passes straight to `observer`."""
    subscription = SingleAssignmentDisposable()

    def guarded(item: A) -> None:
        try:
            on_next(item)
        except BaseException:
            subscription.dispose()
            raise

    subscription.disposable = source.subscribe(
        guarded, on_error or observer.on_error, on_completed or observer.on_completed, scheduler=scheduler
    )
    return subscription


__all__ = ["listen"]
