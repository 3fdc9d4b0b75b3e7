"""The words that every layer shares: paths, their wildcard, JSON values."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal, TypeAlias


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

__all__ = ["ABSENT", "EACH", "Absent", "Each", "JsonValue", "Path", "PathPattern", "Segment"]
