"""Responses, on a real web server with the loopback server as the model: status, headers, leaving, returning."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import cycle
from typing import Any

import httpx2 as httpx
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import rxstruct as rxs
from rxstruct.sinks import ag_ui_response, sse_events, sse_response, text_stream_response, ui_message_stream_response
from rxstruct.testing import faults
from rxstruct.testing.replies import answer, http_error
from rxstruct.testing.server import LoopbackServer
from tests.sinks.protocols import document_of_sse, events_of
from tests.sinks.serving import Serving

RESPONSES: dict[str, Callable[[Any], Response]] = {
    "sse": sse_response,
    "text": text_stream_response,
    "ui": ui_message_stream_response,
    "ag_ui": ag_ui_response,
}
every_response = pytest.mark.parametrize("kind", RESPONSES)


class Report(BaseModel):
    title: str
    summary: str


REPORT = {"title": "Night trains", "summary": "They are coming back, " * 10}


@contextmanager
def web(*replies: Any, client: type[Any] = AsyncOpenAI, linger: float = 0) -> Iterator[tuple[str, LoopbackServer]]:
    """A web application that asks a model on the loopback server, and streams the answer in each protocol."""
    with LoopbackServer(*replies) as model:
        made = client(base_url=model.base_url, api_key="none", max_retries=0)
        partials = rxs.from_openai(made, response_model=Report, model="m", messages=[]).pipe(
            rxs.accumulate_json(), rxs.to_partial(Report), rxs.share_latest(linger=linger)
        )

        async def report(request: Request) -> Response:
            return RESPONSES[request.path_params["kind"]](partials)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            yield
            await made.close() if isinstance(made, AsyncOpenAI) else made.close()

        with Serving(Starlette(routes=[Route("/{kind}", report)], lifespan=lifespan)) as site:
            yield site.url, model


@every_response
@pytest.mark.parametrize("client", [OpenAI, AsyncOpenAI])
def test_headers(kind: str, client: type[Any]) -> None:
    """The headers are those of the protocol, and keep proxies and caches from holding the stream back."""
    with web(answer(REPORT), client=client) as (url, _):
        response = httpx.get(f"{url}/{kind}")
    assert response.status_code == 200
    wanted = "text/plain; charset=utf-8" if kind == "text" else "text/event-stream; charset=utf-8"
    assert response.headers["content-type"] == wanted
    assert "no-cache" in response.headers["cache-control"]
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers.get("x-vercel-ai-ui-message-stream") == ("v1" if kind == "ui" else None)


@every_response
def test_an_early_failure_sets_the_status(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """What fails before the first item is an HTTP error: the provider's status, or 502; it quotes nobody, but is logged."""
    with web(http_error(401, "bad key sk-abc")) as (url, _):
        unauthorized = httpx.get(f"{url}/{kind}")
    assert unauthorized.status_code == 401
    assert "AuthenticationError" in caplog.text
    assert unauthorized.json() == {"error": "SourceFailed", "message": "the language model's service failed"}
    with web(http_error(429, retry_after=7)) as (url, _):
        limited = httpx.get(f"{url}/{kind}")
    assert limited.status_code == 429
    assert limited.headers["retry-after"] == "7"
    with web(answer("no JSON")) as (url, _):
        assert httpx.get(f"{url}/{kind}").status_code == 502


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"
NO_WAITS = ["5\xe2\x82\xac", "5\xff", "", "soon", "7" * 5_000, "-7", f"{DATE}!"]


@pytest.mark.parametrize(("kind", "wait"), [*zip(cycle(RESPONSES), ["7", "0.5", DATE, *NO_WAITS], strict=False)])
def test_how_long_to_wait(kind: str, wait: str) -> None:
    """Of a provider's `Retry-After` only a number of seconds or a date is passed on; anything else does not spoil the answer."""
    with web(replace(http_error(429), headers={"retry-after": wait})) as (url, _):
        response = httpx.get(f"{url}/{kind}")
    assert response.status_code == 429
    assert response.headers.get("retry-after") == (None if wait in NO_WAITS else wait)
    assert response.json()["error"] == "SourceFailed"


@every_response
@pytest.mark.parametrize("client", [OpenAI, AsyncOpenAI])
def test_leaving_closes_the_request(kind: str, client: type[Any]) -> None:
    """A client that leaves, even while nothing comes, disposes the pipeline up to the model's HTTP stream."""
    stalled = faults.stall(answer(REPORT), after_events=8)
    with web(stalled, client=client) as (url, model):
        with httpx.stream("GET", f"{url}/{kind}") as response:
            body = response.iter_bytes()  # dropping this would be leaving, too
            next(body)
            assert not model.requests[0].disconnected.is_set()
        assert model.requests[0].disconnected.wait(5)
        assert not model.requests[0].completed.is_set()


def test_leaving_before_the_first_item() -> None:
    """A client that gives up before anything has come closes the request as well."""
    with web(faults.stall(answer(REPORT))) as (url, model):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/sse", timeout=0.3)
        assert model.requests[0].disconnected.wait(5)


def test_a_late_failure_is_in_band() -> None:
    """What fails after the first item leaves the status at 200, and comes as an event."""
    with web(faults.cut(answer(REPORT), after_events=8)) as (url, _):
        response = httpx.get(f"{url}/sse")
    assert response.status_code == 200
    assert events_of(response.text)[-1].name == "failed"


def test_text_breaks_off() -> None:
    """A text stream has no words for an error: its body is broken off, which a client reports as one."""
    with (
        web(faults.cut(answer(REPORT), after_events=8)) as (url, _),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        httpx.get(f"{url}/text")


def test_returning_readers_resume() -> None:
    """Over `share_latest`, `Last-Event-ID` is answered with one snapshot and what followed; there is one request."""
    go_on = threading.Event()
    with web(faults.stall(answer(REPORT), after_events=12, until=go_on), linger=5) as (url, model):
        body = b""
        with httpx.stream("GET", f"{url}/sse") as response:
            for chunk in response.iter_raw():
                body += chunk
                if b"summary" in body:
                    break
        left_at = [event for event in events_of(body.decode()) if event.id][-1]  # what a browser has
        go_on.set()
        resumed = httpx.get(f"{url}/sse", headers={"Last-Event-ID": left_at.id})
        after_the_end = httpx.get(f"{url}/sse", headers={"Last-Event-ID": "not a number"})
        assert len(model.requests) == 1
        assert model.requests[0].completed.is_set()
    first, *rest = events_of(resumed.text)
    assert int(first.id) == int(left_at.id) + 1
    (added,) = json.loads(first.data)
    assert added["op"] == "add"
    assert added["path"] == ""
    assert added["value"]["summary"].startswith("They")
    assert rest[-1].name == "completed"
    assert document_of_sse(resumed.text) == document_of_sse(after_the_end.text) == REPORT


def test_fastapi_routes() -> None:
    """In FastAPI a route returns the response, or, by FastAPI's own support, yields the events."""
    fastapi = pytest.importorskip("fastapi", reason="FastAPI is not installed")
    from fastapi.sse import EventSourceResponse

    app = fastapi.FastAPI()
    snapshots = rxs.replay(json.dumps(REPORT)).pipe(rxs.accumulate_json())

    @app.get("/returned")
    async def returned() -> fastapi.responses.Response:
        return sse_response(snapshots)

    @app.get("/yielded", response_class=EventSourceResponse)
    async def yielded() -> Any:
        async for event in sse_events(snapshots):
            yield event

    with Serving(app) as site:
        bodies = [httpx.get(f"{site.url}/{name}") for name in ("returned", "yielded")]
    assert [document_of_sse(body.text) for body in bodies] == [REPORT, REPORT]
    assert events_of(bodies[0].text) == events_of(bodies[1].text)
