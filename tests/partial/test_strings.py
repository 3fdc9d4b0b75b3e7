"""Row "str (also constrained)": grows, unvalidated, while open; validated on close."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import reactivex
from pydantic import AfterValidator, BaseModel, Field, RootModel, StringConstraints, create_model

import rxstruct as rxs
from rxstruct.incremental import JsonDocument
from rxstruct.testing import storyboard

from .driver import run


class Person(BaseModel):
    name: str
    bio: str


def test_a_string_grows() -> None:
    """A string shows from its opening quote on, and grows as its characters come."""
    storyboard(
        """
        deltas   --a--b--c--d--e--|
        partial  --v--w--x--y--z--|

        a  {"name":
        b  "A
        c  da","bio":"
        d  Wrote the first pr
        e  ogram."}
        v  {}
        w  {"name": "A"}
        x  {"name": "Ada", "bio": ""}
        y  {"name": "Ada", "bio": "Wrote the first pr"}
        z  {"name": "Ada", "bio": "Wrote the first program."}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Person),
    )


class Word(RootModel[str]):
    pass


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (str, str),
        (str | None, str),
        (Annotated[str, Field(max_length=9)], str),
        (Any, str),
        (Word, Word),
        (RootModel[Word], RootModel[Word]),
    ],
)
def test_a_string_grows_whatever_its_type_says_of_it(kind: Any, shown: type) -> None:
    """Inside its root models; and a snapshot in which it has not grown, such as one that comes twice, makes no partial."""
    document = JsonDocument()
    snapshots = [document.feed(delta) for delta in ('{"texts":["x', "y", "z", '"')]
    items: list[Any] = []
    reactivex.from_iterable([each for snapshot in snapshots for each in (snapshot, snapshot)]).pipe(
        rxs.to_partial(create_model("Texts", texts=list[kind]))
    ).subscribe(items.append)
    assert [rxs.dump(item) for item in items] == [{"texts": [text]} for text in ("x", "xy", "xyz", "xyz")]
    for item in items:
        assert type(item.texts[0]) is shown


def test_half_an_escape_is_withheld() -> None:
    """What an escape, or a pair of surrogates, stands for shows once it is whole."""
    storyboard(
        r"""
        deltas   --a--b--c--d--e--|
        partial  --v--w-----y--z--|

        a  {"name":"x\u00
        b  e9\ud8
        c  3d\ude
        d  00\
        e  n","bio":""}
        v  {"name": "x"}
        w  {"name": "xé"}
        y  {"name": "xé😀"}
        z  {"name": "xé😀\n", "bio": ""}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Person),
    )


class Tag(BaseModel):
    tag: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=2)]
    shout: Annotated[str, AfterValidator(str.upper)] = ""


def test_an_open_string_is_raw_and_a_closed_one_is_what_its_validators_make_of_it() -> None:
    """Constraints and validators see a string once it has closed; until then its raw text shows."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a = '{"tag":" H'
        b = 'i '
        c = '","shout":"he'
        d = 'y"}'
        w = {"tag": " H"}
        x = {"tag": " Hi "}
        y = {"tag": "hi", "shout": "he"}
        z = {"tag": "hi", "shout": "HEY"}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Tag),
    )


class Short(BaseModel):
    code: Annotated[str, Field(max_length=3, min_length=2)]


def test_a_string_that_is_too_long_fails_at_once() -> None:
    """The first character beyond `max_length` is refused, long before the string closes."""
    storyboard(
        """
        deltas   --a--b-----
        partial  --x--(y#)

        a  {"code":"ab
        b  cdefgh
        x  {"code": "ab"}
        y  {"code": "abc"}
        #  FieldInvalid(path="code", text='{"code":"abcd')
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Short),
    )


def test_a_string_that_is_too_short_fails_when_it_closes() -> None:
    """`min_length` is decided by the closing quote."""
    error = run(Short, list('{"code":"a"}')).error
    assert type(error) is rxs.FieldInvalid
    assert error.text == '{"code":"a"'


class Stripped(BaseModel):
    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=3)]


def test_a_length_that_may_still_change_is_not_decided() -> None:
    """Where whitespace is stripped first, more characters than the limit may still be fine."""
    items, error, *_ = run(Stripped, list('{"code":"  abc  "}'))
    assert error is None
    assert items[-1] == Stripped(code="abc")


@pytest.mark.parametrize("character", ["é", "😀", "\\u00e9", "\\ud83d\\ude00", "\\n"])
def test_lengths_count_characters_as_pydantic_does(character: str) -> None:
    """An escape is one character and so is a pair of surrogates."""
    assert run(Short, list(f'{{"code":"{character * 3}"}}')).error is None
    assert type(run(Short, list(f'{{"code":"{character * 4}"}}')).error) is rxs.FieldInvalid
