"""Attempts as streams of their own: who may listen, when they end, and what one subscriber's mistake does to the others."""

from __future__ import annotations

from typing import Any

import pytest
from reactivex import operators as ops
from reactivex.subject import Subject

import rxstruct as rxs
from rxstruct.errors import RxStructError, SourceFailed

from .scenes import MESSAGES, Person, said, scripted, watch

BAD = {"name": "Ada", "age": -1}
ADA = {"name": "Ada", "age": 36}


class Live:
    """An answer that a test gives piece by piece, and the attempts that are made of it."""

    def __init__(self) -> None:
        self.events: Subject[rxs.Event] = Subject()
        self.attempts: list[rxs.Attempt[Person]] = []
        self.ends: list[Any] = []
        stream = rxs.attempts(lambda **request: self.events, Person, messages=MESSAGES)
        self.subscription = stream.subscribe(
            self.attempts.append, self.ends.append, lambda: self.ends.append("completed")
        )

    def say(self, text: str) -> None:
        self.events.on_next(rxs.TextDelta(text))

    @property
    def is_open(self) -> bool:
        return bool(self.events.observers)


def test_an_attempt_goes_on_when_the_stream_of_attempts_is_left() -> None:
    """The request goes on while an attempt has a subscriber, and is closed when that leaves."""
    live = Live()
    names: list[Any] = []
    inner = live.attempts[0].subscribe(lambda person: names.append(person.name))
    live.subscription.dispose()
    live.say('{"name": "A')
    assert (names, live.is_open) == (["A"], True)
    inner.dispose()
    assert not live.is_open


@pytest.mark.parametrize("answers", [[ADA], [BAD, ADA]])
def test_the_first_attempt_alone(answers: list[Any]) -> None:
    """Who takes the first attempt alone gets all of it, and its end; then nothing more is asked, however it went."""
    client = scripted(*map(said, answers))
    stream = rxs.attempts(client, Person, messages=MESSAGES)
    outcome = watch(stream.pipe(ops.take(1), ops.flat_map(lambda attempt: attempt)))
    assert outcome.final.name == "Ada"
    assert len(client.requests) == 1


def test_an_attempt_that_all_have_left() -> None:
    """Who comes to an attempt after all have left gets the newest partial, and its end; the attempt says what has happened."""
    live = Live()
    live.say('{"name": "A')
    live.subscription.dispose()
    outcome = watch(live.attempts[0])
    assert outcome.final.name == "A"
    assert isinstance(live.attempts[0].failure, SourceFailed)
    assert "nobody listened" in str(live.attempts[0].failure)


def test_an_attempt_of_a_loop_that_was_left() -> None:
    """A loop over an attempt ends, also where the loop over the attempts has been left."""
    attempt = next(iter(rxs.attempts(scripted(said(ADA)), Person, messages=MESSAGES)))
    assert all(isinstance(person, Person) for person in attempt)


@pytest.mark.parametrize("raises_at", ["the greeting", "an item"])
@pytest.mark.parametrize("bug", [ValueError("bug"), RxStructError("bug")])
def test_a_subscriber_that_raises_ends_it_for_all(raises_at: str, bug: Exception) -> None:
    """What one subscriber of an attempt raises goes to the producer as it is; all others are told, and nothing is asked again."""
    live = Live()
    live.attempts[0].subscribe(on_error=live.ends.append)
    live.say('{"name": "A')

    def on_next(person: Person) -> None:
        if raises_at == "the greeting" or person.name == "Ada":
            raise bug

    def subscribe_and_go_on() -> None:
        live.attempts[0].subscribe(on_next)
        live.say("da")

    with pytest.raises(type(bug), match="bug"):
        subscribe_and_go_on()
    assert [(type(error), error.__cause__) for error in live.ends] == [(SourceFailed, bug)] * 2
    assert live.attempts[0].failure in live.ends
    assert (len(live.attempts), live.is_open) == (1, False)


def test_a_late_subscriber_that_makes_the_source_go_on() -> None:
    """What comes while a late subscriber is being greeted follows the greeting, one call at a time."""
    live = Live()
    live.say('{"name": "A')
    log: list[str] = []

    def on_next(person: Person) -> None:
        log.append(f"begin {person.name}")
        if len(log) == 1:
            live.say("da")
            live.say('", "age": 36}')
            live.events.on_next(rxs.Finish("stop"))
            live.events.on_completed()
        log.append("end")

    live.attempts[0].subscribe(on_next, None, lambda: log.append("completed"))
    assert log == ["begin A", "end", "begin Ada", "end", "begin Ada", "end", "completed"]
    assert live.ends == ["completed"]
