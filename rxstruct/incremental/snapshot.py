"""`JsonSnapshot`: the document as far as it is known after a delta.

What goes in: the open spine, with the count of closed children of each container, and how far the open string is decided.
What comes out: the values and what is closed, built when they are first read.
What always holds: a snapshot never changes, however far the document goes on, because its containers only ever append
(see `builder.py`); what had closed is the same object in every snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import RxStructError, printable
from ..typing import ABSENT, Absent, JsonValue, Path, Segment
from .builder import Container, Frame, Structure
from .text import OpenString, Text

if TYPE_CHECKING:
    from .document import JsonDocument, Origin


class JsonSnapshot:
    """The document as far as it is known; immutable by contract.

    For readers that follow a document from snapshot to snapshot, the state is open: `spine[0]` holds the root, `spine[i + 1]` is
    the open child of `spine[i]`, `counts[i]` of whose children had closed; `open_string`, decided up to the offset
    `string_end`, is the open child of the last of them. While `structure` stays the same object, only `string_end` moves on.
    """

    __slots__ = ("_value", "origin", "position", "string_end", "structure")

    def __init__(self, origin: Origin, structure: Structure, string_end: int, position: int) -> None:
        self.origin = origin
        """Where it came from: with `restart`, its text can be read again."""
        self.structure = structure
        self.string_end = string_end
        self.position = position
        """How many characters had been received."""
        self._value: JsonValue = ABSENT

    @property
    def spine(self) -> tuple[Container, ...]:
        return self.structure.spine

    @property
    def counts(self) -> tuple[int, ...]:
        return self.structure.counts

    @property
    def open_string(self) -> OpenString | None:
        return self.structure.open_string

    @property
    def text_buffer(self) -> Text:
        """The text of the document, which may have gone on since."""
        return self.origin.text_buffer

    @property
    def lines(self) -> bool:
        """Whether the document is a list of the documents in its text."""
        return self.origin.lines

    @property
    def root_level(self) -> int:
        """Where on the spine the document's outermost container is, if it has one."""
        return 0 if self.lines else 1

    # -- values -----------------------------------------------------------------------------------------------------------

    @property
    def value(self) -> JsonValue:
        """The document so far, as `json.loads` would give it; `ABSENT` where nothing has begun."""
        if self._value is ABSENT:
            structure = self.structure
            if self.lines:
                self._value = listed = structure.spine[0].values[: structure.counts[0]]
                if self.has_open_child(0):
                    listed.append(self._within(structure.frames))
            elif structure.counts[0]:
                self._value = structure.spine[0].values[0]
            else:
                self._value = self._within(structure.frames)
        return self._value

    def open_child(self, level: int) -> JsonValue:
        """The open child of `spine[level]` as far as it can be shown, or `ABSENT`."""
        frames = self.structure.frames
        return self._within(frames[: len(frames) - level])

    def _within(self, frames: list[Frame]) -> JsonValue:
        """The open string within the containers around it, each built anew with what is known of it."""
        string = self.structure.open_string
        shown: JsonValue = ABSENT if string is None else string.read(self.string_end)
        for container, count, key in frames:
            child = shown
            if key is None:
                shown = container.values[:count]
                if child is not ABSENT:
                    shown.append(child)
            else:
                shown = container.members_until(count)
                if child is not ABSENT:
                    shown[key] = child
        return shown

    def has_open_child(self, level: int) -> bool:
        structure = self.structure
        return level + 1 < len(structure.spine) or structure.open_string is not None

    @property
    def text(self) -> str:
        """The JSON text received up to here."""
        return self.text_buffer.slice(0, self.position)

    def get(self, *path: Segment, default: Any = None) -> JsonValue:
        """The value at `path` as far as it is known, or `default` where nothing has arrived."""
        if not path:
            return default if self.value is ABSENT else self.value
        found = self._find(path)
        if isinstance(found, int):
            return self.open_child(found)
        return found[0] if isinstance(found, tuple) else default

    # -- what is closed ---------------------------------------------------------------------------------------------------

    def is_closed(self, *path: Segment) -> bool:
        """Whether the text of the value at `path` (of the whole document, with no path) has ended."""
        if self.lines and not path:
            return self.structure.has_ended
        return isinstance(self._find(path), tuple)

    @property
    def closed_paths(self) -> list[Path]:
        """The paths of all closed values, in the order in which they closed."""
        return list(self._closed_paths())

    @property
    def open_path(self) -> Path | None:
        """The path of the innermost value that has begun to show and not yet closed; None once all is closed."""
        if not self.has_open_child(0):
            return () if self.lines and not self.is_closed() else None
        levels = len(self.spine) if self.open_string is not None else len(self.spine) - 1
        return self._strip(tuple(self.segment(level) for level in range(levels)))

    def segment(self, level: int) -> Segment:
        """The index or key of the open child of `spine[level]`."""
        return self.spine[level].segment(self.counts[level])

    def _strip(self, path: Path) -> Path:
        return path if self.lines else path[1:]

    def _find(self, path: Path) -> int | tuple[JsonValue] | Absent:
        """The level whose open child stands at `path`, or its closed value (in a tuple, as it may be anything), or `ABSENT`."""
        segments = path if self.lines else (0, *path)
        for level, segment in enumerate(segments):
            index = self._index(level, segment)
            if index < 0:
                return ABSENT
            if index < self.counts[level]:
                found = value_at(self.spine[level].values[index], segments[level + 1 :])
                return ABSENT if found is ABSENT else (found,)
            if level + 1 == len(segments):
                return level
            if level + 1 == len(self.spine):
                return ABSENT
        return ABSENT

    def _index(self, level: int, segment: Segment) -> int:
        """Which child of `spine[level]` has the key or index `segment`; the open one is the one after those closed; else -1."""
        container, count = self.spine[level], self.counts[level]
        shown = count + self.has_open_child(level)
        if container.is_object:
            if not isinstance(segment, str):
                return -1
            return count if shown > count and container.keys[count] == segment else container.last_index(segment, count)
        if isinstance(segment, str):
            return -1
        index = segment if segment >= 0 else segment + shown
        return index if 0 <= index < shown else -1

    def _closed_paths(self) -> Iterator[Path]:
        prefix: Path = ()
        for level, container in enumerate(self.spine):
            for index in range(self.counts[level]):
                segment = container.segment(index)
                yield from (self._strip((*prefix, segment, *inner)) for inner in _paths(container.values[index]))
            if level + 1 < len(self.spine):
                prefix = (*prefix, self.segment(level))
        if self.lines and self.is_closed():
            yield ()

    # -- as a value -------------------------------------------------------------------------------------------------------

    def __copy__(self) -> JsonSnapshot:
        return self

    def __deepcopy__(self, memo: object) -> JsonSnapshot:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _last_of, (self.origin.restart(), self.text, self.is_closed())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JsonSnapshot):
            return NotImplemented
        return bool(self.value == other.value) and self.open_path == other.open_path

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"JsonSnapshot({printable(repr(self.value))}, {'closed' if self.is_closed() else 'open'})"


def _last_of(document: JsonDocument, text: str, is_closed: bool) -> JsonSnapshot | None:
    snapshot = document.feed(text)
    if snapshot is None or snapshot.is_closed() < is_closed:  # the end of the text decided it
        with suppress(RxStructError):
            document.finish()
    return document.snapshot


def value_at(value: JsonValue, path: Path) -> JsonValue:
    """What stands at `path` inside a closed value; `ABSENT` where nothing does."""
    for segment in path:
        try:
            value = ABSENT if isinstance(value, str) else value[segment]
        except (LookupError, TypeError):
            return ABSENT
    return value


def _paths(value: JsonValue) -> Iterator[Path]:
    """The paths inside a closed value, in the order in which they closed, its own last."""
    pending: list[tuple[Path, JsonValue, bool]] = [((), value, False)]
    while pending:
        path, value, entered = pending.pop()
        if entered or not isinstance(value, dict | list) or not value:
            yield path
            continue
        children = value.items() if isinstance(value, dict) else enumerate(value)
        pending.append((path, value, True))
        pending += reversed([((*path, segment), child, False) for segment, child in children])
