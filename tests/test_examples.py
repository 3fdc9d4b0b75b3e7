"""The examples run, offline, and show what they say."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def test_the_profile(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The profile is printed at each update, in both styles."""
    run("profile.py", monkeypatch)
    pull, react = capsys.readouterr().out.removeprefix("-- pull\n").split("-- react\n")
    assert pull.splitlines()[0] == "name: Alex C"
    assert pull.splitlines()[-1] == "interests: stone, steel"
    assert react.splitlines()[-1] == "name='Alex Chen' bio='Builds bridges.' interests=['stone', 'steel']"


def test_the_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The three fields are a third each, in both styles."""
    run("report.py", monkeypatch)
    pull, react = capsys.readouterr().out.removeprefix("-- pull\n").split("-- react\n")
    assert pull.splitlines() == ["33% title is done", "67% summary is done", "100% conclusion is done"]
    assert react.splitlines()[-2:] == ["100% (3 of 3)", "finished"]


def test_the_progress_bars(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """rich and tqdm end at the full bar."""
    run("progress_bars.py", monkeypatch)
    shown = capsys.readouterr()
    assert "100%" in shown.out
    assert "3/3" in shown.err
