"""Recordings of a stream of deltas, with their timings: `record` writes one, `from_recording` plays it.

The format is JSON lines, so that a recording can be read, cut and compared with ordinary tools: `{"at": 0.25, "delta": "…"}`,
where `at` is in seconds since the subscription, and one last line: `{"at": 1.5, "end": "completed"}`, or the error's name and
message as `{"at": 1.5, "end": "Truncated", "message": "…", "reason": "length"}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable

from ..errors import (
    ContentFiltered,
    LimitExceeded,
    Refused,
    RxStructError,
    SourceFailed,
    Truncated,
    excerpt,
)
from ..options import MAX_SECONDS
from ..policy import listen, timing_scheduler
from ..stream import Flow, Stream
from .failures import failed

COMPLETED = "completed"
ERRORS: dict[str, type[RxStructError]] = {
    error.__name__: error for error in (ContentFiltered, LimitExceeded, Refused, SourceFailed, Truncated)
}
DETAILS = ("limit", "reason", "refusal")
"""What some of these errors say beyond their message."""


def record(path: str | PathLike[str]) -> Callable[[Observable[str]], Stream[str]]:
    """Pass deltas on, and write them to a file with their timings.

    ```
    deltas  --a--b--c--|
    record  --a--b--c--|
    ```

    Example:
        >>> import rxstruct as rxs
        >>> import tempfile
        >>> path = tempfile.mkdtemp() + "/ada.jsonl"
        >>> rxs.replay('{"name": "Ada"}', cuts=8).pipe(rxs.record(path)).subscribe(print)
        {"name":
         "Ada"}
        <...>

    Args:
        path: the file; each subscription writes it anew.

    Emits the deltas as they are, and completes when they do.
    Errors: the source's own, which are recorded too; `OSError` as `SourceFailed`, if the file can't be opened or written;
    `SourceFailed` for items that are no text.
    """

    def operator(source: Observable[str]) -> Stream[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = timing_scheduler(scheduler)
            try:
                recorder = Recorder(path, clock)
            except OSError as error:
                observer.on_error(failed(error))
                return Disposable()

            def on_next(delta: str) -> None:
                if not isinstance(delta, str):
                    kind = type(delta).__name__
                    on_error(SourceFailed(f"record() takes deltas, and got a {kind}: put it before accumulate_json()"))
                    return
                try:
                    recorder.write(delta=delta)
                except OSError as error:
                    observer.on_error(failed(error))
                else:
                    observer.on_next(delta)

            def on_error(error: Exception) -> None:
                with suppress(OSError):  # why the stream ended matters more
                    recorder.end(error)
                observer.on_error(error)

            def on_completed() -> None:
                try:
                    recorder.end(None)
                except OSError as error:
                    observer.on_error(failed(error))
                else:
                    observer.on_completed()

            subscription = listen(
                source, observer, on_next, on_error=on_error, on_completed=on_completed, scheduler=scheduler
            )
            return CompositeDisposable(subscription, Disposable(recorder.close))

        return Stream(subscribe, flow=Flow.PIECES)

    return operator


class Recorder:
    """The file of one recording. It may be closed from another thread; nothing is written after that."""

    def __init__(self, path: str | PathLike[str], clock: abc.SchedulerBase) -> None:
        self._file = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 - closed with the subscription
        self._lock = Lock()
        self._clock = clock
        self._start = clock.now

    def write(self, **what: Any) -> None:
        at = (self._clock.now - self._start).total_seconds()
        with self._lock:
            if not self._file.closed:
                self._file.write(json.dumps({"at": round(at, 6), **what}) + "\n")

    def end(self, error: Exception | None) -> None:
        """Write how the stream ended, and close the file."""
        if error is None:
            self.write(end=COMPLETED)
        else:
            details = {name: getattr(error, name) for name in DETAILS if hasattr(error, name)}
            self.write(end=type(error).__name__, message=str(error), **details)
        with self._lock:
            self._file.close()

    def close(self) -> None:
        """Close the file of a recording that its reader has broken off."""
        with self._lock, suppress(OSError):  # a full disk, say; there is nobody left to hear of it
            self._file.close()


def from_recording(
    path: str | PathLike[str], *, speed: float = 1.0, scheduler: abc.SchedulerBase | None = None
) -> Stream[str]:
    """Play a recording that `record` wrote: the same deltas, at the same times, to the same end.

    ```
    from_recording  --a--b--c--|
    ```

    Example:
        >>> import rxstruct as rxs
        >>> import tempfile
        >>> path = tempfile.mkdtemp() + "/ada.jsonl"
        >>> rxs.replay('{"name": "Ada"}').pipe(rxs.record(path)).final()
        'a"}'
        >>> rxs.from_recording(path, speed=10).pipe(rxs.accumulate_json()).final().value
        {'name': 'Ada'}

    Args:
        path: the file.
        speed: 2.0 plays twice as fast as it was; `math.inf` without waiting.
        scheduler: what keeps the time; default: the one given to `subscribe`, else the running loop's, else reactivex's own.

    Emits `str`. Completes, or fails, as the recording did.
    Errors: `ValueError` at once if `speed` is not above 0; `SourceFailed` for a file that can't be read or is no recording, and
    at the end of a recording that was broken off.
    """
    if not isinstance(speed, int | float) or not speed > 0:
        raise ValueError(f"speed={speed!r}: give a number above 0 (math.inf plays without waiting)")

    def subscribe(observer: abc.ObserverBase[str], scheduler_: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        clock = timing_scheduler(scheduler, scheduler_)
        try:
            lines = [read_line(line) for line in Path(path).read_text("utf-8").splitlines()]
        except (OSError, ValueError) as error:
            observer.on_error(failed(error))
            return Disposable()
        upcoming = iter(lines)
        due = SerialDisposable()
        start = clock.now

        def schedule_next() -> None:
            line = next(upcoming, None)
            if line is None:
                observer.on_error(
                    SourceFailed(f"the recording {str(path)!r} was broken off here: its reader left before the end")
                )
                return
            at = start + timedelta(seconds=line["at"] / speed)
            # Kept before it is set: on a thread it may fire, and set the next one, before it is known here.
            timer = SingleAssignmentDisposable()
            due.disposable = timer
            timer.disposable = clock.schedule_absolute(at, lambda _scheduler, _state: play(line))

        def play(line: dict[str, Any]) -> None:
            if "delta" in line:
                observer.on_next(line["delta"])
                schedule_next()
            elif line["end"] == COMPLETED:
                observer.on_completed()
            else:
                observer.on_error(recorded_error(line))

        schedule_next()
        return due

    return Stream(subscribe, flow=Flow.PIECES)


def read_line(text: str) -> dict[str, Any]:
    """One line of a recording; ValueError if it is none."""
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    if (
        not isinstance(line, dict)
        or not is_time(line.get("at"))
        or not isinstance(line.get("delta", line.get("end")), str)
    ):
        raise ValueError(f"this is no line of a recording: {excerpt(text)}")
    return line


def is_time(at: Any) -> bool:
    return isinstance(at, int | float) and 0 <= at <= MAX_SECONDS


def recorded_error(line: dict[str, Any]) -> RxStructError:
    """The error that ended a recording; SourceFailed stands for those that have no business in a source."""
    kind = ERRORS.get(line["end"])
    message = str(line.get("message", ""))
    if kind is None or (kind is LimitExceeded and "limit" not in line):
        return SourceFailed(f"the recorded stream failed with {excerpt(line['end'])}: {excerpt(message, 200)}")
    return kind(message, **{name: line[name] for name in DETAILS if name in line})
