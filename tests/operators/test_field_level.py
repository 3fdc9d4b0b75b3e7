"""The field-level operators: storyboards on snapshots and on partials."""

from __future__ import annotations

from dataclasses import InitVar
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
import reactivex as rx
from annotated_types import MaxLen
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    computed_field,
    field_validator,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from reactivex import Observable
from reactivex import operators as ops

import rxstruct as rxs
from rxstruct import EACH, Change, PathInvalid
from rxstruct.testing.storyboards import storyboard

from .drawings import drawing


def on_snapshots(operator: Any) -> Any:
    return lambda deltas: deltas.pipe(rxs.accumulate_json(), operator)


def on_partials(model: Any, operator: Any) -> Any:
    return lambda deltas: deltas.pipe(rxs.accumulate_json(), rxs.to_partial(model), operator)


def items(source: Observable[Any]) -> list[Any]:
    """All items of a source, which has to complete."""
    return list(rxs.iterate(source))


def partials(model: Any, *deltas: str) -> Observable[Any]:
    return rx.from_iterable(deltas).pipe(rxs.accumulate_json(), rxs.to_partial(model))


# -- as the docstrings draw them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operator",
    [
        rxs.field("name"),
        rxs.completed("city"),
        rxs.elements("users"),
        rxs.text("body"),
        rxs.changes(),
        rxs.distinct_fields("name", "age"),
        rxs.progress(total=3),
    ],
    ids=["field", "completed", "elements", "text", "changes", "distinct_fields", "progress"],
)
def test_as_documented(operator: Any, request: pytest.FixtureRequest) -> None:
    """Each does what its docstring draws; a `Change` is drawn as a tuple, a `Progress` as it prints."""
    name = request.node.callspec.id
    shown: dict[str, Any] = {"changes": ops.map(tuple), "progress": ops.map(str)}
    storyboard(
        drawing(getattr(rxs, name)),
        lambda deltas: deltas.pipe(rxs.accumulate_json(), operator, shown.get(name, ops.map(lambda item: item))),
    )


# -- text --------------------------------------------------------------------------------------------------------------


class Article(BaseModel):
    title: str
    body: str = Field(alias="content")

    @field_validator("title")
    @classmethod
    def shout(cls, title: str) -> str:
        return title.upper()


def test_text_of_a_partial_is_raw_and_goes_by_the_models_name() -> None:
    """On partials the path is the model's, and the text the document's: no validator touches it, no escape is torn."""
    storyboard(
        r"""
        deltas  --a--b--c--d--|
        text    -----x--y--z--|

        a  {"title":"t","content":"
        b  sm\u0131
        c  le \ud83d\ude
        d  00 "}
        x  smı
        y = "le "
        z = "😀 "
        """,
        on_partials(Article, rxs.text("body")),
    )


def test_text_of_a_field_that_is_hidden_meanwhile() -> None:
    """A string that its model hides until it has closed is still there to be read aloud."""

    class Poem(BaseModel):
        line: Annotated[str, rxs.Atomic]

    source = partials(Poem, '{"line":"so', " much", ' depends"}')
    assert items(source.pipe(rxs.text("line"))) == ["so", " much depends"]


class Stanza(BaseModel):
    class Line(BaseModel):
        words: str = Field(alias="Words")

    lines: list[Line] = []
    hidden: Annotated[list[Line], BeforeValidator(lambda lines: lines)] = []


def test_text_inside_what_is_hidden_until_it_closes() -> None:
    """What a validator could still make anything of has no elements yet; their text comes as it closes, by the model's names."""
    deltas = [
        '{"lines":[{"Words":"so',
        ' much"},{"Words":"de"}],"hidden":[{"Words":"pe',
        'nds"},{"Words":"up',
        'on"}',
        "]",
        "}",
    ]
    source = partials(Stanza, *deltas)
    assert items(source.pipe(rxs.text("lines", EACH, "words"))) == ["so", " much", "de"]
    assert items(source.pipe(rxs.text("hidden", EACH, "words"))) == ["pends", "upon"]


def test_text_of_every_element() -> None:
    """With EACH the strings of all elements come one after the other."""
    deltas = rx.of('{"notes":[{"text":"one"},{"te', 'xt":"two', ' more"}]}')
    assert items(deltas.pipe(rxs.accumulate_json(), rxs.text("notes", EACH, "text"))) == ["one", "two", " more"]


class Measured(BaseModel):
    class Word(BaseModel):
        length: Annotated[str, AfterValidator(len)]

    words: list[Word]


def test_text_is_raw_also_of_what_arrives_whole() -> None:
    """Even where the validator makes no text of it, the text is what the document has."""
    source = partials(Measured, '{"words":[{"length":"abc"},{"length":"de', 'f"}]', "}")
    assert items(source.pipe(rxs.text("words", EACH, "length"))) == ["abc", "de", "f"]
    assert [word.length for word in items(source.pipe(rxs.elements("words")))] == [3, 3]


# -- elements ----------------------------------------------------------------------------------------------------------


class User(BaseModel):
    id: int
    tags: list[str] = []


class Users(BaseModel):
    users: list[User]


def test_elements_of_a_partial_are_validated_instances() -> None:
    """Each element comes once, as it closes, as the very object that the final instance holds."""
    source = partials(Users, '{"users":[{"id":1,"ta', 'gs":["a"]},{"id":2', "},", '{"id":3}', "]}").pipe(
        rxs.share_latest()
    )
    elements: list[User] = []
    final: list[Users] = []
    rx.zip(source.pipe(rxs.elements("users", of=User), ops.to_list()), source.pipe(ops.last())).subscribe(
        lambda pair: (elements.extend(pair[0]), final.append(pair[1]))
    )
    assert elements == [User(id=1, tags=["a"]), User(id=2), User(id=3)]
    assert all(element is user for element, user in zip(elements, final[0].users, strict=True))


def test_elements_of_a_root_list_and_of_json_lines() -> None:
    """A list at the root has no path; JSON lines are one."""
    assert items(partials(list[User], '[{"id":1},', '{"id":2}', "]").pipe(rxs.elements())) == [User(id=1), User(id=2)]
    lines = rx.of('{"id":1}\n{"i', 'd":2}\n').pipe(rxs.accumulate_json_lines())
    assert items(lines.pipe(rxs.elements())) == [{"id": 1}, {"id": 2}]
    assert items(lines.pipe(rxs.to_partial(list[User]), rxs.elements(of=User))) == [User(id=1), User(id=2)]
    assert items(lines.pipe(rxs.elements(of=User))) == [User(id=1), User(id=2)]


def test_elements_of_every_list() -> None:
    """EACH in the path goes through all elements, in the order of the text."""
    deltas = ['{"users":[{"id":1,"tags":["a","b"', ']},{"id":2,"tags":[]},{"tags":["c"],"id', '":3}]}']
    assert items(partials(Users, *deltas).pipe(rxs.elements("users", EACH, "tags"))) == ["a", "b", "c"]
    assert items(rx.from_iterable(deltas).pipe(rxs.accumulate_json(), rxs.elements("users", EACH, "tags"))) == [
        "a",
        "b",
        "c",
    ]


def test_elements_of_a_list_that_is_hidden_until_it_closes() -> None:
    """Elements that a partial shows late come late, and all the same."""

    class Hidden(BaseModel):
        tags: Annotated[list[str], rxs.Atomic]
        after: list[int]

    source = partials(Hidden, '{"tags":["a"', ',"b"', '],"after":[1', ",2]}")
    assert items(source.pipe(rxs.elements("tags"))) == ["a", "b"]
    assert items(source.pipe(rxs.elements("after"))) == [1, 2]


class Hike(BaseModel):
    """`stops` wait for `days` to be known, and `country` for a better alias that does not come."""

    days: int
    stops: list[str]
    country: str = Field(validation_alias=AliasChoices("country", "land"))

    @field_validator("stops")
    @classmethod
    def enough(cls, stops: list[str], info: ValidationInfo) -> list[str]:
        assert len(stops) >= info.data["days"]
        return stops


def test_what_is_shown_late_is_told_late_but_told() -> None:
    """Values that a partial shows only after others of the text come when it shows them, each once."""
    deltas = ['{"land":"NO"', ',"stops":["a",', '"b"]', ',"days":2', "}"]
    source = partials(Hike, *deltas)
    assert items(source.pipe(rxs.elements("stops"))) == ["a", "b"]
    assert items(source.pipe(rxs.completed("country"))) == ["NO"]
    closed = [change.path for change in items(source.pipe(rxs.changes())) if change.kind == "closed"]
    assert closed == [("country",), ("stops", 0), ("stops", 1), ("stops",), ("days",), ()]


class Quote(BaseModel):
    """`words` wait for `source` to be known."""

    source: str
    words: str

    @field_validator("words")
    @classmethod
    def attributed(cls, words: str, info: ValidationInfo) -> str:
        return f"{words} ({info.data['source']})"


def test_a_text_that_is_hidden_until_it_can_be_validated_comes_when_it_shows() -> None:
    """What comes after it in the text waits for it; nothing is left out of the log."""
    source = partials(Quote, '{"words":"I think', '"', ',"source":"Des', 'cartes"', "}")
    assert items(source.pipe(rxs.field("words", of=str))) == ["I think (Descartes)"]
    whole = Quote.model_construct(words="I think (Descartes)", source="Descartes")
    assert items(source.pipe(rxs.changes())) == [
        ((), "opened", {}, ""),
        (("words",), "opened", "", ""),
        (("words",), "appended", None, "I think"),
        (("words",), "closed", "I think (Descartes)", ""),
        (("source",), "opened", "", ""),
        (("source",), "appended", None, "Descartes"),
        (("source",), "closed", "Descartes", ""),
        ((), "closed", whole, ""),
    ]


class Emptied(BaseModel):
    words: Annotated[list[str], AfterValidator(lambda words: [])]
    lists: Annotated[list[list[str]], AfterValidator(lambda lists: [])] = []


def test_what_its_owner_throws_away_as_it_closes_is_told_no_more_of() -> None:
    """A text and a list that were open, and what came with the end of their owner, do not close: they are not there."""
    source = partials(Emptied, '{"words":["a', '","b"],"lists":[["c', '","d"],["e"]]', "}")
    assert [(change.kind, change.path) for change in items(source.pipe(rxs.changes()))] == [
        ("opened", ()),
        ("opened", ("words",)),
        ("opened", ("words", 0)),
        ("appended", ("words", 0)),
        ("closed", ("words",)),
        ("opened", ("lists",)),
        ("opened", ("lists", 0)),
        ("opened", ("lists", 0, 0)),
        ("appended", ("lists", 0, 0)),
        ("closed", ("lists",)),
        ("closed", ()),
    ]


def test_a_bad_element_of_snapshots() -> None:
    """On snapshots each element is validated by itself: a bad one ends the stream, is skipped, or goes to a function."""
    snapshots = rx.of('[{"id":1},{"id":"x"},', '{"id":3}]').pipe(rxs.accumulate_json())
    with pytest.raises(rxs.FieldInvalid, match=r"\[1\]\.id: Input should be a valid integer") as raised:
        items(snapshots.pipe(rxs.elements(of=User)))
    assert raised.value.path == (1,)
    assert raised.value.errors()[0]["loc"] == (1, "id")
    assert items(snapshots.pipe(rxs.elements(of=User, on_invalid="skip"))) == [User(id=1), User(id=3)]
    told: list[rxs.FieldInvalid] = []
    assert items(snapshots.pipe(rxs.elements(of=User, on_invalid=told.append))) == [User(id=1), User(id=3)]
    assert [error.path for error in told] == [(1,)]


def test_elements_are_validated_as_json() -> None:
    """What JSON spells as a string or a number becomes the type, as pydantic takes it from JSON, however the text was cut."""
    text = '{"days":["2024-02-29","2025-01-01"],"sizes":[1e400,-0.0,"\\u00e9"]}'
    for deltas in ([text], list(text)):
        snapshots = rx.from_iterable(deltas).pipe(rxs.accumulate_json())
        assert items(snapshots.pipe(rxs.elements("days", of=date))) == [date(2024, 2, 29), date(2025, 1, 1)]
        assert repr(items(snapshots.pipe(rxs.elements("sizes", of=float | str)))) == "[inf, -0.0, 'é']"


def test_skipping_is_for_snapshots() -> None:
    """A partial's elements are valid already: asking to skip bad ones there is refused as the pipeline is built."""
    with pytest.raises(ValueError, match="right after accumulate_json"):
        partials(Users, "{}").pipe(rxs.elements("users", on_invalid="skip"))


# -- field and completed -----------------------------------------------------------------------------------------------


def test_field_of_a_partial() -> None:
    """The value at a path comes each time it changes: a string as it grows, and what validators make of it at the end."""
    storyboard(
        """
        deltas  --a--b--c--|
        value   --x--y--z--|

        a  {"title":"on
        b  ce
        c  ","content":""}
        x  on
        y  once
        z  ONCE
        """,
        on_partials(Article, rxs.field("title", of=str)),
    )


def test_completed_starts_something_early() -> None:
    """The value comes as it closes, validated, and the request is over if nobody else reads it."""
    read: list[str] = []
    deltas = rx.from_iterable(['{"title":"T"', ',"content":"', "..."]).pipe(ops.do_action(read.append))
    title = deltas.pipe(rxs.accumulate_json(), rxs.to_partial(Article), rxs.completed("title", of=str))
    assert items(title) == ["T"]
    assert read == ['{"title":"T"']


def test_a_field_that_never_comes() -> None:
    """It is its default when its object closes, on partials; on snapshots there is nothing."""
    assert items(partials(User, '{"id":1', "}").pipe(rxs.completed("tags"))) == [[]]
    assert items(rx.of('{"id":1', "}").pipe(rxs.accumulate_json(), rxs.completed("tags"))) == []
    storyboard(
        """
        deltas  --a--b--c--|
                ^----!
        value   -----|

        a  {"user":{"id":1
        b  },"more":
        c  2}
        """,
        on_snapshots(rxs.completed("user", "name")),
    )


def test_the_stated_type_is_checked() -> None:
    """A value of another class than `of` says is a TypeError, in words."""
    with pytest.raises(TypeError, match="completed\\(\\) gives a int here, not a str"):
        items(partials(User, '{"id":1}').pipe(rxs.completed("id", of=str)))
    with pytest.raises(TypeError, match="field\\(\\) gives a list here, not a dict"):
        items(partials(User, '{"tags":[],"id":1}').pipe(rxs.field("tags", of=dict[str, int])))
    with pytest.raises(TypeError, match="elements\\(\\) gives a User here, not a Article"):
        items(partials(Users, '{"users":[{"id":1}]}').pipe(rxs.elements("users", of=Article)))


# -- paths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        (rxs.text("user"), "the root has no field 'user'; did you mean 'users'?"),
        (rxs.elements("users", EACH, "tag"), "users[EACH] has no field 'tag'; did you mean 'tags'?"),
        (rxs.elements("users", "x"), "users is a list: name an index or EACH there, not 'x'"),
        (rxs.field("users", 0, "id", "x"), "users[0].id holds no other values"),
        (rxs.completed("zzz"), "the root has no field 'zzz'; it has users"),
        (rxs.distinct_fields("usres"), "did you mean 'users'?"),
    ],
)
def test_an_impossible_path_is_refused_as_the_pipeline_is_built(operator: Any, message: str) -> None:
    """Where the model is known, also through operators that pass its partials on, a path that it cannot have is refused."""
    source = rx.never().pipe(rxs.accumulate_json(), rxs.to_partial(Users))
    for upstream in (source, source.pipe(rxs.throttle_latest(1), rxs.share_latest())):
        with pytest.raises(PathInvalid) as raised:
            upstream.pipe(operator)
        assert message.replace("[EACH]", "") in str(raised.value).replace("['EACH']", "").replace(".EACH", "")


@pytest.mark.parametrize(
    "operator",
    [rxs.text("user"), rxs.elements("user"), rxs.field("user"), rxs.completed("user"), rxs.distinct_fields("user")],
)
def test_an_impossible_path_is_refused_at_the_first_item(operator: Any) -> None:
    """Where the pipeline does not say which model it has, the first item does."""
    source = partials(Users, '{"users":[]}').pipe(ops.map(lambda item: item))
    with pytest.raises(PathInvalid, match="did you mean 'users'"):
        items(source.pipe(operator))


class Cart(BaseModel):
    tags: list[str]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        return len(self.tags)


@pytest.mark.parametrize(
    "operator",
    [
        rxs.text("tags", 0),
        rxs.elements("tags"),
        rxs.field("tags"),
        rxs.completed("tags"),
        rxs.distinct_fields("tags"),
        rxs.progress(),
    ],
)
def test_computed_fields_are_no_matter_to_the_check_of_the_first_item(operator: Any) -> None:
    """Also where the first item has to say which model it has, and partials are of a private class, readers read them."""
    source = partials(Cart, '{"tags":["a', '"]}')
    assert items(source.pipe(ops.map(lambda item: item), operator)) == items(source.pipe(operator))


def test_a_documents_key_is_refused_on_partials() -> None:
    """Partials go by the model's names, and the refusal of an alias says which."""
    with pytest.raises(PathInvalid, match="that key of the document is called 'body'"):
        partials(Article, "{}").pipe(rxs.text("content"))


def test_one_value_has_no_each() -> None:
    """`field` and `completed` read one value."""
    for operator in (rxs.field, rxs.completed):
        with pytest.raises(PathInvalid, match="use elements"):
            operator("users", EACH)  # type: ignore[operator]


# -- distinct_fields ---------------------------------------------------------------------------------------------------


def test_distinct_fields_that_close() -> None:
    """With `closed=True` an item passes only when one of the fields has newly closed; the final one always does."""
    storyboard(
        """
        deltas   --a--b--c--d--e--|
        passing  -----x-----y--z--|

        a  {"title":"o
        b  nce","content":"upon
        c  a
        d  "
        e  }
        x  {"title": "ONCE", "body": "upon"}
        y  {"title": "ONCE", "body": "upona"}
        z  {"title": "ONCE", "body": "upona"}
        """,
        on_partials(Article, rxs.distinct_fields("title", "body", closed=True)),
    )


def test_any_field_counts_if_none_is_named() -> None:
    """With no field named, any change of a top-level field counts, and only that."""
    source = partials(User, '{"id":1,', '"tags":["a"', ',"b"', "]", "}")
    assert [rxs.dump(user) for user in items(source.pipe(rxs.distinct_fields()))] == [
        {"id": 1},
        {"id": 1, "tags": ["a"]},
        {"id": 1, "tags": ["a", "b"]},
        {"id": 1, "tags": ["a", "b"]},
    ]
    snapshots = rx.of('{"id":1,', '"tags":["a"', "]", "}").pipe(rxs.accumulate_json())
    assert items(snapshots.pipe(rxs.distinct_fields()))[-1].value == {"id": 1, "tags": ["a"]}


def test_a_field_that_comes_again_counts_again() -> None:
    """A key that the document has twice changes its field once more, though that had closed."""
    source = rx.of('{"id":1,', '"name":"A",', '"id":', "2,", '"name":"B', 'o"}')
    expected = [{"id": 1}, {"id": 2, "name": "A"}, {"id": 2, "name": "Bo"}]
    snapshots = source.pipe(rxs.accumulate_json(), rxs.distinct_fields("id"))
    assert [snapshot.value for snapshot in items(snapshots)] == expected
    users = source.pipe(rxs.accumulate_json(), rxs.to_partial(dict[str, Any]), rxs.distinct_fields("id"))
    assert items(users) == expected


def test_the_same_snapshot_again_is_no_change() -> None:
    """With no field named, too, an item that is the one before does not pass, but as the last."""
    snapshots = items(rx.of('{"id":1,', '"a":2').pipe(rxs.accumulate_json(), rxs.keep_partial(rxs.Truncated)))
    again = rx.from_iterable([snapshots[0], snapshots[0], snapshots[0], *snapshots, snapshots[-1]])
    assert items(again.pipe(rxs.distinct_fields())) == [snapshots[0], *snapshots[1:], snapshots[-1]]


def test_the_last_item_passes_though_nothing_has_changed() -> None:
    """Where the stream is stopped early, the last item still passes."""
    snapshots = rx.of('{"id":1,', '"name":"A', "da").pipe(rxs.accumulate_json(), rxs.keep_partial(rxs.Truncated))
    assert [snapshot.value for snapshot in items(snapshots.pipe(rxs.distinct_fields("id")))] == [
        {"id": 1},
        {"id": 1, "name": "Ada"},
    ]


# -- progress ----------------------------------------------------------------------------------------------------------


class Report(BaseModel):
    title: str
    summary: str
    conclusion: str


def fractions(source: Observable[Any], **options: Any) -> list[float]:
    return [progress.fraction for progress in items(source.pipe(rxs.progress(**options)))]


def test_a_report_in_three_steps() -> None:
    """Three fields give 33, 67 and 100 per cent, with what is complete, what is new, and what is being written."""
    source = partials(Report, '{"title":"T"', ',"summary":"S', '"', ',"conclusion":"C"', "}")
    told = [
        (f"{each.fraction:.0%}", each.newly_completed, each.current, each.total)
        for each in items(source.pipe(rxs.progress()))
    ]
    assert told == [
        ("33%", ("title",), None, 3),
        ("33%", (), "summary", 3),
        ("67%", ("summary",), None, 3),
        ("100%", ("conclusion",), None, 3),
    ]


def test_nested_fields_and_bounded_lists_count_within_their_field() -> None:
    """An open model counts by its fields, an open list by its `max_length`; a list without one when it closes."""

    class Point(BaseModel):
        x: int
        y: int

    class Plan(BaseModel):
        start: Point
        steps: Annotated[list[Point], MaxLen(4)]
        notes: list[str] = []
        mood: Literal["good", "bad"] | None = None

    source = partials(
        Plan,
        '{"start":{"x":1',
        ',"y":2',
        "}",
        ',"steps":[{"x":1,"y":2}',
        ',{"x":3,',
        '"y":4}',
        "]",
        ',"notes":["a"',
        ',"b"',
        "]}",
    )
    quarter = 1 / 4
    assert fractions(source) == pytest.approx(
        [
            0,
            quarter / 2,
            quarter,
            quarter + quarter / 4,
            quarter + quarter * 3 / 8,
            quarter + quarter / 2,
            2 * quarter,
            2 * quarter,
            1.0,
        ]
    )


@pytest.mark.parametrize(
    ("model", "deltas"),
    [
        (Report, ['{"conclusion":"C"', ',"title":"T"', ',"summary":"S"', "}"]),
        (User, ['{"id":1', "}"]),
        (list[User], ['[{"id":1', '},{"id":2}', "]"]),
        (dict[str, int], ['{"a":1', ',"b":2', "}"]),
        (User | Report, ['{"id":1', "}"]),
    ],
)
def test_progress_never_goes_back_and_ends_at_one(model: Any, deltas: list[str]) -> None:
    """Whatever the order, and whatever never comes, it rises to exactly 1.0."""
    told = fractions(partials(model, *deltas))
    assert told == sorted(told)
    assert told[-1] == 1.0


class Tagged(BaseModel):
    model_config = ConfigDict(extra="allow")

    title: str
    body: str


def test_extra_fields_are_told_of_and_do_not_count() -> None:
    """A model's extra fields are completed, and current, like any other; the fraction is that of its own fields."""
    told = items(partials(Tagged, '{"x":"a', '",', '"title":"T",', '"y":1,"body":"', 'B"}').pipe(rxs.progress()))
    assert [(each.completed, each.current, each.fraction) for each in told] == [
        ((), "x", 0.0),
        (("x",), None, 0.0),
        (("x", "title"), None, 0.5),
        (("x", "title", "y"), "body", 0.5),
        (("x", "title", "y", "body"), None, 1.0),
    ]


def test_a_stream_that_is_stopped_ends_below_one() -> None:
    """Less than the whole is less than 1.0."""
    source = partials(Report, '{"title":"T"', ',"summary":"S"', ',"conclusion":"C"}')
    assert fractions(source.pipe(rxs.stop_when(lambda report: rxs.is_closed(report, "summary"))))[-1] < 1.0


def test_progress_of_snapshots() -> None:
    """Without a model the fields are counted; the fraction needs a total, and is 1.0 at the end in any case."""
    snapshots = rx.of('{"a":1,', '"b":2,', '"c":3}').pipe(rxs.accumulate_json())
    assert fractions(snapshots) == [0.0, 0.0, 1.0]
    assert fractions(snapshots, total=4) == [0.25, 0.5, 1.0]
    assert [each.completed for each in items(snapshots.pipe(rxs.progress()))] == [("a",), ("a", "b"), ("a", "b", "c")]


def test_the_indices_of_a_list_cost_nothing() -> None:
    """For a list at the root, `completed` is a range."""
    source = partials(list[int], "[1,", "2,", "3]")
    assert [each.completed for each in items(source.pipe(rxs.progress(total=3)))] == [range(1), range(2), range(3)]


# -- changes -----------------------------------------------------------------------------------------------------------


def test_the_log_of_a_partial() -> None:
    """On partials the log has the model's names and values."""
    log = items(partials(Article, '{"title":"t', 'oo","con', 'tent":"","extra":1}').pipe(rxs.changes()))
    assert log == [
        Change((), "opened", {}),
        Change(("title",), "opened", ""),
        Change(("title",), "appended", text="t"),
        Change(("title",), "appended", text="oo"),
        Change(("title",), "closed", "TOO"),
        Change(("body",), "opened", ""),
        Change(("body",), "closed", ""),
        Change((), "closed", Article(title="too", content="")),
    ]


def test_what_the_model_ignores_holds_nothing_up() -> None:
    """A key that is no field's is never told of; what comes after it is, at once."""
    seen: list[Any] = []
    partials(Users, '{"more":1,"and":{"more":"x"},"users":[{"id":1,"more":[2],"tags":["a"').pipe(
        rxs.changes()
    ).subscribe(seen.append, lambda error: None)
    assert [(change.kind, change.path) for change in seen] == [
        ("opened", ()),
        ("opened", ("users",)),
        ("opened", ("users", 0)),
        ("closed", ("users", 0, "id")),
        ("opened", ("users", 0, "tags")),
        ("opened", ("users", 0, "tags", 0)),
        ("appended", ("users", 0, "tags", 0)),
        ("closed", ("users", 0, "tags", 0)),
    ]


class Crew(BaseModel):
    captain: str = Field("nobody", validation_alias=AliasPath("names", 0))
    ship: str = ""


def test_what_is_taken_out_of_another_value_holds_nothing_up() -> None:
    """The value itself is no field's, and never told of."""
    seen: list[Any] = []
    partials(Crew, '{"names":["Eve"],"ship":"Argo"').pipe(rxs.changes()).subscribe(seen.append, lambda error: None)
    assert [(change.kind, change.path) for change in seen] == [
        ("opened", ()),
        ("opened", ("ship",)),
        ("appended", ("ship",)),
        ("closed", ("ship",)),
    ]


def test_the_log_of_lines() -> None:
    """The list that the lines are closes at their end, of snapshots and of partials."""
    for operators in (), (rxs.to_partial(list[int]),):
        lines = rx.of("1\n2", "\n3").pipe(rxs.accumulate_json_lines(), *operators)
        assert items(lines.pipe(rxs.changes())) == [
            Change((), "opened", []),
            Change((0,), "closed", 1),
            Change((1,), "closed", 2),
            Change((2,), "closed", 3),
            Change((), "closed", [1, 2, 3]),
        ]


class Day(Enum):
    MONDAY = "mon"
    SUNDAY = "sun"


def test_a_key_that_is_no_text() -> None:
    """The keys of a partial's dict are of the model's type, and so they are in a path."""
    hours = rxs.replay('{"mon": ["9", "5"], "sun": []}').pipe(
        rxs.accumulate_json(), rxs.to_partial(dict[Day, list[str]])
    )
    assert list(hours.pipe(rxs.elements(Day.MONDAY))) == ["9", "5"]
    assert hours.pipe(rxs.completed(Day.SUNDAY)).final() == []


class Item(BaseModel):
    size: int
    word: str = ""


class Items(BaseModel):
    listed: list[Item]
    named: dict[str, Item]
    size: int
    rest: str = ""


INVALID_ITEMS = (
    '{"listed":[3,{"size":1,"word":"hello"},null,{"size":2}],'
    '"named":{"a":3,"b":{"size":3,"word":"you"},"c":{"size":4}},"size":"none","rest":"text"}'
)


def put_off(*deltas: str) -> Observable[Any]:
    return rx.from_iterable(deltas).pipe(rxs.accumulate_json(), rxs.to_partial(Items, validate="at_end"))


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (rxs.elements("listed"), [Item(size=1, word="hello"), Item(size=2)]),
        (rxs.elements("named"), [Item(size=3, word="you"), Item(size=4)]),
        (rxs.text("listed", 0, "word"), "hello"),
        (rxs.text("named", "b", "word"), "you"),
    ],
)
def test_what_is_not_valid_and_put_off_holds_nothing_up(operator: Any, expected: Any) -> None:
    """With `validate="at_end"` a value that is left out is passed over: those behind it come, each when it is whole."""
    text = INVALID_ITEMS
    for deltas in [list(text), *([text[:at], text[at:-1], "}"] for at in range(1, len(text)))]:
        found: list[Any] = []
        put_off(*deltas).pipe(operator).subscribe(found.append, lambda error: None)
        assert ("".join(found) if isinstance(expected, str) else found) == expected


def test_the_element_behind_one_that_is_left_out_is_open_until_it_closes() -> None:
    """With `validate="at_end"` the indices of a partial are those of what it shows, also where it is asked what is closed."""
    shown: list[Any] = []
    put_off(INVALID_ITEMS[: INVALID_ITEMS.index('lo"')]).subscribe(shown.append, lambda error: None)
    assert rxs.get(shown[-1], "listed", 0, "word") == "hel"
    assert not rxs.is_closed(shown[-1], "listed", 0)
    assert not rxs.is_closed(shown[-1], "listed", -1)
    closed: list[Any] = []
    put_off(*INVALID_ITEMS).pipe(rxs.changes()).subscribe(closed.append, lambda error: None)
    paths = [change.path for change in closed if change.kind == "closed" and change.path[0] != "named"]
    assert paths == [
        ("listed", 0, "size"),
        ("listed", 0, "word"),
        ("listed", 0),
        ("listed", 1, "size"),
        ("listed", 1),
        ("listed",),
        ("rest",),
    ]


class Moved(BaseModel):
    marks: list[int] = Field(validation_alias=AliasPath("more", "marks"))
    note: str = Field("", validation_alias=AliasChoices("note", AliasPath("more", "note")))
    words: Annotated[list[str], BeforeValidator(lambda words: words.split(",") if isinstance(words, str) else words)]
    spelt: Annotated[str, AfterValidator(lambda text: text.split("-"))] = "a"


class ManyMoved(BaseModel):
    many: list[Moved]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (rxs.elements("many", EACH, "marks"), [1, 2]),
        (rxs.elements("many", EACH, "words"), ["a", "b"]),
        (rxs.text("many", EACH, "note"), ["here"]),
    ],
)
def test_elements_of_a_list_that_stands_elsewhere(operator: Any, expected: Any) -> None:
    """Where a list is taken out of another value, or made of a string, its elements come from what it has become."""
    text = '{"many":[{"more":{"marks":[1,2],"note":"here"},"words":"a,b","spelt":"x-y"}]}'
    for deltas in list(text), [text], [text[:20], text[20:]]:
        assert items(partials(ManyMoved, *deltas).pipe(operator)) == expected


def test_the_log_of_what_stands_elsewhere() -> None:
    """It is told of as the object that it is a field of closes; what shows as a text is one, whatever is made of it."""
    text = '{"many":[{"more":{"marks":[1],"note":"here"},"words":"a,b","spelt":"x"}]}'
    whole = items(partials(ManyMoved, text).pipe(rxs.changes()))
    assert items(partials(ManyMoved, *text).pipe(rxs.changes())) == whole
    assert [(change.kind, *change.path[2:]) for change in whole if len(change.path) > 2] == [
        ("opened", "words"),
        ("opened", "words", 0),
        ("appended", "words", 0),
        ("closed", "words", 0),
        ("opened", "words", 1),
        ("appended", "words", 1),
        ("closed", "words", 1),
        ("closed", "words"),
        ("opened", "spelt"),
        ("appended", "spelt"),
        ("closed", "spelt"),
        ("opened", "marks"),
        ("closed", "marks", 0),
        ("closed", "marks"),
        ("opened", "note"),
        ("appended", "note"),
        ("closed", "note"),
    ]


class Roster(BaseModel):
    captain: str = Field("nobody", validation_alias=AliasChoices("captain", AliasPath("names", 0)))
    mate: str = Field("nobody", validation_alias=AliasPath("names", 1))
    cook: str = Field("nobody", validation_alias=AliasChoices(AliasPath("names", 2), AliasPath("others", 0)))


@pydantic_dataclass
class Signed:
    secret: InitVar[str] = Field("none", validation_alias=AliasPath("names", 0))
    mate: str = Field("nobody", validation_alias=AliasPath("names", 1))


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Roster, '{"captain":"Ada","names":["Eve","Bob"]}', {"captain": "Ada", "mate": "Bob"}),
        (Roster, '{"names":["Eve"],"others":["Dan"]}', {"captain": "Eve", "cook": "Dan"}),
        (Roster, '{"names":[]}', {}),
        (Signed, '{"names":["Eve","Bob"]}', {"mate": "Bob"}),
        (Annotated[Roster, AfterValidator(lambda roster: 1)], '{"names":["Eve","Bob"]}', {}),
    ],
)
def test_which_fields_are_taken_out_of_another_value(kind: Any, text: str, expected: dict[str, str]) -> None:
    """Those that no key of their own has come for, and whose path leads to something; an `InitVar` is none."""
    for deltas in [f"[{text}]"], list(f"[{text}]"):
        told = items(partials(list[kind], *deltas).pipe(rxs.changes()))
        closed = [
            (change.path[1], change.value) for change in told if change.kind == "closed" and len(change.path) == 2
        ]
        assert closed == list(expected.items())
        mates = items(partials(list[kind], *deltas).pipe(rxs.text(EACH, "mate")))
        assert mates == [name for field, name in expected.items() if field == "mate"]


class Days(BaseModel):
    days: list[date]


def test_the_text_of_what_is_no_text_in_the_model() -> None:
    """A date is a string in the document, whose raw text is told however the document was cut."""
    text = '{"days":["2024-01-02","2025-01-01"]}'
    for deltas in list(text), [text]:
        assert items(partials(Days, *deltas).pipe(rxs.text("days", rxs.EACH))) == ["2024-01-02", "2025-01-01"]


class Length(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    name: Annotated[str, AfterValidator(len)]


def test_a_number_that_a_text_field_takes_has_no_text() -> None:
    """Where the field takes a number for a text, and makes something else of it, it only closes, however it was cut."""
    text = '{"name":512}'
    for deltas in list(text), [text]:
        told = items(partials(Length, *deltas).pipe(rxs.changes()))
        assert [(change.path, change.kind, change.value) for change in told[1:-1]] == [(("name",), "closed", 3)]
