"""`locate="find"`: the document stands somewhere in a chatty answer."""

from __future__ import annotations

import json

import pytest

from rxstruct.errors import JsonInvalid, LimitExceeded, Truncated
from rxstruct.testing import every_cut

from .driver import Run, run, value_of

DOCUMENT = '{"name": "Ada", "tags": ["a", "`b`"], "code": "```json\\n{}\\n```", "age": 36}'
AROUND = {
    "nothing": ("", ""),
    "prose before": ("Sure! Here is the profile you asked for:\n\n", ""),
    "prose after": ("", "\n\nLet me know if I can do more."),
    "a fence": ("```json\n", "\n```"),
    "a fence without a language": ("```\n", "\n```\n"),
    "a fence in prose": ("Here it is:\n\n```json\n", "\n```\nIs that {all} right?"),
    "another document after it": ("```json\n", '\n```\n```json\n{"b": 2}\n```'),
    "a brace too many": ("", "}"),
    "quotes in prose": ('The "profile" isn\'t long:\n', ' "end"'),
    "numbers in prose": ("1. true\n2. null -5\n", " 3"),
    "references": (
        "As [1] and [2, 3] say:\n[1] A book\n[12] Another (see [1])\n[-] none\n[true] story\n",
        "\n[1] A book",
    ),
    "boxes to tick": ("[ ] this\n[] that\n - [ ] and that\n", "\n[ ] this"),
    "placeholders": ('Dear {name}, {{x}}, {"a", "b"}, {"quoted"}:\n', " {name}"),
    "links": ("See [[links]], [a](b), [nothing] and [{x}]. ", " [[links]]"),
    "another fence": ("```python\nprint([1])\n```\n```\nsome text\n```\n```JSON\n", "\n```"),
    "a fence of another label": ("```javascript\n", "\n```"),
    "a key with escapes, in a line": ("It is ", "."),
}


@pytest.mark.parametrize(("before", "after"), AROUND.values(), ids=AROUND)
def test_what_stands_around_the_document_is_skipped(before: str, after: str) -> None:
    """Prose and a code fence before the document are skipped, and what follows it is ignored, at every cut."""
    text = before + DOCUMENT + after
    one_by_one = run(text, locate="find")
    assert_found(one_by_one)
    assert_found(run([text], locate="find"))
    for at in range(1, len(text)):
        result = run([text[:at], text[at:]], locate="find")
        assert_found(result)
        assert value_of(result.states[at]) == value_of(one_by_one.states[at])


def assert_found(result: Run) -> None:
    assert result.error is None
    assert result.last.value == json.loads(DOCUMENT)
    assert result.last.is_closed()


@pytest.mark.parametrize(
    "prose",
    [
        "[2024-01-05, 10:31] Alice: hello",
        "[1-3, 7] are the pages",
        "[007, Bond]",
        "[1., 2]",
        "[\xa0true, false]",
        '{\xa0"quoted"}',
        '[\f"a form feed"]',
    ],
)
def test_a_line_that_only_looks_like_json_is_prose(prose: str) -> None:
    """A line that begins with a bracket and does not go on as JSON is skipped: numbers and white space are JSON's own."""
    for deltas in every_cut(f"{prose}\n{{}}"):
        result = run(deltas, locate="find")
        assert result.error is None
        assert result.last.value == {}


def test_an_error_that_the_end_of_the_text_brings_has_the_state_before_it() -> None:
    """Where only the end decides that a document had begun, the error still carries what it showed until then."""
    for end in "", "\n":
        result = run([f"See\n[12345]{end}"], locate="find", max_number_length=3)
        assert type(result.error) is LimitExceeded
        assert result.error.text == "See\n[1234"
        assert result.error.snapshot is not None
        assert result.error.snapshot.value == []
        assert result.error.snapshot.text == "See\n[123"


def test_the_first_beginning_to_be_certain_is_taken() -> None:
    """Also where another one began before it, and would have been certain later: so at every cut it is the same."""
    text = 'It is {"a [{" : 1}'
    for deltas in every_cut(text):
        result = run(deltas, locate="find")
        assert type(result.error) is Truncated
        assert result.error.snapshot is not None
        assert result.error.snapshot.value == [{}]


def test_an_array_is_found_too() -> None:
    """The document may be an array."""
    assert run("```json\n[1, {}]\n```", locate="find").last.value == [1, {}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Numbers:\n[1]", [1]),
        ("Numbers:\n[1] \nDone", [1]),
        ("Numbers:\r\n[1]\r\nDone", [1]),
        ('Text:\r\n```\r\n"a text"\r\n```\r\n', "a text"),
        ("None:\n[ ]", []),
        ("Numbers: [[1], 2]", [[1], 2]),
        ("Numbers:\n[ 1.5e3 , 2]", [1500.0, 2]),
        ('Names: ["Ada", "Bo"]', ["Ada", "Bo"]),
        ('It is {"a\\"b" : [1]}', {'a"b': [1]}),
        ("Yes:\n[true,\n false]", [True, False]),
        ('```\n"a text"\n```', "a text"),
        ("```json\n42\n```", 42),
    ],
)
def test_other_documents_are_found(text: str, value: object) -> None:
    """Arrays, and what a fence holds, are found at every cut, also where only the end of the text decides."""
    for deltas in every_cut(text):
        result = run(deltas, locate="find")
        assert result.error is None
        assert result.last.value == value
        assert result.last.is_closed()


def test_nothing_is_shown_before_the_document() -> None:
    """The first snapshot is the document's own."""
    result = run(list("Well:\n```json\n{"), locate="find")
    assert [snapshot.value for snapshot in result.emitted] == [{}]


def test_an_answer_without_a_document_is_truncated() -> None:
    """Prose alone ends in `Truncated`, as does a document that stops."""
    for text in "I'm sorry, I can't.", "```json\n", '```json\n{"a": 1', "":
        error = run(text, locate="find").error
        assert type(error) is Truncated, text
        assert error.text == text


def test_a_document_that_goes_wrong_is_invalid() -> None:
    """Once the document has begun it must be JSON: nothing is searched for again."""
    error = run('```json\n{"a": 1,, "b": 2}\n```\n{}', locate="find").error
    assert type(error) is JsonInvalid
    assert error.text.endswith('{"a": 1,,')
    assert error.snapshot is not None
    assert error.snapshot.value == {"a": 1}


def test_strict_refuses_prose_before_and_after() -> None:
    """The default takes the document and nothing else."""
    assert type(run("Here: {}").error) is JsonInvalid
    assert type(run("```json\n{}\n```").error) is JsonInvalid
    assert type(run("{} Done.").error) is JsonInvalid
