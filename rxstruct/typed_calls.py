"""`typed_tool_calls`: every tool call's arguments as typed partials, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar, overload

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops

from .errors import SourceFailed, excerpt
from .operators import accumulate_json, to_partial
from .options import check_choice
from .policy import listen
from .sources import Event, ToolCallArguments, tool_calls
from .stream import Flow, Stream

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
M_co = TypeVar("M_co", covariant=True)

NO_ARGUMENTS = "{}"
"""What some providers leave out for a function that has no parameters."""

Unknown: TypeAlias = Literal["raise", "skip"]
Operator = Callable[[Observable[Event]], Stream["ToolCall[M_co]"]]


@dataclass(frozen=True, slots=True)
class ToolCall(Generic[M_co]):
    """One tool call as far as it has come: which it is, and its arguments as a partial of the model of its name."""

    id: str | None
    name: str
    index: int
    partial: M_co


@overload
def typed_tool_calls(a: type[A], /, *, unknown: Unknown = "raise") -> Operator[A]: ...
@overload
def typed_tool_calls(a: type[A], b: type[B], /, *, unknown: Unknown = "raise") -> Operator[A | B]: ...
@overload
def typed_tool_calls(a: type[A], b: type[B], c: type[C], /, *, unknown: Unknown = "raise") -> Operator[A | B | C]: ...
@overload
def typed_tool_calls(
    a: type[A], b: type[B], c: type[C], d: type[D], /, *, unknown: Unknown = "raise"
) -> Operator[A | B | C | D]: ...
@overload
def typed_tool_calls(*models: type[Any], unknown: Unknown = "raise") -> Operator[Any]: ...


def typed_tool_calls(*models: type[Any], unknown: Unknown = "raise") -> Operator[Any]:
    """Each tool call's arguments as partials of the model that the call names.

    ```
    events            --a----b----A----B----F--|
    typed_tool_calls  --x----y----X----Y-------|
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Weather(BaseModel):
        ...     city: str
        >>> events = rx.of(
        ...     rxs.ToolCallDelta('{"city": "Os', "call_1", "Weather", 0),
        ...     rxs.ToolCallDelta('lo"}', "call_1", "Weather", 0),
        ...     rxs.Finish("tool_calls"),
        ... )
        >>> events.pipe(rxs.typed_tool_calls(Weather)).subscribe(print)
        ToolCall(id='call_1', name='Weather', index=0, partial=Weather(city='Os'))
        ToolCall(id='call_1', name='Weather', index=0, partial=Weather(city='Oslo'))
        <...>

    Parallel calls come interleaved, as they arrive: tell them apart by `index`, and their kinds by `match call.partial`.

    Args:
        models: the models, each for the function of its class's name, as `openai.pydantic_function_tool(Model)` offers it.
        unknown: what a call of another name is: `"raise"` an error, `"skip"` passed over.

    Emits one `ToolCall` for each partial. The last one of each call is a validated instance. Completes after a whole answer.
    Errors: `SourceFailed` for an unknown name; those of `tool_calls`, `accumulate_json` and `to_partial`.
    """
    check_choice("unknown", unknown, Unknown)
    if not models:
        raise TypeError("typed_tool_calls needs at least one model")
    for model in models:
        if not isinstance(model, type):
            raise TypeError(
                f"typed_tool_calls got a {type(model).__name__}: give it classes, as in typed_tool_calls(A, B)"
            )
    by_name = {model.__name__: model for model in models}
    if len(by_name) < len(models):
        raise TypeError(f"two of the models have the same name: {', '.join(model.__name__ for model in models)}")

    def partials_of(call: ToolCallArguments) -> Observable[ToolCall[Any]]:
        model = by_name.get(call.name)
        if model is None:
            if unknown == "skip":
                return rx.empty()
            return rx.throw(
                SourceFailed(
                    f"the model called {excerpt(call.name)}, which is none of {', '.join(by_name)}", text=call.name
                )
            )
        return call.pipe(
            ops.default_if_empty(NO_ARGUMENTS),
            accumulate_json(),
            to_partial(model),
            ops.map(lambda partial: ToolCall(call.id, call.name, call.index, partial)),
        )

    def operator(source: Observable[Event]) -> Stream[ToolCall[Any]]:
        merged = source.pipe(tool_calls(), ops.flat_map(partials_of))

        def subscribe(
            observer: abc.ObserverBase[ToolCall[Any]], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            return listen(merged, observer, observer.on_next, scheduler=scheduler)

        return Stream(subscribe, flow=Flow.EVENTS)

    return operator
