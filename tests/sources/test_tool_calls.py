"""Tool calls as streams of their own, and as typed partials."""

from __future__ import annotations

from itertools import pairwise
from threading import Thread
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

PATIENCE_SECONDS = 60
"""Until a test that hangs fails; none that works comes near."""

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
        ([Finish("content_filter"), Finish("stop")], ContentFiltered),
        ([Finish("stop"), Finish("length")], Truncated),
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


def begun() -> tuple[Subject[Event], list[ToolCallArguments]]:
    """The events of an answer that makes two calls, and the calls."""
    source: Subject[Event] = Subject()
    calls: list[ToolCallArguments] = []
    source.pipe(tool_calls()).subscribe(calls.append, lambda error: None)
    source.on_next(ToolCallDelta('{"a":', "1", "f", 0))
    source.on_next(ToolCallDelta('{"b":', "2", "g", 1))
    return source, calls


def test_a_late_subscriber_that_makes_the_source_go_on() -> None:
    """Text, and an end, that come while a late subscriber is being told what it has missed follow that, one call at a time."""
    source, (call, _) = begun()
    log: list[str] = []

    def on_next(text: str) -> None:
        log.append(f"begin {text}")
        if len(log) == 1:
            source.on_next(ToolCallDelta("1}", "1", "f", 0))
            source.on_next(Finish("tool_calls"))
            source.on_completed()
        log.append("end")

    call.subscribe(on_next, None, lambda: log.append("completed"))
    assert log == ['begin {"a":', "end", "begin 1}", "end", "completed"]


def test_text_that_comes_on_another_thread() -> None:
    """The same where the text comes on another thread, which does not wait for the subscriber."""
    source, (call, _) = begun()
    texts: list[str] = []

    def on_next(text: str) -> None:
        if not texts:
            thread = Thread(target=source.on_next, args=(ToolCallDelta("1}", "1", "f", 0),))
            thread.start()
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()
        texts.append(text)

    call.subscribe(on_next)
    assert texts == ['{"a":', "1}"]


def test_late_subscribers_on_many_threads() -> None:
    """Subscribers that come from many threads while a call is being written each get all of its text, and its end."""
    source, (call, _) = begun()
    logs: list[list[str]] = [[] for _ in range(8)]
    threads = [
        Thread(target=call.subscribe, args=(log.append, None, lambda log=log: log.append("end"))) for log in logs
    ]
    for number in range(2000):
        if number % 200 == 100 and number < 1600:
            threads[number // 200].start()
        source.on_next(ToolCallDelta(f"{number} ", "1", "f", 0))
    source.on_next(Finish("tool_calls"))
    source.on_completed()
    for thread in threads:
        thread.join()
    expected = '{"a":' + "".join(f"{number} " for number in range(2000)) + "end"
    assert all("".join(log) == expected for log in logs)


@pytest.mark.parametrize("raises_at", ["the greeting", "an item", "the end"])
def test_a_subscriber_that_raises_ends_it_for_all(raises_at: str) -> None:
    """What a call's subscriber raises goes to the producer; those of its other calls are told, and the request is closed."""
    source: Subject[Event] = Subject()
    calls: list[ToolCallArguments] = []
    ends: list[Any] = []
    source.pipe(tool_calls()).subscribe(calls.append, ends.append)
    source.on_next(ToolCallDelta("a", "1", "f", 0))
    source.on_next(ToolCallDelta("x", "2", "g", 1))
    calls[1].subscribe(on_error=ends.append)
    bug = ValueError("bug")

    def fail(*_: Any) -> None:
        raise bug

    def subscribe_and_go_on() -> None:
        if raises_at == "the end":
            calls[0].subscribe(on_error=lambda error: None, on_completed=fail)
        else:
            calls[0].subscribe(lambda text: None if text == "a" and raises_at == "an item" else fail())
        source.on_next(ToolCallDelta("b", "1", "f", 0))
        source.on_next(Finish("tool_calls"))
        source.on_completed()

    with pytest.raises(ValueError, match="bug"):
        subscribe_and_go_on()
    assert source.observers == []
    if raises_at == "the end":
        assert ends == []
        assert calls[1].final() == "x"
    else:
        assert [(type(error), error.__cause__) for error in ends] == [(SourceFailed, bug)] * 2


def test_a_call_that_all_have_left() -> None:
    """Who subscribes to a call after all have left gets what had come, and is told that no more will."""
    source: Subject[Event] = Subject()
    calls: list[ToolCallArguments] = []
    source.pipe(tool_calls(), ops.do_action(calls.append), ops.take(1)).subscribe()
    source.on_next(PARALLEL[1])
    log: list[Any] = []
    calls[0].subscribe(log.append, log.append)
    assert log[0] == "a"
    assert isinstance(log[1], SourceFailed)
    assert log[1].text == "a"


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
