"""What asking has cost in tokens: as the provider says, else estimated, and marked so.

A request that was cancelled has been paid for, but its provider can't say how much any more.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from ..errors import SourceFailed
from ..sources import Event, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, Usage

CHARACTERS_PER_TOKEN = 4
"""A usual figure for English text and JSON."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens used. `estimated`: at least in part they were counted at four characters a token, not by the provider."""

    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.estimated or other.estimated,
        )


class Meter:
    """Counts what one request uses, from its events."""

    def __init__(self, messages: Any) -> None:
        self._messages = messages
        self._characters = 0
        self._measured: Usage | None = None
        self._has_begun = False

    def take(self, event: Event) -> None:
        self._has_begun = self._has_begun or isinstance(event, Event)
        if isinstance(event, Usage):
            self._measured = event
        elif isinstance(event, ToolCallDelta):
            self._characters += len(event.arguments)
        elif isinstance(event, TextDelta | RefusalDelta | ReasoningDelta):
            self._characters += len(event.text)

    def is_lost_connection(self, failure: SourceFailed) -> bool:
        """Whether an answer had begun that then broke off; a request that was never answered is the SDK's to repeat."""
        return self._has_begun or is_transport_error(failure.__cause__)

    @property
    def usage(self) -> TokenUsage:
        if self._measured is not None:
            return TokenUsage(self._measured.input_tokens, self._measured.output_tokens)
        asked = json.dumps(self._messages, ensure_ascii=False, default=str)
        return TokenUsage(tokens_in(len(asked)), tokens_in(self._characters), estimated=True)


def is_transport_error(error: BaseException | None) -> bool:
    """Whether it is what reading a response's body raises when the connection is lost (the SDK's own errors come before that)."""
    httpx2 = sys.modules.get("httpx2")
    return isinstance(error, OSError) or (httpx2 is not None and isinstance(error, httpx2.TransportError))


def tokens_in(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)
