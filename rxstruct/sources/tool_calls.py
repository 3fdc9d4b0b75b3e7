"""`tool_calls()`: each tool call of an answer as a stream of its own.

What goes in: the events of an answer. What comes out: one `ToolCallArguments` per call, in the order in which they begin.
What always holds:

1. A call is given out as soon as its name is known, at the latest at the end of the events, and its text goes to whoever
   subscribes to it, from its start.
2. All calls end when the events do, and as they do: after a good finish they complete, else they fail with the reason. One
   subscriber that raises ends all of them for the others.
3. The source is disposed once neither the stream of calls nor any call has a subscriber. Who comes after that is told so.
4. What is kept for late subscribers, and for the end, is bounded: in calls, and in characters of all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, RefCountDisposable, SingleAssignmentDisposable

from ..audience import Audience, Inbox, Notify, another_raised, completing, failing, sharing, tell
from ..errors import LimitExceeded, RxStructError, SourceFailed
from ..limits import MAX_CALLS, MAX_CHARS
from ..options import check_count
from ..policy import listen
from ..stream import Flow, Stream
from .events import Event, Finish, RefusalDelta, ToolCallDelta
from .failures import judged, no_event, standing, verdict


class ToolCallArguments(Stream[str]):
    """The text of one call's arguments, delta by delta; a late subscriber gets what has come so far as its first delta.

    Attributes:
        id: the provider's name for this call; None where it gives none.
        name: the function's name.
        index: 0, 1, … in the order in which the calls of one choice begin.
        choice: the choice that makes the call.
    """

    def __init__(self, subscribe: abc.Subscription[str], call: ToolCallDelta) -> None:
        super().__init__(subscribe, flow=Flow.PIECES)
        self.id = call.id
        self.name = call.name
        self.index = call.index
        self.choice = call.choice


class CallText(Audience[str]):
    """The text of one call so far, and those who listen to the rest."""

    def __init__(self) -> None:
        super().__init__(memory=None)

    @property
    def text(self) -> str:
        """All that has come."""
        return "".join(self.kept)

    def greeting(self) -> Iterable[str]:
        return [self.text] if self.kept else []


class Calls:
    """The calls of one answer, for one subscriber of `tool_calls()` and those of each call."""

    def __init__(self, observer: abc.ObserverBase[ToolCallArguments], max_calls: int, max_chars: int) -> None:
        self._observer = observer
        self._max_calls = max_calls
        self._max_chars = max_chars
        self._room = max_chars
        self._upstream = SingleAssignmentDisposable()
        self.subscription = RefCountDisposable(CompositeDisposable(self._upstream, Disposable(self._leave)))
        self._calls = Inbox(observer)
        self._texts: dict[tuple[int, int], CallText] = {}
        self._unnamed: dict[tuple[int, int], ToolCallArguments] = {}
        self._finishes: dict[int, Finish] = {}
        self._refusals: dict[int, list[str]] = {}
        self._lock = RLock()  # a subscriber that raises does so on any thread

    def connect(self, source: Observable[Event], scheduler: abc.SchedulerBase | None) -> None:
        """Begin to read."""
        self._upstream.disposable = listen(
            source,
            self._observer,
            self._on_next,
            on_error=self._on_error,
            on_completed=self._on_completed,
            scheduler=scheduler,
        )

    def _on_next(self, event: Event) -> None:
        with self._lock:
            inboxes = self._take(event)
        tell(inboxes, self._give_up)

    def _on_completed(self) -> None:
        with self._lock:
            for call in self._unnamed.values():
                self._calls.put(call)
        tell([self._calls], self._give_up)
        with self._lock:
            inboxes = self._end()
        tell(inboxes, self._give_up)

    def _on_error(self, error: Exception) -> None:
        with self._lock:
            inboxes = self._fail(error)
        tell(inboxes, self._give_up)

    def _give_up(self, raised: BaseException) -> None:
        """A subscriber has raised."""
        self._upstream.dispose()
        self._on_error(another_raised(raised, "tool_calls()"))

    def _leave(self) -> None:
        self._on_error(
            SourceFailed("nobody listened to the tool calls any more, so the request was closed before its end")
        )

    # -- what each event brings: whose inbox has something new -------------------------------------------------------------

    def _take(self, event: Event) -> Sequence[Inbox[Any]]:
        if isinstance(event, ToolCallDelta):
            return self._take_call(event)
        if isinstance(event, RefusalDelta):
            return self._take_refusal(event)
        if isinstance(event, Finish):
            return self._take_finish(event)
        if isinstance(event, str):
            self._upstream.dispose()
            return self._fail(no_event(event, "tool_calls()"))
        return ()

    def _take_call(self, delta: ToolCallDelta) -> Sequence[Inbox[Any]]:
        key = delta.choice, delta.index
        self._room -= len(delta.arguments)
        if self._room < 0:
            return self._exceed_chars("the arguments of the tool calls are")
        if key not in self._texts:
            if len(self._texts) == self._max_calls:
                return self._exceed("max_calls", f"the answer makes more than {self._max_calls} tool calls")
            self._texts[key] = CallText()
            self._unnamed[key] = self._call(key, delta)
        if delta.name and key in self._unnamed:
            del self._unnamed[key]
            self._calls.put(self._call(key, delta))
        text = self._texts[key]
        return [self._calls, *(text.put(delta.arguments) if delta.arguments else ())]

    def _call(self, key: tuple[int, int], delta: ToolCallDelta) -> ToolCallArguments:
        return ToolCallArguments(sharing(self._texts[key], self.subscription, self._give_up), delta)

    def _take_refusal(self, delta: RefusalDelta) -> Sequence[Inbox[Any]]:
        self._room -= len(delta.text)
        if self._room < 0:
            return self._exceed_chars("the refusal is")
        if delta.text:
            self._refusals.setdefault(delta.choice, []).append(delta.text)
        return ()

    def _take_finish(self, finish: Finish) -> Sequence[Inbox[Any]]:
        # An answer that makes no call has a choice, too.
        if finish.choice not in self._finishes and len(self._finishes) == max(self._max_calls, 1):
            return self._exceed("max_calls", f"more than {self._max_calls} choices of the answer have ended")
        self._finishes[finish.choice] = standing(self._finishes.get(finish.choice), finish)
        return ()

    def _exceed_chars(self, what: str) -> Sequence[Inbox[Any]]:
        return self._exceed("max_chars", f"{what} longer than {self._max_chars} characters")

    def _exceed(self, limit: str, what: str) -> Sequence[Inbox[Any]]:
        self._upstream.dispose()
        return self._fail(LimitExceeded(f"{what}: to allow it, raise {limit} of tool_calls()", limit=limit))

    def _fail(self, error: Exception) -> Sequence[Inbox[Any]]:
        """All end with an error, each call with its own text."""
        inboxes: list[Inbox[Any]] = []
        for call in self._texts.values():
            own = error.with_state(text=call.text) if isinstance(error, RxStructError) else error
            inboxes += call.put_end(failing(own))
        self._calls.put_end(failing(error))
        return [*inboxes, self._calls]

    def _end(self) -> Sequence[Inbox[Any]]:
        """All end as the provider says that they do."""
        inboxes: list[Inbox[Any]] = []
        for (choice, _), call in self._texts.items():
            inboxes += call.put_end(self._ending(choice, call.text))
        choices = self._finishes.keys() | self._refusals.keys() or {0}
        endings = [self._ending(choice, "") for choice in sorted(choices)]
        self._calls.put_end(next((ending for ending in endings if ending is not completing), completing))
        return [*inboxes, self._calls]

    def _ending(self, choice: int, text: str) -> Notify[Any]:
        refusal = "".join(self._refusals.get(choice, ()))
        error = judged(lambda: verdict(self._finishes.get(choice), refusal, text), text)
        return completing if error is None else failing(error)


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
        max_calls: how many calls, and how many choices, there may be; 1,024 by default.
        max_chars: how many characters the arguments of all calls, and a refusal, together may have; 64 million by default.

    Emits one `ToolCallArguments` per call. It and its calls complete when the events do, after a finish that means a whole
    answer.
    Errors, on it and on its calls: those of `content()`; `LimitExceeded`; `SourceFailed` if another subscriber's callback raised,
    which ends the request for all (its exception is the `__cause__`), and for who subscribes to a call when all had left it.
    """
    check_count("max_calls", max_calls, 0)
    check_count("max_chars", max_chars, 0)

    def operator(source: Observable[Event]) -> Stream[ToolCallArguments]:
        def subscribe(
            observer: abc.ObserverBase[ToolCallArguments], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            calls = Calls(observer, max_calls, max_chars)
            calls.connect(source, scheduler)
            return calls.subscription

        return Stream(subscribe, flow=Flow.PIECES)

    return operator
