"""`content()`: the answer's text, and the truth about its end. `answer()`: the same, where there has to be one."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..limits import MAX_CHARS
from ..options import check_count
from ..policy import listen
from ..stream import Flow, Stream
from .answer import Answer
from .events import Event


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
    check_count("max_chars", max_chars, 0)
    return _answer(lambda observer: Answer(observer, max_chars=max_chars))


def answer(*, as_tool_call: bool = False, max_chars: int = MAX_CHARS) -> Callable[[Observable[Event]], Stream[str]]:
    """As `content()`, for an answer that was asked for by a model: of one that has no such text, it says what came instead.

    Args:
        as_tool_call: whether the answer is the arguments of the first tool call (`via="tool"`).
        max_chars: how many characters the answer, or a refusal, may have.
    """
    return _answer(lambda observer: Answer(observer, max_chars=max_chars, as_tool_call=as_tool_call, is_required=True))


def _answer(begin: Callable[[abc.ObserverBase[str]], Answer]) -> Callable[[Observable[Event]], Stream[str]]:
    def operator(source: Observable[Event]) -> Stream[str]:
        def subscribe(
            observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            reader = begin(observer)
            return listen(
                source,
                observer,
                reader.on_next,
                on_error=reader.on_error,
                on_completed=reader.on_completed,
                scheduler=scheduler,
            )

        return Stream(subscribe, flow=Flow.PIECES)

    return operator
