"""Tool calls as streams of their own, and as typed partials."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel
from reactivex import Subject
from reactivex import operators as ops

from rxstruct.errors import ContentFiltered, FieldInvalid, Refused, RxStructError, SourceFailed, Truncated
from rxstruct.sources import (
    Event,
    Finish,
    RefusalDelta,
    TextDelta,
    ToolCallArguments,
    ToolCallDelta,
    Usage,
    choice,
    content,
    from_deltas,
    openai_events,
    tool_calls,
    usage,
)
from rxstruct.testing import faults
from rxstruct.testing.replies import Call, answer, random_cut
from rxstruct.testing.server import LoopbackServer
from rxstruct.typed_calls import ToolCall, typed_tool_calls

from .clients import sync_client

REQUEST: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Go"}]}


class Weather(BaseModel):
    city: str
    days: int = 1


class Search(BaseModel):
    query: str
    tags: list[str]


CALLS = [Call("Weather", {"city": "Oslo", "days": 3}), Call("Search", {"query": "snow", "tags": ["a", "b"]})]
PARALLEL: list[Event] = [
    ToolCallDelta("", "1", "f", 0),
    ToolCallDelta("a", "1", "f", 0),
    ToolCallDelta("x", "2", "g", 1),
    ToolCallDelta("b", "1", "f", 0),
    ToolCallDelta("y", "2", "g", 1),
    Finish("tool_calls"),
]


def log_of(events: list[Event], late: bool = False) -> list[Any]:
    """Everything that the calls of some events say, in order."""
    log: list[Any] = []
    kept: list[ToolCallArguments] = []

    def listen(call: ToolCallArguments) -> None:
        call.subscribe(
            lambda text: log.append((call.index, text)),
            lambda error: log.append((call.index, error)),
            lambda: log.append((call.index, "end")),
        )

    from_deltas(events).pipe(tool_calls()).subscribe(
        kept.append if late else listen, log.append, lambda: log.append("end")
    )
    for call in kept:
        listen(call)
    return log


def test_calls_side_by_side() -> None:
    """Each call is a stream of its own text, as it comes; all end with the events."""
    assert log_of(PARALLEL) == [(0, "a"), (1, "x"), (0, "b"), (1, "y"), (0, "end"), (1, "end"), "end"]


def test_a_late_subscriber_gets_all() -> None:
    """Who subscribes to a call late gets its text from the start, in one piece, and its end."""
    assert log_of(PARALLEL, late=True) == ["end", (0, "ab"), (0, "end"), (1, "xy"), (1, "end")]


def test_a_call_that_is_never_named() -> None:
    """A call whose name never comes is given out at the end, and is none of the models'."""
    events = [ToolCallDelta("{}", "a"), Finish("tool_calls")]
    (call,) = from_deltas(events).pipe(tool_calls())
    assert (call.id, call.name, call.final()) == ("a", "", "{}")
    with pytest.raises(SourceFailed, match="the model called '', which is none of Search"):
        from_deltas(events).pipe(typed_tool_calls(Search)).final()


def test_calls_are_named() -> None:
    """A call has its id, name, index and choice, and is given out with its first event."""
    source: Subject[Event] = Subject()
    calls: list[ToolCallArguments] = []
    source.pipe(tool_calls()).subscribe(calls.append)
    source.on_next(ToolCallDelta("", "1", "", 0, 2))
    assert calls == []
    source.on_next(ToolCallDelta("", "1", "f", 0, 2))
    assert [(call.id, call.name, call.index, call.choice) for call in calls] == [("1", "f", 0, 2)]


@pytest.mark.parametrize(
    ("end", "error"),
    [
        ([Finish("length")], Truncated),
        ([Finish("content_filter")], ContentFiltered),
        ([RefusalDelta("No."), Finish("stop")], Refused),
        ([], SourceFailed),
    ],
)
def test_ends_that_are_not_good(end: list[Event], error: type[RxStructError]) -> None:
    """A bad end fails every call, with its own text, and then the stream of calls."""
    log = log_of([ToolCallDelta("a", "1", "f", 0), ToolCallDelta("x", "2", "g", 1), *end])
    assert [type(entry[1]) for entry in log[2:4]] == [error, error]
    assert [entry[1].text for entry in log[2:4]] == ["a", "x"]
    assert type(log[4]) is error


def test_the_source_is_left_when_nobody_listens() -> None:
    """The source is disposed when the stream of calls and every call have been left, not before."""
    source: Subject[Event] = Subject()
    calls: list[ToolCallArguments] = []
    outer = source.pipe(tool_calls()).subscribe(calls.append)
    source.on_next(PARALLEL[0])
    texts: list[str] = []
    inner = calls[0].subscribe(texts.append)
    outer.dispose()
    source.on_next(PARALLEL[1])
    assert texts == ["a"]
    inner.dispose()
    assert source.observers == []


def test_choices_and_usage() -> None:
    """`choice(n)` keeps one choice's events and the usage, `usage()` the usage; `content()` refuses several choices."""
    events: list[Event] = [TextDelta("no"), TextDelta("yes", 1), Finish("stop"), Finish("length", 1), Usage(1, 2, 3)]
    assert list(from_deltas(events).pipe(choice(1))) == [events[1], events[3], events[4]]
    assert from_deltas(events).pipe(choice(0), content()).final() == "no"
    with pytest.raises(Truncated):
        from_deltas(events).pipe(choice(1), content()).final()
    assert from_deltas(events).pipe(usage()).final().total_tokens == 3
    with pytest.raises(SourceFailed, match=r"choice\(n\)"):
        from_deltas(events).pipe(content()).final()


# Typed


def typed(reply: Any, *models: Any, **options: Any) -> list[ToolCall[Any]]:
    with LoopbackServer(reply) as server, sync_client(server.base_url, max_retries=0) as client:
        return list(openai_events(client, **REQUEST).pipe(typed_tool_calls(*models, **options)))


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("api", ["chat completions", "Responses"])
def test_parallel_calls_over_http(interleaved: bool, api: str) -> None:
    """Two parallel calls stream typed side by side, one after the other or interleaved, from either API."""
    reply = answer(tool_calls=CALLS, interleaved=interleaved, cut=random_cut(3, longest=5))
    request = REQUEST if api == "chat completions" else {"model": "any", "input": "Go"}
    with LoopbackServer(reply) as server, sync_client(server.base_url) as client:
        calls = list(openai_events(client, **request).pipe(typed_tool_calls(Weather, Search)))
    last = {call.index: call for call in calls}
    assert last[0] == ToolCall("call_0", "Weather", 0, Weather(city="Oslo", days=3))
    assert last[1] == ToolCall("call_1", "Search", 1, Search(query="snow", tags=["a", "b"]))
    assert len(calls) > 8
    switches = sum(a.index != b.index for a, b in pairwise(calls))
    assert (switches > 3) is interleaved


def test_unknown_names() -> None:
    """A call of a name that no model has is an error that says so, or is skipped."""
    with pytest.raises(SourceFailed, match="'Search', which is none of Weather"):
        typed(answer(tool_calls=CALLS), Weather)
    assert {call.name for call in typed(answer(tool_calls=CALLS), Weather, unknown="skip")} == {"Weather"}


def test_a_call_without_arguments() -> None:
    """A call that says nothing for its arguments has none: its model's defaults."""

    class Ping(BaseModel):
        loud: bool = False

    (call,) = from_deltas([ToolCallDelta("", "1", "Ping"), Finish("stop")]).pipe(typed_tool_calls(Ping))
    assert call.partial == Ping()


def test_an_invalid_argument_closes_the_request() -> None:
    """An argument that breaks its type fails at once, and the rest is never sent."""
    reply = faults.stall(
        answer(tool_calls=[Call("Weather", {"days": "many", "city": "x" * 99})], cut=1), after_events=30
    )
    with LoopbackServer(reply) as server, sync_client(server.base_url) as client:
        with pytest.raises(FieldInvalid) as raised:
            openai_events(client, **REQUEST).pipe(typed_tool_calls(Weather)).pipe(ops.last()).run()
        assert raised.value.path == ("days",)
        assert server.requests[0].disconnected.wait(10)


def test_models_that_cannot_be_told_apart() -> None:
    """No models, and two of the same name, are refused."""
    with pytest.raises(TypeError, match="at least one"):
        typed_tool_calls()
    with pytest.raises(TypeError, match="same name"):
        typed_tool_calls(Weather, type("Weather", (BaseModel,), {}))
