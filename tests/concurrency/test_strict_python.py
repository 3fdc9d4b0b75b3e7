"""Under the strictest Python: asyncio's debug mode, and every warning an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.tally import count

ROOT = Path(__file__).parents[2]
STREAMS = 30


def test_debug_mode_with_warnings_as_errors() -> None:
    """Streams sync and async, whole, broken and left, run under `PYTHONASYNCIODEBUG=1 python -X dev -W error` without a word."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "tests.soak", str(STREAMS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONASYNCIODEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    # What debug mode says of callbacks that took a tenth of a second is about the machine.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert (done.returncode, said) == (0, [])
    assert "Leaks: 0" in done.stdout
    count("streams under asyncio's debug mode and -W error", STREAMS)
