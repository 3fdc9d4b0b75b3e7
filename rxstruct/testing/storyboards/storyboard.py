"""`storyboard`: play the sources of a storyboard in virtual time, and hold what comes out against its other rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .parser import parse
from .play import Operator, Play
from .report import failure


def storyboard(text: str, *operators: Operator, model: Any = None, legend: Mapping[str, Any] | None = None) -> None:
    """Assert that operators make of a source what the storyboard shows.

    ```storyboard
    deltas   --a-----b-----c--|
    lengths  --x-----y-----z--|

    a  {"name":"A
    b  da","age":3
    c  6}
    x  10
    y  22
    z  24
    ```

    The first row is the source, the last the result, and one column is 10 ms of virtual time; the page on storyboards has all
    marks. The virtual scheduler is given to `subscribe`, so whatever forwards it runs in virtual time, too.

    Example:
        >>> from reactivex import operators as ops
        >>> storyboard('''
        ...     deltas   --a-----b--|
        ...     lengths  --x-----y--|
        ...
        ...     a  {"name":"A
        ...     b  da"}
        ...     x  10
        ...     y  14
        ... ''', ops.scan(lambda length, delta: length + len(delta), 0))

    Args:
        text: the storyboard; a raw string, where a literal in its legend has a backslash.
        operators: what is piped between the first row and the last. A row between them that has the name of an operator's
            parameter is another source, given to it under that name; the others show what each operator but the last gives.
        model: the type that `!` after a value asserts; by default, that of the item.
        legend: objects for marks that text cannot say, `#` included.

    Raises:
        AssertionError: with the rows, wanted and got, aligned.
        StoryboardInvalid: if the text is not a storyboard, with a caret under the place.
    """
    __tracebackhide__ = True
    play = Play(parse(text), operators, legend or {}, model)
    play.run()
    difference = failure(play)
    if difference is not None:
        raise AssertionError(difference)
