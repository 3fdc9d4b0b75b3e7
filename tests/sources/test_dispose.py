"""Leaving a source, at every point of its life: the server sees the request close, and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import reactivex as rx
from openai import AsyncOpenAI
from reactivex import operators as ops
from reactivex.scheduler import ImmediateScheduler, NewThreadScheduler, VirtualTimeScheduler

from rxstruct.errors import SourceFailed
from rxstruct.iteration import aiterate
from rxstruct.sources import from_openai, openai_events
from rxstruct.stream import Stream
from rxstruct.testing import faults
from rxstruct.testing.exchange import Reply
from rxstruct.testing.replies import answer, http_error
from rxstruct.testing.server import LoopbackServer

from .clients import async_client, sync_client

TEXT = "x" * 400
PATIENCE = 10  # seconds that a broken source may cost a test; a working one never uses them
REQUEST: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Go"}]}


def endless(after_events: int) -> Reply:
    """An answer that says so much, and then nothing more."""
    return faults.stall(answer(TEXT), after_events=after_events)


def stalled(reply: Reply, place: str) -> Reply:
    """The reply, standing still at a place."""
    match place:
        case "before the first byte":
            return faults.stall(reply)
        case "inside an event":
            return faults.stall(reply, after_bytes=700)
        case "between events":
            return faults.stall(reply, after_events=5)
        case _:
            return reply


STALLS = ["before the first byte", "inside an event", "between events"]


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """No thread outlives its test, and nothing that is collected has a warning to print (warnings are errors here)."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    gc.collect()


def closed(server: LoopbackServer) -> bool:
    """Whether the server saw its client leave in mid-answer."""
    return server.requests[0].disconnected.wait(PATIENCE)


# A sync client


def test_take_closes_the_request() -> None:
    """On the current thread `take` stops the reading at once: `subscribe` returns, and the server sees its client leave."""
    with LoopbackServer(endless(4)) as server, sync_client(server.base_url) as client:
        received: list[str] = []
        from_openai(client, **REQUEST).pipe(ops.take(2)).subscribe(received.append)
        assert received == ["xxxx", "xxxx"]
        assert closed(server)
        assert server.requests[0].sent_events == 4


def test_break_closes_the_request() -> None:
    """Leaving a `for` loop closes the request, though nothing more comes from it."""
    with LoopbackServer(endless(4)) as server, sync_client(server.base_url) as client:
        for _ in from_openai(client, **REQUEST):
            break
        assert closed(server)


@pytest.mark.parametrize("place", STALLS)
def test_dispose_from_another_thread(place: str) -> None:
    """Disposing wakes the thread that waits for the server, wherever in the answer that stands still; nothing is reported."""
    with LoopbackServer(stalled(answer(TEXT), place)) as server:
        client = sync_client(server.base_url, max_retries=0)
        ended: list[Any] = []
        arrived = threading.Event()
        stream = openai_events(client, **REQUEST)
        subscription = stream.subscribe(
            lambda _: arrived.set(), ended.append, lambda: ended.append("completed"), scheduler=NewThreadScheduler()
        )
        if place == "between events":
            assert arrived.wait(PATIENCE)
        await_request(server)
        subscription.dispose()
        assert closed(server)
        assert ended == []
        client.close()


def await_request(server: LoopbackServer) -> None:
    """Until the server has had the request."""
    deadline = threading.Event()
    while not server.requests:
        assert not deadline.wait(0.001)


def test_dispose_before_the_thread_has_begun() -> None:
    """Disposing at once after subscribing leaves no thread, and no request open."""
    with (
        LoopbackServer(endless(2)) as server,
        sync_client(server.base_url, max_retries=0) as client,
    ):
        openai_events(client, **REQUEST).subscribe(scheduler=NewThreadScheduler()).dispose()


def test_dispose_after_the_end() -> None:
    """Disposing what has ended does nothing, and the client works on."""
    with LoopbackServer(answer(TEXT), answer(TEXT)) as server:
        with sync_client(server.base_url) as client:
            subscription = from_openai(client, **REQUEST).subscribe()
            subscription.dispose()
            assert "".join(from_openai(client, **REQUEST)) == TEXT
        assert not any(request.disconnected.is_set() for request in server.requests)


def test_a_callback_that_raises_on_this_thread() -> None:
    """What a callback raises comes out of `subscribe` as it is, and the request is closed; `on_error` is not called."""
    failure = ValueError("mine")
    errors: list[Exception] = []

    def fail(_: str) -> None:
        raise failure

    with LoopbackServer(endless(4)) as server, sync_client(server.base_url) as client:
        with pytest.raises(ValueError, match="mine") as raised:
            from_openai(client, **REQUEST).subscribe(fail, errors.append)
        assert raised.value is failure
        assert errors == []
        assert closed(server)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, StopIteration, GeneratorExit])
def test_what_is_no_ordinary_error_comes_out(interrupt: type[BaseException]) -> None:
    """Ctrl-C and its like in a callback come out of `subscribe` too, and close the request."""

    def fail(_: str) -> None:
        raise interrupt

    with LoopbackServer(endless(4)) as server, sync_client(server.base_url) as client:
        with pytest.raises(interrupt):
            from_openai(client, **REQUEST).subscribe(fail)
        assert closed(server)


def test_each_subscription_is_a_request() -> None:
    """The stream is cold: nothing is asked before a subscription, and each one asks anew."""
    replies = answer("one"), answer("two")
    with LoopbackServer(*replies) as server, sync_client(server.base_url) as client:
        stream = from_openai(client, **REQUEST)
        assert server.requests == []
        assert ["".join(stream), "".join(stream)] == ["one", "two"]


def test_the_connection_is_used_again_after_an_interruption() -> None:
    """Cutting one request off leaves the client, and the requests that run beside it, unharmed."""
    with LoopbackServer(endless(2), answer(TEXT, speed=2000), answer(TEXT)) as server:
        with sync_client(server.base_url, max_retries=0) as client:
            arrived = threading.Event()
            first = from_openai(client, **REQUEST).subscribe(lambda _: arrived.set(), scheduler=NewThreadScheduler())
            assert arrived.wait(PATIENCE)
            received: list[str] = []
            dispose_first = ops.do_action(lambda _: first.dispose())
            from_openai(client, **REQUEST).pipe(dispose_first).subscribe(received.append)
            assert "".join(received) == TEXT
            assert "".join(from_openai(client, **REQUEST)) == TEXT
        assert closed(server)


# An async client


def run(server: LoopbackServer, scenario: Any) -> None:
    """Run `scenario(client)` on a new loop, and see that no task of ours is left when it ends."""

    async def main() -> None:
        async with async_client(server.base_url, max_retries=0) as client:
            await scenario(client)
            assert await asyncio.to_thread(closed, server)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    asyncio.run(main(), debug=True)


def test_async_break_closes_the_request() -> None:
    """Leaving an `async for` loop closes the request."""

    async def scenario(client: AsyncOpenAI) -> None:
        async for _ in from_openai(client, **REQUEST):
            break

    with LoopbackServer(endless(4)) as server:
        run(server, scenario)


def test_async_take_closes_the_request() -> None:
    """`take` inside the source's own task closes the request without cancelling what closes it."""

    async def scenario(client: AsyncOpenAI) -> None:
        completed = asyncio.Event()
        from_openai(client, **REQUEST).pipe(ops.take(2)).subscribe(on_completed=completed.set)
        await completed.wait()

    with LoopbackServer(endless(4)) as server:
        run(server, scenario)


@pytest.mark.parametrize("place", STALLS)
def test_async_dispose(place: str) -> None:
    """Disposing from the loop closes the request, wherever in the answer the server stands still."""
    ended: list[Any] = []

    async def scenario(client: AsyncOpenAI) -> None:
        subscription = openai_events(client, **REQUEST).subscribe(lambda _: None, ended.append, lambda: ended.append(1))
        await asyncio.to_thread(await_request, server)
        subscription.dispose()

    with LoopbackServer(stalled(answer(TEXT), place)) as server:
        run(server, scenario)
    assert ended == []


def test_async_dispose_from_another_thread() -> None:
    """Disposing from a thread that has no loop closes the request too."""

    async def scenario(client: AsyncOpenAI) -> None:
        arrived = asyncio.Event()
        subscription = from_openai(client, **REQUEST).subscribe(lambda _: arrived.set())
        await arrived.wait()
        await asyncio.to_thread(subscription.dispose)

    with LoopbackServer(endless(4)) as server:
        run(server, scenario)


def test_async_dispose_before_the_task_has_begun() -> None:
    """Disposing at once after subscribing makes no request at all."""

    async def main(base_url: str) -> None:
        async with async_client(base_url) as client:
            from_openai(client, **REQUEST).subscribe().dispose()
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == 1

    with LoopbackServer() as server:
        asyncio.run(main(server.base_url))
        assert server.requests == []


def test_cancelling_the_reader_closes_the_request() -> None:
    """Cancelling the task that reads the stream closes the request, and the task ends cancelled."""

    async def scenario(client: AsyncOpenAI) -> None:
        arrived = asyncio.Event()

        async def read() -> None:
            async for _ in from_openai(client, **REQUEST):
                arrived.set()

        task = asyncio.create_task(read())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with LoopbackServer(endless(4)) as server:
        run(server, scenario)


def test_a_timeout_around_the_reader_closes_the_request() -> None:
    """`asyncio.timeout` around a loop over a server that stands still ends it, and closes the request."""

    async def scenario(client: AsyncOpenAI) -> None:
        async def read() -> None:
            async with asyncio.timeout(None) as limit:
                async for _ in from_openai(client, **REQUEST):
                    limit.reschedule(0)

        with pytest.raises(TimeoutError):
            await read()

    with LoopbackServer(endless(4)) as server:
        run(server, scenario)


def test_the_end_of_the_loop_closes_the_request() -> None:
    """A subscription that is still running when its loop ends is closed with it, silently."""

    async def main(base_url: str) -> None:
        client = async_client(base_url)
        arrived = asyncio.Event()
        from_openai(client, **REQUEST).subscribe(lambda _: arrived.set())
        await arrived.wait()

    with LoopbackServer(endless(4)) as server:
        asyncio.run(main(server.base_url))
        assert closed(server)


def test_a_callback_that_raises_on_the_loop() -> None:
    """What a callback raises goes to the loop's exception handler as it is, and the request is closed."""
    failure = ValueError("mine")
    reported: list[BaseException] = []
    errors: list[Exception] = []

    def fail(_: str) -> None:
        raise failure

    async def scenario(client: AsyncOpenAI) -> None:
        told = asyncio.Event()

        def handler(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            reported.append(context["exception"])
            told.set()

        asyncio.get_running_loop().set_exception_handler(handler)
        from_openai(client, **REQUEST).subscribe(fail, errors.append)
        await told.wait()

    with LoopbackServer(endless(4)) as server:
        run(server, scenario)
    assert reported == [failure]
    assert errors == []


def test_an_error_that_nobody_handles(caplog: pytest.LogCaptureFixture) -> None:
    """Without `on_error` the loop logs one line, with what failed and what to do; a handler of one's own gets the error."""
    reported: list[dict[str, Any]] = []

    async def main(base_url: str) -> None:
        loop = asyncio.get_running_loop()
        async with async_client(base_url) as client:
            for handler in (None, lambda _, context: reported.append(context)):
                loop.set_exception_handler(handler)
                from_openai(client, **REQUEST).subscribe(lambda _: None)
                (reading,) = (task for task in asyncio.all_tasks() if task.get_name() == "rxstruct source")
                await asyncio.wait([reading])

    with LoopbackServer(http_error(400, "no"), http_error(400, "no")) as server, caplog.at_level("ERROR"):
        asyncio.run(main(server.base_url))
    (record,) = (record for record in caplog.records if record.name == "asyncio")
    line = record.getMessage()
    assert line.startswith("a stream failed, and its subscriber has no on_error: SourceFailed: ")
    assert line.endswith("; give subscribe one: subscribe(on_next, on_error)")
    assert "\n" not in line
    assert not record.exc_info
    (context,) = reported
    assert isinstance(context["exception"], SourceFailed)
    assert context["message"] == line


# A sync client on a loop


def test_a_sync_client_on_a_loop() -> None:
    """In `async for` a sync client is read on a worker thread and delivered on the loop; leaving closes the request."""

    async def main(base_url: str) -> None:
        loop_thread = threading.current_thread()
        with sync_client(base_url) as client:
            delivered: list[bool] = []
            note = ops.do_action(lambda _: delivered.append(threading.current_thread() is loop_thread))
            assert [delta async for delta in Stream(from_openai(client, **REQUEST).pipe(note).subscribe)] == [
                "xxxx"
            ] * 100
            assert delivered == [True] * 100
            async for _ in from_openai(client, **REQUEST):
                break
            assert await asyncio.to_thread(server.requests[1].disconnected.wait, PATIENCE)

    with LoopbackServer(answer(TEXT), endless(4)) as server:
        asyncio.run(main(server.base_url), debug=True)


# Leaving before anything was read


class Chunks:
    """Chunks as an SDK's own object gives them, sync or async, and whether they were closed."""

    def __init__(self) -> None:
        self.read = 0
        self.times_closed = 0

    def __next__(self) -> dict[str, Any]:
        self.read += 1
        return {"choices": [{"delta": {"content": "x"}}]}

    def close(self) -> None:
        self.times_closed += 1


class SyncChunks(Chunks):
    def __iter__(self) -> SyncChunks:
        return self


class AsyncChunks(Chunks):
    def __aiter__(self) -> AsyncChunks:
        return self

    async def __anext__(self) -> dict[str, Any]:
        return next(self)

    async def aclose(self) -> None:
        self.close()


def test_what_a_function_returned_is_closed_though_nothing_was_read() -> None:
    """Disposing closes what the function returned, also before its first item was read: a request that it has made is open."""
    chunks = SyncChunks()
    clock = VirtualTimeScheduler()
    from_openai(lambda: chunks).subscribe(scheduler=clock).dispose()
    clock.start()
    assert (chunks.read, chunks.times_closed) == (0, 1)
    chunks = SyncChunks()
    rx.amb(rx.just(1, scheduler=ImmediateScheduler()), from_openai(lambda: chunks)).subscribe()
    assert (chunks.read, chunks.times_closed) == (0, 1)


@pytest.mark.parametrize("kind", [SyncChunks, AsyncChunks])
def test_what_a_function_returned_is_closed_on_a_loop_though_nothing_was_read(kind: type[Chunks]) -> None:
    """So it is on an event loop, by an `async with` that is left at once, and by one that is left after an item only once."""
    chunks = kind()

    async def main(items: int) -> None:
        made = from_openai(lambda: chunks)
        async with aiterate(made, buffer=1) as deltas:
            for _ in range(items):
                await anext(deltas)
        while not chunks.times_closed:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(0), PATIENCE))
    assert (chunks.read, chunks.times_closed) == (0, 1)
    chunks = kind()
    asyncio.run(asyncio.wait_for(main(1), PATIENCE))
    assert chunks.times_closed == 1
