"""Where streams end: on screens and in other processes."""

from __future__ import annotations

from .ag_ui import ag_ui, ag_ui_response
from .browser import browser_client
from .frames import Frames, ready
from .json_patches import json_patches
from .sse import NamedEvent, sse, sse_events, sse_response
from .text_stream import text_stream, text_stream_response
from .ui_message_stream import ui_message_stream, ui_message_stream_response

__all__ = [
    "Frames",
    "NamedEvent",
    "ag_ui",
    "ag_ui_response",
    "browser_client",
    "json_patches",
    "ready",
    "sse",
    "sse_events",
    "sse_response",
    "text_stream",
    "text_stream_response",
    "ui_message_stream",
    "ui_message_stream_response",
]
