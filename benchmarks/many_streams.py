"""A thousand streams at once on one event loop: all complete, all equal to what was sent, and what each one holds in memory.

Run `python -m benchmarks.many_streams [STREAMS]`. Real HTTP on loopback to a server in another process, which holds every answer
back until all of them have begun; so all streams are open at once, each with a document half read.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import resource
import sys
import threading
import time
from multiprocessing.connection import Connection
from random import Random
from typing import Any

import httpx2
from openai import AsyncOpenAI

import rxstruct as rxs
from rxstruct.testing import faults
from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

from .documents import KB, cut, report
from .models import Report

STREAMS = 1000
LENGTH = 4 * KB
EVENTS_BEFORE_THE_WAIT = 40


def report_of(number: int) -> Report:
    """What the stream of a number brings."""
    return Report.model_validate(report(Random(number), LENGTH))


def serve(channel: Connection) -> None:
    """In a process of its own: answers with the report of the number that is the request's model."""
    go_on = threading.Event()

    def respond(request: ReceivedRequest) -> Reply:
        whole = answer(report_of(int(request.body["model"])).model_dump(), cut=cut)
        return faults.stall(whole, after_events=EVENTS_BEFORE_THE_WAIT, until=go_on)

    with LoopbackServer(respond=respond) as server:
        channel.send(server.base_url)
        channel.recv()
        go_on.set()
        channel.recv()


async def measure(base_url: str, streams: int, channel: Connection) -> None:
    """Open all streams, look at the memory, let them end, and check each."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    http_client = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(None), verify=False)
    async with AsyncOpenAI(base_url=base_url, api_key="none", http_client=http_client) as client:
        partial = asyncio.Semaphore(0)

        async def read(number: int) -> tuple[int, Report]:
            last: Any = None
            count = 0
            messages: Any = [{"role": "user", "content": "Go"}]
            async for item in rxs.partials(client, Report, model=str(number), messages=messages):
                last = item
                count += 1
                if count == EVENTS_BEFORE_THE_WAIT // 2:
                    partial.release()
            return count, last

        gc.collect()
        resident = resident_bytes()
        wall, cpu = time.perf_counter(), time.process_time()
        tasks = [asyncio.create_task(read(number)) for number in range(streams)]
        for _ in range(streams):
            await partial.acquire()
        gc.collect()
        resident = resident_bytes() - resident
        channel.send("go on")
        results = await asyncio.gather(*tasks)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    for number, (_, last) in enumerate(results):
        assert last == report_of(number), number
    partials = sum(count for count, _ in results)
    print(f"{streams} streams, {partials} partials: all complete and equal to what was sent")
    print(f"{wall:.1f} s, {cpu:.1f} s of CPU time, {cpu / partials * 1e6:.0f} µs per partial")
    print(f"{resident / streams / 1024:.0f} KB of memory per open stream, connection included")


def resident_bytes() -> int:
    """The memory of this process."""
    with open("/proc/self/statm") as figures:
        return int(figures.read().split()[1]) * resource.getpagesize()


def main(streams: int = STREAMS) -> None:
    """Print the figures."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * streams)), hard))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,))
    process.start()
    try:
        asyncio.run(measure(ours.recv(), streams, ours))
        ours.send("stop")
    finally:
        process.join()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
