"""Refusing an option that can't be meant, as soon as it is given: not in the midst of a stream."""

from __future__ import annotations

from typing import Any, Final, get_args

MAX_SECONDS: Final = 1_000_000_000
"""The longest time that may be waited for. A thread's timer overflows at nine times that."""


def check_choice(name: str, value: Any, choices: Any, *, or_else: str = "") -> None:
    """Refuse an option that is none of the choices of its type, a `Literal`."""
    if value not in get_args(choices):
        known = ", ".join([*map(repr, get_args(choices)), *([or_else] if or_else else [])])
        raise ValueError(f"{name}={value!r} is not known: it is one of {known}")


def check_count(name: str, value: Any, least: int, *, hint: str = "") -> None:
    """Refuse an option that is no whole number, or too low a one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or value < least:
        kind = ValueError if is_number else TypeError
        raise kind(f"{name}={value!r}: give a whole number of {least} or more{hint}")


def check_seconds(name: str, value: Any, *, or_zero: bool = False) -> None:
    """Refuse an option that is no time that a timer can wait for."""
    if not isinstance(value, int | float) or not (value > 0 or (or_zero and value == 0)) or value > MAX_SECONDS:
        kind = ValueError if isinstance(value, int | float) else TypeError
        lowest = "from 0" if or_zero else "above 0"
        raise kind(f"{name}={value!r}: give a number of seconds {lowest} to {MAX_SECONDS:,}")
