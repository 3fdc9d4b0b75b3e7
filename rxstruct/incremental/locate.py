"""Finds where a document begins in an answer that talks before it: `locate="find"`.

What goes in: deltas. What comes out: the offset at which the document begins, once that is certain.
What always holds: the decision depends on the characters only, not on their cuts, and is never taken back.

After a code fence, the document is whatever follows the fence's line. In prose it begins with a bracket that opens a line as JSON
would, or with one that prose does not contain: `{"`, `["`, `[{` or `[[` (so "as in [1]" and "a {placeholder}" are passed over).
"""

from __future__ import annotations

import re

BEGINNING = re.compile(
    r"""
    \n[ \t]*```[^\n`]*\n\s*(?P<fenced>\S)
  | \n\ufeff?\s*(?P<object>\{)(?=\s*["}])
  | \n\ufeff?\s*(?P<array>\[)(?=\s*(?:["{}\]\[\-0-9]|true|false|null))
  | (?P<object_in_line>\{)(?=\s*")
  | (?P<array_in_line>\[)(?=\s*["{\[])
    """,
    re.VERBOSE,
)
UNDECIDED = re.compile(r"(?:\n[ \t]*`{1,3}[^\n`]*(?:\n\s*)?|(?:\n\ufeff?\s*)?[{\[]\s*[a-z]{0,4}|\n\ufeff?\s*)\Z")
WINDOW_LENGTH = 1_000
"""How far back the beginning of a match may lie, so that a long run of blanks does not make the search quadratic."""


class Locator:
    """Looks for the document in deltas, keeping only the stretch that may still turn out to be its beginning."""

    def __init__(self) -> None:
        self._window = "\n"  # so that the beginning of the text is the beginning of a line
        self._window_start = -1

    def feed(self, delta: str) -> int | None:
        """The offset of the document's first character in all text fed so far; None while it is not known."""
        for character in delta:  # one by one: the first match to be complete is taken, however the text is cut
            self._window += character
            match = BEGINNING.search(self._window)
            if match is not None:
                return self._window_start + match.start(match.lastgroup or 0)
            undecided = UNDECIDED.search(self._window)
            end = len(self._window)
            keep = max(undecided.start(), end - WINDOW_LENGTH) if undecided else end
            self._window = self._window[keep:]
            self._window_start += keep
        return None


__all__ = ["Locator"]
