"""How a play differed from its storyboard, for people to read: the first difference in words, then the rows, aligned.

What goes in: a `Play` that has run. What comes out: None where all was as drawn, else the text of the failure.
"""

from __future__ import annotations

from itertools import zip_longest

from .alignment import Line, align
from .expectations import alike, json_form, show, show_error
from .parser import COMPLETED, DISPOSED, ERROR, SUBSCRIBED, Mark, Row
from .play import Play
from .stage import VALUE, Event, ScriptedSource, Subscription

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SURPLUS = 20
"""How many events beyond the drawn ones are shown."""


def failure(play: Play) -> str | None:
    """What differs; None where all was as drawn."""
    for row in play.recorded:
        difference = first_difference(play, row)
        if difference is not None:
            return f"{row.label} is not as drawn: {difference}\n\n{stream_rows(play)}"
    for row in play.scripted:
        drawn = subscriptions_drawn(play, row)
        if drawn is not None and drawn != play.sources[row.label].subscriptions:
            return f"{row.label} was not subscribed to as drawn\n\n{subscription_rows(row, drawn, play.sources[row.label])}"
    return None


# -- what is emitted -----------------------------------------------------------------------------------------------------


def marks_wanted(row: Row) -> list[Mark]:
    return [mark for mark in row.marks if mark.symbol != DISPOSED]


def first_difference(play: Play, row: Row) -> str | None:
    for mark, event in zip_longest(marks_wanted(row), play.recordings[row.label].events):
        if mark is None:
            return f"{describe(event)} came, where nothing more is drawn"
        if event is None:
            return f"`{mark.symbol}` is drawn at {show_time(mark.time)}, and nothing more came"
        difference = disagreement(play, row, mark, event)
        if difference is not None:
            return f"`{mark.symbol}` is drawn at {show_time(mark.time)}, and what came is {difference}"
        if mark.time != event.time:
            return f"`{mark.symbol}` is drawn at {show_time(mark.time)}, and came at {show_time(event.time)}"
    return None


def disagreement(play: Play, row: Row, mark: Mark, event: Event) -> str | None:
    """How an event is not what a mark stands for, whenever it came."""
    if event.kind != (mark.symbol if mark.symbol in (COMPLETED, ERROR) else VALUE):
        return describe(event)
    if event.kind == COMPLETED:
        return None
    if event.kind == VALUE and not alike(event.form, json_form(event.item)):
        return f"an item that was changed after it had been emitted, from {event.form!r} to {json_form(event.item)!r}"
    return play.expectation(mark, row).difference(event.item)


def describe(event: Event) -> str:
    what = {VALUE: "a value", COMPLETED: "the completion", ERROR: f"a {type(event.item).__name__}"}[event.kind]
    return f"{what} at {show_time(event.time)}"


def show_time(microseconds: int) -> str:
    return f"{microseconds / 1000:g} ms"


def stream_rows(play: Play) -> str:
    """All rows, those that differ as wanted and as got, with the legend of what was recorded."""
    lines: list[Line] = []
    found: dict[str, str] = {}
    for row in play.board.streams:
        marks = [(mark.time, mark.symbol) for mark in row.marks]
        if row in play.recorded and first_difference(play, row) is not None:
            lines.append(Line(f"{row.label} wanted", marks, row.duration))
            lines.append(Line(f"{row.label} got", marks_got(play, row, found)))
        else:
            lines.append(Line(row.label, marks, row.duration))
    return "\n\n".join(indented(block) for block in (align(lines), legend(play, found)) if block)


def marks_got(play: Play, row: Row, found: dict[str, str]) -> list[tuple[int, str]]:
    """What was recorded for `row`: the drawn letters where they fit; new ones elsewhere, whose legend goes into `found`."""
    wanted = marks_wanted(row)
    marks: list[tuple[int, str]] = []
    for number, event in enumerate(play.recordings[row.label].events[: len(wanted) + SURPLUS]):
        # The letter at the same place first: two letters may stand for the same content.
        candidates = [*wanted[number : number + 1], *wanted]
        symbol = next((mark.symbol for mark in candidates if disagreement(play, row, mark, event) is None), None)
        if symbol is None:
            symbol = new_letter(play, event, found) if event.kind == VALUE else event.kind
            found[symbol] = legend_line(symbol, event)
        marks.append((event.time, symbol))
    return marks


def new_letter(play: Play, event: Event, found: dict[str, str]) -> str:
    """A letter that no row has, the same one for the same content."""
    drawn = {mark.symbol for row in play.board.rows for mark in row.marks}
    same = (letter for letter, line in found.items() if line == legend_line(letter, event))
    free = (letter for letter in LETTERS if letter not in drawn and letter not in found)
    return next(same, None) or next(free, "?")


def legend_line(symbol: str, event: Event) -> str:
    if event.kind == COMPLETED:
        return ""
    return f"{symbol} {show(event.item)}" if event.kind == VALUE else f"{symbol}  {show_error(event.item)}"


def legend(play: Play, found: dict[str, str]) -> list[str]:
    """The legend of the drawn marks of all recorded rows, then that of what was found instead."""
    drawn = {mark.symbol for row in play.recorded for mark in row.marks}
    lines = [each.line for symbol, each in play.board.legend.items() if symbol in drawn]
    lines += [each.line for each in play.board.errors if ERROR in drawn]
    return lines + [f"{line}   (got)" for line in found.values() if line and line not in lines]


# -- who was subscribed to -----------------------------------------------------------------------------------------------


def subscriptions_drawn(play: Play, source: Row) -> list[Subscription] | None:
    """What the subscription rows below a source (and above the next one) say; None where there are none."""
    rows: list[Row] = []
    current: Row | None = None
    for row in play.board.rows:
        if row in play.scripted:
            current = row
        elif row.is_subscription and current is source:
            rows.append(row)
    starts = [(row.time_of(SUBSCRIBED), row.time_of(DISPOSED)) for row in rows]
    return [Subscription(start, end) for start, end in starts if start is not None] if rows else None


def subscription_rows(row: Row, drawn: list[Subscription], source: ScriptedSource) -> str:
    lines = [Line(row.label, [(mark.time, mark.symbol) for mark in row.marks], row.duration)]
    lines += [subscription_line("wanted", each) for each in drawn] or [Line("wanted", [])]
    lines += [subscription_line("got", each) for each in source.subscriptions] or [Line("got", [])]
    return indented(align(lines))


def subscription_line(name: str, subscription: Subscription) -> Line:
    end = [] if subscription.end is None else [(subscription.end, DISPOSED)]
    return Line(name, [(subscription.start, SUBSCRIBED), *end])


def indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
