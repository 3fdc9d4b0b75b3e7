"""The example page, and the browser client, in a real browser."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

import rxstruct as rxs
from rxstruct.sinks import browser_client, sse_response
from rxstruct.testing import faults
from rxstruct.testing.replies import Reply, answer
from rxstruct.testing.server import LoopbackServer
from tests.sinks.serving import Serving
from tests.sinks.test_json_patches import NASTY

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytest.importorskip("fastapi", reason="FastAPI is not installed: pip install 'rxstruct[web]'")
from examples.web.app import create_app  # noqa: E402
from examples.web.model import REPORT, loopback_model  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")

# Notes in which order the fields first have text.
WATCH = """
window.seen = [];
new MutationObserver(() => {
  for (const field of document.querySelectorAll("[data-field]"))
    if (field.textContent && !window.seen.includes(field.dataset.field)) window.seen.push(field.dataset.field);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""

READ = """() => {
  const text = (name) => document.querySelector(`[data-field=${name}]`).textContent;
  const read = ({ children: [heading, text, sources] }) =>
    ({ heading: heading.textContent, text: text.textContent, sources: parseInt(sources.textContent) });
  const sections = [...document.querySelectorAll("[data-field=sections] section")].map(read);
  return { title: text("title"), summary: text("summary"), sections, conclusion: text("conclusion") };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab, whose page must not have thrown anything."""
    opened = browser.new_page()
    opened.set_default_timeout(10_000)
    thrown: list[Any] = []
    opened.on("pageerror", lambda error: thrown.append(error))
    opened.add_init_script(WATCH)
    yield opened
    opened.close()
    assert thrown == []


@contextmanager
def page_with(model: LoopbackServer) -> Iterator[str]:
    """The example's page, with a model."""
    with model, Serving(create_app(AsyncOpenAI(base_url=model.base_url, api_key="none", max_retries=0))) as site:
        yield site.url


def ended(tab: Any) -> None:
    tab.wait_for_selector("#stop[disabled]")
    tab.wait_for_selector("#marbles [data-kind=completed], #marbles [data-kind=failed]", state="attached")


def test_the_report_fills_in(tab: Any) -> None:
    """Fields appear in the document's order; at the end the page shows the document, and a marble for each field."""
    with page_with(loopback_model(speed=200)) as url:
        tab.goto(url)
        tab.click("#start")
        ended(tab)
        assert tab.evaluate("window.seen") == list(REPORT)
        assert tab.evaluate(READ) == REPORT
        assert tab.inner_text("#state") == "Complete."
        assert tab.locator("#marbles [data-kind=closed]").count() == len(REPORT)
        assert tab.locator(".open, .absent").count() == 0


def stalling(after_events: int, until: threading.Event | None = None) -> LoopbackServer:
    def reply(request: Any) -> Reply:
        return faults.stall(answer(REPORT, speed=400), after_events=after_events, until=until)

    return LoopbackServer(respond=reply)


def test_stop_stops_the_generation(tab: Any) -> None:
    """The stop button closes the model's stream, and the page keeps what there was."""
    model = stalling(after_events=40)
    with page_with(model) as url:
        tab.goto(url)
        tab.click("#start")
        tab.wait_for_function("document.querySelector('[data-field=summary]').textContent.length > 20")
        tab.click("#stop")
        assert model.requests[0].disconnected.wait(5)
        ended(tab)
        assert not model.requests[0].completed.is_set()
        assert tab.inner_text("#state").startswith("Stopped")
        assert tab.inner_text("[data-field=title]") == REPORT["title"]


def test_a_reload_resumes(tab: Any) -> None:
    """A reload in mid-stream comes back to the same run, and to the same end, with one request."""
    go_on = threading.Event()
    model = stalling(after_events=60, until=go_on)
    with page_with(model) as url:
        tab.goto(url)
        tab.click("#start")
        tab.wait_for_function("document.querySelectorAll('[data-field=sections] section').length > 0")
        tab.reload()
        tab.wait_for_function("document.querySelectorAll('[data-field=sections] section').length > 0")
        go_on.set()
        ended(tab)
        assert tab.evaluate(READ) == REPORT
        assert len(model.requests) == 1


@pytest.mark.parametrize(
    ("scenario", "error", "sections"),
    [("cut-off", "Truncated", 2), ("stubborn", "AttemptsFailed", 2), ("unauthorized", "Disconnected", 0)],
)
def test_errors_are_shown(tab: Any, scenario: str, error: str, sections: int) -> None:
    """Each kind of failure is shown, beside what there was."""
    with page_with(loopback_model(speed=400)) as url:
        tab.goto(url)
        tab.select_option("#scenario", scenario)
        tab.click("#start")
        ended(tab)
        assert tab.inner_text("#error").startswith(error)
        assert tab.locator("[data-field=sections] section").count() == sections


def test_asking_again_is_shown(tab: Any) -> None:
    """When a field is invalid, the page says so as it happens, begins anew, and ends with the valid report."""
    model = loopback_model(speed=400)
    with page_with(model) as url:
        tab.goto(url)
        tab.select_option("#scenario", "invalid")
        tab.click("#start")
        ended(tab)
        assert "attempt 2. sections[1].sources" in tab.inner_text("#again")
        assert tab.locator("#marbles [data-kind=again]").count() == len(REPORT)
        assert tab.evaluate(READ) == REPORT
        assert len(model.requests) == 2
        assert model.requests[0].disconnected.is_set()


def test_markup_is_text(tab: Any) -> None:
    """Markup that the model writes is shown as text, and never run."""
    hostile = "</script><img src=x onerror='document.title=1'>"
    report = {**REPORT, "title": hostile, "conclusion": hostile}
    with page_with(LoopbackServer(respond=lambda request: answer(report))) as url:
        tab.goto(url)
        tab.click("#start")
        ended(tab)
        assert tab.evaluate(READ) == report
        assert tab.locator("article img").count() == 0


def test_names_survive_in_the_browser(tab: Any) -> None:
    """Field names with slashes, tildes, quotes, line breaks and markup reach the browser's object, and its callbacks."""
    document = {name: {name: [name]} for name in NASTY}

    async def index(request: Request) -> Response:
        return HTMLResponse("<!doctype html><link rel=icon href=data:,>")

    async def events(request: Request) -> Response:
        return sse_response(rxs.replay(json.dumps(document)).pipe(rxs.accumulate_json()))

    async def client(request: Request) -> Response:
        return FileResponse(browser_client())

    routes = [Route("/", index), Route("/events", events), Route("/rxstruct.js", client)]
    with Serving(Starlette(routes=routes)) as site:
        tab.goto(site.url)
        arrived, names = tab.evaluate("""async () => {
          const { follow } = await import("/rxstruct.js");
          const names = new Set();
          return new Promise((resolve, reject) => follow("/events", {
            onField: (name) => names.add(name),
            onCompleted: (document) => resolve([JSON.stringify(document), [...names]]),
            onFailed: reject,
          }));
        }""")
    assert json.loads(arrived) == document
    assert names == list(document)
