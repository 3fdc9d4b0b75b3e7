"""How often, how much and how long a model may be asked: `Budget`, and the pauses between connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from reactivex import abc
from reactivex.disposable import CompositeDisposable, Disposable
from reactivex.scheduler import (
    CurrentThreadScheduler,
    EventLoopScheduler,
    ImmediateScheduler,
    NewThreadScheduler,
    ThreadPoolScheduler,
    TimeoutScheduler,
)

from ..attaching import given
from ..policy import pause_after, running_loop, timing_scheduler

TOKEN_LIMITS = ("max_completion_tokens", "max_tokens")
BLOCKING = (CurrentThreadScheduler, EventLoopScheduler, ImmediateScheduler, NewThreadScheduler, ThreadPoolScheduler)
"""Schedulers whose thread a read that waits holds up, or a wait itself, so that nothing else can happen on it at a given time."""


class Budget:
    """What may be spent, and what has been.

    Args:
        max_attempts: how often a document may be begun, mended or continued.
        max_reconnects: how many lost connections are made up for.
        max_output_tokens: how many tokens all answers together may have; None for any number.
    """

    def __init__(self, max_attempts: int, max_reconnects: int, max_output_tokens: int | None) -> None:
        self.max_attempts = max_attempts
        self.max_reconnects = max_reconnects
        self.max_output_tokens = max_output_tokens
        self.attempts = 1
        self.reconnects = 0
        self.output_tokens = 0

    def take_attempt(self) -> bool:
        """Whether another attempt may be made; if so, it counts."""
        if self.attempts >= self.max_attempts:
            return False
        self.attempts += 1
        return True

    def take_reconnect(self) -> float | None:
        """How many seconds to wait before connecting again; None where that is not to be."""
        if self.reconnects >= self.max_reconnects:
            return None
        self.reconnects += 1
        return pause_after(self.reconnects)

    @property
    def has_tokens(self) -> bool:
        return self.max_output_tokens is None or self.output_tokens < self.max_output_tokens

    def limited(self, keywords: dict[str, Any]) -> dict[str, Any]:
        """The request's keywords, with the tokens that are left as their limit."""
        if self.max_output_tokens is None:
            return keywords
        left = self.max_output_tokens - self.output_tokens
        name = next((name for name in TOKEN_LIMITS if keywords.get(name) is not None), TOKEN_LIMITS[0])
        return {**keywords, name: min(left, keywords.get(name) or left)}


def after_pause(
    seconds: float, action: Callable[[], None], scheduler: abc.SchedulerBase | None, *, blocks: bool
) -> abc.DisposableBase:
    """Do something later: for a client that blocks its thread on that thread, so that `subscribe` stays in it."""
    if given(scheduler) is not None or (running_loop() is not None and not blocks):
        return timing_scheduler(scheduler).schedule_relative(seconds, lambda *_: action())
    disposed = threading.Event()

    def wait(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
        if not disposed.wait(seconds):
            action()

    return CompositeDisposable(CurrentThreadScheduler.singleton().schedule(wait), Disposable(disposed.set))


def deadline_scheduler(scheduler: abc.SchedulerBase | None, *, blocks: bool) -> abc.SchedulerBase:
    """What can interrupt at a given time: a timer's thread, where the thread of the stream itself is held up."""
    scheduler = given(scheduler)
    if isinstance(scheduler, BLOCKING) or (scheduler is None and blocks):
        return TimeoutScheduler.singleton()
    return timing_scheduler(scheduler)
