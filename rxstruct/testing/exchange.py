"""One exchange with the loopback server: what came in (`ReceivedRequest`) and what goes out (`Reply`).

A reply is data: a status, headers, and a function from the request to *steps* that are done one after the other. A
step is a piece of the body, or one of the things that a network can do to it. So every fault is a change to a
sequence of steps, and any reply can be given any fault.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..typing import JsonValue


@dataclass
class ReceivedRequest:
    """A request as the server saw it, and, live, what became of its answer.

    Attributes:
        method, path, headers: as received; header names in lower case.
        query: the part of the URL after the question mark.
        body: the JSON body, parsed; None where there was none.
        sent_bytes, sent_events: how much of the response's body was handed to the connection so far. They stand still
            once the client has left, so afterwards they say when it did.
        completed: set when the whole answer had been handed over.
        disconnected: set when the client left before that. A fault of the server's own, or its closing, does not set
            it.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: JsonValue
    sent_bytes: int = 0
    sent_events: int = 0
    completed: threading.Event = field(default_factory=threading.Event)
    disconnected: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Wait:
    """Send nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Stall:
    """Send nothing until an event is set; with none given, until the client leaves or the server closes."""

    until: threading.Event | None = None


@dataclass(frozen=True)
class End:
    """End the response here, in good order."""


@dataclass(frozen=True)
class Cut:
    """Close the connection in good order (FIN), whatever is still owed."""


@dataclass(frozen=True)
class Reset:
    """Break the connection off (RST)."""


Step: TypeAlias = bytes | Wait | Stall | End | Cut | Reset
Steps: TypeAlias = Callable[[ReceivedRequest], Iterable[Step]]

EVENT_STREAM: Mapping[str, str] = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


@dataclass(frozen=True)
class Reply:
    """How the server answers one request.

    Args:
        steps: makes the steps of the body, for a request.
        status: the HTTP status; None sends no response head at all (the steps then may not hold bytes).
        headers: the response's headers.
    """

    steps: Steps
    status: int | None = 200
    headers: Mapping[str, str] = field(default_factory=lambda: dict(EVENT_STREAM))
