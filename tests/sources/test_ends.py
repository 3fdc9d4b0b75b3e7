"""How an answer ends, told as it is: over real HTTP, sync and async."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any, TypeAlias

import httpx2
import openai
import pytest
import reactivex as rx
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from rxstruct.errors import ContentFiltered, LimitExceeded, Refused, RxStructError, SourceFailed, Truncated
from rxstruct.sources import (
    Event,
    Finish,
    ProviderError,
    TextDelta,
    ToolCallDelta,
    content,
    from_openai,
    from_openai_responses,
    tool_calls,
)
from rxstruct.sources.content import answer as answer_text
from rxstruct.stream import Stream
from rxstruct.testing import faults
from rxstruct.testing.exchange import Reply
from rxstruct.testing.replies import Call, answer, hang_up, html_page, http_error, recorded
from rxstruct.testing.server import LoopbackServer

from .clients import async_client, sync_client

TEXT = '{"name": "Ada"}'
Outcome: TypeAlias = tuple[str, RxStructError | None]


def chat(client: OpenAI | AsyncOpenAI, **options: Any) -> Stream[str]:
    return from_openai(client, model="any", messages=[{"role": "user", "content": "Go"}], **options)


def responses(client: OpenAI | AsyncOpenAI, **options: Any) -> Stream[str]:
    return from_openai_responses(client, model="any", input="Go", **options)


def sync_outcome(reply: Reply, ask: Callable[..., Stream[str]], **options: Any) -> Outcome:
    deltas: list[str] = []
    errors: list[Any] = []
    with LoopbackServer(reply) as server, sync_client(server.base_url, max_retries=0) as client:
        ask(client, **options).subscribe(deltas.append, errors.append, lambda: errors.append(None))
    assert len(errors) == 1
    return "".join(deltas), errors[0]


def async_outcome(reply: Reply, ask: Callable[..., Stream[str]], **options: Any) -> Outcome:
    async def main(base_url: str) -> Outcome:
        deltas: list[str] = []
        async with async_client(base_url, max_retries=0) as client:
            try:
                async for delta in ask(client, **options):
                    deltas.append(delta)
            except RxStructError as error:
                return "".join(deltas), error
        return "".join(deltas), None

    with LoopbackServer(reply) as server:
        return asyncio.run(main(server.base_url))


@pytest.fixture(params=[sync_outcome, async_outcome], ids=["sync", "async"])
def outcome(request: pytest.FixtureRequest) -> Callable[..., Outcome]:
    return request.param


both_apis = pytest.mark.parametrize("ask", [chat, responses])


@both_apis
def test_a_whole_answer_completes(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """A finish of `stop` completes the stream."""
    assert outcome(answer(TEXT), ask) == (TEXT, None)


class Person(BaseModel):
    name: str


@pytest.mark.parametrize("ask", [chat, responses])
@pytest.mark.parametrize(
    ("reply", "via", "message"),
    [
        (answer(tool_calls=[Call("look_up", {})]), "schema", "it calls the tool 'look_up', which tool_calls(), "),
        (answer("Hm?"), "tool", "it says 'Hm?' and calls no tool"),
        (answer(reasoning="Hm."), "schema", "it has only reasoning"),
        (answer(""), "schema", "it is blank"),
        (answer(" \n"), "schema", "it is blank"),
        (answer(""), "tool", "it is blank"),
    ],
    ids=["tool call", "text", "reasoning", "nothing", "white space", "no call"],
)
def test_an_answer_of_another_kind(
    outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]], reply: Reply, via: str, message: str
) -> None:
    """Where an answer was asked for by a model, and there is nothing to read, the error says what came instead; without a
    model, an answer without text is one."""
    text, error = outcome(reply, ask, response_model=Person, via=via)
    assert text.strip() == ""
    assert isinstance(error, Truncated)
    assert f"there is nothing to read in the answer: {message}" in str(error)
    if via == "schema":
        assert outcome(reply, ask) == (text, None)


@both_apis
def test_the_token_limit(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """`length` (or `response.incomplete`) is Truncated, with the text that came."""
    text, error = outcome(answer(TEXT[:9], finish_reason="length"), ask)
    assert isinstance(error, Truncated)
    assert (text, error.text, error.reason) == (TEXT[:9], TEXT[:9], "length")


@both_apis
def test_a_content_filter(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """`content_filter` is ContentFiltered, with the text that came."""
    text, error = outcome(answer(TEXT[:9], finish_reason="content_filter"), ask)
    assert isinstance(error, ContentFiltered)
    assert (text, error.text) == (TEXT[:9], TEXT[:9])


def body_of(*events: Any, done: bool = False) -> Reply:
    """A body of such events."""
    sent = [json.dumps(event).encode() for event in events] + [b"[DONE]"] * done
    return recorded(b"".join(b"data: " + each + b"\n\n" for each in sent))


def choice_event(index: int, text: str = "", finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish_reason}]}


BAD_ENDS = {"content_filter": ContentFiltered, "length": Truncated, "error": SourceFailed}


@pytest.mark.parametrize("reason", BAD_ENDS)
def test_a_bad_end_stays_one(outcome: Callable[..., Outcome], reason: str) -> None:
    """An answer that has ended badly is not made whole by another finish of its own or of another choice, before it or after."""
    for finishes in ([(0, reason), (0, "stop")], [(0, "stop"), (0, reason)], [(0, reason), (1, "stop")]):
        reply = body_of(choice_event(0, TEXT), *(choice_event(index, finish_reason=each) for index, each in finishes))
        text, error = outcome(reply, chat)
        assert text == TEXT
        assert isinstance(error, BAD_ENDS[reason])
        assert error.text == TEXT


def test_an_end_of_another_choice(outcome: Callable[..., Outcome]) -> None:
    """The finish of a choice says nothing of another: without `[DONE]` that has broken off, with it it has ended."""
    events = [choice_event(0, TEXT), choice_event(1, finish_reason="stop")]
    _, error = outcome(body_of(*events), chat)
    assert isinstance(error, SourceFailed)
    _, error = outcome(body_of(*events, choice_event(0, finish_reason="stop")), chat)
    assert error is None
    assert outcome(body_of(*events, done=True), chat) == (TEXT, None)


@both_apis
def test_a_refusal(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """A refusal is Refused, with all that the model said."""
    text, error = outcome(answer(refusal="I can't help with that."), ask)
    assert text == ""
    assert isinstance(error, Refused)
    assert error.refusal == "I can't help with that."
    assert "I can't help with that." in str(error)


@both_apis
def test_a_reported_error(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """An error object in mid-stream, after a status of 200, is SourceFailed in the provider's words."""
    text, error = outcome(faults.error_object(answer(TEXT, cut=1), message="overloaded", after_events=6), ask)
    assert TEXT.startswith(text)
    assert isinstance(error, SourceFailed)
    assert "overloaded" in str(error)
    assert isinstance(error.__cause__, ProviderError)
    assert error.__cause__.body["message"] == "overloaded"
    assert error.text == text


@both_apis
@pytest.mark.parametrize("fault", [faults.cut, faults.reset])
def test_a_dropped_connection(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]], fault: Any) -> None:
    """A connection that breaks in mid-stream is SourceFailed, caused by what the transport says."""
    text, error = outcome(fault(answer(TEXT, cut=1), after_events=9), ask)
    assert TEXT.startswith(text)
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, httpx2.TransportError)
    assert error.text == text


@both_apis
@pytest.mark.parametrize("events", [0, 5])
def test_an_end_without_a_finish(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]], events: int) -> None:
    """A body that ends in good order, but before the provider said that the answer had, is SourceFailed."""
    reply = answer(TEXT)
    text, error = outcome(replace(reply, steps=lambda request: islice(reply.steps(request), events)), ask)
    assert TEXT.startswith(text)
    assert isinstance(error, SourceFailed)


def test_a_body_cut_inside_an_event(outcome: Callable[..., Outcome]) -> None:
    """A body that ends in good order inside an event is SourceFailed."""
    _, error = outcome(recorded(b'data: {"choices": [{"delta": {"cont'), chat)
    assert isinstance(error, SourceFailed)
    assert "inside an event" in str(error)


@both_apis
def test_an_event_that_is_not_json(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """An event that is no JSON is SourceFailed with the event's beginning, after the text before it."""
    text, error = outcome(faults.malformed(answer(TEXT, cut=1), after_events=9), ask)
    assert TEXT.startswith(text)
    assert isinstance(error, SourceFailed)
    assert "not JSON" in str(error)


@both_apis
def test_text_that_is_not_utf8(outcome: Callable[..., Outcome], ask: Callable[..., Stream[str]]) -> None:
    """A byte that is no UTF-8 is SourceFailed, not a wrong character."""
    _, error = outcome(faults.invalid_utf8(answer(TEXT, cut=1), after_events=9), ask)
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, ValueError)


@pytest.mark.parametrize("event", [b"[1]", b'"text"', b'{"choices": 7}', b'{"choices": [{"delta": [3]}]}', b"null"])
def test_an_event_of_another_shape(outcome: Callable[..., Outcome], event: bytes) -> None:
    """JSON that is no event of the API is SourceFailed, never an AttributeError."""
    _, error = outcome(recorded(b"data: " + event + b"\n\n"), chat)
    assert isinstance(error, SourceFailed)
    assert "unknown shape" in str(error)


@pytest.mark.parametrize("reason", [5, True, 1.5, ["x"]])
@pytest.mark.parametrize("kind", ["response.incomplete", "response.completed"])
def test_a_reason_that_is_no_text(outcome: Callable[..., Outcome], kind: str, reason: Any) -> None:
    """A response that is incomplete for what is no reason is SourceFailed, as is any other event of an unknown shape."""
    response = {"status": "incomplete", "incomplete_details": {"reason": reason}}
    _, error = outcome(body_of({"type": kind, "response": response}), responses)
    assert isinstance(error, SourceFailed)
    assert "unknown shape" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"choices": [{"delta": {"content": "\xed\xa0\x80"}}]}\n\n',
        b"data: " + '{"choices": [{"delta": {"content": "Hi"}}]}'.encode("utf-16-be") + b"\n\n",
        b"data: " + '{"choices": []}'.encode("utf-32-be") + b"\n\n",
    ],
    ids=["a surrogate", "UTF-16", "UTF-32"],
)
def test_text_in_another_encoding(outcome: Callable[..., Outcome], body: bytes) -> None:
    """Half a character that is written as UTF-8, or another encoding, is SourceFailed like any byte that is no UTF-8."""
    text, error = outcome(recorded(body), chat)
    assert text == ""
    assert isinstance(error, SourceFailed)
    assert "not JSON" in str(error)


NO_WORD: Any = 5


@pytest.mark.parametrize(
    ("operator", "events"),
    [
        (content(), [TextDelta("Hi"), Finish(NO_WORD)]),
        (answer_text(), [ToolCallDelta("", name=NO_WORD), Finish("stop")]),
        (tool_calls(), [Finish(NO_WORD)]),
    ],
    ids=["content", "answer", "tool_calls"],
)
def test_an_end_that_cannot_be_judged(operator: Any, events: list[Event]) -> None:
    """Whatever fails while the end of an answer is judged is an error like any other, not an exception without a terminal."""
    ends: list[Any] = []
    rx.from_iterable(events).pipe(operator).subscribe(on_error=ends.append, on_completed=lambda: ends.append(None))
    (error,) = ends
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, AttributeError | TypeError)


def test_a_web_page(outcome: Callable[..., Outcome]) -> None:
    """A page from a proxy in place of the stream is named as such."""
    _, error = outcome(html_page(), chat)
    assert isinstance(error, SourceFailed)
    assert "text/html" in str(error)
    assert "base_url" in str(error)


def test_an_http_error(outcome: Callable[..., Outcome]) -> None:
    """An HTTP error is SourceFailed, caused by the SDK's own exception."""
    _, error = outcome(http_error(401, "no such key"), chat)
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, openai.AuthenticationError)
    assert "no such key" in str(error)
    assert "\n" not in str(error)


def test_no_answer_at_all(outcome: Callable[..., Outcome]) -> None:
    """A server that hangs up is SourceFailed, caused by the SDK's own exception."""
    _, error = outcome(hang_up(), chat)
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, openai.APIConnectionError)


def test_the_sdk_retries() -> None:
    """Retries are the SDK's: a 429 with `Retry-After` is asked again, and the subscriber sees only the answer."""
    replies = http_error(429, retry_after=0), answer(TEXT)
    with LoopbackServer(*replies) as server, sync_client(server.base_url) as client:
        assert "".join(chat(client)) == TEXT
        assert len(server.requests) == 2


def test_a_compressed_body(outcome: Callable[..., Outcome]) -> None:
    """A body that is compressed on the way is read all the same."""
    assert outcome(faults.gzipped(answer(TEXT)), chat) == (TEXT, None)


def test_an_event_over_the_limit(outcome: Callable[..., Outcome]) -> None:
    """An event of more than `max_event_bytes` is LimitExceeded."""
    _, error = outcome(recorded(b"data: " + b"x" * 5000), chat, max_event_bytes=1000)
    assert isinstance(error, LimitExceeded)
    assert error.limit == "max_event_bytes"


def test_a_filtered_prompt(outcome: Callable[..., Outcome]) -> None:
    """A request that the provider's filter refuses (Azure's 400 with the code `content_filter`) is ContentFiltered."""
    body = b'{"error": {"message": "filtered", "code": "content_filter"}}'
    reply = Reply(lambda request: [body], 400, {"content-type": "application/json"})
    _, error = outcome(reply, chat)
    assert isinstance(error, ContentFiltered)
    assert isinstance(error.__cause__, openai.BadRequestError)
