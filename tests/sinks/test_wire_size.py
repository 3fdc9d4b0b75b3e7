"""How many bytes the sinks send, as `python -m benchmarks.wire` counts them."""

from __future__ import annotations

from benchmarks.wire import CHARACTERS_PER_DELTA, SINKS, TEXT, UPDATES_PER_SECOND, size


def test_append_patches_are_small() -> None:
    """With 20 updates a second, append patches take twice the raw text at most, from 80 deltas a second on: an update of 16
    characters; and at any speed two bytes more than server-sent events can do with."""
    assert size(SINKS["sse, append patches"], 80 // UPDATES_PER_SECOND).plain <= 2 * len(TEXT)
    deltas = len(TEXT) / CHARACTERS_PER_DELTA
    frames = deltas * len('data:""\n\n')
    assert size(SINKS["sse, append patches"], 1).plain <= 1.3 * len(TEXT) + frames


def test_the_order_is_as_told() -> None:
    """Text is the smallest, then append patches, then RFC 6902, which repeats open strings, then snapshots."""
    plain = {name: size(sink, 5).plain for name, sink in SINKS.items()}
    assert plain["text_stream"] == len(TEXT)
    assert (
        plain["text_stream"]
        < plain["sse, append patches"]
        < plain["sse, RFC 6902"]
        < plain["ui_message_stream, snapshots"]
    )
