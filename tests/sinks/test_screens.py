"""The examples for other screens run without one, and end with the whole profile."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.sinks.protocols import events_of
from tests.sinks.serving import Serving

SCREENS = Path(__file__).parents[2] / "examples" / "screens"
NAME, INTEREST = "Alex Chen", "Folk art"


@pytest.fixture(autouse=True)
def beside_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples import one another by name, as scripts do; the profile comes at once."""
    monkeypatch.setattr(sys, "path", [str(SCREENS), *sys.path])
    monkeypatch.setattr(importlib.import_module("profiles"), "SPEED", 50.0)


def test_textual() -> None:
    """The terminal application fills in, by Textual's own pilot."""
    pytest.importorskip("textual", reason="Textual is not installed: pip install textual")
    from textual.widgets import Markdown, ProgressBar

    app = importlib.import_module("textual_app").ProfileApp()

    async def run() -> tuple[str, Any]:
        async with app.run_test() as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
            return app.query_one(Markdown).source, app.query_one(ProgressBar).percentage

    source, percentage = asyncio.run(run())
    assert NAME in source
    assert INTEREST in source
    assert percentage == 1


@pytest.mark.filterwarnings("ignore")
def test_streamlit() -> None:
    """The page fills in when its button is clicked, by Streamlit's own test runner."""
    pytest.importorskip("streamlit", reason="Streamlit is not installed: pip install 'rxstruct[screens]'")
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(SCREENS / "streamlit_app.py")).run(timeout=20)
    app.button[0].click().run(timeout=20)
    assert not app.exception
    assert NAME in app.markdown[0].value
    assert INTEREST in app.markdown[0].value


@pytest.mark.filterwarnings("ignore")
def test_nicegui() -> None:
    """The page fills in when its button is clicked, by NiceGUI's own simulated user."""
    pytest.importorskip("nicegui", reason="NiceGUI is not installed: pip install 'rxstruct[screens]'")
    from nicegui.testing import user_simulation

    async def run() -> None:
        async with user_simulation(main_file=SCREENS / "nicegui_app.py") as user:
            await user.open("/")
            user.find("Write").click()
            await user.should_see(INTEREST, retries=50)
            await user.should_see(NAME)

    asyncio.run(run())


# In a process of its own, because Gradio leaves an event loop open.
GRADIO = """
import profiles
profiles.SPEED = 50
from gradio_app import demo
from gradio_client import Client
_, url, _ = demo.launch(prevent_thread_lock=True, quiet=True)
job = Client(url, verbose=False).submit(api_name="/write")
print(job.result(timeout=20), len(job.outputs()))
"""


def test_gradio() -> None:
    """The page's button gives the growing profile to Gradio's own client."""
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("Gradio is not installed: pip install 'rxstruct[screens]'")
    paths = os.pathsep.join([str(SCREENS), str(SCREENS.parents[1])])
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": paths}
    ran = subprocess.run([sys.executable, "-c", GRADIO], env=environment, capture_output=True, text=True, timeout=60)
    assert NAME in ran.stdout, ran.stderr[-2000:]
    assert INTEREST in ran.stdout
    assert int(ran.stdout.split()[-1]) > 3


@pytest.mark.filterwarnings("ignore")
def test_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell redraws its one display to the end."""
    pytest.importorskip("IPython", reason="IPython is not installed: pip install ipython")
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    InteractiveShell.instance()
    with capture_output() as captured:
        runpy.run_path(str(SCREENS / "notebook.py"))
    shown = captured.outputs[-1].data["text/markdown"]
    assert NAME in shown
    assert INTEREST in shown
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("path", ["htmx", "datastar"])
def test_fragments(path: str) -> None:
    """The fragments that htmx and Datastar swap in grow to the whole profile."""
    with Serving(importlib.import_module("htmx_page").app) as site:
        assert "hx-ext" in httpx2.get(site.url).text
        events = [event for event in events_of(httpx2.get(f"{site.url}/{path}").text) if "<dl" in event.data]
    assert len(events) > 3
    assert NAME in events[-1].data
    assert INTEREST in events[-1].data
