"""State, not luck: whichever items are dropped upstream, the field-level operators deliver the same, in the same order."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, Self

import pydantic.dataclasses
import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    RootModel,
    TypeAdapter,
    create_model,
    model_validator,
)
from reactivex import Observable
from typing_extensions import TypedDict

import rxstruct as rxs
from rxstruct.incremental.changes import Change
from rxstruct.partial.state import state_of
from tests.tally import count

from ..incremental.test_changes import merged
from ..models import CASES
from ..models.registry import Case
from ..partial.generated import Typed, objects, types
from ..strategies import cut_at, json_texts, spelled_values


@st.composite
def conflated(draw: st.DrawFn, items: list[Any]) -> list[Any]:
    """Some of the items, in order, and the last."""
    kept = draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items)))
    return [item for item, keep in zip(items[:-1], kept, strict=False) if keep] + items[-1:]


@st.composite
def coarsely_cut(draw: st.DrawFn, text: str) -> list[str]:
    """A text in up to 60 pieces."""
    return cut_at(text, sorted(draw(st.sets(st.integers(1, max(len(text) - 1, 1)), max_size=60))))


def collect(operator: Callable[[Observable[Any]], Observable[Any]], items: list[Any]) -> list[Any]:
    """What an operator makes of items; last, its error, if it fails."""
    collected: list[Any] = []
    rx.from_iterable(items).pipe(operator).subscribe(collected.append, lambda error: collected.append(repr(error)))
    return collected


def log(items: list[Any]) -> list[Change]:
    """The changes, with text that came in several pieces put together."""
    return merged(collect(rxs.changes(), items))


def check(items: list[Any], kept: list[Any], data: st.DataObject) -> None:
    whole = log(items)
    assert log(kept) == whole
    closed = [change for change in whole if change.kind == "closed" and change.path]
    owners = {change.path[:-1] for change in closed}
    for change in data.draw(st.lists(st.sampled_from(closed), max_size=4)) if closed else []:
        for operator in operators_at(change, items[-1], owners):
            wanted = collect(operator, items)
            assert not any("PathInvalid" in str(item) for item in wanted)
            assert collect(operator, kept) == wanted
        if isinstance(change.value, str):
            assert "".join(collect(rxs.text(*change.path), kept)) == "".join(collect(rxs.text(*change.path), items))


def operators_at(change: Change, last: Any, owners: set[Any]) -> Iterator[Callable[[Observable[Any]], Observable[Any]]]:
    path: Any = change.path
    anywhere = tuple(rxs.EACH if isinstance(segment, int) else segment for segment in path)
    yield rxs.elements(*anywhere[:-1])
    if not isinstance(rxs.get(last, *path[:-1]), set | frozenset):
        yield rxs.completed(*path)
    if change.path in owners:
        yield rxs.elements(*path)
        yield rxs.elements(*anywhere)


# What a model's own validator changes as the model closes is seen unchanged by those who saw it before.
UNCHANGED = [case for case in CASES if not case.changed_by_owner]


@given(st.sampled_from(UNCHANGED), st.data())
def test_partials(case: Case, data: st.DataObject) -> None:
    """Over models of many domains: the log, completed values, elements and text do not depend on what was dropped."""
    partials = collect(
        lambda deltas: deltas.pipe(rxs.accumulate_json(), rxs.to_partial(case.type, context=case.context)),
        data.draw(coarsely_cut(case.document)),
    )
    kept = data.draw(conflated(partials))
    # A finished container at the root carries no snapshot: what the text looked like is known from an earlier partial.
    check(partials, kept if isinstance(kept[-1], BaseModel) else partials[:1] + kept, data)
    count("streams with snapshots dropped on the way")


@given(st.one_of(objects(2), types(2)), st.data())
def test_partials_of_generated_types(typed: Typed, data: st.DataObject) -> None:
    """Over any type of the design's table, the same holds."""
    text = data.draw(typed.values.flatmap(spelled_values))
    partials = collect(
        lambda deltas: deltas.pipe(rxs.accumulate_json(), rxs.to_partial(TypeAdapter(typed.annotation))),
        data.draw(coarsely_cut(text)),
    )
    if state_of(partials[0]) is not None:
        check(partials, partials[:1] + data.draw(conflated(partials)), data)
        count("streams with snapshots dropped on the way")


@given(json_texts(duplicate_keys=False), st.data())
def test_snapshots(text: str, data: st.DataObject) -> None:
    """Over any JSON, the same holds for snapshots."""
    snapshots = collect(rxs.accumulate_json(), list(text))
    check(snapshots, data.draw(conflated(snapshots)), data)
    count("streams with snapshots dropped on the way")


@given(st.sampled_from(CASES), st.data())
def test_elements_and_completed_values_are_those_of_the_final_instance(case: Case, data: st.DataObject) -> None:
    """Whatever closes is, at the end, in the final instance, but for what its owner's validators have changed."""
    partials = collect(
        lambda deltas: deltas.pipe(rxs.accumulate_json(), rxs.to_partial(case.type, context=case.context)),
        data.draw(coarsely_cut(case.document)),
    )
    for change in log(partials):
        if change.kind != "closed" or case.changed_by_owner & set(map(str, change.path)):
            continue
        owner = rxs.get(partials[-1], *change.path[:-1])
        if isinstance(owner, set | frozenset):
            assert change.value in owner
        else:
            assert rxs.get(partials[-1], *change.path) == change.value
    count("documents of models from many domains")


class Line(BaseModel):
    text: str = Field(alias="Text")
    size: int = 1


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Note:
    words: list[str]
    by: str = "no one"


class Lines(RootModel[list[Line]]):
    pass


class Place(TypedDict):
    city: str
    zips: list[int]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: list[int]


class Dog(BaseModel):
    kind: Literal["dog"]


def unchanged(value: Any) -> Any:
    return value


class Renamed(TypedDict):
    a: Annotated[int, Field(alias="A")]
    b: int


class Around(BaseModel):
    renamed: Renamed


class Free(BaseModel):
    model_config = ConfigDict(extra="allow")

    a: int = 0


class TwoKeys(BaseModel):
    a: int = Field(validation_alias=AliasChoices("a", "A"))


class Fixed(BaseModel):
    model_config = ConfigDict(frozen=True)

    a: int


class Shrunk(BaseModel):
    a: int
    b: int

    @model_validator(mode="after")
    def without_b(self) -> Self:
        del self.__dict__["b"]
        return self


@dataclasses.dataclass(slots=True)
class Slotted:
    words: list[str]


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class Initialised:
    seed: dataclasses.InitVar[int]
    words: list[str]


RENAMED = "{'a': 3, 'b': 1}"
HIDDEN = BeforeValidator(unchanged)
LINE = Line(Text="a", size=2)


@pytest.mark.parametrize(
    ("kind", "text", "story"),
    [
        (str, '"a"', "opened . '', appended . a, closed . 'a'"),
        (int, "1", "closed . 1"),
        (None, "null", "closed . None"),
        (date, '"2024-01-02"', "closed . datetime.date(2024, 1, 2)"),
        (Json[list[int]], '"[1]"', "closed . [1]"),
        (Annotated[str, AfterValidator(str.upper)], '"a"', "opened . '', appended . a, closed . 'A'"),
        (list[int], "[1,2]", "opened . [], closed 0 1, closed 1 2, closed . [1, 2]"),
        (list[str], '["",""]', "opened . [], opened 0 '', closed 0 '', opened 1 '', closed 1 '', closed . ['', '']"),
        (
            tuple[int, list[int]],
            "[1,[2]]",
            "opened . [], closed 0 1, opened 1 [], closed 1.0 2, closed 1 [2], closed . (1, [2])",
        ),
        (Point, "[1,2]", "opened . [], closed 0 1, closed 1 2, closed . Point(x=1, y=2)"),
        (set[int], "[2,1,2]", "opened . [], closed 0 2, closed 1 1, closed . {1, 2}"),
        (set[str], '["b"]', "opened . [], opened 0 '', appended 0 b, closed 0 'b', closed . {'b'}"),
        (frozenset[int], "[2,1]", "opened . [], closed 0 2, closed 1 1, closed . frozenset({1, 2})"),
        (
            set[Point],
            "[[1,2]]",
            "opened . [], opened 0 [], closed 0.0 1, closed 0.1 2, closed 0 Point(x=1, y=2), closed . {Point(x=1, y=2)}",
        ),
        (dict[str, int], '{"b":1,"a":2}', "opened . {}, closed b 1, closed a 2, closed . {'b': 1, 'a': 2}"),
        (
            dict[int, list[int]],
            '{"2":[3]}',
            "opened . {}, opened 2 [], closed 2.0 3, closed 2 [3], closed . {2: [3]}",
        ),
        (
            Line,
            '{"size":2,"Text":"a","more":1}',
            f"opened . {{}}, closed size 2, opened text '', appended text a, closed text 'a', closed . {LINE!r}",
        ),
        (
            Lines,
            '[{"Text":"a","size":2}]',
            "opened . [], opened 0 {}, opened 0.text '', appended 0.text a, closed 0.text 'a', closed 0.size 2, "
            f"closed 0 {LINE!r}, closed . {Lines([LINE])!r}",
        ),
        (
            Note,
            '{"words":[],"more":1}',
            f"opened . {{}}, opened words [], closed words [], closed . {Note([])!r}",
        ),
        (
            Place,
            '{"zips":[1],"city":""}',
            "opened . {}, opened zips [], closed zips.0 1, closed zips [1], opened city '', closed city '', "
            "closed . {'city': '', 'zips': [1]}",
        ),
        (
            Annotated[Cat | Dog, Field(discriminator="kind")],
            '{"lives":[1],"kind":"cat"}',
            "opened . {}, opened lives [], closed lives.0 1, closed lives [1], opened kind '', appended kind cat, "
            "closed kind 'cat', closed . Cat(kind='cat', lives=[1])",
        ),
        (
            Any,
            '{"a":[1,"x"]}',
            "opened . {}, opened a [], closed a.0 1, opened a.1 '', appended a.1 x, closed a.1 'x', closed a [1, 'x'], "
            "closed . {'a': [1, 'x']}",
        ),
        (Renamed, '{"b":1,"more":2,"A":3}', f"opened . {{}}, closed b 1, closed a 3, closed . {RENAMED}"),
        (
            list[Renamed],
            '[{"b":1,"more":2,"A":3}]',
            f"opened . [], opened 0 {{}}, closed 0.b 1, closed 0.a 3, closed 0 {RENAMED}, closed . [{RENAMED}]",
        ),
        (
            dict[str, Renamed],
            '{"k":{"b":1,"more":2,"A":3}}',
            f"opened . {{}}, opened k {{}}, closed k.b 1, closed k.a 3, closed k {RENAMED}, closed . {{'k': {RENAMED}}}",
        ),
        (
            list[list[Renamed]],
            '[[{"b":1,"A":3}]]',
            "opened . [], opened 0 [], opened 0.0 {}, closed 0.0.b 1, closed 0.0.a 3, "
            f"closed 0.0 {RENAMED}, closed 0 [{RENAMED}], closed . [[{RENAMED}]]",
        ),
        (
            Around,
            '{"renamed":{"b":1,"more":2,"A":3}}',
            "opened . {}, opened renamed {}, closed renamed.b 1, closed renamed.a 3, "
            f"closed renamed {RENAMED}, closed . Around(renamed={RENAMED})",
        ),
        (
            Free,
            '{"more":[1],"a":2}',
            "opened . {}, opened more [], closed more.0 1, closed more [1], closed a 2, closed . Free(a=2, more=[1])",
        ),
        (Annotated[TwoKeys, HIDDEN], '{"A":1,"a":2}', "opened . {}, closed a 2, closed . TwoKeys(a=2)"),
        (set[Fixed], '[{"a":1}]', "opened . [], opened 0 {}, closed 0.a 1, closed 0 Fixed(a=1), closed . {Fixed(a=1)}"),
        (Annotated[Shrunk, HIDDEN], '{"b":1,"a":2}', "opened . {}, closed a 2, closed . Shrunk(a=2)"),
        (Slotted, '{"words":[]}', "opened . {}, opened words [], closed words [], closed . Slotted(words=[])"),
        (
            Initialised,
            '{"seed":1,"__class__":2,"words":[]}',
            "opened . {}, closed __class__ 2, opened words [], closed words [], closed . Initialised(words=[])",
        ),
        (
            dict[int, Annotated[str, AfterValidator(str.upper)]],
            '{"1":"a"}',
            "opened . {}, opened 1 '', appended 1 a, closed 1 'A', closed . {1: 'A'}",
        ),
        (Annotated[str, HIDDEN], '"a"', "opened . '', appended . a, closed . 'a'"),
        (
            Annotated[list[Line], HIDDEN],
            '[{"size":2,"Text":"a"}]',
            "opened . [], opened 0 {}, closed 0.size 2, opened 0.text '', appended 0.text a, closed 0.text 'a', "
            f"closed 0 {LINE!r}, closed . [{LINE!r}]",
        ),
        (
            Annotated[Note, HIDDEN],
            '{"by":"","words":[]}',
            f"opened . {{}}, opened by '', closed by '', opened words [], closed words [], closed . {Note([], '')!r}",
        ),
        (
            Annotated[Place, HIDDEN],
            '{"zips":[],"city":""}',
            "opened . {}, opened zips [], closed zips [], opened city '', closed city '', "
            "closed . {'city': '', 'zips': []}",
        ),
    ],
)
def test_the_story_of_a_field_of_each_kind(kind: Any, text: str, story: str) -> None:
    """Whoever sees any of the partials, or the last alone, is told the same of its field, in the order of the text."""
    adapter = TypeAdapter(create_model("Holder", value=(kind, ...)))
    partials = collect(
        lambda deltas: deltas.pipe(rxs.accumulate_json(), rxs.to_partial(adapter)), list(f'{{"value":{text}}}')
    )
    changes = [change for change in log(partials) if change.path[:1] == ("value",)]
    assert ", ".join(map(told, changes)) == story
    for item in partials:
        assert log([item, partials[-1]]) == log(partials)
    assert log(partials[-1:]) == log(partials)
    for first, second in itertools.combinations(partials[::3], 2):
        assert log([first, second, partials[-1]]) == log(partials)


@pytest.mark.parametrize(
    ("whole", "story"),
    [
        ([1, ["a"]], "opened [] closed 1 opened [] opened '' appended None closed 'a' closed ['a'] closed [1, ['a']]"),
        ({"a": [1]}, "opened {} opened [] closed 1 closed [1] closed {'a': [1]}"),
        (Note(["w"]), f"opened {{}} opened [] opened '' appended None closed 'w' closed ['w'] opened '' appended None "
                      f"closed 'no one' closed {Note(['w'])!r}"),
        (Slotted(["w"]), "opened {} opened [] opened '' appended None closed 'w' closed ['w'] closed Slotted(words=['w'])"),
        (LINE.model_copy(), f"opened {{}} opened '' appended None closed 'a' closed 2 closed {LINE!r}"),
        (Line(Text="a"), f"opened {{}} opened '' appended None closed 'a' closed {Line(Text='a')!r}"),
    ],
)  # fmt: skip
def test_the_story_of_a_finished_value_that_carries_no_snapshot(whole: Any, story: str) -> None:
    """It is told once, in the order of the declaration; of a model only the fields that were set."""
    for items in [whole], [whole, whole]:
        changes = collect(rxs.changes(), items)
        assert " ".join(f"{change.kind} {change.value!r}" for change in changes) == story


def test_keys_that_become_one() -> None:
    """Of a dict that arrives whole the value that is kept is told."""
    model = create_model("Holder", value=(dict[float, int], ...))
    final = collect(
        lambda deltas: deltas.pipe(rxs.accumulate_json(), rxs.to_partial(model)), ['{"value":{"1":2,"1.0":3}}']
    )
    closed = [(change.path, change.value) for change in log(final[-1:]) if change.kind == "closed"]
    assert closed == [(("value", 1.0), 3), (("value",), {1.0: 3}), ((), final[-1])]


def told(change: Change) -> str:
    path = ".".join(map(str, change.path[1:])) or "."
    return f"{change.kind} {path} {change.text if change.kind == 'appended' else repr(change.value)}"
