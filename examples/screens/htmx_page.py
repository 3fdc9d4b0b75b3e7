"""A page of HTML alone, with htmx or Datastar: the server sends fragments. `uvicorn --app-dir examples/screens htmx_page:app`.

htmx and its extension for events are expected in a folder `static`, which an application serves by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape

from profiles import Profile, profiles
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.routing import Route

import rxstruct as rxs

PAGE = """<!doctype html>
<script src="/static/htmx.min.js"></script>
<script src="/static/htmx-ext-sse.js"></script>
<main hx-ext="sse" sse-connect="/htmx" sse-swap="profile" sse-close="end"></main>
"""


def fragment(profile: Profile) -> str:
    """What there is of a profile, on one line, as an event's data has to be."""
    fields = "".join(f"<dt>{escape(name)}<dd>{escape(str(value))}" for name, value in rxs.dump(profile).items())
    return f"<dl id=profile>{fields}</dl>".replace("\n", "&#10;")


async def htmx(request: Request) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        async for profile in profiles():
            yield f"event: profile\ndata: {fragment(profile)}\n\n"
        yield "event: end\ndata:\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


async def datastar(request: Request) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        async for profile in profiles():
            yield f"event: datastar-patch-elements\ndata: elements {fragment(profile)}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


app = Starlette(routes=[Route("/", page), Route("/htmx", htmx), Route("/datastar", datastar)])
