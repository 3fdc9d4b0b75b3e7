"""One exchange with a provider: what to ask, how to read what comes, and what to ask when it breaks off.

What goes in: the request's keywords. What comes out: a response to read, one after the other if the stream is resumed. What
always holds: it knows no I/O of its own, and so serves the sync and the async client alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import RxStructError
from ..policy import pause_after
from .chat_completions import ChatCompletionsDecoder
from .credentials import credentials_in, credentials_of, credentials_of_url, hide
from .decoding import BodyDecoder
from .responses import ResponsesDecoder

if TYPE_CHECKING:
    import httpx2

MAX_IDLE_RESUMPTIONS = 3
"""How many resumptions in a row may bring nothing new."""


class Exchange:
    """The state of one subscription's exchange. Which API it is shows in the request: `messages` are chat completions'."""

    def __init__(
        self, client: Any, request: Mapping[str, Any], *, resume: bool, max_event_bytes: int, max_parts: int
    ) -> None:
        self._client = client
        self._request = request
        self._resume = resume
        self._max_event_bytes = max_event_bytes
        decoder = ChatCompletionsDecoder if "messages" in request else ResponsesDecoder
        self.dialect = decoder(max_parts=max_parts)
        self._sent: httpx2.Request | None = None
        self._reached = -1
        self._idle = 0
        self._pieces = 0
        self._fruitless = 0

    def send(self) -> Any:
        """The SDK's context manager for the next response: of the request, or of what is still to come of it."""
        if isinstance(self.dialect, ChatCompletionsDecoder):
            return self._client.chat.completions.with_streaming_response.create(**self._request, stream=True)
        responses = self._client.responses.with_streaming_response
        if self.dialect.response_id is None or not self._resume:
            return responses.create(**self._request, stream=True)
        self.dialect.resume()
        return responses.retrieve(
            self.dialect.response_id, stream=True, starting_after=max(self.dialect.sequence_number, 0)
        )

    def body(self, response: httpx2.Response) -> BodyDecoder:
        """The decoder for the body of the response that has come."""
        self._sent = response.request
        content_type = response.headers.get("content-type", "no stated type")
        return BodyDecoder(self.dialect, content_type=content_type, max_event_bytes=self._max_event_bytes)

    def cleaned(self, failure: Exception) -> Exception:
        """What has ended the exchange, without the credentials of its client."""
        hide(failure, self._credentials())
        return failure

    def _credentials(self) -> Iterator[str]:
        yield from (self._client.api_key or "").split()
        yield from credentials_of_url(self._client.base_url)
        for named in (self._client.default_headers, self._client.default_query):
            yield from credentials_in(named)
        for name in ("extra_headers", "extra_query"):
            yield from credentials_in(self._request.get(name) or {})
        yield from credentials_of(self._sent)

    def resumes_after(self, failure: Exception | None) -> float | None:
        """How many seconds to wait before sending again, after a connection that failed so (None: that was closed in good order);
        None where that is not to be.

        A connection that brought a piece of the answer is made up for at once, each other one in a row later than the one before:
        a server may go on for as long as it likes with events that say nothing.
        """
        dialect = self.dialect
        if (
            not self._resume
            or not isinstance(dialect, ResponsesDecoder)
            or dialect.ended
            or dialect.response_id is None
        ):
            return None
        if isinstance(failure, RxStructError) or hasattr(failure, "status_code"):
            return None  # the provider has answered; it is no lost connection
        self._idle = self._idle + 1 if dialect.sequence_number == self._reached else 0
        self._reached = dialect.sequence_number
        self._fruitless = self._fruitless + 1 if dialect.pieces == self._pieces else 0
        self._pieces = dialect.pieces
        return pause_after(self._fruitless) if self._idle < MAX_IDLE_RESUMPTIONS else None
