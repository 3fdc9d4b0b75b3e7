"""Mending a document: the smallest part that failed, where it stands in the text, and its own schema.

What goes in: a model, and the error. What comes out: a `Repair`, or None where only the whole can be asked for again: because the
root itself failed, or a union leaves open which schema the part has. What always holds: `before`, a valid value, and `after` make
up the document so far, and nothing valid is left out of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from ..errors import FieldInvalid
from ..incremental import JsonSnapshot
from ..sources.response_model import JsonSchema, json_schema_of
from ..typing import Path, Segment
from .continuation import last_closed_end, reopened

LEAD = re.compile(r'[\s,]*(?:"(?:[^"\\]|\\.)*"\s*:)?\s*')
"""What stands between the end of one member, or the bracket, and the next value."""


@dataclass(frozen=True)
class Repair:
    """One value of a document that is to be written again: its path, the text around it, and its schema."""

    path: Path
    before: str
    after: str
    schema: JsonSchema

    def followed_by(self, around: Repair | None) -> Repair:
        """This repair inside another one that is under way: what followed the outer value comes after the inner one."""
        if around is None or not self.before.startswith(around.before):
            return self
        return replace(self, after=self.after + around.after)


def repair_of(model: Any, error: FieldInvalid) -> Repair | None:
    """The smallest repair that makes up for a value that broke its type's rules."""
    snapshot = error.snapshot
    try:
        whole = json_schema_of(model)
    except TypeError:  # via="none" takes types that have no schema
        return None
    if snapshot is None:
        return None
    for length in range(len(error.path), 0, -1):
        path = error.path[:length]
        schema = schema_at(whole, path)
        place = None if schema is None else place_of(snapshot, error.text, path)
        if schema is not None and place is not None:
            before, after = place
            return Repair(path, before, after, JsonSchema(schema))
    return None


# -- the part's schema -------------------------------------------------------------------------------------------------------


def schema_at(whole: dict[str, Any], path: Path) -> dict[str, Any] | None:
    """The part of a JSON schema that describes the value at a path; None where that depends on the document."""
    definitions = whole.get("$defs", {})
    schema: Any = {key: value for key, value in whole.items() if key != "$defs"}
    for segment in path:
        schema = child_schema(resolved(schema, definitions), segment)
        if not isinstance(schema, dict):
            return None
    return {**schema, **({"$defs": definitions} if definitions else {})}


def resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference means, or that is left of `X | None`."""
    while True:
        choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
        elif len(choices) == 1:
            schema = choices[0]
        else:
            return schema


def child_schema(schema: dict[str, Any], segment: Segment) -> Any:
    if isinstance(segment, int):
        fixed = schema.get("prefixItems", [])
        return fixed[segment] if segment < len(fixed) else schema.get("items")
    return schema.get("properties", {}).get(segment, schema.get("additionalProperties"))


# -- the part's place --------------------------------------------------------------------------------------------------------


def place_of(snapshot: JsonSnapshot, text: str, path: Path) -> tuple[str, str] | None:
    """The text before and after the value at a path of a document; None where it can't be written alone.

    Args:
        snapshot: the document as it was before the error.
        text: its text, up to and including the character that brought the error.
    """
    if snapshot.is_closed():
        found = span_in(text, path)
        return None if found is None else (text[: found[0]], text[found[1] :])
    for level, segment in enumerate(path, start=1):
        if level >= len(snapshot.spine):
            return None
        container, count = snapshot.spine[level], snapshot.counts[level]
        keys: list[Any] = container.keys if container.is_object else list(range(count + 1))
        is_last = level == len(path)
        if segment in keys[:count]:
            index = count - 1 - keys[:count][::-1].index(segment)
            start, end = container.starts[index], container.ends[index]
            found = span_in(text[start:end], path[level:])
            return None if found is None else (text[: start + found[0]], shown_text(snapshot)[start + found[1] :])
        if segment in keys[count:]:
            if level + 1 < len(snapshot.spine):
                if is_last:
                    return text[: snapshot.spine[level + 1].start], ""
                continue
            if not is_last:
                return None
            if snapshot.open_string is not None:
                return text[: snapshot.open_string.start - 1], ""
            lead = LEAD.match(text, container.ends[count - 1] if count else container.start + 1)
            return None if lead is None else (text[: lead.end()], "")
        if is_last and container.is_object and text.endswith("}") and level + 1 == len(snapshot.spine):
            before = text[:-1].rstrip()
            return f"{before}{'' if before.endswith('{') else ', '}{json.dumps(segment)}: ", ""
        return None
    return None


def shown_text(snapshot: JsonSnapshot) -> str:
    """The text that what is shown depends on; with a space at its end, which closes a number."""
    if snapshot.open_string is not None:
        return snapshot.text_buffer.slice(0, snapshot.string_end)
    return snapshot.text_buffer.slice(0, last_closed_end(snapshot)) + " "


def span_in(text: str, path: Path) -> tuple[int, int] | None:
    """Where, in the text of a closed value, the value at a path stands."""
    start, end = 0, len(text)
    for segment in path:
        container = reopened(text[start:end])
        if container is None:
            return None
        keys: list[Any] = container.keys if container.is_object else list(range(len(container.values)))
        if segment not in keys:
            return None
        index = len(keys) - 1 - keys[::-1].index(segment)
        start, end = start + container.starts[index], start + container.ends[index]
    return start, end
