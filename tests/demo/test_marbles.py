"""The demo's marble strip."""

from __future__ import annotations

from rxstruct.demo.marbles import SECONDS_PER_COLUMN, MarbleStrip


class Clock:
    """Time that a test moves on, a column at a time."""

    def __init__(self) -> None:
        self.column = 0

    def __call__(self) -> float:
        return self.column * SECONDS_PER_COLUMN * 1.001  # just within the column


def test_marks_of_one_moment_stand_under_each_other() -> None:
    """Each row is a time line, and all rows share the time."""
    clock = Clock()
    strip = MarbleStrip(["in", "out"], clock)
    strip.mark("in", "a", "")
    clock.column = 2
    strip.mark("in", "b", "")
    strip.mark("out", "x", "")
    clock.column = 3
    assert strip.render(80).plain.splitlines() == ["in   a─b─", "out  ──x─"]


def test_a_lasting_mark_is_not_covered() -> None:
    """Of several marks in one column the last one shows, but never over a lasting one."""
    strip = MarbleStrip(["in"], Clock())
    strip.mark("in", "a", "")
    strip.mark("in", "b", "")
    assert strip.render(80).plain == "in  b"
    strip.mark("in", "c", "", lasting=True)
    strip.mark("in", "d", "")
    assert strip.render(80).plain == "in  c"


def test_the_end_stops_the_time() -> None:
    """A terminal stands on every row, and nothing moves after it."""
    clock = Clock()
    strip = MarbleStrip(["in", "out"], clock)
    clock.column = 1
    strip.mark("in", "a", "")
    strip.end("│", "")
    clock.column = 50
    assert strip.render(80).plain.splitlines() == ["in   ─a│", "out  ──│"]


def test_a_long_strip_shows_its_newest_end() -> None:
    """A strip that is wider than the screen loses its beginning."""
    clock = Clock()
    strip = MarbleStrip(["in"], clock)
    for column in range(10):
        clock.column = column
        strip.mark("in", str(column), "")
    assert strip.render(8).plain == "in  6789"
