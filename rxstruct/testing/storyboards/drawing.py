"""`draw`: a storyboard as an SVG picture.

What goes in: the text of a storyboard. What comes out: one `<svg>` element that needs nothing from outside. Lines and words take
the colour of the text around them, so that a picture inside a page suits a light and a dark theme. Marks stand where the
text has them, column by column.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .parser import COMPLETED, DISPOSED, ERROR, SPAN, SUBSCRIBED, Mark, Row, Storyboard, parse

COLUMN_WIDTH = 18.0
LETTER_WIDTH = 7.8
RADIUS = 8.5
MARGIN = 10.0
STREAM_HEIGHT, SUBSCRIPTION_HEIGHT, LEGEND_HEIGHT = 40.0, 26.0, 24.0
THIN, THICK = 'stroke-width="1.5"', 'stroke-width="2.5"'
HUES = (212, 24, 150, 282, 340, 48, 185, 95)


def draw(text: str) -> str:
    """Draw a storyboard.

    Example:
        >>> draw('''
        ...     deltas  --a--|
        ... ''').startswith("<svg")
        True

    Args:
        text: the storyboard, as for `storyboard`.

    Raises:
        StoryboardInvalid: if the text is not a storyboard, with a caret under the place.
    """
    board = parse(text)
    return Picture(board).svg()


class Picture:
    """The measures of one drawing; each method gives the SVG of a part."""

    def __init__(self, board: Storyboard) -> None:
        self.board = board
        self.start = MARGIN + max(len(row.label) for row in board.rows) * LETTER_WIDTH + 14
        letters = dict.fromkeys(mark.symbol for row in board.rows for mark in row.marks if mark.is_value)
        self.hues = {letter: HUES[number % len(HUES)] for number, letter in enumerate(letters)}

    def svg(self) -> str:
        parts: list[str] = []
        y = 0.0
        for row in self.board.rows:
            height = SUBSCRIPTION_HEIGHT if row.is_subscription else STREAM_HEIGHT
            parts += self.row(row, y + height / 2)
            y += height
        for symbol, text in self.legend():
            parts += self.legend_line(symbol, text, y + LEGEND_HEIGHT / 2 + 4)
            y += LEGEND_HEIGHT
        return self.document(parts, y + MARGIN)

    def document(self, parts: Iterable[str], height: float) -> str:
        longest_row = max(len(drawn(row)) for row in self.board.rows)
        longest_legend = max((len(text) for _, text in self.legend()), default=0)
        width = max(
            self.start + longest_row * COLUMN_WIDTH + 2 * MARGIN,
            2 * MARGIN + 3 * RADIUS + longest_legend * LETTER_WIDTH,
        )
        what = escape(", ".join(f"{row.label} {drawn(row)}" for row in self.board.streams))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="storyboard" role="img" aria-label="{what}" '
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" style="max-width: 100%; height: auto" fill="none" '
            'stroke-linecap="round" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">'
            f"{''.join(parts)}</svg>"
        )

    # -- rows ----------------------------------------------------------------------------------------------------------

    def row(self, row: Row, y: float) -> Iterable[str]:
        yield words(row.label, MARGIN, y)
        if row.is_subscription:
            yield from self.subscription(row, y)
            return
        yield from self.time_line(row, y)
        yield from self.groups(row, y)
        for mark in row.marks:
            yield self.mark(mark.symbol, self.x(mark), y)

    def x(self, mark: Mark) -> float:
        return self.at(mark.place.column - self.row_start)

    def at(self, column: float) -> float:
        """The middle of a column."""
        return self.start + (column + 0.5) * COLUMN_WIDTH

    @property
    def row_start(self) -> int:
        return self.board.rows[0].place.column

    def time_line(self, row: Row, y: float) -> Iterable[str]:
        """Solid where columns are time, dotted with its length where a span is; with an arrow, unless the stream ends."""
        text = drawn(row)
        left = self.at(-0.5)
        for span in SPAN.finditer(text):
            begin, end = self.at(span.start() - 0.5), self.at(span.end() - 0.5)
            yield line(left, y, begin, y)
            yield line(begin, y, end, y, 'stroke-dasharray="1 5"')
            yield words(span[0], (begin + end) / 2, y - 10, 'text-anchor="middle" font-size="10"')
            left = end
        ends = any(mark.symbol in (COMPLETED, ERROR, DISPOSED) for mark in row.marks)
        right = self.x(row.marks[-1]) if ends else self.at(len(text))
        yield line(left, y, right, y)
        if not ends:
            yield stroke(f"M{right - 5:g} {y - 4:g} L{right:g} {y:g} L{right - 5:g} {y + 4:g}")

    def groups(self, row: Row, y: float) -> Iterable[str]:
        text = drawn(row)
        for begin in (column for column, symbol in enumerate(text) if symbol == "("):
            x, width = self.at(begin), (text.index(")", begin) - begin) * COLUMN_WIDTH
            yield (
                f'<rect x="{x:g}" y="{y - 13:g}" width="{width:g}" height="26" rx="13" fill="currentColor" fill-opacity=".08" '
                'stroke="currentColor" stroke-opacity=".4"/>'
            )

    def mark(self, symbol: str, x: float, y: float) -> str:
        if symbol == COMPLETED:
            return line(x, y - 9, x, y + 9, THICK)
        if symbol == ERROR:
            path = f"M{x - 6:g} {y - 6:g} L{x + 6:g} {y + 6:g} M{x + 6:g} {y - 6:g} L{x - 6:g} {y + 6:g}"
            return stroke(path, THICK)
        if symbol == SUBSCRIBED:
            return stroke(f"M{x - 5:g} {y + 6:g} L{x:g} {y:g} L{x + 5:g} {y + 6:g}")
        if symbol == DISPOSED:
            return stroke(f"M{x - 5:g} {y - 6:g} L{x:g} {y:g} L{x + 5:g} {y - 6:g} M{x:g} {y:g} L{x:g} {y + 6:g}")
        return self.marble(symbol, x, y)

    def marble(self, letter: str, x: float, y: float) -> str:
        circle = f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS:g}" fill="hsl({self.hues[letter]} 55% 40%)"/>'
        return circle + words(letter, x, y, 'text-anchor="middle" font-size="11.5"', colour="white")

    def subscription(self, row: Row, y: float) -> Iterable[str]:
        if not row.marks:
            return
        begin, end = self.x(row.marks[0]), self.x(row.marks[-1])
        if row.marks[-1].symbol == SUBSCRIBED:
            end = self.at(len(drawn(row)))
        yield line(begin, y, end, y, 'stroke-opacity=".5" stroke-dasharray="4 4"')
        for mark in row.marks:
            yield self.mark(mark.symbol, self.x(mark), y)

    # -- legend --------------------------------------------------------------------------------------------------------

    def legend(self) -> list[tuple[str, str]]:
        known = [(symbol, legend.text) for symbol, legend in self.board.legend.items()]
        return known + [(ERROR, legend.text) for legend in self.board.errors]

    def legend_line(self, symbol: str, text: str, y: float) -> Iterable[str]:
        yield self.mark(symbol, MARGIN + RADIUS, y)
        yield words(text, MARGIN + 3 * RADIUS, y)


def drawn(row: Row) -> str:
    """A row's marks as they stand in the text."""
    return row.place.line[row.place.column :]


def line(x1: float, y1: float, x2: float, y2: float, style: str = THIN) -> str:
    return stroke(f"M{x1:g} {y1:g} L{x2:g} {y2:g}", style)


def stroke(path: str, style: str = THIN) -> str:
    return f'<path d="{path}" stroke="currentColor" {style}/>'


def words(text: str, x: float, y: float, style: str = "", colour: str = "currentColor") -> str:
    place = f'x="{x:g}" y="{y:g}" dominant-baseline="central"'
    return f'<text {place} fill="{colour}" xml:space="preserve" {style}>{escape(text)}</text>'
