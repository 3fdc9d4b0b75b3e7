"""A storyboard's drawing is a self-contained picture with a marble for each mark."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from rxstruct.testing import StoryboardInvalid, draw

SVG = "{http://www.w3.org/2000/svg}"

BOARD = r"""
    deltas   --a--b-- 200ms (c|)
             ^--------------!
    partial  --x--y-- 200ms #

    a  {"name":"<A>
    b = "&\n"
    x  {"name": "<A>"}
    #  Truncated(closed=["name"])
"""


def picture(text: str = BOARD) -> ElementTree.Element:
    return ElementTree.fromstring(draw(text))


def words(svg: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]


def test_each_value_is_a_marble() -> None:
    """There is a marble for each value mark and for each letter of the legend, in one colour per letter."""
    marbles = list(picture().iter(f"{SVG}circle"))
    assert len(marbles) == len("abcxy") + len("abx")
    assert len({marble.get("fill") for marble in marbles}) == len("abcxy")


def test_marks_of_one_column_stand_below_each_other() -> None:
    """What the text aligns, the picture aligns."""
    a, b, c, x, y, *_ = picture().iter(f"{SVG}circle")
    assert a.get("cx") == x.get("cx")
    assert b.get("cx") == y.get("cx")
    assert float(c.get("cx", 0)) > float(b.get("cx", 0)) > float(a.get("cx", 0))


def test_words_are_shown_as_they_are() -> None:
    """Labels, spans and the legend are text, escaped for XML."""
    shown = words(picture())
    assert {"deltas", "partial", "200ms", '{"name":"<A>', r'"&\n"', 'Truncated(closed=["name"])'} <= set(shown)


def test_the_picture_needs_nothing_else() -> None:
    """There is no reference to anything outside, and the lines take the page's colour."""
    svg = draw(BOARD)
    assert re.findall(r"(?:href|src|url)\b", svg) == []
    assert re.findall(r"https?://\S+?\"", svg) == ['http://www.w3.org/2000/svg"']
    assert 'stroke="currentColor"' in svg
    assert {element.get("stroke") for element in picture().iter()} <= {None, "currentColor"}


def test_everything_is_inside_the_picture() -> None:
    """The view is as wide and as high as what is in it, also where the legend is wider than the rows."""
    for text in (BOARD, BOARD.replace("<A>", "A" * 100), "row  " + "-" * 100 + "a"):
        svg = picture(text)
        _, _, width, height = map(float, svg.get("viewBox", "").split())
        for marble in svg.iter(f"{SVG}circle"):
            assert 0 < float(marble.get("cx", 0)) < width
            assert 0 < float(marble.get("cy", 0)) < height
        for text_element in svg.iter(f"{SVG}text"):
            if text_element.get("text-anchor") is None:
                assert float(text_element.get("x", 0)) + 7 * len("".join(text_element.itertext())) < width


def test_a_bad_storyboard_is_not_drawn() -> None:
    """What cannot be read is refused, as it is by `storyboard`."""
    with pytest.raises(StoryboardInvalid, match="never closed"):
        draw("row  -(a")
