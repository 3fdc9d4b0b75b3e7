"""Read a scene's stream in one of the ways there are, and judge what came: nothing lost, nothing false."""

from __future__ import annotations

import itertools
from typing import Any

import reactivex as rx
from openai import AsyncOpenAI, OpenAI

import rxstruct as rxs
from rxstruct.errors import RxStructError
from rxstruct.stream import Stream
from tests.incremental.reference import NOTHING, read

from .scenes import Report, Scene


class Log:
    """What one reader got."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.error: RxStructError | None = None


def stream(scene: Scene, client: OpenAI | AsyncOpenAI) -> Stream[Any]:
    """Partials of the report; of every third scene two branches of one request, by turns."""
    partials = rxs.partials(client, Report, **scene.request())
    if scene.number % 3:
        return partials
    return partials.pipe(
        rxs.share_latest(lambda shared: rx.merge(shared, shared.pipe(rxs.elements("sections")))),
    )


def has_read_enough(scene: Scene, log: Log) -> bool:
    """Whether this reader leaves now."""
    return scene.ending.reader_leaves and bool(log.items)


def read_sync(scene: Scene, client: OpenAI) -> None:
    """In a `for` loop, which runs the stream on a thread of its own."""
    log = Log()
    try:
        for item in stream(scene, client):
            log.items.append(item)
            if has_read_enough(scene, log):
                break
    except RxStructError as error:
        log.error = error
    check(scene, log)


async def read_async(scene: Scene, client: OpenAI | AsyncOpenAI) -> None:
    """In an `async for` loop; a sync client is read on a worker thread."""
    log = Log()
    try:
        async for item in stream(scene, client):
            log.items.append(item)
            if has_read_enough(scene, log):
                break
    except RxStructError as error:
        log.error = error
    check(scene, log)


def check(scene: Scene, log: Log) -> None:
    """The stream ended as its scene does, with all that there was until then, and showed nothing else on the way."""
    whole = scene.report.model_dump()
    partials = [item for item in log.items if isinstance(item, Report)]
    sections = [item for item in log.items if not isinstance(item, Report)]
    for before, after in itertools.pairwise(map(rxs.dump, partials)):
        assert begins(before, after), scene
    assert sections == scene.report.sections[: len(sections)], scene
    if scene.ending.error is None:
        assert log.error is None, (scene, log.error)
        assert begins(rxs.dump(partials[-1]), whole), scene
        if not scene.ending.reader_leaves:
            assert partials[-1] == scene.report, scene
            assert scene.number % 3 or sections == scene.report.sections, scene
        return
    check_error(scene, log, partials)


def check_error(scene: Scene, log: Log, partials: list[Report]) -> None:
    error = log.error
    assert type(error) is scene.ending.error, (scene, error)
    assert scene.text.startswith(error.text), scene
    reading = read(error.text[:-1] if isinstance(error, rxs.FieldInvalid) else error.text)
    if reading.value is NOTHING:
        assert error.snapshot is None, scene
        assert not partials, scene
        return
    assert error.snapshot is not None
    assert error.snapshot.value == reading.value, scene
    assert error.closed_paths == reading.closed, scene
    assert rxs.dump(error.partial) == reading.value, scene
    assert rxs.dump(partials[-1]) == reading.value, scene


def begins(shown: Any, whole: Any) -> bool:
    """Whether what is shown is a beginning of the whole."""
    if isinstance(shown, str):
        return isinstance(whole, str) and whole.startswith(shown)
    if isinstance(shown, list):
        return len(shown) <= len(whole) and all(map(begins, shown, whole))
    if isinstance(shown, dict):
        return list(shown) == list(whole)[: len(shown)] and all(begins(shown[key], whole[key]) for key in shown)
    return bool(shown == whole)


__all__ = ["read_async", "read_sync"]
