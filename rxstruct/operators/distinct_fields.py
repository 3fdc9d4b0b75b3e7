"""`distinct_fields`: only the items in which certain fields have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import Observable, abc

from ..incremental import JsonSnapshot
from ..partial import get, is_closed
from ..stream import Stream
from ..typing import ABSENT
from .following import check_segments, check_source, listen_to_states
from .top_level import ClosedNames, attempt_in, names_in, repeats_a_field

T = TypeVar("T")


def distinct_fields(*fields: str, closed: bool = False) -> Callable[[Observable[T]], Stream[T]]:
    """Pass an item only when one of the named top-level fields has changed since the last one that passed.

    ```storyboard
    deltas   --a--b--c--d--|
    passing  --x--y-----z--|

    a  {"name":"A
    b  da","bio":"W
    c  rites code"
    d  ,"age":36}
    x  {"name": "A"}
    y  {"name": "Ada", "bio": "W"}
    z  {"name": "Ada", "bio": "Writes code", "age": 36}
    ```

    As with `distinct_until_changed`, what counts is the item before, not all that ever passed.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"name":"Ada","bio":"Wr', "ites", ' code","age":3', "6}").pipe(
        ...     rxs.accumulate_json(), rxs.distinct_fields("name", "age")
        ... ).subscribe(lambda snapshot: print(snapshot.value))
        {'name': 'Ada', 'bio': 'Wr'}
        {'name': 'Ada', 'bio': 'Writes code', 'age': 36}
        <...>

    Args:
        fields: names of top-level fields; any field counts if none is named.
        closed: pass an item only when one of them has newly closed, rather than at each change; False by default.

    Emits items of the source, as they are. The final item always passes.
    Completes with the source.
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials. A field that the
    model does not have is a `PathInvalid`, as the pipeline is built, or at the first item where the model is not known there.
    """

    check_segments("distinct_fields", fields)
    paths = [(name,) for name in fields]

    def operator(source: Observable[T]) -> Stream[T]:
        for path in paths:
            check_source(source, path)

        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            passed: Any = ABSENT
            held: Any = ABSENT
            names = ClosedNames()
            unsettled = fields
            attempt = 1

            def has_news(item: T) -> bool:
                if is_closed(item):
                    return True
                if closed:
                    return has_newly_closed(item)
                if fields:
                    return any(has_changed(passed, item, name) for name in unsettled)
                # What is being written comes last.
                return (isinstance(item, JsonSnapshot) and item is not passed) or any(
                    has_changed(passed, item, name) for name in reversed(names_in(item))
                )

            def has_newly_closed(item: T) -> bool:
                return any(not fields or name in fields for name in names.advance(item))

            def on_next(item: T) -> None:
                nonlocal passed, held, unsettled, attempt, names
                if attempt_in(item, attempt) != attempt:
                    attempt = attempt_in(item, attempt)
                    passed, unsettled = ABSENT, fields  # every field begins anew
                    names = ClosedNames()
                if len(unsettled) < len(fields) and repeats_a_field(item):
                    unsettled = fields
                is_news = has_news(item)
                if (
                    unsettled
                ):  # what has closed stays as it is, but for a key that comes again: no need to look at it any more
                    unsettled = tuple([name for name in unsettled if not is_closed(item, name)])
                if is_news:
                    passed, held = item, ABSENT
                    observer.on_next(item)
                else:
                    held = item

            def on_completed() -> None:
                if held is not ABSENT:
                    observer.on_next(held)
                observer.on_completed()

            return listen_to_states(
                source,
                observer,
                on_next,
                operator="distinct_fields()",
                patterns=paths,
                on_completed=on_completed,
                scheduler=scheduler,
            )

        return Stream.like(source, subscribe)

    return operator


def has_changed(before: Any, after: Any, name: Any) -> bool:
    """Whether a top-level field shows something else than it did; a snapshot is not read where that can be told without."""
    if before is ABSENT:
        return get(after, name, default=ABSENT) is not ABSENT
    if isinstance(after, JsonSnapshot) and not after.is_closed(name):
        return is_open_in(after, name) and (
            not is_open_in(before, name) or (before.counts, before.string_end) != (after.counts, after.string_end)
        )
    value, last = get(after, name, default=ABSENT), get(before, name, default=ABSENT)
    return value is not last and bool(value != last)


def is_open_in(snapshot: JsonSnapshot, name: str) -> bool:
    """Whether a top-level field is the one that is being written."""
    return len(snapshot.spine) > 1 and snapshot.has_open_child(1) and snapshot.segment(1) == name
