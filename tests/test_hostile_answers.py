"""Answers written by somebody who wants something else: nothing but declared fields is ever set, and nothing leaks."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import logging
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import pydantic.dataclasses
import pytest
import reactivex as rx
from openai import AsyncAzureOpenAI, AzureOpenAI
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    Secret,
    SecretBytes,
    SecretStr,
    TypeAdapter,
    field_validator,
    model_validator,
    with_config,
)
from reactivex import Observable
from typing_extensions import TypedDict

import rxstruct as rxs
from benchmarks.copying import Grown
from rxstruct.sources import ProviderError
from rxstruct.testing.replies import answer, http_error, recorded
from rxstruct.testing.server import LoopbackServer

from .sources.clients import async_client, sync_client
from .tally import count
from .test_cost import instructions_per_delta

CUTS = [1, 7, 1_000_000]
HOSTILE_KEYS = [
    *("__class__", "__dict__", "__proto__", "__init__", "__slots__", "__weakref__", "__reduce__", "constructor"),
    *("model_config", "model_fields", "model_computed_fields", "model_extra", "model_fields_set"),
    *("__pydantic_private__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_validator__"),
    *("__rxstruct_state__", "__dataclass_fields__", "_secret", "_hidden"),
    *("copy", "json", "dict", "model_dump", "model_copy", "model_post_init", "keys", "items", "get", "method"),
    *("", "\x00", "a\x00b", "\u202e", "\u2066x", "\x1b[31m", "\ufeff", "0", "é", "Name", "name "),
]
VALUES = ['"x"', "1", "null", "true", '{"__class__":{"a":[1]}}', '["a",{"copy":1}]', '"\\u202e\\u0000"']


class Plain(BaseModel):
    name: str
    notes: dict[str, Any] = {}
    _hidden: int = PrivateAttr(default=7)

    def method(self) -> str:
        return self.name


class Allowing(Plain):
    model_config = ConfigDict(extra="allow")


class Forbidding(Plain):
    model_config = ConfigDict(extra="forbid")


@dataclasses.dataclass
class PlainDataclass:
    name: str
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)

    def method(self) -> str:
        return self.name


@dataclasses.dataclass(slots=True)
class SlottedDataclass:
    name: str
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class AllowingDataclass:
    name: str
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="forbid"))
class ForbiddingDataclass:
    name: str
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)


class PlainDict(TypedDict):
    name: str
    notes: dict[str, Any]


@with_config(ConfigDict(extra="allow"))
class AllowingDict(TypedDict):
    name: str
    notes: dict[str, Any]


@with_config(ConfigDict(extra="forbid"))
class ForbiddingDict(TypedDict):
    name: str
    notes: dict[str, Any]


IGNORING = [Plain, PlainDataclass, SlottedDataclass, PlainDict]
ALLOWING = [Allowing, AllowingDataclass, AllowingDict]
FORBIDDING = [Forbidding, ForbiddingDataclass, ForbiddingDict]
DECLARED = {"name", "notes"}


def document() -> str:
    """Hostile keys with every kind of value, among and inside the declared fields; some of them twice."""
    members = [f"{json.dumps(key)}:{VALUES[index % len(VALUES)]}" for index, key in enumerate(HOSTILE_KEYS)]
    notes = ",".join(f"{json.dumps(key)}:1" for key in HOSTILE_KEYS)
    return "{" + ",".join([*members, '"name":"Ada"', f'"notes":{{{notes}}}', *members[::3]]) + "}"


def check_instance(kind: Any, item: Any) -> None:
    """Nothing is set on an instance but declared fields, and pydantic's own place for extra ones."""
    extras = set(HOSTILE_KEYS) if kind in ALLOWING else set()
    if isinstance(item, dict):
        assert item.keys() <= DECLARED | extras
        return
    assert isinstance(item, kind)
    assert type(item).__name__ == kind.__name__
    if isinstance(item, BaseModel):
        assert item.__dict__.keys() <= DECLARED
        assert (item.__pydantic_extra__ or {}).keys() <= extras
        assert (item.__pydantic_private__ or {}).keys() <= {"_hidden"}
        assert item.model_config is kind.model_config
        assert type(item).model_fields is kind.model_fields
        assert callable(item.model_dump)
    else:
        assert getattr(item, "__dict__", {}).keys() <= DECLARED | extras
        assert type(item).__dataclass_fields__ == kind.__dataclass_fields__
    if hasattr(kind, "method"):
        assert type(item).method is kind.method


def outcome(stream: Observable[Any]) -> tuple[list[Any], Any]:
    items: list[Any] = []
    ends: list[Any] = []
    stream.subscribe(items.append, ends.append, lambda: ends.append(None))
    (end,) = ends
    return items, end


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", [*IGNORING, *ALLOWING], ids=lambda kind: kind.__name__)
def test_only_declared_fields_are_set(kind: Any, cut: int) -> None:
    """Whatever keys come, a partial has its declared fields alone, its class is whole, and the end is pydantic's own."""
    text = document()
    partials = rxs.replay(text, cuts=cut).pipe(rxs.accumulate_json(), rxs.to_partial(kind))
    items, end = outcome(partials)
    assert end is None
    for item in items:
        check_instance(kind, item)
    assert items[-1] == TypeAdapter(kind).validate_json(text)
    assert outcome(partials.pipe(rxs.completed("name"))) == (["Ada"], None)
    assert "".join(outcome(partials.pipe(rxs.text("name")))[0]) == "Ada"
    for change in outcome(partials.pipe(rxs.changes()))[0]:
        assert not change.path or change.path[0] in DECLARED | (set(HOSTILE_KEYS) if kind in ALLOWING else set())
        assert not isinstance(change.value, type), change
    assert outcome(partials.pipe(rxs.progress()))[0][-1].fraction == 1.0
    count("hostile keys", len(HOSTILE_KEYS))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", FORBIDDING, ids=lambda kind: kind.__name__)
def test_a_forbidden_field_is_refused(kind: Any, cut: int) -> None:
    """Where no other field is allowed, the first one is FieldInvalid, in one printable line; the partial has what came before."""
    for key in HOSTILE_KEYS:
        text = f'{{"name":"Ada",{json.dumps(key)}:{{"a":1}},"notes":{{}}}}'
        items, error = outcome(rxs.replay(text, cuts=cut).pipe(rxs.accumulate_json(), rxs.to_partial(kind)))
        assert isinstance(error, rxs.FieldInvalid), key
        assert rxs.dump(error.partial) == {"name": "Ada"}
        for item in items:
            check_instance(kind, item)
        assert_printable(error)
        count("hostile keys")


class ByAlias(BaseModel):
    """Fields that are asked for under names that Python has other uses for."""

    kind: str = Field(alias="__class__")
    config: str = Field(alias="model_config")
    number: int = Field(alias="copy")


def test_an_author_may_ask_for_such_keys() -> None:
    """An alias may be any key; it sets the field, and nothing else."""
    text = '{"__class__":"x","model_config":"y","copy":3}'
    for item in outcome(rxs.replay(text, cuts=1).pipe(rxs.accumulate_json(), rxs.to_partial(ByAlias)))[0]:
        assert type(item) is ByAlias
        assert item.__dict__.keys() <= {"kind", "config", "number"}
    assert rxs.dump(item) == {"kind": "x", "config": "y", "number": 3}


ASK: dict[str, dict[str, Any]] = {
    "chat": {"messages": [{"role": "user", "content": "Go"}]},
    "responses": {"input": "Go"},
}


def over_http(reply: Any, client: str, make: Callable[[Any], Observable[Any]], **options: Any) -> tuple[list[Any], Any]:
    """The outcome of a pipeline on a client of the loopback server."""

    async def read(base_url: str) -> tuple[list[Any], Any]:
        items: list[Any] = []
        async with async_client(base_url, max_retries=0, **options) as openai:
            try:
                async for item in rxs.aiterate(make(openai)):
                    items.append(item)
            except Exception as error:
                return items, error
        return items, None

    with LoopbackServer(reply) as server:
        if client == "async":
            return asyncio.run(read(server.base_url))
        with sync_client(server.base_url, max_retries=0, **options) as openai:
            return outcome(make(openai))


both_clients = pytest.mark.parametrize("client", ["sync", "async"])
both_apis = pytest.mark.parametrize("api", ASK)


@both_clients
@both_apis
@pytest.mark.parametrize("kind", [Plain, Allowing, PlainDataclass, PlainDict], ids=lambda kind: kind.__name__)
def test_only_declared_fields_are_set_by_a_provider(kind: Any, api: str, client: str) -> None:
    """The same over HTTP."""
    make = lambda openai: rxs.partials(openai, kind, via="none", model="any", **ASK[api])  # noqa: E731
    items, end = over_http(answer(document()), client, make)
    assert end is None
    for item in items:
        check_instance(kind, item)
    count("hostile keys", len(HOSTILE_KEYS))


# -- messages ----------------------------------------------------------------------------------------------------------------

LONGEST_MESSAGE = 800


def printed(error: BaseException) -> str:
    """The error as a traceback prints it, with all that it shows of others."""
    return "".join(traceback.format_exception(error))


def assert_printable(error: BaseException) -> None:
    """An error's line is short and printable, and so is each line that a traceback has of it."""
    assert str(error).isprintable()
    assert repr(error).isprintable()
    assert len(str(error)) < LONGEST_MESSAGE
    for line in printed(error).splitlines():
        assert line.isprintable(), ascii(line)
        assert len(line) < 2 * LONGEST_MESSAGE


NASTY = "\x1b[2J\u202edrowssap\u2066\x00\x07\r\u2028" + "A" * 5_000


def refuse(value: str) -> str:
    raise ValueError(f"not {value}")


class Picky(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: Annotated[str, BeforeValidator(refuse)] = ""
    numbers: dict[str, int] = {}
    choice: Annotated[list[int] | dict[str, int], Field()] = []


MESSAGES: dict[str, Callable[[], Observable[Any]]] = {
    "not JSON": lambda: rx.of('{"a": \u202e').pipe(rxs.accumulate_json()),
    "not JSON under a key": lambda: rx.of(f"{{{json.dumps(NASTY)}: x").pipe(rxs.accumulate_json()),
    "an identifier without end": lambda: rx.of('{"' + "A" * 50_000 + '": [x').pipe(rxs.accumulate_json()),
    "cut off": lambda: rx.of(f"{{{json.dumps(NASTY)}: [").pipe(rxs.accumulate_json()),
    "too deep": lambda: rx.of(f"{{{json.dumps(NASTY)}: [").pipe(rxs.accumulate_json(max_depth=1)),
    "a validator's words": lambda: partials(f'{{"word": {json.dumps(NASTY)}}}'),
    "an unknown field": lambda: partials(f"{{{json.dumps(NASTY)}: 1}}"),
    "a key": lambda: partials(f'{{"numbers": {{{json.dumps(NASTY)}: "x"}}}}'),
    "an element": lambda: rx.of(f'[{{"word": {json.dumps(NASTY)}}}]').pipe(
        rxs.accumulate_json(), rxs.elements(of=Picky)
    ),
    "a refusal": lambda: events(rxs.RefusalDelta(NASTY), rxs.Finish("stop")).pipe(rxs.content()),
    "a finish": lambda: events(rxs.TextDelta(NASTY), rxs.Finish("error")).pipe(rxs.content()),
    "a tool's name": lambda: rx.of(rxs.ToolCallDelta("{}", "id", NASTY)).pipe(rxs.typed_tool_calls(Plain)),
    "a foreign error": lambda: rx.throw(OSError("no")).pipe(rxs.accumulate_json()),
    "an event": lambda: rxs.openai_events([{"choices": NASTY}]),
    "an error object": lambda: rxs.openai_events([{"error": {"message": NASTY}}]),
    "an error object of many lines": lambda: rxs.openai_events([{"error": {"message": "no\n" * 9 + NASTY}}]),
    "an error that is a text": lambda: rxs.openai_events([{"error": NASTY}]),
}


def events(*all_of_them: rxs.Event) -> Observable[rxs.Event]:
    return rx.from_iterable(all_of_them)


def partials(text: str) -> Observable[Any]:
    return rx.of(text).pipe(rxs.accumulate_json(), rxs.to_partial(Picky))


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_quote_little_and_nothing_raw(name: str) -> None:
    """Control and bidirectional characters, and texts without end, come escaped and cut in every message."""
    _, error = outcome(MESSAGES[name]())
    assert isinstance(error, rxs.RxStructError)
    assert str(error).isprintable()
    assert len(str(error)) < LONGEST_MESSAGE
    assert str(error).isprintable()
    if error.__cause__ is None or isinstance(error.__cause__, ProviderError):
        assert_printable(error)
    count("hostile messages")


def test_the_repr_of_a_snapshot_is_bounded() -> None:
    """A snapshot shows the beginning of its value, printable."""
    (snapshot,), _ = outcome(rx.of(json.dumps(["\u202e" * 10_000])).pipe(rxs.accumulate_json()))
    assert repr(snapshot).isprintable()
    assert len(repr(snapshot)) < 400
    assert repr(snapshot).startswith("JsonSnapshot(['\\u202e")


# -- secrets -----------------------------------------------------------------------------------------------------------------

PASSWORD = "hunter2-hunter2"


class Login(BaseModel):
    user: str = ""
    password: SecretStr = Field(min_length=100)


class Logins(BaseModel):
    logins: list[Login | int] = []
    by_name: dict[str, Login] = {}


class Bytes(BaseModel):
    password: SecretBytes = Field(max_length=3)


class Checked(BaseModel):
    password: SecretStr
    again: SecretStr | None = None

    @model_validator(mode="after")
    def refuse(self) -> Checked:
        raise ValueError(f"this will not do: {self.password}")


class CheckedField(BaseModel):
    password: SecretStr

    @field_validator("password")
    @classmethod
    def refuse(cls, password: SecretStr) -> SecretStr:
        raise ValueError(f"this will not do: {password}")


class Either(BaseModel):
    login: Annotated[SecretStr | int, Field()] | None = None


class Wants(BaseModel):
    password: SecretStr
    age: int


SECRETS: list[tuple[Any, Any]] = [
    (Login, {"user": "x", "password": PASSWORD}),
    (Login, {"password": [PASSWORD]}),
    (Logins, {"logins": [1, {"password": PASSWORD}]}),
    (Logins, {"by_name": {"x": {"password": PASSWORD}}}),
    (Logins, {"by_name": PASSWORD}),
    (Bytes, {"password": PASSWORD}),
    (Checked, {"password": PASSWORD, "again": PASSWORD}),
    (CheckedField, {"password": PASSWORD}),
    (Either, {"login": [PASSWORD]}),
    (Either, {"login": {"x": PASSWORD}}),
    (Wants, {"password": PASSWORD, "age": "x"}),
    (Wants, {"password": PASSWORD}),
    (list[Login], [{"password": PASSWORD}]),
    (Secret[int], PASSWORD),
]
PIPELINES: dict[str, Callable[[Any], list[Callable[[Observable[Any]], Observable[Any]]]]] = {
    "on_close": lambda kind: [rxs.to_partial(kind)],
    "at_end": lambda kind: [rxs.to_partial(kind, validate="at_end")],
    "shared": lambda kind: [rxs.to_partial(kind), rxs.share_latest(lambda shared: rx.merge(shared, shared))],
    "forgiven": lambda kind: [rxs.to_partial(kind), rxs.keep_partial(rxs.Truncated)],
    "elements": lambda kind: [rxs.elements(of=kind)],
}


@pytest.mark.parametrize(("pipeline", "cut"), [*zip(PIPELINES, [1, 999, 999, 1, 999], strict=True)])
@pytest.mark.parametrize(("kind", "value"), SECRETS)
def test_secrets_do_not_show(kind: Any, value: Any, pipeline: str, cut: int, caplog: pytest.LogCaptureFixture) -> None:
    """A value that the model calls secret is in no message, repr, traceback, log or list of errors, nor in a partial's repr."""
    text = json.dumps([value] if pipeline == "elements" else value)
    stream = rxs.replay(text, cuts=cut).pipe(rxs.accumulate_json(), *PIPELINES[pipeline](kind))
    items, error = outcome(stream)
    assert isinstance(error, rxs.FieldInvalid)
    shown = [str(error), repr(error), printed(error), repr(error.errors()), *map(repr, items), repr(error.partial)]
    logging.getLogger("test").error("it failed", exc_info=error)
    assert not [each for each in [*shown, caplog.text] if PASSWORD in each]
    assert error.errors()[0]["msg"]
    count("secrets")


def test_errors_of_other_types_keep_their_inputs() -> None:
    """Where nothing is secret, `.errors()` has the input, as pydantic's own has."""
    _, error = outcome(rx.of('{"numbers": {"a": "x"}}').pipe(rxs.accumulate_json(), rxs.to_partial(Picky)))
    assert error.errors()[0]["input"] == "x"


@both_clients
@both_apis
def test_secrets_do_not_show_over_http(api: str, client: str) -> None:
    """The same for `partials` and `each` with a real client."""
    request: dict[str, Any] = {"model": "any", "via": "none", **ASK[api]}
    for make, value in [
        (lambda openai: rxs.partials(openai, Login, **request), {"password": PASSWORD}),
        (lambda openai: rxs.each(openai, Login, **request), [{"password": PASSWORD}]),
    ]:
        _, error = over_http(answer(value), client, make)
        assert isinstance(error, rxs.FieldInvalid)
        assert PASSWORD not in printed(error) + repr(error.errors())


def test_secrets_are_not_sent_back() -> None:
    """`ask` tells the model what was wrong without the secret that it was wrong with."""
    complaints: list[Any] = []

    def reply(**request: Any) -> Observable[rxs.Event]:
        complaints.append(request["messages"][-1]["content"])
        text = json.dumps({"user": "x", "password": PASSWORD})
        return rx.of(rxs.TextDelta(text), rxs.Finish("stop"))

    question: list[Any] = [{"role": "user", "content": "Go"}]
    _, error = outcome(rxs.ask(reply, Login, messages=question, via="none", max_attempts=2))
    assert isinstance(error, rxs.AttemptsFailed)
    assert len(complaints) == 2
    assert PASSWORD not in complaints[1]
    assert PASSWORD not in printed(error) + repr(error.failures)


# -- keys of the client ------------------------------------------------------------------------------------------------------

KEY = "sk-test-0123456789abcdef"

KEY_ECHOES = {
    "401": http_error(401, f"Incorrect API key provided: {KEY}"),
    "403": http_error(403, f"{KEY} may not do that"),
    "an error in mid-stream": recorded(b'data: {"error": {"message": "bad key ' + KEY.encode() + b'"}}\n\n'),
    "not JSON": recorded(b"data: <h1>" + KEY.encode() + b"</h1>\n\n"),
    "an excerpt that ends in it": recorded(b"data: <" + b"h" * 100 + KEY.encode() + b"</h1>\n\n"),
    "another shape": recorded(b'data: [1, "' + KEY.encode() + b'"]\n\n'),
}


@both_clients
@both_apis
@pytest.mark.parametrize("name", KEY_ECHOES)
def test_keys_do_not_show(name: str, api: str, client: str) -> None:
    """What a provider says of the key that it was given stays out of every message and traceback."""
    make = lambda openai: rxs.openai_events(openai.copy(api_key=KEY), model="any", **ASK[api])  # noqa: E731
    _, error = over_http(KEY_ECHOES[name], client, make)
    assert isinstance(error, rxs.SourceFailed)
    assert KEY[:12] not in printed(error)
    if name != "an excerpt that ends in it":
        assert "**********" in str(error)
    count("keys echoed")


@both_clients
@both_apis
@pytest.mark.parametrize("key", [KEY, KEY + "\n"], ids=["no server", "a newline at its end"])
def test_keys_do_not_show_when_nothing_was_sent(key: str, api: str, client: str) -> None:
    """Nor does a request that could not be sent: a key from a file often ends with a newline, which no header can."""
    base_url = "http://127.0.0.1:9/v1"
    make = lambda openai: rxs.openai_events(  # noqa: E731
        openai.copy(api_key=key, base_url=base_url), model="any", **ASK[api]
    )
    _, error = over_http(answer("x"), client, make)
    assert isinstance(error, rxs.SourceFailed)
    assert error.__cause__ is not None
    assert KEY not in printed(error)
    count("keys echoed")


ODD_KEYS = {
    "base64": "Q0FUU0FSRU5JQ0V+/u7x/AbCdEfGhIjKlMnOpQrStUv+wxyz==",
    "all kinds of signs": "sk!~%41;key:with/all+kinds=of&signs#in$it",
    "what JSON escapes": 'sk-"quoted\\and-escaped"-0123456789',
}


@both_clients
@pytest.mark.parametrize("name", ODD_KEYS)
@pytest.mark.parametrize("shape", ["error", "unknown", "401"])
def test_no_part_of_a_key_shows(shape: str, name: str, client: str) -> None:
    """A key is hidden to its last character, whichever characters it has."""
    key = ODD_KEYS[name]
    replies = {
        "error": recorded(b"data: " + json.dumps({"error": f"bad {key}, it is"}).encode() + b"\n\n"),
        "unknown": recorded(b"data: " + json.dumps([f"{key}, it is"]).encode() + b"\n\n"),
        "401": http_error(401, f"bad {key}, it is"),
    }
    make = lambda openai: rxs.openai_events(openai, model="any", **ASK["chat"])  # noqa: E731
    _, error = over_http(replies[shape], client, make, api_key=key)
    assert isinstance(error, rxs.SourceFailed)
    assert "**********, it is" in str(error)
    assert not re.search(r"signs|0123456789|wxyz|==|escaped", printed(error))
    count("keys echoed")


AZURE: dict[str, Any] = {"sync": AzureOpenAI, "async": AsyncAzureOpenAI}
CREDENTIALS: dict[str, Callable[[str], dict[str, Any]]] = {
    "a token for Azure": lambda client: {
        "kind": AZURE[client],
        "api_version": "1",
        "api_key": None,
        "azure_ad_token": KEY,
    },
    "a key for Azure": lambda client: {"kind": AZURE[client], "api_version": "1", "api_key": KEY},
    "a header of the client": lambda client: {"default_headers": {"Gateway-Auth": f"Bearer {KEY}"}},
    "a password among the headers": lambda client: {"default_headers": {"X-Password": KEY, "X-Pass": KEY}},
    "a header for a proxy": lambda client: {"default_headers": {"X-Credential": KEY}},
    "a key in the query": lambda client: {"default_query": {"key": KEY}},
    "keys in the query": lambda client: {"default_query": {"keys": ["x", KEY]}},
    "a header of the request": lambda client: {},
    "a parameter of the request": lambda client: {},
}
OF_THE_REQUEST: dict[str, dict[str, Any]] = {
    "a header of the request": {"extra_headers": {"X-Gateway-Key": KEY}},
    "a parameter of the request": {"extra_query": {"token": KEY}},
}


@both_clients
@pytest.mark.parametrize("echo", ["401", "an error in mid-stream"])
@pytest.mark.parametrize("name", CREDENTIALS)
def test_other_credentials_do_not_show(name: str, echo: str, client: str) -> None:
    """Nor does a token, or what a header of the user's own carries to a gateway."""
    request = ASK["chat"] | OF_THE_REQUEST.get(name, {})
    make = lambda openai: rxs.openai_events(openai, model="any", **request)  # noqa: E731
    _, error = over_http(KEY_ECHOES[echo], client, make, **CREDENTIALS[name](client))
    assert isinstance(error, rxs.SourceFailed)
    assert KEY[:12] not in printed(error)
    assert "**********" in str(error)
    count("keys echoed")


PASSWORD_ECHOES = {"as it is": KEY, "as it is sent": base64.b64encode(f"me:{KEY}".encode()).decode()}


@both_clients
@pytest.mark.parametrize("echo", PASSWORD_ECHOES)
def test_the_password_of_a_url_does_not_show(echo: str, client: str) -> None:
    """Nor does a password in the URL, also in the form that the header has."""

    def make(openai: Any) -> Observable[Any]:
        address = openai.base_url.netloc.decode()
        return rxs.openai_events(openai.copy(base_url=f"http://me:{KEY}@{address}/v1"), model="any", **ASK["chat"])

    _, error = over_http(http_error(401, f"bad {PASSWORD_ECHOES[echo]}, it is"), client, make)
    assert "bad **********, it is" in str(error)
    assert PASSWORD_ECHOES[echo][:12] not in printed(error)
    count("keys echoed")


@both_clients
@pytest.mark.parametrize("options", [{"api_key": KEY}, {"default_query": {"key": KEY}}], ids=["header", "query"])
@pytest.mark.parametrize("echo", ["401", "another shape"])
def test_keys_do_not_show_where_a_function_asks(echo: str, options: dict[str, Any], client: str) -> None:
    """Nor does the key of a client that only a function of the user's knows: the error's request has it."""

    def make(openai: Any) -> Observable[Any]:
        with_key = openai.copy(**options)
        return rxs.openai_events(lambda: with_key.chat.completions.create(model="any", stream=True, **ASK["chat"]))

    _, error = over_http(KEY_ECHOES[echo], client, make)
    assert isinstance(error, rxs.SourceFailed)
    assert KEY[:12] not in printed(error)


class ForeignError(Exception):
    """An error of another library's, which has its message twice, as its own property, and no request."""

    message = property(lambda self: f"refused: {self.args[0]}")

    @property
    def request(self) -> Any:
        raise RuntimeError("no request has been made")


def test_errors_of_other_libraries_stay_as_they_are() -> None:
    """An error that has nothing to hide, or that can't be looked through, is the cause as it was."""
    failure = ForeignError("why", 7)
    _, error = outcome(rxs.openai_events(lambda: rx.throw(failure).run()))
    assert error.__cause__ is failure
    assert failure.args == ("why", 7)


# -- many keys ---------------------------------------------------------------------------------------------------------------

OPERATORS: dict[str, list[Callable[[Any], Any]]] = {
    "snapshots": [],
    "partials": [rxs.to_partial(Plain)],
    "partials with extra": [rxs.to_partial(Allowing)],
    "dicts": [rxs.to_partial(dict[str, int])],
    "progress": [rxs.progress()],
    "progress of partials": [rxs.to_partial(Allowing), rxs.progress()],
    "distinct_fields": [rxs.distinct_fields(closed=True)],
    "elements": [rxs.elements()],
    "changes": [rxs.changes()],
}
SAME = '"k":1,'
"""A member that comes again and again."""


def instructions_of(beginning: str, deltas: list[str], operators: list[Callable[[Any], Any]]) -> float:
    """How many instructions a delta takes after a beginning."""
    return instructions_per_delta(Grown(beginning, deltas, ""), operators)


@pytest.mark.parametrize("name", OPERATORS)
def test_a_repeated_key_costs_the_same_each_time(name: str) -> None:
    """The two-thousandth time that a key comes takes no more instructions than the two-hundredth."""
    early, late = (instructions_of("{" + SAME * before, [SAME] * 20, OPERATORS[name]) for before in (200, 2_000))
    assert late <= early * 1.05 + 5


@pytest.mark.parametrize("name", ["snapshots", "progress", "distinct_fields", "elements", "changes"])
def test_a_new_key_costs_the_same_each_time(name: str) -> None:
    """So does a key that never came before, where no partial has to show all of them."""
    early, late = (
        instructions_of(
            "{" + "".join(f'"k{number}":1,' for number in range(before)),
            [f'"n{number}":1,' for number in range(20)],
            OPERATORS[name],
        )
        for before in (200, 2_000)
    )
    assert late <= early * 1.05 + 5


MILLION = 1_000_000 if os.environ.get("RXSTRUCT_PROFILE") == "long" else 10_000


@pytest.mark.parametrize("name", OPERATORS)
def test_a_million_duplicate_keys(name: str) -> None:
    """A key that comes a million times (here fewer, unless RXSTRUCT_PROFILE=long) is one member in the end."""
    text = "{" + '"name":"A",' * (MILLION - 1) + '"name":"B"}'
    if name == "dicts":
        text = text.replace('"A"', "1").replace('"B"', "2")
    deltas = (text[at : at + 4096] for at in range(0, len(text), 4096))
    last: Any = None
    for last in rxs.iterate(rxs.from_deltas(lambda: deltas).pipe(rxs.accumulate_json(), *OPERATORS[name])):  # noqa: B007
        pass
    assert last is not None
    count("duplicate keys", MILLION)


COLLIDING = [number * (2**61 - 1) for number in range(1, 1_000)]
"""Integers whose hash is 0: of these alone do Python's dicts and sets not know to tell one from another quickly."""


def test_colliding_integers() -> None:
    """Integer keys and elements that Python can't tell apart by their hash come to what pydantic makes of them."""
    text = json.dumps({str(number): 0 for number in COLLIDING})
    partials = rxs.replay(text, cuts=4096).pipe(rxs.accumulate_json(), rxs.to_partial(dict[int, int]))
    assert partials.final() == dict.fromkeys(COLLIDING, 0)
    numbers = rxs.replay(json.dumps(COLLIDING), cuts=4096).pipe(rxs.accumulate_json(), rxs.to_partial(set[int]))
    assert numbers.final() == set(COLLIDING)


def test_a_limit_of_the_model_is_kept_before_that() -> None:
    """A model that limits the length of such a dict refuses the first key too many as it begins."""
    limited = rxs.to_partial(Annotated[dict[int, int], Field(max_length=3)])
    _, error = outcome(
        rxs.replay(json.dumps({str(number): 0 for number in COLLIDING})).pipe(rxs.accumulate_json(), limited)
    )
    assert isinstance(error, rxs.FieldInvalid)
    assert len(error.text) < 120


FIXED_SEED = """
import rxstruct as rxs
from benchmarks.copying import Grown
from tests.test_cost import instructions_per_delta
members = [f'"{number:08x}":1,' for number in range(2_020)]
early, late = (
    instructions_per_delta(Grown("{" + "".join(members[:before]), members[2_000:], ""), [rxs.progress()])
    for before in (200, 2_000)
)
assert late <= early * 1.05 + 5, (early, late)
"""


def test_a_known_hash_seed_makes_no_difference() -> None:
    """Where the seed of Python's hashes is known to whoever writes the keys, each key still costs the same."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, "-c", FIXED_SEED], check=True, env=environment)
