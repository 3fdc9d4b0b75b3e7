"""The incremental core: characters in, state out. No I/O, no reactivex, no pydantic."""

from __future__ import annotations

from .document import DuplicateKeys, JsonDocument, Locate
from .snapshot import JsonSnapshot

__all__ = ["DuplicateKeys", "JsonDocument", "JsonSnapshot", "Locate"]
