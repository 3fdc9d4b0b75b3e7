"""How a fuzzer's input says both what is read and where it is cut.

The first byte chooses what is tried, the next four are the lengths of the pieces, in turn and over and over; the rest is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

S = TypeVar("S", str, bytes)

HEADER_LENGTH = 5


class Input(NamedTuple):
    """The parts of a fuzzer's input; one that is too short for all of them has zeros instead."""

    choice: int
    lengths: tuple[int, ...]
    content: bytes


def parsed(data: bytes) -> Input:
    header = data[:HEADER_LENGTH].ljust(HEADER_LENGTH, b"\0")
    return Input(header[0], tuple(header[1:]), data[HEADER_LENGTH:])


def cut(content: S, lengths: Sequence[int]) -> list[S]:
    """The pieces, joined the content again; one piece where it is empty, or all lengths are 0."""
    if not any(lengths):
        return [content]
    pieces, at = [], 0
    for length in itertools.cycle(lengths):
        if at >= len(content):
            return pieces or [content]
        pieces.append(content[at : at + length])
        at += length
    return pieces
