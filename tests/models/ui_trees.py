"""User interfaces and forms: trees."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from .registry import Case


class Kind(StrEnum):
    DIV = "div"
    BUTTON = "button"
    HEADER = "header"
    SECTION = "section"
    FIELD = "field"
    FORM = "form"


class Attribute(BaseModel):
    name: str
    value: str


class Element(BaseModel):
    """A recursive tree, as in a strict schema: no extra keys anywhere."""

    model_config = ConfigDict(extra="forbid")

    type: Kind
    label: str
    children: list[Element]
    attributes: list[Attribute]


class TextInput(BaseModel):
    input: Literal["text"]
    name: str
    placeholder: str | None = None


class Choice(BaseModel):
    input: Literal["choice"]
    name: str
    options: Annotated[list[str], Field(min_length=2)]
    multiple: bool = False


class Group(BaseModel):
    input: Literal["group"]
    legend: str
    fields: list[FormField]


FormField = Annotated[TextInput | Choice | Group, Field(discriminator="input")]


class Form(BaseModel):
    title: str
    fields: list[FormField]
    submit: SerializeAsAny[TextInput] | None = None


CASES = (
    Case(
        "interface",
        Element,
        """{"type": "form", "label": "Sign up", "children": [
 {"type": "field", "label": "Name", "children": [], "attributes": [{"name": "required", "value": ""}, {"name": "id",
  "value": "n"}]},
 {"type": "section", "label": "", "children": [{"type": "button", "label": "OK", "children": [], "attributes": []}],
  "attributes": []}],
 "attributes": [{"name": "method", "value": "post"}]}""",
    ),
    Case(
        "form",
        Form,
        '{"title":"Survey","fields":[{"input":"text","name":"who","placeholder":"your name"},{"input":"group",'
        '"legend":"Food","fields":['
        '{"name":"diet","input":"choice","options":["meat","none"]},{"input":"group","legend":"empty","fields":[]}]}]}',
    ),
)
