"""`Attempt`: the partials of one try at an answer."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from reactivex import abc
from reactivex.disposable import Disposable

from ..errors import RxStructError
from ..stream import Flow, Stream
from ..typing import ABSENT

M = TypeVar("M", covariant=True)


class Attempt(Stream[M], Generic[M]):
    """The partials of one try at an answer, live; who subscribes late gets the newest one at once.

    It completes when the try is over, however that went, so that `switch_map` goes on to the next one; `failure` then says what
    was wrong with it.
    """

    def __init__(self, number: int, model: Any) -> None:
        super().__init__(flow=Flow.STATE, model=model)
        self.number = number
        """1, 2, …"""
        self.failure: RxStructError | None = None
        """Why it was given up; None while it goes on, and after it has succeeded."""
        self._newest: Any = ABSENT
        self._has_ended = False
        self._observers: list[abc.ObserverBase[Any]] = []

    def _subscribe_core(
        self, observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        self._observers.append(observer)
        if self._newest is not ABSENT:
            observer.on_next(self._newest)
        if self._has_ended:
            observer.on_completed()

        def dispose() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return Disposable(dispose)

    def __repr__(self) -> str:
        return f"Attempt({self.number})"


def show(attempt: Attempt[Any], partial: Any) -> None:
    """Emit a partial."""
    attempt._newest = partial
    for observer in attempt._observers[:]:
        observer.on_next(partial)


def end(attempt: Attempt[Any], failure: RxStructError | None) -> None:
    """The attempt is over."""
    attempt.failure = failure
    attempt._has_ended = True
    for observer in attempt._observers[:]:
        observer.on_completed()
