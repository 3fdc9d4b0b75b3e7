"""Asking until the answer is valid: `Conversation`, the state machine behind `attempts` and `ask`.

What goes in: the events of one answer after the other, the verdicts of checks, and time. What comes out: requests, and attempts
with their partials; in the end completion, or one error. What always holds:

1. At most one request is open, and it is closed before the next one is made.
2. Nothing is asked beyond the budget: every request but the first is paid for with an attempt or a reconnect, except the one that
   asks for what follows a value which has been mended.
3. Within an attempt nothing that was shown is taken back. Where that has to be, a new attempt begins.
4. No value is shown closed that failed validation or a plain check.
5. What the model refuses, or its provider filters, is never asked for again.
6. It goes on while the stream of attempts, or one attempt, has a subscriber. One that raises ends it for all, who are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any, Literal, TypeAlias

from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import (
    CompositeDisposable,
    Disposable,
    RefCountDisposable,
    SerialDisposable,
    SingleAssignmentDisposable,
)

from ..audience import Audience, Inbox, Notify, another_raised, completing, failing, sharing, tell
from ..errors import AttemptsFailed, FieldInvalid, JsonInvalid, RxStructError, SourceFailed, Truncated, printable
from ..incremental import JsonDocument
from ..iteration import Flow
from ..limits import BUFFER, MAX_CHARS, OF_A_DOCUMENT, among
from ..partial.state import state_of
from ..policy import listen, typed
from ..sources import Event
from ..sources.content import answer
from ..typing import ABSENT, PathPattern
from .attempt import Attempt
from .budget import Budget, after_pause, deadline_scheduler
from .checks import Check, Checking, Judged
from .continuation import says_something
from .draft import Draft, Known
from .events import AnswerInvalid, AskEvent, Reason, RequestEnded, RequestStarted
from .repair import Repair, repair_of
from .turns import Message, Part, Question, Turn
from .usage import Meter, TokenUsage

OnInvalid: TypeAlias = Literal["restart", "repair", "fail"]
OnTruncated: TypeAlias = Literal["continue", "restart", "fail"]
Send: TypeAlias = Callable[..., Observable[Event]]


@dataclass(frozen=True)
class Settings:
    """What does not change during a conversation; `attempts` says what each means."""

    question: Question
    messages: Sequence[Message]
    send: Send
    blocks: bool
    on_invalid: OnInvalid
    on_truncated: OnTruncated
    max_attempts: int
    max_reconnects: int
    max_output_tokens: int | None
    deadline: float | None
    checks: list[tuple[PathPattern, Check]]
    context: Any
    limits: Mapping[str, int]
    on_event: Callable[[AskEvent], None] | None


class Conversation:
    """One subscription's requests, one after the other."""

    def __init__(
        self, settings: Settings, observer: abc.ObserverBase[Attempt[Any]], scheduler: abc.SchedulerBase | None
    ) -> None:
        self._settings = settings
        self._question = settings.question
        self._observer = observer
        self._tries = Inbox(observer)
        self._scheduler = scheduler
        self._budget = Budget(settings.max_attempts, settings.max_reconnects, settings.max_output_tokens)
        self._messages = list(settings.messages)
        self._failures: list[RxStructError] = []
        self._usage = TokenUsage()
        self._requests = 0
        self._number = 0
        self._turn: Turn | None = None
        self._lock = RLock()  # a deadline comes from a timer's thread
        self._has_ended = False
        self._on_event = settings.on_event
        self._request = SerialDisposable()
        self._pause = SerialDisposable()
        self._deadline = SingleAssignmentDisposable()
        self._everything = CompositeDisposable(self._request, self._pause, self._deadline, Disposable(self._leave))
        self.subscription = RefCountDisposable(self._everything)
        self._begin({}, {})

    def start(self) -> None:
        """Make the first request."""
        seconds = self._settings.deadline
        if seconds is not None:
            clock = deadline_scheduler(self._scheduler, blocks=self._settings.blocks)
            self._deadline.disposable = clock.schedule_relative(seconds, lambda *_: self._out_of_time(seconds))
        with self._lock:
            self._announce()
        self._send(self._question.whole(self._messages, "first"))

    # -- attempts ----------------------------------------------------------------------------------------------------------

    def _begin(self, values: Known, judged: Judged) -> None:
        settings = self._settings
        self._number += 1
        self._shown: Any = ABSENT
        self._repair: Repair | None = None
        self._is_waiting = False
        """Whether the document is whole, and only checks are still to end."""
        self._draft = Draft(self._question.model, settings.context, self._number, values, settings.limits)
        self._checking = Checking(self._question.model, settings.checks, self._on_verdict, judged)
        self._partials: Audience[Any] = Audience(capacity=BUFFER, flow=Flow.STATE)
        subscribe = sharing(self._partials, self.subscription, self._abandon)
        self._attempt: Attempt[Any] = Attempt(self._number, self._question.model, subscribe)

    def _announce(self) -> None:
        self._tries.put(self._attempt)
        tell([self._tries], self._abandon)

    def _begin_again(self, failure: RxStructError) -> None:
        """A new attempt, for a document that is written anew."""
        self._replace(failure, {}, {})

    def _replace(self, failure: RxStructError, values: Known, judged: Judged) -> None:
        self._checking.cancel()
        tell(self._end_attempt(failure), self._abandon)
        self._begin(values, judged)
        self._announce()

    def _end_attempt(self, failure: RxStructError | None, end: Notify[Any] = completing) -> Sequence[Inbox[Any]]:
        """The attempt is over; whose inboxes have its end."""
        if self._partials.end is None:
            self._attempt.failure = failure
        return self._partials.put_end(end)

    # -- requests ----------------------------------------------------------------------------------------------------------

    def _send(self, turn: Turn) -> None:
        if self._is_over():
            return
        if not self._budget.has_tokens:
            self._give_up("max_output_tokens", f"the answers have used {self._budget.output_tokens} tokens")
            return
        keywords = self._budget.limited(turn.keywords)
        self._requests += 1
        self._turn = turn
        self._last_turn = turn
        self._meter = Meter(keywords.get("messages"))
        self._read = turn.reader()
        limits = self._settings.limits
        self._value = JsonDocument(**among(limits, OF_A_DOCUMENT)) if turn.part is Part.VALUE else None
        self._tell(RequestStarted(self._requests, self._number, turn.reason, keywords))
        if self._is_over():
            return
        try:
            events = self._settings.send(**keywords)
            check_events(events)
        except Exception as error:
            if not self._is_over():
                self._fail(typed(error))
            return
        max_chars = max(MAX_CHARS, limits.get("max_chars", 0))
        text = events.pipe(ops.do_action(self._meter.take), answer(as_tool_call=turn.as_tool_call, max_chars=max_chars))
        subscription = SingleAssignmentDisposable()
        self._request.disposable = subscription

        def current(action: Callable[[], None]) -> None:
            with self._lock:
                if self._turn is turn and not self._is_over():
                    action()
            self._wait_for_checks()

        subscription.disposable = listen(
            text,
            self._observer,
            lambda delta: current(lambda: self._take(turn, delta)),
            on_error=lambda error: current(lambda: self._source_failed(turn, error)),
            on_completed=lambda: current(lambda: self._answered(turn)),
            scheduler=self._scheduler,
        )

    def _close_request(self, failure: RxStructError | None) -> None:
        """Close the request, if one is open, and count what it used."""
        turn, self._turn = self._turn, None
        if turn is None:
            return
        self._request.disposable = SingleAssignmentDisposable()
        usage = self._meter.usage
        self._usage += usage
        self._budget.output_tokens += usage.output_tokens
        self._tell(RequestEnded(self._requests, self._number, turn.reason, failure, usage, self._usage))

    # -- answers -----------------------------------------------------------------------------------------------------------

    def _take(self, turn: Turn, delta: str) -> None:
        try:
            text = self._read(delta)
            if self._value is not None:
                self._value.feed(text)
            self._write(text)
        except RxStructError as error:
            # What else a model says after the rest of a document is no part of it.
            if turn.part is not Part.REST or not isinstance(error, JsonInvalid) or not self._draft.has_closed:
                self._fail(error)
                return
        if turn.part is Part.REST and self._draft.has_closed:
            self._succeed()

    def _answered(self, turn: Turn) -> None:
        try:
            if self._value is not None:
                self._value.finish()
                self._end_value()
                return
            self._draft.finish()
            self._show()
        except RxStructError as error:
            self._fail(error)
            return
        self._succeed()

    def _end_value(self) -> None:
        """A value that was asked for alone is there: what followed it follows again, and then the rest is asked for."""
        repair, self._repair = self._repair, None
        assert repair is not None
        self._write(" " + repair.after)  # the space ends a number
        if self._draft.has_closed:
            self._succeed()
            return
        self._close_request(None)
        self._send_rest(self._draft.rewind(), "repair")

    def _write(self, text: str) -> None:
        """Go on with the document, and show what that brings.

        Raises:
            RxStructError: where it is not what it should be; what came before that is shown.
        """
        try:
            self._draft.feed(text)
        except RxStructError:
            self._show()
            raise
        self._show()

    def _show(self) -> None:
        """Show the newest partial, once the checks have looked at it."""
        draft = self._draft
        if draft.partial is self._shown or draft.snapshot is None:
            return
        try:
            self._checking.take(draft.partial, draft.snapshot)
        except RxStructError as error:
            raise self._with_state(error) from error.__cause__
        if self._checking.failure is not None:
            raise self._with_state(self._checking.failure)
        self._shown = draft.partial
        tell(self._partials.put(draft.partial), self._abandon)

    def _succeed(self) -> None:
        self._close_request(None)
        self._is_waiting = True
        self._complete_if_checked()

    def _complete_if_checked(self) -> None:
        if self._is_over():
            return
        if self._checking.failure is not None:
            self._fail(self._with_state(self._checking.failure))
        elif self._is_waiting and not self._checking.is_pending:
            self._finish(None, completing)

    def _on_verdict(self) -> None:
        """An async check has ended on the loop."""
        with self._lock:
            self._complete_if_checked()

    def _wait_for_checks(self) -> None:
        """At the end of the document: until the checks have ended that run on threads."""
        while self._is_waiting and not self._is_over() and self._checking.wait():
            with self._lock:
                self._complete_if_checked()

    # -- failures ----------------------------------------------------------------------------------------------------------

    def _source_failed(self, turn: Turn, error: Exception) -> None:
        failure = self._with_state(typed(error))
        if not isinstance(failure, SourceFailed | Truncated):
            self._fail(failure)
        elif self._draft.has_closed and turn.part is not Part.VALUE:
            self._succeed()  # all that was still to come was the end
        elif isinstance(failure, SourceFailed) and self._meter.is_lost_connection(failure):
            self._reconnect(failure)
        else:
            self._fail(failure)

    def _fail(self, error: RxStructError) -> None:
        """An answer is not what it should be: ask once more, or end."""
        if self._has_ended:
            raise error  # by a subscriber: it is no part of the answer
        self._failures.append(error)
        self._close_request(error)
        settings = self._settings
        if isinstance(error, FieldInvalid | JsonInvalid):
            self._tell(AnswerInvalid(self._requests, self._number, error))
            if self._is_over():
                return
            if settings.on_invalid == "fail":
                self._end(error)
            elif self._take_attempt():
                self._mend(error)
        elif isinstance(error, Truncated) and settings.on_truncated != "fail":
            if self._take_attempt():
                self._go_on(error, "continue")
        else:
            self._end(error)

    def _take_attempt(self) -> bool:
        if self._budget.take_attempt():
            return True
        self._give_up("max_attempts", f"{self._budget.max_attempts} attempts have failed")
        return False

    def _mend(self, error: FieldInvalid | JsonInvalid) -> None:
        """Ask for what is not valid once more: for as little as the policy allows."""
        if self._settings.on_invalid == "repair":
            if isinstance(error, JsonInvalid):
                self._go_on(error, "repair")
                return
            repair = repair_of(self._question.model, error)
            if repair is not None:
                self._start_repair(
                    repair.followed_by(self._repair), error, self._question.value(self._messages, repair, error)
                )
                return
        self._messages = self._question.corrected(self._messages, error)
        self._begin_again(error)
        self._send(self._question.whole(self._messages, "restart"))

    def _start_repair(self, repair: Repair, error: RxStructError, turn: Turn) -> None:
        self._replace(error, self._draft.values(repair.path), self._checking.judged)
        if self._is_over():
            return
        self._repair = repair
        try:
            self._write(repair.before)
        except RxStructError as other:
            self._fail(other)
            return
        self._send(turn)

    def _go_on(self, error: RxStructError, reason: Reason) -> None:
        """Ask for the rest of what broke off, if that is the policy and there is something to keep; else for all of it again."""
        if self._repair is not None:
            self._start_repair(self._repair, error, replace(self._last_turn, reason=reason))
            return
        kept = self._draft.rewind() if self._settings.on_truncated == "continue" else ""
        if says_something(kept):
            self._send_rest(kept, reason)
        else:
            self._begin_again(error)
            self._send(self._question.whole(self._messages, "restart" if reason == "continue" else reason))

    def _send_rest(self, kept: str, reason: Reason) -> None:
        assert self._draft.snapshot is not None
        self._send(self._question.rest(self._messages, self._draft.snapshot, kept, reason))

    def _reconnect(self, error: SourceFailed) -> None:
        """A connection was lost: after a pause, ask for the rest."""
        self._failures.append(error)
        self._close_request(error)
        if self._is_over():
            return
        seconds = self._budget.take_reconnect()
        if seconds is None:
            if self._budget.max_reconnects == 0:
                self._end(error)
            else:
                self._give_up("max_reconnects", f"the connection was lost {self._budget.reconnects + 1} times")
            return

        def connect() -> None:
            with self._lock:
                if not self._is_over():
                    self._go_on(error, "reconnect")

        self._pause.disposable = after_pause(seconds, connect, self._scheduler, blocks=self._settings.blocks)

    # -- the end -----------------------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return self._has_ended or self._everything.is_disposed

    def _out_of_time(self, seconds: float) -> None:
        with self._lock:
            if not self._is_over():
                self._give_up("deadline", f"{seconds:g} seconds have passed")

    def _give_up(self, limit: str, what: str) -> None:
        last = f"; the last failure: {self._failures[-1]}" if self._failures else ""
        shown = state_of(self._shown)
        error = AttemptsFailed(
            f"{what}, and {limit} allows no more{last}",
            limit=limit,
            failures=self._failures,
            text="" if shown is None else shown.snapshot.text,
            snapshot=None if shown is None else shown.snapshot,
            partial=None if self._shown is ABSENT else self._shown,
        )
        if self._failures:
            error.__cause__ = ExceptionGroup("the attempts failed", self._failures)
        self._end(error)

    def _end(self, error: RxStructError) -> None:
        """End with an error, and with the best that all attempts have given."""
        self._close_request(error)
        if self._is_over():
            return
        self._checking.cancel()
        best = max([error, *self._failures], key=lambda each: (each.partial is not None, len(each.closed_paths)))
        if best is not error:
            error = error.with_state(partial=best.partial, snapshot=best.snapshot, text=best.text)
        self._finish(error, failing(error))

    def _finish(self, failure: RxStructError | None, end: Notify[Any]) -> None:
        self._has_ended = True
        self._tries.put_end(end)
        tell([*self._end_attempt(failure), self._tries], self._abandon)

    def _abandon(self, raised: BaseException) -> None:
        """A subscriber has raised, on whichever thread: the request is closed, and the others are told."""
        with self._lock:
            if self._is_over():
                return
            self._has_ended = True
            error = another_raised(raised, "attempts()")
            self._tries.put_end(failing(error))
            inboxes = self._end_attempt(error, failing(error))
        self._everything.dispose()
        tell([*inboxes, self._tries], self._abandon)

    def _leave(self) -> None:
        """Nobody listens any more; who comes to an attempt later is told that it is over."""
        self._checking.cancel()
        failure = SourceFailed("nobody listened to the attempts any more, so the request was closed")
        tell(self._end_attempt(failure), self._abandon)

    def _with_state(self, error: RxStructError) -> RxStructError:
        shown = None if self._shown is ABSENT else self._shown
        return error.with_state(text=self._draft.text, snapshot=self._draft.snapshot, partial=shown)

    def _tell(self, event: AskEvent) -> None:
        """Call `on_event`. What it raises ends the stream: on a timer's thread, or in a task, nobody else would hear of it."""
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception as error:
            self._on_event = None
            failure = SourceFailed(
                f"on_event raised {type(error).__name__} at {type(event).__name__}: {printable(str(error))}"
            )
            failure.__cause__ = error
            self._end(self._with_state(failure))


def check_events(events: Any) -> None:
    """Refuse what a function in the client's place returned, where that is no stream."""
    if not isinstance(events, Observable):
        raise TypeError(
            f"the function in the client's place returned a {type(events).__name__}: "
            "it has to return the events of an answer, as openai_events() does"
        )
