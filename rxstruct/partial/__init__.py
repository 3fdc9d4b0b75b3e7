"""Typed partials: a type's plan, and what snapshots become under it. No reactivex."""

from __future__ import annotations

from .access import attempt_of, closed_fields, dump, get, is_closed, snapshot_of
from .annotations import Atomic, Gate
from .builder import PartialBuilder
from .plan import Plan, plan_of

__all__ = [
    "Atomic",
    "Gate",
    "PartialBuilder",
    "Plan",
    "attempt_of",
    "closed_fields",
    "dump",
    "get",
    "is_closed",
    "plan_of",
    "snapshot_of",
]
