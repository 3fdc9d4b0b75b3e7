"""Semantic checks: when they run, what they stop, and what waits for them."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

import rxstruct as rxs
from rxstruct.errors import FieldInvalid, PathInvalid
from rxstruct.testing import faults
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

from .scenes import MESSAGES, PATIENCE, People, Person, asked, both, people, rest_of, said, scripted, watch, watch_here

ADA = {"name": "Ada", "age": 36}


def test_a_check_runs_as_its_value_closes() -> None:
    """A check sees the partial in which its value has just closed, and its path if it wants it; once for each value."""
    seen: list[Any] = []

    def look(partial: People, path: Any) -> None:
        person = rxs.get(partial, *path)
        seen.append((path, person.name, rxs.is_closed(partial, *path), hasattr(partial, "note")))

    client = scripted(said(people(3)))
    watch(rxs.ask(client, People, messages=MESSAGES, checks={("people", rxs.EACH): look}))
    assert seen == [(("people", index), f"Person number {index}", True, False) for index in range(3)]


@both
@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_check_finds_is_asked_again(kind: str, is_async: bool) -> None:
    """A check that fails is like a rule that is broken: the request is closed, and the model is told."""

    def plain(partial: Person) -> None:
        if partial.name == "Bob":
            raise ValueError("Bob is not the one")

    async def judge(partial: Person) -> None:
        await asyncio.sleep(0)
        plain(partial)

    stalled = faults.stall(answer({"name": "Bob", "age": 4}), after_events=5)
    # A verdict from a thread is looked at with the next delta, so there has to be one.
    first = answer({"name": "Bob", "age": 4}) if is_async and kind == "sync" else stalled
    with LoopbackServer(first, answer(ADA)) as server:
        outcome = asked(kind, server, Person, checks={"name": judge if is_async else plain})
        if first is stalled:
            assert server.requests[0].disconnected.wait(PATIENCE)
        assert "Bob is not the one" in server.requests[1].body["messages"][-1]["content"]
    assert outcome.final == Person(**ADA)


def test_what_a_plain_check_refuses_is_not_shown() -> None:
    """No partial has a value that a plain check has refused."""

    def refuse(partial: Person) -> None:
        if partial.age < 18:
            raise ValueError("too young")

    client = scripted(said({"name": "Bob", "age": 4}), said(ADA))
    outcome = watch(rxs.ask(client, Person, messages=MESSAGES, checks={"age": refuse}))
    assert all(rxs.get(item, "age", default=36) == 36 for item in outcome.items)
    error = watch(
        rxs.ask(
            scripted(said({"name": "Bob", "age": 4})),
            Person,
            messages=MESSAGES,
            on_invalid="fail",
            checks={"age": refuse},
        )
    ).error
    assert isinstance(error, FieldInvalid)
    assert error.path == ("age",)
    assert error.errors()[0]["msg"] == "too young"
    assert not hasattr(error.partial, "age")


@both
def test_completion_waits_for_the_checks(kind: str) -> None:
    """An async check holds up completion, not the stream; the last partial is there long before."""
    may_end = threading.Event()
    order: list[str] = []

    async def judge(partial: Person) -> None:
        while not may_end.is_set():
            await asyncio.sleep(0)
        order.append("judged")

    def show(person: Person) -> None:
        if hasattr(person, "age"):
            order.append("shown")
            may_end.set()

    stream = rxs.ask(scripted(said(ADA)), Person, messages=MESSAGES, checks={"name": judge})

    async def main() -> None:
        done = asyncio.Event()
        stream.subscribe(show, None, done.set)
        await asyncio.wait_for(done.wait(), PATIENCE)

    if kind == "async":
        asyncio.run(main())
    else:
        stream.subscribe(show)
    order.append("completed")
    assert order == ["shown", "judged", "completed"]


@both
def test_a_late_verdict(kind: str) -> None:
    """A verdict that comes after the whole document has been read still stops it, and only the part it is about is mended."""
    wrong = people(10)
    wrong["people"][3]["name"] = "Nobody"
    right = json.dumps(people(10))
    arrived = threading.Event()

    async def judge(partial: People, path: Any) -> None:
        name = rxs.get(partial, *path).name
        while not arrived.is_set():
            await asyncio.sleep(0)
        if name == "Nobody":
            raise ValueError("nobody is not a person")

    def reply(request: Any) -> Any:
        if "response_format" not in request.body:
            return answer(rest_of(right, request.body))
        if len(request.body["messages"]) == 1:
            return answer(wrong)
        return answer({"name": "Person number 3", "age": 4})

    def note(event: Any) -> None:
        if isinstance(event, rxs.RequestEnded):
            arrived.set()

    with LoopbackServer(respond=reply) as server:
        checks = {("people", rxs.EACH): judge}
        outcome = asked(kind, server, People, on_invalid="repair", checks=checks, on_event=note)
        assert len(server.requests) == 2
    assert outcome.final == People(**people(10))
    first = [item for item in outcome.items if rxs.attempt_of(item) == 1][-1]
    assert rxs.is_closed(first)
    for index, person in enumerate(outcome.final.people):
        assert (person is first.people[index]) == (index != 3)


def test_an_element_is_judged_once() -> None:
    """What a check has passed, and a repair leaves as it is, is not looked at again."""
    wrong = people(5)
    wrong["people"][3]["age"] = -1
    text = json.dumps(people(5))
    looked: list[Any] = []

    def send(**request: Any) -> Any:
        if "response_format" not in request:
            return said(rest_of(text, request))()
        return said({"value": 4} if len(request["messages"]) > 1 else wrong)()

    def look(partial: People, path: Any) -> None:
        looked.append(path[1])

    watch(rxs.ask(send, People, messages=MESSAGES, on_invalid="repair", checks={("people", rxs.EACH): look}))
    assert looked == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_check_that_is_broken(is_async: bool) -> None:
    """An exception that is no verdict ends the stream, and says whose it was: asking again would not help."""

    def plain(partial: Person) -> None:
        raise KeyError("mine")

    async def judge(partial: Person) -> None:
        plain(partial)

    client = scripted(said(ADA))
    error = watch(rxs.ask(client, Person, messages=MESSAGES, checks={"name": judge if is_async else plain})).error
    assert isinstance(error, rxs.SourceFailed)
    assert str(error).startswith("the check of name raised KeyError: ")
    assert isinstance(error.__cause__, KeyError)
    assert error.text.startswith('{"name"')
    assert len(client.requests) == 1


@both
def test_a_check_that_is_cancelled(kind: str) -> None:
    """A check that ends in a cancellation (of a task it waits for, say) has passed nothing: the answer does not complete."""

    async def judge(partial: Person) -> None:
        lookup = asyncio.ensure_future(asyncio.sleep(PATIENCE))
        asyncio.get_running_loop().call_soon(lookup.cancel)
        await lookup

    stream = rxs.ask(scripted(said(ADA)), Person, messages=MESSAGES, checks={"name": judge})
    outcome = watch(stream) if kind == "sync" else asyncio.run(watch_here(stream))
    assert not outcome.completed
    assert isinstance(outcome.error, rxs.SourceFailed)
    assert isinstance(outcome.error.__cause__, asyncio.CancelledError)


def test_a_check_that_reads_what_cannot_be() -> None:
    """A name that the model does not have is a fault of the check, though PathInvalid is a ValueError: nothing is asked again."""
    client = scripted(said(ADA), said(ADA))
    check = {"name": lambda partial: rxs.get(partial, "agee")}
    error = watch(rxs.ask(client, Person, messages=MESSAGES, checks=check)).error
    assert isinstance(error, rxs.SourceFailed)
    assert "did you mean 'age'?" in str(error)
    assert len(client.requests) == 1


class TakesNothing:
    def __call__(self) -> None: ...


@pytest.mark.parametrize("check", [lambda: None, lambda a, b, c: None, lambda *, partial: None, TakesNothing()])
def test_a_check_that_cannot_be_called(check: Any) -> None:
    """A function of neither the partial, nor of it and the path, is refused before anything is asked, not passed over."""
    with pytest.raises(TypeError, match=r"checks\['age'\] can't be called: give a function of the partial"):
        rxs.ask(scripted(), Person, messages=MESSAGES, checks={"age": check})


def test_what_a_check_is_called_with() -> None:
    """A check gets as much of the partial and the path as it takes; options of its own stay its own."""
    seen: list[Any] = []

    def with_options(partial: Person, *, limit: int = 18) -> None:
        seen.append(limit)

    def with_anything(*given: Any) -> None:
        seen.append(given[1:])

    for check in (with_options, with_anything):
        watch(rxs.ask(scripted(said(ADA)), Person, messages=MESSAGES, checks={"age": check}))
    assert seen == [18, (("age",),)]


def test_a_path_that_cannot_be() -> None:
    """A check at a path that the model does not have is refused at once, with the nearest name."""
    with pytest.raises(PathInvalid, match="name"):
        rxs.ask(scripted(), Person, messages=MESSAGES, checks={"nam": lambda partial: None})
