"""The edge where deltas come in: providers, recordings, replays."""

from __future__ import annotations

from .choice import choice
from .content import content
from .deltas import from_deltas, replay
from .events import Event, Finish, ProviderError, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, Usage
from .openai import Source, from_openai, from_openai_responses, openai_events
from .recording import from_recording, record
from .response_model import Via
from .tool_calls import ToolCallArguments, tool_calls
from .usage import usage

__all__ = [
    "Event",
    "Finish",
    "ProviderError",
    "ReasoningDelta",
    "RefusalDelta",
    "Source",
    "TextDelta",
    "ToolCallArguments",
    "ToolCallDelta",
    "Usage",
    "Via",
    "choice",
    "content",
    "from_deltas",
    "from_openai",
    "from_openai_responses",
    "from_recording",
    "openai_events",
    "record",
    "replay",
    "tool_calls",
    "usage",
]
