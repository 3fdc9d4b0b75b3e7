"""Who answers the demo: the local model, a replay, or a provider. Each is a `Backend` for as long as a `with` block lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from openai import OpenAI

from ..sources.recording import read_line
from ..testing.exchange import Reply
from ..testing.replies import answer, recorded
from ..testing.server import LoopbackServer
from ..testing.wire import EventEnds
from .local_model import NAME, local_model_server


@dataclass(frozen=True)
class Backend:
    """A client and what to ask it for.

    Attributes:
        client: a real OpenAI client.
        llm: the name of the language model.
        caption: who answers, in a few words.
        options: more for the request.
    """

    client: OpenAI
    llm: str
    caption: str
    options: dict[str, Any] = field(default_factory=dict)


@contextmanager
def local() -> Iterator[Backend]:
    """The language model on this machine. Raises `LocalModelUnavailable` where it can't run."""
    with local_model_server() as base_url, OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        # The seed is one that gives a sensible answer to the default prompt.
        yield Backend(client, NAME, f"{NAME} on this machine", {"temperature": 0.5, "seed": 1})


@contextmanager
def replay(path: Path, speed: float) -> Iterator[Backend]:
    """The loopback server, which streams a file at `speed` deltas a second.

    Args:
        path: a recording (`.jsonl`, as `record` writes them), a recorded body of server-sent events (`.sse`), or a
            JSON document.

    Raises:
        OSError, ValueError: if the file can't be read, or is not what its name says.
    """
    reply = _reply(path, speed)
    with (
        LoopbackServer(respond=lambda request: reply) as server,
        OpenAI(base_url=server.base_url, api_key="none", max_retries=0) as client,
    ):
        yield Backend(client, "replay", f"replay of {path.name}, {speed:g} deltas a second")


@contextmanager
def provider(base_url: str, llm: str) -> Iterator[Backend]:
    """Any OpenAI-compatible provider, with the key from the environment variable `OPENAI_API_KEY`."""
    with OpenAI(base_url=base_url, api_key=os.environ["OPENAI_API_KEY"]) as client:
        yield Backend(client, llm, f"{llm} at {client.base_url.host}")


def _reply(path: Path, speed: float) -> Reply:
    """The answer that a file holds; its kind is told by its name."""
    match path.suffix:
        case ".sse":
            return recorded(path.read_bytes(), cut=_events, speed=speed)
        case ".jsonl":
            lines = [read_line(line) for line in path.read_text("utf-8").splitlines()]
            deltas = [line["delta"] for line in lines if "delta" in line]
            return answer("".join(deltas), cut=lambda text: deltas, speed=speed)
        case _:
            return answer(path.read_text("utf-8"), speed=speed)


def _events(body: bytes) -> list[bytes]:
    ends = [*EventEnds().feed(body), len(body)]
    return [body[start:end] for start, end in pairwise([0, *ends])]
