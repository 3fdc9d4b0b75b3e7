"""What some forty providers stream, over real HTTP to the real client, cut at random: events must say what the bytes do."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI

from rxstruct.errors import RxStructError, SourceFailed, Truncated
from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.sources import (
    Event,
    Finish,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
    from_deltas,
    from_openai,
    from_openai_responses,
    openai_events,
)
from rxstruct.stream import Stream
from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.replies import random_cut, recorded
from rxstruct.testing.server import LoopbackServer
from tests.tally import count

from .clients import async_client, sync_client
from .corpus import ROOT, Recording, needs_corpus, recordings

pytestmark = needs_corpus

RECORDINGS = {recording.name: recording for recording in recordings()} if ROOT.is_dir() else {}
BATCHES = 8


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    """Answers with the recording that the request names as its model."""

    def respond(request: ReceivedRequest) -> Reply:
        body = RECORDINGS[request.body["model"]].body
        # A few bytes at a time where the body is short, else some twelve reads.
        longest = 5 if len(body) < 1000 else len(body) // 6
        return recorded(body, cut=random_cut(random.randrange(2**32), longest=longest))

    with LoopbackServer(respond=respond) as server:
        yield server


def batch(number: int) -> list[Recording]:
    return list(RECORDINGS.values())[number::BATCHES]


def request_for(recording: Recording) -> dict[str, Any]:
    if recording.is_chat:
        return {"model": recording.name, "messages": [{"role": "user", "content": "Go"}]}
    return {"model": recording.name, "input": "Go"}


def check_events(recording: Recording, events: list[Event], error: Exception | None) -> None:
    """The events say what the reference joiner made of the same bytes."""
    count("recorded provider streams, over HTTP")
    name = recording.name
    text: dict[str, str] = {}
    calls: dict[tuple[int, int], dict[str, Any]] = {}
    refusal = ""
    for event in events:
        match event:
            case TextDelta():
                text[str(event.choice)] = text.get(str(event.choice), "") + event.text
            case RefusalDelta():
                refusal += event.text
            case ToolCallDelta():
                call = calls.setdefault((event.choice, event.index), {"choice": event.choice, "arguments": ""})
                call.update(name=event.name, id=event.id, arguments=call["arguments"] + event.arguments)
            case _:
                pass
    assert text == recording.text, name
    assert list(calls.values()) == recording.expected["tool_calls"], name
    assert refusal == recording.expected["refusal"], name
    check_end(recording, events, error)


def check_end(recording: Recording, events: list[Event], error: Exception | None) -> None:
    name = recording.name
    if recording.fails:
        assert isinstance(error, SourceFailed), name
        return
    assert error is None, name
    reasons = {event.reason for event in events if isinstance(event, Finish)}
    assert reasons == expected_reasons(recording), name
    usage = [event for event in events if isinstance(event, Usage)]
    stated = recording.usage
    assert bool(usage) == bool(stated), name
    if stated:
        assert usage[-1].input_tokens == stated.get("prompt_tokens", stated.get("input_tokens", 0)), name
        assert usage[-1].output_tokens == stated.get("completion_tokens", stated.get("output_tokens", 0)), name


def expected_reasons(recording: Recording) -> set[str | None]:
    """What the manifest says, in chat completions' words; None for a stream that ends with no more than `[DONE]`."""
    stated = recording.row["finish_reason"]
    if recording.is_chat:
        return set(stated) or {None}
    if "max_output_tokens" in stated:
        return {"length"}
    return {"tool_calls" if recording.expected["tool_calls"] else "stop"}


def ends(recording: Recording) -> str | None:
    """How the answer's text has to end: None for well, else the error's name."""
    if recording.fails:
        return "SourceFailed"
    if recording.expected["refusal"]:
        return "Refused"
    return "Truncated" if expected_reasons(recording) == {"length"} else None


@pytest.mark.parametrize("number", range(BATCHES))
def test_events_over_http(server: LoopbackServer, number: int) -> None:
    """A sync client's events have the text, calls, refusal, finish and usage of the recording, however the reads are cut."""
    with sync_client(server.base_url, max_retries=0) as client:
        for recording in batch(number):
            events: list[Event] = []
            errors: list[Exception] = []
            openai_events(client, **request_for(recording)).subscribe(events.append, errors.append)
            check_events(recording, events, errors[0] if errors else None)


@pytest.mark.parametrize("number", range(BATCHES))
def test_events_over_http_async(server: LoopbackServer, number: int) -> None:
    """An async client's events are the same, with all of a batch's requests at once."""

    async def check(client: AsyncOpenAI, recording: Recording) -> None:
        events: list[Event] = []
        error: Exception | None = None
        try:
            async for event in openai_events(client, **request_for(recording)):
                events.append(event)
        except RxStructError as raised:
            error = raised
        check_events(recording, events, error)

    async def main() -> None:
        client = async_client(server.base_url, max_retries=0)
        async with client, asyncio.TaskGroup() as group:
            for recording in batch(number):
                group.create_task(check(client, recording))

    asyncio.run(main())


@pytest.mark.parametrize("number", range(BATCHES))
def test_text_over_http(server: LoopbackServer, number: int) -> None:
    """`from_openai` gives exactly the answer's text, and ends as the answer did; JSON text parses to what `json.loads` gives."""
    with sync_client(server.base_url, max_retries=0) as client:
        for recording in batch(number):
            if len(recording.text) > 1:
                continue  # several choices: see test_choice
            count("recorded provider streams, over HTTP")
            deltas, error = outcome(answer_of(client, recording))
            assert "".join(deltas) == recording.answer, recording.name
            assert (type(error).__name__ if error else None) == ends(recording), recording.name
            if recording.row["has_json_content"] and error is None:
                snapshot = from_deltas(deltas).pipe(accumulate_json(locate="find")).final()
                assert snapshot.value == json.loads(snapshot.text), recording.name


def outcome(stream: Stream[str]) -> tuple[list[str], Exception | None]:
    deltas: list[str] = []
    errors: list[Exception] = []
    stream.subscribe(deltas.append, errors.append)
    return deltas, next(iter(errors), None)


def answer_of(client: OpenAI, recording: Recording) -> Stream[str]:
    source = from_openai if recording.is_chat else from_openai_responses
    return source(client, **request_for(recording))


def test_cut_off_answers_say_so(server: LoopbackServer) -> None:
    """Every recording that the token limit ended gives Truncated with all of its text."""
    with sync_client(server.base_url, max_retries=0) as client:
        for recording in filter(lambda each: ends(each) == "Truncated", RECORDINGS.values()):
            with pytest.raises(Truncated) as raised:
                answer_of(client, recording).final()
            assert raised.value.reason == "length"
            assert raised.value.text == recording.answer
