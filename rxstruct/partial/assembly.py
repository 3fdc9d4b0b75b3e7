"""Putting a container together from parts that pydantic has validated already, without validating them again.

What goes in: a container's parts, most of them `Closed`. What comes out: what pydantic makes of the container.
What always holds: a part keeps its identity, and is not validated again; all the rest is pydantic's, in its JSON mode: defaults
and `validate_default`, required fields, lengths, extra keys, private attributes, `fields_set`, the container's own validators.

JSON mode takes text only. So the text that it gets has a token in each part's place, and the container's schema is rewritten so
that each place looks its token up in `handed_over`.
"""

from __future__ import annotations

import json
import secrets
from itertools import count
from typing import Any

from pydantic_core import SchemaValidator, core_schema

from .schema import Definitions, Schema


class Closed:
    """A part that is what pydantic has made of it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Settled(Closed):
    """A part on which those validators are still to run that see the fields before it (`info.data`)."""

    __slots__ = ()


handed_over: dict[str, Closed] = {}
SECRET = secrets.token_hex(16)  # so that no document can contain a token
numbers = count()


def assemble(validator: SchemaValidator, parts: list[Any] | dict[Any, Any], context: Any) -> Any:
    """Validate a container of parts; a part that is not `Closed` is a JSON value, validated as usual."""
    tokens: list[str] = []

    def hand_over(part: Any) -> Any:
        if not isinstance(part, Closed):
            return part
        token = f"{SECRET}{next(numbers)}"
        handed_over[token] = part
        tokens.append(token)
        return token

    try:
        if isinstance(parts, list):
            text = json.dumps([hand_over(part) for part in parts])
        else:
            text = json.dumps({hand_over(key): hand_over(part) for key, part in parts.items()})
        return validator.validate_json(text, context=context)
    finally:
        for token in tokens:
            del handed_over[token]


def rewritten(schema: Schema, definitions: Definitions, *, allows_extra: bool, by_key: bool) -> Schema:
    """A container's schema in which each part may come as a `Closed`; nameless, as the name is the original's.

    Fields are found under their own names (our parts know theirs), or `by_key` where the document has them.
    """
    schema = {key: part for key, part in schema.items() if key != "ref"}
    kind = schema["type"]
    if kind in ("list", "set", "frozenset"):
        return {**schema, "items_schema": accepting(schema.get("items_schema", ANY))}
    if kind == "tuple":
        return {**schema, "items_schema": [accepting(item) for item in schema["items_schema"]]}
    if kind == "dict":
        keys, values = schema.get("keys_schema", ANY), schema.get("values_schema", ANY)
        return {**schema, "keys_schema": accepting(keys), "values_schema": accepting(values)}
    if kind in ("model", "dataclass"):
        return {**schema, "schema": rewritten(schema["schema"], definitions, allows_extra=allows_extra, by_key=by_key)}
    fields = schema["fields"]
    if isinstance(fields, dict):
        fields = {name: _field_rewritten(field, definitions, by_key) for name, field in fields.items()}
    else:
        fields = [_field_rewritten(field, definitions, by_key) for field in fields]
    if allows_extra and kind != "dataclass-args":
        extras = accepting(schema.get("extras_schema") or ANY)
        return {**schema, "fields": fields, "extra_behavior": "allow", "extras_schema": extras}
    return {**schema, "fields": fields}


ANY: Schema = {"type": "any"}


def accepting(schema: Schema) -> Schema:
    """A schema that takes a `Closed` as it is, and anything else as before."""
    return core_schema.no_info_wrap_validator_function(_take_closed, schema)  # type: ignore[return-value]


def _accepting_settled(schema: Schema, definitions: Definitions) -> Schema:
    """A field's schema with a place for a `Settled` inside the innermost validator that sees other fields."""
    found = definitions.resolve(schema)
    if found["type"] != "function-after" or not definitions.takes_info(found):
        return schema
    inner = found["schema"]
    if definitions.takes_info(inner):
        inner = _accepting_settled(inner, definitions)
    else:
        inner = core_schema.no_info_wrap_validator_function(_take_settled, inner)
    return {**found, "schema": inner}


def _field_rewritten(field: Schema, definitions: Definitions, by_key: bool) -> Schema:
    kept = {key: part for key, part in field.items() if by_key or key != "validation_alias"}
    return {**kept, "schema": field_accepting(field["schema"], definitions)}


def field_accepting(schema: Schema, definitions: Definitions) -> Schema:
    """The schema of a field that may come as a `Closed`; its default stays outside, as where it was."""
    resolved = definitions.resolve(schema)
    if resolved["type"] == "default":
        return {**resolved, "schema": accepting(_accepting_settled(resolved["schema"], definitions))}
    return accepting(_accepting_settled(schema, definitions))


def _take_closed(value: Any, handler: Any) -> Any:
    part = handed_over.get(value) if type(value) is str else None
    return part.value if type(part) is Closed else handler(value)


def _take_settled(value: Any, handler: Any) -> Any:
    part = handed_over.get(value) if type(value) is str else None
    return part.value if type(part) is Settled else handler(value)
