"""Storyboard text to rows of marks and a legend; pure, it knows nothing of streams.

What goes in: the text. What comes out: a `Storyboard`, or `StoryboardInvalid` with a caret under the offending mark.
What always holds:

1. Rows come first, all starting in one column; after a blank line comes the legend.
2. Marks of a row are in the order of their times, and times are whole microseconds from the start of the row.
3. A column is 10 ms. A group `(ab)` happens at the time of its `(`, and takes as many columns as it has characters. A span
   (`20ms`, `1.5s`, `2m`) stands between spaces, takes the time that it names, and spaces take none.
4. Nothing follows `|` or `#` in a row. Every line of the legend is used by a row.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import Any

COLUMN = 10_000
"""The time of one column, in microseconds."""

UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000}
SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)(?![\w.])")
HEADING = re.compile(r"\w\S*(?: \w\S*)* +(?=\S)")
COMPLETED, ERROR, SUBSCRIBED, DISPOSED = "|#^!"
NOT_VALUES = frozenset("-|#^!() ")


class StoryboardInvalid(ValueError):
    """The text is not a storyboard; the message shows the line, with a caret under the place."""


@dataclass(frozen=True)
class Place:
    """A place in a storyboard's text, for error messages and for drawing."""

    line: str
    line_number: int
    column: int

    def reject(self, message: str) -> StoryboardInvalid:
        caret = " " * self.column + "^"
        return StoryboardInvalid(f"{message} (line {self.line_number})\n\n    {self.line}\n    {caret}")


@dataclass(frozen=True)
class Mark:
    """One character of a row: what happens, and when, in microseconds."""

    symbol: str
    time: int
    place: Place

    @property
    def is_value(self) -> bool:
        return self.symbol not in NOT_VALUES


@dataclass(frozen=True)
class Row:
    label: str
    marks: tuple[Mark, ...]
    duration: int
    place: Place

    @property
    def is_subscription(self) -> bool:
        """Whether the row tells when a source is subscribed to and disposed of, rather than what it emits."""
        symbols = {mark.symbol for mark in self.marks}
        return symbols <= {SUBSCRIBED, DISPOSED} and (bool(symbols) or not self.label)

    def time_of(self, symbol: str) -> int | None:
        return next((mark.time for mark in self.marks if mark.symbol == symbol), None)


@dataclass(frozen=True)
class Legend:
    """What a letter stands for: the raw text to the end of the line, or the Python literal after `=`."""

    symbol: str
    text: str
    is_literal: bool
    place: Place

    @property
    def line(self) -> str:
        return f"{self.symbol} {'=' if self.is_literal else ''} {self.text}"

    def literal(self) -> Any:
        try:
            return ast.literal_eval(self.text)
        except (ValueError, SyntaxError):
            raise self.place.reject(f"what follows `{self.symbol} =` is not a Python literal") from None


@dataclass(frozen=True)
class Storyboard:
    rows: tuple[Row, ...]
    legend: dict[str, Legend]
    errors: tuple[Legend, ...]
    """The legend of `#`: one for each row that ends in an error, or a single one for all of them."""

    @property
    def streams(self) -> tuple[Row, ...]:
        """The rows that tell what is emitted; the first is the source, the last the result."""
        return tuple(row for row in self.rows if not row.is_subscription)

    def error_of(self, row: Row) -> Legend:
        """What `#` stands for in one row."""
        failing = [each for each in self.streams if each.time_of(ERROR) is not None]
        return self.errors[0 if len(self.errors) == 1 else failing.index(row)]


def parse(text: str) -> Storyboard:
    """Read the text of a storyboard.

    >>> board = parse('''
    ...     deltas   --a--|
    ...
    ...     a  {"name":"A
    ... ''')
    >>> [(mark.symbol, mark.time) for mark in board.rows[0].marks]
    [('a', 20000), ('|', 50000)]
    >>> board.legend["a"].text
    '{"name":"A'

    Raises:
        StoryboardInvalid: with a caret under the offending mark.
    """
    lines = textwrap.dedent(text).split("\n")
    numbered = [Place(line.rstrip(), number, 0) for number, line in enumerate(lines, start=1)]
    first = next((index for index, place in enumerate(numbered) if place.line), None)
    if first is None:
        raise StoryboardInvalid("the storyboard is empty: it needs a row, such as `deltas  --a--|`")
    end = next((index for index in range(first, len(numbered)) if not numbered[index].line), len(numbered))
    rows = parse_rows(numbered[first:end])
    legends = [parse_legend(place) for place in numbered[end:] if place.line]
    check_legend(rows, legends)
    return Storyboard(
        rows,
        {legend.symbol: legend for legend in legends if legend.symbol != ERROR},
        tuple(legend for legend in legends if legend.symbol == ERROR),
    )


def parse_rows(places: list[Place]) -> tuple[Row, ...]:
    heading = HEADING.match(places[0].line)
    if heading is None:
        raise places[0].reject("a row is a label, spaces, and marks: `deltas  --a--|`")
    start = heading.end()
    rows: list[Row] = []
    for place in places:
        label, marks = place.line[: start - 1].strip(), place.line[start:]
        if place.line[start - 1 : start].strip() or not marks or marks[0] == " ":
            raise Place(place.line, place.line_number, min(start, len(place.line))).reject(
                "all rows start in one column, and a blank line parts them from the legend"
            )
        row = parse_row(label, place, start)
        if not label and not row.is_subscription:
            raise place.reject("only a subscription row, such as `^---!`, goes without a label")
        if not row.is_subscription and any(row.label == other.label for other in rows if not other.is_subscription):
            raise place.reject(f"there is already a row `{label}`")
        rows.append(row)
    return tuple(rows)


def parse_row(label: str, place: Place, start: int) -> Row:
    line = place.line
    marks: list[Mark] = []
    time, index = 0, start
    group: int | None = None

    def here(column: int) -> Place:
        return Place(line, place.line_number, column)

    while index < len(line):
        symbol = line[index]
        span = SPAN.match(line, index)
        if span and not line[index - 1].isdigit():
            if line[index - 1] != " " or line[span.end() : span.end() + 1].strip():
                raise here(index).reject(f"a span of time stands between spaces: ` {span[0]} `")
            if group is not None:
                raise here(index).reject("no time passes inside a group")
            time += round(float(span[1]) * UNITS[span[2]])
            index = span.end()
            continue
        if symbol == "(":
            if group is not None:
                raise here(index).reject("a group cannot hold another")
            group = index
        elif symbol == ")":
            if group is None:
                raise here(index).reject("this `)` closes no group")
            if group == index - 1:
                raise here(group).reject("a group holds at least one mark")
            time += (index + 1 - group) * COLUMN
            group = None
        elif symbol in "- ":
            if group is not None:
                raise here(index).reject("no time passes inside a group")
            time += COLUMN if symbol == "-" else 0
        else:
            if marks and marks[-1].symbol in (COMPLETED, ERROR):
                raise here(index).reject(f"nothing follows `{marks[-1].symbol}`: the stream has ended there")
            if symbol in (SUBSCRIBED, DISPOSED) and any(mark.symbol == symbol for mark in marks):
                raise here(index).reject(f"a row has one `{symbol}`; further subscriptions have rows of their own")
            marks.append(Mark(symbol, time, here(index)))
            time += COLUMN if group is None else 0
        index += 1
    if group is not None:
        raise here(group).reject("this group is never closed")
    return Row(label, tuple(marks), time, here(start))


def parse_legend(place: Place) -> Legend:
    match = re.match(r"\s*(\S)(\s*=\s*|\s+)(\S.*)", place.line)
    if match is None:
        raise place.reject(
            'a line of the legend is a letter, spaces, and what it stands for (`a = ""` for an empty text)'
        )
    here = Place(place.line, place.line_number, match.start(1))
    symbol, separator, text = match.groups()
    if symbol in NOT_VALUES and symbol != ERROR:
        raise here.reject(f"`{symbol}` is a mark of its own, and stands for nothing else")
    legend = Legend(symbol, text, "=" in separator, Place(place.line, place.line_number, match.start(3)))
    if legend.is_literal:
        legend.literal()
    return legend


def check_legend(rows: tuple[Row, ...], legends: list[Legend]) -> None:
    used = {mark.symbol for row in rows for mark in row.marks}
    seen: set[str] = set()
    for legend in legends:
        if legend.symbol not in used:
            raise legend.place.reject(f"no row has the mark `{legend.symbol}`")
        if legend.symbol in seen and legend.symbol != ERROR:
            raise legend.place.reject(f"the legend has `{legend.symbol}` already")
        seen.add(legend.symbol)
    errors = [legend for legend in legends if legend.symbol == ERROR]
    failing = [row for row in rows if row.time_of(ERROR) is not None]
    if len(errors) > 1 and len(errors) != len(failing):
        raise errors[-1].place.reject(
            f"{len(failing)} rows end in an error, and {len(errors)} are given: give one for all, or one for each"
        )


__all__ = [
    "COLUMN",
    "COMPLETED",
    "DISPOSED",
    "ERROR",
    "SUBSCRIBED",
    "Legend",
    "Mark",
    "Place",
    "Row",
    "Storyboard",
    "StoryboardInvalid",
    "parse",
]
