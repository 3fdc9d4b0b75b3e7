"""The one loop that reads a source: an iterator, sync or async, becomes a cold Stream.

What goes in: a function that begins one reading. What comes out: its items, then its end.
What always holds:

1. One subscription is one reading. It is closed at its end, when disposed, and when a consumer's callback raises; what that
   raised goes on as it is: out of `subscribe` on the current thread, to the loop's exception handler from a task. So does an
   error that nobody handles, in a line that says so.
2. An iterator is read on the scheduler given to `subscribe`, by default on the current thread's trampoline, so that
   `subscribe` returns at the end, and `take` stops it at once. On an event loop's scheduler it is read on a thread of its own,
   and delivered on the loop, which is never blocked.
3. An async iterator is read by a task on the running loop. With a `ReaderScheduler` it waits for its reader's room.
4. Disposing works from any thread and at any moment, also while a read is waiting.
5. What the reading raises arrives as `on_error`, as one of ours. So does its cancellation by anything but disposing: by what it
   waits for, or with its loop.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Generic, TypeVar

from reactivex import abc
from reactivex.disposable import Disposable
from reactivex.internal import default_error
from reactivex.scheduler import CurrentThreadScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler

from ..attaching import given
from ..errors import SourceFailed
from ..iteration import Flow, ReaderScheduler
from ..limits import ITEMS_AHEAD
from ..policy import running_loop
from ..stream import Stream
from .failures import failed

T = TypeVar("T")

# The loop itself holds its tasks only weakly, and a subscriber need not keep what `subscribe` returns.
_running: set[asyncio.Task[None]] = set()


def nothing() -> None:
    """For a reading that no thread can be stuck in."""


@dataclass(slots=True)
class Reading(Generic[T]):
    """One pass over a source.

    Args:
        items: its items; closed (`close` or `aclose`, where it has one) when the reading ends.
        cut: makes a read that is waiting in another thread fail at once.
        source: what `items` closes itself, unless left before its first item: a generator that has not begun closes nothing.
    """

    items: Iterator[T] | AsyncIterator[T]
    cut: Callable[[], None] = nothing
    source: Any = None

    def close(self) -> None:
        """Close what has not begun."""
        _close(self.items)
        _close(self.source)


def pull(begin: Callable[[], Reading[T]]) -> Stream[T]:
    """A cold Stream of what `begin` gives to read."""

    def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        return deliver(begin, observer, scheduler)

    return Stream(subscribe, flow=Flow.PIECES)


def deliver(
    begin: Callable[[], Reading[T]], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    """One subscription to what `begin` gives to read."""
    scheduler = given(scheduler)
    try:
        reading = begin()
    except Exception as error:
        observer.on_error(failed(error))
        return Disposable()
    if isinstance(reading.items, AsyncIterator):
        return _read_in_task(reading, reading.items, observer, scheduler)
    if isinstance(scheduler, AsyncIOScheduler):
        items = _on_worker_thread(reading.items, reading.cut)
        return _read_in_task(Reading(items, source=reading), items, observer, scheduler)
    return _read_on(scheduler or CurrentThreadScheduler.singleton(), reading, reading.items, observer)


def _read_on(
    scheduler: abc.SchedulerBase, reading: Reading[T], items: Iterator[T], observer: abc.ObserverBase[T]
) -> abc.DisposableBase:
    disposed = False

    def run(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
        has_begun = False
        try:
            while not disposed:
                has_begun = True
                try:
                    item = next(items)
                except StopIteration:
                    break
                except (Exception, asyncio.CancelledError) as error:
                    if not disposed:
                        observer.on_error(failed(error))
                    return
                observer.on_next(item)
            if not disposed:
                observer.on_completed()
        finally:
            _close(items if has_begun else reading)

    def dispose() -> None:
        nonlocal disposed
        disposed = True
        reading.cut()

    scheduler.schedule(run)
    return Disposable(dispose)


def _read_in_task(
    reading: Reading[T], items: AsyncIterator[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    disposed = is_running = False
    task: asyncio.Task[None] | None = None
    reader = scheduler if isinstance(scheduler, ReaderScheduler) else None

    async def run() -> None:
        nonlocal is_running
        is_running = True
        has_begun = False
        try:
            while not disposed:
                if reader is not None:
                    await reader.room()
                has_begun = True
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    break
                except Exception as error:
                    if not disposed:
                        _call(observer.on_error, failed(error))
                    return
                _call(observer.on_next, item)
            if not disposed:
                _call(observer.on_completed)
        finally:
            await _aclose(items)
            if not has_begun:
                await _aclose(reading.source)

    def finish(done: asyncio.Task[None]) -> None:
        _running.discard(done)
        if not done.cancelled():
            _report(done, reader)
        elif not disposed:
            _tell_of_cancellation(done, observer)

    def start(_scheduler: abc.SchedulerBase | None = None, _state: Any = None) -> None:
        nonlocal task
        task = asyncio.get_running_loop().create_task(run(), name="rxstruct source")
        _running.add(task)
        task.add_done_callback(finish)

    def dispose() -> None:
        nonlocal disposed
        disposed = True
        if task is not None and is_running and not task.done():  # before it runs, it would end without closing anything
            _cancel(task)

    if isinstance(scheduler, AsyncIOScheduler):
        scheduler.schedule(start)
        return Disposable(dispose)
    try:
        start()
    except RuntimeError:
        message = (
            "an async client reads on the running event loop, and none is running here: inside a coroutine (asyncio.run) "
            "subscribe, use `async for`, or `await stream.afinal()` in place of final(); or use the sync client"
        )
        observer.on_error(SourceFailed(message))
    return Disposable(dispose)


def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel a reading's task, from wherever that is called."""
    loop = task.get_loop()
    if running_loop() is not loop:
        with suppress(RuntimeError):  # a loop that has been closed has cancelled its tasks already
            loop.call_soon_threadsafe(task.cancel)
    elif asyncio.current_task() is not task:
        task.cancel()
    # Inside the task itself the reading ends by itself as the callback returns; cancelled, it could not close in peace.


def _call(callback: Callable[..., None], *args: Any) -> None:
    """Call back from a task. Nothing is awaited there: a CancelledError is a failure, and as it is would end the task unheard."""
    try:
        callback(*args)
    except asyncio.CancelledError as raised:
        raise SourceFailed("a function of the pipeline raised CancelledError") from raised


def _tell_of_cancellation(task: asyncio.Task[None], observer: abc.ObserverBase[Any]) -> None:
    error = SourceFailed("the source was cancelled, by what it waited for or with its event loop")
    try:
        task.result()
    except asyncio.CancelledError as cancelled:
        error.__cause__ = cancelled
    try:
        observer.on_error(error)
    except SourceFailed as unhandled:
        if unhandled is not error:
            raise
        # Nobody listens for errors: it ends in silence, as a task that is cancelled does.


def _report(task: asyncio.Task[None], reader: ReaderScheduler | None) -> None:
    raised = task.exception()
    if raised is not None and (reader is None or not reader.fail(raised)):
        _tell_loop(task.get_loop(), raised, task)


def _tell_loop(loop: asyncio.AbstractEventLoop, raised: BaseException, task: asyncio.Task[None]) -> None:
    context: dict[str, Any] = {"exception": raised, "task": task}
    if not _is_unhandled(raised):
        context["message"] = "a callback of a stream raised; its request was closed"
    else:
        context["message"] = (
            f"a stream failed, and its subscriber has no on_error: {type(raised).__name__}: {raised}; "
            "give subscribe one: subscribe(on_next, on_error)"
        )
        if loop.get_exception_handler() is None:
            # The loop's own would log a traceback, of which nothing is the user's code, and that of each cause.
            del context["exception"], context["task"]
    loop.call_exception_handler(context)


def _is_unhandled(raised: BaseException) -> bool:
    """Whether it is an error that reached a subscriber without `on_error`, for which reactivex raises it."""
    traceback = raised.__traceback__
    while traceback is not None and traceback.tb_frame.f_code is not default_error.__code__:
        traceback = traceback.tb_next
    return traceback is not None


async def _on_worker_thread(items: Iterator[T], cut: Callable[[], None]) -> AsyncIterator[T]:
    """A blocking iterator as an async one, read at most ITEMS_AHEAD items ahead."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    changed = threading.Condition()
    waiting: deque[T] = deque()
    failure: BaseException | None = None
    ended = closed = False

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            loop.call_soon_threadsafe(arrived.set)

    def work() -> None:
        nonlocal failure, ended
        try:
            for item in items:
                with changed:
                    changed.wait_for(lambda: closed or len(waiting) < ITEMS_AHEAD)
                    if closed:
                        return
                    waiting.append(item)
                    if len(waiting) > 1:
                        continue
                wake()
        except BaseException as error:
            failure = error
        finally:
            _close(items)
            ended = True
            wake()

    threading.Thread(target=contextvars.copy_context().run, args=(work,), name="rxstruct source", daemon=True).start()
    try:
        while True:
            arrived.clear()
            while waiting:
                with changed:
                    item = waiting.popleft()
                    changed.notify()
                yield item
            if ended and not waiting:
                break
            await arrived.wait()
        if failure is not None:
            raise failure
    finally:
        with changed:
            closed = True
            changed.notify()
        cut()


def _close(items: Any) -> None:
    if hasattr(items, "close"):
        items.close()


async def _aclose(items: Any) -> None:
    close = getattr(items, "aclose", None) or getattr(items, "close", None)  # the SDK's helpers have only this
    closing = None if close is None else close()
    if isawaitable(closing):
        await closing
