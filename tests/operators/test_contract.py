"""What every operator does, whatever else it does: found by reflection, so that a new one is covered without being named."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

import pytest
import reactivex as rx
from pydantic import BaseModel
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.scheduler import VirtualTimeScheduler
from reactivex.subject import Subject

import rxstruct.operators
from rxstruct.errors import ContentFiltered, SourceFailed, Truncated
from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.stream import Stream

Operator = Callable[[Observable[Any]], Stream[Any]]


class Person(BaseModel):
    name: str
    tags: list[str]
    age: int


DELTAS = ['{"name":"A', 'da","tags":["x', '","y"],', '"age":3', "6}"]

# How a parameter without a default is filled in, by its name.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "condition": (lambda item: False,),
    "errors": (ContentFiltered,),
    "model": (Person,),
    "path": ("name",),
    "seconds": (0.01,),
    "fields": (),
}
# Where the usual argument would be the wrong one.
ARGUMENTS_OF: dict[str, tuple[Any, ...]] = {"elements": ("tags",)}


def factories() -> Iterator[tuple[str, Callable[..., Operator]]]:
    """Every public function of an operator's file that makes an operator."""
    for module_info in pkgutil.iter_modules(rxstruct.operators.__path__):
        module = importlib.import_module(f"rxstruct.operators.{module_info.name}")
        factory = getattr(module, module_info.name, None)
        if inspect.isfunction(factory):
            yield module_info.name, factory


def make(name: str, factory: Callable[..., Operator]) -> Operator:
    if name in ARGUMENTS_OF:
        return factory(*ARGUMENTS_OF[name])
    arguments: list[Any] = []
    for parameter in inspect.signature(factory).parameters.values():
        needed = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        if needed:
            assert parameter.name in ARGUMENTS, f"say in ARGUMENTS how to fill in {parameter.name!r} of {name}"
            arguments += ARGUMENTS[parameter.name]
    return factory(*arguments)


def inputs(factory: Callable[..., Operator]) -> list[Any]:
    """What the operator takes: deltas, or their snapshots."""
    (source, *_rest), _result = get_args(get_type_hints(factory)["return"])
    if get_args(source) == (str,):
        return list(DELTAS)
    snapshots: list[Any] = []
    rx.from_iterable(DELTAS).pipe(accumulate_json()).subscribe(snapshots.append)
    return snapshots


class Case:
    def __init__(self, name: str, factory: Callable[..., Operator]) -> None:
        self.name = name
        self.items = inputs(factory)
        self.operator = make(name, factory)


FACTORIES = dict(factories())


@pytest.fixture(params=sorted(FACTORIES))
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, FACTORIES[request.param])


class Log:
    """An observer's view: what came, and how it ended."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.ends: list[Exception | None] = []

    def subscribe(self, source: Observable[Any], **options: Any) -> abc.DisposableBase:
        return source.subscribe(self.items.append, self.ends.append, lambda: self.ends.append(None), **options)

    @classmethod
    def of(cls, source: Observable[Any]) -> Log:
        """All of a source, in virtual time."""
        log, scheduler = cls(), VirtualTimeScheduler()
        log.subscribe(source, scheduler=scheduler)
        scheduler.start()
        return log

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Log) and (self.items, self.ends) == (other.items, other.ends)

    def __repr__(self) -> str:
        return f"Log({self.items}, {self.ends})"


def play(source: Subject[Any], items: list[Any]) -> None:
    for item in items:
        source.on_next(item)
    source.on_completed()


def test_operators_are_found() -> None:
    """Reflection finds the operators, so an empty suite can't pass."""
    assert {"accumulate_json", "share_latest", "stop_when"} <= set(FACTORIES)


def test_it_is_a_stream(case: Case) -> None:
    """Every operator returns a Stream, which can be looped over."""
    stream = case.operator(rx.from_iterable(case.items))
    assert isinstance(stream, Stream)
    assert list(stream)


def test_one_operator_value_serves_two_sources(case: Case) -> None:
    """All state is made in `subscribe`: one operator applied to two sources gives what two operators would."""
    first, second = case.operator(rx.from_iterable(case.items)), case.operator(rx.from_iterable(case.items))
    assert Log.of(first) == Log.of(second)
    assert len(Log.of(first).ends) == 1


def test_two_subscriptions_do_not_meet(case: Case) -> None:
    """A pipeline subscribed twice, with the subscriptions interleaved, gives the same twice."""
    source: Subject[Any] = Subject()
    stream = case.operator(source)
    scheduler = VirtualTimeScheduler()
    logs = [Log(), Log()]
    for log in logs:
        log.subscribe(stream, scheduler=scheduler)
    play(source, case.items)
    assert logs[0] == logs[1]
    assert logs[0].items
    assert logs[0].ends == [None]


def test_an_error_passes(case: Case) -> None:
    """An error of the source arrives; one of ours perhaps as a copy that knows more, a foreign one perhaps as a cause."""
    for error in (ValueError("foreign"), Truncated("ours")):
        log = Log.of(case.operator(rx.concat(rx.from_iterable(case.items[:1]), rx.throw(error))))
        (end,) = log.ends
        is_copy = isinstance(error, Truncated) and isinstance(end, Truncated) and end.args == error.args
        assert end is error or is_copy or (isinstance(end, SourceFailed) and end.__cause__ is error)


class Bug(Exception):
    """What a consumer's callback raises."""


def raise_bug(_item: object = None) -> None:
    raise Bug


def test_a_callback_that_raises_closes_the_source(case: Case) -> None:
    """An exception in a callback disposes the source, reaches the producer as it is, and is not reported to `on_error`."""
    source: Subject[Any] = Subject()
    log = Log()
    case.operator(source).subscribe(raise_bug, log.ends.append, scheduler=VirtualTimeScheduler())
    with pytest.raises(Bug):
        play(source, case.items)
    assert source.observers == []
    assert log.ends == []


def test_a_callback_that_raises_is_heard(case: Case) -> None:
    """An exception in a callback comes out of `subscribe`, also where reactivex's own would have swallowed it."""
    for source in rx.from_iterable(case.items), Unruly(case.items):
        log = Log()
        with pytest.raises(Bug):
            case.operator(source).subscribe(raise_bug, log.ends.append)
        assert log.ends == []


def test_an_error_that_nobody_handles_is_heard(case: Case) -> None:
    """Without an `on_error`, an error comes out of `subscribe`."""
    with pytest.raises((ValueError, SourceFailed), match="foreign"):
        case.operator(rx.concat(rx.from_iterable(case.items[:1]), rx.throw(ValueError("foreign")))).subscribe()


def test_dispose_stops_the_source(case: Case) -> None:
    """Disposing unsubscribes from the source, and nothing comes after it."""
    source: Subject[Any] = Subject()
    log = Log()
    subscription = log.subscribe(case.operator(source), scheduler=VirtualTimeScheduler())
    source.on_next(case.items[0])
    before = list(log.items)
    subscription.dispose()
    assert source.observers == []
    for item in case.items[1:]:
        source.on_next(item)
    assert (log.items, log.ends) == (before, [])


def test_take_stops_a_source_on_the_current_thread(case: Case) -> None:
    """`take(1)` stops a source that loops on the trampoline, at the item that was wanted."""
    read: list[Any] = []
    endless = rx.concat(rx.from_iterable(case.items), rx.of(None).pipe(ops.do_action(read.append)))
    wanted: list[Any] = []
    case.operator(endless).pipe(ops.take(1)).subscribe(wanted.append)
    assert len(wanted) == 1
    assert read == []


def test_the_scheduler_reaches_the_source(case: Case) -> None:
    """The scheduler given to `subscribe` is passed on."""
    seen: list[abc.SchedulerBase | None] = []

    def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        seen.append(scheduler)
        return rx.never().subscribe(observer)

    scheduler = VirtualTimeScheduler()
    case.operator(Observable(subscribe)).subscribe(scheduler=scheduler)
    scheduler.start()
    assert seen == [scheduler]


class Unruly(Observable[Any]):
    """A source that emits within `subscribe`, and does not know when to stop."""

    def __init__(self, items: list[Any]) -> None:
        def subscribe(observer: abc.ObserverBase[Any], _scheduler: abc.SchedulerBase | None = None) -> Any:
            for item in items:
                observer.on_next(item)
            observer.on_completed()
            observer.on_next(items[-1])
            observer.on_error(Bug())
            observer.on_completed()

        super().__init__(subscribe)


def test_a_synchronous_source_and_nothing_after_the_terminal(case: Case) -> None:
    """A source that emits within `subscribe` gives what any other gives, and nothing follows the terminal."""
    assert Log.of(case.operator(Unruly(case.items))) == Log.of(case.operator(rx.from_iterable(case.items)))


def test_a_reentrant_source(case: Case) -> None:
    """A source that is made to emit from inside a callback gives what any other gives, one call at a time, in order."""
    source: Subject[Any] = Subject()
    rest = iter(case.items)
    log = Log()
    is_inside = False

    def push() -> None:
        for item in rest:
            source.on_next(item)
            return
        source.on_completed()

    def on_next(item: Any) -> None:
        nonlocal is_inside
        assert not is_inside
        is_inside = True
        log.items.append(item)
        push()
        is_inside = False

    scheduler = VirtualTimeScheduler()
    case.operator(source).subscribe(on_next, log.ends.append, lambda: log.ends.append(None), scheduler=scheduler)
    for _ in range(len(case.items) + 1):
        push()
    expected = Log()
    plain: Subject[Any] = Subject()
    expected.subscribe(case.operator(plain), scheduler=VirtualTimeScheduler())
    play(plain, case.items)
    assert log == expected
