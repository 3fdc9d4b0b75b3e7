"""`every_cut` tries what a stream could do to a short text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rxstruct.testing import every_cut


@given(st.text(max_size=12))
def test_every_way_is_the_whole_text(text: str) -> None:
    """Joined, each way gives the text; no way comes twice, and no delta is empty unless the text is."""
    ways = list(every_cut(text))
    assert all("".join(way) == text for way in ways)
    assert len({tuple(way) for way in ways}) == len(ways)
    assert all(all(way) for way in ways) or not text


@given(st.text(min_size=1, max_size=12))
def test_every_boundary_is_cut(text: str) -> None:
    """There is the text in one piece, in single characters, and cut in two at each place."""
    ways = list(every_cut(text))
    assert [text] in ways
    assert list(text) in ways
    assert all([text[:cut], text[cut:]] in ways for cut in range(1, len(text)))
