"""A cell of a Jupyter notebook, which redraws what it shows: `ipython examples/screens/notebook.py`."""

from __future__ import annotations

from IPython.display import Markdown, display
from profiles import as_markdown, profiles

shown = display(Markdown("…"), display_id=True)
for profile in profiles():
    shown.update(Markdown(as_markdown(profile)))
