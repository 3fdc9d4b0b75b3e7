"""The OpenAI SDK as a source: `openai_events`, `from_openai`, `from_openai_responses`.

The request goes through the SDK's public `with_streaming_response`, so that authentication, retries, timeouts, hooks, Azure
and custom transports stay the SDK's; the body's bytes are decoded here, which costs a small part of what the SDK's own chunk
objects do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from reactivex import abc

from ..errors import SourceFailed
from ..limits import MAX_CHARS, MAX_EVENT_BYTES, MAX_PARTS
from ..options import check_choice, check_count
from ..stream import Flow, Stream
from .answer import Answer
from .chunks import Chunks, begin_chunks, check_chunks
from .events import Event
from .exchange import Exchange
from .interruption import Interruption
from .pulling import Reading, deliver, pull
from .response_model import Expectation, Via, chat_request, check_messages, check_stream, responses_request
from .unwrapping import unwrap

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, OpenAI

Source: TypeAlias = "OpenAI | AsyncOpenAI | Chunks | Callable[[], Chunks]"
"""A client; or chunk objects, or a function that returns them anew for each subscription."""

DRAIN_SECONDS = 0.1
"""How long an async client may wait for the end of a body whose last event has come, so that its connection can be used again."""


def openai_events(
    source: Source,
    *,
    resume: bool = False,
    max_event_bytes: int = MAX_EVENT_BYTES,
    max_parts: int = MAX_PARTS,
    **request: Any,
) -> Stream[Event]:
    """Everything that an OpenAI-compatible provider streams, as typed events.

    ```
    openai_events  --t--t--t--t--F--U--|

    t  TextDelta
    F  Finish('stop')
    U  Usage(…)
    ```

    Example:
        >>> import rxstruct as rxs
        >>> chunks = [{"choices": [{"delta": {"content": "Hello"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]
        >>> rxs.openai_events(chunks).subscribe(print)
        TextDelta(text='Hello', choice=0, output_index=0, phase=None)
        Finish(reason='stop', choice=0, output_index=0)
        <...>

    Cold: each subscription makes its own request, and disposing closes it. A sync client is read on the subscribe scheduler, by
    default the current thread, where `subscribe` returns at the end; an async one by a task on the running loop. With `messages`
    the request is one to chat completions, else to the Responses API.

    Args:
        source: an `OpenAI` or `AsyncOpenAI` client; or chunk objects that you already have: the SDK's `Stream` or `AsyncStream`,
            another SDK's iterator, or a function (also an async one, such as the async client's `create`) that returns one for
            each subscription. It is called on the loop in `async for` and `await`, which a sync client's `create` would block:
            give the client itself, or a generator function.
        resume: Responses API only: make it a background response, and after a dropped connection go on where it stopped.
            At once where the connection had brought more of the answer, else after a pause that grows, up to eight seconds; not
            again after a few in a row that bring no event. Disposing then ends the reading, not the response itself.
        max_event_bytes: the most bytes that one event may have; default 16 MiB.
        max_parts: how many choices, tool calls and output items the answer may have, all together; 65,536 by default.
        request: what the SDK's `create` takes, without `stream`.

    Emits `TextDelta`, `RefusalDelta`, `ReasoningDelta`, `ToolCallDelta`, `Usage`, `Finish`. Completes when the response ends,
    however the answer did: `content()` and `tool_calls()` look at that.
    Errors: `TypeError` at once, if `stream=False` is asked for or the source is none; `SourceFailed` if the request, the
    connection or the provider fails (`__cause__` says how), or the client is closed; `ContentFiltered` if the provider's filter
    refuses the request; `LimitExceeded` for an event that is longer than `max_event_bytes`, or one part too many.
    """
    return pull(_events(source, resume=resume, max_event_bytes=max_event_bytes, max_parts=max_parts, **request))


def from_openai(
    source: Source, *, response_model: Any = None, via: Via = "schema", max_chars: int = MAX_CHARS, **request: Any
) -> Stream[str]:
    """The text of one chat completions answer, delta by delta.

    ```
    from_openai  --a-----b-----c--|

    a  {"name":"A
    b  da","age":3
    c  6}
    ```

    Example:
        >>> import rxstruct as rxs
        >>> chunks = [{"choices": [{"delta": {"content": "Hello"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]
        >>> rxs.from_openai(chunks).subscribe(print)
        Hello
        <...>

    `openai_events` and `content()` in one; how it runs, and how it ends, is described there.

    Args:
        source: an `OpenAI` or `AsyncOpenAI` client, or chunk objects, as for `openai_events`.
        response_model: what the answer is to be: any type that pydantic has a schema for. One that is no object is asked for as
            `{"value": …}`, and arrives without that. (Chunk objects have been asked for already: it is not sent for them.)
        via: how the model is sent: `"schema"` (structured output), `"tool"` (one tool that must be called; the text is its
            arguments), `"json_object"` (JSON mode, with the schema in a system message), `"none"` (not at all).
        max_chars: how many characters the answer, or a refusal, may have; 64 million by default.
        request: what the SDK's `create` takes.

    Emits `str`. Completes only after a whole answer.
    Errors: `TypeError` at once, for a model without a schema, `response_format` beside `response_model`, `stream=False`,
    `n` > 1, or messages that are none; `ValueError` for an unknown `via`; else those of `content()` and `openai_events`; with a
    model, `Truncated` also for an answer that has nothing to read, which says what came instead (a tool call, say).
    """
    check_count("max_chars", max_chars, 0)
    if not is_client(source):
        check_choice("via", via, Via)
        return _text(_events(source, **request), Expectation(as_tool_call=via == "tool"), response_model, max_chars)
    keywords, expectation = chat_request(request, response_model, via)
    return _text(_events(source, **keywords), expectation, response_model, max_chars)


def from_openai_responses(
    source: Source,
    *,
    response_model: Any = None,
    via: Via = "schema",
    max_chars: int = MAX_CHARS,
    resume: bool = False,
    **request: Any,
) -> Stream[str]:
    """The text of one Responses API answer, delta by delta; commentary is left out.

    ```
    from_openai_responses  --a-----b-----c--|

    a  {"name":"A
    b  da","age":3
    c  6}
    ```

    Example:
        >>> import rxstruct as rxs
        >>> chunks = [
        ...     {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"},
        ...     {"type": "response.completed", "response": {}},
        ... ]
        >>> rxs.from_openai_responses(chunks).subscribe(print)
        Hello
        <...>

    Args:
        source, response_model, via, max_chars: as for `from_openai`.
        resume: go on after a dropped connection, as for `openai_events`.
        request: what the SDK's `responses.create` takes.

    Emits `str`. Completes only after a whole answer.
    Errors: `TypeError` at once, as from `from_openai`; else those of `content()` and `openai_events`.
    """
    check_count("max_chars", max_chars, 0)
    if not is_client(source):
        check_choice("via", via, Via)
        events = _events(source, resume=resume, **request)
        return _text(events, Expectation(as_tool_call=via == "tool"), response_model, max_chars)
    keywords, expectation = responses_request(request, response_model, via)
    return _text(_events(source, resume=resume, **keywords), expectation, response_model, max_chars)


def _text(
    events: Callable[[], Reading[Event]], expectation: Expectation, response_model: Any, max_chars: int
) -> Stream[str]:
    """The text of what is read. `Answer` observes the source itself: an operator between them adds a tenth to an event's cost."""
    is_required = response_model is not None

    def subscribe(observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        answer = Answer(observer, max_chars=max_chars, as_tool_call=expectation.as_tool_call, is_required=is_required)
        return deliver(events, answer, scheduler)

    text = Stream(subscribe, flow=Flow.PIECES)
    return text.pipe(unwrap()) if expectation.wrapped else text


def _events(
    source: Source,
    *,
    resume: bool = False,
    max_event_bytes: int = MAX_EVENT_BYTES,
    max_parts: int = MAX_PARTS,
    **request: Any,
) -> Callable[[], Reading[Event]]:
    """What begins a reading of the source's events; a request is checked at once."""
    check_count("max_event_bytes", max_event_bytes, 1)
    check_count("max_parts", max_parts, 1)
    if not is_client(source):
        check_source(source)
        if resume:
            request["resume"] = resume
        if request:
            raise TypeError(
                f"{', '.join(request)}: these need an OpenAI or AsyncOpenAI client, not {type(source).__name__}"
            )
        chunks: Any = source
        return lambda: begin_chunks(chunks, max_parts=max_parts)
    check_stream(request)
    if "messages" in request:
        check_messages(request["messages"])
    request.pop("stream", None)
    if resume:
        if "messages" in request:
            raise TypeError(
                "resume=True needs the Responses API, whose streams can be taken up again: give input=, not messages="
            )
        if not request.setdefault("background", True):
            raise TypeError("resume=True needs background=True, so that the answer goes on without a connection")

    def begin() -> Reading[Event]:
        client: Any = source
        if client.is_closed():
            raise SourceFailed("the client is closed: subscribe before its `with` block ends, or make a new one")
        exchange = Exchange(client, request, resume=resume, max_event_bytes=max_event_bytes, max_parts=max_parts)
        if is_async(client):
            return Reading(_read_async(exchange))
        interruption = Interruption()
        return Reading(_read(exchange, interruption), interruption.cut)

    return begin


def _read(exchange: Exchange, interruption: Interruption) -> Iterator[Event]:
    while True:
        failure: Exception | None = None
        try:
            with exchange.send() as response:
                body = exchange.body(response.http_response)
                interruption.watch(response.http_response)
                try:
                    for chunk in chunks_of(response.http_response):
                        yield from body.feed(chunk)
                        if exchange.dialect.ended:
                            return
                finally:
                    interruption.release()
            yield from body.finish()
        except Exception as error:
            failure = error
        pause = exchange.resumes_after(failure)
        if pause is not None and not interruption.wait(pause):
            continue
        if failure is None:
            return
        try:
            raise exchange.cleaned(failure)
        finally:
            del failure  # or its traceback and this frame would hold one another


async def _read_async(exchange: Exchange) -> AsyncIterator[Event]:
    while True:
        failure: Exception | None = None
        try:
            async with exchange.send() as response:
                body = exchange.body(response.http_response)
                chunks = async_chunks_of(response.http_response)
                try:
                    async for chunk in chunks:
                        for event in body.feed(chunk):
                            yield event
                        if exchange.dialect.ended:
                            await _drain(chunks)
                            return
                except GeneratorExit:
                    await _abandon(chunks)
                    raise
            for event in body.finish():
                yield event
        except Exception as error:
            failure = error
        pause = exchange.resumes_after(failure)
        if pause is not None:
            await asyncio.sleep(pause)
            continue
        if failure is None:
            return
        try:
            raise exchange.cleaned(failure)
        finally:
            del failure  # or its traceback and this frame would hold one another


async def _abandon(chunks: AsyncIterator[bytes]) -> None:
    """Leave a body half read, by a cancellation where it waits for bytes: so all that it runs through is closed from within.

    Merely dropped, each of the SDK's and httpx2's generators would be closed later, by a task of its own.
    """
    import anyio

    with anyio.CancelScope() as scope:
        scope.cancel()
        async for _ in chunks:
            pass


def chunks_of(response: httpx2.Response) -> Iterator[bytes]:
    """The body as it comes; not by way of httpx2's decoders where there is nothing to decode, which costs as much again."""
    return response.iter_bytes() if "content-encoding" in response.headers else response.iter_raw()


def async_chunks_of(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The same of an async response."""
    return response.aiter_bytes() if "content-encoding" in response.headers else response.aiter_raw()


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    # anyio's time limit, for httpx2 shields the closing of its connections from it, and not from asyncio's.
    import anyio

    # The answer is complete, whatever becomes of the connection.
    with suppress(Exception), anyio.move_on_after(DRAIN_SECONDS):
        async for _ in chunks:
            pass


def is_client(source: Any) -> bool:
    """Whether it is one of the SDK's clients; who has none need not pay for importing the SDK."""
    openai = sys.modules.get("openai")
    return openai is not None and isinstance(source, openai.OpenAI | openai.AsyncOpenAI)


def check_source(source: Any) -> None:
    """Refuse what gives no chunks; a class, too, which could be called as a function that makes them: it is a model in the
    client's place."""
    if isinstance(source, type):
        raise TypeError(
            f"{source.__name__} is a class: the client, or what gives the chunks, comes first, then the model"
        )
    if not callable(source):
        check_chunks(source)


def is_async(client: Any) -> bool:
    """Whether a client of the SDK is an async one."""
    import openai

    return isinstance(client, openai.AsyncOpenAI)
