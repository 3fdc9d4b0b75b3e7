"""What a new user tries first, with the real client over real HTTP: each does what a person expects, or says what to do."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import reactivex as rx
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

import rxstruct as rxs
from rxstruct.testing import faults
from rxstruct.testing.exchange import Reply
from rxstruct.testing.replies import answer
from rxstruct.testing.server import LoopbackServer

SECONDS = 20
"""How long anything may take before a test fails instead of hanging."""


class UserProfile(BaseModel):
    name: str
    bio: str
    interests: list[str]


ALEX = {"name": "Alex Chen", "bio": "Builds bridges.", "interests": ["stone", "steel"]}
PROMPT: dict[str, Any] = {
    "model": "local",
    "messages": [{"role": "user", "content": "Generate a profile for Alex Chen"}],
}


class Setting:
    """A server with its replies, and both kinds of client."""

    def __init__(self, server: LoopbackServer) -> None:
        self.server = server
        self.client = OpenAI(base_url=server.base_url, api_key="none", max_retries=0)

    def async_client(self) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self.server.base_url, api_key="none", max_retries=0)

    def deltas(self) -> rxs.Stream[str]:
        return rxs.from_openai(self.client, response_model=UserProfile, **PROMPT)

    def profiles(self) -> rxs.Stream[UserProfile]:
        return rxs.partials(self.client, UserProfile, **PROMPT)

    def saw_the_client_leave(self) -> bool:
        return self.server.requests[0].disconnected.wait(SECONDS)


@pytest.fixture
def serving() -> Iterator[Callable[..., Setting]]:
    servers: list[LoopbackServer] = []

    def serve(*replies: Reply) -> Setting:
        servers.append(LoopbackServer(*replies).__enter__())
        settings.append(Setting(servers[-1]))
        return settings[-1]

    settings: list[Setting] = []
    yield serve
    for setting in settings:
        setting.client.close()
    for server in servers:
        server.__exit__()


Serving = Callable[..., Setting]


def run(main: Any) -> Any:
    return asyncio.run(asyncio.wait_for(main, SECONDS))


def test_the_loop_in_the_pull_style(serving: Serving) -> None:
    """A `for` loop shows each field as it comes, and ends with the whole profile."""
    names: list[str] = []
    for profile in serving(answer(ALEX)).profiles():
        if hasattr(profile, "name"):
            names.append(profile.name)
    assert names[0] == "Ale"[: len(names[0])]
    assert names == sorted(names, key=len)
    assert profile == UserProfile.model_validate(ALEX)


def test_the_final_object_alone(serving: Serving) -> None:
    """`final()`, and `await` with either client, give the validated instance."""
    setting = serving(answer(ALEX), answer(ALEX), answer(ALEX))
    assert setting.profiles().final() == UserProfile.model_validate(ALEX)

    async def main() -> list[UserProfile]:
        async with setting.async_client() as client:
            return [await setting.profiles(), await rxs.partials(client, UserProfile, **PROMPT).afinal()]

    assert run(main()) == [UserProfile.model_validate(ALEX)] * 2


def test_two_subscribers_on_one_request(serving: Serving) -> None:
    """The design's first example: two readers of one pipeline, and one request at the server."""
    setting = serving(answer(ALEX))
    rendered: list[Any] = []
    setting.deltas().pipe(
        rxs.accumulate_json(),
        rxs.to_partial(UserProfile),
        rxs.share_latest(
            lambda profile: rx.merge(
                profile.pipe(rxs.distinct_fields("name", "interests")),
                profile.pipe(rxs.progress()),
            )
        ),
    ).subscribe(rendered.append)
    assert len(setting.server.requests) == 1
    fractions = [item.fraction for item in rendered if isinstance(item, rxs.Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert [item for item in rendered if isinstance(item, UserProfile)][-1] == UserProfile.model_validate(ALEX)


def test_late_and_returning_subscribers_cost_one_bill(serving: Serving) -> None:
    """Who comes during the answer, and who comes after it, makes no request."""
    setting = serving(answer(ALEX))
    shared = setting.profiles().pipe(rxs.share_latest())
    seen: list[list[UserProfile]] = [[], []]
    shared.subscribe(lambda item: seen[0].append(item) or (len(seen[0]) == 3 and shared.subscribe(seen[1].append)))
    after: list[UserProfile] = []
    shared.subscribe(after.append)
    assert seen[1] == seen[0][2:]
    assert after == seen[0][-1:]
    assert len(setting.server.requests) == 1


def test_printing_a_partial_whose_fields_have_not_come(serving: Serving) -> None:
    """`print` shows what there is; a field that has not come is an AttributeError that names it; `get` reads it safely."""
    profile = next(iter(serving(answer(ALEX)).profiles()))
    assert repr(profile) == "UserProfile()"
    with pytest.raises(AttributeError, match="bio"):
        _ = profile.bio
    assert rxs.get(profile, "bio", default="…") == "…"


def test_break_closes_the_request(serving: Serving) -> None:
    """Leaving the loop hangs up, though the answer goes on."""
    setting = serving(faults.stall(answer(ALEX, cut=1), after_events=12))
    for profile in setting.profiles():
        if hasattr(profile, "name"):
            break
    assert setting.saw_the_client_leave()


def test_ctrl_c_in_mid_stream(serving: Serving) -> None:
    """Ctrl-C comes out of the loop as KeyboardInterrupt, and the request is closed."""
    setting = serving(faults.stall(answer(ALEX, cut=1), after_events=12))
    main_thread = threading.main_thread().ident
    assert main_thread is not None
    seen = threading.Event()

    def press() -> None:
        seen.wait(SECONDS)
        signal.pthread_kill(main_thread, signal.SIGINT)

    def read() -> None:
        for _ in setting.profiles():
            seen.set()

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        read()
    assert setting.saw_the_client_leave()


def test_a_sync_client_inside_async_code(serving: Serving) -> None:
    """`async for` reads a sync client without blocking the loop: what the answer waits for can still happen on it."""
    release = threading.Event()
    setting = serving(faults.stall(answer(ALEX, cut=1), after_events=12, until=release))

    async def main() -> UserProfile:
        loop = asyncio.get_running_loop()
        async for profile in setting.profiles():
            if hasattr(profile, "name"):
                loop.call_later(0, release.set)
        return profile

    assert run(main()) == UserProfile.model_validate(ALEX)


def test_leaving_an_async_loop_closes_the_request(serving: Serving) -> None:
    """So does leaving an `async for`, with either kind of client."""
    for kind in ("sync", "async"):
        setting = serving(faults.stall(answer(ALEX, cut=1), after_events=12))

        async def main(setting: Setting = setting, kind: str = kind) -> bool:
            client = setting.client if kind == "sync" else setting.async_client()
            async for profile in rxs.partials(client, UserProfile, **PROMPT):
                if hasattr(profile, "name"):
                    break
            return await asyncio.to_thread(setting.saw_the_client_leave)

        assert run(main())


def test_an_async_client_in_a_for_loop(serving: Serving) -> None:
    """An async client has no loop to read on in a plain `for`: one line says what to do."""
    setting = serving(answer(ALEX))
    with pytest.raises(
        rxs.SourceFailed, match=r"use `async for`, or `await stream.afinal\(\)` .* or use the sync client"
    ):
        list(rxs.partials(setting.async_client(), UserProfile, **PROMPT))


def test_enough_is_enough(serving: Serving) -> None:
    """`stop_when` closes the request, and the last partial is the answer."""
    setting = serving(faults.stall(answer(ALEX, cut=1), after_events=40))
    profile = setting.profiles().pipe(rxs.stop_when(lambda profile: rxs.is_closed(profile, "name"))).final()
    assert profile.name == "Alex Chen"
    assert not rxs.is_closed(profile)
    assert setting.saw_the_client_leave()


def test_the_last_reader_to_leave_closes_the_request(serving: Serving) -> None:
    """A value that is waited for alone closes the request as soon as it is there."""
    setting = serving(faults.stall(answer(ALEX, cut=1), after_events=40))
    shared = setting.profiles().pipe(rxs.share_latest())
    assert shared.pipe(rxs.completed("name", of=str)).final() == "Alex Chen"
    assert setting.saw_the_client_leave()


def test_an_answer_that_is_cut_off(serving: Serving) -> None:
    """A truncated answer is an error with all that had come; `keep_partial` takes that for the answer."""
    half = '{"name": "Alex Chen", "bio": "Buil'
    setting = serving(*[answer(half, finish_reason="length")] * 2)
    with pytest.raises(rxs.Truncated) as raised:
        setting.profiles().final()
    assert raised.value.partial == setting.profiles().pipe(rxs.keep_partial(rxs.Truncated)).final()
    assert raised.value.partial.bio == "Buil"


def test_a_list_element_by_element(serving: Serving) -> None:
    """`each` gives every element of a list, validated, as soon as it is whole."""
    people = [ALEX, {**ALEX, "name": "Bo"}]
    release = threading.Event()
    setting = serving(faults.stall(answer({"value": people}, cut=1), after_events=120, until=release))
    seen: list[UserProfile] = []
    for person in rxs.each(setting.client, UserProfile, **PROMPT):
        seen.append(person)
        release.set()
    assert seen == [UserProfile.model_validate(person) for person in people]


def test_an_exception_in_a_callback_closes_the_request(serving: Serving) -> None:
    """A callback that raises hangs up, and the exception comes out of `subscribe`."""
    setting = serving(faults.stall(answer(ALEX, cut=1), after_events=12))

    def render(profile: UserProfile) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        setting.profiles().subscribe(render)
    assert setting.saw_the_client_leave()


def test_an_answer_with_prose_around_it() -> None:
    """`locate="find"` finds the document in the answer of a model that chats, in `partials` and `each`."""

    def said(text: str) -> list[dict[str, Any]]:
        deltas = [{"choices": [{"delta": {"content": text[at : at + 4]}}]} for at in range(0, len(text), 4)]
        return [*deltas, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]

    class Named(BaseModel):
        name: str

    chatty = "As in [1], Dear {name}:\n```json\n%s\n```\n[1] A book"
    one, many = said(chatty % '{"name": "Ada"}'), said(chatty % '[{"name": "Ada"}, {"name": "Bo"}]')
    assert rxs.partials(one, Named, locate="find").final() == Named(name="Ada")
    assert list(rxs.each(many, Named, locate="find")) == [Named(name="Ada"), Named(name="Bo")]
    with pytest.raises(rxs.JsonInvalid, match='locate="find" skips prose'):
        rxs.partials(one, Named).final()
