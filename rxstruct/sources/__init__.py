"""The edge where deltas come in: providers, recordings, replays."""

from __future__ import annotations

from .content import content
from .events import Event, Finish, ProviderError, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, Usage
from .openai import from_openai, from_openai_responses, openai_events

__all__ = [
    "Event",
    "Finish",
    "ProviderError",
    "ReasoningDelta",
    "RefusalDelta",
    "TextDelta",
    "ToolCallDelta",
    "Usage",
    "content",
    "from_openai",
    "from_openai_responses",
    "openai_events",
]
