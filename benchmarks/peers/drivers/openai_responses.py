"""The OpenAI SDK's helper for the Responses API: `client.responses.stream(text_format=…)`, which parses at the end only."""

from __future__ import annotations

from typing import Any

import httpx2
from openai import OpenAI

from ...models import Report
from .harness import Stream, serve
from .transport import Memory


def read(stream: Stream) -> Any:
    transport = Memory(stream.responses_events)
    client = OpenAI(api_key="none", base_url="http://memory", http_client=httpx2.Client(transport=transport))
    with client.responses.stream(model="any", input="Go", text_format=Report) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                assert event.snapshot
        final = events.get_final_response().output_parsed
    assert final is not None
    return final.model_dump(mode="json")


serve(read)
