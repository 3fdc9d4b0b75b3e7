"""What an event costs on its way from the response's bytes to a `str` delta, beside the SDK's own chunk objects.

Run `python -m benchmarks.source_events [EVENTS]`. Process CPU time (the server of the loopback part is another process), one
run, each figure the best of a few. In memory the body comes from an httpx2 transport, one event per read, as live models send.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import httpx2
from openai import AsyncOpenAI, OpenAI

import rxstruct as rxs
from rxstruct.testing.replies import recorded
from rxstruct.testing.server import LoopbackServer

from .peers.drivers.transport import Memory

EVENTS = 20_000  # so many that the request, which costs 700 µs, does not count
REPETITIONS = 5
REQUEST: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Go"}]}


def event(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    """One event as gpt-4o-mini sends it."""
    chunk = {
        "id": "chatcmpl-CFFKjZ0Z1rcmHvQrKQbz7Hl2NGXpr",
        "object": "chat.completion.chunk",
        "created": 1757750401,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_560af6e559",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
        "obfuscation": "5iLyrlGomOtF5",
    }
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def body_of(events: int) -> list[bytes]:
    """An answer of so many deltas, one piece for each."""
    return [*(event({"content": "word"}) for _ in range(events)), event({}, "stop"), b"data: [DONE]\n\n"]


def sdk_deltas(client: OpenAI) -> int:
    """The SDK's way: chunk objects, and their text."""
    count = 0
    for chunk in client.chat.completions.create(**REQUEST, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            count += 1
    return count


def our_deltas(client: OpenAI) -> int:
    """Our way: `str` deltas, to a subscriber."""
    received: list[str] = []
    rxs.from_openai(client, **REQUEST).subscribe(received.append)
    return len(received)


async def sdk_deltas_async(client: AsyncOpenAI) -> int:
    """The SDK's way, async."""
    count = 0
    async for chunk in await client.chat.completions.create(**REQUEST, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            count += 1
    return count


async def our_deltas_async(client: AsyncOpenAI) -> int:
    """Our way, async."""
    received: list[str] = []
    completed = asyncio.Event()
    rxs.from_openai(client, **REQUEST).subscribe(received.append, on_completed=completed.set)
    await completed.wait()
    return len(received)


def best_of(*runs: Callable[[], int], events: int) -> list[float]:
    """Microseconds of this process's CPU time per event, for each way the best of a few runs that take turns."""
    best = [float("inf")] * len(runs)
    for _ in range(REPETITIONS):
        for number, run in enumerate(runs):
            start = time.process_time()
            assert run() == events
            best[number] = min(best[number], time.process_time() - start)
    return [seconds / events * 1e6 for seconds in best]


def compare(label: str, options: dict[str, Any], transport: Callable[[], Any], events: int) -> None:
    """Measure and print both ways, sync and async."""
    client = OpenAI(api_key="none", http_client=httpx2.Client(transport=transport()), **options)
    report(f"{label}, sync", *best_of(lambda: sdk_deltas(client), lambda: our_deltas(client), events=events))
    with asyncio.Runner() as runner:
        http_client = httpx2.AsyncClient(transport=transport())
        async_client = AsyncOpenAI(api_key="none", http_client=http_client, **options)
        sdk, ours = (lambda way=way: runner.run(way(async_client)) for way in (sdk_deltas_async, our_deltas_async))
        report(f"{label}, async", *best_of(sdk, ours, events=events))
        runner.run(async_client.close())


def report(label: str, sdk: float, ours: float) -> None:
    """One line of the table."""
    print(f"{label:32}  SDK {sdk:7.1f} µs   rxstruct {ours:6.2f} µs   {sdk / ours:5.1f} ×", flush=True)


def serve(pieces: list[bytes], channel: Connection) -> None:
    """In a process of its own: the loopback server, until it is told to stop."""
    with LoopbackServer(respond=lambda request: recorded(b"".join(pieces), cut=lambda whole: pieces)) as server:
        channel.send(server.base_url)
        channel.recv()


def main(events: int = EVENTS) -> None:
    """Print the table."""
    pieces = body_of(events)
    compare("in memory, event per read", {"base_url": "http://memory"}, lambda: Memory(pieces), events)
    whole = b"".join(pieces)
    reads = [whole[start : start + 65536] for start in range(0, len(whole), 65536)]
    compare("in memory, 64 KB per read", {"base_url": "http://memory"}, lambda: Memory(reads), events)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(pieces, theirs))
    process.start()
    try:
        base_url = ours.recv()
        compare("loopback HTTP", {"base_url": base_url}, lambda: None, events)
    finally:
        ours.send("stop")
        process.join()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
