"""Finds where a document begins in an answer that talks before it: `locate="find"`.

What goes in: deltas. What comes out: the offset at which the document begins, once that is certain.
What always holds: the decision depends on the characters only, not on their cuts, and is never taken back.

Nothing is shown of a document before it is certain that it is one, so a bracket that is none costs nothing:

- After a code fence that is labelled as JSON, the document is whatever follows the fence's line; after one without a label, an
  object, an array or a string that follows it. What stands behind another label is searched like prose.
- Where a line begins with a bracket, it is a document if it goes on as JSON would; but `[1]` and `[]` have to have the line to
  themselves, or a reference or a box to tick would be one.
- Within a line it takes a beginning that prose does not have: `{"key":`, `["`, `[{"`, or two brackets and more JSON (so "as in
  [1]", "a {placeholder}", "a [[link]]" and "the set {"a", "b"}" are passed over).

Prose that holds whole JSON, such as an example before the answer, can't be told from the answer: the first document is taken.
"""

from __future__ import annotations

import re

BEGINNING = re.compile(
    r"""
    \n[ \t]*```[ \t]*(?i:json)[^\n`]*\n\s*(?P<in_json_fence>\S)
  | \n[ \t]*```[ \t]*\n\s*(?P<in_fence>["{\[])
  | \n\ufeff?[ \t\r]*(?P<object>\{)(?=\s*["}])
  | \n\ufeff?[ \t\r]*(?P<array>\[)(?=\s*(?:["{\[]|(?:-?[0-9][-+.0-9eE]*|true|false|null)\s*(?:,|\][ \t\r]*\n)|\][ \t\r]*\n))
  | (?P<object_in_line>\{)(?=\s*"(?:[^"\\\n]|\\.)*"\s*:)
  | (?P<array_in_line>\[)(?=\s*(?:"|\{\s*["}]|\[\s*["{\[\]0-9-]))
    """,
    re.VERBOSE,
)
UNDECIDED = re.compile(
    r"""(?:
    \n[ \t]*`{1,3}[^\n`]*(?:\n\s*)?
  | \n\ufeff?[ \t\r]*(?:[{\[]\s*)?
  | \n\ufeff?[ \t\r]*\[\s*(?:-?[-+.0-9eE]*|[a-z]{1,5})\s*(?:\][ \t\r]*)?
  | \{\s*(?:"(?:[^"\\\n]|\\.)*(?:\\|"\s*)?)?
  | \[\s*(?:[{\[]\s*)?
    )\Z""",
    re.VERBOSE,
)
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

    def finish(self) -> int | None:
        """The same once the text has ended, which ends its last line."""
        return self.feed("\n")
