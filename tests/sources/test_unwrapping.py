"""A root that is no object, taken out of its wrapper as it arrives."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxstruct.errors import Truncated
from rxstruct.sources import from_deltas
from rxstruct.sources.unwrapping import Unwrapper, unwrap
from tests.tally import count

from ..strategies import cuts, json_texts, whitespace


def unwrapped(deltas: list[str]) -> list[str]:
    unwrapper = Unwrapper()
    found = [unwrapper.feed(delta) for delta in deltas]
    unwrapper.finish()
    return found


@given(st.data())
def test_the_value_comes_out_as_it_is(data: st.DataObject) -> None:
    """Any JSON text, wrapped with any whitespace and cut anywhere, comes out as it went in."""
    inner = data.draw(json_texts())
    spaces = [data.draw(whitespace) for _ in range(4)]
    wrapped = f'{spaces[0]}{{{spaces[1]}"value"{spaces[2]}:{inner}}}{spaces[3]}'
    text = "".join(unwrapped(data.draw(cuts(wrapped))))
    assert text.strip(" \t\r\n") == inner.strip(" \t\r\n")
    count("generated JSON texts, cut at random")


@given(st.data())
def test_nothing_is_held_back(data: st.DataObject) -> None:
    """After each character, all of the value that has come is out."""
    inner = data.draw(json_texts()).strip(" \t\r\n")
    unwrapper = Unwrapper()
    unwrapper.feed('{"value":')
    for character in inner:
        assert unwrapper.feed(character) == character


@pytest.mark.parametrize("text", ["[1, 2]", '{"values": 1}', '{"other": [1]}', "text", '"value"', "{}"])
def test_what_is_not_wrapped_passes(text: str) -> None:
    """A text that does not begin as the wrapper does is passed on whole, however it is cut."""
    assert "".join(unwrapped([text])) == text
    assert "".join(unwrapped(list(text))) == text


@pytest.mark.parametrize("after", [" x", ', "more": 1}', "}"])
def test_what_follows_is_passed_on(after: str) -> None:
    """Text after the value or its wrapper is not swallowed: it makes the document invalid further on."""
    text = '{"value": [1]' + ("" if after.startswith(",") else "}") + after
    with pytest.raises(ValueError, match=r"Extra data|Expecting"):
        json.loads("".join(Unwrapper().feed(text)))


def test_a_wrapper_left_open_is_truncated() -> None:
    """A stream that ends well with the wrapper open is Truncated, though the value may be whole."""
    with pytest.raises(Truncated, match="around the value"):
        from_deltas(['{"value": [1]']).pipe(unwrap()).final()
