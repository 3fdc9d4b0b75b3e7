"""The state that an error carries is typed."""

from __future__ import annotations

from typing import assert_type

from pydantic import BaseModel

from rxstruct.errors import FieldInvalid, RxStructError, Truncated
from rxstruct.typing import Path


class User(BaseModel):
    name: str


def partial_as_gives_the_model(error: RxStructError) -> None:
    assert_type(error.partial_as(User), User | None)
    assert_type(error.closed_paths, list[Path])


def with_state_keeps_the_kind_of_error(error: Truncated) -> None:
    assert_type(error.with_state(partial=None), Truncated)


def a_field_error_has_a_path(error: FieldInvalid) -> None:
    assert_type(error.path, Path)
