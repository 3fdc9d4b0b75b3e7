"""How `response_model` is sent: as keywords of the request.

`chat_request` and `responses_request` take what the user gave and return the keywords for the SDK, and say how the answer will
have to be read (`Expectation`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, TypeAdapter

from ..options import check_choice
from ..typing import cached_by_type
from .unwrapping import WRAPPER_KEY

Via: TypeAlias = Literal["schema", "tool", "json_object", "none"]
"""How a model is sent: as the response format, as the one tool to call, as words beside JSON mode, or not at all."""

NAME_LENGTH = 64
DEFAULT_NAME = "answer"


@dataclass(frozen=True)
class Expectation:
    """How the answer to a request has to be read."""

    as_tool_call: bool = False
    wrapped: bool = False


@dataclass(frozen=True)
class AnswerSchema:
    """A model as providers take it: an object schema, strict in the SDK's own way."""

    name: str
    schema: dict[str, Any]
    wrapped: bool


@dataclass(frozen=True)
class JsonSchema:
    """A JSON schema in the place of a model: what a part of one is asked for by."""

    schema: dict[str, Any]


def chat_request(request: Mapping[str, Any], response_model: Any, via: Via) -> tuple[dict[str, Any], Expectation]:
    """The keywords of a chat completions request for an answer of `response_model`."""
    check_stream(request)
    if "messages" not in request:
        hint = "input= belongs to the Responses API: use from_openai_responses" if "input" in request else "give it"
        raise TypeError(f"a chat completions request needs messages=; {hint}")
    check_messages(request["messages"])
    if (request.get("n") or 1) > 1:
        raise TypeError("n > 1 gives several answers: use openai_events(…) with choice(n) and content()")
    if not check_model(request, response_model, via):
        return dict(request), Expectation()
    answer = answer_schema(response_model)
    if via == "tool":
        function = {"name": answer.name, "strict": True, "parameters": answer.schema}
        choice = {"type": "function", "function": {"name": answer.name}}
        added = {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    elif via == "json_object":
        system = {"role": "system", "content": instruction(answer)}
        added = {"response_format": {"type": "json_object"}, "messages": [system, *request["messages"]]}
    else:
        schema = {"name": answer.name, "strict": True, "schema": answer.schema}
        added = {"response_format": {"type": "json_schema", "json_schema": schema}}
    return {**request, **added}, Expectation(as_tool_call=via == "tool", wrapped=answer.wrapped)


def responses_request(request: Mapping[str, Any], response_model: Any, via: Via) -> tuple[dict[str, Any], Expectation]:
    """The keywords of a Responses request for an answer of `response_model`."""
    check_stream(request)
    if "messages" in request:
        raise TypeError("messages= belongs to chat completions: use from_openai, or give input=")
    if not check_model(request, response_model, via):
        return dict(request), Expectation()
    text: Mapping[str, Any] = request.get("text") or {}
    if "format" in text:
        raise TypeError('text={"format": …} and response_model both say what the answer is: leave the format out')
    answer = answer_schema(response_model)
    if via == "tool":
        function = {"type": "function", "name": answer.name, "strict": True, "parameters": answer.schema}
        added: dict[str, Any] = {"tools": [function], "tool_choice": {"type": "function", "name": answer.name}}
    elif via == "json_object":
        said = request.get("input", [])
        asked = [{"role": "user", "content": said}] if isinstance(said, str) else said
        # In the input, not in `instructions`: JSON mode wants the word JSON to be there.
        added = {
            "text": {**text, "format": {"type": "json_object"}},
            "input": [{"role": "system", "content": instruction(answer)}, *asked],
        }
    else:
        schema = {"type": "json_schema", "name": answer.name, "strict": True, "schema": answer.schema}
        added = {"text": {**text, "format": schema}}
    return {**request, **added}, Expectation(as_tool_call=via == "tool", wrapped=answer.wrapped)


def check_messages(messages: Any) -> None:
    """Refuse a message where a list of messages belongs: a text would be sent letter by letter."""
    listed = messages if isinstance(messages, list | tuple) else ()
    if isinstance(messages, str | Mapping) or any(isinstance(message, str) for message in listed):
        raise TypeError(
            f"messages is a {type(messages).__name__}{' of texts' if listed else ''}: "
            'give a list of messages, as in messages=[{"role": "user", "content": "…"}]'
        )


def check_stream(request: Mapping[str, Any]) -> None:
    """Refuse what is not a stream."""
    if request.get("stream", True) is not True:
        raise TypeError(f"stream={request['stream']!r}: this always streams; leave stream out")


def check_model(request: Mapping[str, Any], response_model: Any, via: Via) -> bool:
    """Whether a model has to be sent; TypeError where the request says so in two ways."""
    check_choice("via", via, Via)
    if response_model is None:
        for name in ("response_format", "text_format"):
            if isinstance(request.get(name), type):
                raise TypeError(f"{name}={request[name].__name__}: give a model as response_model=")
        return False
    for name in ("response_format", "text_format"):
        if name in request:
            raise TypeError(f"{name} and response_model both say what the answer is: leave {name} out")
    if via == "tool" and ("tools" in request or "tool_choice" in request):
        raise TypeError(
            'tools and via="tool" both say what may be called: leave tools out, or use openai_events and tool_calls()'
        )
    return via != "none"


@cached_by_type
def answer_schema(model: Any) -> AnswerSchema:
    """The strict schema of any type that pydantic knows, wrapped in an object where it is none itself.

    Made once for each type: it takes as long as reading a few hundred deltas.
    """
    schema = json_schema_of(model)
    definitions = schema.pop("$defs", {})
    root = schema
    if set(root) == {"$ref"}:
        # A recursive model is a mere reference to itself, where providers want an object that they can see.
        root = definitions[root["$ref"].rpartition("/")[2]]
    wrapped = root.get("type") != "object"
    if wrapped:
        root = {"type": "object", "properties": {WRAPPER_KEY: root}}
    return AnswerSchema(
        schema_name(model), strict({**root, **({"$defs": definitions} if definitions else {})}), wrapped
    )


def json_schema_of(model: Any) -> dict[str, Any]:
    """The JSON schema of any type that pydantic knows, as a new dict; TypeError where it has none."""
    if isinstance(model, JsonSchema):
        return dict(model.schema)
    adapter: TypeAdapter[Any] = model if isinstance(model, TypeAdapter) else type_adapter(model)
    try:
        return adapter.json_schema()
    except Exception as error:
        raise no_schema(model, error) from error


def type_adapter(model: Any) -> TypeAdapter[Any]:
    """pydantic's adapter for a type; TypeError where it knows none."""
    try:
        return TypeAdapter(model)
    except Exception as error:
        raise no_schema(model, error) from error


def no_schema(model: Any, error: Exception) -> TypeError:
    """What to say of a model that cannot be sent."""
    reason = str(error).partition("\n")[0]
    return TypeError(f'response_model {model!r} has no JSON schema ({reason}); give another, or via="none"')


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The SDK's own strict form of a schema."""
    from openai import pydantic_function_tool

    # The SDK's public way to its strict schemas goes through a model class, and asks that for its schema.
    class Carrier(BaseModel):
        @classmethod
        def model_json_schema(cls, *_args: Any, **_options: Any) -> dict[str, Any]:
            return schema

    return dict(pydantic_function_tool(Carrier)["function"].get("parameters", {}))


def schema_name(model: Any) -> str:
    """A name that providers allow: letters, digits, `_` and `-`."""
    name = model.__name__ if isinstance(model, type) else DEFAULT_NAME
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:NAME_LENGTH]


def instruction(answer: AnswerSchema) -> str:
    """The schema in words, for providers that know only JSON mode."""
    return f"Answer with one JSON object and nothing else. It must conform to this JSON schema: {json.dumps(answer.schema)}"
