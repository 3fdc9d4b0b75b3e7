"""Recipes and meal plans."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

from .registry import Case


class Unit(StrEnum):
    GRAM = "g"
    MILLILITRE = "ml"
    PIECE = "piece"
    PIECES = "pieces"


class Ingredient(BaseModel):
    name: str
    amount: Fraction | None = None
    unit: Unit | None = None
    optional: bool = False


class Step(BaseModel):
    text: str
    duration: timedelta | None = None
    temperature: Annotated[int, Field(ge=-30, le=300)] | None = None


class Recipe(BaseModel):
    title: Annotated[str, Field(min_length=3, max_length=80)]
    servings: PositiveInt
    tags: set[str]
    ingredients: list[Ingredient]
    steps: list[Step]


class Weekday(Enum):
    MONDAY = "mon"
    TUESDAY = "tue"
    SUNDAY = "sun"


class Meal(BaseModel):
    dish: str
    calories: int


class MealPlan(BaseModel):
    days: dict[Weekday, dict[str, Meal]]
    shopping: list[tuple[str, float, Unit]]


CASES = (
    Case(
        "recipe",
        Recipe,
        """{"title": "Cr\\u00eapes", "servings": 4, "tags": ["sweet", "quick", "sweet"],
"ingredients": [{"name": "flour", "amount": "250", "unit": "g"}, {"name": "milk", "amount": "1/2", "unit": "ml"},
  {"name": "salt"},
{"name": "lemon", "amount": null, "unit": "piece", "optional": true}],
"steps": [{"text": "Whisk everything.\\tRest.", "duration": "PT30M"}, {"text": "Bake.", "duration": 90,
  "temperature": 180}]}""",
    ),
    Case(
        "meal plan",
        MealPlan,
        '{"days":{"mon":{"lunch":{"dish":"Soup","calories":350},"dinner":{"dish":"Curry","calories":720}},"sun":{}},'
        '"shopping":[["carrots",1.5,"g"],["coconut milk",400,"ml"],["naan",4,"pieces"]]}',
    ),
)
