"""Plans and handovers of agents."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, model_serializer

from .registry import Case


class Task(BaseModel):
    id: int
    title: str
    depends_on: list[int] = []
    tool: Literal["browse", "code", "ask"] | None = None
    inputs: dict[str, JsonValue] = {}


class TaskGraph(BaseModel):
    goal: str
    tasks: Annotated[list[Task], Field(max_length=30)]
    stop: bool = False

    @model_serializer(mode="wrap")
    def with_count(self, handler: Any) -> dict[str, Any]:
        return {**handler(self), "count": len(getattr(self, "tasks", []))}


class Success(BaseModel):
    result: str
    artifacts: list[str] = []


class Failure(BaseModel):
    error: str
    retry: bool


class Handover(BaseModel):
    run: UUID
    outcome: Success | Failure
    memory: Any


CASES = (
    Case(
        "task graph",
        TaskGraph,
        '{"goal": "Ship it", "tasks": [{"id": 1, "title": "Write", "tool": "code"}, {"id": 2, "title": "Ask", '
        '"depends_on": [1], "tool": "ask", '
        '"inputs": {"to": "team", "urgent": true, "n": [1, 2.5, {"x": null}]}}]}',
    ),
    Case(
        "handover",
        Handover,
        '{"run": "12345678-1234-5678-1234-567812345678", "outcome": {"error": "time out", "retry": true}, '
        '"memory": {"facts": ["a", 1, null], "depth": {"of": {"it": "deep"}}}}',
    ),
)
