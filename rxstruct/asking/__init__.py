"""Validation with asking again: `ask` and `attempts`."""

from __future__ import annotations

from .ask import ask
from .attempt import Attempt
from .attempts import attempts
from .events import AnswerInvalid, AskEvent, RequestEnded, RequestStarted
from .usage import TokenUsage

__all__ = [
    "AnswerInvalid",
    "AskEvent",
    "Attempt",
    "RequestEnded",
    "RequestStarted",
    "TokenUsage",
    "ask",
    "attempts",
]
