"""Answers that show their work."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, PrivateAttr

from .registry import Case


class MathStep(BaseModel):
    explanation: str
    output: str


class MathAnswer(BaseModel):
    steps: list[MathStep]
    final_answer: str
    _shown: int = PrivateAttr(default=0)


class Thought(BaseModel):
    thought: str
    action: Literal["search", "calculate", "finish"]
    argument: str | None
    _seen: dict[str, Any] = PrivateAttr(default_factory=dict)


class Trace(BaseModel):
    question: str
    thoughts: Annotated[list[Thought], Field(max_length=8)]
    answer: str | None = None


class Critique(BaseModel):
    draft: str
    problems: list[str] | None
    revised: Critique | None = None


CASES = (
    Case(
        "math answer",
        MathAnswer,
        """{"steps": [{"explanation": "Subtract 7 from both sides.", "output": "8x = -30"},
{"explanation": "Divide by 8.", "output": "x = -30 \\/ 8"}], "final_answer": "x = -3.75"}""",
    ),
    Case(
        "trace",
        Trace,
        '{"question":"How high is the tower?","thoughts":[{"thought":"I should look it up","action":"search",'
        '"argument":"tower height"},'
        '{"thought":"330 m","action":"finish","argument":null}],"answer":"330 m"}',
    ),
    Case(
        "critique",
        Critique,
        '{"draft": "A first try", "problems": ["too short", "no end"], "revised": {"draft": "A longer second try", '
        '"problems": [], '
        '"revised": {"draft": "Done", "problems": null, "revised": null}}}',
    ),
)
