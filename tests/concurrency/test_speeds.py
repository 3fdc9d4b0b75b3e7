"""Subscribers of one request that are not equally fast."""

from __future__ import annotations

import asyncio
import threading

import pytest
from openai import AsyncOpenAI

import rxstruct as rxs
from rxstruct.testing.server import LoopbackServer
from tests.sources.clients import async_client, sync_client

from .scenes import ANSWER, ORDER, PATIENCE_SECONDS, PIPELINES, chat, expected, nothing_left, partials


def test_a_slow_task_holds_no_fast_one_up() -> None:
    """On a loop the fast reader is done before the slow one has taken its second item; that one then gets the newest."""
    whole = expected(partials)

    async def main(client: AsyncOpenAI) -> None:
        shared = partials(chat(client)).pipe(rxs.share_latest())
        fast_is_done = asyncio.Event()

        async def fast() -> list[object]:
            items = [item async for item in shared]
            fast_is_done.set()
            return items

        async def slow() -> list[object]:
            items = []
            async with rxs.aiterate(shared, latest=True) as newest:
                async for item in newest:
                    items.append(item)
                    await fast_is_done.wait()
            return items

        fast_items, slow_items = await asyncio.wait_for(asyncio.gather(fast(), slow()), PATIENCE_SECONDS)
        assert fast_items == whole
        assert slow_items[-1] == ORDER
        assert len(slow_items) < len(whole)
        assert set(map(id, slow_items)) <= set(map(id, fast_items))

    async def with_client(base_url: str) -> None:
        async with async_client(base_url) as client:
            await main(client)

    with nothing_left(), LoopbackServer(ANSWER) as server:
        asyncio.run(with_client(server.base_url))
        assert len(server.requests) == 1


def test_a_slow_thread_holds_no_fast_one_up() -> None:
    """With threads it is the same: who reads the newest holds nobody back, and every reader ends with the whole."""
    whole = expected(partials)
    together, fast_is_done = threading.Barrier(2), threading.Event()
    slow_items: list[object] = []
    with nothing_left(), LoopbackServer(ANSWER) as server, sync_client(server.base_url) as client:
        shared = partials(chat(client)).pipe(rxs.share_latest())

        def read_slowly() -> None:
            with rxs.iterate(shared, latest=True) as newest:
                together.wait(PATIENCE_SECONDS)
                for item in newest:
                    slow_items.append(item)
                    assert fast_is_done.wait(PATIENCE_SECONDS)

        slow = threading.Thread(target=read_slowly)
        slow.start()
        together.wait(PATIENCE_SECONDS)
        fast_items = list(shared)
        fast_is_done.set()
        slow.join(PATIENCE_SECONDS)
    assert fast_items[-1] == slow_items[-1] == ORDER
    assert fast_items == whole[-len(fast_items) :]
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["changes", "shared"])
def test_a_slow_reader_of_pieces_loses_none(name: str) -> None:
    """What may not be dropped is held back instead: a reader with room for one item gets all of them."""
    with (
        nothing_left(),
        LoopbackServer(ANSWER) as server,
        sync_client(server.base_url) as client,
        rxs.iterate(PIPELINES[name](chat(client)), buffer=1) as items,
    ):
        assert list(items) == expected(PIPELINES[name])
