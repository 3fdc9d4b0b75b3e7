"""`Play`: one performance of a storyboard, its rows cast as sources and recordings.

What goes in: a storyboard and the operators. What comes out, after `run`: what each recorded row did, and when each source was
subscribed to. What always holds: nothing is judged here; a storyboard that the operators cannot play is refused before it begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from itertools import zip_longest
from typing import Any

from reactivex import Observable, abc

from .expectations import Expectation, expectation
from .parser import COMPLETED, DISPOSED, ERROR, SUBSCRIBED, Mark, Row, Storyboard
from .stage import VALUE, Event, Recording, ScriptedSource, Stage

Operator = Callable[..., Observable[Any]]


class Play:
    """`scripted` are the rows that are sources, `recorded` those that are written down; the last of them is the result."""

    def __init__(
        self, board: Storyboard, operators: tuple[Operator, ...], given: Mapping[str, Any], model: Any
    ) -> None:
        for operator in operators:
            if not callable(operator):
                raise TypeError(
                    f"a storyboard takes operators one by one, as pipe() does, and got a {type(operator).__name__}"
                )
        self.board = board
        self.operators = operators
        self.given = given
        self.model = model
        self.scripted, self.recorded = self.cast()
        self.result = self.recorded[-1]
        for row in board.streams:
            self.check_marks(row)
        self.check_given()
        self.stage = Stage()
        self.sources = {row.label: self.source(row) for row in self.scripted}
        self.recordings = {row.label: Recording(self.stage) for row in self.recorded}

    def cast(self) -> tuple[list[Row], list[Row]]:
        first, *between = self.board.streams
        if not between:
            raise first.place.reject("a storyboard has at least two rows, a source and a result")
        last = between.pop()
        wanted = {name for operator in self.operators for name in parameters(operator)}
        sources = [row for row in between if row.label in wanted]
        stages = [row for row in between if row.label not in wanted]
        if stages and len(stages) != len(self.operators) - 1:
            raise stages[0].place.reject(
                f"{len(stages)} rows are drawn between the source and the result, and {len(self.operators)} operators have "
                f"{max(len(self.operators) - 1, 0)} streams between them: draw all of those, or none"
            )
        return [first, *sources], [*stages, last]

    def check_marks(self, row: Row) -> None:
        """`^` and `!` mean something in some rows only."""
        for mark in row.marks:
            if mark.symbol == SUBSCRIBED and row not in self.scripted:
                raise mark.place.reject("`^` stands in the row of a hot source, or in a subscription row")
            if mark.symbol == DISPOSED and row is not self.result:
                raise mark.place.reject("`!` stands in the last row, where the test disposes, or in a subscription row")

    def check_given(self) -> None:
        """What is given stands for marks that there are, and that the legend says nothing of."""
        marks = {mark.symbol for row in self.board.streams for mark in row.marks}
        for symbol in self.given:
            if symbol not in marks:
                raise ValueError(f"legend={{{symbol!r}: …}}: no row has this mark")
            if symbol != ERROR and symbol in self.board.legend:
                raise self.board.legend[symbol].place.reject(f"legend= says what `{symbol}` is already")

    def source(self, row: Row) -> ScriptedSource:
        events = [self.event(mark, row) for mark in row.marks if mark.symbol != SUBSCRIBED]
        return ScriptedSource(self.stage, events, hot=row.time_of(SUBSCRIBED) is not None)

    def event(self, mark: Mark, row: Row) -> Event:
        if mark.symbol == COMPLETED:
            return Event(mark.time, COMPLETED)
        return Event(mark.time, ERROR if mark.symbol == ERROR else VALUE, self.expectation(mark, row).emitted())

    def expectation(self, mark: Mark, row: Row) -> Expectation:
        """What a value or an error of a row stands for."""
        return expectation(mark, row, self.board, self.given, self.model)

    def run(self) -> None:
        result = self.pipeline()
        recording = self.recordings[self.result.label]
        subscription: list[abc.DisposableBase] = []

        def subscribe() -> None:
            subscription.append(result.subscribe(recording, scheduler=self.stage.scheduler))

        def dispose() -> None:
            subscription[0].dispose()

        # In this order, because what is due at one moment happens as it was scheduled: disposed of before an item of the same
        # moment, subscribed to before a hot source speaks.
        disposed = self.result.time_of(DISPOSED)
        if disposed is not None:
            self.stage.at(disposed, dispose)
        self.stage.at(self.subscribed(), subscribe)
        for source in self.sources.values():
            source.begin()
        self.stage.play(max(row.duration for row in self.board.rows))

    def subscribed(self) -> int:
        """When the test subscribes: at the `^` of the hot sources, else at the start."""
        moments = {row.time_of(SUBSCRIBED): row for row in self.scripted if row.time_of(SUBSCRIBED) is not None}
        if len(moments) > 1:
            raise self.scripted[-1].place.reject(
                "the test subscribes once: every `^` in a source's row stands in one column"
            )
        return next(iter(moments), None) or 0

    def pipeline(self) -> Observable[Any]:
        stream: Observable[Any] = self.sources[self.scripted[0].label]
        stages = [self.recordings[row.label] for row in self.recorded[:-1]]
        for operator, recording in zip_longest(self.operators, stages):
            others = {name: self.sources[name] for name in parameters(operator) if name in self.sources}
            stream = partial(operator, **others)(stream)
            if not isinstance(stream, Observable):
                name = getattr(operator, "__qualname__", repr(operator))
                raise TypeError(
                    f"{name} returned a {type(stream).__name__}: an operator takes a stream and returns one"
                )
            if recording is not None:
                stream = recording.along(stream)
        return stream


def parameters(operator: Operator) -> list[str]:
    """The names of an operator's parameters beyond the first, which is its source."""
    return list(inspect.signature(operator).parameters)[1:]
