"""The Responses API's dialects, sans-IO: JSON events in, typed events out.

What goes in: each event's JSON, in order. What comes out: the typed events that it holds.
What always holds:

1. An item is known by its `output_index`, or by its `item_id` where a server leaves the index out.
2. A text or an argument that came in no delta is given out whole when its item is done.
3. An event whose `sequence_number` has been seen is skipped, so that a resumed stream may overlap with the first.
4. A failed or cancelled response, and an error event, raise SourceFailed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .events import Event, Finish, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta, Usage
from .failures import reported

INCOMPLETE_REASONS = {"max_output_tokens": "length", "max_tokens": "length"}


@dataclass(slots=True)
class Item:
    """What is known of one output item."""

    output_index: int
    phase: str | None = None
    call_id: str | None = None
    name: str = ""
    call_index: int = 0
    streamed: bool = False


class ResponsesDecoder:
    """Reads the events of one response. `ended` is True once nothing more is to come.

    `response_id` and `sequence_number` say where the stream stands, for resuming it.
    """

    __slots__ = ("_calls", "_items", "ended", "response_id", "sequence_number")

    def __init__(self) -> None:
        self.ended = False
        self.response_id: str | None = None
        self.sequence_number = -1
        self._items: dict[int | str, Item] = {}
        self._calls = 0

    def decode(self, event: Any) -> list[Event]:
        """The typed events that one JSON event holds."""
        number = event.get("sequence_number")
        if number is not None:
            if number <= self.sequence_number:
                return []
            self.sequence_number = number
        match event.get("type"):
            case "response.output_text.delta":
                item = self._streaming(event)
                return self._text(event["delta"], item, event)
            case "response.function_call_arguments.delta":
                item = self._streaming(event)
                return [self._call_delta(event["delta"], item, event)] if event["delta"] else []
            case "response.refusal.delta":
                item = self._streaming(event)
                return [RefusalDelta(event["delta"], 0, item.output_index, event)] if event["delta"] else []
            case "response.reasoning_text.delta" | "response.reasoning_summary_text.delta":
                item = self._streaming(event)
                return [ReasoningDelta(event["delta"], 0, item.output_index, event)] if event["delta"] else []
            case "response.output_item.added":
                return self._added(event)
            case "response.output_item.done":
                return self._done(event)
            case "response.created" | "response.queued" | "response.in_progress":
                self.response_id = (event.get("response") or {}).get("id") or self.response_id
                return []
            case "response.completed" | "response.done" | "response.incomplete":
                return self._ended(event)
            case "response.failed":
                raise reported((event.get("response") or {}).get("error") or "the response failed")
            case "response.cancelled":
                raise reported("the response was cancelled")
            case "error":
                raise reported(event.get("error") or event)
            case None if event.get("error"):
                raise reported(event["error"])
            case _:
                return []

    def done(self) -> list[Event]:
        """What `[DONE]` means: the end. The finish has its own event here, so none is made up."""
        self.ended = True
        return []

    def _item(self, event: Any) -> Item:
        key = event.get("output_index")
        if key is None:
            key = event.get("item_id") or (event.get("item") or {}).get("id") or 0
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = Item(key if isinstance(key, int) else len(self._items))
        return item

    def _streaming(self, event: Any) -> Item:
        item = self._item(event)
        item.streamed = True
        return item

    def _added(self, event: Any) -> list[Event]:
        item = self._item(event)
        described = event["item"]
        item.phase = described.get("phase")
        if described.get("type") != "function_call":
            return []
        item.call_id, item.name = described.get("call_id"), described.get("name") or ""
        item.call_index = self._calls
        self._calls += 1
        return [self._call_delta("", item, event)]

    def _done(self, event: Any) -> list[Event]:
        described = event["item"]
        kind = described.get("type")
        known = self._item(event)
        if known.streamed or kind not in ("message", "function_call"):
            return []
        events = [] if known.call_id else self._added(event)
        if kind == "function_call":
            return [*events, self._call_delta(described.get("arguments") or "", known, event)]
        for part in described.get("content") or ():
            events += self._text(part.get("text"), known, event)
            if part.get("refusal"):
                events.append(RefusalDelta(part["refusal"], 0, known.output_index, event))
        return events

    def _text(self, text: str | None, item: Item, event: Any) -> list[Event]:
        return [TextDelta(text, 0, item.output_index, item.phase, event)] if text else []

    def _call_delta(self, arguments: str, item: Item, event: Any) -> ToolCallDelta:
        return ToolCallDelta(arguments, item.call_id, item.name, item.call_index, 0, item.output_index, event)

    def _ended(self, event: Any) -> list[Event]:
        self.ended = True
        response = event.get("response") or {}
        usage = response.get("usage")
        events: list[Event] = [read_usage(usage, event)] if usage else []
        if event["type"] == "response.incomplete":
            reason = (response.get("incomplete_details") or {}).get("reason") or "length"
            return [*events, Finish(INCOMPLETE_REASONS.get(reason, reason), raw=event)]
        return [*events, Finish("tool_calls" if self._calls else "stop", raw=event)]


def read_usage(usage: Any, event: Any) -> Usage:
    """The Responses API's names for the same figures."""
    return Usage(
        usage.get("input_tokens") or 0,
        usage.get("output_tokens") or 0,
        usage.get("total_tokens") or 0,
        (usage.get("input_tokens_details") or {}).get("cached_tokens") or 0,
        (usage.get("output_tokens_details") or {}).get("reasoning_tokens") or 0,
        raw=event,
    )


__all__ = ["ResponsesDecoder"]
