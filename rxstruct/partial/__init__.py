"""Typed partials: a type's plan, and what snapshots become under it. No reactivex."""

from __future__ import annotations

from .annotations import Atomic, Gate
from .builder import PartialBuilder
from .plan import Plan, plan_for

__all__ = ["Atomic", "Gate", "PartialBuilder", "Plan", "plan_for"]
