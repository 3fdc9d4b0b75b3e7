"""ijson: its push interface, which tells of tokens; the object is there at the end."""

from __future__ import annotations

from typing import Any

import ijson

from .harness import Stream, serve


def read(stream: Stream) -> Any:
    found: Any = ijson.sendable_list()
    reader = ijson.items_coro(found, "", use_float=True)
    for delta in stream.deltas:
        reader.send(delta.encode())
    reader.close()
    return found[0]


serve(read)
