"""One request and how its answer is read: `Turn`.

What goes in: the conversation so far, and why the model is asked once more. What comes out: the keywords of the request, and a
function that makes the document's text of the answer's. An answer is the whole document (`WHOLE`), the rest of one (`REST`), or
one value inside it (`VALUE`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..errors import FieldInvalid, RxStructError, path_text
from ..incremental import JsonSnapshot
from ..sources.response_model import Via, answer_schema, chat_request
from ..sources.unwrapping import WRAPPER_KEY, Unwrapper
from ..typing import ABSENT
from .continuation import Joint, last_closed_end
from .events import Reason
from .repair import Repair

Message = Mapping[str, Any]
CALL_ID = "call_1"
VALUE_LENGTH = 200
TEXT_FORMAT = ("response_format", "tools", "tool_choice")
"""Keywords that would make the rest of a document an answer of its own."""


class Part(Enum):
    """What of a document an answer is."""

    WHOLE = "whole"
    REST = "rest"
    VALUE = "value"


@dataclass(frozen=True)
class Turn:
    """A request to be sent."""

    part: Part
    reason: Reason
    keywords: dict[str, Any]
    as_tool_call: bool
    reader: Callable[[], Callable[[str], str]]
    """Makes a function from an answer's text, piece by piece, to the document's."""


@dataclass(frozen=True)
class Question:
    """What the user asked: the model, how it is sent, and the request's keywords without its messages."""

    model: Any
    via: Via
    keywords: Mapping[str, Any]

    def whole(self, messages: Sequence[Message], reason: Reason) -> Turn:
        """Ask for the document."""
        return self._structured(self.model, messages, Part.WHOLE, reason)

    def value(self, messages: Sequence[Message], repair: Repair, error: RxStructError) -> Turn:
        """Ask for one value alone, by its own schema."""
        asked = f"{complaint(error)}\nGive a new value for {path_text(repair.path)}, and nothing else; the rest stands."
        if self.via == "none":
            asked += f" It must conform to this JSON schema: {json.dumps(repair.schema.schema)}"
        said = self._said(messages, error.text, error.snapshot, asked)
        return self._structured(repair.schema, said, Part.VALUE, "repair")

    def rest(self, messages: Sequence[Message], snapshot: JsonSnapshot, kept: str, reason: Reason) -> Turn:
        """Ask for the rest of a document, as text: what follows can have no schema of its own."""
        opening, asked = "", ASK_FOR_REST
        with suppress(TypeError):  # via="none" takes types that have no schema
            schema = answer_schema(self.model)
            asked += f" The whole must conform to this JSON schema: {json.dumps(schema.schema)}"
            opening = f'{{"{WRAPPER_KEY}": ' if schema.wrapped and self.via != "none" else ""
        keywords = {name: value for name, value in self.keywords.items() if name not in TEXT_FORMAT}
        keywords["messages"] = [
            *messages,
            {"role": "assistant", "content": opening + kept},
            {"role": "user", "content": asked},
        ]
        last_closed = min(last_closed_end(snapshot), len(kept))

        def reader() -> Callable[[str], str]:
            return Joint(opening + kept, last_closed=len(opening) + last_closed).feed

        return Turn(Part.REST, reason, keywords, as_tool_call=False, reader=reader)

    def corrected(self, messages: Sequence[Message], error: RxStructError) -> list[Message]:
        """The conversation after an answer that was not valid: what it said, and what was wrong."""
        return self._said(messages, error.text, error.snapshot, f"{complaint(error)}\n{ASK_AGAIN}")

    def _said(
        self, messages: Sequence[Message], text: str, snapshot: JsonSnapshot | None, answer: str
    ) -> list[Message]:
        if self.via != "tool":
            return [*messages, {"role": "assistant", "content": text}, {"role": "user", "content": answer}]
        # A tool call's arguments have to be JSON, so what is open is closed.
        value = None if snapshot is None or snapshot.value is ABSENT else snapshot.value
        arguments = json.dumps({WRAPPER_KEY: value} if answer_schema(self.model).wrapped else value or {})
        function = {"name": answer_schema(self.model).name, "arguments": arguments}
        return [
            *messages,
            {"role": "assistant", "tool_calls": [{"id": CALL_ID, "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": CALL_ID, "content": answer},
        ]

    def _structured(self, model: Any, messages: Sequence[Message], part: Part, reason: Reason) -> Turn:
        keywords, expectation = chat_request({**self.keywords, "messages": list(messages)}, model, self.via)

        def reader() -> Callable[[str], str]:
            return Unwrapper().feed if expectation.wrapped else str

        return Turn(part, reason, keywords, expectation.as_tool_call, reader)


ASK_AGAIN = "Answer again, in full, with this corrected."
ASK_FOR_REST = (
    "Your answer broke off. Go on with the very next character, and say nothing but the rest of the JSON text: "
    "do not repeat what is there, and do not put it in a code fence."
)


def complaint(error: RxStructError) -> str:
    """What was wrong, in words for the model."""
    if not isinstance(error, FieldInvalid):
        return f"The answer is not valid: {error}"
    found = "".join(f"\n- {path_text(each['loc'])}: {each['msg']}{given(each)}" for each in error.errors())
    return f"The answer is not valid:{found}"


def given(found: Any) -> str:
    if found["type"] == "missing" or "input" not in found:
        return ""
    shown = json.dumps(found["input"], ensure_ascii=False, default=str)
    return f" (it is {shown if len(shown) <= VALUE_LENGTH else shown[:VALUE_LENGTH] + '…'})"
