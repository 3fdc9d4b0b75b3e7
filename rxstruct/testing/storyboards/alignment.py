"""Rows of marks as text, in columns that mean the same moment in all of them.

What goes in: named marks with their times. What comes out: a line for each. A silence of many columns is drawn as a span. Where a
group is wider than the time until the next mark, the next mark follows it at once: text cannot say it better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from .parser import COLUMN, COMPLETED, DISPOSED, ERROR

LONGEST_SILENCE = 20
"""In columns; a longer silence is a span, such as ` 500ms `."""


@dataclass(frozen=True)
class Line:
    """A row to be shown: its name, its marks with their times, and its duration, all in microseconds."""

    name: str
    marks: Sequence[tuple[int, str]]
    duration: int = 0


def align(lines: Sequence[Line]) -> list[str]:
    """Each line's name and its marks.

    >>> print(*align([Line("wanted", [(0, "a"), (30_000, "b")]), Line("got", [(20_000, "a")])]), sep="\\n")
    wanted  a--b
    got     --a-
    """
    longest_name = max(len(line.name) for line in lines)
    times = {time for line in lines for time, _ in line.marks} | {line.duration - COLUMN for line in lines}
    silence, columns = time_axis(sorted(time for time in times if time >= 0))
    rows = [place(together(line.marks), columns, silence) for line in lines]
    return [f"{line.name:{longest_name}}  {without_aftermath(row)}" for line, row in zip(lines, rows, strict=True)]


def time_axis(times: list[int]) -> tuple[str, dict[int, int]]:
    """A row in which nothing happens, and the column of each time in it."""
    row, columns, clock = "", {}, 0
    for time in times:
        gap, rest = divmod(max(time - clock, 0), COLUMN)
        row += "-" * gap if rest == 0 and gap <= LONGEST_SILENCE else f" {(time - clock) / 1000:g}ms "
        columns[time] = len(row)
        row += "-"
        clock = time + COLUMN
    return row, columns


def place(cells: dict[int, str], columns: dict[int, int], silence: str) -> str:
    """The silent row with cells in their columns; or after the cell before, where that is too wide."""
    row = ""
    for time, cell in cells.items():
        row += silence[len(row) : columns[time]] + cell
    return row + silence[len(row) :]


def together(marks: Sequence[tuple[int, str]]) -> dict[int, str]:
    """What stands at each time: a mark, or a group of them."""
    symbols = {time: "".join(symbol for _, symbol in group) for time, group in groupby(marks, lambda mark: mark[0])}
    return {time: cell if len(cell) == 1 else f"({cell})" for time, cell in symbols.items()}


def without_aftermath(row: str) -> str:
    """The row up to the mark that ends it."""
    ends = [row.rfind(symbol) for symbol in (COMPLETED, ERROR, DISPOSED)]
    stop = max(ends) + 1
    if stop == 0:
        return row
    return row[: stop + 1] if row[stop : stop + 1] == ")" else row[:stop]
