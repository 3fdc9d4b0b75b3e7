"""`keep_partial`: take what had arrived before an error as the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import Observable, abc

from ..errors import RxStructError
from ..policy import listen
from ..stream import Flow, Stream, model_of

T = TypeVar("T")


def keep_partial(*errors: type[Exception]) -> Callable[[Observable[T]], Stream[T]]:
    """On the named errors, and only on those, complete with the last partial instead of failing.

    ```storyboard
    source  --a--b--#
    result  --a--b--|

    a  {"name": "A"}
    b  {"name": "Ada"}
    #  Truncated("cut off")
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"name":"A', "da").pipe(
        ...     rxs.accumulate_json(), rxs.keep_partial(rxs.Truncated)
        ... ).subscribe(lambda snapshot: print(snapshot.value))
        {'name': 'A'}
        {'name': 'Ada'}
        <...>

    Args:
        errors: the types of the errors to forgive, at least one (a TypeError otherwise): `Truncated` alone is usual,
            `RxStructError` forgives all of ours.

    Emits the source's items; on an error of those types also the partial (or snapshot) that the error carries, if it is new.
    Completes with the source, or at such an error.
    Errors: all others, as they are.
    """
    if not errors:
        raise TypeError("keep_partial() needs the errors to forgive, as in keep_partial(Truncated)")
    for error in errors:
        if not (isinstance(error, type) and issubclass(error, Exception)):
            raise TypeError(f"keep_partial({error!r}): give it classes of errors, as in keep_partial(Truncated)")

    def operator(source: Observable[T]) -> Stream[T]:
        def state_before(error: Exception) -> Any:
            if Flow.of(source) is not Flow.STATE or not isinstance(error, RxStructError):
                return None
            return error.snapshot if model_of(source) is None else error.partial

        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            last: Any = None

            def on_next(item: T) -> None:
                nonlocal last
                last = item
                observer.on_next(item)

            def on_error(error: Exception) -> None:
                if not isinstance(error, errors):
                    observer.on_error(error)
                    return
                state = state_before(error)
                if state is not None and state is not last:
                    observer.on_next(state)
                observer.on_completed()

            return listen(source, observer, on_next, on_error=on_error, scheduler=scheduler)

        return Stream.like(source, subscribe)

    return operator
