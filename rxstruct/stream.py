"""`Stream`: an Observable that can also be read in a loop."""

from __future__ import annotations

from typing import TypeVar

from reactivex import Observable

T = TypeVar("T", covariant=True)


class Stream(Observable[T]):
    """An `Observable[T]` that can also be read in a `for` or `async for` loop."""


__all__ = ["Stream"]
