"""Knowledge graphs drawn from text."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

from .registry import Case

Label = TypeVar("Label")


class Node(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    label: str
    aliases: frozenset[str] = frozenset()
    properties: dict[str, Any] = Field(default_factory=dict)


class Edge(BaseModel, Generic[Label]):
    source: UUID
    target: UUID
    label: Label
    confidence: Annotated[float, Field(ge=0, le=1)]


class KnowledgeGraph(BaseModel):
    nodes: list[Node]
    edges: list[Edge[str]] = Field(default_factory=list)


class Triples(RootModel[list[tuple[str, str, str]]]):
    """Subject, predicate, object, with nothing around them."""


class Concept(BaseModel):
    """Recursive, by name."""

    name: str
    narrower: dict[str, Concept] = {}
    related: list[Concept] | None = None


CASES = (
    Case(
        "knowledge graph",
        KnowledgeGraph,
        """{"nodes": [
 {"id": "8b1f1a52-0d62-4f0c-9c55-1f8b3c2b7a10", "label": "Ada Lovelace", "aliases": ["Countess of Lovelace", "A. A. L."],
  "properties": {"born": 1815, "fields": ["mathematics", "poetry"], "spouse": {"name": "William", "title": null},
  "known": true}},
 {"id": "0d0f43c0-2f6f-4a63-9a86-8f4f6a6f1f11", "label": "Analytical Engine"}],
"edges": [{"source": "8b1f1a52-0d62-4f0c-9c55-1f8b3c2b7a10", "target": "0d0f43c0-2f6f-4a63-9a86-8f4f6a6f1f11",
           "label": "wrote a program for", "confidence": 0.97}]}""",
    ),
    Case(
        "triples",
        Triples,
        '[["Berlin", "capital of", "Germany"], ["Spree", "flows through", "Berlin"], ["\\u1e9e", "is a", "letter"]]',
    ),
    Case(
        "concept tree",
        Concept,
        '{"name":"animal","narrower":{"dog":{"name":"dog","narrower":{"poodle":{"name":"poodle"}},"related":[{"name":"wolf"}]},'
        '"cat":{"name":"cat","related":null}}}',
    ),
)
