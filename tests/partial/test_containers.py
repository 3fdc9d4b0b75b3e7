"""Row "list, tuple, dict": grow while open, their last element may be open; validated whole on close."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field, GetCoreSchemaHandler, TypeAdapter
from typing_extensions import TypedDict

import rxstruct as rxs
from rxstruct.partial import plan_of
from rxstruct.partial.plan import SequencePlan
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid


class Section(BaseModel):
    title: str
    pages: int


class Book(BaseModel):
    tags: list[str]
    sections: list[Section]


def test_a_list_grows_and_its_last_element_may_be_open() -> None:
    """Elements are added as they begin to show; strings and models within a list grow there."""
    storyboard(
        """
        deltas   --a--b--c--d--e--|
        partial  --v--w--x--y--z--|

        a  {"tags":[
        b  "cat","ca
        c  terpillar"],"sections":[{
        d  "title":"One","pages":1},{"title":"Tw
        e  o","pages":22}]}
        v  {"tags": []}
        w  {"tags": ["cat", "ca"]}
        x  {"tags": ["cat", "caterpillar"], "sections": [{}]}
        y  {"tags": ["cat", "caterpillar"], "sections": [{"title": "One", "pages": 1}, {"title": "Tw"}]}
        z  {"tags": ["cat", "caterpillar"], "sections": [{"title": "One", "pages": 1}, {"title": "Two", "pages": 22}]}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Book),
    )


class Measurements(BaseModel):
    values: list[float]
    range: tuple[int, str] = (0, "")
    path: tuple[int, ...] = ()


def test_scalars_are_added_to_a_list_once_closed() -> None:
    """An element that may not be shown while open isn't; tuples, fixed and variadic, grow as lists do."""
    storyboard(
        """
        deltas   --a--b--c--d--e--|
        partial  --v--w--x--y--z--|

        a  {"values":[1
        b  ,2.5,3
        c  7],"range":[10,"a
        d  b"],"path":[1,2
        e  ]}
        v  {"values": []}
        w  {"values": [1.0, 2.5]}
        x  {"values": [1.0, 2.5, 37.0], "range": [10, "a"]}
        y  {"values": [1.0, 2.5, 37.0], "range": [10, "ab"], "path": [1]}
        z  {"values": [1.0, 2.5, 37.0], "range": [10, "ab"], "path": [1, 2]}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Measurements),
    )
    partial = last(Measurements, '{"values":[],"range":[10,"a')
    assert type(partial.values) is list
    assert isinstance(partial.range, tuple)


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Heading(TypedDict, total=False):
    title: str


class Scores(BaseModel):
    ages: dict[str, int] = {}
    pages: dict[int, list[str]] = {}
    levels: dict[Level, Heading] = {}


def test_a_dict_gains_keys() -> None:
    """A key shows with its value: at once where the value may be open, else when the value has closed."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a  {"ages":{"ada":3
        b  6,"bob":2},"pages":{"1":["x
        c  "],"12":["y"]},"levels":{"high":{"title":"T
        d  op"}}}
        w  {"ages": {}}
        x  {"ages": {"ada": 36, "bob": 2}, "pages": {"1": ["x"]}}
        y  {"ages": {"ada": 36, "bob": 2}, "pages": {"1": ["x"], "12": ["y"]}, "levels": {"high": {"title": "T"}}}
        z  {"ages": {"ada": 36, "bob": 2}, "pages": {"1": ["x"], "12": ["y"]}, "levels": {"high": {"title": "Top"}}}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Scores),
    )


def test_keys_of_a_dict_are_of_their_type() -> None:
    """Keys of a partial are already what pydantic makes of them."""
    partial = last(Scores, '{"pages":{"12":["y"],"13":["')
    assert partial.pages == {12: ["y"], 13: [""]}
    partial = last(Scores, '{"levels":{"low":{"title":"a')
    assert list(partial.levels) == [Level.LOW]


def test_a_key_that_does_not_fit_fails() -> None:
    """A key that the dict's type refuses is an error, at the latest when its value closes."""
    error = run(Scores, '{"pages":{"x":["y"],"2":[]}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("pages", "x")
    assert len(error.text) <= len('{"pages":{"x":["y"]')


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (list[list[list[int]]], "[[[1],[]],[[2,3]]]"),
        (list, '[1,"a",[null]]'),
        (tuple, '[1,"a"]'),
        (dict, '{"a":{"b":1}}'),
        (tuple[()], "[]"),
        (Sequence[str], '["a","b"]'),
        (Mapping[str, list[int]], '{"a":[1,2]}'),
        (deque[int], "[1,2]"),
        (defaultdict[str, list[int]], '{"a":[1]}'),
        (list[int | None], "[1,null,2]"),
        (dict[str, Any], '{"a":[1,{"b":"c"}]}'),
        (dict[tuple[int, int], str] | None, "null"),
        (Annotated[list[str], Field(min_length=1, max_length=2)], '["a","b"]'),
        (list[Annotated[str, Field(pattern="^a")]], '["ab","a"]'),
        (tuple[int, str, list[bool]], '[1,"x",[true,false]]'),
    ],
)
def test_containers_of_all_kinds_end_as_pydantic_ends(kind: Any, text: str) -> None:
    """Whatever container a type names, its partials are beginnings of pydantic's own result."""
    for deltas in list(text), [text]:
        assert_valid(TypeAdapter(kind), text, deltas)


class Limited(BaseModel):
    tags: Annotated[list[str], Field(max_length=2, min_length=1)]
    scores: Annotated[dict[str, int], Field(max_length=1)] = {}


def test_a_list_that_is_too_long_fails_at_once() -> None:
    """The element beyond `max_length` is refused as it begins, not when the list closes."""
    error = run(Limited, '{"tags":["a","b","c and much more","d"]}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("tags",)
    assert len(error.text) <= len('{"tags":["a","b","')
    assert error.errors()[0]["type"] == "too_long"
    assert error.partial.tags == ["a", "b"]


def test_a_dict_that_is_too_long_fails_early() -> None:
    """The same for a dict, by the time the value beyond the limit closes."""
    error = run(Limited, '{"tags":["a"],"scores":{"a":1,"b":2,"c":3}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("scores",)
    assert len(error.text) <= len('{"tags":["a"],"scores":{"a":1,"b":2,')


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ('{"tags":["a","b","c","d"]}', ["a", "b"], "at most 2 items after validation, not 3"),
        ('{"tags":["a"],"scores":{"a":1,"b":2,"c":3}}', {"a": 1}, "at most 1 item after validation, not more"),
    ],
)
def test_what_is_too_long_is_quoted_up_to_there(text: str, value: Any, message: str) -> None:
    """The error's input is what had closed before the part that is too many, however much has come meanwhile."""
    for cut in range(1, len(text)):
        error = run(Limited, [text[:cut], text[cut:]]).error
        assert type(error) is rxs.FieldInvalid
        assert error.errors()[0]["input"] == value
        assert error.errors()[0]["msg"].endswith(message)


def test_a_list_that_is_too_short_fails_when_it_closes() -> None:
    """`min_length` is decided by the closing bracket."""
    error = run(Limited, '{"tags":[],"scores":{}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.text == '{"tags":[]'


def test_a_bad_element_fails_there_and_then() -> None:
    """An element is validated as it closes, with its own place in the path."""
    error = run(
        Book, '{"tags":["a"],"sections":[{"title":"x","pages":1},{"title":"y","pages":"many"},{"title":"z","pages":3}]}'
    ).error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("sections", 1, "pages")
    assert error.text.endswith('"pages":"many"')
    assert error.partial.sections[0] == Section(title="x", pages=1)
    assert error.closed_paths[-1] == ("sections", 1, "title")


def test_closed_elements_are_the_same_objects_to_the_end() -> None:
    """`previous.sections[0] is current.sections[0]` from its closing brace on, in the final object too."""
    items = run(Book, '{"sections":[{"title":"a","pages":1},{"title":"b","pages":2}],"tags":["x"]}').items
    first = next(item for item in items if rxs.is_closed(item, "sections", 0)).sections[0]
    for item in items:
        if rxs.is_closed(item, "sections", 0):
            assert item.sections[0] is first


def test_partials_do_not_share_what_is_open() -> None:
    """A partial stays what it was: later text never changes a list, dict or model that was handed out."""
    text = '{"ages":{"a":1,"b":2},"pages":{"1":["p","q"]},"levels":{"low":{"title":"t"}}}'
    seen = []
    for item in run(Scores, text).items:
        seen.append((item, rxs.dump(item)))
    again = run(Scores, text).items
    for (item, dumped), fresh in zip(seen, again, strict=True):
        assert rxs.dump(item) == dumped == rxs.dump(fresh)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (list[int], None),
        (Annotated[list[int], Field(max_length=3)], 3),
        (tuple[int, str], 2),
        (tuple[int, ...], None),
        (Annotated[tuple[int, ...], Field(max_length=3)], 3),
        (Annotated[set[int], Field(max_length=3)], None),
        (frozenset[int], None),
    ],
)
def test_how_many_elements_there_may_be(kind: Any, number: int | None) -> None:
    """Of a set that is not known: elements that are equal count once."""
    opened = plan_of(kind).opened(is_object=False)
    assert isinstance(opened, SequencePlan)
    assert opened.max_length == number


class Bare:
    """A type whose schema says nothing that it could leave out."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return self._schema


@pytest.mark.parametrize(
    ("schema", "text", "shown"),
    [
        ({"type": "list"}, '[1,["a"', [1, ["a"]]),
        ({"type": "set"}, '[1,"a",', {1, "a"}),
        ({"type": "dict"}, '{"a":1,"b":["c"', {"a": 1, "b": ["c"]}),
        ({"type": "dict"}, '{"é":1,"ü":["c"', {"é": 1, "ü": ["c"]}),
        (
            {
                "type": "typed-dict",
                "fields": {"a": {"type": "typed-dict-field", "schema": {"type": "list"}, "validation_alias": "A"}},
            },
            '{"x":1,"A":["b"',
            {"a": ["b"]},
        ),
        (
            {"type": "typed-dict", "fields": {"a": {"type": "typed-dict-field", "schema": {"type": "list"}}}},
            '{"x":1,"a":["b"',
            {"a": ["b"]},
        ),
    ],
)
def test_a_container_that_does_not_say_what_it_holds(schema: Any, text: str, shown: Any) -> None:
    """It holds anything."""
    assert last(Annotated[Any, Bare(schema)], text) == shown
    whole = text + "".join({"[": "]", "{": "}"}[bracket] for bracket in reversed(text) if bracket in "[{")
    kind = Annotated[Any, Bare(schema)]
    if schema["type"] != "set":
        assert run(kind, list(whole)).items[-1] == TypeAdapter(kind).validate_json(whole)


def test_a_keys_validator_gets_the_context() -> None:
    """As any other does."""
    kind = dict[Annotated[str, AfterValidator(lambda key, info: info.context[key])], list[int]]
    assert last(kind, '{"a":[1,', context={"a": "b"}) == {"b": [1]}
    assert last(kind, '{"a":[1]}', context={"a": "b"}) == {"b": [1]}


def test_an_error_in_an_object_without_settings() -> None:
    """It has its place in the document, as any other."""
    fields = {"a": {"type": "typed-dict-field", "schema": {"type": "int"}}}
    error = run(list[Annotated[Any, Bare({"type": "typed-dict", "fields": fields})]], '[{"a":"x"').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == (0, "a")


def test_a_tuple_of_which_the_first_elements_repeat_waits() -> None:
    """Which of them an element is shows at its end."""
    schema = {"type": "tuple", "items_schema": [{"type": "int"}, {"type": "str"}], "variadic_item_index": 0}
    kind = list[Annotated[Any, Bare(schema)]]
    assert last(kind, "[[1,2,") == []
    assert last(kind, '[[1,2,"a"],') == [(1, 2, "a")]
