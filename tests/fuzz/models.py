"""The types that the fuzzer's documents are read as: few, with short names, and one of each way of streaming among them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from annotated_types import Ge, MaxLen
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator
from typing_extensions import TypedDict

import rxstruct as rxs


class Place(TypedDict, total=False):
    at: tuple[int, float]
    on: date


class Person(BaseModel):
    name: str = Field(max_length=12)
    age: Annotated[int, Ge(0)] = 7
    tags: Annotated[list[str], MaxLen(3)] = []
    home: Place | None = None
    kind: Literal["a", "b"] = "a"
    note: Annotated[str, rxs.Atomic] = ""


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int = Field(validation_alias=AliasChoices("id", "ID"))
    to: Loose | None = None
    ids: set[int] = set()


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    n: int
    x: float = 0.5
    s: Annotated[str, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)] = ""

    @model_validator(mode="after")
    def check(self) -> Strict:
        if self.n == 13:
            raise ValueError("not 13")
        return self


class Circle(BaseModel):
    type: Literal["c"]
    r: float


class Square(BaseModel):
    type: Literal["s"]
    name: str


Shape = Annotated[Circle | Square, Field(discriminator="type")]

ADAPTERS: list[TypeAdapter[Any]] = [
    TypeAdapter(kind)
    for kind in (Person, Loose, Strict, list[Shape], dict[str, list[int | str]], list[Person] | bool, Any)
]
