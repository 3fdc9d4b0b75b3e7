"""What has happened between two snapshots of one document, in the order of its text.

What goes in: a snapshot, and an earlier one (None stands for the document's beginning); any others may lie between them.
What comes out: `Step`s. What always holds:

1. The steps from a to b, followed by those from b to c, tell the same story as those from a to c, with more words: a string may be
   `appended` to several times, and what would have `arrived` may open first and close later.
2. Every value that has closed comes once, `closed` or inside one that `arrived`, in the order of the text. (Of a repeated key
   inside an object that arrived whole, only the value that `json.loads` keeps is there to come.)
3. The cost is that of what is new, and of the open spine. What had closed before is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from ..typing import EACH, JsonValue, Path, PathPattern, Segment
from .snapshot import JsonSnapshot


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


class Step(NamedTuple):
    """A change; or all there is to say of a value that was not there before and has closed: it `arrived`."""

    path: Path
    kind: Literal["opened", "appended", "closed", "arrived"]
    value: Any = None
    text: str = ""


def steps(before: JsonSnapshot | None, after: JsonSnapshot) -> Iterator[Step]:
    """What has happened since `before`."""
    level, seen = 0, 0
    if before is not None:
        if before.open_string is not None and before.open_string is after.open_string:
            yield from _appended(before, after)
            return
        level = _last_shared_level(before, after)
        yield from _endings(before, level)
        seen = before.counts[level] + before.has_open_child(level)
    elif after.lines:
        yield Step((), "opened", [])
    yield from _beginnings(after, level, seen)
    if after.lines and after.is_closed() and not (before is not None and before.is_closed()):
        yield Step((), "closed", after.value)


def _appended(before: JsonSnapshot, after: JsonSnapshot) -> Iterator[Step]:
    string = after.open_string
    if string is not None and after.string_end > before.string_end:
        yield Step(_child_path(after), "appended", text=string.since(before.string_end, after.string_end))


def _last_shared_level(before: JsonSnapshot, after: JsonSnapshot) -> int:
    """The innermost container that was open in both."""
    level = min(len(before.spine), len(after.spine)) - 1
    while before.spine[level] is not after.spine[level]:
        level -= 1
    return level


def _endings(before: JsonSnapshot, shared: int) -> Iterator[Step]:
    """The rest of what was open in `before`, inside the container at the level `shared`, and has closed since."""
    path = _child_path(before)
    level = len(before.spine) - 1
    seen = before.counts[level]
    string = before.open_string
    if string is not None:
        container = before.spine[level]
        rest = string.since(before.string_end, container.ends[seen] - 1)
        if rest:
            yield Step(path, "appended", text=rest)
        yield Step(path, "closed", container.values[seen])
        seen += 1
    while level > shared:
        container = before.spine[level]
        path = _container_path(before, level)
        yield from _arrivals(before, level, seen, len(container.values))
        level -= 1
        seen = before.counts[level]
        yield Step(path, "closed", before.spine[level].values[seen])
        seen += 1


def _beginnings(after: JsonSnapshot, level: int, seen: int) -> Iterator[Step]:
    """What is new inside the container at `level`, of which `seen` children are known; then inside its open child, and so on."""
    yield from _arrivals(after, level, seen, after.counts[level])
    for inner in range(level + 1, len(after.spine)):
        yield Step(_container_path(after, inner), "opened", {} if after.spine[inner].is_object else [])
        yield from _arrivals(after, inner, 0, after.counts[inner])
    string = after.open_string
    if string is not None:
        path = _child_path(after)
        yield Step(path, "opened", "")
        text = string.since(string.start, after.string_end)
        if text:
            yield Step(path, "appended", text=text)


def _arrivals(snapshot: JsonSnapshot, level: int, start: int, end: int) -> Iterator[Step]:
    if start >= end:
        return
    container = snapshot.spine[level]
    prefix = _container_path(snapshot, level)
    is_root = level == 0 and not snapshot.lines
    for index in range(start, end):
        path = () if is_root else (*prefix, container.keys[index] if container.is_object else index)
        yield Step(path, "arrived", container.values[index])


def _container_path(snapshot: JsonSnapshot, level: int) -> Path:
    path = tuple([snapshot.segment(outer) for outer in range(level)])
    return path if snapshot.lines else path[1:]


def _child_path(snapshot: JsonSnapshot) -> Path:
    """The path of the open child of the innermost open container, if that has one."""
    return _container_path(snapshot, len(snapshot.spine) - (snapshot.open_string is None))


def flatten(told: Iterable[Step]) -> Iterator[Change]:
    """The same as single changes: what `arrived` opens, gains what it holds, and closes."""
    for step in told:
        if step.kind == "arrived":
            yield from _flattened(step.path, step.value)
        else:
            yield Change(step.path, step.kind, step.value, step.text)


def _flattened(path: Path, value: JsonValue) -> Iterator[Change]:
    pending: list[tuple[Path, JsonValue, bool]] = [(path, value, False)]
    while pending:
        path, value, is_entered = pending.pop()
        if isinstance(value, str):
            yield Change(path, "opened", "")
            if value:
                yield Change(path, "appended", text=value)
        elif isinstance(value, dict | list) and not is_entered:
            yield Change(path, "opened", type(value)())
            pending.append((path, value, True))
            pending += reversed([((*path, segment), child, False) for segment, child in _children(value)])
            continue
        yield Change(path, "closed", value)


def select(told: Iterable[Step], pattern: PathPattern) -> Iterator[Step]:
    """The steps of the values that a path pattern names."""
    depth = len(pattern)
    for step in told:
        length = len(step.path)
        if length > depth or not matches(step.path, pattern[:length]):
            continue
        if length == depth:
            yield step
        elif step.kind == "arrived":
            for path, value in descendants(step.path, step.value, pattern[length:]):
                yield Step(path, "arrived", value)


def matches(path: Path, pattern: PathPattern) -> bool:
    """Whether a path is one that the pattern, of the same length, stands for."""
    return all(wanted is EACH or wanted == segment for segment, wanted in zip(path, pattern, strict=True))


def descendants(path: Path, value: JsonValue, pattern: PathPattern) -> Iterator[tuple[Path, JsonValue]]:
    """What a pattern names inside a closed value, in the order of the text."""
    pending: list[tuple[Path, JsonValue, PathPattern]] = [(path, value, pattern)]
    while pending:
        path, value, pattern = pending.pop()
        if not pattern:
            yield path, value
        else:
            wanted, rest = pattern[0], pattern[1:]
            found = _children(value) if wanted is EACH else _child(value, wanted)
            pending += reversed([((*path, segment), child, rest) for segment, child in found])


def _children(value: JsonValue) -> Iterable[tuple[Segment, JsonValue]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _child(value: JsonValue, segment: Segment) -> Iterable[tuple[Segment, JsonValue]]:
    if isinstance(value, dict):
        return [(segment, value[segment])] if segment in value else ()
    if isinstance(value, list) and isinstance(segment, int) and 0 <= segment < len(value):
        return [(segment, value[segment])]
    return ()


__all__ = ["Change", "Step", "descendants", "flatten", "matches", "select", "steps"]
