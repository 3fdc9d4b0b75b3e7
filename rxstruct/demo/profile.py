"""What the demo asks for unless it is told otherwise: a model, and messages that even a small language model understands."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field

Line: TypeAlias = Annotated[str, Field(max_length=40)]


class UserProfile(BaseModel):
    """A person. The limits are for small language models, which without them may never end."""

    name: Line
    occupation: Line
    city: Line
    bio: Annotated[str, Field(min_length=40, max_length=240)]
    interests: Annotated[list[Line], Field(min_length=3, max_length=4)]


PROMPT = "Generate a profile for Alex Chen"

INSTRUCTION = (
    "You write user profiles as JSON. The bio is one sentence about what the person does and loves. "
    "The interests are three different hobbies."
)
EXAMPLE_PROMPT = "Generate a profile for Nora Lind"
EXAMPLE = {
    "name": "Nora Lind",
    "occupation": "Carpenter",
    "city": "Oslo",
    "bio": "Nora builds wooden boats by hand in a small workshop by the harbour and teaches children how to sail them.",
    "interests": ["Sailing", "Folk music", "Ice swimming"],
}


def messages(prompt: str) -> list[dict[str, Any]]:
    """The conversation that asks for a profile: an instruction, one example, and the prompt."""
    return [
        {"role": "system", "content": INSTRUCTION},
        {"role": "user", "content": EXAMPLE_PROMPT},
        {"role": "assistant", "content": json.dumps(EXAMPLE)},
        {"role": "user", "content": prompt},
    ]
