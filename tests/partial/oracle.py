"""What must hold of the partials of any type and any document; pydantic itself says what the last one is.

`assert_valid` takes a document that fits the type:

1. the last item equals `validate_json(text)`, down to the types, the fields set and the extras, and the stream completes;
2. in every partial, what is closed equals what the last one has there, and what is open is the beginning of it: lists and
   dicts hold a first part, models have some of their fields, strings show the raw text so far, anything else is closed;
3. what was closed in one partial is the same object in all later ones, the last included;
4. a field whose key has not come is absent; and repr, ==, copying and dumping work on all of them.

`assert_invalid` takes a document that does not: an error comes with a path that pydantic reports too, no later than the
character at which the value at that path closes.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel, ValidationError

import rxstruct as rxs
from tests.incremental.reference import NOTHING, read

from .driver import adapter_of, run

Path = tuple[Any, ...]


def assert_valid(
    model: Any, text: str, deltas: list[str], *, context: Any = None, changed_by_owner: frozenset[str] = frozenset()
) -> list[Any]:
    """Check all of the above for one document, and return its partials.

    Fields named in `changed_by_owner` are compared only once the object that holds them has closed.
    """
    final = adapter_of(model).validate_json(text, context=context)
    items, error, completed, snapshots = run(model, deltas, context=context)
    assert error is None, repr(error)
    assert completed
    assert same(items[-1], final), (items[-1], final)
    closed: dict[Path, Any] = {}
    for item, snapshot in zip(items, snapshots, strict=True):
        check = Check(item, closed, changed_by_owner)
        check.kept()
        if isinstance(item, str) and not isinstance(
            item, Enum
        ):  # a scalar counts as closed, a root string too while it grows
            assert snapshot.is_closed() or item == snapshot.value
        else:
            check.value(item, final, snapshot.value, ())
        assert_manners(item)
    return items


class Check:
    """One partial against the final value."""

    def __init__(self, root: Any, closed: dict[Path, Any], changed_by_owner: frozenset[str]) -> None:
        self.root, self.closed, self.changed_by_owner = root, closed, changed_by_owner

    def kept(self) -> None:
        """Whatever had closed before is still there, and the same object."""
        for path, value in self.closed.items():
            assert rxs.get(self.root, *path) is value, f"{path} was {value!r} and is {rxs.get(self.root, *path)!r}"
            assert rxs.is_closed(self.root, *path)

    def value(self, partial: Any, final: Any, raw: Any, path: Path) -> None:
        if path and path[-1] in self.changed_by_owner:
            return
        if rxs.is_closed(self.root, *path):
            assert same(partial, final), (path, partial, final)
            if path and partial is not None:
                self.closed.setdefault(path, partial)
        elif isinstance(partial, str) and type(partial) is str:
            assert partial == raw, (path, partial, raw)
        elif isinstance(partial, list | tuple):
            self.sequence(partial, final, raw, path)
        elif isinstance(partial, dict):
            self.mapping(partial, final, raw, path)
        elif isinstance(partial, set | frozenset):
            assert partial <= final, path
        elif isinstance(partial, BaseModel) or dataclasses.is_dataclass(partial):
            self.fields(partial, final, raw, path)
        else:
            raise AssertionError(f"{path} is open and shows {partial!r}, which only a closed value may")

    def sequence(self, partial: Any, final: Any, raw: Any, path: Path) -> None:
        assert isinstance(partial, type(final)), path
        assert len(partial) <= len(final)
        for index, element in enumerate(partial):
            self.value(element, final[index], raw[index], (*path, index))

    def mapping(self, partial: dict[Any, Any], final: dict[Any, Any], raw: dict[str, Any], path: Path) -> None:
        assert partial.keys() <= final.keys(), path
        for key, member in partial.items():
            raw_key = key if key in raw else list(raw)[list(partial).index(key)]
            self.value(member, final[key], raw[raw_key], (*path, key))

    def fields(self, partial: Any, final: Any, raw: Any, path: Path) -> None:
        if isinstance(partial, RootModel):
            assert type(partial) is type(final)
            self.value(partial.root, final.root, raw, path)
            return
        assert isinstance(partial, type(final)), path
        for name in field_names(final):
            keys = document_keys(type(final), name)
            begun = [key for key in keys if key[0] in raw]
            if not present(partial, name):
                continue
            assert begun, f"{path}.{name} shows before its key has come"
            found = raw
            for segment in begun[0]:
                found = found[segment]
            self.value(getattr(partial, name), getattr(final, name), found, (*path, name))


def field_names(instance: Any) -> list[str]:
    if isinstance(instance, BaseModel):
        return [*type(instance).model_fields, *(instance.model_extra or {})]
    return [field.name for field in dataclasses.fields(instance)]


def present(partial: Any, name: str) -> bool:
    return hasattr(partial, name)


def document_keys(model: Any, name: str) -> list[Path]:
    """Where in the document's object the field may stand, in pydantic's order."""
    fields = model.model_fields if issubclass(model, BaseModel) else getattr(model, "__pydantic_fields__", {})
    if name not in fields:
        return [(name,)]
    alias = fields[name].validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias] if alias is not None else []
    keys: list[Path] = [tuple(choice.path) if isinstance(choice, AliasPath) else (choice,) for choice in choices]
    return [*keys, (name,)]


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down; models and dataclasses field by field, floats to the last bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, BaseModel):
        return (
            left.model_fields_set == right.model_fields_set
            and same(left.__dict__, right.__dict__)
            and same(left.model_extra, right.model_extra)
            and left.__pydantic_private__ == right.__pydantic_private__
        )
    if dataclasses.is_dataclass(left) and not isinstance(left, type):
        return left == right and all(
            same(getattr(left, field.name), getattr(right, field.name)) for field in dataclasses.fields(left)
        )
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, float):
        return repr(left) == repr(right)
    return bool(left == right)


def assert_manners(partial: Any) -> None:
    """What anyone may do with an instance works on a partial too."""
    assert repr(partial)
    assert partial == copy.copy(partial)
    assert copy.deepcopy(partial) == partial
    rxs.dump(partial)
    rxs.dump(partial, by_alias=True)
    names = rxs.closed_fields(partial)
    assert len(names) == len(set(names))
    for name in names:
        assert rxs.is_closed(partial, name)


def itself(path: Path) -> list[Path]:
    return [path]


def assert_as_pydantic_decides(
    model: Any,
    text: str,
    deltas: list[str],
    *,
    context: Any = None,
    decided_with: Callable[[Path], list[Path]] = itself,
) -> bool:
    """Whatever `validate_json` says of the document, the partials come to the same; True where that was an error.

    `decided_with` names the values that must have closed before the one at a path can be judged: the whole NamedTuple, say.
    """
    try:
        adapter_of(model).validate_json(text, context=context)
    except ValidationError as expected:
        assert_invalid(model, text, deltas, expected, context=context, decided_with=decided_with)
        return True
    items, error, completed, _ = run(model, deltas, context=context)
    assert error is None, repr(error)
    assert completed
    assert same(items[-1], adapter_of(model).validate_json(text, context=context))
    return False


def assert_invalid(
    model: Any,
    text: str,
    deltas: list[str],
    expected: ValidationError,
    *,
    context: Any = None,
    decided_with: Callable[[Path], list[Path]] = itself,
) -> None:
    items, error, completed, _ = run(model, deltas, context=context)
    assert type(error) is rxs.FieldInvalid, (error, expected)
    assert not completed
    assert text.startswith(error.text)
    assert error.errors()
    if not is_hidden_by_a_length(error.path, expected):
        locations = [tuple(found["loc"]) for found in expected.errors()]
        assert any(stands_for(error.path, found) for found in locations), (error.path, locations)
        kinds = {(wanted["type"], wanted["loc"]) for wanted in expected.errors()}
        for found in error.errors():
            assert (found["type"], found["loc"]) in kinds, (found, expected.errors())
    deadline = max(closing_offset(text, path) for path in decided_with(error.path))
    assert len(error.text) <= deadline, f"{error.path} was refused after {error.text!r}, not after {text[:deadline]!r}"
    assert_state_before(error)
    assert "\n" not in str(error)
    if items:
        assert error.partial is items[-1] or same_state(error.partial, items[-1])


def assert_state_before(error: rxs.RxStructError) -> None:
    """The error's snapshot is the document just before the last character of its text."""
    expected = read(error.text[:-1])
    if expected.value is NOTHING or expected.duplicate_keys:
        return
    assert error.snapshot is not None
    assert error.snapshot.value == expected.value
    assert error.closed_paths == expected.closed


def is_hidden_by_a_length(path: Path, expected: ValidationError) -> bool:
    """Whether the value lies in a container that is too long as well: pydantic then says nothing of its elements."""
    return any(
        wanted["type"] == "too_long"
        and len(path) > len(wanted["loc"])
        and stands_for(path[: len(wanted["loc"])], wanted["loc"])
        for wanted in expected.errors()
    )


def same_state(left: Any, right: Any) -> bool:
    return bool(rxs.dump(left) == rxs.dump(right))


def stands_for(path: Path, location: tuple[Any, ...]) -> bool:
    """Whether a document path is what pydantic's `loc` means, which also names union members, tags, `[key]` and functions."""
    if path == location or path == location[:-1]:  # the last may be a missing field's
        return True
    remaining = list(location)
    for segment in path:
        while remaining and remaining[0] != segment and str(remaining[0]) != str(segment):
            remaining.pop(0)
        if not remaining:
            return False
        remaining.pop(0)
    return bool(path) or not location


def closing_offset(text: str, path: Path) -> int:
    """After how many characters the value at `path`, or the object that lacks it, has closed."""
    while path not in read(text, ended=True).closed:
        path = path[:-1]
    low, high = 0, len(text)
    while low < high:
        middle = (low + high) // 2
        if path in read(text[:middle]).closed:
            high = middle
        else:
            low = middle + 1
    return low
