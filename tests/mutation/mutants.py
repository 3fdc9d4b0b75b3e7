"""Makes mutants: copies of a module that differ from it in one small thing.

Any of these in turn, wherever it stands: a condition that always or never holds, an operand of `and`, `or` or `|` left out, a
comparison or calculation turned round, a number, string or boolean changed, a statement left out, a result or a value replaced by
None, a named argument, a bound of a slice or an entry of a table left out, a loop that is not gone through, an exception that is
not caught. What only type checkers read is left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
CALCULATIONS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
}
BOUNDS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
FOR_TYPE_CHECKERS = {"__all__", "__slots__"}
CONTEXT = 60
"""How much of a long statement is shown on either side of what differs."""


Name: TypeAlias = tuple[str, str, str]
"""Of a mutant: its file, the function, the change."""


@dataclass(frozen=True)
class Mutant:
    """One change to a module, which can be made to its tree once."""

    path: Path
    function: str
    """The outermost function that it is in, by its qualified name; "" outside of all."""
    runs_at_import: bool
    """Whether it shows only as the module is imported: a table, a default value."""
    first_line: int
    last_line: int
    """Where the statement stands."""
    change: str
    tree: ast.Module
    holder: Any
    key: Any
    new: ast.AST

    @property
    def name(self) -> Name:
        """What tells it from all others, also after the code around it has changed."""
        return self.path.as_posix(), self.function, self.change

    def code(self) -> Any:
        """The changed module, compiled. (This changes the tree for good.)"""
        place(self.holder, self.key, self.new)
        return compile(ast.fix_missing_locations(self.tree), str(self.path.resolve()), "exec", dont_inherit=True)


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of a file, in the order of its lines."""
    tree = ast.parse(path.read_text("utf-8"))
    return list(Visitor(path, tree).module())


def functions_in(source: str) -> dict[str, str]:
    """The outermost functions of a module, by qualified name, and under "" all that is outside of them; without comments."""
    tree = ast.parse(source)
    functions = dict(_take_functions(tree, ()))
    return {**functions, "": ast.unparse(tree)}


def _take_functions(holder: ast.Module | ast.ClassDef, scopes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for node in list(holder.body):
        if isinstance(node, ast.FunctionDef):
            yield ".".join((*scopes, node.name)), ast.unparse(node)
            holder.body.remove(node)
        elif isinstance(node, ast.ClassDef):
            yield from _take_functions(node, (*scopes, node.name))


class Visitor:
    """Goes through a module, knowing of each node in which function and statement it is, and where it hangs."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self._path = path
        self._tree = tree
        self._scopes: list[str] = []
        self._function = ""
        self._runs_at_import = True
        self._statements: list[tuple[Any, Any, ast.AST]] = []

    def module(self) -> Iterator[Mutant]:
        yield from self._fields(self._tree)

    def _fields(self, node: ast.AST, without: tuple[str, ...] = ()) -> Iterator[Mutant]:
        for name, value in ast.iter_fields(node):
            if name in without:
                continue
            if isinstance(value, list):
                for index, child in enumerate(value):
                    if isinstance(child, ast.AST):
                        yield from self._visit(child, value, index, node, name)
            elif isinstance(value, ast.AST):
                yield from self._visit(value, node, name, node, name)

    def _visit(self, node: ast.AST, holder: Any, key: Any, parent: ast.AST, field: str) -> Iterator[Mutant]:
        if is_for_type_checkers(node, parent, field):
            return
        is_statement = isinstance(node, ast.stmt | ast.ExceptHandler)
        if is_statement:
            self._statements.append((holder, key, node))
        for new in replacements(node, parent, field, in_function=not self._runs_at_import):
            yield self._mutant(holder, key, new)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from self._inside(node)
        else:
            yield from self._fields(node)
        if is_statement:
            self._statements.pop()

    def _inside(self, node: ast.FunctionDef | ast.ClassDef) -> Iterator[Mutant]:
        outer = self._scopes, self._function, self._runs_at_import
        self._scopes = [*self._scopes, node.name]
        if isinstance(node, ast.FunctionDef):
            self._function = self._function or ".".join(self._scopes)
            yield from self._fields(node.args)
            self._runs_at_import = False
        for index, child in enumerate(node.body):
            yield from self._visit(child, node.body, index, node, "body")
        self._scopes, self._function, self._runs_at_import = outer

    def _mutant(self, holder: Any, key: Any, new: ast.AST) -> Mutant:
        where, at, statement = self._statements[-1]
        before = header(statement)
        old = place(holder, key, new)
        ast.copy_location(new, old)
        after = header(where[at] if isinstance(where, list) else getattr(where, at))
        place(holder, key, old)
        return Mutant(
            path=self._path,
            function=self._function,
            runs_at_import=self._runs_at_import,
            first_line=getattr(statement, "lineno", 0),
            last_line=last_line_of_header(statement),
            change=difference(before, after),
            tree=self._tree,
            holder=holder,
            key=key,
            new=new,
        )


def place(holder: Any, key: Any, new: ast.AST) -> ast.AST:
    """Hang `new` where another node was, which is returned."""
    old: ast.AST
    if isinstance(holder, list):
        old, holder[key] = holder[key], new
    else:
        old = getattr(holder, key)
        setattr(holder, key, new)
    return old


def is_for_type_checkers(node: ast.AST, parent: ast.AST, field: str) -> bool:
    """Whether nothing but a type checker, or a reader, has use for a node."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) if name in FOR_TYPE_CHECKERS:
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.ClassDef(bases=bases) if any("Protocol" in ast.unparse(base) for base in bases):
            return True
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "cast":
        return node is parent.args[0]
    return field in ("annotation", "returns", "decorator_list", "type_comment")


def replacements(node: ast.AST, parent: ast.AST, field: str, *, in_function: bool) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    is_condition = isinstance(parent, ast.If | ast.IfExp | ast.While) and field == "test"
    if is_condition or (isinstance(parent, ast.comprehension) and field == "ifs"):
        yield ast.Constant(False)
        if not isinstance(parent, ast.While):
            yield ast.Constant(True)
        is_condition = True
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                if not is_condition or isinstance(operator, BOUNDS):
                    changed = copy.copy(node)
                    changed.ops = [*ops[:index], COMPARISONS[type(operator)](), *ops[index + 1 :]]
                    yield changed
        case ast.BoolOp(op=operator, values=values):
            for rest in without_one(values):
                yield rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand) if not is_condition:
            yield operand
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from (left, right)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in CALCULATIONS:
            yield ast.BinOp(left, CALCULATIONS[type(operator)](), right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value):
            yield ast.Constant(value + "XX")
        case ast.Slice(lower=lower, upper=upper, step=step):
            if lower is not None:
                yield ast.Slice(None, upper, step)
            if upper is not None:
                yield ast.Slice(lower, None, step)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            for rest in without_one(keywords):
                yield ast.Call(function, arguments, rest)
        case ast.Lambda(args=arguments, body=body) if not is_none(body):
            yield ast.Lambda(arguments, ast.Constant(None))
        case ast.Dict(keys=names, values=values) if len(names) > 1:
            for index in range(len(names)):
                yield ast.Dict([*names[:index], *names[index + 1 :]], [*values[:index], *values[index + 1 :]])
        case ast.Set(elts=elements) if len(elements) > 1:
            yield from (ast.Set(rest) for rest in without_one(elements))
        case ast.Tuple(elts=elements, ctx=ast.Load()) | ast.List(elts=elements, ctx=ast.Load()):
            is_table = not in_function or isinstance(parent, ast.Compare | ast.ExceptHandler)
            if is_table and len(elements) > 1:
                yield from (type(node)(rest, ast.Load()) for rest in without_one(elements))
        case ast.ExceptHandler(type=ast.AST()):
            yield ast.ExceptHandler(ast.Tuple([], ast.Load()), node.name, node.body)
        case ast.For():
            empty = copy.copy(node)
            empty.iter = ast.Tuple([], ast.Load())
            yield empty
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield from (ast.Break(), ast.Pass())
        case ast.Raise() | ast.Delete() | ast.Expr():
            yield ast.Pass()
        case ast.Return(value=ast.AST() as value) if not is_none(value) and not is_boolean(value):
            yield ast.Return(ast.Constant(None))
        case ast.AugAssign(target=target, op=operator, value=value):
            yield ast.Pass()
            if type(operator) in CALCULATIONS:
                yield ast.AugAssign(target, CALCULATIONS[type(operator)](), value)
        case ast.Assign(targets=[target], value=value) if in_function:
            yield from without_assignment(node, target, value)
        case ast.AnnAssign(target=target, value=ast.AST() as value) if in_function:
            yield from without_assignment(node, target, value)


def without_one(parts: list[Any]) -> Iterator[list[Any]]:
    for index in range(len(parts)):
        yield [*parts[:index], *parts[index + 1 :]]


def without_assignment(node: Any, target: ast.expr, value: ast.expr) -> Iterator[ast.AST]:
    """What is assigned to a name becomes None; an attribute or item stays what it was."""
    if not isinstance(target, ast.Name):
        yield ast.Pass()
    elif not is_none(value):
        changed = copy.copy(node)
        changed.value = ast.Constant(None)
        yield changed


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def is_boolean(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def header(statement: ast.AST) -> str:
    """A statement on one line; of one that holds others, its beginning."""
    shown: Any = copy.copy(statement)
    for name in ("body", "orelse", "finalbody", "handlers", "decorator_list"):
        if getattr(shown, name, None):
            setattr(shown, name, [ast.Expr(ast.Constant(...))] if name == "body" else [])
    if isinstance(shown, ast.Try):
        return "try:"
    return " ".join(ast.unparse(ast.fix_missing_locations(shown)).removesuffix("...").split())


def last_line_of_header(statement: ast.AST) -> int:
    body = getattr(statement, "body", None)
    last: int = getattr(statement, "end_lineno", 0)
    return max(getattr(statement, "lineno", 0), body[0].lineno - 1) if body else last


def difference(before: str, after: str) -> str:
    """What is said of a change: the statement before and after, and of a long one what lies around the change."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return f"{excerpt(before, start, end)} → {excerpt(after, start, end)}"


def excerpt(text: str, start: int, end: int) -> str:
    left = max(start - CONTEXT, 0)
    right = min(len(text) - end + CONTEXT, len(text))
    return "…" * (left > 0) + text[left:right] + "…" * (right < len(text))
