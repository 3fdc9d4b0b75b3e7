"""A storyboard passes exactly when the operators do what it shows, and says so when they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
import reactivex as rx
from pydantic import BaseModel, Field
from reactivex import Observable
from reactivex import operators as ops

from rxstruct.errors import JsonInvalid, Truncated
from rxstruct.incremental import JsonDocument
from rxstruct.testing import StoryboardInvalid, storyboard


class User(BaseModel):
    name: str
    age: int = 0


@dataclass
class Point:
    x: int
    y: int = 0


def fails(text: str, *operators: Callable[..., Observable[Any]], **options: Any) -> str:
    """What the storyboard's failure says."""
    with pytest.raises(AssertionError) as caught:
        storyboard(text, *operators, **options)
    return str(caught.value)


def refused(text: str, *operators: Callable[..., Observable[Any]], **options: Any) -> str:
    """What is said of a storyboard that cannot be played."""
    with pytest.raises(StoryboardInvalid) as caught:
        storyboard(text, *operators, **options)
    return str(caught.value)


def snapshots() -> Callable[[Observable[str]], Observable[Any]]:
    """Each delta's snapshot, with no help from the package's own operators."""

    def operator(source: Observable[str]) -> Observable[Any]:
        document = JsonDocument()
        return source.pipe(ops.map(document.feed))

    return operator


def begun_user() -> User:
    """A user of whom only the name has arrived."""
    user = User(name="Ada")
    del user.__dict__["age"]
    return user


def begun_point() -> Point:
    """A point of which only `y` has arrived; its class has a default for `y`, too."""
    point = object.__new__(Point)
    point.y = 2
    return point


@dataclass(slots=True, init=False)
class Slotted:
    x: int
    y: int

    def __init__(self, x: int) -> None:
        self.x = x


class Cached(BaseModel, extra="allow"):
    name: str

    @cached_property
    def shout(self) -> str:
        return self.name.upper()


class Numbers(list[int]):
    pass


# -- what is played ------------------------------------------------------------------------------------------------------


def test_letters_stand_for_raw_text() -> None:
    """A delta is the legend's text to the end of the line, and a text that comes out is compared with the same."""
    storyboard(
        """
        deltas  --a-----b--|
        upper   --x-----y--|

        a  {"name":  "ann
        b  }
        x  {"NAME":  "ANN
        y  }
        """,
        ops.map(str.upper),
    )


def test_letters_without_a_legend_stand_for_themselves() -> None:
    """A storyboard about timing alone needs no legend."""
    storyboard(
        """
        source  -a-b-(cd)-|
        same    -a-b-(cd)-|
        """
    )


def test_literals_carry_spaces_and_newlines() -> None:
    """What follows `=` is a Python literal, as an item of the source and of the result."""
    storyboard(
        r"""
        source  -a-b-c-|
        repr    -x-y-z-|

        a = " one\n"
        b = {"two": (1, None)}
        c = True
        x = "' one\\n'"
        y = "{'two': (1, None)}"
        z  True
        """,
        ops.map(repr),
    )


def test_timed_operators_run_in_virtual_time() -> None:
    """A delay of half a minute takes no time: the scheduler is forwarded through `subscribe`."""
    storyboard(
        """
        source   -a-b|
        delayed  - 30s a-b|
        """,
        ops.delay(30),
    )


def test_debounce_in_virtual_time() -> None:
    """Silence is measured in columns."""
    storyboard(
        """
        source     -a-bc-----d--|
        debounced  ------c-----d|
        """,
        ops.debounce(0.02),
    )


def test_a_hundred_items_at_one_moment_take_no_time() -> None:
    """However much happens at once, the clock stands still."""
    storyboard(
        """
        source  -a-|
        count   -x-|

        x = 500
        """,
        ops.flat_map(lambda _, __=None: rx.range(500).pipe(ops.delay(0), ops.count())),
    )


def test_every_operator_may_have_its_row() -> None:
    """Rows between the first and the last show what each operator but the last gives."""
    storyboard(
        """
        source   -a-b-c-|
        numbers  -1-2-3-|
        sums     -1-x-y-|
        last     -------(y|)

        a = "1"
        b = "2"
        c = "3"
        1 = 1
        2 = 2
        3 = 3
        x = 3
        y = 6
        """,
        ops.map(int),
        ops.scan(lambda total, number: total + number),
        ops.last(),
    )


def test_rows_named_as_parameters_are_sources() -> None:
    """An operator with a further parameter gets the row of that name as another source."""
    storyboard(
        """
        source  -a-b-c-d-|
                ^---!
        stop    ----x
                ^---!
        result  -a-b|
        """,
        lambda source, stop: source.pipe(ops.take_until(stop)),
    )


def test_caret_makes_a_source_hot() -> None:
    """A source with `^` speaks from the start, and the test subscribes at that mark."""
    storyboard(
        """
        hot     -a-b-^-c-d-|
                -----^-----!
        result  -------c-d-|
        """
    )


def test_exclamation_mark_disposes() -> None:
    """At `!` in the last row the test disposes, before anything else that is due then."""
    storyboard(
        """
        source  -a-b-c-d
                ^----!
        result  -a-b-!
        """
    )


def test_subscription_rows_tell_each_subscription() -> None:
    """A source that is subscribed to again has a row for each time; `^` alone is never disposed of."""
    storyboard(
        """
        source  -a-b|
                ^---!
                ----^---!
                --------^!
        result  -a-b-a-b-(a|)
        """,
        ops.repeat(3),
        ops.take(5),
    )
    storyboard(
        """
        source  -a-b
                ^
        result  -a-b
        """
    )


def test_no_subscription_can_be_drawn() -> None:
    """A subscription row of dashes says that nobody subscribes."""
    storyboard(
        """
        source  -a|
                ---
        empty   |
        """,
        lambda source: rx.empty(),
    )


def test_errors_are_emitted_and_compared() -> None:
    """`#` raises what the legend says, and its type and arguments are compared."""
    storyboard(
        """
        source  -a-#
        result  -a-#

        #  ValueError("boom", 1)
        """
    )


def test_errors_by_their_attributes() -> None:
    """An error's attributes can be asserted: a string in `closed` and `path` is a path of one segment."""

    def fail(_: object) -> None:
        document = JsonDocument()
        document.feed('{"name": "Ada", "tags": ["x"], ')
        document.finish()

    storyboard(
        """
        source  -a
        result  -#

        #  Truncated(closed=["name", ("tags", 0), "tags"], reason="end of text")
        """,
        ops.map(fail),
    )


def test_each_row_may_have_its_own_error() -> None:
    """A source's error and the result's are two lines of the legend."""
    storyboard(
        """
        source  -a-#
        result  -a-#

        #  ValueError("boom")
        #  RuntimeError("from boom")
        """,
        ops.catch(lambda error, _: rx.throw(RuntimeError(f"from {error}"))),
    )


def test_errors_and_objects_can_be_given() -> None:
    """What text cannot say comes through `legend`."""
    storyboard(
        """
        source  -a-#
        result  -b-#
        """,
        ops.map(lambda user: user.model_copy(update={"age": 37})),
        legend={"a": User(name="Ada"), "b": User(name="Ada", age=37), "#": JsonInvalid("bad", position=1)},
    )


# -- what is compared ----------------------------------------------------------------------------------------------------


def test_snapshots_are_compared_by_value() -> None:
    """A snapshot's mark is the JSON of its value."""
    storyboard(
        """
        deltas     --a-----b-----c--|
        snapshots  --x-----y-----z--|

        a  {"name":"A
        b  da","age":3
        c  6}
        x  {"name": "A"}
        y  {"name": "Ada"}
        z  {"name": "Ada", "age": 36}
        """,
        snapshots(),
    )


@pytest.mark.parametrize(
    ("partial", "shown"),
    [
        (begun_user(), '{"name": "Ada"}'),
        (User(name="Ada"), '{"name": "Ada", "age": 0}'),
        (Point(1), '{"x": 1, "y": 0}'),
        (begun_point(), '{"y": 2}'),
        (Slotted(1), '{"x": 1}'),
        (Cached(name="Ada", extra=1), '{"name": "Ada", "extra": 1}'),
        (Numbers([1]), "[1]"),
        ([User(name="Ada")], '[{"name": "Ada", "age": 0}]'),
        (("a", 1), '["a", 1]'),
        ({"b", "c", "a"}, '["a", "b", "c"]'),
        (None, "null"),
        (1.0, "1.0"),
    ],
)
def test_items_are_compared_by_the_json_of_their_present_fields(partial: object, shown: str) -> None:
    """What is absent is not in the JSON, what is there counts, and nothing but fields does."""
    getattr(partial, "shout", None)
    storyboard(f"source  a|\nresult  x|\n\nx  {shown}", ops.map(lambda _: partial))


@pytest.mark.parametrize(
    ("item", "legend"),
    [
        (1, "x  true"),
        (True, "x  1"),
        (1, "x  1.0"),
        (1, "x = True"),
        (0.0, "x  -0.0"),
        ([1], "x  [true]"),
        ((1,), "x = [1]"),
        (Numbers([1]), "x = [True]"),
        ("1", "x = 1"),
        ("a", "x  b"),
        ({"a": 1}, 'x  {"a": 1, "b": 2}'),
        ({"a": 1, "b": 2}, 'x  {"a": 1}'),
        (User(name="Ada"), 'x  {"name": "Ada"}'),
    ],
)
def test_types_and_values_count(item: object, legend: str) -> None:
    """`True` is not `1`, `1` is not `1.0`, and a field too many or too few is a difference."""
    assert "another" in fails(f"source  a|\nresult  x|\n\n{legend}", ops.map(lambda _: item))


def test_final_objects_are_real_and_whole() -> None:
    """`!` passes for the object that validation makes of the same JSON."""
    user, points = User(name="Ada", age=0), [Point(1)]
    storyboard('source  a|\nresult  x|\n\nx  {"name": "Ada", "age": 0}!', ops.map(lambda _: user))
    storyboard('source  a|\nresult  x|\n\nx  [{"x": 1, "y": 0}]!', ops.map(lambda _: points), model=list[Point])


class Strict(BaseModel):
    name: str = Field(min_length=3)


@pytest.mark.parametrize(
    ("item", "legend", "model", "says"),
    [
        (Strict.model_construct(name="A"), '{"name": "A"}!', None, "not valid: 1 errors"),
        (User(name="Ada"), '{"name": "Ada", "age": 0}!', Strict, "a User, not a Strict"),
        (
            User.model_construct(name="Ada", age=0, _fields_set=set()),
            '{"name": "Ada", "age": 0}!',
            None,
            "the same JSON",
        ),
        ({"name": "Ada"}, '{"name": "Ada"}!', None, "with `model=`"),
    ],
)
def test_what_is_not_final_is_told(item: object, legend: str, model: Any, says: str) -> None:
    """`!` fails for the same JSON in an object that is invalid, of another type, or never validated."""
    assert says in fails(f"source  a|\nresult  x|\n\nx  {legend}", ops.map(lambda _: item), model=model)


def test_an_item_that_changes_later_is_told() -> None:
    """An item has to stay as it was when it was emitted."""

    def collect(items: list[str], item: str) -> list[str]:
        items.append(item)
        return items

    message = fails(
        """
        source  -a-b|
        lists   -x-y|

        x  ["a"]
        y  ["a", "b"]
        """,
        ops.scan(collect, []),
    )
    assert "changed after it had been emitted, from ['a'] to ['a', 'b']" in message


@pytest.mark.parametrize(
    ("raised", "legend", "says"),
    [
        (TypeError("x"), 'ValueError("x")', "a TypeError"),
        (ValueError("y"), 'ValueError("x")', "other arguments"),
        (ValueError(True), "ValueError(1)", "other arguments"),
        (JsonInvalid("bad", position=4), "JsonInvalid(position=5)", "another `position`"),
        (Truncated("cut"), 'Truncated(closed=["name"])', "another `closed`"),
        (Truncated("cut"), 'Truncated(path="name")', "another `path`"),
    ],
)
def test_errors_are_told_apart(raised: Exception, legend: str, says: str) -> None:
    """Another class, other arguments or another attribute is another error."""
    assert says in fails(f"source  -a\nresult  -#\n\n#  {legend}", ops.map(lambda _: rx_raise(raised)))


def rx_raise(error: Exception) -> None:
    raise error


# -- what a failure says -------------------------------------------------------------------------------------------------


def test_a_failure_shows_the_rows_aligned() -> None:
    """The first difference is said in words; rows stand below each other, and new content has a new letter."""
    message = fails(
        """
        deltas   --a-----b-----c--|
        partial  --x-----y-----z--|

        a  {"name":"A
        b  da","age":3
        c  6}
        x  {"name": "A"}
        y  {"name": "Ada", "age": 3}
        z  {"name": "Ada", "age": 36}
        """,
        snapshots(),
    )
    assert message == (
        "partial is not as drawn: `y` is drawn at 80 ms, and what came is another value\n"
        "\n"
        "    deltas          --a-----b-----c--|\n"
        "    partial wanted  --x-----y-----z--|\n"
        "    partial got     --x-----A-----z--|\n"
        "\n"
        '    x  {"name": "A"}\n'
        '    y  {"name": "Ada", "age": 3}\n'
        '    z  {"name": "Ada", "age": 36}\n'
        '    A  {"name": "Ada"}   (got)'
    )


def test_every_row_that_differs_is_shown() -> None:
    """A failure in the middle is shown with what it did to the result."""
    message = fails("source  -1-x-|\nnumber  -a-b-|\nresult  -a-b-|\n\na = 1\nb = 2", ops.map(int), ops.map(abs))
    assert "number wanted  -a-b-|\n    number got     -a-#" in message
    assert "result wanted  -a-b-|\n    result got     -a-#" in message
    assert "#  ValueError(\"invalid literal for int() with base 10: 'x'\")   (got)" in message


def test_letters_for_the_same_content_stay_what_they_are() -> None:
    """Where two letters stand for the same, what was got is shown under the one that was drawn there."""
    message = fails("source  -a-a-|\nresult  -x-y|\n\nx  a\ny  a")
    assert "result got     -x-y-|" in message


@pytest.mark.parametrize(
    ("result", "operator", "says", "got"),
    [
        ("-a-b-|", ops.delay(0.01), "`a` is drawn at 10 ms, and came at 20 ms", "--a-b-|"),
        ("-a---|", ops.map(str), "`|` is drawn at 50 ms, and what came is a value at 30 ms", "-a-A-|"),
        ("-a-b-c", ops.map(str), "`c` is drawn at 50 ms, and what came is the completion at 50 ms", "-a-b-|"),
        ("-a-b---", ops.map(str), "the completion at 50 ms came, where nothing more is drawn", "-a-b-|"),
        ("-a-b-|", ops.take(1), "`b` is drawn at 30 ms, and what came is the completion at 10 ms", "-(a|)"),
        ("-a-b-|", ops.concat(rx.never()), "`|` is drawn at 50 ms, and nothing more came", "-a-b--"),
        ("-a-b-|", ops.delay(0.005), "`a` is drawn at 10 ms, and came at 15 ms", "--a 5ms -b 5ms -|"),
        ("-a-b-|", ops.delay(50), "`a` is drawn at 10 ms, and came at 50010 ms", "------ 49950ms a-b-|"),
    ],
)
def test_the_first_difference_is_said(result: str, operator: Any, says: str, got: str) -> None:
    """Early, late, too much, too little: each is said with its time."""
    message = fails(f"source  -a-b-|\nresult  {result}", operator)
    assert says in message.split("\n")[0]
    assert message.split("\n")[4].endswith(f"result got     {got}")


def test_errors_are_shown_wanted_and_got() -> None:
    """An error that was not drawn has its line, with what most often matters."""

    def fail(_: object) -> None:
        raise JsonInvalid("bad", position=4)

    message = fails("source  -a|\nresult  -#\n\n#  Truncated", ops.map(fail))
    assert "    #  Truncated\n    #  JsonInvalid('bad', position=4, closed=[])   (got)" in message


def test_subscriptions_are_shown_wanted_and_got() -> None:
    """A subscription that was not drawn is shown below the one that was."""
    message = fails("source  -a-b-|\n        ^---!\nresult  -(a|)", ops.take(1))
    assert message == ("source was not subscribed to as drawn\n\n    source  -a-b-|\n    wanted  ^---!\n    got     ^!")


def test_an_endless_stream_is_not_waited_for() -> None:
    """What goes on for ever is shown up to a bound."""
    assert len(fails("source  -a|\nresult  -a|", lambda source: rx.interval(0.01))) < 1000


def test_an_exception_in_the_pipeline_is_not_hidden() -> None:
    """An operator that cannot be built fails as itself."""

    def broken(source: Observable[Any]) -> Observable[Any]:
        raise LookupError("no such field")

    with pytest.raises(LookupError, match="no such field"):
        storyboard("source  -a|\nresult  -a|", broken)


def test_state_does_not_leak_between_plays() -> None:
    """Each play has its own stage: the same storyboard passes, or fails, twice."""
    for _ in range(2):
        storyboard("source  -a|\nresult  -A|", ops.map(str.upper))
        fails("source  -a|\nresult  -a|", ops.map(str.upper))


# -- what cannot be played -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "operators", "says"),
    [
        ("source  -a|", 0, "at least two rows"),
        ("source  -a|\nmiddle  -a|\nresult  -a|", 1, "1 rows are drawn between the source and the result"),
        ("source  -a|\nresult  ^a|", 1, "`^` stands in the row of a hot source"),
        ("source  -a!\nresult  -a|", 1, "`!` stands in the last row"),
        ("source  -^a|\nother   ^-a|\nresult  -a|", 1, "the test subscribes once"),
        ("source  -a#\nresult  -a#", 1, "does not say which error"),
        ("source  -a#\nresult  -a#\n\n#  no error", 1, "an error is its class"),
        ("source  -a#\nresult  -a#\n\n#  Unheard()", 1, "cannot raise `Unheard` by name"),
        ("source  -a#\nresult  -a#\n\n#  Truncated(closed=[])", 1, "cannot raise this"),
    ],
)
def test_what_cannot_be_played_is_refused(text: str, operators: int, says: str) -> None:
    """A storyboard that makes no sense with these operators is refused, with a caret."""
    message = refused(text, *[lambda source, other=None: source] * operators)
    assert says in message
    assert message.split("\n")[-1].strip() == "^"


@pytest.mark.parametrize("operator", ["accumulate_json", [ops.map(int)], None])
def test_what_is_no_operator(operator: Any) -> None:
    """Operators are given one by one: a list of them, or a name, is refused."""
    with pytest.raises(
        TypeError, match=f"takes operators one by one, as pipe.. does, and got a {type(operator).__name__}"
    ):
        storyboard("source  -a|\nresult  -a|", operator)


def test_an_operator_that_returns_no_stream() -> None:
    """An operator that forgets its `return` is named."""

    def forgetful(source: Observable[Any]) -> Any:
        source.pipe(ops.map(str))

    with pytest.raises(TypeError, match="forgetful returned a NoneType: an operator takes a stream and returns one"):
        storyboard("source  -a|\nresult  -a|", forgetful)


def test_what_is_given_for_a_mark() -> None:
    """What is given has to stand for a mark that there is, and that the legend in the text says nothing of."""
    with pytest.raises(ValueError, match=r"legend=\{'b': …\}: no row has this mark"):
        storyboard("source  -a|\nresult  -a|", ops.map(str), legend={"b": 1})
    text = "source  -a|\nresult  -a|\n\na  1"
    assert "legend= says what `a` is already (line 4)" in refused(text, ops.map(str), legend={"a": 1})
