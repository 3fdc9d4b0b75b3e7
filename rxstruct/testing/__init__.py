"""What tests of streamed JSON need: storyboards, every way of cutting a text, the loopback server."""

from __future__ import annotations

from .cuts import every_cut
from .marbles import MarbleDiagram, to_marbles
from .storyboards import StoryboardInvalid, draw, storyboard

__all__ = ["MarbleDiagram", "StoryboardInvalid", "draw", "every_cut", "storyboard", "to_marbles"]
