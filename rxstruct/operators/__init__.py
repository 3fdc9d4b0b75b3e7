"""The operators, one file each."""

from __future__ import annotations

from .accumulate_json import accumulate_json
from .accumulate_json_lines import accumulate_json_lines
from .changes import changes
from .completed import completed
from .distinct_fields import distinct_fields
from .elements import elements
from .field import field
from .keep_partial import keep_partial
from .progress import Progress, progress
from .share_latest import share_latest
from .stop_when import stop_when
from .text import text
from .throttle_latest import throttle_latest
from .to_partial import to_partial

__all__ = [
    "Progress",
    "accumulate_json",
    "accumulate_json_lines",
    "changes",
    "completed",
    "distinct_fields",
    "elements",
    "field",
    "keep_partial",
    "progress",
    "share_latest",
    "stop_when",
    "text",
    "throttle_latest",
    "to_partial",
]
