"""The replies that a loopback server can be given: a model's answer, a recorded body, an HTTP error, nothing at all.

Each is a `Reply`; `rxstruct.testing.faults` makes faulty ones of them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import AnyStr, TypeAlias, TypeVar

from ..typing import JsonValue
from .exchange import EVENT_STREAM, Cut, Reply, Step, Wait
from .wire import Answer, Deltas, ToolCallDeltas, events_for

S = TypeVar("S", str, bytes)

CHARACTERS_PER_DELTA = 4
CutBy: TypeAlias = int | Callable[[S], Iterable[S]]
"""How a text or a body is cut: into pieces of a length, or by a function that returns the pieces."""


def random_cut(seed: int, longest: int = 12) -> Callable[[AnyStr], list[AnyStr]]:
    """Cuts a text or a body into pieces of 1 to `longest` characters or bytes, the same ones for the same seed."""

    def cut(whole: AnyStr) -> list[AnyStr]:
        lengths = random.Random(seed)
        pieces: list[AnyStr] = []
        start = 0
        while start < len(whole):
            end = start + lengths.randint(1, longest)
            pieces.append(whole[start:end])
            start = end
        return pieces

    return cut


@dataclass(frozen=True)
class Call:
    """A tool call for an answer to make: the function's name, and its arguments as text or as a JSON value."""

    name: str
    arguments: JsonValue


def answer(
    *documents: JsonValue,
    cut: CutBy[str] = CHARACTERS_PER_DELTA,
    speed: float | None = None,
    tool_calls: Sequence[Call] = (),
    interleaved: bool = False,
    reasoning: str = "",
    refusal: str = "",
    finish_reason: str | None = None,
) -> Reply:
    """A model's answer, streamed in deltas, in the format of whichever of the two APIs is asked.

    Example:
        >>> reply = answer({"name": "Ada"}, cut=1, speed=50)

    Args:
        documents: what each choice says: text as it is, anything else as its JSON. One, as a rule; none where there
            are only tool calls.
        cut: characters per delta, or a function from a text to its deltas.
        speed: deltas per second; None for as fast as can be.
        tool_calls: calls made after the text, in parallel.
        interleaved: whether the calls' deltas come in turn, rather than one call after the other.
        reasoning: thoughts that come before the text.
        refusal: what is said instead of an answer.
        finish_reason: as in chat completions; default `stop`, or `tool_calls` where there are any. With `length` and
            `content_filter` give the text that got through.
    """
    content = Answer(
        choices=tuple(_deltas(document, cut) for document in documents),
        tool_calls=tuple(
            ToolCallDeltas(f"call_{index}", call.name, _deltas(call.arguments, cut))
            for index, call in enumerate(tool_calls)
        ),
        interleaved=interleaved,
        reasoning=_deltas(reasoning, cut),
        refusal=_deltas(refusal, cut),
        finish_reason=finish_reason or ("tool_calls" if tool_calls else "stop"),
    )
    return Reply(lambda request: _paced(events_for(request, content), speed))


def recorded(
    body: bytes,
    *,
    cut: CutBy[bytes] | None = None,
    speed: float | None = None,
    headers: Mapping[str, str] = EVENT_STREAM,
) -> Reply:
    """A recorded response body, byte for byte.

    Example:
        >>> reply = recorded(b"data: [DONE]\\n\\n", cut=random_cut(seed=7))

    Args:
        body: the body as a provider once sent it.
        cut: bytes per piece, or a function from the body to its pieces; None for one piece.
        speed: pieces per second; None for as fast as can be.
        headers: the response's headers.
    """
    pieces = [body] if cut is None else list(_pieces(body, cut))
    return Reply(lambda request: _paced(pieces, speed), headers=headers)


def http_error(status: int, message: str = "", *, retry_after: float | None = None) -> Reply:
    """An HTTP error with OpenAI's JSON error body; `retry_after` seconds go into the header of that name."""
    error = {
        "message": message or f"the loopback server was told to answer {status}",
        "type": "loopback",
        "param": None,
        "code": None,
    }
    headers = {"content-type": "application/json"}
    if retry_after is not None:
        headers["retry-after"] = f"{retry_after:g}"
    return Reply(lambda request: [json.dumps({"error": error}).encode()], status, headers)


def html_page(status: int = 200) -> Reply:
    """The web page that a proxy or a captive portal puts in place of the stream."""
    page = b"<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>\n"
    return Reply(lambda request: [page], status, {"content-type": "text/html; charset=utf-8"})


def hang_up() -> Reply:
    """Closes the connection without any response."""
    return Reply(lambda request: [Cut()], status=None)


def _deltas(document: JsonValue, cut: CutBy[str]) -> Deltas:
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    return tuple(_pieces(text, cut)) if text else ()


def _pieces(whole: S, cut: CutBy[S]) -> Iterable[S]:
    if isinstance(cut, int):
        return (whole[start : start + cut] for start in range(0, len(whole), cut))
    return cut(whole)


def _paced(pieces: Iterable[bytes], speed: float | None) -> Iterator[Step]:
    for piece in pieces:
        yield piece
        if speed is not None:
            yield Wait(1 / speed)


__all__ = ["Call", "CutBy", "answer", "hang_up", "html_page", "http_error", "random_cut", "recorded"]
