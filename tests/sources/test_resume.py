"""Background responses that are taken up again after a dropped connection."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import pytest
from reactivex.scheduler import NewThreadScheduler

from rxstruct import policy
from rxstruct.errors import RxStructError, SourceFailed
from rxstruct.sources import Event, from_openai_responses, openai_events
from rxstruct.sources.exchange import Exchange
from rxstruct.testing import faults
from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.replies import Call, answer, http_error, recorded
from rxstruct.testing.server import LoopbackServer

from .clients import async_client, sync_client

TEXT = '{"name": "Ada Lovelace", "born": 1815}'
WHOLE = answer(TEXT)
PATIENCE = 10  # seconds that a broken source may cost a test; a working one never uses them


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections are made again at once here; how long the pauses are is told without waiting for them."""
    monkeypatch.setattr(policy, "FIRST_PAUSE_SECONDS", 0.0)


def events_of(reply: Reply) -> list[bytes]:
    """The events of a reply as the server sends them."""
    request = ReceivedRequest("POST", "/v1/responses", "", {}, {"model": "any", "input": "Go"})
    return [step for step in reply.steps(request) if isinstance(step, bytes)]


def rest(first: int, reply: Reply = WHOLE) -> Reply:
    """What is still to come of a reply, from its event number `first` on."""
    return recorded(b"".join(events_of(reply)[first:]))


def read(*replies: Reply, **options: Any) -> tuple[str, list[ReceivedRequest], RxStructError | None]:
    """What a subscriber gets of an answer that may be resumed, and what the server was asked."""
    received: list[str] = []
    errors: list[Any] = [None]
    with LoopbackServer(*replies) as server, sync_client(server.base_url, max_retries=0) as client:
        stream = from_openai_responses(client, model="any", input="Go", **{"resume": True, **options})
        stream.subscribe(received.append, errors.append)
        return "".join(received), server.requests, errors[-1]


@pytest.mark.parametrize("fault", [faults.cut, faults.reset])
@pytest.mark.parametrize("events", [1, 5, 9])
def test_a_dropped_connection_is_taken_up(fault: Callable[..., Reply], events: int) -> None:
    """After a drop the stream goes on behind the last event that came, and the subscriber notices nothing."""
    dropped = fault(WHOLE, after_events=events)

    def respond(request: ReceivedRequest) -> Reply:
        return rest(int(parse_qs(request.query)["starting_after"][0]) + 1)

    received: list[str] = []
    with LoopbackServer(dropped, respond=respond) as server:
        with sync_client(server.base_url, max_retries=0) as client:
            stream = from_openai_responses(client, model="any", input="Go", resume=True)
            stream.subscribe(received.append)
        first, second = server.requests
    assert "".join(received) == TEXT
    assert first.body["background"] is True
    assert second.method == "GET"
    assert second.path.startswith("/v1/responses/resp_")


def test_async() -> None:
    """The async client does the same."""

    async def main(base_url: str) -> str:
        async with async_client(base_url, max_retries=0) as client:
            stream = from_openai_responses(client, model="any", input="Go", resume=True)
            return "".join([delta async for delta in stream])

    with LoopbackServer(faults.cut(WHOLE, after_events=6), rest(6)) as server:
        assert asyncio.run(main(server.base_url)) == TEXT


def test_each_event_comes_once() -> None:
    """A server that sends events again that have come already changes nothing."""
    text, _, error = read(faults.cut(WHOLE, after_events=8), rest(2))
    assert (text, error) == (TEXT, None)


def test_an_end_in_good_order_is_taken_up_too() -> None:
    """A body that ends before the response does, also inside an event, is a dropped connection."""
    body = b"".join(events_of(WHOLE))
    for length in (len(b"".join(events_of(WHOLE)[:7])), len(body) // 2):
        known = body[:length].count(b"\n\n")
        text, requests, error = read(recorded(body[:length]), rest(known))
        assert (text, error) == (TEXT, None)
        assert f"starting_after={known - 1}" in requests[1].query


def test_dropped_again_and_again() -> None:
    """As long as each connection brings something new, it goes on."""
    text, requests, error = read(*(faults.cut(rest(n), after_events=1) for n in range(len(events_of(WHOLE)))))
    assert (text, error) == (TEXT, None)
    assert len(requests) > 8


def test_giving_up() -> None:
    """Connections that bring nothing new are given up after a few, with the last failure."""
    nothing = faults.cut(rest(4), after_events=0)
    text, requests, error = read(faults.cut(WHOLE, after_events=4), *[nothing] * 9)
    assert TEXT.startswith(text)
    assert isinstance(error, SourceFailed)
    assert len(requests) < 6


def test_what_is_not_resumed() -> None:
    """An error that the provider reports, an HTTP error, a drop before the response had a name: none is taken up."""
    for replies in (
        [faults.error_object(WHOLE, after_events=5)],
        [faults.cut(WHOLE, after_events=0)],
        [faults.malformed(WHOLE, after_events=5)],
        [http_error(401)],
        [faults.cut(WHOLE, after_events=5), http_error(404)],
    ):
        _, requests, error = read(*replies, WHOLE)
        assert isinstance(error, SourceFailed)
        assert len(requests) == len(replies)


def test_only_when_asked_to() -> None:
    """Without `resume=True` a drop is an error, and nothing says background."""
    text, requests, error = read(faults.cut(WHOLE, after_events=6), WHOLE, resume=False)
    assert TEXT.startswith(text)
    assert isinstance(error, SourceFailed)
    assert len(requests) == 1
    assert "background" not in requests[0].body


def test_all_events_are_resumed() -> None:
    """`openai_events` resumes as well: what the first connection said of a call still holds in the second."""
    reply = answer("Hm", tool_calls=[Call("f", {"x": [1, 2, 3]})])
    count = len(events_of(reply))
    with LoopbackServer(reply) as server, sync_client(server.base_url) as client:
        whole = list(openai_events(client, model="any", input="Go"))
    for events in range(1, count):
        replies = faults.cut(reply, after_events=events), rest(events, reply)
        with LoopbackServer(*replies) as server, sync_client(server.base_url) as client:
            resumed: list[Event] = list(openai_events(client, model="any", input="Go", resume=True))
        assert resumed == whole


# Connections that bring nothing of the answer


def status_event(number: int) -> bytes:
    """An event that says no more than that the response goes on."""
    event = {"type": "response.in_progress", "sequence_number": number, "response": {"id": "resp_1"}}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def fruitless_server(*, told_of: int, told: threading.Event) -> LoopbackServer:
    """Ends each body after one such event, the numbers of which grow; sets `told` with a request."""
    numbers = count()

    def respond(request: ReceivedRequest) -> Reply:
        number = next(numbers)
        if number == told_of:
            told.set()
        return recorded(status_event(number))

    return LoopbackServer(respond=respond)


@pytest.mark.parametrize(("pause", "requests"), [(0.0, 3), (60.0, 1)])
def test_leaving_on_a_thread_ends_it(monkeypatch: pytest.MonkeyPatch, pause: float, requests: int) -> None:
    """Nothing is asked any more once the subscriber has left, neither at once nor after the pause."""
    monkeypatch.setattr(policy, "FIRST_PAUSE_SECONDS", pause)
    told = threading.Event()
    before = set(threading.enumerate())
    with fruitless_server(told_of=requests - 1, told=told) as server, sync_client(server.base_url) as client:
        stream = from_openai_responses(client, model="any", input="Go", resume=True)
        subscription = stream.subscribe(scheduler=NewThreadScheduler())
        assert told.wait(PATIENCE)
        subscription.dispose()
        for thread in set(threading.enumerate()) - before:
            if thread.name != "rxstruct-loopback":
                thread.join(PATIENCE)
                assert not thread.is_alive()
        assert requests <= len(server.requests) <= requests + 1


def test_leaving_in_a_task_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The async client waits as long, without holding up its loop, and leaves as soon."""
    monkeypatch.setattr(policy, "FIRST_PAUSE_SECONDS", 60.0)
    told = threading.Event()

    async def main(base_url: str) -> None:
        async with async_client(base_url, max_retries=0) as client:
            stream = from_openai_responses(client, model="any", input="Go", resume=True)
            subscription = stream.subscribe()
            assert await asyncio.to_thread(told.wait, PATIENCE)
            subscription.dispose()
            (task,) = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.wait([task], timeout=PATIENCE)
            assert task.done()

    with fruitless_server(told_of=0, told=told) as server:
        asyncio.run(main(server.base_url))
        assert len(server.requests) == 1


def test_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that brought nothing of the answer is made up for after a pause that doubles; one that did, at once."""
    monkeypatch.undo()
    exchange = Exchange(None, {"input": "Go"}, resume=True, max_event_bytes=1, max_parts=1)
    numbers = count()

    def pause_after(kind: str, **rest: Any) -> float | None:
        exchange.dialect.decode(
            {"type": kind, "sequence_number": next(numbers), "response": {"id": "resp_1"}, "output_index": 0, **rest}
        )
        return exchange.resumes_after(None)

    assert [pause_after("response.in_progress") for _ in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert pause_after("response.output_text.delta", delta="x") == 0
    assert pause_after("response.output_text.delta", delta="") == 0.5
    assert pause_after("response.reasoning_text.delta", delta="x") == 0
    assert [exchange.resumes_after(None) for _ in range(3)] == [0.5, 1, None]
    for _ in range(2_000):
        assert pause_after("response.in_progress") is not None
