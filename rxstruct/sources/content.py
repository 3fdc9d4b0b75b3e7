"""`content()`: the answer's text, and the truth about its end. `answer()`: the same, where there has to be one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from reactivex import Observable, abc

from ..errors import LimitExceeded, RxStructError, SourceFailed, Truncated, excerpt
from ..limits import MAX_CHARS
from ..policy import listen
from ..stream import Flow, Stream
from .events import Event, Finish, ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta
from .failures import no_event, verdict

COMMENTARY = "commentary"

Others: TypeAlias = dict[type[Event], Event]


def content(*, max_chars: int = MAX_CHARS) -> Callable[[Observable[Event]], Stream[str]]:
    """Pick the answer's text from the events of one answer, and complete only if it ended well.

    ```
    events   --a-----b-----F--|
    content  --x-----y--------|

    a  TextDelta('{"name":')
    b  TextDelta('"Ada"}')
    F  Finish('stop')
    x  {"name":
    y  "Ada"}
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of(rxs.TextDelta("Hel"), rxs.TextDelta("lo"), rxs.Finish("stop")).pipe(rxs.content()).subscribe(print)
        Hel
        lo
        <...>

    Text that the Responses API marks as commentary is left out.

    Args:
        max_chars: how many characters the answer, or a refusal, may have; 64 million by default.

    Emits `str` deltas. Completes when the events do, after a finish that means a whole answer.
    Errors: `Refused` (`.refusal` is what the model said), `ContentFiltered`, `Truncated` at the token limit (`.reason` is
    `"length"`), `SourceFailed` where the events end without a finish, the provider breaks off, or several choices come (pipe
    `choice(n)` first), `LimitExceeded`.
    """
    return _answer(_text_of, max_chars)


def answer(*, as_tool_call: bool = False) -> Callable[[Observable[Event]], Stream[str]]:
    """As `content()`, for an answer that was asked for by a model: of one that has no such text, it says what came instead.

    Args:
        as_tool_call: whether the answer is the arguments of the first tool call (`via="tool"`).
    """
    return _answer(_arguments_of if as_tool_call else _text_of, MAX_CHARS, is_required=True)


def _text_of(event: Event) -> str | None:
    if type(event) is TextDelta and event.phase != COMMENTARY:
        return event.text
    return None


def _arguments_of(event: Event) -> str | None:
    if type(event) is ToolCallDelta and event.index == 0:
        return event.arguments
    return None


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


def _answer(
    pick: Callable[[Event], str | None], max_chars: int, *, is_required: bool = False
) -> Callable[[Observable[Event]], Stream[str]]:
    def operator(source: Observable[Event]) -> Stream[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            received: list[str] = []
            refusal: list[str] = []
            choice: int | None = None
            finish: Finish | None = None
            others: Others = {}
            room = max_chars

            def exceed(room: int, text: str) -> None:
                if room:
                    received.append(text[:room])
                    observer.on_next(text[:room])
                on_error(
                    LimitExceeded(
                        f"the answer is longer than {max_chars} characters: to allow it, raise max_chars of content()",
                        limit="max_chars",
                    )
                )

            def on_next(event: Any) -> None:
                nonlocal choice, finish, room
                text = pick(event)
                if text:
                    if event.choice != choice:
                        if choice is not None:
                            observer.on_error(
                                SourceFailed("several answers came at once (n > 1): pipe choice(n) before content()")
                            )
                            return
                        choice = event.choice
                    if len(text) > room:
                        exceed(room, text)
                        return
                    room -= len(text)
                    received.append(text)
                    observer.on_next(text)
                elif type(event) is Finish:
                    finish = event
                elif type(event) is RefusalDelta:
                    refusal.append(event.text)
                    room -= len(event.text)
                    if room < 0:
                        exceed(0, "")
                elif isinstance(event, str):
                    observer.on_error(no_event(event, "content()"))
                else:
                    others.setdefault(type(event), event)

            def on_error(error: Exception) -> None:
                if isinstance(error, RxStructError) and not error.text:
                    error = error.with_state(text="".join(received))
                observer.on_error(error)

            def on_completed() -> None:
                text = "".join(received)
                error = verdict(finish, "".join(refusal), text)
                if error is None and is_required and not text.strip():
                    error = nothing_said(others).with_state(text=text)
                if error is None:
                    observer.on_completed()
                else:
                    observer.on_error(error)

            return listen(source, observer, on_next, on_error=on_error, on_completed=on_completed, scheduler=scheduler)

        return Stream(subscribe, flow=Flow.PIECES)

    return operator


__all__ = ["answer", "content"]
