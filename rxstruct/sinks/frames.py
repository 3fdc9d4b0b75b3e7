"""`Frames`: a stream in the form of a protocol, read in an `async for` loop.

What goes in: an Observable, and the encoder of a protocol. What comes out: the frames (pieces of an HTTP body) to send. What
always holds:

1. The pipeline is subscribed to with the first read, and disposed at the end, by `aclose()`, or when the reading task is
   cancelled, as servers do when a client has left.
2. An error reaches the client in the protocol's own way, after everything that came before it. Only `ready` raises it, where
   nothing has been sent yet. It is logged, as the client is not told all of it, unless it is raised.
3. While the pipeline has nothing to say, a frame that means nothing keeps the connection from being taken for dead.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Generic, Protocol, Self, TypeVar

from reactivex import Observable

from ..errors import RxStructError, printable
from ..iteration import aiterate

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)

LOGGER = logging.getLogger("rxstruct.sinks")
SECONDS_TO_IDLE = 15.0
"""Proxies give up on a silent connection after 30 to 60 seconds."""


def log(error: Exception) -> None:
    """Tell who runs the server what a client is not told: what a provider, a library or the pipeline itself has said.

    Our own errors in the one line that they are: a traceback would quote the provider's answer at any length.
    """
    foreign = None if isinstance(error, RxStructError) else error
    LOGGER.error(
        "a stream failed while it was sent: %s: %s", type(error).__name__, printable(str(error)), exc_info=foreign
    )


class Encoder(Protocol[F_co]):
    """A protocol: the frames for what a stream does. It serves one stream."""

    @property
    def media_type(self) -> str:
        """The response's content type."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The response's headers, beyond its content type."""
        ...

    def begin(self, last_event_id: str) -> Iterable[F_co]:
        """What goes before everything; `last_event_id` is what a returning client had, or ""."""
        ...

    def item(self, item: Any) -> Iterable[F_co]: ...

    def completed(self) -> Iterable[F_co]: ...

    def failed(self, error: Exception) -> Iterable[F_co]:
        """The error in the protocol's terms; it raises the error where the protocol has none."""
        ...

    def idle(self) -> Iterable[F_co]:
        """What tells the client nothing but that the connection lives."""
        ...


class Frames(AsyncIterator[F], Generic[F]):
    """What the sinks return: an async iterator, which a response can be made of."""

    def __init__(self, source: Observable[Any], encoder: Encoder[F]) -> None:
        self.encoder = encoder
        self.last_event_id = ""
        """Set it, before the first read, to what a returning client had."""
        self._items = aiterate(source)
        self._next: asyncio.Future[Any] | None = None
        self._frames: deque[F] = deque()
        self._has_begun = False
        self._has_ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> F:
        self._begin()
        while not self._frames:
            if self._has_ended:
                raise StopAsyncIteration
            await self._advance()
        return self._frames.popleft()

    async def ready(self) -> Self:
        """Wait until there is something to send; see `rxstruct.sinks.ready`."""
        if self._has_begun or self._has_ended:
            return self
        await self._wait(None)
        assert self._next is not None
        error = None if self._next.cancelled() else self._next.exception()
        if isinstance(error, Exception) and not isinstance(error, StopAsyncIteration):
            await self.aclose()
            raise error
        return self

    async def aclose(self) -> None:
        """Dispose the pipeline; the iterator is at its end from now on."""
        self._has_ended = True
        self._frames.clear()
        self._items.close()
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)

    def _begin(self) -> None:
        if not self._has_begun and not self._has_ended:
            self._has_begun = True
            self._frames.extend(self.encoder.begin(self.last_event_id))

    async def _advance(self) -> None:
        """Add the frames for the next thing that the stream does."""
        has_news = await self._wait(SECONDS_TO_IDLE)
        if self._has_ended:  # another task has called aclose()
            return
        if not has_news:
            self._frames.extend(self.encoder.idle())
            return
        assert self._next is not None
        taken, self._next = self._next, None
        try:
            self._frames.extend(self.encoder.item(taken.result()))
        except StopAsyncIteration:
            self._has_ended = True
            self._frames.extend(self.encoder.completed())
        except Exception as error:
            self._has_ended = True
            self._items.close()
            self._frames.extend(self.encoder.failed(error))
            log(error)

    async def _wait(self, seconds: float | None) -> bool:
        """Whether the stream has done something, after that many seconds at most."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._items.__anext__())
        try:
            done, _ = await asyncio.wait({self._next}, timeout=seconds)
        except asyncio.CancelledError:
            await self.aclose()
            raise
        return bool(done)

    def __del__(self) -> None:
        if "_items" in self.__dict__:  # not where the source was refused
            self._items.close()


async def ready(frames: Frames[F]) -> Frames[F]:
    """Wait for the first item, so that a failure before it can still set the HTTP status.

    The responses of this package (`sse_response` and its kin) do this by themselves; it is for those who make their own.

    Example:
        >>> import asyncio
        >>> import reactivex as rx
        >>> from rxstruct import Truncated
        >>> from rxstruct.sinks import ready, sse
        >>> async def main() -> None:
        ...     try:
        ...         await ready(sse(rx.throw(Truncated("the text ended at once"))))
        ...     except Truncated as error:
        ...         print("502", error)
        >>> asyncio.run(main())
        502 the text ended at once

    Args:
        frames: what a sink returned, not yet read from.

    Returns:
        The same; its first item is kept, and comes with the first read.

    Raises:
        Exception: what ended the stream before its first item, as it is.
    """
    return await frames.ready()
