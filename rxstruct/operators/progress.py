"""`progress`: how far an answer is, in the terms of its model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reactivex import Observable, abc

from ..incremental import JsonSnapshot
from ..options import check_count
from ..partial import is_closed
from ..partial.following import record_plan
from ..partial.plan import ContainerPlan, RecordPlan, SequencePlan
from ..partial.state import State, origin_of, state_of, unrooted
from ..stream import Stream
from ..typing import Segment
from .following import listen_to_states
from .top_level import ClosedNames, attempt_in

T = TypeVar("T")


@dataclass(frozen=True)
class Progress(Generic[T]):
    """How far a document is."""

    completed: Sequence[Segment]
    """The top-level fields that have closed, in the order in which they did; the indices of a list."""
    newly_completed: Sequence[Segment]
    """Those of them that the last emission did not have."""
    current: Segment | None
    """The field that is being written; None between two."""
    total: int | None
    """How many there will be; None where that is not known."""
    fraction: float
    """From 0.0 to 1.0; it never goes back within an attempt."""
    value: T
    """The partial, or snapshot, of which this is said."""
    attempt: int = 1
    """Which attempt at the answer it belongs to, where that is asked for again (`ask`)."""

    def __str__(self) -> str:
        of_total = "" if self.total is None else f" of {self.total}"
        current = "" if self.current is None else f", now {self.current}"
        return f"{self.fraction:4.0%} ({len(self.completed)}{of_total}{current})"


def progress(*, total: int | None = None) -> Callable[[Observable[T]], Stream[Progress[T]]]:
    """Say how far the document is, counted in the fields of its model.

    ```storyboard
    deltas    --a--b--c--d--|
    progress  --w--x--y--z--|

    a  {"title":"T
    b  ","summary":"S
    c  ","conclusion":
    d  "C"}
    w = "  0% (0 of 3, now title)"
    x = " 33% (1 of 3, now summary)"
    y = " 67% (2 of 3)"
    z = "100% (3 of 3)"
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Report(BaseModel):
        ...     title: str
        ...     summary: str
        ...     conclusion: str
        >>> rx.of('{"title":"T', '","summary":"S', '","conclusion":', '"C"}').pipe(
        ...     rxs.accumulate_json(), rxs.to_partial(Report), rxs.progress()
        ... ).subscribe(print)
          0% (0 of 3, now title)
         33% (1 of 3, now summary)
         67% (2 of 3)
        100% (3 of 3)
        <...>

    Args:
        total: how many fields, or elements, there will be, where no model says so; by default unknown for snapshots, dicts,
            and lists without a `max_length`.

    Emits a `Progress` whenever `completed`, `current` or `fraction` has changed. Each field of a model counts the same; one
    that is being written counts by its own fields, or by its elements if the list has a `max_length`. The fraction never goes
    back, and is exactly 1.0 when the document has closed (with no total known: 0.0 until then). Where an answer is asked for
    again (`ask`), it begins anew with each attempt.
    Completes with the source.
    Errors: the source's, as they are; `SourceFailed` for items that are neither snapshots nor partials.
    """

    if total is not None:
        check_count("total", total, 1, hint=", or leave it out where it is not known")

    def operator(source: Observable[T]) -> Stream[Progress[T]]:
        def subscribe(
            observer: abc.ObserverBase[Progress[T]], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            counter = Counter(total)
            last: Progress[T] | None = None

            def on_next(item: T) -> None:
                nonlocal last
                news = counter.advance(item, last)
                if news is not None:
                    last = news
                    observer.on_next(news)

            return listen_to_states(source, observer, on_next, operator="progress()", scheduler=scheduler)

        return Stream(subscribe)

    return operator


class Counter:
    """Counts one document's fields from item to item."""

    def __init__(self, total: int | None) -> None:
        self._given_total = total
        self._total = total
        self._seen: tuple[Any, ...] = ()
        self._names = ClosedNames()
        self._attempt = 1

    def advance(self, item: Any, last: Progress[Any] | None) -> Progress[Any] | None:
        """The progress at `item`; None where it is that of `last`."""
        snapshot, state = origin_of(item), state_of(item)
        attempt = attempt_in(item, self._attempt)
        if attempt != self._attempt:
            self._attempt, self._seen, self._names, last = attempt, (), ClosedNames(), None  # every field begins anew
        if snapshot is not None:
            seen = (snapshot.counts, snapshot.has_open_child(len(snapshot.counts) - 1), snapshot.is_closed())
            if seen == self._seen:
                return None  # only a string has grown
            self._seen = seen
        plan = plan_of_root(item, state)
        if self._given_total is None:
            self._total = total_of(plan) or self._total
        newly_completed = self._names.advance(item)
        completed = self._names.so_far
        current = None if snapshot is None else current_of(snapshot, state)
        fraction = 1.0 if is_closed(item) else self._fraction(plan, completed, current, state)
        if last is not None:
            fraction = max(last.fraction, fraction)
        if last is not None and not newly_completed and (current, fraction) == (last.current, last.fraction):
            return None
        return Progress(completed, newly_completed, current, self._total, fraction, item, attempt)

    def _fraction(
        self,
        plan: ContainerPlan | None,
        completed: Sequence[Segment],
        current: Segment | None,
        state: State | None,
    ) -> float:
        """How much of an open document is there."""
        if not self._total:
            return 0.0
        done: float = len(completed)
        if self._given_total is None and isinstance(plan, RecordPlan) and plan.allows_extra:
            done = len(plan.fields.keys() & self._names.known)  # a model's extra fields do not count
        if state is not None and current is not None and current not in self._names:
            done += fraction_of_level(state, state.snapshot.root_level + 1)
        return min(done / self._total, 1.0)


def plan_of_root(item: Any, state: State | None) -> ContainerPlan | None:
    """How the document's outermost container streams, as far as that is known."""
    if state is not None and state.snapshot.root_level < len(state.shapes):
        return state.shapes[state.snapshot.root_level].plan
    return record_plan(unrooted(item))


def total_of(plan: ContainerPlan | None) -> int | None:
    """How many fields or elements there will be, as far as the type says."""
    if isinstance(plan, RecordPlan):
        return sum(field.shown for field in plan.fields.values())
    return plan.max_length if isinstance(plan, SequencePlan) else None


def current_of(snapshot: JsonSnapshot, state: State | None) -> Segment | None:
    """What the field is called that is being written."""
    level = snapshot.root_level
    if level >= len(snapshot.spine) or not snapshot.has_open_child(level):
        return None
    if state is None or level >= len(state.shapes):
        return snapshot.segment(level)
    return state.shapes[level].segment(snapshot.spine[level], snapshot.counts[level])


def fraction_of_level(state: State, level: int) -> float:
    """How much of the open container at `level` is there, where its type says how much that will be."""
    snapshot, shapes = state.snapshot, state.shapes
    share, fraction = 1.0, 0.0
    for shape, container, count in zip(shapes[level:], snapshot.spine[level:], snapshot.counts[level:], strict=False):
        plan = shape.plan
        if isinstance(plan, RecordPlan):
            whole = len(plan.fields)
            count = len({plan.by_key[key].name for key in container.keys[:count] if key in plan.by_key})
        elif isinstance(plan, SequencePlan) and plan.max_length:
            whole = plan.max_length
        else:
            break
        fraction += share * min(count / whole, 1.0)
        share /= whole
    return min(fraction, 1.0)
