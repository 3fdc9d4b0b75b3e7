"""Chunk objects that the user already has as a source: an SDK `Stream`, or an iterator of another SDK's chunks.

What goes in: JSON-like chunks: dicts, or objects with pydantic's `model_dump`, of either API, or what holds one of those. What
comes out: typed events.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeAlias

from ..errors import SourceFailed
from ..policy import running_loop
from .chat_completions import ChatCompletionsDecoder
from .credentials import credentials_of, hide, request_of
from .decoding import Dialect, read_event
from .events import Event
from .interruption import Interruption
from .pulling import Reading
from .responses import ResponsesDecoder
from .surrogates import SurrogateMender

Chunks: TypeAlias = Iterable[Any] | AsyncIterable[Any] | Awaitable[AsyncIterable[Any]]

# Where the Mistral SDK's events, and those of the OpenAI SDK's `stream()` helper, have their chunk.
ENVELOPES = ("data", "chunk")

READ_ALREADY = (
    "no chunks came: an iterator of chunks, such as the SDK's Stream, can be read only once; "
    "to read again, give a function that makes the request anew"
)


def begin_chunks(source: Chunks | Callable[[], Chunks], *, max_parts: int) -> Reading[Event]:
    """One reading of a stream of chunk objects, or of what a function returns."""
    chunks: Any = source() if callable(source) else source
    check_chunks(chunks)
    if reads_async(chunks):
        events = _read_async(chunks, max_parts)
        if isinstance(chunks, Coroutine):
            # Python warns of a coroutine that nobody has awaited, as where the subscriber leaves before the first step.
            weakref.finalize(events, chunks.close)
        return Reading(events, source=chunks)
    interruption = Interruption()
    response = getattr(chunks, "response", None)  # an SDK Stream has its response, which can be cut short
    if response is not None:
        interruption.watch(response)
    return Reading(_read(chunks, interruption, max_parts), interruption.cut, source=chunks)


def reads_async(chunks: Any) -> bool:
    """Whether to read it as an async iterable; what is both (LiteLLM's streams), only where a loop runs."""
    if not isinstance(chunks, AsyncIterable | Awaitable):
        return False
    return not isinstance(chunks, Iterable) or running_loop() is not None


def check_chunks(chunks: Any) -> None:
    """Refuse what gives no chunks."""
    if not isinstance(chunks, Iterable | AsyncIterable | Awaitable):
        raise TypeError(
            "a source of chunks is an iterable or async iterable, or a function that returns one, "
            f"not {type(chunks).__name__}"
        )


def _read(chunks: Iterable[Any], interruption: Interruption, max_parts: int) -> Iterator[Event]:
    try:
        dialect: Dialect | None = None
        mender = SurrogateMender()
        for chunk in chunks:
            event = as_json(chunk)
            dialect = dialect or dialect_of(event, max_parts)
            for typed in read_event(dialect, event):
                yield mender.mend(typed)
        if dialect is None and isinstance(chunks, Iterator):
            raise SourceFailed(READ_ALREADY)
    except Exception as error:
        hide(error, credentials_of(request_of(getattr(chunks, "response", None))))
        raise
    finally:
        interruption.release()
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


async def _read_async(
    source: AsyncIterable[Any] | Awaitable[AsyncIterable[Any]], max_parts: int
) -> AsyncIterator[Event]:
    chunks = await source if isinstance(source, Awaitable) else source
    try:
        dialect: Dialect | None = None
        mender = SurrogateMender()
        async for chunk in chunks:
            event = as_json(chunk)
            dialect = dialect or dialect_of(event, max_parts)
            for typed in read_event(dialect, event):
                yield mender.mend(typed)
        if dialect is None and isinstance(chunks, AsyncIterator):
            raise SourceFailed(READ_ALREADY)
    except Exception as error:
        hide(error, credentials_of(request_of(getattr(chunks, "response", None))))
        raise
    finally:
        close = getattr(chunks, "aclose", None) or getattr(chunks, "close", None)  # the SDK's helpers have only this
        if close is not None:
            await close()


def as_json(chunk: Any) -> Any:
    """A chunk as the JSON that it was made of."""
    if isinstance(chunk, dict):
        return chunk
    for name in ENVELOPES:
        held = getattr(chunk, name, None)
        if hasattr(held, "model_dump"):
            return as_json(held)
    if hasattr(chunk, "model_dump"):
        return chunk.model_dump(exclude_unset=True, warnings=False)
    raise TypeError(
        f"a chunk is a dict or has model_dump(), as the OpenAI SDK's have; this is a {type(chunk).__name__}"
    )


def dialect_of(event: Any, max_parts: int) -> Dialect:
    """The decoder for the API that a stream's first event is of."""
    is_response = "type" in event and "choices" not in event
    return ResponsesDecoder(max_parts=max_parts) if is_response else ChatCompletionsDecoder(max_parts=max_parts)
