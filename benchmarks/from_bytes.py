"""From the bytes of server-sent events to a typed partial for each, beside the SDK merely going through its chunks.

In memory; one event per read, as live models send them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
from openai import OpenAI

import rxstruct as rxs

from .documents import KB, document
from .lines import Line, at_most
from .models import Report
from .peers.drivers.transport import Memory
from .pipelines import Latest, compare, fail
from .prefixes import beside
from .source_events import REQUEST, event
from .timing import Run, take_turns

TITLE = "From the bytes of server-sent events on"
BOUND = 0.1


def lines(quick: bool) -> Iterator[Line]:
    """A report of 16 KB, over a client of the SDK."""
    report = document("report", 16 * KB)
    events = [event({"content": delta}) for delta in report.deltas]
    transport = Memory([*events, event({}, "stop"), b"data: [DONE]\n\n"])
    client = OpenAI(api_key="none", base_url="http://memory", http_client=httpx2.Client(transport=transport))
    compare(partials(client), report)
    ours, sdk = take_turns(
        Run(lambda: partials(client), len(report.deltas)),
        Run(lambda: chunks(client), len(report.deltas)),
        rounds=3 if quick else 7,
    )
    what = "from bytes to a typed partial on every delta vs the SDK's own iteration over its chunks"
    yield at_most(what, ours.over(sdk), BOUND, beside(ours, sdk))


def partials(client: OpenAI) -> Any:
    """Ours: `from_openai`, `accumulate_json`, `to_partial`."""
    latest = Latest()
    stream = rxs.from_openai(client, **REQUEST).pipe(rxs.accumulate_json(), rxs.to_partial(Report))
    stream.subscribe(latest, on_error=fail)
    return latest.item


def chunks(client: OpenAI) -> None:
    """The SDK's: chunk objects, their text read."""
    for chunk in client.chat.completions.create(**REQUEST, stream=True):
        if chunk.choices:
            _ = chunk.choices[0].delta.content


__all__ = ["TITLE", "lines"]
