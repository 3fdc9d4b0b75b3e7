"""What a newcomer gets wrong is told in one line, at the first moment at which it can be known."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Optional

import pytest
import reactivex as rx
from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationInfo, field_validator
from reactivex import operators as ops

import rxstruct as rxs
from rxstruct import Change
from rxstruct.demo.profile import UserProfile
from rxstruct.partial.state import is_ours


class Person(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def look_up(cls, value: str) -> str:
        return {"Ada": "Ada Lovelace"}[value]


def error_of(source: rx.Observable[Any]) -> Exception:
    errors: list[Exception] = []
    source.subscribe(lambda item: None, errors.append)
    (error,) = errors
    return error


@pytest.mark.parametrize("delta", [b'{"a":1}', None, 12])
def test_a_delta_that_is_not_text(delta: Any) -> None:
    """Bytes and None are refused by their type, and nothing that had come is lost."""
    error = error_of(rx.of('{"a":[', delta).pipe(rxs.accumulate_json()))
    assert isinstance(error, rxs.SourceFailed)
    assert f"not of type {type(delta).__name__}" in str(error)
    assert error.snapshot is not None
    assert error.snapshot.value == {"a": []}


def test_partials_of_what_are_no_snapshots() -> None:
    """`to_partial` without `accumulate_json` before it says so."""
    error = error_of(rx.of('{"name":"Ada"}').pipe(rxs.to_partial(Person)))
    assert str(error) == "to_partial takes snapshots, and got a str: put accumulate_json() before it"


READERS: dict[str, Callable[[], Any]] = {
    "changes()": rxs.changes,
    "completed()": lambda: rxs.completed("name"),
    "distinct_fields()": lambda: rxs.distinct_fields("name"),
    "elements()": lambda: rxs.elements("name"),
    "field()": lambda: rxs.field("name"),
    "progress()": rxs.progress,
    "text()": lambda: rxs.text("name"),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("item", ['{"name":"Ada"}', 12, None, rxs.Change((), "closed"), rxs.TextDelta("{}")])
def test_readers_of_what_are_no_states(name: str, item: Any) -> None:
    """An operator that reads snapshots or partials names itself, what it got, and what is missing in the pipe."""
    error = error_of(rx.of(item).pipe(READERS[name]()))
    assert isinstance(error, rxs.SourceFailed)
    assert str(error) == (
        f"{name} takes snapshots or partials, and got a value of type {type(item).__name__}: "
        "put accumulate_json(), and to_partial() for partials, before it"
    )


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("root", [int, list[int], dict[str, int], set[int], Person, tuple[int, ...]])
def test_partials_of_any_type_are_states(name: str, root: Any) -> None:
    """Where the model is known its items are taken as they are; behind an operator of reactivex, all that look like partials."""
    text = {int: "1", Person: '{"name":"Ada"}', dict[str, int]: '{"name":1}'}.get(root, "[1]")
    for between in ([], [] if root is int else [ops.map(lambda item: item)]):
        wrong: list[Exception] = []
        partials = rx.of(text).pipe(rxs.accumulate_json(), rxs.to_partial(root))
        try:
            partials.pipe(*between, READERS[name]()).subscribe(on_error=wrong.append)
        except rxs.PathInvalid as error:
            wrong.append(error)
        assert not any(isinstance(error, rxs.SourceFailed) for error in wrong)


class Record(BaseModel):
    year: int
    born: date
    initial: Literal["A", "B"]
    numbers: list[int]
    note: str | int | None = None
    parsed: Annotated[int, BeforeValidator(int)]


@pytest.mark.parametrize("path", [("year",), ("numbers",), ("numbers", 0), ("numbers", rxs.EACH)])
def test_the_text_of_what_is_no_string(path: Any) -> None:
    """`text` of a number or a list is refused: by the model as the pipeline is built, else as soon as the value shows."""
    text = '{"year":1815,"numbers":[1],"born":"1815-12-10"}'
    message = "is no string, so it has no text: use field()"
    partials = rx.of(text).pipe(rxs.accumulate_json(), rxs.to_partial(Record))
    with pytest.raises(rxs.PathInvalid, match=re.escape(message)):
        partials.pipe(rxs.text(*path))
    snapshots = rx.of(text).pipe(rxs.accumulate_json())
    if rxs.EACH in path:
        assert list(snapshots.pipe(rxs.text(*path))) == []
    else:
        error = error_of(snapshots.pipe(rxs.text(*path)))
        assert isinstance(error, rxs.PathInvalid)
        assert message in str(error)


def test_the_text_of_whatever_may_be_a_string() -> None:
    """A date, a literal, a union and what a validator reads have a text, which `text` gives; null has none."""
    whole = '{"year":1815,"numbers":[],"born":"1815-12-10","initial":"A","note":null,"parsed":"7"}'
    partials = rxs.replay(whole, cuts=9).pipe(rxs.accumulate_json(), rxs.to_partial(Record))
    texts = {name: "".join(partials.pipe(rxs.text(name))) for name in ("born", "initial", "note", "parsed")}
    assert texts == {"born": "1815-12-10", "initial": "A", "note": "", "parsed": "7"}


def test_options_are_checked_when_the_pipeline_is_built() -> None:
    """An unknown choice is refused with those that there are, before anything is subscribed."""
    with pytest.raises(ValueError, match="locate='fnd' is not known: it is one of 'strict', 'find'"):
        rxs.accumulate_json(locate="fnd")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="validate='later' is not known"):
        rxs.to_partial(Person, validate="later")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="on_invalid='skpi' is not known: it is one of 'raise', 'skip', a function"):
        rxs.elements("a", on_invalid="skpi")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="unknown='skpi' is not known"):
        rxs.typed_tool_calls(Person, unknown="skpi")  # type: ignore[call-overload]


NUMBERS: dict[str, Callable[[Any], Any]] = {
    "buffer": lambda value: rxs.iterate(rx.of(1), buffer=value),
    "deadline": lambda value: rxs.ask(lambda **request: rx.empty(), Person, messages=[], deadline=value),
    "linger": lambda value: rxs.share_latest(linger=value),
    "max_attempts": lambda value: rxs.ask(lambda **request: rx.empty(), Person, messages=[], max_attempts=value),
    "max_calls": lambda value: rxs.tool_calls(max_calls=value),
    "max_chars": lambda value: rxs.content(max_chars=value),
    "max_depth": lambda value: rxs.accumulate_json(max_depth=value),
    "max_elements": lambda value: rxs.accumulate_json_lines(max_elements=value),
    "max_event_bytes": lambda value: rxs.openai_events([], max_event_bytes=value),
    "max_parts": lambda value: rxs.openai_events([], max_parts=value),
    "max_unknown_fields": lambda value: rxs.to_partial(Person, max_unknown_fields=value),
    "number": lambda value: rxs.choice(value),
    "seconds": lambda value: rxs.throttle_latest(value),
    "speed": lambda value: rxs.from_recording("nowhere", speed=value),
    "total": lambda value: rxs.progress(total=value),
}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["3", [3], -1, float("nan"), timedelta(seconds=3)])
def test_an_option_that_is_no_number_or_makes_no_sense(name: str, value: Any) -> None:
    """An option that counts, or is a time, is refused at once, by its name, with what it was and what it may be."""
    with pytest.raises((TypeError, ValueError), match=f"^{name}={re.escape(repr(value))}: give a .*number"):
        NUMBERS[name](value)


@pytest.mark.parametrize("name", ["deadline", "linger", "seconds"])
def test_a_time_that_no_timer_can_wait_for(name: str) -> None:
    """An endless time is refused, rather than to fail on the timer's thread, where nobody hears of it."""
    with pytest.raises(ValueError, match=f"{name}=inf: give a number of seconds"):
        NUMBERS[name](float("inf"))


def test_text_and_events_are_told_apart() -> None:
    """Text where events belong, and events where text belongs, are refused with the operator that is too much, or missing."""
    text, events = rx.of("{}"), rx.of(rxs.TextDelta("{}"))
    assert "goes to accumulate_json() as it is" in str(error_of(text.pipe(rxs.content())))
    assert "tool_calls() takes the events of openai_events()" in str(error_of(text.pipe(rxs.typed_tool_calls(Person))))
    assert "choice() takes the events of openai_events()" in str(error_of(text.pipe(rxs.choice(0))))
    assert "usage() takes the events of openai_events()" in str(error_of(text.pipe(rxs.usage())))
    assert "pipe events through content()" in str(error_of(events.pipe(rxs.accumulate_json())))


def test_a_list_of_models() -> None:
    """The models of tool calls are given one by one."""
    with pytest.raises(TypeError, match=r"typed_tool_calls got a list: give it classes"):
        rxs.typed_tool_calls([Person])  # type: ignore[call-overload]


def test_a_model_in_the_clients_place() -> None:
    """The client comes first: a class in its place is refused."""
    for ask in (rxs.partials, rxs.each, rxs.ask):
        with pytest.raises(TypeError, match="Person is a class: the client, or what gives the chunks, comes first"):
            ask(Person, list[int], messages=[])


@pytest.mark.parametrize("operator", [rxs.text, rxs.field, rxs.completed, rxs.elements, rxs.distinct_fields])
@pytest.mark.parametrize("path", [("a", 0), ["a"], None])
def test_a_path_that_is_given_as_one(operator: Any, path: Any) -> None:
    """A path is given segment by segment: a tuple, a list or None in a segment's place is refused."""
    with pytest.raises(
        rxs.PathInvalid, match=rf"takes a path segment by segment, .* got one of type {type(path).__name__}"
    ):
        operator(path)


@pytest.mark.parametrize("model", [Person(name="Ada"), rx.Observable, 3, "Unheard", list["Unheard"]])  # type: ignore[name-defined]  # noqa: F821
def test_what_is_no_model(model: Any) -> None:
    """What pydantic has no schema for is refused in one line, with its reasons as the cause."""
    for take in (rxs.to_partial, lambda model: rxs.elements("people", of=model)):
        with pytest.raises(TypeError, match="takes a type that pydantic has a schema for, and") as caught:
            take(model)
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is not None
        assert ("name 'Unheard' is not defined" in str(caught.value)) == ("Unheard" in str(model))


def test_elements_that_are_not_validated() -> None:
    """What becomes of elements that are not valid is said in vain where no type is given."""
    with pytest.raises(ValueError, match="on_invalid has no use without a type that elements are validated as: give"):
        rx.of("[]").pipe(rxs.accumulate_json(), rxs.elements(on_invalid="skip"))


@pytest.mark.parametrize("of", [int | None, Optional[int], int | Literal["x"], None, Any, int])  # noqa: UP045
def test_a_value_of_one_of_several_types(of: Any) -> None:
    """A stated type may be a union: a value of any of its members is one, and what only pydantic can tell is taken."""
    ages = rx.of('{"age": 36}').pipe(rxs.accumulate_json())
    assert list(ages.pipe(rxs.field("age", of=of))) == list(ages.pipe(rxs.completed("age", of=of))) == [36]


def test_a_value_of_none_of_several_types() -> None:
    """A value of no member of a stated union is refused with all of them."""
    error = error_of(rx.of('{"age": 36}').pipe(rxs.accumulate_json(), rxs.field("age", of=str | None)))
    assert isinstance(error, TypeError)
    assert str(error) == "field() gives a int here, not a str or a NoneType as of= says"


def test_what_is_no_observable() -> None:
    """A list has no subscribers, which is said before a loop begins."""
    for read in (rxs.iterate, rxs.aiterate):
        with pytest.raises(TypeError, match=r"a list is no Observable: from_deltas\(\) makes one"):
            read([1])  # type: ignore[arg-type]


@pytest.mark.parametrize("items", [rx.of("{}"), rxs.replay("{}"), 3, None])
def test_deltas_that_cannot_be_read_in_a_loop(items: Any) -> None:
    """A stream, which Python would ask for its items for ever, and what is no iterable, are refused, given or returned."""
    message = "is a stream already: pipe it" if isinstance(items, rx.Observable) else "not a (int|NoneType)$"
    with pytest.raises(TypeError, match=message):
        rxs.from_deltas(items)
    error = error_of(rxs.from_deltas(lambda: items))
    assert isinstance(error, rxs.SourceFailed)
    assert isinstance(error.__cause__, TypeError)
    assert re.search(message, str(error.__cause__))


@pytest.mark.parametrize("document", [b"{}", {"a": 1}, None])
def test_a_document_that_is_no_text(document: Any) -> None:
    """`replay` takes a text."""
    with pytest.raises(TypeError, match=f"takes the text of a document, not a {type(document).__name__}"):
        rxs.replay(document)


@pytest.mark.parametrize("result", [None, [rx.of(1)]])
def test_a_selector_that_returns_no_stream(result: Any) -> None:
    """A selector that forgets its `return`, or the merge around its streams, is told what it has to give."""
    error = error_of(rx.of(1).pipe(rxs.share_latest(lambda shared: result)))
    assert isinstance(error, TypeError)
    assert f"the selector of share_latest() returned a {type(result).__name__}: it has to return a stream" in str(error)


def test_what_should_be_a_function_or_a_class() -> None:
    """An operator that is given something else than the function, Observable or class that it needs says so at once."""
    wrong: Any = True
    with pytest.raises(TypeError, match=r"stop_when\(True\): give it a function of the item"):
        rxs.stop_when(wrong)
    with pytest.raises(TypeError, match=r"share_latest\(True\): the selector is a function"):
        rxs.share_latest(wrong)
    with pytest.raises(TypeError, match=r"keep_partial\(True\): give it classes of errors"):
        rxs.keep_partial(wrong)


def test_a_truth_value_is_no_number() -> None:
    """`True` counts as 1 in Python, and is meant by nobody who gives it as a limit."""
    for make in (
        lambda: rxs.accumulate_json(max_depth=True),
        lambda: rxs.progress(total=True),
        lambda: rxs.share_latest(buffer=True),
    ):
        with pytest.raises(TypeError, match="=True: give a whole number"):
            make()


def test_a_validator_with_a_fault_of_its_own() -> None:
    """What is no refusal is a failure of the validator, with its cause and the state just before it."""
    error = error_of(rx.of('{"name":"A', 'lan"}').pipe(rxs.accumulate_json(), rxs.to_partial(Person)))
    assert isinstance(error, rxs.SourceFailed)
    assert str(error) == "a validator raised KeyError: \"'Alan'\"; to refuse a value, it must raise ValueError"
    assert isinstance(error.__cause__, KeyError)
    assert error.text == '{"name":"Alan"'
    assert rxs.dump(error.partial) == {"name": "Alan"}


class Priced(BaseModel):
    count: int
    price: int
    note: str = ""

    @field_validator("price")
    @classmethod
    def look_up(cls, price: int, info: ValidationInfo) -> int:
        return {1: 10}[info.data["count"] * price]


def spelt(key: str) -> str:
    return {"a": "one"}[key]


@pytest.mark.parametrize(
    ("kind", "deltas", "shown"),
    [
        (Priced, ['{"count":2,"price":3', ',"note":"a"}'], {"count": 2}),
        (dict[Annotated[str, AfterValidator(spelt)], int], ['{"a":1,"b":2', ',"c":3}'], {"one": 1}),
    ],
)
def test_a_faulty_validator_where_errors_are_put_off(kind: Any, deltas: list[str], shown: Any) -> None:
    """A fault is put off as little: also that of a validator that sees other fields, or a key."""
    for validate in "on_close", "at_end":
        error = error_of(rx.from_iterable(deltas).pipe(rxs.accumulate_json(), rxs.to_partial(kind, validate=validate)))
        assert isinstance(error, rxs.SourceFailed)
        assert error.text == deltas[0] + ","
        assert rxs.dump(error.partial) == shown


def test_a_faulty_validator_of_all_lines() -> None:
    """So is one that looks at all documents of JSON lines together, which have come by then."""

    def fail(numbers: list[int]) -> None:
        raise KeyError(numbers[0])

    error = error_of(
        rx.of("1 ", "2").pipe(rxs.accumulate_json_lines(), rxs.to_partial(Annotated[list[int], AfterValidator(fail)]))
    )
    assert isinstance(error, rxs.SourceFailed)
    assert str(error).startswith("a validator raised KeyError: ")
    assert error.partial == [1]


def test_prose_before_the_document() -> None:
    """A fence or a friendly word before the document is refused with the option that takes it."""
    error = error_of(rx.of('Sure! {"a":1}').pipe(rxs.accumulate_json()))
    assert 'locate="find" skips prose and a code fence' in str(error)


@pytest.mark.parametrize(("text", "what"), [("", "no text"), (" \n", "2 characters of white space")])
def test_no_document_at_all(text: str, what: str) -> None:
    """Where nothing came, or nothing but white space, that is what the error says."""
    error = error_of(rx.of(text).pipe(rxs.accumulate_json()))
    assert isinstance(error, rxs.Truncated)
    assert str(error) == f"there is no document: {what} came"
    assert error.text == text


def test_no_document_to_be_found() -> None:
    """Where only prose came, that is what the error says."""
    error = error_of(rx.of("I cannot do that.").pipe(rxs.accumulate_json(locate="find")))
    assert isinstance(error, rxs.Truncated)
    assert str(error) == "there is no JSON document in these 17 characters"


def test_a_path_that_is_too_long_to_read() -> None:
    """A message shows the two ends of a very long path, and stays one short line."""
    error = error_of(rx.of("[" * 600).pipe(rxs.accumulate_json()))
    assert isinstance(error, rxs.LimitExceeded)
    assert len(str(error)) < 250


def test_what_of_the_package_is_no_state_of_a_document() -> None:
    """Its events and changes are none; its snapshots are, and so is a model, even that of the demo."""
    snapshot, _ = rxs.iterate(rx.of("[1,", "2]").pipe(rxs.accumulate_json()))
    assert not is_ours(snapshot)
    assert not is_ours(UserProfile.model_construct())
    assert is_ours(Change((), "opened", []))
