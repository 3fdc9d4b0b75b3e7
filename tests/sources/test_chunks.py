"""Chunk objects that the user already has: the SDK's streams, and other SDKs' iterators."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel
from reactivex import operators as ops

from rxstruct.errors import SourceFailed, Truncated
from rxstruct.sources import content, from_openai, from_openai_responses, openai_events
from rxstruct.testing import faults
from rxstruct.testing.replies import Call, answer
from rxstruct.testing.server import LoopbackServer

from .clients import async_client, sync_client

PATIENCE = 10
REQUEST: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Go"}]}
HELLO = [{"choices": [{"delta": {"content": "Hello"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]


def test_an_sdk_stream() -> None:
    """The SDK's `Stream` gives the same events as the client itself, of either API."""
    reply = answer("Hi", tool_calls=[Call("f", {"x": 1})], reasoning="Hm.")
    with LoopbackServer(*[reply] * 4) as server, sync_client(server.base_url) as client:
        chat = client.chat.completions.create(**REQUEST, stream=True)
        assert list(openai_events(chat)) == list(openai_events(client, **REQUEST))
        responses = client.responses.create(model="any", input="Go", stream=True)
        assert list(openai_events(responses)) == list(openai_events(client, model="any", input="Go"))


def test_an_async_sdk_stream() -> None:
    """So does its `AsyncStream`."""

    async def main(base_url: str) -> None:
        async with async_client(base_url) as client:
            stream = await client.chat.completions.create(**REQUEST, stream=True)
            assert await from_openai(stream).afinal() == "Hi"
            events = await client.responses.create(model="any", input="Go", stream=True)
            assert await from_openai_responses(events).afinal() == "Hi"

    with LoopbackServer(answer("Hi"), answer("Hi")) as server:
        asyncio.run(main(server.base_url))


def test_leaving_closes_an_sdk_stream() -> None:
    """Disposing closes the SDK's stream, also from another thread while it waits."""
    stalling = faults.stall(answer("Hello"), after_events=2)
    with LoopbackServer(stalling, stalling) as server, sync_client(server.base_url) as client:
        openai_events(client.chat.completions.create(**REQUEST, stream=True)).pipe(ops.take(1)).subscribe()
        assert server.requests[0].disconnected.wait(PATIENCE)
        for _ in from_openai(lambda: client.chat.completions.create(**REQUEST, stream=True)):
            break
        assert server.requests[1].disconnected.wait(PATIENCE)


def test_a_function_is_called_for_each_subscription() -> None:
    """A function makes the stream cold; a list of chunks is so by itself."""
    calls: list[int] = []

    def chunks() -> Iterator[Any]:
        calls.append(1)
        yield from HELLO

    stream = from_openai(chunks)
    assert (calls, stream.final(), stream.final(), calls) == ([1, 1], "Hello", "Hello", [1, 1])
    assert [from_openai(HELLO).final() for _ in range(2)] == ["Hello", "Hello"]


def test_an_async_function() -> None:
    """An async generator function of another SDK's chunks, closed as the reader leaves."""
    closed: list[bool] = []

    async def chunks() -> AsyncIterator[Any]:
        try:
            for chunk in HELLO * 2:
                yield chunk
        finally:
            closed.append(True)

    async def main() -> None:
        async for event in openai_events(chunks):
            assert event.raw == HELLO[0]
            break
        await asyncio.sleep(0)
        assert closed == [True]

    asyncio.run(main())


def test_an_async_function_of_a_stream() -> None:
    """The async client's `create` may be given as a function, which is awaited for each subscription, and so may the
    coroutine that it returns; one that its subscriber left at once is closed without a warning."""

    async def main(base_url: str) -> None:
        async with async_client(base_url) as client:
            stream = from_openai(lambda: client.chat.completions.create(**REQUEST, stream=True))
            assert [await stream.afinal(), await stream.afinal()] == ["Hi", "Hi"]
            assert await from_openai(client.chat.completions.create(**REQUEST, stream=True)).afinal() == "Hi"
            stream.subscribe().dispose()
            await asyncio.sleep(0)
            gc.collect()

    with LoopbackServer(*[answer("Hi", cut=2)] * 3) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main(server.base_url))
        assert len(server.requests) == 3


def test_the_sdk_s_helpers() -> None:
    """The SDK's `stream()` helpers, sync and async, whose events hold the chunks; leaving closes them."""
    stalling = faults.stall(answer("Hello"), after_events=3)

    async def main(base_url: str) -> list[str]:
        async with async_client(base_url) as client:
            async with client.chat.completions.stream(**REQUEST) as chat:
                texts = [await from_openai(chat).afinal()]
            async with client.responses.stream(model="any", input="Go") as responses:
                texts.append(await from_openai_responses(responses).afinal())
            async with client.chat.completions.stream(**REQUEST) as chat:
                async for _ in from_openai(chat):
                    break
                assert await asyncio.to_thread(server.requests[2].disconnected.wait, PATIENCE)
            return texts

    with LoopbackServer(answer("Hi"), answer("Hi"), stalling, answer("Hi")) as server:
        assert asyncio.run(main(server.base_url)) == ["Hi", "Hi"]
        with sync_client(server.base_url) as client, client.chat.completions.stream(**REQUEST) as chat:
            assert from_openai(chat).final() == "Hi"


class Both:
    """Chunks that can be read either way, as LiteLLM's are."""

    def __init__(self) -> None:
        self.ways: list[str] = []

    def __iter__(self) -> Iterator[Any]:
        self.ways.append("sync")
        yield from HELLO

    async def __aiter__(self) -> AsyncIterator[Any]:
        self.ways.append("async")
        for chunk in HELLO:
            yield chunk


def test_chunks_that_can_be_read_either_way() -> None:
    """What is an iterable and an async iterable is read as an async one only where a loop runs."""
    chunks = Both()

    async def main() -> str:
        return await from_openai(chunks).afinal()

    assert (from_openai(chunks).final(), asyncio.run(main()), chunks.ways) == ("Hello", "Hello", ["sync", "async"])


def test_a_character_cut_between_two_chunks() -> None:
    """Halves of a surrogate pair in two chunks are one character, as they are in bytes, also where the chunks come async."""
    halves = [{"choices": [{"delta": {"content": half}}]} for half in ("a\ud83d", "\ude00b")] + HELLO[1:]

    async def chunks() -> AsyncIterator[Any]:
        for chunk in halves:
            yield chunk

    async def main() -> list[str]:
        return [text async for text in from_openai(chunks)]

    assert list(from_openai(halves)) == ["a", "😀b"]
    assert asyncio.run(main()) == ["a", "😀b"]


def test_events_that_hold_a_chunk() -> None:
    """A chunk may be the `data` of an event (Mistral's SDK)."""

    class CompletionEvent(BaseModel):
        data: ChatCompletionChunk

    chunk = {"id": "1", "created": 1, "model": "m", "object": "chat.completion.chunk"}
    choices: list[dict[str, Any]] = [{"index": 0, **choice} for (choice,) in (hello["choices"] for hello in HELLO)]
    events = [CompletionEvent.model_validate({"data": {**chunk, "choices": [choice]}}) for choice in choices]
    assert from_openai(events).final() == "Hello"


def test_objects_that_can_dump_themselves() -> None:
    """A chunk may be any object with pydantic's `model_dump`, with the fields that a proxy adds."""
    chunk = {"id": "1", "created": 1, "model": "m", "object": "chat.completion.chunk"}
    objects = [
        ChatCompletionChunk.model_validate(
            {**chunk, "choices": [{"index": 0, "delta": {"reasoning": "Hm.", "content": "Hi"}}]}
        ),
        ChatCompletionChunk.model_validate(
            {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
        ),
    ]
    events = list(openai_events(objects))
    assert [type(event).__name__ for event in events] == ["TextDelta", "ReasoningDelta", "Finish"]
    with pytest.raises(Truncated):
        from_openai(objects).final()


def test_chunks_of_no_kind() -> None:
    """Anything else is named as what it is."""
    with pytest.raises(SourceFailed, match="this is a str"):
        openai_events(["chunk"]).final()


def test_chunks_that_have_been_read() -> None:
    """An iterator that is read a second time has no chunks left, which the error says, and what to give instead."""

    async def twice() -> list[Exception]:
        errors: list[Exception] = []
        chunks = made_async()
        for _ in range(2):
            try:
                await from_openai(chunks).afinal()
            except SourceFailed as error:
                errors.append(error)
        return errors

    async def made_async() -> AsyncIterator[Any]:
        for chunk in HELLO:
            yield chunk

    once = from_openai(iter(HELLO))
    assert once.final() == "Hello"
    with pytest.raises(SourceFailed, match="can be read only once; to read again, give a function") as caught:
        once.final()
    (error,) = asyncio.run(twice())
    assert str(error) == str(caught.value)


def test_what_the_iterator_raises() -> None:
    """An exception in the user's iterator is SourceFailed, caused by it, after what came before it."""

    def chunks() -> Iterator[Any]:
        yield HELLO[0]
        raise OSError("gone")

    received: list[str] = []
    errors: list[Exception] = []
    openai_events(chunks).pipe(content()).subscribe(received.append, errors.append)
    assert received == ["Hello"]
    assert isinstance(errors[0], SourceFailed)
    assert isinstance(errors[0].__cause__, OSError)
