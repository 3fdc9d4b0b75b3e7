"""Hypothesis strategies that several tests share: JSON texts in every spelling, ways to cut them, ways to spoil them.

`RXSTRUCT_PROFILE=long` asks for many more examples than the default, which keeps the suite quick; `more` is in between.
"""

from __future__ import annotations

import itertools
import json
import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

# The short profile takes the same examples every time, so that a build is red only for what changed; the long one looks for more.
settings.register_profile(
    "short", max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("more", max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile(
    "mutants",
    settings.get_profile("short"),
    max_examples=20,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a mutant is killed by any failure: it need not be the shortest
)
settings.register_profile("long", max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("RXSTRUCT_PROFILE", "short"))

SHORT_ESCAPES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\", "/": "\\/"}
SURROGATES = ["\ud83d", "\ude00", "\ud800", "\udfff", "\udbff\udc00"]

whitespace = st.sampled_from(["", "", "", " ", "\n", "\t", "\r\n  ", " \t\n\r"])
characters = st.one_of(
    st.sampled_from("abcxyz019 .,:-{}[]"),
    st.sampled_from(sorted(SHORT_ESCAPES)),
    st.sampled_from(["é", "ß", "中", "\u2028", "😀", "\U0010ffff", "\x00", "\x1f", "\x7f"]),
)
keys = st.sampled_from(["", "a", "b", "name", "items", "é", "a b", "0", "__class__", "\n", "😀"])


@st.composite
def spelled_characters(draw: st.DrawFn, character: str) -> str:
    """One of the ways in which JSON spells `character`."""
    units = "".join(f"\\u{unit:04x}" for unit in utf16_units(character))
    escapes = [units, "\\u" + units[2:].upper().replace("\\U", "\\u")]
    plain = [character] * 6 if character >= " " and character not in '"\\' else []
    short = [SHORT_ESCAPES[character]] * 3 if character in SHORT_ESCAPES else []
    spellings = [*plain, *short, *escapes]
    return draw(st.sampled_from(spellings))


def utf16_units(character: str) -> list[int]:
    raw = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


@st.composite
def spelled_strings(draw: st.DrawFn, value: str) -> str:
    """One of the ways in which JSON spells the string `value`."""
    return '"' + "".join(draw(spelled_characters(character)) for character in value) + '"'


def json_strings(*, surrogates: bool = True) -> st.SearchStrategy[str]:
    """JSON texts of strings: every escape, and, unless told otherwise, surrogates with and without their other half."""
    pieces = [characters.flatmap(spelled_characters)] * 4
    if surrogates:
        pieces.append(st.sampled_from(["\\ud83d", "\\uDE00", "\\ud83d\\ude00", "\\udbff\\udfff", "\\ud800", "\\udfff"]))
    return st.lists(st.one_of(pieces), max_size=6).map(lambda spelled: '"' + "".join(spelled) + '"')


json_numbers = st.one_of(
    st.sampled_from(
        ["0", "-0", "-0.0", "1", "12", "1e5", "1E-7", "2.5e+3", "1e400", "5e-324", "1.7976931348623157e308"]
    ),
    st.integers(-(10**30), 10**30).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(
        r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True, alphabet="-+.eE0123456789"
    ),
)
json_scalars = st.one_of(json_strings(), json_numbers, st.sampled_from(["true", "false", "null"]))


@st.composite
def json_texts(draw: st.DrawFn, *, depth: int = 3, duplicate_keys: bool = True, surrogates: bool = True) -> str:
    """JSON texts: any root, any spelling, whitespace wherever it may stand, equal keys now and then."""
    before, after = draw(whitespace), draw(whitespace)
    kind = draw(st.sampled_from(["scalar", "array", "object", "object"])) if depth else "scalar"
    if kind == "scalar":
        scalar = json_scalars if surrogates else st.one_of(json_strings(surrogates=False), json_numbers)
        return before + draw(scalar) + after
    inner = json_texts(depth=depth - 1, duplicate_keys=duplicate_keys, surrogates=surrogates)
    elements = draw(st.lists(inner, max_size=4))
    if kind == "array":
        return f"{before}[{','.join(elements) or draw(whitespace)}]{after}"
    names = draw(st.lists(keys, min_size=len(elements), max_size=len(elements), unique=not duplicate_keys))
    members = [
        f"{draw(whitespace)}{draw(spelled_strings(name))}{draw(whitespace)}:{element}"
        for name, element in zip(names, elements, strict=True)
    ]
    return f"{before}{{{','.join(members) or draw(whitespace)}}}{after}"


class Deltas(list[str]):
    """A cut text that shows its cuts."""

    def __repr__(self) -> str:
        return "a cut at each bar: " + "|".join(repr(delta)[1:-1] for delta in self)


def cuts(text: str) -> st.SearchStrategy[list[str]]:
    """Ways to cut `text` into deltas: whole, into single characters, in small pieces, at random; empty deltas too."""
    offsets = st.lists(st.integers(0, len(text)), max_size=8).map(sorted)
    return st.one_of(
        st.just([text]),
        st.just(list(text)),
        st.integers(2, 7).map(lambda size: [text[at : at + size] for at in range(0, len(text), size)]),
        offsets.map(lambda at: cut_at(text, at)),
    ).map(Deltas)


def cut_at(text: str, offsets: list[int]) -> list[str]:
    edges = [0, *offsets, len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


@st.composite
def spoiled(draw: st.DrawFn, text: str) -> str:
    """`text` with one character put in, taken out or replaced: mostly no longer JSON."""
    at = draw(st.integers(0, len(text)))
    character = draw(st.sampled_from(list('{}[]",:\\ 0123456789.-+eEtrufalsn\x00\n\x1fxNI\ufeff\xa0')))
    return draw(
        st.sampled_from(
            [text[:at] + character + text[at:], text[:at] + text[at + 1 :], text[:at] + character + text[at + 1 :]]
        )
    )


@st.composite
def spelled_values(draw: st.DrawFn, value: Any) -> str:
    """One of the JSON texts of `value`: whitespace and escapes vary, numbers are as `json.dumps` writes them."""
    if isinstance(value, str):
        return draw(spelled_strings(value))
    if isinstance(value, list):
        return f"[{draw(whitespace)}" + ",".join([draw(spelled_values(element)) for element in value]) + "]"
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(
                [
                    f"{draw(whitespace)}{draw(spelled_strings(name))}:{draw(whitespace)}{draw(spelled_values(member))}{draw(whitespace)}"
                    for name, member in value.items()
                ]
            )
            + "}"
        )
    return json.dumps(value)
