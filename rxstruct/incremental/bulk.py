"""Containers that arrive whole in one big delta are read at the speed of `json.loads`.

What goes in: the data, where a container begins, and how deep it may go. What comes out: its value and its end, or None.
What always holds: a container is taken here only where the scanner, going through it token by token, would have come to the same
value without an error; anything else is left to the scanner, which finds the exact character. So is an object that repeats a key,
because its value does not show all that the text had, and what does not show cannot be held to the limits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from json import JSONDecoder
from typing import Any, NoReturn

from ..limits import DocumentLimits
from ..typing import JsonValue

BULK_LENGTH = 256
"""Characters left in the delta from which on an attempt pays, even if it fails at the delta's end."""

WRITTEN_LENGTH = 12
"""Characters that one of a key may take as it is written: two escapes."""

BULK_DEPTH = 199
"""What is nested deeper is left to the scanner, for the builder is to know of it: pydantic reads no value inside more than 200
containers, of which the list of JSON lines may be one."""

BULK_ATTEMPTS = 8
"""Failures allowed in one delta. A document cut by the delta's end fails once at each level that is still open there; more would
make deeply nested text cost its length times its depth."""


class _LeftToScanner(Exception):
    """Raised out of the decoder's hooks."""


def _refuse_constant(name: str) -> NoReturn:
    raise _LeftToScanner(name)


def _number_hook(make: Callable[[str], Any], longest: int) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if len(text) > longest:
            raise _LeftToScanner("a long number")
        return make(text)

    return read


def _members(members: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(members)
    if len(found) < len(members):
        raise _LeftToScanner("a key is repeated")
    return found


class BulkReader:
    """Reads whole containers; one for each scanner, which differ in their limits."""

    def __init__(self, limits: DocumentLimits) -> None:
        self._limits = limits
        # int itself refuses longer ones (it does not count the sign), at no cost, unless one of the limits has been set.
        limits_int = 0 < sys.get_int_max_str_digits() < limits.max_number_length
        self._decoder = JSONDecoder(
            parse_float=_number_hook(float, limits.max_number_length),
            parse_int=None if limits_int else _number_hook(int, limits.max_number_length),
            parse_constant=_refuse_constant,
            object_pairs_hook=_members,
        )

    def read(self, data: str, at: int, max_depth: int) -> tuple[JsonValue, int] | None:
        """The container that begins at `at`, and where it ends; None where it must be left to the scanner."""
        try:
            value, end = self._decoder.raw_decode(data, at)
        except (ValueError, RecursionError, _LeftToScanner):
            return None
        length = end - at
        if length > 2 * self._limits.max_elements:  # an element takes two characters, at least
            return None
        return (value, end) if within_limits(value, max_depth, self._limits.max_key_length, length) else None


def within_limits(value: JsonValue, max_depth: int, max_key_length: int, length: int) -> bool:
    """Whether a container of `length` characters is sure to keep to the depth and to the length of keys."""
    longest_key = max_key_length // WRITTEN_LENGTH
    level: list[Any] = [value]
    for _ in range(max_depth):
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                if length > max_key_length and container and max(map(len, container)) > longest_key:
                    return False
                container = container.values()
            below += [child for child in container if type(child) is dict or type(child) is list]
        if not below:
            return True
        level = below
    return False
