"""Leaving an answer that is asked for until it is valid: every request is closed, and none follows."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import PlainValidator, TypeAdapter
from reactivex import operators as ops
from reactivex.scheduler import NewThreadScheduler
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.errors import SourceFailed
from rxstruct.testing import faults
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

from .scenes import MESSAGES, PATIENCE, Person, asked, both, said, scripted, watch

REQUEST: dict[str, Any] = {"model": "any", "messages": MESSAGES}
BAD = {"name": "Ada", "age": -1}
GOOD = {"name": "Ada", "age": 36}


def second_stalls() -> LoopbackServer:
    """A server whose second answer comes to a standstill."""
    return LoopbackServer(answer(BAD), faults.stall(answer(GOOD), after_events=4))


def is_second(person: Person) -> bool:
    return rxs.attempt_of(person) == 2 and hasattr(person, "name")


def test_break() -> None:
    """Leaving a loop in a later attempt closes that attempt's request."""
    with second_stalls() as server, OpenAI(base_url=server.base_url, api_key="none") as client:
        for person in rxs.ask(client, Person, **REQUEST):
            if is_second(person):
                break
        assert server.requests[1].disconnected.wait(PATIENCE)
        assert len(server.requests) == 2


def test_async_break() -> None:
    """The same in an `async for` loop, with an async client and with a sync one."""

    async def leave(client: Any) -> None:
        async for person in rxs.ask(client, Person, **REQUEST):
            if is_second(person):
                break

    async def main(server: LoopbackServer, is_async: bool) -> None:
        if is_async:
            async with AsyncOpenAI(base_url=server.base_url, api_key="none") as client:
                await leave(client)
                assert await asyncio.to_thread(server.requests[1].disconnected.wait, PATIENCE)
        else:
            with OpenAI(base_url=server.base_url, api_key="none") as sync_client:
                await leave(sync_client)
                assert await asyncio.to_thread(server.requests[1].disconnected.wait, PATIENCE)

    for is_async in (True, False):
        with second_stalls() as server:
            asyncio.run(main(server, is_async))


@both
def test_take(kind: str) -> None:
    """`take` in a later attempt closes that attempt's request."""
    with second_stalls() as server:
        stop: Any = ops.take_while(lambda person: not is_second(person))
        if kind == "sync":
            with OpenAI(base_url=server.base_url, api_key="none") as client:
                assert watch(rxs.ask(client, Person, **REQUEST).pipe(stop)).completed
        else:

            async def main() -> None:
                async with AsyncOpenAI(base_url=server.base_url, api_key="none") as client:
                    done = asyncio.Event()
                    rxs.ask(client, Person, **REQUEST).pipe(stop).subscribe(on_completed=done.set)
                    await asyncio.wait_for(done.wait(), PATIENCE)
                    assert await asyncio.to_thread(server.requests[1].disconnected.wait, PATIENCE)

            asyncio.run(main())
        assert server.requests[1].disconnected.wait(PATIENCE)


def test_leaving_between_two_attempts() -> None:
    """Who leaves as an attempt fails is not asked for again."""
    client = scripted(said(BAD), said(GOOD))
    enough = Subject[None]()

    def leave(event: rxs.AskEvent) -> None:
        if isinstance(event, rxs.AnswerInvalid):
            enough.on_next(None)

    stream = rxs.ask(client, Person, messages=MESSAGES, on_event=leave)
    assert watch(stream.pipe(ops.take_until(enough))).completed
    assert len(client.requests) == 1


def test_a_callback_that_raises() -> None:
    """What a callback raises in a later attempt comes out of `subscribe` as it is, and the request is closed."""

    def fail(person: Person) -> None:
        if is_second(person):
            raise KeyError("mine")

    errors: list[Exception] = []
    with second_stalls() as server, OpenAI(base_url=server.base_url, api_key="none") as client:
        with pytest.raises(KeyError, match="mine"):
            rxs.ask(client, Person, **REQUEST).subscribe(fail, errors.append)
        assert server.requests[1].disconnected.wait(PATIENCE)
    assert errors == []


def test_on_a_thread() -> None:
    """With a thread scheduler it runs beside its subscriber, through all attempts."""
    with (
        LoopbackServer(answer(BAD), answer(GOOD)) as server,
        OpenAI(base_url=server.base_url, api_key="none") as client,
    ):
        stream = rxs.ask(client, Person, **REQUEST)
        last = stream.pipe(ops.subscribe_on(NewThreadScheduler()), ops.last())
        assert last.run() == Person(name="Ada", age=36)


def test_a_client_that_raises() -> None:
    """A function in the place of a client that raises ends the stream with that, be it for the first request or a later one."""
    client = scripted(said(BAD))

    def send(**request: Any) -> Any:
        if client.requests:
            raise OSError("no more")
        return client(**request)

    error = watch(rxs.ask(send, Person, messages=MESSAGES)).error
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, OSError)


@pytest.mark.parametrize("cut", [1, 1000])
@pytest.mark.parametrize(
    ("model", "bad", "good"),
    [
        (int, "x", 12),
        (str, 1, "text"),
        (list[int] | str, None, [1, 2]),
        (TypeAdapter(dict[str, int]), {"a": "x"}, {"a": 1}),
    ],
)
def test_any_root(model: Any, bad: Any, good: Any, cut: int) -> None:
    """Whatever can be asked for can be asked for again."""
    is_object = isinstance(good, dict)
    answers = [answer(value if is_object else {"value": value}, cut=cut) for value in (bad, good)]
    with LoopbackServer(*answers) as server:
        assert asked("sync", server, model).final == good


class Opaque:
    """A type that pydantic validates, and has no JSON schema for."""

    def __init__(self, text: str) -> None:
        self.text = text


OPAQUE = TypeAdapter(Annotated[Opaque, PlainValidator(lambda value: Opaque(value["text"]))])


@pytest.mark.parametrize("on_invalid", ["restart", "repair"])
def test_a_type_without_a_schema(on_invalid: str) -> None:
    """A type that has no schema can be asked for with via="none", and gone on with and asked for again like any other."""
    text = '{"text": "a text", "more": 1}'
    client = scripted(said('{"text": "a t', reason="length"), said('ext", "more": 1}'))
    assert watch(rxs.ask(client, OPAQUE, messages=MESSAGES, via="none", on_invalid=on_invalid)).final.text == "a text"
    client = scripted(said("{nothing"), said(text))
    assert watch(rxs.ask(client, OPAQUE, messages=MESSAGES, via="none", on_invalid=on_invalid)).final.text == "a text"
