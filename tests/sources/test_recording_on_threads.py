"""Recordings on a scheduler whose timers are threads: a timer that fires before `schedule` has returned loses nothing."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from reactivex import abc
from reactivex.scheduler import TimeoutScheduler

import rxstruct as rxs


class LateReturn(TimeoutScheduler):
    """Its second `schedule_absolute` returns only after the timer that it set has fired, and the third has been set and kept."""

    def __init__(self) -> None:
        self.calls = 0
        self.third_is_kept = threading.Event()

    def schedule_absolute(self, duetime: Any, action: Any, state: Any = None) -> abc.DisposableBase:
        self.calls += 1
        number = self.calls
        timer = super().schedule_absolute(duetime, action, state)
        if number == 2:
            self.third_is_kept.wait(5)
        elif number == 3:
            threading.Timer(0.02, self.third_is_kept.set).start()
        return timer


def test_a_timer_that_fires_early_does_not_stop_the_recording(tmp_path: Path) -> None:
    """The whole recording is played, though one timer fires before its disposable is known."""
    path = tmp_path / "early.jsonl"
    lines = [
        {"at": 0, "delta": "a"},
        {"at": 0, "delta": "b"},
        {"at": 0.1, "delta": "c"},
        {"at": 0.1, "end": "completed"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    seen: list[str] = []
    over = threading.Event()
    rxs.from_recording(path, scheduler=LateReturn()).subscribe(seen.append, on_completed=over.set)
    assert over.wait(5)
    assert seen == ["a", "b", "c"]
