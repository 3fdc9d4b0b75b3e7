"""Row "model, dataclass, TypedDict": a partial from the brace on; validated whole, with defaults, on close."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Annotated, Any, Generic, NotRequired, TypeVar

import pydantic.dataclasses
import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    TypeAdapter,
    ValidationError,
    computed_field,
)
from typing_extensions import TypedDict

import rxstruct as rxs
from rxstruct.testing import storyboard

from .driver import last, run
from .oracle import assert_valid


class Address(BaseModel):
    city: str
    zip: int
    country: str = "NL"


class Person(BaseModel):
    name: str
    address: Address
    nickname: str | None = None


def test_a_model_is_partial_from_its_brace_on() -> None:
    """Fields that have not begun are absent, nested models too; defaults come when the object that lacks the field closes."""
    storyboard(
        """
        deltas   --a--b--c--d--e--|
        partial  --v--w--x--y--z--|

        a  {
        b  "address":{"city":"Del
        c  ft","zip":2628
        d  },"name":"A
        e  da"}
        v  {}
        w  {"address": {"city": "Del"}}
        x  {"address": {"city": "Delft"}}
        y  {"address": {"city": "Delft", "zip": 2628, "country": "NL"}, "name": "A"}
        z = {"name": "Ada", "address": {"city": "Delft", "zip": 2628, "country": "NL"}, "nickname": None}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Person),
    )


def test_absent_is_not_null() -> None:
    """A field that has not come is no attribute; one that came as null is None."""
    before, after = last(Person, '{"name":"Ada"'), last(Person, '{"name":"Ada","nickname":null')
    assert not hasattr(before, "nickname")
    assert after.nickname is None
    assert rxs.get(before, "nickname", default="absent") == "absent"
    assert rxs.get(after, "nickname", default="absent") is None


def test_a_partial_matches_by_what_it_has() -> None:
    """`match` on a class pattern falls through where a field is absent."""

    def seen(partial: Any) -> str:
        match partial:
            case Person(name=name, address=Address(city=city)):
                return f"{name} of {city}"
            case Person(name=name):
                return name
            case Person():
                return "somebody"
        return "nobody"

    assert seen(last(Person, "{")) == "somebody"
    assert seen(last(Person, '{"name":"Ada"')) == "Ada"
    assert seen(last(Person, '{"name":"Ada","address":{"city":"D')) == "Ada of D"


def test_a_partial_is_of_the_authors_class() -> None:
    """Partials are instances of the model itself, nested ones too; the last is what pydantic would have made."""
    partial = last(Person, '{"name":"Ada","address":{"city":"D')
    assert type(partial) is Person
    assert type(partial.address) is Address
    assert "city='D'" in repr(partial)
    assert partial.model_fields_set == {"name", "address"}
    assert partial.model_dump() == {"name": "Ada", "address": {"city": "D"}}


@dataclasses.dataclass
class Plain:
    name: str
    size: int = 3
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Slotted:
    name: str
    size: int = 3
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Frozen:
    name: str
    size: int = 3
    tags: tuple[str, ...] = ()


@pydantic.dataclasses.dataclass
class Validated:
    name: str
    size: Annotated[int, Field(gt=0)] = 3
    tags: list[str] = dataclasses.field(default_factory=list)


DATACLASSES = [Plain, Slotted, Frozen, Validated]


@pytest.mark.parametrize("kind", DATACLASSES)
def test_a_dataclass_is_partial_too(kind: Any) -> None:
    """Fields of a dataclass are absent until they come, those with a default (a class attribute) too."""
    partial = last(kind, '{"name":"Ad')
    assert isinstance(partial, kind)
    assert partial.name == "Ad"
    assert not hasattr(partial, "size")
    assert not hasattr(partial, "tags")
    assert "Ad" in repr(partial)
    assert rxs.closed_fields(partial) == ()
    text = '{"name":"Ada","tags":["x","y"]}'
    final = assert_valid(kind, text, list(text))[-1]
    assert type(final) is kind
    assert final.size == 3


def test_a_dataclass_storyboard() -> None:
    """A dataclass within a list streams as a model does."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  [{"name":"A
        b  da","size":1},{
        c  "name":"Bob"}]
        x  [{"name": "A"}]
        y  [{"name": "Ada", "size": 1, "tags": []}, {}]
        z  [{"name": "Ada", "size": 1, "tags": []}, {"name": "Bob", "size": 3, "tags": []}]
        """,
        rxs.accumulate_json(),
        rxs.to_partial(list[Plain]),
    )


class Movie(TypedDict):
    title: str
    year: int
    rating: NotRequired[float]


class Loose(TypedDict, total=False):
    title: str
    year: int


def test_a_typed_dict_lacks_the_keys_that_have_not_come() -> None:
    """In a TypedDict what is absent is a missing key."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"title":"Me
        b  tropolis","year":192
        c  7}
        x  {"title": "Me"}
        y  {"title": "Metropolis"}
        z  {"title": "Metropolis", "year": 1927}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Movie),
    )
    text = '{"year":1927}'
    assert_valid(Loose, text, list(text))
    error = run(Movie, list(text)).error
    assert type(error) is rxs.FieldInvalid
    assert error.path in ((), ("title",))


Content = TypeVar("Content")


class Box(BaseModel, Generic[Content]):
    content: Content
    label: str = "box"


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Friend(BaseModel):
    name: str
    friend: Friend | None = None


def test_generic_models() -> None:
    """The parameters of a generic model say how its fields stream."""
    assert not hasattr(last(Box[int], '{"content":12'), "content")
    assert last(Box[str], '{"content":"12').content == "12"
    assert last(Box[Box[str]], '{"content":{"content":"12').content.content == "12"
    for model, text in (Box[list[int]], '{"content":[1,2]}'), (Box[Box[Any]], '{"content":{"content":{"a":[null]}}}'):
        assert_valid(model, text, list(text))


def test_recursive_models() -> None:
    """A model may hold itself, to any depth that comes, through forward references."""
    storyboard(
        """
        deltas   --a--b--c--|
        partial  --x--y--z--|

        a  {"name":"root","children":[{"name":"le
        b  af","children":[{
        c  "name":"x"}]}]}
        x  {"name": "root", "children": [{"name": "le"}]}
        y  {"name": "root", "children": [{"name": "leaf", "children": [{}]}]}
        z  {"name": "root", "children": [{"name": "leaf", "children": [{"name": "x", "children": []}]}]}
        """,
        rxs.accumulate_json(),
        rxs.to_partial(Tree),
    )
    text = '{"name":"a","friend":{"name":"b","friend":{"name":"c","friend":null}}}'
    assert_valid(Friend, text, list(text))
    deep = '{"name":"n","children":[' * 50 + '{"name":"leaf"}' + "]}" * 50
    assert run(Tree, [deep]).items[-1] == Tree.model_validate_json(deep)


class Immutable(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    tags: tuple[str, ...] = ()


class WithPrivate(BaseModel):
    name: str
    size: int = 1
    _cache: dict[str, int] = PrivateAttr(default_factory=dict)
    _ready: bool = PrivateAttr(default=False)

    def model_post_init(self, context: Any) -> None:
        self._ready = True


class WithComputed(BaseModel):
    width: int
    height: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> int:
        return self.width * self.height


def test_frozen_models() -> None:
    """A frozen model has partials, which are frozen too."""
    partial = last(Immutable, '{"name":"A')
    with pytest.raises(ValidationError):
        partial.name = "B"
    text = '{"name":"Ada","tags":["x"]}'
    assert_valid(Immutable, text, list(text))


class RootWithPrivate(RootModel[list[int]]):
    _ready: bool = PrivateAttr(default=False)


def test_private_attributes_of_a_root_model() -> None:
    """It has none either while it is open, and has them in the end."""
    partial = last(RootWithPrivate, "[1")
    assert not hasattr(partial, "_ready")
    assert partial == copy.copy(partial)
    assert last(RootModel[list[int]], "[1") == RootModel[list[int]]([])
    final = last(RootWithPrivate, "[1]")
    assert final._ready is False
    assert final == RootWithPrivate([1])


def test_private_attributes() -> None:
    """A partial has no private attributes, asking for them is no error of another kind, and the final instance has them."""
    partial = last(WithPrivate, '{"name":"A')
    assert not hasattr(partial, "_cache")
    final = last(WithPrivate, '{"name":"Ada"}')
    assert final._ready is True
    assert final._cache == {}


def test_computed_fields() -> None:
    """`dump` leaves out a computed field that reads an absent one."""
    assert rxs.dump(last(WithComputed, '{"width":2,')) == {"width": 2}
    assert rxs.dump(last(WithComputed, '{"width":2,"height":3,')) == {"width": 2, "height": 3, "area": 6}
    assert repr(last(WithComputed, '{"width":2,'))


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


class Allowing(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str


def test_extra_keys_that_are_ignored_never_show() -> None:
    """By default an unknown key is skipped, and changes nothing."""
    items = run(Person, '{"unknown":{"a":[1]},"name":"Ada","address":{"city":"D","zip":1,"more":"x"}}').items
    assert not any(hasattr(item, "unknown") for item in items)
    assert items[-1] == Person(name="Ada", address=Address(city="D", zip=1))


def test_extra_keys_that_are_allowed_stream() -> None:
    """With `extra="allow"` unknown keys are taken into the final object."""
    text = '{"name":"Ada","more":{"a":[1,"x"]},"born":1815}'
    final = assert_valid(Allowing, text, list(text))[-1]
    assert final.model_extra == {"more": {"a": [1, "x"]}, "born": 1815}


class LooseDict(TypedDict):
    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    name: str


def test_what_is_under_an_extra_key_shows_while_it_is_open() -> None:
    """It grows as a field does, beside those that have closed."""
    text = '{"name":"Ada","born":1815,"notes":["a","b'
    assert last(Allowing, text).model_extra == {"born": 1815, "notes": ["a", "b"]}
    assert last(LooseDict, text) == {"name": "Ada", "born": 1815, "notes": ["a", "b"]}


@pytest.mark.parametrize("kind", [Person, Forbidding, Allowing, WithPrivate])
def test_a_partial_is_kept_as_pydantic_keeps_a_model(kind: type[BaseModel]) -> None:
    """With every delta: the fields that it has are those set, and extra ones are kept where they are in a whole model."""
    document = {"name": "Ada"} | ({"address": {"city": "Delft", "zip": 1}} if kind is Person else {})
    *partials, final = run(kind, list(json.dumps(document))).items
    for partial in partials:
        assert partial.model_fields_set == partial.__dict__.keys()
        assert type(partial.model_extra) is type(final.model_extra)
        assert not hasattr(partial, "_cache")


def test_extra_keys_that_are_forbidden_fail_as_soon_as_they_are_known() -> None:
    """With `extra="forbid"` an unknown key fails before its value has come."""
    error = run(Forbidding, '{"name":"Ada","extra":"and its long value"}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("extra",)
    assert len(error.text) <= len('{"name":"Ada","extra":"')
    assert error.errors()[0]["type"] == "extra_forbidden"
    assert error.errors()[0]["input"] is None
    assert error.partial.name == "Ada"


HOSTILE = [
    "__class__",
    "__dict__",
    "__proto__",
    "model_config",
    "model_fields",
    "copy",
    "_cache",
    "__pydantic_private__",
]


@pytest.mark.parametrize("key", [*HOSTILE, "\x00", "\u202e"])
@pytest.mark.parametrize("model", [Person, Allowing, WithPrivate, Plain, Slotted])
def test_hostile_keys_set_nothing(model: Any, key: str) -> None:
    """A key that is the name of something else does what pydantic lets it do, and never reaches a partial's machinery."""
    document = {key: {"x": 1}, "name": "Ada", "address": {"city": "D", "zip": 1, key: "y"}}
    text = json.dumps(document)
    try:
        expected = pydantic.TypeAdapter(model).validate_json(text)
    except ValidationError:
        expected = None
    items, error, *_ = run(model, text)
    assert (error is None) == (expected is not None)
    for item in items:
        assert isinstance(item, model)
        assert isinstance(model.__dict__.get("model_config", {}), dict)
        assert not (isinstance(item, BaseModel) and key in item.__dict__ and key not in type(item).model_fields)
    if expected is not None:
        assert items[-1] == expected


def test_strict_models() -> None:
    """Strict mode is JSON's: dates and tuples come as they must in JSON, a number in quotes is refused."""

    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)

        at: pydantic.AwareDatetime
        pair: tuple[int, float]
        ids: set[int] = set()

    text = '{"at":"2024-01-01T00:00:00Z","pair":[1,2],"ids":[1,1]}'
    assert_valid(Strict, text, list(text))
    error = run(Strict, '{"at":"2024-01-01T00:00:00Z","pair":["1",2]}').error
    assert type(error) is rxs.FieldInvalid
    assert error.path == ("pair", 0)


Number = TypeVar("Number")


class Rectangle(BaseModel, Generic[Number]):
    model_config = ConfigDict(extra="allow")

    width: Number
    note: str = Field("", repr=False)
    height: Number

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> Any:
        return self.width * self.height  # type: ignore[operator]

    @computed_field(repr=False)  # type: ignore[prop-decorator]
    @property
    def half(self) -> Any:
        return self.area / 2


@pytest.mark.parametrize("kind", [Rectangle[int], Rectangle[float]])
def test_a_partial_with_computed_fields_looks_like_its_model(kind: Any) -> None:
    """Its repr has what pydantic's has, as far as that has come; it equals its like, and goes by the class's name."""
    partial = last(kind, '{"width":2,"note":"n","more":[1],')
    assert repr(partial) == repr(kind.model_validate_json('{"width":2,"height":0}')).replace(
        ", height=0, area=0", ", more=[1]"
    ).replace(", height=0.0, area=0.0", ", more=[1]")
    whole = last(kind, '{"width":2,"note":"n","more":[1],"height":3,')
    assert repr(whole) == repr(kind.model_validate_json('{"width":2,"note":"n","more":[1],"height":3}'))
    assert whole == last(kind, '{"width":2,"note":"n","more":[1],"height":3,')
    assert whole == kind.model_validate_json('{"width":2,"note":"n","more":[1],"height":3}')
    assert whole != partial
    assert (type(whole).__module__, type(whole).__qualname__) == (kind.__module__, kind.__qualname__)


registered: list[str] = []


class Registered:
    def __init_subclass__(cls, *, name: str, **options: Any) -> None:
        registered.append(name)


class RegisteredModel(Registered, BaseModel, name="model"):
    width: int
    height: int = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> int:
        return self.width * self.height


@dataclasses.dataclass
class RegisteredDataclass(Registered, name="dataclass"):
    width: int
    height: int = 1


@pytest.mark.parametrize("kind", [RegisteredModel, RegisteredDataclass])
def test_an_authors_hook_for_subclasses_sees_none_of_ours(kind: Any) -> None:
    """An `__init_subclass__` may want arguments, or keep a list of classes: the private ones of partials do not reach it."""
    before = list(registered)
    assert run(kind, list('{"width":2}')).items[-1] == kind(width=2)
    assert registered == before


@dataclasses.dataclass
class Pair:
    left: list[int]
    right: str = ""
    state: str = "NY"


@dataclasses.dataclass
class Other:
    left: list[int]
    right: str = ""
    state: str = "NY"


@dataclasses.dataclass(slots=True)
class Slotted:
    left: list[int]
    right: str = ""
    state: str = "NY"


@pytest.mark.parametrize("kind", [Pair, Slotted])
def test_a_partial_dataclass_looks_like_its_class(kind: Any) -> None:
    """With the fields that have arrived: it equals those of its class that have the same."""
    partial = last(kind, '{"left":[1],"right":"a')
    assert repr(partial) == f"{kind.__name__}(left=[1], right='a')"
    assert partial == last(kind, '{"left":[1],"right":"a')
    assert partial != last(kind, '{"left":[1],"right":"b')
    assert partial != last(Other, '{"left":[1],"right":"a')
    assert partial != kind([1], "a")
    assert last(kind, '{"left":[1],"right":"a","state":"b') == kind([1], "a", "b")
    assert (type(partial).__module__, type(partial).__qualname__) == (kind.__module__, kind.__qualname__)
    assert getattr(partial, "__dict__", {"left": [1], "right": "a"}) == {"left": [1], "right": "a"}
    with pytest.raises(AttributeError, match=None if kind is Slotted else "^this field has not arrived yet$"):
        partial.state  # noqa: B018


def test_a_field_may_be_called_state() -> None:
    """What is closed carries none of ours, whatever its own are called."""
    assert rxs.is_closed(Pair([1], "a", "NY"))
    assert rxs.closed_fields(Pair([1], "a", "NY")) == ("left", "right", "state")
    assert rxs.closed_fields(Pair) == ()


def test_a_deep_copy_of_a_partial_is_one() -> None:
    """It knows what is open and where it came from."""
    for kind, text in ((list[Pair], '[{"left":[1'), (Pair, '{"left":[1'), (Rectangle[int], '{"width":1,')):
        partial = last(kind, text)
        copied = copy.deepcopy(partial)
        assert copied == partial
        assert not rxs.is_closed(copied)
        assert rxs.snapshot_of(copied) is rxs.snapshot_of(partial)


def test_the_defaults_of_a_dataclass_stay_hidden() -> None:
    """Also once somebody, such as an operator that was not told the model, has asked pydantic about the class of a partial."""

    @pydantic.dataclasses.dataclass
    class City:
        name: str
        motto: str = "none"

    text = '{"name": "Vienna", "motto": "AEIOU"}'
    TypeAdapter(type(run(City, [text[:10]]).items[-1]))
    first, *_, final = run(City, list(text)).items
    assert not hasattr(first, "motto")
    assert final == City("Vienna", "AEIOU")


class Outer:
    class Square(BaseModel):
        side: int
        note: str = ""

        @computed_field  # type: ignore[prop-decorator]
        @property
        def area(self) -> int:
            return self.side**2

    @dataclasses.dataclass
    class Point:
        x: int
        note: str = ""


@pytest.mark.parametrize("kind", [Outer.Square, Outer.Point])
def test_a_partial_goes_by_the_name_of_its_class(kind: Any) -> None:
    """Wherever that is defined; and it equals an instance of that class with the same fields."""
    key = next(iter(TypeAdapter(kind).json_schema()["properties"]))
    partial = last(kind, f'{{"{key}":1,"note":"n')
    assert (type(partial).__module__, type(partial).__qualname__) == (kind.__module__, kind.__qualname__)
    whole = kind(**{key: 1, "note": "n"})
    assert partial == whole
    assert whole == partial
    assert repr(partial) == repr(whole)


noted: list[Any] = []


def noting(value: Any) -> Any:
    noted.append(value)
    return value


Noted = Annotated[list[int], AfterValidator(noting)]


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class NotedDataclass:
    noted: Noted
    size: int = 0


class NotedChoices(BaseModel):
    model_config = ConfigDict(extra="allow")

    noted: Noted = Field(validation_alias="Noted")
    size: Noted = Field([], validation_alias=AliasChoices("size", "length"))
    place: list[int] = Field([], validation_alias=AliasPath("more", "place"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (NotedDataclass, '{"noted":[1],"size":1,"extra":{"a":[1]}}'),
        (NotedChoices, '{"Noted":[1],"size":[2],"length":[3]}'),
        (NotedChoices, '{"Noted":[1],"size":[2],"noted":[3]}'),
        (NotedChoices, '{"Noted":[1],"length":[2],"noted":[3],"extra":{"a":1}}'),
        (NotedChoices, '{"Noted":[1],"size":[2],"more":{"place":[4]},"extra":{"a":1}}'),
    ],
)
def test_what_has_closed_stays_beside_extra_keys(kind: Any, text: str) -> None:
    """Also where an extra key is called like a field, or like another place for one: each value is validated once, and kept."""
    expected = TypeAdapter(kind).validate_json(text)
    for deltas in [list(text), [text[:9], text[9:-1], "}"]]:
        noted.clear()
        items = run(kind, deltas).items
        assert items[-1] == expected
        assert vars(items[-1]) == vars(expected)
        assert noted.count([1]) == 1
        assert noted.count([2]) <= 1
        if isinstance(items[-1], BaseModel):
            assert items[-1].model_extra == expected.model_extra
            assert items[-1].model_fields_set == expected.model_fields_set
        before = [item for item in items if rxs.is_closed(item, "noted")]
        assert all(item.noted is items[-1].noted for item in before)


class NotedNames(BaseModel):
    names: Noted
    captain: Any = Field(validation_alias=AliasPath("names", 0))


class NotedNamesAndMore(NotedNames):
    model_config = ConfigDict(extra="allow")


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class NotedNamesDataclass:
    names: Noted
    captain: Annotated[Any, Field(validation_alias=AliasPath("names", 0))]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (NotedNames, '{"names":[1],"captain":2}'),
        (NotedNamesAndMore, '{"names":[1],"extra":2}'),
        (NotedNamesDataclass, '{"names":[1]}'),
    ],
)
def test_what_another_field_is_taken_out_of_is_validated_once(kind: Any, text: str) -> None:
    """Beside extra keys that are ignored, beside those that a model keeps, and in a dataclass that would keep some."""
    noted.clear()
    final = run(kind, list(text)).items[-1]
    assert (final.names, final.captain) == ([1], 1)
    assert noted == [[1]]


def test_an_extra_key_beside_what_another_field_is_taken_out_of() -> None:
    """The field is what the path leads to, and not what an extra key has that is called like it."""
    text = '{"names":[1],"captain":"Ada"}'
    for deltas in list(text), [text]:
        assert run(NotedNamesAndMore, deltas).items[-1] == NotedNamesAndMore.model_validate_json(text)


class NotedExtras(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Noted]

    first: int = Field(0, alias="First")
    second: Annotated[Noted, AfterValidator(lambda value, info: value)]


def test_beside_an_extra_key_that_is_called_like_a_field_all_are_validated_once() -> None:
    """Other extra ones, and a field whose validators have waited for another that never came."""
    text = '{"second":[1],"extra":[2],"first":[3]}'
    noted.clear()
    final = run(NotedExtras, list(text)).items[-1]
    assert noted == [[1], [2], [3]]
    assert final == NotedExtras.model_validate_json(text)
