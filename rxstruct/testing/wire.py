"""The two streaming formats of the OpenAI API, written out: an `Answer` in, server-sent events out.

What goes in: what the model says, already cut into deltas. What comes out: one `bytes` per event, blank line included.
What always holds: the events of one answer are the same bytes each time, so that a test may count them.

Sources: the OpenAI API reference (chat completions: streaming; Responses: streaming events), and the openai package's
    own types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, TypeAlias

from .exchange import ReceivedRequest

CREATED = 1_700_000_000
CHAT_PATH = "/chat/completions"
RESPONSES_PATH = "/responses"
EVENT_END = re.compile(rb"\r?\n\r?\n")

Json: TypeAlias = dict[str, Any]
Deltas: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class ToolCallDeltas:
    """One tool call: its id, the function's name, and its arguments' JSON text in deltas."""

    id: str
    name: str
    arguments: Deltas


@dataclass(frozen=True)
class Answer:
    """What the model says to one request.

    Attributes:
        choices: the text of each choice, in deltas. The Responses API has one choice only.
        tool_calls: sent after the text of the first choice.
        interleaved: whether the tool calls' deltas come in turn; if not, each call is sent whole before the next.
        reasoning: sent before the text.
        refusal: sent instead of text.
        finish_reason: as in chat completions; `length` and `content_filter` become the Responses API's `incomplete`.
    """

    choices: tuple[Deltas, ...] = ()
    tool_calls: tuple[ToolCallDeltas, ...] = ()
    interleaved: bool = False
    reasoning: Deltas = ()
    refusal: Deltas = ()
    finish_reason: str = "stop"


class EventEnds:
    """Finds where server-sent events end in a body that is shown piece by piece; an end may itself be cut."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, piece: bytes) -> list[int]:
        """The offsets in `piece` just after each event that ends in it."""
        seen = self._tail + piece
        ends = [match.end() for match in EVENT_END.finditer(seen)]
        offsets = [end - len(self._tail) for end in ends]
        self._tail = seen[max(ends[-1] if ends else 0, len(seen) - 3) :]
        return offsets


def events_for(request: ReceivedRequest, answer: Answer) -> Iterator[bytes]:
    """The answer's events in the format of the API that the request was made to."""
    body = request.body or {}
    return responses_events(body, answer) if is_responses(request) else chat_events(body, answer)


def delta_event(request: ReceivedRequest, text: str) -> bytes:
    """One event that brings `text`, outside any answer: what a fault puts into a stream."""
    if is_responses(request):
        return _event(_text_delta("output_text", 0, text), "response.output_text.delta")
    return _event(_chunk(request.body, [_choice(0, {"content": text})]))


def error_event(request: ReceivedRequest, message: str, code: str) -> bytes:
    """The error that a provider puts into a stream that had begun with status 200."""
    if is_responses(request):
        return _event({"type": "error", "code": code, "message": message, "param": None}, "error")
    return _event({"error": {"message": message, "type": code, "code": code, "param": None}})


def is_responses(request: ReceivedRequest) -> bool:
    return RESPONSES_PATH in request.path


# Chat completions


def chat_events(body: Json, answer: Answer) -> Iterator[bytes]:
    def send(index: int, delta: Json, finish_reason: str | None = None) -> bytes:
        return _event(_chunk(body, [_choice(index, delta, finish_reason)]))

    choices = answer.choices or ((),)
    for index in range(len(choices)):
        yield send(index, {"role": "assistant", "content": "", "refusal": None})
    for text in answer.reasoning:
        yield send(0, {"reasoning_content": text})
    for text in answer.refusal:
        yield send(0, {"refusal": text})
    for index, text in _in_turn(choices):
        yield send(index, {"content": text})
    for call_index, function in _call_parts(answer):
        yield send(0, {"tool_calls": [{"index": call_index, **function}]})
    for index in range(len(choices)):
        yield send(index, {}, answer.finish_reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _event({**_chunk(body, []), "usage": _chat_usage(body, answer)})
    yield b"data: [DONE]\n\n"


def _chunk(body: Json, choices: list[Json]) -> Json:
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": body.get("model"),
        "choices": choices,
    }


def _choice(index: int, delta: Json, finish_reason: str | None = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _call_parts(answer: Answer) -> Iterator[tuple[int, Json]]:
    """Of every tool call the first part (id, name, no arguments yet) and then its arguments, in turn or not."""
    calls: list[tuple[Json, ...]] = [
        (
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}},
            *({"function": {"arguments": text}} for text in call.arguments),
        )
        for call in answer.tool_calls
    ]
    if answer.interleaved:
        return _in_turn(calls)
    return ((index, part) for index, parts in enumerate(calls) for part in parts)


def _in_turn(lanes: Iterable[Iterable[Any]]) -> Iterator[tuple[int, Any]]:
    """The first of each lane, then the second of each, and so on, with the lane's number."""
    for row in zip_longest(*lanes):
        for index, item in enumerate(row):
            if item is not None:
                yield index, item


def _chat_usage(body: Json, answer: Answer) -> Json:
    prompt, completion = _token_counts(body, answer)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _token_counts(body: Json, answer: Answer) -> tuple[int, int]:
    """A delta counts as a token; so do every four characters of the prompt."""
    prompt = body.get("messages") or body.get("input") or ""
    said = chain(answer.choices, (call.arguments for call in answer.tool_calls), (answer.reasoning, answer.refusal))
    return len(json.dumps(prompt)) // 4, sum(map(len, said))


# Responses


def responses_events(body: Json, answer: Answer) -> Iterator[bytes]:
    output: list[Json] = []
    numbers = iter(range(1_000_000_000))

    def send(kind: str, **fields: Any) -> bytes:
        return _event({"type": kind, "sequence_number": next(numbers), **fields}, kind)

    yield send("response.created", response=_response(body, "in_progress", []))
    yield send("response.in_progress", response=_response(body, "in_progress", []))
    if answer.reasoning:
        yield from _reasoning_item(send, output, answer.reasoning)
    if answer.refusal:
        yield from _message_item(send, output, answer.refusal, "refusal")
    elif answer.choices:
        yield from _message_item(send, output, answer.choices[0], "output_text")
    yield from _call_items(send, output, answer)
    incomplete = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(answer.finish_reason)
    status = "incomplete" if incomplete else "completed"
    prompt, completion = _token_counts(body, answer)
    yield send(
        f"response.{status}",
        response={
            **_response(body, status, output),
            "incomplete_details": {"reason": incomplete} if incomplete else None,
            "usage": {"input_tokens": prompt, "output_tokens": completion, "total_tokens": prompt + completion},
        },
    )


Send: TypeAlias = Callable[..., bytes]


def _response(body: Json, status: str, output: list[Json]) -> Json:
    return {
        "id": "resp_loopback",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": body.get("model"),
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": None,
    }


def _message_item(send: Send, output: list[Json], deltas: Deltas, kind: str) -> Iterator[bytes]:
    """A message of one content part, `output_text` or `refusal`, whose text lies under a key of nearly that name."""
    index = len(output)
    key = "text" if kind == "output_text" else "refusal"
    extra: Json = {"annotations": []} if kind == "output_text" else {}
    message: Json = {
        "id": f"msg_{index}",
        "type": "message",
        "role": "assistant",
        "status": "in_progress",
        "content": [],
    }
    place = {"item_id": message["id"], "output_index": index, "content_index": 0}
    yield send("response.output_item.added", output_index=index, item=message)
    yield send("response.content_part.added", **place, part={"type": kind, key: "", **extra})
    for text in deltas:
        yield send(f"response.{kind}.delta", **{**_text_delta(kind, index, text), **place})
    whole = "".join(deltas)
    part = {"type": kind, key: whole, **extra}
    yield send(f"response.{kind}.done", **place, **{key: whole})
    yield send("response.content_part.done", **place, part=part)
    output.append({**message, "status": "completed", "content": [part]})
    yield send("response.output_item.done", output_index=index, item=output[-1])


def _text_delta(kind: str, index: int, text: str) -> Json:
    return {
        "type": f"response.{kind}.delta",
        "item_id": f"msg_{index}",
        "output_index": index,
        "content_index": 0,
        "delta": text,
    }


def _reasoning_item(send: Send, output: list[Json], deltas: Deltas) -> Iterator[bytes]:
    index = len(output)
    item: Json = {"id": f"rs_{index}", "type": "reasoning", "summary": []}
    place = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    yield send("response.output_item.added", output_index=index, item=item)
    yield send("response.reasoning_summary_part.added", **place, part={"type": "summary_text", "text": ""})
    for text in deltas:
        yield send("response.reasoning_summary_text.delta", **place, delta=text)
    part = {"type": "summary_text", "text": "".join(deltas)}
    yield send("response.reasoning_summary_text.done", **place, text=part["text"])
    yield send("response.reasoning_summary_part.done", **place, part=part)
    output.append({**item, "summary": [part]})
    yield send("response.output_item.done", output_index=index, item=output[-1])


def _call_items(send: Send, output: list[Json], answer: Answer) -> Iterator[bytes]:
    lanes = []
    for call in answer.tool_calls:
        item = {"id": f"fc_{call.id}", "type": "function_call", "call_id": call.id, "name": call.name}
        lanes.append(_call_lane(send, len(output), item, call.arguments))
        output.append(item)
    if answer.interleaved:
        yield from (event for _, event in _in_turn(lanes))
    else:
        yield from chain.from_iterable(lanes)


def _call_lane(send: Send, index: int, item: Json, deltas: Deltas) -> Iterator[bytes]:
    place = {"item_id": item["id"], "output_index": index}
    item |= {"status": "in_progress", "arguments": ""}
    yield send("response.output_item.added", output_index=index, item=item)
    for text in deltas:
        yield send("response.function_call_arguments.delta", **place, delta=text)
    item |= {"status": "completed", "arguments": "".join(deltas)}
    yield send("response.function_call_arguments.done", **place, name=item["name"], arguments=item["arguments"])
    yield send("response.output_item.done", output_index=index, item=item)


def _event(data: Json, kind: str | None = None) -> bytes:
    named = f"event: {kind}\n" if kind else ""
    return f"{named}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
