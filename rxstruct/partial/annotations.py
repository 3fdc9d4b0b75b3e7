"""What an author can say about how a field streams: `Annotated[T, Atomic]`, `Annotated[T, Gate]`."""

from __future__ import annotations

from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

MARK: Final = "rxstruct"
"""The key of our note in a core schema's metadata."""


class _Annotation:
    """A note on a type. It becomes a chain of one step around the type's schema, which pydantic takes for the step itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.chain_schema([handler(source)], metadata={MARK: self._name})

    def __repr__(self) -> str:
        return self._name.capitalize()


Atomic: Final = _Annotation("atomic")
"""Hidden until it has closed, whatever its type: `Annotated[str, rxs.Atomic]`."""

Gate: Final = _Annotation("gate")
"""The object that holds this field is hidden until this field has closed: `Annotated[str, rxs.Gate]`."""
