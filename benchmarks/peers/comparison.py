"""The peers' cost per delta beside ours.

Each peer's driver goes through the short document some rounds, which also warms it up, and then through the long one. Ours is
measured before the peer and after it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from rxstruct.testing.wire import Answer, chat_events, responses_events

from .. import pipelines
from ..documents import KB, Document, document
from ..lines import Line, at_least, plain
from ..timing import take_turns
from .environments import PEERS, ROOT, Missing, Peer, last_line

TITLE = "How many times the cost of `accumulate_json` + `to_partial` other libraries take"
ROUNDS = {4: 5, 64: 1}
"""For each length of document, in KB."""


def lines(quick: bool) -> Iterator[Line]:
    """Each peer, at 4 and at 64 KB; none in quick mode."""
    if quick:
        return
    reports = {size: document("report", size * KB) for size in ROUNDS}
    for peer in PEERS:
        try:
            yield from lines_of(peer, reports)
        except Missing as missing:
            yield plain(peer.name, f"left out: {missing}")


def lines_of(peer: Peer, reports: dict[int, Document]) -> Iterator[Line]:
    """The two lines of a peer."""
    before = [our_cost(report) for report in reports.values()]
    results = results_of(peer, reports)
    for (size, report), ours, result in zip(reports.items(), before, results, strict=True):
        if result["final"] != json.loads(report.text):
            raise AssertionError(f"{peer.name} does not end with the document")
        ours = median([ours, our_cost(report)])
        theirs = median(result["seconds"]) / len(report.deltas) * 1e6
        details = f"{theirs:.3g} beside {ours:.3g} µs per delta"
        if result["peak"] is not None:
            details += f"; memory {result['peak'] / KB:,.0f} KB"
        what = f"{peer.name}: {peer.takes} in, {peer.gives} out, {size} KB"
        if size in peer.bounds:
            yield at_least(what, theirs / ours, peer.bounds[size], details)
        else:
            yield plain(what, f"{theirs / ours:.3g} × ({details})")


def our_cost(report: Document) -> float:
    """Microseconds per delta, of a typed partial for each."""
    pipelines.check(pipelines.partials, report)
    (timing,) = take_turns(pipelines.run(pipelines.partials, report), rounds=5)
    return timing.microseconds


def results_of(peer: Peer, reports: dict[int, Document]) -> list[Any]:
    """What the peer's driver writes.

    Raises:
        Missing: where there is no environment for it, or it fails.
    """
    jobs = [
        {"stream": stream_of(report.deltas), "rounds": rounds, "with_peak": rounds > 1}
        for report, rounds in zip(reports.values(), ROUNDS.values(), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        command = peer.command(results)
        done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode:
            raise Missing(f"its driver failed: {last_line(done.stderr)}")
        written: list[Any] = json.loads(results.read_text(encoding="utf-8"))
        return written


def stream_of(deltas: list[str]) -> dict[str, list[str]]:
    """A stream as the drivers take it."""
    request = {"model": "any"}
    answer = Answer(choices=(tuple(deltas),))
    return {
        "deltas": deltas,
        "chat_events": [event.decode() for event in chat_events(request, answer)],
        "responses_events": [event.decode() for event in responses_events(request, answer)],
    }


__all__ = ["TITLE", "lines"]
