"""Storyboard text to rows of marks and a legend; pure, it knows nothing of streams.

What goes in: the text. What comes out: a `Storyboard`, or `StoryboardInvalid` with a caret under the offending mark.
What always holds:

1. Rows come first, all starting in one column; after a blank line comes the legend.
2. Marks of a row are in the order of their times, and times are whole microseconds from the start of the row.
3. A column is 10 ms. A group `(ab)` happens at the time of its `(`, and takes as many columns as it has characters. A span
   (`20ms`, `1.5s`, `2m`) takes the time that it names; it stands between spaces, which take none.
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
SPAN = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m)(?![\w.])")
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
        row = RowReader(label, place, start).read()
        if not label and not row.is_subscription:
            raise place.reject("only a subscription row, such as `^---!`, goes without a label")
        if not row.is_subscription and any(row.label == other.label for other in rows if not other.is_subscription):
            raise place.reject(f"there is already a row `{label}`")
        rows.append(row)
    return tuple(rows)


class RowReader:
    """Reads one row from left to right; `time` is that of the next mark, `group` the column of the group that is open."""

    # Each group is read by the method of its name.
    TOKEN = re.compile(rf"(?P<span>(?<!\d){SPAN.pattern})|(?P<begin>\()|(?P<end>\))|(?P<silence>[-\s])|(?P<mark>.)")

    def __init__(self, label: str, place: Place, start: int) -> None:
        self.label = label
        self.line = place.line
        self.line_number = place.line_number
        self.start = start
        self.marks: list[Mark] = []
        self.time = 0
        self.group: int | None = None

    def read(self) -> Row:
        for token in self.TOKEN.finditer(self.line, self.start):
            getattr(self, str(token.lastgroup))(token)
        if self.group is not None:
            raise self.at(self.group).reject("this group is never closed")
        return Row(self.label, tuple(self.marks), self.time, self.at(self.start))

    def at(self, column: int) -> Place:
        return Place(self.line, self.line_number, column)

    def span(self, token: re.Match[str]) -> None:
        before, after = self.line[token.start() - 1], self.line[token.end() : token.end() + 1]
        if before != " " or after.strip():
            raise self.at(token.start()).reject(f"a span of time stands between spaces: ` {token[0]} `")
        self.pass_time(token, round(float(token["number"]) * UNITS[token["unit"]]))

    def silence(self, token: re.Match[str]) -> None:
        self.pass_time(token, COLUMN if token[0] == "-" else 0)

    def pass_time(self, token: re.Match[str], time: int) -> None:
        if self.group is not None:
            raise self.at(token.start()).reject("no time passes inside a group")
        self.time += time

    def begin(self, token: re.Match[str]) -> None:
        if self.group is not None:
            raise self.at(token.start()).reject("a group cannot hold another")
        self.group = token.start()

    def end(self, token: re.Match[str]) -> None:
        if self.group is None:
            raise self.at(token.start()).reject("this `)` closes no group")
        if self.group == token.start() - 1:
            raise self.at(self.group).reject("a group holds at least one mark")
        self.time += (token.end() - self.group) * COLUMN
        self.group = None

    def mark(self, token: re.Match[str]) -> None:
        symbol, place = token[0], self.at(token.start())
        if self.marks and self.marks[-1].symbol in (COMPLETED, ERROR):
            raise place.reject(f"nothing follows `{self.marks[-1].symbol}`: the stream has ended there")
        if symbol in (SUBSCRIBED, DISPOSED) and any(mark.symbol == symbol for mark in self.marks):
            raise place.reject(f"a row has one `{symbol}`; further subscriptions have rows of their own")
        self.marks.append(Mark(symbol, self.time, place))
        self.time += COLUMN if self.group is None else 0


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
