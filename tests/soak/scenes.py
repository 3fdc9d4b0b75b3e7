"""What each stream of the soak is: its document, how it ends, how it is read. The number of a scene says it all."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from rxstruct.errors import FieldInvalid, RxStructError, SourceFailed, Truncated
from rxstruct.testing import faults
from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.replies import answer, random_cut

WORDS = ["amber", "brook", "cedar", "dune", "élan", "fjord", "grove", "河", "island", "jetty", "\\", '"', "😀", "kelp"]


class Section(BaseModel):
    heading: str
    words: list[str]
    score: float
    checked: bool | None


class Report(BaseModel):
    number: int
    title: str
    sections: list[Section]
    notes: dict[str, str]


@dataclass(frozen=True)
class Ending:
    """How a stream ends.

    Args:
        name: in the words of the table of counts.
        spoil: makes the reply that ends so of the whole one, and the number of its event at which it does.
        error: what the reader gets; None where the document arrives whole, or the reader leaves.
    """

    name: str
    spoil: Callable[[Reply, int], Reply] = lambda reply, place: reply
    error: type[RxStructError] | None = None
    reader_leaves: bool = False
    spoils_text: Callable[[str], str] = lambda text: text


def struck(fault: Callable[..., Reply]) -> Callable[[Reply, int], Reply]:
    return lambda reply, place: fault(reply, after_events=place)


WHOLE = Ending("whole")
# The first of them more often than the others.
ENDINGS = [
    *[WHOLE] * 9,
    Ending("compressed", spoil=lambda reply, place: faults.gzipped(reply)),
    Ending("left by its reader", spoil=struck(faults.stall), reader_leaves=True),
    Ending("left by its reader", reader_leaves=True),
    Ending("cut off", spoil=struck(faults.cut), error=SourceFailed),
    Ending("reset", spoil=struck(faults.reset), error=SourceFailed),
    Ending("an error object", spoil=struck(faults.error_object), error=SourceFailed),
    Ending("a malformed event", spoil=struck(faults.malformed), error=SourceFailed),
    Ending("invalid UTF-8", spoil=struck(faults.invalid_utf8), error=SourceFailed),
    Ending("the token limit", error=Truncated, spoils_text=lambda text: text[: len(text) // 2]),
    Ending(
        "an invalid field",
        error=FieldInvalid,
        spoils_text=lambda text: text.replace('"score": ', '"score": null, "was": ', 1),
    ),
]


@dataclass(frozen=True)
class Scene:
    """One stream. The request's `model` is its number, so that the server knows it too."""

    number: int
    is_chat: bool
    ending: Ending = field(repr=False)
    report: Report = field(repr=False)
    text: str = field(repr=False)
    place: int
    """The event at which a fault strikes; it is late enough for the first item, with which a reader leaves who does."""

    def request(self) -> dict[str, Any]:
        asked = {"messages": [{"role": "user", "content": "Go"}]} if self.is_chat else {"input": "Go"}
        return {"model": str(self.number), "via": "none", **asked}


def scene(number: int) -> Scene:
    source = random.Random(number)
    sections = [
        Section(
            heading=phrase(source),
            words=phrase(source).split(),
            score=source.uniform(-1e6, 1e6),
            checked=source.choice([True, False, None]),
        )
        for _ in range(source.randint(1, 4))
    ]
    report = Report(
        number=number, title=phrase(source), sections=sections, notes={phrase(source): phrase(source) for _ in range(2)}
    )
    ending = source.choice(ENDINGS)
    # Written as `json.dumps` does, with its blanks and escapes: more ways to be cut.
    text = ending.spoils_text(json.dumps(report.model_dump()))
    return Scene(number, source.random() < 0.5, ending, report, text, place=source.randint(8, 16))


def phrase(source: random.Random) -> str:
    return " ".join(source.choices(WORDS, k=source.randint(2, 12)))


def respond(request: ReceivedRequest) -> Reply:
    """The reply that a scene's request gets."""
    played = scene(int(request.body["model"]))
    cut = random_cut(played.number, longest=24)
    reason = "length" if played.ending.error is Truncated else None
    return played.ending.spoil(answer(played.text, cut=cut, finish_reason=reason), played.place)


__all__ = ["ENDINGS", "Ending", "Report", "Scene", "Section", "respond", "scene"]
