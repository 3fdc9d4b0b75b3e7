"""What `ask` and `attempts` give, as type checkers see it."""

from __future__ import annotations

from typing import assert_type

from openai import OpenAI
from pydantic import BaseModel, TypeAdapter
from reactivex import Observable
from reactivex import operators as ops

import rxstruct as rxs


class User(BaseModel):
    name: str


def partials_of_the_model(client: OpenAI) -> None:
    users = rxs.ask(client, User, messages=[], on_invalid="repair", checks={"name": print}, model="any")
    assert_type(users, rxs.Stream[User])
    assert_type(users.final(), User)
    assert_type(rxs.ask(client, TypeAdapter(list[User]), messages=[]), rxs.Stream[list[User]])


def name_of(user: User) -> str:
    return user.name


def names(attempt: rxs.Attempt[User]) -> Observable[str]:
    return attempt.pipe(ops.map(name_of))


def attempts_are_streams_of_partials(client: OpenAI) -> None:
    tries = rxs.attempts(client, User, messages=[])
    assert_type(tries, rxs.Stream[rxs.Attempt[User]])
    assert_type(tries.pipe(ops.switch_map(names)), Observable[str])
