"""Whether a type can have a value at a path: checked when a pipeline is built, not when it has run."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from ..errors import PathInvalid, path_text
from ..typing import EACH, PathPattern
from .plan import ContainerPlan, MappingPlan, Plan, RecordPlan, SequencePlan


def check_path(plan: Plan, pattern: PathPattern, *, is_text: bool = False) -> None:
    """Refuse a path that no value of the type can have; where a type hides its parts (a union, a validator), any is taken.

    Args:
        plan: how the type streams.
        pattern: the path.
        is_text: whether it has to be the path of a string.

    Raises:
        PathInvalid: with the nearest name that the type does have.
    """
    here: Plan | None = plan
    for depth in range(len(pattern)):
        if here is None:
            return
        opened = [found for found in (here.opened(is_object=True), here.opened(is_object=False)) if found is not None]
        if not opened:
            if here.takes_object or here.takes_array:
                return
            raise _refused(pattern[:depth], f"holds no other values, so {_shown(pattern)} cannot be there")
        here = _inside(opened, pattern, depth)
    if is_text and here is not None and not here.may_be_text:
        raise no_text(pattern)


def _inside(opened: list[ContainerPlan], pattern: PathPattern, depth: int) -> Plan | None:
    """How the value at the next segment streams; None where that depends on the document."""
    segment = pattern[depth]
    where = pattern[:depth]
    names: list[str] = []
    for container in opened:
        if isinstance(container, SequencePlan):
            if segment is EACH or isinstance(segment, int):
                return (
                    container.element(segment) if isinstance(segment, int) and segment >= 0 else container.any_element
                )
        elif isinstance(container, MappingPlan):
            return container.values
        elif isinstance(container, RecordPlan):
            if segment is EACH:
                return None
            if segment in container.fields:
                return container.fields[segment].plan
            if container.extra == "allow":
                return container.extras
            if segment in container.by_key:
                raise _refused(where, no_field(segment, names, meant=container.by_key[segment].name))
            names += container.fields
        else:
            return None
    if names:
        raise _refused(where, no_field(segment, names))
    raise _refused(where, f"is a list: name an index or EACH there, not {segment!r}")


def no_field(segment: Any, names: Iterable[str], *, meant: str | None = None) -> str:
    """What to say of a type that has these fields and not that one, which is the document's key for the field `meant`."""
    if meant is not None:
        return f"has no field {segment!r}; on partials that key of the document is called {meant!r}"
    known = list(names)
    close = get_close_matches(str(segment), known)
    hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known)}"
    return f"has no field {segment!r}; {hint}"


def no_text(pattern: PathPattern) -> PathInvalid:
    """What to say where the value at a path is no string, and its text was asked for."""
    return _refused(pattern, "is no string, so it has no text: use field() or completed() for its value")


def _refused(where: PathPattern, why: str) -> PathInvalid:
    return PathInvalid(f"{_shown(where)} {why}")


def _shown(pattern: PathPattern) -> str:
    return path_text(tuple("EACH" if segment is EACH else segment for segment in pattern))
