"""The oracle over generated types, documents and cuts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

import rxstruct as rxs
from tests.strategies import cuts, spelled_values

from .driver import Outcome, run
from .generated import Typed, assert_shows_all, decided_whole, objects, types
from .mutations import mutated
from .oracle import assert_as_pydantic_decides, assert_valid

any_type = st.one_of(objects(2), types(2))


@given(any_type, st.data())
def test_partials_of_generated_types(typed: Typed, data: st.DataObject) -> None:
    """Any type of the table, any document that fits it, any cuts: the final object is pydantic's, and nothing shown was false."""
    text = data.draw(typed.values.flatmap(spelled_values))
    assert_valid(TypeAdapter(typed.annotation), text, data.draw(cuts(text)))


@given(any_type, st.data())
def test_partials_show_all_that_may_be_shown(typed: Typed, data: st.DataObject) -> None:
    """Character by character, every value shows as soon as the table lets it."""
    text = data.draw(typed.values.flatmap(spelled_values))
    result = run(TypeAdapter(typed.annotation), text)
    for partial, snapshot in zip(result.items, result.snapshots, strict=True):
        assert_shows_all(typed, partial, snapshot.value, snapshot)


@given(any_type, st.data())
def test_cuts_do_not_matter_to_partials(typed: Typed, data: st.DataObject) -> None:
    """A partial is a function of the characters so far: any cuts give those that single characters give at the same offsets."""
    text = data.draw(typed.values.flatmap(spelled_values))
    adapter = TypeAdapter(typed.annotation)
    one_by_one = by_position(run(adapter, text))
    deltas = data.draw(cuts(text))
    position, newest = 0, None
    at_cuts = by_position(run(adapter, deltas))
    for delta in deltas:
        newest = next((one_by_one[at] for at in range(position + len(delta), position, -1) if at in one_by_one), newest)
        position += len(delta)
        if position in at_cuts:
            assert rxs.dump(at_cuts[position]) == rxs.dump(newest)
            assert rxs.closed_fields(at_cuts[position]) == rxs.closed_fields(newest)


def by_position(outcome: Outcome) -> dict[int, Any]:
    """The partial that came with each offset."""
    return {snapshot.position: item for item, snapshot in zip(outcome.items, outcome.snapshots, strict=True)}


@given(any_type, st.data())
def test_wrong_documents_end_as_pydantic_says(typed: Typed, data: st.DataObject) -> None:
    """A mutated document errs if and only if `validate_json` raises, at a path that pydantic names, once its value closes."""
    document: Any = data.draw(typed.values.flatmap(mutated))
    text = json.dumps(document)
    assert_as_pydantic_decides(
        TypeAdapter(typed.annotation),
        text,
        data.draw(cuts(text)),
        decided_with=lambda path: decided_whole(typed, document, path),
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["1", '"x"', "[1]", '{"a":2}', "null"])), max_size=4
    )
)
def test_repeated_keys_end_as_pydantic_ends(members: list[tuple[str, str]]) -> None:
    """With repeated keys the last value wins in the final object, as in pydantic, whatever showed before."""
    text = "{" + ",".join(f'"{key}":{value}' for key, value in members) + "}"
    adapter = TypeAdapter(dict[str, Any])
    for deltas in [text], list(text):
        items, error, *_ = run(adapter, deltas)
        assert error is None
        assert items[-1] == adapter.validate_json(text)
