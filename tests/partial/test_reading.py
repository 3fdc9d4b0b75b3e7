"""`get`, `is_closed`, `closed_fields`, `snapshot_of` and `dump`: plain functions, on partials and snapshots."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    TypeAdapter,
    computed_field,
    field_serializer,
    model_serializer,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

import rxstruct as rxs
from rxstruct.sinks import json_patches

from .driver import last, run


class Address(BaseModel):
    city: str
    lines: list[str] = []


class Person(BaseModel):
    name: str
    address: Address = Field(alias="addr")
    tags: dict[str, int] = {}
    get: str = "a field may be called anything"


TEXT = '{"name":"Ada","addr":{"city":"Lon","lines":["a","b'


def test_get_reads_what_has_arrived_at_any_depth() -> None:
    """A path of field names, keys and indexes; the default where nothing has come."""
    partial = last(Person, TEXT)
    assert rxs.get(partial, "name") == "Ada"
    assert rxs.get(partial, "address", "city") == "Lon"
    assert rxs.get(partial, "address", "lines", 0) == "a"
    assert rxs.get(partial, "address", "lines", 1) == "b"
    assert rxs.get(partial, "address", "lines", 2) is None
    assert rxs.get(partial, "tags", "x", default=0) == 0
    assert rxs.get(partial) is partial
    assert rxs.get(rxs.snapshot_of(partial), "addr", "city") == "Lon"


def test_is_closed_knows_every_depth() -> None:
    """Closed is what has ended; what has not come is not closed."""
    partial = last(Person, TEXT)
    assert rxs.is_closed(partial, "name")
    assert rxs.is_closed(partial, "address", "city")
    assert rxs.is_closed(partial, "address", "lines", 0)
    assert not rxs.is_closed(partial, "address", "lines", 1)
    assert not rxs.is_closed(partial, "address")
    assert not rxs.is_closed(partial, "tags")
    assert not rxs.is_closed(partial)
    assert rxs.is_closed(last(Person, '{"name":"Ada","addr":{"city":"x"}}'))
    assert rxs.is_closed(rxs.snapshot_of(partial), "addr", "city")


def test_closed_fields_come_in_the_order_of_closing() -> None:
    """The names of the fields that have closed; at the end those that took their default too, or not before."""
    items = run(Person, '{"addr":{"city":"x"},"name":"Ada"}').items
    assert rxs.closed_fields(items[0]) == ()
    assert rxs.closed_fields(items[-2]) in ((), ("address",), ("address", "name"))
    assert rxs.closed_fields(items[-1])[:2] == ("address", "name")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    note: str = ""


def test_extra_fields_have_their_place_in_the_order_of_closing() -> None:
    """Also once the instance is finished, which has its own fields first and its extra ones last."""
    for deltas in (['{"id":1,"name":"Ada","tag":"x"}'], list('{"id":1,"name":"Ada","tag":"x"}')):
        assert rxs.closed_fields(run(Open, deltas).items[-1]) == ("id", "name", "tag", "note")


def test_the_wrong_kind_of_name_is_refused_with_a_suggestion() -> None:
    """On a partial the document's key is refused, and the error names the field; so is a path that can't be."""
    partial = last(Person, TEXT)
    for path in ("addr",), ("address", "ctiy"), ("nam",):
        for read in rxs.get, rxs.is_closed:
            with pytest.raises(rxs.PathInvalid) as refused:
                read(partial, *path)
            assert {"addr": "address", "ctiy": "city", "nam": "name"}[path[-1]] in str(refused.value)


def test_nested_partials_can_be_read_on_their_own() -> None:
    """A partial within a partial answers too."""
    address = last(Person, TEXT).address
    assert rxs.get(address, "city") == "Lon"
    assert rxs.is_closed(address, "city")
    assert rxs.closed_fields(address) == ("city",)
    assert not rxs.is_closed(address)


def test_snapshot_of_gives_the_snapshot_that_the_partial_was_made_from() -> None:
    """The document's text and closed paths are at hand wherever a partial is."""
    partial = last(Person, TEXT)
    assert rxs.snapshot_of(partial).text == TEXT
    assert rxs.snapshot_of(partial).value["addr"]["lines"] == ["a", "b"]


def test_dump_gives_plain_data_of_what_is_there() -> None:
    """`dump` leaves out what is absent."""
    partial = last(Person, TEXT)
    assert rxs.dump(partial) == {"name": "Ada", "address": {"city": "Lon", "lines": ["a", "b"]}}
    assert rxs.dump(partial, by_alias=True) == {"name": "Ada", "addr": {"city": "Lon", "lines": ["a", "b"]}}


@dataclasses.dataclass
class Pair:
    left: list[int]
    right: str = ""


@pytest.mark.parametrize(
    ("kind", "text", "closed", "opened"),
    [
        (Pair, '{"left":[1,2],"right":"a', ("left", 0), ("right",)),
        (list[Pair], '[{"left":[],"right":"a', (0, "left"), (0,)),
        (dict[str, list[str]], '{"a":["x","y', ("a", 0), ("a", 1)),
        (tuple[int, str], '[1,"a', (0,), (1,)),
        (dict[int, str], '{"3":"x","5":"y', (3,), (5,)),
        (Any, '{"a":[1],"b":"x', ("a",), ("b",)),
    ],
)
def test_dataclasses_and_container_roots_can_be_read(kind: Any, text: str, closed: Any, opened: Any) -> None:
    """The functions work on models, dataclasses and container roots."""
    partial = last(kind, text)
    assert rxs.is_closed(partial, *closed)
    assert not rxs.is_closed(partial, *opened)
    assert not rxs.is_closed(partial)
    assert rxs.get(partial, *opened) is not None
    assert rxs.snapshot_of(partial).text == text
    rxs.dump(partial)


class Loose(TypedDict):
    a: int
    b: int
    c: list[int]


class Place(BaseModel):
    city: str = Field(alias="City")


class Guest(BaseModel):
    place: Place = Field(alias="Place")
    name: str


@dataclasses.dataclass
class Couple:
    first: Guest
    second: str = ""


class Everyone(RootModel[list[Guest]]):
    pass


class Visit(NamedTuple):
    day: Annotated[date, PlainSerializer(lambda day: day.year)]
    guest: Guest


class Diary(BaseModel):
    day: Annotated[date, PlainSerializer(lambda day: day.year)]
    note: Annotated[str, PlainSerializer(str.strip)] = ""


class Dated(BaseModel):
    day: date
    city: str = ""

    @computed_field(alias="City")  # type: ignore[prop-decorator]
    @property
    def place(self) -> list[date]:
        return [self.day]


class DatedWhole(BaseModel):
    day: date = Field(serialization_alias="City")
    note: str = ""

    @model_serializer(mode="wrap")
    def all(self, handler: Any) -> Any:
        return handler(self)


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


GUEST = {"place": {"city": "London"}, "name": "Ada"}
TEXT_OF_GUEST = '{"Place":{"City":"London"},"name":"Ada'


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Guest, TEXT_OF_GUEST, GUEST),
        (Guest, TEXT_OF_GUEST + '"}', GUEST),
        (Guest, '{"Place":{"City":"Lon', {"place": {"city": "Lon"}}),
        (Couple, f'{{"first":{TEXT_OF_GUEST}', {"first": GUEST}),
        (list[Guest], f"[{TEXT_OF_GUEST}", [GUEST]),
        (tuple[int, Guest], f"[1,{TEXT_OF_GUEST}", [1, GUEST]),
        (dict[str, Guest], f'{{"a":{TEXT_OF_GUEST}', {"a": GUEST}),
        (dict[date, list[date]], '{"2024-01-01":["2024-01-02",', {"2024-01-01": ["2024-01-02"]}),
        (set[date], '["2024-01-01",', ["2024-01-01"]),
        (Everyone, f"[{TEXT_OF_GUEST}", [GUEST]),
        (Diary, '{"day":"2024-01-01","note":" a ', {"day": 2024, "note": "a"}),
        (dict[str, Visit], f'{{"a":["2024-01-01",{TEXT_OF_GUEST}"}}],', {"a": [2024, GUEST]}),
        (Anything, '{"name":"Ada","x":[1,{"y":2}', {"name": "Ada", "x": [1, {"y": 2}]}),
        (Anything, '{"name":"Ada","x":[1],"y":"z', {"name": "Ada", "x": [1], "y": "z"}),
    ],
)
def test_a_dump_is_what_pydantic_would_dump_of_what_is_there(kind: Any, text: str, expected: Any) -> None:
    """Of all kinds of partials, at every depth: as JSON values, by the fields' own serializers, and by alias if so told."""
    by_alias = json.loads(json.dumps(expected).replace("place", "Place").replace("city", "City"))
    partial = last(kind, text)
    assert rxs.dump(partial) == expected
    assert rxs.dump(partial, by_alias=True) == by_alias
    assert rxs.dump(date(2024, 1, 1)) == "2024-01-01"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Dated, {"day": "2024-01-01", "place": ["2024-01-01"]}),
        (DatedWhole, {"day": "2024-01-01"}),
    ],
)
def test_what_an_open_model_computes_is_dumped_as_json_too(kind: Any, expected: Any) -> None:
    """A computed field by its own alias, and what a model's own serializer makes of it."""
    partial = last(kind, '{"day":"2024-01-01",')
    assert rxs.dump(partial) == expected
    by_alias = partial.model_dump(mode="json", by_alias=True)
    by_alias.pop("city", None)
    assert "City" in by_alias
    assert rxs.dump(partial, by_alias=True) == by_alias


class Thought(BaseModel):
    steps: list[str] = Field([], exclude=True)
    plan: Place | None = Field(None, exclude=True)
    points: dict[Annotated[tuple[int, int], BeforeValidator(lambda key: tuple(key.split(",")))], str] = {}
    more: list[Thought] = []
    answer: str


class Total(BaseModel):
    price: int
    count: int

    @model_serializer
    def written_out(self) -> dict[str, Any]:
        return {"total": self.price * self.count}


class Priced(BaseModel):
    price: int
    count: int
    note: str = ""

    @field_serializer("price")
    def total(self, price: int) -> int:
        return price * self.count


class Counted(BaseModel):
    parts: list[Total]
    note: str = ""

    @model_serializer
    def count(self) -> dict[str, Any]:
        return {"count": len(self.parts)}


class Spot(BaseModel):
    at: tuple[int, int]
    note: str = ""


class Totals(BaseModel):
    total: Total
    note: str = ""


@pytest.mark.parametrize(
    ("kind", "text", "first"),
    [
        (
            Thought,
            '{"steps":["a"],"plan":{"City":"b"},"more":[{"steps":["c"],"answer":"d"}],"answer":"e"}',
            {"more": []},
        ),
        (Thought, '{"points":{"1,2":"a","3,4":"b"},"answer":"c"}', {"points": {}}),
        (dict[int, str], '{"1":"a","2":"b"}', {"1": ""}),
        (Total, '{"price":2,"count":3}', {"total": 6}),
        (Priced, '{"note":"a","price":2,"count":3}', {"note": ""}),
        (Counted, '{"parts":[{"price":2,"count":3}],"note":"a"}', {"count": 0}),
        (Spot, '{"note":"a","at":[1,2]}', {"note": ""}),
        (Totals, '{"total":{"price":2,"count":3},"note":"a"}', {"total": {}}),
    ],
)
def test_a_dump_has_nothing_that_a_later_one_has_not(kind: Any, text: str, first: Any) -> None:
    """What is excluded never shows, keys are pydantic's, and what a serializer cannot write yet is left out until it can."""
    dumps = [rxs.dump(item) for item in run(kind, list(text)).items]
    assert next(dumped for dumped in dumps if dumped) == first
    for before, after in pairwise(dumps):
        assert before.keys() <= after.keys()
    assert dumps[-1] == TypeAdapter(kind).dump_python(TypeAdapter(kind).validate_json(text), mode="json")
    patches: list[Any] = []
    rxs.replay(text, cuts=1).pipe(rxs.accumulate_json(), rxs.to_partial(kind), json_patches()).subscribe(patches.append)
    assert not any(operation["op"] == "remove" for patch in patches for operation in patch)


def test_a_tuple_is_dumped_while_it_is_short(recwarn: pytest.WarningsRecorder) -> None:
    """Without a warning from pydantic, which expects all of it."""
    assert next(rxs.dump(item) for item in run(Spot, ['{"at":[1,', "2", "]}"]).items) == {"at": [1]}
    assert not recwarn.list


def test_what_has_not_arrived_is_none_of_what_could_not() -> None:
    """A field that may come is the default; one that never will is refused, in dataclasses as well; a text holds nothing."""
    partial = last(Pair, '{"left":[1')
    assert rxs.get(partial, "right", default=0) == 0
    with pytest.raises(rxs.PathInvalid, match=r"^Pair has no field 'rigth'; did you mean 'right'\?$"):
        rxs.get(partial, "rigth")
    with pytest.raises(rxs.PathInvalid, match=r"^Person has no field 'addr'; on partials .* is called 'address'$"):
        rxs.get(last(Person, TEXT), "addr")
    assert rxs.get(last(Open, '{"name":"A'), "tag", default=0) == 0
    with pytest.raises(rxs.PathInvalid, match="'naem'"):
        rxs.get(last(Person, TEXT), "naem")
    assert rxs.get(last(Person, TEXT), "name", 0) is None
    assert rxs.get(rxs.snapshot_of(partial), "zzz", default=7) == 7


def test_the_last_element_is_closed_until_the_next_one_shows() -> None:
    """A negative index counts from the end of what shows: a number that is being written does not yet."""
    assert rxs.is_closed(last(list[int], "[1,2"), -1)
    assert not rxs.is_closed(last(list[str], '["a","b'), -1)
    assert rxs.is_closed(last(list[str], '["a","b'), 0)
    assert not rxs.is_closed(last(list[str], '["a","b'), 1, "x")
    assert not rxs.is_closed(last(list[int], "[1,2"), 1)
    assert rxs.is_closed(last(tuple[int, str], '[1,"b'), -2)
    assert rxs.is_closed(last(list[Annotated[str, rxs.Atomic]], '["a","b'), -1)


def test_a_partial_can_be_sent_to_another_process() -> None:
    """What it shows and what is closed is known there, too."""
    for text in TEXT, '{"name":"Ada","addr":{"city":"Lon"}}':
        partial = last(Person, text)
        sent = pickle.loads(pickle.dumps(partial))
        assert rxs.dump(sent) == rxs.dump(partial)
        assert rxs.is_closed(sent) is rxs.is_closed(partial)
        assert set(rxs.closed_fields(sent)) == set(rxs.closed_fields(partial))


@dataclasses.dataclass
class Plain:
    name: str
    size: int = 3


@dataclasses.dataclass(slots=True, frozen=True)
class Fixed:
    name: str
    size: int = 3


class Computing(BaseModel):
    name: str
    size: int = 3

    @computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return self.size * 2


@pytest.mark.parametrize("kind", [Plain, Fixed, Computing])
def test_a_partial_of_a_private_class_can_be_copied_and_sent(kind: Any) -> None:
    """Of a dataclass, with slots or frozen or neither, or of a model with computed fields: it shows the same."""
    partial = last(kind, '{"name":"Ada","size":1')
    for twin in copy.copy(partial), copy.deepcopy(partial), pickle.loads(pickle.dumps(partial)):
        assert type(twin) is type(partial)
        assert twin == partial
        assert not hasattr(twin, "size")
        assert rxs.closed_fields(twin) == ("name",)
        assert not rxs.is_closed(twin)


def test_what_was_set_on_a_partial_dataclass_is_copied_with_it() -> None:
    """As of any object."""
    partial = last(Plain, '{"name":"Ada","size":1')
    partial.seen = True
    assert copy.copy(partial).seen


def test_the_fields_of_any_object_come_in_the_order_of_closing() -> None:
    """Of dicts, TypedDicts, dataclasses and snapshots; a list has none."""
    for kind in dict[str, Any], Loose:
        assert rxs.closed_fields(last(kind, '{"b":1,"a":2,"c":[')) == ("b", "a")
    assert rxs.closed_fields({"b": 1, "a": 2}) == ("b", "a")
    partial = last(Pair, '{"right":"x","left":[1')
    assert rxs.closed_fields(partial) == rxs.closed_fields(rxs.snapshot_of(partial)) == ("right",)
    assert rxs.closed_fields(rxs.snapshot_of(last(list[int], "[1,2,"))) == ()
    assert rxs.closed_fields(last(list[int], "[1,2,")) == ()


def test_what_is_closed_and_carries_no_snapshot_says_so() -> None:
    """It says what to ask instead."""
    with pytest.raises(
        TypeError, match=r"^a closed value of type int carries no snapshot: ask the partial that holds it$"
    ):
        rxs.snapshot_of(12)


def test_a_scalar_counts_as_closed() -> None:
    """A number or string at the root is no partial, so it is taken as it is."""
    assert rxs.is_closed(12)
    assert rxs.is_closed("text")
    assert rxs.is_closed(None)


def test_the_last_element_of_an_old_partial_whose_open_one_was_not_valid() -> None:
    """An element that did not show while it was open, and was left out when it closed, is never the last."""
    items = run(list[Literal["a"]], ['["a","', "b", '"', "]"], validate="at_end").items
    for item in items:
        assert rxs.dump(item) == ["a"]
        assert rxs.is_closed(item, -1)
        assert rxs.is_closed(item, 0)


@pydantic_dataclass(config=ConfigDict(extra="allow"))
class Noted:
    name: str


def test_an_extra_field_of_a_dataclass_may_still_come() -> None:
    """Where a dataclass takes extra fields, any name may be asked for; where it does not, a wrong one is refused."""
    partial = last(Noted, '{"tag":1,"name":"a')
    assert rxs.get(partial, "note", default=0) == 0
    assert rxs.get(last(Noted, '{"tag":1,"name":"a"}'), "tag") == 1
    with pytest.raises(rxs.PathInvalid):
        rxs.get(last(Pair, '{"left":[1'), "note")
