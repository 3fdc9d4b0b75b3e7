"""The core's invariants, over generated documents and cuts, against the reference and `json.loads`."""

from __future__ import annotations

import itertools
import json

from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import cut_at, cuts, json_texts
from tests.tally import count

from .driver import run, same, value_of
from .reference import read

texts_and_cuts = json_texts().flatmap(lambda text: st.tuples(st.just(text), cuts(text)))

EXAMPLES = [
    '{"a":"x","b":[1,2.5,{"c":null}],"d":{}}',
    '"\\ud83d\\ude00"',
    '"\\ud83d\\n\\ud83d\\ud83d\\ude00\\ude00"',
    '"\\ud83d/\\ud83d"',
    "  -0.0  ",
    "123456789012345678901234567890",
    " \t\r\n[ \t\r\n] \t\r\n",
    "true",
    '{"a":1,"a":{"b":2},"a":[3]}',
    '{"\\u0061\\ud83d\\ude00":0}',
    "[1,[],{}]",
]


def test_every_prefix_shows_what_the_reference_shows() -> None:
    """After each character of the usual suspects, the value and the closed paths are the reference's."""
    for text in EXAMPLES:
        assert_like_the_reference(text)


@given(json_texts())
def test_every_prefix_of_any_document_shows_what_the_reference_shows(text: str) -> None:
    """The same for generated documents."""
    count("generated JSON texts, cut at random")
    assert_like_the_reference(text)


def assert_like_the_reference(text: str) -> None:
    states = run(text).states
    for position, snapshot in states.items():
        expected = read(text[:position])
        assert same(value_of(snapshot), expected.value), (text[:position], value_of(snapshot), expected.value)
        if snapshot is not None and not expected.duplicate_keys:
            assert snapshot.closed_paths == expected.closed, text[:position]


@given(texts_and_cuts)
@example((EXAMPLES[0], cut_at(EXAMPLES[0], [3, 3, 7])))
def test_cuts_do_not_matter(case: tuple[str, list[str]]) -> None:
    """The state after n characters is the same however they were cut."""
    count("generated JSON texts, cut at random")
    text, deltas = case
    one_by_one = run(text)
    for position, snapshot in run(deltas).states.items():
        alone = one_by_one.states.get(position)
        assert same(value_of(snapshot), value_of(alone)), text[:position]
        if snapshot is not None and alone is not None:
            assert snapshot.closed_paths == alone.closed_paths
            assert snapshot.open_path == alone.open_path


@given(texts_and_cuts)
def test_a_snapshot_comes_when_something_changed_and_only_then(case: tuple[str, list[str]]) -> None:
    """A delta that neither shows nor closes anything gives no snapshot; every other gives one."""
    count("generated JSON texts, cut at random")
    text, deltas = case
    position, before = 0, read("")
    states = run(deltas).states
    seen = None
    for delta in deltas:
        position += len(delta)
        after = read(text[:position])
        changed = not same(after.value, before.value) or after.closed != before.closed
        emitted = states[position] is not seen
        if changed:
            assert emitted, text[:position]
        elif states[position] is not None and seen is not None and states[position].open_path == seen.open_path:
            assert not emitted, text[:position]
        before, seen = after, states[position]


@given(texts_and_cuts)
def test_the_last_snapshot_is_json_loads(case: tuple[str, list[str]]) -> None:
    """The last snapshot is closed, and its value is that of `json.loads`, to the last bit and in its order."""
    count("generated JSON texts, cut at random")
    text, deltas = case
    result = run(deltas)
    assert result.error is None
    assert same(result.last.value, json.loads(text))
    assert result.last.is_closed()
    assert result.last.closed_paths[-1] == ()


@given(texts_and_cuts)
def test_a_snapshot_knows_the_text_up_to_it(case: tuple[str, list[str]]) -> None:
    """`.text` is the text so far and `.position` its length in characters."""
    count("generated JSON texts, cut at random")
    text, deltas = case
    seen = None
    for position, snapshot in run(deltas).states.items():
        if snapshot is not None and snapshot is not seen:
            assert snapshot.text == text[: snapshot.position]
            assert snapshot.position <= position
            seen = snapshot


@given(json_texts(duplicate_keys=False))
def test_a_closed_value_is_the_same_object_from_then_on(text: str) -> None:
    """What has closed is not only equal in every later snapshot, it is the same object."""
    count("generated JSON texts, cut at random")
    objects: dict[tuple[str | int, ...], object] = {}
    for snapshot in run(text).emitted:
        for path, value in objects.items():
            assert snapshot.get(*path) is value, (text, path)
        for path in snapshot.closed_paths:
            assert snapshot.is_closed(*path)
            objects.setdefault(path, snapshot.get(*path))


@given(json_texts(duplicate_keys=False), st.integers(2, 5))
def test_sharing_holds_for_whoever_reads_only_some_snapshots(text: str, step: int) -> None:
    """The same where only every n-th snapshot is read, so that building on first read can't make two of one."""
    count("generated JSON texts, cut at random")
    objects: dict[tuple[str | int, ...], object] = {}
    for snapshot in run(text).emitted[::step]:
        for path, value in objects.items():
            assert snapshot.get(*path) is value, (text, path)
        for path in snapshot.closed_paths:
            objects.setdefault(path, at(snapshot.value, path))


def at(value: object, path: tuple[str | int, ...]) -> object:
    for segment in path:
        value = value[segment]  # type: ignore[index]
    return value


@given(texts_and_cuts, st.randoms(use_true_random=False))
def test_old_snapshots_stay_what_they_were(case: tuple[str, list[str]], random: object) -> None:
    """Snapshots first read after the document has gone on, in any order, give what they would have given at once."""
    count("generated JSON texts, cut at random")
    text, deltas = case
    states = [(position, snapshot) for position, snapshot in run(deltas).states.items() if snapshot is not None]
    random.shuffle(states)  # type: ignore[attr-defined]
    for position, snapshot in states + states:
        expected = read(text[:position])
        assert same(snapshot.value, expected.value), text[:position]
        assert snapshot.is_closed() is (() in expected.closed)
        if not expected.duplicate_keys:
            assert snapshot.closed_paths == expected.closed


@given(json_texts(duplicate_keys=False))
def test_nothing_is_taken_back(text: str) -> None:
    """From snapshot to snapshot strings grow at their end, arrays append, objects gain keys, closed values stay."""
    count("generated JSON texts, cut at random")
    emitted = run(text).emitted
    for before, after in itertools.pairwise(emitted):
        assert_grown(before.value, after.value)
        assert after.closed_paths[: len(before.closed_paths)] == before.closed_paths


def assert_grown(before: object, after: object) -> None:
    assert type(before) is type(after)
    if isinstance(before, str):
        assert isinstance(after, str)
        assert after.startswith(before)
    elif isinstance(before, list):
        assert isinstance(after, list)
        assert len(after) >= len(before)
        for left, right in zip(before, after, strict=False):
            assert_grown(left, right)
    elif isinstance(before, dict):
        assert isinstance(after, dict)
        assert list(after)[: len(before)] == list(before)
        for key, value in before.items():
            assert_grown(value, after[key])
    else:
        assert same(before, after)


@given(json_texts())
def test_is_closed_and_get_agree_with_the_value(text: str) -> None:
    """`get` reads what `.value` holds, and a path that has not come is not closed and gives the default."""
    count("generated JSON texts, cut at random")
    nowhere = object()
    for snapshot in run(text).emitted:
        assert snapshot.get("no such key", default=nowhere) is nowhere
        assert not snapshot.is_closed("no such key")
        for path in snapshot.closed_paths if not read(text).duplicate_keys else []:
            assert same(snapshot.get(*path), at(snapshot.value, path))


def test_snapshots_compare_by_value() -> None:
    """Two snapshots of equal values are equal, whatever their texts were."""
    left, right = run('{"a": "x').emitted[-1], run('{"a":"\\u0078').emitted[-1]
    assert left == right
    assert left != run('{"a": "y').emitted[-1]


def test_a_snapshot_builds_its_value_once() -> None:
    """Reading `.value` again gives the same object, so that readers can tell by `is` that nothing was built anew."""
    for snapshot in run('{"a":[1,{"b":"x').emitted:
        assert snapshot.value is snapshot.value


def test_the_open_path_is_where_the_text_goes_on() -> None:
    """`.open_path` is the path of the value that is being written."""
    assert run('{"a":["x","y').emitted[-1].open_path == ("a", 1)
    assert run('{"a":[{"b":"').emitted[-1].open_path == ("a", 0, "b")
    assert run('{"a":[').emitted[-1].open_path == ("a",)
