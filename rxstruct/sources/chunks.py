"""Chunk objects that the user already has as a source: an SDK `Stream`, or an iterator of another SDK's chunks.

What goes in: JSON-like chunks: dicts, or objects with pydantic's `model_dump`, of either API. What comes out: typed events.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, TypeAlias

from ..errors import SourceFailed
from .chat_completions import ChatCompletionsDecoder
from .decoding import Dialect, read_event
from .events import Event
from .interruption import Interruption
from .pulling import Reading
from .responses import ResponsesDecoder

Chunks: TypeAlias = Iterable[Any] | AsyncIterable[Any]

READ_ALREADY = (
    "no chunks came: an iterator of chunks, such as the SDK's Stream, can be read only once; "
    "to read again, give a function that makes the request anew"
)


def begin_chunks(source: Chunks | Callable[[], Chunks]) -> Reading[Event]:
    """One reading of a stream of chunk objects, or of what a function returns."""
    chunks = source() if callable(source) else source
    if isinstance(chunks, AsyncIterable):
        return Reading(_read_async(chunks))
    if isinstance(chunks, Iterable):
        interruption = Interruption()
        response = getattr(chunks, "response", None)  # an SDK Stream has its response, which can be cut short
        if response is not None:
            interruption.watch(response)
        return Reading(_read(chunks, interruption), interruption.cut)
    raise TypeError(
        f"a source of chunks is an iterable or async iterable, or a function that returns one, not {type(chunks).__name__}"
    )


def _read(chunks: Iterable[Any], interruption: Interruption) -> Iterator[Event]:
    try:
        dialect: Dialect | None = None
        for chunk in chunks:
            event = as_json(chunk)
            dialect = dialect or dialect_of(event)
            yield from read_event(dialect, event)
        if dialect is None and isinstance(chunks, Iterator):
            raise SourceFailed(READ_ALREADY)
    finally:
        interruption.release()
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


async def _read_async(chunks: AsyncIterable[Any]) -> AsyncIterator[Event]:
    try:
        dialect: Dialect | None = None
        async for chunk in chunks:
            event = as_json(chunk)
            dialect = dialect or dialect_of(event)
            for typed in read_event(dialect, event):
                yield typed
        if dialect is None and isinstance(chunks, AsyncIterator):
            raise SourceFailed(READ_ALREADY)
    finally:
        aclose = getattr(chunks, "aclose", None)
        if aclose is not None:
            await aclose()


def as_json(chunk: Any) -> Any:
    """A chunk as the JSON that it was made of."""
    if isinstance(chunk, dict):
        return chunk
    if hasattr(chunk, "model_dump"):
        return chunk.model_dump(exclude_unset=True, warnings=False)
    raise TypeError(
        f"a chunk is a dict or has model_dump(), as the OpenAI SDK's have; this is a {type(chunk).__name__}"
    )


def dialect_of(event: Any) -> Dialect:
    """The decoder for the API that a stream's first event is of."""
    return ResponsesDecoder() if "type" in event and "choices" not in event else ChatCompletionsDecoder()


__all__ = ["Chunks", "begin_chunks"]
