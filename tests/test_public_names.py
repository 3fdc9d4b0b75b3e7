"""What can be imported from the top."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rxstruct


def names_for_type_checkers() -> dict[str, str]:
    tree = ast.parse(Path(rxstruct.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in guarded.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: f".{node.module}" for node in imports for alias in node.names}


def test_the_three_lists_agree() -> None:
    """Type checkers, people and the interpreter are told of the same names, in the same places."""
    assert names_for_type_checkers() == rxstruct.HOMES
    assert sorted(rxstruct.HOMES) == sorted(rxstruct.__all__) == sorted(dir(rxstruct))


@pytest.mark.parametrize("name", rxstruct.__all__)
def test_each_name_is_there(name: str) -> None:
    """Every public name can be imported."""
    assert getattr(rxstruct, name) is not None


def test_a_name_that_is_not_there() -> None:
    """Another name is refused as in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'to_partials'"):
        rxstruct.to_partials  # noqa: B018


def test_importing_is_cheap() -> None:
    """`import rxstruct` alone loads neither pydantic nor reactivex, let alone openai."""
    heavy = "{'pydantic', 'reactivex', 'openai'}"
    program = f"import sys, rxstruct; print(*({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "\n"
