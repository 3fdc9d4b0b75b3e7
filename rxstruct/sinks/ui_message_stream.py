"""`ui_message_stream`: parts of a chat message, for the Vercel AI SDK's `useChat`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from reactivex import Observable

from ..partial import dump
from ..typing import ABSENT, JsonValue
from .frames import Frames
from .json_patches import check_state, check_states
from .responses import response_of
from .wire import EVENT_STREAM, UNBUFFERED, data_event, described
from .written import WrittenText

if TYPE_CHECKING:
    from starlette.responses import Response


def ui_message_stream(source: Observable[Any], *, data: str = "object", tool: str | None = None) -> Frames[bytes]:
    """Send a document as a part of a chat message: what the Vercel AI SDK's `useChat` reads.

    ```
    partials           --x-------y-------|
    ui_message_stream  s-x-------y-------f   (s start, f finish)
    ```

    Example:
        >>> import asyncio
        >>> import rxstruct as rxs
        >>> from rxstruct.sinks import ui_message_stream
        >>> async def main() -> None:
        ...     snapshots = rxs.replay('{"name":"Ada"}', cuts=10).pipe(rxs.accumulate_json())
        ...     frames = [frame.decode().strip() async for frame in ui_message_stream(snapshots, data="user")]
        ...     print(*frames[1:], sep="\\n")
        >>> asyncio.run(main())
        data: {"type":"data-user","id":"user","data":{"name":"A"}}
        data: {"type":"data-user","id":"user","data":{"name":"Ada"}}
        data: {"type":"finish"}
        data: [DONE]

    Args:
        source: snapshots or partials. Each `data-…` part is the whole document again, so throttle a fast stream
            (`throttle_latest(0.05)`). For `tool`, deltas will do.
        data: the document comes as the part `data-<data>`, which each newer one replaces; `object` by default.
        tool: instead, it comes as the input of a call of the tool of this name, of which only new text is sent.

    Emits parts as server-sent events: `start`, the document's, `finish`, and `[DONE]`; the protocol's header is set.
    Errors: an `error` part; `ready` raises one that comes before the first item.

    Source: AI SDK, "Stream Protocols", <https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol>.
    """
    if tool is None:
        check_states(source, "ui_message_stream()")
    return Frames(source, UiMessageEncoder(data) if tool is None else UiToolEncoder(tool))


def ui_message_stream_response(source: Observable[Any], *, data: str = "object", tool: str | None = None) -> Response:
    """The HTTP response of `ui_message_stream`, for Starlette and FastAPI; in all else as `sse_response`."""
    return response_of(ui_message_stream(source, data=data, tool=tool))


class UiMessageEncoder:
    """A message with one data part."""

    media_type = EVENT_STREAM
    headers: Mapping[str, str] = {**UNBUFFERED, "x-vercel-ai-ui-message-stream": "v1"}

    def __init__(self, name: str) -> None:
        self._name = name

    def begin(self, last_event_id: str) -> Iterable[bytes]:
        yield data_event({"type": "start", "messageId": str(uuid4())})

    def item(self, item: Any) -> Iterable[bytes]:
        check_state(item)
        yield data_event({"type": f"data-{self._name}", "id": self._name, "data": dump(item)})

    def completed(self) -> Iterable[bytes]:
        yield data_event({"type": "finish"})
        yield b"data: [DONE]\n\n"

    def failed(self, error: Exception) -> Iterable[bytes]:
        yield data_event({"type": "error", "errorText": described(error)["message"]})
        yield b"data: [DONE]\n\n"

    def idle(self) -> Iterable[bytes]:
        yield b":\n\n"


class UiToolEncoder(UiMessageEncoder):
    """A message with one tool call, whose input is the document."""

    def __init__(self, tool: str) -> None:
        super().__init__(tool)
        self._call = {"toolCallId": str(uuid4())}
        self._text = WrittenText()
        self._deltas: list[str] = []
        self._newest: JsonValue = ABSENT

    def begin(self, last_event_id: str) -> Iterable[bytes]:
        yield from super().begin(last_event_id)
        yield data_event({"type": "tool-input-start", **self._call, "toolName": self._name})

    def item(self, item: Any) -> Iterable[bytes]:
        text = self._text.more(item)
        self._newest = item
        if isinstance(item, str):
            self._deltas.append(item)
        if text:
            yield data_event({"type": "tool-input-delta", **self._call, "inputTextDelta": text})

    def completed(self) -> Iterable[bytes]:
        whole = self._input()
        yield data_event({"type": "tool-input-available", **self._call, "toolName": self._name, "input": whole})
        yield from super().completed()

    def _input(self) -> JsonValue:
        return json.loads("".join(self._deltas)) if self._deltas else dump(self._newest)
