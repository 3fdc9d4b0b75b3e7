"""`ag_ui`: a run of an agent, for clients of the AG-UI protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from reactivex import Observable

from .frames import Frames
from .json_patches import StatePatcher, check_states
from .responses import response_of
from .wire import EVENT_STREAM, UNBUFFERED, data_event, described
from .written import WrittenText

if TYPE_CHECKING:
    from starlette.responses import Response


def ag_ui(
    source: Observable[Any], *, thread_id: str | None = None, run_id: str | None = None, tool: str | None = None
) -> Frames[bytes]:
    """Send a document as the state of a run of an agent, in the AG-UI protocol.

    ```
    partials  --x-----------y------------|
    ag_ui     r-s-----------d------------f   (r RUN_STARTED, s STATE_SNAPSHOT, d STATE_DELTA, f RUN_FINISHED)
    ```

    Example:
        >>> import asyncio
        >>> import rxstruct as rxs
        >>> from rxstruct.sinks import ag_ui
        >>> async def main() -> None:
        ...     snapshots = rxs.replay('{"name":"Ada"}', cuts=10).pipe(rxs.accumulate_json())
        ...     async for frame in ag_ui(snapshots, thread_id="t", run_id="r"):
        ...         print(frame.decode().strip())
        >>> asyncio.run(main())
        data: {"type":"RUN_STARTED","threadId":"t","runId":"r"}
        data: {"type":"STATE_SNAPSHOT","snapshot":{"name":"A"}}
        data: {"type":"STATE_DELTA","delta":[{"op":"replace","path":"/name","value":"Ada"}]}
        data: {"type":"RUN_FINISHED","threadId":"t","runId":"r"}

    Args:
        source: snapshots or partials. For `tool`, deltas will do.
        thread_id: `threadId` of the client's request; made up by default.
        run_id: `runId` of the client's request; made up by default.
        tool: instead of as the state, the document comes as the arguments of a call of the tool of this name.

    Emits events as server-sent events: `RUN_STARTED`; the first state as `STATE_SNAPSHOT` and then `STATE_DELTA`s of RFC 6902, or
    `TOOL_CALL_START`, `TOOL_CALL_ARGS` and `TOOL_CALL_END`; and `RUN_FINISHED`.
    Errors: `RUN_ERROR`, with the error's name as its code; `ready` raises one that comes before the first item.

    Source: AG-UI, "Events", <https://docs.ag-ui.com/concepts/events>.
    """
    run = {"threadId": thread_id or str(uuid4()), "runId": run_id or str(uuid4())}
    if tool is None:
        check_states(source, "ag_ui()")
    return Frames(source, AgUiStateEncoder(run) if tool is None else AgUiToolEncoder(run, tool))


def ag_ui_response(
    source: Observable[Any], *, thread_id: str | None = None, run_id: str | None = None, tool: str | None = None
) -> Response:
    """The HTTP response of `ag_ui`, for Starlette and FastAPI; in all else as `sse_response`."""
    return response_of(ag_ui(source, thread_id=thread_id, run_id=run_id, tool=tool))


class AgUiStateEncoder:
    """A run whose state is the document."""

    media_type = EVENT_STREAM
    headers: Mapping[str, str] = UNBUFFERED

    def __init__(self, run: Mapping[str, str]) -> None:
        self._run = run
        self._states = StatePatcher()
        self._is_first = True

    def begin(self, last_event_id: str) -> Iterable[bytes]:
        yield data_event({"type": "RUN_STARTED", **self._run})

    def item(self, item: Any) -> Iterable[bytes]:
        patch = self._states.patch(item)
        if patch and self._is_first:
            self._is_first = False
            yield data_event({"type": "STATE_SNAPSHOT", "snapshot": patch[0]["value"]})
        elif patch:
            yield data_event({"type": "STATE_DELTA", "delta": patch})

    def completed(self) -> Iterable[bytes]:
        yield data_event({"type": "RUN_FINISHED", **self._run})

    def failed(self, error: Exception) -> Iterable[bytes]:
        description = described(error)
        yield data_event({"type": "RUN_ERROR", "message": description["message"], "code": description["error"]})

    def idle(self) -> Iterable[bytes]:
        yield b":\n\n"


class AgUiToolEncoder(AgUiStateEncoder):
    """A run with one tool call, whose arguments are the document."""

    def __init__(self, run: Mapping[str, str], tool: str) -> None:
        super().__init__(run)
        self._tool = tool
        self._call = {"toolCallId": str(uuid4())}
        self._text = WrittenText()

    def begin(self, last_event_id: str) -> Iterable[bytes]:
        yield from super().begin(last_event_id)
        yield data_event({"type": "TOOL_CALL_START", **self._call, "toolCallName": self._tool})

    def item(self, item: Any) -> Iterable[bytes]:
        text = self._text.more(item)
        if text:
            yield data_event({"type": "TOOL_CALL_ARGS", **self._call, "delta": text})

    def completed(self) -> Iterable[bytes]:
        yield data_event({"type": "TOOL_CALL_END", **self._call})
        yield from super().completed()
