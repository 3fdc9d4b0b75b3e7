"""The oracle over generated types, documents and cuts."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import rxstruct as rxs
from tests.strategies import cuts, spelled_values
from tests.tally import count

from .driver import Outcome, run
from .generated import Typed, assert_shows_all, decided_with, objects, types
from .mutations import mutated
from .oracle import assert_as_pydantic_decides, assert_valid, same

any_type = st.one_of(objects(2), types(2))


@given(any_type, st.data())
def test_partials_of_generated_types(typed: Typed, data: st.DataObject) -> None:
    """Any type of the table, any document that fits it, any cuts: the final object is pydantic's, and nothing shown was false."""
    text = data.draw(typed.values.flatmap(spelled_values))
    assert_valid(TypeAdapter(typed.annotation), text, data.draw(cuts(text)))
    count("generated types with documents that fit")


@given(any_type, st.data())
def test_partials_show_all_that_may_be_shown(typed: Typed, data: st.DataObject) -> None:
    """Character by character, every value shows as soon as the table lets it."""
    text = data.draw(typed.values.flatmap(spelled_values))
    result = run(TypeAdapter(typed.annotation), text)
    for item, snapshot in zip(result.items, result.snapshots, strict=True):
        assert_shows_all(typed, item, snapshot.value, snapshot)
    count("generated types with documents that fit")


@given(any_type, st.data())
def test_cuts_do_not_matter_to_partials(typed: Typed, data: st.DataObject) -> None:
    """A partial is a function of the characters so far: any cuts give those that single characters give at the same offsets."""
    text = data.draw(typed.values.flatmap(spelled_values))
    assert_cuts_do_not_matter(typed, text, data.draw(cuts(text)))
    count("generated types with documents that fit")


@given(any_type, st.data())
def test_cuts_do_not_matter_where_errors_are_put_off(typed: Typed, data: st.DataObject) -> None:
    """So it is with `validate="at_end"`, where a document is not valid: the same of it shows."""
    text = json.dumps(data.draw(typed.values.flatmap(mutated)))
    assert_cuts_do_not_matter(typed, text, data.draw(cuts(text)), validate="at_end")
    count("generated types with documents that are changed")


def assert_cuts_do_not_matter(typed: Typed, text: str, deltas: list[str], **options: Any) -> None:
    adapter = TypeAdapter(typed.annotation)
    one_by_one = by_position(run(adapter, text, **options))
    position, newest = 0, None
    at_cuts = by_position(run(adapter, deltas, **options))
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
        decided_with=partial(decided_with, typed, document),
    )
    count("generated types with documents that are changed")


@given(any_type, st.data())
def test_errors_are_the_same_at_all_cuts(typed: Typed, data: st.DataObject) -> None:
    """Where a document goes wrong, and what is known by then, is a function of its characters."""
    text = json.dumps(data.draw(typed.values.flatmap(mutated)))
    adapter = TypeAdapter(typed.annotation)
    one, other = run(adapter, text).error, run(adapter, data.draw(cuts(text))).error
    assert type(one) is type(other)
    if isinstance(one, rxs.FieldInvalid) and isinstance(other, rxs.FieldInvalid):
        assert (one.path, one.text, str(one)) == (other.path, other.text, str(other))
        assert one.snapshot == other.snapshot
        assert one.closed_paths == other.closed_paths
        assert rxs.dump(one.partial) == rxs.dump(other.partial)
    count("generated types with documents that are changed")


@given(any_type, st.data())
def test_errors_put_off_to_the_end_are_pydantics_own(typed: Typed, data: st.DataObject) -> None:
    """With `validate="at_end"` a wrong document errs at its end, with all that pydantic finds, and a right one ends as ever."""
    text = json.dumps(data.draw(st.one_of(typed.values, typed.values.flatmap(mutated))))
    adapter = TypeAdapter(typed.annotation)
    expected = pydantic_error(adapter, text)
    items, error, *_ = run(adapter, data.draw(cuts(text)), validate="at_end")
    if expected is None:
        assert error is None
        assert same(items[-1], adapter.validate_json(text))
    else:
        assert type(error) is rxs.FieldInvalid
        assert [(found["type"], found["loc"], found["msg"]) for found in error.errors()] == [
            (wanted["type"], wanted["loc"], wanted["msg"]) for wanted in expected.errors()
        ]
        assert error.text == text
    count("generated types with documents that are changed")


def pydantic_error(adapter: TypeAdapter[Any], text: str) -> ValidationError | None:
    try:
        adapter.validate_json(text)
    except ValidationError as error:
        return error
    return None


@given(any_type, st.data())
def test_snapshots_may_be_dropped(typed: Typed, data: st.DataObject) -> None:
    """Whichever snapshots are dropped on the way, the others give the partials that they give with all of them."""
    text = data.draw(typed.values.flatmap(spelled_values))
    adapter = TypeAdapter(typed.annotation)
    dropped = data.draw(st.sets(st.integers(0, len(text))))
    some = run(adapter, text, passes=lambda snapshot: snapshot.is_closed() or snapshot.position not in dropped)
    assert same(some.items[-1], adapter.validate_json(text))
    one_by_one, rest, newest = by_position(run(adapter, text)), by_position(some), None
    for position in range(len(text) + 1):
        newest = one_by_one.get(position, newest)
        if position in rest:
            assert rxs.dump(rest[position]) == rxs.dump(newest)
    count("streams with snapshots dropped on the way")


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
