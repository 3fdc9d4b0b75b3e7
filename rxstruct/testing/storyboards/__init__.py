"""Storyboards: letters carry time, a legend carries content; one text is the test, the docstring and the drawing."""

from __future__ import annotations

from .drawing import draw
from .parser import StoryboardInvalid
from .storyboard import storyboard

__all__ = ["StoryboardInvalid", "draw", "storyboard"]
