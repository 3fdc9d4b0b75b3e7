"""`accumulate_json_lines`: deltas of many documents to snapshots of one list."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..incremental import DuplicateKeys, JsonDocument, JsonSnapshot
from ..limits import MAX_CHARS, MAX_DEPTH, MAX_ELEMENTS, MAX_KEY_LENGTH, MAX_NUMBER_LENGTH
from ..stream import Stream
from .accumulate_json import accumulate


def accumulate_json_lines(
    *,
    duplicate_keys: DuplicateKeys = "last",
    max_depth: int = MAX_DEPTH,
    max_chars: int = MAX_CHARS,
    max_elements: int = MAX_ELEMENTS,
    max_key_length: int = MAX_KEY_LENGTH,
    max_number_length: int = MAX_NUMBER_LENGTH,
) -> Callable[[Observable[str]], Stream[JsonSnapshot]]:
    """Parse JSON lines, or documents written one after another, into snapshots of one list.

    ```storyboard
    deltas    --a-----b--|
    snapshot  --x-----y--|

    a = '{"id":1}\\n{"id"'
    b = ':2}\\n'
    x  [{"id": 1}, {}]
    y  [{"id": 1}, {"id": 2}]
    ```

    Example:
        >>> import reactivex as rx
        >>> import rxstruct as rxs
        >>> rx.of('{"id":1}\\n{"id"', ':2}\\n').pipe(rxs.accumulate_json_lines()).subscribe(lambda s: print(s.value))
        [{'id': 1}, {}]
        [{'id': 1}, {'id': 2}]
        [{'id': 1}, {'id': 2}]
        <...>

    Args:
        duplicate_keys: as for `accumulate_json`.
        max_depth: how many containers may lie inside one another within a document; 512 by default.
        max_chars: how many characters the whole text may have; 64 million by default.
        max_elements, max_key_length, max_number_length: as for `accumulate_json`; the documents are elements of the list.

    Emits one `JsonSnapshot`, whose value is the list, for each delta that changed what can be seen, and once more
    as the list closes.
    Completes when the source does between two documents.
    Errors: `JsonInvalid`, `Truncated` where the text ends inside a document, `LimitExceeded`.

    Documents are separated by white space (JSON lines) or by nothing; numbers need the white space.
    """
    return accumulate(
        JsonDocument(
            duplicate_keys=duplicate_keys,
            lines=True,
            max_depth=max_depth,
            max_chars=max_chars,
            max_elements=max_elements,
            max_key_length=max_key_length,
            max_number_length=max_number_length,
        )
    )
