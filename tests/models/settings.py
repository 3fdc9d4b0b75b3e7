"""Settings: strict types, secrets, addresses."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    PostgresDsn,
    SecretBytes,
    SecretStr,
    StrictBool,
    StrictInt,
    field_validator,
)

from .registry import Case


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)

    host: IPv4Address
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = 8080
    tls: StrictBool = True
    allowed: list[IPvAnyNetwork] = []


class Credentials(BaseModel):
    user: str
    password: SecretStr
    key: SecretBytes | None = None


class Settings(BaseModel):
    model_config = ConfigDict(str_max_length=200)

    server: Server
    credentials: Credentials
    database: PostgresDsn
    cache: ByteSize = ByteSize(1024)
    level: Literal["debug", "info"] = "info"

    @field_validator("level", mode="before")
    @classmethod
    def any_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level


CASES = (
    Case(
        "settings",
        Settings,
        """{"server": {"host": "127.0.0.1", "port": 443, "allowed": ["10.0.0.0/8", "::1/128"]},
 "credentials": {"user": "app", "password": "s\\u00e9cret", "key": "k"},
 "database": "postgres://app@localhost:5432/main", "cache": "2MiB", "level": "DEBUG"}""",
    ),
)
