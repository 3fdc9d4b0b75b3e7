"""The text of a document as it arrives: append-only, and any stretch of it can be read back.

What goes in: deltas. What comes out: slices. What always holds: appending costs the delta (and the short tail that it joins),
reading costs the slice; nothing already received is ever copied as a whole. Positions are offsets in characters.
"""

from __future__ import annotations

from bisect import bisect_right
from json import JSONDecoder

BLOCK_LENGTH = 1024
"""Deltas join one string up to this length: 1 MB held as 4-character strings would take 15 MB, and joining it would be slow."""

_STRING_DECODER = JSONDecoder()


class Text:
    """A string of any length that is appended to."""

    __slots__ = ("_block_starts", "_blocks", "length", "tail", "tail_start")

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._block_starts: list[int] = []
        self.tail = ""
        """The newest text, not in a block yet; it begins at `tail_start`."""
        self.tail_start = 0
        self.length = 0

    def append(self, delta: str) -> None:
        self.tail += delta
        self.length += len(delta)
        if self.length - self.tail_start > BLOCK_LENGTH:
            self._blocks.append(self.tail)
            self._block_starts.append(self.tail_start)
            self.tail = ""
            self.tail_start = self.length

    def truncate(self, length: int) -> None:
        """Forget all text from the offset `length` on."""
        while length < self.tail_start:
            self.tail_start = self._block_starts.pop()
            self.tail = self._blocks.pop()
        self.tail = self.tail[: length - self.tail_start]
        self.length = length

    def slice(self, start: int, end: int) -> str:
        if start >= self.tail_start:
            return self.tail[start - self.tail_start : end - self.tail_start]
        first = bisect_right(self._block_starts, start) - 1
        first_start = self._block_starts[first]
        block = self._blocks[first]
        if end <= first_start + len(block):
            return block[start - first_start : end - first_start]
        last = bisect_right(self._block_starts, end)
        parts = [block[start - first_start :], *self._blocks[first + 1 : last], self.tail]
        return "".join(parts)[: end - start]


def decode(raw: str) -> str:
    """The characters that the inside of a JSON string stands for; every escape in `raw` must be complete."""
    if "\\" not in raw:
        return raw
    value: str = _STRING_DECODER.decode(f'"{raw}"')
    return value


class OpenString:
    """A string value that is being written: its text can be read up to any position at which an escape has ended.

    Reading on from where the last reader stopped costs only what is new, plus one copy of the whole.
    """

    __slots__ = ("_read", "_read_to", "_text", "start")

    def __init__(self, text: Text, start: int) -> None:
        self._text = text
        self._read = ""
        self._read_to = start
        self.start = start
        """The offset just after the opening quote."""

    def read(self, end: int) -> str:
        """The decoded text from the opening quote up to the offset `end`."""
        if end > self._read_to:
            self._read += self.since(self._read_to, end)
            self._read_to = end
        elif end < self._read_to:
            return decode(self._text.slice(self.start, end))
        return self._read

    def since(self, start: int, end: int) -> str:
        """The decoded text between two offsets, without reading what lies before them."""
        text = self._text
        offset = text.tail_start
        raw = text.tail[start - offset : end - offset] if start >= offset else text.slice(start, end)
        return decode(raw) if "\\" in raw else raw
