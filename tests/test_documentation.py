"""What the documentation shows is so: its Python runs, and its storyboards play."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rxstruct.testing import storyboard
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(python|storyboard)[ ]?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)

PROFILE = {
    "name": "Alex Chen",
    "bio": "Paints what the sea leaves on the beach.",
    "interests": ["tides", "ultramarine"],
}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real client, as the pages make it, talks to a server on loopback that writes a profile."""
    with LoopbackServer(respond=lambda request: answer(PROFILE)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        yield


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_runs(page: Path) -> None:
    """The Python of a page runs from top to bottom, its doctests print what is shown, its storyboards pass."""
    namespace: dict[str, Any] = {"__name__": page.stem}
    text = page.read_text("utf-8")
    for block in FENCE.finditer(text):
        language, operators, code = block.groups()
        line = text.count("\n", 0, block.start()) + 1
        if language == "storyboard":
            storyboard(code, *evaluate_all(operators, namespace))
        elif code.startswith(">>>"):
            run_doctest(code, namespace, page, line)
        else:
            exec(compile("\n" * line + code, page, "exec", dont_inherit=True), namespace)


def evaluate_all(operators: str, namespace: dict[str, Any]) -> tuple[Any, ...]:
    result: tuple[Any, ...] = eval(f"({operators},)", namespace)
    return result


def run_doctest(code: str, namespace: dict[str, Any], page: Path, line: int) -> None:
    example = doctest.DocTestParser().get_doctest(code, namespace, page.name, str(page), line)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append, clear_globs=False)
    namespace.update(example.globs)
    assert not said, "".join(said)


def test_examples_are_found() -> None:
    """The pages have examples, and this test sees them."""
    found = [block[1] for page in PAGES for block in FENCE.finditer(page.read_text("utf-8"))]
    assert found.count("python") >= 8
    assert found.count("storyboard") >= 2
