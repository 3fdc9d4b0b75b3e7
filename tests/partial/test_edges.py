"""Documents and models at the edge of what JSON and pydantic say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import MISSING, BaseModel, Field, TypeAdapter

import rxstruct as rxs

from .driver import last, run
from .oracle import assert_valid, same


class Settings(BaseModel):
    name: str
    timeout: int | MISSING | None = MISSING  # type: ignore[valid-type]


def test_a_missing_sentinel_is_a_default_like_any_other() -> None:
    """A field that may be MISSING is absent until it comes, and MISSING once its object has closed without it."""
    partial = last(Settings, '{"name":"a"')
    assert not hasattr(partial, "timeout")
    for text in '{"name":"a"}', '{"name":"a","timeout":null}', '{"timeout":3,"name":"a"}':
        final = assert_valid(Settings, text, list(text))[-1]
        assert same(final, Settings.model_validate_json(text))


class Person(BaseModel):
    name: str = ""
    tags: list[str] = []
    friend: Person | None = None


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"Ada","name":"Bob"}',
        '{"tags":["a"],"name":"x","tags":["b","c"]}',
        '{"friend":{"name":"x"},"friend":null}',
        '{"friend":null,"friend":{"name":"x","tags":["a"]}}',
        '{"friend":{"name":"x","name":"y"},"friend":{"name":"z"}}',
        '{"name":"Ada","n\\u0061me":"Bob","tags":[],"name":"Eve"}',
    ],
)
def test_of_repeated_keys_the_last_one_wins(text: str) -> None:
    """In models as in pydantic, at every cut, and nothing fails on the way."""
    expected = Person.model_validate_json(text)
    for at in range(1, len(text)):
        items, error, *_ = run(Person, [text[:at], text[at:]])
        assert error is None
        assert same(items[-1], expected)
    items, error, *_ = run(Person, text)
    assert error is None
    assert same(items[-1], expected)
    for item in items:
        assert repr(item)
        rxs.dump(item)


class Pair(BaseModel):
    number: int
    note: str = ""


class Tagged(BaseModel):
    kind: Literal["tagged"]
    pairs: list[Pair]


class Other(BaseModel):
    kind: Literal["other"]


REPEATING = '{"number":"x","number":1,"note":"q"}'


@pytest.mark.parametrize(
    ("model", "text", "refused"),
    [
        (Pair, REPEATING, '{"number":"x"'),
        (list[Pair], f'[{{"number":1}},{REPEATING}]', '[{"number":1},{"number":"x"'),
        (dict[str, int], '{"a":"x","a":1}', '{"a":"x"'),
        (
            Annotated[Tagged | Other, Field(discriminator="kind")],
            f'{{"kind":"tagged","pairs":[{REPEATING}]}}',
            '{"kind":"tagged","pairs":[{"number":"x"',
        ),
        (
            Annotated[Tagged | Other, Field(discriminator="kind")],
            f'{{"pairs":[{REPEATING}],"kind":"tagged"}}',
            f'{{"pairs":[{REPEATING}],"kind":"tagged"',
        ),
    ],
)
def test_a_bad_value_of_a_repeated_key_fails_at_every_cut(model: Any, text: str, refused: str) -> None:
    """It fails where it stands, also in an object that arrives whole, of which pydantic would look at the last value alone."""
    for at in range(1, len(text)):
        error = run(model, [text[:at], text[at:]]).error
        assert type(error) is rxs.FieldInvalid
        assert error.text == refused
    assert [run(model, deltas).error.text for deltas in (text, [text])] == [refused, refused]  # type: ignore[union-attr]


@pytest.mark.parametrize("deltas", [list(REPEATING), [REPEATING]])
def test_a_bad_value_of_a_repeated_key_does_not_count_at_the_end(deltas: list[str]) -> None:
    """With `validate="at_end"` the whole is put to pydantic, which looks at the last value alone, at every cut."""
    items, error, *_ = run(list[Pair], ["[", *deltas, ',{"number":2}]'], validate="at_end")
    assert error is None
    assert items[-1] == [Pair(number=1, note="q"), Pair(number=2)]


@pytest.mark.parametrize("deltas", [list(REPEATING), [REPEATING]])
def test_a_repeated_key_in_a_hidden_value_is_pydantics_alone(deltas: list[str]) -> None:
    """What shows nothing until it closes is validated whole, at every cut, so that the last value alone is looked at."""
    items, error, *_ = run(list[Annotated[Pair, rxs.Atomic]], ["[", *deltas, "]"])
    assert error is None
    assert items[-1] == [Pair(number=1, note="q")]


def test_a_valid_value_of_a_repeated_key_breaks_nothing() -> None:
    """With errors put off to the end what repeats a key and is valid is validated once, like any other."""
    items, error, *_ = run(list[Pair], ["[", '{"number":1,"number":2}', ",", '{"number":3}', "]"], validate="at_end")
    assert error is None
    assert items[-1] == [Pair(number=2), Pair(number=3)]
    assert all(item[0] is items[-1][0] for item in items if item)


def test_what_closed_beside_a_repeated_key_is_the_same_to_the_end() -> None:
    """Where no validator compares fields, an object that repeats a key is put together from its parts as any other."""
    items = run(Person, list('{"friend":{"name":"x"},"name":"a","name":"b","tags":[]}')).items
    assert items[-1].name == "b"
    assert items[-2].friend is items[-1].friend


@pytest.mark.parametrize("at", [1, 2])
def test_a_repeated_key_hides_no_unknown_fields(at: int) -> None:
    """Every value of a repeated key is held to the limit on unknown fields, wherever the text is cut."""
    text = '[{"number":1,"a":1,"b":2,"c":3,"a":4,"b":5,"c":6}]'
    for limit, kind in ((3, type(None)), (2, rxs.LimitExceeded)):
        assert type(run(list[Pair], [text[:at], text[at:]], max_unknown_fields=limit).error) is kind
    text = '[{"a":[{"number":1,"a":1,"b":2}],"a":[]}]'
    for limit, kind in ((2, type(None)), (1, rxs.LimitExceeded)):
        assert type(run(list[dict[str, list[Pair]]], [text[:at], text[at:]], max_unknown_fields=limit).error) is kind


@pytest.mark.parametrize("depth", [10, 150])
def test_deep_documents(depth: int) -> None:
    """Nesting costs no stack: a chain of models as deep as pydantic takes it."""
    text = '{"name":"n","friend":' * depth + "null" + "}" * depth
    items, error, *_ = run(Person, [text[at : at + 50] for at in range(0, len(text), 50)])
    assert error is None
    assert same(items[-1], Person.model_validate_json(text))


def test_deep_documents_whose_errors_are_put_off() -> None:
    """Nor does what is invalid at the bottom of one that arrives whole, of which all else shows."""
    text = '{"name":"n","friend":' * 190 + '{"tags":[1]}' + "}" * 190
    items, error, *_ = run(list[Person], ["[", text, "]"], validate="at_end")
    assert type(error) is rxs.FieldInvalid
    assert rxs.dump(rxs.get(items[-1], 0, *["friend"] * 190)) == {"tags": []}


def test_whitespace_and_escapes_anywhere() -> None:
    """Keys spelled with escapes are the fields' keys, and whitespace changes nothing."""
    text = ' {\n"\\u006eame" :\t"A\\u0064a" , "tags" : [ "a" , "b" ] , "friend" : { } } \n'
    final = assert_valid(Person, text, list(text))[-1]
    assert final == Person(name="Ada", tags=["a", "b"], friend=Person())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "123456789012345678901234567890"),
        (float, "0.1"),
        (float, "1e308"),
        (float, "5e-324"),
        (float, "-0.0"),
        (float, "12345678901234567890"),
        (Any, "123456789012345678901234567890.5"),
        (list[float], "[1,1.0,-0,-0.0,1E5,0.30000000000000004]"),
        (list[int], "[1.0,1e2,-0]"),
        (str, '"\\ud83d\\ude00\\u0000\\u001f\\/"'),
        (dict[str, int], '{"\\ud83d\\ude00":1,"":2}'),
    ],
)
def test_values_to_the_last_bit(kind: Any, text: str) -> None:
    """Numbers and strings are pydantic's own, exactly."""
    assert_valid(TypeAdapter(kind), text, list(text))


class Empty(BaseModel):
    pass


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Empty, "{}"),
        (list[Empty], "[{},{}]"),
        (dict[str, Empty], '{"a":{}}'),
        (Person, "{}"),
        (Annotated[list[int], Field(max_length=0)], "[]"),
        (dict[str, int], "{}"),
        (set[int], "[]"),
        (str, '""'),
    ],
)
def test_empty_values(kind: Any, text: str) -> None:
    """Nothing is something: empty models, lists, dicts, sets and strings."""
    for deltas in list(text), [text]:
        assert_valid(TypeAdapter(kind), text, deltas)
