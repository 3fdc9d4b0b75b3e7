"""The open containers of a partial: what each has taken so far, what it shows, and what it becomes as it closes.

What goes in: parts, in the order in which they close, and the one that is open. What comes out: a new container of the author's
type at each `show`, and the validated one from `assemble`. What always holds: what was shown is never changed afterwards (each
`show` copies), and a closed part is the same object in everything that is shown and in the end result.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from typing import Any, Generic, Self, TypeAlias, TypeVar

from pydantic import ValidationError
from pydantic_core import SchemaValidator

from ..incremental import JsonSnapshot
from ..incremental.builder import Container
from ..incremental.snapshot import value_at
from ..typing import ABSENT, JsonValue, Segment, is_hashable
from .assembly import Closed, Settled, assemble
from .plan import ContainerPlan, Field, MappingPlan, Plan, RecordPlan, SequencePlan, TaggedPlan
from .state import (
    ModelMaker,
    PartialFields,
    Shape,
    State,
    begin_private,
    model_maker,
    partial_dataclass_of,
    partial_model,
)

Origin: TypeAlias = "tuple[JsonSnapshot, tuple[Shape, ...]]"
"""The snapshot that is being shown, and the shapes of the containers on its spine."""
Grow: TypeAlias = Callable[[Any, JsonSnapshot], Any]
"""Shows a container whose open child has grown, while all else in it is as it was."""


class Rejected(Exception):
    """The container's own rules refuse the part that begins or closes now: `errors` are pydantic's words on it."""

    def __init__(self, errors: list[Any]) -> None:
        super().__init__()  # without its arguments, which would be printed in a traceback
        self.errors = errors


P = TypeVar("P", bound=ContainerPlan | None)


class Level(Generic[P]):
    """One open container. `seen` counts the closed children of `container` that it has taken."""

    __slots__ = ("container", "context", "depth", "plan", "seen", "shape")

    def __init__(self, container: Container, context: Any, plan: P, depth: int) -> None:
        self.container = container
        self.plan = plan
        self.shape = Shape(plan)
        self.context = context
        self.depth = depth
        """The container's place on the spine."""
        self.seen = 0

    @property
    def unknown(self) -> int:
        """How many keys there have been so far that the type does not declare."""
        return 0

    def begin(self, index: int) -> Plan | None:
        """How the child `index`, which has begun to show, streams; None where this container does not want it."""
        raise NotImplementedError

    def take(self, index: int, value: Any) -> None:
        """The child `index` has closed."""
        raise NotImplementedError

    def keep(self, index: int, value: Any) -> None:
        """Go on to show the child `index`, which was refused, if it showed while it was open: its error is put off."""

    @property
    def may_refuse(self) -> bool:
        """Whether validators of this container may run as it takes a child."""
        return False

    def show(self, child: Any, origin: Origin) -> Any:
        """The container as it is now, with its open child (or `ABSENT`); `ABSENT` where it is hidden."""
        raise NotImplementedError

    def growing(self, shapes: tuple[Shape, ...]) -> Grow:
        """What `show` comes to for as long as nothing but the open child changes, which is what most deltas do."""
        return lambda child, snapshot: self.show(child, (snapshot, shapes))

    def assemble(self) -> Any:
        """The validated container; `ABSENT` where its parts were not enough and its text must be validated as a whole."""
        raise NotImplementedError

    def copy(self) -> Self:
        """The level as it is now, whatever is done to this one."""
        twin = copy(self)
        for kind in type(self).__mro__:
            for name in getattr(kind, "__slots__", ()):
                kept = getattr(self, name)
                if type(kept) is list or type(kept) is dict:
                    setattr(twin, name, kept.copy())
        return twin

    def segment(self, index: int) -> Segment | None:
        """The key or index of a child in the document; None for the root, which has none."""
        return self.container.segment(index)

    def loc(self, index: int) -> tuple[Any, ...]:
        """What pydantic's `loc` says for a child."""
        labels = self.plan.labels if self.plan is not None else ()
        return (*labels, self.segment(index))


class RootLevel(Level[None]):
    """Holds the root: one value."""

    __slots__ = ("_root", "_value")

    def __init__(self, container: Container, context: Any, root: Plan) -> None:
        super().__init__(container, context, None, 0)
        self._root = root
        self._value: Any = ABSENT

    def begin(self, index: int) -> Plan:
        return self._root

    def take(self, index: int, value: Any) -> None:
        self._value = value

    def show(self, child: Any, origin: Origin) -> Any:
        return child

    def assemble(self) -> Any:
        return self._value

    def segment(self, index: int) -> None:
        return None

    def loc(self, index: int) -> tuple[Any, ...]:
        return ()


class SequenceLevel(Level[SequencePlan]):
    """An open list, tuple, set or frozenset."""

    __slots__ = ("_items",)

    def __init__(self, container: Container, context: Any, plan: SequencePlan, depth: int) -> None:
        super().__init__(container, context, plan, depth)
        self._items: list[Any] = []

    def begin(self, index: int) -> Plan:
        limit = self.plan.max_length
        if limit is not None and index >= limit:
            refuse(self, self.plan.assembler, [Closed(None)] * (index + 1))
        return self.plan.element(index)

    def take(self, index: int, value: Any) -> None:
        if self.plan.hides_open_element and not is_hashable(value):
            refuse(
                self,
                self.plan.assembler,
                [Closed(item) for item in (*self._items, value)],
                self.container.values[index],
            )
        self._items.append(value)

    def show(self, child: Any, origin: Origin) -> Any:
        plan = self.plan
        items = [*self._items] if child is ABSENT or plan.hides_open_element else [*self._items, child]
        shown = items if plan.is_list else plan.make(items)
        return inside_root_models(plan, shown, origin, self.depth) if plan.root_models else shown

    def growing(self, shapes: tuple[Shape, ...]) -> Grow:
        if not self.plan.is_list or self.plan.root_models:
            return super().growing(shapes)
        items = self._items
        return lambda child, snapshot: [*items, child]

    def assemble(self) -> Any:
        return assemble(self.plan.assembler, [Closed(item) for item in self._items], self.context)


class MappingLevel(Level[MappingPlan]):
    """An open dict."""

    __slots__ = ("_members",)

    def __init__(self, container: Container, context: Any, plan: MappingPlan, depth: int) -> None:
        super().__init__(container, context, plan, depth)
        self._members: dict[Any, Any] = {}

    def _name(self, index: int) -> Any:
        """What the author's key type makes of a key, once: its validators may say another thing each time."""
        key, names = self.container.keys[index], self.shape.names
        if key not in names:
            names[key] = self.plan.key(key, self.context)
        return names[key]

    def begin(self, index: int) -> Plan:
        limit = self.plan.max_length
        try:
            name = self._name(index)
        except ValidationError as error:
            raise Rejected(error.errors()) from None
        if limit is not None and name not in self._members and len(self._members) >= limit:
            refuse(self, self.plan.assembler, {Closed(number): Closed(None) for number in range(limit + 1)})
        return self.plan.values

    def take(self, index: int, value: Any) -> None:
        self._members[self._name(index)] = value

    def show(self, child: Any, origin: Origin) -> Any:
        members = self._members.copy()
        if child is not ABSENT:
            members[self._name(self.seen)] = child
        return inside_root_models(self.plan, members, origin, self.depth) if self.plan.root_models else members

    def assemble(self) -> Any:
        parts = {Closed(name): Closed(value) for name, value in self._members.items()}
        return assemble(self.plan.assembler, parts, self.context)


class RecordLevel(Level[RecordPlan]):
    """An open model, dataclass or TypedDict."""

    __slots__ = ("_begun", "_extras", "_kept", "_settled", "_unknown", "_values")

    def __init__(self, container: Container, context: Any, plan: RecordPlan, depth: int) -> None:
        super().__init__(container, context, plan, depth)
        self._begun: str | None = None
        """The field of the newest child, if it is one."""
        self._values: dict[str, Any] = {}
        """The fields that have come, without those that wait."""
        self._settled: dict[str, Any] = {}
        """Fields whose own type is satisfied, while validators that see other fields still wait for these."""
        self._kept: dict[str, Any] = {}
        """Fields that validators refuse who see other fields, as they showed before: where errors are put off."""
        self._extras: dict[str, Any] = {}
        self._unknown: dict[str, None] = {}

    @property
    def unknown(self) -> int:
        return len(self._unknown)

    def begin(self, index: int) -> Plan | None:
        key = self.container.keys[index]
        field = self.plan.by_key.get(key)
        if field is not None:
            self._begun = field.name
            if field.paths[0] != (key,):
                return None
            return field.waiting_plan if self._will_wait(field) else field.plan
        self._begun = None
        if key in self.plan.deep_keys:
            return None
        self._unknown[key] = None
        if self.plan.extra == "forbid":
            refuse(self, self.plan.validator, {key: None})
        return self.plan.extras if self.plan.shows_extra(key) else None

    def _will_wait(self, field: Field) -> bool:
        """Whether the field's validators see others that have not come: what it showed now would disappear as it closes."""
        return field.needs_info and any(name not in self._values for name in self.plan.names_before[field.name])

    @property
    def may_refuse(self) -> bool:
        return self.plan.compares_fields

    def take(self, index: int, value: Any) -> None:
        key = self.container.keys[index]
        field = self.plan.by_key.get(key)
        if field is None:
            self._extras[key] = value
        elif field.needs_info:
            self._settled[field.name] = value
        else:
            self._values[field.name] = value
        if self._settled:
            self._settle()

    def keep(self, index: int, value: Any) -> None:
        field = self.plan.by_key.get(self.container.keys[index])
        if field is None or self._will_wait(field):
            return  # nothing is lost if it was another that was refused: what is among the values shows as it is there
        json = self.container.values[index]
        if field.plan.shows(json):
            is_raw = isinstance(json, str) and not field.plan.root_models
            self._kept[field.name] = json if is_raw else value

    def _settle(self) -> None:
        """Run the validators that see other fields, once all fields declared before theirs are there."""
        for name, field in self.plan.fields.items():
            if name in self._settled:
                try:
                    made = self.plan.with_info(field, self._values, self._settled[name], self.context)
                except ValidationError as error:
                    raise Rejected([self._with_input(each, field) for each in error.errors()]) from None
                del self._settled[name]
                self._values[name] = made
            elif name not in self._values:
                return

    def _with_input(self, error: Any, field: Field) -> Any:
        """An error of a field's validators, with what the document has where they were handed a part in its place."""
        if field.part is not Settled:
            return error
        return {**error, "input": self.container.values[self.container.last_index(field.keys[0], self.seen + 1)]}

    def show(self, child: Any, origin: Origin) -> Any:
        values = self._kept | self._values
        extras = self._extras
        if child is not ABSENT:
            if self._begun is not None:
                values[self._begun] = child
            else:
                extras = {**extras, self.container.keys[self.seen]: child}
        if self.plan.gates and not self.plan.gates <= self._values.keys():
            return ABSENT
        instance = self._instance(values, extras, origin)
        return inside_root_models(self.plan, instance, origin, self.depth) if self.plan.root_models else instance

    def _instance(self, values: dict[str, Any], extras: dict[str, Any], origin: Origin) -> Any:
        """A new instance of the author's type that has these fields."""
        raise NotImplementedError

    def assemble(self) -> Any:
        if self.plan.compares_fields and self.container.repeats_a_key:
            return ABSENT  # a field may have been held against one that has changed since
        if self._goes_by_key():
            return self._assemble_by_key()
        parts: dict[str, Any] = {}
        for name, value in self._values.items():
            parts[name] = Closed(value)
        for name, value in self._settled.items():  # its newest value, where it was repeated
            parts[name] = self.plan.fields[name].part(value)
        self._take_deferred(parts)
        for key, value in self._extras.items():
            parts[key] = Closed(value)
        return assemble(self.plan.assembler, parts, self.context)

    def _goes_by_key(self) -> bool:
        """Whether parts under the names of fields would not do."""
        plan = self.plan
        if plan.extra == "ignore":
            return False
        if not self.container.members.keys().isdisjoint(plan.other_keys):
            return True  # it may have served no field: pydantic knows what is extra then
        # An extra key of the name of a field has no place among such parts, nor has an extra part in a dataclass.
        return not plan.fields.keys().isdisjoint(self._unknown) or (plan.kind == "dataclass" and bool(self._extras))

    def _assemble_by_key(self) -> Any:
        """With the parts under the document's keys, beside whatever else it has there."""
        parts: dict[str, Any] = dict(self.container.members)
        if self.plan.kind != "dataclass":
            parts |= {key: Closed(value) for key, value in self._extras.items()}
        closed = {name: Closed(value) for name, value in self._values.items()}
        settled = {name: self.plan.fields[name].part(value) for name, value in self._settled.items()}
        for name, part in (closed | settled).items():
            key = self.plan.fields[name].keys[0]
            if key not in self.plan.deep_keys:  # else another field is taken out of its value
                parts[key] = part
        return assemble(self.plan.assembler_by_key, parts, self.context)

    def _take_deferred(self, parts: dict[str, Any]) -> None:
        """Fields that did not come under their preferred key: from the next place in pydantic's order that has them."""
        for field in self.plan.movable:
            if field.name in parts:
                continue
            for path in field.paths:
                value = value_at(self.container.members, path)
                if value is not ABSENT:
                    parts[field.name] = field.part(field.plan.close(value, json.dumps(value), self.context))
                    break

    def loc(self, index: int) -> tuple[Any, ...]:
        key = self.container.keys[index]
        field = self.plan.by_key.get(key)
        return (*self.plan.labels, key if self.plan.loc_by_alias or field is None else field.name)


class ModelLevel(RecordLevel):
    """An open model."""

    __slots__ = ("_has_extras", "_has_private_attributes", "_is_plain", "_make")

    def __init__(self, container: Container, context: Any, plan: RecordPlan, depth: int) -> None:
        super().__init__(container, context, plan, depth)
        self._make = model_maker(partial_model(plan.type))
        self._has_extras = plan.extra == "allow"
        self._has_private_attributes = bool(plan.type.__private_attributes__)
        self._is_plain = not (plan.root_models or self._has_extras or self._has_private_attributes)
        """Whether, once it shows, it shows its fields and nothing else, as nearly all do."""

    def growing(self, shapes: tuple[Shape, ...]) -> Grow:
        if not self._is_plain or self._begun is None:
            return super().growing(shapes)
        begun, depth, make = self._begun, self.depth, self._make
        shown = self._kept | self._values
        names = {*shown, begun}
        copy_values = shown.copy

        def grow(child: Any, snapshot: JsonSnapshot) -> Any:
            # `partial_of`, written out with a set of names that is there already: this is half of what a partial costs.
            values, fields = copy_values(), PartialFields(names)
            values[begun] = child
            fields.snapshot = snapshot
            fields.shapes = shapes
            fields.depth = depth
            return make((values, None, fields))

        return grow

    def _instance(self, values: dict[str, Any], extras: dict[str, Any], origin: Origin) -> Any:
        instance = partial_of(self._make, values, dict(extras) if self._has_extras else None, origin, self.depth)
        if self._has_private_attributes:
            begin_private(instance)
        return instance


class DataclassLevel(RecordLevel):
    """An open dataclass."""

    __slots__ = ()

    def _instance(self, values: dict[str, Any], extras: dict[str, Any], origin: Origin) -> Any:
        shown = {name: value for name, value in values.items() if name not in self.plan.init_only}
        return partial_dataclass_of(self.plan.type, shown, State(*origin, self.depth))


class TypedDictLevel(RecordLevel):
    """An open TypedDict."""

    __slots__ = ()

    def _instance(self, values: dict[str, Any], extras: dict[str, Any], origin: Origin) -> Any:
        return {**values, **extras}


RECORD_LEVELS: dict[str, type[RecordLevel]] = {
    "model": ModelLevel,
    "dataclass": DataclassLevel,
    "typed-dict": TypedDictLevel,
}


class HiddenLevel(Level[P]):
    """An open container that shows nothing."""

    __slots__ = ()

    def begin(self, index: int) -> None:
        return None

    def show(self, child: Any, origin: Origin) -> Any:
        return ABSENT

    def assemble(self) -> Any:
        return ABSENT


class TaggedLevel(HiddenLevel[TaggedPlan]):
    """An open object of which it is not known yet what it is."""

    __slots__ = ()

    def chosen(self, index: int) -> ContainerPlan | None:
        """The member that the child `index` names, if it is the discriminator."""
        key = self.container.keys[index]
        if key not in self.plan.keys:
            return None
        member = self.plan.member(self.container.values[index])
        if member == "unknown":
            try:
                self.plan.validator.validate_json(json.dumps({key: self.container.values[index]}))
            except ValidationError as error:
                raise Rejected(error.errors()) from None
            return None
        return member


def level_for(plan: ContainerPlan, container: Container, context: Any, depth: int) -> Level[Any]:
    if isinstance(plan, SequencePlan):
        return SequenceLevel(container, context, plan, depth)
    if isinstance(plan, MappingPlan):
        return MappingLevel(container, context, plan, depth)
    if isinstance(plan, RecordPlan):
        return RECORD_LEVELS[plan.kind](container, context, plan, depth)
    assert isinstance(plan, TaggedPlan)
    return TaggedLevel(container, context, plan, depth)


def inside_root_models(plan: Plan | ContainerPlan, value: Any, origin: Origin, depth: int) -> Any:
    """The value inside the root models around its type."""
    for wrapper in reversed(plan.root_models):
        kind = wrapper["cls"]
        value = partial_of(model_maker(kind), {"root": value}, None, origin, depth)
        if kind.__private_attributes__:
            begin_private(value)
    return value


def partial_of(
    make: ModelMaker, values: dict[str, Any], extras: dict[str, Any] | None, origin: Origin, depth: int
) -> Any:
    """A partial model of these fields."""
    fields = PartialFields(values)
    fields.snapshot, fields.shapes = origin
    fields.depth = depth
    return make((values, extras, fields))


def refuse(
    level: SequenceLevel | MappingLevel | RecordLevel, validator: SchemaValidator, parts: Any, child: JsonValue = None
) -> None:
    """Raise what pydantic says of parts that the container cannot have, but not that others are missing.

    `child` is the JSON of the part that it is about, where it has closed.
    """
    container, count = level.container, level.seen
    try:
        assemble(validator, parts, level.context)
    except ValidationError as error:
        found = [each for each in error.errors() if each["type"] != "missing"]
        before = container.members_until(count) if container.is_object else container.values[:count]
        raise Rejected([{**each, "input": child if each["loc"] else before} for each in found]) from None
