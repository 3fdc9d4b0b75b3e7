"""What a growing string and a long list cost: a partial copies what is open; `elements`, `text` and `progress` do not.

The beginning of the document comes in one piece, and is not timed; the deltas after it are.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from reactivex.subject import Subject

import rxstruct as rxs

from . import pipelines
from .documents import KB, SEED, cut, document, readings, section, words
from .lines import Line, at_most, plain
from .models import Article, Listing
from .prefixes import beside
from .timing import take_turns

TITLE = "A growing string, a long list, and who pays for them"
SAMPLE_LENGTH = KB
FLAT_BOUND = 1.5
TEXT_BOUND = 1.5


class Grown(NamedTuple):
    """A document that has come so far, the deltas that are timed, and its end."""

    beginning: str
    deltas: list[str]
    end: str


class Reader(NamedTuple):
    """Something that a user does with a stream of deltas."""

    name: str
    operators: list[Callable[[Any], Any]]
    is_flat: bool
    """Whether it must not cost more late than early."""


STRING_READERS = [
    Reader("`accumulate_json`, values not read", [], True),
    Reader('`text("body")` on snapshots', [rxs.text("body")], True),
    Reader("`progress` on snapshots", [rxs.progress()], True),
    Reader("`to_partial`", [rxs.to_partial(Article)], False),
    Reader('`to_partial` + `text("body")`', [rxs.to_partial(Article), rxs.text("body")], False),
]
LIST_READERS = [
    Reader("`accumulate_json`, values not read", [], True),
    Reader('`elements("items")` on snapshots', [rxs.elements("items")], True),
    Reader("`progress` on snapshots", [rxs.progress()], True),
    Reader("`to_partial`", [rxs.to_partial(Listing)], False),
    Reader('`to_partial` + `elements("items")`', [rxs.to_partial(Listing), rxs.elements("items")], False),
]


def grown_report(sections: int) -> Grown:
    """A report with so many closed sections, of 2 KB each; one more is being written."""
    random = Random(SEED)
    written: dict[str, Any] = {"title": "Long", "summary": words(random, 300)}
    written["sections"] = [section(random) for _ in range(sections + 1)]
    beginning = json.dumps(written).removesuffix("]}")
    return Grown(f"{beginning}, ", cut(json.dumps(section(random))), '], "conclusion": "Done."}')


def grown_string(length: int) -> Grown:
    """A string of `length` characters, which goes on."""
    random = Random(SEED)
    beginning = json.dumps({"title": "Long", "body": words(random, length)}).removesuffix('"}')
    return Grown(beginning, cut(words(random, SAMPLE_LENGTH)), '"}')


def grown_list(length: int) -> Grown:
    """A list of `length` closed elements, which goes on."""
    random = Random(SEED)
    beginning = json.dumps({"items": readings(random, length)}).removesuffix("]}")
    more = json.dumps(readings(random, SAMPLE_LENGTH // 70)).strip("[]")
    return Grown(f"{beginning}, ", cut(more), '], "remark": "done"}')


def lines(quick: bool) -> Iterator[Line]:
    """Each beside a short one, and the operators that do not pay."""
    rounds = 5 if quick else 15
    strings = grown_string(KB), grown_string(256 * KB)
    lists = grown_list(10), grown_list(10_000)
    for reader in STRING_READERS:
        yield line(f"a delta of one string of 256 KB vs 1 KB: {reader.name}", reader, *strings, rounds)
    for reader in LIST_READERS:
        yield line(f"a delta after 10,000 closed elements vs 10: {reader.name}", reader, *lists, rounds)
    yield text_line(rounds=3, length=256 * KB if quick else 1024 * KB)


def line(what: str, reader: Reader, early: Grown, late: Grown, rounds: int) -> Line:
    ratio, figures = late_over_early(reader, early, late, rounds)
    return at_most(what, ratio, FLAT_BOUND, figures) if reader.is_flat else plain(what, f"{ratio:.3g} × ({figures})")


def late_over_early(reader: Reader, early: Grown, late: Grown, rounds: int) -> tuple[float, str]:
    """How many times the cost of an early delta a late one takes, and both in words."""
    pairs = [(cost(late, reader.operators), cost(early, reader.operators)) for _ in range(rounds)]
    ratio = statistics.median(late_cost / early_cost for late_cost, early_cost in pairs)
    late_cost, early_cost = (statistics.median(costs) for costs in zip(*pairs, strict=True))
    return ratio, f"{late_cost:.3g} and {early_cost:.3g} µs per delta"


def cost(grown: Grown, operators: list[Callable[[Any], Any]]) -> float:
    """Microseconds of CPU time for each of the deltas that are timed."""
    subject: Subject[str] = Subject()
    subject.pipe(rxs.accumulate_json(), *operators).subscribe(pipelines.Latest(), on_error=pipelines.fail)
    subject.on_next(grown.beginning)
    start = time.process_time()
    for delta in grown.deltas:
        subject.on_next(delta)
    taken = time.process_time() - start
    subject.on_next(grown.end)
    subject.on_completed()
    return taken / len(grown.deltas) * 1e6


def text_line(rounds: int, length: int) -> Line:
    """All of a long string, from its first delta on."""
    long = document("long string", length)
    text, alone = take_turns(
        pipelines.run(pipelines.body_text, long), pipelines.run(pipelines.snapshots, long), rounds=rounds
    )
    what = f'`accumulate_json` + `text("body")` vs `accumulate_json` alone, one string of {length // KB} KB'
    return at_most(what, text.over(alone), TEXT_BOUND, beside(text, alone))


__all__ = [
    "LIST_READERS",
    "STRING_READERS",
    "TITLE",
    "Grown",
    "Reader",
    "grown_list",
    "grown_report",
    "grown_string",
    "late_over_early",
    "lines",
]
