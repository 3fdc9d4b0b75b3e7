"""`completed`: one value, once it is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from reactivex import Observable, abc

from ..errors import PathInvalid
from ..partial import get, is_closed
from ..stream import Stream
from ..typing import ABSENT, Segment
from .following import check_source, checked, listen_to_states, single

T = TypeVar("T")


@overload
def completed(*path: Segment, of: type[T]) -> Callable[[Observable[Any]], Stream[T]]: ...
@overload
def completed(*path: Segment, of: Any = None) -> Callable[[Observable[Any]], Stream[Any]]: ...
def completed(*path: Segment, of: Any = None) -> Callable[[Observable[Any]], Stream[Any]]:
    """Emit the value at a path once, when it closes; then complete.

    ```storyboard
    deltas  --a--b--c--|
            ^----!
    value   -----(x|)

    a  {"city":"Ber
    b  gen","days":
    c  3}
    x  Bergen
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"city":"Ber', 'gen","days":', "3}").pipe(rxs.accumulate_json(), rxs.completed("city")).subscribe(print)
        Bergen
        <...>

    Args:
        path: where the value stands: keys of the document on snapshots, field names on partials, indices.
        of: the value's type, for type checkers; a value of another class is a TypeError.

    Emits the value; from a partial, the validated one. Where a field never comes: its default, when its object closes
    (partials), or nothing (snapshots).
    Completes right after it, which closes the request if nobody else reads it (`share_latest`).
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials. A path that the model
    cannot have is a `PathInvalid`, as the pipeline is built, or at the first item where the model is not known there.
    """
    single_path = single("completed", path)

    def operator(source: Observable[Any]) -> Stream[Any]:
        check_source(source, path)

        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            def on_next(item: Any) -> None:
                try:
                    value = read(item)
                except (PathInvalid, TypeError) as error:
                    observer.on_error(error)
                    return
                if value is not ABSENT:
                    observer.on_next(value)
                    observer.on_completed()
                elif any(is_closed(item, *single_path[:depth]) for depth in range(len(single_path))):
                    observer.on_completed()

            def read(item: Any) -> Any:
                return checked(get(item, *single_path), of, "completed()") if is_closed(item, *single_path) else ABSENT

            return listen_to_states(
                source, observer, on_next, operator="completed()", patterns=[path], scheduler=scheduler
            )

        return Stream(subscribe)

    return operator
