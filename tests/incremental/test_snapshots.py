"""Reading a snapshot: by path, what is closed, what is open, and what equals it."""

from __future__ import annotations

import copy
import pickle
from typing import Any
from unittest.mock import ANY

import pytest

from rxstruct.incremental import JsonSnapshot

from .driver import run


def newest(*deltas: str, **options: Any) -> JsonSnapshot:
    return run(deltas, finish=False, **options).last


OBJECT = newest('{"a":[1,2],"b":"x')


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), {"a": [1, 2], "b": "x"}),
        (("a",), [1, 2]),
        (("a", 0), 1),
        (("a", 1), 2),
        (("a", -1), 2),
        (("a", -2), 1),
        (("b",), "x"),
        (("a", 2), "nothing"),
        (("a", -3), "nothing"),
        (("a", "0"), "nothing"),
        (("a", 0, 0), "nothing"),
        (("b", 0), "nothing"),
        (("c",), "nothing"),
        ((0,), "nothing"),
        ((-1,), "nothing"),
    ],
)
def test_get_reads_what_is_at_a_path(path: Any, value: Any) -> None:
    """Keys and indices, also from the end; the default where nothing is, or could not be."""
    assert OBJECT.get(*path, default="nothing") == value
    assert newest("[" + OBJECT.text).get(0, *path, default="nothing") == value
    assert newest("0 " + OBJECT.text, lines=True).get(1, *path, default="nothing") == value


LIST = newest('[1,[2],3,"x')


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((0,), 1),
        ((1, 0), 2),
        ((2,), 3),
        ((3,), "x"),
        ((-1,), "x"),
        ((-2,), 3),
        ((-4,), 1),
        ((-3, -1), 2),
        ((4,), "nothing"),
        ((-5,), "nothing"),
        ((-6,), "nothing"),
        (("0",), "nothing"),
        (("a", 0), "nothing"),
        ((3, 0), "nothing"),
    ],
)
def test_get_reads_what_is_in_an_open_list(path: Any, value: Any) -> None:
    """The element that is being written is the last."""
    assert LIST.get(*path, default="nothing") == value
    assert newest('{"a":' + LIST.text).get("a", *path, default="nothing") == value


@pytest.mark.parametrize(
    ("text", "lines", "open_path", "closed"),
    [
        ('{"a":[1,2],"b":"x', False, ("b",), [("a", 0), ("a", 1), ("a",)]),
        ('{"a":[1,2', False, ("a",), [("a", 0)]),
        ('{"a":[1],', False, (), [("a", 0), ("a",)]),
        ("[[1],", False, (), [(0, 0), (0,)]),
        ("[[1]]", False, None, [(0, 0), (0,), ()]),
        ('"a', False, (), []),
        ("1 [2", True, (1,), [(0,)]),
        ("1 2 ", True, (), [(0,), (1,)]),
    ],
)
def test_what_is_open_and_what_has_closed(text: str, lines: bool, open_path: Any, closed: Any) -> None:
    """The innermost value that is being written, and the paths of all that have ended, in the order in which they did."""
    snapshot = newest(text, lines=lines)
    assert snapshot.open_path == open_path
    assert snapshot.closed_paths == closed
    assert snapshot.is_closed() is (() in closed)
    for path in closed:
        assert snapshot.is_closed(*path)
    if open_path is not None:
        assert not snapshot.is_closed(*open_path)


def test_lines_close_with_their_text() -> None:
    """Until then there may be more of them."""
    before, after = run("1 2", lines=True).emitted[-2:]
    assert (before.open_path, before.is_closed(), before.is_closed(0)) == ((), False, True)
    assert (after.open_path, after.is_closed(), after.is_closed(1)) == (None, True, True)
    assert after.closed_paths == [(0,), (1,), ()]


def test_snapshots_are_equal_that_show_the_same() -> None:
    """The same values, of which the same is open; what is no snapshot equals none."""
    assert newest('["a"') == newest(' [ "a"')
    assert newest('["a"') != newest('["a')
    assert newest('["a"') != newest('["b"')
    assert newest("[1,") != [1]
    assert newest("[1,") == ANY  # which says so itself


def test_a_copy_of_a_snapshot_is_itself() -> None:
    """It never changes, so a deep copy would say nothing new either."""
    assert copy.copy(OBJECT) is OBJECT
    assert copy.deepcopy([OBJECT])[0] is OBJECT


def test_a_snapshot_shows_its_value() -> None:
    """And whether that has closed."""
    assert repr(OBJECT) == "JsonSnapshot({'a': [1, 2], 'b': 'x'}, open)"
    assert repr(newest("[1]")) == "JsonSnapshot([1], closed)"


def test_a_snapshot_can_be_sent_to_another_process() -> None:
    """It shows the same there."""
    ended = (
        run(["12"]).last,
        run(["See\n[1]"], locate="find").last,
        run(["1 2"], lines=True).last,
    )  # by the end of the text
    for snapshot in OBJECT, newest("1 [2", lines=True), newest("1 ", lines=True), newest("{}"), *ended:
        sent = pickle.loads(pickle.dumps(snapshot))
        assert sent == snapshot
        assert sent.text == snapshot.text
        assert sent.closed_paths == snapshot.closed_paths


def test_a_delta_without_text_changes_nothing() -> None:
    """An empty delta brings no snapshot, wherever it comes."""
    result = run(["", "{", "", '"a":"x', "", "y", "", '"', "", "}", ""])
    assert [snapshot.value for snapshot in result.emitted] == [{}, {"a": "x"}, {"a": "xy"}, {"a": "xy"}, {"a": "xy"}]


def test_an_old_snapshot_is_asked_for_a_key_that_has_come_again() -> None:
    """Each snapshot has the value that the key had then, in whatever order they are asked."""
    snapshots = run(['{"a":1,', '"b":2,', '"a":3,', '"c":4,', '"a":5,', "}"]).emitted
    for seen in snapshots, snapshots[::-1]:
        for snapshot in seen:
            assert [snapshot.get(key) for key in "abcd"] == [snapshot.value.get(key) for key in "abcd"]
            assert [snapshot.is_closed(key) for key in "abcd"] == [key in snapshot.value for key in "abcd"]


def test_a_container_knows_that_a_key_is_repeated() -> None:
    """From the moment at which the key has come again; a new key, whose value has not begun, is none."""
    for text, repeats in (
        ('{"a":1,"b":2', False),
        ('{"a":1,"b":"', False),
        ('{"a":1,"b"', False),
        ("{", False),
        ('{"a":1,"b":2,"a"', True),
        ('{"a":1,"b":2,"a":"', True),
        ('{"a":1,"b":2,"a":"", "c":"', True),
        ("[1,1", False),
    ):
        assert newest(text).spine[1].repeats_a_key is repeats, text
