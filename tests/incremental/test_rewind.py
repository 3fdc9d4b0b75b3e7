"""Taking a document up again where its text broke off."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

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
