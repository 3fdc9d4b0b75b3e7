"""The chat completions dialects, sans-IO: JSON events in, typed events out.

What goes in: each event's JSON, in order. What comes out: the typed events that it holds.
What always holds:

1. Every ToolCallDelta carries its call's id, name and index, though most providers say them only once, some never, some
   give several calls the same index, and some one call another id each time.
2. A finish reason is given out once per choice, though some providers repeat it; so is a usage that has not changed.
3. Empty text is no event.
4. An error object, wherever the provider puts it, raises SourceFailed.
5. What is remembered of choices and calls is bounded: beyond `max_parts` LimitExceeded is raised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..limits import MAX_PARTS
from .events import Event, Finish, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, Usage
from .failures import reported, text_of
from .parts import PartCount

# The same text under each name; some providers give two of them at once.
REASONING_KEYS = frozenset({"reasoning_content", "reasoning", "reasoning_details"})

MOST_TOKENS = 2**53
"""A greater figure is no number of tokens; and of one with thousands of digits Python would not even make a text."""


@dataclass(slots=True)
class Call:
    """What is known of one tool call."""

    index: int
    id: str | None = None
    name: str = ""
    came_whole: bool = False


class ChatCompletionsDecoder:
    """Reads the events of one chat completions stream. `ended` is True once nothing more is to come."""

    __slots__ = (
        *("_call_by_id", "_call_by_index", "_calls", "_choices", "_parts", "_reasons", "_spoken", "_usage"),
        "ended",
    )

    def __init__(self, *, max_parts: int = MAX_PARTS) -> None:
        self.ended = False
        self._parts = PartCount(max_parts)
        self._choices: set[int] = set()
        self._calls: dict[int, list[Call]] = {}
        self._call_by_index: dict[tuple[int, int], Call] = {}
        self._call_by_id: dict[tuple[int, str], Call] = {}
        self._reasons: dict[int, str] = {}
        self._spoken: set[int] = set()
        self._usage: Usage | None = None

    def decode(self, event: Any) -> list[Event]:
        """The typed events that one JSON event holds."""
        if "error" in event:
            refuse(event["error"])
        found: list[Event] = []
        choices = event.get("choices")
        if not choices and event.get("object") == "error":
            raise reported(event)  # LMDeploy, FastChat
        for choice in choices or ():
            number = choice.get("index") or 0
            if number and type(number) is not int:
                raise TypeError("an index is a number")
            if number not in self._choices:
                self._parts.add()
                self._choices.add(number)
            delta = choice.get("delta")
            if delta:
                text = delta.get("content")
                # Nearly all are text alone: read here, they are spared a tenth of what an event costs.
                if text and type(text) is str and len(delta) == 1:
                    self._spoken.add(number)
                    found.append(TextDelta(text, number, 0, None, event))
                else:
                    self._read_delta(delta, number, event, found)
            if "message" in choice and number not in self._spoken:
                # Perplexity repeats the whole text as `message` beside each delta; some answers come only so.
                self._read_delta(choice["message"] or {}, number, event, found)
            if "error" in choice:
                refuse(choice["error"])
            reason = choice.get("finish_reason")
            if reason and reason != self._reasons.get(number):
                self._reasons[number] = text_of(reason)
                found.append(Finish(reason, number, raw=event))
        if "usage" in event:
            self._read_usage(event["usage"], event, found)
        if "x_groq" in event:
            groq = event["x_groq"] or {}
            refuse(groq.get("error"))
            if not event.get("usage"):
                self._read_usage(groq.get("usage"), event, found)
        return found

    def done(self) -> list[Event]:
        """What `[DONE]` means: the end, and a finish without a reason of each choice that had none."""
        self.ended = True
        unfinished = sorted(self._spoken - self._reasons.keys()) if self._spoken or self._reasons else [0]
        return [Finish(None, number) for number in unfinished]

    def _read_delta(self, delta: Any, number: int, event: Any, found: list[Event]) -> None:
        reasoned = False
        for key, value in delta.items():
            if not value:
                continue
            if key == "content":
                self._spoken.add(number)
                if isinstance(value, str):
                    found.append(TextDelta(value, number, 0, None, event))
                else:
                    found.extend(part_events(value, number, event))
            elif key == "tool_calls":
                self._spoken.add(number)
                found.extend(self._read_call(call, number, event) for call in value)
            elif key == "refusal":
                found.append(RefusalDelta(text_of(value), number, raw=event))
            elif key in REASONING_KEYS and not reasoned:
                text = value if isinstance(value, str) else "".join(reasoning_texts(value))
                if text:
                    reasoned = True
                    found.append(ReasoningDelta(text, number, raw=event))
            elif key == "function_call":
                found.append(self._read_call({"index": 0, "function": value}, number, event))

    def _read_call(self, part: Any, number: int, event: Any) -> ToolCallDelta:
        function = part.get("function") or {}
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            arguments = "" if arguments is None else json.dumps(arguments)
        name = text_of(function.get("name") or "")
        call = self._call_of(number, part.get("index"), part.get("id") or None, name, arguments)
        return ToolCallDelta(arguments, call.id, call.name, call.index, number, raw=event)

    def _call_of(self, number: int, index: int | None, id: str | None, name: str, arguments: str) -> Call:
        """The call that a part belongs to: the last one with its index (or, where that is missing, with its id), unless it
        begins another. A part with a name but neither index nor id is a whole call."""
        calls = self._calls.setdefault(number, [])
        known: Call | None = None
        if index is not None:
            known = self._call_by_index.get((number, index))
            if known and name and begins_another(known, id, name, arguments):
                known = self._call_by_id.get((number, id)) if id else None
            elif known and id and id != known.id:
                known = self._by_further_id(number, id, known)
        elif id is not None:
            known = self._call_by_id.get((number, id))
        elif calls and not name:
            known = calls[-1]
        if known is None:
            self._parts.add()
            known = Call(len(calls), came_whole=bool(name) and is_object(arguments))
            calls.append(known)
            if index is not None:
                self._call_by_index[number, index] = known
        known.id = known.id or id
        if known.id is not None:
            self._call_by_id.setdefault((number, known.id), known)
        known.name = known.name or name
        return known

    def _by_further_id(self, number: int, id: str, call: Call) -> Call:
        """The call that has another id than the one which it began with; `call`, where that id is new."""
        if (number, id) not in self._call_by_id:
            self._parts.add()
            self._call_by_id[number, id] = call
        return self._call_by_id[number, id]

    def _read_usage(self, usage: Any, event: Any, found: list[Event]) -> None:
        read = read_usage(usage, "prompt", "completion", event) if usage else None
        if read is not None and read != self._usage:
            self._usage = read
            found.append(read)


def read_usage(usage: Any, asked: str, answered: str, event: Any) -> Usage | None:
    """The figures of a usage, by an API's own words for what was asked and answered; None where it tells none."""
    figures = (
        figure(usage, f"{asked}_tokens"),
        figure(usage, f"{answered}_tokens"),
        figure(usage, "total_tokens"),
        figure(usage, f"{asked}_tokens_details", "cached_tokens"),
        figure(usage, f"{answered}_tokens_details", "reasoning_tokens"),
    )
    if all(each is None for each in figures):
        return None
    sent, received, total, cached, reasoned = (each or 0 for each in figures)
    return Usage(sent, received, total, cached, reasoned, raw=event)


def figure(usage: Any, *path: str) -> int | None:
    """A number of tokens; None where it has not been told, or is none: budgets are reckoned with it."""
    for key in path:
        usage = usage.get(key) if isinstance(usage, dict) else None
    return usage if type(usage) is int and 0 <= usage <= MOST_TOKENS else None


def refuse(error: Any) -> None:
    """Raise an error that the provider reports, if it does: null is none."""
    if error:
        raise reported(error)


def begins_another(known: Call, id: str | None, name: str, arguments: str) -> bool:
    """Whether a part that has a name, and the index of a call that is known, is of another call.

    Its id says so, or, where it has none (Google), its name, or that both came whole: all else goes on with the same call, for
    some servers repeat the name with every part (vLLM).
    """
    if id:
        return known.id is not None and known.id != id
    return bool(known.name and name != known.name) or (known.came_whole and is_object(arguments))


def is_object(arguments: str) -> bool:
    """Whether they are a whole JSON object by themselves."""
    if not arguments.startswith("{") or not arguments.endswith("}"):
        return False
    try:
        json.loads(arguments)
    except ValueError:
        return False
    return True


def reasoning_texts(details: Any) -> Iterator[str]:
    """The readable texts of a list of reasoning parts (OpenRouter's `reasoning_details`, Mistral's `thinking`)."""
    for detail in details:
        text = detail.get("text") or detail.get("summary")
        if isinstance(text, str):
            yield text


def part_events(parts: Any, number: int, event: Any) -> Iterator[Event]:
    """The events of a content that comes as a list of parts: Mistral's (`thinking`) and Databricks' (`summary`) reasoning
    models."""
    for part in parts:
        reasoning = part.get("thinking") or part.get("summary")
        if reasoning:
            text = reasoning if isinstance(reasoning, str) else "".join(reasoning_texts(reasoning))
            if text:
                yield ReasoningDelta(text, number, raw=event)
        elif part.get("text"):
            yield TextDelta(text_of(part["text"]), number, raw=event)
