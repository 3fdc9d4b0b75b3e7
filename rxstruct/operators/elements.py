"""`elements`: a list, one element at a time, each when it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar, overload

from pydantic import TypeAdapter, ValidationError
from reactivex import Observable, abc

from ..errors import FieldInvalid
from ..incremental import JsonSnapshot
from ..incremental.changes import Change, Follower
from ..options import check_choice
from ..partial.invalid import field_invalid, path_within, validator_failed
from ..partial.plan import plan_of
from ..stream import Flow, Stream, model_of
from ..typing import ABSENT, EACH, Each, Segment
from .following import NO_TYPE, check_segments, check_source, checked, follow, listen_to_states, no_type

T = TypeVar("T")
Treatment: TypeAlias = Literal["raise", "skip"]
OnInvalidElement: TypeAlias = Treatment | Callable[[FieldInvalid], Any]


@overload
def elements(
    *path: Segment | Each, of: type[T], on_invalid: OnInvalidElement = "raise"
) -> Callable[[Observable[Any]], Stream[T]]: ...
@overload
def elements(
    *path: Segment | Each, of: Any = None, on_invalid: OnInvalidElement = "raise"
) -> Callable[[Observable[Any]], Stream[Any]]: ...
def elements(
    *path: Segment | Each, of: Any = None, on_invalid: OnInvalidElement = "raise"
) -> Callable[[Observable[Any]], Stream[Any]]:
    """Emit each element of a list as it closes, in order.

    ```storyboard
    deltas    --a--b--c--d--|
    elements  -----x--(yz)--|

    a  {"users":[{"id":1
    b  },{"id":
    c  2},{"id":3}]
    d  }
    x  {"id": 1}
    y  {"id": 2}
    z  {"id": 3}
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> deltas = rx.of('{"users":[{"id":1', '},{"id":', '2},{"id":3}]}')
        >>> deltas.pipe(rxs.accumulate_json(), rxs.elements("users")).subscribe(print)
        {'id': 1}
        {'id': 2}
        {'id': 3}
        <...>

    Args:
        path: where the list stands: keys of the document on snapshots, field names on partials; none for a list at the root
            (JSON lines are one, too). `EACH` stands for all elements, so `elements("sections", EACH, "points")` gives the
            points of every section. Of an object: its values.
        of: the elements' type, for type checkers. On partials an element of another class is a TypeError; on snapshots each
            element is validated as this type, by itself.
        on_invalid: on snapshots with `of`: `"raise"` ends the stream at an element that is not valid, `"skip"` leaves it out,
            and a function is called with its error and leaves it out.

    Emits every element once, however the upstream was cut or throttled: from partials the validated one, from snapshots the
    JSON value, or with `of` what that type makes of it.
    Completes with the source.
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials; `FieldInvalid` for an
    element that is not valid, unless `on_invalid` deals with it. A path that the model cannot have is a `PathInvalid`, as the
    pipeline is built, or at the first item where the model is not known there; so is `on_invalid` on partials, a ValueError.
    Without `of` it is one at once.
    """
    if not callable(on_invalid):
        check_choice("on_invalid", on_invalid, Treatment, or_else="a function of the error")
    check_segments("elements", path)
    pattern = (*path, EACH)
    adapter: TypeAdapter[Any] | None = None
    try:
        if of is not None:
            adapter = TypeAdapter(of)
            adapter.rebuild()  # pydantic may put off what it can't resolve
    except NO_TYPE as error:
        raise no_type("elements(of=…)", of, error) from error

    def operator(source: Observable[Any]) -> Stream[Any]:
        check_source(source, pattern)
        if model_of(source) is not None and on_invalid != "raise":
            raise ValueError(ONLY_ON_SNAPSHOTS)
        if of is None and on_invalid != "raise":
            raise ValueError("on_invalid has no use without a type that elements are validated as: give of=")

        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            follower: Follower[Any] | None = None

            def read(change: Change, item: Any) -> Any:
                """The element, or `ABSENT` for one that is left out."""
                if adapter is None or not isinstance(item, JsonSnapshot):
                    return checked(change.value, of, "elements()")
                try:
                    return validated(adapter, change, item)
                except FieldInvalid as error:
                    if on_invalid == "raise":
                        raise
                    if on_invalid != "skip":
                        on_invalid(error)
                    return ABSENT

            def on_next(item: Any) -> None:
                nonlocal follower
                if follower is None:
                    if on_invalid != "raise" and not isinstance(item, JsonSnapshot):
                        observer.on_error(ValueError(ONLY_ON_SNAPSHOTS))
                        return
                    follower = follow(item, pattern)
                for change in follower.advance(item):
                    if change.kind != "closed":
                        continue
                    try:
                        element = read(change, item)
                    except Exception as error:
                        observer.on_error(error)
                        return
                    if element is not ABSENT:
                        observer.on_next(element)

            return listen_to_states(
                source, observer, on_next, operator="elements()", patterns=[pattern], scheduler=scheduler
            )

        return Stream(subscribe, flow=Flow.PIECES)

    return operator


ONLY_ON_SNAPSHOTS = (
    "a partial's elements are valid already, so on_invalid has no use there: "
    "put elements(of=…) right after accumulate_json()"
)


def validated(adapter: TypeAdapter[Any], change: Change, snapshot: JsonSnapshot) -> Any:
    """What a type makes of an element, in JSON mode."""
    try:
        return adapter.validate_json(json.dumps(change.value))
    except ValidationError as refusal:
        errors = refusal.errors()
        raise field_invalid(
            errors,
            plan=plan_of(adapter),
            path=change.path,
            where=change.path + path_within(change.value, errors[0]),
            loc=change.path,
            ending=": leave it out with on_invalid, or loosen the type",
            text=snapshot.text,
            snapshot=snapshot,
        ) from None  # pydantic's own text quotes the value
    except Exception as error:
        raise validator_failed(error, plan=plan_of(adapter), text=snapshot.text, snapshot=snapshot) from error
