"""Chats and support conversations: unions within unions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from .registry import Case


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class ImagePart(BaseModel):
    type: Literal["image_url"]
    image_url: dict[Literal["url", "detail"], str]


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class UserMessage(BaseModel):
    role: Literal["user"]
    content: str | list[Part]
    at: datetime | None = None


class PlainAnswer(BaseModel):
    role: Literal["assistant"]
    format: Literal["plain"]
    content: str


class RichAnswer(BaseModel):
    role: Literal["assistant"]
    format: Literal["rich"]
    parts: list[Part]
    follow_up: list[str] = []


AssistantMessage = Annotated[PlainAnswer | RichAnswer, Field(discriminator="format")]
Message = Annotated[UserMessage | AssistantMessage, Field(discriminator="role")]


class Conversation(BaseModel):
    topic: str
    messages: list[Message]
    resolved: bool | None = None


CASES = (
    Case(
        "conversation",
        Conversation,
        """{"topic": "Broken lamp", "messages": [
 {"role": "user", "content": "It is dark.", "at": "2024-01-01T10:00:00Z"},
 {"role": "assistant", "format": "plain", "content": "Have you tried light?"},
 {"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url",
  "image_url": {"url": "https://example.org/1.png"}}]},
 {"format": "rich", "role": "assistant", "parts": [{"text": "Oh.", "type": "text"}], "follow_up": ["Refund?"]}],
 "resolved": false}""",
    ),
)
