"""Reviews and changes of code."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .registry import Case


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Finding(BaseModel):
    model_config = ConfigDict(use_enum_values=True)

    file: PurePosixPath
    lines: tuple[int, int] | int
    severity: Severity
    message: str
    suggestion: str | None = None


class Review(BaseModel):
    summary: str
    findings: list[Finding]
    approve: bool


class Replace(BaseModel):
    op: Literal["replace", "add"]
    path: str
    value: int | str | bool | list[int] | None


class Remove(BaseModel):
    op: Literal["remove"]
    path: str


class Changes(BaseModel):
    message: Annotated[str, Field(max_length=72)]
    patch: list[Replace | Remove]


CASES = (
    Case(
        "review",
        Review,
        """{"summary": "Good, with two remarks.", "findings": [
 {"file": "src/a.py", "lines": [10, 12], "severity": "warning", "message": "`x` shadows a builtin",
  "suggestion": "rename\\n\\tit"},
 {"file": "README.md", "lines": 3, "severity": "info", "message": "typo: \\\\teh"}], "approve": true}""",
    ),
    Case(
        "changes",
        Changes,
        '{"message":"Bump","patch":[{"op":"replace","path":"/version","value":"1.2"},{"op":"remove","path":"/old"},'
        '{"op":"add","path":"/n","value":null},{"op":"add","path":"/m","value":[1,2]}]}',
    ),
)
