"""Clinical notes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeFloat, PastDate

from .registry import Case


class Dose(BaseModel):
    amount: NonNegativeFloat
    unit: Literal["mg", "ml", "IU"]


class Medication(BaseModel):
    drug: str
    dose: Dose | None
    schedule: list[Literal["morning", "noon", "evening", "night"]]
    until: date | None = None


class Reading(BaseModel):
    pulse: Annotated[int, Field(gt=0, lt=300)] | None = None
    pressure: tuple[int, int] | None = None
    temperature: float | None = None


class Note(BaseModel):
    patient: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{6}$")]
    born: PastDate
    complaints: list[str]
    readings: Reading
    medication: list[Medication]
    allergies: set[str] | None = None
    assessment: str


CASES = (
    Case(
        "clinical note",
        Note,
        """{"patient": "AB123456", "born": "1961-02-28", "complaints": ["cough", "fever since \\u00bd day"],
 "readings": {"pulse": 88, "pressure": [135, 85], "temperature": 38.4},
 "medication": [{"drug": "Paracetamol", "dose": {"amount": 500, "unit": "mg"}, "schedule": ["morning", "night"],
  "until": "2024-02-01"},
                {"drug": "Tea", "dose": null, "schedule": []}],
 "allergies": [], "assessment": "Rest."}""",
    ),
)
