"""Streams, and any Observable, in `for` and `async for` loops."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import Disposable
from reactivex.internal.exceptions import SequenceContainsNoElementsError
from reactivex.subject import Subject

from rxstruct.errors import LimitExceeded
from rxstruct.iteration import AsyncIteration, ReaderScheduler, aiterate, iterate
from rxstruct.operators import share_latest, throttle_latest
from rxstruct.sources import from_deltas, from_recording, record
from rxstruct.stream import Flow, Stream

T = TypeVar("T")


class Source:
    """Numbers from 1 on, on the current thread's trampoline, with what was read and disposed."""

    def __init__(self, count: int = 1_000_000, end: Exception | None = None) -> None:
        self.read = 0
        self.disposed = threading.Event()
        self.requests = 0
        self._count, self._end = count, end

    def _numbers(self) -> Iterator[int]:
        for number in range(1, self._count + 1):
            self.read = number
            yield number
        if self._end is not None:
            raise self._end

    def stream(self, flow: Flow = Flow.EVENTS) -> Stream[int]:
        def subscribe(
            observer: abc.ObserverBase[int], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            self.requests += 1
            subscription = rx.from_iterable(self._numbers()).subscribe(observer, scheduler=scheduler)

            def dispose() -> None:
                subscription.dispose()
                self.disposed.set()

            return Disposable(dispose)

        return Stream(subscribe, flow=flow)


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine, and fail instead of hanging."""

    async def limited() -> T:
        return await asyncio.wait_for(main(), 20)

    return asyncio.run(limited())


# -- for ---------------------------------------------------------------------------------------------------------------


def test_a_for_loop_reads_to_the_end() -> None:
    """A `for` loop gets every item in order, and ends with the stream; the next loop subscribes anew."""
    source = Source(3)
    stream = source.stream()
    assert list(stream) == [1, 2, 3]
    assert list(stream) == [1, 2, 3]
    assert source.requests == 2


def test_any_observable_can_be_read() -> None:
    """`iterate` reads a plain Observable, as an iterator or in a `with`."""
    with iterate(rx.of(1, 2)) as numbers:
        assert next(numbers) == 1
        assert next(numbers) == 2
        with pytest.raises(StopIteration):
            next(numbers)
    assert list(iterate(rx.empty())) == []


def test_nothing_is_requested_before_the_first_turn() -> None:
    """Making the iterator subscribes to nothing."""
    source = Source()
    iterate(source.stream())
    assert source.requests == 0


def test_errors_come_out_as_they_are_after_the_items() -> None:
    """The stream's error is raised by the loop, as the same object, after every item before it."""
    error = ValueError("foreign")
    items = []
    with pytest.raises(ValueError, match="foreign") as raised:
        items.extend(Source(2, error).stream())
    assert raised.value is error
    assert items == [1, 2]


def test_an_error_in_subscribing_comes_out_too() -> None:
    """Where `subscribe` itself raises, so does the loop, instead of waiting for ever."""

    def subscribe(observer: object, scheduler: object = None) -> abc.DisposableBase:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(iterate(Observable(subscribe)))


@pytest.mark.parametrize("error", [StopIteration("x"), StopAsyncIteration("x")])
def test_an_error_that_looks_like_the_end_is_one(error: Exception) -> None:
    """A stream that fails with StopIteration does not pass for complete."""
    with pytest.raises(RuntimeError, match="which a loop would take for its end"):
        list(iterate(rx.throw(error)))


def test_break_disposes() -> None:
    """Leaving the loop early disposes at once."""
    source = Source()
    for number in source.stream():
        if number == 3:
            break
    assert source.disposed.wait(10)
    assert source.read < 1_000_000


def test_an_exception_in_the_loop_disposes() -> None:
    """An exception in the loop's body disposes, before anybody has handled it."""
    source = Source()

    def loop() -> None:
        for number in source.stream():
            number / 0

    with pytest.raises(ZeroDivisionError):
        loop()
    assert source.disposed.wait(10)


def test_leaving_with_disposes() -> None:
    """So does leaving the `with`, while the iterator is still there."""
    source = Source()
    with iterate(source.stream()) as numbers:
        next(numbers)
    assert source.disposed.wait(10)
    assert list(numbers) == []


def test_ctrl_c_in_a_waiting_loop_disposes() -> None:
    """Ctrl-C while the loop waits for the next item raises KeyboardInterrupt there, and disposes."""
    disposed = threading.Event()

    def subscribe(observer: abc.ObserverBase[int], scheduler: object = None) -> abc.DisposableBase:
        observer.on_next(1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return Disposable(disposed.set)

    with pytest.raises(KeyboardInterrupt):
        for _ in iterate(Observable(subscribe)):
            pass
    assert disposed.wait(10)


def test_a_full_buffer_holds_the_source_back() -> None:
    """The source is never further ahead of the loop than the buffer is long, and one more in its hands."""
    source = Source(200)
    ahead = []
    with iterate(source.stream(), buffer=4) as numbers:
        for number in numbers:
            ahead.append(source.read - number)
    assert len(ahead) == 200
    assert max(ahead) <= 5


def test_latest_skips_what_the_loop_is_too_slow_for() -> None:
    """With `latest=True` the loop gets the newest item, and the last one always."""
    source: Subject[int] = Subject()
    with iterate(Stream(source.subscribe, flow=Flow.STATE), latest=True) as numbers:
        while not source.observers:
            pass
        for number in range(1, 101):
            source.on_next(number)
        source.on_completed()
        assert list(numbers) == [100]


def test_latest_is_refused_where_items_are_pieces() -> None:
    """After `text`, `elements` and `changes` it would lose something, and says so."""
    pieces: Stream[str] = Stream(flow=Flow.PIECES)
    for read in (iterate, aiterate):
        with pytest.raises(ValueError, match="would lose items"):
            read(pieces, latest=True)
        with pytest.raises(ValueError, match="give a whole number of 1 or more"):
            read(pieces, buffer=0)


def test_the_context_of_the_loop_is_that_of_the_source() -> None:
    """Context variables (a trace, say) are seen on the source's own thread."""
    name = contextvars.ContextVar("name", default="lost")
    name.set("kept")
    assert list(iterate(rx.defer(lambda _: rx.of(name.get())))) == ["kept"]


def test_final_is_the_last_item() -> None:
    """`final()` waits for the completion and gives the last item; it raises the error, or says that there was none."""
    assert Source(3).stream().final() == 3
    with pytest.raises(ValueError, match="foreign"):
        Source(3, ValueError("foreign")).stream().final()
    with pytest.raises(SequenceContainsNoElementsError):
        Stream(rx.empty().subscribe).final()


# -- async for ---------------------------------------------------------------------------------------------------------


def test_an_async_for_loop_reads_to_the_end() -> None:
    """An `async for` loop gets every item in order, and ends with the stream."""

    async def main() -> tuple[list[int], list[int]]:
        stream = Source(3).stream()
        async with aiterate(rx.of(4, 5)) as numbers:
            return [number async for number in stream], [number async for number in numbers]

    assert run(main) == ([1, 2, 3], [4, 5])


def test_async_errors_come_out_as_they_are_after_the_items() -> None:
    """The stream's error is raised by the loop, as the same object, after every item before it."""
    error = ValueError("foreign")
    items = []

    async def main() -> None:
        async for item in Source(2, error).stream():
            items.append(item)

    with pytest.raises(ValueError, match="foreign") as raised:
        run(main)
    assert raised.value is error
    assert items == [1, 2]


def test_awaiting_gives_the_last_item() -> None:
    """`await stream.afinal()`, and `await stream` for short, give the last item."""

    async def main() -> tuple[int, int]:
        stream = Source(3).stream()
        return await stream.afinal(), await stream

    assert run(main) == (3, 3)


class Ticks:
    """A source that awaits between items, as an async client does; it asks for room where its reader can give it."""

    def __init__(self, count: int, *, pauses: bool) -> None:
        self.sent = 0
        self.disposed = False
        self._count, self._pauses = count, pauses

    def stream(self, flow: Flow = Flow.EVENTS) -> Stream[int]:
        def subscribe(
            observer: abc.ObserverBase[int], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            async def work() -> None:
                for number in range(1, self._count + 1):
                    if self._pauses and isinstance(scheduler, ReaderScheduler):
                        await scheduler.room()
                    self.sent = number
                    observer.on_next(number)
                    await asyncio.sleep(0)
                observer.on_completed()

            task = asyncio.get_running_loop().create_task(work())

            def dispose() -> None:
                self.disposed = True
                task.cancel()

            return Disposable(dispose)

        return Stream(subscribe, flow=flow)


async def slowly(numbers: AsyncIterator[int], each: Callable[[int], None]) -> None:
    """Read, letting the loop do ten other things after each item."""
    async for number in numbers:
        each(number)
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.mark.parametrize("flow", list(Flow))
def test_a_full_buffer_pauses_a_source_that_can_pause(flow: Flow) -> None:
    """A source that asks for room is never further ahead than the buffer is long, and nothing is lost."""
    ticks = Ticks(100, pauses=True)
    ahead: list[int] = []
    run(lambda: slowly(aiterate(ticks.stream(flow), buffer=4), lambda number: ahead.append(ticks.sent - number)))
    assert len(ahead) == 100
    assert max(ahead) <= 4


def test_a_full_buffer_conflates_states() -> None:
    """Snapshots and partials of a source that can't pause are conflated: the newest stands for those it overtakes."""
    seen: list[int] = []
    run(lambda: slowly(aiterate(Ticks(100, pauses=False).stream(Flow.STATE), buffer=4), seen.append))
    assert seen == sorted(set(seen))
    assert len(seen) < 100
    assert seen[-1] == 100


@pytest.mark.parametrize("flow", list(Flow))
def test_a_source_beside_one_that_pauses_is_limited(flow: Flow) -> None:
    """What can't pause has no more room beside a source that can: its items are conflated, or end the loop with LimitExceeded."""
    ticks = Ticks(100, pauses=True)
    other: Subject[int] = Subject()
    merged = rx.merge(ticks.stream(), other)
    both: Stream[int] = Stream(
        lambda observer, scheduler=None: merged.subscribe(observer, scheduler=scheduler), flow=flow
    )

    async def main() -> list[int]:
        async with aiterate(both, buffer=4) as numbers:
            while ticks.sent < 4:
                await asyncio.sleep(0)
            for number in range(1000, 2000):
                other.on_next(number)
            other.on_completed()
            return [number async for number in numbers]

    if flow is Flow.STATE:
        assert run(main)[:5] == [1, 2, 3, 1999, 5]
    else:
        with pytest.raises(LimitExceeded, match="4 items are waiting"):
            run(main)


@pytest.mark.parametrize("flow", [Flow.EVENTS, Flow.PIECES])
def test_a_full_buffer_of_anything_else_is_an_error(flow: Flow) -> None:
    """What may not be dropped, from a source that can't pause: the items that fit, then LimitExceeded; the source is disposed."""
    ticks = Ticks(100, pauses=False)
    seen: list[int] = []
    with pytest.raises(LimitExceeded, match="raise buffer="):
        run(lambda: slowly(aiterate(ticks.stream(flow), buffer=4), seen.append))
    assert seen == list(range(1, len(seen) + 1))
    assert ticks.disposed


def test_async_latest_conflates_without_pausing() -> None:
    """With `latest=True` a source is never paused: the loop gets the newest item, and the last one always."""
    ticks = Ticks(100, pauses=True)
    seen: list[int] = []
    run(lambda: slowly(aiterate(ticks.stream(), latest=True), seen.append))
    assert len(seen) < 50
    assert seen == sorted(set(seen))
    assert seen[-1] == 100


def test_leaving_an_async_for_loop_disposes() -> None:
    """`break` disposes at once, without `async with` and before the loop runs again."""

    async def main() -> bool:
        ticks = Ticks(100, pauses=True)
        async for number in ticks.stream():
            if number == 3:
                break
        return ticks.disposed

    assert run(main)


def test_cancelling_the_task_disposes() -> None:
    """A task that is cancelled while it waits for the next item disposes."""

    async def main() -> bool:
        disposed = asyncio.Event()

        async def read() -> None:
            async for _ in aiterate(Observable(lambda observer, scheduler=None: Disposable(disposed.set))):
                pass

        task = asyncio.get_running_loop().create_task(read())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return disposed.is_set() and task.cancelled()

    assert run(main)


def test_reading_on_after_a_timeout_is_an_error() -> None:
    """A turn that is cancelled disposes; reading on says so once, and does not pass for the stream's completion."""

    async def main() -> None:
        source: Subject[int] = Subject()
        numbers = aiterate(source)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(numbers)
        assert not source.observers
        with pytest.raises(RuntimeError, match="was cancelled, by a timeout, say"):
            await anext(numbers)
        with pytest.raises(StopAsyncIteration):
            await anext(numbers)

    run(main)


@pytest.mark.parametrize("leave", [AsyncIteration.close, lambda numbers: None], ids=["closing", "dropping"])
def test_leaving_after_the_loop_has_closed_disposes(leave: Callable[[AsyncIteration[int]], None]) -> None:
    """Closing or dropping the iterator disposes, too, when its event loop is no more; what still comes is nobody's."""
    source: Subject[int] = Subject()

    async def begin() -> AsyncIteration[int]:
        return await aiterate(source).__aenter__()

    numbers = run(begin)
    assert source.observers
    source.on_next(1)
    leave(numbers)
    del numbers
    assert not source.observers


def test_a_reader_that_leaves_does_not_keep_a_shared_source_paused() -> None:
    """A source that waits for the room of a reader who is gone goes on for the others."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        numbers = aiterate(Stream[int](lambda observer, scheduler=None: taken.append((observer, scheduler))), buffer=1)
        async with numbers:
            ((observer, scheduler),) = taken
            assert isinstance(scheduler, ReaderScheduler)
            assert scheduler.loop is loop
            await scheduler.room()
            observer.on_next(1)
            waiting = loop.create_task(scheduler.room())
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting

    taken: list[Any] = []
    run(main)


def test_items_from_other_threads_are_delivered_on_the_loop() -> None:
    """What a thread emits reaches the loop that reads, in order."""

    async def main() -> list[int]:
        def subscribe(observer: abc.ObserverBase[int], scheduler: object = None) -> abc.DisposableBase:
            def work() -> None:
                for number in range(100):
                    observer.on_next(number)
                observer.on_completed()

            threading.Thread(target=work).start()
            return Disposable()

        return [number async for number in aiterate(Observable(subscribe))]

    assert run(main) == list(range(100))


def broken(source: Observable[Any]) -> Observable[Any]:
    """An operator whose own callback raises KeyError for what is not 0."""

    def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        return source.subscribe(
            lambda item: observer.on_next({0: 0}[item]), observer.on_error, observer.on_completed, scheduler=scheduler
        )

    return Observable(subscribe)


TIMED: dict[str, Callable[[Observable[int]], Observable[Any]]] = {
    "throttle_latest": throttle_latest(0.001),
    "share_latest": lambda source: source.pipe(ops.delay(0.001), share_latest()),
    "delay": ops.delay(0.001),
}


@pytest.mark.parametrize("name", ["throttle_latest", "from_recording"])
def test_what_a_pipeline_raises_on_a_timer_comes_out_of_a_loop(name: str, tmp_path: Path) -> None:
    """What an operator raises on a timer's thread ends the loop, too, and never leaves the reader waiting."""
    path = tmp_path / "a.jsonl"
    from_deltas(["a"]).pipe(record(path)).subscribe()
    source = TIMED[name](rx.concat(rx.of(0, 1), rx.never())) if name in TIMED else from_recording(path)
    with pytest.raises(KeyError):
        list(iterate(source.pipe(broken)))


@pytest.mark.parametrize("name", TIMED)
def test_what_a_pipeline_raises_on_a_timer_comes_out_of_an_async_loop(name: str) -> None:
    """So it does where a timer made the call, of this library or of reactivex, which nobody waits for."""

    async def main() -> None:
        numbers = aiterate(TIMED[name](rx.concat(rx.of(0, 1), rx.never())).pipe(broken))
        assert await anext(numbers) == 0
        with pytest.raises(KeyError):
            await anext(numbers)

    run(main)


def test_what_a_pipeline_raises_comes_out_of_an_async_loop() -> None:
    """An operator's own failure ends the loop with that exception, and never leaves the reader waiting."""

    async def deltas() -> AsyncIterator[str]:
        yield '{"name":'
        yield '"Ada"}'

    async def read() -> None:
        async with asyncio.timeout(10):
            async for _ in aiterate(from_deltas(deltas).pipe(broken)):
                pass

    with pytest.raises(KeyError):
        asyncio.run(read())
