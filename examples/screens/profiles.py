"""What the examples in this folder show: a profile, as a small language model once wrote it. It needs no network."""

from __future__ import annotations

from pydantic import BaseModel

import rxstruct as rxs
from rxstruct.testing.recordings import path_of

SPEED = 1.0


class Profile(BaseModel):
    name: str
    occupation: str
    city: str
    bio: str
    interests: list[str]


def profiles() -> rxs.Stream[Profile]:
    recording = rxs.from_recording(path_of("smollm2_profile.jsonl"), speed=SPEED)
    return recording.pipe(rxs.accumulate_json(), rxs.to_partial(Profile), rxs.throttle_latest(0.05 / SPEED))


def as_markdown(profile: Profile) -> str:
    """What there is of a profile."""
    title = f"## {rxs.get(profile, 'name', default='…')}"
    interests = "".join(f"\n- {interest}" for interest in rxs.get(profile, "interests", default=[]))
    return f"{title}\n\n{rxs.get(profile, 'bio', default='')}\n{interests}"
