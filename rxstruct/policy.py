"""The one home of what every operator does about errors and teardown.

What goes in: a source, and the callbacks of one subscription. What comes out: the subscription.
What always holds:

1. An exception raised by a consumer's callback disposes the subscription, up to the source (so a request is closed), and then
   goes on to whoever produced the item, as it is. No operator turns it into `on_error`, and none swallows it.
2. Disposing works at any moment, also while the source is still inside its own `subscribe`; nothing arrives after it.
3. Callbacks run one at a time: what a source sends from inside one (because its consumer makes it) waits its turn.
4. The scheduler given to `subscribe` reaches the source.

That nothing follows a terminal is reactivex's own work: every `Observable.subscribe` wraps its observer in one that stops.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import Disposable, SingleAssignmentDisposable
from reactivex.observer import AutoDetachObserver
from reactivex.scheduler import CurrentThreadScheduler, TimeoutScheduler
from reactivex.scheduler.eventloop import AsyncIOThreadSafeScheduler
from reactivex.scheduler.scheduler import Scheduler

from .attaching import given
from .errors import MESSAGE_LENGTH, RxStructError, SourceFailed, excerpt

A = TypeVar("A")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0


def listen(
    source: Observable[A],
    observer: abc.ObserverBase[Any],
    on_next: Callable[[A], None],
    *,
    on_error: Callable[[Exception], None] | None = None,
    on_completed: Callable[[], None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> abc.DisposableBase:
    """Subscribe an operator's callbacks to its source; a terminal that has no callback passes straight to `observer`."""
    subscription = SingleAssignmentDisposable()
    pass_error = on_error or observer.on_error
    pass_completed = on_completed or observer.on_completed
    waiting: deque[Callable[[], None]] = deque()
    is_busy = False
    failure: BaseException | None = None

    def take(item: A) -> None:
        nonlocal is_busy, failure
        if is_busy:
            wait_for(item)
            return
        if subscription.is_disposed:
            return
        is_busy = True
        try:
            on_next(item)
            while waiting and not subscription.is_disposed:
                waiting.popleft()()
        except BaseException as raised:
            failure = raised
            subscription.dispose()
            stop(observer)
            _raise_again_if_swallowed(raised)
            raise
        finally:
            is_busy = False

    def wait_for(item: A) -> None:
        waiting.append(lambda: on_next(item))

    def take_error(error: Exception) -> None:
        if error is failure:
            # reactivex reports what a consumer raises inside `subscribe` as the source's error: it goes on as what it is.
            raise error
        if is_busy:
            waiting.append(lambda: pass_error(error))
        else:
            pass_error(error)

    def take_completed() -> None:
        if is_busy:
            waiting.append(pass_completed)
        else:
            pass_completed()

    subscription.disposable = source.subscribe(take, take_error, take_completed, scheduler=scheduler)
    return subscription


def stop(observer: abc.ObserverBase[Any]) -> None:
    """Keep a consumer that has raised from hearing of it as an error, which is how reactivex reports it inside `subscribe`."""
    if isinstance(observer, AutoDetachObserver):
        observer.dispose()


def _raise_again_if_swallowed(failure: BaseException) -> None:
    # reactivex's from_iterable hands a consumer's exception to the observer's on_error, which by then has been disposed, and
    # so loses it. The trampoline around it forgets this action if the exception gets out, and runs it otherwise: then it has been
    # caught by reactivex, or by somebody who handled it.
    def raise_again(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
        if _was_caught_by_reactivex(failure):
            raise failure

    trampoline = CurrentThreadScheduler.singleton()
    if not trampoline.schedule_required():
        trampoline.schedule(raise_again)


def _was_caught_by_reactivex(failure: BaseException) -> bool:
    """Whether the outermost frame that it has reached, with which its traceback begins, is one of reactivex."""
    traceback = failure.__traceback__
    module = "" if traceback is None else traceback.tb_frame.f_globals.get("__name__", "")
    return module.partition(".")[0] == "reactivex"


class Reporting(Scheduler):
    """A scheduler of a reader: what is raised in whatever was scheduled has no caller to go to, and goes to its `fail`.

    That says whether anybody hears of it.
    """

    fail: Callable[[BaseException], bool]

    def invoke_action(self, action: abc.ScheduledAction[Any], state: Any = None) -> abc.DisposableBase:
        try:
            return super().invoke_action(action, state)
        except Exception as raised:
            if not self.fail(raised):
                raise
            return Disposable()


class Timers(Reporting, TimeoutScheduler):
    """reactivex's own timers, for the reader whose thread subscribes."""

    def __new__(cls, fail: Callable[[BaseException], bool]) -> Timers:
        return object.__new__(cls)  # not the one that all share

    def __init__(self, fail: Callable[[BaseException], bool]) -> None:
        super().__init__()
        self.fail = fail


TIMERS: ContextVar[TimeoutScheduler | None] = ContextVar("rxstruct.timers", default=None)
"""What measures time where no scheduler was given, on the thread of a reader."""


def timing_scheduler(*choices: abc.SchedulerBase | None) -> abc.SchedulerBase:
    """The first scheduler given (the operator's, then the subscription's), else the running loop's, else reactivex's own."""
    for scheduler in map(given, choices):
        if scheduler is not None:
            return scheduler
    loop = running_loop()
    if loop is not None:
        return AsyncIOThreadSafeScheduler(loop)
    return TIMERS.get() or TimeoutScheduler.singleton()


def pause_after(failures: int) -> float:
    """How many seconds to wait before connecting again, after so many failures in a row: each time twice as long."""
    if failures == 0:
        return 0.0
    doublings = min(failures - 1, 10)  # which is beyond the limit, and far from what a float can't hold
    return min(FIRST_PAUSE_SECONDS * 2.0**doublings, LONGEST_PAUSE_SECONDS)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs on this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def typed(error: BaseException) -> RxStructError:
    """The error itself if it is one of ours, else a `SourceFailed` caused by it."""
    if isinstance(error, RxStructError):
        return error
    failure = SourceFailed(f"the source failed with {type(error).__name__}: {excerpt(str(error), MESSAGE_LENGTH)}")
    failure.__cause__ = error
    return failure
