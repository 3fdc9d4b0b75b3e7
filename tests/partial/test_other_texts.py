"""Partials of documents that stand in prose, and of JSON lines."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
import reactivex
from pydantic import BaseModel, Field, RootModel, TypeAdapter, ValidationError

import rxstruct as rxs


class User(BaseModel):
    name: str
    age: int = 0


def collect(deltas: Any, *operators: Any) -> tuple[list[Any], Any]:
    items: list[Any] = []
    errors: list[Exception | None] = []
    reactivex.from_iterable(deltas).pipe(*operators).subscribe(items.append, errors.append, lambda: errors.append(None))
    (error,) = errors
    return items, error


PROSE = 'Sure! Here "you" go:\n\n```json\n{"name":"Ada","age":36}\n```\nAnything {else}?'


def test_partials_of_a_document_in_prose() -> None:
    """`locate="find"` changes where the document stands and nothing else, at every cut."""
    for at in range(len(PROSE)):
        items, error = collect([PROSE[:at], PROSE[at:]], rxs.accumulate_json(locate="find"), rxs.to_partial(User))
        assert error is None
        assert items[-1] == User(name="Ada", age=36)
        assert type(items[-1]) is User


def test_errors_in_a_document_in_prose() -> None:
    """The text of an error ends with the offending character, and its path is the document's, wherever it stands."""
    text = PROSE.replace("36", '"old"')
    for at in range(len(text)):
        items, error = collect([text[:at], text[at:]], rxs.accumulate_json(locate="find"), rxs.to_partial(User))
        assert type(error) is rxs.FieldInvalid
        assert error.path == ("age",)
        assert error.text.endswith('{"name":"Ada","age":"old"')
        assert error.closed_paths == [("name",)]
        assert error.partial.name == "Ada"
        assert items[-1].name == "Ada"


LINES = '{"name":"Ada"}\n{"name":"Bob","age":2}\n\n{"age":3,"name":"Eve"}\n'


@pytest.mark.parametrize("text", [LINES, LINES.replace("\n", ""), LINES.strip(), "", "\n"])
def test_partials_of_json_lines(text: str) -> None:
    """Documents one after the other are one list, which grows, at every cut."""
    wanted = [User(name="Ada"), User(name="Bob", age=2), User(name="Eve", age=3)] if text.strip() else []
    for at in range(len(text) + 1):
        items, error = collect([text[:at], text[at:]], rxs.accumulate_json_lines(), rxs.to_partial(list[User]))
        assert error is None
        assert (items[-1] if items else []) == wanted
    items, error = collect(text, rxs.accumulate_json_lines(), rxs.to_partial(list[User]))
    assert error is None
    first = next((item[0] for item in items if rxs.is_closed(item, 0)), None)
    assert items[-1] == wanted
    assert items[-1][:1] == [] or items[-1][0] is first


@pytest.mark.parametrize(
    ("text", "path", "refused"),
    [
        ('{"name":"Ada"}\n{"name":1}\n', (1, "name"), '{"name":"Ada"}\n{"name":1}'),
        ('{"name":"Ada"}\n{}\n{"name":"x"}', (1, "name"), '{"name":"Ada"}\n{}'),
        ('{"name":"Ada"}\n1\n', (1,), '{"name":"Ada"}\n1\n'),
        ('{"name":"Ada"}[]', (1,), '{"name":"Ada"}['),
    ],
)
def test_errors_of_json_lines(text: str, path: Any, refused: str) -> None:
    """A document that does not fit is refused where it goes wrong, with its place in the list."""
    for at in range(len(text) + 1):
        _, error = collect([text[:at], text[at:]], rxs.accumulate_json_lines(), rxs.to_partial(list[User]))
        assert type(error) is rxs.FieldInvalid
        assert error.path == path
        assert error.text == refused
        assert rxs.get(error.partial, 0) == User(name="Ada")


def test_what_json_lines_show_delta_by_delta() -> None:
    """The list is there from the first line on; what the model ignores changes nothing; the end of the text closes the list."""
    deltas = ['{"name":"A"', ',"x":1', ',"y":[2]', "}\n", "\n"]
    items, error = collect(deltas, rxs.accumulate_json_lines(), rxs.to_partial(list[User]))
    assert error is None
    assert [rxs.dump(item) for item in items] == [[{"name": "A"}], [{"name": "A", "age": 0}], [{"name": "A", "age": 0}]]
    assert [rxs.is_closed(item) for item in items] == [False, False, True]
    items, error = collect(['"a', 'b"\n'], rxs.accumulate_json_lines(), rxs.to_partial(list[Literal["ab"]]))
    assert error is None
    assert items == [[], ["ab"], ["ab"]]


def test_json_lines_in_a_root_model() -> None:
    """It knows which of them are closed, as a list does."""
    items, error = collect(LINES, rxs.accumulate_json_lines(), rxs.to_partial(RootModel[list[User]]))
    assert error is None
    for item in items[:-1]:
        assert not rxs.is_closed(item)
        assert rxs.is_closed(item, 0) == rxs.snapshot_of(item).is_closed(0)
    assert rxs.is_closed(items[-1])


def test_what_shows_where_errors_are_put_off() -> None:
    """What is valid in a line that is not, or in an element in prose, also of what arrives whole."""
    text = '{"a":[1,"x"],"b":[2]}\n{"c":[3]}\n'
    for deltas in list(text), [text]:
        operators = rxs.accumulate_json_lines(), rxs.to_partial(list[dict[str, list[int]]], validate="at_end")
        items, _ = collect(deltas, *operators)
        assert items[-1] == [{"a": [1], "b": [2]}, {"c": [3]}]
    text = 'Well: {"a":[1,"x"],"b":[1.5],"c":[2]}'
    for deltas in list(text), [text[:7], text[7:-1], "}"]:
        operators = rxs.accumulate_json(locate="find"), rxs.to_partial(dict[str, list[int]], validate="at_end")
        items, _ = collect(deltas, *operators)
        assert items[-1] == {"a": [1], "b": [], "c": [2]}
    text = '[{"%s":[1],"a":["x"]},2]' % ("k" * 65_537)
    operators = (
        rxs.accumulate_json(max_key_length=65_537),
        rxs.to_partial(list[dict[str, list[int]]], validate="at_end"),
    )
    items, error = collect([text[:1], text[1:-1], "]"], *operators)
    assert type(error) is rxs.FieldInvalid
    assert items[-1] == [{"k" * 65_537: [1], "a": []}]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (list[User], ['{"name":1}', '{"name":"Ada"}', "3"]),
        (Annotated[list[int], rxs.Atomic], ["1", "[2]"]),
        (Annotated[list[str], Field(min_length=3)], ['"a"', '"b"']),
    ],
)
def test_errors_of_json_lines_as_a_whole(kind: Any, lines: list[str]) -> None:
    """Those of a list that is validated as the text ends are pydantic's own of the list of all documents."""
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(kind).validate_json(f"[{','.join(lines)}]")
    _, error = collect(
        "\n".join(lines) + "\n", rxs.accumulate_json_lines(), rxs.to_partial(TypeAdapter(kind), validate="at_end")
    )
    assert type(error) is rxs.FieldInvalid
    assert error.errors() == expected.value.errors()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (list[int], "1 2\n3", [1, 2, 3]),
        (list[str], '"a""b"', ["a", "b"]),
        (list[str], '"a"\n"b"\n', ["a", "b"]),
        (tuple[int, ...], "1\n2", (1, 2)),
        (set[int], "1\n2\n1", {1, 2}),
        (list[int | str], '1\n"x"', [1, "x"]),
        (Any, "1\n{}", [1, {}]),
    ],
)
def test_json_lines_of_other_types(kind: Any, text: str, value: Any) -> None:
    """Lines of scalars, and other types for the whole."""
    for deltas in list(text), [text]:
        items, error = collect(deltas, rxs.accumulate_json_lines(), rxs.to_partial(TypeAdapter(kind)))
        assert error is None
        assert items[-1] == value
        assert type(items[-1]) is type(value)
