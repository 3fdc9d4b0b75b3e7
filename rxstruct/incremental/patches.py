"""JSON Patch (RFC 6902): what has happened to a document, as operations that bring a copy of it up to date.

What goes in: the changes that a `Follower` tells of a document's JSON values, or two states of any JSON value. What comes out:
patches, each a list of operations in the form of RFC 6902. What always holds:

1. After each patch the copy equals the state that the patch was made for. The first operation of all adds the root.
2. A value that arrived whole is one `add`, however much it holds; nothing is replaced before it has been added.
3. A string that grows is a `replace`, as RFC 6902 knows no other way, or with `append=True` an operation of its own, of what is
   new alone: `{"op": "append", "path": …, "value": …}`, as `jsonpatch.JsonPatchWithAppend` has it. (A string at the root is
   replaced all the same: there is no appending to a whole document.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from ..typing import JsonValue, Path
from .changes import Change
from .snapshot import value_at

Operation: TypeAlias = dict[str, Any]
Patch: TypeAlias = list[Operation]


def pointer(path: Path) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(segment).replace("~", "~0").replace("/", "~1") for segment in path)


class Patcher:
    """Makes patches of a document's changes, those of one patch at a time."""

    def __init__(self, *, append: bool) -> None:
        self._append = append
        self._open_text = ""
        """Of the open string, what the copy has; kept for `replace` alone."""

    def patch(self, changes: Iterable[Change]) -> Patch:
        """The operations for what has happened since the last patch; none where nothing did."""
        patch: Patch = []
        new_path: Path | None = None  # of the newest `add` in this patch, which takes in what belongs to it
        for change in changes:
            path = change.path
            is_new = new_path is not None and path[: len(new_path)] == new_path
            if change.kind == "appended":
                self._grow(patch, path, change.text, new_path)
            elif change.kind == "opened" or not isinstance(change.value, str | list | dict):
                value = type(change.value)() if change.kind == "opened" else change.value
                self._open_text = ""
                if is_new and path != new_path:
                    assert new_path is not None
                    _put(patch[-1], path[len(new_path) :], value)
                else:
                    patch.append({"op": "add", "path": pointer(path), "value": value})
                    new_path = path
        return patch

    def _grow(self, patch: Patch, path: Path, text: str, new_path: Path | None) -> None:
        """The open string at `path` gains `text`; it lies in the newest `add` of this patch, at `new_path`, if there is one."""
        if not self._append or not path:
            self._open_text += text
        if new_path is not None:
            _extend(patch[-1], path[len(new_path) :], text)
        elif self._append and path:
            patch.append({"op": "append", "path": pointer(path), "value": text})
        else:
            patch.append({"op": "replace", "path": pointer(path), "value": self._open_text})


def _put(operation: Operation, path: Path, value: JsonValue) -> None:
    holder = value_at(operation["value"], path[:-1])
    if isinstance(holder, list):
        holder.append(value)
    else:
        holder[path[-1]] = value


def _extend(operation: Operation, path: Path, text: str) -> None:
    if not path:
        operation["value"] += text
        return
    value_at(operation["value"], path[:-1])[path[-1]] += text


def differences(old: JsonValue, new: JsonValue, *, append: bool = False, path: Path = ()) -> Iterator[Operation]:
    """The operations that turn one JSON value into another that has mostly grown out of it."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _object_differences(old, new, append, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _array_differences(old, new, append, path)
    elif type(old) is not type(new) or old != new:  # for Python, True equals 1
        if append and path and isinstance(old, str) and isinstance(new, str) and new.startswith(old):
            yield {"op": "append", "path": pointer(path), "value": new[len(old) :]}
        else:
            yield {"op": "replace", "path": pointer(path), "value": new}


def _object_differences(
    old: dict[str, JsonValue], new: dict[str, JsonValue], append: bool, path: Path
) -> Iterator[Operation]:
    for key in old.keys() - new.keys():
        yield {"op": "remove", "path": pointer((*path, key))}
    for key, value in new.items():
        if key in old:
            yield from differences(old[key], value, append=append, path=(*path, key))
        else:
            yield {"op": "add", "path": pointer((*path, key)), "value": value}


def _array_differences(old: list[JsonValue], new: list[JsonValue], append: bool, path: Path) -> Iterator[Operation]:
    for index in range(len(old) - 1, len(new) - 1, -1):
        yield {"op": "remove", "path": pointer((*path, index))}
    for index, value in enumerate(new):
        if index < len(old):
            yield from differences(old[index], value, append=append, path=(*path, index))
        else:
            yield {"op": "add", "path": pointer((*path, index)), "value": value}
