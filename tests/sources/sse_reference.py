"""The events of an event stream, read as the standard tells it, step by step: the oracle of the decoder.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, over the whole body at once. Only the
data of events is kept; and where the standard drops an event that the end of the body cuts off, it counts, as some providers
mean it to.
"""

from __future__ import annotations


def events_of(body: bytes) -> list[bytes]:
    """The data of each event."""
    events: list[bytes] = []
    buffer = b""
    for line in [*lines_of(body.removeprefix(b"\xef\xbb\xbf")), b""]:  # the last blank line is the end of the body
        if line == b"":
            if buffer != b"":
                events.append(buffer.removesuffix(b"\n"))
            buffer = b""
        elif line.startswith(b":"):
            pass
        elif b":" in line:
            name, value = line.split(b":", 1)
            if name == b"data":
                buffer += value.removeprefix(b" ") + b"\n"
        elif line == b"data":
            buffer += b"\n"
    return events


def lines_of(body: bytes) -> list[bytes]:
    """What stands before each CRLF, lone LF or lone CR, and after the last."""
    lines, line, at = [], b"", 0
    while at < len(body):
        ending = next((end for end in (b"\r\n", b"\n", b"\r") if body.startswith(end, at)), b"")
        if ending:
            lines.append(line)
            line = b""
        else:
            line += body[at : at + 1]
        at += len(ending) or 1
    return [*lines, line]
