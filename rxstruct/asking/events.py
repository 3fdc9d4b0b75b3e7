"""What happens while an answer is asked for, for logs, metrics and traces: what `on_event=` is called with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..errors import RxStructError
from .usage import TokenUsage

Reason: TypeAlias = Literal["first", "restart", "repair", "continue", "reconnect"]
"""Why a request is made: the first one; the document anew; one value alone; the rest; after a lost connection."""


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A request is about to be sent: the `request`-th of all, for the document of attempt `attempt`."""

    request: int
    attempt: int
    reason: Reason
    keywords: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerInvalid:
    """An answer was found not to be valid; its request has been closed."""

    request: int
    attempt: int
    error: RxStructError


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """A request is over: what it used, what all have used so far, and what failed (None: nothing)."""

    request: int
    attempt: int
    reason: Reason
    failure: RxStructError | None
    usage: TokenUsage
    total: TokenUsage


AskEvent: TypeAlias = RequestStarted | AnswerInvalid | RequestEnded
