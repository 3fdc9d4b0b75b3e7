"""Putting a container together from parts that pydantic has validated already, without validating them again.

A part is handed over inside a `Closed`; the container's schema is rewritten so that each place for a part first looks whether it
got one, and takes what is in it. All the rest is pydantic's: defaults and `validate_default`, required fields, lengths, extra
keys, private attributes, `fields_set`, validators of the container itself. A part keeps its identity.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import core_schema

from .schema import Schema, sees_info, takes_info


class Closed:
    """A part that is what pydantic has made of it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Settled(Closed):
    """A part on which those validators are still to run that see the fields before it (`info.data`)."""

    __slots__ = ()


def rewritten(schema: Schema) -> Schema:
    """A container's schema in which each part may come as a `Closed`; nameless, as the name is the original's."""
    schema = {key: part for key, part in schema.items() if key != "ref"}
    kind = schema["type"]
    if kind in ("list", "set", "frozenset"):
        return {**schema, "items_schema": accepting(schema.get("items_schema", ANY)), "strict": False}
    if kind == "tuple":
        return {**schema, "items_schema": [accepting(item) for item in schema["items_schema"]], "strict": False}
    if kind == "dict":
        keys, values = schema.get("keys_schema", ANY), schema.get("values_schema", ANY)
        return {**schema, "keys_schema": accepting(keys), "values_schema": accepting(values), "strict": False}
    if kind in ("model", "dataclass"):
        return {**schema, "schema": rewritten(schema["schema"]), "strict": False}
    if kind == "definitions":
        return {**schema, "schema": rewritten(schema["schema"])}
    fields = schema["fields"]
    if isinstance(fields, dict):
        fields = {name: field_accepting(field) for name, field in fields.items()}
    else:
        fields = [field_accepting(field) for field in fields]
    extras = {"extras_schema": accepting(schema["extras_schema"])} if "extras_schema" in schema else {}
    strictness = {"strict": False} if kind == "typed-dict" else {}
    return {**schema, "fields": fields, **extras, **strictness}


ANY: Schema = {"type": "any"}


def accepting(schema: Schema) -> Schema:
    """A schema that takes a `Closed` as it is, and anything else as before."""
    return core_schema.no_info_wrap_validator_function(_take_closed, schema)  # type: ignore[return-value]


def _accepting_settled(schema: Schema) -> Schema:
    """A field's schema with a place for a `Settled` inside the innermost validator that sees other fields."""
    if schema["type"] == "function-after" and takes_info(schema):
        if sees_info(schema) and not takes_info(schema["schema"]):
            taking = core_schema.no_info_wrap_validator_function(_take_settled, schema["schema"])
            return {**schema, "schema": taking}
        return {**schema, "schema": _accepting_settled(schema["schema"])}
    return schema


def field_accepting(field: Schema) -> Schema:
    """A field found under its own name (our parts know theirs), whose default stays outside, as where it was."""
    schema = field["schema"]
    if schema["type"] == "default":
        schema = {**schema, "schema": accepting(_accepting_settled(schema["schema"]))}
    else:
        schema = accepting(_accepting_settled(schema))
    return {**{key: part for key, part in field.items() if key != "validation_alias"}, "schema": schema}


def _take_closed(value: Any, handler: Any) -> Any:
    return value.value if type(value) is Closed else handler(value)


def _take_settled(value: Any, handler: Any) -> Any:
    return value.value if type(value) is Settled else handler(value)


__all__ = ["Closed", "Settled", "accepting", "field_accepting", "rewritten"]
