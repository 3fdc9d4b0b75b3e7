"""Run the scenes in batches, and look after each at what is left: threads, sockets, tasks, objects, memory.

The server is a process of its own, so that this one holds nothing but clients and their streams.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import psutil

from rxstruct.incremental import JsonSnapshot
from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.server import LoopbackServer
from tests.sources.clients import async_client, sync_client

from .reading import read_async, read_sync
from .scenes import Report, Scene, respond, scene

BATCH = 100
THREADS = 4
MORE_OBJECTS = 500
MORE_BYTES = 25_000_000
"""jiter and pydantic each keep up to 16,384 short strings, which takes some thousand streams to fill."""

PATIENCE_SECONDS = 60
"""For an answer to come, and for what is on its way out to be gone; a working process never takes so long."""


@dataclass(frozen=True)
class Memory:
    """What the process holds, after a full collection."""

    bytes: int
    blocks: int
    objects: int

    @classmethod
    def now(cls) -> Memory:
        gc.collect()
        return cls(psutil.Process().memory_info().rss, sys.getallocatedblocks(), len(gc.get_objects()))


@dataclass
class Soaked:
    """What was seen; `samples` holds the memory after so many streams, `peak` the most without a collection."""

    streams: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    samples: dict[int, Memory] = field(default_factory=dict)
    peak: int = 0


def soak(streams: int, samples: int = 10) -> Soaked:
    """Read so many streams, each of them checked, and sample the memory so many times on the way."""
    soaked = Soaked()
    with server() as base_url:
        threads, sockets = set(threading.enumerate()), open_sockets()
        while soaked.streams < streams:
            read_batch(base_url, range(soaked.streams, min(soaked.streams + BATCH, streams)), soaked)
            soaked.leaks += left_behind(threads, sockets)
            if soaked.streams % max(streams // samples, BATCH) == 0:
                soaked.samples[soaked.streams] = Memory.now()
                soaked.leaks += [f"an object: {found!r:.200}" for found in instances()]
    if len(soaked.samples) > 1:
        soaked.leaks += growth(*soaked.samples.values())
    return soaked


def growth(warm: Memory, *later: Memory) -> list[str]:
    """What the last sample has more than the first, beyond what the caches of the parsers are allowed."""
    objects, size = later[-1].objects - warm.objects, later[-1].bytes - warm.bytes
    leaks = [f"{objects:,} objects more"] if objects > MORE_OBJECTS else []
    return leaks + ([f"{size / 1e6:.1f} MB more"] if size > MORE_BYTES else [])


def read_batch(base_url: str, numbers: range, soaked: Soaked) -> None:
    scenes = [scene(number) for number in numbers]
    read_on_threads(base_url, scenes[::2])
    asyncio.run(read_on_a_loop(base_url, scenes[1::2]))
    soaked.streams += len(scenes)
    soaked.endings.update(each.ending.name for each in scenes)
    soaked.peak = max(soaked.peak, psutil.Process().memory_info().rss)


def read_on_threads(base_url: str, scenes: list[Scene]) -> None:
    with (
        sync_client(base_url, max_retries=0, timeout=PATIENCE_SECONDS) as client,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for done in [pool.submit(read_sync, each, client) for each in scenes]:
            done.result()


async def read_on_a_loop(base_url: str, scenes: list[Scene]) -> None:
    """All at once; one in five with a sync client."""
    async with async_client(base_url, max_retries=0, timeout=PATIENCE_SECONDS) as client:
        with sync_client(base_url, max_retries=0, timeout=PATIENCE_SECONDS) as other:
            await asyncio.gather(*(read_async(each, client if each.number % 5 else other) for each in scenes))
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=PATIENCE_SECONDS)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def left_behind(threads_before: set[threading.Thread], sockets_before: set[Any]) -> list[str]:
    """Threads and sockets that should be gone. (Tasks are looked for on their loop.)"""
    threads = set(threading.enumerate()) - threads_before
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    leaks = [f"a thread: {thread.name}" for thread in threads if thread.is_alive()]
    return leaks + [f"a socket: {each}" for each in open_sockets() - sockets_before]


def open_sockets() -> set[Any]:
    return {(each.fd, each.laddr) for each in psutil.Process().net_connections("tcp")}


def instances() -> list[Any]:
    """Documents and partials that are still alive, though nobody should hold them."""
    return [found for found in gc.get_objects() if type(found) in (JsonSnapshot, Report)]


@contextmanager
def server() -> Iterator[str]:
    """A loopback server in a process of its own; gives its `base_url`."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    process.start()
    there.close()  # so that a server that could not start is an error here, not silence
    try:
        yield here.recv()
    finally:
        here.send("end")
        process.join()


def serve(channel: Connection) -> None:
    def respond_and_forget(request: ReceivedRequest) -> Reply:
        server.requests.clear()  # they would be kept for a test to look at
        return respond(request)

    with LoopbackServer(respond=respond_and_forget) as server:
        channel.send(server.base_url)
        channel.recv()


__all__ = ["Memory", "Soaked", "soak"]
