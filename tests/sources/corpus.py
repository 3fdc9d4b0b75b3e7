"""The recorded provider streams that lie beside the project, where they do."""

from __future__ import annotations

import json
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3] / "shared" / "corpus"

needs_corpus = pytest.mark.skipif(
    not ROOT.is_dir(), reason="the recorded provider streams are not beside this checkout (../shared/corpus)"
)


@dataclass(frozen=True)
class Recording:
    """One recorded body: its manifest's row, the joined truth about it, and its bytes."""

    row: dict[str, Any]
    expected: dict[str, Any]
    body: bytes

    @property
    def name(self) -> str:
        return self.row["file"]

    @property
    def is_chat(self) -> bool:
        return self.row["api"] == "chat.completions"

    @property
    def fails(self) -> bool:
        """Whether the provider reported an error in mid-stream."""
        return bool({"error", "error_event"} & set(self.row["notes"]))

    @property
    def text(self) -> dict[str, str]:
        """The answer's text per choice; all output items of a Responses answer are one."""
        if self.is_chat:
            return self.expected["content"]
        return {"0": "".join(self.expected["content"].values())} if self.expected["content"] else {}

    @property
    def answer(self) -> str:
        """The answer alone: the text of the first choice; of a Responses answer, what is not marked as commentary."""
        if self.is_chat:
            return self.text.get("0", "")
        commentary = {
            event["output_index"] for event in self.events if event.get("item", {}).get("phase") == "commentary"
        }
        parts = self.expected["content"].items()
        return "".join(text for place, text in parts if literal_eval(place)[0] not in commentary)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON of each event of the body."""
        lines = (line[5:].strip() for line in self.body.splitlines() if line.startswith(b"data:"))
        return [json.loads(data) for data in lines if data.startswith(b"{")]

    @property
    def usage(self) -> dict[str, Any] | None:
        """The last usage that any event of the body states, wherever it stands."""
        found = None
        for event in self.events:
            for holder in (event, event.get("x_groq") or {}, event.get("response") or {}):
                found = holder.get("usage") or found
        return found


def recordings() -> Iterator[Recording]:
    """All of them, in the manifest's order."""
    expected = {row["file"]: row for row in _rows("expected.jsonl")}
    for row in _rows("manifest.jsonl"):
        yield Recording(row, expected[row["file"]], (ROOT / row["file"]).read_bytes())


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / name).read_text("utf-8").splitlines()]
