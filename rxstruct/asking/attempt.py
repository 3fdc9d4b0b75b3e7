"""`Attempt`: the partials of one try at an answer."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from reactivex import abc

from ..errors import RxStructError
from ..stream import Flow, Stream

M = TypeVar("M", covariant=True)


class Attempt(Stream[M], Generic[M]):
    """The partials of one try at an answer, live; who subscribes late gets the newest one at once.

    It completes when the try is over, however that went, so that `switch_map` goes on to the next one; `failure` then says what
    was wrong with it. While it has a subscriber the request goes on, though the stream of attempts may have been left.
    """

    def __init__(self, number: int, model: Any, subscribe: abc.Subscription[M]) -> None:
        super().__init__(subscribe, flow=Flow.STATE, model=model)
        self.number = number
        """1, 2, …"""
        self.failure: RxStructError | None = None
        """Why it was given up; None while it goes on, and after it has succeeded."""

    def __repr__(self) -> str:
        return f"Attempt({self.number})"
