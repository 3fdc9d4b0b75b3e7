"""Imports go downward only, and `import rxstruct` stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "rxstruct"

# From the ground up; parts of one layer do not import one another. Any other top-level module is a one-liner.
LAYERS: list[set[str]] = [
    {"errors"},
    {"typing"},
    {"options"},
    {"limits"},
    {"incremental"},
    {"partial"},
    {"attaching"},
    {"policy"},
    {"iteration"},
    {"audience"},
    {"stream"},
    {"operators", "sources", "sinks"},
    {"one-liners"},
    {"testing"},
    {"demo", "cli", "__main__"},
]
MAY_IMPORT_EACH_OTHER = [{"errors", "typing"}, {"one-liners"}, {"demo", "cli", "__main__"}]

# The libraries that each part may use as it is imported; functions may import more, where only they need it.
LIBRARIES: dict[str, set[str]] = {
    "errors": set(),
    "typing": set(),
    "options": set(),
    "limits": set(),
    "incremental": set(),
    "partial": {"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"},
    "attaching": {"reactivex"},
    "policy": {"reactivex"},
    "iteration": {"reactivex"},
    "audience": {"reactivex"},
    "stream": {"reactivex"},
    "operators": {"pydantic", "reactivex", "typing_extensions"},
    "sources": {"jiter", "pydantic", "reactivex", "typing_extensions"},
    "sinks": {"pydantic", "reactivex", "typing_extensions"},
    "one-liners": {"pydantic", "reactivex", "typing_extensions"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(dotted: tuple[str, ...]) -> str:
    """The part of the house that a module of the package belongs to: `("operators", "text")` to `operators`."""
    named = set().union(*LAYERS)
    return dotted[0] if dotted and dotted[0] in named else "one-liners"


def layer_of(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def allowed(importer: str, imported: str) -> bool:
    if importer == imported or any({importer, imported} <= group for group in MAY_IMPORT_EACH_OTHER):
        return True
    return layer_of(imported) < layer_of(importer)


def imports(tree: ast.AST, *, inside_functions: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that can run; those under `if TYPE_CHECKING` never do."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not inside_functions:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        yield from imports(node, inside_functions=inside_functions)


def targets(node: ast.Import | ast.ImportFrom, module: Path) -> Iterator[tuple[str, ...]]:
    """The absolute dotted names that one import statement of `module` asks for."""
    if isinstance(node, ast.Import):
        yield from (tuple(alias.name.split(".")) for alias in node.names)
        return
    base = tuple(node.module.split(".")) if node.module else ()
    if node.level:
        package = ("rxstruct", *module.relative_to(PACKAGE).with_suffix("").parts)
        base = package[: len(package) - node.level] + base
    # `from . import errors` names a module where `from .errors import Truncated` names something inside one.
    yield from ((*base, alias.name) for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downward(module: Path) -> None:
    """A module imports only parts of the house below its own, and only the libraries of its own layer."""
    part = part_of(module.relative_to(PACKAGE).with_suffix("").parts)
    tree = ast.parse(module.read_text("utf-8"))
    for node in imports(tree, inside_functions=True):
        for target in targets(node, module):
            if target[0] == "rxstruct":
                assert allowed(part, part_of(target[1:])), (
                    f"{module.name}:{node.lineno} imports upward: {'.'.join(target)}"
                )
    for node in imports(tree, inside_functions=False):
        for target in targets(node, module):
            if part in LIBRARIES and target[0] not in sys.stdlib_module_names | {"rxstruct"}:
                assert target[0] in LIBRARIES[part], f"{module.name}:{node.lineno}: {part} may not import {target[0]}"


@pytest.mark.parametrize(
    ("importer", "imported", "expected"),
    [
        ("operators", "partial", True),
        ("operators", "operators", True),
        ("operators", "sources", False),
        ("incremental", "partial", False),
        ("typing", "errors", True),
        ("testing", "one-liners", True),
        ("one-liners", "testing", False),
    ],
)
def test_the_direction_rule_itself(importer: str, imported: str, expected: bool) -> None:
    """The rule knows below from above and beside, so that the test over the package can fail."""
    assert allowed(importer, imported) is expected


def test_import_is_light() -> None:
    """`import rxstruct` brings in neither openai nor any library for screens, servers or tests."""
    heavy = ["openai", "httpx2", "rich", "starlette", "uvicorn", "fastapi", "hypothesis", "pytest", "xllamacpp"]
    code = f"import sys, rxstruct; print(*[name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert ran.stdout.split() == []
