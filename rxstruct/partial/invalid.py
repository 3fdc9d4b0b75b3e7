"""What is said of a value that broke its type's rules, and of a validator that failed: one line, and pydantic's own list."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import MESSAGE_LENGTH, FieldInvalid, SourceFailed, excerpt, path_text, printable
from ..incremental import JsonSnapshot
from ..typing import ABSENT, JsonValue, Path
from .access import child_of

Loc: TypeAlias = tuple[Any, ...]


def field_invalid(
    errors: list[Any],
    *,
    path: Path,
    where: Path,
    loc: Loc,
    is_secret: bool,
    has_secret_keys: bool,
    ending: str,
    **state: Any,
) -> FieldInvalid:
    """The error for what pydantic found in a value of the document.

    Args:
        errors: pydantic's list, whose `loc`s begin at the value.
        path: where the value stands in the document.
        where: the same, or a place inside it: where the first of the errors is.
        loc: the path in pydantic's terms.
        is_secret: whether the type holds a secret, so that no input may be quoted.
        has_secret_keys: whether a secret may be the key of a dict in it, so that no place may be told.
        ending: what the message says after the place and pydantic's first words: what to do, say.
        state: as for any error.
    """
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    found = [{**error, "loc": () if has_secret_keys else loc + error["loc"]} for error in errors]
    if is_secret:
        found = [{name: part for name, part in error.items() if name != "input"} for error in found]
    place = "a value, whose place is not told as a key may be a secret" if has_secret_keys else path_text(where)
    message = f"{place}: {printable(first['msg'])} ({first['type']}{more}){ending}"
    return FieldInvalid(message, path=path, errors=found, **state)


def path_within(value: JsonValue, error: Any, labels: Loc = ()) -> Path:
    """Where in a value pydantic's error is: its `loc` without what names no place, say functions and union members (`labels`)."""
    path: list[str | int] = []
    loc = error["loc"][len(labels) :]
    for part in loc:
        inner = child_of(value, part)
        if inner is not ABSENT:
            value = inner
        elif error["type"] != "missing" or part != loc[-1]:
            continue
        path.append(part)
    return tuple(path)


def validator_failed(error: Exception, snapshot: JsonSnapshot, *, is_secret: bool, partial: Any = None) -> SourceFailed:
    """The error for an author's validator that raised what pydantic does not take for a refusal.

    Where the type holds a secret the words of that, which may quote it, are left to the error's cause.
    """
    words = "" if is_secret else f": {excerpt(str(error), MESSAGE_LENGTH)}"
    return SourceFailed(
        f"a validator raised {type(error).__name__}{words}; to refuse a value, it must raise ValueError",
        text=snapshot.text,
        snapshot=snapshot,
        partial=partial,
    )
