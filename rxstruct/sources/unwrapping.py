"""A root that is not an object, taken out of the object that it travels in.

Providers want an object as the root, so `list[User]` is asked for as `{"value": […]}`. What goes in: the text of such an
object, cut anywhere. What comes out: the text of its `value`, as it arrives. What always holds:

1. Cuts don't matter, and each character is looked at once.
2. Nothing that could be the wrapper's is given out, and nothing of the value is held back.
3. A text that does not begin as the wrapper does is passed on as it is: the provider ignored the request, and what is wrong
   with it shows further on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from reactivex import Observable, abc

from ..errors import Truncated
from ..policy import listen
from ..stream import Flow, Stream

WRAPPER_KEY = "value"

WHITESPACE = " \t\r\n"
# The wrapper's beginning, as a pattern for each of its tokens; what is between them is whitespace.
OPENING = ("{", f'"{WRAPPER_KEY}"', ":")
OUTSIDE_STRING = re.compile(r'["{}\[\]]')
INSIDE_STRING = re.compile(r'["\\]')


class WrapperPart(Enum):
    """Where in the wrapper the text stands."""

    OPENING = "opening"
    VALUE = "value"
    CLOSED = "closed"
    NOT_WRAPPED = "not wrapped"


class Unwrapper:
    """Takes the value out of its wrapper.

    >>> unwrapper = Unwrapper()
    >>> [unwrapper.feed(piece) for piece in ('{"val', 'ue": [1', ', {}]', '}')]
    ['', '[1', ', {}]', '']
    """

    __slots__ = ("_depth", "_escaped", "_in_string", "_opening", "_part")

    def __init__(self) -> None:
        self._part = WrapperPart.OPENING
        self._opening = ""
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, delta: str) -> str:
        """The part of this delta (and of what was held back) that belongs to the value."""
        if self._part is WrapperPart.OPENING:
            delta = self._read_opening(delta)
        if self._part is WrapperPart.VALUE:
            return self._read_value(delta)
        # Whatever follows the wrapper is passed on, so that it is refused where all text after a document is.
        return delta.strip(WHITESPACE) if self._part is WrapperPart.CLOSED else delta

    def finish(self) -> None:
        """At the end of the text.

        Raises:
            Truncated: if the wrapper has not been closed.
        """
        if self._part is WrapperPart.VALUE:
            raise Truncated("the text ended before the object around the value did")

    def _read_opening(self, delta: str) -> str:
        self._opening += delta
        rest = self._opening.lstrip(WHITESPACE)
        for token in OPENING:
            if not rest.startswith(token):
                if not token.startswith(rest):
                    self._part = WrapperPart.NOT_WRAPPED
                    return self._opening
                return ""
            rest = rest[len(token) :].lstrip(WHITESPACE)
        self._part = WrapperPart.VALUE
        return rest

    def _read_value(self, delta: str) -> str:
        position = 0
        if self._escaped and delta:
            self._escaped = False
            position = 1
        while True:
            found = (INSIDE_STRING if self._in_string else OUTSIDE_STRING).search(delta, position)
            if found is None:
                return delta
            position = found.end()
            match found.group():
                case '"':
                    self._in_string = not self._in_string
                case "\\":
                    self._escaped = position == len(delta)
                    position += 1
                case "{" | "[":
                    self._depth += 1
                case _:
                    self._depth -= 1
                    if self._depth < 0:
                        self._part = WrapperPart.CLOSED
                        return delta[: found.start()] + delta[position:].strip(WHITESPACE)


def unwrap() -> Callable[[Observable[str]], Stream[str]]:
    """Pass on the text of a wrapped value, without its wrapper."""

    def operator(source: Observable[str]) -> Stream[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            unwrapper = Unwrapper()

            def on_next(delta: str) -> None:
                text = unwrapper.feed(delta)
                if text:
                    observer.on_next(text)

            def on_completed() -> None:
                try:
                    unwrapper.finish()
                except Truncated as error:
                    observer.on_error(error)
                else:
                    observer.on_completed()

            return listen(source, observer, on_next, on_completed=on_completed, scheduler=scheduler)

        return Stream(subscribe, flow=Flow.PIECES)

    return operator
