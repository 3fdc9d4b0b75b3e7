"""What a delta costs is counted, not timed: the bytecode instructions that Python executes for it are the same on every machine.

What is copied in C (an open string, a long list) does not show in these numbers: `make bench-guard` has that, in CPU time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from reactivex.subject import Subject

import rxstruct as rxs
from benchmarks.copying import LIST_READERS, STRING_READERS, Grown, Reader, grown_list, grown_report, grown_string
from benchmarks.models import Report
from benchmarks.pipelines import fail

MOST_INSTRUCTIONS = 1200
"""For one delta of a report, from the `Subject` to a typed partial at the sink; it was 833 when this was written."""


def instructions_per_delta(grown: Grown, operators: list[Callable[[Any], Any]]) -> float:
    """How many bytecode instructions each of the last deltas takes."""
    subject: Subject[str] = Subject()
    subject.pipe(rxs.accumulate_json(), *operators).subscribe(lambda item: None, on_error=fail)
    subject.on_next(grown.beginning)
    executed = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal executed
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        executed += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for delta in grown.deltas:
            subject.on_next(delta)
    finally:
        sys.settrace(before)
    return executed / len(grown.deltas)


def test_a_delta_of_a_report_takes_few_instructions() -> None:
    """A typed partial takes no more than so many instructions a delta."""
    assert instructions_per_delta(grown_report(0), [rxs.to_partial(Report)]) < MOST_INSTRUCTIONS


def test_a_delta_late_in_a_report_takes_no_more_than_an_early_one() -> None:
    """After 100 sections a typed partial takes the same instructions as in the first."""
    early, late = (instructions_per_delta(grown_report(length), [rxs.to_partial(Report)]) for length in (0, 100))
    assert late <= early * 1.02


@pytest.mark.parametrize("reader", STRING_READERS, ids=lambda reader: reader.name)
def test_a_long_string_takes_no_more_instructions_than_a_short_one(reader: Reader) -> None:
    """Nothing goes through an open string again, character by character."""
    short, long = (instructions_per_delta(grown_string(length), reader.operators) for length in (1_000, 64_000))
    assert long <= short * 1.02


def members(first: int, number: int) -> list[str]:
    return [f'"key {index}": {index}, ' for index in range(first, first + number)]


OBJECT_READERS = {
    "progress": rxs.progress(),
    "distinct_fields": rxs.distinct_fields("key 3", "none"),
    "distinct_fields that close": rxs.distinct_fields(closed=True),
    "field": rxs.field("key 3"),
    "elements": rxs.elements(),
    "changes": rxs.changes(),
}


@pytest.mark.parametrize("operator", OBJECT_READERS.values(), ids=OBJECT_READERS)
def test_a_wide_object_takes_no_more_instructions_than_a_narrow_one(operator: Callable[[Any], Any]) -> None:
    """Nothing goes through an object's closed members again, one by one."""
    narrow, wide = (
        instructions_per_delta(Grown("{" + "".join(members(0, width)), members(width, 20), "}"), [operator])
        for width in (20, 2_000)
    )
    assert wide <= narrow * 1.02


@pytest.mark.parametrize("operator", OBJECT_READERS.values(), ids=OBJECT_READERS)
def test_members_that_arrive_at_once_take_what_they_take_one_by_one(operator: Callable[[Any], Any]) -> None:
    """A delta that brings many members takes as many instructions for each as one that brings few."""
    few, many = (
        instructions_per_delta(Grown("{", ["".join(members(0, number))], "}"), [operator]) / number
        for number in (100, 1_000)
    )
    assert many <= few * 1.1


@pytest.mark.parametrize("reader", LIST_READERS, ids=lambda reader: reader.name)
def test_a_long_list_takes_no_more_instructions_than_a_short_one(reader: Reader) -> None:
    """Nothing goes through a list's closed elements again, one by one."""
    short, long = (instructions_per_delta(grown_list(length), reader.operators) for length in (10, 2_000))
    assert long <= short * 1.02
