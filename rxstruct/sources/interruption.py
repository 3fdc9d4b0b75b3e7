"""Cutting short, from another thread, a response that a thread is blocked in reading.

Closing a socket does not wake the thread that waits for it; shutting it down does. httpx2 hands the socket out as its
`network_stream` extension.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2


class Interruption:
    """Cuts one response short, if it is being read.

    What always holds: once `release` has returned, its connection is left alone, so that one that has gone back to the pool,
    and perhaps carries another request, is never touched.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._response: httpx2.Response | None = None
        self._requested = threading.Event()

    def watch(self, response: httpx2.Response) -> None:
        """From now on `cut` cuts this response; at once, where `cut` came first."""
        with self._lock:
            self._response = response
            if self._requested.is_set():
                _shut_down(response)

    def release(self) -> None:
        """The response has been read."""
        with self._lock:
            self._response = None

    def wait(self, seconds: float) -> bool:
        """Wait so long before the next response, at the most until `cut`; whether that has come."""
        return self._requested.wait(seconds)

    def cut(self) -> None:
        """Wake the thread that reads the response, with an error, or that waits. From any thread, at any time."""
        with self._lock:
            self._requested.set()
            if self._response is not None:
                _shut_down(self._response)


def _shut_down(response: httpx2.Response) -> None:
    stream = response.extensions.get("network_stream")
    if stream is None or response.http_version == "HTTP/2":
        return  # a transport without a socket, or a connection that other requests share: the next read notices
    connection = stream.get_extra_info("socket")
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            # The plain socket's method: a TLS socket's own would drop the state that the other thread is using.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
