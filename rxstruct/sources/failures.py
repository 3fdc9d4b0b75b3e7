"""What can go wrong in a source, as the one error that each case is.

`verdict` says what the end of an answer means, and `judged` that one which can't be judged has failed; `reported` what the
provider's own error object means, `failed` what any foreign exception means (as `typed`, which knows nothing of providers,
where they have no more to say).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..errors import MESSAGE_LENGTH, ContentFiltered, Refused, RxStructError, SourceFailed, Truncated, excerpt
from ..policy import typed
from .credentials import hide
from .events import Finish, ProviderError

# In small letters; beside those of OpenAI, what Anthropic, Bedrock, DeepSeek, Google, Mistral, SGLang and Z.ai say, some of
# which gateways pass on as they are.
CUT_SHORT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens", "model_context_window_exceeded"})
FILTERED = frozenset(
    {"sensitive", "safety", "recitation", "prohibited_content", "blocklist", "spii", "guardrail_intervened", "refusal"}
)
BROKEN_OFF = frozenset(
    {"error", "insufficient_system_resource", "network_error", "cancelled", "abort", "malformed_function_call"}
)
INCOMPLETE = "incomplete"
"""What a finish begins with, for a reason of the provider's own, if the answer is not whole."""


def verdict(finish: Finish | None, refusal: str, text: str) -> RxStructError | None:
    """What the end of an answer means: None where it ended well."""
    if refusal:
        return Refused(f"the model refused: {excerpt(refusal, MESSAGE_LENGTH)}", refusal=refusal, text=text)
    if finish is None:
        return SourceFailed("the stream ended before the provider said that the answer was finished", text=text)
    if finish.reason is None:
        return None
    reason = finish.reason.lower()
    if reason in CUT_SHORT:
        message = "the answer was cut off at the token limit; raise max_tokens or max_output_tokens, or ask for less"
        return Truncated(message, reason="length", text=text)
    if reason in FILTERED or reason.startswith(("content_filter", "content-filter")):
        return ContentFiltered("the provider's content filter withheld the rest of the answer", text=text)
    if reason in BROKEN_OFF:
        return SourceFailed(f"the provider broke the answer off ({excerpt(finish.reason)})", text=text)
    if reason.startswith(INCOMPLETE):
        message = "the provider ended the answer before it was whole; .reason is why, in its own words"
        return Truncated(message, reason=finish.reason, text=text)
    return None


def judged(judge: Callable[[], RxStructError | None], text: str) -> RxStructError | None:
    """What `judge` finds wrong with the end of an answer. An end that it fails to judge has failed too: an exception that went on
    from here would leave the stream without a terminal."""
    try:
        return judge()
    except Exception as error:
        return failed(error).with_state(text=text)


def standing(known: Finish | None, said: Finish) -> Finish:
    """Of two finishes of one choice the one that counts: the first, unless only the other means that the answer isn't whole."""
    if known is not None and (not means_whole(known) or means_whole(said)):
        return known
    return Finish(said.reason, said.choice)  # without the event, which may be large, and is not needed any more


def means_whole(finish: Finish) -> bool:
    return judged(lambda: verdict(finish, "", ""), "") is None


def no_event(item: Any, operator: str) -> SourceFailed:
    """The error for a text where events belong."""
    return SourceFailed(
        f"{operator} takes the events of openai_events(), and got a value of type {type(item).__name__}: "
        "text, such as that of from_openai(), goes to accumulate_json() as it is"
    )


def reported(error: Any) -> SourceFailed:
    """The error for an error object (or text) that the provider sent in mid-stream."""
    message = error.get("message") if isinstance(error, dict) else error
    text = str(message or json.dumps(error))
    failure = SourceFailed(f"the provider reported an error: {excerpt(text, MESSAGE_LENGTH)}")
    failure.__cause__ = ProviderError(text, error)
    return failure


def text_of(value: Any) -> str:
    """What has to be a text; TypeError, which becomes an event of an unknown shape, where the provider sent something else."""
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not a value of type {type(value).__name__}")
    return value


def failed(error: BaseException) -> RxStructError:
    """Any exception as one of ours, with the foreign one as its cause, and without the credentials of its request."""
    hide(error)
    if isinstance(error, RxStructError) or getattr(error, "code", None) != "content_filter":
        return typed(error)
    message = excerpt(str(error), MESSAGE_LENGTH)
    filtered = ContentFiltered(f"the provider's content filter refused the request: {message}")
    filtered.__cause__ = error
    return filtered
