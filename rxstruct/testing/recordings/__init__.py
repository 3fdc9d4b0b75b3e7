"""Documents that the package brings along, for the demo and for users' own tests.

| file | what it is |
|---|---|
| `user_profile.json` | a `UserProfile` of the demo |
| `smollm2_profile.jsonl` | the same, as SmolLM2-135M-Instruct streamed it, with its timings: for `from_recording` |
| `report.json` | a report with a list of sections |
| `edge_cases.json` | what is hard to cut: escapes, surrogates, numbers, empty and nested containers |
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def path_of(name: str) -> Path:
    """The file of a document or recording, by its name.

    Example:
        >>> path_of("user_profile.json").read_text(encoding="utf-8")[:26]
        '{\\n  "name": "Alex Chen",\\n '

    Raises:
        FileNotFoundError: if there is none of that name; the message lists those there are.
    """
    path = FOLDER / name
    if not path.is_file():
        names = ", ".join(sorted(other.name for other in FOLDER.iterdir() if other.suffix != ".py" and other.is_file()))
        raise FileNotFoundError(f"no recording is called {name!r}; there are {names}")
    return path


__all__ = ["path_of"]
