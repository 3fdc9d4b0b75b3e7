"""The OpenAI SDK's helper for chat completions: `client.chat.completions.stream(response_format=…)`."""

from __future__ import annotations

from typing import Any

import httpx2
from openai import OpenAI

from ...models import Report
from .harness import Stream, serve
from .transport import Memory


def read(stream: Stream) -> Any:
    client = OpenAI(
        api_key="none", base_url="http://memory", http_client=httpx2.Client(transport=Memory(stream.chat_events))
    )
    parsed: Any = None
    messages: Any = [{"role": "user", "content": "Go"}]
    with client.chat.completions.stream(model="any", messages=messages, response_format=Report) as events:
        for event in events:
            if event.type == "content.delta":
                parsed = event.parsed
        final = events.get_final_completion().choices[0].message.parsed
    assert parsed is not None
    assert final is not None
    return final.model_dump(mode="json")


serve(read)
