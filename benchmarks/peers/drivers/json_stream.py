"""json-stream: pulls the text; a value can be read once, as it comes."""

from __future__ import annotations

from typing import Any

import json_stream

from .harness import Stream, serve


def read(stream: Stream) -> Any:
    document = json_stream.load(delta.encode() for delta in stream.deltas)
    return json_stream.to_standard_types(document)


serve(read)
