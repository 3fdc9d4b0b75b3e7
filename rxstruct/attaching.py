"""`Attaching`: a scheduler that tells when all that has been begun on it is done.

`rx.merge` subscribes to its branches in an action on the scheduler that it is given, a merge inside a merge in an action of that
action, and so on: so when every branch is attached shows only there, be it a trampoline, an event loop or a pool of threads.

What goes in: the scheduler that was given to `subscribe`, or None. What comes out: one call of `when_done`. What always holds:

1. What is to be done at once is done on the scheduler given, by default on the current thread's trampoline; `when_done` is
   called after the last of it. What is to be done later is not waited for.
2. What depends on the scheduler itself asks for the one that was `given`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any

from reactivex import abc, typing
from reactivex.disposable import CompositeDisposable, Disposable
from reactivex.scheduler import CurrentThreadScheduler, TimeoutScheduler
from reactivex.scheduler.periodicscheduler import PeriodicScheduler


class Attaching(PeriodicScheduler):
    """Counts what is to be done at once, and calls `when_done` when the count is back at zero."""

    def __init__(self, scheduler: abc.SchedulerBase | None, when_done: Callable[[], None]) -> None:
        super().__init__()
        self.given = given(scheduler)
        self._now: abc.SchedulerBase = scheduler or CurrentThreadScheduler.singleton()
        self._later: abc.SchedulerBase = scheduler or TimeoutScheduler.singleton()
        self._when_done = when_done
        self._lock = Lock()
        self._unfinished = 0
        self._is_done = False

    def begin(self) -> abc.DisposableBase:
        """Something to wait for, until it is disposed."""
        with self._lock:
            self._unfinished += 1
        return Disposable(self._finish)

    def _finish(self) -> None:
        with self._lock:
            self._unfinished -= 1
            if self._unfinished or self._is_done:
                return
            self._is_done = True
        self._when_done()

    @property
    def now(self) -> datetime:
        return self._later.now

    def schedule(self, action: typing.ScheduledAction[Any], state: Any = None) -> abc.DisposableBase:
        begun = self.begin()

        def run(_scheduler: abc.SchedulerBase, state: Any = None) -> abc.DisposableBase | None:
            try:
                return action(self, state)
            finally:
                begun.dispose()

        return CompositeDisposable(self._now.schedule(run, state), begun)

    def schedule_relative(
        self, duetime: typing.RelativeTime, action: typing.ScheduledAction[Any], state: Any = None
    ) -> abc.DisposableBase:
        return self._later.schedule_relative(duetime, action, state)

    def schedule_absolute(
        self, duetime: typing.AbsoluteTime, action: typing.ScheduledAction[Any], state: Any = None
    ) -> abc.DisposableBase:
        return self._later.schedule_absolute(duetime, action, state)


def given(scheduler: abc.SchedulerBase | None) -> abc.SchedulerBase | None:
    """The scheduler itself, beneath one that counts."""
    return scheduler.given if isinstance(scheduler, Attaching) else scheduler
