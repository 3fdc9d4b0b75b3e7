"""The demo itself: one request, and two readers of its partials."""

from __future__ import annotations

import time
from typing import Any

import reactivex as rx
from pydantic import BaseModel
from reactivex import Observable
from reactivex import operators as ops
from rich.console import Console

import rxstruct as rxs

from . import profile
from .backends import Backend
from .view import Lines, Screen, View


def run(backend: Backend, model: type[BaseModel], prompt: str, console: Console) -> BaseModel:
    """Ask `backend` for a `model`, show it as it comes, and return the validated instance.

    Raises:
        RxStructError: whatever ended the stream.
        KeyboardInterrupt: Ctrl-C; the request has been closed by then.
    """
    with view_for(console, model, prompt, backend.caption) as view:
        return show(ask(backend, model, prompt), model, view)


def view_for(console: Console, model: type[BaseModel], prompt: str, caption: str) -> View:
    """A panel in a terminal that can redraw it, else lines."""
    if console.is_terminal and not console.is_dumb_terminal:
        return Screen(console, model, prompt, caption, time.monotonic)
    return Lines(console, model, prompt, caption)


def ask(backend: Backend, model: type[BaseModel], prompt: str) -> Observable[str]:
    """The deltas of the answer; nothing is asked before they are subscribed to."""
    messages = profile.messages(prompt) if model is profile.UserProfile else [{"role": "user", "content": prompt}]
    return rxs.from_openai(
        backend.client, response_model=model, model=backend.llm, messages=messages, **backend.options
    )


def show(deltas: Observable[str], model: type[BaseModel], view: View) -> BaseModel:
    """The pipeline: deltas to partials, whose changes and whose progress go to the view."""
    changes: Observable[Any] = deltas.pipe(
        ops.do_action(view.on_delta),
        rxs.accumulate_json(),
        rxs.to_partial(model),
        rxs.share_latest(lambda partial: rx.merge(partial.pipe(rxs.distinct_fields()), partial.pipe(rxs.progress()))),
    )
    final: BaseModel | None = None
    try:
        with rxs.iterate(changes) as items:
            for item in items:
                if isinstance(item, rxs.Progress):
                    view.on_progress(item)
                else:
                    final = item
                    view.on_partial(item)
    except BaseException:
        view.on_end(failed=True)
        raise
    view.on_end(failed=False)
    assert final is not None  # the operators complete after a whole document only
    return final
