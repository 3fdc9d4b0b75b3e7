"""How values, server-sent events and errors are written, for all protocols."""

from __future__ import annotations

import json
import math
from typing import Any

from ..errors import FieldInvalid, RxStructError, SourceFailed
from ..typing import JsonValue

BEYOND_FLOATS = 10**309
"""Stands for infinity, which is what Python and JavaScript both make of `1e400`, and which JSON cannot say."""

EVENT_STREAM = "text/event-stream"
UNBUFFERED = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
"""Keeps proxies from holding a stream back."""


def json_text(value: JsonValue) -> str:
    """Compact JSON on one line, which can be sent as UTF-8."""
    try:
        text = _dumps(value, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8, but it has an escape
        return _dumps(value, ensure_ascii=True)
    return text


def _dumps(value: JsonValue, *, ensure_ascii: bool) -> str:
    try:
        return json.dumps(value, ensure_ascii=ensure_ascii, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=ensure_ascii, separators=(",", ":"), allow_nan=False)


def _finite(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _finite(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_finite(child) for child in value]
    if isinstance(value, float) and math.isinf(value):
        return BEYOND_FLOATS if value > 0 else -BEYOND_FLOATS
    return value


def data_event(value: JsonValue) -> bytes:
    """A server-sent event that has nothing but data."""
    return f"data: {json_text(value)}\n\n".encode()


def described(error: Exception) -> dict[str, Any]:
    """What a client is told of an error: its kind and its line, but nothing of what a provider or library said inside."""
    if not isinstance(error, RxStructError):
        return {"error": "Error", "message": "the stream failed"}
    if isinstance(error, SourceFailed):
        return {"error": "SourceFailed", "message": "the language model's service failed"}
    description: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, FieldInvalid):
        description["path"] = list(error.path)
    return description
