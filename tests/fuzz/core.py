"""The target on JSON text: whatever the text and its cuts, the core comes to what `json.loads` and pydantic come to.

The first byte of an input chooses one of `CHECKS`, which takes the text and the deltas that it is cut into.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from rxstruct.errors import FieldInvalid, JsonInvalid, LimitExceeded, RxStructError, Truncated
from rxstruct.incremental.locate import WINDOW_LENGTH
from tests.incremental.driver import Run, assert_refused, assert_shows, run, same, value_of
from tests.incremental.reference import NOTHING, WHITESPACE, read
from tests.partial.driver import run as run_partials
from tests.partial.oracle import assert_invalid, assert_valid

from .cutting import cut, parsed
from .models import ADAPTERS

MAX_DEPTH = 20


def fuzz_core(data: bytes) -> None:
    """Raise if anything that the core says of a text is wrong."""
    choice, lengths, content = parsed(data)
    text = content.decode("utf-8", "surrogateescape")
    CHECKS[choice % len(CHECKS)](text, cut(text, lengths))


def strict(text: str, deltas: list[str]) -> None:
    """Equal to `json.loads`, or refused as it refuses; in the end, and after the first delta, all that the reference shows."""
    result = run(deltas, max_depth=MAX_DEPTH)
    if is_too_deep(result):
        return
    value = loaded(text)
    if value is NOTHING:
        assert_refused(result.error, text)
    else:
        assert result.error is None, result.error
        assert same(result.last.value, value)
        assert result.last.is_closed()
    if len(deltas[0]) in result.states:
        assert_shows(result.states[len(deltas[0])], deltas[0])


def unique(text: str, deltas: list[str]) -> None:
    """With `duplicate_keys="error"` a text goes wrong where a key is repeated, and only for that."""
    result, lenient = (run(deltas, max_depth=MAX_DEPTH, duplicate_keys=which) for which in ("error", "last"))
    if is_too_deep(result) or not same_end(result, lenient):
        assert type(result.error) in (JsonInvalid, LimitExceeded), result.error
        if type(result.error) is JsonInvalid:
            seen = read(text[: result.error.position] + '":0}')
            assert seen.duplicate_keys
            assert not read(text[: result.error.position]).duplicate_keys
    else:
        assert not read(text).duplicate_keys


def lines(text: str, deltas: list[str]) -> None:
    """The list of the documents that `json.loads` finds one after the other, or refused where it refuses one."""
    result = run(deltas, max_depth=MAX_DEPTH, lines=True)
    if is_too_deep(result):
        return
    value = loaded_one_by_one(text)
    if value is NOTHING:
        assert type(result.error) in (JsonInvalid, Truncated), result.error
    else:
        assert result.error is None, result.error
        assert same(result.last.value, value)
        assert result.last.is_closed()
    assert same_end(result, run(text, max_depth=MAX_DEPTH, lines=True))


def find(text: str, deltas: list[str]) -> None:
    """What is found is a document that stands in the text; it is what the text is, where that is a document itself."""
    result = run(deltas, max_depth=MAX_DEPTH, locate="find")
    assert same_end(result, run(text, max_depth=MAX_DEPTH, locate="find"))
    if is_too_deep(result):
        return
    value = loaded(text)
    if isinstance(value, list | dict) and len(text) < WINDOW_LENGTH:
        assert result.error is None, result.error
        assert same(result.last.value, value)
    elif result.error is None:
        assert any(same(result.last.value, loaded_from(text, start)) for start in range(len(text)))


def partials(adapter: TypeAdapter[Any], text: str, deltas: list[str]) -> None:
    """Partials come to what `validate_json` comes to, and showed nothing false on the way."""
    if is_too_deep(run(deltas, max_depth=MAX_DEPTH)):
        return
    has_duplicate_keys = read(text).duplicate_keys
    is_json = loaded(text) is not NOTHING
    try:
        wanted = adapter.validate_json(text)
    except ValidationError as refusal:
        outcome = run_partials(adapter, deltas)
        assert is_json or outcome.error is not None
        assert isinstance(outcome.error, RxStructError | None)
        if is_json and not has_duplicate_keys and refusal.errors()[0]["type"] not in LONE_SURROGATE:
            assert_invalid(adapter, text, deltas, refusal)
        return
    if has_duplicate_keys:
        outcome = run_partials(adapter, deltas)
        assert type(outcome.error) is FieldInvalid or outcome.items[-1] == wanted
    elif is_json:
        assert_valid(adapter, text, deltas)


LONE_SURROGATE = ("json_invalid", "string_unicode")
"""What pydantic says of half a surrogate pair, which `json.loads` takes, and so do we where nothing validates it."""

CHECKS = [strict, unique, lines, find, *(partial(partials, adapter) for adapter in ADAPTERS)]


# -- what json.loads says ----------------------------------------------------------------------------------------------


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_constant=refuse_constant)


def loaded(text: str) -> Any:
    """The value of a JSON text; `NOTHING` where it is none."""
    try:
        return DECODER.decode(text)
    except ValueError:
        return NOTHING


def loaded_from(text: str, start: int) -> Any:
    """The value of the JSON text that begins at an offset, and ends where it ends."""
    try:
        return DECODER.raw_decode(text, start)[0]
    except ValueError:
        return NOTHING


def loaded_one_by_one(text: str) -> Any:
    """The values of the JSON texts that follow one another; only a number has to end with white space."""
    values, at = [], 0
    while True:
        while at < len(text) and text[at] in WHITESPACE:
            at += 1
        if at == len(text):
            return values
        try:
            value, at = DECODER.raw_decode(text, at)
        except ValueError:
            return NOTHING
        if type(value) in (int, float) and text[at : at + 1] not in WHITESPACE:
            return NOTHING
        values.append(value)


# -- what is asserted --------------------------------------------------------------------------------------------------


def is_too_deep(result: Run) -> bool:
    """Whether the depth limit ended a run, as it should have."""
    if type(result.error) is not LimitExceeded:
        return False
    brackets = [character for character in result.error.text if character in "{["]
    assert result.error.limit == "max_depth"
    assert len(brackets) > MAX_DEPTH
    return True


def same_end(left: Run, right: Run) -> bool:
    """Whether two runs came to the same value, or to the same error in the same state."""
    if left.error is None or right.error is None:
        return left.error is right.error and same(left.last.value, right.last.value)
    return (
        type(left.error) is type(right.error)
        and left.error.text == right.error.text
        and str(left.error) == str(right.error)
        and same(value_of(left.error.snapshot), value_of(right.error.snapshot))
    )
