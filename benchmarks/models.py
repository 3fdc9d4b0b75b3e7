"""The types of the benchmark documents. Peers import this file in their own environments, so it needs pydantic alone."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from typing_extensions import TypedDict


class Section(BaseModel):
    """About 2 KB of a report."""

    heading: str
    score: float
    body: str
    bullet_points: list[str]


class Report(BaseModel):
    """What language models are asked for: a few fields, and sections one after another."""

    title: str
    summary: str
    sections: list[Section]
    conclusion: str


class SectionDict(TypedDict, total=False):
    """A section for `experimental_allow_partial`, which shows nothing of a model before all its required fields are there."""

    heading: str
    score: float
    body: str
    bullet_points: list[str]


class ReportDict(TypedDict, total=False):
    """A report for `experimental_allow_partial`."""

    title: str
    summary: str
    sections: list[SectionDict]
    conclusion: str


class Reading(BaseModel):
    """One of many small objects."""

    id: int
    at: float
    values: list[float]


class Article(BaseModel):
    """One long string."""

    title: str
    body: str


class Listing(BaseModel):
    """One long list."""

    items: list[Reading]
    remark: str


class Notes(BaseModel):
    """Prose in many paragraphs."""

    title: str
    paragraphs: list[str]


class Tree(BaseModel):
    """Objects inside one another."""

    name: str
    child: Tree | None = None


MODELS: dict[str, Any] = {
    "report": Report,
    "flat": dict[str, str],
    "deep": Tree,
    "wide": list[Reading],
    "long string": Article,
    "numbers": list[list[float]],
    "escapes": Notes,
}
"""The type of each shape of document."""

__all__ = ["MODELS", "Article", "Listing", "Notes", "Reading", "Report", "ReportDict", "Section", "SectionDict", "Tree"]
