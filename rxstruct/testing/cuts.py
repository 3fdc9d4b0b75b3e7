"""`every_cut`: the ways in which a text can arrive."""

from __future__ import annotations

from collections.abc import Iterator


def every_cut(text: str) -> Iterator[list[str]]:
    """Each way of cutting `text` into deltas that a test should try.

    Pieces of each size from single characters to the whole text, then each cut into two: about 2n ways for n characters, so
    keep the text short. Joined, each way gives `text` again; no two are the same.

    Example:
        >>> list(every_cut("abc"))
        [['a', 'b', 'c'], ['ab', 'c'], ['abc'], ['a', 'bc']]
        >>> list(every_cut(""))
        [['']]
    """
    seen: set[tuple[str, ...]] = set()
    for way in all_ways(text):
        if tuple(way) not in seen:
            seen.add(tuple(way))
            yield way


def all_ways(text: str) -> Iterator[list[str]]:
    for size in range(1, max(len(text), 1) + 1):
        yield [text[start : start + size] for start in range(0, max(len(text), 1), size)]
    for cut in range(1, len(text)):
        yield [text[:cut], text[cut:]]
