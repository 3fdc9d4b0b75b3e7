"""`attempts`: ask until the answer is valid, and watch each try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, TypeAlias, TypeVar, cast, overload

from pydantic import TypeAdapter
from reactivex import Observable, abc

from ..limits import OF_A_DOCUMENT, OF_A_PARTIAL, chosen_limits
from ..options import check_choice, check_count, check_seconds
from ..sources import Event, Via, openai_events
from ..sources.openai import check_source, is_async, is_client
from ..stream import Stream
from .attempt import Attempt
from .checks import Checks, patterns_of
from .conversation import Conversation, OnInvalid, OnTruncated, Settings
from .events import AskEvent
from .turns import Message, Question

T = TypeVar("T")

Asked: TypeAlias = Any
"""An `OpenAI` or `AsyncOpenAI` client, or a function that takes a request's keywords and returns the events of its answer."""


@overload
def attempts(
    client: Asked,
    response_model: type[T] | TypeAdapter[T],
    /,
    *,
    messages: Sequence[Message],
    max_attempts: int = 3,
    on_invalid: OnInvalid = "restart",
    on_truncated: OnTruncated = "continue",
    max_reconnects: int = 2,
    max_output_tokens: int | None = None,
    deadline: float | None = None,
    checks: Checks | None = None,
    via: Via = "schema",
    context: Any = None,
    limits: Mapping[str, int] | None = None,
    on_event: Callable[[AskEvent], None] | None = None,
    **request: Any,
) -> Stream[Attempt[T]]: ...
@overload
def attempts(
    client: Asked,
    response_model: Any,
    /,
    *,
    messages: Sequence[Message],
    max_attempts: int = 3,
    on_invalid: OnInvalid = "restart",
    on_truncated: OnTruncated = "continue",
    max_reconnects: int = 2,
    max_output_tokens: int | None = None,
    deadline: float | None = None,
    checks: Checks | None = None,
    via: Via = "schema",
    context: Any = None,
    limits: Mapping[str, int] | None = None,
    on_event: Callable[[AskEvent], None] | None = None,
    **request: Any,
) -> Stream[Attempt[Any]]: ...
def attempts(
    client: Asked,
    response_model: Any,
    /,
    *,
    messages: Sequence[Message],
    max_attempts: int = 3,
    on_invalid: OnInvalid = "restart",
    on_truncated: OnTruncated = "continue",
    max_reconnects: int = 2,
    max_output_tokens: int | None = None,
    deadline: float | None = None,
    checks: Checks | None = None,
    via: Via = "schema",
    context: Any = None,
    limits: Mapping[str, int] | None = None,
    on_event: Callable[[AskEvent], None] | None = None,
    **request: Any,
) -> Stream[Attempt[Any]]:
    """Ask a language model for an object until the answer is valid, and get each try as a stream of its own.

    ```
    attempts  --1-----------2-----------|
    1           --a--b------|
    2                       --a--c--d---|
    ```

    Example:
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> from reactivex import operators as ops
        >>> class Person(BaseModel):
        ...     name: str
        ...     age: int
        >>> answers = iter(['{"name": "Ada", "age": "old"}', '{"name": "Ada", "age": 36}'])
        >>> def answer(**request):
        ...     return rxs.openai_events([
        ...         {"choices": [{"delta": {"content": next(answers)}}]},
        ...         {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        ...     ])
        >>> rxs.attempts(answer, Person, messages=[{"role": "user", "content": "Who was the first programmer?"}]).pipe(
        ...     ops.switch_map(lambda attempt: attempt.pipe(rxs.progress()))
        ... ).subscribe(print)
         50% (1 of 2, now age)
        100% (2 of 2)
        <...>

    `ask` has all that is told here about policies, budgets and errors.

    Args:
        client, response_model, messages, max_attempts, on_invalid, on_truncated, max_reconnects, max_output_tokens, deadline,
            checks, via, context, limits, on_event, request: as for `ask`.

    Emits an `Attempt` as each begins: a live stream of partials, with `number` and `failure`. It completes when that try is over,
    so that `switch_map` goes on to the next one, in which every field begins anew.
    Completes after a valid answer. Left early, it goes on for as long as the attempt that is under way has a subscriber.
    Errors: those of `ask`; on it and on its attempts, `SourceFailed` if another subscriber's callback raised, which ends the
    request for all (its exception is the `__cause__`).
    """
    for name, value, known in (("on_invalid", on_invalid, OnInvalid), ("on_truncated", on_truncated, OnTruncated)):
        check_choice(name, value, known)
    for name, number, least in (
        ("max_attempts", max_attempts, 1),
        ("max_reconnects", max_reconnects, 0),
        ("max_output_tokens", max_output_tokens, 1),
    ):
        if number is not None:
            check_count(name, number, least)
    if deadline is not None:
        check_seconds("deadline", deadline)
    if on_event is not None and not callable(on_event):
        raise TypeError(f"on_event={on_event!r}: give a function of the event")
    if iscoroutinefunction(on_event):
        raise TypeError("on_event is async, and nothing would await it: give a plain function, which may begin a task")
    question = Question(response_model, via, request)
    question.whole(messages, "first")  # what can't be asked is refused here
    settings = Settings(
        question=question,
        messages=tuple(messages),
        send=sending(client),
        blocks=is_client(client) and not is_async(client),
        on_invalid=on_invalid,
        on_truncated=on_truncated,
        max_attempts=max_attempts,
        max_reconnects=max_reconnects,
        max_output_tokens=max_output_tokens,
        deadline=deadline,
        checks=patterns_of(response_model, checks or {}),
        context=context,
        limits=chosen_limits(limits, OF_A_DOCUMENT + OF_A_PARTIAL),
        on_event=on_event,
    )

    def subscribe(
        observer: abc.ObserverBase[Attempt[Any]], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        conversation = Conversation(settings, observer, scheduler)
        conversation.start()
        return conversation.subscription

    return Stream(subscribe)


def sending(client: Asked) -> Callable[..., Observable[Event]]:
    """What makes the events of an answer from a request's keywords."""
    if is_client(client):
        return partial(openai_events, client)
    check_source(client)
    if callable(client):
        return cast(Callable[..., Observable[Event]], client)
    raise TypeError(
        f"a {type(client).__name__} can't be asked again: give an OpenAI or AsyncOpenAI client, or a function that takes "
        "a request's keywords and returns the events of its answer"
    )
