"""Look for inputs that no test has thought of, guided by the code that they reach: `python -m tests.fuzz --help`.

An input that fails is left in `.cache/fuzz/TARGET/crashes`. `--replay` tries it alone; once it is understood, it becomes a test.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .corpus import HERE, keep, kept, packed, unpack
from .targets import TARGETS

ROOT = HERE.parent.parent
MAX_LENGTH = 600
"""Bytes of an input: short ones are tried in greater number, and say more where they fail."""

NOT_HERE = (
    "nothing was fuzzed: atheris, the fuzzer, is not installed; it is for Linux on x86-64 with Python 3.11 to 3.13"
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    targets = [options.target] if options.target else list(TARGETS)
    if options.replay:
        for target in targets:
            TARGETS[target](options.replay.read_bytes())
            print(f"{target}: nothing fails")
        return 0
    if find_spec("atheris") is None:
        print(NOT_HERE)
        return 0
    return max([fuzz(target, options) for target in targets])


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser("python -m tests.fuzz")
    result.add_argument("target", nargs="?", choices=list(TARGETS), help="both by default, one after the other")
    result.add_argument("--minutes", type=float, default=10, help="how long for each; 10 by default")
    result.add_argument("--runs", type=int, help="how many inputs instead, from a fixed seed")
    result.add_argument("--replay", type=Path, metavar="FILE", help="try this input alone; needs no fuzzer")
    result.add_argument("--keep", action="store_true", help="afterwards, keep the few inputs that reach what all do")
    result.add_argument("--directory", type=Path, default=ROOT / ".cache" / "fuzz", help="where all is found and left")
    return result


def fuzz(target: str, options: argparse.Namespace) -> int:
    """Fuzz one target, and say in one line what came of it; 1 if an input failed."""
    directory: Path = options.directory / target
    found, crashes, log = directory / "found", directory / "crashes", directory / "log"
    unpack(kept(target), found)
    crashes.mkdir(exist_ok=True)
    length = ["-seed=1", f"-runs={options.runs}"] if options.runs else [f"-max_total_time={options.minutes * 60:.0f}"]
    started = time.monotonic()
    has_failed = run_engine(target, *length, f"-artifact_prefix={crashes}/", str(found), log=log)
    print(summary(target, log.read_text("utf-8", "replace"), time.monotonic() - started), flush=True)
    if options.keep and not has_failed:
        keep(target, fewest(target, found, directory / "fewest"))
        print(f"{target}: {len(kept(target))} inputs are kept")
    return int(has_failed)


def fewest(target: str, found: Path, directory: Path) -> list[bytes]:
    """Few of the inputs found, which together reach all that they reach."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    run_engine(target, "-set_cover_merge=1", str(directory), str(found), log=directory.with_suffix(".log"))
    return packed(directory)


def run_engine(target: str, *arguments: str, log: Path) -> bool:
    """Run the fuzzer; whether an input failed."""
    command = [sys.executable, "-m", "tests.fuzz.engine", target, *arguments]
    always = [f"-dict={HERE / target}.dict", f"-max_len={MAX_LENGTH}", "-len_control=20", "-timeout=30"]
    with log.open("wb") as output:
        return subprocess.run([*command, *always], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT).returncode != 0


def summary(target: str, log: str, seconds: float) -> str:
    """What a run came to: how many inputs it tried, and where the one lies that failed."""
    tried = max([int(number) for number in re.findall(r"^(?:#|Done )(\d+)", log, re.MULTILINE)], default=0)
    line = f"{target}: {tried:,} inputs tried in {seconds:.0f} s ({tried / seconds:,.0f} a second), "
    failed = re.search(r"Test unit written to (\S+)", log)
    if failed is None:
        return line + ("nothing failed" if tried else f"for the fuzzer did not start:\n{log}")
    error = re.search(r"=== Uncaught Python exception: ===\n(.*)", log)
    what = error[1] if error else "a crash, or more than 30 s"
    return f"{line}and one failed: {what}\npython -m tests.fuzz {target} --replay {failed[1]}"


if __name__ == "__main__":
    sys.exit(main())
