"""What is asked again, when, and how: over real HTTP, with the real client, sync and async."""

from __future__ import annotations

import json
from typing import Any

import pytest

import rxstruct as rxs
from rxstruct import policy
from rxstruct.errors import AttemptsFailed, FieldInvalid, Refused, SourceFailed, Truncated
from rxstruct.testing import faults
from rxstruct.testing.replies import Call, answer, http_error
from rxstruct.testing.server import LoopbackServer

from .scenes import PATIENCE, People, Person, Ten, asked, both, people, ten


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real connections are made again at once here; how long the pauses are is told in virtual time."""
    monkeypatch.setattr(policy, "FIRST_PAUSE_SECONDS", 0.0)


@both
def test_an_invalid_field_closes_the_request_at_once(kind: str) -> None:
    """Field 2 of 10 is invalid: the server sees its client leave before 30 % of the document, and attempt 2 completes."""
    replies = answer(ten(-1), cut=2, speed=100), answer(ten(2))
    with LoopbackServer(*replies) as server:
        outcome = asked(kind, server, Ten)
        first, _ = server.requests
        assert first.disconnected.wait(PATIENCE)
        assert first.sent_events < 0.3 * len(json.dumps(ten(-1))) / 2
    assert outcome.final == Ten(**ten(2))
    assert [rxs.attempt_of(item) for item in outcome.items] == sorted(rxs.attempt_of(item) for item in outcome.items)
    assert rxs.attempt_of(outcome.final) == 2


@both
def test_an_answer_that_broke_off_is_continued(kind: str) -> None:
    """An answer cut off at 60 % is gone on with: the rest alone is sent, what had closed is kept, and the whole is exact."""
    text = json.dumps(people(20))
    cut = int(len(text) * 0.6)

    def rest(request: Any) -> Any:
        kept = request.body["messages"][-2]["content"]
        assert text.startswith(kept)
        return answer(text[len(kept) :])

    with LoopbackServer(answer(text[:cut], finish_reason="length"), respond=rest) as server:
        outcome = asked(kind, server, People)
        _, second = server.requests
        assert "response_format" not in second.body
    assert outcome.final == People.model_validate_json(text)
    seen: dict[int, Any] = {}
    for item in outcome.items:
        for index, person in enumerate(getattr(item, "people", [])):
            if rxs.is_closed(item, "people", index):
                assert seen.setdefault(index, person) is person
    assert rxs.attempt_of(outcome.final) == 1


@both
@pytest.mark.parametrize("cut", range(1, 46, 4))
def test_wherever_it_broke_off(kind: str, cut: int) -> None:
    """A model that goes on where the text was cut, and one that says it all again, both complete the document."""
    text = json.dumps({"name": "Ada \u00e9 \U0001f600", "age": 1234}, ensure_ascii=True)
    for repeats in (True, False):

        def rest(request: Any, repeats: bool = repeats) -> Any:
            last_but_one = request.body["messages"][-2]
            kept = last_but_one["content"] if last_but_one["role"] == "assistant" else ""
            return answer(text if repeats else text[len(kept) :], cut=3)

        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
        with LoopbackServer(answer(text[:cut], finish_reason="length"), respond=rest) as server:
            outcome = asked(kind, server, Person, messages=messages)
            assert len(server.requests) == 2
        assert outcome.final == Person.model_validate_json(text)


@both
@pytest.mark.parametrize("on_invalid", ["restart", "repair"])
def test_a_refusal_is_final(kind: str, on_invalid: str) -> None:
    """What the model refuses is never asked again, be it the first answer or a later one."""
    with LoopbackServer(answer(refusal="I'd rather not.")) as server:
        error = asked(kind, server, Person, on_invalid=on_invalid).error
        assert isinstance(error, Refused)
        assert error.refusal == "I'd rather not."
        assert len(server.requests) == 1
    with LoopbackServer(answer({"name": "Ada", "age": -1}), answer(refusal="No.")) as server:
        error = asked(kind, server, Person, on_invalid=on_invalid).error
        assert isinstance(error, Refused)
        assert error.partial_as(Person) is not None
        assert len(server.requests) == 2


@both
@pytest.mark.parametrize("on_invalid", ["restart", "repair"])
def test_one_error_tells_of_all_attempts(kind: str, on_invalid: str) -> None:
    """When all attempts are bad there is one error, with each attempt's own in it, and the best partial of all."""
    replies = [answer({"name": "Ada", "age": age}) for age in (-1, -2, -3)]
    if on_invalid == "repair":
        replies[1:] = [answer({"value": -2}), answer({"value": -3})]
    with LoopbackServer(*replies) as server:
        error = asked(kind, server, Person, on_invalid=on_invalid).error
        assert len(server.requests) == 3
    assert isinstance(error, AttemptsFailed)
    assert error.limit == "max_attempts"
    assert [type(failure) for failure in error.failures] == [FieldInvalid] * 3
    assert [failure.errors()[0]["input"] for failure in error.failures if isinstance(failure, FieldInvalid)] == [
        -1,
        -2,
        -3,
    ]
    assert isinstance(error.__cause__, ExceptionGroup)
    assert error.partial.name == "Ada"
    assert not hasattr(error.partial, "age")
    assert "\n" not in str(error)


@both
def test_fail_means_fail(kind: str) -> None:
    """With "fail" the first failure ends the stream, as it is."""
    with LoopbackServer(answer({"name": "Ada", "age": -1}), answer('{"name": "A', finish_reason="length")) as server:
        assert isinstance(asked(kind, server, Person, on_invalid="fail").error, FieldInvalid)
        assert isinstance(asked(kind, server, Person, on_truncated="fail").error, Truncated)
        assert len(server.requests) == 2


@both
def test_the_model_is_told_what_was_wrong(kind: str) -> None:
    """The next request has the answer as the assistant's turn, and a turn with the path, pydantic's message and the value."""
    with LoopbackServer(answer({"name": "Ada", "age": -1}), answer({"name": "Ada", "age": 1})) as server:
        asked(kind, server, Person)
        said, complaint = server.requests[1].body["messages"][1:]
    assert said == {"role": "assistant", "content": '{"name": "Ada", "age": -1}'}
    assert complaint["role"] == "user"
    for part in ("age", "Input should be greater than 0", "-1"):
        assert part in complaint["content"]


@both
def test_a_tool_is_answered_as_a_tool(kind: str) -> None:
    """With via="tool" the error is the result of the call that was made."""
    replies = [answer(tool_calls=[Call("Person", {"name": "Ada", "age": age})]) for age in (-1, 1)]
    with LoopbackServer(*replies) as server:
        outcome = asked(kind, server, Person, via="tool")
        said, result = server.requests[1].body["messages"][1:]
    assert outcome.final == Person(name="Ada", age=1)
    (call,) = said["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"name": "Ada"}
    assert result["role"] == "tool"
    assert result["tool_call_id"] == call["id"]
    assert "Input should be greater than 0" in result["content"]


@both
@pytest.mark.parametrize("fault", [faults.cut, faults.reset, faults.error_object])
def test_a_lost_connection_is_no_invalid_answer(kind: str, fault: Any) -> None:
    """A connection that drops in mid-answer is made again, on a budget of its own, and the answer gone on with."""
    text = json.dumps({"name": "Ada Lovelace", "age": 36})

    def rest(request: Any) -> Any:
        messages = request.body["messages"]
        return answer(text[len(messages[-2]["content"]) :] if len(messages) > 1 else text)

    with LoopbackServer(fault(answer(text), after_events=5), respond=rest) as server:
        outcome = asked(kind, server, Person, max_attempts=1)
        assert len(server.requests) == 2
    assert outcome.final == Person(name="Ada Lovelace", age=36)


@both
def test_a_connection_that_keeps_dropping(kind: str) -> None:
    """Beyond max_reconnects the error says so, and carries what there was; with none at all it is the failure itself."""
    drop = faults.cut(answer({"name": "Ada", "age": 36}), after_events=4)
    with LoopbackServer(respond=lambda request: drop) as server:
        error = asked(kind, server, Person, max_reconnects=2, on_truncated="restart").error
        assert isinstance(error, AttemptsFailed)
        assert error.limit == "max_reconnects"
        assert len(error.failures) == len(server.requests) == 3
        assert error.partial.name.startswith("Ad")
        assert isinstance(asked(kind, server, Person, max_reconnects=0).error, SourceFailed)


@both
def test_what_the_sdk_gives_up_stays_given_up(kind: str) -> None:
    """An error before the first byte is for the SDK's own retries: it is not asked again on top of them."""
    with LoopbackServer(respond=lambda request: http_error(500)) as server:
        assert isinstance(asked(kind, server, Person).error, SourceFailed)
        assert len(server.requests) == 1


@both
def test_a_document_that_is_no_object(kind: str) -> None:
    """A list travels inside an object, also where its rest is asked for and its elements are mended."""
    text = json.dumps({"value": [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 4}]})

    def rest(request: Any) -> Any:
        return answer(text[len(request.body["messages"][-2]["content"]) :])

    with LoopbackServer(answer(text[:40], finish_reason="length"), respond=rest) as server:
        assert asked(kind, server, list[Person]).final == [Person(name="Ada", age=36), Person(name="Bob", age=4)]
    bad = text.replace("36", "-36")
    with LoopbackServer(answer(bad), answer({"value": 36}), respond=rest) as server:
        mended = asked(kind, server, list[Person], on_invalid="repair").final
        assert mended == [Person(name="Ada", age=36), Person(name="Bob", age=4)]
