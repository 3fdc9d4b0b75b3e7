"""What one case is: a type that somebody would ask a language model for, and a document that fits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, repr=False)
class Case:
    """`type` is anything that `TypeAdapter` takes; `document` is one valid JSON text of it.

    `changed_by_owner` names the fields of which a validator of the whole value, or of the model that holds it, changes what had
    closed before.
    """

    name: str
    type: Any
    document: str
    context: Any = None
    changed_by_owner: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return self.name
