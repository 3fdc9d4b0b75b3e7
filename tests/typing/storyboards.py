"""Storyboards take operators as they are typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_type

from reactivex import Observable
from reactivex import operators as ops

from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.testing import draw, every_cut, storyboard


def until(source: Observable[str], stop: Observable[str]) -> Observable[str]:
    return source.pipe(ops.take_until(stop))


def storyboards_take_operators_of_all_kinds() -> None:
    storyboard("source  -a|\nresult  -a|")
    storyboard("source  -a|\nresult  -a|", ops.map(str), ops.delay(0.01))
    storyboard("source  -a|\nresult  -a|", accumulate_json(), model=list[int], legend={"a": 1})
    storyboard("source  -a|\nstop    --x\nresult  -a|", until)
    storyboard("source  -a|\nresult  -a|", lambda source: source.pipe(ops.take(1)))


def helpers_have_types() -> None:
    assert_type(every_cut("text"), Iterator[list[str]])
    assert_type(draw("row  -a|"), str)
