"""Sphinx reads this; the pages are Markdown, and nothing is fetched from another host, at build time or by a reader."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "rxstruct"
copyright = "the rxstruct authors"
extensions = ["myst_parser", "reference_pages", "storyboard_directive"]
exclude_patterns = ["assets"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_fence_as_directive = ["storyboard"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "rxstruct"
html_show_sphinx = False
html_static_path = ["assets"]
html_css_files = ["storyboards.css"]
