"""`JsonDocument`: deltas in, snapshots out, with no I/O.

What goes in: the text of a document, in pieces of any size, and then its end. What comes out: a snapshot for each delta that
changed what can be seen. What always holds: the invariants of `scanner.py`, `builder.py` and `snapshot.py`; and every error
carries the text up to the offending character and the snapshot just before it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal, NoReturn, TypeAlias

from ..errors import LimitExceeded, RxStructError, Truncated
from ..limits import DocumentLimits
from ..options import check_choice
from .builder import Builder
from .locate import Locator
from .scanner import Scanner
from .snapshot import JsonSnapshot
from .text import Text

Locate: TypeAlias = Literal["strict", "find"]
DuplicateKeys: TypeAlias = Literal["last", "error"]


class Origin:
    """What its snapshots know of a document: the text, and how it is read.

    They do not know the document itself. That holds the newest of them; if they held it, all of it, text and values, would
    outlive its last user until the garbage collector came by.
    """

    __slots__ = ("lines", "number", "settings", "text_buffer")

    def __init__(self, settings: dict[str, Any], text_buffer: Text, lines: bool, number: int) -> None:
        self.settings = settings
        self.text_buffer = text_buffer
        self.lines = lines
        self.number = number

    def restart(self) -> JsonDocument:
        """A new document of the same settings, to read the same text, or another one, from its beginning."""
        return JsonDocument(**self.settings)


class JsonDocument:
    """One JSON text (with `lines`, any number of documents in one text, as one list) on its way in.

    Args:
        locate: `"strict"` refuses anything but the document; `"find"` skips prose and a code fence before it, and ignores what
            follows it.
        duplicate_keys: `"last"`, as `json.loads` does; `"error"` refuses a repeated key.
        lines: documents follow one another, with or without white space between them, and make up one list.
        number: which document of its stream it is, where another one takes the place of the first.
        limits: those of `DocumentLimits`, by name.
    """

    def __init__(
        self,
        *,
        locate: Locate = "strict",
        duplicate_keys: DuplicateKeys = "last",
        lines: bool = False,
        number: int = 1,
        **limits: int,
    ) -> None:
        settings = {"locate": locate, "duplicate_keys": duplicate_keys, "lines": lines, "number": number, **limits}
        check_choice("locate", locate, Locate)
        check_choice("duplicate_keys", duplicate_keys, DuplicateKeys)
        self._limits = DocumentLimits(**limits)
        self.text_buffer = Text()
        self.origin = Origin(settings, self.text_buffer, lines, number)
        self._builder = Builder(self.text_buffer)
        self._scanner = Scanner(
            self._builder,
            limits=self._limits,
            unique_keys=duplicate_keys == "error",
            after_root="document" if lines else "refuse" if locate == "strict" else "ignore",
        )
        self._locator = Locator() if locate == "find" else None
        self._seen_revision = 0
        self.snapshot: JsonSnapshot | None = None
        """The newest snapshot; None while there is nothing to see."""

    def __reduce__(self) -> tuple[Any, ...]:
        return read_again, (self.origin.settings, self.text)

    @property
    def text(self) -> str:
        """All text received."""
        return self.text_buffer.slice(0, self.text_buffer.length)

    def feed(self, delta: str) -> JsonSnapshot | None:
        """The snapshot after `delta`; None where it changed nothing that can be seen.

        Raises:
            JsonInvalid: at the first character after which the text cannot be JSON any more.
            LimitExceeded: at the first character beyond a limit.
        """
        if not delta:
            return None
        text = self.text_buffer
        position = text.length
        end = position + len(delta)
        if end > self._limits.max_chars:
            self._exceed(delta[: self._limits.max_chars - position + 1])
        text.append(delta)
        if self._scanner.takes_plain_text(delta):
            builder = self._builder
            builder.string_end = end
            snapshot = self.snapshot = JsonSnapshot(self.origin, builder.structure, end, end)
            return snapshot
        try:
            self._scan(delta, position)
        except RxStructError as error:
            raise self._with_state(error) from None
        return self._changed(end)

    def finish(self) -> JsonSnapshot | None:
        """The snapshot after the end of the text; None where it changed nothing (only a number at the root closes here).

        Raises:
            Truncated: where the document is not complete.
        """
        try:
            if self._locator is not None and not self._begin(self._locator.finish()):
                raise Truncated(
                    f"there is no JSON document in these {self.text_buffer.length} characters", text=self.text
                )
            self._scanner.finish()
        except RxStructError as error:
            raise self._with_state(error) from None
        return self._changed(self.text_buffer.length)

    def rewind(self) -> str:
        """Forget the text that nothing shown depends on, such as half a number, so that another text may go on from here.

        Returns the text that is left. All that has been shown stays as it is; not for `lines`, nor while text before the document
        is being skipped.
        """
        self.text_buffer.truncate(self._builder.rewind())
        self._scanner.rewind()
        if self.snapshot is not None:
            self.snapshot = self._snapshot(self.text_buffer.length)
        return self.text

    def _scan(self, delta: str, position: int) -> None:
        if self._locator is None:
            self._scanner.feed(delta, position)
        else:
            self._begin(self._locator.feed(delta))

    def _begin(self, start: int | None) -> bool:
        """Read the document from where it begins, if that is known."""
        if start is None:
            return False
        self._locator = None
        self._scanner.feed(self.text_buffer.slice(start, self.text_buffer.length), start)
        return True

    def _exceed(self, delta: str) -> NoReturn:
        """Scan what the limit admits, and then refuse the last character of `delta`."""
        self.feed(delta[:-1])
        self.text_buffer.append(delta[-1])
        raise LimitExceeded(
            f"the text is longer than {self._limits.max_chars} characters: to allow it, raise max_chars of accumulate_json()",
            limit="max_chars",
            text=self.text,
            snapshot=self.snapshot,
        )

    def _changed(self, position: int) -> JsonSnapshot | None:
        if self._builder.revision == self._seen_revision:
            return None
        self._seen_revision = self._builder.revision
        self.snapshot = self._snapshot(position)
        return self.snapshot

    def _snapshot(self, position: int) -> JsonSnapshot:
        return JsonSnapshot(self.origin, self._builder.structure, self._builder.string_end, position)

    def _with_state(self, error: RxStructError) -> RxStructError:
        """The error with the state just before the character that brought it. (The end of the text brings none that is new.)"""
        self._changed(len(error.text) - 1)
        return error.with_state(snapshot=self.snapshot)


def read_again(settings: dict[str, Any], text: str) -> JsonDocument:
    """The document of a text: how documents, and with them snapshots, are sent to another process."""
    document = JsonDocument(**settings)
    with suppress(RxStructError):
        document.feed(text)
    return document
