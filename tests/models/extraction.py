"""Things picked out of running text."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from .registry import Case


def from_german(value: Any) -> Any:
    """12.03.2024 as well as 2024-03-12."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d\d)\.(\d\d)\.(\d{4})", value)):
        return f"{match[3]}-{match[2]}-{match[1]}"
    return value


class Span(BaseModel):
    start: int
    end: int
    text: str


class Entity(BaseModel):
    kind: Literal["person", "place", "organisation", "date"]
    spans: list[Span]
    wikidata: Annotated[str, Field(pattern=r"^Q[0-9]+$")] | None = None


class Article(BaseModel):
    headline: str
    published: Annotated[date, BeforeValidator(from_german)]
    authors: list[str]
    entities: list[Entity]
    sentiment: Annotated[float, Field(ge=-1, le=1)]

    @field_validator("authors", mode="before")
    @classmethod
    def one_author_may_stand_alone(cls, authors: Any) -> Any:
        return [authors] if isinstance(authors, str) else authors


class Clause(BaseModel):
    title: str
    text: str
    risk: Literal["low", "medium", "high"] = "low"
    subclauses: list[Clause] = []


class Contract(BaseModel):
    """Everything about the parties is put in order before the model sees it."""

    model_config = ConfigDict(str_strip_whitespace=True)

    parties: dict[str, str]
    effective: date | None = None
    clauses: list[Clause]

    @model_validator(mode="before")
    @classmethod
    def parties_may_be_a_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("parties"), list):
            return {**data, "parties": {str(at): party for at, party in enumerate(data["parties"])}}
        return data


class Person(BaseModel):
    """What isn't asked for is kept."""

    model_config = ConfigDict(extra="allow")

    name: str
    age: int | None = None
    children: list[Person] = Field(default_factory=list)


CASES = (
    Case(
        "article",
        Article,
        """{"headline": "Bridge opens", "published": "12.03.2024", "authors": "J. Doe",
 "entities": [{"kind": "place", "spans": [{"start": 0, "end": 6, "text": "Bridge"}], "wikidata": "Q12280"},
              {"kind": "date", "spans": []}], "sentiment": 0.5}""",
    ),
    Case(
        "contract",
        Contract,
        '{"parties": ["Buyer Ltd", " Seller GmbH "], "clauses": [{"title": "Term", "text": " Two years. ", "subclauses": '
        '[{"title": "Renewal", "text": "By letter", "risk": "high"}]}], "effective": "2024-07-01"}',
    ),
    Case(
        "person with extras",
        Person,
        '{"name":"Marie","born":{"year":1867,"place":"Warsaw"},"age":66,"children":[{"name":"Irène",'
        '"prizes":["Chemistry"]},{"name":"Ève"}],'
        '"fields":["physics","chemistry"],"note":"see also"}',
    ),
)
