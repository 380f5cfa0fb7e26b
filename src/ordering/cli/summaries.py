"""The summary of a step of GitHub's workflows: Markdown that is appended to a file which the runner names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "GITHUB_STEP_SUMMARY"
MOST: Final = 1024 * 1024
"""Bytes that a step's summary may have: of a larger one, nothing is shown."""


def append_summary(text: str) -> str:
    """Append to the step's summary, where there is one; what was in the way, in words, else nothing."""
    name = os.environ.get(VARIABLE, "")
    if not name:
        return ""
    try:
        file = Path(name)
        holds = file.stat().st_size if file.exists() else 0
        if holds + len(text.encode()) > MOST:
            return (
                f"cannot write to ${VARIABLE}, {name}: it would have more than {MOST:,} bytes, and nothing "
                f"of it would be shown"
            )
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except (OSError, ValueError) as error:  # a ValueError is a path that cannot be one
        reason = getattr(error, "strerror", None) or error
        return f"cannot write to ${VARIABLE}, {name}: {reason}"
    return ""
