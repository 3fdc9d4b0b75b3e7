"""`ask`: partials of an answer that is asked for until it is valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter
from reactivex import abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from ..policy import listen
from ..sources import Via
from ..stream import Flow, Stream
from .attempt import Attempt
from .attempts import Asked, attempts
from .checks import Checks
from .conversation import OnInvalid, OnTruncated
from .events import AskEvent
from .turns import Message

T = TypeVar("T")


@overload
def ask(
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
) -> Stream[T]: ...
@overload
def ask(
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
) -> Stream[Any]: ...
def ask(client: Asked, response_model: Any, /, *, messages: Sequence[Message], **options: Any) -> Stream[Any]:
    """Ask a language model for an object, watch it fill in, and ask again as soon as something in it is not valid.

    ```
    ask  --x-----y--X-----Y-----Z--|

    x  Person(name='A')
    y  Person(name='Ada')
    X  Person(name='A')              attempt 2
    Y  Person(name='Ada')
    Z  Person(name='Ada', age=36)
    ```

    Example:
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Person(BaseModel):
        ...     name: str
        ...     age: int
        >>> answers = iter(['{"name": "Ada", "age": "old"}', '{"name": "Ada", "age": 36}'])
        >>> def answer(**request):
        ...     return rxs.openai_events([
        ...         {"choices": [{"delta": {"content": next(answers)}}]},
        ...         {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        ...     ])
        >>> question = [{"role": "user", "content": "Who was the first programmer?"}]
        >>> for person in rxs.ask(answer, Person, messages=question):
        ...     print(rxs.attempt_of(person), person)
        1 name='Ada'
        2 name='Ada' age=36

    An answer is read no further than to the first value that is not valid: there its request is closed, and the model is asked
    again, with what was wrong. Everything is told in *Validation with streaming*.

    Args:
        client: an `OpenAI` or `AsyncOpenAI` client; or a function that takes a request's keywords and returns the events of its
            answer, as `openai_events` does.
        response_model: any type that pydantic has a schema for.
        messages: the conversation, as for chat completions.
        max_attempts: how often a document may be begun, mended or continued; 3 by default.
        on_invalid: `"restart"` asks for the whole anew; `"repair"` only for the smallest value that is not valid, and then for
            what follows it; `"fail"` ends.
        on_truncated: of an answer that stopped early: `"continue"` asks for the rest, `"restart"` for the whole anew, `"fail"`
            ends.
        max_reconnects: how many connections that were lost in mid-answer are made up for, after a pause; 2 by default.
        max_output_tokens: how many tokens all answers together may have; each request is told what is left of them.
        deadline: seconds from the subscription until it ends, whatever happens.
        checks: functions that look at values as they close, by path: `{"age": check, ("tags", EACH): check}`. A check gets the
            partial, and the path if it takes a second argument; it may be async; it raises ValueError for what is not right.
        via: how the model is sent, as for `from_openai`.
        context: what validators get as `info.context`.
        limits: limits of what is read that are not to be the defaults, by name: any of `max_depth`, `max_chars`, `max_elements`,
            `max_key_length`, `max_number_length` (see `accumulate_json`) and `max_unknown_fields` (see `to_partial`).
        on_event: called with `RequestStarted`, `AnswerInvalid` and `RequestEnded`. What it raises ends the stream.
        request: what the SDK's `create` takes.

    Emits partials. When something that was shown is taken back they begin anew, with another `attempt_of(partial)`. The last one
    is a validated instance.
    Completes after a valid answer, once all its checks have ended.
    Errors: `AttemptsFailed` when a budget is used up: `.limit` says which, `.failures` has what went wrong each time, `.partial`
    is the best of all attempts; `LimitExceeded`, `Refused` and `ContentFiltered`, which are never asked again; with `"fail"`,
    what failed; `SourceFailed` for a check that raises anything but ValueError or AssertionError, or is cancelled, and for
    whatever `on_event` raises.
    """
    tries = attempts(client, response_model, messages=messages, **options)

    def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        current = SerialDisposable()

        def on_next(attempt: Attempt[Any]) -> None:
            current.disposable = listen(attempt, observer, observer.on_next, on_completed=lambda: None)

        return CompositeDisposable(listen(tries, observer, on_next, scheduler=scheduler), current)

    return Stream(subscribe, flow=Flow.STATE, model=response_model)
