"""Bad input ends in a typed error with its position and the state just before it, however it was cut."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.errors import JsonInvalid, LimitExceeded, Truncated
from rxstruct.incremental import JsonDocument
from tests.strategies import cuts, json_texts, spoiled
from tests.tally import count

from .driver import assert_invalid, assert_refused, assert_truncated, run, same, value_of
from .reference import read

INVALID = {
    "a lone closing bracket": ("]", 0),
    "a lone closing brace": (" }", 1),
    "prose": ("Hello", 0),
    "two roots": ("{} {}", 3),
    "two roots that touch": ("[][]", 2),
    "two strings": ('"a""b"', 3),
    "text after the end": ('{"a":1} thanks', 8),
    "one bracket too many": ("[1]]", 3),
    "the wrong bracket": ("[1}", 2),
    "a comma before the end of an array": ("[1,]", 3),
    "a comma before the end of an object": ('{"a":1,}', 7),
    "two commas": ("[1,,2]", 3),
    "no comma": ("[1 2]", 3),
    "no colon": ('{"a" 1}', 5),
    "no value": ('{"a":}', 5),
    "a key without quotes": ("{a:1}", 1),
    "a number as a key": ("{4:4}", 1),
    "single quotes": ("['a']", 1),
    "an unknown escape": ('"\\x41"', 2),
    "an escape without its hex digits": ('"\\u12g4"', 5),
    "an unknown escape after half a surrogate pair": ('"\\ud8e0\\e', 8),
    "a line feed in a string": ('"a\nb"', 2),
    "a tab in a key": ('{"a\tb":1}', 3),
    "NUL in a string": ('"\x00"', 1),
    "NUL outside": ("[\x00]", 1),
    "the last control character": ('"\x1f"', 1),
    "a control character after half a surrogate pair": ('"\\ud83d\n"', 7),
    "a leading zero": ("01", 1),
    "a leading zero after a minus": ("[-01]", 3),
    "a leading plus": ("+1", 0),
    "a leading point": (".5", 0),
    "nothing after the point": ("[1.]", 3),
    "nothing after the exponent": ("[1e]", 3),
    "nothing after the minus": ("-\n", 1),
    "two points": ("1.2.3", 3),
    "hexadecimal": ("0x10", 1),
    "NaN": ("[NaN]", 1),
    "Infinity": ("Infinity", 0),
    "minus Infinity": ("-Infinity", 1),
    "a literal in capitals": ("True", 0),
    "a misspelled literal": ("[nul]", 4),
    "a literal that goes on": ("truee", 4),
    "a byte order mark": ("\ufeff{}", 0),
    "a no-break space": ("[\xa01]", 1),
    "a form feed": ("[\x0c1]", 1),
    "a comment": ("[1 // one\n]", 3),
    "digits of another script": ("[1\u0661]", 2),
}


@pytest.mark.parametrize(("text", "position"), INVALID.values(), ids=INVALID)
def test_invalid_text_is_refused_where_it_becomes_invalid(text: str, position: int) -> None:
    """The error stands at the first character after which nothing could make the text JSON, at every cut."""
    assert read(text).invalid_at == position, "the reference must agree with the table"
    assert_invalid(run(text).error, text, position)
    assert_invalid(run([text]).error, text, position)
    for at in range(1, len(text)):
        assert_invalid(run([text[:at], text[at:]]).error, text, position)


@given(json_texts().flatmap(spoiled).flatmap(lambda text: st.tuples(st.just(text), cuts(text))))
def test_spoiled_documents_end_as_the_reference_says(case: tuple[str, list[str]]) -> None:
    """Documents with one character put in, taken out or replaced: valid, invalid there, or truncated, as the reference says."""
    count("generated texts that are spoiled or stop early")
    text, deltas = case
    expected, result = read(text, ended=True), run(deltas)
    if expected.complete and expected.invalid_at is None:
        assert result.error is None
        assert same(result.last.value, json.loads(text))
    else:
        assert_refused(result.error, text)


@given(json_texts().flatmap(lambda text: st.tuples(st.just(text), st.integers(0, len(text)))))
def test_a_document_that_stops_early_is_truncated(case: tuple[str, int]) -> None:
    """Every prefix that is not a document itself ends in `Truncated`, with the state of that prefix."""
    count("generated texts that are spoiled or stop early")
    text, at = case
    if not read(text[:at], ended=True).complete:
        assert_truncated(run(text[:at]).error, text[:at])


@pytest.mark.parametrize("begin", ["", "[", '{"a":'])
def test_what_cannot_follow_a_number_is_refused_as_such(begin: str) -> None:
    """The message says that the number would have to go on or end there."""
    error = run([begin + "12X"]).error
    assert type(error) is JsonInvalid
    assert "where JSON needs the rest of a number, or what may follow one" in str(error)


def test_nothing_at_all_is_truncated() -> None:
    """No text, empty deltas and whitespace alone are not a document."""
    for deltas in [], [""], ["", ""], [" \n"]:
        assert_truncated(run(deltas).error, "".join(deltas))


def test_a_number_in_an_unfinished_document_is_not_taken_for_whole() -> None:
    """`[12` may have been `[1234]`, so the error's snapshot does not show the number."""
    assert run("[12").error.snapshot.value == []  # type: ignore[union-attr]


def test_whitespace_may_follow_a_document() -> None:
    """Whitespace after the end is part of the text and changes nothing."""
    result = run(["{}", " ", "\r\n\t"])
    assert result.error is None
    assert len(result.emitted) == 1


def test_ten_thousand_nested_arrays_are_refused_by_the_depth_limit() -> None:
    """Ten thousand opening brackets, in one delta or one by one, meet `max_depth` and not the stack."""
    text = "[" * 10_000
    for deltas in [text], list(text):
        error = run(deltas).error
        assert type(error) is LimitExceeded
        assert error.limit == "max_depth"
        assert "max_depth" in str(error)
        assert error.text == text[: len(error.text)]
        assert len(error.closed_paths) == 0


def test_the_depth_limit_is_exact_and_does_not_lean_on_the_stack() -> None:
    """`max_depth` containers within each other are fine and one more is refused, also where recursion would have failed."""
    assert run("[[[]]]", max_depth=3).error is None
    assert run('{"a":{"b":{}}}', max_depth=3).error is None
    for deltas in ["[[[[]]]]"], list("[[[[]]]]"):
        error = run(deltas, max_depth=3).error
        assert type(error) is LimitExceeded
        assert error.text == "[[[["
        assert error.snapshot is not None
        assert error.snapshot.value == [[[]]]
    deep = "[" * 10_000 + "]" * 10_000
    value, depth = run([deep], max_depth=10_000).last.value, 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == 9_999


def test_a_string_beyond_the_character_limit_is_refused() -> None:
    """A text that would not end meets `max_chars`, at the first character beyond it, in small deltas and in one."""
    for deltas in ['"' + "a" * 10_000], ['"', *["a" * 7] * 1_000], ['"' + "a" * 98, "a", "a", "a"]:
        error = run(deltas, max_chars=100).error
        assert type(error) is LimitExceeded
        assert error.limit == "max_chars"
        assert "max_chars" in str(error)
        assert error.text == '"' + "a" * 100
        assert error.snapshot is not None
        assert error.snapshot.value == "a" * 99


def test_a_document_of_exactly_the_character_limit_is_fine() -> None:
    """The limit is the last length that is allowed."""
    assert run('"' + "a" * 98 + '"', max_chars=100).error is None


def test_an_endless_number_is_refused_and_not_computed() -> None:
    """An integer longer than Python itself converts is a `LimitExceeded`, never a bare `ValueError`."""
    for deltas in ["[" + "9" * 5_000 + "]"], ["[", *["9" * 100] * 50, "]"]:
        assert type(run(deltas).error) is LimitExceeded


def test_a_repeated_key_is_refused_when_asked_to() -> None:
    """With `duplicate_keys="error"`, a second equal key in one object is refused at its closing quote."""
    for text, position in {
        '{"a":1,"a":2}': 9,
        '{"a":1,"\\u0061":2}': 14,
        '{"x":{"a":1},"y":{"a":1,"b":[],"a":3}}': 33,
    }.items():
        for deltas in [text], list(text):
            error = run(deltas, duplicate_keys="error").error
            assert type(error) is JsonInvalid
            assert error.position == position
            assert error.text == text[: position + 1]
            assert error.snapshot is not None
            assert same(error.snapshot.value, read(text[:position]).value)


def test_equal_keys_in_different_objects_are_fine() -> None:
    """`duplicate_keys="error"` looks at one object at a time."""
    text = '[{"a":1},{"a":{"a":2}}]'
    assert run(text, duplicate_keys="error").last.value == json.loads(text)


def test_the_last_of_equal_keys_wins_as_it_shows() -> None:
    """By default a repeated key's new value replaces the old one from the moment it shows."""
    states = run('{"a":{"b":1},"a":"x"}').states
    values = [value_of(states[position]) for position in (12, 17, 18, 19, 21)]
    assert values == [{"a": {"b": 1}}, {"a": {"b": 1}}, {"a": ""}, {"a": "x"}, {"a": "x"}]


def test_errors_survive_pickling() -> None:
    """An error can be sent to another process, with its position and text."""
    error = run("[1,]").error
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is JsonInvalid
    assert copy.position == 3
    assert copy.text == "[1,]"


def test_the_snapshot_of_an_error_ends_before_the_offending_character() -> None:
    """It has the text up to there, whatever came with it in one delta."""
    for text in "[1,x", '{"a":"b"]', "[1,2] x":
        error = run([text + "yz"]).error
        assert error is not None
        assert error.snapshot is not None
        assert error.text == text
        assert error.snapshot.text == text[:-1]


def test_the_character_beyond_the_limit_is_the_last_of_the_text() -> None:
    """What came before it is shown; the error says how to raise the limit."""
    for deltas in ['["abcdefg'], ['["a', "bcdefg"], list('["abcdefg'):
        error = run(deltas, max_chars=5).error
        assert type(error) is LimitExceeded
        assert str(error) == "the text is longer than 5 characters: to allow it, raise max_chars of accumulate_json()"
        assert error.text == '["abcd'
        assert error.snapshot is not None
        assert error.snapshot.value == ["abc"]


def test_settings_that_are_none_are_refused() -> None:
    """Each by its name."""
    with pytest.raises(ValueError, match=r"^duplicate_keys='first' is not known: it is one of 'last', 'error'$"):
        JsonDocument(duplicate_keys="first")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^locate='anywhere' is not known: it is one of 'strict', 'find'$"):
        JsonDocument(locate="anywhere")  # type: ignore[arg-type]


NOT_JSON = "the text is not JSON from there on"
BEFORE = 'locate="find" skips prose and a code fence before the document'


@pytest.mark.parametrize(
    ("text", "options", "where", "wanted", "hint"),
    [
        ("Hello", {}, "the root", "a value", BEFORE),
        (" x", {}, "the root", "a value", BEFORE),
        ("[x", {}, "the root", "a value", NOT_JSON),
        ('{"a":x', {}, "the root", "a value", NOT_JSON),
        ('{"a":[1,{"b":2,"c":x', {}, "a[1]", "a value", NOT_JSON),
        ("1 x", {"lines": True}, "the root", "a value", NOT_JSON),
        ("x", {"lines": True}, "the root", "a value", NOT_JSON),
        ("[1 2", {}, "the root", "',' or ']'", NOT_JSON),
        ("{1", {}, "the root", "a key or '}'", NOT_JSON),
        ('{"a" 1', {}, "the root", "':'", NOT_JSON),
        ('{"a":1 2', {}, "the root", "',' or '}'", NOT_JSON),
        ('{"a":1,2', {}, "the root", "a key", NOT_JSON),
        ("{} x", {}, "the root", "the end of the text", 'locate="find" ignores what follows the document'),
        ("[1.x", {}, "the root", "the rest of a number, or what may follow one", NOT_JSON),
        ('["\x01', {}, "[0]", "no unescaped control character in a string", NOT_JSON),
        ('["\\x', {}, "[0]", "an escape that JSON knows", NOT_JSON),
        ("[nul!", {}, "the root", "'null'", NOT_JSON),
        (
            '{"a":1,"a"',
            {"duplicate_keys": "error"},
            "the root",
            "a key that this object does not have yet",
            'duplicate_keys="last" takes the last one',
        ),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, options: Any, where: str, wanted: str, hint: str) -> None:
    """The character, its position, the path, what JSON needs there, and what may help; the same at all cuts."""
    character = {"\x01": "'\\x01'", '"': "'\"'"}.get(text[-1]) or f"'{text[-1]}'"
    for deltas in list(text), [text], [text[:-1], text[-1]]:
        if text == "Hello":
            character, deltas = "'H'", deltas[:1]
        error = run(deltas, **options).error
        position = 0 if text == "Hello" else len(text) - 1
        assert str(error) == f"{character} at position {position}, in {where}, where JSON needs {wanted}: {hint}"


@pytest.mark.parametrize(
    ("text", "limit", "what", "where", "options"),
    [
        ("[[[", {"max_depth": 2}, "the document is nested deeper than 2 levels", "[0]", {}),
        ('{"abcd', {"max_key_length": 3}, "a key is longer than 3 characters", "the root", {}),
        ('[1,{"x":{"abcd', {"max_key_length": 3}, "a key is longer than 3 characters", "[1].x", {}),
        ("[1234", {"max_number_length": 3}, "a number is longer than 3 characters", "the root", {}),
        ("[0,1.23", {"max_number_length": 3}, "a number is longer than 3 characters", "the root", {}),
        ("[1,2,3", {"max_elements": 2}, "a container has more than 2 elements", "the root", {}),
        ('{"a":1,"b":2,"', {"max_elements": 2}, "a container has more than 2 elements", "the root", {}),
        ("[1", {"max_elements": 0}, "a container has more than 0 elements", "the root", {}),
        ('{"', {"max_elements": 0}, "a container has more than 0 elements", "the root", {}),
        ("1 2 3", {"max_elements": 2}, "a container has more than 2 elements", "the root", {"lines": True}),
    ],
)
def test_a_limit_says_what_is_too_much_and_how_to_raise_it(
    text: str, limit: Any, what: str, where: str, options: Any
) -> None:
    """At the first character beyond it, and not before; the same at all cuts."""
    ((name, most),) = limit.items()
    for deltas in list(text), [text], [text + "5678"], [text[:-1], text[-1]]:
        error = run(deltas, **limit, **options).error
        assert type(error) is LimitExceeded
        assert (
            str(error)
            == f"{what}, at position {len(text) - 1}, in {where}: to allow it, raise {name} of accumulate_json()"
        )
        assert error.limit == name
        assert error.text == text
    assert type(run([text], **{name: most + 1}, **options).error) is not LimitExceeded
    assert type(run([text[:-1]], **limit, **options).error) is not LimitExceeded


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "there is no document: no text came"),
        ("  ", {}, "there is no document: 2 characters of white space came"),
        ('{"a":[1', {}, "the text ended inside a, after 7 characters, before the document was complete"),
        ('["a', {}, "the text ended inside [0], after 3 characters, before the document was complete"),
        ("[12", {}, "the text ended inside the root, after 3 characters, before the document was complete"),
        ("-", {}, "the text ended inside the root, after 1 characters, before the document was complete"),
        ("tru", {}, "the text ended inside the root, after 3 characters, before the document was complete"),
        (
            "1 [",
            {"lines": True},
            "the text ended inside the root, after 3 characters, before the document was complete",
        ),
        (
            "1 tr",
            {"lines": True},
            "the text ended inside the root, after 4 characters, before the document was complete",
        ),
        ("x", {"locate": "find"}, "there is no JSON document in these 1 characters"),
    ],
)
def test_a_text_that_ends_early_says_where(text: str, options: Any, message: str) -> None:
    """The path at which it ended, and how much of it came."""
    for deltas in list(text), [text]:
        error = run(deltas, **options).error
        assert type(error) is Truncated
        assert str(error) == message
        assert error.text == text
