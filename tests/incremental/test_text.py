"""`Text`: append-only, and any stretch of it can be read back."""

from __future__ import annotations

import pytest

from rxstruct.incremental.text import BLOCK_LENGTH, OpenString, Text

LENGTHS = [1, 3, BLOCK_LENGTH - 4, 1, 5, BLOCK_LENGTH, BLOCK_LENGTH + 1, 3 * BLOCK_LENGTH, 2, 7]


def written() -> tuple[Text, str]:
    text, whole = Text(), ""
    for number, length in enumerate(LENGTHS):
        delta = "".join(chr(97 + (number + index) % 26) for index in range(length))
        text.append(delta)
        whole += delta
    return text, whole


def edges(length: int) -> list[int]:
    """Offsets around each delta's ends and each multiple of the block length, as far as the text goes."""
    ends = [sum(LENGTHS[:count]) for count in range(len(LENGTHS) + 1)]
    near = {at + by for at in [*ends, *range(0, length, BLOCK_LENGTH)] for by in (-1, 0, 1)}
    return sorted(at for at in near if 0 <= at <= length)


def test_any_stretch_can_be_read_back() -> None:
    """Wherever it begins and ends, in the blocks or after them."""
    text, whole = written()
    assert text.length == len(whole)
    for start in edges(len(whole)):
        for end in edges(len(whole)):
            if start <= end:
                assert text.slice(start, end) == whole[start:end]


def test_the_end_can_be_forgotten() -> None:
    """From any offset on; what is appended then takes its place."""
    _, whole = written()
    for length in edges(len(whole)):
        text, _ = written()
        text.truncate(length)
        assert text.length == length
        assert text.slice(0, length) == whole[:length]
        text.append("the end")
        assert text.slice(0, length + 7) == whole[:length] + "the end"
        assert text.slice(length, length + 7) == "the end"


@pytest.mark.parametrize("before", ["", "x" * BLOCK_LENGTH], ids=len)
@pytest.mark.parametrize("raw", ["abcdef", "a\\nb\\u00e9c", "\\\\\\\\"])
def test_an_open_string_can_be_read_to_any_escape(raw: str, before: str) -> None:
    """Forward, backward, and between any two offsets at which no escape is cut, wherever in a text the string begins."""
    text = Text()
    text.append(before + "[")
    text.append('"' + raw)
    beginning = len(before) + 2
    ends = {"abcdef": range(7), "a\\nb\\u00e9c": [0, 1, 3, 4, 10, 11], "\\\\\\\\": [0, 2, 4]}[raw]
    decoded = {end: raw[:end].encode().decode("unicode_escape") for end in ends}
    for is_backward in (False, True):
        string = OpenString(text, beginning)
        for end in sorted(ends, reverse=is_backward):
            assert string.read(beginning + end) == decoded[end]
            for start in ends:
                if start <= end:
                    assert decoded[start] + string.since(beginning + start, beginning + end) == decoded[end]
