"""What happened between two snapshots, whichever lie between them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.incremental import JsonDocument, JsonSnapshot
from rxstruct.incremental.changes import Change, Follower, JsonView
from rxstruct.typing import EACH, Path, PathPattern
from tests.tally import count

from ..strategies import json_texts
from .driver import run, same


def told(snapshots: Iterable[JsonSnapshot], pattern: PathPattern | None = None) -> list[Change]:
    """What a reader is told who sees these snapshots."""
    follower = Follower(JsonView(), pattern)
    return [change for snapshot in snapshots for change in follower.advance(snapshot)]


def log(snapshots: Iterable[JsonSnapshot], pattern: PathPattern | None = None) -> list[Change]:
    """The same, with text that came in several pieces put together."""
    return merged(told(snapshots, pattern))


def merged(changes: Iterable[Change]) -> list[Change]:
    """A log with text that came in several pieces put together."""
    whole: list[Change] = []
    for change in changes:
        if change.kind == "appended" and whole[-1].kind == "appended":
            change = change._replace(text=whole.pop().text + change.text)
        whole.append(change)
    return whole


def rebuilt(changes: Iterable[Change]) -> Any:
    """The document that a log tells of."""
    top: dict[str, Any] = {}

    def put(path: Path, value: Any) -> None:
        holder, key = top, "root"
        for segment in path:
            holder, key = holder[key], segment  # type: ignore[assignment]
        if isinstance(holder, list) and key == len(holder):
            holder.append(None)
        holder[key] = value

    def at(path: Path) -> Any:
        value = top["root"]
        for segment in path:
            value = value[segment]
        return value

    for change in changes:
        match change:
            case Change(path, "opened", empty):
                put(path, type(empty)())
            case Change(path, "appended", _, text):
                put(path, at(path) + text)
            case Change(path, "closed", value) if not isinstance(value, list | dict):
                put(path, value)
            case Change(path, "closed", value):
                assert same(at(path), value)
    return top["root"]


@st.composite
def conflated(draw: st.DrawFn, snapshots: list[JsonSnapshot]) -> list[JsonSnapshot]:
    """Any of the snapshots, in order, and the last."""
    kept = draw(st.lists(st.booleans(), min_size=len(snapshots), max_size=len(snapshots)))
    return [snapshot for snapshot, keep in zip(snapshots[:-1], kept, strict=False) if keep] + snapshots[-1:]


@given(json_texts(duplicate_keys=False), st.data(), st.booleans())
def test_the_log_is_the_same_however_many_snapshots_are_dropped(text: str, data: st.DataObject, lines: bool) -> None:
    """Whatever is dropped between them, the snapshots tell one log; it rebuilds the document, and closes what has closed."""
    snapshots = run(text, lines=lines).emitted
    whole = log(snapshots)
    assert log(data.draw(conflated(snapshots))) == whole
    assert same(rebuilt(whole), snapshots[-1].value)
    assert [change.path for change in whole if change.kind == "closed"] == snapshots[-1].closed_paths
    count("streams with snapshots dropped on the way")


@given(json_texts(), st.data())
def test_repeated_keys_close_each_time(text: str, data: st.DataObject) -> None:
    """A repeated key is told as often as it is seen, and the document that is told of ends with the last."""
    snapshots = run(text).emitted
    assert same(rebuilt(log(snapshots)), json.loads(text))
    assert same(rebuilt(log(data.draw(conflated(snapshots)))), json.loads(text))
    count("streams with snapshots dropped on the way")


patterns = st.lists(
    st.one_of(st.just(EACH), st.integers(0, 2), st.sampled_from(["a", "b", "name", "items"])), max_size=3
)


@given(json_texts(duplicate_keys=False), patterns.map(tuple), st.data())
def test_a_pattern_selects_the_same_from_any_of_them(text: str, pattern: PathPattern, data: st.DataObject) -> None:
    """What a pattern names is told as in the whole log, and nothing else is, whatever is dropped."""
    snapshots = run(text).emitted
    expected = [change for change in log(snapshots) if matches(change.path, pattern)]
    assert log(snapshots, pattern) == expected
    assert log(data.draw(conflated(snapshots)), pattern) == expected
    count("streams with snapshots dropped on the way")


def matches(path: Path, pattern: PathPattern) -> bool:
    return len(path) == len(pattern) and all(wanted in (EACH, name) for wanted, name in zip(pattern, path, strict=True))


def test_the_story_of_a_document() -> None:
    """What is told as a document grows; one who sees only its end is told the same at once."""
    snapshots = run(['{"a":"x', 'y","b":[1', ",2]}"]).emitted
    story = [
        Change((), "opened", {}),
        Change(("a",), "opened", ""),
        Change(("a",), "appended", text="x"),
        Change(("a",), "appended", text="y"),
        Change(("a",), "closed", "xy"),
        Change(("b",), "opened", []),
        Change(("b", 0), "closed", 1),
        Change(("b", 1), "closed", 2),
        Change(("b",), "closed", [1, 2]),
        Change((), "closed", {"a": "xy", "b": [1, 2]}),
    ]
    assert told(snapshots[:1]) == story[:3]
    assert told(snapshots) == story
    assert told([snapshots[-1], snapshots[-1]]) == log(snapshots)


def test_what_closed_before_is_not_looked_at() -> None:
    """What is told of one more element is as short after a thousand elements as after one."""
    follower = Follower(JsonView())
    snapshots = run(["[", *[f"{number}," for number in range(1000)], "0]"]).emitted
    assert [len(list(follower.advance(snapshot))) for snapshot in snapshots[:-1]] == [1] * 1001


def test_a_text_that_has_not_grown_is_not_told() -> None:
    """Who sees a state again is told nothing, inside a string as well."""
    (snapshot,) = run('{"a":"x', finish=False).emitted[-1:]
    assert told([snapshot, snapshot]) == told([snapshot])


@pytest.mark.parametrize("lines", [False, True])
def test_the_end_is_told_once(lines: bool) -> None:
    """Who sees the last state again is told nothing, of documents in lines as well."""
    snapshots = run("[1] " * 2 if lines else "[1]", lines=lines).emitted
    assert told([*snapshots, snapshots[-1]]) == told(snapshots)


def test_a_pattern_inside_lines_leaves_out_the_list_of_them() -> None:
    """The list that lines are has the path (), and is told of where that is asked for."""
    snapshots = run("1 2 ", lines=True).emitted
    assert log(snapshots, (EACH,)) == [Change((0,), "closed", 1), Change((1,), "closed", 2)]
    assert told(snapshots[:-1], ()) == [Change((), "opened", [])]
    assert log(snapshots, ()) == [Change((), "opened", []), Change((), "closed", [1, 2])]


def test_the_path_of_the_document_itself() -> None:
    """With the pattern () its own coming and going is told, and not what it holds."""
    assert log(run('[1,{"a":2}]').emitted, ()) == [Change((), "opened", []), Change((), "closed", [1, {"a": 2}])]
    assert log(run("12").emitted, ()) == [Change((), "closed", 12)]


def in_attempt(number: int, *deltas: str, lines: bool = False) -> list[JsonSnapshot]:
    """The snapshots of an attempt; of lines, to the end of their text."""
    document = JsonDocument(lines=lines, number=number)
    snapshots = [*map(document.feed, deltas), document.finish() if lines else None]
    return [snapshot for snapshot in snapshots if snapshot is not None]


def test_another_attempt_is_told_from_the_beginning() -> None:
    """With the first snapshot of another attempt the story begins anew, wherever that of the last one broke off."""
    for first in '{"a":"x', '{"a":[1', '{"a":1}':
        for second in '{"a":"xy', '{"b":[1,2]}', '["x"]':
            snapshots, alone = in_attempt(1, first), in_attempt(1, second[:-1], second[-1:])
            assert len(alone) == 2
            assert told(snapshots + in_attempt(2, second[:-1], second[-1:])) == told(snapshots) + told(alone)
    ended, alone = in_attempt(1, "1 ", lines=True), in_attempt(1, "1 ", "2", lines=True)
    assert told(ended + in_attempt(2, "1 ", "2", lines=True)) == told(ended) + told(alone)


@pytest.mark.parametrize("pattern", [None, (), ("a",), ("a", 0), ("b",), (EACH,), (EACH, EACH), (1, "a")])
@pytest.mark.parametrize(
    "text",
    [
        '{"a":"xy\n',
        '{"a":"x","b":"yz\n',
        '[1,{"a":[2,3],"b":"c"},[4,x',
        '{"a":[1,2],"b":"c"x',
        '[["a"],["b",x',
        '{"a":[1,[2,x',
    ],
)
def test_the_state_before_an_error_goes_on_with_the_story(text: str, pattern: PathPattern | None) -> None:
    """The state just before an error is told of as any other, however the text was cut."""

    def story(deltas: Iterable[str]) -> list[Change]:
        result = run(deltas)
        assert result.error is not None
        assert result.error.snapshot is not None
        return log([*result.emitted, result.error.snapshot], pattern)

    whole = story(text)
    for first in range(len(text)):
        for second in range(first, len(text), 3):
            assert story([text[:first], text[first:second], text[second:]]) == whole


@pytest.mark.parametrize("pattern", [None, (), ("a",), ("a", 0), ("b",), (EACH,), (EACH, EACH), (1, "a")])
@pytest.mark.parametrize(
    "text", ['{"a":"xy","b":"zw"}', '[1,{"a":[2,3],"b":"c"},[4,5]]', '[["a"],["b",[1]]]', '{"a":[1,[2,"b"]]}']
)
def test_a_text_that_is_read_again_goes_on_with_the_story(text: str, pattern: PathPattern | None) -> None:
    """Where a document has run ahead, another one of the same text takes over, and tells what the first one would have told."""
    for end in range(1, len(text) + 1):
        whole = log(run(text[:end], finish=False).emitted, pattern)
        for start in range(1, end):
            ahead = run([text[:start], text[start:]], finish=False)
            seen = [] if ahead.states[start] is None else ahead.emitted[:1]
            assert log(seen + run([text[:end]], finish=False).emitted, pattern) == whole
