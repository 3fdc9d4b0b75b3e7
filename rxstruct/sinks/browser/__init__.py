"""The browser's side of `sse`: one JavaScript module, which needs no build step."""

from __future__ import annotations

from pathlib import Path


def browser_client() -> Path:
    """The JavaScript module that keeps a plain object up to date with what `sse` sends; serve it as it is.

    Example:
        >>> from starlette.responses import FileResponse
        >>> from starlette.routing import Route
        >>> from rxstruct.sinks import browser_client
        >>> Route("/rxstruct.js", lambda request: FileResponse(browser_client())).path
        '/rxstruct.js'

    Its `follow(url, { onField, onChange, onCompleted, onFailed, events })` reads the events; `apply(document, patch)` applies one
    patch, for those who read them by themselves. The file's first lines show how.
    """
    return Path(__file__).parent / "rxstruct.js"


__all__ = ["browser_client"]
