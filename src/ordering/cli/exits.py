"""Exit codes beyond 0 (well), 1 (not well) and 2 (bad input)."""

from __future__ import annotations

from typing import Final

INTERRUPTED: Final = 128 + 2
"""After Ctrl-C: 128 + SIGINT, as a shell reports it."""
