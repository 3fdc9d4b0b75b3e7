"""The real front ends, from npm, run by node against a real server: each ends with the document, or with the error."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import rxstruct as rxs
from rxstruct.sinks import ag_ui_response, text_stream_response, ui_message_stream_response
from tests.sinks.serving import Serving

NPM = Path(__file__).parent / "npm"
pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: apt-get install nodejs npm"),
    pytest.mark.skipif(not (NPM / "node_modules").is_dir(), reason="the front ends are not installed: make npm"),
]

# The AI SDK's own parser of partial JSON refuses a field called __proto__.
NAMES = ["a/b", "~", "~1", '"', "\n", "</script>", "", "0", "\u2028", "é😀"]
DOCUMENT = {
    "title": "Night trains",
    "sections": [{name: [name, 1.5, None]} for name in NAMES],
    **dict.fromkeys(NAMES, True),
}
TEXT = json.dumps(DOCUMENT, ensure_ascii=False)
TEXTS = {"whole": TEXT, "broken": TEXT[: len(TEXT) // 2]}


async def respond(request: Request) -> Response:
    snapshots = rxs.replay(TEXTS[request.path_params["text"]]).pipe(rxs.accumulate_json())
    match request.path_params["protocol"]:
        case "text":
            return text_stream_response(snapshots)
        case "ui":
            return ui_message_stream_response(snapshots)
        case "ui-tool":
            return ui_message_stream_response(snapshots, tool="report")
        case protocol:
            run = await request.json()
            tool = "report" if protocol == "ag-ui-tool" else None
            return ag_ui_response(snapshots, thread_id=run["threadId"], run_id=run["runId"], tool=tool)


@pytest.fixture(scope="module")
def states() -> dict[str, Any]:
    """What every front end ends with, from one run of node."""
    with Serving(Starlette(routes=[Route("/{protocol}/{text}", respond, methods=["POST"])])) as site:
        ran = subprocess.run(["node", str(NPM / "clients.mjs"), site.url], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("protocol", ["text", "ui", "ui-tool", "ag-ui", "ag-ui-tool"])
def test_the_client_has_the_document(states: dict[str, Any], protocol: str) -> None:
    """The final state of the AI SDK's `useObject` and `useChat`, and of AG-UI's agent, is the document."""
    state = states[f"{protocol}/whole"]
    assert state.get("error") is None
    assert state["document"] == DOCUMENT


@pytest.mark.parametrize(
    ("protocol", "error"), [("text", "terminated"), ("ui", "the text ended"), ("ag-ui", "Truncated")]
)
def test_the_client_has_the_error(states: dict[str, Any], protocol: str, error: str) -> None:
    """An error in mid-stream reaches the client as one, and what came before it is still there."""
    state = states[f"{protocol}/broken"]
    assert error in state["error"]
    assert state["document"]["title"] == DOCUMENT["title"]
