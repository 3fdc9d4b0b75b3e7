"""What a prefix of a JSON text shows, said as plainly as possible: the oracle of the incremental core.

`read(text)` starts anew for every prefix and knows nothing of increments: a recursive descent over the characters, which
stops where the text stops and keeps what it had shown until then. Slow, and short enough to be checked by eye:

1. a container shows as soon as it opens, a string as soon as it opens and grows by whole characters: half an escape is
   withheld, and so is a high surrogate until what follows it is known to be its other half or not;
2. `true`, `false` and `null` show at their last letter, a number at the character after it; a number that is the whole
   document shows at the end of the text;
3. a key shows when its value does; the last of several equal keys wins;
4. the text is invalid at the first character after which nothing could make it JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

NOTHING = object()
"""The value of a prefix that shows none yet."""

WHITESPACE = " \t\n\r"
HEX_DIGITS = "0123456789abcdefABCDEF"
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
LITERALS = {"true": True, "false": False, "null": None}

# What may follow in a number, by where in it we are; "end" marks the places at which it may be over.
DIGIT, NONZERO = "0123456789", "123456789"
NUMBER = {
    "start": [("-", "minus"), ("0", "zero"), (NONZERO, "whole")],
    "minus": [("0", "zero"), (NONZERO, "whole")],
    "zero": [(".", "point"), ("eE", "exponent")],
    "whole": [(DIGIT, "whole"), (".", "point"), ("eE", "exponent")],
    "point": [(DIGIT, "fraction")],
    "fraction": [(DIGIT, "fraction"), ("eE", "exponent")],
    "exponent": [("+-", "sign"), (DIGIT, "power")],
    "sign": [(DIGIT, "power")],
    "power": [(DIGIT, "power")],
}
NUMBER_MAY_END = {"zero", "whole", "fraction", "power"}


@dataclass
class Reading:
    """The state of one prefix."""

    value: Any = NOTHING
    closed: list[tuple[str | int, ...]] = field(default_factory=list)
    invalid_at: int | None = None
    complete: bool = False
    duplicate_keys: bool = False


def read(text: str, *, ended: bool = False) -> Reading:
    """The state after `text`; with `ended`, after it and the end of the text."""
    reader = Reader(text, ended)
    try:
        reader.read_value((), reader.show_root)
        reader.reading.complete = True
        reader.skip_whitespace()
        raise Invalid
    except EndOfText:
        pass
    except Invalid:
        reader.reading.invalid_at = reader.at
    return reader.reading


class EndOfText(Exception):
    """There is no next character."""


class Invalid(Exception):
    """No text that goes on with the next character is JSON."""


class Reader:
    def __init__(self, text: str, ended: bool) -> None:
        self.text, self.ended, self.at = text, ended, 0
        self.reading = Reading()

    def peek(self) -> str:
        if self.at == len(self.text):
            raise EndOfText
        return self.text[self.at]

    def take(self, allowed: str) -> str:
        character = self.peek()
        if character not in allowed:
            raise Invalid
        self.at += 1
        return character

    def skip_whitespace(self) -> None:
        while self.peek() in WHITESPACE:
            self.at += 1

    def show_root(self, value: Any) -> None:
        self.reading.value = value

    def read_value(self, path: tuple[str | int, ...], show: Callable[[Any], None]) -> None:
        self.skip_whitespace()
        first = self.peek()
        if first == "{":
            self.read_object(path, show)
        elif first == "[":
            self.read_array(path, show)
        elif first == '"':
            self.read_string(show)
        elif first in "-0123456789":
            show(self.read_number(is_root=not path))
        else:
            show(self.read_literal())
        self.reading.closed.append(path)

    def read_object(self, path: tuple[str | int, ...], show: Callable[[Any], None]) -> None:
        members: dict[str, Any] = {}
        show(members)
        self.take("{")
        self.skip_whitespace()
        if self.peek() == "}":
            self.at += 1
            return
        seen: set[str] = set()
        while True:
            self.skip_whitespace()
            if self.peek() != '"':
                raise Invalid
            key = self.read_key()
            self.reading.duplicate_keys |= key in seen
            seen.add(key)
            self.skip_whitespace()
            self.take(":")
            self.read_value((*path, key), lambda value, key=key: members.__setitem__(key, value))  # type: ignore[misc]
            self.skip_whitespace()
            if self.take(",}") == "}":
                return

    def read_array(self, path: tuple[str | int, ...], show: Callable[[Any], None]) -> None:
        elements: list[Any] = []
        show(elements)
        self.take("[")
        self.skip_whitespace()
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            index = len(elements)
            self.read_value(
                (*path, index), lambda value, index=index: elements.__setitem__(slice(index, None), [value])
            )  # type: ignore[misc]
            self.skip_whitespace()
            if self.take(",]") == "]":
                return

    def read_key(self) -> str:
        shown: list[str] = []
        self.read_string(shown.append)
        return shown[-1]

    def read_string(self, show: Callable[[str], None]) -> None:
        """Show the string once, as far as it goes."""
        self.take('"')
        decoded: list[str] = []
        try:
            while True:
                start = self.at
                character = self.peek()
                if character < " ":
                    raise Invalid
                self.at += 1
                if character == '"':
                    break
                decoded.append(self.read_escape() if character == "\\" else character)
                if is_escaped_high_surrogate(self.text[start : self.at]):
                    self.require_what_follows(decoded)
        except (EndOfText, Invalid):
            show("".join(decoded))
            raise
        show("".join(decoded))

    def read_escape(self) -> str:
        character = self.take('u"\\/bfnrt')
        if character != "u":
            return ESCAPES[character]
        return chr(int("".join(self.take(HEX_DIGITS) for _ in range(4)), 16))

    def require_what_follows(self, decoded: list[str]) -> None:
        """Join the high surrogate at the end of `decoded` with the low one that follows; withhold it while that is unknown."""
        high, start = decoded.pop(), self.at
        if self.peek() == "\\":
            self.at += 1
            low = self.read_escape()
            if "\udc00" <= low <= "\udfff":
                decoded.append(chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(low) - 0xDC00))
                return
            self.at = start
        elif self.peek() < " ":
            raise Invalid
        decoded.append(high)

    def read_number(self, *, is_root: bool) -> int | float:
        start, state = self.at, "start"
        while True:
            if self.at == len(self.text):
                if self.ended and is_root and state in NUMBER_MAY_END:
                    break
                raise EndOfText
            following = [target for characters, target in NUMBER[state] if self.text[self.at] in characters]
            if not following:
                if state in NUMBER_MAY_END:
                    break
                raise Invalid
            state = following[0]
            self.at += 1
        spelling = self.text[start : self.at]
        return float(spelling) if set(spelling) & set(".eE") else int(spelling)

    def read_literal(self) -> bool | None:
        matching = [word for word in LITERALS if word[0] == self.peek()]
        if not matching:
            raise Invalid
        for letter in matching[0]:
            self.take(letter)
        return LITERALS[matching[0]]


def is_escaped_high_surrogate(escape: str) -> bool:
    return len(escape) == 6 and escape.startswith("\\u") and 0xD800 <= int(escape[2:], 16) <= 0xDBFF
