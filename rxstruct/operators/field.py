"""`field`: one value, each time it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from reactivex import Observable, abc

from ..errors import PathInvalid
from ..partial import get
from ..stream import Stream
from ..typing import ABSENT, Segment
from .following import check_source, checked, listen_to_states, single

T = TypeVar("T")


@overload
def field(*path: Segment, of: type[T]) -> Callable[[Observable[Any]], Stream[T]]: ...
@overload
def field(*path: Segment, of: Any = None) -> Callable[[Observable[Any]], Stream[Any]]: ...
def field(*path: Segment, of: Any = None) -> Callable[[Observable[Any]], Stream[Any]]:
    """Emit the value at a path each time it changes.

    ```storyboard
    deltas  --a--b--c--d--|
    value   --x--y-----z--|

    a  {"name":"A
    b  da
    c  ","age":3
    d  6,"name":"Bob"}
    x  A
    y  Ada
    z  Bob
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"tags":["a"', ',"b"', '],"age":3}').pipe(rxs.accumulate_json(), rxs.field("tags")).subscribe(print)
        ['a']
        ['a', 'b']
        <...>

    Args:
        path: where the value stands: keys of the document on snapshots, field names on partials, indices (a negative one
            counts from the end of what has arrived).
        of: the value's type, for type checkers; a value of another class is a TypeError.

    Emits the value whenever it is not equal to the last one, so an open string or list as it grows (that costs a copy of it:
    `text` and `elements` do not). Nothing while it is absent.
    Completes with the source.
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials. A path that the model
    cannot have is a `PathInvalid`, as the pipeline is built, or at the first item where the model is not known there.
    """
    single_path = single("field", path)

    def operator(source: Observable[Any]) -> Stream[Any]:
        check_source(source, path)

        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            last: Any = ABSENT

            def on_next(item: Any) -> None:
                nonlocal last
                try:
                    value = get(item, *single_path, default=ABSENT)
                    if value is ABSENT or value is last or value == last:
                        return
                    last = checked(value, of, "field()")
                except (PathInvalid, TypeError) as error:
                    observer.on_error(error)
                    return
                observer.on_next(value)

            return listen_to_states(source, observer, on_next, operator="field()", patterns=[path], scheduler=scheduler)

        return Stream(subscribe)

    return operator
