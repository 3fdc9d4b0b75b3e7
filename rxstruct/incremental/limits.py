"""The limits that keep hostile or broken input from taking the process down, and their defaults, in one place."""

from __future__ import annotations

from typing import Final

MAX_DEPTH: Final = 512
"""Containers inside containers; the argument `max_depth` of `accumulate_json`.

Python's own `==` and `repr` of nested containers give up near 1,000.
"""

MAX_CHARS: Final = 64_000_000
"""Characters of the whole text; the argument `max_chars` of `accumulate_json`."""

MAX_NUMBER_LENGTH: Final = 4_300
"""Characters of one number: as many digits as Python itself converts to an int, because that takes quadratic time."""

MAX_KEY_LENGTH: Final = 65_536
"""Characters of one object key, as written."""

MAX_ELEMENTS: Final = 10_000_000
"""Elements of one array, or members of one object, a repeated key counted each time."""

__all__ = ["MAX_CHARS", "MAX_DEPTH", "MAX_ELEMENTS", "MAX_KEY_LENGTH", "MAX_NUMBER_LENGTH"]
