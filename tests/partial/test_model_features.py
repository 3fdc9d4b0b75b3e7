"""Features of pydantic that a streamed model must not notice: settings, validators' info, instances made by other means."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import pydantic.dataclasses
import pytest
import reactivex as rx
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

import rxstruct as rxs

from .driver import last, run
from .oracle import assert_as_pydantic_decides, assert_valid

notes: list[Any] = []
calls: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def forget() -> None:
    notes.clear()
    calls.clear()


class Informed(BaseModel):
    first: int
    second: str
    third: date

    @field_validator("second")
    @classmethod
    def note_second(cls, value: str, info: ValidationInfo) -> str:
        notes.append(("second", info.mode, info.field_name, dict(info.data), info.context))
        return value

    @field_validator("third", mode="before")
    @classmethod
    def note_third(cls, value: Any, info: ValidationInfo) -> Any:
        notes.append(("third", value, info.mode, info.field_name, dict(info.data), info.context))
        return value

    @model_validator(mode="after")
    def note_model(self, info: ValidationInfo) -> Informed:
        notes.append(("model", info.mode, info.context))
        return self


@pytest.mark.parametrize(
    "text", ['{"first":1,"second":"x","third":"2024-01-01"}', '{"third":"2024-01-01","second":"x","first":1}']
)
def test_validators_get_the_info_that_pydantic_gives(text: str) -> None:
    """Mode, field name, the data before and the context are those of `validate_json`, and the calls come in its order."""
    Informed.model_validate_json(text, context="given")
    wanted = [*notes]
    for deltas in list(text), [text]:
        notes.clear()
        items, error, *_ = run(Informed, deltas, context="given")
        assert error is None
        assert items[-1] == Informed.model_construct(first=1, second="x", third=date(2024, 1, 1))
        assert sorted(notes, key=repr) == sorted(wanted, key=repr)


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    ids: set[int]
    at: datetime
    key: UUID
    pair: tuple[int, Decimal]
    kind: Literal["a", "b"]
    raw: bytes

    @field_validator("*", mode="wrap")
    @classmethod
    def look(cls, value: Any, handler: Any, info: ValidationInfo) -> Any:
        return handler(value)


class StrictBefore(Strict):
    @field_validator("*", mode="before")
    @classmethod
    def look_before(cls, value: Any, info: ValidationInfo) -> Any:
        return value


class StrictAfter(BaseModel):
    model_config = ConfigDict(strict=True)

    ids: set[int]
    at: datetime
    key: UUID
    pair: tuple[int, frozenset[int]]
    raw: bytes

    @field_validator("*")
    @classmethod
    def look(cls, value: Any, info: ValidationInfo) -> Any:
        return value


class StrictPlain(BaseModel):
    model_config = ConfigDict(strict=True)

    kind: str
    at: datetime
    pair: tuple[int, frozenset[int]]
    inner: Annotated[dict[UUID, date], BeforeValidator(lambda value: value)]

    @field_validator("*")
    @classmethod
    def look_after(cls, value: Any, info: ValidationInfo) -> Any:
        return value


STRICT = (
    '{"ids":[1,2],"at":"2024-01-01T00:00:00","key":"12345678-1234-5678-1234-567812345678",'
    '"pair":[1,"2.50"],"kind":"b","raw":"\\u00e9"}'
)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (Strict, STRICT),
        (StrictBefore, STRICT),
        (
            StrictAfter,
            '{"key":"12345678-1234-5678-1234-567812345678","ids":[1,2],"at":"2024-01-01T00:00:00","pair":[1,[2]],"raw":"x"}',
        ),
        (
            StrictPlain,
            '{"inner":{"12345678-1234-5678-1234-567812345678":"2024-01-01"},"pair":[1,[2]],"at":"2024-01-01T00:00:00","kind":"k"}',
        ),
    ],
)
def test_strict_mode_is_what_pydantic_makes_of_it(model: Any, text: str) -> None:
    """In JSON a strict model takes dates, sets and tuples as strings and lists, but not under every kind of validator."""
    for deltas in list(text), [text]:
        assert_as_pydantic_decides(model, text, deltas, decided_with=lambda path: [()])


class Choosy(BaseModel):
    price: Decimal = Field(validation_alias=AliasChoices("price", "cost", AliasPath("prices", 0)))
    ratio: float = Field(0.0, validation_alias=AliasChoices("ratio", "share"))
    label: str = Field("", validation_alias=AliasChoices("label", AliasPath("labels", 1)))
    more: int = 0


@pytest.mark.parametrize(
    "text",
    [
        '{"cost":1.10,"more":1}',
        '{"cost":0.12345678901234567890123,"share":1e400}',
        '{"prices":[100000000000000000000000000.10],"share":-0.0}',
        '{"cost":"1.10","share":5e-324,"labels":["a","\\u00e9\\u0000"]}',
        '{"price":1.10,"cost":2,"prices":[3]}',
        '{"price":1.10,"share":0.5}',
    ],
)
def test_values_taken_late_are_as_exact_as_others(text: str) -> None:
    """A value that comes under a lower-priority alias is read from its text, to the last digit."""
    expected = Choosy.model_validate_json(text)
    for deltas in list(text), [text]:
        final = assert_valid(Choosy, text, deltas)[-1]
        assert str(final.price) == str(expected.price)
        assert repr(final.ratio) == repr(expected.ratio)


class Revalidated(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")

    value: int

    @field_validator("value")
    @classmethod
    def count(cls, value: int) -> int:
        calls["value"] += 1
        return value


class HoldsRevalidated(BaseModel):
    items: list[Revalidated]
    one: Revalidated


def test_instances_are_validated_once_even_where_pydantic_would_again() -> None:
    """`revalidate_instances` is about instances that a caller passes, not about parts of the document."""
    text = '{"items":[{"value":1},{"value":2}],"one":{"value":3}}'
    for deltas in list(text), [text]:
        calls.clear()
        items, error, *_ = run(HoldsRevalidated, deltas)
        assert error is None
        assert items[-1] == HoldsRevalidated.model_validate_json(text)
    calls.clear()
    run(HoldsRevalidated, text)
    assert calls == {"value": 3}


class Initialised(BaseModel):
    name: str
    size: int = 1

    def __init__(self, **data: Any) -> None:
        calls["init"] += 1
        super().__init__(**data)


class PostInitialised(BaseModel):
    name: str
    tags: list[str] = []

    def model_post_init(self, context: Any) -> None:
        calls["post"] += 1
        assert self.name


@pytest.mark.parametrize("model", [Initialised, PostInitialised])
def test_an_authors_own_initialisation_runs_once_and_on_whole_objects(model: Any) -> None:
    """`__init__` and `model_post_init` run once for each object, when it has closed."""
    text = '[{"name":"a"},{"name":"b"}]'
    for deltas in list(text), [text]:
        calls.clear()
        items, error, *_ = run(list[model], deltas)
        assert error is None
        assert sum(calls.values()) == 2
        assert [item.name for item in items[-1]] == ["a", "b"]
    assert_valid(list[model], text, list(text))


@pydantic.dataclasses.dataclass
class WithInitVar:
    name: str
    scale: dataclasses.InitVar[int] = 1
    size: int = 0
    made: int = dataclasses.field(default=0, init=False)
    _: dataclasses.KW_ONLY
    tags: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self, scale: int) -> None:
        calls["post"] += 1
        self.made = self.size * scale


def test_dataclasses_with_all_they_can_have() -> None:
    """`InitVar`, `init=False`, keyword-only fields and `__post_init__`, which runs once."""
    text = '{"scale":3,"name":"a","tags":["x"],"size":2}'
    for deltas in list(text), [text]:
        calls.clear()
        items, error, *_ = run(WithInitVar, deltas)
        assert error is None
        assert calls == {"post": 1}
        assert items[-1] == TypeAdapter(WithInitVar).validate_json(text)
        assert items[-1].made == 6
        for item in items:
            rxs.dump(item)
            assert repr(item)


@pydantic.dataclasses.dataclass
class Scaled:
    size: int
    unit: dataclasses.InitVar[str]


@pydantic.dataclasses.dataclass(slots=True)
class ScaledInSlots:
    size: int
    unit: dataclasses.InitVar[str]


@pytest.mark.parametrize("kind", [Scaled, ScaledInSlots])
def test_no_partial_has_what_is_for_init_alone(kind: Any) -> None:
    """An `InitVar` is no field of an instance, neither while its value is being written nor afterwards, nor one in progress."""
    text = '{"unit":"cm","size":12}'
    items, error, *_ = run(kind, list(text))
    assert error is None
    assert items[-1].size == 12
    assert not any(hasattr(item, "unit") for item in items)
    following = rxs.replay(text, cuts=1).pipe(rxs.accumulate_json(), rxs.to_partial(kind), rxs.progress())
    assert {progress.current for progress in following} == {None}


class Merged(BaseModel):
    by_number: dict[int, str] = {}
    by_name: dict[Annotated[str, StringConstraints(to_lower=True)], list[int]] = {}
    limited: Annotated[dict[int, int], Field(max_length=1)] = {}


@pytest.mark.parametrize(
    "text",
    [
        '{"by_number":{"1":"a","01":"b","2":"c"}}',
        '{"by_name":{"A":[1],"a":[2,3],"B":[]}}',
        '{"by_number":{"1":"a","1":"b"}}',
        '{"by_number":{"1":"a","01":"b","1":"c"}}',
        '{"limited":{"1":1,"1":2}}',
        '{"limited":{"1":1,"01":2}}',
    ],
)
def test_keys_that_become_equal(text: str) -> None:
    """Different keys of the document may be one key of the dict: the last one wins, as in pydantic."""
    for deltas in list(text), [text]:
        items, error, *_ = run(Merged, deltas)
        assert error is None
        assert items[-1] == Merged.model_validate_json(text)


def test_a_dict_is_full_when_it_has_as_many_keys_as_it_may() -> None:
    """The limit is one on the keys of the dict, so one more of these is refused as its value begins, and nothing else is."""
    for deltas in list('{"limited":{"1":1,"01":2,"2":3}}'), ['{"limited":{"1":1,"01":2,"2":3}}']:
        error = run(Merged, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert error.text == '{"limited":{"1":1,"01":2,"2":3}'
        assert error.errors()[0]["type"] == "too_long"
        assert error.partial.limited == {1: 2}


def numbered(key: str) -> str:
    calls["keys"] += 1
    return f"{key}{calls['keys']}"


class Numbered(BaseModel):
    notes: dict[Annotated[str, AfterValidator(numbered)], str]


def test_a_key_is_validated_once() -> None:
    """What its validators make of it stays what it is, in all partials and for all that ask for it, also where it is repeated."""
    text = '{"notes":{"a":"hey","b":"you","a":"it"}}'
    items, error, *_ = run(Numbered, list(text))
    assert error is None
    assert calls == {"keys": 2}
    assert items[-1].notes == {"a1": "it", "b2": "you"}
    assert all(set(item.notes) <= {"a1", "b2"} for item in items if hasattr(item, "notes"))
    for item in items:
        rxs.is_closed(item, "notes", "a1")
    calls.clear()
    changed = rx.from_iterable(text).pipe(rxs.accumulate_json(), rxs.to_partial(Numbered), rxs.changes())
    paths: set[Any] = set()
    changed.subscribe(lambda change: paths.add(change.path))
    assert paths == {(), ("notes",), ("notes", "a1"), ("notes", "b2")}
    assert calls == {"keys": 2}


def prefixed(key: str, info: ValidationInfo) -> str:
    return f"{info.context}{key}"


def test_a_key_is_known_by_what_its_validator_made_of_it_in_its_context() -> None:
    """Who reads partials needs no context of his own: keys are as they were validated."""
    kind = dict[Annotated[str, AfterValidator(prefixed)], list[int]]
    items, error, *_ = run(kind, list('{"a":[1],"b":[2]}'), context="x")
    assert error is None
    assert {rxs.closed_fields(item) for item in items} == {(), ("xa",), ("xa", "xb")}


class Deprecated(BaseModel):
    name: str
    old: Annotated[str, Field(deprecated="use name")] = ""
    hidden: Annotated[int, Field(exclude=True)] = 0


@pytest.mark.filterwarnings("error")
def test_a_deprecated_field_warns_nobody_but_its_reader() -> None:
    """Streaming a model with a deprecated field raises no warning of its own."""
    items, error, *_ = run(Deprecated, '{"old":"x","name":"a","hidden":3}')
    assert error is None
    assert [rxs.dump(item) for item in items][-1] == {"name": "a", "old": "x"}
    assert rxs.closed_fields(items[-1])[:2] == ("old", "name")


class ByNameOnly(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)

    size: int = Field(alias="Size")


class Coercing(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, str_to_upper=True)

    name: str
    names: list[str] = []


class Ordered(BaseModel):
    value: Annotated[int | str | float, Field(union_mode="left_to_right")]
    flags: Annotated[list[int], FailFast()] = []


Key = TypeVar("Key")


class Table(TypedDict, Generic[Key]):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    rows: dict[str, Key]
    note: str


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ByNameOnly, '{"size":1}'),
        (Coercing, '{"name":12,"names":["a",1.5]}'),
        (Coercing, '{"name":"abc","names":[]}'),
        (Ordered, '{"value":"12","flags":[1,2]}'),
        (Ordered, '{"value":1.5}'),
        (Table[int], '{"rows":{"a":1},"note":"x"}'),
        (frozenset[tuple[int, int]], "[[1,2],[1,2],[3,4]]"),
        (list[Annotated[int, Field(strict=True)]], "[1,2]"),
        (dict[date, Decimal], '{"2024-01-01":"1.5"}'),
        (dict[bool, int], '{"true":1,"false":0}'),
        (dict[Literal["a", "b"], int], '{"a":1}'),
    ],
)
def test_settings_of_all_kinds(kind: Any, text: str) -> None:
    """Whatever a model's settings are, its partials are beginnings of pydantic's result."""
    for deltas in list(text), [text]:
        assert_valid(TypeAdapter(kind), text, deltas)


class Wide(BaseModel):
    gate: Annotated[int, rxs.Gate]
    text: str = ""


class GatedDict(TypedDict):
    gate: Annotated[int, rxs.Gate]
    text: str


@dataclasses.dataclass
class GatedDataclass:
    gate: Annotated[int, rxs.Gate]
    text: str = ""


@pytest.mark.parametrize("kind", [Wide, GatedDict, GatedDataclass])
def test_gates_of_all_kinds_of_objects(kind: Any) -> None:
    """A gate works in models, TypedDicts and dataclasses."""
    assert last(list[kind], '[{"text":"abc"') == []
    assert len(last(list[kind], '[{"text":"abc","gate":1,')) == 1
    text = '[{"text":"abc","gate":1},{"gate":2,"text":"d"}]'
    assert_valid(list[kind], text, list(text))


class Slow(BaseModel):
    text: str = ""
    more: list[int] = []
    gate: Annotated[int, rxs.Gate]


@pytest.mark.parametrize("first", [["[", '{"text":"a'], ['[{"text":"a']])
def test_what_is_new_behind_a_gate_makes_no_partial(first: list[str]) -> None:
    """Neither text that grows nor values that close there; the partials before and after it are made as ever."""
    deltas = [
        *first,
        "b",
        'c","more":[1',
        ",2]",
        ',"gate":3',
        ',"text":"d',
        'e"',
        "},",
        '{"text":"x',
        'y","gate":4}',
        "]",
    ]
    assert [rxs.dump(item) for item in run(list[Slow], deltas).items] == [
        [],
        [{"text": "d", "more": [1, 2], "gate": 3}],
        [{"text": "de", "more": [1, 2], "gate": 3}],
        [{"text": "de", "more": [1, 2], "gate": 3}],
        [{"text": "de", "more": [1, 2], "gate": 3}, {"text": "xy", "more": [], "gate": 4}],
        [{"text": "de", "more": [1, 2], "gate": 3}, {"text": "xy", "more": [], "gate": 4}],
    ]


class Numbers:
    """A type of its own making, that takes a list of integers as JSON."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(handler(list[int]), core_schema.is_instance_schema(cls))


class Sorted(Numbers):
    """One that takes two steps, of which the second could make anything of the list."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.chain_schema([handler(list[int]), core_schema.no_info_plain_validator_function(sorted)])


def test_a_type_that_says_what_it_takes_as_json_streams_as_that() -> None:
    """What it would take from Python has no say."""
    assert last(list[Numbers], "[[3,1") == [[3]]
    assert last(list[Numbers], "[[3,1],") == [[3, 1]]
    assert_valid(list[Numbers], "[[3,1],[2]]", list("[[3,1],[2]]"))


def test_a_type_that_takes_more_than_one_step_waits() -> None:
    """What the later steps make of a value is known as it closes."""
    assert last(list[Sorted], "[[3,1") == []
    assert last(list[Sorted], "[[3,1],") == [[1, 3]]
    assert_valid(list[Sorted], "[[3,1],[2]]", list("[[3,1],[2]]"))


class Deferred(BaseModel):
    model_config = ConfigDict(defer_build=True)

    part: Later


def test_a_type_may_be_completed_after_its_adapter() -> None:
    """An adapter whose type names what is defined later is rebuilt for the pipeline; one that names what never is, is refused."""
    adapter = TypeAdapter(Deferred)
    assert rxs.dump(last(adapter, '{"part":{"name":"a')) == {"part": {"name": "a"}}
    with pytest.raises(TypeError, match="Nowhere"):
        rxs.to_partial(TypeAdapter(list["Nowhere"], config=ConfigDict(defer_build=True)))  # type: ignore[name-defined] # noqa: F821


class Later(BaseModel):
    name: str
