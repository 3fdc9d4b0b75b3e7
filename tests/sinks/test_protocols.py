"""Each protocol: the client's document is the model's, errors arrive in-band, and leaving disposes."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest
import reactivex as rx
from ag_ui.core import Event as AgUiEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter
from reactivex import operators as ops
from reactivex.disposable import Disposable
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.sinks import (
    NamedEvent,
    ag_ui,
    frames,
    json_patches,
    ready,
    sse,
    sse_events,
    text_stream,
    ui_message_stream,
)
from rxstruct.sinks.wire import json_text
from tests.sinks.protocols import PROTOCOLS, Protocol, document_of_sse, events_of, sent
from tests.sinks.test_json_patches import NASTY
from tests.strategies import cuts, json_texts
from tests.tally import count

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS.keys())


class Report(BaseModel):
    title: str
    sections: list[dict[str, str]]
    pages: int = 1


REPORT = '{"title":"Night trains","sections":[{"a/b":"x"},{"~":"</script>\\n\\"é😀"}]}'


@every_protocol
def test_the_client_has_the_document(protocol: Protocol) -> None:
    """At the end of the body, the client's document is that of the text."""
    body = sent(protocol.sink(rxs.replay(REPORT, cuts=3).pipe(rxs.accumulate_json())))
    assert protocol.document(body) == json.loads(REPORT)


@every_protocol
def test_partials_are_sent_as_well(protocol: Protocol) -> None:
    """Of partials, clients that get values see the model's; clients that get text see the text."""
    body = sent(protocol.sink(rxs.replay(REPORT, cuts=3).pipe(rxs.accumulate_json(), rxs.to_partial(Report))))
    assert {"pages": 1, **protocol.document(body)} == {**json.loads(REPORT), "pages": 1}


@every_protocol
@settings(max_examples=20)
@given(data=st.data())
def test_any_document_arrives(protocol: Protocol, data: st.DataObject) -> None:
    """Any JSON value arrives, in whatever way its text was cut."""
    text = data.draw(json_texts(depth=2))
    snapshots = rxs.from_deltas(data.draw(cuts(text))).pipe(rxs.accumulate_json())
    wanted = json.loads(json_text(json.loads(text)))
    arrived = protocol.document(sent(protocol.sink(snapshots)))
    assert arrived == wanted or json_text(arrived) == json_text(wanted)
    count("documents sent as JSON patches or by a protocol")


@every_protocol
def test_names_survive(protocol: Protocol) -> None:
    """Field names with slashes, tildes, quotes, line breaks and markup survive, and never break a line of the protocol."""
    document = {name: {name: [name]} for name in NASTY}
    body = sent(protocol.sink(rxs.replay(json.dumps(document), cuts=2).pipe(rxs.accumulate_json())))
    assert protocol.document(body) == document


@pytest.mark.parametrize("tool", [None, "report"])
def test_ag_ui_events_are_valid(tool: str | None) -> None:
    """Every event is one that the protocol's own package knows, whether the run ends well or not."""
    whole = rxs.replay(REPORT).pipe(rxs.accumulate_json())
    broken = rxs.replay(REPORT[:40]).pipe(rxs.accumulate_json())
    kinds = TypeAdapter(AgUiEvent)
    for source, last in ((whole, "RUN_FINISHED"), (broken, "RUN_ERROR")):
        events = [kinds.validate_json(event.data) for event in events_of(sent(ag_ui(source, tool=tool)))]
        assert events[0].type == "RUN_STARTED"
        assert events[-1].type == last


def test_events_count_and_end() -> None:
    """Ids count from 1, in the events that have one; the last event is named `completed`."""
    events = events_of(sent(sse(rxs.replay(REPORT, cuts=9).pipe(rxs.accumulate_json()))))
    numbered = [event for event in events if event.data.startswith(("[", "{"))]
    assert [event.id for event in numbered] == [str(number + 1) for number in range(len(numbered))]
    assert [event.id for event in events if event not in numbered] == [""] * (len(events) - len(numbered))
    assert [event.name for event in events[:-1]] == [""] * (len(events) - 1)
    assert events[-1].name == "completed"


def test_a_text_that_goes_on_is_sent_alone() -> None:
    """A patch that is one `append` where the operation before it wrote is its text alone, without an id; events of one's own do
    not come between, a patch of anything else does; with `append=False` all patches are lists."""
    every = rxs.from_deltas(['{"a":"x', "y", "z", '","b":"é', "\\n1", '"}']).pipe(rxs.accumulate_json())
    states = rx.from_iterable([item for state in every for item in (state, NamedEvent("tick", 0))])
    events = [event for event in events_of(sent(sse(states))) if not event.name]
    assert [(event.id, event.data) for event in events] == [
        ("1", '[{"op":"add","path":"","value":{"a":"x"}}]'),
        ("3", '[{"op":"append","path":"/a","value":"y"}]'),
        ("", '"z"'),
        ("6", '[{"op":"add","path":"/b","value":"é"}]'),
        ("", '"\\n1"'),
    ]
    plain = [event for event in events_of(sent(sse(states, append=False))) if not event.name]
    assert all(event.id and json.loads(event.data)[0]["op"] != "append" for event in plain)


def test_errors_arrive_in_band() -> None:
    """What came before an error arrives, and then one event of each protocol's own kind says what happened."""
    broken = rxs.replay(REPORT[:40]).pipe(rxs.accumulate_json())
    shown = {"title": "Night trains", "sections": [{}]}
    body = sent(sse(broken))
    assert document_of_sse(body) == shown
    (failed,) = (event for event in events_of(body) if event.name)
    assert failed.name == "failed"
    assert json.loads(failed.data)["error"] == "Truncated"
    parts = [json.loads(event.data) for event in events_of(sent(ui_message_stream(broken)))[:-1]]
    assert parts[-1]["type"] == "error"
    assert parts[-1]["errorText"].startswith("the text ended")
    assert [part["data"] for part in parts if part["type"] == "data-object"][-1] == shown
    with pytest.raises(rxs.Truncated):
        sent(text_stream(broken))


def test_invalid_fields_are_named() -> None:
    """The event of an invalid field has its path."""
    invalid = rxs.replay('{"title":"x","sections":[{"a":1}]}').pipe(rxs.accumulate_json(), rxs.to_partial(Report))
    failed = json.loads(events_of(sent(sse(invalid)))[-1].data)
    assert failed["error"] == "FieldInvalid"
    assert failed["path"] == ["sections", 0, "a"]


def test_foreign_errors_are_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    """What a library or provider said, addresses perhaps, stays on the server, in its log."""
    secret = "Incorrect API key provided: sk-abc"
    source = rx.throw(RuntimeError(secret))
    wrapped = rxs.from_deltas(lambda: iter_and_raise(secret)).pipe(rxs.accumulate_json())
    for stream in (source, wrapped):
        for sink in (sse, ui_message_stream, ag_ui):
            caplog.clear()
            assert "sk-abc" not in sent(sink(stream))
            assert secret in caplog.text
            assert [record.name for record in caplog.records] == ["rxstruct.sinks"]
            assert (caplog.records[0].exc_info is None) == (
                stream is wrapped
            )  # a foreign one's traceback is the user's code


def test_the_log_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Of an error of the package's own the log has one short line, however much the provider said."""
    said = "overloaded\n" + "x" * 10_000
    chunks: list[Any] = [{"error": {"message": said}}]
    sent(sse(rxs.from_openai(chunks).pipe(rxs.accumulate_json())))
    assert caplog.text.count("\n") == 1
    assert len(caplog.text) < 600


def iter_and_raise(message: str) -> Any:
    yield '{"a":'
    raise RuntimeError(message)


def test_events_of_ones_own() -> None:
    """`NamedEvent`s among the states are sent under their names; a name that is taken ends the stream with an error."""
    states = rxs.replay(REPORT, cuts=30).pipe(
        rxs.accumulate_json(),
        rxs.share_latest(
            lambda state: rx.merge(
                state,
                state.pipe(rxs.progress(), ops.map(lambda progress: NamedEvent("progress", progress.fraction))),
            )
        ),
    )
    body = sent(sse(states))
    assert [event.data for event in events_of(body) if event.name == "progress"][-1] == "1.0"
    assert document_of_sse(body) == json.loads(REPORT)
    for name in ("failed", "a\nb"):
        assert events_of(sent(sse(rx.of(NamedEvent(name, 1)))))[-1].name == "failed"


def test_ready_raises_what_comes_first() -> None:
    """`ready` raises an error that comes before the first item, and otherwise leaves everything to be read."""

    async def run() -> None:
        with pytest.raises(rxs.Truncated):
            await ready(sse(rx.from_iterable([""]).pipe(rxs.accumulate_json())))
        broken = await ready(sse(rxs.replay(REPORT[:40]).pipe(rxs.accumulate_json())))
        body = b"".join([frame async for frame in broken]).decode()
        assert events_of(body)[-1].name == "failed"
        assert [frame async for frame in await ready(text_stream(rx.empty()))] == []

    asyncio.run(run())


def test_cancelling_the_reader_disposes() -> None:
    """A reader that is cancelled, as servers do when a client leaves, disposes the pipeline at once."""

    async def run() -> None:
        disposed: list[bool] = []
        source = rx.create(lambda observer, scheduler: Disposable(lambda: disposed.append(True)))
        for start in (lambda: anext(sse(source)), lambda: ready(sse(source))):
            task = asyncio.ensure_future(start())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert disposed.pop()

    asyncio.run(run())


def test_silence_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the model thinks, comments keep the connection alive; nothing that comes later is lost."""
    monkeypatch.setattr(frames, "SECONDS_TO_IDLE", 0.001)

    async def run() -> list[bytes]:
        deltas: Subject[str] = Subject()
        stream = sse(deltas.pipe(rxs.accumulate_json()))
        seen = [await anext(stream), await anext(stream)]
        deltas.on_next("[]")
        deltas.on_completed()
        return [*seen, *[frame async for frame in stream]]

    idle, again, *rest = asyncio.run(run())
    assert idle == again == b":\n\n"
    assert document_of_sse(b"".join(rest).decode()) == []


def test_fastapi_has_its_own_events() -> None:
    """`sse_events` gives FastAPI's `ServerSentEvent`s, the same as `sse` says in bytes."""
    fastapi_sse = pytest.importorskip("fastapi.sse", reason="FastAPI with server-sent events (0.135) is not installed")
    snapshots = rxs.replay(REPORT).pipe(rxs.accumulate_json())

    async def run() -> list[Any]:
        return [event async for event in sse_events(snapshots)]

    body = b"".join(
        fastapi_sse.format_sse_event(data_str=event.raw_data, event=event.event, id=event.id)
        for event in asyncio.run(run())
    )
    assert events_of(body.decode()) == events_of(sent(sse(snapshots)))


@pytest.mark.parametrize("pieces", [rxs.replay("{}"), rxs.replay("{}").pipe(rxs.accumulate_json(), rxs.changes())])
def test_pieces_are_no_states(pieces: rx.Observable[Any]) -> None:
    """What is known to be no snapshots or partials is refused when the response is made; text goes where text is sent."""
    for sink in (sse, sse_events, ui_message_stream, ag_ui, lambda source: source.pipe(json_patches())):
        with pytest.raises(
            TypeError, match="takes snapshots or partials, and each item of this stream is only what is new"
        ):
            sink(pieces)
    assert sent(text_stream(rxs.replay("{}"))) == "{}"
    with pytest.raises(TypeError, match="a list is no Observable"):
        sse([1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "no_state",
    [
        NamedEvent("progress", 1),
        rxs.Progress((), (), None, None, 0.0, None),
        rxs.Finish("stop"),
        rxs.Change((), "closed"),
        rxs.replay("{}"),
    ],
)
def test_what_is_no_state_is_not_sent_as_one(no_state: Any, caplog: pytest.LogCaptureFixture) -> None:
    """What the package itself emits beside states ends the stream, and the log says what it was."""
    states = rxs.replay('{"a": 1}').pipe(rxs.accumulate_json())
    sinks: list[Any] = [ui_message_stream, ag_ui, lambda source: ui_message_stream(source, tool="t")]
    for sink in sinks if isinstance(no_state, NamedEvent) else [*sinks, sse]:
        caplog.clear()
        body = sent(sink(rx.concat(states, rx.of(no_state))))
        assert type(no_state).__name__ not in body
        assert "the stream failed" in body
        assert f"takes snapshots or partials, and got a value of type {type(no_state).__name__}" in caplog.text
    with pytest.raises(TypeError, match="a sink takes snapshots or partials"):
        sent(text_stream(rx.of(no_state)))


def test_wire_json() -> None:
    """What goes over the wire is JSON and UTF-8, even where Python's values have neither."""
    assert json_text({"é": "\u2028"}) == '{"é":"\u2028"}'
    assert json_text(["\ud800"]) == '["\\ud800"]'
    assert float(json.loads(json_text([math.inf]))[0] > 1.7e308)
    assert json.loads(json_text({"a": [-math.inf, 1.5]}))["a"][1] == 1.5


def test_what_cannot_be_sent_disposes() -> None:
    """An item that the protocol has no way to send ends the stream: the client is told, the source disposed."""
    disposed: list[bool] = []

    def subscribe(observer: Any, scheduler: Any) -> Disposable:
        observer.on_next(NamedEvent("failed", 1))
        return Disposable(lambda: disposed.append(True))

    assert events_of(sent(sse(rx.create(subscribe))))[-1].name == "failed"
    assert disposed


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_text_is_the_document_alone(cut: int) -> None:
    """Prose and whitespace around a document that was looked for are not part of the text that is sent."""
    found = rxs.replay(f"Here it is: {REPORT} I hope it helps.", cuts=cut).pipe(rxs.accumulate_json(locate="find"))
    assert sent(text_stream(found)) == REPORT


def test_closing_from_another_task_ends_the_reader() -> None:
    """A task that reads frames while another closes them ends as at the end of the stream: nobody has cancelled it."""

    async def main() -> None:
        source: Subject[Any] = Subject()
        stream = sse(source)

        async def read() -> None:
            async for _ in stream:
                pass

        reader = asyncio.create_task(read())
        while not source.observers:
            await asyncio.sleep(0)
        await stream.aclose()
        await reader
        assert not source.observers

    asyncio.run(main())
