"""The pipelines that are timed: the same `Subject` in front, the same sink behind.

Each is a function from deltas to the last item, which `check` compares with `json.loads`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jiter
from pydantic import TypeAdapter
from reactivex import Observable
from reactivex import operators as ops
from reactivex.subject import Subject

import rxstruct as rxs

from .documents import Document
from .models import MODELS, ReportDict
from .timing import Run

REPORT = TypeAdapter(ReportDict)
Pipeline = Callable[[Document], Any]


def drive(deltas: list[str], *operators: Callable[[Any], Any], sink: Callable[[Any], Any]) -> None:
    """Push the deltas through the operators into the sink."""
    subject: Subject[str] = Subject()
    piped: Observable[Any] = subject.pipe(*operators) if operators else subject
    piped.subscribe(sink, on_error=fail)
    for delta in deltas:
        subject.on_next(delta)
    subject.on_completed()


def fail(error: Exception) -> None:
    raise error


class Latest:
    """A sink that keeps the newest item, as a user interface does."""

    def __init__(self) -> None:
        self.item: Any = None

    def __call__(self, item: Any) -> None:
        self.item = item


class LatestValue(Latest):
    """A sink that reads each snapshot's value, and keeps the newest."""

    def __call__(self, item: rxs.JsonSnapshot) -> None:
        self.item = item.value


def last(document: Document, *operators: Callable[[Any], Any], sink: Latest | None = None) -> Any:
    """What a sink has in the end."""
    sink = sink or Latest()
    drive(document.deltas, *operators, sink=sink)
    return sink.item


def snapshots(document: Document) -> Any:
    """`accumulate_json`, its snapshots not read."""
    return last(document, rxs.accumulate_json()).value


def values(document: Document) -> Any:
    """`accumulate_json`, and the value of every snapshot."""
    return last(document, rxs.accumulate_json(), sink=LatestValue())


def partials(document: Document) -> Any:
    """A typed partial on every delta."""
    return last(document, rxs.accumulate_json(), rxs.to_partial(MODELS[document.shape]))


def body_text(document: Document) -> Any:
    """The pieces of one string, and nothing else."""
    return last(document, rxs.accumulate_json(), rxs.text("body"))


def jiter_prefixes(document: Document) -> Any:
    """The prefix parsed anew on every delta, as fast as can be: untyped, by a parser in Rust."""
    return last(document, _of_prefix(lambda prefix: jiter.from_json(prefix, partial_mode="trailing-strings")))


def pydantic_prefixes(document: Document) -> Any:
    """The prefix validated anew on every delta, by pydantic's own partial mode, which fails before the first bracket."""
    return last(
        document,
        _of_prefix(lambda prefix: REPORT.validate_json(prefix, experimental_allow_partial="trailing-strings")),
    )


def _of_prefix(parse: Callable[[bytes], Any]) -> Callable[[Observable[str]], Observable[Any]]:
    prefix = b""

    def read_on(delta: str) -> Any:
        nonlocal prefix
        prefix += delta.encode()
        return parse(prefix)

    return ops.map(read_on)


def three_maps(document: Document) -> Any:
    """What reactivex itself takes for a chain of three operators that do nothing."""
    return last(document, *[ops.map(lambda delta: delta)] * 3)


def nothing(document: Document) -> Any:
    """What the `Subject` and the sink take."""
    return last(document)


def run(pipeline: Pipeline, document: Document) -> Run:
    """A pipeline over a document, to be timed."""
    return Run(lambda: pipeline(document), len(document.deltas))


def check(pipeline: Pipeline, document: Document) -> None:
    """Refuse to time what does not end with the document."""
    compare(pipeline(document), document)


def compare(final: Any, document: Document) -> None:
    """Raise an AssertionError where the last item, a model or plain values, is not the document."""
    if TypeAdapter(Any).dump_python(final, mode="json") != json.loads(document.text):
        raise AssertionError(f"what came out in the end is not the document that went in: {document}")


__all__ = [
    "Latest",
    "Pipeline",
    "body_text",
    "check",
    "compare",
    "drive",
    "fail",
    "jiter_prefixes",
    "last",
    "nothing",
    "partials",
    "pydantic_prefixes",
    "run",
    "snapshots",
    "three_maps",
    "values",
]
