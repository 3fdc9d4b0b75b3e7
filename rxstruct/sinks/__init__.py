"""Where streams end: on screens and in other processes."""

from __future__ import annotations

from .json_patches import json_patches

__all__ = ["json_patches"]
