"""What is seen in pydantic's schemas, and told of a container of which nothing is known."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, TypeAdapter, ValidationInfo
from typing_extensions import TypeAliasType, TypedDict

import rxstruct as rxs
from rxstruct.incremental import JsonDocument
from rxstruct.partial.schema import holds_secret_keys
from rxstruct.partial.state import Shape

from .driver import last, run


def no_less(high: int, info: ValidationInfo) -> int:
    assert high >= info.data["low"]
    return high


class ByName(BaseModel):
    model_config = ConfigDict(validate_by_alias=False, validate_by_name=True)

    low: int
    high: Annotated[int, AfterValidator(no_less)]


class WithoutSettings(TypedDict):
    low: int
    high: Annotated[int, AfterValidator(no_less)]


@pytest.mark.parametrize("kind", [ByName, WithoutSettings])
def test_validators_see_other_fields_whatever_the_settings(kind: Any) -> None:
    """Also where names alone count, and where there are no settings at all."""
    text = '{"low":1,"high":2}'
    assert run(kind, list(text)).items[-1] == TypeAdapter(kind).validate_json(text)
    assert type(run(kind, '{"low":1,"high":0}').error) is rxs.FieldInvalid


Tree = TypeAliasType("Tree", "list[Tree]")


class Forest(BaseModel):
    first: Tree
    second: Tree = []


def test_a_type_that_refers_to_itself_waits_for_no_other_field() -> None:
    """Its schema is gone through once, and no validator in it sees others: so it shows as it opens."""
    assert rxs.dump(last(Forest, '{"second":[[')) == {"second": [[]]}


def pairs(text: Any) -> Any:
    return dict(pair.split("=") for pair in text.split(",")) if isinstance(text, str) else text


def listed(text: Any) -> Any:
    return text.split(",") if isinstance(text, str) else text


class Written(BaseModel):
    parts: Annotated[dict[str, str], BeforeValidator(pairs)] = {}
    words: Annotated[list[str], BeforeValidator(listed)] = []


@pytest.mark.parametrize(
    ("text", "path", "value"), [('{"parts":"a=b,c=d"}', ("parts", "c"), "d"), ('{"words":"a,b"}', ("words", 1), "b")]
)
def test_parts_that_are_read_out_of_a_text_are_told_of(text: str, path: tuple[Any, ...], value: str) -> None:
    """Be they members or elements, however the document was cut."""
    for cuts in 1, len(text):
        told: list[rxs.Change] = []
        rxs.replay(text, cuts=cuts).pipe(rxs.accumulate_json(), rxs.to_partial(Written), rxs.changes()).subscribe(
            told.append
        )
        assert (path, "closed", value) in [change[:3] for change in told]


def test_secret_keys_are_seen_in_a_union_whose_members_have_labels() -> None:
    """pydantic writes such a member as a pair of its schema and the label."""
    keys = TypeAdapter(dict[SecretStr, int]).core_schema
    assert holds_secret_keys({"type": "union", "choices": [(keys, "label")]})
    assert not holds_secret_keys({"type": "union", "choices": [({"type": "int"}, "label")]})


def test_of_what_nothing_is_known_children_go_by_their_keys() -> None:
    """As in what is read under `Any`."""
    snapshot = JsonDocument().feed('{"a":1,')
    assert snapshot is not None
    assert Shape(None).segment(snapshot.spine[1], 0) == "a"
