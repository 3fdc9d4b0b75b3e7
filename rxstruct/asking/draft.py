"""The document of one attempt, written by one or more answers: `Draft`.

What goes in: the text, delta by delta, and where one answer ends and another goes on (`rewind`). What comes out: the newest
partial. What always holds:

1. The partial is that of the text, whichever answers it came from. At the end it is what `validate_json` makes of it.
2. What had closed in another draft, and closes here with the same text at the same path, is the same object.
3. An error leaves the state just before it, and carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ..errors import RxStructError
from ..incremental import JsonDocument, JsonSnapshot
from ..incremental.builder import Container
from ..limits import OF_A_DOCUMENT, OF_A_PARTIAL, among
from ..partial import PartialBuilder, Plan, plan_of
from ..partial.following import HOLDER, ClosedValue, PartialView
from ..partial.plan import RecordPlan
from ..partial.state import Shape
from ..typing import ABSENT, Path
from .continuation import reopened

Known: TypeAlias = Mapping[Path, tuple[str, Any]]
"""Closed values: by the document's path, the text and what became of it."""


class Draft:
    """The document of one attempt.

    Args:
        model: the type that the document is to be.
        context: what validators get as `info.context`.
        attempt: the attempt's number.
        known: the values of another draft.
        limits: those of the document and of its partials that are not the defaults, by name.
    """

    def __init__(self, model: Any, context: Any, attempt: int, known: Known, limits: Mapping[str, int]) -> None:
        self._document = JsonDocument(number=attempt, **among(limits, OF_A_DOCUMENT))
        self._known = known
        self._plan = plan_of(model)
        self._builder = PartialBuilder(self._plan, context, known=known, **among(limits, OF_A_PARTIAL))
        self.partial: Any = ABSENT
        """The newest partial; `ABSENT` while there is nothing to see."""

    @property
    def text(self) -> str:
        return self._document.text

    @property
    def snapshot(self) -> JsonSnapshot | None:
        return self._document.snapshot

    @property
    def has_closed(self) -> bool:
        return self.snapshot is not None and self.snapshot.is_closed()

    def feed(self, delta: str) -> None:
        """Go on with `delta`.

        Raises:
            RxStructError: where the text is no JSON, too long, or not what the model allows.
        """
        before = self.snapshot
        try:
            snapshot = self._document.feed(delta)
        except RxStructError as error:
            raise self._with_state(error, before) from None
        self._advance(snapshot)

    def finish(self) -> None:
        """The text has ended.

        Raises:
            Truncated: before the document had.
        """
        before = self.snapshot
        try:
            snapshot = self._document.finish()
        except RxStructError as error:
            raise self._with_state(error, before) from None
        self._advance(snapshot)

    def rewind(self) -> str:
        """Forget what has not been shown; the text that is left."""
        text = self._document.rewind()
        self._advance(self.snapshot)
        return text

    def values(self, along: Path) -> Known:
        """What has closed here, and in the drafts before, down to where a path leads."""
        return (
            self._known if self.partial is ABSENT else {**self._known, **closed_values(self.partial, self._plan, along)}
        )

    def _with_state(self, error: RxStructError, before: JsonSnapshot | None) -> RxStructError:
        if error.snapshot is not before:
            self._advance(error.snapshot)
        return error.with_state(partial=None if self.partial is ABSENT else self.partial)

    def _advance(self, snapshot: JsonSnapshot | None) -> None:
        if snapshot is None:
            return
        try:
            self._builder.advance(snapshot)
        finally:
            self.partial = self._builder.partial


def closed_values(partial: Any, plan: Plan, along: Path) -> dict[Path, tuple[str, Any]]:
    """What has closed inside a partial's open containers, and inside those closed ones that a path leads through.

    By the document's path: its text, and what became of it.
    """
    view = PartialView()
    snapshot = view.snapshot(partial)
    if not isinstance(snapshot, JsonSnapshot):
        return {}
    found: dict[Path, tuple[str, Any]] = {}
    owner = partial
    path: Path = ()
    for level, (container, count) in enumerate(zip(snapshot.spine, snapshot.counts, strict=True)):
        shape = view.shape(partial, level)
        for inner, text, closed in closed_children(owner, shape, container, count, path, snapshot.text_buffer.slice):
            found |= inside(inner, text, closed if level else closed._replace(plan=plan), along)
        if level + 1 == len(snapshot.spine):
            break
        owner = view.open(owner, shape, container, count)
        if owner is ABSENT:
            break
        path = path_of(path, shape, container, count)
    return found


def closed_children(
    owner: Any, shape: Any, container: Container, count: int, path: Path, text: Callable[[int, int], str]
) -> Iterator[tuple[Path, str, ClosedValue]]:
    """The path, text and value of those closed children of a container that can be kept as they are."""
    for index in range(count):
        if sees_others(shape, container, index):
            continue
        closed = PartialView().closed(owner, shape, container, index)
        if isinstance(closed, ClosedValue):
            span = container.starts[index], container.ends[index]
            yield path_of(path, shape, container, index), text(*span), closed


def inside(path: Path, text: str, closed: ClosedValue, along: Path) -> dict[Path, tuple[str, Any]]:
    """A closed value, and if a path leads through it, what it holds."""
    found = {path: (text, closed.value)}
    if closed.plan is None or len(path) >= len(along) or path != along[: len(path)]:
        return found
    container = reopened(text)
    if container is not None:
        shape = Shape(closed.plan.opened_by(closed.json))
        for child in closed_children(
            closed.value, shape, container, len(container.values), path, lambda start, end: text[start:end]
        ):
            found |= inside(*child, along)
    return found


def path_of(path: Path, shape: Any, container: Container, index: int) -> Path:
    if shape is HOLDER:
        return path
    return (*path, container.segment(index))


def sees_others(shape: Any, container: Container, index: int) -> bool:
    """Whether a child is a field whose validators see other fields, and so have to run again."""
    if not (isinstance(shape, Shape) and isinstance(shape.plan, RecordPlan)):
        return False
    field = shape.plan.by_key.get(container.keys[index])
    return field is not None and field.needs_info
