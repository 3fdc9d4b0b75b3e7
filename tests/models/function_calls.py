"""The arguments of functions that a model may call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Json, Tag, TypeAdapter

from .registry import Case


class GetWeather(BaseModel):
    tool: Literal["get_weather"]
    city: str
    unit: Literal["celsius", "fahrenheit"] = "celsius"


class SendMail(BaseModel):
    tool: Literal["send_mail"]
    to: Annotated[list[str], Field(min_length=1)]
    subject: str
    body: str


class Search(BaseModel):
    tool: Literal["web_search", "image_search"]
    query: str
    top_k: Annotated[int, Field(ge=1, le=50)] = 10


ToolCall = Annotated[GetWeather | SendMail | Search, Field(discriminator="tool")]


class RawCall(BaseModel):
    """As providers send it: the arguments are JSON within a string."""

    name: str
    arguments: Json[dict[str, int | str]]
    call_id: str | None = None


class Comparison(BaseModel):
    column: str
    operator: Literal["=", ">", "<", "<=", ">=", "!="]
    value: str | int | float | bool


class AllOf(BaseModel):
    all: list[Condition]


class AnyOf(BaseModel):
    any: list[Condition]


def kind_of_condition(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in ("all", "any") if kind in value), "comparison")
    return {"AllOf": "all", "AnyOf": "any", "Comparison": "comparison"}.get(type(value).__name__)


Condition = Annotated[
    Annotated[AllOf, Tag("all")] | Annotated[AnyOf, Tag("any")] | Annotated[Comparison, Tag("comparison")],
    Discriminator(kind_of_condition),
]


class Query(BaseModel):
    """A query builder with conditions within conditions, told apart by a function."""

    model_config = ConfigDict(extra="forbid")

    table: Literal["orders", "customers", "products"]
    columns: list[str]
    where: Condition | None = None
    order_by: tuple[str, Literal["asc", "desc"]] | None = None
    limit: int = 100


CASES = (
    Case(
        "tool calls",
        TypeAdapter(list[ToolCall]),
        """[{"tool": "get_weather", "city": "Z\\u00fcrich"},
 {"to": ["a@example.org", "b@example.org"], "subject": "Hello", "tool": "send_mail", "body": "Dear all,\\n\\n\\"yes\\"."},
 {"tool": "image_search", "query": "otters", "top_k": 3}]""",
    ),
    Case("raw call", RawCall, '{"name": "book", "arguments": "{\\"seats\\": 2, \\"row\\": \\"F\\"}", "call_id": "c1"}'),
    Case(
        "query",
        Query,
        '{"table":"orders","columns":["id","total"],"where":{"all":[{"column":"total","operator":">=","value":100},{"any":['
        '{"column":"status","operator":"=","value":"open"},{"column":"paid","operator":"!=","value":true}]}]},'
        '"order_by":["total","desc"]}',
    ),
)
