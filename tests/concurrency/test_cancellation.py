"""Cancelling a task at every one of its awaits, and at every await of the tasks that work for it.

A loop with its own task factory counts the suspensions of all tasks: the reader's, the source's, those of the SDK. At the n-th
the reader is cancelled, for every n until the scene is over before it comes to that.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI
from reactivex import operators as ops

import rxstruct as rxs
from rxstruct import sinks
from rxstruct.sources import pulling
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer
from tests.sources.clients import async_client, sync_client
from tests.tally import count

from .scenes import CUT, DELTAS, ORDER, PATIENCE_SECONDS, PIPELINES, TEXT, Log, Order, chat, nothing_left, responses

Scenario = Callable[[AsyncOpenAI, OpenAI], Coroutine[Any, Any, Any]]
MOST_AWAITS_TO_CLOSE = 5
"""Of all other tasks together, once the reader is gone: to read the answer on to its end would take many more."""

UNHURRIED = answer(TEXT, cut=CUT, speed=2000)
"""In many reads, so that there are many awaits."""

MESSAGES = [{"role": "user", "content": "Go"}]


async def chat_in_a_loop(client: AsyncOpenAI, _: OpenAI) -> Any:
    async for item in PIPELINES["partials"](chat(client)):
        last = item
    return last


async def responses_in_a_loop(client: AsyncOpenAI, _: OpenAI) -> Any:
    async with rxs.aiterate(PIPELINES["partials"](responses(client)), buffer=2) as items:
        async for item in items:
            last = item
            await asyncio.sleep(0)
    return last


async def branches_in_a_loop(client: AsyncOpenAI, _: OpenAI) -> Any:
    async for _item in PIPELINES["branches"](chat(client)):
        pass
    return ORDER


async def a_client_that_blocks(_: AsyncOpenAI, client: OpenAI) -> Any:
    return await PIPELINES["partials"](chat(client)).afinal()


async def asking(client: AsyncOpenAI, _: OpenAI) -> Any:
    return await rxs.ask(client, Order, model="any", messages=MESSAGES).afinal()


async def a_response_body(client: AsyncOpenAI, _: OpenAI) -> Any:
    async for _event in await sinks.ready(sinks.sse(PIPELINES["partials"](chat(client)))):
        pass
    return ORDER


async def two_readers(client: AsyncOpenAI, _: OpenAI) -> Any:
    shared = PIPELINES["partials"](chat(client)).pipe(rxs.share_latest())
    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(shared.afinal()) for _ in range(2)]
    return readers[1].result()


SCENARIOS: list[Scenario] = [
    chat_in_a_loop,
    responses_in_a_loop,
    branches_in_a_loop,
    a_client_that_blocks,
    asking,
    a_response_body,
    two_readers,
]


class Cancelling:
    """The task factory of a loop; it cancels one of the tasks at the n-th suspension of any."""

    def __init__(self, suspension: int) -> None:
        self.left = suspension
        self.victim: asyncio.Task[Any] | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(Watched(coroutine, self.suspended), loop=loop, **options)

    def suspended(self) -> None:
        self.left -= 1
        if self.left == 0 and self.victim is not None:
            self.victim.cancel()


class Watched(Coroutine[Any, Any, Any]):
    """A coroutine that says when it waits for something."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], suspended: Callable[[], None]) -> None:
        self.coroutine, self.suspended = coroutine, suspended

    def send(self, value: Any) -> Any:
        return self.waiting_for(self.coroutine.send(value))

    def throw(self, *thrown: Any) -> Any:
        return self.waiting_for(self.coroutine.throw(*thrown))

    def waiting_for(self, awaited: Any) -> Any:
        self.suspended()
        return awaited

    def close(self) -> None:
        self.coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.coroutine.__await__()


def run_cancelled(base_url: str, scenario: Scenario, suspension: int) -> bool:
    """Whether the reader was cancelled; it ends with that, or with its result, and no task is left."""

    async def main() -> bool:
        cancelling = Cancelling(suspension)
        loop = asyncio.get_running_loop()
        failures: list[Any] = []
        loop.set_exception_handler(lambda _, context: failures.append(context))
        loop.set_task_factory(cancelling)
        with sync_client(base_url, max_retries=0) as blocking:
            async with async_client(base_url, max_retries=0) as client:
                cancelling.victim = reader = loop.create_task(scenario(client, blocking))
                await asyncio.wait([reader], timeout=PATIENCE_SECONDS)
                was_reached = cancelling.left <= 0
                if not reader.cancelled():
                    assert reader.result() == ORDER
                before = cancelling.left
                others = asyncio.all_tasks() - {asyncio.current_task()}
                if others:
                    _, running = await asyncio.wait(others, timeout=PATIENCE_SECONDS)
                    assert not running
                assert before - cancelling.left <= MOST_AWAITS_TO_CLOSE, before - cancelling.left
        assert not failures
        return was_reached

    was_reached = asyncio.run(main())
    assert not pulling._running
    return was_reached


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_at_every_await(scenario: Scenario) -> None:
    """Wherever the reader is cancelled, it ends so, without a word in the loop's log; no task, thread or socket is left."""
    with nothing_left(), LoopbackServer(respond=lambda _: UNHURRIED) as server:
        suspension = 1
        while run_cancelled(server.base_url, scenario, suspension):
            suspension += 1
        assert suspension > 10
        count("cancellations, one at each await", suspension - 1)


# Cancelled by somebody else


async def cancelled_inside() -> AsyncIterator[str]:
    """Deltas of a source whose own helper is cancelled, as where a pool shuts down."""
    yield DELTAS[0]
    helper = asyncio.ensure_future(asyncio.Event().wait())
    asyncio.get_running_loop().call_soon(helper.cancel)
    await helper


def cancelled_on_a_thread() -> Iterator[str]:
    yield DELTAS[0]
    raise asyncio.CancelledError


@pytest.mark.parametrize("deltas", [cancelled_inside, cancelled_on_a_thread])
@pytest.mark.parametrize("name", PIPELINES)
def test_a_source_that_is_cancelled_by_what_it_waits_for(name: str, deltas: Callable[[], Any]) -> None:
    """A source whose own work is cancelled fails with `SourceFailed`, in a loop and for callbacks; nobody waits for more."""

    async def main() -> None:
        stream = PIPELINES[name](rxs.from_deltas(deltas))
        with pytest.raises(rxs.SourceFailed, match=r"(?i)cancelled") as raised:
            await stream.afinal()
        assert isinstance(raised.value.__cause__, asyncio.CancelledError)
        log, ended = Log(), asyncio.Event()
        stream.pipe(ops.finally_action(ended.set)).subscribe(log.on_next, log.on_error, log.on_completed)
        await ended.wait()
        assert [type(end) for end in log.ends] == [rxs.SourceFailed]

    asyncio.run(asyncio.wait_for(main(), PATIENCE_SECONDS))


@pytest.mark.parametrize(
    "operator", [ops.map, lambda fail: rxs.share_latest(lambda shared: shared.pipe(ops.map(fail)))]
)
def test_a_function_that_raises_a_cancellation(operator: Callable[[Any], Any]) -> None:
    """A function of the pipeline that raises CancelledError fails the stream; it does not cancel its reader."""

    def fail(item: Any) -> Any:
        raise asyncio.CancelledError

    async def main() -> None:
        with pytest.raises(rxs.SourceFailed, match="CancelledError"):
            await rxs.aiterate(rxs.from_deltas(cancelled_inside).pipe(operator(fail))).__anext__()

    asyncio.run(asyncio.wait_for(main(), PATIENCE_SECONDS))


def test_the_loop_of_a_shared_stream_ends() -> None:
    """When the loop that reads a shared source ends, readers on other threads hear of it, instead of waiting for ever."""

    async def deltas() -> AsyncIterator[str]:
        yield DELTAS[0]
        await asyncio.Event().wait()

    shared = rxs.from_deltas(deltas).pipe(rxs.share_latest())
    log, arrived = Log(), threading.Event()

    def read() -> None:
        try:
            for delta in shared:
                log.on_next(delta)
                arrived.set()
        except rxs.SourceFailed as error:
            log.on_error(error)

    async def main() -> None:
        shared.subscribe(lambda _: None)
        await asyncio.sleep(0)
        threading.Thread(target=read).start()
        assert await asyncio.to_thread(arrived.wait, PATIENCE_SECONDS)

    with nothing_left():
        asyncio.run(main())
        assert log.ended.wait(PATIENCE_SECONDS)
    assert log.items == DELTAS[:1]
    assert str(log.ends[0]) == "the source was cancelled, by what it waited for or with its event loop"
