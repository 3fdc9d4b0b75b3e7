"""`python -m rxstruct`, the same as the command `rxstruct`."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
