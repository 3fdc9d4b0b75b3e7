"""Résumés, and how well they fit a job."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, HttpUrl, StringConstraints, field_validator

from .registry import Case

Skill = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]


def no_digits(name: str) -> str:
    if any(character.isdigit() for character in name):
        raise ValueError("a name has no digits")
    return name


class Experience(BaseModel):
    company: str
    title: str
    start: date
    end: date | Literal["present"]
    highlights: list[str] = []


class Education(BaseModel):
    school: str
    degree: Literal["BSc", "MSc", "PhD", "other"] | None = None
    year: Annotated[int, Field(ge=1900, le=2100)]


class Resume(BaseModel):
    name: Annotated[str, AfterValidator(no_digits)]
    email: Annotated[str, Field(pattern=r"^[^@ ]+@[^@ ]+$")]
    links: list[HttpUrl]
    summary: Annotated[str, Field(max_length=400)]
    skills: list[Skill]
    languages: dict[str, Literal["basic", "fluent", "native"]]
    experience: list[Experience]
    education: list[Education]

    @field_validator("skills", mode="after")
    @classmethod
    def without_repetition(cls, skills: list[str]) -> list[str]:
        return list(dict.fromkeys(skills))


class Criterion(BaseModel):
    name: str
    met: bool
    evidence: str | None
    weight: Annotated[float, Field(ge=0, le=1)] = 1.0


class JobMatch(BaseModel):
    candidate: str
    criteria: Annotated[list[Criterion], Field(max_length=10)]
    score: Annotated[int, Field(ge=0, le=100, multiple_of=5)]
    verdict: Literal["reject", "interview", "hire"]


CASES = (
    Case(
        "resume",
        Resume,
        """{"name": "Alex Chen", "email": "alex@example.org", "links": ["https://example.org/alex",
  "https://code.example.org/alex?tab=repos"],
 "summary": "Backend engineer.\\nLikes \\ud83d\\ude80 and quiet mornings.", "skills": [" Python", "SQL ", "python"],
 "languages": {"English": "fluent", "\\u4e2d\\u6587": "native"},
 "experience": [{"company": "Acme", "title": "Engineer", "start": "2019-04-01", "end": "2021-12-31",
  "highlights": ["Cut costs by 40%", ""]},
                {"company": "Umbra", "title": "Lead", "start": "2022-01-01", "end": "present"}],
 "education": [{"school": "TU Delft", "degree": "MSc", "year": 2018}, {"school": "Evening school", "degree": null,
  "year": 2012}]}""",
        changed_by_owner=frozenset({"skills"}),
    ),
    Case(
        "job match",
        JobMatch,
        '{"candidate":"Alex Chen","criteria":[{"name":"5 years of Python","met":true,"evidence":"Acme, Umbra","weight":0.75},'
        '{"name":"Speaks Dutch","met":false,"evidence":null}],"score":80,"verdict":"interview"}',
    ),
)
