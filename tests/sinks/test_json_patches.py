"""`json_patches`: after every patch the copy is what the state shows."""

from __future__ import annotations

import copy
import json
import sys
from datetime import date
from typing import Annotated, Any

import jsonpatch
import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, PlainSerializer, TypeAdapter, computed_field, field_validator
from reactivex import operators as ops

import rxstruct as rxs
import rxstruct.sinks.json_patches
from rxstruct.incremental.changes import Change
from rxstruct.incremental.patches import Patcher, differences, pointer
from rxstruct.sinks import json_patches
from rxstruct.testing import every_cut
from tests.partial.generated import Typed, objects, types
from tests.strategies import cuts, json_texts, spelled_values
from tests.tally import count

module = sys.modules["rxstruct.sinks.json_patches"]
KINDS = {False: jsonpatch.JsonPatch, True: jsonpatch.JsonPatchWithAppend}
NASTY = ["a/b", "~", "~1", "/", '"', "\n", "</script>", "", "0", "-", "__proto__", "\u2028"]


def follow(states: rx.Observable[Any], append: bool) -> list[tuple[Any, Any]]:
    """For each state that gave a patch: what it shows, and what a copy is after the patch."""
    copied: Any = None
    seen: list[Any] = []
    pairs: list[tuple[Any, Any]] = []

    def on_patch(patch: list[dict[str, Any]]) -> None:
        nonlocal copied
        # Sent as text, so that nothing is shared with it.
        copied = KINDS[append](json.loads(json.dumps(patch))).apply(copied)
        pairs.append((rxs.dump(seen[-1]), copy.deepcopy(copied)))

    states.pipe(ops.do_action(seen.append), json_patches(append=append)).subscribe(on_patch)
    return pairs


@given(st.data(), st.booleans())
def test_the_copy_follows_any_document(data: st.DataObject, append: bool) -> None:
    """After every patch, strict or with `append`, the copy equals the snapshot at that point, however the text was cut."""
    text = data.draw(json_texts())
    pairs = follow(rx.from_iterable(data.draw(cuts(text))).pipe(rxs.accumulate_json()), append)
    for shown, copied in pairs:
        assert copied == shown
    assert pairs[-1][1] == json.loads(text)
    count("documents sent as JSON patches or by a protocol")


@given(st.data(), st.booleans())
def test_dropped_snapshots_do_not_matter(data: st.DataObject, append: bool) -> None:
    """Whatever is dropped upstream, each patch leads to the state that was seen."""
    text = data.draw(json_texts())
    dropped = data.draw(st.sets(st.integers(0, 40)))
    states = rx.from_iterable(list(text)).pipe(
        rxs.accumulate_json(), ops.filter_indexed(lambda _, index: index not in dropped)
    )
    for shown, copied in follow(states, append):
        assert copied == shown
    count("documents sent as JSON patches or by a protocol")


@pytest.mark.parametrize("append", [False, True])
def test_names_are_escaped(append: bool) -> None:
    """Field names with slashes, tildes, quotes, line breaks and markup arrive as they are, at any depth."""
    document = {name: {name: [name, {name: 1}]} for name in NASTY}
    for deltas in every_cut(json.dumps(document)):
        pairs = follow(rx.from_iterable(deltas).pipe(rxs.accumulate_json()), append)
        assert pairs[-1][1] == document


@given(st.data())
def test_the_root_is_added_first(data: st.DataObject) -> None:
    """The first operation adds the root, and nothing is replaced before it has been added."""
    text = data.draw(json_texts())
    added: set[str] = set()
    deltas = rx.from_iterable(list(text))
    operations = [
        operation
        for patch in deltas.pipe(rxs.accumulate_json(), json_patches(), ops.to_list()).run()
        for operation in patch
    ]
    assert operations[0]["op"] == "add"
    assert operations[0]["path"] == ""
    for operation in operations:
        assert operation["op"] == "add" or operation["path"] in added
        added.add(operation["path"])
    count("documents sent as JSON patches or by a protocol")


def test_what_arrives_whole_is_one_operation() -> None:
    """A late subscriber's first patch is one `add` of everything; a whole container is one `add` as well."""
    patches = rx.of('{"a":[1,{"b":"c', 'd"}],"e":{"f":[1,2]}}').pipe(rxs.accumulate_json(), json_patches())
    seen: list[Any] = []
    patches.subscribe(seen.append)
    assert seen == [
        [{"op": "add", "path": "", "value": {"a": [1, {"b": "c"}]}}],
        [
            {"op": "replace", "path": "/a/1/b", "value": "cd"},
            {"op": "add", "path": "/e", "value": {"f": [1, 2]}},
        ],
    ]


def test_appends_cost_what_is_new() -> None:
    """With `append`, a string's operations hold each character once."""
    text = json.dumps({"text": "x" * 2000})
    seen: list[Any] = []
    rxs.replay(text).pipe(rxs.accumulate_json(), json_patches(append=True)).subscribe(seen.append)
    assert (
        sum(len(operation["value"]) for patch in seen[1:] for operation in patch if operation["op"] == "append") <= 2000
    )


class Meeting(BaseModel):
    title: str
    day: date
    tags: list[str] = ["none"]

    @field_validator("title")
    @classmethod
    def in_capitals(cls, title: str) -> str:
        return title.upper()


@pytest.mark.parametrize("append", [False, True])
def test_partials_are_shown_as_they_are(append: bool) -> None:
    """Of partials, the copy follows their `dump`: validators' changes, typed values and defaults too."""
    text = '{"title":"Night trains","day":"2026-02-01"}'
    for deltas in every_cut(text):
        pairs = follow(rx.from_iterable(deltas).pipe(rxs.accumulate_json(), rxs.to_partial(Meeting)), append)
        assert all(shown == copied for shown, copied in pairs)
        assert pairs[-1][1] == {"title": "NIGHT TRAINS", "day": "2026-02-01", "tags": ["none"]}


class Shouted(Meeting):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def shout(self) -> str:
        return self.title + "!"


class Trimmed(Meeting):
    note: Annotated[str, PlainSerializer(str.strip)] = ""


@pytest.mark.parametrize("model", [Shouted, Trimmed])
def test_what_depends_on_a_growing_text_grows_with_it(model: type[BaseModel]) -> None:
    """Computed fields and serializers have their say on every state, also while only a text grows."""
    text = '{"title":"Night trains","note":" a  b ","day":"2026-02-01"}'
    pairs = follow(rx.from_iterable(text).pipe(rxs.accumulate_json(), rxs.to_partial(model)), append=True)
    assert all(shown == copied for shown, copied in pairs)
    assert len(pairs) > 12


def test_a_growing_text_costs_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """While only a text of a partial grows, the partial is not dumped again."""
    dumps: list[Any] = []
    monkeypatch.setattr(module, "dump", lambda partial: dumps.append(partial) or rxs.dump(partial))
    text = json.dumps({"title": "x" * 1000, "day": "2026-02-01", "tags": ["y" * 1000]})
    partials = rxs.replay(text).pipe(rxs.accumulate_json(), rxs.to_partial(Meeting))
    assert follow(partials, append=True)[-1][1] == rxs.dump(partials.final())
    assert 3 < len(dumps) < 12


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NASTY), inner, max_size=3),
    max_leaves=8,
)


@given(values, values)
def test_any_difference_can_be_said(old: Any, new: Any) -> None:
    """The operations between any two JSON values turn the one into the other."""
    operations = list(differences(old, new, append=True))
    assert jsonpatch.JsonPatchWithAppend(operations).apply(old) == new


GROWN = {"op": "append", "path": "/a", "value": "c"}


@pytest.mark.parametrize(
    ("old", "new", "operations"),
    [
        ({"a": "b", "c": [1, {"d": 2}]}, {"a": "b", "c": [1, {"d": 2}]}, []),
        ({"a": "b", "c": 1}, {"a": "bc", "c": 1}, [GROWN]),
        ([{"a": "b"}], [{"a": "bc"}], [{**GROWN, "path": "/0/a"}]),
        ({"a": ""}, {"a": "c"}, [GROWN]),
        ("b", "bc", [{"op": "replace", "path": "", "value": "bc"}]),
        ({"a": "b"}, {"a": "c"}, [{"op": "replace", "path": "/a", "value": "c"}]),
        ({"a": 1}, {"a": "1"}, [{"op": "replace", "path": "/a", "value": "1"}]),
        ({"a": "1"}, {"a": 1}, [{"op": "replace", "path": "/a", "value": 1}]),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, [{"op": "remove", "path": "/a"}, {"op": "add", "path": "/c", "value": 3}]),
        ([1, 2, 3], [1], [{"op": "remove", "path": "/2"}, {"op": "remove", "path": "/1"}]),
        ([1], [1, 2], [{"op": "add", "path": "/1", "value": 2}]),
    ],
)
def test_a_difference_says_what_has_changed_alone(old: Any, new: Any, operations: list[dict[str, Any]]) -> None:
    """What stayed the same is not said, and a text that has grown within its document is appended to."""
    assert [*differences(old, new, append=True)] == operations


def test_without_append_a_text_is_replaced() -> None:
    """RFC 6902 has no `append`: it is said only where it was asked for."""
    assert [*differences({"a": "b"}, {"a": "bc"})] == [{"op": "replace", "path": "/a", "value": "bc"}]


@pytest.mark.parametrize("append", [False, True])
def test_a_text_that_is_the_document_is_replaced(append: bool) -> None:
    """There is no appending to a whole document: each patch has all of the text."""
    pairs = follow(rx.of('"a', "b", 'c"').pipe(rxs.accumulate_json()), append)
    assert [copied for _, copied in pairs] == ["a", "ab", "abc"]


@pytest.mark.parametrize("append", [False, True])
def test_a_key_may_come_twice_in_one_delta(append: bool) -> None:
    """Each time it is added, and the last one stays."""
    pairs = follow(rx.of('{"a":0', ',"b":1,"b":"x","b":[2],"b":3}').pipe(rxs.accumulate_json()), append)
    assert pairs[-1] == ({"a": 0, "b": 3},) * 2


def test_a_patch_shares_nothing_with_the_changes_that_it_says() -> None:
    """What is put into a patch's values is not put into those of the changes, which others may read."""
    changes = [Change((), "opened", {}), Change(("a",), "closed", 1)]
    assert Patcher(append=False).patch(changes) == [{"op": "add", "path": "", "value": {"a": 1}}]
    assert changes == [Change((), "opened", {}), Change(("a",), "closed", 1)]


def test_pointers() -> None:
    """A pointer is escaped as in RFC 6901, section 3."""
    assert pointer(()) == ""
    assert pointer(("a/b", "m~n", "", 0)) == "/a~1b/m~0n//0"


@given(st.one_of(objects(2), types(2)), st.data())
def test_partials_of_generated_types(typed: Typed, data: st.DataObject) -> None:
    """Whatever the model's types, after every patch the copy equals the `dump` of the partial at that point."""
    text = data.draw(typed.values.flatmap(spelled_values))
    append = data.draw(st.booleans())
    deltas = data.draw(cuts(text))
    states = rx.from_iterable(deltas).pipe(rxs.accumulate_json(), rxs.to_partial(TypeAdapter(typed.annotation)))
    for shown, copied in follow(states, append):
        assert copied == json.loads(json.dumps(shown))
    count("documents sent as JSON patches or by a protocol")
