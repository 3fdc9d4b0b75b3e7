"""`choice(n)`: one of the several answers that `n` > 1 asks for."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..options import check_count
from ..policy import listen
from ..stream import Stream
from .events import Event, Usage
from .failures import no_event


def choice(number: int) -> Callable[[Observable[Event]], Stream[Event]]:
    """Keep the events of one choice, and those that belong to all of them (`Usage`).

    ```
    events     --a0--a1--b1--b0--F1--F0--|
    choice(1)  ------a1--b1------F1------|
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> events = rx.of(rxs.TextDelta("no", 0), rxs.TextDelta("yes", 1), rxs.Finish("stop", 0), rxs.Finish("stop", 1))
        >>> events.pipe(rxs.choice(1), rxs.content()).subscribe(print)
        yes
        <...>

    Args:
        number: the choice's index, from 0.

    Emits the events of that choice, and `Usage`. Completes when the source does.
    Errors: the source's own; `SourceFailed` for text in the place of events.
    """

    check_count("number", number, 0)

    def operator(source: Observable[Event]) -> Stream[Event]:
        def subscribe(
            observer: abc.ObserverBase[Event], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            def on_next(event: Event) -> None:
                if isinstance(event, str):
                    observer.on_error(no_event(event, "choice()"))
                elif isinstance(event, Usage) or event.choice == number:
                    observer.on_next(event)

            return listen(source, observer, on_next, scheduler=scheduler)

        return Stream.like(source, subscribe)

    return operator
