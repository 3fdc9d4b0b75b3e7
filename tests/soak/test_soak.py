"""The soak, in small: `make soak` runs ten thousand streams."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.tally import count

ROOT = Path(__file__).parents[2]
STREAMS = 200


def test_streams_leave_nothing_behind() -> None:
    """Sync and async, chat and Responses, whole, broken and left: each brings what it should, and memory stays flat.

    In a process of its own, which holds nothing of other tests.
    """
    command = [sys.executable, "-m", "tests.soak", str(STREAMS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Leaks: 0" in done.stdout
    count("streams soaked", STREAMS)
