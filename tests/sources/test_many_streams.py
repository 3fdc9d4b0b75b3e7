"""Many streams on one event loop. (`python -m benchmarks.many_streams` does it with typed partials, and states the memory.)"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI

from rxstruct.sources import from_openai
from rxstruct.testing import faults
from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

resource = pytest.importorskip("resource", reason="needs a way to open thousands of sockets")

STREAMS = 1000 if os.environ.get("RXSTRUCT_PROFILE") == "long" else 200


@pytest.fixture
def _sockets() -> Any:
    """Room for the sockets of both sides."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * STREAMS
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this system allows no more than {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_sockets")
def test_many_at_once() -> None:
    """Hundreds of streams (with RXSTRUCT_PROFILE=long a thousand), all open at once, each bring their answer; no task is left."""
    go_on = threading.Event()

    def text(number: int) -> str:
        return f"answer {number}"

    def respond(request: ReceivedRequest) -> Reply:
        whole = answer(text(int(request.body["model"])), cut=6)
        return faults.stall(whole, after_events=2, until=go_on)

    async def main(base_url: str) -> list[str]:
        begun = asyncio.Semaphore(0)

        async def read(client: AsyncOpenAI, number: int) -> str:
            deltas = []
            async for delta in from_openai(client, model=str(number), messages=[{"role": "user", "content": "Go"}]):
                if not deltas:
                    begun.release()
                deltas.append(delta)
            return "".join(deltas)

        limits = httpx2.Limits(max_connections=None)
        http_client = httpx2.AsyncClient(limits=limits, timeout=None, verify=False)
        async with AsyncOpenAI(base_url=base_url, api_key="none", http_client=http_client) as client:
            tasks = [asyncio.create_task(read(client, number)) for number in range(STREAMS)]
            for _ in range(STREAMS):
                await begun.acquire()
            go_on.set()
            answers = await asyncio.gather(*tasks)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return answers

    with LoopbackServer(respond=respond) as server:
        assert asyncio.run(main(server.base_url)) == [text(number) for number in range(STREAMS)]
        assert len(server.requests) == STREAMS
