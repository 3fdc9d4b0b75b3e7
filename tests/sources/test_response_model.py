"""What is sent for a model, and what is refused: seen from the server's side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from rxstruct.errors import SourceFailed
from rxstruct.sources import from_openai, from_openai_responses, openai_events
from rxstruct.testing.exchange import Reply
from rxstruct.testing.replies import Call, answer
from rxstruct.testing.server import LoopbackServer

from .clients import async_client, sync_client

MESSAGES = [{"role": "user", "content": "A profile"}]


class User(BaseModel):
    """A person."""

    name: str
    age: int | None = None


class Node(BaseModel):
    children: list[Node]


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


@dataclass
class Point:
    x: int


class Pair(TypedDict):
    left: int


WRAPPED = answer('{"value": [1]}')


def sent(source: Callable[..., Any] = from_openai, reply: Reply = WRAPPED, **request: Any) -> tuple[Any, str]:
    """The body that the server got, and the text that came out."""
    asked = {"input": "A profile"} if source is from_openai_responses else {"messages": MESSAGES}
    with LoopbackServer(reply) as server, sync_client(server.base_url) as client:
        text = "".join(source(client, model="any", **asked, **request))
        return server.requests[0].body, text


# What is sent


def test_a_model_goes_as_the_sdk_sends_it() -> None:
    """`via="schema"` sends the SDK's own strict schema, under the model's name, to either API."""
    schema = to_strict_json_schema(User)
    body, _ = sent(response_model=User)
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "User", "strict": True, "schema": schema},
    }
    body, _ = sent(from_openai_responses, response_model=User, text={"verbosity": "low"})
    assert body["text"] == {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "User", "strict": True, "schema": schema},
    }


@pytest.mark.parametrize(
    ("model", "wrapped"),
    [
        (User, False),
        (Point, False),
        (Pair, False),
        (dict[str, int], False),
        (Node, False),
        (TypeAdapter(User), False),
        (list[User], True),
        (TypeAdapter(list[User]), True),
        (int, True),
        (User | None, True),
        (Annotated[Cat | Dog, Field(discriminator="kind")], True),
        (list[Node], True),
    ],
    ids=str,
)
def test_only_roots_that_are_no_objects_are_wrapped(model: Any, wrapped: bool) -> None:
    """Providers want an object as the root: anything else is asked for as `{"value": …}`, and arrives without that."""
    body, text = sent(response_model=model)
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False or model == dict[str, int]
    assert ("value" in schema.get("properties", {})) is wrapped
    assert text.strip() == ("[1]" if wrapped else '{"value": [1]}')


def test_definitions_stay_within_reach() -> None:
    """The references of a wrapped or recursive schema lead to definitions at its root, as they say."""
    for model in (list[Node], Node):
        body, _ = sent(response_model=model)
        assert "Node" in body["response_format"]["json_schema"]["schema"]["$defs"]


@pytest.mark.parametrize("source", [from_openai, from_openai_responses])
def test_via_tool(source: Callable[..., Any]) -> None:
    """`via="tool"` offers one tool that must be called; the text is its arguments, unwrapped."""
    reply = answer("Let me see.", tool_calls=[Call("answer", {"value": [1]})])
    body, text = sent(source, response_model=list[int], via="tool", reply=reply)
    (tool,) = body["tools"]
    function = tool.get("function", tool)
    assert (function["name"], function["strict"]) == ("answer", True)
    assert "answer" in str(body["tool_choice"])
    assert text.strip() == "[1]"


@pytest.mark.parametrize("source", [from_openai, from_openai_responses])
def test_via_json_object(source: Callable[..., Any]) -> None:
    """`via="json_object"` asks for JSON mode, and puts the schema into a system message ahead of the others."""
    body, text = sent(source, response_model=list[int], via="json_object")
    mode = body["response_format"] if source is from_openai else body["text"]["format"]
    messages = body["messages"] if source is from_openai else body["input"]
    assert mode == {"type": "json_object"}
    assert messages[0]["role"] == "system"
    assert "JSON schema" in messages[0]["content"]
    assert messages[1] == MESSAGES[0]
    assert text.strip() == "[1]"


def test_via_none() -> None:
    """`via="none"` sends nothing of the model, and unwraps nothing."""
    body, text = sent(response_model=list[int], via="none")
    assert body.keys() == {"model", "messages", "stream"}
    assert text == '{"value": [1]}'


def test_names_are_what_providers_allow() -> None:
    """A name has only letters, digits, `_` and `-`, and at most 64 of them."""
    for name in ("Page[User]", "Größe", "x" * 99):
        model = type(name, (User,), {})
        body, _ = sent(response_model=model)
        sent_name = body["response_format"]["json_schema"]["name"]
        assert len(sent_name) <= 64
        assert sent_name.replace("_", "").isascii()


def test_the_rest_of_the_request_is_the_sdks() -> None:
    """Whatever else is given goes to the SDK as it is, `stream=True` included."""
    body, _ = sent(temperature=0, stream=True, extra_body={"top_k": 1})
    assert (body["temperature"], body["top_k"], body["stream"]) == (0, 1, True)


# What is refused, at once


@pytest.mark.parametrize(
    ("source", "request_", "message"),
    [
        (from_openai, {"messages": [], "stream": False}, "always streams"),
        (from_openai, {"messages": [], "n": 2}, "choice(n)"),
        (from_openai, {"input": "x"}, "from_openai_responses"),
        (from_openai, {}, "needs messages="),
        (from_openai, {"messages": [], "response_model": User, "response_format": User}, "leave response_format out"),
        (from_openai, {"messages": [], "response_format": User}, "response_model="),
        (from_openai, {"messages": [], "response_model": User, "via": "xml"}, "via='xml'"),
        (from_openai, {"messages": [], "response_model": User, "via": "tool", "tools": []}, "tools"),
        (from_openai, {"messages": [], "response_model": Callable[[], int]}, "no JSON schema"),
        (from_openai, {"messages": [], "response_model": object()}, "no JSON schema"),
        (from_openai, {"messages": [], "resume": True}, "Responses"),
        (from_openai_responses, {"messages": []}, "use from_openai"),
        (from_openai_responses, {"input": "", "response_model": User, "text_format": User}, "leave text_format out"),
        (from_openai_responses, {"input": "", "response_model": User, "text": {"format": {}}}, "leave the format out"),
        (from_openai_responses, {"input": "", "text_format": User}, "response_model="),
        (from_openai_responses, {"input": "", "resume": True, "background": False}, "background"),
        (openai_events, {"messages": [], "stream": False}, "always streams"),
        (openai_events, {"messages": "Go"}, "give a list of messages"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_misuse(source: Callable[..., Any], request_: dict[str, Any], message: str) -> None:
    """What can't be meant is refused when the stream is made, in one line that says what to do."""
    with sync_client("http://127.0.0.1:9") as client, pytest.raises((TypeError, ValueError)) as raised:
        source(client, model="any", **request_)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_client() -> None:
    """Keywords of a request with something that is no client are refused, and so is what holds no chunks."""
    with pytest.raises(TypeError, match="need an OpenAI or AsyncOpenAI client"):
        openai_events(["chunk"], model="any", messages=[])
    for source in (openai_events, from_openai_responses):
        with pytest.raises(TypeError, match="resume: these need an OpenAI or AsyncOpenAI client"):
            source(["chunk"], resume=True)
    for ask in (from_openai, from_openai_responses):
        with pytest.raises(ValueError, match="via='xml' is not known"):
            ask(["chunk"], via="xml")  # type: ignore[arg-type]
    for nothing in (None, 3):
        with pytest.raises(TypeError, match="a source of chunks is an iterable"):
            openai_events(nothing)  # type: ignore[arg-type]
    errors: list[Exception] = []
    openai_events(lambda: 3).subscribe(on_error=errors.append)  # type: ignore[arg-type, return-value]
    assert "not int" in str(errors[0])


def test_a_closed_client() -> None:
    """A client that has been closed is named as the reason."""
    client = sync_client("http://127.0.0.1:9")
    client.close()
    with pytest.raises(SourceFailed, match="the client is closed"):
        from_openai(client, model="any", messages=[]).final()


def test_an_async_client_without_a_loop() -> None:
    """An async client where no loop runs is told so in one line, through `on_error`."""
    client = async_client("http://127.0.0.1:9")
    errors: list[Exception] = []
    from_openai(client, model="any", messages=[]).subscribe(on_error=errors.append)
    assert isinstance(errors[0], SourceFailed)
    assert "running event loop" in str(errors[0])
    assert "`await stream.afinal()` in place of final()" in str(errors[0])
    asyncio.run(client.close())
