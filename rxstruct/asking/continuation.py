"""Going on with an answer that broke off: how the rest is joined to what is kept.

What goes in: the text that is kept, and that of the answer that goes on. What comes out: what of the other follows the one.
What always holds: nothing is left out but what repeats the end of the kept text, word for word. (What is kept is all that was
shown: see `JsonDocument.rewind`.)
"""

from __future__ import annotations

from ..incremental import JsonDocument, JsonSnapshot
from ..incremental.builder import Container
from ..limits import UNLIMITED


def last_closed_end(snapshot: JsonSnapshot) -> int:
    """Where the last value ends that has closed, or the last bracket that has opened."""
    container, count = snapshot.spine[-1], snapshot.counts[-1]
    if count:
        return container.ends[count - 1]
    return container.start + 1 if len(snapshot.spine) > 1 else 0


def reopened(text: str) -> Container | None:
    """The container whose text this is, still open, so that it tells where its children are; None for a scalar."""
    snapshot = JsonDocument(**UNLIMITED).feed(text[:-1] + " ")  # all but the last bracket
    return snapshot.spine[1] if snapshot is not None and len(snapshot.spine) > 1 else None


def says_something(text: str) -> bool:
    """Whether a text is more than brackets, which are not worth going on from."""
    return bool(text.strip(" \t\r\n[{"))


class Joint:
    """Joins the text that goes on to the text that is kept.

    A model that is asked to go on often begins again: with the whole document, or with the value that was being written. What it
    so repeats is left out.

    >>> joint = Joint('{"name": "Ada", "bio": "Wri', last_closed=14)
    >>> [joint.feed(delta) for delta in (', "bio": ', '"Writer"}')]
    ['', 'ter"}']

    Args:
        kept: the text that is kept.
        last_closed: where in it the last closed value ends, or the last bracket that opened.
    """

    def __init__(self, kept: str, *, last_closed: int) -> None:
        self._repetitions = [text for text in (kept, kept[last_closed:]) if says_something(text)]
        self._held = ""

    def feed(self, delta: str) -> str:
        """What of the text so far follows the kept text, and has not been given out yet."""
        if not self._repetitions:
            return delta
        self._held += delta
        for text in self._repetitions:
            if self._held.startswith(text):
                return self._release(len(text))
        self._repetitions = [text for text in self._repetitions if text.startswith(self._held)]
        return "" if self._repetitions else self._release(0)

    def _release(self, start: int) -> str:
        held, self._held, self._repetitions = self._held[start:], "", []
        return held
