"""The document as far as it is known: what the scanner has read, as values that later text never changes.

What goes in: the scanner's tokens (`open_container`, `key`, `begin_string`, `add`, …), each with its offsets in the text.
What comes out: the open spine, from which `snapshot.py` makes snapshots.
What always holds:

1. A container only ever appends, and its closed children are counted. So (container, count) names one state of it for good, and
   a snapshot, which is such pairs for the spine, stays true while the document goes on.
2. A closed child is stored once, as its final Python value; later states share it.
3. A key repeated in one object is a new child; in the finished `dict` the last one wins, as in `json.loads`.
4. `revision` rises whenever something that a reader can see has changed, and only then.
"""

from __future__ import annotations

from array import array
from typing import Final, TypeAlias

from ..typing import JsonValue, Path, Segment
from .text import OpenString, Text

Frame: TypeAlias = "tuple[Container, int, str | None]"
"""A container on the open spine, how many of its children have closed, and, of an object, the key of the open one (or "")."""


class Container:
    """An array or object on the open spine: its closed children, in order, with the offsets of their text.

    After it has closed, its parent holds `value` alone; a reader that was following it finds its `end` here.
    """

    __slots__ = (
        "_placed",
        "_places",
        "closed",
        "end",
        "ends",
        "is_object",
        "keys",
        "members",
        "repetitive",
        "start",
        "starts",
        "values",
    )

    def __init__(self, is_object: bool, start: int) -> None:
        self.is_object: Final = is_object
        self.start: Final = start
        self.end = -1
        self.closed = False
        """Whether the list that holds the roots has ended; of no interest in any other."""
        self.values: list[JsonValue] = []
        self.starts: array[int] = array("q")
        self.ends: array[int] = array("q")
        self.keys: list[str] = []
        """Of an object: the key of each child; one longer than `values` while a member is being written."""
        self.members: dict[str, JsonValue] = {}
        """Of an object: its value, kept up so that the usual reader copies it instead of building it."""
        self.repetitive: set[int] = set()
        """Which children hold an object that repeats a key, or are one: their values do not show all that the text had."""
        self._places: dict[str, int] = {}
        """Of an object: where each key last occurs, of as many children as had come when that was last asked for."""
        self._placed = 0

    @property
    def value(self) -> JsonValue:
        """The container as Python has it; final once it has closed."""
        return self.members if self.is_object else self.values

    def add(self, value: JsonValue, start: int, end: int) -> None:
        if self.is_object:
            self.members[self.keys[len(self.values)]] = value
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)

    def segment(self, index: int) -> Segment:
        """What a path calls a child: its key, or its index."""
        return self.keys[index] if self.is_object else index

    def members_until(self, count: int) -> dict[str, JsonValue]:
        """Of an object: a new dict of its first `count` members."""
        if count == len(self.values):
            return self.members.copy()
        return dict(zip(self.keys[:count], self.values, strict=False))

    def last_index(self, key: str, count: int) -> int:
        """Where in the first `count` members `key` last occurs; -1 where it does not."""
        for index in range(self._placed, len(self.values)):
            self._places[self.keys[index]] = index
        self._placed = len(self.values)
        last = self._places.get(key, -1)
        if last < count:
            return last
        return next((index for index in reversed(range(count)) if self.keys[index] == key), -1)

    @property
    def repeats_a_key(self) -> bool:
        """Whether it is an object in which a key has come again."""
        is_waiting = len(self.keys) > len(self.values) and self.keys[-1] not in self.members
        return len(self.members) + is_waiting < len(self.keys)


class Structure:
    """The open spine between two tokens: the same object for as long as nothing opens or closes, as while a string goes on."""

    __slots__ = ("_frames", "counts", "deepest", "has_ended", "open_string", "spine")

    def __init__(self, spine: tuple[Container, ...], open_string: OpenString | None, deepest: int) -> None:
        self.spine: Final = spine
        self.deepest: Final = deepest
        self.counts: Final = tuple([len(container.values) for container in spine])
        """How many children of each container on the spine have closed."""
        self.open_string: Final = open_string
        self.has_ended: Final = spine[0].closed
        self._frames: list[Frame] | None = None

    @property
    def frames(self) -> list[Frame]:
        """What encloses the open value, from the innermost container outward to the root's, without the list that holds that."""
        if self._frames is None:
            self._frames = [
                (container, count, container.keys[count] if count < len(container.keys) else "")
                if container.is_object
                else (container, count, None)
                for container, count in zip(self.spine[:0:-1], self.counts[:0:-1], strict=True)
            ]
        return self._frames


class Builder:
    """The document under construction. The bottom of `spine` is a list that holds the root, so that a root is a child too."""

    __slots__ = ("_structure", "deepest", "open_string", "revision", "spine", "string_end", "text", "top")

    def __init__(self, text: Text) -> None:
        self.text = text
        self.top = Container(is_object=False, start=0)
        self.spine: tuple[Container, ...] = (self.top,)
        self._structure: Structure | None = None
        """None when something has opened or closed since it was last asked for."""
        self.deepest = 0
        """How many containers there are around the value that has most of them around it. (Of what arrives whole it is not known,
        but at most `BULK_DEPTH`.)"""
        self.open_string: OpenString | None = None
        self.string_end = 0
        self.revision = 0

    @property
    def depth(self) -> int:
        return len(self.spine) - 1

    @property
    def structure(self) -> Structure:
        """What is open now, and what has closed in it."""
        if self._structure is None:
            self._structure = Structure(self.spine, self.open_string, self.deepest)
        return self._structure

    def open_container(self, is_object: bool, start: int) -> None:
        self.top = Container(is_object, start)
        self._goes_as_deep_as_here()
        self.spine += (self.top,)
        self._structure = None
        self.revision += 1

    def close_container(self, end: int) -> None:
        container = self.top
        container.end = end
        self.spine = self.spine[:-1]
        self.top = self.spine[-1]
        if container.repetitive or container.repeats_a_key:
            self.top.repetitive.add(len(self.top.values))
        self.add(container.value, container.start, end)

    def key(self, key: str) -> None:
        self.top.keys.append(key)

    def add(self, value: JsonValue, start: int, end: int) -> None:
        """A child that closed: a scalar, or a container that arrived whole."""
        self.top.add(value, start, end)
        self._goes_as_deep_as_here()
        self._structure = None
        self.revision += 1

    def begin_string(self, start: int) -> None:
        """A string value opened; `start` is the offset after its quote."""
        self.open_string = OpenString(self.text, start)
        self._goes_as_deep_as_here()
        self._structure = None
        self.string_end = start
        self.revision += 1

    def extend_string(self, end: int) -> None:
        """The open string is decided up to the offset `end`."""
        if end > self.string_end:
            self.string_end = end
            self.revision += 1

    def end_string(self, end: int) -> None:
        """The open string closed; `end` is the offset after its quote."""
        string = self.open_string
        assert string is not None
        self.open_string = None
        self.add(string.read(end - 1), string.start - 1, end)

    def _goes_as_deep_as_here(self) -> None:
        depth = len(self.spine) - 1
        if depth > self.deepest:
            self.deepest = depth

    def finish(self) -> None:
        """The text has ended, and so has the list that holds the roots."""
        self.top.closed = True
        self._structure = None
        self.revision += 1

    def rewind(self) -> int:
        """Forget a key whose value has not begun; where the text ends that decides what is shown."""
        top, count = self.top, len(self.top.values)
        if self.open_string is not None:
            return self.string_end
        del top.keys[count:]
        if count:
            return top.ends[count - 1]
        return top.start + 1 if self.depth else 0

    def path(self) -> Path:
        """The path of the value that is being written, or of the container that waits for one."""
        segments: list[Segment] = []
        for container in self.spine[1:]:
            index = len(container.values)
            if container is not self.top or self.open_string is not None:
                segments.append(container.segment(index))
        return tuple(segments)
