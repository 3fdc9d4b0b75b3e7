"""llama.cpp as the peer: another implementation of the API, over real HTTP, with a model of random weights."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import random
import threading
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal

import pytest
from openai import AsyncOpenAI, OpenAI, pydantic_function_tool
from pydantic import BaseModel, Field, TypeAdapter, create_model

import rxstruct as rxs
from rxstruct.sources import Finish, TextDelta, Usage, from_openai, openai_events
from rxstruct.typed_calls import typed_tool_calls

from .llama import llama_server
from .tiny_model import write_tiny_model

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None,
    reason="llama.cpp is not installed: it comes with the extra `peers`, where there is a wheel for the platform",
)

MESSAGES = [{"role": "user", "content": "Go"}]
PATIENCE = 30  # seconds that a broken test may cost


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a model of its own."""
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_tiny_model(path)
    with llama_server(path) as base_url:
        yield base_url


@pytest.fixture
def client(base_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client


def busy_slots(base_url: str) -> int:
    """How many answers the server is working on, as its `/slots` says."""
    with urllib.request.urlopen(base_url.removesuffix("/v1") + "/slots") as response:
        return sum(slot["is_processing"] for slot in json.load(response))


def await_slots(base_url: str, busy: int) -> None:
    """Until the server is working on so many answers."""
    clock = threading.Event()
    for _ in range(PATIENCE * 100):
        if busy_slots(base_url) == busy:
            return
        clock.wait(0.01)
    pytest.fail(f"{busy_slots(base_url)} slots are busy, not {busy}")


# Structured output

SCALARS: list[Any] = [int, float, bool, Literal["red", "green"], int | None]


def random_model(source: random.Random, depth: int = 2) -> type[BaseModel]:
    """A model of a few fields, each with a bound, so that a random answer ends."""

    def random_type(depth: int) -> Any:
        kind = source.choice(["scalar", "text", "list", "model"] if depth else ["scalar", "text"])
        if kind == "text":
            return str, Field(max_length=source.randint(1, 12))
        if kind == "list":
            return list[random_type(depth - 1)[0]], Field(max_length=source.randint(1, 3))
        return (random_model(source, depth - 1) if kind == "model" else source.choice(SCALARS)), Field()

    fields = {f"field_{number}": random_type(depth) for number in range(source.randint(1, 4))}
    return create_model("Answer", **fields)


def check(model: type[BaseModel], partials: list[Any]) -> None:
    """Each partial goes on where the last one was, and the last one is what pydantic says."""
    assert isinstance(partials[-1], model)
    whole = rxs.snapshot_of(partials[-1])
    assert partials[-1] == TypeAdapter(model).validate_json(whole.text)
    closed = [rxs.closed_fields(partial) for partial in partials]
    assert all(later[: len(sooner)] == sooner for sooner, later in pairwise(closed))
    assert set(closed[-1]) == set(model.model_fields)


@pytest.mark.parametrize("seed", range(20))
def test_random_schemas(client: OpenAI, seed: int) -> None:
    """A random schema streams to completion as typed partials, held to it by the server's grammar."""
    model = random_model(random.Random(seed))
    stream = from_openai(client, response_model=model, model="tiny", messages=MESSAGES, seed=seed)
    check(model, list(stream.pipe(rxs.accumulate_json(), rxs.to_partial(model))))


@pytest.mark.parametrize("seed", range(0, 20, 2))
def test_random_schemas_async(base_url: str, seed: int) -> None:
    """So do two at once on a loop."""

    async def read(client: AsyncOpenAI, seed: int) -> None:
        model = random_model(random.Random(seed))
        stream = from_openai(client, response_model=model, model="tiny", messages=MESSAGES, seed=seed)
        check(model, [partial async for partial in stream.pipe(rxs.accumulate_json(), rxs.to_partial(model))])

    async def main() -> None:
        client = AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
        async with client, asyncio.TaskGroup() as group:
            group.create_task(read(client, seed))
            group.create_task(read(client, seed + 1))

    asyncio.run(main())


def test_a_root_that_is_no_object(client: OpenAI) -> None:
    """A list is asked for inside an object, and arrives without it."""
    model = TypeAdapter(Annotated[list[int], Field(max_length=3)])
    stream = from_openai(client, response_model=model, model="tiny", messages=MESSAGES, seed=3)
    values = stream.pipe(rxs.accumulate_json(), rxs.to_partial(model)).final()
    assert isinstance(values, list)


# Tool calls


class Weather(BaseModel):
    city: str = Field(max_length=8)
    days: int


class Search(BaseModel):
    query: str = Field(max_length=8)


def test_parallel_tool_calls(client: OpenAI) -> None:
    """Two calls of one answer stream typed, side by side."""
    tools: Any = [pydantic_function_tool(model) for model in (Weather, Search)]
    request = {"model": "tiny", "messages": MESSAGES, "tools": tools, "parallel_tool_calls": True, "max_tokens": 2000}
    for seed in range(40):  # a random model makes two calls now and then; which seeds do so depends on the build
        events = list(openai_events(client, **request, tool_choice="required", seed=seed))
        if {event.index for event in events if isinstance(event, rxs.ToolCallDelta)} < {0, 1}:
            continue
        if any(isinstance(event, Finish) and event.reason != "tool_calls" for event in events):
            continue
        calls = list(rxs.from_deltas(events).pipe(typed_tool_calls(Weather, Search)))
        last = {call.index: call for call in calls}
        assert len(last) >= 2
        assert all(isinstance(call.partial, Weather | Search) for call in calls)
        assert all(call.partial.model_fields_set == set(type(call.partial).model_fields) for call in last.values())
        assert len({call.id for call in last.values()}) == len(last)
        return
    pytest.fail("no seed gave two calls")


# Ends


def test_usage_and_the_token_limit(client: OpenAI) -> None:
    """The token limit is Truncated with what came; usage comes in a chunk of its own."""
    request = {"model": "tiny", "messages": MESSAGES, "max_tokens": 5, "logit_bias": {}}
    options = {"stream_options": {"include_usage": True}, "extra_body": {"ignore_eos": True}}
    events = list(openai_events(client, **request, **options))
    assert [event.reason for event in events if isinstance(event, Finish)] == ["length"]
    assert [event.output_tokens for event in events if isinstance(event, Usage)][-1] == 5
    with pytest.raises(rxs.Truncated) as raised:
        from_openai(client, **request, extra_body={"ignore_eos": True}).final()
    assert raised.value.reason == "length"


def test_two_choices(client: OpenAI) -> None:
    """`choice(n)` tells interleaved choices apart."""
    events = list(openai_events(client, model="tiny", messages=MESSAGES, n=2, max_tokens=20, seed=1))
    for number in (0, 1):
        of_one = list(rxs.from_deltas(events).pipe(rxs.choice(number)))
        assert {event.choice for event in of_one if not isinstance(event, Usage)} == {number}


def endless(client: Any) -> rxs.Stream[str]:
    """An answer that goes on for thousands of tokens."""
    extra = {"ignore_eos": True}
    return from_openai(client, model="tiny", messages=MESSAGES, max_tokens=4000, extra_body=extra)


def test_disposing_frees_the_slot(client: OpenAI, base_url: str) -> None:
    """Leaving after the first delta stops the server's work, long before the answer would have ended."""
    for _ in endless(client):
        assert busy_slots(base_url) == 1
        break
    await_slots(base_url, busy=0)


def test_async_disposing_frees_the_slot(base_url: str) -> None:
    """So it does with an async client."""

    async def main() -> None:
        async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
            async for _ in endless(client):
                break
            await asyncio.to_thread(await_slots, base_url, 0)

    asyncio.run(main())


def test_the_responses_api(client: OpenAI) -> None:
    """llama.cpp's Responses API, which leaves `output_index` out, streams text, usage and a finish."""
    events = list(openai_events(client, model="tiny", input="Go", max_output_tokens=50))
    kinds = {type(event) for event in events}
    assert kinds >= {TextDelta, Usage, Finish}
    text = rxs.from_deltas(events).pipe(rxs.content())
    assert "".join(text.pipe(rxs.keep_partial(rxs.Truncated)))
