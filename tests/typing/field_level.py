"""Field-level operators and one-liners infer, or take the type that `of` states."""

from __future__ import annotations

from typing import Any, assert_type

from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from reactivex import Observable

import rxstruct as rxs
from rxstruct import EACH, Change, JsonSnapshot, Progress, Stream


class User(BaseModel):
    name: str
    tags: list[str]


def values_have_the_stated_type(users: Stream[User]) -> None:
    assert_type(users.pipe(rxs.field("name", of=str)), Stream[str])
    assert_type(users.pipe(rxs.completed("tags", of=list[str])), Stream[list[str]])
    assert_type(users.pipe(rxs.elements("tags", of=str)), Stream[str])
    assert_type(users.pipe(rxs.elements("sections", EACH, "points", of=User)), Stream[User])
    assert_type(users.pipe(rxs.field("name")), Stream[Any])


def text_and_changes_have_their_own(users: Stream[User]) -> None:
    assert_type(users.pipe(rxs.text("name")), Stream[str])
    assert_type(users.pipe(rxs.changes()), Stream[Change])


def chains_infer(deltas: Observable[str]) -> None:
    assert_type(
        deltas.pipe(rxs.accumulate_json(), rxs.to_partial(User), rxs.distinct_fields("name"), rxs.throttle_latest(0.1)),
        Stream[User],
    )
    assert_type(deltas.pipe(rxs.accumulate_json(), rxs.to_partial(User), rxs.progress()), Stream[Progress[User]])
    assert_type(deltas.pipe(rxs.accumulate_json(), rxs.progress(total=3)), Stream[Progress[JsonSnapshot]])
    assert_type(deltas.pipe(rxs.accumulate_json_lines(), rxs.elements(of=User)), Stream[User])


def one_liners(client: OpenAI, async_client: AsyncOpenAI) -> None:
    assert_type(rxs.partials(client, User, model="m", messages=[]), Stream[User])
    assert_type(rxs.partials(async_client, list[User], model="m", messages=[]), Stream[list[User]])
    assert_type(rxs.each(client, User, model="m", messages=[]), Stream[User])
    assert_type(rxs.partials(client, User, model="m", messages=[]).final(), User)
    for user in rxs.partials(client, User, model="m", messages=[]):
        assert_type(user, User)
