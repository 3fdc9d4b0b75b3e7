"""What tests of streamed JSON need: storyboards, every way of cutting a text, the loopback server."""

from __future__ import annotations

from .cuts import every_cut
from .storyboards import StoryboardInvalid, draw, storyboard

__all__ = ["StoryboardInvalid", "draw", "every_cut", "storyboard"]
