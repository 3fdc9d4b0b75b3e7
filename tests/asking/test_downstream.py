"""What operators make of an answer that is asked for again: with each attempt the document begins anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

import rxstruct as rxs
from rxstruct.stream import Stream

from .scenes import MESSAGES, People, Person, people, rest_of, said, scripted, watch

BAD = {"name": "Ada", "age": -1}
GOOD = {"name": "Bob", "age": 36}


def restarted() -> Stream[Person]:
    return rxs.ask(scripted(said(BAD), said(GOOD)), Person, messages=MESSAGES)


def test_progress() -> None:
    """Progress says to which attempt it belongs, and never goes back within one."""
    seen = watch(restarted().pipe(rxs.progress())).items
    assert [(progress.attempt, progress.fraction) for progress in seen if progress.newly_completed] == [
        (1, 0.5),
        (2, 0.5),
        (2, 1.0),
    ]
    for attempt in (1, 2):
        fractions = [progress.fraction for progress in seen if progress.attempt == attempt]
        assert fractions == sorted(fractions)


def test_fields_open_again() -> None:
    """Each attempt's own values arrive, none twice and none left out."""
    assert "".join(watch(restarted().pipe(rxs.text("name"))).items) == "AdaBob"
    assert watch(restarted().pipe(rxs.field("age"))).items == [36]
    closed = [change.path for change in watch(restarted().pipe(rxs.changes())).items if change.kind == "closed"]
    assert closed == [("name",), ("name",), ("age",), ()]
    names = [person.name for person in watch(restarted().pipe(rxs.distinct_fields("name", closed=True))).items]
    assert names == ["Ada", "Bob", "Bob"]


@pytest.mark.parametrize("cut", [3, 50, 1000])
def test_a_continued_answer_is_one_document(cut: int) -> None:
    """Where the rest is asked for, operators notice nothing: every element arrives once."""
    text = json.dumps(people(8))

    def send(**request: Any) -> Any:
        if len(request["messages"]) == 1:
            return said(text[: len(text) // 2], reason="length", cut=cut)()
        return said(rest_of(text, request), cut=cut)()

    stream = rxs.ask(send, People, messages=MESSAGES)
    names = [person.name for person in watch(stream.pipe(rxs.elements("people"))).items]
    assert names == [f"Person number {index}" for index in range(8)]
    assert "".join(watch(stream.pipe(rxs.text("note"))).items) == "That is all."
    assert [progress.attempt for progress in watch(stream.pipe(rxs.progress())).items][-1] == 1


@pytest.mark.parametrize("cut", [3, 50, 1000])
def test_a_mended_answer_begins_anew_with_what_was_valid(cut: int) -> None:
    """After a repair the elements arrive again, those that were valid as the same objects."""
    wrong = people(4)
    wrong["people"][2]["age"] = 0
    text = json.dumps(people(4))

    def send(**request: Any) -> Any:
        if "response_format" not in request:
            return said(rest_of(text, request), cut=cut)()
        return said({"value": 3} if len(request["messages"]) > 1 else wrong, cut=cut)()

    stream = rxs.ask(send, People, messages=MESSAGES, on_invalid="repair")
    elements = watch(stream.pipe(rxs.elements("people"))).items
    assert [person.name[-1] for person in elements] == list("010123")
    assert elements[0] is elements[2]
    assert elements[1] is elements[3]
