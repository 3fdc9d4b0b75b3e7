"""The marble strip: what each stage of the pipeline emitted, on one time line that moves on as time does.

What goes in: a mark on a row, now. What comes out: the rows as text, the newest end of them where they are wider than the
screen. What always holds: marks of different rows that were made within one column's time stand under each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

SECONDS_PER_COLUMN = 0.03
LINE_STYLE = "bright_black"


class MarbleStrip:
    """Rows of marbles.

    Args:
        rows: the rows' labels, from the top.
        clock: seconds, from any start; replaced in tests.
    """

    def __init__(self, rows: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._marks: dict[str, dict[int, tuple[str, str]]] = {row: {} for row in rows}
        self._lasting: set[tuple[str, int]] = set()
        self._clock = clock
        self._start = clock()
        self._ended_at: int | None = None

    def mark(self, row: str, symbol: str, style: str, *, lasting: bool = False) -> None:
        """Put a marble on a row; of several in one column the last one shows, or the last that is lasting."""
        column = self._column()
        if lasting or (row, column) not in self._lasting:
            self._marks[row][column] = (symbol, style)
        if lasting:
            self._lasting.add((row, column))

    def end(self, symbol: str, style: str) -> None:
        """Put a terminal on every row, and stop the time."""
        self._ended_at = self._column() + 1
        for marks in self._marks.values():
            marks[self._ended_at] = (symbol, style)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.render(options.max_width)

    def render(self, width: int) -> Text:
        """The strip with its labels, at most `width` columns wide."""
        label_width = max(map(len, self._marks)) + 2
        last = self._column() if self._ended_at is None else self._ended_at
        first = max(0, last - (width - label_width) + 1)
        text = Text(no_wrap=True)
        for number, (row, marks) in enumerate(self._marks.items()):
            text.append("\n" if number else "").append(row.ljust(label_width), style="dim")
            for column in range(first, last + 1):
                text.append(*marks.get(column, ("─", LINE_STYLE)))
        return text

    def _column(self) -> int:
        return int((self._clock() - self._start) / SECONDS_PER_COLUMN)
