"""A field that is invalid fails there and then, with its path, the partial so far and pydantic's own errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import make_dataclass
from enum import Enum
from itertools import combinations, pairwise
from typing import Annotated, Any, Literal, Self

import pytest
import reactivex
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    create_model,
    field_serializer,
    model_validator,
)
from reactivex import operators
from typing_extensions import TypeAliasType

import rxstruct as rxs
from rxstruct.partial.builder import Failure
from rxstruct.partial.level import Rejected
from rxstruct.testing import storyboard
from tests.strategies import cut_at

from .driver import run


class Address(BaseModel):
    city: str
    zip: Annotated[int, Field(ge=1000)]


class Person(BaseModel):
    name: str
    age: Annotated[int, Field(ge=0)]
    address: Address
    bio: str = ""


def test_an_invalid_value_fails_as_it_closes() -> None:
    """The error comes at the character that decides the value, and the state just before it goes ahead, if it is new."""
    storyboard(
        """
        deltas   --a--b-----
        partial  --x--(y#)

        a  {"name":"A
        b  da","age":-1,"bio":"never read"}
        x  {"name": "A"}
        y  {"name": "Ada"}
        #  FieldInvalid(path="age", closed=["name"], text='{"name":"Ada","age":-1,')
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Person),
    )


def test_the_error_is_pydantics_own() -> None:
    """`.errors()` is what `validate_json` says of that value: type, full location, input, context."""
    text = '{"name":"Ada","age":1,"address":{"city":"X","zip":12},"bio":"b"}'
    error = run(Person, text).error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("address", "zip")
    with pytest.raises(ValidationError) as expected:
        Person.model_validate_json(text)
    assert error.errors() == expected.value.errors()
    assert error.partial.address.city == "X"
    assert not hasattr(error.partial.address, "zip")
    assert error.partial_as(Person) is error.partial
    assert error.closed_paths == [("name",), ("age",), ("address", "city")]
    assert "address.zip" in str(error)


def test_a_missing_field_fails_when_its_object_closes() -> None:
    """An object that closes without a required field is refused at its brace."""
    error = run(Person, '{"name":"Ada","address":{"city":"X"},"age":1}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path in (("address",), ("address", "zip"))
    assert error.text == '{"name":"Ada","address":{"city":"X"}'
    assert error.errors()[0]["type"] == "missing"
    assert error.errors()[0]["loc"] == ("address", "zip")


@pytest.mark.parametrize(
    ("text", "refused_at"),
    [
        ('{"name":12,', '{"name":12,'),
        ('{"name":null,', '{"name":null'),
        ('{"name":[1],', '{"name":['),
        ('{"name":{"a":1},', '{"name":{'),
        ('{"name":"A","address":"Main St","age":1}', '{"name":"A","address":"Main St"'),
        ('{"name":"A","address":["Main St"],"age":1}', '{"name":"A","address":['),
        ('["name"]', "["),
        ('"name"', '"name"'),
        ("12 ", "12 "),
    ],
)
def test_the_wrong_kind_of_value_fails_by_the_time_it_closes(text: str, refused_at: str) -> None:
    """A value of another JSON type is refused, no later than where it closes, and no sooner than where it begins."""
    error = run(Person, text).error
    assert type(error) is rxs.FieldInvalid, error
    closes = len(refused_at) if refused_at[-1] not in "[{" else text.rindex({"[": "]", "{": "}"}[refused_at[-1]]) + 1
    assert len(error.text) <= closes
    assert error.errors()[0]["type"].endswith("_type")


class Total(BaseModel):
    parts: list[int]
    total: int

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        if sum(self.parts) != self.total:
            raise ValueError("the parts do not add up")
        return self


def test_a_models_own_validator_fails_when_the_model_closes() -> None:
    """It needs all fields, so the error comes at the closing brace, with the model's path."""
    error = run(list[Total], '[{"parts":[1,2],"total":3},{"parts":[1],"total":2},{}]').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == (1,)
    assert error.text == '[{"parts":[1,2],"total":3},{"parts":[1],"total":2}'
    assert error.errors()[0]["loc"] == (1,)


def test_the_source_is_disposed_there_and_then() -> None:
    """Once a field has failed, no further delta is asked for: the rest of the answer is never paid for."""
    taken: list[str] = []
    reactivex.from_iterable('{"name":12,"age":1,"bio":"' + "x" * 100).pipe(
        operators.do_action(taken.append), rxs.accumulate_json(), rxs.to_partial(Person)
    ).subscribe(on_error=lambda error: None)
    assert "".join(taken) == '{"name":12,'


def test_validation_can_be_put_off_to_the_end() -> None:
    """With `validate="at_end"` the error comes with the document's last character."""
    text = '{"name":"Ada","age":-1,"address":{"city":"X","zip":1},"bio":"still read"}'
    items, error, completed, _ = run(Person, text, validate="at_end")
    assert type(error) is rxs.FieldInvalid
    assert not completed
    assert error.text == text
    assert len(error.errors()) == 2
    assert items[-1].bio == "still read"
    assert run(Person, text.replace("-1", "1").replace('zip":1', 'zip":1000'), validate="at_end").error is None


def no_less(number: int, info: ValidationInfo) -> int:
    assert number >= info.data["first"]
    return number


class Exact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: int = 0
    second: Annotated[int, AfterValidator(no_less)] = 0
    words: Annotated[list[str], Field(max_length=1)] = []
    sizes: dict[int, int] = {}
    code: Annotated[str, Field(max_length=3)] = ""


@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize(
    ("around", "holder"),
    [
        ("{}", lambda inner: inner),
        ("[{}]", lambda inner: list[inner]),
        ("[1, {}]", lambda inner: list[int | inner]),
        ("[{}]", lambda inner: tuple[inner, ...]),
        ('{{"a":{}}}', lambda inner: dict[str, inner]),
    ],
)
def test_what_is_not_valid_can_be_dumped(around: str, holder: Callable[[Any], Any], slots: bool) -> None:
    """With `validate="at_end"`, dump leaves out of a closed dataclass what is not valid in it, wherever that stands."""
    inner = make_dataclass("Inner", [("name", str), ("age", int)], slots=slots, eq=False)
    outer = create_model("Outer", inner=holder(inner), rest=int)
    text = '{"inner":' + around.format('{"age":1,"name":null}') + ',"rest":1}'
    for deltas in (list(text), [text[:-1], "}"]):
        item = run(outer, deltas, validate="at_end").items[-1]
        assert json.dumps(rxs.dump(item)) == '{"inner": ' + around.format('{"age": 1}').replace('":{', '": {') + "}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (list[Total], '[{"parts":[1],"total":2},{"parts":[],"total":0}]'),
        (Exact, '{"unknown":{"a":1},"first":1}'),
        (Exact, '{"unknown":"text","first":1}'),
        (Exact, '{"first":2,"second":1,"words":[]}'),
        (Exact, '{"words":["a","b"],"first":1}'),
        (Exact, '{"words":["a",["b"]],"first":1}'),
        (Exact, '{"words":{"a":"b"},"sizes":[1],"first":1}'),
        (Exact, '{"sizes":{"a":1,"2":3},"first":1}'),
        (Exact, '{"code":"abcdef","first":1}'),
        (int, "[1]"),
        (int, '"ab"'),
    ],
)
def test_whatever_is_wrong_can_be_put_off_to_the_end(kind: Any, text: str) -> None:
    """With `validate="at_end"` no rule, of a value, a key, a length or a whole, says anything before the last character."""
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(kind).validate_json(text)
    for deltas in [text], list(text):
        error = run(kind, deltas, validate="at_end").error
        assert type(error) is rxs.FieldInvalid
        assert error.text == text
        assert f"at position {len(text) - 1}:" in str(error)
        assert [found["loc"] for found in error.errors()] == [found["loc"] for found in expected.value.errors()]


class Row(BaseModel):
    label: str
    age: Annotated[int, Field(ge=0)] = 3


class Sheet(BaseModel):
    code: Annotated[str, Field(pattern="^[a-z]+$")]
    size: Annotated[int, Field(ge=0)] = 5
    tags: Annotated[list[int], rxs.Atomic] = []
    rows: list[Row] = []


def test_what_is_invalid_does_not_show_while_it_is_put_off() -> None:
    """Nor does the default in its place; but a string, which has shown as it is, stays, and all that is valid goes on."""
    text = '{"code":"A1","size":-1,"tags":["x"],"rows":[{"label":"a","age":-1},{"label":"b"},1]}'
    for deltas in [list(text), *([text[:at], text[at:-1], "}"] for at in range(len(text)))]:
        items = run(Sheet, deltas, validate="at_end").items
        assert rxs.dump(items[-1]) == {"code": "A1", "rows": [{"label": "a"}, {"label": "b", "age": 3}]}
        for item in items:
            assert not {"size", "tags"} & rxs.dump(item).keys()
            assert not any("age" in row for row in rxs.dump(item).get("rows", [])[:1])
    for text in '[{"parts":[1],"total":2}', '[{"parts":[1],"total":2},3':
        items = run(list[Total], text, validate="at_end").items
        assert rxs.dump(items[-1]) == [{"parts": [1], "total": 2}]


Short = Annotated[str, Field(max_length=3)]
Lower = Annotated[str, Field(pattern="^[a-z]+$")]


@pytest.mark.parametrize("kind", [Lower, RootModel[Lower]])
def test_an_invalid_string_stays_as_it_was(kind: Any) -> None:
    """While it is put off; what is no string, where one should be, does not show."""
    text = '{"a":["b","C"],"d":["e",-1],"f":["g",{"h":"i"}],"j":[1],"k":["l"]}'
    for deltas in list(text), [text[:1], text[1:-1], "}"]:
        item = run(dict[str, list[kind]], deltas, validate="at_end").items[-1]
        assert rxs.dump(item) == {"a": ["b", "C"], "d": ["e"], "f": ["g"], "j": [], "k": ["l"]}
        assert {type(part) for part in item["a"]} == {str if kind is Lower else kind}


def never(value: Any, info: ValidationInfo) -> Any:
    raise ValueError("never")


class Refused(BaseModel):
    size: int
    word: Annotated[str, AfterValidator(never)] = ""
    note: str = ""


class RefusedList(BaseModel):
    size: int
    word: Annotated[list[str], AfterValidator(never)] = []
    note: str = ""


class RefusedNumber(BaseModel):
    size: int
    word: Annotated[int, AfterValidator(never)] = 0
    note: str = ""


@pytest.mark.parametrize(
    ("kind", "first", "shown"),
    [
        (Refused, '"size":1,"word":"hey"', {"word": "hey"}),
        (Refused, '"word":"hey","size":1', {}),
        (RefusedList, '"size":1,"word":["a","b"]', {"word": ["a", "b"]}),
        (RefusedNumber, '"size":1,"word":2', {}),
    ],
)
def test_what_a_validator_refuses_that_sees_other_fields_stays_as_it_was(kind: Any, first: str, shown: Any) -> None:
    """While that is put off: what had shown goes on to show, and what had to wait, or shows late, does not."""
    text = f'{{{first},"note":"still read"}}'
    for deltas in [list(text), *([text[:cut], text[cut:-1], "}"] for cut in range(1, len(text)))]:
        items, error, *_ = run(kind, deltas, validate="at_end")
        assert type(error) is rxs.FieldInvalid
        assert error.text == text
        assert rxs.dump(items[-1]) == {"size": 1, **shown, "note": "still read"}
        dumps = [rxs.dump(item) for item in items]
        assert all(before.keys() <= after.keys() for before, after in pairwise(dumps))


Never = AfterValidator(never)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Annotated[str, AfterValidator(str.upper), Never], '"hey"', {"word": "hey"}),
        (Annotated[RootModel[str], Never], '"hey"', {"word": RootModel[str]("hey")}),
        (Annotated[dict[str, int], Never], '{"a":1}', {"word": {"a": 1}}),
        (Annotated[str | None, Never], "null", {}),
        (Annotated[list[int] | None, Never], "null", {}),
        (Annotated[int, Never], '"1"', {}),
        (Annotated[list[int], rxs.Atomic, Never], "[1]", {}),
    ],
)
def test_what_a_validator_refuses_that_sees_other_fields_shows_if_it_did_while_open(
    kind: Any, value: str, shown: Any
) -> None:
    """As it was then, which depends on its type and on what the document has."""
    model = create_model("RefusedValue", size=(int, ...), word=(kind, None), note=(str, ""))
    text = f'{{"size":1,"word":{value},"note":"'
    for deltas in list(text), [text[:-12], text[-12:]]:
        item = run(model, deltas, validate="at_end").items[-1]
        assert vars(item) == {"size": 1, **shown, "note": ""}


class RefusedTwo(BaseModel):
    model_config = ConfigDict(extra="allow")

    first: int
    second: Annotated[str, Never]
    third: Annotated[str, Never]


def test_what_comes_behind_what_was_refused() -> None:
    """While that is put off: it shows if it is an extra key, and not if its validators wait for the one that was refused."""
    text = '{"first":1,"second":"a","third":"b","more":"c","most":"d'
    for deltas in list(text), [text]:
        item = run(RefusedTwo, deltas, validate="at_end").items[-1]
        assert rxs.dump(item) == {"first": 1, "second": "a", "more": "c", "most": "d"}


def test_an_invalid_object_may_have_many_unknown_fields() -> None:
    """As many as are allowed, also where it arrives whole and its errors are put off."""
    unknown = ",".join(f'"{number}":0' for number in range(10_000))
    text = f'[{{"[":0,"label":"a","age":-1,{unknown}}}]'
    items, error, *_ = run(list[Row], [text[:1], text[1:-1], "]"], validate="at_end", max_unknown_fields=10_001)
    assert type(error) is rxs.FieldInvalid
    assert rxs.dump(items[-1]) == [{"label": "a"}]


def test_what_comes_again_and_is_valid_then_ends_as_pydantic_ends() -> None:
    """With `validate="at_end"`, where of a repeated key the last value counts: the last item is the whole, validated instance."""

    class Known(BaseModel):
        words: Annotated[str, AfterValidator(lambda words, info: info.context[words])]
        size: Annotated[int, Field(ge=0)]
        note: str = "none"

    text = '{"words":"a","size":-1,"size":1}'
    for deltas in [text], list(text):
        items, error, completed, _ = run(list[Known], ["[", *deltas, "]"], validate="at_end", context={"a": "b"})
        assert error is None
        assert completed
        assert items[-1] == [Known.model_construct(words="b", size=1, note="none")]
        assert items[-1][0].model_fields_set == {"words", "size"}


def test_errors_quote_at_most_an_excerpt() -> None:
    """A huge wrong value does not make a huge message, and the message is one printable line."""
    error = run(Person, ['{"name":"A","age":"' + "\u202ex\n".replace("\n", "\\n") * 10_000 + '"}']).error
    assert type(error) is rxs.FieldInvalid
    assert len(str(error)) < 500
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, '"x"'),
        (list[int], '[1,"x"]'),
        (dict[str, int], '{"a":null}'),
        (tuple[int, str], "[1]"),
        (tuple[int, str], '[1,"x",2]'),
        (Literal["cat"], '"car"'),
        (set[int], "[[]]"),
        (int | None, '"x"'),
        (int | bool, '"x"'),
        (Annotated[list[int], Field(min_length=2)], "[1]"),
    ],
)
def test_roots_of_all_kinds_fail_as_pydantic_fails(kind: Any, text: str) -> None:
    """Whatever the type, the error's own errors are pydantic's."""
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(kind).validate_json(text)
    for deltas in [text], list(text):
        error = run(kind, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert [found["loc"] for found in error.errors()] == [found["loc"] for found in expected.value.errors()]
        assert [found["type"] for found in error.errors()] == [found["type"] for found in expected.value.errors()]


class Colour(Enum):
    RED = "red"


class Measured(BaseModel):
    name: str
    tags: list[str]
    size: int
    colours: dict[int, Colour] = {}


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "text",
    [
        '{"name":"a","size":1}',
        '{"tags":[],"size":"x","name":"a"}',
        '{"name":"a","tags":1}',
        '{"tags":["a"],"name":0}',
        '{"tags":[],"size":1.5}',
        '{"name":"a","tags":[1]}',
        '{"name":"a","tags":["x"],"size":1.5}',
        '{"colours":{"a":1}}',
        '{"colours":{"1":1}}',
        '{"colours":{"a":"red"}}',
        '{"name":"a","tags":[],"size":12,"colours":{"1":"red","2":"blue"}}',
    ],
)
def test_errors_are_the_same_at_all_cuts(text: str, number: int) -> None:
    """Path, text, message and the state just before are a function of the characters, also where two values end in one."""
    wanted = run(Measured, text).error
    assert type(wanted) is rxs.FieldInvalid
    for offsets in combinations(range(len(text)), number):
        error = run(Measured, cut_at(text, list(offsets))).error
        assert type(error) is rxs.FieldInvalid, (offsets, error)
        assert (error.path, error.text, str(error)) == (wanted.path, wanted.text, str(wanted))
        assert error.closed_paths == wanted.closed_paths
        assert rxs.dump(error.partial) == rxs.dump(wanted.partial)


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""


class Grid(BaseModel):
    sizes: list[int]
    more: int


@pytest.mark.parametrize(
    ("kind", "refused", "rest"),
    [
        (Closed, '{"name":"A","x":"', 'y"}'),
        (Closed, '{"name":"A","x":{', '"y":1}}'),
        (Closed, '{"name":"A","x":[', "1]}"),
        (Closed, '{"name":"A","x":12,', '"y":1}'),
        (Closed, '{"name":"A","x":1.5}', ""),
        (Closed, '{"name":"A","x":true', ',"y":1}'),
        (Closed, '{"name":"A","x":null', ',"y":1}'),
        (Closed, '{"name":12,', '"x":1}'),
        (Closed, '{"name":1.5 ', "}"),
        (Closed, '{"name":true', "}"),
        (Closed, '{"name":{', "}}"),
        (Closed, "[", "1]"),
        (list[int], "{", '"a":1}'),
        (dict[str, int], "[", "1]"),
        (dict[str, Annotated[str, Field(max_length=3)]], '{"a":"abcd', 'ef","b":""}'),
        (dict[str, Annotated[str, Field(max_length=3)]], '{"a":"é\\u00e9éé', 'ef","b":""}'),
        (list[Grid], '[{"sizes":[1,"x"', '],"more":2}'),
        (list[Grid], '[{"sizes":[1],"more":"x"', ',"more":[3]'),
        (list[int], " " * 20 + '[1,"x"', ",2]"),
        (list[Grid], "[" + " " * 40 + '{"sizes":[1,"x"', "]"),
        (list[list[list[int]]], '[[[1],[2,"x"', "],[3]],[[4"),
        (dict[str, Grid], '{"a":{"sizes":[1,2],"more":3},"b":{"sizes":[1,"x"', '],"more":2},"c":{}'),
    ],
)
def test_the_character_that_decides(kind: Any, refused: str, rest: str) -> None:
    """A value is refused by its first character that no valid one has there, a number by what follows it, at any cut."""
    text = refused + rest
    one_by_one = run(kind, list(text)).error
    assert type(one_by_one) is rxs.FieldInvalid
    for deltas in [list(text), *([text[:at], text[at:]] for at in (0, 1, len(refused) - 1, len(refused)))]:
        error = run(kind, deltas).error
        assert type(error) is rxs.FieldInvalid, (deltas, error)
        assert error.text == refused, deltas
        assert error.errors() == one_by_one.errors()
        assert f", at position {len(refused) - 1}: " in str(error)


def test_white_space_moves_the_error_and_nothing_else() -> None:
    """Also where it makes up most of the delta, before anything else or between brackets."""
    for before, between in ("", ""), (" " * 50, ""), ("", " " * 50):
        for rest in "", 'e"}}':
            error = run(dict[str, dict[str, Short]], [f'{before}{{"a":{between}{{"b":"abcd{rest}']).error
            assert type(error) is rxs.FieldInvalid
            assert error.path == ("a", "b")
            assert error.text == f'{before}{{"a":{between}{{"b":"abcd'


FourLong = Annotated[list[float | bool | str | list[int]], Field(min_length=4)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[]", []),
        ("[12]", []),
        ("[1,23]", [1]),
        ("[1,2.5]", [1]),
        ("[1,2,3]", [1, 2]),
        ("[1,2 ]", [1, 2]),
        ("[1,true]", [1, True]),
        ('[1,"a"]', [1, "a"]),
        ("[1,[2]]", [1, [2]]),
    ],
)
def test_what_the_last_bracket_has_decided_is_not_in_the_state_before_it(text: str, shown: Any) -> None:
    """A number is known to be whole by the character after it: if that ends a list that is too short, it has not shown."""
    for deltas in [list(text), *([text[:at], text[at:]] for at in range(len(text)))]:
        items, error, *_ = run(dict[str, FourLong], ['{"a":', *deltas, "}"])
        assert type(error) is rxs.FieldInvalid
        assert error.text == '{"a":' + text
        assert rxs.dump(error.partial) == {"a": shown}
        assert error.partial is items[-1]


def test_the_state_before_an_error_is_told_of_once() -> None:
    """Where it has been an item already, the error carries that one."""
    for kind, deltas in (
        (dict[str, Annotated[str, Field(min_length=2)]], ['{"a":"b', '"}']),
        (dict[str, Annotated[list[int], Field(min_length=2)]], ['{"a":[1 ', "]}"]),
        (dict[str, Annotated[list[int], Field(min_length=2)]], ['{"a":[1', "]}"]),
    ):
        items, error, *_ = run(kind, deltas)
        assert type(error) is rxs.FieldInvalid
        assert len(items) == 1
        assert error.partial is items[0]


class Prices(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lists: list[list[int]]
    price: int = Field(validation_alias=AliasChoices("price", "cost"))


def test_what_had_closed_is_the_same_object_in_the_error() -> None:
    """Also in an object that is validated by its text once more, as pydantic alone knows what is wrong with it."""
    items, error, *_ = run(list[Prices], ['[{"lists":[[1],', '[2]],"cost":2,', '"price":1 }'])
    assert type(error) is rxs.FieldInvalid
    assert error.path == (0, "cost")
    assert error.partial is items[-1]
    assert error.partial[0].price == 1
    assert [item[0].lists[0] is error.partial[0].lists[0] for item in items] == [True, True, True]


def test_what_an_error_says() -> None:
    """Path, pydantic's words and type for it, how many more there are, and where; the text so far as the input."""
    for kind, text, message in (
        (Person, '{"age":-1,', "age: Input should be greater than or equal to 0 (greater_than_equal), at position 9"),
        (Address, '{"city":"X"}', "zip: Field required (missing), at position 11"),
        (Address, "{}", "city: Field required (missing, and 1 more), at position 1"),
        (
            Total,
            '{"total":"x"',
            "total: Input should be a valid integer, unable to parse string as an integer (int_parsing)",
        ),
        (str, "12", "the root: Input should be a valid string (string_type), at position 1"),
    ):
        error = run(kind, text).error
        assert type(error) is rxs.FieldInvalid
        assert str(error).startswith(message)
        assert str(error).endswith(": ask again, or loosen the model")
    assert error.partial is None
    long = run(dict[str, Annotated[str, Field(max_length=3)]], '{"a":"abcdef"}').error
    assert type(long) is rxs.FieldInvalid
    assert [(found["type"], found["input"]) for found in long.errors()] == [("string_too_long", "abcd")]


class Hidden(BaseModel):
    pairs: Annotated[list[list[int]], rxs.Atomic] = []
    totals: Annotated[list[Annotated[Total | Row, Field(union_mode="left_to_right")]], rxs.Atomic] = []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"pairs":[[1],[2,"x"]]', ("pairs", 1, 1)),
        ('{"pairs":[[1],"x"]', ("pairs", 1)),
        ('{"totals":[{"parts":[]}]', ("totals", 0, "total")),
    ],
)
def test_the_path_leads_into_a_value_that_was_hidden(text: str, path: Any) -> None:
    """Where a value is validated as a whole, the path is as long as pydantic's, without the names of a union's members."""
    for deltas in [text], list(text):
        error = run(Hidden, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert error.path == path


class Most(BaseModel):
    number: int

    @model_validator(mode="after")
    def not_more(self, info: ValidationInfo) -> Self:
        assert self.number <= info.context
        return self


def test_a_models_validator_fails_with_the_context() -> None:
    """What it refuses depends on it."""
    assert run(list[Most], '[{"number":2}]', context=2).error is None
    error = run(list[Most], '[{"number":2}]', context=1).error
    assert type(error) is rxs.FieldInvalid
    assert error.path == (0,)


class Interval(BaseModel):
    low: int
    high: int

    @model_validator(mode="after")
    def is_in_order(self) -> Self:
        if self.high < self.low:
            raise ValueError("the ends are not in order")
        return self


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (Annotated[list[int], Field(min_length=3)], "[1,2]", [1]),
        (Annotated[dict[str, int], Field(min_length=3)], '{"a":1,"b":2}', {"a": 1}),
        (Interval, '{"low":2,"high":1}', {"low": 2}),
    ],
)
def test_what_the_refused_bracket_closed_is_not_shown(kind: Any, text: str, shown: Any) -> None:
    """A number ends with the bracket after it, and so is no part of the state just before, wherever the text is cut."""
    for cut in range(1, len(text)):
        error = run(list[kind], ["[" + text[:cut], text[cut:]]).error
        assert type(error) is rxs.FieldInvalid
        assert error.text == "[" + text
        assert rxs.dump(error.partial) == [shown]


def test_lone_surrogates_are_refused_where_they_are_validated() -> None:
    """pydantic takes no lone surrogates: what shows in snapshots is refused in a validated value, by a typed error."""
    items, error, *_ = run(Person, '{"name":"\\ud83d","age":1}')
    assert isinstance(error, rxs.RxStructError)
    assert not any(rxs.is_closed(item, "name") for item in items)


def test_truncated_text_carries_the_partial() -> None:
    """A text that stops early ends in `Truncated`, with the last partial."""
    items, error, *_ = run(Person, ['{"name":"Ada","a', 'ge":12'])
    assert type(error) is rxs.Truncated
    assert error.partial is items[-1]
    assert error.partial.name == "Ada"
    assert not hasattr(error.partial, "age")


def test_invalid_json_carries_the_partial() -> None:
    """So does text that is no JSON, after the state just before it has been emitted."""
    items, error, *_ = run(Person, ['{"name":"Ada","age":12,,'])
    assert type(error) is rxs.JsonInvalid
    assert error.position == 23
    assert error.partial.age == 12
    assert items[-1].age == 12


class Login(BaseModel):
    user: str
    password: SecretStr = Field(min_length=10)


class Vault(BaseModel):
    """The login is in another schema than its own, which refers back to it."""

    number: int = 0
    door: Door | None = None


class Door(BaseModel):
    vault: Vault | None = None
    login: Login | None = None


def test_an_error_beside_a_secret_quotes_no_value() -> None:
    """Where a type holds a secret anywhere, no error has the value that it is about; otherwise it has."""
    for kind, text in (
        (Login, '{"password":"hunter2"}'),
        (Login, '{"user":12345}'),
        (Vault, '{"number":"hunter2"}'),
        (Vault, '{"door":{"login":{"password":"hunter2"}}}'),
    ):
        error = run(kind, text).error
        assert type(error) is rxs.FieldInvalid
        assert [entry for entry in error.errors() if "input" in entry] == []
        assert all(entry["type"] and entry["msg"] for entry in error.errors())
        assert "hunter2" not in str(error)
    other = run(dict[str, int], '{"a":"hunter2"}').error
    assert type(other) is rxs.FieldInvalid
    assert other.errors()[0]["input"] == "hunter2"


def test_what_is_raised_within_has_no_arguments() -> None:
    """A traceback prints those, and they would quote values."""
    assert Rejected([{"input": "hunter2"}]).args == ()
    assert Failure([{"input": "hunter2"}], (), (), "hunter2", None).args == ()


SecretKey = TypeAliasType("SecretKey", SecretStr)


class Keyring(BaseModel):
    numbers: dict[SecretStr, int] = {}


class NamedKeyring(BaseModel):
    lists: dict[SecretKey, list[int]] = {}
    more: dict[SecretKey, int] = {}


@pytest.mark.parametrize(
    ("keyring", "text"),
    [
        (Keyring, '{"numbers":{"hunter2":"no"}}'),
        (NamedKeyring, '{"lists":{"hunter2":[1,"no"]}}'),
        (NamedKeyring, '{"more":{"hunter2":"no"}}'),
    ],
)
def test_an_error_under_a_secret_key_tells_no_place(keyring: type[BaseModel], text: str) -> None:
    """Where secrets are keys of a dict, neither the message nor a `loc` names them; the path is the document's all the same."""
    for kind, whole in (keyring, text), (list[keyring], f"[{text}]"):
        for deltas in list(whole), [whole]:
            error = run(kind, deltas).error
            assert type(error) is rxs.FieldInvalid
            assert str(error).startswith(
                "a value, whose place is not told as a key may be a secret: Input should be a valid int"
            )
            assert "hunter2" not in f"{error} {error.errors()}"
            assert "hunter2" in error.path
    skipped: list[rxs.FieldInvalid] = []
    reactivex.of(f"[{text}]").pipe(
        rxs.accumulate_json(), rxs.elements(of=keyring, on_invalid=skipped.append)
    ).subscribe()
    assert "hunter2" not in f"{skipped[0]} {skipped[0].errors()}"


Key = TypeAliasType("Key", str)


class Open(BaseModel):
    password: SecretStr | None = Field(None, json_schema_extra={"keys_schema": {"type": "definition-ref"}})
    numbers: dict[str, int] = {}

    @field_serializer("numbers")
    def hidden(self, numbers: dict[str, int]) -> dict[SecretStr, int]:
        return {SecretStr(name): number for name, number in numbers.items()}


class Named(BaseModel):
    numbers: dict[Key, int] = {}
    more: dict[Key, int] = {}


@pytest.mark.parametrize("kind", [Open, Named])
def test_an_error_under_a_key_that_is_no_secret_tells_its_place(kind: Any) -> None:
    """Keys that are no secrets are named, also beside a secret, and also where their type has a name of its own."""
    error = run(kind, '{"numbers":{"hunter":"no"}}').error
    assert type(error) is rxs.FieldInvalid
    assert str(error).startswith("numbers.hunter: ")
    assert error.errors()[0]["loc"] == ("numbers", "hunter")


def look_up(secret: SecretStr) -> SecretStr:
    raise KeyError(secret.get_secret_value())


class Account(BaseModel):
    password: Annotated[SecretStr, AfterValidator(look_up)]


def test_a_validator_that_fails_on_a_secret_is_not_quoted() -> None:
    """Of what a validator raised on a type with secrets only the kind is told; the rest is in the cause."""
    errors: list[Exception] = []
    reactivex.of('[{"password":"hunter2"}]').pipe(rxs.accumulate_json(), rxs.elements(of=Account)).subscribe(
        on_error=errors.append
    )
    for error in run(Account, '{"password":"hunter2"}').error, errors[0]:
        assert type(error) is rxs.SourceFailed
        assert str(error) == "a validator raised KeyError; to refuse a value, it must raise ValueError"
        assert error.snapshot is not None
        assert type(error.__cause__) is KeyError


class ByName(BaseModel):
    model_config = ConfigDict(loc_by_alias=False, extra="allow")
    __pydantic_extra__: dict[str, int]

    full_name: str = Field(alias="fullName")
    sizes: list[int] = Field([], alias="allSizes")


@pytest.mark.parametrize("text", ['{"fullName":1}', '{"allSizes":[1,"x"]}', '{"more":"x"}'])
def test_the_loc_may_be_by_name(text: str) -> None:
    """Where the model says so, as in pydantic's own errors; the path is the document's all the same."""
    error = run(ByName, text).error
    assert type(error) is rxs.FieldInvalid
    with pytest.raises(ValidationError) as expected:
        ByName.model_validate_json(text)
    assert error.errors()[0]["loc"] in [entry["loc"] for entry in expected.value.errors()]
    assert error.path[0] in ("fullName", "allSizes", "more")
