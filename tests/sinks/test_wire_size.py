"""How many bytes the sinks send, as `python -m benchmarks.wire` counts them."""

from __future__ import annotations

from benchmarks.wire import SINKS, TEXT, size


def test_append_patches_are_small() -> None:
    """With 20 updates a second, append patches take twice the raw text at most: compressed, at the speed of the large providers;
    plain, where an update brings 80 characters."""
    assert size(SINKS["sse, append patches"], 5).compressed <= 2 * len(TEXT)
    assert size(SINKS["sse, append patches"], 20).plain <= 2 * len(TEXT)


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
