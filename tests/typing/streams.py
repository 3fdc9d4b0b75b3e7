"""Operators and loops keep the type of the items."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxstruct.errors import Truncated
from rxstruct.incremental import JsonSnapshot
from rxstruct.iteration import AsyncIteration, Iteration, aiterate, iterate
from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.operators.keep_partial import keep_partial
from rxstruct.operators.share_latest import share_latest
from rxstruct.operators.stop_when import stop_when
from rxstruct.operators.throttle_latest import throttle_latest
from rxstruct.stream import Stream


def operators_keep_the_type(numbers: Observable[int]) -> None:
    assert_type(numbers.pipe(throttle_latest(0.1)), Stream[int])
    assert_type(numbers.pipe(share_latest()), Stream[int])
    assert_type(numbers.pipe(stop_when(rx.timer(1))), Stream[int])
    assert_type(numbers.pipe(keep_partial(Truncated)), Stream[int])


def chains_infer(deltas: Observable[str]) -> None:
    assert_type(
        deltas.pipe(accumulate_json(), throttle_latest(0.1), keep_partial(Truncated), share_latest()),
        Stream[JsonSnapshot],
    )


def chains_go_on_in_reactivex(deltas: Observable[str]) -> None:
    assert_type(deltas.pipe(accumulate_json(), throttle_latest(0.1), ops.map(position)), Observable[int])


def position(snapshot: JsonSnapshot) -> int:
    return snapshot.position


def is_enough(snapshot: JsonSnapshot) -> bool:
    return snapshot.is_closed("name")


def branches(shared: Stream[int]) -> Observable[str]:
    return shared.pipe(ops.map(str))


def functions_are_typed(deltas: Observable[str], numbers: Observable[int]) -> None:
    assert_type(deltas.pipe(accumulate_json(), stop_when(is_enough)), Stream[JsonSnapshot])
    assert_type(numbers.pipe(share_latest(branches)), Stream[str])


def loops(numbers: Stream[int]) -> None:
    assert_type(iterate(numbers), Iteration[int])
    assert_type(aiterate(numbers), AsyncIteration[int])
    assert_type(numbers.final(), int)
    for number in numbers:
        assert_type(number, int)
    with iterate(numbers) as items:
        assert_type(next(items), int)


async def async_loops(numbers: Stream[int]) -> None:
    assert_type(await numbers.afinal(), int)
    assert_type(await numbers, int)
    async for number in numbers:
        assert_type(number, int)
