"""The application: what streams, and the routes of the page.

What goes in: an OpenAI client. What comes out: a FastAPI application. A run is one request to the model; any number of readers
may follow it, leave, and come back (a reload of the page does both), and anybody may stop it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, NamedTuple

import reactivex as rx
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, Response
from openai import AsyncOpenAI
from pydantic import BaseModel
from reactivex import Observable
from reactivex import operators as ops
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.sinks import NamedEvent, browser_client, sse_response

PAGE = Path(__file__).parent / "page"
UPDATES_PER_SECOND = 20
SECONDS_TO_COME_BACK = 10
"""How long a run goes on with nobody reading it: a reload takes less."""
RUNS_KEPT = 50


class Section(BaseModel):
    heading: str
    text: str
    sources: int


class Report(BaseModel):
    title: str
    summary: str
    sections: list[Section]
    conclusion: str


class Run(NamedTuple):
    report: Observable[Report]
    stop: Subject[None]


def start(client: AsyncOpenAI, model: str) -> Run:
    """A run, which begins with its first reader: one request, and one stream of partial reports for all."""
    stop: Subject[None] = Subject()
    prompt = "Write a short report about night trains in Europe."
    report = rxs.from_openai(
        client, response_model=Report, model=model, messages=[{"role": "user", "content": prompt}]
    ).pipe(
        rxs.accumulate_json(),
        rxs.to_partial(Report),
        rxs.throttle_latest(1 / UPDATES_PER_SECOND),
        rxs.stop_when(stop),
        rxs.share_latest(linger=SECONDS_TO_COME_BACK),
    )
    return Run(report, stop)


def with_progress(report: Observable[Report]) -> Observable[Any]:
    """The partial reports, and the progress of each, for one reader."""
    return report.pipe(rxs.share_latest(lambda shared: rx.merge(shared.pipe(rxs.progress(), ops.map(told)), shared)))


def told(progress: rxs.Progress[Report]) -> NamedEvent:
    """What the page is told of the progress."""
    return NamedEvent(
        "progress",
        {
            "completed": list(progress.completed),
            "current": progress.current,
            "total": progress.total,
            "fraction": progress.fraction,
        },
    )


def create_app(client: AsyncOpenAI, llm: str | None = None) -> FastAPI:
    """The application.

    Args:
        client: where the model is.
        llm: the model's name; by default the page's choice of scenario, which the loopback model knows.
    """
    app = FastAPI()
    runs: dict[str, Run] = {}

    def run_of(run_id: str) -> Run:
        if run_id not in runs:
            raise HTTPException(404, "this run is over, and forgotten: start another one")
        return runs[run_id]

    @app.post("/runs/{scenario}")
    async def begin(scenario: str) -> str:
        run_id = secrets.token_urlsafe(8)
        runs[run_id] = start(client, llm or scenario)
        while len(runs) > RUNS_KEPT:
            runs.pop(next(iter(runs))).stop.on_next(None)
        return run_id

    @app.get("/runs/{run_id}/events")
    async def events(run_id: str) -> Response:
        return sse_response(with_progress(run_of(run_id).report))

    @app.post("/runs/{run_id}/stop", status_code=204)
    async def stop(run_id: str) -> None:
        run_of(run_id).stop.on_next(None)

    @app.get("/rxstruct.js")
    async def client_module() -> FileResponse:
        return FileResponse(browser_client())

    @app.get("/{name}")
    async def page(name: str) -> FileResponse:
        if name not in ("page.css", "page.js", "marbles.js"):
            raise HTTPException(404)
        return FileResponse(PAGE / name)

    @app.get("/")
    async def index() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    return app
