"""The loopback server: an OpenAI-compatible endpoint on this machine that answers as told, and remembers what it saw.

```python
from openai import OpenAI
from rxstruct.testing import faults
from rxstruct.testing.replies import answer, http_error, recorded
from rxstruct.testing.server import LoopbackServer

with LoopbackServer(
    http_error(429, retry_after=0),                             # one reply per request, in order
    answer({"name": "Ada"}, speed=50),                          # 50 deltas a second, 4 characters each
    faults.stall(answer({"name": "Bob"}), after_events=3),
) as server:
    client = OpenAI(base_url=server.base_url, api_key="none")   # the real client
    ...
    assert server.requests[1].body["stream"] is True            # what the server saw
    assert server.requests[2].disconnected.wait(5)              # the client closed its request
    assert server.requests[2].sent_events == 3                  # and no more than that had been sent
```

The server is a plain ASGI application (`application.py`), run by uvicorn in a thread of its own on a port that the
system chooses. It serves `POST /v1/chat/completions`, `POST /v1/responses` and `GET /v1/responses/ID`, streaming
only; the same `answer(…)` serves both. Replies are made in `replies.py` and broken in `faults.py`; what they are made
of is in `exchange.py`.

What always holds:

1. Replies are used in the order in which requests arrive, one for each.
2. A request is in `server.requests` before the first byte of its answer is sent.
3. Leaving the `with` block ends every connection, and the thread.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Self

try:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ModuleNotFoundError as missing:
    message = f"the loopback server needs the package {missing.name}: pip install 'rxstruct[testing]'"
    raise ModuleNotFoundError(message, name=missing.name) from missing

from .application import Application, Responder, Scope
from .exchange import ReceivedRequest, Reply
from .replies import http_error


class LoopbackServer:
    """An OpenAI-compatible server on 127.0.0.1 for as long as its `with` block lasts.

    Example:
        >>> from rxstruct.testing.replies import answer
        >>> with LoopbackServer(answer({"name": "Ada"})) as server:
        ...     server.base_url.startswith("http://127.0.0.1:")
        True

    Args:
        replies: one for each request, in order.
        respond: makes the reply to every request after those; default: a 404 that says that no reply is left.
    """

    def __init__(self, *replies: Reply, respond: Responder | None = None) -> None:
        self._uvicorn = _Uvicorn(iter(replies), respond or _no_reply_left)
        self._loop = asyncio.new_event_loop()
        # Bound here, so that the address is known, and a client may connect, before the thread has come up.
        # As TCP by name: for such sockets alone does asyncio switch Nagle's algorithm off, which costs 40 ms a request.
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self._base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._run, name="rxstruct-loopback", daemon=True)

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its `base_url`."""
        return self._base_url

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests so far, in order of arrival; each goes on telling what becomes of its answer."""
        return self._uvicorn.application.requests

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._uvicorn.closing.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._uvicorn.serve(sockets=[self._listener]))
        finally:
            self._loop.close()


class _Uvicorn(uvicorn.Server):
    """uvicorn's server, which closes at once when it is told to, where its own way polls and lets answers end first."""

    def __init__(self, replies: Iterator[Reply], respond: Responder) -> None:
        self.application = Application(replies, respond, self._connection_of)
        self.closing = asyncio.Event()
        # h11 is the protocol that is written in Python, so that one HTTP chunk is one write whatever else is installed.
        super().__init__(
            uvicorn.Config(self.application, http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
        )

    async def main_loop(self) -> None:
        await self.closing.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.application.closing = True
        for server in self.servers:
            server.close()
        for connection in self._connections():
            connection.transport.abort()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def _connections(self) -> list[H11Protocol]:
        return [connection for connection in self.server_state.connections if isinstance(connection, H11Protocol)]

    def _connection_of(self, scope: Scope) -> asyncio.Transport:
        return next(each.transport for each in self._connections() if each.client == tuple(scope["client"]))


def _no_reply_left(request: ReceivedRequest) -> Reply:
    return http_error(404, "the loopback server has no reply left: give it one for each request, or respond=…")


__all__ = ["LoopbackServer"]
