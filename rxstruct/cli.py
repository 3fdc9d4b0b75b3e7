"""The command `rxstruct`: its arguments, their checks, and what it says when something is wrong.

What goes in: the command line. What comes out: an exit code. What always holds: whatever goes wrong is one line on standard
error that says what to do, never a traceback. Exit codes: 0 done, 1 the stream failed, 2 misuse, 130 interrupted, 141 if whoever
read the output has left.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .errors import RxStructError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from .demo.backends import Backend

DEFAULT_SPEED = 25.0
DEFAULT_LLM = "gpt-4o-mini"
DEFAULT_REPLAY = "user_profile.json"

DONE, FAILED, MISUSED, INTERRUPTED, LEFT = 0, 1, 2, 130, 141


class Misuse(Exception):
    """The command can't work as it was called; the message is the line to print."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Misuse(f"{message}; {self.prog} --help tells more")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; `arguments` are by default those of the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show a character shows a question mark
    try:
        options = parser().parse_args(arguments)
        options.run(options)
        sys.stdout.flush()
        return DONE
    except Misuse as error:
        return _complain(MISUSED, str(error))
    except RxStructError as error:
        return _complain(FAILED, f"{type(error).__name__}: {error}")
    except BrokenPipeError:
        # Whoever read has what they wanted (`| head`). What is still buffered must not fail once more as Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return LEFT
    except KeyboardInterrupt:
        return _complain(INTERRUPTED, "interrupted; the request is closed")


def parser() -> argparse.ArgumentParser:
    top = _Parser(prog="rxstruct", description="Streamed JSON as typed, live objects.")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="watch a language model fill in a model, field by field",
        description="Watch a language model fill in a pydantic model, field by field, through rxstruct's operators.",
    )
    demo.add_argument(
        "--backend",
        choices=("local", "replay"),
        help="who answers: a small language model on this machine (the default), or a replay",
    )
    demo.add_argument(
        "--base-url",
        metavar="URL",
        help="ask an OpenAI-compatible provider, with its key in the environment variable OPENAI_API_KEY",
    )
    demo.add_argument("--llm", metavar="NAME", help=f"the provider's language model (default: {DEFAULT_LLM})")
    demo.add_argument(
        "--replay",
        metavar="FILE",
        type=Path,
        help="replay this: a JSON document, a recording (.jsonl), or recorded server-sent events (.sse)",
    )
    demo.add_argument(
        "--speed", metavar="N", type=_speed, help=f"replay this many deltas a second (default: {DEFAULT_SPEED:g})"
    )
    demo.add_argument("--model", metavar="MODULE:CLASS", help="the pydantic model to ask for (default: a user profile)")
    demo.add_argument("--prompt", metavar="TEXT", help="what to ask for")
    demo.set_defaults(run=run_demo)
    marbles = commands.add_parser(
        "marbles",
        help="draw a recording: its deltas, fields and end on a time axis",
        description="Draw a recording that record() wrote: its deltas, fields and end on a time axis, as text or as SVG.",
    )
    marbles.add_argument("file", metavar="FILE", type=Path, help="the recording (.jsonl)")
    marbles.add_argument("--svg", metavar="FILE", type=Path, help="write a picture to this file instead")
    marbles.set_defaults(run=run_marbles)
    return top


def run_marbles(options: argparse.Namespace) -> None:
    """`rxstruct marbles`: the recording is played in virtual time, so that it is drawn at once."""
    from reactivex.scheduler import VirtualTimeScheduler

    from .sources import from_recording
    from .testing.marbles import to_marbles

    if not options.file.is_file():
        raise Misuse(f"there is no file {options.file}")
    diagram = to_marbles(from_recording(options.file), scheduler=VirtualTimeScheduler())
    if not diagram.rows and diagram.error is not None:
        raise Misuse(f"can't draw {options.file}: {diagram.error}")
    if options.svg is None:
        print(diagram)
        return
    try:
        options.svg.write_text(diagram.svg(), encoding="utf-8")
    except OSError as error:
        raise Misuse(f"--svg: can't write {options.svg}: {error}") from None


def run_demo(options: argparse.Namespace) -> None:
    """`rxstruct demo`: everything is checked before anything starts."""
    _check_combination(options)
    _check_packages()
    from rich.console import Console
    from rich.json import JSON

    from .demo import profile
    from .demo.run import run

    model = profile.UserProfile if options.model is None else _load_model(options.model)
    prompt = options.prompt or (profile.PROMPT if options.model is None else f"Make up a {model.__name__}.")
    console = Console()
    with ExitStack() as stack:
        final = run(_enter_backend(stack, options), model, prompt, console)
    if console.is_terminal:
        console.print(JSON(final.model_dump_json()), soft_wrap=True)
    else:
        print(final.model_dump_json(indent=2))


def _check_combination(options: argparse.Namespace) -> None:
    if options.base_url is not None:
        if options.backend or options.replay or options.speed:
            raise Misuse("--base-url asks a provider: leave out --backend, --replay and --speed")
        if not os.environ.get("OPENAI_API_KEY"):
            raise Misuse("--base-url needs a key: set OPENAI_API_KEY (to any text, for a server that asks for none)")
        return
    if options.llm is not None:
        raise Misuse("--llm names a provider's language model: add --base-url URL")
    if options.backend == "local" and (options.replay or options.speed):
        raise Misuse("--replay and --speed are for replays: leave out --backend local")
    if options.replay is not None and not options.replay.is_file():
        raise Misuse(f"--replay: there is no file {options.replay}")


def _check_packages() -> None:
    for package in ("rich", "uvicorn"):
        if importlib.util.find_spec(package) is None:
            raise Misuse(f"the demo needs the package {package}: pip install 'rxstruct[demo]'")


def _load_model(name: str) -> type[BaseModel]:
    from pydantic import BaseModel, RootModel

    module_name, _, class_name = name.partition(":")
    if not module_name or not class_name:
        raise Misuse(f"--model takes MODULE:CLASS, such as myapp.models:Report, not {name!r}")
    sys.path.insert(0, os.getcwd())  # as `python -m` does
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever a module does on import is the answer to who asked for it
        raise Misuse(f"--model: can't import {module_name}: {type(error).__name__}: {error}") from None
    try:
        model = attrgetter(class_name)(module)
    except AttributeError:
        raise Misuse(f"--model: the module {module_name} has no {class_name}") from None
    if not (isinstance(model, type) and issubclass(model, BaseModel) and not issubclass(model, RootModel)):
        raise Misuse(f"--model: {class_name} in {module_name} is not a pydantic model with fields")
    return model


def _enter_backend(stack: ExitStack, options: argparse.Namespace) -> Backend:
    """The backend that was asked for; in place of a local model that can't run here, a replay, and a line that says so."""
    from .demo import backends
    from .demo.local_model import LocalModelUnavailable

    if options.base_url is not None:
        return stack.enter_context(backends.provider(options.base_url, options.llm or DEFAULT_LLM))
    if options.backend == "replay" or options.replay or options.speed:
        return _enter_replay(stack, options)
    try:
        return stack.enter_context(backends.local())
    except LocalModelUnavailable as reason:
        print(f"The local model can't run here ({reason}): replaying a document instead.", file=sys.stderr)
        return _enter_replay(stack, options)


def _enter_replay(stack: ExitStack, options: argparse.Namespace) -> Backend:
    from .demo import backends
    from .testing.recordings import path_of

    if options.replay is None and options.model is not None:
        raise Misuse("--model needs --replay FILE here, with a document of that model")
    path = options.replay or path_of(DEFAULT_REPLAY)
    try:
        return stack.enter_context(backends.replay(path, options.speed or DEFAULT_SPEED))
    except (OSError, ValueError) as error:
        raise Misuse(f"--replay: can't read {path}: {error}") from None


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < float("inf"):
        raise ValueError
    return speed


_speed.__name__ = "number of deltas a second"  # what argparse calls a value that this refuses


def _complain(code: int, message: str) -> int:
    print(f"rxstruct: {message}", file=sys.stderr)
    return code
