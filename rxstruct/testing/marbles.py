"""`to_marbles`: a picture of what a stream did, for debugging and for docs.

What goes in: a stream of deltas, snapshots or partials; it is run to its end. What comes out: a `MarbleDiagram`: a row for the
items, a row for each top-level field of the document, a row for the progress, all with the stream's end, on one time axis. It is
a storyboard's text, and is drawn as storyboards are. A field's letter is small where it grows, and large where it closes.
"""

from __future__ import annotations

import json
import string
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from reactivex import Observable, abc
from reactivex.scheduler import VirtualTimeScheduler

from ..errors import RxStructError, excerpt
from ..incremental import JsonDocument, JsonSnapshot
from ..partial import closed_fields, snapshot_of
from ..policy import timing_scheduler
from .storyboards.drawing import STREAM_HEIGHT, Picture, line, words
from .storyboards.parser import COMPLETED, ERROR, Row, parse

COLUMNS = 60
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds per column; the first that keeps the whole stream within the columns is taken."""
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
COLUMNS_PER_TICK = 5
AXIS_HEIGHT = 26.0
LONGEST_VALUE = 60
ITEMS, PROGRESS = "i", "progress"
ROWS = {"deltas", "snapshots", "partials", PROGRESS}
MOST_FIELDS = 9


class MarbleDiagram:
    """What a stream did, and when. `str()` is a storyboard; `svg()` is its picture, which notebooks show by themselves.

    Attributes:
        rows: the marks of each row, as letters with their times in seconds.
        legend: what the letters stand for.
        end: the time at which the stream ended.
        error: what ended it; None where it completed.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[float, str]]] = {}
        self.legend: dict[str, str] = {}
        self.end = 0.0
        self.error: Exception | None = None

    def mark(self, row: str, symbol: str, at: float, meaning: str = "") -> None:
        self.rows.setdefault(row, []).append((at, symbol))
        if meaning:
            self.legend[symbol] = meaning

    @property
    def seconds_per_column(self) -> float:
        """The time that a column stands for."""
        return next((step for step in STEPS if self.end / step <= COLUMNS), self.end / COLUMNS)

    def __str__(self) -> str:
        return f"{self.storyboard()}\n\none column is {self.seconds_per_column:g} s"

    def storyboard(self) -> str:
        """The storyboard alone; of several marks in one column it has the last, but never loses a closing."""
        rows = {row: self._columns(marks) for row, marks in self.rows.items()}
        end = max([self._column(self.end), *(max(columns) + 1 for columns in rows.values())])
        width = max(map(len, rows), default=0)
        lines = [
            f"{row.ljust(width)}  " + "".join(columns.get(column, "-") for column in range(end)) + self._terminal
            for row, columns in rows.items()
        ]
        shown = {symbol for columns in rows.values() for symbol in columns.values()}
        legend = [f"{symbol}  {meaning}" for symbol, meaning in self.legend.items() if symbol in shown]
        if self.error is not None:
            legend.append(f"#  {type(self.error).__name__}: {excerpt(str(self.error), LONGEST_VALUE)}")
        return "\n".join([*lines, "", *legend])

    @property
    def _terminal(self) -> str:
        return COMPLETED if self.error is None else ERROR

    def _column(self, at: float) -> int:
        return round(at / self.seconds_per_column)

    def _columns(self, marks: Iterable[tuple[float, str]]) -> dict[int, str]:
        columns: dict[int, str] = {}
        for at, symbol in marks:
            if not columns.get(self._column(at), "").isupper():
                columns[self._column(at)] = symbol
        return columns

    def svg(self) -> str:
        """The picture as one `<svg>` element that needs nothing from outside."""
        return TimedPicture(self).svg()

    def _repr_svg_(self) -> str:
        return self.svg()


class TimedPicture(Picture):
    """A storyboard's picture with a time axis under its rows, and one colour for each field."""

    def __init__(self, diagram: MarbleDiagram) -> None:
        super().__init__(parse(diagram.storyboard()))
        self._step = diagram.seconds_per_column
        self._end = diagram.end
        self.hues = {letter: self.hues.get(letter.lower(), hue) for letter, hue in self.hues.items()}

    def row(self, row: Row, y: float) -> Iterable[str]:
        yield from super().row(row, y)
        if row is self.board.rows[-1]:
            yield from self._axis(y + STREAM_HEIGHT / 2)

    def legend_line(self, symbol: str, text: str, y: float) -> Iterable[str]:
        return super().legend_line(symbol, text, y + AXIS_HEIGHT)

    def document(self, parts: Iterable[str], height: float) -> str:
        return super().document(parts, height + AXIS_HEIGHT)

    def _axis(self, y: float) -> Iterator[str]:
        tick = next((tick for tick in TICKS if tick / self._step >= COLUMNS_PER_TICK), TICKS[-1])
        for number in range(int(self._end / tick) + 1):
            x = self.at(number * tick / self._step)
            yield line(x, y, x, y + 5)
            yield words(f"{number * tick:g} s", x, y + 14, 'text-anchor="middle" font-size="11"')


def to_marbles(source: Observable[Any], *, scheduler: abc.SchedulerBase | None = None) -> MarbleDiagram:
    """Run a stream to its end, and draw what it did.

    Example:
        >>> import reactivex as rx
        >>> from reactivex import operators as ops
        >>> from reactivex.scheduler import VirtualTimeScheduler
        >>> from rxstruct.testing.marbles import to_marbles
        >>> deltas = ['{"name":"A', 'da","age":', "36}"]
        >>> source = rx.interval(0.05).pipe(ops.take(3), ops.map(deltas.__getitem__))
        >>> print(to_marbles(source, scheduler=VirtualTimeScheduler()).storyboard())
        deltas    -----i----i----i|
        name      -----a----A-----|
        age       ---------------B|
        progress  ----------1----2|
        <BLANKLINE>
        i  3 deltas
        A  name closes: "Ada"
        B  age closes: 36

    Args:
        source: deltas, snapshots or partials. It is subscribed to once, and runs to its end before this returns.
        scheduler: what keeps the time; a `VirtualTimeScheduler` plays a recording without waiting. By default the real time.

    Errors: none; what ends the stream is in the picture, and is the result's `error`.
    """
    if not isinstance(source, Observable):
        raise TypeError(f"to_marbles() draws a stream, not a {type(source).__name__}")
    recorder = Recorder()
    clock = timing_scheduler(scheduler)
    start = clock.now
    over = threading.Event()

    def seconds() -> float:
        return (clock.now - start).total_seconds()

    def on_end(error: Exception | None = None) -> None:
        recorder.end(error, seconds())
        over.set()

    source.subscribe(lambda item: recorder.take(item, seconds()), on_end, on_end, scheduler=scheduler)
    if isinstance(scheduler, VirtualTimeScheduler):
        scheduler.start()
    over.wait()
    return recorder.diagram


class Recorder:
    """Makes marks of items; deltas it parses by itself."""

    def __init__(self) -> None:
        self.diagram = MarbleDiagram()
        self._document = JsonDocument()
        self._failure: RxStructError | None = None
        self._count = 0
        self._closed: set[str] = set()
        self._letters: dict[str, str] = {}

    def take(self, item: Any, at: float) -> None:
        self._count += 1
        kind = "deltas" if isinstance(item, str) else "snapshots" if isinstance(item, JsonSnapshot) else "partials"
        self.diagram.mark(kind, ITEMS, at, f"{self._count} {kind}")
        snapshot = self._snapshot_of(item)
        if snapshot is not None:
            self._tell(snapshot, at)

    def end(self, error: Exception | None, at: float) -> None:
        self.diagram.end = at
        self.diagram.error = error or self._failure
        if PROGRESS in self.diagram.rows:
            self.diagram.rows[PROGRESS] = self.diagram.rows.pop(PROGRESS)  # the last row

    def _snapshot_of(self, item: Any) -> JsonSnapshot | None:
        if isinstance(item, JsonSnapshot):
            return item
        try:
            if not isinstance(item, str):
                return snapshot_of(item)
            return self._document.feed(item) if self._failure is None else None
        except RxStructError as failure:
            self._failure = failure
            return failure.snapshot
        except TypeError:
            return None  # a list or scalar that has closed

    def _tell(self, snapshot: JsonSnapshot, at: float) -> None:
        path = snapshot.open_path
        if path and isinstance(path[0], str) and (letter := self._letter(path[0])):
            self.diagram.mark(path[0], letter, at)
        new = [name for name in closed_fields(snapshot) if name not in self._closed]
        for name in new:
            self._closed.add(name)
            if letter := self._letter(name):
                value = json.dumps(snapshot.get(name), ensure_ascii=False)
                shown = value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
                self.diagram.mark(name, letter.upper(), at, f"{name} closes: {shown}")
        if new and len(self._closed) <= MOST_FIELDS:
            self.diagram.mark(PROGRESS, str(len(self._closed)), at)

    def _letter(self, name: str) -> str:
        """The letter of a field; none for one whose name can't head a row, or that comes after all letters."""
        free = string.ascii_lowercase.replace(ITEMS, "")
        if name not in self._letters and len(self._letters) < len(free) and name.isidentifier() and name not in ROWS:
            self._letters[name] = free[len(self._letters)]
        return self._letters.get(name, "")
