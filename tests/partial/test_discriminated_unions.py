"""Row "discriminated union": absent until the discriminator closes, then a partial of the chosen member."""

from __future__ import annotations

from enum import Enum, StrEnum
from itertools import combinations
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    TypeAdapter,
    ValidationError,
)
from typing_extensions import TypedDict

import rxstruct as rxs
from rxstruct.testing import storyboard
from tests.strategies import cut_at

from .driver import last, run
from .oracle import assert_valid


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str
    lives: int = 9


class Caterpillar(BaseModel):
    kind: Literal["caterpillar"]
    name: str
    legs: int


Pet = Annotated[Cat | Caterpillar, Field(discriminator="kind")]


class Owner(BaseModel):
    pet: Pet
    name: str = ""


def test_a_member_shows_once_it_is_chosen() -> None:
    """Nothing of the pet shows until its kind is known; then it is a partial of that class."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a  {"pet":{"kind":"cat
        b  erpillar"
        c  ,"name":"Ab
        d  so","legs":16},"name":"Alice"}
        w  {}
        x  {"pet": {"kind": "caterpillar"}}
        y  {"pet": {"kind": "caterpillar", "name": "Ab"}}
        z  {"pet": {"kind": "caterpillar", "name": "Abso", "legs": 16}, "name": "Alice"}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Owner),
    )
    assert type(last(Owner, '{"pet":{"kind":"caterpillar","name":"A').pet) is Caterpillar


def test_a_discriminator_may_come_late() -> None:
    """Whatever stands before the discriminator shows together with it."""
    storyboard(
        """
        deltas   --a-----b--c--|
        partial  --x-----y--z--|

        a  {"pet":{"name":"Tom","lives":7,"ki
        b  nd":"cat"
        c  },"name":""}
        x  {}
        y  {"pet": {"name": "Tom", "lives": 7, "kind": "cat"}}
        z  {"pet": {"kind": "cat", "name": "Tom", "lives": 7}, "name": ""}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Owner),
    )


class Letter(BaseModel):
    text: str
    pet: Pet


def test_text_that_grows_inside_an_undecided_object_is_not_shown_elsewhere() -> None:
    """It makes no new partial: not of the text that has grown before it, either."""
    storyboard(
        """
        deltas   --a--b--c--d--e--f--|
        partial  --w--x--------y--z--|

        a  {"text":"Dear A
        b  da","pet":{"name":"T
        c  o
        d  m","lives":1,"more":[1
        e  ],"kind":"cat"
        f  }}
        w  {"text": "Dear A"}
        x  {"text": "Dear Ada"}
        y  {"text": "Dear Ada", "pet": {"name": "Tom", "lives": 1, "kind": "cat"}}
        z  {"text": "Dear Ada", "pet": {"kind": "cat", "name": "Tom", "lives": 1}}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Letter),
    )


class Bird(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["bird"] = Field(alias="@type")


class Fish(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["fish"] = Field(alias="@type")


def test_a_discriminator_may_come_under_its_second_name() -> None:
    """The member shows as soon as it is chosen, although the field itself waits for its first name."""
    kind = list[Annotated[Bird | Fish, Field(discriminator="kind")]]
    items = run(kind, ['[{"kind"', ':"fish"', "}]"]).items
    assert [rxs.dump(item) for item in items] == [[], [{}], [{"kind": "fish"}]]
    assert type(items[1][0]) is Fish


def test_a_discriminator_that_no_member_takes_fails_at_once() -> None:
    """The error comes as the discriminator closes, before anything that follows it."""
    storyboard(
        """
        deltas   --a--b-----
        partial  --x--#

        a  {"pet":{"kind":"ca
        b  r","name":"Herbie","legs":4}}
        x  {}
        #  FieldInvalid(text='{"pet":{"kind":"car"')
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Owner),
    )
    error = run(Owner, '{"pet":{"kind":"car","name":"Herbie"}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path in (("pet",), ("pet", "kind"))
    assert error.errors()[0]["type"] == "union_tag_invalid"


def test_a_missing_discriminator_fails_when_the_object_closes() -> None:
    """Without a discriminator the object is refused at its closing brace."""
    error = run(Owner, '{"pet":{"name":"Tom"},"name":"x"}').error
    assert type(error) is rxs.FieldInvalid
    assert error.text == '{"pet":{"name":"Tom"}'
    assert error.errors()[0]["type"] == "union_tag_not_found"


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "text",
    [
        '[{"kind":"cat","name":"a"},{"a":1}]',
        '[{"kind":"cat","name":"a"},{}]',
        '[{"name":"a","kind":"dog"}]',
        '[{"name":"a","kind":null}]',
        '[{"kind":["cat"]}]',
        '[{"kind":"cat","name":1}]',
        '[{"name":1,"kind":"caterpillar","legs":2}]',
        '[{"kind":"cat","name":""},1]',
        "[null]",
        '["cat"]',
        "[[]]",
    ],
)
def test_errors_of_unions_are_the_same_at_all_cuts(text: str, number: int) -> None:
    """Wherever a document is cut, a wrong element is refused with the same words at the same character."""
    adapter = TypeAdapter(list[Pet])
    wanted = run(adapter, text).error
    assert type(wanted) is rxs.FieldInvalid
    for offsets in combinations(range(len(text)), number):
        error = run(adapter, cut_at(text, list(offsets))).error
        assert type(error) is rxs.FieldInvalid, (offsets, error)
        assert (error.path, error.text, str(error)) == (wanted.path, wanted.text, str(wanted))


class Shape(StrEnum):
    ROUND = "round"
    SQUARE = "square"


class Circle(BaseModel):
    shape: Literal[Shape.ROUND]
    radius: float


class Square(BaseModel):
    shape: Literal[Shape.SQUARE]
    side: float


class Wheel(BaseModel):
    type: Literal["wheel"]
    form: Annotated[Circle | Square, Field(discriminator="shape")]


class Door(BaseModel):
    type: Literal["door"]
    label: str


Part = Annotated[Wheel | Door, Field(discriminator="type")]


def test_unions_within_unions_and_enums_as_discriminators() -> None:
    """Each union waits for its own discriminator."""
    text = '[{"type":"wheel","form":{"shape":"round","radius":1.5}},{"label":"left","type":"door"}]'
    adapter = TypeAdapter(list[Part])
    assert_valid(adapter, text, list(text))
    partial = last(adapter, '[{"type":"wheel","form":{"shape":"roun')
    assert type(partial[0]) is Wheel
    assert not hasattr(partial[0], "form")
    assert type(last(adapter, '[{"type":"wheel","form":{"shape":"round",')[0].form) is Circle


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Red(BaseModel):
    colour: Literal[Colour.RED]


class Blue(BaseModel):
    colour: Literal[Colour.BLUE]


def test_a_plain_enum_is_no_discriminator_of_json() -> None:
    """pydantic finds its members by no value that JSON has, and so it says that the tag is not one of these."""
    adapter = TypeAdapter(Annotated[Red | Blue, Field(discriminator="colour")])
    with pytest.raises(ValidationError) as expected:
        adapter.validate_json('{"colour":"red"}')
    for deltas in list('{"colour":"red"}'), ['{"colour":"red"}']:
        error = run(adapter, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert [(found["type"], found["loc"], found["msg"]) for found in error.errors()] == [
            (found["type"], found["loc"], found["msg"]) for found in expected.value.errors()
        ]


def test_an_undecided_element_is_not_in_its_list_yet() -> None:
    """An element of a list whose discriminator has not closed is absent; those before it are there."""
    adapter = TypeAdapter(list[Part])
    assert last(adapter, '[{"type":"door","label":"x"},{"type":"whe') == [Door(type="door", label="x")]


def kind_of(value: Any) -> str:
    return "many" if "items" in (value if isinstance(value, dict) else value.__dict__) else "one"


class Many(BaseModel):
    items: list[str]


class One(BaseModel):
    item: str


class Order(BaseModel):
    what: Annotated[Annotated[Many, Tag("many")] | Annotated[One, Tag("one")], Discriminator(kind_of)]
    note: str = ""


def test_a_callable_discriminator_waits_for_the_whole_value() -> None:
    """A function may look at all of the value, so nothing shows until the value has closed."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"what":{"items":["a
        b  "]},"note":"
        c  soon"}
        x  {}
        y  {"what": {"items": ["a"]}, "note": ""}
        z  {"what": {"items": ["a"]}, "note": "soon"}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Order),
    )


class Add(TypedDict):
    op: Literal["add"]
    value: str


class Drop(TypedDict):
    op: Literal["drop", "remove"]


@pytest.mark.parametrize(
    "text", ['{"op":"add","value":"x"}', '{"value":"x","op":"add"}', '{"op":"remove"}', '[{"op":"drop"}]'], ids=str
)
def test_typed_dicts_as_members(text: str) -> None:
    """Members may be TypedDicts, and a member may take several tags."""
    union = Annotated[Add | Drop, Field(discriminator="op")]
    assert_valid(TypeAdapter(list[union] if text.startswith("[") else union), text, list(text))  # type: ignore[valid-type]


class Renamed(BaseModel):
    kind: Literal["r"] = Field(alias="@type")
    name: str


class Other(BaseModel):
    kind: Literal["o"] = Field(alias="@type")


def test_an_aliased_discriminator() -> None:
    """The discriminator's key is its alias."""
    adapter = TypeAdapter(Annotated[Renamed | Other, Field(discriminator="kind")])
    text = '{"@type":"r","name":"x"}'
    assert_valid(adapter, text, list(text))
    assert last(adapter, '{"@type":"r","name":"a').name == "a"


class Either(BaseModel):
    model_config = ConfigDict(validate_by_name=True)

    kind: Literal["e"] = Field(alias="@type")
    name: str


class Neither(BaseModel):
    model_config = ConfigDict(validate_by_name=True)

    kind: Literal["n"] = Field(alias="@type")


@pytest.mark.parametrize("key", ["kind", "@type"])
def test_a_discriminator_by_name_or_alias(key: str) -> None:
    """Where the members take both, either says which member it is, also of a union that arrived whole."""
    adapter = TypeAdapter(Annotated[Either | Neither, Field(discriminator="kind")])
    text = f'{{"name":"x","{key}":"e"}}'
    for deltas in [text], list(text):
        assert rxs.closed_fields(assert_valid(adapter, text, deltas)[-1]) == ("name", "kind")


class Named(BaseModel):
    kind: Literal["named"]
    name: Annotated[str, Field(max_length=5)]


class Numbered(BaseModel):
    kind: Literal["numbered", "kind"]
    number: int


Item = Annotated[Named | Numbered, Field(discriminator="kind")]


@pytest.mark.parametrize("name", ["true", '"too long"', "12"])
def test_a_wrong_field_before_the_discriminator_fails_when_the_discriminator_closes(name: str) -> None:
    """Until the kind is known another member might take the value, so that is the character that decides it."""
    text = f'{{"name":{name},"kind":"named"}}'
    for deltas in [text], list(text):
        error = run(TypeAdapter(Item), deltas).error
        assert type(error) is rxs.FieldInvalid
        assert error.path == ("name",)
        assert error.text == f'{{"name":{name},"kind":"named"'
    assert run(TypeAdapter(Item), f'{{"name":{name},"kind":"numbered","number":1}}').error is None
    error = run(TypeAdapter(Item), f'{{"number":"x","name":{name},"kind":"numbered"}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("number",)
    assert error.text == f'{{"number":"x","name":{name},"kind":"numbered"'


def test_tags_are_no_part_of_the_path() -> None:
    """An error's path is the document's, also where a tag is also a key; the errors keep pydantic's location."""
    for text, path, location in (
        ('[{"kind":"numbered","number":"x"}]', (0, "number"), (0, "numbered", "number")),
        ('[{"kind":"kind","number":"x"}]', (0, "number"), (0, "kind", "number")),
    ):
        error = run(TypeAdapter(list[Item]), text).error
        assert type(error) is rxs.FieldInvalid
        assert error.path == path
        assert error.errors()[0]["loc"] == location
    error = run(TypeAdapter(list[Item]), '[{"kind":"kind"}]').error
    assert type(error) is rxs.FieldInvalid
    assert error.path in ((0,), (0, "number"))


def in_capitals(pet: Any) -> Any:
    return pet.model_copy(update={"name": pet.name.upper()})


class Kept(RootModel[Annotated[Pet, AfterValidator(in_capitals)]]):
    pass


@pytest.mark.parametrize("kind", [Annotated[Pet, AfterValidator(in_capitals)], Kept, Annotated[Pet | None, "any"]])
def test_what_lies_around_a_union_applies_to_its_members(kind: Any) -> None:
    """A validator or a root model around the union has the member, once it has closed."""
    text = '[{"name":"a","kind":"cat","lives":1},{"kind":"caterpillar","name":"b","legs":2}]'
    items = assert_valid(list[kind], text, list(text), changed_by_owner=frozenset({"name"}))
    assert rxs.dump(items[-1]) == rxs.dump(TypeAdapter(list[kind]).validate_json(text))
    assert rxs.dump(last(list[kind], '[{"kind":"cat","name":"Tom')) == [{"kind": "cat", "name": "Tom"}]


@pytest.mark.parametrize("kind", ["null", '"dog"', "1"])
def test_an_unknown_member_can_be_put_off_to_the_end(kind: str) -> None:
    """With `validate="at_end"` a discriminator that names no member errs with the document's last character."""
    text = f'{{"pet":{{"kind":{kind},"name":"x"}},"name":7}}'
    for deltas in [text], list(text):
        items, error, completed, _ = run(Owner, deltas, validate="at_end")
        assert not completed
        assert isinstance(error, rxs.FieldInvalid)
        assert error.text == text
        assert [found["loc"] for found in error.errors()] == [("pet",), ("name",)]
        assert not any(hasattr(item, "pet") for item in items)
