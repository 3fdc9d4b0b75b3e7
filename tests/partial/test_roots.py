"""The root may be any type that `TypeAdapter` takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, RootModel, TypeAdapter

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid


class User(BaseModel):
    name: str
    age: int = 0


class Users(RootModel[list[User]]):
    pass


class Scores(RootModel[dict[str, int]]):
    root: dict[str, int]


def test_a_list_of_models_is_a_root() -> None:
    """The items are lists, the last of them a plain list of validated models."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  [{"name":"A
        b  da","age":36},{
        c  "name":"Bob"}]
        x  [{"name": "A"}]
        y  [{"name": "Ada", "age": 36}, {}]
        z  [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 0}]
        """,
        rxs.accumulate_json(),
        rxs.to_partial(list[User]),
    )
    items = run(list[User], ['[{"name":"A', 'da","age":36},{', '"name":"Bob"}]']).items
    assert isinstance(items[0], list)
    assert type(items[-1]) is list
    assert items[0] == [items[0][0]]


def test_a_root_model_streams_as_what_it_holds() -> None:
    """`RootModel` partials are instances of the root model."""
    partial = last(Users, '[{"name":"Ada","age":1},{"name":"B')
    assert type(partial) is Users
    assert partial.root[0] == User(name="Ada", age=1)
    assert partial.root[1].name == "B"
    assert rxs.is_closed(partial, 0)
    assert not rxs.is_closed(partial, 1)
    assert last(Scores, '{"a":1,"b":2').root == {"a": 1}


def test_what_is_open_stands_in_its_root_models_too() -> None:
    """A text, and what shows under `Any`, however they grow; what has closed in them stays the same object."""
    for kind, deltas, shown in (
        (RootModel[str], ["[", '"a', "b", 'c"', "]"], ["a", "ab", "abc", "abc"]),
        (RootModel[RootModel[str]], ['["a', "b", 'c"]'], ["a", "ab", "abc"]),
        (RootModel[Any], ["[", '{"a":["b', 'c"', "]}]"], [{"a": ["b"]}, {"a": ["bc"]}, {"a": ["bc"]}]),
    ):
        items = run(list[kind], deltas).items  # type: ignore[valid-type]
        elements = [item[0] for item in items if item]
        assert [type(element) for element in elements] == [kind] * len(shown)
        assert [rxs.dump(element) for element in elements] == shown
        assert [rxs.is_closed(item, 0) for item in items if item][:2] == [False, False]
        assert items[-1] == TypeAdapter(list[kind]).validate_json("".join(deltas))  # type: ignore[valid-type]
    assert type(last(RootModel[Any], '{"a":')) is RootModel[Any]
    elements = [item[0].root for item in run(list[RootModel[Any]], list('[[-600,""]]')).items if item]
    assert len({id(element[0]) for element in elements if element}) == 1


class Anything(RootModel[User | list[User] | str]):
    pass


class Nested(RootModel[Users]):
    pass


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Anything, '{"name":"Ada"}'),
        (Anything, '[{"name":"Ada"}]'),
        (Anything, '"Ada"'),
        (Nested, '[{"name":"Ada"}]'),
        (RootModel[User], '{"name":"Ada","age":1}'),
        (RootModel[RootModel[str]], '"Ada"'),
        (RootModel[int], "12"),
        (list[RootModel[str]], '["Ada","Bob"]'),
    ],
)
def test_root_models_of_all_kinds(kind: Any, text: str) -> None:
    """Whatever a root model holds, its partials can be read, and the last is pydantic's."""
    for deltas in list(text), [text]:
        assert_valid(kind, text, deltas)


def test_a_root_model_that_holds_a_list_has_no_fields() -> None:
    """Although it might have held an object."""
    assert rxs.closed_fields(last(Anything, '[{"name":"Ada"}]')) == ()
    assert rxs.closed_fields(last(Anything, '"Ada"')) == ()
    assert rxs.closed_fields(last(Anything, '{"age":1,"name":"Ada"}')) == ("age", "name")


def test_a_type_adapter_is_taken_as_it_is() -> None:
    """`to_partial(TypeAdapter(T))` is `to_partial(T)`."""
    text = '[{"name":"Ada"}]'
    assert run(TypeAdapter(list[User]), text).items == run(list[User], text).items


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (User, '{"name":"Ada"}'),
        (list[User], '[{"name":"Ada"},{"name":"Bob","age":3}]'),
        (dict[str, User], '{"a":{"name":"Ada"}}'),
        (tuple[User, int], '[{"name":"Ada"},3]'),
        (Users, '[{"name":"Ada"}]'),
        (Scores, '{"a":1}'),
        (User | None, "null"),
        (User | None, '{"name":"Ada"}'),
        (User | list[User], '[{"name":"Ada"}]'),
        (str, '"some text"'),
        (int, " 12 "),
        (int, "12"),
        (float, "-0.0"),
        (bool, "true"),
        (None, "null"),
        (Any, '{"a":[1]}'),
        (Literal["a", "b"], '"b"'),
        (Annotated[str, Field(min_length=1)], '"x"'),
        (list[Any], '[1,"x",{}]'),
        (set[int], "[1,2]"),
    ],
)
def test_roots_end_as_pydantic_ends(kind: Any, text: str) -> None:
    """At every cut the last item is pydantic's own, and a real value of the type, not a wrapper."""
    for deltas in list(text), [text], [text[:2], text[2:]]:
        assert_valid(kind, text, deltas)


def test_a_string_at_the_root_grows() -> None:
    """Text alone is streamed as text."""
    assert run(str, ['"a', 'b"']).items == ["a", "ab"]
