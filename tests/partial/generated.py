"""Generated types, each with a strategy of JSON values that fit it and what a partial of it must show.

A `Typed` says how its type streams in the words of the design's table, so that the tests can ask of every partial not only that
nothing false is shown, but that all that may be shown is.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Optional, Union
from uuid import UUID

import pydantic.dataclasses
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    JsonValue,
    OnErrorOmit,
    RootModel,
    SecretStr,
    StringConstraints,
    WrapValidator,
    create_model,
)
from typing_extensions import TypedDict

from rxstruct import Atomic, JsonSnapshot
from tests.strategies import characters

Shows = Literal[
    "growing", "closed", "fields", "elements", "closed elements", "members", "either", "tagged", "unspecified", "late"
]


@dataclasses.dataclass(frozen=True, repr=False)
class Member:
    name: str
    key: str
    typed: Typed
    required: bool

    def __repr__(self) -> str:
        return f"{self.name}{'' if self.required else '?'}: {self.typed!r}"


@dataclasses.dataclass(frozen=True, repr=False)
class Typed:
    """A type, JSON values of it, and how it streams.

    "growing" strings; what shows once "closed"; containers by their "fields", "elements" or "members"; "either" null or what the
    inner type is; "tagged" unions; "unspecified" is what the table leaves open while a value is open, and "late" after that, too.
    """

    annotation: Any
    values: st.SearchStrategy[Any]
    shows: Shows
    members: tuple[Member, ...] = ()
    inner: tuple[Typed, ...] = ()

    def __repr__(self) -> str:
        if self.members:
            return f"({', '.join(map(repr, self.members))})"
        return f"{self.shows} {list(self.inner)}" if self.inner else str(self.annotation)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis shows it: without this, by its strategies."""
        printer.text(repr(self))


class Pet(enum.Enum):
    CAT = "cat"
    CATERPILLAR = "caterpillar"
    SEVEN = 7


class Pair(NamedTuple):
    first: int
    second: str


texts = st.lists(characters, max_size=5).map("".join)
integers = st.one_of(st.integers(-20, 20), st.integers(-(10**20), 10**20))
floats = st.one_of(st.sampled_from([-0.0, 0.1, 1e22, 5e-324]), st.floats(allow_nan=False, allow_infinity=False))

LEAVES = [
    Typed(str, texts, "growing"),
    Typed(Annotated[str, Field(max_length=5, min_length=0)], texts, "growing"),
    Typed(int, integers, "closed"),
    Typed(float, st.one_of(floats, st.integers(-5, 5)), "closed"),
    Typed(bool, st.booleans(), "closed"),
    Typed(type(None), st.none(), "closed"),
    Typed(Literal["cat", "caterpillar", 12, 1234], st.sampled_from(["cat", "caterpillar", 12, 1234]), "closed"),
    Typed(Pet, st.sampled_from(["cat", "caterpillar", 7]), "closed"),
    Typed(Decimal, st.one_of(st.integers(-99, 99), st.sampled_from(["1.50", "-0", "12e3"])), "closed"),
    Typed(date, st.dates().map(str), "closed"),
    Typed(datetime, st.datetimes().map(lambda moment: moment.isoformat()), "closed"),
    Typed(UUID, st.uuids().map(str), "closed"),
    Typed(pydantic.AnyUrl, st.sampled_from(["https://example.org/a?b=c", "ftp://example.org"]), "closed"),
    Typed(bytes, texts, "closed"),
    Typed(SecretStr, texts, "closed"),
    Typed(Json[list[int]], st.sampled_from(["[1, 2]", "[]"]), "closed"),
    Typed(Pair, st.tuples(integers, texts).map(list), "closed"),
    Typed(
        Any,
        st.recursive(
            st.one_of(texts, integers, st.none(), st.booleans()),
            lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
            max_leaves=4,
        ),
        "unspecified",
    ),
    Typed(int | str, st.one_of(st.integers(0, 9), texts), "unspecified"),
]
MORE_LEAVES = [
    Typed(Annotated[int, Field(ge=-5, multiple_of=1)], st.integers(-5, 20), "closed"),
    Typed(Annotated[str, StringConstraints(strip_whitespace=True, max_length=5)], texts, "growing"),
    Typed(Annotated[str, AfterValidator(str.upper)], texts, "growing"),
    Typed(Annotated[str, BeforeValidator(lambda value: value), AfterValidator(str.upper)], texts, "closed"),
    Typed(Annotated[str, WrapValidator(lambda value, handler: handler(value))], texts, "closed"),
    Typed(Annotated[int, AfterValidator(lambda value, info: value)], integers, "late"),
    Typed(Annotated[str, Atomic], texts, "closed"),
    Typed(Annotated[list[str], Atomic], st.lists(texts, max_size=2), "closed"),
    Typed(Annotated[list[int], Field(max_length=3)], st.lists(integers, max_size=3), "elements", inner=(LEAVES[2],)),
    Typed(list[OnErrorOmit[int]], st.lists(integers, max_size=3), "unspecified"),
    Typed(JsonValue, st.one_of(texts, integers, st.lists(texts, max_size=2)), "unspecified"),
    Typed(list[int] | list[str], st.one_of(st.lists(integers, max_size=2), st.lists(texts, max_size=2)), "unspecified"),
]
HASHABLE = [leaf for leaf in LEAVES if leaf.annotation in (str, int, Pet, UUID)]

NAMES = ["name", "n", "size", "items", "tags", "json_", "kind_of", "deep"]
KEYS = {"json_": "json", "kind_of": "kindOf", "size": "Größe"}


def types(depth: int = 2) -> st.SearchStrategy[Typed]:
    """Any type of the table, nested to some depth."""
    leaves = st.sampled_from(LEAVES + MORE_LEAVES)
    if depth == 0:
        return leaves
    below = types(depth - 1)
    return st.one_of(
        leaves,
        objects(depth),
        objects(depth),
        below.map(as_list),
        below.map(as_variadic_tuple),
        st.tuples(below, below).map(as_fixed_tuple),
        below.map(as_dict),
        below.map(as_dict_by_number),
        st.sampled_from(HASHABLE).map(as_set),
        below.map(as_optional),
        below.map(as_root_model),
        st.tuples(objects(depth - 1), objects(depth - 1)).map(as_undecided_union),
        st.lists(objects(depth - 1, kinds=["model"]), min_size=2, max_size=3).map(as_tagged_union),
    )


def as_list(inner: Typed) -> Typed:
    return Typed(list[inner.annotation], st.lists(inner.values, max_size=3), "elements", inner=(inner,))  # type: ignore[name-defined]


def as_variadic_tuple(inner: Typed) -> Typed:
    return Typed(tuple[inner.annotation, ...], st.lists(inner.values, max_size=3), "elements", inner=(inner,))  # type: ignore[name-defined]


def as_fixed_tuple(inner: tuple[Typed, Typed]) -> Typed:
    left, right = inner
    return Typed(
        tuple[left.annotation, right.annotation],
        st.tuples(left.values, right.values).map(list),
        "elements",
        inner=inner,
    )  # type: ignore[name-defined]


def as_dict(inner: Typed) -> Typed:
    return Typed(
        dict[str, inner.annotation], st.dictionaries(texts, inner.values, max_size=3), "members", inner=(inner,)
    )  # type: ignore[name-defined]


def as_dict_by_number(inner: Typed) -> Typed:
    numbers = st.integers(-20, 20).map(str)
    return Typed(
        dict[int, inner.annotation], st.dictionaries(numbers, inner.values, max_size=3), "members", inner=(inner,)
    )  # type: ignore[name-defined]


def as_set(inner: Typed) -> Typed:
    return Typed(set[inner.annotation], st.lists(inner.values, max_size=3), "closed elements", inner=(inner,))  # type: ignore[name-defined]


def as_optional(inner: Typed) -> Typed:
    shows: Shows = inner.shows if inner.shows == "unspecified" else "either"
    return Typed(Optional[inner.annotation], st.one_of(st.none(), inner.values), shows, inner=(inner,))  # noqa: UP045


def as_root_model(inner: Typed) -> Typed:
    return Typed(RootModel[inner.annotation], inner.values, "unspecified", inner=(inner,))  # type: ignore[name-defined]


def as_undecided_union(inner: tuple[Typed, Typed]) -> Typed:
    left, right = inner
    return Typed(Union[left.annotation, right.annotation], st.one_of(left.values, right.values), "unspecified")  # noqa: UP007


def as_tagged_union(options: list[Typed]) -> Typed:
    """A discriminated union of models that gain a tag, which may come anywhere among their keys."""
    tagged: list[Typed] = []
    for number, option in enumerate(options):
        tag = f"m{'x' * number}"
        model = create_model(f"Tagged{number}", __base__=option.annotation, tag=(Literal[tag], ...))
        values = st.tuples(option.values, st.integers(0, 4)).map(lambda drawn, tag=tag: with_tag(*drawn, tag))
        member = Member("tag", "tag", Typed(Literal[tag], st.just(tag), "closed"), True)
        tagged.append(Typed(model, values, "fields", members=(*option.members, member)))
    union = Annotated[Union[tuple(option.annotation for option in tagged)], Field(discriminator="tag")]  # noqa: UP007
    return Typed(union, st.one_of([option.values for option in tagged]), "tagged", inner=tuple(tagged))


def with_tag(value: dict[str, Any], at: int, tag: str) -> dict[str, Any]:
    members = [(key, member) for key, member in value.items() if key != "tag"]
    return dict([*members[:at], ("tag", tag), *members[at:]])


@st.composite
def objects(draw: st.DrawFn, depth: int, kinds: list[str] | None = None) -> Typed:
    """A model, a dataclass or a TypedDict of one to four fields, some with defaults and aliases."""
    kind = draw(st.sampled_from(kinds or ["model", "model", "model", "dataclass", "slotted dataclass", "typed dict"]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    members = [
        Member(
            name,
            KEYS.get(name, name) if kind == "model" else name,
            draw(types(max(depth - 1, 0))),
            draw(st.booleans()),
        )
        for name in names
    ]
    if kind.endswith("dataclass"):
        members.sort(key=lambda member: not member.required)
    config: dict[str, Any] = draw(st.sampled_from(CONFIGS))
    make: dict[str, Callable[[], Any]] = {
        "model": lambda: as_model(members, config),
        "dataclass": lambda: as_dataclass(members, slots=False),
        "slotted dataclass": lambda: as_dataclass(members, slots=True),
        "typed dict": lambda: as_typed_dict(members),
    }
    return Typed(make[kind](), documents_of(members), "fields", members=tuple(members))


CONFIGS: list[dict[str, Any]] = [
    {},
    {},
    {"extra": "forbid"},
    {"extra": "allow"},
    {"frozen": True},
    {"validate_default": True},
    {"populate_by_name": True},
    {"str_strip_whitespace": True},
]


def as_model(members: list[Member], config: dict[str, Any]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for member in members:
        alias = member.key if member.key != member.name else None
        fields[member.name] = (
            (member.typed.annotation, Field(alias=alias))
            if member.required
            else (Optional[member.typed.annotation], Field(None, alias=alias))  # noqa: UP045
        )
    return create_model("Generated", __config__=ConfigDict(**config), **fields)


def as_dataclass(members: list[Member], *, slots: bool) -> Any:
    fields = [
        (member.name, member.typed.annotation)
        if member.required
        else (member.name, Optional[member.typed.annotation], dataclasses.field(default=None))  # noqa: UP045
        for member in members
    ]
    plain = dataclasses.make_dataclass("Generated", fields, slots=slots)
    return plain if slots else pydantic.dataclasses.dataclass(plain)


def as_typed_dict(members: list[Member]) -> Any:
    fields = {
        member.name: member.typed.annotation if member.required else NotRequired[member.typed.annotation]
        for member in members
    }
    return TypedDict("Generated", fields)  # type: ignore[operator]


@st.composite
def documents_of(draw: st.DrawFn, members: list[Member]) -> dict[str, Any]:
    """JSON objects with the members' keys in any order; those that aren't required may be missing."""
    chosen = [member for member in draw(st.permutations(members)) if member.required or draw(st.booleans())]
    return {member.key: draw(member.typed.values) for member in chosen}


# --- what a partial must show -------------------------------------------------------------------------------------------


def assert_shows_all(typed: Typed, partial: Any, raw: Any, snapshot: JsonSnapshot, path: tuple[Any, ...] = ()) -> None:
    """A value that has begun shows exactly those of its parts that have begun to show, by the table."""
    if snapshot.is_closed(*path):
        return
    if typed.shows == "fields":
        for member in typed.members:
            assert_member(member, partial, raw, snapshot, path)
    elif typed.shows == "elements":
        parts = {index: part_of(typed, index) for index in range(len(raw))}
        shown = [index for index in parts if is_visible(parts[index], raw[index], snapshot, (*path, index))]
        assert_parts(parts, typed, partial, raw, snapshot, path)
        for index in shown[: len(partial)]:
            assert_shows_all(parts[index], partial[index], raw[index], snapshot, (*path, index))
    elif typed.shows == "members":
        parts = dict.fromkeys(raw, typed.inner[0])
        shown = [key for key in parts if is_visible(parts[key], raw[key], snapshot, (*path, key))]
        assert_parts(parts, typed, partial, raw, snapshot, path)
        for key, member in zip(shown, partial.values(), strict=False):
            assert_shows_all(typed.inner[0], member, raw[key], snapshot, (*path, key))
    elif typed.shows == "closed elements":
        closed = sum(snapshot.is_closed(*path, index) for index in range(len(raw)))
        assert len(partial) == len(set(map(repr, raw[:closed]))), (path, partial, raw)
    elif typed.shows == "either":
        assert_shows_all(typed.inner[0], partial, raw, snapshot, path)
    elif typed.shows == "tagged":
        assert_shows_all(option_of(typed, raw), partial, raw, snapshot, path)


def assert_parts(
    parts: dict[Any, Typed], typed: Typed, partial: Any, raw: Any, snapshot: JsonSnapshot, path: tuple[Any, ...]
) -> None:
    """As many parts show as are visible, where the table says of all of them whether they are."""
    visible = [is_visible(part, raw[key], snapshot, (*path, key)) for key, part in parts.items()]
    if None not in visible:
        assert len(partial) == sum(map(bool, visible)), (path, partial, raw)


def assert_member(member: Member, partial: Any, raw: Any, snapshot: JsonSnapshot, path: tuple[Any, ...]) -> None:
    shown = member.name in partial if isinstance(partial, dict) else hasattr(partial, member.name)
    where = (*path, member.key)
    if member.key not in raw:
        assert not shown, f"{where} shows before its key has come"
    else:
        visible = is_visible(member.typed, raw[member.key], snapshot, where)
        assert visible is None or shown == visible, f"{where} in {partial!r}"
    if shown:
        value = partial[member.name] if isinstance(partial, dict) else getattr(partial, member.name)
        assert_shows_all(member.typed, value, raw[member.key], snapshot, where)


def is_visible(typed: Typed, raw: Any, snapshot: JsonSnapshot, path: tuple[Any, ...]) -> bool | None:
    """Whether a value that has begun, and shows in the document, shows in the partial; None where the table leaves it open."""
    if typed.shows == "either":
        return is_visible(typed.inner[0], raw, snapshot, path)
    if typed.shows == "late":
        return None
    if snapshot.is_closed(*path):
        return True
    if typed.shows == "closed":
        return False
    if typed.shows == "unspecified":
        return None
    if typed.shows == "tagged":
        return snapshot.is_closed(*path, "tag")
    return True


def part_of(typed: Typed, index: int) -> Typed:
    return typed.inner[index] if len(typed.inner) > 1 else typed.inner[0]


def option_of(typed: Typed, raw: dict[str, Any]) -> Typed:
    return typed.inner[raw["tag"].count("x")]


def decided_with(typed: Typed, document: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Which values must have closed before the one at `path` can be judged.

    Those are: the discriminators on the way to it, and itself, or the outermost value on the way that is validated as a whole.
    """
    tags: list[tuple[Any, ...]] = []
    for depth, segment in enumerate(path):
        if typed.shows == "either":
            typed = typed.inner[0]
        if typed.shows == "tagged":
            tag = document.get("tag") if isinstance(document, dict) else None
            if tag not in [f"m{'x' * number}" for number in range(len(typed.inner))]:
                return [*tags, path[:depth]]
            tags.append((*path[:depth], "tag"))
            typed = option_of(typed, document)
        below = child_of(typed, segment)
        if below is None:
            return [*tags, path[:depth]]
        if below.shows == "late":
            return [()]
        typed = below
        try:
            document = document[segment]
        except (LookupError, TypeError):
            return [*tags, path]
    return [*tags, path]


def child_of(typed: Typed, segment: Any) -> Typed | None:
    if typed.shows == "fields":
        return next((member.typed for member in typed.members if member.key == segment), None)
    if typed.shows == "elements":
        return (
            part_of(typed, segment)
            if isinstance(segment, int) and segment < max(len(typed.inner), 2)
            else typed.inner[0]
        )
    return typed.inner[0] if typed.shows in ("members", "closed elements") else None
