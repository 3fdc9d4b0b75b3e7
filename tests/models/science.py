"""Measurements, with a type of the author's own."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, FiniteFloat, GetCoreSchemaHandler, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from .registry import Case

FACTORS = {"nm": 1e-9, "mm": 1e-3, "m": 1.0, "km": 1e3}


class Length:
    """Written as `12 km`, held in metres."""

    def __init__(self, metres: float) -> None:
        self.metres = metres

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Length) and other.metres == self.metres

    def __hash__(self) -> int:
        return hash(self.metres)

    def __repr__(self) -> str:
        return f"Length({self.metres!r})"

    def __str__(self) -> str:
        return f"{self.metres} m"

    @classmethod
    def parse(cls, text: str) -> Length:
        number, _, unit = text.partition(" ")
        if unit not in FACTORS:
            raise ValueError(f"unknown unit {unit!r}")
        return cls(float(number) * FACTORS[unit])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls.parse, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )


def as_percentage(value: Any) -> float:
    if isinstance(value, str) and value.endswith("%"):
        return float(value[:-1]) / 100
    if isinstance(value, int | float):
        return float(value)
    raise ValueError("neither a number nor a percentage")


Percentage = Annotated[float, PlainValidator(as_percentage), WithJsonSchema({"type": "string"})]


class Measurement(BaseModel):
    instrument: str
    length: Length
    humidity: Percentage
    samples: Annotated[list[FiniteFloat], Field(min_length=2)]
    errors: list[Length] = []


class Experiment(BaseModel):
    hypothesis: str
    measurements: dict[int, Measurement]
    conclusion: str | None


CASES = (
    Case(
        "experiment",
        Experiment,
        '{"hypothesis": "Light is fast.", "measurements": {"1": {"instrument": "clock", "length": "22 km", "humidity": "40%", '
        '"samples": [299792458, 2.99e8, 1e-9]}, "2": {"instrument": "mirror", "length": "1.5 mm", "humidity": 0.5, '
        '"samples": [-0.0, 5E-324], "errors": ["2 nm", "1 m"]}}, "conclusion": null}',
    ),
)
