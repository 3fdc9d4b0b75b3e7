"""Sphinx reads this; the pages are Markdown, and nothing is fetched from another host, at build time or by a reader."""

from __future__ import annotations

project = "rxstruct"
copyright = "the rxstruct authors"
extensions = ["myst_parser"]
exclude_patterns = ["assets", "extensions"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "rxstruct"
html_show_sphinx = False
