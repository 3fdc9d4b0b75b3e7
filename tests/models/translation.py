"""Translations and subtitles."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, Field, StringConstraints

from .registry import Case

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]


class Translation(BaseModel):
    source: Language
    texts: dict[Language, str]
    notes: list[str] | None = None
    register_: Literal["formal", "informal"] = Field(alias="register")


class Cue(NamedTuple):
    start: timedelta
    end: timedelta
    text: str


class Subtitles(BaseModel):
    language: Language
    cues: list[Cue]
    speakers: dict[int, str] = {}


CASES = (
    Case(
        "translation",
        Translation,
        '{"source": "en", "texts": {"de": "Gr\\u00fc\\u00df Gott", "pt-BR": "Ol\\u00e1 \\ud83d\\udc4b", '
        '"ja": "\\u3053\\u3093"}, '
        '"register": "informal", "notes": ["warm"]}',
    ),
    Case(
        "subtitles",
        Subtitles,
        '{"language":"fr","cues":[["PT1S","PT2.5S","Bonjour"],[3,4,"— Salut"]],"speakers":{"1":"A","-2":"B"}}',
    ),
)
