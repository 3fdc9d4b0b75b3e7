"""The text of a storyboard becomes rows of timed marks and a legend, or an error with a caret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.testing.storyboards import StoryboardInvalid
from rxstruct.testing.storyboards.parser import Storyboard, parse


def times(row: str) -> list[tuple[str, float]]:
    """The marks of one row, with their times in milliseconds."""
    board = parse(f"row  {row}")
    return [(mark.symbol, mark.time / 1000) for mark in board.rows[0].marks]


def rejected(text: str) -> str:
    with pytest.raises(StoryboardInvalid) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a", [("a", 0)]),
        ("--a-b|", [("a", 20), ("b", 40), ("|", 50)]),
        ("-(ab)-c", [("a", 10), ("b", 10), ("c", 60)]),
        ("(a|)", [("a", 0), ("|", 0)]),
        ("a 20ms b", [("a", 0), ("b", 30)]),
        ("20ms a", [("a", 20)]),
        ("- 1.5s a", [("a", 1510)]),
        ("a 1m |", [("a", 0), ("|", 60_010)]),
        ("a 2.5ms b", [("a", 0), ("b", 12.5)]),
        ("a  -  b", [("a", 0), ("b", 20)]),
        ("1-2-m", [("1", 0), ("2", 20), ("m", 40)]),
        ("--#", [("#", 20)]),
        ("é-名", [("é", 0), ("名", 20)]),
    ],
)
def test_marks_have_times(row: str, expected: list[tuple[str, float]]) -> None:
    """A column is 10 ms, a group one moment, a span what it says, and a space nothing."""
    assert times(row) == expected


def test_a_row_lasts_to_its_last_column() -> None:
    """Silence at the end of a row is part of it."""
    assert parse("row  a--- 20ms").rows[0].duration == 60_000


def test_times_are_exact() -> None:
    """Times do not drift, however long the row: they are whole microseconds."""
    assert times("-" * 999 + "a") == [("a", 9990)]


def test_rows_and_legend() -> None:
    """Rows come first; a blank line parts them from the legend, whose lines are raw text or literals."""
    board = parse(r"""
        deltas       --a--b--|
                     ^-------!
        every 10 ms  --x--y--#

        a  {"name":  "A
        b = " da\n"
        x  {"name": "A"}!

        y  # no comment
        #  Truncated(closed=["name"])
    """)
    assert [(row.label, row.is_subscription) for row in board.rows] == [
        ("deltas", False),
        ("", True),
        ("every 10 ms", False),
    ]
    assert [row.label for row in board.streams] == ["deltas", "every 10 ms"]
    assert {key: legend.text for key, legend in board.legend.items()} == {
        "a": '{"name":  "A',
        "b": r'" da\n"',
        "x": '{"name": "A"}!',
        "y": "# no comment",
    }
    assert board.legend["b"].is_literal
    assert board.legend["b"].literal() == " da\n"
    assert not board.legend["a"].is_literal
    assert board.error_of(board.rows[2]).text == 'Truncated(closed=["name"])'


def test_each_failing_row_can_have_its_own_error() -> None:
    """Several lines for `#` are for the rows that fail, in their order."""
    board = parse("""
        deltas  -#
        result  -#

        #  OSError("cut")
        #  SourceFailed
    """)
    assert [board.error_of(row).text for row in board.streams] == ['OSError("cut")', "SourceFailed"]


@pytest.mark.parametrize(
    ("row", "caret", "says"),
    [
        ("--a|b", 4, "nothing follows `|`"),
        ("--#b", 3, "nothing follows `#`"),
        ("-(ab", 1, "never closed"),
        ("-ab)", 3, "closes no group"),
        ("-()a", 1, "at least one mark"),
        ("(a(b))", 2, "cannot hold another"),
        ("(a-b)", 2, "no time passes inside a group"),
        ("(a b)", 2, "no time passes inside a group"),
        ("(a 5ms b)", 2, "no time passes inside a group"),
        ("--20ms-a", 2, "between spaces"),
        ("-- 20ms-a", 3, "between spaces"),
        ("a20ms", 1, "between spaces"),
        ("^-!--!", 5, "one `!`"),
    ],
)
def test_bad_marks_are_rejected_with_a_caret(row: str, caret: int, says: str) -> None:
    """A mark that makes no sense is refused, and a caret points at it."""
    first, blank, line, pointer = rejected(f"row  {row}").split("\n")
    assert says in first
    assert "line 1" in first
    assert (blank, line) == ("", f"    row  {row}")
    assert pointer == " " * (4 + len("row  ") + caret) + "^"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it needs a row"),
        ("a", "a row is a label"),
        ("deltas  --a\nresults  --x", "all rows start in one column"),
        ("deltas  --a\nx         --x", "all rows start in one column"),
        ("deltas  --a\n        --x", "without a label"),
        ("deltas  --a\ndeltas  --x", "already a row `deltas`"),
        ("deltas  --a\nb  more", "all rows start in one column"),
        ("deltas  --a\n\nb  more", "no row has the mark `b`"),
        ("deltas  --a\n\na  1\na  2", "has `a` already"),
        ("deltas  --a\n\na", "a line of the legend"),
        ("deltas  --a\n\nab  1", "a line of the legend"),
        ("deltas  --a\n\n|  1", "a mark of its own"),
        ("deltas  --a\n\na = {1", "not a Python literal"),
        ("deltas  --#\nother   --#\nthird   --#\n\n#  A\n#  B", "3 rows end in an error, and 2"),
    ],
)
def test_bad_texts_are_rejected(text: str, says: str) -> None:
    """What is not a storyboard is refused in words that tell what to write."""
    assert says in rejected(text)


def test_a_row_of_dashes_without_a_label_is_no_subscription_at_all() -> None:
    """That nobody subscribes can be drawn, too."""
    assert parse("deltas  --a\n        ---").rows[1].is_subscription


@given(st.text(alphabet="-ab|#()^! 20ms.\n=x{", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """The parser raises nothing but its own error, and marks never go back in time."""
    try:
        board = parse(text)
    except StoryboardInvalid:
        return
    assert isinstance(board, Storyboard)
    for row in board.rows:
        moments = [mark.time for mark in row.marks]
        assert moments == sorted(moments)
        assert all(0 <= time <= row.duration for time in moments)
