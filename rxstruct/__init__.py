"""rxstruct: the text that a language model streams, as typed, trustworthy, live objects.

Names are imported when they are first used, so that a program pays at its start for what it uses. What is public therefore stands
here three times: for type checkers, for people and `import *`, and for the interpreter; a test holds them together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asking import (
        AnswerInvalid,
        AskEvent,
        Attempt,
        RequestEnded,
        RequestStarted,
        TokenUsage,
        ask,
        attempts,
    )
    from .errors import (
        AttemptsFailed,
        ContentFiltered,
        FieldInvalid,
        JsonInvalid,
        LimitExceeded,
        PathInvalid,
        Refused,
        RxStructError,
        SourceFailed,
        Truncated,
    )
    from .incremental import JsonSnapshot
    from .incremental.changes import Change
    from .iteration import aiterate, iterate
    from .one_liners import each, partials
    from .operators import (
        Progress,
        accumulate_json,
        accumulate_json_lines,
        changes,
        completed,
        distinct_fields,
        elements,
        field,
        keep_partial,
        progress,
        share_latest,
        stop_when,
        text,
        throttle_latest,
        to_partial,
    )
    from .partial import Atomic, Gate, attempt_of, closed_fields, dump, get, is_closed, snapshot_of
    from .sources import (
        Event,
        Finish,
        ProviderError,
        ReasoningDelta,
        RefusalDelta,
        TextDelta,
        ToolCallArguments,
        ToolCallDelta,
        Usage,
        choice,
        content,
        from_deltas,
        from_openai,
        from_openai_responses,
        from_recording,
        openai_events,
        record,
        replay,
        tool_calls,
        usage,
    )
    from .stream import Stream
    from .typed_calls import ToolCall, typed_tool_calls
    from .typing import ABSENT, EACH

__all__ = [
    "ABSENT",
    "EACH",
    "AnswerInvalid",
    "AskEvent",
    "Atomic",
    "Attempt",
    "AttemptsFailed",
    "Change",
    "ContentFiltered",
    "Event",
    "FieldInvalid",
    "Finish",
    "Gate",
    "JsonInvalid",
    "JsonSnapshot",
    "LimitExceeded",
    "PathInvalid",
    "Progress",
    "ProviderError",
    "ReasoningDelta",
    "RefusalDelta",
    "Refused",
    "RequestEnded",
    "RequestStarted",
    "RxStructError",
    "SourceFailed",
    "Stream",
    "TextDelta",
    "TokenUsage",
    "ToolCall",
    "ToolCallArguments",
    "ToolCallDelta",
    "Truncated",
    "Usage",
    "accumulate_json",
    "accumulate_json_lines",
    "aiterate",
    "ask",
    "attempt_of",
    "attempts",
    "changes",
    "choice",
    "closed_fields",
    "completed",
    "content",
    "distinct_fields",
    "dump",
    "each",
    "elements",
    "field",
    "from_deltas",
    "from_openai",
    "from_openai_responses",
    "from_recording",
    "get",
    "is_closed",
    "iterate",
    "keep_partial",
    "openai_events",
    "partials",
    "progress",
    "record",
    "replay",
    "share_latest",
    "snapshot_of",
    "stop_when",
    "text",
    "throttle_latest",
    "to_partial",
    "tool_calls",
    "typed_tool_calls",
    "usage",
]

MODULES = {
    ".asking": (
        "AnswerInvalid",
        "AskEvent",
        "Attempt",
        "RequestEnded",
        "RequestStarted",
        "TokenUsage",
        "ask",
        "attempts",
    ),
    ".errors": (
        "AttemptsFailed",
        "ContentFiltered",
        "FieldInvalid",
        "JsonInvalid",
        "LimitExceeded",
        "PathInvalid",
        "Refused",
        "RxStructError",
        "SourceFailed",
        "Truncated",
    ),
    ".incremental": ("JsonSnapshot",),
    ".incremental.changes": ("Change",),
    ".iteration": ("aiterate", "iterate"),
    ".one_liners": ("each", "partials"),
    ".operators": (
        "Progress",
        "accumulate_json",
        "accumulate_json_lines",
        "changes",
        "completed",
        "distinct_fields",
        "elements",
        "field",
        "keep_partial",
        "progress",
        "share_latest",
        "stop_when",
        "text",
        "throttle_latest",
        "to_partial",
    ),
    ".partial": ("Atomic", "Gate", "attempt_of", "closed_fields", "dump", "get", "is_closed", "snapshot_of"),
    ".sources": (
        "Event",
        "Finish",
        "ProviderError",
        "ReasoningDelta",
        "RefusalDelta",
        "TextDelta",
        "ToolCallArguments",
        "ToolCallDelta",
        "Usage",
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
    ),
    ".stream": ("Stream",),
    ".typed_calls": ("ToolCall", "typed_tool_calls"),
    ".typing": ("ABSENT", "EACH"),
}
HOMES = {name: module for module, names in MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'rxstruct' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(HOMES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return __all__
