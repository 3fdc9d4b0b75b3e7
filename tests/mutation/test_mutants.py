"""Which mutants are made of a module, and by which tests each is tried."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from .mutants import Mutant, difference, functions_in, mutants_of
from .trying import ENOUGH, Finder, Reach


def changes(source: str, directory: Path) -> list[str]:
    return [mutant.change for mutant in made_of(source, directory)]


def made_of(source: str, directory: Path) -> list[Mutant]:
    path = directory / "module.py"
    path.write_text(source, "utf-8")
    return mutants_of(path)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a < b: c", ["if a < b: → if False:", "if a < b: → if True:", "if a < b: → if a <= b:", "c → pass"]),
        ("while a: break", ["while a: → while False:", "break → continue"]),
        ("def f(): return a and b", ["return a and b → return None", "return a and b → return b", "return a and b → return a"]),
        ("x = not a", ["x = not a → x = a"]),
        ("x = a + 1", ["x = a + 1 → x = a - 1", "x = a + 1 → x = a + 2"]),
        ("x = a | b", ["x = a | b → x = a", "x = a | b → x = b"]),
        ("x = f(a, b=c)", ["x = f(a, b=c) → x = f(a)"]),
        ("x = a[b:]", ["x = a[b:] → x = a[:]"]),
        ("x = {a, b}", ["x = {a, b} → x = {b}", "x = {a, b} → x = {a}"]),
        ("x = True", ["x = True → x = False"]),
        ("def f(): self.x = a", ["self.x = a → pass"]),
        ("def f(): x = a", ["x = a → x = None"]),
        ("for a in b: c", ["for a in b: → for a in ():", "c → pass"]),
        ("try: a\nexcept B: c", ["a → pass", "except B: → except ():", "c → pass"]),
        ("'a docstring'\nx: 'int'\nassert a == 1\nimport b", []),
    ],
)  # fmt: skip
def test_the_changes_to_each_kind_of_code(source: str, expected: list[str], tmp_path: Path) -> None:
    """Each is made alone, and said as the statement before and after; what only type checkers read is left alone."""
    assert changes(source, tmp_path) == expected


def test_a_change_is_named_by_its_function(tmp_path: Path) -> None:
    """Nested functions belong to the outermost one; a default value shows as the module is imported."""
    source = "class A:\n    def b(self, c=1):\n        def d(): return 2\n        return d"
    assert [(each.function, each.runs_at_import) for each in made_of(source, tmp_path)] == [
        ("A.b", True),
        ("A.b", False),
        ("A.b", False),
        ("A.b", False),
    ]


def test_a_mutant_is_the_module_with_the_change(tmp_path: Path) -> None:
    """Compiled, it does what the changed text would do."""
    (mutant,) = made_of("x = 1", tmp_path)
    namespace: dict[str, int] = {}
    exec(mutant.code(), namespace)
    assert namespace["x"] == 2


def test_the_tests_that_reach_a_mutant_are_tried_the_quickest_first(tmp_path: Path) -> None:
    """The slowest are left out where all would take too long."""
    (mutant,) = made_of("x = 1", tmp_path)
    reach = Reach([ENOUGH / 2, 1, 2, ENOUGH / 2, 1], {(str(mutant.path), 1): {0, 1, 2, 3}, (str(mutant.path), 2): {4}})
    assert reach.tests_of(mutant) == [1, 2, 0]


def test_a_module_is_imported_from_changed_code() -> None:
    """It passes for the one in the file, which pytest asks it for."""
    finder = Finder(Path("package/module.py"), compile("x = 2", "module.py", "exec"))
    assert finder.find_spec("package.other", None) is None
    spec = finder.find_spec("package.module", None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    finder.exec_module(module)
    assert module.x == 2
    assert module.__file__ == str(Path("package/module.py").resolve())


def test_long_statements_are_cut() -> None:
    """Of a long statement what lies around the change is said."""
    before, after = difference("a" * 100 + "b" + "c" * 100, "a" * 100 + "c" * 100).split(" → ")
    assert before == "…" + "a" * 60 + "b" + "c" * 60 + "…"
    assert after == "…" + "a" * 60 + "c" * 60 + "…"


def test_functions_are_told_apart_by_what_they_do() -> None:
    """A comment changes none; a method goes by its class, and what is outside of all functions by no name."""
    before = functions_in("A = 1\nclass B:\n    c = 2\n    def d(self):\n        return 1\ndef e(): pass\n")
    after = functions_in("A = 1 # one\nclass B:\n    c = 3\n    def d(self):\n        return 2\ndef e(): pass\n")
    assert {name for name in after if before[name] != after[name]} == {"", "B.d"}
