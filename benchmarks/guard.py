"""Refuse what has become much slower: `make bench-guard`.

The ratios are taken within one run and the bounds are generous, so that a busy machine passes; what must not pass is a cost that
grows with the document. (`tests/test_cost.py` counts instructions, without any clock.)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from . import pipelines
from .copying import LIST_READERS, STRING_READERS, grown_list, grown_string, late_over_early
from .documents import KB, document
from .growth import compare
from .lines import HEADER, Line, at_most
from .prefixes import beside
from .timing import take_turns

GROWTH_BOUND = 2.0
PREFIX_BOUND = 1.0
FLAT_BOUND = 2.0
COPY_BOUND = 8.0
ROUNDS = 5


def lines() -> Iterator[Line]:
    """Half a minute of the most telling ratios."""
    long, short = compare(document("report", 4 * KB), document("report", 256 * KB), rounds=ROUNDS)
    yield at_most("a delta of a 256 KB report vs one of 4 KB", long.over(short), GROWTH_BOUND, beside(long, short))
    report = document("report", 64 * KB)
    partials, jiter = take_turns(
        pipelines.run(pipelines.partials, report), pipelines.run(pipelines.jiter_prefixes, report), rounds=ROUNDS
    )
    yield at_most(
        "a typed partial vs jiter on the prefix, 64 KB", partials.over(jiter), PREFIX_BOUND, beside(partials, jiter)
    )
    strings = grown_string(KB), grown_string(256 * KB)
    lists = grown_list(10), grown_list(10_000)
    for what, (early, late), readers in [("string", strings, STRING_READERS), ("list", lists, LIST_READERS)]:
        for reader in readers:
            ratio, figures = late_over_early(reader, early, late, ROUNDS)
            yield at_most(f"a long {what}: {reader.name}", ratio, FLAT_BOUND if reader.is_flat else COPY_BOUND, figures)


def main() -> int:
    """Print the lines; 1 where one is not met."""
    print(HEADER)
    results = []
    for line in lines():
        print(line, flush=True)
        results.append(line.met)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
