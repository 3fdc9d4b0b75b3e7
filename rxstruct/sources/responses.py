"""The Responses API's dialects, sans-IO: JSON events in, typed events out.

What goes in: each event's JSON, in order. What comes out: the typed events that it holds.
What always holds:

1. An item is known by its `output_index`, or by its `item_id` where a server leaves the index out.
2. A text or an argument that came in no delta is given out whole when its item is done, or, where no event told of any item,
   when the response is.
3. Once the stream has been resumed, an event whose `sequence_number` came before that is skipped, so that what comes may overlap
   with what came. In one and the same stream it means nothing: some gateways number every event 0.
4. A failed or cancelled response, and an error event, raise SourceFailed; an incomplete one has a finish that is no good end,
   whatever its reason.
5. What is remembered of items is bounded: beyond `max_parts` LimitExceeded is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..limits import MAX_PARTS
from .chat_completions import read_usage, reasoning_texts
from .events import Event, Finish, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta
from .failures import INCOMPLETE, reported, text_of, verdict
from .parts import PartCount

FAILURES = {"failed": "the response failed", "cancelled": "the response was cancelled"}
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

    `response_id` and `sequence_number` say where the stream stands, for resuming it; `pieces`, how many deltas it has brought.
    """

    __slots__ = ("_calls", "_items", "_parts", "_reached", "ended", "pieces", "response_id", "sequence_number")

    def __init__(self, *, max_parts: int = MAX_PARTS) -> None:
        self.ended = False
        self._parts = PartCount(max_parts)
        self.response_id: str | None = None
        self.sequence_number = -1
        self.pieces = 0
        self._items: dict[int | str, Item] = {}
        self._calls = 0
        self._reached = -1

    def resume(self) -> None:
        """What comes next is of another stream, which may begin before the end of the first."""
        self._reached = self.sequence_number

    def decode(self, event: Any) -> list[Event]:
        """The typed events that one JSON event holds."""
        number = event.get("sequence_number")
        if number is not None:
            if number <= self._reached:
                return []
            self.sequence_number = max(number, self.sequence_number)
        match event.get("type"):
            case "response.output_text.delta":
                item = self._streaming(event)
                return self._text(event["delta"], item, event)
            case "response.function_call_arguments.delta":
                item = self._streaming(event)
                return [self._call_delta(text_of(event["delta"]), item, event)] if event["delta"] else []
            case "response.refusal.delta":
                item = self._streaming(event)
                return [RefusalDelta(text_of(event["delta"]), 0, item.output_index, event)] if event["delta"] else []
            case "response.reasoning_text.delta" | "response.reasoning_summary_text.delta":
                item = self._streaming(event)
                return [ReasoningDelta(text_of(event["delta"]), 0, item.output_index, event)] if event["delta"] else []
            case "response.output_item.added":
                return self._added(event)
            case "response.output_item.done":
                return self._done(event)
            case "response.created" | "response.queued" | "response.in_progress":
                self.response_id = (event.get("response") or {}).get("id") or self.response_id
                return []
            case (
                "response.completed"
                | "response.done"
                | "response.incomplete"
                | "response.failed"
                | "response.cancelled"
            ):
                return self._ended(event)
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
            self._parts.add()
            item = self._items[key] = Item(key if isinstance(key, int) else len(self._items))
        return item

    def _streaming(self, event: Any) -> Item:
        item = self._item(event)
        if event["delta"]:
            item.streamed = True
            self.pieces += 1
        return item

    def _added(self, event: Any) -> list[Event]:
        return self._begin(self._item(event), event["item"], event)

    def _begin(self, item: Item, described: Any, event: Any) -> list[Event]:
        item.phase = described.get("phase")
        if described.get("type") != "function_call":
            return []
        item.call_id, item.name = described.get("call_id"), text_of(described.get("name") or "")
        item.call_index = self._calls
        self._calls += 1
        return [self._call_delta("", item, event)]

    def _done(self, event: Any) -> list[Event]:
        known = self._item(event)
        return [] if known.streamed else self._whole(known, event["item"], event)

    def _whole(self, item: Item, described: Any, event: Any) -> list[Event]:
        """All of an item that no delta brought."""
        kind = described.get("type")
        if kind == "reasoning":
            parts = [*(described.get("summary") or ()), *(described.get("content") or ())]
            return [ReasoningDelta(text, 0, item.output_index, event) for text in reasoning_texts(parts) if text]
        if kind not in ("message", "function_call"):
            return []
        events = [] if item.call_id else self._begin(item, described, event)
        if kind == "function_call":
            return [*events, self._call_delta(text_of(described.get("arguments") or ""), item, event)]
        for part in described.get("content") or ():
            events += self._text(part.get("text"), item, event)
            if part.get("refusal"):
                events.append(RefusalDelta(text_of(part["refusal"]), 0, item.output_index, event))
        return events

    def _text(self, text: str | None, item: Item, event: Any) -> list[Event]:
        return [TextDelta(text_of(text), 0, item.output_index, item.phase, event)] if text else []

    def _call_delta(self, arguments: str, item: Item, event: Any) -> ToolCallDelta:
        return ToolCallDelta(arguments, item.call_id, item.name, item.call_index, 0, item.output_index, event)

    def _ended(self, event: Any) -> list[Event]:
        response = event.get("response") or {}
        outcome = outcome_of(event["type"].removeprefix("response."), response.get("status"))
        if outcome in FAILURES:
            raise reported(response.get("error") or FAILURES[outcome])
        self.ended = True
        events: list[Event] = []
        if not self._items:
            for index, described in enumerate(response.get("output") or ()):
                events += self._whole(Item(index), described, event)
        usage = read_usage(response.get("usage"), "input", "output", event)
        if usage is not None:
            events.append(usage)
        if outcome == "incomplete":
            return [*events, Finish(incomplete_reason(response.get("incomplete_details")), raw=event)]
        return [*events, Finish("tool_calls" if self._calls else "stop", raw=event)]


def outcome_of(said: str, status: Any) -> str:
    """How a response has ended: the worst of what its last event and its status say, for either may say it alone."""
    return next((each for each in (*FAILURES, "incomplete") if each in (said, status)), "completed")


def incomplete_reason(details: Any) -> str:
    """Why a response is not whole, in chat completions' words, or in the provider's own if that means no good end."""
    reason = text_of((details or {}).get("reason") or "max_output_tokens")
    known = INCOMPLETE_REASONS.get(reason, reason)
    return f"{INCOMPLETE}: {reason}" if verdict(Finish(known), "", "") is None else known
