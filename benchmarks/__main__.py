"""Run the benchmarks: `python -m benchmarks [--quick] [--only GROUP …] [--write-docs]`."""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from . import concurrent_streams, copying, from_bytes, growth, importing, memory, one_piece, prefixes, shapes
from .lines import HEADER
from .peers import comparison

GROUPS: dict[str, ModuleType] = {
    "prefixes": prefixes,
    "peers": comparison,
    "from_bytes": from_bytes,
    "concurrent_streams": concurrent_streams,
    "growth": growth,
    "copying": copying,
    "one_piece": one_piece,
    "memory": memory,
    "importing": importing,
    "shapes": shapes,
}
"""Each has a `TITLE`, and `lines(quick)`."""

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN = "<!-- results: written by `python -m benchmarks --write-docs` -->\n"
END = "<!-- end of results -->"


def main() -> None:
    """Print each line as soon as it is measured; afterwards, if so told, put them all into the docs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what a delta costs.")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds, shorter documents, no peers: about a minute"
    )
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), help="the groups to run")
    parser.add_argument("--write-docs", action="store_true", help=f"put the results into {PAGE.name}")
    arguments = parser.parse_args()
    if arguments.write_docs and (arguments.quick or arguments.only != list(GROUPS)):
        parser.error("--write-docs replaces all results, so it goes with neither --quick nor --only")
    report = Report()
    report.add(f"Measured on {machine()}.")
    for name in arguments.only:
        group = GROUPS[name]
        for number, line in enumerate(group.lines(arguments.quick)):
            if number == 0:
                report.add(f"\n### {group.TITLE}\n\n{HEADER}")
            report.add(str(line))
    if arguments.write_docs:
        write(str(report))


def write(results: str) -> None:
    """Put the results where the page has its marks."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{results}\n\n{END}{after}", encoding="utf-8")


class Report:
    """What has been printed."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        print(line, flush=True)
        self._lines.append(line)

    def __str__(self) -> str:
        return "\n".join(self._lines)


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("reactivex", "pydantic", "jiter", "openai"))
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}"


if __name__ == "__main__":
    main()
