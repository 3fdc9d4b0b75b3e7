"""`iterate` and `aiterate`: read any Observable in a loop.

What goes in: an Observable, a buffer size. What comes out: its items, one for each turn of the loop; then its error is raised
as it is, or the loop ends. What always holds:

1. One iteration is one subscription. It starts with the first turn (or on entering `with`).
2. Leaving disposes: the end of `with`, `close()`, or dropping the iterator, as `break` and an exception in the loop do.
3. At most `buffer` items wait for the loop. What a full buffer does is decided in one place for each kind of loop: `put`.
4. Items that had arrived before an error come out before it.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from enum import Enum
from typing import Any, Generic, NoReturn, Self, TypeVar
from weakref import WeakSet

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable
from reactivex.scheduler import CurrentThreadScheduler
from reactivex.scheduler.eventloop import AsyncIOThreadSafeScheduler

from .attaching import given
from .errors import LimitExceeded
from .limits import BUFFER
from .options import check_count
from .policy import TIMERS, Reporting, Timers, running_loop

T = TypeVar("T")

# Where a lock can't be interrupted (Windows), Ctrl-C takes effect this many seconds later at the most.
INTERRUPT_SECONDS = 0.5

CANCELLED = (
    "this stream was closed when waiting for its next item was cancelled, by a timeout, say, and has not completed: "
    "to wait in turns, keep one task of anext() and asyncio.wait() for it"
)


class Flow(Enum):
    """What one item of a stream says, and so what may be left out when its reader is too slow."""

    STATE = "state"
    """Each item holds all that came before (snapshots, partials): the newest stands for those it overtakes."""
    EVENTS = "events"
    """Nothing is known. Only the reader can say, with `latest=True`, that the newest is enough."""
    PIECES = "pieces"
    """Each item is only what is new (text, elements, changes): none may be left out."""

    @staticmethod
    def of(source: Observable[Any]) -> Flow:
        """The flow that `source` declares (a Stream does); EVENTS for any other Observable."""
        return getattr(source, "flow", Flow.EVENTS)


def iterate(source: Observable[T], *, buffer: int = BUFFER, latest: bool = False) -> Iteration[T]:
    """Read an Observable in a `for` loop.

    The source is subscribed on a thread of its own, which waits while the buffer is full: a slow loop slows the request down.
    Leaving the loop disposes, with or without `with`.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> with rxs.iterate(rx.of(1, 2, 3)) as numbers:
        ...     for number in numbers:
        ...         print(number)
        1
        2
        3

    Args:
        source: any Observable.
        buffer: how many items may wait for the loop.
        latest: keep only the newest item for a loop that is slower than its source. Refused where that would lose something:
            after `text`, `elements` and `changes`.

    Raises:
        ValueError: if `buffer` is below 1, or `latest` would lose items.
        Exception: in the loop, whatever ended the source, as it is.
    """
    _check_options(source, buffer, latest)
    return Iteration(source, _Mailbox(1 if latest else buffer, conflates=latest))


def aiterate(source: Observable[T], *, buffer: int = BUFFER, latest: bool = False) -> AsyncIteration[T]:
    """Read an Observable in an `async for` loop.

    The source is subscribed on the running loop, and its items are delivered on it; a sync client reads on a worker thread, so
    that the loop is never blocked. Leaving the loop disposes, with or without `async with`; so does cancelling the task, also by
    a timeout around one turn: the next one then raises RuntimeError, as the stream has not completed.

    Example:
        >>> import asyncio
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> async def main() -> None:
        ...     async with rxs.aiterate(rx.of(1, 2, 3)) as numbers:
        ...         async for number in numbers:
        ...             print(number)
        >>> asyncio.run(main())
        1
        2
        3

    Args:
        source: any Observable.
        buffer: how many items may wait for the loop. A full buffer pauses a source that can pause (the library's own),
            conflates snapshots and partials, and ends the loop with `LimitExceeded` for anything else.
        latest: keep only the newest item for a loop that is slower than its source. Refused where that would lose something:
            after `text`, `elements` and `changes`.

    Raises:
        ValueError: if `buffer` is below 1, or `latest` would lose items.
        LimitExceeded: in the loop, if the buffer was full and neither pausing nor conflating was possible.
        Exception: in the loop, whatever ended the source, as it is.
    """
    _check_options(source, buffer, latest)
    return AsyncIteration(source, 1 if latest else buffer, latest)


def _check_options(source: Observable[Any], buffer: int, latest: bool) -> None:
    if not isinstance(source, Observable):
        raise TypeError(
            f"a {type(source).__name__} is no Observable: from_deltas() makes one of what can be read in a loop"
        )
    check_count("buffer", buffer, 1, hint=f", or leave it out for {BUFFER}")
    if latest and Flow.of(source) is Flow.PIECES:
        raise ValueError(
            "latest=True would lose items here, as each is only what is new; leave it out, or read the partials instead"
        )


def _as_raised(error: BaseException) -> BaseException:
    # Raised from __next__, these two would look like the end of the loop.
    if isinstance(error, (StopIteration, StopAsyncIteration)):
        wrapped = RuntimeError(f"the stream failed with {type(error).__name__}, which a loop would take for its end")
        wrapped.__cause__ = error
        return wrapped
    return error


class _Mailbox(Generic[T]):
    """Between the thread of the source and the thread of the loop. It knows neither of them, so that either can be dropped."""

    def __init__(self, capacity: int, *, conflates: bool) -> None:
        self._capacity = capacity
        self._conflates = conflates
        self._items: deque[T] = deque()
        self._end: BaseException | None = None
        self._changed = threading.Condition()
        self.subscription = SingleAssignmentDisposable()

    def put(self, item: T) -> None:
        with self._changed:
            if self._conflates:
                self._items.clear()
            while len(self._items) >= self._capacity and self._end is None:
                self._changed.wait()
            if self._end is None:
                self._items.append(item)
                self._changed.notify_all()

    def put_end(self, end: BaseException) -> None:
        with self._changed:
            self._end = self._end or end
            self._changed.notify_all()

    def fail(self, raised: BaseException) -> bool:
        """End with what was raised on a timer: whether the reader hears of it."""
        is_heard = self._end is None
        self.put_end(_as_raised(raised))
        return is_heard

    def complete(self) -> None:
        self.put_end(StopIteration())

    def take(self) -> T:
        with self._changed:
            while not self._items and self._end is None:
                self._changed.wait(INTERRUPT_SECONDS)
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
        self._raise_end()

    def _raise_end(self) -> NoReturn:
        with self._changed:
            end, self._end = self._end, StopIteration()
        assert end is not None
        try:
            raise end
        finally:
            del end  # or its traceback and this frame would hold one another, and all that the stream had

    def close(self) -> None:
        with self._changed:
            self._items.clear()
            self._end = StopIteration()
            self._changed.notify_all()
        self.subscription.dispose()


def _feed(source: Observable[T], mailbox: _Mailbox[T]) -> None:
    """Run on the source's own thread: subscribe, and stay until a source that works on the current thread has ended."""

    def subscribe(_scheduler: abc.SchedulerBase, _state: Any = None) -> None:
        mailbox.subscription.disposable = source.subscribe(
            mailbox.put, lambda error: mailbox.put_end(_as_raised(error)), mailbox.complete
        )

    TIMERS.set(Timers(mailbox.fail))  # in this thread's own context
    try:
        # On the trampoline, so that subscribing returns the subscription before the source's own loop begins.
        CurrentThreadScheduler.singleton().schedule(subscribe)
    except BaseException as error:
        mailbox.put_end(_as_raised(error))
        mailbox.subscription.dispose()


class Iteration(Iterator[T]):
    """What `iterate` returns: an iterator, and a context manager that disposes on leaving."""

    def __init__(self, source: Observable[T], mailbox: _Mailbox[T]) -> None:
        self._source: Observable[T] | None = source
        self._mailbox = mailbox

    def _start(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            run = contextvars.copy_context().run
            # A daemon: a request that stalls must not keep a program from ending.
            threading.Thread(
                target=run, args=(_feed, source, self._mailbox), name="rxstruct.iterate", daemon=True
            ).start()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        self._start()
        try:
            return self._mailbox.take()
        except KeyboardInterrupt:
            self.close()
            raise

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Dispose the subscription; the iterator is at its end from now on."""
        self._source = None
        self._mailbox.close()

    def __del__(self) -> None:
        self._mailbox.close()


class ReaderScheduler(Reporting, AsyncIOThreadSafeScheduler):
    """The loop that `aiterate` reads on, which also knows whether its reader has room: what it gives to `subscribe`.

    A source that can pause awaits `room()` before each read, in the task that emits. A source that would block reads on a thread
    of its own, and emits on the loop. What a function in the pipeline raises while the source emits, the source hands to `fail`:
    the reader, whose own callbacks never raise, would otherwise wait for ever.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, fail: Callable[[BaseException], bool]) -> None:
        super().__init__(loop)
        self.loop = loop
        self.fail = fail
        self._pausing: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self) -> None:
        """Wait until the reader wants more."""
        task = asyncio.current_task()
        assert task is not None
        self._pausing.add(task)
        await self._has_room.wait()

    @property
    def is_told_by_pausing(self) -> bool:
        """Whether what runs now is a source that pauses, telling of what it had read when there was room."""
        return asyncio.current_task() in self._pausing

    def set_room(self, has_room: bool) -> None:
        """Called by the reader, on the loop."""
        if has_room:
            self._has_room.set()
        else:
            self._has_room.clear()


def reader_of(scheduler: abc.SchedulerBase | None) -> ReaderScheduler | None:
    """What is known of the reader, where the scheduler that was given to `subscribe` is one's."""
    scheduler = given(scheduler)
    return scheduler if isinstance(scheduler, ReaderScheduler) else None


class _AsyncMailbox(Generic[T]):
    """Between the source and the loop that reads it. All of it happens on the event loop; what comes elsewhere is sent there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, capacity: int, *, latest: bool, flow: Flow) -> None:
        self.scheduler = ReaderScheduler(loop, self._fail)
        self.subscription = SingleAssignmentDisposable()
        self._loop = loop
        self._capacity = capacity
        self._latest = latest
        self._flow = flow
        self._items: deque[T] = deque()
        self._end: BaseException | None = None
        self._arrived = asyncio.Event()

    def _on_loop(self, action: Callable[..., None], *args: Any) -> bool:
        """Do something on the loop: False if it has been closed, and nobody reads there any more."""
        if running_loop() is self._loop:
            action(*args)
            return True
        try:
            self._loop.call_soon_threadsafe(action, *args)
        except RuntimeError:
            return False
        return True

    def put(self, item: T) -> None:
        self._on_loop(self._put, item)

    def put_end(self, end: BaseException) -> None:
        self._on_loop(self._put_end, end)

    def complete(self) -> None:
        self.put_end(StopAsyncIteration())

    def _put(self, item: T) -> None:
        if self._end is not None:
            return
        if len(self._items) < self._capacity:
            self._items.append(item)
        elif self._latest:
            self._items[-1] = item
        elif self.scheduler.is_told_by_pausing:
            self._items.append(item)
        elif self._flow is Flow.STATE:
            self._items[-1] = item
        else:
            self._put_end(
                LimitExceeded(
                    f"{self._capacity} items are waiting for the loop, and this source can't be paused: "
                    "raise buffer=, or give latest=True where the newest item is enough",
                    limit="buffer",
                )
            )
            self.subscription.dispose()
            return
        self._tell_source()
        self._arrived.set()

    def _fail(self, raised: BaseException) -> bool:
        is_heard = self._end is None
        self.put_end(raised)
        return is_heard

    def _put_end(self, end: BaseException) -> None:
        self._end = self._end or end
        self._arrived.set()

    def _tell_source(self) -> None:
        self.scheduler.set_room(self._latest or self._end is not None or len(self._items) < self._capacity)

    async def take(self) -> T:
        while not self._items and self._end is None:
            self._arrived.clear()
            await self._arrived.wait()
        if self._items:
            item = self._items.popleft()
            self._tell_source()
            return item
        self._raise_end()

    def _raise_end(self) -> NoReturn:
        end, self._end = self._end, StopAsyncIteration()
        assert end is not None
        try:
            raise end
        finally:
            del end  # as in _Mailbox

    def close(self, end: Exception | None = None) -> None:
        """The reader leaves; `end` is what it gets if it reads on."""
        if not self._on_loop(self._close, end or StopAsyncIteration()):
            self.subscription.dispose()

    def _close(self, end: Exception) -> None:
        self._items.clear()
        self._end = end
        self._arrived.set()
        self._tell_source()
        self.subscription.dispose()
        self.scheduler.fail = lambda raised: False  # nobody waits any more; and the two would hold one another


class AsyncIteration(AsyncIterator[T]):
    """What `aiterate` returns: an async iterator, and an async context manager that disposes on leaving."""

    def __init__(self, source: Observable[T], capacity: int, latest: bool) -> None:
        self._source: Observable[T] | None = source
        self._capacity = capacity
        self._latest = latest
        self._mailbox: _AsyncMailbox[T] | None = None

    def _start(self) -> None:
        source, self._source = self._source, None
        if source is None:
            return
        loop = asyncio.get_running_loop()
        mailbox: _AsyncMailbox[T] = _AsyncMailbox(loop, self._capacity, latest=self._latest, flow=Flow.of(source))
        self._mailbox = mailbox
        try:
            mailbox.subscription.disposable = source.subscribe(
                mailbox.put,
                lambda error: mailbox.put_end(_as_raised(error)),
                mailbox.complete,
                scheduler=mailbox.scheduler,
            )
        except Exception as error:
            mailbox.put_end(_as_raised(error))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        self._start()
        if self._mailbox is None:
            raise StopAsyncIteration
        try:
            return await self._mailbox.take()
        except asyncio.CancelledError:
            self._mailbox.close(RuntimeError(CANCELLED))
            raise

    async def __aenter__(self) -> Self:
        self._start()
        return self

    async def __aexit__(self, *_raised: object) -> None:
        self.close()

    async def aclose(self) -> None:
        """Dispose the subscription; the iterator is at its end from now on."""
        self.close()

    def close(self) -> None:
        """`aclose()` from code that is not async; it may be called from any thread."""
        self._source = None
        if self._mailbox is not None:
            self._mailbox.close()

    def __del__(self) -> None:
        self.close()
