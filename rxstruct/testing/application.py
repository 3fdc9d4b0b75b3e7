"""The ASGI application behind the loopback server: it takes a request, chooses its reply, and does the reply's steps.

What goes in: ASGI requests. What comes out: ASGI messages, and a `ReceivedRequest` per request. What always holds:
`completed` is set before the last message is sent and `disconnected` only if it was not, so at most one of the two
ever is.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, TypeAlias

from ..typing import JsonValue
from .exchange import Cut, End, ReceivedRequest, Reply, Reset, Stall, Wait
from .replies import http_error
from .wire import CHAT_PATH, RESPONSES_PATH, EventEnds

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Responder: TypeAlias = Callable[[ReceivedRequest], Reply]

STALL_POLL_SECONDS = 0.005


class Application:
    """An ASGI application that answers as it is told.

    Args:
        replies: one for each request, in order of arrival.
        respond: makes the reply to every request after those.
        connection_of: the transport of the connection that a scope came by, for what ASGI can't say (RST, FIN).
    """

    def __init__(
        self, replies: Iterator[Reply], respond: Responder, connection_of: Callable[[Scope], asyncio.Transport]
    ) -> None:
        self.requests: list[ReceivedRequest] = []
        self.closing = False
        self._replies = replies
        self._respond = respond
        self._connection_of = connection_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _received(scope, receive)
        reply = _refusal_of(request)
        if reply is None:
            self.requests.append(request)
            reply = next(self._replies, None) or self._respond(request)
        answering = asyncio.ensure_future(self._answer(request, reply, scope, send))
        leaving = asyncio.ensure_future(_left(receive))
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            if not self.closing:
                request.disconnected.set()
            answering.cancel()
        elif answering.exception() is None and not request.completed.is_set():
            await leaving  # a fault closed the connection; uvicorn must have seen that, or it would report it as a bug
        leaving.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)
        if not answering.cancelled():
            answering.result()

    async def _answer(self, request: ReceivedRequest, reply: Reply, scope: Scope, send: Send) -> None:
        if reply.status is not None:
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        event_ends = EventEnds()
        for step in reply.steps(request):
            match step:
                case bytes():
                    await send({"type": "http.response.body", "body": step, "more_body": True})
                    request.sent_bytes += len(step)
                    request.sent_events += len(event_ends.feed(step))
                    await asyncio.sleep(0)  # lets a disconnect be seen, however fast the answer
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case Stall(until):
                    await _until_set(until)
                case End():
                    break
                case Cut():
                    self._connection_of(scope).close()
                    return
                case Reset():
                    _reset(self._connection_of(scope))
                    return
        request.completed.set()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _received(scope: Scope, receive: Receive) -> ReceivedRequest:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return ReceivedRequest(
        scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, _json(bytes(body))
    )


def _json(body: bytes) -> JsonValue:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _refusal_of(request: ReceivedRequest) -> Reply | None:
    """An error for what is no streaming request of either API; it uses up no reply."""
    if request.method == "GET" and f"{RESPONSES_PATH}/" in request.path and "stream=true" in request.query:
        return None  # goes on with a background response
    if request.method != "POST" or not request.path.endswith((CHAT_PATH, RESPONSES_PATH)):
        return http_error(404, f"the loopback server has no {request.method} {request.path}")
    if not isinstance(request.body, dict):
        return http_error(400, "the request's body is not a JSON object")
    if request.body.get("stream") is not True:
        return http_error(400, "the loopback server only streams: ask with stream=True")
    return None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_set(event: threading.Event | None) -> None:
    while event is None or not event.is_set():
        await asyncio.sleep(STALL_POLL_SECONDS)


def _reset(transport: asyncio.Transport) -> None:
    """Close a connection with RST: what lingering for zero seconds means (socket(7), SO_LINGER)."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
