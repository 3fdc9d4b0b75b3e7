"""A profile that is printed at each update: the pull style and the reactive style, side by side.

It runs offline, on a text that stands in for a model's answer. With a model, `answer()` is one line:
`rxs.from_openai(OpenAI(), response_model=UserProfile, model=…, messages=…)`.
"""

from __future__ import annotations

from pydantic import BaseModel

import rxstruct as rxs


class UserProfile(BaseModel):
    name: str
    bio: str
    interests: list[str]


def answer() -> rxs.Stream[str]:
    return rxs.replay('{"name": "Alex Chen", "bio": "Builds bridges.", "interests": ["stone", "steel"]}', cuts=16)


def profiles() -> rxs.Stream[UserProfile]:
    return answer().pipe(rxs.accumulate_json(), rxs.to_partial(UserProfile))


def pull() -> None:
    for profile in profiles():
        if hasattr(profile, "name"):
            print("name:", profile.name)
        if hasattr(profile, "interests"):
            print("interests:", ", ".join(profile.interests))


def react() -> None:
    profiles().pipe(rxs.distinct_fields("name", "interests")).subscribe(print)


if __name__ == "__main__":
    print("-- pull")
    pull()
    print("-- react")
    react()
