"""Row "number, bool, None, Literal, Enum, …, any other scalar": absent while open, validated on close."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import pytest
from pydantic import (
    AnyUrl,
    Base64Bytes,
    BaseModel,
    ByteSize,
    Field,
    HttpUrl,
    Json,
    SecretBytes,
    SecretStr,
    create_model,
)

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import run


class Colour(Enum):
    RED = "red"
    REDDISH = "reddish"


class Point(NamedTuple):
    x: float
    y: float


class Account(BaseModel):
    balance: int
    active: bool
    plan: Literal["pro", "professional"]
    note: None


def test_numbers_and_literals_show_once_closed() -> None:
    """`12` of `1234` and `pro` of `professional` are never shown; a number closes at what follows it."""
    storyboard(
        """
        deltas   --a--b--c--d--e--|
        partial  --v-----x--y--z--|

        a  {"balance":12
        b  34
        c  ,"active":true,"plan":"pro
        d  fessional"
        e  ,"note":null}
        v  {}
        x  {"balance": 1234, "active": true}
        y  {"balance": 1234, "active": true, "plan": "professional"}
        z  {"balance": 1234, "active": true, "plan": "professional", "note": null}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Account),
    )


SCALARS: dict[str, tuple[Any, str]] = {
    "int": (int, "-12"),
    "float": (float, "1.5e3"),
    "bool": (bool, "true"),
    "None": (None, "null"),
    "constrained int": (Annotated[int, Field(gt=3, lt=9, multiple_of=2)], "6"),
    "Literal": (Literal["a", "ab"], '"ab"'),
    "Literal of several types": (Literal[1, "1", True, None], '"1"'),
    "Enum": (Colour, '"reddish"'),
    "date": (date, '"2024-02-29"'),
    "time": (time, '"23:59:59.5"'),
    "datetime": (datetime, '"2024-02-29T12:00:00+01:00"'),
    "datetime of a number": (datetime, "1700000000"),
    "timedelta": (timedelta, '"P1DT2H"'),
    "UUID": (UUID, '"12345678-1234-5678-1234-567812345678"'),
    "Decimal": (Decimal, '"1.10"'),
    "Decimal of a number": (Decimal, "1.10"),
    "URL": (HttpUrl, '"https://example.org"'),
    "any URL": (AnyUrl, '"urn:isbn:1"'),
    "bytes": (bytes, '"b\\u00e9"'),
    "base64": (Base64Bytes, '"aGk="'),
    "SecretStr": (SecretStr, '"hush"'),
    "SecretBytes": (SecretBytes, '"hush"'),
    "Json": (Json, '"[1, {}]"'),
    "typed Json": (Json[list[int]], '"[1, 2]"'),
    "NamedTuple": (Point, "[1, 2.5]"),
    "IP address": (IPv4Address, '"127.0.0.1"'),
    "path": (Path, '"a/b"'),
    "size": (ByteSize, '"1 KiB"'),
    "complex": (complex, '"1+2j"'),
}


@pytest.mark.parametrize(("kind", "value"), SCALARS.values(), ids=SCALARS)
def test_a_scalar_is_absent_until_it_has_closed(kind: Any, value: str) -> None:
    """Character by character, the field is absent to the end of its text, and then is what pydantic makes of it."""
    model = create_model("Holder", value=(kind, ...), after=(str, ""))
    text = f'{{"value":{value},"after":"x"}}'
    is_number = value[-1].isdigit()  # which closes at the character after it
    closed_at = text.index(',"after"') + is_number
    items, _, _, snapshots = run(model, text)
    expected = model.model_validate_json(text)
    for item, snapshot in zip(items, snapshots, strict=True):
        shown = snapshot.position >= closed_at
        assert hasattr(item, "value") is shown, (snapshot.text, value)
        if shown:
            assert item.value == expected.value
            assert type(item.value) is type(expected.value)
    assert items[-1] == expected


@pytest.mark.parametrize(("kind", "value"), SCALARS.values(), ids=SCALARS)
def test_a_scalar_may_be_the_root(kind: Any, value: str) -> None:
    """A scalar on its own is one item, at its end."""
    items, error, *_ = run(kind, value)
    assert error is None
    assert len(items) == 1
    assert type(items[0]) is type(
        run(create_model("Holder", value=(kind, ...)), f'{{"value":{value}}}').items[-1].value
    )


def test_a_secret_is_not_told() -> None:
    """An invalid secret is not quoted by the error."""

    class Login(BaseModel):
        password: Annotated[SecretStr, Field(min_length=12)]

    error = run(Login, ['{"password":"hunter2"}']).error
    assert type(error) is rxs.FieldInvalid
    assert "hunter2" not in str(error)
    assert "hunter2" not in repr(error)
