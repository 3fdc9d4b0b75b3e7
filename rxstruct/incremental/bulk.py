"""Containers that arrive whole in one big delta are read at the speed of `json.loads`.

What goes in: the data, where a container begins, and how deep it may go. What comes out: its value and its end, or None.
What always holds: a container is taken here only where the scanner, going through it token by token, would have come to the same
value without an error; anything else is left to the scanner, which finds the exact character.
"""

from __future__ import annotations

import sys
from json import JSONDecoder
from typing import Any, NoReturn

from ..typing import JsonValue
from .limits import MAX_ELEMENTS, MAX_KEY_LENGTH, MAX_NUMBER_LENGTH

BULK_LENGTH = 256
"""Characters left in the delta from which on an attempt pays, even if it fails at the delta's end."""

BULK_ATTEMPTS = 8
"""Failures allowed in one delta. A document cut by the delta's end fails once at each level that is still open there; more would
make deeply nested text cost its length times its depth."""


class _LeftToScanner(Exception):
    """Raised out of the decoder's hooks."""


def _refuse_constant(name: str) -> NoReturn:
    raise _LeftToScanner(name)


def _float(text: str) -> float:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _LeftToScanner("a long number")
    return float(text)


def _int(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _LeftToScanner("a long number")
    return int(text)


def _unique_members(members: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(members)
    if len(found) < len(members):
        raise _LeftToScanner("a key is repeated")
    return found


class BulkReader:
    """Reads whole containers; one for each scanner, because repeated keys may be refused."""

    def __init__(self, unique_keys: bool) -> None:
        hook = _unique_members if unique_keys else None
        # int itself refuses as many digits as we do, at no cost, unless this process has set another limit.
        limits_int = sys.get_int_max_str_digits() == MAX_NUMBER_LENGTH
        self._decoder = JSONDecoder(
            parse_float=_float,
            parse_int=None if limits_int else _int,
            parse_constant=_refuse_constant,
            object_pairs_hook=hook,
        )

    def read(self, data: str, at: int, max_depth: int) -> tuple[JsonValue, int] | None:
        """The container that begins at `at`, and where it ends; None where it must be left to the scanner."""
        try:
            value, end = self._decoder.raw_decode(data, at)
        except (ValueError, RecursionError, _LeftToScanner):
            return None
        length = end - at
        return (value, end) if length <= MAX_ELEMENTS and within_limits(value, max_depth, length) else None


def within_limits(value: JsonValue, max_depth: int, length: int) -> bool:
    """Whether a container of `length` characters keeps to the depth and to the length of keys (an escape is six characters)."""
    level: list[Any] = [value]
    for _ in range(max_depth):
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                if length > MAX_KEY_LENGTH and container and max(map(len, container)) > MAX_KEY_LENGTH // 6:
                    return False
                container = container.values()
            below += [child for child in container if type(child) is dict or type(child) is list]
        if not below:
            return True
        level = below
    return False


__all__ = ["BULK_ATTEMPTS", "BULK_LENGTH", "BulkReader"]
