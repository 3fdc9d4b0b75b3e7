"""The incremental core: characters in, state out. No I/O, no reactivex, no pydantic."""

from __future__ import annotations

from .document import JsonDocument
from .snapshot import JsonSnapshot

__all__ = ["JsonDocument", "JsonSnapshot"]
