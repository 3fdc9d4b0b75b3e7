"""What a mark of the result row stands for, and whether an item or an error is that.

What goes in: a line of the legend, and what arrived. What comes out: None where they agree, else a few words on how they differ.
What always holds: types count. `True` is not `1`, `1` is not `1.0`, and `ValueError("x")` is not `TypeError("x")`.
"""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Protocol

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from ... import errors
from ...errors import RxStructError
from ...incremental import JsonSnapshot
from .parser import ERROR, Legend, Mark, Row, Storyboard


class Expectation(Protocol):
    """What one mark stands for."""

    def emitted(self) -> Any:
        """The item, or the error, that a source emits for it."""

    def difference(self, item: Any) -> str | None:
        """How `item` is not what the mark stands for; None where it is."""


@dataclass(frozen=True)
class RawText:
    """The legend's text as it is: a source's delta; in a result the same text, or JSON where the item is not a `str`."""

    text: str
    model: Any

    def emitted(self) -> str:
        return self.text

    def difference(self, item: Any) -> str | None:
        if is_text(item):
            return None if item == self.text else "another text"
        wanted = self.text.removesuffix("!")
        try:
            value = json.loads(wanted)
        except ValueError:
            return f"not a text but a {type(item).__name__}, and what the legend has is not JSON"
        if not alike(json_form(item), value):
            return "another value"
        return None if wanted == self.text else self.unfinished(item, wanted)

    def unfinished(self, item: Any, text: str) -> str | None:
        """How `item` is not the whole, validated object: what `!` asserts."""
        if self.model is None and not is_model(item):
            return f"a {type(item).__name__}: say of which type the final item is, with `model=`"
        try:
            whole = TypeAdapter(self.model or type(item)).validate_json(text, by_alias=True, by_name=True)
        except ValidationError as error:
            return f"not valid: {error.error_count()} errors, the first: {error.errors()[0]['msg']}"
        if type(item) is not type(whole):
            return f"a {type(item).__name__}, not a {type(whole).__name__}"
        if item != whole or getattr(item, "model_fields_set", None) != getattr(whole, "model_fields_set", None):
            return f"the same JSON, but not the validated object, {whole!r}"
        return None


@dataclass(frozen=True)
class Literal:
    """A Python literal of the legend; snapshots and models are compared by their JSON, all else by type and value."""

    value: Any

    def emitted(self) -> Any:
        return self.value

    def difference(self, item: Any) -> str | None:
        shown = json_form(item) if isinstance(item, JsonSnapshot) or is_model(item) else item
        return None if alike(shown, self.value) else "another value"


@dataclass(frozen=True)
class Given:
    """A Python object that the caller gave for a mark."""

    value: Any

    def emitted(self) -> Any:
        return self.value

    def difference(self, item: Any) -> str | None:
        return None if alike(item, self.value) else "another value"


@dataclass(frozen=True)
class GivenError:
    """An exception that the caller gave for `#`; compared by type and args."""

    error: Exception

    def emitted(self) -> Exception:
        return self.error

    def difference(self, item: Any) -> str | None:
        same = type(item) is type(self.error) and alike(item.args, self.error.args)
        return None if same else "another error"


@dataclass(frozen=True)
class ErrorPattern:
    """`Truncated(closed=["name"])`: the error's class; its `args`, where any are given; the attributes named.

    `closed` is short for `closed_paths`. In `closed` and `path` a string is a path of one segment.
    """

    name: str
    args: tuple[Any, ...]
    attributes: Mapping[str, Any]
    legend: Legend

    @classmethod
    def read(cls, legend: Legend) -> ErrorPattern:
        try:
            expression = ast.parse(legend.text, mode="eval").body
            call = expression if isinstance(expression, ast.Call) else ast.Call(expression, [], [])
            if not isinstance(call.func, ast.Name):
                raise ValueError
            arguments = tuple(ast.literal_eval(argument) for argument in call.args)
            attributes = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        except (SyntaxError, ValueError):
            raise legend.place.reject(
                "an error is its class and what to check of it: `JsonInvalid(position=4)`"
            ) from None
        return cls(call.func.id, arguments, attributes, legend)

    def emitted(self) -> Exception:
        kind = getattr(errors, self.name, getattr(builtins, self.name, None))
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise self.legend.place.reject(f"a source cannot raise `{self.name}` by name: give it, `legend={{'#': …}}`")
        try:
            return kind(*self.args, **self.attributes)
        except TypeError as error:
            raise self.legend.place.reject(f"a source cannot raise this: {error}") from None

    def difference(self, item: Any) -> str | None:
        if type(item).__name__ != self.name:
            return f"a {type(item).__name__}"
        if self.args and not alike(item.args, self.args):
            return "other arguments"
        for name, wanted in self.attributes.items():
            if not alike(attribute(item, name), normalized(name, wanted)):
                return f"another `{name}`"
        return None


def expectation(mark: Mark, row: Row, board: Storyboard, given: Mapping[str, Any], model: Any) -> Expectation:
    """What `mark` stands for: what the caller gave for it, else what the legend says, else the letter itself."""
    if mark.symbol == ERROR:
        if ERROR in given:
            return GivenError(given[ERROR])
        if not board.errors:
            raise mark.place.reject("the legend does not say which error this is: `#  Truncated()`")
        return ErrorPattern.read(board.error_of(row))
    if mark.symbol in given:
        return Given(given[mark.symbol])
    legend = board.legend.get(mark.symbol)
    if legend is None:
        return Literal(mark.symbol)
    return Literal(legend.literal()) if legend.is_literal else RawText(legend.text, model)


def is_text(item: Any) -> bool:
    return isinstance(item, str) and not isinstance(item, Enum)


def is_model(item: Any) -> bool:
    return isinstance(item, BaseModel) or (is_dataclass(item) and not isinstance(item, type))


def json_form(item: Any) -> Any:
    """What `item` shows, as JSON values in new containers: a snapshot's value, a model's present fields under their names."""
    if isinstance(item, JsonSnapshot):
        return json_form(item.value)
    if is_model(item):
        return {name: json_form(value) for name, value in present_fields(item)}
    if isinstance(item, Mapping):
        return {str(json_form(key)): json_form(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [json_form(element) for element in item]
    if isinstance(item, set | frozenset):
        return sorted(map(json_form, item), key=repr)
    return to_jsonable_python(item, fallback=repr, inf_nan_mode="constants")


def present_fields(model: Any) -> Iterable[tuple[str, Any]]:
    """The fields that an instance itself has; a dataclass's defaults are its class's."""
    if isinstance(model, BaseModel):
        names = [*type(model).model_fields, *(model.model_extra or {})]
        return [
            (name, getattr(model, name))
            for name in names
            if name in model.__dict__ or name in (model.model_extra or {})
        ]
    held = getattr(model, "__dict__", None)
    names = [field.name for field in fields(model)]
    return [(name, getattr(model, name)) for name in names if (hasattr(model, name) if held is None else name in held)]


def alike(one: Any, other: Any) -> bool:
    """Equal in type and value, all the way down; a subclass of a container counts as that container."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    for kind in (list, tuple):
        if isinstance(one, kind) and isinstance(other, kind):
            return len(one) == len(other) and all(map(alike, one, other))
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)  # NaN is NaN, and -0.0 is not 0.0
    return bool(one == other)


def as_path(path: Any) -> tuple[Any, ...]:
    return (path,) if isinstance(path, str | int) else tuple(path)


def normalized(name: str, value: Any) -> Any:
    if name == "closed":
        return [as_path(path) for path in value]
    return as_path(value) if name == "path" else json_form(value)


def attribute(error: Exception, name: str) -> Any:
    """One attribute of an error, as `normalized` has it; a note where the error has none of that name."""
    value = getattr(error, "closed_paths" if name == "closed" else name, f"no attribute {name}")
    return normalized(name, value)


def show(item: Any) -> str:
    """An item as a line of the legend has it, after the letter: ` text`, ` JSON` or `= literal`."""
    if is_text(item):
        plain = item and item == item.strip() and item.isprintable() and item[0] != "="
        return f" {item}" if plain else f"= {item!r}"
    if item is None or isinstance(item, JsonSnapshot | dict | list | int | float) or is_model(item):
        return f" {json.dumps(json_form(item), ensure_ascii=False)}"
    return f"= {item!r}"


def show_error(error: Exception) -> str:
    """An error as the legend of `#` has it, with the attributes that most often matter."""
    shown = [repr(argument) for argument in error.args]
    shown += [f"{name}={getattr(error, name)!r}" for name in ("path", "position") if hasattr(error, name)]
    if isinstance(error, RxStructError):
        shown.append(f"closed={[path[0] if len(path) == 1 else path for path in error.closed_paths]}")
    return f"{type(error).__name__}({', '.join(shown)})"
