"""Whatever goes wrong, in whatever order: the valid document, or one typed error, within the budget."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from reactivex import Observable
from reactivex import operators as ops
from reactivex.scheduler import VirtualTimeScheduler

import rxstruct as rxs
from rxstruct.errors import Refused, RxStructError, SourceFailed, path_text
from rxstruct.typing import Path
from tests.tally import count

from .scenes import MESSAGES, Outcome, rest_of

DEADLINE_SECONDS = 100


class Line(BaseModel):
    text: str = Field(pattern="^[a-z ]+$")
    amount: int = Field(ge=0)


class Order(BaseModel):
    name: str = Field(min_length=2)
    lines: list[Line]
    notes: dict[str, Line]
    total: int = Field(ge=0)


RIGHT: dict[str, Any] = {
    "name": "an order",
    "lines": [{"text": "one", "amount": 1}, {"text": "two words", "amount": 22}, {"text": "three", "amount": 333}],
    "notes": {"first": {"text": "a note", "amount": 4}, "second": {"text": "another", "amount": 5}},
    "total": 356,
}
TEXT = json.dumps(RIGHT)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value inside the document, by its path."""
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for segment, child in children:
        yield (*path, segment), child
        yield from leaves(child, (*path, segment))


VALUES = {path_text(path): value for path, value in leaves(RIGHT)}
SCALARS = [path for path, value in leaves(RIGHT) if not isinstance(value, dict | list)]

faults = st.one_of(
    st.none(),
    st.tuples(st.just("invalid"), st.sampled_from(SCALARS)),
    st.tuples(st.sampled_from(["truncated", "dropped", "stalled", "garbled", "repeated"]), st.floats(0, 1)),
    st.tuples(st.just("refused"), st.none()),
)


class Script:
    """A model that knows the right document, and on the way suffers one fault after the other."""

    def __init__(self, faults: list[Any], cut: int) -> None:
        self.faults = iter(faults)
        self.cut = cut
        self.requests = 0

    def __call__(self, **request: Any) -> Observable[rxs.Event]:
        self.requests += 1
        fault: tuple[str, Any] = next(self.faults, None) or ("none", None)
        kind, where = fault
        asked = re.search(r"new value for (\S+),", request["messages"][-1]["content"])
        text = TEXT
        if "response_format" not in request:
            text = TEXT if kind == "repeated" else rest_of(TEXT, request)
        elif asked is not None:
            value = VALUES[asked[1]]
            text = json.dumps(value if isinstance(value, dict) else {"value": value})
        if kind == "invalid":
            text = self.spoiled(text, where)
        end = rx.of(rxs.Finish("stop"))
        if kind == "refused":
            return rx.concat(rx.of(rxs.RefusalDelta("No.")), end)
        if kind not in ("none", "invalid", "repeated"):
            text, end = self.broken(kind, text, round(where * len(text)))
        deltas = [text[start : start + self.cut] for start in range(0, len(text), self.cut)]
        return rx.concat(rx.from_iterable([rxs.TextDelta(delta) for delta in deltas]), end)

    @staticmethod
    def spoiled(text: str, path: Path) -> str:
        """The text with an invalid value in the place of a valid one, if that is in it."""
        value: Any = RIGHT
        for segment in path:
            value = value[segment]
        wrong = '"?"' if isinstance(value, str) and path != ("name",) else '""' if isinstance(value, str) else "-7"
        return text.replace(json.dumps(value), wrong, 1)

    @staticmethod
    def broken(kind: str, text: str, end: int) -> tuple[str, Observable[rxs.Event]]:
        if kind == "truncated":
            return text[:end], rx.of(rxs.Finish("length"))
        if kind == "dropped":
            return text[:end], rx.throw(SourceFailed("the connection was lost"))
        if kind == "stalled":
            return text[:end], rx.never()
        return text[:end] + "\x01" + text[end:], rx.of(rxs.Finish("stop"))


def check_shown(order: Any) -> None:
    """Nothing that is shown closed breaks a rule."""
    held = [*getattr(order, "lines", []), *getattr(order, "notes", {}).values()]
    for line in held:
        assert getattr(line, "amount", 0) >= 0
        assert not rxs.is_closed(line, "text") or re.fullmatch("[a-z ]+", line.text)
    assert getattr(order, "total", 0) >= 0
    assert not rxs.is_closed(order, "name") or len(order.name) >= 2


@settings(max_examples=400, deadline=None)
@given(
    st.lists(faults, max_size=8),
    st.sampled_from([1, 3, 20, 1000]),
    st.sampled_from(["restart", "repair", "fail"]),
    st.sampled_from(["continue", "restart", "fail"]),
    st.integers(1, 4),
    st.integers(0, 2),
)
def test_random_faults(
    faults: list[Any], cut: int, on_invalid: Any, on_truncated: Any, max_attempts: int, max_reconnects: int
) -> None:
    """Any sequence of faults ends in the valid document or in one typed error, shows nothing false, and keeps to the budget."""
    count("sequences of faults while asking again")
    script = Script(faults, cut)
    scheduler = VirtualTimeScheduler(0.0)
    outcome = Outcome()
    ends: list[int] = []
    stream = rxs.ask(
        script,
        Order,
        messages=MESSAGES,
        on_invalid=on_invalid,
        on_truncated=on_truncated,
        max_attempts=max_attempts,
        max_reconnects=max_reconnects,
        deadline=DEADLINE_SECONDS,
    )
    stream.pipe(ops.finally_action(lambda: ends.append(1))).subscribe(
        outcome.items.append, outcome.fail, outcome.complete, scheduler=scheduler
    )
    scheduler.advance_to(DEADLINE_SECONDS + 1)
    assert ends == [1]
    assert outcome.completed != (outcome.error is not None)
    if outcome.completed:
        assert outcome.final == Order(**RIGHT)
        assert rxs.snapshot_of(outcome.final).value == RIGHT
    else:
        assert isinstance(outcome.error, RxStructError)
        assert outcome.error.partial is None or isinstance(outcome.error.partial, Order)
    rests = max_attempts - 1 if on_invalid == "repair" else 0
    assert script.requests <= max_attempts + rests + max_reconnects
    refused = [index for index, fault in enumerate(faults) if fault is not None and fault[0] == "refused"]
    if isinstance(outcome.error, Refused):
        assert script.requests == refused[0] + 1
    for item in outcome.items:
        check_shown(item)
    numbers = [rxs.attempt_of(item) for item in outcome.items]
    assert numbers == sorted(numbers)
