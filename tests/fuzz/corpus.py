"""The inputs that are kept: two files for each target, one input in each line, as Python writes bytes.

So they can be read, searched and compared; the fuzzer, which wants a directory with a file for each, is given one when it runs.
`core.seeds` was written by hand: what is hard to find, such as a cut inside a surrogate pair, because it is a regular expression
and no line of Python that tells it from others. `core.found` is what the fuzzer found to reach more code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from hashlib import sha1
from pathlib import Path

HERE = Path(__file__).parent


def kept(target: str) -> list[bytes]:
    """The inputs that are kept for a target."""
    return [ast.literal_eval(line) for path in paths_of(target) for line in path.read_text("ascii").splitlines()]


def keep(target: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs, and of others only the seeds."""
    seeds, found = paths_of(target)
    lines = {repr(each) for each in inputs}.difference(seeds.read_text("ascii").splitlines())
    found.write_text("".join(f"{line}\n" for line in sorted(lines, key=lambda line: (len(line), line))), "ascii")


def paths_of(target: str) -> tuple[Path, Path]:
    return HERE / f"{target}.seeds", HERE / f"{target}.found"


def unpack(inputs: Iterable[bytes], directory: Path) -> None:
    """A file for each input, named as the fuzzer names its own."""
    directory.mkdir(parents=True, exist_ok=True)
    for each in inputs:
        (directory / sha1(each).hexdigest()).write_bytes(each)


def packed(directory: Path) -> list[bytes]:
    """The inputs in a directory."""
    return [path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file()]
