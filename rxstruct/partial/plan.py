"""From pydantic's description of a type to how each value of it streams.

What goes in: a type's core schema. What comes out: a `Plan`: what an open value shows (its text, its parts, or nothing), and what
it becomes as it closes. What always holds: a plan never shows what the closed value could contradict; where pydantic could still
decide otherwise (a before, wrap or plain validator, a union with several takers, a callable discriminator) the value is absent
until it has closed, and pydantic validates it whole. Plans are made once for a type, and their parts when first needed, because
types may recurse.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator

from ..typing import JsonValue, cached_by_type
from .annotations import MARK
from .assembly import SECRET, Closed, Settled, accepting, assemble, field_accepting, rewritten
from .schema import (
    AliasPath,
    Definitions,
    Schema,
    alias_paths,
    config_of,
    core_schema_of,
    fields_in,
    holds_secret_keys,
    holds_secrets,
    inner_of,
    omits,
    with_inner,
)

Kind: TypeAlias = Literal["object", "array", "string", "text"]
"""What JSON a value is; `"text"`: a string that is no number or truth value in quotes."""

STREAMS_AS: Final[dict[str, Kind]] = {
    "model": "object",
    "dataclass": "object",
    "typed-dict": "object",
    "dict": "object",
    "tagged-union": "object",
    "list": "array",
    "tuple": "array",
    "set": "array",
    "frozenset": "array",
    "str": "string",
}
SCALARS = frozenset(
    {
        "none",
        "bool",
        "int",
        "float",
        "decimal",
        "bytes",
        "literal",
        "enum",
        "uuid",
        "url",
        "multi-host-url",
        "json",
        "date",
        "time",
        "datetime",
        "timedelta",
    }
)
TAKES_NO_STRING = frozenset({"none", *STREAMS_AS} - {"str"})
TAKES_NO_TEXT = TAKES_NO_STRING | {"int", "float", "bool"}
SETTINGS_OF_STRINGS = frozenset(
    {
        "str_max_length",
        "str_min_length",
        "str_strip_whitespace",
        "str_to_lower",
        "str_to_upper",
    }
)
UNCHANGED: Final[dict[str, type]] = {"str": str, "int": int, "bool": bool, "none": type(None)}
WITHOUT_EFFECT = frozenset({"nullable", "default", "missing-sentinel", "chain"})
"""Wrappers that hand on whatever a closed value of any type is."""
LABEL: Final = "rxstruct_label"


def atomic(schema: Schema) -> Schema:
    """The same, hidden until it has closed."""
    return {"type": "chain", "steps": [schema], "metadata": {MARK: "atomic"}}


ATOMIC_VALUE: Final[Schema] = atomic({"type": "any"})


class Plan:
    """How one value streams; this class alone: absent until closed, then validated whole."""

    def __init__(self, schema: Schema, config: Any, compiler: Compiler) -> None:
        self.schema = schema
        self.config = config
        self._compiler = compiler
        string = compiler.narrowed(schema, "string")
        wrappers, text = ([], None) if string is None else compiler.definitions.unwrapped(string)
        self.is_any = text is not None and text["type"] == "any" and compiler.takes_anything(schema)
        """Whether an open value shows as it stands in the snapshot."""
        self._keeps_value = self.is_any and all(
            wrapper["type"] in WITHOUT_EFFECT or wrapper.get("root_model") for wrapper in wrappers
        )
        self.shows_text = text is not None and not self.is_any
        """Whether an open string shows its raw decoded text."""
        self.max_length = None if text is None else _length_limit(text, config)
        """Of an open string: how long it may grow, where nothing between text and limit can change its length."""
        self.root_models = root_models_in(wrappers)
        """The root models around the text that is shown."""
        self._unchanged = _unchanged_types(schema, config, compiler)
        self._opened: dict[bool, ContainerPlan | None] = {}

    @cached_property
    def holds_secrets(self) -> bool:
        """Whether a secret is anywhere in the type, or in another that its own refers to."""
        return holds_secrets(self.schema) or holds_secrets(self._compiler.definitions.named)

    @cached_property
    def holds_secret_keys(self) -> bool:
        """Whether a dict in the type, or in another that its own refers to, may have secrets as its keys."""
        return self.holds_secrets and holds_secret_keys([self.schema, *self._compiler.definitions.named.values()])

    @cached_property
    def validator(self) -> SchemaValidator:
        return self._compiler.definitions.validator(self.schema, self.config)

    def close(self, value: JsonValue, raw: str, context: Any) -> Any:
        """The value that pydantic makes of a closed value's text; `value` itself where it would make that."""
        if type(value) in self._unchanged and (type(value) is not str or value.isascii()):
            return value
        if self._keeps_value:
            if "\\u" in raw:
                self.validator.validate_json(raw)  # half a surrogate pair: json.loads takes it, pydantic does not
            return self.validator.validate_python(value) if self.root_models else value
        return self.validator.validate_json(raw, context=context)

    def opened(self, is_object: bool) -> ContainerPlan | None:
        """How an open object or array of this type shows its parts; None where it shows nothing until it has closed."""
        if is_object not in self._opened:
            schema = self._compiler.narrowed(self.schema, "object" if is_object else "array")
            self._opened[is_object] = None if schema is None else self._compiler.container(schema, self.config)
        return self._opened[is_object]

    def shows(self, value: JsonValue) -> bool:
        """Whether a value of the document showed while it was open."""
        if isinstance(value, str):
            return self.shows_text or self.is_any
        return isinstance(value, dict | list) and (self.is_any or self.opened(isinstance(value, dict)) is not None)

    def opened_by(self, value: JsonValue) -> ContainerPlan | None:
        """How a whole object or array streams; of a union, as the member that it says it is."""
        opened = self.opened(isinstance(value, dict))
        while isinstance(opened, TaggedPlan):
            opened = opened.member_of(value)
        return opened

    @cached_property
    def may_be_text(self) -> bool:
        """Whether the document may have a string here, but for a number or truth value in quotes, which pydantic takes too."""
        return self._compiler.may_take(self.schema, "text")

    @property
    def takes_parts(self) -> bool:
        """Whether values of the type may have parts that paths lead to."""
        return self.takes_object or self.takes_array

    @cached_property
    def takes_object(self) -> bool:
        """Whether the type could take an object."""
        return self._compiler.may_take(self.schema, "object")

    @cached_property
    def takes_array(self) -> bool:
        """Whether the type could take an array."""
        return self._compiler.may_take(self.schema, "array")


class ContainerPlan:
    """How an array or object streams part by part, and is put together from its closed parts."""

    def __init__(self, schema: Schema, config: Any, compiler: Compiler) -> None:
        self.schema = schema
        self.config = config
        self._compiler = compiler
        wrappers, self.core = compiler.definitions.unwrapped(schema)
        self.labels = tuple(wrapper["metadata"][LABEL] for wrapper in wrappers if LABEL in wrapper.get("metadata", {}))
        """What pydantic's `loc` says of the union members chosen on the way."""
        self.root_models = root_models_in(wrappers)
        """The root models around the container, the outermost first."""
        for wrapper in [*self.root_models, self.core]:
            self.config = wrapper.get("config", self.config)

    @cached_property
    def assembler(self) -> SchemaValidator:
        """Validates the container itself, around parts that are already validated (see `assembly.py`)."""
        return self._compiler.definitions.validator(self._rewrite(self.schema, by_key=False), self.config)

    def _rewrite(self, schema: Schema, *, by_key: bool) -> Schema:
        schema = self._compiler.definitions.resolve(schema)
        inner = inner_of(schema)
        if inner is not None:
            return with_inner(schema, self._rewrite(inner, by_key=by_key))
        return rewritten(schema, self._compiler.definitions, allows_extra=self.allows_extra, by_key=by_key)

    @property
    def allows_extra(self) -> bool:
        return False

    def plan(self, schema: Schema) -> Plan:
        return self._compiler.plan(schema, self.config)

    def name(self, key: str) -> Any:
        """What partials call a key of the document; None for one that they never show."""
        return key


class SequencePlan(ContainerPlan):
    """A list, tuple, set or frozenset."""

    def __init__(self, schema: Schema, config: Any, compiler: Compiler) -> None:
        super().__init__(schema, config, compiler)
        kinds: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
        self.make = kinds[self.core["type"]]
        self.is_list = self.make is list
        self.hides_open_element = self.make in (set, frozenset)

    @cached_property
    def max_length(self) -> int | None:
        """How many elements there may be, where each counts."""
        if self.core["type"] == "tuple" and "variadic_item_index" not in self.core:
            return len(self.core["items_schema"])
        return None if self.hides_open_element else self.core.get("max_length")

    @cached_property
    def _elements(self) -> list[Plan]:
        items = self.core.get("items_schema", {"type": "any"})
        return [self.plan(item) for item in (items if isinstance(items, list) else [items])]

    def element(self, index: int) -> Plan:
        return self._elements[min(index, len(self._elements) - 1)]

    @property
    def any_element(self) -> Plan | None:
        """How every element streams; None where that depends on which it is."""
        return self._elements[0] if len(self._elements) == 1 else None


class MappingPlan(ContainerPlan):
    """A dict."""

    @cached_property
    def values(self) -> Plan:
        return self.plan(self.core.get("values_schema", {"type": "any"}))

    @property
    def max_length(self) -> int | None:
        return self.core.get("max_length")

    @cached_property
    def _keys_unchanged(self) -> bool:
        schema = self._compiler.definitions.resolve(self.core.get("keys_schema", {"type": "any"}))
        return schema["type"] == "any" or str in _unchanged_types(schema, self.config, self._compiler)

    @cached_property
    def _keys(self) -> SchemaValidator:
        keys = self.core.get("keys_schema", {"type": "any"})
        return self._compiler.definitions.validator({"type": "dict", "keys_schema": keys}, self.config)

    def key(self, key: str, context: Any) -> Any:
        """What the author's key type makes of a key, exactly as in a dict that holds it alone."""
        if self._keys_unchanged and key.isascii():
            return key
        (made,) = self._keys.validate_json(json.dumps({key: None}), context=context)
        return made


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model, dataclass or TypedDict, and where the document may have it."""

    name: str
    plan: Plan
    waiting_plan: Plan
    """How it streams where its validators will have to wait for fields declared before it: hidden until it has closed."""
    paths: tuple[AliasPath, ...]
    """Where the document may have it, in pydantic's order of preference."""
    keys: tuple[str, ...]
    """Those of them that are keys of the object itself."""
    deep_paths: tuple[AliasPath, ...]
    """The paths by which it may be taken out of another value."""
    needs_info: bool
    """Whether its validators see the fields declared before it."""
    part: Callable[[Any], Any]
    """How its closed value is handed to pydantic."""
    shown: bool
    """Whether instances have it (an `InitVar` they have not)."""
    is_gate: bool


class RecordPlan(ContainerPlan):
    """A model, dataclass or TypedDict."""

    def __init__(self, schema: Schema, config: Any, compiler: Compiler) -> None:
        super().__init__(schema, config, compiler)
        self.kind: Final[str] = self.core["type"]
        self.type: Final[Any] = self.core.get("cls", dict)

    @cached_property
    def assembler_by_key(self) -> SchemaValidator:
        """The same as `assembler`, around parts under the document's keys, where names do not tell fields from extra ones."""
        return self._compiler.definitions.validator(self._rewrite(self.schema, by_key=True), self.config)

    @cached_property
    def body(self) -> Schema:
        """The part of the schema that lists the fields."""
        return self._compiler.definitions.body(self.core)

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {name: self._field(name, field) for name, field in fields_in(self.body)}

    @cached_property
    def names_before(self) -> dict[str, tuple[str, ...]]:
        """For each field, those that are declared before it."""
        names = tuple(self.fields)
        return {name: names[:index] for index, name in enumerate(names)}

    @cached_property
    def by_key(self) -> dict[str, Field]:
        """The field that each key of the document is for."""
        return {key: field for field in self.fields.values() for key in field.keys}

    @cached_property
    def other_keys(self) -> frozenset[str]:
        """Keys that serve a field only where it has not come under a preferred one, or out of whose values one is taken."""
        preferred = {field.paths[0] for field in self.fields.values()}
        keys = {path[0] for field in self.fields.values() for path in field.paths}
        return frozenset(key for key in keys if (key,) not in preferred)

    @cached_property
    def movable(self) -> tuple[Field, ...]:
        """The fields that may stand in more places than under one key of the object."""
        return tuple(field for field in self.fields.values() if len(field.keys) > 1 or field.deep_paths)

    @cached_property
    def compares_fields(self) -> bool:
        """Whether the validators of a field see other fields."""
        return any(field.needs_info for field in self.fields.values())

    @cached_property
    def deep_keys(self) -> frozenset[str]:
        """Keys out of whose values an alias path takes a field."""
        return frozenset(path[0] for field in self.fields.values() for path in field.deep_paths)

    @cached_property
    def init_only(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields.values() if not field.shown)

    @cached_property
    def gates(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields.values() if field.is_gate)

    @cached_property
    def extra(self) -> Literal["ignore", "allow", "forbid"]:
        config = self.config or {}
        found = (
            self.core.get("extra_behavior") or self.body.get("extra_behavior") or config.get("extra_fields_behavior")
        )
        return found or "ignore"

    @property
    def allows_extra(self) -> bool:
        return self.extra == "allow"

    @cached_property
    def validator(self) -> SchemaValidator:
        """Validates the whole object, from the document's own keys."""
        return self._compiler.definitions.validator(self.schema, self.config)

    @cached_property
    def extras(self) -> Plan:
        return self.plan(self.body.get("extras_schema") or {"type": "any"})

    def shows_extra(self, key: str) -> bool:
        """Whether a key that is for no field shows; one that is called as a field is would pass for its value."""
        return self.allows_extra and key not in self.fields

    def name(self, key: str) -> str | None:
        if key not in self.by_key:
            return key if self.shows_extra(key) else None
        field = self.by_key[key]
        return field.name if field.shown else None

    def child(self, key: str) -> Plan:
        """How what the document has under a key streams."""
        return self.by_key[key].plan if key in self.by_key else self.extras

    @cached_property
    def loc_by_alias(self) -> bool:
        return bool((self.config or {}).get("loc_by_alias", True))

    def _field(self, name: str, field: Schema) -> Field:
        schema = field["schema"]
        needs_info = self._compiler.definitions.takes_info(schema)
        inside = self._compiler.definitions.inside_info(schema) if needs_info else schema
        paths = alias_paths(name, field.get("validation_alias"), self.config or {})
        plan = self.plan(ATOMIC_VALUE if inside is None else inside)
        return Field(
            name=name,
            plan=plan,
            waiting_plan=plan if inside is None or not needs_info else self.plan(atomic(inside)),
            paths=paths,
            keys=tuple(path[0] for path in paths if len(path) == 1),
            deep_paths=tuple(path for path in paths if len(path) > 1),
            needs_info=needs_info,
            part=Closed if not needs_info else Settled if inside is not None else _as_it_is,
            shown=not field.get("init_only", False),
            is_gate=_mark(schema) == "gate",
        )

    def with_info(self, field: Field, before: dict[str, Any], settled: Any, context: Any) -> Any:
        """What a field's validators that see the fields before it make of its value."""
        parts: dict[str, Any] = {SECRET + name: Closed(value) for name, value in before.items()}
        parts[field.keys[0] if field.keys else field.name] = field.part(settled)
        made, *_ = assemble(self._info_validators[field.name], parts, context)
        return made[field.name]

    @cached_property
    def _info_validators(self) -> dict[str, SchemaValidator]:
        """For each field that sees those before it: a validator of these and of itself."""
        validators: dict[str, SchemaValidator] = {}
        config = {**(self.config or {}), "validate_by_alias": True}
        before: dict[str, Schema] = {}
        for name, schema in fields_in(self.body):
            field = self.fields[name]
            if field.needs_info:
                alias = {"validation_alias": field.keys[0]} if field.keys else {}
                accepted = field_accepting(schema["schema"], self._compiler.definitions)
                own = {"schema": accepted, **alias}
                fields = {"type": "model-fields", "fields": {**before, name: own}, "extra_behavior": "ignore"}
                validators[name] = self._compiler.definitions.validator(fields, config)
            if field.shown:
                # Under keys that no document can have, as one field's alias may be the name of another.
                before[name] = {
                    "type": "model-field",
                    "schema": accepting({"type": "any"}),
                    "validation_alias": SECRET + name,
                }
        return validators


class TaggedPlan(ContainerPlan):
    """A discriminated union: nothing shows until the discriminator has closed; then it streams as the member it names."""

    def __init__(self, schema: Schema, config: Any, compiler: Compiler) -> None:
        super().__init__(schema, config, compiler)
        self._members: dict[Any, ContainerPlan | None] = {}

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys under which the document may have the discriminator."""
        discriminator = self.core["discriminator"]
        if isinstance(discriminator, str):
            return frozenset({discriminator})
        return frozenset(path[0] for path in discriminator if len(path) == 1)

    def member(self, tag: JsonValue) -> ContainerPlan | Literal["unknown"] | None:
        """The plan of the member that `tag` names; None where that one shows nothing until it has closed."""
        for choice, schema in self.core["choices"].items():
            if choice == tag:  # never a member of a plain `Enum`, which pydantic finds by no JSON value either
                if choice not in self._members:
                    self._members[choice] = self._member(
                        schema, choice if isinstance(choice, str | int) else str(choice)
                    )
                return self._members[choice]
        return "unknown"

    def member_of(self, value: JsonValue) -> ContainerPlan | None:
        """The plan of the member that a whole object says it is."""
        tag = next((value[key] for key in self.keys if key in value), None)
        member = self.member(tag)
        return None if member == "unknown" else member

    def _member(self, schema: Schema, label: str | int) -> ContainerPlan | None:
        whole = self._compiler.definitions.with_core(self.schema, _labelled(schema, label))
        narrowed = self._compiler.narrowed(whole, "object")
        return None if narrowed is None else self._compiler.container(narrowed, self.config)

    @cached_property
    def validator(self) -> SchemaValidator:
        return self._compiler.definitions.validator(self.core, self.config)


class Compiler:
    """Makes the plans of one type, each once."""

    def __init__(self, root: Schema) -> None:
        self.definitions = Definitions(root)
        self._plans: dict[tuple[int, int], Plan] = {}
        self._kept: list[Any] = []

    def plan(self, schema: Schema, config: Any) -> Plan:
        schema = self.definitions.resolve(schema)
        key = (id(schema), id(config))
        if key not in self._plans:
            self._kept += [schema, config]  # an id is only as good as its object is alive
            self._plans[key] = Plan(schema, config, self)
        return self._plans[key]

    def container(self, schema: Schema, config: Any) -> ContainerPlan | None:
        """The plan for a container whose schema is narrowed already; None for `Any`, which shows as in the snapshot."""
        _, core = self.definitions.unwrapped(schema)
        made = CONTAINER_PLANS.get(core["type"])
        return None if made is None else made(schema, config, self)

    def narrowed(self, schema: Schema, kind: Kind) -> Schema | None:
        """The schema as it streams once the value is known to be of `kind`: unions reduced to the one member that may take it.

        None where that is undecided, or where what is made of the value may contradict what its parts show.
        """
        schema = self.definitions.resolve(schema)
        if schema.get("metadata", {}).get(MARK) == "atomic":
            return None
        inner = inner_of(schema)
        if inner is not None:
            streamed = self.narrowed(inner, kind)
            return None if streamed is None else with_inner(schema, streamed)
        if schema["type"] == "any":
            return schema
        if schema["type"] == "union":
            return self._narrowed_union(schema, kind)
        return schema if STREAMS_AS.get(schema["type"]) == kind and self._streams_by_part(schema) else None

    def takes_anything(self, schema: Schema) -> bool:
        """Whether nothing but `Any` takes arrays and objects, where that is what takes strings."""
        return self.narrowed(schema, "array") is not None and self.narrowed(schema, "object") is not None

    def _narrowed_union(self, schema: Schema, kind: Kind) -> Schema | None:
        choices = [choice if isinstance(choice, tuple) else (choice, None) for choice in schema["choices"]]
        takers = [(choice, label) for choice, label in choices if self.may_take(choice, kind)]
        if len(takers) != 1:
            return None
        choice, label = takers[0]
        streamed = self.narrowed(choice, kind)
        return (
            None if streamed is None else _labelled(streamed, label or self.definitions.validator(choice, None).title)
        )

    def may_take(self, schema: Schema, kind: Kind) -> bool:
        """Whether pydantic might accept JSON of `kind`; True where that cannot be told."""
        schema = self.definitions.resolve(schema)
        inner = inner_of(schema)
        if inner is not None:
            return self.may_take(inner, kind)
        name = schema["type"]
        if name == "union":
            choices = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
            return any(self.may_take(choice, kind) for choice in choices)
        if kind == "string":
            return name not in TAKES_NO_STRING
        if kind == "text":
            return name not in TAKES_NO_TEXT
        return name not in SCALARS and STREAMS_AS.get(name, kind) == kind

    def _streams_by_part(self, schema: Schema) -> bool:
        kind = schema["type"]
        if kind in ("model", "dataclass", "typed-dict"):
            return self._record_streams(schema)
        if kind == "tagged-union":
            return not callable(schema["discriminator"])
        items = schema.get("items_schema", [])
        listed = items if isinstance(items, list) else [items]
        keyed = [schema[part] for part in ("keys_schema", "values_schema") if part in schema]
        if any(self._may_be_left_out(part) for part in (*listed, *keyed)):
            return False
        return schema.get("variadic_item_index") in (None, len(listed) - 1)

    def _may_be_left_out(self, part: Schema) -> bool:
        """Whether the container goes without a part that is not valid."""
        return omits(self.definitions.unwrapped(part)[1])

    def _record_streams(self, schema: Schema) -> bool:
        """Not where the author's code sees the raw object, one key of the document serves two fields, or one may be left out."""
        body = self.definitions.body(schema)
        if schema.get("custom_init") or body["type"] not in ("model-fields", "dataclass-args", "typed-dict"):
            return False
        config = schema.get("config") or {}
        fields = fields_in(body)
        if any(self._may_be_left_out(field["schema"]) for _, field in fields):
            return False
        paths = [alias_paths(name, field.get("validation_alias"), config) for name, field in fields]
        keys = [path[0] for field in paths for path in field if len(path) == 1]
        return len(keys) == len(set(keys))


CONTAINER_PLANS: dict[str, type[ContainerPlan]] = {
    **dict.fromkeys(("list", "tuple", "set", "frozenset"), SequencePlan),
    **dict.fromkeys(("model", "dataclass", "typed-dict"), RecordPlan),
    "dict": MappingPlan,
    "tagged-union": TaggedPlan,
}


def plan_of(model: Any) -> Plan:
    """The plan of a type, compiled once for each; of an adapter, anew at each call."""
    return _plan_of_adapter(model) if isinstance(model, TypeAdapter) else _plan_of_type(model)


@cached_by_type
def _plan_of_type(model: Any) -> Plan:
    return _plan_of_adapter(TypeAdapter(model))


def _plan_of_adapter(adapter: TypeAdapter[Any]) -> Plan:
    schema = core_schema_of(adapter)
    return Compiler(schema).plan(schema, config_of(adapter))


def _as_it_is(value: Any) -> Any:
    return value


def root_models_in(wrappers: list[Schema]) -> list[Schema]:
    return [wrapper for wrapper in wrappers if wrapper["type"] == "model"]


def _labelled(schema: Schema, label: str | int) -> Schema:
    return {"type": "chain", "steps": [schema], "metadata": {LABEL: label}}


def _mark(schema: Schema) -> str | None:
    """The author's annotation on a field's type, however it is wrapped."""
    mark = schema.get("metadata", {}).get(MARK)
    inner = inner_of(schema)
    return mark if mark is not None or inner is None else _mark(inner)


def _length_limit(text: Schema, config: Any) -> int | None:
    limit = text.get("max_length", (config or {}).get("str_max_length"))
    may_shorten = text.get("strip_whitespace") or (config or {}).get("str_strip_whitespace")
    return None if may_shorten else limit


def _unchanged_types(schema: Schema, config: Any, compiler: Compiler) -> frozenset[type]:
    """The Python types of JSON values that pydantic hands on as they are."""
    schema = compiler.definitions.resolve(schema)
    if schema["type"] in ("nullable", "default", "missing-sentinel") and not omits(schema):
        nothing = {type(None)} if schema["type"] == "nullable" else set()
        return _unchanged_types(schema["schema"], config, compiler) | nothing
    rules = set(schema) - {"type", "strict", "metadata", "ref", "serialization"}
    if rules or (schema["type"] == "str" and SETTINGS_OF_STRINGS & set(config or ())):
        return frozenset()
    unchanged = UNCHANGED.get(schema["type"])
    return frozenset() if unchanged is None else frozenset({unchanged})
