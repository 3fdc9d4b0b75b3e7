"""Documents one after the other, as one list."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rxstruct.errors import JsonInvalid, Truncated
from rxstruct.incremental import JsonDocument
from tests.strategies import cuts, json_texts
from tests.tally import count

from .driver import run, same
from .reference import NOTHING, read

SEPARATORS = st.sampled_from(["\n", " ", "\r\n", "\n\n\t"])


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[tuple[int, str]]]:
    """Some documents in one text, each with where it begins."""
    text, documents = "", []
    for document in draw(st.lists(json_texts(depth=2, duplicate_keys=False), max_size=4)):
        documents.append((len(text), document))
        text += document + draw(SEPARATORS)
    return text, documents


@given(lines(), st.data())
def test_lines_are_one_list(case: tuple[str, list[tuple[int, str]]], data: st.DataObject) -> None:
    """The last snapshot is the list of what `json.loads` makes of each document, and is closed."""
    text, documents = case
    result = run(data.draw(cuts(text)), lines=True)
    assert result.error is None
    assert same(result.last.value, [json.loads(document) for _, document in documents])
    assert result.last.is_closed()
    assert result.last.closed_paths[-1] == ()
    count("generated JSON texts, cut at random")


@given(lines())
def test_the_list_grows_as_its_documents_do(case: tuple[str, list[tuple[int, str]]]) -> None:
    """At every prefix the finished documents are in the list, and of the one that is being written what the reference shows."""
    count("generated JSON texts, cut at random")
    text, documents = case
    states = run(text, lines=True).states
    finished: list[object] = []
    for start, document in documents:
        for end in range(1, len(document)):
            reading, snapshot = read(document[:end]), states[start + end]
            if reading.value is not NOTHING and not reading.complete:
                assert snapshot is not None
                assert same(snapshot.value, [*finished, reading.value]), text[: start + end]
        finished.append(json.loads(document))


def test_a_snapshot_of_lines_stays_what_it_was() -> None:
    """Whether a snapshot is closed, and what is closed in it, is not changed by the end of the text."""
    for text in '"a""b"', "[]\n{}\n", '{"a":1}', "1 2":
        known = []
        document = JsonDocument(lines=True)
        for character in text:
            snapshot = document.feed(character)
            if snapshot is not None:
                known.append((snapshot, snapshot.is_closed(), snapshot.closed_paths, repr(snapshot.value)))
        document.finish()
        for snapshot, was_closed, closed_paths, value in known:
            assert snapshot.is_closed() is was_closed is False
            assert snapshot.closed_paths == closed_paths
            assert repr(snapshot.value) == value


def test_bad_lines() -> None:
    """A text that stops in a document is truncated, one that goes wrong is invalid; the documents before are kept."""
    error = run('{"a":1}\n{"b":', lines=True).error
    assert type(error) is Truncated
    assert error.snapshot is not None
    assert error.snapshot.value == [{"a": 1}, {}]
    error = run('{"a":1}\n]', lines=True).error
    assert type(error) is JsonInvalid
    assert error.position == 8
    assert error.snapshot is not None
    assert error.snapshot.value == [{"a": 1}]
