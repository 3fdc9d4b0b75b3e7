"""Seeded documents of any length: the same text on every machine, in every run.

A text is a function of its shape and length; its deltas are that text cut into pieces of one length, or of about 4 characters, as
a tokenizer would cut it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

SEED = 9
KB = 1024
WORDS = re.findall(
    r"\w+",
    """the of to in and stream value token partial report model closes while answer arrives reader city sensor number list every
    before after measured result slowly quickly nothing something whatever structure incremental observation because""",
)
FOREIGN_WORDS = [
    "naïve",
    "Ærøskøbing",
    "“quoted”",
    "数据",
    "поток",
    "😀",
    "line\nbreak",
    "tab\there",
    'say "yes"',
    "back\\slash",
]


def words(random: Random, length: int, vocabulary: list[str] = WORDS) -> str:
    """Prose of about `length` characters."""
    chosen: list[str] = []
    while length > 0:
        chosen.append(random.choice(vocabulary))
        length -= len(chosen[-1]) + 1
    return " ".join(chosen)


def section(random: Random) -> dict[str, Any]:
    """About 2 KB."""
    return {
        "heading": words(random, 40),
        "score": round(random.uniform(0, 10), 2),
        "body": words(random, 1300),
        "bullet_points": [words(random, 100) for _ in range(5)],
    }


def report(random: Random, length: int) -> dict[str, Any]:
    """The usual answer: prose in a few fields, and sections of about 2 KB, as many as it takes."""
    sections = [section(random) for _ in range(max(1, length // (2 * KB)))]
    return {
        "title": words(random, 40),
        "summary": words(random, 300),
        "sections": sections,
        "conclusion": words(random, 300),
    }


def flat(random: Random, length: int) -> dict[str, Any]:
    """One object of short fields."""
    return {f"field_{number}": words(random, 40) for number in range(length // 60)}


def deep(random: Random, length: int) -> dict[str, Any]:
    """Objects inside one another, to 200 levels at most (as deep as pydantic reads), each with prose."""
    levels = min(200, max(1, length // 100))
    tree: dict[str, Any] = {"name": words(random, length // levels), "child": None}
    for _ in range(levels - 1):
        tree = {"name": words(random, length // levels), "child": tree}
    return tree


def wide(random: Random, length: int) -> list[dict[str, Any]]:
    """One list of many small objects."""
    return readings(random, length // 70)


def readings(random: Random, count: int) -> list[dict[str, Any]]:
    """Small objects of about 70 characters."""
    return [{"id": number, "at": random.random(), "values": [random.random(), 1.5]} for number in range(count)]


def long_string(random: Random, length: int) -> dict[str, Any]:
    """Nearly all of it one string."""
    return {"title": words(random, 40), "body": words(random, length)}


def numbers(random: Random, length: int) -> list[list[float]]:
    """Rows of ten numbers."""
    return [[round(random.gauss(0, 1e3), 3) for _ in range(10)] for _ in range(length // 100)]


def escapes(random: Random, length: int) -> dict[str, Any]:
    """A report whose prose is full of escapes and of characters beyond ASCII."""
    paragraphs = [words(random, 400, WORDS[:10] + FOREIGN_WORDS) for _ in range(max(1, length // 600))]
    return {"title": words(random, 40), "paragraphs": paragraphs}


SHAPES: dict[str, Callable[[Random, int], Any]] = {
    "report": report,
    "flat": flat,
    "deep": deep,
    "wide": wide,
    "long string": long_string,
    "numbers": numbers,
    "escapes": escapes,
}


@dataclass(frozen=True)
class Document:
    """A JSON text, and the deltas in which it comes."""

    shape: str
    text: str
    deltas: list[str]

    def __str__(self) -> str:
        return f"{self.shape}, {len(self.text) / KB:.0f} KB in {len(self.deltas)} deltas"


def document(shape: str, length: int, delta_length: int | None = None) -> Document:
    """The document of a shape and a length, cut into deltas of `delta_length` characters: about 4 by default."""
    text = text_of(shape, length)
    return Document(shape, text, cut(text, delta_length))


def text_of(shape: str, length: int) -> str:
    """The JSON text of about `length` characters; that of escapes has its surrogate pairs spelled out, too."""
    value = SHAPES[shape](Random(f"{SEED} {shape} {length}"), length)
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("😀", "\\ud83d\\ude00") if shape == "escapes" else text


def cut(text: str, length: int | None = None) -> list[str]:
    """The text in pieces of `length` characters; of 1 to 7, which is 4 on average, by default."""
    return list(_pieces(text, length))


def _pieces(text: str, length: int | None) -> Iterator[str]:
    random = Random(SEED)
    at = 0
    while at < len(text):
        end = at + (length or random.randint(1, 7))
        yield text[at:end]
        at = end


__all__ = ["KB", "SEED", "SHAPES", "Document", "cut", "document", "readings", "section", "text_of", "words"]
