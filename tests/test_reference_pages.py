"""The reference is made of the docstrings, whole and readable."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import rxstruct


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    """The documentation's own extension, which is no package."""
    path = Path(__file__).parent.parent / "docs" / "extensions" / "reference_pages.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_function_and_class_has_a_page(extension: ModuleType) -> None:
    """What `rxstruct` exports is in the reference, in the group of the part that it comes from."""
    pages = {Path(path).stem: path for path in extension.pages()}
    for name in getattr(rxstruct, "__all__", []):
        thing = getattr(rxstruct, name)
        if isinstance(thing, type) or hasattr(thing, "__code__"):
            assert name in pages
            if thing.__module__.startswith("rxstruct.operators."):
                assert pages[name] == f"operators/{name}.md"
    assert pages["storyboard"] == "testing/storyboard.md"


def test_sections_become_markdown(extension: ModuleType) -> None:
    """Google's sections are headings, lists and code; what is emitted, completed and raised is set apart."""
    docstring = (
        "One sentence.\n\n```storyboard\nrow  -a|\n```\n\nExample:\n    >>> 1 + 1\n    2\n\n"
        "Args:\n    first: what it is,\n        in two lines.\n    *rest: the `others`: all.\n\n"
        "Emits items.\nCompletes with\nthe source.\nErrors: none."
    )
    assert extension.markdown(docstring) == (
        "One sentence.\n\n```storyboard\nrow  -a|\n```\n\n**Example**\n\n```python\n>>> 1 + 1\n2\n```\n\n"
        "**Args**\n\n- `first`: what it is,\n  in two lines.\n- `*rest`: the `others`: all.\n\n"
        "**Emits** items.\n\n**Completes** with\nthe source.\n\n**Errors:** none."
    )


def short(first: int, *, option: str = "x") -> bool:
    return bool(first and option)


def long(
    self: Any, *paths: str, scheduler_of_the_operator: int | None = None, another_option: int = 3, **request: Any
) -> None:
    del self, paths, scheduler_of_the_operator, another_option, request


def test_signatures_read_like_code(extension: ModuleType) -> None:
    """A short signature is one line, a long one has a line for each parameter; `self` is left out."""
    assert extension.signature("short", short) == "short(first: int, *, option: str = 'x') -> bool"
    assert extension.signature("long", long) == (
        "long(\n    *paths: str,\n    scheduler_of_the_operator: int | None = None,\n    another_option: int = 3,\n"
        "    **request: Any,\n) -> None"
    )


def test_a_page_says_how_to_import(extension: ModuleType) -> None:
    """A page begins with the name, how it is imported and how it is called."""
    page = extension.page("rxstruct.testing", "short", short)
    assert page.startswith("# short\n\n```python\nfrom rxstruct.testing import short\n\nshort(first: int")
