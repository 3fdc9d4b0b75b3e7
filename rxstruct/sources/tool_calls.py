"""`tool_calls()`: each tool call of an answer as a stream of its own.

What goes in: the events of an answer. What comes out: one `ToolCallArguments` per call, in the order in which they begin.
What always holds:

1. A call is given out as soon as its name is known, at the latest at the end of the events, and its text goes to whoever
   subscribes to it, from its start.
2. All calls end when the events do, and as they do: after a good finish they complete, else they fail with the reason.
3. The source is disposed once neither the stream of calls nor any call has a subscriber.
4. What is kept for late subscribers is bounded: in calls, and in characters of all of them together.
"""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, RefCountDisposable, SingleAssignmentDisposable

from ..errors import LimitExceeded, RxStructError
from ..limits import MAX_CALLS, MAX_CHARS
from ..options import check_count
from ..policy import listen
from ..stream import Flow, Stream
from .events import Event, Finish, RefusalDelta, ToolCallDelta
from .failures import judged, no_event, verdict


class ToolCallArguments(Stream[str]):
    """The text of one call's arguments, delta by delta; a late subscriber gets what has come so far as its first delta.

    Attributes:
        id: the provider's name for this call; None where it gives none.
        name: the function's name.
        index: 0, 1, … in the order in which the calls of one choice begin.
        choice: the choice that makes the call.
    """

    def __init__(self, text: CallText, call: ToolCallDelta) -> None:
        super().__init__(text.subscribe, flow=Flow.PIECES)
        self.id = call.id
        self.name = call.name
        self.index = call.index
        self.choice = call.choice


class CallText:
    """The text of one call so far, and those who listen to the rest."""

    def __init__(self, begin: ToolCallDelta, source: RefCountDisposable) -> None:
        self.begin = begin
        self._source = source
        self._received: list[str] = []
        self._observers: list[abc.ObserverBase[str]] = []
        self._end: Callable[[abc.ObserverBase[str]], None] | None = None
        self.is_given_out = False

    @property
    def text(self) -> str:
        """All that has come."""
        return "".join(self._received)

    def add(self, text: str) -> None:
        """More of the text."""
        if text:
            self._received.append(text)
            for observer in self._observers.copy():
                observer.on_next(text)

    def end(self, error: Exception | None) -> None:
        """No more will come: well, where `error` is None."""
        self._end = (
            (lambda observer: observer.on_completed()) if error is None else (lambda observer: observer.on_error(error))
        )
        for observer in self._observers.copy():
            self._end(observer)
        self._observers.clear()

    def subscribe(
        self, observer: abc.ObserverBase[str], _scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        """All from the start, in one piece as far as it has come."""
        if self._received:
            observer.on_next(self.text)
        if self._end is not None:
            self._end(observer)
            return Disposable()
        self._observers.append(observer)
        return CompositeDisposable(Disposable(lambda: self._leave(observer)), self._source.disposable)

    def _leave(self, observer: abc.ObserverBase[str]) -> None:
        if observer in self._observers:
            self._observers.remove(observer)


def tool_calls(
    *, max_calls: int = MAX_CALLS, max_chars: int = MAX_CHARS
) -> Callable[[Observable[Event]], Stream[ToolCallArguments]]:
    """Each tool call of the answer as a stream of the text of its arguments, side by side.

    ```
    events      --a----b----A----B----F--|
    tool_calls  --x----y-----------------|
    x             {"ci-----ty":"Oslo"}---|
    y                  {"ti------me":9}--|
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> events = rx.of(
        ...     rxs.ToolCallDelta('{"city":', "call_1", "Weather", 0),
        ...     rxs.ToolCallDelta('"Oslo"}', "call_1", "Weather", 0),
        ...     rxs.Finish("tool_calls"),
        ... )
        >>> events.pipe(rxs.tool_calls()).subscribe(lambda call: call.subscribe(lambda text: print(call.name, text)))
        Weather {"city":
        Weather "Oslo"}
        <...>

    Each call has `id`, `name`, `index` and `choice`, and its text is kept for those who subscribe late. Calls come one after
    the other or interleaved, as the provider sends them.

    Args:
        max_calls: how many calls there may be; 1,024 by default.
        max_chars: how many characters the arguments of all calls together may have; 64 million by default.

    Emits one `ToolCallArguments` per call. It and its calls complete when the events do, after a finish that means a whole
    answer.
    Errors, on it and on its calls: those of `content()`; `LimitExceeded`.
    """
    check_count("max_calls", max_calls, 0)
    check_count("max_chars", max_chars, 0)

    def operator(source: Observable[Event]) -> Stream[ToolCallArguments]:
        def subscribe(
            observer: abc.ObserverBase[ToolCallArguments], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            upstream = SingleAssignmentDisposable()
            shared = RefCountDisposable(upstream)
            calls: dict[tuple[int, int], CallText] = {}
            finishes: dict[int, Finish] = {}
            refusals: dict[int, str] = {}
            length = 0

            def on_next(event: Event) -> None:
                nonlocal length
                if isinstance(event, ToolCallDelta):
                    length += len(event.arguments)
                    if length > max_chars:
                        exceed("max_chars", f"the arguments of the tool calls are longer than {max_chars} characters")
                        return
                    call = calls.get((event.choice, event.index))
                    if call is None:
                        if len(calls) == max_calls:
                            exceed("max_calls", f"the answer makes more than {max_calls} tool calls")
                            return
                        call = calls[event.choice, event.index] = CallText(event, shared)
                    if event.name and not call.is_given_out:
                        give_out(call, event)
                    call.add(event.arguments)
                elif isinstance(event, Finish):
                    finishes[event.choice] = event
                elif isinstance(event, RefusalDelta):
                    refusals[event.choice] = refusals.get(event.choice, "") + event.text
                elif isinstance(event, str):
                    upstream.dispose()
                    on_error(no_event(event, "tool_calls()"))

            def give_out(call: CallText, event: ToolCallDelta) -> None:
                call.is_given_out = True
                observer.on_next(ToolCallArguments(call, event))

            def exceed(limit: str, what: str) -> None:
                upstream.dispose()
                on_error(LimitExceeded(f"{what}: to allow it, raise {limit} of tool_calls()", limit=limit))

            def outcome(choice: int, text: str) -> RxStructError | None:
                return judged(lambda: verdict(finishes.get(choice), refusals.get(choice, ""), text), text)

            def on_completed() -> None:
                for call in calls.values():
                    if not call.is_given_out:
                        give_out(call, call.begin)
                for (choice, _), call in calls.items():
                    call.end(outcome(choice, call.text))
                choices = finishes.keys() | refusals.keys() or {0}
                error = next(filter(None, (outcome(choice, "") for choice in sorted(choices))), None)
                if error is None:
                    observer.on_completed()
                else:
                    observer.on_error(error)

            def on_error(error: Exception) -> None:
                for call in calls.values():
                    call.end(error.with_state(text=call.text) if isinstance(error, RxStructError) else error)
                observer.on_error(error)

            upstream.disposable = listen(
                source, observer, on_next, on_error=on_error, on_completed=on_completed, scheduler=scheduler
            )
            return shared

        return Stream(subscribe, flow=Flow.PIECES)

    return operator
