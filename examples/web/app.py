"""The application: what streams, and the routes of the page.

What goes in: an OpenAI client. What comes out: a FastAPI application. A run is one answer, for which the model is asked again
where it is not valid; any number of readers may follow it, leave, and come back (a reload does both), and stop it.
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
    complaints: list[str]
    """Why the model was asked again, each time."""
    stop: Subject[None]


def start(client: AsyncOpenAI, model: str) -> Run:
    """A run, which begins with its first reader: one stream of partial reports for all."""
    complaints: list[str] = []
    stop: Subject[None] = Subject()

    def on_event(event: object) -> None:
        if isinstance(event, rxs.AnswerInvalid):
            complaints.append(str(event.error))

    prompt = "Write a short report about night trains in Europe."
    report = rxs.ask(
        client,
        Report,
        model=model,
        messages=[{"role": "user", "content": prompt}],
        max_attempts=2,
        on_truncated="fail",
        on_event=on_event,
    ).pipe(
        rxs.throttle_latest(1 / UPDATES_PER_SECOND),
        rxs.stop_when(stop),
        rxs.share_latest(linger=SECONDS_TO_COME_BACK),
    )
    return Run(report, complaints, stop)


def for_a_page(run: Run) -> Observable[Any]:
    """What one reader gets: which attempt it is, its progress, and its partial reports."""

    def attempt(number: int) -> NamedEvent:
        return NamedEvent("attempt", {"number": number, "complaint": run.complaints[-1] if number > 1 else None})

    def progress_of(attempt: Observable[Report]) -> Observable[NamedEvent]:
        return attempt.pipe(rxs.progress(), ops.map(told))

    return run.report.pipe(
        rxs.share_latest(
            lambda report: rx.merge(
                report.pipe(ops.map(rxs.attempt_of), ops.distinct_until_changed(), ops.map(attempt)),
                report.pipe(ops.group_by(rxs.attempt_of), ops.flat_map(progress_of)),
                report,
            )
        )
    )


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
        return sse_response(for_a_page(run_of(run_id)))

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
