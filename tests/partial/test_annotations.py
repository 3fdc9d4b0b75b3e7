"""`Atomic` hides a value until it has closed; `Gate` hides the object that holds it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import run
from .oracle import assert_valid


class Email(BaseModel):
    subject: Annotated[str, rxs.Atomic]
    recipients: Annotated[list[str], rxs.Atomic]
    body: str


def test_an_atomic_value_is_hidden_until_it_has_closed() -> None:
    """Strings and containers marked so show all at once."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a  {"subject":"He
        b  llo","recipients":["a","b"
        c  ],"body":"Dear a
        d  ll"}
        w  {}
        x  {"subject": "Hello"}
        y  {"subject": "Hello", "recipients": ["a", "b"], "body": "Dear a"}
        z  {"subject": "Hello", "recipients": ["a", "b"], "body": "Dear all"}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Email),
    )


class Card(BaseModel):
    text: str
    id: Annotated[int, rxs.Gate]


class Deck(BaseModel):
    cards: list[Card]
    cover: Card | None = None


def test_a_gate_hides_the_object_that_holds_it() -> None:
    """A card without its id is not shown at all; with it, it streams on."""
    storyboard(
        """
        deltas   --a--b--c--d--|
        partial  --w--x--y--z--|

        a  {"cards":[{"text":"on
        b  e","id":1},{"id":2,"text":"tw
        c  o"}],"cover":{"id":3,
        d  "text":"front"}}
        w  {"cards": []}
        x  {"cards": [{"text": "one", "id": 1}, {"id": 2, "text": "tw"}]}
        y  {"cards": [{"text": "one", "id": 1}, {"id": 2, "text": "two"}], "cover": {"id": 3}}
        z  {"cards": [{"text": "one", "id": 1}, {"id": 2, "text": "two"}], "cover": {"text": "front", "id": 3}}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Deck),
    )


def test_what_goes_on_behind_a_gate_gives_no_partial() -> None:
    """What is around it is shown once, and again as the gate opens."""
    items = run(Deck, ['{"cards":[{"text":"o', "n", 'e","more":[', '1],"text":"tw', 'o"', ',"id":1,']).items
    assert [rxs.dump(item) for item in items] == [{"cards": []}, {"cards": [{"text": "two", "id": 1}]}]


class Combined(BaseModel):
    key: Annotated[str, Field(min_length=2), rxs.Gate]
    parts: list[Annotated[str, rxs.Atomic]] = []
    inner: Annotated[Card, rxs.Atomic] | None = None


def test_annotations_change_nothing_but_when_values_show() -> None:
    """They go with other annotations, in containers and unions; the final object is pydantic's."""
    text = '{"parts":["a","b"],"inner":{"text":"t","id":1},"key":"kk"}'
    assert_valid(Combined, text, list(text))
    assert_valid(list[Combined], f"[{text}]", list(f"[{text}]"))
    assert type(run(Combined, '{"key":"k"}').error) is rxs.FieldInvalid
    assert Combined.model_json_schema()["properties"]["key"] == {"minLength": 2, "title": "Key", "type": "string"}


def test_a_gate_at_the_root_holds_back_all_partials() -> None:
    """Nothing is emitted before the gate of the root has closed."""
    items = run(Card, '{"text":"abc","id":12,"more":0}').items
    assert rxs.snapshot_of(items[0]).text == '{"text":"abc","id":12,'
    assert items[0].text == "abc"


def test_an_annotation_is_shown_by_its_name() -> None:
    """So a type that has it can be read."""
    assert repr(Annotated[str, rxs.Atomic]) == "typing.Annotated[str, Atomic]"
    assert repr(rxs.Gate) == "Gate"
