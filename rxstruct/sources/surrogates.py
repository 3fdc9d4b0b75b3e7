"""Characters that a provider cut between their two UTF-16 halves, made whole again.

What goes in: typed events, in order, whose text may begin or end with half a surrogate pair (servers written in JavaScript cut
so, and send `"\\ud83d"` and then `"\\ude00"`). What comes out: the same events; a trailing first half waits for the next event
of the same text, so half a character is never shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .events import Event, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta


class SurrogateMender:
    """Holds the first halves that wait for their second ones."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: dict[Any, str] = {}

    def mend(self, event: Event) -> Event:
        """The event with whole characters only."""
        if isinstance(event, ToolCallDelta):
            return replace(event, arguments=self._join((event.choice, event.index), event.arguments))
        if isinstance(event, TextDelta | RefusalDelta | ReasoningDelta):
            return replace(event, text=self._join((type(event), event.choice, event.output_index), event.text))
        return event

    def _join(self, key: Any, text: str) -> str:
        text = self.waiting.pop(key, "") + text
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.waiting[key] = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
