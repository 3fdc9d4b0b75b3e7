"""The state just before an error is told of as any other, however the text was cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

import rxstruct as rxs

from ..strategies import cut_at


class Item(BaseModel):
    name: str
    sizes: list[int]


class Order(BaseModel):
    title: str
    items: list[Item]
    total: int = Field(gt=0)
    note: str


TEXT = (
    '{"title": "An order", "items": [{"name": "one", "sizes": [1, 23]}, {"name": "two", "sizes": []}],'
    ' "total": -1, "note": "never read"}'
)


def told(operator: Callable[..., Any], offsets: list[int]) -> list[Any]:
    out: list[Any] = []
    rxs.from_deltas(cut_at(TEXT, offsets)).pipe(rxs.accumulate_json(), rxs.to_partial(Order), operator).subscribe(
        out.append, lambda error: out.append(type(error))
    )
    return out


@given(st.lists(st.integers(0, len(TEXT)), max_size=8).map(sorted))
def test_changes(offsets: list[int]) -> None:
    """The log of a document that ends in an error is the same for all cuts, but for the pieces that its text comes in."""

    def log(offsets: list[int]) -> list[Any]:
        merged: list[Any] = []
        for change in told(rxs.changes(), offsets):
            if merged and getattr(change, "kind", "") == "appended" and merged[-1][:2] == change[:2]:
                merged[-1] = (*change[:3], merged[-1][3] + change.text)
            else:
                merged.append(change)
        return merged

    assert log(offsets) == log(list(range(len(TEXT))))


@pytest.mark.parametrize(
    "operator",
    [rxs.elements("items"), rxs.elements("items", rxs.EACH, "sizes"), rxs.field("items"), rxs.completed("items", 1)],
)
@given(offsets=st.lists(st.integers(0, len(TEXT)), max_size=8).map(sorted))
def test_the_last_is_the_same(operator: Callable[..., Any], offsets: list[int]) -> None:
    """What had closed before the error arrives, whichever delta brought the error."""
    assert told(operator, offsets)[-2:] == told(operator, list(range(len(TEXT))))[-2:]
