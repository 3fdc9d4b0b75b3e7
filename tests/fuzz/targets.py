"""What is fuzzed: functions of bytes that raise where something is wrong."""

from __future__ import annotations

from collections.abc import Callable

from .core import fuzz_core
from .sse import fuzz_sse

TARGETS: dict[str, Callable[[bytes], None]] = {"core": fuzz_core, "sse": fuzz_sse}
