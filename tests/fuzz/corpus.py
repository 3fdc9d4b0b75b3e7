"""The inputs that are kept: one file for each target, one input in each line, as Python writes bytes.

So they can be read, searched and compared; the fuzzer, which wants a directory with a file for each, is given one when it runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from hashlib import sha1
from pathlib import Path

HERE = Path(__file__).parent


def kept(target: str) -> list[bytes]:
    """The inputs that are kept for a target."""
    lines = path_of(target).read_text("ascii").splitlines()
    return [ast.literal_eval(line) for line in lines]


def keep(target: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs, and no others."""
    lines = sorted({repr(each) for each in inputs}, key=lambda line: (len(line), line))
    path_of(target).write_text("".join(f"{line}\n" for line in lines), "ascii")


def path_of(target: str) -> Path:
    return HERE / f"{target}.corpus"


def unpack(inputs: Iterable[bytes], directory: Path) -> None:
    """A file for each input, named as the fuzzer names its own."""
    directory.mkdir(parents=True, exist_ok=True)
    for each in inputs:
        (directory / sha1(each).hexdigest()).write_bytes(each)


def packed(directory: Path) -> list[bytes]:
    """The inputs in a directory."""
    return [path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file()]
