"""Callbacks that do what they should not: raise, block, dispose themselves, ask for more from inside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import reactivex as rx
from openai import AsyncOpenAI
from reactivex.scheduler import ImmediateScheduler, NewThreadScheduler
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.testing import faults
from rxstruct.testing.server import LoopbackServer
from tests.sources.clients import async_client, sync_client
from tests.tally import count

from .scenes import (
    ANSWER,
    DELTAS,
    ORDER,
    PATIENCE_SECONDS,
    PIPELINES,
    BlockingLog,
    Log,
    chat,
    expected,
    nothing_left,
    responses,
)

each_pipeline = pytest.mark.parametrize("name", [name for name in PIPELINES if name != "throttled"])


class Bug(Exception):
    """What a callback raises."""


class Raising(Log):
    """An observer that raises at an item."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def on_next(self, item: Any) -> None:
        super().on_next(item)
        if len(self.items) > self.at:
            raise Bug


@each_pipeline
def test_raising_at_any_item(name: str) -> None:
    """On the current thread the exception comes out of `subscribe`, whichever item it was; the next request is not harmed."""
    whole = expected(PIPELINES[name])
    with nothing_left(), LoopbackServer(respond=lambda _: ANSWER) as server, sync_client(server.base_url) as client:
        for at in range(0, len(whole), 2):
            log = Raising(at)
            with pytest.raises(Bug):
                PIPELINES[name](chat(client)).subscribe(log.on_next, log.on_error, log.on_completed)
            assert log.items == whole[: at + 1]
            assert log.ends == []
            count("callbacks that raise, dispose or ask for more")
        assert list(PIPELINES[name](chat(client))) == whole


@each_pipeline
def test_raising_at_any_item_on_a_loop(name: str) -> None:
    """On an event loop the exception goes to the loop's handler, once, whichever item it was."""
    whole = expected(PIPELINES[name])

    async def main(base_url: str) -> None:
        told: asyncio.Queue[BaseException] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.put_nowait(context["exception"]))
        async with async_client(base_url) as client:
            for at in range(0, len(whole), 2):
                log = Raising(at)
                PIPELINES[name](responses(client)).subscribe(log.on_next, log.on_error, log.on_completed)
                assert isinstance(await told.get(), Bug)
                assert log.items == whole[: at + 1]
                assert log.ends == []
                count("callbacks that raise, dispose or ask for more")
        assert told.empty()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with nothing_left(), LoopbackServer(respond=lambda _: ANSWER) as server:
        asyncio.run(main(server.base_url))


@each_pipeline
def test_disposing_itself_at_any_item(name: str) -> None:
    """A callback that disposes its own subscription gets nothing after that, though the loop goes on."""
    whole = expected(PIPELINES[name])

    async def main(client: AsyncOpenAI, at: int) -> None:
        log, disposed = Log(), asyncio.Event()

        def on_next(item: Any) -> None:
            log.on_next(item)
            if len(log.items) > at:
                subscription.dispose()
                disposed.set()

        subscription = PIPELINES[name](chat(client)).subscribe(on_next, log.on_error, log.on_completed)
        await disposed.wait()
        await rest_of_the_tasks()
        assert log.items == whole[: at + 1]
        assert log.ends == []
        count("callbacks that raise, dispose or ask for more")

    async def all_items(base_url: str) -> None:
        async with async_client(base_url) as client:
            for at in range(0, len(whole), 2):
                await main(client, at)

    with nothing_left(), LoopbackServer(respond=lambda _: ANSWER) as server:
        asyncio.run(all_items(server.base_url))


async def rest_of_the_tasks() -> None:
    """Until every other task of the loop has ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, running = await asyncio.wait(others, timeout=PATIENCE_SECONDS)
        assert not running


@each_pipeline
def test_asking_for_more_from_inside(name: str) -> None:
    """A callback may read another stream to its end, in a loop, and subscribe to one more; each is whole."""
    whole = expected(PIPELINES[name])
    outer, nested, inner = Log(), Log(), []

    def on_next(item: Any) -> None:
        outer.on_next(item)
        if len(outer.items) == 2:
            PIPELINES[name](chat(client)).subscribe(nested.on_next, nested.on_error, nested.on_completed)
            inner.extend(PIPELINES[name](responses(client)))

    with nothing_left(), LoopbackServer(respond=lambda _: ANSWER) as server, sync_client(server.base_url) as client:
        PIPELINES[name](chat(client)).subscribe(on_next, outer.on_error, outer.on_completed)
    assert outer.items == nested.items == inner == whole
    assert outer.ends == nested.ends == [None]
    count("callbacks that raise, dispose or ask for more")


@each_pipeline
def test_pushing_from_inside(name: str) -> None:
    """A callback that makes its own source go on gets every item once, in order, one call at a time."""
    whole = expected(PIPELINES[name])
    source: Subject[str] = Subject()
    rest = iter(DELTAS)
    log = Log()
    is_inside = False

    def push() -> None:
        delta = next(rest, None)
        if delta is None:
            source.on_completed()
        else:
            source.on_next(delta)

    def on_next(item: Any) -> None:
        nonlocal is_inside
        assert not is_inside
        is_inside = True
        log.on_next(item)
        push()
        push()
        is_inside = False

    PIPELINES[name](source).subscribe(on_next, log.on_error, log.on_completed)
    while not log.ends:
        push()
    assert log.items == whole
    assert log.ends == [None]
    count("callbacks that raise, dispose or ask for more")


def test_a_callback_that_blocks_holds_nobody_else_up() -> None:
    """While one stream's callback blocks on its thread, another stream of the same client is read to its end."""
    log = BlockingLog()
    with nothing_left(), LoopbackServer(respond=lambda _: ANSWER) as server, sync_client(server.base_url) as client:
        pipeline = PIPELINES["partials"]
        pipeline(chat(client)).subscribe(log.on_next, log.on_error, log.on_completed, scheduler=NewThreadScheduler())
        assert log.entered.wait(PATIENCE_SECONDS)
        assert pipeline(chat(client)).final() == ORDER
        assert len(log.items) == 1
        log.leave.set()
        assert log.ended.wait(PATIENCE_SECONDS)
    assert log.items == expected(pipeline)
    assert log.ends == [None]


def test_an_on_error_that_raises() -> None:
    """What `on_error` itself raises comes out of `subscribe`, and nothing stays behind."""

    def fail(error: Exception) -> None:
        raise Bug from error

    reply = faults.cut(ANSWER, after_events=5)
    with nothing_left(), LoopbackServer(reply) as server, sync_client(server.base_url) as client:
        with pytest.raises(Bug) as raised:
            PIPELINES["branches"](chat(client)).subscribe(on_error=fail)
        assert isinstance(raised.value.__cause__, rxs.SourceFailed)


async def numbers() -> AsyncIterator[int]:
    for number in range(100):
        yield number
        await asyncio.sleep(0)


@pytest.mark.parametrize("first_reader_leaves", [True, False])
def test_one_that_raises_beside_a_reader(first_reader_leaves: bool) -> None:
    """What a subscriber of a shared stream raises goes to the loop's handler, be the reader that began it there or gone."""

    def fail(item: int) -> None:
        if item > 5:
            raise Bug

    async def main() -> None:
        told: asyncio.Queue[BaseException] = asyncio.Queue()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.put_nowait(context["exception"]))
        shared = rxs.from_deltas(numbers).pipe(rxs.share_latest())
        reader = rxs.aiterate(shared)
        assert await anext(reader) == 0
        shared.subscribe(fail)
        if first_reader_leaves:
            reader.close()
        else:
            with pytest.raises(rxs.SourceFailed, match="another subscriber of share_latest") as raised:
                [number async for number in reader]
            assert isinstance(raised.value.__cause__, Bug)
        assert isinstance(await told.get(), Bug)

    asyncio.run(asyncio.wait_for(main(), PATIENCE_SECONDS))


def test_what_is_raised_before_a_shared_stream_ends_all_its_readers() -> None:
    """What is raised between a shared source and its readers, none of which is there for it, ends each of them."""

    def fail(item: int) -> int:
        raise asyncio.CancelledError

    async def main() -> None:
        shared = rxs.from_deltas(numbers).pipe(rxs.stop_when(fail), rxs.share_latest())
        readers = [asyncio.ensure_future(shared.afinal()) for _ in range(2)]
        for result in await asyncio.gather(*readers, return_exceptions=True):
            assert isinstance(result, rxs.SourceFailed)

    asyncio.run(asyncio.wait_for(main(), PATIENCE_SECONDS))


def test_a_slow_reader_does_not_set_the_pace_of_a_shared_stream() -> None:
    """While the reader that began a shared stream does not read on, another reads to the end."""

    async def main() -> None:
        shared = rxs.from_deltas(numbers).pipe(rxs.share_latest())
        async with rxs.aiterate(shared, buffer=2) as slow:
            await anext(slow)
            assert await shared.afinal() == 99

    asyncio.run(asyncio.wait_for(main(), PATIENCE_SECONDS))


def test_what_its_caller_has_handled_is_not_raised_again() -> None:
    """An exception that the code between two streams has caught stays caught; one that only reactivex has caught comes out."""
    handled: list[int] = []

    def fail(_: Any) -> None:
        raise Bug

    def on_next(number: int) -> None:
        source: Subject[str] = Subject()
        PIPELINES["partials"](source).subscribe(fail)
        for push in (
            lambda: source.on_next(DELTAS[0]),
            lambda: PIPELINES["partials"](rxs.from_deltas(DELTAS)).subscribe(fail, scheduler=ImmediateScheduler()),
        ):
            with suppress(Bug):
                push()
        handled.append(number)

    rx.of(1, 2, 3).subscribe(on_next)
    assert handled == [1, 2, 3]
    with pytest.raises(Bug):
        PIPELINES["partials"](rx.from_iterable(DELTAS)).subscribe(fail)
