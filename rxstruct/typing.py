"""The words that every layer shares: paths, their wildcard, JSON values; and how what is made of a type is remembered."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache, wraps
from typing import Any, Final, Literal, TypeAlias, TypeVar

R = TypeVar("R")


class Each(Enum):
    """The type of `EACH`, an enum so that type checkers can tell the one value from any other segment."""

    EACH = "EACH"

    def __repr__(self) -> str:
        return "EACH"


EACH: Final = Each.EACH
"""Stands for every element of a list, or every key of an object, in a path pattern."""


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "ABSENT"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> Literal[False]:
        return False


ABSENT: Final = Absent.ABSENT
"""What a look-up finds where nothing has arrived yet; not the same as null."""

Segment: TypeAlias = str | int
Path: TypeAlias = tuple[Segment, ...]
PathPattern: TypeAlias = tuple[Segment | Each, ...]
JsonValue: TypeAlias = Any
"""What `json.loads` returns; a precise recursive type would make every read a cast."""


def cached_by_type(make: Callable[[Any], R]) -> Callable[[Any], R]:
    """What `make` makes of a type, made once for each of the last 1,024 types; for one that cannot be hashed, each time."""

    @lru_cache(maxsize=1024)
    def made(kind: Any, _written: str) -> R:
        # As it is written, too: A | B == B | A, but where a value fits both, pydantic takes the first.
        return make(kind)

    @wraps(make)
    def look_up(kind: Any) -> R:
        return made(kind, repr(kind)) if is_hashable(kind) else make(kind)

    return look_up


def is_hashable(value: Any) -> bool:
    """Whether a value can be hashed: the type `Annotated` with a list in it, say, cannot."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
