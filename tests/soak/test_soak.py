"""The soak, in small: `make soak` runs ten thousand streams."""

from __future__ import annotations

from tests.tally import count

from .soak import soak

STREAMS = 200


def test_streams_leave_nothing_behind() -> None:
    """Sync and async, chat and Responses, whole, broken and left: each brings what it should, and memory stays flat."""
    soaked = soak(STREAMS, samples=2)
    count("streams soaked", soaked.streams)
    assert soaked.leaks == []
    assert len(soaked.samples) == 2
