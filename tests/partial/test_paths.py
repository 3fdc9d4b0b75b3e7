"""Which paths a type can have values at, and what is said of those that it cannot."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rxstruct import EACH, PathInvalid
from rxstruct.partial import plan_of
from rxstruct.partial.paths import check_path


class Line(BaseModel):
    text: str
    size: int


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Free(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Line]

    line: Line


class Page(BaseModel):
    title: str = Field(alias="pageTitle")
    lines: list[Line]
    pair: tuple[int, Line]
    by_name: dict[str, Line]
    either: Line | list[Line]
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    whatever: Any
    made: Annotated[Line, BeforeValidator(lambda value: value)]
    number: int | str
    free: Free


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("title",),
        ("lines", EACH, "text"),
        ("lines", 2, "text"),
        ("lines", -1, "text"),
        ("pair", 1, "text"),
        ("pair", -1, "text"),
        ("pair", EACH, "text"),
        ("pair", -3, "text"),
        ("by_name", "a", "text"),
        ("by_name", EACH, "text"),
        ("either", "text"),
        ("either", 0, "text"),
        ("pet", "kind", "anything"),
        ("whatever", "a", 0, EACH),
        ("made", "anything", 1),
        ("free", "line", "text"),
        ("free", "another", "text"),
        (EACH, "text", "anything"),
    ],
)
def test_a_path_that_some_value_has_is_taken(path: Any) -> None:
    """So is any that leads through what hides its parts: a union, a validator, `Any`, any field of many."""
    check_path(plan_of(Page), path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (("title", "x"), "title holds no other values, so title.x cannot be there"),
        (("number", "x"), "number holds no other values, so number.x cannot be there"),
        (("lines", EACH, "texts"), "lines.EACH has no field 'texts'; did you mean 'text'?"),
        (("lines", 0, "zzz"), "lines[0] has no field 'zzz'; it has text, size"),
        (("lines", "text"), "lines is a list: name an index or EACH there, not 'text'"),
        (("pair", 0, "text"), "pair[0] holds no other values, so pair[0].text cannot be there"),
        (("by_name", "a", "texts"), "by_name.a has no field 'texts'; did you mean 'text'?"),
        (("pageTitle",), "the root has no field 'pageTitle'; on partials that key of the document is called 'title'"),
        (("free", "line", "texts"), "free.line has no field 'texts'; did you mean 'text'?"),
        (("free", "another", "texts"), "free.another has no field 'texts'; did you mean 'text'?"),
    ],
)
def test_a_path_that_no_value_has_is_refused(path: Any, message: str) -> None:
    """The error says where the path goes wrong, and what could be meant."""
    with pytest.raises(PathInvalid) as refused:
        check_path(plan_of(Page), path)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "path",
    [
        ("title",),
        ("lines", EACH, "text"),
        ("whatever",),
        ("number",),
        ("made", "text"),
        (EACH,),
        ("by_name", EACH, "text"),
    ],
)
def test_the_path_of_what_may_be_a_string_has_text(path: Any) -> None:
    """Where that depends on the document, too."""
    check_path(plan_of(Page), path, is_text=True)


@pytest.mark.parametrize("path", [(), ("lines",), ("lines", 0), ("lines", EACH, "size"), ("pair", 0), ("by_name",)])
def test_the_path_of_what_is_no_string_has_no_text(path: Any) -> None:
    """It is refused where its text is asked for."""
    check_path(plan_of(Page), path)
    with pytest.raises(
        PathInvalid, match=r" is no string, so it has no text: use field\(\) or completed\(\) for its value$"
    ):
        check_path(plan_of(Page), path, is_text=True)


@pytest.mark.parametrize("kind", [int, float, bool, None, list[str], Line, float | None])
def test_what_can_be_no_string_has_no_text(kind: Any) -> None:
    """Not even where pydantic takes a number or truth value in quotes for it."""
    with pytest.raises(PathInvalid, match="is no string"):
        check_path(plan_of(dict[str, kind]), ("a",), is_text=True)
