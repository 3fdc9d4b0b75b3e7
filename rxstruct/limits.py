"""The limits that keep hostile or broken input from taking the process down, and their defaults, in one place.

Each is the default of the option that has its name in small letters; reaching one raises `LimitExceeded`, which names it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from .options import check_count

# Of a document: `accumulate_json`, `accumulate_json_lines`.

MAX_DEPTH: Final = 512
"""Containers inside containers. Python's own `==` and `repr` of nested containers give up near 1,000."""

MAX_CHARS: Final = 64_000_000
"""Characters of the whole text; also of what `content` and `tool_calls` hold of an answer."""

MAX_ELEMENTS: Final = 1_000_000
"""Elements of one array, or members of one object, a repeated key counted each time."""

MAX_KEY_LENGTH: Final = 65_536
"""Characters of one object key, as written."""

MAX_NUMBER_LENGTH: Final = 4_301
"""Characters of one number: a sign, and as many digits as Python itself converts to an int, because that takes quadratic time."""

# Of a partial: `to_partial`.

MAX_UNKNOWN_FIELDS: Final = 10_000
"""Fields of one object that its model does not declare, a repeated one counted each time."""

# Of a provider's stream: `openai_events` and all that stand on it; `tool_calls`, `typed_tool_calls`.

MAX_EVENT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one server-sent event, and of one line of the stream."""

MAX_PARTS: Final = 65_536
"""Choices, tool calls (and further ids of one call) and output items of one answer."""

MAX_CALLS: Final = 1_024
"""Tool calls of one answer."""

# Of what waits for a reader.

BUFFER: Final = 1_024
"""Items that wait for a loop; the argument `buffer` of `iterate` and `aiterate`."""

ITEMS_AHEAD: Final = 256
"""Items by which a sync source that an async reader reads is ahead of it. A full buffer makes the source wait: no error."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What the text of one document may be."""

    max_depth: int = MAX_DEPTH
    max_chars: int = MAX_CHARS
    max_elements: int = MAX_ELEMENTS
    max_key_length: int = MAX_KEY_LENGTH
    max_number_length: int = MAX_NUMBER_LENGTH

    def __post_init__(self) -> None:
        for name, limit in asdict(self).items():
            check_count(name, limit, 0)


OF_A_DOCUMENT: Final = tuple(field.name for field in fields(DocumentLimits))
OF_A_PARTIAL: Final = ("max_unknown_fields",)

UNLIMITED: Final[dict[str, Any]] = dict.fromkeys(OF_A_DOCUMENT, sys.maxsize)
"""For a text that has been read once, within its limits, and is read again."""


def chosen_limits(limits: Mapping[str, int] | None, names: tuple[str, ...]) -> dict[str, int]:
    """What the option `limits` says, by name; those that it does not name keep their defaults.

    Raises:
        ValueError: for a name that is none of `names`, or a negative limit.
        TypeError: for what is no mapping to whole numbers.
    """
    if limits is None:
        return {}
    if not isinstance(limits, Mapping):
        raise TypeError(f"limits is a {type(limits).__name__}: give a dict of numbers, as in {{{names[0]!r}: 1000}}")
    for name, limit in limits.items():
        if name not in names:
            raise ValueError(f"limits has {name!r}, which is not known: give any of {', '.join(names)}")
        check_count(f"limits[{name!r}]", limit, 0)
    return dict(limits)


def among(limits: Mapping[str, int], names: tuple[str, ...]) -> dict[str, Any]:
    """Those of the limits that have one of these names, as keywords."""
    return {name: limit for name, limit in limits.items() if name in names}
