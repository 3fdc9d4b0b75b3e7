"""One answer, sans-IO: its events in, its text out, and the truth about its end.

What goes in: typed events, in order. What comes out: the text that each adds, and at the end whether that was all. What always
holds:

1. The text is given out up to the character at which something is wrong with it; `failure` then says what, with all of the text.
2. Only a finish that means a whole answer ends well.
3. What belongs to several choices is never put together.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeAlias

from ..errors import LimitExceeded, RxStructError, SourceFailed, Truncated, excerpt
from ..limits import MAX_CHARS
from .events import Event, Finish, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta
from .failures import failed, no_event, verdict
from .pulling import Reading, aclose, close

COMMENTARY = "commentary"

Others: TypeAlias = dict[type[Event], Event]


class Answer:
    """Reads one answer.

    >>> answer = Answer()
    >>> [answer.read(event) for event in (TextDelta("Hel"), TextDelta("lo"), Finish("stop"))]
    ['Hel', 'lo', '']
    >>> answer.end() is None
    True

    Args:
        max_chars: how many characters the answer, or a refusal, may have.
        as_tool_call: whether the answer is the arguments of the first tool call (`via="tool"`).
        is_required: whether one that has no text is a failure.
    """

    __slots__ = (
        "_choice",
        "_finish",
        "_is_required",
        "_max_chars",
        "_others",
        "_reads_text",
        "_received",
        "_refusal",
        "_room",
        "failure",
    )

    def __init__(self, *, max_chars: int = MAX_CHARS, as_tool_call: bool = False, is_required: bool = False) -> None:
        self.failure: RxStructError | None = None
        """What is wrong with the answer, as soon as that is known."""
        self._reads_text = not as_tool_call
        self._is_required = is_required
        self._max_chars = max_chars
        self._room = max_chars
        self._choice: int | None = None
        self._received: list[str] = []
        self._refusal: list[str] = []
        self._finish: Finish | None = None
        self._others: Others = {}

    def read(self, event: Event) -> str:
        """The text that this event adds to the answer: "" where it adds none."""
        if type(event) is TextDelta and self._reads_text and event.phase != COMMENTARY:
            text = event.text
        elif type(event) is ToolCallDelta and not self._reads_text and event.index == 0:
            text = event.arguments
        else:
            self._read_other(event)
            return ""
        if event.choice != self._choice:
            if self._choice is not None:
                self.failure = SourceFailed("several answers came at once (n > 1): pipe choice(n) before content()")
                return ""
            self._choice = event.choice
        self._room -= len(text)
        if self._room < 0:
            text = text[: self._room]
            self._exceed()
        self._received.append(text)
        return text

    def end(self, error: Exception | None = None) -> RxStructError | None:
        """What is wrong with the answer, now that no event is to come any more: None if it is whole.

        Args:
            error: what has ended the events before their time.
        """
        text = "".join(self._received)
        failure = failed(error) if error is not None else self.failure
        if failure is not None:
            return failure if failure.text else failure.with_state(text=text)
        failure = verdict(self._finish, "".join(self._refusal), text)
        if failure is None and self._is_required and not text.strip():
            return nothing_said(self._others).with_state(text=text)
        return failure

    def _read_other(self, event: Any) -> None:
        if type(event) is Finish:
            self._finish = event
        elif type(event) is RefusalDelta:
            self._refusal.append(event.text)
            self._room -= len(event.text)
            if self._room < 0:
                self._exceed()
        elif isinstance(event, str):
            self.failure = no_event(event, "content()")
        else:
            self._others.setdefault(type(event), event)

    def _exceed(self) -> None:
        self.failure = LimitExceeded(
            f"the answer is longer than {self._max_chars} characters: to allow it, raise max_chars of content()",
            limit="max_chars",
        )


def nothing_said(others: Others) -> Truncated:
    """The error for an answer without a text, by the first event of each other kind that came."""
    call, said = others.get(ToolCallDelta), others.get(TextDelta)
    if isinstance(call, ToolCallDelta):
        why = f'it calls the tool {excerpt(call.name)}, which tool_calls(), typed_tool_calls() or via="tool" reads'
    elif isinstance(said, TextDelta):
        is_remark = said.phase == COMMENTARY
        why = "it has only commentary" if is_remark else f"it says {excerpt(said.text)} and calls no tool"
    elif ReasoningDelta in others:
        why = "it has only reasoning, after which the model stopped"
    else:
        why = "it is blank"
    return Truncated(f"there is nothing to read in the answer: {why}")


def read_answer(reading: Reading[Event], answer: Answer) -> Reading[str]:
    """A reading of events as one of their text: a stage of its own, such as `content()`, costs a tenth of what an event does."""
    events = reading.items
    if isinstance(events, AsyncIterator):
        return Reading(_texts_async(events, answer), reading.cut)
    return Reading(_texts(events, answer), reading.cut)


def _texts(events: Iterator[Event], answer: Answer) -> Iterator[str]:
    failure: Exception | None = None
    try:
        for event in events:
            text = answer.read(event)
            if text:
                yield text
            if answer.failure is not None:
                break
    except Exception as error:
        failure = error
    finally:
        close(events)
    failure = answer.end(failure)
    if failure is not None:
        raise failure


async def _texts_async(events: AsyncIterator[Event], answer: Answer) -> AsyncIterator[str]:
    failure: Exception | None = None
    try:
        async for event in events:
            text = answer.read(event)
            if text:
                yield text
            if answer.failure is not None:
                break
    except Exception as error:
        failure = error
    finally:
        await aclose(events)
    failure = answer.end(failure)
    if failure is not None:
        raise failure


__all__ = ["Answer", "read_answer"]
