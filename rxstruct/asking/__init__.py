"""Validation with asking again: `ask`, `attempts`, `attempt_of`."""

from __future__ import annotations

from .ask import ask
from .attempt import Attempt, attempt_of
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
    "attempt_of",
    "attempts",
]
