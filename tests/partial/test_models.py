"""The oracle over models that people write, one document each, at every cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rxstruct as rxs
from tests.models import CASES, Case
from tests.strategies import cut_at, cuts
from tests.tally import count

from .driver import run
from .mutations import mutated
from .oracle import assert_as_pydantic_decides, assert_valid

over_all_cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def check(case: Case, deltas: list[str]) -> None:
    count("documents of models from many domains")
    assert_valid(case.type, case.document, deltas, context=case.context, changed_by_owner=case.changed_by_owner)


@over_all_cases
def test_partials_of_single_characters(case: Case) -> None:
    """Character by character, every partial is a beginning of the final object, which is pydantic's own."""
    check(case, list(case.document))


@over_all_cases
def test_partials_of_the_whole_text(case: Case) -> None:
    """In one delta, the only partial is the final object."""
    check(case, [case.document])


@over_all_cases
def test_partials_of_two_halves(case: Case) -> None:
    """Cut in two anywhere, the first half shows what it would have shown character by character."""
    for at in range(1, len(case.document), 7):
        check(case, cut_at(case.document, [at]))


@given(st.sampled_from(CASES), st.data())
def test_partials_of_random_cuts(case: Case, data: st.DataObject) -> None:
    """Cut at random, the same."""
    check(case, data.draw(cuts(case.document)))


@pytest.mark.filterwarnings("ignore:__int__ returned non-int:DeprecationWarning")  # ipaddress, given true for a network
@given(st.sampled_from(CASES), st.data())
def test_documents_gone_wrong_end_as_pydantic_says(case: Case, data: st.DataObject) -> None:
    """With a value, a key or an element changed, the stream errs if and only if `validate_json` raises, where it says."""
    document: Any = json.loads(case.document)
    text = json.dumps(data.draw(mutated(document)))
    assert_as_pydantic_decides(
        case.type, text, data.draw(cuts(text)), context=case.context, decided_with=lambda path: [()]
    )
    count("documents of those models, changed")


@pytest.mark.filterwarnings("ignore:__int__ returned non-int:DeprecationWarning")
@given(st.sampled_from(CASES), st.data())
def test_errors_of_models_are_the_same_at_all_cuts(case: Case, data: st.DataObject) -> None:
    """Where a document goes wrong, and how that is said, depends on its characters alone."""
    text = json.dumps(data.draw(mutated(json.loads(case.document))))
    one = run(case.type, text, context=case.context).error
    other = run(case.type, data.draw(cuts(text)), context=case.context).error
    assert type(one) is type(other)
    if isinstance(one, rxs.FieldInvalid) and isinstance(other, rxs.FieldInvalid):
        assert (one.path, one.text, str(one)) == (other.path, other.text, str(other))
        assert one.closed_paths == other.closed_paths
        assert rxs.dump(one.partial) == rxs.dump(other.partial)
    count("documents of those models, changed")
