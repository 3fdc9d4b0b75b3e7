"""What has been tried, in one table: `python -m tests.trust [--write-docs]`.

The whole suite with its generators set to try more, then the soak, then the fuzzer for a while. The mutants take an hour, and so
their counts are kept from the last time: `make mutants` writes them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .soak.soak import Soaked, soak

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "promises.md"
MUTANTS = ROOT / "tests" / "mutation" / "counts.json"
BEGIN = "<!-- counts: written by `python -m tests.trust --write-docs` -->\n"
END = "<!-- end of counts -->"
TROUBLE = re.compile("fault|callback|dispose|cancel|leak|debug|hostile|attack|limit|secret|stolen")
"""Which classes of the tests' counts are about things going wrong, and not about documents."""


@dataclass
class Section:
    """A part of the table."""

    title: str
    rows: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"| {self.title} | |", "|---|---:|", *(f"| {what} | {number} |" for what, number in self.rows.items())]
        return "\n".join(lines)


@dataclass
class Trust:
    """What all of it came to."""

    suite: dict[str, Any]
    soaked: Soaked
    fuzzed: dict[str, int]
    fuzzing_failed: bool
    mutants: dict[str, int]

    @property
    def holds(self) -> bool:
        failed = self.suite["failed"] or self.soaked.leaks or self.fuzzing_failed or self.mutants.get("unexplained")
        return not failed

    def sections(self) -> Iterator[Section]:
        counts = {what: f"{number:,}" for what, number in self.suite["counts"].items() if what != "streams soaked"}
        yield Section("Inputs tried", {what: number for what, number in counts.items() if not TROUBLE.search(what)})
        yield Section("Trouble made", {what: number for what, number in counts.items() if TROUBLE.search(what)})
        if self.fuzzed:
            yield Section("Fuzzed", {f"inputs to {target}": f"{number:,}" for target, number in self.fuzzed.items()})
        soaked = self.soaked
        first, *_, last = soaked.samples.items()
        yield Section(
            "Soaked",
            {
                "streams, each as it should be": f"{soaked.streams:,}",
                **{f"… {name}": f"{number:,}" for name, number in soaked.endings.most_common()},
                **{
                    f"memory after {streams:,} of them": f"{memory.bytes / 1e6:.1f} MB, {memory.objects:,} objects"
                    for streams, memory in (first, last)
                },
            },
        )
        if self.mutants:
            yield Section("Mutants", {what: f"{number:,}" for what, number in self.mutants.items()})
        yield Section(
            "Found",
            {
                "tests that passed": f"{self.suite['passed']:,}",
                "tests that failed, by a value lost or false or anything else": f"{self.suite['failed']:,}",
                "inputs of the fuzzer that failed": "some" if self.fuzzing_failed else "0",
                "threads, sockets, tasks and objects left behind": f"{len(soaked.leaks):,}",
            },
        )


def main() -> int:
    options = parser().parse_args()
    suite = run_suite(options.profile)
    print(f"The suite: {suite['passed']} passed, {suite['failed']} failed", flush=True)
    soaked = soak(options.streams)
    print(f"The soak: {soaked.streams} streams, {len(soaked.leaks)} leaks", flush=True)
    fuzzed, fuzzing_failed = run_fuzzer(options.fuzz_minutes)
    mutants = json.loads(MUTANTS.read_text("utf-8"))["in all"] if MUTANTS.exists() else {}
    trust = Trust(suite, soaked, fuzzed, fuzzing_failed, mutants)
    table = "\n\n".join(map(str, trust.sections()))
    print(f"\n{table}\n")
    if options.write_docs:
        write(table)
    return 0 if trust.holds else 1


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m tests.trust", description=__doc__)
    result.add_argument("--profile", default="more", choices=["short", "more", "long"], help="how much is generated")
    result.add_argument("--streams", type=int, default=10_000, help="how many streams to soak; 10,000 by default")
    result.add_argument("--fuzz-minutes", type=float, default=2, help="how long to fuzz each target; 2 by default")
    result.add_argument("--write-docs", action="store_true", help=f"put the table into docs/{PAGE.name}")
    return result


def run_suite(profile: str) -> dict[str, Any]:
    """Run all tests with this many generated examples; their counts."""
    with tempfile.TemporaryDirectory() as directory:
        counts = Path(directory) / "counts.json"
        environment = {**os.environ, "RXSTRUCT_PROFILE": profile, "RXSTRUCT_COUNTS": str(counts)}
        subprocess.run([sys.executable, "-m", "pytest", "-q", "tests"], cwd=ROOT, env=environment, check=False)
        result: dict[str, Any] = json.loads(counts.read_text("utf-8"))
        return result


def run_fuzzer(minutes: float) -> tuple[dict[str, int], bool]:
    """How many inputs each target was given, and whether one failed."""
    command = [sys.executable, "-m", "tests.fuzz", "--minutes", str(minutes)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, flush=True)
    tried = re.findall(r"^(\w+): ([\d,]+) inputs tried", done.stdout, re.MULTILINE)
    return {target: int(number.replace(",", "")) for target, number in tried}, done.returncode != 0


def write(table: str) -> None:
    """Put the table where the page has its marks."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
