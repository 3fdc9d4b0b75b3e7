"""The loopback server, driven by the real openai client over real HTTP."""

from __future__ import annotations

import asyncio
import importlib
import json
import random
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from uvicorn.protocols.http.h11_impl import H11Protocol

from rxstruct.testing import faults
from rxstruct.testing.exchange import Cut, ReceivedRequest, Reply
from rxstruct.testing.replies import Call, answer, hang_up, html_page, http_error, random_cut, recorded
from rxstruct.testing.server import LoopbackServer

PROFILE = {"name": "Ada", "bio": "é, 日本, 😀", "interests": ["mathematics", "engines"]}
PROFILE_TEXT = json.dumps(PROFILE, ensure_ascii=False)
PATIENCE = 10  # seconds that a broken server may cost a test; a working one never uses them


def client_of(server: LoopbackServer, **options: Any) -> OpenAI:
    return OpenAI(base_url=server.base_url, api_key="none", **{"max_retries": 0, "timeout": PATIENCE, **options})


def chat(client: OpenAI, **options: Any) -> Iterator[Any]:
    """The chunks of one chat completion."""
    request = {"model": "any", "messages": [{"role": "user", "content": "A profile"}], "stream": True, **options}
    with client.chat.completions.create(**request) as stream:
        yield from stream


def contents(chunks: Iterator[Any], choice: int = 0) -> list[str]:
    return [c.delta.content for chunk in chunks for c in chunk.choices if c.index == choice and c.delta.content]


def ask(*replies: Reply, **options: Any) -> str:
    """The text of the answer to one chat completion."""
    with LoopbackServer(*replies) as server, client_of(server) as client:
        return "".join(contents(chat(client, **options)))


# Answers


def test_a_document_arrives_in_deltas_of_four_characters() -> None:
    """A document is streamed as its JSON text, four characters a delta."""
    with LoopbackServer(answer(PROFILE)) as server, client_of(server) as client:
        deltas = contents(chat(client))
    assert "".join(deltas) == PROFILE_TEXT
    assert {len(delta) for delta in deltas[:-1]} == {4}


def test_text_is_cut_as_it_is_told() -> None:
    """`cut` is a length, or a function from the text to its deltas."""
    for cut, wanted in ((3, ["abc", "de"]), (lambda text: [text[:1], text[1:]], ["a", "bcde"])):
        with LoopbackServer(answer("abcde", cut=cut)) as server, client_of(server) as client:
            assert contents(chat(client)) == wanted


def test_a_cut_makes_nothing_of_nothing() -> None:
    """A function that returns the pieces of one text leaves the parts that the answer lacks empty."""
    with LoopbackServer(answer("abc", cut=lambda text: ["a", "bc"])) as server, client_of(server) as client:
        assert not any(choice.delta.refusal for chunk in chat(client) for choice in chunk.choices)


def test_each_request_gets_the_next_reply() -> None:
    """Replies are used in order; after the last one `respond` answers."""
    replies = LoopbackServer(answer("one"), answer("two"), respond=lambda request: answer(request.body["model"]))
    with replies as server, client_of(server) as client:
        said = ["".join(contents(chat(client, model="three"))) for _ in range(4)]
    assert said == ["one", "two", "three", "three"]


def test_a_request_too_many_is_told_so() -> None:
    """With no reply left the client gets an error that says what to do, and does not retry it."""
    with LoopbackServer() as server, client_of(server, max_retries=2) as client:
        with pytest.raises(openai.NotFoundError, match="no reply left"):
            list(chat(client))
        assert len(server.requests) == 1


def test_parallel_tool_calls_one_after_the_other_or_in_turn() -> None:
    """The arguments of parallel tool calls arrive whole, whichever way their deltas are mixed."""
    calls = [Call("weather", {"city": "Rome"}), Call("time", {"zone": "Europe/Rome"})]
    for interleaved in (False, True):
        with LoopbackServer(answer(tool_calls=calls, interleaved=interleaved)) as server, client_of(server) as client:
            parts = [part for chunk in chat(client) for part in chunk.choices[0].delta.tool_calls or ()]
        arguments = {index: "".join(p.function.arguments for p in parts if p.index == index) for index in (0, 1)}
        assert [json.loads(text) for text in arguments.values()] == [call.arguments for call in calls]
        assert ([part.index for part in parts] == sorted(part.index for part in parts)) is not interleaved


def test_choices_are_mixed() -> None:
    """Several documents become several choices, whose deltas come in turn."""
    with LoopbackServer(answer("first", "second")) as server, client_of(server) as client:
        chunks = list(chat(client, n=2))
    assert "".join(contents(iter(chunks), 0)) == "first"
    assert "".join(contents(iter(chunks), 1)) == "second"


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
def test_finish_reason(reason: str) -> None:
    """The finish reason is the one that was asked for."""
    with LoopbackServer(answer("half", finish_reason=reason)) as server, client_of(server) as client:
        assert [c.choices[0].finish_reason for c in chat(client) if c.choices[0].finish_reason] == [reason]


def test_refusal() -> None:
    """A refusal arrives as refusal deltas, with no content."""
    with LoopbackServer(answer(refusal="I won't.")) as server, client_of(server) as client:
        chunks = list(chat(client))
    assert "".join(c.choices[0].delta.refusal or "" for c in chunks) == "I won't."
    assert contents(iter(chunks)) == []


def test_usage_only_where_it_is_asked_for() -> None:
    """A usage chunk with no choices ends the stream if the request includes usage."""
    with LoopbackServer(answer("four"), answer("four")) as server, client_of(server) as client:
        assert not any(chunk.usage for chunk in chat(client))
        *_, last = chat(client, stream_options={"include_usage": True})
    assert last.choices == []
    assert last.usage.completion_tokens == 1


def test_the_same_answer_through_the_responses_api() -> None:
    """Reasoning, text and tool calls accumulate in the SDK's own response helper as they were given."""
    calls = [Call("weather", {"city": "Rome"}), Call("time", {"zone": "Europe/Rome"})]
    for interleaved in (False, True):
        reply = answer(PROFILE, reasoning="Let me see.", tool_calls=calls, interleaved=interleaved)
        with (
            LoopbackServer(reply) as server,
            client_of(server) as client,
            client.responses.stream(model="any", input="A profile") as stream,
        ):
            response = stream.get_final_response()
        assert response.output_text == PROFILE_TEXT
        kinds = [item.type for item in response.output]
        assert kinds == ["reasoning", "message", "function_call", "function_call"]
        arguments = [json.loads(item.arguments) for item in response.output if item.type == "function_call"]
        assert arguments == [call.arguments for call in calls]


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        (answer(refusal="I won't."), ["response.refusal.delta", "response.completed"]),
        (answer("half", finish_reason="length"), ["response.output_text.delta", "response.incomplete"]),
        (answer("half", finish_reason="content_filter"), ["response.output_text.delta", "response.incomplete"]),
        (faults.error_object(answer("half"), after_events=5), ["response.output_text.delta", "error"]),
    ],
)
def test_endings_of_the_responses_api(reply: Reply, kinds: list[str]) -> None:
    """A refusal, an incomplete response and an error have their own events."""
    with LoopbackServer(reply) as server, client_of(server) as client:
        events = [event.type for event in client.responses.create(model="any", input="A profile", stream=True)]
    assert set(kinds) <= set(events)
    assert events[-1] == kinds[-1]


@pytest.mark.parametrize("seed", range(3))
def test_a_recorded_body_is_sent_byte_for_byte(seed: int) -> None:
    """A recorded body arrives as it was given, however it is cut."""
    body = (
        b'data: {"choices":[{"index":0,"delta":{"content":"\xc3\xa9\xe6\x97\xa5"}}]}\r\n\r\n: ping\n\ndata: [DONE]\n\n'
    )
    reply = recorded(body, cut=random_cut(seed, longest=3))
    with LoopbackServer(reply, reply) as server, client_of(server) as client:
        request = {"model": "any", "messages": [], "stream": True}
        with client.chat.completions.with_streaming_response.create(**request) as response:  # type: ignore[call-overload]
            assert b"".join(response.iter_bytes()) == body
        assert contents(chat(client)) == ["é日"]
        assert server.requests[0].sent_bytes == len(body)
        assert server.requests[0].sent_events == 3


def test_random_cuts_are_the_same_for_the_same_seed() -> None:
    """A seed stands for its cuts, which lose nothing."""
    text = "".join(random.Random(1).choices("abc日", k=500))
    assert random_cut(7)(text) == random_cut(7)(text) != random_cut(8)(text)
    assert "".join(random_cut(7)(text)) == text


# What the server saw


def test_the_request_is_kept() -> None:
    """Path, headers and body of a request are there for a test to read."""
    with LoopbackServer(answer("x")) as server, client_of(server) as client:
        list(chat(client, temperature=0))
        (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer none"
    assert request.body["temperature"] == 0
    assert request.completed.is_set()
    assert not request.disconnected.is_set()
    assert request.sent_events == 4


def test_a_background_response_goes_on() -> None:
    """Retrieving a response as a stream gets the next reply, and the place to start from is in the query."""
    with LoopbackServer(answer("the rest")) as server, client_of(server) as client:
        events = list(client.responses.retrieve("resp_loopback", stream=True, starting_after=7))
        (request,) = server.requests
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "the rest"
    assert sorted(request.query.split("&")) == ["starting_after=7", "stream=true"]


def test_a_client_that_leaves_is_noticed() -> None:
    """Closing the stream in the middle sets `disconnected`, and nothing more is sent."""
    with LoopbackServer(faults.stall(answer(PROFILE), after_events=3)) as server, client_of(server) as client:
        chunks = chat(client)
        assert next(chunks).choices[0].delta.role == "assistant"
        assert not server.requests[0].disconnected.is_set()
        chunks.close()  # type: ignore[attr-defined]
        assert server.requests[0].disconnected.wait(PATIENCE)
        assert server.requests[0].sent_events == 3
    assert not server.requests[0].completed.is_set()


async def leave_early(server: LoopbackServer) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="any", messages=[{"role": "user", "content": "A profile"}], stream=True
        )
        await stream.__anext__()
        await stream.close()


def test_an_async_client_that_leaves_is_noticed() -> None:
    """The same for the async client, while the server is sending."""
    with LoopbackServer(answer(PROFILE, speed=20)) as server:
        asyncio.run(leave_early(server))
        assert server.requests[0].disconnected.wait(PATIENCE)
        assert not server.requests[0].completed.is_set()


def test_closing_ends_a_stalled_answer() -> None:
    """Leaving the `with` block ends every connection; that is no disconnect of the client's."""
    with LoopbackServer(faults.stall(answer(PROFILE), after_events=1)) as server:
        client = client_of(server)
        chunks = chat(client)
        next(chunks)
    with pytest.raises(openai.APIConnectionError):
        next(chunks)
    client.close()
    assert not server.requests[0].disconnected.is_set()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.base_url.split(":")[2].split("/")[0])))


def test_nothing_that_is_sent_waits_for_company() -> None:
    """The server's sockets send at once (TCP_NODELAY), so that a connection that is kept does not cost 40 ms a request."""
    with LoopbackServer(faults.stall(answer(PROFILE), after_events=1)) as server, client_of(server) as client:
        chunks = chat(client)  # dropping this would be leaving
        next(chunks)
        (connection,) = server._uvicorn.server_state.connections
        assert isinstance(connection, H11Protocol)
        its_socket = connection.transport.get_extra_info("socket")
        assert its_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_many_requests_at_once() -> None:
    """Answers run side by side: a stalled one holds up no other."""
    go_on = threading.Event()
    stalled = faults.stall(answer("first"), after_events=2, until=go_on)
    with LoopbackServer(stalled, answer("second")) as server, client_of(server) as client:
        first = chat(client)
        next(first)
        assert "".join(contents(chat(client))) == "second"
        go_on.set()
        assert "".join(contents(first)) == "first"


def test_what_is_no_streaming_request_is_refused() -> None:
    """A request without stream=True, or to another path, gets an error in words and uses up no reply."""
    with LoopbackServer(answer("x")) as server, client_of(server) as client:
        with pytest.raises(openai.BadRequestError, match="stream=True"):
            client.chat.completions.create(model="any", messages=[])
        with pytest.raises(openai.NotFoundError, match="no POST /v1/embeddings"):
            client.embeddings.create(model="any", input="x")
        assert server.requests == []
        assert "".join(contents(chat(client))) == "x"


# Faults


def events_before(reply: Reply, error: type[Exception] | tuple[type[Exception], ...]) -> int:
    """How many chunks the client had before the error."""
    with LoopbackServer(reply) as server, client_of(server) as client:
        chunks: list[Any] = []
        with pytest.raises(error):
            chunks.extend(chat(client))  # keeps what came before the error
        return len(chunks)


def test_cut_after_events() -> None:
    """After so many events the connection closes in mid-body, which the client reports."""
    assert events_before(faults.cut(answer(PROFILE), after_events=3), openai.APIConnectionError) == 3


def test_cut_after_bytes() -> None:
    """After so many bytes, within an event, likewise."""
    with LoopbackServer(faults.cut(answer(PROFILE), after_bytes=500)) as server, client_of(server) as client:
        with pytest.raises(openai.APIConnectionError):
            list(chat(client))
        assert server.requests[0].sent_bytes == 500
        assert not server.requests[0].completed.is_set()
        assert not server.requests[0].disconnected.is_set()


def test_a_cut_is_at_the_same_byte_however_the_body_is_cut() -> None:
    """A place counted in events does not depend on where the network cut the body."""
    body = b"".join(b"data: %d\r\n\r\n" % number for number in range(9))
    for cut in (None, 1, 2, 3, 5, random_cut(1)):
        reply = faults.cut(recorded(body, cut=cut), after_events=4)
        steps = list(reply.steps(ReceivedRequest("POST", "/v1/chat/completions", "", {}, {})))
        assert b"".join(step for step in steps if isinstance(step, bytes))[: 4 * 11] == body[: 4 * 11]
        sent = b"".join(step for step in steps[: steps.index(Cut())] if isinstance(step, bytes))
        assert sent == body[: 4 * 11]


def read_to_the_end(server: LoopbackServer) -> bytes:
    """What a bare socket gets for one request."""
    body = b'{"stream": true}'
    host, port = server.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def test_on_the_wire_a_cut_is_a_fin_and_a_reset_a_rst() -> None:
    """A cut connection ends, without the last chunk of its body; a reset one fails."""
    with LoopbackServer(faults.cut(answer("x"), after_events=3), faults.reset(answer("x"), after_events=3)) as server:
        assert not read_to_the_end(server).endswith(b"0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            read_to_the_end(server)


def test_reset() -> None:
    """To the SDK's users a reset is a connection error."""
    assert events_before(faults.reset(answer(PROFILE), after_events=3), openai.APIConnectionError) <= 3


def test_stall_until() -> None:
    """A stall ends when its event is set, and the rest follows."""
    go_on = threading.Event()
    with (
        LoopbackServer(faults.stall(answer(PROFILE), after_events=2, until=go_on)) as server,
        client_of(server) as client,
    ):
        chunks = chat(client)
        next(chunks)
        go_on.set()
        assert "".join(contents(chunks)) == PROFILE_TEXT


def test_a_stall_is_a_time_out_to_an_impatient_client() -> None:
    """The client's own time-out ends a stalled read, and the server sees it leave."""
    with LoopbackServer(faults.stall(answer(PROFILE), after_events=2)) as server:
        with client_of(server, timeout=0.2) as client, pytest.raises(openai.APITimeoutError):
            list(chat(client))
        assert server.requests[0].disconnected.wait(PATIENCE)


def test_malformed_event() -> None:
    """An event whose data is no JSON comes in between."""
    assert events_before(faults.malformed(answer(PROFILE), after_events=3), json.JSONDecodeError) == 3


def test_invalid_utf8() -> None:
    """An event that is not UTF-8 comes in between."""
    assert events_before(faults.invalid_utf8(answer(PROFILE), after_events=3), UnicodeDecodeError) == 3


def test_error_object() -> None:
    """An error object in mid-stream is what the SDK raises as an APIError."""
    assert events_before(faults.error_object(answer(PROFILE), after_events=3), openai.APIError) == 3


def test_too_many_requests() -> None:
    """The SDK obeys the Retry-After of a 429 and asks again."""
    with LoopbackServer(http_error(429, retry_after=0), answer("at last")) as server:
        with client_of(server, max_retries=1) as client:
            assert "".join(contents(chat(client))) == "at last"
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (http_error(429, retry_after=60), openai.RateLimitError),
        (http_error(500), openai.InternalServerError),
        (hang_up(), openai.APIConnectionError),
    ],
)
def test_no_stream_at_all(reply: Reply, error: type[Exception]) -> None:
    """HTTP errors and a closed connection are the SDK's own exceptions."""
    assert events_before(reply, error) == 0


def test_a_web_page_instead() -> None:
    """A page with status 200 has no events, and the SDK takes it for an empty stream."""
    assert ask(html_page()) == ""


def test_what_the_client_copes_with() -> None:
    """Compression and a wrong content type lose nothing."""
    assert ask(faults.gzipped(answer(PROFILE))) == PROFILE_TEXT
    assert ask(faults.content_type(answer(PROFILE), "application/json")) == PROFILE_TEXT


def test_slow() -> None:
    """A body that comes byte by byte loses nothing either."""
    body = b'data: {"choices":[{"index":0,"delta":{"content":"slow"}}]}\n\n'
    assert ask(faults.slow(recorded(body), bytes_per_second=5_000)) == "slow"


def test_a_fault_strikes_once() -> None:
    """What a fault puts in comes once, and the rest of the body after it."""
    request = ReceivedRequest("POST", "/v1/chat/completions", "", {}, {})
    sound = b"".join(step for step in answer(PROFILE).steps(request) if isinstance(step, bytes))
    for place in ({"after_bytes": 700}, {"after_events": 3}, {"after_bytes": 99_999}):
        broken = b"".join(
            step for step in faults.malformed(answer(PROFILE), **place).steps(request) if isinstance(step, bytes)
        )
        before, fault, after = broken.partition(b'data: {"id":"chatcmpl-loopback","cho\n\n')
        assert fault
        assert before + after == sound


def test_two_places_are_refused() -> None:
    """A fault strikes at one place."""
    with pytest.raises(TypeError, match="not both"):
        faults.cut(answer("x"), after_events=1, after_bytes=1)


def test_a_place_beyond_the_end_is_the_end() -> None:
    """A fault that is set beyond the body's end strikes at its end."""
    body = b'data: {"choices":[]}\n\n'
    assert events_before(faults.cut(recorded(body), after_events=99), openai.APIConnectionError) == 1


def test_without_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is not installed, importing the server says how to install it."""
    monkeypatch.delitem(sys.modules, "rxstruct.testing.server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs the package uvicorn: pip install 'rxstruct\[testing\]'"):
        importlib.import_module("rxstruct.testing.server")
