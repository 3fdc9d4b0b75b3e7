"""llmock as the peer: a mock server that is not ours, with both APIs, faults and a journal of what it sent."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

import rxstruct as rxs
from rxstruct.sources import ToolCallDelta
from rxstruct.stream import Stream

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("llmock") is None,
    reason="llmock is not installed: it comes with the extra `peers`",
)

TEXT = '{"name": "Ada é 😀", "interests": ["mathematics", "engines", "poetry"]}'
PATIENCE = 10


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """The mock, on a real socket of this machine."""
    with importlib.import_module("llmock.testing").LLMockServer() as server:
        yield server


@pytest.fixture
def script(server: Any) -> Any:
    """What the next requests meet: `script.Reply(…)`, `script.StreamFault(…)`, `script.Fail(…)`, each added to the queue."""
    scenarios = importlib.import_module("llmock.scenarios")

    class Script:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *args, **options: server.state.scenarios.add(getattr(scenarios, name)(*args, **options))

    server.state.scenarios.clear()
    server.state.journal.clear()
    return Script()


@pytest.fixture
def client(server: Any) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.base_url("openai"), api_key="none", max_retries=0) as client:
        yield client


def chat(client: OpenAI, **options: Any) -> Stream[str]:
    return rxs.from_openai(client, model="gpt-4o-mini", messages=[{"role": "user", "content": "Go"}], **options)


def responses(client: OpenAI, **options: Any) -> Stream[str]:
    return rxs.from_openai_responses(client, model="gpt-4o-mini", input="Go", **options)


both_apis = pytest.mark.parametrize("ask", [chat, responses])


@both_apis
def test_an_answer(client: OpenAI, script: Any, ask: Callable[..., Stream[str]]) -> None:
    """Text, with characters sent as escapes, arrives as it is, and parses."""
    script.Reply(TEXT)
    assert "".join(ask(client)) == TEXT
    script.Reply(TEXT)
    assert ask(client).pipe(rxs.accumulate_json()).final().value["name"] == "Ada é 😀"


@both_apis
def test_truncated(client: OpenAI, script: Any, ask: Callable[..., Stream[str]]) -> None:
    """A stream that ends cleanly but early, with no finish, is SourceFailed."""
    script.Reply(TEXT)
    script.StreamFault("truncate", after_chunks=4)
    with pytest.raises(rxs.SourceFailed, match="before the provider said"):
        ask(client).final()


@both_apis
def test_disconnected(client: OpenAI, script: Any, ask: Callable[..., Stream[str]]) -> None:
    """A dropped connection is SourceFailed, caused by the transport's error."""
    script.Reply(TEXT)
    script.StreamFault("disconnect", after_chunks=4)
    with pytest.raises(rxs.SourceFailed) as raised:
        ask(client).final()
    assert isinstance(raised.value.__cause__, httpx2.TransportError)


@both_apis
def test_malformed(client: OpenAI, script: Any, ask: Callable[..., Stream[str]]) -> None:
    """An event that is not JSON is SourceFailed."""
    script.Reply(TEXT)
    script.StreamFault("malformed", after_chunks=4)
    with pytest.raises(rxs.SourceFailed, match="not JSON"):
        ask(client).final()


@both_apis
def test_leaving_a_stalled_stream(client: OpenAI, server: Any, script: Any, ask: Callable[..., Stream[str]]) -> None:
    """Leaving while the server stands still ends the request there: its journal has few chunks sent, and a wait given up."""
    script.Reply(TEXT)
    script.StreamFault("stall", after_chunks=8, stall_seconds=PATIENCE)
    for _ in ask(client):
        break
    (record,) = server.state.journal.records(wait=PATIENCE)
    assert not record.completed
    assert record.chunks_sent <= 8


def test_rate_limits(server: Any, script: Any) -> None:
    """A 429 is the SDK's to retry; without retries it is SourceFailed, caused by the SDK's RateLimitError."""
    script.Fail(429, retry_after=0)
    script.Reply(TEXT)
    with OpenAI(base_url=server.base_url("openai"), api_key="none", max_retries=1) as client:
        assert "".join(chat(client)) == TEXT
    script.Fail(429, retry_after=0)
    without_retries = OpenAI(base_url=server.base_url("openai"), api_key="none", max_retries=0)
    with without_retries, pytest.raises(rxs.SourceFailed) as raised:
        chat(without_retries).final()
    assert isinstance(raised.value.__cause__, openai.RateLimitError)


def test_the_token_limit(client: OpenAI, script: Any) -> None:
    """`length` is Truncated."""
    script.Reply(TEXT[:20], finish_reason="length")
    with pytest.raises(rxs.Truncated) as raised:
        chat(client).final()
    assert raised.value.text == TEXT[:20]


@pytest.mark.parametrize("api", ["chat completions", "Responses"])
def test_tool_calls(client: OpenAI, script: Any, api: str) -> None:
    """Two calls of one answer have their names and whole arguments, from either API."""
    call = importlib.import_module("llmock.scenarios").ToolCall
    script.Reply(tool_calls=(call("Weather", {"city": "Oslo"}), call("Search", {"query": "é"})))
    parameters = {"type": "object", "properties": {}}
    request: dict[str, Any] = {
        "input": "Go",
        "tools": [{"type": "function", "name": "Weather", "parameters": parameters}],
    }
    if api == "chat completions":
        function = {"name": "Weather", "parameters": parameters}
        messages = [{"role": "user", "content": "Go"}]
        request = {"messages": messages, "tools": [{"type": "function", "function": function}]}
    texts: dict[str, str] = {}
    for event in rxs.openai_events(client, model="gpt-4o-mini", **request):
        if isinstance(event, ToolCallDelta):
            texts[event.name] = texts.get(event.name, "") + event.arguments
    assert texts.keys() == {"Weather", "Search"}
    assert rxs.replay(texts["Search"]).pipe(rxs.accumulate_json()).final().value == {"query": "é"}
