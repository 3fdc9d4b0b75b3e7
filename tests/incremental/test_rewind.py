"""Taking a document up again where its text broke off."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.errors import JsonInvalid, LimitExceeded
from rxstruct.incremental import JsonDocument
from tests.tally import count

from ..strategies import json_texts


def shown(document: JsonDocument) -> object:
    return None if document.snapshot is None else document.snapshot.value


@given(json_texts(), st.data())
def test_a_text_may_break_off_anywhere(text: str, data: st.DataObject) -> None:
    """Wherever a text breaks off, rewinding changes nothing that is shown, and the rest from there on completes it."""
    document = JsonDocument()
    document.feed(text[: data.draw(st.integers(0, len(text)))])
    before = shown(document)
    left = document.rewind()
    assert shown(document) == before
    assert text.startswith(left)
    document.feed(text[len(left) :])
    document.finish()
    assert shown(document) == json.loads(text)
    assert document.text == text
    count("generated JSON texts, cut at random")


def test_a_long_text_is_cut_back() -> None:
    """Text that has gone into finished blocks can be forgotten, too."""
    document = JsonDocument()
    document.feed('["' + "a" * 3000 + '", ')
    document.feed('{"k' + "x" * 500)
    document.feed("y" * 1500)
    assert document.rewind() == '["' + "a" * 3000 + '", {'
    document.feed('"k": 1}]')
    document.finish()
    assert shown(document) == ["a" * 3000, {"k": 1}]


def test_what_was_shown_stays_after_a_rewind() -> None:
    """The newest snapshot is of the text that is left, also once that goes on."""
    document = JsonDocument()
    document.feed('{"a":1,"b":23')
    left = document.rewind()
    newest = document.snapshot
    assert newest is not None
    document.feed(',"c":45}')
    assert (newest.text, newest.value) == (left, {"a": 1})
    open_string = JsonDocument()
    for delta in '["ab', "cd":
        open_string.feed(delta)
    assert open_string.rewind() == '["abcd'
    assert shown(open_string) == ["abcd"]
    strings = JsonDocument()
    for delta in '["ab', "cd", "e\\":
        strings.feed(delta)
    assert strings.rewind() == '["abcde'
    assert shown(strings) == ["abcde"]


def test_a_document_begins_again_with_the_same_settings() -> None:
    """Of keys and limits, and as the same attempt; so does one that was sent to another process, which reads the text again."""
    document = JsonDocument(duplicate_keys="error", lines=True, max_depth=3, number=2)
    document.feed('{"a":[1]} [2')
    sent = pickle.loads(pickle.dumps(document))
    assert shown(sent) == shown(document) == [{"a": [1]}, []]
    again = document.origin.restart()
    assert again.origin.number == sent.origin.number == 2
    assert again.snapshot is None
    for copy in again, sent.origin.restart():
        with pytest.raises(JsonInvalid, match="does not have yet"):
            copy.feed('{"a":1,"a":2}')
        with pytest.raises(LimitExceeded, match="max_depth"):
            copy.origin.restart().feed("[[[[1]]]]")


@pytest.mark.parametrize(
    ("text", "left", "rest"),
    [
        ("  ", "", "[1]"),
        ("12", "", "[1]"),
        ("tr", "", "[1]"),
        ("[", "[", "1]"),
        ("{", "{", '"a":1}'),
        ('{"a"', "{", '"b":1}'),
        ('["ab\\u00', '["ab', 'c"]'),
        ("[1", "[", "2]"),
        ("[1, 2", "[1", ",3]"),
        ('{"a":1,"b":', '{"a":1', "}"),
        ("[[1]", "[[1]", "]"),
        ("[1]", "[1]", " "),
    ],
)
def test_what_is_left_of_a_text(text: str, left: str, rest: str) -> None:
    """All that what is shown depends on; any text may follow that could have followed it."""
    document = JsonDocument()
    document.feed(text)
    assert document.rewind() == left
    document.feed(rest)
    document.finish()
    assert shown(document) == json.loads(left + rest)


def test_a_rewound_document_is_as_strict_as_a_new_one() -> None:
    """At the root a value has to come."""
    for text in "  ", "12", "tr":
        document = JsonDocument()
        document.feed(text)
        document.rewind()
        with pytest.raises(JsonInvalid, match="needs a value"):
            document.feed("]")


def test_half_an_escape_shows_nothing() -> None:
    """So there is no snapshot for it."""
    document = JsonDocument()
    assert document.feed('["a') is not None
    assert document.feed("\\") is None
    assert document.feed("n") is not None
