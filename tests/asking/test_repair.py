"""Mending a document: only the smallest part that failed is asked for again, and all that was valid stays."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

import rxstruct as rxs
from rxstruct.asking.repair import repair_of
from rxstruct.errors import FieldInvalid, path_text
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

from .scenes import MESSAGES, PATIENCE, Outcome, People, asked, both, people, rest_of, said, scripted, watch

CUT = 10


@both
def test_one_element_of_fifty(kind: str) -> None:
    """One element of 50 is mended: the other 49 are the same objects, and at most 10 % of the document is sent again."""
    right = people(50)
    wrong = people(50)
    wrong["people"][25]["age"] = -1
    text = json.dumps(right)

    def rest(request: Any) -> Any:
        if "response_format" in request.body:
            return answer({"value": 26}, cut=CUT)
        return answer(rest_of(text, request.body), cut=CUT)

    with LoopbackServer(answer(wrong, cut=CUT, speed=250), respond=rest) as server:
        outcome = asked(kind, server, People, on_invalid="repair")
        first, value, _ = server.requests
        assert first.disconnected.wait(PATIENCE)
        sent = sum(request.sent_events for request in server.requests) * CUT
    assert outcome.final == People(**right)
    assert sent - len(text) < 0.1 * len(text)
    assert value.body["response_format"]["json_schema"]["schema"]["properties"]["value"]["exclusiveMinimum"] == 0
    assert_same_objects(outcome, but=25)
    numbers = [rxs.attempt_of(item) for item in outcome.items]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 2


def assert_same_objects(outcome: Outcome, but: int) -> None:
    """Each person is one object, from the partial in which it closes to the end, whatever attempt that is in."""
    seen: dict[int, Any] = {}
    for item in outcome.items:
        for index, person in enumerate(getattr(item, "people", [])):
            if index != but and rxs.is_closed(item, "people", index):
                assert seen.setdefault(index, person) is person
    assert len(seen) == 49


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: int = Field(gt=0)


class Square(BaseModel):
    kind: Literal["square"]
    side: int = Field(gt=0)


class Span(BaseModel):
    start: int
    end: int

    @model_validator(mode="after")
    def ordered(self) -> Span:
        if self.end < self.start:
            raise ValueError("it ends before it starts")
        return self


class Everything(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(max_length=5)
    code: str = Field(pattern="^[a-z]+$", alias="theCode")
    shape: Annotated[Circle | Square, Field(discriminator="kind")]
    spans: list[Span]
    sizes: dict[str, Annotated[int, Field(lt=10)]]
    pair: tuple[int, str]
    maybe: Annotated[int, Field(gt=0)] | None
    needed: bool


RIGHT: dict[str, Any] = {
    "name": "Ada",
    "theCode": "abc",
    "shape": {"kind": "circle", "radius": 1},
    "spans": [{"start": 1, "end": 2}, {"start": 3, "end": 4}],
    "sizes": {"a": 1, "b": 2},
    "pair": [1, "one"],
    "maybe": 3,
    "needed": True,
}


def wronged(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The right document with another value somewhere."""
    document: Any = json.loads(json.dumps(RIGHT))
    inner = document
    for segment in path[:-1]:
        inner = inner[segment]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize("cut", [1, 7, 1000])
@pytest.mark.parametrize(
    ("path", "wrong", "asked_for", "value"),
    [
        (("name",), "Ada Lovelace", ("name",), "Ada"),
        (("theCode",), "ABC", ("theCode",), "abc"),
        (("shape",), {"kind": "circle", "radius": -1}, ("shape",), RIGHT["shape"]),
        (("spans", 1), {"start": 4, "end": 3}, ("spans", 1), {"start": 3, "end": 4}),
        (("spans", 1, "end"), "four", ("spans", 1, "end"), 4),
        (("sizes", "b"), 20, ("sizes", "b"), 2),
        (("pair", 1), 1, ("pair", 1), "one"),
        (("maybe",), 0, ("maybe",), 3),
        (("needed",), "perhaps", ("needed",), True),
    ],
)
def test_the_smallest_part(path: Any, wrong: Any, asked_for: Any, value: Any, cut: int) -> None:
    """Whatever breaks its rules, the smallest part that holds it is asked for alone; then the rest; the whole is exact."""
    text = json.dumps(RIGHT)
    requests: list[Any] = []

    def send(**request: Any) -> Any:
        requests.append(request)
        if len(requests) == 1:
            return said(wronged(path, wrong), cut=cut)()
        if "response_format" in request:
            schema = request["response_format"]["json_schema"]["schema"]
            return said({"value": value} if "value" in schema["properties"] else value, cut=cut)()
        return said(rest_of(text, request), cut=cut)()

    outcome = watch(rxs.ask(send, Everything, messages=MESSAGES, on_invalid="repair"))
    assert outcome.final == Everything.model_validate(RIGHT)
    assert rxs.dump(outcome.final, by_alias=True) == RIGHT
    complaint = requests[1]["messages"][-1]["content"]
    assert f"new value for {path_text(asked_for)}," in complaint


def test_a_field_that_is_missing() -> None:
    """A field that an object closed without is asked for alone, and put in."""
    text = json.dumps(RIGHT)
    short = {**RIGHT, "spans": [{"start": 1}]}
    mended = text.replace(', {"start": 3, "end": 4}', "")

    def send(**request: Any) -> Any:
        if "response_format" not in request:
            return said(rest_of(mended, request))()
        return said({"value": 2} if len(request["messages"]) > 1 else short)()

    final = watch(rxs.ask(send, Everything, messages=MESSAGES, on_invalid="repair")).final
    assert final.spans == [Span(start=1, end=2)]


class Pair(BaseModel):
    left: int
    right: int

    @model_validator(mode="after")
    def differ(self) -> Pair:
        if self.left == self.right:
            raise ValueError("they are the same")
        return self


def test_what_cannot_be_mended_is_begun_again() -> None:
    """Where only the root itself is wrong there is no smaller part: the document is asked for anew, and the event says so."""
    events: list[Any] = []
    client = scripted(said({"left": 1, "right": 1}), said({"left": 1, "right": 2}))
    outcome = watch(rxs.ask(client, Pair, messages=MESSAGES, on_invalid="repair", on_event=events.append))
    assert outcome.final == Pair(left=1, right=2)
    assert [event.reason for event in events if isinstance(event, rxs.RequestStarted)] == ["first", "restart"]


def test_a_mended_value_that_is_wrong_again() -> None:
    """A value that is wrong a second time is asked for a second time."""
    text = json.dumps(people(3))
    wrong = text.replace('"age": 2', '"age": -2')

    def send(**request: Any) -> Any:
        if "response_format" not in request:
            return said(rest_of(text, request))()
        send.count += 1  # type: ignore[attr-defined]
        return said([wrong, {"value": -1}, '{"value": 2', {"value": 2}][send.count])()  # type: ignore[attr-defined]

    send.count = -1  # type: ignore[attr-defined]
    outcome = watch(rxs.ask(send, People, messages=MESSAGES, on_invalid="repair", max_attempts=4))
    assert outcome.final == People(**people(3))


def test_a_value_that_is_more_than_a_value() -> None:
    """What comes instead of the one value cannot smuggle in others."""
    client = scripted(said({"title": "x", "people": [{"name": "A", "age": 0}]}), said('{"value": 1, "more": 2}'))
    error = watch(rxs.ask(client, People, messages=MESSAGES, on_invalid="repair", max_attempts=2)).error
    assert isinstance(error, rxs.AttemptsFailed)
    assert not any(isinstance(failure, KeyError) for failure in error.failures)


def test_place_and_schema() -> None:
    """A repair says where the part stands, and what schema it has by itself."""
    text = json.dumps(wronged(("spans", 1, "end"), "four"))
    errors: list[Any] = []
    rxs.replay(text).pipe(rxs.accumulate_json(), rxs.to_partial(Everything)).subscribe(on_error=errors.append)
    (error,) = errors
    assert isinstance(error, FieldInvalid)
    repair = repair_of(Everything, error)
    assert repair is not None
    assert repair.before == text[: text.index('"four"')]
    assert repair.after == ""
    assert repair.schema.schema["type"] == "integer"
