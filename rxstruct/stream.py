"""`Stream`: an Observable that can also be read in a loop."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Self, TypeVar

from reactivex import Observable, abc
from reactivex import operators as ops

from .iteration import AsyncIteration, Flow, Iteration, aiterate, iterate

T = TypeVar("T", covariant=True)
S = TypeVar("S")


class Stream(Observable[T]):
    """An `Observable[T]` that can also be read in a `for` or `async for` loop.

    Each loop subscribes anew (for a source that makes a request: one request), and leaving it, by `break`, by an exception or
    by Ctrl-C, disposes the subscription. Errors come out of the loop as they are. `iterate` and `aiterate` do the same for any
    Observable, with options.

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> snapshots = rx.of('{"name":"A', 'da"}').pipe(rxs.accumulate_json())
        >>> for snapshot in snapshots:
        ...     print(snapshot.value)
        {'name': 'A'}
        {'name': 'Ada'}
        >>> snapshots.final().value
        {'name': 'Ada'}

    Args:
        subscribe: as for `Observable`.
        flow: what may be done with items that their reader is too slow for.
        model: the type that the items are partials of, where that is known.
    """

    def __init__(
        self, subscribe: abc.Subscription[T] | None = None, *, flow: Flow = Flow.EVENTS, model: Any = None
    ) -> None:
        super().__init__(subscribe)
        self.flow = flow
        self.model = model

    @classmethod
    def like(cls, source: Observable[S], subscribe: abc.Subscription[T]) -> Self:
        """A Stream of the same items as `source`, only fewer: of the same flow and model."""
        return cls(subscribe, flow=Flow.of(source), model=model_of(source))

    def __iter__(self) -> Iteration[T]:
        return iterate(self)

    def __aiter__(self) -> AsyncIteration[T]:
        return aiterate(self)

    def __await__(self) -> Generator[Any, None, T]:
        return self.afinal().__await__()

    def final(self) -> T:
        """The last item, once the stream has completed: of a stream of partials, the whole, validated instance.

        Raises:
            Exception: whatever ended the stream instead, as it is; `SequenceContainsNoElementsError` if it was empty.
        """
        with iterate(self.pipe(ops.last())) as items:
            return next(items)

    async def afinal(self) -> T:
        """`final()` for async code: `await stream.afinal()`, or just `await stream`."""
        async with aiterate(self.pipe(ops.last())) as items:
            return await anext(items)


def model_of(source: Observable[Any]) -> Any:
    """The type that the items of `source` are partials of; None where they are not, or that is not known."""
    return source.model if isinstance(source, Stream) else None


__all__ = ["Flow", "Stream", "model_of"]
