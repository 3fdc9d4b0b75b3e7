"""The fuzzed functions over the inputs that are kept, and for a moment over new ones; `make fuzz` looks for longer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rxstruct.sources.sse import SseDecoder
from tests.tally import count

from . import __main__ as command
from .corpus import kept, packed, paths_of, unpack
from .cutting import cut, parsed
from .sse import fuzz_sse
from .targets import TARGETS

RUNS = 1_500


@pytest.mark.parametrize("target", TARGETS)
def test_the_inputs_that_are_kept(target: str) -> None:
    """Nothing is wrong with any input that a fuzzer has found worth keeping; they are few enough to be tried each time."""
    inputs = kept(target)
    assert 20 < len(inputs) < 500
    assert sum(path.stat().st_size for path in paths_of(target)) < 150_000
    for each in inputs:
        TARGETS[target](each)
    count("inputs found by fuzzing", len(inputs))


@pytest.mark.parametrize("target", TARGETS)
def test_new_inputs(target: str, tmp_path: Path) -> None:
    """The fuzzer runs, and finds nothing wrong within its first inputs."""
    pytest.importorskip("atheris", reason="the fuzzer is for Linux on x86-64 with Python 3.11 to 3.13")
    arguments = [target, "--runs", str(RUNS), "--directory", str(tmp_path)]
    ran = subprocess.run([sys.executable, "-m", "tests.fuzz", *arguments], capture_output=True, text=True)
    tried = re.match(rf"{target}: ([\d,]+) inputs tried", ran.stdout)  # the fuzzer ends once it has passed RUNS
    assert tried is not None, ran.stdout + ran.stderr
    assert int(tried[1].replace(",", "")) >= RUNS
    assert ran.stdout.endswith("nothing failed\n")
    assert ran.returncode == 0
    count("inputs made by fuzzing", RUNS)


def test_an_input_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An input that fails can be tried again by itself, without the fuzzer, and raises what was wrong."""
    (tmp_path / "crash").write_bytes(b"\0\0\0\0\0data: 1\r\rdata: 2\n\n")
    arguments = ["sse", "--replay", str(tmp_path / "crash")]
    assert command.main(arguments) == 0
    monkeypatch.setattr(SseDecoder, "finish", lambda decoder: [])
    monkeypatch.setattr(SseDecoder, "feed", lambda decoder, chunk: [])
    with pytest.raises(AssertionError):
        command.main(arguments)


def test_what_a_run_is_said_to_have_come_to() -> None:
    """The inputs are counted from the fuzzer's log; one that failed is named, with the command that tries it again."""
    done = "#2\tINITED cov: 1\n#64\tNEW    cov: 2\nDone 100 runs in 2 second(s)\n"
    assert command.summary("sse", done, 2) == "sse: 100 inputs tried in 2 s (50 a second), nothing failed"
    failed = (
        "#2\tINITED cov: 1\n#64\tNEW    cov: 2\n\n === Uncaught Python exception: ===\nAssertionError: no\n"
        "artifact_prefix='x/'; Test unit written to x/crash-1\n"
    )
    assert command.summary("sse", failed, 2).splitlines() == [
        "sse: 64 inputs tried in 2 s (32 a second), and one failed: AssertionError: no",
        "python -m tests.fuzz sse --replay x/crash-1",
    ]
    assert "did not start:\nImportError" in command.summary("sse", "ImportError: no", 2)


def test_without_the_fuzzer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where atheris cannot be installed, one line says so."""
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert command.main([]) == 0
    assert capsys.readouterr().out == command.NOT_HERE + "\n"


def test_an_input_says_where_it_is_cut() -> None:
    """The pieces have the lengths of the header, in turn and over and over; a short input is in one piece."""
    choice, lengths, content = parsed(b"\x07\x01\x00\x02\x00abcde")
    assert (choice, lengths, content) == (7, (1, 0, 2, 0), b"abcde")
    assert cut(content, lengths) == [b"a", b"", b"bc", b"", b"d", b"", b"e"]
    assert cut("ab", (0, 0)) == ["ab"]
    assert cut(b"", (1, 2)) == [b""]
    assert parsed(b"\x07") == (7, (0, 0, 0, 0), b"")


def test_a_corpus_comes_back_from_its_directory(tmp_path: Path) -> None:
    """What is unpacked for the fuzzer and packed again is the same inputs."""
    unpack(kept("sse"), tmp_path)
    assert sorted(packed(tmp_path)) == sorted(kept("sse"))
    fuzz_sse(b"")
