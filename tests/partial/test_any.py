"""Row "Any": as the snapshot."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import pytest
import reactivex as rx
from pydantic import AfterValidator, BaseModel, JsonValue, TypeAdapter, ValidationError

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid


class Envelope(BaseModel):
    payload: Any
    more: dict[str, Any] = {}


def test_any_shows_what_the_snapshot_shows() -> None:
    """Under `Any` the document shows as it does in snapshots: strings grow, numbers wait."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a  {"payload":{"items":[1
        b  2,"te
        c  xt",{"deep":null}]},"more":{"k":"v
        d  al"}}
        w  {"payload": {"items": []}}
        x  {"payload": {"items": [12, "te"]}}
        y  {"payload": {"items": [12, "text", {"deep": null}]}, "more": {"k": "v"}}
        z  {"payload": {"items": [12, "text", {"deep": null}]}, "more": {"k": "val"}}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Envelope),
    )


@pytest.mark.parametrize(
    "value", ["12", "1.0", "-0.0", "true", "null", '"x"', "[]", "{}", '{"a":[1,{"b":"c"}]}', "1" * 40]
)
@pytest.mark.parametrize("kind", [Any, object, JsonValue])
def test_any_value_ends_as_pydantic_ends(kind: Any, value: str) -> None:
    """All JSON values, bare and within a model."""
    assert_valid(TypeAdapter(kind), value, list(value))
    text = f'{{"payload":{value},"more":{{"k":{value}}}}}'
    assert_valid(Envelope, text, list(text))


def test_an_open_any_is_not_shared_with_later_partials() -> None:
    """What was handed out stays as it was while the document goes on."""
    items = run(Envelope, '{"payload":[[1],[2],"abc"]}').items
    shown = [item.payload for item in items if hasattr(item, "payload")]
    assert shown[0] == []
    assert last(Envelope, '{"payload":[[1],[2],"abc"]}').payload == [[1], [2], "abc"]


def test_half_a_surrogate_pair_is_refused_as_pydantic_refuses_it() -> None:
    """`json.loads` takes it, pydantic does not, wherever it stands; a whole pair is taken."""
    for text in '["\\ud83d"]', '["a\\ud83d"]', '[{"\\ude00":1}]', '[["\\ud83d"]]':
        for kind in list[Any], list[str | dict[str, int] | list[str]]:
            assert type(run(kind, list(text)).error) is rxs.FieldInvalid
    assert type(run(dict[str, int], list('{"\\ud83d":1}')).error) is rxs.FieldInvalid
    assert_valid(TypeAdapter(list[Any]), '["\\ud83d\\ude00","\\n"]', list('["\\ud83d\\ude00","\\n"]'))


def test_a_validator_around_any_has_its_say() -> None:
    """What shows as the snapshot shows becomes, as it closes, what the validator makes of it."""
    kind = list[Annotated[Any, AfterValidator(repr)]]
    assert last(kind, '[1,["a"') == ["1", ["a"]]
    assert last(kind, '[1,["a"]]') == ["1", "['a']"]


class Holder(BaseModel):
    inner: Any
    size: int = 0


class Outer(BaseModel):
    holder: Holder


DEEP = [
    (Any, "", ""),
    (Holder, '{"inner":', ',"size":1}'),
    (Outer, '{"holder":{"inner":', "}}"),
    (list[Any], '["a",', "]"),
]
"""Types, and what stands before and after a value of them that may be nested."""


@pytest.mark.parametrize(("kind", "before", "after"), DEEP)
def test_what_is_nested_as_deep_as_pydantic_reads_is_valid(kind: Any, before: str, after: str) -> None:
    """pydantic reads a value inside 200 containers, wherever the text is cut."""
    levels = 200 - sum(before.count(bracket) for bracket in "{[")
    text = f"{before}{'[' * levels}[]{']' * levels}{after}"
    for deltas in [text], list(text), [text[:150], text[150:]]:
        items, error, *_ = run(kind, deltas)
        assert error is None
        assert items[-1] == TypeAdapter(kind).validate_json(text)


@pytest.mark.parametrize("value", ['""', "[]"])
@pytest.mark.parametrize(("kind", "before", "after"), DEEP)
def test_what_is_nested_deeper_is_refused_as_it_begins(kind: Any, before: str, after: str, value: str) -> None:
    """And no value inside one container more: with the state just before it, wherever the text is cut."""
    levels = 201 - sum(before.count(bracket) for bracket in "{[")
    text = f"{before}{'[' * levels}{value}{']' * levels}{after}"
    with pytest.raises(ValidationError, match="recursion limit"):
        TypeAdapter(kind).validate_json(text)
    for deltas in [text], [text[:150], text[150:]], list(text):
        error = run(kind, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert "recursion limit exceeded" in str(error)
        assert error.text == f"{before}{'[' * levels}{value[0]}"
        assert error.snapshot is not None
        assert error.snapshot.text == f"{before}{'[' * levels}"


@pytest.mark.parametrize("levels", [200, 201])
def test_depth_at_once(levels: int) -> None:
    """A value that is nested too deep is refused in one delta, too, and errors that are put off wait for the end."""
    text = f"{'[' * levels}1{']' * levels}"
    error = run(Any, [text]).error
    at_end = run(Any, [text[:-1], text[-1]], validate="at_end").error
    assert (error is None) is (at_end is None) is (levels == 200)
    if at_end is not None:
        assert at_end.text == text


@pytest.mark.parametrize("levels", [199, 200])
def test_depth_of_lines(levels: int) -> None:
    """Documents of one text are elements of a list, which is one container more around them."""
    errors: list[Exception] = []
    text = f"{'[' * levels}1{']' * levels}"
    rx.of(text, " ").pipe(rxs.accumulate_json_lines(), rxs.to_partial(list[Any])).subscribe(on_error=errors.append)
    assert [type(error) for error in errors] == ([] if levels == 199 else [rxs.FieldInvalid])


def refuse(value: Any) -> None:
    raise ValueError("not that")


class Refused(BaseModel):
    size: int = 0
    any: Annotated[Any, AfterValidator(refuse)]


class RefusedByOthers(BaseModel):
    size: int = 0
    any: Annotated[Any, AfterValidator(lambda value, info: refuse(value))]


@pytest.mark.parametrize("kind", [Refused, RefusedByOthers])
@pytest.mark.parametrize("value", ['"hey"', "[1,2]", '{"a":"b"}'])
def test_what_showed_and_is_refused_goes_on_to_show_while_that_is_put_off(kind: Any, value: str) -> None:
    """What is open under `Any` is not taken back where its validator's refusal waits for the end, however the text was cut."""
    text = f'{{"size":1,"any":{value}}}'
    for deltas in list(text), [text[:-1], "}"]:
        items, error, *_ = run(kind, deltas, validate="at_end")
        assert rxs.dump(items[-1]) == {"size": 1, "any": json.loads(value)}
        assert type(error) is rxs.FieldInvalid
    assert not hasattr(run(kind, ['{"size":1,"any":2,', '"x":1}'], validate="at_end").items[-1], "any")


class Days(BaseModel):
    days: Annotated[list[date], AfterValidator(lambda value, info: refuse(value))]
    size: int = 0


def test_what_is_refused_by_others_shows_as_what_had_become_of_its_parts() -> None:
    """A list whose validator sees other fields, and refuses it, has validated elements, which stay what they are."""
    item = run(Days, list('{"days":["2024-01-02"],"size":1}'), validate="at_end").items[-1]
    assert item.days == [date(2024, 1, 2)]
