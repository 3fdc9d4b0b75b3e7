"""`response_of`: the HTTP response for a sink's frames, with the right headers and status.

What goes in: frames. What comes out: a Starlette response, which FastAPI takes as well. What always holds:

1. The head of the response waits for the first item. A failure before it is an HTTP error with a JSON body: the provider's own
   status (401, 429, …, with its `Retry-After`), else 502.
2. When the client leaves, at any moment, the pipeline is disposed, up to the model's HTTP stream.
3. A returning client's `Last-Event-ID` reaches the sink.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from .frames import Frames, log
from .wire import described

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

BAD_GATEWAY = 502
# Seconds, or a date; what a provider sends beside that need not even be a text that a header can have.
RETRY_AFTER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT")


def response_of(frames: Frames[bytes]) -> Response:
    """The response that streams `frames`."""
    return _response_class()(frames)


@cache
def _response_class() -> Callable[[Frames[bytes]], Response]:
    """Made when it is first used, because Starlette is only needed then."""
    from starlette.datastructures import Headers
    from starlette.responses import JSONResponse, StreamingResponse

    class FramesResponse(StreamingResponse):
        def __init__(self, frames: Frames[bytes]) -> None:
            super().__init__(frames, media_type=frames.encoder.media_type, headers=frames.encoder.headers)
            self.frames = frames

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            self.frames.last_event_id = Headers(scope=scope).get("last-event-id", "")
            answering = asyncio.ensure_future(self._answer(scope, receive, send))
            leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                answering.cancel()
                leaving.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)
                await self.frames.aclose()
            if not answering.cancelled():
                answering.result()
            if self.background is not None:
                await self.background()

        async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await self.frames.ready()
            except Exception as error:
                log(error)
                status, headers = status_of(error)
                await JSONResponse(described(error), status, headers)(scope, receive, send)
                return
            await self.stream_response(send)

    return FramesResponse


def status_of(error: Exception) -> tuple[int, dict[str, str]]:
    """The status, and headers, that a failure before the first item is answered with."""
    cause = error.__cause__
    status = getattr(cause, "status_code", BAD_GATEWAY)
    wait = getattr(getattr(cause, "response", None), "headers", {}).get("retry-after")
    headers = {"Retry-After": wait} if wait is not None and RETRY_AFTER.fullmatch(wait) else {}
    return (status if isinstance(status, int) and 400 <= status < 600 else BAD_GATEWAY), headers
