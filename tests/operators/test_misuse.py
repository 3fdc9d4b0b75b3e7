"""What a newcomer gets wrong is told in one line, at the first moment at which it can be known."""

from __future__ import annotations

from typing import Any

import pytest
import reactivex as rx
from pydantic import BaseModel, field_validator

import rxstruct as rxs


class Person(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def look_up(cls, value: str) -> str:
        return {"Ada": "Ada Lovelace"}[value]


def error_of(source: rx.Observable[Any]) -> Exception:
    errors: list[Exception] = []
    source.subscribe(lambda item: None, errors.append)
    (error,) = errors
    return error


@pytest.mark.parametrize("delta", [b'{"a":1}', None, 12])
def test_a_delta_that_is_not_text(delta: Any) -> None:
    """Bytes and None are refused by their type, and nothing that had come is lost."""
    error = error_of(rx.of('{"a":[', delta).pipe(rxs.accumulate_json()))
    assert isinstance(error, rxs.SourceFailed)
    assert f"not of type {type(delta).__name__}" in str(error)
    assert error.snapshot is not None
    assert error.snapshot.value == {"a": []}


def test_partials_of_what_are_no_snapshots() -> None:
    """`to_partial` without `accumulate_json` before it says so."""
    error = error_of(rx.of('{"name":"Ada"}').pipe(rxs.to_partial(Person)))
    assert str(error) == "to_partial takes snapshots, and got a str: put accumulate_json() before it"


def test_options_are_checked_when_the_pipeline_is_built() -> None:
    """An unknown choice is refused with those that there are, before anything is subscribed."""
    with pytest.raises(ValueError, match="locate='fnd' is not known: it is one of 'strict', 'find'"):
        rxs.accumulate_json(locate="fnd")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="validate='later' is not known"):
        rxs.to_partial(Person, validate="later")  # type: ignore[call-overload]


def test_a_validator_with_a_fault_of_its_own() -> None:
    """What is no refusal is a failure of the validator, with its cause and the state so far."""
    error = error_of(rx.of('{"name":"A', 'lan"}').pipe(rxs.accumulate_json(), rxs.to_partial(Person)))
    assert isinstance(error, rxs.SourceFailed)
    assert str(error).startswith("a validator raised KeyError: ")
    assert isinstance(error.__cause__, KeyError)
    assert error.text == '{"name":"Alan"}'
    assert rxs.dump(error.partial) == {"name": "A"}


def test_prose_before_the_document() -> None:
    """A fence or a friendly word before the document is refused with the option that takes it."""
    error = error_of(rx.of('Sure! {"a":1}').pipe(rxs.accumulate_json()))
    assert 'locate="find" skips prose and a code fence' in str(error)


def test_no_document_to_be_found() -> None:
    """Where only prose came, that is what the error says."""
    error = error_of(rx.of("I cannot do that.").pipe(rxs.accumulate_json(locate="find")))
    assert isinstance(error, rxs.Truncated)
    assert str(error) == "there is no JSON document in these 17 characters"


def test_a_path_that_is_too_long_to_read() -> None:
    """A message shows the two ends of a very long path, and stays one short line."""
    error = error_of(rx.of("[" * 600).pipe(rxs.accumulate_json()))
    assert isinstance(error, rxs.LimitExceeded)
    assert len(str(error)) < 250
