"""What is said of a value that broke its type's rules, and of a validator that failed: one line, and pydantic's own list."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import MESSAGE_LENGTH, FieldInvalid, SourceFailed, excerpt, path_text, printable
from ..typing import ABSENT, JsonValue, Path
from .access import child_of
from .plan import Plan

Loc: TypeAlias = tuple[Any, ...]


def field_invalid(
    errors: list[Any],
    *,
    plan: Plan,
    path: Path,
    where: Path,
    loc: Loc,
    ending: str,
    **state: Any,
) -> FieldInvalid:
    """The error for what pydantic found in a value of the document.

    Args:
        errors: pydantic's list, whose `loc`s begin at the value.
        plan: that of the type; where this holds a secret no input is quoted, and where that may be a key no place either.
        path: where the value stands in the document.
        where: the same, or a place inside it: where the first of the errors is.
        loc: the path in pydantic's terms.
        ending: what the message says after the place and pydantic's first words: what to do, say.
        state: as for any error.
    """
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    found = [{**error, "loc": () if plan.holds_secret_keys else loc + error["loc"]} for error in errors]
    if plan.holds_secrets:
        found = [{name: part for name, part in error.items() if name != "input"} for error in found]
    place = "a value, whose place is not told as a key may be a secret" if plan.holds_secret_keys else path_text(where)
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


def validator_failed(error: Exception, *, plan: Plan, **state: Any) -> SourceFailed:
    """The error for an author's validator that raised what pydantic does not take for a refusal.

    Where the type holds a secret the words of that, which may quote it, are left to the error's cause. `state` is as for any
    error.
    """
    words = "" if plan.holds_secrets else f": {excerpt(str(error), MESSAGE_LENGTH)}"
    message = f"a validator raised {type(error).__name__}{words}; to refuse a value, it must raise ValueError"
    return SourceFailed(message, **state)
