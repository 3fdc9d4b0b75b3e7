"""Bytes on the wire, side by side: `python -m benchmarks.wire`. They are counted, not timed, so they are the same everywhere."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import reactivex as rx
from reactivex import Observable

import rxstruct as rxs
from rxstruct.sinks import Frames, ag_ui, sse, text_stream, ui_message_stream

CHARACTERS_PER_DELTA = 4
UPDATES_PER_SECOND = 20
SPEEDS = (25, 100, 400)
"""Deltas per second: a model on a laptop, one of the large providers', one on special hardware."""

PARAGRAPH = (
    "Sleeper services halved between 2000 and 2015 and are coming back on the routes where a day train takes eight hours "
    "or more. Track charges by the kilometre took the margin; the passengers never quite left. "
)
DOCUMENT = {
    "title": "Where the night trains went",
    "summary": PARAGRAPH * 2,
    "sections": [{"heading": f"Part {number}", "text": PARAGRAPH * 2, "sources": number} for number in range(1, 6)],
    "conclusion": PARAGRAPH,
}
TEXT = json.dumps(DOCUMENT)

SINKS: dict[str, Callable[[Observable[Any]], Frames[bytes]]] = {
    "text_stream": text_stream,
    "sse, append patches": sse,
    "sse, RFC 6902": lambda source: sse(source, append=False),
    "ag_ui, RFC 6902": ag_ui,
    "ag_ui, tool arguments": lambda source: ag_ui(source, tool="report"),
    "ui_message_stream, snapshots": ui_message_stream,
    "ui_message_stream, tool input": lambda source: ui_message_stream(source, tool="report"),
}


class Size(NamedTuple):
    plain: int
    compressed: int
    """With gzip, flushed after each frame, as a proxy that compresses a stream does."""


def size(sink: Callable[[Observable[Any]], Frames[bytes]], deltas_per_update: int) -> Size:
    """What a sink sends for the document, where every so many deltas make an update."""

    async def send() -> Size:
        every = list(rxs.replay(TEXT, cuts=CHARACTERS_PER_DELTA).pipe(rxs.accumulate_json()))
        updates = rx.from_iterable([*every[:-1:deltas_per_update], every[-1]])
        gzip = zlib.compressobj(wbits=31)
        plain = compressed = 0
        async for frame in sink(updates):
            plain += len(frame)
            compressed += len(gzip.compress(frame)) + len(gzip.flush(zlib.Z_SYNC_FLUSH))
        return Size(plain, compressed)

    return asyncio.run(send())


def main() -> None:
    print(
        f"A document of {len(TEXT)} bytes in deltas of {CHARACTERS_PER_DELTA} characters; bytes on the wire (gzipped)\n"
    )
    columns = ["every delta", *(f"{UPDATES_PER_SECOND}/s of {speed}/s" for speed in SPEEDS)]
    print(f"{'':30}" + "".join(f"{column:>20}" for column in columns))
    for name, sink in SINKS.items():
        sizes = [size(sink, 1), *(size(sink, max(1, speed // UPDATES_PER_SECOND)) for speed in SPEEDS)]
        print(f"{name:30}" + "".join(f"{f'{plain} ({compressed})':>20}" for plain, compressed in sizes))


if __name__ == "__main__":
    main()
