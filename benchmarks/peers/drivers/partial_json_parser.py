"""partial-json-parser: `loads` of the prefix."""

from __future__ import annotations

from typing import Any

from partial_json_parser import loads

from .harness import Stream, serve


def read(stream: Stream) -> Any:
    prefix = ""
    value: Any = None
    for delta in stream.deltas:
        prefix += delta
        value = loads(prefix)
    return value


serve(read)
