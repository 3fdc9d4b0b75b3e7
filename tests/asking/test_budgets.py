"""Budgets, pauses and deadlines: in virtual time, with nothing on a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from openai import OpenAI
from reactivex import Observable
from reactivex import operators as ops
from reactivex.scheduler import EventLoopScheduler, VirtualTimeScheduler
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.errors import AttemptsFailed, SourceFailed
from rxstruct.testing import faults
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

from .scenes import MESSAGES, PATIENCE, Outcome, Person, asked, both, said, scripted, watch, watch_here

ADA = '{"name": "Ada", "age": 36}'


def dropped(text: str) -> Callable[[], Observable[rxs.Event]]:
    """An answer whose connection is lost after a text."""
    return lambda: rx.concat(rx.of(rxs.TextDelta(text)), rx.throw(SourceFailed("the connection was lost")))


class Stage:
    """Virtual time, and what a stream does in it."""

    def __init__(self, stream: Observable[Any]) -> None:
        self.scheduler = VirtualTimeScheduler(0.0)
        self.outcome = Outcome()
        self.subscription = stream.subscribe(
            self.outcome.items.append, self.outcome.fail, self.outcome.complete, scheduler=self.scheduler
        )

    def advance_to(self, seconds: float) -> None:
        self.scheduler.advance_to(seconds)


def test_pauses_double() -> None:
    """A lost connection is made again after half a second, the next after one, the one after that after two."""
    client = scripted(dropped('{"na'), dropped('{"na'), dropped('{"na'), said(ADA))
    stage = Stage(rxs.ask(client, Person, messages=MESSAGES, max_reconnects=3))
    for seconds, requests in ((0.4, 1), (0.6, 2), (1.4, 2), (1.6, 3), (3.4, 3), (3.6, 4)):
        stage.advance_to(seconds)
        assert len(client.requests) == requests
    assert stage.outcome.final == Person(name="Ada", age=36)


def test_dispose_in_a_pause() -> None:
    """Disposed during a pause, nothing is sent any more."""
    client = scripted(dropped('{"na'), said(ADA))
    stage = Stage(rxs.ask(client, Person, messages=MESSAGES))
    stage.advance_to(0.4)
    stage.subscription.dispose()
    stage.advance_to(60)
    assert len(client.requests) == 1
    assert stage.outcome.error is None
    assert not stage.outcome.completed


@both
def test_dispose_in_a_real_pause(kind: str) -> None:
    """A consumer that leaves when the connection is lost is never asked for again, over real HTTP either."""
    with LoopbackServer(respond=lambda request: faults.cut(answer(ADA), after_events=4)) as server:
        stops = Subject[None]()

        def leave(event: Any) -> None:
            if isinstance(event, rxs.RequestEnded):
                stops.on_next(None)

        outcome = asked(kind, server, Person, on_event=leave, until=stops)
        assert outcome.completed
        assert len(server.requests) == 1


def test_a_deadline() -> None:
    """After the deadline the request is closed, and the error says so and carries what there was."""
    closed: list[bool] = []
    stalled = rx.concat(rx.of(rxs.TextDelta('{"name": "Ad')), rx.never()).pipe(
        ops.finally_action(lambda: closed.append(True))
    )
    stage = Stage(rxs.ask(scripted(lambda: stalled), Person, messages=MESSAGES, deadline=5))
    stage.advance_to(4.9)
    assert stage.outcome.error is None
    stage.advance_to(5.1)
    error = stage.outcome.error
    assert isinstance(error, AttemptsFailed)
    assert error.limit == "deadline"
    assert error.partial.name == "Ad"
    assert closed == [True]


def test_a_deadline_in_a_pause() -> None:
    """A deadline holds in a pause, too, and nothing is sent after it."""
    client = scripted(dropped('{"name": "Ad'), said(ADA))
    stage = Stage(rxs.ask(client, Person, messages=MESSAGES, deadline=0.3))
    stage.advance_to(60)
    assert isinstance(stage.outcome.error, AttemptsFailed)
    assert stage.outcome.error.limit == "deadline"
    assert [type(failure) for failure in stage.outcome.error.failures] == [SourceFailed]
    assert len(client.requests) == 1


def test_the_best_of_all_attempts() -> None:
    """The error of the last attempt carries the partial of the one that came furthest, without what was not valid."""
    answers = ['{"name": "Ada", "age": -1}', '{"name": "Ad', '{"age": 0}']
    client = scripted(*(said(answer, cut=100) for answer in answers))
    error = watch(rxs.ask(client, Person, messages=MESSAGES, on_truncated="restart")).error
    assert isinstance(error, AttemptsFailed)
    assert rxs.dump(error.partial) == {"name": "Ada"}
    assert error.closed_paths == [("name",)]


@both
def test_a_deadline_ends_a_read_that_stalls(kind: str) -> None:
    """A server that says nothing more is left at the deadline, though a thread is waiting for it."""
    with LoopbackServer(faults.stall(answer(ADA), after_events=4)) as server:
        error = asked(kind, server, Person, deadline=0.2).error
        assert isinstance(error, AttemptsFailed)
        assert error.limit == "deadline"
        assert server.requests[0].disconnected.wait(10)


def test_a_deadline_beside_a_read_on_one_thread() -> None:
    """The same with a scheduler that has one thread for everything, which the read holds up."""
    scheduler = EventLoopScheduler()
    outcome = Outcome()
    with (
        LoopbackServer(faults.stall(answer(ADA), after_events=4)) as server,
        OpenAI(base_url=server.base_url, api_key="none", max_retries=0) as client,
    ):
        stream = rxs.ask(client, Person, messages=MESSAGES, model="any", deadline=0.2)
        stream.subscribe(on_error=outcome.fail, scheduler=scheduler)
        assert outcome.ended.wait(PATIENCE)
        assert getattr(outcome.error, "limit", None) == "deadline"
    scheduler.dispose()


def test_tokens_over_all_attempts() -> None:
    """Each request is told what is left of max_output_tokens; when it is used up nothing more is asked."""

    def bad() -> Observable[rxs.Event]:
        return rx.of(rxs.Usage(10, 60, 70), rxs.TextDelta('{"name": "Ada", "age": -1}'), rxs.Finish("stop"))

    client = scripted(bad, bad)
    error = watch(rxs.ask(client, Person, messages=MESSAGES, max_output_tokens=100)).error
    assert isinstance(error, AttemptsFailed)
    assert error.limit == "max_output_tokens"
    assert [request["max_completion_tokens"] for request in client.requests] == [100, 40]
    client = scripted(said(ADA))
    watch(rxs.ask(client, Person, messages=MESSAGES, max_output_tokens=100, max_tokens=50))
    assert client.requests[0]["max_tokens"] == 50
    assert "max_completion_tokens" not in client.requests[0]


@pytest.mark.parametrize("told", ["2", -1000, 1.5, True, [5]])
def test_tokens_that_are_no_number(told: Any) -> None:
    """What a provider says of usage in anything but a number is passed over: the budget is reckoned with the estimate."""
    usage = {"choices": [], "usage": {"prompt_tokens": told, "completion_tokens": told}}

    def says(text: str) -> list[Any]:
        return [usage, {"choices": [{"delta": {"content": text}}]}, {"choices": [{"finish_reason": "stop"}]}]

    caps: list[int] = []

    def client(**request: Any) -> Any:
        caps.append(request["max_completion_tokens"])
        return rxs.openai_events(says(ADA if len(caps) > 1 else '{"name": "Ada", "age": -1}'))

    outcome = watch(rxs.ask(client, Person, messages=MESSAGES, max_output_tokens=100))
    assert outcome.final == Person(name="Ada", age=36)
    assert caps == [100, 93]


def test_usage_is_summed_up() -> None:
    """What each request used, and all together: as measured where the provider said so, else estimated, and marked so."""

    def measured() -> Observable[rxs.Event]:
        return rx.of(rxs.TextDelta(ADA), rxs.Finish("stop"), rxs.Usage(10, 12, 22))

    events: list[Any] = []
    client = scripted(said({"name": "Ada", "age": -1}), measured)
    watch(rxs.ask(client, Person, messages=MESSAGES, on_event=events.append))
    first, second = (event for event in events if isinstance(event, rxs.RequestEnded))
    assert first.usage.estimated
    assert first.usage.output_tokens == 7
    assert second.usage == rxs.TokenUsage(10, 12)
    assert second.total == first.usage + second.usage
    assert second.total.estimated


def test_events() -> None:
    """Whoever watches is told of each request, of what was not valid, and of how each request ended."""
    events: list[Any] = []
    client = scripted(said({"name": "Ada", "age": -1}), said('{"name": "A', reason="length"), said('da", "age": 3}'))
    watch(rxs.ask(client, Person, messages=MESSAGES, on_event=events.append))
    told = [(type(event).__name__, event.request, event.attempt, getattr(event, "reason", "")) for event in events]
    assert told == [
        ("RequestStarted", 1, 1, "first"),
        ("RequestEnded", 1, 1, "first"),
        ("AnswerInvalid", 1, 1, ""),
        ("RequestStarted", 2, 2, "restart"),
        ("RequestEnded", 2, 2, "restart"),
        ("RequestStarted", 3, 2, "continue"),
        ("RequestEnded", 3, 2, "continue"),
    ]
    assert [event.failure is None for event in events if isinstance(event, rxs.RequestEnded)] == [False, False, True]


class Bug(Exception):
    """A mistake in what a user has given."""


def failing_at(kind: type[Any]) -> Callable[[rxs.AskEvent], None]:
    """An `on_event` that has a bug in what it does about one kind of event."""

    def on_event(event: rxs.AskEvent) -> None:
        if isinstance(event, kind):
            raise Bug("mine")

    return on_event


@pytest.mark.parametrize("kind", [rxs.RequestStarted, rxs.AnswerInvalid, rxs.RequestEnded])
def test_on_event_that_raises(kind: type[Any]) -> None:
    """What `on_event` raises ends the stream, and nothing more is asked."""
    client = scripted(said({"name": "Ada", "age": -1}))
    error = watch(rxs.ask(client, Person, messages=MESSAGES, on_event=failing_at(kind))).error
    assert isinstance(error, SourceFailed)
    assert str(error) == f"on_event raised Bug at {kind.__name__}: mine"
    assert isinstance(error.__cause__, Bug)
    assert len(client.requests) == (0 if kind is rxs.RequestStarted else 1)


@both
def test_on_event_that_raises_at_a_deadline(kind: str) -> None:
    """A deadline ends the stream though `on_event` raises there, where nobody is that could hear of it otherwise."""
    with LoopbackServer(faults.stall(answer(ADA), after_events=4)) as server:
        error = asked(kind, server, Person, deadline=0.2, on_event=failing_at(rxs.RequestEnded)).error
        assert isinstance(error, SourceFailed)
        assert isinstance(error.__cause__, Bug)
        assert server.requests[0].disconnected.wait(10)


def test_on_event_that_raises_in_a_pause() -> None:
    """The same where a request is made after a pause, by a timer."""
    stage = Stage(
        rxs.ask(
            scripted(dropped('{"name": "Ad')),
            Person,
            messages=MESSAGES,
            on_event=lambda event: failing_at(rxs.RequestStarted)(event) if event.request == 2 else None,
        )
    )
    stage.advance_to(60)
    assert isinstance(stage.outcome.error, SourceFailed)
    assert isinstance(stage.outcome.error.__cause__, Bug)


def test_on_event_that_raises_after_a_verdict() -> None:
    """The same where an async check, in a task of its own, has found the answer not to be valid."""

    async def judge(partial: Person) -> None:
        raise ValueError("not the one")

    stalled = rx.concat(rx.of(rxs.TextDelta('{"name": "Ada", ')), rx.never())
    on_event = failing_at(rxs.AnswerInvalid)
    stream = rxs.ask(scripted(lambda: stalled), Person, messages=MESSAGES, checks={"name": judge}, on_event=on_event)
    error = asyncio.run(watch_here(stream)).error
    assert isinstance(error, SourceFailed)
    assert isinstance(error.__cause__, Bug)


async def never_awaited(event: rxs.AskEvent) -> None: ...


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_attempts": 0}, ValueError),
        ({"max_reconnects": -1}, ValueError),
        ({"max_output_tokens": 0}, ValueError),
        ({"deadline": 0}, ValueError),
        ({"on_invalid": "again"}, ValueError),
        ({"on_truncated": "repair"}, ValueError),
        ({"via": "tol"}, ValueError),
        ({"on_event": "print"}, TypeError),
        ({"on_event": never_awaited}, TypeError),
        ({"checks": [len]}, TypeError),
        ({"checks": {"age": 1}}, TypeError),
        ({"stream": False}, TypeError),
        ({"n": 2}, TypeError),
    ],
)
def test_what_cannot_be_asked(options: dict[str, Any], error: type[Exception]) -> None:
    """Options that make no sense are refused before anything is sent."""
    with pytest.raises(error, match=next(iter(options))):
        rxs.ask(scripted(), Person, messages=MESSAGES, **options)


@pytest.mark.parametrize("messages", ["hello", MESSAGES[0], ["hello"]])
def test_a_text_is_no_list_of_messages(messages: Any) -> None:
    """A text, or one message, in the place of the messages is refused: it would be sent letter by letter, or key by key."""
    with pytest.raises(
        TypeError, match=r'give a list of messages, as in messages=\[\{"role": "user", "content": "…"\}\]'
    ):
        rxs.ask(scripted(), Person, messages=messages)


def test_a_text_is_no_event() -> None:
    """A function that answers with text in the place of events is asked once, and told what is wrong: no connection was lost."""
    asked: list[Any] = []

    def says(**request: Any) -> Any:
        asked.append(request)
        return rx.of('{"name": "Ada"}')

    with pytest.raises(SourceFailed, match="takes the events of openai_events"):
        rxs.ask(says, Person, messages=MESSAGES).final()
    assert len(asked) == 1


def test_chunks_cannot_be_asked_again() -> None:
    """What is no client says what to give instead."""
    with pytest.raises(TypeError, match="give an OpenAI or AsyncOpenAI client"):
        rxs.ask([], Person, messages=MESSAGES)


@pytest.mark.parametrize("returned", ["{}", [{}], None])
def test_a_function_that_returns_no_stream(returned: Any) -> None:
    """A function in the client's place has to return a stream of events, which it is told."""
    with pytest.raises(rxs.SourceFailed, match="it has to return the events of an answer, as openai_events"):
        rxs.ask(lambda **request: returned, Person, messages=MESSAGES).final()


def test_attempts() -> None:
    """Each attempt is a stream of its own, with its number; it completes when it is over, and says what was wrong with it."""
    told: list[Any] = []

    def follow(attempt: rxs.Attempt[Person]) -> Observable[Any]:
        told.append((attempt.number, attempt.failure))
        return attempt.pipe(
            rxs.progress(), ops.map(lambda progress: (attempt.number, progress.fraction)), ops.distinct_until_changed()
        )

    client = scripted(said({"name": "Ada", "age": -1}), said(ADA))
    tries: list[rxs.Attempt[Person]] = []
    stream = rxs.attempts(client, Person, messages=MESSAGES).pipe(ops.do_action(tries.append), ops.switch_map(follow))
    outcome = watch(stream)
    assert outcome.items == [(1, 0.0), (1, 0.5), (2, 0.0), (2, 0.5), (2, 1.0)]
    assert told == [(1, None), (2, None)]
    assert [type(attempt.failure).__name__ for attempt in tries] == ["FieldInvalid", "NoneType"]
    assert tries[1].final() == Person(name="Ada", age=36)


def test_each_subscription_asks_anew() -> None:
    """The stream is cold, and keeps nothing from one subscription to the next."""
    client = scripted(said({"name": "Ada", "age": -1}), said(ADA), said(ADA))
    stream = rxs.ask(client, Person, messages=MESSAGES)
    assert stream.final() == stream.final() == Person(name="Ada", age=36)
    assert [len(request["messages"]) for request in client.requests] == [1, 3, 1]


def test_a_deadline_that_has_passed_before_anything_was_asked() -> None:
    """A deadline that is over as soon as it is set ends the stream like any other, and nothing is asked."""

    class Hasty(VirtualTimeScheduler):
        def schedule_relative(self, duetime: Any, action: Any, state: Any = None) -> Any:
            return self.invoke_action(action, state)

    client = scripted(said(ADA))
    errors: list[Exception] = []
    stream = rxs.ask(client, Person, messages=MESSAGES, deadline=1)
    stream.subscribe(on_error=errors.append, scheduler=Hasty())
    assert [getattr(error, "limit", None) for error in errors] == ["deadline"]
    assert client.requests == []
