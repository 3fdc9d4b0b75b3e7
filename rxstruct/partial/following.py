"""How the values of partials look to a `Follower`: under the model's names, as the model's own values.

What goes in: partials of one document, any of which may have been left out. What always holds: a value is told of once the
partial shows it, in the order of the text. So what is hidden until its owner closes, by a validator say, holds up what comes
after it, but only where a path pattern names both. The elements of a set come as it closes: until then nothing says which is
which. What a document has and the model ignores is never told of. (A finished list, dict or dataclass at the root carries no
snapshot: who sees nothing before it is told of the fields inside it in the order of their declaration, and of a dataclass, which
does not say which were set, of its defaults too.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from ..incremental import JsonSnapshot
from ..incremental.builder import Container
from ..incremental.changes import NEVER
from ..incremental.snapshot import value_at
from ..typing import ABSENT, JsonValue, Segment
from .plan import MappingPlan, Plan, RecordPlan, SequencePlan, plan_of
from .state import Shape, author_class, is_record, part_of, present_fields, state_of, unrooted

HOLDER: Final = object()
"""The shape of the list that holds the root."""


class ClosedValue(NamedTuple):
    """A closed value, the JSON that it was made of (`ABSENT` where that is not known), and by which plan, if that is known."""

    value: Any
    json: JsonValue
    plan: Plan | None = None

    @property
    def was_text(self) -> bool:
        """Whether it shows as a string until it closes, whatever its validators make of that."""
        return isinstance(self.json, str) and self.plan is not None and self.plan.shows_text

    @property
    def holds_none(self) -> bool:
        """Whether it is of a type that has no parts in JSON, though it may read some out of a string, as `Json` does."""
        is_scalar = self.json is not ABSENT and not isinstance(self.json, dict | list)
        return is_scalar and not (self.plan is not None and self.plan.takes_parts)


@dataclass(frozen=True)
class Ended:
    """Stands for the snapshot of a finished partial that carries none: a list, a dict, a scalar."""

    spine: tuple[Container, ...]
    counts: tuple[int, ...]
    lines: bool
    open_string: None = None
    string_end: int = 0

    def has_open_child(self, level: int) -> bool:
        return False

    def is_closed(self) -> bool:
        return True


class PartialView:
    """A partial's values. It remembers the document from one partial to the next, so it serves one subscription."""

    def __init__(self) -> None:
        self._snapshot: JsonSnapshot | Ended | None = None

    def snapshot(self, state: Any) -> Any:
        carried = state_of(state)
        if carried is not None:
            self._snapshot = carried.snapshot
            return carried.snapshot
        if self._snapshot is None:
            holder = Container(is_object=False, start=0)
            holder.add(ABSENT, 0, 0)
            self._snapshot = Ended((holder,), (1,), lines=False)
        holder = self._snapshot.spine[0]
        return Ended((holder,), (len(holder.values),), self._snapshot.lines)

    def root(self, state: Any) -> Any:
        return state

    def shape(self, state: Any, level: int) -> Any:
        carried = state_of(state)
        if level == 0 and not (carried is not None and carried.snapshot.lines):
            return HOLDER
        return carried.shapes[level] if carried is not None and level < len(carried.shapes) else None

    def segment(self, shape: Any, container: Container, index: int) -> Segment | None:
        return shape.segment(container, index) if isinstance(shape, Shape) else container.segment(index)

    def closed(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        if owner is NEVER:
            return NEVER
        shown = self._shown(owner, shape, container, index)
        if shown is ABSENT:
            return NEVER if isinstance(owner, ClosedValue) else ABSENT
        return ClosedValue(shown, container.values[index], _plan_of_child(shape, container, index))

    def open(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        shown = self._shown(owner, shape, container, index)
        return ABSENT if isinstance(unrooted(shown), set | frozenset) else shown

    def _shown(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        """What a container shows for one of its children, if anything."""
        owner = owner.value if isinstance(owner, ClosedValue) else owner
        if shape is HOLDER:
            return owner
        owner = unrooted(owner)
        segment = self.segment(shape, container, index)
        if isinstance(owner, list | tuple) and isinstance(segment, int):
            return owner[segment] if segment < len(owner) else ABSENT
        return ABSENT if segment is None else part_of(owner, segment)

    def children(self, value: ClosedValue) -> Iterable[tuple[Segment, ClosedValue]]:
        whole, json = unrooted(value.value), value.json
        if value.holds_none:
            return ()
        opened = value.plan.opened(isinstance(json, dict)) if value.plan is not None else None
        if isinstance(whole, list | tuple | set | frozenset):
            return _elements(whole, json, opened if isinstance(opened, SequencePlan) else None)
        if isinstance(opened, RecordPlan) and isinstance(json, dict):
            return _fields(whole, json, opened)
        if isinstance(whole, dict):
            return _members(whole, json, opened.values if isinstance(opened, MappingPlan) else None)
        if is_record(whole):
            plan = record_plan(whole)
            return _fields(whole, json, plan) if plan is not None and isinstance(json, dict) else _fields_alone(whole)
        return ()

    def moved(self, owner: Any, shape: Any, container: Container) -> Iterable[tuple[Segment, ClosedValue]]:
        if isinstance(owner, ClosedValue) and isinstance(shape, Shape) and isinstance(shape.plan, RecordPlan):
            return _moved_fields(unrooted(owner.value), container.members, shape.plan)
        return ()

    def bare(self, value: Any) -> Any:
        return value.value if isinstance(value, ClosedValue) else value

    def empty(self, value: ClosedValue) -> Any:
        whole = unrooted(value.value)
        if isinstance(whole, str) or value.was_text:
            return ""
        if value.holds_none:
            return None
        if isinstance(whole, list | tuple | set | frozenset):
            return []
        return {} if isinstance(whole, dict) or is_record(whole) else None

    def text(self, value: ClosedValue) -> str:
        text: str = value.json if isinstance(value.json, str) else unrooted(value.value)
        return text


class TextView(PartialView):
    """The raw text of a partial's strings, as it arrives, whatever its validators will make of it."""

    def closed(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        json = container.values[index]
        return ClosedValue(json, json) if isinstance(json, str) else super().closed(owner, shape, container, index)

    def open(self, owner: Any, shape: Any, container: Container, index: int) -> Any:
        snapshot = self._snapshot
        if snapshot is not None and snapshot.open_string is not None and snapshot.spine[-1] is container:
            return ""
        return super().open(owner, shape, container, index)

    def children(self, value: ClosedValue) -> Iterable[tuple[Segment, ClosedValue]]:
        return _texts(super().children(value))

    def moved(self, owner: Any, shape: Any, container: Container) -> Iterable[tuple[Segment, ClosedValue]]:
        return _texts(super().moved(owner, shape, container))


def _texts(children: Iterable[tuple[Segment, ClosedValue]]) -> Iterator[tuple[Segment, ClosedValue]]:
    for segment, child in children:
        yield segment, ClosedValue(child.json, child.json) if isinstance(child.json, str) else child


def _plan_of_child(shape: Any, container: Container, index: int) -> Plan | None:
    plan = shape.plan if isinstance(shape, Shape) else None
    if isinstance(plan, SequencePlan):
        return plan.element(index)
    if isinstance(plan, MappingPlan):
        return plan.values
    if isinstance(plan, RecordPlan):
        return plan.child(container.keys[index])
    return None


def _elements(whole: Any, json: JsonValue, plan: SequencePlan | None) -> Iterator[tuple[Segment, ClosedValue]]:
    jsons = json if isinstance(json, list) else []
    if isinstance(whole, set | frozenset):
        members = {member: member for member in whole}
        in_order = [members.pop(each) for each in jsons if not isinstance(each, dict | list) and each in members]
        whole, jsons = [*in_order, *members.values()], []
    if len(jsons) != len(whole):
        jsons = [ABSENT] * len(whole)
    for index, (part, each) in enumerate(zip(whole, jsons, strict=True)):
        yield index, ClosedValue(part, each, None if plan is None else plan.element(index))


def _members(whole: dict[Any, Any], json: JsonValue, plan: Plan | None) -> Iterator[tuple[Segment, ClosedValue]]:
    if isinstance(json, dict) and json.keys() == whole.keys():
        for key, each in json.items():
            yield key, ClosedValue(whole[key], each, plan)
        return
    jsons = json.values() if isinstance(json, dict) and len(json) == len(whole) else [ABSENT] * len(whole)
    for (key, part), each in zip(whole.items(), jsons, strict=True):
        yield key, ClosedValue(part, each, plan)


def _fields(whole: Any, json: dict[str, JsonValue], plan: RecordPlan) -> Iterator[tuple[Segment, ClosedValue]]:
    """In the order of the text; the defaults of fields that it does not have are not told of."""
    told: set[str] = set()
    for key, each in json.items():
        name = plan.name(key)
        if name is None or name in told:
            continue
        part = part_of(whole, name)
        if part is not ABSENT:
            told.add(name)
            yield name, ClosedValue(part, each, plan.child(key))
    yield from _moved_fields(whole, json, plan)


def _moved_fields(whole: Any, json: dict[str, JsonValue], plan: RecordPlan) -> Iterator[tuple[Segment, ClosedValue]]:
    """The fields that an alias path takes out of another value."""
    for field in plan.movable:
        if any(key in json for key in field.keys):
            continue
        found = next((each for path in field.deep_paths if (each := value_at(json, path)) is not ABSENT), ABSENT)
        part = part_of(whole, field.name)
        if found is not ABSENT and part is not ABSENT:
            yield field.name, ClosedValue(part, found, field.plan)


def _fields_alone(whole: Any) -> Iterator[tuple[Segment, ClosedValue]]:
    """In the order of declaration, where it is not known what the text had."""
    present: Mapping[str, Any] = whole.__dict__ if isinstance(whole, BaseModel) else present_fields(whole)
    given = whole.__pydantic_fields_set__ if isinstance(whole, BaseModel) else present.keys()
    for name, part in present.items():
        if name in given:
            yield name, ClosedValue(part, ABSENT)


def record_plan(value: Any) -> RecordPlan | None:
    """The plan of the fields of a model or dataclass instance; None where it does not stream by them, or is none."""
    plan = plan_of(author_class(value)).opened(is_object=True) if is_record(value) else None
    return plan if isinstance(plan, RecordPlan) else None
