"""pydantic-ai: `run_stream` and `stream_output`, not debounced, over the OpenAI SDK."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
from openai import AsyncOpenAI
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from ...models import Report
from .harness import Stream, serve
from .transport import Memory


async def read_async(stream: Stream) -> Any:
    http_client = httpx2.AsyncClient(transport=Memory(stream.chat_events))
    client = AsyncOpenAI(api_key="none", base_url="http://memory", http_client=http_client)
    agent = Agent(
        OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client)), output_type=NativeOutput(Report)
    )
    final: Any = None
    async with agent.run_stream("Go") as result:
        async for partial in result.stream_output(debounce_by=None):
            final = partial
    return final.model_dump(mode="json")


serve(lambda stream: asyncio.run(read_async(stream)))
