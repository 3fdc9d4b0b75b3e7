"""An HTTP transport that answers every request with the same server-sent events: in the pieces given, one per read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence

import httpx2


class Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Pieces that are all there already."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class Memory(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers every request with the same body, and no network."""

    def __init__(self, pieces: Sequence[str | bytes]) -> None:
        self._pieces = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Body(self._pieces))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


__all__ = ["Memory"]
