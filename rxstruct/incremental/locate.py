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


def pattern(text: str) -> re.Pattern[str]:
    """A pattern in which ␣ stands for JSON's white space, and № for a number of it."""
    number = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    return re.compile(text.replace("␣", r"[ \t\n\r]*").replace("№", number), re.VERBOSE)


BEGINNING = pattern(
    r"""
    \n[ \t]*```[ \t]*(?i:json)[^\n`]*\n␣(?P<in_json_fence>[^ \t\n\r])
  | \n[ \t]*```[ \t\r]*\n␣(?P<in_fence>["{\[])
  | \n\ufeff?[ \t\r]*(?P<object>\{)(?=␣["}])
  | \n\ufeff?[ \t\r]*(?P<array>\[)(?=␣(?:["{\[]|(?:№|true|false|null)␣(?:,|\][ \t\r]*\n)|\][ \t\r]*\n))
  | (?P<object_in_line>\{)(?=␣"(?:[^"\\\n]|\\.)*"␣:)
  | (?P<array_in_line>\[)(?=␣(?:"|\{␣["}]|\[␣["{\[\]0-9-]))
    """
)
UNDECIDED = pattern(
    r"""(?:
    \n[ \t]*`{1,3}[^\n`]*(?:\n␣)?
  | \n\ufeff?[ \t\r]*(?:[{\[]␣)?
  | \n\ufeff?[ \t\r]*\[␣(?:[-+.0-9eE]*|[a-z]{1,5})␣(?:\][ \t\r]*)?
  | \{␣(?:"(?:[^"\\\n]|\\.)*(?:\\|"␣)?)?
  | \[␣(?:[{\[]␣)?
    )\Z"""
)
MAY_DECIDE = re.compile(r"""(?<![^ \t\n\r])[^ \t\n\r]|["{}\[\],:\n0-9-]""")
"""A character that can make a beginning certain: the first of a word, or one of these."""
WINDOW_LENGTH = 256
"""How far back a beginning may lie, so that where a long run of blanks leaves it open, each of them costs only so much."""


class Locator:
    """Looks for the document in deltas, keeping only the stretch that may still turn out to be its beginning."""

    def __init__(self) -> None:
        self._window = "\n"  # so that the beginning of the text is the beginning of a line
        self._window_start = -1

    def feed(self, delta: str) -> int | None:
        """The offset of the document's first character in all text fed so far; None while it is not known."""
        at = 0
        while at < len(delta):  # the first beginning to be certain is taken, however the text is cut
            decisive = MAY_DECIDE.search(delta, at)
            end = len(delta) if decisive is None else decisive.end()
            self._window += delta[at:end]
            at = end
            match = BEGINNING.search(self._window, max(len(self._window) - WINDOW_LENGTH, 0))
            if match is not None:
                return self._window_start + match.start(match.lastgroup or 0)
            self._forget_what_is_decided()
        return None

    def finish(self) -> int | None:
        """The same once the text has ended, which ends its last line."""
        return self.feed("\n")

    def _forget_what_is_decided(self) -> None:
        end = len(self._window)
        undecided = UNDECIDED.search(self._window)
        keep = max(undecided.start(), end - WINDOW_LENGTH) if undecided else end
        self._window = self._window[keep:]
        self._window_start += keep
