"""Reading pydantic's core schemas: the wrappers around a type, and validators for any part of one.

pydantic describes every type that it knows as a core schema; what streams is decided on these, so that whatever pydantic
understands (generics, forward references, dataclasses, custom types) needs no code of ours.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter
from pydantic_core import CoreSchema, SchemaValidator

Schema: TypeAlias = dict[str, Any]
"""A core schema. pydantic's own TypedDicts for it cannot be walked without a cast at each step."""

OWN_DATA = frozenset({"model", "dataclass", "typed-dict", "definition-ref"})
"""Schemas whose fields see one another, and not those around them."""


class Definitions:
    """The schemas that others refer to by name; with them, and a model's config, any part of a schema can be validated alone."""

    def __init__(self, root: Schema) -> None:
        self.named: dict[str, Schema] = {}
        if root["type"] == "definitions":
            self.named = {schema["ref"]: schema for schema in root["definitions"]}

    def resolve(self, schema: Schema) -> Schema:
        while schema["type"] in ("definition-ref", "definitions"):
            schema = self.named[schema["schema_ref"]] if schema["type"] == "definition-ref" else schema["schema"]
        return schema

    def validator(self, schema: Schema, config: Any) -> SchemaValidator:
        """A validator of `schema` alone, under the config of the model that holds it."""
        if schema.get("ref") in self.named:
            schema = {"type": "definition-ref", "schema_ref": schema["ref"]}
        if self.named and schema["type"] != "definitions":
            schema = {"type": "definitions", "schema": schema, "definitions": list(self.named.values())}
        # Without _use_prebuilt=False a model's own validator is used in place of a schema that we have rewritten.
        return SchemaValidator(cast(CoreSchema, schema), config, _use_prebuilt=False)


def core_schema_of(adapter: TypeAdapter[Any]) -> Schema:
    adapter.rebuild(force=False, raise_errors=True)
    return dict(adapter.core_schema)


def inner_of(schema: Schema) -> Schema | None:
    """The schema inside a wrapper that changes neither what JSON is taken nor how it streams; None where `schema` is none."""
    kind = schema["type"]
    inner: Schema | None = None
    if kind in ("nullable", "default", "function-after"):
        inner = schema["schema"] if schema.get("on_error", "raise") == "raise" else None
    elif kind == "chain" and len(schema["steps"]) == 1:
        inner = schema["steps"][0]
    elif kind == "json-or-python":
        inner = schema["json_schema"]
    elif kind == "model" and schema.get("root_model"):
        inner = schema["schema"]
    return inner


def with_inner(schema: Schema, inner: Schema) -> Schema:
    """The wrapper `schema`, around `inner`."""
    kind = schema["type"]
    if kind == "chain":
        return {**schema, "steps": [inner]}
    if kind == "json-or-python":
        return inner
    return {**schema, "schema": inner}


def takes_info(schema: Any) -> bool:
    """Whether a validator anywhere in a field may see the fields before it, and so cannot run on the value alone."""
    if isinstance(schema, list | tuple):
        return any(takes_info(part) for part in schema)
    if not isinstance(schema, dict) or schema.get("type") in OWN_DATA:
        return False
    return sees_info(schema) or any(
        takes_info(part) for key, part in schema.items() if key not in ("metadata", "serialization")
    )


def sees_info(schema: Schema) -> bool:
    function = schema.get("function")
    return isinstance(function, dict) and function["type"] == "with-info"


def inside_info(schema: Schema) -> Schema | None:
    """What lies inside a field's innermost validator that sees other fields, if all of these look at the finished value only."""
    if schema["type"] == "default":
        schema = schema["schema"]
    inside = schema
    while schema["type"] == "function-after":
        inner = schema["schema"]
        if sees_info(schema):
            inside = inner
        schema = inner
    return None if takes_info(inside) else inside


__all__ = [
    "Definitions",
    "Schema",
    "core_schema_of",
    "inner_of",
    "inside_info",
    "takes_info",
    "with_inner",
]
