"""The command line: every misuse is one line that says what to do."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from rxstruct.cli import main

MODELS = """
from pydantic import BaseModel, RootModel

class Report(BaseModel):
    title: str
    summary: str

class Outer:
    class Inner(BaseModel):
        title: str

class Titles(RootModel[list[str]]):
    pass

NOT_A_MODEL = 1
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own to stand in, with a module of models."""
    (tmp_path / "my_models.py").write_text(MODELS)
    (tmp_path / "my_broken_module.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "COMMAND"),
        ("demo --backend other", "choose from"),
        ("demo --speed 0", "--speed"),
        ("demo --speed fast", "--speed"),
        ("demo --base-url http://127.0.0.1:1/v1", "set OPENAI_API_KEY"),
        ("demo --base-url http://127.0.0.1:1/v1 --speed 3", "leave out --backend, --replay and --speed"),
        ("demo --llm gpt", "add --base-url"),
        ("demo --backend local --speed 3", "leave out --backend local"),
        ("demo --replay nowhere.json", "there is no file nowhere.json"),
        ("demo --model Report", "MODULE:CLASS"),
        ("demo --model nowhere:Report", "can't import nowhere: ModuleNotFoundError"),
        ("demo --model my_broken_module:Report", "can't import my_broken_module: ZeroDivisionError"),
        ("demo --model my_models:Nothing", "has no Nothing"),
        ("demo --model my_models:NOT_A_MODEL", "not a pydantic model with fields"),
        ("demo --model my_models:Titles", "not a pydantic model with fields"),
        ("demo --model my_models:Report --backend replay", "--replay FILE"),
        ("marbles nowhere.jsonl", "there is no file nowhere.jsonl"),
        (
            "marbles my_models.py",
            "can't draw my_models.py: the source failed with ValueError: \"this is no line of a recording",
        ),
    ],
)
def test_misuse(arguments: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on standard error, exit code 2, and nothing was started."""
    assert main(arguments.split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("rxstruct: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


@pytest.mark.parametrize("package", ["rich", "uvicorn"])
def test_a_package_that_is_missing(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the extra `demo` one line says how to install it."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else find_spec(name))
    assert main(["demo", "--backend", "replay"]) == 2
    assert capsys.readouterr().err == f"rxstruct: the demo needs the package {package}: pip install 'rxstruct[demo]'\n"


@pytest.mark.parametrize(
    ("name", "content"), [("picture.json", b"\xff\xd8"), ("list.jsonl", b"[1]\n"), ("text.jsonl", b"hello")]
)
def test_a_file_that_cannot_be_replayed(
    name: str, content: bytes, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not UTF-8, or no recording by that name, can't be replayed, which is said in one line."""
    (here / name).write_bytes(content)
    assert main(["demo", "--replay", name]) == 2
    captured = capsys.readouterr()
    assert f"can't read {name}" in captured.err
    assert captured.err.count("\n") == 1
