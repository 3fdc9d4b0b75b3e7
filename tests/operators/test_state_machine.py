"""The operators under any order of events, in virtual time: readers come and go, raise, re-enter; snapshots are dropped.

What goes in: the deltas of one document, pushed one by one to whoever has asked for it; readers, each behind one operator, who
share one request. What always holds: the design's promises, of which each reader checks those of its operator against the whole
document: what it has got is a beginning of what it is to get, it completes only after all of it, nothing comes after a terminal
or after it has left, and the request is alive exactly as long as somebody reads.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import reactivex as rx
from annotated_types import MaxLen
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import BaseModel
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import Disposable
from reactivex.scheduler import VirtualTimeScheduler

import rxstruct as rxs
from rxstruct.incremental.changes import Change
from tests.strategies import characters, spelled_values
from tests.tally import count

from ..incremental.test_changes import merged

PERIOD = 0.05
"""Of `throttle_latest`, in seconds."""


class Item(BaseModel):
    id: int
    label: str = ""


class Report(BaseModel):
    name: str
    note: str
    items: list[Item]
    scores: Annotated[list[float], MaxLen(3)] = []
    best: Item | None = None


texts = st.text(characters, max_size=5)
items = st.fixed_dictionaries({"id": st.integers(-9, 999)}, optional={"label": texts})
reports = st.fixed_dictionaries(
    {"name": texts, "note": texts, "items": st.lists(items, max_size=3)},
    optional={"scores": st.lists(st.sampled_from([0.5, -0.0, 1e9]), max_size=3), "best": st.none() | items},
)
shuffled_reports = reports.flatmap(lambda report: st.permutations(list(report.items())).map(dict))


sizes = st.one_of(st.integers(1, 5), st.integers(1, 20))


class Bug(Exception):
    """What a consumer's callback raises."""


class Whole:
    """What there is to get: the document, and what a reader of all of it is told."""

    def __init__(self, text: str, *, typed: bool) -> None:
        self.text = text
        self.typed = typed
        self.json = json.loads(text)
        last = Report.model_validate_json(text) if typed else self.json
        self.dumped = rxs.dump(last) if typed else last
        self.elements = last.items if typed else last["items"]
        self.changes = self._changes()

    def _changes(self) -> list[Change]:
        told: list[Change] = []
        partials = [rxs.to_partial(Report)] if self.typed else []
        rx.of(self.text).pipe(rxs.accumulate_json(), *partials, rxs.changes()).subscribe(told.append)
        return merged(told)


# -- what each operator's reader may have got --------------------------------------------------------------------------
# Each takes the items so far, the whole, and whether the stream has come to its end; and raises if something is wrong.


def begins(part: Any, whole: Any) -> bool:
    """Whether `part` is what may be shown while `whole` is being written."""
    if isinstance(part, str):
        return isinstance(whole, str) and whole.startswith(part)
    if isinstance(part, list):
        return len(part) <= len(whole) and all(map(begins, part, whole))
    if isinstance(part, dict):
        return part.keys() <= whole.keys() and all(begins(part[key], whole[key]) for key in part)
    return bool(part == whole)


def check_states(got: list[Any], whole: Whole, is_over: bool) -> None:
    shown = [rxs.dump(each) for each in got]
    for before, after in itertools.pairwise([*shown, whole.dumped]):
        assert begins(before, after), (before, after)
    for each, values in zip(got, shown, strict=True):
        for name in rxs.closed_fields(each):
            assert values[name] == whole.dumped[name]
    if is_over:
        assert shown[-1] == whole.dumped
        assert rxs.is_closed(got[-1])


def check_changes(got: list[Any], whole: Whole, is_over: bool) -> None:
    told = merged(got)
    if told and told[-1].kind == "appended":
        *told, last = told
        assert whole.changes[len(told)].text.startswith(last.text)
    assert told == whole.changes[: len(told)]
    assert not is_over or told == whole.changes


def check_elements(got: list[Any], whole: Whole, is_over: bool) -> None:
    assert got == whole.elements[: len(got)]
    assert not is_over or got == whole.elements


def check_text(got: list[Any], whole: Whole, is_over: bool) -> None:
    note = whole.json["note"]
    assert note.startswith("".join(got))
    assert all(got)
    assert not is_over or "".join(got) == note


def check_field(got: list[Any], whole: Whole, is_over: bool) -> None:
    name = whole.json["name"]
    assert all(name.startswith(each) for each in got)
    assert all(len(before) < len(after) for before, after in itertools.pairwise(got))
    assert not is_over or got[-1] == name


def check_completed(got: list[Any], whole: Whole, is_over: bool) -> None:
    assert got == [whole.json["name"]][: len(got)]
    assert not is_over or len(got) == 1


def check_distinct(got: list[Any], whole: Whole, is_over: bool) -> None:
    check_states(got, whole, is_over)
    names = [rxs.get(each, "name") for each in all_but_the_final(got)]
    assert all(before != after for before, after in itertools.pairwise(names))


def check_distinct_closed(got: list[Any], whole: Whole, is_over: bool) -> None:
    check_states(got, whole, is_over)
    closed = [rxs.closed_fields(each) for each in all_but_the_final(got)]
    assert all(len(before) < len(after) for before, after in itertools.pairwise(closed))


def all_but_the_final(got: list[Any]) -> list[Any]:
    """The final item always passes."""
    return got[:-1] if got and rxs.is_closed(got[-1]) else got


def check_progress(got: list[Any], whole: Whole, is_over: bool) -> None:
    for before, after in itertools.pairwise(got):
        assert before.fraction <= after.fraction
        assert tuple(after.completed) == (*before.completed, *after.newly_completed)
        assert (before.completed, before.current, before.fraction) != (after.completed, after.current, after.fraction)
    assert all(0 <= each.fraction < 1 or set(each.completed) >= set(whole.json) for each in got)
    if is_over:
        assert got[-1].fraction == 1.0
        assert set(got[-1].completed) >= set(whole.json)


def check_stopped(got: list[Any], whole: Whole, is_over: bool) -> None:
    check_states(got, whole, False)
    assert not any(rxs.is_closed(each, "note") for each in got[:-1])
    assert not is_over or rxs.is_closed(got[-1], "note")


def check_kept(got: list[Any], whole: Whole, is_over: bool) -> None:
    check_states(got, whole, False)


class Kind(NamedTuple):
    """A way to read: an operator, what to check of what comes out of it, and whether it may complete by itself."""

    operator: Callable[[Observable[Any]], Observable[Any]]
    check: Callable[[list[Any], Whole, bool], None]
    may_complete_early: bool = False


KINDS = {
    "all": Kind(lambda shared: shared, check_states),
    "throttle_latest": Kind(rxs.throttle_latest(PERIOD), check_states),
    "changes": Kind(rxs.changes(), check_changes),
    "elements": Kind(rxs.elements("items"), check_elements),
    "text": Kind(rxs.text("note"), check_text),
    "field": Kind(rxs.field("name"), check_field),
    "completed": Kind(rxs.completed("name"), check_completed, may_complete_early=True),
    "distinct_fields": Kind(rxs.distinct_fields("name"), check_distinct),
    "distinct_fields closed": Kind(rxs.distinct_fields(closed=True), check_distinct_closed),
    "progress": Kind(rxs.progress(), check_progress),
    "stop_when": Kind(rxs.stop_when(lambda item: rxs.is_closed(item, "note")), check_stopped, may_complete_early=True),
    "keep_partial": Kind(rxs.keep_partial(rxs.Truncated), check_kept),
    "both": Kind(
        rxs.share_latest(lambda shared: rx.merge(shared.pipe(rxs.text("note")), shared.pipe(rxs.text("note")))),
        lambda got, whole, is_over: check_text(got[::2], whole, is_over),
    ),
}
HABITS = ["reads", "reads", "reads", "leaves", "raises", "pushes", "joins"]
"""What a reader does in its callback, at an item of which it has the number."""


class Reader:
    """One subscriber: what it got, and how that ended."""

    def __init__(self, machine: OperatorMachine, kind: str, habit: str, at: int) -> None:
        self.machine, self.kind, self.habit, self.at = machine, KINDS[kind], habit, at
        self.name = kind
        self.items: list[Any] = []
        self.times: list[float] = []
        self.end: Exception | str | None = "none yet"
        self.has_left = self.has_raised = self.is_inside = False
        self.subscription: abc.DisposableBase | None = None

    @property
    def is_reading(self) -> bool:
        return self.end == "none yet" and not self.has_left and not self.has_raised

    def subscribe(self, shared: Observable[Any]) -> None:
        self.subscription = shared.pipe(self.kind.operator).subscribe(
            self.on_next, self.on_end, lambda: self.on_end(None), scheduler=self.machine.clock
        )

    def leave(self) -> None:
        if self.subscription is not None:  # nobody can leave before `subscribe` has returned
            self.has_left = True
            self.subscription.dispose()

    def on_next(self, item: Any) -> None:
        assert self.is_reading, f"{self.name} got {item} after it was over"
        assert not self.is_inside, f"{self.name} got an item inside its own callback"
        self.items.append(item)
        self.times.append(self.machine.clock.clock)
        if len(self.items) == self.at:
            self.is_inside = True
            self.act()
            self.is_inside = False

    def act(self) -> None:
        if self.habit == "leaves":
            self.leave()
        elif self.habit == "raises":
            self.has_raised = True
            raise Bug
        elif self.habit == "pushes":
            self.machine.send(3)
        elif self.habit == "joins":
            self.machine.add("text", "reads", 0)

    def on_end(self, error: Exception | None) -> None:
        assert self.is_reading, f"{self.name} ended after it was over"
        self.end = error


class Request:
    """One subscription to the source: what has been sent to it, and what it has shown."""

    def __init__(self, observer: abc.ObserverBase[str]) -> None:
        self.observer = observer
        self.sent = 0
        self.is_alive = True
        self.has_ended = False

    def close(self) -> None:
        self.is_alive = False


class OperatorMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualTimeScheduler()
        self.requests: list[Request] = []
        self.readers: list[Reader] = []
        self.drops = False
        self.elements: dict[tuple[int, int], Any] = {}

    @initialize(
        text=shuffled_reports.flatmap(spelled_values),
        typed=st.booleans(),
        linger=st.sampled_from([0, 0, 0.1]),
        ends_at=st.sampled_from([0.2, 0.7, 1, 1, 1]),
    )
    def begin(self, text: str, typed: bool, linger: float, ends_at: float) -> None:
        self.whole = Whole(text, typed=typed)
        self.ends_at = len(text) * ends_at
        self.linger = linger
        self.deserted_at = 0.0
        partials = [rxs.to_partial(Report)] if typed else []
        self.shared = rx.create(self.subscribe).pipe(
            rxs.accumulate_json(),
            ops.filter(lambda snapshot: snapshot.is_closed() or not self.drops),
            *partials,
            rxs.share_latest(linger=linger),
        )

    def subscribe(
        self, observer: abc.ObserverBase[str], _scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        assert self.request is None, "a second request while the first is alive"
        request = Request(observer)
        self.requests.append(request)
        return Disposable(request.close)

    @property
    def request(self) -> Request | None:
        """The one that is alive."""
        return next((request for request in self.requests if request.is_alive), None)

    # -- what happens upstream ----------------------------------------------------------------------------------------------

    @rule(size=sizes, drops=st.booleans())
    def push(self, size: int, drops: bool) -> None:
        """Every other event comes with a delta, too, for without one there is not much to see."""
        self.drops = drops
        self.may_raise(lambda: self.send(size))

    def send(self, size: int) -> None:
        request = self.request
        if request is None or request.has_ended:
            return
        delta = self.whole.text[request.sent : request.sent + size]
        request.sent += len(delta)
        request.observer.on_next(delta)

    @rule(seconds=st.sampled_from([0.01, 0.04, 0.2]), size=sizes)
    def wait(self, seconds: float, size: int) -> None:
        self.may_raise(lambda: self.send(size))
        self.may_raise(lambda: self.clock.advance_by(seconds))

    @precondition(lambda self: self.request and not self.request.has_ended and self.request.sent >= self.ends_at)
    @rule(how=st.sampled_from(["complete", "fail", "turn wrong"]))
    def end(self, how: str) -> None:
        """How the source ends; for a document that has not, that is an error."""
        request = self.request
        assert request is not None
        readers = [reader for reader in self.readers if reader.is_reading]
        request.has_ended = True
        failure = ValueError("the connection broke")
        self.may_raise(
            {
                "fail": lambda: request.observer.on_error(failure),
                "turn wrong": lambda: request.observer.on_next("\x00"),
            }.get(how, request.observer.on_completed)
        )
        is_whole = request.sent == len(self.whole.text)
        request.is_alive = False
        if any(reader.has_raised for reader in readers):
            return
        wanted = {"fail": rxs.SourceFailed, "turn wrong": rxs.JsonInvalid}.get(how, rxs.Truncated)
        if how not in ("fail", "turn wrong") and is_whole:
            wanted = type(None)
        for reader in readers:
            self.check_end(reader, wanted)

    def check_end(self, reader: Reader, wanted: type) -> None:
        if reader.has_left:
            return
        if isinstance(reader.end, rxs.RxStructError):
            assert type(reader.end) is wanted
            assert reader.end.text.rstrip("\x00") == self.whole.text[: self.requests[-1].sent]
            shown = reader.end.partial if self.whole.typed else reader.end.snapshot
            assert shown is None or begins(rxs.dump(shown), self.whole.dumped)
        else:
            assert reader.end is None
            is_forgiven = reader.name == "keep_partial" and wanted is rxs.Truncated
            assert wanted is type(None) or is_forgiven or reader.kind.may_complete_early

    # -- who reads -----------------------------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(list(KINDS)), habit=st.sampled_from(HABITS), at=st.integers(1, 4), size=sizes)
    def join(self, kind: str, habit: str, at: int, size: int) -> None:
        self.may_raise(lambda: self.send(size))
        self.may_raise(lambda: self.add(kind, habit, at))
        self.may_raise(lambda: self.clock.advance_by(0.001))  # a selector's request starts once all is attached

    def add(self, kind: str, habit: str, at: int) -> None:
        reader = Reader(self, kind, habit, at)
        self.readers.append(reader)
        reader.subscribe(self.shared)

    @precondition(lambda self: any(reader.is_reading for reader in self.readers))
    @rule(which=st.integers(0, 9), size=sizes)
    def leave(self, which: int, size: int) -> None:
        self.may_raise(lambda: self.send(size))
        reading = [reader for reader in self.readers if reader.is_reading]
        if reading:
            reading[which % len(reading)].leave()

    def may_raise(self, happens: Callable[[], None]) -> None:
        """A callback's exception comes out where it was provoked, and ends the request for all."""
        raised_before = {reader for reader in self.readers if reader.has_raised}
        try:
            happens()
        except Bug:
            assert {reader for reader in self.readers if reader.has_raised} > raised_before
        else:
            assert {reader for reader in self.readers if reader.has_raised} == raised_before
        finally:
            self.clock.stop()  # which an exception leaves running

    # -- what always holds ---------------------------------------------------------------------------------------------------

    @invariant()
    def every_reader_has_a_beginning_of_the_whole(self) -> None:
        for reader in self.readers:
            is_over = reader.end is None and reader.name != "keep_partial"
            reader.kind.check(reader.items, self.whole, is_over)

    @invariant()
    def the_request_lives_as_long_as_somebody_reads(self) -> None:
        if any(reader.is_reading for reader in self.readers):
            self.deserted_at = self.clock.clock
            assert self.request is not None
        elif self.clock.clock - self.deserted_at > self.linger or not self.linger:
            assert self.request is None

    @invariant()
    def no_period_has_two(self) -> None:
        for reader in self.readers:
            if reader.name == "throttle_latest":
                gaps = [after - before for before, after in itertools.pairwise(reader.times)]
                assert all(gap >= PERIOD - 1e-9 for gap in (gaps if reader.is_reading else gaps[:-1]))

    def teardown(self) -> None:
        if self.request is not None and not self.request.has_ended:
            self.push(len(self.whole.text), drops=True)
        if self.request is not None:
            self.end("complete")
            self.every_reader_has_a_beginning_of_the_whole()
        for reader in self.readers:
            if reader.is_reading:
                reader.leave()
        count("runs of the state machine of the operators")


def test_any_order_of_events() -> None:
    """Whatever happens in whatever order, every reader gets what its operator promises, and the one request is closed."""
    run_state_machine_as_test(OperatorMachine)
