"""Aliases: the document's keys are the aliases', the partial's names are the fields'."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import reactivex as rx
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_as_pydantic_decides, assert_valid, same


class Profile(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    full_name: str
    home_town: str = "nowhere"


def test_a_field_streams_under_its_name_from_its_alias() -> None:
    """The document says `fullName`, the partial `full_name`."""
    storyboard(
        """
        deltas   --a--b--|
        partial  --y--z--|

        a  {"fullName":"Ada L
        b  ovelace","homeTown":"London"}
        y  {"full_name": "Ada L"}
        z  {"full_name": "Ada Lovelace", "home_town": "London"}!
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Profile),
    )


def test_paths_of_partials_are_names_and_paths_of_snapshots_are_keys() -> None:
    """`is_closed` and `get` take field names; closed paths and errors speak the document's language."""
    partial = last(Profile, '{"fullName":"Ada",')
    assert rxs.closed_fields(partial) == ("full_name",)
    assert rxs.is_closed(partial, "full_name")
    assert rxs.snapshot_of(partial).closed_paths == [("fullName",)]
    assert rxs.dump(partial) == {"full_name": "Ada"}
    assert rxs.dump(partial, by_alias=True) == {"fullName": "Ada"}
    error = run(Profile, '{"fullName":12,').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("fullName",)


def test_a_name_is_not_an_alias() -> None:
    """Without `populate_by_name` the field's own name is an unknown key."""
    assert not hasattr(last(Profile, '{"full_name":"x","homeTown":"y",'), "full_name")


class Strict(Profile):
    model_config = ConfigDict(extra="forbid")


def test_a_name_that_is_no_alias_is_refused_where_extra_keys_are() -> None:
    """It is refused as it comes, like any other unknown key."""
    error = run(Strict, list('{"full_name":"x"}')).error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("full_name",)
    assert error.text == '{"full_name":"'


class Nicknamed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    nick: str | None = Field(None, alias="nickName")
    age: int | None = Field(None, alias="ageInYears")


@dataclass(config=ConfigDict(extra="forbid"))
class NicknamedDataclass:
    nick: Annotated[str, Field(alias="nickName")]


class NicknamedDict(TypedDict):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    nick: Annotated[str, Field(alias="nickName")]


@pytest.mark.parametrize(
    ("model", "text", "refused", "kind"),
    [
        (Nicknamed, '{"name":"x","nick":"a long story"}', '{"name":"x","nick":"', "extra_forbidden"),
        (Nicknamed, '{"name":"x","age":3}', '{"name":"x","age":3}', "extra_forbidden"),
        (NicknamedDataclass, '{"nick":"x"}', '{"nick":"', "unexpected_keyword_argument"),
        (NicknamedDict, '{"nick":"x"}', '{"nick":"', "extra_forbidden"),
    ],
)
def test_a_name_is_refused_in_the_words_for_any_extra_key(model: Any, text: str, refused: str, kind: str) -> None:
    """It is an extra key, and no wrong value of the field that is called so, whatever that field would have taken."""
    for deltas in list(text), [text]:
        error = run(model, deltas).error
        assert type(error) is rxs.FieldInvalid
        assert error.text == refused
        assert {each["type"] for each in error.errors()} == {kind}
        assert error.errors()[0]["loc"] == error.path


class Allowing(BaseModel):
    model_config = ConfigDict(extra="allow")

    nick: int | None = Field(None, alias="nickName")
    note: str = ""


@dataclass(config=ConfigDict(extra="allow"))
class AllowingDataclass:
    nick: Annotated[int, Field(alias="nickName")]


class AllowingDict(TypedDict):
    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    nick: Annotated[int, Field(alias="nickName")]


@pytest.mark.parametrize("model", [Allowing, AllowingDataclass, AllowingDict])
@pytest.mark.parametrize("text", ['{"nick":"no number","nickName":1}', '{"nickName":1,"nick":"no number"}'])
def test_an_extra_key_never_passes_for_the_field_that_is_called_so(model: Any, text: str) -> None:
    """What the document has under a field's name, and not under its alias, shows nowhere: it is not that field's value."""
    for item in assert_valid(model, text, list(text)):
        assert rxs.get(item, "nick", default=1) == 1
        assert getattr(item, "nick", 1) == 1


def test_an_extra_key_completes_no_field() -> None:
    """The value of a field that is asked for is the one under its alias, or its default, though another key has its name."""
    for text, value in (('{"nick":"no number","nickName":1}', 1), ('{"nick":"no number"}', None)):
        completed: list[Any] = []
        rx.from_iterable(text).pipe(rxs.accumulate_json(), rxs.to_partial(Allowing), rxs.completed("nick")).subscribe(
            completed.append
        )
        assert completed == [value]


class NameAlone(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)

    size: str = Field(alias="Size")
    note: str = ""


class SameName(BaseModel):
    model_config = ConfigDict(validate_by_name=True)

    size: str = Field(alias="size")


class OneChoice(BaseModel):
    size: str = Field(validation_alias=AliasChoices("Size"))
    note: str = Field(validation_alias=AliasPath("Note"))


@pytest.mark.parametrize(
    ("model", "beginning"),
    [(NameAlone, '{"size":"a'), (SameName, '{"size":"a'), (OneChoice, '{"Note":"b","Size":"a')],
)
def test_a_field_with_one_key_streams_under_it(model: type[BaseModel], beginning: str) -> None:
    """The name, where aliases are not asked for or are the same; the only one of several choices, the only step of a path."""
    assert rxs.get(last(model, beginning), "size") == "a"
    text = beginning + '"}'
    assert assert_valid(model, text, list(text))[-1] == model.model_validate_json(text)


class ByName(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    size: str = Field(alias="Size")
    note: str = ""


def test_populate_by_name() -> None:
    """With it both keys are taken; as pydantic prefers one, the other waits until the object closes."""
    for text in (
        '{"Size":"a","note":"n"}',
        '{"size":"a","note":"n"}',
        '{"size":"a","Size":"b"}',
        '{"Size":"b","size":"a"}',
    ):
        final = assert_valid(ByName, text, list(text))[-1]
        assert final == ByName.model_validate_json(text)
    assert last(ByName, '{"Size":"a').size == "a"
    assert not hasattr(last(ByName, '{"size":"a","note":"'), "size")


class Shop(BaseModel):
    model_config = ConfigDict(validate_by_name=True)

    size: str = Field(alias="Size")
    tags: list[str] = []


class LooseShop(Shop):
    model_config = ConfigDict(extra="allow")


class StrictShop(Shop):
    model_config = ConfigDict(extra="forbid")


class ByAlias(BaseModel):
    model_config = ConfigDict(extra="allow")

    size: str = Field(alias="Size")
    tags: list[str] = []


@pytest.mark.parametrize("model", [Shop, LooseShop, StrictShop, ByAlias])
@pytest.mark.parametrize(
    "text",
    [
        '{"tags":["x"],"size":"a"}',
        '{"tags":["x"],"Size":"a"}',
        '{"tags":["x"],"size":"a","Size":"b"}',
        '{"tags":["x"],"Size":"b","size":"a"}',
    ],
)
def test_which_of_two_keys_is_extra(model: type[BaseModel], text: str) -> None:
    """Where a field has come under its preferred key, another of its keys is ignored, kept or refused, as by pydantic."""
    for deltas in [text], list(text):
        assert_as_pydantic_decides(model, text, deltas, decided_with=lambda path: [()])


class StrictFleet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tags: list[str] = []
    names: list[str] = []
    captain: str = Field(
        "nobody", validation_alias=AliasChoices("captain", AliasPath("names", 0), AliasPath("crew", 0))
    )


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (Shop, '{"tags":["x"],"size":"a","Size":"b"}'),
        (StrictShop, '{"tags":["x"],"size":"a"}'),
        (StrictFleet, '{"tags":["x"],"crew":["Eve"]}'),
        (StrictFleet, '{"tags":["x"],"names":["Eve"],"captain":"Ada"}'),
    ],
)
def test_a_field_that_may_stand_elsewhere_leaves_the_others_as_they_are(model: type[BaseModel], text: str) -> None:
    """What had closed stays the same object where no key is extra."""
    assert_valid(model, text, list(text))


class Choices(BaseModel):
    name: str = Field(validation_alias=AliasChoices("first_name", "name", AliasPath("names", 0)))
    city: str = Field("none", validation_alias=AliasPath("address", "city"))
    more: str = ""


def test_the_first_choice_streams_and_the_others_wait() -> None:
    """A lower-priority alias is absent until its owner closes: the first one may still come."""
    assert last(Choices, '{"first_name":"A').name == "A"
    assert not hasattr(last(Choices, '{"name":"Ada","more":"x'), "name")
    for text in (
        '{"first_name":"Ada","name":"Bob"}',
        '{"name":"Bob","first_name":"Ada"}',
        '{"name":"Bob","names":["Eve"]}',
        '{"names":["Eve","Mallory"],"address":{"city":"Paris","zip":1}}',
        '{"address":{"zip":1},"names":["Eve"]}',
        '{"names":["Eve"],"address":"none","more":"m"}',
    ):
        final = assert_valid(Choices, text, list(text))[-1]
        assert final == Choices.model_validate_json(text)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = Field(validation_alias=AliasChoices("full_name", "nick"))
    more: str = ""


def test_of_two_choices_that_both_come_one_is_an_extra_key() -> None:
    """Where those are kept, as pydantic keeps it."""
    for text in '{"full_name":"Ada","nick":"Bob","more":"m"}', '{"nick":"Bob","more":"m","full_name":"Ada"}':
        final = run(Open, list(text)).items[-1]
        assert same(final, Open.model_validate_json(text))
        assert final.model_extra == {"nick": "Bob"}


class Crew(BaseModel):
    captain: str = Field("nobody", validation_alias=AliasPath("names", 0))


class StrictCrew(Crew):
    model_config = ConfigDict(extra="forbid")


class LooseCrew(Crew):
    model_config = ConfigDict(extra="allow")


@pytest.mark.parametrize("model", [StrictCrew, LooseCrew])
def test_a_value_out_of_which_nothing_is_taken_is_extra(model: type[BaseModel]) -> None:
    """As for pydantic, which refuses or keeps it: what the path leads to is not there."""
    text = '{"names":[]}'
    for deltas in [text], list(text):
        assert_as_pydantic_decides(model, text, deltas, decided_with=lambda path: [()])


def test_a_value_out_of_which_a_field_is_taken_is_no_extra_key() -> None:
    """Also where extra keys are refused."""
    text = '{"names":["Eve"]}'
    assert assert_valid(StrictCrew, text, list(text))[-1].captain == "Eve"
    assert type(run(StrictCrew, '{"name":["Eve"]}').error) is rxs.FieldInvalid


def test_an_alias_path_does_not_lead_into_text() -> None:
    """A string has no first element, as for pydantic; however the text is cut."""
    for text in ('{"names":"Eve"}', '{"names":["Eve"]}', '{"names":[]}', '{"names":{"0":"Eve"}}'):
        for deltas in ([text], list(text)):
            assert assert_valid(Crew, text, deltas)[-1] == Crew.model_validate_json(text)


class Serialized(BaseModel):
    value: int = Field(validation_alias="in", serialization_alias="out")


def test_dump_by_alias_uses_the_alias_for_output() -> None:
    """`dump(by_alias=True)` is pydantic's."""
    partial = last(Serialized, '{"in":1,')
    assert rxs.dump(partial, by_alias=True) == {"out": 1}
