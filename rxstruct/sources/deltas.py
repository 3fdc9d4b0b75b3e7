"""Deltas without a network: `from_deltas` and `replay`."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

from reactivex import Observable

from ..stream import Stream
from .pulling import Reading, pull

T = TypeVar("T")

Items: TypeAlias = Iterable[T] | AsyncIterable[T]

CHARACTERS_PER_DELTA = 4
"""What most providers send at the median."""


def from_deltas(deltas: Items[T] | Callable[[], Items[T]]) -> Stream[T]:
    """A stream of what you have already, or of what a function gives anew for each subscription.

    ```
    from_deltas  --a--b--c--|
    ```

    Example:
        >>> import rxstruct as rxs
        >>> rxs.from_deltas(['{"name":', '"Ada"}']).subscribe(print)
        {"name":
        "Ada"}
        <...>
        >>> rxs.from_deltas(lambda: (word for word in "one two".split())).final()
        'two'

    Args:
        deltas: a list or another iterable that can be read again, sync or async; or a function that returns any iterable or
            iterator, sync or async, such as a generator function. It is called as the stream is subscribed to, on the loop in
            `async for` and `await`: what blocks (a request, say) belongs in a generator function, which runs where it is read.

    Emits the items. A sync iterable is read on the subscribe scheduler, by default the current thread; an async one by a task
    on the running loop. Disposing closes what the function returned. Completes at its end.
    Errors: `TypeError` at once for an iterator, which could be read only once, and for what can't be read in a loop; what
    reading raises, as `SourceFailed`.
    """
    if isinstance(deltas, Iterator | AsyncIterator):
        raise TypeError(
            f"a {type(deltas).__name__} can be read only once: pass a function that makes one, from_deltas(lambda: …)"
        )
    if not callable(deltas):
        check_items(deltas)

    def begin() -> Reading[T]:
        items = deltas() if callable(deltas) else deltas
        check_items(items)
        return Reading(aiter(items) if isinstance(items, AsyncIterable) else iter(items))

    return pull(begin)


def check_items(items: Any) -> None:
    """Refuse what can't be read in a loop; and an Observable, which Python would ask for items for ever."""
    if isinstance(items, Observable):
        raise TypeError(f"a {type(items).__name__} is a stream already: pipe it as it is, without from_deltas()")
    if not isinstance(items, Iterable | AsyncIterable):
        raise TypeError(
            f"from_deltas() reads a list or another iterable, or a function that returns one, not a {type(items).__name__}"
        )


def replay(document: str, *, cuts: int | Sequence[int] = CHARACTERS_PER_DELTA) -> Stream[str]:
    """A text as the deltas that a provider might send.

    ```
    replay  --a--b--c--|
    ```

    Example:
        >>> import rxstruct as rxs
        >>> rxs.replay('{"name": "Ada"}', cuts=6).subscribe(print)
        {"name
        ": "Ad
        a"}
        <...>

    Args:
        document: the whole text.
        cuts: characters per delta, or the offsets at which to cut.

    Emits `str`, all at once: use `from_recording` where time matters. Completes at the end of the text.
    Errors: `ValueError` at once for cuts that are not positive, or not in order.
    """
    if not isinstance(document, str):
        raise TypeError(f"replay() takes the text of a document, not a {type(document).__name__}")
    if isinstance(cuts, int):
        if cuts < 1:
            raise ValueError(f"cuts={cuts}: a delta has at least one character")
        offsets = [*range(0, len(document), cuts), len(document)]
    else:
        offsets = [0, *cuts, len(document)]
        if offsets != sorted(offsets):
            raise ValueError(f"cuts={list(cuts)}: offsets go up from 0 to the length of the text, {len(document)}")
    return from_deltas([document[start:end] for start, end in pairwise(offsets) if start < end])
