"""The page on what is promised names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "promises.md"
LINK = re.compile(r"\[`(\w+)`\]\(([^)]+)\)")
LINKS = LINK.findall(PAGE.read_text("utf-8"))


@cache
def functions(path: Path) -> dict[str, str | None]:
    """The functions of a file, with their docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    return {each.name: ast.get_docstring(each) for each in tree.body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize(("name", "path"), LINKS, ids=[name for name, _ in LINKS])
def test_every_test_that_is_named_exists(name: str, path: str) -> None:
    """Each link leads to a file that has that test, whose docstring says what it proves."""
    file = (PAGE.parent / path).resolve()
    assert file.is_relative_to(ROOT / "tests")
    assert name.startswith("test_")
    assert functions(file).get(name), f"{path} has no {name}, or it has no docstring"


def test_the_security_policy_leads_somewhere() -> None:
    """The files that the security policy links to are there, the page on limits among them."""
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "SECURITY.md").read_text("utf-8"))
    assert {"docs/limits.md", "docs/promises.md"} <= set(links)
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_every_promise_names_a_test() -> None:
    """No item of the page is without a test, and all that always holds is there."""
    text = PAGE.read_text("utf-8").partition("## What has been tried")[0]
    items = re.findall(r"^- (?:.+\n)(?:  .+\n)*", text, re.MULTILINE)
    assert [item for item in items if not LINK.search(item)] == []
    assert re.findall(r"^\*\*(\d)\. ", text, re.MULTILINE) == list("12345678")
    assert len(set(LINKS)) > 60
