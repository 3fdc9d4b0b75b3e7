"""`text_stream`: the JSON text as it is written, for the Vercel AI SDK's `useObject`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reactivex import Observable

from .frames import Frames
from .responses import response_of
from .wire import UNBUFFERED
from .written import WrittenText

if TYPE_CHECKING:
    from starlette.responses import Response


def text_stream(source: Observable[Any]) -> Frames[bytes]:
    """Send the JSON text itself: what the Vercel AI SDK's `useObject` reads, and any client that parses partial JSON.

    ```
    deltas       --a--b--c--|
    text_stream  --a--b--c--|
    ```

    Example:
        >>> import asyncio
        >>> import rxstruct as rxs
        >>> from rxstruct.sinks import text_stream
        >>> async def main() -> None:
        ...     print([frame async for frame in text_stream(rxs.replay('{"name":"Ada"}', cuts=10))])
        >>> asyncio.run(main())
        [b'{"name":"A', b'da"}']

    Args:
        source: deltas; or snapshots or partials, so that what is invalid ends the stream. The text is the model's own: what a
            partial's validators make of it is not in it.

    Emits UTF-8. The end of the body says that the document is complete.
    Errors: plain text has no words for them, so an error breaks the response off, which `useObject` and `fetch` report as one;
    `ready` raises one that comes before the first item.
    """
    return Frames(source, TextEncoder())


def text_stream_response(source: Observable[Any]) -> Response:
    """The HTTP response of `text_stream`, for Starlette and FastAPI; in all else as `sse_response`."""
    return response_of(text_stream(source))


class TextEncoder:
    """The bytes of the text, of which a delta may have cut a surrogate pair in two."""

    media_type = "text/plain"
    headers: Mapping[str, str] = UNBUFFERED

    def __init__(self) -> None:
        self._text = WrittenText()
        self._half = ""

    def begin(self, last_event_id: str) -> Iterable[bytes]:
        return ()

    def item(self, item: Any) -> Iterable[bytes]:
        text = self._half + self._text.more(item)
        cut = len(text) - 1 if text and "\ud800" <= text[-1] <= "\udbff" else len(text)
        text, self._half = text[:cut], text[cut:]
        if text:
            yield text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()

    def completed(self) -> Iterable[bytes]:
        return ()

    def failed(self, error: Exception) -> Iterable[bytes]:
        raise error

    def idle(self) -> Iterable[bytes]:
        return ()  # whitespace before a document would do, but not inside a string
