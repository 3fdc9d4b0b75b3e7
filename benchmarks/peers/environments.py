"""The peers, and how each gets an environment of its own under `.cache/peers/`, once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "peers"
DRIVERS = Path(__file__).parent / "drivers"
INSTALL_SECONDS = 600


class Missing(Exception):
    """A peer cannot be had here; the message says why."""


@dataclass(frozen=True)
class Peer:
    """Another library, and what a driver of it needs."""

    name: str
    driver: str
    requirements: tuple[str, ...]
    takes: str
    gives: str
    """On every delta; the whole document comes out at the end."""
    bounds: Mapping[int, float] = field(default_factory=dict)
    """How many times cheaper we have to be, at the least, for documents of so many KB."""

    @property
    def folder(self) -> Path:
        """Where its environment is."""
        return CACHE / self.driver

    def command(self, results: Path) -> list[str]:
        """What runs its driver; the environment is made first, if need be."""
        self.install()
        if self.is_node:
            return ["node", str(DRIVERS / f"{self.driver}.mjs"), str(results), str(self.folder)]
        return [str(self.folder / "bin" / "python"), "-m", f"benchmarks.peers.drivers.{self.driver}", str(results)]

    @property
    def is_node(self) -> bool:
        """Whether it runs in node, not in Python."""
        return (DRIVERS / f"{self.driver}.mjs").exists()

    def install(self) -> None:
        """Make the environment, unless it is there.

        Raises:
            Missing: where it cannot be made.
        """
        installed = self.folder / "installed.txt"
        wanted = "\n".join(self.requirements)
        if installed.exists() and installed.read_text() == wanted:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.is_node:
            if shutil.which("npm") is None:
                raise Missing("npm is not installed here")
            _run("npm", "install", "--silent", "--prefix", str(self.folder), *self.requirements)
        else:
            _run(sys.executable, "-m", "venv", str(self.folder))
            _run(str(self.folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *self.requirements)
        installed.write_text(wanted)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as failure:
        output = failure.stderr if isinstance(failure, subprocess.CalledProcessError) else str(failure)
        raise Missing(f"it could not be installed: {last_line(output)}") from None


def last_line(output: str) -> str:
    """What a program said last."""
    return (output.strip().splitlines() or ["it did not say why"])[-1]


OPENAI = ("openai==3.54.0", "pydantic==2.14.3")
PEERS = [
    Peer("Instructor 1.17", "instructor", ("instructor==1.17.0",), "events", "partials", {4: 20, 64: 100}),
    Peer("pydantic-ai 2.68", "pydantic_ai", ("pydantic-ai-slim[openai]==2.68.0",), "events", "partials", {4: 60}),
    Peer("OpenAI SDK 3.54, chat helper", "openai_chat", OPENAI, "events", "dicts", {4: 30}),
    Peer("OpenAI SDK 3.54, Responses helper", "openai_responses", OPENAI, "events", "text"),
    Peer("LangChain 1.7", "langchain", ("langchain-core==1.7.2",), "deltas", "dicts"),
    Peer("langdiff 0.2", "langdiff", ("langdiff==0.2.0",), "deltas", "callbacks"),
    Peer(
        "partial-json-parser 0.2.1", "partial_json_parser", ("partial-json-parser==0.2.1.1.post7",), "deltas", "dicts"
    ),
    Peer("jsonriver 1.1 (node)", "jsonriver", ("jsonriver@1.1.1",), "deltas", "one object that grows"),
    Peer("ijson 3.6", "ijson", ("ijson==3.6.0",), "deltas", "tokens"),
    Peer("json-stream 2.5", "json_stream", ("json-stream==2.5.1",), "deltas", "closed values"),
]

__all__ = ["PEERS", "ROOT", "Missing", "Peer", "last_line"]
