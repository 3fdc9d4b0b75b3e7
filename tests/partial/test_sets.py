"""Row "set, frozenset": closed elements only, while open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from reactivex import operators

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid


class Labels(BaseModel):
    labels: set[str]
    ids: frozenset[int] = frozenset()


def test_a_set_shows_its_closed_elements() -> None:
    """An element that is being written is not in the set yet."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"labels":["ca
        b  t","caterp
        c  illar"]}
        x = {"labels": []}
        y = {"labels": ["cat"]}
        z = {"labels": ["cat", "caterpillar"], "ids": []}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Labels),
        operators.map(in_order),
    )


def in_order(partial: Labels) -> dict[str, list[Any]]:
    """A set has no order; for the storyboard it gets one."""
    return {name: sorted(elements) for name, elements in rxs.dump(partial).items()}


def test_elements_of_a_set_appear_once_closed() -> None:
    """Character by character a set only gains elements, each when it closes."""
    text = '{"labels":["cat","caterpillar","cat"],"ids":[7,12]}'
    shown = [item.labels for item in run(Labels, text).items if hasattr(item, "labels")]
    assert [set(labels) for labels in dict.fromkeys(map(frozenset, shown))] == [set(), {"cat"}, {"cat", "caterpillar"}]
    assert type(shown[0]) is set
    partial = last(Labels, '{"labels":[],"ids":[7,1')
    assert partial.ids == frozenset({7})
    assert_valid(Labels, text, list(text))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (set[int], "[1,2,1]"),
        (frozenset[str], '["a","a"]'),
        (set[Literal["a", "ab"]], '["ab","a"]'),
        (set[tuple[int, int]], "[[1,2],[1,2]]"),
        (Annotated[set[int], Field(min_length=2)], "[1,1,2]"),
        (dict[str, set[int]], '{"a":[1],"b":[]}'),
    ],
)
def test_sets_end_as_pydantic_ends(kind: object, text: str) -> None:
    """Whatever the elements are."""
    assert_valid(TypeAdapter(kind), text, list(text))


def test_repeated_elements_do_not_count_towards_a_limit() -> None:
    """`max_length` of a set counts what is in it, so repetition is fine."""
    kind = TypeAdapter(Annotated[set[int], Field(max_length=2)])
    assert run(kind, "[1,2,1,2]").error is None
    assert type(run(kind, "[1,2,3]").error) is rxs.FieldInvalid


@dataclass(frozen=True)
class Named:
    name: str
    size: int = 0


@pytest.mark.parametrize(
    ("kind", "text", "at"),
    [
        (set[Any], "[1,[2],3]", 6),
        (list[frozenset[Any]], '[[{"a":[]}]]', 10),
        (set[tuple[Any, ...]], "[[1],[[]]]", 9),
        (set[Named], '[{"name":"a"},{"size":1}]', 24),
    ],
)
def test_what_cannot_be_in_a_set_is_not_valid(kind: Any, text: str, at: int) -> None:
    """An element without a hash is refused as pydantic refuses it; put off to the end, it is not shown, as it never could be."""
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(kind).validate_json(text)
    for deltas in [[text], list(text), *([text[:cut], text[cut:]] for cut in range(1, len(text)))]:
        error = run(kind, deltas).error
        assert isinstance(error, rxs.FieldInvalid)
        assert (error.errors(), error.text) == (expected.value.errors(), text[:at])
        error = run(kind, deltas, validate="at_end").error
        assert isinstance(error, rxs.FieldInvalid)
        assert (error.errors(), error.text) == (expected.value.errors(), text)
