"""Instructor: `create_partial`, over the OpenAI SDK."""

from __future__ import annotations

from typing import Any

import httpx2
import instructor
from openai import OpenAI

from ...models import Report
from .harness import Stream, serve
from .transport import Memory


def read(stream: Stream) -> Any:
    client = OpenAI(
        api_key="none", base_url="http://memory", http_client=httpx2.Client(transport=Memory(stream.chat_events))
    )
    final: Any = None
    for partial in instructor.from_openai(client, mode=instructor.Mode.JSON).chat.completions.create_partial(
        model="any", messages=[{"role": "user", "content": "Go"}], response_model=Report
    ):
        final = partial
    return final.model_dump(mode="json")


serve(read)
