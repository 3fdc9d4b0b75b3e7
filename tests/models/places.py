"""Places, as dataclasses and named tuples."""

from __future__ import annotations

import dataclasses
from typing import Annotated, NamedTuple

import pydantic.dataclasses
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from .registry import Case


class Coordinates(NamedTuple):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    altitude: float = 0.0


@dataclasses.dataclass(slots=True)
class Landmark:
    name: str
    at: Coordinates
    height: float | None = None


@pydantic.dataclasses.dataclass(frozen=True)
class District:
    name: str
    population: Annotated[int, Field(ge=0)]
    landmarks: list[Landmark] = dataclasses.field(default_factory=list)
    twin: District | None = None


@pydantic.dataclasses.dataclass
class City:
    name: str
    districts: list[District]
    motto: str = "none"
    postcode: Annotated[str, Field(alias="zip", max_length=6)] = "00000"


class Route(TypedDict):
    name: str
    waypoints: list[Coordinates]
    surface: dict[str, float]


CASES = (
    Case(
        "city",
        City,
        """{"name": "Vienna", "districts": [
 {"name": "Innere Stadt", "population": 16047, "landmarks": [{"name": "Stephansdom", "at": [48.2085, 16.3730, 171],
  "height": 136.4},
                                                             {"name": "Graben", "at": [48.2089, 16.3695]}]},
 {"name": "Josefstadt", "population": 24499, "twin": {"name": "Mokotow", "population": 217815}}],
 "zip": "1010"}""",
    ),
    Case("landmark", Landmark, '{"name": "North Pole", "at": [90, -0.0], "height": null}'),
    Case(
        "route",
        TypeAdapter(Route),
        '{"name":"Round the lake","waypoints":[[47.6,9.4],[47.5,9.7,395.5]],"surface":{"gravel":0.25,"asphalt":0.75}}',
    ),
)
