"""Big deltas may be read another way than small ones, and nothing but the speed may show it."""

from __future__ import annotations

import json
import sys
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.errors import JsonInvalid, LimitExceeded
from rxstruct.incremental.bulk import BulkReader
from rxstruct.limits import DocumentLimits
from tests.strategies import cut_at, json_texts, spoiled
from tests.tally import count

from .driver import run, same, value_of
from .reference import read

PADDING = '"' + "x" * 600 + '"'


@st.composite
def big_texts(draw: st.DrawFn, *, spoil: bool = False) -> str:
    """Generated documents amid enough text that every delta is big."""
    parts = [draw(json_texts(depth=2)) for _ in range(3)]
    text = f'{{"first":{parts[0]},"padding":[{PADDING}],"second":[{parts[1]},{{"third":{parts[2]}}}]}}'
    if spoil:
        at = text.index(',"second"') + draw(st.integers(0, 40))
        text = text[:at] + draw(spoiled(text[at:]))
    wrapped: str = draw(st.sampled_from(["%s", "[%s]", '[[0,%s,"' + "y" * 300 + '"]]'])) % text
    return wrapped


def with_cuts(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, list[str]]]:
    def cut(text: str) -> st.SearchStrategy[tuple[str, list[str]]]:
        offsets = st.lists(st.integers(0, len(text)), max_size=3).map(sorted)
        return st.tuples(st.just(text), offsets.map(lambda at: cut_at(text, at)))

    return texts.flatmap(cut)


@given(with_cuts(big_texts()))
def test_big_deltas_show_what_single_characters_show(case: tuple[str, list[str]]) -> None:
    """Documents in a few big pieces give, at each cut and at the end, what the reference and `json.loads` give."""
    count("generated JSON texts, cut at random")
    text, deltas = case
    result = run(deltas)
    assert result.error is None
    assert same(result.last.value, json.loads(text))
    for position, snapshot in result.states.items():
        expected = read(text[:position])
        assert same(value_of(snapshot), expected.value)
        if snapshot is not None and not expected.duplicate_keys:
            assert snapshot.closed_paths == expected.closed


@given(with_cuts(big_texts(spoil=True)))
def test_errors_in_big_deltas_stand_where_they_stand_in_small_ones(case: tuple[str, list[str]]) -> None:
    """Spoiled documents in a few big pieces end in the same error, at the same place and in the same state."""
    count("generated texts that are spoiled or stop early")
    text, deltas = case
    expected, result, one_by_one = read(text, ended=True), run(deltas), run(text)
    assert type(result.error) is type(one_by_one.error)
    if result.error is None or one_by_one.error is None:
        assert same(result.last.value, json.loads(text))
        return
    assert result.error.text == one_by_one.error.text
    assert same(value_of(result.error.snapshot), value_of(one_by_one.error.snapshot))
    if expected.invalid_at is not None:
        assert type(result.error) is JsonInvalid
        assert result.error.position == expected.invalid_at


def test_limits_hold_in_big_deltas() -> None:
    """A container too deep, a repeated key and an endless number are found in the middle of a big delta too."""
    for inside, options in (
        ("[[[[]]]]", {"max_depth": 4}),
        ('{"a":[[[]]],"a":1}', {"max_depth": 4}),
        ('{"a":{"' + "k" * 1_000 + '":1},"a":1}', {"max_key_length": 700}),
        ('{"' + r"\ud83d\ude00" * 60 + '":1}', {"max_key_length": 700}),
        ("-" + "9" * 4_301, {}),
        ("9" * 5_000, {}),
        ("-0." + "9" * 5_000, {}),
        ('{"a":1,"b":2,"\\u0061":3}', {"duplicate_keys": "error"}),
        ("[NaN]", {}),
        ("[-Infinity]", {}),
        ("[01]", {}),
        ('["\\u12g4"]', {}),
        ('["\t"]', {}),
        ("[\u0661]", {}),
    ):
        text = f"[{PADDING},{inside},{PADDING}]"
        whole, one_by_one = run([text], **options).error, run(text, **options).error
        assert type(whole) is type(one_by_one)
        assert isinstance(whole, JsonInvalid | LimitExceeded), inside
        assert one_by_one is not None
        assert whole.text == one_by_one.text
        assert str(whole) == str(one_by_one)
        assert same(value_of(whole.snapshot), value_of(one_by_one.snapshot))


def test_the_depth_that_is_allowed_is_the_same_in_big_deltas() -> None:
    """`max_depth` counts from the root wherever a delta begins."""
    text = f"[{PADDING},[[[]]],{PADDING}]"
    for deltas in [text], list(text), cut_at(text, [3]), cut_at(text, [605]):
        assert run(deltas, max_depth=4).error is None
        assert type(run(deltas, max_depth=3).error) is LimitExceeded


@given(st.integers(1, 97), st.randoms(use_true_random=False))
def test_long_texts_can_be_read_back_from_any_snapshot(size: int, random: Random) -> None:
    """In a text of many thousand characters, snapshots read late, in any order, are those of their prefixes."""
    count("generated JSON texts, cut at random")
    element = '{"name":"\\u00e9\\ud83d\\ude00' + "lorem ipsum " * 20 + '","at":[1,-2.50,null]},'
    text = "[" + element * 40 + '"' + "dolor\\n" * 700 + '"]'
    states = [
        state for state in run(cut_at(text, list(range(0, len(text), size)))).states.items() if state[1] is not None
    ]
    for position, snapshot in random.sample(states, 6):
        assert snapshot is not None
        expected = read(text[:position])
        assert snapshot.text == text[: snapshot.position]
        assert same(snapshot.value, expected.value)
        assert snapshot.closed_paths == expected.closed


def read_whole(text: str, *, max_depth: int = 9, at: int = 0, **limits: int) -> Any:
    """What is read of a text at once; None where it is left to the scanner."""
    return BulkReader(DocumentLimits(**limits)).read(text, at, max_depth)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ('{"a":', {}),
        ("[NaN]", {}),
        ("[[[1]]]", {"max_depth": 2}),
        ('{"a":{"b":[]}}', {"max_depth": 2}),
        ('{"a":1,"a":2}', {}),
        ("[123456]", {"max_number_length": 5}),
        ("[123.45]", {"max_number_length": 5}),
        ("[" + "1" * 4301 + "]", {}),
        ("[-" + "1" * 4301 + "]", {}),
        ("[-" + "1" * 4300 + "]", {"max_number_length": 4300}),
        ("[1,2,3]", {"max_elements": 3}),
        ('{"abc":"1234567"}', {"max_key_length": 12}),
        ('[{"abc":"1234567"}]', {"max_key_length": 12}),
        ('{"\\ud83d\\ude00\\ud83d\\ude00":1}', {"max_key_length": 23}),
    ],
)
def test_what_may_be_wrong_is_left_to_the_scanner(text: str, limits: dict[str, Any]) -> None:
    """Only the scanner says what is wrong, and where; so whatever could be beyond a limit is not read at once."""
    assert read_whole(text, **limits) is None


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("[[[1]]]", {"max_depth": 3}),
        ('{"a":{"b":[]}}', {"max_depth": 3}),
        ('{"a":1,"b":2}', {}),
        ("[12345]", {"max_number_length": 5}),
        ("[123.4]", {"max_number_length": 5}),
        ("[-" + "1" * 4300 + "]", {}),
        ("[1,22]", {"max_elements": 3}),
        ('{"a":"123456789"}', {"max_key_length": 12}),
        ('{"\\ud83d\\ude00":1}', {"max_key_length": 12}),
        ('{"abcdef":1}', {"max_key_length": 12}),
        ('[{},"1234567890"]', {"max_key_length": 12}),
    ],
)
def test_what_keeps_to_the_limits_is_read_at_once(text: str, limits: dict[str, Any]) -> None:
    """From wherever it begins to where it ends."""
    assert read_whole(text + "]}", **limits) == (json.loads(text), len(text))
    assert read_whole(" " * 50 + text, at=50, **limits) == (json.loads(text), 50 + len(text))


def test_long_integers_are_left_to_the_scanner_where_the_process_converts_any() -> None:
    """The limit is ours, whatever Python's own is."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert read_whole("[" + "1" * 4302 + "]") is None
        assert read_whole("[" + "1" * 4301 + "]") is not None
    finally:
        sys.set_int_max_str_digits(before)
