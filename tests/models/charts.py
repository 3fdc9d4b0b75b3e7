"""Charts and dashboards."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .registry import Case


class Mark(StrEnum):
    LINE = "line"
    BAR = "bar"


class Point(BaseModel):
    x: int | float | str
    y: float | None


class SeriesChart(BaseModel):
    kind: Literal["series"] = "series"
    mark: Mark
    data: list[Point]


class PieChart(BaseModel):
    kind: Literal["pie"]
    slices: dict[str, Annotated[float, Field(ge=0)]]
    hole: float = 0


class TableChart(BaseModel):
    kind: Literal["table"]
    header: list[str]
    rows: list[list[Any]]


Chart = Annotated[SeriesChart | PieChart | TableChart, Field(discriminator="kind")]


class Dashboard(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: str = Field(alias="dashboardTitle")
    charts: list[Chart]
    layout: tuple[tuple[int, int], ...]
    theme: Literal["dark", "light"] | dict[str, str] = "light"


class VegaSpec(BaseModel):
    """A schema of others, of which only a part is modelled."""

    schema_url: Annotated[str, Field(alias="$schema")]
    mark: str | dict[str, Any]
    encoding: dict[Literal["x", "y", "color"], dict[str, Any]]
    data: Any = None


CASES = (
    Case(
        "dashboard",
        Dashboard,
        """{"dashboardTitle": "Sales", "generated_by": "a model", "charts": [
 {"kind": "series", "mark": "bar", "data": [{"x": "Q1", "y": 1.5}, {"x": 2, "y": null}, {"x": 2.5, "y": 3}]},
 {"slices": {"north": 12, "south": 7.5}, "kind": "pie"},
 {"kind": "table", "header": ["a", "b"], "rows": [[1, "x"], [null, {"deep": [true]}]]}],
 "layout": [[0, 0], [1, 0], [0, 1]], "theme": {"background": "#fff"}}""",
    ),
    Case(
        "chart specification",
        VegaSpec,
        '{"$schema":"https://vega.github.io/schema/vega-lite/v5.json","mark":{"type":"bar","tooltip":true},'
        '"encoding":{"x":{"field":"a",'
        '"bin":{"maxbins":10}},"y":{"aggregate":"count"}},"data":{"values":[{"a":28},{"a":55.5}]}}',
    ),
)
