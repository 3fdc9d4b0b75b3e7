"""The operators, one file each."""

from __future__ import annotations

from .accumulate_json import accumulate_json
from .accumulate_json_lines import accumulate_json_lines
from .keep_partial import keep_partial
from .share_latest import share_latest
from .stop_when import stop_when
from .throttle_latest import throttle_latest
from .to_partial import to_partial

__all__ = [
    "accumulate_json",
    "accumulate_json_lines",
    "keep_partial",
    "share_latest",
    "stop_when",
    "throttle_latest",
    "to_partial",
]
