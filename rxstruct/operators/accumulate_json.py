"""`accumulate_json`: deltas to snapshots."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..errors import RxStructError, SourceFailed
from ..incremental import DuplicateKeys, JsonDocument, JsonSnapshot, Locate
from ..limits import MAX_CHARS, MAX_DEPTH, MAX_ELEMENTS, MAX_KEY_LENGTH, MAX_NUMBER_LENGTH
from ..policy import listen, typed
from ..stream import Flow, Stream


def accumulate_json(
    *,
    locate: Locate = "strict",
    duplicate_keys: DuplicateKeys = "last",
    max_depth: int = MAX_DEPTH,
    max_chars: int = MAX_CHARS,
    max_elements: int = MAX_ELEMENTS,
    max_key_length: int = MAX_KEY_LENGTH,
    max_number_length: int = MAX_NUMBER_LENGTH,
) -> Callable[[Observable[str]], Stream[JsonSnapshot]]:
    """Parse JSON text as it arrives, once, into snapshots of the document so far.

    ```storyboard
    deltas    --a-----b-----c--|
    snapshot  --x-----y-----z--|

    a  {"name":"A
    b  da","age":3
    c  6}
    x  {"name": "A"}
    y  {"name": "Ada"}
    z  {"name": "Ada", "age": 36}
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"name":"A', 'da","age":3', "6}").pipe(rxs.accumulate_json()).subscribe(lambda s: print(s.value))
        {'name': 'A'}
        {'name': 'Ada'}
        {'name': 'Ada', 'age': 36}
        <...>

    Args:
        locate: `"strict"` takes nothing but the document; `"find"` skips prose and a code fence before it,
            and ignores what follows.
        duplicate_keys: `"last"` takes the last of several values of one key, as `json.loads` does;
            `"error"` refuses a repeated key.
        max_depth: how many containers may lie inside one another; 512 by default.
        max_chars: how many characters the text may have; 64 million by default.
        max_elements: how many elements an array, or members an object, may have; a million by default.
        max_key_length: how many characters a key may have; 65,536 by default.
        max_number_length: how many characters a number may have; 4,300 by default.

    With `"find"` the first text that begins as JSON is the document: in a code fence that is labelled as JSON or not at all, at
    the beginning of a line, or within one where prose would not go on like that (`{"key":`, `["`, `[{"`). A reference `[1]`, a
    `{placeholder}` or a fence of another language is passed over. Nothing is shown before that is certain, and from then on it
    has to be JSON; prose that holds whole JSON, such as an example before the answer, can't be told from the answer.

    Emits one `JsonSnapshot` for each delta that changed what can be seen, and the state just before an error, if it is new.
    Completes when the source does after a complete document.
    Errors: `JsonInvalid` at the first character that no JSON text could have there, `Truncated` where the text ends early,
    `LimitExceeded`.

    The grammar is RFC 8259's, the values are those of `json.loads`.
    """
    return accumulate(
        JsonDocument(
            locate=locate,
            duplicate_keys=duplicate_keys,
            max_depth=max_depth,
            max_chars=max_chars,
            max_elements=max_elements,
            max_key_length=max_key_length,
            max_number_length=max_number_length,
        )
    )


def accumulate(empty: JsonDocument) -> Callable[[Observable[str]], Stream[JsonSnapshot]]:
    """The operator that reads each subscription's deltas into a document like `empty`."""

    def operator(source: Observable[str]) -> Stream[JsonSnapshot]:
        def subscribe(
            observer: abc.ObserverBase[JsonSnapshot], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            return subscribe_document(source, observer, empty.origin.restart(), scheduler)

        return Stream(subscribe, flow=Flow.STATE)

    return operator


def subscribe_document(
    source: Observable[str],
    observer: abc.ObserverBase[JsonSnapshot],
    document: JsonDocument,
    scheduler: abc.SchedulerBase | None,
) -> abc.DisposableBase:
    """Feed one document from `source`; the state just before an error goes ahead of it."""

    def on_next(delta: str) -> None:
        if not isinstance(delta, str):
            kind = type(delta).__name__
            hint = "decode bytes, leave out None, pipe events through content()"
            on_error(SourceFailed(f"a delta must be a str, not of type {kind}: {hint}"))
            return
        before = document.snapshot
        try:
            snapshot = document.feed(delta)
        except RxStructError as error:
            fail(error, before)
            return
        if snapshot is not None:
            observer.on_next(snapshot)

    def on_error(error: Exception) -> None:
        observer.on_error(typed(error).with_state(snapshot=document.snapshot, text=document.text))

    def on_completed() -> None:
        before = document.snapshot
        try:
            snapshot = document.finish()
        except RxStructError as error:
            fail(error, before)
            return
        if snapshot is not None:
            observer.on_next(snapshot)
        observer.on_completed()

    def fail(error: RxStructError, before: JsonSnapshot | None) -> None:
        if error.snapshot is not None and error.snapshot is not before:
            observer.on_next(error.snapshot)
        observer.on_error(error)

    return listen(source, observer, on_next, on_error=on_error, on_completed=on_completed, scheduler=scheduler)
