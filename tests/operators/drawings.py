"""The storyboards that operators' docstrings show, so that the documentation is what is tested."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any


def drawing(operator: Callable[..., Any]) -> str:
    """The storyboard in an operator's docstring."""
    found = re.search(r"```storyboard\n(.*?)```", inspect.getdoc(operator) or "", re.DOTALL)
    assert found is not None, f"{operator.__name__} has no storyboard in its docstring"
    return found.group(1)
