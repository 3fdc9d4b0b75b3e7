"""Run the benchmarks: `python -m benchmarks [--quick] [--only GROUP …] [--write-docs]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from . import copying, growth, importing, memory, one_piece, prefixes
from .lines import HEADER, Line

GROUPS: dict[str, Callable[[bool], Iterator[Line]]] = {
    "prefixes": prefixes.lines,
    "growth": growth.lines,
    "copying": copying.lines,
    "one_piece": one_piece.lines,
    "memory": memory.lines,
    "importing": importing.lines,
}


def main() -> None:
    """Print each line as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds, shorter documents, no peers: under a minute"
    )
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), help="the groups to run")
    arguments = parser.parse_args()
    print(HEADER)
    for name in arguments.only:
        for line in GROUPS[name](arguments.quick):
            print(line, flush=True)


if __name__ == "__main__":
    main()
