"""Characters, boards, quests."""

from __future__ import annotations

from enum import Flag, IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveInt

from .registry import Case


class Rank(IntEnum):
    NOVICE = 0
    MASTER = 10


class Sense(Flag):
    SIGHT = 1
    SMELL = 2


class Item(BaseModel):
    name: str
    weight: Annotated[float, Field(ge=0)] = 0.0
    cursed: bool | None = None


class Character(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=30)]
    rank: Rank
    abilities: dict[Literal["strength", "wisdom", "charm"], Annotated[int, Field(ge=1, le=20)]]
    inventory: list[Item]
    companion: Character | None = None
    sense: Sense = Sense.SIGHT


class Board(BaseModel):
    cells: Annotated[
        list[Annotated[list[Literal["x", "o", ""]], Field(min_length=3, max_length=3)]],
        Field(min_length=3, max_length=3),
    ]
    next: Literal["x", "o"] | None


class Quest(BaseModel):
    hook: str
    reward: PositiveInt | Item
    steps: tuple[str, str, str]


CASES = (
    Case(
        "character",
        Character,
        """{"name": "Brynja", "rank": 10, "abilities": {"strength": 14, "wisdom": 9}, "inventory": [{"name": "rope",
  "weight": 2.5},
 {"name": "ring", "cursed": true}], "companion": {"name": "Fox", "rank": 0, "abilities": {}, "inventory": []}, "sense": 3}""",
    ),
    Case("board", Board, '{"cells": [["x", "", "o"], ["", "x", ""], ["o", "", "x"]], "next": null}'),
    Case("quest for gold", Quest, '{"hook": "The well is dry.", "reward": 250, "steps": ["go", "dig", "return"]}'),
    Case(
        "quest for a thing",
        Quest,
        '{"hook": "The well …", "reward": {"name": "bucket", "weight": 3}, "steps": ["a", "b", "c"]}',
    ),
)
