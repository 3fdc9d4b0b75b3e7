"""Validators run in pydantic's order, once for each value that has closed, and never see an open value or a wrapper of ours."""

from __future__ import annotations

from collections import Counter
from dataclasses import InitVar
from typing import Annotated, Any, NotRequired, Self

import pydantic.dataclasses
import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    OnErrorOmit,
    PlainSerializer,
    PlainValidator,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypeAliasType, TypedDict

import rxstruct as rxs
from rxstruct.incremental import JsonDocument
from rxstruct.partial import PartialBuilder, assembly, plan_of
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid

calls: Counter[str] = Counter()
seen: list[tuple[str, Any]] = []


@pytest.fixture(autouse=True)
def forget() -> None:
    calls.clear()
    seen.clear()


def note(name: str, value: Any) -> Any:
    calls[name] += 1
    seen.append((name, value))
    return value


class Entry(BaseModel):
    title: Annotated[str, AfterValidator(lambda title: note("title", title))]
    size: int

    @field_validator("size")
    @classmethod
    def count_sizes(cls, size: int) -> int:
        return note("size", size)  # type: ignore[no-any-return]

    @model_validator(mode="after")
    def count_entries(self) -> Self:
        return note("entry", self)  # type: ignore[no-any-return]


class Listing(BaseModel):
    entries: list[Entry]
    name: str = ""

    @field_validator("entries")
    @classmethod
    def count_lists(cls, entries: list[Entry]) -> list[Entry]:
        return note("entries", entries)  # type: ignore[no-any-return]


def test_two_hundred_elements_are_validated_two_hundred_times() -> None:
    """Each validator of each element runs exactly once, whatever the cuts; the list's own once for the list."""
    entries = ",".join(f'{{"title":"entry {at}","size":{at}}}' for at in range(200))
    text = f'{{"entries":[{entries}],"name":"x"}}'
    for size in (1, 7, 1_000, len(text)):
        calls.clear()
        items, error, *_ = run(Listing, [text[at : at + size] for at in range(0, len(text), size)])
        assert error is None
        assert calls == {"title": 200, "size": 200, "entry": 200, "entries": 1}
        assert items[-1].entries[199].size == 199


def test_validators_run_once_where_snapshots_are_dropped() -> None:
    """Under `sample` or `throttle_latest` to_partial sees only some snapshots, and still validates everything once."""
    entries = ",".join(f'{{"title":"entry {at}","size":{at}}}' for at in range(40))
    text = f'{{"entries":[{entries}],"name":"x"}}'
    for step in (2, 3, 50, 400):
        calls.clear()
        _, error, *_ = run(
            Listing, text, passes=lambda snapshot, step=step: snapshot.is_closed() or snapshot.position % step == 0
        )
        assert error is None
        assert calls == {"title": 40, "size": 40, "entry": 40, "entries": 1}


def test_validators_run_when_the_value_closes_and_in_pydantics_order() -> None:
    """Field by field as they close, then the model's own; the order of the document's fields is the order of the calls."""
    text = '[{"size":1,"title":"a"},{"title":"b","size":2}]'
    partials = run(list[Entry], text).items
    assert [name for name, _ in seen] == ["size", "title", "entry", "title", "size", "entry"]
    assert [value for name, value in seen if name != "entry"] == [1, "a", "b", 2]
    assert all(type(value) in (str, int, Entry) for _, value in seen)
    assert partials[-1] == [Entry(title="a", size=1), Entry(title="b", size=2)]


def test_a_validator_sees_no_open_value() -> None:
    """An open string is never given to a validator, not even once it has all but closed."""
    run(Entry, '{"title":"abc')
    assert seen == []
    run(Entry, '{"title":"abc"')
    assert seen == [("title", "abc")]


class Before(BaseModel):
    tags: Annotated[
        list[str], BeforeValidator(lambda value: note("before", value).split(",") if isinstance(value, str) else value)
    ]
    after: str = ""


def test_a_value_under_a_before_validator_is_absent_until_it_has_closed() -> None:
    """What a before validator will make of a value can't be known, so pydantic gets the value whole."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"tags":"a,
        b  b","after":"x
        c  y"}
        x  {}
        y = {"tags": ["a", "b"], "after": "x"}
        z = {"tags": ["a", "b"], "after": "xy"}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Before),
    )
    assert seen == [("before", "a,b")]


def doubled(value: Any, handler: ValidatorFunctionWrapHandler) -> int:
    return handler(note("wrap", value)) * 2  # type: ignore[no-any-return]


class Wrapped(BaseModel):
    size: Annotated[int, WrapValidator(doubled)]
    plain: Annotated[Any, PlainValidator(lambda value: note("plain", value))] = None
    last: str = ""


def test_wrap_and_plain_validators_see_what_pydantic_shows_them() -> None:
    """They run once, when the value has closed, on what JSON gives."""
    text = '{"size":"21","plain":{"a":[1]},"last":"x"}'
    items = run(Wrapped, text).items
    assert seen == [("wrap", "21"), ("plain", {"a": [1]})]
    assert all(item.size == 42 for item in items if hasattr(item, "size"))
    assert items[-1].size == 42
    calls.clear()
    assert_valid(Wrapped, text, list(text))


class Modelled(BaseModel):
    inner: Rewritten
    more: str = ""


class Rewritten(BaseModel):
    value: int

    @model_validator(mode="before")
    @classmethod
    def unwrap(cls, data: Any) -> Any:
        note("model before", data)
        return data["wrapped"] if isinstance(data, dict) and "wrapped" in data else data


def test_a_model_with_a_before_validator_is_absent_until_its_own_object_closes() -> None:
    """Its owner is the object it gets, so it shows when that has closed, and not with its fields."""
    text = '{"inner":{"wrapped":{"value":1}},"more":"x"}'
    items = run(Modelled, text).items
    assert seen == [("model before", {"wrapped": {"value": 1}})]
    assert items[-1].inner.value == 1
    for item in items:
        assert not hasattr(item, "inner") or item.inner == items[-1].inner
    assert_valid(Modelled, text, list(text))


class Dates(BaseModel):
    first: int
    second: int
    third: int = 0

    @field_validator("second")
    @classmethod
    def after_first(cls, second: int, info: ValidationInfo) -> int:
        note("info", dict(info.data))
        if second < info.data["first"]:
            raise ValueError("second comes before first")
        return second


def test_a_validator_that_takes_info_waits_for_the_fields_before_it() -> None:
    """It runs once, as soon as all fields declared before its own have closed."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"second":2,
        b  "third":3,"first":1
        c  }
        x  {}
        y  {"third": 3}
        z  {"first": 1, "second": 2, "third": 3}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Dates),
    )
    seen.clear()
    run(Dates, ['{"second":2,', '"third":3,"first":1', "}"])
    assert seen == [("info", {"first": 1})]


def test_a_validator_that_takes_info_runs_at_once_in_the_usual_order() -> None:
    """With the fields in their declared order nothing waits."""
    assert last(Dates, '{"first":1,"second":2,').second == 2
    error = run(Dates, '{"first":5,"second":2,"third":3}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("second",)
    assert error.text == '{"first":5,"second":2,'


def test_a_repeated_field_that_is_refused_shows_as_it_was() -> None:
    """What its validators said of the one before stands until they accept the new one, wherever the text is cut."""
    text = '{"first":1,"second":2,"second":0,'
    for cut in range(1, len(text)):
        error = run(Dates, [text[:cut], text[cut:]]).error
        assert type(error) is rxs.FieldInvalid
        assert error.text == text
        assert rxs.dump(error.partial) == {"first": 1, "second": 2}


def test_a_repeated_field_that_is_refused_at_the_end() -> None:
    """Its newest value decides, as for pydantic, also where the one before was fine."""
    text = '{"first":1,"second":2,"second":0,"third":3}'
    for cut in range(1, len(text)):
        error = run(Dates, [text[:cut], text[cut:]], validate="at_end").error
        assert type(error) is rxs.FieldInvalid
        assert (error.path, error.text) == (("second",), text)


@pytest.mark.parametrize("validate", ["on_close", "at_end"])
def test_a_field_is_held_against_the_last_value_of_a_repeated_one(validate: Any) -> None:
    """Where validators see other fields, an object that repeats a key is validated again as it closes."""
    for text, is_valid in (
        ('{"first":1,"second":3,"third":4,"first":5 }', False),
        ('{"first":1,"second":3,"third":4,"first":2 }', True),
    ):
        for deltas in list(text), [text]:
            items, error, *_ = run(Dates, deltas, validate=validate)
            if is_valid:
                assert items[-1] == Dates.model_validate_json(text)
            else:
                assert type(error) is rxs.FieldInvalid
                assert (error.path, error.text) == (("second",), text)


def within_limit(number: int, info: ValidationInfo) -> int:
    assert number <= info.data["limit"]
    return number


def not_longer(numbers: list[int], info: ValidationInfo) -> list[int]:
    assert len(numbers) <= info.data["limit"]
    return numbers


Small = Annotated[int, AfterValidator(within_limit)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (list[Small], "[1,2]"),
        (tuple[str, Small], '["a",2]'),
        (dict[str, list[Small]], '{"a":[2]}'),
        (Small | None, "2"),
        (Small | str, "2"),
        (Annotated[Small, Tag("small")] | str, "2"),
        (Annotated[list[int], AfterValidator(not_longer)], "[1,2]"),
    ],
)
def test_a_validator_that_takes_info_may_be_anywhere_in_a_field(kind: Any, value: str) -> None:
    """The field waits for those before it, as for a validator around all of it."""
    model = create_model("Limited", limit=(int, ...), value=(kind, ...))
    assert not hasattr(last(model, f'{{"value":{value},"limit":2'), "value")
    assert hasattr(last(model, f'{{"value":{value},"limit":2,'), "value")
    for text in f'{{"limit":2,"value":{value}}}', f'{{"value":{value},"limit":2}}':
        assert_valid(model, text, list(text))
    error = run(model, f'{{"value":{value},"limit":1}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path[0] == "value"
    error = run(model, f'{{"limit":1,"value":{value}}}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path[0] == "value"
    assert error.text == f'{{"limit":1,"value":{value}' + ("}" if value == "2" else "")


class Informed(BaseModel):
    """Its own fields are what its validator sees."""

    first: int
    second: Annotated[int, AfterValidator(lambda value, info: value + info.data["first"])]


AfterFirst = Annotated[int, AfterValidator(lambda value, info: value + info.data["first"])]


@pydantic.dataclasses.dataclass
class InformedDataclass:
    """The same of a dataclass."""

    first: int
    second: AfterFirst


class InformedDict(TypedDict):
    """And of a TypedDict."""

    first: int
    second: AfterFirst


class Noted:
    """What an author keeps in a schema's metadata may look like anything."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        note = core_schema.with_info_plain_validator_function(within_limit)
        return core_schema.int_schema(metadata={"note": note})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Informed, '{"first":1,"second":2}'),
        (InformedDataclass, '{"first":1,"second":2}'),
        (InformedDict, '{"first":1,"second":2}'),
        (Annotated[int, PlainSerializer(lambda number: number, return_type=Small)], "3"),
        (Noted, "3"),
    ],
)
def test_a_field_waits_for_no_validator_that_is_not_its_own(kind: Any, value: str) -> None:
    """Not for those of a model inside it, of what it is serialized as, or of what is only noted about it."""
    model = create_model("Holder", limit=(int, ...), value=(kind, ...))
    assert hasattr(last(model, f'{{"value":{value},"li'), "value")
    text = f'{{"value":{value},"limit":2}}'
    assert_valid(model, text, list(text))


def in_few_words(text: str) -> str:
    note("words", text)
    if len(text) > 5:
        raise ValueError("too many words")
    return text.upper()


class Quotation(BaseModel):
    source: str
    words: Annotated[
        str, AfterValidator(in_few_words), AfterValidator(lambda text, info: f"{text} ({info.data['source']})")
    ] = ""


def test_what_will_have_to_wait_for_another_field_is_hidden() -> None:
    """A text would show, and disappear as it closes: it shows only where the fields before it have come."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--x--y--|

        a  {"words":"I a
        b  m","sour
        c  ce":"Descartes"}
        x  {}
        y  {"source": "Descartes", "words": "I AM (Descartes)"}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Quotation),
    )
    assert last(Quotation, '{"source":"Descartes","words":"I thi').words == "I thi"


def test_what_lies_inside_a_validator_that_takes_info_waits_for_nothing() -> None:
    """The validators that see the value alone run as it closes."""
    error = run(Quotation, list('{"words":"I think","source":"Descartes"}')).error
    assert type(error) is rxs.FieldInvalid
    assert error.text == '{"words":"I think"'
    seen.clear()
    text = '{"words":"I am","source":"Descartes"}'
    assert (
        assert_valid(Quotation, text, list(text), changed_by_owner=frozenset({"words"}))[-1].words == "I AM (Descartes)"
    )
    assert seen.count(("words", "I am")) == 2  # pydantic's own run, and ours


def signed(text: str, info: ValidationInfo) -> str:
    return f"{text} ({info.data['source']})"


class Statement(BaseModel):
    source: str
    first: Annotated[str, AfterValidator(signed), AfterValidator(str.upper)] = ""
    second: Annotated[str, AfterValidator(signed), AfterValidator(signed)] = ""
    third: Annotated[list[str], AfterValidator(lambda words, info: [*words, info.data["source"]])] = Field(
        default=["nothing"], validate_default=True
    )


@pytest.mark.parametrize("rest", ["", ',"second":"c"', ',"third":["d"]', ',"second":"c","third":[]'])
def test_validators_around_one_that_takes_info_run_after_it(rest: str) -> None:
    """In pydantic's order, whether the field that they look at comes first or last, and on defaults where that is asked."""
    for text in f'{{"source":"a","first":"b"{rest}}}', f'{{"first":"b"{rest},"source":"a"}}':
        changed = frozenset({"first", "second", "third"})
        assert assert_valid(Statement, text, list(text), changed_by_owner=changed)[-1] == Statement.model_validate_json(
            text
        )


def test_nothing_is_left_of_what_was_put_together() -> None:
    """Neither of a document that is valid nor of one that is not."""
    run(Statement, '{"first":"b","source":"a"}')
    run(list[Dates], '[{"first":2,"second":1}]')
    assert not assembly.handed_over


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: int = 0
    second: Annotated[int, AfterValidator(lambda value, info: value)] = 0
    rest: list[int] = []


def test_a_validator_that_takes_info_in_a_model_that_forbids_extra_keys() -> None:
    """The fields that are there already are no extra keys when the validator runs."""
    for text in '{"rest":[1],"second":2}', '{"rest":[1],"second":2,"first":1}', '{"first":1,"rest":[],"second":2}':
        for deltas in list(text), [text]:
            assert_valid(Forbidding, text, deltas)


class WithContext(BaseModel):
    quote: str

    @field_validator("quote")
    @classmethod
    def known(cls, quote: str, info: ValidationInfo) -> str:
        if quote not in info.context["source"]:
            raise ValueError("unknown quote")
        return quote


def test_context_is_passed_through() -> None:
    """`context=` reaches every validator that takes info."""
    context = {"source": "to be or not to be"}
    text = '{"quote":"or not"}'
    assert_valid(WithContext, text, list(text), context=context)
    error = run(WithContext, '{"quote":"maybe"}', context=context).error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("quote",)


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class Sealed:
    words: list[str]

    @model_validator(mode="after")
    def refuse(self) -> Self:
        raise ValueError("never")


def test_what_had_closed_is_the_same_in_the_partial_of_an_error() -> None:
    """Also where what fails must be validated again as a whole, because pydantic alone knows where an extra field goes."""
    items, error, *_ = run(list[Sealed], ['[{"words":["a"],', '"more":[1', "],", '"last":"x"}'])
    assert type(error) is rxs.FieldInvalid
    assert error.partial[0].words is items[0][0].words
    assert rxs.is_closed(error.partial, 0, "words")


def refused(value: Any) -> Any:
    raise ValueError(f"not {note('refused', value)}")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Annotated[str, Field(max_length=3), AfterValidator(refused)], '"ab"'),
        (Annotated[list[str], rxs.Atomic, AfterValidator(refused)], '["a"]'),
        (Annotated[int, AfterValidator(refused)], "1 "),
    ],
)
def test_what_is_refused_is_validated_once(kind: Any, text: str) -> None:
    """Where its last character came alone, there is no need to look for the one that decides."""
    assert type(run(list[kind], "[" + text).error) is rxs.FieldInvalid
    assert calls == {"refused": 1}


class Omitting(BaseModel):
    numbers: list[OnErrorOmit[int]]
    after: str = ""


def test_an_element_that_may_be_omitted_waits() -> None:
    """With `OnErrorOmit` the elements are absent until the list has closed, as later ones move up."""
    text = '{"numbers":[1,"x",3],"after":"y"}'
    items = run(Omitting, text).items
    assert items[-1].numbers == [1, 3]
    for item in items:
        if hasattr(item, "numbers"):
            assert item.numbers == [1, 3][: len(item.numbers)]
    assert_valid(Omitting, text, list(text))


class Sparse(TypedDict):
    size: NotRequired[OnErrorOmit[list[int]]]
    name: str


class Patchy(BaseModel):
    size: OnErrorOmit[list[int]] = []
    name: str


@pytest.mark.parametrize("kind", [Sparse, Patchy, dict[str, OnErrorOmit[list[int] | str]]])
@pytest.mark.parametrize("text", ['{"size":[1,2.5],"name":"x"}', '{"size":[1,2],"name":"x"}'])
def test_a_member_that_may_be_omitted_makes_its_owner_wait(kind: Any, text: str) -> None:
    """With `OnErrorOmit` in a model, TypedDict or dict, it shows whole or not at all: which parts it has is known at its end."""
    assert last(list[kind], f"[{text[:-1]}") == []
    assert_valid(list[kind], f"[{text}]", list(f"[{text}]"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (list[OnErrorOmit[int] | None], '[1,"x",null,2]'),
        (tuple[OnErrorOmit[int] | None, ...], '[1,"x",null,2]'),
        (set[OnErrorOmit[int] | None], '[1,"x",null,2]'),
        (dict[OnErrorOmit[int], list[int]], '{"1":[2],"x":[3]}'),
    ],
)
def test_whatever_may_be_omitted_waits(kind: Any, text: str) -> None:
    """So do tuples, sets, what may be None as well, and what has keys that may be omitted."""
    assert last(list[kind], "[" + text[:-1]) == []
    assert_valid(list[kind], f"[{text}]", list(f"[{text}]"))


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [('{"title":"a","size":1}', True), ('{"title":"a","size":2}', False), ('{"title":"a"}', False)],
)
def test_what_another_document_has_validated_is_not_validated_again(text: str, is_taken: bool) -> None:
    """A value of the same text at the same path becomes the same object; of another text, or elsewhere, it is a new one."""
    entry = Entry(title="a", size=1)
    calls.clear()
    document, builder = JsonDocument(), PartialBuilder(plan_of(dict[str, list[Entry]]), known={("b", 1): (text, entry)})
    one = '{"title":"a","size":1}'
    for delta in '{"a":[', f'{one},{one}],"b":[', f"{one},", one:
        snapshot = document.feed(delta)
        assert snapshot is not None
        builder.advance(snapshot)
    assert builder.partial["b"] == builder.partial["a"] == [entry, entry]
    assert (builder.partial["b"][1] is entry) is is_taken
    assert entry not in map(id, builder.partial["a"])
    assert calls["size"] == 4 - is_taken
    snapshot = document.feed(',{"size":"x"')
    assert snapshot is not None
    with pytest.raises(rxs.FieldInvalid, match=r"^b\[2\]\.size: "):
        builder.advance(snapshot)


class Replaced(BaseModel):
    name: str
    words: list[str]

    @model_validator(mode="after")
    def capitalize(self) -> Self:
        self.name = self.name.capitalize()
        self.words = sorted(self.words)
        return self


def test_what_a_models_own_validator_changes_shows_when_the_model_closes() -> None:
    """Until then the fields show as they are without it."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"name":"ada","words":["b
        b  ","a"]
        c  }
        x  {"name": "ada", "words": ["b"]}
        y  {"name": "ada", "words": ["b", "a"]}
        z  {"name": "Ada", "words": ["a", "b"]}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Replaced),
    )


class Defaults(BaseModel):
    model_config = ConfigDict(validate_default=True)

    name: str
    size: Annotated[int, AfterValidator(lambda size: note("default", size))] = 3
    tags: list[str] = Field(default_factory=lambda: note("factory", []))
    label: str = Field(default_factory=lambda data: data["name"].upper())


def test_defaults_are_made_once_when_the_object_closes() -> None:
    """Defaults, validated where asked for, factories, those that take the data too: once, at the closing brace."""
    items = run(Defaults, '{"name":"ada"}').items
    assert calls == {"default": 1, "factory": 1}
    assert items[-1] == Defaults(name="ada", size=3, tags=[], label="ADA")
    assert items[-1].model_fields_set == {"name"}
    assert not any(hasattr(item, "size") for item in items[:-1])


def test_a_validator_that_raises_something_else_is_not_swallowed() -> None:
    """An exception that pydantic lets through (a bug in the author's validator) comes out of the stream as an error."""

    class Broken(BaseModel):
        value: Annotated[int, AfterValidator(lambda value: {}[value])]

    error = run(Broken, '{"value":1}').error
    assert error is not None
    assert isinstance(error, KeyError) or isinstance(error.__cause__, KeyError)


def told(value: Any, info: ValidationInfo) -> Any:
    return value, info.field_name, dict(info.data)


Told = TypeAliasType("Told", Annotated[int, AfterValidator(told)])
ToldAgain = TypeAliasType("ToldAgain", Annotated[Told, AfterValidator(told)])
Tree = TypeAliasType("Tree", "list[Tree] | Annotated[int, AfterValidator(told)]")  # type: ignore[misc]


class ByNamedTypes(BaseModel):
    a: int
    b: Told
    c: Told
    d: ToldAgain = 0
    e: Annotated[ToldAgain, Field(default=1)]
    f: list[Told] = []
    g: Tree = 0
    h: Tree = 0


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"b":2,"c":3}',
        '{"c":1,"b":2,"a":3}',
        '{"a":1,"b":2,"c":3,"d":4,"e":5,"f":[6,7],"g":[8,[9]],"h":10}',
        '{"h":[1,[2]],"e":3,"d":4,"c":5,"b":6,"a":7}',
    ],
)
def test_a_validator_in_a_named_type_sees_what_it_sees_anywhere(text: str) -> None:
    """Where a type has a name of its own and is used twice, its validators get `info` as those of the field itself do."""
    for deltas in list(text), [text]:
        items, error, *_ = run(ByNamedTypes, deltas)
        assert error is None
        assert items[-1] == ByNamedTypes.model_validate_json(text)


class Swapped(BaseModel):
    y: int = Field(alias="z")
    x: Annotated[int, AfterValidator(told)] = Field(alias="y")


@pytest.mark.parametrize("text", ['{"z":1,"y":2}', '{"y":2,"z":1}'])
def test_an_alias_that_is_the_name_of_another_field(text: str) -> None:
    """The fields that a validator sees go by their names, whatever else the document has under these."""
    for deltas in list(text), [text]:
        items, error, *_ = run(Swapped, deltas)
        assert error is None
        assert items[-1] == Swapped.model_validate_json(text)


@pydantic.dataclasses.dataclass
class WithInitVar:
    a: int
    unit: InitVar[int]
    b: Annotated[list[str], AfterValidator(lambda value, info: sorted(info.data))]


def test_what_is_for_init_alone_is_no_data() -> None:
    """Validators do not see an `InitVar`, as in pydantic."""
    text = '{"a":1,"unit":2,"b":["c"]}'
    for deltas in list(text), [text]:
        items, error, *_ = run(WithInitVar, deltas)
        assert error is None
        assert items[-1] == TypeAdapter(WithInitVar).validate_json(text)
        assert items[-1].b == ["a"]


@pytest.mark.parametrize("text", ['{"first":5,"second":2,"second":7}', '{"second":2,"first":5,"second":7}'])
def test_the_input_of_a_refused_value_is_what_the_document_has(text: str) -> None:
    """An error of a validator that sees other fields tells the value that was refused, as it is in the document."""
    for deltas in list(text), [text], [text[:1], text[1:]]:
        error = run(Dates, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert error.errors()[0]["input"] == 2


class Doubled(BaseModel):
    first: int
    second: Annotated[int, BeforeValidator(lambda value, info: value * 2)]
    third: Annotated[list[int], BeforeValidator(lambda value, info: value + value)] = []


@pytest.mark.parametrize("text", ['{"first":1,"second":"x"}', '{"first":1,"second":1,"third":["x"]}'])
def test_the_input_of_a_refused_value_is_what_its_validators_made_of_it(text: str) -> None:
    """Behind a validator that runs before pydantic's own the input is what that one gave, as in pydantic."""
    with pytest.raises(ValidationError) as expected:
        Doubled.model_validate_json(text)
    for deltas in list(text), [text]:
        error = run(Doubled, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert [(each["loc"], each["input"]) for each in error.errors()] == [
            (each["loc"], each["input"]) for each in expected.value.errors()
        ]


class Faulty(BaseModel):
    word: str
    size: Annotated[int, AfterValidator(lambda size: {}[size])]
    last: int = 0


def no_less(high: int, info: ValidationInfo) -> int:
    assert high >= info.data["low"]
    return high


class Range(BaseModel):
    low: int
    high: Annotated[int, AfterValidator(no_less)]


class FaultyRange(BaseModel):
    low: int
    high: Annotated[int, AfterValidator(lambda high, info: info.data["none"])]


class FaultyWhole(BaseModel):
    size: int

    @model_validator(mode="after")
    def check(self) -> Self:
        raise KeyError(self.size)


@pytest.mark.parametrize(
    ("kind", "text", "decided", "partial"),
    [
        (Faulty, '{"word":"hey","size":3,"last":1}', ',"last', {"word": "hey"}),
        (list[Faulty], '[{"word":"hey","size":3}]', "}]", [{"word": "hey"}]),
        (Range, '{"high":0,"low":1 }', " }", {}),
        (Range, '{"low":1,"high":0}', "}", {"low": 1}),
        (FaultyRange, '{"high":0,"low":1 }', " }", {}),
        (FaultyWhole, '{"size":1 }', "}", {"size": 1}),
        (list[FaultyWhole], '[{"size":1 }]', "}]", [{"size": 1}]),
    ],
)
def test_what_a_validator_raises_comes_with_the_state_just_before(
    kind: Any, text: str, decided: str, partial: Any
) -> None:
    """Be it a refusal or a fault of its own, and however the text was cut: the deciding value is in nothing that shows."""
    at = text.index(decided) + 1
    for deltas in [[text], list(text), *([text[:cut], text[cut:]] for cut in range(1, len(text)))]:
        items, error, *_ = run(kind, deltas)
        assert isinstance(error, rxs.FieldInvalid if kind is Range else rxs.SourceFailed)
        assert error.text == text[:at]
        assert error.snapshot is not None
        assert rxs.dump(error.partial) == partial
        assert rxs.dump(items[-1]) == partial
        if kind is not Range:
            assert isinstance(error.__cause__, KeyError)


def as_it_is(words: list[str], info: ValidationInfo) -> list[str]:
    return words


Words = TypeAliasType("Words", Annotated[list[str], AfterValidator(as_it_is)])


class Worded(BaseModel):
    named: Words
    again: Words = []
    inside: Annotated[Words, AfterValidator(as_it_is)] = []


@pytest.mark.parametrize("name", Worded.model_fields)
def test_a_named_type_whose_validator_takes_info_streams(name: str) -> None:
    """As one that has no name does: such a validator looks at what has closed."""
    text = '{"named":["a"],"again":["a"],"inside":["a"]}'
    assert getattr(last(Worded, text[: text.index(name) + len(f'{name}":["a')]), name) == ["a"]
