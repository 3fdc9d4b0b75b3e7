"""Research: plans, reports, citations."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import AnyHttpUrl, BaseModel, Field, ValidationInfo, field_validator

from .registry import Case

Item = TypeVar("Item")


class SearchQuery(BaseModel):
    reason: str
    query: Annotated[str, Field(min_length=2)]


class Plan(BaseModel):
    goal: str
    queries: list[SearchQuery]
    budget: Annotated[int, Field(default=5, ge=1)]


class Section(BaseModel):
    title: str
    body: str
    sections: list[Section] = []


class Report(BaseModel):
    title: str
    summary: str
    sections: list[Section]
    conclusion: str


class Citation(BaseModel):
    """The quote must be in the source, which comes with the context."""

    quote: str
    url: AnyHttpUrl | None = None

    @field_validator("quote")
    @classmethod
    def is_in_the_source(cls, quote: str, info: ValidationInfo) -> str:
        context: Any = info.context or {}
        if quote not in context.get("source", quote):
            raise ValueError("the quote is not in the source")
        return quote


class Answer(BaseModel):
    text: str
    citations: list[Citation]


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    cursor: str | None = None
    total: int


CASES = (
    Case(
        "research plan",
        Plan,
        '{"goal": "Why is the sky blue?", "queries": [{"reason": "physics", "query": "Rayleigh scattering"}, '
        '{"reason": "history", "query": "Tyndall 1869"}], "budget": 3}',
    ),
    Case(
        "report",
        Report,
        """{"title": "Tides", "summary": "What makes them.", "sections": [
 {"title": "The moon", "body": "It pulls.\\n\\nThe sea follows.", "sections": [{"title": "Spring tides",
  "body": "Sun and moon align."}]},
 {"title": "The sun", "body": "It pulls, too."}], "conclusion": "Both do."}""",
    ),
    Case(
        "cited answer",
        Answer,
        '{"text":"It was built in 1889.","citations":[{"quote":"built in 1889","url":"http://example.org/a b"},'
        '{"quote":"1889"}]}',
        context={"source": "The tower was built in 1889."},
    ),
    Case("page of queries", Page[SearchQuery], '{"items":[{"reason":"r","query":"qq"}],"total":1,"cursor":"c\\u0041"}'),
    Case(
        "page of pages",
        Page[Page[int]],
        '{"items": [{"items": [1, 2], "total": 2}, {"items": [], "total": 0}], "total": 2}',
    ),
)
