"""The virtual stage on which a storyboard plays: scripted sources, recorded streams, no real time.

What always holds: everything that is due at one moment happens in the order in which it was scheduled, and a recording has
the exact moment, in whole microseconds since the rows' start. (reactivex's own `ColdObservable` cuts the end of a subscription
down to a whole unit of time, and `start` lets a second pass after a hundred actions at one moment: hence these few lines.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable
from reactivex.scheduler import VirtualTimeScheduler

from .expectations import json_form
from .parser import COMPLETED, ERROR

MICROSECONDS = 1_000_000
VALUE = "value"
AFTERMATH = 60 * MICROSECONDS
"""How long the stage stays open after the longest row, for whatever comes late."""


@dataclass(frozen=True)
class Event:
    """Something that a stream emitted: `kind` is `VALUE`, `COMPLETED` or `ERROR`; `form` is what the item showed at the time."""

    time: int
    kind: str
    item: Any = None
    form: Any = None


@dataclass
class Subscription:
    start: int
    end: int | None = None


class Stage:
    """Virtual time."""

    def __init__(self) -> None:
        self.scheduler = VirtualTimeScheduler(0.0)

    @property
    def time(self) -> int:
        return round(self.scheduler.to_seconds(self.scheduler.now) * MICROSECONDS)

    def at(self, time: int, action: Callable[[], None]) -> abc.DisposableBase:
        return self.scheduler.schedule_absolute(time / MICROSECONDS, lambda *_: action())

    def play(self, duration: int) -> None:
        """Let everything happen that is due within `duration` or soon after it."""
        self.scheduler.advance_to((duration + AFTERMATH) / MICROSECONDS)


class ScriptedSource(Observable[Any]):
    """A source that emits what a row says: from each subscription on, or, where it is hot, from the start for whoever listens."""

    def __init__(self, stage: Stage, events: list[Event], *, hot: bool) -> None:
        super().__init__()
        self.stage = stage
        self.events = events
        self.hot = hot
        self.observers: list[abc.ObserverBase[Any]] = []
        self.subscriptions: list[Subscription] = []

    def begin(self) -> None:
        """Schedule what a hot source emits."""
        for event in self.events if self.hot else []:
            self.stage.at(event.time, partial(self.broadcast, event))

    def broadcast(self, event: Event) -> None:
        for observer in self.observers[:]:
            emit(event, observer)

    def _subscribe_core(
        self, observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        subscription = Subscription(self.stage.time)
        self.subscriptions.append(subscription)
        pending = CompositeDisposable()
        if self.hot:
            self.observers.append(observer)
        else:
            for event in self.events:
                pending.add(self.stage.at(subscription.start + event.time, partial(emit, event, observer)))

        def dispose() -> None:
            subscription.end = self.stage.time
            pending.dispose()
            if self.hot:
                self.observers.remove(observer)

        return Disposable(dispose)


def emit(event: Event, observer: abc.ObserverBase[Any]) -> None:
    if event.kind == COMPLETED:
        observer.on_completed()
    elif event.kind == ERROR:
        observer.on_error(event.item)
    else:
        observer.on_next(event.item)


class Recording(abc.ObserverBase[Any]):
    """Writes down what it is told, and when."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.events: list[Event] = []

    def on_next(self, value: Any) -> None:
        self.events.append(Event(self.stage.time, VALUE, value, json_form(value)))

    def on_error(self, error: Exception) -> None:
        self.events.append(Event(self.stage.time, ERROR, error))

    def on_completed(self) -> None:
        self.events.append(Event(self.stage.time, COMPLETED))

    def along(self, stream: Observable[Any]) -> Observable[Any]:
        """The same stream, with all that its class and instance know, that is also written down here as it passes."""

        def subscribe(
            observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            def on_next(value: Any) -> None:
                self.on_next(value)
                observer.on_next(value)

            def on_error(error: Exception) -> None:
                self.on_error(error)
                observer.on_error(error)

            def on_completed() -> None:
                self.on_completed()
                observer.on_completed()

            return stream.subscribe(on_next, on_error, on_completed, scheduler=scheduler)

        recorded = copy.copy(stream)
        vars(recorded)["_subscribe_core"] = subscribe
        return recorded
