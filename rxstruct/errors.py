"""Every error that rxstruct raises, in one tree.

Each says in one line what happened, where, and what to do, and carries the state just before it: `.text` (ending with the
offending character), `.snapshot`, `.partial` and `.closed_paths`. No module of rxstruct is imported here at run time, so every
layer may raise these.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from .incremental.snapshot import JsonSnapshot
    from .typing import Path

T = TypeVar("T")

EXCERPT_LENGTH = 40
MESSAGE_LENGTH = 300
"""How many characters of a foreign message one of our errors quotes."""
PATH_LENGTH = 12
"""Segments of a path that a message shows; of a longer one, its two ends."""


def excerpt(text: str, limit: int = EXCERPT_LENGTH) -> str:
    """`text` escaped to printable ASCII and cut to `limit` characters, so that an error stays one short, safe line."""
    shown = text if len(text) <= limit else text[:limit]
    return ascii(shown) + ("…" if len(text) > limit else "")


def printable(text: str, limit: int = MESSAGE_LENGTH) -> str:
    """What others wrote as prose: as it is, but that what is not printable is escaped, and it is cut to `limit` characters."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text[:limit])
    return shown + ("…" if len(text) > limit else "")


def path_text(path: Path) -> str:
    """A path as a person writes it: `sections[2].title`; `the root` for the empty one."""
    if not path:
        return "the root"
    parts: list[str] = []
    shown = path if len(path) <= PATH_LENGTH else (*path[: PATH_LENGTH // 2], "…", *path[-PATH_LENGTH // 2 :])
    for segment in shown:
        if isinstance(segment, int):
            parts.append(f"[{segment}]")
        elif segment.isidentifier() and len(segment) <= EXCERPT_LENGTH:
            parts.append(f".{segment}" if parts else segment)
        else:
            parts.append(f"[{excerpt(segment)}]")
    return "".join(parts)


class RxStructError(Exception):
    """Base of all: what went wrong, and the state just before it.

    Args:
        message: one line that says what, where and what to do.
        text: the JSON text received, up to and including the offending character.
        snapshot: the last snapshot before the error; None where nothing had arrived.
        partial: the last partial before the error; None where none had been made.
    """

    def __init__(
        self, message: str, *, text: str = "", snapshot: JsonSnapshot | None = None, partial: Any = None
    ) -> None:
        super().__init__(message)
        self.text = text
        self.snapshot = snapshot
        self.partial = partial

    @property
    def closed_paths(self) -> list[Path]:
        """The paths of every value that had closed, in the order in which they closed, with the document's own keys."""
        return [] if self.snapshot is None else self.snapshot.closed_paths

    def partial_as(self, model: type[T]) -> T | None:
        """`.partial`, typed: an instance of `model`, or None where no partial had been made.

        Raises:
            TypeError: if the partial is of another type.
        """
        if self.partial is None or isinstance(self.partial, model):
            return self.partial
        raise TypeError(f"the partial is a {type(self.partial).__name__}, not a {model.__name__}")

    def with_state(self, **state: Any) -> Self:
        """A copy that knows more: `partial`, `snapshot` or `text` replaced, everything else kept."""
        richer = copy.copy(self)
        richer.__dict__.update(state)
        richer.__cause__ = self.__cause__
        richer.__traceback__ = self.__traceback__
        return richer

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls __init__ with `args` alone, which the keyword-only parts of the subclasses refuse.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[RxStructError], args: tuple[Any, ...], state: dict[str, Any]) -> RxStructError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class JsonInvalid(RxStructError):
    """The text is not JSON: no continuation of it could be. `.position` is the offset of the first such character."""

    def __init__(self, message: str, *, position: int, **state: Any) -> None:
        super().__init__(message, **state)
        self.position = position


class LimitExceeded(RxStructError):
    """A limit was reached; `.limit` is its name, and the message says how to raise it."""

    def __init__(self, message: str, *, limit: str, **state: Any) -> None:
        super().__init__(message, **state)
        self.limit = limit


class AttemptsFailed(LimitExceeded):
    """An answer was asked for again until a budget was used up; `.limit` says which, `.failures` has each attempt's error."""

    def __init__(self, message: str, *, failures: Sequence[RxStructError] = (), **state: Any) -> None:
        super().__init__(message, **state)
        self.failures = tuple(failures)


class Truncated(RxStructError):
    """The text ended before the document did; `.reason` is `"end of text"` or the provider's finish reason."""

    def __init__(self, message: str, *, reason: str = "end of text", **state: Any) -> None:
        super().__init__(message, **state)
        self.reason = reason


class Refused(RxStructError):
    """The model declined to answer; `.refusal` is what it said."""

    def __init__(self, message: str, *, refusal: str = "", **state: Any) -> None:
        super().__init__(message, **state)
        self.refusal = refusal


class ContentFiltered(RxStructError):
    """The provider withheld the rest of the answer (`finish_reason="content_filter"`)."""


class FieldInvalid(RxStructError):
    """A value broke its type's rules, at the character at which they decided it.

    `.path` is the value's place in the document; `.errors()` is pydantic's own list, with its own `loc`, and without the inputs
    where the type holds a secret (`SecretStr`, for one), or any `loc` where a secret may be the key of a dict. `.path`, `.text`
    and `.snapshot` are the document as it came, secrets included.
    """

    def __init__(self, message: str, *, path: Path, errors: list[Any], **state: Any) -> None:
        super().__init__(message, **state)
        self.path = path
        self._errors = errors

    def errors(self) -> list[Any]:
        """What pydantic found, in the shape of `ValidationError.errors()`."""
        return self._errors


class SourceFailed(RxStructError):
    """Something outside rxstruct failed (the connection, the provider, the SDK); it is the `__cause__`."""


class PathInvalid(RxStructError, ValueError):
    """A path that the model, or the document, cannot have; the message names the nearest one that it can."""
