"""Many streams open at once in one process, over loopback HTTP: typed partials beside the SDK's own iteration, without any.

The server is another process (see `many_streams.py`), and holds every answer back until all have begun. What is counted is this
process's CPU time, connections included: how many deltas a core of a server can take in.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import httpx2
from openai import AsyncOpenAI

import rxstruct as rxs

from .lines import Line, at_least
from .many_streams import EVENTS_BEFORE_THE_WAIT, STREAMS, report_of, serve
from .models import Report

TITLE = "Many streams in one process"
BOUND = 2.0
HAS_BEGUN = EVENTS_BEFORE_THE_WAIT // 2
MESSAGES: Any = [{"role": "user", "content": "Go"}]

Read = Callable[[AsyncOpenAI, int, Callable[[], None]], Awaitable[tuple[int, Report]]]
"""Reads the stream of a number; calls back once it has begun; returns how many items there were, and the document."""


class Total(NamedTuple):
    """What all streams together took."""

    items: int
    seconds: float


def lines(quick: bool) -> Iterator[Line]:
    """1,000 streams of 4 KB each; 20 in quick mode."""
    streams = 20 if quick else STREAMS
    sdk, ours = total_of(sdk_chunks, streams), total_of(our_partials, streams)
    deltas = sdk.items  # one for each chunk; of partials there may be fewer, because a slow reader gets the newest
    details = f"{deltas / ours.seconds:,.0f} and {deltas / sdk.seconds:,.0f} deltas per second of CPU time"
    what = f"{streams:,} streams at once, a typed partial on every delta, vs the SDK's own iteration without partials"
    yield at_least(what, sdk.seconds / ours.seconds, BOUND, details)


async def sdk_chunks(client: AsyncOpenAI, number: int, has_begun: Callable[[], None]) -> tuple[int, Report]:
    """The SDK's chunk objects, and their text."""
    pieces: list[str] = []
    async for chunk in await client.chat.completions.create(model=str(number), messages=MESSAGES, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            pieces.append(chunk.choices[0].delta.content)
            if len(pieces) == HAS_BEGUN:
                has_begun()
    return len(pieces), Report.model_validate_json("".join(pieces))


async def our_partials(client: AsyncOpenAI, number: int, has_begun: Callable[[], None]) -> tuple[int, Report]:
    """Typed partials, in the pull style."""
    count = 0
    last: Any = None
    async for partial in rxs.partials(client, Report, model=str(number), messages=MESSAGES):
        last = partial
        count += 1
        if count == HAS_BEGUN:
            has_begun()
    return count, last


def total_of(read: Read, streams: int) -> Total:
    """Read all streams from a server of their own."""
    context = multiprocessing.get_context("spawn")
    channel, servers_end = context.Pipe()
    process = context.Process(target=serve, args=(servers_end,))
    process.start()
    try:
        total = asyncio.run(read_all(read, streams, channel.recv(), lambda: channel.send("go on")))
        channel.send("stop")
        return total
    finally:
        process.join()


async def read_all(read: Read, streams: int, base_url: str, go_on: Callable[[], None]) -> Total:
    """All streams at once; each document is compared with what was sent."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    http_client = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(None), verify=False)
    async with AsyncOpenAI(base_url=base_url, api_key="none", http_client=http_client) as client:
        begun = asyncio.Semaphore(0)
        start = time.process_time()
        tasks = [asyncio.ensure_future(read(client, number, begun.release)) for number in range(streams)]
        for _ in range(streams):
            await begun.acquire()
        go_on()
        results = await asyncio.gather(*tasks)
        seconds = time.process_time() - start
    for number, (_, document) in enumerate(results):
        if document != report_of(number):
            raise AssertionError(f"stream {number} did not end with what was sent")
    return Total(sum(count for count, _ in results), seconds)


__all__ = ["TITLE", "lines"]
