"""One answer: typed events in, its text out, and the truth about its end.

What goes in: the events of one answer, in order, and their end. What comes out: the text that each adds; then completion, or an
error. What always holds:

1. The text is given out up to the character at which something is wrong with it; every error has all of it.
2. Only a finish of the choice that was read completes, if it means a whole answer; a bad one is not made good by another.
3. What belongs to several choices is never put together.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from reactivex import abc

from ..errors import LimitExceeded, RxStructError, SourceFailed, Truncated, excerpt
from ..limits import MAX_CHARS
from .events import Event, Finish, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta
from .failures import judged, no_event, standing, verdict

COMMENTARY = "commentary"

Others: TypeAlias = dict[type[Event], Event]


class Answer(abc.ObserverBase[Any]):
    """Reads one answer, for the observer of its text.

    Args:
        observer: where the text goes.
        max_chars: how many characters the answer, or a refusal, may have.
        as_tool_call: whether the answer is the arguments of the first tool call (`via="tool"`).
        is_required: whether one that has no text is a failure.
    """

    def __init__(
        self,
        observer: abc.ObserverBase[str],
        *,
        max_chars: int = MAX_CHARS,
        as_tool_call: bool = False,
        is_required: bool = False,
    ) -> None:
        self._observer = observer
        self._max_chars = max_chars
        self._reads_text = not as_tool_call
        self._is_required = is_required
        self._room = max_chars
        self._choice: int | None = None
        self._received: list[str] = []
        self._refusal: list[str] = []
        self._finishes: dict[int, Finish] = {}
        self._others: Others = {}

    def on_next(self, value: Any) -> None:
        """One event of the answer."""
        if type(value) is TextDelta and self._reads_text and value.phase != COMMENTARY:
            text = value.text
        elif type(value) is ToolCallDelta and not self._reads_text and value.index == 0:
            text = value.arguments
        else:
            self._take_other(value)
            return
        if not text:
            return
        if value.choice != self._choice:
            if self._choice is not None:
                self.on_error(SourceFailed("several answers came at once (n > 1): pipe choice(n) before content()"))
                return
            self._choice = value.choice
        self._room -= len(text)
        if self._room < 0:
            self._exceed(text[: self._room])
            return
        self._received.append(text)
        self._observer.on_next(text)

    def on_error(self, error: Exception) -> None:
        """The events have broken off."""
        if isinstance(error, RxStructError) and not error.text:
            error = error.with_state(text="".join(self._received))
        self._observer.on_error(error)

    def on_completed(self) -> None:
        """No event is to come any more."""
        text = "".join(self._received)
        failure = judged(lambda: self._judge(text), text)
        if failure is None:
            self._observer.on_completed()
        else:
            self._observer.on_error(failure)

    def _judge(self, text: str) -> RxStructError | None:
        # Where nothing has been read, the answer would have been the first choice's.
        choice = min(self._finishes, default=0) if self._choice is None else self._choice
        failure = verdict(self._finishes.get(choice), "".join(self._refusal), text)
        if failure is None and self._is_required and not text.strip():
            return nothing_said(self._others).with_state(text=text)
        return failure

    def _take_other(self, event: Any) -> None:
        if type(event) is Finish:
            self._finishes[event.choice] = standing(self._finishes.get(event.choice), event)
        elif type(event) is RefusalDelta:
            self._refusal.append(event.text)
            self._room -= len(event.text)
            if self._room < 0:
                self._exceed("")
        elif isinstance(event, str):
            self.on_error(no_event(event, "content()"))
        else:
            self._others.setdefault(type(event), event)

    def _exceed(self, rest: str) -> None:
        """The answer is too long, and `rest` is what still had room."""
        if rest:
            self._received.append(rest)
            self._observer.on_next(rest)
        self.on_error(
            LimitExceeded(
                f"the answer is longer than {self._max_chars} characters: to allow it, raise max_chars of content(), "
                "or of from_openai()",
                limit="max_chars",
            )
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
