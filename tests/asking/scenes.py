"""What the tests of asking have in common: models, documents, and one way to ask, sync and async."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
import reactivex as rx
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, Field
from reactivex import Observable
from reactivex import operators as ops

import rxstruct as rxs
from rxstruct.testing.server import LoopbackServer

MESSAGES = [{"role": "user", "content": "Tell me."}]
PATIENCE = 10  # seconds that a broken stream may cost a test; a working one never uses them

both = pytest.mark.parametrize("kind", ["sync", "async"])


class Person(BaseModel):
    name: str
    age: int = Field(gt=0)


class Ten(BaseModel):
    """A model of ten fields, the second of which can fail."""

    first: str
    second: int = Field(gt=0)
    third: str
    fourth: str
    fifth: str
    sixth: str
    seventh: str
    eighth: str
    ninth: str
    tenth: str


class People(BaseModel):
    title: str
    people: list[Person]
    note: str


def ten(second: int) -> dict[str, Any]:
    return {name: second if name == "second" else f"This is the {name}." * 5 for name in Ten.model_fields}


def people(count: int) -> dict[str, Any]:
    crowd = [{"name": f"Person number {index}", "age": index + 1} for index in range(count)]
    return {"title": "All of them", "people": crowd, "note": "That is all."}


@dataclass
class Outcome:
    """What a stream did."""

    items: list[Any] = field(default_factory=list)
    error: Exception | None = None
    completed: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def fail(self, error: Exception) -> None:
        self.error = error
        self.ended.set()

    def complete(self) -> None:
        self.completed = True
        self.ended.set()

    @property
    def final(self) -> Any:
        assert self.completed, self.error
        return self.items[-1]


def asked(
    kind: str, server: LoopbackServer, model: Any, *, messages: Any = None, until: Any = None, **options: Any
) -> Outcome:
    """What `ask` does with a server's replies, until an Observable says that it is enough."""
    options = {"messages": messages or MESSAGES, "model": "any", **options}
    settings: dict[str, Any] = {"base_url": server.base_url, "api_key": "none", "max_retries": 0}
    if kind == "sync":
        with OpenAI(**settings) as client:
            return watch(rxs.ask(client, model, **options).pipe(ops.take_until(until or rx.never())))

    async def main() -> Outcome:
        async with AsyncOpenAI(**settings) as client:
            return await watch_here(rxs.ask(client, model, **options).pipe(ops.take_until(until or rx.never())))

    return asyncio.run(main())


def watch(stream: Observable[Any]) -> Outcome:
    """What a stream does that is read on this thread."""
    outcome = Outcome()
    stream.subscribe(outcome.items.append, outcome.fail, outcome.complete)
    assert outcome.ended.wait(PATIENCE)
    return outcome


async def watch_here(stream: Observable[Any]) -> Outcome:
    """What a stream does that is read on the running loop; and no task is left when it ends."""
    outcome = Outcome()
    stream.subscribe(outcome.items.append, outcome.fail, outcome.complete)
    async with asyncio.timeout(PATIENCE):
        while not outcome.ended.is_set():
            await asyncio.sleep(0)
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.gather(*rest, return_exceptions=True)
    return outcome


def scripted(*answers: Callable[[], Observable[rxs.Event]]) -> Any:
    """In the place of a client: a function that gives these answers, one for each request, and keeps the requests."""
    left = iter(answers)

    def send(**request: Any) -> Observable[rxs.Event]:
        send.requests.append(request)  # type: ignore[attr-defined]
        return next(left)()

    send.requests = []  # type: ignore[attr-defined]
    return send


def said(document: Any, *, reason: str = "stop", cut: int = 4) -> Callable[[], Observable[rxs.Event]]:
    """An answer that says a text (anything else as JSON), and ends for a reason."""
    text = document if isinstance(document, str) else json.dumps(document)

    def events() -> Iterable[rxs.Event]:
        for start in range(0, len(text), cut):
            yield rxs.TextDelta(text[start : start + cut])
        yield rxs.Finish(reason)

    return lambda: rxs.from_deltas(events)  # type: ignore[arg-type]


def rest_of(text: str, request: Any) -> str:
    """What follows, in a text, that which a request says was kept of it, whatever white space that has."""
    said = request["messages"][-2]["content"]
    kept = "".join(said.split())
    end = 0
    while kept:
        if not text[end].isspace():
            assert text[end] == kept[0], "what was kept is not the beginning of the text"
            kept = kept[1:]
        end += 1
    blanks = said[len(said.rstrip()) :]  # at the end they may lie inside a string, and then they count
    return text[end:].removeprefix(blanks)
