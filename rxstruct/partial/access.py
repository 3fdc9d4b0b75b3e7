"""Reading a partial: what has arrived, what is closed, where it came from.

These are functions and not methods, because a model's namespace belongs to its author. They take a partial (a model, a dataclass,
a container), any closed part of one, or a `JsonSnapshot`; paths are the model's field names on partials, the document's keys on
snapshots.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from ..errors import PathInvalid
from ..incremental import JsonSnapshot
from ..typing import ABSENT, Absent, Segment
from .paths import no_field
from .plan import RecordPlan
from .state import (
    PartialDataclass,
    State,
    fields_of_model,
    is_record,
    origin_of,
    part_of,
    present_fields,
    state_of,
    unrooted,
)


def get(partial: Any, *path: Segment, default: Any = None) -> Any:
    """Read what has arrived at a path, at any depth.

    Example:
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Person(BaseModel):
        ...     name: str
        ...     tags: list[str]
        >>> person = Person(name="Ada", tags=["a", "b"])
        >>> rxs.get(person, "tags", -1), rxs.get(person, "tags", 5, default="none yet")
        ('b', 'none yet')

    Args:
        partial: a partial, a closed value, or a snapshot.
        path: field names, keys and indices; a negative index counts from the end of what has arrived.
        default: what to return where nothing has arrived.
    """
    if isinstance(partial, JsonSnapshot):
        return partial.get(*path, default=default)
    value = partial
    for segment in path:
        value = child_of(value, segment)
        if value is ABSENT:
            return default
    return value


def is_closed(partial: Any, *path: Segment) -> bool:
    """Whether the text of a value has ended: of the value at a path, or of the whole.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"name": "Ada", "age').pipe(rxs.accumulate_json()).subscribe(
        ...     lambda snapshot: print(rxs.is_closed(snapshot, "name"), rxs.is_closed(snapshot)), print
        ... )
        True False
        the text ended inside the root...
        <...>

    Args:
        partial: a partial, a closed value, or a snapshot. What carries no state, such as a scalar, counts as closed.
        path: as for `get`.
    """
    if isinstance(partial, JsonSnapshot):
        return partial.is_closed(*path)
    state = state_of(partial)
    depth = None if state is None else state.depth
    value = partial
    for segment in path:
        value = unrooted(value)
        if state is not None and depth == len(state.snapshot.spine):
            return False
        if state is not None and depth is not None and is_open_child(state, depth, value, segment):
            depth += 1
        else:
            depth = None
        value = child_of(value, segment)
        if value is ABSENT:
            return False
    return depth is None


def closed_fields(partial: Any) -> tuple[str, ...]:
    """The names of the fields that have closed, in the order in which they did.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"name": "Ada", "bio": "Wri').pipe(rxs.accumulate_json()).subscribe(
        ...     lambda snapshot: print(rxs.closed_fields(snapshot)), print
        ... )
        ('name',)
        the text ended inside bio...
        <...>

    Args:
        partial: a partial of a model, dataclass, TypedDict or dict, or a snapshot of an object.
    """
    if isinstance(partial, JsonSnapshot):
        value = partial.value
        names = list(value) if isinstance(value, dict) else []
    else:
        names = list(fields_of(unrooted(partial)))
    closed = [name for name in names if is_closed(partial, name)]
    return tuple(sorted(closed, key=order_of_closing(partial)))


def order_of_closing(partial: Any) -> Callable[[str], int]:
    """A closed instance has its fields as the class declares them; the document knows in which order they came."""
    state = state_of(partial)
    plan = state.shapes[-1].plan if state is not None and state.depth is None else None
    if state is None or not isinstance(plan, RecordPlan):
        return lambda name: 0
    keys = list(state.snapshot.value)
    places = {plan.name(key): place for place, key in enumerate(keys)}
    return lambda name: places.get(name, len(keys))


def snapshot_of(partial: Any) -> JsonSnapshot:
    """The snapshot that a partial was made from.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Person(BaseModel):
        ...     full_name: str
        ...     model_config = {"alias_generator": lambda name: name.replace("_", "-")}
        >>> rx.of('{"full-name":"Ada"}').pipe(rxs.accumulate_json(), rxs.to_partial(Person)).subscribe(
        ...     lambda person: print(rxs.snapshot_of(person).value)
        ... )
        {'full-name': 'Ada'}
        <...>

    Args:
        partial: an item of `to_partial`, or an open part of one; a snapshot is its own.

    Raises:
        TypeError: for a value that carries no snapshot (a scalar, or a closed container that is not a model).
    """
    snapshot = origin_of(partial)
    if snapshot is None:
        raise TypeError(
            f"a closed value of type {type(partial).__name__} carries no snapshot: ask the partial that holds it"
        )
    return snapshot


def attempt_of(partial: Any) -> int:
    """Which attempt a partial belongs to: 1, and one more each time that something shown is taken back.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of("[1]").pipe(rxs.accumulate_json()).subscribe(lambda snapshot: print(rxs.attempt_of(snapshot)))
        1
        <...>

    Args:
        partial: a partial or a snapshot.

    Raises:
        TypeError: for a value that carries no snapshot: a scalar, or a finished list or dict.
    """
    return snapshot_of(partial).origin.number


def dump(partial: Any, *, by_alias: bool = False) -> Any:
    """A partial as JSON values: the fields that have arrived, without what reads an absent one (a computed field, a serializer).

    Example:
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Person(BaseModel):
        ...     name: str
        ...     age: int = 0
        >>> rxs.dump(Person(name="Ada"))
        {'name': 'Ada', 'age': 0}

    Args:
        partial: a partial, a closed value, or a snapshot.
        by_alias: whether to name fields as the document does; False by default.
    """
    if isinstance(partial, JsonSnapshot):
        return partial.value
    if isinstance(partial, BaseModel):
        return _dump_model(partial, by_alias)
    if isinstance(partial, PartialDataclass):
        return {name: dump(value, by_alias=by_alias) for name, value in present_fields(partial).items()}
    if isinstance(partial, dict):
        return {_dump_key(key): dump(value, by_alias=by_alias) for key, value in partial.items()}
    if isinstance(partial, list | tuple | set | frozenset) and not hasattr(partial, "_fields"):
        return [dump(value, by_alias=by_alias) for value in partial]
    kind: Any = type(partial)
    return _adapter_of(kind).dump_python(partial, mode="json", by_alias=by_alias)


def _dump_key(key: Any) -> str:
    """The key of a JSON object that pydantic makes of a dict's key."""
    if type(key) is str:
        return key
    dumped: str
    (dumped,) = _adapter_of(dict).dump_python({key: None}, mode="json")
    return dumped


@lru_cache(maxsize=1024)
def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    # Made anew it would take 100 µs for each text in a list.
    return TypeAdapter(kind)


def _dump_model(model: BaseModel, by_alias: bool) -> Any:
    kind = type(model)
    if is_closed(model):
        return model.model_dump(mode="json", by_alias=by_alias)
    if kind.__pydantic_root_model__:
        return dump(model.__dict__["root"], by_alias=by_alias)
    if kind.__pydantic_decorators__.model_serializers:
        return _dump_what_can_be(model, by_alias, None)
    dumped: dict[str, Any] = {}
    for name, value in fields_of_model(model).items():
        if holds_partial(value) or not (isinstance(value, str) or is_closed(model, name)):
            dumped |= _dump_open_field(kind.model_fields.get(name, FieldInfo()), name, value, by_alias)
        else:
            dumped |= _dump_what_can_be(model, by_alias, {name})
    for name in kind.model_computed_fields:
        dumped |= _dump_what_can_be(model, by_alias, {name})
    return dumped


def _dump_open_field(field: FieldInfo, name: str, value: Any, by_alias: bool) -> dict[str, Any]:
    if field.exclude:
        return {}
    alias = field.serialization_alias if by_alias else None
    return {alias or name: dump(value, by_alias=by_alias)}


def _dump_what_can_be(model: BaseModel, by_alias: bool, names: set[str] | None) -> Any:
    """What pydantic dumps of an open model's fields; nothing where a serializer or computed field needs what is not there yet."""
    try:
        return model.model_dump(mode="json", by_alias=by_alias, include=names)
    except Exception:  # the author wrote it for whole models
        return {}


def holds_partial(value: Any) -> bool:
    """Whether something in a value, which may have closed, never became an instance: where errors are put off to the end.

    (A set has none, as it shows valid elements only.)
    """
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return state_of(value) is not None
    return any(map(holds_partial, value))


def fields_of(partial: Any) -> dict[str, Any]:
    """The fields that a model, dataclass or dict has, with their values."""
    if isinstance(partial, BaseModel):
        return fields_of_model(partial)
    if isinstance(partial, dict):
        return partial
    return present_fields(partial) if is_record(partial) else {}


def child_of(value: Any, segment: Segment) -> Any:
    """What `value` has under a field name, key or index; `ABSENT` where nothing has arrived there."""
    value = unrooted(value)
    if is_record(value):
        part = part_of(value, segment)
        return absent_field(type(value), segment) if part is ABSENT else part
    try:
        return ABSENT if isinstance(value, str) else value[segment]
    except (LookupError, TypeError):
        return ABSENT


def absent_field(kind: Any, segment: Segment) -> Absent:
    """`ABSENT` for a field that has not arrived; an error for one that never will."""
    is_model = issubclass(kind, BaseModel)
    fields = kind.model_fields if is_model else kind.__dataclass_fields__
    config = kind.model_config if is_model else getattr(kind, "__pydantic_config__", {})
    if segment in fields or config.get("extra") == "allow":
        return ABSENT
    meant = next((name for name, field in fields.items() if is_model and field.validation_alias == segment), None)
    raise PathInvalid(f"{kind.__name__} {no_field(segment, fields, meant=meant)}")


def is_open_child(state: State, depth: int, value: Any, segment: Segment) -> bool:
    """Whether `segment` names the open child of the container at `depth` on the spine, which shows as `value`."""
    snapshot = state.snapshot
    if not snapshot.has_open_child(depth):
        return False
    container, index = snapshot.spine[depth], snapshot.counts[depth]
    child = state.shapes[depth].segment(container, index) if depth < len(state.shapes) else container.segment(index)
    if not container.is_object and isinstance(child, int):
        return segment in (child, -1) and len(value) == child + 1
    return bool(segment == child)
