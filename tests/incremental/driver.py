"""Run a `JsonDocument` by hand: what it says after each delta, and the error that ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rxstruct.errors import JsonInvalid, RxStructError, Truncated
from rxstruct.incremental import JsonDocument, JsonSnapshot

from .reference import NOTHING, read


@dataclass
class Run:
    """`states[n]` is the newest snapshot once n characters have gone in, for every n at which a delta ended; the end of the
    text may add a last one."""

    states: dict[int, JsonSnapshot | None] = field(default_factory=dict)
    emitted: list[JsonSnapshot] = field(default_factory=list)
    error: RxStructError | None = None

    @property
    def last(self) -> JsonSnapshot:
        return self.emitted[-1]


def run(deltas: Iterable[str], *, finish: bool = True, **options: Any) -> Run:
    """Feed `deltas`, then end the text."""
    document, result, position = JsonDocument(**options), Run(), 0
    newest: JsonSnapshot | None = None
    try:
        for delta in deltas:
            position += len(delta)
            snapshot = document.feed(delta)
            if snapshot is not None:
                newest = snapshot
                result.emitted.append(snapshot)
            result.states[position] = newest
        if finish and (snapshot := document.finish()) is not None:
            result.emitted.append(snapshot)
    except RxStructError as error:
        result.error = error
    return result


def value_of(snapshot: JsonSnapshot | None) -> Any:
    return NOTHING if snapshot is None else snapshot.value


def same(left: Any, right: Any) -> bool:
    """Equal to the last bit and in the same order: `1`, `1.0` and `True` differ, and so do `0.0` and `-0.0`."""
    return repr(left) == repr(right)


def assert_refused(error: RxStructError | None, text: str) -> None:
    """`error` is how a text has to end that is no JSON document, as the reference says."""
    expected = read(text, ended=True)
    if expected.invalid_at is None:
        assert not expected.complete
        assert_truncated(error, text)
    else:
        assert_invalid(error, text, expected.invalid_at)


def assert_invalid(error: RxStructError | None, text: str, position: int) -> None:
    assert type(error) is JsonInvalid, error
    assert error.position == position
    assert error.text == text[: position + 1]
    assert_one_line(error)
    assert_shows(error.snapshot, text[:position])


def assert_truncated(error: RxStructError | None, text: str) -> None:
    assert type(error) is Truncated, error
    assert error.text == text
    assert_one_line(error)
    assert_shows(error.snapshot, text)


def assert_one_line(error: RxStructError) -> None:
    assert str(error)
    assert "\n" not in str(error)


def assert_shows(snapshot: JsonSnapshot | None, text: str) -> None:
    """`snapshot` shows what the reference shows of `text`, and knows the same to be closed."""
    expected = read(text)
    assert same(value_of(snapshot), expected.value)
    if snapshot is not None and not expected.duplicate_keys:
        assert snapshot.closed_paths == expected.closed
        assert snapshot.is_closed() is (() in expected.closed)
