"""Disposing from another thread, at any moment: while a request is made, an item delivered, a callback still busy."""

from __future__ import annotations

import threading
from itertools import cycle
from typing import Any

import pytest
from openai import OpenAI
from reactivex.scheduler import NewThreadScheduler

from rxstruct.testing import faults
from rxstruct.testing.server import LoopbackServer
from tests.sources.clients import sync_client
from tests.tally import count

from .scenes import ANSWER, APIS, PATIENCE_SECONDS, PIPELINES, BlockingLog, Log, chat, expected, nothing_left

MOMENTS = 10
"""A stream is disposed once it has brought so many items, from none to one less than these."""


@pytest.mark.parametrize("name", PIPELINES)
def test_at_any_moment(name: str) -> None:
    """The reader gets a beginning of what there was, no end unless it had come, and the client works on afterwards."""
    whole = expected(PIPELINES[name])
    with nothing_left(), LoopbackServer(respond=lambda _: ANSWER) as server, sync_client(server.base_url) as client:
        for moment, api in zip(range(MOMENTS), cycle(APIS.values()), strict=False):
            log = dispose_while_running(api, name, client, moment)
            if name != "throttled":
                assert log.items == whole[: len(log.items)]
            assert log.ends in ([], [None])
            assert log.ends == [] or log.items[-1] == whole[-1]
            count("streams disposed from another thread")
        assert list(PIPELINES[name](chat(client)))[-1] == whole[-1]


def dispose_while_running(api: Any, name: str, client: OpenAI, moment: int) -> Log:
    """Dispose while the stream goes on at full speed; nothing more may come once the thread that reads has seen it."""
    log, seen = Log(), threading.Semaphore(0)

    def on_next(item: Any) -> None:
        log.on_next(item)
        seen.release()

    scheduler = Threads()
    subscription = PIPELINES[name](api(client)).subscribe(on_next, log.on_error, log.on_completed, scheduler=scheduler)
    for _ in range(moment):
        while not seen.acquire(timeout=0.001) and not log.ends:
            pass
    subscription.dispose()
    scheduler.join()
    return log


class Threads(NewThreadScheduler):
    """A thread for each action, all of which can be waited for."""

    def __init__(self) -> None:
        self.started: list[threading.Thread] = []
        super().__init__(self._start)

    def _start(self, target: Any, args: Any = None) -> threading.Thread:
        thread = threading.Thread(target=target, args=args or (), daemon=True)
        self.started.append(thread)
        return thread

    def join(self) -> None:
        for thread in self.started:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


@pytest.mark.parametrize("name", PIPELINES)
def test_while_a_callback_is_busy(name: str) -> None:
    """Disposing does not wait for a callback that blocks, and nothing follows it."""
    log = BlockingLog()
    with nothing_left(), LoopbackServer(ANSWER) as server, sync_client(server.base_url) as client:
        scheduler = Threads()
        subscription = PIPELINES[name](chat(client)).subscribe(
            log.on_next, log.on_error, log.on_completed, scheduler=scheduler
        )
        assert log.entered.wait(PATIENCE_SECONDS)
        subscription.dispose()
        log.leave.set()
        scheduler.join()
    assert len(log.items) == 1
    assert log.ends == []


@pytest.mark.parametrize("api", APIS.values(), ids=APIS)
def test_many_at_once(api: Any) -> None:
    """Any number of threads may dispose one stream: it ends once, and the server sees its client leave."""
    with nothing_left(), LoopbackServer(faults.stall(ANSWER, after_events=6)) as server:
        with sync_client(server.base_url) as client:
            log, together = Log(), threading.Barrier(8)
            arrived = threading.Event()
            scheduler = Threads()
            subscription = PIPELINES["branches"](api(client)).subscribe(
                lambda _: arrived.set(), log.on_error, log.on_completed, scheduler=scheduler
            )
            assert arrived.wait(PATIENCE_SECONDS)

            def dispose() -> None:
                together.wait(PATIENCE_SECONDS)
                subscription.dispose()

            threads = [threading.Thread(target=dispose) for _ in range(together.parties)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
            scheduler.join()
            assert server.requests[0].disconnected.wait(PATIENCE_SECONDS)
        assert log.ends == []
