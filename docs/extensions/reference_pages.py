"""Sphinx extension: writes `docs/reference/` from the docstrings of everything that is public.

What is public is what `__all__` says, of `rxstruct` and of the packages that are imported by their own names. A docstring is
Markdown with Google's sections (`Args:`, `Raises:`, …); a page is written only if it changes, so that a second build is quick.
"""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_overloads

from sphinx.application import Sphinx

PACKAGES = (
    "rxstruct",
    "rxstruct.sources",
    "rxstruct.sinks",
    "rxstruct.testing",
    "rxstruct.testing.server",
    "rxstruct.testing.replies",
    "rxstruct.testing.faults",
)

# The first group whose prefix fits an object's home module is its group.
GROUPS = {
    "rxstruct.operators": "Operators",
    "rxstruct.sources": "Sources",
    "rxstruct.sinks": "Sinks",
    "rxstruct.incremental": "Snapshots and partials",
    "rxstruct.partial": "Snapshots and partials",
    "rxstruct.errors": "Errors",
    "rxstruct.testing": "Testing",
    "rxstruct": "Streams and one-liners",
}

SECTION = re.compile(r"^([A-Z][a-z]+):\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^([\w*`, .]+):[ \n]+", re.MULTILINE)
TOLD = re.compile(r"^(Emits|Completes|Errors:)", re.MULTILINE)
LONGEST_LINE = 90


def public_objects() -> Iterator[tuple[str, str, Any]]:
    """Package, name and object of everything public that has something to say, each object once."""
    seen: set[int] = set()
    for package in PACKAGES:
        try:
            module = importlib.import_module(package)
        except ModuleNotFoundError:
            continue
        for name in getattr(module, "__all__", []):
            thing = getattr(module, name)
            if (inspect.isfunction(thing) or inspect.isclass(thing)) and id(thing) not in seen:
                seen.add(id(thing))
                yield package, name, thing


def group_of(thing: Any) -> str:
    return next(group for prefix, group in GROUPS.items() if f"{thing.__module__}.".startswith(f"{prefix}."))


# -- one object ----------------------------------------------------------------------------------------------------------


def page(package: str, name: str, thing: Any) -> str:
    imported, called = f"from {package} import {name}", name
    if package == "rxstruct":
        imported, called = "import rxstruct as rxs", f"rxs.{name}"
    parts = [f"# {name}", code(f"{imported}\n\n{signatures(called, thing)}"), markdown(inspect.getdoc(thing) or "")]
    if inspect.isclass(thing):
        parts += [member_section(name, *member) for member in own_members(thing)]
    return "\n\n".join(parts) + "\n"


def own_members(kind: type) -> Iterable[tuple[str, Any]]:
    """The public methods and properties that a class itself documents."""
    for name, member in vars(kind).items():
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        documented = inspect.isfunction(function) or isinstance(function, property)
        if documented and not name.startswith("_") and function.__doc__:
            yield name, function


def member_section(owner: str, name: str, member: Any) -> str:
    call = "" if isinstance(member, property) else code(signatures(name, member)) + "\n\n"
    return f"## {owner}.{name}\n\n{call}{markdown(inspect.getdoc(member) or '')}"


def code(text: str) -> str:
    return f"```python\n{text}\n```"


def signatures(name: str, thing: Callable[..., Any]) -> str:
    """How it is called; in each of its overloads, if it has any."""
    return "\n\n".join(signature(name, each) for each in get_overloads(thing) or [thing])


def signature(name: str, thing: Callable[..., Any]) -> str:
    """The call as it is written in the code, one parameter to a line where it is long."""
    try:
        call = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    parameters = list(parameters_shown(call))
    result = (
        ""
        if inspect.isclass(thing) or call.return_annotation is call.empty
        else f" -> {annotation(call.return_annotation)}"
    )
    one_line = f"{name}({', '.join(parameters)}){result}"
    if len(one_line) <= LONGEST_LINE:
        return one_line
    return f"{name}(\n" + "".join(f"    {parameter},\n" for parameter in parameters) + f"){result}"


def parameters_shown(call: inspect.Signature) -> Iterator[str]:
    star = False
    is_positional_only = False
    for parameter in call.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if is_positional_only and parameter.kind is not parameter.POSITIONAL_ONLY:
            yield "/"
        is_positional_only = parameter.kind is parameter.POSITIONAL_ONLY
        star = star or parameter.kind is parameter.VAR_POSITIONAL
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            star = True
            yield "*"
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        shown = prefix + parameter.name
        if parameter.annotation is not parameter.empty:
            shown += f": {annotation(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            default = parameter.default if isinstance(parameter.default, Enum) else repr(parameter.default)
            shown += f" = {default}" if ":" in shown else f"={default}"
        yield shown


def annotation(written: Any) -> str:
    return written if isinstance(written, str) else inspect.formatannotation(written)


# -- one docstring -------------------------------------------------------------------------------------------------------


def markdown(docstring: str) -> str:
    """A docstring as Markdown: sections become headings or lists, and what is emitted, completed and raised is set apart."""
    return SECTION.sub(section, TOLD.sub(r"\n**\1**", docstring + "\n")).strip()


def section(found: re.Match[str]) -> str:
    title, text = found[1], textwrap.dedent(found[2]).strip("\n")
    if title in ("Example", "Examples"):
        return f"**{title}**\n\n{text if text.startswith('```') else code(text)}\n\n"
    if ENTRY.match(text) and title in ("Args", "Attributes", "Raises"):
        return f"**{title}**\n\n{definitions(text)}\n\n"
    return f"**{title}**\n\n{text}\n\n"


def definitions(text: str) -> str:
    """`name: what it is` lines as a list."""
    items: list[str] = []
    for line in text.split("\n"):
        entry = ENTRY.match(f"{line}\n")
        if entry and not line.startswith(" "):
            items.append(f"- `{entry[1].strip('`')}`: {line[entry.end() :].strip()}")
        else:
            items[-1] += f"\n  {line.strip()}"
    return "\n".join(items)


def first_sentence(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


# -- all pages -----------------------------------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """The Markdown of each page of the reference, by its path."""
    groups: dict[str, list[tuple[str, str, Any]]] = {group: [] for group in GROUPS.values()}
    for package, name, thing in public_objects():
        groups[group_of(thing)].append((package, name, thing))
    written: dict[str, str] = {}
    folders: list[str] = []
    for group, members in groups.items():
        if not members:
            continue
        folder = group.split()[0].lower()
        folders.append(f"{folder}/index")
        written[f"{folder}/index.md"] = index(
            group,
            [name for _, name, _ in members],
            [f"- [`{name}`]({name}.md): {first_sentence(thing)}" for _, name, thing in members],
        )
        for package, name, thing in members:
            written[f"{folder}/{name}.md"] = page(package, name, thing)
    written["index.md"] = index("Reference", folders, [])
    return written


def index(title: str, entries: Iterable[str], lines: Iterable[str]) -> str:
    hidden = ":hidden:\n" if lines else ""
    tree = "\n".join(entries)
    summary = "\n".join(lines)
    return f"# {title}\n\n{summary}\n\n```{{toctree}}\n{hidden}:maxdepth: 2\n\n{tree}\n```\n"


def write_pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    written = {folder / path: text for path, text in pages().items()}
    for path in folder.rglob("*.md") if folder.exists() else []:
        if path not in written:
            path.unlink()
    for path, text in written.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
