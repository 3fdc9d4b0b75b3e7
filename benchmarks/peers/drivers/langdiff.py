"""langdiff: `Parser.push`, with its own classes for the document.

It reads annotations as they stand, so they cannot be put off by `from __future__ import annotations` here.
"""

from typing import Any

import langdiff as ld

from .harness import Stream, serve


class Section(ld.Object):
    heading: ld.String
    score: ld.Atom[float]
    body: ld.String
    bullet_points: ld.List[ld.String]


class Report(ld.Object):
    title: ld.String
    summary: ld.String
    sections: ld.List[Section]
    conclusion: ld.String


def read(stream: Stream) -> Any:
    report = Report()
    with ld.Parser(report) as parser:
        for delta in stream.deltas:
            parser.push(delta)
    return report.value


serve(read)
