"""`to_marbles`: the picture says what the stream did, and when."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import reactivex as rx
from reactivex import operators as ops
from reactivex.scheduler import VirtualTimeScheduler

import rxstruct as rxs
from rxstruct.cli import main
from rxstruct.testing.marbles import MarbleDiagram, to_marbles
from rxstruct.testing.recordings import path_of
from rxstruct.testing.storyboards.parser import parse


def test_what_is_no_stream() -> None:
    """What has no subscribers is refused by its type."""
    wrong: Any = ["{}"]
    with pytest.raises(TypeError, match=r"to_marbles\(\) draws a stream, not a list"):
        to_marbles(wrong)


RECORDING = path_of("smollm2_profile.jsonl")


def timed(deltas: list[str], *operators: Any) -> MarbleDiagram:
    """The picture of deltas that come 100 ms apart."""
    scheduler = VirtualTimeScheduler()
    source = rx.interval(0.1).pipe(ops.take(len(deltas)), ops.map(deltas.__getitem__), *operators)
    return to_marbles(source, scheduler=scheduler)


def test_rows_share_one_time_axis() -> None:
    """Deltas, fields and progress stand in the columns of their times; every row ends where the stream does."""
    assert timed(['{"name":"A', 'da","tags":["x"', ',"y"]}']).storyboard().split("\n") == [
        "deltas    ----------i---------i---------i|",
        "name      ----------a---------A----------|",
        "tags      --------------------b---------B|",
        "progress  --------------------1---------2|",
        "",
        "i  3 deltas",
        'A  name closes: "Ada"',
        'B  tags closes: ["x", "y"]',
    ]


@pytest.mark.parametrize("operators", [(), (rxs.accumulate_json(),)])
def test_errors_are_drawn(operators: tuple[Any, ...]) -> None:
    """What ends the stream is a cross on every row, and in the legend; text that is no JSON is found out in deltas, too."""
    diagram = timed(['{"name":"A', '"!'], *operators)
    assert isinstance(diagram.error, rxs.JsonInvalid)
    assert all(row.marks[-1].symbol == "#" for row in parse(diagram.storyboard()).rows)
    assert "JsonInvalid" in str(diagram)


def test_a_recording_is_drawn() -> None:
    """A recording of a real model fits on a screen, and its SVG is one well-formed element with a time axis."""
    diagram = to_marbles(rxs.from_recording(RECORDING), scheduler=VirtualTimeScheduler())
    assert max(map(len, diagram.storyboard().split("\n\n")[0].split("\n"))) < 80
    picture = ElementTree.fromstring(diagram.svg())
    shown = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"deltas", "name", "interests", "progress", "0 s", "1 s"} <= set(shown)


def test_any_document_can_be_drawn() -> None:
    """Names that can't head a row, roots without fields, and empty streams are no trouble."""
    for text in ('{"a b":1,"":2,"progress":3,"deltas":4}', "[1,2]", "7", ""):
        ElementTree.fromstring(to_marbles(rxs.replay(text).pipe(ops.start_with(""))).svg())


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rxstruct marbles FILE` prints the picture, or writes it as SVG; what it can't draw is one line."""
    assert main(["marbles", str(RECORDING)]) == 0
    assert "interests closes" in capsys.readouterr().out
    assert main(["marbles", str(RECORDING), "--svg", str(tmp_path / "a.svg")]) == 0
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<svg")
    assert main(["marbles", str(tmp_path / "nowhere.jsonl")]) == 2
    (tmp_path / "other.jsonl").write_text("no recording")
    assert main(["marbles", str(tmp_path / "other.jsonl")]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "there is no file" in errors[0]
    assert f"can't draw {tmp_path / 'other.jsonl'}: " in errors[1]


def test_a_reader_that_leaves() -> None:
    """Where nobody reads the drawing to its end, as behind `| head -1`, the command stops without a word."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rxstruct", "marbles", str(RECORDING)],
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")
