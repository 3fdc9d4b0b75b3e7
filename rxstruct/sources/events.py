"""What a provider streams, in one small vocabulary for the chat completions and the Responses API.

`choice` is the answer's number (0 unless `n` > 1 was asked for; always 0 in the Responses API); `output_index` is the output
item's place (Responses; 0 in chat completions); `raw` is the provider's own event, as JSON. Immutable by contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..errors import printable


@dataclass(slots=True)
class TextDelta:
    """Text of the answer; of a side remark where `phase` is `"commentary"` (Responses)."""

    text: str
    choice: int = 0
    output_index: int = 0
    phase: str | None = None
    raw: Any = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class RefusalDelta:
    """Text with which the model declines to answer."""

    text: str
    choice: int = 0
    output_index: int = 0
    raw: Any = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class ReasoningDelta:
    """Text of the model's reasoning, or of its summary, where the provider shows it."""

    text: str
    choice: int = 0
    output_index: int = 0
    raw: Any = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class ToolCallDelta:
    """Text of one tool call's arguments. Each delta carries its call's `id`, `name` and `index` (0, 1, … within the choice)."""

    arguments: str
    id: str | None = None
    name: str = ""
    index: int = 0
    choice: int = 0
    output_index: int = 0
    raw: Any = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class Usage:
    """Tokens used, as far as the provider has said. `cached_tokens` are part of the input, `reasoning_tokens` of the output."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    raw: Any = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class Finish:
    """The provider says that the answer has ended, and why, in chat completions' words for both APIs.

    `"stop"`, `"tool_calls"`, `"length"`, `"content_filter"`, or the provider's own word (after `"incomplete: "` where it said
    that the answer is not whole); None where it said no more than that.
    """

    reason: str | None
    choice: int = 0
    output_index: int = 0
    raw: Any = field(default=None, repr=False, compare=False)


Event: TypeAlias = TextDelta | RefusalDelta | ReasoningDelta | ToolCallDelta | Usage | Finish
"""Whatever `openai_events` emits."""


class ProviderError(Exception):
    """An error that the provider reported in mid-stream: the `__cause__` of the SourceFailed. `body` is all that it said; a
    traceback shows the beginning of its message, in one line."""

    def __init__(self, message: str, body: Any) -> None:
        super().__init__(printable(message))
        self.body = body
