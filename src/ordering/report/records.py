"""What a report holds, and what a format is: a format turns one `Report` into one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ordering.evidence import Verdict


@dataclass(frozen=True)
class Report:
    """Verdicts and what they rest on: the only input of every format."""

    verdicts: Sequence[Verdict]
    environment: Mapping[str, Any] = field(default_factory=dict)
    """Versions, machine, seed, effort (`ordering.environment`)."""
    complete: bool = True
    """False where the run was interrupted, and `verdicts` holds what was known by then."""
    command: str = ""
    """The command line that made it."""


@dataclass(frozen=True)
class Format:
    """One way to write a report: an entry of `ordering.report.formats.formats`."""

    name: str
    file: str
    """The name of its file within the report's folder."""
    render: Callable[[Report], str]
    summary: str
    """What it is for, in one line."""
    usual: bool = True
    """Whether `ordering report` writes it without being asked to."""
