"""A line of the results: what was measured, what it has to be, what it is."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One row of the table."""

    what: str
    bound: str
    figure: str
    met: bool | None = None
    """None where there is nothing to be met."""

    def __str__(self) -> str:
        met = {True: "met", False: "**not met**", None: ""}[self.met]
        return f"| {self.what} | {self.bound} | {self.figure} | {met} |"


HEADER = "| what | bound | measured | |\n|---|---|---|---|"


def at_most(what: str, value: float, bound: float, details: str = "", *, unit: str = "×") -> Line:
    """A line that is met by a value up to its bound."""
    return Line(what, f"≤ {bound:g} {unit}", _figure(value, unit, details), value <= bound)


def at_least(what: str, value: float, bound: float, details: str = "", *, unit: str = "×") -> Line:
    """A line that is met by a value from its bound on."""
    return Line(what, f"≥ {bound:g} {unit}", _figure(value, unit, details), value >= bound)


def plain(what: str, figure: str) -> Line:
    """A line that states a figure."""
    return Line(what, "", figure)


def _figure(value: float, unit: str, details: str) -> str:
    number = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{number} {unit}" + (f" ({details})" if details else "")


__all__ = ["HEADER", "Line", "at_least", "at_most", "plain"]
