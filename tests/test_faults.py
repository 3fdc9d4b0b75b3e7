"""Every fault of the network and of providers, under every pipeline that the docs show: the right error, and nothing lost.

The whole product (each byte at which a stream can break off, for each pipeline, client and API) is for `RXSTRUCT_PROFILE=long`;
by default each pipeline meets each fault once, and each byte's neighbourhood is met once.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count as numbers
from pathlib import Path
from typing import Any

import pytest
import reactivex as rx
from pydantic import BaseModel
from reactivex import Observable, operators

import rxstruct as rxs
from rxstruct.incremental import JsonDocument
from rxstruct.sinks import json_patches
from rxstruct.testing import faults
from rxstruct.testing.exchange import Reply
from rxstruct.testing.replies import answer, hang_up, html_page, http_error, recorded
from rxstruct.testing.server import LoopbackServer

from .sources.clients import async_client, sync_client
from .tally import count

ops: Any = operators
"""reactivex's own; what flows through the table below is of any type."""
LONG = os.environ.get("RXSTRUCT_PROFILE") == "long"
PATIENCE = 3600 if LONG else 120
"""Seconds until a test that hangs fails; none that works comes near."""
READ_TIMEOUT = 0.05
"""Seconds after which a client gives a stalled answer up."""


class Trip(BaseModel):
    city: str
    stops: list[str]
    days: int


TEXT = '{"city":"Oslo","stops":["a"],"days":3}'
REQUESTS: dict[str, dict[str, Any]] = {
    "chat": {"model": "any", "messages": [{"role": "user", "content": "Go"}]},
    "responses": {"model": "any", "input": "Go"},
}
Client = Any
Request = dict[str, Any]


# -- the pipelines of the docs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pipeline:
    """A chain that the docs show.

    Args:
        make: makes it on a client, for a request.
        done_at: after how much of the text it completes by itself, if it needs no whole answer.
        knows: what its errors carry: `text`, and from there on `snapshot` and `partial`.
    """

    make: Callable[[Client, Request], Observable[Any]]
    done_at: str = ""
    knows: tuple[str, ...] = ("text", "snapshot", "partial")


def deltas(client: Client, request: Request) -> Any:
    source = rxs.from_openai if "messages" in request else rxs.from_openai_responses
    return source(client, **request)


def snapshots(client: Client, request: Request) -> Any:
    return deltas(client, request).pipe(rxs.accumulate_json())


def trips(client: Client, request: Request) -> Any:
    return snapshots(client, request).pipe(rxs.to_partial(Trip))


def sentences(pieces: Any) -> Any:
    def split(state: Any, piece: str) -> Any:
        *whole, rest = re.split(r"(?<=[.!?]) +", state[1] + piece)
        return whole, rest

    begun: Any = ([], "")
    return rx.concat(pieces, rx.of(" ")).pipe(
        ops.scan(split, begun), ops.flat_map(lambda state: rx.from_iterable(state[0]))
    )


def answer_of(events: Observable[rxs.Event]) -> Observable[Any]:
    return events.pipe(rxs.choice(0), rxs.content(), rxs.accumulate_json(), rxs.to_partial(Trip))


PIPELINES = {
    "README: partials": Pipeline(lambda client, request: rxs.partials(client, Trip, **request)),
    "README: one request, two readers": Pipeline(
        lambda client, request: trips(client, request).pipe(
            rxs.share_latest(
                lambda trip: rx.merge(trip.pipe(rxs.distinct_fields("city", "stops")), trip.pipe(rxs.progress()))
            )
        )
    ),
    "concepts: deltas": Pipeline(deltas, knows=("text",)),
    "concepts: snapshots": Pipeline(snapshots, knows=("text", "snapshot")),
    "concepts: in a loop": Pipeline(
        lambda client, request: snapshots(client, request).pipe(ops.map(lambda snapshot: snapshot.value)),
        knows=("text", "snapshot"),
    ),
    "Start a look-up as soon as one field is there": Pipeline(
        lambda client, request: trips(client, request).pipe(
            rxs.share_latest(
                lambda trip: rx.merge(
                    trip.pipe(rxs.completed("city", of=str), ops.flat_map(lambda city: rx.just(city + ": rain"))),
                    trip.pipe(ops.last(), ops.map(lambda whole: f"{whole.days} days in {whole.city}")),
                )
            )
        )
    ),
    "one field": Pipeline(
        lambda client, request: trips(client, request).pipe(rxs.completed("city")), done_at='{"city":"Oslo"'
    ),
    "Stop when there is enough": Pipeline(
        lambda client, request: trips(client, request).pipe(rxs.stop_when(lambda trip: rxs.is_closed(trip, "stops"))),
        done_at='{"city":"Oslo","stops":["a"]',
    ),
    "Speak an answer sentence by sentence": Pipeline(
        lambda client, request: trips(client, request).pipe(rxs.text("city"), sentences)
    ),
    "Race two models": Pipeline(
        lambda client, request: rx.merge(
            trips(client, request).pipe(ops.last()), trips(client, request).pipe(ops.last())
        ).pipe(ops.take(1))
    ),
    "Two answers side by side": Pipeline(
        lambda client, request: rx.zip(trips(client, request).pipe(ops.last()), trips(client, request).pipe(ops.last()))
    ),
    "Merge n choices of one request": Pipeline(
        lambda client, request: rxs.openai_events(client, **request).pipe(rxs.share_latest(answer_of))
    ),
    "Tool calls as they are written": Pipeline(
        lambda client, request: rxs.openai_events(client, **request).pipe(rxs.typed_tool_calls(Trip)), knows=()
    ),
    "A model that chats around its JSON": Pipeline(
        lambda client, request: deltas(client, request).pipe(rxs.accumulate_json(locate="find"), rxs.to_partial(Trip))
    ),
    "A form that asks as the user types": Pipeline(
        lambda client, request: rx.of(1).pipe(ops.map(lambda _: trips(client, request)), ops.switch_latest())
    ),
    "Take a list one element at a time": Pipeline(
        lambda client, request: snapshots(client, request).pipe(
            rxs.elements("stops", of=str, on_invalid=lambda error: None)
        ),
        knows=("text", "snapshot"),
    ),
    "A slow screen": Pipeline(
        lambda client, request: trips(client, request).pipe(rxs.throttle_latest(60), rxs.text("city"))
    ),
    "screens: patches": Pipeline(lambda client, request: trips(client, request).pipe(json_patches(append=True))),
    "changes": Pipeline(lambda client, request: trips(client, request).pipe(rxs.changes())),
    "field": Pipeline(lambda client, request: trips(client, request).pipe(rxs.field("days"))),
}


# -- the faults --------------------------------------------------------------------------------------------------------------

WHOLE, FAILS = "whole", "fails"
FAULTS: dict[str, tuple[Callable[[Reply], Reply], str]] = {
    "a malformed event": (lambda reply: faults.malformed(reply, after_events=3), FAILS),
    "invalid UTF-8": (lambda reply: faults.invalid_utf8(reply, after_events=3), FAILS),
    "an error object": (lambda reply: faults.error_object(reply, after_events=3), FAILS),
    "a stall": (lambda reply: faults.stall(reply, after_events=3), FAILS),
    "a stall inside an event": (lambda reply: faults.stall(reply, after_bytes=500), FAILS),
    "a stall at once": (faults.stall, FAILS),
    "a reset": (lambda reply: faults.reset(reply, after_events=3), FAILS),
    "a cut inside gzip": (lambda reply: faults.cut(faults.gzipped(reply), after_bytes=250), FAILS),
    "a web page": (lambda reply: html_page(), FAILS),
    "an HTTP error": (lambda reply: http_error(503), FAILS),
    "no response": (lambda reply: hang_up(), FAILS),
    "the token limit": (lambda reply: answer(TEXT[:20], cut=13, finish_reason="length"), FAILS),
    "a content filter": (lambda reply: answer(TEXT[:20], cut=13, finish_reason="content_filter"), FAILS),
    "a refusal": (lambda reply: answer(refusal="No."), FAILS),
    "text cut off": (lambda reply: answer(TEXT[:20], cut=13), FAILS),
    "text that is no JSON": (lambda reply: answer(TEXT.replace("3", "x"), cut=13), FAILS),
    "nothing": (lambda reply: recorded(b""), FAILS),
    "a slow loris": (lambda reply: faults.slow(reply, 1_000_000), WHOLE),
    "gzip": (faults.gzipped, WHOLE),
    "a wrong content type": (lambda reply: faults.content_type(reply, "application/json"), WHOLE),
}
ERRORS: dict[str, type[rxs.RxStructError]] = {
    "the token limit": rxs.Truncated,
    "a content filter": rxs.ContentFiltered,
    "a refusal": rxs.Refused,
    "text cut off": rxs.Truncated,
    "text that is no JSON": rxs.JsonInvalid,
}
"""Where it is not SourceFailed."""
RAW_TEXT = {"text cut off", "text that is no JSON"}
"""What those who read the text alone cannot know."""


def whole_reply() -> Reply:
    return answer(TEXT, cut=13)


def body_of(api: str) -> bytes:
    """The whole body of the answer, as short as the API allows."""
    pieces = [TEXT[:13], TEXT[13:26], TEXT[26:]]
    found: list[Any]
    if api == "chat":
        found = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
        events = [
            *map(json.dumps, found),
            '{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}',
            "[DONE]",
        ]
    else:
        found = [{"type": "response.output_text.delta", "output_index": 0, "delta": piece} for piece in pieces]
        events = [*map(json.dumps, found), '{"type": "response.completed", "response": {}}']
    return "".join(f"data: {event}\n\n" for event in events).encode()


@dataclass(frozen=True)
class Came:
    """What of a body that broke off at a byte had come: the text, and whether that was a finished answer.

    A body that ends in good order may lack its last blank line, and in chat completions its `[DONE]`.
    """

    text: str
    is_finished: bool

    @staticmethod
    def by(body: bytes, *, in_good_order: bool) -> Came:
        *events, rest = body.split(b"\n\n")
        unended = data_of(rest)
        is_broken = False
        if in_good_order and unended is not None:
            is_broken = not is_json(unended) and unended != b"[DONE]"
            events.append(rest)
        text, has_finish, has_end = "", False, False
        for event in events:
            data = data_of(event)
            if data == b"[DONE]":
                has_end = True
            elif data is not None and is_json(data):
                value = json.loads(data)
                text += delta_in(value)
                has_finish |= any(choice.get("finish_reason") for choice in value.get("choices", ()))
                has_end |= value.get("type") == "response.completed"
        return Came(text, has_end or (in_good_order and has_finish and not is_broken))


def data_of(event: bytes) -> bytes | None:
    """The data of an event; None where there is none, or its line has not got that far."""
    lines = [line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:") or line == b"data"]
    return lines[0] if lines else None


def is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def delta_in(event: Any) -> str:
    if event.get("type") == "response.output_text.delta":
        return str(event["delta"])
    return "".join(choice["delta"].get("content") or "" for choice in event.get("choices", ()))


# -- running them ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A pipeline under a fault."""

    pipeline: str
    fault: str
    reply: Reply
    came: Came | None = None
    """What had come, where that is certain."""


Outcome = tuple[list[Any], Exception | None]


def run_sync(cases: Iterator[Case], api: str, check: Callable[[Case, Outcome], None]) -> None:
    """Each case in turn, on one server and one client."""
    current: list[Case] = []
    with (
        LoopbackServer(respond=lambda _: current[-1].reply) as server,
        sync_client(server.base_url, max_retries=0, timeout=READ_TIMEOUT) as client,
        sync_client(server.base_url, max_retries=0, timeout=PATIENCE) as patient,
    ):
        for case in cases:
            current.append(case)
            items: list[Any] = []
            ends: list[Any] = []
            chosen = client if "stall" in case.fault else patient
            pipeline = PIPELINES[case.pipeline].make(chosen, REQUESTS[api])
            pipeline.subscribe(items.append, ends.append, lambda ends=ends: ends.append(None))  # type: ignore[misc]
            assert len(ends) == 1, case
            check(case, (items, ends[0]))


def run_async(cases: Iterator[Case], api: str, check: Callable[[Case, Outcome], None]) -> None:
    """The same with an async client."""
    current: list[Case] = []

    async def outcome(pipeline: Observable[Any]) -> Outcome:
        items: list[Any] = []
        try:
            async for item in rxs.aiterate(pipeline):
                items.append(item)
        except Exception as error:
            return items, error
        return items, None

    async def main(base_url: str) -> None:
        async with (
            async_client(base_url, max_retries=0, timeout=READ_TIMEOUT) as client,
            async_client(base_url, max_retries=0, timeout=PATIENCE) as patient,
        ):
            for case in cases:
                current.append(case)
                chosen = client if "stall" in case.fault else patient
                check(case, await outcome(PIPELINES[case.pipeline].make(chosen, REQUESTS[api])))

    with LoopbackServer(respond=lambda _: current[-1].reply) as server:
        asyncio.run(main(server.base_url))


RUNS = {"sync": run_sync, "async": run_async}


def guarded(run: Callable[[], None]) -> None:
    """Fail, instead of hanging, where something hangs."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            run()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "a fault has left a pipeline hanging"
    if raised:
        raise raised[0]


def check_failure(case: Case, error: Exception | None, kind: type[rxs.RxStructError]) -> None:
    """An error of the right type, which knows all that had come."""
    assert isinstance(error, kind), (case, error)
    knows = PIPELINES[case.pipeline].knows
    assert str(error).isprintable(), case
    assert case.fault == "text that is no JSON" or TEXT.startswith(error.text), (case, error.text)
    if case.came is not None and "text" in knows:
        assert error.text == case.came.text, (case, error.text)
    document = JsonDocument()
    shown = document.feed(error.text) if case.fault != "text that is no JSON" else document.feed(error.text[:-1])
    if "snapshot" in knows and shown is not None:
        assert error.snapshot is not None, (case, error.text)
        assert error.snapshot.value == shown.value, case
    if "partial" in knows and shown is not None:
        items: list[Any] = []
        rx.of(document.text).pipe(rxs.accumulate_json(), rxs.to_partial(Trip)).subscribe(items.append, lambda _: None)
        assert rxs.dump(error.partial) == rxs.dump(items[-1]), case


def check(case: Case, outcome: Outcome) -> None:
    """It completes only where it was promised, or where the answer had been finished; else it fails with all that had come."""
    count("faults injected")
    _, end = outcome
    pipeline = PIPELINES[case.pipeline]
    expected = FAULTS[case.fault][1] if case.fault in FAULTS else None
    is_whole = expected == WHOLE or (case.came is not None and case.came.is_finished)
    if case.fault in RAW_TEXT and "snapshot" not in pipeline.knows:
        is_whole = True
    text = case.came.text if case.came is not None else TEXT if is_whole else None
    if end is None:
        had_enough = bool(pipeline.done_at) and (text is None or text.startswith(pipeline.done_at))
        assert is_whole or had_enough, case
    else:
        assert not is_whole, (case, end)
        assert not pipeline.done_at or text is None or not text.startswith(pipeline.done_at), (case, end)
        check_failure(case, end, ERRORS.get(case.fault, rxs.SourceFailed))


# -- the product -------------------------------------------------------------------------------------------------------------

BREAKS: dict[str, Callable[[bytes, int], tuple[Reply, Came | None]]] = {
    "cut": lambda body, at: (faults.cut(recorded(body), after_bytes=at), Came.by(body[:at], in_good_order=False)),
    "ends": lambda body, at: (recorded(body[:at]), Came.by(body[:at], in_good_order=True)),
}


def broken_off(pipelines: list[str], api: str, places: Callable[[int], list[int]]) -> Iterator[Case]:
    """Bodies that break off at a byte, in one way and the other; the pipelines take turns where there are more places."""
    body = body_of(api)
    turns = numbers()
    for name, break_off in BREAKS.items():
        for at in places(len(body)):
            reply, came = break_off(body, at)
            for pipeline in pipelines if LONG else [pipelines[next(turns) % len(pipelines)]]:
                yield Case(pipeline, f"{name} at byte {at}", reply, came)


def faulty(client: str, api: str) -> Iterator[Case]:
    """Every pipeline under every other fault; by default one of the four clients and APIs takes each."""
    turn = 2 * list(RUNS).index(client) + list(REQUESTS).index(api)
    for number, pipeline in enumerate(PIPELINES):
        for place, (fault, (spoil, _)) in enumerate(FAULTS.items()):
            if LONG or (number + place) % 4 == turn:
                yield Case(pipeline, fault, spoil(whole_reply()))


@pytest.mark.parametrize("api", REQUESTS)
@pytest.mark.parametrize("client", RUNS)
def test_every_fault(client: str, api: str) -> None:
    """Under every fault every pipeline ends with the right error, which has all that came; what is none completes."""
    guarded(lambda: RUNS[client](faulty(client, api), api, check))


@pytest.mark.parametrize("api", REQUESTS)
@pytest.mark.parametrize("client", RUNS)
def test_a_stream_that_breaks_off_anywhere(client: str, api: str) -> None:
    """Wherever a body breaks off, in good order or not, a pipeline completes only if the answer was finished by then."""

    def places(length: int) -> list[int]:
        step = 1 if LONG else 11
        near_the_end = range(length - 8, length + 1) if not LONG else ()
        return sorted({*range(0, length + 1, step), *near_the_end})

    guarded(lambda: RUNS[client](broken_off(list(PIPELINES), api, places), api, check))


def test_every_pipeline_of_the_recipes_is_here() -> None:
    """Each recipe of the docs has its pipeline, under its own title, in the table above."""
    page = (Path(__file__).parent.parent / "docs" / "recipes.md").read_text("utf-8")
    assert set(re.findall(r"^## (.*)$", page, re.MULTILINE)) <= PIPELINES.keys()
