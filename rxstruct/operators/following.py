"""What the field-level operators share: they follow the state that they see, whatever upstream left out.

What goes in: the items of a stream of snapshots or of partials, or of parts of them. What comes out: a `Follower` for them, and
typed errors for paths that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError
from reactivex import Observable, abc

from ..errors import PathInvalid, RxStructError, SourceFailed, excerpt, printable
from ..incremental import JsonSnapshot
from ..incremental.changes import Follower, JsonView
from ..partial import plan_of
from ..partial.following import PartialView, TextView
from ..partial.paths import check_path
from ..partial.state import STATEFUL, author_class, is_ours, is_record
from ..policy import listen
from ..stream import model_of
from ..typing import EACH, Path, PathPattern

T = TypeVar("T")

NO_TYPE = (PydanticUserError, PydanticUndefinedAnnotation)
"""What pydantic raises for what it makes no schema of."""

STATES = (*STATEFUL, *STATEFUL.values())
"""What a partial is, beside models and dataclasses, as far as can be seen without knowing its type."""


def follow(item: Any, pattern: PathPattern | None = None, *, raw_text: bool = False) -> Follower[Any]:
    """A follower for the document that `item` is the first state of.

    Args:
        item: a snapshot or a partial.
        pattern: the values to follow; all of them by default.
        raw_text: whether the strings of a partial are seen as they arrive, even where the partial hides them.
    """
    if isinstance(item, JsonSnapshot):
        return Follower(JsonView(), pattern)
    return Follower(TextView() if raw_text else PartialView(), pattern)


def check_source(source: Observable[Any], pattern: PathPattern, *, is_text: bool = False) -> None:
    """Refuse a path that the source's model, where that is known, cannot have, or where it has no string."""
    model = model_of(source)
    if model is not None:
        check_path(plan_of(model), pattern, is_text=is_text)


def listen_to_states(
    source: Observable[T],
    observer: abc.ObserverBase[Any],
    on_next: Callable[[T], None],
    *,
    operator: str,
    patterns: Sequence[PathPattern] = (),
    on_completed: Callable[[], None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> abc.DisposableBase:
    """`listen`, for an operator that reads snapshots or partials: of a source that does not say its model, whose paths could not
    be checked as the pipeline was built, the first item is looked at before it is taken."""
    take = on_next if model_of(source) is not None else None

    def on_item(item: T) -> None:
        nonlocal take
        if take is None:
            try:
                check_item(item, operator, patterns)
            except RxStructError as error:
                observer.on_error(error)
                return
            take = on_next
        take(item)

    return listen(source, observer, on_item, on_completed=on_completed, scheduler=scheduler)


def check_item(item: Any, operator: str, patterns: Sequence[PathPattern]) -> None:
    """Refuse an item that is no state of a document, or that can't have values at the paths."""
    if isinstance(item, JsonSnapshot):
        return
    if is_record(item) and not is_ours(item):
        for pattern in patterns:
            check_path(plan_of(author_class(item)), pattern)
    elif type(item) not in STATES:
        raise SourceFailed(
            f"{operator} takes snapshots or partials, and got a value of type {type(item).__name__}: "
            "put accumulate_json(), and to_partial() for partials, before it"
        )


def check_segments(name: str, path: PathPattern) -> None:
    """Refuse a path that is given as one, and not segment by segment."""
    for segment in path:
        # The keys of a partial's dict may be of other types, such as an enum.
        if segment is None or isinstance(segment, tuple | list):
            raise PathInvalid(
                f"{name}() takes a path segment by segment, as in {name}('users', 0, 'name'), "
                f"and got one of type {type(segment).__name__}"
            )


def single(name: str, path: PathPattern) -> Path:
    """The path of one value, for an operator that reads no more."""
    check_segments(name, path)
    segments = tuple(segment for segment in path if segment is not EACH)
    if len(segments) < len(path):
        raise PathInvalid(f"{name}() reads one value, so its path can't have EACH in it: use elements() for many")
    return segments


def checked(value: Any, of: Any, name: str) -> Any:
    """The value, which has to be of the type that the caller stated, as far as a class says it."""
    kinds = classes_of(of)
    if kinds and not isinstance(value, kinds):
        said = " or a ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} gives a {type(value).__name__} here, not a {said} as of= says")
    return value


def classes_of(of: Any) -> tuple[type[Any], ...]:
    """The classes of which a value of a type is; none where that takes more than a class to say."""
    kind = get_origin(of) or of
    if kind in (Union, UnionType):
        members = [classes_of(member) for member in get_args(of)]
        return tuple(chain(*members)) if all(members) else ()
    return (kind,) if isinstance(kind, type) and kind is not Any else ()


def no_type(name: str, model: Any, error: Exception) -> TypeError:
    """What to say of what pydantic makes no schema of."""
    why = "is none"
    if not isinstance(error, PydanticSchemaGenerationError):
        why = f"has none: {printable(str(error).partition(chr(10))[0])}"
    return TypeError(f"{name} takes a type that pydantic has a schema for, and {excerpt(repr(model))} {why}")
