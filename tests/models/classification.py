"""Labels for texts."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from .registry import Case


class Priority(IntEnum):
    LOW = 1
    NORMAL = 2
    HIGH = 3


class Category(Enum):
    BILLING = "billing"
    BUG = "bug"
    BUGFIX = "bugfix"
    OTHER = None


class Ticket(BaseModel):
    reasoning: str
    category: Category
    priority: Priority
    duplicate_of: int | None = Field(default=None, description="the number of the ticket that this one repeats")
    confidence: Annotated[float, Field(gt=0, le=1)]


class Labels(BaseModel):
    labels: set[Literal["spam", "sports", "politics", "science"]]
    main: Literal["spam", "sports", "politics", "science"] | None


class Moderation(BaseModel):
    model_config = ConfigDict(strict=True)

    flagged: bool
    categories: dict[str, bool]
    scores: dict[str, float]
    version: int


class Sentiments(RootModel[dict[str, Literal["positive", "negative", "neutral"]]]):
    """One label for each sentence."""


CASES = (
    Case(
        "ticket",
        Ticket,
        '{"reasoning":"The customer was charged twice …","category":"billing","priority":3,"duplicate_of":null,'
        '"confidence":0.9}',
    ),
    Case("ticket without a category", Ticket, '{"reasoning": "", "category": null, "priority": 1, "confidence": 1}'),
    Case("labels", Labels, '{"labels": ["science", "politics", "science"], "main": "science"}'),
    Case(
        "moderation",
        Moderation,
        '{"flagged": false, "categories": {"hate": false, "self-harm": false}, "scores": {"hate": 1e-7, '
        '"self-harm": 0}, "version": 2}',
    ),
    Case("sentiments", Sentiments, '{"I loved it.": "positive", "The \\"end\\" dragged.": "negative", "": "neutral"}'),
)
