"""Every limit: what just fits passes, one more is `LimitExceeded`, which says what to raise and has all that came before."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import reactivex as rx
from pydantic import BaseModel, Field
from reactivex import Observable
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.sinks import sse
from rxstruct.testing.replies import recorded
from rxstruct.testing.server import LoopbackServer

from .sources.clients import async_client, sync_client
from .tally import count

TABLE = re.compile(r"^\| `(\w+)` \|.*\| ([\d,]+) \| `(\w+)\(", re.MULTILINE)
CUTS = [1, 3, 1_000_000]


def outcome(stream: Observable[Any]) -> tuple[list[Any], Any]:
    """What came, and the error; None for completion."""
    items: list[Any] = []
    ends: list[Any] = []
    stream.subscribe(items.append, ends.append, lambda: ends.append(None))
    (end,) = ends
    count("texts at a limit")
    return items, end


def test_the_table_of_the_docs() -> None:
    """The page on limits states each option's default as the code has it, and every such option is there."""
    page = (Path(__file__).parent.parent / "docs" / "limits.md").read_text("utf-8")
    stated = {(function, name): int(default.replace(",", "")) for name, default, function in TABLE.findall(page)}
    for (function, name), default in stated.items():
        assert inspect.signature(getattr(rxs, function)).parameters[name].default == default, (function, name)
    functions = {function for function, _ in stated}
    options = {
        (function, name)
        for function in functions
        for name in inspect.signature(getattr(rxs, function)).parameters
        if name.startswith("max_") or name == "buffer"
    }
    assert options == stated.keys()


# -- of a document -----------------------------------------------------------------------------------------------------------

DOCUMENTS = [
    ("max_depth", 3, '{"a":1,"b":[[]]}', '{"a":1,"b":[[▲[]]]}', "b[0]"),
    ("max_chars", 13, '{"a":1,"b":2}', '{"a":1,"b":22▲}', None),
    ("max_elements", 2, '{"a":1,"b":[1,2]}', '{"a":1,"b":[1,2,▲3]}', "b"),
    ("max_elements", 2, '{"a":1,"a":2}', '{"a":1,"a":2,▲"a":3}', "the root"),
    ("max_key_length", 3, '{"a":1,"abc":2}', '{"a":1,"abc▲d":2}', "the root"),
    ("max_key_length", 6, '{"a":1,"\\u0061":2}', '{"a":1,"\\u0061▲b":2}', "the root"),
    ("max_key_length", 4, '{"a":1,"bcde":2}', '{"a":1,"b\\u0▲061":2}', "the root"),
    ("max_number_length", 3, '{"a":1,"b":123}', '{"a":1,"b":123▲4}', "the root"),
    ("max_number_length", 4, '{"a":1,"b":-1.5}', '{"a":1,"b":-1.5▲5}', "the root"),
]
"""The option, its value, a text that just fits, one with a mark before the character too many, and where that is."""


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("option", "limit", "fits", "marked", "where"), DOCUMENTS)
def test_a_document(option: str, limit: int, fits: str, marked: str, where: str | None, cut: int) -> None:
    """A document may reach each limit; the first character beyond is refused, with the state before it, however it was cut."""
    limited = rxs.accumulate_json(**{option: limit})  # type: ignore[arg-type]
    assert outcome(rxs.replay(fits, cuts=cut).pipe(limited))[0][-1].value == json.loads(fits)
    before, text = marked.split("▲")[0], marked.replace("▲", "")
    items, error = outcome(rxs.replay(text, cuts=cut).pipe(limited, rxs.to_partial(dict[str, Any])))
    assert isinstance(error, rxs.LimitExceeded)
    assert error.limit == option
    assert error.text == text[: len(before) + 1]
    assert ("a",) in error.closed_paths
    assert error.partial["a"] in (1, 2)
    assert items[-1] is error.partial
    assert f"raise {option} of accumulate_json()" in str(error)
    assert str(limit) in str(error)
    if where is not None:
        assert f"at position {len(before)}, in {where}:" in str(error)


@pytest.mark.parametrize("cut", CUTS)
def test_json_lines(cut: int) -> None:
    """The documents of JSON lines are elements of one list, and the first one too many is refused."""
    limited = rxs.accumulate_json_lines(max_elements=2)
    assert outcome(rxs.replay("1 [2]\n", cuts=cut).pipe(limited))[0][-1].value == [1, [2]]
    _, error = outcome(rxs.replay("1 [2]\n[3]", cuts=cut).pipe(limited))
    assert isinstance(error, rxs.LimitExceeded)
    assert (error.limit, error.text) == ("max_elements", "1 [2]\n[")
    assert error.snapshot is not None
    assert error.snapshot.value == [1, [2]]


@pytest.fixture
def int_digits() -> Iterator[Callable[[int], None]]:
    before = sys.get_int_max_str_digits()
    yield sys.set_int_max_str_digits
    sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("end", ["", " ", "]"])
def test_integers_that_this_process_does_not_convert(int_digits: Callable[[int], None], end: str, cut: int) -> None:
    """Where Python's own limit is the lower one, an integer beyond it is LimitExceeded, too, and says which to raise."""
    int_digits(640)
    begin = "[" if end == "]" else ""
    limited = rxs.accumulate_json()
    assert outcome(rxs.replay(begin + "1" * 640 + end, cuts=cut).pipe(limited))[1] is None
    assert outcome(rxs.replay(begin + "1" * 641 + ".5" + end, cuts=cut).pipe(limited))[1] is None
    text = begin + "1" * 641
    _, error = outcome(rxs.replay(text + end, cuts=cut).pipe(limited))
    assert isinstance(error, rxs.LimitExceeded)
    assert (error.limit, error.text) == ("max_number_length", text)
    assert str(error).startswith("an integer is longer than the 640 digits that this process converts, at position ")
    assert str(error).endswith(": to allow it, call sys.set_int_max_str_digits()")


def test_longer_integers_where_the_process_converts_them(int_digits: Callable[[int], None]) -> None:
    """With both limits raised, an integer of any length is read."""
    int_digits(0)
    limited = rxs.accumulate_json(max_number_length=6_000)
    for cut in CUTS:
        assert outcome(rxs.replay("[" + "7" * 6_000 + "]", cuts=cut).pipe(limited))[0][-1].value == [int("7" * 6_000)]


HOSTILE = {
    "an endless integer": ("[", "9" * 1000),
    "an endless fraction": ("[0.", "1" * 1000),
    "an endless key": ('{"', "k" * 1000),
    "endless nesting": ("", "[" * 100),
    "endless nesting of objects": ("", '{"k":' * 100),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_never_ends_is_left(int_digits: Callable[[int], None], name: str) -> None:
    """Of what never ends no more is read than its limit, and the source is closed; no digit of it is ever converted."""
    int_digits(0)
    beginning, more = HOSTILE[name]
    read = 0
    closed = False

    def deltas() -> Iterator[str]:
        nonlocal read, closed
        try:
            yield beginning
            while True:
                read += len(more)
                yield more
        finally:
            closed = True

    _, error = outcome(rxs.from_deltas(deltas).pipe(rxs.accumulate_json()))
    assert isinstance(error, rxs.LimitExceeded)
    assert closed
    assert read <= 70_000


@pytest.mark.parametrize("begin", ["", "[", '{"a":', '["'])
def test_ten_megabytes_at_once(int_digits: Callable[[int], None], begin: str) -> None:
    """Ten megabytes of digits in one delta are refused (or, in a string, taken) without being converted, or copied many times."""
    int_digits(0)
    delta = begin + "9" * 10_000_000 + ("" if '"' not in begin else '"') + "]"
    tracemalloc.start()
    try:
        _, error = outcome(rx.of(delta).pipe(rxs.accumulate_json()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * len(delta)
    if begin == '["':
        assert error is None
    else:
        assert isinstance(error, rxs.LimitExceeded)
        assert error.limit == "max_number_length"
        assert len(error.text) == len(begin) + 4_302


def test_the_character_limit_at_its_default() -> None:
    """A text that would never end is left at 64 million characters, all of which are still there."""
    piece = "x" * 1_000_000

    def deltas() -> Iterator[str]:
        yield '{"a":1,"b":"'
        while True:
            yield piece

    error: Any = None
    last: Any = None
    try:
        for last in rxs.from_deltas(deltas).pipe(rxs.accumulate_json()):  # noqa: B007
            pass
    except rxs.LimitExceeded as raised:
        error = raised
    assert error.limit == "max_chars"
    assert error.snapshot is last
    assert len(last.value["b"]) == 64_000_000 - 12


# -- of a partial ------------------------------------------------------------------------------------------------------------


class Shape(BaseModel):
    kind: Literal["shape"]
    name: str = ""


class Other(BaseModel):
    kind: Literal["other"]


class Holder(BaseModel):
    declared: int = 0
    aliased: int = Field(0, alias="also")
    shapes: list[Annotated[Shape | Other, Field(discriminator="kind")]] = []
    by_name: dict[str, Shape] = {}
    numbers: list[int] | None = None
    anything: Any = None


class Open(Holder):
    model_config = {"extra": "allow"}


def unknown(number: int) -> str:
    return ",".join(f'"k{index}":[{index}]' for index in range(number))


UNKNOWN = [
    ('{"declared":1,"also":2,%s}', "the root"),
    ('{"declared":1,"shapes":[{"kind":"other"},{"kind":"shape",%s}]}', "shapes[1]"),
    ('{"declared":1,"shapes":[{%s,"kind":"shape"}]}', "shapes[0]"),
    ('{"declared":1,"by_name":{"x":{"kind":"shape",%s}}}', "by_name.x"),
    ('{"declared":1,"by_name":{"x":{"kind":"shape",%s}},"anything":{"x":[{"y":1}]},"numbers":null}', "by_name.x"),
]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("form", "where"), UNKNOWN)
@pytest.mark.parametrize("model", [Holder, Open])
def test_unknown_fields(model: type[Holder], form: str, where: str, cut: int) -> None:
    """An object may have so many fields that its model does not declare, wherever it stands, and however it arrived."""
    pipeline = rxs.accumulate_json(), rxs.to_partial(model, max_unknown_fields=4)
    fits = form % (unknown(4) + ',"k0":[0]')  # a repeated one is none more
    items, end = outcome(rxs.replay(fits, cuts=cut).pipe(*pipeline))
    assert end is None
    assert items[-1] == model.model_validate_json(fits)
    items, error = outcome(rxs.replay(form % unknown(5), cuts=cut).pipe(*pipeline))
    assert isinstance(error, rxs.LimitExceeded)
    assert error.limit == "max_unknown_fields"
    assert error.partial.declared == 1
    assert error.snapshot is not None
    assert error.snapshot.get("declared") == 1
    assert items[-1] is error.partial
    assert str(error) == (
        f"{where} has more than 4 fields that its model does not declare, at position {len(error.text) - 1}: "
        "to allow it, raise max_unknown_fields of to_partial()"
    )
    assert error.text == (form % unknown(5))[: len(error.text)]
    if not form.endswith('"kind":"shape"}]}'):  # there the fields count once it is known whose they are
        assert error.text.endswith('"k4":[')


@pytest.mark.parametrize("cut", CUTS)
def test_no_unknown_fields(cut: int) -> None:
    """Where none is allowed, all that are declared still are, and an error before anything shows has no partial."""
    text = '{"declared":1234567,"also":2,"shapes":[{"name":"","kind":"shape"}],"numbers":[1]}'
    pipeline = rxs.accumulate_json(), rxs.to_partial(Holder, max_unknown_fields=0)
    items, end = outcome(rxs.replay(text, cuts=cut).pipe(*pipeline))
    assert end is None
    assert items[-1] == Holder.model_validate_json(text)
    either: Any = Annotated[Shape | Other, Field(discriminator="kind")]
    pipeline = rxs.accumulate_json(), rxs.to_partial(either, max_unknown_fields=0)
    items, error = outcome(rxs.replay('{"more":1,"kind":"shape"}', cuts=cut).pipe(*pipeline))
    assert items == []
    assert isinstance(error, rxs.LimitExceeded)
    assert error.partial is None


# -- of a provider's stream --------------------------------------------------------------------------------------------------


def chunk(**delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


ONE_LINE = b"data: " + b"x" * 2_000 + b"\n\n"
MANY_LINES = b"data: " + b"\ndata: ".join([b"x" * 10] * 200) + b"\n\n"
EMPTY_LINES = b"data\n" * 2_000 + b"\n"
NO_LINE = b"x" * 2_000


@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("event", [ONE_LINE, MANY_LINES, EMPTY_LINES, NO_LINE], ids=["line", "lines", "empty", "page"])
def test_an_event_too_long(event: bytes, client: str) -> None:
    """A line or an event of too many bytes ends the stream, over HTTP, with the partial of all that came before."""
    body = chunk(content='{"a":1,"b":"x') + event
    request: dict[str, Any] = {"model": "any", "messages": [], "max_event_bytes": 1_000}

    def read_sync(base_url: str) -> None:
        with sync_client(base_url) as openai:
            rxs.partials(openai, dict[str, Any], via="none", **request).final()

    async def read_async(base_url: str) -> None:
        async with async_client(base_url) as openai:
            await rxs.partials(openai, dict[str, Any], via="none", **request)

    with LoopbackServer(recorded(body)) as server, pytest.raises(rxs.LimitExceeded) as raised:
        read_sync(server.base_url) if client == "sync" else asyncio.run(read_async(server.base_url))
    error = raised.value
    assert error.limit == "max_event_bytes"
    assert "1000 bytes" in str(error)
    assert error.partial == {"a": 1, "b": "x"}
    assert error.closed_paths == [("a",)]


def choice(index: int, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta}]}


def part_of_call(index: int, id: str, name: str | None = "t") -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": ""}}]}


MANY_PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "choices": lambda number: choice(number, content="x"),
    "choices that end": lambda number: {"choices": [{"index": number, "finish_reason": "stop"}]},
    "calls": lambda number: choice(0, **part_of_call(number, f"c{number}")),
    "ids of one call": lambda number: choice(0, **part_of_call(0, f"c{number}", None)),
    "items": lambda number: {"type": "response.output_text.delta", "output_index": number, "delta": "x"},
    "item ids": lambda number: {"type": "response.output_text.delta", "item_id": f"i{number}", "delta": "x"},
}


async def read_async(base_url: str, request: dict[str, Any]) -> Exception | None:
    async with async_client(base_url) as openai:
        try:
            async for _ in rxs.openai_events(openai, **request):
                pass
        except rxs.RxStructError as error:
            return error
    return None


@pytest.mark.parametrize("client", ["sync", "async", "chunks"])
@pytest.mark.parametrize("name", MANY_PARTS)
def test_an_answer_of_too_many_parts(name: str, client: str) -> None:
    """Choices, calls, a call's ids and output items that would not end are left, over HTTP and as chunks; so many may come."""
    is_one_choice = name in ("calls", "ids of one call")  # which is a part, too
    sent = [MANY_PARTS[name](number) for number in range(5)]
    asks_for = {"input": "Go"} if "item" in name else {"messages": []}
    request: dict[str, Any] = {"model": "any", **asks_for}

    def read(count: int) -> Any:
        limited = {"max_parts": 3 + is_one_choice}
        if client == "chunks":
            return outcome(rxs.openai_events(sent[:count], **limited))[1]
        body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in sent[:count])
        with LoopbackServer(recorded(body)) as server:
            if client == "async":
                return asyncio.run(read_async(server.base_url, request | limited))
            with sync_client(server.base_url) as openai:
                return outcome(rxs.openai_events(openai, **request, **limited))[1]

    assert read(3) is None
    error = read(4)
    assert isinstance(error, rxs.LimitExceeded)
    assert error.limit == "max_parts"
    assert "raise max_parts of openai_events()" in str(error)


def test_an_answer_too_long() -> None:
    """`content()` gives out as much text as fits, and the error has all of it."""
    events: list[rxs.Event] = [rxs.TextDelta("abc"), rxs.TextDelta("de"), rxs.Finish("stop")]
    assert outcome(rx.of(*events).pipe(rxs.content(max_chars=5))) == (["abc", "de"], None)
    items, error = outcome(rx.of(*events).pipe(rxs.content(max_chars=4)))
    assert items == ["abc", "d"]
    assert isinstance(error, rxs.LimitExceeded)
    assert (error.limit, error.text) == ("max_chars", "abcd")
    assert "raise max_chars of content()" in str(error)


def test_a_refusal_too_long() -> None:
    """A refusal that would not end is left, too."""
    events: list[rxs.Event] = [rxs.RefusalDelta("abc"), rxs.RefusalDelta("de"), rxs.Finish("stop")]
    assert isinstance(outcome(rx.of(*events).pipe(rxs.content(max_chars=5)))[1], rxs.Refused)
    assert isinstance(outcome(rx.of(*events).pipe(rxs.content(max_chars=4)))[1], rxs.LimitExceeded)


def call(index: int, arguments: str = "{}") -> rxs.ToolCallDelta:
    return rxs.ToolCallDelta(arguments, f"call_{index}", "Tool", index)


@pytest.mark.parametrize(
    ("limit", "fits", "one_more"), [("max_calls", [call(0), call(1)], call(2)), ("max_chars", [call(0)], call(0))]
)
def test_tool_calls(limit: str, fits: list[Any], one_more: Any) -> None:
    """There may be so many calls, of so many characters together; beyond that each call fails, with its own text."""
    limited = rxs.tool_calls(**{limit: 2})
    assert len(outcome(rx.of(*fits, rxs.Finish("tool_calls")).pipe(limited))[0]) == len(fits)
    calls, error = outcome(rx.of(*fits, one_more, rxs.Finish("tool_calls")).pipe(limited))
    assert isinstance(error, rxs.LimitExceeded)
    assert error.limit == limit
    assert f"raise {limit} of tool_calls()" in str(error)
    assert len(calls) == len(fits)
    for each in calls:
        texts, its_error = outcome(each)
        assert texts == ["{}"]
        assert (type(its_error), its_error.text) == (rxs.LimitExceeded, "{}")


def test_a_refusal_too_long_for_tool_calls() -> None:
    """A refusal in the place of tool calls counts like their arguments."""
    events: list[rxs.Event] = [call(0), rxs.RefusalDelta("abc"), rxs.RefusalDelta("de"), rxs.Finish("stop")]
    error = outcome(rx.of(*events).pipe(rxs.tool_calls(max_chars=7)))[1]
    assert isinstance(error, rxs.Refused)
    assert error.refusal == "abcde"
    error = outcome(rx.of(*events).pipe(rxs.tool_calls(max_chars=6)))[1]
    assert isinstance(error, rxs.LimitExceeded)
    assert "the refusal is longer than 6 characters: to allow it, raise max_chars of tool_calls()" in str(error)


def test_choices_that_end() -> None:
    """No more choices may end than there may be calls, and one where there may be none."""
    ends = [rxs.Finish("stop", choice) for choice in range(3)]
    for limit, count_that_fits in ((0, 1), (1, 1), (2, 2)):
        limited = rxs.tool_calls(max_calls=limit)
        assert outcome(rx.of(*ends[:count_that_fits], ends[0]).pipe(limited)) == ([], None)
        error = outcome(rx.of(*ends[: count_that_fits + 1]).pipe(limited))[1]
        assert isinstance(error, rxs.LimitExceeded)
        assert error.limit == "max_calls"


class Payload(dict[str, Any]):
    """A provider's own event, of any size; a dict that can be watched for being kept."""


def test_tool_calls_keep_no_events() -> None:
    """What is kept of an answer for late subscribers and for its end has nothing of the provider's own events."""
    source: Subject[rxs.Event] = Subject()
    calls: list[rxs.ToolCallArguments] = []
    source.pipe(rxs.tool_calls()).subscribe(calls.append, lambda error: None)
    payloads = [Payload() for _ in range(4)]
    kept = [weakref.ref(payload) for payload in payloads]
    source.on_next(rxs.ToolCallDelta("{}", "call_0", "Tool", 0, raw=payloads.pop()))
    source.on_next(rxs.ToolCallDelta("{}", "call_1", "", 1, raw=payloads.pop()))
    source.on_next(rxs.RefusalDelta("no", raw=payloads.pop()))
    source.on_next(rxs.Finish("stop", raw=payloads.pop()))
    assert [payload() for payload in kept] == [None] * 4
    source.on_completed()
    assert [each.id for each in calls] == ["call_0", "call_1"]


def test_thirty_thousand_tool_calls_cost_each_the_same() -> None:
    """Calls that nobody asked for are passed over, each found at once: this would take minutes if each looked at all others."""
    parts = (
        {"choices": [{"delta": {"tool_calls": [{"index": number, "id": f"c{number}", "function": {"name": "t"}}]}}]}
        for number in range(30_000)
    )
    seen = 0
    for _ in rxs.openai_events(lambda: parts):
        seen += 1
    assert seen == 30_000


# -- of a whole pipeline -----------------------------------------------------------------------------------------------------


def answered(text: str) -> list[Any]:
    """The chunks of an answer of this text."""
    return [{"choices": [{"delta": {"content": text}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]


PIPELINES: dict[str, Callable[..., Observable[Any]]] = {
    "partials": lambda model, text, **options: rxs.partials(answered(text), model, **options),
    "each": lambda model, text, **options: rxs.each(answered(text), model, **options),
    "ask": lambda model, text, **options: rxs.ask(
        lambda **request: rxs.openai_events(answered(text)), model, messages=[], via="none", **options
    ),
    "attempts": lambda model, text, **options: rxs.attempts(
        lambda **request: rxs.openai_events(answered(text)), model, messages=[], via="none", **options
    ),
}


class Anything(BaseModel):
    """An object that may have fields of any name."""


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("max_depth", "[[[[1]]]]"),
        ("max_chars", "[1,2,3]"),
        ("max_elements", "[1,2,3,4]"),
        ("max_key_length", '[{"name": 1}]'),
        ("max_number_length", "[1234]"),
    ],
)
def test_limits_of_a_whole_pipeline(pipeline: str, limit: str, text: str) -> None:
    """What puts a whole pipeline together takes the limits of a document by name."""
    begin = PIPELINES[pipeline]
    model = Any if pipeline == "each" else list[Any]
    error = outcome(begin(model, text, limits={limit: 3}))[1]
    assert isinstance(error, rxs.LimitExceeded)
    assert error.limit == limit
    assert outcome(begin(model, text, limits={limit: 30}))[1] is None


@pytest.mark.parametrize("pipeline", ["partials", "ask", "attempts"])
def test_unknown_fields_in_a_whole_pipeline(pipeline: str) -> None:
    """The same for the limit of partials."""
    begin = PIPELINES[pipeline]
    error = outcome(begin(Anything, '{"a": 1, "b": 2}', limits={"max_unknown_fields": 1}))[1]
    assert isinstance(error, rxs.LimitExceeded)
    assert error.limit == "max_unknown_fields"
    assert outcome(begin(Anything, '{"a": 1, "b": 2}', limits={"max_unknown_fields": 2}))[1] is None


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize(
    ("limits", "kind", "said"),
    [
        ({"max_deph": 3}, ValueError, "limits has 'max_deph', which is not known: give any of max_depth, max_chars, "),
        ({"max_depth": -1}, ValueError, "limits['max_depth']=-1: give a whole number of 0 or more"),
        ({"max_depth": "3"}, TypeError, "limits['max_depth']='3': give a whole number of 0 or more"),
        (3, TypeError, "limits is a int: give a dict of numbers, as in {'max_depth': 1000}"),
    ],
)
def test_limits_that_cannot_be(pipeline: str, limits: Any, kind: type[Exception], said: str) -> None:
    """A limit of another name, or none, is refused before anything is asked."""
    with pytest.raises(kind, match=re.escape(said)):
        PIPELINES[pipeline](Anything, "{}", limits=limits)


def test_an_answer_longer_than_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a document may be longer than is usual, so may the answer that it is in."""
    for module in ("rxstruct.one_liners", "rxstruct.asking.conversation"):
        monkeypatch.setattr(f"{module}.MAX_CHARS", 5)
    for name, begin in PIPELINES.items():
        model = int if name == "each" else list[int]
        assert outcome(begin(model, "[1, 2]", limits={"max_chars": 5}))[1].limit == "max_chars"
        assert outcome(begin(model, "[1, 2]", limits={"max_chars": 6}))[1] is None


def test_what_is_repaired_within_raised_limits() -> None:
    """A repair that goes into a value which has a longer key than is usual reads it again, within the limits that it has."""
    key = "k" * 70_000
    answers = iter([f'{{"inner": {{"counts": {{"{key}": 1}}, "number": 0}}}}', "1"])

    class Inner(BaseModel):
        counts: dict[str, int]
        number: int

    class Outer(BaseModel):
        inner: Inner

    def check(outer: Outer) -> None:
        if outer.inner.number < 1:
            raise ValueError("too low")

    def send(**request: Any) -> Observable[rxs.Event]:
        return rx.of(rxs.TextDelta(next(answers)), rxs.Finish("stop"))

    options: dict[str, Any] = {"on_invalid": "repair", "via": "none", "checks": {("inner", "number"): check}}
    stream = rxs.ask(send, Outer, messages=[], limits={"max_key_length": 100_000}, **options)
    assert stream.final().inner.number == 1


# -- of a client's request ---------------------------------------------------------------------------------------------------


def test_an_id_that_no_client_was_given() -> None:
    """A `Last-Event-ID` of more digits than any count of events has is passed over: Python would refuse to convert it."""

    async def first_frame() -> bytes:
        frames = sse(rxs.replay('{"a": 1}').pipe(rxs.accumulate_json()))
        frames.last_event_id = "9" * 5_000
        async for frame in frames:
            return frame
        raise AssertionError("no frame came")

    assert asyncio.run(first_frame()).startswith(b"id:1\n")
