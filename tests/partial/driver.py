"""Run a text through the whole pipeline, in given cuts, and collect what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import reactivex
from pydantic import TypeAdapter
from reactivex import operators

import rxstruct as rxs


class Outcome(NamedTuple):
    """`snapshots[n]` is the newest snapshot when `items[n]` came."""

    items: list[Any]
    error: Exception | None
    completed: bool
    snapshots: list[rxs.JsonSnapshot]


def run(
    model: Any,
    deltas: Iterable[str],
    *,
    passes: Callable[[rxs.JsonSnapshot], bool] = lambda snapshot: True,
    **options: Any,
) -> Outcome:
    """All partials of `deltas`, and how the stream ended; snapshots that don't pass are dropped on the way."""
    items: list[Any] = []
    errors: list[Exception] = []
    completions: list[bool] = []
    newest: list[rxs.JsonSnapshot] = []
    snapshots: list[rxs.JsonSnapshot] = []

    def take(item: Any) -> None:
        items.append(item)
        snapshots.append(newest[-1])

    reactivex.from_iterable(deltas).pipe(
        rxs.accumulate_json(),
        operators.filter(passes),
        operators.do_action(newest.append),
        rxs.to_partial(model, **options),
    ).subscribe(take, errors.append, lambda: completions.append(True))
    assert len(errors) + len(completions) == 1, "a stream ends once"
    return Outcome(items, errors[0] if errors else None, bool(completions), snapshots)


def last(model: Any, text: str, **options: Any) -> Any:
    """The newest partial of a text that may stop anywhere."""
    items = run(model, [text], **options).items
    return items[-1] if items else rxs.ABSENT


def adapter_of(model: Any) -> TypeAdapter[Any]:
    return model if isinstance(model, TypeAdapter) else TypeAdapter(model)
