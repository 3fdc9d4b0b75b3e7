"""`to_partial`: snapshots to typed partials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar, overload

from pydantic import TypeAdapter
from reactivex import Observable, abc

from ..errors import RxStructError, SourceFailed
from ..incremental import JsonSnapshot
from ..limits import MAX_UNKNOWN_FIELDS
from ..options import check_choice, check_count
from ..partial import PartialBuilder, plan_of
from ..policy import listen
from ..stream import Flow, Stream
from ..typing import ABSENT
from .following import NO_TYPE, no_type

T = TypeVar("T")
Validate: TypeAlias = Literal["on_close", "at_end"]


@overload
def to_partial(
    model: type[T] | TypeAdapter[T],
    *,
    context: Any = None,
    validate: Validate = "on_close",
    max_unknown_fields: int = MAX_UNKNOWN_FIELDS,
) -> Callable[[Observable[JsonSnapshot]], Stream[T]]: ...
@overload
def to_partial(
    model: Any,
    *,
    context: Any = None,
    validate: Validate = "on_close",
    max_unknown_fields: int = MAX_UNKNOWN_FIELDS,
) -> Callable[[Observable[JsonSnapshot]], Stream[Any]]: ...
def to_partial(
    model: Any,
    *,
    context: Any = None,
    validate: Validate = "on_close",
    max_unknown_fields: int = MAX_UNKNOWN_FIELDS,
) -> Callable[[Observable[JsonSnapshot]], Stream[Any]]:
    """Turn snapshots into many partials of a type, and at the end into the one validated instance.

    ```storyboard
    deltas    --a-----b-----c--|
    partial   --x-----y-----z--|

    a  {"name":"A
    b  da","age":3
    c  6}
    x  {"name": "A"}
    y  {"name": "Ada"}
    z  {"name": "Ada", "age": 36}!
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Person(BaseModel):
        ...     name: str
        ...     age: int
        >>> deltas = rx.of('{"name":"A', 'da","age":3', "6}")
        >>> deltas.pipe(rxs.accumulate_json(), rxs.to_partial(Person)).subscribe(print)
        name='A'
        name='Ada'
        name='Ada' age=36
        <...>

    Args:
        model: any type that pydantic's `TypeAdapter` takes, or a `TypeAdapter`.
        context: what validators get as `info.context`.
        validate: `"on_close"` validates each value once, as it closes, and fails there and then; `"at_end"` holds failures back
            until the document has closed. An invalid value is not shown meanwhile, but for a string, which stays as it was, and
            for what is valid in an array or object.
        max_unknown_fields: how many fields an object may have that its model does not declare; 10,000 by default.

    Emits an instance of the type whenever what it shows has changed: fields that have not begun are absent (`hasattr` is False),
    a string grows, other values appear as they close. The last item is the validated instance that `validate_json` would make.
    Completes when the source does.
    Errors: a TypeError at once for what is no type; `FieldInvalid` at the first character that decides a value against its type;
    `LimitExceeded` where an object has too many fields that its model does not declare; the source's errors, with the partial.
    """
    try:
        plan = plan_of(model)
    except NO_TYPE as error:
        raise no_type("to_partial()", model, error) from error
    check_choice("validate", validate, Validate)
    check_count("max_unknown_fields", max_unknown_fields, 0)
    fails_at_end = validate == "at_end"

    def operator(source: Observable[JsonSnapshot]) -> Stream[Any]:
        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            builder = PartialBuilder(plan, context, fails_at_end=fails_at_end, max_unknown_fields=max_unknown_fields)

            def on_next(snapshot: JsonSnapshot) -> None:
                if not isinstance(snapshot, JsonSnapshot):
                    kind = type(snapshot).__name__
                    on_error(
                        SourceFailed(f"to_partial takes snapshots, and got a {kind}: put accumulate_json() before it")
                    )
                    return
                before = builder.partial
                try:
                    has_changed = builder.advance(snapshot)
                except RxStructError as error:
                    if builder.partial is not before:
                        observer.on_next(builder.partial)
                    observer.on_error(error)
                    return
                if has_changed:
                    observer.on_next(builder.partial)

            def on_error(error: Exception) -> None:
                if isinstance(error, RxStructError) and builder.partial is not ABSENT:
                    error = error.with_state(partial=builder.partial)
                observer.on_error(error)

            return listen(source, observer, on_next, on_error=on_error, scheduler=scheduler)

        return Stream(subscribe, flow=Flow.STATE, model=model)

    return operator
