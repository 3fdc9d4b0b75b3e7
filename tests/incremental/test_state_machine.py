"""The core under any order of events: text comes in, snapshots are read late or never, readers follow at their own pace.

What goes in: a text, mostly JSON, cut anywhere; rewinds; the end of the text. What always holds: what the reference
says of the text so far is what snapshots show, whenever they are read; what has closed is the same object from then on; and every
reader's log is told completely, once, however many snapshots it has not seen.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rxstruct.errors import RxStructError, Truncated
from rxstruct.incremental import JsonDocument, JsonSnapshot
from rxstruct.incremental.changes import Change, Follower, JsonView
from rxstruct.typing import PathPattern
from tests.strategies import json_texts, spoiled
from tests.tally import count

from .driver import assert_refused, assert_shows, same
from .reference import read
from .test_big_deltas import big_texts
from .test_changes import log, matches, merged, patterns, rebuilt
from .test_invariants import assert_grown, at

sizes = st.one_of(st.integers(0, 3), st.integers(1, 9), st.integers(1, 40), st.sampled_from([1, 300]))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """JSON texts with several values in them; some stop early, and some have a wrong character."""
    kind = draw(st.sampled_from(["array", "object", "any", "big"]))
    if kind == "any":
        text = draw(json_texts())
    elif kind == "big":
        text = draw(big_texts())
    else:
        values = draw(st.lists(json_texts(depth=2, duplicate_keys=False), min_size=2, max_size=4))
        members = [f'"{key}":{value}' for key, value in zip("abcd", values, strict=False)]
        text = f"[{','.join(values)}]" if kind == "array" else f"{{{','.join(members)}}}"
    fate = draw(st.sampled_from(["whole", "whole", "whole", "stops", "spoiled"]))
    if fate == "whole":
        return text
    return text[: draw(st.integers(0, len(text)))] if fate == "stops" else draw(spoiled(text))


class Reader:
    """Follows the document, and has been told a log."""

    def __init__(self, pattern: PathPattern | None) -> None:
        self.pattern = pattern
        self.follower = Follower(JsonView(), pattern)
        self.changes: list[Change] = []

    def advance(self, snapshot: JsonSnapshot) -> None:
        self.changes += self.follower.advance(snapshot)


class CoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.document = JsonDocument()
        self.text = ""
        self.rest = ""
        self.shown = ""  # the text of which all is shown; more than `text` after a rewind
        self.has_ended = self.has_duplicate_keys = False
        self.known: list[tuple[JsonSnapshot, str]] = []
        self.closed: dict[Any, object] = {}
        self.readers = [Reader(None)]

    @initialize(text=texts())
    def begin(self, text: str) -> None:
        self.rest = text
        self.has_duplicate_keys = read(text).duplicate_keys

    # -- what happens to the text ---------------------------------------------------------------------------------------

    def feed(self, size: int) -> None:
        """Every event comes with a piece of the text, for without text there is not much to see."""
        if self.has_ended:
            return
        delta, self.rest = self.rest[:size], self.rest[size:]
        before = read(self.shown)
        self.text += delta
        self.shown = max(self.shown, self.text, key=len)
        try:
            snapshot = self.document.feed(delta)
        except RxStructError as error:
            self.end_in(error)
            return
        after = read(self.shown)
        assert after.invalid_at is None
        if not same(before.value, after.value) or before.closed != after.closed:
            assert snapshot is self.document.snapshot is not None
        if snapshot is not None:
            self.known.append((snapshot, self.shown))

    @precondition(lambda self: not self.has_ended)
    @rule(size=sizes)
    def rewind(self, size: int) -> None:
        self.feed(size)
        if self.has_ended:
            return
        left = self.document.rewind()
        assert self.text.startswith(left)
        self.rest = self.text[len(left) :] + self.rest
        self.text = left
        if self.document.snapshot is not None:
            self.known.append((self.document.snapshot, self.shown))

    def finish(self) -> None:
        try:
            snapshot = self.document.finish()
        except RxStructError as error:
            self.end_in(error)
            return
        self.has_ended = True
        assert self.document.snapshot is not None
        assert same(self.document.snapshot.value, json.loads(self.text))
        if snapshot is not None:
            self.known.append((snapshot, self.text + " "))  # which closes a number at the root, too

    def end_in(self, error: RxStructError) -> None:
        self.has_ended = True
        assert_refused(error, self.text)
        if error.snapshot is not None:
            self.known.append((error.snapshot, self.text if isinstance(error, Truncated) else error.text[:-1]))

    # -- who looks at it --------------------------------------------------------------------------------------------------

    @rule(size=sizes, which=st.integers(0, 60))
    def read_one(self, size: int, which: int) -> None:
        self.feed(size)
        if self.known:
            self.assert_known(*self.known[which % len(self.known)])

    @precondition(lambda self: self.known and not self.has_duplicate_keys)
    @rule(size=sizes, from_value=st.booleans())
    def hold_what_has_closed(self, size: int, from_value: bool) -> None:
        self.feed(size)
        snapshot, _ = self.known[-1]
        for path in snapshot.closed_paths:
            self.closed.setdefault(path, at(snapshot.value, path) if from_value else snapshot.get(*path))

    @precondition(lambda self: len(self.readers) < 4)
    @rule(pattern=patterns.map(tuple))
    def join(self, pattern: PathPattern) -> None:
        self.readers.append(Reader(pattern))

    @rule(size=sizes, which=st.integers(0, 3))
    def follow(self, size: int, which: int) -> None:
        self.feed(size)
        if self.known:
            self.readers[which % len(self.readers)].advance(self.known[-1][0])

    # -- what always holds -------------------------------------------------------------------------------------------------

    @invariant()
    def text_is_kept(self) -> None:
        assert self.document.text == self.text

    @invariant()
    def closed_values_stay(self) -> None:
        if self.closed:
            snapshot = self.known[-1][0]
            assert all(snapshot.get(*path) is value for path, value in self.closed.items())

    def assert_known(self, snapshot: JsonSnapshot, text: str) -> None:
        """An old snapshot shows what it showed, also where it is read for the first time."""
        assert_shows(snapshot, text)

    def teardown(self) -> None:
        self.feed(len(self.rest))
        if not self.has_ended:
            self.finish()
        for snapshot, text in self.known:
            self.assert_known(snapshot, text)
        for (before, _), (after, _) in zip(self.known, self.known[1:], strict=False):
            if not self.has_duplicate_keys:
                assert_grown(before.value, after.value)
        if self.known:
            last = self.known[-1][0]
            self.assert_told(last)
            assert all(at(last.value, path) is value for path, value in self.closed.items())
        count("runs of the state machine of the core")

    def assert_told(self, last: JsonSnapshot) -> None:
        whole = log([last])
        for reader in self.readers:
            reader.advance(last)
            told, pattern = merged(reader.changes), reader.pattern
            if pattern is None:
                assert same(rebuilt(told), last.value)
            if not self.has_duplicate_keys:
                assert told == [change for change in whole if pattern is None or matches(change.path, pattern)]
                if pattern is None:
                    assert [change.path for change in told if change.kind == "closed"] == last.closed_paths


def test_any_order_of_events() -> None:
    """Whatever happens in whatever order, nothing that is shown is false or taken back, and every log is complete."""
    run_state_machine_as_test(CoreMachine)
