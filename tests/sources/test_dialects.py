"""The ways in which OpenAI-compatible servers differ, each by its name: from the bytes of an event to typed events."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from rxstruct.errors import ContentFiltered, RxStructError, SourceFailed, Truncated
from rxstruct.sources import (
    Event,
    Finish,
    ProviderError,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
    content,
    from_deltas,
    openai_events,
)
from rxstruct.sources.chat_completions import ChatCompletionsDecoder
from rxstruct.sources.decoding import BodyDecoder
from rxstruct.sources.responses import ResponsesDecoder


def read(*events: Any) -> list[Event]:
    """The typed events of JSON events, or of lines given as bytes, each one twice: in one read, and byte by byte."""
    lines = [event if isinstance(event, bytes) else b"data: " + json.dumps(event).encode() for event in events]
    body = b"".join(line + b"\n\n" for line in lines)
    at_once = decode([body], events)
    assert decode([body[at : at + 1] for at in range(len(body))], events) == at_once
    return at_once


def decode(pieces: list[bytes], events: Any) -> list[Event]:
    is_chat = not any(isinstance(event, dict) and "type" in event for event in events)
    decoder = BodyDecoder(ChatCompletionsDecoder() if is_chat else ResponsesDecoder())
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return [*found, *decoder.finish()]


def chunk(delta: Any = None, index: int = 0, finish_reason: str | None = None, **rest: Any) -> dict[str, Any]:
    """A chat completions event with one choice."""
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "1", "object": "chat.completion.chunk", "choices": [choice], **rest}


def call(arguments: Any = None, **rest: Any) -> dict[str, Any]:
    """A delta with one part of a tool call."""
    name = rest.pop("name", None)
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"tool_calls": [{**rest, "function": function}]}


DONE = b"data: [DONE]"

# The stream


def test_crlf_and_comments_and_no_space() -> None:
    """Lines end in CRLF (Perplexity), comments come in between (OpenRouter), no space follows the colon (Hugging Face)."""
    body = b': OPENROUTER PROCESSING\r\n\r\ndata:{"choices":[{"delta":{"content":"Hi"}}]}\r\n\r\n'
    assert decode([body], ()) == [TextDelta("Hi")]


def test_event_lines_that_an_error_or_a_ping_has() -> None:
    """`event:` lines before the data mean nothing here."""
    assert read(b'event: message\ndata: {"choices":[{"delta":{"content":"Hi"}}]}') == [TextDelta("Hi")]


def test_done_missing() -> None:
    """A stream may end without `[DONE]`, as Perplexity's and Google's do."""
    assert read(chunk({"content": "Hi"}), chunk({}, finish_reason="stop")) == [TextDelta("Hi"), Finish("stop")]


def test_done_without_a_finish_reason() -> None:
    """`[DONE]` with no finish reason before it (audio) is a finish without a reason, and a good end."""
    assert read(chunk({"content": "Hi"}), DONE) == [TextDelta("Hi"), Finish(None)]
    assert from_deltas([TextDelta("Hi"), Finish(None)]).pipe(content()).final() == "Hi"


def test_whatever_follows_done_is_ignored() -> None:
    """Nothing after `[DONE]` counts."""
    assert read(chunk({"content": "Hi"}), DONE, chunk({"content": "!"}), b"data: nonsense") == [
        TextDelta("Hi"),
        Finish(None),
    ]


def test_empty_data() -> None:
    """An event with no data says nothing."""
    assert read(b"data:", chunk({"content": "Hi"}), b"data:  ") == [TextDelta("Hi")]


# Chunks


@pytest.mark.parametrize(
    "empty",
    [
        chunk({"role": "assistant", "content": ""}),
        chunk({"role": "assistant", "content": None}),
        chunk({}),
        chunk(None),
        {"choices": []},
        {"choices": None},
        {"id": "1"},
        {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        {"choices": [{"index": 0, "content_filter_results": {}, "finish_reason": None}]},
        chunk({"content": "", "tool_calls": None, "refusal": None, "audio": {"transcript": "Hi"}}),
        chunk({"content": "", "logprobs": {"content": []}}, obfuscation="abc", p="abcdef", system_fingerprint=""),
    ],
    ids=[
        *("role chunk with empty text", "role chunk with null", "empty delta", "delta null", "choices empty"),
        *("choices null", "choices missing", "content filter prelude", "content filter results without a delta"),
        *("tool_calls null and audio", "padding fields"),
    ],
)
def test_chunks_that_say_nothing(empty: Any) -> None:
    """Each of them is no event."""
    assert read(empty, chunk({"content": "Hi"})) == [TextDelta("Hi")]


def test_choice_without_index() -> None:
    """A choice without an index is choice 0."""
    assert read({"choices": [{"delta": {"content": "Hi"}}]}) == [TextDelta("Hi", 0)]


def test_several_choices_interleaved() -> None:
    """With n > 1 each event has its choice's number, also several of them in one chunk."""
    both = {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}
    assert read(both, chunk({"content": "c"}, index=1)) == [TextDelta("b", 1), TextDelta("a", 0), TextDelta("c", 1)]


def test_text_in_a_message_beside_the_delta() -> None:
    """A `message` that repeats the text so far is not text again (Perplexity)."""
    events = read(
        {"choices": [{"index": 0, "delta": {"content": "Hel"}, "message": {"content": "Hel"}}]},
        {"choices": [{"index": 0, "delta": {"content": "lo"}, "message": {"content": "Hello"}}]},
        {"choices": [{"index": 0, "delta": {"content": ""}, "message": {"content": "Hello"}, "finish_reason": "stop"}]},
    )
    assert events == [TextDelta("Hel"), TextDelta("lo"), Finish("stop")]


def test_text_only_in_a_message() -> None:
    """An answer that comes whole, as a `message`, in a stream of one event (Perplexity's `chat.completion`)."""
    whole = {
        "index": 0,
        "message": {"role": "assistant", "content": "Hello"},
        "delta": {"content": ""},
        "finish_reason": "stop",
    }
    assert read({"object": "chat.completion", "choices": [whole]}) == [TextDelta("Hello"), Finish("stop")]


def test_content_as_a_list_of_parts() -> None:
    """Content may come as parts, with the model's thinking among them (Mistral)."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Hi"}]
    assert read(chunk({"content": parts})) == [ReasoningDelta("Hm."), TextDelta("Hi")]


def test_reasoning_among_the_parts_by_other_names() -> None:
    """A part may have the model's thinking as a text, or as a list of summaries (Databricks)."""
    summary = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "So."}]}
    parts = [{"type": "thinking", "thinking": "Hm."}, summary, {"type": "text", "text": "Hi"}]
    assert read(chunk({"content": parts})) == [ReasoningDelta("Hm."), ReasoningDelta("So."), TextDelta("Hi")]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_under_its_names(name: str) -> None:
    """Reasoning has two names."""
    assert read(chunk({name: "Hm.", "content": None})) == [ReasoningDelta("Hm.")]


def test_reasoning_under_two_names_at_once() -> None:
    """Reasoning that comes under several names at once (OpenRouter) is given out once."""
    details = [{"type": "reasoning.text", "text": "Hm."}]
    assert read(chunk({"content": "", "reasoning": "Hm.", "reasoning_details": details})) == [ReasoningDelta("Hm.")]
    assert read(chunk({"content": "", "reasoning_details": details})) == [ReasoningDelta("Hm.")]
    assert read(chunk({"reasoning": None, "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]})) == []


def test_refusal() -> None:
    """A refusal has its own field."""
    assert read(chunk({"content": None, "refusal": "No."})) == [RefusalDelta("No.")]


# Ends


def test_finish_reason_repeated() -> None:
    """A finish reason that is said again, as with a usage chunk (OpenRouter), is given out once."""
    again = chunk(
        {"content": ""}, finish_reason="stop", usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    )
    assert read(chunk({}, finish_reason="stop"), again) == [Finish("stop"), Usage(1, 2, 3)]


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        *((reason, Truncated) for reason in ("MAX_TOKENS", "model_length", "model_context_window_exceeded")),
        *((reason, ContentFiltered) for reason in ("sensitive", "SAFETY", "guardrail_intervened", "refusal")),
        *((reason, ContentFiltered) for reason in ("content_filter: PROHIBITED_CONTENT", "content-filter")),
        *((reason, SourceFailed) for reason in ("network_error", "ERROR", "MALFORMED_FUNCTION_CALL")),
    ],
)
def test_bad_ends_in_a_provider_s_own_words(reason: str, error: type[RxStructError]) -> None:
    """A bad end is one in the provider's own words, too, in capitals or not (Z.ai; Google, Anthropic, Bedrock by a gateway)."""
    with pytest.raises(error):
        from_deltas([TextDelta("Hi"), Finish(reason)]).pipe(content()).final()


def test_delta_after_the_finish_reason() -> None:
    """What comes after the finish reason still counts."""
    events = read(chunk({}, finish_reason="tool_calls"), chunk({"content": "Hi"}))
    assert events == [Finish("tool_calls"), TextDelta("Hi")]


def test_finish_in_the_chunk_of_the_last_text() -> None:
    """The text comes first where both are in one chunk (Mistral)."""
    assert read(chunk({"content": "Hi"}, finish_reason="stop")) == [TextDelta("Hi"), Finish("stop")]


def test_empty_finish_reason() -> None:
    """An empty finish reason is none."""
    assert read(chunk({"content": "Hi"}, finish_reason="")) == [TextDelta("Hi")]


@pytest.mark.parametrize("reason", ["eos", "eos_token", "STOP"])
def test_finish_reasons_of_other_names(reason: str) -> None:
    """A word that is not known to mean anything bad is a good end, as it stands (Together, Hugging Face)."""
    assert from_deltas([TextDelta("Hi"), Finish(reason)]).pipe(content()).final() == "Hi"


@pytest.mark.parametrize("reason", ["error", "insufficient_system_resource"])
def test_finish_reasons_that_mean_failure(reason: str) -> None:
    """A finish that says that the provider broke off is SourceFailed."""
    with pytest.raises(SourceFailed, match=reason):
        from_deltas([TextDelta("Hi"), Finish(reason)]).pipe(content()).final()


# Usage


def test_usage_in_its_own_chunk() -> None:
    """Usage comes in a chunk with no choices."""
    usage = {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    assert read({"choices": [], "usage": usage}) == [Usage(1, 2, 3, 4, 5)]


def test_usage_in_every_chunk() -> None:
    """A count in every chunk is given out when it has changed."""
    counts = [{"prompt_tokens": 1, "completion_tokens": n, "total_tokens": 1 + n} for n in (1, 1, 2)]
    events = read(*(chunk({"content": "x"}, usage=count) for count in counts))
    assert [event for event in events if isinstance(event, Usage)] == [Usage(1, 1, 2), Usage(1, 2, 3)]


def test_usage_null_and_partial() -> None:
    """Usage may be null, or lack details, or have null ones."""
    assert read(
        chunk({}, usage=None), {"choices": [], "usage": {"prompt_tokens": 1, "prompt_tokens_details": None}}
    ) == [Usage(1)]


def test_usage_under_x_groq() -> None:
    """Groq puts it under a name of its own."""
    assert read(chunk({}, x_groq={"id": "1", "usage": {"prompt_tokens": 1}})) == [Usage(1)]


NO_FIGURES: list[Any] = ["2", "", [2], {"x": 2}, True, -1000, 1.5, float("nan"), float("inf"), 10**5000, 2**53 + 1]


@pytest.mark.parametrize("value", NO_FIGURES, ids=lambda value: repr(value)[:12] if value != 10**5000 else "10**5000")
def test_a_usage_that_is_no_number(value: Any) -> None:
    """A figure that is no number of tokens has not been told; a usage without any is none."""
    details = {"cached_tokens": value, "reasoning_tokens": value}
    usage = {
        **dict.fromkeys(("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"), value),
        **dict.fromkeys(("prompt_tokens_details", "completion_tokens_details"), details),
        **dict.fromkeys(("input_tokens_details", "output_tokens_details"), details),
    }
    for given, read in (({**usage, "total_tokens": 3}, [Usage(0, 0, 3)]), (usage, []), (value, [])):
        chat, whole = ChatCompletionsDecoder(), {"type": "response.completed", "response": {"usage": given}}
        assert chat.decode({"choices": [], "usage": given}) == read
        assert chat.decode({"choices": [], "x_groq": {"usage": given}}) == []
        assert ResponsesDecoder().decode(whole) == [*read, Finish("stop")]


# Errors


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"message": "overloaded", "type": "server_error"}},
        {"error": "overloaded"},
        {"choices": [], "error": {"message": "overloaded", "code": 502}},
        {
            "choices": [
                {"index": 0, "delta": {"content": ""}, "error": {"message": "overloaded"}, "finish_reason": "error"}
            ]
        },
    ],
    ids=["object", "text", "beside choices", "inside a choice"],
)
def test_error_in_mid_stream(event: Any) -> None:
    """An error may be an object, or a text, in the event or in a choice; what `[DONE]` or usage say after it does not count."""
    found = []
    with pytest.raises(SourceFailed, match="overloaded"):
        found.extend(
            event for event in openai_events([chunk({"content": "Hi"}), event, chunk({}, finish_reason="stop")])
        )
    with pytest.raises(SourceFailed, match="overloaded"):
        read(chunk({"content": "Hi"}), event, DONE)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"object": "error", "message": "overloaded", "code": 50301}, "overloaded"),
        ({"choices": [], "x_groq": {"error": "overloaded"}}, "overloaded"),
        ({"error": {"code": 503}}, '{"code": 503}'),
        ({"error": {"code": 503, "message": None}}, '{"code": 503, "message": null}'),
    ],
    ids=["an error as the event", "under x_groq", "without a message", "with a message that is null"],
)
def test_errors_in_other_places(event: Any, message: str) -> None:
    """The event may be the error itself (LMDeploy), or have it under Groq's own name; one without a message is shown as it is."""
    with pytest.raises(SourceFailed, match=f"the provider reported an error: '{re.escape(message)}'"):
        read(chunk({"content": "Hi"}), event, DONE)


# Tool calls


def test_tool_call_in_pieces() -> None:
    """Id and name come once; each delta carries them."""
    events = read(chunk(call("", index=0, id="a", name="f")), chunk(call('{"x":', index=0)), chunk(call("1}", index=0)))
    assert events == [ToolCallDelta(text, "a", "f", 0) for text in ("", '{"x":', "1}")]


def test_tool_call_whole_without_index() -> None:
    """A call that comes whole has no index (Mistral, Ollama); two of them are two calls."""
    events = read(chunk(call("{}", id="a", name="f")), chunk(call('{"x":1}', id="b", name="f")))
    assert events == [ToolCallDelta("{}", "a", "f", 0), ToolCallDelta('{"x":1}', "b", "f", 1)]


def test_tool_calls_without_index_or_id() -> None:
    """A part with a name, but neither index nor id (Google), is a call of its own; one with no name goes on with the last."""
    events = read(chunk(call("{}", id="", name="f")), chunk(call('{"x":', id="", name="f")), chunk(call("1}")))
    assert events == [ToolCallDelta("{}", None, "f", 0), *(ToolCallDelta(x, None, "f", 1) for x in ('{"x":', "1}"))]


def test_tool_calls_of_one_chunk() -> None:
    """Several calls may come in one delta (Mistral)."""
    parts = [{"index": n, "id": str(n), "function": {"name": "f", "arguments": "{}"}} for n in (0, 1)]
    assert read(chunk({"tool_calls": parts})) == [ToolCallDelta("{}", "0", "f", 0), ToolCallDelta("{}", "1", "f", 1)]


def test_tool_calls_with_the_same_index() -> None:
    """Another id under the same index is another call; the same id is the same call."""
    events = read(
        chunk(call('{"x":', index=0, id="a", name="f")),
        chunk(call("1}", index=0, id="a")),
        chunk(call("{}", index=0, id="b", name="g")),
    )
    assert events == [
        ToolCallDelta('{"x":', "a", "f", 0),
        ToolCallDelta("1}", "a", "f", 0),
        ToolCallDelta("{}", "b", "g", 1),
    ]


def test_another_id_with_every_part() -> None:
    """A part that has another id, but no name, goes on with the call of its index (vLLM made up an id for every part)."""
    events = read(
        chunk(call("", index=0, id="a", name="f")),
        chunk(call('{"x":', index=0, id="b")),
        chunk(call("1}", index=0, id="c")),
        chunk(call("{}", index=1, id="d", name="g")),
    )
    assert events == [
        *(ToolCallDelta(text, "a", "f", 0) for text in ("", '{"x":', "1}")),
        ToolCallDelta("{}", "d", "g", 1),
    ]


def test_whole_calls_with_the_same_index_and_no_id() -> None:
    """Calls that come whole, all with index 0 and without an id (Google), are as many calls, of one name or of several."""
    parts = [{"index": 0, "id": "", "function": {"name": name, "arguments": "{}"}} for name in ("f", "f", "g")]
    calls = [ToolCallDelta("{}", None, name, index) for index, name in enumerate(("f", "f", "g"))]
    assert read(chunk({"tool_calls": parts})) == calls
    assert read(*(chunk({"tool_calls": [part]}) for part in parts)) == calls


def test_a_name_with_every_part_and_no_id() -> None:
    """A name that is said again, without an id, goes on with the call of its index (vLLM with a named tool), also with what
    would be an object by itself."""
    texts = ('{"x":', "{}", ',"y":1', "}")
    events = read(*(chunk(call(text, index=0, name="f")) for text in texts))
    assert events == [ToolCallDelta(text, None, "f", 0) for text in texts]


def test_tool_calls_interleaved() -> None:
    """Parts of several calls may take turns."""
    events = read(
        chunk(call("", index=0, id="a", name="f")),
        chunk(call("", index=1, id="b", name="g")),
        chunk(call("1", index=0)),
        chunk(call("2", index=1)),
    )
    assert [(event.name, event.arguments) for event in events if isinstance(event, ToolCallDelta)] == [
        *(("f", ""), ("g", ""), ("f", "1"), ("g", "2"))
    ]


def test_tool_call_that_begins_at_another_index() -> None:
    """A provider's own numbering may begin anywhere; ours is 0, 1, …"""
    assert read(chunk(call("{}", index=1, id="a", name="f"))) == [ToolCallDelta("{}", "a", "f", 0)]


def test_tool_call_repeats_its_name() -> None:
    """Id, name and type may come again with every delta."""
    events = read(*(chunk(call(text, index=0, id="a", name="f", type="function")) for text in ('{"x":', "1}")))
    assert events == [ToolCallDelta('{"x":', "a", "f", 0), ToolCallDelta("1}", "a", "f", 0)]


@pytest.mark.parametrize(
    ("arguments", "text"), [(None, ""), ("", ""), ({"x": 1}, '{"x": 1}')], ids=["null", "empty", "an object"]
)
def test_tool_arguments_of_other_kinds(arguments: Any, text: str) -> None:
    """Arguments may be null (Writer), empty, or an object instead of its text."""
    part = {"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}
    assert read(chunk({"tool_calls": [part]})) == [ToolCallDelta(text, "a", "f", 0)]


def test_function_call_of_old() -> None:
    """The older `function_call` is a tool call without an id."""
    events = read(
        chunk({"function_call": {"name": "f", "arguments": ""}}), chunk({"function_call": {"arguments": "{}"}})
    )
    assert events == [ToolCallDelta("", None, "f", 0), ToolCallDelta("{}", None, "f", 0)]


def test_text_before_a_tool_call() -> None:
    """Text may precede the calls (llama.cpp)."""
    assert read(chunk({"content": "Hm"}), chunk(call("{}", index=0, id="a", name="f"))) == [
        TextDelta("Hm"),
        ToolCallDelta("{}", "a", "f", 0),
    ]


# Characters


def test_a_character_cut_between_its_halves() -> None:
    """Halves of a surrogate pair in two deltas (servers in JavaScript) are one character, and half of it is never shown."""
    events = read(
        *(b'data: {"choices":[{"delta":{"content":"' + text + b'"}}]}' for text in (rb"a\ud83d", rb"\ude00b"))
    )
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["a", "😀b"]


def test_halves_in_a_tool_call() -> None:
    """So are those in the arguments of a tool call."""
    parts = [rb"\ud83d", rb"\ude00"]
    lines = (
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"' + part + b'"}}]}}]}'
        for part in parts
    )
    assert [event.arguments for event in read(*lines) if isinstance(event, ToolCallDelta)] == ["", "😀"]


def test_a_half_without_its_other() -> None:
    """A half that is followed by something else comes with that, as `json.loads` would give it."""
    events = read(b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}', chunk({"content": "x"}))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "\ud83dx"


# Values of other kinds


@pytest.mark.parametrize("value", [7, True, ["x"], {"x": 1}], ids=["number", "bool", "list", "object"])
def test_what_is_not_a_text(value: Any) -> None:
    """What is no text where a text belongs is an event of an unknown shape, not a TypeError for the reader."""
    events = [
        chunk({"refusal": value}),
        chunk({"content": [{"type": "text", "text": value}]}),
        chunk({}, finish_reason=value),
        chunk(call("{}", index=0, name=value)),
        *(delta(kind, value) for kind in ("output_text", "refusal", "reasoning_text", "function_call_arguments")),
        item("done", type="message", content=[{"type": "output_text", "text": value}]),
        item("done", type="message", content=[{"type": "refusal", "refusal": value}]),
        item("done", type="function_call", name=value, arguments=""),
        item("done", type="function_call", name="f", arguments=value),
    ]
    for event in events:
        with pytest.raises(SourceFailed, match="unknown shape"):
            read(event)


def test_an_index_that_is_no_number() -> None:
    """So is a choice's index that is no number."""
    with pytest.raises(SourceFailed, match="unknown shape"):
        read({"choices": [{"index": "a", "delta": {"content": "Hi"}}]})


# The Responses API


def item(event: str, output_index: int | None = 0, **described: Any) -> dict[str, Any]:
    placed = {} if output_index is None else {"output_index": output_index}
    return {"type": f"response.output_item.{event}", **placed, "item": described}


def delta(kind: str, text: str, output_index: int | None = 0, **rest: Any) -> dict[str, Any]:
    placed = {} if output_index is None else {"output_index": output_index}
    return {"type": f"response.{kind}.delta", "delta": text, **placed, **rest}


COMPLETED = {"type": "response.completed", "response": {}}


def test_commentary_is_not_the_answer() -> None:
    """Text of an item whose phase is commentary is marked so, and `content()` leaves it out."""
    events = read(
        item("added", 0, type="message", id="a", phase="commentary"),
        delta("output_text", "Let me see."),
        item("added", 1, type="message", id="b", phase="final_answer"),
        delta("output_text", "42", 1),
        COMPLETED,
    )
    assert events == [
        TextDelta("Let me see.", 0, 0, "commentary"),
        TextDelta("42", 0, 1, "final_answer"),
        Finish("stop"),
    ]
    assert list(from_deltas(events).pipe(content())) == ["42"]


def test_output_index_missing() -> None:
    """Where a server leaves `output_index` out (llama.cpp), the item's id says which it is."""
    events = read(
        item("added", None, type="message", id="a", phase="commentary"),
        item("added", None, type="function_call", id="b", call_id="call_b", name="f"),
        delta("function_call_arguments", "{}", None, item_id="b"),
        delta("output_text", "Hm", None, item_id="a"),
        COMPLETED,
    )
    assert events == [
        ToolCallDelta("", "call_b", "f", 0, 0, 1),
        ToolCallDelta("{}", "call_b", "f", 0, 0, 1),
        TextDelta("Hm", 0, 0, "commentary"),
        Finish("tool_calls"),
    ]


def test_reused_call_ids() -> None:
    """Two calls with the same call id are two calls: the item tells them apart (Bedrock)."""
    events = read(
        *(item("added", n, type="function_call", id=f"i{n}", call_id="same", name="f") for n in (0, 1)),
        delta("function_call_arguments", "{}", 1),
        delta("function_call_arguments", "[]", 0),
    )
    assert [(event.index, event.arguments) for event in events if isinstance(event, ToolCallDelta)] == [
        *((0, ""), (1, ""), (1, "{}"), (0, "[]"))
    ]


def test_arguments_and_text_that_come_only_when_done() -> None:
    """What no delta brought is given out with its item's end; what deltas brought is not given out twice."""
    events = read(
        item("added", 0, type="function_call", call_id="a", name="f"),
        item("done", 0, type="function_call", call_id="a", name="f", arguments="{}"),
        item("done", 1, type="function_call", call_id="b", name="g", arguments="[]"),
        item(
            "done",
            2,
            type="message",
            content=[{"type": "output_text", "text": "Hi"}, {"type": "refusal", "refusal": "No."}],
        ),
        item("added", 3, type="message"),
        delta("output_text", "Ho", 3),
        item("done", 3, type="message", content=[{"type": "output_text", "text": "Ho"}]),
    )
    assert events == [
        ToolCallDelta("", "a", "f", 0, 0, 0),
        ToolCallDelta("{}", "a", "f", 0, 0, 0),
        ToolCallDelta("", "b", "g", 1, 0, 1),
        ToolCallDelta("[]", "b", "g", 1, 0, 1),
        TextDelta("Hi", 0, 2),
        RefusalDelta("No.", 0, 2),
        TextDelta("Ho", 0, 3),
    ]


def test_an_empty_delta_is_no_text() -> None:
    """Nor does a delta that is empty bring the text: it still comes with its item's end."""
    events = read(
        delta("output_text", ""), item("done", type="message", content=[{"type": "output_text", "text": "Hi"}])
    )
    assert events == [TextDelta("Hi")]


def test_reasoning_that_comes_only_when_done() -> None:
    """Reasoning may come whole, too, as a summary or as it is."""
    parts = {
        "summary": [{"type": "summary_text", "text": "So."}],
        "content": [{"type": "reasoning_text", "text": "Hm."}],
    }
    assert read(item("done", type="reasoning", **parts)) == [ReasoningDelta("So."), ReasoningDelta("Hm.")]
    assert read(delta("reasoning_summary_text", "So."), item("done", type="reasoning", **parts)) == [
        ReasoningDelta("So.")
    ]


def test_items_that_come_only_with_the_response() -> None:
    """Where no event told of any item, all come with the response's end."""
    output = [
        {"type": "message", "phase": "final_answer", "content": [{"type": "output_text", "text": "Hi"}]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
    ]
    events = read({"type": "response.completed", "response": {"output": output, "usage": {"input_tokens": 1}}})
    assert events == [
        TextDelta("Hi", 0, 0, "final_answer"),
        ToolCallDelta("", "a", "f", 0, 0, 1),
        ToolCallDelta("{}", "a", "f", 0, 0, 1),
        Usage(1),
        Finish("tool_calls"),
    ]


def test_every_event_with_the_same_number() -> None:
    """A `sequence_number` that is 0 in every event (LiteLLM) loses none of them."""
    events = [delta("output_text", text, sequence_number=0) for text in ("H", "i")]
    assert read(*events, {**COMPLETED, "sequence_number": 0}) == [TextDelta("H"), TextDelta("i"), Finish("stop")]


def test_reasoning_and_refusal_of_responses() -> None:
    """Reasoning comes as text or as a summary; a refusal has events of its own."""
    events = read(delta("reasoning_text", "Hm."), delta("reasoning_summary_text", "So."), delta("refusal", "No.", 1))
    assert events == [ReasoningDelta("Hm."), ReasoningDelta("So."), RefusalDelta("No.", 0, 1)]


def test_events_of_other_tools() -> None:
    """Searches, code, images and tools that are not functions are no events."""
    assert (
        read(
            item("added", 0, type="web_search_call"),
            {"type": "response.web_search_call.searching", "output_index": 0},
            item("added", 1, type="custom_tool_call", name="x"),
            delta("custom_tool_call_input", "text", 1),
            {"type": "response.output_text.annotation.added"},
            {"type": "keepalive"},
            item("done", 1, type="custom_tool_call", name="x", input="text"),
        )
        == []
    )


def test_end_and_usage_of_responses() -> None:
    """The usage comes with the end, in other words; nothing after the end counts, `[DONE]` neither."""
    usage = {
        "input_tokens": 1,
        "output_tokens": 2,
        "total_tokens": 3,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 5},
    }
    completed = {"type": "response.completed", "response": {"usage": usage}}
    assert read(completed, delta("output_text", "x"), DONE) == [Usage(1, 2, 3, 4, 5), Finish("stop")]


@pytest.mark.parametrize(
    ("details", "reason"),
    [({"reason": "max_output_tokens"}, "length"), ({"reason": "content_filter"}, "content_filter"), (None, "length")],
)
def test_incomplete(details: Any, reason: str) -> None:
    """`response.incomplete` says why, in chat completions' words."""
    assert read({"type": "response.incomplete", "response": {"incomplete_details": details}}) == [Finish(reason)]


ENDS = ["response.completed", "response.done", "response.incomplete"]


@pytest.mark.parametrize("kind", ENDS)
def test_incomplete_by_its_status(kind: str) -> None:
    """The status may say so alone."""
    response = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    assert read({"type": kind, "response": response}) == [Finish("length")]


@pytest.mark.parametrize("reason", ["because", "stop", "completed"])
def test_incomplete_for_a_reason_of_its_own(reason: str) -> None:
    """Whatever the reason, an answer that is said to be incomplete is Truncated."""
    response = {"incomplete_details": {"reason": reason}}
    events = read({"type": "response.incomplete", "response": response})
    assert events == [Finish(f"incomplete: {reason}")]
    with pytest.raises(Truncated) as raised:
        from_deltas([TextDelta("Hi"), *events]).pipe(content()).final()
    assert (raised.value.reason, raised.value.text) == (f"incomplete: {reason}", "Hi")


@pytest.mark.parametrize("kind", ENDS)
def test_failed_or_cancelled_by_its_status(kind: str) -> None:
    """So may that of a response that failed or was cancelled, which is SourceFailed, in the provider's words where it has any."""
    error = {"code": "x", "message": "the model crashed"}
    with pytest.raises(SourceFailed, match="the model crashed"):
        read({"type": kind, "response": {"status": "failed", "error": error}})
    for status, message in (("failed", "the response failed"), ("cancelled", "the response was cancelled")):
        with pytest.raises(SourceFailed, match=message):
            read({"type": kind, "response": {"status": status}})


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "x", "message": "overloaded"},
        {"type": "error", "error": {"code": "x", "message": "overloaded"}},
        {"type": "response.failed", "response": {"error": {"code": "x", "message": "overloaded"}}},
    ],
)
def test_failures_of_responses(event: Any) -> None:
    """An error event, flat or nested, and a failed response are SourceFailed."""
    with pytest.raises(SourceFailed, match="overloaded"):
        read(event)


def test_all_of_an_error_object_is_at_hand() -> None:
    """What a message has no room for is in the `body` of the cause."""
    error = {"message": "no\n" * 1_000, "code": 7}
    with pytest.raises(SourceFailed) as raised:
        read({"type": "error", "error": error})
    assert isinstance(raised.value.__cause__, ProviderError)
    assert raised.value.__cause__.body == error


def test_a_cancelled_response() -> None:
    """A response that someone cancelled is SourceFailed."""
    with pytest.raises(SourceFailed, match="cancelled"):
        read({"type": "response.cancelled", "response": {}})


def test_the_raw_event_is_at_hand() -> None:
    """Each typed event has the provider's own event."""
    sent = chunk({"content": "Hi"}, citations=["x"])
    (event,) = openai_events([sent]).pipe()
    assert event.raw == sent
