"""Reading pydantic's core schemas: the wrappers around a type, and validators for any part of one.

pydantic describes every type that it knows as a core schema; what streams is decided on these, so that whatever pydantic
understands (generics, forward references, dataclasses, custom types) needs no code of ours.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter
from pydantic._internal._config import ConfigWrapper
from pydantic_core import CoreSchema, SchemaValidator

Schema: TypeAlias = dict[str, Any]
"""A core schema. pydantic's own TypedDicts for it cannot be walked without a cast at each step."""

AliasPath: TypeAlias = tuple[Any, ...]
"""A key of the document, and then the keys and indices that lead on from its value."""

OWN_DATA = frozenset({"model", "dataclass", "typed-dict"})
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

    def unwrapped(self, schema: Schema) -> tuple[list[Schema], Schema]:
        """The wrappers around a type, the outermost first, and what they wrap."""
        wrappers = []
        schema = self.resolve(schema)
        while (inner := inner_of(schema)) is not None:
            wrappers.append(schema)
            schema = self.resolve(inner)
        return wrappers, schema

    def with_core(self, schema: Schema, core: Schema) -> Schema:
        """The wrappers of `schema`, around `core`."""
        schema = self.resolve(schema)
        inner = inner_of(schema)
        return core if inner is None else with_inner(schema, self.with_core(inner, core))

    def body(self, record: Schema) -> Schema:
        """The part of a model's, dataclass's or TypedDict's schema that lists its fields."""
        return record if record["type"] == "typed-dict" else self.resolve(record["schema"])

    def takes_info(self, schema: Any) -> bool:
        """Whether a validator anywhere in a field may see the fields before it, and so cannot run on the value alone."""
        return self._takes_info(schema, set())

    def _takes_info(self, schema: Any, seen: set[str]) -> bool:
        if isinstance(schema, list | tuple):
            return any(self._takes_info(part, seen) for part in schema)
        if not isinstance(schema, dict) or schema.get("type") in OWN_DATA:
            return False
        if schema.get("type") == "definition-ref":
            name = schema["schema_ref"]
            if name in seen:
                return False
            seen.add(name)
            return self._takes_info(self.named[name], seen)
        return sees_info(schema) or any(
            self._takes_info(part, seen) for key, part in schema.items() if key not in ("metadata", "serialization")
        )

    def inside_info(self, schema: Schema) -> Schema | None:
        """What lies inside a field's innermost validator that sees other fields, if all these look at the finished value only."""
        schema = self.resolve(schema)
        if schema["type"] == "default":
            schema = self.resolve(schema["schema"])
        inside = schema
        while schema["type"] == "function-after":
            inner = self.resolve(schema["schema"])
            if sees_info(schema):
                inside = inner
            schema = inner
        return None if self.takes_info(inside) else inside

    def validator(self, schema: Schema, config: Any) -> SchemaValidator:
        """A validator of `schema` alone, under the config of the model that holds it."""
        if self.named:
            schema = {"type": "definitions", "schema": schema, "definitions": list(self.named.values())}
        # Without _use_prebuilt=False a model's own validator is used in place of a schema that we have rewritten.
        return SchemaValidator(cast(CoreSchema, schema), config, _use_prebuilt=False)


def core_schema_of(adapter: TypeAdapter[Any]) -> Schema:
    adapter.rebuild()
    return dict(adapter.core_schema)


def config_of(adapter: TypeAdapter[Any]) -> Any:
    """The settings that an adapter was given for a type that has none of its own."""
    settings = adapter._config  # it says them nowhere else
    return None if settings is None else ConfigWrapper(settings).core_config(None)


def holds_secrets(schema: Any) -> bool:
    """Whether a `SecretStr`, or another of pydantic's secrets, is anywhere in a type."""
    return "_serialize_secret" in repr(schema)


def holds_secret_keys(schema: Any) -> bool:
    """Whether a dict anywhere in a type that holds secrets may have them as its keys: these may be of a type that has a name."""
    if isinstance(schema, list | tuple):
        return any(map(holds_secret_keys, schema))
    if not isinstance(schema, dict):
        return False
    keys = schema.get("keys_schema")
    if keys is not None and (holds_secrets(keys) or keys["type"] == "definition-ref"):
        return True
    return any(holds_secret_keys(part) for name, part in schema.items() if name not in ("metadata", "serialization"))


def inner_of(schema: Schema) -> Schema | None:
    """The schema inside a wrapper that changes neither what JSON is taken nor how it streams; None where `schema` is none."""
    kind = schema["type"]
    inner: Schema | None = None
    if kind in ("nullable", "default", "missing-sentinel", "function-after"):
        inner = None if omits(schema) else schema["schema"]
    elif kind == "chain" and len(schema["steps"]) == 1:
        inner = schema["steps"][0]
    elif kind == "json-or-python":
        inner = schema["json_schema"]
    elif schema.get("root_model"):
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


def omits(schema: Schema) -> bool:
    """Whether a value that is not valid is left out, or replaced by a default, instead of an error."""
    return bool(schema.get("on_error", "raise") != "raise")


def fields_in(body: Schema) -> list[tuple[str, Schema]]:
    """The fields that a body lists, with their names."""
    fields = body["fields"]
    return list(fields.items()) if isinstance(fields, dict) else [(field["name"], field) for field in fields]


def alias_paths(name: str, alias: Any, config: Schema) -> tuple[AliasPath, ...]:
    """Where a field may stand in the document, in pydantic's order."""
    if alias is None:
        return ((name,),)
    paths: list[AliasPath] = []
    if config.get("validate_by_alias", True):
        paths = (
            [(alias,)]
            if isinstance(alias, str)
            else [tuple(path) for path in (alias if isinstance(alias[0], list) else [alias])]
        )
    if config.get("validate_by_name", False) and (name,) not in paths:
        paths.append((name,))
    return tuple(paths)


def sees_info(schema: Schema) -> bool:
    function = schema.get("function")
    return isinstance(function, dict) and function["type"] == "with-info"
