"""What an open value of each type shows, case by case: what a union could still be, what a setting could still change."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    MISSING,
    AfterValidator,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    Json,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

import rxstruct as rxs

from .driver import last, run
from .oracle import assert_valid


class Line(BaseModel):
    text: str
    size: int = 1


@dataclasses.dataclass
class Note:
    words: list[str]


class Place(TypedDict):
    city: str


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"]


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Colour(StrEnum):
    RED = "red"


class OfSchema:
    """A type of its own making."""

    def __init__(self, schema: CoreSchema) -> None:
        self._schema = schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return self._schema


NOT_TEXT = [
    None,
    Annotated[None, "not optional"],
    Line,
    Note,
    Place,
    dict[str, int],
    Pet,
    list[int],
    tuple[int, ...],
    set[int],
    frozenset[int],
]
SCALARS = [
    *(None, bool, int, float, Decimal, str, bytes, Literal["a"], Colour, UUID, Json),
    *(date, time, datetime, timedelta),
    Annotated[str, OfSchema(core_schema.url_schema())],
    Annotated[str, OfSchema(core_schema.multi_host_url_schema())],
    Annotated[None, "not optional"],
]


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (str, '"ab', "ab"),
        (Annotated[str, Field(max_length=3)], '"ab', "ab"),
        (str | None, '"ab', "ab"),
        (list[int], "[1,2", [1]),
        (tuple[int, ...], "[1,2", [1]),
        (tuple[int, list[int]], "[1,[2,3", [1, [2]]),
        (set[int], "[1,2", [1]),
        (frozenset[int], "[1,2", [1]),
        (dict[str, int], '{"a":1,"b":2', {"a": 1}),
        (Line, '{"text":"a', {"text": "a"}),
        (Note, '{"words":["a', {"words": ["a"]}),
        (Place, '{"city":"a', {"city": "a"}),
        (Pet, '{"kind":"cat","name":"a', {"kind": "cat", "name": "a"}),
        (Any, '{"a":["b', {"a": ["b"]}),
        (list[int] | None, "[1,2", [1]),
        (Line | None, '{"text":"a', {"text": "a"}),
        (list[int] | dict[str, int], "[1,2", [1]),
        (list[int] | dict[str, int], '{"a":1,"b":2', {"a": 1}),
        (list[int] | Line | None, '{"text":"a', {"text": "a"}),
        (Annotated[list[int] | None, "nested"] | dict[str, int] | bool, "[1,2", [1]),
        (Annotated[list[int], Tag("numbers")] | Annotated[dict[str, int], Tag("names")], "[1,2", [1]),
        (Pet | None, '{"kind":"cat","name":"a', {"kind": "cat", "name": "a"}),
        (list[int] | Annotated[dict[str, int], AfterValidator(dict)], "[1,2", [1]),
        (list[int] | Annotated[dict[str, int] | None, AfterValidator(lambda value: value)], "[1,2", [1]),
        (
            list[int]
            | Annotated[
                Annotated[int, Tag("i")] | Annotated[dict[str, int], Tag("d")], AfterValidator(lambda value: value)
            ],
            "[1,2",
            [1],
        ),
        *((str | kind, '"ab', "ab") for kind in NOT_TEXT),
        *((kind | list[int], "[1,2", [1]) for kind in SCALARS if kind is not None),
        *((kind | Place, '{"city":"a', {"city": "a"}) for kind in SCALARS if kind is not None),
    ],
)
def test_what_shows_while_it_is_open(kind: Any, text: str, shown: Any) -> None:
    """The text, the parts, or what one member of a union would show, where no other takes what has begun."""
    assert rxs.dump(last(list[kind], "[" + text)) == [shown]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (str | int, '"1'),
        (str | date, '"1'),
        (str | bytes, '"1'),
        (Annotated[str, Field(max_length=3)] | Annotated[str, Field(min_length=4)], '"ab'),
        (list[int] | list[str], "[1,"),
        (list[int] | tuple[int, ...], "[1,"),
        (list[int] | Annotated[list[int], BeforeValidator(list)], "[1,"),
        (list[Line] | Annotated[Any, AfterValidator(repr)], '[{"text":"a"},'),
        (dict[str, Line] | Annotated[Any, AfterValidator(repr)], '{"a":{"text":"a"},'),
        (Line | Note, '{"text":"a'),
        (Line | dict[str, str], '{"text":"a'),
        (Line | Pet, '{"text":"a'),
        (Line | None, '"te'),
        (Annotated[list[int] | list[str], "nested"] | bool, "[1,"),
        (Annotated[str, rxs.Atomic], '"a'),
        (Annotated[list[int], rxs.Atomic] | None, "[1,"),
        (Literal["a", "ab"], '"a'),
        (Literal["a", "ab"] | list[int], '"a'),
        (Annotated[list[int], rxs.Atomic] | bool, "[1,"),
    ],
)
def test_what_waits_until_it_has_closed(kind: Any, text: str) -> None:
    """What several members of a union would take, and what is no text and has no parts."""
    assert last(list[kind], "[" + text) == []


class Shared(BaseModel):
    first: str = Field(alias="key")
    second: str = Field(alias="key")


class SharedByName(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    first: str = Field(alias="second")
    second: str = Field(alias="third")


@dataclasses.dataclass
class SharedFields:
    first: Annotated[str, Field(alias="key")]
    second: Annotated[str, Field(alias="key")]


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Shared, '{"key":"a"}'), (SharedFields, '{"key":"a"}'), (SharedByName, '{"second":"a","third":"b"}')],
)
def test_an_object_with_one_key_for_two_fields_waits(kind: Any, text: str) -> None:
    """It shows whole, as pydantic makes it."""
    assert last(list[kind], "[" + text[:-1]) == []
    assert_valid(list[kind], f"[{text}]", list(f"[{text}]"))


class Apart(BaseModel):
    first: str = Field(validation_alias=AliasPath("both", 0))
    second: str = Field(validation_alias=AliasPath("both", 1))
    third: str = ""


def test_two_fields_may_come_out_of_one_value() -> None:
    """The others show meanwhile."""
    assert last(Apart, '{"third":"a').third == "a"
    assert_valid(Apart, '{"both":["a","b"],"third":"c"}', list('{"both":["a","b"],"third":"c"}'))


class Gated(BaseModel):
    gate: Annotated[int, rxs.Gate] | None = None
    other: Annotated[Annotated[str, rxs.Gate], AfterValidator(str.upper)] = ""
    text: str = ""


def test_a_gate_may_be_wrapped() -> None:
    """In `| None`, a default or a validator."""
    assert last(list[Gated], '[{"text":"a","other":"b"') == []
    assert last(list[Gated], '[{"text":"a","gate":1') == []
    assert last(list[Gated], '[{"gate":null,"other":"b","text":"a')[0].text == "a"


@pytest.mark.parametrize(
    ("settings", "text", "ends_at"),
    [
        ({"str_max_length": 2}, '["abc"]', '["abc'),
        ({"str_max_length": 2, "str_strip_whitespace": True}, '["abc"]', '["abc"'),
        ({"str_min_length": 2}, '["a"]', '["a"'),
        ({"str_strip_whitespace": True}, '[" a "]', None),
        ({"str_to_lower": True}, '["AbC"]', None),
        ({"str_to_upper": True}, '["aBc"]', None),
        ({"coerce_numbers_to_str": True}, "[12]", None),
    ],
)
def test_settings_of_strings_apply_as_each_closes(settings: Any, text: str, ends_at: str | None) -> None:
    """A limit applies as soon as it is passed, where nothing could shorten the text; in one piece or in many."""
    adapter = TypeAdapter(list[str], config=ConfigDict(**settings))
    for deltas in list(text), [text]:
        items, error, *_ = run(adapter, deltas)
        if ends_at is None:
            assert items[-1] == adapter.validate_json(text)
        else:
            assert type(error) is rxs.FieldInvalid
            assert error.text == ends_at


def test_a_limit_waits_where_the_text_may_be_shortened() -> None:
    """As by the type's own stripping of blanks."""
    kind = list[Annotated[str, StringConstraints(max_length=2, strip_whitespace=True)]]
    assert last(kind, '["  a') == ["  a"]
    assert run(kind, list('["  a  "]')).items[-1] == ["a"]
    error = run(list[Annotated[str, StringConstraints(max_length=2)]], list('["  a  "]')).error
    assert type(error) is rxs.FieldInvalid
    assert error.text == '["  a'


class Red(BaseModel):
    kind: Literal[Colour.RED]
    name: str


class Second(BaseModel):
    kind: Literal[2]
    name: str


@pytest.mark.parametrize("tag", ['"red"', "2", '"cat"'])
def test_tags_of_all_kinds(tag: str) -> None:
    """Strings, numbers and enums choose a member, and name it in the errors' `loc`, as pydantic does."""
    kind = list[Annotated[Red | Second | Cat, Field(discriminator="kind")]]
    assert last(kind, f'[{{"kind":{tag},"name":"a')[0].name == "a"
    wrong = f'[{{"kind":{tag},"name":1}}]'
    error = run(kind, list(wrong)).error
    assert type(error) is rxs.FieldInvalid
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(kind).validate_json(wrong)
    assert [entry["loc"] for entry in error.errors()] == [entry["loc"] for entry in expected.value.errors()]
    assert error.path == (0, "name")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (list[str] | dict[str, str], '["a",1]'),
        (list[str] | dict[str, str], '{"a":1}'),
        (Line | list[Line], '{"text":1}'),
        (Line | list[Line], '[{"text":1}]'),
        (Annotated[Line, Tag("line")] | bool | list[str], '{"text":1}'),
    ],
)
def test_a_member_of_a_union_is_named_in_the_loc(kind: Any, wrong: str) -> None:
    """As pydantic names it; it names those that are no longer possible, too."""
    error = run(list[kind], f"[{wrong}]").error
    assert type(error) is rxs.FieldInvalid
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(list[kind]).validate_json(f"[{wrong}]")
    assert error.errors()[0]["loc"] in [entry["loc"] for entry in expected.value.errors()]


class Raw(BaseModel):
    kind: Literal["raw"]
    name: str

    @model_validator(mode="before")
    @classmethod
    def unchanged(cls, value: Any) -> Any:
        return value


def test_a_member_that_waits() -> None:
    """One that a validator could still make anything of shows as it closes; the others as they are chosen."""
    kind = list[Annotated[Raw | Cat, Field(discriminator="kind")]]
    assert last(kind, '[{"kind":"raw","name":"a') == []
    assert len(last(kind, '[{"kind":"cat","name":"a')) == 1
    for deltas in list('[{"kind":"raw","name":"a"}]'), ['[{"kind":"raw","name":"a"}]']:
        assert_valid(kind, '[{"kind":"raw","name":"a"}]', deltas)


def test_errors_in_a_member_put_off_to_the_end() -> None:
    """They have the path in the document, without the member's tag, however deep the unions lie."""
    for kind, text, path in (
        (Pet, '{"kind":"cat","name":1}', ("name",)),
        (list[Pet], '[{"kind":"dog"},{"kind":"cat","name":1}]', (1, "name")),
        (list[Annotated[Pet | Raw, Field(discriminator="kind")]], '[{"kind":"cat","name":1}]', (0, "name")),
    ):
        error = run(kind, list(text), validate="at_end").error
        assert type(error) is rxs.FieldInvalid
        assert error.path == path


def test_the_fields_of_a_closed_member_come_in_the_order_of_the_text() -> None:
    """Also where it is the root."""
    assert rxs.closed_fields(last(Pet, '{"name":"a","kind":"cat"}')) == ("name", "kind")


def test_a_container_without_fields_has_no_unknown_ones() -> None:
    """So the limit on these does not concern lists and dicts."""
    for kind, text in (list[str], '["a","b"]'), (dict[str, str], '{"a":"b"}'):
        assert run(kind, list(text), max_unknown_fields=0).error is None


def test_unknown_fields_of_members_count() -> None:
    """Those of the member that the object says it is, also where all came in one delta."""
    text = '[{"kind":"cat","name":"a","b":1,"c":2}]'
    for deltas in list(text), [text]:
        assert type(run(list[Pet], deltas, max_unknown_fields=1).error) is rxs.LimitExceeded
        assert run(list[Pet], deltas, max_unknown_fields=2).error is None


class Renamed(BaseModel):
    first: int = Field(alias="First")
    second: Annotated[int, AfterValidator(lambda value, info: value + info.data["first"])] = Field(alias="Second")
    third: Annotated[int, AfterValidator(lambda value, info: value + info.data["second"])] = Field(
        0, validation_alias=AliasPath("more", 0)
    )


def not_less(value: int, info: ValidationInfo) -> int:
    assert value >= info.data["first"]
    return value


class Ordered(BaseModel):
    first: int = Field(alias="First")
    second: Annotated[int, AfterValidator(not_less)] = Field(alias="Second")


def test_a_validator_that_takes_info_under_an_alias() -> None:
    """It has the fields by their names, and its own by the key that the document has for it, which errors name."""
    for text in '{"First":1,"Second":2,"more":[3]}', '{"more":[3],"Second":2,"First":1}':
        assert assert_valid(Renamed, text, list(text))[-1].third == 6
    assert last(Renamed, '{"Second":2,"First":1,').second == 3
    error = run(Ordered, '{"First":2,"Second":1}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("Second",)
    assert error.errors()[0]["loc"] == ("Second",)


class Wrapped(BaseModel):
    plain: Any
    maybe: Any | None
    defaulted: Any = None
    missing: Any | MISSING = MISSING
    either: Annotated[
        Any, OfSchema(core_schema.json_or_python_schema(core_schema.any_schema(), core_schema.int_schema()))
    ]
    gated: Annotated[Any, rxs.Gate]


def test_any_is_the_snapshots_own_value() -> None:
    """However it is wrapped."""
    for key in "plain", "maybe", "defaulted", "missing", "either", "gated":
        partial = last(Wrapped, f'{{"gated":[],"{key}":[1,{{"a":2}}],"x":')
        assert getattr(partial, key) is rxs.snapshot_of(partial).get(key)


def test_a_default_does_not_make_null_valid() -> None:
    """Nor does it for any other type than its own."""
    for text in '{"third":null}', '{"third":1}':
        error = run(Apart, text).error
        assert type(error) is rxs.FieldInvalid
        assert error.path == ("third",)
