"""`keep_partial`: on the errors named, what had arrived is the answer."""

from __future__ import annotations

from typing import TypeVar

import pytest
from reactivex import Observable
from reactivex import operators as ops

from rxstruct.errors import RxStructError, Truncated
from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.operators.keep_partial import keep_partial
from rxstruct.stream import Stream
from rxstruct.testing.storyboards import storyboard

from .drawings import drawing

T = TypeVar("T")


def test_a_named_error_completes() -> None:
    """On an error that is named the stream completes with what it had."""
    storyboard(drawing(keep_partial), keep_partial(Truncated))


def test_another_error_passes() -> None:
    """An error that is not named passes as it is."""
    storyboard(
        """
        source  --a--#
        result  --a--#

        #  ValueError("foreign")
        """,
        keep_partial(Truncated),
    )


def test_a_base_class_forgives_all_of_its_kinds() -> None:
    """`RxStructError` stands for all of the library's own."""
    storyboard(
        """
        source  --a--#
        result  --a--|

        #  Truncated("cut off")
        """,
        keep_partial(RxStructError),
    )


def test_the_state_on_the_error_is_emitted_once() -> None:
    """The last snapshot comes once, though it is also on the error."""
    storyboard(
        """
        deltas    --a--b--|
        snapshot  --x--y--|

        a  {"name":"A
        b  da
        x  {"name": "A"}
        y  {"name": "Ada"}
        """,
        lambda deltas: deltas.pipe(accumulate_json(), keep_partial(Truncated)),
    )


def test_a_state_that_was_dropped_comes_from_the_error() -> None:
    """A state that never came by, because something upstream dropped it, is taken from the error."""
    storyboard(
        """
        deltas    --a--b--|
        snapshot  --------(y|)

        a  {"name":"A
        b  da
        y  {"name": "Ada"}
        """,
        lambda deltas: deltas.pipe(accumulate_json(), drop_all, keep_partial(Truncated)),
    )


def drop_all(source: Observable[T]) -> Stream[T]:
    """An operator that passes no item, as a throttle does whose period is long."""
    return Stream.like(
        source,
        lambda observer, scheduler=None: source.pipe(ops.ignore_elements()).subscribe(observer, scheduler=scheduler),
    )


def test_the_errors_have_to_be_named() -> None:
    """Forgiving all errors takes a word."""
    with pytest.raises(TypeError, match="keep_partial\\(Truncated\\)"):
        keep_partial()
