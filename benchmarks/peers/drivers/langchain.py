"""LangChain: `JsonOutputParser`, as in `model | JsonOutputParser()`, fed with message chunks."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser

from .harness import Stream, serve


def read(stream: Stream) -> Any:
    chunks = (AIMessageChunk(content=delta) for delta in stream.deltas)
    final: Any = None
    for partial in JsonOutputParser().transform(chunks):
        final = partial
    return final


serve(read)
