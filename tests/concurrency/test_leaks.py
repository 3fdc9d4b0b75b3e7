"""What a stream leaves behind when it is over: nothing."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import reactivex as rx
from openai import OpenAI
from reactivex.scheduler import VirtualTimeScheduler
from reactivex.subject import Subject

from rxstruct.errors import RxStructError
from rxstruct.incremental import JsonSnapshot
from rxstruct.incremental.text import Text
from rxstruct.testing import faults
from rxstruct.testing.replies import answer, recorded
from rxstruct.testing.server import LoopbackServer
from tests.sources.clients import async_client, sync_client
from tests.tally import count

from .scenes import ANSWER, APIS, DELTAS, PATIENCE_SECONDS, PIPELINES, Log, chat, nothing_left, open_sockets, partials


class Bug(Exception):
    """What a callback raises."""


def completes(build: Callable[[Any], Any], log: Log) -> None:
    build(rx.from_iterable(DELTAS)).subscribe(log.on_next, log.on_error, log.on_completed)


def breaks_off(build: Callable[[Any], Any], log: Log) -> None:
    build(rx.from_iterable(DELTAS[:-3])).subscribe(log.on_next, log.on_error, log.on_completed)


def is_invalid(build: Callable[[Any], Any], log: Log) -> None:
    build(rx.from_iterable([*DELTAS[:-3], "x"])).subscribe(log.on_next, log.on_error, log.on_completed)


def is_disposed(build: Callable[[Any], Any], log: Log) -> None:
    source: Subject[str] = Subject()
    scheduler = VirtualTimeScheduler()
    subscription = build(source).subscribe(log.on_next, log.on_error, log.on_completed, scheduler=scheduler)
    scheduler.advance_by(1)
    for delta in DELTAS[:-3]:
        source.on_next(delta)
    subscription.dispose()
    assert source.observers == []


def raises(build: Callable[[Any], Any], log: Log) -> None:
    def on_next(item: Any) -> None:
        log.on_next(item)
        if len(log.items) == 4:
            raise Bug

    with suppress(Bug):
        build(rx.from_iterable(DELTAS)).subscribe(on_next, log.on_error, log.on_completed)


ENDS = [completes, breaks_off, is_invalid, is_disposed, raises]
WITHOUT_TIMERS = [name for name in PIPELINES if name != "throttled"]
"""A timer's thread keeps what it was to call until it has seen that it was cancelled."""


@contextmanager
def no_collector() -> Iterator[None]:
    """What dies here dies because nobody refers to it, and not because the collector came by."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("end", [completes, is_disposed], ids=lambda end: end.__name__)
@pytest.mark.parametrize("name", WITHOUT_TIMERS)
def test_partials_and_observers_die_with_their_last_reference(name: str, end: Callable[..., None]) -> None:
    """When a stream is over, its partials and its observer are gone as soon as nobody holds them, without the collector.

    (An error has a traceback, whose frames hold the observer, which may hold the error: that takes the collector.)
    """
    shown: list[weakref.ref[Any]] = []

    def note(item: Any) -> None:
        with suppress(TypeError):  # a number, a text, a Change: nothing that can be referred to weakly
            shown.append(weakref.ref(item))

    def build(deltas: rx.Observable[str]) -> rx.Observable[Any]:
        return PIPELINES[name](deltas).pipe(rx.operators.do_action(note))

    with no_collector():
        log = Log()
        observer = weakref.ref(log)
        end(build, log)
        assert log.items
        del log
        assert observer() is None
        assert [reference() for reference in shown if reference() is not None] == []
    count("ends of streams looked at for leaks")


REPLIES = {
    "a whole answer": ANSWER,
    "a dropped connection": faults.cut(ANSWER, after_events=4),
    "an invalid answer": answer('{"title":1}'),
    "an error in mid-stream": recorded(b'data: {"error": {"message": "overloaded"}}\n\n'),
}


@pytest.mark.parametrize("kind", ["for", "async for"])
@pytest.mark.parametrize("name", REPLIES)
def test_what_a_loop_has_shown_dies_with_its_last_reference(name: str, kind: str) -> None:
    """When a loop has ended, its partials and the error that ended it are gone once nobody holds them, without the collector."""
    shown: list[weakref.ref[Any]] = []

    def read(client: OpenAI) -> None:
        try:
            for partial in partials(chat(client)):
                shown.append(weakref.ref(partial))
                del partial
        except RxStructError as error:
            shown.append(weakref.ref(error))
        for thread in threading.enumerate():
            if thread.name == "rxstruct.iterate":
                thread.join(PATIENCE_SECONDS)

    async def read_async(base_url: str) -> None:
        async with async_client(base_url) as client:
            try:
                async for partial in partials(chat(client)):
                    shown.append(weakref.ref(partial))
                    del partial
            except RxStructError as error:
                shown.append(weakref.ref(error))

    with LoopbackServer(REPLIES[name]) as server, sync_client(server.base_url) as client, no_collector():
        read(client) if kind == "for" else asyncio.run(read_async(server.base_url))
        assert shown
        assert [reference() for reference in shown if reference() is not None] == []
    count("ends of streams looked at for leaks")


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_nothing_is_beyond_the_collector(end: Callable[..., None]) -> None:
    """However streams end, the collector can free whatever they leave: eight leave no more than four do."""

    def objects_after(streams: int) -> int:
        for _ in range(streams):
            for name in WITHOUT_TIMERS:
                end(PIPELINES[name], Log())
                count("ends of streams looked at for leaks")
        gc.collect()
        assert gc.garbage == []
        return len(gc.get_objects())

    objects_after(3)
    assert objects_after(8) - objects_after(4) < 4


@pytest.mark.parametrize("api", APIS.values(), ids=APIS)
def test_no_socket_is_left_by_a_loop_that_is_left(api: Any) -> None:
    """Each of many loops that are left early closes its socket, while the client is still open."""
    before, endless = open_sockets(), faults.stall(ANSWER, after_events=8)
    with nothing_left(), LoopbackServer(respond=lambda _: endless) as server, sync_client(server.base_url) as client:
        for _ in range(20):
            for _item in PIPELINES["partials"](api(client)):
                break
        assert all(request.disconnected.wait(PATIENCE_SECONDS) for request in server.requests)
        assert len(open_sockets() - before) <= 2


@pytest.mark.parametrize("end", [completes, is_disposed], ids=lambda end: end.__name__)
def test_documents_die_with_their_last_reference(end: Callable[..., None]) -> None:
    """The text of a document, and all that is known of it, is gone with its last reader, without the collector."""

    def alive() -> int:
        return sum(type(found) in (Text, JsonSnapshot) for found in gc.get_objects())

    with no_collector():
        before, log = alive(), Log()
        end(PIPELINES["snapshots"], log)
        assert alive() > before
        log.items.clear()
        assert alive() == before
