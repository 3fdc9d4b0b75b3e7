"""What happens to a document from snapshot to snapshot, in the order of its text: `Follower`.

What goes in: snapshots of one document, any of which may have been left out. What comes out: `Change`s.
What always holds:

1. Seeing fewer snapshots, a follower tells the same story, but that a string's text may be appended in fewer pieces.
2. Every value closes once, in the order of the text. (Of a repeated key inside an object that arrived whole between two
   snapshots, only the value that `json.loads` keeps is there to close.)
3. The cost is that of what is new, and of the open spine. What had closed before is not looked at.
4. With the first snapshot of a document of another number the story begins anew.

How a value looks to the reader is the business of a `View`: the JSON itself here, a model's own values in
`partial/following.py`. A view may show a value only later; what comes after it in the text then waits for it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final, Generic, Literal, NamedTuple, Protocol, TypeVar

from ..typing import ABSENT, EACH, JsonValue, Path, PathPattern, Segment
from .builder import Container
from .snapshot import JsonSnapshot
from .text import OpenString

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class Change(NamedTuple):
    """One line in the log of a document."""

    path: Path
    """Where it happened."""
    kind: Literal["opened", "appended", "closed"]
    """A string, array or object `opened`, or a string was `appended` to, or a value `closed`."""
    value: Any = None
    """The value that closed; of one that opened, what it began as, which is empty."""
    text: str = ""
    """The decoded text that an open string has gained."""


NEVER: Final = object()


class View(Protocol[S_contra]):
    """How a reader sees a document's values.

    Of an open container, the `shape` says how its children are called, and the `owner` is what shows them.
    """

    def snapshot(self, state: S_contra) -> JsonSnapshot:
        """The snapshot behind what the reader was given."""
        ...

    def root(self, state: S_contra) -> Any:
        """The owner of the list that holds the root."""

    def shape(self, state: S_contra, level: int) -> Any:
        """The shape of the open container at `level` of the spine."""

    def segment(self, shape: Any, container: Container, index: int) -> Segment | None:
        """What a path calls a child; None for one that the reader never sees."""

    def closed(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        """A closed child; `ABSENT` where it will be shown later, `NEVER` where it won't be."""

    def open(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        """The open child, which is the owner of what it holds; `ABSENT` while it is hidden."""

    def children(self, value: Any) -> Iterable[tuple[Segment, Any]]:
        """The children of a closed value, in the order of the text."""
        ...

    def moved(self, owner: Any, shape: Any, container: Container) -> Iterable[tuple[Segment, Any]]:
        """Children of a container that has closed which the text does not have in it, but inside one of its values."""
        ...

    def bare(self, value: Any) -> Any:
        """A closed value as the reader is to have it."""

    def empty(self, value: Any) -> Any:
        """What a closed value was as it opened: "", [] or {}; None for one that never shows before it has closed."""

    def text(self, value: Any) -> str:
        """The decoded text of a closed string."""
        ...


class JsonView:
    """The JSON values themselves, which show as soon as they are there."""

    def snapshot(self, state: JsonSnapshot) -> JsonSnapshot:
        return state

    def root(self, state: JsonSnapshot) -> JsonValue:
        return state.spine[0].value

    def shape(self, state: JsonSnapshot, level: int) -> None:
        return None

    def segment(self, shape: None, container: Container, index: int) -> Segment:
        return container.segment(index)

    def closed(self, owner: JsonValue, shape: None, container: Container, index: int) -> JsonValue:
        return container.values[index]

    def open(self, owner: JsonValue, shape: None, container: Container, index: int) -> JsonValue:
        return None

    def children(self, value: JsonValue) -> Iterable[tuple[Segment, JsonValue]]:
        if isinstance(value, dict):
            return value.items()
        return enumerate(value) if isinstance(value, list) else ()

    def moved(self, owner: JsonValue, shape: None, container: Container) -> Iterable[tuple[Segment, JsonValue]]:
        return ()

    def bare(self, value: JsonValue) -> JsonValue:
        return value

    def empty(self, value: JsonValue) -> JsonValue:
        return type(value)() if isinstance(value, str | list | dict) else None

    def text(self, value: JsonValue) -> JsonValue:
        return value


class FollowedContainer:
    """An open container that is followed, and how many of its children have been told of."""

    __slots__ = ("container", "is_target", "path", "shape", "told")

    def __init__(self, container: Container, path: Path | None, shape: Any, is_target: bool) -> None:
        self.container = container
        self.path = path
        """None for the list that holds the root, whose child has the path ()."""
        self.shape = shape
        self.is_target = is_target
        """Whether only its own coming and going is told, and not what it holds."""
        self.told = 0

    def path_of(self, segment: Segment) -> Path:
        return () if self.path is None else (*self.path, segment)


class Follower(Generic[S]):
    """Tells what happens to the values that a path pattern names; with no pattern, to every value."""

    def __init__(self, view: View[S], pattern: PathPattern | None = None) -> None:
        self._view = view
        self._pattern = pattern
        self._levels: list[FollowedContainer] = []
        """From the list that holds the root inward, as far as pattern and view go; `_levels[i]` follows `spine[i]`."""
        self._string: OpenString | None = None
        """The open string that is told of: the child of the innermost level."""
        self._string_path: Path = ()
        self._string_end = 0
        self._has_ended = False
        self._number = 1

    def advance(self, state: S) -> Iterator[Change]:
        """What has happened since the last state."""
        snapshot = self._view.snapshot(state)
        if isinstance(snapshot, JsonSnapshot) and snapshot.origin.number != self._number:
            self._start_over(snapshot.origin.number)
        elif self._levels and snapshot.spine[0] is not self._levels[0].container:
            self._adopt(snapshot)
        more = self.more_text(snapshot)
        if more is not None:
            if more:
                yield Change(self._string_path, "appended", text=more)
            return
        if not self._levels:
            yield from self._begin(state, snapshot)
        owners = self._owners(state, snapshot)
        if owners is None:
            return
        yield from self._end_what_has_closed(snapshot, owners)
        yield from self._enter_what_is_open(state, snapshot, owners[-1])
        if snapshot.lines and snapshot.is_closed() and not self._has_ended:
            self._has_ended = True
            if self._is_told(()):
                yield Change((), "closed", self._view.bare(self._view.root(state)))

    def more_text(self, snapshot: JsonSnapshot) -> str | None:
        """All that `advance` would tell, as long as an open string goes on; None where there is more to it than that."""
        string = self._string
        if string is None or snapshot.open_string is not string:
            return None
        start, self._string_end = self._string_end, snapshot.string_end
        return string.since(start, self._string_end)

    def _start_over(self, number: int) -> None:
        self._number = number
        self._levels.clear()
        self._string = None
        self._has_ended = False

    def _adopt(self, snapshot: JsonSnapshot) -> None:
        """Go on with other containers of the same document, whose text was read again to find the state just before an error."""
        for level, container, count in zip(self._levels, snapshot.spine, snapshot.counts, strict=False):
            level.container = container
            if level.told != count:
                return  # what was followed inside it has closed
        if self._string is not None:
            self._string = snapshot.open_string

    def _begin(self, state: S, snapshot: JsonSnapshot) -> Iterator[Change]:
        path = () if snapshot.lines else None
        self._levels.append(
            FollowedContainer(
                snapshot.spine[0], path, self._view.shape(state, 0), snapshot.lines and self._pattern == ()
            )
        )
        if snapshot.lines and self._is_told(()):
            yield Change((), "opened", [])

    def _owners(self, state: S, snapshot: JsonSnapshot) -> list[Any] | None:
        """What shows the containers that are followed, as they are now; None where one that has closed is not shown yet."""
        owners = [self._view.root(state)]
        for number, outer in enumerate(self._levels[:-1]):
            look = self._view.open if self._is_open(snapshot, number + 1) else self._view.closed
            owner = look(owners[-1], outer.shape, outer.container, outer.told)
            if owner is ABSENT:
                return None
            owners.append(owner)
        return owners

    def _is_open(self, snapshot: JsonSnapshot, number: int) -> bool:
        return number < len(snapshot.spine) and snapshot.spine[number] is self._levels[number].container

    def _end_what_has_closed(self, snapshot: JsonSnapshot, owners: list[Any]) -> Iterator[Change]:
        """From the innermost outward; nothing, where a string is not shown yet."""
        view, levels = self._view, self._levels
        if self._string is not None:
            level = levels[-1]
            yield from self._append(level.container.ends[level.told] - 1)
            value = view.closed(owners[-1], level.shape, level.container, level.told)
            if value is ABSENT:
                return
            if value is not NEVER:
                yield Change(self._string_path, "closed", view.bare(value))
            level.told += 1
            self._string = None
        while not self._is_open(snapshot, len(levels) - 1):
            level, owner = levels[-1], owners[-1]
            if not level.is_target:  # what has closed, and is shown, shows all that it holds
                yield from self._tell_closed(level, owner, len(level.container.values))
                yield from self._tell_moved(level, owner)
            if level.path is not None and self._is_told(level.path) and owner is not NEVER:
                yield Change(level.path, "closed", view.bare(owner))
            levels.pop()
            owners.pop()
            levels[-1].told += 1

    def _enter_what_is_open(self, state: S, snapshot: JsonSnapshot, owner: Any) -> Iterator[Change]:
        """What is new in the innermost level, then in its open child, and so on."""
        view = self._view
        while not self._levels[-1].is_target:
            number = len(self._levels) - 1
            level = self._levels[number]
            index = snapshot.counts[number]
            is_done = yield from self._tell_closed(level, owner, index)
            if not is_done or not snapshot.has_open_child(number):
                return
            path = self._path_of_child(level, index)
            if path is None:
                return
            owner = view.open(owner, level.shape, level.container, index)
            if owner is ABSENT:
                return
            if number + 1 == len(snapshot.spine):
                if self._is_told(path):
                    yield from self._begin_string(snapshot, path)
                return
            container = snapshot.spine[number + 1]
            if self._is_told(path):
                yield Change(path, "opened", {} if container.is_object else [])
            is_target = self._pattern is not None and self._is_told(path)
            self._levels.append(FollowedContainer(container, path, view.shape(state, number + 1), is_target))

    def _tell_closed(self, level: FollowedContainer, owner: Any, end: int) -> Generator[Change, None, bool]:
        """The children that closed, up to the index `end`; False where one of them is not shown yet."""
        while level.told < end:
            path = self._path_of_child(level, level.told)
            if path is not None:
                value = self._view.closed(owner, level.shape, level.container, level.told)
                if value is ABSENT:
                    return False
                if value is not NEVER:
                    yield from self._tell_arrived(path, value)
            level.told += 1
        return True

    def _tell_moved(self, level: FollowedContainer, owner: Any) -> Iterator[Change]:
        for segment, value in self._view.moved(owner, level.shape, level.container):
            path = self._path_to(level, segment)
            if path is not None:
                yield from self._tell_arrived(path, value)

    def _tell_arrived(self, path: Path, value: Any) -> Iterator[Change]:
        """What happened to the values that the pattern names inside one that arrived whole."""
        view, pattern = self._view, self._pattern
        pending: list[tuple[Path, Any, bool]] = [(path, value, False)]
        while pending:
            path, value, is_left = pending.pop()
            is_told = self._is_told(path)
            if is_told and not is_left:
                empty = view.empty(value)
                if empty is not None:
                    yield Change(path, "opened", empty)
                if isinstance(empty, str) and (text := view.text(value)):
                    yield Change(path, "appended", text=text)
            if is_left or (is_told and pattern is not None):
                yield Change(path, "closed", view.bare(value))
                continue
            wanted = EACH if pattern is None else pattern[len(path)]
            inside = [((*path, name), child, False) for name, child in view.children(value) if wanted in (EACH, name)]
            if is_told:
                pending.append((path, value, True))
            pending += reversed(inside)

    def _path_of_child(self, level: FollowedContainer, index: int) -> Path | None:
        """The path of a child that the pattern goes through or to; None for any other."""
        segment = self._view.segment(level.shape, level.container, index)
        return None if segment is None else self._path_to(level, segment)

    def _path_to(self, level: FollowedContainer, segment: Segment) -> Path | None:
        path = level.path_of(segment)
        if self._pattern is None or not path or self._pattern[len(path) - 1] in (EACH, segment):
            return path
        return None

    def _is_told(self, path: Path) -> bool:
        return self._pattern is None or len(path) == len(self._pattern)

    def _begin_string(self, snapshot: JsonSnapshot, path: Path) -> Iterator[Change]:
        string = snapshot.open_string
        assert string is not None
        self._string, self._string_path, self._string_end = string, path, string.start
        yield Change(path, "opened", "")
        yield from self._append(snapshot.string_end)

    def _append(self, end: int) -> Iterator[Change]:
        assert self._string is not None
        if end > self._string_end:
            text = self._string.since(self._string_end, end)
            self._string_end = end
            yield Change(self._string_path, "appended", text=text)
