"""`usage()`: what the answer cost in tokens."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..policy import listen
from ..stream import Flow, Stream
from .events import Event, Usage
from .failures import no_event


def usage() -> Callable[[Observable[Event]], Stream[Usage]]:
    """Keep only the token counts.

    ```
    events  --t--t--t--F--U--|
    usage   --------------U--|
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> events = rx.of(rxs.TextDelta("Hi"), rxs.Finish("stop"), rxs.Usage(9, 2, 11))
        >>> events.pipe(rxs.usage()).subscribe(lambda usage: print(usage.total_tokens))
        11
        <...>

    Many providers send none unless the request says `stream_options={"include_usage": True}`.

    Emits `Usage`: most providers send one at the end, some a growing count in every event; the last one holds. Completes when
    the source does, however the answer ended.
    Errors: the source's own; `SourceFailed` for text in the place of events.
    """

    def operator(source: Observable[Event]) -> Stream[Usage]:
        def subscribe(
            observer: abc.ObserverBase[Usage], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            def on_next(event: Event) -> None:
                if isinstance(event, str):
                    observer.on_error(no_event(event, "usage()"))
                elif isinstance(event, Usage):
                    observer.on_next(event)

            return listen(source, observer, on_next, scheduler=scheduler)

        return Stream(subscribe, flow=Flow.STATE)

    return operator
