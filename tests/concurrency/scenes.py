"""One small answer, the ways in which it is asked for, and the pipelines that read it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import reactivex as rx
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from reactivex import Observable

import rxstruct as rxs
from rxstruct.stream import Stream
from rxstruct.testing.replies import answer

PATIENCE_SECONDS = 20
"""What a broken library may cost a test; a working one never uses it."""


class Line(BaseModel):
    text: str
    amount: int


class Order(BaseModel):
    title: str
    lines: list[Line]
    total: int


ORDER = Order(title="an order of two", lines=[Line(text="one", amount=1), Line(text="two", amount=22)], total=23)
TEXT = ORDER.model_dump_json()
CUT = 8
ANSWER = answer(TEXT, cut=CUT)
DELTAS = [TEXT[start : start + CUT] for start in range(0, len(TEXT), CUT)]


def chat(client: OpenAI | AsyncOpenAI) -> Stream[str]:
    return rxs.from_openai(client, model="any", messages=[{"role": "user", "content": "Go"}])


def responses(client: OpenAI | AsyncOpenAI) -> Stream[str]:
    return rxs.from_openai_responses(client, model="any", input="Go")


APIS: dict[str, Callable[[OpenAI | AsyncOpenAI], Stream[str]]] = {"chat": chat, "responses": responses}


def partials(deltas: Observable[str]) -> Stream[Any]:
    return deltas.pipe(rxs.accumulate_json(), rxs.to_partial(Order))


def branches(deltas: Observable[str]) -> Stream[Any]:
    """Several readers of one request, one of them on a timer."""
    return partials(deltas).pipe(
        rxs.share_latest(
            lambda shared: rx.merge(
                shared.pipe(rxs.elements("lines")), shared.pipe(rxs.text("title")), shared.pipe(rxs.progress())
            )
        ),
    )


PIPELINES: dict[str, Callable[[Observable[str]], Stream[Any]]] = {
    "snapshots": lambda deltas: deltas.pipe(rxs.accumulate_json()),
    "partials": partials,
    "shared": lambda deltas: partials(deltas).pipe(rxs.share_latest(), rxs.elements("lines")),
    "changes": lambda deltas: partials(deltas).pipe(rxs.changes()),
    "throttled": lambda deltas: partials(deltas).pipe(rxs.throttle_latest(0.001)),
    "branches": branches,
}


class Log:
    """An observer's view: what came, and how it ended (None for completion)."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.ends: list[Exception | None] = []
        self.ended = threading.Event()

    def on_next(self, item: Any) -> None:
        self.items.append(item)

    def on_error(self, error: Exception) -> None:
        self.ends.append(error)
        self.ended.set()

    def on_completed(self) -> None:
        self.ends.append(None)
        self.ended.set()


class BlockingLog(Log):
    """One whose callback has `entered` at the first item, and blocks at each until it may `leave`."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.leave = threading.Event(), threading.Event()

    def on_next(self, item: Any) -> None:
        super().on_next(item)
        self.entered.set()
        assert self.leave.wait(PATIENCE_SECONDS)


def expected(pipeline: Callable[[Observable[str]], Stream[Any]]) -> list[Any]:
    """What the pipeline gives of the whole answer."""
    return list(pipeline(rxs.from_deltas(DELTAS)))


@contextmanager
def nothing_left() -> Iterator[None]:
    """What was begun inside is over outside: no thread and no socket is left."""
    threads, sockets = set(threading.enumerate()), open_sockets()
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), thread
    gc.collect()
    assert open_sockets() <= sockets


def open_sockets() -> set[int]:
    return {connection.fd for connection in psutil.Process().net_connections("tcp")}


__all__ = [
    "ANSWER",
    "APIS",
    "CUT",
    "DELTAS",
    "ORDER",
    "PATIENCE_SECONDS",
    "PIPELINES",
    "TEXT",
    "BlockingLog",
    "Line",
    "Log",
    "Order",
    "chat",
    "expected",
    "nothing_left",
    "open_sockets",
    "partials",
    "responses",
]
