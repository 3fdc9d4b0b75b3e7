"""Where a partial came from: the snapshot behind it, and which of its parts are still open.

A model's namespace belongs to its author, so this rides along where pydantic keeps which fields were set. Containers and
dataclasses, which have no such place, are private subclasses while they are open. What carries no state is closed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from pydantic import BaseModel, RootModel
from pydantic_core import SchemaValidator, core_schema

from ..incremental import JsonSnapshot
from ..incremental.builder import Container
from ..typing import ABSENT, Segment

if TYPE_CHECKING:
    from .plan import ContainerPlan


class Shape:
    """How a container of the document shows its children: by which plan, under which names, and which of them never will."""

    __slots__ = ("_left_out", "names", "plan")

    def __init__(self, plan: ContainerPlan | None) -> None:
        self.plan = plan
        self.names: dict[str, Any] = {}
        """Of a dict: what has become of the keys."""
        self._left_out: list[int] = []
        """Children that closed and were not valid, where errors are put off. Later ones do not matter to an earlier partial."""

    def leave_out(self, index: int) -> None:
        self._left_out.append(index)

    def place(self, index: int) -> int | None:
        """Which of the children that show is the one that is `index` in the document; None for one that is left out."""
        before = bisect_left(self._left_out, index)
        return None if self._left_out[before : before + 1] == [index] else index - before

    def segment(self, container: Container, index: int) -> Segment | None:
        """What partials call a child; None for one that they never show."""
        place = self.place(index)
        if place is None or not container.is_object:
            return place
        key = container.keys[index]
        if key in self.names:
            name: Segment | None = self.names[key]
        else:
            name = key if self.plan is None else self.plan.name(key)
        return name


class State(NamedTuple):
    """A partial's origin."""

    snapshot: JsonSnapshot
    shapes: tuple[Shape, ...]
    """Those of the containers on the snapshot's open spine; fewer than these where the rest is hidden."""
    depth: int | None
    """Which container on the spine the partial shows (the spine's length, for an open string); None once it has closed."""

    def __deepcopy__(self, memo: object) -> State:
        return self  # of what never changes, a copy says nothing new

    def __reduce__(self) -> tuple[Any, ...]:
        return State, (self.snapshot, (), self.depth)  # shapes hold validators, which cannot be sent to another process


class PartialFields(set[str]):
    """`__pydantic_fields_set__` of a partial model."""

    __slots__ = ("depth", "shapes", "snapshot")
    snapshot: JsonSnapshot
    shapes: tuple[Shape, ...]
    depth: int | None

    @property
    def state(self) -> State:
        return State(self.snapshot, self.shapes, self.depth)


class PartialList(list[Any]):
    state: State


class PartialTuple(tuple[Any, ...]):
    state: State


class PartialSet(set[Any]):
    state: State


class PartialFrozenSet(frozenset[Any]):
    state: State


class PartialDict(dict[Any, Any]):
    state: State


STATEFUL: dict[type, type] = {
    list: PartialList,
    tuple: PartialTuple,
    set: PartialSet,
    frozenset: PartialFrozenSet,
    dict: PartialDict,
}


def attach_to_model(value: Any, state: State) -> Any:
    """The value, which carries the state if it is a model."""
    if isinstance(value, BaseModel):
        fields = PartialFields(value.__pydantic_fields_set__)
        fields.snapshot, fields.shapes, fields.depth = state
        object.__setattr__(value, "__pydantic_fields_set__", fields)
    return value


def attach_to_container(value: Any, state: State) -> Any:
    """An equal of a plain container (one of `STATEFUL`), of a private subclass that carries the state."""
    carrier = STATEFUL[type(value)](value)
    carrier.state = state
    return carrier


def state_of(value: Any) -> State | None:
    """The state that a partial carries; None for a closed value."""
    if isinstance(value, BaseModel):
        return getattr(value.__pydantic_fields_set__, "state", None)
    if isinstance(value, PartialDataclass):
        return value.__rxstruct_state__
    if type(value) in STATEFUL.values():
        return getattr(value, "state", None)
    return None


def origin_of(item: Any) -> JsonSnapshot | None:
    """The snapshot that a partial was made from, or that `item` is; None for a closed value that carries none."""
    if isinstance(item, JsonSnapshot):
        return item
    state = state_of(item)
    return None if state is None else state.snapshot


def begin_private(model: BaseModel) -> None:
    """Give a partial model a place for private attributes, which have no values yet: without one, reading any is a TypeError."""
    object.__setattr__(model, "__pydantic_private__", {})  # of a root model it is no slot, but stands beside the root


ModelMaker: TypeAlias = Callable[[tuple[dict[str, Any], dict[str, Any] | None, set[str]]], Any]


@cache
def model_maker(kind: type[BaseModel]) -> ModelMaker:
    """What makes an instance of its fields, its extra fields and the names of what was set, none of which it validates.

    It is pydantic's own last step in validating a model, and takes half the time of setting the four attributes from here.
    """
    schema = core_schema.model_schema(kind, core_schema.any_schema())
    return SchemaValidator(schema, _use_prebuilt=False).validate_python


@cache
def partial_model(kind: type[BaseModel]) -> type[BaseModel]:
    """The class of a model's partials: its own, unless it has computed fields, which its repr would read too early."""
    if not kind.model_computed_fields:
        return kind

    def repr_args(self: BaseModel) -> Iterator[tuple[str | None, Any]]:
        present = fields_of_model(self)
        yield from (
            (name, value)
            for name, value in present.items()
            if name not in kind.model_fields or kind.model_fields[name].repr
        )
        for name, field in kind.model_computed_fields.items():
            value = computed(self, name) if field.repr else ABSENT
            if value is not ABSENT:
                yield name, value

    origin = {**kind.__pydantic_generic_metadata__, "origin": kind.__pydantic_generic_metadata__["origin"] or kind}
    namespace = {
        "__repr_args__": repr_args,
        "__pydantic_generic_metadata__": origin,  # by which pydantic's == knows the class
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__slots__": (),
    }
    # Past pydantic's own metaclass, which would build a schema of its own for the subclass.
    return type.__new__(type(kind), kind.__name__, (PartialModel, kind), namespace)


def partial_model_of(kind: type[BaseModel], state: dict[Any, Any]) -> Any:
    """A partial of a model that was sent from another process."""
    private = partial_model(kind)
    instance = private.__new__(private)
    instance.__setstate__(state)
    return instance


class PartialRecord:
    """What the private subclasses have that make partials: `(PartialModel, kind)` or `(PartialDataclass, kind)`."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Keep the author's own from being told: it may want arguments, or keep a list of the author's classes."""


class PartialModel(PartialRecord):
    """Marks the class of a model's partials where that is a private one."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        model = cast(BaseModel, self)
        return partial_model_of, (author_class(self), model.__getstate__())


def author_class(record: Any) -> Any:
    """The class of a record as its author knows it."""
    kind = type(record)
    return kind.__bases__[1] if isinstance(record, PartialRecord) else kind


def is_record(value: Any) -> bool:
    """Whether it is a model or a dataclass instance."""
    return isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type))


def is_ours(item: Any) -> bool:
    """Whether it is what the package itself emits and yet no state of a document: an event, a change, a progress, a tool call."""
    of_package = type(item).__module__.partition(".")[0] == __name__.partition(".")[0]
    return of_package and not isinstance(item, JsonSnapshot | BaseModel) and type(item) not in STATEFUL.values()


def unrooted(value: Any) -> Any:
    """The value inside root models; `ABSENT` where that has not arrived, any other value as it is."""
    while isinstance(value, RootModel):
        value = value.__dict__.get("root", ABSENT)
    return value


def computed(model: BaseModel, name: str) -> Any:
    """A computed field's value; `ABSENT` where it cannot do with what has arrived so far."""
    try:
        return getattr(model, name)
    except Exception:  # the author wrote it for whole models
        return ABSENT


def fields_of_model(model: BaseModel) -> dict[str, Any]:
    """What a (partial) model has: its fields and its extra ones."""
    return {**model.__dict__, **(model.__pydantic_extra__ or {})}


class AbsentField:
    """Hides a dataclass field's default, which is a class attribute, until the field has arrived."""

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            # Where the class seems to lack it, pydantic, asked about the class of a partial, puts the default there.
            return self
        raise AttributeError("this field has not arrived yet")


class PartialDataclass(PartialRecord):
    """What a partial of a dataclass has beside its own class; closed ones are plain instances of that class."""

    __slots__ = ()
    __rxstruct_state__: State

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in present_fields(self).items())
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, author_class(self)) and present_fields(self) == present_fields(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # Its author's ways to copy and send it, as those of a frozen one with slots, may read every field.
        values = {**getattr(self, "__dict__", {}), **present_fields(self)}
        return partial_dataclass_of, (author_class(self), values, self.__rxstruct_state__)


def present_fields(instance: Any) -> dict[str, Any]:
    """The fields that a (partial) dataclass instance has."""
    # Of the class: with `extra="allow"` pydantic sets the document's own keys on an instance, whatever they are called.
    names = (field.name for field in dataclass_fields(type(instance)))
    return {name: getattr(instance, name) for name in names if hasattr(instance, name)}


@cache
def field_names(kind: type) -> frozenset[str]:
    """The fields of a dataclass; an `InitVar` is none, though its default is an attribute as well. Of any other type, none."""
    return frozenset(field.name for field in dataclass_fields(kind)) if is_dataclass(kind) else frozenset()


def part_of(owner: Any, name: Segment) -> Any:
    """What a record or dict has under a name; `ABSENT` where nothing has arrived there."""
    if isinstance(owner, dict):
        return owner.get(name, ABSENT)
    if isinstance(owner, BaseModel):
        shown: Any = owner.__dict__
        return shown.get(name, (owner.__pydantic_extra__ or {}).get(str(name), ABSENT))
    kind: Any = type(owner)
    if name in field_names(kind):
        return getattr(owner, str(name), ABSENT)
    # An extra field; any other attribute of such a name, as `__class__` has one, is none of the document's.
    return getattr(owner, "__dict__", {}).get(name, ABSENT)


@cache
def partial_dataclass(kind: type) -> type:
    """The private subclass of a dataclass whose instances may lack fields; it goes by the same name."""
    has_slots = "__dict__" not in dir(kind)
    hidden = {} if has_slots else {field.name: AbsentField() for field in dataclass_fields(kind)}
    namespace = {
        **hidden,
        "__slots__": ("__rxstruct_state__",),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
    }
    return type(kind.__name__, (PartialDataclass, kind), namespace)


def partial_dataclass_of(kind: type, values: dict[str, Any], state: State) -> Any:
    """A partial of a dataclass that has these fields."""
    instance: Any = object.__new__(partial_dataclass(kind))
    for name, value in values.items():
        object.__setattr__(instance, name, value)
    object.__setattr__(instance, "__rxstruct_state__", state)
    return instance
