"""Reading back what sinks send: server-sent events, and each protocol's document at the client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jsonpatch
from reactivex import Observable

from rxstruct.sinks import Frames, ag_ui, sse, text_stream, ui_message_stream


class Event(NamedTuple):
    id: str
    name: str
    data: str


def events_of(body: str) -> list[Event]:
    """The events of a body, by the rules of the HTML Standard as far as they are needed here."""
    events: list[Event] = []
    for block in body.split("\n\n"):
        fields: dict[str, list[str]] = {"id": [], "event": [], "data": []}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name in fields:
                fields[name].append(value.removeprefix(" "))
        if fields["data"]:
            events.append(Event("".join(fields["id"]), "".join(fields["event"]), "\n".join(fields["data"])))
    return events


def sent(frames: Frames[bytes]) -> str:
    """The whole body that a sink sends."""

    async def read() -> str:
        return b"".join([frame async for frame in frames]).decode()

    return asyncio.run(read())


def patches_of_sse(body: str) -> Iterator[list[dict[str, Any]]]:
    """The patches, where a text alone is written out as the `append` that it stands for."""
    path = ""
    for event in events_of(body):
        if not event.name:
            news = json.loads(event.data)
            patch = news if isinstance(news, list) else [{"op": "append", "path": path, "value": news}]
            path = patch[-1]["path"]
            yield patch


def document_of_sse(body: str) -> Any:
    document: Any = None
    for patch in patches_of_sse(body):
        document = jsonpatch.JsonPatchWithAppend(patch).apply(document)
    return document


def document_of_ui_message(body: str) -> Any:
    parts = [json.loads(event.data) for event in events_of(body) if event.data != "[DONE]"]
    return [part["data"] for part in parts if part["type"].startswith("data-")][-1]


def document_of_ui_tool(body: str) -> Any:
    parts = [json.loads(event.data) for event in events_of(body) if event.data != "[DONE]"]
    json.loads("".join(part["inputTextDelta"] for part in parts if part["type"] == "tool-input-delta"))
    return parts[-2]["input"]


def document_of_ag_ui(body: str) -> Any:
    document: Any = None
    for event in (json.loads(each.data) for each in events_of(body)):
        if event["type"] == "STATE_SNAPSHOT":
            document = event["snapshot"]
        elif event["type"] == "STATE_DELTA":
            document = jsonpatch.JsonPatch(event["delta"]).apply(document)
    return document


def document_of_ag_ui_tool(body: str) -> Any:
    events = [json.loads(each.data) for each in events_of(body)]
    return json.loads("".join(event["delta"] for event in events if event["type"] == "TOOL_CALL_ARGS"))


class Protocol(NamedTuple):
    sink: Callable[[Observable[Any]], Frames[bytes]]
    document: Callable[[str], Any]


PROTOCOLS = {
    "sse": Protocol(sse, document_of_sse),
    "sse, RFC 6902": Protocol(lambda source: sse(source, append=False), document_of_sse),
    "text": Protocol(text_stream, json.loads),
    "ui message": Protocol(ui_message_stream, document_of_ui_message),
    "ui tool": Protocol(lambda source: ui_message_stream(source, tool="report"), document_of_ui_tool),
    "ag-ui": Protocol(ag_ui, document_of_ag_ui),
    "ag-ui tool": Protocol(lambda source: ag_ui(source, tool="report"), document_of_ag_ui_tool),
}
