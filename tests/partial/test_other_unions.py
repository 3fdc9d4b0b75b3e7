"""Row "other unions": `X | None` streams as `X`; any other is absent unless all members that still fit stream alike."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import pytest
import reactivex as rx
from pydantic import MISSING, BaseModel, Field, TypeAdapter, ValidationError

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid, same


class Address(BaseModel):
    city: str


class Person(BaseModel):
    name: str | None
    age: int | None = None
    address: Address | None = None
    tags: list[str] | None = None


def test_an_optional_type_streams_as_the_type() -> None:
    """`str | None` grows as a `str` does; null shows once it is whole."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a  {"name":"A
        b  da","age":nul
        c  l,"address":{"city":"Lon
        d  don"},"tags":["x"]}
        w  {"name": "A"}
        x  {"name": "Ada"}
        y  {"name": "Ada", "age": null, "address": {"city": "Lon"}}
        z  {"name": "Ada", "age": null, "address": {"city": "London"}, "tags": ["x"]}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Person),
    )


class Setting(BaseModel):
    value: int | str
    note: str = ""


def test_an_undecided_union_is_absent_until_it_has_closed() -> None:
    """Pydantic chooses among `int | str` by the whole value, so nothing shows before."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"value":"12
        b  34","note":"a
        c  b"}
        x  {}
        y  {"value": "1234", "note": "a"}
        z  {"value": "1234", "note": "ab"}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Setting),
    )


class Cat(BaseModel):
    name: str
    lives: int


class Dog(BaseModel):
    name: str
    tricks: list[str]


class Tagged(BaseModel):
    name: str
    extra: dict[str, int] = {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Cat | Dog, '{"name":"Rex","tricks":["sit"]}'),
        (Cat | Dog | None, '{"name":"Tom","lives":9}'),
        (list[Cat | Dog], '[{"name":"Tom","lives":9},{"name":"Rex","tricks":[]}]'),
        (int | str | bool | None, '"true"'),
        (float | int, "1"),
        (int | float, "1.0"),
        (datetime | str, '"2024-01-01T00:00:00"'),
        (datetime | str, '"2024-01-01T00:00:00 or so"'),
        (list[int] | list[str], '["1","2"]'),
        (dict[str, int] | Cat, '{"name":"Tom","lives":9}'),
        (Tagged | Cat, '{"name":"Tom","lives":9}'),
        (str | list[str], '["a"]'),
        (str | list[date] | dict[str, date], '["2024-01-01"]'),
        (bool | int, "true"),
        (Any | int, "12"),
        (dict[str, int | list[int | str]], '{"a":1,"b":[1,"2"]}'),
    ],
)
def test_unions_end_as_pydantic_ends(kind: Any, text: str) -> None:
    """Whatever shows on the way, the member is the one that pydantic chooses, and nothing shown was false."""
    for deltas in list(text), [text], [text[:3], text[3:]]:
        assert_valid(TypeAdapter(kind), text, deltas)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (list[int] | str, '[1,"x"]'),
        (tuple[int, int] | int, '[1,"x"]'),
        (dict[str, int] | list[int], '{"a":"x"}'),
        (Cat | Dog, '{"name":"Rex"}'),
        (Cat | None, '{"name":1}'),
    ],
)
def test_errors_of_unions_have_pydantics_locations(kind: Any, text: str) -> None:
    """Whichever of pydantic's errors come, they are named as pydantic names them."""
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(kind).validate_json(text)
    for deltas in list(text), [text]:
        error = run(kind, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert {found["loc"] for found in error.errors()} <= {wanted["loc"] for wanted in expected.value.errors()}


@pytest.mark.parametrize(
    ("kind", "text", "path"),
    [
        (Cat | Dog, '{"name":"Rex"}', ("lives",)),
        (list[Cat | Dog], '[{"name":1,"lives":2}]', (0, "name")),
        (int | Annotated[dict[str, int], Field(min_length=2)], '{"int":1}', ()),
        (list[int | Annotated[dict[str, int], Field(min_length=2)]], '[{"int":1}]', (0,)),
    ],
)
def test_no_member_is_part_of_the_path(kind: Any, text: str, path: Any) -> None:
    """It leads to what the first of pydantic's errors is about, in the document, whatever keys that has."""
    for deltas in list(text), [text]:
        error = run(kind, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert error.path == path


def test_no_member_is_guessed() -> None:
    """A partial never is an instance of a member that the rest of the value could rule out."""
    for text in '{"name":"Rex"', '{"name":"Rex","tr', '{"name":"Rex","tricks":[':
        partial = last(Cat | Dog, text)
        assert partial is rxs.ABSENT or type(partial) is Dog


class City(BaseModel):
    name: str


class River(BaseModel):
    name: str


@pytest.mark.parametrize("kind", [City | River, River | City, list[City | River], list[River | City]])
def test_where_a_value_fits_two_members_the_first_one_takes_it(kind: Any) -> None:
    """As for pydantic, although Python calls two unions equal that differ only in their order."""
    text = '{"name":"Tiber"}' if kind in (City | River, River | City) else '[{"name":"Tiber"}]'
    final = rx.of(text).pipe(rxs.accumulate_json(), rxs.to_partial(kind)).run()
    assert same(final, TypeAdapter(kind).validate_json(text))


class Sentinels(BaseModel):
    text: str | MISSING = MISSING
    items: list[int] | MISSING = MISSING
    count: int | MISSING | None = MISSING


def test_a_type_that_may_be_missing_streams_as_what_it_is_otherwise() -> None:
    """`X | MISSING` streams as `X`, because no JSON stands for the sentinel; what did not come is the sentinel in the end."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"text":"A
        b  da","items":[1
        c  ,2],"count":7}
        x  {"text": "A"}
        y  {"text": "Ada", "items": []}
        z  {"text": "Ada", "items": [1, 2], "count": 7}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Sentinels),
    )
    assert run(Sentinels, list('{"items":[1,2]}')).items[-1].count is MISSING
