"""The scanner: JSON text in pieces of any size goes in, tokens for a builder come out.

What always holds:

1. The state after n characters is a function of those n characters: a token that more text could change (a number, half an
   escape, a high surrogate) is held back in `_held`, and read again together with the next delta.
2. An error is raised at the first character after which no continuation could be valid JSON, and everything before that
   character has reached the builder, exactly as if the text had been cut there.
3. The cost is linear: what is held back is at most one number (bounded by `max_number_length`), literal or pair of escapes.
4. No recursion: containers that are open are the builder's spine.

The grammar is RFC 8259's; the values are `json.loads`'s (so lone surrogates, big integers and repeated keys are taken as it takes
them), but NaN and Infinity are refused, as they are not JSON.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Literal, NoReturn, TypeAlias

from ..errors import JsonInvalid, LimitExceeded, Truncated, excerpt, path_text
from ..limits import DocumentLimits
from .builder import Builder
from .bulk import BULK_ATTEMPTS, BULK_DEPTH, BULK_LENGTH, BulkReader
from .text import decode

WHITESPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
NUMBER_BEGINNING = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?)?")
STRING_RUN = re.compile(
    r"""(?:
        [^"\\\x00-\x1f]++                                            # plain characters
      | \\["\\/bfnrt]                                                # a short escape
      | \\u(?:[0-9abcefABCEF][0-9a-fA-F]|[dD][0-7c-fC-F])[0-9a-fA-F]{2}   # an escape that stands alone
      | \\u[dD][89abAB][0-9a-fA-F]{2}(?:                             # a high surrogate, once it is clear what follows
            \\u[dD][c-fC-F][0-9a-fA-F]{2}
          | (?=\\u[0-9a-fA-F]{4}) | (?=\\["\\/bfnrt]) | (?=[^\\\x00-\x1f])
        )
    )*+""",
    re.VERBOSE,
)
ESCAPES_BEGINNING = re.compile(r"\\(?:u[0-9a-fA-F]{0,4})?(?:(?<=\\u[0-9a-fA-F]{4})\\(?:u[0-9a-fA-F]{0,3})?)?")
LITERALS = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
NOT_JSON = "the text is not JSON from there on"
BEFORE_DOCUMENT = 'locate="find" skips prose and a code fence before the document'
SPACE = frozenset(" \t\n\r")
AFTER_ELEMENT = frozenset(" \t\n\r,]")
AFTER_MEMBER = frozenset(" \t\n\r,}")

Expect: TypeAlias = "Callable[[Scanner, int], int]"
"""Reads what may come next: takes an index into the data, and returns how far it has read."""


class Scanner:
    """Feeds one builder with the tokens of one text.

    What follows the document is refused or ignored, or is the next of any number of documents.
    """

    def __init__(
        self,
        builder: Builder,
        *,
        limits: DocumentLimits,
        unique_keys: bool,
        after_root: Literal["refuse", "ignore", "document"],
    ) -> None:
        self._builder = builder
        self._limits = limits
        self._unique_keys = unique_keys
        self._what_follows = after_root
        self._bulk = BulkReader(limits)
        self._bulk_attempts = 0
        self._held = ""
        self._position = 0
        self._data = ""
        self._key_start = 0
        # A method that is not bound to this scanner: that would refer to itself, and so outlive its last user, with the whole
        # text, until the garbage collector came by.
        self._expect: Expect = Scanner._root

    def takes_plain_text(self, delta: str) -> bool:
        """Whether `delta` is plain characters within a string value: most are, and so are spared the scanning below.

        Taking them without it saves a quarter of what a delta costs. (`isprintable` is False for some plain characters too, which
        the scanner then takes.)
        """
        return (
            self._builder.open_string is not None
            and not self._held
            and delta.isprintable()
            and '"' not in delta
            and "\\" not in delta
        )

    def feed(self, delta: str, position: int) -> None:
        """Scan `delta`, whose first character has the offset `position` in the text."""
        held = self._held
        data = self._data = held + delta if held else delta
        self._position = position - len(held)
        self._held = ""
        length = len(data)
        self._bulk_attempts = BULK_ATTEMPTS
        at = 0
        while at < length:
            before = at
            at = self._expect(self, at)
            if at == before:  # the token that begins here needs more text
                self._held = data[at:]
                break

    def finish(self) -> None:
        """The text has ended: close a number at the root, or raise `Truncated`."""
        if self._held and self._builder.depth == 0 and NUMBER.fullmatch(self._held):
            end = self._position + len(self._data)
            self._add_number(self._held, end)
            self._held = ""
        nothing_to_come = self._expect is Scanner._after_root or (
            self._what_follows == "document" and self._expect is Scanner._root
        )
        if self._held or not nothing_to_come:
            text = self._builder.text
            if self._expect is Scanner._root and not self._held:
                what = f"{text.length} characters of white space" if text.length else "no text"
                raise Truncated(f"there is no document: {what} came", text=text.slice(0, text.length))
            where = path_text(self._builder.path())
            raise Truncated(
                f"the text ended inside {where}, after {text.length} characters, before the document was complete",
                text=text.slice(0, text.length),
            )
        if self._what_follows == "document":
            self._builder.finish()

    def rewind(self) -> None:
        """Expect what may follow the state that the builder shows; what was read beyond it is forgotten."""
        builder = self._builder
        self._held = ""
        if builder.open_string is not None:
            self._expect = Scanner._string
        elif builder.top.values:
            self._after_value()
        elif builder.depth == 0:
            self._expect = Scanner._root
        else:
            self._expect = Scanner._first_key if builder.top.is_object else Scanner._first_element

    # -- what may come next: each takes an index into the data, and returns how far it has read -------------------------

    def _root(self, at: int) -> int:
        at = self._skip_space(at)
        return self._value(at) if at < len(self._data) else at

    def _after_root(self, at: int) -> int:
        at = self._skip_space(at)
        if at == len(self._data):
            return at
        if self._what_follows == "document":
            return self._child(at)
        if self._what_follows == "ignore":
            return len(self._data)
        self._fail(at, "the end of the text", hint='locate="find" ignores what follows the document')

    def _first_element(self, at: int) -> int:
        at = self._skip_space(at)
        if at < len(self._data) and self._data[at] == "]":
            return self._close(at)
        return self._child(at) if at < len(self._data) else at

    def _element(self, at: int) -> int:
        at = self._skip_space(at)
        return self._child(at) if at < len(self._data) else at

    def _member_value(self, at: int) -> int:
        at = self._skip_space(at)
        return self._value(at) if at < len(self._data) else at

    def _after_element(self, at: int) -> int:
        at = self._skip_space(at)
        if at == len(self._data):
            return at
        character = self._data[at]
        if character == ",":
            self._expect = Scanner._element
            return at + 1
        if character == "]":
            return self._close(at)
        self._fail(at, "',' or ']'")

    def _first_key(self, at: int) -> int:
        at = self._skip_space(at)
        if at < len(self._data) and self._data[at] == "}":
            return self._close(at)
        return self._begin_key(at, "a key or '}'")

    def _key(self, at: int) -> int:
        return self._begin_key(self._skip_space(at), "a key")

    def _colon(self, at: int) -> int:
        at = self._skip_space(at)
        if at == len(self._data):
            return at
        if self._data[at] != ":":
            self._fail(at, "':'")
        self._expect = Scanner._member_value
        return at + 1

    def _after_member(self, at: int) -> int:
        at = self._skip_space(at)
        if at == len(self._data):
            return at
        character = self._data[at]
        if character == ",":
            self._expect = Scanner._key
            return at + 1
        if character == "}":
            return self._close(at)
        self._fail(at, "',' or '}'")

    def _string(self, at: int) -> int:
        """Inside a string value: all that is decided is shown."""
        builder = self._builder
        end = self._run_end(at)
        builder.extend_string(self._position + end)
        if end < len(self._data) and self._data[end] == '"':
            builder.end_string(self._position + end + 1)
            self._after_value()
            return end + 1
        return self._hold_escape(end)

    def _key_text(self, at: int) -> int:
        """Inside a key: nothing is shown before it has closed."""
        end = self._run_end(at)
        longest = self._limits.max_key_length
        if self._position + self._escape_end(end) - self._key_start > longest:
            beyond = self._key_start + longest - self._position
            self._exceed(beyond, "max_key_length", f"a key is longer than {longest} characters")
        if end < len(self._data) and self._data[end] == '"':
            self._end_key(end)
            return end + 1
        return self._hold_escape(end)

    # -- values -----------------------------------------------------------------------------------------------------------

    def _child(self, at: int) -> int:
        self._check_room(at)
        return self._value(at)

    def _value(self, at: int) -> int:
        character = self._data[at]
        if character == '"':
            self._builder.begin_string(self._position + at + 1)
            self._expect = Scanner._string
            return at + 1
        if character == "{" or character == "[":
            return self._container(at, character == "{")
        if character in LITERALS:
            return self._literal(at, *LITERALS[character])
        return self._number(at)

    def _container(self, at: int, is_object: bool) -> int:
        builder = self._builder
        max_depth = self._limits.max_depth
        if builder.depth >= max_depth:
            self._exceed(at, "max_depth", f"the document is nested deeper than {max_depth} levels")
        if len(self._data) - at >= BULK_LENGTH and self._bulk_attempts:
            found = self._bulk.read(self._data, at, min(max_depth, BULK_DEPTH) - builder.depth)
            if found is not None:
                value, end = found
                builder.add(value, self._position + at, self._position + end)
                self._after_value()
                return end
            self._bulk_attempts -= 1
        builder.open_container(is_object, self._position + at)
        self._expect = Scanner._first_key if is_object else Scanner._first_element
        return at + 1

    def _literal(self, at: int, word: str, value: bool | None) -> int:
        found = self._data[at : at + len(word)]
        if found == word:
            end = at + len(word)
            self._builder.add(value, self._position + at, self._position + end)
            self._after_value()
            return end
        if word.startswith(found):
            return at
        wrong = next(index for index, character in enumerate(found) if character != word[index])
        self._fail(at + wrong, repr(word))

    def _number(self, at: int) -> int:
        data = self._data
        match = NUMBER_BEGINNING.match(data, at)
        assert match is not None
        end = match.end()
        if end == at:
            hint = BEFORE_DOCUMENT if self._expect is Scanner._root and self._what_follows == "refuse" else NOT_JSON
            self._fail(at, "a value", hint=hint)
        longest = self._limits.max_number_length
        if end - at > longest:
            self._exceed(at + longest, "max_number_length", f"a number is longer than {longest} characters")
        if end == len(data):
            return at
        if data[end] not in self._number_ends() or NUMBER.fullmatch(data, at, end) is None:
            self._fail(end, "the rest of a number, or what may follow one")
        self._add_number(data[at:end], self._position + end)
        return end

    def _number_ends(self) -> frozenset[str]:
        if self._builder.depth == 0:
            return SPACE
        return AFTER_MEMBER if self._builder.top.is_object else AFTER_ELEMENT

    def _add_number(self, text: str, end: int) -> None:
        value = float(text) if "." in text or "e" in text or "E" in text else self._int(text, end)
        self._builder.add(value, end - len(text), end)
        self._after_value()

    def _int(self, text: str, end: int) -> int:
        try:
            return int(text)
        except ValueError:
            self._exceed(
                end - 1 - self._position,
                "max_number_length",
                f"an integer is longer than the {sys.get_int_max_str_digits()} digits that this process converts",
                "to allow it, call sys.set_int_max_str_digits()",
            )

    def _after_value(self) -> None:
        top = self._builder.top
        if top.is_object:
            self._expect = Scanner._after_member
        elif self._builder.depth:
            self._expect = Scanner._after_element
        else:
            self._expect = Scanner._after_root

    def _check_room(self, at: int) -> None:
        """Refuse the child that begins here, where the innermost container has as many as it may."""
        most = self._limits.max_elements
        if len(self._builder.top.values) >= most:
            self._exceed(at, "max_elements", f"a container has more than {most} elements")

    def _close(self, at: int) -> int:
        self._builder.close_container(self._position + at + 1)
        self._after_value()
        return at + 1

    # -- the parts of strings ---------------------------------------------------------------------------------------------

    def _begin_key(self, at: int, wanted: str) -> int:
        if at == len(self._data):
            return at
        if self._data[at] != '"':
            self._fail(at, wanted)
        self._check_room(at)
        self._key_start = self._position + at + 1
        self._expect = Scanner._key_text
        return at + 1

    def _end_key(self, end: int) -> None:
        builder = self._builder
        start = self._key_start - self._position
        raw = self._data[start:end] if start >= 0 else builder.text.slice(self._key_start, self._position + end)
        key = decode(raw)
        if self._unique_keys and key in builder.top.members:
            self._fail(end, "a key that this object does not have yet", hint='duplicate_keys="last" takes the last one')
        builder.key(key)
        self._expect = Scanner._colon

    def _run_end(self, at: int) -> int:
        match = STRING_RUN.match(self._data, at)
        assert match is not None
        return match.end()

    def _hold_escape(self, at: int) -> int:
        """At the end of a run of a string that has not closed: nothing more, the beginning of an escape, or an error."""
        data = self._data
        if at == len(data):
            return at
        end = self._escape_end(at)
        if end == at:
            self._fail(at, "no unescaped control character in a string")
        if end < len(data):
            self._fail(end, "an escape that JSON knows")
        self._held = data[at:]
        return end

    def _escape_end(self, at: int) -> int:
        """How far the beginning of an escape goes that is at `at`, if one is."""
        match = ESCAPES_BEGINNING.match(self._data, at)
        return at if match is None else match.end()

    def _skip_space(self, at: int) -> int:
        match = WHITESPACE.match(self._data, at)
        assert match is not None
        return match.end()

    # -- errors -----------------------------------------------------------------------------------------------------------

    def _fail(self, at: int, wanted: str, *, hint: str = NOT_JSON) -> NoReturn:
        position = self._position + at
        where = path_text(self._builder.path())
        raise JsonInvalid(
            f"{excerpt(self._data[at])} at position {position}, in {where}, where JSON needs {wanted}: {hint}",
            position=position,
            text=self._text_to(at),
        )

    def _exceed(self, at: int, limit: str, what: str, remedy: str = "") -> NoReturn:
        where = path_text(self._builder.path())
        remedy = remedy or f"to allow it, raise {limit} of accumulate_json()"
        raise LimitExceeded(
            f"{what}, at position {self._position + at}, in {where}: {remedy}", limit=limit, text=self._text_to(at)
        )

    def _text_to(self, at: int) -> str:
        return self._builder.text.slice(0, self._position + at + 1)
